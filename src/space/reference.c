// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may merge and what may not, worked out a second time: from coordinates,
 * by tables, and by what each kernel version was said to do. Nothing is shared
 * with the simulator, so that the same mistake would have to be made twice.
 */
#include <string.h>

#include "space/internal.h"

/* ---- since when ---------------------------------------------------------- */

enum novelty {
	TAKES_OVER,  /* who has no anon_vma takes one that was not inherited */
	COPY_COUNTS, /* and so of what mremap() copies */
	STICKY_GUARD,
	KEPT_APART, /* MREMAP_DONTUNMAP */
	UFFD_LOSES,
	ANON_OFFSETS,
};

/* Mainline, and stable series that took it over: "MAJOR.MINOR.PATCH". */
static const struct {
	unsigned int mainline;
	unsigned int stable[2];
} since[] = {
#define RELEASE(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
	[TAKES_OVER] = { RELEASE(6, 16, 0) },
	[COPY_COUNTS] = { RELEASE(6, 19, 0), { RELEASE(6, 18, 8) } },
	[STICKY_GUARD] = { RELEASE(6, 19, 0), { RELEASE(6, 18, 37) } },
	[KEPT_APART] = { RELEASE(7, 2, 0), { RELEASE(6, 12, 114) } },
	[UFFD_LOSES] = { RELEASE(7, 3, 0), { RELEASE(6, 12, 118) } },
	[ANON_OFFSETS] = { RELEASE(7, 3, 0) },
};

static bool has(unsigned int release, enum novelty what)
{
	if (release >= since[what].mainline)
		return true;
	for (int i = 0; i < 2; i++) {
		unsigned int stable = since[what].stable[i];

		if (stable && release >= stable &&
		    release / 1000 == stable / 1000)
			return true;
	}
	return false;
}

/* ---- anon_vmas ---------------------------------------------------------- */

/* Rows are what is asked for, columns a side: none, A, A forked, B, B forked. */
typedef const char *const anon_table[NR_ANONS];

/* A side that has none is refused by whatever has one. */
static anon_table to_6_15 = {
	[ANON_NONE] = "yynyn",	   [ANON_A] = "nyynn",
	[ANON_A_FORKED] = "nyynn", [ANON_B] = "nnnyy",
	[ANON_B_FORKED] = "nnnyy",
};

/* It takes over one that was not inherited. */
static anon_table since_6_16 = {
	[ANON_NONE] = "yynyn",	   [ANON_A] = "yyynn",
	[ANON_A_FORKED] = "nyynn", [ANON_B] = "ynnyy",
	[ANON_B_FORKED] = "nnnyy",
};

/*
 * What mremap() makes longer, and up to 6.18.7 what it copies: nobody asks how that
 * came by its own.
 */
static anon_table of_mremap = {
	[ANON_NONE] = "yynyn",	   [ANON_A] = "yyynn",
	[ANON_A_FORKED] = "yyynn", [ANON_B] = "ynnyy",
	[ANON_B_FORKED] = "ynnyy",
};

static bool anon_merges(const struct config *c, unsigned int release,
			unsigned int side)
{
	unsigned int asked = c->at[DIM_MIDDLE_ANON];

	if (!has(release, TAKES_OVER))
		return to_6_15[asked][side] == 'y';
	if (c->family == SPACE_NEW &&
	    (!has(release, COPY_COUNTS) || !c->at[DIM_COPIED]))
		return of_mremap[asked][side] == 'y';
	return since_6_16[asked][side] == 'y';
}

/* Forked or not, A is A: what one has and the other has not never matters. */
static bool sides_agree(const struct config *c)
{
	static anon_table agree = {
		[ANON_NONE] = "yyyyy",	   [ANON_A] = "yyynn",
		[ANON_A_FORKED] = "yyynn", [ANON_B] = "ynnyy",
		[ANON_B_FORKED] = "ynnyy",
	};

	return agree[c->at[DIM_PREV_ANON]][c->at[DIM_NEXT_ANON]] == 'y';
}

