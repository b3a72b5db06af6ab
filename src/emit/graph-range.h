/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The range of a graph: which part of the address space its graphs show, and on
 * what scale. It is the same for all moments of a case, so that they can be
 * compared like the frames of a film. And the moment that one of them shows.
 */
#ifndef VMATLAS_GRAPH_RANGE_H
#define VMATLAS_GRAPH_RANGE_H

#include "report/report.h"

/**
 * pages_add - add a page to some, which ascend and are there once each
 * @pages: them, which may move; for free()
 * @nr: how many; updated
 * @page: the page
 */
void pages_add(unsigned long **pages, size_t *nr, unsigned long page);

/**
 * pages_find - index of a page among some
 * @pages: them
 * @nr: how many
 * @page: any page; one that is not among them counts as the next, or the last
 *
 * Return: The index.
 */
size_t pages_find(const unsigned long *pages, size_t nr, unsigned long page);

struct page_range {
	unsigned long start;
	unsigned long end;
};

/**
 * struct graph_vma - a VMA that is shown
 * @id: which
 * @extent: all that it ever covers
 * @lane: the row that it is drawn in, from 0
 */
struct graph_vma {
	vma_id id;
	struct page_range extent;
	size_t lane;
};

/**
 * struct graph_range - the part that is shown, from the first to the last boundary
 * @at: boundaries of VMAs, slots and the range asked for, ascending
 * @nr: how many, at least 2
 * @vmas: every VMA that is ever shown
 * @nr_vmas: how many
 * @nr_lanes: rows of VMAs; no two in one row ever overlap
 * @more_below: there are VMAs below the first boundary
 * @more_above: there are VMAs above the last one
 */
struct graph_range {
	unsigned long *at;
	size_t nr;
	struct graph_vma *vmas;
	size_t nr_vmas;
	size_t nr_lanes;
	bool more_below;
	bool more_above;
};

/**
 * graph_range_new - find out what the graphs of a case show
 * @r: the case
 *
 * Return: A range for graph_range_free().
 */
struct graph_range *graph_range_new(const struct report *r);

/**
 * graph_range_free - drop a range
 * @range: may be NULL
 */
void graph_range_free(struct graph_range *range);

/**
 * graph_boundary - index of a boundary
 * @range: the range
 * @page: any page; one outside counts as the nearest boundary
 *
 * Return: The index.
 */
size_t graph_boundary(const struct graph_range *range, unsigned long page);

/**
 * graph_moments - number of moments: before, one a step, after
 * @r: the case
 *
 * Return: How many, at least 2.
 */
size_t graph_moments(const struct report *r);

/**
 * graph_moment - the layout at a moment
 * @r: the case
 * @i: 0 is before, 1 after the first step, ...
 *
 * Return: The layout, which the report owns.
 */
const struct layout *graph_moment(const struct report *r, size_t i);

/**
 * struct graph_view - a moment as a graph shows it
 * @r: the case
 * @st: the part that is shown
 * @now: the layout at the moment
 * @was: a moment before, or NULL if nothing is to stand out
 * @ghosts: freed VMAs are shown
 */
struct graph_view {
	const struct report *r;
	struct graph_range *st;
	const struct layout *now;
	const struct layout *was;
	bool ghosts;
};

/**
 * graph_view - a moment of a case
 * @r: the case
 * @moment: as for graph_moment(); what changed in a step stands out
 *
 * Return: The view, whose range is for graph_range_free().
 */
struct graph_view graph_view(const struct report *r, size_t moment);

/**
 * graph_shows - whether a VMA is shown
 * @view: the moment
 * @v: the VMA, NULL if it is not there
 *
 * Return: true if so.
 */
bool graph_shows(const struct graph_view *view, const struct layout_vma *v);

/**
 * graph_vma_changed - whether a VMA is not as it was a moment ago
 * @view: the moment
 * @v: the VMA
 *
 * Return: true if it is new or differs in what is shown of it.
 */
bool graph_vma_changed(const struct graph_view *view,
		       const struct layout_vma *v);

/**
 * graph_slot_changed - whether the tree has a slot that it had not a moment ago
 * @view: the moment
 * @slot: the slot
 *
 * Return: Whether it is new, has another end or holds another VMA.
 */
bool graph_slot_changed(const struct graph_view *view,
			const struct layout_slot *slot);

/**
 * graph_mark - what the operation calls a boundary
 * @op: the operation
 * @page: the boundary
 *
 * Return: "start", "end" or "addr", NULL if it is none of these.
 */
const char *graph_mark(const struct op *op, unsigned long page);

/* What the bar over the range of an operation says. */
extern const char *const graph_asked[NR_OPS];

/**
 * graph_is_proposed - whether an operation is on what is not there yet
 * @kind: of the operation
 *
 * Return: true if so.
 */
bool graph_is_proposed(enum op_kind kind);

/**
 * graph_print_locks - "mmap, VMA prev, anon_vma"
 * @out: where to
 * @view: the moment
 *
 * Return: false if nothing is locked, and nothing was printed.
 */
bool graph_print_locks(FILE *out, const struct graph_view *view);

#endif /* VMATLAS_GRAPH_RANGE_H */
