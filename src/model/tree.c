// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree from addresses to VMAs: what the maple tree is to the kernel. It
 * remembers ranges of its own; see struct slot.
 */
#include <assert.h>
#include <stddef.h>

#include "model/internal.h"

/* No two slots overlap, so what does is found as if it were the same. */
static int slot_cmp(const struct slot *a, const struct slot *b)
{
	return (a->start >= b->end) - (a->end <= b->start);
}

/* RB_GENERATE_STATIC() needs an __unused that Debian's libbsd does not define. */
RB_GENERATE_INTERNAL(slot_tree, slot, link, slot_cmp,
		     static __attribute__((unused)))

static struct vma *slot_vma(struct slot *slot)
{
	if (!slot)
		return NULL;
	return (struct vma *)((char *)slot - offsetof(struct vma, slot));
}

/* The first VMA whose slot ends after @addr. */
struct vma *tree_find(const struct mm *mm, unsigned long addr)
{
	struct slot *slot = RB_ROOT(&mm->tree);
	struct slot *best = NULL;

	while (slot) {
		if (slot->end > addr) {
			best = slot;
			slot = RB_LEFT(slot, link);
		} else {
			slot = RB_RIGHT(slot, link);
		}
	}
	return slot_vma(best);
}

/* The last VMA whose slot ends at or before @addr. */
struct vma *tree_before(const struct mm *mm, unsigned long addr)
{
	struct slot *slot = RB_ROOT(&mm->tree);
	struct slot *best = NULL;

	while (slot) {
		if (slot->end <= addr) {
			best = slot;
			slot = RB_RIGHT(slot, link);
		} else {
			slot = RB_LEFT(slot, link);
		}
	}
	return slot_vma(best);
}

struct vma *tree_first(const struct mm *mm)
{
	return slot_vma(RB_MIN(slot_tree, &((struct mm *)mm)->tree));
}

struct vma *tree_next(struct vma *vma)
{
	return slot_vma(RB_NEXT(slot_tree, NULL, &vma->slot));
}

struct vma *tree_prev(struct vma *vma)
{
	return slot_vma(RB_PREV(slot_tree, NULL, &vma->slot));
}

static void slot_remove(struct mm *mm, struct slot *slot)
{
	RB_REMOVE(slot_tree, &mm->tree, slot);
	slot->stored = false;
}

/* Take [start, end) away from a slot that reaches into it. */
static void slot_cut(struct mm *mm, struct slot *slot, unsigned long start,
		     unsigned long end)
{
	if (slot->start < start) {
		/* No operation leaves a VMA on both sides of a store. */
		assert(slot->end <= end);
		slot->end = start;
	} else if (slot->end > end) {
		slot->start = end;
	} else {
		slot_remove(mm, slot);
	}
}

/* Returns false if there is a slot in the way. */
static bool slot_insert(struct mm *mm, struct slot *slot, unsigned long start,
			unsigned long end)
{
	slot->start = start;
	slot->end = end;
	slot->stored = !RB_INSERT(slot_tree, &mm->tree, slot);
	return slot->stored;
}

/*
 * [start, end) now holds @vma, or nothing. A VMA that grows keeps its place in
 * the order, once what it grows over is gone.
 */
void tree_store(struct mm *mm, unsigned long start, unsigned long end,
		struct vma *vma)
{
	struct vma *old = tree_find(mm, start);

	while (old && old->slot.start < end) {
		struct vma *next = tree_next(old);

		if (old != vma)
			slot_cut(mm, &old->slot, start, end);
		old = next;
	}
	if (!vma)
		return;
	if (!vma->slot.stored) {
		slot_insert(mm, &vma->slot, start, end);
		return;
	}
	assert(start <= vma->slot.start && vma->slot.end <= end);
	vma->slot.start = start;
	vma->slot.end = end;
}

/* Store a VMA over a range. Returns false if that is not empty. */
bool tree_add(struct mm *mm, struct vma *vma, unsigned long start,
	      unsigned long end)
{
	return slot_insert(mm, &vma->slot, start, end);
}