/* ---- a side ------------------------------------------------------------- */

/* Not what the layouts are made by: that could be wrong in both. */
struct axis_side {
	enum space_dim there;
	enum space_dim differs;
	enum space_dim anon;
	enum space_dim moved;
	unsigned int who;
	unsigned int copied;
};

static const struct axis_side below = { DIM_PREV,      DIM_PREV_DIFFERS,
					DIM_PREV_ANON, DIM_PREV_MOVED,
					WHO_PREV,      COPY_PREV };
static const struct axis_side above = { DIM_NEXT,      DIM_NEXT_DIFFERS,
					DIM_NEXT_ANON, DIM_NEXT_MOVED,
					WHO_NEXT,      COPY_NEXT };

/* VM_SOFTDIRTY never counted; VM_MAYBE_GUARD is ignored since it is sticky. */
static bool marks_agree(const struct config *c, unsigned int release,
			unsigned int who)
{
	unsigned int guard = c->at[DIM_GUARD];

	return has(release, STICKY_GUARD) ||
	       !(guard & who) == !(guard & WHO_ASKED);
}

/*
 * The copy of a neighbour does not continue it, unless that was never faulted and
 * is anonymous, so that the copy's offset is made to. Nor does the copy of what
 * moved, with an offset that is its neighbour's, continue the other side.
 */
static bool source_lets(const struct config *c, unsigned int release,
			const struct axis_side *side)
{
	bool fresh = c->at[DIM_BACKED] == ANON_MEMORY &&
		     c->at[DIM_MIDDLE_ANON] == ANON_NONE;

	if (c->at[DIM_COPIED] < COPY_PREV)
		return true;
	if (!fresh)
		return false;
	return c->at[DIM_COPIED] != side->copied || !c->at[DIM_KEEPS] ||
	       !has(release, KEPT_APART);
}

static bool side_merges(const struct config *c, unsigned int release,
			const struct axis_side *side)
{
	if (c->at[DIM_UFFD_LOST] && has(release, UFFD_LOSES))
		return false;
	if (c->at[side->moved] && has(release, ANON_OFFSETS))
		return false;
	return c->at[side->there] == ADJACENT && !c->at[side->differs] &&
	       source_lets(c, release, side) &&
	       marks_agree(c, release, side->who) &&
	       anon_merges(c, release, c->at[side->anon]);
}

/* ---- the axes ----------------------------------------------------------- */

static void set(struct axes *f, enum cat_axis axis, unsigned int value)
{
	f->has |= 1U << axis;
	f->at[axis] = (uint8_t)value;
}

static void set_sides(struct axes *f, const struct config *c,
		      unsigned int release)
{
	set(f, AXIS_PREV,
	    !(reaches_prev(c) && side_merges(c, release, &below)));
	set(f, AXIS_NEXT,
	    !(reaches_next(c) && side_merges(c, release, &above)));
	set(f, AXIS_SIDES, !sides_agree(c));
	set(f, AXIS_NEXT_GOES, c->at[DIM_NEXT_CLOSE]);
	set(f, AXIS_SPECIAL, c->at[DIM_SPECIAL]);
}

static void existing_axes(struct axes *f, const struct config *c,
			  unsigned int release)
{
	set_sides(f, c, release);
	set(f, AXIS_RANGE, c->at[DIM_RANGE]);
	set(f, AXIS_MIDDLE, c->at[DIM_MIDDLE_CLOSE]);
	set(f, AXIS_MAY_SPLIT, c->at[DIM_MAY_SPLIT] != MAY_SPLIT_YES);
	set(f, AXIS_ROOM, c->at[DIM_ROOM]);
	set(f, AXIS_GIVES_UP, c->at[DIM_GIVES_UP]);
}

