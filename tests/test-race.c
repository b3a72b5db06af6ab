// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race: that made-up reads are understood, that what is predicted of a loop
 * has all that is found of a part of it, and that a short race is run and shows
 * nothing that was not predicted.
 */
#include <errno.h>
#include <signal.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/race.h"
#include "lib/jobs.h"
#include "oracle/race-internal.h"
#include "tests.h"

#define LEN(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct catalog *cat;

static void load(void)
{
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
}

static void unload(void)
{
	catalog_free(cat);
}

static const struct cat_case *find_case(const char *id)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			if (!strcmp(c->id, id))
				return c;
	ck_abort_msg("no case '%s'", id);
	return NULL;
}

static const struct rules *latest(void)
{
	return rules_for("latest");
}

/* Plans point into themselves. */
static struct race_plan *plan_of(const char *id)
{
	struct race_plan *plan = malloc(sizeof(*plan));
	const char *why =
		race_plan(plan, find_case(id), latest(), SIDE_ADJACENT);

	ck_assert_msg(!why, "%s: %s", id, why);
	return plan;
}

static const char *const mail[] = {
	"existing-merge-both",
	"existing-merge-left-full",
	"existing-merge-left-partial",
	"existing-merge-right-full",
	"existing-merge-right-partial",
	"new-merge-both",
	"new-merge-left",
	"new-merge-right",
	"split-new-below",
	"split-new-above",
};

static const struct race_kernel kernels[] = {
	{ .release = "6.18", .lockless = true },
	{ .release = "6.12", .lockless = false },
};

static struct exploration *predict(const struct race_plan *plan, int kernel,
				   enum race_kind kind)
{
	struct reader reader = race_reader(&kernels[kernel], kind);
	struct exploration *x = race_predict(plan, latest(), &reader);

	ck_assert_msg(!x->broken, "%s: %s", plan->id, x->broken);
	ck_assert_msg(!x->stuck, "%s: %s", plan->id, x->stuck);
	ck_assert_int_eq(x->end, EXPLORED);
	return x;
}

/* ---- lines --------------------------------------------------------------- */

/* Pages 16 to 40 of 4 KiB, from 1 MiB on. */
static const struct race_region region = { 0x100000, 0x1000, 16, 40 };

static const struct {
	const char *text;
	enum race_parsed parsed;
	const char *ranges;
} texts[] = {
	{ "", RACE_PART, "" },
	{ "00110000-00118000 r--p 0 00:00 0 \n", RACE_PART, "16-24 " },
	/* its last line is cut */
	{ "00110000-00118000 r--p 0 00:00 0 \n00118000-001280", RACE_PART,
	  "16-24 " },
	{ "00110000-00118000 r--p 0 00:00 0 \n"
	  "00118000-00128000 rw-p 0 00:00 0 \n",
	  RACE_WHOLE, "16-24 24-40 " },
	/* what lies outside, and what reaches in */
	{ "00010000-00011000 r--p 0 00:00 0 \n"
	  "00100000-00112000 r--p 0 00:00 0 \n"
	  "00120000-7ffffffff000 rw-p 0 00:00 0 \n",
	  RACE_WHOLE, "16-18 32-40 " },
	{ "00400000-00401000 r-xp 0 00:00 0 \n", RACE_WHOLE, "" },
	{ "ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]\n",
	  RACE_WHOLE, "" },
	/* twice, and backwards: what the kernel says is noted as it is */
	{ "00110000-00118000 r--p 0 00:00 0 \n"
	  "00110000-00120000 r--p 0 00:00 0 \n"
	  "00120000-00128000 r--p 0 00:00 0 \n",
	  RACE_WHOLE, "16-24 16-32 32-40 " },
	/* smaps: what is not a VMA's first line is one of its fields */
	{ "00110000-00118000 r--p 0 00:00 0 \n"
	  "Size:                 32 kB\nVmFlags: rd mr mw me \n"
	  "00118000-00128000 rw-p 0 00:00 0 \nSize:",
	  RACE_WHOLE, "16-24 24-40 " },
	{ "00110000-00118000 r--p 0 00:00 0 \nVmFlags: rd mr\n", RACE_PART,
	  "16-24 " },
	/* numa_maps: where it begins, and no end */
	{ "00110000 default\n00118000 default anon=2 N0=2\n00200000 default\n",
	  RACE_WHOLE, "16-0 24-0 " },
	{ "00100000 default file=/a\n00110000 default\n0011", RACE_PART,
	  "16-0 " },
	{ "00110000 \n", RACE_BROKEN, NULL },
	{ "nonsense\n", RACE_BROKEN, NULL },
	{ "\n", RACE_BROKEN, NULL },
	{ "00110000\n", RACE_BROKEN, NULL },
	{ "00110000-\n", RACE_BROKEN, NULL },
	{ "00110000-00118000\n", RACE_BROKEN, NULL },
	{ "-00118000 r--p\n", RACE_BROKEN, NULL },
	{ "00118000-00110000 r--p\n", RACE_BROKEN, NULL },
	{ "00110000-00110000 r--p\n", RACE_BROKEN, NULL },
	{ "0011000G-00118000 r--p\n", RACE_BROKEN, NULL },
	{ "10000000000110000-00118000 r--p\n", RACE_BROKEN, NULL },
};

static void view_text(const struct race_view *view, char *to, size_t size)
{
	size_t used = 0;

	*to = 0;
	for (uint32_t i = 0; i < view->nr; i++)
		used += snprintf(to + used, size - used, "%u-%u ",
				 view->lines[i].start, view->lines[i].end);
}

