// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that strace has for numbers in the calls that are of interest. The
 * numbers are those of this machine, as in struct syscall.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "lib/hash.h"
#include "lib/memory.h"
#include "process/strace-internal.h"

struct strace_symbol {
	const char *name;
	uint64_t value;
};

/* Beside those that calls have: syscall/words.c. */
static const struct strace_symbol others[] = {
	{ "NULL", 0 },
	{ "IPC_PRIVATE", IPC_PRIVATE },
	{ "SHM_HUGETLB", SHM_HUGETLB },
	{ "SHM_HUGE_SHIFT", MAP_HUGE_SHIFT },
	{ "MFD_HUGETLB", MFD_HUGETLB },
	{ "MFD_HUGE_SHIFT", MAP_HUGE_SHIFT },
};

/* No error of Linux has a number above it. */
#define ERRORS 133

/* A power of two, and several times as many as there are words. */
#define NR_SLOTS 1024

static struct strace_symbol slots[NR_SLOTS];

static size_t hash(const char *word, size_t len)
{
	uint32_t h = hash_bytes(word, len);

	return (h ^ h >> 15) & (NR_SLOTS - 1);
}

static bool is_named(const struct strace_symbol *s, const char *word,
		     size_t len)
{
	return !strncmp(s->name, word, len) && !s->name[len];
}

static struct strace_symbol *find_slot(const char *word, size_t len)
{
	size_t i = hash(word, len);

	while (slots[i].name && !is_named(&slots[i], word, len))
		i = (i + 1) & (NR_SLOTS - 1);
	return &slots[i];
}

static void add_symbol(const char *name, uint64_t value)
{
	*find_slot(name, strlen(name)) = (struct strace_symbol){ name, value };
}

static void add_words(const struct word *w)
{
	for (; w && is_word(w); w++)
		if (w->symbol)
			add_symbol(w->symbol, w->value);
}

static void add_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		add_symbol(others[i].name, others[i].value);
#define X(name, value) add_symbol(#name, value);
	STRACE_WORDS(X)
#undef X
	for (int err = 1; err <= ERRORS; err++)
		if (strerrorname_np(err))
			add_symbol(strerrorname_np(err), (uint64_t)err);
	for (int arg = 0; arg <= ARG_REST; arg++)
		add_words(arg_words(arg));
}

bool symbols_find(const char *word, size_t len, uint64_t *value)
{
	static bool filled;
	const struct strace_symbol *found;

	if (!filled)
		add_all();
	filled = true;
	found = find_slot(word, len);
	if (found->name)
		*value = found->value;
	return found->name;
}
