// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is dropped all at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"

#define ALIGNMENT _Alignof(max_align_t)

/* So much is had at once: with what is beside it, less than a page. */
#define BLOCK_SIZE 4032

struct arena_block {
	struct arena_block *before;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct arena_block *newest;
	char *free; /* what is left of it; both are aligned */
	char *end;
};

/* What is left of the newest block is lost. @bytes: a multiple of ALIGNMENT */
static void add_block(struct arena *a, size_t bytes)
{
	struct arena_block *b;

	if (bytes < BLOCK_SIZE)
		bytes = BLOCK_SIZE;
	b = xmalloc(sizeof(*b) + bytes);
	b->before = a->newest;
	a->newest = b;
	a->free = b->data;
	a->end = b->data + bytes;
}

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	add_block(a, 0);
	return a;
}

void arena_free(struct arena *a)
{
	struct arena_block *before;

	if (!a)
		return;
	for (struct arena_block *b = a->newest; b; b = before) {
		before = b->before;
		free(b);
	}
	free(a);
}

static size_t room(const struct arena *a)
{
	return (size_t)(a->end - a->free);
}

static void *take(struct arena *a, size_t bytes)
{
	char *taken;

	if (bytes > PTRDIFF_MAX)
		out_of_memory();
	bytes = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (bytes > room(a))
		add_block(a, bytes);
	taken = a->free;
	a->free += bytes;
	return taken;
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

/* Most fits into what is left, and is where it is to be then. */
const char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	size_t left = room(a);
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(a->free, left, fmt, ap);
	if (len < 0)
		out_of_memory();
	text = take(a, (size_t)len + 1);
	if ((size_t)len >= left)
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
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
