// SPDX-License-Identifier: GPL-2.0-only
/* The ways to read, as differences from upstream's. */
#include <string.h>

#include "reader/internal.h"

static const struct reader table[] = {
	{ "upstream", "lock_next_vma(), Linux 6.17 and later", 0, PART_KERNEL },
	{ "unverified", "upstream without a look at holes (step 5b)",
	  READ_NO_VERIFY, PART_WITHOUT },
	{ "mmap-lock", "all under the mmap lock, to Linux 6.16", READ_WHOLE,
	  PART_KERNEL },
	{ "procmap-query", "a PROCMAP_QUERY for each VMA", READ_QUERIES,
	  PART_KERNEL },
	{ "verify-always",
	  "repair: looks again at every hole, and before it ends",
	  READ_VERIFY_ALWAYS | READ_VERIFY_END, PART_REPAIR },
	{ "sample-once",
	  "repair: keeps the sequence of when the iterator was set",
	  READ_SAMPLE_KEEP | READ_VERIFY_END, PART_REPAIR },
	{ "fresh-walk", "repair: walks from the root for every VMA", READ_FRESH,
	  PART_REPAIR },
	{ "sample-early", "no repair: samples before it unlocks the VMA before",
	  READ_SAMPLE_FIRST | READ_VERIFY_END, PART_NOT_ENOUGH },
	{ "verify-holes", "no repair: verify-always, but for the end",
	  READ_VERIFY_ALWAYS, PART_NOT_ENOUGH },
};

const struct reader *readers(size_t *nr)
{
	*nr = sizeof(table) / sizeof(table[0]);
	return table;
}

const struct reader *reader_find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}
