// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "live --reach" costs on the running kernel, beside the same system calls
 * in a bare loop, and where the rest goes. Both in this one run and by turns, so
 * that what else the machine does is in both.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oracle/reach.h"

#define ROUNDS 5

/* As long may a child take. */
#define SECONDS 60

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Configurations from all over the space: those that fork, or the others. */
struct sample {
	struct reach_config config[REACH_CHUNK];
	size_t nr;
};

/* What one has been measured in, seconds of all rounds. */
struct spent {
	double bare;
	double tried;
	double planned;
	double looked;
	double forked;
	double simulated;
	size_t calls;
	size_t failed; /* of them, in one round */
};

/* ---- samples --------------------------------------------------------------- */

/* Not every kernel has names and userfaultfd, so neither is here. */
static bool is_everywhere(const struct reach_plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++)
		if (plan->call[i].kind == CALL_PRCTL ||
		    plan->call[i].kind == CALL_IOCTL_USERFAULTFD)
			return false;
	return true;
}

static bool is_wanted(const struct reach_config *c, bool forks)
{
	static struct reach_plan plan;

	reach_plan(c, &plan);
	return reach_forks(c) == forks && is_everywhere(&plan);
}

static void take_sample(const struct reach_space *space, bool forks,
			struct sample *s)
{
	size_t nr = 0, seen = 0;

	for (size_t i = 0; i < space->nr; i++)
		nr += is_wanted(&space->config[i], forks);
	s->nr = 0;
	for (size_t i = 0; i < space->nr && s->nr < REACH_CHUNK; i++)
		if (is_wanted(&space->config[i], forks) &&
		    seen++ % (nr / REACH_CHUNK + 1) == 0)
			s->config[s->nr++] = space->config[i];
}

/* ---- bare system calls ------------------------------------------------------- */

/* TOUCH is none: it writes to the pages from a[0] to a[1]. */
#define TOUCH (-1L)

struct bare {
	long nr;
	unsigned long a[6];
};

struct program {
	struct bare call[REACH_CHUNK * (REACH_CALLS + 1)];
	size_t nr;
	unsigned long page_size;
	unsigned long base;
	int files[2];
	unsigned long nodes;
};

static unsigned long at(const struct program *p, unsigned long page)
{
	return p->base + page * p->page_size;
}

static struct bare mmap_of(const struct program *p, const struct syscall *d)
{
	unsigned long flags = d->flags | (d->file ? 0 : MAP_ANONYMOUS);

	return (struct bare){
		SYS_mmap,
		{ at(p, d->addr), d->len * p->page_size, d->prot, flags,
		  d->file ? (unsigned long)p->files[d->file - 1] : -1UL,
		  d->offset * p->page_size }
	};
}

static struct bare mremap_of(const struct program *p, const struct syscall *d)
{
	return (struct bare){ SYS_mremap,
			      { at(p, d->addr), d->len * p->page_size,
				d->new_len * p->page_size, d->flags,
				at(p, d->new_addr) } };
}

static struct bare call_of(const struct program *p, const struct syscall *d)
{
	unsigned long start = at(p, d->addr);
	unsigned long length = d->len * p->page_size;

	switch (d->kind) {
	case CALL_MMAP:
		return mmap_of(p, d);
	case CALL_MREMAP:
		return mremap_of(p, d);
	case CALL_MUNMAP:
		return (struct bare){ SYS_munmap, { start, length } };
	case CALL_MPROTECT:
		return (struct bare){ SYS_mprotect,
				      { start, length, d->prot } };
	case CALL_MADVISE:
		return (struct bare){ SYS_madvise,
				      { start, length, MADV_DONTDUMP } };
	case CALL_MLOCK2:
		return (struct bare){ SYS_mlock2,
				      { start, length, MLOCK_ONFAULT } };
	case CALL_MBIND:
		return (struct bare){ SYS_mbind,
				      { start, length, MPOL_PREFERRED,
					(unsigned long)&p->nodes,
					8 * sizeof(p->nodes) } };
	case CALL_TOUCH:
		return (struct bare){ TOUCH, { start, start + length } };
	default:
		fprintf(stderr, "bench-live: %s is not known here\n",
			syscall_name(d->kind));
		exit(2);
	}
}

