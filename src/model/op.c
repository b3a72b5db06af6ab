// SPDX-License-Identifier: GPL-2.0-only
/* The four operations, and the mmap lock around each. */
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
	struct act act = {
		.kind = ACT_CHANGE,
		.start = vma->s.vm_start,
		.end = vma->s.vm_end,
		.middle = vma->s.id,
	};
	uint32_t outer;

	if (op->changes & CHANGE_FLAGS)
		attrs.flags = wanted->flags | (attrs.flags & mm->rules->sticky);
	attrs.policy = wanted->policy;
	attrs.uffd_ctx = wanted->uffd_ctx;
	attrs.anon_name = wanted->anon_name;
	if (nothing_changes(&attrs, &vma->s.attrs))
		return;
	outer = act_begin(mm, act);
	do_lock_vma(mm, vma);
	do_set_attrs(mm, vma, &attrs);
	act_end(mm, outer);
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

/* vma_modify() and its caller, on a range within one VMA. */
static int modify_one(struct mm *mm, struct vma *vma, unsigned long start,
		      unsigned long end, const struct op *op)
{
	/* For a range that begins inside a VMA the kernel's prev is that VMA. */
	struct vma *prev = start > vma->s.vm_start ? NULL : tree_prev(vma);
	struct vma_attrs attrs = changed_attrs(mm, vma, op);
	struct vma *merged;
	int err;

	if (nothing_changes(&attrs, &vma->s.attrs))
		return 0;
	merged = merge_existing(mm, prev, vma, start, end, &attrs);
	if (!merged) {
		err = split_outside(mm, vma, start, end);
		if (err)
			return err;
		merged = vma;
	}
	set_changed(mm, merged, op, &attrs);
	return 0;
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

/*
 * __mmap_new_vma(), part of mmap_region() to 6.12. A copy goes another way,
 * vm_area_dup() and vma_link(), which is not modelled.
 */
static void insert(struct mm *mm, const struct op *op)
{
	struct act act = {
		.kind = ACT_INSERT,
		.start = op->start,
		.end = op->end,
	};
	uint32_t outer = act_begin(mm, act);
	struct vma *new = do_allocate(mm, &op->attrs, op->anon_vma, op->forked);

	act_now(mm)->created = new->s.id;
	do_set_range(mm, new, op->start, op->end, op->pgoff);
	do_lock_vma(mm, new);
	do_store(mm, op->start, op->end, new);
	do_map_count(mm, 1);
	if (op->attrs.file) {
		do_lock_rmap(mm, op->attrs.file, 0);
		do_unlock_rmap(mm, op->attrs.file, 0);
	}
	act_end(mm, outer);
}

static int map(struct mm *mm, const struct op *op)
{
	const struct vma *vma = tree_find(mm, op->start);

	if (mm->map_count > mm->max_map_count)
		return -ENOMEM;
	if (vma && vma->s.vm_start < op->end)
		return -EEXIST;
	if (!merge_new(mm, op))
		insert(mm, op);
	return 0;
}

/* ---- split, unmap -------------------------------------------------------- */

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

static int (*const operations[NR_OPS])(struct mm *, const struct op *) = {
	[OP_MODIFY] = modify,
	[OP_MAP] = map,
	[OP_SPLIT] = split,
	[OP_UNMAP] = unmap,
};

const struct outcome *mm_do(struct mm *mm, const struct op *op)
{
	int err = 0;

	mm->nr_steps = 0;
	mm->nr_acts = 0;
	mm->act = NO_ACT;

	do_lock_mmap(mm);
	if (op->kind != OP_SPLIT && !range_ok(op->start, op->end))
		err = -EINVAL;
	if (!err)
		err = operations[op->kind](mm, op);
	do_unlock_mmap(mm, STEP_UNLOCK_MMAP);

	mm->out = (struct outcome){
		.err = err,
		.acts = mm->acts,
		.nr_acts = mm->nr_acts,
		.steps = mm->steps,
		.nr_steps = mm->nr_steps,
	};
	return &mm->out;
}
