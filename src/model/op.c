// SPDX-License-Identifier: GPL-2.0-only
/* The operations, and the mmap lock around each. */
#include <errno.h>

#include "model/internal.h"

/* ---- modify -------------------------------------------------------------- */

/*
 * What the range is to have. Whoever calls vma_modify_flags() makes the new
 * flags from the VMA's own, and leaves those alone that merging ignores.
 */
static struct vma_attrs
changed_attrs(const struct mm *mm, const struct vma *vma, const struct op *op)
{
	struct vma_attrs attrs = vma->s.attrs;

	if (op->changes & CHANGE_FLAGS)
		attrs.flags =
			op->attrs.flags | (attrs.flags & mm->rules->ignored);
	if (op->changes & CHANGE_POLICY)
		attrs.policy = op->attrs.policy;
	if (op->changes & CHANGE_UFFD)
		attrs.uffd_ctx = op->attrs.uffd_ctx;
	if (op->changes & CHANGE_NAME)
		attrs.anon_name = op->attrs.anon_name;
	return attrs;
}

/* The same in all that a modify can change. */
static bool nothing_changes(const struct vma_attrs *a,
			    const struct vma_attrs *b)
{
	return a->flags == b->flags && a->policy == b->policy &&
	       a->uffd_ctx == b->uffd_ctx && a->anon_name == b->anon_name;
}

/*
 * What mprotect_fixup() and its like do with the VMA that vma_modify() gives
 * them: it has what was asked for, and, since 6.19, keeps its sticky flags.
 */
static void set_changed(struct mm *mm, struct vma *vma, const struct op *op,
			const struct vma_attrs *wanted)
{
	struct vma_attrs attrs = vma->s.attrs;
	uint32_t outer;

	if (op->changes & CHANGE_FLAGS)
		attrs.flags = wanted->flags | (attrs.flags & mm->rules->sticky);
	attrs.policy = wanted->policy;
	attrs.uffd_ctx = wanted->uffd_ctx;
	attrs.anon_name = wanted->anon_name;
	if (nothing_changes(&attrs, &vma->s.attrs))
		return;
	outer = kcall_begin(mm, KCALL_CHANGE, vma->s.vm_start, vma->s.vm_end);
	kcall_now(mm)->middle = vma->s.id;
	do_lock_vma(mm, vma);
	do_set_attrs(mm, vma, &attrs);
	kcall_end(mm, outer);
}

/* Split off what of @vma lies outside the range, as vma_modify(). */
static int split_outside(struct mm *mm, struct vma *vma, unsigned long start,
			 unsigned long end)
{
	int err = 0;

	if (vma->s.vm_start < start)
		err = split_vma(mm, vma, start, true);
	if (!err && vma->s.vm_end > end)
		err = split_vma(mm, vma, end, false);
	return err;
}

/*
 * vma_modify(). @m->target is then what has the range. (6.12.0, and others
 * before 6.15, went on to split where there was no memory to merge.)
 */
static int merge_or_split(struct merge *m)
{
	switch (merge_existing(m)) {
	case MERGE_DONE:
		return 0;
	case MERGE_NOMEM:
		return -ENOMEM;
	default:
		m->target = m->middle;
		return split_outside(m->mm, m->middle, m->start, m->end);
	}
}

/* vma_modify() and its caller, on a range within one VMA. */
static int modify_one(struct mm *mm, struct vma *vma, unsigned long start,
		      unsigned long end, const struct op *op)
{
	struct vma_attrs attrs = changed_attrs(mm, vma, op);
	struct merge m = {
		.mm = mm,
		/* In the kernel prev is middle if the range begins inside. */
		.prev = start > vma->s.vm_start ? NULL : tree_prev(mm, vma),
		.middle = vma,
		.next = NULL,
		.start = start,
		.end = end,
		.pgoff = vma->s.vm_pgoff + (start - vma->s.vm_start),
		.attrs = &attrs,
		.anon_vma = vma->s.anon_vma,
		.forked = vma->s.forked,
		.copied = false,
		.moved = vma->s.moved,
		.from = 0,
		.self = 0,
		.uffd_loses = false,
		.just_expand = false,
		.marks = false,
		.give_up_on_oom = op->give_up_on_oom,
		.anon_dup = NULL,
		.target = NULL,
	};
	int err;

	if (nothing_changes(&attrs, &vma->s.attrs))
		return 0;
	err = merge_or_split(&m);
	if (!err)
		set_changed(mm, m.target, op, &attrs);
	return err;
}

