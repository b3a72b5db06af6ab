/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmatlas live share. */
#ifndef VMATLAS_CMD_LIVE_H
#define VMATLAS_CMD_LIVE_H

#include "cmd/cmd.h"
#include "oracle/live.h"

/**
 * struct live_args - what is asked for
 * @common: the options
 * @cases: of which cases; with @merge, files
 * @merge: put parts of a run together
 * @tap: as TAP
 * @summary: only what differs
 * @reach: all layouts of a kind (live-reach.c)
 * @only: of these the one with this key, NULL for all
 * @show: print the plan and both outcomes, too
 * @rules_table: in which of them the rule sets differ
 * @random: random programs (live-random.c)
 * @seed: of the random numbers
 * @calls: so many at least, 0 for no limit
 * @seconds: so long, 0 for no limit
 * @shard: only this part
 * @dir: where C programs go, NULL for none
 */
struct live_args {
	struct common common;
	struct words cases;
	bool merge;
	bool tap;
	bool summary;
	bool reach;
	const char *only;
	bool show;
	bool rules_table;
	bool random;
	uint64_t seed;
	uint64_t calls;
	unsigned long seconds;
	struct shard shard;
	const char *dir;
};

/**
 * struct live_kernel - the running kernel, and what the simulator takes it for
 * @release: live_release()
 * @rules: which the simulator follows
 * @exact: these are the kernel's
 */
struct live_kernel {
	const char *release;
	const struct rules *rules;
	bool exact;
};

/**
 * live_print_kernel - print which kernel this is
 * @k: the kernel
 * @prefix: before the line
 */
void live_print_kernel(const struct live_kernel *k, const char *prefix);

/**
 * live_status - the exit status where so much agrees and differs
 * @nr: how many, by verdict
 * @tap: as TAP, of which nothing but a skip is fine
 *
 * Where nothing could be tried, nothing is known to be fine.
 *
 * Return: the exit status.
 */
int live_status(const size_t nr[NR_VERDICTS], bool tap);

/**
 * live_reach - try layouts, and print what came of it
 * @a: how
 * @k: the kernel
 *
 * Return: the exit status.
 */
int live_reach(const struct live_args *a, const struct live_kernel *k);

/**
 * live_reach_rules - print in which layouts the rule sets differ
 * @json: for machines
 *
 * Return: the exit status.
 */
int live_reach_rules(bool json);

/**
 * live_random - run random programs, and print what came of it
 * @a: how
 * @k: the kernel
 *
 * Return: the exit status.
 */
int live_random(const struct live_args *a, const struct live_kernel *k);

#endif /* VMATLAS_CMD_LIVE_H */
