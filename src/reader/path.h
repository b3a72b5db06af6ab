/* SPDX-License-Identifier: GPL-2.0-only */
/* One interleaving, step by step (path.c, window.c, print.c). */
#ifndef VMATLAS_READER_PATH_H
#define VMATLAS_READER_PATH_H

#include <stdio.h>

#include "reader/explore.h"

/* ---- one interleaving, step by step (path.c) --------------------------- */

enum whose { WRITER, READER };

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
 * @task: whose
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
	enum whose task;
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

/* The ways to lose pages; docs/reader-ways.rst has them at length. */
enum way {
	WAY_NONE,
	WAY_SAMPLE, /* after the unlock (1) and before the sample (2) */
	WAY_END,    /* after the unlock and before the look-up (3) of the end */
	WAY_SLOT,   /* after the look-up and before the lock (4) */
	WAY_REUSE,  /* likewise, and what is locked is another VMA */
	WAY_HOLE,   /* within a look-up that begins in a hole */
	NR_WAYS
};

/* A way in a word, as options have it, and in some more. */
extern const struct way_words {
	const char *name;
	const char *what;
} way_words[NR_WAYS];

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
 *
 * Return: The window.
 */
struct window path_window(const struct path *path, unsigned int which,
			  const struct observation *o);

/**
 * path_who - which reader's read a path is
 * @x: the exploration
 * @path: the path
 *
 * Return: Its number, from 0.
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

/* ---- in words (print.c) ------------------------------------------------ */

/**
 * op_print - an operation in words: "modify [24, 32)", "split at 22, new above"
 * @out: where to
 * @op: the operation
 */
void op_print(FILE *out, const struct op *op);

#define PATH_WIDTH 80

/**
 * struct path_style - how an interleaving is printed
 * @width: columns of a terminal, PATH_WIDTH where there is room; on a narrower
 *	one what the reader knows is left out, and words are wrapped
 * @color: in colours
 * @boxes: with characters that ASCII does not have
 */
struct path_style {
	int width;
	bool color;
	bool boxes;
};

/**
 * path_print - an interleaving in columns, a line a step
 * @out: where to
 * @x: the exploration
 * @o: the observation that it leads to, or NULL for the stuck state
 * @style: how
 *
 * Steps before those that lose pages, and behind, are left out. Then what was
 * reported, as /proc/PID/maps prints it, and a picture of what is missing, if
 * anything is.
 */
void path_print(FILE *out, const struct exploration *x,
		const struct observation *o, const struct path_style *style);

#endif /* VMATLAS_READER_PATH_H */
