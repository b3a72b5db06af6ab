// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interleaving as a sequence: time runs downwards, the writer's steps stand
 * on the left, the reader's on the right, and between them the address space
 * on a scale of pages.
 *
 *	 #  writer           | page  16     24     32   37  |  reader
 *	    the maple tree   |       [prev ][middle      ]  |
 *	 2                   |       [cursor]               |  walk to 0: prev
 *	 8                   |       [ prev ]               #  report prev
 *	11  prev is [16, 32) #       [ prev        ]        |
 *	                     #       [prev         ][middle]|  slot 1, 23
 *	    missing                         [ ???? ]
 *
 * It is one node with an HTML-like label. A bar beside the writer's lane says
 * that it holds the mmap lock, one beside the reader's that it holds a VMA.
 */
#include "emit/dot.h"
#include "emit/emit.h"
#include "emit/graph-range.h"
#include "lib/memory.h"

#include <string.h>

/* ---- the look ------------------------------------------------------------ */

enum {
	WIDTH_END = 22, /* of the space below and above what is shown */
	WIDTH_ALL = 270,
	WIDTH_SEGMENT = 34,
	WIDTH_CHAR = 6, /* of a label, and its margin */
	WIDTH_MARGIN = 14,
	WIDTH_BAR = 7,
	HEIGHT_STEP = 19,
	HEIGHT_TREE = 34,
	HEIGHT_PAD = 5,
};

#define COLOR_HELD "#4a4a4a"
#define COLOR_WRONG "#b3261e"
#define FILL_WRONG "#fbe3e1"

/**
 * struct sequence_sheet - what one sequence is printed from
 * @out: where to
 * @r: the case
 * @x: the exploration
 * @o: what is observed in the end
 * @path: how it comes to that
 * @at: addresses that matter, ascending
 * @nr: how many
 * @width: of the segment after each address
 */
struct sequence_sheet {
	FILE *out;
	const struct report *r;
	const struct exploration *x;
	const struct observation *o;
	struct path *path;
	unsigned long *at;
	size_t nr;
	int *width;
};

static const struct tint *tint_of(const struct sequence_sheet *s, vma_id vma)
{
	return dot_tint_of_name(s->r, exploration_name(s->x, vma));
}

/* ---- the scale ----------------------------------------------------------- */

static void add_address(struct sequence_sheet *s, unsigned long address)
{
	if (address > 0 && address < MM_END)
		pages_add(&s->at, &s->nr, address);
}

static void add_layout(struct sequence_sheet *s, const struct layout *lay)
{
	for_each_slot(lay, slot)
		add_address(s, slot->end);
}

static void make_room(struct sequence_sheet *s, unsigned long start,
		      unsigned long end, const char *name)
{
	size_t first = pages_find(s->at, s->nr, start);
	size_t last = pages_find(s->at, s->nr, end);
	char range[64];
	int length = (int)strlen(name);

	snprintf(range, sizeof(range), "[%lu, %lu)", start, end);
	if (length < (int)strlen(range))
		length = (int)strlen(range);
	dot_widen(s->width, first, last, length * WIDTH_CHAR + WIDTH_MARGIN);
}

static void make_room_for_slots(struct sequence_sheet *s,
				const struct layout *lay)
{
	for_each_mapped(lay, slot)
		make_room(s, slot->start, slot->end,
			  exploration_name(s->x, slot->vma));
}

static void scale(struct sequence_sheet *s)
{
	unsigned long all;

	add_layout(s, s->path->first);
	for (size_t i = 0; i < s->path->nr; i++)
		add_layout(s, s->path->steps[i].layout);
	if (!s->nr)
		add_address(s, 1);
	s->width = xcalloc(s->nr, sizeof(*s->width));
	all = s->at[s->nr - 1] - s->at[0];
	for (size_t i = 0; i + 1 < s->nr; i++) {
		double part = (double)(s->at[i + 1] - s->at[i]) / (double)all;

		s->width[i] = (int)(part * WIDTH_ALL);
		if (s->width[i] < WIDTH_SEGMENT)
			s->width[i] = WIDTH_SEGMENT;
	}
	make_room_for_slots(s, s->path->first);
	for (size_t i = 0; i < s->path->nr; i++)
		make_room_for_slots(s, s->path->steps[i].layout);
}

/* ---- rows: number, writer, bar, pages, bar, reader ----------------------- */

/* Columns: of the low end, of each segment, of the high end. */
static int page_columns(const struct sequence_sheet *s)
{
	return (int)s->nr + 1;
}

static int all_columns(const struct sequence_sheet *s)
{
	return 3 + page_columns(s) + 2;
}

