/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a process has so many VMAs, for people and for machines. */
#ifndef VMATLAS_CMD_EXPLAIN_H
#define VMATLAS_CMD_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "cmd/cmd.h"
#include "process/why.h"

/* What can be done about a group. */
enum outlook {
	OUTLOOK_SAVE,	 /* other system calls would save these VMAs */
	OUTLOOK_GUARD,	 /* one is a guard */
	OUTLOOK_BACK,	 /* one was given back, and has no access since */
	OUTLOOK_RESERVE, /* one is to be used one day */
	OUTLOOK_HIDDEN,	 /* what keeps them apart does not show */
	OUTLOOK_APART,	 /* they are meant to be apart, or cannot be helped */
	NR_OUTLOOKS
};

extern const struct key_text outlook_words[NR_OUTLOOKS];

/**
 * struct explained - what is known of why a process has so many VMAs
 * @maps: what is mapped
 * @rules: what counts for merging
 * @limit: VMAs that it may have: what is known, or else the default
 * @kinds: what its VMAs are
 * @runs: patterns that are repeated
 * @nr_runs: how many
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
	unsigned long limit;
	struct proc_kinds *kinds;
	struct proc_run *runs;
	size_t nr_runs;
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
 * @maps: what it has mapped; with more VMAs than the default allows, and no
 *	limit, that is said to be higher
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
 *
 * Return: What can be done.
 */
enum outlook explain_outlook(const struct proc_reason *r);

/**
 * explain_advice - what to do about a group of pairs, or why there is nothing
 * @r: their reason
 *
 * Return: Sentences, or "", for free().
 */
char *explain_advice(const struct proc_reason *r);

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
 * struct explain_all_args - how all processes are to be listed
 * @prometheus: in the text form that Prometheus' textfile collector takes
 * @threshold: percent of the limit above which the exit status is 1, 0 for none
 * @watch: seconds after which to look again, 0 for once
 * @most: so many at most, 0 for all
 */
struct explain_all_args {
	bool prometheus;
	unsigned long threshold;
	unsigned int watch;
	size_t most;
};

/**
 * explain_what - the whole: how many, what they are, and what is repeated
 * @out: where to
 * @x: what was found out
 * @style: how
 */
void explain_what(FILE *out, const struct explained *x,
		  const struct explain_style *style);

/**
 * explain_headline - the whole in one sentence: what most VMAs are
 * @out: where to; without a new line
 * @x: what was found out, of at least one VMA
 */
void explain_headline(FILE *out, const struct explained *x);

/**
 * explain_limit - what the limit means for it now
 * @out: where to; a sentence, or nothing at all
 * @x: what was found out
 */
void explain_limit(FILE *out, const struct explained *x);

/**
 * explain_size - a size, or two, in the largest unit that is exact
 * @text: where to put it, at least 32 bytes
 * @min: bytes
 * @max: bytes, @min for one size
 *
 * Return: @text.
 */
const char *explain_size(char *text, uint64_t min, uint64_t max);

/* The same, kept as long as the block that it is in. */
#define EXPLAIN_SIZE(min, max) explain_size((char[32]){ "" }, min, max)

/**
 * explain_makers - what they who make so many VMAs can do
 * @x: what was found out
 * @say: called for each, most VMAs first, with who makes them, and what to do
 * @data: for @say
 */
void explain_makers(const struct explained *x,
		    void (*say)(const char *who, const char *what, size_t nr,
				void *data),
		    void *data);

/**
 * explain_compare - what grew between two files
 * @old: what was mapped
 * @new: what is mapped now
 * @common: the options
 */
void explain_compare(const struct explained *old, const struct explained *new,
		     const struct common *common);

/**
 * explain_all - every process of this machine, most VMAs first
 * @common: the options
 * @args: how
 *
 * Return: An exit status.
 */
int explain_all(const struct common *common,
		const struct explain_all_args *args);

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
