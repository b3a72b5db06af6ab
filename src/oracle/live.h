/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel as a judge: cases are caused by system calls, in children
 * that own nothing but the address space they reserve, and what comes out is
 * compared with the simulator.
 *
 * From the bottom up: a child that makes all calls of a trigger (live.c), the
 * comparison (live-compare.c, live-judge.c), pictures (live-picture.c).
 */
#ifndef VMATLAS_LIVE_H
#define VMATLAS_LIVE_H

#include <stdio.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include "catalog/catalog.h"
#include "syscall/kernel/kernel.h"

/* ---- a child (live.c) --------------------------------------------------- */

enum live_stage {
	STAGE_ENTER, /* reserving address space */
	STAGE_SETUP,
	STAGE_BEFORE, /* reading the layout before */
	STAGE_CALL,
	STAGE_AFTER, /* reading the layout after */
	STAGE_DONE,
};

enum live_end {
	END_EXIT,     /* by itself */
	END_SIGNAL,   /* killed by @signal */
	END_TIME,     /* killed for it took too long */
	END_NONSENSE, /* what it said could not be understood */
	END_NONE,     /* there was none: see @err */
};

/**
 * struct live_evidence - what a child did and saw
 * @end: how it ended
 * @signal: if by a signal, which
 * @stage: how far it came
 * @call: in STAGE_SETUP and STAGE_CALL: which call it came to
 * @err: the errno with which the stage failed, 0 if it did not. After one the
 *	child goes on with STAGE_AFTER if it was in STAGE_CALL, and else ends.
 * @err_stage: in which stage
 * @err_call: and which call
 * @page_size: in bytes
 * @base: the address of page 0
 * @has_before: @before is there
 * @has_after: @after is there
 * @before: what was mapped before
 * @after: what was mapped after
 */
struct live_evidence {
	enum live_end end;
	int signal;
	enum live_stage stage;
	uint32_t call;
	int err;
	enum live_stage err_stage;
	uint32_t err_call;
	uint64_t page_size;
	uint64_t base;
	bool has_before;
	bool has_after;
	struct maps_list before;
	struct maps_list after;
};

/* What a child does; it reports to @fd with live_report_*(), and may not return. */
typedef void live_child(int fd, const void *ctx);

/**
 * live_watch - let a child run, and note what it reports
 * @child: what it does
 * @ctx: for it
 * @seconds: then it is killed, with all that it forked
 * @e: filled in
 *
 * The child has limits on processor time and address space, and leaves no core.
 */
void live_watch(live_child *child, const void *ctx, double seconds,
		struct live_evidence *e);

/**
 * live_report_stage - report that a stage begins
 * @fd: where to
 * @stage: which
 * @call: which of its calls
 */
void live_report_stage(int fd, enum live_stage stage, uint32_t call);

/**
 * live_report_error - report that the stage failed
 * @fd: where to
 * @err: an errno
 */
void live_report_error(int fd, int err);

/**
 * live_report_space - report where page 0 is
 * @fd: where to
 * @page_size: in bytes
 * @base: its address
 */
void live_report_space(int fd, uint64_t page_size, uint64_t base);

/**
 * live_report_layout - report the layout of the stage, before or after
 * @fd: where to
 * @list: what is mapped
 */
void live_report_layout(int fd, const struct maps_list *list);

/**
 * live_gather - carry out a trigger in a child
 * @t: the trigger; not one that cannot be
 * @seconds: how long it may take
 * @e: filled in
 */
void live_gather(const struct cat_trigger *t, double seconds,
		 struct live_evidence *e);

/* ---- the comparison (live-judge.c) --------------------------------------- */

/**
 * struct live_vma - a VMA as it is compared
 * @start: first page, counted from page 0 of the space
 * @end: one past the last
 * @flags: MAPS_*
 * @has_file: it maps a file
 * @pgoff: then the offset, in pages
 * @look: number of what else can be seen of it: equal numbers look alike
 * @text: that, in words
 */
