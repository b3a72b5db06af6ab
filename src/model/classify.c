// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation was, by its steps. Nothing here asks how the
 * simulator decided, so that a wrong step cannot hide behind a right decision.
 */
#include "lib/memory.h"
#include "model/model.h"

const char *const role_names[NR_ROLES] = {
	[ROLE_NONE] = "unchanged",
	[ROLE_EXTEND] = "extend",
	[ROLE_SHRINK] = "shrink",
	[ROLE_PARTIAL_OVERWRITE] = "partial overwrite",
	[ROLE_DELETE] = "delete",
	[ROLE_SPLIT] = "split",
	[ROLE_CREATE] = "create",
};

const char *const op_names[NR_OPS] = {
	[OP_MODIFY] = "modify",	    [OP_MAP] = "map",
	[OP_SPLIT] = "split",	    [OP_UNMAP] = "unmap",
	[OP_RELOCATE] = "relocate", [OP_REPLACE] = "replace",
};

const char *const kcall_functions[NR_KCALLS] = {
	[KCALL_MERGE_EXISTING] = "vma_merge_existing_range()",
	[KCALL_MERGE_NEW] = "vma_merge_new_range()",
	[KCALL_SPLIT] = "__split_vma()",
	[KCALL_CHANGE] = "vma_modify()",
	[KCALL_INSERT] = "__mmap_new_vma()",
	[KCALL_REMOVE] = "do_vmi_align_munmap()",
	[KCALL_EXPAND] = "vma_expand()",
	[KCALL_SHRINK] = "vma_shrink()",
	[KCALL_REPLACE] = "__mmap_region()",
};

const char *const refusal_names[NR_REFUSALS] = {
#define X(refusal, name, text) [refusal] = (name),
	REFUSALS(X)
#undef X
};

const char *const refusal_texts[NR_REFUSALS] = {
#define X(refusal, name, text) [refusal] = (text),
	REFUSALS(X)
#undef X
};

/* Which way the bounds of a VMA went, or came into being. */
static enum role range_role(const struct kcall *kcall, const struct step *s)
{
	if (s->vma == kcall->created)
		return ROLE_CREATE;
	if (kcall->kind == KCALL_SPLIT)
		return ROLE_SPLIT;
	if (s->start < s->old_start || s->end > s->old_end)
		return ROLE_EXTEND;
	if (s->end < s->old_end)
		return ROLE_SHRINK;
	return ROLE_PARTIAL_OVERWRITE;
}

enum role kcall_role(const struct outcome *out, const struct kcall *kcall,
		     vma_id vma)
{
	enum role role = ROLE_NONE;
	uint32_t index = kcall - out->kcalls;

	if (!vma)
		return ROLE_NONE;
	for (size_t i = kcall->first_step; i < kcall->end_step; i++) {
		const struct step *s = &out->steps[i];

		if (s->kcall != index || s->vma != vma)
			continue;
		if (s->kind == STEP_FREE)
			role = ROLE_DELETE;
		else if (s->kind == STEP_SET_RANGE)
			role = range_role(kcall, s);
	}
	return role;
}

/* ---- the named cases ----------------------------------------------------- */

enum merge_side { ANY_SIDE, BELOW, ABOVE };

struct case_rule {
	struct case_kind kind;
	enum role prev;
	enum role middle;
	enum role next;
	enum merge_side created;
};

static const struct case_rule case_rules[] = {
	{
		.kind = { "existing-merge-both", KCALL_MERGE_EXISTING, 6 },
		.prev = ROLE_EXTEND,
		.middle = ROLE_DELETE,
		.next = ROLE_DELETE,
	},
	{
		.kind = { "existing-merge-left-full", KCALL_MERGE_EXISTING, 7 },
		.prev = ROLE_EXTEND,
		.middle = ROLE_DELETE,
	},
	{
		.kind = { "existing-merge-left-partial", KCALL_MERGE_EXISTING,
			  5 },
		.prev = ROLE_EXTEND,
		.middle = ROLE_PARTIAL_OVERWRITE,
	},
	{
		.kind = { "existing-merge-right-full", KCALL_MERGE_EXISTING,
			  8 },
		.middle = ROLE_DELETE,
		.next = ROLE_EXTEND,
	},
	{
		.kind = { "existing-merge-right-partial", KCALL_MERGE_EXISTING,
			  4 },
		.middle = ROLE_SHRINK,
		.next = ROLE_EXTEND,
	},
	{
		.kind = { "new-merge-both", KCALL_MERGE_NEW, 1 },
		.prev = ROLE_EXTEND,
		.next = ROLE_DELETE,
	},
	{
		.kind = { "new-merge-left", KCALL_MERGE_NEW, 2 },
		.prev = ROLE_EXTEND,
	},
	{
		.kind = { "new-merge-right", KCALL_MERGE_NEW, 3 },
		.next = ROLE_EXTEND,
	},
	{
		.kind = { "split-new-below", KCALL_SPLIT, 0 },
		.middle = ROLE_SPLIT,
		.created = BELOW,
	},
	{
		.kind = { "split-new-above", KCALL_SPLIT, 0 },
		.middle = ROLE_SPLIT,
		.created = ABOVE,
	},
};

#define NR_CASE_RULES (ARRAY_SIZE(case_rules))

/* Whether what a split created lies below what was split. */
static enum merge_side created_side(const struct outcome *out,
				    const struct kcall *kcall)
{
	unsigned long created = 0, kept = 0;
	uint32_t index = kcall - out->kcalls;

	if (!kcall->created)
		return ANY_SIDE;
	for (size_t i = kcall->first_step; i < kcall->end_step; i++) {
		const struct step *s = &out->steps[i];

		if (s->kcall != index || s->kind != STEP_SET_RANGE)
			continue;
		if (s->vma == kcall->created)
			created = s->start;
		else
			kept = s->start;
	}
	return created < kept ? BELOW : ABOVE;
}

const struct case_kind *kcall_case(const struct outcome *out,
				   const struct kcall *kcall)
{
	enum role prev, middle, next;
	enum merge_side created;

	if (!kcall->end_step)
		return NULL;
	prev = kcall_role(out, kcall, kcall->prev);
	middle = kcall_role(out, kcall, kcall->middle);
	next = kcall_role(out, kcall, kcall->next);
	created = created_side(out, kcall);
	for (size_t i = 0; i < NR_CASE_RULES; i++) {
		const struct case_rule *r = &case_rules[i];

		if (r->kind.kcall == kcall->kind && r->prev == prev &&
		    r->middle == middle && r->next == next &&
		    r->created == created)
			return &r->kind;
	}
	return NULL;
}
