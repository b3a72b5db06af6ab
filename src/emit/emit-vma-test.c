// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests for the kernel's own harness, tools/testing/vma: a test a case, and
 * then one for each rule that stands against a merge or a split.
 *
 * What is expected of a case is what the catalogue states. What it does not
 * state, and all that is expected where a rule stands against it, is what the
 * simulator derives; "vmatlas source" holds that against mm/vma.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emit/vma-test-version.h"
#include "lib/memory.h"
#include "lib/stream.h"

enum {
	WIDTH = 80,
	TAB = 8,
	PICTURE_INDENT = 1,
	MAX_VMAS = 12,	 /* in a test; its header has room for some more */
	MAX_OBJECTS = 2, /* file_a and file_b, anon_a and anon_b */
};

/* ---- rules that stand against it ------------------------------------------- */

/*
 * One for each rule, and where the two sides of a merge may fall out one way or
 * the other, both.
 */
static const struct against {
	const char *name;
	const char *says;
	const char *config; /* of the space */
	bool no_memory;	    /* for the nodes of the tree */
	const char *since;  /* the first harness that can do it, or NULL */
} against[] = {
	{ "existing_policy", "The policy of prev differs.",
	  "existing:prev=adjacent,prev_differs=policy,next=adjacent" },
	{ "existing_flags", "The flags of next differ.",
	  "existing:prev=adjacent,next=adjacent,next_differs=flags" },
	{ "existing_file", "Prev is of another file.",
	  "existing:backed=file,prev=adjacent,prev_differs=file,next=adjacent" },
	{ "existing_uffd_ctx", "The userfaultfd context of next differs.",
	  "existing:prev=adjacent,next=adjacent,next_differs=uffd" },
	{ "existing_anon_name", "The name of prev differs.",
	  "existing:prev=adjacent,prev_differs=name,next=adjacent" },
	{ "existing_prev_pgoff", "The offset of prev is not continuous.",
	  "existing:prev=adjacent,prev_differs=pgoff,next=adjacent" },
	{ "existing_next_pgoff", "The offset of next is not continuous.",
	  "existing:prev=adjacent,next=adjacent,next_differs=pgoff" },
	{ "existing_prev_apart", "Prev is not adjacent.",
	  "existing:prev=apart,next=adjacent" },
	{ "existing_next_apart", "Next is not adjacent.",
	  "existing:prev=adjacent,next=apart" },
	{ "existing_anon_vma", "Prev has another anon_vma than the range.",
	  "existing:prev=adjacent,prev_anon=B,middle_anon=A,next=adjacent,next_anon=A" },
	{ "existing_prev_forked", "Prev has inherited its anon_vma.",
	  "existing:prev=adjacent,prev_anon=A-forked,next=adjacent" },
	{ "existing_middle_faulted", "Only the range has an anon_vma.",
	  "existing:prev=adjacent,middle_anon=A,next=adjacent" },
	{ "existing_prev_faulted", "Only prev has an anon_vma.",
	  "existing:prev=adjacent,prev_anon=A,next=adjacent" },
	{ "existing_next_faulted", "Only next has an anon_vma.",
	  "existing:prev=adjacent,next=adjacent,next_anon=A" },
	{ "existing_soft_dirty", "Only prev is soft-dirty: no reason.",
	  "existing:prev=adjacent,dirty=prev" },
	{ "existing_special", "The range is special.",
	  "existing:prev=adjacent,next=adjacent,special=yes" },
	{ "existing_middle_close", "The range has a close hook.",
	  "existing:prev=adjacent,middle_close=yes" },
	{ "existing_no_memory", "There is no memory.",
	  "existing:prev=adjacent,next=adjacent,next_anon=A", true },
	{ "existing_give_up", "There is no memory, and no need to merge.",
	  "existing:prev=adjacent,fail=1,gives_up=yes", true },
	{ "existing_no_room", "There may be one more VMA, not two.",
	  "existing:range=inner,room=one" },
	{ "existing_may_split", "The range may not be split off.",
	  "existing:range=head,may_split=first-refuses" },
	{ "existing_split_no_memory", "There is no memory to split it off.",
	  "existing:range=head", true },
	{ "new_special", "The range is special.",
	  "new:prev=adjacent,next=adjacent,special=yes" },
	{ "new_prev_apart", "Prev is not adjacent.",
	  "new:prev=apart,next=adjacent" },
	{ "new_next_apart", "Next is not adjacent.",
	  "new:prev=adjacent,next=apart" },
	{ "new_next_faulted", "Only next has an anon_vma.",
	  "new:prev=adjacent,next=adjacent,next_anon=A" },
	{ "new_no_memory", "There is no memory.",
	  "new:prev=adjacent,next=adjacent,next_anon=A", true },
	{ "split_no_room", "There may be no more VMAs.", "split:room=none" },
	{ "split_one_more", "There may be one more VMA.", "split:room=one" },
	{ "split_may_split", "The VMA may not be split.",
	  "split:may_split=first-refuses" },
	{ "split_no_memory", "There is no memory.", "split:middle_anon=A",
	  true },
	{ "unmap_no_room", "There may be no more VMAs.",
	  "unmap:range=inner,room=none" },
	{ "unmap_tail_no_room",
	  "The map count is at its limit, and again in the end.",
	  "unmap:range=tail,room=none" },
	{ "unmap_may_split", "The last VMA may not be split.",
	  "unmap:range=inner,vmas=3,may_split=last-refuses" },
	{ "relocate_blocked", "Another VMA is in the way.",
	  "relocate:way=blocked", false, "6.16" },
};

