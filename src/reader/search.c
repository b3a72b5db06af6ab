// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breadth first through all states. Each is kept whole, and compared whole, so
 * nothing that was not visited is taken for visited.
 */
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

#define FIRST_STATES 1024

/* ---- the space --------------------------------------------------------- */

/* Large enough for all but a few of the searches that keep no paths. */
static struct search *search_alloc(void)
{
	struct search *search = xcalloc(1, sizeof(*search));

	lists_init(&search->lists);
	search->max = FIRST_STATES;
	search->states = xreallocarray(NULL, search->max, sizeof(struct state));
	search->parents =
		xreallocarray(NULL, search->max, sizeof(*search->parents));
	search->ways_out =
		xreallocarray(NULL, search->max, sizeof(*search->ways_out));
	search->mask = 2 * search->max - 1;
	search->table = xcalloc(search->mask + 1, sizeof(*search->table));
	search->nr_seen = search->lists.max;
	search->seen = xcalloc(search->nr_seen, sizeof(*search->seen));
	return search;
}

struct search *search_new(struct writer *writer,
			  const struct explore_opts *opts)
{
	struct search *search = writer->spare ?: search_alloc();

	writer->spare = NULL;
	search->interleaving = (struct interleaving){
		.writer = writer,
		.lists = &search->lists,
		.flags = opts->reader ? opts->reader->flags : 0,
		.readers = opts->readers > 1 ? opts->readers : 1,
		.count_walks = opts->count_walks,
		.leaves = opts->leaves,
	};
	search->size = STATE_SIZE(search->interleaving.readers);
	return search;
}

void search_free(struct search *search)
{
	if (!search)
		return;
	lists_free(&search->lists);
	free(search->states);
	free(search->parents);
	free(search->ways_out);
	free(search->table);
	free(search->seen);
	free(search->chains);
	free(search->reached);
	free(search->shortest);
	free(search);
}

/* What has grown is not kept: to clear it would cost more than to get it anew. */
void search_release(struct search *search, struct writer *writer)
{
	if (writer->spare || search->max != FIRST_STATES) {
		search_free(search);
		return;
	}
	lists_clear(&search->lists);
	memset(search->table, 0, (search->mask + 1) * sizeof(*search->table));
	memset(search->seen, 0, search->nr_seen * sizeof(*search->seen));
	free(search->shortest);
	*search = (struct search){
		.lists = search->lists,
		.states = search->states,
		.parents = search->parents,
		.ways_out = search->ways_out,
		.max = search->max,
		.table = search->table,
		.mask = search->mask,
		.seen = search->seen,
		.nr_seen = search->nr_seen,
		.chains = search->chains,
		.max_chains = search->max_chains,
		.reached = search->reached,
		.nr_reached = search->nr_reached,
	};
	writer->spare = search;
}

struct state search_state(const struct search *search, uint32_t nr)
{
	struct state s = { 0 };

	memcpy(&s, search->states + nr * search->size, search->size);
	return s;
}

size_t search_bytes(const struct search *search)
{
	return search->max * (search->size + sizeof(*search->parents) +
			      sizeof(*search->ways_out)) +
	       (search->mask + 1UL) * sizeof(*search->table) +
	       search->lists.max * (sizeof(*search->lists.lines) +
				    2 * sizeof(*search->lists.table)) +
	       search->nr_seen * sizeof(*search->seen);
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

/*
 * @size is a constant in each of the callers, and at least 16. Left alone, gcc
 * makes one function of them all, to which it is none.
 */
#define always_inline inline __attribute__((always_inline))

static always_inline uint64_t hash(const uint8_t *s, size_t size)
{
	uint64_t h = mix(load64(s) ^ 0x9e3779b97f4a7c15ULL,
			 load64(s + 8) ^ 0xd6e8feb86659fd93ULL);

	if (size > 16)
		h = mix(load64(s + size - 16) ^ h,
			load64(s + size - 8) ^ 0xa0761d6478bd642fULL);
	return h;
}

/* memcmp() would be a call, and for so few bytes that is most of its cost. */
static always_inline bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
	uint64_t differ =
		(load64(a) ^ load64(b)) | (load64(a + 8) ^ load64(b + 8));

	if (size > 16)
		differ |= (load64(a + size - 16) ^ load64(b + size - 16)) |
			  (load64(a + size - 8) ^ load64(b + size - 8));
	return !differ;
}

/* At most three quarters full. */
static size_t capacity(const struct search *search)
{
	return (search->mask + 1) / 4 * 3;
}

static uint64_t hash_of(const struct search *search, uint32_t nr)
{
	return hash(search->states + nr * search->size, search->size);
}

#define AHEAD 16 /* entries whose places are fetched meanwhile */

static void grow_table(struct search *search)
{
	uint64_t entries = 2 * (search->mask + 1);

	free(search->table);
	search->mask = entries - 1;
	search->table = reader_zeroed(entries * sizeof(*search->table));
	for (uint32_t i = 0; i < search->nr; i++) {
		uint64_t h = hash_of(search, i), at = h & search->mask;

		if (i + AHEAD < search->nr)
			__builtin_prefetch(
				search->table +
				(hash_of(search, i + AHEAD) & search->mask));
		while (search->table[at])
			at = (at + 1) & search->mask;
		search->table[at] = ENTRY(h, i);
	}
}

