// SPDX-License-Identifier: GPL-2.0-only
/* One interleaving, step by step. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

/* What the words for a step depend on. */
struct step_words {
	struct arena *arena;
	const struct writer *s;
	unsigned int flags;
	const struct state *before;
	const struct state *after;
	const struct transition *next;
	const struct rstate *r;	  /* the reader whose step it is, before it */
	const struct rstate *to;  /* and after it */
	const struct snapshot *w; /* as that reader finds it */
};

static const char *name(const struct step_words *t, unsigned int vma)
{
	return t->s->names[vma];
}

static unsigned long page(const struct step_words *t, unsigned int mark)
{
	return t->s->marks[mark];
}

/* ---- the writer's steps ------------------------------------------------ */

/* Why a store that makes a new node does. */
static const char *say_why_new(const struct step_words *t,
			       const struct writer_step *ws)
{
	unsigned int slots = t->s->snapshots[t->before->done].nr_slots;

	if (!ws->more)
		return "other leaf";
	return arena_printf(t->arena, "%u slots, not %u", slots + ws->more,
			    slots);
}

static const char *say_store(const struct step_words *t,
			     const struct writer_step *ws)
{
	const struct step *step = &t->s->trace[ws->trace];
	const char *vma = step->vma ? name(t, step->vma) : "empty";

	if (t->next->choice == STORE_IN_PLACE)
		return arena_printf(t->arena, "store %s [%lu, %lu), in place",
				    vma, step->start, step->end);
	return arena_printf(t->arena, "store %s [%lu, %lu), %s (%s)", vma,
			    step->start, step->end,
			    t->next->choice == STORE_REPLACE ? "new node"
							     : "other node",
			    say_why_new(t, ws));
}

/* Steps that are printed with a name, or without: the kernel's functions. */
static const char *const writer_words[NR_STEPS] = {
	[STEP_LOCK_MMAP] = "mmap_write_lock()",
	[STEP_LOCK_VMA] = "vma_start_write(%s)",
	[STEP_LOCK_I_MMAP] = "i_mmap_lock_write()",
	[STEP_LOCK_ANON_VMA] = "anon_vma_lock_write()",
	[STEP_ALLOCATE] = "vm_area_alloc(): %s",
	[STEP_DUPLICATE] = "vm_area_dup(): %s",
	[STEP_CLONE_ANON_VMA] = "anon_vma_clone(%s)",
	[STEP_SET_ATTRS] = "set attributes of %s",
	[STEP_DETACH] = "vma_mark_detached(%s)",
	[STEP_ATTACH] = "vma_mark_attached(%s)",
	[STEP_FREE] = "vm_area_free(%s)",
	[STEP_MAP_COUNT] = "map_count",
	[STEP_UNLOCK_ANON_VMA] = "anon_vma_unlock_write()",
	[STEP_UNLOCK_I_MMAP] = "i_mmap_unlock_write()",
	[STEP_DOWNGRADE_MMAP] = "mmap_write_downgrade()",
	[STEP_UNLOCK_MMAP] = "mmap_write_unlock()",
};

static const char *say_writer(const struct step_words *t)
{
	const struct writer_step *ws = &t->s->steps[t->before->done];
	const struct step *step = &t->s->trace[ws->trace];
	const char *words = writer_words[step->kind];
	int len;

	if (step->kind == STEP_STORE)
		return say_store(t, ws);
	if (step->kind == STEP_SET_RANGE)
		return arena_printf(t->arena, "vma_set_range(%s, %lu, %lu)",
				    name(t, step->vma), step->start, step->end);
	len = strcspn(words, "%");
	if (!words[len])
		return words;
	return arena_printf(t->arena, "%.*s%s%s", len, words,
			    name(t, step->vma), words + len + 2);
}

/* ---- a reader's steps -------------------------------------------------- */

/* How the iterator comes to a slot. */
static const char *say_next(const struct step_words *t)
{
	switch (t->r->cursor & CURSOR_KIND) {
	case CURSOR_SET:
		return arena_printf(t->arena, "mas_walk(%lu)",
				    page(t, t->r->last));
	case CURSOR_SLOT:
		return "mas_next_slot()";
	default:
		return arena_printf(t->arena, "dead: mas_rewalk(%lu), next",
				    page(t, t->r->last) - 1);
	}
}

