// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two merges of mm/vma.c: vma_merge_existing_range() for a range of a VMA
 * whose attributes change, vma_merge_new_range() for a range that is mapped.
 * Read against 6.12, 6.13 and the development tree after 6.19.
 */
#include "model/internal.h"

/*
 * What is asked for, as the kernel's struct vma_merge_struct: these attributes
 * in this range, between these two VMAs.
 */
struct merge {
	struct mm *mm;
	struct vma *prev;
	struct vma *middle; /* NULL for a new range */
	struct vma *next;
	unsigned long start;
	unsigned long end;
	unsigned long pgoff;
	const struct vma_attrs *attrs;
	uint32_t anon_vma;
	bool forked; /* the VMA that anon_vma is from was forked */
	bool copied; /* for a copy by mremap() */
};

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

/* is_mergeable_anon_vma() to 6.15: only the side's chain is asked. */
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
		bool asked = m->middle || rules->copied_anon_vma;

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

/* is_mergeable_vma(), then the anon_vma, then the caller's look at vm_pgoff. */
static enum refusal side_refuses(const struct merge *m, const struct vma *side,
				 bool contiguous)
{
	const struct vma_attrs *a = m->attrs, *b = &side->s.attrs;

	if (a->policy != b->policy)
		return REFUSED_POLICY;
	if ((a->flags ^ b->flags) & ~m->mm->rules->ignored)
		return REFUSED_FLAGS;
	if (a->file != b->file)
		return REFUSED_FILE;
	if (a->uffd_ctx != b->uffd_ctx)
		return REFUSED_UFFD;
	if (a->anon_name != b->anon_name)
		return REFUSED_NAME;
	if (!anon_vma_ok(m, side))
		return REFUSED_ANON_VMA;
	return contiguous ? MERGED : REFUSED_PGOFF;
}

/* can_vma_merge_left() */
static enum refusal left_refuses(const struct merge *m)
{
	if (!m->prev)
		return REFUSED_ABSENT;
	if (m->prev->s.vm_end != m->start)
		return REFUSED_APART;
	return side_refuses(m, m->prev, pgoff_end(m->prev) == m->pgoff);
}

/* What can_vma_merge_right() asks of the two sides, if both would merge. */
static bool sides_ok(const struct vma *prev, const struct vma *next)
{
	return !prev->s.anon_vma || !next->s.anon_vma ||
	       prev->s.anon_vma == next->s.anon_vma;
}

/* can_vma_merge_right() */
static enum refusal right_refuses(const struct merge *m, enum refusal left)
{
	enum refusal why;

	if (!m->next)
		return REFUSED_ABSENT;
	if (m->next->s.vm_start != m->end)
		return REFUSED_APART;
	why = side_refuses(m, m->next,
			   m->next->s.vm_pgoff ==
				   m->pgoff + (m->end - m->start));
	if (why == MERGED && left == MERGED && !sides_ok(m->prev, m->next))
		return REFUSED_SIDES;
	return why;
}

/* can_merge_remove_vma() */
static bool removable(const struct vma *vma)
{
	return !vma->s.attrs.has_close;
}

