/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files share that print what concurrent readers can see. */
#ifndef VMATLAS_EMIT_READER_PAGE_H
#define VMATLAS_EMIT_READER_PAGE_H

#include "emit/rst-page.h"

#define MAX_READERS 15 /* in a table */

/* Something that is printed of a reading. */
typedef void reading_fn(FILE *out, const struct reading *g);

/* reader-page.c */
const struct reader *reader_upstream(void);
bool reading_matters(const struct reading *g);
void reading_put(FILE *line, reading_fn *print, const struct reading *g);
void reading_cell(struct rst_table *t, reading_fn *print,
		  const struct reading *g);
size_t readers_pick(const struct reader **picked, enum reader_part first,
		    enum reader_part last);
struct report *reader_quickest(const struct report_set *set,
			       const struct reader *reader);

void reader_quote(struct rst *w, const struct rst_pages *pages,
		  const struct cat_claim *claim);
bool reader_is_claimed(const struct report_set *set);

typedef void cell_fn(struct rst_table *t, const struct reading *g);

void reader_cell_claim(struct rst_table *t, const struct cat_claim *claim);
void reader_cell_gaps(struct rst_table *t, const struct reading *g);
void reader_cell_overlaps(struct rst_table *t, const struct reading *g);
void reader_cell_number(struct rst_table *t, unsigned int number);
extern const char reader_explains_claims[];
extern const char reader_explains_readers[];
extern const char reader_explains_changes[];
struct rst_table *reader_file_table(struct rst *w,
				    const struct report_set *set);
extern const char reader_file_caption[];
void reader_print_method(struct rst *w, const struct rst_pages *pages);
void reader_row(struct rst_table *t, struct report *r,
		const struct reader **picked, size_t nr, cell_fn *cell);

/* reader-kernel.c */
void reader_end_narrow_table(struct rst_table *t, struct rst *w,
			     const char *caption);
void reader_page_kernel(struct rst *w, const struct rst_pages *pages);

/* reader-trace.c */
void reader_counterexamples(struct rst *w, const struct rst_pages *pages);
void reader_changes(struct rst *w, const struct rst_pages *pages);
void reader_trace_list(struct rst *w, const struct rst_pages *pages);
void reader_trace_pages(const struct rst_pages *pages, const char *sources);

#endif /* VMATLAS_EMIT_READER_PAGE_H */
