/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a race share: the parent and the child that it has (race.c),
 * who writes (race-writer.c), and who reads (race-reader.c).
 */
#ifndef VMATLAS_RACE_INTERNAL_H
#define VMATLAS_RACE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/jobs.h"
#include "oracle/race.h"

/* For who looks for it, a kernel with delays in it among them. */
#define RACE_READER "vmatlas-reader"

/* What the kernel gives at once of most files in /proc, on most machines. */
#define RACE_READ_SIZE 4096

/* A real-time writer rests for RACE_REST after RACE_TURN: nanoseconds. */
#define RACE_TURN 8000000ULL
#define RACE_REST 2000000

/**
 * struct race_shared - memory of all processes of a race
 * @plan: what is done
 * @opts: how
 * @region: where
 * @file: what is mapped there, -1 for anonymous memory
 * @cpus: of reader and writer, -1 for any
 * @stop: it is over
 * @begun: operations that the writer has begun
 * @done: and that it is done with: between the two lies what is in flight
 * @op_err: errno of one that failed
 * @op_failed: which of the plan's
 * @fifo: the writer is a real-time thread
 * @result: what came of it, of which @seen is below
 * @seen: what was read
 */
struct race_shared {
	const struct race_plan *plan;
	const struct race_opts *opts;
	struct race_region region;
	int file;
	int cpus[2];
	atomic_bool stop;
	atomic_ulong begun;
	atomic_ulong done;
	atomic_int op_err;
	atomic_uint op_failed;
	atomic_bool fifo;
	struct race_result result;
	struct race_seen seen[RACE_SEEN];
};

/**
 * race_random - a number that nobody expects
 * @state: of the generator, not 0
 *
 * Return: The next number: xorshift, since nothing depends on how good it is.
 */
uint64_t race_random(uint64_t *state);

/* ---- which kernel (race-kernel.c) ----------------------------------------- */

/**
 * race_version_lockless - whether a release is one that may read without it
 * @release: as uname -r
 *
 * Return: true if so.
 */
bool race_version_lockless(const char *release);

/* ---- who writes (race-writer.c) ------------------------------------------ */

/**
 * race_choose_cpus - find a processor for each, or one for both
 * @a: what they share, of which @cpus is set
 */
void race_choose_cpus(struct race_shared *a);

/**
 * race_stay_on - run on one processor only
 * @cpu: which, -1 for any
 */
void race_stay_on(int cpu);

/**
 * race_reserve - take the region
 * @a: what they share, of which @region and @file are set
 *
 * Return: 0 or an errno.
 */
int race_reserve(struct race_shared *a);

/**
 * race_map_before - map what the case has at first
 * @a: what they share
 *
 * Return: 0 or an errno.
 */
int race_map_before(struct race_shared *a);

/**
 * race_do_op - one operation
 * @a: what they share
 * @op: a change of protection, a new mapping or an end of one
 *
 * Return: 0 or an errno.
 */
int race_do_op(const struct race_shared *a, const struct op *op);

/**
 * race_write_on - do the plan's operations over and over, until it is over
 * @data: what they share
 *
 * Return: NULL.
 */
void *race_write_on(void *data);

/**
 * race_spin - keep a processor from falling asleep, until it is over
 * @data: what they share
 *
 * A processor that idles takes long to wake up, longer still if it is a virtual
 * one: a writer that the reader's unlock_vma() wakes up would come too late.
 *
 * Return: NULL.
 */
void *race_spin(void *data);

/* ---- holding up the reader (race-timer.c) -------------------------------- */

/**
 * struct race_timer - interrupts for the processor that the reader is on
 * @fds: of timers that fire together
 * @nr: how many, 0 for none
 * @within: they do at a random moment of as many nanoseconds
 * @cpu: where the reader runs
 * @thread: reads them
 * @threaded: there is such a thread
 * @stop: it is over
 */
struct race_timer {
	int fds[RACE_TIMERS];
	unsigned int nr;
	unsigned long within;
	int cpu;
	pthread_t thread;
	bool threaded;
	atomic_bool stop;
};

/**
 * race_timer_open - prepare interrupts
 * @timer: filled in; stays where it is until race_timer_close()
 * @settings: how many, and who is notified in the interrupt: that is what takes long
 * @cpu: where the reader runs, -1 for anywhere
 *
 * Where not all can be had, fewer must do.
 */
void race_timer_open(struct race_timer *timer,
		     const struct race_settings *settings, int cpu);

/**
 * race_timer_arm - have one come soon
 * @timer: interrupts
 * @random: a random number
 */
void race_timer_arm(const struct race_timer *timer, uint64_t random);

/**
 * race_timer_close - nobody reads them any more; they go with the process
 * @timer: interrupts
 */
void race_timer_close(struct race_timer *timer);

/* ---- who reads (race-reader.c) ------------------------------------------- */

/**
 * race_read_on - read over and over, for the time that the opts says
 * @a: what they share, of which @result is filled in
 * @fd: the file
 */
void race_read_on(struct race_shared *a, int fd);

/**
 * race_read_once - a read while nobody else is there
 * @a: what they share
 * @fd: the file, /proc/PID/maps
 * @view: filled in
 *
 * Return: What race_parse() says; errno is 0 or why it could not be read.
 */
enum race_parsed race_read_once(struct race_shared *a, int fd,
				struct race_view *view);

#endif /* VMATLAS_RACE_INTERNAL_H */
