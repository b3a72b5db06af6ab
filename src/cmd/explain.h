/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a process has so many VMAs, for people and for machines. */
#ifndef VMATLAS_CMD_EXPLAIN_H
#define VMATLAS_CMD_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "process/why.h"

/* What can be done about a group. */
enum outlook {
	OUTLOOK_SAVE,	/* other system calls would save these VMAs */
	OUTLOOK_GUARD,	/* one has no access: it may be a guard page */
	OUTLOOK_HIDDEN, /* what keeps them apart does not show */
	OUTLOOK_APART,	/* they are meant to be apart, or cannot be helped */
	NR_OUTLOOKS
};

/**
 * struct explained - what is known of why a process has so many VMAs
 * @maps: what is mapped
 * @rules: what counts for merging
 * @pairs: neighbours that touch
 * @nr_pairs: how many
 * @groups: the same by reason
 * @nr_groups: how many
 * @nr: VMAs that count for vm.max_map_count
 * @stretches: rows of VMAs without a hole between them
 * @sums: pairs by outlook
 * @flags_known: VmFlags of all of them were there to read
 */
struct explained {
	const struct proc_maps *maps;
	const struct rules *rules;
	struct proc_pair *pairs;
	size_t nr_pairs;
	struct proc_group *groups;
	size_t nr_groups;
	size_t nr;
	size_t stretches;
	size_t sums[NR_OUTLOOKS];
	bool flags_known;
};

/**
 * explain - find out why a process has so many VMAs
 * @x: filled in, for explain_free()
 * @maps: what it has mapped
 * @rules: what counts for merging
 */
void explain(struct explained *x, const struct proc_maps *maps,
	     const struct rules *rules);

/**
 * explain_free - drop what explain() found out, but for the maps
 * @x: from explain()
 */
void explain_free(struct explained *x);

/**
 * explain_outlook - what can be done about a group of pairs
 * @r: their reason
 */
enum outlook explain_outlook(const struct proc_reason *r);

/**
 * explain_outlook_text - the same in words
 * @outlook: which
 */
const char *explain_outlook_text(enum outlook outlook);

/**
 * explain_advice - what to do about a group of pairs, or why there is nothing
 * @out: where to; sentences, or nothing at all
 * @r: their reason
 */
void explain_advice(FILE *out, const struct proc_reason *r);

/**
 * explain_reason - a reason in words, with the flags in which VMAs differ
 * @out: where to
 * @maps: where it was found
 * @r: the reason
 */
void explain_reason(FILE *out, const struct proc_maps *maps,
		    const struct proc_reason *r);

/**
 * explain_flags - flags in which VMAs differ, in words
 * @out: where to
 * @maps: where they were found
 * @r: the reason that has them
 * @before: what to print before the first
 */
void explain_flags(FILE *out, const struct proc_maps *maps,
		   const struct proc_reason *r, const char *before);

/**
 * explain_wrap - print words in lines
 * @out: where to
 * @indent: the column where all lines begin, and where the first one is
 * @text: the words
 */
void explain_wrap(FILE *out, int indent, const char *text);

/**
 * struct explain_style - how text is to be
 * @summary: sums, and no groups
 * @bold: what begins a heading
 * @plain: what ends it
 */
struct explain_style {
	bool summary;
	const char *bold;
	const char *plain;
};

/**
 * explain_print - print it for people
 * @out: where to
 * @x: what was found out
 * @style: how
 */
void explain_print(FILE *out, const struct explained *x,
		   const struct explain_style *style);

/**
 * explain_json - the same for machines
 * @x: what was found out
 * @summary: sums and groups, but not each pair
 *
 * Return: An object for json_decref().
 */
json_t *explain_json(const struct explained *x, bool summary);

/**
 * explain_find - the pair at an address
 * @x: what was found out
 * @addr: where the two touch, or in one of them; of two pairs the upper
 *
 * Return: NULL if nothing is mapped there, or nothing touches it.
 */
const struct proc_pair *explain_find(const struct explained *x, uint64_t addr);

/**
 * explain_show - print all there is to know of a pair
 * @out: where to
 * @x: what was found out
 * @pair: the pair
 * @cat: the catalogue
 */
void explain_show(FILE *out, const struct explained *x,
		  const struct proc_pair *pair, const struct catalog *cat);

#endif /* VMATLAS_CMD_EXPLAIN_H */
