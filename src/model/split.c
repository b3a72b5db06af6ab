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

/*
 *         addr
 *     |-----.-----|
 *     | new . vma |  if new below, else | vma . new |
 *     |-----.-----|
 */
static struct vma *carry_out_split(struct mm *mm, struct vma *vma,
				   unsigned long addr, bool new_below)
{
	uint32_t file = vma->s.attrs.file, anon_vma = vma->s.anon_vma;
	struct vma *new = do_duplicate(mm, vma);

	act_now(mm)->created = new->s.id;
	set_part(mm, new, addr, new_below);
	do_lock_vma(mm, vma);
	do_lock_vma(mm, new);
	do_lock_rmap(mm, file, anon_vma);
	set_part(mm, vma, addr, !new_below);
	do_store(mm, new->s.vm_start, new->s.vm_end, new);
	do_map_count(mm, 1);
	do_unlock_rmap(mm, file, anon_vma);
	return new;
}

/*
 * Split without a look at the number of VMAs, as __split_vma(). @created may be
 * NULL. Returns 0 or -EINVAL if vm_ops->may_split refuses.
 */
int split_vma_unlimited(struct mm *mm, struct vma *vma, unsigned long addr,
			bool new_below, struct vma **created)
{
	struct act act = {
		.kind = ACT_SPLIT,
		.start = addr,
		.end = addr,
		.middle = vma->s.id,
		.new_below = new_below,
	};
	uint32_t outer = act_begin(mm, act);
	int err = vma->s.attrs.no_split ? -EINVAL : 0;
	struct vma *new = NULL;

	act_now(mm)->err = err;
	if (!err)
		new = carry_out_split(mm, vma, addr, new_below);
	if (created)
		*created = new;
	act_end(mm, outer);
	return err;
}

/* Returns 0, -ENOMEM for too many VMAs, or -EINVAL. */
int split_vma(struct mm *mm, struct vma *vma, unsigned long addr,
	      bool new_below)
{
	if (mm->map_count >= mm->max_map_count)
		return -ENOMEM;
	return split_vma_unlimited(mm, vma, addr, new_below, NULL);
}
