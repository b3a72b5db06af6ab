// SPDX-License-Identifier: GPL-2.0-only
/* What the rows of table.h say of arguments, and the words for their values. */
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "lib/memory.h"
#include "model/model.h"
#include "syscall/numbers.h"
#include "syscall/syscall.h"

/* ---- rows ----------------------------------------------------------------- */

#define MODIFY (1U << OP_MODIFY)
#define MAP (1U << OP_MAP)
#define SPLIT (1U << OP_SPLIT)
#define UNMAP (1U << OP_UNMAP)
#define RELOCATE (1U << OP_RELOCATE)
#define REPLACE (1U << OP_REPLACE)

enum { NOTHING, ADDRESS, END };

const struct syscall_row syscall_rows[NR_CALLS] = {
#define X(symbol, name, ops_, returns_, since_, traits, lacks, ...)            \
	[CALL_##symbol] = { ops_, since_, returns_, { __VA_ARGS__ } },
	SYSCALLS(X)
#undef X
};

bool syscall_has(enum syscall_kind kind, enum arg arg)
{
	for (const enum arg *a = syscall_rows[kind].args; *a; a++)
		if (*a == arg)
			return true;
	return false;
}

enum syscall_kind syscall_find(const char *name, size_t len)
{
	for (int kind = 1; kind < NR_CALLS; kind++) {
		const char *own = syscall_name(kind);

		if (*own == *name && !strncmp(own, name, len) && !own[len])
			return kind;
	}
	return CALL_END;
}

/* ---- words ----------------------------------------------------------------- */

#define WORD(symbol, ...)                                                      \
	{                                                                      \
		symbol, #symbol, __VA_ARGS__                                   \
	}

static const struct word prot_words[] = {
	WORD(PROT_NONE, NULL, "none"),
	WORD(PROT_READ, NULL, "r"),
	WORD(PROT_WRITE, NULL, "w"),
	{ PROT_READ | PROT_WRITE, NULL, NULL, "rw" },
	WORD(PROT_EXEC, NULL, "x"),
	{ PROT_READ | PROT_EXEC, NULL, NULL, "rx" },
	{ PROT_WRITE | PROT_EXEC, NULL, NULL, "wx" },
	{ PROT_READ | PROT_WRITE | PROT_EXEC, NULL, NULL, "rwx" },
	{ 8, "PROT_SEM" },
	{ 0x10, "PROT_BTI" },
	{ 0x20, "PROT_MTE" },
	WORD(PROT_GROWSDOWN),
	WORD(PROT_GROWSUP),
	{ 0 },
};

/* The first that fits stands for it in C: MAP_SHARED before its kin. */
static const struct word map_words[] = {
	{ 0, "MAP_FILE" },
	{ 3, "MAP_SHARED_VALIDATE" },
	WORD(MAP_SHARED, "shared", "shared"),
	WORD(MAP_PRIVATE),
	WORD(MAP_FIXED, "fixed"),
	WORD(MAP_FIXED_NOREPLACE, "noreplace"),
	WORD(MAP_ANONYMOUS),
	{ MAP_ANONYMOUS, "MAP_ANON" },
	WORD(MAP_NORESERVE, "noreserve", "reserve", true),
	WORD(MAP_POPULATE, "populate"),
	WORD(MAP_LOCKED, "locked"),
	WORD(MAP_STACK, "stack"),
	WORD(MAP_GROWSDOWN, "growsdown", "growsdown"),
	WORD(MAP_HUGETLB, "hugetlb"),
	WORD(MAP_DROPPABLE, "droppable"),
	WORD(MAP_DENYWRITE),
	WORD(MAP_EXECUTABLE),
	WORD(MAP_NONBLOCK),
	{ 0x40, "MAP_32BIT", "32bit" },
	{ 0x80, "MAP_ABOVE4G" },
	{ 0x80000, "MAP_SYNC", "sync" },
	{ 0x4000000, "MAP_UNINITIALIZED" },
	{ 26, "MAP_HUGE_SHIFT" },
	{ 21u << 26, "MAP_HUGE_2MB" },
	{ 30u << 26, "MAP_HUGE_1GB" },
	{ 0 },
};

static const struct word remap_words[] = {
	WORD(MREMAP_MAYMOVE, "maymove"),
	WORD(MREMAP_FIXED),
	WORD(MREMAP_DONTUNMAP),
	{ MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL, "dontunmap", "keep" },
	{ 0 },
};

static const struct word lock_words[] = {
	WORD(MLOCK_ONFAULT, "onfault"),
	{ 0 },
};

static const struct word lock_all_words[] = {
	WORD(MCL_CURRENT, "current"),
	WORD(MCL_FUTURE, "future"),
	WORD(MCL_ONFAULT, "onfault"),
	{ 0 },
};

static const struct word attach_words[] = {
	WORD(SHM_RDONLY), WORD(SHM_RND), WORD(SHM_REMAP), WORD(SHM_EXEC), { 0 },
};

static const struct word uffd_words[] = {
	WORD(UFFD_UNREGISTER, "unregister", "unregister"),
	{ UFFD_MISSING, "UFFDIO_REGISTER_MODE_MISSING", "missing" },
	{ UFFD_WP, "UFFDIO_REGISTER_MODE_WP", "wp" },
	{ UFFD_MINOR, "UFFDIO_REGISTER_MODE_MINOR", "minor" },
	{ 0 },
};

#define ADVICE(symbol, text)                                                   \
	{                                                                      \
		MADV_##symbol, "MADV_" #symbol, text, text                     \
	}
#define PLAIN_ADVICE(symbol, text)                                             \
	{                                                                      \
		MADV_##symbol, "MADV_" #symbol, text                           \
	}

/* The catalogue has those that change a VMA. */
static const struct word advice_words[] = {
	ADVICE(NORMAL, "normal"),
	ADVICE(RANDOM, "random"),
	ADVICE(SEQUENTIAL, "sequential"),
	ADVICE(DONTFORK, "dontfork"),
	ADVICE(DOFORK, "dofork"),
	ADVICE(DONTDUMP, "dontdump"),
	ADVICE(DODUMP, "dodump"),
	ADVICE(WIPEONFORK, "wipeonfork"),
	ADVICE(KEEPONFORK, "keeponfork"),
	ADVICE(HUGEPAGE, "hugepage"),
	ADVICE(NOHUGEPAGE, "nohugepage"),
	ADVICE(MERGEABLE, "mergeable"),
	ADVICE(UNMERGEABLE, "unmergeable"),
	PLAIN_ADVICE(WILLNEED, "willneed"),
	PLAIN_ADVICE(DONTNEED, "dontneed"),
	PLAIN_ADVICE(FREE, "free"),
	PLAIN_ADVICE(REMOVE, "remove"),
	PLAIN_ADVICE(COLD, "cold"),
	PLAIN_ADVICE(PAGEOUT, "pageout"),
	PLAIN_ADVICE(POPULATE_READ, "populate_read"),
	PLAIN_ADVICE(POPULATE_WRITE, "populate_write"),
	PLAIN_ADVICE(DONTNEED_LOCKED, "dontneed_locked"),
	PLAIN_ADVICE(COLLAPSE, "collapse"),
	PLAIN_ADVICE(GUARD_INSTALL, "guard_install"),
	PLAIN_ADVICE(GUARD_REMOVE, "guard_remove"),
	PLAIN_ADVICE(HWPOISON, NULL),
	{ 101, "MADV_SOFT_OFFLINE" },
	{ 0 },
};

static const struct word policy_words[] = {
	{ 0, NULL, NULL, "default" },	 { 0, NULL, NULL, "local" },
	{ 0, NULL, NULL, "preferred" },	 { 0, NULL, NULL, "bind" },
	{ 0, NULL, NULL, "interleave" }, { 0 },
};

const struct word *arg_words(enum arg arg)
{
	static const struct word *const words[NR_ARGS] = {
		[ARG_PROT] = prot_words,	 [ARG_ADVICE] = advice_words,
		[ARG_POLICY] = policy_words,	 [ARG_MAP] = map_words,
		[ARG_REMAP] = remap_words,	 [ARG_LOCK] = lock_words,
		[ARG_LOCK_ALL] = lock_all_words, [ARG_ATTACH] = attach_words,
		[ARG_UFFD] = uffd_words,
	};

	return words[arg];
}

bool arg_is_flags(enum arg arg)
{
	return arg >= ARG_MAP && arg <= ARG_UFFD;
}

/* ---- in a space --------------------------------------------------------------- */

static bool within(uint64_t first, uint64_t start, uint64_t len)
{
	return start >= first && start <= SPACE_PAGES &&
	       len <= SPACE_PAGES - start;
}

static bool is_program_in_space(const struct syscall *c)
{
	for (const struct segment *s = c->program; s && s->end; s++)
		if (!within(0, s->start, s->end - s->start))
			return false;
	return true;
}

/* Of what is within a space, which is less than a file. */
static bool offset_fits(const struct syscall *c)
{
	return (!c->file && c->kind != CALL_REMAP_FILE_PAGES) ||
	       c->offset <= FILE_PAGES - c->len;
}

bool syscall_in_space(enum area area, const struct syscall *c)
{
	uint64_t first = area == AREA_HEAP ? HEAP_FIRST : 0;

	if (c->kind == CALL_EXECVE)
		return is_program_in_space(c);
	if (c->kind == CALL_BRK)
		return area == AREA_HEAP && within(first, c->addr, 0);
	if (!syscall_has(c->kind, ARG_ADDR))
		return true;
	if (c->kind == CALL_MREMAP && !within(first, c->new_addr, c->new_len))
		return false;
	return c->len && within(first, c->addr, c->len) && offset_fits(c);
}
