// SPDX-License-Identifier: GPL-2.0-only
/* Tests for tools/testing/vma: what is expected, and what cannot be tested. */
#include <string.h>

#include "emit/vma-test.h"

/* ---- identities ------------------------------------------------------------- */

static void meet(struct objects *objects, uint32_t id)
{
	size_t i = 0;

	while (i < objects->nr && objects->ids[i] != id)
		i++;
	if (id && i == objects->nr && i <= MAX_OBJECTS)
		objects->ids[objects->nr++] = id;
}

char vma_test_letter(const struct objects *objects, uint32_t id)
{
	size_t i = 0;

	while (i < objects->nr && objects->ids[i] != id)
		i++;
	return (char)('a' + i);
}

void vma_test_collect(struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++) {
		meet(&t->anon, c->before[i].s.anon_vma);
		meet(&t->files, c->before[i].s.attrs.file);
	}
	if (c->op.kind == OP_MAP)
		meet(&t->files, c->op.attrs.file);
}

/* ---- what is expected ------------------------------------------------------- */

static bool expect_vma(struct vma_test *t, const char *name,
		       const struct vma_state *s)
{
	if (t->nr_after == MAX_VMAS)
		return false;
	t->after[t->nr_after++] = (struct vma_after){ name, *s };
	return true;
}

static bool expect_locked(struct vma_test *t, const char *name)
{
	if (t->nr_locked == MAX_VMAS)
		return false;
	t->locked[t->nr_locked++] = name;
	return true;
}

static void expect_rmap(struct vma_test *t, const char *name)
{
	t->lock_anon_vma |= !strcmp(name, "anon_vma");
	t->lock_i_mmap |= !strcmp(name, "i_mmap");
}

/* As the simulator derived it. */
bool vma_test_expect_derived(struct vma_test *t)
{
	const struct layout *lay = report_after(t->r);
	bool fits = true;

	for_each_mapped(lay, slot)
		fits &= expect_vma(t, report_name(t->r, slot->vma),
				   &layout_vma(lay, slot->vma)->s);
	for (size_t i = 0; i < t->r->nr_lock_vma; i++)
		fits &= expect_locked(t, t->r->lock_vma[i]);
	for (size_t i = 0; i < t->r->nr_lock_rmap; i++)
		expect_rmap(t, t->r->lock_rmap[i]);
	t->map_count = lay->map_count;
	return fits;
}

static const struct vma_state *derived(const struct report *r, const char *name)
{
	const struct layout *lay = report_after(r);

	for_each_mapped(lay, slot)
		if (!strcmp(report_name(r, slot->vma), name))
			return &layout_vma(lay, slot->vma)->s;
	return NULL;
}

/* What is not stated of a VMA is taken from the simulator, if that has it. */
static struct vma_state stated(const struct report *r,
			       const struct cat_vma *vma)
{
	const struct vma_state *s = derived(r, vma->name);
	struct vma_state mix = vma->s;

	if (vma->says_attrs || !s)
		return mix;
	mix.attrs = s->attrs;
	mix.anon_vma = s->anon_vma;
	return mix;
}

/* As the catalogue states it for the version that is asked for. */
bool vma_test_expect_stated(struct vma_test *t)
{
	const struct cat_locks *locks = report_stated_locks(t->r);
	const struct cat_case *c = t->r->c;
	bool fits = true;

	for (size_t i = 0; i < c->nr_after; i++) {
		struct vma_state s = stated(t->r, &c->after[i]);

		fits &= expect_vma(t, c->after[i].name, &s);
	}
	for (size_t i = 0; i < locks->vma.nr; i++)
		fits &= expect_locked(t, locks->vma.text[i].text);
	for (size_t i = 0; i < locks->rmap.nr; i++)
		expect_rmap(t, locks->rmap.text[i].text);
	t->map_count = c->map_after;
	return fits;
}

const struct vma_after *vma_test_after(const struct vma_test *t,
				       const char *name)
{
	for (size_t i = 0; i < t->nr_after; i++)
		if (!strcmp(t->after[i].name, name))
			return &t->after[i];
	return NULL;
}

const struct cat_vma *vma_test_source(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	return c->op.kind == OP_MAP && c->op.from && !c->op.just_merge
		       ? &c->before[c->op.from - 1]
		       : NULL;
}

/* The VMA that a page belongs to after it all. */
const char *vma_test_owner(const struct vma_test *t, unsigned long page)
{
	for (size_t i = 0; i < t->nr_after; i++)
		if (page >= t->after[i].s.vm_start &&
		    page < t->after[i].s.vm_end)
			return t->after[i].name;
	return NULL;
}

/*
 * A merge that failed for memory takes back the anon_vma that it cloned, but
 * the shims do not: they only note that they were asked to.
 */
uint32_t vma_test_left_anon(const struct vma_test *t, const char *name)
{
	uint32_t object = 0;

	for (size_t i = 0; i < t->r->nr_trace; i++) {
		const struct step *s = &t->r->trace[i];

		if (s->kind != STEP_CLONE_ANON_VMA ||
		    strcmp(report_name(t->r, s->vma), name) != 0)
			continue;
		if (!s->object)
			return object;
		object = s->object;
	}
	return 0;
}

