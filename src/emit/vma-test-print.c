// SPDX-License-Identifier: GPL-2.0-only
/* Tests for tools/testing/vma: a test in C. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "emit/vma-test.h"
#include "lib/memory.h"
#include "lib/text.h"

enum { WIDTH = 80, TAB = 8 };

/**
 * struct printer - where a test goes
 * @out: where to
 * @t: the test
 * @words: what the functions below return lives here
 */
struct printer {
	FILE *out;
	const struct vma_test *t;
	struct arena *words;
};

/* ---- words of C -------------------------------------------------------------- */

/* The house's names are kept. Others might be anything, even words of C. */
static const char *name_of(const struct printer *p, const char *name)
{
	static const char *const known[] = {
		"prev", "middle", "next", "vma",   "new",   "new2",
		"left", "right",  "last", "first", "stack", "source",
	};
	char *symbol __free(free) = c_symbol(name);
	bool keep = text_listed(known, ARRAY_SIZE(known), name);

	return arena_printf(p->words, "%s%s", keep ? "" : "vma_", symbol);
}

static const char *flags_of(const struct printer *p, vm_flags_t flags)
{
	const char *all = NULL;

	for (int bit = 0; bit < NR_VM_FLAGS; bit++) {
		if (!(flags & 1ULL << bit))
			continue;
		char *name __free(free) =
			xasprintf("vm_%s", vm_flag_names[bit]);

		for (char *at = name; *at; at++)
			*at = (char)toupper((unsigned char)*at);
		all = all ? arena_printf(p->words, "%s | %s", all, name)
			  : arena_printf(p->words, "%s", name);
	}
	return all ? all : "VM_NONE";
}

static const char *error_of(const struct printer *p, int err)
{
	return err ? arena_printf(p->words, "-%s", strerrorname_np(-err)) : "0";
}

static const char *object_of(const struct printer *p, const char *kind,
			     const struct objects *objects, uint32_t id)
{
	return id ? arena_printf(p->words, "&%s_%c", kind,
				 vma_test_letter(objects, id))
		  : "NULL";
}

/* ---- lines ---------------------------------------------------------- */

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

/* A statement, in as many lines as it takes. */
__attribute__((format(printf, 2, 3))) static void put(const struct printer *p,
						      const char *fmt, ...)
{
	size_t column = TAB, len;
	char *all __free(free) = VARGS_PRINTED(fmt);
	const char *text = all;

	put_indent(p->out, column);
	for (; text[len = fitting(text, column)]; text += len) {
		fprintf(p->out, "%.*s\n", (int)len, text);
		column = open_paren(text, len) + column;
		put_indent(p->out, column);
		len++;
	}
	fprintf(p->out, "%s\n", text);
}

static void put_blank(const struct printer *p)
{
	fputc('\n', p->out);
}

/* ---- the parts of a test ------------------------------------------------------- */

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

static void put_declarations(const struct printer *p)
{
	const struct cat_case *c = p->t->r->c;
	const char *between = "struct vm_area_struct *", *all = "";

	put(p, "struct mm_struct mm = {};");
	for (size_t i = 0; i < c->nr_before; i++) {
		all = arena_printf(p->words, "%s%s%s", all, between,
				   name_of(p, c->before[i].name));
		between = ", *";
	}
	for (size_t i = 0; i < p->t->nr_after; i++) {
		if (case_before(c, p->t->after[i].name))
			continue;
		all = arena_printf(p->words, "%s%s%s", all, between,
				   name_of(p, p->t->after[i].name));
		between = ", *";
	}
	put(p, "%s;", all);
	put_blank(p);
}

static unsigned long anon_pgoff(const struct vma_state *s)
{
	return s->vm_start - s->moved;
}

static void put_hooks(const struct printer *p, const struct cat_vma *v,
		      const char *name)
{
	if (v->s.attrs.file)
		put(p, "%s->vm_file = %s;", name,
		    vma_test_letter(&p->t->files, v->s.attrs.file) == 'a'
			    ? "&file_a"
			    : "&file_b");
	else if (v == vma_test_source(p->t))
		put(p, "%s->vm_ops = NULL;", name); /* anonymous */
	if (v->s.attrs.has_close)
		put(p, "%s->vm_ops = &close_ops;", name);
	if (v->s.attrs.no_split)
		put(p, "%s->vm_ops = &no_split_ops;", name);
}

