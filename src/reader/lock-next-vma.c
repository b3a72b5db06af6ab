// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader's steps: get_next_vma() and lock_next_vma(), a function an atomic
 * step; none of them does two things that a writer could come between.
 */
#include "reader/internal.h"

static bool flag(const struct turn *t, unsigned int flags)
{
	return t->m->flags & flags;
}

/* ---- the cursor -------------------------------------------------------- */

/* vma_iter_set() */
static void cursor_set(struct rstate *r)
{
	r->cursor = CURSOR_SET;
	r->last = r->from;
}

/* A walk from the root; counted only if it is asked for. */
static void count_walk(const struct turn *t)
{
	if (t->m->count_walks && t->s->walks < UINT16_MAX)
		t->s->walks++;
}

/*
 * One slot of mas_find(). Set to an address: mas_walk(), to the slot that holds
 * it. At a slot: mas_next_slot(), to the slot behind it; a dead node is found by
 * mas_rewalk_if_dead(), which goes to the slot that now holds the last page of
 * the one where mas_next_slot() began, be there empty slots in between or not:
 * so r->last stays until a VMA is found. Returns the VMA there, 0 for an empty
 * slot, NOWHERE if no slot behind it can have one.
 */
static uint8_t visit(const struct turn *t)
{
	const struct snapshot *w = t->w;
	struct rstate *r = t->r;
	bool walk = (r->cursor & CURSOR_KIND) == CURSOR_SET;
	uint8_t slot;

	if (walk)
		slot = w->slot_at[r->last];
	else if ((r->cursor & CURSOR_KIND) == CURSOR_SLOT)
		slot = (r->cursor & ~CURSOR_KIND) + 1;
	else
		slot = w->slot_before[r->last] + 1;
	if ((r->cursor & CURSOR_KIND) != CURSOR_SLOT)
		count_walk(t);
	if (slot >= w->nr_slots)
		return NOWHERE;
	r->cursor = CURSOR_SLOT | slot;
	if (walk || w->slot_vma[slot])
		r->last = w->slot_end[slot];
	if (slot + 1 == w->nr_slots && !w->slot_vma[slot])
		return NOWHERE;
	return w->slot_vma[slot];
}

/* vma_next() while no writer can come between. Returns the VMA, or 0. */
static uint8_t next_at_once(const struct turn *t)
{
	uint8_t vma;

	do {
		vma = visit(t);
	} while (!vma);
	return vma == NOWHERE ? 0 : vma;
}

/* ---- ends of a round --------------------------------------------------- */

static void keep(struct rstate *r, unsigned int bit)
{
	r->kept |= bit;
}

static void to_fallback(struct turn *t)
{
	t->m->fallback = true;
	t->r->sequence = 0;
	if (reader_steps[t->r->at].uses & HOLDS_VMA) {
		t->r->at = AT_DROP;
		return;
	}
	/* Nothing is held; the iterator will be set before it is used. */
	t->r->vma = 0;
	cursor_set(t->r);
	t->r->at = AT_MMAP_LOCK;
}

static void finish(struct turn *t)
{
	struct rstate *r = t->r;

	*r = (struct rstate){
		.list = r->list,
		.kept = r->kept,
		.at = AT_DONE,
	};
}

static void to_report(struct turn *t)
{
	if (!flag(t, READ_SAMPLE_KEEP | READ_SET_CHANGED))
		t->r->sequence = 0;
	t->r->at = AT_REPORT;
}

/* ---- 1: unlock, or stop ------------------------------------------------ */

/* unlock_vma() */
static void unlock(struct turn *t)
{
	if (flag(t, READ_NO_UNLOCK))
		keep(t->r, 1U << t->r->vma);
	t->r->vma = 0;
}

static void step_unlock(struct turn *t)
{
	unlock(t);
	t->r->at = flag(t, READ_SAMPLE_FIRST | READ_SAMPLE_KEEP) ? AT_LOOKUP
								 : AT_SAMPLE;
}

