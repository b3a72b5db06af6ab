// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space at one moment, as plain arrays. A layout can be carried over
 * any recorded step, which is how the state between two steps is had again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "model/internal.h"

/* ---- taking and copying -------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct layout_vma *x = a, *y = b;

	return (x->s.id > y->s.id) - (x->s.id < y->s.id);
}

static void add_slot(struct layout *lay, unsigned long start, unsigned long end,
		     vma_id vma)
{
	struct layout_slot *last = lay->slots + lay->nr_slots - 1;

	if (start >= end)
		return;
	if (!vma && lay->nr_slots && !last->vma)
		last->end = end;
	else
		lay->slots[lay->nr_slots++] =
			(struct layout_slot){ start, end, vma };
}

struct layout *layout_of(const struct mm *mm)
{
	struct layout *lay = xcalloc(1, sizeof(*lay));
	unsigned long end = 0;

	lay->vmas = xcalloc(mm->map_count + 1, sizeof(*lay->vmas));
	lay->slots = xcalloc(2 * mm->map_count + 1, sizeof(*lay->slots));
	lay->map_count = mm->map_count;
	for (const struct vma *vma = tree_find(mm, 0); vma;
	     vma = tree_next(mm, vma)) {
		lay->vmas[lay->nr_vmas++].s = vma->s;
		add_slot(lay, end, vma->slot.start, 0);
		add_slot(lay, vma->slot.start, vma->slot.end, vma->s.id);
		end = vma->slot.end;
	}
	add_slot(lay, end, MM_END, 0);
	qsort(lay->vmas, lay->nr_vmas, sizeof(*lay->vmas), by_id);
	return lay;
}

static void *copy_array(const void *from, size_t nr, size_t size)
{
	void *to = xcalloc(nr + 1, size);

	if (nr)
		memcpy(to, from, nr * size);
	return to;
}

struct layout *layout_copy(const struct layout *from)
{
	struct layout *lay = xcalloc(1, sizeof(*lay));

	*lay = *from;
	lay->vmas = copy_array(from->vmas, from->nr_vmas, sizeof(*lay->vmas));
	lay->slots =
		copy_array(from->slots, from->nr_slots, sizeof(*lay->slots));
	return lay;
}

void layout_free(struct layout *lay)
{
	if (!lay)
		return;
	free(lay->vmas);
	free(lay->slots);
	free(lay);
}

/* ---- finding and comparing ------------------------------------------------ */

static struct layout_vma *find_vma(const struct layout *lay, vma_id id)
{
	struct layout_vma key = { .s.id = id };

	return bsearch(&key, lay->vmas, lay->nr_vmas, sizeof(key), by_id);
}

const struct layout_vma *layout_vma(const struct layout *lay, vma_id id)
{
	return find_vma(lay, id);
}

static bool attrs_same(const struct vma_attrs *a, const struct vma_attrs *b)
{
	return a->flags == b->flags && a->file == b->file &&
	       a->policy == b->policy && a->uffd_ctx == b->uffd_ctx &&
	       a->anon_name == b->anon_name && a->has_close == b->has_close &&
	       a->no_split == b->no_split && a->split_unit == b->split_unit;
}

static bool vma_same(const struct layout_vma *a, const struct layout_vma *b)
{
	return a->s.id == b->s.id && a->s.vm_start == b->s.vm_start &&
	       a->s.vm_end == b->s.vm_end && a->s.vm_pgoff == b->s.vm_pgoff &&
	       attrs_same(&a->s.attrs, &b->s.attrs) &&
	       a->s.anon_vma == b->s.anon_vma && a->s.forked == b->s.forked &&
	       a->s.moved == b->s.moved && a->s.attached == b->s.attached &&
	       a->locked == b->locked;
}

static const struct layout_vma *next_not_freed(const struct layout *lay,
					       size_t *i)
{
	while (*i < lay->nr_vmas && lay->vmas[*i].freed)
		++*i;
	return *i < lay->nr_vmas ? &lay->vmas[(*i)++] : NULL;
}

static bool vmas_same(const struct layout *a, const struct layout *b)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct layout_vma *x = next_not_freed(a, &i);
		const struct layout_vma *y = next_not_freed(b, &j);

		if (!x || !y)
			return x == y;
		if (!vma_same(x, y))
			return false;
	}
}

bool layout_same_tree(const struct layout *a, const struct layout *b)
{
	if (a->nr_slots != b->nr_slots)
		return false;
	for (size_t i = 0; i < a->nr_slots; i++)
		if (a->slots[i].start != b->slots[i].start ||
		    a->slots[i].end != b->slots[i].end ||
		    a->slots[i].vma != b->slots[i].vma)
			return false;
	return true;
}

