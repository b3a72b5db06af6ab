// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel does what the simulator does not, and why that may be. */
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "lib/memory.h"
#include "process/random.h"
#include "syscall/numbers.h"

/*
 * A row is known by what differs, at which call, with which flags of the call, on a
 * kernel before this one; CALL_END is any, as are -1 and 0.
 */
static const struct {
	enum random_what what;
	enum syscall_kind kind;
	int sim_err;
	int kernel_err;
	unsigned int flags;
	long before;
	const char *why;
} known[] = {
	{ RANDOM_ERROR, CALL_END, -1, EAGAIN, 0, 0,
	  "the kernel has no more memory that may be locked" },
	{ RANDOM_ERROR, CALL_MREMAP, 0, EFAULT, 0, VERSION_NUMBER(6, 17),
	  "mremap() moves several VMAs since 6.17" },
	{ RANDOM_ERROR, CALL_MREMAP, EINVAL, EFAULT, 0, VERSION_NUMBER(6, 17),
	  "to 6.16 mremap() looks for the VMA before it looks at all arguments" },
	{ RANDOM_LAYOUT, CALL_MREMAP, EFAULT, EFAULT, MREMAP_FIXED,
	  VERSION_NUMBER(6, 17),
	  "to 6.16 mremap() makes room before it looks at the VMA, and then fails" },
	{ RANDOM_FLAGS, CALL_MREMAP, -1, -1, MREMAP_DONTUNMAP,
	  VERSION_NUMBER(6, 17),
	  "to 6.16 what MREMAP_DONTUNMAP leaves behind is no longer charged" },
	{ RANDOM_FLAGS, CALL_MMAP, -1, -1, MAP_DROPPABLE, VERSION_NUMBER(7, 0),
	  "to 6.19 what may be dropped stays locked where mlockall(MCL_FUTURE) was called" },
};

static long running(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return VERSION_NUMBER(major, minor);
}

int random_known(const struct random_program *program,
		 const struct random_diff *diff)
{
	const struct syscall *c = &program->call[diff->call];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].what == diff->what &&
		    (!known[i].kind || known[i].kind == c->kind) &&
		    (known[i].sim_err < 0 ||
		     known[i].sim_err == diff->sim_err) &&
		    (known[i].kernel_err < 0 ||
		     known[i].kernel_err == diff->kernel_err) &&
		    (c->flags & known[i].flags) == known[i].flags &&
		    (!known[i].before || running() < known[i].before))
			return (int)i;
	return -1;
}

const char *random_known_why(unsigned int nr)
{
	return nr < ARRAY_SIZE(known) ? known[nr].why : NULL;
}
