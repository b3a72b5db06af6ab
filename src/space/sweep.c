// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking the space: one dimension after the other, each over the places that
 * mean something given those before. What a sweep leaves out is in one table.
 */
#include <string.h>

#include "space/internal.h"

/*
 * Shards take turns at the parts into which the walk falls here: early enough
 * that a part is left out at once, and late enough that there are many.
 */
#define DIM_OF_PARTS DIM_NEXT

const struct sweep sweeps[NR_SWEEPS] = {
	{
		.name = "standard",
		.what = "every configuration, but one differing attribute a side and only the VMAs that are asked",
	},
	{
		.name = "every difference",
		.what = "an adjacent VMA differs in any set of attributes",
		.every_difference = true,
	},
	{
		.name = "every change and bystander",
		.what = "any attribute changes, or VMAs and hooks that are not asked are there",
		.every_change = true,
		.bystanders = true,
	},
};

/* ---- what a sweep leaves out -------------------------------------------- */

#define ALL_PLACES (~0ULL)
#define ONLY_FIRST 1ULL
#define UNFAULTED_OR_A (1U << ANON_NONE | 1U << ANON_A | 1U << ANON_A_FORKED)

/* Not with each change, too: one thing that is not looked at is enough. */
static bool with_bystanders(const struct sweep *sweep, const struct config *c)
{
	return sweep->bystanders && c->at[DIM_CHANGE] == FLAGS_CHANGE;
}

/* Without a name for it yet, the first anon_vma is A: B would be the same. */
static uint64_t middle_anon(const struct sweep *sweep, const struct config *c)
{
	/* execve() has written the arguments to the stack that it moves. */
	if (c->family == SPACE_RELOCATE)
		return UNFAULTED_OR_A & ~(1U << ANON_NONE);
	return with_bystanders(sweep, c) ? ALL_PLACES : UNFAULTED_OR_A;
}

/*
 * Anonymous memory that was never faulted lies where its offset says: 7.3 warns
 * of what does not, once that is split.
 */
static uint64_t no_stray(const struct config *c, unsigned int differs)
{
	bool stray = c->family == SPACE_REPLACE &&
		     c->at[DIM_BACKED] == ANON_MEMORY &&
		     differs & DIFFERS_PGOFF;

	return stray ? ~(1ULL << ANON_NONE) : ALL_PLACES;
}

static uint64_t prev_anon(const struct sweep *sweep, const struct config *c)
{
	bool named = c->at[DIM_MIDDLE_ANON];
	uint64_t can = no_stray(c, c->at[DIM_PREV_DIFFERS]);

	return with_bystanders(sweep, c) || named ? can : can & UNFAULTED_OR_A;
}

static uint64_t next_anon(const struct sweep *sweep, const struct config *c)
{
	bool named = c->at[DIM_MIDDLE_ANON] || c->at[DIM_PREV_ANON];
	uint64_t can = no_stray(c, c->at[DIM_NEXT_DIFFERS]);

	return with_bystanders(sweep, c) || named ? can : can & UNFAULTED_OR_A;
}

static uint64_t change(const struct sweep *sweep, const struct config *c)
{
	return sweep->every_change ? ALL_PLACES : ONLY_FIRST;
}

static uint64_t prev(const struct sweep *sweep, const struct config *c)
{
	if (c->at[DIM_WAY] == WAY_BLOCKED)
		return ONLY_FIRST;
	if (c->family == SPACE_REPLACE)
		return ALL_PLACES;
	return with_bystanders(sweep, c) || reaches_prev(c) ? ALL_PLACES
							    : ONLY_FIRST;
}

static uint64_t next(const struct sweep *sweep, const struct config *c)
{
	if (c->family == SPACE_REPLACE)
		return ALL_PLACES;
	return with_bystanders(sweep, c) || reaches_next(c) ? ALL_PLACES
							    : ONLY_FIRST;
}

static uint64_t differs(const struct sweep *sweep, const struct config *c)
{
	uint64_t one_or_none = 1;

	/* What is mapped over is merged by the function that "new" is about. */
	if (sweep->every_difference && c->family != SPACE_REPLACE)
		return ALL_PLACES;
	for (unsigned int set = 1; set < NR_DIFFERENCE_SETS; set <<= 1)
		one_or_none |= 1ULL << set;
	return one_or_none;
}

/* That the anonymous offset is apart is one more attribute that differs. */
static uint64_t prev_moved(const struct sweep *sweep, const struct config *c)
{
	return sweep->every_difference || !c->at[DIM_PREV_DIFFERS] ? ALL_PLACES
								   : ONLY_FIRST;
}