const struct layout_slot *layout_slot(const struct layout *lay, vma_id id)
{
	for_each_slot(lay, slot)
		if (slot->vma == id)
			return slot;
	return NULL;
}

bool layout_equal(const struct layout *a, const struct layout *b)
{
	return a->map_count == b->map_count && a->mmap_lock == b->mmap_lock &&
	       a->i_mmap == b->i_mmap && a->anon_vma == b->anon_vma &&
	       vmas_same(a, b) && layout_same_tree(a, b);
}

/* ---- one step further ----------------------------------------------------- */

/* A VMA that was not there. Ids only grow, so its place is the end. */
static struct layout_vma *append_vma(struct layout *lay, vma_id id)
{
	struct layout_vma *vmas =
		xreallocarray(lay->vmas, lay->nr_vmas + 1, sizeof(*vmas));

	lay->vmas = vmas;
	vmas += lay->nr_vmas++;
	memset(vmas, 0, sizeof(*vmas));
	vmas->s.id = id;
	return vmas;
}

static void duplicate(struct layout *lay, const struct step *step)
{
	struct layout_vma *new = append_vma(lay, step->vma);

	new->s = find_vma(lay, step->from)->s;
	new->s.id = step->vma;
	new->s.attached = false;
}

static void allocate(struct layout *lay, const struct step *step)
{
	struct layout_vma *new = append_vma(lay, step->vma);

	new->s.attrs = step->attrs;
	new->s.anon_vma = step->object;
	new->s.forked = step->forked;
	new->s.moved = step->moved;
}

/* Rebuild the slots with [start, end) replaced. */
static void store(struct layout *lay, const struct step *step)
{
	struct layout_slot *old = lay->slots;
	size_t nr = lay->nr_slots;
	bool done = false;

	lay->slots = xcalloc(nr + 2, sizeof(*lay->slots));
	lay->nr_slots = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct layout_slot *s = &old[i];

		if (s->start < step->start)
			add_slot(lay, s->start,
				 s->end < step->start ? s->end : step->start,
				 s->vma);
		if (!done && s->end > step->start) {
			add_slot(lay, step->start, step->end, step->vma);
			done = true;
		}
		if (s->end > step->end)
			add_slot(lay,
				 s->start > step->end ? s->start : step->end,
				 s->end, s->vma);
	}
	free(old);
	if (step->vma)
		find_vma(lay, step->vma)->s.attached = true;
}

static void unlock_mmap(struct layout *lay, enum mmap_lock lock)
{
	lay->mmap_lock = lock;
	for (size_t i = 0; i < lay->nr_vmas; i++)
		lay->vmas[i].locked = false;
}

static void set_range(struct vma_state *s, const struct step *step)
{
	s->vm_start = step->start;
	s->vm_end = step->end;
	s->vm_pgoff = step->pgoff;
}

static void step_vma(struct layout_vma *vma, const struct step *step)
{
	switch (step->kind) {
	case STEP_LOCK_VMA:
		vma->locked = true;
		break;
	case STEP_CLONE_ANON_VMA:
		vma->s.anon_vma = step->object;
		vma->s.forked = step->forked;
		break;
	case STEP_SET_RANGE:
		set_range(&vma->s, step);
		break;
	case STEP_SET_ATTRS:
		vma->s.attrs = step->attrs;
		break;
	case STEP_DETACH:
		vma->s.attached = false;
		break;
	case STEP_ATTACH:
		vma->s.attached = true;
		break;
	case STEP_FREE:
		vma->freed = true;
		vma->locked = false;
		break;
	default:
		assert(0);
	}
}

void layout_step(struct layout *lay, const struct step *step)
{
	switch (step->kind) {
	case STEP_LOCK_MMAP:
		lay->mmap_lock = MMAP_WRITE_LOCKED;
		break;
	case STEP_DOWNGRADE_MMAP:
		unlock_mmap(lay, MMAP_READ_LOCKED);
		break;
	case STEP_UNLOCK_MMAP:
		unlock_mmap(lay, MMAP_UNLOCKED);
		break;
	case STEP_LOCK_I_MMAP:
		lay->i_mmap = step->object;
		break;
	case STEP_LOCK_ANON_VMA:
		lay->anon_vma = step->object;
		break;
	case STEP_UNLOCK_I_MMAP:
		lay->i_mmap = 0;
		break;
	case STEP_UNLOCK_ANON_VMA:
		lay->anon_vma = 0;
		break;
	case STEP_MAP_COUNT:
		lay->map_count += step->delta;
		break;
	case STEP_ALLOCATE:
		allocate(lay, step);
		break;
	case STEP_DUPLICATE:
		duplicate(lay, step);
		break;
	case STEP_STORE:
		store(lay, step);
		break;
	default:
		step_vma(find_vma(lay, step->vma), step);
	}
}
