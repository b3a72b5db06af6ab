/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages: what is said of a case, as a page, a part of one, or a row of a table. */
#ifndef VMATLAS_RST_CASE_H
#define VMATLAS_RST_CASE_H

#include "emit/rst-page.h"

/**
 * rst_case_page - a case as a page
 * @w: the page
 * @pages: those that it is one of
 * @r: a report of the case
 */
void rst_case_page(struct rst *w, const struct rst_pages *pages,
		   struct report *r);

/**
 * rst_case_part - a case as a part of the page of its family
 * @w: the page
 * @pages: those that it is one of
 * @r: a report of the case
 */
void rst_case_part(struct rst *w, const struct rst_pages *pages,
		   struct report *r);

/**
 * rst_case_picture - the picture of a case, in characters
 * @w: the page
 * @r: a report of the case
 */
void rst_case_picture(struct rst *w, const struct report *r);

/**
 * rst_case_locks - the locks that are held
 * @r: a report of the case
 * @group: the mmap lock, those of VMAs, the rmap locks
 *
 * Return: For free(); NULL after the last group.
 */
char *rst_case_locks(const struct report *r, size_t group);

/**
 * rst_case_old_number - the number of the old vma_merge()
 * @r: a report of the case
 *
 * Return: 0 if it has none.
 */
int rst_case_old_number(const struct report *r);

/* The name of a case, as a paragraph, and that it is wrong if it is. */
void rst_case_name(struct rst *w, const struct report *r);

/* The name of a case, its map counts, its calls and its conditions in a line. */
void rst_case_ref(FILE *line, const char *id);
void rst_case_map_count(FILE *line, const struct report *r);
void rst_case_syscalls(FILE *line, const struct rst_pages *pages,
		       const struct cat_case *c);
void rst_case_when(FILE *line, const struct rst_pages *pages,
		   const struct cat_whens *whens);

/**
 * rst_odd_case - the case of a family of which the kernel's pages have a graph
 * @pages: the pages
 * @family: the family
 *
 * Return: The first that has the oddest moment; NULL if none has.
 */
const struct report *rst_odd_case(const struct rst_pages *pages,
				  const struct cat_family *family);

/**
 * rst_odd_figure - that graph, in a file of its own
 * @pages: the pages
 * @r: a report of the case
 */
void rst_odd_figure(const struct rst_pages *pages, const struct report *r);

#endif /* VMATLAS_RST_CASE_H */