/* What is done for all of a sample, one after the other in one window. */
static void write_program(const struct sample *s, struct program *p)
{
	static struct reach_plan plan;

	p->nr = 0;
	for (size_t i = 0; i < s->nr; i++) {
		reach_plan(&s->config[i], &plan);
		for (size_t j = 0; j < plan.nr; j++)
			p->call[p->nr++] = call_of(p, &plan.call[j]);
		p->call[p->nr++] = (struct bare){
			SYS_munmap, { p->base, WINDOW_PAGES * p->page_size }
		};
	}
}

/* Returns whether it failed. */
static bool do_call(const struct program *p, const struct bare *c)
{
	if (c->nr != TOUCH)
		return syscall(c->nr, c->a[0], c->a[1], c->a[2], c->a[3],
			       c->a[4], c->a[5]) == -1;
	for (unsigned long page = c->a[0]; page < c->a[1]; page += p->page_size)
		*(volatile char *)page = 1;
	return false;
}

static size_t run_program(const struct program *p)
{
	size_t failed = 0;

	for (size_t i = 0; i < p->nr; i++)
		failed += do_call(p, &p->call[i]);
	return failed;
}

static int new_file(unsigned long page_size)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)(FILE_PAGES * page_size)))
		exit(2);
	return fd;
}

static void enter(struct program *p)
{
	struct space space;

	if (space_enter(&space, AREA_RESERVED))
		exit(2);
	p->page_size = space.page_size;
	p->base = space.base;
	p->nodes = 1;
	p->files[0] = new_file(p->page_size);
	p->files[1] = new_file(p->page_size);
}

/* As many configurations wait for one fork() as there are windows for them. */
enum { AREAS = 4, PER_AREA = SPACE_PAGES / WINDOW_PAGES };

#define FORKS 20

static void prepare(struct program *p, const struct reach_config *c)
{
	static struct reach_plan plan;
	struct bare call;

	reach_plan(c, &plan);
	for (size_t i = 0; i < plan.fork; i++) {
		call = call_of(p, &plan.call[i]);
		do_call(p, &call);
	}
}

