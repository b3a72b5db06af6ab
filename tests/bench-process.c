// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to explain as many VMAs as a process may have by default, beside
 * just reading the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/explain.h"

#define NR_VMAS 65000
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
	double whole = time_it(in, explain_file);

	printf("%-34s %9.1f ms, %.1f ms to read %.1f MiB\n", name, whole, bare,
	       ftell(in) / 1048576.0);
	fclose(in);
}

int main(void)
{
	printf("explain: %d VMAs\n", NR_VMAS);
	measure("smaps", true);
	measure("maps", false);
	return EXIT_SUCCESS;
}
