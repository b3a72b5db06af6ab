/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel's reader as a judge of the explorer: a case and its inverse
 * are done over and over, while somebody reads /proc/PID/maps. What is read is
 * held against what the explorer says can be.
 *
 * What to do (race-plan.c), which kernel this is (race-kernel.c), what lines
 * mean (race-lines.c), how the reader is held up (race-timer.c), and the race
 * itself, in a child (race.c): who writes (race-writer.c), who reads
 * (race-reader.c).
 */
#ifndef VMATLAS_RACE_H
#define VMATLAS_RACE_H

#include "oracle/race-lines.h"
#include "reader/reader.h"

/* ---- what is done (race-plan.c) ------------------------------------------ */

#define RACE_OPS 4
#define RACE_VMAS 8

/**
 * struct race_plan - a case as it is raced; points into itself, so stays put
 * @id: the case's
 * @c: the case, all of it memory that nothing was written to
 * @before: the VMAs of @c
 * @ops: the operations of a round: the case's, then what undoes it
 * @nr_ops: how many
 * @start: first page, that of the neighbour below
 * @end: one past the last, that of the neighbour above, if there is one
 * @right: SIDE_ADJACENT, or SIDE_NONE: it is the last that the process has mapped
 * @first: the layout before
 * @after: the layouts after each operation
 */
struct race_plan {
	const char *id;
	struct cat_case c;
	struct cat_vma before[RACE_VMAS];
	struct op ops[RACE_OPS];
	size_t nr_ops;
	unsigned long start;
	unsigned long end;
	enum side right;
	struct race_view first;
	struct race_view after[RACE_OPS];
};

/**
 * race_plan - see how a case can be raced
 * @plan: filled in; points to @c
 * @c: the case
 * @rules: the rule set
 * @right: SIDE_ADJACENT, or SIDE_NONE
 *
 * A split is caused by giving one of its parts another protection. Below the case
 * a VMA lies right beside it, and above it another one or nothing at all.
 *
 * Return: NULL, or why it cannot be.
 */
const char *race_plan(struct race_plan *plan, const struct cat_case *c,
		      const struct rules *rules, enum side right);

/* ---- who reads, and where (race-kernel.c) -------------------------------- */

enum race_kind {
	RACE_READ,  /* one read() */
	RACE_STOPS, /* a read() for each line */
	RACE_SMAPS, /* as many read()s of smaps as it takes */
	RACE_NUMA,  /* likewise of numa_maps, which has no ends of VMAs */
	RACE_QUERY, /* PROCMAP_QUERY */
	NR_RACE_KINDS
};

/* "read", "stops", "smaps", "numa", "query". */
extern const char *const race_kind_names[NR_RACE_KINDS];

/**
 * struct race_kernel - the running kernel
 * @release: as uname -r
 * @rules: the rule set that it follows, the oldest there is if it is older
 * @lockless: it reads without the mmap lock
 * @why: how that was found out
 * @preemptible: whoever wakes up gets the processor while the kernel runs
 * @why_preemptible: how that was found out
 * @query: it has PROCMAP_QUERY
 * @numa: it has /proc/PID/numa_maps
 * @read_ns: nanoseconds that a read() of maps takes while nothing else happens
 */
struct race_kernel {
	char release[65];
	const struct rules *rules;
	bool lockless;
	const char *why;
	bool preemptible;
	const char *why_preemptible;
	bool query;
	bool numa;
	unsigned long read_ns;
};

/**
 * race_kernel - find out which kernel this is
 * @kernel: filled in
 */
void race_kernel(struct race_kernel *kernel);

/**
 * race_reader - whose steps a kind of read takes on a kernel
 * @kernel: the kernel
 * @kind: the kind
 *
 * Return: The reader.
 */
struct reader race_reader(const struct race_kernel *kernel,
			  enum race_kind kind);

/**
 * race_predict - all that can be read
 * @plan: the case
 * @rules: the rule set
 * @reader: who reads
 *
 * Explores the endless loop of the plan's operations.
 *
 * Return: An exploration for exploration_free(); its observations are ranges.
 */
struct exploration *race_predict(const struct race_plan *plan,
				 const struct rules *rules,
				 const struct reader *reader);

/* ---- the race (race.c) --------------------------------------------------- */

#define RACE_TIMERS 64

enum race_cpus {
	RACE_CPUS_BEST, /* whatever shows more */
	RACE_CPUS_TWO,	/* one for the reader, one for the writer */
	RACE_CPUS_SAME, /* one for both, which the writer takes when it wakes up */
};

