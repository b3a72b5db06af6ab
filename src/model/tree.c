// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree from addresses to VMAs: what the maple tree is to the kernel. It
 * remembers ranges of its own; see struct slot.
 */
#include <assert.h>
#include <stddef.h>

#include "model/internal.h"

static int slot_cmp(const struct slot *a, const struct slot *b)
{
	return (a->start > b->start) - (a->start < b->start);
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

static void slot_insert(struct mm *mm, struct slot *slot, unsigned long start,
			unsigned long end)
{
	assert(!slot->stored);
	slot->start = start;
	slot->end = end;
	slot->stored = true;
	RB_INSERT(slot_tree, &mm->tree, slot);
}

/* [start, end) now holds @vma, or nothing. */
void tree_store(struct mm *mm, unsigned long start, unsigned long end,
		struct vma *vma)
{
	struct vma *old = tree_find(mm, start);

	while (old && old->slot.start < end) {
		struct vma *next = tree_next(old);

		slot_cut(mm, &old->slot, start, end);
		old = next;
	}
	if (vma)
		slot_insert(mm, &vma->slot, start, end);
}

/* Store a VMA over its own range. Returns false if that is not empty. */
bool tree_add(struct mm *mm, struct vma *vma)
{
	const struct vma *old = tree_find(mm, vma->s.vm_start);

	if (old && old->slot.start < vma->s.vm_end)
		return false;
	slot_insert(mm, &vma->slot, vma->s.vm_start, vma->s.vm_end);
	return true;
}

static void drop_all(struct mm *mm, struct slot *slot)
{
	if (!slot)
		return;
	drop_all(mm, RB_LEFT(slot, link));
	drop_all(mm, RB_RIGHT(slot, link));
	vma_drop(mm, slot_vma(slot));
}

/* Drop all VMAs that the tree has, and with them their slots. */
void tree_clear(struct mm *mm)
{
	drop_all(mm, RB_ROOT(&mm->tree));
	RB_INIT(&mm->tree);
}
