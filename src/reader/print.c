// SPDX-License-Identifier: GPL-2.0-only
/* An interleaving for a terminal, and what comes of it. */
#include <string.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "reader/internal.h"

/* ---- an operation ---------------------------------------------------- */

void op_print(FILE *out, const struct op *op)
{
	if (op->kind == OP_SPLIT)
		fprintf(out, "split at %lu, new %s", op->start,
			op->new_below ? "below" : "above");
	else
		fprintf(out, "%s [%lu, %lu)", op_names[op->kind], op->start,
			op->end);
}

/* ---- the columns ------------------------------------------------------- */

/* Of the writer's steps, of the readers', and of what they know. */
enum { WRITER_AT = 6, NARROW_READER_AT = 10, READER_AT = 18, STATE_AT = 60 };

#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

static bool is_narrow(const struct path_style *style)
{
	return style->width < PATH_WIDTH;
}

/* @text: for free(); lines that are longer than the terminal is wide are wrapped */
static void put_lines(FILE *out, const struct path_style *style, char *text)
{
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && rest;) {
		int indent = (int)strspn(line, " ");

		if (is_narrow(style) && strlen(line) > (size_t)style->width) {
			fprintf(out, "%*s", indent, "");
			text_wrap(out, line + indent, indent, style->width - 2,
				  NULL);
		} else {
			fprintf(out, "%s\n", line);
		}
	}
	free(text);
}

static void print_head(FILE *out, const struct path_style *style, bool many)
{
	if (is_narrow(style))
		fputs("  #   writer\n          reader\n", out);
	else
		fprintf(out, "%3s   %-*s%-*s%s\n", "#", READER_AT - WRITER_AT,
			"writer", STATE_AT - READER_AT,
			many ? "readers" : "reader", "seq from iterator");
}

static void print_tree(FILE *out, const struct exploration *x,
		       const struct layout *lay, char mark)
{
	const char *comma = "";

	fprintf(out, "    %c tree: ", mark);
	for_each_mapped(lay, s) {
		fprintf(out, "%s%s %lu-%lu", comma, exploration_name(x, s->vma),
			s->start, s->end);
		comma = ", ";
	}
	fputc('\n', out);
}

static void print_state(FILE *out, const struct path_step *step)
{
	const struct path_reader *r = &step->readers[step->which];

	if (*r->iterator)
		fprintf(out, "%3u %4lu %s\n", step->sequence, r->from,
			r->iterator);
	else
		fprintf(out, "%3u\n", step->sequence);
}

/* The edges of the window, and what is in it. */
static char mark_of(const struct window *w, size_t i)
{
	if (!w->to || i < w->from || i > w->to)
		return ' ';
	return i == w->from || i == w->to ? '+' : '|';
}

static const char *color_of(const struct path_step *step)
{
	if (step->task == WRITER)
		return YELLOW;
	if (step->event == EVENT_HOLE)
		return RED;
	return step->event == EVENT_REPORT ? BLUE : "";
}

static void put_step(FILE *out, const struct exploration *x, size_t nr,
		     const struct path_step *step, char mark,
		     const struct path_style *style)
{
	bool writes = step->task == WRITER;
	int reader_at = is_narrow(style) ? NARROW_READER_AT : READER_AT;
	int at = writes ? WRITER_AT : reader_at;
	char who[8] = "";
	char *text __free(free) = NULL;

	if (!writes && x->opts.readers > 1)
		snprintf(who, sizeof(who), "%c", 'A' + step->which);
	text = writes ? xstrdup(step->text)
		      : xasprintf("%s%-2s %s", who, step->number, step->text);
	fprintf(out, "%3zu %c %*s", nr + 1, mark, at - WRITER_AT, "");
	if (is_narrow(style)) {
		text_wrap(out, text + strspn(text, " "), at, style->width - 2,
			  NULL);
	} else {
		fprintf(out, "%-*s ", STATE_AT - at - 1, text);
		print_state(out, step);
	}
}

static void print_step(FILE *out, const struct exploration *x, size_t nr,
		       const struct path_step *step, char mark,
		       const struct path_style *style)
{
	char *text __free(free) =
		PRINTED(line, put_step(line, x, nr, step, mark, style));

	text_color(out, text, style->color ? color_of(step) : "", PLAIN);
}

/* What steps that are left out come to. */
static void print_left_out(FILE *out, const struct path *path, size_t from,
			   size_t to)
{
	const char *comma = " reader reports ", *writer = NULL;

	if (from >= to)
		return;
	fprintf(out, "      (%zu to %zu left out:", from + 1, to);
	for (size_t i = from; i < to; i++) {
		const struct path_step *step = &path->steps[i];

		if (step->task == WRITER)
			writer = step->text;
		if (!step->line)
			continue;
		fprintf(out, "%s%s", comma, step->line->name);
		comma = ", ";
	}
	if (*comma != ',')
		fputs(" nothing is reported", out);
	if (writer)
		fprintf(out, ";\n       writer comes to %s", writer);
	fputs(")\n", out);
}

