// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a case says against itself: each check a function, each a line in the
 * table. None of them asks what Linux would do; that is for the simulator.
 */
#include <ctype.h>
#include <search.h>
#include <string.h>

#include "catalog/load.h"
#include "lib/text.h"
#include "syscall/syscall.h"

/* ---- names of VMAs ---------------------------------------------------- */

/* Those that an operation makes are called new, new2, new3, ... */
static bool is_created(const char *name)
{
	if (!begins_with(name, "new"))
		return false;
	name += 3;
	return !*name || (*name >= '1' && !name[strspn(name, "0123456789")]);
}

static bool is_known(const void *ctx, const char *name)
{
	return is_created(name) || case_before(ctx, name);
}

static const char *name_before(const void *ctx, size_t i)
{
	const struct cat_case *c = ctx;

	return i < c->nr_before ? c->before[i].name : NULL;
}

static const char *known_name(const void *ctx, size_t i)
{
	const struct cat_case *c = ctx;

	return i == c->nr_before ? "new" : name_before(c, i);
}

static void check_known(struct loader *l, const struct cat_case *c,
			const char *name, struct srcpos pos)
{
	if (!is_known(c, name))
		error_at(l, pos, "unknown VMA %s, expected one of: %s",
			 error_quote(l, name), error_list(l, known_name, c));
}

static void check_all_known(struct loader *l, const struct cat_case *c,
			    const struct cat_texts *names)
{
	for (size_t i = 0; i < names->nr; i++)
		check_known(l, c, names->text[i].text, names->text[i].pos);
}

/* ---- the identifier --------------------------------------------------- */

/* Lower-case letters and digits, and one '-' for whatever is in between. */
static char *slug_of(struct loader *l, const char *title)
{
	char *slug = arena_alloc(l->scratch, strlen(title) + 1, 1);
	size_t len = 0;

	for (; *title; title++) {
		unsigned char c = (unsigned char)*title;

		if (c < 0x80 && isalnum(c))
			slug[len++] = (char)tolower(c);
		else if (len && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	if (len && slug[len - 1] == '-')
		slug[len - 1] = '\0';
	return slug;
}

static bool has_first_word(const char *text, const char *start)
{
	size_t len = strlen(start);

	return !strncmp(text, start, len) && text[len] == '-';
}

static void lint_id(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;
	const char *slug = slug_of(l, c->title.text);
	const char *family = d->family;
	const char *full;

	if (!family)
		return;
	if (!*slug) {
		error_at(l, c->title.pos,
			 "title %s has no letter, expected one for the id",
			 error_quote(l, c->title.text));
		return;
	}
	full = arena_printf(l->scratch, "%s-%s", family, slug);
	if (!strcmp(c->id, full) ||
	    (has_first_word(slug, family) && !strcmp(c->id, slug)))
		return;
	error_at(l, c->pos, "id %s is not made of the title, expected %s",
		 error_quote(l, c->id),
		 error_quote(l, has_first_word(slug, family) ? slug : full));
}

/* ---- layouts ---------------------------------------------------------- */

static bool check_name_once(struct loader *l, const struct cat_vma *vmas,
			    size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(vmas[i].name, vmas[j].name))
			continue;
		return error_at(
			l, vmas[i].pos,
			"VMA %s is already in line %u, expected another name",
			error_quote(l, vmas[i].name), vmas[j].pos.line);
	}
	return true;
}

static bool check_order(struct loader *l, const struct cat_vma *vmas, size_t i)
{
	const struct vma_state *prev = i ? &vmas[i - 1].s : NULL;
	const struct vma_state *v = &vmas[i].s;
	bool below;

	if (!prev || prev->vm_end <= v->vm_start)
		return true;
	below = v->vm_end <= prev->vm_start;
	return error_at(
		l, vmas[i].range_pos,
		"VMA %s [%lu, %lu) %s %s [%lu, %lu), expected %s",
		error_quote(l, vmas[i].name), v->vm_start, v->vm_end,
		below ? "is below" : "overlaps",
		error_quote(l, vmas[i - 1].name), prev->vm_start, prev->vm_end,
		below ? "ascending addresses" : "a page in one VMA only");
}

static bool check_layout(struct loader *l, const struct cat_vma *vmas,
			 size_t nr)
{
	bool ok = true;

	for (size_t i = 0; i < nr; i++) {
		ok &= check_name_once(l, vmas, i);
		ok &= check_order(l, vmas, i);
	}
	return ok;
}

