// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas race: what the explorer says can be read, against what is read.
 *
 * What was predicted and not seen is no fault: it may be rare. What was seen and
 * not predicted is one, of the model or of the kernel, and the exit status is 1.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/race.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "oracle/live.h"

#define DEFAULT_SECONDS 30
#define MAX_SECONDS 86400

enum {
	OPT_SECONDS = 0x500,
	OPT_READER,
	OPT_WRITER,
	OPT_PAUSE,
	OPT_WITHIN,
	OPT_WATCHERS,
	OPT_TIMERS,
	OPT_NO_TIMER_THREAD,
	OPT_NO_SPIN,
	OPT_NAME,
	OPT_NO_FIFO,
	OPT_SUMMARY,
	OPT_TOPMOST,
	OPT_FILE,
	OPT_CPUS,
	OPT_TAP,
	OPT_VARIANT,
};

/* In the order of enum race_kind and race_writer_names. */
#define KINDS "read|stops|smaps|numa|query|all"
#define WRITERS "thread|process|all"
#define FILES "maps|smaps|numa_maps|query|all"
#define CPUS "two|same"

static const struct argp_option options[] = {
	{ "seconds", OPT_SECONDS, "N", 0,
	  "how long it takes in all (default: 30)", 0 },
	{ "reader", OPT_READER, KINDS, 0, "who reads, see below (default: all)",
	  0 },
	{ "writer", OPT_WRITER, WRITERS, 0,
	  "a thread of the reader's process, or a process (default: all)", 0 },
	{ "file", OPT_FILE, FILES, 0, "what is read (default: maps and query)",
	  0 },
	{ "cpus", OPT_CPUS, CPUS, 0,
	  "reader and writer on two processors or one (default: one if the kernel is preemptible)",
	  0 },
	{ "variant", OPT_VARIANT, "READER", 0,
	  "whose steps one read() of maps takes, of those that explore knows (default: the kernel's)",
	  0 },
	{ "pause", OPT_PAUSE, "NS", 0,
	  "the writer waits up to NS after each operation, on one processor it sleeps (default: 2000, 200000)",
	  0 },
	{ "within", OPT_WITHIN, "NS", 0,
	  "interrupt the reader at some moment of NS, 0 for never (default: two thirds of what a read takes, 0)",
	  0 },
	{ "watchers", OPT_WATCHERS, "N", 0,
	  "files that watch the timer: how long that takes (default: 20, 0)",
	  0 },
	{ "timers", OPT_TIMERS, "N", 0,
	  "timers that fire together (default: 1, 0)", 0 },
	{ "no-timer-thread", OPT_NO_TIMER_THREAD, 0, 0,
	  "nobody reads the timers (default: a real-time thread on the reader's processor)",
	  0 },
	{ "no-spin", OPT_NO_SPIN, 0, 0,
	  "no idle-priority thread keeps the writer's processor awake", 0 },
	{ "name", OPT_NAME, "BYTES", 0,
	  "one read() sees files of a name so long, 0 for anonymous memory (default: 0, 1000)",
	  0 },
	{ "no-fifo", OPT_NO_FIFO, 0, 0,
	  "the writer is no real-time thread, even if that is allowed", 0 },
	{ "topmost", OPT_TOPMOST, 0, 0,
	  "the case is the last that the process has mapped, read by read()s of maps",
	  0 },
	{ "summary", OPT_SUMMARY, 0, 0,
	  "print a line for each case, and more only of what is wrong", 0 },
	{ "tap", OPT_TAP, 0, 0, "write TAP, a test for each case", 0 },
	{ 0 },
};

/* ---- what is asked for --------------------------------------------------- */

#define ALL (-1)

const char *const race_writer_names[RACE_WRITERS] = { "thread", "process" };

/* What is read by whom. */
static const char *const files[NR_RACE_KINDS] = {
	[RACE_READ] = "maps",	[RACE_STOPS] = "maps",
	[RACE_SMAPS] = "smaps", [RACE_NUMA] = "numa_maps",
	[RACE_QUERY] = "query",
};

/* Options that have no value of their own until the kernel is known. */
#define UNSET ULONG_MAX

struct race_args {
	struct common common;
	struct words cases;
	double seconds;
	int kind;		      /* enum race_kind or ALL */
	int writer;		      /* index of race_writer_names or ALL */
	const char *file;	      /* NULL for those that there are always */
	const struct reader *variant; /* NULL for the kernel's */
	enum race_cpus cpus;
	unsigned long pause;
	unsigned long within;
	unsigned long watchers;
	unsigned long timers;
	bool no_timer_thread;
	bool no_spin;
	unsigned long name;
	bool no_fifo;
	bool topmost;
	bool summary;
	bool tap;
};

