/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The concurrent reader: what a read of /proc/PID/maps can see while operations
 * change the address space.
 *
 * The steps of the writer are the simulator's trace. The steps of the reader
 * are those of get_next_vma() and lock_next_vma(). explore() tries every
 * interleaving of the two, breadth first, so that the first way found to each
 * observation is a shortest one.
 *
 * All of it is data: nothing is printed here but for print.c.
 */
#ifndef VMATLAS_READER_H
#define VMATLAS_READER_H

#include <stdio.h>

#include "catalog/catalog.h"
#include "lib/memory.h"

/* ---- readers (variants.c) ---------------------------------------------- */

/*
 * What a reader does otherwise than upstream. The first group makes variants
 * that have a name; the second takes one thing away, to see whether it matters.
 */
enum reader_flags {
	READ_WHOLE = 1 << 0,	     /* all under the mmap lock, as to 6.16 */
	READ_QUERIES = 1 << 1,	     /* each VMA a read of its own */
	READ_NO_VERIFY = 1 << 2,     /* 5b left out */
	READ_VERIFY_ALWAYS = 1 << 3, /* 5b whatever the sequence says */
	READ_VERIFY_END = 1 << 4,    /* 3: nothing found, look from @from */
	READ_SAMPLE_FIRST = 1 << 5,  /* 2 before 1 */
	READ_SAMPLE_KEEP = 1 << 6,   /* 2 only when the iterator is set */
	READ_SET_HELD = 1 << 7,	     /* 6: set the iterator to the end */

	READ_NO_UNLOCK = 1 << 8,	/* 1 left out */
	READ_NO_SAMPLE = 1 << 9,	/* 2: the sequence never changes */
	READ_NO_LOCK = 1 << 10,		/* 4: neither asks nor locks */
	READ_NO_WRITE_CHECK = 1 << 11,	/* 4: locks what is write-locked */
	READ_NO_DETACH_CHECK = 1 << 12, /* 4: locks what is detached */
	READ_NO_END_CHECK = 1 << 13,	/* 5a left out */
	READ_NO_COMPARE = 1 << 14,	/* 5b: whatever is found will do */
	READ_NO_DROP = 1 << 15,		/* fallback: keeps what it holds */
	READ_NO_MMAP_LOCK = 1 << 16,	/* fallback: without the mmap lock */
	READ_NO_MMAP_UNLOCK = 1 << 17,	/* fallback: keeps the mmap lock */
	READ_NO_SET_RETRY = 1 << 18,	/* 4: iterator left where it is */
	READ_NO_SET_STOP = 1 << 19,	/* stop: iterator left where it is */
	READ_NO_STOP = 1 << 20,		/* the buffer is endless */
	READ_FINE_LOCK = 1 << 21,	/* 4 as the three accesses that it is */

	READ_SET_SAMPLED = 1 << 22, /* 2: set the iterator to @from */
	READ_SET_CHANGED = 1 << 23, /* 2: likewise, if a writer was or is in */
	READ_DOUBT = 1 << 24,	    /* 3, 5b: fall back where either may be */
	READ_CLIP = 1 << 25,	    /* 6: print nothing below the last end */
};

/* What a reader is there for: in the order of tables. */
enum reader_part {
	PART_KERNEL,	   /* it is, or was, in the kernel */
	PART_WITHOUT,	   /* upstream without something, to see what for */
	PART_REPAIR,	   /* a change to upstream that leaves no gap */
	PART_IN_SEQUENCES, /* a change that leaves some, in sequences only */
	PART_NOT_ENOUGH,   /* a change that leaves some in one operation */
};

/**
 * struct reader - a way to read
 * @name: for "--reader NAME"
 * @what: one line for people
 * @flags: READ_*
 * @part: what it is there for
 */
struct reader {
	const char *name;
	const char *what;
	unsigned int flags;
	enum reader_part part;
};

