// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas explore: every interleaving of an operation with a reader.
 *
 * That a reader can see a gap is a result, not a fault, so the exit status is 0
 * then as well. It is 1 if a reader can fail to finish, or the writer keeps a
 * lock; 2 for a call that makes no sense or a search that was not completed.
 */
#include <string.h>

#include "cmd/explore.h"
#include "cmd/words.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

#define DEFAULT_MAX_STATES 20000000

/* In the order of enum side and enum way. */
#define SIDES "none|hole|adjacent|all"
#define WAYS "sample|end|slot|reuse|hole"

/* ---- what is asked for ------------------------------------------------- */

static const char *parse_reader(void *args, char *arg)
{
	struct explore_args *a = args;

	a->reader = strcmp(arg, "all") ? reader_find(arg) : NULL;
	if (!a->reader && strcmp(arg, "all"))
		return xasprintf(
			"unknown reader '%s', %s 'all' or one that 'vmatlas explore --help' lists",
			arg, reader_nearest(arg));
	return NULL;
}

static const char *parse_then(void *args, char *arg)
{
	struct explore_args *a = args;

	if (a->nr_then == MAX_FOLLOW_UP)
		return xasprintf(
			"--then is given too often, expected it %d times at most",
			MAX_FOLLOW_UP);
	a->then[a->nr_then++] = arg;
	return NULL;
}

static const char *check_args(const void *args)
{
	const struct explore_args *a = args;

	if (a->way && !a->trace)
		return "--way is of an interleaving, expected it with --trace";
	if (a->trace && !a->common.json && a->cases.nr != 1)
		return "--trace is of one case, expected its identifier";
	if (a->trace && !a->common.json && !a->reader)
		return "--trace is of one reader, expected its name";
	return NULL;
}

#define AT(member) FIELD(struct explore_args, member)

static const struct setting settings[] = {
	{ "reader", "READER|all", "who reads, see below (default: upstream)",
	  .by = parse_reader },
	{ "left", SIDES, "what lies below the case (default: all)", SET_WORD,
	  AT(left), .what = "side" },
	{ "right", SIDES, "what lies above it (default: all)", SET_WORD,
	  AT(right), .what = "side" },
	{ "ops", "N",
	  "sequences of N operations that begin with the case's, one of each kind that can follow, 1 to 4",
	  SET_NUMBER, AT(ops), 1, MAX_FOLLOW_UP },
	{ "then", "OP",
	  "of the sequences, only the first that goes on like this, as JSON has it under \"then\"; once for each operation that follows",
	  .by = parse_then },
	{ "readers", "N", "how many read at once, 1 or 2", SET_NUMBER,
	  AT(readers), 1, 2 },
	{ "max-states", "N",
	  "give up a search after N states (default: 20000000)", SET_NUMBER,
	  AT(max_states), 1, UINT32_MAX / 4 },
	{ "shard", "I/N",
	  "of N parts, only the I-th, from 1: machines share the work",
	  SET_SHARD, AT(shard) },
	{ "merge", NULL,
	  "print the whole of FILE..., which are the JSON of all parts",
	  SET_FLAG, AT(merge) },
	{ "jobs", "N", "searches side by side (default: one a processor)",
	  SET_NUMBER, AT(jobs), 1, THREADS_MAX },
	{ "ascii", NULL,
	  "draw --trace in ASCII, as where no terminal with UTF-8 reads it",
	  SET_FLAG, AT(ascii) },
	{ "trace", NULL,
	  "print an interleaving: the shortest to a gap, or else to the worst that can be seen; with a VMA above the case if that has one and --right does not say otherwise",
	  SET_FLAG, AT(trace) },
	{ "way", WAYS, "with --trace, the shortest that loses pages like this",
	  SET_WORD, AT(way), WAY_NONE + 1 },
	{ 0 },
};

/* The readers, listed from the table. */
static void list_readers(FILE *out)
{
	fputs("Readers:\n", out);
	for_each_reader(r) {
		fprintf(out, "  %-15s", r->name);
		wrap_printf(out, 17, "%s", r->what);
	}
}

const struct usage explore_usage = {
	.settings = settings,
	.args_doc = "[CASE...]\n--merge FILE...",
	.doc = "Try every interleaving of the operation of CASE..., or of each case there is, with a reader of /proc/PID/maps, and say whether the kernel's two promises hold: no address is in two lines, and nothing that stays mapped is left out. Then a row a case: in how many surroundings a page that is mapped all the time can be missed (gap), after how many steps at the least (in), in how many a page can be in two lines (over), which VMAs are twice, whether the reader can have to look again, walk again or fall back (rwf), how many different reads there are, and how the claim of the mail does.\v",
	.words = offsetof(struct explore_args, cases),
	.check = check_args,
	.list = list_readers,
};

/* ---- operations that follow ----------------------------------------------- */

/* Whether --then asks for this sequence, or is not there. */
static bool follow_up_is(const struct follow_up *follow_up,
			 const struct explore_args *a)
{
	if (a->nr_then && a->nr_then != follow_up->nr)
		return false;
	for (size_t i = 0; i < a->nr_then; i++) {
		char *op __free(free) =
			PRINTED(out, op_print(out, &follow_up->ops[i]));

		if (strcmp(op, a->then[i]))
			return false;
	}
	return true;
}

/* ---- searches: one a case, reader, surrounding and sequence ------------ */

static bool show_progress(void *data, size_t states)
{
	const struct search_job *s = data;

	progress("%s: %zu states", s->c->id, states);
	return !interrupted();
}