static const char *say_unlock(const struct step_words *t)
{
	return arena_printf(t->arena, "%svma_end_read(%s)",
			    t->next->choice ? "buffer is full: " : "",
			    name(t, t->r->vma));
}

static const char *say_resume(const struct step_words *t)
{
	return arena_printf(t->arena, "m_start(), iterator to %lu",
			    page(t, t->r->from));
}

static const char *say_sample(const struct step_words *t)
{
	bool set = t->flags & (READ_SET_SAMPLED | READ_SET_CHANGED) &&
		   (t->to->cursor & CURSOR_KIND) == CURSOR_SET;

	if (t->next->choice)
		return say_unlock(t);
	return arena_printf(t->arena, "speculate_try_begin(): %u%s%s",
			    t->w->sequence, t->w->sequence & 1 ? ", odd" : "",
			    set ? ", set" : "");
}

/* Where the iterator is, at an empty slot, in the middle of a look-up. */
static bool at_empty(const struct step_words *t)
{
	return t->to->at == t->r->at && !t->next->choice;
}

static const char *say_lookup(const struct step_words *t)
{
	const char *next = say_next(t);

	if (t->to->at == AT_DONE || t->to->at == AT_NOTHING)
		return arena_printf(t->arena, "%s: end", next);
	if (at_empty(t))
		return arena_printf(t->arena, "%s: empty slot", next);
	return arena_printf(t->arena, "%s: %s", next, name(t, t->to->vma));
}

static const char *say_lookup_at_once(const struct step_words *t)
{
	return arena_printf(t->arena, "vma_next(): %s",
			    t->to->vma ? name(t, t->to->vma) : "end");
}

static const char *say_nothing(const struct step_words *t)
{
	if (t->to->at == AT_DONE)
		return "sequence is the same: end";
	return t->flags & READ_DOUBT ? "may have missed something: fall back"
				     : "may have missed something";
}

static const char *say_lock(const struct step_words *t)
{
	const char *vma = name(t, t->r->vma);

	if (t->to->at == t->r->at)
		return arena_printf(t->arena, "(%s's memory is now %s)", vma,
				    name(t, t->to->vma));
	if (t->to->at == AT_MMAP_LOCK || t->to->at == AT_DROP)
		return arena_printf(t->arena,
				    "vma_start_read(%s): write-locked", vma);
	if (t->to->at == AT_SAMPLE)
		return arena_printf(t->arena, "vma_start_read(%s): detached",
				    vma);
	if (t->to->at == AT_LOCK_COUNT)
		return arena_printf(t->arena, "%s is not write-locked", vma);
	if (t->to->at == AT_LOCK_CHECK)
		return arena_printf(t->arena, "count a reader of %s", vma);
	return arena_printf(t->arena, "vma_start_read(%s)", vma);
}

static const char *say_verify_end(const struct step_words *t)
{
	bool behind = t->r->from >= t->w->vm_end[t->r->vma];

	return arena_printf(t->arena, "vm_end is %lu: %s",
			    page(t, t->w->vm_end[t->r->vma]),
			    behind ? "behind, fall back" : "fine");
}

static const char *say_verify_start(const struct step_words *t)
{
	unsigned long start = page(t, t->w->vm_start[t->r->vma]);

	if (t->r->from >= t->w->vm_start[t->r->vma])
		return arena_printf(t->arena, "vm_start is %lu: no hole",
				    start);
	if (t->to->at == AT_REPORT)
		return arena_printf(t->arena, "vm_start is %lu: hole, believed",
				    start);
	return arena_printf(t->arena, "vm_start is %lu: hole, %s", start,
			    t->to->at == AT_DROP ? "fall back" : "verify");
}

static const char *say_resample(const struct step_words *t)
{
	return arena_printf(t->arena, "speculate_try_begin(): %u",
			    t->w->sequence);
}

static const char *say_rewalk(const struct step_words *t)
{
	if (at_empty(t))
		return arena_printf(t->arena, "%s: empty slot", say_next(t));
	return arena_printf(t->arena, "%s: %s", say_next(t),
			    t->to->at == AT_REPORT ? "the same"
						   : "not it, fall back");
}

static unsigned long start_of_line(const struct step_words *t)
{
	return page(t, reported_start(t->flags, t->r, t->w));
}

