/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The range of a graph: which part of the address space its graphs show, and on
 * what scale. It is the same for all moments of a case, so that they can be
 * compared like the frames of a film.
 */
#ifndef VMATLAS_GRAPH_RANGE_H
#define VMATLAS_GRAPH_RANGE_H

#include "report/report.h"

/**
 * struct graph_vma - a VMA that is shown
 * @id: which
 * @lane: the row that it is drawn in, from 0
 */
struct graph_vma {
	vma_id id;
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
 * graph_slot_changed - whether the tree has a slot that it had not a moment ago
 * @was: the layout then, NULL if this is the first moment
 * @slot: the slot
 *
 * Return: Whether it is new, has another end or holds another VMA.
 */
bool graph_slot_changed(const struct layout *was,
			const struct layout_slot *slot);

#endif /* VMATLAS_GRAPH_RANGE_H */
