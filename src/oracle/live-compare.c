// SPDX-License-Identifier: GPL-2.0-only
/* The layouts that a child saw, held against those that the simulator has. */
#include <stdarg.h>
#include <string.h>

#include "lib/text.h"
#include "oracle/live-compare.h"

/* ---- verdicts ------------------------------------------------------------- */

void live_say(struct live_result *res, enum live_verdict verdict,
	      const char *fmt, ...)
{
	va_list args;

	res->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(res->why, sizeof(res->why), fmt, args);
	va_end(args);
}

/* ---- what calls are about -------------------------------------------------- */

static bool has_trait(const struct cat_trigger *t, unsigned int trait)
{
	for (size_t i = 0; i < t->calls.nr; i++)
		if (syscall_traits(&t->calls.call[i].c) & trait)
			return true;
	return false;
}

/* ---- layouts ---------------------------------------------------------------- */

static void add_vma(struct live_layout *lay, const struct live_vma *v)
{
	if (lay->nr < MAPS_MAX)
		lay->vma[lay->nr++] = *v;
}

/* Flags of maps are the first of those of a VMA. */
_Static_assert(+MAPS_READ == +VM_READ && +MAPS_WRITE == +VM_WRITE &&
		       +MAPS_EXEC == +VM_EXEC && +MAPS_SHARED == +VM_SHARED,
	       "they are not");

unsigned int live_flags(vm_flags_t flags)
{
	return (flags & MAPS_PROT) |
	       (flags & (VM_SHARED | VM_MAYSHARE) ? MAPS_SHARED : 0);
}

static struct live_vma wanted_vma(const struct vma_state *s)
{
	return (struct live_vma){
		.start = (long)s->vm_start,
		.end = (long)s->vm_end,
		.flags = live_flags(s->attrs.flags),
		.has_file = s->attrs.file != 0,
		.pgoff = s->attrs.file ? s->vm_pgoff : 0,
	};
}

/*
 * What is seen beside protection: which file, the name of an anonymous area,
 * flags and policy. "[heap]" and the like are no attributes.
 */
static void describe(struct live_vma *v, const struct maps_vma *m)
{
	bool named = begins_with(m->name, "[anon:");
	bool policy = *m->policy && strcmp(m->policy, "default");
	int nr = 0;

	if (m->inode)
		nr = snprintf(v->text, sizeof(v->text), "%x:%x:%llu ",
			      m->dev_major, m->dev_minor,
			      (unsigned long long)m->inode);
	snprintf(v->text + nr, sizeof(v->text) - (size_t)nr, "%s%s%s%s%s",
		 named ? m->name : "", named ? " " : "", m->vm_flags,
		 policy ? " " : "", policy ? m->policy : "");
}

static long page_of(uint64_t address, const struct live_evidence *e)
{
	return (long)(address / e->page_size - e->base / e->page_size);
}

/* Memory that is shared and anonymous has an inode of its own. */
static struct live_vma found_vma(const struct maps_vma *m,
				 const struct live_evidence *e)
{
	struct live_vma v = {
		.start = page_of(m->start, e),
		.end = page_of(m->end, e),
		.flags = m->flags,
		.has_file = m->inode != 0,
		.pgoff = m->inode ? m->offset / e->page_size : 0,
	};

	describe(&v, m);
	return v;
}

/* ---- attributes and looks ----------------------------------------------------- */

static bool same_attrs(const struct vma_attrs *a, const struct vma_attrs *b)
{
	return a->flags == b->flags && a->file == b->file &&
	       a->policy == b->policy && a->uffd_ctx == b->uffd_ctx &&
	       a->anon_name == b->anon_name;
}

static unsigned int number_attrs(struct looks *looks,
				 const struct vma_attrs *attrs)
{
	size_t i = 0;

	while (i < looks->nr_attrs && !same_attrs(&looks->attrs[i], attrs))
		i++;
	if (i == looks->nr_attrs)
		looks->attrs[looks->nr_attrs++] = *attrs;
	return (unsigned int)i;
}

static bool same_look(const struct live_vma *a, const struct live_vma *b)
{
	return a->flags == b->flags && a->has_file == b->has_file &&
	       !strcmp(a->text, b->text);
}

static unsigned int number_look(struct looks *looks, const struct live_vma *v)
{
	size_t i = 0;

	while (i < looks->nr_seen && !same_look(&looks->seen[i], v))
		i++;
	if (i == looks->nr_seen)
		looks->seen[looks->nr_seen++] = *v;
	return (unsigned int)i;
}

