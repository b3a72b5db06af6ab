// SPDX-License-Identifier: GPL-2.0-only
/* What readers can see of a case, in every surrounding, and in words. */
#include <stdlib.h>
#include <string.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "report/internal.h"
#include "report/reading.h"

/* Far more than any case needs; it is there so that no page takes for ever. */
#define MAX_STATES 1000000

/* ---- one surrounding --------------------------------------------------- */

static struct explore_opts opts_for(const struct reader *reader, enum side left,
				    enum side right)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	opts.reader = reader;
	opts.left = left;
	opts.right = right;
	opts.max_states = MAX_STATES;
	return opts;
}

struct exploration *report_explore(const struct report *r,
				   const struct reader *reader, enum side left,
				   enum side right)
{
	struct explore_opts opts = opts_for(reader, left, right);

	return explore(r->c, r->rules, &opts);
}

/* ---- all of them ------------------------------------------------------- */

static const char *why_not_explored(const struct findings *f)
{
	if (f->broken)
		return f->broken;
	if (f->stuck)
		return f->stuck;
	return f->limit ? "there are too many states" : NULL;
}

/* Returns the exploration that is most worth showing so far. */
static struct exploration *add(struct reading *g, struct exploration *x,
			       struct exploration *worst)
{
	findings_add(&g->found, x);
	g->gaps[x->opts.left][x->opts.right] = x->gap;
	if (worst && !observation_worse(exploration_worst(x),
					exploration_worst(worst))) {
		exploration_free(x);
		return worst;
	}
	g->left = x->opts.left;
	g->right = x->opts.right;
	exploration_free(worst);
	return x;
}

static void finish(struct reading *g, const struct report *r,
		   const struct reader *reader)
{
	g->reader = reader;
	g->not_explored = why_not_explored(&g->found);
	/* A search that gave up says nothing of what it did not see. */
	if (!g->not_explored || g->found.gap)
		g->judgement = judge_claim(r->c->claim, &g->found);
}

/* Some readers, one after the other: what the writer does is the same for all. */
static void explore_surroundings(struct report *r, struct reading *g,
				 const struct reader *first, size_t nr)
{
	struct exploration **worst = xcalloc(nr, sizeof(struct exploration *));

	for (int i = 0; i < NR_SIDES * NR_SIDES; i++) {
		struct explore_opts opts =
			opts_for(NULL, i / NR_SIDES, i % NR_SIDES);
		struct writer *writer = writer_new(r->c, r->rules, &opts);

		opts.writer = writer;
		opts.no_paths = true;
		for (size_t j = 0; j < nr; j++) {
			opts.reader = &first[j];
			worst[j] = add(&g[j], explore(r->c, r->rules, &opts),
				       worst[j]);
		}
		writer_free(writer);
	}
	for (size_t j = 0; j < nr; j++) {
		exploration_free(worst[j]);
		finish(&g[j], r, &first[j]);
	}
	free(worst);
}

const struct reading *report_reading(struct report *r,
				     const struct reader *reader)
{
	struct reading *g;

	if (!r->readings)
		r->readings =
			arena_alloc(r->arena, nr_readers, sizeof(*r->readings));
	g = &r->readings[reader - reader_table];
	if (!g->reader)
		explore_surroundings(r, g, reader, 1);
	return g;
}

/* ---- side by side ------------------------------------------------------ */

struct asked {
	struct report *const *reports;
	const struct reader *reader;
};

static void read_one(void *data, size_t i)
{
	const struct asked *a = data;
	struct report *r = a->reports[i];

	if (a->reader) {
		report_reading(r, a->reader);
	} else if (!r->readings) {
		r->readings =
			arena_alloc(r->arena, nr_readers, sizeof(*r->readings));
		explore_surroundings(r, r->readings, reader_table, nr_readers);
	} else {
		for_each_reader(reader)
			report_reading(r, reader);
	}
}

void report_read_all(struct report *const *reports, size_t nr,
		     const struct reader *reader)
{
	struct asked a = { .reports = reports, .reader = reader };

	jobs_run(read_one, &a, nr, threads_default());
}

/* ---- what it costs ----------------------------------------------------- */

static unsigned int most_walks(const struct report *r,
			       const struct reader *reader, bool no_writer)
{
	struct reader endless = *reader; /* its buffer is */
	struct explore_opts opts = EXPLORE_OPTS_INIT;
	struct exploration *x;
	unsigned int walks;

	endless.flags |= READ_NO_STOP;
	opts.reader = &endless;
	opts.left = SIDE_HOLE;
	opts.right = SIDE_ADJACENT;
	opts.no_writer = no_writer;
	opts.count_walks = true;
	opts.no_paths = true;
	opts.max_states = MAX_STATES;
	x = explore(r->c, r->rules, &opts);
	walks = x->end == EXPLORED ? x->walks_max : 0;
	exploration_free(x);
	return walks;
}

/* The most that an operation adds to what its read takes without it. */
static unsigned int walks_more(const struct report *r,
			       const struct reader *reader)
{
	unsigned int quiet = most_walks(r, reader, true);
	unsigned int busy = most_walks(r, reader, false);

	return busy > quiet ? busy - quiet : 0;
}