START_TEST(test_parse)
{
	struct race_view view;
	char got[512];

	ck_assert_int_eq(race_parse(&region, texts[_i].text,
				    strlen(texts[_i].text), &view),
			 texts[_i].parsed);
	if (!texts[_i].ranges)
		return;
	view_text(&view, got, sizeof(got));
	ck_assert_str_eq(got, texts[_i].ranges);
}
END_TEST

START_TEST(test_parse_too_many)
{
	static const char line[] = "00110000-00111000 r--p 0 00:00 0 \n";
	char text[(RACE_LINES + 1) * sizeof(line)] = "";
	struct race_view view;

	for (int i = 0; i < RACE_LINES; i++)
		strcat(text, line);
	ck_assert_int_eq(race_parse(&region, text, strlen(text), &view),
			 RACE_PART);
	ck_assert_uint_eq(view.nr, RACE_LINES);
	strcat(text, line);
	ck_assert_int_eq(race_parse(&region, text, strlen(text), &view),
			 RACE_BROKEN);
}
END_TEST

/* Pages 16 to 40 again, of larger pages. */
static const struct {
	struct race_region region;
	const char *text;
} larger[] = {
	{ { 0x400000, 0x4000, 16, 40 },
	  "00440000-00460000 r--p 0 00:00 0 \n"
	  "00460000-7ffff0000000 r--p 0 00:00 0 \n" },
	{ { 0x1000000, 0x10000, 16, 40 },
	  "01100000-01180000 r--p 0 00:00 0 \n"
	  "01180000-7ffff0000000 r--p 0 00:00 0 \n" },
};

START_TEST(test_parse_larger)
{
	const char *text = larger[_i].text;
	struct race_view view;
	char got[512];

	ck_assert_int_eq(
		race_parse(&larger[_i].region, text, strlen(text), &view),
		RACE_WHOLE);
	view_text(&view, got, sizeof(got));
	ck_assert_str_eq(got, "16-24 24-40 ");
}
END_TEST

/* ---- what made-up reads are judged to be --------------------------------- */

/* Of existing-merge-left-partial: prev 16-24, middle 24-37, the range to 32. */
static const struct {
	const char *text;
	bool predicted;
	bool gap;
	unsigned long gap_start;
	bool overlap;
	enum view view;
} reads[] = {
	{ "10c000-110000 -\n110000-118000 -\n118000-125000 -\n125000-129000 -\n",
	  true, false, 0, false, VIEW_BEFORE },
	{ "10c000-110000 -\n110000-120000 -\n120000-125000 -\n125000-129000 -\n",
	  true, false, 0, false, VIEW_AFTER },
	/* prev twice */
	{ "10c000-110000 -\n110000-118000 -\n110000-120000 -\n"
	  "120000-125000 -\n125000-129000 -\n",
	  true, false, 0, true, VIEW_MIXED },
	/* what was seen of a real kernel */
	{ "10c000-110000 -\n110000-118000 -\n120000-125000 -\n125000-129000 -\n",
	  true, true, 24, false, VIEW_MIXED },
	/* what must never be */
	{ "10c000-110000 -\n118000-125000 -\n125000-129000 -\n", false, true,
	  16, false, VIEW_MIXED },
	{ "10c000-110000 -\n110000-118000 -\n118000-125000 -\n", false, true,
	  37, false, VIEW_MIXED },
	{ "129000-12a000 -\n", false, true, 12, false, VIEW_MIXED },
	/* a boundary where the case has none */
	{ "10c000-110000 -\n110000-119000 -\n119000-125000 -\n"
	  "125000-129000 -\n",
	  false, true, 24, false, VIEW_MIXED },
};

START_TEST(test_judge)
{
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct exploration *x = predict(plan, 0, RACE_READ);
	const struct race_region r = { 0x100000, 0x1000, plan->start,
				       plan->end };
	struct reported lines[RACE_LINES] = { 0 };
	struct observation o = { .lines = lines };
	struct race_view view;

	race_parse(&r, reads[_i].text, strlen(reads[_i].text), &view);
	o.nr = view.nr;
	for (uint32_t i = 0; i < view.nr; i++) {
		lines[i].start = view.lines[i].start;
		lines[i].end = view.lines[i].end;
	}
	exploration_judge(x, &o);
	ck_assert_int_eq(exploration_find(x, lines, o.nr) != NULL,
			 reads[_i].predicted);
	ck_assert_int_eq(o.gap, reads[_i].gap);
	if (o.gap)
		ck_assert_uint_eq(o.gap_start, reads[_i].gap_start);
	ck_assert_int_eq(o.overlap, reads[_i].overlap);
	ck_assert_int_eq(o.view, reads[_i].view);
	exploration_free(x);
	free(plan);
}
END_TEST

/* ---- plans --------------------------------------------------------------- */

static const struct {
	const char *id;
	const char *first;
	const char *after;
	size_t nr_ops;
} plans[] = {
	{ "existing-merge-both", "12-16 16-24 24-32 32-40 40-44 ",
	  "12-16 16-40 40-44 ", 2 },
	{ "existing-merge-right-partial", "12-16 16-29 29-37 37-41 ",
	  "12-16 16-20 20-37 37-41 ", 2 },
	{ "new-merge-both", "12-16 16-24 34-42 42-46 ", "12-16 16-42 42-46 ",
	  2 },
	{ "new-merge-right", "12-16 26-34 34-38 ", "12-16 16-34 34-38 ", 2 },
	{ "split-new-below", "12-16 16-28 28-32 ", "12-16 16-22 22-28 28-32 ",
	  2 },
};

