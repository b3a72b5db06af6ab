// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what is told of readers: the page, the parts of the cases' pages,
 * the sequences, "vmatlas show" and the JSON. All that they say is worked out
 * here once more, by asking the explorer itself.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit/emit.h"
#include "tests.h"

/* ---- the catalogue, emitted ---------------------------------------------- */

static char dir[TEMP_PATH]; /* with pages, and what docutils makes of some */
static struct catalog *cat;
static struct report_set set;
static struct findings *findings; /* those of each reader, case by case */

static void set_up(void)
{
	temp_dir(dir);
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
	set = (struct report_set){ .cat = cat, .rules = rules_for("latest") };
	set.reports = calloc(1000, sizeof(*set.reports));
	for_each_family(cat, f)
		for_each_case(f, c)
			set.reports[set.nr++] = report_run(cat, c, set.rules);
}

static void tear_down(void)
{
	char command[128];

	free(findings);
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	free(set.reports);
	catalog_free(cat);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static char *run(const char *command, int *status)
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

static char *read_file(const char *name)
{
	char command[256];
	char *text;
	int status;

	snprintf(command, sizeof(command), "cat '%s/%s'", dir, name);
	text = run(command, &status);
	ck_assert_int_eq(status, 0);
	return text;
}

static const char *const flavours[] = {
	[RST_SPHINX] = "sphinx", [RST_KERNEL] = "kernel"
};

static void emit(enum rst_flavour flavour)
{
	struct files *files = files_new();
	char place[80];

	snprintf(place, sizeof(place), "%s/%s", dir, flavours[flavour]);
	emit_rst(&set, &(struct emit_opts){ .flavour = flavour }, files);
	ck_assert_int_eq(files_write(files, place, stderr), 0);
	files_free(files);
}

static char *reader_rst(enum rst_flavour flavour)
{
	return read_file(flavour == RST_KERNEL ? "kernel/reader.rst"
					       : "sphinx/reader.rst");
}

/* What docutils makes of a page: a line for each cell, title and so on. */
static char *read_page(enum rst_flavour flavour, const char *name)
{
	char command[1024], page[160];
	char *text;
	int status;

	snprintf(page, sizeof(page), "%s/%s/%s", dir, flavours[flavour], name);
	snprintf(command, sizeof(command),
		 "[ -e '%s.txt' ] || ${PYTHON:-/usr/bin/python3} "
		 "tests/rst-read.py '%s.rst' >'%s.txt' 2>&1; "
		 "status=$?; cat '%s.txt'; exit $status",
		 page, page, page, page);
	text = run(command, &status);
	ck_assert_msg(status == 0, "docutils says:\n%.2000s", text);
	return text;
}

/* The page of the site that has the interleaving of a case. */
static char *trace_page(const struct cat_case *c)
{
	char name[128];

	snprintf(name, sizeof(name), "reader-%s", c->id);
	return read_page(RST_SPHINX, name);
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what), "no '%s' in:\n%.3000s", what, text);
}

static void has_not(const char *text, const char *what)
{
	ck_assert_msg(!strstr(text, what), "'%s' in:\n%.3000s", what, text);
}

/* ---- asking the explorer ------------------------------------------------- */

#define for_sides(left, right)                                                 \
	for (int left = 0; left < NR_SIDES; left++)                            \
		for (int right = 0; right < NR_SIDES; right++)

static struct exploration *explore_side(const struct cat_case *c,
					const struct reader *reader, int left,
					int right)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	opts.reader = reader;
	opts.left = left;
	opts.right = right;
	return explore(c, set.rules, &opts);
}

static struct findings ask(const struct cat_case *c,
			   const struct reader *reader)
{
	struct findings f = { 0 };

	for_sides(left, right)
	{
		struct exploration *x = explore_side(c, reader, left, right);

		ck_assert_int_eq(x->end, EXPLORED);
		findings_add(&f, x);
		exploration_free(x);
	}
	return f;
}

static struct findings find(const struct cat_case *c,
			    const struct reader *reader)
{
	for (size_t i = 0; i < set.nr; i++)
		if (set.reports[i]->c == c)
			return findings[i * nr_readers +
					(size_t)(reader - reader_table)];
	return ask(c, reader);
}

/* Once for all tests: nearly all of their time. */
static void setup(void)
{
	set_up();
	emit(RST_SPHINX);
	emit(RST_KERNEL);
	free(read_page(RST_SPHINX, "reader"));
	free(read_page(RST_KERNEL, "reader"));
	findings = calloc(set.nr * nr_readers, sizeof(*findings));
	for (size_t i = 0; i < set.nr * nr_readers; i++)
		findings[i] = ask(set.reports[i / nr_readers]->c,
				  &reader_table[i % nr_readers]);
}

static const struct reader *upstream(void)
{
	return reader_find("upstream");
}

/* The surrounding of the shortest way to a gap, the first of them. */
static struct exploration *shortest_gap(const struct cat_case *c,
					const struct reader *reader)
{
	struct exploration *best = NULL;

	for_sides(left, right)
	{
		struct exploration *x = explore_side(c, reader, left, right);
		const struct observation *o = exploration_worst(x);

		if (!o->gap ||
		    (best && o->length >= exploration_worst(best)->length)) {
			exploration_free(x);
			continue;
		}
		exploration_free(best);
		best = x;
	}
	return best;
}

