// SPDX-License-Identifier: GPL-2.0-only
/* What was seen in a race, held against what the explorer says can be. */
#include <stdlib.h>
#include <string.h>

#include "cmd/race.h"
#include "lib/memory.h"
#include "lib/stream.h"

/* ---- one read ------------------------------------------------------------ */

static void set_lines(struct race_what *what)
{
	what->o.lines = what->lines;
}

/* Of numa_maps only where VMAs begin can be held against anything. */
static bool same_starts(const struct race_what *what,
			const struct observation *o)
{
	if (what->o.nr != o->nr)
		return false;
	for (size_t i = 0; i < o->nr; i++)
		if (what->lines[i].start != o->lines[i].start)
			return false;
	return true;
}

/* It is a gap, or an overlap, if all is that begins so. */
static void judge_starts(const struct exploration *x, struct race_what *what)
{
	what->o.gap = what->o.overlap = true;
	what->o.view = VIEW_MIXED;
	for (size_t i = 0; i < x->nr; i++) {
		const struct observation *o = &x->observations[i];

		if (!same_starts(what, o))
			continue;
		if (!what->predicted || !o->gap)
			what->o.view = o->view;
		what->predicted = true;
		what->o.gap_start = o->gap_start;
		what->o.gap_end = o->gap_end;
		what->o.gap &= o->gap;
		what->o.overlap &= o->overlap;
	}
	what->o.gap &= what->predicted;
	what->o.overlap &= what->predicted;
}

void race_judge(const struct exploration *x, const struct race_view *view,
		struct race_what *what)
{
	memset(what, 0, sizeof(*what));
	set_lines(what);
	what->o.nr = view->nr;
	for (uint32_t i = 0; i < view->nr; i++) {
		what->lines[i].start = view->lines[i].start;
		what->lines[i].end = view->lines[i].end;
	}
	if (view->nr && !view->lines[0].end) {
		judge_starts(x, what);
		return;
	}
	exploration_judge(x, &what->o);
	what->predicted = exploration_find(x, what->lines, what->o.nr);
}

const char *race_word(const struct observation *o)
{
	if (o->gap)
		return o->overlap ? "gap, overlap" : "gap";
	if (o->overlap)
		return "overlap";
	if (o->view == VIEW_BEFORE)
		return "before";
	return o->view == VIEW_AFTER ? "after" : "mixed";
}

const char *const race_beside_words[NR_RACE_BESIDE] = {
	[RACE_BESIDE_NONE] = "nothing",
	[RACE_BESIDE_OWN] = "own",
	[RACE_BESIDE_UNDOING] = "undoing",
	[RACE_BESIDE_SEVERAL] = "several",
};

/* ---- a race -------------------------------------------------------------- */

static bool same_ranges(const struct race_view *v, const struct observation *o)
{
	if (v->nr != o->nr)
		return false;
	for (size_t i = 0; i < o->nr; i++)
		if (v->lines[i].start != o->lines[i].start ||
		    (v->lines[i].end && v->lines[i].end != o->lines[i].end))
			return false;
	return true;
}

static bool was_seen(const struct race_result *result,
		     const struct observation *o)
{
	for (uint32_t i = 0; i < result->nr; i++)
		if (same_ranges(&result->seen[i].view, o))
			return true;
	return false;
}

/* Most often seen first. */
static int by_count(const void *a, const void *b)
{
	const struct race_what *x = a, *y = b;

	return ORDER(y->count, x->count);
}

static void add_seen(struct race_account *account, const struct exploration *x,
		     const struct race_seen *seen)
{
	struct race_what *what = &account->seen[account->nr_seen++];

	race_judge(x, &seen->view, what);
	what->count = seen->count;
	memcpy(what->beside, seen->beside, sizeof(what->beside));
	memcpy(what->text, seen->text, sizeof(what->text));
	if (!what->predicted)
		account->unpredicted += what->count;
	if (what->o.overlap)
		account->overlaps += what->count;
	if (!what->o.gap)
		return;
	account->gaps += what->count;
	for (int i = 0; i < NR_RACE_BESIDE; i++)
		account->gaps_beside[i] += what->beside[i];
}

