// SPDX-License-Identifier: GPL-2.0-only
/* Names of files, policies, anon_vmas, ...: equal texts are one identity. */
#include <string.h>

#include "catalog/internal.h"
#include "lib/hash.h"

#define NR_BUCKETS 1024
#define NR_BLOCK 256

struct string_entry {
	struct string_entry *next;
	uint32_t identity;
	const char *text;
};

/* Texts by identity, in blocks, for an arena cannot give back. */
struct block {
	struct block *older;
	uint32_t first;
	const char *texts[NR_BLOCK];
};

struct cat_strings {
	struct arena *arena;
	struct string_entry *buckets[NR_BUCKETS];
	struct block *newest;
	uint32_t last;
};

struct cat_strings *strings_new(struct arena *a)
{
	struct cat_strings *strings = arena_alloc(a, 1, sizeof(*strings));

	strings->arena = a;
	return strings;
}

static struct string_entry **bucket_of(struct cat_strings *strings,
				       const char *text)
{
	uint32_t hash = hash_bytes(text, strlen(text));

	return &strings->buckets[hash % NR_BUCKETS];
}

static void remember(struct cat_strings *strings, const struct string_entry *e)
{
	struct block *b = strings->newest;

	if (!b || e->identity - b->first >= NR_BLOCK) {
		b = arena_alloc(strings->arena, 1, sizeof(*b));
		b->older = strings->newest;
		b->first = e->identity;
		strings->newest = b;
	}
	b->texts[e->identity - b->first] = e->text;
}

uint32_t strings_intern(struct cat_strings *strings, const char *text)
{
	struct string_entry **bucket = bucket_of(strings, text);
	struct string_entry *e;

	for (e = *bucket; e; e = e->next)
		if (!strcmp(e->text, text))
			return e->identity;

	e = arena_alloc(strings->arena, 1, sizeof(*e));
	e->identity = ++strings->last;
	e->text = arena_text(strings->arena, text, strlen(text));
	e->next = *bucket;
	*bucket = e;
	remember(strings, e);
	return e->identity;
}

const char *catalog_string(const struct catalog *cat, uint32_t identity)
{
	const struct block *b = cat->strings->newest;

	if (!identity || identity > cat->strings->last)
		return NULL;
	while (identity < b->first)
		b = b->older;
	return b->texts[identity - b->first];
}