static uint64_t next_moved(const struct sweep *sweep, const struct config *c)
{
	return sweep->every_difference || !c->at[DIM_NEXT_DIFFERS] ? ALL_PLACES
								   : ONLY_FIRST;
}

static uint64_t prev_close(const struct sweep *sweep, const struct config *c)
{
	return with_bystanders(sweep, c) ? ALL_PLACES : ONLY_FIRST;
}

/* Next only goes if it merges. */
static uint64_t next_close(const struct sweep *sweep, const struct config *c)
{
	return with_bystanders(sweep, c) || !c->at[DIM_NEXT_DIFFERS]
		       ? ALL_PLACES
		       : ONLY_FIRST;
}

/* Nothing is there that could refuse a merge, or be the reason for one. */
static bool plain(const struct config *c)
{
	static const enum space_dim not [] = {
		DIM_PREV_DIFFERS, DIM_PREV_ANON,    DIM_PREV_CLOSE,
		DIM_MIDDLE_ANON,  DIM_MIDDLE_CLOSE, DIM_NEXT_DIFFERS,
		DIM_NEXT_ANON,	  DIM_NEXT_CLOSE,   DIM_SPECIAL,
		DIM_PREV_MOVED,	  DIM_NEXT_MOVED,
	};

	for (size_t i = 0; i < ARRAY_SIZE(not ); i++)
		if (c->at[not [i]])
			return false;
	return true;
}

static uint64_t dirty(const struct sweep *sweep, const struct config *c)
{
	return plain(c) ? ALL_PLACES : ONLY_FIRST;
}

static uint64_t guard(const struct sweep *sweep, const struct config *c)
{
	return plain(c) && !c->at[DIM_DIRTY] ? ALL_PLACES : ONLY_FIRST;
}

/* Which rule refuses is the same for all that copies. */
static bool differs_nowhere(const struct config *c)
{
	return !c->at[DIM_PREV_DIFFERS] && !c->at[DIM_NEXT_DIFFERS] &&
	       !c->at[DIM_SPECIAL];
}

static uint64_t copied(const struct sweep *sweep, const struct config *c)
{
	return differs_nowhere(c) ? ALL_PLACES
				  : 1U << COPY_NONE | 1U << COPY_ELSEWHERE;
}

static uint64_t uffd_lost(const struct sweep *sweep, const struct config *c)
{
	return differs_nowhere(c) ? ALL_PLACES : ONLY_FIRST;
}

/* How splits end, not with each of the marks and bystanders. */
static uint64_t splits(const struct sweep *sweep, const struct config *c)
{
	if (c->family == SPACE_REPLACE)
		return plain(c) ? ALL_PLACES : ONLY_FIRST;
	if (c->family != SPACE_EXISTING)
		return ALL_PLACES;
	return c->at[DIM_DIRTY] || c->at[DIM_GUARD] || with_bystanders(sweep, c)
		       ? ONLY_FIRST
		       : ALL_PLACES;
}

#define ONE_OR_TWO (1U << VMAS_ONE | 1U << VMAS_TWO)

/* Of what is mapped over: how many go has no say in what merges. */
static uint64_t vmas(const struct sweep *sweep, const struct config *c)
{
	if (c->family != SPACE_REPLACE || plain(c))
		return ALL_PLACES;
	/* One VMA cannot have two ends that differ. */
	return c->at[DIM_RANGE] == RANGE_INNER ? ONE_OR_TWO : ONLY_FIRST;
}

static uint64_t holes(const struct sweep *sweep, const struct config *c)
{
	return c->family != SPACE_REPLACE || plain(c) ? ALL_PLACES : ONLY_FIRST;
}

typedef uint64_t places_fn(const struct sweep *sweep, const struct config *c);

