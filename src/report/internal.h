/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the report share. */
#ifndef VMATLAS_REPORT_INTERNAL_H
#define VMATLAS_REPORT_INTERNAL_H

#include <stdlib.h>

#include "report/report.h"

/* What a case does not state, but a configuration does. */
struct limits {
	unsigned long max_map_count; /* 0: the kernel's default */
	unsigned int fail;	     /* as for mm_fail() */
};

/*
 * run.c: an empty report; a copy of what an operation did; and all that is derived
 * but not judged, of an operation that is to be done, or that was done and kept.
 */
struct report *report_new(void);
void report_keep(struct report *r, const struct outcome *out);
void report_derive(struct report *r, const struct limits *limits, bool done);

/* steps.c: fill r->steps from the trace. */
void report_steps(struct report *r);

/* compare.c: fill r->mismatches. */
void report_compare(struct report *r);

#endif /* VMATLAS_REPORT_INTERNAL_H */
