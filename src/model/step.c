// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps. Every change to an mm is one of these, so that the trace
 * cannot miss any.
 */
#include <assert.h>

#include "model/internal.h"

const struct step_row step_kinds[NR_STEPS] = {
	[STEP_LOCK_MMAP] = { "lock_mmap", "lock mmap lock", 0 },
	[STEP_LOCK_VMA] = { "lock_vma", "lock", HAS_VMA },
	[STEP_LOCK_I_MMAP] = { "lock_i_mmap", "lock i_mmap of file",
			       HAS_OBJECT },
	[STEP_LOCK_ANON_VMA] = { "lock_anon_vma", "lock anon_vma", HAS_OBJECT },
	[STEP_ALLOCATE] = { "allocate", "allocate", HAS_VMA | HAS_ATTRS },
	[STEP_DUPLICATE] = { "duplicate", "duplicate", HAS_VMA | HAS_FROM },
	[STEP_CLONE_ANON_VMA] = { "clone_anon_vma", "clone anon_vma",
				  HAS_VMA | HAS_FROM | HAS_OBJECT |
					  HAS_FORKED },
	[STEP_SET_RANGE] = { "set_range", "set",
			     HAS_VMA | HAS_RANGE | HAS_OLD_RANGE | HAS_PGOFF },
	[STEP_SET_ATTRS] = { "set_attrs", "set attributes of",
			     HAS_VMA | HAS_ATTRS },
	[STEP_STORE] = { "store", "store", HAS_VMA | HAS_RANGE },
	[STEP_DETACH] = { "detach", "detach", HAS_VMA },
	[STEP_ATTACH] = { "attach", "attach", HAS_VMA },
	[STEP_FREE] = { "free", "free", HAS_VMA },
	[STEP_MAP_COUNT] = { "map_count", "map count", HAS_DELTA },
	[STEP_UNLOCK_ANON_VMA] = { "unlock_anon_vma", "unlock anon_vma",
				   HAS_OBJECT },
	[STEP_UNLOCK_I_MMAP] = { "unlock_i_mmap", "unlock i_mmap of file",
				 HAS_OBJECT },
	[STEP_DOWNGRADE_MMAP] = { "downgrade_mmap", "downgrade mmap lock", 0 },
	[STEP_UNLOCK_MMAP] = { "unlock_mmap", "unlock mmap lock", 0 },
};

/* Note in the call under way that the step at @index is its own. */
static void count_step(struct kcall *kcall, size_t index)
{
	if (!kcall->end_step)
		kcall->first_step = index;
	kcall->end_step = index + 1;
}

/* Valid until the next step is recorded. */
static struct step *record(struct mm *mm, enum step_kind kind, vma_id vma)
{
	struct step *step;

	if (mm->nr_steps == mm->max_steps)
		mm->steps =
			xgrow(mm->steps, &mm->max_steps, sizeof(*mm->steps));
	if (mm->kcall != NO_KCALL)
		count_step(&mm->kcalls[mm->kcall], mm->nr_steps);
	step = &mm->steps[mm->nr_steps++];
	*step = (struct step){ .kind = kind, .kcall = mm->kcall, .vma = vma };
	return step;
}

/* Begin a call. Returns the one that it stands in, for kcall_end(). */
uint32_t kcall_begin(struct mm *mm, enum kcall_kind kind, unsigned long start,
		     unsigned long end)
{
	uint32_t outer = mm->kcall;

	if (mm->nr_kcalls == mm->max_kcalls)
		mm->kcalls =
			xgrow(mm->kcalls, &mm->max_kcalls, sizeof(*mm->kcalls));
	mm->kcall = mm->nr_kcalls++;
	mm->kcalls[mm->kcall] =
		(struct kcall){ .kind = kind, .start = start, .end = end };
	return outer;
}

void kcall_end(struct mm *mm, uint32_t outer)
{
	mm->kcall = outer;
}

/* The kernel allocates. Whether mm_fail() wants it to fail. */
bool alloc_fails(struct mm *mm, enum alloc_kind kind)
{
	if (mm->out.failed)
		return false;
	if (++mm->out.nr_allocs != mm->fail)
		return false;
	mm->out.failed = kind;
	return true;
}

