// SPDX-License-Identifier: GPL-2.0-only
/* Explore one scene and judge what was observed. */
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

/* ---- one observation --------------------------------------------------- */

/* What is asked of a list: the pages of its lines, as bits. */
struct pages {
	uint64_t seen;
	uint64_t again; /* in more than one line */
	uint32_t vmas;
	uint32_t twice;
};

/* Pages between two marks count as seen if all of them are. */
static uint64_t pages_of_line(const struct script *s,
			      const struct reported *line)
{
	unsigned int start = 0, end = s->nr_marks - 1;

	while (start < end && s->marks[start] < line->start)
		start++;
	while (end > start && s->marks[end] > line->end)
		end--;
	return script_pages(start, end);
}

static void add_line(struct pages *p, const struct script *s,
		     const struct reported *line)
{
	uint64_t pages = pages_of_line(s, line);
	uint32_t vma = line->vma ? 1U << line->vma : 0;

	p->again |= p->seen & pages;
	p->seen |= pages;
	p->twice |= p->vmas & vma;
	p->vmas |= vma;
}

/* The first run of pages that are missing. */
static void note_gap(struct observation *o, const struct script *s,
		     uint64_t missing)
{
	unsigned int first, end;

	o->gap = missing;
	if (!missing)
		return;
	first = end = __builtin_ctzll(missing);
	while (missing & 1ULL << end)
		end++;
	o->gap_start = s->marks[first];
	o->gap_end = s->marks[end];
}

static uint32_t held_again(const struct script *s, uint64_t again)
{
	uint32_t vmas = 0;

	for (unsigned int id = 1; id < MAX_VMAS; id++)
		if (s->held[id] & again)
			vmas |= 1U << id;
	return vmas;
}

/* Whether the lines are the VMAs of a world, no more and no less. */
static bool equals_world(const struct observation *o, const struct script *s,
			 const struct world *w)
{
	size_t line = 0;

	for (unsigned int i = 0; i < w->nr_slots; i++) {
		uint8_t vma = w->slot_vma[i];
		const struct reported *l = &o->lines[line];

		if (!vma)
			continue;
		if (vma == s->hidden)
			continue;
		if (line++ == o->nr || (l->vma && l->vma != vma) ||
		    l->start != s->marks[w->vm_start[vma]] ||
		    l->end != s->marks[w->vm_end[vma]])
			return false;
	}
	return line == o->nr;
}

static enum view view_of(const struct observation *o, const struct script *s)
{
	if (equals_world(o, s, &s->worlds[0]))
		return VIEW_BEFORE;
	if (equals_world(o, s, &s->worlds[s->after]))
		return VIEW_AFTER;
	return VIEW_MIXED;
}

static void fill_lines(struct observation *o, const struct script *s,
		       const struct lists *lists, uint32_t list)
{
	uint32_t nr = lists->lines[list].nr;

	o->nr = nr;
	o->lines = reader_alloc(nr + 1, sizeof(*o->lines));
	for (; list; list = lists->lines[list].before) {
		const struct line *line = &lists->lines[list];

		o->lines[--nr] = (struct reported){
			.vma = line->vma,
			.name = s->names[line->vma],
			.start = s->marks[line->start],
			.end = s->marks[line->end],
		};
	}
}

static unsigned int steps_to(const struct space *sp, uint32_t state)
{
	unsigned int steps = 0;

	for (; sp->parents[state] != UINT32_MAX; state = sp->parents[state])
		steps++;
	return steps;
}

static void judge(struct observation *o, const struct script *s)
{
	struct pages p = { 0 };

	for (size_t i = 0; i < o->nr; i++)
		add_line(&p, s, &o->lines[i]);
	note_gap(o, s, s->always & ~p.seen);
	o->overlap = p.again;
	o->twice = p.twice;
	o->again = held_again(s, p.again);
	o->view = view_of(o, s);
}

static struct observation observe(const struct script *s,
				  const struct space *sp, uint32_t list)
{
	struct observation o = { .state = sp->seen[list] - 1 };

	fill_lines(&o, s, &sp->lists, list);
	judge(&o, s);
	o.length = steps_to(sp, o.state);
	return o;
}