uint32_t vma_test_anon_after(const struct vma_test *t,
			     const struct vma_after *v)
{
	uint32_t left = vma_test_left_anon(t, v->name);

	return left ? left : v->s.anon_vma;
}

/* Each split clones what there is, once it has all the memory that it needs. */
static bool is_split_of(const struct vma_test *t, uint32_t id)
{
	vma_id new = 0;

	for (size_t i = 0; i < t->r->nr_trace; i++) {
		const struct step *s = &t->r->trace[i];
		const struct cat_vma *from;

		if (s->kind == STEP_LOCK_VMA && s->vma == new)
			return true;
		if (s->kind != STEP_DUPLICATE)
			continue;
		from = case_before(t->r->c, report_name(t->r, s->from));
		new = from && from->s.anon_vma == id ? s->vma : 0;
	}
	return false;
}

/* Whether a VMA was split that has an anon_vma, or has one now that it had not. */
bool vma_test_clones(const struct vma_test *t, uint32_t id)
{
	for (size_t i = 0; i < t->nr_after; i++) {
		const struct vma_after *v = &t->after[i];
		const struct cat_vma *b = case_before(t->r->c, v->name);

		/* A copy begins with none. */
		if ((b || vma_test_source(t)) &&
		    vma_test_anon_after(t, v) == id &&
		    !(b && b->s.anon_vma == id))
			return true;
	}
	return is_split_of(t, id);
}

bool vma_test_unlinks(const struct vma_test *t, uint32_t id)
{
	const struct cat_case *c = t->r->c;
	bool merges = c->op.kind == OP_MODIFY || c->op.kind == OP_MAP;

	for (size_t i = 0; i < t->nr_after; i++)
		if (vma_test_left_anon(t, t->after[i].name) == id)
			return true;
	for (size_t i = 0; merges && i < c->nr_before; i++)
		if (t->h->merge_unlinks && c->before[i].s.anon_vma == id &&
		    !vma_test_after(t, c->before[i].name))
			return true;
	return false;
}

/* The VMA that moves down, which is where the operation ends. */
const char *vma_test_moved(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.vm_start == c->op.end)
			return c->before[i].name;
	return NULL;
}

/* ---- what cannot be tested --------------------------------------------------- */

static bool flags_known(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	vm_flags_t flags = 0;

	for (size_t i = 0; i < c->nr_before; i++)
		flags |= c->before[i].s.attrs.flags;
	if (c->op.kind == OP_MAP || c->op.changes & CHANGE_FLAGS)
		flags |= c->op.attrs.flags;
	return !(flags & ~t->h->vm_flags);
}

/* What a range is asked to have, or NULL if it is not compared. */
const struct vma_attrs *vma_test_asked(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const struct cat_vma *target;

	if (c->op.kind == OP_MAP)
		return &c->op.attrs;
	if (c->op.kind != OP_MODIFY || !c->target)
		return NULL;
	target = case_before(c, c->target);
	return target ? &target->s.attrs : NULL;
}

static bool specials_fit(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const struct vma_attrs *want = vma_test_asked(t);

	if (!want)
		return true;
#define X(attr, name)                                                          \
	{                                                                      \
		size_t nr = 0;                                                 \
                                                                               \
		for (size_t i = 0; i < c->nr_before; i++)                      \
			nr += c->before[i].s.attrs.attr != want->attr;         \
		if (nr > 1)                                                    \
			return false;                                          \
	}
	SPECIAL_ATTRS(X)
#undef X
	return true;
}

/* Whether some VMA has an offset that VMAs do not have yet. */
static bool offsets_fit(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.moved &&
		    !attrs_two_offsets(&c->before[i].s.attrs, t->r->rules))
			return false;
	return true;
}

/* Why the harness cannot drive a test, NULL if it can. */
const char *vma_test_why_not(const struct vma_test *t, bool fits)
{
	const struct op *op = &t->r->c->op;

	if (!fits || t->r->c->nr_before > MAX_VMAS)
		return "it has more VMAs than a test has room for";
	if (t->anon.nr > MAX_OBJECTS || t->files.nr > MAX_OBJECTS)
		return "it has more files or anon_vmas than the tests";
	if (!flags_known(t))
		return "the shims have no value for one of its flags";
	if (!offsets_fit(t))
		return "its VMAs have no anonymous offset";
	if (op->kind == OP_MODIFY && op->changes & ~CHANGE_FLAGS)
		return "the shims know no policies, contexts and names to set";
	if (!specials_fit(t))
		return "more than one VMA has a policy, context or name";
	if (op->kind == OP_MAP && (op->copied || op->anon_vma) &&
	    !vma_test_source(t))
		return "it needs a VMA that is copied or made longer";
	if (op->kind == OP_MODIFY && !t->r->c->target)
		return "there is no VMA to modify";
	if (op->kind == OP_REPLACE)
		return "the harness has no mmap_region()";
	if (op->kind == OP_RELOCATE && !vma_test_moved(t))
		return "there is no VMA to move";
	return NULL;
}