START_TEST(test_plan)
{
	struct race_plan *plan = plan_of(plans[_i].id);
	char got[512];

	view_text(&plan->first, got, sizeof(got));
	ck_assert_str_eq(got, plans[_i].first);
	view_text(&plan->after[0], got, sizeof(got));
	ck_assert_str_eq(got, plans[_i].after);
	ck_assert_uint_eq(plan->nr_ops, plans[_i].nr_ops);
	free(plan);
}
END_TEST

static const char *const refused[] = {
	"existing-merge-left-full-next-stays",
	"existing-merge-left-full-sides-differ",
	"new-merge-left-just-expand",
	"relocate-stack",
};

START_TEST(test_plan_refused)
{
	struct race_plan *plan = malloc(sizeof(*plan));

	ck_assert_ptr_nonnull(race_plan(plan, find_case(refused[_i]), latest(),
					SIDE_ADJACENT));
	free(plan);
}
END_TEST

/* ---- predictions --------------------------------------------------------- */

/* Ranges and no names; the same once more is no more. */
static void assert_contains(const struct exploration *loop,
			    const struct exploration *part, const char *id)
{
	ck_assert_int_eq(part->end, EXPLORED);
	for (size_t i = 0; i < part->nr; i++) {
		const struct observation *o = &part->observations[i];
		const struct observation *found =
			exploration_find(loop, o->lines, o->nr);

		ck_assert_msg(found, "%s: an observation is missing", id);
		/* What is mapped all the time in a loop is less. */
		ck_assert(o->gap || !found->gap);
	}
}

/* From one operation to a loop twice over, from there on every loop has it. */
static void explore_part(const struct race_plan *plan,
			 const struct exploration *loop, size_t nr_then)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;
	struct exploration *x;

	opts.reader = loop->opts.reader;
	opts.left = opts.right = SIDE_ADJACENT;
	opts.beyond = true;
	opts.leaves = true;
	for (size_t i = 1; i <= nr_then; i++)
		opts.then.ops[opts.then.nr++] = plan->ops[i % plan->nr_ops];
	x = explore(&plan->c, latest(), &opts);
	assert_contains(loop, x, plan->id);
	exploration_free(x);
}

START_TEST(test_loop_has_parts)
{
	struct race_plan *plan = plan_of(mail[_i]);

	for (int kernel = 0; kernel < LEN(kernels); kernel++)
		for (int kind = 0; kind < NR_RACE_KINDS; kind++) {
			struct reader reader =
				race_reader(&kernels[kernel], kind);
			struct exploration *loop =
				race_predict(plan, latest(), &reader);

			ck_assert_ptr_null(loop->broken);
			ck_assert_ptr_null(loop->stuck);
			ck_assert(loop->before && loop->after);
			for (size_t nr = 0; nr <= 3; nr++)
				explore_part(plan, loop, nr);
			exploration_free(loop);
		}
	free(plan);
}
END_TEST

/*
 * Under the mmap lock it is before or after. A query begins at the root, and so
 * it can leave out only what grows into a hole that it is looking into.
 */
START_TEST(test_loop_without_gap)
{
	struct race_plan *plan = plan_of(mail[_i]);
	struct exploration *whole = predict(plan, 1, RACE_READ);
	struct exploration *query = predict(plan, 0, RACE_QUERY);

	ck_assert_uint_eq(whole->nr, 2);
	ck_assert(!whole->mixed);
	ck_assert_int_eq(query->gap,
			 !strcmp(mail[_i], "new-merge-both") ||
				 !strcmp(mail[_i], "new-merge-right"));
	ck_assert(query->before && query->after);
	exploration_free(whole);
	exploration_free(query);
	free(plan);
}
END_TEST

/* Where a loop has a merge in it or a split, somebody can miss something. */
START_TEST(test_loop_gap)
{
	struct race_plan *plan = plan_of(mail[_i]);
	struct exploration *x = predict(plan, 0, RACE_READ);
	bool none = !strcmp(mail[_i], "new-merge-left");

	ck_assert_int_eq(x->gap, !none);
	exploration_free(x);
	free(plan);
}
END_TEST

/* Whatever is raced, with memory that is used again: not with a repair. */
static const char *const repairs[] = { "fresh-fallback", "sequence",
				       "clipped" };

START_TEST(test_loop_repaired)
{
	const struct reader *reader = reader_find(repairs[_i]);
	struct race_plan *plan = malloc(sizeof(*plan));
	int raced = 0;

	for_each_family(cat, f)
		for_each_case(f, c) {
			struct exploration *x;

			if (race_plan(plan, c, latest(), SIDE_ADJACENT))
				continue;
			x = race_predict(plan, latest(), reader);
			ck_assert_msg(!x->gap, "%s", c->id);
			exploration_free(x);
			raced++;
		}
	ck_assert_int_ge(raced, 10);
	free(plan);
}
END_TEST

/*
 * What a race has shown: a VMA that was found is removed, and its memory is that
 * of one which begins where the reader is.
 */
START_TEST(test_loop_reuse)
{
	struct race_plan *plan = plan_of("unmap-several-head");
	struct exploration *x = predict(plan, 0, RACE_READ);
	const struct reported lines[] = {
		{ .start = 12, .end = 16 },
		{ .start = 16, .end = 28 },
		{ .start = 52, .end = 56 },
	};
	const struct observation *o = exploration_find(x, lines, LEN(lines));

	ck_assert_ptr_nonnull(o);
	ck_assert(o->gap);
	exploration_free(x);
	free(plan);
}
END_TEST