/* ---- all of them ------------------------------------------------------- */

static int by_state(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	return (x->state > y->state) - (x->state < y->state);
}

static void add_observation(struct exploration *x, struct observation o)
{
	x->gap |= o.gap;
	x->overlap |= o.overlap;
	x->twice |= o.twice;
	x->again |= o.again;
	x->before |= o.view == VIEW_BEFORE;
	x->after |= o.view == VIEW_AFTER;
	x->mixed |= o.view == VIEW_MIXED;
	x->observations[x->nr++] = o;
}

static void observe_all(struct exploration *x, const struct space *sp)
{
	size_t nr = 0;

	for (uint32_t i = 0; i < sp->lists.nr && i < sp->nr_seen; i++)
		nr += sp->seen[i] != 0;
	x->observations = reader_alloc(nr, sizeof(*x->observations));
	for (uint32_t i = 0; i < sp->lists.nr && i < sp->nr_seen; i++)
		if (sp->seen[i])
			add_observation(x, observe(x->script, sp, i));
	qsort(x->observations, x->nr, sizeof(*x->observations), by_state);
}

static void note_space(struct exploration *x, const struct space *sp)
{
	x->end = sp->end;
	x->retry = sp->machine.retry;
	x->rewalk = sp->machine.rewalk;
	x->false_hole = sp->machine.false_hole;
	x->fallback = sp->machine.fallback;
	x->states = sp->nr;
	x->edges = sp->edges;
	x->bytes = space_bytes(sp);
	x->walks_min = sp->walks_min;
	x->walks_max = sp->walks_max;
	x->stuck = sp->stuck_why;
	x->stuck_state = sp->stuck;
}

struct exploration *explore(const struct cat_case *c, const struct rules *rules,
			    const struct explore_opts *opts)
{
	struct exploration *x = reader_alloc(1, sizeof(*x));
	struct space *sp;

	x->c = c;
	x->opts = *opts;
	x->script = script_new(c, rules, opts);
	x->broken = x->script->broken;
	if (!x->script->worlds) {
		x->end = EXPLORE_UNUSABLE;
		return x;
	}
	x->space = sp = space_new(x->script, opts);
	space_search(sp, opts);
	note_space(x, sp);
	observe_all(x, sp);
	return x;
}

void exploration_free(struct exploration *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->nr; i++)
		free(x->observations[i].lines);
	free(x->observations);
	script_free(x->script);
	space_free(x->space);
	free(x);
}

const char *exploration_name(const struct exploration *x, vma_id vma)
{
	return vma < MAX_VMAS ? x->script->names[vma] : "?";
}

/* ---- what somebody else read ------------------------------------------- */

void exploration_judge(const struct exploration *x, struct observation *o)
{
	judge(o, x->script);
}

static bool same_ranges(const struct observation *o,
			const struct reported *lines, size_t nr)
{
	if (o->nr != nr)
		return false;
	for (size_t i = 0; i < nr; i++)
		if (o->lines[i].start != lines[i].start ||
		    o->lines[i].end != lines[i].end)
			return false;
	return true;
}

const struct observation *exploration_find(const struct exploration *x,
					   const struct reported *lines,
					   size_t nr)
{
	for (size_t i = 0; i < x->nr; i++)
		if (same_ranges(&x->observations[i], lines, nr))
			return &x->observations[i];
	return NULL;
}

/* ---- the one to show --------------------------------------------------- */

static int badness(const struct observation *o)
{
	if (o->gap)
		return 3;
	if (o->overlap)
		return 2;
	return o->view == VIEW_MIXED;
}

bool observation_worse(const struct observation *a, const struct observation *b)
{
	if (!a || !b)
		return a;
	if (badness(a) != badness(b))
		return badness(a) > badness(b);
	return a->length < b->length;
}

const struct observation *exploration_worst(const struct exploration *x)
{
	const struct observation *worst = NULL;

	for (size_t i = 0; i < x->nr; i++)
		if (!worst || badness(&x->observations[i]) > badness(worst))
			worst = &x->observations[i];
	return worst;
}