static void new_axes(struct axes *f, const struct config *c,
		     unsigned int release)
{
	set_sides(f, c, release);
	set(f, AXIS_JUST_EXPAND, c->at[DIM_JUST_EXPAND]);
}

static void split_axes(struct axes *f, const struct config *c,
		       unsigned int release)
{
	set(f, AXIS_NEW, c->at[DIM_NEW]);
	set(f, AXIS_MAY_SPLIT, c->at[DIM_MAY_SPLIT] != MAY_SPLIT_YES);
	set(f, AXIS_ROOM, c->at[DIM_ROOM]);
}

/* A VMA that the range covers is not split: nobody asks whether it may be. */
static bool unmap_may_split(const struct config *c)
{
	unsigned int range = c->at[DIM_RANGE];
	bool first = range == RANGE_TAIL || range == RANGE_INNER;
	bool last = range == RANGE_HEAD || range == RANGE_INNER;

	if (c->at[DIM_VMAS] == VMAS_ONE)
		first = last = first || last;
	return !(first && c->at[DIM_MAY_SPLIT] == FIRST_REFUSES) &&
	       !(last && c->at[DIM_MAY_SPLIT] == LAST_REFUSES);
}

static void unmap_axes(struct axes *f, const struct config *c,
		       unsigned int release)
{
	set(f, AXIS_RANGE, c->at[DIM_RANGE]);
	set(f, AXIS_VMAS, c->at[DIM_VMAS] != VMAS_ONE);
	set(f, AXIS_MAY_SPLIT, !unmap_may_split(c));
	set(f, AXIS_ROOM, c->at[DIM_ROOM]);
}

/* Allocations for a split: the VMA, the tree, and what it takes along. */
static unsigned int split_allocs(const struct config *c,
				 const struct axis_side *side)
{
	return 2 + (c->at[side->anon] != ANON_NONE) +
	       !!(c->at[side->differs] & DIFFERS_POLICY);
}

/* What the allocation that fails is for. All that unmaps comes first. */
static unsigned int stage_of(const struct config *c, bool merges)
{
	unsigned int range = c->at[DIM_RANGE], gather = 1 + c->at[DIM_VMAS];

	if (range == RANGE_TAIL || range == RANGE_INNER)
		gather += split_allocs(c, &below);
	if (range == RANGE_HEAD || range == RANGE_INNER)
		gather += split_allocs(c, &above);
	if (c->at[DIM_FAIL] <= gather)
		return STAGE_GATHER;
	return merges ? STAGE_MERGE : STAGE_MAP;
}

static void replace_axes(struct axes *f, const struct config *c,
			 unsigned int release)
{
	bool prev = side_merges(c, release, &below);
	bool next = side_merges(c, release, &above);

	unmap_axes(f, c, release);
	set(f, AXIS_PREV, !prev);
	set(f, AXIS_NEXT, !next);
	set(f, AXIS_SIDES, !sides_agree(c));
	set(f, AXIS_NEXT_GOES, c->at[DIM_NEXT_CLOSE]);
	set(f, AXIS_STAGE, stage_of(c, prev || next));
}

static void relocate_axes(struct axes *f, const struct config *c,
			  unsigned int release)
{
	set(f, AXIS_WAY, c->at[DIM_WAY]);
}

static void (*const families[NR_SPACES])(struct axes *f, const struct config *c,
					 unsigned int release) = {
	[SPACE_EXISTING] = existing_axes, [SPACE_NEW] = new_axes,
	[SPACE_SPLIT] = split_axes,	  [SPACE_UNMAP] = unmap_axes,
	[SPACE_RELOCATE] = relocate_axes, [SPACE_REPLACE] = replace_axes,
};

void axes_of(struct axes *f, const struct config *c, const struct rules *rules)
{
	memset(f, 0, sizeof(*f));
	families[c->family](f, c, rules->number * 1000 + rules->patch);
	set(f, AXIS_MEMORY, c->at[DIM_FAIL] != 0);
}
