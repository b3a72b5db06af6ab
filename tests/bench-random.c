// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "live --random" costs beside the same calls in a bare loop, in this one
 * run and by turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process/random.h"

#define ROUNDS 5
#define PROGRAMS 100

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As random_run() makes them. */
static void make(struct random_program *p, const struct rules *rules,
		 const struct random_lacks *lacks, uint64_t seed)
{
	struct sim *sim =
		sim_new(rules, (uint64_t)sysconf(_SC_PAGESIZE), FAULTED_NONE);
	struct random_lacks narrow = *lacks;

	random_narrow(&seed, &narrow);
	for (p->nr = 0; p->nr < RANDOM_CALLS; p->nr++) {
		p->call[p->nr] = random_make(&seed, sim, &narrow);
		sim_do(sim, &p->call[p->nr], NULL, NULL);
	}
	sim_free(sim);
}

/* What is sealed stays as long as the process. */
static bool stays(const struct random_program *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->call[i].kind == CALL_MSEAL ||
		    p->call[i].kind == CALL_FORK)
			return true;
	return false;
}

/* Returns how many programs a process did, which goes on as its own child. */
static int do_some(const struct random_program *programs, int nr)
{
	struct space sp = { .page_size = (unsigned long)sysconf(_SC_PAGESIZE),
			    .uffd = -1,
			    .key = -1 };
	const struct syscall unlock = { .kind = CALL_MUNLOCKALL, .key = -1 };

	for (int i = 0; i < nr; i++) {
		for (size_t j = 0; j < programs[i].nr; j++)
			kernel_do(&sp, &programs[i].call[j], NULL);
		if (stays(&programs[i]))
			return i + 1;
		kernel_do(&sp, &unlock, NULL);
		munmap((void *)RANDOM_BASE, 2 * RANDOM_PAGES * sp.page_size);
	}
	return nr;
}

/* Seconds that the calls of all programs take, fork() and new processes among them. */
static double bare(const struct random_program *programs)
{
	int *done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double start = now();

	for (int i = 0; i < PROGRAMS; i += *done) {
		pid_t pid = fork();

		if (!pid) {
			*done = do_some(&programs[i], PROGRAMS - i);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) < 0 || !*done)
			exit(2);
	}
	start = now() - start;
	munmap(done, sizeof(*done));
	return start;
}

int main(void)
{
	static struct random_program programs[PROGRAMS];
	static struct random_result r;
	double alone = 0, both = 0, calls = 0;
	struct random_lacks lacks;
	const char *release;
	bool exact;
	struct random_opts opts = { .rules = live_rules(&release, &exact),
				    .calls = PROGRAMS * RANDOM_CALLS,
				    .jobs = 1,
				    .shards = 1 };

	if (live_unusable() || random_find_lacks(opts.rules, &lacks)) {
		puts("live --random: it cannot be tried here");
		return 0;
	}
	for (int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < PROGRAMS; j++)
			make(&programs[j], opts.rules, &lacks,
			     (uint64_t)(i * PROGRAMS + j));
		alone += bare(programs) / (PROGRAMS * RANDOM_CALLS);
		opts.seed = (uint64_t)i + 1;
		if (random_run(&opts, &r) || !r.calls)
			return 1;
		both += r.seconds / (double)r.calls;
		calls += (double)r.calls;
	}
	printf("live --random: %.0f calls, Linux %s, by one process\n", calls,
	       release);
	printf("  these in a bare loop                     %8.0f ns %6.2f\n",
	       alone * 1e9 / ROUNDS, 1.0);
	printf("  compared with a simulated process        %8.0f ns %6.2f\n",
	       both * 1e9 / ROUNDS, both / alone);
	return 0;
}