static const char *say_report(const struct step_words *t)
{
	return arena_printf(t->arena, "report %s [%lu, %lu)",
			    name(t, t->r->vma), start_of_line(t),
			    page(t, t->w->vm_end[t->r->vma]));
}

static const char *say_mmap_lock(const struct step_words *t)
{
	return "mmap_read_lock()";
}

static const char *say_mmap_lock_vma(const struct step_words *t)
{
	return arena_printf(t->arena, "vma_start_read_locked(%s)",
			    name(t, t->r->vma));
}

static const char *say_mmap_unlock(const struct step_words *t)
{
	return t->to->at == AT_DONE ? "mmap_read_unlock(), end"
				    : "mmap_read_unlock()";
}

/*
 * What a reader is about to do, which step of the algorithm that is, and how it
 * is said once it is done.
 */
static const struct {
	const char *next;
	const char *number;
	const char *(*say)(const struct step_words *t);
} reader_words[NR_AT] = {
	[AT_UNLOCK] = { "unlock", "1", say_unlock },
	[AT_STOPPED] = { "read on", "", say_resume },
	[AT_SAMPLE] = { "sample", "2", say_sample },
	[AT_LOOKUP] = { "look up", "3", say_lookup },
	[AT_NOTHING] = { "verify end", "3", say_nothing },
	[AT_LOOKUP_AGAIN] = { "look again", "3", say_lookup },
	[AT_LOCK] = { "lock", "4", say_lock },
	[AT_LOCK_COUNT] = { "count", "4", say_lock },
	[AT_LOCK_CHECK] = { "check lock", "4", say_lock },
	[AT_VERIFY_END] = { "verify end", "5a", say_verify_end },
	[AT_VERIFY_START] = { "verify start", "5b", say_verify_start },
	[AT_RESAMPLE] = { "sample", "5b", say_resample },
	[AT_REWALK] = { "walk again", "5b", say_rewalk },
	[AT_REPORT] = { "report", "6", say_report },
	[AT_DROP] = { "drop", "f", say_unlock },
	[AT_MMAP_LOCK] = { "mmap lock", "f", say_mmap_lock },
	[AT_MMAP_LOOKUP] = { "look up", "f", say_lookup_at_once },
	[AT_MMAP_LOCK_VMA] = { "lock", "f", say_mmap_lock_vma },
	[AT_MMAP_UNLOCK] = { "mmap unlock", "f", say_mmap_unlock },
	[AT_WHOLE_LOCK] = { "mmap lock", "", say_mmap_lock },
	[AT_WHOLE_LOOKUP] = { "look up", "", say_lookup_at_once },
	[AT_WHOLE_REPORT] = { "report", "6", say_report },
	[AT_WHOLE_STOP] = { "mmap unlock", "", say_mmap_unlock },
	[AT_WHOLE_UNLOCK] = { "mmap unlock", "", say_mmap_unlock },
	[AT_DONE] = { "done", "", NULL },
};

/* ---- the state after a step -------------------------------------------- */

/* The last page of the slot where the iterator is, or was. */
static const char *say_last(const struct step_words *t, const struct rstate *r)
{
	unsigned long end = page(t, r->last);

	return end == MM_END ? "end" : arena_printf(t->arena, "%lu", end - 1);
}

static const char *say_iterator(const struct step_words *t,
				const struct rstate *r)
{
	if (r->at == AT_DONE)
		return "";
	switch (r->cursor & CURSOR_KIND) {
	case CURSOR_SET:
		return arena_printf(t->arena, "to %lu", page(t, r->last));
	case CURSOR_SLOT:
		return arena_printf(t->arena, "slot %d, %s",
				    r->cursor & ~CURSOR_KIND, say_last(t, r));
	default:
		return arena_printf(t->arena, "dead, %s", say_last(t, r));
	}
}

static struct path_reader say_reader(const struct step_words *t,
				     const struct rstate *r)
{
	return (struct path_reader){
		.at = reader_words[r->at].next,
		.iterator = say_iterator(t, r),
		.from = page(t, r->from),
		.holds = r->vma && reader_holds(t->flags, r, r->vma) ? r->vma
								     : 0,
		.mmap = reader_holds_mmap(t->flags, r),
	};
}

