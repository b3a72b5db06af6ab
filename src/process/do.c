// SPDX-License-Identifier: GPL-2.0-only
/* System calls by name. */
#include <sys/mman.h>

#include "process/world.h"

static const struct {
	const char *name;
	call_fn *carry_out;
} calls[NR_CALLS] = {
	[CALL_MMAP] = { "mmap", call_mmap },
	[CALL_MUNMAP] = { "munmap", call_munmap },
	[CALL_MPROTECT] = { "mprotect", call_mprotect },
	[CALL_MREMAP] = { "mremap", call_mremap },
	[CALL_MADVISE] = { "madvise", call_madvise },
	[CALL_BRK] = { "brk", call_brk },
	[CALL_MLOCK] = { "mlock", call_mlock },
	[CALL_MUNLOCK] = { "munlock", call_munlock },
	[CALL_MLOCKALL] = { "mlockall", call_mlockall },
	[CALL_MUNLOCKALL] = { "munlockall", call_munlockall },
	[CALL_NAME] = { "name", call_name_memory },
	[CALL_MBIND] = { "mbind", call_mbind },
	[CALL_SHMAT] = { "shmat", call_shmat },
	[CALL_SHMDT] = { "shmdt", call_shmdt },
	[CALL_GROW] = { "grow", call_grow },
	[CALL_TOUCH] = { "touch", call_touch },
};

const char *call_name(enum call_kind kind)
{
	return calls[kind].name;
}

vm_flags_t prot_flags(unsigned int prot)
{
	return (prot & PROT_READ ? VM_READ : 0) |
	       (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

int world_do(struct world *w, const struct call *call,
	     const struct world_visitor *visitor, uint64_t *result)
{
	uint64_t ignored;
	int err;

	if (!result)
		result = &ignored;
	*result = 0;
	w->visitor = visitor;
	err = calls[call->kind].carry_out(w, call, result);
	w->visitor = NULL;
	return err;
}
