// SPDX-License-Identifier: GPL-2.0-only
/* Explore one surrounding and judge what was observed. */
#include <stdlib.h>

#include "reader/internal.h"

/* ---- one observation --------------------------------------------------- */

/* What is asked of a list: the pages of its lines, as bits. */
struct page_set {
	uint64_t seen;
	uint64_t again; /* in more than one line */
	uint32_t vmas;
	uint32_t twice;
};

/* Pages between two marks count as seen if all of them are. */
static uint64_t pages_of_line(const struct writer *s,
			      const struct reported *line)
{
	unsigned int start = 0, end = s->nr_marks - 1;

	while (start < end && s->marks[start] < line->start)
		start++;
	while (end > start && s->marks[end] > line->end)
		end--;
	return pages_between(start, end);
}

static void add_line(struct page_set *p, const struct writer *s,
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
static void note_gap(struct observation *o, const struct writer *s,
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

static uint32_t held_again(const struct writer *s, uint64_t again)
{
	uint32_t vmas = 0;

	for (unsigned int id = 1; id < MAX_VMAS; id++)
		if (s->held[id] & again)
			vmas |= 1U << id;
	return vmas;
}

/* Whether the lines are the VMAs of a snapshot, no more and no less. */
static bool equals_snapshot(const struct observation *o, const struct writer *s,
			    const struct snapshot *w)
{
	size_t line = 0;

	for (unsigned int i = 0; i < w->nr_slots; i++) {
		uint8_t vma = w->slot_vma[i];
		const struct reported *l = &o->lines[line];

		if (!vma || vma == s->hidden)
			continue;
		if (line++ == o->nr || (l->vma && l->vma != vma) ||
		    l->start != s->marks[w->vm_start[vma]] ||
		    l->end != s->marks[w->vm_end[vma]])
			return false;
	}
	return line == o->nr;
}

static enum view view_of(const struct observation *o, const struct writer *s)
{
	if (equals_snapshot(o, s, &s->snapshots[0]))
		return VIEW_BEFORE;
	if (equals_snapshot(o, s, &s->snapshots[s->after]))
		return VIEW_AFTER;
	return VIEW_MIXED;
}

static void fill_lines(struct observation *o, const struct writer *s,
		       const struct lists *lists, uint32_t list)
{
	for (uint32_t i = o->nr; list; list = lists->lines[list].before) {
		const struct line *line = &lists->lines[list];

		o->lines[--i] = (struct reported){
			.vma = line->vma,
			.name = s->names[line->vma],
			.start = s->marks[line->start],
			.end = s->marks[line->end],
		};
	}
}

void exploration_judge(const struct exploration *x, struct observation *o)
{
	const struct writer *s = x->writer;
	struct page_set p = { 0 };

	for (size_t i = 0; i < o->nr; i++)
		add_line(&p, s, &o->lines[i]);
	note_gap(o, s, s->always & ~p.seen);
	o->overlap = p.again;
	o->twice = p.twice;
	o->again = held_again(s, p.again);
	o->view = view_of(o, s);
}

static struct observation observe(const struct exploration *x,
				  const struct search *search, uint32_t list,
				  struct reported *lines)
{
	struct observation o = {
		.lines = lines,
		.nr = search->lists.lines[list].nr,
		.state = search->seen[list] - 1,
	};

	fill_lines(&o, x->writer, &search->lists, list);
	exploration_judge(x, &o);
	o.length = search->shortest ? search->shortest[list]
				    : search_depth(search, o.state);
	return o;
}

/* ---- all of them ------------------------------------------------------- */

/* States are in the order of their lengths, but for those of chains. */
static int by_length(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	return ORDER(x->length, y->length) ?: ORDER(x->state, y->state);
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

static void observe_all(struct exploration *x, const struct search *search)
{
	const struct line *lists = search->lists.lines;
	struct reported *lines;
	size_t nr = 0, nr_lines = 0;

	for (uint32_t i = 0; i < search->lists.nr && i < search->nr_seen; i++) {
		nr += search->seen[i] != 0;
		nr_lines += search->seen[i] ? lists[i].nr : 0;
	}
	x->observations = xcalloc(nr, sizeof(*x->observations));
	x->lines = lines = xcalloc(nr_lines, sizeof(*lines));
	for (uint32_t i = 0; i < search->lists.nr && i < search->nr_seen; i++) {
		if (!search->seen[i])
			continue;
		add_observation(x, observe(x, search, i, lines));
		lines += lists[i].nr;
	}
	qsort(x->observations, x->nr, sizeof(*x->observations), by_length);
}

static void note_space(struct exploration *x, const struct search *search)
{
	x->end = search->end;
	x->retry = search->interleaving.retry;
	x->rewalk = search->interleaving.rewalk;
	x->false_hole = search->interleaving.false_hole;
	x->fallback = search->interleaving.fallback;
	x->states = search->distinct;
	x->edges = search->edges;
	x->bytes = search_bytes(search);
	x->walks_min = search->walks_min;
	x->walks_max = search->walks_max;
	x->stuck = search->stuck_why;
	x->stuck_state = search->stuck;
}

static struct search *search_all(struct writer *writer,
				 const struct explore_opts *opts)
{
	struct search *search = search_new(writer, opts);

	if (opts->no_paths) {
		if (chains_run(search, opts))
			return search;
		search_release(search, writer);
		search = search_new(writer, opts);
	}
	search_run(search, opts);
	return search;
}

struct exploration *explore(const struct cat_case *c, const struct rules *rules,
			    const struct explore_opts *opts)
{
	struct exploration *x = xcalloc(1, sizeof(*x));
	struct search *search;

	x->c = c;
	x->opts = *opts;
	x->writer = opts->writer ?: writer_new(c, rules, opts);
	x->broken = x->writer->broken;
	if (!x->writer->snapshots) {
		x->end = EXPLORE_UNUSABLE;
		return x;
	}
	search = search_all(x->writer, opts);
	note_space(x, search);
	observe_all(x, search);
	if (opts->no_paths)
		search_release(search, x->writer);
	else
		x->search = search;
	return x;
}

void exploration_free(struct exploration *x)
{
	if (!x)
		return;
	free(x->observations);
	free(x->lines);
	if (!x->opts.writer)
		writer_free(x->writer);
	search_free(x->search);
	free(x);
}

const char *exploration_name(const struct exploration *x, vma_id vma)
{
	return vma < MAX_VMAS ? x->writer->names[vma] : "?";
}

/* ---- what somebody else read ------------------------------------------- */

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
