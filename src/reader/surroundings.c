// SPDX-License-Identifier: GPL-2.0-only
/* A case among its neighbours. */
#include <stdio.h>
#include <string.h>

#include "reader/internal.h"

/* Pages of an unrelated neighbour, and of the hole before it. */
#define NEIGHBOUR 4

const char *const side_names[NR_SIDES] = {
	[SIDE_NONE] = "none",
	[SIDE_HOLE] = "hole",
	[SIDE_ADJACENT] = "adjacent",
};

/* The range that the case is about, that of its operation included. */
void case_extent(const struct cat_case *c, unsigned long *start,
		 unsigned long *end)
{
	bool point = c->op.kind == OP_SPLIT;

	*start = c->op.start;
	*end = point ? c->op.start : c->op.end;
	for (size_t i = 0; i < c->nr_before; i++) {
		if (c->before[i].s.vm_start < *start)
			*start = c->before[i].s.vm_start;
		if (c->before[i].s.vm_end > *end)
			*end = c->before[i].s.vm_end;
	}
}

/*
 * A VMA that merges with nothing: no other has its file, nor its policy. (No
 * catalogue has so many that its identities come near these.)
 */
static struct vma_state stranger(unsigned long start, uint32_t identity)
{
	return (struct vma_state){
		.vm_start = start,
		.vm_end = start + NEIGHBOUR,
		.attrs =
			{
				.flags = VM_READ | VM_EXEC,
				.file = identity,
				.policy = identity,
			},
	};
}

static void name_vma(char names[MAX_VMAS][24], vma_id id, const char *name)
{
	if (names && id && id < MAX_VMAS)
		snprintf(names[id], sizeof(names[id]), "%s", name);
}

static void place_side(struct mm *mm, enum side side, unsigned long adjacent,
		       long apart, uint32_t identity, const char *name,
		       char names[MAX_VMAS][24])
{
	struct vma_state vma;

	if (side == SIDE_NONE)
		return;
	vma = stranger(side == SIDE_HOLE ? adjacent + apart : adjacent,
		       identity);
	name_vma(names, mm_place(mm, &vma), name);
}

/*
 *  left           extent of the case          right
 * |----|........|--------------------|....|----|
 *      |<-hole->|
 */
struct mm *mm_with_surroundings(const struct cat_case *c,
				const struct rules *rules, enum side left,
				enum side right, char names[MAX_VMAS][24])
{
	struct mm *mm = case_mm(c, rules);
	unsigned long start, end;

	case_extent(c, &start, &end);
	for (size_t i = 0; i < c->nr_before; i++)
		name_vma(names, (vma_id)i + 1, c->before[i].name);
	if (start >= 2 * NEIGHBOUR)
		place_side(mm, left, start - NEIGHBOUR, -NEIGHBOUR, UINT32_MAX,
			   "left", names);
	place_side(mm, right, end, NEIGHBOUR, UINT32_MAX - 1, "right", names);
	return mm;
}
