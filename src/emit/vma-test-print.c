// SPDX-License-Identifier: GPL-2.0-only
/* Tests for tools/testing/vma: a test in C. */
#include <string.h>

#include "emit/vma-test.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

enum { WIDTH = 80, TAB = 8 };

/* ---- printing: words --------------------------------------------------------- */

/* The house's names are kept. Others might be anything, even words of C. */
static void put_name(FILE *out, const char *name)
{
	static const char *const known[] = {
		"prev", "middle", "next", "vma",   "new",   "new2",
		"left", "right",  "last", "first", "stack", "source",
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
		for (const char *p = vm_flag_names[bit]; *p; p++)
			fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p,
			      out);
		between = " | ";
	}
}

static void put_error(FILE *out, int err)
{
	if (err)
		fprintf(out, "-%s", strerrorname_np(-err));
	else
		fputc('0', out);
}

static void put_object(FILE *out, const char *kind,
		       const struct objects *objects, uint32_t id)
{
	if (id)
		fprintf(out, "&%s_%c", kind, vma_test_letter(objects, id));
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

/* A statement, which is printed before it is known how long it is. */
static void line_close(FILE *to, struct buffer *l)
{
	const char *text;
	size_t column = TAB, len;

	put_indent(to, column);
	for (text = buffer_text(l); text[len = fitting(text, column)];
	     text += len) {
		fprintf(to, "%.*s\n", (int)len, text);
		column = open_paren(text, len) + column;
		put_indent(to, column);
		len++;
	}
	fprintf(to, "%s\n", text);
	free(l->text);
}

/* ---- printing: the parts of a test --------------------------------------------- */

static void put_heading(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	fputs("\n/*\n * ", out);
	if (t->says) {
		fprintf(out, "%s\n * (%s, %s)\n *\n", t->says, t->family,
			t->class);
	} else {
		comment_puts(out, c->title.text);
		fputs("\n * (", out);
		comment_puts(out, base_name(c->pos.file));
		fprintf(out, ":%u, ", c->pos.line);
		comment_puts(out, c->id);
		fputs(")\n *\n", out);
	}
	comment_picture(out, t->r, 0);
	fputs(" */\n", out);
}

static void put_declarations(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;
	const char *between = "struct vm_area_struct *";
	struct buffer l;

	fputs("\tstruct mm_struct mm = {};\n", out);
	buffer_open(&l);
	for (size_t i = 0; i < c->nr_before; i++) {
		fputs(between, l.out);
		put_name(l.out, c->before[i].name);
		between = ", *";
	}
	for (size_t i = 0; i < t->nr_after; i++) {
		if (vma_test_before(t, t->after[i].name))
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

static unsigned long anon_pgoff(const struct vma_state *s)
{
	return s->vm_start - s->moved;
}

static void put_vma(FILE *out, const struct vma_test *t,
		    const struct cat_vma *v)
{
	const struct vma_attrs *want = vma_test_asked(t);
	struct buffer l;

	buffer_open(&l);
	put_name(l.out, v->name);
	fprintf(l.out, " = link_vma(&mm, %lu, %lu, %lu, ", v->s.vm_start,
		v->s.vm_end, v->s.vm_pgoff);
	put_flags(l.out, v->s.attrs.flags);
	fputs(");", l.out);
	line_close(out, &l);
	put_anon_vma(out, t, v);
	if (v->s.moved) {
		fputs("\tvma_set_anon_pgoff(", out);
		put_name(out, v->name);
		fprintf(out, ", %lu);\n", anon_pgoff(&v->s));
	}
	if (v->s.attrs.file)
		put_set(out, v->name, "vm_file",
			vma_test_letter(&t->files, v->s.attrs.file) == 'a'
				? "&file_a"
				: "&file_b");
	else if (v == vma_test_source(t))
		put_set(out, v->name, "vm_ops", "NULL"); /* anonymous */
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
	if (t->r->c->op.uffd_loses && v == vma_test_source(t)) {
		fputs("\tvma_without_remap_event = ", out);
		put_name(out, v->name);
		fputs(";\n", out);
	}
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
	const char *name = vma_test_owner(t, t->r->c->op.start);

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

/* mremap() copies a VMA to the range. */
static void put_copy(FILE *out, const struct vma_test *t)
{
	const struct op *op = &t->r->c->op;
	const char *name = vma_test_owner(t, op->start);
	bool makes = name && !vma_test_before(t, name);

	if (makes)
		put_name(out, name);
	fputs(makes ? " = copy(" : "ASSERT_EQ(copy(", out);
	put_name(out, vma_test_source(t)->name);
	fprintf(out, ", %lu, %lu, %s)", op->start, op->end,
		op->keep_source ? "true" : "false");
	if (!makes) {
		fputs(", ", out);
		put_returned_vma(out, t);
		fputs(")", out);
	}
	fputs(";", out);
}

/* Where nothing merges, mmap() makes a VMA, and vma_merge_new_range() none. */
static void put_map(FILE *out, const struct vma_test *t)
{
	const struct op *op = &t->r->c->op;
	const char *name = vma_test_owner(t, op->start);
	bool makes = name && !vma_test_before(t, name);

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
		if (vma_test_source(t))
			put_copy(out, t);
		else
			put_map(out, t);
		return;
	case OP_SPLIT:
		fprintf(out, "ASSERT_EQ(split(&mm, %lu, %d), ", op->start,
			op->new_below);
		break;
	case OP_RELOCATE:
		fputs("ASSERT_EQ(relocate(", out);
		put_name(out, vma_test_moved(t));
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
	/* copy_vma() keeps that to itself. */
	const char *state = vma_test_source(t) ? NULL : merge_state(t->r);
	struct buffer l;

	put_call(buffer_open(&l), t);
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

		if (vma_test_before(t, v->name) || t->r->c->op.kind == OP_MAP)
			continue;
		fputc('\t', out);
		put_name(out, v->name);
		fprintf(out, " = vma_at(&mm, %lu);\n", v->s.vm_start);
	}
}

static void put_offset(FILE *out, const struct vma_test *t,
		       const struct vma_after *v)
{
	if (!attrs_two_offsets(&v->s.attrs, t->r->rules))
		return;
	fputs("\tASSERT_EQ(vma_start_anon_pgoff(", out);
	put_name(out, v->name);
	fprintf(out, "), %lu);\n", anon_pgoff(&v->s));
}

static void put_layout(FILE *out, const struct vma_test *t)
{
	const char *names[MAX_VMAS];
	struct buffer l;

	for (size_t i = 0; i < t->nr_after; i++)
		names[i] = t->after[i].name;
	fputs("ASSERT_TRUE(only_vmas(&mm, ", buffer_open(&l));
	put_names(l.out, names, t->nr_after);
	fputs("));", l.out);
	line_close(out, &l);
	for (size_t i = 0; i < t->nr_after; i++) {
		const struct vma_after *v = &t->after[i];

		if (vma_test_left_anon(t, v->name))
			fputs("\t/* The shims do not take the anon_vma away again. */\n",
			      out);
		fputs("ASSERT_TRUE(vma_is(", buffer_open(&l));
		put_name(l.out, v->name);
		fprintf(l.out, ", %lu, %lu, %lu, ", v->s.vm_start, v->s.vm_end,
			v->s.vm_pgoff);
		put_flags(l.out, v->s.attrs.flags);
		fputs(", ", l.out);
		put_object(l.out, "anon", &t->anon, vma_test_anon_after(t, v));
		fputs("));", l.out);
		line_close(out, &l);
		put_offset(out, t, v);
	}
}

/* What a fault finds in the VMAs beside one that has no anon_vma yet. */
static void put_faults(FILE *out, const struct vma_test *t)
{
	struct buffer l;

	for (size_t i = 0; t->faults && i < t->nr_after; i++) {
		if (t->after[i].s.anon_vma)
			continue;
		fputs("ASSERT_EQ(find_mergeable_anon_vma(", buffer_open(&l));
		put_name(l.out, t->after[i].name);
		fputs("), ", l.out);
		put_object(l.out, "anon", &t->anon, t->reuses[i]);
		fputs(");", l.out);
		line_close(out, &l);
	}
}

static void put_freed(FILE *out, const struct vma_test *t)
{
	const struct cat_case *c = t->r->c;

	for (size_t i = 0; i < c->nr_before; i++) {
		if (vma_test_after(t, c->before[i].name))
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
	struct buffer l;

	fputs("ASSERT_TRUE(only_locked(", buffer_open(&l));
	put_names(l.out, t->locked, t->nr_locked);
	fputs("));", l.out);
	line_close(out, &l);
	put_flag(out, t->lock_anon_vma, "seen.anon_vma_locked");
	put_flag(out, t->lock_i_mmap, "seen.i_mmap_locked");
	for (size_t i = 0; i < t->anon.nr; i++) {
		uint32_t id = t->anon.ids[i];

		fprintf(out, "\tASSERT_%s(anon_%c.was_cloned);\n",
			vma_test_clones(t, id) ? "TRUE" : "FALSE",
			vma_test_letter(&t->anon, id));
		fprintf(out, "\tASSERT_%s(anon_%c.was_unlinked);\n",
			vma_test_unlinks(t, id) ? "TRUE" : "FALSE",
			vma_test_letter(&t->anon, id));
	}
	fputc('\n', out);
}

void vma_test_print(FILE *out, const struct vma_test *t)
{
	put_heading(out, t);
	fprintf(out, "static bool test_%s(void)\n{\n", t->name);
	put_declarations(out, t);
	put_setup(out, t);
	put_operation(out, t);
	put_find(out, t);
	put_layout(out, t);
	put_faults(out, t);
	put_freed(out, t);
	put_map_count(out, t);
	put_locks(out, t);
	fprintf(out, "\tASSERT_EQ(end_test(&mm), %zu);\n", t->nr_after);
	fputs("\treturn true;\n}\n", out);
}
