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

#define MAX_MOVES (2 * MAX_TRANSITIONS)

/* States that are new. The lowest bit is the first of them. */
struct chain {
	uint32_t last;	 /* the number of the last state */
	uint32_t taken;	 /* steps of the reader up to there */
	uint64_t states; /* by steps of the writer that are done */
	unsigned int end;
};

/*
 * Steps of readers, and where they lead to: the last state of a chain, of which
 * those from @first to before @end are reached. @from is the chain of which this is
 * the way out, or NR_NONE.
 */
struct moves {
	unsigned int nr;
	struct transition next[MAX_MOVES];
	struct move {
		uint32_t from;
		uint32_t taken;
		uint8_t first;
		uint8_t end;
	} move[MAX_MOVES];
};

/*
 * A move is looked up once another chain has made its own: states are written byte
 * by byte, and to read one as a whole at once would wait for that.
 */
struct chains {
	struct search *search;
	const struct step_sets *sets;
	struct moves *made;
	struct moves *before;
	size_t nr; /* chains in the search's queue */
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

/* Notes what is new of states. Returns the chain's number. */
static uint32_t note(struct chains *c, const struct state *last,
		     const struct move *move, uint64_t *states)
{
	struct search *search = c->search;
	uint32_t known = search->nr, nr = search_visit(search, last);

	if (search->nr > search->nr_reached) {
		search->nr_reached = search->max;
		search->reached =
			xreallocarray(search->reached, search->nr_reached,
				      sizeof(*search->reached));
	}
	if (nr == known)
		search->reached[known] = 0;
	*states = ((1ULL << move->end) - (1ULL << move->first)) &
		  ~search->reached[nr];
	if (!*states)
		return nr;
	search->reached[nr] |= *states;
	search->distinct += (size_t)__builtin_popcountll(*states);
	if (c->nr == search->max_chains)
		search->chains = xgrow(search->chains, &search->max_chains,
				       sizeof(*search->chains));
	search->chains[c->nr++] = (struct chain){ .last = nr,
						  .taken = move->taken,
						  .states = *states,
						  .end = move->end };
	return nr;
}

/* A state becomes the last of its chain. */
static void go_to_last(const struct chains *c, struct state *s,
		       struct move *move)
{
	move->first = s->done;
	s->done = last_of(c, s);
	move->end = s->done + 1;
}

/* Where the node of its cursor is replaced, another chain begins. */
static void note_killed(struct chains *c, struct state s, unsigned int taken,
			uint64_t at)
{
	struct move move = { .taken = taken };
	uint64_t states;

	s.r[0].cursor = CURSOR_DEAD;
	for (; at; at &= at - 1) {
		s.done = first_of(at, 0) + 1;
		go_to_last(c, &s, &move);
		note(c, &s, &move, &states);
	}
}

static void note_move(struct chains *c, const struct state *last,
		      const struct move *move)
{
	uint64_t states;
	uint32_t nr = note(c, last, move, &states);

	if (move->from != NR_NONE)
		c->search->ways_out[move->from] = nr;
	states &= c->sets->may_replace;
	if (states && last->r[0].at != AT_DONE && at_slot(&last->r[0]))
		note_killed(c, *last, move->taken, states);
}

static void note_moves(struct chains *c, struct moves *moves)
{
	for (unsigned int i = 0; i < moves->nr; i++)
		note_move(c, &moves->next[i].to, &moves->move[i]);
	moves->nr = 0;
}

/* ---- steps ------------------------------------------------------------- */

/* Up to where the reader's step sees the same as now. */
static unsigned int same_until(const struct chains *c, const struct rstate *r,
			       unsigned int done, const struct chain *chain)
{
	unsigned int uses = reader_steps[r->at].uses;
	uint64_t changes = c->sets->changes[uses & (LOOKS_AT_VMA - 1)];

	if (uses & LOOKS_AT_VMA)
		changes |= c->sets->changes_vma[r->vma];
	return first_of(changes | 1ULL << (chain->end - 1), done) + 1;
}

/*
 * The reader's steps from a state, and from all behind it from which they lead
 * to the same: up to where the writer changes what the step looks at, or comes
 * to the end of a chain. Returns where that is.
 */
static unsigned int step(struct chains *c, const struct state *s,
			 unsigned int done, const struct chain *from)
{
	unsigned int same = same_until(c, &s->r[0], done, from), end = same, nr;
	struct transition *next = &c->made->next[c->made->nr];
	struct move *move = &c->made->move[c->made->nr];

	nr = interleaving_read(&c->search->interleaving, s, done, 0, next);
	for (unsigned int i = 0; i < nr; i++) {
		struct state *to = &next[i].to;

		move[i].from = NR_NONE;
		move[i].taken = from->taken + 1;
		if (to->r[0].at == AT_DONE) {
			/* What the writer has left, it does alone. */
			move[i].first = done;
			move[i].end = same;
			to->done = 0;
			continue;
		}
		go_to_last(c, to, &move[i]);
		if (move[i].end < end)
			end = move[i].end;
	}
	c->made->nr += nr;
	if (end < from->end)
		return end;
	if (nr)
		move[search_way_out(next, nr)].from = from->last;
	/* If it waits, something has to be given up by others. */
	c->stuck |= !nr;
	return end;
}

static void expand(struct chains *c, const struct chain chain)
{
	unsigned int end = 64 - (unsigned int)__builtin_clzll(chain.states);
	unsigned int done = first_of(chain.states, 0);
	struct state s = { 0 };

	get_state(c, chain.last, &s);
	if (s.r[0].at == AT_DONE)
		return;
	while (done < end) {
		if (c->made->nr > MAX_MOVES - MAX_TRANSITIONS) {
			note_moves(c, c->before);
			note_moves(c, c->made);
		}
		done = step(c, &s, done, &chain);
	}
}

static bool gives_up(const struct chains *c, const struct explore_opts *opts)
{
	return c->stuck || c->search->interleaving.endless ||
	       (opts->max_states && c->search->distinct > opts->max_states);
}

/* What is made and what is noted take turns. */
static void expand_all(struct chains *c, const struct explore_opts *opts)
{
	for (size_t i = 0; !gives_up(c, opts); i++) {
		struct moves *before = c->before;

		if (i == c->nr)
			note_moves(c, before);
		if (i == c->nr)
			return;
		expand(c, c->search->chains[i]);
		note_moves(c, before);
		c->before = c->made;
		c->made = before;
	}
}

/* By list of what was reported: how many steps it takes at least. */
static void find_shortest(const struct chains *c)
{
	struct search *search = c->search;

	search->shortest =
		xcalloc(search->lists.max, sizeof(*search->shortest));
	for (size_t i = 0; i < c->nr; i++) {
		const struct chain *chain = &search->chains[i];
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

bool chains_run(struct search *search, const struct explore_opts *opts)
{
	struct moves moves[2];
	struct chains c = {
		.search = search,
		.sets = &search->interleaving.writer->sets,
		.made = &moves[0],
		.before = &moves[1],
	};
	struct move start = { .from = NR_NONE };
	struct state s;
	bool all;

	if (!suits(&search->interleaving))
		return false;
	moves[0].nr = moves[1].nr = 0;
	search->walks_min = UINT32_MAX;
	interleaving_start(&search->interleaving, &s);
	go_to_last(&c, &s, &start);
	note_move(&c, &s, &start);
	expand_all(&c, opts);
	all = !gives_up(&c, opts) && search_ends(search);
	if (all)
		find_shortest(&c);
	return all;
}
