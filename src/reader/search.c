// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breadth first through all states. Each is kept whole, and compared whole, so
 * nothing that was not visited is taken for visited.
 */
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

#define FIRST_STATES 1024
#define NR_NONE UINT32_MAX

/* ---- the space --------------------------------------------------------- */

struct space *space_new(const struct script *script,
			const struct explore_opts *opts)
{
	struct space *sp = reader_alloc(1, sizeof(*sp));

	sp->machine = (struct machine){
		.script = script,
		.lists = &sp->lists,
		.flags = opts->reader ? opts->reader->flags : 0,
		.readers = opts->readers > 1 ? opts->readers : 1,
		.count_walks = opts->count_walks,
		.leaves = opts->leaves,
		.reuse = opts->reuse,
	};
	lists_init(&sp->lists);
	sp->size = STATE_SIZE(sp->machine.readers);
	sp->max = FIRST_STATES;
	sp->states = reader_alloc(sp->max, sp->size);
	sp->parents = reader_alloc(sp->max, sizeof(*sp->parents));
	sp->ways_out = reader_alloc(sp->max, sizeof(*sp->ways_out));
	sp->mask = 2 * sp->max - 1;
	sp->table = reader_alloc(sp->mask + 1, sizeof(*sp->table));
	sp->nr_seen = sp->lists.max;
	sp->seen = reader_alloc(sp->nr_seen, sizeof(*sp->seen));
	return sp;
}

void space_free(struct space *sp)
{
	if (!sp)
		return;
	lists_free(&sp->lists);
	free(sp->states);
	free(sp->parents);
	free(sp->ways_out);
	free(sp->table);
	free(sp->seen);
	free(sp);
}

struct state space_state(const struct space *sp, uint32_t nr)
{
	struct state s = { 0 };

	memcpy(&s, sp->states + nr * sp->size, sp->size);
	return s;
}

size_t space_bytes(const struct space *sp)
{
	return sp->max * (sp->size + sizeof(*sp->parents) +
			  sizeof(*sp->ways_out)) +
	       (sp->mask + 1UL) * sizeof(*sp->table) +
	       sp->lists.max * (sizeof(*sp->lists.lines) +
				2 * sizeof(*sp->lists.table)) +
	       sp->nr_seen * sizeof(*sp->seen);
}

/* ---- the hash table ---------------------------------------------------- */

/*
 * An entry is a state's number plus one, and the upper half of its hash: states
 * are compared whole, but only if these halves are equal.
 */
#define NUMBER(entry) ((uint32_t)(entry)-1)
#define TAG(h) ((h)&0xffffffff00000000ULL)
#define ENTRY(h, nr) (TAG(h) | ((uint64_t)(nr) + 1))

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* @size is a constant in each of the callers, and at least 16. */
static inline uint64_t hash(const uint8_t *s, size_t size)
{
	uint64_t h = mix(load64(s) ^ 0x9e3779b97f4a7c15ULL,
			 load64(s + 8) ^ 0xd6e8feb86659fd93ULL);

	if (size > 16)
		h = mix(load64(s + size - 16) ^ h,
			load64(s + size - 8) ^ 0xa0761d6478bd642fULL);
	return h;
}

/* memcmp() would be a call, and for so few bytes that is most of its cost. */
static inline bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
	uint64_t differ =
		(load64(a) ^ load64(b)) | (load64(a + 8) ^ load64(b + 8));

	if (size > 16)
		differ |= (load64(a + size - 16) ^ load64(b + size - 16)) |
			  (load64(a + size - 8) ^ load64(b + size - 8));
	return !differ;
}

/* At most three quarters full. */
static size_t capacity(const struct space *sp)
{
	return (sp->mask + 1) / 4 * 3;
}

static uint64_t hash_of(const struct space *sp, uint32_t nr)
{
	return hash(sp->states + nr * sp->size, sp->size);
}

#define AHEAD 16 /* entries whose places are fetched meanwhile */

static void grow_table(struct space *sp)
{
	uint64_t entries = 2 * (sp->mask + 1);

	free(sp->table);
	sp->mask = entries - 1;
	sp->table = reader_zeroed(entries * sizeof(*sp->table));
	for (uint32_t i = 0; i < sp->nr; i++) {
		uint64_t h = hash_of(sp, i), at = h & sp->mask;

		if (i + AHEAD < sp->nr)
			__builtin_prefetch(sp->table +
					   (hash_of(sp, i + AHEAD) & sp->mask));
		while (sp->table[at])
			at = (at + 1) & sp->mask;
		sp->table[at] = ENTRY(h, i);
	}
}

