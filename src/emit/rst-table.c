// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grid tables. The cells are written first, each as a page of its own; then it
 * is known how wide columns and how high rows must be, and all is drawn onto a
 * canvas of characters.
 */
#include "emit/rst-internal.h"
#include "lib/memory.h"
#include "lib/stream.h"

#include <err.h>
#include <stdarg.h>
#include <string.h>

enum { MAX_COLUMNS = 16 };

/* A character on the canvas. The right half of a wide one has no length. */
struct cell_text {
	const char *text;
	int length;
};

struct cell {
	size_t row, column;
	size_t rows, columns;
	struct rst *page;
	struct buffer text;
};

struct rst_table {
	size_t nr_columns;
	int fill[MAX_COLUMNS];
	struct cell **cells;
	size_t nr_cells;
	size_t nr_rows;
	size_t nr_head;
	int width[MAX_COLUMNS];
	int *height;
	struct cell_text *canvas;
	int canvas_width;
	int canvas_height;
};

/* ---- putting cells in ---------------------------------------------------- */

struct rst_table *rst_table_new(size_t nr_columns, const int *widths)
{
	struct rst_table *t = xcalloc(1, sizeof(*t));

	if (nr_columns > MAX_COLUMNS)
		errx(2, "a table has too many columns");
	t->nr_columns = nr_columns;
	memcpy(t->fill, widths, nr_columns * sizeof(*widths));
	return t;
}

void rst_table_row(struct rst_table *t)
{
	t->nr_rows++;
}

void rst_table_head(struct rst_table *t)
{
	t->nr_head = t->nr_rows;
}

static bool covers(const struct cell *c, size_t row, size_t column)
{
	return row - c->row < c->rows && column - c->column < c->columns;
}

static bool is_taken(const struct rst_table *t, size_t row, size_t column)
{
	for (size_t i = 0; i < t->nr_cells; i++) {
		if (covers(t->cells[i], row, column))
			return true;
	}
	return false;
}

static int span(const int *lengths, size_t first, size_t nr, int between)
{
	int length = between * ((int)nr - 1);

	for (size_t i = first; i < first + nr; i++)
		length += lengths[i];
	return length;
}

struct rst *rst_table_cell(struct rst_table *t, size_t rows, size_t columns)
{
	size_t row = t->nr_rows - 1;
	size_t column = 0;
	struct cell *c;

	while (column < t->nr_columns && is_taken(t, row, column))
		column++;
	if (column + columns > t->nr_columns)
		errx(2, "a row has too many cells");
	c = *xappend(t->cells, t->nr_cells) = xcalloc(1, sizeof(*c));
	c->row = row;
	c->column = column;
	c->rows = rows;
	c->columns = columns;
	c->page = rst_new(buffer_open(&c->text));
	rst_set_width(c->page, span(t->fill, column, columns, 3));
	return c->page;
}

void rst_table_text(struct rst_table *t, const char *fmt, ...)
{
	struct rst *page = rst_table_cell(t, 1, 1);
	char *text __free(free) = VARGS_PRINTED(fmt);

	rst_paragraph(page, text);
}

void rst_table_number(struct rst_table *t, unsigned int number)
{
	if (number)
		rst_table_text(t, "%u", number);
	else
		rst_table_text(t, "-");
}

/* ---- measuring ----------------------------------------------------------- */

static void measure(const char *text, int *width, int *height)
{
	int here = 0;

	*width = *height = 0;
	while (*text) {
		unsigned int c = rst_decode(&text);

		if (c == '\n') {
			++*height;
			here = 0;
			continue;
		}
		here += rst_char_width(c);
		if (here > *width)
			*width = here;
	}
}

/* Make room for a length in cells first to first + nr, in the last of them. */
static void make_room(int *lengths, size_t first, size_t nr, int between,
		      int length)
{
	int missing = length - span(lengths, first, nr, between);

	if (missing > 0)
		lengths[first + nr - 1] += missing;
}

/* Cells that span several come last, so that they share what there is. */
static void measure_all(struct rst_table *t)
{
	for (size_t column = 0; column < t->nr_columns; column++)
		t->width[column] = 1;
	for (size_t row = 0; row < t->nr_rows; row++)
		t->height[row] = 1;
	for (int spanning = 0; spanning < 2; spanning++) {
		for (size_t i = 0; i < t->nr_cells; i++) {
			const struct cell *c = t->cells[i];
			int width, height;

			measure(c->text.text, &width, &height);
			if ((c->columns > 1) == spanning)
				make_room(t->width, c->column, c->columns, 3,
					  width);
			if ((c->rows > 1) == spanning)
				make_room(t->height, c->row, c->rows, 1,
					  height);
		}
	}
}

