// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that strace has for numbers in the calls that are of interest. The
 * numbers are those of this machine, as in struct syscall.
 */
#include <string.h>
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
};

#define NR_OTHERS (ARRAY_SIZE(others))

/* No error of Linux has a number above it. */
#define ERRORS 133

/* A power of two, and several times as many as there are words. */
#define NR_SLOTS 1024

struct symbols {
	struct strace_symbol slot[NR_SLOTS];
};

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

static size_t find_slot(const struct symbols *s, const char *word, size_t len)
{
	size_t i = hash(word, len);

	while (s->slot[i].name && !is_named(&s->slot[i], word, len))
		i = (i + 1) & (NR_SLOTS - 1);
	return i;
}

static void add_symbol(struct symbols *s, const char *name, uint64_t value)
{
	s->slot[find_slot(s, name, strlen(name))] =
		(struct strace_symbol){ name, value };
}

static void add_words(struct symbols *s, const struct word *w)
{
	for (; w && (is_word(w)); w++)
		if (w->symbol)
			add_symbol(s, w->symbol, w->value);
}

struct symbols *symbols_new(void)
{
	struct symbols *s = xcalloc(1, sizeof(*s));

	for (size_t i = 0; i < NR_OTHERS; i++)
		add_symbol(s, others[i].name, others[i].value);
#define X(name, value) add_symbol(s, #name, value);
	STRACE_WORDS(X)
#undef X
	for (int err = 1; err <= ERRORS; err++)
		if (strerrorname_np(err))
			add_symbol(s, strerrorname_np(err), (uint64_t)err);
	for (int arg = 0; arg <= ARG_REST; arg++)
		add_words(s, arg_words(arg));
	return s;
}

void symbols_free(struct symbols *s)
{
	free(s);
}

bool symbols_find(const struct symbols *s, const char *word, size_t len,
		  uint64_t *value)
{
	const struct strace_symbol *found = &s->slot[find_slot(s, word, len)];

	if (found->name)
		*value = found->value;
	return found->name;
}
