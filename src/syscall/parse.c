// SPDX-License-Identifier: GPL-2.0-only
/* System calls as a person writes them, one word after the other. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "process/maps.h"
#include "syscall/forms.h"
#include "syscall/internal.h"

/* ---- reading ------------------------------------------------------------------------ */

struct parsing {
	struct sim *sim;
	const struct form *form;
	struct syscall *call;
	FILE *err;
};

static bool say(const struct parsing *p, const char *word, const char *wrong,
		const char *expected)
{
	fprintf(p->err, "vmatlas: %s: ", syscall_name(p->form->kind));
	if (word) {
		fputc('\'', p->err);
		proc_print_name(p->err, word, 40);
		fputs("' is ", p->err);
	}
	fprintf(p->err, "%s, expected %s\n", wrong, expected);
	return false;
}

/* A number without sign or space. Returns what follows it, NULL if it is none. */
static const char *take_number(const char *word, int base, uint64_t *value)
{
	char *end;

	if (!isxdigit((unsigned char)*word))
		return NULL;
	errno = 0;
	*value = strtoull(word, &end, base);
	return errno || end == word ? NULL : end;
}

static bool read_addr(const char *word, uint64_t *addr)
{
	const char *end = take_number(word, 16, addr);

	return end && !*end;
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
	int base = !strncmp(word, "0x", 2) ? 16 : 10;
	const char *end = take_number(word, base, len);
	unsigned int shift = end ? unit_shift(p, *end) : 0;

	if (!end || (shift ? end[1] : *end) || *len > UINT64_MAX >> shift)
		return false;
	*len <<= shift;
	return true;
}

static bool read_prot(const char *word, unsigned int *prot)
{
	static const char letters[] = "rwx";
	static const unsigned int bits[] = { PROT_READ, PROT_WRITE, PROT_EXEC };

	*prot = 0;
	for (int i = 0; i < 3; i++) {
		if (word[i] == letters[i])
			*prot |= bits[i];
		else if (word[i] != '-')
			return false;
	}
	return !word[3];
}

static const struct flag_word *find_word(const struct flag_word *words,
					 const char *word)
{
	for (; words->word; words++)
		if (!strcmp(words->word, word))
			return words;
	return NULL;
}

static bool read_advice(const char *word, int *advice)
{
	const struct flag_word *found = find_word(advice_words, word);

	if (!found)
		return false;
	*advice = (int)found->flag;
	return true;
}

/* "-" takes the name away; ANON_VMA_NAME_MAX_LEN counts the NUL. */
static bool read_name(const struct parsing *p, const char *word)
{
	size_t len = strlen(word);

	if (len >= 80 || !len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (word[i] < ' ' || word[i] > '~' || strchr("\\`$[]", word[i]))
			return false;
	p->call->name = strcmp(word, "-") ? sim_name(p->sim, word) : 0;
	return true;
}

/* What must be there. */
static bool read_part(const struct parsing *p, enum part part, const char *word)
{
	struct syscall *c = p->call;

	switch (part) {
	case PART_ADDR:
		return read_addr(word, &c->addr) ||
		       say(p, word, "no address", "hexadecimal digits");
	case PART_LEN:
	case PART_NEW_LEN:
		return read_len(p, word,
				part == PART_LEN ? &c->len : &c->new_len) ||
		       say(p, word, "no length",
			   "bytes, or a number with K, M, G, or p for pages");
	case PART_PROT:
		return read_prot(word, &c->prot) ||
		       say(p, word, "no protection", "such as rw- or r-x");
	case PART_ADVICE:
		return read_advice(word, &c->advice) ||
		       say(p, word, "no advice",
			   "such as dontfork, see --help");
	case PART_NAME:
		return read_name(p, word) ||
		       say(p, word, "no name",
			   "1 to 79 characters, none of \\`$[], or -");
	case PART_POLICY:
		if (strcmp(word, "default"))
			c->policy = sim_policy(p->sim, word);
		return true;
	default:
		c->file = sim_file(p->sim, word);
		return true;
	}
}

/* FILE:OFFSET. Returns false if it is not that. */
static bool read_file(const struct parsing *p, const char *word)
{
	const char *colon = strrchr(word, ':');
	uint64_t offset = 0;
	char *path;

	if (!colon || colon == word || !read_addr(colon + 1, &offset))
		return false;
	path = xstrndup(word, (size_t)(colon - word));
	p->call->file = sim_file(p->sim, path);
	p->call->offset = offset;
	free(path);
	return true;
}

static bool read_to(const struct parsing *p, const char *word)
{
	if (strncmp(word, "to=", 3) || !read_addr(word + 3, &p->call->new_addr))
		return false;
	p->call->flags |= MREMAP_MAYMOVE | MREMAP_FIXED;
	return true;
}

static bool read_key(const struct parsing *p, const char *word)
{
	uint64_t key;

	if (strncmp(word, "pkey=", 5) || !read_len(p, word + 5, &key) ||
	    key > 15)
		return false;
	p->call->key = (int)key;
	return true;
}

static bool read_flag(const struct parsing *p, const char *word)
{
	const struct flag_word *found = find_word(p->form->flags, word);

	if (found)
		p->call->flags |= found->flag;
	return found;
}

/* What may be left out. Returns false if the word is not that. */
static bool read_option(const struct parsing *p, enum part part,
			const char *word)
{
	switch (part) {
	case PART_FILE:
		return read_file(p, word);
	case PART_TO:
		return read_to(p, word);
	case PART_KEY:
		return read_key(p, word);
	default:
		return read_flag(p, word);
	}
}

static size_t read_parts(const struct parsing *p, char *const *words, size_t nr)
{
	const enum part *part = p->form->parts;
	size_t at = 1;

	for (; *part && *part < PART_FILE; part++, at++) {
		if (at == nr) {
			say(p, NULL, "something is missing", p->form->text);
			return 0;
		}
		if (!read_part(p, *part, words[at]))
			return 0;
	}
	for (; *part; part++) {
		while (at < nr && !form_named(words[at]) &&
		       read_option(p, *part, words[at])) {
			at++;
			if (*part != PART_FLAGS)
				break;
		}
	}
	if (at < nr && !form_named(words[at])) {
		say(p, words[at], "neither part of this nor an operation",
		    *p->form->text ? p->form->text : "nothing");
		return 0;
	}
	return at;
}

/* What mmap() needs is said by default. */
static void complete(struct syscall *c)
{
	if (c->kind == CALL_MMAP && !(c->flags & MAP_TYPE))
		c->flags |= MAP_PRIVATE;
}

size_t syscall_parse(struct sim *sim, char *const *words, size_t nr,
		     struct syscall *call, FILE *err)
{
	struct parsing p = { .sim = sim, .call = call, .err = err };
	size_t taken;

	p.form = nr ? form_named(words[0]) : NULL;
	if (!p.form) {
		fputs("vmatlas: '", err);
		proc_print_name(err, nr ? words[0] : "", 40);
		fputs("' is no operation, expected one that --help lists\n",
		      err);
		return 0;
	}
	*call = (struct syscall){ .kind = p.form->kind, .key = -1 };
	taken = read_parts(&p, words, nr);
	complete(call);
	return taken;
}