static void grow(struct search *search)
{
	size_t old = search->max, max = old + old / 2;

	search->states = reader_grow(search->states, old * search->size,
				     max * search->size);
	search->parents =
		reader_grow(search->parents, old * sizeof(*search->parents),
			    max * sizeof(*search->parents));
	search->ways_out =
		reader_grow(search->ways_out, old * sizeof(*search->ways_out),
			    max * sizeof(*search->ways_out));
	search->max = max;
}

/* Where a state is in the table, or the free place where it would be. */
static always_inline uint64_t place_of(const struct search *search,
				       const uint8_t *s, uint64_t h,
				       size_t size)
{
	uint64_t at = h & search->mask;

	for (; search->table[at]; at = (at + 1) & search->mask)
		if (TAG(search->table[at]) == TAG(h) &&
		    same(search->states + NUMBER(search->table[at]) * size, s,
			 size))
			break;
	return at;
}

/* ---- what is noted of a new state -------------------------------------- */

static void note_done(struct search *search, const struct state *s, uint32_t nr)
{
	if (search->nr_seen < search->lists.max) {
		search->seen = xreallocarray(search->seen, search->lists.max,
					     sizeof(*search->seen));
		memset(search->seen + search->nr_seen, 0,
		       (search->lists.max - search->nr_seen) *
			       sizeof(*search->seen));
		search->nr_seen = search->lists.max;
	}
	for (unsigned int i = 0; i < search->interleaving.readers; i++) {
		const struct rstate *r = &s->r[i];

		if (r->at != AT_DONE)
			continue;
		if (!search->seen[r->list])
			search->seen[r->list] = nr + 1;
		if (r->kept && !search->stuck_why) {
			search->stuck_why = "a reader ends and keeps a lock";
			search->stuck = nr;
		}
	}
}

static void note_walks(struct search *search, const struct state *s)
{
	if (!interleaving_done(&search->interleaving, s))
		return;
	if (s->walks < search->walks_min)
		search->walks_min = s->walks;
	if (s->walks > search->walks_max)
		search->walks_max = s->walks;
}

static inline bool some_done(const struct state *s, unsigned int readers)
{
	return s->r[0].at == AT_DONE || (readers > 1 && s->r[1].at == AT_DONE);
}

/* Returns the state's number, be it new or not. */
static always_inline uint32_t visit(struct search *search,
				    const struct state *s, uint32_t parent,
				    uint64_t h, size_t size)
{
	uint64_t at = place_of(search, (const uint8_t *)s, h, size);
	uint32_t nr = search->nr;

	if (search->table[at])
		return NUMBER(search->table[at]);
	memcpy(search->states + nr * size, s, size);
	search->parents[nr] = parent;
	search->ways_out[nr] = NR_NONE;
	search->table[at] = ENTRY(h, nr);
	if (some_done(s, search->interleaving.readers)) {
		note_done(search, s, nr);
		note_walks(search, s);
	}
	if (++search->nr == search->max)
		grow(search);
	if (search->nr == capacity(search))
		grow_table(search);
	return nr;
}

uint32_t search_visit(struct search *search, const struct state *s)
{
	const uint8_t *bytes = (const uint8_t *)s;

	return visit(search, s, NR_NONE, hash(bytes, STATE_SIZE(1)),
		     STATE_SIZE(1));
}

/* ---- the search -------------------------------------------------------- */

/*
 * Moves wait in a queue between being made and being looked up, so that memory
 * can be fetched meanwhile. It is first in, first out: the order is that of a
 * search without it.
 */
#define WAITING 32

/* As long as there are no more states, no move has to wait. */
#define IN_CACHE 8192

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

static inline void take_one(struct search *search, struct queue *q, size_t size)
{
	struct waiting *w = &q->w[q->first];
	uint32_t nr = visit(search, &w->s, w->parent, w->hash, size);

	if (w->way_out)
		search->ways_out[w->parent] = nr;
	q->first = (q->first + 1) % WAITING;
	q->nr--;
}

/* Halfway through the queue, the table's entry is there: fetch the state. */
static inline void fetch_state(const struct search *search,
			       const struct queue *q, size_t size)
{
	const struct waiting *w = &q->w[(q->first + WAITING / 2) % WAITING];
	uint64_t entry = search->table[w->hash & search->mask];
	const uint8_t *s = search->states + NUMBER(entry) * size;

	if (!entry || TAG(entry) != TAG(w->hash))
		return;
	__builtin_prefetch(s);
	__builtin_prefetch(s + size - 1);
}

