/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the picture share: what is drawn, and in which column. */
#ifndef VMATLAS_PICTURE_H
#define VMATLAS_PICTURE_H

#include "report/report.h"

enum {
	VMAS_MAX = 8,		       /* that are drawn */
	THINGS_MAX = VMAS_MAX + 1,     /* the VMAs and the proposed range */
	CUTS_MAX = 2 * THINGS_MAX + 2, /* their ends, and those of the range */
	ROW_MAX = 256,		       /* columns of a line, whatever happens */
};

/* A VMA or the proposed range: what has a name under it. */
struct thing {
	unsigned long start;
	unsigned long end;
	const char *name;
	const char *role; /* NULL if nothing becomes of it */
	bool is_vma;
};

/* A stretch from one cut to the next. */
struct piece {
	unsigned long start;
	unsigned long end;
	const struct thing *vma; /* NULL for a hole */
	char fill;
	bool leaves_out; /* pages, or VMAs that are not drawn */
	int col;
	int width;
};

/* A word, centred at the columns [from, to) as far as its neighbours allow. */
struct label {
	const char *text;
	int from;
	int to;
	int col;
};

struct picture {
	const struct report *r;
	struct op op; /* its range is what the arrow is over */
	int indent;
	const struct thing *split; /* the VMA that OP_SPLIT splits, or NULL */
	struct thing things[THINGS_MAX];
	size_t nr_things;
	struct piece pieces[CUTS_MAX];
	size_t nr_pieces;
	struct label top[2];
	size_t nr_top;
	struct label names[THINGS_MAX];
	struct label roles[THINGS_MAX];
	size_t levels; /* lines that the names take turns in */
	int margin;    /* columns that labels stick out on the left */
};

/**
 * picture_of - what is drawn of a case, and where
 * @r: the case
 * @pic: filled in
 */
void picture_of(const struct report *r, struct picture *pic);

/**
 * picture_column - the column at which a page that is a cut begins
 * @pic: the picture
 * @page: the page
 *
 * Return: The column, without the margin.
 */
int picture_column(const struct picture *pic, unsigned long page);

/**
 * picture_centre - the column of a text in the middle of its place
 * @l: the text
 *
 * Return: The column, without the margin.
 */
int picture_centre(const struct label *l);

/**
 * picture_has_range - whether an operation is on a range that is not empty
 * @op: the operation
 *
 * Return: false for a split, which has an address.
 */
bool picture_has_range(const struct op *op);

/**
 * picture_goes - whether an operation takes away what is in its range
 * @op: the operation
 *
 * Return: true if so.
 */
bool picture_goes(const struct op *op);

/**
 * picture_created - the VMA that an operation makes
 * @r: the case
 *
 * Return: NULL if there is none.
 */
const struct report_role *picture_created(const struct report *r);

#endif /* VMATLAS_PICTURE_H */
