// SPDX-License-Identifier: GPL-2.0-only
/* Things by number: a hash with open addressing, half empty at least. */
#include <stdlib.h>

#include "process/strace-internal.h"

struct entry {
	int number;
	void *thing;
};

struct numbered {
	struct entry *entry;
	size_t size; /* a power of two */
	size_t nr;
};

static struct entry *entries(size_t size)
{
	struct entry *entry = calloc(size, sizeof(*entry));

	if (!entry)
		abort();
	return entry;
}

struct numbered *numbered_new(void)
{
	struct numbered *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	n->size = 16;
	n->entry = entries(n->size);
	return n;
}

void numbered_free(struct numbered *n)
{
	if (!n)
		return;
	free(n->entry);
	free(n);
}

/* Multiplied, so that the upper bits depend on all of the number. */
static size_t home(const struct numbered *n, int number)
{
	return ((unsigned int)number * 2654435769u >> 8) & (n->size - 1);
}

/* Where the number is, or the free place where it would be. */
static size_t place(const struct numbered *n, int number)
{
	size_t i = home(n, number);

	while (n->entry[i].thing && n->entry[i].number != number)
		i = (i + 1) & (n->size - 1);
	return i;
}

void *numbered_find(const struct numbered *n, int number)
{
	return n->entry[place(n, number)].thing;
}

static void grow(struct numbered *n)
{
	struct numbered bigger = { .size = n->size * 2 };

	bigger.entry = entries(bigger.size);
	for (size_t i = 0; i < n->size; i++)
		if (n->entry[i].thing)
			bigger.entry[place(&bigger, n->entry[i].number)] =
				n->entry[i];
	free(n->entry);
	n->entry = bigger.entry;
	n->size = bigger.size;
}

void numbered_add(struct numbered *n, int number, void *thing)
{
	if ((n->nr + 1) * 2 > n->size)
		grow(n);
	n->entry[place(n, number)] = (struct entry){ number, thing };
	n->nr++;
}

/* What stands behind a place that became free may not be cut off from home. */
static void close_gap(struct numbered *n, size_t gap)
{
	size_t mask = n->size - 1;

	for (size_t i = (gap + 1) & mask; n->entry[i].thing;
	     i = (i + 1) & mask) {
		size_t from = home(n, n->entry[i].number);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		n->entry[gap] = n->entry[i];
		n->entry[i].thing = NULL;
		gap = i;
	}
}

void *numbered_take(struct numbered *n, int number)
{
	size_t i = place(n, number);
	void *thing = n->entry[i].thing;

	if (!thing)
		return NULL;
	n->entry[i].thing = NULL;
	n->nr--;
	close_gap(n, i);
	return thing;
}

size_t numbered_count(const struct numbered *n)
{
	return n->nr;
}

void *numbered_next(const struct numbered *n, size_t *at)
{
	while (*at < n->size) {
		void *thing = n->entry[(*at)++].thing;

		if (thing)
			return thing;
	}
	return NULL;
}
