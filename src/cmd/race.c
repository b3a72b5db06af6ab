// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas race: what the explorer says can be read, against what is read.
 *
 * What was predicted and not seen is no fault: it may be rare. What was seen and
 * not predicted is one, of the model or of the kernel, and the exit status is 1.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "oracle/race.h"

#define DEFAULT_SECONDS 30
#define MAX_SECONDS 86400

enum {
	OPT_SECONDS = 0x500,
	OPT_READER,
	OPT_WRITER,
	OPT_PAUSE,
	OPT_WITHIN,
	OPT_WATCHERS,
	OPT_NO_FIFO,
	OPT_SUMMARY,
};

static const struct argp_option options[] = {
	{ "seconds", OPT_SECONDS, "N", 0,
	  "how long it takes in all (default: 30)", 0 },
	{ "reader", OPT_READER, "NAME|all", 0,
	  "who reads, see below (default: all)", 0 },
	{ "writer", OPT_WRITER, "thread|process|all", 0,
	  "a thread of the reader's process, or a process (default: all)", 0 },
	{ "pause", OPT_PAUSE, "NS", 0,
	  "the writer waits up to NS after each operation (default: 2000)", 0 },
	{ "within", OPT_WITHIN, "NS", 0,
	  "interrupt the reader at some moment of NS, 0 for never (default: "
	  "20000)",
	  0 },
	{ "watchers", OPT_WATCHERS, "N", 0,
	  "files that watch the timer: how long that takes (default: 30)", 0 },
	{ "no-fifo", OPT_NO_FIFO, 0, 0,
	  "the writer is no real-time thread, even if that is allowed", 0 },
	{ "summary", OPT_SUMMARY, 0, 0,
	  "print a line for each case, and more only of what is wrong", 0 },
	{ 0 },
};

/* ---- what is asked for --------------------------------------------------- */

#define ALL (-1)

static const char *const writer_names[] = { "thread", "process" };

#define NR_WRITERS 2

struct args {
	struct common common;
	struct words cases;
	double seconds;
	int kind;   /* enum race_kind or ALL */
	int writer; /* index of writer_names or ALL */
	struct race_settings settings;
	bool summary;
};

static double parse_seconds(const char *arg, struct argp_state *state)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(arg, &end);
	if ((*arg < '0' || *arg > '9') || *end || errno || !(n > 0) ||
	    n > MAX_SECONDS)
		argp_error(state,
			   "'%s' is no time for --seconds, expected a number "
			   "up to %d",
			   arg, MAX_SECONDS);
	return n;
}

static int parse_kind(const char *arg, struct argp_state *state)
{
	for (int kind = 0; kind < NR_RACE_KINDS; kind++)
		if (!strcmp(arg, race_kind_name(kind)))
			return kind;
	if (strcmp(arg, "all"))
		argp_error(state,
			   "unknown reader '%s', expected 'all' or one of "
			   "those below",
			   arg);
	return ALL;
}

static int parse_writer(const char *arg, struct argp_state *state)
{
	for (int i = 0; i < NR_WRITERS; i++)
		if (!strcmp(arg, writer_names[i]))
			return i;
	if (strcmp(arg, "all"))
		argp_error(state,
			   "unknown writer '%s', expected 'thread', 'process' "
			   "or 'all'",
			   arg);
	return ALL;
}

/* A second is more than any read takes; so many files nobody may open. */
#define MAX_NANOSECONDS 999999999UL
#define MAX_WATCHERS 100000UL

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARGS:
		words_rest(&a->cases, state);
		return 0;
	case OPT_SECONDS:
		a->seconds = parse_seconds(arg, state);
		return 0;
	case OPT_READER:
		a->kind = parse_kind(arg, state);
		return 0;
	case OPT_WRITER:
		a->writer = parse_writer(arg, state);
		return 0;
	case OPT_PAUSE:
		a->settings.pause =
			common_number("pause", arg, 0, MAX_NANOSECONDS, state);
		return 0;
	case OPT_WITHIN:
		a->settings.within =
			common_number("within", arg, 0, MAX_NANOSECONDS, state);
		return 0;
	case OPT_WATCHERS:
		a->settings.watchers =
			common_number("watchers", arg, 0, MAX_WATCHERS, state);
		return 0;
	case OPT_NO_FIFO:
		a->settings.fifo = false;
		return 0;
	case OPT_SUMMARY:
		a->summary = true;
		return 0;
	case ARGP_KEY_END:
		if (a->summary && a->common.json)
			argp_error(state, "both --summary and --format json, "
					  "expected one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void list_kinds(FILE *out)
{
	fputs("Readers:\n"
	      "  read           one read() of /proc/PID/maps\n"
	      "  stops          a read() for each line, of a file that stays "
	      "open\n"
	      "  query          the ioctl PROCMAP_QUERY, over and over\n",
	      out);
}

static char *help_filter(int key, const char *text, void *input)
{
	(void)input;
	return help_with(key, text, list_kinds);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CASE...]",
	.doc = "Do the cases' operations and undo them, over and over, or those "
	       "of all cases of the mail, while /proc/PID/maps is read, and "
	       "hold what was read against what the explorer says can be. It "
	       "follows the rules of the running kernel unless --rules says "
	       "otherwise.\v",
	.children = common_children,
	.help_filter = help_filter,
};