/* ---- the page ------------------------------------------------------------ */

static void gaps_text(char text[32], const struct findings *f)
{
	if (f->gap)
		snprintf(text, 32, "%zu/%zu", f->nr_gap, f->nr);
	else
		strcpy(text, "-");
}

static void overlaps_text(char text[32], const struct findings *f)
{
	if (f->overlap)
		snprintf(text, 32, "%zu/%zu", f->nr_overlap, f->nr);
	else
		strcpy(text, "-");
}

/* The mail's claims as we read them, for the ten cases. */
static const struct {
	const char *id;
	const char *claim;
	const char *twice;
	const char *verdict;
} claims[] = {
	{ "existing-merge-both", "prev twice, no gap", "prev; pages of middle",
	  "refuted; also twice: middle" },
	{ "existing-merge-left-full", "prev twice, no gap", "prev", "refuted" },
	{ "existing-merge-left-partial", "prev twice, no gap, looks again",
	  "prev", "refuted" },
	{ "existing-merge-right-full", "middle twice, no gap",
	  "pages of middle", "refuted" },
	{ "existing-merge-right-partial", "middle twice, no gap, looks again",
	  "pages of middle", "refuted" },
	{ "new-merge-both", "prev twice, no gap, looks again", "prev",
	  "refuted" },
	{ "new-merge-left", "prev twice, no gap", "prev", "holds" },
	{ "new-merge-right", "no gap", "none", "refuted" },
	{ "split-new-below", "no gap", "none", "holds" },
	{ "split-new-above", "no gap", "none", "refuted" },
};

START_TEST(claims_table_is_true)
{
	char *page = read_page(RST_SPHINX, "reader");

	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct cat_case *c = catalog_case(cat, claims[i].id);
		const struct findings f = find(c, upstream());
		char row[512], gaps[32], overlaps[32], steps[16] = "-";

		gaps_text(gaps, &f);
		overlaps_text(overlaps, &f);
		if (f.gap)
			snprintf(steps, sizeof(steps), "%u", f.shortest);
		snprintf(row, sizeof(row),
			 "paragraph\t%s\nparagraph\t%s\nparagraph\t%s\n"
			 "paragraph\t%s\nparagraph\t%s\nparagraph\t%s\n"
			 "paragraph\t%s\n",
			 c->id, claims[i].claim, gaps, steps, overlaps,
			 claims[i].twice, claims[i].verdict);
		has(page, row);
	}
	free(page);
}
END_TEST

/*
 * A row of the tables of readers, as docutils gives it. One with nothing in it is
 * left out.
 */
static void expect_row(const char *page, const struct cat_case *c,
		       const enum reader_part parts[2])
{
	char *row;
	size_t size;
	FILE *out = open_memstream(&row, &size);
	bool says = false;

	fprintf(out, "paragraph\t%s\n", c->id);
	for_each_reader(r) {
		struct findings f;
		char gaps[32];

		if (r->part < parts[0] || r->part > parts[1])
			continue;
		f = find(c, r);
		gaps_text(gaps, &f);
		says |= f.gap;
		fprintf(out, "paragraph\t%s\n", gaps);
	}
	fclose(out);
	if (says)
		has(page, row);
	else
		ck_assert_msg(!strstr(page, row), "'%s' in:\n%.2000s", row,
			      page);
	free(row);
}

START_TEST(reader_tables_are_true)
{
	static const enum reader_part kernel[] = { PART_KERNEL, PART_WITHOUT };
	static const enum reader_part change[] = { PART_REPAIR,
						   PART_NOT_ENOUGH };
	char *page = read_page(RST_SPHINX, "reader");

	for (size_t i = 0; i < set.nr; i++) {
		expect_row(page, set.reports[i]->c, kernel);
		expect_row(page, set.reports[i]->c, change);
	}
	for_each_reader(r) {
		char field[256];

		snprintf(field, sizeof(field),
			 "field_name\t%s\nparagraph\t%s\n", r->name, r->what);
		has(page, field);
	}
	free(page);
}
END_TEST

/*
 * A reader that repairs must have no gap, one that is not enough must have one,
 * or it would stand in the wrong column.
 */
START_TEST(parts_are_true)
{
	for_each_reader(r) {
		bool gap = false;

		for (size_t i = 0; i < set.nr; i++)
			gap |= find(set.reports[i]->c, r).gap;
		if (r->part == PART_REPAIR || r->part == PART_IN_SEQUENCES)
			ck_assert_msg(!gap, "%s has a gap", r->name);
		if (r->part == PART_NOT_ENOUGH || r->part == PART_WITHOUT)
			ck_assert_msg(gap, "%s has no gap", r->name);
	}
}
END_TEST

