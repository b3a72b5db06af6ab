// SPDX-License-Identifier: GPL-2.0-only
/* Run a case on the simulator and note all that is derived from it. */
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "report/internal.h"

/* ---- the arena ----------------------------------------------------------- */

static void *keep(struct report *r, const void *from, size_t nr, size_t size)
{
	void *to = arena_alloc(r->arena, nr, size);

	if (nr)
		memcpy(to, from, nr * size);
	return to;
}

struct report *report_new(void)
{
	struct arena *arena = arena_new();
	struct report *r = arena_alloc(arena, 1, sizeof(*r));

	r->arena = arena;
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i <= r->nr_trace; i++)
		layout_free(r->states[i]);
	arena_free(r->arena);
}

/* ---- running ------------------------------------------------------------- */

/* Build the layout before. */
static struct mm *set_up(struct report *r, const struct limits *limits)
{
	struct mm *mm = case_mm(r->c, r->rules);

	if (limits->max_map_count)
		mm_limit(mm, limits->max_map_count);
	mm_fail(mm, limits->fail);
	for (size_t i = 0; i < r->c->nr_before; i++) {
		r->roles[i].name = r->c->before[i].name;
		r->roles[i].vma = (vma_id)i + 1;
	}
	r->nr_roles = r->c->nr_before;
	return mm;
}

void report_keep(struct report *r, const struct outcome *out)
{
	r->err = out->err;
	r->kcalls = keep(r, out->kcalls, out->nr_kcalls, sizeof(*r->kcalls));
	r->nr_kcalls = out->nr_kcalls;
	r->trace = keep(r, out->steps, out->nr_steps, sizeof(*r->trace));
	r->nr_trace = out->nr_steps;
}

/* The state around every step, and the first invariant that breaks. */
static void replay(struct report *r, struct layout *before)
{
	r->states = arena_alloc(r->arena, r->nr_trace + 1, sizeof(*r->states));
	r->states[0] = before;
	for (size_t i = 0; i < r->nr_trace; i++) {
		if (!r->broken)
			r->broken = step_verify(r->states[i], &r->trace[i]);
		r->states[i + 1] = layout_copy(r->states[i]);
		layout_step(r->states[i + 1], &r->trace[i]);
	}
	if (!r->broken)
		r->broken = layout_verify(r->states[r->nr_trace]);
}

static void check_after(struct report *r, const struct mm *mm)
{
	struct layout *after __free(layout) = layout_of(mm);

	if (!r->broken && !layout_equal(r->states[r->nr_trace], after))
		r->broken = "the trace does not lead to the state after";
}

/* ---- what it was --------------------------------------------------------- */

static struct outcome outcome_of(const struct report *r)
{
	return (struct outcome){
		.err = r->err,
		.kcalls = r->kcalls,
		.nr_kcalls = r->nr_kcalls,
		.steps = r->trace,
		.nr_steps = r->nr_trace,
	};
}

/* What others are made of is the case only where there is nothing else. */
static struct kcall *main_kcall(const struct report *r)
{
	struct kcall *split = NULL;

	for (size_t i = 0; i < r->nr_kcalls; i++) {
		if (!r->kcalls[i].end_step)
			continue;
		if (r->kcalls[i].kind != KCALL_SPLIT)
			return &r->kcalls[i];
		if (!split)
			split = &r->kcalls[i];
	}
	if (split || !r->nr_kcalls)
		return split;
	return &r->kcalls[r->nr_kcalls - 1];
}

/* The named cases that the operation came to. */
static void find_parts(struct report *r)
{
	struct outcome out = outcome_of(r);

	r->parts = arena_alloc(r->arena, r->nr_kcalls, sizeof(*r->parts));
	for (size_t i = 0; i < r->nr_kcalls; i++) {
		const struct case_kind *kind = kcall_case(&out, &r->kcalls[i]);

		if (kind)
			r->parts[r->nr_parts++] = kind->id;
	}
}

static void classify(struct report *r)
{
	struct outcome out = outcome_of(r);

	r->kcall = main_kcall(r);
	if (r->kcall)
		r->kind = kcall_case(&out, r->kcall);
	find_parts(r);
	/* One that is all there is, is no part. */
	if (r->kind && r->nr_parts == 1)
		r->nr_parts = 0;
	else if (r->nr_parts)
		r->kind = NULL;
}