static void lint_before(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;
	bool ok = check_layout(l, c->before, c->nr_before);

	for (size_t i = 0; i < c->nr_before; i++) {
		if (!is_created(c->before[i].name))
			continue;
		error_at(l, c->before[i].pos,
			 "VMA %s is there before, expected another name",
			 error_quote(l, c->before[i].name));
		ok = false;
	}
	if (ok)
		d->has |= HAS_LAYOUT;
}

static void lint_after(struct loader *l, struct draft *d)
{
	check_layout(l, d->c.after, d->c.nr_after);
}

static void lint_after_names(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;

	for (size_t i = 0; i < c->nr_after; i++)
		check_known(l, c, c->after[i].name, c->after[i].pos);
}

/* ---- the operation ---------------------------------------------------- */

/* The first VMA that has a page of the range. */
static const struct cat_vma *first_in(const struct cat_case *c)
{
	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.vm_end > c->op.start &&
		    c->before[i].s.vm_start < c->op.end)
			return &c->before[i];
	return NULL;
}

/* Whether any page of the range is in no VMA. */
static bool has_hole(const struct cat_case *c)
{
	unsigned long addr = c->op.start;

	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.vm_start <= addr &&
		    c->before[i].s.vm_end > addr)
			addr = c->before[i].s.vm_end;
	return addr < c->op.end;
}

/* If an error is stated and not understood, then it may be the one. */
static bool may_fail_with(const struct draft *d, const char *error)
{
	return d->c.error.text &&
	       (!(d->has & HAS_ERROR) || !strcmp(d->c.error.text, error));
}

static void check_modify(struct loader *l, struct draft *d)
{
	struct cat_case *c = &d->c;
	const struct cat_vma *v = first_in(c);

	if (v)
		c->target = v->name;
	if (v && c->op.start >= v->s.vm_start && c->op.end <= v->s.vm_end)
		return;
	if (has_hole(c) && may_fail_with(d, "ENOMEM"))
		return;
	if (v)
		error_at(
			l, d->op.where,
			"range [%lu, %lu) sticks out of %s [%lu, %lu), expected it inside one VMA",
			c->op.start, c->op.end, error_quote(l, v->name),
			v->s.vm_start, v->s.vm_end);
	else
		error_at(
			l, d->op.where,
			"range [%lu, %lu) is in no VMA, expected it inside one",
			c->op.start, c->op.end);
}

static void check_map(struct loader *l, struct draft *d)
{
	const struct op *op = &d->c.op;
	const struct cat_vma *v = first_in(&d->c);

	if (!v || may_fail_with(d, "EEXIST"))
		return;
	error_at(
		l, d->op.where,
		"range [%lu, %lu) is occupied by %s [%lu, %lu), expected a hole",
		op->start, op->end, error_quote(l, v->name), v->s.vm_start,
		v->s.vm_end);
}

static void check_unmap(struct loader *l, struct draft *d)
{
	if (!first_in(&d->c))
		error_at(
			l, d->op.where,
			"range [%lu, %lu) contains no VMA, expected at least one",
			d->c.op.start, d->c.op.end);
}

/* The VMA that the operation names. */
static const struct cat_vma *find_target(struct loader *l, struct draft *d)
{
	const struct cat_vma *v = case_before(&d->c, d->op.vma.text);

	if (v)
		d->c.target = v->name;
	else
		error_at(l, d->op.vma.pos,
			 "unknown VMA %s, expected one of: %s",
			 error_quote(l, d->op.vma.text),
			 error_list(l, name_before, &d->c));
	return v;
}

static void check_split(struct loader *l, struct draft *d)
{
	struct cat_case *c = &d->c;
	const struct cat_vma *v = find_target(l, d);
	unsigned long addr = c->op.start;

	if (!v || (addr > v->s.vm_start && addr < v->s.vm_end))
		return;
	error_at(l, d->op.where,
		 "addr %lu is %s %s [%lu, %lu), expected it strictly inside",
		 addr,
		 addr == v->s.vm_start || addr == v->s.vm_end
			 ? "on a boundary of"
			 : "outside",
		 error_quote(l, v->name), v->s.vm_start, v->s.vm_end);
}

/*
 * Where a VMA is to be moved there must be nothing, but what is there of
 * itself. Only then is it known where it begins.
 */
static void check_relocate(struct loader *l, struct draft *d)
{
	struct cat_case *c = &d->c;
	const struct cat_vma *v = find_target(l, d), *first;

	if (!v)
		return;
	c->op.end = v->s.vm_start;
	if (c->op.start >= v->s.vm_start) {
		error_at(
			l, d->op.where,
			"page %lu is not below %s [%lu, %lu), expected it to move down",
			c->op.start, error_quote(l, v->name), v->s.vm_start,
			v->s.vm_end);
		return;
	}
	first = first_in(c);
	if (!first || may_fail_with(d, "EFAULT"))
		return;
	error_at(l, d->op.where,
		 "%s [%lu, %lu) is in the way of %s, expected nothing there",
		 error_quote(l, first->name), first->s.vm_start,
		 first->s.vm_end, error_quote(l, v->name));
}

