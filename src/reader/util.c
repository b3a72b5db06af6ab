// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "reader/internal.h"

/* An array of so many bytes more; what is new in it has any value. */
void *reader_grow(void *old, size_t old_bytes, size_t new_bytes)
{
	void *p;

	if (new_bytes < 2 * LARGE_PAGE)
		return xreallocarray(old, new_bytes, 1);
	p = xaligned(new_bytes);
	memcpy(p, old, old_bytes);
	free(old);
	return p;
}

void *reader_zeroed(size_t bytes)
{
	if (bytes < 2 * LARGE_PAGE)
		return xcalloc(bytes, 1);
	return memset(xaligned(bytes), 0, bytes);
}