/**
 * readers - the table of readers
 * @nr: where to put its length
 *
 * Return: The table.
 */
const struct reader *readers(size_t *nr);

/**
 * reader_find - the reader that has a name
 * @name: its name
 *
 * Return: NULL if there is none.
 */
const struct reader *reader_find(const char *name);

/**
 * struct reader_file - a file of /proc/PID, and how it is read
 * @name: the file, or what is asked of it
 * @since: the first release that reads it so
 * @until: the last one, or NULL
 * @reader: the name of the reader
 */
struct reader_file {
	const char *name;
	const char *since;
	const char *until;
	const char *reader;
};

/**
 * reader_files - the table of files
 * @nr: where to put its length
 */
const struct reader_file *reader_files(size_t *nr);

/* ---- surroundings (surroundings.c, follow.c) ---------------------------------------- */

/* What lies beside the VMAs of a case. */
enum side {
	SIDE_NONE,     /* nothing to the end of the space */
	SIDE_HOLE,     /* a hole, then a VMA of no concern */
	SIDE_ADJACENT, /* a VMA of no concern right beside */
	NR_SIDES
};

/**
 * side_name - "none", "hole", "adjacent"
 * @side: which
 *
 * Return: A constant string.
 */
const char *side_name(enum side side);

#define MAX_CHAIN 4

/**
 * struct chain - operations that follow the one of the case
 * @ops: in order
 * @nr: how many
 */
struct chain {
	struct op ops[MAX_CHAIN];
	size_t nr;
};

/**
 * explore_follow_ups - what can follow a case's operation
 * @c: the case
 * @rules: the rule set
 * @left: what lies below
 * @right: what lies above
 * @depth: how many operations there are to be in all, 2 to MAX_CHAIN
 * @nr: where to put how many chains there are
 *
 * The inverse comes first; where that takes two operations, the chain is as
 * much longer. Then one chain for each way in which the layout that resulted
 * can be merged, split or unmapped, as the simulator tells them apart.
 *
 * Return: An array for free().
 */
struct chain *explore_follow_ups(const struct cat_case *c,
				 const struct rules *rules, enum side left,
				 enum side right, size_t depth, size_t *nr);

/* ---- exploring (explore.c) --------------------------------------------- */

#define NO_SKIP SIZE_MAX

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
 *	machine.c. It makes a difference to sequences only.
 * @skip: index of a step of the trace to leave out, or NO_SKIP
 * @max_states: give up after as many, 0 for no limit
 * @count_walks: count walks down the tree, as part of the state
 * @progress: called now and then in a long search; returns false to give up
 * @data: for @progress
 */
