/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs of system calls, each made on the kernel and on a simulated
 * process, and what comes out compared: what a call returns after each, the
 * layout after some, VmFlags at the end.
 *
 * random-make.c makes the calls, random-do.c carries programs out in children,
 * random-run.c on all processors, without what random-lacks.c finds missing,
 * random-shrink.c makes the shortest of one that differs, random-known.c has what
 * is known to differ, random-print.c prints.
 */
#ifndef VMATLAS_PROCESS_RANDOM_H
#define VMATLAS_PROCESS_RANDOM_H

#include "oracle/live.h"
#include "syscall/sim.h"
#include "syscall/syscall.h"

/*
 * Where programs act, in pages from a fixed address: far below where the kernel
 * puts what may go anywhere. What they map may grow beyond, but for so much.
 */
#define RANDOM_BASE 0x200000000000ULL
#define RANDOM_PAGES 64
#define RANDOM_BEYOND 64

/* The number of the file that is /dev/zero; those below are in memory. */
#define RANDOM_ZERO 4

/* Calls of a program, and how often a layout is compared: one in so many. */
#define RANDOM_CALLS 200
#define RANDOM_LOOK 32

/**
 * struct random_program - calls, one after the other
 * @call: the calls; addresses are absolute
 * @nr: how many
 */
struct random_program {
	struct syscall call[RANDOM_CALLS];
	size_t nr;
};

enum random_what {
	RANDOM_SAME,
	RANDOM_ERROR,  /* another errno, or none */
	RANDOM_RESULT, /* another address */
	RANDOM_LAYOUT, /* other VMAs */
	RANDOM_FLAGS,  /* other VmFlags */
	RANDOM_DIED,   /* the process did not survive it */
};

/**
 * struct random_diff - where kernel and simulator differ
 * @what: in what
 * @call: at which call; RANDOM_LAYOUT, RANDOM_FLAGS: after which at the latest
 * @sim_err: RANDOM_ERROR: errno of the simulator, 0 if none
 * @kernel_err: and of the kernel
 * @sim_result: RANDOM_RESULT: the address that the simulator gave
 * @kernel_result: and the kernel
 * @signal: RANDOM_DIED: of what
 * @sim: RANDOM_LAYOUT, RANDOM_FLAGS: the layout of the simulator
 * @kernel: and of the kernel
 * @vm_flags: RANDOM_FLAGS: which differ, in the first VMA where any does
 */
struct random_diff {
	enum random_what what;
	size_t call;
	int sim_err;
	int kernel_err;
	uint64_t sim_result;
	uint64_t kernel_result;
	int signal;
	struct live_layout sim;
	struct live_layout kernel;
	vm_flags_t vm_flags;
};

/* ---- calls (random-make.c) ----------------------------------------------- */

/**
 * struct random_lacks - what the kernel does not have, or does not allow
 * @kind: by call
 * @advice: by MADV_*
 * @stack: MAP_STACK makes no difference, which it does since 6.7
 * @droppable: MAP_DROPPABLE, which there is since 6.11
 * @file: files in memory
 * @zero: /dev/zero
 * @uffd: modes of userfaultfd
 */
struct random_lacks {
	bool kind[NR_CALLS];
	bool advice[128];
	bool stack;
	bool droppable;
	bool file;
	bool zero;
	unsigned int uffd;
};

/**
 * random_narrow - choose which calls a program is made of
 * @state: of the random numbers
 * @lacks: what is not to be made; more is added
 *
 * In every other program it is only some: what differs after most calls of one
 * kind, and ends the program, would hide what differs seldom.
 */
void random_narrow(uint64_t *state, struct random_lacks *lacks);

/**
 * random_make - make a call up
 * @state: of the random numbers
 * @sim: the process that is to make it, for what it has mapped
 * @lacks: what is not to be made
 *
 * Return: the call.
 */
struct syscall random_make(uint64_t *state, struct sim *sim,
			   const struct random_lacks *lacks);

/**
 * random_may - whether a process can make a call and go on
 * @sim: the process
 * @call: the call
 *
 * Memory that userfaultfd watches cannot be touched, for nobody answers.
 *
 * Return: true if so.
 */
bool random_may(const struct sim *sim, const struct syscall *call);

/* ---- programs (random-do.c, random-run.c, random-lacks.c) ---------------- */

/**
 * random_unusable - why random programs cannot be compared here
 *
 * Return: NULL if they can.
 */
const char *random_unusable(void);