/* What each file does, counted anew. */
START_TEST(files_are_true)
{
	char *page = read_page(RST_SPHINX, "reader");
	const struct reader_file *f = reader_files;

	for (size_t i = 0; i < nr_reader_files; i++) {
		const struct reader *r = reader_find(f[i].reader);
		size_t gaps = 0, overlaps = 0;
		char row[256], gap[32] = "-", overlap[32] = "-";

		ck_assert_ptr_nonnull(r);
		ck_assert_int_eq(r->part, PART_KERNEL);
		for (size_t j = 0; j < set.nr; j++) {
			const struct findings found =
				find(set.reports[j]->c, r);

			gaps += found.gap;
			overlaps += found.overlap;
		}
		if (gaps)
			snprintf(gap, sizeof(gap), "%zu of %zu", gaps, set.nr);
		if (overlaps)
			snprintf(overlap, sizeof(overlap), "%zu of %zu",
				 overlaps, set.nr);
		snprintf(row, sizeof(row),
			 "paragraph\t%s\nparagraph\t%s\nparagraph\t%s\n",
			 r->name, gap, overlap);
		has(page, row);
	}
	free(page);
}
END_TEST

/* The walks of one read, with a hole and a VMA below, and a VMA above. */
static unsigned int walks(const struct cat_case *c, const char *name,
			  bool no_writer)
{
	struct reader endless = *reader_find(name);
	struct explore_opts opts = EXPLORE_OPTS_INIT;
	struct exploration *x;
	unsigned int most;

	endless.flags |= READ_NO_STOP;
	opts.reader = &endless;
	opts.left = SIDE_HOLE;
	opts.right = SIDE_ADJACENT;
	opts.count_walks = true;
	opts.no_writer = no_writer;
	x = explore(c, set.rules, &opts);
	most = x->walks_max;
	exploration_free(x);
	return most;
}

START_TEST(costs_are_true)
{
	static const char *const names[] = { "upstream", "fresh-fallback",
					     "sequence", "clipped" };
	const struct cat_case *largest =
		catalog_case(cat, "existing-merge-both");
	char *page = read_page(RST_SPHINX, "reader");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned int more = 0;
		char row[128];

		for (size_t j = 0; j < set.nr; j++) {
			const struct cat_case *c = set.reports[j]->c;
			unsigned int adds = walks(c, names[i], false) -
					    walks(c, names[i], true);

			more = adds > more ? adds : more;
		}
		snprintf(row, sizeof(row),
			 "paragraph\t%s\nparagraph\t%u\nparagraph\t%u\n",
			 names[i], walks(largest, names[i], true), more);
		has(page, row);
	}
	has(page, "in a read of 5 VMAs and 2 holes");
	free(page);
}
END_TEST

/* As in a literal block of docutils: without what all lines are indented by. */
static char *trace_of(const struct exploration *x)
{
	char *text, *to;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char *escaped;

	path_print(out, x, exploration_worst(x),
		   &(struct path_style){ PATH_WIDTH });
	fclose(out);
	escaped = to = malloc(2 * size + 1);
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, "\n");

		if (length)
			memcpy(to, at + 2, length - 2);
		to += length ? length - 2 : 0;
		at += length + 1;
		to = stpcpy(to, *at ? "\\n" : "");
	}
	*to = '\0';
	free(text);
	return escaped;
}

START_TEST(refuted_cases_have_pages)
{
	char *page = reader_rst(RST_SPHINX);

	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;
		struct exploration *x = shortest_gap(c, upstream());
		char entry[128], title[128];
		char *trace;

		snprintf(entry, sizeof(entry), "\n   reader-%s\n", c->id);
		if (!x) {
			has_not(page, entry);
			continue;
		}
		has(page, entry);
		snprintf(title, sizeof(title), "title\tA read during %s\n",
			 c->id);
		trace = trace_page(c);
		has(trace, title);
		free(trace);
		exploration_free(x);
	}
	free(page);
}
END_TEST

/* Every line of the trace is in the page, and in its order. */
START_TEST(traces_are_complete)
{
	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;
		struct exploration *x = shortest_gap(c, upstream());
		char *page, *at, *trace, *line, *rest;
		char begin[128];

		if (!x)
			continue;
		snprintf(begin, sizeof(begin), "sphinx/reader-%s.rst", c->id);
		page = read_file(begin);
		snprintf(begin, sizeof(begin),
			 ".. trace-begin %s\n\n.. container:: vma-trace\n",
			 c->id);
		at = strstr(page, begin);
		ck_assert_ptr_nonnull(at);
		trace = rest = trace_of(x);
		while ((line = rest)) {
			rest = strstr(line, "\\n");
			if (rest) {
				*rest = '\0';
				rest += 2;
			}
			at = strstr(at, line);
			ck_assert_msg(at, "%s: no line '%s'", c->id, line);
		}
		free(trace);
		free(page);
		exploration_free(x);
	}
}
END_TEST

/* "also twice: middle" comes with a read that shows it. */
START_TEST(what_is_missing_is_shown)
{
	char *page = trace_page(catalog_case(cat, "existing-merge-both"));

	has(page, "paragraph\tThe shortest interleaving in which pages of "
		  "middle are reported twice (below: none, above: none):\n"
		  "literal_block\t");
	free(page);
}
END_TEST

