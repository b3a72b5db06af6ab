// SPDX-License-Identifier: GPL-2.0-only
/* Lists of reported lines, each stored once. */
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

#define FIRST_SIZE 256

void lists_init(struct lists *l)
{
	l->max = FIRST_SIZE;
	l->lines = xreallocarray(NULL, l->max, sizeof(*l->lines));
	l->lines[0] = (struct line){ 0 };
	l->nr = 1;
	l->mask = 2 * FIRST_SIZE - 1;
	l->table = xcalloc(l->mask + 1, sizeof(*l->table));
}

void lists_clear(struct lists *l)
{
	l->nr = 1;
	memset(l->table, 0, (l->mask + 1) * sizeof(*l->table));
}

void lists_free(struct lists *l)
{
	free(l->lines);
	free(l->table);
}

static uint32_t hash(const struct line *line)
{
	uint64_t key = (uint64_t)line->before << 24 | line->vma << 16 |
		       line->start << 8 | line->end;

	return key * 0x9e3779b97f4a7c15ULL >> 32;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->before == b->before && a->vma == b->vma &&
	       a->start == b->start && a->end == b->end;
}

static void grow(struct lists *l)
{
	l->max *= 2;
	l->lines = xreallocarray(l->lines, l->max, sizeof(*l->lines));
	free(l->table);
	l->mask = 2 * l->max - 1;
	l->table = xcalloc(l->mask + 1, sizeof(*l->table));
	for (uint32_t i = 1; i < l->nr; i++) {
		uint32_t at = hash(&l->lines[i]) & l->mask;

		while (l->table[at])
			at = (at + 1) & l->mask;
		l->table[at] = i;
	}
}

/* The list that has one line more. Returns 0 if that is too long. */
uint32_t lists_append(struct lists *l, uint32_t before, uint8_t vma,
		      uint8_t start, uint8_t end)
{
	struct line line = {
		.before = before,
		.vma = vma,
		.start = start,
		.end = end,
		.nr = l->lines[before].nr + 1,
	};
	uint32_t at = hash(&line) & l->mask;

	if (line.nr > MAX_LINES)
		return 0;
	for (; l->table[at]; at = (at + 1) & l->mask)
		if (same(&l->lines[l->table[at]], &line))
			return l->table[at];
	l->lines[l->nr] = line;
	l->table[at] = l->nr;
	if (++l->nr == l->max)
		grow(l);
	return l->nr - 1;
}
