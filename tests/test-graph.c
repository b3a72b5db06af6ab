// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the graphs. Graphviz itself says whether they are valid. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit/dot.h"
#include "emit/emit.h"
#include "emit/graph-range.h"
#include "tests.h"

/* ---- cases --------------------------------------------------------------- */

static struct catalog *cat;

static void setup(void)
{
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
}

static void teardown(void)
{
	catalog_free(cat);
}

static struct report *run(const struct cat_case *c)
{
	return report_run(cat, c, rules_for("latest"));
}

static struct report *run_id(const char *id)
{
	const struct cat_case *c = catalog_case(cat, id);

	ck_assert_msg(c, "no case %s", id);
	return run(c);
}

static struct cat_vma vma(const char *name, unsigned long start,
			  unsigned long end, vm_flags_t flags)
{
	return (struct cat_vma){
		.name = name,
		.s = { .vm_start = start,
		       .vm_end = end,
		       .vm_pgoff = start,
		       .attrs.flags = flags },
	};
}

/* A case of our own with VMAs and an operation; what it states is wrong. */
static struct cat_case made_up(struct cat_vma *vmas, size_t nr, struct op op)
{
	struct cat_case c = *catalog_case(cat, "new-merge-both");

	c.id = "made-up";
	c.before = vmas;
	c.nr_before = nr;
	c.op = op;
	c.target = NULL;
	return c;
}

static struct op modify(unsigned long start, unsigned long end)
{
	return (struct op){
		.kind = OP_MODIFY,
		.start = start,
		.end = end,
		.changes = CHANGE_FLAGS,
		.attrs.flags = VM_READ,
	};
}

/* ---- graphs -------------------------------------------------------------- */

static char *graph_of(const struct report *r, size_t moment)
{
	/* static: gcc 12 thinks that the text itself lies in this variable. */
	static char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	graph_print(out, r, moment);
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		nr++;
	}
	return nr;
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what), "no %s in:\n%.2000s", what, text);
}

static void has_not(const char *text, const char *what)
{
	ck_assert_msg(!strstr(text, what), "%s in:\n%.2000s", what, text);
}

/* ---- dot ----------------------------------------------------------------- */

static char dot_file[TEMP_PATH];

static FILE *open_dot_file(void)
{
	return fdopen(temp_file(dot_file), "w");
}

static char *read_command(const char *command, int *status)
{
	FILE *in = popen(command, "r");
	char *text = NULL;
	size_t size = 0;

	ck_assert_ptr_nonnull(in);
	if (getdelim(&text, &size, '\0', in) < 0)
		text[0] = '\0';
	*status = pclose(in);
	return text;
}

/* Run dot on the file; it may not say a word. Returns the SVG. */
static char *svg_of_dot_file(void)
{
	char command[256];
	char *said, *svg;
	int status;

	snprintf(command, sizeof(command), "dot -Tsvg %s 2>&1 >%s.svg",
		 dot_file, dot_file);
	said = read_command(command, &status);
	ck_assert_msg(status == 0 && !*said, "dot exits %d and says: %.2000s",
		      status, said);
	free(said);
	snprintf(command, sizeof(command), "cat %s.svg", dot_file);
	svg = read_command(command, &status);
	snprintf(command, sizeof(command), "%s.svg", dot_file);
	unlink(command);
	unlink(dot_file);
	return svg;
}

static char *svg_of(const struct report *r)
{
	FILE *out = open_dot_file();
	char *svg;

	for (size_t m = 0; m < graph_moments(r); m++)
		graph_print(out, r, m);
	fclose(out);
	svg = svg_of_dot_file();
	ck_assert_uint_eq(count(svg, "</svg>"), graph_moments(r));
	return svg;
}

/* ---- tests --------------------------------------------------------------- */

