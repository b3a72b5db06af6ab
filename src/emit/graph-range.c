// SPDX-License-Identifier: GPL-2.0-only
#include "emit/graph-range.h"
#include "lib/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- pages where something begins or ends -------------------------------- */

void pages_add(unsigned long **pages, size_t *nr, unsigned long page)
{
	size_t i = 0;

	while (i < *nr && (*pages)[i] < page)
		i++;
	if (i < *nr && (*pages)[i] == page)
		return;
	xappend(*pages, *nr);
	memmove(*pages + i + 1, *pages + i, (*nr - i - 1) * sizeof(**pages));
	(*pages)[i] = page;
}

size_t pages_find(const unsigned long *pages, size_t nr, unsigned long page)
{
	size_t i = 0;

	while (i + 1 < nr && pages[i] < page)
		i++;
	return i;
}

/* ---- moments ------------------------------------------------------------- */

size_t graph_moments(const struct report *r)
{
	return r->nr_steps + 2;
}

const struct layout *graph_moment(const struct report *r, size_t i)
{
	if (i == 0)
		return r->states[0];
	if (i <= r->nr_steps)
		return r->states[r->steps[i - 1].step + 1];
	return r->states[r->nr_trace];
}

/* A VMA that was just allocated has no range yet. */
static bool has_range(const struct layout_vma *vma)
{
	return vma->s.vm_start < vma->s.vm_end;
}

/* ---- the window: who takes part, and the neighbours ---------------------- */

static bool takes_part(const struct report *r, vma_id id)
{
	for (size_t i = 0; i < r->nr_trace; i++) {
		if (r->trace[i].vma == id || r->trace[i].from == id)
			return true;
	}
	return false;
}

static void widen(struct page_range *window, unsigned long start,
		  unsigned long end)
{
	if (start < window->start)
		window->start = start;
	if (end > window->end)
		window->end = end;
}

static struct page_range asked_for(const struct report *r)
{
	struct op op = report_op(r);

	if (op.kind == OP_SPLIT)
		return (struct page_range){ op.start, op.start };
	return (struct page_range){ op.start, op.end };
}

static void widen_to_parts(struct page_range *window, const struct report *r,
			   const struct layout *lay)
{
	for_each_vma(lay, v) {
		if (has_range(v) && takes_part(r, v->s.id))
			widen(window, v->s.vm_start, v->s.vm_end);
	}
}

static struct page_range window_of_parts(const struct report *r)
{
	struct page_range window = asked_for(r);

	for (size_t m = 0; m < graph_moments(r); m++)
		widen_to_parts(&window, r, graph_moment(r, m));
	return window;
}

/*
 * One VMA more on either side. Only the layout before is asked: a VMA beside
 * the window does not take part, so it stays where it is.
 */
static struct page_range with_neighbours(const struct report *r,
					 struct page_range window)
{
	const struct layout *lay = r->states[0];
	const struct layout_slot *below = NULL;
	const struct layout_slot *above = NULL;

	for_each_mapped(lay, s) {
		if (s->end <= window.start)
			below = s;
		if (s->start >= window.end && !above)
			above = s;
	}
	if (below)
		widen(&window, below->start, below->end);
	if (above)
		widen(&window, above->start, above->end);
	return window;
}

/* ---- boundaries ---------------------------------------------------------- */

static void add_boundary(struct graph_range *st, struct page_range window,
			 unsigned long page)
{
	if (page >= window.start && page <= window.end)
		pages_add(&st->at, &st->nr, page);
}

static void add_boundaries(struct graph_range *st, struct page_range window,
			   const struct layout *lay)
{
	for_each_vma(lay, v) {
		add_boundary(st, window, v->s.vm_start);
		add_boundary(st, window, v->s.vm_end);
	}
	for_each_slot(lay, slot) {
		add_boundary(st, window, slot->start);
		add_boundary(st, window, slot->end);
	}
}

static void find_boundaries(struct graph_range *st, const struct report *r,
			    struct page_range window)
{
	struct page_range op = asked_for(r);

	add_boundary(st, window, window.start);
	add_boundary(st, window, window.end);
	add_boundary(st, window, op.start);
	add_boundary(st, window, op.end);
	for (size_t m = 0; m < graph_moments(r); m++)
		add_boundaries(st, window, graph_moment(r, m));
}

size_t graph_boundary(const struct graph_range *st, unsigned long page)
{
	return pages_find(st->at, st->nr, page);
}

/* ---- VMAs and their lanes ------------------------------------------------ */

static bool touch(const struct page_range *a, const struct page_range *b)
{
	return a->start < b->end && b->start < a->end;
}

static int compare_extents(const void *a, const void *b)
{
	const struct graph_vma *x = a;
	const struct graph_vma *y = b;

	return ORDER(x->extent.start, y->extent.start) ?: ORDER(x->id, y->id);
}

static struct graph_vma *find_vma(struct graph_range *st, vma_id id)
{
	for (size_t i = 0; i < st->nr_vmas; i++) {
		if (st->vmas[i].id == id)
			return &st->vmas[i];
	}
	return NULL;
}

