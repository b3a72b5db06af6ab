// SPDX-License-Identifier: GPL-2.0-only
/*
 * relocate_vma_down(): execve() moves the new program's stack, a VMA that is
 * alone in its part of the space, to where it is to be. Alike from 6.12 on; it
 * was in mm/mmap.c up to 6.15, then in mm/vma_exec.c.
 *
 * The VMA first covers the old range and the new one, the page tables move
 * (not modelled), then it gives up the old range. vm_pgoff stays the number that
 * it was: pages have the same offset in the VMA before and after, and in
 * between nobody may ask (vma_is_temporary_stack()).
 */
#include <errno.h>

#include "model/internal.h"

/* vma_expand(), with no VMA beside it to look at. */
static int carry_out_expand(struct mm *mm, struct vma *vma, unsigned long start)
{
	unsigned long end = vma->s.vm_end;

	do_lock_vma(mm, vma);
	if (alloc_fails(mm, ALLOC_TREE))
		return -ENOMEM;
	do_lock_rmap(mm, vma->s.attrs.file, vma->s.anon_vma);
	do_set_range(mm, vma, start, end, vma->s.vm_pgoff);
	do_store(mm, start, end, vma);
	do_unlock_rmap(mm, vma->s.attrs.file, vma->s.anon_vma);
	return 0;
}

/* vma_shrink(): the tree forgets the pages before the VMA does. */
static int carry_out_shrink(struct mm *mm, struct vma *vma, unsigned long end)
{
	if (alloc_fails(mm, ALLOC_TREE))
		return -ENOMEM;
	do_lock_vma(mm, vma);
	do_lock_rmap(mm, vma->s.attrs.file, vma->s.anon_vma);
	do_store(mm, end, vma->s.vm_end, NULL);
	do_set_range(mm, vma, vma->s.vm_start, end, vma->s.vm_pgoff);
	do_unlock_rmap(mm, vma->s.attrs.file, vma->s.anon_vma);
	return 0;
}

static int expand(struct mm *mm, struct vma *vma, unsigned long start)
{
	uint32_t outer = kcall_begin(mm, KCALL_EXPAND, start, vma->s.vm_end);
	struct kcall *kcall = kcall_now(mm);

	kcall->middle = vma->s.id;
	kcall->err = carry_out_expand(mm, vma, start);
	kcall_end(mm, outer);
	return kcall->err;
}

static int shrink(struct mm *mm, struct vma *vma, unsigned long end)
{
	uint32_t outer = kcall_begin(mm, KCALL_SHRINK, vma->s.vm_start, end);
	struct kcall *kcall = kcall_now(mm);

	kcall->middle = vma->s.id;
	kcall->err = carry_out_shrink(mm, vma, end);
	kcall_end(mm, outer);
	return kcall->err;
}

/*
 * Move the VMA that begins at @from to @to, below. It may move by more than its
 * own length. Returns 0; -EINVAL if there is no such VMA; -EFAULT if there is
 * another between; -ENOMEM, and then it may be left with both ranges.
 */
int relocate(struct mm *mm, unsigned long to, unsigned long from)
{
	struct vma *vma = tree_find(mm, from);
	unsigned long end;
	int err;

	if (!vma || vma->s.vm_start != from)
		return -EINVAL;
	if (tree_find(mm, to) != vma)
		return -EFAULT;
	end = vma->s.vm_end - (from - to);
	err = expand(mm, vma, to);
	return err ? err : shrink(mm, vma, end);
}
