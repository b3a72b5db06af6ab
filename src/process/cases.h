/* SPDX-License-Identifier: GPL-2.0-only */
/* Which cases of the catalogue an operation was (cases.c). */
#ifndef VMATLAS_PROCESS_CASES_H
#define VMATLAS_PROCESS_CASES_H

#include "model/model.h"

#define NR_REPLAY_CASES 45

/* The catalogue's identifier of a case that is told apart. */
extern const char *const replay_case_names[];

/**
 * replay_count_cases - count the cases that an operation was
 * @counts: NR_REPLAY_CASES of them, to add to
 * @mm: the address space, after the operation
 * @op: the operation
 * @out: what the simulator did. A change of several VMAs is several cases; one
 *	that failed is none.
 */
void replay_count_cases(size_t *counts, const struct mm *mm,
			const struct op *op, const struct outcome *out);

#endif /* VMATLAS_PROCESS_CASES_H */