static void lint_operation(struct loader *l, struct draft *d)
{
	static void (*const check[NR_OPS])(struct loader *, struct draft *) = {
		[OP_MODIFY] = check_modify,	[OP_MAP] = check_map,
		[OP_SPLIT] = check_split,	[OP_UNMAP] = check_unmap,
		[OP_RELOCATE] = check_relocate, [OP_REPLACE] = check_unmap,
	};

	check[d->c.op.kind](l, d);
}

/* ---- what is stated about the VMAs ------------------------------------ */

static void lint_roles(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;

	for (size_t i = 0; i < c->nr_roles; i++)
		check_known(l, c, c->roles[i].name, c->roles[i].pos);
}

static void lint_locks(struct loader *l, struct draft *d)
{
	check_all_known(l, &d->c, &d->c.locks.vma);
}

static void lint_beyond_mail(struct loader *l, struct draft *d)
{
	if (!d->c.beyond_mail)
		return;
	error_at(
		l, d->c.claim->pos,
		"'reader' is stated of a case that is beyond the mail, expected it only where the mail says it");
}

static void lint_reader(struct loader *l, struct draft *d)
{
	check_all_known(l, &d->c, &d->c.claim->twice);
}

/* What an operation's own bounds are called. */
static void name_bounds(struct step_names *names, enum op_kind kind)
{
	static const char *const addr[] = { "addr", NULL };
	static const char *const range[] = { "start", "end", NULL };
	static const char *const any[] = { "start", "end", "addr", NULL };

	switch (kind) {
	case OP_SPLIT:
		names->bounds = addr;
		names->bounds_text = "addr";
		break;
	case OP_MAP:
	case OP_RELOCATE:
		names->bounds = range;
		names->bounds_text = "start or end";
		break;
	default: /* these split what sticks out of their range */
		names->bounds = any;
		names->bounds_text = "start or end or addr";
	}
}

static void step_error(struct loader *l, const struct cat_case *c,
		       const struct node *step, const struct step_error *e)
{
	const char *thing =
		error_quote_bytes(l, step->text + e->offset, e->len);
	struct srcpos pos = step->pos;

	if (step->verbatim)
		pos.column = step->verbatim +
			     (unsigned int)utf8_count(step->text, e->offset);
	if (e->unknown_vma)
		error_at(l, pos, "unknown VMA %s in step, expected one of: %s",
			 thing, error_list(l, known_name, c));
	else if (e->len)
		error_at(l, pos, "unexpected %s in step, expected %s", thing,
			 e->expected);
	else
		error_at(l, pos, "step ends too early, expected %s",
			 e->expected);
}

static void check_steps(struct loader *l, const struct cat_case *c,
			const struct node *steps)
{
	struct step_names names = { .known = is_known, .ctx = c };

	name_bounds(&names, c->op.kind);
	for_each_node(steps, n) {
		struct step_error e;

		if (!step_parse(n->text, &names, &e))
			step_error(l, c, n, &e);
	}
}

static void lint_steps(struct loader *l, struct draft *d)
{
	check_steps(l, &d->c, d->steps);
}

static void lint_earlier_steps(struct loader *l, struct draft *d)
{
	for_each_node(d->earlier, n) {
		const struct node *steps = node_value(n, "steps");

		if (steps)
			check_steps(l, &d->c, steps);
	}
}

static void lint_earlier_locks(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;

	for (size_t i = 0; i < c->nr_earlier; i++)
		check_all_known(l, c, &c->earlier[i].locks.vma);
}

/* ---- system calls ----------------------------------------------------- */

/* The name of the @i-th system call that does what *@ctx has a bit of. */
static const char *fitting_name(const void *ctx, size_t i)
{
	const unsigned int *ops = ctx;

	for (int kind = 1; kind < NR_CALLS; kind++)
		if (syscall_rows[kind].ops & *ops && !i--)
			return syscall_name(kind);
	return NULL;
}

static unsigned int ops_of(const char *syscall)
{
	enum syscall_kind kind = syscall_find(syscall, strlen(syscall));

	return kind ? syscall_rows[kind].ops : 0;
}

static void lint_syscalls(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;
	unsigned int fitting = 1U << c->op.kind;

	for (size_t i = 0; i < c->syscalls.nr; i++) {
		unsigned int ops = ops_of(c->syscalls.text[i].text);

		if (ops & fitting)
			continue;
		error_at(l, c->syscalls.text[i].pos,
			 "%s system call %s, expected one of: %s",
			 ops ? "unfitting" : "unknown",
			 error_quote(l, c->syscalls.text[i].text),
			 error_list(l, fitting_name, &fitting));
	}
}

