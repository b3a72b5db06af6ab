/* SPDX-License-Identifier: GPL-2.0-only */
/* Why calls of a trace failed (replay-failed.c). */
#ifndef VMATLAS_PROCESS_FAILURE_H
#define VMATLAS_PROCESS_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

/* Why a call failed in the kernel, as far as the layout shows. */
enum failure {
	FAILURE_UNSEEN,	   /* nothing of it shows in a trace */
	FAILURE_UNKNOWN,   /* the layout is not known there */
	FAILURE_LIMIT,	   /* vm.max_map_count */
	FAILURE_HOLE,	   /* a part of the range is not mapped */
	FAILURE_TAKEN,	   /* MAP_FIXED_NOREPLACE, and it is */
	FAILURE_SEALED,	   /* mseal() */
	FAILURE_DENIED,	   /* VM_MAYREAD and its like are missing */
	FAILURE_NO_ACCESS, /* mlock() of what nobody may read */
	FAILURE_SPECIAL,   /* of the kernel, a driver, or hugetlbfs */
	FAILURE_KIND,	   /* not what the advice, or a name, is for */
	NR_FAILURES
};

extern const struct key_text failure_words[NR_FAILURES];

/**
 * struct replay_failed - a call that failed in the kernel
 * @line: of the trace
 * @text: the call as written, cut off if long
 * @err: the errno
 * @failure: why
 * @at: FAILURE_HOLE and its like: where, an address
 * @vmas: VMAs that there were
 * @limit: that there may be
 * @done: operations that were done before it failed: on other VMAs
 */
struct replay_failed {
	size_t line;
	char *text;
	int err;
	enum failure failure;
	uint64_t at;
	size_t vmas;
	unsigned long limit;
	size_t done;
};

#endif /* VMATLAS_PROCESS_FAILURE_H */
