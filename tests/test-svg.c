// SPDX-License-Identifier: GPL-2.0-only
/* Moments as drawings: what is where in them, by the pages that they show. */
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/graph-range.h"
#include "lib/stream.h"
#include "test-emit.h"
#include "tests.h"

/* The drawing that is looked at. */
static const struct report *r;
static char *svg;
static int tree_y; /* of all slots */

static bool is_split(void)
{
	return report_op(r).kind == OP_SPLIT;
}

static const char *after(const char *text, const char *what)
{
	const char *at = text ? strstr(text, what) : NULL;

	ck_assert_msg(at, "%s: no %s in\n%s", r->c->id, what, svg);
	return at + strlen(what);
}

__attribute__((format(printf, 2, 3))) static const char *
after_text(const char *text, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return after(text, what);
}

/* ---- boundaries ---------------------------------------------------------- */

struct boundary {
	int x;
	unsigned long page;
};

static struct boundary boundaries[32];
static size_t nr_boundaries;

static void find_boundaries(void)
{
	const char *at = svg;

	nr_boundaries = 0;
	while ((at = strstr(at, "<path class=\"grid\""))) {
		struct boundary *b = &boundaries[nr_boundaries++];
		int line, top, low;

		at = after(at, " d=");
		ck_assert_int_eq(sscanf(at, "\"M%d %dV%d\"", &line, &top, &low),
				 3);
		at = after_text(at, "<text x=\"%d\" y=\"26\"", line);
		ck_assert_int_eq(
			sscanf(at, " text-anchor=\"middle\">%lu<", &b->page),
			1);
		b->x = line;
		ck_assert_int_eq(top, 30);
		ck_assert_int_eq(low, tree_y + 36);
		if (nr_boundaries == 1) {
			ck_assert_int_eq(b->x, 38 + 17);
			continue;
		}
		ck_assert_uint_gt(b->page, b[-1].page);
		ck_assert_int_ge(b->x - b[-1].x, 34);
	}
	ck_assert_uint_ge(nr_boundaries, 2);
}

/* Of 290 pixels, each range has its part, or more for what stands in it. */
static void check_scale(void)
{
	const struct boundary *last = &boundaries[nr_boundaries - 1];

	for (const struct boundary *b = boundaries; b < last; b++)
		ck_assert_uint_ge(b[1].x - b->x,
				  290 * (b[1].page - b->page) /
					  (last->page - boundaries->page));
}

static int x_of(unsigned long page)
{
	for (size_t i = 0; i < nr_boundaries; i++)
		if (boundaries[i].page == page)
			return boundaries[i].x;
	ck_abort_msg("%s: page %lu is no boundary", r->c->id, page);
}

static void check_marks(void)
{
	const struct op op = report_op(r);
	static const char mark[] =
		"<text x=\"%d\" y=\"12\" text-anchor=\"middle\" font-weight=\"bold\">%s</text>";

	after_text(svg, mark, x_of(op.start), is_split() ? "addr" : "start");
	if (!is_split())
		after_text(svg, mark, x_of(op.end), "end");
}

/* ---- boxes --------------------------------------------------------------- */

struct box {
	int x, y, width, height;
};

static const char *read_box(const char *at, struct box *box)
{
	at = after(at, "<rect ");
	ck_assert_int_eq(sscanf(at,
				"x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"",
				&box->x, &box->y, &box->width, &box->height),
			 4);
	return at;
}

static void check_box(const struct box *box, unsigned long start,
		      unsigned long end, int height)
{
	ck_assert_int_eq(box->x, x_of(start));
	ck_assert_int_eq(box->x + box->width, x_of(end));
	ck_assert_int_eq(box->height, height);
}

/* In the middle of its box, which is wide enough. */
static void check_text(const char *at, const struct box *box, int below,
		       int letter, const char *text)
{
	after_text(at, "<text x=\"%d\" y=\"%d\"", (2 * box->x + box->width) / 2,
		   box->y + below);
	after_text(at, ">%s</text>", text);
	ck_assert_int_le(letter * (int)strlen(text) + 8, box->width);
}

static void range_text(char text[64], unsigned long start, unsigned long end)
{
	snprintf(text, 64, "[%lu, %lu)", start, end);
}

