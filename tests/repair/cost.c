// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading /proc/PID/maps costs, in a guest.
 *
 *	cost tsc	how fast the time stamp counter is, in kHz
 *	cost quiet      instructions of a read of all of the file while nothing
 *			happens, by number of VMAs and size of the buffer: to be
 *			run with -icount shift=0, where the time stamp counter
 *			counts instructions
 *	cost race N	for N seconds, beside a writer: how long the writer's
 *			calls take, and how often the reader took the mmap lock.
 *			The kernel has to count that as page faults of its task,
 *			as tests/repair.py makes it do in a scratch copy.
 *
 * A line for each, "name value..."; exit status 2 if something cannot be done.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define PAGE 4096UL
#define START 0x10000000UL
#define REPEAT 5

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int open_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY);

	if (fd < 0)
		die("/proc/self/maps");
	return fd;
}

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void tsc(void)
{
	unsigned long long time = now(), count = __rdtsc();

	usleep(300000);
	count = __rdtsc() - count;
	printf("tsc %llu\n", count * 1000000 / (now() - time));
}

/* ---- quiet --------------------------------------------------------------- */

/* Every other page is readable, so that no two are one VMA. */
static void have_vmas(unsigned long nr)
{
	static unsigned long have;

	if (!have && mmap((void *)START, 4096 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			  0) == MAP_FAILED)
		die("mmap");
	for (; have < nr; have += 2)
		if (mprotect((void *)(START + have * PAGE), PAGE, PROT_READ))
			die("mprotect");
}

static unsigned long long read_all(int fd, char *buffer, size_t size)
{
	unsigned long long begin;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		die("lseek");
	begin = __rdtsc();
	do {
		n = read(fd, buffer, size);
		if (n < 0)
			die("read");
	} while (n);
	return __rdtsc() - begin;
}

static void quiet(void)
{
	static const unsigned long numbers[] = { 10, 100, 1000, 4000 };
	static const size_t sizes[] = { 1024, 4096, 65536 };
	static char buffer[65536];
	int fd = open_maps();

	for (int i = 0; i < 4; i++) {
		have_vmas(numbers[i]);
		for (int j = 0; j < 3; j++) {
			unsigned long long best = ~0ULL;

			for (int k = 0; k < REPEAT; k++) {
				unsigned long long n =
					read_all(fd, buffer, sizes[j]);

				best = n < best ? n : best;
			}
			printf("quiet %lu %zu %llu\n", numbers[i], sizes[j],
			       best);
		}
	}
	close(fd);
}

/* ---- a race -------------------------------------------------------------- */

#define MOST 200000

static atomic_bool over;
static unsigned int waits[MOST]; /* nanoseconds */
static size_t nr_waits;

/* The writer takes the reader's processor when it wakes up. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *write_on(void *unused)
{
	const struct sched_param param = { .sched_priority = 1 };
	const struct timespec nap = { .tv_nsec = 100000 };

	stay_on(0);
	sched_setscheduler(0, SCHED_FIFO, &param);
	while (!over && nr_waits < MOST) {
		unsigned long long begin = now();
		int prot = nr_waits % 2 ? PROT_NONE : PROT_READ;

		if (mprotect((void *)START, 8 * PAGE, prot))
			die("mprotect");
		waits[nr_waits++] = now() - begin;
		nanosleep(&nap, NULL);
	}
	return unused;
}

static int by_size(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void race(int seconds)
{
	unsigned long long end = now() + seconds * 1000000000ULL;
	unsigned long reads = 0, lines = 0;
	static char buffer[4096];
	struct rusage before, after;
	int fd = open_maps();
	pthread_t writer;

	if (mmap((void *)START, 64 * PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED ||
	    mprotect((void *)(START + 16 * PAGE), PAGE, PROT_READ) ||
	    pthread_create(&writer, NULL, write_on, NULL))
		die("race");
	stay_on(0);
	getrusage(RUSAGE_THREAD, &before);
	for (; now() < end; reads++) {
		ssize_t n = pread(fd, buffer, sizeof(buffer), 0);

		if (n < 0)
			die("read");
		for (ssize_t i = 0; i < n; i++)
			lines += buffer[i] == '\n';
	}
	getrusage(RUSAGE_THREAD, &after);
	over = true;
	pthread_join(writer, NULL);
	qsort(waits, nr_waits, sizeof(*waits), by_size);
	printf("race reads %lu lines %lu fallbacks %ld writes %zu median_ns %u high_ns %u\n",
	       reads, lines, after.ru_majflt - before.ru_majflt, nr_waits,
	       waits[nr_waits / 2], waits[nr_waits * 99 / 100]);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "tsc"))
		tsc();
	else if (argc == 2 && !strcmp(argv[1], "quiet"))
		quiet();
	else if (argc == 3 && !strcmp(argv[1], "race"))
		race(atoi(argv[2]));
	else
		return 2;
	return 0;
}
