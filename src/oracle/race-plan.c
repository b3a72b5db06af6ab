// SPDX-License-Identifier: GPL-2.0-only
/* How a case is caused and undone again, by system calls on one region. */
#include <string.h>

#include "lib/memory.h"
#include "oracle/race.h"

/* As many pages has a neighbour in the explorer's scenes. */
#define NEIGHBOUR 4

/* ---- what can be raced --------------------------------------------------- */

#define PROTECTION ((vm_flags_t)(VM_READ | VM_WRITE | VM_EXEC))

static bool plain_memory(const struct vma_attrs *attrs)
{
	return !(attrs->flags & ~PROTECTION) && !attrs->file &&
	       !attrs->policy && !attrs->uffd_ctx && !attrs->anon_name &&
	       !attrs->has_close && !attrs->no_split;
}

static const char *refuse(const struct cat_case *c)
{
	if (c->op.kind != OP_MODIFY && c->op.kind != OP_MAP &&
	    c->op.kind != OP_SPLIT && c->op.kind != OP_UNMAP &&
	    c->op.kind != OP_REPLACE)
		return "it is about no range of its own";
	if (c->error.text)
		return "it is an error";
	if (c->nr_before > RACE_VMAS)
		return "it has too many VMAs";
	if (c->op.just_expand || c->op.just_merge || c->op.copied)
		return "neither mmap() nor mprotect() causes it";
	if (c->op.kind == OP_MODIFY && c->op.changes & ~CHANGE_FLAGS)
		return "it changes more than a protection";
	for (size_t i = 0; i < c->nr_before; i++)
		if (!plain_memory(&c->before[i].s.attrs))
			return "it has VMAs other than plain anonymous memory";
	if (c->op.kind != OP_SPLIT && c->op.kind != OP_UNMAP &&
	    !plain_memory(&c->op.attrs))
		return "it has VMAs other than plain anonymous memory";
	return NULL;
}

/* Its VMAs, as if nothing had ever been written to them. */
static void copy_case(struct race_plan *plan, const struct cat_case *c)
{
	plan->id = c->id;
	plan->c = *c;
	plan->c.before = plan->before;
	for (size_t i = 0; i < c->nr_before; i++) {
		plan->before[i] = c->before[i];
		plan->before[i].s.anon_vma = 0;
		plan->before[i].s.forked = false;
		plan->before[i].s.vm_pgoff = c->before[i].s.vm_start;
	}
	if (plan->c.op.kind == OP_MAP || plan->c.op.kind == OP_REPLACE)
		plan->c.op.pgoff = plan->c.op.start;
}

/* ---- the operations ------------------------------------------------------ */

/* Who splits goes on to change the part that it asked for. */
static void split_by_change(struct race_plan *plan)
{
	struct op *op = &plan->c.op;
	const struct vma_state *vma = NULL;

	for (size_t i = 0; i < plan->c.nr_before; i++) {
		const struct vma_state *v = &plan->before[i].s;

		if (op->start > v->vm_start && op->start < v->vm_end)
			vma = v;
	}
	if (!vma)
		return;
	*op = (struct op){
		.kind = OP_MODIFY,
		.start = op->new_below ? op->start : vma->vm_start,
		.end = op->new_below ? vma->vm_end : op->start,
		.changes = CHANGE_FLAGS,
		.attrs = vma->attrs,
	};
	op->attrs.flags ^= VM_WRITE;
}

/* The explorer has the inverse of an operation first. */
static void add_inverse(struct race_plan *plan, const struct rules *rules)
{
	size_t nr;
	struct follow_up *follow_ups __free(free) = explore_follow_ups(
		&plan->c, rules, SIDE_ADJACENT, plan->right, 2, &nr);

	for (size_t i = 0; nr && i < follow_ups[0].nr; i++)
		if (plan->nr_ops < RACE_OPS)
			plan->ops[plan->nr_ops++] = follow_ups[0].ops[i];
}

