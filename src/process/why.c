// SPDX-License-Identifier: GPL-2.0-only
/* Why two neighbours are two, as far as /proc shows. */
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/why.h"

/* What maps has of them, too. */
#define ACCESS (VM_READ | VM_WRITE | VM_EXEC)
#define SHOWN (ACCESS | VM_MAYSHARE)

/* What a call for the whole range would make equal, beside advice. */
#define LOCKING (VM_LOCKED | VM_LOCKONFAULT)
#define RESERVING (VM_NORESERVE | VM_ACCOUNT)

#define UFFD (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

const struct key_text why_words[NR_WHYS] = {
	[WHY_SPECIAL] = { "special", "a mapping of the kernel's" },
	[WHY_POLICY] = { "policy", "memory policies differ" },
	[WHY_FLAGS] = { "flags", "flags differ" },
	[WHY_FILE] = { "file", "another file, or none" },
	[WHY_SHARED] = { "shared", "each mmap() made a file of its own" },
	[WHY_NAME] = { "name", "names differ" },
	[WHY_OFFSET] = { "offset", "the same file, but not its next page" },
	[WHY_CLOSE] = { "close", "a driver's, or has a close hook" },
	[WHY_HIDDEN] = { "hidden", "all that shows is equal" },
};

const char *const hidden_texts[] = {
	[HIDDEN_NOT] = "",
	[HIDDEN_FLAGS] = "maps has no flags",
	[HIDDEN_OPEN] = "the file may have been opened twice",
	[HIDDEN_UFFD] = "maybe of two userfaultfds",
	[HIDDEN_FAULTED] = "both have pages of their own",
	[HIDDEN_HALF] = "one has pages of its own",
	[HIDDEN_ANON_VMA] = "two anon_vmas",
	[HIDDEN_PGOFF] = "offsets do not go on: one was moved",
	[HIDDEN_FORKED] = "one has an inherited anon_vma",
	[HIDDEN_TWO_UFFDS] = "two userfaultfds",
	[HIDDEN_NOT_TRIED] = "no call has tried to merge them since",
	[HIDDEN_EMPTY] = "neither has pages of its own",
};

/* ---- kinds of mappings -------------------------------------------------- */

static bool same_name(const char *a, const char *b)
{
	return a == b || !strcmp(a, b);
}

static bool has_file(const struct proc_vma *v)
{
	return v->inode || v->dev_major || v->dev_minor;
}

static bool same_file(const struct proc_vma *a, const struct proc_vma *b)
{
	return a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor;
}

/* What the kernel makes a file for that nobody opened. */
static bool is_shared_anonymous(const struct proc_vma *v)
{
	return has_file(v) && (!strcmp(v->name, "/dev/zero (deleted)") ||
			       !strcmp(v->name, "/anon_hugepage (deleted)") ||
			       begins_with(v->name, "[anon_shmem:"));
}

static const char *anon_name(const struct proc_vma *v)
{
	return begins_with(v->name, "[anon") ? v->name : "";
}

static bool is_device(const char *name)
{
	return begins_with(name, "/dev/") && !begins_with(name, "/dev/zero") &&
	       !begins_with(name, "/dev/shm/") &&
	       !begins_with(name, "/dev/hugepages/");
}

/* Hooks do not show, but some kinds of files are known to have one. */
static bool may_have_close(const struct proc_vma *v)
{
	return v->flags & (VM_SPECIAL | VM_HUGETLB) || is_device(v->name) ||
	       begins_with(v->name, "/SYSV") ||
	       begins_with(v->name, "anon_inode:");
}

/* ---- what differs ------------------------------------------------------- */

static void compare_flags(const struct proc_vma *a, const struct proc_vma *b,
			  const struct rules *rules, struct proc_reason *r)
{
	r->flags = (a->flags ^ b->flags) & ~rules->ignored;
	if (a->has_flags && b->has_flags) {
		r->others = a->others ^ b->others;
		r->pkey = a->pkey != b->pkey;
	} else {
		r->flags &= SHOWN;
	}
	if (r->flags || r->others || r->pkey)
		r->all |= 1u << WHY_FLAGS;
}

static void compare_files(const struct proc_vma *a, const struct proc_vma *b,
			  struct proc_reason *r)
{
	if (!same_file(a, b))
		r->all |= 1u
			  << (is_shared_anonymous(a) && is_shared_anonymous(b)
				      ? WHY_SHARED
				      : WHY_FILE);
	else if (has_file(a) && a->offset + (a->end - a->start) != b->offset)
		r->all |= 1u << WHY_OFFSET;
}

/* Of what replay --layout has written, all is known. */
static enum hidden known_reason(const struct proc_vma *a,
				const struct proc_vma *b)
{
	const struct proc_hidden *x = &a->hidden, *y = &b->hidden;

	if (x->uffd != y->uffd)
		return HIDDEN_TWO_UFFDS;
	if (x->offset + (a->end - a->start) != y->offset)
		return HIDDEN_PGOFF;
	if (x->anon_vma && y->anon_vma && x->anon_vma != y->anon_vma)
		return HIDDEN_ANON_VMA;
	if (x->forked || y->forked)
		return HIDDEN_FORKED;
	return HIDDEN_NOT_TRIED;
}