static void grow(struct space *sp)
{
	size_t old = sp->max, max = old + old / 2;

	sp->states = reader_grow(sp->states, old * sp->size, max * sp->size);
	sp->parents = reader_grow(sp->parents, old * sizeof(*sp->parents),
				  max * sizeof(*sp->parents));
	sp->ways_out = reader_grow(sp->ways_out, old * sizeof(*sp->ways_out),
				   max * sizeof(*sp->ways_out));
	sp->max = max;
}

/* Where a state is in the table, or the free place where it would be. */
static inline uint64_t place_of(const struct space *sp, const uint8_t *s,
				uint64_t h, size_t size)
{
	uint64_t at = h & sp->mask;

	for (; sp->table[at]; at = (at + 1) & sp->mask)
		if (TAG(sp->table[at]) == TAG(h) &&
		    same(sp->states + NUMBER(sp->table[at]) * size, s, size))
			break;
	return at;
}

/* ---- what is noted of a new state -------------------------------------- */

static void note_done(struct space *sp, const struct state *s, uint32_t nr)
{
	if (sp->nr_seen < sp->lists.max) {
		sp->seen = reader_realloc(sp->seen, sp->lists.max,
					  sizeof(*sp->seen));
		memset(sp->seen + sp->nr_seen, 0,
		       (sp->lists.max - sp->nr_seen) * sizeof(*sp->seen));
		sp->nr_seen = sp->lists.max;
	}
	for (unsigned int i = 0; i < sp->machine.readers; i++) {
		const struct rstate *r = &s->r[i];

		if (r->at != AT_DONE)
			continue;
		if (!sp->seen[r->list])
			sp->seen[r->list] = nr + 1;
		if (r->kept && !sp->stuck_why) {
			sp->stuck_why = "a reader ends and keeps a lock";
			sp->stuck = nr;
		}
	}
}

static void note_walks(struct space *sp, const struct state *s)
{
	if (!machine_done(&sp->machine, s))
		return;
	if (s->walks < sp->walks_min)
		sp->walks_min = s->walks;
	if (s->walks > sp->walks_max)
		sp->walks_max = s->walks;
}

static inline bool some_done(const struct state *s, unsigned int readers)
{
	return s->r[0].at == AT_DONE || (readers > 1 && s->r[1].at == AT_DONE);
}

/* Returns the state's number, be it new or not. */
static inline uint32_t visit(struct space *sp, const struct state *s,
			     uint32_t parent, uint64_t h, size_t size)
{
	uint64_t at = place_of(sp, (const uint8_t *)s, h, size);
	uint32_t nr = sp->nr;

	if (sp->table[at])
		return NUMBER(sp->table[at]);
	memcpy(sp->states + nr * size, s, size);
	sp->parents[nr] = parent;
	sp->ways_out[nr] = NR_NONE;
	sp->table[at] = ENTRY(h, nr);
	if (some_done(s, sp->machine.readers)) {
		note_done(sp, s, nr);
		note_walks(sp, s);
	}
	if (++sp->nr == sp->max)
		grow(sp);
	if (sp->nr == capacity(sp))
		grow_table(sp);
	return nr;
}

/* ---- the search -------------------------------------------------------- */

/*
 * Moves wait in a queue between being made and being looked up, so that memory
 * can be fetched meanwhile. It is first in, first out: the order is that of a
 * search without it.
 */
#define WAITING 32

struct waiting {
	struct state s;
	uint32_t parent;
	uint64_t hash;
	bool way_out; /* of its parent */
};

struct queue {
	struct waiting w[WAITING];
	unsigned int first;
	unsigned int nr;
};

static inline void take_one(struct space *sp, struct queue *q, size_t size)
{
	struct waiting *w = &q->w[q->first];
	uint32_t nr = visit(sp, &w->s, w->parent, w->hash, size);

	if (w->way_out)
		sp->ways_out[w->parent] = nr;
	q->first = (q->first + 1) % WAITING;
	q->nr--;
}

/* Halfway through the queue, the table's entry is there: fetch the state. */
static inline void fetch_state(const struct space *sp, const struct queue *q,
			       size_t size)
{
	const struct waiting *w = &q->w[(q->first + WAITING / 2) % WAITING];
	uint64_t entry = sp->table[w->hash & sp->mask];
	const uint8_t *s = sp->states + NUMBER(entry) * size;

	if (!entry || TAG(entry) != TAG(w->hash))
		return;
	__builtin_prefetch(s);
	__builtin_prefetch(s + size - 1);
}

static inline void put_one(struct space *sp, struct queue *q,
			   const struct move *move, uint32_t parent,
			   bool way_out, size_t size)
{
	struct waiting *w;

	if (q->nr == WAITING) {
		fetch_state(sp, q, size);
		take_one(sp, q, size);
	}
	w = &q->w[(q->first + q->nr++) % WAITING];
	w->s = move->to;
	w->parent = parent;
	w->hash = hash((const uint8_t *)&move->to, size);
	w->way_out = way_out;
	__builtin_prefetch(sp->table + (w->hash & sp->mask));
}

