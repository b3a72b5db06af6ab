/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What readers without the mmap lock can see of a case.
 */
#ifndef VMATLAS_REPORT_READING_H
#define VMATLAS_REPORT_READING_H

#include "reader/reader.h"
#include "report/report.h"

/**
 * struct reading - what a reader can see of a case, whatever lies beside it
 * @reader: the reader; NULL until it was explored
 * @found: in all surroundings together
 * @judgement: the mail's claim held against that
 * @gaps: by what lies below and above: whether a page can be missed
 * @left: of the surrounding that is most worth showing: what lies below
 * @right: and above
 * @not_explored: why not all of it was explored, or NULL
 */
struct reading {
	const struct reader *reader;
	struct findings found;
	struct judgement judgement;
	bool gaps[NR_SIDES][NR_SIDES];
	enum side left;
	enum side right;
	const char *not_explored;
};

/**
 * report_reading - what a reader can see of a case
 * @r: the case; it keeps the answer, so that asking again costs nothing
 * @reader: one of readers()
 *
 * Return: The answer, which the report owns.
 */
const struct reading *report_reading(struct report *r,
				     const struct reader *reader);

/**
 * report_read_all - find out what readers can see of some cases
 * @reports: the cases
 * @nr: how many
 * @reader: the reader, NULL for all
 *
 * They are explored side by side. report_reading() then has the answers.
 */
void report_read_all(struct report *const *reports, size_t nr,
		     const struct reader *reader);

/**
 * report_explore - explore one surrounding of a case
 * @r: the case
 * @reader: the reader
 * @left: what lies below
 * @right: what lies above
 *
 * Return: an exploration for exploration_free().
 */
struct exploration *report_explore(const struct report *r,
				   const struct reader *reader, enum side left,
				   enum side right);

/**
 * struct read_cost - how often a reader walks down the tree
 * @reader: the reader
 * @of: the case with the most VMAs
 * @quiet: walks in a read of that while nobody writes
 * @more: the most that one operation adds to a read, over all cases
 */
struct read_cost {
	const struct reader *reader;
	const struct report *of;
	unsigned int quiet;
	unsigned int more;
};

/**
 * report_read_costs - what upstream and its repairs cost
 * @reports: the cases
 * @nr: how many
 * @nr_costs: where to put how many readers there are
 *
 * Counted in whole reads without a stop, with a hole and then a VMA below, and
 * with a VMA right above.
 *
 * Return: an array for free().
 */
struct read_cost *report_read_costs(struct report *const *reports, size_t nr,
				    size_t *nr_costs);

/**
 * report_print_gaps - where a page can be missed: "below: adjacent; above: any"
 * @out: where to
 * @g: of a reader
 */
void report_print_gaps(FILE *out, const struct reading *g);

/**
 * report_print_twice - what can be reported twice: "prev; pages of middle"
 * @out: where to
 * @g: of a reader
 */
void report_print_twice(FILE *out, const struct reading *g);

/**
 * report_print_claim - what the mail claims: "prev twice, no gap, looks again"
 * @out: where to
 * @claim: the claim
 */
void report_print_claim(FILE *out, const struct cat_claim *claim);

/**
 * report_print_weaker - how a claim is weaker: "; also twice: prev"
 * @out: where to; nothing if it is not
 * @j: the claim, judged
 * @in_full: all was explored: only then does it say something that nothing was seen
 */
void report_print_weaker(FILE *out, const struct judgement *j, bool in_full);

/**
 * report_print_verdict - "refuted", or how a claim is weaker than what is true
 * @out: where to
 * @g: of a reader
 */
void report_print_verdict(FILE *out, const struct reading *g);

#endif /* VMATLAS_REPORT_READING_H */
