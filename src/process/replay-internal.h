/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that replay a trace share. */
#ifndef VMATLAS_PROCESS_REPLAY_INTERNAL_H
#define VMATLAS_PROCESS_REPLAY_INTERNAL_H

#include "process/replay.h"
#include "process/strace-internal.h"
#include "syscall/internal.h"

/* As much of a call is kept for people. */
#define REPLAY_TEXT 256

/* So many forks, or munmap(), can be under way. */
#define ANNOUNCED_MAX 1024
#define BEGUN_MAX 1024

/* ---- what calls cost (replay-cost.c) --------------------------------------- */

/*
 * The last call, whose stack may come behind it. @program: which did it, NULL if
 * none: its stack is of no interest. @charged: its caller is known.
 */
struct replay_charge {
	struct replay_program *program;
	enum syscall_kind kind;
	size_t line;
	long vmas;
	uint64_t len;
	bool charged;
};

void replay_charge_call(struct replay_program *p,
			const struct trace_event *event,
			struct replay_charge *charge);

/* @frame: a line of a stack, without " > ". */
void replay_charge_caller(struct replay_program *p,
			  struct replay_charge *charge, const char *frame);

void replay_sort_costs(struct replay_costs *costs);
void replay_free_costs(struct replay_costs *costs);

/* ---- processes and threads (replay-threads.c) ------------------------------- */

/*
 * An address space that threads have.
 * @incomplete: it began empty, so there is more in the kernel.
 * @index: of @p in struct replay.
 */
struct replay_space {
	struct replay_program *p;
	size_t index;
	struct sim *sim;
	unsigned long vmas;
	unsigned int threads;
	bool incomplete;
};

/*
 * @running: NULL if it is left out. @execs: how many it did. @fresh, @fresh_len:
 * memory that it has got, and has had no time to write to; FAULTED_WRITABLE.
 * @done: the munmap() that it has begun was carried out.
 */
struct thread {
	pid_t pid;
	unsigned int execs;
	struct replay_space *running;
	uint64_t fresh;
	uint64_t fresh_len;
	bool done;
};

/* A munmap() that has begun. */
struct begun {
	struct thread *thread;
	struct syscall call;
	size_t line;
	char *text;
};

/*
 * A fork that has begun, or whose child has no line yet. @child: who was taken for it,
 * or 0. @made: the child, whose number may be that of another PID namespace; NULL if it
 * is not made yet.
 */
struct announced {
	pid_t parent;
	bool thread;
	pid_t child;
	struct thread *made;
};

struct replayer {
	const struct replay_opts *opts;
	struct replay *r;
	struct hash *threads;
	size_t vmas;
	size_t kept_index;
	struct replay_charge charge;
	struct announced announced[ANNOUNCED_MAX];
	size_t nr_announced;
	struct begun begun[BEGUN_MAX];
	size_t nr_begun;
};

/* Drop the munmap() that a thread has begun. */
void replay_forget_begun(struct replayer *re, const struct thread *t);

/* There are more or fewer VMAs since @line; too many of them, and it is left out. */
void replay_recount(struct replayer *re, struct replay_space *run, size_t line);

/* So many VMAs there were in the kernel: that it allows them. */
void replay_prove_limit(struct replayer *re, unsigned long nr, size_t line);

void replay_touch(struct replay_space *run, uint64_t addr, uint64_t len);

/* Whether all memory that can be is taken to be written to. */
bool replay_writes(const struct replayer *re);

/* Who did it; NULL if there are too many. */
struct thread *replay_thread_of(struct replayer *re,
				const struct trace_event *event);

void replay_fork(struct replayer *re, const struct thread *t,
		 const struct trace_event *event);
void replay_exec(struct replayer *re, struct thread *t,
		 const struct trace_event *event);
void replay_end_thread(struct replayer *re, const struct trace_event *event);
void replay_end_threads(struct replayer *re);

/* ---- why calls failed (replay-failed.c) ------------------------------------ */

/*
 * Why a call must fail with an errno, as far as the layout shows, before it is
 * carried out. @at: where, an address, if it is somewhere.
 */
enum failure replay_failure(const struct sim *sim, const struct syscall *call,
			    int err, uint64_t *at);

/* Whether the layout alone decides that such a call works: see replay.h. */
bool replay_must_work(const struct syscall *call, int err);

/* Calls that do nothing for a range of which a part is not mapped. */
bool replay_needs_all(enum syscall_kind kind);

bool replay_has_hole(const struct sim *sim, const struct syscall *call,
		     uint64_t *at);

#endif /* VMATLAS_PROCESS_REPLAY_INTERNAL_H */
