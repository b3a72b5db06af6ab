/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a trace did (replay.c). */
#ifndef VMATLAS_PROCESS_REPLAY_H
#define VMATLAS_PROCESS_REPLAY_H

#include "process/cases.h"
#include "process/failure.h"
#include "process/load.h"
#include "process/trace.h"

struct hash;

/* Above these, more is left out, and counted. */
#define REPLAY_PROGRAMS_MAX (16u << 10)
#define REPLAY_THREADS_MAX (128u << 10)
#define REPLAY_VMAS_MAX (1u << 20)

/* As many are kept. */
#define REPLAY_COSTS 8
#define REPLAY_NOTES 20

/**
 * struct replay_cost - calls that are alike, or have one caller
 * @text: the first of them, without addresses; or the caller
 * @line: of the first
 * @calls: how many
 * @vmas: VMAs more after them, all together; less than 0 for fewer
 * @min: bytes of the smallest
 * @max: bytes of the largest
 */
struct replay_cost {
	char *text;
	size_t line;
	size_t calls;
	long vmas;
	uint64_t min;
	uint64_t max;
};

/**
 * struct replay_costs - kinds of calls, or callers, most VMAs more first
 * @v: of each
 * @nr: how many
 * @groups: by what they are found until all are counted
 */
struct replay_costs {
	struct replay_cost *v;
	size_t nr;
	struct hash *groups;
};

#define REPLAY_SAMPLES 64

/**
 * struct replay_sample - how many VMAs there were at some time
 * @line: of the trace
 * @vmas: how many
 */
struct replay_sample {
	size_t line;
	size_t vmas;
};

/**
 * struct replay_note - a line that something is to be said of
 * @line: its number
 * @column: in it, 0 if it is about all of it
 * @vmas: of a costly call: how many VMAs more there were after it
 * @says: what is wrong; NULL if nothing is
 * @text: the call as written, cut off if long; NULL if it is none
 */
struct replay_note {
	size_t line;
	size_t column;
	long vmas;
	const char *says;
	char *text;
};

/**
 * struct replay_notes - the first of some lines, and how many there are
 * @note: the first REPLAY_NOTES
 * @nr: how many there are in all
 */
struct replay_notes {
	struct replay_note *note;
	size_t nr;
};

/* What a program is taken to have mapped at first. */
enum replay_start {
	START_EMPTY, /* nothing: what was there is not known */
	START_MAPS,  /* what a file says */
	START_FORK,  /* what its parent had */
};

/**
 * struct replay_program - what one program did, from execve() or fork() on
 * @pid: of the process; 0 if the trace does not say
 * @exec: how many execve() it has behind it in the trace
 * @path: that the last one was given, NULL if there was none
 * @start: what it had at first
 * @loaded: START_MAPS: that, of struct replay_from
 * @parent: START_FORK: whose
 * @line: where it begins
 * @last_line: its last call
 * @left_out: it was not replayed, or not to the end: see REPLAY_VMAS_MAX
 * @ops: operations on the simulator
 * @worked: of these, without an error
 * @calls: that succeeded, by kind, as far as they were replayed
 * @failed: that failed
 * @failed_too: of these, as many as the simulator let fail, too
 * @cases: by case, in the catalogue's order
 * @beyond: calls about what the simulator does not have, because it was not
 *	known from the start: START_EMPTY. They are not carried out.
 * @first: VMAs at first
 * @peak: VMAs at most
 * @peak_line: where that was
 * @final: VMAs at the end
 * @costs: the calls after which there were most VMAs more, most first
 * @nr_costs: how many
 * @kinds: what calls cost, by kind
 * @callers: by caller, if the trace has stacks
 * @samples: the most VMAs in steps of equally many calls
 * @nr_samples: how many steps there are
 * @step: calls in each
 * @seen: calls in all
 * @now: VMAs after the last of them
 * @failures: calls that failed in the kernel, the first REPLAY_NOTES
 * @nr_failures: how many there are
 * @by_failure: by reason
 * @disagree: calls that failed on the simulator, but not in the kernel, or the
 *	other way, or gave another address
 * @maps: what it has at the end, if that was kept; see struct replay_opts
 */