/**
 * random_find_lacks - find out what the kernel lacks
 * @rules: which rules the simulator follows
 * @lacks: filled in
 *
 * Return: 0 or -errno if nothing can be tried.
 */
int random_find_lacks(const struct rules *rules, struct random_lacks *lacks);

/**
 * random_try - carry out a program, and compare after each call
 * @rules: which rules the simulator follows
 * @program: the program
 * @diff: filled in: the first difference
 *
 * Return: 0 or -errno if it could not be tried.
 */
int random_try(const struct rules *rules, const struct random_program *program,
	       struct random_diff *diff);

/**
 * struct random_opts - how much of it
 * @rules: which rules the simulator follows
 * @seed: of the random numbers
 * @calls: as many calls at least, 0 for no limit
 * @seconds: then it is enough, 0 for no limit
 * @jobs: so many children at once
 * @shard: of @shards parts, only this, from 0
 * @shards: 1 for all
 */
struct random_opts {
	const struct rules *rules;
	uint64_t seed;
	uint64_t calls;
	double seconds;
	unsigned int jobs;
	unsigned int shard;
	unsigned int shards;
};

/* So many differences are made short, and printed; others are only counted. */
#define RANDOM_FOUND 16

/**
 * struct random_found - a difference
 * @program: the shortest that shows it
 * @diff: what it comes to
 * @seed: with which it was found
 * @nr: how many came to the same
 */
struct random_found {
	struct random_program program;
	struct random_diff diff;
	uint64_t seed;
	size_t nr;
};

/**
 * struct random_result - what came of it
 * @lacks: what was not tried
 * @calls: that were made on both sides
 * @failed: of these, those that failed on both
 * @programs: how many
 * @differ: programs that differed
 * @known: programs that differed in a known way: random_known()
 * @found: differences, each of another kind
 * @nr_found: how many
 * @seconds: that it took
 * @interrupted: it was ended by a signal
 */
struct random_result {
	struct random_lacks lacks;
	uint64_t calls;
	uint64_t failed;
	uint64_t programs;
	uint64_t differ;
	uint64_t known[32];
	struct random_found found[RANDOM_FOUND];
	size_t nr_found;
	double seconds;
	bool interrupted;
};

/**
 * random_run - carry out many programs
 * @opts: how many
 * @r: filled in
 *
 * Return: 0 or -errno if nothing can be tried.
 */
int random_run(const struct random_opts *opts, struct random_result *r);

/* ---- what is known (random-known.c) ---------------------------------------- */

/**
 * random_kernel - which kernel runs
 *
 * Return: its release as VERSION_NUMBER(), 0 if it has none.
 */
long random_kernel(void);

/**
 * random_patch - which of its stable releases
 *
 * Return: the third number of its release, 0 if that has none.
 */
unsigned int random_patch(void);

/**
 * random_known - whether a difference is known
 * @program: the program
 * @diff: what it came to
 * @kernel: on this kernel, random_kernel()
 * @patch: and random_patch()
 *
 * Return: its number, counted from 0, -1 if it is not known.
 */
int random_known(const struct random_program *program,
		 const struct random_diff *diff, long kernel,
		 unsigned int patch);

/**
 * random_not_shown - which VmFlags a kernel does not show
 * @kernel: random_kernel()
 *
 * Return: the flags; they are not compared.
 */
vm_flags_t random_not_shown(long kernel);

/**
 * random_known_why - why a known difference is
 * @nr: which
 *
 * Return: the reason, NULL after the last.
 */
const char *random_known_why(unsigned int nr);

/* ---- the shortest (random-shrink.c) ---------------------------------------- */

/**
 * random_shrink - make a program that differs short
 * @rules: which rules the simulator follows
 * @program: the program, changed
 * @diff: its difference, changed
 *
 * Calls are left out as long as there is a difference that is not known, then
 * their arguments made simple.
 */
void random_shrink(const struct rules *rules, struct random_program *program,
		   struct random_diff *diff);

/* ---- for people (random-print.c) --------------------------------------------- */

/**
 * random_print_found - a difference as calls, as a picture, and in words
 * @out: where to
 * @f: the difference
 */
void random_print_found(FILE *out, const struct random_found *f);

/**
 * random_print_c - a C program that shows a difference
 * @out: where to
 * @f: the difference
 *
 * It is for itself: it makes the calls, and prints what they return and what is
 * mapped then, beside what the simulator says.
 */
void random_print_c(FILE *out, const struct random_found *f);

#endif /* VMATLAS_PROCESS_RANDOM_H */