/* It is entered after the first time, whatever that one left behind. */
START_TEST(test_loop_elsewhere)
{
	struct race_plan *plan = plan_of("existing-merge-left-full");
	struct exploration *x;

	plan->ops[1].end -= 2;
	x = race_predict(plan, latest(), reader_find("mmap-lock"));
	ck_assert_ptr_null(x->broken);
	ck_assert_uint_eq(x->nr, 2);
	ck_assert_uint_eq(x->observations[0].nr, 5);
	exploration_free(x);
	free(plan);
}
END_TEST

/* ---- kernels ------------------------------------------------------------- */

static const struct {
	const char *release;
	bool lockless;
} releases[] = {
	{ "6.17", true },
	{ "6.17.0-rc1", true },
	{ "6.18.44-fc-v657", true },
	{ "7.0.1", true },
	{ "10.2", true },
	{ "6.16.12", false },
	{ "6.12.3-amd64", false },
	{ "5.19", false },
	{ "", false },
	{ "nonsense", false },
};

START_TEST(test_release)
{
	ck_assert_int_eq(race_version_lockless(releases[_i].release),
			 releases[_i].lockless);
}
END_TEST

START_TEST(test_kernel)
{
	struct race_kernel kernel;

	race_kernel(&kernel);
	ck_assert_ptr_nonnull(kernel.rules);
	ck_assert_ptr_nonnull(kernel.why);
	ck_assert_uint_ge(strlen(kernel.release), 3);
}
END_TEST

/* ---- a short race -------------------------------------------------------- */

static const struct reader *reader_now(const struct race_kernel *kernel,
				       enum race_kind kind)
{
	static struct reader reader;

	reader = race_reader(kernel, kind);
	return &reader;
}

static void assert_predicted(const struct exploration *x,
			     const struct race_result *res)
{
	for (uint32_t i = 0; i < res->nr; i++) {
		const struct race_view *v = &res->seen[i].view;
		struct race_what what;

		race_judge(x, v, &what);
		ck_assert_msg(what.predicted, "not predicted:\n%s",
			      res->seen[i].text);
	}
}

static uint64_t sum_of(const uint64_t *beside)
{
	uint64_t sum = 0;

	for (int i = 0; i < NR_RACE_BESIDE; i++)
		sum += beside[i];
	return sum;
}

/* Each read is beside something; beside nothing, it shows no change. */
static void assert_attributed(const struct race_plan *plan,
			      const struct race_result *res)
{
	ck_assert_uint_eq(sum_of(res->beside), res->reads);
	for (uint32_t i = 0; i < res->nr; i++) {
		const struct race_seen *seen = &res->seen[i];
		bool still = !seen->view.lines[0].end ||
			     race_view_equal(&seen->view, &plan->first) ||
			     race_view_equal(&seen->view, &plan->after[0]);

		ck_assert_uint_eq(sum_of(seen->beside), seen->count);
		if (!still)
			ck_assert_uint_eq(seen->beside[RACE_BESIDE_NONE], 0);
	}
}

/* By what the kernel is, unless it is said; an interrupt while the region is read. */
START_TEST(settings)
{
	struct race_kernel kernel = { .preemptible = true, .read_ns = 9000 };
	struct race_settings s = race_best(&kernel, RACE_CPUS_BEST);

	ck_assert_int_eq(s.cpus, RACE_CPUS_SAME);
	ck_assert_uint_eq(s.within, 0);
	ck_assert_int_eq(race_best(&kernel, RACE_CPUS_TWO).cpus, RACE_CPUS_TWO);
	kernel.preemptible = false;
	s = race_best(&kernel, RACE_CPUS_BEST);
	ck_assert_int_eq(s.cpus, RACE_CPUS_TWO);
	ck_assert_uint_eq(s.within, 6000);
	ck_assert(s.timer_thread && s.spin && s.fifo);
	ck_assert_int_eq(race_best(&kernel, RACE_CPUS_SAME).cpus,
			 RACE_CPUS_SAME);
	race_kernel(&kernel);
	ck_assert_uint_gt(kernel.read_ns, 0);
}
END_TEST

/* Above the stack: what is missed there is missed up to the end. */
START_TEST(test_race_topmost)
{
	struct race_opts opts = { .apart = _i % 2, .seconds = 0.1 };
	struct race_plan *plan = xcalloc(1, sizeof(*plan));
	struct race_kernel kernel;
	struct exploration *x;
	struct reader reader;
	struct race_result res;

	race_kernel(&kernel);
	ck_assert_ptr_null(race_plan(plan,
				     find_case("existing-merge-left-full"),
				     latest(), SIDE_NONE));
	ck_assert_uint_eq(plan->end, plan->first.lines[plan->first.nr - 1].end);
	opts.settings = race_best(&kernel, RACE_CPUS_TWO);
	reader = race_reader(&kernel, RACE_READ);
	reader.flags &= ~READ_NO_STOP;
	x = race_predict(plan, kernel.rules, &reader);
	race_run(plan, &opts, &res);
	/* The stack may be there, by chance. */
	if (res.end != RACE_NO_ROOM) {
		ck_assert_msg(res.end == RACE_DONE || res.end == RACE_LATE,
			      "end %d, %s", res.end, strerror(res.err));
		ck_assert_uint_gt(res.nr, 0);
		ck_assert(res.end != RACE_DONE ||
			  res.nanoseconds >= opts.seconds * 1e9);
		assert_predicted(x, &res);
	}
	free(res.seen);
	exploration_free(x);
	free(plan);
}
END_TEST

/*
 * A machine that stood still in the midst comes back with a real-time thread that
 * has had its time (RLIMIT_RTTIME), and the kernel kills the child.
 */