/* ---- the simulator -------------------------------------------------------------- */

static void layout_from(struct live_layout *lay, const struct mm *mm,
			struct looks *looks)
{
	for_each_vma_in(mm, s, 0, MM_END) {
		struct live_vma v = wanted_vma(s);

		v.look = number_attrs(looks, &s->attrs);
		add_vma(lay, &v);
	}
}

#define MAX_KINDS 32

/* Which of the named cases some operations came to. */
struct kinds {
	const char *id[MAX_KINDS];
	size_t nr;
};

static void add_kinds(struct kinds *kinds, const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct case_kind *kind = kcall_case(out, &out->kcalls[i]);

		if (kind && kinds->nr < MAX_KINDS)
			kinds->id[kinds->nr++] = kind->id;
	}
}

/* The first of @some that is not among @all, or NULL. */
static const char *missing_kind(const struct kinds *some,
				const struct kinds *all)
{
	for (size_t i = 0; i < some->nr; i++)
		if (!text_listed(all->id, all->nr, some->id[i]))
			return some->id[i];
	return NULL;
}

/* What the operations of a trigger came to on the simulator. */
struct expected {
	int err;
	struct kinds kinds;
};

static void simulate(const struct cat_case *c, const struct cat_trigger *t,
		     const struct rules *rules, struct live_result *res,
		     struct looks *looks, struct expected *x)
{
	size_t nr;
	const struct op *ops = trigger_ops(c, t, &nr);
	struct mm *mm __free(mm) = case_mm(c, rules);

	layout_from(&res->wanted_before, mm, looks);
	for (size_t i = 0; i < nr && !x->err; i++) {
		const struct outcome *out = mm_do(mm, &ops[i]);

		x->err = -out->err;
		add_kinds(&x->kinds, out);
	}
	layout_from(&res->wanted_after, mm, looks);
}

static void kinds_of_case(const struct cat_case *c, const struct rules *rules,
			  struct kinds *kinds)
{
	struct mm *mm __free(mm) = case_mm(c, rules);

	add_kinds(kinds, mm_do(mm, &c->op));
}

/* ---- which pages count ---------------------------------------------------------- */

static void widen(struct live_result *res, long start, long end)
{
	if (res->start == res->end) {
		res->start = start;
		res->end = end;
		return;
	}
	if (start < res->start)
		res->start = start;
	if (end > res->end)
		res->end = end;
}

static void widen_by(struct live_result *res, const struct live_layout *lay)
{
	for (size_t i = 0; i < lay->nr; i++)
		widen(res, lay->vma[i].start, lay->vma[i].end);
}

static void find_bounds(struct live_result *res, const struct cat_case *c,
			const struct cat_trigger *t)
{
	widen_by(res, &res->wanted_before);
	widen_by(res, &res->wanted_after);
	if (c->op.kind != OP_SPLIT && c->op.kind != OP_RELOCATE)
		widen(res, (long)c->op.start, (long)c->op.end);
	for (size_t i = 0; i < t->nr_ops; i++)
		widen(res, (long)t->ops[i].start, (long)t->ops[i].end);
}

/* What only touches these pages counts, too: it might merge with them. */
static void found_layout(struct live_layout *lay, const struct maps_list *list,
			 const struct live_evidence *e,
			 const struct live_result *res, struct looks *looks)
{
	for (size_t i = 0; i < list->nr; i++) {
		struct live_vma v = found_vma(&list->vma[i], e);

		if (v.start > res->end || v.end < res->start)
			continue;
		v.look = number_look(looks, &v);
		add_vma(lay, &v);
	}
}

/* ---- comparing ------------------------------------------------------------------- */

static bool same_range(const struct live_vma *a, const struct live_vma *b)
{
	return a->start == b->start && a->end == b->end;
}

static bool same_ranges(const struct live_layout *a,
			const struct live_layout *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (!same_range(&a->vma[i], &b->vma[i]))
			return false;
	return true;
}

/* Returns what differs, or NULL. */
static const char *differs_in(const struct live_vma *wanted,
			      const struct live_vma *found)
{
	if (wanted->flags != found->flags)
		return "protection";
	if (wanted->has_file != found->has_file)
		return "whether it is a file";
	return wanted->pgoff != found->pgoff ? "offset" : NULL;
}

