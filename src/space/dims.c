// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dimensions in one table: names, places, who has them, and what must be so
 * for a place other than the first to mean anything. Keys are written and read
 * by this table (key.c), so a new dimension is a line of it.
 */
#include "space/internal.h"

/* ---- families ----------------------------------------------------------- */

const char *const space_family_names[NR_SPACES] = {
	[SPACE_EXISTING] = "existing", [SPACE_NEW] = "new",
	[SPACE_SPLIT] = "split",       [SPACE_UNMAP] = "unmap",
	[SPACE_RELOCATE] = "relocate", [SPACE_REPLACE] = "replace",
};

#define EXISTING (1U << SPACE_EXISTING)
#define NEW (1U << SPACE_NEW)
#define SPLIT (1U << SPACE_SPLIT)
#define UNMAP (1U << SPACE_UNMAP)
#define RELOCATE (1U << SPACE_RELOCATE)
#define REPLACE (1U << SPACE_REPLACE)
#define MERGES (EXISTING | NEW)
/* What is between two sides, of which either may be part of what is replaced. */
#define SIDES (MERGES | REPLACE)
#define GATHERS (UNMAP | REPLACE)
#define ALL_FAMILIES ((1U << NR_SPACES) - 1)

/* ---- sides -------------------------------------------------------------- */

const struct side_dims prev_side = {
	DIM_PREV,	DIM_PREV_DIFFERS, DIM_PREV_ANON, DIM_PREV_MOVED,
	DIM_PREV_CLOSE, WHO_PREV,	  COPY_PREV,
};
const struct side_dims next_side = {
	DIM_NEXT,	DIM_NEXT_DIFFERS, DIM_NEXT_ANON, DIM_NEXT_MOVED,
	DIM_NEXT_CLOSE, WHO_NEXT,	  COPY_NEXT,
};

/* ---- what an allocation is for ------------------------------------------- */

const char *const alloc_names[NR_ALLOCS] = {
	[ALLOC_NONE] = "none",	   [ALLOC_VMA] = "vma",
	[ALLOC_POLICY] = "policy", [ALLOC_ANON_VMA] = "anon_vma",
	[ALLOC_TREE] = "tree",	   [ALLOC_GATHER] = "gather",
	[ALLOC_CLEAR] = "clear",
};

/* ---- what must be so ---------------------------------------------------- */

bool reaches_prev(const struct config *c)
{
	return c->at[DIM_RANGE] == RANGE_ALL || c->at[DIM_RANGE] == RANGE_HEAD;
}

bool reaches_next(const struct config *c)
{
	return c->at[DIM_RANGE] == RANGE_ALL || c->at[DIM_RANGE] == RANGE_TAIL;
}

static bool prev_adjacent(const struct config *c)
{
	return c->at[DIM_PREV] == ADJACENT;
}

static bool next_adjacent(const struct config *c)
{
	return c->at[DIM_NEXT] == ADJACENT;
}

/*
 * mmap() maps what nobody faulted in. mremap() brings an anon_vma, that of the
 * VMA that it copies, or else that of the one that it makes longer.
 */
static bool anon_known(const struct config *c)
{
	return c->family != SPACE_NEW || !c->at[DIM_JUST_EXPAND];
}

static bool not_brk(const struct config *c)
{
	return !c->at[DIM_JUST_EXPAND];
}

static bool is_private(const struct config *c)
{
	return c->at[DIM_BACKED] == PRIVATE_MEMORY;
}

static bool prev_may_move(const struct config *c)
{
	return prev_adjacent(c) && is_private(c);
}

static bool next_may_move(const struct config *c)
{
	return next_adjacent(c) && is_private(c);
}

static bool has_source(const struct config *c)
{
	return c->at[DIM_COPIED] >= COPY_FAR;
}

static bool may_be_brk(const struct config *c)
{
	return !c->at[DIM_COPIED] && c->at[DIM_BACKED] == ANON_MEMORY;
}

static bool may_be_file(const struct config *c)
{
	return !c->at[DIM_JUST_EXPAND];
}

static bool several_vmas(const struct config *c)
{
	return c->at[DIM_VMAS] != VMAS_ONE;
}

static bool some_split(const struct config *c)
{
	return c->family == SPACE_SPLIT || c->at[DIM_RANGE] != RANGE_ALL;
}

