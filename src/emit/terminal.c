// SPDX-License-Identifier: GPL-2.0-only
/*
 * One moment of a case for a terminal that has more than ASCII:
 *
 *	page  16      24      32   37
 *	             start    end
 *	VMAs  +---------------+
 *	      |     prev      |
 *	      +-------+-------+----+
 *	              |   middle   |
 *	              +------------+
 *	tree  | prev  |   middle   |
 *
 * with lines instead of these signs, and in the colours of the other pictures. A
 * line is a row of cells, each a character and how it looks.
 */
#include <string.h>

#include "emit/dot.h"
#include "emit/emit.h"
#include "emit/graph-range.h"
#include "lib/memory.h"

enum {
	LEFT = 6,	 /* columns of a line's name */
	END = 2,	 /* after the last boundary */
	SEGMENT_MIN = 6, /* room for "start" */
	COLUMNS_MAX = 200,
	BYTES_MAX = 4, /* of a character */
};

struct screen_cell {
	char text[BYTES_MAX];
	unsigned char look; /* index in escapes[] */
};

enum { PLAIN, PREV, MIDDLE, NEXT, NEW, OTHER, BAR, DIM, CHANGED = 16 };

static const char *const escapes[] = {
	[PLAIN] = "", [PREV] = "34",  [MIDDLE] = "33", [NEXT] = "32",
	[NEW] = "35", [OTHER] = "37", [BAR] = "1",     [DIM] = "2",
};

struct term_sheet {
	FILE *out;
	struct graph_view view;
	int *col; /* of each boundary */
	int width;
	bool color;
	struct screen_cell row[COLUMNS_MAX];
};

/* ---- a row --------------------------------------------------------------- */

static void clear_row(struct term_sheet *s)
{
	for (int i = 0; i < s->width; i++)
		s->row[i] = (struct screen_cell){ .text = " " };
}

static void put(struct term_sheet *s, int col, const char *text, int look)
{
	if (col < 0 || col >= s->width)
		return;
	/* Four bytes have no NUL behind them. */
	memset(s->row[col].text, 0, BYTES_MAX);
	memcpy(s->row[col].text, text, strnlen(text, BYTES_MAX));
	s->row[col].look = (unsigned char)look;
}

/* ASCII, letter by letter. */
static void put_text(struct term_sheet *s, int col, const char *text, int look)
{
	for (; *text; text++, col++)
		put(s, col, (char[BYTES_MAX]){ *text }, look);
}

static void put_centred(struct term_sheet *s, int from, int to,
			const char *text, int look)
{
	int len = (int)strlen(text), room = to - from - 1;

	if (len > room)
		len = room;
	put_text(s, from + 1 + (room - len) / 2, text, look);
}

static void print_look(const struct term_sheet *s, int look)
{
	const char *escape = escapes[look & ~CHANGED];

	if (!s->color)
		return;
	fprintf(s->out, "\033[0%s%s%sm", look & CHANGED ? ";1" : "",
		*escape ? ";" : "", escape);
}

static void print_row(struct term_sheet *s)
{
	int len = s->width, look = PLAIN;

	while (len && s->row[len - 1].text[0] == ' ')
		len--;
	for (int i = 0; i < len; i++) {
		if (s->row[i].look != look) {
			look = s->row[i].look;
			print_look(s, look);
		}
		fprintf(s->out, "%.*s", BYTES_MAX, s->row[i].text);
	}
	if (look != PLAIN)
		print_look(s, PLAIN);
	fputc('\n', s->out);
	clear_row(s);
}

/* ---- the scale ------------------------------------------------------------ */

static bool fits(const struct term_sheet *s)
{
	return s->col[s->view.st->nr - 1] + END <= s->width;
}

/* As wide as it may be: a page is fewer columns if need be. */
static void scale_to(struct term_sheet *s, double columns_a_page)
{
	const unsigned long *at = s->view.st->at;

	s->col[0] = LEFT;
	for (size_t i = 1; i < s->view.st->nr; i++) {
		int wide = (int)((double)(at[i] - at[i - 1]) * columns_a_page);

		if (wide < SEGMENT_MIN)
			wide = SEGMENT_MIN;
		s->col[i] = s->col[i - 1] + wide;
	}
}

static void scale(struct term_sheet *s)
{
	double columns = 2;

	scale_to(s, columns);
	while (!fits(s) && columns > 0.05) {
		columns *= 0.9;
		scale_to(s, columns);
	}
}

