// SPDX-License-Identifier: GPL-2.0-only
/*
 * One moment of a case as a table on a scale of pages:
 *
 *	           start   end
 *	page   16    24     32    37        the boundaries
 *	              [modify]              what is asked for
 *	VMAs    [ prev      ]               each VMA where its vm_start and
 *	              [ middle    ]         vm_end say that it is
 *	tree  ..| prev | middle   |..       each slot where the tree has it
 *
 * Graphviz gets it as one node with an HTML-like label. Each segment between
 * two boundaries is three columns wide, and the label of a boundary takes the
 * last column before it and the first one after it, so that it is centred on
 * the boundary itself:
 *
 *	column   0    | 1      2 | 3    4    5 | 6    7    8 | 9    10
 *	       header | low end  |  segment 0  |  segment 1  | high end
 *	                      [ 16 ]         [ 24 ]        [ 32 ]
 */
#include "emit/dot.h"
#include "emit/emit.h"
#include "emit/graph-range.h"
#include "lib/memory.h"
#include "lib/stream.h"

#include <string.h>

/* ---- the look ------------------------------------------------------------ */

/* Sizes are in points. Characters are taken to be as wide as those of DejaVu
 * Sans, which are wider than what browsers have for Helvetica.
 */
enum {
	WIDTH_HEADER = 66,
	WIDTH_END = 46,	    /* of the space before and after what is shown */
	WIDTH_ALL = 360,    /* of all segments, if the labels allow */
	WIDTH_SEGMENT = 54, /* the narrowest */
	WIDTH_HALF = 20,    /* half of the label of a boundary: "start" */
	WIDTH_DIGIT = 7,
	WIDTH_BOLD = 8,	  /* of a character of a name */
	WIDTH_WIDE = 11,  /* of "m" in a name */
	WIDTH_MARGIN = 8, /* beside a text */
	HEIGHT_VMA = 46,
	HEIGHT_SLOT = 34,
	HEIGHT_RANGE = 18,
	HEIGHT_GAP = 5,
};

/**
 * struct graph_sheet - what one graph is printed from
 * @out: where to
 * @moment: which
 * @view: what is shown of it
 * @width: of each segment
 * @half: half the width of a label at a boundary
 */
struct graph_sheet {
	FILE *out;
	size_t moment;
	struct graph_view view;
	int *width;
	int half;
};

/* Not before, and not after all. */
static bool is_step(const struct report *r, size_t moment)
{
	return moment > 0 && moment <= r->nr_steps;
}

/* ---- text ---------------------------------------------------------------- */

static int range_width(unsigned long start, unsigned long end)
{
	return WIDTH_DIGIT * snprintf(NULL, 0, "[%lu, %lu)", start, end);
}

static int name_width(const char *name)
{
	int width = 0;

	for (; *name; name++)
		width += strchr("mwMW@%&", *name) ? WIDTH_WIDE : WIDTH_BOLD;
	return width;
}

/* ---- the scale ----------------------------------------------------------- */

static size_t nr_segments(const struct graph_sheet *s)
{
	return s->view.st->nr - 1;
}

static int label_half(const struct graph_range *st)
{
	unsigned long last = st->at[st->nr - 1];
	int half = snprintf(NULL, 0, "%lu", last) * WIDTH_DIGIT / 2 + 2;

	return half > WIDTH_HALF ? half : WIDTH_HALF;
}

static void scale_segments(struct graph_sheet *s)
{
	const unsigned long *at = s->view.st->at;
	unsigned long all = at[nr_segments(s)] - at[0];

	for (size_t i = 0; i < nr_segments(s); i++) {
		unsigned long pages = at[i + 1] - at[i];
		int width = (int)((double)pages / (double)all * WIDTH_ALL);
		int min = 2 * s->half + 2;

		if (min < WIDTH_SEGMENT)
			min = WIDTH_SEGMENT;
		s->width[i] = width > min ? width : min;
	}
}