static const struct reported *reported(const struct step_words *t)
{
	struct reported *line;

	if (t->r->at != AT_REPORT && t->r->at != AT_WHOLE_REPORT)
		return NULL;
	line = arena_alloc(t->arena, 1, sizeof(*line));
	*line = (struct reported){
		.vma = t->r->vma,
		.name = name(t, t->r->vma),
		.start = start_of_line(t),
		.end = page(t, t->w->vm_end[t->r->vma]),
	};
	return line;
}

/* ---- what a step comes to ---------------------------------------------- */

static const bool looks_up[NR_AT] = {
	[AT_LOOKUP] = true,
	[AT_LOOKUP_AGAIN] = true,
	[AT_MMAP_LOOKUP] = true,
	[AT_WHOLE_LOOKUP] = true,
};

/* A hole that is not to be verified, though pages may be missing there. */
static bool takes_for_hole(const struct step_words *t)
{
	return t->r->at == AT_VERIFY_START && t->to->at == AT_REPORT &&
	       t->r->from < t->w->vm_start[t->r->vma];
}

static enum path_event event_of(const struct step_words *t)
{
	if (t->r->at == t->to->at && t->r->vma != t->to->vma)
		return EVENT_REUSED;
	if (looks_up[t->r->at] && at_empty(t))
		return EVENT_NONE;
	if (looks_up[t->r->at])
		return t->to->vma ? EVENT_FOUND : EVENT_NOTHING;
	if (t->r->at == AT_REPORT || t->r->at == AT_WHOLE_REPORT)
		return EVENT_REPORT;
	return takes_for_hole(t) ? EVENT_HOLE : EVENT_NONE;
}

static struct path_step say_step(struct step_words *t)
{
	unsigned int which = t->next->task ? t->next->task - 1U : 0;
	struct path_step step = {
		.task = t->next->task ? READER : WRITER,
		.which = which,
		.layout = t->s->layouts[t->after->done],
		.sequence = t->s->snapshots[t->after->done].sequence,
	};

	t->r = &t->before->r[which];
	t->to = &t->after->r[which];
	t->w = &t->s->snapshots[t->before->done];
	for (unsigned int i = 0; i < MAX_READERS; i++)
		step.readers[i] = say_reader(t, &t->after->r[i]);
	if (step.task == WRITER) {
		step.text = say_writer(t);
		step.stores = t->s->steps[t->before->done].kind == STEP_STORE;
		return step;
	}
	step.text = reader_words[t->r->at].say(t);
	step.number = reader_words[t->r->at].number;
	step.line = reported(t);
	step.event = event_of(t);
	step.vma = step.event == EVENT_FOUND || step.event == EVENT_REUSED
			   ? t->to->vma
			   : t->r->vma;
	return step;
}

/* ---- the way there ----------------------------------------------------- */

/* The step that leads from one state to another. */
static struct transition transition_between(const struct search *search,
					    const struct state *from,
					    const struct state *to)
{
	struct interleaving m = search->interleaving;
	struct transition next[MAX_TRANSITIONS];
	unsigned int nr = interleaving_next(&m, from, next);

	for (unsigned int i = 0; i < nr; i++)
		if (!memcmp(&next[i].to, to, search->size))
			return next[i];
	abort(); /* the state after has the state before as its parent */
}

unsigned int search_depth(const struct search *search, uint32_t state)
{
	unsigned int steps = 0;

	for (; search->parents[state] != UINT32_MAX;
	     state = search->parents[state])
		steps++;
	return steps;
}

struct path *exploration_path(const struct exploration *x, uint32_t number)
{
	const struct search *search = x->search;
	struct path *path = xcalloc(1, sizeof(*path));
	struct state after = search_state(search, number);

	path->arena = arena_new();
	path->first = x->writer->layouts[0];
	path->nr = search_depth(search, number);
	path->steps = xcalloc(path->nr, sizeof(*path->steps));
	for (size_t i = path->nr; i--;) {
		struct state before =
			search_state(search, search->parents[number]);
		struct transition next =
			transition_between(search, &before, &after);
		struct step_words t = {
			.arena = path->arena,
			.s = x->writer,
			.flags = search->interleaving.flags,
			.before = &before,
			.after = &after,
			.next = &next,
		};

		path->steps[i] = say_step(&t);
		number = search->parents[number];
		after = before;
	}
	return path;
}

void path_free(struct path *path)
{
	if (!path)
		return;
	arena_free(path->arena);
	free(path->steps);
	free(path);
}
