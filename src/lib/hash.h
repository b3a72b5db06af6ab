/* SPDX-License-Identifier: GPL-2.0-only */
/* Things that have a number of their own: a PID, a shared memory identifier. */
#ifndef VMATLAS_LIB_HASH_H
#define VMATLAS_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash;

/**
 * hash_new - an empty hash of integers
 *
 * Return: The hash, for hash_free().
 */
struct hash *hash_new(void);

/**
 * hash_free - drop a hash
 * @h: may be NULL
 * @drop: gets each thing that is still in it; NULL if they are the caller's
 */
void hash_free(struct hash *h, void (*drop)(void *thing));

/**
 * hash_find - look a thing up
 * @h: the hash
 * @key: its number
 *
 * Return: The thing, NULL if there is none.
 */
void *hash_find(const struct hash *h, int key);

/**
 * hash_add - put a thing in
 * @h: the hash
 * @key: its number, which none in the hash has
 * @thing: not NULL
 */
void hash_add(struct hash *h, int key, void *thing);

/**
 * hash_remove - take a thing out
 * @h: the hash
 * @key: its number
 *
 * Return: The thing, NULL if there was none.
 */
void *hash_remove(struct hash *h, int key);

/**
 * hash_count - how many things there are
 * @h: the hash
 *
 * Return: Their number.
 */
size_t hash_count(const struct hash *h);

/**
 * hash_next - each thing in turn, in any order
 * @h: the hash, which may not change meanwhile
 * @at: where it is, 0 first
 *
 * Return: A thing, NULL after the last.
 */
void *hash_next(const struct hash *h, size_t *at);

/**
 * hash_bytes - a number for some bytes
 * @bytes: them
 * @len: how many
 *
 * Return: FNV-1a.
 */
static inline uint32_t hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ at[i]) * 16777619u;
	return h;
}

#endif /* VMATLAS_LIB_HASH_H */