static void print_steps(FILE *out, const struct exploration *x,
			const struct path *path, const struct window *w,
			const struct path_style *style)
{
	const struct layout *lay =
		w->begin ? path->steps[w->begin - 1].layout : path->first;
	size_t end = w->end < path->nr ? w->end + 1 : path->nr;

	print_head(out, style, x->opts.readers > 1);
	put_lines(out, style,
		  PRINTED(to, print_left_out(to, path, 0, w->begin)));
	put_lines(out, style, PRINTED(to, print_tree(to, x, lay, ' ')));
	for (size_t i = w->begin; i < end; i++) {
		const struct path_step *step = &path->steps[i];
		char mark = mark_of(w, i);

		print_step(out, x, i, step, mark, style);
		if (!layout_same_tree(step->layout, lay))
			put_lines(out, style,
				  PRINTED(to, print_tree(to, x, step->layout,
							 mark)));
		lay = step->layout;
	}
	put_lines(out, style,
		  PRINTED(to, print_left_out(to, path, end, path->nr)));
}

static void print_window(FILE *out, const struct window *w)
{
	if (!w->to)
		return;
	fprintf(out,
		"\nThe window, steps %zu to %zu: %s.\n"
		"1 to 6 are the reader's steps, f its fallback. seq: the mm's lock sequence.\nfrom: the first page that is not passed yet.\n",
		w->from + 1, w->to + 1, way_words[w->way].what);
}

/* ---- as /proc/PID/maps has it ------------------------------------------ */

#define PAGE_SHIFT 12

static void print_maps_line(FILE *out, const struct reported *line,
			    const struct vma_state *s)
{
	const struct vma_attrs *a = &s->attrs;

	fprintf(out, "  %08lx-%08lx %s %08lx 00:00 %-9u # %s\n",
		line->start << PAGE_SHIFT, line->end << PAGE_SHIFT,
		PERMISSIONS(a->flags), a->file ? s->vm_pgoff << PAGE_SHIFT : 0,
		a->file ? 1U : 0U, line->name);
}

static void print_maps(FILE *out, const struct path *path, unsigned int which)
{
	fputs("What the read returns:\n", out);
	for (size_t i = 0; i < path->nr; i++) {
		const struct path_step *step = &path->steps[i];

		if (step->line && step->which == which)
			print_maps_line(
				out, step->line,
				&layout_vma(step->layout, step->line->vma)->s);
	}
}

/* ---- the picture ------------------------------------------------------- */

#define PICTURE_AT 11
#define PICTURE_WIDTH (PATH_WIDTH - 14)

struct map_picture {
	FILE *out;
	const struct path_style *style;
	unsigned long base;
	unsigned long scale; /* pages a column */
	size_t width;	     /* at most PICTURE_WIDTH */
	char row[PICTURE_WIDTH + 2];
	char names[PICTURE_WIDTH + 2];
};

static size_t column(const struct map_picture *p, unsigned long page)
{
	return (page - p->base) / p->scale;
}

static void clear(struct map_picture *p)
{
	memset(p->row, ' ', sizeof(p->row));
	memset(p->names, ' ', sizeof(p->names));
}

static size_t length(const char row[static PICTURE_WIDTH + 2])
{
	size_t len = PICTURE_WIDTH + 2;

	while (len && row[len - 1] == ' ')
		len--;
	return len;
}

static void put_drawn(const struct map_picture *p, char c)
{
	if (c == '-' && p->style->boxes)
		fputs("─", p->out);
	else if (c == '|' && p->style->boxes)
		fputs("│", p->out);
	else if (c == '?' && p->style->boxes)
		fputs("░", p->out);
	else
		fputc(c, p->out);
}

/* What was drawn, and the names below it. */
static void print_row(const struct map_picture *p, const char *label,
		      const char *color)
{
	size_t len = length(p->row), names = length(p->names);

	color = p->style->color ? color : "";
	if (len) {
		fprintf(p->out, "%s  %-*s", color, PICTURE_AT - 2, label);
		for (size_t i = 0; i < len; i++)
			put_drawn(p, p->row[i]);
		fprintf(p->out, "%s\n", *color ? PLAIN : "");
	}
	if (names)
		fprintf(p->out, "%*s%.*s\n", PICTURE_AT, "", (int)names,
			p->names);
}