#define NR_AGAINST (ARRAY_SIZE(against))

/* ---- what a test is made of -------------------------------------------------- */

/* Identities in the order in which they are met: a, b. */
struct objects {
	uint32_t ids[MAX_OBJECTS + 1];
	size_t nr;
};

struct vma_after {
	const char *name;
	struct vma_state s;
};

/**
 * struct vma_test - a test
 * @h: the harness that it is for
 * @name: of its function, less "test_"
 * @r: the case, or the configuration as one
 * @says: instead of a title, or NULL
 * @family: then whose it is
 * @class: and by which entry of that the outcome is stated
 * @room: how many VMAs more there may be, -1 if that does not matter
 * @no_memory: for the nodes of the tree
 * @after: what is to be, by ascending address
 * @nr_after: how many
 * @locked: the VMAs that are to be write-locked, in order
 * @nr_locked: how many
 * @lock_anon_vma: the lock of an anon_vma is taken
 * @lock_i_mmap: and that of a file
 * @map_count: the map count after
 * @anon: the anon_vmas
 * @files: the files
 */
struct vma_test {
	const struct vma_test_version *h;
	const char *name;
	const struct report *r;
	const char *says;
	const char *family;
	const char *class;
	int room;
	bool no_memory;
	struct vma_after after[MAX_VMAS];
	size_t nr_after;
	const char *locked[MAX_VMAS];
	size_t nr_locked;
	bool lock_anon_vma;
	bool lock_i_mmap;
	unsigned long map_count;
	struct objects anon;
	struct objects files;
};

static void meet(struct objects *objects, uint32_t id)
{
	size_t i = 0;

	while (i < objects->nr && objects->ids[i] != id)
		i++;
	if (id && i == objects->nr && i <= MAX_OBJECTS)
		objects->ids[objects->nr++] = id;
}

static char letter(const struct objects *objects, uint32_t id)
{
	size_t i = 0;

	while (i < objects->nr && objects->ids[i] != id)
		i++;
	return (char)('a' + i);
}

static void meet_all(struct vma_test *t)
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
static bool expect_derived(struct vma_test *t)
{
	const struct layout *lay = report_after(t->r);
	bool fits = true;

	for (size_t i = 0; i < lay->nr_slots; i++) {
		vma_id id = lay->slots[i].vma;

		if (id)
			fits &= expect_vma(t, report_name(t->r, id),
					   &layout_vma(lay, id)->s);
	}
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

	for (size_t i = 0; i < lay->nr_slots; i++)
		if (lay->slots[i].vma &&
		    !strcmp(report_name(r, lay->slots[i].vma), name))
			return &layout_vma(lay, lay->slots[i].vma)->s;
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
static bool expect_stated(struct vma_test *t)
{
	const struct cat_locks *locks = report_stated_locks(t->r);
	const struct cat_case *c = t->r->c;
	bool fits = true;

	for (size_t i = 0; i < c->nr_after; i++) {
		struct vma_state s = stated(t->r, &c->after[i]);

		fits &= expect_vma(t, c->after[i].name, &s);
	}
	for (size_t i = 0; i < locks->nr_vma; i++)
		fits &= expect_locked(t, locks->vma[i].text);
	for (size_t i = 0; i < locks->nr_rmap; i++)
		expect_rmap(t, locks->rmap[i].text);
	t->map_count = c->map_after;
	return fits;
}

static const struct vma_after *after_named(const struct vma_test *t,
					   const char *name)
{
	for (size_t i = 0; i < t->nr_after; i++)
		if (!strcmp(t->after[i].name, name))
			return &t->after[i];
	return NULL;
}

static const struct cat_vma *before_named(const struct vma_test *t,
					  const char *name)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++)
		if (!strcmp(c->before[i].name, name))
			return &c->before[i];
	return NULL;
}

