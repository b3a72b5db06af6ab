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

static bool matches(const char *name, const char *base, const char *seen,
		    size_t len)
{
	size_t name_len;

	if (*seen != '*')
		return !strncmp(*seen == '[' ? name : base, seen, len);
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

static void look(const struct explained *x, bool *found)
{
	const struct proc_vma *v = x->maps->vma;

	for (size_t i = 0; i < x->nr; i++) {
		if (!*v[i].name || (i && v[i].name == v[i - 1].name))
			continue;
		for (size_t m = 0; m < ARRAY_SIZE(makers); m++)
			if (!found[m])
				found[m] =
					matches_any(v[i].name, makers[m].seen);
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
	size_t by_kind[NR_KINDS + 1] = { 0 };
	size_t nr = 0;

	for (size_t i = 0; i < x->nr; i++)
		by_kind[x->kinds->kind[i]]++;
	by_kind[NR_KINDS] = count_barriers(x);
	look(x, found);
	for (size_t m = 0; m < ARRAY_SIZE(makers); m++) {
		struct count *count = &counts[nr];

		*count = (struct count){ .maker = &makers[m] };
		for (unsigned int kind = 0; kind <= NR_KINDS; kind++)
			if (makers[m].kinds & 1u << kind)
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