/* As mprotect() walks: one VMA after the other, up to the first hole. */
static int modify(struct mm *mm, const struct op *op)
{
	unsigned long addr = op->start;

	while (addr < op->end) {
		struct vma *vma = tree_find(mm, addr);
		unsigned long end;
		int err;

		if (!vma || vma->s.vm_start > addr)
			return -ENOMEM;
		end = vma->s.vm_end < op->end ? vma->s.vm_end : op->end;
		err = modify_one(mm, vma, addr, end, op);
		if (err)
			return err;
		addr = end;
	}
	return 0;
}

/* ---- map ----------------------------------------------------------------- */

/* Whether there is no memory for what goes with a new VMA. */
static bool insert_fails(struct mm *mm, const struct op *op)
{
	return (op->copied && op->attrs.policy &&
		alloc_fails(mm, ALLOC_POLICY)) ||
	       (op->copied && op->anon_vma &&
		alloc_fails(mm, ALLOC_ANON_VMA)) ||
	       alloc_fails(mm, ALLOC_TREE);
}

/*
 * __mmap_new_vma(), part of mmap_region() up to 6.12. A copy goes another way,
 * vm_area_dup() and vma_link(): of that only the allocations are modelled.
 * brk() locks before it allocates for the tree.
 */
static int carry_out_insert(struct mm *mm, const struct op *op)
{
	struct vma *new;

	if (alloc_fails(mm, ALLOC_VMA))
		return -ENOMEM;
	new = do_allocate(mm, op);
	do_set_range(mm, new, op->start, op->end, op->pgoff);
	if (op->just_expand)
		do_lock_vma(mm, new);
	if (insert_fails(mm, op)) {
		do_free(mm, new);
		return -ENOMEM;
	}
	kcall_now(mm)->created = new->s.id;
	do_lock_vma(mm, new);
	do_store(mm, op->start, op->end, new);
	do_map_count(mm, 1);
	if (op->attrs.file) {
		do_lock_rmap(mm, op->attrs.file, 0);
		do_unlock_rmap(mm, op->attrs.file, 0);
	}
	return 0;
}

static const struct vma *source_of(const struct mm *mm, const struct op *op)
{
	struct vma *vma = op->from ? tree_find(mm, 0) : NULL;

	while (vma && vma->s.id != op->from)
		vma = tree_next(mm, vma);
	return vma;
}

/* copy_vma(), with vma_link(), where nothing merged. */
static int carry_out_copy(struct mm *mm, const struct op *op,
			  const struct vma *from)
{
	struct vma *new;

	if (alloc_fails(mm, ALLOC_VMA))
		return -ENOMEM;
	new = do_duplicate(mm, from);
	do_set_range(mm, new, op->start, op->end, op->pgoff);
	new->s.moved = mm->rules->anon_pgoff ? op->moved : 0;
	if ((op->attrs.policy && alloc_fails(mm, ALLOC_POLICY)) ||
	    (op->anon_vma && alloc_fails(mm, ALLOC_ANON_VMA))) {
		do_free(mm, new);
		return -ENOMEM;
	}
	if (alloc_fails(mm, ALLOC_TREE)) {
		if (new->s.anon_vma)
			do_clone_anon_vma(mm, new, 0, 0, false);
		do_free(mm, new);
		return -ENOMEM;
	}
	kcall_now(mm)->created = new->s.id;
	do_lock_vma(mm, new);
	do_store(mm, op->start, op->end, new);
	if (op->attrs.file) {
		do_lock_rmap(mm, op->attrs.file, 0);
		do_unlock_rmap(mm, op->attrs.file, 0);
	}
	do_map_count(mm, 1);
	return 0;
}

static int insert(struct mm *mm, const struct op *op)
{
	uint32_t outer = kcall_begin(mm, KCALL_INSERT, op->start, op->end);
	const struct vma *from = source_of(mm, op);
	int err =
		from ? carry_out_copy(mm, op, from) : carry_out_insert(mm, op);

	kcall_now(mm)->err = err;
	kcall_end(mm, outer);
	return err;
}

/*
 * What is unfaulted and anonymous, private memory of /dev/zero too, has its address
 * for an offset: only that could be continuous with itself. A file may have such an
 * offset by chance, and does not merge with its source for another reason then.
 */
static vma_id kept_source(const struct mm *mm, const struct op *op)
{
	bool unfaulted = !op->anon_vma && op->pgoff == op->start;

	return mm->rules->kept_source && op->keep_source && unfaulted ? op->from
								      : 0;
}

/*
 * A merge for which there was no memory is an error to brk() alone: mmap() and
 * mremap() then try to make a VMA, as if nothing had merged.
 */