static double parse_seconds(const char *arg, struct argp_state *state)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(arg, &end);
	if ((*arg < '0' || *arg > '9') || *end || errno || !(n > 0) ||
	    n > MAX_SECONDS)
		argp_error(
			state,
			"'%s' is no time for --seconds, expected a number up to %d",
			arg, MAX_SECONDS);
	return n;
}

/* An index, or ALL for the last word. */
static int parse_or_all(const char *what, const char *arg, const char *words,
			int nr, struct argp_state *state)
{
	int i = common_word(what, arg, words, state);

	return i < nr ? i : ALL;
}

static const char *parse_file(const char *arg, struct argp_state *state)
{
	common_word("file", arg, FILES, state);
	return arg;
}

static const struct reader *parse_variant(const char *arg,
					  struct argp_state *state)
{
	const struct reader *found = reader_find(arg);

	if (!found)
		argp_error(
			state,
			"unknown variant '%s', %s one that 'explore --help' lists",
			arg, reader_nearest(arg));
	return found;
}

/* A second is more than any read takes; so many files nobody may open. */
#define MAX_NANOSECONDS 999999999UL
#define MAX_WATCHERS 100000UL
#define MAX_NAME 4096UL

static void check_options(const struct race_args *a, struct argp_state *state)
{
	if (a->topmost && ((a->kind != ALL && a->kind != RACE_READ) ||
			   (a->file && a->file != files[RACE_READ])))
		argp_error(state, "--topmost is for read()s of maps");
	if (a->summary + a->tap + a->common.json > 1)
		argp_error(
			state,
			"two of --summary, --tap and --format json, expected one");
}

#define AT(member) FIELD(struct race_args, member)

static const struct setting settings[] = {
	{ OPT_NO_TIMER_THREAD, SET_FLAG, AT(no_timer_thread) },
	{ OPT_NO_SPIN, SET_FLAG, AT(no_spin) },
	{ OPT_NO_FIFO, SET_FLAG, AT(no_fifo) },
	{ OPT_TOPMOST, SET_FLAG, AT(topmost) },
	{ OPT_SUMMARY, SET_FLAG, AT(summary) },
	{ OPT_TAP, SET_FLAG, AT(tap) },
	{ OPT_PAUSE, SET_NUMBER, AT(pause), 0, MAX_NANOSECONDS },
	{ OPT_WITHIN, SET_NUMBER, AT(within), 0, MAX_NANOSECONDS },
	{ OPT_WATCHERS, SET_NUMBER, AT(watchers), 0, MAX_WATCHERS },
	{ OPT_TIMERS, SET_NUMBER, AT(timers), 0, RACE_TIMERS },
	{ OPT_NAME, SET_NUMBER, AT(name), 0, MAX_NAME },
	{ ARGP_KEY_ARGS, SET_WORDS, AT(cases) },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct race_args *a = state->input;

	switch (key) {
	case OPT_SECONDS:
		a->seconds = parse_seconds(arg, state);
		return 0;
	case OPT_READER:
		a->kind = parse_or_all("reader", arg, KINDS, NR_RACE_KINDS,
				       state);
		return 0;
	case OPT_WRITER:
		a->writer = parse_or_all("writer", arg, WRITERS, RACE_WRITERS,
					 state);
		return 0;
	case OPT_FILE:
		a->file = parse_file(arg, state);
		return 0;
	case OPT_CPUS:
		a->cpus = common_word("number of processors", arg, CPUS, state)
				  ? RACE_CPUS_SAME
				  : RACE_CPUS_TWO;
		return 0;
	case OPT_VARIANT:
		a->variant = parse_variant(arg, state);
		return 0;
	case ARGP_KEY_END:
		check_options(a, state);
		return 0;
	default:
		return settings_parse(settings, key, arg, state);
	}
}

static void list_kinds(FILE *out)
{
	fputs("Readers:\n"
	      "  read           one read() of /proc/PID/maps\n"
	      "  stops          a read() for each line, of a file that stays open\n"
	      "  smaps          read()s of /proc/PID/smaps, with --file smaps\n"
	      "  numa           read()s of /proc/PID/numa_maps, with --file numa_maps\n"
	      "  query          the ioctl PROCMAP_QUERY, over and over\n",
	      out);
}

static char *help_filter(int key, const char *text, void *input)
{
	(void)input;
	return help_with(key, text, list_kinds);
}

const struct argp race_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CASE...]",
	.doc = "Do the cases' operations and undo them, over and over, or those "
	       "of all cases of the mail, while /proc/PID/maps is read, and "
	       "hold what was read against what the explorer says can be. It "
	       "follows the rules of the running kernel unless --rules says "
	       "otherwise. An interrupt (Ctrl-C) ends it, and what was seen "
	       "until then is printed.\v",
	.children = common_children,
	.help_filter = help_filter,
};

