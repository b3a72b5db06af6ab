// SPDX-License-Identifier: GPL-2.0-only
/* The ways to read, as differences from upstream's. */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "reader/internal.h"

const struct reader reader_table[] = {
	{ "upstream", "maps since 6.17: lock_next_vma(), VMA by VMA", 0,
	  PART_KERNEL },
	{ "procmap-query", "a PROCMAP_QUERY for each VMA, since 6.18",
	  READ_QUERIES, PART_KERNEL },
	{ "fresh-walk",
	  "smaps and numa_maps since 7.2: walks from the root for each VMA",
	  READ_SET_HELD, PART_KERNEL },
	{ "mmap-lock", "maps up to 6.16 and smaps up to 7.1, in one read()",
	  READ_WHOLE, PART_KERNEL },
	{ "mmap-query",
	  "the mmap lock for each read(), or PROCMAP_QUERY up to 6.17",
	  READ_WHOLE | READ_QUERIES, PART_KERNEL },
	{ "smaps-rollup", "sums up smaps; gives way to writers between VMAs",
	  READ_WHOLE | READ_QUERIES | READ_CLIP, PART_KERNEL },
	{ "unverified", "upstream without a look at holes (step 5b)",
	  READ_NO_VERIFY, PART_WITHOUT },
	{ "fresh-fallback",
	  "repair: sets the iterator for each VMA, falls back where in doubt",
	  READ_SET_SAMPLED | READ_DOUBT, PART_REPAIR },
	{ "sequence",
	  "repair: sets it only if a writer was in, falls back where in doubt",
	  READ_SET_CHANGED | READ_DOUBT, PART_REPAIR },
	{ "clipped", "fresh-fallback that prints nothing below the last end",
	  READ_SET_SAMPLED | READ_DOUBT | READ_CLIP, PART_REPAIR },
	{ "verify-always", "looks again at every hole, and before it ends",
	  READ_VERIFY_ALWAYS | READ_VERIFY_END, PART_IN_SEQUENCES },
	{ "sample-once", "keeps the sequence of when the iterator was set",
	  READ_SAMPLE_KEEP | READ_VERIFY_END, PART_IN_SEQUENCES },
	{ "sample-early", "samples before it unlocks the VMA before",
	  READ_SAMPLE_FIRST | READ_VERIFY_END, PART_NOT_ENOUGH },
	{ "verify-holes", "verify-always, but for the end", READ_VERIFY_ALWAYS,
	  PART_NOT_ENOUGH },
};

const size_t nr_readers = ARRAY_SIZE(reader_table);

/*
 * A read of maps or smaps under the mmap lock gives it up after each read(), of
 * a page or less, as a walk by queries does after each VMA.
 */
const struct reader_file reader_files[] = {
	{ "maps", "6.12", "6.16", "mmap-query" },
	{ "maps", "6.17", NULL, "upstream" },
	{ "PROCMAP_QUERY", "6.12", "6.17", "mmap-query" },
	{ "PROCMAP_QUERY", "6.18", NULL, "procmap-query" },
	{ "smaps, numa_maps", "6.12", "7.1", "mmap-query" },
	{ "smaps, numa_maps", "7.2", NULL, "fresh-walk" },
	{ "smaps_rollup", "6.12", NULL, "smaps-rollup" },
};

const size_t nr_reader_files = ARRAY_SIZE(reader_files);

const struct reader *reader_find(const char *name)
{
	for_each_reader(r)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

const char *reader_nearest(const char *name)
{
	struct nearest near = { .word = name };

	for_each_reader(r)
		nearest_try(&near, r->name);
	return nearest_expected(&near);
}