/* The order of walking: what others depend on comes before them. */
static const struct {
	enum space_dim dim;
	places_fn *places;    /* NULL for all that can be */
	const char *left_out; /* of the standard sweep: what that takes */
} order[] = {
	{ DIM_RANGE, NULL },
	{ DIM_BACKED, NULL },
	{ DIM_CHANGE, change, "flags only" },
	{ DIM_SPECIAL, NULL },
	{ DIM_JUST_EXPAND, NULL },
	{ DIM_WAY, NULL },
	{ DIM_OVERLAP, NULL },
	{ DIM_MIDDLE_ANON, middle_anon,
	  "not B: the first that there is, is A; of a stack not none, for execve() has written to it" },
	{ DIM_MIDDLE_CLOSE, NULL },
	{ DIM_PREV, prev,
	  "absent where the range does not reach prev, and where the way is blocked" },
	{ DIM_PREV_DIFFERS, differs, "nothing or one attribute" },
	{ DIM_PREV_MOVED, prev_moved, "no where prev differs" },
	{ DIM_PREV_ANON, prev_anon,
	  "not B if middle has none: the first that there is, is A" },
	{ DIM_PREV_CLOSE, prev_close, "no: prev is never removed" },
	{ DIM_NEXT, next, "absent where the range does not reach next" },
	{ DIM_NEXT_DIFFERS, differs, "nothing or one attribute" },
	{ DIM_NEXT_MOVED, next_moved, "no where next differs" },
	{ DIM_NEXT_ANON, next_anon,
	  "not B if neither middle nor prev has one: the first that there is, is A" },
	{ DIM_NEXT_CLOSE, next_close,
	  "no where next differs: it is only removed if it merges" },
	{ DIM_DIRTY, dirty, "nobody, unless all else would merge" },
	{ DIM_GUARD, guard,
	  "nobody, unless all else would merge and nobody is soft-dirty" },
	{ DIM_COPIED, copied,
	  "no or yes where a side differs or a special flag is asked for" },
	{ DIM_KEEPS, NULL },
	{ DIM_UFFD_LOST, uffd_lost,
	  "no where a side differs or a special flag is asked for" },
	{ DIM_NEW, NULL },
	{ DIM_ADDR, NULL },
	{ DIM_POLICY, NULL },
	{ DIM_VMAS, vmas, "replace: one, or two, unless all would merge" },
	{ DIM_HOLES, holes, "replace: none, unless all would merge" },
	{ DIM_MAY_SPLIT, splits,
	  "existing: all splits are allowed where a mark is set; replace: unless all would merge" },
	{ DIM_ROOM, splits,
	  "existing: enough where a mark is set; replace: unless all would merge" },
};

const char *space_dim_left_out(enum space_dim dim)
{
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (order[i].dim == dim)
			return order[i].left_out;
	return NULL;
}

bool sweep_without(struct sweep *sweep, const char *text)
{
	size_t len = strcspn(text, "=");
	const char *name, *word;

	for (enum space_dim dim = 0; dim < NR_DIMS; dim++) {
		name = space_dim_name(dim);
		if (strlen(name) != len || strncmp(name, text, len))
			continue;
		if (!text[len])
			sweep->without[dim] = ~1ULL;
		for (unsigned int i = 0;
		     text[len] && (word = space_dim_word(dim, i)); i++) {
			if (strcmp(word, text + len + 1))
				continue;
			sweep->without[dim] |= 1ULL << i;
			return true;
		}
		return !text[len];
	}
	return false;
}

/* ---- the walk ----------------------------------------------------------- */

struct walk {
	const struct sweep *sweep;
	const struct rules *rules;
	unsigned int shard;
	unsigned int nr_shards;
	visit_fn *visit;
	void *ctx;
	struct mm *mm;
	struct config c;
	struct fixture fixture;
	uint64_t part;
	uint64_t index; /* the part, and which of it */
};

static bool visit(struct walk *w, const struct outcome **out)
{
	fixture_of(&w->fixture, &w->c);
	*out = fixture_run(w->mm, w->rules, &w->fixture);
	return w->visit(&(struct visit){ .c = &w->c,
					 .fixture = &w->fixture,
					 .mm = w->mm,
					 .out = *out,
					 .index = w->index },
			w->ctx);
}

/* Once with each allocation failing; for that a merge may be given up or not. */
static bool visit_failing(struct walk *w, unsigned int nr_allocs)
{
	const struct outcome *out;
	bool go_on = true;

	for (unsigned int fail = 1; go_on && fail <= nr_allocs; fail++) {
		w->c.at[DIM_FAIL] = (uint8_t)fail;
		go_on = visit(w, &out);
		if (!go_on || !(dim_can(&w->c, DIM_GIVES_UP) & 2))
			continue;
		w->c.at[DIM_GIVES_UP] = 1;
		go_on = visit(w, &out);
		w->c.at[DIM_GIVES_UP] = 0;
	}
	w->c.at[DIM_FAIL] = 0;
	return go_on;
}

static bool arrive(struct walk *w)
{
	const struct outcome *out;
	bool go_on = visit(w, &out) && visit_failing(w, out->nr_allocs);

	w->index++;
	return go_on;
}