static void race_once_more(const struct race_plan *plan,
			   const struct race_opts *opts,
			   struct race_result *res)
{
	race_run(plan, opts, res);
	if (res->end != RACE_LOST || res->signal != SIGKILL)
		return;
	free(res->seen);
	race_run(plan, opts, res);
}

/* One processor or two, thread or process, every kind: a tenth of a second each. */
START_TEST(test_race)
{
	struct race_opts opts = {
		.kind = _i / 4,
		.apart = _i / 2 % 2,
		.seconds = 0.1,
	};
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct race_kernel kernel;
	struct exploration *x;
	struct race_result res;

	race_kernel(&kernel);
	opts.settings =
		race_best(&kernel, _i % 2 ? RACE_CPUS_SAME : RACE_CPUS_TWO);
	if (opts.apart) {
		opts.settings.timers *= 3;
		opts.settings.spin = !opts.settings.spin;
	}
	x = race_predict(plan, kernel.rules, reader_now(&kernel, opts.kind));
	race_once_more(plan, &opts, &res);
	/* Not every machine has what it takes. */
	if (res.end == RACE_NO_ROOM ||
	    (res.end == RACE_NO_READ && opts.kind == RACE_QUERY &&
	     !kernel.query) ||
	    (res.end == RACE_NO_READ && opts.kind == RACE_NUMA && !kernel.numa))
		goto out;
	ck_assert_msg(res.end == RACE_DONE || res.end == RACE_LATE,
		      "end %d, signal %d, %s", res.end, res.signal,
		      strerror(res.err));
	ck_assert_uint_gt(res.nr, 0);
	ck_assert_uint_eq(res.overflow, 0);
	assert_predicted(x, &res);
	if (res.end == RACE_DONE)
		assert_attributed(plan, &res);
out:
	free(res.seen);
	exploration_free(x);
	free(plan);
}
END_TEST

/* ---- who else is on the machine -------------------------------------------- */

#define WATCHED 1.5 /* seconds */

/* The longest that who sleeps for a millisecond on a processor is away, in seconds. */
static double longest_delay(int cpu)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	double begin = seconds_now(), last = begin, longest = 0;

	race_stay_on(cpu);
	while (last - begin < WATCHED) {
		double now;

		nanosleep(&nap, NULL);
		now = seconds_now();
		if (now - last > longest)
			longest = now - last;
		last = now;
	}
	return longest;
}

/* As a watchdog does that has no priority: it need not wait for half a second. */
static pid_t start_watchdog(int cpu)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(longest_delay(cpu) >= 0.5);
	return pid;
}

static const enum race_cpus on_cpus[] = { RACE_CPUS_TWO, RACE_CPUS_SAME };

START_TEST(test_others_run_too)
{
	struct race_opts opts = { .seconds = 1 };
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct race_kernel kernel;
	struct race_result res;
	pid_t pid[2];
	int status;

	race_kernel(&kernel);
	opts.settings = race_best(&kernel, on_cpus[_i]);
	for (int cpu = 0; cpu < 2; cpu++)
		pid[cpu] = start_watchdog(cpu);
	race_run(plan, &opts, &res);
	for (int cpu = 0; cpu < 2; cpu++) {
		ck_assert_int_eq(waitpid(pid[cpu], &status, 0), pid[cpu]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(res.end, RACE_DONE);
	free(res.seen);
	free(plan);
}
END_TEST

/* ---- what may go wrong ----------------------------------------------------- */

/* Somebody who sends a signal to a child of the test in the midst of a race. */
struct intruder {
	long thread; /* whose child */
	int signal;
	bool writer; /* or a child of that */
	bool done;
};

static pid_t child_of(pid_t pid, long thread)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%ld/children", pid, thread);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%d", &child) != 1)
			child = 0;
		fclose(f);
	}
	return child;
}

static void *intrude(void *data)
{
	const struct timespec meanwhile = { .tv_nsec = 300000000 };
	struct intruder *in = data;
	pid_t pid;

	nanosleep(&meanwhile, NULL);
	pid = child_of(getpid(), in->thread);
	if (pid && in->writer)
		pid = child_of(pid, pid);
	in->done = pid && !kill(pid, in->signal);
	return NULL;
}

static const struct {
	int signal;
	bool writer;
	enum race_end end;
	int reported;
} ends[] = {
	{ SIGSTOP, false, RACE_LATE, SIGKILL },
	{ SIGKILL, false, RACE_LOST, SIGKILL },
	{ SIGABRT, false, RACE_LOST, SIGABRT },
	{ SIGKILL, true, RACE_NO_WRITER, SIGKILL },
};

/* It is said what happened; what was read before a reader got stuck, counts. */
START_TEST(test_ends)
{
	const struct race_opts opts = { .apart = ends[_i].writer,
					.seconds = 0.6 };
	struct intruder in = { .thread = syscall(SYS_gettid),
			       .signal = ends[_i].signal,
			       .writer = ends[_i].writer };
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct race_kernel kernel;
	struct exploration *x;
	struct race_result res;
	pthread_t thread;

	race_kernel(&kernel);
	x = race_predict(plan, kernel.rules, reader_now(&kernel, RACE_READ));
	ck_assert_int_eq(pthread_create(&thread, NULL, intrude, &in), 0);
	race_run(plan, &opts, &res);
	pthread_join(thread, NULL);
	if (in.done) {
		ck_assert_int_eq(res.end, ends[_i].end);
		ck_assert_int_eq(res.signal, ends[_i].reported);
		ck_assert_uint_gt(res.reads, 0);
		assert_predicted(x, &res);
	}
	free(res.seen);
	exploration_free(x);
	free(plan);
}
END_TEST

