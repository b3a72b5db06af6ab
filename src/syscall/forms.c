// SPDX-License-Identifier: GPL-2.0-only
/* The forms of system calls as a person writes them. */
#include <string.h>

#include "lib/memory.h"
#include "syscall/forms.h"
#include "syscall/numbers.h"

/* ---- words that stand for flags ------------------------------------------------ */

static const struct flag_word mmap_words[] = {
	{ "shared", MAP_SHARED },
	{ "fixed", MAP_FIXED },
	{ "noreplace", MAP_FIXED_NOREPLACE },
	{ "noreserve", MAP_NORESERVE },
	{ "populate", MAP_POPULATE },
	{ "locked", MAP_LOCKED },
	{ "stack", MAP_STACK },
	{ "growsdown", MAP_GROWSDOWN },
	{ "hugetlb", MAP_HUGETLB },
	{ "droppable", MAP_DROPPABLE },
	{ NULL, 0 },
};

static const struct flag_word mremap_words[] = {
	{ "maymove", MREMAP_MAYMOVE },
	{ "dontunmap", MREMAP_MAYMOVE | MREMAP_DONTUNMAP },
	{ NULL, 0 },
};

static const struct flag_word mlock_words[] = {
	{ "onfault", MLOCK_ONFAULT },
	{ NULL, 0 },
};

static const struct flag_word mlockall_words[] = {
	{ "current", MCL_CURRENT },
	{ "future", MCL_FUTURE },
	{ "onfault", MCL_ONFAULT },
	{ NULL, 0 },
};

const struct flag_word advice_words[] = {
	{ "normal", MADV_NORMAL },
	{ "random", MADV_RANDOM },
	{ "sequential", MADV_SEQUENTIAL },
	{ "willneed", MADV_WILLNEED },
	{ "dontneed", MADV_DONTNEED },
	{ "free", MADV_FREE },
	{ "remove", MADV_REMOVE },
	{ "dontfork", MADV_DONTFORK },
	{ "dofork", MADV_DOFORK },
	{ "mergeable", MADV_MERGEABLE },
	{ "unmergeable", MADV_UNMERGEABLE },
	{ "hugepage", MADV_HUGEPAGE },
	{ "nohugepage", MADV_NOHUGEPAGE },
	{ "dontdump", MADV_DONTDUMP },
	{ "dodump", MADV_DODUMP },
	{ "wipeonfork", MADV_WIPEONFORK },
	{ "keeponfork", MADV_KEEPONFORK },
	{ "cold", MADV_COLD },
	{ "pageout", MADV_PAGEOUT },
	{ "populate_read", MADV_POPULATE_READ },
	{ "populate_write", MADV_POPULATE_WRITE },
	{ "dontneed_locked", MADV_DONTNEED_LOCKED },
	{ "collapse", MADV_COLLAPSE },
	{ "guard_install", MADV_GUARD_INSTALL },
	{ "guard_remove", MADV_GUARD_REMOVE },
	{ NULL, 0 },
};

/* ---- the forms ------------------------------------------------------------------- */

static const struct form forms[] = {
	{ CALL_MMAP,
	  "ADDR LEN PROT [FILE:OFFSET] [FLAG...]",
	  { PART_ADDR, PART_LEN, PART_PROT, PART_FILE, PART_FLAGS },
	  mmap_words },
	{ CALL_MUNMAP, "ADDR LEN", { PART_ADDR, PART_LEN }, NULL },
	{ CALL_MPROTECT,
	  "ADDR LEN PROT [pkey=KEY]",
	  { PART_ADDR, PART_LEN, PART_PROT, PART_KEY },
	  NULL },
	{ CALL_MREMAP,
	  "ADDR OLD_LEN NEW_LEN [to=ADDR] [FLAG...]",
	  { PART_ADDR, PART_LEN, PART_NEW_LEN, PART_TO, PART_FLAGS },
	  mremap_words },
	{ CALL_MADVISE,
	  "ADDR LEN ADVICE",
	  { PART_ADDR, PART_LEN, PART_ADVICE },
	  NULL },
	{ CALL_BRK, "ADDR", { PART_ADDR }, NULL },
	{ CALL_MLOCK,
	  "ADDR LEN [FLAG]",
	  { PART_ADDR, PART_LEN, PART_FLAGS },
	  mlock_words },
	{ CALL_MUNLOCK, "ADDR LEN", { PART_ADDR, PART_LEN }, NULL },
	{ CALL_MLOCKALL, "FLAG...", { PART_FLAGS }, mlockall_words },
	{ CALL_MUNLOCKALL, "", { PART_END }, NULL },
	{ CALL_NAME,
	  "ADDR LEN NAME",
	  { PART_ADDR, PART_LEN, PART_NAME },
	  NULL },
	{ CALL_MBIND,
	  "ADDR LEN POLICY",
	  { PART_ADDR, PART_LEN, PART_POLICY },
	  NULL },
	{ CALL_SHMAT,
	  "ADDR LEN PROT SEGMENT",
	  { PART_ADDR, PART_LEN, PART_PROT, PART_SEGMENT },
	  NULL },
	{ CALL_SHMDT, "ADDR", { PART_ADDR }, NULL },
	{ CALL_GROW, "ADDR", { PART_ADDR }, NULL },
	{ CALL_TOUCH, "ADDR LEN", { PART_ADDR, PART_LEN }, NULL },
};

const struct form *form_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(syscall_name(forms[i].kind), name))
			return &forms[i];
	return NULL;
}

const struct form *form_of(enum syscall_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].kind == kind)
			return &forms[i];
	return NULL;
}
