// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: made, filled, asked, dropped. */
#include <stdlib.h>

#include "model/internal.h"

/* Most address spaces here are of a case, and have this many. */
#define FIRST_VMAS 8

struct mm *mm_new(const struct rules *rules)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));

	mm_reset(mm, rules);
	return mm;
}

void mm_reset(struct mm *mm, const struct rules *rules)
{
	tree_reset(mm);
	mm->block = mm->blocks;
	mm->taken = 0;
	mm->unused = NULL;
	mm->rules = rules;
	mm->map_count = 0;
	mm->max_map_count = DEFAULT_MAX_MAP_COUNT;
	mm->last_id = 0;
	mm->fail = 0;
}

void mm_free(struct mm *mm)
{
	struct vma_block *block;

	if (!mm)
		return;
	while ((block = mm->blocks)) {
		mm->blocks = block->next;
		free(block);
	}
	tree_free(mm);
	free(mm->steps);
	free(mm->kcalls);
	free(mm);
}

void mm_limit(struct mm *mm, unsigned long max_map_count)
{
	mm->max_map_count = max_map_count;
}

void mm_fail(struct mm *mm, unsigned int nth)
{
	mm->fail = nth;
}

bool range_ok(unsigned long start, unsigned long end)
{
	return start < end && end <= MM_END;
}

/*
 * The next block: twice as large as the last, up to a large page.
 */
static __attribute__((cold)) void block_add(struct mm *mm)
{
	struct vma_block *last = mm->block, *block;
	size_t bytes = sizeof(*block) + FIRST_VMAS * sizeof(struct vma);

	if (last)
		bytes = sizeof(*block) + 2 * last->nr * sizeof(struct vma);
	if (bytes > LARGE_PAGE)
		bytes = LARGE_PAGE;
	block = xaligned(bytes);
	block->next = NULL;
	block->nr = (bytes - sizeof(*block)) / sizeof(struct vma);
	*(last ? &last->next : &mm->blocks) = block;
}

static struct vma *vma_take(struct mm *mm)
{
	if (!mm->block || mm->taken == mm->block->nr) {
		if (!mm->block || !mm->block->next)
			block_add(mm);
		mm->block = mm->block ? mm->block->next : mm->blocks;
		mm->taken = 0;
	}
	return &mm->block->vma[mm->taken++];
}

/* What the VMA is, but for its id, is for the caller to say. */
struct vma *vma_new(struct mm *mm)
{
	struct vma *vma = mm->unused;

	if (vma)
		mm->unused = vma->next;
	else
		vma = vma_take(mm);
	vma->s.id = ++mm->last_id;
	vma->slot.stored = false;
	vma->locked = false;
	return vma;
}

/* Keep a VMA that is in use no more for vma_new(). */
void vma_drop(struct mm *mm, struct vma *vma)
{
	vma->next = mm->unused;
	mm->unused = vma;
}

vma_id mm_place(struct mm *mm, const struct vma_state *state)
{
	struct vma *vma;
	vma_id id;

	if (!range_ok(state->vm_start, state->vm_end))
		return 0;
	vma = vma_new(mm);
	if (!tree_add(mm, vma, state->vm_start, state->vm_end)) {
		mm->last_id--;
		vma_drop(mm, vma);
		return 0;
	}
	id = vma->s.id;
	vma->s = *state;
	vma->s.id = id;
	vma->s.attached = true;
	if (!mm->rules->anon_pgoff)
		vma->s.moved = 0;
	mm->map_count++;
	return id;
}

bool attrs_two_offsets(const struct vma_attrs *attrs, const struct rules *rules)
{
	return rules->anon_pgoff && attrs->file &&
	       (attrs->flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

unsigned long mm_map_count(const struct mm *mm)
{
	return mm->map_count;
}

const struct vma_state *mm_find(const struct mm *mm, unsigned long addr)
{
	const struct vma *vma = tree_find(mm, addr);

	return vma ? &vma->s : NULL;
}

const struct vma_state *mm_prev(const struct mm *mm, unsigned long addr)
{
	const struct vma *vma = tree_before(mm, addr);

	return vma ? &vma->s : NULL;
}