/**
 * struct race_settings - what makes rare interleavings frequent
 * @cpus: where they run
 * @pause: the writer waits up to as many nanoseconds after an operation; on one
 *	processor it sleeps for them
 * @within: a timer interrupts the reader at some moment of as many nanoseconds, 0
 *	for never
 * @watchers: of each timer
 * @timers: how many fire together
 * @timer_thread: a real-time thread reads them, where the reader runs
 * @spin: a thread of the lowest priority keeps the writer's processor from
 *	falling asleep
 * @name: bytes of the name that a mapping has in /proc/PID/maps, 0 for anonymous
 *	memory; only where one read() is all there is
 * @fifo: the writer is a real-time thread, if that is allowed
 */
struct race_settings {
	enum race_cpus cpus;
	unsigned long pause;
	unsigned long within;
	unsigned int watchers;
	unsigned int timers;
	bool timer_thread;
	bool spin;
	unsigned int name;
	bool fifo;
};

/**
 * race_best - what shows most on a kernel
 * @kernel: the kernel
 * @cpus: where they are to run
 *
 * Return: Settings to begin with.
 */
struct race_settings race_best(const struct race_kernel *kernel,
			       enum race_cpus cpus);

/* What a read had in its time, from its beginning to its end. */
enum race_beside {
	RACE_BESIDE_NONE,    /* nothing */
	RACE_BESIDE_OWN,     /* the case's operation, or part of it */
	RACE_BESIDE_UNDOING, /* what undoes it */
	RACE_BESIDE_SEVERAL, /* both, or more than one of each */
	NR_RACE_BESIDE
};

#define RACE_SEEN 64
#define RACE_TEXT 1024

/**
 * struct race_seen - something that was read
 * @view: what
 * @count: how often
 * @beside: by what there was beside it
 * @text: the first time, as it was read, without lines of other regions
 */
struct race_seen {
	struct race_view view;
	uint64_t count;
	uint64_t beside[NR_RACE_BESIDE];
	char text[RACE_TEXT];
};

enum race_end {
	RACE_DONE,
	RACE_LATE,	/* killed after its time; what it read is good */
	RACE_NO_CHILD,	/* there was nobody to race; see @err */
	RACE_NO_ROOM,	/* the region could not be made; see @err */
	RACE_NO_READ,	/* reading failed; no @err: it was no such text */
	RACE_NO_OP,	/* an operation failed */
	RACE_STRANGE,	/* one did what the simulator says it does not */
	RACE_LOST,	/* the child came to an unforeseen end */
	RACE_NO_WRITER, /* the writer, if a process of its own, did */
	NR_RACE_ENDS
};

/* So many seconds after its time a race that has not ended is killed. */
#define RACE_GRACE 3

/**
 * struct race_result - what came of it
 * @end: whether it went well
 * @err: an errno, if not
 * @signal: RACE_LOST, RACE_NO_WRITER: what killed it, 0 if it exited
 * @op: RACE_NO_OP, RACE_STRANGE: which of the plan's operations
 * @strange: RACE_STRANGE: what was read after it
 * @reads: how many
 * @beside: by what there was beside them
 * @ops: operations of the writer meanwhile
 * @cut: reads that ended before the region did, and are not counted
 * @overflow: reads of what there was no more room to note
 * @nanoseconds: that it took
 * @fifo: the writer was a real-time thread
 * @seen: what was read; for free()
 * @nr: how many different ones, at most RACE_SEEN
 */
struct race_result {
	enum race_end end;
	int err;
	int signal;
	unsigned int op;
	struct race_view strange;
	uint64_t reads;
	uint64_t beside[NR_RACE_BESIDE];
	uint64_t ops;
	uint64_t cut;
	uint64_t overflow;
	uint64_t nanoseconds;
	bool fifo;
	struct race_seen *seen;
	uint32_t nr;
};

/**
 * struct race_opts - how to race
 * @kind: who reads
 * @apart: the writer is a process of its own, not a thread of the reader's
 * @settings: see there
 * @seconds: for how long
 * @watch: called some times a second with what there is until then, or NULL. It
 *	is being written to meanwhile, but for what is below its @nr.
 * @data: for @watch
 */
struct race_opts {
	enum race_kind kind;
	bool apart;
	struct race_settings settings;
	double seconds;
	void (*watch)(void *data, const struct race_result *so_far);
	void *data;
};

/**
 * race_run - race
 * @plan: the case
 * @opts: how
 * @result: filled in
 *
 * All happens in a child that is killed RACE_GRACE seconds after its time.
 */
void race_run(const struct race_plan *plan, const struct race_opts *opts,
	      struct race_result *result);

#endif /* VMATLAS_RACE_H */