START_TEST(changes_come_with_an_interleaving)
{
	char *page = read_page(RST_SPHINX, "reader-not-enough");

	has(page, "title\tChanges that are not enough\n");
	for_each_reader(r) {
		char text[256];
		char *at;

		if (r->part != PART_NOT_ENOUGH)
			continue;
		snprintf(text, sizeof(text), "paragraph\t%s (%s): in ", r->name,
			 r->what);
		has(page, text);
		at = strchr(strstr(page, text), '\n');
		ck_assert_int_eq(strncmp(at, "\nliteral_block\t", 15), 0);
		at = strstr(at, "\\n  missing ");
		ck_assert_msg(at, "%s misses nothing", r->name);
	}
	free(page);
}
END_TEST

/* ---- the same for the kernel ------------------------------------------------ */

START_TEST(kernel_claims_are_true)
{
	char *page = read_page(RST_KERNEL, "reader");

	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct cat_case *c = catalog_case(cat, claims[i].id);
		const struct findings f = find(c, upstream());
		char row[512], gaps[32], overlaps[32], steps[16] = "-";

		gaps_text(gaps, &f);
		overlaps_text(overlaps, &f);
		if (f.gap)
			snprintf(steps, sizeof(steps), "%u", f.shortest);
		snprintf(row, sizeof(row),
			 "paragraph\t%s\nparagraph\t%s\nparagraph\t%s\n"
			 "paragraph\t%s\nparagraph\t%s\n",
			 c->id, gaps, steps, overlaps, claims[i].twice);
		has(page, row);
		snprintf(row, sizeof(row),
			 "paragraph\t%s\nparagraph\t%s\nparagraph\t%s\n", c->id,
			 claims[i].claim, claims[i].verdict);
		has(page, row);
	}
	free(page);
}
END_TEST

/* The cases that no reader of a table can have a gap in are left out of it. */
static bool any_gap(const struct cat_case *c, const enum reader_part parts[2])
{
	for_each_reader(r)
		if (r->part >= parts[0] && r->part <= parts[1] &&
		    find(c, r).gap)
			return true;
	return false;
}

START_TEST(kernel_reader_tables_are_true)
{
	static const enum reader_part kernel[] = { PART_KERNEL, PART_WITHOUT };
	static const enum reader_part change[] = { PART_REPAIR,
						   PART_NOT_ENOUGH };
	char *page = read_page(RST_KERNEL, "reader");

	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;

		if (any_gap(c, kernel))
			expect_row(page, c, kernel);
		if (any_gap(c, change))
			expect_row(page, c, change);
	}
	for_each_reader(r) {
		char item[256];

		snprintf(item, sizeof(item), "paragraph\t%s: %s\n", r->name,
			 r->what);
		has(page, item);
	}
	free(page);
}
END_TEST

/* All steps of the shortest way to a gap, in their order, and what comes of it. */
START_TEST(kernel_traces_are_complete)
{
	char *page;

	page = reader_rst(RST_KERNEL);
	has(page, "\nCounterexamples\n===============\n\nEach is a list of "
		  "steps in their order, ");
	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;
		struct exploration *x = shortest_gap(c, upstream());
		struct path *path;
		char label[128];
		char *at;

		if (!x)
			continue;
		path = exploration_path(x, exploration_worst(x)->state);
		snprintf(label, sizeof(label), ".. _vma-reader-%s:\n", c->id);
		at = strstr(page, label);
		for (size_t j = 0; at && j < path->nr; j++)
			at = strstr(at, path->steps[j].text);
		at = at ? strstr(at, "\n    missing ") : NULL;
		ck_assert_msg(!!at, "%s: a step is missing", c->id);
		path_free(path);
		exploration_free(x);
	}
	free(page);
}
END_TEST

/* Lines of the literal blocks: they are to fit a screen. */
/* The command behind "Shown by", whose lines are joined. */
static char *command_at(const char *shown)
{
	const char *begin = strstr(shown, "``vmatlas ") + strlen("``vmatlas");
	char *command;

	ck_assert_int_gt(asprintf(&command,
				  "${VMATLAS:-build/vmatlas}%.*s 2>&1",
				  (int)(strstr(begin, "``") - begin), begin),
			 0);
	for (char *c = command; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	return command;
}

/* A text as the page has it in a literal block, without blank lines behind. */
static char *indented(const char *text)
{
	char *all = strdup(text), *rest = all, *line, *written;
	size_t size;
	FILE *out = open_memstream(&written, &size);

	for (size_t i = strlen(all); i && all[i - 1] == '\n'; i--)
		all[i - 1] = '\0';
	while ((line = strsep(&rest, "\n")))
		fprintf(out, "%s%s\n", *line ? "  " : "", line);
	fclose(out);
	free(all);
	return written;
}

/* What @said ends with is the end of the block before @shown. */
static void is_result(const char *page, const char *shown, const char *said)
{
	const char *result = strstr(said, "\nWhat the read returns:");
	char *expected;
	size_t length;

	ck_assert_msg(!!result, "no result: %.300s", said);
	expected = indented(result + 1);
	length = strlen(expected);
	ck_assert_uint_lt(length, (size_t)(shown - page));
	ck_assert_msg(!memcmp(shown - length, expected, length),
		      "%s is not before %.200s", expected, shown);
	free(expected);
}

/* Each of the commands prints the interleaving that it is said to show. */
START_TEST(kernel_commands_show_the_traces)
{
	static const char begins[] = "\nShown by ``vmatlas explore --trace ";
	const char *at;
	size_t nr = 0;
	char *page;

	at = page = reader_rst(RST_KERNEL);
	while ((at = strstr(at, begins))) {
		char *command = command_at(at);
		int status;
		char *said = run(command, &status);

		ck_assert_int_eq(status, 0);
		is_result(page, at, said);
		free(said);
		free(command);
		at += strlen(begins);
		nr++;
	}
	ck_assert_uint_gt(nr, 3);
	free(page);
}
END_TEST

START_TEST(traces_are_narrow)
{
	char *page, *rest, *line;

	page = rest = reader_rst(RST_SPHINX);
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, "       ", 7))
			ck_assert_msg(strlen(line) <= 107, "%s", line);
	free(page);
}
END_TEST