/* The kernel warns if less than a whole VMA may be given up. */
static bool may_give_up(const struct config *c)
{
	return c->at[DIM_FAIL] && c->at[DIM_RANGE] == RANGE_ALL;
}

/* ---- the table ---------------------------------------------------------- */

#define ANON_WORDS                                                             \
	{                                                                      \
		"none", "A", "A-forked", "B", "B-forked"                       \
	}
#define DIFFERS_WORDS                                                          \
	{                                                                      \
		"policy", "flags", "file", "uffd", "name", "pgoff"             \
	}
#define SIDE_WORDS                                                             \
	{                                                                      \
		"absent", "apart", "adjacent"                                  \
	}
#define WHO_WORDS                                                              \
	{                                                                      \
		"prev", "asked", "next"                                        \
	}
#define NO_YES                                                                 \
	{                                                                      \
		"no", "yes"                                                    \
	}

const struct dim dims[NR_DIMS] = {
	[DIM_RANGE] = { "range",
			PLACE_WORD,
			{ "all", "head", "tail", "inner" },
			EXISTING | GATHERS },
	[DIM_BACKED] = { "backed",
			 PLACE_WORD,
			 { "anon", "file", "private" },
			 ALL_FAMILIES & ~RELOCATE,
			 may_be_file,
			 "just_expand=no: brk() maps anonymous memory" },
	[DIM_CHANGE] = { "change",
			 PLACE_WORD,
			 { "flags", "policy", "uffd", "name" },
			 EXISTING },
	[DIM_PREV] = { "prev", PLACE_WORD, SIDE_WORDS, SIDES | RELOCATE },
	[DIM_PREV_DIFFERS] = { "prev_differs", PLACE_SET, DIFFERS_WORDS, SIDES,
			       prev_adjacent, "prev=adjacent" },
	[DIM_PREV_ANON] = { "prev_anon", PLACE_WORD, ANON_WORDS, SIDES,
			    prev_adjacent, "prev=adjacent" },
	[DIM_PREV_MOVED] = { "prev_moved", PLACE_WORD, NO_YES, MERGES,
			     prev_may_move,
			     "prev=adjacent and backed=private" },
	[DIM_PREV_CLOSE] = { "prev_close", PLACE_WORD, NO_YES, MERGES,
			     prev_adjacent, "prev=adjacent" },
	[DIM_MIDDLE_ANON] = { "middle_anon", PLACE_WORD, ANON_WORDS,
			      ALL_FAMILIES & ~REPLACE, anon_known,
			      "just_expand=no" },
	[DIM_MIDDLE_CLOSE] = { "middle_close", PLACE_WORD, NO_YES, EXISTING },
	[DIM_NEXT] = { "next", PLACE_WORD, SIDE_WORDS, SIDES },
	[DIM_NEXT_DIFFERS] = { "next_differs", PLACE_SET, DIFFERS_WORDS, SIDES,
			       next_adjacent, "next=adjacent" },
	[DIM_NEXT_ANON] = { "next_anon", PLACE_WORD, ANON_WORDS, SIDES,
			    next_adjacent, "next=adjacent" },
	[DIM_NEXT_MOVED] = { "next_moved", PLACE_WORD, NO_YES, MERGES,
			     next_may_move,
			     "next=adjacent and backed=private" },
	[DIM_NEXT_CLOSE] = { "next_close", PLACE_WORD, NO_YES, SIDES,
			     next_adjacent, "next=adjacent" },
	[DIM_SPECIAL] = { "special", PLACE_WORD, NO_YES, MERGES },
	[DIM_DIRTY] = { "dirty", PLACE_SET, WHO_WORDS, MERGES, NULL,
			"that side to be adjacent" },
	[DIM_GUARD] = { "guard", PLACE_SET, WHO_WORDS, MERGES, NULL,
			"that side to be adjacent" },
	[DIM_COPIED] = { "copied",
			 PLACE_WORD,
			 { "no", "yes", "far", "prev", "next" },
			 NEW,
			 not_brk,
			 "just_expand=no" },
	[DIM_KEEPS] = { "keeps", PLACE_WORD, NO_YES, NEW, has_source,
			"copied=far, copied=prev or copied=next" },
	[DIM_UFFD_LOST] = { "uffd_lost", PLACE_WORD, NO_YES, NEW, has_source,
			    "copied=far, copied=prev or copied=next" },
	[DIM_JUST_EXPAND] = { "just_expand", PLACE_WORD, NO_YES, NEW,
			      may_be_brk, "copied=no and backed=anon" },
	[DIM_NEW] = { "new", PLACE_WORD, { "below", "above" }, SPLIT },
	[DIM_ADDR] = { "addr",
		       PLACE_WORD,
		       { "first", "middle", "last" },
		       SPLIT },
	[DIM_POLICY] = { "policy", PLACE_WORD, NO_YES, SPLIT },
	[DIM_VMAS] = { "vmas", PLACE_WORD, { "1", "2", "3" }, GATHERS },
	[DIM_HOLES] = { "holes", PLACE_WORD, NO_YES, GATHERS, several_vmas,
			"vmas=2 or vmas=3" },
	[DIM_MAY_SPLIT] = { "may_split",
			    PLACE_WORD,
			    { "yes", "first-refuses", "last-refuses" },
			    EXISTING | SPLIT | GATHERS,
			    some_split,
			    "range=head, range=tail or range=inner" },
	[DIM_WAY] = { "way", PLACE_WORD, { "free", "blocked" }, RELOCATE },
	[DIM_OVERLAP] = { "overlap", PLACE_WORD, NO_YES, RELOCATE },
	[DIM_ROOM] = { "room",
		       PLACE_WORD,
		       { "enough", "one", "none" },
		       EXISTING | SPLIT | GATHERS,
		       some_split,
		       "range=head, range=tail or range=inner" },
	[DIM_GIVES_UP] = { "gives_up", PLACE_WORD, NO_YES, EXISTING,
			   may_give_up, "range=all and fail=1 or more" },
	[DIM_FAIL] = { "fail", PLACE_NUMBER, { NULL }, ALL_FAMILIES },
};

