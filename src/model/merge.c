// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two merges of mm/vma.c: vma_merge_existing_range() for a range of a VMA
 * whose attributes change, vma_merge_new_range() for a range that is mapped.
 * Read against 6.12, 6.13 and the development tree after 6.19.
 */
#include <errno.h>

#include "model/internal.h"

/*
 * What is to be done, once decided. One or two VMAs get a new range, in this
 * order, the lower one first; then the tree gets the one that grows.
 */
struct commit {
	struct vma *grown;
	struct vma *first;
	struct vma *second; /* or NULL */
	unsigned long first_start;
	unsigned long boundary; /* where first ends and second begins */
	unsigned long second_end;
	unsigned long store_start;
	unsigned long store_end;
	struct vma *remove[2];
};

/* list_is_singular(&vma->anon_vma_chain) */
static bool chain_is_singular(const struct vma *vma)
{
	return vma->s.anon_vma && !vma->s.forked;
}

/* is_mergeable_anon_vma() up to 6.15: only the side's chain is asked. */
static bool anon_vma_ok_by_chain(const struct merge *m, const struct vma *side)
{
	if ((!m->anon_vma || !side->s.anon_vma) && chain_is_singular(side))
		return true;
	return m->anon_vma == side->s.anon_vma;
}

/* is_mergeable_anon_vma() since 6.16: whose anon_vma is kept is asked. */
static bool anon_vma_ok(const struct merge *m, const struct vma *side)
{
	const struct rules *rules = m->mm->rules;

	if (rules->anon_vma_by_chain)
		return anon_vma_ok_by_chain(m, side);
	if (m->anon_vma && !side->s.anon_vma) {
		bool asked = m->middle || (m->copied && rules->copied_anon_vma);

		return !(asked && m->forked);
	}
	if (!m->anon_vma && side->s.anon_vma)
		return !side->s.forked;
	return m->anon_vma == side->s.anon_vma;
}

/* The offset that the page just beyond this VMA would have. */
static unsigned long pgoff_end(const struct vma *vma)
{
	return vma->s.vm_pgoff + (vma->s.vm_end - vma->s.vm_start);
}

/* ---- the rules ------------------------------------------------------------ */

static uint32_t bit_if(bool refuses, enum refusal why)
{
	return (uint32_t)refuses << why;
}

/* As long as one of these refuses, there is nothing to ask. */
#define NOT_ASKED                                                              \
	(1U << REFUSED_POSITION | 1U << REFUSED_ABSENT | 1U << REFUSED_APART | \
	 1U << REFUSED_JUST_EXPAND | 1U << REFUSED_SELF)

static bool anon_pgoff_apart(const struct merge *m, const struct vma *side)
{
	return attrs_two_offsets(m->attrs, m->mm->rules) &&
	       m->moved != side->s.moved;
}

/* is_mergeable_vma(), then the anon_vma, then the caller's look at vm_pgoff. */
static uint32_t side_refusals(const struct merge *m, const struct vma *side,
			      bool contiguous)
{
	const struct vma_attrs *a = m->attrs, *b = &side->s.attrs;
	vm_flags_t differ = (a->flags ^ b->flags) & ~m->mm->rules->ignored;

	return bit_if(a->policy != b->policy, REFUSED_POLICY) |
	       bit_if(differ, REFUSED_FLAGS) |
	       bit_if(a->file != b->file, REFUSED_FILE) |
	       bit_if(a->uffd_ctx != b->uffd_ctx, REFUSED_UFFD) |
	       bit_if(a->anon_name != b->anon_name, REFUSED_NAME) |
	       bit_if(!anon_vma_ok(m, side), REFUSED_ANON_VMA) |
	       bit_if(!contiguous, REFUSED_PGOFF) |
	       bit_if(anon_pgoff_apart(m, side), REFUSED_ANON_PGOFF);
}

/* can_vma_merge_left() */
static uint32_t left_refusals(const struct merge *m, bool touches)
{
	if (!touches)
		return 1U << REFUSED_POSITION;
	if (!m->prev)
		return 1U << REFUSED_ABSENT;
	if (m->prev->s.vm_end != m->start)
		return 1U << REFUSED_APART;
	if (m->prev->s.id == m->self)
		return 1U << REFUSED_SELF;
	return side_refusals(m, m->prev, pgoff_end(m->prev) == m->pgoff);
}