struct replay_program {
	pid_t pid;
	unsigned int exec;
	char *path;
	enum replay_start start;
	const struct proc_maps *loaded;
	pid_t parent;
	size_t line;
	size_t last_line;
	bool left_out;
	size_t ops;
	size_t worked;
	size_t calls[NR_CALLS];
	size_t failed[NR_CALLS];
	size_t failed_too;
	size_t cases[NR_REPLAY_CASES];
	size_t beyond;
	size_t first;
	size_t peak;
	size_t peak_line;
	size_t final;
	struct replay_note *costs;
	size_t nr_costs;
	struct replay_costs kinds;
	struct replay_costs callers;
	struct replay_sample samples[REPLAY_SAMPLES];
	size_t nr_samples;
	size_t step;
	size_t seen;
	size_t now;
	struct replay_failed *failures;
	size_t nr_failures;
	size_t by_failure[NR_FAILURES];
	struct replay_notes disagree;
	struct proc_maps *maps;
};

/**
 * struct replay_from - what a program had at first
 * @pid: of the process, 0 for that of struct replay_opts
 * @exec: how many execve() it then had behind it; -1 for where its part of the
 *	trace begins
 * @maps: what it had
 * @used: set when one began with it
 */
struct replay_from {
	pid_t pid;
	int exec;
	struct proc_maps *maps;
	bool used;
};

/**
 * struct replay_opts - how to replay
 * @rules: which kernel's rules it follows
 * @release: VERSION_NUMBER() of that kernel, 0 for the first one with them
 * @page_size: in bytes, a power of two
 * @faulted: what is assumed of memory
 * @max_map_count: VMAs that a process might have, 0 for the default; a call that
 *	worked in spite of it raises it
 * @pid: the process of which the last program is kept; 0 for the first
 * @biggest: no process was asked for: keep the program with most VMAs
 * @exec: of that process, the program after so many execve(); -1 for the last
 * @from: what is known from the start
 * @nr_from: how many
 */
struct replay_opts {
	const struct rules *rules;
	long release;
	uint64_t page_size;
	enum faulted faulted;
	unsigned long max_map_count;
	pid_t pid;
	bool biggest;
	int exec;
	struct replay_from *from;
	size_t nr_from;
};

/**
 * struct replay - what a trace did
 * @program: every program, as they begin
 * @nr: how many
 * @kept: that of struct replay_opts, NULL if there is none
 * @lines: of the trace
 * @calls: of these, calls that were replayed
 * @bad: lines that were not understood
 * @instead: what the file is that has no calls, NULL if it has, or it is unknown
 * @limit: VMAs that a process might have, as far as the trace shows
 * @raised_line: the line that showed it is more than was said, 0 if none did
 * @joined: threads that nobody was seen to make, taken for the first's
 * @left_out: events of processes and threads beyond the limits
 * @error: errno of what the trace could not be read to its end for, or 0
 */
struct replay {
	struct replay_program **program;
	size_t nr;
	struct replay_program *kept;
	size_t lines;
	size_t calls;
	struct replay_notes bad;
	const char *instead;
	unsigned long limit;
	size_t raised_line;
	size_t joined;
	size_t left_out;
	int error;
};

/**
 * replay_run - replay a trace
 * @in: the output of strace, which may be anything
 * @opts: how
 *
 * Return: What it did, for replay_free().
 */
struct replay *replay_run(FILE *in, const struct replay_opts *opts);

/**
 * replay_free - drop what a trace did
 * @r: may be NULL
 */
void replay_free(struct replay *r);

#endif /* VMATLAS_PROCESS_REPLAY_H */