START_TEST(every_frame_is_valid)
{
	FILE *out = open_dot_file();
	size_t nr = 0;
	char *svg;

	for_each_family(cat, f) {
		for_each_case(f, c) {
			struct report *r = run(c);

			for (size_t m = 0; m < graph_moments(r); m++, nr++)
				graph_print(out, r, m);
			report_free(r);
		}
	}
	fclose(out);
	svg = svg_of_dot_file();
	ck_assert_uint_gt(nr, 50);
	ck_assert_uint_eq(count(svg, "</svg>"), nr);
	free(svg);
}
END_TEST

/* The first row of the table holds the width of every column. */
static char *widths_of(const struct report *r, size_t moment)
{
	char *graph = graph_of(r, moment);
	size_t start, end;

	has(graph, "<TR>");
	start = strstr(graph, "<TR>") - graph;
	end = strstr(graph, "</TR>") - graph;
	memmove(graph, graph + start, end - start);
	graph[end - start] = '\0';
	has(graph, "FIXEDSIZE=");
	return graph;
}

START_TEST(frames_of_a_case_have_one_scale)
{
	struct report *r = run_id("existing-merge-left-partial");
	char *first = widths_of(r, 0);

	for (size_t m = 1; m < graph_moments(r); m++) {
		char *widths = widths_of(r, m);

		ck_assert_str_eq(first, widths);
		free(widths);
	}
	free(first);
	report_free(r);
}
END_TEST

/*
 * The page of the case, by hand: prev is [16, 32) after the first step, and the
 * tree still has it at [16, 24).
 */
START_TEST(step_shows_what_changed)
{
	struct report *r = run_id("existing-merge-left-partial");
	char *graph = graph_of(r, 1);

	has(graph, "after step 1 of 3");
	has(graph, "Set prev VMA range [prev-&gt;vm_start, end)");
	has(graph, "<B>prev</B><BR/>[16, 32)<BR/>was [16, 24)</TD>");
	has(graph, "<B>middle</B><BR/>[24, 37)</TD>");
	has(graph, ">prev<BR/>[16, 24)</TD>");
	has(graph, ">middle<BR/>[24, 37)</TD>");
	ck_assert_uint_eq(count(graph, "BORDER=\"3\""), 1);
	free(graph);
	report_free(r);
}
END_TEST

START_TEST(store_shows_changed_slots)
{
	struct report *r = run_id("existing-merge-left-partial");
	char *graph = graph_of(r, 3);

	has(graph, ">prev<BR/>[16, 32)</TD>");
	has(graph, ">middle<BR/>[32, 37)</TD>");
	ck_assert_uint_eq(count(graph, "BORDER=\"3\""), 2);
	free(graph);
	report_free(r);
}
END_TEST

START_TEST(detached_then_freed_then_gone)
{
	struct report *r = run_id("existing-merge-left-full");
	char *graph = graph_of(r, 3);

	has(graph, "STYLE=\"DASHED\"");
	has(graph, "<B>middle</B><BR/>[24, 37)<BR/>detached</TD>");
	free(graph);
	graph = graph_of(r, 4);
	has(graph, "<B>middle</B><BR/>[24, 37)<BR/>freed</TD>");
	has_not(graph, "detached");
	free(graph);
	graph = graph_of(r, 5);
	has_not(graph, "middle");
	free(graph);
	report_free(r);
}
END_TEST

START_TEST(before_and_after_have_nothing_bold)
{
	struct report *r = run_id("split-new-below");
	char *graph = graph_of(r, 0);

	has(graph, "<B>addr</B>");
	has_not(graph, "BORDER=\"3\"");
	free(graph);
	graph = graph_of(r, graph_moments(r) - 1);
	has(graph, "<B>new</B><BR/>[16, 22)</TD>");
	has(graph, "<B>vma</B><BR/>[22, 28)</TD>");
	has_not(graph, "BORDER=\"3\"");
	has_not(graph, "locked");
	free(graph);
	report_free(r);
}
END_TEST

START_TEST(locks_are_told)
{
	struct report *r = run_id("existing-merge-left-full");
	char *graph = graph_of(r, 1);

	has(graph, "map count 2; locked: mmap, VMA prev, VMA middle, anon_vma");
	free(graph);
	report_free(r);
}
END_TEST

