// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree from addresses to VMAs: what the maple tree is to the kernel. It
 * remembers ranges of its own; see struct slot.
 *
 * It has two levels, leaves and one array of them. A look-up is in the array,
 * which stays in the cache even if there are 100,000 VMAs, and then in one leaf.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

/* Eight lines of the cache. */
#define LEAF_ENTRIES 31

/* None is empty, but the only one of an empty space. */
struct leaf {
	unsigned int nr;
	struct tree_entry entry[LEAF_ENTRIES];
};

/*
 * An entry of a leaf; one past the last of these in the last leaf only. Two
 * registers have it.
 */
struct tree_place {
	struct leaf *leaf;
	unsigned int at;
	unsigned int i; /* of the leaf, in the array */
};

/* The first leaf that has a slot which ends after @addr, or the last of all. */
static size_t find_leaf(const struct mm *mm, unsigned long addr)
{
	size_t i = 0, nr = mm->nr_leaves;

	while (nr > 1) {
		size_t half = nr / 2;

		if (mm->leaves[i + half - 1].end <= addr)
			i += half;
		nr -= half;
	}
	return i;
}

/* The first entry that ends after @addr. */
static inline struct tree_place place_of(const struct mm *mm,
					 unsigned long addr)
{
	struct tree_place p;

	p.i = mm->nr_leaves > 1 ? find_leaf(mm, addr) : 0;
	p.leaf = mm->leaves[p.i].leaf;
	p.at = 0;
	while (p.at < p.leaf->nr && p.leaf->entry[p.at].end <= addr)
		p.at++;
	return p;
}

static inline struct vma *vma_at(struct tree_place p)
{
	return p.at < p.leaf->nr ? p.leaf->entry[p.at].vma : NULL;
}

/*
 * Whoever has found a VMA asks it and those beside it. In a large space none of
 * them is in the cache, so all are fetched at once.
 */
static void prefetch_around(struct tree_place p)
{
	for (unsigned int i = p.at ? p.at - 1 : 0;
	     i <= p.at + 1 && i < p.leaf->nr; i++) {
		const char *vma = (const char *)p.leaf->entry[i].vma;

		for (size_t byte = 0; byte < sizeof(struct vma); byte += 64)
			__builtin_prefetch(vma + byte);
	}
}

/* The first VMA whose slot ends after @addr. */
struct vma *tree_find(const struct mm *mm, unsigned long addr)
{
	struct tree_place p = place_of(mm, addr);

	if (mm->nr_leaves > 1)
		prefetch_around(p);
	return vma_at(p);
}

/* The last VMA whose slot ends at or before @addr. */
struct vma *tree_before(const struct mm *mm, unsigned long addr)
{
	struct tree_place p = place_of(mm, addr);

	if (!p.at && !p.i)
		return NULL;
	if (!p.at) {
		p.leaf = mm->leaves[p.i - 1].leaf;
		p.at = p.leaf->nr;
	}
	return p.leaf->entry[p.at - 1].vma;
}

struct vma *tree_next(const struct mm *mm, const struct vma *vma)
{
	return tree_find(mm, vma->slot.end);
}

struct vma *tree_prev(const struct mm *mm, const struct vma *vma)
{
	return tree_before(mm, vma->slot.start);
}

/* ---- leaves come and go --------------------------------------------------- */

/* Put an empty leaf at @i. Those that are not in use follow those that are. */
static struct leaf *leaf_add(struct mm *mm, size_t i)
{
	struct leaf *leaf;

	if (mm->nr_leaves == mm->made_leaves)
		xappend(mm->leaves, mm->made_leaves)->leaf =
			xaligned(sizeof(*leaf));
	leaf = mm->leaves[mm->nr_leaves].leaf;
	memmove(&mm->leaves[i + 1], &mm->leaves[i],
		(mm->nr_leaves - i) * sizeof(*mm->leaves));
	mm->nr_leaves++;
	mm->leaves[i].leaf = leaf;
	leaf->nr = 0;
	return leaf;
}

static void leaf_remove(struct mm *mm, size_t i)
{
	struct leaf *leaf = mm->leaves[i].leaf;

	mm->nr_leaves--;
	memmove(&mm->leaves[i], &mm->leaves[i + 1],
		(mm->nr_leaves - i) * sizeof(*mm->leaves));
	mm->leaves[mm->nr_leaves].leaf = leaf;
}

