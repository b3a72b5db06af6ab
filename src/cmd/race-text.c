// SPDX-License-Identifier: GPL-2.0-only
/* What was seen in races, for people: in full, a line a case, or as TAP. */
#include <string.h>

#include "cmd/race.h"
#include "cmd/words.h"
#include "lib/memory.h"
#include "lib/text.h"

typedef unsigned long long ull;

/* ---- ranges and pictures ------------------------------------------------- */

static void print_ranges(const struct observation *o)
{
	for (size_t i = 0; i < o->nr; i++)
		printf(o->lines[i].end ? "%s%lu-%lu" : "%s%lu-", i ? " " : "",
		       o->lines[i].start, o->lines[i].end);
}

/* Two columns a page, as long as that fits on a line of a terminal. */
static int columns_of(unsigned long page, const struct race_plan *plan)
{
	unsigned long pages = plan->end - plan->start;

	return (int)(page - plan->start) * (pages <= 34 ? 2 : 1);
}

#define PICTURE 80

static void draw(FILE *out, const char *name, const struct race_plan *plan,
		 const struct race_view *v, char fill)
{
	char row[PICTURE];
	int length = PICTURE - 1;

	memset(row, ' ', sizeof(row));
	for (uint32_t i = 0; i < v->nr; i++) {
		unsigned long start = v->lines[i].start;
		int from = columns_of(start, plan);
		int to = columns_of(v->lines[i].end ?: start, plan);

		for (int at = from; at <= to && at < PICTURE - 1; at++)
			if (at >= 0)
				row[at] = at == from || at == to ? '|' : fill;
	}
	while (length && row[length - 1] == ' ')
		length--;
	fprintf(out, "  %-7s %.*s\n", name, length, row);
}

void race_gap_picture(FILE *out, const struct race *r,
		      const struct race_what *what)
{
	struct race_view read = { .nr = what->o.nr };
	struct race_view gap = { .nr = 1 };

	for (uint32_t i = 0; i < read.nr; i++) {
		read.lines[i].start = what->lines[i].start;
		read.lines[i].end = what->lines[i].end;
	}
	gap.lines[0].start = what->o.gap_start;
	gap.lines[0].end = what->o.gap_end;
	draw(out, "before", r->plan, &r->plan->first, '-');
	draw(out, "after", r->plan, &r->plan->after[0], '-');
	draw(out, "read", r->plan, &read, '-');
	draw(out, "missing", r->plan, &gap, '?');
}

/* ---- a race -------------------------------------------------------------- */

static void print_raw(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (p == text || p[-1] == '\n')
			fputs("                  | ", stdout);
		putchar(*p);
	}
}

static void print_beside(int indent, const uint64_t *beside)
{
	printf("%*s", indent, "");
	wrap_printf(
		stdout, indent,
		"%llu in the case's own step, %llu through its undoing, %llu beside several operations",
		(ull)beside[RACE_BESIDE_OWN], (ull)beside[RACE_BESIDE_UNDOING],
		(ull)beside[RACE_BESIDE_SEVERAL]);
}

static void print_seen(const struct race *r, const struct race_what *what)
{
	printf("  %12llu  %-13s ", (ull)what->count, race_word(&what->o));
	print_ranges(&what->o);
	putchar('\n');
	if (what->o.gap)
		print_beside(18, what->beside);
	if (!what->predicted)
		puts("                  NOT PREDICTED");
	if (!what->predicted || what->o.gap) {
		race_gap_picture(stdout, r, what);
		print_raw(what->text);
	}
}

static void print_unseen(const struct race_account *a)
{
	if (!a->nr_unseen)
		return;
	printf("  ");
	wrap_printf(stdout, 2,
		    "predicted and not seen: %zu of %zu, %zu with a gap",
		    a->nr_unseen, a->nr_predicted, a->gaps_unseen);
	for (size_t i = 0; i < a->nr_unseen; i++) {
		printf("                %-13s ", race_word(&a->unseen[i].o));
		print_ranges(&a->unseen[i].o);
		putchar('\n');
	}
}

static double per_second(uint64_t n, const struct race_result *res)
{
	return res->nanoseconds ? n * 1e9 / res->nanoseconds : 0;
}

/* What could not be done is said where errors are, in the order of what is said. */
static void print_failure(const struct race *r)
{
	char *why __free(free) =
		r->account.no_prediction ? NULL : race_failure(r);

	fflush(stdout);
	fprintf(stderr, "vmatlas race: %s, %s, %s: %s%s\n", r->plan->id,
		race_kind_names[r->kind], race_writer_names[r->writer],
		why ? "" : "no prediction: ",
		why ? why : r->account.no_prediction);
}

