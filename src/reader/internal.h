/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the reader share and nobody else sees. */
#ifndef VMATLAS_READER_INTERNAL_H
#define VMATLAS_READER_INTERNAL_H

#include "lib/memory.h"
#include "reader/reader.h"

/* ---- limits: a case has few VMAs, and all indices are to fit a byte ---- */

#define MAX_READERS 2
#define MAX_VMAS 32  /* VMA ids, 0 included; twice and again are bit masks */
#define MAX_SLOTS 32 /* slots of the tree */
#define MAX_MARKS 64 /* distinct addresses; the pages between are bits */
#define MAX_LINES 48 /* of one read: more can only come of going in circles */

#define NOWHERE 0xff

/* ---- the writer, compiled (writer.c) ----------------------------------- */

/*
 * The writer is a straight line: all that it changes is a function of how far
 * it is. A snapshot is the address space after so many of its steps, with
 * addresses as indices into its marks, and all look-ups that a cursor
 * can make worked out beforehand.
 */
struct snapshot {
	uint8_t sequence;  /* odd while the mmap lock is held for writing */
	bool write_locked; /* the mmap lock is */
	uint32_t attached; /* bit per VMA */
	uint32_t stamped;  /* bit per VMA: write-locked */
	uint8_t nr_slots;
	uint8_t slot_vma[MAX_SLOTS];
	uint8_t slot_end[MAX_SLOTS];
	uint8_t vm_start[MAX_VMAS];
	uint8_t vm_end[MAX_VMAS];
	uint8_t slot_at[MAX_MARKS];	/* the slot that holds the page */
	uint8_t slot_before[MAX_MARKS]; /* the one that holds the page before */
};

/* How a store may be done; see writer.c. */
enum store_ways { STORE_IN_PLACE = 1, STORE_REPLACE = 2, STORE_ELSEWHERE = 4 };

struct writer_step {
	enum step_kind kind;
	uint8_t vma;
	uint8_t ways;  /* STEP_STORE */
	uint8_t first; /* STEP_STORE: the slots that it reaches into */
	uint8_t last;
	int8_t more;	/* STEP_STORE: slots that there are more after it */
	uint32_t trace; /* index of the step in the trace */
};

/* What a reader's step can look at beside the reader, and what is held there. */
enum step_uses {
	LOOKS_AT_MMAP_LOCK = 1, /* and its sequence */
	LOOKS_AT_TREE = 2,
	LOOKS_AT_ATTACHED = 4, /* which VMAs are */
	LOOKS_AT_VMA = 8,      /* the one that the reader is at */
	HOLDS_VMA = 16,	       /* that one is read-locked */
	HOLDS_MMAP = 32,
};

#define MAX_CHAIN 62 /* steps that chains.c can tell apart */

/* Which steps do what, a bit for each. */
struct step_sets {
	uint64_t waits_for[MAX_VMAS]; /* for whoever holds the VMA */
	uint64_t waits_for_mmap;
	uint64_t may_replace; /* the node that is stored to */
	uint64_t replaces;
	uint64_t changes[LOOKS_AT_VMA]; /* by LOOKS_AT_*, or'ed */
	uint64_t changes_vma[MAX_VMAS];
};

struct writer {
	struct snapshot *snapshots; /* nr_steps + 1 */
	struct writer_step *steps;  /* those that a reader can notice */
	size_t nr_steps;
	struct step_sets sets; /* if there are at most MAX_CHAIN */
	struct step *trace;    /* all of them */
	size_t nr_trace;
	size_t *op_end; /* per operation, one past its last step in the trace */
	size_t nr_ops;
	struct layout **layouts; /* per snapshot */
	unsigned long marks[MAX_MARKS];
	size_t nr_marks;
	char names[MAX_VMAS][24];
	size_t nr_vmas;	 /* one past the last id */
	uint64_t always; /* bit per mark: the pages from it are always mapped */
	uint64_t held[MAX_VMAS];     /* likewise: that the VMA held at first */
	size_t after;		     /* the snapshot that is "after" */
	bool loops;		     /* the last snapshot is the first again */
	uint8_t renamed[MAX_VMAS];   /* loops: what VMAs of the last are then */
	uint8_t hidden;		     /* a VMA that is not reported, or 0 */
	uint32_t made;		     /* bit per VMA: made by the operations */
	uint32_t made_at[MAX_VMAS];  /* when: the step's number in the trace */
	uint32_t freed_at[MAX_VMAS]; /* likewise; never: UINT32_MAX */
	const char *broken;
	struct search *spare; /* one that is over: memory for the next */
};

/*
 * surroundings.c: the case among its neighbours; and, unless that is NULL, names
 * for the ids that it gives.
 */