static void put_vma(const struct printer *p, const struct cat_vma *v)
{
	const struct vma_attrs *want = vma_test_asked(p->t);
	const char *name = name_of(p, v->name);

	put(p, "%s = link_vma(&mm, %lu, %lu, %lu, %s);", name, v->s.vm_start,
	    v->s.vm_end, v->s.vm_pgoff, flags_of(p, v->s.attrs.flags));
	for (int i = 0; v->s.anon_vma && i < 1 + v->s.forked; i++)
		put(p, "link_anon_vma(%s, %s);", name,
		    object_of(p, "anon", &p->t->anon, v->s.anon_vma));
	if (v->s.moved)
		put(p, "vma_set_anon_pgoff(%s, %lu);", name, anon_pgoff(&v->s));
	put_hooks(p, v, name);
#define X(attr, variable)                                                      \
	if (want && v->s.attrs.attr != want->attr)                             \
		put(p, variable " = %s;", name);
	SPECIAL_ATTRS(X)
#undef X
	if (p->t->r->c->op.uffd_loses && v == vma_test_source(p->t))
		put(p, "vma_without_remap_event = %s;", name);
}

static void put_setup(const struct printer *p)
{
	const struct cat_case *c = p->t->r->c;

	put(p, "begin_test(&mm);");
	for (size_t i = 0; i < c->nr_before; i++)
		put_vma(p, &c->before[i]);
	if (p->t->room == 0)
		put(p, "mm.map_count = sysctl_max_map_count;");
	else if (p->t->room > 0)
		put(p, "mm.map_count = sysctl_max_map_count - %d;", p->t->room);
	if (p->t->no_memory)
		put(p, "fail_prealloc = true;");
	if (c->op.give_up_on_oom)
		put(p, "give_up_on_oom = true;");
	put(p, "watch();");
	put_blank(p);
}

/* What a call is to return: a VMA or NULL, or an error as a pointer. */
static const char *returned_vma(const struct printer *p)
{
	const struct report *r = p->t->r;
	const char *name = vma_test_owner(p->t, r->c->op.start);

	if (r->err && r->c->op.kind == OP_MODIFY)
		return arena_printf(p->words, "ERR_PTR(%s)",
				    error_of(p, r->err));
	return name ? name_of(p, name) : "NULL";
}

/* The VMA that is made, or else what a call returns is asked. */
static const char *made_vma(const struct printer *p)
{
	const char *name = vma_test_owner(p->t, p->t->r->c->op.start);

	return name && !case_before(p->t->r->c, name) ? name_of(p, name) : NULL;
}

/* mremap() copies a VMA to the range. */
static void put_copy(const struct printer *p)
{
	const struct op *op = &p->t->r->c->op;
	const char *made = made_vma(p);
	const char *call =
		arena_printf(p->words, "copy(%s, %lu, %lu, %s)",
			     name_of(p, vma_test_source(p->t)->name), op->start,
			     op->end, op->keep_source ? "true" : "false");

	if (made)
		put(p, "%s = %s;", made, call);
	else
		put(p, "ASSERT_EQ(%s, %s);", call, returned_vma(p));
}

/* Where nothing merges, mmap() makes a VMA, and vma_merge_new_range() none. */
static void put_map(const struct printer *p)
{
	const struct op *op = &p->t->r->c->op;
	const char *made = made_vma(p);
	const char *args =
		arena_printf(p->words, "&mm, %lu, %lu, %lu, %s", op->start,
			     op->end, op->pgoff, flags_of(p, op->attrs.flags));

	if (made)
		put(p, "%s = map_new(%s);", made, args);
	else if (op->just_expand)
		put(p, "ASSERT_EQ(just_expand(%s), %s);", args,
		    returned_vma(p));
	else
		put(p, "ASSERT_EQ(propose(%s, %s), %s);", args,
		    object_of(p, "file", &p->t->files, op->attrs.file),
		    returned_vma(p));
}

