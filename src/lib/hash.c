// SPDX-License-Identifier: GPL-2.0-only
/* Open addressing, at least half empty. */
#include "lib/hash.h"

#include "lib/memory.h"

struct hash_entry {
	int key;
	void *thing;
};

struct hash {
	struct hash_entry *entry;
	size_t size; /* a power of two */
	size_t nr;
};

struct hash *hash_new(void)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->size = 16;
	h->entry = xcalloc(h->size, sizeof(*h->entry));
	return h;
}

void hash_free(struct hash *h, void (*drop)(void *thing))
{
	size_t at = 0;
	void *thing;

	if (!h)
		return;
	while (drop && (thing = hash_next(h, &at)))
		drop(thing);
	free(h->entry);
	free(h);
}

/* Multiplied, so that the upper bits depend on all of the key. */
static size_t home(const struct hash *h, int key)
{
	return ((unsigned int)key * 2654435769u >> 8) & (h->size - 1);
}

/* Where the key is, or the free place where it would be. */
static size_t place(const struct hash *h, int key)
{
	size_t i = home(h, key);

	while (h->entry[i].thing && h->entry[i].key != key)
		i = (i + 1) & (h->size - 1);
	return i;
}

void *hash_find(const struct hash *h, int key)
{
	return h->entry[place(h, key)].thing;
}

static void grow(struct hash *h)
{
	struct hash bigger = { .size = h->size * 2 };

	bigger.entry = xcalloc(bigger.size, sizeof(*bigger.entry));
	for (size_t i = 0; i < h->size; i++)
		if (h->entry[i].thing)
			bigger.entry[place(&bigger, h->entry[i].key)] =
				h->entry[i];
	free(h->entry);
	h->entry = bigger.entry;
	h->size = bigger.size;
}

void hash_add(struct hash *h, int key, void *thing)
{
	if ((h->nr + 1) * 2 > h->size)
		grow(h);
	h->entry[place(h, key)] = (struct hash_entry){ key, thing };
	h->nr++;
}

/* What stands behind a place that became free may not be cut off from home. */
static void close_gap(struct hash *h, size_t gap)
{
	size_t mask = h->size - 1;

	for (size_t i = (gap + 1) & mask; h->entry[i].thing;
	     i = (i + 1) & mask) {
		size_t from = home(h, h->entry[i].key);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		h->entry[gap] = h->entry[i];
		h->entry[i].thing = NULL;
		gap = i;
	}
}

void *hash_remove(struct hash *h, int key)
{
	size_t i = place(h, key);
	void *thing = h->entry[i].thing;

	if (!thing)
		return NULL;
	h->entry[i].thing = NULL;
	h->nr--;
	close_gap(h, i);
	return thing;
}

size_t hash_count(const struct hash *h)
{
	return h->nr;
}

void *hash_next(const struct hash *h, size_t *at)
{
	while (*at < h->size) {
		void *thing = h->entry[(*at)++].thing;

		if (thing)
			return thing;
	}
	return NULL;
}