static void bar(const struct sequence_sheet *s, const char *color)
{
	fprintf(s->out, "<TD WIDTH=\"%d\"", WIDTH_BAR);
	if (color)
		fprintf(s->out, " BGCOLOR=\"%s\"", color);
	fputs("></TD>\n", s->out);
}

/*
 * The lane of either: text, with space to its bar, and on the other side for
 * fonts that are wider than the one that Graphviz measures.
 */
static void lane(const struct sequence_sheet *s, const char *align,
		 const char *text, const char *color)
{
	fprintf(s->out, "<TD ALIGN=\"%s\">&nbsp;&nbsp;", align);
	if (text && color) {
		fprintf(s->out, "<FONT COLOR=\"%s\">", color);
		dot_html(s->out, text);
		fputs("</FONT>", s->out);
	} else if (text) {
		dot_html(s->out, text);
	}
	fputs("&nbsp;&nbsp;</TD>\n", s->out);
}

/* What a row is made of, but for its pages. */
struct sequence_row {
	size_t number; /* of the step, 0 for none */
	const char *writer;
	const char *reader;
	const char *color; /* of the texts, NULL for black */
	const char *writer_bar;
	const char *reader_bar;
};

static void open_row(const struct sequence_sheet *s,
		     const struct sequence_row *row)
{
	char number[24] = "";

	if (row->number)
		snprintf(number, sizeof(number), "%zu", row->number);
	fputs("<TR>\n<TD ALIGN=\"RIGHT\">", s->out);
	if (row->number)
		dot_grey(s->out, number);
	fputs("</TD>\n", s->out);
	lane(s, "RIGHT", row->writer, row->color);
	bar(s, row->writer_bar);
}

static void close_row(const struct sequence_sheet *s,
		      const struct sequence_row *row)
{
	bar(s, row->reader_bar);
	lane(s, "LEFT", row->reader, row->color);
	fputs("</TR>\n", s->out);
}

/* ---- the pages of a row -------------------------------------------------- */

/*
 * Places are columns: 0 is the low end, place 1 + i begins at address i, and
 * the last is the high end. Nothing but a thin line at each address.
 */
static void skip(const struct sequence_sheet *s, int from, int to, int height)
{
	for (int i = from; i < to; i++)
		dot_skip(s->out, 1, height, i > 0);
}

static int column_of(const struct sequence_sheet *s, unsigned long address)
{
	return 1 + (int)pages_find(s->at, s->nr, address);
}

/* Likewise, but that the box before has drawn the first of the lines. */
static void skip_after_box(const struct sequence_sheet *s, int from, int height)
{
	dot_skip(s->out, 1, height, false);
	skip(s, from + 1, page_columns(s), height);
}

/* A row's pages with one box among them. */
struct box {
	unsigned long start;
	unsigned long end;
	struct dot_look look;
	const char *label;
	const char *color; /* of the label, NULL for black */
};

static void print_label(const struct sequence_sheet *s, const struct box *box)
{
	fprintf(s->out, "<FONT POINT-SIZE=\"9\" COLOR=\"%s\">",
		box->color ? box->color : "#000000");
	dot_html(s->out, box->label);
	fputs("</FONT>", s->out);
}

static void print_box(const struct sequence_sheet *s, const struct box *box)
{
	int from = column_of(s, box->start), to = column_of(s, box->end);

	if (!box->label || from >= to) {
		skip(s, 0, page_columns(s), HEIGHT_STEP);
		return;
	}
	skip(s, 0, from, HEIGHT_STEP);
	dot_open_cell(s->out, to - from, &box->look);
	print_label(s, box);
	dot_close_cell(s->out);
	skip_after_box(s, to, HEIGHT_STEP);
}

static void print_slot(const struct sequence_sheet *s,
		       const struct layout_slot *slot)
{
	const struct tint *tint = tint_of(s, slot->vma);
	struct dot_look look = { tint->fill, tint->line, NULL, 1, HEIGHT_TREE };

	dot_open_cell(s->out,
		      column_of(s, slot->end) - column_of(s, slot->start),
		      &look);
	dot_named_range(s->out, exploration_name(s->x, slot->vma), slot->start,
			slot->end);
	dot_close_cell(s->out);
}

static void print_slots(const struct sequence_sheet *s,
			const struct layout *lay)
{
	int here = 0;

	for_each_mapped(lay, slot) {
		skip(s, here, column_of(s, slot->start), HEIGHT_TREE);
		print_slot(s, slot);
		here = column_of(s, slot->end);
	}
	if (here)
		skip_after_box(s, here, HEIGHT_TREE);
	else
		skip(s, here, page_columns(s), HEIGHT_TREE);
}

/* ---- what a step does, as a box ------------------------------------------ */