/* Whether the part that begins here is the shard's. */
static bool begin_part(struct walk *w)
{
	w->index = w->part << 32;
	return w->part++ % w->nr_shards == w->shard;
}

static bool walk(struct walk *w, size_t i)
{
	enum space_dim dim;
	uint64_t left;
	bool go_on = true;

	if (i == ARRAY_SIZE(order))
		return arrive(w);
	dim = order[i].dim;
	if (dim == DIM_OF_PARTS && !begin_part(w))
		return true;
	left = dim_can(&w->c, dim);
	if (order[i].places)
		left &= order[i].places(w->sweep, &w->c);
	left &= ~w->sweep->without[dim];
	for (; go_on && left; left &= left - 1) {
		w->c.at[dim] = (uint8_t)__builtin_ctzll(left);
		go_on = walk(w, i + 1);
	}
	w->c.at[dim] = 0;
	return go_on;
}

bool space_walk(const struct sweep *sweep, const struct rules *rules,
		unsigned int shard, unsigned int nr_shards, visit_fn *visit_one,
		void *ctx)
{
	struct walk w = {
		.sweep = sweep,
		.rules = rules,
		.shard = shard,
		.nr_shards = nr_shards,
		.visit = visit_one,
		.ctx = ctx,
		.mm = mm_new(rules),
	};
	bool go_on = true;

	for (unsigned int f = 0; go_on && f < NR_SPACES; f++) {
		w.c = (struct config){ .family = f };
		go_on = walk(&w, 0);
	}
	mm_free(w.mm);
	return go_on;
}

/* ---- what stands for the rest ------------------------------------------- */

static void forget(struct config *c, enum space_dim first, enum space_dim last)
{
	for (unsigned int i = first; i <= (unsigned int)last; i++)
		c->at[i] = 0;
}

static void forget_bystanders(struct config *c)
{
	bool merges = c->family == SPACE_EXISTING || c->family == SPACE_NEW;

	if (c->at[DIM_WAY] == WAY_BLOCKED || (merges && !reaches_prev(c)))
		forget(c, DIM_PREV, DIM_PREV_CLOSE);
	if (merges && !reaches_next(c))
		forget(c, DIM_NEXT, DIM_NEXT_CLOSE);
	c->at[DIM_PREV_CLOSE] = 0;
	if (c->at[DIM_NEXT_DIFFERS])
		c->at[DIM_NEXT_CLOSE] = 0;
}

/* The kernel stops at the first attribute that differs: the lowest bit. */
static uint8_t first_of(uint8_t set)
{
	return set & (uint8_t)-set;
}

/* The first anon_vma is A. */
static void rename_anons(struct config *c)
{
	static const enum space_dim anons[] = { DIM_MIDDLE_ANON, DIM_PREV_ANON,
						DIM_NEXT_ANON };
	static const uint8_t other[NR_ANONS] = {
		[ANON_NONE] = ANON_NONE,	 [ANON_A] = ANON_B,
		[ANON_A_FORKED] = ANON_B_FORKED, [ANON_B] = ANON_A,
		[ANON_B_FORKED] = ANON_A_FORKED,
	};
	uint8_t first = 0;

	for (size_t i = 0; !first && i < ARRAY_SIZE(anons); i++)
		first = c->at[anons[i]];
	if (first < ANON_B)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(anons); i++)
		c->at[anons[i]] = other[c->at[anons[i]]];
}

static void narrow_marks(struct config *c)
{
	unsigned int who = WHO_ASKED;

	if (c->at[DIM_PREV] == ADJACENT)
		who |= WHO_PREV;
	if (c->at[DIM_NEXT] == ADJACENT)
		who |= WHO_NEXT;
	c->at[DIM_DIRTY] &= (uint8_t)who;
	c->at[DIM_GUARD] &= (uint8_t)who;
}

void config_narrow(struct config *c)
{
	c->at[DIM_CHANGE] = FLAGS_CHANGE;
	forget_bystanders(c);
	c->at[DIM_PREV_DIFFERS] = first_of(c->at[DIM_PREV_DIFFERS]);
	c->at[DIM_NEXT_DIFFERS] = first_of(c->at[DIM_NEXT_DIFFERS]);
	/* What is asked last does not matter where something refused before. */
	if (c->at[DIM_PREV_DIFFERS])
		c->at[DIM_PREV_MOVED] = 0;
	if (c->at[DIM_NEXT_DIFFERS])
		c->at[DIM_NEXT_MOVED] = 0;
	rename_anons(c);
	narrow_marks(c);
}
