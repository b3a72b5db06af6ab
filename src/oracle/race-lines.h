/* SPDX-License-Identifier: GPL-2.0-only */
/* What lines of /proc/PID/maps and its like say of a region. */
#ifndef VMATLAS_RACE_LINES_H
#define VMATLAS_RACE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RACE_LINES 24

/**
 * struct race_view - what one read says of the region
 * @lines: ranges, in the pages of the case; an @end of 0 is one that was not said
 * @nr: how many
 */
struct race_view {
	struct {
		uint32_t start;
		uint32_t end;
	} lines[RACE_LINES];
	uint32_t nr;
};

/**
 * struct race_region - the pages that are looked at
 * @base: the address of page 0
 * @page_size: in bytes
 * @start: first page, that of the neighbour below
 * @end: one past the last, that of the neighbour above, if there is one
 */
struct race_region {
	uintptr_t base;
	unsigned long page_size;
	unsigned long start;
	unsigned long end;
};

/**
 * race_add - add a VMA to a view
 * @region: what is looked at
 * @view: the view; a VMA that lies outside is left out
 * @start: its first byte
 * @end: one past the last, 0 if that is not known
 *
 * Return: false if the view is full.
 */
bool race_add(const struct race_region *region, struct race_view *view,
	      uint64_t start, uint64_t end);

enum race_parsed {
	RACE_WHOLE,  /* the text goes on to the end of the region */
	RACE_PART,   /* it ends before */
	RACE_BROKEN, /* it is not what such a file looks like */
};

/**
 * race_parse - what a piece of maps, smaps or numa_maps says of a region
 * @region: the region
 * @text: the piece, from the beginning of a line on; its last line may be cut
 * @len: bytes of it
 * @view: filled in
 *
 * Return: RACE_BROKEN if it cannot be understood, otherwise how far it goes.
 */
enum race_parsed race_parse(const struct race_region *region, const char *text,
			    size_t len, struct race_view *view);

/**
 * race_view_equal - whether two views are the same
 * @a: one
 * @b: the other
 *
 * Return: true if so.
 */
bool race_view_equal(const struct race_view *a, const struct race_view *b);

#endif /* VMATLAS_RACE_LINES_H */
