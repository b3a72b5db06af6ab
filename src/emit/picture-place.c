// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a picture in the style of the mail shows, and in which column: the VMAs that
 * are drawn, the pieces that they are cut into, how wide these are, and where words
 * stand above and below them.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "emit/graph-range.h"
#include "emit/picture.h"
#include "lib/memory.h"

enum {
	PIECE_MIN = 4,	  /* "|<>|", and an edge at either end */
	PIECE_MAX = 24,	  /* more pages than this teach nothing */
	HOLE_MAX = 8,	  /* and fewer of what is not there */
	PICTURE_MAX = 72, /* columns of all pieces */
	LABEL_MIN = -2,	  /* labels may stick out to here, as "start" does, */
	LABEL_MAX = 74,	  /* and to here */
	LABEL_GAP = 2,	  /* between two of them */
	SHIFT_MAX = 4,	  /* farther from its place, a label misleads */
	LEVELS_MAX = 3,	  /* lines for the names */
	ROOM_MAX = 18, /* a name of sixteen letters, a space on either side */
	RANGE_MIN = 7, /* "start" and "end" over its ends */
	ROLE_MAX = 13, /* the mail has "partial overwrite" stick out of 13 */
};

#define PROPOSED "(proposed)"
#define NEW_PLACE "(new place)"

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int length(const char *text)
{
	return (int)strnlen(text, ROW_MAX);
}

/* ---- which VMAs are drawn ------------------------------------------------ */

const struct report_role *picture_created(const struct report *r)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (r->roles[i].role == ROLE_CREATE)
			return &r->roles[i];
	return NULL;
}

static const char *role_word(const struct report_role *role)
{
	return role && role->role != ROLE_NONE ? role_names[role->role] : NULL;
}

bool picture_has_range(const struct op *op)
{
	return op->kind != OP_SPLIT && op->start < op->end;
}

static bool touched(const struct op *op, unsigned long start, unsigned long end)
{
	if (op->kind == OP_SPLIT)
		return start < op->start && op->start < end;
	return start < op->end && op->start < end;
}

static bool takes_part(const struct report *r, const struct vma_state *vma)
{
	return touched(&r->c->op, vma->vm_start, vma->vm_end) ||
	       role_word(report_role(r, vma->id));
}

static int by_address(const void *a, const void *b)
{
	const struct vma_state *const *x = a, *const *y = b;

	return ORDER((*x)->vm_start, (*y)->vm_start);
}

/* Every VMA of a layout in the order of addresses, for free(). */
static const struct vma_state **sorted_vmas(const struct layout *lay,
					    size_t *nr)
{
	const struct vma_state **vmas =
		xcalloc(lay->nr_vmas + 1, sizeof(*vmas));

	*nr = 0;
	for_each_vma(lay, v)
		if (!v->freed)
			vmas[(*nr)++] = &v->s;
	qsort(vmas, *nr, sizeof(*vmas), by_address);
	return vmas;
}

/* Whether the range begins or ends in the hole beside a VMA. */
static bool beside_range(const struct op *op, const struct vma_state **vmas,
			 size_t nr, size_t i)
{
	if (op->kind == OP_SPLIT)
		return false;
	if (vmas[i]->vm_end <= op->start)
		return i + 1 == nr || vmas[i + 1]->vm_end > op->start;
	if (vmas[i]->vm_start >= op->end)
		return i == 0 || vmas[i - 1]->vm_start < op->end;
	return false;
}

/* Keep the VMAs that take part, and the neighbours of these. */
static size_t keep_near(const struct report *r, const struct vma_state **vmas,
			size_t nr)
{
	bool *part __free(free) = xcalloc(nr + 2, sizeof(*part));
	bool *near __free(free) = xcalloc(nr + 2, sizeof(*near));
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		part[i + 1] = takes_part(r, vmas[i]);
		near[i + 1] = beside_range(&r->c->op, vmas, nr, i);
	}
	for (size_t i = 0; i < nr; i++)
		if (part[i] || part[i + 1] || part[i + 2] || near[i + 1])
			vmas[kept++] = vmas[i];
	return kept;
}

/* Of more VMAs than can be drawn, keep the first few and the last few. */
static size_t keep_ends(const struct vma_state **vmas, size_t nr)
{
	size_t half = VMAS_MAX / 2;

	if (nr <= VMAS_MAX)
		return nr;
	memmove(vmas + half, vmas + nr - half, half * sizeof(*vmas));
	return VMAS_MAX;
}