/* Widen the segments under a range until a text fits. */
static void make_room(struct graph_sheet *s, unsigned long start,
		      unsigned long end, int width)
{
	dot_widen(s->width, graph_boundary(s->view.st, start),
		  graph_boundary(s->view.st, end), width + WIDTH_MARGIN);
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static int label_width(const struct graph_sheet *s, vma_id id,
		       unsigned long start, unsigned long end)
{
	return larger(name_width(report_name(s->view.r, id)),
		      range_width(start, end));
}

/* A VMA that moved also says where it was before. */
static void make_room_for_vma(struct graph_sheet *s, const struct layout_vma *v,
			      const struct layout *was)
{
	const struct layout_vma *old = was ? layout_vma(was, v->s.id) : NULL;
	int width = label_width(s, v->s.id, v->s.vm_start, v->s.vm_end);

	if (old)
		width = larger(width,
			       range_width(old->s.vm_start, old->s.vm_end) +
				       name_width("was "));
	make_room(s, v->s.vm_start, v->s.vm_end, width);
}

static void make_room_for_labels(struct graph_sheet *s)
{
	const struct layout *was = NULL;

	for (size_t m = 0; m < graph_moments(s->view.r); m++) {
		const struct layout *lay = graph_moment(s->view.r, m);

		for (size_t i = 0; i < s->view.st->nr_vmas; i++) {
			const struct layout_vma *v =
				layout_vma(lay, s->view.st->vmas[i].id);

			if (v)
				make_room_for_vma(s, v, was);
		}
		for_each_mapped(lay, slot)
			make_room(s, slot->start, slot->end,
				  label_width(s, slot->vma, slot->start,
					      slot->end));
		was = lay;
	}
}

/* ---- cells and rows ------------------------------------------------------ */

/*
 * A place in a row: before boundary 0 there is the low end, and after the last
 * boundary the high end.
 */
enum segment_place { LOW_END = -1 };

static int high_end(const struct graph_sheet *s)
{
	return (int)s->view.st->nr;
}

/* The first column after a boundary. */
static int column(const struct graph_sheet *s, int boundary)
{
	if (boundary == LOW_END)
		return 1;
	if (boundary == high_end(s))
		return column(s, boundary - 1) + 2;
	return 3 + 3 * boundary;
}

static void open_row(const struct graph_sheet *s, const char *header)
{
	fputs("<TR>\n<TD ALIGN=\"LEFT\">", s->out);
	if (header)
		dot_grey(s->out, header);
	fputs("</TD>\n", s->out);
}

static void close_row(const struct graph_sheet *s)
{
	fputs("</TR>\n", s->out);
}

static void open_cell(const struct graph_sheet *s, int from, int to,
		      const struct dot_look *look)
{
	dot_open_cell(s->out, column(s, to) - column(s, from), look);
}

/* Nothing but a thin line at each boundary that is passed. */
static void skip(const struct graph_sheet *s, int from, int to, int height)
{
	for (int b = from; b < to; b++)
		dot_skip(s->out, column(s, b + 1) - column(s, b), height,
			 b != LOW_END);
}

static void print_gap(const struct graph_sheet *s)
{
	open_row(s, NULL);
	skip(s, LOW_END, high_end(s), HEIGHT_GAP);
	close_row(s);
}

/* The row that gives every column its width. It is all but invisible. */
static void print_column(const struct graph_sheet *s, int width)
{
	fprintf(s->out, "<TD FIXEDSIZE=\"TRUE\" WIDTH=\"%d\" HEIGHT=\"1\">",
		width);
	dot_close_cell(s->out);
}

static void print_columns(const struct graph_sheet *s)
{
	fputs("<TR>\n", s->out);
	print_column(s, WIDTH_HEADER);
	print_column(s, WIDTH_END - WIDTH_HALF);
	print_column(s, s->half);
	for (size_t i = 0; i < nr_segments(s); i++) {
		print_column(s, s->half);
		print_column(s, s->width[i] - 2 * s->half);
		print_column(s, s->half);
	}
	print_column(s, s->half);
	print_column(s, WIDTH_END - WIDTH_HALF);
	close_row(s);
}

/* ---- the rows of boundaries and of what is asked for --------------------- */

/* A row of labels centred on the boundaries. */
static void print_labels(const struct graph_sheet *s, const char *header,
			 void (*print)(const struct graph_sheet *s,
				       size_t boundary))
{
	open_row(s, header);
	fputs("<TD></TD>\n", s->out);
	for (size_t b = 0; b < s->view.st->nr; b++) {
		if (b > 0)
			fputs("<TD></TD>\n", s->out);
		fputs("<TD COLSPAN=\"2\">", s->out);
		print(s, b);
		dot_close_cell(s->out);
	}
	fputs("<TD></TD>\n", s->out);
	close_row(s);
}

static void print_mark(const struct graph_sheet *s, size_t boundary)
{
	const struct op op = report_op(s->view.r);
	const char *mark = graph_mark(&op, s->view.st->at[boundary]);

	if (mark)
		fprintf(s->out, "<B>%s</B>", mark);
}

static void print_page(const struct graph_sheet *s, size_t boundary)
{
	fprintf(s->out, "%lu", s->view.st->at[boundary]);
}

static void print_asked(const struct graph_sheet *s)
{
	static const struct dot_look full = { "#4a4a4a", "#4a4a4a", NULL, 1,
					      HEIGHT_RANGE };
	static const struct dot_look dotted = { "#ffffff", "#000000", "DOTTED",
						1, HEIGHT_RANGE };
	const struct op op = report_op(s->view.r);
	bool proposed = graph_is_proposed(op.kind);
	int from = (int)graph_boundary(s->view.st, op.start);
	int to = (int)graph_boundary(s->view.st, op.end);

	if (op.kind == OP_SPLIT || from >= to)
		return;
	open_row(s, NULL);
	skip(s, LOW_END, from, HEIGHT_RANGE);
	open_cell(s, from, to, proposed ? &dotted : &full);
	fprintf(s->out, "<FONT COLOR=\"%s\">%s</FONT>",
		proposed ? "#000000" : "#ffffff", graph_asked[op.kind]);
	dot_close_cell(s->out);
	skip(s, to, high_end(s), HEIGHT_RANGE);
	close_row(s);
}

/* ---- VMAs ---------------------------------------------------------------- */

static bool same_range(const struct vma_state *a, const struct vma_state *b)
{
	return a->vm_start == b->vm_start && a->vm_end == b->vm_end;
}

static struct dot_look vma_look(const struct graph_sheet *s,
				const struct layout_vma *v)
{
	const struct tint *tint = dot_tint(s->view.r, v->s.id);
	struct dot_look look = { tint->fill, tint->line, NULL, 1, HEIGHT_VMA };

	if (v->freed || !v->s.attached) {
		look.fill = "#ffffff";
		look.style = v->freed ? "DOTTED" : "DASHED";
	}
	if (graph_vma_changed(&s->view, v)) {
		look.line = "#000000";
		look.border = 3;
	}
	return look;
}

static void print_vma_text(const struct graph_sheet *s,
			   const struct layout_vma *v)
{
	const struct layout_vma *old =
		s->view.was ? layout_vma(s->view.was, v->s.id) : NULL;

	dot_named_range(s->out, report_name(s->view.r, v->s.id), v->s.vm_start,
			v->s.vm_end);
	if (v->freed)
		fputs("<BR/>freed", s->out);
	else if (!v->s.attached)
		fputs("<BR/>detached", s->out);
	else if (old && !same_range(&old->s, &v->s))
		fprintf(s->out, "<BR/>was [%lu, %lu)", old->s.vm_start,
			old->s.vm_end);
}

/* The VMA of a lane that comes first at or after a boundary. */
static const struct layout_vma *next_in_lane(const struct graph_sheet *s,
					     size_t lane, int from)
{
	const struct layout_vma *first = NULL;

	for (size_t i = 0; i < s->view.st->nr_vmas; i++) {
		const struct layout_vma *v =
			layout_vma(s->view.now, s->view.st->vmas[i].id);

		if (s->view.st->vmas[i].lane != lane ||
		    !graph_shows(&s->view, v) ||
		    v->s.vm_start < s->view.st->at[from])
			continue;
		if (!first || v->s.vm_start < first->s.vm_start)
			first = v;
	}
	return first;
}

static void print_lane(const struct graph_sheet *s, size_t lane)
{
	const struct layout_vma *v;
	int here = 0;

	open_row(s, lane == 0 ? "VMAs" : NULL);
	skip(s, LOW_END, 0, HEIGHT_VMA);
	while ((v = next_in_lane(s, lane, here))) {
		int from = (int)graph_boundary(s->view.st, v->s.vm_start);
		int to = (int)graph_boundary(s->view.st, v->s.vm_end);
		struct dot_look look = vma_look(s, v);

		skip(s, here, from, HEIGHT_VMA);
		open_cell(s, from, to, &look);
		print_vma_text(s, v);
		dot_close_cell(s->out);
		here = to;
	}
	skip(s, here, high_end(s), HEIGHT_VMA);
	close_row(s);
}

/* ---- the tree ------------------------------------------------------------ */

static struct dot_look slot_look(const struct graph_sheet *s,
				 const struct layout_slot *slot)
{
	struct dot_look look = { "#f4f4f4", "#8a8a8a", "DOTTED", 1,
				 HEIGHT_SLOT };

	if (slot->vma) {
		const struct tint *tint = dot_tint(s->view.r, slot->vma);

		look.fill = tint->fill;
		look.line = tint->line;
		look.style = NULL;
	}
	if (graph_slot_changed(&s->view, slot)) {
		look.line = "#000000";
		look.border = 3;
	}
	return look;
}

static void print_slot(const struct graph_sheet *s,
		       const struct layout_slot *slot, int from, int to)
{
	struct dot_look look = slot_look(s, slot);

	open_cell(s, from, to, &look);
	if (slot->vma) {
		dot_html(s->out, report_name(s->view.r, slot->vma));
		fprintf(s->out, "<BR/>[%lu, %lu)", slot->start, slot->end);
	} else {
		dot_grey(s->out, "empty");
	}
	dot_close_cell(s->out);
}

/* Slots that hold VMAs which are not shown, all in one. */
static void print_more(const struct graph_sheet *s, int from, int to)
{
	static const struct dot_look look = { "#ffffff", "#8a8a8a", "DOTTED", 1,
					      HEIGHT_SLOT };

	open_cell(s, from, to, &look);
	dot_grey(s->out, "...");
	dot_close_cell(s->out);
}

static void print_slots(const struct graph_sheet *s)
{
	const struct graph_range *st = s->view.st;
	unsigned long first = st->at[0];
	unsigned long last = st->at[st->nr - 1];

	for (size_t i = 0; i < s->view.now->nr_slots; i++) {
		const struct layout_slot *slot = &s->view.now->slots[i];
		int from = (int)graph_boundary(st, slot->start);
		int to = (int)graph_boundary(st, slot->end);

		if (slot->start < first && !st->more_below)
			from = LOW_END;
		if (slot->end > last && !st->more_above)
			to = high_end(s);
		if (from < to)
			print_slot(s, slot, from, to);
	}
}

static void print_tree(const struct graph_sheet *s)
{
	const struct graph_range *st = s->view.st;
	int last = high_end(s) - 1;

	open_row(s, "maple tree");
	if (st->more_below)
		print_more(s, LOW_END, 0);
	else if (st->at[0] == 0)
		skip(s, LOW_END, 0, HEIGHT_SLOT);
	print_slots(s);
	if (st->more_above)
		print_more(s, last, last + 1);
	else if (st->at[last] == MM_END)
		skip(s, last, last + 1, HEIGHT_SLOT);
	close_row(s);
}

/* ---- what is said above and below ---------------------------------------- */

static int table_columns(const struct graph_sheet *s)
{
	return column(s, high_end(s));
}

static int table_width(const struct graph_sheet *s)
{
	int width = WIDTH_HEADER + 2 * (WIDTH_END - WIDTH_HALF + s->half);

	for (size_t i = 0; i < nr_segments(s); i++)
		width += s->width[i];
	return width;
}

/* A text over the whole width, broken into lines so that it widens nothing. */
static void print_wrapped(const struct graph_sheet *s, const char *text,
			  int points)
{
	int max = table_width(s) * 100 / (points * 62);
	int here = 0;
	char *copy __free(free) = xstrdup(text);
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, " "))) {
		int length = (int)strlen(word);

		if (here > 0 && here + 1 + length > max) {
			fputs("<BR ALIGN=\"LEFT\"/>", s->out);
			here = 0;
		} else if (here > 0) {
			fputc(' ', s->out);
			here++;
		}
		dot_html(s->out, word);
		here += length;
	}
	fputs("<BR ALIGN=\"LEFT\"/>", s->out);
}

