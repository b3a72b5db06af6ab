// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is dropped all at once. */
#include <obstack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"

#define obstack_chunk_alloc xmalloc
#define obstack_chunk_free free

struct arena {
	struct obstack stack;
};

struct arena *arena_new(void)
{
	struct arena *a = xmalloc(sizeof(*a));

	obstack_init(&a->stack);
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	obstack_free(&a->stack, NULL);
	free(a);
}

/* glibc's macro aligns by arithmetic on a null pointer. */
__attribute__((no_sanitize("pointer-overflow"))) static void *
take(struct arena *a, size_t bytes)
{
	return obstack_alloc(&a->stack, bytes);
}

void *arena_alloc(struct arena *a, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes))
		out_of_memory();
	return memset(take(a, bytes), 0, bytes);
}

const char *arena_text(struct arena *a, const char *text, size_t len)
{
	char *copy = take(a, len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

const char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	obstack_vprintf(&a->stack, fmt, ap);
	obstack_1grow(&a->stack, '\0');
	return obstack_finish(&a->stack);
}

const char *arena_printf(struct arena *a, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}
