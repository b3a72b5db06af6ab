// SPDX-License-Identifier: GPL-2.0-only
/*
 * One moment of a case as a drawing, for pages:
 *
 *	          start     end
 *	          24        32        37     the boundaries
 *	          [ modify  ]                what is asked for
 *	VMAs  [ prev        ]                each VMA where its vm_start and
 *	          [ middle           ]       vm_end say that it is
 *	tree  [prev][ middle         ]       each slot where the tree has it
 *
 * What is drawn has a class by the part that it plays, by which a style sheet
 * colours it; the attributes are for where there is none. Each VMA and each
 * slot has a "data-key" that is the same in all moments, so that a script can
 * move it from one to the next.
 */
#include "emit/dot.h"
#include "emit/emit.h"
#include "emit/graph-range.h"
#include "lib/memory.h"
#include "lib/stream.h"

#include <string.h>

/* Sizes are in pixels. Letters are taken to be as wide as in DejaVu Sans. */
enum {
	WIDTH_HEADER = 38,
	WIDTH_END = 17, /* of the space below and above what is shown */
	WIDTH_ALL = 290,
	WIDTH_LABEL = 34, /* the narrowest segment has room for its boundary */
	WIDTH_CHAR = 8,
	WIDTH_DIGIT = 7,
	WIDTH_MARGIN = 8,
	FONT_SIZE = 12,
	Y_MARK = 12,
	Y_PAGE = 26,
	Y_BAR = 32,
	HEIGHT_BAR = 18,
	HEIGHT_VMA = 42,
	HEIGHT_SLOT = 36,
	GAP = 6,
};

/**
 * struct svg - what one drawing is printed from
 * @out: where to
 * @view: the moment
 * @x: of each boundary
 */
struct svg {
	FILE *out;
	struct graph_view view;
	int *x;
};

/* ---- the scale ----------------------------------------------------------- */

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static int range_width(unsigned long start, unsigned long end)
{
	return WIDTH_DIGIT * snprintf(NULL, 0, "[%lu, %lu)", start, end);
}

/* Move all boundaries from the end of a range on until a text fits over it. */
static void make_room(struct svg *s, unsigned long start, unsigned long end,
		      int width)
{
	size_t first = graph_boundary(s->view.st, start);
	size_t last = graph_boundary(s->view.st, end);
	int missing;

	if (first >= last)
		return;
	missing = width + WIDTH_MARGIN - (s->x[last] - s->x[first]);
	for (size_t i = last; missing > 0 && i < s->view.st->nr; i++)
		s->x[i] += missing;
}

static void make_room_for_moment(struct svg *s, const struct layout *lay)
{
	for_each_vma(lay, at) {
		const struct vma_state *v = &at->s;
		int name =
			(int)strlen(report_name(s->view.r, v->id)) * WIDTH_CHAR;

		make_room(s, v->vm_start, v->vm_end,
			  larger(name, range_width(v->vm_start, v->vm_end)));
	}
	for_each_mapped(lay, slot)
		make_room(s, slot->start, slot->end,
			  range_width(slot->start, slot->end));
}

static void scale(struct svg *s)
{
	const unsigned long *at = s->view.st->at;
	size_t last = s->view.st->nr - 1;
	double all = (double)(at[last] - at[0]);

	s->x[0] = WIDTH_HEADER + WIDTH_END;
	for (size_t i = 0; i < last; i++) {
		double part = (double)(at[i + 1] - at[i]) / all;

		s->x[i + 1] =
			s->x[i] + larger((int)(part * WIDTH_ALL), WIDTH_LABEL);
	}
	for (size_t m = 0; m < graph_moments(s->view.r); m++)
		make_room_for_moment(s, graph_moment(s->view.r, m));
}

static int x_of(const struct svg *s, unsigned long page)
{
	return s->x[graph_boundary(s->view.st, page)];
}

static int y_of_lane(const struct svg *s, size_t lane)
{
	int bar = report_op(s->view.r).kind == OP_SPLIT ? 0 : HEIGHT_BAR + GAP;

	return Y_BAR + bar + (int)lane * (HEIGHT_VMA + GAP);
}

static int y_of_tree(const struct svg *s)
{
	return y_of_lane(s, s->view.st->nr_lanes) + GAP;
}