struct mm *mm_with_surroundings(const struct cat_case *c,
				const struct rules *rules, enum side left,
				enum side right, char names[MAX_VMAS][24]);
void case_extent(const struct cat_case *c, unsigned long *start,
		 unsigned long *end);

/* Whether the pages from each mark to the next are in [start, end). */
uint64_t pages_between(unsigned int start, unsigned int end);

/* ---- lists of what was reported so far (lists.c) ----------------------- */

/*
 * A list is a number: that of its last line, which knows the list before it.
 * Equal lists have equal numbers, so a state can hold a whole list in one word.
 */
struct line {
	uint32_t before; /* the list without this line, 0 for the empty one */
	uint8_t vma;
	uint8_t start;
	uint8_t end;
	uint8_t nr; /* lines in all */
};

struct lists {
	struct line *lines; /* lines[0] is the empty list */
	uint32_t nr;
	uint32_t max;
	uint32_t *table;
	uint32_t mask;
};

void lists_init(struct lists *l);
void lists_clear(struct lists *l);
void lists_free(struct lists *l);
uint32_t lists_append(struct lists *l, uint32_t before, uint8_t vma,
		      uint8_t start, uint8_t end);

/* ---- states ------------------------------------------------------------ */

/* What a reader does next. Numbers are those of the algorithm's steps. */
enum reader_at {
	AT_UNLOCK,	 /* 1: or stop, if the buffer is full */
	AT_STOPPED,	 /* the next read() begins */
	AT_SAMPLE,	 /* 2 */
	AT_LOOKUP,	 /* 3 */
	AT_NOTHING,	 /* 3 found nothing: READ_VERIFY_END, READ_DOUBT */
	AT_LOOKUP_AGAIN, /* 3, once more from @from */
	AT_LOCK,	 /* 4 */
	AT_LOCK_COUNT,	 /* 4, second access: READ_FINE_LOCK */
	AT_LOCK_CHECK,	 /* 4, third access */
	AT_VERIFY_END,	 /* 5a */
	AT_VERIFY_START, /* 5b */
	AT_RESAMPLE,	 /* 5b: READ_SAMPLE_KEEP */
	AT_REWALK,	 /* 5b, its further step */
	AT_REPORT,	 /* 6 */
	AT_DROP,	 /* fallback: what is held */
	AT_MMAP_LOCK,
	AT_MMAP_LOOKUP,
	AT_MMAP_LOCK_VMA,
	AT_MMAP_UNLOCK,
	AT_WHOLE_LOCK, /* READ_WHOLE */
	AT_WHOLE_LOOKUP,
	AT_WHOLE_REPORT,
	AT_WHOLE_STOP, /* READ_QUERIES */
	AT_WHOLE_UNLOCK,
	AT_DONE,
	NR_AT
};

/* The cursor: set to an address, at a slot, or at a slot of a dead node. */
#define CURSOR_SET 0x00
#define CURSOR_SLOT 0x40 /* | slot number */
#define CURSOR_DEAD 0x80
#define CURSOR_KIND 0xc0

/*
 * A reader, all of it. Members that no later step looks at are 0, so that
 * states which differ in nothing that matters are the same state.
 */
struct rstate {
	uint32_t list; /* reported so far */
	uint16_t
		kept; /* bit per VMA locked and forgotten, KEPT_MMAP: mutants */
	uint8_t at;   /* enum reader_at */
	uint8_t cursor; /* CURSOR_* */
	uint8_t last; /* set: the address; at a slot: one past its last page */
	uint8_t from;
	uint8_t sequence; /* as sampled */
	uint8_t vma;	  /* found, or held */
};

#define KEPT_MMAP 0x8000

/* The whole state, but for what writer->snapshots[writer] says. */
struct state {
	uint16_t done;	/* steps of the writer */
	uint16_t walks; /* count_walks */
	struct rstate r[MAX_READERS];
};

/* Bytes of a state that count, by number of readers. */
#define STATE_SIZE(readers) (4 + (readers) * sizeof(struct rstate))

struct interleaving {
	const struct writer *writer;
	struct lists *lists;
	unsigned int flags; /* READ_* */
	unsigned int readers;
	bool count_walks;
	bool leaves;
	/* What happened on the way, for the exploration. */
	bool retry;
	bool rewalk;
	bool false_hole;
	bool fallback;
	bool endless; /* a list got too long */
};

/* One step that can be taken, and the state that it leads to. */
struct transition {
	struct state to;
	uint8_t task;	/* 0: the writer, else 1 + the reader's number */
	uint8_t choice; /* writer: enum store_ways; reader: 1 for a stop */
	bool retries;	/* may lead back to where it came from */
};