/* ---- the pages of the cases ---------------------------------------------- */

/* Whether a gap may show: without a claim there is no verdict. */
static void has_gap_row(const char *page, const struct cat_case *c,
			const struct findings *f)
{
	char derived[64] = "no", twice[64] = "", text[384];

	if (f->gap)
		snprintf(derived, sizeof(derived), "in %zu of %zu surroundings",
			 f->nr_gap, f->nr);
	for (size_t i = 0; c->claim && i < c->claim->twice.nr; i++) {
		size_t len = strlen(twice);

		snprintf(twice + len, sizeof(twice) - len, "%s%s",
			 len ? ", " : "", c->claim->twice.text[i].text);
	}
	if (c->claim)
		snprintf(text, sizeof(text),
			 "paragraph\tA gap may show\nparagraph\tno\n"
			 "paragraph\t%s\nparagraph\t%s\n"
			 "paragraph\tReported twice\nparagraph\t%s\n",
			 derived, f->gap ? "refuted" : "holds",
			 *twice ? twice : "none");
	else
		snprintf(text, sizeof(text),
			 "paragraph\tA gap may show\nparagraph\t%s\n"
			 "paragraph\tReported twice\n",
			 derived);
	has(page, text);
}

START_TEST(case_pages_are_true)
{
	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;
		const struct findings f = find(c, upstream());
		char text[256];
		char *page;

		if (!in_sample(i, 8))
			continue;
		page = read_page(RST_SPHINX, c->id);
		has(page, "title\tWhat a concurrent reader can see\n");
		has_gap_row(page, c, &f);
		snprintf(text, sizeof(text),
			 "field_name\tDistinct reads\nparagraph\t%zu, summed "
			 "over %zu surroundings\n",
			 f.observations, f.nr);
		has(page, text);
		ck_assert_int_eq(f.retry, !!strstr(page, "begin anew"));
		ck_assert_int_eq(f.rewalk, !!strstr(page, "walk again"));
		ck_assert_int_eq(f.fallback, !!strstr(page, "fall back"));
		free(page);
	}
}
END_TEST

/* What the mail says is there to be read, if it says anything. */
START_TEST(claims_are_quoted)
{
	static const char quote[] =
		"paragraph\tSuren Baghdasaryan wrote on 13 June 2025:\n";
	char *page = read_page(RST_SPHINX, "split-new-above");

	has(page, quote);
	has(page,
	    "\tThese are fine too. We will either report before-split view");
	free(page);
	page = read_page(RST_SPHINX, "change-head");
	has_not(page, quote);
	free(page);
}
END_TEST

/* By hand: test_split_above_by_hand() says why. */
START_TEST(surroundings_are_told)
{
	char *page = read_page(RST_SPHINX, "split-new-above");

	has(page, "field_name\tSurroundings with a gap\n"
		  "paragraph\tbelow: adjacent; above: any\n");
	free(page);
	page = read_page(RST_SPHINX, "existing-merge-both");
	has(page, "field_name\tSurroundings with a gap\n"
		  "paragraph\tbelow: any; above: any\n");
	free(page);
}
END_TEST