static void add_vma(struct picture *pic, const struct vma_state *vma)
{
	pic->things[pic->nr_things++] = (struct thing){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.name = report_name(pic->r, vma->id),
		.role = role_word(report_role(pic->r, vma->id)),
		.is_vma = true,
	};
}

/* What is no VMA goes among the VMAs in the order of addresses. */
static void add_range(struct picture *pic, struct thing range)
{
	size_t at = pic->nr_things++;

	for (; at && pic->things[at - 1].start > range.start; at--)
		pic->things[at] = pic->things[at - 1];
	pic->things[at] = range;
}

static void add_proposed(struct picture *pic)
{
	add_range(pic, (struct thing){
			       .start = pic->op.start,
			       .end = pic->op.end,
			       .name = PROPOSED,
			       .role = role_word(picture_created(pic->r)),
		       });
}

/* Where a VMA moves to, as far as it is not there yet. */
static void add_new_place(struct picture *pic)
{
	unsigned long from = pic->r->c->op.end;

	add_range(pic, (struct thing){
			       .start = pic->op.start,
			       .end = pic->op.end < from ? pic->op.end : from,
			       .name = NEW_PLACE,
		       });
}

static void find_split(struct picture *pic)
{
	if (pic->op.kind != OP_SPLIT)
		return;
	for (size_t i = 0; i < pic->nr_things; i++) {
		const struct thing *t = &pic->things[i];

		if (touched(&pic->op, t->start, t->end))
			pic->split = t;
	}
}

static void choose_things(struct picture *pic)
{
	const struct vma_state **vmas;
	size_t nr;

	vmas = sorted_vmas(report_before(pic->r), &nr);
	if (nr > VMAS_MAX)
		nr = keep_ends(vmas, keep_near(pic->r, vmas, nr));
	for (size_t i = 0; i < nr; i++)
		add_vma(pic, vmas[i]);
	free(vmas);
	if (pic->op.kind == OP_MAP && picture_has_range(&pic->op))
		add_proposed(pic);
	if (pic->op.kind == OP_RELOCATE && picture_has_range(&pic->op))
		add_new_place(pic);
	find_split(pic);
}

/* ---- pieces -------------------------------------------------------------- */

static const struct thing *vma_at(const struct picture *pic, unsigned long page)
{
	for (size_t i = 0; i < pic->nr_things; i++) {
		const struct thing *t = &pic->things[i];

		if (t->is_vma && t->start <= page && page < t->end)
			return t;
	}
	return NULL;
}

/* Whether what is in the range goes. */
bool picture_goes(const struct op *op)
{
	return op->kind == OP_UNMAP || op->kind == OP_REPLACE;
}

/*
 * Middle is the VMA that is modified, all of it: the mail draws `*` even where
 * the range does not reach.
 */
static char fill_of(const struct op *op, const struct piece *p)
{
	bool in_range = picture_has_range(op) && touched(op, p->start, p->end);

	if (!p->vma)
		return graph_is_proposed(op->kind) && in_range ? '.' : ' ';
	if (op->kind == OP_MODIFY && touched(op, p->vma->start, p->vma->end))
		return '*';
	return picture_goes(op) && in_range ? 'x' : '-';
}

/* Whether a VMA that is not drawn lies where a piece shows a hole. */
static bool hides_vma(const struct picture *pic, const struct piece *p)
{
	const struct layout *lay = report_before(pic->r);

	if (p->vma)
		return false;
	for_each_vma(lay, vma) {
		if (!vma->freed && vma->s.vm_start < p->end &&
		    p->start < vma->s.vm_end)
			return true;
	}
	return false;
}

static void add_piece(struct picture *pic, unsigned long start,
		      unsigned long end)
{
	struct piece *p = &pic->pieces[pic->nr_pieces++];

	p->start = start;
	p->end = end;
	p->vma = vma_at(pic, start);
	p->fill = fill_of(&pic->op, p);
	p->leaves_out = hides_vma(pic, p);
}

static int by_number(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return ORDER(*x, *y);
}

