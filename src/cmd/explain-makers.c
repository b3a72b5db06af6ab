// SPDX-License-Identifier: GPL-2.0-only
/* Who makes so many VMAs, and what they can do: makers.def. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/explain.h"
#include "lib/memory.h"
#include "lib/text.h"

/* Fewer VMAs of a kind than this share are nobody's trouble. */
#define SHARE 10
#define FEW 5

#define K(kind) (1u << KIND_##kind)
#define BARRIER (1u << NR_KINDS) /* runs that mprotect() of pages makes */
#define MAKER(...) { __VA_ARGS__ },

static const struct maker {
	const char *who;
	const char *seen;
	unsigned int kinds;
	const char *what;
} makers[] = {
#include "cmd/makers.def"
};

/* Of what has a name, each VMA is one maker's; of the rest, all of a kind. */
#define BY_NAME                                                                \
	(K(FILE) | K(DELETED) | K(DEVICE) | K(SHM) | K(MEMFD) | K(NAMED))

/* One of the words of "seen". */
struct pattern {
	size_t maker;
	const char *text;
	size_t len;
	enum { OF_NAME, OF_BASE, SUFFIX, ANYWHERE } where;
};

#define MAX_PATTERNS 100

static struct pattern pattern_of(size_t maker, const char *word, size_t len)
{
	struct pattern p = { maker, word, len, OF_BASE };

	if (*word == '*' && word[len - 1] == '*')
		p = (struct pattern){ maker, word + 1, len - 2, ANYWHERE };
	else if (*word == '*')
		p = (struct pattern){ maker, word + 1, len - 1, SUFFIX };
	else if (*word == '[' || *word == '/')
		p.where = OF_NAME;
	return p;
}

static size_t read_patterns(struct pattern *patterns)
{
	size_t nr = 0;

	for (size_t m = 0; m < ARRAY_SIZE(makers); m++) {
		const char *word = makers[m].seen;

		while (*word) {
			size_t len = strcspn(word, "|");

			assert(nr < MAX_PATTERNS);
			patterns[nr++] = pattern_of(m, word, len);
			word += len + (word[len] == '|');
		}
	}
	return nr;
}

/* A name, and what is asked of it again and again. @end: of its first word. */
struct seen_name {
	const char *name;
	const char *base;
	const char *end;
	size_t len;
};

static bool matches(const struct seen_name *n, const struct pattern *p)
{
	switch (p->where) {
	case OF_NAME:
		return *n->name == *p->text &&
		       !strncmp(n->name, p->text, p->len);
	case OF_BASE:
		return *n->base == *p->text &&
		       !strncmp(n->base, p->text, p->len);
	case SUFFIX:
		return (size_t)(n->end - n->name) >= p->len &&
		       n->end[-1] == p->text[p->len - 1] &&
		       !memcmp(n->end - p->len, p->text, p->len);
	case ANYWHERE:
		break;
	}
	return memmem(n->name, n->len, p->text, p->len);
}

/* What the name shows is there; returns who made a VMA of that kind. */
static size_t look(const char *name, unsigned int kind,
		   const struct pattern *patterns, size_t nr, bool *found)
{
	struct seen_name n = { name, base_name(name), strchrnul(name, ' '),
			       strlen(name) };
	size_t by = ARRAY_SIZE(makers);

	for (size_t i = 0; i < nr; i++) {
		size_t m = patterns[i].maker;
		bool asked = makers[m].kinds & kind & BY_NAME;

		/* Somebody made it, and that this one is there is known. */
		if (asked ? by != ARRAY_SIZE(makers)
			  : found[m] || !(makers[m].kinds & ~BY_NAME))
			continue;
		if (!matches(&n, &patterns[i]))
			continue;
		found[m] = true;
		if (asked)
			by = m;
	}
	return by;
}

/*
 * Whether the parts of a file that follow are a program: one may be executed. It
 * has as many as it has kinds of sections, and nothing changes that.
 */
static bool is_program(const struct explained *x, size_t i)
{
	const struct proc_vma *v = x->maps->vma;
	const char *name = v[i].name;

	for (; i < x->nr && v[i].name == name; i++)
		if (x->kinds->kind[i] == KIND_FILE && v[i].flags & VM_EXEC)
			return true;
	return false;
}

static void count_all(const struct explained *x, bool *found, size_t *by_name,
		      size_t *by_kind)
{
	const struct proc_vma *v = x->maps->vma;
	struct pattern patterns[MAX_PATTERNS];
	size_t nr = read_patterns(patterns), by = ARRAY_SIZE(makers);
	bool program = false;

	for (size_t i = 0; i < x->nr; i++) {
		unsigned int kind = 1u << x->kinds->kind[i];

		if (!i || v[i].name != v[i - 1].name)
			program = is_program(x, i);
		by_kind[x->kinds->kind[i]] += !program;
		if (!*v[i].name)
			by = ARRAY_SIZE(makers);
		else if (!i || v[i].name != v[i - 1].name ||
			 x->kinds->kind[i] != x->kinds->kind[i - 1])
			by = look(v[i].name, kind, patterns, nr, found);
		if (by < ARRAY_SIZE(makers)) {
			by_name[by]++;
			by_kind[x->kinds->kind[i]] -= !program;
		}
	}
}

/* Anonymous, and in turn writable and not: of single pages, mostly. */
static size_t count_barriers(const struct explained *x)
{
	size_t nr = 0;

	for (size_t i = 0; i < x->nr_runs; i++) {
		const struct proc_vma *v = &x->maps->vma[x->runs[i].low];
		vm_flags_t access = VM_READ | VM_WRITE | VM_EXEC;

		if (x->runs[i].period == 2 && !v[0].inode && !v[1].inode &&
		    ((v[0].flags ^ v[1].flags) & access) == VM_WRITE)
			nr += x->runs[i].nr;
	}
	return nr;
}

struct count {
	const struct maker *maker;
	size_t nr;
};

static int by_number(const void *x, const void *y)
{
	const struct count *a = x, *b = y;

	return ORDER(b->nr, a->nr) ?: ORDER(a->maker, b->maker);
}

void explain_makers(const struct explained *x,
		    void (*say)(const char *who, const char *what, size_t nr,
				void *data),
		    void *data)
{
	struct count counts[ARRAY_SIZE(makers)];
	bool found[ARRAY_SIZE(makers)] = { false };
	size_t by_name[ARRAY_SIZE(makers)] = { 0 };
	size_t by_kind[NR_KINDS + 1] = { 0 };
	size_t nr = 0;

	count_all(x, found, by_name, by_kind);
	by_kind[NR_KINDS] = count_barriers(x);
	for (size_t m = 0; m < ARRAY_SIZE(makers); m++) {
		struct count *count = &counts[nr];
		unsigned int kinds = makers[m].kinds;

		*count =
			(struct count){ .maker = &makers[m], .nr = by_name[m] };
		if (*makers[m].seen)
			kinds &= ~BY_NAME;
		for (unsigned int kind = 0; kind <= NR_KINDS; kind++)
			if (kinds & 1u << kind)
				count->nr += by_kind[kind];
		if ((found[m] || !*makers[m].seen) && count->nr >= FEW &&
		    count->nr * SHARE >= x->nr)
			nr++;
	}
	qsort(counts, nr, sizeof(*counts), by_number);
	for (size_t i = 0; i < nr; i++)
		say(counts[i].maker->who, counts[i].maker->what, counts[i].nr,
		    data);
}