/* Take in the VMAs of a moment that are within the window. */
static void add_vmas(struct graph_range *st, struct page_range window,
		     const struct layout *lay)
{
	for_each_vma(lay, v) {
		struct page_range now = { v->s.vm_start, v->s.vm_end };
		struct graph_vma *known = find_vma(st, v->s.id);

		if (!has_range(v) || !touch(&now, &window))
			continue;
		if (known)
			widen(&known->extent, now.start, now.end);
		else
			*xappend(st->vmas, st->nr_vmas) =
				(struct graph_vma){ v->s.id, now, 0 };
	}
}

/* Of those before it no other that it ever overlaps has its lane. */
static bool lane_free(const struct graph_range *st, const struct graph_vma *v)
{
	for (const struct graph_vma *other = st->vmas; other < v; other++) {
		if (other->lane == v->lane && touch(&other->extent, &v->extent))
			return false;
	}
	return true;
}

static void give_lanes(struct graph_range *st)
{
	if (st->nr_vmas)
		qsort(st->vmas, st->nr_vmas, sizeof(*st->vmas),
		      compare_extents);
	for (size_t i = 0; i < st->nr_vmas; i++) {
		struct graph_vma *v = &st->vmas[i];

		while (!lane_free(st, v))
			v->lane++;
		if (v->lane >= st->nr_lanes)
			st->nr_lanes = v->lane + 1;
	}
}

static void find_vmas(struct graph_range *st, const struct report *r,
		      struct page_range window)
{
	for (size_t m = 0; m < graph_moments(r); m++)
		add_vmas(st, window, graph_moment(r, m));
	give_lanes(st);
}

static void find_more(struct graph_range *st, const struct report *r,
		      struct page_range window)
{
	const struct layout *lay = r->states[0];

	for_each_mapped(lay, slot) {
		if (slot->end <= window.start)
			st->more_below = true;
		if (slot->start >= window.end)
			st->more_above = true;
	}
}

/* ---- all of it ----------------------------------------------------------- */

struct graph_range *graph_range_new(const struct report *r)
{
	struct graph_range *st = xcalloc(1, sizeof(*st));
	struct page_range window = with_neighbours(r, window_of_parts(r));

	find_boundaries(st, r, window);
	find_vmas(st, r, window);
	find_more(st, r, window);
	return st;
}

void graph_range_free(struct graph_range *st)
{
	if (!st)
		return;
	free(st->at);
	free(st->vmas);
	free(st);
}

/* ---- a moment ------------------------------------------------------------ */

struct graph_view graph_view(const struct report *r, size_t moment)
{
	bool step = moment > 0 && moment <= r->nr_steps;

	return (struct graph_view){
		.r = r,
		.st = graph_range_new(r),
		.now = graph_moment(r, moment),
		.was = step ? graph_moment(r, moment - 1) : NULL,
		.ghosts = step,
	};
}

bool graph_shows(const struct graph_view *view, const struct layout_vma *v)
{
	return v && has_range(v) && (!v->freed || view->ghosts);
}

bool graph_vma_changed(const struct graph_view *view,
		       const struct layout_vma *v)
{
	const struct layout_vma *old =
		view->was ? layout_vma(view->was, v->s.id) : v;

	return !old || old->s.vm_start != v->s.vm_start ||
	       old->s.vm_end != v->s.vm_end || old->freed != v->freed ||
	       old->s.attached != v->s.attached ||
	       old->s.attrs.flags != v->s.attrs.flags;
}

bool graph_slot_changed(const struct graph_view *view,
			const struct layout_slot *slot)
{
	const struct layout *was = view->was;

	if (!was)
		return false;
	for_each_slot(was, old) {
		if (old->start == slot->start)
			return old->end != slot->end || old->vma != slot->vma;
	}
	return true;
}

const char *graph_mark(const struct op *op, unsigned long page)
{
	if (op->kind == OP_SPLIT)
		return page == op->start ? "addr" : NULL;
	if (page == op->start)
		return "start";
	return page == op->end ? "end" : NULL;
}

const char *const graph_asked[NR_OPS] = {
	[OP_MODIFY] = "modify",	   [OP_MAP] = "proposed",
	[OP_UNMAP] = "unmap",	   [OP_RELOCATE] = "new place",
	[OP_REPLACE] = "map over",
};

bool graph_is_proposed(enum op_kind kind)
{
	return kind == OP_MAP || kind == OP_RELOCATE;
}

bool graph_print_locks(FILE *out, const struct graph_view *view)
{
	static const char *const mmap[] = {
		[MMAP_UNLOCKED] = NULL,
		[MMAP_READ_LOCKED] = "mmap (shared)",
		[MMAP_WRITE_LOCKED] = "mmap",
	};
	const struct layout *now = view->now;
	const char *comma = "";

	if (mmap[now->mmap_lock]) {
		fputs(mmap[now->mmap_lock], out);
		comma = ", ";
	}
	for_each_vma(now, v) {
		if (!v->locked || v->freed)
			continue;
		fprintf(out, "%sVMA %s", comma, report_name(view->r, v->s.id));
		comma = ", ";
	}
	if (now->i_mmap) {
		fprintf(out, "%si_mmap", comma);
		comma = ", ";
	}
	if (now->anon_vma) {
		fprintf(out, "%sanon_vma", comma);
		comma = ", ";
	}
	return *comma;
}
