// SPDX-License-Identifier: GPL-2.0-only
/* The region of a race, and who changes it. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "oracle/race-internal.h"
#include "syscall/sim.h"

/* ---- processors ---------------------------------------------------------- */

/* The first two that we may use: one for each, or the first for both. */
void race_choose_cpus(struct race_shared *a)
{
	cpu_set_t set;
	int nr = 0;

	a->cpus[0] = a->cpus[1] = -1;
	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			a->cpus[nr++] = cpu;
	if (a->opts->settings.cpus == RACE_CPUS_SAME)
		a->cpus[1] = a->cpus[0];
	else if (nr < 2)
		a->cpus[0] = a->cpus[1] = -1;
}

void race_stay_on(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- the region ---------------------------------------------------------- */

static char *address_of(const struct race_shared *a, unsigned long page)
{
	return (char *)(a->region.base + page * a->region.page_size);
}

/*
 * A file is shared: of a private one, what was writable once is accounted for. So
 * is anonymous memory before 6.7, if it is not of this kind: it would not merge.
 */
static int map(const struct race_shared *a, unsigned long start,
	       unsigned long end, vm_flags_t flags)
{
	size_t size = (end - start) * a->region.page_size;
	int kind = a->file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
			       : MAP_SHARED;
	off_t offset = a->file < 0 ? 0 : start * a->region.page_size;

	if (mmap(address_of(a, start), size, (int)flags_prot(flags),
		 kind | MAP_FIXED, a->file, offset) == MAP_FAILED)
		return errno;
	return 0;
}

static int unmap(const struct race_shared *a, unsigned long start,
		 unsigned long end)
{
	size_t size = (end - start) * a->region.page_size;

	return munmap(address_of(a, start), size) ? errno : 0;
}

#define NAME_LONGEST 249 /* that memfd_create() takes */
#define LINE_REST 128	 /* what a line has beside the name, and some room */

/* All of the case's lines, and one that is there twice, are to fit in a read(). */
static size_t name_length(const struct race_shared *a)
{
	size_t length = a->opts->settings.name / 4, lines = a->plan->first.nr;

	for (size_t i = 0; i < a->plan->nr_ops; i++)
		if (a->plan->after[i].nr > lines)
			lines = a->plan->after[i].nr;
	if (a->opts->kind != RACE_READ || !lines)
		return 0;
	lines--; /* the two neighbours have no name */
	if (length > (RACE_READ_SIZE / lines - LINE_REST) / 4)
		length = (RACE_READ_SIZE / lines - LINE_REST) / 4;
	return length < NAME_LONGEST ? length : NAME_LONGEST;
}

/* A line feed in a name is printed as four characters. */
static int make_file(struct race_shared *a)
{
	char name[NAME_LONGEST + 1] = "";
	size_t length = name_length(a);

	a->file = -1;
	if (!length)
		return 0;
	memset(name, '\n', length);
	a->file = memfd_create(name, MFD_CLOEXEC);
	if (a->file < 0 ||
	    ftruncate(a->file, a->region.end * a->region.page_size))
		return errno;
	return 0;
}

/*
 * Below all else that is mapped, so that a read comes to it first. What is not
 * readable on both sides are the neighbours.
 */
#define LOWEST 0x100000UL

static int reserve_at(struct race_shared *a, uintptr_t base)
{
	struct race_region *r = &a->region;
	char *at;

	r->base = base;
	at = mmap(address_of(a, r->start), (r->end - r->start) * r->page_size,
		  PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		  -1, 0);
	if (at == MAP_FAILED)
		return errno;
	return at == address_of(a, r->start) ? 0 : EEXIST;
}

/*
 * Or above all else: above the stack. How far addresses go is found out by trying;
 * below a power of two some machines leave out a page.
 */
static int reserve_topmost(struct race_shared *a)
{
	const struct race_region *r = &a->region;
	int err = ENOMEM;

	for (int bits = 57; err && bits > 31; bits--)
		err = reserve_at(a,
				 (1UL << bits) - (r->end + 1) * r->page_size);
	return err;
}

int race_reserve(struct race_shared *a)
{
	struct race_region *r = &a->region;
	int err;

	r->page_size = sysconf(_SC_PAGESIZE);
	r->start = a->plan->start;
	r->end = a->plan->end;
	err = a->plan->right == SIDE_NONE ? reserve_topmost(a)
					  : reserve_at(a, LOWEST);
	return err ? err : make_file(a);
}

/* What the case has, and nothing where it has nothing. */
int race_map_before(struct race_shared *a)
{
	const struct race_view *v = &a->plan->first;
	int err = 0;

	for (uint32_t i = 0; i + 1 < v->nr && !err; i++)
		if (v->lines[i].end < v->lines[i + 1].start)
			err = unmap(a, v->lines[i].end, v->lines[i + 1].start);
	if (!err && v->lines[v->nr - 1].end < a->region.end)
		err = unmap(a, v->lines[v->nr - 1].end, a->region.end);
	for (size_t i = 0; i < a->plan->c.nr_before && !err; i++) {
		const struct vma_state *s = &a->plan->before[i].s;

		err = map(a, s->vm_start, s->vm_end, s->attrs.flags);
	}
	return err;
}

/* ---- the writer ---------------------------------------------------------- */

int race_do_op(const struct race_shared *a, const struct op *op)
{
	size_t size = (op->end - op->start) * a->region.page_size;

	switch (op->kind) {
	case OP_MODIFY:
		return mprotect(address_of(a, op->start), size,
				(int)flags_prot(op->attrs.flags))
			       ? errno
			       : 0;
	case OP_MAP:
	case OP_REPLACE:
		return map(a, op->start, op->end, op->attrs.flags);
	case OP_UNMAP:
		return unmap(a, op->start, op->end);
	default:
		return EINVAL;
	}
}

static void sleep_for(uint64_t nanoseconds)
{
	const struct timespec t = { nanoseconds / 1000000000,
				    nanoseconds % 1000000000 };

	nanosleep(&t, NULL);
}

static void pause_for(uint64_t nanoseconds)
{
	uint64_t end = nanoseconds_now() + nanoseconds;

	while (nanoseconds_now() < end)
		;
}

/* On one processor the reader has it only while the writer sleeps. */
static void wait_a_little(const struct race_shared *a, uint64_t *random)
{
	unsigned long pause = a->opts->settings.pause;
	uint64_t nanoseconds = pause ? race_random(random) % pause : 0;

	if (a->opts->settings.cpus == RACE_CPUS_SAME)
		sleep_for(nanoseconds + 1);
	else if (pause)
		pause_for(nanoseconds);
}

/* Others are to have the processor, too. */
static void rest(uint64_t *since)
{
	if (nanoseconds_now() - *since < RACE_TURN)
		return;
	sleep_for(RACE_REST);
	*since = nanoseconds_now();
}

static void become_fifo(struct race_shared *a)
{
	const struct sched_param param = { .sched_priority = 1 };

	if (a->opts->settings.fifo && a->cpus[0] >= 0)
		a->fifo = !sched_setscheduler(0, SCHED_FIFO, &param);
}

void *race_spin(void *data)
{
	const struct race_shared *a = data;
	const struct sched_param param = { 0 };

	race_stay_on(a->cpus[1]);
	if (!sched_setscheduler(0, SCHED_IDLE, &param))
		while (!a->stop)
			;
	return NULL;
}

void *race_write_on(void *data)
{
	struct race_shared *a = data;
	const struct race_plan *plan = a->plan;
	uint64_t random = nanoseconds_now() | 1, since = nanoseconds_now();

	race_stay_on(a->cpus[1]);
	become_fifo(a);
	for (size_t i = 0; !a->stop; i = (i + 1) % plan->nr_ops) {
		int err;

		a->begun++;
		err = race_do_op(a, &plan->ops[i]);
		a->done++;
		if (err) {
			a->op_failed = i;
			a->op_err = err;
			a->stop = true;
			return NULL;
		}
		wait_a_little(a, &random);
		if (a->fifo && a->opts->settings.cpus != RACE_CPUS_SAME)
			rest(&since);
	}
	return NULL;
}