/* ---- the races ----------------------------------------------------------- */

/* One case, one kind of reader, one of writer. */
struct race {
	const struct race_plan *plan;
	enum race_kind kind;
	int writer;
	struct reader reader;
	struct exploration *predicted;
	struct race_result result;
	bool run;
};

/* A case that is raced, or why it is not. */
struct entry {
	const struct cat_case *c;
	struct race_plan *plan;
	const char *why;
	struct race *races;
	size_t nr;
};

struct races {
	const struct args *a;
	struct race_kernel kernel;
	struct entry *v;
	size_t nr;
};

static void add_race(struct races *all, struct entry *e, enum race_kind kind,
		     int writer)
{
	struct race *r;

	if (kind == RACE_QUERY && !all->kernel.query)
		return;
	e->races = xreallocarray(e->races, e->nr + 1, sizeof(*e->races));
	r = &e->races[e->nr++];
	*r = (struct race){ .kind = kind, .writer = writer };
	r->reader = race_reader(&all->kernel, kind);
}

static void add_races(struct races *all, struct entry *e)
{
	for (int kind = 0; kind < NR_RACE_KINDS; kind++)
		for (int writer = 0; writer < NR_WRITERS; writer++) {
			if (all->a->kind != ALL && all->a->kind != kind)
				continue;
			if (all->a->writer != ALL && all->a->writer != writer)
				continue;
			add_race(all, e, kind, writer);
		}
}

static void add_case(struct races *all, const struct cat_case *c)
{
	struct entry *e;

	all->v = xreallocarray(all->v, all->nr + 1, sizeof(*all->v));
	e = &all->v[all->nr++];
	*e = (struct entry){ .c = c };
	e->plan = xcalloc(1, sizeof(*e->plan));
	e->why = race_plan(e->plan, c, all->kernel.rules);
	if (!e->why)
		add_races(all, e);
}

/* Not all, if none is named: those that the mail makes a claim of. */
static bool wanted(const struct args *a, const struct cat_case *c)
{
	return a->cases.nr ? words_ask_for(&a->cases, c) : !!c->claim;
}

static size_t count_races(const struct races *all)
{
	size_t nr = 0;

	for (size_t i = 0; i < all->nr; i++)
		nr += all->v[i].nr;
	return nr;
}

static void run_race(const struct races *all, struct race *r, double seconds)
{
	const struct race_course course = {
		.kind = r->kind,
		.apart = r->writer,
		.settings = all->a->settings,
		.seconds = seconds,
	};

	r->predicted = race_predict(r->plan, all->kernel.rules, &r->reader);
	race_run(r->plan, &course, &r->result);
	r->run = true;
}

static void run_races(struct races *all)
{
	size_t nr = count_races(all), done = 0;

	interrupt_catch();
	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->v[i].nr && !interrupted(); j++) {
			struct race *r = &all->v[i].races[j];

			r->plan = all->v[i].plan;
			progress("%zu of %zu: %s, %s, %s", ++done, nr,
				 r->plan->id, race_kind_name(r->kind),
				 writer_names[r->writer]);
			run_race(all, r, all->a->seconds / nr);
		}
	progress_end();
	interrupt_release();
}

static void free_races(struct races *all)
{
	for (size_t i = 0; i < all->nr; i++) {
		for (size_t j = 0; j < all->v[i].nr; j++)
			exploration_free(all->v[i].races[j].predicted);
		free(all->v[i].races);
		free(all->v[i].plan);
	}
	free(all->v);
}

