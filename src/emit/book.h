/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pages of a set have in common: see emit-rst.c. */
#ifndef VMATLAS_BOOK_H
#define VMATLAS_BOOK_H

#include "emit/emit.h"
#include "emit/rst.h"

#define LABEL_CASE "vma-case-"
#define LABEL_FAMILY "vma-family-"
#define LABEL_READER "vma-reader"

/**
 * struct book - what all pages have in common
 * @set: the cases
 * @flavour: which of the two
 * @files: where pages go
 */
struct book {
	const struct report_set *set;
	enum rst_flavour flavour;
	struct files *files;
};

/* What is printed into a string first. */
struct buffer {
	FILE *out;
	char *text;
	size_t size;
};

/**
 * buffer_open - begin to print into a string
 * @b: the buffer
 */
FILE *buffer_open(struct buffer *b);

/**
 * buffer_text - end that
 * @b: the buffer; its @text is for free()
 */
const char *buffer_text(struct buffer *b);

/**
 * book_page - begin a page
 * @book: the book
 * @name: of its file, without an extension
 */
struct rst *book_page(const struct book *book, const char *name);

/**
 * book_note_source - say what a page was made from
 * @w: the page
 * @book: the book
 * @sources: files of the catalogue
 */
void book_note_source(struct rst *w, const struct book *book,
		      const char *sources);

/**
 * book_open_field - begin a field of a field list
 * @w: the page
 * @name: its name
 */
FILE *book_open_field(struct rst *w, const char *name);

/**
 * book_close_field - end a field
 * @w: the page
 */
void book_close_field(struct rst *w);

/* ---- what a reader can see (reader-page.c) ----------------------------- */

/**
 * reader_page - the page of all cases: claims, variants, counterexamples
 * @book: the book
 * @sources: files of the catalogue
 */
void reader_page(const struct book *book, const char *sources);

/**
 * reader_section - the part of a case's page
 * @w: the page
 * @r: the case
 * @level: of its title
 */
void reader_section(struct rst *w, struct report *r, int level);

#endif /* VMATLAS_BOOK_H */
