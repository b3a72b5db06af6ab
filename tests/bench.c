// SPDX-License-Identifier: GPL-2.0-only
/*
 * What things cost. Times are printed beside yardsticks taken in the same run;
 * nothing here passes or fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "emit/emit.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- the simulator by size of the address space ---------------------------- */

#define RW (VM_READ | VM_WRITE)

/* Every VMA has four pages and four free pages after it. */
static struct mm *filled(unsigned long nr)
{
	struct mm *mm = mm_new(rules_for("latest"));

	mm_limit(mm, nr + 2);
	for (unsigned long i = 0; i < nr; i++)
		mm_place(mm, &(struct vma_state){
				     .vm_start = i * 8,
				     .vm_end = i * 8 + 4,
				     .vm_pgoff = i * 8,
				     .attrs.flags = RW,
			     });
	return mm;
}

static uint64_t seed = 1;

static unsigned long pick(unsigned long n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* Grow a VMA, cut that off again: a merge, a split and an unmap. */
static void grow_and_cut(struct mm *mm, unsigned long nr)
{
	unsigned long end = pick(nr) * 8 + 4;
	struct op map = { .kind = OP_MAP,
			  .start = end,
			  .end = end + 2,
			  .pgoff = end,
			  .attrs.flags = RW };
	struct op unmap = { .kind = OP_UNMAP, .start = end, .end = end + 2 };

	mm_do(mm, &map);
	mm_do(mm, &unmap);
}

/* Change two pages of four and back: two splits, then a merge. */
static void change_and_back(struct mm *mm, unsigned long nr)
{
	unsigned long start = pick(nr) * 8 + 1;
	struct op op = { .kind = OP_MODIFY,
			 .start = start,
			 .end = start + 2,
			 .changes = CHANGE_FLAGS,
			 .attrs.flags = VM_READ };

	mm_do(mm, &op);
	op.attrs.flags = RW;
	mm_do(mm, &op);
}

static double ns_per_op(unsigned long nr)
{
	enum { ROUNDS = 200000 };
	struct mm *mm = filled(nr);
	double start = now();

	for (int i = 0; i < ROUNDS; i++) {
		grow_and_cut(mm, nr);
		change_and_back(mm, nr);
	}
	start = now() - start;
	mm_free(mm);
	return start / (4.0 * ROUNDS) * 1e9;
}

static void bench_model(void)
{
	static const unsigned long sizes[] = { 10, 1000, 100000 };
	double first = 0;

	puts("simulator, map, unmap, modify, modify back:");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		double ns = ns_per_op(sizes[i]);

		if (!i)
			first = ns;
		printf("  %7lu VMAs  %6.0f ns an operation  %4.1f times as "
		       "much as with %lu\n",
		       sizes[i], ns, ns / first, sizes[0]);
	}
}

/* ---- the whole catalogue ----------------------------------------------------- */

static void run_catalogue(void)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report_set set = { .cat = cat, .rules = rules_for("latest") };
	struct report *reports[64];
	struct emit_opts opts = { 0 };

	if (!cat)
		exit(2);
	set.reports = reports;
	for_each_family(cat, fam)
		for_each_case(fam, c)
			reports[set.nr++] = report_run(cat, c, set.rules);
	for (const struct format *f = formats; f->name; f++) {
		struct files *files = files_new();

		f->emit(&set, &opts, files);
		files_free(files);
	}
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	catalog_free(cat);
}

/* The quickest of several, in milliseconds. */
static double best(void (*run)(void))
{
	double quickest = 1e9;

	for (int i = 0; i < 20; i++) {
		double start = now();

		run();
		start = now() - start;
		if (start < quickest)
			quickest = start;
	}
	return quickest * 1e3;
}

static void run_dot(void)
{
	if (system("${DOT:-dot} -V 2>/dev/null"))
		puts("  (dot failed)");
}

static void run_show(void)
{
	if (system("${VMATLAS:-build/vmatlas} show existing-merge-both >/dev/null"))
		puts("  (vmatlas failed)");
}

static void run_python(void)
{
	if (system("${PYTHON:-python3} -c pass"))
		puts("  (python3 failed)");
}

static void bench_catalogue(void)
{
	struct rusage usage;

	puts("load, simulate, check and emit all formats of the catalogue:");
	printf("  %8.2f ms\n", best(run_catalogue));
	getrusage(RUSAGE_SELF, &usage);
	printf("  %8.2f MiB at most\n", usage.ru_maxrss / 1024.0);
	printf("  %8.2f ms  one case shown\n", best(run_show));
	printf("  %8.2f ms  dot -V\n", best(run_dot));
	printf("  %8.2f ms  python3 -c pass\n", best(run_python));
}

int main(void)
{
	bench_catalogue();
	bench_model();
	return 0;
}
