// SPDX-License-Identifier: GPL-2.0-only
/* What was otherwise in earlier kernels. */
#include <string.h>

#include "catalog/load.h"

/*
 * Each set of rules but the oldest, before which nothing is known, and those of
 * one stable series.
 */
const char *version_word(const void *ctx, size_t i)
{
	for_each_rules(r)
		if (r > rule_sets && !r->only_series && !i--)
			return r->version;
	return NULL;
}

/* A version in between would be taken for the set of rules that it follows. */
bool load_before_version(struct loader *l, const struct node *n, void *to)
{
	const char *version;

	if (!load_line(l, n, to))
		return false;
	for (size_t i = 0; (version = version_word(NULL, i)); i++)
		if (!strcmp(version, n->text))
			return true;
	return error_at(
		l, n->pos, "%s %s, expected one of: %s",
		rules_for(n->text) ? "nothing changed in" : "unknown version",
		error_quote(l, n->text), error_list(l, version_word, NULL));
}

enum earlier_has {
	EARLIER_BEFORE = 1 << 0,
	EARLIER_WHY = 1 << 1,
	EARLIER_STEPS = 1 << 2,
	EARLIER_LOCKS = 1 << 3,
};

#define EARLIER(field) offsetof(struct cat_earlier, field)

static const struct key earlier_key[] = {
	{ "before", EARLIER_BEFORE, true, EARLIER(before), load_before_version,
	  "The first version, in quotes, for which the case's own statements hold." },
	{ "why", EARLIER_WHY, true, EARLIER(why), load_prose,
	  "What changed, a sentence." },
	{ "steps", EARLIER_STEPS, false, EARLIER(steps), load_steps,
	  "The steps before that, if they differ." },
	{ "locks", EARLIER_LOCKS, false, EARLIER(locks), load_locks,
	  "The locks before that, if they differ." },
};

const struct keys earlier_keys = KEYS("an entry of 'earlier'", earlier_key);

/* Something must have been otherwise; no steps at all would be none stated. */
static bool check_differs(struct loader *l, const struct node *n,
			  const struct found *found,
			  const struct cat_earlier *e)
{
	if (!((found->good | found->bad) & (EARLIER_STEPS | EARLIER_LOCKS)))
		return error_at(
			l, n->pos,
			"nothing that differs, expected steps or locks");
	if (found->good & EARLIER_STEPS && !e->steps.nr)
		return error_at(l, e->steps.pos,
				"no step, expected at least one");
	return true;
}

static bool load_entry(struct loader *l, const struct node *n,
		       struct cat_earlier *e)
{
	struct found found;
	bool ok = load_keys(l, n, &earlier_keys, e, &found);

	if (n->kind == NODE_MAPPING && !found.nr_unknown)
		ok &= check_differs(l, n, &found, e);
	e->pos = n->pos;
	e->says_locks = found.good & EARLIER_LOCKS;
	return ok;
}

/* The entries count backwards in time from their versions, oldest first. */
static bool check_order(struct loader *l, const struct cat_case *c)
{
	for (size_t i = 1; i < c->nr_earlier; i++) {
		const struct cat_text *v = &c->earlier[i].before;
		const struct cat_text *last = &c->earlier[i - 1].before;

		if (rules_for(last->text) < rules_for(v->text))
			continue;
		return error_at(
			l, v->pos,
			"before %s is behind %s, expected the oldest first",
			error_quote(l, v->text), error_quote(l, last->text));
	}
	return true;
}

bool load_earliers(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of what was otherwise");
	c->earlier = arena_alloc(l->arena, n->nr, sizeof(*c->earlier));
	for_each_node(n, entry)
		ok &= load_entry(l, entry, &c->earlier[c->nr_earlier++]);
	return ok && check_order(l, c);
}