const char *space_dim_name(enum space_dim dim)
{
	return dims[dim].name;
}

/* For people. What is A or B is said where it is drawn. */
const char *const space_dim_whats[NR_DIMS] = {
	[DIM_RANGE] =
		"where the range lies in the VMA, or in the first and the last of them",
	[DIM_BACKED] =
		"what backs the VMAs, and with it whether the offset is one into a file",
	[DIM_CHANGE] = "which attribute the range is to have otherwise",
	[DIM_PREV] = "the VMA below the range",
	[DIM_PREV_DIFFERS] =
		"in what prev differs from what is asked for: the policy, the flags and so on, in the order in which the kernel asks",
	[DIM_PREV_ANON] =
		"prev's anon_vma, and whether its chain has more than one entry, as after fork()",
	[DIM_PREV_MOVED] =
		"prev maps a private file, and its anonymous offset does not continue that of the range",
	[DIM_PREV_CLOSE] = "prev has a close hook",
	[DIM_MIDDLE_ANON] =
		"the anon_vma of the VMA that changes, is split, unmapped, moved or copied",
	[DIM_MIDDLE_CLOSE] = "the VMA that changes has a close hook",
	[DIM_NEXT] = "the VMA above the range",
	[DIM_NEXT_DIFFERS] = "in what next differs from what is asked for",
	[DIM_NEXT_ANON] = "next's anon_vma",
	[DIM_NEXT_MOVED] = "the same of next",
	[DIM_NEXT_CLOSE] = "next has a close hook",
	[DIM_SPECIAL] = "a special flag is asked for",
	[DIM_DIRTY] = "who has VM_SOFTDIRTY",
	[DIM_GUARD] = "who has VM_MAYBE_GUARD",
	[DIM_COPIED] =
		"the range is a copy that mremap() makes: only the attempt to merge it; or all of copy_vma(), of a VMA that is far away, of prev, of next",
	[DIM_KEEPS] = "what is copied stays, as with MREMAP_DONTUNMAP",
	[DIM_UFFD_LOST] =
		"what is copied has a userfaultfd that did not ask for UFFD_FEATURE_EVENT_REMAP",
	[DIM_JUST_EXPAND] = "brk() asks, for prev alone",
	[DIM_NEW] = "which part of a split is the new VMA",
	[DIM_ADDR] = "the page at which the VMA is split",
	[DIM_POLICY] = "the VMA that is split has a policy, to be duplicated",
	[DIM_VMAS] = "how many VMAs the range touches",
	[DIM_HOLES] = "there are holes between these",
	[DIM_MAY_SPLIT] = "what the may_split hooks say",
	[DIM_WAY] = "what lies where the stack is to be",
	[DIM_OVERLAP] = "the stack's new place overlaps its old one",
	[DIM_ROOM] = "how many VMAs more vm.max_map_count allows",
	[DIM_GIVES_UP] = "the caller would rather have no merge than an error",
	[DIM_FAIL] =
		"which of the allocations fails: each that there is, in turn",
};

