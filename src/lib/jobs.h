/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that takes long: on all processors, with progress, and to be interrupted. */
#ifndef VMATLAS_LIB_JOBS_H
#define VMATLAS_LIB_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- on all processors (jobs.c) ----------------------------------------- */

#define THREADS_MAX 64

/**
 * threads_default - how many threads are worth it
 *
 * Return: The number of processors that are online, at most THREADS_MAX.
 */
unsigned int threads_default(void);

/**
 * jobs_run - do things side by side
 * @one: does the thing with number @i; @data is shared by all
 * @data: for @one
 * @nr: how many things there are; each is done once, in any order
 * @threads: so many of them at a time at most, THREADS_MAX at most
 *
 * Where a thread cannot be had, those that are there do its work.
 *
 * Return: When all is done.
 */
void jobs_run(void (*one)(void *data, size_t i), void *data, size_t nr,
	      unsigned int threads);

/* ---- interrupts (interrupt.c) ------------------------------------------- */

/**
 * interrupt_catch - from now on SIGINT and SIGTERM are noted and no more
 *
 * System calls go on after them, but for those like sleep(). Another one, 0.1 s or
 * more after the first, ends the program.
 */
void interrupt_catch(void);

/**
 * interrupt_release - from now on SIGINT and SIGTERM end the program again
 *
 * What interrupted() returns stays, and where it is true, so does what ends the
 * program.
 */
void interrupt_release(void);

/**
 * interrupted - whether a signal has come since interrupt_catch()
 *
 * Return: Whether to come to an end.
 */
bool interrupted(void);

/* ---- progress (progress.c) ---------------------------------------------- */

/**
 * progress - say how far it is, in the place of what was said before
 * @fmt: as for printf(), a few words without a new line
 *
 * Nothing happens if standard error is no terminal, nor if something was said
 * less than a tenth of a second ago. Any thread may call it.
 */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * progress_end - clear the line, for what is printed next
 */
void progress_end(void);

/* ---- time (clock.c) ------------------------------------------------------ */

/**
 * nanoseconds_now - the monotonic clock
 *
 * Return: Nanoseconds since some moment.
 */
uint64_t nanoseconds_now(void);

/**
 * seconds_now - the same, for what takes long
 *
 * Return: Seconds since that moment.
 */
double seconds_now(void);

#endif /* VMATLAS_LIB_JOBS_H */