/* An entry was added, removed or changed. Nobody asks where the only leaf ends. */
static inline void leaf_changed(struct mm *mm, struct tree_place p)
{
	if (mm->nr_leaves == 1)
		return;
	if (p.leaf->nr)
		mm->leaves[p.i].end = p.leaf->entry[p.leaf->nr - 1].end;
	else
		leaf_remove(mm, p.i);
}

/*
 * Make room in a full leaf. Returns where @p is now. At the end of all, where VMAs
 * are put one after the other, nothing moves, so that leaves become full.
 */
static __attribute__((cold)) struct tree_place leaf_split(struct mm *mm,
							  struct tree_place p)
{
	size_t stay = p.at == LEAF_ENTRIES ? p.at : LEAF_ENTRIES / 2;
	struct leaf *above = leaf_add(mm, p.i + 1);

	above->nr = LEAF_ENTRIES - stay;
	memcpy(above->entry, p.leaf->entry + stay,
	       above->nr * sizeof(*above->entry));
	p.leaf->nr = stay;
	mm->leaves[p.i + 1].end = mm->leaves[p.i].end;
	leaf_changed(mm, p);
	if (p.at < stay)
		return p;
	return (struct tree_place){ above, p.at - stay, p.i + 1 };
}

void tree_reset(struct mm *mm)
{
	if (!mm->nr_leaves)
		leaf_add(mm, 0);
	mm->nr_leaves = 1;
	mm->leaves[0].leaf->nr = 0;
}

void tree_free(struct mm *mm)
{
	while (mm->made_leaves)
		free(mm->leaves[--mm->made_leaves].leaf);
	free(mm->leaves);
}

/* ---- slots ------------------------------------------------------------------ */

static void slot_remove(struct mm *mm, struct tree_place p)
{
	struct tree_entry *entry = &p.leaf->entry[p.at];

	entry->vma->slot.stored = false;
	if (p.at < --p.leaf->nr)
		memmove(entry, entry + 1, (p.leaf->nr - p.at) * sizeof(*entry));
	leaf_changed(mm, p);
}

/* Take [start, end) away from a slot that reaches into it. Returns what is next. */
static inline struct tree_place slot_cut(struct mm *mm, struct tree_place p,
					 unsigned long start, unsigned long end)
{
	struct tree_entry *entry = &p.leaf->entry[p.at];
	struct slot *slot = &entry->vma->slot;

	if (slot->start >= start && slot->end > end) {
		slot->start = end;
		return p;
	}
	if (slot->start < start) {
		/* No operation leaves a VMA on both sides of a store. */
		assert(slot->end <= end);
		slot->end = entry->end = start;
		leaf_changed(mm, p);
		p.at++;
	} else {
		slot_remove(mm, p);
	}
	/* Of another leaf, or this one is gone: but mostly there is only one. */
	if (p.at == p.leaf->nr && (mm->nr_leaves > 1 || !p.at))
		return place_of(mm, start);
	return p;
}

/* Where @p is, nothing begins before @end. Inlined, so that @p is in registers. */
static inline __attribute__((always_inline)) void
slot_insert(struct mm *mm, struct tree_place p, struct vma *vma,
	    unsigned long start, unsigned long end)
{
	struct tree_entry *entry;

	if (p.leaf->nr == LEAF_ENTRIES)
		p = leaf_split(mm, p);
	entry = &p.leaf->entry[p.at];
	if (p.at < p.leaf->nr)
		memmove(entry + 1, entry, (p.leaf->nr - p.at) * sizeof(*entry));
	p.leaf->nr++;
	entry->end = end;
	entry->vma = vma;
	vma->slot.start = start;
	vma->slot.end = end;
	vma->slot.stored = true;
	leaf_changed(mm, p);
}

/*
 * [start, end) now holds @vma, or nothing. A VMA that grows is taken out with
 * what it grows over.
 */
void tree_store(struct mm *mm, unsigned long start, unsigned long end,
		struct vma *vma)
{
	struct tree_place p = place_of(mm, start);
	const struct vma *old;

	while ((old = vma_at(p)) && old->slot.start < end)
		p = slot_cut(mm, p, start, end);
	if (!vma)
		return;
	assert(!vma->slot.stored);
	slot_insert(mm, p, vma, start, end);
}

/* Store a VMA over a range. Returns false if that is not empty. */
bool tree_add(struct mm *mm, struct vma *vma, unsigned long start,
	      unsigned long end)
{
	struct tree_place p = place_of(mm, start);
	const struct vma *next = vma_at(p);

	if (next && next->slot.start < end)
		return false;
	slot_insert(mm, p, vma, start, end);
	return true;
}
