// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator beside Linux's own code: the same configurations, carried out
 * over and over by each on one core in the same run; then the whole space on
 * one core and on all. Needs the kernel's source, and says so without.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oracle/oracle.h"

#define KSRC "/usr/src/linux-source-6.12.tar.xz"

/*
 * Each is asked in turn, ROUNDS times, and its best round counts: what another
 * program does to one of them in the meantime says nothing of either.
 */
#define ROUNDS 8
#define REPEAT 500

/* One in so many configurations is timed. */
#define STRIDE 397

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- side by side -------------------------------------------------------------- */

struct race {
	const struct rules *rules;
	struct witness *w;
	struct mm *mm;
	double model; /* nanoseconds, of all configurations of the family */
	double linux_ns;
	uint64_t nr;
	uint64_t seen;
	enum space_family family;
};

/* Nanoseconds each time, as what is asked of the witness. */
static double time_model(const struct race *r, const struct fixture *fixture)
{
	double start = now();

	for (int i = 0; i < REPEAT; i++)
		fixture_run(r->mm, r->rules, fixture);
	return (now() - start) * 1e9 / REPEAT;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static bool time_both(const struct visit *v, void *ctx)
{
	static struct proto_reply reply;
	struct proto_request asked;
	double model = HUGE_VAL, linux_ns = HUGE_VAL;
	struct race *r = ctx;
	uint64_t ns;

	if (v->c->family != r->family || r->seen++ % STRIDE)
		return true;
	request_of(&asked, v->fixture);
	for (int i = 0; i < ROUNDS; i++) {
		if (!witness_ask(r->w, &asked, &reply, 1, REPEAT, &ns))
			return false;
		linux_ns = least(linux_ns, (double)ns / REPEAT);
		model = least(model, time_model(r, v->fixture));
	}
	r->linux_ns += linux_ns;
	r->model += model;
	r->nr++;
	return true;
}

static void side_by_side(struct witness *w, const struct rules *rules)
{
	puts("one configuration, built, carried out and dropped, on one core:");
	for (int f = 0; f < NR_SPACES; f++) {
		struct race r = {
			.rules = rules,
			.w = w,
			.mm = mm_new(rules),
			.family = (enum space_family)f,
		};

		space_walk(sweeps, rules, 0, 1, time_both, &r);
		mm_free(r.mm);
		if (r.nr)
			printf("  %-9s %6.0f ns simulator  %6.0f ns mm/vma.c  "
			       "%5.1f times as much\n",
			       space_family_names[r.family],
			       r.model / (double)r.nr,
			       r.linux_ns / (double)r.nr, r.linux_ns / r.model);
	}
}

/* ---- the whole space ---------------------------------------------------------------- */

struct shard {
	const struct sweep *sweep;
	const struct rules *rules;
	const struct conditions *cond;
	unsigned int shard;
	unsigned int nr_shards;
	uint64_t nr;
} __attribute__((aligned(64))); /* threads do not share a line */

static bool classify(const struct visit *v, void *ctx)
{
	struct shard *s = ctx;
	struct classification class;

	conditions_classify(s->cond, v->c, s->rules, v->out, &class);
	s->nr++;
	return true;
}

static void *walk(void *ctx)
{
	struct shard *s = ctx;

	space_walk(s->sweep, s->rules, s->shard, s->nr_shards, classify, s);
	return NULL;
}

static double time_walk_once(const struct shard *like, unsigned int jobs,
			     uint64_t *nr)
{
	struct shard s[64];
	pthread_t threads[64];
	double start = now();

	*nr = 0;
	for (unsigned int i = 0; i < jobs; i++) {
		s[i] = *like;
		s[i].shard = i;
		s[i].nr_shards = jobs;
		if (pthread_create(&threads[i], NULL, walk, &s[i]))
			exit(2);
	}
	for (unsigned int i = 0; i < jobs; i++) {
		pthread_join(threads[i], NULL);
		*nr += s[i].nr;
	}
	return now() - start;
}

/* The best round, as above. */
static double time_walk(const struct shard *like, unsigned int jobs,
			uint64_t *nr)
{
	double best = HUGE_VAL;

	for (int i = 0; i < ROUNDS; i++)
		best = least(best, time_walk_once(like, jobs, nr));
	return best;
}

static void whole_space(const struct rules *rules)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	unsigned int cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	struct conditions *cond;

	if (!cat)
		exit(2);
	cond = conditions_new(cat);
	puts("every configuration run and classified:");
	for (size_t i = 0; i < NR_SWEEPS; i++) {
		struct shard like = { &sweeps[i], rules, cond, 0, 1, 0 };
		uint64_t nr;
		double one = time_walk(&like, 1, &nr);
		double all = time_walk(&like, cpus < 64 ? cpus : 64, &nr);

		printf("  %-28s %9lu  %6.3f s on one core, %4.2f times as "
		       "fast on %u\n",
		       sweeps[i].name, nr, one, one / all, cpus);
	}
	conditions_free(cond);
	catalog_free(cat);
}

static void compare(const char *program, const struct rules *rules)
{
	unsigned int cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	struct compared who = { .rules = rules, .a = program };
	struct comparison *cmp = malloc(sizeof(*cmp));
	double start = now();
	uint64_t all = 0;

	if (!cmp)
		exit(2);
	compare_sweep(sweeps, &who, cpus, NULL, cmp);
	for (int f = 0; f < NR_SPACES; f++)
		all += cmp->nr[f];
	printf("  compared with mm/vma.c         %8lu  %6.3f s on %u cores\n",
	       all, now() - start, cpus);
	free(cmp);
}

int main(void)
{
	const struct rules *rules = rules_for("latest");
	struct witness *w = NULL;
	char *program = NULL;

	if (!access(KSRC, R_OK))
		program = witness_build("src/oracle/linux/build.sh", KSRC,
					"build/source", false);
	if (program)
		w = witness_start(program, stderr);
	if (w) {
		rules = rules_for(witness_kernel(w));
		side_by_side(w, rules);
	} else {
		puts("no " KSRC ": the simulator alone");
	}
	whole_space(rules);
	if (w)
		compare(program, rules);
	witness_stop(w);
	free(program);
	return 0;
}
