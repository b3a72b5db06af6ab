// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a search, many at a time. While a reader does nothing, the writer
 * goes on and leaves it as it is, up to a step that waits for the reader or kills
 * its cursor. The states on the way differ in how far the writer is, and in
 * nothing else: a chain.
 *
 *	steps done     0   1   2   3   4   5   6
 *	a reader           o---o---o---o            step 4 waits for it
 *	                   |   |   |   |
 *	one step later     o---o   o---o---o---o
 *
 * Two chains with the same reader and the same end are one, from where the first
 * of them begins. So each is known by its last state, and a mask says which are
 * reached. A reader's step is tried anew only where the writer changes what it
 * looks at. No way through the states is kept, and of the steps to each only how
 * many they are at least.
 */
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

/* States that are new. The lowest bit is the first of them. */
struct chain {
	uint32_t last;	 /* the number of the last state */
	uint32_t taken;	 /* steps of the reader up to there */
	uint64_t states; /* by steps of the writer that are done */
	unsigned int end;
};

struct chains {
	struct search *search;
	const struct step_sets *sets;
	struct chain *queue;
	size_t nr;
	size_t max;
	uint64_t *reached; /* by number of the last state */
	size_t nr_reached;
	bool stuck;
};

/* ---- the writer -------------------------------------------------------- */

static unsigned int changes_between(const struct snapshot *a,
				    const struct snapshot *b)
{
	unsigned int changes = 0;

	if (a->sequence != b->sequence || a->write_locked != b->write_locked)
		changes |= LOOKS_AT_MMAP_LOCK;
	if (a->nr_slots != b->nr_slots ||
	    memcmp(a->slot_vma, b->slot_vma, a->nr_slots) != 0 ||
	    memcmp(a->slot_end, b->slot_end, a->nr_slots) != 0)
		changes |= LOOKS_AT_TREE;
	if (a->attached != b->attached)
		changes |= LOOKS_AT_ATTACHED;
	return changes;
}

static bool changes_vma(const struct snapshot *a, const struct snapshot *b,
			unsigned int vma)
{
	return ((a->attached ^ b->attached) | (a->stamped ^ b->stamped)) >>
			       vma &
		       1 ||
	       a->vm_start[vma] != b->vm_start[vma] ||
	       a->vm_end[vma] != b->vm_end[vma];
}

static void sort_step(struct writer *writer, size_t i)
{
	struct step_sets *sets = &writer->sets;
	const struct writer_step *step = &writer->steps[i];
	const struct snapshot *before = &writer->snapshots[i];
	unsigned int changes = changes_between(before, before + 1);
	uint64_t bit = 1ULL << i;

	for (unsigned int at = 0; at < LOOKS_AT_VMA; at++)
		if (at & changes)
			sets->changes[at] |= bit;
	for (unsigned int vma = 1; vma < writer->nr_vmas; vma++)
		if (changes_vma(before, before + 1, vma))
			sets->changes_vma[vma] |= bit;
	if (step->kind == STEP_LOCK_MMAP)
		sets->waits_for_mmap |= bit;
	if (step->kind == STEP_LOCK_VMA || step->kind == STEP_DETACH)
		sets->waits_for[step->vma] |= bit;
	if (step->kind != STEP_STORE || !(step->ways & STORE_REPLACE))
		return;
	sets->may_replace |= bit;
	if (!(step->ways & STORE_IN_PLACE))
		sets->replaces |= bit;
}

void chains_sort_steps(struct writer *writer)
{
	for (size_t i = 0; i < writer->nr_steps && i < MAX_CHAIN; i++)
		sort_step(writer, i);
}

/* The first of some steps that is yet to be done. */
static unsigned int first_of(uint64_t steps, unsigned int done)
{
	return (unsigned int)__builtin_ctzll(steps & -(1ULL << done));
}

static bool at_slot(const struct rstate *r)
{
	return (r->cursor & CURSOR_KIND) == CURSOR_SLOT;
}

/* How far the writer comes, and the reader stays as it is. */
static unsigned int last_of(const struct chains *c, const struct state *s)
{
	const struct interleaving *m = &c->search->interleaving;
	const struct rstate *r = &s->r[0];
	uint64_t ends = 1ULL << m->writer->nr_steps;

	if (reader_holds_mmap(m->flags, r))
		ends |= c->sets->waits_for_mmap;
	if (reader_holds(m->flags, r, r->vma))
		ends |= c->sets->waits_for[r->vma];
	if (at_slot(r))
		ends |= c->sets->replaces;
	return first_of(ends, s->done);
}

/* ---- chains ------------------------------------------------------------ */

static void get_state(const struct chains *c, uint32_t nr, struct state *s)
{
	const size_t size = STATE_SIZE(1);

	memcpy(s, c->search->states + nr * size, size);
}

/*
 * Notes what is new of states from @first to before @end; @last tells the chain.
 * Returns its number.
 */
static uint32_t note(struct chains *c, const struct state *last,
		     unsigned int taken, unsigned int first, unsigned int end,
		     uint64_t *states)
{
	struct search *search = c->search;
	uint32_t known = search->nr, nr = search_visit(search, last);

	if (search->nr > c->nr_reached) {
		c->nr_reached = search->max;
		c->reached = xreallocarray(c->reached, c->nr_reached,
					   sizeof(*c->reached));
	}
	if (nr == known)
		c->reached[known] = 0;
	*states = ((1ULL << end) - (1ULL << first)) & ~c->reached[nr];
	if (!*states)
		return nr;
	c->reached[nr] |= *states;
	search->distinct += (size_t)__builtin_popcountll(*states);
	xroom(c->queue, c->nr, c->max);
	c->queue[c->nr++] = (struct chain){
		.last = nr, .taken = taken, .states = *states, .end = end
	};
	return nr;
}

