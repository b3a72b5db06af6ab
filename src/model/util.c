// SPDX-License-Identifier: GPL-2.0-only
/* Allocation that cannot fail: a simulator without memory has nothing to say. */
#include <stdio.h>
#include <stdlib.h>

#include "model/internal.h"

static void *must(void *p)
{
	if (!p) {
		fputs("vmatlas: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *xcalloc(size_t nr, size_t size)
{
	return must(calloc(nr, size));
}

/* Double an array that is full. */
void *xgrow(void *array, size_t *max, size_t size)
{
	*max = *max ? *max * 2 : 16;
	return must(reallocarray(array, *max, size));
}