bool space_dim_is_of(enum space_dim dim, enum space_family family)
{
	return dims[dim].families & 1U << family;
}

bool space_dim_is_set(enum space_dim dim)
{
	return dims[dim].kind == PLACE_SET;
}

const char *space_dim_word(enum space_dim dim, unsigned int i)
{
	return i < MAX_WORDS ? dims[dim].words[i] : NULL;
}

unsigned int nr_words(const struct dim *d)
{
	unsigned int nr = 0;

	while (nr < MAX_WORDS && d->words[nr])
		nr++;
	return nr;
}

/* All places that there are. */
static uint64_t places(const struct dim *d)
{
	unsigned int nr = nr_words(d);

	if (d->kind == PLACE_NUMBER)
		return ~0ULL;
	if (d->kind == PLACE_SET)
		nr = 1U << nr;
	return nr > MAX_PLACE ? ~0ULL : (1ULL << nr) - 1;
}

/* ---- what can be built -------------------------------------------------- */

/* Sets of WHO_* without those whose VMA is not there. */
static uint64_t who_can(const struct config *c)
{
	unsigned int not = (prev_adjacent(c) ? 0 : WHO_PREV) |
			   (next_adjacent(c) ? 0 : WHO_NEXT);
	uint64_t can = 0;

	for (unsigned int set = 0; set < 8; set++)
		if (!(set & not ))
			can |= 1ULL << set;
	return can;
}

/* Both sides are parts of one VMA, if only one is replaced. */
static bool sides_alike(const struct config *c)
{
	return c->at[DIM_PREV_DIFFERS] == c->at[DIM_NEXT_DIFFERS] &&
	       c->at[DIM_PREV_ANON] == c->at[DIM_NEXT_ANON];
}

/*
 * Whether a dimension of what is mapped over has all of its places. What sticks
 * out of the range is adjacent, once it is split off.
 */
static bool replace_can(const struct config *c, enum space_dim dim)
{
	if (dim == DIM_PREV)
		return reaches_prev(c);
	if (dim == DIM_NEXT)
		return reaches_next(c);
	return dim != DIM_VMAS || c->at[DIM_RANGE] != RANGE_INNER ||
	       sides_alike(c);
}

/* What is copied is as the copy is to be. */
static bool as_asked(const struct config *c, const struct side_dims *side)
{
	unsigned int marks = c->at[DIM_DIRTY] ^ c->at[DIM_GUARD];

	return c->at[side->there] == ADJACENT && !c->at[side->differs] &&
	       !c->at[side->moved] && !c->at[side->close] &&
	       c->at[side->anon] == c->at[DIM_MIDDLE_ANON] &&
	       !(marks & side->who) == !(marks & WHO_ASKED);
}

static uint64_t who_is_copied(const struct config *c)
{
	return 1U << COPY_NONE | 1U << COPY_ELSEWHERE | 1U << COPY_FAR |
	       (uint64_t)as_asked(c, &prev_side) << COPY_PREV |
	       (uint64_t)as_asked(c, &next_side) << COPY_NEXT;
}

uint64_t dim_can(const struct config *c, enum space_dim dim)
{
	const struct dim *d = &dims[dim];

	if (!(d->families & 1U << c->family) || (d->means && !d->means(c)))
		return 1;
	if (dim == DIM_DIRTY || dim == DIM_GUARD)
		return who_can(c);
	if (c->family == SPACE_REPLACE && !replace_can(c, dim))
		return dim == DIM_VMAS ? places(d) & ~1ULL : 1U << ADJACENT;
	if (dim == DIM_COPIED)
		return who_is_copied(c);
	/* To munmap() a file is a file. */
	if (dim == DIM_BACKED && GATHERS & 1U << c->family)
		return 1U << ANON_MEMORY | 1U << FILE_MEMORY;
	/* What is adjacent below a stack is in its way. */
	if (dim == DIM_PREV && c->family == SPACE_RELOCATE)
		return 1U << ABSENT | 1U << APART;
	if (dim == DIM_MAY_SPLIT && !several_vmas(c))
		return 1U << MAY_SPLIT_YES | 1U << FIRST_REFUSES;
	return places(d);
}
