// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a second: of a file by itself, and in a race, with and without what
 * makes rare interleavings frequent. And what the predictions cost.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oracle/race.h"

#define CASE "existing-merge-left-partial"
#define SECONDS 1.0

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const struct cat_case *find_case(const struct catalog *cat)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			if (!strcmp(c->id, CASE))
				return c;
	return NULL;
}

/* As a race does it, but that nothing is done with what is read. */
static void time_bare(void)
{
	char text[2048];
	int fd = open("/proc/self/maps", O_RDONLY);
	double start = now(), time = 0;
	unsigned long nr = 0;

	while (time < SECONDS) {
		if (pread(fd, text, sizeof(text), 0) <= 0)
			break;
		nr++;
		time = now() - start;
	}
	close(fd);
	printf("%-34s %9.0f reads/s\n", "a bare loop of read()", nr / time);
}

static void time_race(const struct race_plan *plan, const char *what,
		      const struct race_settings *settings)
{
	const struct race_opts opts = {
		.settings = *settings,
		.seconds = SECONDS,
	};
	struct race_result res;

	race_run(plan, &opts, &res);
	free(res.seen);
	if (res.end != RACE_DONE) {
		printf("%-34s not here\n", what);
		return;
	}
	printf("%-34s %9.0f reads/s %9.0f operations/s\n", what,
	       res.reads * 1e9 / res.nanoseconds,
	       res.ops * 1e9 / res.nanoseconds);
}

static void time_predictions(const struct race_plan *plan,
			     const struct rules *rules)
{
	const struct reader *upstream = reader_find("upstream");
	double start = now();
	struct exploration *x = race_predict(plan, rules, upstream);

	printf("%-34s %9.1f ms, %zu states\n", "a prediction",
	       (now() - start) * 1e3, x->states);
	exploration_free(x);
}

int main(void)
{
	const struct race_settings none = { 0 };
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	const struct cat_case *c = cat ? find_case(cat) : NULL;
	struct race_plan plan;
	struct race_settings best;
	struct race_kernel kernel;

	race_kernel(&kernel);
	if (!c || race_plan(&plan, c, kernel.rules, SIDE_ADJACENT))
		return EXIT_FAILURE;
	printf("race: %s, Linux %s\n", CASE, kernel.release);
	time_bare();
	time_race(&plan, "in a race", &none);
	best = race_best(&kernel, RACE_CPUS_BEST);
	time_race(&plan, "in a race, with interrupts and all", &best);
	time_predictions(&plan, kernel.rules);
	catalog_free(cat);
	return EXIT_SUCCESS;
}