/* A text with its middle at the middle of a range, if there is room. */
static void put_name(char *row, size_t from, size_t to, const char *name)
{
	size_t len = strlen(name);
	size_t middle = (from + to + 1) / 2;
	size_t at = middle > len / 2 ? middle - len / 2 : 0;

	if (at + len > PICTURE_WIDTH)
		return;
	for (size_t i = at ? at - 1 : 0; i <= at + len; i++)
		if (row[i] != ' ')
			return;
	memcpy(row + at, name, len);
}

static void put_range(struct map_picture *p, unsigned long start,
		      unsigned long end, char fill, const char *name)
{
	size_t from = column(p, start), to = column(p, end);

	memset(p->row + from, fill, to - from + 1);
	if (fill == '-')
		p->row[from] = p->row[to] = '|';
	put_name(p->names, from, to, name);
}

static void draw_layout(struct map_picture *p, const char *label,
			const struct exploration *x, const struct layout *lay)
{
	clear(p);
	for_each_mapped(lay, slot)
		put_range(p, slot->start, slot->end, '-',
			  exploration_name(x, slot->vma));
	print_row(p, label, "");
}

/* Lines that overlap go below one another. */
static void draw_reported(struct map_picture *p, const struct observation *o)
{
	unsigned long end = 0;
	const char *label = "reported";

	clear(p);
	for (size_t i = 0; i < o->nr; i++) {
		const struct reported *l = &o->lines[i];

		if (l->start < end) {
			print_row(p, label, "");
			clear(p);
			label = "";
		}
		put_range(p, l->start, l->end, '-', l->name);
		end = l->end;
	}
	print_row(p, label, "");
}

static void draw_gap(struct map_picture *p, const struct observation *o)
{
	char text[64];
	size_t from = column(p, o->gap_start), to = column(p, o->gap_end);

	if (!o->gap)
		return;
	clear(p);
	memset(p->row + from, '?', to > from ? to - from : 1);
	snprintf(text, sizeof(text), "[%lu, %lu)", o->gap_start, o->gap_end);
	put_name(p->names, from, to, text);
	print_row(p, "missing", RED);
}

static void draw_numbers(struct map_picture *p, const struct writer *s)
{
	size_t free_from = 0;

	clear(p);
	for (size_t i = 0; i < s->nr_marks; i++) {
		char text[24];
		size_t at, len;

		if (s->marks[i] < p->base || s->marks[i] >= MM_END)
			continue;
		at = column(p, s->marks[i]);
		len = snprintf(text, sizeof(text), "%lu", s->marks[i]);
		if (at < free_from || at + len > p->width)
			continue;
		memcpy(p->names + at, text, len);
		free_from = at + len + 1;
	}
	print_row(p, "", "");
}

/* The first page that is drawn, and how many fit a column. */
static void fit(struct map_picture *p, const struct writer *s)
{
	unsigned long last = 0;

	p->base = s->nr_marks > 1 ? s->marks[1] : 0;
	p->scale = 1;
	for (size_t i = 0; i < s->nr_marks; i++)
		if (s->marks[i] < MM_END)
			last = s->marks[i];
	/* The least by which it is narrow enough. */
	if (last > p->base)
		p->scale = (last - p->base) / (p->width - 4) + 1;
}

static void print_picture(FILE *out, const struct exploration *x,
			  const struct observation *o,
			  const struct path_style *style)
{
	const struct writer *s = x->writer;
	struct map_picture p = {
		.out = out,
		.style = style,
		.width = PICTURE_WIDTH - (size_t)(PATH_WIDTH - style->width),
	};

	fit(&p, s);
	draw_numbers(&p, s);
	draw_layout(&p, "before", x, s->layouts[0]);
	draw_layout(&p, "after", x, s->layouts[s->nr_steps]);
	draw_reported(&p, o);
	draw_gap(&p, o);
}

/* ---- all of it --------------------------------------------------------- */

unsigned int path_who(const struct exploration *x, const struct path *path)
{
	for (size_t i = path->nr; i-- && x->opts.readers > 1;)
		if (path->steps[i].task == READER)
			return path->steps[i].which;
	return 0;
}

void path_print(FILE *out, const struct exploration *x,
		const struct observation *o, const struct path_style *style)
{
	struct window w = { 0 };
	struct path *path;
	unsigned int who;

	if (!x->search)
		return;
	path = exploration_path(x, o ? o->state : x->stuck_state);
	who = path_who(x, path);
	w.end = path->nr;
	if (o)
		w = path_window(path, who, o);
	print_steps(out, x, path, &w, style);
	put_lines(out, style, PRINTED(to, print_window(to, &w)));
	fputc('\n', out);
	put_lines(out, style, PRINTED(to, print_maps(to, path, who)));
	if (o) {
		fputc('\n', out);
		print_picture(out, x, o, style);
	}
	path_free(path);
}