static inline void put_one(struct search *search, struct queue *q,
			   const struct transition *next, uint32_t parent,
			   bool way_out, size_t size)
{
	uint64_t h = hash((const uint8_t *)&next->to, size);
	struct waiting *w;

	if (search->nr < IN_CACHE) {
		uint32_t nr = visit(search, &next->to, parent, h, size);

		if (way_out)
			search->ways_out[parent] = nr;
		return;
	}
	if (q->nr == WAITING) {
		fetch_state(search, q, size);
		take_one(search, q, size);
	}
	w = &q->w[(q->first + q->nr++) % WAITING];
	w->s = next->to;
	w->parent = parent;
	w->hash = h;
	w->way_out = way_out;
	__builtin_prefetch(search->table + (w->hash & search->mask));
}

static void note_stuck(struct search *search, uint32_t nr, const char *why)
{
	if (search->stuck_why)
		return;
	search->stuck_why = why;
	search->stuck = nr;
}

unsigned int search_way_out(const struct transition *next, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!next[i].retries)
			return i;
	return 0;
}

static inline void expand(struct search *search, struct queue *q,
			  uint32_t number, size_t size)
{
	struct transition next[MAX_TRANSITIONS];
	struct state s = { 0 };
	unsigned int nr, way;

	memcpy(&s, search->states + number * size, size);
	if (interleaving_done(&search->interleaving, &s))
		return;
	nr = interleaving_next(&search->interleaving, &s, next);
	search->edges += nr;
	if (!nr)
		note_stuck(search, number, "all wait for one another");
	way = search_way_out(next, nr);
	for (unsigned int i = 0; i < nr; i++)
		put_one(search, q, &next[i], number, i == way, size);
}

#define PROGRESS_EVERY (1 << 19)

/* Whether to give up. */
static bool over(struct search *search, const struct explore_opts *opts,
		 uint32_t number)
{
	if (opts->max_states && search->nr > opts->max_states)
		search->end = EXPLORE_LIMIT;
	else if (search->nr > UINT32_MAX / 2 - 64)
		search->end = EXPLORE_LIMIT;
	else if (opts->progress && number % PROGRESS_EVERY == 0 && number &&
		 !opts->progress(opts->data, search->nr))
		search->end = EXPLORE_INTERRUPTED;
	else if (search->interleaving.endless)
		note_stuck(search, number, "a reader goes on for ever");
	return search->end != EXPLORED || search->interleaving.endless;
}

static inline void run(struct search *search, const struct explore_opts *opts,
		       size_t size)
{
	struct queue q = { 0 };
	struct state s;

	interleaving_start(&search->interleaving, &s);
	visit(search, &s, NR_NONE, hash((const uint8_t *)&s, size), size);
	for (uint32_t i = 0; i < search->nr; i++) {
		if (over(search, opts, i))
			return;
		expand(search, &q, i, size);
		while (i + 1 == search->nr && q.nr)
			take_one(search, &q, size);
	}
}

/* ---- whether all can finish -------------------------------------------- */

/*
 * Each state points to one that follows it. Where these ways lead to an end,
 * all can finish; only if one leads in a circle is the question asked in full.
 */
#define FINISHES (UINT32_MAX - 1)

static bool leads_on(struct search *search, uint32_t from)
{
	uint32_t at = from, steps = 0;

	while (search->ways_out[at] < FINISHES) {
		at = search->ways_out[at];
		if (++steps > search->nr)
			return false;
	}
	while (search->ways_out[from] < FINISHES) {
		uint32_t next = search->ways_out[from];

		search->ways_out[from] = FINISHES;
		from = next;
	}
	return true;
}

/* Whether some step from a state leads to one of which it is known. */
static bool finishes_after(struct search *search, uint32_t nr,
			   const bool *finishes)
{
	struct transition next[MAX_TRANSITIONS];
	struct state s = search_state(search, nr);
	unsigned int n;

	if (interleaving_done(&search->interleaving, &s))
		return true;
	n = interleaving_next(&search->interleaving, &s, next);
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *to = (const uint8_t *)&next[i].to;
		uint64_t at = place_of(search, to, hash(to, search->size),
				       search->size);

		if (finishes[NUMBER(search->table[at])])
			return true;
	}
	return false;
}

/* Backwards from the ends, over and over until nothing is added. */
static void ask_in_full(struct search *search)
{
	bool *finishes = xcalloc(search->nr, sizeof(*finishes));
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = search->nr; i--;) {
			if (finishes[i] || !finishes_after(search, i, finishes))
				continue;
			finishes[i] = more = true;
		}
	}
	for (uint32_t i = 0; i < search->nr; i++)
		if (!finishes[i]) {
			note_stuck(search, i, "a reader goes in circles");
			break;
		}
	free(finishes);
}

bool search_ends(struct search *search)
{
	/* Backwards: most lead to a later one, of which it is known by then. */
	for (uint32_t i = search->nr; i--;)
		if (!leads_on(search, i))
			return false;
	return true;
}

void search_run(struct search *search, const struct explore_opts *opts)
{
	search->walks_min = UINT32_MAX;
	if (search->interleaving.readers == 1)
		run(search, opts, STATE_SIZE(1));
	else
		run(search, opts, STATE_SIZE(2));
	search->distinct = search->nr;
	if (search->end == EXPLORED && !search->stuck_why &&
	    !search_ends(search))
		ask_in_full(search);
}
