// SPDX-License-Identifier: GPL-2.0-only
/* The words of smaps for flags. */
#include <string.h>

#include "lib/memory.h"
#include "process/internal.h"

/* ---- flags -------------------------------------------------------------- */

/*
 * What any kernel since 3.8 had in VmFlags, in the kernel's order. Those
 * without a flag are no concern of the simulator.
 */
static const struct code {
	char letters[3];
	vm_flags_t flag;
	const char *text;
} codes[] = {
	{ "rd", VM_READ, "readable" },
	{ "wr", VM_WRITE, "writable" },
	{ "ex", VM_EXEC, "executable" },
	{ "sh", VM_SHARED, "shared" },
	{ "mr", VM_MAYREAD, "may become readable" },
	{ "mw", VM_MAYWRITE, "may become writable" },
	{ "me", VM_MAYEXEC, "may become executable" },
	{ "ms", VM_MAYSHARE, "mapped with MAP_SHARED" },
	{ "gd", VM_GROWSDOWN, "grows down, as a stack" },
	{ "pf", VM_PFNMAP, "pages without struct page" },
	{ "gu", VM_MAYBE_GUARD, "may have guard regions" },
	{ "dw", 0, "file cannot be written to" },
	{ "lo", VM_LOCKED, "locked: mlock()" },
	{ "io", VM_IO, "memory of a device" },
	{ "sr", VM_SEQ_READ, "MADV_SEQUENTIAL" },
	{ "rr", VM_RAND_READ, "MADV_RANDOM" },
	{ "dc", VM_DONTCOPY, "MADV_DONTFORK" },
	{ "de", VM_DONTEXPAND, "must not grow" },
	{ "lf", VM_LOCKONFAULT, "locked on fault: MLOCK_ONFAULT" },
	{ "ac", VM_ACCOUNT, "accounted" },
	{ "nr", VM_NORESERVE, "MAP_NORESERVE" },
	{ "ht", VM_HUGETLB, "huge pages of hugetlbfs" },
	{ "sf", 0, "page faults are synchronous: MAP_SYNC" },
	{ "nl", 0, "non-linear" },
	{ "ar", 0, "a flag of the architecture" },
	{ "wf", VM_WIPEONFORK, "MADV_WIPEONFORK" },
	{ "dd", VM_DONTDUMP, "MADV_DONTDUMP" },
	{ "mp", 0, "MPX" },
	{ "bt", 0, "branch targets guarded: PROT_BTI" },
	{ "sd", VM_SOFTDIRTY, "soft-dirty" },
	{ "mm", VM_MIXEDMAP, "pages with and without struct page" },
	{ "hg", VM_HUGEPAGE, "MADV_HUGEPAGE" },
	{ "nh", VM_NOHUGEPAGE, "MADV_NOHUGEPAGE" },
	{ "mg", VM_MERGEABLE, "MADV_MERGEABLE" },
	{ "um", VM_UFFD_MISSING, "userfaultfd: missing pages" },
	{ "uw", VM_UFFD_WP, "userfaultfd: write protection" },
	{ "mt", 0, "memory tags: PROT_MTE" },
	{ "ui", VM_UFFD_MINOR, "userfaultfd: minor faults" },
	{ "ss", 0, "a shadow stack" },
	{ "dp", 0, "MAP_DROPPABLE" },
	{ "sl", 0, "sealed: mseal()" },
};

static const struct code *find_code(const char *letters)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (!memcmp(codes[i].letters, letters, 2))
			return &codes[i];
	return NULL;
}

vm_flags_t code_flag(const char *letters)
{
	const struct code *code = find_code(letters);

	return code ? code->flag : 0;
}

const char *proc_code_text(const char *letters)
{
	const struct code *code = NULL;

	if (strlen(letters) == 2)
		code = find_code(letters);
	return code ? code->text : NULL;
}

const char *proc_flag_code(enum vm_flag_bit bit)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].flag == 1ULL << bit)
			return codes[i].letters;
	return "??";
}

const char *proc_take_code(const struct proc_maps *maps, vm_flags_t *flags,
			   uint64_t *others)
{
	unsigned int bit;

	if (*flags) {
		bit = (unsigned int)__builtin_ctzll(*flags);
		*flags &= *flags - 1;
		return proc_flag_code(bit);
	}
	bit = *others ? (unsigned int)__builtin_ctzll(*others)
		      : PROC_OTHERS_MAX;
	if (bit >= maps->nr_others)
		return NULL;
	*others &= *others - 1;
	return maps->other[bit];
}

size_t proc_path_len(const char *name)
{
	static const char deleted[] = " (deleted)";

	return strlen(name) - (ends_with(name, deleted) ? strlen(deleted) : 0);
}

size_t proc_counted(const struct proc_maps *maps)
{
	size_t nr = maps->nr;

	if (nr && !strcmp(maps->vma[nr - 1].name, "[vsyscall]"))
		nr--;
	return nr;
}