/* A VMA that was changed: where it is now, though the tree knows nothing. */
static struct box changed_box(const struct sequence_sheet *s,
			      const struct layout *was,
			      const struct layout *now)
{
	for_each_vma(now, v) {
		const struct layout_vma *old = layout_vma(was, v->s.id);
		const struct tint *tint = tint_of(s, v->s.id);
		struct box box = { v->s.vm_start,
				   v->s.vm_end,
				   { "#ffffff", tint->line, "DASHED", 1,
				     HEIGHT_STEP },
				   exploration_name(s->x, v->s.id),
				   tint->line };

		if (!old || (!layout_slot(now, v->s.id) && !old->s.attached))
			continue;
		if (old->s.attached && !v->s.attached) {
			box.label = "detached";
			return box;
		}
		if (old->s.vm_start != v->s.vm_start ||
		    old->s.vm_end != v->s.vm_end)
			return box;
	}
	return (struct box){ 0 };
}

static struct box found_box(const struct sequence_sheet *s,
			    const struct path_step *step)
{
	const struct tint *tint = tint_of(s, step->vma);
	const struct layout_slot *slot = layout_slot(step->layout, step->vma);

	if (!slot)
		return (struct box){ 0 };
	return (struct box){ slot->start,
			     slot->end,
			     { "#ffffff", tint->line, NULL, 1, HEIGHT_STEP },
			     "found",
			     tint->line };
}

static struct box wrong_box(unsigned long start, unsigned long end,
			    const char *label)
{
	return (struct box){ start,
			     end,
			     { FILL_WRONG, COLOR_WRONG, "DASHED", 1,
			       HEIGHT_STEP },
			     label,
			     COLOR_WRONG };
}

static struct box reported_box(const struct sequence_sheet *s,
			       const struct reported *line)
{
	const struct tint *tint = tint_of(s, line->vma);

	return (struct box){ line->start,
			     line->end,
			     { tint->fill, tint->line, NULL, 1, HEIGHT_STEP },
			     "reported",
			     NULL };
}

/* Whether there is something in a range that is mapped all the time. */
static bool is_missing(const struct sequence_sheet *s, unsigned long start,
		       unsigned long end)
{
	return s->o->gap && start < s->o->gap_end && s->o->gap_start < end;
}

static struct box reader_box(const struct sequence_sheet *s,
			     const struct path_step *step, unsigned long from)
{
	const struct layout_vma *v = layout_vma(step->layout, step->vma);

	switch (step->event) {
	case EVENT_FOUND:
		return found_box(s, step);
	case EVENT_NOTHING:
		if (!is_missing(s, from, MM_END))
			break;
		return wrong_box(from, MM_END, "nothing found");
	case EVENT_HOLE:
		if (!v || !is_missing(s, from, v->s.vm_start))
			break;
		return wrong_box(from, v->s.vm_start, "taken for a hole");
	case EVENT_REPORT:
		return reported_box(s, step->line);
	default:
		break;
	}
	return (struct box){ 0 };
}

/* ---- the rows of the sequence -------------------------------------------- */

static const char *writer_bar(unsigned int sequence)
{
	return sequence & 1 ? COLOR_HELD : NULL;
}

static const char *reader_bar(const struct sequence_sheet *s,
			      const struct path_reader *reader)
{
	if (reader->holds)
		return tint_of(s, reader->holds)->line;
	return reader->mmap ? COLOR_HELD : NULL;
}

static void print_pad(const struct sequence_sheet *s, struct sequence_row row)
{
	row.number = 0;
	row.writer = row.reader = NULL;
	open_row(s, &row);
	skip(s, 0, page_columns(s), HEIGHT_PAD);
	close_row(s, &row);
}

static void print_tree(const struct sequence_sheet *s, const struct layout *lay,
		       struct sequence_row row)
{
	row.number = 0;
	row.color = DOT_GREY;
	print_pad(s, row);
	open_row(s, &row);
	print_slots(s, lay);
	close_row(s, &row);
	print_pad(s, row);
}

static void print_first_tree(const struct sequence_sheet *s)
{
	struct sequence_row row = { .writer = "maple tree" };

	print_tree(s, s->path->first, row);
}

/* The tree as the store leaves it, and what the reader's cursor is now. */
static void print_next_tree(const struct sequence_sheet *s,
			    const struct path_step *step,
			    struct sequence_row row)
{
	const char *iterator = step->readers[0].iterator;
	char cursor[64];

	snprintf(cursor, sizeof(cursor), "cursor: %s", iterator);
	row.writer = "maple tree";
	row.reader = *iterator ? cursor : NULL;
	print_tree(s, step->layout, row);
}