static bool check_literally(const struct live_layout *wanted,
			    const struct live_layout *found, const char *when,
			    struct live_result *res)
{
	for (size_t i = 0; i < wanted->nr; i++) {
		const struct live_vma *v = &wanted->vma[i];
		const char *what = differs_in(v, &found->vma[i]);

		if (!what)
			continue;
		live_say(res, LIVE_DIFFERS, "%s: [%ld, %ld) differs in its %s",
			 when, v->start, v->end, what);
		return false;
	}
	return true;
}

static bool check_layout(const struct live_layout *wanted,
			 const struct live_layout *found, bool literal,
			 const char *when, struct live_result *res)
{
	if (same_ranges(wanted, found))
		return !literal || check_literally(wanted, found, when, res);
	live_say(res, LIVE_DIFFERS, "%s: other VMAs than expected", when);
	return false;
}

#define NO_LOOK UINT32_MAX

/* The look that goes with each attribute, as far as it was seen. */
struct pairs {
	unsigned int look[2 * MAPS_MAX];
};

/* Returns false if equal attributes look different. */
static bool pair_up(struct pairs *pairs, const struct live_layout *wanted,
		    const struct live_layout *found)
{
	for (size_t i = 0; i < wanted->nr; i++) {
		unsigned int *look = &pairs->look[wanted->vma[i].look];

		if (*look == NO_LOOK)
			*look = found->vma[i].look;
		else if (*look != found->vma[i].look)
			return false;
	}
	return true;
}

/* Whether any two attributes look alike. */
static bool any_alike(const struct pairs *pairs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < i; j++)
			if (pairs->look[i] != NO_LOOK &&
			    pairs->look[i] == pairs->look[j])
				return true;
	return false;
}

/* Whether the kernel shows what the trigger is about. */
static bool shows(const struct cat_trigger *t, const struct live_evidence *e)
{
	const struct maps_list *list = &e->after;

	if (has_trait(t, INVISIBLE))
		return false;
	for (size_t i = 0; i < list->nr; i++) {
		bool policy = t->calls.call[0].c.kind == CALL_MBIND;

		if (!*(policy ? list->vma[i].policy : list->vma[i].vm_flags))
			return false;
	}
	return true;
}

static bool check_looks(const struct cat_trigger *t,
			const struct live_evidence *e,
			const struct looks *looks, struct live_result *res)
{
	struct pairs pairs;

	memset(&pairs, 0xff, sizeof(pairs));
	if ((res->sees_before &&
	     !pair_up(&pairs, &res->wanted_before, &res->found_before)) ||
	    !pair_up(&pairs, &res->wanted_after, &res->found_after)) {
		live_say(res, LIVE_DIFFERS,
			 "VMAs with the same attributes look different");
		return false;
	}
	if (!shows(t, e) || !any_alike(&pairs, looks->nr_attrs))
		return true;
	live_say(res, LIVE_DIFFERS, "VMAs with other attributes look the same");
	return false;
}

static bool compare(const struct cat_trigger *t, const struct live_evidence *e,
		    const struct looks *looks, struct live_result *res)
{
	bool literal = has_trait(t, EXACT);

	return (!res->sees_before ||
		check_layout(&res->wanted_before, &res->found_before, literal,
			     "before", res)) &&
	       check_layout(&res->wanted_after, &res->found_after, literal,
			    "after", res) &&
	       check_looks(t, e, looks, res);
}

/* ---- all of it ------------------------------------------------------------------- */

/* Whether the catalogue's own operations are those of the case. */
static bool check_ops(const struct cat_case *c, const struct rules *rules,
		      const struct expected *x, struct live_result *res)
{
	struct kinds kinds = { 0 };
	const char *missing;

	kinds_of_case(c, rules, &kinds);
	missing = missing_kind(&kinds, &x->kinds);
	if (missing)
		live_say(res, LIVE_DIFFERS, "'as' does not come to %s",
			 missing);
	return !missing;
}

bool live_expect(const struct cat_case *c, const struct cat_trigger *t,
		 const struct rules *rules, struct live_result *res,
		 struct looks *looks, int *err)
{
	struct expected x = { 0 };

	simulate(c, t, rules, res, looks, &x);
	*err = x.err;
	return check_ops(c, rules, &x, res);
}

bool live_compare(const struct cat_case *c, const struct cat_trigger *t,
		  const struct live_evidence *e, struct looks *looks,
		  struct live_result *res)
{
	find_bounds(res, c, t);
	res->sees_before = e->has_before;
	res->has_layouts = true;
	if (e->has_before)
		found_layout(&res->found_before, &e->before, e, res, looks);
	found_layout(&res->found_after, &e->after, e, res, looks);
	return compare(t, e, looks, res);
}
