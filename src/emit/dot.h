/* SPDX-License-Identifier: GPL-2.0-only */
/* What all graphs share: text and cells in DOT, the font, and the colours of VMAs. */
#ifndef VMATLAS_DOT_H
#define VMATLAS_DOT_H

#include "report/report.h"

#define DOT_FONT "Helvetica,Arial,sans-serif"
#define DOT_GREY "#5f5f5f"
#define DOT_GUIDE "#d9d9d9"

/**
 * struct tint - the colour of a VMA
 * @name: of the part that it plays
 * @fill: light
 * @line: dark
 */
struct tint {
	const char *name;
	const char *fill;
	const char *line;
};

/**
 * dot_tint - the colour of a VMA, by the part that it plays in its case
 * @r: the case
 * @id: the VMA
 *
 * Return: The colour.
 */
const struct tint *dot_tint(const struct report *r, vma_id id);

/**
 * dot_tint_of_name - likewise, where only the VMA's name is known
 * @r: the case
 * @name: the name
 *
 * Return: The colour.
 */
const struct tint *dot_tint_of_name(const struct report *r, const char *name);

/**
 * dot_html - any text, within an HTML-like label
 * @out: where to
 * @text: the text
 */
void dot_html(FILE *out, const char *text);

/**
 * dot_grey - likewise, in grey
 * @out: where to
 * @text: the text
 */
void dot_grey(FILE *out, const char *text);

/**
 * dot_named_range - the label of a VMA: its name, and below it "[start, end)"
 * @out: where to
 * @name: the name
 * @start: first page
 * @end: one past the last page
 */
void dot_named_range(FILE *out, const char *name, unsigned long start,
		     unsigned long end);

/* ---- cells of a label that is a table ------------------------------------ */

/**
 * struct dot_look - how a cell is drawn
 * @fill: colour, NULL for none
 * @line: colour of its border
 * @style: of the border, NULL for a line
 * @border: how thick it is, 0 for none
 * @height: in points
 */
struct dot_look {
	const char *fill;
	const char *line;
	const char *style;
	int border;
	int height;
};

/**
 * dot_open_cell - begin a cell
 * @out: where to
 * @columns: how many it is wide
 * @look: how it is drawn
 */
void dot_open_cell(FILE *out, int columns, const struct dot_look *look);

/**
 * dot_close_cell - end a cell
 * @out: where to
 */
void dot_close_cell(FILE *out);

/**
 * dot_skip - a cell with nothing in it
 * @out: where to
 * @columns: how many it is wide
 * @height: in points
 * @guide: there is a thin line on its left, at a boundary
 */
void dot_skip(FILE *out, int columns, int height, bool guide);

/**
 * dot_widen - make room for a text over some columns
 * @width: of each column
 * @first: the first of them
 * @last: one past the last; none if it is not above @first
 * @needed: what they must have together
 */
void dot_widen(int *width, size_t first, size_t last, int needed);

/**
 * dot_open_graph - begin a graph that is one table
 * @out: where to
 * @name: of the graph
 */
void dot_open_graph(FILE *out, const char *name);

/**
 * dot_close_graph - end it
 * @out: where to
 */
void dot_close_graph(FILE *out);

#endif /* VMATLAS_DOT_H */
