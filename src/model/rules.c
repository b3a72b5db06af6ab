// SPDX-License-Identifier: GPL-2.0-only
/* What may merge, and in which order it is done, by kernel version. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "model/model.h"

#define SINCE(major, minor)                                                    \
	.version = #major "." #minor, .number = VERSION_NUMBER(major, minor)

/* Part of a later set, taken over by the stable series of MAJOR.MINOR only. */
#define SERIES(major, minor, sub)                                              \
	.version = #major "." #minor "." #sub,                                 \
	.number = VERSION_NUMBER(major, minor), .patch = (sub),                \
	.only_series = true

/* Each is what it says and all of the one that it names. */
#define RULES_6_12 .ignored = VM_SOFTDIRTY, .anon_vma_by_chain = true
#define RULES_6_12_114 RULES_6_12, .kept_source = true
#define RULES_6_12_118 RULES_6_12_114, .uffd_event_remap = true
#define ORDER_6_15 .ranges_before_store = true, .lock_next_first = true
#define RULES_6_15 RULES_6_12, ORDER_6_15
#define RULES_6_16 ORDER_6_15, .ignored = VM_SOFTDIRTY
#define RULES_6_18_8 RULES_6_16, .copied_anon_vma = true
#define STICKY_6_19 (VM_SOFTDIRTY | VM_MAYBE_GUARD)
#define RULES_6_19                                                             \
	ORDER_6_15, .ignored = STICKY_6_19, .sticky = STICKY_6_19,             \
		    .copied_anon_vma = true
#define RULES_7_2 RULES_6_19, .kept_source = true
#define RULES_7_3 RULES_7_2, .anon_pgoff = true, .uffd_event_remap = true

#define NEWEST                                                                 \
	SINCE(7, 3), RULES_7_3,                                                \
		.what = "private files have an anonymous offset, too; no merge of what loses its userfaultfd"

/*
 * A version follows the last set that is not newer than it, or
 * that its stable series has taken over.
 */
const struct rules rule_sets[] = {
	{ SINCE(6, 12), RULES_6_12, .what = "the code moves to mm/vma.c" },
	/* What is of 7.2, but for its offset, which is of 6.12.112. */
	{ SERIES(6, 12, 114), RULES_6_12_114,
	  .what = "MREMAP_DONTUNMAP does not merge with its own source" },
	{ SERIES(6, 12, 118), RULES_6_12_118,
	  .what = "no merge of what loses its userfaultfd" },
	{ SINCE(6, 15), RULES_6_15,
	  .what = "commit_merge() sets both ranges, then stores; next is locked before prev" },
	{ SINCE(6, 16), RULES_6_16,
	  .what = "unfaulted and faulted areas merge unless forked" },
	/*
	 * 5b0caf3913e7, of 6.19's 3b617fd3d317. What is of 6.19 besides is in
	 * 6.18.37.
	 */
	{ SERIES(6, 18, 8), RULES_6_18_8,
	  .what = "the VMA that mremap() copies takes part" },
	/* In 6.18.37: 6.19's 6707915e030a, and what is before it. */
	{ SINCE(6, 19), RULES_6_19, .stable = "6.18.37",
	  .what = "sticky flags; the VMA that mremap() copies takes part" },
	{ SINCE(7, 2), RULES_7_2,
	  .what = "MREMAP_DONTUNMAP does not merge with its own source, which gets a fresh offset" },
	{ NEWEST },
	/* Anything newer: the same, as long as nobody knows better. */
	{ NEWEST, .beyond = true },
};

/* Less the last: that one begins nowhere. */
const size_t nr_rule_sets = ARRAY_SIZE(rule_sets) - 1;

/* A release as two numbers. */
struct release {
	long series; /* VERSION_NUMBER(), or -1 if it is none */
	unsigned int patch;
};

/* "6.12", "6.12.3", "6.18-rc1", "6.12.0-1-amd64" -> 6012 and so on. */
static struct release release_of(const char *version)
{
	unsigned int major, minor;
	char after = 0, patch[10] = "";
	struct release none = { .series = -1 };
	int nr;

	/* sscanf() would take white space and signs. */
	if (strspn(version, "0123456789.") < strlen("6.1") ||
	    !isdigit((unsigned char)version[0]))
		return none;
	nr = sscanf(version, "%3u.%3u%c%9[0-9]", &major, &minor, &after, patch);
	if (nr < 2 || (nr >= 3 && !strchr(".-+", after)))
		return none;
	return (struct release){
		.series = VERSION_NUMBER(major, minor),
		.patch = after == '.' ? strtoul(patch, NULL, 10) : 0,
	};
}

static bool has_taken_over(struct release r, const struct rules *rules)
{
	struct release first;

	if (!rules->stable)
		return false;
	first = release_of(rules->stable);
	return r.series == first.series && r.patch >= first.patch;
}

static bool not_before(struct release r, const struct rules *rules)
{
	if (rules->only_series && r.series != rules->number)
		return false;
	return r.series > rules->number ||
	       (r.series == rules->number && r.patch >= rules->patch);
}

const struct rules *rules_for(const char *version)
{
	const struct rules *best = NULL;
	struct release wanted;

	if (!strcmp(version, "latest"))
		return &rule_sets[nr_rule_sets - 1];
	wanted = release_of(version);
	if (wanted.series > release_of(RULES_JUDGED).series)
		return &rule_sets[nr_rule_sets];
	for (size_t i = 0; i < nr_rule_sets; i++)
		if (not_before(wanted, &rule_sets[i]) ||
		    has_taken_over(wanted, &rule_sets[i]))
			best = &rule_sets[i];
	return best;
}

long version_number(const char *version)
{
	return release_of(version).series;
}

long rules_number(const char *version)
{
	if (!strcmp(version, "latest"))
		version = RULES_JUDGED;
	return version_number(version);
}

bool rules_are_newer(const char *version)
{
	struct release r = release_of(version);

	return r.series >= VERSION_NUMBER(2, 6) &&
	       r.series < rule_sets[0].number;
}

bool rules_are_judged(const char *version)
{
	const struct rules *rules = rules_for(version);

	return rules && !rules->beyond;
}
