// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that strace has for numbers in the calls that are of interest. The
 * numbers are those of this machine, as in struct syscall. Where the C library is
 * older than the kernel, they are written here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>

#include "lib/memory.h"
#include "process/strace-internal.h"

struct symbol {
	const char *name;
	uint64_t value;
};

#define S(name)                                                                \
	{                                                                      \
#name, (uint64_t)name                                          \
	}

static const struct symbol all[] = {
	{ "NULL", 0 },
	S(PROT_NONE),
	S(PROT_READ),
	S(PROT_WRITE),
	S(PROT_EXEC),
	{ "PROT_SEM", 8 },
	S(PROT_GROWSDOWN),
	S(PROT_GROWSUP),
	{ "MAP_FILE", 0 },
	S(MAP_SHARED),
	S(MAP_PRIVATE),
	{ "MAP_SHARED_VALIDATE", 3 },
	{ "MAP_DROPPABLE", 8 },
	S(MAP_FIXED),
	S(MAP_ANONYMOUS),
	{ "MAP_ANON", MAP_ANONYMOUS },
	{ "MAP_32BIT", 0x40 },
	{ "MAP_ABOVE4G", 0x80 },
	S(MAP_GROWSDOWN),
	S(MAP_DENYWRITE),
	S(MAP_EXECUTABLE),
	S(MAP_LOCKED),
	S(MAP_NORESERVE),
	S(MAP_POPULATE),
	S(MAP_NONBLOCK),
	S(MAP_STACK),
	S(MAP_HUGETLB),
	{ "MAP_SYNC", 0x80000 },
	{ "MAP_FIXED_NOREPLACE", 0x100000 },
	{ "MAP_UNINITIALIZED", 0x4000000 },
	{ "MAP_HUGE_SHIFT", 26 },
	{ "MAP_HUGE_2MB", 21u << 26 },
	{ "MAP_HUGE_1GB", 30u << 26 },
	{ "MREMAP_MAYMOVE", 1 },
	{ "MREMAP_FIXED", 2 },
	{ "MREMAP_DONTUNMAP", 4 },
	S(MADV_NORMAL),
	S(MADV_RANDOM),
	S(MADV_SEQUENTIAL),
	S(MADV_WILLNEED),
	S(MADV_DONTNEED),
	S(MADV_FREE),
	S(MADV_REMOVE),
	S(MADV_DONTFORK),
	S(MADV_DOFORK),
	S(MADV_MERGEABLE),
	S(MADV_UNMERGEABLE),
	S(MADV_HUGEPAGE),
	S(MADV_NOHUGEPAGE),
	S(MADV_DONTDUMP),
	S(MADV_DODUMP),
	S(MADV_WIPEONFORK),
	S(MADV_KEEPONFORK),
	S(MADV_COLD),
	S(MADV_PAGEOUT),
	{ "MADV_POPULATE_READ", 22 },
	{ "MADV_POPULATE_WRITE", 23 },
	{ "MADV_DONTNEED_LOCKED", 24 },
	{ "MADV_COLLAPSE", 25 },
	S(MADV_HWPOISON),
	{ "MADV_SOFT_OFFLINE", 101 },
	{ "MADV_GUARD_INSTALL", 102 },
	{ "MADV_GUARD_REMOVE", 103 },
	S(MCL_CURRENT),
	S(MCL_FUTURE),
	S(MCL_ONFAULT),
	S(MLOCK_ONFAULT),
	S(SHM_RDONLY),
	S(SHM_RND),
	S(SHM_REMAP),
	S(SHM_EXEC),
	S(IPC_PRIVATE),
	S(EPERM),
	S(EINTR),
	S(EIO),
	S(E2BIG),
	S(ENOEXEC),
	S(EBADF),
	S(EAGAIN),
	S(ENOMEM),
	S(EACCES),
	S(EFAULT),
	S(EBUSY),
	S(EEXIST),
	S(ENODEV),
	S(EINVAL),
	S(ENFILE),
	S(ETXTBSY),
	S(ENOSYS),
	S(EOVERFLOW),
	S(EOPNOTSUPP),
	S(EIDRM),
	S(ENOENT),
	S(ESRCH),
};

#define NR_SYMBOLS (sizeof(all) / sizeof(all[0]))

/* A power of two, and several times as many as there are words. */
#define NR_SLOTS 512

struct symbols {
	const struct symbol *slot[NR_SLOTS];
};

static size_t hash(const char *word, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)word[i]) * 16777619u;
	return (h ^ h >> 15) & (NR_SLOTS - 1);
}

static bool is_word(const struct symbol *s, const char *word, size_t len)
{
	return !strncmp(s->name, word, len) && !s->name[len];
}

static size_t find_slot(const struct symbols *s, const char *word, size_t len)
{
	size_t i = hash(word, len);

	while (s->slot[i] && !is_word(s->slot[i], word, len))
		i = (i + 1) & (NR_SLOTS - 1);
	return i;
}

struct symbols *symbols_new(void)
{
	struct symbols *s = xcalloc(1, sizeof(*s));

	for (size_t i = 0; i < NR_SYMBOLS; i++)
		s->slot[find_slot(s, all[i].name, strlen(all[i].name))] =
			&all[i];
	return s;
}

void symbols_free(struct symbols *s)
{
	free(s);
}

bool symbols_find(const struct symbols *s, const char *word, size_t len,
		  uint64_t *value)
{
	const struct symbol *found = s->slot[find_slot(s, word, len)];

	if (found)
		*value = found->value;
	return found;
}