struct explore_opts {
	const struct reader *reader;
	enum side left;
	enum side right;
	unsigned int readers;
	struct chain then;
	const struct op *loop;
	size_t nr_loop;
	bool beyond;
	bool no_writer;
	bool all_steps;
	bool leaves;
	size_t skip;
	size_t max_states;
	bool count_walks;
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

struct writer;

/**
 * struct exploration - all that can happen in one surrounding
 * @c: the case
 * @opts: what was explored
 * @writer: the writer's steps and the layouts between them
 * @end: whether all of it was
 * @observations: every distinct one, the one with the shortest way first
 * @nr: how many
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

/* ---- one interleaving, step by step (path.c) --------------------------- */

enum actor { WRITER, READER };

/**
 * struct path_reader - a reader at one moment
 * @at: what it does next, or "done"
 * @iterator: "at 24", "slot 2 to 32", "dead node, 32"; "" when of no account
 * @from: first page that it has not passed
 * @holds: the VMA that it has read-locked, or 0
 * @mmap: it holds the mmap lock for reading
 */
struct path_reader {
	const char *at;
	const char *iterator;
	unsigned long from;
	vma_id holds;
	bool mmap;
};

/* What a reader's step comes to, for those who draw it. */
enum path_event {
	EVENT_NONE,
	EVENT_FOUND,   /* a look-up found @vma */
	EVENT_NOTHING, /* a look-up found nothing */
	EVENT_HOLE, /* what lies before @vma is taken for a hole, unverified */
	EVENT_REPORT, /* @vma is reported, see @line */
	EVENT_REUSED, /* the memory of what was found is @vma by now */
};

/**
 * struct path_step - one step of an interleaving, and the state after it
 * @actor: whose
 * @which: which of the readers
 * @text: what is done: the kernel's function
 * @number: a reader's step: its number in the algorithm, "f" in the fallback,
 *	"" where it has none
 * @stores: a writer's step: it stores to the tree
 * @event: a reader's step: what it comes to
 * @vma: whom that is about, or 0
 * @layout: the address space after it
 * @sequence: the mm's lock sequence after it
 * @readers: the readers after it
 * @line: what it reports, NULL but for the step that does
 */
struct path_step {
	enum actor actor;
	unsigned int which;
	const char *text;
	const char *number;
	bool stores;
	enum path_event event;
	vma_id vma;
	const struct layout *layout;
	unsigned int sequence;
	struct path_reader readers[2];
	const struct reported *line;
};

/**
 * struct path - an interleaving
 * @first: the layout before it
 * @steps: the steps
 * @nr: how many
 * @arena: where their words live
 */
struct path {
	const struct layout *first;
	struct path_step *steps;
	size_t nr;
	struct arena *arena;
};

/**
 * exploration_path - the shortest interleaving to a state
 * @x: the exploration; must outlive the path
 * @state: @state of an observation, or @stuck_state
 *
 * Return: A path for path_free().
 */
struct path *exploration_path(const struct exploration *x, uint32_t state);

/* ---- the window (window.c) --------------------------------------------- */

/* The ways to lose pages; docs/reader.rst tells of them at length. */
enum way {
	WAY_NONE,
	WAY_SAMPLE, /* after the unlock (1) and before the sample (2) */
	WAY_END,    /* after the unlock and before the look-up (3) of the end */
	WAY_SLOT,   /* after the look-up and before the lock (4) */
	WAY_REUSE,  /* likewise, and what is locked is another VMA */
	WAY_HOLE,   /* within a look-up that begins in a hole */
	NR_WAYS
};

/**
 * way_name - "sample", "end", "slot", "reuse", "hole", "none"
 * @way: which
 */
const char *way_name(enum way way);

/**
 * way_what - a way in some words
 * @way: which
 */
const char *way_what(enum way way);

/**
 * struct window - where pages are lost on a path
 * @way: how, WAY_NONE if nothing is lost or it is none of them
 * @from: index of the reader's step that opens the window
 * @to: of the one that closes it; 0 if there is no window
 * @begin: of the first step that is to do with it
 * @end: of the step that passes the lost pages; nr of the path if there is none
 *
 * Of the writer's steps, the one that makes the iterator out of date has to
 * fall between @from and @to.
 */
struct window {
	enum way way;
	size_t from;
	size_t to;
	size_t begin;
	size_t end;
};

/**
 * path_window - find the window of a path
 * @path: the path
 * @which: the reader whose read it is
 * @o: what it observes
 */
struct window path_window(const struct path *path, unsigned int which,
			  const struct observation *o);

/**
 * path_who - which reader's read a path is
 * @x: the exploration
 * @path: the path
 */
unsigned int path_who(const struct exploration *x, const struct path *path);

/**
 * path_free - drop a path
 * @path: may be NULL
 */
void path_free(struct path *path);

/**
 * exploration_worst - the observation that is most worth showing
 * @x: the exploration
 *
 * The one with a gap and the shortest way to it; else one with an overlap;
 * else a mixed one; else the first. NULL if there is none.
 *
 * Return: The observation.
 */
const struct observation *exploration_worst(const struct exploration *x);

/**
 * observation_worse - whether one is more worth showing than another
 * @a: an observation, or NULL for none
 * @b: likewise
 *
 * As exploration_worst() has it; of two that are alike, the shorter one.
 *
 * Return: true if so.
 */
bool observation_worse(const struct observation *a,
		       const struct observation *b);

/* ---- against the mail (claim.c) ---------------------------------------- */

enum verdict {
	VERDICT_NONE,	 /* nothing is claimed */
	VERDICT_HOLDS,	 /* as claimed, no more and no less */
	VERDICT_WEAKER,	 /* nothing claimed is wrong, but it is not all */
	VERDICT_REFUTED, /* something claimed is wrong */
};

/**
 * verdict_name - "holds", "weaker", "refuted", "-"
 * @v: which
 *
 * Return: A constant string.
 */
const char *verdict_name(enum verdict v);

/**
 * struct findings - what the explorations of one case show together
 * @gap: there is a gap in one
 * @overlap: there is an overlap
 * @mixed: a view that is neither before nor after
 * @twice: names of VMAs that one read can report twice
 * @nr_twice: how many
 * @again: names of VMAs of which one read can report a page twice
 * @nr_again: how many
 * @retry: see struct exploration
 * @rewalk: likewise
 * @false_hole: likewise
 * @fallback: likewise
 * @nr: explorations
 * @nr_gap: explorations with a gap
 * @nr_overlap: with an overlap
 * @observations: of all, the same one in two surroundings counted twice
 * @states: of all
 * @shortest: steps of the shortest interleaving with a gap
 * @stuck: why a reader cannot finish, or NULL
 * @broken: what is wrong with a trace, or NULL
 * @limit: one of them was not explored in full
 */
struct findings {
	bool gap;
	bool overlap;
	bool mixed;
	const char *twice[32];
	size_t nr_twice;
	const char *again[32];
	size_t nr_again;
	bool retry;
	bool rewalk;
	bool false_hole;
	bool fallback;
	size_t nr;
	size_t nr_gap;
	size_t nr_overlap;
	size_t observations;
	size_t states;
	unsigned int shortest;
	const char *stuck;
	const char *broken;
	bool limit;
};

/**
 * findings_add - add an exploration
 * @f: zeroed at first
 * @x: the exploration; may be dropped afterwards
 */
void findings_add(struct findings *f, const struct exploration *x);

/**
 * struct judgement - a claim of the mail, held against what was found
 * @gap: on gaps
 * @twice: on what is reported twice
 * @retry: on whether the reader has to look again
 * @all: the worst of them
 * @missing: names that may be seen twice though the claim does not say so
 * @nr_missing: how many
 * @idle: names that the claim has but that cannot be seen twice
 * @nr_idle: how many
 */
struct judgement {
	enum verdict gap;
	enum verdict twice;
	enum verdict retry;
	enum verdict all;
	const char *missing[32];
	size_t nr_missing;
	const char *idle[32];
	size_t nr_idle;
};

/**
 * judge_claim - hold a claim against findings
 * @claim: the claim, or NULL
 * @f: over all surroundings
 *
 * "No gap" is refuted by a gap. What may be seen twice is named too narrowly
 * where more may be, and idly where less may be: then the claim is weaker than
 * what is true. So it is where a retry is claimed that cannot happen.
 *
 * Return: The verdict, and why.
 */
struct judgement judge_claim(const struct cat_claim *claim,
			     const struct findings *f);

/* ---- in words (print.c) ------------------------------------------------ */

/**
 * path_print - an interleaving in columns, a line a step
 * @out: where to
 * @x: the exploration
 * @o: the observation that it leads to, or NULL for the stuck state
 *
 * At most 80 columns wide. Steps before those that lose pages, and behind, are
 * left out. Then what was reported, as /proc/PID/maps prints it, and a picture
 * of what is missing, if anything is.
 */
void path_print(FILE *out, const struct exploration *x,
		const struct observation *o);

#endif /* VMATLAS_READER_H */