/* ---- boxes and text ------------------------------------------------------- */

static void print_text(const struct svg *s, int x, int y, const char *style,
		       const char *text)
{
	fprintf(s->out, "<text x=\"%d\" y=\"%d\"%s>", x, y, style);
	dot_html(s->out, text);
	fputs("</text>", s->out);
}

static void print_range(const struct svg *s, int x, int y, unsigned long start,
			unsigned long end)
{
	fprintf(s->out, "<text x=\"%d\" y=\"%d\">[%lu, %lu)</text>", x, y,
		start, end);
}

static void print_rect(const struct svg *s, int x0, int x1, int y, int height,
		       const char *look)
{
	fprintf(s->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>", x0,
		y, x1 - x0, height, look);
}

/* A box in the colour of a VMA; one that changed has a thick border. */
static void print_box(const struct svg *s, int x0, int x1, int y, int height,
		      const struct tint *tint, bool changed)
{
	fprintf(s->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"/>",
		x0, y, x1 - x0, height, tint->fill,
		changed ? "#000000" : tint->line, changed ? "2.5" : "1.2");
}

#define MIDDLE " text-anchor=\"middle\""
#define MIDDLE_BOLD MIDDLE " font-weight=\"bold\""
#define GREY " class=\"soft\" fill=\"" DOT_GREY "\""

/* ---- what is asked for, and where ------------------------------------------ */

static void print_boundaries(const struct svg *s)
{
	const struct op op = report_op(s->view.r);
	int low = y_of_tree(s) + HEIGHT_SLOT;

	for (size_t i = 0; i < s->view.st->nr; i++) {
		const char *mark = graph_mark(&op, s->view.st->at[i]);

		fprintf(s->out,
			"<path class=\"grid\" stroke=\"" DOT_GUIDE
			"\" d=\"M%d %dV%d\"/>",
			s->x[i], Y_BAR - 2, low);
		if (mark)
			print_text(s, s->x[i], Y_MARK, MIDDLE_BOLD, mark);
		fprintf(s->out,
			"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%lu</text>\n",
			s->x[i], Y_PAGE, s->view.st->at[i]);
	}
}

/* What is there already is a full bar, what is only proposed a dotted one. */
static void print_asked(const struct svg *s)
{
	const struct op op = report_op(s->view.r);
	bool full = !graph_is_proposed(op.kind);
	int x0 = x_of(s, op.start), x1 = x_of(s, op.end);

	/* A split has no end. */
	if (x0 >= x1)
		return;
	fprintf(s->out, "<g class=\"asked%s\">", full ? " full" : "");
	print_rect(
		s, x0, x1, Y_BAR, HEIGHT_BAR,
		full ? "fill=\"#4a4a4a\""
		     : "fill=\"none\" stroke=\"#4a4a4a\" stroke-dasharray=\"2 3\"");
	print_text(s, (x0 + x1) / 2, Y_BAR + 13,
		   full ? MIDDLE " fill=\"#ffffff\"" : MIDDLE,
		   graph_asked[op.kind]);
	fputs("</g>\n", s->out);
}

/* ---- VMAs -------------------------------------------------------------------- */

static const char *vma_state(const struct layout_vma *v)
{
	if (v->freed)
		return "freed";
	return v->s.attached ? NULL : "detached";
}

static void print_vma(const struct svg *s, const struct graph_vma *shown)
{
	const struct layout_vma *v = layout_vma(s->view.now, shown->id);
	int y = y_of_lane(s, shown->lane);
	const struct tint *tint;
	const char *state;
	bool changed;
	int x0, x1;

	if (!graph_shows(&s->view, v))
		return;
	tint = dot_tint(s->view.r, v->s.id);
	state = vma_state(v);
	changed = graph_vma_changed(&s->view, v);
	x0 = x_of(s, v->s.vm_start);
	x1 = x_of(s, v->s.vm_end);
	fprintf(s->out, "<g class=\"vma %s%s%s%s\" data-key=\"v%u\">",
		tint->name, changed ? " changed" : "", state ? " " : "",
		state ? state : "", v->s.id);
	print_box(s, x0, x1, y, HEIGHT_VMA, tint, changed);
	print_text(s, (x0 + x1) / 2, y + 15, MIDDLE_BOLD,
		   report_name(s->view.r, v->s.id));
	fputs("<g" MIDDLE ">", s->out);
	print_range(s, (x0 + x1) / 2, y + (state ? 27 : 31), v->s.vm_start,
		    v->s.vm_end);
	if (state)
		print_text(s, (x0 + x1) / 2, y + 39, "", state);
	fputs("</g></g>\n", s->out);
}