/* ---- drawing ------------------------------------------------------------- */

/* The place of the border before a row or column. */
static int border(const int *lengths, size_t n, int between)
{
	int place = 0;

	for (size_t i = 0; i < n; i++)
		place += lengths[i] + between;
	return place;
}

static struct cell_text *at(struct rst_table *t, int x, int y)
{
	return &t->canvas[y * t->canvas_width + x];
}

static void draw(struct rst_table *t, int x, int y, const char *c)
{
	*at(t, x, y) = (struct cell_text){ c, 1 };
}

static void draw_edge(struct rst_table *t, int x, int y, const char *c)
{
	if (*at(t, x, y)->text != '+')
		draw(t, x, y, c);
}

static void draw_box(struct rst_table *t, const struct cell *c)
{
	int left = border(t->width, c->column, 3);
	int right = border(t->width, c->column + c->columns, 3);
	int top = border(t->height, c->row, 1);
	int bottom = border(t->height, c->row + c->rows, 1);

	for (int x = left; x <= right; x++) {
		draw_edge(t, x, top, "-");
		draw_edge(t, x, bottom, "-");
	}
	for (int y = top; y <= bottom; y++) {
		draw_edge(t, left, y, "|");
		draw_edge(t, right, y, "|");
	}
	draw(t, left, top, "+");
	draw(t, right, top, "+");
	draw(t, left, bottom, "+");
	draw(t, right, bottom, "+");
}

static void draw_text(struct rst_table *t, const struct cell *c)
{
	int left = border(t->width, c->column, 3) + 2;
	int x = left;
	int y = border(t->height, c->row, 1) + 1;
	const char *next = c->text.text;

	while (*next) {
		const char *text = next;
		unsigned int letter = rst_decode(&next);

		if (letter == '\n') {
			x = left;
			y++;
			continue;
		}
		*at(t, x++, y) = (struct cell_text){ text, (int)(next - text) };
		if (rst_char_width(letter) == 2)
			*at(t, x++, y) = (struct cell_text){ next, 0 };
	}
}

static void draw_head(struct rst_table *t)
{
	int y = border(t->height, t->nr_head, 1);

	for (int x = 0; t->nr_head && x < t->canvas_width; x++)
		draw_edge(t, x, y, "=");
}

static void draw_all(struct rst_table *t)
{
	t->canvas_width = border(t->width, t->nr_columns, 3) + 1;
	t->canvas_height = border(t->height, t->nr_rows, 1) + 1;
	t->canvas = xcalloc((size_t)t->canvas_width * (size_t)t->canvas_height,
			    sizeof(*t->canvas));
	for (int i = 0; i < t->canvas_width * t->canvas_height; i++)
		t->canvas[i] = (struct cell_text){ " ", 1 };
	for (size_t i = 0; i < t->nr_cells; i++) {
		draw_box(t, t->cells[i]);
		draw_text(t, t->cells[i]);
	}
	draw_head(t);
}

/* ---- writing ------------------------------------------------------------- */

static void write_canvas(FILE *out, struct rst_table *t)
{
	for (int y = 0; y < t->canvas_height; y++) {
		for (int x = 0; x < t->canvas_width; x++) {
			const struct cell_text *p = at(t, x, y);

			fwrite(p->text, 1, (size_t)p->length, out);
		}
		fputc('\n', out);
	}
}

void rst_table_end(struct rst_table *t, struct rst *w)
{
	char *text __free(free) = NULL;

	for (size_t i = 0; i < t->nr_cells; i++)
		buffer_text(&t->cells[i]->text);
	t->height = xcalloc(t->nr_rows, sizeof(*t->height));
	measure_all(t);
	draw_all(t);
	text = PRINTED(out, write_canvas(out, t));
	rst_raw(w, text);
	for (size_t i = 0; i < t->nr_cells; i++) {
		rst_free(t->cells[i]->page);
		free(t->cells[i]->text.text);
		free(t->cells[i]);
	}
	free(t->cells);
	free(t->height);
	free(t->canvas);
	free(t);
}

struct rst_table *rst_table_of(const struct rst_column *columns, size_t nr)
{
	int widths[MAX_COLUMNS];
	struct rst_table *t;

	for (size_t i = 0; i < nr; i++)
		widths[i] = columns[i].width;
	t = rst_table_new(nr, widths);
	rst_table_row(t);
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%s", columns[i].head);
	rst_table_head(t);
	return t;
}

void rst_table_caption(struct rst_table *t, struct rst *w, const char *class,
		       const char *caption)
{
	rst_directive(w, "table", "%s", caption);
	if (class)
		rst_option(w, "class", "%s", class);
	rst_option(w, "widths", "auto");
	rst_table_end(t, w);
	rst_end(w);
}
