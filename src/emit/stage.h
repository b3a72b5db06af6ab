/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage of a case: which part of the address space its graphs show, and on
 * what scale. It is the same for all moments of a case, so that they can be
 * compared like the frames of a film.
 */
#ifndef VMATLAS_STAGE_H
#define VMATLAS_STAGE_H

#include "report/report.h"

/**
 * struct stage_vma - a VMA that is shown
 * @id: which
 * @lane: the row that it is drawn in, from 0
 */
struct stage_vma {
	vma_id id;
	size_t lane;
};

/**
 * struct stage - the part that is shown, from the first to the last boundary
 * @at: boundaries of VMAs, slots and the range asked for, ascending
 * @nr: how many, at least 2
 * @vmas: every VMA that is ever shown
 * @nr_vmas: how many
 * @nr_lanes: rows of VMAs; no two in one row ever overlap
 * @more_below: there are VMAs below the first boundary
 * @more_above: there are VMAs above the last one
 */
struct stage {
	unsigned long *at;
	size_t nr;
	struct stage_vma *vmas;
	size_t nr_vmas;
	size_t nr_lanes;
	bool more_below;
	bool more_above;
};

/**
 * stage_new - find out what the graphs of a case show
 * @r: the case
 *
 * Returns a stage for stage_free().
 */
struct stage *stage_new(const struct report *r);

/**
 * stage_free - drop a stage
 * @stage: may be NULL
 */
void stage_free(struct stage *stage);

/**
 * stage_boundary - index of a boundary
 * @stage: the stage
 * @page: any page; one outside counts as the nearest boundary
 */
size_t stage_boundary(const struct stage *stage, unsigned long page);

/**
 * stage_moments - number of moments: before, one a step, after
 * @r: the case
 */
size_t stage_moments(const struct report *r);

/**
 * stage_moment - the layout at a moment
 * @r: the case
 * @i: 0 is before, 1 after the first step, ...
 */
const struct layout *stage_moment(const struct report *r, size_t i);

#endif /* VMATLAS_STAGE_H */
