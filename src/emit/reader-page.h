/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files share that print what concurrent readers can see. */
#ifndef VMATLAS_EMIT_READER_PAGE_H
#define VMATLAS_EMIT_READER_PAGE_H

#include "emit/rst-page.h"

#define MAX_READERS 15 /* in a table */

/* Something that is printed of a reading. */
typedef void reading_fn(FILE *out, const struct reading *g);

/* ---- the page of all cases, and cells of tables (reader-page.c) --------- */

/* As Linux reads today. */
const struct reader *reader_upstream(void);

/* A claim that is refuted or could be sharper, or a gap that nobody denied. */
bool reading_matters(const struct reading *g);

/* What @print has to say, in a line, or in a cell. */
void reading_put(FILE *line, reading_fn *print, const struct reading *g);
void reading_cell(struct rst_table *t, reading_fn *print,
		  const struct reading *g);

/* The readers of one part or more that follow one another; returns how many. */
size_t readers_pick(const struct reader **picked, enum reader_part first,
		    enum reader_part last);

/* The case in which a reader comes to a gap in the fewest steps. */
struct report *reader_quickest(const struct report_set *set,
			       const struct reader *reader);

/* What the mail claims, with who said it. */
void reader_quote(struct rst *w, const struct rst_pages *pages,
		  const struct cat_claim *claim);

/* Whether the mail says anything of any of them. */
bool reader_is_claimed(const struct report_set *set);

typedef void cell_fn(struct rst_table *t, const struct reading *g);

/* Cells: the claim, "9/9" surroundings with gaps or overlaps. */
void reader_cell_claim(struct rst_table *t, const struct cat_claim *claim);
void reader_cell_gaps(struct rst_table *t, const struct reading *g);
void reader_cell_overlaps(struct rst_table *t, const struct reading *g);

/* Cases by readers: at most so many, each in a column of so much width. */
struct readers_grid {
	const struct reader *picked[MAX_READERS];
	size_t nr;
	cell_fn *cell;
	struct rst_table *t;
};

/*
 * Begin one, of the readers of one part or more that follow one another; in the
 * head are their names, or else their numbers.
 */
struct readers_grid readers_grid(enum reader_part first, enum reader_part last,
				 cell_fn *cell, bool names);

/* A row: a case, and a cell for each; returns false if all would be dashes. */
bool reader_row(const struct readers_grid *table, struct report *r);

/* What both flavours say above their tables. */
extern const char reader_explains_claims[];
extern const char reader_explains_readers[];
extern const char reader_explains_changes[];

/* The table of files below /proc, by who reads them. */
struct rst_table *reader_file_table(struct rst *w,
				    const struct report_set *set);
extern const char reader_file_caption[];

/* How all that was found. */
void reader_print_method(struct rst *w, const struct rst_pages *pages);

/* ---- that of the kernel's documentation (reader-kernel.c) --------------- */
void reader_page_kernel(struct rst *w, const struct rst_pages *pages);

/* ---- interleavings (reader-trace.c) -------------------------------------- */

/* Sections: an interleaving of each case that matters. */
void reader_counterexamples(struct rst *w, const struct rst_pages *pages);

/* A section: changes of the reader that are not enough. */
void reader_changes(struct rst *w, const struct rst_pages *pages);

/* The pages of their own, and the list of these. */
void reader_trace_list(struct rst *w, const struct rst_pages *pages);
void reader_trace_pages(const struct rst_pages *pages, const char *sources);

#endif /* VMATLAS_EMIT_READER_PAGE_H */
