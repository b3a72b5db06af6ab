/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read a process share. */
#ifndef VMATLAS_PROCESS_INTERNAL_H
#define VMATLAS_PROCESS_INTERNAL_H

#include "process/maps.h"

/* ---- lines of a file that may be anything (lines.c) --------------------- */

struct lines;

/* The file stays open. */
struct lines *lines_new(FILE *in);
void lines_free(struct lines *l);

/*
 * The next line, without its new line. @len: how long it is; of one that has
 * more than PROC_LINE_MAX bytes, the rest is dropped, and @len is greater than
 * that. Returns NULL at the end. Valid until the next call.
 */
const char *lines_next(struct lines *l, size_t *len);

/* The number of that line, from 1. */
size_t lines_number(const struct lines *l);

/* The errno for which it ended, 0 if the file did. */
int lines_error(const struct lines *l);

/* ---- numbers in a line (lines.c) ---------------------------------------- */

/*
 * The digits at @at, before @end, in base 10 or 16, lower case. Returns what is
 * after them, or NULL if there are none or they do not fit.
 */
const char *take_digits(const char *at, const char *end, unsigned int base,
			uint64_t *value);

/* ---- reading what is mapped (vmas.c) ------------------------------------ */

/* As proc_read(). @torn: VMAs overlapped, which is why there is no result. */
struct proc_maps *vmas_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err, bool *torn);

/* ---- words (words.c) ---------------------------------------------------- */

/* The flag that two letters stand for, 0 if the simulator has none. */
vm_flags_t code_flag(const char *letters);

#endif /* VMATLAS_PROCESS_INTERNAL_H */
