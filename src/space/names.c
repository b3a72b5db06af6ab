// SPDX-License-Identifier: GPL-2.0-only
/* Words for machines: refusal_texts has the refusals for people. */
#include "space/internal.h"

const char *const refusal_names[NR_REFUSALS] = {
	[MERGED] = "merged",
	[REFUSED_SPECIAL] = "special",
	[REFUSED_INNER] = "inner",
	[REFUSED_POSITION] = "position",
	[REFUSED_ABSENT] = "absent",
	[REFUSED_APART] = "apart",
	[REFUSED_POLICY] = "policy",
	[REFUSED_FLAGS] = "flags",
	[REFUSED_FILE] = "file",
	[REFUSED_UFFD] = "uffd",
	[REFUSED_NAME] = "name",
	[REFUSED_ANON_VMA] = "anon_vma",
	[REFUSED_PGOFF] = "pgoff",
	[REFUSED_ANON_PGOFF] = "anon_pgoff",
	[REFUSED_SELF] = "self",
	[REFUSED_UFFD_LOST] = "uffd_lost",
	[REFUSED_SIDES] = "sides",
	[REFUSED_CLOSE_MIDDLE] = "close_middle",
	[REFUSED_CLOSE_NEXT] = "close_next",
	[REFUSED_JUST_EXPAND] = "just_expand",
	[REFUSED_NO_MEMORY] = "no_memory",
};

const char *const alloc_names[NR_ALLOCS] = {
	[ALLOC_NONE] = "none",	   [ALLOC_VMA] = "vma",
	[ALLOC_POLICY] = "policy", [ALLOC_ANON_VMA] = "anon_vma",
	[ALLOC_TREE] = "tree",	   [ALLOC_GATHER] = "gather",
	[ALLOC_CLEAR] = "clear",
};
