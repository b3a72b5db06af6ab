/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls in the output of strace (strace.c, strace-calls.c). */
#ifndef VMATLAS_PROCESS_TRACE_H
#define VMATLAS_PROCESS_TRACE_H

#include <stdio.h>
#include <sys/types.h>

#include "syscall/syscall.h"

struct sim;

enum trace_what {
	TRACE_CALL, /* a system call that succeeded and changes what is mapped */
	TRACE_FAILED, /* one that failed, and would have */
	TRACE_BEGUN, /* the beginning of a munmap() that ends in another line */
	TRACE_EXEC,  /* execve() that succeeded */
	TRACE_FORK,  /* fork() or clone() that made a process or a thread */
	TRACE_EXIT,  /* the thread ended */
	TRACE_OTHER, /* nothing that matters */
	TRACE_BAD,   /* a line that is not understood */
	TRACE_STACK, /* a line of the stack of the call before it */
	TRACE_SET,   /* the process is something else now: enum sim_trait */
	TRACE_END,   /* there are no more lines */
	TRACE_ADVICE, /* process_madvise(): for whom, a trace does not say */
};

/**
 * struct trace_event - what a line of a trace says
 * @what: which of the above
 * @line: number of the line, from 1; of a call that was resumed, its end
 * @column: TRACE_BAD: where, from 1; 0 if it is not known
 * @pid: of the thread that did it; 0 if the trace does not say
 * @alone: the call began when there was but one process, so that no PID was
 *	printed; at its end there is one
 * @call: TRACE_CALL, TRACE_FAILED, TRACE_BEGUN: the call, but for @file: a
 *	trace knows no process. Its texts are valid until the next event.
 *	TRACE_ADVICE: the call, if it has one range, else its kind is CALL_END
 * @err: TRACE_FAILED: the errno, -1 if it has no name here
 * @path: TRACE_CALL: the file that is mapped, NULL if none; TRACE_EXEC: of the
 *	program. Valid until the next event.
 * @trait: TRACE_SET: what, enum sim_trait
 * @on: TRACE_SET: whether it is that now
 * @child: TRACE_FORK: its PID, or TID; 0 while the call is unfinished: the child
 *	may be the next thread that is new
 * @thread: TRACE_FORK: CLONE_VM: it shares what is mapped
 * @text: TRACE_STACK: the line, without what marks it; of others the call as it
 *	is written, any bytes, NULL if it is none of interest.
 *	Valid until the next event.
 * @error: TRACE_BAD: what is wrong with the line, what was expected;
 *	TRACE_ADVICE: the same, NULL if it changes no VMA
 */
struct trace_event {
	enum trace_what what;
	size_t line;
	size_t column;
	pid_t pid;
	bool alone;
	struct syscall call;
	int err;
	const char *path;
	unsigned int trait;
	bool on;
	pid_t child;
	bool thread;
	const char *text;
	const char *error;
};

struct trace;

/**
 * trace_new - begin to read the output of strace
 * @in: the file, which may be anything
 *
 * Return: The trace, for trace_free().
 */
struct trace *trace_new(FILE *in);

/**
 * trace_next - the next event
 * @t: the trace
 * @event: filled in
 *
 * Lines of a stack (-k), signals and "exited" lines are understood, unfinished
 * calls put together with what resumes them.
 *
 * Return: false at the end.
 */
bool trace_next(struct trace *t, struct trace_event *event);

/**
 * trace_call - a call of a trace, as a process has it
 * @event: of a call
 * @sim: the process
 *
 * Return: the call, with its file, and in bytes what C has in pages.
 */
struct syscall trace_call(const struct trace_event *event, struct sim *sim);

/**
 * trace_error - why there are no more events
 * @t: the trace
 *
 * Return: An errno, 0 if the file has ended; see lines_error().
 */
int trace_error(const struct trace *t);

/**
 * trace_free - drop a trace; the file stays open
 * @t: may be NULL
 */
void trace_free(struct trace *t);

/**
 * trace_merge - one trace of the files that strace -ff -ttt writes (trace-merge.c)
 * @names: the files, with the number of a thread at the end of each
 * @nr: how many
 * @err: where to say what is wrong with them
 *
 * Return: The lines of all of them by time, as strace -f has them, in a file
 * without a name, for fclose(); NULL after saying why.
 */
FILE *trace_merge(const char *const *names, size_t nr, FILE *err);

#endif /* VMATLAS_PROCESS_TRACE_H */
