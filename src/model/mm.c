// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: made, filled, asked, dropped. */
#include <stdlib.h>

#include "model/internal.h"

/* DEFAULT_MAX_MAP_COUNT of the kernel. */
#define DEFAULT_MAX_MAP_COUNT 65530

struct mm *mm_new(const struct rules *rules)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));

	mm->rules = rules;
	mm->max_map_count = DEFAULT_MAX_MAP_COUNT;
	RB_INIT(&mm->tree);
	return mm;
}

void mm_free(struct mm *mm)
{
	struct vma *vma;

	if (!mm)
		return;
	while ((vma = tree_first(mm))) {
		tree_store(mm, vma->slot.start, vma->slot.end, NULL);
		free(vma);
	}
	free(mm->steps);
	free(mm->acts);
	free(mm);
}

void mm_limit(struct mm *mm, unsigned long max_map_count)
{
	mm->max_map_count = max_map_count;
}

bool range_ok(unsigned long start, unsigned long end)
{
	return start < end && end <= MM_END;
}

struct vma *vma_new(struct mm *mm)
{
	struct vma *vma = xcalloc(1, sizeof(*vma));

	vma->s.id = ++mm->last_id;
	return vma;
}

static bool range_empty(const struct mm *mm, unsigned long start,
			unsigned long end)
{
	const struct vma *vma = tree_find(mm, start);

	return !vma || vma->slot.start >= end;
}

vma_id mm_place(struct mm *mm, const struct vma_state *state)
{
	struct vma *vma;
	vma_id id;

	if (!range_ok(state->vm_start, state->vm_end) ||
	    !range_empty(mm, state->vm_start, state->vm_end))
		return 0;
	vma = vma_new(mm);
	id = vma->s.id;
	vma->s = *state;
	vma->s.id = id;
	vma->s.attached = true;
	tree_store(mm, state->vm_start, state->vm_end, vma);
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
