// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel does what the simulator does not, and why that may be. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/memory.h"
#include "process/random.h"
#include "syscall/numbers.h"

/* Of the releases before its rules the simulator knows what is said here. */
#define OLDEST VERSION_NUMBER(6, 12)

#define CHARGED "in 6.1 what becomes read-only stays charged"
#define UNSEALED                                                               \
	"up to 6.16 MADV_UNMERGEABLE drops all flags above the 32nd, a seal among them"

/*
 * A row is known by what differs, at which call, with which flags of the call, on a
 * kernel before this one; CALL_END is any, as are -1 and 0. Of VmFlags only @vm_flags
 * differ, if there are any. Of older series the stable releases @mended, and what comes
 * after them, are as this one.
 */
static const struct {
	enum random_what what;
	enum syscall_kind kind;
	int sim_err;
	int kernel_err;
	unsigned int flags;
	long before;
	const char *why;
	vm_flags_t vm_flags;
	int advice;
	struct {
		long series;
		unsigned int patch;
	} mended[2];
} known[] = {
	{ RANDOM_ERROR, CALL_END, -1, EAGAIN, 0, 0,
	  "the kernel has no more memory that may be locked" },
	{ RANDOM_FLAGS, CALL_MREMAP, -1, -1, MREMAP_DONTUNMAP,
	  VERSION_NUMBER(6, 17),
	  "up to 6.16 what MREMAP_DONTUNMAP leaves behind is no longer charged",
	  VM_ACCOUNT },
	{ RANDOM_FLAGS, CALL_MMAP, -1, -1, MAP_DROPPABLE, VERSION_NUMBER(7, 0),
	  "up to 6.19 what may be dropped stays locked where mlockall(MCL_FUTURE) was called",
	  VM_LOCKED | VM_LOCKONFAULT,
	  .mended = { { VERSION_NUMBER(6, 12), 86 },
		      { VERSION_NUMBER(6, 18), 27 } } },
	/* vma_can_userfault() asks the mode for VM_DROPPABLE, not the VMA. */
	{ RANDOM_ERROR, CALL_IOCTL_USERFAULTFD, EINVAL, 0, 0,
	  VERSION_NUMBER(6, 17),
	  "up to 6.16 userfaultfd takes what may be dropped" },
	/* ksm_madvise() has ~VM_MERGEABLE of 32 bits; 6.17.13 has that mended, too. */
	{ RANDOM_LAYOUT, CALL_END, 0, 0, 0, VERSION_NUMBER(6, 17), UNSEALED,
	  .advice = MADV_UNMERGEABLE,
	  .mended = { { VERSION_NUMBER(6, 12), 118 } } },
	{ RANDOM_FLAGS, CALL_END, 0, 0, 0, VERSION_NUMBER(6, 17), UNSEALED,
	  .advice = MADV_UNMERGEABLE,
	  .mended = { { VERSION_NUMBER(6, 12), 118 } } },
	{ RANDOM_FLAGS, CALL_MPROTECT, -1, -1, 0, OLDEST, CHARGED, VM_ACCOUNT },
	{ RANDOM_FLAGS, CALL_PKEY_MPROTECT, -1, -1, 0, OLDEST, CHARGED,
	  VM_ACCOUNT },
	/* Before a hole, of which both say ENOMEM, too. */
	{ RANDOM_LAYOUT, CALL_MPROTECT, -1, -1, 0, OLDEST, CHARGED },
	{ RANDOM_LAYOUT, CALL_PKEY_MPROTECT, -1, -1, 0, OLDEST, CHARGED },
	{ RANDOM_LAYOUT, CALL_MMAP, 0, 0, MAP_PRIVATE, OLDEST,
	  "in 6.1 mmap() asks the VMA above first, where both could merge but not with each other" },
	/* Its calls of vma_merge() have vma->vm_pgoff, also where they begin later. */
	{ RANDOM_LAYOUT, CALL_IOCTL_USERFAULTFD, 0, 0, 0, OLDEST,
	  "in 6.1 userfaultfd asks for the tail of a VMA with the offset of its start" },
	/* The keep_source of 7.2's copy_vma(), in 6.1.192 as in 6.12.114. */
	{ RANDOM_LAYOUT, CALL_MREMAP, 0, 0, MREMAP_DONTUNMAP, OLDEST,
	  "6.1 has 7.2's rule for what MREMAP_DONTUNMAP leaves behind" },
};

long random_kernel(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return VERSION_NUMBER(major, minor);
}

unsigned int random_patch(void)
{
	struct utsname name;
	unsigned int patch;

	if (uname(&name) || sscanf(name.release, "%*u.%*u.%u", &patch) != 1)
		return 0;
	return patch;
}

/* What has the same reason is counted as one. */
static int first_of(const char *why)
{
	int i = 0;

	while (strcmp(known[i].why, why))
		i++;
	return i;
}

static bool has_it(size_t row, long kernel, unsigned int patch)
{
	if (known[row].before && kernel >= known[row].before)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(known[row].mended); i++)
		if (kernel == known[row].mended[i].series &&
		    patch >= known[row].mended[i].patch)
			return false;
	return true;
}

int random_known(const struct random_program *program,
		 const struct random_diff *diff, long kernel,
		 unsigned int patch)
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
		    (!known[i].advice || known[i].advice == c->advice) &&
		    (!known[i].vm_flags ||
		     !(diff->vm_flags & ~known[i].vm_flags)) &&
		    has_it(i, kernel, patch))
			return first_of(known[i].why);
	return -1;
}

vm_flags_t random_not_shown(long kernel)
{
	return kernel < OLDEST ? VM_LOCKONFAULT : 0;
}

const char *random_known_why(unsigned int nr)
{
	return nr < ARRAY_SIZE(known) ? known[nr].why : NULL;
}
