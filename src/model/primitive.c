// SPDX-License-Identifier: GPL-2.0-only
/*
 * The primitive steps. Every change to an mm is one of these, so that the trace
 * cannot miss any.
 */
#include <assert.h>
#include <stdlib.h>

#include "model/internal.h"

/* Note in the act under way that the step at @index is its own. */
static void count_step(struct act *act, size_t index)
{
	if (!act->end_step)
		act->first_step = index;
	act->end_step = index + 1;
}

static void record(struct mm *mm, struct step step)
{
	if (mm->nr_steps == mm->max_steps)
		mm->steps =
			xgrow(mm->steps, &mm->max_steps, sizeof(*mm->steps));
	step.act = mm->act;
	if (mm->act != NO_ACT)
		count_step(&mm->acts[mm->act], mm->nr_steps);
	mm->steps[mm->nr_steps++] = step;
}

/* Begin an act. Returns the one that it stands in, for act_end(). */
uint32_t act_begin(struct mm *mm, struct act act)
{
	uint32_t outer = mm->act;

	if (mm->nr_acts == mm->max_acts)
		mm->acts = xgrow(mm->acts, &mm->max_acts, sizeof(*mm->acts));
	mm->act = mm->nr_acts;
	mm->acts[mm->nr_acts++] = act;
	return outer;
}

void act_end(struct mm *mm, uint32_t outer)
{
	mm->act = outer;
}

/* The act under way. Valid until the next one begins. */
struct act *act_now(struct mm *mm)
{
	return &mm->acts[mm->act];
}

void do_lock_mmap(struct mm *mm)
{
	record(mm, (struct step){ .kind = STEP_LOCK_MMAP });
}

/* Unlock or downgrade: both end all VMA write locks. */
void do_unlock_mmap(struct mm *mm, enum step_kind kind)
{
	while (mm->locked) {
		mm->locked->locked = false;
		mm->locked = mm->locked->next_locked;
	}
	record(mm, (struct step){ .kind = kind });
}

void do_lock_vma(struct mm *mm, struct vma *vma)
{
	if (vma->locked)
		return;
	vma->locked = true;
	vma->next_locked = mm->locked;
	mm->locked = vma;
	record(mm, (struct step){ .kind = STEP_LOCK_VMA, .vma = vma->s.id });
}

/* vma_prepare(): files first, then anonymous memory. */
void do_lock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma)
{
	if (file)
		record(mm, (struct step){ .kind = STEP_LOCK_I_MMAP,
					  .object = file });
	if (anon_vma)
		record(mm, (struct step){ .kind = STEP_LOCK_ANON_VMA,
					  .object = anon_vma });
}

/* vma_complete(): the other way round. */
void do_unlock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma)
{
	if (anon_vma)
		record(mm, (struct step){ .kind = STEP_UNLOCK_ANON_VMA,
					  .object = anon_vma });
	if (file)
		record(mm, (struct step){ .kind = STEP_UNLOCK_I_MMAP,
					  .object = file });
}

struct vma *do_allocate(struct mm *mm, const struct vma_attrs *attrs,
			uint32_t anon_vma, bool forked)
{
	struct vma *vma = vma_new(mm);

	vma->s.attrs = *attrs;
	vma->s.anon_vma = anon_vma;
	vma->s.forked = forked;
	record(mm, (struct step){ .kind = STEP_ALLOCATE,
				  .vma = vma->s.id,
				  .object = anon_vma,
				  .forked = forked,
				  .attrs = *attrs });
	return vma;
}

struct vma *do_duplicate(struct mm *mm, const struct vma *from)
{
	struct vma *vma = vma_new(mm);
	vma_id id = vma->s.id;

	vma->s = from->s;
	vma->s.id = id;
	vma->s.attached = false;
	record(mm, (struct step){ .kind = STEP_DUPLICATE,
				  .vma = id,
				  .from = from->s.id });
	return vma;
}

void do_clone_anon_vma(struct mm *mm, struct vma *vma, vma_id from,
		       uint32_t anon_vma, bool forked)
{
	vma->s.anon_vma = anon_vma;
	vma->s.forked = forked;
	record(mm, (struct step){ .kind = STEP_CLONE_ANON_VMA,
				  .vma = vma->s.id,
				  .from = from,
				  .object = anon_vma,
				  .forked = forked });
}

void do_set_range(struct mm *mm, struct vma *vma, unsigned long start,
		  unsigned long end, unsigned long pgoff)
{
	record(mm, (struct step){ .kind = STEP_SET_RANGE,
				  .vma = vma->s.id,
				  .start = start,
				  .end = end,
				  .pgoff = pgoff,
				  .old_start = vma->s.vm_start,
				  .old_end = vma->s.vm_end });
	vma->s.vm_start = start;
	vma->s.vm_end = end;
	vma->s.vm_pgoff = pgoff;
}

void do_set_attrs(struct mm *mm, struct vma *vma, const struct vma_attrs *attrs)
{
	vma->s.attrs = *attrs;
	record(mm, (struct step){ .kind = STEP_SET_ATTRS,
				  .vma = vma->s.id,
				  .attrs = *attrs });
}

void do_store(struct mm *mm, unsigned long start, unsigned long end,
	      struct vma *vma)
{
	tree_store(mm, start, end, vma);
	if (vma)
		vma->s.attached = true;
	record(mm, (struct step){ .kind = STEP_STORE,
				  .vma = vma ? vma->s.id : 0,
				  .start = start,
				  .end = end });
}

void do_detach(struct mm *mm, struct vma *vma)
{
	vma->s.attached = false;
	record(mm, (struct step){ .kind = STEP_DETACH, .vma = vma->s.id });
}

void do_attach(struct mm *mm, struct vma *vma)
{
	vma->s.attached = true;
	record(mm, (struct step){ .kind = STEP_ATTACH, .vma = vma->s.id });
}

void do_map_count(struct mm *mm, long delta)
{
	mm->map_count += delta;
	record(mm, (struct step){ .kind = STEP_MAP_COUNT, .delta = delta });
}

static void forget_lock(struct mm *mm, struct vma *vma)
{
	struct vma **p = &mm->locked;

	while (*p && *p != vma)
		p = &(*p)->next_locked;
	if (*p)
		*p = vma->next_locked;
}

void do_free(struct mm *mm, struct vma *vma)
{
	assert(!vma->slot.stored && !vma->s.attached);
	if (vma->locked)
		forget_lock(mm, vma);
	record(mm, (struct step){ .kind = STEP_FREE, .vma = vma->s.id });
	free(vma);
}