/* dup_anon_vma() */
static void take_anon_vma(struct mm *mm, struct vma *dst, const struct vma *src)
{
	if (src->s.anon_vma && !dst->s.anon_vma)
		do_clone_anon_vma(mm, dst, src->s.id, src->s.anon_vma,
				  src->s.forked);
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
 * commit_merge(), vma_prepare() and vma_complete(). To 6.14 middle's start
 * moved after the store when prev grew into it; when next grew, both ranges
 * were set before, then as now.
 */
static void commit_merge(struct mm *mm, const struct commit *c)
{
	bool store_early = c->second && c->grown == c->first &&
			   !mm->rules->ranges_before_store;
	uint32_t file = c->first->s.attrs.file;
	uint32_t anon_vma = c->first->s.anon_vma;

	if (!anon_vma && c->second)
		anon_vma = c->second->s.anon_vma;

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
}

/* Flags that two VMAs need not share to merge, but that survive the merge. */
static void add_flags(struct mm *mm, struct vma *vma, vm_flags_t flags)
{
	struct vma_attrs attrs = vma->s.attrs;

	attrs.flags |= flags;
	if (attrs.flags != vma->s.attrs.flags)
		do_set_attrs(mm, vma, &attrs);
}

/* ---- existing ------------------------------------------------------------ */

/* Decide both sides. Where one does not merge, say why in the act. */
static void decide_existing(struct merge *m, struct act *act)
{
	bool left_side = m->start == m->middle->s.vm_start;
	bool right_side = m->end == m->middle->s.vm_end;

	act->left = act->right = REFUSED_SPECIAL;
	if (m->attrs->flags & VM_SPECIAL)
		return;
	act->left = act->right = REFUSED_INNER;
	if (!left_side && !right_side)
		return;

	act->left = left_side ? left_refuses(m) : REFUSED_POSITION;
	if (right_side)
		m->next = tree_next(m->middle);
	act->next = m->next ? m->next->s.id : 0;
	act->right =
		right_side ? right_refuses(m, act->left) : REFUSED_POSITION;

	if (left_side && right_side && !removable(m->middle)) {
		if (act->left == MERGED)
			act->left = REFUSED_CLOSE_MIDDLE;
		if (act->right == MERGED)
			act->right = REFUSED_CLOSE_MIDDLE;
	} else if (act->left == MERGED && act->right == MERGED &&
		   !removable(m->next)) {
		act->right = REFUSED_CLOSE_NEXT;
	}
}

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

/* Returns the VMA that now holds the range. */
static struct vma *carry_out_existing(struct merge *m, bool left, bool right)
{
	struct mm *mm = m->mm;
	vm_flags_t sticky = m->attrs->flags;
	struct commit c;

	lock_existing(m, left, right);
	if (left)
		sticky |= m->prev->s.attrs.flags;
	if (right)
		sticky |= m->next->s.attrs.flags;

	if (left && right) {
		c = plan_both(m);
		take_anon_vma(mm, m->prev,
			      m->next->s.anon_vma ? m->next : m->middle);
	} else {
		c = left ? plan_left(m) : plan_right(m);
		take_anon_vma(mm, c.grown, m->middle);
	}
	commit_merge(mm, &c);
	add_flags(mm, c.grown, sticky & mm->rules->sticky);
	return c.grown;
}

/*
 * Try to merge [start, end) of @middle, which is to have @attrs, with the VMAs
 * beside it. Returns the VMA that it became part of, or NULL.
 */
struct vma *merge_existing(struct mm *mm, struct vma *prev, struct vma *middle,
			   unsigned long start, unsigned long end,
			   const struct vma_attrs *attrs)
{
	struct merge m = {
		.mm = mm,
		.prev = prev,
		.middle = middle,
		.start = start,
		.end = end,
		.pgoff = middle->s.vm_pgoff + (start - middle->s.vm_start),
		.attrs = attrs,
		.anon_vma = middle->s.anon_vma,
		.forked = middle->s.forked,
	};
	struct act act = {
		.kind = ACT_MERGE_EXISTING,
		.start = start,
		.end = end,
		.prev = prev ? prev->s.id : 0,
		.middle = middle->s.id,
	};
	uint32_t outer = act_begin(mm, act);
	struct vma *merged = NULL;
	bool left, right;

	decide_existing(&m, act_now(mm));
	left = act_now(mm)->left == MERGED;
	right = act_now(mm)->right == MERGED;
	if (left || right)
		merged = carry_out_existing(&m, left, right);
	act_end(mm, outer);
	return merged;
}

/* ---- new ----------------------------------------------------------------- */

static void decide_new(const struct merge *m, struct act *act)
{
	act->left = act->right = REFUSED_SPECIAL;
	if (m->attrs->flags & VM_SPECIAL)
		return;
	act->left = left_refuses(m);
	act->right = right_refuses(m, act->left);
	if (act->left == MERGED && act->right == MERGED && !removable(m->next))
		act->right = REFUSED_CLOSE_NEXT;
}

/*
 * vma_expand(): since 6.19 the anon_vma is taken over before next is locked,
 * and that of a copied VMA, too.
 */
static void prepare_expand(const struct merge *m, struct vma *target,
			   struct vma *remove)
{
	struct mm *mm = m->mm;
	bool early = mm->rules->copied_anon_vma;

	do_lock_vma(mm, target);
	if (remove && !early)
		do_lock_vma(mm, remove);
	if (remove)
		take_anon_vma(mm, target, remove);
	if (early && m->anon_vma && !target->s.anon_vma)
		do_clone_anon_vma(mm, target, 0, m->anon_vma, m->forked);
	if (remove && early)
		do_lock_vma(mm, remove);
}

/*
 *        start     end
 *          |<------>|
 * |-------..........-------|
 *   prev  (proposed)  next
 *  extend            delete
 */
static struct vma *carry_out_new(struct merge *m, bool left, bool right)
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
	if (!m->copied)
		flags |= m->attrs->flags & m->mm->rules->ignored;
	if (remove)
		flags |= remove->s.attrs.flags & m->mm->rules->sticky;
	prepare_expand(m, target, remove);
	commit_merge(m->mm, &c);
	add_flags(m->mm, target, flags);
	return target;
}

/*
 * Try to merge the range that @op maps with the VMAs beside it. The range must
 * be empty. Returns the VMA that it became part of, or NULL.
 */
struct vma *merge_new(struct mm *mm, const struct op *op)
{
	struct merge m = {
		.mm = mm,
		.prev = tree_before(mm, op->start),
		.next = tree_find(mm, op->end),
		.start = op->start,
		.end = op->end,
		.pgoff = op->pgoff,
		.attrs = &op->attrs,
		.anon_vma = op->anon_vma,
		.forked = op->forked,
		.copied = op->copied,
	};
	uint32_t outer =
		act_begin(mm, (struct act){
				      .kind = ACT_MERGE_NEW,
				      .start = m.start,
				      .end = m.end,
				      .prev = m.prev ? m.prev->s.id : 0,
				      .next = m.next ? m.next->s.id : 0,
			      });
	struct vma *merged = NULL;
	bool left, right;

	decide_new(&m, act_now(mm));
	left = act_now(mm)->left == MERGED;
	right = act_now(mm)->right == MERGED;
	if (left || right)
		merged = carry_out_new(&m, left, right);
	act_end(mm, outer);
	return merged;
}