/* ---- the table -------------------------------------------------------- */

/*
 * A check of one case.
 *
 * @needs: HAS_* of what it relies on
 */
static const struct lint {
	void (*check)(struct loader *l, struct draft *d);
	unsigned int needs;
} lints[] = {
	{ lint_id, HAS_ID | HAS_TITLE },
	{ lint_before, HAS_BEFORE },
	{ lint_operation, HAS_LAYOUT | HAS_OPERATION },
	{ lint_roles, HAS_BEFORE | HAS_ROLES },
	{ lint_steps, HAS_BEFORE | HAS_OPERATION | HAS_STEPS },
	{ lint_after, HAS_AFTER },
	{ lint_after_names, HAS_BEFORE | HAS_AFTER },
	{ lint_locks, HAS_BEFORE | HAS_LOCKS },
	{ lint_syscalls, HAS_OPERATION | HAS_SYSCALLS },
	{ lint_reader, HAS_BEFORE | HAS_READER },
	{ lint_beyond_mail, HAS_READER | HAS_BEYOND_MAIL },
	{ lint_earlier_steps, HAS_BEFORE | HAS_OPERATION | HAS_EARLIER },
	{ lint_earlier_locks, HAS_BEFORE | HAS_EARLIER },
	{ lint_live, HAS_SYSCALLS | HAS_LIVE },
};

void lint_case(struct loader *l, struct draft *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(lints); i++)
		if ((d->has & lints[i].needs) == lints[i].needs)
			lints[i].check(l, d);
}

/* ---- all families ----------------------------------------------------- */

static void check_family_once(struct loader *l, const struct family *f,
			      size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (!f[i].f.name || !f[j].f.name ||
		    strcmp(f[i].f.name, f[j].f.name))
			continue;
		error_at(l, f[i].f.pos,
			 "family %s is already at %s:%u, expected another name",
			 error_quote(l, f[i].f.name),
			 error_shown(l, f[j].f.pos.file), f[j].f.pos.line);
		return;
	}
}

static void check_order_once(struct loader *l, const struct family *f, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (!f[i].has_order || !f[j].has_order ||
		    f[i].f.order != f[j].f.order)
			continue;
		error_at(l, f[i].order.pos,
			 "order %lu is already at %s:%u, expected another one",
			 f[i].f.order, error_shown(l, f[j].order.pos.file),
			 f[j].order.pos.line);
		return;
	}
}

static int compare_ids(const void *a, const void *b)
{
	const struct cat_case *one = a;
	const struct cat_case *other = b;

	return strcmp(one->id, other->id);
}

/* A case may be stated in another file than those that it is made of. */
static void check_composed_of(struct loader *l, const struct cat_case *c,
			      void **ids)
{
	for (size_t i = 0; i < c->composed_of.nr; i++) {
		const struct cat_case part = {
			.id = c->composed_of.text[i].text
		};

		if (!part.id || tfind(&part, ids, compare_ids))
			continue;
		error_at(l, c->composed_of.text[i].pos,
			 "unknown case %s, expected one of the catalogue",
			 error_quote(l, part.id));
	}
}

static void leave_alone(void *c)
{
	(void)c;
}

static void check_id_once(struct loader *l, const struct cat_case *c,
			  void **ids)
{
	struct cat_case **first;

	if (!c->id)
		return;
	first = tsearch(c, ids, compare_ids);
	if (!first)
		out_of_memory();
	/* cppcheck-suppress nullPointerRedundantCheck ; that does not return */
	if (*first == c)
		return;
	error_at(l, c->pos, "id %s is already at %s:%u, expected another one",
		 error_quote(l, c->id), error_shown(l, (*first)->pos.file),
		 (*first)->pos.line);
}

void lint_families(struct loader *l, const struct family *f, size_t nr)
{
	void *ids = NULL;

	for (size_t i = 0; i < nr; i++) {
		l->errors = f[i].errors;
		check_family_once(l, f, i);
		check_order_once(l, f, i);
		for (size_t j = 0; j < f[i].f.nr_cases; j++)
			check_id_once(l, &f[i].f.cases[j], &ids);
	}
	for (size_t i = 0; i < nr; i++) {
		l->errors = f[i].errors;
		for (size_t j = 0; j < f[i].f.nr_cases; j++)
			check_composed_of(l, &f[i].f.cases[j], &ids);
	}
	tdestroy(ids, leave_alone);
}