/* ---- the races ----------------------------------------------------------- */

static bool kind_wanted(const struct race_args *a, const struct races *all,
			enum race_kind kind)
{
	if ((kind == RACE_QUERY && !all->kernel.query) ||
	    (kind == RACE_NUMA && !all->kernel.numa))
		return false;
	if (a->topmost)
		return kind == RACE_READ;
	if (a->kind != ALL)
		return a->kind == (int)kind;
	if (!a->file)
		return kind != RACE_SMAPS && kind != RACE_NUMA;
	return !strcmp(a->file, "all") || !strcmp(a->file, files[kind]);
}

static struct reader reader_for(const struct race_args *a,
				const struct race_kernel *kernel,
				enum race_kind kind)
{
	struct reader reader = race_reader(kernel, kind);

	if (a->variant && kind == RACE_READ) {
		reader = *a->variant;
		reader.flags |= READ_NO_STOP;
	}
	/* It may take several read()s. */
	if (a->topmost)
		reader.flags &= ~READ_NO_STOP;
	return reader;
}

static void add_races(const struct race_args *a, struct races *all,
		      struct race_entry *e)
{
	for (int kind = 0; kind < NR_RACE_KINDS; kind++)
		for (int writer = 0; writer < RACE_WRITERS; writer++) {
			if (!kind_wanted(a, all, kind) ||
			    (a->writer != ALL && a->writer != writer))
				continue;
			e->races = xreallocarray(e->races, e->nr + 1,
						 sizeof(*e->races));
			e->races[e->nr++] = (struct race){
				.plan = e->plan,
				.kind = kind,
				.writer = writer,
				.reader = reader_for(a, &all->kernel, kind),
			};
		}
}

static void add_case(const struct race_args *a, struct races *all,
		     const struct cat_case *c)
{
	struct race_entry *e;

	all->entries =
		xreallocarray(all->entries, all->nr + 1, sizeof(*all->entries));
	e = &all->entries[all->nr++];
	*e = (struct race_entry){ .c = c };
	e->plan = xcalloc(1, sizeof(*e->plan));
	e->why = race_plan(e->plan, c, all->kernel.rules,
			   a->topmost ? SIDE_NONE : SIDE_ADJACENT);
	if (!e->why)
		add_races(a, all, e);
}

/* Not all, if none is named: those that the mail makes a claim of. */
static bool wanted(const struct race_args *a, const struct cat_case *c)
{
	return a->cases.nr ? words_ask_for(&a->cases, c) : !!c->claim;
}

/* ---- while they run ------------------------------------------------------ */

/* What is shown of the race that runs. */
struct watch {
	const struct race *r;
	const struct exploration *predicted;
	size_t number;
	size_t of;
	bool quiet;    /* nothing but the numbers on a terminal */
	bool reported; /* the first gap of all */
	double shown;  /* when the numbers were, in seconds */
};

static void print_first_gap(struct watch *w, const struct race_what *what,
			    uint64_t reads)
{
	progress_end();
	printf("a gap in %s, %s, %s, after %llu reads at most:\n",
	       w->r->plan->id, race_kind_name(w->r->kind),
	       race_writer_names[w->r->writer], (unsigned long long)reads);
	race_gap_picture(stdout, w->r, what);
	putchar('\n');
	fflush(stdout);
	w->reported = true;
}

static uint64_t gaps_until_now(struct watch *w,
			       const struct race_result *so_far)
{
	uint32_t nr = so_far->nr;
	uint64_t gaps = 0;

	for (uint32_t i = 0; i < nr; i++) {
		struct race_what what;

		race_judge(w->predicted, &so_far->seen[i].view, &what);
		if (!what.o.gap)
			continue;
		gaps += so_far->seen[i].count;
		if (!w->reported && !w->quiet)
			print_first_gap(w, &what, so_far->reads);
	}
	return gaps;
}

#define SHOWN_EVERY 0.2 /* seconds */

static void show(void *data, const struct race_result *so_far)
{
	struct watch *w = data;
	double time = seconds_now();
	uint64_t gaps;

	if (time - w->shown < SHOWN_EVERY)
		return;
	w->shown = time;
	gaps = gaps_until_now(w, so_far);
	progress("%zu of %zu: %s, %s, %s: %llu reads, %llu gaps", w->number,
		 w->of, w->r->plan->id, race_kind_name(w->r->kind),
		 race_writer_names[w->r->writer],
		 (unsigned long long)so_far->reads, (unsigned long long)gaps);
}

/* ---- one after the other ------------------------------------------------- */

static size_t count_races(const struct races *all)
{
	size_t nr = 0;

	for (size_t i = 0; i < all->nr; i++)
		nr += all->entries[i].nr;
	return nr;
}