static void check_vma(const struct layout_vma *v)
{
	char key[32], range[64];
	const char *state = v->freed	    ? "freed"
			    : v->s.attached ? NULL
					    : "detached";
	struct box box;
	const char *at;

	snprintf(key, sizeof(key), " data-key=\"v%u\">", v->s.id);
	at = strstr(svg, key);
	if (!at && (v->freed || v->s.vm_start == v->s.vm_end))
		return;
	at = read_box(after(svg, key), &box);
	check_box(&box, v->s.vm_start, v->s.vm_end, 42);
	ck_assert_int_ge(box.y, is_split() ? 32 : 56);
	ck_assert_int_eq((box.y - (is_split() ? 32 : 56)) % 48, 0);
	ck_assert_int_le(box.y + 42 + 6, tree_y);
	range_text(range, v->s.vm_start, v->s.vm_end);
	check_text(at, &box, 15, 8, report_name(r, v->s.id));
	check_text(at, &box, state ? 27 : 31, 7, range);
	if (state)
		check_text(at, &box, 39, 0, state);
}

/* What is empty goes on beyond the outermost boundaries. */
static void check_empty(const struct layout_slot *slot)
{
	unsigned long first = boundaries[0].page;
	unsigned long last = boundaries[nr_boundaries - 1].page;
	int from = slot->start < first ? x_of(first) - 17 : x_of(slot->start);
	int to = slot->end > last ? x_of(last) + 17 : x_of(slot->end);
	struct box box;

	read_box(after_text(svg, "<g class=\"slot bare\" data-key=\"e%lu\">",
			    slot->start),
		 &box);
	ck_assert_int_eq(box.x, from);
	ck_assert_int_eq(box.x + box.width, to);
	ck_assert_int_eq(box.y, tree_y);
	ck_assert_int_eq(box.height, 36);
}

static void check_slot(const struct layout_slot *slot)
{
	char range[64];
	struct box box;
	const char *at;

	if (!slot->vma) {
		check_empty(slot);
		return;
	}
	at = after_text(svg, " data-key=\"t%u\"", slot->vma);
	at = read_box(at, &box);
	check_box(&box, slot->start, slot->end, 36);
	ck_assert_int_eq(box.y, tree_y);
	range_text(range, slot->start, slot->end);
	check_text(at, &box, 15, 0, report_name(r, slot->vma));
	check_text(at, &box, 29, 7, range);
}

/* A bar over the range, but of a split, which has none. */
static void check_asked(void)
{
	const struct op op = report_op(r);
	const bool proposed = op.kind == OP_MAP || op.kind == OP_RELOCATE;
	struct box box;

	if (is_split()) {
		ck_assert_ptr_null(strstr(svg, "<g class=\"asked"));
		return;
	}
	read_box(after(svg, proposed ? "<g class=\"asked\">"
				     : "<g class=\"asked full\">"),
		 &box);
	check_box(&box, op.start, op.end, 18);
	ck_assert_int_eq(box.y, 32);
	after_text(svg, "<text x=\"%d\" y=\"45\"", (2 * box.x + box.width) / 2);
}

/* ---- all of it ------------------------------------------------------------- */

static void check_moment(size_t moment)
{
	const struct layout *lay = graph_moment(r, moment);
	size_t size;
	FILE *out = stream_open(&svg, &size);
	int width, height;

	svg_print(out, r, moment);
	stream_close(out);
	ck_assert_int_eq(sscanf(after(svg, " viewBox="), "\"0 0 %d %d\"",
				&width, &height),
			 2);
	tree_y = height - 2 - 36;
	find_boundaries();
	ck_assert_int_eq(width, boundaries[nr_boundaries - 1].x + 17 + 2);
	check_scale();
	check_marks();
	check_asked();
	for (size_t i = 0; i < lay->nr_vmas; i++)
		check_vma(&lay->vmas[i]);
	for (size_t i = 0; i < lay->nr_slots; i++)
		check_slot(&lay->slots[i]);
	if (!moment)
		ck_assert_ptr_null(strstr(svg, "stroke-width=\"2.5\""));
	free(svg);
}

START_TEST(drawings_are_to_scale)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);

	for_each_family(cat, f) {
		for_each_case(f, c) {
			struct report *made =
				report_run(cat, c, rules_for("latest"));

			r = made;
			for (size_t m = 0; m < graph_moments(r); m++)
				check_moment(m);
			report_free(made);
		}
	}
	catalog_free(cat);
}
END_TEST

TCase *tcase_svg(void)
{
	TCase *tc = tcase_create("svg");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, drawings_are_to_scale);
	return tc;
}