static void print_line(const struct graph_sheet *s, const char *color,
		       int points, const char *text)
{
	fprintf(s->out,
		"<TR>\n<TD COLSPAN=\"%d\" ALIGN=\"LEFT\"><FONT COLOR=\"%s\" POINT-SIZE=\"%d\">",
		table_columns(s), color, points);
	print_wrapped(s, text, points);
	fputs("</FONT></TD>\n</TR>\n", s->out);
}

static void print_space(const struct graph_sheet *s, int height)
{
	fprintf(s->out, "<TR>\n<TD COLSPAN=\"%d\" HEIGHT=\"%d\"></TD>\n</TR>\n",
		table_columns(s), height);
}

static void print_text(const struct graph_sheet *s, const char *color,
		       int points, struct buffer *t)
{
	print_line(s, color, points, buffer_text(t));
	free(t->text);
}

static void print_title(const struct graph_sheet *s)
{
	const struct report *r = s->view.r;
	const char *large = s->moment ? "After" : "Before";
	struct buffer small;

	fputs(r->c->id, buffer_open(&small));
	if (is_step(r, s->moment)) {
		fprintf(small.out, ", after step %zu of %zu", s->moment,
			r->nr_steps);
		large = r->steps[s->moment - 1].text;
	}
	print_text(s, DOT_GREY, 9, &small);
	print_space(s, 2);
	print_line(s, "#000000", 13, large);
}

