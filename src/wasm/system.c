// SPDX-License-Identifier: GPL-2.0-only
/* What a page has instead of a system: one thread, and nobody to interrupt it. */
#include <errno.h>
#include <stdlib.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "process/internal.h"

_Noreturn void err(int status, const char *fmt, ...);

unsigned int threads_default(void)
{
	return 1;
}

void jobs_run(void (*one)(void *data, size_t i), void *data, size_t nr,
	      unsigned int threads)
{
	for (size_t i = 0; i < nr; i++)
		one(data, i);
}

bool interrupted(void)
{
	return false;
}

const char *strerrorname_np(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ ENOMEM, "ENOMEM" }, { EINVAL, "EINVAL" },
		{ EACCES, "EACCES" }, { EPERM, "EPERM" },
		{ EEXIST, "EEXIST" }, { EFAULT, "EFAULT" },
		{ EBADF, "EBADF" },   { EAGAIN, "EAGAIN" },
		{ ENODEV, "ENODEV" }, { EOVERFLOW, "EOVERFLOW" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return NULL;
}

_Noreturn void err(int status, const char *fmt, ...)
{
	abort();
}

/* ---- what else than smaps could be read ---------------------------------- */

bool core_is(const char *first, size_t len)
{
	return false;
}

void core_read(struct intake *r, FILE *in, const char *first, size_t len)
{
}

bool forms_take(struct intake *r, const char *line, size_t len)
{
	return false;
}

const char *forms_name(const char *line, size_t len)
{
	return NULL;
}
