// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures in the style of the mail:
 *
 *        start   end             what the operation names,
 *          |<---->|              the range between them,
 *  |-------********-------|      the VMAs,
 *    prev   middle   next        their names,
 *   extend  delete  delete       and what becomes of them.
 *
 * The address space is cut into pieces at each end of a VMA and of the range,
 * so that nothing changes within a piece. A piece is as many columns wide as it
 * has pages, if that is reasonable: see the limits below.
 */
#include <string.h>

#include "emit/emit.h"
#include "emit/picture.h"

/* ---- rows ---------------------------------------------------------------- */

struct picture_row {
	char text[ROW_MAX + 1];
};

static struct picture_row blank_row(void)
{
	struct picture_row row;

	memset(row.text, ' ', ROW_MAX);
	row.text[ROW_MAX] = '\0';
	return row;
}

static void put(struct picture_row *row, int col, char c)
{
	if (col >= 0 && col < ROW_MAX)
		row->text[col] = c;
}

static char get(const struct picture_row *row, int col)
{
	return col >= 0 && col < ROW_MAX ? row->text[col] : ' ';
}

static void put_text(struct picture_row *row, int col, const char *text)
{
	while (*text)
		put(row, col++, *text++);
}

static void put_fill(struct picture_row *row, int col, int width, char c)
{
	while (width-- > 0)
		put(row, col++, c);
}

/* A row with nothing on it is left out. */
static void print_row(FILE *out, const struct picture *pic,
		      struct picture_row *row)
{
	size_t len = ROW_MAX;

	while (len && row->text[len - 1] == ' ')
		len--;
	if (len)
		fprintf(out, "%*s%.*s\n", pic->indent, "", (int)len, row->text);
}

static void print_labels(FILE *out, const struct picture *pic,
			 const struct label *labels, size_t nr, size_t first,
			 size_t step)
{
	struct picture_row row = blank_row();

	for (size_t i = first; i < nr; i += step)
		put_text(&row, pic->margin + labels[i].col, labels[i].text);
	print_row(out, pic, &row);
}

static void print_names(FILE *out, const struct picture *pic)
{
	size_t step = pic->levels, nr = pic->nr_things;

	for (size_t first = 0; first < step; first++) {
		print_labels(out, pic, pic->names, nr, first, step);
		print_labels(out, pic, pic->roles, nr, first, step);
	}
}

/* ` ~ ` in the middle of what is not drawn in full */
static void put_breaks(struct picture_row *row, const struct picture *pic)
{
	for (size_t i = 0; i < pic->nr_pieces; i++) {
		const struct piece *p = &pic->pieces[i];

		if (p->leaves_out)
			put(row, pic->margin + p->col + p->width / 2, '~');
	}
}

/* ---- operations on a range ----------------------------------------------- */

static void print_arrow(FILE *out, const struct picture *pic)
{
	struct picture_row row = blank_row();
	int from, to;

	if (!picture_has_range(&pic->op))
		return;
	from = pic->margin + picture_column(pic, pic->op.start);
	to = pic->margin + picture_column(pic, pic->op.end);
	put_fill(&row, from, to - from, '-');
	put_text(&row, from, "|<");
	put_text(&row, to - 2, ">|");
	print_row(out, pic, &row);
}

/*
 * Where a VMA begins must be seen: at the end of a hole, and beside a VMA that
 * looks the same. What is unmapped begins and ends within VMAs, so that there
 * the look says nothing. Middle is drawn without edges.
 */
static bool shows_start(const struct picture *pic, char before, char first)
{
	if (before == ' ')
		return first != '*';
	return before == first || (picture_goes(&pic->op) && before != '|');
}

static bool shows_end(char last, char after)
{
	return after == ' ' && last != '*';
}

static void put_edges(struct picture_row *row, const struct picture *pic)
{
	const struct picture_row fills = *row;

	for (size_t i = 0; i < pic->nr_things; i++) {
		const struct thing *t = &pic->things[i];
		int from = pic->margin + picture_column(pic, t->start);
		int to = pic->margin + picture_column(pic, t->end);

		if (!t->is_vma)
			continue;
		if (shows_start(pic, get(&fills, from - 1), get(&fills, from)))
			put(row, from, '|');
		if (shows_end(get(&fills, to - 1), get(&fills, to)))
			put(row, to - 1, '|');
	}
}

static void print_vmas(FILE *out, const struct picture *pic)
{
	struct picture_row row = blank_row();

	for (size_t i = 0; i < pic->nr_pieces; i++) {
		const struct piece *p = &pic->pieces[i];

		put_fill(&row, pic->margin + p->col, p->width, p->fill);
	}
	put_edges(&row, pic);
	put_breaks(&row, pic);
	print_row(out, pic, &row);
}

/* ---- splits -------------------------------------------------------------- */

/* One row of the boxes: edges at both ends of each VMA, and a dot at addr. */
static struct picture_row box_row(const struct picture *pic, char fill)
{
	struct picture_row row = blank_row();

	for (size_t i = 0; i < pic->nr_things; i++) {
		int from =
			pic->margin + picture_column(pic, pic->things[i].start);
		int to = pic->margin + picture_column(pic, pic->things[i].end);

		put_fill(&row, from, to - from, fill);
		put(&row, from, '|');
		put(&row, to, '|');
	}
	put(&row, pic->margin + picture_column(pic, pic->op.start), '.');
	return row;
}

static void put_new(struct picture_row *row, const struct picture *pic)
{
	const struct report_role *role = picture_created(pic->r);
	int from = picture_column(pic, pic->split->start);
	int addr = picture_column(pic, pic->op.start);
	int to = picture_column(pic, pic->split->end);
	struct label new = {
		.text = role ? role->name : "new",
		.from = 1 + (pic->op.new_below ? from : addr),
		.to = pic->op.new_below ? addr : to,
	};

	put_text(row, pic->margin + picture_centre(&new), new.text);
}

static void print_boxes(FILE *out, const struct picture *pic)
{
	struct picture_row outer = box_row(pic, '-');
	struct picture_row inner = box_row(pic, ' ');

	put_new(&inner, pic);
	put_breaks(&inner, pic);
	print_row(out, pic, &outer);
	print_row(out, pic, &inner);
	print_row(out, pic, &outer);
}

void picture_print(FILE *out, const struct report *r, int indent)
{
	struct picture pic = { .indent = indent };

	picture_of(r, &pic);
	print_labels(out, &pic, pic.top, pic.nr_top, 0, 1);
	if (pic.split) {
		print_boxes(out, &pic);
	} else {
		print_arrow(out, &pic);
		print_vmas(out, &pic);
	}
	print_names(out, &pic);
}
