// SPDX-License-Identifier: GPL-2.0-only
/* Mappings: what keys there are, and which of them a file has. */
#include <string.h>

#include "catalog/load.h"

/* ---- errors ------------------------------------------------------- */

/* What a node is, for people: by the key that it belongs to. */
const char *node_subject(struct loader *l, const struct node *n)
{
	if (n->key)
		return error_quote(l, n->key->text);
	if (!n->sequence)
		return "the file";
	if (!n->sequence->key)
		return "an entry";
	return arena_printf(l->scratch, "an entry of %s",
			    error_quote(l, n->sequence->key->text));
}

const char *node_kind_text(struct loader *l, const struct node *n)
{
	switch (n->kind) {
	case NODE_SEQUENCE:
		return "a sequence";
	case NODE_MAPPING:
		return "a mapping";
	case NODE_SCALAR:
		break;
	}
	return *n->text ? error_quote(l, n->text) : "empty";
}

/* Always returns false. */
bool error_expected(struct loader *l, const struct node *n,
		    const char *expected)
{
	return error_at(l, n->pos, "%s is %s, expected %s", node_subject(l, n),
			node_kind_text(l, n), expected);
}

/* ---- mappings --------------------------------------------------------- */

const struct node *node_value(const struct node *n, const char *key)
{
	if (n->kind == NODE_MAPPING)
		for_each_node(n, value)
			if (!strcmp(value->key->text, key))
				return value;
	return NULL;
}

static const char *key_name(const void *ctx, size_t i)
{
	const struct keys *keys = ctx;

	return i < keys->nr ? keys->key[i].name : NULL;
}

static const struct key *key_find(const struct keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->nr; i++)
		if (!strcmp(keys->key[i].name, name))
			return &keys->key[i];
	return NULL;
}

static void load_value(struct loader *l, const struct node *n,
		       const struct keys *keys, void *to, struct found *found)
{
	const struct key *key = key_find(keys, n->key->text);

	if (!key) {
		error_at(l, n->key->pos, "unknown key %s, expected one of: %s",
			 error_quote(l, n->key->text),
			 error_list(l, key_name, keys));
		found->nr_unknown++;
	} else if (key->load(l, n, (char *)to + key->offset)) {
		found->good |= key->bit;
	} else {
		found->bad |= key->bit;
	}
}

static bool is_missing(const struct key *key, const struct found *found)
{
	return key->required && !((found->good | found->bad) & key->bit);
}

/*
 * If there are as many unknown keys as missing ones, then these are those,
 * misspelt, and are reported already.
 */
static void require_keys(struct loader *l, const struct node *n,
			 const struct keys *keys, struct found *found)
{
	size_t nr_missing = 0;

	for (size_t i = 0; i < keys->nr; i++)
		nr_missing += is_missing(&keys->key[i], found);
	for (size_t i = 0; i < keys->nr; i++) {
		if (!is_missing(&keys->key[i], found))
			continue;
		found->bad |= keys->key[i].bit;
		if (found->nr_unknown < nr_missing)
			error_at(l, n->pos,
				 "missing key '%s', expected it in %s",
				 keys->key[i].name, keys->of);
	}
}

/* Returns false if not every key is good. */
bool load_keys(struct loader *l, const struct node *n, const struct keys *keys,
	       void *to, struct found *found)
{
	*found = (struct found){ 0 };
	if (n->kind != NODE_MAPPING)
		return error_expected(l, n, "a mapping");
	for_each_node(n, value)
		load_value(l, value, keys, to, found);
	require_keys(l, n, keys, found);
	return !found->bad && !found->nr_unknown;
}
