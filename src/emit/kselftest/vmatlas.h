/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of this test (cases.h), and what a child notes of a row: it makes the
 * system calls that the row says (syscall/), and the parent holds what is mapped
 * then against it (vmatlas_test.c).
 *
 * Ranges are half-open and in pages, counted from the first page of the space
 * that a child has to itself.
 */
#ifndef VMATLAS_H
#define VMATLAS_H

#include "syscall/kernel/kernel.h"

/* ---- the table ------------------------------------------------------- */

/**
 * struct vma - a VMA as /proc/PID/maps shows it; the last of a layout is empty
 * @start: first page
 * @end: one past the last
 * @perms: "rwxp", "r--s" and so on
 * @has_file: it maps a file
 * @pgoff: then the offset, in pages
 */
struct vma {
	unsigned long start;
	unsigned long end;
	const char *perms;
	bool has_file;
	unsigned long pgoff;
};

/**
 * struct outcome - what a kernel with later rules makes of a trigger
 * @since: the first version with these rules, KERNEL(); 0 ends a list
 * @rules: what they are, in words
 * @err: errno of the system call, 0 if it succeeds
 * @after: the layout after
 */
struct outcome {
	long since;
	const char *rules;
	int err;
	const struct vma *after;
};

/**
 * struct trigger - how to cause a case, and what comes of it
 * @name: the system call, and a number if it has several triggers
 * @area: where it acts
 * @start: first page that counts
 * @end: one past the last
 * @setup: makes the layout before; may be NULL
 * @calls: the system call itself
 * @before: the layout before, NULL if nobody can see it
 * @err: errno of the system call, 0 if it succeeds
 * @after: the layout after
 * @later: where that depends on the version: what later rules say
 * @fixed: the first version that does it so, 0 if all do
 * @earlier: then what an earlier one does
 */
struct trigger {
	const char *name;
	enum area area;
	unsigned long start;
	unsigned long end;
	const struct syscall *setup;
	const struct syscall *calls;
	const struct vma *before;
	int err;
	const struct vma *after;
	const struct outcome *later;
	long fixed;
	const char *earlier;
};

/* A case; the last of its triggers has no name. */
struct vma_case {
	const char *id;
	const struct trigger *triggers;
};

/* ---- children -------------------------------------------------------- */

enum stage {
	STAGE_ENTER,
	STAGE_SETUP,
	STAGE_BEFORE, /* reading the layout before */
	STAGE_CALL,
	STAGE_AFTER, /* reading the layout after */
	STAGE_DONE,
};

/* More than a trigger takes, but on a very slow machine. */
#define CHILD_SECONDS 5

/**
 * struct evidence - what a child did and saw; shared with its parent
 * @stage: how far it came
 * @call: STAGE_SETUP, STAGE_CALL: which call it came to
 * @err: errno with which a stage failed, 0 if none did
 * @err_stage: which one. After STAGE_CALL the layout is looked at all the same;
 *	any other is the last
 * @err_call: at which call
 * @page_size: in bytes
 * @base: the address of page 0
 * @before: what was mapped before
 * @after: and after
 */
struct evidence {
	enum stage stage;
	unsigned int call;
	int err;
	enum stage err_stage;
	unsigned int err_call;
	unsigned long page_size;
	uint64_t base;
	struct maps_list before;
	struct maps_list after;
};

#endif /* VMATLAS_H */