static void add_unseen(struct race_account *account,
		       const struct observation *o)
{
	struct race_what *what = &account->unseen[account->nr_unseen++];

	what->o = *o;
	set_lines(what);
	if (what->o.nr > RACE_LINES)
		what->o.nr = RACE_LINES;
	memcpy(what->lines, o->lines, what->o.nr * sizeof(*o->lines));
	what->predicted = true;
	account->gaps_unseen += o->gap;
}

static const char *no_prediction(const struct exploration *x)
{
	if (x->broken)
		return x->broken;
	if (x->stuck)
		return x->stuck;
	return x->end == EXPLORED ? NULL
				  : "it has more states than can be explored";
}

struct race_account race_account_of(const struct exploration *x,
				    const struct race_result *result)
{
	struct race_account account = { .nr_predicted = x->nr };

	account.no_prediction = no_prediction(x);
	account.seen = xcalloc(result->nr, sizeof(*account.seen));
	account.unseen = xcalloc(x->nr, sizeof(*account.unseen));
	for (uint32_t i = 0; i < result->nr; i++)
		add_seen(&account, x, &result->seen[i]);
	for (size_t i = 0; i < x->nr; i++)
		if (!was_seen(result, &x->observations[i]))
			add_unseen(&account, &x->observations[i]);
	qsort(account.seen, account.nr_seen, sizeof(*account.seen), by_count);
	for (size_t i = 0; i < account.nr_seen; i++)
		set_lines(&account.seen[i]);
	return account;
}

void race_account_free(struct race_account *account)
{
	free(account->seen);
	free(account->unseen);
}

/* ---- how it ended -------------------------------------------------------- */

const struct key_text race_ends[NR_RACE_ENDS] = {
	[RACE_DONE] = { "done", "" },
	[RACE_LATE] = { "late",
			"it did not end in time and was killed: this is what it read until then" },
	[RACE_NO_CHILD] = { "no child", "nobody could be had to race" },
	[RACE_NO_ROOM] = { "no room", "the region could not be made" },
	[RACE_NO_READ] = { "no read", "reading failed" },
	[RACE_NO_OP] = { "no operation", "an operation failed" },
	[RACE_STRANGE] = { "off opts",
			   "by itself, before the race, an operation did what the simulator says it does not" },
	[RACE_LOST] = { "lost", "the child came to an unforeseen end" },
	[RACE_NO_WRITER] = { "no writer",
			     "the writer came to an unforeseen end" },
};

bool race_was_raced(const struct race *r)
{
	return r->run &&
	       (r->result.end == RACE_DONE || r->result.end == RACE_LATE);
}

static void print_strange(FILE *out, const struct race_view *v)
{
	fputs(":", out);
	for (uint32_t i = 0; i < v->nr; i++)
		fprintf(out, " %u-%u", v->lines[i].start, v->lines[i].end);
}

char *race_failure(const struct race *r)
{
	const struct race_result *res = &r->result;
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputs(race_ends[res->end].text, out);
	if (res->end == RACE_NO_OP || res->end == RACE_STRANGE)
		fprintf(out, " (number %u)", res->op + 1);
	if (res->err)
		fprintf(out, ": %s", strerror(res->err));
	else if (res->end == RACE_NO_READ)
		fputs(": it is not what such a file looks like", out);
	if (res->end != RACE_LATE && res->signal)
		fprintf(out, ": %s", strsignal(res->signal));
	if (res->end == RACE_STRANGE)
		print_strange(out, &res->strange);
	return buffer_text(&b);
}

int race_status(const struct race *r)
{
	if (!r->run)
		return EXIT_FINE;
	if (r->account.no_prediction)
		return EXIT_UNUSABLE;
	if (r->account.unpredicted)
		return EXIT_WRONG;
	return race_was_raced(r) ? EXIT_FINE : EXIT_UNUSABLE;
}