/*
 * What the simulator does not expect stops a race before it begins, and nothing can
 * be said then.
 */
START_TEST(test_off_course)
{
	const struct race_opts opts = { .seconds = 0.1 };
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct race r = { .plan = plan, .run = true };
	struct race_kernel kernel;
	struct exploration *x;
	char *why;

	race_kernel(&kernel);
	x = race_predict(plan, kernel.rules, reader_now(&kernel, RACE_READ));
	plan->after[_i].lines[0].end++;
	race_run(plan, &opts, &r.result);
	if (r.result.end == RACE_NO_ROOM)
		goto out;
	ck_assert_int_eq(r.result.end, RACE_STRANGE);
	ck_assert_uint_eq(r.result.op, _i);
	ck_assert_uint_eq(r.result.reads, 0);
	r.account = race_account_of(x, &r.result);
	ck_assert_int_eq(race_status(&r), EXIT_UNUSABLE);
	why = race_failure(&r);
	ck_assert_ptr_nonnull(strstr(why, "the simulator says it does not"));
	free(why);
	race_account_free(&r.account);
out:
	free(r.result.seen);
	exploration_free(x);
	free(plan);
}
END_TEST

/* errno 13, and what kills. */
static const struct {
	struct race_result result;
	const char *text;
} failures[] = {
	{ { .end = RACE_NO_CHILD, .err = EACCES },
	  "nobody could be had to race: Permission denied" },
	{ { .end = RACE_NO_ROOM, .err = ENOMEM },
	  "the region could not be made: Cannot allocate memory" },
	{ { .end = RACE_NO_READ, .err = EACCES },
	  "reading failed: Permission denied" },
	{ { .end = RACE_NO_READ },
	  "reading failed: it is not what such a file looks like" },
	{ { .end = RACE_NO_OP, .op = 1, .err = ENOMEM },
	  "an operation failed (number 2): Cannot allocate memory" },
	{ { .end = RACE_STRANGE,
	    .op = 2,
	    .strange = { .nr = 2, .lines = { { 0, 3 }, { 5, 9 } } } },
	  "by itself, before the race, an operation did what the simulator says it does not (number 3): 0-3 5-9" },
	{ { .end = RACE_LOST }, "the child came to an unforeseen end" },
	{ { .end = RACE_LOST, .signal = SIGSEGV },
	  "the child came to an unforeseen end: Segmentation fault" },
	{ { .end = RACE_NO_WRITER, .signal = SIGKILL },
	  "the writer came to an unforeseen end: Killed" },
	{ { .end = RACE_LATE, .signal = SIGKILL },
	  "it did not end in time and was killed: this is what it read until then" },
};

START_TEST(test_failure_is_named)
{
	const struct race r = { .run = true, .result = failures[_i].result };
	char *why = race_failure(&r);

	ck_assert_str_eq(why, failures[_i].text);
	free(why);
}
END_TEST

/* Of numa_maps, what begins as a gap does is one only if nothing else begins so. */
START_TEST(test_judge_starts)
{
	struct race_plan *plan = plan_of("existing-merge-both");
	struct exploration *x = predict(plan, 0, RACE_READ);
	size_t gaps = 0;

	for (size_t i = 0; i < x->nr; i++) {
		const struct observation *o = &x->observations[i];
		struct race_view view = { .nr = o->nr };
		struct race_what what;

		for (size_t j = 0; j < o->nr; j++)
			view.lines[j].start = o->lines[j].start;
		race_judge(x, &view, &what);
		ck_assert(what.predicted);
		ck_assert(o->gap || !what.o.gap);
		gaps += what.o.gap;
		view.lines[0].start++;
		race_judge(x, &view, &what);
		ck_assert(!what.predicted && !what.o.gap && !what.o.overlap);
	}
	ck_assert_uint_gt(gaps, 0);
	exploration_free(x);
	free(plan);
}
END_TEST

/* ---- what is printed ----------------------------------------------------- */

/* A case with two races, one that is not raced, one that no file shows. */
struct printed {
	struct common common;
	struct races all;
	struct race_entry entries[3];
	struct race races[3];
	struct race_seen seen[2];
};

static const struct race_view half_read = {
	.nr = 4,
	.lines = { { 12, 16 }, { 16, 24 }, { 32, 37 }, { 37, 41 } },
};

/* Under the lock that is not predicted, and of two that are one was not read. */
static void fill_race(struct printed *p, struct race_plan *plan)
{
	struct exploration *x = predict(plan, 1, RACE_READ);
	struct race *r = p->races;

	p->seen[0] = (struct race_seen){ .view = plan->first,
					 .count = 5,
					 .beside = { [RACE_BESIDE_NONE] = 5 } };
	p->seen[1] = (struct race_seen){ .view = half_read,
					 .count = 7,
					 .beside = { 0, 4, 2, 1 },
					 .text = "one\ntwo\n" };
	r[0] = (struct race){ .plan = plan, .run = true };
	r[0].result = (struct race_result){ .reads = 12,
					    .beside = { 5, 4, 2, 1 },
					    .ops = 1,
					    .cut = 1,
					    .overflow = 2,
					    .nanoseconds = 2000000000,
					    .fifo = true,
					    .seen = p->seen,
					    .nr = 2 };
	r[0].account = race_account_of(x, &r[0].result);
	r[1] = (struct race){ .plan = plan,
			      .kind = RACE_QUERY,
			      .writer = 1,
			      .run = true,
			      .result = { .end = RACE_LOST, .signal = 9 } };
	r[1].account = race_account_of(x, &r[1].result);
	r[2] = (struct race){ .plan = plan };
	exploration_free(x);
}