/* ---- what was seen ------------------------------------------------------- */

/* A view as the explorer's own code judges it. */
struct judged {
	struct observation o;
	struct reported lines[RACE_LINES];
	const struct observation *predicted; /* NULL if it was not */
};

static void judge(const struct race *r, const struct race_view *view,
		  struct judged *j)
{
	memset(j, 0, sizeof(*j));
	j->o.lines = j->lines;
	j->o.nr = view->nr;
	for (uint32_t i = 0; i < view->nr; i++) {
		j->lines[i].start = view->lines[i].start;
		j->lines[i].end = view->lines[i].end;
	}
	exploration_judge(r->predicted, &j->o);
	j->predicted = exploration_find(r->predicted, j->lines, j->o.nr);
}

static uint64_t times_seen(const struct race *r, const struct observation *o)
{
	for (uint32_t i = 0; i < r->result.nr; i++) {
		const struct race_view *v = &r->result.seen[i].view;
		size_t same = 0;

		while (v->nr == o->nr && same < o->nr &&
		       v->lines[same].start == o->lines[same].start &&
		       v->lines[same].end == o->lines[same].end)
			same++;
		if (v->nr == o->nr && same == o->nr)
			return r->result.seen[i].count;
	}
	return 0;
}

/* Most often seen first. */
static int by_count(const void *a, const void *b)
{
	const struct race_seen *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

struct tally {
	size_t unpredicted;
	size_t unseen;
	uint64_t gaps;	    /* reads with one */
	size_t gaps_unseen; /* kinds that were predicted, and did not show */
};

static struct tally count(const struct race *r)
{
	struct tally t = { 0 };

	for (uint32_t i = 0; i < r->result.nr; i++) {
		struct judged j;

		judge(r, &r->result.seen[i].view, &j);
		t.unpredicted += !j.predicted;
		if (j.o.gap)
			t.gaps += r->result.seen[i].count;
	}
	for (size_t i = 0; i < r->predicted->nr; i++) {
		const struct observation *o = &r->predicted->observations[i];

		if (times_seen(r, o))
			continue;
		t.unseen++;
		t.gaps_unseen += o->gap;
	}
	return t;
}

/* ---- text ---------------------------------------------------------------- */

static const char *word_for(const struct observation *o)
{
	if (o->gap)
		return o->overlap ? "gap, overlap" : "gap";
	if (o->overlap)
		return "overlap";
	if (o->view == VIEW_BEFORE)
		return "before";
	return o->view == VIEW_AFTER ? "after" : "mixed";
}

static void print_ranges(FILE *out, const struct observation *o)
{
	for (size_t i = 0; i < o->nr; i++)
		fprintf(out, "%s%lu-%lu", i ? " " : "", o->lines[i].start,
			o->lines[i].end);
}

static void print_raw(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (p == text || p[-1] == '\n')
			fputs("                  | ", stdout);
		putchar(*p);
	}
}

static void print_seen(const struct race *r, const struct race_seen *seen)
{
	struct judged j;

	judge(r, &seen->view, &j);
	printf("  %12llu  %-13s ", (unsigned long long)seen->count,
	       word_for(&j.o));
	print_ranges(stdout, &j.o);
	putchar('\n');
	if (j.o.gap)
		printf("                  missing: %lu-%lu\n", j.o.gap_start,
		       j.o.gap_end);
	if (!j.predicted)
		puts("                  NOT PREDICTED");
	if (!j.predicted || j.o.gap)
		print_raw(seen->text);
}

static void print_unseen(const struct race *r, const struct tally *t)
{
	if (!t->unseen)
		return;
	printf("  predicted and not seen: %zu of %zu, %zu with a gap\n",
	       t->unseen, r->predicted->nr, t->gaps_unseen);
	for (size_t i = 0; i < r->predicted->nr; i++) {
		const struct observation *o = &r->predicted->observations[i];

		if (times_seen(r, o))
			continue;
		printf("                %-13s ", word_for(o));
		print_ranges(stdout, o);
		putchar('\n');
	}
}