static enum hidden hidden_reason(const struct proc_vma *a,
				 const struct proc_vma *b)
{
	if (a->hidden.known && b->hidden.known)
		return known_reason(a, b);
	if (!a->has_flags || !b->has_flags)
		return HIDDEN_FLAGS;
	if (a->flags & UFFD)
		return HIDDEN_UFFD;
	if (has_file(a))
		return HIDDEN_OPEN;
	if (a->anonymous && b->anonymous)
		return HIDDEN_FAULTED;
	return a->anonymous || b->anonymous ? HIDDEN_HALF : HIDDEN_EMPTY;
}

/*
 * What has been writable stays accounted, and the pages of a program that the
 * loader has relocated were: nobody can help that.
 */
static bool flags_avoidable(const struct proc_vma *a,
			    const struct proc_reason *r)
{
	vm_flags_t avoidable = PROC_ADVICE | LOCKING | RESERVING;

	if (has_file(a))
		avoidable &= ~VM_ACCOUNT;
	return !(r->flags & ~avoidable) && !r->others && !r->pkey;
}

/*
 * Pages that are mapped twice cannot be one row of pages. Without flags, the one
 * that is not writable may be what the loader has relocated.
 */
static bool offset_avoidable(const struct proc_vma *a, const struct proc_vma *b)
{
	bool overlap = a->offset < b->offset + (b->end - b->start) &&
		       b->offset < a->offset + (a->end - a->start);
	bool relocated =
		!a->has_flags && !(a->flags & (VM_WRITE | VM_MAYSHARE));

	return !overlap && !relocated;
}

static bool is_avoidable(const struct proc_vma *a, const struct proc_vma *b,
			 const struct proc_reason *r)
{
	if (r->guard || r->all & (r->all - 1))
		return false;
	switch (r->why) {
	case WHY_FLAGS:
		return flags_avoidable(a, r);
	case WHY_SHARED:
	case WHY_NAME:
		return true;
	case WHY_OFFSET:
		return offset_avoidable(a, b);
	default:
		return false;
	}
}

/* Only what replay --layout has written says that there is none. */
static bool policies_differ(const struct proc_vma *a, const struct proc_vma *b)
{
	bool known = (a->policy && b->policy) ||
		     (a->hidden.known && b->hidden.known);

	return known && !same_name(a->policy ?: "", b->policy ?: "");
}

/* Anonymous memory without access is what @kind says, and no other is. */
static bool is_without_access(enum vma_kind kind)
{
	return kind == KIND_GUARD || kind == KIND_BACK || kind == KIND_RESERVE;
}

static void compare_access(enum vma_kind a, enum vma_kind b,
			   struct proc_reason *r)
{
	r->guard = is_without_access(a) != is_without_access(b);
	if (r->guard)
		r->without = is_without_access(a) ? a : b;
}

static struct proc_reason reason_of(const struct proc_vma *a,
				    const struct proc_vma *b,
				    const enum vma_kind *kind,
				    const struct rules *rules)
{
	struct proc_reason r = { 0 };

	if (kind[0] == KIND_KERNEL || kind[1] == KIND_KERNEL) {
		r.all = 1u << WHY_SPECIAL;
		return r;
	}
	if (policies_differ(a, b))
		r.all |= 1u << WHY_POLICY;
	compare_access(kind[0], kind[1], &r);
	compare_flags(a, b, rules, &r);
	compare_files(a, b, &r);
	if (!same_name(anon_name(a), anon_name(b)))
		r.all |= 1u << WHY_NAME;
	if (may_have_close(a) || may_have_close(b))
		r.all |= 1u << WHY_CLOSE;
	if (!r.all) {
		r.all = 1u << WHY_HIDDEN;
		r.hidden = hidden_reason(a, b);
	}
	r.why = (enum why)__builtin_ctz(r.all);
	r.avoidable = is_avoidable(a, b, &r);
	return r;
}

static int by_offset(const void *x, const void *y)
{
	const struct proc_vma *const *a = x, *const *b = y;

	return ORDER((*a)->offset, (*b)->offset);
}

/*
 * A row of one file's pages cannot be put in order if some of them are mapped
 * twice in it. @low: pairs of such a row.
 */
static void judge_row(const struct proc_maps *maps, struct proc_pair *low,
		      size_t nr)
{
	const struct proc_vma **vma __free(free) =
		xcalloc(nr + 1, sizeof(*vma));
	bool twice = false;

	for (size_t i = 0; i <= nr; i++)
		vma[i] = &maps->vma[low->low + i];
	qsort(vma, nr + 1, sizeof(*vma), by_offset);
	for (size_t i = 1; i <= nr; i++)
		twice |= vma[i]->offset <
			 vma[i - 1]->offset +
				 (vma[i - 1]->end - vma[i - 1]->start);
	for (size_t i = 0; i < nr && twice; i++)
		low[i].r.avoidable = false;
}