static void told_as(const struct reading *g, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	report_print_gaps(out, g);
	fclose(out);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(any_surroundings_can_be_told)
{
	struct reading g = { 0 };

	told_as(&g, "");
	g.gaps[SIDE_NONE][SIDE_HOLE] = true;
	told_as(&g, "below: none; above: hole");
	g.gaps[SIDE_ADJACENT][SIDE_HOLE] = true;
	told_as(&g, "below: none or adjacent; above: hole");
	g.gaps[SIDE_ADJACENT][SIDE_NONE] = true;
	told_as(&g, "below: none; above: hole, and "
		    "below: adjacent; above: none or hole");
}
END_TEST

/* All changes are enough for this one: there is no page of those that are not. */
START_TEST(what_is_enough_is_not_listed)
{
	const struct cat_case *c =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = set.reports[0];
	size_t nr = set.nr;
	char *page;

	for_each_reader(reader)
		ck_assert(reader->part != PART_NOT_ENOUGH ||
			  !find(c, reader).gap);
	set.reports[0] = report_run(cat, c, set.rules);
	set.nr = 1;
	strcat(dir, "/enough");
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	emit(RST_SPHINX);
	page = reader_rst(RST_SPHINX);
	has(page, "   reader-existing-merge-left-partial\n");
	has_not(page, "reader-not-enough");
	free(page);
	report_free(set.reports[0]);
	set.reports[0] = r;
	set.nr = nr;
}
END_TEST

/* A case without a claim, and one that is too large to be explored. */
START_TEST(what_is_not_known_is_not_told)
{
	enum { NR = 40 };
	struct cat_case c = *catalog_case(cat, "new-merge-both");
	struct cat_vma *vmas = calloc(NR, sizeof(*vmas));
	struct report *r;
	char *page;
	size_t nr = set.nr;

	c.claim = NULL;
	r = set.reports[0];
	set.reports[0] = report_run(cat, &c, set.rules);
	set.nr = 1;
	strcat(dir, "/one");
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	emit(RST_SPHINX);
	page = trace_page(&c);
	has(page, "The mail does not speak of this case. Derived: a gap in 9 ");
	free(page);
	page = read_page(RST_SPHINX, "reader");
	has(page, "paragraph\tnothing is claimed\n");
	free(page);
	report_free(set.reports[0]);

	for (unsigned long i = 0; i < NR; i++)
		vmas[i] = (struct cat_vma){
			.name = "many",
			.s = { .vm_start = 100 + 2 * i,
			       .vm_end = 101 + 2 * i,
			       .vm_pgoff = i },
		};
	c.before = vmas;
	c.nr_before = NR;
	set.reports[0] = report_run(cat, &c, set.rules);
	strcat(dir, "/large");
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	emit(RST_SPHINX);
	page = read_page(RST_SPHINX, c.id);
	has(page, "paragraph\tIt was not explored: too many VMAs for a "
		  "search.\n");
	free(page);
	page = read_page(RST_SPHINX, "reader");
	has(page, "paragraph\tnew-merge-both\nparagraph\t?\n");
	free(page);
	report_free(set.reports[0]);
	set.reports[0] = r;
	set.nr = nr;
	free(vmas);
}
END_TEST

/* ---- sequences ----------------------------------------------------------- */

static char *sequence_of(const struct report *r, const struct exploration *x,
			 const struct observation *o)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	sequence_print(out, r, x, o);
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

/* Run dot on graphs; it may not say a word. Returns the SVG. */
static char *svg_of(const char *graphs)
{
	char command[256];
	char *said;
	int status;
	FILE *out;

	snprintf(command, sizeof(command), "%s/all.dot", dir);
	out = fopen(command, "w");
	ck_assert_ptr_nonnull(out);
	fputs(graphs, out);
	fclose(out);
	snprintf(command, sizeof(command),
		 "dot -Tsvg %s/all.dot 2>&1 >%s/all.svg", dir, dir);
	said = run(command, &status);
	ck_assert_msg(status == 0 && !*said, "dot exits %d and says: %.2000s",
		      status, said);
	free(said);
	return read_file("all.svg");
}

/* Every observation of upstream in every surrounding of a case. */
START_TEST(every_sequence_is_valid)
{
	struct report *r = set.reports[_i];
	char *all, *svg;
	size_t size, nr = 0;
	FILE *out = open_memstream(&all, &size);

	for_sides(left, right)
	{
		struct exploration *x =
			explore_side(r->c, upstream(), left, right);

		for (size_t i = 0; i < x->nr; i++, nr++)
			sequence_print(out, r, x, &x->observations[i]);
		exploration_free(x);
	}
	fclose(out);
	svg = svg_of(all);
	ck_assert_uint_eq(count(svg, "</svg>"), nr);
	free(svg);
	free(all);
}
END_TEST

/* Each of the steps, and what makes it a counterexample; by hand. */
START_TEST(sequence_shows_all_steps)
{
	const struct cat_case *c =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = report_run(cat, c, set.rules);
	struct exploration *x = shortest_gap(c, upstream());
	const struct observation *o = exploration_worst(x);
	struct path *path = exploration_path(x, o->state);
	char *graph = sequence_of(r, x, o), *svg = svg_of(graph);

	for (size_t i = 0; i < path->nr; i++) {
		char text[128];

		snprintf(text, sizeof(text), ">%zu</text>", i + 1);
		has(svg, text);
		has(graph, path->steps[i].text);
	}
	has(graph, "A read that misses [24, 32), mapped all the time");
	ck_assert_uint_eq(count(graph, ">taken for a hole<"), 1);
	ck_assert_uint_eq(count(graph, ">missing<"), 1);
	ck_assert_uint_eq(count(graph, ">reported<"), 2);
	ck_assert_uint_eq(count(graph, ">found<"), 2);
	ck_assert_uint_eq(count(graph, ">maple tree<"), 2);
	has(graph, "<B>prev</B><BR/>[16, 24)</TD>");
	has(graph, "<B>prev</B><BR/>[16, 32)</TD>");
	has(graph, ">cursor: slot 1, 23<");
	free(svg);
	free(graph);
	path_free(path);
	exploration_free(x);
	report_free(r);
}
END_TEST

/*
 * Columns: number, writer, bar, below 16, [16, 24), [24, 32), [32, 37), above,
 * bar, reader. What is missing is [24, 32), and what was found first [16, 24).
 */
static void box_is_column(const char *graph, const char *label, size_t column)
{
	const char *box = strstr(graph, label);
	char row[4096], *last = row;

	ck_assert_ptr_nonnull(box);
	while (box > graph && strncmp(box, "<TR>", 4))
		box--;
	snprintf(row, sizeof(row), "%.*s", (int)(strstr(box, label) - box),
		 box);
	ck_assert_uint_eq(count(row, "<TD"), column);
	for (char *at = row; (at = strstr(at, "<TD")); at++)
		last = at;
	has(last, "COLSPAN=\"1\"");
}

START_TEST(boxes_are_in_their_columns)
{
	const struct cat_case *c =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = report_run(cat, c, set.rules);
	struct exploration *x = shortest_gap(c, upstream());
	char *graph = sequence_of(r, x, exploration_worst(x));

	box_is_column(graph, ">found<", 5);
	box_is_column(graph, ">reported<", 5);
	box_is_column(graph, ">taken for a hole<", 6);
	box_is_column(graph, ">missing<", 6);
	free(graph);
	exploration_free(x);
	report_free(r);
}
END_TEST

/* The first of the ways ends with a hole, the second with nothing found. */
START_TEST(sequence_shows_an_end_that_is_none)
{
	const struct cat_case *c = catalog_case(cat, "existing-merge-both");
	struct report *r = report_run(cat, c, set.rules);
	struct exploration *x = shortest_gap(c, upstream());
	char *graph = sequence_of(r, x, exploration_worst(x));

	ck_assert_uint_eq(count(graph, ">nothing found<"), 1);
	ck_assert_uint_eq(count(graph, ">taken for a hole<"), 0);
	ck_assert_uint_eq(count(graph, ">missing<"), 1);
	has(graph, "A read that misses [24, 40)");
	free(graph);
	exploration_free(x);
	report_free(r);
}
END_TEST

START_TEST(quiet_read_is_no_counterexample)
{
	const struct cat_case *c = catalog_case(cat, "new-merge-right");
	struct report *r = report_run(cat, c, set.rules);
	struct exploration *x =
		explore_side(c, upstream(), SIDE_HOLE, SIDE_ADJACENT);
	char *graph = sequence_of(r, x, &x->observations[0]);

	has(graph, "A read that misses nothing");
	has_not(graph, ">missing<");
	has_not(graph, ">taken for a hole<");
	has_not(graph, ">nothing found<");
	free(graph);
	exploration_free(x);
	report_free(r);
}
END_TEST

START_TEST(any_name_comes_out_as_itself)
{
	struct cat_case c = *catalog_case(cat, "existing-merge-left-full");
	struct cat_vma vmas[2] = { c.before[0], c.before[1] };
	struct exploration *x;
	struct report *r;
	char *graph, *svg;

	vmas[0].name = "a<b>&\"c\\N{d}";
	c.id = "quote\" <id>";
	c.before = vmas;
	r = report_run(cat, &c, set.rules);
	x = shortest_gap(&c, upstream());
	graph = sequence_of(r, x, exploration_worst(x));
	svg = svg_of(graph);
	has(svg, ">a&lt;b&gt;&amp;&quot;c\\N{d}</text>");
	has(svg, "quote&quot; &lt;id&gt;");
	free(svg);
	free(graph);
	exploration_free(x);
	report_free(r);
}
END_TEST

/* A file a refuted case, and none for the others. */
START_TEST(sequences_are_emitted)
{
	struct files *files = files_new();
	char command[128];
	char *list;
	int status;

	emit_dot(&set, &(struct emit_opts){ 0 }, files);
	ck_assert_int_eq(files_write(files, dir, stderr), 0);
	files_free(files);
	snprintf(command, sizeof(command), "cd %s && LC_ALL=C ls *-reader.dot",
		 dir);
	list = run(command, &status);
	for (size_t i = 0; i < set.nr; i++) {
		const struct cat_case *c = set.reports[i]->c;
		char name[128];

		snprintf(name, sizeof(name), "%s-reader.dot\n", c->id);
		ck_assert_msg(!strstr(list, name) == !find(c, upstream()).gap,
			      "%s", name);
	}
	free(list);
}
END_TEST

/* ---- show and JSON ------------------------------------------------------- */

static char *show(const char *args)
{
	char command[256];
	char *text;
	int status;

	snprintf(command, sizeof(command), "${VMATLAS:-build/vmatlas} show %s",
		 args);
	text = run(command, &status);
	ck_assert_int_eq(status, 0);
	return text;
}

START_TEST(show_is_true)
{
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct cat_case *c = catalog_case(cat, claims[i].id);
		const struct findings f = find(c, upstream());
		char *text = show(c->id), *part, *line;
		char expected[256];

		part = strstr(text, "\nWhat a reader can see\n");
		ck_assert_ptr_nonnull(part);
		if (f.gap)
			snprintf(
				expected, sizeof(expected),
				"\n  Gap           in %zu of %zu surroundings ",
				f.nr_gap, f.nr);
		else
			strcpy(expected, "\n  Gap           none\n");
		has(part, expected);
		snprintf(expected, sizeof(expected), "\n  Twice         %s\n",
			 claims[i].twice);
		has(part, expected);
		snprintf(expected, sizeof(expected),
			 "\n  The mail      %s: %s\n", claims[i].claim,
			 claims[i].verdict);
		has(part, expected);
		snprintf(expected, sizeof(expected), "%zu distinct ones",
			 f.observations);
		has(part, expected);
		snprintf(expected, sizeof(expected),
			 "vmatlas explore --trace %s\n", c->id);
		has(part, expected);
		line = text;
		for (char *one; (one = strsep(&line, "\n"));)
			ck_assert_msg(strlen(one) <= 80, "%s", one);
		free(text);
	}
}
END_TEST