static const struct report *largest(struct report *const *reports, size_t nr)
{
	const struct report *r = reports[0];

	for (size_t i = 1; i < nr; i++)
		if (reports[i]->c->nr_before > r->c->nr_before)
			r = reports[i];
	return r;
}

struct costing {
	struct report *const *reports;
	size_t nr;
	struct read_cost *costs;
};

static void cost_one(void *data, size_t i)
{
	const struct costing *all = data;
	struct read_cost *cost = &all->costs[i];

	cost->of = largest(all->reports, all->nr);
	cost->quiet = most_walks(cost->of, cost->reader, true);
	for (size_t j = 0; j < all->nr; j++) {
		unsigned int more = walks_more(all->reports[j], cost->reader);

		if (more > cost->more)
			cost->more = more;
	}
}

/* Those who have no gap but by what they cost, and upstream beside them. */
static bool worth_the_cost(const struct reader *reader)
{
	return reader->part == PART_REPAIR ||
	       reader->part == PART_IN_SEQUENCES ||
	       (reader->part == PART_KERNEL && !reader->flags);
}

struct read_cost *report_read_costs(struct report *const *reports, size_t nr,
				    size_t *nr_costs)
{
	struct costing costing = { .reports = reports, .nr = nr };

	*nr_costs = 0;
	costing.costs = xcalloc(nr_readers, sizeof(*costing.costs));
	for_each_reader(r)
		if (nr && worth_the_cost(r))
			costing.costs[(*nr_costs)++].reader = r;
	jobs_run(cost_one, &costing, *nr_costs, threads_default());
	return costing.costs;
}

/* ---- in words ---------------------------------------------------------- */

/* Where a gap shows on some side, as bits of what lies there. */
static unsigned int left_sides(const struct reading *g)
{
	unsigned int sides = 0;

	for (int left = 0; left < NR_SIDES; left++)
		for (int right = 0; right < NR_SIDES; right++)
			if (g->gaps[left][right])
				sides |= 1U << left;
	return sides;
}

static unsigned int right_sides(const struct reading *g, int left)
{
	unsigned int sides = 0;

	for (int right = 0; right < NR_SIDES; right++)
		if (g->gaps[left][right])
			sides |= 1U << right;
	return sides;
}

static void print_sides(FILE *out, const char *where, unsigned int sides)
{
	const char *before = "";

	fprintf(out, "%s: ", where);
	if (sides == (1U << NR_SIDES) - 1) {
		fputs("any", out);
		return;
	}
	for (int side = 0; side < NR_SIDES; side++)
		if (sides & 1U << side)
			text_print_item(out, &before, side_names[side], " or ");
}

/* Sides below that go with the same sides above are printed together. */
void report_print_gaps(FILE *out, const struct reading *g)
{
	unsigned int left = left_sides(g);
	const char *between = "";

	while (left) {
		unsigned int right = right_sides(g, __builtin_ctz(left));
		unsigned int alike = 0;

		for (int side = 0; side < NR_SIDES; side++)
			if (left & 1U << side && right_sides(g, side) == right)
				alike |= 1U << side;
		fputs(between, out);
		print_sides(out, "below", alike);
		print_sides(out, "; above", right);
		left &= ~alike;
		between = ", and ";
	}
}

/* Names, and then those of VMAs whose pages come again in another VMA. */
void report_print_twice(FILE *out, const struct reading *g)
{
	const struct findings *f = &g->found;
	const char *before = f->nr_twice ? "; pages of " : "pages of ";

	text_print_list(out, f->twice, f->nr_twice, ", ");
	for (size_t i = 0; i < f->nr_again; i++)
		if (!text_listed(f->twice, f->nr_twice, f->again[i]))
			text_print_item(out, &before, f->again[i], ", ");
	if (!f->nr_twice && !f->nr_again)
		fputs("none", out);
}

void report_print_claim(FILE *out, const struct cat_claim *claim)
{
	for (size_t i = 0; i < claim->twice.nr; i++)
		fprintf(out, "%s%s", i ? ", " : "", claim->twice.text[i].text);
	fprintf(out, "%s%s", claim->twice.nr ? " twice, " : "",
		claim->gap ? "a gap" : "no gap");
	if (claim->retry != RETRY_UNSTATED)
		fputs(claim->retry == RETRY_YES ? ", looks again"
						: ", never looks again",
		      out);
}

void report_print_weaker(FILE *out, const struct judgement *j, bool in_full)
{
	if (j->nr_missing) {
		fputs("; also twice: ", out);
		text_print_list(out, j->missing, j->nr_missing, ", ");
	}
	if (j->nr_idle && in_full) {
		fputs("; never twice: ", out);
		text_print_list(out, j->idle, j->nr_idle, ", ");
	}
	if (j->retry == VERDICT_WEAKER && in_full)
		fputs("; never looks again", out);
}

void report_print_verdict(FILE *out, const struct reading *g)
{
	const struct judgement *j = &g->judgement;

	switch (j->all) {
	case VERDICT_NONE:
		fputs("nothing is claimed", out);
		return;
	case VERDICT_HOLDS:
		fputs("holds", out);
		return;
	case VERDICT_WEAKER:
		fputs("holds, but is weaker than what is true", out);
		break;
	case VERDICT_REFUTED:
		fputs("refuted", out);
		break;
	}
	report_print_weaker(out, j, true);
}