START_TEST(any_name_comes_out_as_itself)
{
	static const char name[] = "a<b>&\"c\\N\\l{d}|&amp;";
	struct cat_vma vmas[] = {
		vma(name, 16, 24, VM_READ),
		vma("middle", 24, 32, VM_READ | VM_WRITE),
	};
	struct cat_case c = made_up(vmas, 2, modify(24, 32));
	struct report *r = run(&c);
	char *svg;

	c.id = "quote\" <id>";
	r->steps[0].text = "step <i>&nbsp;\"\\N\\";
	svg = svg_of(r);
	has(svg, ">a&lt;b&gt;&amp;&quot;c\\N\\l{d}|&amp;amp;</text>");
	has(svg, ">step &lt;i&gt;&amp;nbsp;&quot;\\N\\</text>");
	has(svg, ">quote&quot; &lt;id&gt;</text>");
	has(svg, "<title>quote&quot; &lt;id&gt;&#45;before</title>");
	free(svg);
	report_free(r);
}
END_TEST

START_TEST(extremes_are_valid)
{
	struct cat_vma vmas[] = {
		vma("prev", 0, 1, VM_READ),
		vma("middle", 1, 2, VM_READ | VM_WRITE),
		vma("next", 2, MM_END, VM_READ),
	};
	struct cat_case c = made_up(vmas, 3, modify(1, 2));
	struct report *r = run(&c);
	char *svg = svg_of(r);

	has(svg, ">4503599627370496</text>");
	has(svg, ">[2, 4503599627370496)</text>");
	has_not(svg, "empty");
	free(svg);
	report_free(r);
}
END_TEST

START_TEST(nothing_is_valid)
{
	struct op map = { .kind = OP_MAP, .start = 5, .end = 6, .pgoff = 5 };
	struct cat_case c = made_up(NULL, 0, map);
	struct report *r = run(&c);
	char *svg = svg_of(r);

	has(svg, ">proposed</text>");
	has(svg, ">new</text>");
	free(svg);
	report_free(r);
}
END_TEST

/* An operation that is refused: a split where there is nothing. */
START_TEST(refused_is_valid)
{
	struct op split = { .kind = OP_SPLIT, .start = 5 };
	struct cat_case c = made_up(NULL, 0, split);
	struct report *r = run(&c);

	free(svg_of(r));
	report_free(r);
}
END_TEST

static char *unmap_svg(struct cat_vma *vmas, size_t nr, unsigned long start,
		       unsigned long end)
{
	struct op op = { .kind = OP_UNMAP, .start = start, .end = end };
	struct cat_case c = made_up(vmas, nr, op);
	struct report *r = run(&c);
	char *svg = svg_of(r);

	report_free(r);
	return svg;
}

START_TEST(unmap_is_valid)
{
	struct cat_vma vmas[] = {
		vma("a", 10, 20, VM_READ),
		vma("b", 20, 30, VM_READ),
		vma("c", 50, 60, VM_READ),
	};
	char *svg = unmap_svg(vmas, 3, 15, 55);

	has(svg, ">unmap</text>");
	free(svg);
}
END_TEST

static bool same_tint(const struct report *r, const char *a, const char *b)
{
	return dot_tint_of_name(r, a) == dot_tint_of_name(r, b);
}

/* What goes is alike, what stays of it, too, and the two are told apart. */
START_TEST(tints_of_an_unmap)
{
	struct report *r = run_id("unmap-several-inner");

	ck_assert(same_tint(r, "first", "last"));
	ck_assert(same_tint(r, "first", "middle"));
	ck_assert(same_tint(r, "new", "new2"));
	ck_assert(!same_tint(r, "first", "new"));
	report_free(r);
}
END_TEST

/* The range of a VMA that moves is its new place: the old one is 40 to 48. */
START_TEST(new_place_is_shown)
{
	struct report *r = run_id("relocate-stack");
	struct op op = report_op(r);
	char *svg = svg_of(r);

	ck_assert_uint_eq(op.start, 28);
	ck_assert_uint_eq(op.end, 36);
	has(svg, ">new place</text>");
	free(svg);
	report_free(r);
}
END_TEST

