// SPDX-License-Identifier: GPL-2.0-only
/*
 * munmap(): vms_gather_munmap_vmas(), vma_iter_clear_gfp() and
 * vms_complete_munmap_vmas() of mm/vma.c; alike in 6.12.y and later. (6.12.0
 * gave -ENOMEM where a VMA may not be split.)
 *
 * Not recorded: the page tables, and the rmap locks under which
 * free_pgtables() unlinks each VMA after the tree has forgotten it.
 */
#include <errno.h>

#include "model/internal.h"

static int gather_one(struct mm *mm, struct gathered *g, struct vma *vma)
{
	do_lock_vma(mm, vma);
	if (alloc_fails(mm, ALLOC_GATHER))
		return -ENOMEM;
	vma->next = NULL;
	*g->end = vma;
	g->end = &vma->next;
	g->nr++;
	do_detach(mm, vma);
	return 0;
}

/*
 * Split what sticks out at the end, detach all that lies in the range. The
 * splits' new VMAs are the parts that stay.
 */
static int gather_all(struct mm *mm, struct gathered *g, struct vma *vma,
		      unsigned long end)
{
	while (vma && vma->s.vm_start < end) {
		int err = 0;

		if (vma->s.vm_end > end)
			err = split_vma_unlimited(mm, vma, end, false);
		if (!err)
			err = gather_one(mm, g, vma);
		if (err)
			return err;
		vma = tree_next(mm, vma);
	}
	return 0;
}

static void reattach(struct mm *mm, const struct gathered *g)
{
	for (struct vma *vma = g->first; vma; vma = vma->next)
		do_attach(mm, vma);
}

/* Make the range begin at the start of a VMA. */
static int split_start(struct mm *mm, struct vma *vma, unsigned long start,
		       unsigned long end)
{
	if (vma->s.vm_start >= start)
		return 0;
	/* One VMA becomes two: only then can the number pass its limit. */
	if (end < vma->s.vm_end && mm->map_count >= mm->max_map_count)
		return -ENOMEM;
	return split_vma_unlimited(mm, vma, start, true);
}

/*
 * vms_gather_munmap_vmas(): take out of use what lies in a range, of which @vma
 * is the first. Returns 0, -ENOMEM for too many VMAs or no memory, or -EINVAL if
 * a VMA may not be split; then what was split stays split, as in the kernel, and
 * all that was detached is attached again.
 */
int gather(struct mm *mm, struct gathered *g, struct vma *vma,
	   unsigned long start, unsigned long end)
{
	int err;

	*g = (struct gathered){ .end = &g->first };
	err = split_start(mm, vma, start, end);
	if (err)
		return err;
	err = gather_all(mm, g, vma, end);
	if (err)
		reattach(mm, g);
	return err;
}

/*
 * vms_complete_munmap_vmas(), past the point of no return: the tree has
 * forgotten them.
 */
void drop_gathered(struct mm *mm, const struct gathered *g, bool downgrade)
{
	struct vma *next;

	do_map_count(mm, -g->nr);
	if (downgrade)
		do_unlock_mmap(mm, STEP_DOWNGRADE_MMAP);
	for (struct vma *vma = g->first; vma; vma = next) {
		next = vma->next;
		do_free(mm, vma);
	}
}

static int carry_out_unmap(struct mm *mm, struct vma *vma, unsigned long start,
			   unsigned long end)
{
	struct gathered g;
	int err = gather(mm, &g, vma, start, end);

	if (err)
		return err;
	if (alloc_fails(mm, ALLOC_CLEAR)) {
		reattach(mm, &g);
		return -ENOMEM;
	}
	do_store(mm, start, end, NULL);
	drop_gathered(mm, &g, true);
	return 0;
}

/* As gather(); a range where nothing is mapped is no error. */
int unmap_range(struct mm *mm, unsigned long start, unsigned long end)
{
	struct vma *vma = tree_find(mm, start);
	uint32_t outer;
	int err;

	if (!vma || vma->s.vm_start >= end)
		return 0;
	outer = kcall_begin(mm, KCALL_REMOVE, start, end);
	kcall_now(mm)->middle = vma->s.id;
	err = carry_out_unmap(mm, vma, start, end);
	kcall_now(mm)->err = err;
	kcall_end(mm, outer);
	return err;
}
