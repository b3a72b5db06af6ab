/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmatlas live share. */
#ifndef VMATLAS_CMD_LIVE_H
#define VMATLAS_CMD_LIVE_H

#include "cmd/cmd.h"

/**
 * struct live_random - random programs (live-random.c)
 * @release: of the kernel
 * @rules: which the simulator follows
 * @exact: these are the kernel's
 * @seed: of the random numbers
 * @calls: so many at least, 0 for no limit
 * @seconds: so long, 0 for no limit
 * @shard: only this part
 * @dir: where C programs go, NULL for none
 * @json: for machines
 * @tap: as TAP
 */
struct live_random {
	const char *release;
	const struct rules *rules;
	bool exact;
	uint64_t seed;
	uint64_t calls;
	double seconds;
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