/* The VMA that a page belongs to after it all. */
static const char *owner(const struct vma_test *t, unsigned long page)
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
static uint32_t unlinked(const struct vma_test *t, const char *name)
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

static uint32_t anon_after(const struct vma_test *t, const struct vma_after *v)
{
	uint32_t left = unlinked(t, v->name);

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
		from = before_named(t, report_name(t->r, s->from));
		new = from && from->s.anon_vma == id ? s->vma : 0;
	}
	return false;
}

/* Whether a VMA was split that has an anon_vma, or has one now that it had not. */
static bool is_cloned(const struct vma_test *t, uint32_t id)
{
	for (size_t i = 0; i < t->nr_after; i++) {
		const struct vma_after *v = &t->after[i];
		const struct cat_vma *b = before_named(t, v->name);

		if (b && anon_after(t, v) == id && b->s.anon_vma != id)
			return true;
	}
	return is_split_of(t, id);
}

static bool is_unlinked(const struct vma_test *t, uint32_t id)
{
	const struct cat_case *c = t->r->c;
	bool merges = c->op.kind == OP_MODIFY || c->op.kind == OP_MAP;

	for (size_t i = 0; i < t->nr_after; i++)
		if (unlinked(t, t->after[i].name) == id)
			return true;
	for (size_t i = 0; merges && i < c->nr_before; i++)
		if (t->h->merge_unlinks && c->before[i].s.anon_vma == id &&
		    !after_named(t, c->before[i].name))
			return true;
	return false;
}

/* The VMA that moves down, which is where the operation ends. */
static const char *moved(const struct vma_test *t)
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
static const struct vma_attrs *asked(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const struct cat_vma *target;

	if (c->op.kind == OP_MAP)
		return &c->op.attrs;
	if (c->op.kind != OP_MODIFY || !c->target)
		return NULL;
	target = before_named(t, c->target);
	return target ? &target->s.attrs : NULL;
}

/* The attributes that the shims cannot tell apart: one VMA may have its own. */
#define SPECIAL_ATTRS(X)                                                       \
	X(policy, "vma_with_policy")                                           \
	X(uffd_ctx, "vma_with_uffd_ctx")                                       \
	X(anon_name, "vma_with_anon_name")

static bool specials_fit(const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const struct vma_attrs *want = asked(t);

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

/* Why the harness cannot drive a test, NULL if it can. */
static const char *why_not(const struct vma_test *t, bool fits)
{
	const struct op *op = &t->r->c->op;

	if (!fits || t->r->c->nr_before > MAX_VMAS)
		return "it has more VMAs than a test has room for";
	if (t->anon.nr > MAX_OBJECTS || t->files.nr > MAX_OBJECTS)
		return "it has more files or anon_vmas than the tests";
	if (!flags_known(t))
		return "the shims have no value for one of its flags";
	if (op->kind == OP_MODIFY && op->changes & ~CHANGE_FLAGS)
		return "the shims know no policies, contexts and names to set";
	if (!specials_fit(t))
		return "more than one VMA has a policy, context or name";
	if (op->kind == OP_MAP && (op->copied || op->anon_vma))
		return "it needs a VMA that is copied or made longer";
	if (op->kind == OP_MODIFY && !t->r->c->target)
		return "there is no VMA to modify";
	if (op->kind == OP_REPLACE)
		return "the harness has no mmap_region()";
	if (op->kind == OP_RELOCATE && !moved(t))
		return "there is no VMA to move";
	return NULL;
}

/* ---- printing: words --------------------------------------------------------- */

/* The house's names are kept. Others might be anything, even words of C. */
static void put_name(FILE *out, const char *name)
{
	static const char *const known[] = {
		"prev", "middle", "next", "vma",   "new",   "new2",
		"left", "right",  "last", "first", "stack",
	};
	bool keep = false;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		keep |= !strcmp(name, known[i]);
	fputs(keep ? "" : "vma_", out);
	for (; *name; name++)
		fputc(*name == '-' ? '_' : *name, out);
}

static void put_flags(FILE *out, vm_flags_t flags)
{
	const char *between = "";

	if (!flags)
		fputs("VM_NONE", out);
	for (int bit = 0; bit < NR_VM_FLAGS; bit++) {
		if (!(flags & 1ULL << bit))
			continue;
		fprintf(out, "%sVM_", between);
		for (const char *p = vm_flag_name(bit); *p; p++)
			fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p,
			      out);
		between = " | ";
	}
}