void do_lock_mmap(struct mm *mm)
{
	record(mm, STEP_LOCK_MMAP, 0);
}

/* Unlock or downgrade: both end all VMA write locks. */
void do_unlock_mmap(struct mm *mm, enum step_kind kind)
{
	while (mm->locked) {
		mm->locked->locked = false;
		mm->locked = mm->locked->next_locked;
	}
	record(mm, kind, 0);
}

void do_lock_vma(struct mm *mm, struct vma *vma)
{
	if (vma->locked)
		return;
	vma->locked = true;
	vma->next_locked = mm->locked;
	mm->locked = vma;
	record(mm, STEP_LOCK_VMA, vma->s.id);
}

/* vma_prepare(): files first, then anonymous memory. */
void do_lock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma)
{
	if (file)
		record(mm, STEP_LOCK_I_MMAP, 0)->object = file;
	if (anon_vma)
		record(mm, STEP_LOCK_ANON_VMA, 0)->object = anon_vma;
}

/* vma_complete(): the other way round. */
void do_unlock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma)
{
	if (anon_vma)
		record(mm, STEP_UNLOCK_ANON_VMA, 0)->object = anon_vma;
	if (file)
		record(mm, STEP_UNLOCK_I_MMAP, 0)->object = file;
}

struct vma *do_allocate(struct mm *mm, const struct op *op)
{
	struct vma *vma = vma_new(mm);
	struct step *step = record(mm, STEP_ALLOCATE, vma->s.id);

	vma->s = (struct vma_state){
		.id = vma->s.id,
		.attrs = op->attrs,
		.anon_vma = op->anon_vma,
		.forked = op->forked,
		.moved = mm->rules->anon_pgoff ? op->moved : 0,
	};
	step->attrs = vma->s.attrs;
	step->moved = vma->s.moved;
	step->object = op->anon_vma;
	step->forked = op->forked;
	return vma;
}

struct vma *do_duplicate(struct mm *mm, const struct vma *from)
{
	struct vma *vma = vma_new(mm);
	vma_id id = vma->s.id;

	vma->s = from->s;
	vma->s.id = id;
	vma->s.attached = false;
	record(mm, STEP_DUPLICATE, id)->from = from->s.id;
	return vma;
}

void do_clone_anon_vma(struct mm *mm, struct vma *vma, vma_id from,
		       uint32_t anon_vma, bool forked)
{
	struct step *step = record(mm, STEP_CLONE_ANON_VMA, vma->s.id);

	step->from = from;
	vma->s.anon_vma = step->object = anon_vma;
	vma->s.forked = step->forked = forked;
}

void do_set_range(struct mm *mm, struct vma *vma, unsigned long start,
		  unsigned long end, unsigned long pgoff)
{
	struct step *step = record(mm, STEP_SET_RANGE, vma->s.id);

	step->old_start = vma->s.vm_start;
	step->old_end = vma->s.vm_end;
	vma->s.vm_start = step->start = start;
	vma->s.vm_end = step->end = end;
	vma->s.vm_pgoff = step->pgoff = pgoff;
}

void do_set_attrs(struct mm *mm, struct vma *vma, const struct vma_attrs *attrs)
{
	vma->s.attrs = *attrs;
	record(mm, STEP_SET_ATTRS, vma->s.id)->attrs = *attrs;
}

void do_store(struct mm *mm, unsigned long start, unsigned long end,
	      struct vma *vma)
{
	struct step *step = record(mm, STEP_STORE, vma ? vma->s.id : 0);

	step->start = start;
	step->end = end;
	tree_store(mm, start, end, vma);
	if (vma)
		vma->s.attached = true;
}

void do_detach(struct mm *mm, struct vma *vma)
{
	vma->s.attached = false;
	record(mm, STEP_DETACH, vma->s.id);
}

void do_attach(struct mm *mm, struct vma *vma)
{
	vma->s.attached = true;
	record(mm, STEP_ATTACH, vma->s.id);
}

void do_map_count(struct mm *mm, long delta)
{
	mm->map_count += delta;
	record(mm, STEP_MAP_COUNT, 0)->delta = delta;
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
	record(mm, STEP_FREE, vma->s.id);
	vma_drop(mm, vma);
}