/* How a race ended, for people and for machines. */
static const struct {
	const char *text;
	const char *word;
} ends[NR_RACE_ENDS] = {
	[RACE_DONE] = { "", "done" },
	[RACE_LATE] = { "it did not end in time and was killed: this is what "
			"it read until then",
			"late" },
	[RACE_NO_CHILD] = { "nobody could be had to race", "no child" },
	[RACE_NO_ROOM] = { "the region could not be made", "no room" },
	[RACE_NO_READ] = { "reading failed", "no read" },
	[RACE_NO_OP] = { "an operation failed", "no operation" },
	[RACE_OFF_COURSE] = { "an operation by itself did what the simulator "
			      "says it does not",
			      "off course" },
	[RACE_LOST] = { "the child came to an unforeseen end", "lost" },
	[RACE_NO_WRITER] = { "the writer came to an unforeseen end",
			     "no writer" },
};

/* Whether what was read can be held against the prediction. */
static bool was_raced(const struct race *r)
{
	return r->run &&
	       (r->result.end == RACE_DONE || r->result.end == RACE_LATE);
}

/* Why there is no prediction to hold anything against, or NULL. */
static const char *no_prediction(const struct race *r)
{
	if (r->predicted->broken)
		return r->predicted->broken;
	if (r->predicted->stuck)
		return r->predicted->stuck;
	return r->predicted->end == EXPLORED
		       ? NULL
		       : "it has more states than can be explored";
}

static void print_failure(const struct race *r)
{
	const struct race_result *res = &r->result;

	printf("  %s", ends[res->end].text);
	if (res->end == RACE_NO_OP || res->end == RACE_OFF_COURSE)
		printf(" (number %u)", res->op + 1);
	if (res->err)
		printf(": %s", strerror(res->err));
	else if (res->end == RACE_NO_READ)
		printf(": it is not what /proc/PID/maps looks like");
	if (res->end != RACE_LATE && res->signal)
		printf(": %s", strsignal(res->signal));
	putchar('\n');
	for (uint32_t i = 0; res->end == RACE_OFF_COURSE && i < res->strange.nr;
	     i++)
		printf("  %u-%u\n", res->strange.lines[i].start,
		       res->strange.lines[i].end);
}

static double per_second(uint64_t n, const struct race_result *res)
{
	return res->nanoseconds ? n * 1e9 / res->nanoseconds : 0;
}

static void print_race(const struct race *r)
{
	const struct race_result *res = &r->result;
	struct tally t;

	if (!r->run)
		return;
	printf(" %s, %s%s\n", race_kind_name(r->kind), writer_names[r->writer],
	       res->fifo ? " (real-time)" : "");
	if (no_prediction(r)) {
		printf("  no prediction: %s\n", no_prediction(r));
		return;
	}
	if (!was_raced(r)) {
		print_failure(r);
		return;
	}
	t = count(r);
	printf("  %llu reads and %llu operations in %.2f s: %.0f and %.0f a "
	       "second\n",
	       (unsigned long long)res->reads, (unsigned long long)res->ops,
	       res->nanoseconds / 1e9, per_second(res->reads, res),
	       per_second(res->ops, res));
	if (res->end == RACE_LATE)
		print_failure(r);
	if (t.gaps)
		printf("  reads with a gap: %llu, %.2f a second\n",
		       (unsigned long long)t.gaps, per_second(t.gaps, res));
	for (uint32_t i = 0; i < res->nr; i++)
		print_seen(r, &res->seen[i]);
	if (res->cut)
		printf("  cut off, and not counted: %llu\n",
		       (unsigned long long)res->cut);
	if (res->overflow)
		printf("  other ones: %llu\n",
		       (unsigned long long)res->overflow);
	print_unseen(r, &t);
}

static void print_head(const struct races *all)
{
	const struct race_settings *s = &all->a->settings;

	printf("Linux %s, rules of %s\nread %s the mmap lock, for %s\n",
	       all->kernel.release, all->kernel.rules->version,
	       all->kernel.lockless ? "without" : "under", all->kernel.why);
	printf("pause %lu ns, interrupts within %lu ns, %u watchers\n",
	       s->pause, s->within, s->watchers);
}

static void print_text(const struct races *all)
{
	print_head(all);
	for (size_t i = 0; i < all->nr; i++) {
		const struct entry *e = &all->v[i];

		printf("\n%s%s%s\n", color_start(&all->a->common), e->c->id,
		       color_end(&all->a->common));
		if (e->why)
			printf(" not raced: %s\n", e->why);
		for (size_t j = 0; j < e->nr; j++)
			print_race(&e->races[j]);
	}
}

/* ---- a line a case ------------------------------------------------------- */

