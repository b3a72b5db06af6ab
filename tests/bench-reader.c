// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast the explorer is: all single operations, and then what it costs to
 * add operations and readers. Times are those of the processor, so that other
 * work on the machine does not count; but one, which has an aim.
 */
#include <stdlib.h>
#include <time.h>

#include "lib/jobs.h"
#include "reader/reader.h"

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(void)
{
	return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

/* ---- all cases, surroundings and readers ------------------------------- */

#define AIM_MS 50

static size_t explore_sides(const struct cat_case *c, const struct rules *rules,
			    const struct reader *reader)
{
	size_t states = 0;

	for (int side = 0; side < NR_SIDES * NR_SIDES; side++) {
		struct explore_opts opts = EXPLORE_OPTS_INIT;
		struct exploration *x;

		opts.reader = reader;
		opts.left = side / NR_SIDES;
		opts.right = side % NR_SIDES;
		x = explore(c, rules, &opts);
		states += x->states;
		exploration_free(x);
	}
	return states;
}

/* Those of the mail, or all. */
static void bench_singles(const struct catalog *cat, const struct rules *rules,
			  bool mail)
{
	double start = seconds();
	size_t states = 0, searches = 0;

	for_each_reader(r)
		for_each_family(cat, f)
			for_each_case(f, c) {
				if (mail && c->beyond_mail)
					continue;
				states += explore_sides(c, rules, r);
				searches += NR_SIDES * NR_SIDES;
			}
	printf("%s, %zu searches, one operation, one reader: %zu states, %.1f ms",
	       mail ? "the mail's cases" : "all cases", searches, states,
	       (seconds() - start) * 1e3);
	if (mail)
		printf(" (aim: %d ms)", AIM_MS);
	putchar('\n');
}

/* ---- the same on all processors ----------------------------------------- */

#define TRIES 9

struct whole {
	const struct catalog *cat;
	const struct rules *rules;
};

/* A reader each. */
static void explore_reader(void *data, size_t i)
{
	const struct whole *whole = data;

	for_each_family(whole->cat, f)
		for_each_case(f, c)
			if (!c->beyond_mail)
				explore_sides(c, whole->rules,
					      &reader_table[i]);
}

/* By the clock on the wall: the best of some tries, as others use it, too. */
static void bench_whole(const struct catalog *cat, const struct rules *rules)
{
	struct whole whole = { cat, rules };
	double best = 1e9;

	for (int i = 0; i < TRIES; i++) {
		double start = seconds_of(CLOCK_MONOTONIC), took;

		jobs_run(explore_reader, &whole, nr_readers, threads_default());
		took = seconds_of(CLOCK_MONOTONIC) - start;
		if (took < best)
			best = took;
	}
	printf("the mail's cases on %u processors, elapsed, best of %d: %.1f ms (aim: %d ms)\n",
	       threads_default(), TRIES, best * 1e3, AIM_MS);
}

/* ---- one case, more and more of it ------------------------------------- */

#define CASE "existing-merge-both"

static void print_search(const struct exploration *x, unsigned int ops,
			 double took)
{
	printf("%3u %7u %9zu %9zu %8.3f %10.0f %5.1f%s\n", ops, x->opts.readers,
	       x->states, x->edges, took, x->states / took,
	       (double)x->bytes / x->states,
	       x->end == EXPLORED ? "" : "  (not explored in full)");
}

/* The last of the sequences: operations at both ends of the case. */
static struct follow_up sequence(const struct cat_case *c,
				 const struct rules *rules, unsigned int ops)
{
	struct follow_up follow_up = { 0 };
	struct follow_up *follow_ups;
	size_t nr;

	if (ops == 1)
		return follow_up;
	follow_ups = explore_follow_ups(c, rules, SIDE_ADJACENT, SIDE_ADJACENT,
					ops, &nr);
	follow_up = follow_ups[nr - 1];
	free(follow_ups);
	return follow_up;
}

static void bench_search(const struct cat_case *c, const struct rules *rules,
			 unsigned int ops, unsigned int readers)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;
	struct exploration *x;
	double start;

	opts.reader = reader_find("upstream");
	opts.left = opts.right = SIDE_ADJACENT;
	opts.readers = readers;
	opts.then = sequence(c, rules, ops);
	opts.max_states = 50000000;
	start = seconds();
	x = explore(c, rules, &opts);
	print_search(x, ops, seconds() - start);
	exploration_free(x);
}

static void bench_growth(const struct catalog *cat, const struct rules *rules)
{
	const struct cat_case *c = catalog_case(cat, CASE);

	printf("\n" CASE ", upstream, adjacent VMAs on both sides\n"
	       "ops readers    states     edges  seconds   states/s "
	       "bytes a state\n");
	for (unsigned int nr = 1; nr <= 2; nr++)
		for (unsigned int ops = 1; ops <= 4 - (nr > 1); ops++)
			bench_search(c, rules, ops, nr);
}

int main(int argc, char **argv)
{
	struct catalog *cat =
		catalog_load_dir(argc > 1 ? argv[1] : "catalog", stderr);
	const struct rules *rules = rules_for("latest");

	if (!cat)
		return 2;
	bench_singles(cat, rules, true);
	bench_singles(cat, rules, false);
	bench_whole(cat, rules);
	bench_growth(cat, rules);
	catalog_free(cat);
	return 0;
}