struct live_vma {
	long start;
	long end;
	unsigned int flags;
	bool has_file;
	unsigned long pgoff;
	unsigned int look;
	char text[160];
};

/**
 * struct live_layout - some of them
 * @vma: by ascending address
 * @nr: how many
 */
struct live_layout {
	struct live_vma vma[MAPS_MAX];
	size_t nr;
};

enum live_verdict {
	LIVE_AGREES,
	LIVE_DIFFERS,
	LIVE_KNOWN, /* differs, as the catalogue says that old kernels do */
	LIVE_SKIPPED,
	NR_VERDICTS
};

/**
 * struct live_result - how a trigger turned out
 * @verdict: whether the kernel did what the simulator says
 * @why: why not, or why that is not known; "" if it agrees
 * @has_layouts: these are there:
 * @wanted_before: the layout before, as the case states it
 * @found_before: as it was
 * @wanted_after: the layout after, as the simulator has it
 * @found_after: as it was
 * @sees_before: the layout before was looked at
 * @start: first page that counts
 * @end: one past the last
 */
struct live_result {
	enum live_verdict verdict;
	char why[240];
	bool has_layouts;
	struct live_layout wanted_before;
	struct live_layout found_before;
	struct live_layout wanted_after;
	struct live_layout found_after;
	bool sees_before;
	long start;
	long end;
};

/**
 * live_judge - hold what a child saw against the simulator
 * @c: the case
 * @t: one of its triggers
 * @rules: the rule set to follow
 * @release: of the kernel, as uname -r says
 * @e: what was seen
 * @res: filled in
 */
void live_judge(const struct cat_case *c, const struct cat_trigger *t,
		const struct rules *rules, const char *release,
		const struct live_evidence *e, struct live_result *res);

/**
 * live_run - carry out a trigger and judge it
 * @c: the case
 * @t: one of its triggers
 * @rules: the rule set to follow
 * @seconds: how long it may take
 * @res: filled in
 */
void live_run(const struct cat_case *c, const struct cat_trigger *t,
	      const struct rules *rules, double seconds,
	      struct live_result *res);

/**
 * live_unusable - why no trigger at all can be carried out here
 *
 * Return: NULL if they can.
 */
const char *live_unusable(void);

/**
 * live_lacks_zero_page - whether who reads gets a page of its own
 *
 * What is read of private anonymous memory is the zero page, of which no VMA gets an
 * anon_vma, unless the kernel forbids that: mm_forbids_zeropage(), in 6.12 already.
 *
 * Return: false, too, if it cannot be seen.
 */
bool live_lacks_zero_page(void);

/**
 * live_excuse - why a difference says nothing here
 *
 * Return: NULL if it does.
 */
const char *live_excuse(void);

/**
 * live_release - which release of Linux a kernel is
 * @un: what uname() says of it
 *
 * Debian 12 calls 6.1.192 "6.1.0-56-amd64", and says what it is with its build.
 *
 * Return: "6.1.192", or as it calls itself.
 */
const char *live_release(const struct utsname *un);

/**
 * live_rules - the rule set of the running kernel
 * @release: where to put live_release(); valid for good
 * @exact: where to put whether it is known, or the oldest stands in for it
 *
 * Return: The rule set.
 */
const struct rules *live_rules(const char **release, bool *exact);

/**
 * live_flags - what maps shows of a VMA's flags
 * @flags: the flags
 *
 * Return: MAPS_READ and its like.
 */
unsigned int live_flags(vm_flags_t flags);

/* ---- pictures (live-picture.c) ------------------------------------------- */

/**
 * live_picture - draw a layout as a row in the style of the mail
 * @out: where to
 * @lay: the layout
 * @res: whose, for its bounds
 * @prefix: before each line
 */
void live_picture(FILE *out, const struct live_layout *lay,
		  const struct live_result *res, const char *prefix);

#endif /* VMATLAS_LIVE_H */
