// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel does what the simulator does not, and why that may be. */
#include <errno.h>

#include "lib/memory.h"
#include "process/random.h"

/* A row is known by what differs, at which call; CALL_END is any, as is -1. */
static const struct {
	enum random_what what;
	enum syscall_kind kind;
	int sim_err;
	int kernel_err;
	const char *why;
} known[] = {
	{ RANDOM_ERROR, CALL_END, -1, EAGAIN,
	  "the kernel has no more memory that may be locked" },
};

int random_known(const struct random_program *program,
		 const struct random_diff *diff)
{
	enum syscall_kind kind = program->call[diff->call].kind;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].what == diff->what &&
		    (!known[i].kind || known[i].kind == kind) &&
		    (known[i].sim_err < 0 ||
		     known[i].sim_err == diff->sim_err) &&
		    (known[i].kernel_err < 0 ||
		     known[i].kernel_err == diff->kernel_err))
			return (int)i;
	return -1;
}

const char *random_known_why(unsigned int nr)
{
	return nr < ARRAY_SIZE(known) ? known[nr].why : NULL;
}
