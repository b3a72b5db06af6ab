// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to explain as many VMAs as a process may have by default, beside
 * just reading the file, and to say what they are; and to count those of many
 * processes, beside reading their files.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/explain.h"

#define NR_VMAS 65000
#define NR_PROCESSES 500
#define NR_EACH 100
#define ROUNDS 5

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As 6.18 has it, every other VMA with MAP_NORESERVE. */
static void write_vma(FILE *out, unsigned long i)
{
	static const char *const keys[] = {
		"Size:                  4 kB", "KernelPageSize:        4 kB",
		"MMUPageSize:           4 kB", "Rss:                   4 kB",
		"Pss:                   4 kB", "Pss_Dirty:             4 kB",
		"Shared_Clean:          0 kB", "Shared_Dirty:          0 kB",
		"Private_Clean:         0 kB", "Private_Dirty:         4 kB",
		"Referenced:            4 kB", "Anonymous:             4 kB",
		"KSM:                   0 kB", "LazyFree:              0 kB",
		"AnonHugePages:         0 kB", "ShmemPmdMapped:        0 kB",
		"FilePmdMapped:         0 kB", "Shared_Hugetlb:        0 kB",
		"Private_Hugetlb:       0 kB", "Swap:                  0 kB",
		"SwapPss:               0 kB", "Locked:                0 kB",
		"THPeligible:           0",
	};
	unsigned long start = 0x7f0000000000 + i * 4096;

	fprintf(out, "%lx-%lx rw-p 00000000 00:00 0 \n", start, start + 4096);
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		fprintf(out, "%s\n", keys[k]);
	fprintf(out, "VmFlags: rd wr mr mw me %s \n", i % 2 ? "nr" : "ac");
}

static FILE *write_file(bool smaps)
{
	FILE *file = tmpfile();

	if (!file)
		abort();
	for (unsigned long i = 0; i < NR_VMAS; i++) {
		if (smaps)
			write_vma(file, i);
		else
			fprintf(file, "%lx-%lx r%c-p 00000000 00:00 0 \n",
				0x7f0000000000 + i * 4096,
				0x7f0000001000 + i * 4096, i % 2 ? 'w' : '-');
	}
	return file;
}

static void just_read(FILE *in)
{
	static char buf[320 << 10];

	while (fread(buf, 1, sizeof(buf), in) > 0)
		;
}

static void explain_file(FILE *in)
{
	const struct explain_style style = { false, "", "" };
	struct proc_maps *maps = proc_read(in, "bench", 0, stderr);
	FILE *null = fopen("/dev/null", "w");
	struct explained x;

	if (!maps || !null)
		abort();
	explain(&x, maps, rules_for("latest"));
	explain_print(null, &x, &style);
	if (x.sums[OUTLOOK_SAVE] + x.sums[OUTLOOK_APART] != NR_VMAS - 1 ||
	    x.nr_runs != 1)
		abort();
	explain_free(&x);
	proc_free(maps);
	fclose(null);
}

/* What they are, and what is repeated: no more of it. */
static void only_kinds(FILE *in)
{
	struct proc_maps *maps = proc_read(in, "bench", 0, stderr);
	struct proc_kinds *kinds = proc_kinds(maps);

	proc_kinds_free(kinds);
	proc_free(maps);
}

static void only_parse(FILE *in)
{
	proc_free(proc_read(in, "bench", 0, stderr));
}

/* The best of some: what disturbs, only ever makes it longer. */
static double time_it(FILE *in, void (*what)(FILE *in))
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double start = now(), took;

		rewind(in);
		what(in);
		took = now() - start;
		best = took < best ? took : best;
	}
	return best * 1e3;
}

static void measure(const char *name, bool smaps)
{
	FILE *in = write_file(smaps);
	double bare = time_it(in, just_read);
	double parsed = time_it(in, only_parse);
	double kinds = time_it(in, only_kinds) - parsed;
	double whole = time_it(in, explain_file);

	printf("%-34s %9.1f ms, %.1f ms to read %.1f MiB\n", name, whole, bare,
	       ftell(in) / 1048576.0);
	printf("  of which %.1f ms are to understand it, %.1f ms to say what they are\n",
	       parsed, kinds);
	fclose(in);
}

/* ---- many processes ----------------------------------------------------------------- */

/* It has some VMAs more, and waits to be killed. */
static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < NR_EACH; i++)
		mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (;;)
		pause();
}

static double time_command(const char *command)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double start = now(), took;

		if (system(command) < 0)
			abort();
		took = now() - start;
		best = took < best ? took : best;
	}
	return best * 1e3;
}

static void measure_all(void)
{
	pid_t pid[NR_PROCESSES];
	double all, read;

	for (int i = 0; i < NR_PROCESSES; i++)
		pid[i] = start_process();
	all = time_command(
		"${VMATLAS:-build/vmatlas} explain --all >/dev/null 2>&1");
	read = time_command("cat /proc/[0-9]*/maps >/dev/null 2>&1");
	for (int i = 0; i < NR_PROCESSES; i++) {
		if (pid[i] > 0)
			kill(pid[i], SIGKILL);
	}
	while (wait(NULL) > 0)
		;
	printf("explain --all: %d processes more %8.1f ms, %.1f ms for cat\n",
	       NR_PROCESSES, all, read);
}

int main(void)
{
	printf("explain: %d VMAs\n", NR_VMAS);
	measure("smaps", true);
	measure("maps", false);
	measure_all();
	return EXIT_SUCCESS;
}
