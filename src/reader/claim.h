/* SPDX-License-Identifier: GPL-2.0-only */
/* What explorations show together, against what the mail claims (claim.c). */
#ifndef VMATLAS_READER_CLAIM_H
#define VMATLAS_READER_CLAIM_H

#include "reader/explore.h"

enum verdict {
	VERDICT_NONE,	 /* nothing is claimed */
	VERDICT_HOLDS,	 /* as claimed, no more and no less */
	VERDICT_WEAKER,	 /* nothing claimed is wrong, but it is not all */
	VERDICT_REFUTED, /* something claimed is wrong */
};

/* "holds", "weaker", "refuted", "-". */
extern const char *const verdict_names[];

/**
 * struct findings - what the explorations of one case show together
 * @gap: there is a gap in one
 * @overlap: there is an overlap
 * @mixed: a view that is neither before nor after
 * @twice: names of VMAs that one read can report twice
 * @nr_twice: how many
 * @again: names of VMAs of which one read can report a page twice
 * @nr_again: how many
 * @retry: see struct exploration
 * @rewalk: likewise
 * @false_hole: likewise
 * @fallback: likewise
 * @nr: explorations
 * @nr_gap: explorations with a gap
 * @nr_overlap: with an overlap
 * @observations: of all, the same one in two surroundings counted twice
 * @states: of all
 * @shortest: steps of the shortest interleaving with a gap
 * @stuck: why a reader cannot finish, or NULL
 * @broken: what is wrong with a trace, or NULL
 * @limit: one of them was not explored in full
 */
struct findings {
	bool gap;
	bool overlap;
	bool mixed;
	const char *twice[32];
	size_t nr_twice;
	const char *again[32];
	size_t nr_again;
	bool retry;
	bool rewalk;
	bool false_hole;
	bool fallback;
	size_t nr;
	size_t nr_gap;
	size_t nr_overlap;
	size_t observations;
	size_t states;
	unsigned int shortest;
	const char *stuck;
	const char *broken;
	bool limit;
};

/**
 * findings_add - add an exploration
 * @f: zeroed at first
 * @x: the exploration; may be dropped afterwards
 */
void findings_add(struct findings *f, const struct exploration *x);

/**
 * struct judgement - a claim of the mail, held against what was found
 * @gap: on gaps
 * @twice: on what is reported twice
 * @retry: on whether the reader has to look again
 * @all: the worst of them
 * @missing: names that may be seen twice though the claim does not say so
 * @nr_missing: how many
 * @idle: names that the claim has but that cannot be seen twice
 * @nr_idle: how many
 */
struct judgement {
	enum verdict gap;
	enum verdict twice;
	enum verdict retry;
	enum verdict all;
	const char *missing[32];
	size_t nr_missing;
	const char *idle[32];
	size_t nr_idle;
};

/**
 * judge_claim - hold a claim against findings
 * @claim: the claim, or NULL
 * @f: over all surroundings
 *
 * "No gap" is refuted by a gap. What may be seen twice is named too narrowly
 * where more may be, and idly where less may be: then the claim is weaker than
 * what is true. So it is where a retry is claimed that cannot happen.
 *
 * Return: The verdict, and why.
 */
struct judgement judge_claim(const struct cat_claim *claim,
			     const struct findings *f);

#endif /* VMATLAS_READER_CLAIM_H */
