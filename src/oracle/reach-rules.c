// SPDX-License-Identifier: GPL-2.0-only
/* Where rule sets differ in what user space sees. */
#include <string.h>

#include "oracle/reach.h"

static struct reach_change *change_like(struct reach_changes *all,
					const struct rules *rules,
					const struct reach_config *c,
					enum reach_how how)
{
	struct reach_change *ch;

	for (size_t i = 0; i < all->nr; i++) {
		ch = &all->change[i];
		if (ch->rules == rules && ch->try == c->at[REACH_TRY] &&
		    ch->memory == c->at[REACH_MEMORY] && ch->how == how)
			return ch;
	}
	if (all->nr == REACH_CHANGES)
		return NULL;
	ch = &all->change[all->nr++];
	*ch = (struct reach_change){ .rules = rules,
				     .try = c->at[REACH_TRY],
				     .memory = c->at[REACH_MEMORY],
				     .how = how,
				     .example = *c };
	return ch;
}

static enum reach_how how_differ(const struct reach_seen *older,
				 const struct reach_seen *newer)
{
	if (older->before != newer->before)
		return HOW_SETUP;
	return newer->nr < older->nr ? HOW_MORE : HOW_LESS;
}

static void compare_two(const struct reach_space *space,
			const struct rules *older, const struct rules *newer,
			struct sim *sim, struct reach_changes *all)
{
	for (size_t i = 0; i < space->nr; i++) {
		const struct reach_config *c = &space->config[i];
		struct reach_change *ch;
		struct reach_seen a, b;

		reach_simulate(c, older, sim, &a);
		reach_simulate(c, newer, sim, &b);
		if (reach_same(&a, &b))
			continue;
		ch = change_like(all, newer, c, how_differ(&a, &b));
		if (ch)
			ch->nr++;
	}
}

/* What a set came after: a stable series' own is followed by no other series. */
static const struct rules *before(const struct rules *rules)
{
	const struct rules *r = rules;

	do
		r--;
	while (r->only_series && r->number != rules->number);
	return r;
}

void reach_compare_rules(const struct reach_space *space,
			 struct reach_changes *all)
{
	struct sim *sim = reach_sim();

	memset(all, 0, sizeof(*all));
	for_each_rules(r)
		if (r > rule_sets)
			compare_two(space, before(r), r, sim, all);
	sim_free(sim);
}