/* Whoever writes, a reader of one kind can read the same. */
struct sum {
	uint64_t reads;
	uint64_t ops;
	uint64_t gaps;
	uint64_t unpredicted; /* reads */
	size_t seen;	      /* of what was predicted, by kind of reader */
	size_t predicted;
};

static uint64_t times_unpredicted(const struct race *r)
{
	uint64_t nr = 0;

	for (uint32_t i = 0; i < r->result.nr; i++) {
		struct judged j;

		judge(r, &r->result.seen[i].view, &j);
		if (!j.predicted)
			nr += r->result.seen[i].count;
	}
	return nr;
}

static bool kind_saw(const struct entry *e, enum race_kind kind,
		     const struct observation *o)
{
	for (size_t i = 0; i < e->nr; i++)
		if (e->races[i].kind == kind && was_raced(&e->races[i]) &&
		    times_seen(&e->races[i], o))
			return true;
	return false;
}

static void add_observations(const struct entry *e, const struct race *r,
			     struct sum *sum)
{
	sum->predicted += r->predicted->nr;
	for (size_t i = 0; i < r->predicted->nr; i++)
		sum->seen +=
			kind_saw(e, r->kind, &r->predicted->observations[i]);
}

static struct sum sum_of(const struct entry *e)
{
	bool had[NR_RACE_KINDS] = { false };
	struct sum sum = { 0 };

	for (size_t i = 0; i < e->nr; i++) {
		const struct race *r = &e->races[i];

		if (!was_raced(r) || no_prediction(r))
			continue;
		sum.reads += r->result.reads;
		sum.ops += r->result.ops;
		sum.gaps += count(r).gaps;
		sum.unpredicted += times_unpredicted(r);
		if (!had[r->kind])
			add_observations(e, r, &sum);
		had[r->kind] = true;
	}
	return sum;
}

/* In full, if it is not as it should be. */
static void print_if_wrong(const struct race *r)
{
	if (!r->run)
		return;
	if (!was_raced(r) || no_prediction(r) || count(r).unpredicted) {
		print_race(r);
	} else if (r->result.end == RACE_LATE) {
		printf(" %s, %s:\n", race_kind_name(r->kind),
		       writer_names[r->writer]);
		print_failure(r);
	}
}

static void print_sum(const struct common *common, const struct entry *e)
{
	struct sum sum = sum_of(e);

	printf("%s%-37s%s%9llu %10llu %4zu of %-4zu %5llu %3llu\n",
	       color_start(common), e->c->id, color_end(common),
	       (unsigned long long)sum.reads, (unsigned long long)sum.ops,
	       sum.seen, sum.predicted, (unsigned long long)sum.gaps,
	       (unsigned long long)sum.unpredicted);
	for (size_t i = 0; i < e->nr; i++)
		print_if_wrong(&e->races[i]);
}

static void print_summary(const struct races *all)
{
	print_head(all);
	printf("%-37s%9s %10s %12s %5s %3s\n", "", "reads", "operations",
	       "observed", "gaps", "new");
	for (size_t i = 0; i < all->nr; i++) {
		const struct entry *e = &all->v[i];

		if (e->why)
			printf("%s\n not raced: %s\n", e->c->id, e->why);
		else
			print_sum(&all->a->common, e);
	}
	puts("observed: kinds of reads that were predicted, and how many are;\n"
	     "gaps: reads without a page that is there all the time;\n"
	     "new: reads that were not predicted");
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *ranges_json(const struct observation *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->nr; i++)
		json_array_append_new(
			list, json_pack("[I, I]", (json_int_t)o->lines[i].start,
					(json_int_t)o->lines[i].end));
	return list;
}

static json_t *seen_json(const struct race *r, const struct race_seen *seen)
{
	struct judged j;

	judge(r, &seen->view, &j);
	return json_pack("{s:o, s:s, s:b, s:b, s:b, s:I, s:s}", "ranges",
			 ranges_json(&j.o), "view", word_for(&j.o), "gap",
			 j.o.gap, "overlap", j.o.overlap, "predicted",
			 j.predicted != NULL, "count", (json_int_t)seen->count,
			 "lines", seen->text);
}

static json_t *unseen_json(const struct race *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->predicted->nr; i++) {
		const struct observation *o = &r->predicted->observations[i];

		if (times_seen(r, o))
			continue;
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:b, s:b}", "ranges",
					ranges_json(o), "view", word_for(o),
					"gap", o->gap, "overlap", o->overlap));
	}
	return list;
}