/* Name what was created: "new", then "new2" and so on. */
static void name_created(struct report *r)
{
	for (size_t i = 0; i < r->nr_kcalls; i++) {
		size_t nr = r->nr_roles - r->c->nr_before;

		if (!r->kcalls[i].created)
			continue;
		r->roles[r->nr_roles++] = (struct report_role){
			.name = nr ? arena_printf(r->arena, "new%zu", nr + 1)
				   : "new",
			.vma = r->kcalls[i].created,
		};
	}
}

/*
 * A VMA's role is what the call that was done with it last made of it: what
 * munmap() splits first, it then deletes.
 */
static enum role last_role(const struct report *r, vma_id vma)
{
	struct outcome out = outcome_of(r);
	enum role last = ROLE_NONE;
	size_t end = 0;

	for (size_t i = 0; i < r->nr_kcalls; i++) {
		enum role role = kcall_role(&out, &r->kcalls[i], vma);

		if (role == ROLE_NONE || r->kcalls[i].end_step < end)
			continue;
		last = role;
		end = r->kcalls[i].end_step;
	}
	return last;
}

static void find_roles(struct report *r)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		r->roles[i].role = last_role(r, r->roles[i].vma);
}

/* Which of the two there are: what two splits take in turn, counts once. */
static void add_lock_rmap(struct report *r, const char *lock)
{
	if (!text_listed(r->lock_rmap, r->nr_lock_rmap, lock))
		r->lock_rmap[r->nr_lock_rmap++] = lock;
}

static void find_locks(struct report *r)
{
	r->lock_vma = arena_alloc(r->arena, r->nr_trace, sizeof(*r->lock_vma));
	r->lock_rmap =
		arena_alloc(r->arena, r->nr_trace, sizeof(*r->lock_rmap));
	for (size_t i = 0; i < r->nr_trace; i++) {
		const struct step *s = &r->trace[i];

		if (s->kind == STEP_LOCK_MMAP)
			r->lock_mmap = true;
		else if (s->kind == STEP_LOCK_VMA)
			r->lock_vma[r->nr_lock_vma++] = report_name(r, s->vma);
		else if (s->kind == STEP_LOCK_I_MMAP)
			add_lock_rmap(r, "i_mmap");
		else if (s->kind == STEP_LOCK_ANON_VMA)
			add_lock_rmap(r, "anon_vma");
	}
}

void report_derive(struct report *r, const struct limits *limits, bool done)
{
	const struct cat_case *c = r->c;
	struct layout *before;
	struct mm *mm;

	/* A call creates at most one VMA; a modify has few calls a VMA. */
	r->roles =
		arena_alloc(r->arena, 4 * c->nr_before + 4, sizeof(*r->roles));
	mm = set_up(r, limits);
	before = layout_of(mm);
	if (!done)
		report_keep(r, mm_do(mm, &c->op));
	replay(r, before);
	if (!done)
		check_after(r, mm);
	mm_free(mm);

	classify(r);
	name_created(r);
	find_roles(r);
	find_locks(r);
	report_steps(r);
}

struct report *report_run(const struct catalog *cat, const struct cat_case *c,
			  const struct rules *rules)
{
	struct report *r = report_new();

	r->cat = cat;
	r->c = c;
	r->rules = rules;
	report_derive(r, &(struct limits){ 0 }, false);
	report_compare(r);
	return r;
}

/* ---- asking -------------------------------------------------------------- */

bool report_ok(const struct report *r)
{
	return !r->nr_mismatches && !r->broken;
}

const struct layout *report_before(const struct report *r)
{
	return r->states[0];
}

const struct layout *report_after(const struct report *r)
{
	return r->states[r->nr_trace];
}

struct op report_op(const struct report *r)
{
	const struct layout *before = report_before(r);
	struct op op = r->c->op;

	if (op.kind != OP_RELOCATE)
		return op;
	for_each_vma(before, v)
		if (v->s.vm_start == r->c->op.end)
			op.end = op.start + (v->s.vm_end - v->s.vm_start);
	return op;
}

const struct report_role *report_role(const struct report *r, vma_id vma)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (r->roles[i].vma == vma)
			return &r->roles[i];
	return NULL;
}

const char *report_name(const struct report *r, vma_id vma)
{
	const struct report_role *role = report_role(r, vma);

	return role ? role->name : "?";
}

bool report_print_roles(FILE *out, const struct report *r)
{
	const char *comma = "";

	for (size_t i = 0; i < r->nr_roles; i++) {
		if (r->roles[i].role == ROLE_NONE)
			continue;
		fprintf(out, "%s%s: %s", comma, r->roles[i].name,
			role_names[r->roles[i].role]);
		comma = ", ";
	}
	return *comma;
}
