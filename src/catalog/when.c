// SPDX-License-Identifier: GPL-2.0-only
/* Conditions on configurations: the axes, their words, and what is stated. */
#include <string.h>

#include "catalog/load.h"

/* ---- the axes --------------------------------------------------------- */

#define MAX_VALUES 8 /* bits of an allowed[] */

static const struct axis {
	const char *name;
	const char *values[MAX_VALUES + 1];
} axes[NR_AXES] = {
#define X(id, name_, ...)                                                      \
	[AXIS_##id] = { .name = (name_), .values = { __VA_ARGS__ } },
	CAT_AXES(X)
#undef X
};

const char *cat_axis_name(enum cat_axis axis)
{
	return axes[axis].name;
}

const char *cat_axis_value(enum cat_axis axis, unsigned int value)
{
	return value < MAX_VALUES ? axes[axis].values[value] : NULL;
}

/* ---- words ------------------------------------------------------------ */

static const char *axis_name(const void *ctx, size_t i)
{
	return i < NR_AXES ? axes[i].name : NULL;
}

static const char *axis_word(const void *ctx, size_t i)
{
	const struct axis *axis = ctx;

	return axis->values[i];
}

/* Add the value that a word stands for. */
static bool load_word(struct loader *l, const struct node *n,
		      const struct axis *axis, uint8_t *allowed)
{
	struct cat_text t;
	uint8_t value = 0;

	if (!load_line(l, n, &t))
		return false;
	for (size_t i = 0; axis->values[i]; i++)
		if (!strcmp(axis->values[i], t.text))
			value = (uint8_t)(1U << i);
	if (!value)
		return error_at(l, n->pos,
				"unknown word %s of '%s', expected one of: %s",
				error_quote(l, t.text), axis->name,
				error_list(l, axis_word, axis));
	if (value & *allowed)
		return error_twice(l, n);
	*allowed |= value;
	return true;
}

static bool load_words(struct loader *l, const struct node *n,
		       const struct axis *axis, uint8_t *allowed)
{
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return load_word(l, n, axis, allowed);
	if (n->kind == NODE_MAPPING)
		return error_expected(l, n, "a word or a sequence of words");
	if (!n->nr)
		return error_at(l, n->pos,
				"no word of '%s', expected at least one",
				axis->name);
	for_each_node(n, entry)
		ok &= load_word(l, entry, axis, allowed);
	return ok;
}

static bool load_axis(struct loader *l, const struct node *n,
		      struct cat_when *when)
{
	for (size_t i = 0; i < NR_AXES; i++) {
		if (strcmp(axes[i].name, n->key->text))
			continue;
		when->allowed[i] = 0;
		return load_words(l, n, &axes[i], &when->allowed[i]);
	}
	return error_at(l, n->key->pos, "unknown axis %s, expected one of: %s",
			error_quote(l, n->key->text),
			error_list(l, axis_name, NULL));
}

/* ---- conditions ------------------------------------------------------- */

static bool load_when(struct loader *l, const struct node *n,
		      struct cat_when *when)
{
	bool ok = true;

	when->pos = n->pos;
	memset(when->allowed, 0xff, sizeof(when->allowed));
	if (n->kind != NODE_MAPPING)
		return error_expected(l, n, "a mapping of axes to words");
	if (!n->nr)
		return error_at(
			l, n->pos,
			"condition without an axis, expected one of: %s",
			error_list(l, axis_name, NULL));
	for_each_node(n, value)
		ok &= load_axis(l, value, when);
	return ok;
}

/* One condition, or a sequence of which one must hold. */
bool load_whens(struct loader *l, const struct node *n, void *to)
{
	struct cat_whens *whens = to;
	bool ok = true;

	whens->pos = n->pos;
	if (n->kind == NODE_SCALAR)
		return error_expected(
			l, n, "a condition or a sequence of conditions");
	if (n->kind == NODE_SEQUENCE && !n->nr)
		return error_at(l, n->pos,
				"no condition, expected at least one");
	whens->when = arena_alloc(l->arena, n->kind == NODE_MAPPING ? 1 : n->nr,
				  sizeof(*whens->when));
	if (n->kind == NODE_MAPPING)
		return load_when(l, n, &whens->when[whens->nr++]);
	for_each_node(n, entry)
		ok &= load_when(l, entry, &whens->when[whens->nr++]);
	return ok;
}

/* ---- what else can happen --------------------------------------------- */

#define OTHERWISE(field) offsetof(struct cat_otherwise, field)

static const struct key otherwise_key[] = {
	{ "id", 1 << 0, true, OTHERWISE(id), load_identifier,
	  "Identifier, unique in the family." },
	{ "says", 1 << 1, true, OTHERWISE(says), load_prose,
	  "The kernel's line of reasoning, in one to three sentences that name the function." },
	{ "error", 1 << 2, false, OTHERWISE(error), load_error,
	  "The error, if it is one. Absent: nothing merges." },
	{ "when", 1 << 3, true, OTHERWISE(when), load_whens,
	  "The condition on configurations, or several of which one must hold." },
};

const struct keys otherwise_keys =
	KEYS("an entry of 'otherwise'", otherwise_key);

static bool check_reason_once(struct loader *l, const struct cat_family *f,
			      const struct cat_otherwise *o)
{
	for (const struct cat_otherwise *e = f->otherwise; e < o; e++) {
		if (!e->id.text || strcmp(e->id.text, o->id.text))
			continue;
		return error_at(
			l, o->id.pos,
			"id %s is already in line %u, expected another one",
			error_quote(l, o->id.text), e->id.pos.line);
	}
	return true;
}

static bool load_otherwise(struct loader *l, const struct node *n,
			   const struct cat_family *f, struct cat_otherwise *o)
{
	struct found found;
	bool ok = load_keys(l, n, &otherwise_keys, o, &found);

	if (found.good & 1 << 0)
		return check_reason_once(l, f, o) && ok;
	o->id.text = NULL;
	return false;
}

bool load_otherwises(struct loader *l, const struct node *n, void *to)
{
	struct cat_family *f = to;
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of reasons");
	f->otherwise = arena_alloc(l->arena, n->nr, sizeof(*f->otherwise));
	for_each_node(n, entry)
		ok &= load_otherwise(l, entry, f,
				     &f->otherwise[f->nr_otherwise++]);
	return ok;
}
