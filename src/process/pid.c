// SPDX-License-Identifier: GPL-2.0-only
/* What a process has mapped now. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/stream.h"
#include "process/internal.h"

/* So often is read what changes meanwhile. */
#define TRIES 8

/* The line of /proc/PID/stat, which has some fifty numbers. */
#define STAT_MAX 2048

/* In the flags of /proc/PID/stat: PF_KTHREAD. */
#define KERNEL_THREAD 0x00200000u

FILE *proc_open(pid_t pid, const char *name)
{
	char path[64];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	return fopen(path, "re");
}

/* ---- why there is nothing ----------------------------------------------- */

/*
 * What /proc/PID/stat has after the process's name, which may be anything: the
 * third field and those behind it. Returns NULL if there is no such process.
 */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	FILE *in = proc_open(pid, "stat");
	const char *after;
	size_t len;

	if (!in)
		return NULL;
	len = fread(text, 1, size - 1, in);
	fclose(in);
	text[len] = '\0';
	after = strrchr(text, ')');
	return after && after[1] == ' ' ? after + 2 : NULL;
}

/* A number, 0 if there is none: @at is field 3, or NULL. */
static uint64_t stat_field(const char *at, int wanted)
{
	for (int field = 3; at && field < wanted; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

/* Returns false if there is no such process. */
static bool read_state(pid_t pid, char *state, unsigned int *flags,
		       uint64_t *threads)
{
	char text[STAT_MAX];
	const char *at = read_stat(pid, text, sizeof(text));

	if (!at)
		return false;
	*state = *at;
	*flags = (unsigned int)stat_field(at, 9);
	*threads = stat_field(at, 20);
	return true;
}

/* 0 if it may not be read. */
static uint64_t read_brk_start(pid_t pid)
{
	char text[STAT_MAX];

	return stat_field(read_stat(pid, text, sizeof(text)), 47);
}

static const char *why_empty(pid_t pid)
{
	unsigned int flags;
	uint64_t threads;
	char state;

	if (access("/proc/self", F_OK))
		return "there is no /proc, expected it mounted";
	if (!read_state(pid, &state, &flags, &threads))
		return "there is no such process, or no longer";
	if (flags & KERNEL_THREAD)
		return "a kernel thread, which has nothing mapped";
	if (state == 'Z' && threads > 1)
		return "its first thread ended, expected the number of another, as in /proc/PID/task";
	if (state == 'Z' || state == 'X')
		return "it ended, and has nothing mapped any more";
	return "it has nothing mapped";
}

static void print_why_closed(pid_t pid, const char *source, int error,
			     FILE *err)
{
	if (error == ENOENT || error == ESRCH)
		fprintf(err, "%s: %s\n", source, why_empty(pid));
	else if (error == EACCES || error == EPERM)
		fprintf(err, "%s: it may not be read, expected %s: %s\n",
			source,
			geteuid() ? "a process of the same user, or to be root"
				  : "CAP_SYS_PTRACE over it",
			strerror(error));
	else
		fprintf(err, "%s: it cannot be read: %s\n", source,
			strerror(error));
}

/* ---- reading ------------------------------------------------------------ */

unsigned long proc_limit(void)
{
	FILE *in = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long value = 0;

	if (!in)
		return 0;
	if (fscanf(in, "%lu", &value) != 1)
		value = 0;
	fclose(in);
	return value;
}

/*
 * What has no memory any more reads as empty, and so seems to end where it was
 * when that happened. If it is still there now, it was all the time.
 */
static bool is_still_there(FILE *in)
{
	char c;

	return pread(fileno(in), &c, 1, 0) == 1;
}

static struct proc_maps *read_open(pid_t pid, FILE *in, const char *source,
				   FILE *err, bool *torn)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	struct proc_maps *maps = vmas_read(in, source, page_size, err, torn);

	if (maps && is_still_there(in)) {
		maps->max_map_count = proc_limit();
		maps->brk_start = read_brk_start(pid);
		return maps;
	}
	if (maps && maps->nr)
		fprintf(err,
			"%s: it ended, or became another program, while it was read\n",
			source);
	else if (maps)
		fprintf(err, "%s: %s\n", source, why_empty(pid));
	proc_free(maps);
	return NULL;
}

static struct proc_maps *read_once(pid_t pid, const char *source, FILE *err,
				   bool *torn)
{
	FILE *in = proc_open(pid, "smaps");
	struct proc_maps *maps;

	*torn = false;
	if (!in)
		in = proc_open(pid, "maps");
	if (!in) {
		print_why_closed(pid, source, errno, err);
		return NULL;
	}
	maps = read_open(pid, in, source, err, torn);
	fclose(in);
	return maps;
}

struct proc_maps *proc_read_pid(pid_t pid, FILE *err)
{
	struct proc_maps *maps = NULL;
	bool torn = true;
	char source[32];

	snprintf(source, sizeof(source), "PID %ld", (long)(pid ?: getpid()));
	for (int i = 0; i < TRIES && torn; i++) {
		char *said __free(free) = PRINTED(
			apart, maps = read_once(pid, source, apart, &torn));

		if (!torn || i == TRIES - 1)
			fputs(said, err);
	}
	return maps;
}
