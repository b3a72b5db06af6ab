// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to VMAs beside the operations: page faults, and what the kernel
 * sets in passing, without a thought of merging. None of it is recorded.
 */
#include "model/internal.h"

#define ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)

/*
 * anon_vma_compatible(): whether two VMAs that cannot merge now might, once
 * mprotect() has had its way.
 */
static bool might_merge(const struct rules *rules, const struct vma_state *a,
			const struct vma_state *b)
{
	vm_flags_t differ = (a->attrs.flags ^ b->attrs.flags) &
			    ~(ACCESS_FLAGS | rules->ignored);

	if (rules->anon_pgoff && a->moved != b->moved)
		return false;
	return a->vm_end == b->vm_start && a->attrs.policy == b->attrs.policy &&
	       a->attrs.file == b->attrs.file && !differ &&
	       b->vm_pgoff == a->vm_pgoff + (b->vm_start - a->vm_start);
}

/* list_is_singular(): nobody else's pages are found through it. */
static bool can_share(const struct vma *vma)
{
	return vma->s.anon_vma && !vma->s.forked;
}

/* find_mergeable_anon_vma() */
static uint32_t shared_anon_vma(const struct mm *mm, struct vma *vma)
{
	const struct vma *next = tree_next(mm, vma);
	const struct vma *prev = tree_prev(mm, vma);

	if (next && might_merge(mm->rules, &vma->s, &next->s) &&
	    can_share(next))
		return next->s.anon_vma;
	if (prev && might_merge(mm->rules, &prev->s, &vma->s) &&
	    can_share(prev))
		return prev->s.anon_vma;
	return 0;
}

uint32_t mm_reuses(const struct mm *mm, unsigned long addr)
{
	struct vma *vma = tree_find(mm, addr);

	return vma && vma->s.vm_start <= addr ? shared_anon_vma(mm, vma) : 0;
}

uint32_t mm_fault(struct mm *mm, unsigned long addr, uint32_t fresh)
{
	struct vma *vma = tree_find(mm, addr);

	if (!vma || vma->s.vm_start > addr)
		return 0;
	if (vma->s.anon_vma)
		return vma->s.anon_vma;
	vma->s.anon_vma = shared_anon_vma(mm, vma);
	if (!vma->s.anon_vma)
		vma->s.anon_vma = fresh;
	vma->s.forked = false;
	return vma->s.anon_vma;
}

/* Whether a VMA can have a range that is its own, or more. */
static bool can_grow_to(const struct mm *mm, const struct vma *vma,
			unsigned long start, unsigned long end)
{
	const struct vma *prev = tree_prev(mm, vma);
	const struct vma *next = tree_next(mm, vma);

	return range_ok(start, end) && start <= vma->s.vm_start &&
	       end >= vma->s.vm_end && (!prev || prev->s.vm_end <= start) &&
	       (!next || next->s.vm_start >= end);
}

bool mm_replace(struct mm *mm, unsigned long addr,
		const struct vma_state *state)
{
	struct vma *vma = tree_find(mm, addr);
	vma_id id;

	if (!vma || vma->s.vm_start > addr ||
	    !can_grow_to(mm, vma, state->vm_start, state->vm_end))
		return false;
	if (state->vm_start != vma->s.vm_start ||
	    state->vm_end != vma->s.vm_end)
		tree_store(mm, state->vm_start, state->vm_end, vma);
	id = vma->s.id;
	vma->s = *state;
	vma->s.id = id;
	vma->s.attached = true;
	return true;
}
