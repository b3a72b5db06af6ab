// SPDX-License-Identifier: GPL-2.0-only
/* What may merge, and in which order it is done, by kernel version. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"

#define SINCE(major, minor)                                                    \
	.version = #major "." #minor, .number = VERSION_NUMBER(major, minor)

/* Oldest first. A version follows the last set that is not newer than it. */
static const struct rules rule_sets[] = {
	{
		SINCE(6, 12),
		.what = "the code moves to mm/vma.c",
		.ignored = VM_SOFTDIRTY,
		.anon_vma_by_chain = true,
	},
	{
		SINCE(6, 15),
		.what = "commit_merge() sets both ranges, then stores; "
			"next is locked before prev",
		.ignored = VM_SOFTDIRTY,
		.anon_vma_by_chain = true,
		.ranges_before_store = true,
		.lock_next_first = true,
	},
	{
		SINCE(6, 16),
		.what = "unfaulted and faulted areas merge unless forked",
		.ignored = VM_SOFTDIRTY,
		.ranges_before_store = true,
		.lock_next_first = true,
	},
	{
		SINCE(6, 19),
		.what = "sticky flags; the VMA that mremap() copies takes part",
		.ignored = VM_SOFTDIRTY | VM_MAYBE_GUARD,
		.sticky = VM_SOFTDIRTY | VM_MAYBE_GUARD,
		.copied_anon_vma = true,
		.ranges_before_store = true,
		.lock_next_first = true,
	},
};

#define NR_RULE_SETS (sizeof(rule_sets) / sizeof(rule_sets[0]))

/* "6.12", "6.12.3", "6.18-rc1", "6.12.0-1-amd64" -> 6012 and so on, or -1. */
static long version_number(const char *version)
{
	unsigned int major, minor;
	char after;
	int nr;

	/* sscanf() would take white space and signs. */
	if (strspn(version, "0123456789.") < strlen("6.1") ||
	    !isdigit((unsigned char)version[0]))
		return -1;
	nr = sscanf(version, "%3u.%3u%c", &major, &minor, &after);
	if (nr < 2 || (nr == 3 && !strchr(".-+", after)))
		return -1;
	return VERSION_NUMBER(major, minor);
}

const struct rules *rules_for(const char *version)
{
	const struct rules *best = NULL;
	long wanted;

	if (!strcmp(version, "latest"))
		return &rule_sets[NR_RULE_SETS - 1];
	wanted = version_number(version);
	for (size_t i = 0; i < NR_RULE_SETS; i++)
		if (rule_sets[i].number <= wanted)
			best = &rule_sets[i];
	return best;
}

const struct rules *rules_all(size_t *nr)
{
	*nr = NR_RULE_SETS;
	return rule_sets;
}
