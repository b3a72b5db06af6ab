// SPDX-License-Identifier: GPL-2.0-only
/* What must hold of an address space, between operations and between steps. */
#include "model/model.h"

/* ---- between operations -------------------------------------------------- */

static const char *verify_slots(const struct layout *lay)
{
	unsigned long end = 0;

	for_each_slot(lay, s) {
		if (s->start != end || s->end <= s->start)
			return "the slots do not cover the space in order";
		if (s > lay->slots && !s->vma && !s[-1].vma)
			return "two empty slots touch";
		end = s->end;
	}
	return end == MM_END ? NULL : "the slots end before the space does";
}

/* Each occupied slot agrees with a living VMA's own range. */
static const char *verify_agreement(const struct layout *lay)
{
	unsigned long nr = 0;

	for_each_mapped(lay, s) {
		const struct layout_vma *v = layout_vma(lay, s->vma);

		nr++;
		if (!v || v->freed)
			return "the tree holds a VMA that is gone";
		if (v->s.vm_start != s->start || v->s.vm_end != s->end)
			return "a VMA's range is not its slot's";
	}
	return nr == lay->map_count ? NULL : "the map count is wrong";
}

static const char *verify_vmas(const struct layout *lay)
{
	unsigned long nr = 0;

	for_each_vma(lay, v) {
		if (v->freed)
			continue;
		nr++;
		if (!v->s.attached)
			return "a VMA is detached but not freed";
		if (v->locked)
			return "a VMA is still write-locked";
	}
	return nr == lay->map_count ? NULL : "a VMA is not in the tree";
}

const char *layout_verify(const struct layout *lay)
{
	const char *wrong = verify_slots(lay);

	if (!wrong)
		wrong = verify_agreement(lay);
	if (!wrong)
		wrong = verify_vmas(lay);
	if (!wrong && (lay->mmap_lock || lay->i_mmap || lay->anon_vma))
		wrong = "a lock is still held";
	return wrong;
}

/* ---- around each step ---------------------------------------------------- */

static bool anon_vma_locked(const struct layout *lay,
			    const struct layout_vma *v)
{
	return !v->s.anon_vma || lay->anon_vma == v->s.anon_vma;
}

static bool i_mmap_locked(const struct layout *lay, const struct layout_vma *v)
{
	return !v->s.attrs.file || lay->i_mmap == v->s.attrs.file;
}

/*
 * A stack that execve() moves down: vm_start goes down, and vm_pgoff stays. Its
 * pages follow, and the reverse map knows to leave it alone until they have.
 */
static bool moves_down(const struct layout_vma *v, const struct step *step)
{
	return (v->s.attrs.flags & VM_GROWSDOWN) &&
	       step->start < v->s.vm_start && step->end == v->s.vm_end &&
	       step->pgoff == v->s.vm_pgoff;
}

/* A VMA that lookups and the reverse map can find needs all its locks. */
static const char *verify_set_range(const struct layout *lay,
				    const struct layout_vma *v,
				    const struct step *step)
{
	if (step->end <= step->start)
		return "a range becomes empty";
	if (!v->s.attached)
		return NULL;
	if (!v->locked)
		return "a range changes without the VMA's lock";
	if (!anon_vma_locked(lay, v))
		return "a range changes without the anon_vma lock";
	if (!i_mmap_locked(lay, v))
		return "a range changes without the i_mmap lock";
	if (v->s.vm_pgoff - v->s.vm_start != step->pgoff - step->start &&
	    !moves_down(v, step))
		return "a page's offset changes";
	return NULL;
}

/*
 * The stack that has moved down gives up its old pages, at its upper end. The
 * tree forgets them before the VMA does.
 */
static bool gives_up_end(const struct layout *lay, const struct layout_slot *s,
			 const struct layout_vma *v, const struct step *step)
{
	return (v->s.attrs.flags & VM_GROWSDOWN) && v->locked &&
	       anon_vma_locked(lay, v) && i_mmap_locked(lay, v) &&
	       s->start < step->start && v->s.vm_end == step->end;
}

/*
 * The page whose slot a store empties must belong to a VMA that is on its way
 * out, or to a stack that has moved; and a store of a VMA must be over its own
 * range: else a reader would lose pages that stay mapped.
 */
static const char *verify_store(const struct layout *lay,
				const struct step *step)
{
	const struct layout_vma *v = layout_vma(lay, step->vma);

	if (v && (v->s.vm_start > step->start || v->s.vm_end < step->end))
		return "a VMA is stored outside its range";
	for (size_t i = 0; !step->vma && i < lay->nr_slots; i++) {
		const struct layout_slot *s = &lay->slots[i];

		if (s->end <= step->start || s->start >= step->end || !s->vma)
			continue;
		v = layout_vma(lay, s->vma);
		if (v->s.attached && !gives_up_end(lay, s, v, step))
			return "the slot of an attached VMA is emptied";
	}
	return NULL;
}

static const char *verify_free(const struct layout *lay,
			       const struct layout_vma *v)
{
	if (v->s.attached)
		return "an attached VMA is freed";
	return layout_slot(lay, v->s.id) ? "a VMA in the tree is freed" : NULL;
}

static bool needs_mmap_lock(enum step_kind kind)
{
	return kind != STEP_LOCK_MMAP && kind != STEP_UNLOCK_MMAP &&
	       kind != STEP_FREE;
}

const char *step_verify(const struct layout *before, const struct step *step)
{
	const struct layout_vma *v = layout_vma(before, step->vma);

	if (needs_mmap_lock(step->kind) &&
	    before->mmap_lock != MMAP_WRITE_LOCKED)
		return "a step without the mmap write lock";
	if (v && v->freed)
		return "a step on a VMA that was freed";
	switch (step->kind) {
	case STEP_SET_RANGE:
		return verify_set_range(before, v, step);
	case STEP_STORE:
		return verify_store(before, step);
	case STEP_DETACH:
		return v->locked ? NULL : "a VMA is detached without its lock";
	case STEP_SET_ATTRS:
		return v->locked ? NULL : "attributes change without the lock";
	case STEP_CLONE_ANON_VMA:
		return v->locked ? NULL : "anon_vma changes without the lock";
	case STEP_FREE:
		return verify_free(before, v);
	default:
		return NULL;
	}
}