/*
 * m_stop(). seq_read_iter() calls m_next() once more before it; what that finds
 * is dropped, and last_pos brings m_start() back to where it was. So it is as
 * if it had not happened, but for the time it takes.
 */
static void step_stop(struct turn *t)
{
	unlock(t);
	if (!flag(t, READ_NO_SET_STOP))
		cursor_set(t->r);
	t->r->sequence = 0;
	t->r->at = AT_STOPPED;
}

/* ---- 2, 3: sample, look up --------------------------------------------- */

/* READ_SET_CHANGED: the tree may be another than when the iterator was set. */
static bool changed_since(const struct turn *t)
{
	return t->w->sequence & 1 || t->w->sequence != t->r->sequence;
}

/* mmap_lock_speculate_try_begin() */
static void step_sample(struct turn *t)
{
	if (flag(t, READ_SET_SAMPLED) ||
	    (flag(t, READ_SET_CHANGED) && changed_since(t)))
		cursor_set(t->r);
	t->r->sequence = flag(t, READ_NO_SAMPLE) ? 0 : t->w->sequence;
	/* READ_SAMPLE_FIRST: the VMA reported last is still to be unlocked */
	t->r->at = t->r->vma ? AT_UNLOCK : AT_LOOKUP;
}

/* mmap_lock_speculate_retry(), or no use of it to begin with */
static bool may_have_changed(const struct turn *t)
{
	if (flag(t, READ_VERIFY_ALWAYS))
		return true;
	if (flag(t, READ_NO_SAMPLE))
		return false;
	return t->r->sequence & 1 || t->r->sequence != t->w->sequence;
}

static void found(struct turn *t, uint8_t vma)
{
	t->r->vma = vma;
	t->r->at = flag(t, READ_NO_LOCK) ? AT_VERIFY_END : AT_LOCK;
}

static void nothing_found(struct turn *t)
{
	if (flag(t, READ_VERIFY_END | READ_DOUBT) && t->r->at == AT_LOOKUP)
		t->r->at = AT_NOTHING;
	else
		finish(t);
}

/* vma_next(), slot by slot: a writer may come between any two. */
static void step_lookup(struct turn *t)
{
	uint8_t vma = visit(t);

	if (vma == NOWHERE)
		nothing_found(t);
	else if (vma)
		found(t, vma);
}

/* An iterator that went astray may have missed the rest. */
static void step_nothing(struct turn *t)
{
	if (!may_have_changed(t)) {
		finish(t);
	} else if (flag(t, READ_DOUBT)) {
		to_fallback(t);
	} else {
		cursor_set(t->r);
		t->r->at = AT_LOOKUP_AGAIN;
	}
}

/* ---- 4: lock ----------------------------------------------------------- */

static bool write_locked(const struct turn *t)
{
	return t->w->stamped & 1U << t->r->vma && !flag(t, READ_NO_WRITE_CHECK);
}

static bool detached(const struct turn *t)
{
	return !(t->w->attached & 1U << t->r->vma) &&
	       !flag(t, READ_NO_DETACH_CHECK);
}

static void retry(struct turn *t)
{
	t->m->retry = true;
	t->retries = true;
	t->r->vma = 0;
	t->r->sequence = 0;
	if (!flag(t, READ_NO_SET_RETRY))
		cursor_set(t->r);
	t->r->at = AT_SAMPLE;
}

/* vma_start_read() as one step */
static void step_lock(struct turn *t)
{
	if (write_locked(t))
		to_fallback(t);
	else if (flag(t, READ_FINE_LOCK))
		t->r->at = AT_LOCK_COUNT;
	else if (detached(t))
		retry(t);
	else
		t->r->at = AT_VERIFY_END;
}

/* vma_start_read(): vm_refcnt, between the two looks at vm_lock_seq */
static void step_lock_count(struct turn *t)
{
	if (detached(t))
		retry(t);
	else
		t->r->at = AT_LOCK_CHECK;
}

static void step_lock_check(struct turn *t)
{
	if (write_locked(t))
		to_fallback(t);
	else
		t->r->at = AT_VERIFY_END;
}