static bool is_out_of_order(const struct proc_pair *pair)
{
	return pair->r.avoidable && pair->r.why == WHY_OFFSET;
}

static void judge_rows(const struct proc_maps *maps, struct proc_pair *pairs,
		       size_t nr)
{
	for (size_t i = 0, end; i < nr; i = end) {
		end = i + 1;
		if (!is_out_of_order(&pairs[i]))
			continue;
		while (end < nr && is_out_of_order(&pairs[end]) &&
		       pairs[end].low == pairs[end - 1].low + 1)
			end++;
		if (end > i + 1)
			judge_row(maps, &pairs[i], end - i);
	}
}

struct proc_pair *proc_pairs(const struct proc_maps *maps,
			     const struct proc_kinds *kinds,
			     const struct rules *rules, size_t *nr)
{
	struct proc_pair *pairs = xcalloc(maps->nr, sizeof(*pairs));

	*nr = 0;
	for (size_t i = 1; i < maps->nr; i++) {
		const struct proc_vma *a = &maps->vma[i - 1];
		const struct proc_vma *b = &maps->vma[i];

		if (a->end != b->start)
			continue;
		pairs[*nr].low = i - 1;
		pairs[(*nr)++].r = reason_of(a, b, &kinds->kind[i - 1], rules);
	}
	judge_rows(maps, pairs, *nr);
	return pairs;
}

/* ---- groups ------------------------------------------------------------- */

/*
 * Details only count if there is but one reason, and no more of them than that
 * one needs: with protection the kernel changes what is accounted, and who has
 * no access at all differs from each neighbour in another way.
 */
static struct proc_reason key_of(const struct proc_reason *r)
{
	struct proc_reason key = { .why = r->why, .all = r->all };

	if (r->guard)
		return (struct proc_reason){ .why = WHY_FLAGS,
					     .all = 1u << WHY_FLAGS,
					     .guard = true,
					     .without = r->without };
	if (r->all & (r->all - 1))
		return key;
	if (!(r->flags & ACCESS))
		return *r;
	key.flags = r->flags & ACCESS;
	return key;
}

static int compare_reasons(const struct proc_reason *a,
			   const struct proc_reason *b)
{
	int order;

	/* Most are: what the padding has decides nothing. */
	if (!memcmp(a, b, sizeof(*a)))
		return 0;
	order = ORDER(a->all, b->all);
	order = order ?: ORDER(a->flags, b->flags);
	order = order ?: ORDER(a->others, b->others);
	order = order ?: ORDER(a->pkey, b->pkey);
	order = order ?: ORDER(a->guard, b->guard);
	order = order ?: ORDER(a->without, b->without);
	order = order ?: ORDER(a->hidden, b->hidden);
	return order ?: ORDER(a->avoidable, b->avoidable);
}

static int by_reason(const void *x, const void *y)
{
	const struct proc_pair *a = x, *b = y;

	return compare_reasons(&a->r, &b->r) ?: ORDER(a->low, b->low);
}

static int by_number(const void *x, const void *y)
{
	const struct proc_group *a = x, *b = y;

	return ORDER(b->nr, a->nr) ?: compare_reasons(&a->r, &b->r);
}

/* Pairs come by ascending address. @row: VMAs in the row that ends here. */
static void add_pair(struct proc_group *g, const struct proc_pair *pair,
		     size_t row)
{
	g->nr++;
	if (row <= g->run)
		return;
	g->run = row;
	g->run_low = pair->low + 2 - row;
}

static size_t group_sorted(const struct proc_pair *pairs, size_t nr_pairs,
			   struct proc_group *groups)
{
	size_t nr = 0, row = 0;

	for (size_t i = 0; i < nr_pairs; i++) {
		bool same = i && !compare_reasons(&pairs[i - 1].r, &pairs[i].r);

		if (!same)
			groups[nr++].r = pairs[i].r;
		if (same && pairs[i - 1].low + 1 == pairs[i].low)
			row++;
		else
			row = 2;
		add_pair(&groups[nr - 1], &pairs[i], row);
	}
	return nr;
}

struct proc_group *proc_groups(const struct proc_pair *pairs, size_t nr_pairs,
			       size_t *nr)
{
	struct proc_pair *sorted __free(free) =
		xcalloc(nr_pairs, sizeof(*sorted));
	struct proc_group *groups = xcalloc(nr_pairs, sizeof(*groups));

	for (size_t i = 0; i < nr_pairs; i++) {
		sorted[i].low = pairs[i].low;
		sorted[i].r = key_of(&pairs[i].r);
	}
	qsort(sorted, nr_pairs, sizeof(*sorted), by_reason);
	*nr = group_sorted(sorted, nr_pairs, groups);
	qsort(groups, *nr, sizeof(*groups), by_number);
	return groups;
}