/* can_vma_merge_right(), but for what it asks of the two sides together. */
static uint32_t right_refusals(const struct merge *m, bool touches)
{
	unsigned long pgoff = m->pgoff + (m->end - m->start);

	if (m->just_expand)
		return 1U << REFUSED_JUST_EXPAND;
	if (!touches)
		return 1U << REFUSED_POSITION;
	if (!m->next)
		return 1U << REFUSED_ABSENT;
	if (m->next->s.vm_start != m->end)
		return 1U << REFUSED_APART;
	if (m->next->s.id == m->self)
		return 1U << REFUSED_SELF;
	return side_refusals(m, m->next, m->next->s.vm_pgoff == pgoff);
}

/* What can_vma_merge_right() asks of the two sides, if both would merge. */
static bool sides_ok(const struct vma *prev, const struct vma *next)
{
	return !prev->s.anon_vma || !next->s.anon_vma ||
	       prev->s.anon_vma == next->s.anon_vma;
}

/* can_merge_remove_vma() */
static bool removable(const struct vma *vma)
{
	return !vma->s.attrs.has_close;
}

/* The kernel stops at the first. They are numbered in its order. */
static enum refusal first_of(uint32_t refusals)
{
	return refusals ? (enum refusal)__builtin_ctz(refusals) : MERGED;
}

/*
 * Ask every rule of both sides, and say in the call what came of it. The range
 * touches an end of middle, or both; that of a new one is as if it did. Of the
 * rules for two sides together only those count that the other side lets: if
 * prev does not merge, then next is not removed.
 */
static void decide(const struct merge *m, bool left_side, bool right_side)
{
	struct kcall *kcall = kcall_now(m->mm);
	uint32_t left = left_refusals(m, left_side);
	uint32_t right = right_refusals(m, right_side);
	uint32_t both = bit_if(m->attrs->flags & VM_SPECIAL, REFUSED_SPECIAL) |
			bit_if(!left_side && !right_side, REFUSED_INNER) |
			bit_if(m->uffd_loses, REFUSED_UFFD_LOST);
	uint32_t stays = bit_if(left_side && right_side && m->middle &&
					!removable(m->middle),
				REFUSED_CLOSE_MIDDLE);

	if (!left && !(right & NOT_ASKED))
		right |= bit_if(!sides_ok(m->prev, m->next), REFUSED_SIDES) |
			 bit_if(!removable(m->next), REFUSED_CLOSE_NEXT);
	if (!(left & NOT_ASKED))
		left |= stays;
	if (!(right & NOT_ASKED))
		right |= stays;
	kcall->left_all = left | both;
	kcall->right_all = right | both;
	kcall->left = first_of(kcall->left_all);
	kcall->right = first_of(kcall->right_all);
}

static bool merges(const struct merge *m, bool *left, bool *right)
{
	const struct kcall *kcall = kcall_now(m->mm);

	*left = kcall->left == MERGED;
	*right = kcall->right == MERGED;
	return *left || *right;
}

/* What would have merged did not, as there was no memory. */
static void refuse_for_memory(struct kcall *kcall)
{
	if (kcall->left == MERGED) {
		kcall->left = REFUSED_NO_MEMORY;
		kcall->left_all = 1U << REFUSED_NO_MEMORY;
	}
	if (kcall->right == MERGED) {
		kcall->right = REFUSED_NO_MEMORY;
		kcall->right_all = 1U << REFUSED_NO_MEMORY;
	}
}

/* ---- carrying out --------------------------------------------------------- */

/*
 * dup_anon_vma(): @dst takes over an anon_vma if it has none. Returns 0 or
 * -ENOMEM; then anon_vma_clone() itself left @dst without one.
 */
static int take_anon_vma(struct merge *m, struct vma *dst, vma_id from,
			 uint32_t anon_vma, bool forked)
{
	if (!anon_vma || dst->s.anon_vma)
		return 0;
	if (alloc_fails(m->mm, ALLOC_ANON_VMA))
		return -ENOMEM;
	do_clone_anon_vma(m->mm, dst, from, anon_vma, forked);
	m->anon_dup = dst;
	return 0;
}

static int take_anon_vma_of(struct merge *m, struct vma *dst,
			    const struct vma *src)
{
	return take_anon_vma(m, dst, src->s.id, src->s.anon_vma, src->s.forked);
}

/* unlink_anon_vmas() of what was taken over for a merge that then failed. */
static void give_anon_vma_back(struct merge *m)
{
	if (m->anon_dup)
		do_clone_anon_vma(m->mm, m->anon_dup, 0, 0, false);
}

/* Give a VMA a range whose pages keep the offsets that they have. */
static void move_bounds(struct mm *mm, struct vma *vma, unsigned long start,
			unsigned long end)
{
	do_set_range(mm, vma, start, end,
		     vma->s.vm_pgoff + (start - vma->s.vm_start));
}

static void remove_merged(struct mm *mm, struct vma *vma)
{
	do_detach(mm, vma);
	do_map_count(mm, -1);
	do_free(mm, vma);
}

