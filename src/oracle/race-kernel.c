// SPDX-License-Identifier: GPL-2.0-only
/* Which kernel this is, and so whose steps its reader takes. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "oracle/live.h"
#include "oracle/race-internal.h"
#include "oracle/race-query.h"

const char *const race_kind_names[NR_RACE_KINDS] = {
	[RACE_READ] = "read", [RACE_STOPS] = "stops", [RACE_SMAPS] = "smaps",
	[RACE_NUMA] = "numa", [RACE_QUERY] = "query",
};

/* ---- probing ------------------------------------------------------------- */

static bool is_since(const char *release, int major, int minor)
{
	int x = 0, y = 0;

	if (sscanf(release, "%d.%d", &x, &y) != 2)
		return false;
	return x > major || (x == major && y >= minor);
}

bool race_version_lockless(const char *release)
{
	return is_since(release, 6, 17);
}

enum kallsym { SYMBOL_UNKNOWN, SYMBOL_ABSENT, SYMBOL_THERE };

/*
 * The names are there for everybody, only the addresses are not. Without
 * CONFIG_KALLSYMS there is no such file.
 */
static enum kallsym find_symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	enum kallsym found = SYMBOL_UNKNOWN;
	char line[512], word[256];

	if (!f)
		return SYMBOL_UNKNOWN;
	while (found != SYMBOL_THERE && fgets(line, sizeof(line), f)) {
		found = SYMBOL_ABSENT;
		if (sscanf(line, "%*s %*s %255s", word) == 1 &&
		    !strcmp(word, name))
			found = SYMBOL_THERE;
	}
	fclose(f);
	return found;
}

/* lock_next_vma() is there with per-VMA locks from 6.17 on, or a backport. */
static void find_lockless(struct race_kernel *kernel)
{
	switch (find_symbol("lock_next_vma")) {
	case SYMBOL_THERE:
		kernel->lockless = true;
		kernel->why = "it has lock_next_vma()";
		break;
	case SYMBOL_ABSENT:
		kernel->lockless = false;
		kernel->why = "it has no lock_next_vma()";
		break;
	default:
		kernel->lockless = race_version_lockless(kernel->release);
		kernel->why = kernel->lockless ? "it is 6.17 or later"
					       : "it is before 6.17";
	}
}

/* ---- preemption ---------------------------------------------------------- */

/* The first line of a small file, or "". */
static void first_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");

	*line = 0;
	if (f && !fgets(line, size, f))
		*line = 0;
	if (f)
		fclose(f);
}

/* As it was chosen at boot or since, "" if nobody says. */
static void dynamic_mode(char *mode, size_t size)
{
	char line[4096];
	const char *at;

	first_line("/sys/kernel/debug/sched/preempt", line, sizeof(line));
	at = strchr(line, '(');
	if (!at) {
		first_line("/proc/cmdline", line, sizeof(line));
		at = strstr(line, "preempt=");
		at = at ? at + strlen("preempt") : NULL;
	}
	snprintf(mode, size, "%.*s", at ? (int)strcspn(at + 1, ") \n") : 0,
		 at ? at + 1 : "");
}

/*
 * With PREEMPT_DYNAMIC it was chosen at boot. From 7.0 on there is no other
 * choice on x86-64 than lazy or full, and a real-time thread does not wait for
 * the lazy one.
 */
static void find_preemptible(struct race_kernel *kernel, const char *version)
{
	char mode[16];

	if (!strstr(version, "PREEMPT")) {
		kernel->why_preemptible = "it is built without PREEMPT";
		return;
	}
	kernel->preemptible = true;
	kernel->why_preemptible = "it is built with PREEMPT";
	if (!strstr(version, "PREEMPT_DYNAMIC"))
		return;
	dynamic_mode(mode, sizeof(mode));
	if (!strcmp(mode, "full") || !strcmp(mode, "lazy")) {
		kernel->why_preemptible = "preemption is on by choice";
	} else if (*mode) {
		kernel->preemptible = false;
		kernel->why_preemptible = "preemption is off by choice";
	} else {
		kernel->preemptible = is_since(kernel->release, 7, 0);
		kernel->why_preemptible =
			kernel->preemptible
				? "it is 7.0 or later with PREEMPT_DYNAMIC"
				: "it is before 7.0, and does not say";
	}
}