static bool member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_boolean(value), "%s is no boolean", key);
	return json_is_true(value);
}

static size_t amount(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_integer(value), "%s is no number", key);
	return json_integer_value(value);
}

static void is_findings(const json_t *o, const struct findings *f)
{
	const json_t *twice = json_object_get(o, "twice");

	ck_assert_int_eq(member(o, "gap"), f->gap);
	ck_assert_int_eq(member(o, "overlap"), f->overlap);
	ck_assert_int_eq(member(o, "retry"), f->retry);
	ck_assert_int_eq(member(o, "rewalk"), f->rewalk);
	ck_assert_int_eq(member(o, "fallback"), f->fallback);
	ck_assert_uint_eq(amount(o, "observations"), f->observations);
	ck_assert_uint_eq(amount(o, "states"), f->states);
	ck_assert_uint_eq(amount(o, "scenes"), f->nr);
	ck_assert_uint_eq(amount(o, "scenes_with_gap"), f->nr_gap);
	ck_assert_uint_eq(json_array_size(twice), f->nr_twice);
	for (size_t i = 0; i < f->nr_twice; i++)
		ck_assert_str_eq(json_string_value(json_array_get(twice, i)),
				 f->twice[i]);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "pages_twice")),
			  f->nr_again);
	if (f->gap)
		ck_assert_uint_eq(amount(o, "shortest"), f->shortest);
	else
		ck_assert(json_is_null(json_object_get(o, "shortest")));
	ck_assert(json_is_null(json_object_get(o, "not_explored")));
}

