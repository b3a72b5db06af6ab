// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: made, filled, asked, dropped. */
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

/* DEFAULT_MAX_MAP_COUNT of the kernel. */
#define DEFAULT_MAX_MAP_COUNT 65530

struct mm *mm_new(const struct rules *rules)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));

	mm->made_end = &mm->made;
	mm_reset(mm, rules);
	return mm;
}

void mm_reset(struct mm *mm, const struct rules *rules)
{
	RB_INIT(&mm->tree);
	mm->fresh = mm->made;
	mm->unused = NULL;
	mm->rules = rules;
	mm->map_count = 0;
	mm->max_map_count = DEFAULT_MAX_MAP_COUNT;
	mm->last_id = 0;
	mm->fail = 0;
}

void mm_free(struct mm *mm)
{
	struct vma *vma;

	if (!mm)
		return;
	while ((vma = mm->made)) {
		mm->made = vma->next_made;
		free(vma);
	}
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

static __attribute__((cold)) struct vma *vma_make(struct mm *mm)
{
	struct vma *vma = xcalloc(1, sizeof(*vma));

	*mm->made_end = vma;
	mm->made_end = &vma->next_made;
	return vma;
}

/* What the VMA is, but for its id, is for the caller to say. */
struct vma *vma_new(struct mm *mm)
{
	struct vma *vma;

	if (mm->fresh) {
		vma = mm->fresh;
		mm->fresh = vma->next_made;
	} else if (mm->unused) {
		vma = mm->unused;
		mm->unused = vma->next;
	} else {
		vma = vma_make(mm);
	}
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