/*
 * On two processors the interrupt has to come while the region is read, which is
 * what a read comes to first.
 */
struct race_settings race_best(const struct race_kernel *kernel,
			       enum race_cpus cpus)
{
	const struct race_settings two = {
		.cpus = RACE_CPUS_TWO,
		.pause = 2000,
		.within = kernel->read_ns / 3 * 2,
		.timers = 1,
		.watchers = 20,
		.timer_thread = true,
		.spin = true,
		.fifo = true,
	};
	static const struct race_settings same = {
		.cpus = RACE_CPUS_SAME,
		.pause = 200000,
		.name = 1000,
		.fifo = true,
	};

	if (cpus == RACE_CPUS_BEST)
		cpus = kernel->preemptible ? RACE_CPUS_SAME : RACE_CPUS_TWO;
	return cpus == RACE_CPUS_SAME ? same : two;
}

/* ---- all of it ----------------------------------------------------------- */

static bool has_query(void)
{
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
	};
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool has = fd >= 0 && !ioctl(fd, PROCMAP_QUERY, &q);

	if (fd >= 0)
		close(fd);
	return has;
}

#define TRIES 64

/* The quickest of some: an interrupt may be in any of them. */
static unsigned long time_of_read(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned long best = ULONG_MAX;
	char text[RACE_READ_SIZE / 2];

	for (int i = 0; fd >= 0 && i < TRIES; i++) {
		uint64_t begin = nanoseconds_now(), took;

		if (pread(fd, text, sizeof(text), 0) <= 0)
			break;
		took = nanoseconds_now() - begin;
		if (took < best)
			best = took;
	}
	if (fd >= 0)
		close(fd);
	return best == ULONG_MAX ? 0 : best;
}

void race_kernel(struct race_kernel *kernel)
{
	struct utsname uts;

	memset(kernel, 0, sizeof(*kernel));
	uname(&uts);
	snprintf(kernel->release, sizeof(kernel->release), "%s",
		 live_release(&uts));
	kernel->rules = rules_for(kernel->release);
	/* Of the kernels before them, the oldest are the nearest. */
	if (!kernel->rules)
		kernel->rules = rule_sets;
	find_lockless(kernel);
	find_preemptible(kernel, uts.version);
	kernel->query = has_query();
	kernel->read_ns = time_of_read();
	kernel->numa = !access("/proc/self/numa_maps", F_OK);
}

/* ---- readers ------------------------------------------------------------- */

static const char *variant_for(const struct race_kernel *kernel,
			       enum race_kind kind)
{
	switch (kind) {
	case RACE_READ:
		return kernel->lockless ? "upstream" : "mmap-lock";
	case RACE_SMAPS:
	case RACE_NUMA:
		return kernel->lockless && is_since(kernel->release, 7, 2)
			       ? "fresh-walk"
			       : "mmap-lock";
	case RACE_QUERY:
		return kernel->lockless && is_since(kernel->release, 6, 18)
			       ? "procmap-query"
			       : "mmap-query";
	default:
		/*
		 * A read() that gives one line only, and is taken up by
		 * another, is what a query is: a look from where the last line
		 * ended.
		 */
		return kernel->lockless ? "procmap-query" : "mmap-query";
	}
}

struct reader race_reader(const struct race_kernel *kernel, enum race_kind kind)
{
	struct reader reader = *reader_find(variant_for(kernel, kind));

	if (kind == RACE_READ)
		reader.flags |= READ_NO_STOP;
	return reader;
}