static void fill(struct printed *p, struct race_plan *plan)
{
	memset(p, 0, sizeof(*p));
	fill_race(p, plan);
	p->entries[0] =
		(struct race_entry){ find_case("existing-merge-left-partial"),
				     plan, NULL, p->races, 3 };
	p->entries[1].c = find_case("relocate-stack");
	p->entries[1].why = "it moves";
	p->entries[2].c = find_case("new-merge-both");
	p->all = (struct races){
		.common = &p->common,
		.kernel = { .release = "6.18.0",
			    .rules = rules_for("7.3"),
			    .lockless = true,
			    .why = "since 6.17",
			    .why_preemptible = "PREEMPT_NONE",
			    .read_ns = 9000 },
		.settings = { .pause = 500,
			      .within = 6000,
			      .timers = 2,
			      .watchers = 1,
			      .timer_thread = true,
			      .spin = true,
			      .fifo = true,
			      .name = 100 },
		.topmost = true,
		.entries = p->entries,
		.nr = 3,
	};
}

/* Both outputs, in order. */
static void capture(void (*print)(const struct races *all),
		    const struct races *all, char *text, size_t size)
{
	char path[TEMP_PATH];
	int fd = temp_file(path);
	ssize_t len;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	print(all);
	fflush(stdout);
	len = pread(fd, text, size - 1, 0);
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	unlink(path);
}

#define HEAD(p)                                                                            \
	p "Linux 6.18.0, rules of 7.3\n" p                                                 \
	  "maps is read without the mmap lock: since 6.17\n" p                             \
	  "the kernel is not preemptible: PREEMPT_NONE\n" p                                \
	  "two processors, since it is not preemptible: the writer waits up to 500 ns\n" p \
	  "nothing is mapped above the case\n" p                                           \
	  "what is mapped is a file of a long name\n" p                                    \
	  "interrupts within 6000 ns, where a read takes 9000: 2 timers, 1 watcher\n" p    \
	  "a real-time thread beside the reader reads the timers\n" p                      \
	  "an idle-priority thread keeps the writer's processor awake\n"

#define FIRST_RACE                                                                         \
	" read, thread (real-time)\n"                                                      \
	"  12 reads and 1 operation in 2.00 s: 6 and 0 a second\n"                         \
	"  reads beside an operation: 7\n"                                                 \
	"  reads with a gap: 7, 3.50 a second:\n"                                          \
	"  4 in the case's own step, 2 through its undoing, 1 beside several operations\n" \
	"             7  gap           12-16 16-24 32-37 37-41\n"                          \
	"                  4 in the case's own step, 2 through its undoing, 1 beside\n"    \
	"                  several operations\n"                                           \
	"                  NOT PREDICTED\n"                                                \
	"  before  |-------|---------------|-------------------------|-------|\n"          \
	"  after   |-------|-------------------------------|---------|-------|\n"          \
	"  read    |-------|---------------|               |---------|-------|\n"          \
	"  missing                         |???????????????|\n"                            \
	"                  | one\n"                                                        \
	"                  | two\n"                                                        \
	"             5  before        12-16 16-24 24-37 37-41\n"                          \
	"  cut off, and not counted: 1\n"                                                  \
	"  other ones: 2\n"                                                                \
	"  predicted and not seen: 1 of 2, 0 with a gap\n"                                 \
	"                after         12-16 16-32 32-37 37-41\n"

#define SECOND_RACE                                                            \
	"vmatlas race: existing-merge-left-partial, query, process: the child came to an unforeseen end: Killed\n"

static const struct {
	void (*print)(const struct races *all);
	const char *text;
} printers[] = {
	{ race_text,
	  HEAD("") "\nexisting-merge-left-partial\n" FIRST_RACE SECOND_RACE
		   "\nrelocate-stack\n not raced: it moves\n"
		   "\nnew-merge-both\n" },
	{ race_summary,
	  HEAD("") "                                        beside reads with a gap      over-     \n"
		   "                                reads   an op.    own undone   more   laps  new\n"
		   "existing-merge-left-partial        12        7      4      2      1      0    7\n" FIRST_RACE
			   SECOND_RACE "relocate-stack\n not raced: it moves\n"
		   "new-merge-both                      0        0      0      0      0      0    0\n"
		   "beside an op.: only these could have shown anything; gap: a page that is\n"
		   "mapped all the time is missing, beside the case's own operation alone, what\n"
		   "undoes it alone, or more than one operation; new: reads that were not\n"
		   "predicted\n" },
	{ race_tap,
	  HEAD("# ") "1..3\n"
		     "not ok 1 - existing-merge-left-partial\n"
		     "# read, thread: reads 12, beside an operation 7, gaps 4 own 2 undoing 1 several, overlaps 0, unpredicted 7\n"
		     "# query, process: the child came to an unforeseen end: Killed\n"
		     "ok 2 - relocate-stack # SKIP it moves\n"
		     "ok 3 - new-merge-both # SKIP this kernel has no such file\n" },
};

START_TEST(test_printed)
{
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct printed p;
	const char *want = printers[_i].text;
	char text[8192];
	size_t same = 0;

	fill(&p, plan);
	capture(printers[_i].print, &p.all, text, sizeof(text));
	while (text[same] && text[same] == want[same])
		same++;
	ck_assert_msg(text[same] == want[same], "not '%.90s', but '%.90s'",
		      want + same, text + same);
	race_account_free(&p.races[0].account);
	race_account_free(&p.races[1].account);
	free(plan);
}
END_TEST

