// SPDX-License-Identifier: GPL-2.0-only
/*
 * A replay beside reading the lines of the same trace and no more, in the same
 * run: by the number of calls, and of VMAs. Nothing here passes or fails.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process/match.h"
#include "process/replay.h"

/* Each VMA has four pages, and four free ones after it. */
#define PAGE 4096ul
#define VMA (4 * PAGE)
#define STRIDE (8 * PAGE)
#define BASE 0x100000000000ul

/* Of the processor: others may be busy beside us. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t seed = 1;

static unsigned long pick(unsigned long n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* ---- a trace ------------------------------------------------------------------ */

static void put_mmap(FILE *out, unsigned long at)
{
	fprintf(out,
		"4711  mmap(%#lx, %lu, PROT_READ|PROT_WRITE, MAP_PRIVATE|"
		"MAP_FIXED|MAP_ANONYMOUS, -1, 0) = %#lx\n",
		at, VMA, at);
}

/* What strace -k has below a call; every tenth, or so, has failed. */
static void put_stack(FILE *out, unsigned long at)
{
	static const char *const who[] = { "alloc", "grow", "trim", "spawn" };

	if (!pick(10))
		fprintf(out,
			"4711  mprotect(%#lx, %lu, PROT_NONE) = -1 ENOMEM (Cannot allocate memory)\n",
			at + VMA, PAGE);
	fprintf(out,
		" > /usr/lib/libc.so.6(__mprotect+0xb) [0x10d8c3]\n > /usr/bin/busy(%s+0x%lx) [0x4567]\n > /usr/bin/busy(main+0x77) [0x1234]\n",
		who[pick(4)], pick(4096));
}

/* As a program does that is busy with its memory: most calls change little. */
static void put_call(FILE *out, unsigned long at)
{
	static const char *const prot[] = { "PROT_READ", "PROT_NONE",
					    "PROT_READ|PROT_WRITE" };

	switch (pick(8)) {
	case 0:
		fprintf(out, "4711  munmap(%#lx, %lu)   = 0\n", at, VMA);
		put_mmap(out, at);
		break;
	case 1:
		fprintf(out, "4711  madvise(%#lx, %lu, MADV_DONTNEED) = 0\n",
			at, VMA);
		break;
	default:
		fprintf(out, "4711  mprotect(%#lx, %lu, %s) = 0\n",
			at + PAGE * pick(3), PAGE, prot[pick(3)]);
		break;
	}
}

static FILE *make_trace(unsigned long calls, unsigned long vmas, bool stacks)
{
	FILE *trace = tmpfile();

	if (!trace) {
		perror("tmpfile");
		exit(2);
	}
	seed = 1;
	fputs("4711  execve(\"/bin/busy\", [\"busy\"], 0x7ffe /* 9 vars */) = 0\n",
	      trace);
	for (unsigned long i = 0; i < vmas; i++)
		put_mmap(trace, BASE + i * STRIDE);
	for (unsigned long i = vmas; i < calls; i++) {
		unsigned long at = BASE + pick(vmas) * STRIDE;

		put_call(trace, at);
		if (stacks)
			put_stack(trace, at);
	}
	return trace;
}

/* ---- what it takes --------------------------------------------------------------- */

static double time_lines(FILE *trace, size_t *bytes)
{
	double start = now();
	char *line = NULL;
	size_t room = 0;
	ssize_t got;

	rewind(trace);
	*bytes = 0;
	while ((got = getline(&line, &room, trace)) >= 0)
		*bytes += (size_t)got;
	free(line);
	return now() - start;
}

static double time_replay(FILE *trace, size_t *calls, size_t *peak)
{
	const struct replay_opts opts = {
		.rules = rules_for("latest"),
		.page_size = PAGE,
		.faulted = FAULTED_WRITABLE,
		.exec = -1,
	};
	double start = now();
	struct replay *r;
	double took;

	rewind(trace);
	r = replay_run(trace, &opts);
	took = now() - start;
	*calls = r->calls;
	*peak = r->kept->peak;
	replay_free(r);
	return took;
}

static void measure(unsigned long nr, unsigned long vmas, bool stacks)
{
	FILE *trace = make_trace(nr, vmas, stacks);
	size_t bytes, calls, peak;
	double lines = time_lines(trace, &bytes);
	double took = time_replay(trace, &calls, &peak);
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("  %8zu calls, %6zu VMAs, %4zu MiB: %5.2f s, %5.0f ns a call, "
	       "%4.1f times\n    reading the lines, %ld MiB of memory\n",
	       calls, peak, bytes >> 20, took, took * 1e9 / (double)calls,
	       took / lines, usage.ru_maxrss >> 10);
	fclose(trace);
}

/* In a process of its own, so that its memory is its own. */
static void measure_apart(unsigned long nr, unsigned long vmas, bool stacks)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		measure(nr, vmas, stacks);
		exit(0);
	}
	waitpid(child, NULL, 0);
}

int main(void)
{
	puts("a trace, replayed:");
	measure_apart(250000, 19500, false);
	measure_apart(500000, 19500, false);
	measure_apart(1000000, 19500, false);
	measure_apart(1000000, 2000, false);
	measure_apart(1000000, 200, false);
	puts("with failures, and who called (strace -k):");
	measure_apart(1000000, 19500, true);
	measure_apart(1000000, 2000, true);
	return 0;
}