START_TEST(json_is_true_to_the_explorer)
{
	char *text = show("--format json $(${VMATLAS:-build/vmatlas} list)");
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *o;
	const json_t *cases = json_object_get(root, "cases");
	size_t i;

	ck_assert_uint_eq(json_array_size(cases), set.nr);
	json_array_foreach(cases, i, o) {
		const json_t *explored = json_object_get(o, "explored");
		const struct cat_case *c = set.reports[i]->c;

		for_each_reader(r) {
			const struct findings f = find(c, r);

			is_findings(json_object_get(explored, r->name), &f);
		}
		ck_assert_uint_eq(json_object_size(explored), nr_readers);
		o = json_object_get(json_object_get(explored, "upstream"),
				    "verdict");
		ck_assert_int_eq(json_is_null(o), !c->claim);
		if (!c->claim)
			continue;
		ck_assert_int_eq(!strcmp(json_string_value(o), "refuted"),
				 find(c, upstream()).gap);
	}
	json_decref(root);
	free(text);
}
END_TEST

/* ---- the suite ----------------------------------------------------------- */

Suite *suite_reader_pages(void)
{
	Suite *s = suite_create("reader-pages");
	TCase *tc = tcase_create("reader-pages");

	tcase_add_unchecked_fixture(tc, setup, tear_down);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, claims_table_is_true);
	tcase_add_test(tc, reader_tables_are_true);
	tcase_add_test(tc, parts_are_true);
	tcase_add_test(tc, files_are_true);
	tcase_add_test(tc, costs_are_true);
	tcase_add_test(tc, refuted_cases_have_pages);
	tcase_add_test(tc, traces_are_complete);
	tcase_add_test(tc, what_is_missing_is_shown);
	tcase_add_test(tc, changes_come_with_an_interleaving);
	tcase_add_test(tc, kernel_claims_are_true);
	tcase_add_test(tc, kernel_reader_tables_are_true);
	tcase_add_test(tc, kernel_traces_are_complete);
	tcase_add_test(tc, kernel_commands_show_the_traces);
	tcase_add_test(tc, traces_are_narrow);
	tcase_add_test(tc, case_pages_are_true);
	tcase_add_test(tc, claims_are_quoted);
	tcase_add_test(tc, surroundings_are_told);
	tcase_add_test(tc, any_surroundings_can_be_told);
	tcase_add_test(tc, what_is_enough_is_not_listed);
	tcase_add_test(tc, what_is_not_known_is_not_told);
	tcase_add_loop_test(tc, every_sequence_is_valid, 0, ARRAY_SIZE(claims));
	tcase_add_test(tc, sequence_shows_all_steps);
	tcase_add_test(tc, boxes_are_in_their_columns);
	tcase_add_test(tc, sequence_shows_an_end_that_is_none);
	tcase_add_test(tc, quiet_read_is_no_counterexample);
	tcase_add_test(tc, any_name_comes_out_as_itself);
	tcase_add_test(tc, sequences_are_emitted);
	tcase_add_test(tc, show_is_true);
	tcase_add_test(tc, json_is_true_to_the_explorer);
	suite_add_tcase(s, tc);
	return s;
}
