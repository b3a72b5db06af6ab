/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer of reStructuredText. It knows nothing of VMAs.
 *
 * A page is a series of blocks: titles, paragraphs, literal blocks, items,
 * directives, tables. The writer separates them by blank lines and indents
 * them. Any text of others goes through rst_text() or rst_code(), and then the
 * reader sees it as it is.
 */
#ifndef VMATLAS_RST_H
#define VMATLAS_RST_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/memory.h"

struct rst;

/**
 * rst_new - begin a page
 * @out: where to
 *
 * Return: The page, for rst_free().
 */
struct rst *rst_new(FILE *out);

/**
 * rst_free - end a page
 * @w: may be NULL
 */
void rst_free(struct rst *w);

/* ---- text in a line ------------------------------------------------------ */

/**
 * rst_text - any text, so that it comes out as itself
 * @line: from rst_open() or the like
 * @text: any printable text; white space counts as a space
 */
void rst_text(FILE *line, const char *text);

/**
 * rst_code - a piece of code, which is not broken into lines
 * @line: from rst_open() or the like
 * @text: any printable text
 */
void rst_code(FILE *line, const char *text);

/**
 * rst_ref - a reference
 * @line: from rst_open() or the like
 * @label: to what; letters, digits and hyphens
 * @text: what it shows, or NULL for the title of what it refers to
 */
void rst_ref(FILE *line, const char *label, const char *text);

/**
 * rst_function - a function's name in the notation of the kernel's own pages
 * @line: from rst_open() or the like
 * @name: without parentheses, a C identifier
 *
 * It is shown as "name()" and linked to nothing.
 */
void rst_function(FILE *line, const char *name);

/* ---- blocks -------------------------------------------------------------- */

/**
 * rst_open - begin a paragraph
 * @w: the page
 *
 * Return: Where its text is to be printed, until rst_close().
 */
FILE *rst_open(struct rst *w);

/**
 * rst_close - end what was begun with rst_open() and its like
 * @w: the page
 */
void rst_close(struct rst *w);

/**
 * rst_paragraph - print a paragraph
 * @w: the page
 * @text: its text
 */
void rst_paragraph(struct rst *w, const char *text);

/**
 * rst_title - a title
 * @w: the page
 * @level: 0 for that of the document
 * @text: any printable text
 */
void rst_title(struct rst *w, int level, const char *text);

/**
 * rst_next_paragraph - the first of the paragraphs of a text
 * @text: any printable text
 * @end: where to put where it ends
 *
 * Return: Where it begins, or NULL if there is none.
 */
const char *rst_next_paragraph(const char *text, const char **end);

/**
 * rst_label - a target for rst_ref()
 * @w: the page
 * @fmt: its format
 */
void rst_label(struct rst *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * rst_comment - a comment of one line
 * @w: the page
 * @fmt: its format
 */
void rst_comment(struct rst *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * rst_long_comment - a comment that is broken into lines
 * @w: the page
 * @text: any printable text
 */
void rst_long_comment(struct rst *w, const char *text);

/**
 * rst_literal - a literal block
 * @w: the page
 * @text: its lines
 */
void rst_literal(struct rst *w, const char *text);

/**
 * rst_begin_list - the items that follow have no blank lines between them
 * @w: the page
 *
 * For items of one paragraph each. Without this, items are separated.
 */
void rst_begin_list(struct rst *w);

/**
 * rst_end_list - end of what rst_begin_list() began
 * @w: the page
 */
void rst_end_list(struct rst *w);

/**
 * rst_open_item - begin an item of a list
 * @w: the page
 * @fmt: format of its marker: "- ", "1. ", "| ", ":field: "
 *
 * rst_close() ends its first paragraph; other blocks may follow that until
 * rst_end().
 *
 * Return: A stream, until rst_close().
 */
FILE *rst_open_item(struct rst *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * rst_close_item - end an item of one paragraph
 * @w: the page
 */
void rst_close_item(struct rst *w);

/**
 * rst_directive - begin a directive
 * @w: the page
 * @name: which
 * @fmt: format of its argument
 *
 * Options come first, then blocks, then rst_end().
 */
void rst_directive(struct rst *w, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * rst_option - an option of a directive, taken as it is
 * @w: the page
 * @name: which
 * @fmt: format of its value
 */
void rst_option(struct rst *w, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * rst_long_option - an option that is broken into lines and taken as it is
 * @w: the page
 * @name: which
 * @text: any printable text
 */
void rst_long_option(struct rst *w, const char *name, const char *text);

/**
 * rst_open_option - begin an option of a directive that holds text
 * @w: the page
 * @name: which
 *
 * Return: A stream, until rst_close().
 */
FILE *rst_open_option(struct rst *w, const char *name);

/**
 * rst_raw - lines as they are
 * @w: the page
 * @text: the lines
 */
void rst_raw(struct rst *w, const char *text);

/**
 * rst_end - end an item or a directive
 * @w: the page
 */
void rst_end(struct rst *w);

/* ---- tables (rst-table.c) ------------------------------------------------ */

struct rst_table;

/**
 * rst_table_new - begin a table
 * @nr_columns: how many
 * @widths: of each, where paragraphs are broken into lines
 *
 * Return: The table.
 */
struct rst_table *rst_table_new(size_t nr_columns, const int *widths);

/**
 * rst_table_row - begin a row
 * @t: the table
 */
void rst_table_row(struct rst_table *t);

/**
 * rst_table_head - what was begun until now is the head
 * @t: the table
 */
void rst_table_head(struct rst_table *t);

/**
 * struct rst_column - a column of a table
 * @head: what is above it
 * @width: where paragraphs are broken into lines
 */
struct rst_column {
	const char *head;
	int width;
};

/**
 * rst_table_of - begin a table, and print its heading
 * @columns: of the table
 * @nr: how many
 *
 * Return: The table.
 */
struct rst_table *rst_table_of(const struct rst_column *columns, size_t nr);

/* The same: RST_TABLE({ "Case", 30 }, { "Steps", 5 }) */
#define RST_TABLE(...)                                                         \
	rst_table_of((const struct rst_column[]){ __VA_ARGS__ },               \
		     ARRAY_SIZE(((const struct rst_column[]){ __VA_ARGS__ })))

/**
 * rst_table_cell - begin the next cell of a row
 * @t: the table
 * @rows: how many rows it takes
 * @columns: how many columns it takes
 *
 * Return: A page for its blocks, valid until rst_table_end().
 */
struct rst *rst_table_cell(struct rst_table *t, size_t rows, size_t columns);

/**
 * rst_table_text - a cell of one row and column with a paragraph of text
 * @t: the table
 * @fmt: format of any printable text
 */
void rst_table_text(struct rst_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * rst_table_number - put a number into the next cell
 * @t: the table
 * @number: the number; "-" for 0
 */
void rst_table_number(struct rst_table *t, unsigned int number);

/**
 * rst_table_end - write a table and drop it
 * @t: the table
 * @w: the page
 */
void rst_table_end(struct rst_table *t, struct rst *w);

/**
 * rst_table_caption - end a table, with a caption
 * @t: the table
 * @w: where it goes
 * @class: for the stylesheet, NULL for none
 * @caption: what it shows
 */
void rst_table_caption(struct rst_table *t, struct rst *w, const char *class,
		       const char *caption);

#endif /* VMATLAS_RST_H */
