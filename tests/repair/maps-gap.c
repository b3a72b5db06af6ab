// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows that one read() of /proc/PID/maps can leave out memory that is mapped all
 * the time. No privilege is needed, nor anything but a C library:
 *
 *	cc -O2 -o maps-gap maps-gap.c && ./maps-gap [SECONDS]
 *
 * A child moves the boundary between two neighbouring mappings with mprotect(),
 * to and fro: the kernel merges a part of one with the other. Nothing is ever
 * unmapped. The parent reads the child's maps and looks for a hole. They run on
 * two processors and on one in turn. The latter is for kernels that preempt their
 * own code: a file of a long name is mapped then, so that the reader holds the
 * lock of a mapping for long, and the child comes to wait for it.
 *
 * Exit status: 1 if there was a hole, 0 if there was none, 2 if this cannot run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define START 0x100000UL /* below all else, so that a read comes to it first */
#define MOVED (START + 8 * PAGE) /* 8 pages from here on change sides */
#define END (START + 24 * PAGE)

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* fails with one processor */
}

static void map_two(int one_cpu)
{
	int flags = MAP_FIXED |
		    (one_cpu ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
	char name[200];
	int fd = -1;

	memset(name, '\n', sizeof(name) - 1); /* each is printed as \012 */
	name[sizeof(name) - 1] = 0;
	if (one_cpu &&
	    ((fd = memfd_create(name, 0)) < 0 || ftruncate(fd, END - START)))
		die("memfd_create");
	if (mmap((void *)START, END - START, PROT_READ, flags, fd, 0) ==
		    MAP_FAILED ||
	    mprotect((void *)MOVED, END - MOVED, PROT_READ | PROT_WRITE))
		die("mmap");
}

static void move_boundary(int one_cpu)
{
	const struct timespec nap = { .tv_nsec = 1000 };

	run_on(!one_cpu);
	map_two(one_cpu);
	for (;;) {
		if (mprotect((void *)MOVED, 8 * PAGE, PROT_READ) ||
		    mprotect((void *)MOVED, 8 * PAGE, PROT_READ | PROT_WRITE))
			die("mprotect");
		if (one_cpu)
			nanosleep(&nap, NULL);
	}
}

/* Where the mappings that are listed leave something out, or 0. */
static unsigned long hole_in(const char *text)
{
	unsigned long at = START, start, end;

	while (sscanf(text, "%lx-%lx", &start, &end) == 2 && start < END) {
		if (start > at &&
		    at > START) /* the child may not have mapped it yet */
			return at;
		at = end > at ? end : at;
		text = strchr(text, '\n');
		if (!text++)
			break;
	}
	return 0;
}

/* So much as has all that matters: a read takes the longer the more it is. */
static int read_maps(int fd, size_t enough, double seconds,
		     unsigned long *reads)
{
	time_t end = time(NULL) + (time_t)seconds;
	static char text[PAGE];
	unsigned long hole = 0;

	run_on(0);
	while (!hole && time(NULL) <= end) {
		ssize_t size = pread(fd, text, enough, 0);

		if (size <= 0)
			die("/proc/PID/maps");
		text[size] = 0;
		hole = hole_in(text);
		++*reads;
	}
	if (hole)
		printf("read %lu has nothing at %lx, where something is mapped all the time:\n%.640s...\n",
		       *reads, hole, text);
	return !!hole;
}

static int race(int one_cpu, double seconds, unsigned long *reads)
{
	pid_t parent = getpid(), child = fork();
	char path[64];
	int fd, found;

	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			move_boundary(one_cpu);
		exit(2);
	}
	snprintf(path, sizeof(path), "/proc/%d/maps", child);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	found = read_maps(fd, one_cpu ? PAGE - 1024 : 200, seconds, reads);
	close(fd);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return found;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 20;
	unsigned long reads = 0;

	for (int turn = 0; turn < 4; turn++)
		if (race(turn % 2, seconds / 4, &reads))
			return 1;
	printf("no hole in %lu reads of /proc/PID/maps\n", reads);
	return 0;
}
