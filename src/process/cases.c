// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which case of the catalogue an operation was, from what the simulator did. An
 * operation can be several: a change goes from one VMA to the next.
 */
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/cases.h"

/*
 * What the simulator's calls and steps tell apart, in the order of the catalogue.
 * A case that is stated beside these, of an operation that is one of these already,
 * is counted as the one that it is.
 */
const char *const replay_case_names[] = {
	"existing-merge-both",
	"existing-merge-left-full",
	"existing-merge-left-full-next-stays",
	"existing-merge-left-full-sides-differ",
	"existing-merge-left-partial",
	"existing-merge-right-full",
	"existing-merge-right-partial",
	"new-merge-both",
	"new-merge-left",
	"new-merge-left-next-stays",
	"new-merge-left-sides-differ",
	"new-merge-left-just-expand",
	"new-merge-right",
	"split-new-below",
	"split-new-above",
	"change-all",
	"change-head",
	"change-tail",
	"change-inner",
	"insert-between",
	"unmap-all",
	"unmap-head",
	"unmap-tail",
	"unmap-inner",
	"unmap-several-all",
	"unmap-several-head",
	"unmap-several-tail",
	"unmap-several-inner",
	"relocate-stack",
	"replace-all",
	"replace-all-merge-left",
	"replace-all-merge-right",
	"replace-all-merge-both",
	"replace-head",
	"replace-head-merge-left",
	"replace-head-merge-right",
	"replace-head-merge-both",
	"replace-tail",
	"replace-tail-merge-left",
	"replace-tail-merge-right",
	"replace-tail-merge-both",
	"replace-inner",
	"replace-inner-merge-left",
	"replace-inner-merge-right",
	"replace-inner-merge-both",
};

_Static_assert(ARRAY_SIZE(replay_case_names) == NR_REPLAY_CASES,
	       "a name for each");

/* @base and @more together are the name. Adds nothing if there is no such. */
static void count(size_t *counts, const char *base, const char *more)
{
	size_t len = strlen(base);

	for (unsigned int i = 0; i < NR_REPLAY_CASES; i++) {
		if (!begins_with(replay_case_names[i], base) ||
		    strcmp(replay_case_names[i] + len, more))
			continue;
		counts[i]++;
		return;
	}
}

/* ---- merges -------------------------------------------------------------------- */

/*
 * Whoever asks prev alone has not looked at next. That it would have merged is
 * what the case is about: that it touches what is now prev, and is like it.
 */
static bool next_would_merge(const struct mm *mm, unsigned long end)
{
	const struct vma_state *prev = mm_find(mm, end - 1);
	const struct vma_state *next = mm_find(mm, end);

	return prev && next && prev->vm_end == next->vm_start &&
	       prev->attrs.flags == next->attrs.flags &&
	       prev->attrs.file == next->attrs.file &&
	       prev->attrs.policy == next->attrs.policy &&
	       prev->attrs.uffd_ctx == next->attrs.uffd_ctx &&
	       prev->attrs.anon_name == next->attrs.anon_name &&
	       prev->vm_pgoff + (prev->vm_end - prev->vm_start) ==
		       next->vm_pgoff &&
	       (!prev->anon_vma || !next->anon_vma ||
		prev->anon_vma == next->anon_vma);
}

/* What kept next out of it, where prev alone took over the range. */
static const char *why_next_stays(const struct mm *mm,
				  const struct kcall *kcall)
{
	if (kcall->left != MERGED)
		return "";
	switch (kcall->right) {
	case REFUSED_SIDES:
		return "-sides-differ";
	case REFUSED_CLOSE_NEXT:
		return "-next-stays";
	case REFUSED_JUST_EXPAND:
		return next_would_merge(mm, kcall->end) ? "-just-expand" : "";
	default:
		return "";
	}
}

static void count_merge(size_t *counts, const struct mm *mm,
			const struct outcome *out, const struct kcall *kcall)
{
	const struct case_kind *kind = kcall_case(out, kcall);

	if (kind)
		count(counts, kind->id, why_next_stays(mm, kcall));
}