#define MAX_TRANSITIONS (3 + (2 + MAX_VMAS) * MAX_READERS)

void interleaving_start(const struct interleaving *m, struct state *s);
unsigned int interleaving_next(struct interleaving *m, const struct state *s,
			       struct transition next[MAX_TRANSITIONS]);
unsigned int interleaving_read(struct interleaving *m, const struct state *s,
			       unsigned int done, unsigned int which,
			       struct transition *next);
bool interleaving_done(const struct interleaving *m, const struct state *s);

/* ---- the reader's steps (lock-next-vma.c) ------------------------------ */

/* A reader about to take a step. */
struct turn {
	struct interleaving *m;
	const struct snapshot *w;
	struct state *s;  /* becomes the state after it */
	struct rstate *r; /* within @s */
	bool retries;
};

/* The next one, or, if the buffer is full, m_stop(). */
void take_step(struct turn *t, bool stop);

/* The step from a place, and what it uses; m_stop() looks at nothing. */
struct reader_step {
	void (*take)(struct turn *t);
	unsigned int uses;   /* enum step_uses */
	enum reader_at next; /* of a step that does no more than get on */
};
extern const struct reader_step reader_steps[NR_AT];

/* Whether a reader at this place holds its VMA, or the mmap lock. */
static inline bool reader_holds(unsigned int flags, const struct rstate *r,
				unsigned int vma)
{
	if (r->vma == vma && reader_steps[r->at].uses & HOLDS_VMA &&
	    !(flags & READ_NO_LOCK))
		return true;
	return vma < 15 && r->kept & 1U << vma;
}

static inline bool reader_holds_mmap(unsigned int flags, const struct rstate *r)
{
	if (flags & READ_NO_MMAP_LOCK)
		return false;
	return reader_steps[r->at].uses & HOLDS_MMAP || r->kept & KEPT_MMAP;
}

uint8_t reported_start(unsigned int flags, const struct rstate *r,
		       const struct snapshot *w);

/* ---- the search (search.c) --------------------------------------------- */

#define NR_NONE UINT32_MAX

/*
 * Every state that was reached, in the order in which it was: also the queue of
 * the breadth-first search. States are packed, STATE_SIZE() rounded up each.
 */
struct search {
	struct interleaving interleaving;
	struct lists lists;
	size_t size; /* of a state */
	uint8_t *states;
	uint32_t *parents;
	uint32_t *
		ways_out; /* a state that follows, to see that all can finish */
	uint32_t nr;
	uint32_t max;
	uint64_t
		*table; /* hash table: state number + 1, and part of its hash */
	uint64_t mask;
	size_t edges;
	size_t distinct; /* states, those of chains one by one */
	uint32_t *seen;	 /* by list: first state that ends with it, + 1 */
	uint32_t nr_seen;
	struct chain *chains; /* of chains_run(), as the two that follow */
	size_t max_chains;
	uint64_t *reached; /* by number of the last state of a chain */
	size_t nr_reached;
	uint32_t *shortest; /* chains_run(): by list, steps to that end */
	uint32_t stuck;	    /* the state, if stuck_why */
	const char *stuck_why;
	unsigned int walks_min;
	unsigned int walks_max;
	enum explore_end end;
};

struct search *search_new(struct writer *writer,
			  const struct explore_opts *opts);
void search_run(struct search *search, const struct explore_opts *opts);
void search_free(struct search *search);

/* As search_free(), but the writer may keep its memory for another search. */
void search_release(struct search *search, struct writer *writer);
struct state search_state(const struct search *search, uint32_t nr);
size_t search_bytes(const struct search *search);

/* The state's number: it is new if there were no more before. */
uint32_t search_visit(struct search *search, const struct state *s);

/* Steps of the way that was found first (path.c). */
unsigned int search_depth(const struct search *search, uint32_t state);

/* The first step that gets on, not back. */
unsigned int search_way_out(const struct transition *next, unsigned int nr);

/* Whether each state's way out leads to an end, and not in a circle. */
bool search_ends(struct search *search);

/* ---- without the ways there (chains.c) --------------------------------- */

/*
 * As search_run(), but for parents, edges and the order of states. Returns false
 * if it cannot tell: then the search is to be begun anew.
 */
bool chains_run(struct search *search, const struct explore_opts *opts);

/* Fills in the writer's @sets, once for all its readers. */
void chains_sort_steps(struct writer *writer);

/* ---- util.c ------------------------------------------------------------ */

void *reader_grow(void *old, size_t old_bytes, size_t new_bytes);
void *reader_zeroed(size_t bytes);

#endif /* VMATLAS_READER_INTERNAL_H */