static void print_status(const struct graph_sheet *s)
{
	struct buffer locks, t;

	buffer_open(&locks);
	buffer_open(&t);
	fprintf(t.out, "map count %lu", s->view.now->map_count);
	if (graph_print_locks(locks.out, &s->view)) {
		fflush(locks.out);
		fprintf(t.out, "; locked: %s", locks.text);
	}
	free(buffer_text(&locks));
	print_text(s, DOT_GREY, 9, &t);
}

/* ---- the graph ----------------------------------------------------------- */

static void print_table(const struct graph_sheet *s)
{
	print_columns(s);
	print_title(s);
	print_space(s, HEIGHT_GAP);
	print_labels(s, NULL, print_mark);
	print_labels(s, "page", print_page);
	print_asked(s);
	print_gap(s);
	for (size_t lane = 0; lane < s->view.st->nr_lanes; lane++) {
		print_lane(s, lane);
		print_gap(s);
	}
	print_tree(s);
	print_gap(s);
	print_status(s);
}

char *graph_name(const struct report *r, size_t moment)
{
	if (is_step(r, moment))
		return xasprintf("%s-step-%zu", r->c->id, moment);
	return xasprintf("%s-%s", r->c->id, moment ? "after" : "before");
}

void graph_print(FILE *out, const struct report *r, size_t moment)
{
	struct graph_sheet s = { .out = out,
				 .moment = moment,
				 .view = graph_view(r, moment) };
	char *name __free(free) = graph_name(r, moment);

	s.half = label_half(s.view.st);
	s.width = xcalloc(s.view.st->nr, sizeof(*s.width));
	scale_segments(&s);
	make_room_for_labels(&s);
	dot_open_graph(out, name);
	print_table(&s);
	dot_close_graph(out);
	free(s.width);
	graph_range_free(s.view.st);
}