static void add_sequences(struct searches *all, struct search_job s)
{
	const struct explore_args *a = all->a;
	struct follow_up *follow_ups;
	size_t nr;

	if (a->ops == 1) {
		if (!a->nr_then)
			*xappend(all->v, all->nr) = s;
		return;
	}
	follow_ups = explore_follow_ups(s.c, a->common.rules, s.left, s.right,
					a->ops, &nr);
	for (size_t i = 0; i < nr; i++) {
		if (!follow_up_is(&follow_ups[i], a))
			continue;
		s.then = follow_ups[i];
		*xappend(all->v, all->nr) = s;
		if (a->nr_then)
			break;
	}
	free(follow_ups);
}

static void add_sides(struct searches *all, struct search_job s)
{
	const struct explore_args *a = all->a;

	for (int left = 0; left < NR_SIDES; left++)
		for (int right = 0; right < NR_SIDES; right++) {
			if ((a->left != NR_SIDES && a->left != left) ||
			    (a->right != NR_SIDES && a->right != right))
				continue;
			s.left = left;
			s.right = right;
			add_sequences(all, s);
		}
}

struct exploration *explore_run(const struct explore_args *a,
				const struct search_job *s)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	opts.reader = s->reader;
	opts.left = s->left;
	opts.right = s->right;
	opts.readers = a->readers;
	opts.then = s->then;
	opts.max_states = a->max_states;
	opts.progress = show_progress;
	opts.data = (void *)s;
	return explore(s->c, a->common.rules, &opts);
}

static void run_one(void *data, size_t i)
{
	struct searches *all = data;
	struct search_job *s = &all->v[i];

	if (interrupted()) {
		s->end = EXPLORE_INTERRUPTED;
		s->found.limit = true;
		return;
	}

	struct exploration *x __free(exploration) = explore_run(all->a, s);

	findings_add(&s->found, x);
	s->end = x->end;
	/* Many short searches take long, too. */
	progress("%zu of %zu searches", i, all->nr);
	if (all->a->common.json && x->end == EXPLORED)
		s->json = explore_json(s, x, all->a->trace);
}

static void run_searches(struct searches *all)
{
	interrupt_catch();
	jobs_run(run_one, all, all->nr, all->a->jobs);
	progress_end();
	interrupt_release();
}

/* ---- the command ------------------------------------------------------- */

#define MAX_ERRORS 10

/* The first few of @nr errors. @what: NULL if it is none */
static void print_error(const struct search_job *s, const char *what,
			size_t *nr)
{
	if (what && (*nr)++ < MAX_ERRORS)
		fprintf(stderr, "vmatlas: %s, %s, left %s, right %s: %s\n",
			s->c->id, s->reader->name, side_names[s->left],
			side_names[s->right], what);
}

static const char *const not_explored[] = {
	[EXPLORED] = NULL,
	[EXPLORE_LIMIT] =
		"not explored in full: the limit of states was reached, see --max-states",
	[EXPLORE_INTERRUPTED] = "not explored in full: interrupted",
	[EXPLORE_UNUSABLE] = "not explored",
};

/* Says what is wrong with a search; returns the exit status it calls for. */
static int status_of_one(const struct search_job *s, size_t *errors)
{
	print_error(s, s->found.stuck, errors);
	print_error(s, s->found.broken, errors);
	print_error(s, not_explored[s->end], errors);
	if (not_explored[s->end])
		return EXIT_UNUSABLE;
	return s->found.stuck || s->found.broken ? EXIT_WRONG : EXIT_FINE;
}

static int status_of(const struct searches *all)
{
	size_t errors = 0;
	int status = EXIT_FINE;

	for (size_t i = 0; i < all->nr; i++)
		status = exit_worse(status, status_of_one(&all->v[i], &errors));
	if (errors > MAX_ERRORS)
		fprintf(stderr, "vmatlas: and %zu more of the kind\n",
			errors - MAX_ERRORS);
	return status;
}

/* A shard is searches that follow each other, so that all are in order. */
static void take_shard(struct searches *all, const struct shard *shard)
{
	size_t from, to;

	if (!shard->of)
		return;
	from = all->nr * shard->index / shard->of;
	to = all->nr * (shard->index + 1) / shard->of;
	memmove(all->v, all->v + from, (to - from) * sizeof(*all->v));
	all->nr = to - from;
}

static int explore_all(const struct explore_args *a, const struct catalog *cat)
{
	struct searches all = { .a = a };
	int status;

	for_each_case_of_all(cat, c)
		for_each_reader(r)
			if (words_ask_for(&a->cases, c) &&
			    (!a->reader || a->reader == r))
				add_sides(&all, (struct search_job){
							.c = c, .reader = r });
	if (!all.nr)
		return unusable(
			"vmatlas: no sequence goes on like that, expected what --ops N --format json has under \"then\"\n");
	take_shard(&all, &a->shard);
	if (a->trace && !a->common.json) {
		explore_print_trace(&all);
	} else {
		run_searches(&all);
		if (a->common.json)
			explore_print_json(&all);
		else
			explore_print_text(&all);
	}
	fflush(stdout);
	status = status_of(&all);
	free(all.v);
	return status;
}

int cmd_explore(int argc, char **argv)
{
	struct explore_args a = {
		.common = COMMON_INIT,
		.left = NR_SIDES,
		.right = NR_SIDES,
		.ops = 1,
		.readers = 1,
		.max_states = DEFAULT_MAX_STATES,
		.jobs = threads_default(),
	};

	a.reader = reader_find("upstream");
	parse_args(&explore_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	if (a.merge)
		return common_merge(&a.cases, "searches");
	return words_are_cases(&a.cases, cat) ? explore_all(&a, cat)
					      : EXIT_UNUSABLE;
}