static void note_stuck(struct space *sp, uint32_t nr, const char *why)
{
	if (sp->stuck_why)
		return;
	sp->stuck_why = why;
	sp->stuck = nr;
}

/* The first move that gets on, not back. */
static unsigned int way_out(const struct move *moves, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!moves[i].retries)
			return i;
	return 0;
}

static inline void expand(struct space *sp, struct queue *q, uint32_t number,
			  size_t size)
{
	struct move moves[MAX_MOVES];
	struct state s = { 0 };
	unsigned int nr, way;

	memcpy(&s, sp->states + number * size, size);
	if (machine_done(&sp->machine, &s))
		return;
	nr = machine_moves(&sp->machine, &s, moves);
	sp->edges += nr;
	if (!nr)
		note_stuck(sp, number, "all wait for one another");
	way = way_out(moves, nr);
	for (unsigned int i = 0; i < nr; i++)
		put_one(sp, q, &moves[i], number, i == way, size);
}

#define PROGRESS_EVERY (1 << 19)

/* Whether to give up. */
static bool over(struct space *sp, const struct explore_opts *opts,
		 uint32_t number)
{
	if (opts->max_states && sp->nr > opts->max_states)
		sp->end = EXPLORE_LIMIT;
	else if (sp->nr > UINT32_MAX / 2 - 64)
		sp->end = EXPLORE_LIMIT;
	else if (opts->progress && number % PROGRESS_EVERY == 0 && number &&
		 !opts->progress(opts->data, sp->nr))
		sp->end = EXPLORE_INTERRUPTED;
	else if (sp->machine.endless)
		note_stuck(sp, number, "a reader goes on for ever");
	return sp->end != EXPLORED || sp->machine.endless;
}

static inline void run(struct space *sp, const struct explore_opts *opts,
		       size_t size)
{
	struct queue q = { 0 };
	struct state s;

	machine_start(&sp->machine, &s);
	visit(sp, &s, NR_NONE, hash((const uint8_t *)&s, size), size);
	for (uint32_t i = 0; i < sp->nr; i++) {
		if (over(sp, opts, i))
			return;
		expand(sp, &q, i, size);
		while (i + 1 == sp->nr && q.nr)
			take_one(sp, &q, size);
	}
}

/* ---- whether all can finish -------------------------------------------- */

/*
 * Each state points to one that follows it. Where these ways lead to an end,
 * all can finish; only if one leads in a circle is the question asked in full.
 */
#define FINISHES (UINT32_MAX - 1)

static bool leads_on(struct space *sp, uint32_t from)
{
	uint32_t at = from, steps = 0;

	while (sp->ways_out[at] < FINISHES) {
		at = sp->ways_out[at];
		if (++steps > sp->nr)
			return false;
	}
	while (sp->ways_out[from] < FINISHES) {
		uint32_t next = sp->ways_out[from];

		sp->ways_out[from] = FINISHES;
		from = next;
	}
	return true;
}

/* Whether some move of a state leads to one of which it is known. */
static bool finishes_after(struct space *sp, uint32_t nr, const bool *finishes)
{
	struct move moves[MAX_MOVES];
	struct state s = space_state(sp, nr);
	unsigned int n;

	if (machine_done(&sp->machine, &s))
		return true;
	n = machine_moves(&sp->machine, &s, moves);
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *to = (const uint8_t *)&moves[i].to;
		uint64_t at = place_of(sp, to, hash(to, sp->size), sp->size);

		if (finishes[NUMBER(sp->table[at])])
			return true;
	}
	return false;
}

/* Backwards from the ends, over and over until nothing is added. */
static void ask_in_full(struct space *sp)
{
	bool *finishes = reader_alloc(sp->nr, sizeof(*finishes));
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = sp->nr; i--;) {
			if (finishes[i] || !finishes_after(sp, i, finishes))
				continue;
			finishes[i] = more = true;
		}
	}
	for (uint32_t i = 0; i < sp->nr; i++)
		if (!finishes[i]) {
			note_stuck(sp, i, "a reader goes in circles");
			break;
		}
	free(finishes);
}

static void check_ends(struct space *sp)
{
	for (uint32_t i = 0; i < sp->nr; i++)
		if (!leads_on(sp, i)) {
			ask_in_full(sp);
			return;
		}
}

void space_search(struct space *sp, const struct explore_opts *opts)
{
	sp->walks_min = UINT32_MAX;
	if (sp->machine.readers == 1)
		run(sp, opts, STATE_SIZE(1));
	else
		run(sp, opts, STATE_SIZE(2));
	if (sp->end == EXPLORED && !sp->stuck_why)
		check_ends(sp);
}
