/* SPDX-License-Identifier: GPL-2.0-only */
/* The simulator's layout against the kernel's (match.c). */
#ifndef VMATLAS_PROCESS_MATCH_H
#define VMATLAS_PROCESS_MATCH_H

#include "lib/text.h"
#include "process/maps.h"

enum match {
	MATCH_SAME,
	MATCH_GROWN,   /* the stack begins lower: page faults make it grow */
	MATCH_DELETED, /* the file was deleted since */
	MATCH_MERGED,  /* the kernel has one where the simulator has several */
	MATCH_SPLIT,   /* and the other way: all that can be seen is equal */
	MATCH_DIFFERS,
	NR_MATCHES
};

extern const struct key_text match_words[NR_MATCHES];

/**
 * struct match_row - VMAs that stand side by side
 * @model: the simulator's, NULL if it has none there
 * @real: the kernel's, NULL if it has none there
 * @match: how they compare
 */
struct match_row {
	const struct proc_vma *model;
	const struct proc_vma *real;
	enum match match;
};

/**
 * match_maps - put two layouts side by side
 * @model: the simulator's
 * @real: the kernel's
 * @nr: where to put how many rows there are
 * @counts: where to count VMAs of the kernel by match, NR_MATCHES of them; one
 *	that only the simulator has counts, too
 *
 * Range, protection, offset and name are compared, of what proc_counted() counts.
 *
 * Return: An array for free().
 */
struct match_row *match_maps(const struct proc_maps *model,
			     const struct proc_maps *real, size_t *nr,
			     size_t *counts);

#endif /* VMATLAS_PROCESS_MATCH_H */