/* Of 1000 VMAs only the three of the case and one more on either side. */
START_TEST(of_many_only_the_near_are_shown)
{
	enum { NR = 1000 };
	struct cat_vma *vmas = calloc(NR, sizeof(*vmas));
	char(*names)[16] = calloc(NR, sizeof(*names));
	struct cat_case c;
	struct report *r;
	char *graph;

	for (unsigned long i = 0; i < NR; i++) {
		snprintf(names[i], sizeof(names[i]), "v%lu", i);
		vmas[i] = vma(names[i], i * 10, i * 10 + 10,
			      i % 2 ? VM_READ : VM_READ | VM_WRITE);
	}
	c = made_up(vmas, NR, modify(5000, 5010));
	r = run(&c);
	free(svg_of(r));
	graph = graph_of(r, 0);
	for (unsigned long i = 0; i < NR; i++) {
		char cell[32];

		snprintf(cell, sizeof(cell), "<B>v%lu</B>", i);
		ck_assert_msg(!strstr(graph, cell) == (i < 498 || i > 502),
			      "%s", cell);
	}
	ck_assert_uint_eq(count(graph, ">...<"), 2);
	free(graph);
	report_free(r);
	free(vmas);
	free(names);
}
END_TEST

/* VMAs that ever overlap may not share a row. */
START_TEST(lanes_hold_what_never_overlaps)
{
	struct report *r = run_id("existing-merge-both");
	struct graph_range *st = graph_range_new(r);

	ck_assert_uint_eq(st->nr_vmas, 3);
	ck_assert_uint_eq(st->nr_lanes, 2);
	ck_assert_uint_eq(st->vmas[0].lane, 0);
	ck_assert_uint_eq(st->vmas[1].lane, 1);
	ck_assert_uint_eq(st->vmas[2].lane, 1);
	graph_range_free(st);
	report_free(r);
}
END_TEST

START_TEST(emits_a_file_a_moment)
{
	struct report *r = run_id("new-merge-left");
	struct report_set set = { cat, r->rules, &r, 1 };
	struct files *files = files_new();
	char dir[TEMP_PATH];
	char command[128];
	char *list;
	int status;

	emit_dot(&set, &(struct emit_opts){ 0 }, files);
	temp_dir(dir);
	ck_assert_int_eq(files_write(files, dir, stderr), 0);
	snprintf(command, sizeof(command), "cd %s && LC_ALL=C ls && rm *.dot",
		 dir);
	list = read_command(command, &status);
	ck_assert_str_eq(list, "new-merge-left-after.dot\n"
			       "new-merge-left-before.dot\n"
			       "new-merge-left-step-1.dot\n"
			       "new-merge-left-step-2.dot\n");
	rmdir(dir);
	free(list);
	files_free(files);
	report_free(r);
}
END_TEST

Suite *suite_graph(void)
{
	Suite *s = suite_create("graph");
	TCase *tc = tcase_create("graph");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, every_frame_is_valid);
	tcase_add_test(tc, frames_of_a_case_have_one_scale);
	tcase_add_test(tc, step_shows_what_changed);
	tcase_add_test(tc, store_shows_changed_slots);
	tcase_add_test(tc, detached_then_freed_then_gone);
	tcase_add_test(tc, before_and_after_have_nothing_bold);
	tcase_add_test(tc, locks_are_told);
	tcase_add_test(tc, any_name_comes_out_as_itself);
	tcase_add_test(tc, extremes_are_valid);
	tcase_add_test(tc, nothing_is_valid);
	tcase_add_test(tc, refused_is_valid);
	tcase_add_test(tc, unmap_is_valid);
	tcase_add_test(tc, tints_of_an_unmap);
	tcase_add_test(tc, new_place_is_shown);
	tcase_add_test(tc, of_many_only_the_near_are_shown);
	tcase_add_test(tc, lanes_hold_what_never_overlaps);
	tcase_add_test(tc, emits_a_file_a_moment);
	suite_add_tcase(s, tc);
	return s;
}