/* ---- the tree ------------------------------------------------------------------ */

static void print_slot(const struct svg *s, const struct layout_slot *slot)
{
	const struct tint *tint = dot_tint(s->view.r, slot->vma);
	bool changed = graph_slot_changed(&s->view, slot);
	int x0 = x_of(s, slot->start), x1 = x_of(s, slot->end);
	int y = y_of_tree(s);

	if (x0 >= x1)
		return;
	fprintf(s->out, "<g class=\"slot %s%s\" data-key=\"t%u\"" MIDDLE ">",
		tint->name, changed ? " changed" : "", slot->vma);
	print_box(s, x0, x1, y, HEIGHT_SLOT, tint, changed);
	print_text(s, (x0 + x1) / 2, y + 15, "",
		   report_name(s->view.r, slot->vma));
	print_range(s, (x0 + x1) / 2, y + 29, slot->start, slot->end);
	fputs("</g>\n", s->out);
}

/* An empty slot reaches as far as there is nothing, or to where it ends. */
static void print_empty(const struct svg *s, const struct layout_slot *slot)
{
	const struct graph_range *st = s->view.st;
	int x0 = x_of(s, slot->start), x1 = x_of(s, slot->end);

	if (slot->start < st->at[0])
		x0 -= WIDTH_END;
	if (slot->end > st->at[st->nr - 1])
		x1 += WIDTH_END;
	if (x0 >= x1)
		return;
	fprintf(s->out, "<g class=\"slot bare\" data-key=\"e%lu\">",
		slot->start);
	print_rect(
		s, x0, x1, y_of_tree(s), HEIGHT_SLOT,
		"fill=\"#f4f4f4\" stroke=\"#8a8a8a\" stroke-dasharray=\"2 3\"");
	if (x1 - x0 > 5 * WIDTH_CHAR)
		print_text(s, (x0 + x1) / 2, y_of_tree(s) + 22, MIDDLE GREY,
			   "empty");
	fputs("</g>\n", s->out);
}

static void print_tree(const struct svg *s)
{
	for_each_slot(s->view.now, slot) {
		if (slot->vma)
			print_slot(s, slot);
		else
			print_empty(s, slot);
	}
}

/* ---- the drawing ------------------------------------------------------------- */

static void print_headers(const struct svg *s)
{
	print_text(s, 0, Y_PAGE, GREY, "page");
	print_text(s, 0, y_of_lane(s, 0) + 24, GREY, "VMAs");
	print_text(s, 0, y_of_tree(s) + 22, GREY, "tree");
	fputc('\n', s->out);
}

static void print_locks(const struct svg *s)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	graph_print_locks(out, &s->view);
	dot_html(s->out, buffer_text(&b));
	free(b.text);
}

static void print_drawing(const struct svg *s)
{
	int width = s->x[s->view.st->nr - 1] + WIDTH_END + 2;
	int height = y_of_tree(s) + HEIGHT_SLOT + 2;

	fprintf(s->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"moment\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"" DOT_FONT
		"\" font-size=\"%d\" data-count=\"%lu\" data-locks=\"",
		width, height, width, height, FONT_SIZE,
		s->view.now->map_count);
	print_locks(s);
	fputs("\">\n", s->out);
	print_headers(s);
	print_boundaries(s);
	print_asked(s);
	print_tree(s);
	for (size_t i = 0; i < s->view.st->nr_vmas; i++)
		print_vma(s, &s->view.st->vmas[i]);
	fputs("</svg>\n", s->out);
}

void svg_print(FILE *out, const struct report *r, size_t moment)
{
	struct svg s = { .out = out, .view = graph_view(r, moment) };

	s.x = xcalloc(s.view.st->nr, sizeof(*s.x));
	scale(&s);
	print_drawing(&s);
	free(s.x);
	graph_range_free(s.view.st);
}