static void find_extent(struct race_plan *plan)
{
	plan->start = plan->c.op.start;
	plan->end = plan->c.op.end;
	for (size_t i = 0; i < plan->c.nr_before; i++) {
		const struct vma_state *v = &plan->before[i].s;

		if (v->vm_start < plan->start)
			plan->start = v->vm_start;
		if (v->vm_end > plan->end)
			plan->end = v->vm_end;
	}
	plan->start -= NEIGHBOUR;
	if (plan->right == SIDE_ADJACENT)
		plan->end += NEIGHBOUR;
}

/* ---- a rehearsal in the simulator ---------------------------------------- */

static void note_view(const struct race_plan *plan, const struct mm *mm,
		      struct race_view *view)
{
	struct layout *lay __free(layout) = layout_of(mm);
	const struct race_region pages = { 0, 1, plan->start, plan->end };

	view->nr = 0;
	for_each_mapped(lay, slot)
		race_add(&pages, view, slot->start, slot->end);
}

static struct mm *mm_before(const struct race_plan *plan,
			    const struct rules *rules,
			    const struct cat_vma *before)
{
	const struct vma_state sides[] = {
		{ .vm_start = plan->start, .vm_end = plan->start + NEIGHBOUR },
		{ .vm_start = plan->end - NEIGHBOUR, .vm_end = plan->end },
	};
	struct mm *mm = mm_new(rules);

	mm_place(mm, &sides[0]);
	if (plan->right == SIDE_ADJACENT)
		mm_place(mm, &sides[1]);
	for (size_t i = 0; i < plan->c.nr_before; i++)
		mm_place(mm, &before[i].s);
	return mm;
}

static bool same_kcall(const struct outcome *a, const struct kcall *x,
		       const struct outcome *b, const struct kcall *y)
{
	return x->kind == y->kind && kcall_case(a, x) == kcall_case(b, y);
}

/* Whether it does all that the case's own operation does, if not only that. */
static bool is_case(const struct race_plan *plan, const struct rules *rules,
		    const struct cat_case *c, const struct outcome *out)
{
	struct mm *mm __free(mm) = mm_before(plan, rules, c->before);
	const struct outcome *of_case = mm_do(mm, &c->op);
	size_t nr = 0;

	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (nr < of_case->nr_kcalls &&
		    same_kcall(out, &out->kcalls[i], of_case,
			       &of_case->kcalls[nr]))
			nr++;
	return of_case->err || nr == of_case->nr_kcalls;
}

static const char *simulate_round(struct race_plan *plan,
				  const struct rules *rules,
				  const struct cat_case *c)
{
	struct mm *mm __free(mm) = mm_before(plan, rules, plan->before);
	const char *why = NULL;

	note_view(plan, mm, &plan->first);
	for (size_t i = 0; i < plan->nr_ops && !why; i++) {
		const struct outcome *out = mm_do(mm, &plan->ops[i]);

		if (out->err)
			why = "an operation fails in the simulator";
		else if (!i && !is_case(plan, rules, c, out))
			why = "without pages that were written to it is another case";
		note_view(plan, mm, &plan->after[i]);
	}
	if (!why &&
	    !race_view_equal(&plan->first, &plan->after[plan->nr_ops - 1]))
		why = "nothing undoes it";
	return why;
}

const char *race_plan(struct race_plan *plan, const struct cat_case *c,
		      const struct rules *rules, enum side right)
{
	const char *why = refuse(c);

	memset(plan, 0, sizeof(*plan));
	if (why)
		return why;
	copy_case(plan, c);
	plan->right = right;
	if (c->op.kind == OP_SPLIT)
		split_by_change(plan);
	plan->ops[plan->nr_ops++] = plan->c.op;
	add_inverse(plan, rules);
	find_extent(plan);
	return simulate_round(plan, rules, c);
}

/* ---- the prediction ------------------------------------------------------ */

struct exploration *race_predict(const struct race_plan *plan,
				 const struct rules *rules,
				 const struct reader *reader)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	opts.reader = reader;
	opts.left = SIDE_ADJACENT;
	opts.right = plan->right;
	opts.loop = plan->ops;
	opts.nr_loop = plan->nr_ops;
	opts.beyond = true;
	opts.leaves = true;
	return explore(&plan->c, rules, &opts);
}
