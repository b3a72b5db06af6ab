// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel puts memory that may go anywhere: get_unmapped_area(), top
 * down. Replay knows from the trace; only what a person asks comes here.
 */
#include "syscall/internal.h"

/* mmap_min_addr, in bytes: the default. */
#define MIN_ADDRESS 65536

/* mmap_base of a process whose stack is not known. */
#define USUAL_BASE 0x7ffff7fff000ULL

/* MIN_GAP, without what is random of it. */
#define LEAST_GAP (128ULL << 20)

/* Where MAP_32BIT looks: find_start_end() of x86. */
#define LOW_START 0x40000000ULL
#define LOW_END 0x80000000ULL

unsigned long start_gap(const struct vma_state *v)
{
	if (!(v->attrs.flags & VM_GROWSDOWN))
		return v->vm_start;
	return v->vm_start > GUARD_GAP ? v->vm_start - GUARD_GAP : 0;
}

/* If nothing is there yet: as far below the stack as it is at least. */
static unsigned long usual_base(const struct sim *sim)
{
	uint64_t below =
		sim->stack > LEAST_GAP ? sim->stack - LEAST_GAP : USUAL_BASE;

	return page_of(sim, below < USUAL_BASE ? below : USUAL_BASE);
}

/*
 * mmap_base: the first mapping ends there. It is the highest below the stack
 * that the kernel did not put anywhere else, as it did the program and its heap.
 */
static unsigned long base_of(const struct sim *sim)
{
	unsigned long stack = page_of(sim, sim->stack), base = 0;
	unsigned long heap_end = page_of(sim, align_up(sim, sim->brk));

	if (!sim->stack)
		return usual_base(sim);
	for_each_vma_in(sim->mm, v, heap_end, stack) {
		if (v->vm_end >= stack)
			break;
		if (!is_special(sim, v) && !(v->attrs.flags & VM_GROWSDOWN))
			base = v->vm_end;
	}
	return base ? base : usual_base(sim);
}

/* A page number, the highest that fits; 0 if none does. */
static unsigned long highest_hole(const struct sim *sim, unsigned long nr)
{
	unsigned long base = base_of(sim), low = page_of(sim, MIN_ADDRESS);
	unsigned long found = 0;
	const struct vma_state *v;

	do {
		unsigned long high = base;

		v = mm_find(sim->mm, low);
		if (v && start_gap(v) < base)
			high = start_gap(v);
		if (high >= low && high - low >= nr)
			found = high - nr;
		low = v ? v->vm_end : base;
	} while (low < base);
	return found;
}

/* The hint is taken if there is room, whatever lies below. */
static bool hint_fits(const struct sim *sim, uint64_t hint, uint64_t len)
{
	const struct vma_state *v;

	if (!hint || !in_task(sim, hint, len))
		return false;
	v = mm_find(sim->mm, page_of(sim, hint));
	return !v || page_of(sim, hint + len) <= start_gap(v);
}

/* __get_unmapped_area(): as if a huge page were to be there. */
uint64_t sim_alignment(const struct sim *sim, uint64_t len)
{
	return len % HUGE_PAGE ? sim->page_size : HUGE_PAGE;
}

uint64_t sim_place(const struct sim *sim, uint64_t hint, uint64_t len,
		   uint64_t align)
{
	unsigned long page = 0;

	/* round_hint_to_min() */
	if (hint && hint < MIN_ADDRESS)
		hint = MIN_ADDRESS;
	if (hint_fits(sim, hint, len))
		return hint;
	/* __thp_get_unmapped_area() looks for a hole that is larger by that. */
	if (align > sim->page_size && in_task(sim, 0, len + align))
		page = highest_hole(sim, page_of(sim, len + align));
	if (page)
		return (address_of(sim, page) + align) & ~(align - 1);
	return address_of(sim, highest_hole(sim, page_of(sim, len)));
}

uint64_t sim_place_low(const struct sim *sim, uint64_t hint, uint64_t len)
{
	unsigned long at = page_of(sim, LOW_START), end = page_of(sim, LOW_END);
	unsigned long nr = page_of(sim, len);
	const struct vma_state *v;

	if (len <= LOW_END && hint <= LOW_END - len &&
	    hint_fits(sim, hint, len))
		return hint;
	while (nr <= end && at <= end - nr) {
		v = mm_find(sim->mm, at);
		if (!v || start_gap(v) >= at + nr)
			return address_of(sim, at);
		at = v->vm_end;
	}
	return 0;
}
