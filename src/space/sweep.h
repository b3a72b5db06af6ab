/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking through all configurations.
 */
#ifndef VMATLAS_SPACE_SWEEP_H
#define VMATLAS_SPACE_SWEEP_H

#include "space/fixture.h"

/**
 * struct sweep - how widely to walk
 * @name: for people
 * @what: what it adds, a line
 * @every_difference: an adjacent VMA differs in any set of attributes, not just
 *	in one
 * @every_change: any attribute changes, not just the flags
 * @bystanders: VMAs at an end that the range does not reach are there, too, and
 *	close hooks of those that never go
 * @without: places that are left out, a bit for each, by dimension: sweep_without()
 */
struct sweep {
	const char *name;
	const char *what;
	bool every_difference;
	bool every_change;
	bool bystanders;
	uint64_t without[NR_DIMS];
};

enum { NR_SWEEPS = 3 };

/*
 * The standard sweep, then the wider ones that show that it leaves out nothing
 * that matters.
 */
extern const struct sweep sweeps[NR_SWEEPS];

/**
 * sweep_without - leave out a dimension, or one place on it
 * @sweep: changed in place
 * @text: "prev_moved": all but its first place; "backed=private": this one
 *
 * Return: false if there is no such dimension, or no such place.
 */
bool sweep_without(struct sweep *sweep, const char *text);

/**
 * config_narrow - the configuration of the standard sweep that stands for one
 * @c: a configuration of a wider sweep; changed in place
 */
void config_narrow(struct config *c);

/**
 * struct visit - a configuration, run
 * @c: the configuration
 * @fixture: its fixture
 * @mm: the address space after it
 * @out: what the simulator did; valid until the visitor returns
 * @index: ascends from one configuration of the sweep to the next, whichever
 *	shard it is in; failing allocations are not counted
 */
struct visit {
	const struct config *c;
	const struct fixture *fixture;
	const struct mm *mm;
	const struct outcome *out;
	uint64_t index;
};

/* Returns false to stop the walk. */
typedef bool visit_fn(const struct visit *v, void *ctx);

/**
 * space_walk - run each configuration of a sweep on the simulator
 * @sweep: which
 * @rules: the rule set
 * @shard: visit only this part of them, counted from 0
 * @nr_shards: of so many
 * @visit: called for each: first without a failing allocation, then with each
 *	that can fail failing in turn
 * @ctx: for @visit
 *
 * Memory does not grow with the number of configurations.
 *
 * Return: false if @visit stopped it.
 */
bool space_walk(const struct sweep *sweep, const struct rules *rules,
		unsigned int shard, unsigned int nr_shards, visit_fn *visit,
		void *ctx);

#endif /* VMATLAS_SPACE_SWEEP_H */
