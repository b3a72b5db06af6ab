// SPDX-License-Identifier: GPL-2.0-only
/* System calls as a person writes them, one word after the other. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "syscall/internal.h"

/* ---- reading ------------------------------------------------------------------------ */

struct parsing {
	struct sim *sim;
	enum syscall_kind kind;
	struct syscall *call;
	FILE *err;
};

/* @near: what it was perhaps to be */
static bool say_near(const struct parsing *p, const char *word,
		     const char *wrong, const struct nearest *near,
		     const char *expected)
{
	fprintf(p->err, "vmatlas: %s: ", syscall_name(p->kind));
	if (word) {
		fputc('\'', p->err);
		text_print(p->err, word, 40);
		fputs("' is ", p->err);
	}
	fprintf(p->err, "%s, %s %s\n", wrong, nearest_expected(near), expected);
	return false;
}

static bool say(const struct parsing *p, const char *word, const char *wrong,
		const char *expected)
{
	return say_near(p, word, wrong, &(struct nearest){ 0 }, expected);
}

static void try_words(struct nearest *near, enum arg arg)
{
	for (const struct word *w = arg_words(arg); w && is_word(w); w++)
		if (w->text)
			nearest_try(near, w->text);
}

/*
 * A number without sign or space. Returns what follows it, NULL if it is none; errno
 * says whether it fits.
 */
static const char *take_number(const char *word, int base, uint64_t *value)
{
	char *end;

	if (!isxdigit((unsigned char)*word))
		return NULL;
	errno = 0;
	*value = strtoull(word, &end, base);
	return end == word ? NULL : end;
}

/* A number that only does not fit leaves ERANGE, for say_number(). */
static bool is_number(bool whole)
{
	if (!whole)
		errno = EINVAL;
	return !errno;
}

static bool read_addr(const char *word, uint64_t *addr)
{
	const char *end = take_number(word, 16, addr);

	return is_number(end && !*end);
}

static unsigned int unit_shift(const struct parsing *p, char unit)
{
	switch (unit) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	case 'p':
		return p->sim->page_shift;
	default:
		return 0;
	}
}

static bool read_len(const struct parsing *p, const char *word, uint64_t *len)
{
	int base = begins_with(word, "0x") ? 16 : 10;
	const char *end = take_number(word, base, len);
	unsigned int shift = end ? unit_shift(p, *end) : 0;

	if (end && *len > UINT64_MAX >> shift)
		errno = ERANGE;
	*len <<= shift;
	return is_number(end && !(shift ? end[1] : *end));
}

static bool read_prot(const char *word, unsigned int *prot)
{
	static const char letters[] = "rwx";
	static const unsigned int bits[] = { PROT_READ, PROT_WRITE, PROT_EXEC };
	const char *others;
	uint64_t number = 0;

	*prot = 0;
	for (int i = 0; i < 3; i++) {
		if (word[i] == letters[i])
			*prot |= bits[i];
		else if (word[i] != '-')
			return false;
	}
	if (!begins_with(word + 3, "|0x"))
		return !word[3];
	others = take_digits(word + 6, word + strlen(word), 16, &number);
	*prot |= (unsigned int)number;
	return others && !*others && number <= UINT32_MAX;
}

static const struct word *find_word(enum arg arg, const char *word)
{
	for (const struct word *w = arg_words(arg); is_word(w); w++)
		if (w->text && !strcmp(w->text, word))
			return w;
	return NULL;
}

static bool read_advice(const char *word, int *advice)
{
	const struct word *found = find_word(ARG_ADVICE, word);

	if (!found)
		return false;
	*advice = (int)found->value;
	return true;
}

static bool say_no_advice(const struct parsing *p, const char *word)
{
	struct nearest near = { .word = word };

	try_words(&near, ARG_ADVICE);
	return say_near(p, word, "no advice", &near,
			"such as dontfork, see --help");
}

/* ANON_VMA_NAME_MAX_LEN counts the NUL. */
bool is_vma_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~' || strchr("\\`$[]", name[i]))
			return false;
	return len < 80;
}

