/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory. Who wants some gets it: if there is none, the program says so and
 * ends with status 2, here and nowhere else. free() comes with it.
 */
#ifndef VMATLAS_LIB_MEMORY_H
#define VMATLAS_LIB_MEMORY_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Which of two numbers is less, as qsort() asks. */
#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* ---- one by one (memory.c) ---------------------------------------------- */

/**
 * out_of_memory - end the program for want of memory
 *
 * Says so on standard error; the exit status is 2. In a child process, too.
 */
_Noreturn void out_of_memory(void) __attribute__((cold));

/* The program is being ended for that. */
extern atomic_bool memory_is_out;

/**
 * xmalloc - memory
 * @size: bytes
 *
 * Return: Memory that may have any content, for free(); never NULL.
 */
void *xmalloc(size_t size) __attribute__((cold));

/**
 * xcalloc - zeroed memory
 * @nr: for how many objects
 * @size: bytes that each has
 *
 * Return: Memory for free(); never NULL, not even for no objects.
 */
void *xcalloc(size_t nr, size_t size) __attribute__((cold));

/**
 * xreallocarray - more or less memory for an array
 * @array: what xcalloc() and its like returned, or NULL
 * @nr: how many objects it is to have room for
 * @size: bytes that each has
 *
 * Return: The array, for free(); never NULL, not even for no objects.
 */
void *xreallocarray(void *array, size_t nr, size_t size) __attribute__((cold));

/* What is at least as large is better on pages of this size. */
#define LARGE_PAGE (2UL << 20)

/**
 * xaligned - memory that is looked into at random
 * @bytes: how much
 *
 * It begins with a line of the cache. On pages of 4 KiB each look would miss the
 * TLB, so from LARGE_PAGE on large ones are asked for.
 *
 * Return: Memory that may have any content, for free(); never NULL.
 */
void *xaligned(size_t bytes) __attribute__((cold));

/**
 * xgrow - double an array that is full
 * @array: the array, or NULL
 * @max: for how many objects it has room, 0 with NULL; updated
 * @size: bytes that each has
 *
 * Return: The array, for free().
 */
void *xgrow(void *array, size_t *max, size_t size) __attribute__((cold));

/**
 * xappend - one more object at the end of an array
 * @array: the array, which may move
 * @nr: how many objects it has, which is one more then
 *
 * All of them must have been put there by this: it grows where their number is a
 * power of two.
 *
 * Return: The object, which may have any content.
 */
#define xappend(array, nr)                                                     \
	({                                                                     \
		if (!((nr) & ((nr)-1)))                                        \
			(array) = xreallocarray((array), (nr) ? 2 * (nr) : 1,  \
						sizeof(*(array)));             \
		&(array)[(nr)++];                                              \
	})

/**
 * xstrdup - copy a string
 * @text: the string
 *
 * Return: The copy, for free().
 */
char *xstrdup(const char *text);

/**
 * xstrndup - copy the beginning of a string
 * @text: the string
 * @len: so many bytes of it at most
 *
 * Return: The copy, for free().
 */
char *xstrndup(const char *text, size_t len);

/**
 * xasprintf - print into a string of its own
 * @fmt: as for printf()
 *
 * Return: The string, for free().
 */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * xvasprintf - print into a string of its own
 * @fmt: as for vprintf()
 * @ap: what @fmt speaks of
 *
 * Return: The string, for free().
 */
char *xvasprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

/**
 * VARGS_PRINTED - what the arguments of a function with a format come to
 * @fmt: the format, the last of them that has a name
 *
 * Return: The string, for free().
 */
#define VARGS_PRINTED(fmt)                                                     \
	({                                                                     \
		va_list ap_;                                                   \
		char *text_;                                                   \
                                                                               \
		va_start(ap_, fmt);                                            \
		text_ = xvasprintf(fmt, ap_);                                  \
		va_end(ap_);                                                   \
		text_;                                                         \
	})

/* ---- dropped where the block ends ---------------------------------------- */

/**
 * __free - drop what a variable points to where its block ends, as in the kernel
 * @name: of a DEFINE_FREE()
 *
 * The variable is set where it is declared: char *text __free(free) = ...
 */
#define __free(name) __attribute__((cleanup(free_##name##_at)))

/**
 * DEFINE_FREE - say how __free() drops something
 * @name: for __free()
 * @type: what the variable points to
 * @drop: a function that takes the pointer
 */
#define DEFINE_FREE(name, type, drop)                                          \
	static inline void free_##name##_at(type **p)                          \
	{                                                                      \
		drop(*p);                                                      \
	}

/* Whatever it points to. */
static inline void free_free_at(void *p)
{
	free(*(void **)p);
}

/* ---- dropped all at once (arena.c) -------------------------------------- */

struct arena;

/**
 * arena_new - a place for objects that are all dropped together
 *
 * Return: The arena, for arena_free().
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
 *
 * Return: The memory.
 */
void *arena_alloc(struct arena *a, size_t nr, size_t size);

/**
 * arena_text - a copy of bytes, with a NUL behind them
 * @a: where it lives
 * @text: the bytes
 * @len: how many
 *
 * Return: The copy.
 */
const char *arena_text(struct arena *a, const char *text, size_t len);

/**
 * arena_vprintf - print into a string
 * @a: where it lives
 * @fmt: as for vprintf()
 * @ap: what @fmt speaks of
 *
 * Return: The string.
 */
const char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* The same for printf(). */
const char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* VMATLAS_LIB_MEMORY_H */