/* Of what was predicted and of all that was seen, only the account is kept. */
static void run_race(const struct races *all, struct race *r, struct watch *w,
		     double seconds)
{
	const struct race_opts opts = {
		.kind = r->kind,
		.apart = r->writer,
		.settings = all->settings,
		.seconds = seconds,
		.watch = show,
		.data = w,
	};
	struct exploration *x =
		race_predict(r->plan, all->kernel.rules, &r->reader);

	w->r = r;
	w->predicted = x;
	w->number++;
	race_run(r->plan, &opts, &r->result);
	r->account = race_account_of(x, &r->result);
	r->run = true;
	free(r->result.seen);
	r->result.seen = NULL;
	exploration_free(x);
}

static void run_races(const struct race_args *a, struct races *all)
{
	struct watch w = { .of = count_races(all),
			   .quiet = a->common.json || a->tap };

	interrupt_catch();
	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->entries[i].nr && !interrupted();
		     j++)
			run_race(all, &all->entries[i].races[j], &w,
				 a->seconds / w.of);
	progress_end();
	interrupt_release();
}

static void free_races(struct races *all)
{
	for (size_t i = 0; i < all->nr; i++) {
		for (size_t j = 0; j < all->entries[i].nr; j++)
			race_account_free(&all->entries[i].races[j].account);
		free(all->entries[i].races);
		free(all->entries[i].plan);
	}
	free(all->entries);
}

/* ---- all of it ----------------------------------------------------------- */

/* What was found wrong says more than that something could not be done. */
static int status_of(const struct races *all)
{
	int status = EXIT_FINE;

	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->entries[i].nr; j++) {
			int one = race_status(&all->entries[i].races[j]);

			if (one == EXIT_WRONG || status == EXIT_FINE)
				status = one;
		}
	return status;
}

/* Who read nothing at all has not been held against anything. */
static bool nothing_was_read(const struct races *all)
{
	for (size_t i = 0; i < all->nr; i++)
		for (size_t j = 0; j < all->entries[i].nr; j++)
			if (all->entries[i].races[j].result.reads)
				return false;
	return !interrupted();
}

static struct race_settings settings_of(const struct race_args *a,
					const struct race_kernel *kernel)
{
	struct race_settings s = race_best(kernel, a->cpus);

	if (a->pause != UNSET)
		s.pause = a->pause;
	if (a->within != UNSET)
		s.within = a->within;
	if (a->watchers != UNSET)
		s.watchers = a->watchers;
	if (a->timers != UNSET)
		s.timers = a->timers;
	if (a->no_timer_thread)
		s.timer_thread = false;
	if (a->no_spin)
		s.spin = false;
	if (a->name != UNSET)
		s.name = a->name;
	/* What is last is not to be in another read() for the length of its lines. */
	if (a->topmost)
		s.name = 0;
	s.fifo = !a->no_fifo;
	return s;
}

static void print_all(const struct race_args *a, const struct races *all)
{
	if (a->common.json)
		race_json(all);
	else if (a->tap)
		race_tap(all);
	else if (a->summary)
		race_summary(all);
	else
		race_text(all);
	fflush(stdout);
}

static int race_all(const struct race_args *a, const struct catalog *cat)
{
	struct races all = { .common = &a->common };
	const char *why = live_unusable();
	int status;

	if (why)
		return common_cannot("race", a->tap, why);
	race_kernel(&all.kernel);
	if (a->common.rules)
		all.kernel.rules = a->common.rules;
	common_warn_newer(all.kernel.release, all.kernel.rules);
	all.settings = settings_of(a, &all.kernel);
	all.topmost = a->topmost;
	all.cpus_asked = a->cpus != RACE_CPUS_BEST;
	for_each_family(cat, f)
		for_each_case(f, c)
			if (wanted(a, c))
				add_case(a, &all, c);
	run_races(a, &all);
	print_all(a, &all);
	status = status_of(&all);
	if (status == EXIT_FINE && !a->tap && nothing_was_read(&all)) {
		fputs("vmatlas race: nothing was read\n", stderr);
		status = EXIT_UNUSABLE;
	}
	free_races(&all);
	return status;
}

int cmd_race(int argc, char **argv)
{
	struct race_args a = {
		.seconds = DEFAULT_SECONDS,
		.kind = ALL,
		.writer = ALL,
		.pause = UNSET,
		.within = UNSET,
		.watchers = UNSET,
		.timers = UNSET,
		.name = UNSET,
	};
	struct catalog *cat;
	int status = EXIT_UNUSABLE;

	parse_args(&race_argp, argc, argv, &a);
	cat = common_load(&a.common);
	if (!cat)
		return status;
	if (words_are_cases(&a.cases, cat))
		status = race_all(&a, cat);
	catalog_free(cat);
	return status;
}
