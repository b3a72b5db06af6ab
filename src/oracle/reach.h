/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space that user space can reach: layouts that system calls can build, and
 * system calls that change them, each on the running kernel and on the
 * simulator.
 *
 * A configuration is a place on each dimension (reach-dims.h). From it follows
 * a plan, what is to be done in which order (reach-plan.c), which both sides
 * carry out: children of this process (reach.c) and the simulator
 * (reach-model.c), which also does so under one rule set after the other
 * (reach-rules.c).
 */
#ifndef VMATLAS_REACH_H
#define VMATLAS_REACH_H

#include "oracle/live.h"
#include "oracle/reach-dims.h"
#include "syscall/sim.h"

/* ---- plans (reach-plan.c) ------------------------------------------------ */

/*
 * Pages of a window. VMAs are built in their places, or, if their offset is to
 * be another, as many pages above, and moved.
 */
enum {
	PAGE_PREV = 1,
	PAGE_MIDDLE = 4,
	PAGE_NEXT = 8,
	PAGE_END = 11,
	PAGES_AWAY = 12,
	WINDOW_PAGES = 24,
};

#define REACH_CALLS 48

/**
 * struct reach_plan - what a configuration comes to
 * @call: what is done, in this order; all but the last is the setup
 * @nr: how many
 * @fork: before which of them the process forks and the child goes on; @nr if
 *	it does not
 */
struct reach_plan {
	struct syscall call[REACH_CALLS];
	size_t nr;
	size_t fork;
};

/**
 * reach_plan - what to do for a configuration
 * @c: the configuration
 * @plan: filled in
 */
void reach_plan(const struct reach_config *c, struct reach_plan *plan);

/**
 * reach_print_plan - the plan, a line a call
 * @out: where to
 * @plan: the plan
 */
void reach_print_plan(FILE *out, const struct reach_plan *plan);

/* ---- what comes out (reach-model.c, reach.c) ------------------------------- */

#define REACH_VMAS 16

/**
 * struct reach_vma - what is seen of a VMA
 * @start: first page of the window
 * @end: one past the last
 * @flags: MAPS_*
 * @has_file: it has an inode
 * @pgoff: then the offset, in pages
 */
struct reach_vma {
	uint32_t start;
	uint32_t end;
	uint32_t flags;
	uint32_t has_file;
	uint32_t pgoff;
};

enum reach_state {
	REACH_UNTRIED,
	REACH_BEGUN,
	REACH_DIED,	/* who did it, did not survive it */
	REACH_LATE,	/* it was not done in time, alone neither */
	REACH_SETUP,	/* a call of the setup failed */
	REACH_UNREAD,	/* the layout could not be read */
	REACH_FINISHED, /* the last call may have failed, and it was looked */
};

/**
 * struct reach_seen - how a configuration turned out
 * @state: how far it came
 * @call: REACH_SETUP: which call failed
 * @err: with which errno; REACH_FINISHED: that of the last call, 0 if none
 * @before: what the simulator had before the last call, all that nobody sees
 *	included, as a number: two that are the same had the same
 * @nr: how many VMAs there are
 * @vma: these, by ascending page
 */
struct reach_seen {
	uint32_t state;
	uint32_t call;
	int32_t err;
	uint32_t before;
	uint32_t nr;
	struct reach_vma vma[REACH_VMAS];
};

/**
 * reach_same - whether two outcomes are the same, as far as it is seen
 * @a: one
 * @b: the other
 *
 * Return: true if so.
 */
bool reach_same(const struct reach_seen *a, const struct reach_seen *b);

/**
 * reach_print_seen - an outcome, as a picture and in figures
 * @out: where to
 * @seen: the outcome
 * @prefix: before each line
 */
void reach_print_seen(FILE *out, const struct reach_seen *seen,
		      const char *prefix);

/**
 * reach_simulate - carry a configuration out on the simulator
 * @c: the configuration
 * @rules: the rule set to follow
 * @sim: a process, which is emptied first
 * @seen: filled in
 */
void reach_simulate(const struct reach_config *c, const struct rules *rules,
		    struct sim *sim, struct reach_seen *seen);

/**
 * reach_sim - a process for reach_simulate()
 *
 * Return: it, for sim_free().
 */
struct sim *reach_sim(void);

enum { REACH_CHUNK = 2048 };

/**
 * reach_try - carry configurations out on the running kernel
 * @config: them
 * @nr: how many, at most REACH_CHUNK
 * @seen: filled in, for each
 * @seconds: how long all of it may take a child
 *
 * Return: 0 or an errno if no child could be had.
 */
int reach_try(const struct reach_config *config, size_t nr,
	      struct reach_seen *seen, double seconds);

/* ---- the judgement (reach-judge.c) ------------------------------------------ */

/**
 * struct reach_verdict - how kernel and simulator compare
 * @verdict: which
 * @why: why it was skipped or differs, in words that many have in common; NULL
 *	if it agrees
 * @choice: a later rule set says otherwise, and this is a stable release, which
 *	followed the one or the other
 */
struct reach_verdict {
	enum live_verdict verdict;
	const char *why;
	bool choice;
};

/**
 * reach_judge - hold what the kernel did against the simulator
 * @c: the configuration
 * @rules: the rule set to follow
 * @release: of the kernel, as uname -r says
 * @sim: a process, from reach_sim()
 * @kernel: what the kernel did
 * @wanted: filled in: what the simulator did
 *
 * Return: The verdict.
 */
struct reach_verdict reach_judge(const struct reach_config *c,
				 const struct rules *rules, const char *release,
				 struct sim *sim,
				 const struct reach_seen *kernel,
				 struct reach_seen *wanted);

/* ---- rule sets (reach-rules.c) ----------------------------------------------- */

enum reach_how {
	HOW_MORE,  /* the last call leaves fewer VMAs: it merges */
	HOW_LESS,  /* the last call leaves more */
	HOW_SETUP, /* it finds other VMAs, or other anon_vmas */
	NR_HOWS
};

/**
 * struct reach_change - configurations in which a rule set does otherwise than
 *	the one before, all alike
 * @rules: the rule set
 * @try: the place on REACH_TRY
 * @memory: that on REACH_MEMORY
 * @how: what it does otherwise
 * @nr: how many there are
 * @example: the first
 */
struct reach_change {
	const struct rules *rules;
	uint8_t try;
	uint8_t memory;
	enum reach_how how;
	size_t nr;
	struct reach_config example;
};

#define REACH_CHANGES 256

/**
 * struct reach_changes - all of them
 * @change: by rule set, system call, memory
 * @nr: how many
 */
struct reach_changes {
	struct reach_change change[REACH_CHANGES];
	size_t nr;
};

/**
 * reach_compare_rules - what each rule set changed
 * @space: in these configurations
 * @changes: filled in
 */
void reach_compare_rules(const struct reach_space *space,
			 struct reach_changes *changes);

#endif /* VMATLAS_REACH_H */
