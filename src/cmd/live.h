/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmatlas live share. */
#ifndef VMATLAS_CMD_LIVE_H
#define VMATLAS_CMD_LIVE_H

#include "cmd/cmd.h"
#include "oracle/live.h"

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
 * struct live_reach - all layouts of a kind (live-reach.c)
 * @only: a key, NULL for all
 * @show: print the plan and both outcomes
 * @json: for machines
 * @tap: as TAP
 */
struct live_reach {
	const char *only;
	bool show;
	bool json;
	bool tap;
};

/**
 * live_reach - try layouts, and print what came of it
 * @a: how
 * @k: the kernel
 *
 * Return: the exit status.
 */
int live_reach(const struct live_reach *a, const struct live_kernel *k);

/**
 * live_reach_rules - print in which layouts the rule sets differ
 * @json: for machines
 *
 * Return: the exit status.
 */
int live_reach_rules(bool json);

/**
 * struct live_random - random programs (live-random.c)
 * @kernel: on which
 * @seed: of the random numbers
 * @calls: so many at least, 0 for no limit
 * @seconds: so long, 0 for no limit
 * @shard: only this part
 * @dir: where C programs go, NULL for none
 * @json: for machines
 * @tap: as TAP
 */
struct live_random {
	struct live_kernel kernel;
	uint64_t seed;
	uint64_t calls;
	unsigned long seconds;
	struct shard shard;
	const char *dir;
	bool json;
	bool tap;
};

/**
 * live_random - run random programs, and print what came of it
 * @a: how
 *
 * Return: the exit status.
 */
int live_random(const struct live_random *a);

#endif /* VMATLAS_CMD_LIVE_H */