/* "-" takes the name away. */
static bool read_name(const struct parsing *p, const char *word)
{
	if (!*word || !is_vma_name(word))
		return false;
	p->call->name = strcmp(word, "-") ? word : NULL;
	return true;
}

static bool say_number(const struct parsing *p, const char *word,
		       const char *wrong, const char *expected,
		       const char *most)
{
	if (errno == ERANGE)
		return say(p, word, "out of range", most);
	return say(p, word, wrong, expected);
}

static bool read_address(const struct parsing *p, const char *word)
{
	return read_addr(word, &p->call->addr) ||
	       say_number(p, word, "no address", "hexadecimal digits",
			  "an address up to ffffffffffffffff");
}

static bool read_number(const struct parsing *p, const char *word, uint64_t *to)
{
	return read_len(p, word, to) ||
	       say_number(p, word, "no length",
			  "bytes, or a number with K, M, G, or p for pages",
			  "at most 18446744073709551615 bytes");
}

/* FILE:OFFSET. Returns false if it is not that. */
static bool read_file(const struct parsing *p, const char *word)
{
	const char *colon = strrchr(word, ':');
	uint64_t offset = 0;
	char *path;

	if (!colon || colon == word ||
	    (!read_addr(colon + 1, &offset) &&
	     (errno == ERANGE || !read_len(p, colon + 1, &offset))))
		return false;
	path = xstrndup(word, (size_t)(colon - word));
	p->call->file = sim_file(p->sim, path);
	p->call->offset = offset;
	free(path);
	return true;
}

static bool read_to(const struct parsing *p, const char *word)
{
	if (!begins_with(word, "to=") ||
	    !read_addr(word + 3, &p->call->new_addr))
		return false;
	p->call->flags |= MREMAP_MAYMOVE | MREMAP_FIXED;
	return true;
}

static bool read_key(const struct parsing *p, const char *word)
{
	uint64_t key;

	if (!begins_with(word, "pkey=") || !read_len(p, word + 5, &key) ||
	    key > 15)
		return false;
	p->call->key = (int)key;
	return true;
}

static bool read_flag(const struct parsing *p, enum arg arg, const char *word)
{
	const struct word *found = find_word(arg, word);

	if (found)
		p->call->flags |= found->value;
	return found;
}

/*
 * Of what must be there, what is wrong is said; of what may be left out, the word
 * may belong to something else.
 */
static bool read_arg(const struct parsing *p, enum arg arg, const char *word)
{
	struct syscall *c = p->call;

	switch (arg) {
	case ARG_ADDR:
	case ARG_BREAK:
		return read_address(p, word);
	case ARG_LEN:
		return read_number(p, word, &c->len);
	case ARG_NEW_LEN:
		return read_number(p, word, &c->new_len);
	case ARG_PGOFF:
		return read_number(p, word, &c->offset);
	case ARG_PROT:
		return read_prot(word, &c->prot) ||
		       say(p, word, "no protection", "such as rw- or r-x");
	case ARG_ADVICE:
		return read_advice(word, &c->advice) || say_no_advice(p, word);
	case ARG_NAME:
		return read_name(p, word) ||
		       say(p, word, "no name",
			   "1 to 79 characters, none of \\`$[], or -");
	case ARG_POLICY:
		c->policy = strcmp(word, "default") ? word : NULL;
		return true;
	case ARG_SEGMENT:
		c->file = sim_file(p->sim, word);
		return true;
	case ARG_FILE:
		return read_file(p, word);
	case ARG_NEW_ADDR:
		return read_to(p, word);
	case ARG_KEY:
		return read_key(p, word);
	case ARG_MAP:
	case ARG_REMAP:
	case ARG_LOCK:
	case ARG_LOCK_ALL:
	case ARG_ATTACH:
	case ARG_UFFD:
		return read_flag(p, arg, word);
	case ARG_OFFSET:
	case ARG_PIDFD:
	case ARG_PR_SET_VMA:
	case ARG_ZERO:
	case ARG_PROGRAM:
	case ARG_REST:
	case ARG_END:
		break;
	}
	return false; /* nothing that is written */
}

