// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel puts memory that may go anywhere: get_unmapped_area(), top
 * down. Replay knows from the trace; only what a person asks comes here.
 */
#include "process/world.h"

/* stack_guard_gap, in pages, and mmap_min_addr, in bytes: the defaults. */
#define GUARD_GAP 256
#define MIN_ADDRESS 65536

/* mmap_base of a process whose stack is not known. */
#define USUAL_BASE 0x7ffff7fff000ULL

/* vm_start_gap() */
static unsigned long start_gap(const struct vma_state *v)
{
	if (!(v->attrs.flags & VM_GROWSDOWN))
		return v->vm_start;
	return v->vm_start > GUARD_GAP ? v->vm_start - GUARD_GAP : 0;
}

/*
 * mmap_base: the first mapping ends there. It is the highest below the stack
 * that the kernel did not put anywhere else.
 */
static unsigned long base_of(const struct world *w)
{
	unsigned long stack = page_of(w, w->stack), base = 0;
	const struct vma_state *v;

	if (!w->stack)
		return page_of(w, USUAL_BASE);
	for (unsigned long at = 0; (v = mm_find(w->mm, at)); at = v->vm_end) {
		if (v->vm_end >= stack)
			break;
		if (!is_special(w, v) && !(v->attrs.flags & VM_GROWSDOWN))
			base = v->vm_end;
	}
	return base ? base : page_of(w, USUAL_BASE);
}

/* A page number, the highest that fits; 0 if none does. */
static unsigned long highest_hole(const struct world *w, unsigned long nr)
{
	unsigned long base = base_of(w), low = page_of(w, MIN_ADDRESS);
	unsigned long found = 0;
	const struct vma_state *v;

	do {
		unsigned long high = base;

		v = mm_find(w->mm, low);
		if (v && start_gap(v) < base)
			high = start_gap(v);
		if (high >= low && high - low >= nr)
			found = high - nr;
		low = v ? v->vm_end : base;
	} while (low < base);
	return found;
}

/* The hint is taken if there is room, whatever lies below. */
static bool hint_fits(const struct world *w, uint64_t hint, uint64_t len)
{
	const struct vma_state *v;

	if (!hint || !in_task(hint, len))
		return false;
	v = mm_find(w->mm, page_of(w, hint));
	return !v || page_of(w, hint + len) <= start_gap(v);
}

/* __get_unmapped_area(): as if a huge page were to be there. */
uint64_t world_alignment(const struct world *w, uint64_t len)
{
	return len % HUGE_PAGE ? w->page_size : HUGE_PAGE;
}

/* round_hint_to_min() */
static uint64_t round_hint(uint64_t hint)
{
	return hint && hint < MIN_ADDRESS ? MIN_ADDRESS : hint;
}

uint64_t world_place(const struct world *w, uint64_t hint, uint64_t len,
		     uint64_t align)
{
	unsigned long page = 0;

	hint = round_hint(hint);
	if (hint_fits(w, hint, len))
		return hint;
	/* __thp_get_unmapped_area() looks for a hole that is larger by that. */
	if (align > w->page_size && in_task(0, len + align))
		page = highest_hole(w, page_of(w, len + align));
	if (page)
		return (address_of(w, page) + align) & ~(align - 1);
	return address_of(w, highest_hole(w, page_of(w, len)));
}
