// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can happen next: the writer's next step, each reader's (lock-next-vma.c),
 * or that the memory of a freed VMA becomes another one.
 */
#include <string.h>

#include "reader/internal.h"

/* ---- the writer --------------------------------------------------------- */

/* mmap_write_lock(), vma_start_write() and vma_mark_detached() wait. */
static bool writer_waits(const struct interleaving *m, const struct state *s,
			 const struct writer_step *step)
{
	bool mmap = step->kind == STEP_LOCK_MMAP;
	bool vma = step->kind == STEP_LOCK_VMA || step->kind == STEP_DETACH;

	for (unsigned int i = 0; i < m->readers; i++) {
		if (mmap && reader_holds_mmap(m->flags, &s->r[i]))
			return true;
		if (vma && reader_holds(m->flags, &s->r[i], step->vma))
			return true;
	}
	return false;
}

/* A node that is replaced is dead to the cursors in it. */
static void kill_cursors(const struct interleaving *m, struct state *s)
{
	for (unsigned int i = 0; i < m->readers; i++)
		if ((s->r[i].cursor & CURSOR_KIND) == CURSOR_SLOT)
			s->r[i].cursor = CURSOR_DEAD;
}

/*
 * The node that is replaced may be another than a cursor's, if the cursor is at
 * none of the slots that are stored over. After one store that makes no
 * difference: in its own node nothing changed, and from its last slot it goes
 * on to the first one of the next node, new or not. But after an earlier store
 * in place it does, for then the dead cursor goes by an address that is out of
 * date, and the living one by its slot. Slots are numbered across nodes here,
 * so behind the store they move up or down.
 *
 * Which nodes there are is not kept from one store to the next: this allows
 * somewhat more than one tree could do.
 */
static void kill_some_cursors(const struct interleaving *m, struct state *s,
			      const struct writer_step *step)
{
	for (unsigned int i = 0; i < m->readers; i++) {
		struct rstate *r = &s->r[i];
		uint8_t slot = r->cursor & ~CURSOR_KIND;

		if ((r->cursor & CURSOR_KIND) != CURSOR_SLOT)
			continue;
		if (slot > step->last)
			r->cursor = CURSOR_SLOT | (slot + step->more);
		else if (slot >= step->first)
			r->cursor = CURSOR_DEAD;
	}
}

/* Whether what a reader sampled is still to be looked at. */
static bool has_sample(const struct interleaving *m, const struct rstate *r)
{
	if (m->flags &
	    (READ_SAMPLE_KEEP | READ_SAMPLE_FIRST | READ_SET_CHANGED))
		return true;
	return r->at >= AT_LOOKUP && r->at <= AT_VERIFY_START;
}

/* Odd, so that it is never taken for what it is now. */
#define STALE 1

/*
 * The writer has come to the last snapshot, which is the first again: its VMAs get
 * the names that they have there. One that has none was removed, and all that
 * it can come to is to be found detached: 0 is.
 */
static void begin_anew(const struct interleaving *m, struct state *s)
{
	const struct writer *writer = m->writer;
	uint8_t now = writer->snapshots[s->done].sequence;

	s->done = 0;
	for (unsigned int i = 0; i < m->readers; i++) {
		struct rstate *r = &s->r[i];

		r->vma = writer->renamed[r->vma];
		if (!has_sample(m, r))
			continue;
		r->sequence = r->sequence == now ? writer->snapshots[0].sequence
						 : STALE;
	}
}

static unsigned int writer_transitions(const struct interleaving *m,
				       const struct state *s,
				       struct transition *next)
{
	const struct writer *writer = m->writer;
	const struct writer_step *step = &writer->steps[s->done];
	unsigned int ways = STORE_IN_PLACE, nr = 0;

	if (s->done == writer->nr_steps || writer_waits(m, s, step))
		return 0;
	if (step->kind == STEP_STORE)
		ways = step->ways;
	if (ways & STORE_REPLACE && m->leaves)
		ways |= STORE_ELSEWHERE;
	for (unsigned int way = STORE_IN_PLACE; way <= ways; way <<= 1) {
		struct transition *to = &next[nr];

		if (!(ways & way))
			continue;
		to->to = *s;
		to->to.done++;
		to->task = 0;
		to->choice = way;
		to->retries = writer->loops;
		if (way == STORE_REPLACE)
			kill_cursors(m, &to->to);
		else if (way == STORE_ELSEWHERE)
			kill_some_cursors(m, &to->to, step);
		if (writer->loops && to->to.done == writer->nr_steps)
			begin_anew(m, &to->to);
		nr++;
	}
	return nr;
}