static void cut(struct picture *pic)
{
	unsigned long cuts[CUTS_MAX];
	size_t nr = 0;

	for (size_t i = 0; i < pic->nr_things; i++) {
		cuts[nr++] = pic->things[i].start;
		cuts[nr++] = pic->things[i].end;
	}
	if (picture_has_range(&pic->op)) {
		cuts[nr++] = pic->op.start;
		cuts[nr++] = pic->op.end;
	} else if (pic->split) {
		cuts[nr++] = pic->op.start;
	}
	qsort(cuts, nr, sizeof(*cuts), by_number);
	for (size_t i = 1; i < nr; i++)
		if (cuts[i - 1] < cuts[i])
			add_piece(pic, cuts[i - 1], cuts[i]);
}

/* ---- widths -------------------------------------------------------------- */

static bool within(const struct piece *p, unsigned long start,
		   unsigned long end)
{
	return start <= p->start && p->end <= end;
}

static int width_between(const struct picture *pic, unsigned long start,
			 unsigned long end)
{
	int width = 0;

	for (size_t i = 0; i < pic->nr_pieces; i++)
		if (within(&pic->pieces[i], start, end))
			width += pic->pieces[i].width;
	return width;
}

static struct piece *narrowest_between(struct picture *pic, unsigned long start,
				       unsigned long end)
{
	struct piece *best = NULL;

	for (size_t i = 0; i < pic->nr_pieces; i++) {
		struct piece *p = &pic->pieces[i];

		if (within(p, start, end) && (!best || p->width < best->width))
			best = p;
	}
	return best;
}

static void widen(struct picture *pic, unsigned long start, unsigned long end,
		  int width)
{
	int missing = width - width_between(pic, start, end);

	for (; missing > 0; missing--)
		narrowest_between(pic, start, end)->width++;
}

/* The columns that a thing's labels need, with a space on either side. */
static int room_for(const struct picture *pic, const struct thing *t)
{
	int room = length(t->name) + 2;

	/* The parentheses are its spaces: ten columns in the mail. */
	if (!t->is_vma)
		room -= 2;
	/* A split is drawn without roles. */
	if (t->role && !pic->split && room < length(t->role) + 2)
		room = min_int(length(t->role) + 2, ROLE_MAX);
	return room;
}

static void widen_for_labels(struct picture *pic, int most)
{
	const struct op *op = &pic->op;

	for (size_t i = 0; i < pic->nr_things; i++) {
		const struct thing *t = &pic->things[i];

		widen(pic, t->start, t->end, min_int(room_for(pic, t), most));
	}
	if (picture_has_range(op))
		widen(pic, op->start, op->end, RANGE_MIN);
	if (pic->split && op->new_below)
		widen(pic, pic->split->start, op->start, (int)strlen("| new "));
	else if (pic->split)
		widen(pic, op->start, pic->split->end, (int)strlen(". new "));
}

static int natural_width(const struct piece *p, int most)
{
	unsigned long pages = p->end - p->start;

	if (p->fill == ' ')
		most = min_int(most, HOLE_MAX);
	if (pages < PIECE_MIN)
		return PIECE_MIN;
	return pages > (unsigned long)most ? most : (int)pages;
}

/* Try with pieces of at most so many columns, widened to so many for labels. */
static bool try_widths(struct picture *pic, int piece_max, int room_max)
{
	for (size_t i = 0; i < pic->nr_pieces; i++)
		pic->pieces[i].width =
			natural_width(&pic->pieces[i], piece_max);
	widen_for_labels(pic, room_max);
	return width_between(pic, 0, ULONG_MAX) <= PICTURE_MAX;
}

static void find_widths(struct picture *pic)
{
	int piece = PIECE_MAX, room = ROOM_MAX;

	while (!try_widths(pic, piece, room) && piece > PIECE_MIN)
		piece--;
	while (!try_widths(pic, piece, room) && room > PIECE_MIN)
		room--;
}

static void set_columns(struct picture *pic)
{
	int col = 0;

	find_widths(pic);
	for (size_t i = 0; i < pic->nr_pieces; i++) {
		struct piece *p = &pic->pieces[i];

		p->col = col;
		col += p->width;
		if (p->fill == ' ' && p->end - p->start > HOLE_MAX)
			p->leaves_out = true;
	}
}

/* The column at which a page that is a cut begins. */
int picture_column(const struct picture *pic, unsigned long page)
{
	int col = 0;

	for (size_t i = 0; i < pic->nr_pieces; i++)
		if (pic->pieces[i].end <= page)
			col = pic->pieces[i].col + pic->pieces[i].width;
	return col;
}

/* ---- labels -------------------------------------------------------------- */