static enum syscall_kind call_named(const char *word)
{
	/* Up to a parenthesis: then it is as C has it. */
	enum syscall_kind kind = syscall_find(word, strcspn(word, "("));

	return syscall_has(kind, ARG_PROGRAM) ? CALL_END : kind;
}

static void try_calls(struct nearest *near)
{
	for (enum syscall_kind kind = CALL_END + 1; kind < NR_CALLS; kind++)
		if (call_named(syscall_name(kind)))
			nearest_try(near, syscall_name(kind));
}

static const char *call_nearest(const char *word)
{
	struct nearest near = { .word = word };

	try_calls(&near);
	return nearest_expected(&near);
}

static void say_form(const struct parsing *p, const char *word,
		     const char *wrong)
{
	char *form __free(free) =
		PRINTED(out, syscall_print_form(out, p->kind));
	struct nearest near = { .word = word };

	for (const enum arg *arg = syscall_form(p->kind); word && *arg; arg++)
		if (arg_is_flags(*arg))
			try_words(&near, *arg);
	if (word)
		try_calls(&near);
	say_near(p, word, wrong, &near, *form ? form : "nothing");
}

/* Of what may be left out: a word that can only be one of these, and is none. */
static bool say_value(const struct parsing *p, const char *word)
{
	static const struct {
		enum arg arg;
		const char *mark;
		const char *wrong;
		const char *expected;
	} values[] = {
		{ ARG_KEY, "pkey=", "no protection key", "pkey=0 to pkey=15" },
		{ ARG_NEW_ADDR, "to=", "no address",
		  "to= and hexadecimal digits, up to ffffffffffffffff" },
		{ ARG_FILE, ":", "no offset in a file",
		  "FILE: and hexadecimal digits, up to ffffffffffffffff" },
	};

	for (const enum arg *arg = syscall_form(p->kind); *arg; arg++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++)
			if (values[i].arg == *arg &&
			    strstr(word, values[i].mark) &&
			    !read_arg(p, *arg, word))
				return !say(p, word, values[i].wrong,
					    values[i].expected);
	return false;
}

static size_t read_args(const struct parsing *p, char *const *words, size_t nr)
{
	const enum arg *arg = syscall_form(p->kind);
	size_t at = 1;

	for (; *arg && *arg < ARG_FILE; arg++, at++) {
		if (at == nr) {
			say_form(p, NULL, "something is missing");
			return 0;
		}
		if (!read_arg(p, *arg, words[at]))
			return 0;
	}
	for (; *arg; arg++) {
		while (at < nr && !call_named(words[at]) &&
		       read_arg(p, *arg, words[at])) {
			at++;
			if (!arg_is_flags(*arg))
				break;
		}
	}
	if (at < nr && !call_named(words[at])) {
		if (!say_value(p, words[at]))
			say_form(p, words[at],
				 "neither part of this nor an operation");
		return 0;
	}
	return at;
}

size_t syscall_parse(struct sim *sim, char *const *words, size_t nr,
		     struct syscall *call, FILE *err)
{
	struct parsing p = { .sim = sim, .call = call, .err = err };
	size_t taken;

	p.kind = nr ? call_named(words[0]) : CALL_END;
	if (!p.kind) {
		fputs("vmatlas: '", err);
		text_print(err, nr ? words[0] : "", 40);
		fprintf(err, "' is no operation, %s one that --help lists\n",
			call_nearest(nr ? words[0] : ""));
		return 0;
	}
	*call = (struct syscall){ .kind = p.kind, .key = -1 };
	taken = read_args(&p, words, nr);
	/* What mmap() needs is said by default. */
	if (p.kind == CALL_MMAP && !(call->flags & MAP_TYPE))
		call->flags |= MAP_PRIVATE;
	return taken;
}