/*
 * commit_merge(), vma_prepare() and vma_complete(). Up to 6.14 middle's start
 * moved after the store when prev grew into it; when next grew, both ranges
 * were set before, then as now. Returns 0, or -ENOMEM and nothing is done.
 */
static int commit_merge(struct mm *mm, const struct commit *c)
{
	bool store_early = c->second && c->grown == c->first &&
			   !mm->rules->ranges_before_store;
	uint32_t file = c->first->s.attrs.file;
	uint32_t anon_vma = c->first->s.anon_vma;

	if (!anon_vma && c->second)
		anon_vma = c->second->s.anon_vma;
	if (alloc_fails(mm, ALLOC_TREE))
		return -ENOMEM;

	do_lock_rmap(mm, file, anon_vma);
	move_bounds(mm, c->first, c->first_start, c->boundary);
	if (store_early)
		do_store(mm, c->store_start, c->store_end, c->grown);
	if (c->second)
		move_bounds(mm, c->second, c->boundary, c->second_end);
	if (!store_early)
		do_store(mm, c->store_start, c->store_end, c->grown);
	do_unlock_rmap(mm, file, anon_vma);

	for (int i = 0; i < 2; i++)
		if (c->remove[i])
			remove_merged(mm, c->remove[i]);
	return 0;
}

/* Flags that two VMAs need not share to merge, but that survive the merge. */
static void add_flags(struct mm *mm, struct vma *vma, vm_flags_t flags)
{
	struct vma_attrs attrs;

	if (!(flags & ~vma->s.attrs.flags))
		return;
	attrs = vma->s.attrs;
	attrs.flags |= flags;
	do_set_attrs(mm, vma, &attrs);
}

/* ---- existing ------------------------------------------------------------ */

static void lock_existing(const struct merge *m, bool left, bool right)
{
	struct mm *mm = m->mm;

	do_lock_vma(mm, m->middle);
	if (right && mm->rules->lock_next_first)
		do_lock_vma(mm, m->next);
	if (left)
		do_lock_vma(mm, m->prev);
	if (right && !mm->rules->lock_next_first)
		do_lock_vma(mm, m->next);
}

/*
 *     start  end
 *       |<---->|
 * |-----********-----|
 *  prev  middle  next
 * extend delete delete
 */
static struct commit plan_both(const struct merge *m)
{
	return (struct commit){
		.grown = m->prev,
		.first = m->prev,
		.first_start = m->prev->s.vm_start,
		.boundary = m->next->s.vm_end,
		.store_start = m->prev->s.vm_start,
		.store_end = m->next->s.vm_end,
		.remove = { m->middle, m->next },
	};
}

/*
 *     start  end        or all of it:  start         end
 *       |<---->|                         |<---------->|
 * |-----***************            |-----***************
 *  prev      middle                 prev      middle
 * extend partial overwrite         extend     delete
 */
static struct commit plan_left(const struct merge *m)
{
	bool all = m->end == m->middle->s.vm_end;

	return (struct commit){
		.grown = m->prev,
		.first = m->prev,
		.second = all ? NULL : m->middle,
		.first_start = m->prev->s.vm_start,
		.boundary = m->end,
		.second_end = m->middle->s.vm_end,
		.store_start = m->prev->s.vm_start,
		.store_end = m->end,
		.remove = { all ? m->middle : NULL },
	};
}

/*
 *     start    end      or all of it: start         end
 *       |<----->|                       |<---------->|
 * **************-----|                  **************-----|
 *      middle    next                       middle     next
 *      shrink   extend                      delete    extend
 */
static struct commit plan_right(const struct merge *m)
{
	bool all = m->start == m->middle->s.vm_start;

	if (all)
		return (struct commit){
			.grown = m->next,
			.first = m->next,
			.first_start = m->start,
			.boundary = m->next->s.vm_end,
			.store_start = m->start,
			.store_end = m->next->s.vm_end,
			.remove = { m->middle },
		};
	return (struct commit){
		.grown = m->next,
		.first = m->middle,
		.second = m->next,
		.first_start = m->middle->s.vm_start,
		.boundary = m->start,
		.second_end = m->next->s.vm_end,
		.store_start = m->start,
		.store_end = m->next->s.vm_end,
	};
}

