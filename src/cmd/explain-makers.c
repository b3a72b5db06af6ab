// SPDX-License-Identifier: GPL-2.0-only
/* Who makes so many VMAs, and what they can be told: makers.def. */
#include <stdlib.h>
#include <string.h>

#include "cmd/explain.h"
#include "lib/memory.h"

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

static bool matches(const char *name, const char *base, const char *seen,
		    size_t len)
{
	size_t name_len;

	if (*seen != '*')
		return !strncmp(*seen == '[' || *seen == '/' ? name : base,
				seen, len);
	if (seen[len - 1] == '*')
		return memmem(name, strlen(name), seen + 1, len - 2);
	name_len = strcspn(name, " ");
	return name_len >= len - 1 &&
	       !memcmp(name + name_len - (len - 1), seen + 1, len - 1);
}

static bool matches_any(const char *name, const char *seen)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	while (*seen) {
		size_t len = strcspn(seen, "|");

		if (matches(name, base, seen, len))
			return true;
		seen += len + (seen[len] == '|');
	}
	return false;
}

/* What the name shows is there; returns who made a VMA of that kind. */
static size_t look(const char *name, unsigned int kind, bool *found)
{
	size_t by = ARRAY_SIZE(makers);

	for (size_t m = 0; m < ARRAY_SIZE(makers); m++) {
		bool asked = makers[m].kinds & kind & BY_NAME;

		if (asked && by != ARRAY_SIZE(makers))
			continue;
		if (found[m] && !asked)
			continue;
		if (!matches_any(name, makers[m].seen))
			continue;
		found[m] = true;
		if (asked)
			by = m;
	}
	return by;
}

static void count_all(const struct explained *x, bool *found, size_t *by_name,
		      size_t *by_kind)
{
	const struct proc_vma *v = x->maps->vma;
	size_t by = ARRAY_SIZE(makers);

	for (size_t i = 0; i < x->nr; i++) {
		unsigned int kind = 1u << x->kinds->kind[i];

		by_kind[x->kinds->kind[i]]++;
		if (!*v[i].name)
			by = ARRAY_SIZE(makers);
		else if (!i || v[i].name != v[i - 1].name ||
			 x->kinds->kind[i] != x->kinds->kind[i - 1])
			by = look(v[i].name, kind, found);
		if (by < ARRAY_SIZE(makers)) {
			by_name[by]++;
			by_kind[x->kinds->kind[i]]--;
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

	if (a->nr != b->nr)
		return a->nr > b->nr ? -1 : 1;
	return a->maker < b->maker ? -1 : 1;
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
