/* SPDX-License-Identifier: GPL-2.0-only */
/* What src/lib needs of glibc's obstacks, for a C library that has none. */
#ifndef VMATLAS_WASM_OBSTACK_H
#define VMATLAS_WASM_OBSTACK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBSTACK_CHUNK 8192
#define OBSTACK_ALIGN 8

struct obstack_chunk {
	struct obstack_chunk *before;
	size_t used;
	size_t size;
	_Alignas(OBSTACK_ALIGN) char data[];
};

/* The object that grows is the end of the newest chunk, from @grown on. */
struct obstack {
	struct obstack_chunk *chunk;
	size_t grown;
};

static void (*obstack_alloc_failed_handler)(void) __attribute__((unused));

#define obstack_init(o) ((void)(*(o) = (struct obstack){ 0 }))

static inline char *obstack_room(struct obstack *o, size_t size)
{
	struct obstack_chunk *c = o->chunk;

	size = (size + OBSTACK_ALIGN - 1) & ~(size_t)(OBSTACK_ALIGN - 1);
	if (!c || c->size - c->used < size) {
		size_t new = size > OBSTACK_CHUNK ? size : OBSTACK_CHUNK;

		c = malloc(sizeof(*c) + new);
		if (!c)
			abort();
		*c = (struct obstack_chunk){ o->chunk, 0, new };
		o->chunk = c;
	}
	c->used += size;
	return c->data + c->used - size;
}

#define obstack_alloc(o, size) ((void *)obstack_room((o), (size)))

static inline void *obstack_copy(struct obstack *o, const void *from,
				 size_t size)
{
	return memcpy(obstack_room(o, size), from, size);
}

/* Only for an object that is printed at once, and then finished. */
static inline int obstack_vprintf(struct obstack *o, const char *fmt,
				  va_list ap)
{
	va_list again;
	char *to;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	to = obstack_room(o, (size_t)len + 1);
	o->grown = (size_t)(to - o->chunk->data);
	return vsnprintf(to, (size_t)len + 1, fmt, ap);
}

/* vsnprintf() has ended it already. */
#define obstack_1grow(o, c) ((void)(c))
#define obstack_finish(o) ((void *)((o)->chunk->data + (o)->grown))

static inline void obstack_free(struct obstack *o, void *from)
{
	struct obstack_chunk *before;

	if (from)
		abort();
	for (; o->chunk; o->chunk = before) {
		before = o->chunk->before;
		free(o->chunk);
	}
}

#endif /* VMATLAS_WASM_OBSTACK_H */