/* Sets @m->target. Returns 0 or -ENOMEM. */
static int carry_out_existing(struct merge *m, bool left, bool right)
{
	struct mm *mm = m->mm;
	vm_flags_t sticky = m->attrs->flags;
	struct vma *source = m->middle;
	struct commit c;

	lock_existing(m, left, right);
	if (left)
		sticky |= m->prev->s.attrs.flags;
	if (right)
		sticky |= m->next->s.attrs.flags;
	if (left && right && m->next->s.anon_vma)
		source = m->next;

	c = left && right ? plan_both(m) : left ? plan_left(m) : plan_right(m);
	if (take_anon_vma_of(m, c.grown, source) || commit_merge(mm, &c))
		return -ENOMEM;
	add_flags(mm, c.grown, sticky & mm->rules->sticky);
	m->target = c.grown;
	return 0;
}

static enum merge_state try_existing(struct merge *m)
{
	bool left, right;

	if (!merges(m, &left, &right))
		return MERGE_NONE;
	if (!carry_out_existing(m, left, right))
		return MERGE_DONE;
	give_anon_vma_back(m);
	refuse_for_memory(kcall_now(m->mm));
	return m->give_up_on_oom ? MERGE_NONE : MERGE_NOMEM;
}

/*
 * Try to merge [start, end) of middle, which is to have new attributes, with
 * the VMAs beside it. What the kernel does not look at, as the flags are special
 * or the range is an inner one, is asked all the same, for people to read.
 */
enum merge_state merge_existing(struct merge *m)
{
	bool left_side = m->start == m->middle->s.vm_start;
	bool right_side = m->end == m->middle->s.vm_end;
	uint32_t outer =
		kcall_begin(m->mm, KCALL_MERGE_EXISTING, m->start, m->end);
	struct kcall *kcall = kcall_now(m->mm);

	m->next = right_side ? tree_next(m->mm, m->middle) : NULL;
	kcall->prev = m->prev ? m->prev->s.id : 0;
	kcall->middle = m->middle->s.id;
	kcall->next = m->next ? m->next->s.id : 0;
	decide(m, left_side, right_side);
	kcall->state = try_existing(m);
	kcall_end(m->mm, outer);
	return kcall->state;
}

/* ---- new ----------------------------------------------------------------- */

/*
 * vma_expand(): since 6.18.8 the anon_vma is taken over before next is locked,
 * and that of a copied VMA, too.
 */
static int prepare_expand(struct merge *m, struct vma *target,
			  struct vma *remove)
{
	struct mm *mm = m->mm;
	bool early = mm->rules->copied_anon_vma;
	int err = 0;

	do_lock_vma(mm, target);
	if (remove && !early)
		do_lock_vma(mm, remove);
	if (remove)
		err = take_anon_vma_of(m, target, remove);
	if (!err && early && m->copied)
		err = take_anon_vma(m, target, m->from, m->anon_vma, m->forked);
	if (!err && remove && early)
		do_lock_vma(mm, remove);
	return err;
}

/*
 *        start     end
 *          |<------>|
 * |-------..........-------|
 *   prev  (proposed)  next
 *  extend            delete
 *
 * Where there is no memory for the anon_vma, vma_expand() returns an error but
 * leaves the state of the merge alone.
 */
static enum merge_state carry_out_new(struct merge *m, bool left, bool right)
{
	struct vma *target = left ? m->prev : m->next;
	struct vma *remove = left && right ? m->next : NULL;
	vm_flags_t flags = m->attrs->flags & m->mm->rules->sticky;
	struct commit c = {
		.grown = target,
		.first = target,
		.first_start = left ? m->prev->s.vm_start : m->start,
		.boundary = right ? m->next->s.vm_end : m->end,
		.remove = { remove },
	};

	c.store_start = c.first_start;
	c.store_end = c.boundary;
	/* Before there were sticky flags, mmap() itself marked what grew. */
	if (m->marks)
		flags |= m->attrs->flags & m->mm->rules->ignored;
	if (remove)
		flags |= remove->s.attrs.flags & m->mm->rules->sticky;
	if (prepare_expand(m, target, remove))
		return MERGE_NONE;
	if (commit_merge(m->mm, &c)) {
		give_anon_vma_back(m);
		return MERGE_NOMEM;
	}
	add_flags(m->mm, target, flags);
	m->target = target;
	return MERGE_DONE;
}

/* Try to merge a range, which must be empty, with the VMAs beside it. */
enum merge_state merge_new(struct merge *m)
{
	uint32_t outer = kcall_begin(m->mm, KCALL_MERGE_NEW, m->start, m->end);
	struct kcall *kcall = kcall_now(m->mm);
	bool left, right;

	kcall->prev = m->prev ? m->prev->s.id : 0;
	kcall->next = m->next ? m->next->s.id : 0;
	decide(m, true, true);
	if (merges(m, &left, &right)) {
		kcall->state = carry_out_new(m, left, right);
		if (!m->target)
			refuse_for_memory(kcall);
	}
	kcall_end(m->mm, outer);
	return kcall->state;
}