static void print_numbers(const struct race *r)
{
	const struct race_result *res = &r->result;
	const struct race_account *a = &r->account;

	printf("  ");
	wrap_printf(
		stdout, 2,
		"%llu read%s and %llu operation%s in %.2f s: %.0f and %.0f a second",
		(ull)res->reads, plural(res->reads), (ull)res->ops,
		plural(res->ops), res->nanoseconds / 1e9,
		per_second(res->reads, res), per_second(res->ops, res));
	printf("  reads beside an operation: %llu\n",
	       (ull)(res->reads - res->beside[RACE_BESIDE_NONE]));
	if (!a->gaps)
		return;
	printf("  reads with a gap: %llu, %.2f a second:\n", (ull)a->gaps,
	       per_second(a->gaps, res));
	print_beside(2, a->gaps_beside);
}

static void print_race(const struct race *r)
{
	const struct race_result *res = &r->result;

	if (!r->run)
		return;
	if (r->account.no_prediction || !race_was_raced(r)) {
		print_failure(r);
		return;
	}
	printf(" %s, %s%s\n", race_kind_names[r->kind],
	       race_writer_names[r->writer], res->fifo ? " (real-time)" : "");
	print_numbers(r);
	if (res->end == RACE_LATE)
		print_failure(r);
	for (size_t i = 0; i < r->account.nr_seen; i++)
		print_seen(r, &r->account.seen[i]);
	if (res->cut)
		printf("  cut off, and not counted: %llu\n", (ull)res->cut);
	if (res->overflow)
		printf("  other ones: %llu\n", (ull)res->overflow);
	print_unseen(&r->account);
}

/* ---- all of them --------------------------------------------------------- */

static void print_timers(const struct race_settings *s, unsigned long read_ns,
			 const char *prefix)
{
	if (!s->within || !s->timers)
		return;
	say_printf(
		prefix,
		"interrupts within %lu ns, where a read takes %lu: %u timer%s, %u watcher%s",
		s->within, read_ns, s->timers, plural(s->timers), s->watchers,
		plural(s->watchers));
	if (s->timer_thread && s->fifo)
		say_printf(
			prefix,
			"a real-time thread beside the reader reads the timers");
	if (s->spin)
		say_printf(
			prefix,
			"an idle-priority thread keeps the writer's processor awake");
}

/* What was chosen, and why that. */
static void print_settings(const struct races *all, const char *prefix)
{
	const struct race_settings *s = &all->settings;
	bool same = s->cpus == RACE_CPUS_SAME;

	say_printf(prefix, "%s, %s: the writer %s up to %lu ns",
		   same ? "one processor" : "two processors",
		   all->cpus_asked	     ? "as asked"
		   : all->kernel.preemptible ? "since it is preemptible"
					     : "since it is not preemptible",
		   same ? "sleeps" : "waits", s->pause);
	if (all->topmost)
		say_printf(prefix, "nothing is mapped above the case");
	if (s->name)
		say_printf(prefix, "what is mapped is a file of a long name");
	print_timers(s, all->kernel.read_ns, prefix);
}

static void print_head(const struct races *all, const char *prefix)
{
	const struct race_kernel *k = &all->kernel;

	say_printf(prefix, "Linux %s, rules of %s", k->release,
		   k->rules->version);
	say_printf(prefix, "maps is read %s the mmap lock: %s",
		   k->lockless ? "without" : "under", k->why);
	say_printf(prefix, "the kernel is %spreemptible: %s",
		   k->preemptible ? "" : "not ", k->why_preemptible);
	print_settings(all, prefix);
}

void race_text(const struct races *all)
{
	print_head(all, "");
	for (size_t i = 0; i < all->nr; i++) {
		const struct race_entry *e = &all->entries[i];

		printf("\n%s%s%s\n", color_start(all->common), e->c->id,
		       color_end(all->common));
		if (e->why)
			printf(" not raced: %s\n", e->why);
		for (size_t j = 0; j < e->nr; j++)
			print_race(&e->races[j]);
	}
}

/* ---- a line a case ------------------------------------------------------- */

struct sum {
	uint64_t reads;
	uint64_t beside; /* of these, beside an operation */
	uint64_t gaps[NR_RACE_BESIDE];
	uint64_t overlaps;
	uint64_t unpredicted;
};

static struct sum sum_of(const struct race_entry *e)
{
	struct sum sum = { 0 };

