// SPDX-License-Identifier: GPL-2.0-only
/* Which kernel this is, and so whose steps its reader takes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "oracle/race-query.h"
#include "oracle/race.h"

static const char *const kind_names[NR_RACE_KINDS] = {
	[RACE_READ] = "read",
	[RACE_STOPS] = "stops",
	[RACE_QUERY] = "query",
};

const char *race_kind_name(enum race_kind kind)
{
	return kind_names[kind];
}

/* ---- probing ------------------------------------------------------------- */

bool race_version_lockless(const char *release)
{
	int major = 0, minor = 0;

	if (sscanf(release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 17);
}

enum symbol { SYMBOL_UNKNOWN, SYMBOL_ABSENT, SYMBOL_THERE };

/*
 * The names are there for everybody, only the addresses are not. Without
 * CONFIG_KALLSYMS there is no such file.
 */
static enum symbol find_symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	enum symbol found = SYMBOL_UNKNOWN;
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

void race_kernel(struct race_kernel *kernel)
{
	struct utsname uts;

	memset(kernel, 0, sizeof(*kernel));
	uname(&uts);
	snprintf(kernel->release, sizeof(kernel->release), "%s", uts.release);
	kernel->rules = rules_for(kernel->release);
	if (!kernel->rules)
		kernel->rules = rules_for("latest");
	find_lockless(kernel);
	kernel->query = has_query();
}

/* ---- readers ------------------------------------------------------------- */

/*
 * A read() that gives one line only, and is taken up by another, is what a query
 * is: a look from where the last line ended.
 */
struct reader race_reader(const struct race_kernel *kernel, enum race_kind kind)
{
	const char *name = kernel->lockless ? "upstream" : "mmap-lock";
	struct reader reader;

	if (kind != RACE_READ)
		name = "procmap-query";
	reader = *reader_find(name);
	if (kind == RACE_READ)
		reader.flags |= READ_NO_STOP;
	return reader;
}