static void put_call(const struct printer *p)
{
	const struct op *op = &p->t->r->c->op;
	const char *err = error_of(p, p->t->r->err);

	switch (op->kind) {
	case OP_MODIFY:
		put(p, "ASSERT_EQ(modify(&mm, %lu, %lu, %s), %s);", op->start,
		    op->end, flags_of(p, op->attrs.flags), returned_vma(p));
		break;
	case OP_MAP:
		if (vma_test_source(p->t))
			put_copy(p);
		else
			put_map(p);
		break;
	case OP_SPLIT:
		put(p, "ASSERT_EQ(split(&mm, %lu, %d), %s);", op->start,
		    op->new_below, err);
		break;
	case OP_RELOCATE:
		put(p, "ASSERT_EQ(relocate(%s, %lu), %s);",
		    name_of(p, vma_test_moved(p->t)), op->start, err);
		break;
	default:
		put(p, "ASSERT_EQ(unmap(&mm, %lu, %lu), %s);", op->start,
		    op->end, err);
	}
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

static void put_operation(const struct printer *p)
{
	/* copy_vma() keeps that to itself. */
	const char *state = vma_test_source(p->t) ? NULL : merge_state(p->t->r);

	put_call(p);
	if (state)
		put(p, "ASSERT_EQ(seen.state, %s);", state);
	put_blank(p);
}

/* Those that are new have yet to be found. */
static void put_find(const struct printer *p)
{
	const struct cat_case *c = p->t->r->c;

	for (size_t i = 0; i < p->t->nr_after; i++) {
		const struct vma_after *v = &p->t->after[i];

		if (!case_before(c, v->name) && c->op.kind != OP_MAP)
			put(p, "%s = vma_at(&mm, %lu);", name_of(p, v->name),
			    v->s.vm_start);
	}
}

/* An assertion about so many VMAs. */
static void put_only(const struct printer *p, const char *call,
		     const char *const *names, size_t nr)
{
	const char *all = nr ? "" : "NULL";

	for (size_t i = 0; i < nr; i++)
		all = arena_printf(p->words, "%s%s%s", all, i ? ", " : "",
				   name_of(p, names[i]));
	put(p, "ASSERT_TRUE(%sVMAS(%s)));", call, all);
}

static void put_after(const struct printer *p, const struct vma_after *v)
{
	const char *name = name_of(p, v->name);

	if (vma_test_left_anon(p->t, v->name))
		put(p, "/* The shims do not take the anon_vma away again. */");
	put(p, "ASSERT_TRUE(vma_is(%s, %lu, %lu, %lu, %s, %s));", name,
	    v->s.vm_start, v->s.vm_end, v->s.vm_pgoff,
	    flags_of(p, v->s.attrs.flags),
	    object_of(p, "anon", &p->t->anon, vma_test_anon_after(p->t, v)));
	if (attrs_two_offsets(&v->s.attrs, p->t->r->rules))
		put(p, "ASSERT_EQ(vma_start_anon_pgoff(%s), %lu);", name,
		    anon_pgoff(&v->s));
}

static void put_layout(const struct printer *p)
{
	const char *names[MAX_VMAS];

	for (size_t i = 0; i < p->t->nr_after; i++)
		names[i] = p->t->after[i].name;
	put_only(p, "only_vmas(&mm, ", names, p->t->nr_after);
	for (size_t i = 0; i < p->t->nr_after; i++)
		put_after(p, &p->t->after[i]);
}

/* What a fault finds in the VMAs beside one that has no anon_vma yet. */
static void put_faults(const struct printer *p)
{
	for (size_t i = 0; p->t->faults && i < p->t->nr_after; i++)
		if (!p->t->after[i].s.anon_vma)
			put(p, "ASSERT_EQ(find_mergeable_anon_vma(%s), %s);",
			    name_of(p, p->t->after[i].name),
			    object_of(p, "anon", &p->t->anon, p->t->reuses[i]));
}

static void put_freed(const struct printer *p)
{
	const struct cat_case *c = p->t->r->c;

	for (size_t i = 0; i < c->nr_before; i++)
		if (!vma_test_after(p->t, c->before[i].name))
			put(p, "ASSERT_TRUE(was_freed(%s));",
			    name_of(p, c->before[i].name));
}

static void put_map_count(const struct printer *p)
{
	const struct vma_test *t = p->t;
	long left =
		(long)t->room - ((long)t->map_count - (long)t->r->c->nr_before);

	if (t->room < 0)
		put(p, "ASSERT_EQ(mm.map_count, %lu);", t->map_count);
	else if (left > 0)
		put(p, "ASSERT_EQ(mm.map_count, sysctl_max_map_count - %ld);",
		    left);
	else
		put(p, "ASSERT_EQ(mm.map_count, sysctl_max_map_count);");
	put_blank(p);
}

static const char *assert_is(bool is)
{
	return is ? "ASSERT_TRUE" : "ASSERT_FALSE";
}

static void put_locks(const struct printer *p)
{
	const struct vma_test *t = p->t;

	put_only(p, "only_locked(", t->locked, t->nr_locked);
	put(p, "%s(seen.anon_vma_locked);", assert_is(t->lock_anon_vma));
	put(p, "%s(seen.i_mmap_locked);", assert_is(t->lock_i_mmap));
	for (size_t i = 0; i < t->anon.nr; i++) {
		uint32_t id = t->anon.ids[i];
		char letter = vma_test_letter(&t->anon, id);

		put(p, "%s(anon_%c.was_cloned);",
		    assert_is(vma_test_clones(t, id)), letter);
		put(p, "%s(anon_%c.was_unlinked);",
		    assert_is(vma_test_unlinks(t, id)), letter);
	}
	put_blank(p);
}

void vma_test_print(FILE *out, const struct vma_test *t)
{
	const struct printer p = { out, t, arena_new() };

	put_heading(out, t);
	fprintf(out, "static bool test_%s(void)\n{\n", t->name);
	put_declarations(&p);
	put_setup(&p);
	put_operation(&p);
	put_find(&p);
	put_layout(&p);
	put_faults(&p);
	put_freed(&p);
	put_map_count(&p);
	put_locks(&p);
	put(&p, "ASSERT_EQ(end_test(&mm), %zu);", t->nr_after);
	put(&p, "return true;");
	fputs("}\n", out);
	arena_free(p.words);
}
