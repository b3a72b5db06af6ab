/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of "vmatlas race" share. */
#ifndef VMATLAS_CMD_RACE_H
#define VMATLAS_CMD_RACE_H

#include "cmd/cmd.h"
#include "lib/text.h"
#include "oracle/race.h"

/**
 * struct race_what - something that was read, or could have been
 * @o: it, as the explorer judges it
 * @lines: of @o
 * @predicted: the explorer has it
 * @count: reads of it
 * @beside: these by what there was beside them
 * @text: as it was read, or ""
 */
struct race_what {
	struct observation o;
	struct reported lines[RACE_LINES];
	bool predicted;
	uint64_t count;
	uint64_t beside[NR_RACE_BESIDE];
	char text[RACE_TEXT];
};

/**
 * struct race_account - what came of a race, held against what was predicted
 * @seen: what was read, most often first
 * @nr_seen: how many kinds
 * @unseen: what was predicted and not read
 * @nr_unseen: how many kinds
 * @nr_predicted: kinds that were predicted
 * @unpredicted: reads of what was not
 * @gaps: reads with a gap
 * @gaps_beside: these by what there was beside them
 * @gaps_unseen: kinds with a gap that were predicted and not read
 * @overlaps: reads with an overlap
 * @no_prediction: why there is nothing to hold it against, or NULL
 */
struct race_account {
	struct race_what *seen;
	size_t nr_seen;
	struct race_what *unseen;
	size_t nr_unseen;
	size_t nr_predicted;
	uint64_t unpredicted;
	uint64_t gaps;
	uint64_t gaps_beside[NR_RACE_BESIDE];
	size_t gaps_unseen;
	uint64_t overlaps;
	const char *no_prediction;
};

/**
 * struct race - a case, a kind of reader, a kind of writer
 * @plan: the case
 * @kind: who reads
 * @writer: index of race_writer_names
 * @reader: whose steps that takes
 * @result: what came of it, but for what was seen
 * @account: what was seen
 * @run: it was run
 */
struct race {
	const struct race_plan *plan;
	enum race_kind kind;
	int writer;
	struct reader reader;
	struct race_result result;
	struct race_account account;
	bool run;
};

/**
 * struct race_entry - a case that is raced, or why it is not
 * @c: the case
 * @plan: how it is raced
 * @why: why it is not, or NULL
 * @races: with each reader and writer
 * @nr: how many
 */
struct race_entry {
	const struct cat_case *c;
	struct race_plan *plan;
	const char *why;
	struct race *races;
	size_t nr;
};

/**
 * struct races - all that was asked for
 * @common: the options
 * @kernel: where
 * @settings: how
 * @cpus_asked: on how many processors was said, not chosen
 * @topmost: nothing is mapped above the case
 * @entries: the cases
 * @nr: how many
 */
struct races {
	const struct common *common;
	struct race_kernel kernel;
	struct race_settings settings;
	bool cpus_asked;
	bool topmost;
	struct race_entry *entries;
	size_t nr;
};

#define RACE_WRITERS 2

extern const char *const race_writer_names[RACE_WRITERS];

/* ---- what was seen (race-account.c) -------------------------------------- */

/**
 * race_judge - judge something that was read
 * @x: what was predicted
 * @view: what was read
 * @what: filled in, but for counts and text
 */
void race_judge(const struct exploration *x, const struct race_view *view,
		struct race_what *what);

/**
 * race_account_of - hold a result against a prediction
 * @x: the prediction, which is not needed any more afterwards
 * @result: the result
 *
 * Return: For race_account_free().
 */
struct race_account race_account_of(const struct exploration *x,
				    const struct race_result *result);

/**
 * race_account_free - drop it
 * @account: its arrays are freed
 */
void race_account_free(struct race_account *account);

/**
 * race_was_raced - whether what was read can be held against the prediction
 * @r: the race
 *
 * Return: true if so.
 */
bool race_was_raced(const struct race *r);

/**
 * race_status - the exit status of a race
 * @r: the race
 *
 * Return: EXIT_WRONG if something was read that was not predicted,
 * EXIT_UNUSABLE if it could not be raced.
 */
int race_status(const struct race *r);

/**
 * race_failure - why a race came to no good end
 * @r: the race, which is one that was not raced or was killed
 *
 * Return: A line without its end, for free().
 */
char *race_failure(const struct race *r);

/* How a race ended. */
extern const struct key_text race_ends[NR_RACE_ENDS];

/**
 * race_word - what an observation is in a word or two
 * @o: the observation
 *
 * Return: A constant string.
 */
const char *race_word(const struct observation *o);

/* What there was beside a read, in a word. */
extern const char *const race_beside_words[NR_RACE_BESIDE];

/* ---- for people (race-text.c) -------------------------------------------- */

/**
 * race_text - all that was seen
 * @all: the races
 */
void race_text(const struct races *all);

/**
 * race_summary - a line a case, and more only of what is wrong
 * @all: the races
 */
void race_summary(const struct races *all);

/**
 * race_tap - a test a case
 * @all: the races
 */
void race_tap(const struct races *all);

/**
 * race_gap_picture - a read with a gap beside what is mapped all the time
 * @out: where to
 * @r: the race
 * @what: the read
 */
void race_gap_picture(FILE *out, const struct race *r,
		      const struct race_what *what);

/* ---- for machines (race-json.c) ------------------------------------------ */

/**
 * race_json - all that was seen
 * @all: the races
 */
void race_json(const struct races *all);

#endif /* VMATLAS_CMD_RACE_H */
