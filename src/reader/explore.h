/* SPDX-License-Identifier: GPL-2.0-only */
/* What is explored, and what is observed (explore.c, surroundings.c, follow.c). */
#ifndef VMATLAS_READER_EXPLORE_H
#define VMATLAS_READER_EXPLORE_H

#include "catalog/catalog.h"
#include "reader/variants.h"

/* ---- surroundings (surroundings.c, follow.c) ---------------------------------------- */

/* What lies beside the VMAs of a case. */
enum side {
	SIDE_NONE,     /* nothing to the end of the space */
	SIDE_HOLE,     /* a hole, then a VMA of no concern */
	SIDE_ADJACENT, /* a VMA of no concern right beside */
	NR_SIDES
};

/* "none", "hole", "adjacent". */
extern const char *const side_names[NR_SIDES];

#define MAX_FOLLOW_UP 4

/**
 * struct follow_up - operations that follow the one of the case
 * @ops: in order
 * @nr: how many
 */
struct follow_up {
	struct op ops[MAX_FOLLOW_UP];
	size_t nr;
};

/**
 * explore_follow_ups - what can follow a case's operation
 * @c: the case
 * @rules: the rule set
 * @left: what lies below
 * @right: what lies above
 * @depth: how many operations there are to be in all, 2 to MAX_FOLLOW_UP
 * @nr: where to put how many follow-ups there are
 *
 * The inverse comes first; where that takes two operations, the follow-up is as
 * much longer. Then one follow-up for each way in which the layout that resulted
 * can be merged, split or unmapped, as the simulator tells them apart.
 *
 * Return: An array for free().
 */
struct follow_up *explore_follow_ups(const struct cat_case *c,
				     const struct rules *rules, enum side left,
				     enum side right, size_t depth, size_t *nr);

/* ---- exploring (explore.c) --------------------------------------------- */

#define NO_SKIP SIZE_MAX

struct writer;

/**
 * struct explore_opts - what to explore
 * @reader: the reader, NULL for upstream
 * @left: what lies below the case
 * @right: what lies above
 * @readers: how many read at once, 0 or 1 for one, at most 2
 * @then: operations that follow
 * @loop: what the writer does over and over instead, or NULL. All VMAs have to
 *	be in the end what they were after the first time. What is observed are
 *	ranges then, by VMAs without a name.
 * @nr_loop: how many operations that is
 * @beyond: a VMA lies far above all others. It is met, but its line left out.
 * @no_writer: the operation does not happen
 * @all_steps: leave in the writer's steps that no reader can notice
 * @leaves: a node that is replaced may be another than the cursor's; see
 *	interleave.c. It makes a difference to sequences only.
 * @skip: index of a step of the trace to leave out, or NO_SKIP
 * @max_states: give up after as many, 0 for no limit
 * @count_walks: count walks down the tree, as part of the state
 * @no_paths: nobody asks for exploration_path(), nor for @edges and @state: that
 *	is faster; see chains.c
 * @writer: what writer_new() made of the same case, rules and options, if several
 *	readers are explored; NULL to have it made
 * @progress: called now and then in a long search; returns false to give up
 * @data: for @progress
 */
struct explore_opts {
	const struct reader *reader;
	enum side left;
	enum side right;
	unsigned int readers;
	struct follow_up then;
	const struct op *loop;
	size_t nr_loop;
	bool beyond;
	bool no_writer;
	bool all_steps;
	bool leaves;
	size_t skip;
	size_t max_states;
	bool count_walks;
	bool no_paths;
	struct writer *writer;
	bool (*progress)(void *data, size_t states);
	void *data;
};

#define EXPLORE_OPTS_INIT                                                      \
	{                                                                      \
		.skip = NO_SKIP                                                \
	}

/**
 * struct reported - one line of a read
 * @vma: the VMA, 0 if only its range is known
 * @name: its name in the case
 * @start: first page as reported
 * @end: one past the last
 */
struct reported {
	vma_id vma;
	const char *name;
	unsigned long start;
	unsigned long end;
};

enum view { VIEW_BEFORE, VIEW_AFTER, VIEW_MIXED };

/**
 * struct observation - what one read can come back with
 * @lines: what it reports
 * @nr: how many
 * @gap: a page that is mapped all the time is in no line
 * @gap_start: first such page
 * @gap_end: one past the last of those that follow it directly
 * @overlap: a page is in more than one line
 * @twice: bit per VMA id: it is in more than one line
 * @again: bit per VMA id: a page that it held at first is in more than one line
 * @view: the layout that it equals
 * @length: steps of the shortest interleaving that gives it
 * @state: for exploration_path()
 */
