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
#include <stdlib.h>

#include "model/internal.h"

/* The VMAs that are on their way out. */
struct gathered {
	struct vma **vmas;
	size_t nr;
	size_t max;
};

static void gather_one(struct mm *mm, struct gathered *g, struct vma *vma)
{
	do_lock_vma(mm, vma);
	if (g->nr == g->max)
		g->vmas = xgrow(g->vmas, &g->max, sizeof(struct vma *));
	g->vmas[g->nr++] = vma;
	do_detach(mm, vma);
}

/*
 * Split what sticks out at the end, detach all that lies in the range. The
 * splits' new VMAs are the parts that stay.
 */
static int gather(struct mm *mm, struct gathered *g, struct vma *vma,
		  unsigned long end)
{
	while (vma && vma->s.vm_start < end) {
		int err = 0;

		if (vma->s.vm_end > end)
			err = split_vma_unlimited(mm, vma, end, false, NULL);
		if (err)
			return err;
		gather_one(mm, g, vma);
		vma = tree_next(vma);
	}
	return 0;
}

static void reattach(struct mm *mm, const struct gathered *g)
{
	for (size_t i = 0; i < g->nr; i++)
		do_attach(mm, g->vmas[i]);
}

/* Past the point of no return. */
static void complete(struct mm *mm, const struct gathered *g,
		     unsigned long start, unsigned long end)
{
	do_store(mm, start, end, NULL);
	do_map_count(mm, -(long)g->nr);
	do_unlock_mmap(mm, STEP_DOWNGRADE_MMAP);
	for (size_t i = 0; i < g->nr; i++)
		do_free(mm, g->vmas[i]);
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
	return split_vma_unlimited(mm, vma, start, true, NULL);
}

static int gather_and_complete(struct mm *mm, struct vma *vma,
			       unsigned long start, unsigned long end)
{
	struct gathered g = { 0 };
	int err = split_start(mm, vma, start, end);

	if (err)
		return err;
	err = gather(mm, &g, vma, end);
	if (err)
		reattach(mm, &g);
	else
		complete(mm, &g, start, end);
	free(g.vmas);
	return err;
}

/*
 * Returns 0, -ENOMEM for too many VMAs, or -EINVAL if a VMA may not be split;
 * then a VMA that was split at the start stays split, as in the kernel.
 */
int unmap_range(struct mm *mm, unsigned long start, unsigned long end)
{
	struct vma *vma = tree_find(mm, start);
	struct act act = { .kind = ACT_REMOVE, .start = start, .end = end };
	uint32_t outer;
	int err;

	if (!vma || vma->s.vm_start >= end)
		return 0;
	act.middle = vma->s.id;
	outer = act_begin(mm, act);
	err = gather_and_complete(mm, vma, start, end);
	act_now(mm)->err = err;
	act_end(mm, outer);
	return err;
}