/* ---- 5: verify --------------------------------------------------------- */

static void step_verify_end(struct turn *t)
{
	if (t->r->from >= t->w->vm_end[t->r->vma] &&
	    !flag(t, READ_NO_END_CHECK))
		to_fallback(t);
	else if (flag(t, READ_NO_VERIFY))
		to_report(t);
	else
		t->r->at = AT_VERIFY_START;
}

static void step_verify_start(struct turn *t)
{
	if (t->r->from >= t->w->vm_start[t->r->vma] || !may_have_changed(t)) {
		to_report(t);
		return;
	}
	if (t->m->writer->always &
	    pages_between(t->r->from, t->w->vm_start[t->r->vma]))
		t->m->false_hole = true;
	if (flag(t, READ_DOUBT)) {
		to_fallback(t);
		return;
	}
	t->m->rewalk = true;
	cursor_set(t->r);
	if (flag(t, READ_SAMPLE_KEEP)) {
		t->r->at = AT_RESAMPLE;
		return;
	}
	t->r->sequence = 0;
	t->r->at = AT_REWALK;
}

static void step_resample(struct turn *t)
{
	t->r->sequence = t->w->sequence;
	t->r->at = AT_REWALK;
}

static void step_rewalk(struct turn *t)
{
	uint8_t vma = visit(t);

	if (!vma)
		return;
	if (vma == t->r->vma || flag(t, READ_NO_COMPARE))
		to_report(t);
	else
		to_fallback(t);
}

/* ---- 6: report --------------------------------------------------------- */

/* READ_CLIP: where a line begins, so that it is never below the last end. */
uint8_t reported_start(unsigned int flags, const struct rstate *r,
		       const struct snapshot *w)
{
	uint8_t start = w->vm_start[r->vma];

	return flags & READ_CLIP && start < r->from ? r->from : start;
}

/* show_map(); and *ppos = vma->vm_end in proc_get_vma() */
static void report(struct turn *t)
{
	const struct writer *writer = t->m->writer;
	struct rstate *r = t->r;
	uint8_t start = reported_start(t->m->flags, r, t->w);

	r->from = t->w->vm_end[r->vma];
	if (r->vma == writer->hidden)
		return;
	r->list = lists_append(t->m->lists, r->list, writer->loops ? 0 : r->vma,
			       start, r->from);
	if (!r->list)
		t->m->endless = true;
}

static void step_report(struct turn *t)
{
	report(t);
	if (flag(t, READ_SET_HELD) ||
	    (t->r->cursor & CURSOR_KIND) == CURSOR_SET)
		cursor_set(t->r);
	t->r->at = flag(t, READ_SAMPLE_FIRST) ? AT_SAMPLE : AT_UNLOCK;
}

/* ---- the fallback: lock_next_vma_under_mmap_lock() --------------------- */

static void step_drop(struct turn *t)
{
	if (flag(t, READ_NO_DROP))
		keep(t->r, 1U << t->r->vma);
	t->r->vma = 0;
	cursor_set(t->r);
	t->r->at = AT_MMAP_LOCK;
}

static void step_mmap_lookup(struct turn *t)
{
	t->r->vma = next_at_once(t);
	t->r->at = t->r->vma ? AT_MMAP_LOCK_VMA : AT_MMAP_UNLOCK;
	if (flag(t, READ_SAMPLE_KEEP))
		t->r->sequence = t->w->sequence;
}

/* The iterator is set to vm_end, which is what @from is once it is reported. */
static void step_mmap_unlock(struct turn *t)
{
	if (flag(t, READ_NO_MMAP_UNLOCK))
		keep(t->r, KEPT_MMAP);
	if (!t->r->vma) {
		finish(t);
		return;
	}
	cursor_set(t->r);
	to_report(t);
}

/* ---- the whole read under the mmap lock -------------------------------- */

static void step_whole_lookup(struct turn *t)
{
	t->r->vma = next_at_once(t);
	t->r->at = t->r->vma ? AT_WHOLE_REPORT : AT_WHOLE_UNLOCK;
}