static struct label label_under(const struct picture *pic,
				const struct thing *t, const char *text)
{
	return (struct label){
		.text = text ? text : "",
		.from = picture_column(pic, t->start),
		/* A box has its last edge in a column of its own. */
		.to = picture_column(pic, t->end) + (pic->split ? 1 : 0),
	};
}

static void label_things(struct picture *pic)
{
	for (size_t i = 0; i < pic->nr_things; i++) {
		const struct thing *t = &pic->things[i];

		pic->names[i] = label_under(pic, t, t->name);
		pic->roles[i] =
			label_under(pic, t, pic->split ? NULL : t->role);
	}
}

static void label_top(struct picture *pic, const char *text, int col)
{
	pic->top[pic->nr_top++] =
		(struct label){ .text = text, .from = col, .to = col + 1 };
}

static void label_operation(struct picture *pic)
{
	const struct op *op = &pic->op;

	if (picture_has_range(op)) {
		label_top(pic, "start", picture_column(pic, op->start));
		label_top(pic, "end", picture_column(pic, op->end) - 1);
	} else if (pic->split) {
		label_top(pic, "addr", picture_column(pic, op->start));
	}
}

/* Half of what is left, rounded so that "addr" lies as the mail has it. */
int picture_centre(const struct label *l)
{
	int len = length(l->text);

	if (l->to - l->from < len)
		return l->from - (len - (l->to - l->from) + 1) / 2;
	return l->from + (l->to - l->from - len) / 2;
}

static int wanted_column(const struct label *l)
{
	int col = min_int(picture_centre(l), LABEL_MAX - length(l->text));

	return col < LABEL_MIN ? LABEL_MIN : col;
}

/* Where two labels would meet, the later one moves right. */
static void push_right(struct label *labels, size_t nr, size_t first,
		       size_t step)
{
	int free_from = LABEL_MIN;

	for (size_t i = first; i < nr; i += step) {
		struct label *l = &labels[i];
		int wanted = wanted_column(l);

		if (!*l->text)
			continue;
		l->col = wanted < free_from ? free_from : wanted;
		free_from = l->col + length(l->text) + LABEL_GAP;
	}
}

/* Where that went too far, all move back left. */
static void push_left(struct label *labels, size_t nr, size_t first,
		      size_t step)
{
	int free_to = LABEL_MAX;

	for (size_t i = nr; i-- > 0;) {
		struct label *l = &labels[i];

		if (i % step != first || !*l->text)
			continue;
		l->col = min_int(l->col, free_to - length(l->text));
		free_to = l->col - LABEL_GAP;
	}
}

static bool well_placed(const struct label *l)
{
	return !*l->text || (l->col >= LABEL_MIN &&
			     abs(l->col - wanted_column(l)) <= SHIFT_MAX);
}

/* Place labels in so many lines by turns; returns whether that looks well. */
static bool place(struct label *labels, size_t nr, size_t levels)
{
	bool well = true;

	for (size_t first = 0; first < levels; first++) {
		push_right(labels, nr, first, levels);
		push_left(labels, nr, first, levels);
	}
	for (size_t i = 0; i < nr; i++)
		well = well && well_placed(&labels[i]);
	return well;
}

static bool place_in(struct picture *pic, size_t levels)
{
	bool names = place(pic->names, pic->nr_things, levels);
	bool roles = place(pic->roles, pic->nr_things, levels);

	pic->levels = levels;
	return names && roles;
}

static void place_under(struct picture *pic)
{
	size_t levels = 1;

	while (!place_in(pic, levels) && levels < LEVELS_MAX)
		levels++;
}

static int leftmost(const struct label *labels, size_t nr)
{
	int col = 0;

	for (size_t i = 0; i < nr; i++)
		if (*labels[i].text)
			col = min_int(col, labels[i].col);
	return col;
}

static void set_labels(struct picture *pic)
{
	size_t nr = pic->nr_things;

	label_things(pic);
	label_operation(pic);
	place(pic->top, pic->nr_top, 1);
	place_under(pic);
	pic->margin = -min_int(
		leftmost(pic->top, pic->nr_top),
		min_int(leftmost(pic->names, nr), leftmost(pic->roles, nr)));
}

void picture_of(const struct report *r, struct picture *pic)
{
	pic->r = r;
	pic->op = report_op(r);
	choose_things(pic);
	cut(pic);
	set_columns(pic);
	set_labels(pic);
}
