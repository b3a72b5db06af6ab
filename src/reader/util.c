// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "reader/internal.h"

/*
 * Large arrays are looked into at random. On pages of 4 KiB each look would
 * miss the TLB, so ask for large ones.
 */
#define HUGE_PAGE (2UL << 20)

static void *large_alloc(size_t bytes)
{
	void *p;

	bytes = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	p = aligned_alloc(HUGE_PAGE, bytes);
	if (!p)
		out_of_memory();
	madvise(p, bytes, MADV_HUGEPAGE); /* works without, too */
	return p;
}

/* An array of so many bytes more; what is new in it has any value. */
void *reader_grow(void *old, size_t old_bytes, size_t new_bytes)
{
	void *p;

	if (new_bytes < 2 * HUGE_PAGE)
		return xreallocarray(old, new_bytes, 1);
	p = large_alloc(new_bytes);
	memcpy(p, old, old_bytes);
	free(old);
	return p;
}

void *reader_zeroed(size_t bytes)
{
	if (bytes < 2 * HUGE_PAGE)
		return xcalloc(bytes, 1);
	return memset(large_alloc(bytes), 0, bytes);
}