	for (size_t i = 0; i < e->nr; i++) {
		const struct race *r = &e->races[i];

		if (!race_was_raced(r) || r->account.no_prediction)
			continue;
		sum.reads += r->result.reads;
		sum.beside +=
			r->result.reads - r->result.beside[RACE_BESIDE_NONE];
		for (int k = 0; k < NR_RACE_BESIDE; k++)
			sum.gaps[k] += r->account.gaps_beside[k];
		sum.overlaps += r->account.overlaps;
		sum.unpredicted += r->account.unpredicted;
	}
	return sum;
}

/* In full, if it is not as it should be. */
static void print_if_wrong(const struct race *r)
{
	if (!r->run)
		return;
	if (!race_was_raced(r) || r->account.no_prediction ||
	    r->account.unpredicted)
		print_race(r);
	else if (r->result.end == RACE_LATE)
		print_failure(r);
}

static void print_sum(const struct common *common, const struct race_entry *e)
{
	struct sum sum = sum_of(e);

	printf("%s%-28s%s %8llu %8llu %6llu %6llu %6llu %6llu %4llu\n",
	       color_start(common), e->c->id, color_end(common), (ull)sum.reads,
	       (ull)sum.beside, (ull)sum.gaps[RACE_BESIDE_OWN],
	       (ull)sum.gaps[RACE_BESIDE_UNDOING],
	       (ull)sum.gaps[RACE_BESIDE_SEVERAL], (ull)sum.overlaps,
	       (ull)sum.unpredicted);
	for (size_t i = 0; i < e->nr; i++)
		print_if_wrong(&e->races[i]);
}

void race_summary(const struct races *all)
{
	print_head(all, "");
	printf("%-28s %8s %8s %20s %6s %4s\n", "", "", "beside",
	       "reads with a gap    ", "over-", "");
	printf("%-28s %8s %8s %6s %6s %6s %6s %4s\n", "", "reads", "an op.",
	       "own", "undone", "more", "laps", "new");
	for (size_t i = 0; i < all->nr; i++) {
		const struct race_entry *e = &all->entries[i];

		if (e->why)
			printf("%s\n not raced: %s\n", e->c->id, e->why);
		else
			print_sum(all->common, e);
	}
	wrap_puts(
		stdout, 0,
		"beside an op.: only these could have shown anything; gap: a page that is mapped all the time is missing, beside the case's own operation alone, what undoes it alone, or more than one operation; new: reads that were not predicted");
}

/* ---- TAP ----------------------------------------------------------------- */

static bool is_well(const struct race_entry *e)
{
	for (size_t i = 0; i < e->nr; i++)
		if (race_status(&e->races[i]) != EXIT_FINE)
			return false;
	return true;
}

static void print_tap_numbers(const struct race *r)
{
	const struct race_account *a = &r->account;

	printf("reads %llu, beside an operation %llu, gaps %llu own %llu undoing %llu several, overlaps %llu, unpredicted %llu\n",
	       (ull)r->result.reads,
	       (ull)(r->result.reads - r->result.beside[RACE_BESIDE_NONE]),
	       (ull)a->gaps_beside[RACE_BESIDE_OWN],
	       (ull)a->gaps_beside[RACE_BESIDE_UNDOING],
	       (ull)a->gaps_beside[RACE_BESIDE_SEVERAL], (ull)a->overlaps,
	       (ull)a->unpredicted);
}

/* In a guest there is but one output: what could not be raced is said there, too. */
static void tap_race(const struct race *r)
{
	char *why = NULL;

	printf("# %s, %s: ", race_kind_names[r->kind],
	       race_writer_names[r->writer]);
	if (r->account.no_prediction)
		printf("no prediction: %s\n", r->account.no_prediction);
	else if (race_was_raced(r))
		print_tap_numbers(r);
	else
		puts(why = race_failure(r));
	free(why);
}

static void tap_entry(const struct race_entry *e, size_t nr)
{
	if (e->why || !e->nr) {
		printf("ok %zu - %s # SKIP %s\n", nr, e->c->id,
		       e->why ?: "this kernel has no such file");
		return;
	}
	printf("%sok %zu - %s\n", is_well(e) ? "" : "not ", nr, e->c->id);
	for (size_t i = 0; i < e->nr; i++)
		if (e->races[i].run)
			tap_race(&e->races[i]);
}

void race_tap(const struct races *all)
{
	print_head(all, "# ");
	printf("1..%zu\n", all->nr);
	for (size_t i = 0; i < all->nr; i++)
		tap_entry(&all->entries[i], i + 1);
}