static void print_step(const struct sequence_sheet *s, size_t i)
{
	const struct path_step *step = &s->path->steps[i];
	const struct path_step *last = i ? step - 1 : NULL;
	const struct layout *was = last ? last->layout : s->path->first;
	unsigned long from = last ? last->readers[0].from : 0;
	bool stores = !layout_same_tree(was, step->layout);
	struct sequence_row row = {
		.number = i + 1,
		.writer_bar = writer_bar(step->sequence),
		.reader_bar = reader_bar(s, &step->readers[0]),
	};
	struct box box = { 0 };

	if (step->task == WRITER) {
		row.writer = step->text;
		if (!stores)
			box = changed_box(s, was, step->layout);
	} else {
		row.reader = step->text;
		box = reader_box(s, step, from);
	}
	open_row(s, &row);
	print_box(s, &box);
	close_row(s, &row);
	if (stores)
		print_next_tree(s, step, row);
}

/* ---- head and foot ------------------------------------------------------- */

static void print_line(const struct sequence_sheet *s, int points,
		       const char *color, const char *text)
{
	fprintf(s->out,
		"<TR><TD COLSPAN=\"%d\" ALIGN=\"LEFT\"><FONT COLOR=\"%s\" POINT-SIZE=\"%d\">",
		all_columns(s), color, points);
	dot_html(s->out, text);
	fputs("</FONT></TD></TR>\n", s->out);
}

static void print_space(const struct sequence_sheet *s, int height)
{
	fprintf(s->out, "<TR><TD COLSPAN=\"%d\" HEIGHT=\"%d\"></TD></TR>\n",
		all_columns(s), height);
}

static void print_title(const struct sequence_sheet *s)
{
	const struct explore_opts *opts = &s->x->opts;
	char text[160];

	snprintf(text, sizeof(text),
		 "%s, below: %s, above: %s, reader: %s, %u steps", s->r->c->id,
		 side_names[opts->left], side_names[opts->right],
		 opts->reader->name, s->o->length);
	print_line(s, 9, DOT_GREY, text);
	print_space(s, 2);
	if (s->o->gap)
		snprintf(text, sizeof(text),
			 "A read that misses [%lu, %lu), mapped all the time",
			 s->o->gap_start, s->o->gap_end);
	else
		snprintf(text, sizeof(text), "A read that %s",
			 s->o->overlap ? "reports some pages twice"
				       : "misses nothing");
	print_line(s, 13, "#000000", text);
	print_space(s, 6);
}

static void print_head(const struct sequence_sheet *s)
{
	fputs("<TR>\n<TD></TD>\n<TD ALIGN=\"RIGHT\"><B>writer</B>&nbsp;&nbsp;</TD>\n<TD></TD>\n",
	      s->out);
	fprintf(s->out, "<TD WIDTH=\"%d\"></TD>\n", WIDTH_END);
	for (size_t i = 0; i < s->nr; i++)
		fprintf(s->out,
			"<TD WIDTH=\"%d\" ALIGN=\"LEFT\" BORDER=\"1\" SIDES=\"L\" COLOR=\"" DOT_GUIDE
			"\"><FONT COLOR=\"" DOT_GREY
			"\">&nbsp;%lu</FONT></TD>\n",
			s->width[i] ? s->width[i] : WIDTH_END, s->at[i]);
	fputs("<TD></TD>\n<TD ALIGN=\"LEFT\">&nbsp;&nbsp;<B>reader</B></TD>\n"
	      "</TR>\n",
	      s->out);
}

static void print_missing(const struct sequence_sheet *s)
{
	struct sequence_row row = { .writer = "mapped before, during and after",
				    .color = COLOR_WRONG,
				    .reader = "never reported" };
	struct box box = wrong_box(s->o->gap_start, s->o->gap_end, "missing");

	if (!s->o->gap)
		return;
	print_pad(s, row);
	open_row(s, &row);
	print_box(s, &box);
	close_row(s, &row);
}

static void print_table(const struct sequence_sheet *s)
{
	print_title(s);
	print_head(s);
	print_first_tree(s);
	for (size_t i = 0; i < s->path->nr; i++)
		print_step(s, i);
	print_missing(s);
	print_space(s, 6);
	print_line(
		s, 9, DOT_GREY,
		"Bar on the left: the mmap lock is held for writing. Bar on the right: the VMA of that colour is read-locked.");
}

void sequence_print(FILE *out, const struct report *r,
		    const struct exploration *x, const struct observation *o)
{
	struct sequence_sheet s = { .out = out, .r = r, .x = x, .o = o };
	char name[160];

	s.path = exploration_path(x, o->state);
	scale(&s);
	snprintf(name, sizeof(name), "%.128s-reader", r->c->id);
	dot_open_graph(out, name);
	print_table(&s);
	dot_close_graph(out);
	free(s.at);
	free(s.width);
	path_free(s.path);
}
