// SPDX-License-Identifier: GPL-2.0-only
/* One interleaving, told step by step. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

/* What the words for a step depend on. */
struct step_words {
	struct path *path;
	const struct writer *s;
	unsigned int flags;
	const struct state *before;
	const struct state *after;
	const struct move *move;
	const struct rstate *r;	  /* the reader whose step it is, before it */
	const struct rstate *to;  /* and after it */
	const struct snapshot *w; /* as that reader finds it */
};

static const char *say(struct path *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static const char *say(struct path *path, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(path->arena, fmt, ap);
	va_end(ap);
	return text;
}

static const char *name(const struct step_words *t, unsigned int vma)
{
	return t->s->names[vma];
}

static unsigned long page(const struct step_words *t, unsigned int mark)
{
	return t->s->marks[mark];
}

/* ---- the writer's steps ------------------------------------------------ */

static const char *say_store(const struct step_words *t,
			     const struct step *step)
{
	static const char *const ways[] = {
		[STORE_IN_PLACE] = "in place",
		[STORE_REPLACE] = "new node",
		[STORE_ELSEWHERE] = "other node",
	};

	return say(t->path, "tree [%lu, %lu) = %s, %s", step->start, step->end,
		   step->vma ? name(t, step->vma) : "empty",
		   ways[t->move->choice]);
}

/* Steps that are told with a name, or without. */
static const char *const writer_words[NR_STEPS] = {
	[STEP_LOCK_MMAP] = "take mmap lock",
	[STEP_LOCK_VMA] = "write-lock %s",
	[STEP_LOCK_I_MMAP] = "take i_mmap lock",
	[STEP_LOCK_ANON_VMA] = "take anon_vma lock",
	[STEP_ALLOCATE] = "allocate %s",
	[STEP_DUPLICATE] = "duplicate to %s",
	[STEP_CLONE_ANON_VMA] = "clone anon_vma to %s",
	[STEP_SET_ATTRS] = "set attributes of %s",
	[STEP_DETACH] = "detach %s",
	[STEP_ATTACH] = "attach %s",
	[STEP_FREE] = "free %s",
	[STEP_MAP_COUNT] = "count VMAs",
	[STEP_UNLOCK_ANON_VMA] = "release anon_vma lock",
	[STEP_UNLOCK_I_MMAP] = "release i_mmap lock",
	[STEP_DOWNGRADE_MMAP] = "downgrade mmap lock",
	[STEP_UNLOCK_MMAP] = "release mmap lock",
};

static const char *say_writer(const struct step_words *t)
{
	const struct writer_step *ws = &t->s->steps[t->before->done];
	const struct step *step = &t->s->trace[ws->trace];
	const char *words = writer_words[step->kind];
	int len;

	if (step->kind == STEP_STORE)
		return say_store(t, step);
	if (step->kind == STEP_SET_RANGE)
		return say(t->path, "%s is [%lu, %lu)", name(t, step->vma),
			   step->start, step->end);
	len = strcspn(words, "%");
	if (!words[len])
		return words;
	return say(t->path, "%.*s%s", len, words, name(t, step->vma));
}

/* ---- a reader's steps -------------------------------------------------- */

/* How the iterator came by what it found. */
static const char *say_next(const struct step_words *t)
{
	switch (t->r->cursor & CURSOR_KIND) {
	case CURSOR_SET:
		return say(t->path, "walk to %lu", page(t, t->r->last));
	case CURSOR_SLOT:
		return "next slot";
	default:
		return say(t->path, "dead node: walk to %lu, next",
			   page(t, t->r->last) - 1);
	}
}

static const char *say_unlock(const struct step_words *t)
{
	if (t->move->choice)
		return say(t->path, "buffer is full: unlock %s",
			   name(t, t->r->vma));
	return say(t->path, "unlock %s", name(t, t->r->vma));
}

static const char *say_resume(const struct step_words *t)
{
	return say(t->path, "read on: iterator to %lu", page(t, t->r->from));
}

static const char *say_sample(const struct step_words *t)
{
	if (t->move->choice)
		return say_unlock(t);
	return say(t->path, "sample sequence: %u%s", t->w->sequence,
		   t->w->sequence & 1 ? ", a writer is in" : "");
}

static const char *say_lookup(const struct step_words *t)
{
	const struct rstate fresh = { .last = t->r->from };
	struct step_words f = *t;

	if (t->flags & READ_FRESH)
		f.r = &fresh;
	if (t->to->at == AT_DONE)
		return say(t->path, "%s: end", say_next(&f));
	if (!t->to->vma)
		return say(t->path, "%s: nothing", say_next(&f));
	return say(t->path, "%s: %s", say_next(&f), name(t, t->to->vma));
}

static const char *say_nothing(const struct step_words *t)
{
	return t->to->at == AT_DONE ? "sequence is the same: end"
				    : "may have missed something";
}

static const char *say_lock(const struct step_words *t)
{
	const char *vma = name(t, t->r->vma);

	if (t->to->at == AT_MMAP_LOCK || t->to->at == AT_DROP)
		return say(t->path, "%s is write-locked: fall back", vma);
	if (t->to->at == AT_SAMPLE)
		return say(t->path, "%s is detached: begin anew", vma);
	if (t->to->at == AT_LOCK_COUNT)
		return say(t->path, "%s is not write-locked", vma);
	if (t->to->at == AT_LOCK_CHECK)
		return say(t->path, "count a reader of %s", vma);
	return say(t->path, "read-lock %s", vma);
}

static const char *say_verify_end(const struct step_words *t)
{
	bool behind = t->r->from >= t->w->vm_end[t->r->vma];

	return say(t->path, "vm_end is %lu: %s",
		   page(t, t->w->vm_end[t->r->vma]),
		   behind ? "behind, fall back" : "fine");
}

static const char *say_verify_start(const struct step_words *t)
{
	unsigned long start = page(t, t->w->vm_start[t->r->vma]);

	if (t->r->from >= t->w->vm_start[t->r->vma])
		return say(t->path, "vm_start is %lu: no hole", start);
	if (t->to->at == AT_REPORT)
		return say(t->path, "vm_start is %lu: hole, believed", start);
	return say(t->path, "vm_start is %lu: hole, verify", start);
}

static const char *say_resample(const struct step_words *t)
{
	return say(t->path, "sample sequence anew: %u", t->w->sequence);
}

static const char *say_rewalk(const struct step_words *t)
{
	uint8_t slot = t->w->next_at[t->r->from];

	return say(t->path, "walk to %lu: %s%s", page(t, t->r->from),
		   slot == NOWHERE ? "nothing" : name(t, t->w->slot_vma[slot]),
		   t->to->at == AT_REPORT ? ", verified" : ", fall back");
}

static const char *say_report(const struct step_words *t)
{
	return say(t->path, "report %s [%lu, %lu)", name(t, t->r->vma),
		   page(t, t->w->vm_start[t->r->vma]),
		   page(t, t->w->vm_end[t->r->vma]));
}

static const char *say_mmap_lock(const struct step_words *t)
{
	(void)t;
	return "mmap lock, to read";
}

static const char *say_mmap_unlock(const struct step_words *t)
{
	return t->to->at == AT_DONE ? "release mmap lock, end"
				    : "release mmap lock";
}

/* What a reader is about to do, and how it is told once it is done. */
static const struct {
	const char *next;
	const char *(*say)(const struct step_words *t);
} reader_words[NR_AT] = {
	[AT_UNLOCK] = { "unlock", say_unlock },
	[AT_STOPPED] = { "read on", say_resume },
	[AT_SAMPLE] = { "sample", say_sample },
	[AT_LOOKUP] = { "look up", say_lookup },
	[AT_NOTHING] = { "verify end", say_nothing },
	[AT_LOOKUP_AGAIN] = { "look again", say_lookup },
	[AT_LOCK] = { "lock", say_lock },
	[AT_LOCK_COUNT] = { "count", say_lock },
	[AT_LOCK_CHECK] = { "check lock", say_lock },
	[AT_VERIFY_END] = { "verify end", say_verify_end },
	[AT_VERIFY_START] = { "verify start", say_verify_start },
	[AT_RESAMPLE] = { "sample", say_resample },
	[AT_REWALK] = { "walk again", say_rewalk },
	[AT_REPORT] = { "report", say_report },
	[AT_DROP] = { "drop", say_unlock },
	[AT_MMAP_LOCK] = { "mmap lock", say_mmap_lock },
	[AT_MMAP_LOOKUP] = { "look up", say_lookup },
	[AT_MMAP_LOCK_VMA] = { "lock", say_lock },
	[AT_MMAP_UNLOCK] = { "mmap unlock", say_mmap_unlock },
	[AT_WHOLE_LOCK] = { "mmap lock", say_mmap_lock },
	[AT_WHOLE_LOOKUP] = { "look up", say_lookup },
	[AT_WHOLE_REPORT] = { "report", say_report },
	[AT_WHOLE_UNLOCK] = { "mmap unlock", say_mmap_unlock },
	[AT_DONE] = { "done", NULL },
};

/* ---- the state after a step -------------------------------------------- */

static const char *say_iterator(const struct step_words *t,
				const struct rstate *r)
{
	if (r->at == AT_DONE)
		return "";
	switch (r->cursor & CURSOR_KIND) {
	case CURSOR_SET:
		return say(t->path, "to %lu", page(t, r->last));
	case CURSOR_SLOT:
		return say(t->path, "slot %d, %lu", r->cursor & ~CURSOR_KIND,
			   page(t, r->last) - 1);
	default:
		return say(t->path, "dead, %lu", page(t, r->last) - 1);
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
	line = arena_alloc(t->path->arena, 1, sizeof(*line));
	*line = (struct reported){
		.vma = t->r->vma,
		.name = name(t, t->r->vma),
		.start = page(t, t->w->vm_start[t->r->vma]),
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
	if (looks_up[t->r->at])
		return t->to->vma ? EVENT_FOUND : EVENT_NOTHING;
	if (t->r->at == AT_REPORT || t->r->at == AT_WHOLE_REPORT)
		return EVENT_REPORT;
	return takes_for_hole(t) ? EVENT_HOLE : EVENT_NONE;
}

static struct path_step say_step(struct step_words *t)
{
	unsigned int which = t->move->actor ? t->move->actor - 1U : 0;
	struct path_step step = {
		.actor = t->move->actor ? READER : WRITER,
		.which = which,
		.layout = t->s->layouts[t->after->done],
		.sequence = t->s->snapshots[t->after->done].sequence,
	};

	t->r = &t->before->r[which];
	t->to = &t->after->r[which];
	t->w = &t->s->snapshots[t->before->done];
	for (unsigned int i = 0; i < MAX_READERS; i++)
		step.readers[i] = say_reader(t, &t->after->r[i]);
	if (step.actor == WRITER) {
		step.text = say_writer(t);
		return step;
	}
	step.text = reader_words[t->r->at].say(t);
	step.line = reported(t);
	step.event = event_of(t);
	step.vma = step.event == EVENT_FOUND ? t->to->vma : t->r->vma;
	return step;
}

/* ---- the way there ----------------------------------------------------- */

/* The move that leads from one state to another. */
static struct move move_between(const struct search *search,
				const struct state *from,
				const struct state *to)
{
	struct machine m = search->machine;
	struct move moves[MAX_MOVES];
	unsigned int nr = machine_moves(&m, from, moves);

	for (unsigned int i = 0; i < nr; i++)
		if (!memcmp(&moves[i].to, to, search->size))
			return moves[i];
	abort(); /* the state after has the state before as its parent */
}

static size_t count_steps(const struct search *search, uint32_t state)
{
	size_t nr = 0;

	for (; search->parents[state] != UINT32_MAX;
	     state = search->parents[state])
		nr++;
	return nr;
}

static struct path *path_new(size_t nr)
{
	struct path *path = xcalloc(1, sizeof(*path));

	path->arena = arena_new();
	path->nr = nr;
	path->steps = xcalloc(nr, sizeof(*path->steps));
	return path;
}

struct path *exploration_path(const struct exploration *x, uint32_t number)
{
	const struct search *search = x->search;
	struct path *path = path_new(count_steps(search, number));
	struct state after = search_state(search, number);

	path->first = x->writer->layouts[0];
	for (size_t i = path->nr; i--;) {
		struct state before =
			search_state(search, search->parents[number]);
		struct move move = move_between(search, &before, &after);
		struct step_words t = {
			.path = path,
			.s = x->writer,
			.flags = search->machine.flags,
			.before = &before,
			.after = &after,
			.move = &move,
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