static json_t *race_json(const struct race *r)
{
	const struct race_result *res = &r->result;
	json_t *seen = json_array();

	for (uint32_t i = 0; i < res->nr; i++)
		json_array_append_new(seen, seen_json(r, &res->seen[i]));
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:I, s:I, s:I, "
		"s:f, s:i, s:o, s:o}",
		"case", r->plan->id, "reader", race_kind_name(r->kind),
		"writer", writer_names[r->writer], "end", ends[res->end].word,
		"errno", res->err, "signal", res->signal, "fifo", res->fifo,
		"reads", (json_int_t)res->reads, "operations",
		(json_int_t)res->ops, "cut", (json_int_t)res->cut, "seconds",
		res->nanoseconds / 1e9, "predicted", (int)r->predicted->nr,
		"seen", seen, "not_seen", unseen_json(r));
}

static json_t *settings_json(const struct race_settings *s)
{
	return json_pack("{s:I, s:I, s:i, s:b}", "pause_ns",
			 (json_int_t)s->pause, "within_ns",
			 (json_int_t)s->within, "watchers", (int)s->watchers,
			 "fifo", s->fifo);
}

static void print_json(const struct races *all)
{
	json_t *races = json_array(), *not_raced = json_object(), *top;

	for (size_t i = 0; i < all->nr; i++) {
		const struct entry *e = &all->v[i];

		if (e->why)
			json_object_set_new(not_raced, e->c->id,
					    json_string(e->why));
		for (size_t j = 0; j < e->nr; j++)
			if (e->races[j].run)
				json_array_append_new(races,
						      race_json(&e->races[j]));
	}
	top = json_pack("{s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "kernel",
			all->kernel.release, "rules",
			all->kernel.rules->version, "lockless",
			all->kernel.lockless, "why", all->kernel.why,
			"settings", settings_json(&all->a->settings), "races",
			races, "not_raced", not_raced);
	json_dumpf(top, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(top);
}

/* ---- all of it ----------------------------------------------------------- */

static int status_of_race(const struct race *r)
{
	if (!r->run)
		return EXIT_FINE;
	if (no_prediction(r))
		return EXIT_UNUSABLE;
	if (r->result.end == RACE_OFF_COURSE || count(r).unpredicted)
		return EXIT_WRONG;
	return was_raced(r) ? EXIT_FINE : EXIT_UNUSABLE;
}

/* What was found wrong says more than that something could not be done. */
static int status_of(const struct races *all)
{
	int status = EXIT_FINE;

	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->v[i].nr; j++) {
			int one = status_of_race(&all->v[i].races[j]);

			if (one == EXIT_WRONG || status == EXIT_FINE)
				status = one;
		}
	return status;
}

/* Who read nothing at all has not been held against anything. */
static bool nothing_was_read(const struct races *all)
{
	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->v[i].nr; j++)
			if (all->v[i].races[j].result.reads)
				return false;
	return !interrupted();
}

static void sort_seen(struct races *all)
{
	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->v[i].nr; j++) {
			struct race_result *res = &all->v[i].races[j].result;

			qsort(res->seen, res->nr, sizeof(*res->seen), by_count);
		}
}

static int race_all(const struct args *a, const struct catalog *cat)
{
	struct races all = { .a = a };
	int status;

	race_kernel(&all.kernel);
	if (a->common.rules)
		all.kernel.rules = a->common.rules;
	for_each_family(cat, f)
		for_each_case(f, c)
			if (wanted(a, c))
				add_case(&all, c);
	run_races(&all);
	sort_seen(&all);
	if (a->common.json)
		print_json(&all);
	else if (a->summary)
		print_summary(&all);
	else
		print_text(&all);
	fflush(stdout);
	status = status_of(&all);
	if (status == EXIT_FINE && nothing_was_read(&all)) {
		fputs("vmatlas race: nothing was read\n", stderr);
		status = EXIT_UNUSABLE;
	}
	free_races(&all);
	return status;
}

int cmd_race(int argc, char **argv)
{
	struct args a = {
		.seconds = DEFAULT_SECONDS,
		.kind = ALL,
		.writer = ALL,
		.settings = race_best,
	};
	struct catalog *cat;
	int status = EXIT_UNUSABLE;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	cat = common_load(&a.common);
	if (!cat)
		return status;
	if (words_are_cases(&a.cases, cat))
		status = race_all(&a, cat);
	catalog_free(cat);
	return status;
}
