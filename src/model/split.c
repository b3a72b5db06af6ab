// SPDX-License-Identifier: GPL-2.0-only
/* __split_vma() and split_vma() of mm/vma.c; alike in 6.12.y and later. */
#include <errno.h>

#include "model/internal.h"

/* Set the range of the part below, or above, a split at @addr. */
static void set_part(struct mm *mm, struct vma *vma, unsigned long addr,
		     bool below)
{
	if (below)
		do_set_range(mm, vma, vma->s.vm_start, addr, vma->s.vm_pgoff);
	else
		do_set_range(mm, vma, addr, vma->s.vm_end,
			     vma->s.vm_pgoff + (addr - vma->s.vm_start));
}

/* Whether there is no memory for what goes with a duplicate of @vma. */
static bool duplicate_fails(struct mm *mm, const struct vma *vma)
{
	return alloc_fails(mm, ALLOC_TREE) ||
	       (vma->s.attrs.policy && alloc_fails(mm, ALLOC_POLICY)) ||
	       (vma->s.anon_vma && alloc_fails(mm, ALLOC_ANON_VMA));
}

/*
 *         addr
 *     |-----.-----|
 *     | new . vma |  if new below, else | vma . new |
 *     |-----.-----|
 *
 * Returns 0 or -ENOMEM.
 */
static int carry_out_split(struct mm *mm, struct vma *vma, unsigned long addr,
			   bool new_below)
{
	uint32_t file = vma->s.attrs.file, anon_vma = vma->s.anon_vma;
	struct vma *new;

	if (alloc_fails(mm, ALLOC_VMA))
		return -ENOMEM;
	new = do_duplicate(mm, vma);
	set_part(mm, new, addr, new_below);
	if (duplicate_fails(mm, vma)) {
		do_free(mm, new);
		return -ENOMEM;
	}
	kcall_now(mm)->created = new->s.id;
	do_lock_vma(mm, vma);
	do_lock_vma(mm, new);
	do_lock_rmap(mm, file, anon_vma);
	set_part(mm, vma, addr, !new_below);
	do_store(mm, new->s.vm_start, new->s.vm_end, new);
	do_map_count(mm, 1);
	do_unlock_rmap(mm, file, anon_vma);
	return 0;
}

bool may_split(const struct vma_attrs *attrs, unsigned long addr)
{
	return !attrs->no_split &&
	       !(attrs->split_unit && addr % attrs->split_unit);
}

/*
 * Split without a look at the number of VMAs, as __split_vma(). Returns 0,
 * -EINVAL if vm_ops->may_split refuses, or -ENOMEM.
 */
int split_vma_unlimited(struct mm *mm, struct vma *vma, unsigned long addr,
			bool new_below)
{
	uint32_t outer = kcall_begin(mm, KCALL_SPLIT, addr, addr);
	struct kcall *kcall = kcall_now(mm);

	kcall->middle = vma->s.id;
	kcall->new_below = new_below;
	kcall->err = may_split(&vma->s.attrs, addr)
			     ? carry_out_split(mm, vma, addr, new_below)
			     : -EINVAL;
	kcall_end(mm, outer);
	return kcall->err;
}

/* The same, and -ENOMEM for too many VMAs. */
int split_vma(struct mm *mm, struct vma *vma, unsigned long addr,
	      bool new_below)
{
	if (mm->map_count >= mm->max_map_count)
		return -ENOMEM;
	return split_vma_unlimited(mm, vma, addr, new_below);
}
