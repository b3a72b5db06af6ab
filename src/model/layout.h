/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space at any moment of an operation, and what must hold there.
 */
#ifndef VMATLAS_MODEL_LAYOUT_H
#define VMATLAS_MODEL_LAYOUT_H

#include "lib/memory.h"
#include "model/op.h"

/* ---- states between steps (layout.c) ---------------------------------- */

/**
 * struct layout_vma - a VMA at one moment
 * @s: the VMA
 * @freed: it was there, but is no more
 * @locked: write-locked
 */
struct layout_vma {
	struct vma_state s;
	bool freed;
	bool locked;
};

/**
 * struct layout_slot - a slot of the tree at one moment
 * @start: first page
 * @end: one past the last page
 * @vma: what it holds, 0 if empty
 */
struct layout_slot {
	unsigned long start;
	unsigned long end;
	vma_id vma;
};

enum mmap_lock {
	MMAP_UNLOCKED,
	MMAP_READ_LOCKED,
	MMAP_WRITE_LOCKED,
};

/**
 * struct layout - an address space at one moment
 * @vmas: every VMA by ascending id, freed ones included
 * @nr_vmas: how many
 * @slots: the tree, covering [0, MM_END) in order; no two empty ones touch
 * @nr_slots: how many
 * @map_count: mm->map_count
 * @mmap_lock: state of the mmap lock
 * @i_mmap: the file whose i_mmap lock is held, or 0
 * @anon_vma: the anon_vma whose lock is held, or 0
 */
struct layout {
	struct layout_vma *vmas;
	size_t nr_vmas;
	struct layout_slot *slots;
	size_t nr_slots;
	unsigned long map_count;
	enum mmap_lock mmap_lock;
	uint32_t i_mmap;
	uint32_t anon_vma;
};

/* The VMAs of a layout, freed ones included. */
#define for_each_vma(lay, v)                                                   \
	for (const struct layout_vma *v = (lay)->vmas;                         \
	     v < (lay)->vmas + (lay)->nr_vmas; v++)

/* The slots of its tree, and those that hold a VMA. */
#define for_each_slot(lay, s)                                                  \
	for (const struct layout_slot *s = (lay)->slots;                       \
	     s < (lay)->slots + (lay)->nr_slots; s++)
#define for_each_mapped(lay, s)                                                \
	for (const struct layout_slot *s = mapped_from(lay, (lay)->slots);     \
	     s < (lay)->slots + (lay)->nr_slots; s = mapped_from(lay, s + 1))

static inline const struct layout_slot *mapped_from(const struct layout *lay,
						    const struct layout_slot *s)
{
	while (s < lay->slots + lay->nr_slots && !s->vma)
		s++;
	return s;
}

/**
 * layout_of - the layout of an address space that no operation is changing
 * @mm: the address space
 *
 * Return: a layout for layout_free().
 */
struct layout *layout_of(const struct mm *mm);

/**
 * layout_copy - a copy of a layout
 * @from: the original
 *
 * Return: The copy, for layout_free().
 */
struct layout *layout_copy(const struct layout *from);

/**
 * layout_step - carry a layout over one step
 * @lay: changed in place
 * @step: from the trace of the operation that @lay is within
 */
void layout_step(struct layout *lay, const struct step *step);

/**
 * layout_free - drop a layout
 * @lay: may be NULL
 */
void layout_free(struct layout *lay);
DEFINE_FREE(layout, struct layout, layout_free)

/**
 * layout_vma - find a VMA in a layout
 * @lay: the layout
 * @id: which
 *
 * Return: NULL if it never was there.
 */
const struct layout_vma *layout_vma(const struct layout *lay, vma_id id);

/**
 * layout_slot - where the tree has a VMA
 * @lay: the layout
 * @id: which
 *
 * Return: Its first slot, NULL if it has none.
 */
const struct layout_slot *layout_slot(const struct layout *lay, vma_id id);

/**
 * layout_equal - whether two layouts are the same in everything but freed VMAs
 * @a: one
 * @b: the other
 *
 * Return: true if so.
 */
bool layout_equal(const struct layout *a, const struct layout *b);

/**
 * layout_same_tree - whether the tree is the same in two layouts
 * @a: one
 * @b: the other
 *
 * Return: true if so.
 */
bool layout_same_tree(const struct layout *a, const struct layout *b);

/* ---- invariants (verify.c) -------------------------------------------- */

/**
 * layout_verify - check what must hold between operations
 * @lay: a layout that no operation is changing
 *
 * Return: NULL, or what is wrong, lower case, without a full stop.
 */
const char *layout_verify(const struct layout *lay);

/**
 * step_verify - check what must hold around each step
 * @before: the layout that @step is about to change
 * @step: the step
 *
 * For example that a range only changes under the mmap lock, the VMA's own lock
 * and its rmap locks.
 *
 * Return: NULL, or what is wrong.
 */
const char *step_verify(const struct layout *before, const struct step *step);

#endif /* VMATLAS_MODEL_LAYOUT_H */