struct observation {
	struct reported *lines;
	size_t nr;
	bool gap;
	unsigned long gap_start;
	unsigned long gap_end;
	bool overlap;
	uint32_t twice;
	uint32_t again;
	enum view view;
	unsigned int length;
	uint32_t state;
};

/* Why a search ended. */
enum explore_end {
	EXPLORED,	     /* every state was visited */
	EXPLORE_LIMIT,	     /* max_states was reached */
	EXPLORE_INTERRUPTED, /* progress() said so */
	EXPLORE_UNUSABLE,    /* see @broken */
};

/**
 * struct exploration - all that can happen in one surrounding
 * @c: the case
 * @opts: what was explored
 * @writer: the writer's steps and the layouts between them
 * @end: whether all of it was
 * @observations: every distinct one, the one with the shortest way first
 * @nr: how many
 * @lines: the lines of all of them
 * @gap: some observation has a gap
 * @overlap: some has an overlap
 * @twice: bit per VMA id, over all observations
 * @again: likewise
 * @before: the layout before is among them
 * @after: the layout after is; in a loop, that after the first operation
 * @mixed: something else is
 * @retry: the reader can find a VMA detached, and begin anew
 * @rewalk: it can come to look for what lies before the VMA that it holds
 * @false_hole: where, in truth, some page is mapped all the time
 * @fallback: it can come to take the mmap lock
 * @states: distinct states
 * @edges: steps between them
 * @bytes: of memory at the end
 * @walks_min: @count_walks: fewest walks down the tree in a whole read
 * @walks_max: and most
 * @stuck: a reader cannot finish: why, or NULL
 * @stuck_state: for exploration_path()
 * @broken: the writer's steps are at fault: how, or NULL
 * @search: for exploration_path()
 */
struct exploration {
	const struct cat_case *c;
	struct explore_opts opts;
	struct writer *writer;
	enum explore_end end;
	struct observation *observations;
	size_t nr;
	struct reported *lines;
	bool gap;
	bool overlap;
	uint32_t twice;
	uint32_t again;
	bool before;
	bool after;
	bool mixed;
	bool retry;
	bool rewalk;
	bool false_hole;
	bool fallback;
	size_t states;
	size_t edges;
	size_t bytes;
	unsigned int walks_min;
	unsigned int walks_max;
	const char *stuck;
	uint32_t stuck_state;
	const char *broken;
	void *search;
};

/**
 * writer_new - what the writer of a case does, and the layouts that it leads to
 * @c: the case
 * @rules: the rule set
 * @opts: what to explore; @reader, @readers, @max_states and so on do not matter
 *
 * Return: For writer_free().
 */
struct writer *writer_new(const struct cat_case *c, const struct rules *rules,
			  const struct explore_opts *opts);

/**
 * writer_free - drop a writer
 * @writer: may be NULL; no exploration may have it
 */
void writer_free(struct writer *writer);

/**
 * explore - try every interleaving
 * @c: the case
 * @rules: the rule set
 * @opts: what to explore
 *
 * Return: An exploration for exploration_free(). Unless its @end is EXPLORED,
 * what it does not show may exist all the same.
 */
struct exploration *explore(const struct cat_case *c, const struct rules *rules,
			    const struct explore_opts *opts);

/**
 * exploration_free - drop an exploration
 * @x: may be NULL
 */
void exploration_free(struct exploration *x);
DEFINE_FREE(exploration, struct exploration, exploration_free)

/**
 * exploration_name - the name of a VMA
 * @x: the exploration
 * @vma: its id
 *
 * Return: The name, which the exploration owns.
 */
const char *exploration_name(const struct exploration *x, vma_id vma);

/**
 * exploration_judge - what there is to say of ranges that somebody read
 * @x: an exploration of a loop
 * @o: its lines, in the pages of the case; the rest is filled in, but for
 *	length and state
 */
void exploration_judge(const struct exploration *x, struct observation *o);

/**
 * exploration_find - the observation that has these ranges
 * @x: an exploration of a loop
 * @lines: the ranges, in the pages of the case
 * @nr: how many
 *
 * Return: NULL if there is none.
 */
const struct observation *exploration_find(const struct exploration *x,
					   const struct reported *lines,
					   size_t nr);

#endif /* VMATLAS_READER_EXPLORE_H */