/* ---- parts of it ---------------------------------------------------------- */

/* A real-time writer with nobody to wait for is not too long without a rest. */
START_TEST(test_writer_rests)
{
	const struct rlimit turn = { 60000, 60000 }; /* microseconds */
	const struct race_opts opts = { .settings.fifo = true };
	struct race_plan *plan = plan_of("existing-merge-left-partial");
	struct race_shared *a = xcalloc(1, sizeof(*a));
	pthread_t writer;

	a->plan = plan;
	a->opts = &opts;
	race_choose_cpus(a);
	ck_assert_int_eq(race_reserve(a), 0);
	ck_assert_int_eq(race_map_before(a), 0);
	setrlimit(RLIMIT_RTTIME, &turn);
	pthread_create(&writer, NULL, race_write_on, a);
	usleep(150000);
	a->stop = true;
	pthread_join(writer, NULL);
	/* Nor does it rest each time. */
	ck_assert_uint_gt(a->done, 200);
	ck_assert_uint_eq(a->done, a->begun);
	ck_assert_int_eq(a->op_err, 0);
	free(a);
	free(plan);
}
END_TEST

/* As long as asked, a quarter of it line feeds; as memfd_create() and a read() allow. */
static const struct {
	const char *id;
	enum race_kind kind;
	unsigned int name;
	size_t length;
} lengths[] = {
	{ "existing-merge-left-partial", RACE_READ, 400, 100 },
	{ "existing-merge-left-partial", RACE_READ, 1000, 249 },
	/* Five lines, and four that have a name. */
	{ "existing-merge-both", RACE_READ, 1000, (4096 / 4 - 128) / 4 },
	/* As many, but only after the call. */
	{ "change-inner", RACE_READ, 1000, (4096 / 4 - 128) / 4 },
	{ "existing-merge-both", RACE_SMAPS, 400, 0 },
	{ "existing-merge-both", RACE_READ, 0, 0 },
};

START_TEST(test_name_length)
{
	struct race_opts opts = { .kind = lengths[_i].kind,
				  .settings.name = lengths[_i].name };
	struct race_plan *plan = plan_of(lengths[_i].id);
	struct race_shared *a = xcalloc(1, sizeof(*a));
	char path[64], name[512] = "/memfd:";

	a->plan = plan;
	a->opts = &opts;
	ck_assert_int_eq(race_reserve(a), 0);
	ck_assert_int_eq(a->file < 0, !lengths[_i].length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", a->file);
	if (a->file >= 0)
		ck_assert_int_gt(readlink(path, name, sizeof(name) - 1), 0);
	ck_assert_uint_eq(strspn(name + strlen("/memfd:"), "\n"),
			  lengths[_i].length);
	free(a);
	free(plan);
}
END_TEST

/* ---- the suite ----------------------------------------------------------- */

/* The address sanitizer has memory of its own up there. */
#ifdef __SANITIZE_ADDRESS__
#define NR_TOPMOST 0
#else
#define NR_TOPMOST 2
#endif

Suite *suite_race(void)
{
	Suite *s = suite_create("race");
	TCase *lines = tcase_create("lines");
	TCase *loops = tcase_create("loops");
	TCase *races = tcase_create("races");

	tcase_add_loop_test(lines, test_parse, 0, LEN(texts));
	tcase_add_test(lines, test_parse_too_many);
	tcase_add_loop_test(lines, test_parse_larger, 0, LEN(larger));
	suite_add_tcase(s, lines);

	tcase_add_checked_fixture(loops, load, unload);
	tcase_set_timeout(loops, 60);
	tcase_add_loop_test(loops, test_judge, 0, LEN(reads));
	tcase_add_loop_test(loops, test_plan, 0, LEN(plans));
	tcase_add_loop_test(loops, test_plan_refused, 0, LEN(refused));
	tcase_add_loop_test(loops, test_loop_has_parts, 0, LEN(mail));
	tcase_add_loop_test(loops, test_loop_without_gap, 0, LEN(mail));
	tcase_add_loop_test(loops, test_loop_gap, 0, LEN(mail));
	tcase_add_loop_test(loops, test_loop_repaired, 0, LEN(repairs));
	tcase_add_test(loops, test_judge_starts);
	tcase_add_test(loops, test_loop_reuse);
	tcase_add_test(loops, test_loop_elsewhere);
	tcase_add_loop_test(loops, test_printed, 0, LEN(printers));
	suite_add_tcase(s, loops);

	tcase_add_checked_fixture(races, load, unload);
	tcase_set_timeout(races, 30);
	tcase_add_loop_test(races, test_release, 0, LEN(releases));
	tcase_add_test(races, test_kernel);
	tcase_add_loop_test(races, test_race, 0, 4 * NR_RACE_KINDS);
	if (!NR_TOPMOST)
		fputs("race: skipped: what is the last that is mapped\n",
		      stderr);
	tcase_add_loop_test(races, test_race_topmost, 0, NR_TOPMOST);
	tcase_add_test(races, settings);
	tcase_add_test(races, test_writer_rests);
	tcase_add_loop_test(races, test_name_length, 0, LEN(lengths));
	tcase_add_loop_test(races, test_others_run_too, 0, LEN(on_cpus));
	tcase_add_loop_test(races, test_ends, 0, LEN(ends));
	tcase_add_loop_test(races, test_off_course, 0, 2);
	tcase_add_loop_test(races, test_failure_is_named, 0,
			    ARRAY_SIZE(failures));
	suite_add_tcase(s, races);
	return s;
}
