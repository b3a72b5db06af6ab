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

#define FILES "maps|smaps|numa_maps|query|all"

/* ---- what is asked for --------------------------------------------------- */

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
	int kind;	  /* enum race_kind, NR_RACE_KINDS for all */
	int writer;	  /* index of race_writer_names, RACE_WRITERS for all */
	const char *file; /* NULL for those that there are always */
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

static const char *parse_seconds(void *field, char *arg)
{
	double n, *seconds = field;
	char *end;

	errno = 0;
	n = strtod(arg, &end);
	if ((*arg < '0' || *arg > '9') || *end || errno || !(n > 0) ||
	    n > MAX_SECONDS)
		return xasprintf(
			"'%s' is no time for --seconds, expected a number above 0, up to %d",
			arg, MAX_SECONDS);
	*seconds = n;
	return NULL;
}

static const char *parse_file(void *args, char *arg)
{
	struct race_args *a = args;

	a->file = arg;
	return common_word("file", arg, FILES, &(int){ 0 });
}

static const char *parse_variant(void *args, char *arg)
{
	struct race_args *a = args;

	a->variant = reader_find(arg);
	if (!a->variant)
		return xasprintf(
			"unknown variant '%s', %s one that 'explore --help' lists",
			arg, reader_nearest(arg));
	return NULL;
}

/* A second is more than any read takes; so many files nobody may open. */
#define MAX_NANOSECONDS 999999999UL
#define MAX_WATCHERS 100000UL
#define MAX_NAME 4096UL

static const char *check_args(const void *args)
{
	const struct race_args *a = args;

	if (a->topmost && ((a->kind != NR_RACE_KINDS && a->kind != RACE_READ) ||
			   (a->file && strcmp(a->file, files[RACE_READ]))))
		return "--topmost is for read()s of maps, expected no other --file or --reader";
	if (a->kind != NR_RACE_KINDS && a->file && strcmp(a->file, "all") &&
	    strcmp(a->file, files[a->kind]))
		return "--file of another --reader, expected one of them";
	if (a->summary + a->tap + a->common.json > 1)
		return "two of --summary, --tap and --format json, expected one";
	return NULL;
}

#define AT(member) FIELD(struct race_args, member)

static const struct setting settings[] = {
	{ "seconds", "N", "how long it takes in all (default: 30)", SET_BY,
	  AT(seconds), .by = parse_seconds },
	{ "reader", "read|stops|smaps|numa|query|all",
	  "who reads, see below (default: all)", SET_WORD, AT(kind) },
	{ "writer", "thread|process|all",
	  "a thread of the reader's process, or a process (default: all)",
	  SET_WORD, AT(writer) },
	{ "file", FILES, "what is read (default: maps and query)",
	  .by = parse_file },
	{ "cpus", "two|same",
	  "reader and writer on two processors or one (default: one if the kernel is preemptible)",
	  SET_WORD, AT(cpus), RACE_CPUS_TWO, .what = "number of processors" },
	{ "variant", "READER",
	  "whose steps one read() of maps takes, of those that explore knows (default: the kernel's)",
	  .by = parse_variant },
	{ "pause", "NS",
	  "the writer waits up to NS after each operation, on one processor it sleeps (default: 2000, 200000)",
	  SET_NUMBER, AT(pause), 0, MAX_NANOSECONDS },
	{ "within", "NS",
	  "interrupt the reader at some moment of NS, 0 for never (default: two thirds of what a read takes, 0)",
	  SET_NUMBER, AT(within), 0, MAX_NANOSECONDS },
	{ "watchers", "N",
	  "files that watch the timer: how long that takes (default: 20, 0)",
	  SET_NUMBER, AT(watchers), 0, MAX_WATCHERS },
	{ "timers", "N", "timers that fire together (default: 1, 0)",
	  SET_NUMBER, AT(timers), 0, RACE_TIMERS },
	{ "no-timer-thread", NULL,
	  "nobody reads the timers (default: a real-time thread on the reader's processor)",
	  SET_FLAG, AT(no_timer_thread) },
	{ "no-spin", NULL,
	  "no idle-priority thread keeps the writer's processor awake",
	  SET_FLAG, AT(no_spin) },
	{ "name", "BYTES",
	  "one read() sees files of a name so long, 0 for anonymous memory (default: 0, 1000)",
	  SET_NUMBER, AT(name), 0, MAX_NAME },
	{ "no-fifo", NULL,
	  "the writer is no real-time thread, even if that is allowed",
	  SET_FLAG, AT(no_fifo) },
	{ "topmost", NULL,
	  "the case is the last that the process has mapped, read by read()s of maps",
	  SET_FLAG, AT(topmost) },
	{ "summary", NULL,
	  "print a line for each case, and more only of what is wrong",
	  SET_FLAG, AT(summary) },
	{ "tap", NULL, "write TAP, a test for each case", SET_FLAG, AT(tap) },
	{ 0 },
};

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

const struct usage race_usage = {
	.settings = settings,
	.args_doc = "[CASE...]",
	.doc = "Do the operation of CASE..., or of each case of the mail, and undo it, over and over, while /proc/PID/maps is read, and hold what was read against what the explorer says can be. It follows the rules of the running kernel unless --rules says otherwise. An interrupt (Ctrl-C) ends it, and what was seen until then is printed.\v",
	.words = offsetof(struct race_args, cases),
	.check = check_args,
	.list = list_kinds,
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
	if (a->kind != NR_RACE_KINDS)
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
			    (a->writer != RACE_WRITERS && a->writer != writer))
				continue;
			*xappend(e->races, e->nr) = (struct race){
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
	struct race_entry *e = xappend(all->entries, all->nr);

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
	       w->r->plan->id, race_kind_names[w->r->kind],
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
		 w->of, w->r->plan->id, race_kind_names[w->r->kind],
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
	struct exploration *x __free(exploration) =
		race_predict(r->plan, all->kernel.rules, &r->reader);

	w->r = r;
	w->predicted = x;
	w->number++;
	race_run(r->plan, &opts, &r->result);
	r->account = race_account_of(x, &r->result);
	r->run = true;
	free(r->result.seen);
	r->result.seen = NULL;
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
	for_each_case_of_all(cat, c)
		if (wanted(a, c))
			add_case(a, &all, c);
	run_races(a, &all);
	print_all(a, &all);
	status = status_of(&all);
	if (status == EXIT_FINE && !a->tap && nothing_was_read(&all))
		status = unusable("vmatlas race: nothing was read\n");
	free_races(&all);
	return status;
}

int cmd_race(int argc, char **argv)
{
	struct race_args a = {
		.seconds = DEFAULT_SECONDS,
		.kind = NR_RACE_KINDS,
		.writer = RACE_WRITERS,
		.pause = UNSET,
		.within = UNSET,
		.watchers = UNSET,
		.timers = UNSET,
		.name = UNSET,
	};

	parse_args(&race_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	return cat && words_are_cases(&a.cases, cat) ? race_all(&a, cat)
						     : EXIT_UNUSABLE;
}