static uint32_t add(struct chains *c, struct state *s, unsigned int taken);

/* Where the node of its cursor is replaced, another chain begins. */
static void add_killed(struct chains *c, struct state s, unsigned int taken,
		       uint64_t at)
{
	s.r[0].cursor = CURSOR_DEAD;
	for (; at; at &= at - 1) {
		s.done = first_of(at, 0) + 1;
		add(c, &s, taken);
	}
}

/* A state, and all those behind it in its chain: @s becomes the last of them. */
static uint32_t add(struct chains *c, struct state *s, unsigned int taken)
{
	unsigned int first = s->done;
	uint64_t states;
	uint32_t nr;

	s->done = last_of(c, s);
	nr = note(c, s, taken, first, s->done + 1U, &states);
	states &= c->sets->may_replace;
	if (at_slot(&s->r[0]) && states)
		add_killed(c, *s, taken, states);
	return nr;
}

/* A reader that is done. What the writer has left, it does alone. */
static uint32_t add_done(struct chains *c, struct state *s, unsigned int taken,
			 unsigned int end)
{
	unsigned int first = s->done;
	uint64_t states;

	s->done = 0;
	return note(c, s, taken, first, end, &states);
}

/* Up to where the reader's step sees the same as now. */
static unsigned int same_until(const struct chains *c, const struct rstate *r,
			       unsigned int done, const struct chain *chain)
{
	unsigned int looks_at = reader_looks_at(r->at);
	uint64_t changes = c->sets->changes[looks_at & (LOOKS_AT_VMA - 1)];

	if (looks_at & LOOKS_AT_VMA)
		changes |= c->sets->changes_vma[r->vma];
	return first_of(changes | 1ULL << (chain->end - 1), done) + 1;
}

/*
 * The reader's steps from a state, and from all behind it from which they lead
 * to the same: up to where the writer changes what the step looks at, or comes
 * to the end of a chain. Returns where that is; @way becomes where they lead to.
 */
static unsigned int step(struct chains *c, const struct state *s,
			 unsigned int done, const struct chain *from,
			 uint32_t *way)
{
	unsigned int same = same_until(c, &s->r[0], done, from), end = same;
	unsigned int taken = from->taken + 1, nr, out;
	struct transition next[MAX_TRANSITIONS];

	nr = interleaving_read(&c->search->interleaving, s, done, 0, next);
	out = search_way_out(next, nr);
	for (unsigned int i = 0; i < nr; i++) {
		struct state *to = &next[i].to;
		bool ends = to->r[0].at == AT_DONE;
		uint32_t chain =
			ends ? add_done(c, to, taken, same) : add(c, to, taken);

		if (!ends && to->done + 1U < end)
			end = to->done + 1U;
		if (i == out)
			*way = chain;
	}
	return end;
}

static void expand(struct chains *c, const struct chain chain)
{
	struct state s = { 0 };
	unsigned int end = 64 - (unsigned int)__builtin_clzll(chain.states);
	unsigned int done = first_of(chain.states, 0);
	uint32_t way = NR_NONE;

	get_state(c, chain.last, &s);
	if (s.r[0].at == AT_DONE)
		return;
	while (done < end)
		done = step(c, &s, done, &chain, &way);
	if (end < chain.end)
		return;
	c->search->ways_out[chain.last] = way;
	/* If it waits, something has to be given up by others. */
	c->stuck |= way == NR_NONE;
}

/* By list of what was reported: how many steps it takes at least. */
static void find_shortest(const struct chains *c)
{
	struct search *search = c->search;

	search->shortest =
		xcalloc(search->lists.max, sizeof(*search->shortest));
	for (size_t i = 0; i < c->nr; i++) {
		const struct chain *chain = &c->queue[i];
		unsigned int steps = first_of(chain->states, 0) + chain->taken;
		struct state s = { 0 };
		uint32_t *least;

		get_state(c, chain->last, &s);
		least = &search->shortest[s.r[0].list];
		if (s.r[0].at == AT_DONE && (!*least || steps < *least))
			*least = steps;
	}
}

/* ---- the search -------------------------------------------------------- */

/* Whatever is out of the ordinary is left to search_run(). */
static bool suits(const struct interleaving *m)
{
	return m->readers == 1 && !m->leaves && !m->writer->loops &&
	       m->writer->nr_steps <= MAX_CHAIN &&
	       !(m->flags &
		 (READ_NO_UNLOCK | READ_NO_DROP | READ_NO_MMAP_UNLOCK));
}

static bool gives_up(const struct chains *c, const struct explore_opts *opts)
{
	return c->stuck || c->search->interleaving.endless ||
	       (opts->max_states && c->search->distinct > opts->max_states);
}

bool chains_run(struct search *search, const struct explore_opts *opts)
{
	struct chains c = { .search = search,
			    .sets = &search->interleaving.writer->sets };
	struct state s;
	bool all;

	if (!suits(&search->interleaving))
		return false;
	search->walks_min = UINT32_MAX;
	interleaving_start(&search->interleaving, &s);
	add(&c, &s, 0);
	for (size_t i = 0; i < c.nr && !gives_up(&c, opts); i++)
		expand(&c, c.queue[i]);
	all = !gives_up(&c, opts) && search_ends(search);
	if (all)
		find_shortest(&c);
	free(c.queue);
	free(c.reached);
	return all;
}
