// SPDX-License-Identifier: GPL-2.0-only
/* Patterns of VMAs that are repeated: guard, stack, guard, stack, ... */
#include <stdlib.h>

#include "lib/memory.h"
#include "process/kinds.h"

/* Fewer are no run. */
#define RUN_MIN 8
#define RUN_TIMES 3

/* What is the same in a pattern. */
static uint64_t shape_of(const struct proc_vma *v, enum vma_kind kind,
			 uint32_t row)
{
	uint64_t access = v->flags & (VM_READ | VM_WRITE | VM_EXEC);
	bool by_row = kind <= KIND_DEVICE || *v->name;

	return access << 48 | (uint64_t)kind << 40 | (by_row ? row + 1ULL : 0);
}

static size_t length(const uint64_t *shape, size_t nr, size_t low,
		     unsigned int period)
{
	size_t i = low + period;

	while (i < nr && shape[i] == shape[i - period])
		i++;
	return i - low;
}

/* The longest run from here; of equally long ones that of the least period. */
static struct proc_run longest(const uint64_t *shape, size_t nr, size_t low)
{
	struct proc_run run = { .low = low };

	for (unsigned int period = 1;
	     period <= RUN_PERIOD_MAX && low + period < nr; period++) {
		size_t len = length(shape, nr, low, period);

		if (len >= RUN_MIN && len >= RUN_TIMES * period &&
		    len > run.nr) {
			run.nr = len;
			run.period = period;
		}
	}
	return run;
}

static void measure(const struct proc_maps *maps, struct proc_run *run)
{
	for (size_t i = 0; i < run->nr; i++) {
		const struct proc_vma *v = &maps->vma[run->low + i];
		unsigned int at = (unsigned int)(i % run->period);
		uint64_t size = v->end - v->start;

		if (i < run->period || size < run->min[at])
			run->min[at] = size;
		if (size > run->max[at])
			run->max[at] = size;
	}
}

static int by_length(const void *x, const void *y)
{
	const struct proc_run *a = x, *b = y;

	return ORDER(b->nr, a->nr) ?: ORDER(a->low, b->low);
}

struct proc_run *proc_runs(const struct proc_maps *maps,
			   const struct proc_kinds *kinds, size_t *nr)
{
	size_t nr_vmas = proc_counted(maps);
	uint64_t *shape __free(free) = xcalloc(nr_vmas, sizeof(*shape));
	struct proc_run *runs = xcalloc(nr_vmas / RUN_MIN, sizeof(*runs));

	for (size_t i = 0; i < nr_vmas; i++)
		shape[i] =
			shape_of(&maps->vma[i], kinds->kind[i], kinds->row[i]);
	*nr = 0;
	for (size_t i = 0; i < nr_vmas;) {
		struct proc_run run = longest(shape, nr_vmas, i);

		if (run.nr) {
			measure(maps, &run);
			runs[(*nr)++] = run;
		}
		i += run.nr ? run.nr : 1;
	}
	qsort(runs, *nr, sizeof(*runs), by_length);
	return runs;
}