static int col_of(const struct term_sheet *s, unsigned long page)
{
	return s->col[graph_boundary(s->view.st, page)];
}

/* ---- what is drawn --------------------------------------------------------- */

static int look_of(const struct term_sheet *s, vma_id vma)
{
	static const char *const names[] = { [PREV] = "prev",
					     [MIDDLE] = "middle",
					     [NEXT] = "next",
					     [NEW] = "new",
					     [OTHER] = "other" };
	const char *name = dot_tint(s->view.r, vma)->name;

	for (int look = PREV; look < OTHER; look++)
		if (!strcmp(names[look], name))
			return look;
	return OTHER;
}

static void print_numbers(struct term_sheet *s)
{
	put_text(s, 0, "page", DIM);
	for (size_t i = 0; i < s->view.st->nr; i++) {
		char text[24];

		snprintf(text, sizeof(text), "%lu", s->view.st->at[i]);
		put_text(s, s->col[i], text, PLAIN);
	}
	print_row(s);
}

static void print_asked(struct term_sheet *s)
{
	const struct op op = report_op(s->view.r);
	int from = col_of(s, op.start), to = col_of(s, op.end) - 1;

	if (op.kind == OP_SPLIT) {
		put_text(s, from, "addr", BAR);
	} else if (from < to) {
		for (int col = from; col < to; col++)
			put(s, col, "─", BAR);
		put(s, from, "├", BAR);
		put(s, to, "┤", BAR);
		put_centred(s, from, to, graph_asked[op.kind], BAR);
	}
	print_row(s);
}

static void put_line(struct term_sheet *s, int from, int to, int look,
		     const char *begin, const char *end)
{
	for (int col = from + 1; col < to; col++)
		put(s, col, "─", look);
	put(s, from, begin, look);
	put(s, to, end, look);
}

enum { TOP, NAME, RANGE, BOTTOM, NR_LINES };

static void put_box(struct term_sheet *s, unsigned long start,
		    unsigned long end, const char *name, int look, int line)
{
	int from = col_of(s, start);
	int to = col_of(s, end) - 1; /* where the next begins is the next's */
	char text[64];

	if (from >= to)
		return;
	if (line == TOP) {
		put_line(s, from, to, look, "┌", "┐");
		return;
	}
	if (line == BOTTOM) {
		put_line(s, from, to, look, "└", "┘");
		return;
	}
	put(s, from, "│", look);
	put(s, to, "│", look);
	snprintf(text, sizeof(text), "[%lu,%lu)", start, end);
	put_centred(s, from, to, line == NAME ? name : text, look);
}

static void put_vma(struct term_sheet *s, vma_id id, int line)
{
	const struct layout_vma *v = layout_vma(s->view.now, id);
	int look;

	if (!graph_shows(&s->view, v))
		return;
	look = look_of(s, id) | (graph_vma_changed(&s->view, v) ? CHANGED : 0);
	put_box(s, v->s.vm_start, v->s.vm_end, report_name(s->view.r, id), look,
		line);
}

static void print_lane(struct term_sheet *s, size_t lane)
{
	for (int line = TOP; line < NR_LINES; line++) {
		for (size_t i = 0; i < s->view.st->nr_vmas; i++)
			if (s->view.st->vmas[i].lane == lane)
				put_vma(s, s->view.st->vmas[i].id, line);
		if (line == NAME && lane == 0)
			put_text(s, 0, "VMAs", DIM);
		print_row(s);
	}
}

static void print_tree(struct term_sheet *s)
{
	const struct layout *now = s->view.now;

	for (int line = TOP; line < NR_LINES; line++) {
		if (line == NAME)
			put_text(s, 0, "tree", DIM);
		for_each_mapped(now, slot)
			put_box(s, slot->start, slot->end,
				report_name(s->view.r, slot->vma),
				look_of(s, slot->vma), line);
		print_row(s);
	}
}

void terminal_print(FILE *out, const struct report *r, size_t moment, int width,
		    bool color)
{
	struct term_sheet s = { .out = out,
				.view = graph_view(r, moment),
				.width = width < COLUMNS_MAX ? width
							     : COLUMNS_MAX,
				.color = color };

	s.view.ghosts = false;
	s.col = xcalloc(s.view.st->nr, sizeof(*s.col));
	scale(&s);
	clear_row(&s);
	print_numbers(&s);
	print_asked(&s);
	for (size_t lane = 0; lane < s.view.st->nr_lanes; lane++)
		print_lane(&s, lane);
	print_tree(&s);
	free(s.col);
	graph_range_free(s.view.st);
}