static void step_whole_report(struct turn *t)
{
	report(t);
	t->r->vma = 0;
	t->r->at = flag(t, READ_QUERIES) ? AT_WHOLE_STOP : AT_WHOLE_LOOKUP;
}

/* READ_QUERIES: the lock is given up, and taken again for the next VMA. */
static void step_whole_stop(struct turn *t)
{
	cursor_set(t->r);
	t->r->at = AT_WHOLE_LOCK;
}

/* ---- the table --------------------------------------------------------- */

/* What others have to wait for, or nothing. */
static void step_on(struct turn *t)
{
	t->r->at = reader_steps[t->r->at].next;
}

/*
 * What a step looks at is known to chains.c only by this. AT_LOCK and
 * AT_LOCK_COUNT look at what is attached: what was found may be one of these by
 * now. AT_SAMPLE holds a VMA with READ_SAMPLE_FIRST.
 */
const struct reader_step reader_steps[NR_AT] = {
	[AT_UNLOCK] = { step_unlock, HOLDS_VMA },
	/* m_start(), or the next PROCMAP_QUERY */
	[AT_STOPPED] = { step_on, 0, AT_SAMPLE },
	[AT_SAMPLE] = { step_sample, LOOKS_AT_MMAP_LOCK | HOLDS_VMA },
	[AT_LOOKUP] = { step_lookup, LOOKS_AT_TREE },
	[AT_NOTHING] = { step_nothing, LOOKS_AT_MMAP_LOCK },
	[AT_LOOKUP_AGAIN] = { step_lookup, LOOKS_AT_TREE },
	[AT_LOCK] = { step_lock, LOOKS_AT_VMA | LOOKS_AT_ATTACHED },
	[AT_LOCK_COUNT] = { step_lock_count, LOOKS_AT_VMA | LOOKS_AT_ATTACHED },
	[AT_LOCK_CHECK] = { step_lock_check, LOOKS_AT_VMA | HOLDS_VMA },
	[AT_VERIFY_END] = { step_verify_end, LOOKS_AT_VMA | HOLDS_VMA },
	[AT_VERIFY_START] = { step_verify_start,
			      LOOKS_AT_VMA | LOOKS_AT_MMAP_LOCK | HOLDS_VMA },
	[AT_RESAMPLE] = { step_resample, LOOKS_AT_MMAP_LOCK | HOLDS_VMA },
	[AT_REWALK] = { step_rewalk, LOOKS_AT_TREE | HOLDS_VMA },
	[AT_REPORT] = { step_report, LOOKS_AT_VMA | HOLDS_VMA },
	[AT_DROP] = { step_drop, HOLDS_VMA },
	[AT_MMAP_LOCK] = { step_on, LOOKS_AT_MMAP_LOCK, AT_MMAP_LOOKUP },
	[AT_MMAP_LOOKUP] = { step_mmap_lookup,
			     LOOKS_AT_TREE | LOOKS_AT_MMAP_LOCK | HOLDS_MMAP },
	[AT_MMAP_LOCK_VMA] = { step_on, HOLDS_MMAP, AT_MMAP_UNLOCK },
	[AT_MMAP_UNLOCK] = { step_mmap_unlock, HOLDS_VMA | HOLDS_MMAP },
	[AT_WHOLE_LOCK] = { step_on, LOOKS_AT_MMAP_LOCK, AT_WHOLE_LOOKUP },
	[AT_WHOLE_LOOKUP] = { step_whole_lookup, LOOKS_AT_TREE | HOLDS_MMAP },
	[AT_WHOLE_REPORT] = { step_whole_report, LOOKS_AT_VMA | HOLDS_MMAP },
	[AT_WHOLE_STOP] = { step_whole_stop, HOLDS_MMAP },
	[AT_WHOLE_UNLOCK] = { finish, HOLDS_MMAP },
};

void take_step(struct turn *t, bool stop)
{
	if (stop)
		step_stop(t);
	else
		reader_steps[t->r->at].take(t);
}