/* fork() with all of these, a child that does nothing, and its end. */
static double time_fork(struct program *p, const struct sample *s)
{
	size_t nr = 0;
	double start;
	pid_t pid;

	for (int area = 0; area < AREAS; area++) {
		enter(p);
		for (int i = 0; i < PER_AREA && nr < s->nr; i++) {
			prepare(p,
				&s->config[nr++ * (s->nr / AREAS / PER_AREA)]);
			p->base += WINDOW_PAGES * p->page_size;
		}
	}
	start = now();
	for (int i = 0; i < FORKS; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	return (now() - start) / FORKS / (double)nr;
}

/* What a look at a window costs that has three VMAs in it, as most have. */
static double time_looks(const struct program *p, size_t nr)
{
	static struct maps_list list;
	double start;

	for (unsigned long page = 0; page < 9; page += 3)
		mmap((void *)at(p, page), 2 * p->page_size, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	start = now();
	for (size_t i = 0; i < nr; i++)
		maps_read(0, MAPS_ANY, p->base, at(p, WINDOW_PAGES), &list);
	start = now() - start;
	munmap((void *)p->base, WINDOW_PAGES * p->page_size);
	return start;
}

/* In a child, for whatever is mapped here stays out of the way of calls. */
static void time_bare(const struct sample *s, struct spent *spent)
{
	static struct program program;
	pid_t pid = fork();
	int status = 1;
	double start;

	if (!pid) {
		alarm(SECONDS);
		enter(&program);
		write_program(s, &program);
		run_program(&program); /* once to have all memory */
		start = now();
		spent->failed = run_program(&program);
		spent->bare += now() - start;
		spent->looked += time_looks(&program, s->nr);
		spent->calls = program.nr;
		if (reach_forks(&s->config[0]))
			spent->forked += time_fork(&program, s) * (double)s->nr;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		fputs("bench-live: no child, or not a good one\n", stderr);
		exit(2);
	}
}

/* ---- what the harness does ------------------------------------------------------ */

static void time_try(const struct sample *s, struct spent *spent)
{
	static struct reach_seen seen[REACH_CHUNK];
	double start = now();
	size_t failed = 0;

	if (reach_try(s->config, s->nr, seen, SECONDS)) {
		fputs("bench-live: nothing can be tried here\n", stderr);
		exit(2);
	}
	spent->tried += now() - start;
	for (size_t i = 0; i < s->nr; i++)
		failed += seen[i].err != 0;
	if (failed != spent->failed) {
		fprintf(stderr,
			"bench-live: %zu calls of the bare loop fail, expected "
			"%zu\n",
			spent->failed, failed);
		exit(2);
	}
}

static void time_plans(const struct sample *s, struct spent *spent)
{
	static struct reach_plan plan;
	double start = now();

	for (size_t i = 0; i < s->nr; i++)
		reach_plan(&s->config[i], &plan);
	spent->planned += now() - start;
}

static void time_model(const struct sample *s, struct sim *sim,
		       const struct rules *rules, struct spent *spent)
{
	static struct reach_seen seen;
	double start = now();

	for (size_t i = 0; i < s->nr; i++)
		reach_simulate(&s->config[i], rules, sim, &seen);
	spent->simulated += now() - start;
}

static struct spent *measure(const struct sample *s, const struct rules *rules)
{
	struct spent *spent = mmap(NULL, sizeof(*spent), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sim *sim = reach_sim();

	if (spent == MAP_FAILED)
		exit(2);
	for (int round = 0; round < ROUNDS; round++) {
		time_bare(s, spent);
		time_try(s, spent);
		time_plans(s, spent);
		time_model(s, sim, rules, spent);
	}
	sim_free(sim);
	return spent;
}

/* ---- printing ------------------------------------------------------------------- */

static void print_time(const char *what, double seconds, const struct sample *s,
		       const struct spent *spent)
{
	printf("  %-40s %8.0f ns %6.2f\n", what,
	       seconds * 1e9 / ROUNDS / (double)s->nr, seconds / spent->bare);
}

static void print_sample(const char *what, const struct sample *s,
			 const struct spent *spent)
{
	double parts =
		spent->bare + spent->planned + spent->looked + spent->forked;

	printf("%zu configurations %s, %.1f system calls or writes each:\n",
	       s->nr, what, (double)spent->calls / (double)s->nr);
	print_time("these in a bare loop", spent->bare, s, spent);
	print_time("tried, in children that are watched", spent->tried, s,
		   spent);
	print_time("  of this: what is to be done", spent->planned, s, spent);
	print_time("  of this: the look at what came of it", spent->looked, s,
		   spent);
	if (spent->forked > 0)
		print_time("  of this: fork()", spent->forked, s, spent);
	print_time("  of this: all else", spent->tried - parts, s, spent);
	print_time("and then the simulator", spent->simulated, s, spent);
	printf("  %.0f a second\n",
	       ROUNDS * (double)s->nr / (spent->tried + spent->simulated));
}

int main(void)
{
	static struct sample alone, forking;
	struct reach_space space = reach_all();
	const char *release;
	bool exact;
	const struct rules *rules = live_rules(&release, &exact);

	if (live_unusable()) {
		printf("live: %s\n", live_unusable());
		return 0;
	}
	take_sample(&space, false, &alone);
	take_sample(&space, true, &forking);
	printf("live --reach: %zu configurations, Linux %s\n", space.nr,
	       release);
	print_sample("that do not fork", &alone, measure(&alone, rules));
	print_sample("that do", &forking, measure(&forking, rules));
	reach_drop(&space);
	return 0;
}
