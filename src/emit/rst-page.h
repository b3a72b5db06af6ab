/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pages of a set have in common: see emit-rst.c. */
#ifndef VMATLAS_RST_PAGE_H
#define VMATLAS_RST_PAGE_H

#include "emit/emit.h"
#include "emit/rst.h"
#include "lib/stream.h"

/* Of tables: in smaller letters, by the stylesheet of the site. */
#define CLASS_CASES "vma-cases"

#define LABEL_CASE "vma-case-"
#define LABEL_FAMILY "vma-family-"
#define LABEL_READER "vma-reader"

/**
 * struct rst_pages - what all pages have in common
 * @set: the cases
 * @flavour: which of the two
 * @files: where pages go
 * @opts: what else was asked for
 */
struct rst_pages {
	const struct report_set *set;
	enum rst_flavour flavour;
	struct files *files;
	const struct emit_opts *opts;
};

/**
 * rst_page_new - begin a page
 * @pages: the pages of the set
 * @name: of its file, without an extension
 *
 * Return: The page, for rst_free().
 */
struct rst *rst_page_new(const struct rst_pages *pages, const char *name);

/**
 * rst_page_note_source - say what a page was made from
 * @w: the page
 * @pages: the pages of the set
 * @sources: files of the catalogue
 */
void rst_page_note_source(struct rst *w, const struct rst_pages *pages,
			  const char *sources);

/**
 * rst_page_position - say which line of the catalogue what follows is made from
 * @w: the page
 * @pos: the line
 */
void rst_page_position(struct rst *w, const struct srcpos *pos);

/**
 * rst_page_open_field - begin a field of a field list
 * @w: the page
 * @name: its name
 *
 * Return: A stream, until rst_close_item().
 */
FILE *rst_page_open_field(struct rst *w, const char *name);

/**
 * rst_page_text - text of the catalogue, with functions in the flavour's notation
 * @pages: the pages of the set
 * @line: from rst_open() or the like
 * @text: any printable text
 */
void rst_page_text(const struct rst_pages *pages, FILE *line, const char *text);

/**
 * rst_page_paragraphs - the same, one paragraph or more
 * @pages: the pages of the set
 * @w: the page
 * @text: any printable text
 */
void rst_page_paragraphs(const struct rst_pages *pages, struct rst *w,
			 const char *text);

/**
 * rst_page_function - a function's name in the flavour's notation
 * @pages: the pages of the set
 * @line: from rst_open() or the like
 * @name: with or without its parentheses
 */
void rst_page_function(const struct rst_pages *pages, FILE *line,
		       const char *name);

/**
 * rst_page_heading - say what follows within a case
 * @pages: the pages of the set
 * @w: the page
 * @level: of the title, where it is one
 * @text: any printable text
 *
 * A page of the kernel's holds many cases: there it is a line before the text,
 * and none of the titles.
 */
void rst_page_heading(const struct rst_pages *pages, struct rst *w, int level,
		      const char *text);

/**
 * rst_page_command - the command that shows what was just stated, as a paragraph
 * @w: the page
 * @fmt: format of the command: letters, digits, hyphens and spaces
 */
void rst_page_command(struct rst *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- what only pages for the kernel have (rst-kernel.c) ----------------- */

#define LABEL_TERMS "vma-terms"

/**
 * kernel_index - the page that the others hang from, and explains their terms
 * @pages: the pages of the set
 * @sources: files of the catalogue
 * @entries: names of the other pages, a line each
 */
void kernel_index(const struct rst_pages *pages, const char *sources,
		  const char *entries);

/**
 * kernel_point_to_terms - where the terms of a page are explained
 * @line: a paragraph of it, which it ends
 */
void kernel_point_to_terms(FILE *line);

/**
 * kernel_figure - a graph in a page
 * @w: the page
 * @pages: the pages of the set
 * @name: of its file
 * @alt: what it shows, for who cannot see it
 * @caption: what it shows
 * @dot: the graph
 */
void kernel_figure(struct rst *w, const struct rst_pages *pages,
		   const char *name, const char *alt, const char *caption,
		   const char *dot);

/**
 * kernel_figure_file - the file that kernel_figure() refers to
 * @pages: the pages of the set
 * @name: of the file
 *
 * Return: Where the graph is to be printed, or NULL if graphs are in the pages.
 */
FILE *kernel_figure_file(const struct rst_pages *pages, const char *name);

/* ---- what a reader can see (reader-page.c) ----------------------------- */

/**
 * reader_page - the page of all cases: claims, variants, counterexamples
 * @pages: the pages of the set
 * @sources: files of the catalogue
 */
void reader_page(const struct rst_pages *pages, const char *sources);

/**
 * reader_section - the part of a case's page
 * @w: the page
 * @pages: the pages of the set
 * @r: the case
 * @level: of its title
 */
void reader_section(struct rst *w, const struct rst_pages *pages,
		    struct report *r, int level);

/**
 * reader_graphs - the graphs that the page of all cases refers to
 * @pages: the pages of the set
 *
 * Only pages for the kernel have files of their own.
 */
void reader_graphs(const struct rst_pages *pages);

#endif /* VMATLAS_RST_PAGE_H */