static void put_error(FILE *out, int err)
{
	static const struct {
		int err;
		const char *name;
	} errors[] = {
		{ -EINVAL, "-EINVAL" },
		{ -ENOMEM, "-ENOMEM" },
		{ -EEXIST, "-EEXIST" },
		{ -EFAULT, "-EFAULT" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (err == errors[i].err)
			fputs(errors[i].name, out);
	if (!err)
		fputs("0", out);
}

static void put_object(FILE *out, const char *kind,
		       const struct objects *objects, uint32_t id)
{
	if (id)
		fprintf(out, "&%s_%c", kind, letter(objects, id));
	else
		fputs("NULL", out);
}

static void put_names(FILE *out, const char *const *names, size_t nr)
{
	fputs("VMAS(", out);
	for (size_t i = 0; i < nr; i++) {
		fputs(i ? ", " : "", out);
		put_name(out, names[i]);
	}
	fputs(nr ? ")" : "NULL)", out);
}

/* ---- printing: lines ---------------------------------------------------------- */

/* A statement, which is printed into @out before it is known how long it is. */
struct test_line {
	FILE *out;
	char *text;
	size_t size;
};

static FILE *line_open(struct test_line *l)
{
	l->out = stream_open(&l->text, &l->size);
	return l->out;
}

/* To a column, as the kernel indents. */
static void put_indent(FILE *out, size_t column)
{
	for (; column >= TAB; column -= TAB)
		fputc('\t', out);
	for (; column; column--)
		fputc(' ', out);
}

/* Where a line goes on that is broken at @at: right of the open parenthesis. */
static size_t open_paren(const char *text, size_t at)
{
	int depth = 0;

	while (at-- > 0) {
		depth += text[at] == ')';
		depth -= text[at] == '(';
		if (depth < 0)
			return at + 1;
	}
	return TAB;
}

/* How much of @text fits into a line: up to the last space, if not all. */
static size_t fitting(const char *text, size_t column)
{
	size_t at = WIDTH - column;

	if (column + strlen(text) <= WIDTH)
		return strlen(text);
	while (at && !(text[at] == ' ' && text[at - 1] == ','))
		at--;
	return at ? at : strlen(text);
}

static void line_close(FILE *to, struct test_line *l)
{
	const char *text;
	size_t column = TAB, len;

	stream_close(l->out);
	put_indent(to, column);
	for (text = l->text; text[len = fitting(text, column)]; text += len) {
		fprintf(to, "%.*s\n", (int)len, text);
		column = open_paren(text, len) + column;
		put_indent(to, column);
		len++;
	}
	fprintf(to, "%s\n", text);
	free(l->text);
}

/* ---- printing: the parts of a test --------------------------------------------- */

/* The text of a catalogue, whatever is in it. */
static void put_comment_text(FILE *out, const char *text)
{
	comment_put(out, text, strlen(text));
}

static void put_picture(FILE *out, const struct report *r)
{
	struct test_line l;
	char *rest, *line;

	picture_print(line_open(&l), r, PICTURE_INDENT);
	stream_close(l.out);
	for (rest = l.text; (line = strsep(&rest, "\n")) && rest;) {
		fputs(" *", out);
		put_comment_text(out, line);
		fputc('\n', out);
	}
	free(l.text);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void put_heading(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	fputs("\n/*\n * ", out);
	if (t->says) {
		fprintf(out, "%s\n * (%s, %s)\n *\n", t->says, t->family,
			t->class);
	} else {
		put_comment_text(out, c->title.text);
		fputs("\n * (", out);
		put_comment_text(out, base_name(c->pos.file));
		fprintf(out, ":%u, ", c->pos.line);
		put_comment_text(out, c->id);
		fputs(")\n *\n", out);
	}
	put_picture(out, t->r);
	fputs(" */\n", out);
}

static void put_declarations(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const char *between = "struct vm_area_struct *";
	struct test_line l;

	fputs("\tstruct mm_struct mm = {};\n", out);
	line_open(&l);
	for (size_t i = 0; i < c->nr_before; i++) {
		fputs(between, l.out);
		put_name(l.out, c->before[i].name);
		between = ", *";
	}
	for (size_t i = 0; i < t->nr_after; i++) {
		if (before_named(t, t->after[i].name))
			continue;
		fputs(between, l.out);
		put_name(l.out, t->after[i].name);
		between = ", *";
	}
	fputc(';', l.out);
	line_close(out, &l);
	fputc('\n', out);
}

static void put_set(FILE *out, const char *name, const char *member,
		    const char *value)
{
	fputc('\t', out);
	put_name(out, name);
	fprintf(out, "->%s = %s;\n", member, value);
}

static void put_anon_vma(FILE *out, const struct vma_test *t,
			 const struct cat_vma *v)
{
	if (!v->s.anon_vma)
		return;
	for (int i = 0; i < 1 + v->s.forked; i++) {
		fputs("\tlink_anon_vma(", out);
		put_name(out, v->name);
		fputs(", ", out);
		put_object(out, "anon", &t->anon, v->s.anon_vma);
		fputs(");\n", out);
	}
}

static void put_vma(FILE *out, const struct vma_test *t,
		    const struct cat_vma *v)
{
	const struct vma_attrs *want = asked(t);
	struct test_line l;

	line_open(&l);
	put_name(l.out, v->name);
	fprintf(l.out, " = link_vma(&mm, %lu, %lu, %lu, ", v->s.vm_start,
		v->s.vm_end, v->s.vm_pgoff);
	put_flags(l.out, v->s.attrs.flags);
	fputs(");", l.out);
	line_close(out, &l);
	put_anon_vma(out, t, v);
	if (v->s.attrs.file)
		put_set(out, v->name, "vm_file",
			letter(&t->files, v->s.attrs.file) == 'a' ? "&file_a"
								  : "&file_b");
	if (v->s.attrs.has_close)
		put_set(out, v->name, "vm_ops", "&close_ops");
	if (v->s.attrs.no_split)
		put_set(out, v->name, "vm_ops", "&no_split_ops");
#define X(attr, variable)                                                      \
	if (want && v->s.attrs.attr != want->attr) {                           \
		fputs("\t" variable " = ", out);                               \
		put_name(out, v->name);                                        \
		fputs(";\n", out);                                             \
	}
	SPECIAL_ATTRS(X)
#undef X
}

static void put_setup(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	fputs("\tbegin_test(&mm);\n", out);
	for (size_t i = 0; i < c->nr_before; i++)
		put_vma(out, t, &c->before[i]);
	if (t->room == 0)
		fputs("\tmm.map_count = sysctl_max_map_count;\n", out);
	else if (t->room > 0)
		fprintf(out, "\tmm.map_count = sysctl_max_map_count - %d;\n",
			t->room);
	if (t->no_memory)
		fputs("\tfail_prealloc = true;\n", out);
	if (c->op.give_up_on_oom)
		fputs("\tgive_up_on_oom = true;\n", out);
	fputs("\twatch();\n\n", out);
}

/* A call, and what it is to return: a VMA or NULL, an error, as a pointer. */
static void put_returned_vma(FILE *out, const struct vma_test *t)
{
	const char *name = owner(t, t->r->c->op.start);

	if (t->r->err && t->r->c->op.kind == OP_MODIFY) {
		fputs("ERR_PTR(", out);
		put_error(out, t->r->err);
		fputs(")", out);
	} else if (name) {
		put_name(out, name);
	} else {
		fputs("NULL", out);
	}
}

static void put_modify(FILE *out, const struct vma_test *t)
{
	const struct op *op = &t->r->c->op;

	fprintf(out, "ASSERT_EQ(modify(&mm, %lu, %lu, ", op->start, op->end);
	put_flags(out, op->attrs.flags);
	fputs("), ", out);
	put_returned_vma(out, t);
	fputs(");", out);
}

/* Where nothing merges, mmap() makes a VMA, and vma_merge_new_range() none. */
static void put_map(FILE *out, const struct vma_test *t)
{
	const struct op *op = &t->r->c->op;
	const char *name = owner(t, op->start);
	bool makes = name && !before_named(t, name);

	if (makes)
		put_name(out, name);
	fprintf(out, "%s(&mm, %lu, %lu, %lu, ",
		makes		  ? " = map_new"
		: op->just_expand ? "ASSERT_EQ(just_expand"
				  : "ASSERT_EQ(propose",
		op->start, op->end, op->pgoff);
	put_flags(out, op->attrs.flags);
	if (makes) {
		fputs(");", out);
		return;
	}
	if (!op->just_expand) {
		fputs(", ", out);
		put_object(out, "file", &t->files, op->attrs.file);
	}
	fputs("), ", out);
	put_returned_vma(out, t);
	fputs(");", out);
}

static void put_call(FILE *out, const struct vma_test *t)
{
	const struct op *op = &t->r->c->op;

	switch (op->kind) {
	case OP_MODIFY:
		put_modify(out, t);
		return;
	case OP_MAP:
		put_map(out, t);
		return;
	case OP_SPLIT:
		fprintf(out, "ASSERT_EQ(split(&mm, %lu, %d), ", op->start,
			op->new_below);
		break;
	case OP_RELOCATE:
		fputs("ASSERT_EQ(relocate(", out);
		put_name(out, moved(t));
		fprintf(out, ", %lu), ", op->start);
		break;
	default:
		fprintf(out, "ASSERT_EQ(unmap(&mm, %lu, %lu), ", op->start,
			op->end);
	}
	put_error(out, t->r->err);
	fputs(");", out);
}

/* How a merge ended, if one was asked for where it is kept. */
static const char *merge_state(const struct report *r)
{
	static const char *const names[] = {
		[MERGE_NONE] = "VMA_MERGE_NOMERGE",
		[MERGE_DONE] = "VMA_MERGE_SUCCESS",
		[MERGE_NOMEM] = "VMA_MERGE_ERROR_NOMEM",
	};
	const char *state = NULL;

	for (size_t i = 0; i < r->nr_kcalls; i++) {
		enum kcall_kind kind = r->kcalls[i].kind;

		if (kind == KCALL_MERGE_EXISTING || kind == KCALL_MERGE_NEW)
			state = names[r->kcalls[i].state];
		if (kind == KCALL_INSERT)
			return NULL;
	}
	return state;
}

static void put_operation(FILE *out, const struct vma_test *t)
{
	const char *state = merge_state(t->r);
	struct test_line l;

	put_call(line_open(&l), t);
	line_close(out, &l);
	if (state)
		fprintf(out, "\tASSERT_EQ(seen.state, %s);\n", state);
	fputc('\n', out);
}

/* Those that are new have yet to be found. */
static void put_find(FILE *out, const struct vma_test *t)
{
	for (size_t i = 0; i < t->nr_after; i++) {
		const struct vma_after *v = &t->after[i];

		if (before_named(t, v->name) || t->r->c->op.kind == OP_MAP)
			continue;
		fputc('\t', out);
		put_name(out, v->name);
		fprintf(out, " = vma_at(&mm, %lu);\n", v->s.vm_start);
	}
}

static void put_layout(FILE *out, const struct vma_test *t)
{
	const char *names[MAX_VMAS];
	struct test_line l;

	for (size_t i = 0; i < t->nr_after; i++)
		names[i] = t->after[i].name;
	fputs("ASSERT_TRUE(only_vmas(&mm, ", line_open(&l));
	put_names(l.out, names, t->nr_after);
	fputs("));", l.out);
	line_close(out, &l);
	for (size_t i = 0; i < t->nr_after; i++) {
		const struct vma_after *v = &t->after[i];

		if (unlinked(t, v->name))
			fputs("\t/* The shims do not take the anon_vma away again. */\n",
			      out);
		fputs("ASSERT_TRUE(vma_is(", line_open(&l));
		put_name(l.out, v->name);
		fprintf(l.out, ", %lu, %lu, %lu, ", v->s.vm_start, v->s.vm_end,
			v->s.vm_pgoff);
		put_flags(l.out, v->s.attrs.flags);
		fputs(", ", l.out);
		put_object(l.out, "anon", &t->anon, anon_after(t, v));
		fputs("));", l.out);
		line_close(out, &l);
	}
}

static void put_freed(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++) {
		if (after_named(t, c->before[i].name))
			continue;
		fputs("\tASSERT_TRUE(was_freed(", out);
		put_name(out, c->before[i].name);
		fputs("));\n", out);
	}
}

static void put_map_count(FILE *out, const struct vma_test *t)
{
	long left =
		(long)t->room - ((long)t->map_count - (long)t->r->c->nr_before);

	fputs("\tASSERT_EQ(mm.map_count, ", out);
	if (t->room < 0)
		fprintf(out, "%lu", t->map_count);
	else if (left > 0)
		fprintf(out, "sysctl_max_map_count - %ld", left);
	else
		fputs("sysctl_max_map_count", out);
	fputs(");\n\n", out);
}

static void put_flag(FILE *out, bool is, const char *name)
{
	fprintf(out, "\tASSERT_%s(%s);\n", is ? "TRUE" : "FALSE", name);
}

static void put_locks(FILE *out, const struct vma_test *t)
{
	struct test_line l;

	fputs("ASSERT_TRUE(only_locked(", line_open(&l));
	put_names(l.out, t->locked, t->nr_locked);
	fputs("));", l.out);
	line_close(out, &l);
	put_flag(out, t->lock_anon_vma, "seen.anon_vma_locked");
	put_flag(out, t->lock_i_mmap, "seen.i_mmap_locked");
	for (size_t i = 0; i < t->anon.nr; i++) {
		uint32_t id = t->anon.ids[i];

		fprintf(out, "\tASSERT_%s(anon_%c.was_cloned);\n",
			is_cloned(t, id) ? "TRUE" : "FALSE",
			letter(&t->anon, id));
		fprintf(out, "\tASSERT_%s(anon_%c.was_unlinked);\n",
			is_unlinked(t, id) ? "TRUE" : "FALSE",
			letter(&t->anon, id));
	}
	fputc('\n', out);
}

static void put_test(FILE *out, const struct vma_test *t)
{
	put_heading(out, t);
	fprintf(out, "static bool test_%s(void)\n{\n", t->name);
	put_declarations(out, t);
	put_setup(out, t);
	put_operation(out, t);
	put_find(out, t);
	put_layout(out, t);
	put_freed(out, t);
	put_map_count(out, t);
	put_locks(out, t);
	fprintf(out, "\tASSERT_EQ(end_test(&mm), %zu);\n", t->nr_after);
	fputs("\treturn true;\n}\n", out);
}

/* ---- the file ------------------------------------------------------------------- */

/* What is printed in three places at once. */
struct vma_test_suite {
	const struct vma_test_version *h;
	FILE *tests;
	FILE *rows;
	FILE *left_out;
};

static void put_left_out(const struct vma_test_suite *s, const char *id,
			 const char *why)
{
	fputs(" * ", s->left_out);
	put_comment_text(s->left_out, id);
	fprintf(s->left_out, ": %s\n", why);
}

static void add(const struct vma_test_suite *s, const struct vma_test *t,
		bool fits)
{
	const char *why = why_not(t, fits);

	if (why) {
		put_left_out(s, t->says ? t->name : t->r->c->id, why);
		return;
	}
	put_test(s->tests, t);
	fprintf(s->rows, "\tTEST(%s);\n", t->name);
}

static void add_case(const struct vma_test_suite *s, const struct report *r)
{
	struct vma_test t = { .h = s->h, .r = r, .room = -1 };
	char *name = xstrdup(r->c->id);

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	t.name = name;
	meet_all(&t);
	add(s, &t, expect_stated(&t));
	free(name);
}

/* What the catalogue says of configurations. */
struct judge {
	const struct report_set *set;
	struct conditions *conditions;
	struct mm *mm;
};

/* Find the allocation of the tree's nodes among those that may fail. */
static void fail_tree(const struct judge *j, struct config *c)
{
	struct fixture fixture;

	do {
		c->at[DIM_FAIL]++;
		fixture_of(&fixture, c);
	} while (fixture_run(j->mm, j->set->rules, &fixture)->failed !=
			 ALLOC_TREE &&
		 c->at[DIM_FAIL] < FIXTURE_VMAS);
}

static void add_against(const struct vma_test_suite *s, const struct judge *j,
			const struct against *a)
{
	struct vma_test t = {
		.h = s->h, .name = a->name, .says = a->says, .room = -1
	};
	struct report *r;
	struct classification class;
	struct fixture fixture;
	struct config c;

	if (!config_parse(a->config, &c, stderr))
		abort();
	if (a->no_memory) {
		c.at[DIM_FAIL] = 0;
		fail_tree(j, &c);
	}
	fixture_of(&fixture, &c);
	conditions_classify(j->conditions, &c, j->set->rules,
			    fixture_run(j->mm, j->set->rules, &fixture),
			    &class);
	if (c.at[DIM_ROOM])
		t.room = (int)(fixture.max_map_count - fixture.nr_vmas);
	t.no_memory = a->no_memory;
	t.family = space_family_name(c.family);
	t.class = class.id ? class.id : "?";
	r = report_config(j->set->cat, &c, j->set->rules);
	t.r = r;
	meet_all(&t);
	add(s, &t, expect_derived(&t));
	report_free(r);
}

static bool can_do(const struct vma_test_version *h, const struct against *a)
{
	return !a->since || h->number >= cat_version(a->since);
}

static void add_all_against(const struct vma_test_suite *s,
			    const struct report_set *set)
{
	const struct judge j = {
		.set = set,
		.conditions = conditions_new(set->cat),
		.mm = mm_new(set->rules),
	};

	for (size_t i = 0; i < NR_AGAINST; i++) {
		if (can_do(s->h, &against[i]))
			add_against(s, &j, &against[i]);
		else
			put_left_out(s, against[i].name,
				     "the function is out of reach");
	}
	conditions_free(j.conditions);
	mm_free(j.mm);
}

/* Rules are tested if nothing else was asked for. */
static bool is_whole(const struct report_set *set)
{
	size_t nr = 0;

	for_each_family(set->cat, f)
		nr += f->nr_cases;
	return set->nr == nr;
}

static void put_file(FILE *out, const struct vma_test_version *h,
		     const char *tests, const char *rows, const char *left_out)
{
	vma_test_put_parts(out, h, tests);
	fputs(tests, out);
	if (*left_out)
		fprintf(out, "\n/*\n * Not here:\n *\n%s */\n", left_out);
	fputc('\n', out);
	vma_test_put(out, h, h->rows);
	fputs("static void run_catalog_tests(int *num_tests, int *num_fail)\n"
	      "{\n",
	      out);
	fprintf(out, "%s}\n", rows);
	vma_test_put(out, h, h->end_rows);
}

static void put_tests(FILE *out, const struct report_set *set,
		      const struct vma_test_version *h)
{
	char *tests, *rows, *left_out;
	size_t size;
	struct vma_test_suite s = {
		.h = h,
		.tests = stream_open(&tests, &size),
		.rows = stream_open(&rows, &size),
		.left_out = stream_open(&left_out, &size),
	};

	for (size_t i = 0; i < set->nr; i++)
		add_case(&s, set->reports[i]);
	if (is_whole(set))
		add_all_against(&s, set);
	stream_close(s.tests);
	stream_close(s.rows);
	stream_close(s.left_out);
	put_file(out, h, tests, rows, left_out);
	free(tests);
	free(rows);
	free(left_out);
}

void emit_vma_test(const struct report_set *set, const struct emit_opts *opts,
		   struct files *files)
{
	const struct vma_test_version *known =
		vma_test_version_for(opts->kernel);
	struct vma_test_version h =
		*(known ? known : vma_test_version_for("6.12"));
	long number = known ? cat_version(opts->kernel) : h.number;
	char kernel[32];

	snprintf(kernel, sizeof(kernel), "%ld.%ld",
		 number / VERSION_NUMBER(1, 0), number % VERSION_NUMBER(1, 0));
	h.kernel = kernel;
	vma_test_put_header(files_add(files, "catalog.h"), &h);
	put_tests(files_add(files, "%s", h.tests), set, &h);
}