static int merge_or_insert(struct mm *mm, const struct op *op)
{
	struct merge m = {
		.mm = mm,
		.prev = op->apart ? NULL : tree_before(mm, op->start),
		.middle = NULL,
		.next = op->just_expand ? NULL : tree_find(mm, op->end),
		.start = op->start,
		.end = op->end,
		.pgoff = op->pgoff,
		.attrs = &op->attrs,
		.anon_vma = op->anon_vma,
		.forked = op->forked,
		.copied = op->copied,
		.moved = mm->rules->anon_pgoff ? op->moved : 0,
		.from = op->from,
		.self = kept_source(mm, op),
		.uffd_loses = mm->rules->uffd_event_remap && op->uffd_loses,
		.just_expand = op->just_expand,
		.marks = !op->copied && !op->just_merge,
		.give_up_on_oom = false,
		.anon_dup = NULL,
		.target = NULL,
	};
	enum merge_state state = merge_new(&m);

	if (state == MERGE_NOMEM && (op->just_expand || op->just_merge))
		return -ENOMEM;
	if (state == MERGE_DONE || op->just_merge)
		return 0;
	return insert(mm, op);
}

static int map(struct mm *mm, const struct op *op)
{
	const struct vma *vma = tree_find(mm, op->start);

	/* Whoever merges alone has not looked at the number of VMAs. */
	if (mm->map_count > mm->max_map_count && !op->just_merge)
		return -ENOMEM;
	if (vma && vma->s.vm_start < op->end)
		return -EEXIST;
	return merge_or_insert(mm, op);
}

/* ---- replace ------------------------------------------------------------- */

/*
 * __mmap_region() where something is mapped, part of mm/mmap.c in 6.12. What is
 * there is detached, but the tree keeps it until what comes instead is stored
 * over it: to a reader without locks there is no moment at which nothing is
 * mapped. The page tables are cleared and the close hooks called before that
 * (vms_clean_up_area()), so that from there on nothing can be put back: if no
 * VMA can be made, a hole is left.
 */
static int carry_out_replace(struct mm *mm, const struct op *op,
			     struct vma *first)
{
	struct gathered g;
	int err = gather(mm, &g, first, op->start, op->end);

	if (err)
		return err;
	err = merge_or_insert(mm, op);
	if (err)
		do_store(mm, op->start, op->end, NULL);
	drop_gathered(mm, &g, false);
	return err;
}

static int replace(struct mm *mm, const struct op *op)
{
	struct vma *vma = tree_find(mm, op->start);
	uint32_t outer;
	int err;

	if (mm->map_count > mm->max_map_count)
		return -ENOMEM;
	if (!vma || vma->s.vm_start >= op->end)
		return merge_or_insert(mm, op);
	outer = kcall_begin(mm, KCALL_REPLACE, op->start, op->end);
	kcall_now(mm)->middle = vma->s.id;
	err = carry_out_replace(mm, op, vma);
	kcall_now(mm)->err = err;
	kcall_end(mm, outer);
	return err;
}

/* ---- split, unmap, relocate ----------------------------------------------- */

static int split(struct mm *mm, const struct op *op)
{
	struct vma *vma = tree_find(mm, op->start);

	if (!vma || vma->s.vm_start >= op->start)
		return -EINVAL;
	return split_vma(mm, vma, op->start, op->new_below);
}

static int unmap(struct mm *mm, const struct op *op)
{
	return unmap_range(mm, op->start, op->end);
}

static int move_down(struct mm *mm, const struct op *op)
{
	return relocate(mm, op->start, op->end);
}

static int (*const operations[NR_OPS])(struct mm *, const struct op *) = {
	[OP_MODIFY] = modify,	   [OP_MAP] = map,
	[OP_SPLIT] = split,	   [OP_UNMAP] = unmap,
	[OP_RELOCATE] = move_down, [OP_REPLACE] = replace,
};

const struct outcome *mm_do(struct mm *mm, const struct op *op)
{
	int err = 0;

	mm->nr_steps = 0;
	mm->nr_kcalls = 0;
	mm->kcall = NO_KCALL;
	mm->out.nr_allocs = 0;
	mm->out.failed = ALLOC_NONE;

	do_lock_mmap(mm);
	if (op->kind != OP_SPLIT && !range_ok(op->start, op->end))
		err = -EINVAL;
	if (!err)
		err = operations[op->kind](mm, op);
	do_unlock_mmap(mm, STEP_UNLOCK_MMAP);

	mm->fail = 0;
	mm->out.err = err;
	mm->out.kcalls = mm->kcalls;
	mm->out.nr_kcalls = mm->nr_kcalls;
	mm->out.steps = mm->steps;
	mm->out.nr_steps = mm->nr_steps;
	return &mm->out;
}