/* ---- the readers -------------------------------------------------------- */

static void reader_transition(struct interleaving *m, const struct state *s,
			      unsigned int done, unsigned int which,
			      struct transition *next, bool stop)
{
	struct turn t = {
		.m = m,
		.w = &m->writer->snapshots[done],
		.s = &next->to,
		.r = &next->to.r[which],
	};

	next->to = *s;
	next->to.done = done;
	take_step(&t, stop);
	next->task = 1 + which;
	next->choice = stop;
	next->retries = t.retries;
}

/*
 * SLAB_TYPESAFE_BY_RCU: what was found and is freed since may be another VMA by
 * now, attached, and elsewhere. Of one that went in an earlier round of a loop
 * no more is known than that (0): it may be any that was made.
 */
static unsigned int reuse_transitions(const struct interleaving *m,
				      const struct state *s, unsigned int done,
				      unsigned int which,
				      struct transition *next)
{
	const struct writer *writer = m->writer;
	const struct snapshot *w = &writer->snapshots[done];
	const struct rstate *r = &s->r[which];
	uint32_t made = writer->made & w->attached;
	unsigned int nr = 0;

	if ((r->at != AT_LOCK && r->at != AT_LOCK_COUNT) ||
	    w->attached & 1U << r->vma)
		return 0;
	for (; made; made &= made - 1) {
		unsigned int vma = (unsigned int)__builtin_ctz(made);

		if (r->vma && writer->made_at[vma] <= writer->freed_at[r->vma])
			continue;
		next[nr] = (struct transition){ .to = *s, .task = 1 + which };
		next[nr].to.done = done;
		next[nr++].to.r[which].vma = vma;
	}
	return nr;
}

/* The next step is the first after a report: a full buffer shows here. */
static bool just_reported(const struct interleaving *m, const struct rstate *r)
{
	if (m->flags & READ_SAMPLE_FIRST)
		return r->at == AT_SAMPLE && r->vma;
	return r->at == AT_UNLOCK;
}

/*
 * The steps that a reader can take where the writer has done @done steps, however
 * many @s has.
 */
unsigned int interleaving_read(struct interleaving *m, const struct state *s,
			       unsigned int done, unsigned int which,
			       struct transition *next)
{
	const struct rstate *r = &s->r[which];
	bool waits = (r->at == AT_MMAP_LOCK || r->at == AT_WHOLE_LOCK) &&
		     m->writer->snapshots[done].write_locked &&
		     !(m->flags & READ_NO_MMAP_LOCK);
	bool stops = just_reported(m, r) && !(m->flags & READ_NO_STOP);
	unsigned int nr = 0;

	if (r->at == AT_DONE || waits)
		return 0;
	if (!(stops && m->flags & READ_QUERIES))
		reader_transition(m, s, done, which, &next[nr++], false);
	if (stops)
		reader_transition(m, s, done, which, &next[nr++], true);
	return nr + reuse_transitions(m, s, done, which, next + nr);
}

/* All steps that can be taken, the writer's first. */
unsigned int interleaving_next(struct interleaving *m, const struct state *s,
			       struct transition next[MAX_TRANSITIONS])
{
	unsigned int nr = writer_transitions(m, s, next);

	for (unsigned int i = 0; i < m->readers; i++)
		nr += interleaving_read(m, s, s->done, i, next + nr);
	return nr;
}

/* Every reader is done. What the writer has left, it does alone. */
bool interleaving_done(const struct interleaving *m, const struct state *s)
{
	for (unsigned int i = 0; i < m->readers; i++)
		if (s->r[i].at != AT_DONE)
			return false;
	return true;
}

void interleaving_start(const struct interleaving *m, struct state *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned int i = 0; i < m->readers; i++)
		s->r[i].at = m->flags & READ_WHOLE ? AT_WHOLE_LOCK : AT_SAMPLE;
}