/* ---- parts of a VMA -------------------------------------------------------------- */

static const char *const parts[] = { "all", "head", "tail", "inner" };

/* Where the range was cut out of what was there before it. */
struct cuts {
	bool start;
	bool end;
};

static const char *part(const struct cuts *cuts)
{
	return parts[cuts->end + 2 * cuts->start];
}

static void note_cut(struct cuts *cuts, const struct kcall *split,
		     unsigned long start)
{
	if (split->start == start)
		cuts->start = true;
	else
		cuts->end = true;
}

/* ---- operations -------------------------------------------------------------------- */

/* The splits before a change are of the VMA that is changed. */
static void count_modify(size_t *counts, const struct mm *mm,
			 const struct outcome *out, const struct op *op)
{
	struct cuts cuts = { false, false };

	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct kcall *kcall = &out->kcalls[i];

		if (kcall->err)
			continue;
		if (kcall->kind == KCALL_MERGE_EXISTING)
			count_merge(counts, mm, out, kcall);
		else if (kcall->kind == KCALL_SPLIT)
			note_cut(&cuts, kcall, op->start);
		if (kcall->kind != KCALL_CHANGE)
			continue;
		count(counts, "change-", part(&cuts));
		cuts = (struct cuts){ false, false };
	}
}

static void count_map(size_t *counts, const struct mm *mm,
		      const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		if (out->kcalls[i].kind == KCALL_MERGE_NEW)
			count_merge(counts, mm, out, &out->kcalls[i]);
		else if (out->kcalls[i].kind == KCALL_INSERT)
			count(counts, "insert-between", "");
	}
}

static size_t count_detached(const struct outcome *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < out->nr_steps; i++)
		nr += out->steps[i].kind == STEP_DETACH;
	return nr;
}

static void count_unmap(size_t *counts, const struct outcome *out,
			const struct op *op)
{
	size_t nr = count_detached(out);
	struct cuts cuts = { false, false };

	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (out->kcalls[i].kind == KCALL_SPLIT)
			note_cut(&cuts, &out->kcalls[i], op->start);
	if (nr)
		count(counts, nr > 1 ? "unmap-several-" : "unmap-",
		      part(&cuts));
}

/* "", "-merge-left" and so on: as the case of the merge, without its "new". */
static const char *merged_as(const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct case_kind *kind = kcall_case(out, &out->kcalls[i]);

		if (kind && kind->kcall == KCALL_MERGE_NEW)
			return kind->id + strlen("new");
	}
	return "";
}

static void count_replace(size_t *counts, const struct mm *mm,
			  const struct outcome *out, const struct op *op)
{
	struct cuts cuts = { false, false };
	char more[32];

	if (!out->nr_kcalls || out->kcalls[0].kind != KCALL_REPLACE) {
		count_map(counts, mm, out);
		return;
	}
	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (out->kcalls[i].kind == KCALL_SPLIT)
			note_cut(&cuts, &out->kcalls[i], op->start);
	snprintf(more, sizeof(more), "%s%s", part(&cuts), merged_as(out));
	count(counts, "replace-", more);
}

void replay_count_cases(size_t *counts, const struct mm *mm,
			const struct op *op, const struct outcome *out)
{
	if (out->err)
		return;
	switch (op->kind) {
	case OP_MODIFY:
		count_modify(counts, mm, out, op);
		break;
	case OP_MAP:
		count_map(counts, mm, out);
		break;
	case OP_UNMAP:
		count_unmap(counts, out, op);
		break;
	case OP_REPLACE:
		count_replace(counts, mm, out, op);
		break;
	case OP_SPLIT:
		for (size_t i = 0; i < out->nr_kcalls; i++)
			count_merge(counts, mm, out, &out->kcalls[i]);
		break;
	default:
		count(counts, "relocate-stack", "");
		break;
	}
}
