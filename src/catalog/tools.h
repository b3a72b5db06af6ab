/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the catalogue is read with, and what reads other files too: memory that
 * is dropped all at once, and characters.
 */
#ifndef VMATLAS_CATALOG_TOOLS_H
#define VMATLAS_CATALOG_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- memory (arena.c) ------------------------------------------------- */

struct arena;

/**
 * arena_new - a place for objects that are all dropped together
 *
 * Never NULL, as nothing here is: without memory the program ends.
 */
struct arena *arena_new(void);

/**
 * arena_free - drop all that an arena has, and the arena
 * @a: may be NULL
 */
void arena_free(struct arena *a);

/**
 * arena_alloc - zeroed memory
 * @a: where it lives
 * @nr: for how many objects
 * @size: bytes that each has
 */
void *arena_alloc(struct arena *a, size_t nr, size_t size);

/**
 * arena_text - a copy of bytes, with a NUL behind them
 * @a: where it lives
 * @text: the bytes
 * @len: how many
 */
const char *arena_text(struct arena *a, const char *text, size_t len);

/* ---- UTF-8 (utf8.c) --------------------------------------------------- */

/**
 * utf8_char - the next character
 * @s: any bytes
 * @left: how many there are
 * @c: where to put the character
 *
 * Returns how many bytes it has, 0 if it is none.
 */
size_t utf8_char(const char *s, size_t left, uint32_t *c);

/**
 * utf8_count - the number of characters
 * @s: valid UTF-8
 * @len: bytes of it
 */
size_t utf8_count(const char *s, size_t len);

/**
 * utf8_printable - whether a terminal may get a character as it is
 * @c: the character
 *
 * That is no control character, and none that is invisible, reorders others or
 * breaks the line.
 */
bool utf8_printable(uint32_t c);

#endif /* VMATLAS_CATALOG_TOOLS_H */
