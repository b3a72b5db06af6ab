// SPDX-License-Identifier: GPL-2.0-only
#include "lib/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

atomic_bool memory_is_out;

void out_of_memory(void)
{
	fputs("vmatlas: out of memory\n", stderr);
	memory_is_out = true;
	exit(2);
}

static void *must(void *p)
{
	if (!p)
		out_of_memory();
	return p;
}

void *xmalloc(size_t size)
{
	return must(malloc(size ? size : 1));
}

void *xcalloc(size_t nr, size_t size)
{
	return must(calloc(nr ? nr : 1, size));
}

void *xreallocarray(void *array, size_t nr, size_t size)
{
	return must(reallocarray(array, nr ? nr : 1, size));
}

void *xaligned(size_t bytes)
{
	size_t page = bytes < LARGE_PAGE ? 64 : LARGE_PAGE;
	void *p;

	bytes = (bytes + page - 1) & ~(page - 1);
	p = must(aligned_alloc(page, bytes));
	if (page == LARGE_PAGE)
		madvise(p, bytes, MADV_HUGEPAGE); /* works without, too */
	return p;
}

void *xgrow(void *array, size_t *max, size_t size)
{
	*max = *max ? *max * 2 : 16;
	return xreallocarray(array, *max, size);
}

char *xstrdup(const char *text)
{
	return must(strdup(text));
}

char *xstrndup(const char *text, size_t len)
{
	return must(strndup(text, len));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *fmt, ...)
{
	return VARGS_PRINTED(fmt);
}
