// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rst writer and the pages. docutils reads what was written, and
 * what it read must be what went in: tests/rst-read.py.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit/emit.h"
#include "emit/rst.h"
#include "tests.h"

/* ---- pages in memory ----------------------------------------------------- */

struct page {
	FILE *out;
	char *text;
	size_t size;
	struct rst *w;
};

static struct rst *page_open(struct page *p)
{
	p->out = open_memstream(&p->text, &p->size);
	ck_assert_ptr_nonnull(p->out);
	p->w = rst_new(p->out);
	return p->w;
}

static const char *page_text(struct page *p)
{
	rst_free(p->w);
	fclose(p->out);
	return p->text;
}

static void page_is(struct page *p, const char *text)
{
	ck_assert_str_eq(page_text(p), text);
	free(p->text);
}

/* ---- reading with docutils ----------------------------------------------- */

static char dir[TEMP_PATH];

static void setup_dir(void)
{
	temp_dir(dir);
}

static void teardown_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
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

/* What docutils makes of the pages in the directory. */
static char *read_pages(void)
{
	const char *python = getenv("PYTHON");
	char command[256];
	char *text;
	int status;

	snprintf(command, sizeof(command), "%s tests/rst-read.py %s/*.rst 2>&1",
		 python ? python : "/usr/bin/python3", dir);
	text = read_command(command, &status);
	ck_assert_msg(status == 0, "docutils says:\n%.2000s", text);
	return text;
}

static void write_page(const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/page.rst", dir);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* ---- strings that mean something to docutils ----------------------------- */

#define COMBINING "\xcc\x81"

/* clang-format off */
static const char *const nasty[] = {
	"*star*", "**strong**", "`tick`", "``ticks``", "|bar|", "a_", "a__",
	"_a", "__", "`a`_", "[1]_", "[#]_", "a_b_c", "snake_", "\\", "\\\\",
	"\\*", "back\\slash", "trailing\\", "::", "ends with::", ":", "a :: b",
	":field: value", ":role:`text`", ".. comment", "..", ".. image:: x",
	"... and so on", "- item", "-", "+ item", "* item", "\xe2\x80\xa2 item",
	"1. item", "1.", "12) item", "(1) item", "(a) item", "#. item",
	"a. item", "A) item", "iv. item", "MCM. item", "i.", "--option text",
	"-a text", "/V text", ">>> 1", "| line", "+---+", "|   |", "====",
	"text ==== text", "----", "~~~~~~~~", "= =", "__ anonymous",
	"http://example.org/a_b", "me@example.org", "\"quoted\"", "'*'", "\"*",
	"(*)", "<tag>", "&amp;", "a<b>c", "%s %d", "$x", "{}", "@", "^",
	"\xc3\xa9",
	"\xe4\xb8\xad\xe6\x96\x87", "a" COMBINING, "\xf0\x9f\x98\x80 smile",
	"\xe2\x80\x9c*\xe2\x80\x9d", "a _b", "a `b", "a *b", "a |b", "x*y*z",
	"*", "**", "`", "``", "|", "_", ".", "!", "a -- b", "a... b", "[x]",
	"[16, 24)", "prev->vm_start", "a:b", "a::b", "a: :b", ":::", "\\ a",
	"no\xc2\xa0" "break", "tick` mid", "``a` b", "a ` b", "` a", "a`` b",
	"x ``y`` z", "a\\", "\\`",
	"a\tb", "a\xe2\x80\xa8" "b", "a\xc2\x85" "b", "  spaces   within  ",
};
/* clang-format on */

/* As docutils gives it: white space is one space, and none at the ends. */
static void squeeze(char *to, const char *from)
{
	char *begin = to;

	while (*from) {
		bool separator = !strncmp(from, "\xe2\x80\xa8", 3) ||
				 !strncmp(from, "\xc2\x85", 2);

		if ((unsigned char)*from > ' ' && !separator) {
			*to++ = *from++;
			continue;
		}
		from += separator ? (*from == '\xc2' ? 2 : 3) : 1;
		if (to > begin && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > begin && to[-1] == ' ')
		to--;
	*to = '\0';
}

struct expected {
	char *text;
	size_t size;
	FILE *out;
};

static void expect(struct expected *e, const char *kind, const char *text)
{
	char *plain = malloc(strlen(text) + 1);

	squeeze(plain, text);
	fprintf(e->out, "%s\t%s\n", kind, plain);
	free(plain);
}

/* As ck_assert_str_eq(), but Check cannot print texts as long as these. */
static void same_lines(const char *a, const char *b)
{
	size_t here = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '\n')
			here = i + 1;
	}
	ck_assert_msg(!strcmp(a, b), "'%.*s' should be '%.*s'",
		      (int)strcspn(a + here, "\n"), a + here,
		      (int)strcspn(b + here, "\n"), b + here);
}

static void put_in_table(struct rst *w, const char *text, struct expected *e)
{
	static const int widths[] = { 10, 10 };
	struct rst_table *t = rst_table_new(2, widths);
	struct rst *cell;

	rst_table_row(t);
	rst_table_text(t, "%s", text);
	rst_table_text(t, "%s", text);
	rst_table_row(t);
	cell = rst_table_cell(t, 1, 2);
	rst_text(rst_open(cell), text);
	rst_close(cell);
	rst_table_end(t, w);
	for (int i = 0; i < 3; i++)
		expect(e, "paragraph", text);
}

static void put_in_lines(struct rst *w, const char *text, struct expected *e)
{
	rst_begin_list(w);
	for (int i = 0; i < 2; i++) {
		rst_text(rst_open_item(w, "| "), text);
		rst_close(w);
		rst_end(w);
		expect(e, "line", text);
	}
	rst_end_list(w);
}

static void put_in_items(struct rst *w, const char *text, struct expected *e)
{
	rst_text(rst_open_item(w, "- "), text);
	rst_close(w);
	rst_end(w);
	expect(e, "paragraph", text);
	rst_text(rst_open_item(w, ":field: "), text);
	rst_close(w);
	rst_end(w);
	expect(e, "field_name", "field");
	expect(e, "paragraph", text);
}

static void put_paragraphs(struct rst *w, const char *text)
{
	const char *end;

	while ((text = rst_next_paragraph(text, &end))) {
		char *paragraph = xstrndup(text, (size_t)(end - text));

		rst_text(rst_open(w), paragraph);
		rst_close(w);
		free(paragraph);
		text = end;
	}
}

static void put_in_caption(struct rst *w, const char *text, struct expected *e)
{
	rst_directive(w, "graphviz", "%s", "file.dot");
	rst_text(rst_open_option(w, "caption"), text);
	rst_close(w);
	rst_end(w);
	expect(e, "caption", text);
}

/* The places where text of others may be. */
static void put_everywhere(struct rst *w, const char *text, struct expected *e)
{
	rst_title(w, 1, text);
	expect(e, "title", text);
	put_paragraphs(w, text);
	expect(e, "paragraph", text);
	put_in_items(w, text, e);
	put_in_lines(w, text, e);
	put_in_caption(w, text, e);
	/* docutils does not get these right. */
	if (!strstr(text, COMBINING))
		put_in_table(w, text, e);
}

static void read_back(const char *const *texts, size_t nr)
{
	struct expected e;
	struct page p;
	char *said;

	e.out = open_memstream(&e.text, &e.size);
	page_open(&p);
	rst_title(p.w, 0, "Nasty");
	expect(&e, "title", "Nasty");
	for (size_t i = 0; i < nr; i++)
		put_everywhere(p.w, texts[i], &e);
	write_page(page_text(&p));
	fclose(e.out);
	said = read_pages();
	same_lines(said, e.text);
	free(said);
	free(p.text);
	free(e.text);
}

START_TEST(nasty_text_comes_out_as_itself)
{
	read_back(nasty, ARRAY_SIZE(nasty));
}
END_TEST

/* Sentences of nasty bits, long enough to be broken into lines anywhere. */
START_TEST(random_text_comes_out_as_itself)
{
	enum { NR = 60, BITS = 24 };
	char *texts[NR];
	unsigned int seed = 20250613;

	for (size_t i = 0; i < NR; i++) {
		size_t size;
		FILE *out = open_memstream(&texts[i], &size);
		int bits = 1 + rand_r(&seed) % BITS;

		for (int j = 0; j < bits; j++)
			fprintf(out, "%s%s",
				nasty[(size_t)rand_r(&seed) %
				      ARRAY_SIZE(nasty)],
				rand_r(&seed) % 4 ? " " : "");
		fclose(out);
	}
	read_back((const char *const *)texts, NR);
	for (size_t i = 0; i < NR; i++)
		free(texts[i]);
}
END_TEST

START_TEST(nasty_code_comes_out_as_itself)
{
	struct expected e;
	struct page p;
	char *said;

	e.out = open_memstream(&e.text, &e.size);
	page_open(&p);
	for (size_t i = 0; i < ARRAY_SIZE(nasty); i++) {
		char *plain = malloc(strlen(nasty[i]) + 1);

		rst_code(rst_open(p.w), nasty[i]);
		rst_close(p.w);
		squeeze(plain, nasty[i]);
		expect(&e, "paragraph", plain);
		free(plain);
	}
	write_page(page_text(&p));
	fclose(e.out);
	said = read_pages();
	same_lines(said, e.text);
	free(said);
	free(p.text);
	free(e.text);
}
END_TEST

/* ---- how it looks -------------------------------------------------------- */

START_TEST(plain_text_stays_plain)
{
	struct page p;

	page_open(&p);
	put_paragraphs(p.w, "The snake_case [16, 24) isn't 3.14 (really).\n\n"
			    "Two: three; four - five.\n");
	page_is(&p, "The snake_case [16, 24) isn't 3.14 (really).\n\n"
		    "Two: three; four - five.\n");
}
END_TEST

START_TEST(titles_have_rules_of_their_length)
{
	struct page p;

	page_open(&p);
	rst_title(p.w, 0, "Document");
	rst_title(p.w, 1, "Chapter");
	rst_title(p.w, 2, "abc");
	rst_title(p.w, 3, "1. item");
	page_is(&p, "========\nDocument\n========\n\n"
		    "Chapter\n=======\n\n"
		    "abc\n----\n\n"
		    "1\\. item\n~~~~~~~~\n");
}
END_TEST

/* However text is put together: one between words, none around them. */
START_TEST(blanks_are_one)
{
	struct page p;
	FILE *out;

	page_open(&p);
	out = rst_open(p.w);
	rst_text(out, "  two   words \n\t ");
	rst_text(out, "  and ");
	rst_text(out, " ");
	rst_code(out, "code");
	rst_text(out, "  ");
	rst_close(p.w);
	rst_title(p.w, 1, "  A   long   title ");
	rst_title(p.w, 2, " 1.  item");
	page_is(&p, "two words and ``code``\n\n"
		    "A long title\n============\n\n"
		    "1\\. item\n--------\n");
}
END_TEST

START_TEST(lines_are_broken_before_column_80)
{
	struct page p;
	const char *line;
	FILE *out;

	page_open(&p);
	out = rst_open(p.w);
	for (int i = 0; i < 40; i++)
		rst_text(out, "words of some length ");
	rst_close(p.w);
	line = page_text(&p);
	while (*line) {
		size_t length = strcspn(line, "\n");

		ck_assert_uint_le(length, 80);
		ck_assert_uint_gt(length, 0);
		ck_assert_int_ne(line[length - 1], ' ');
		line += length + 1;
	}
	free(p.text);
}
END_TEST

START_TEST(table_is_drawn)
{
	static const int widths[] = { 8, 8, 8 };
	struct rst_table *t = rst_table_new(3, widths);
	struct page p;
	struct rst *cell;

	page_open(&p);
	rst_table_row(t);
	rst_table_text(t, "One");
	rst_table_text(t, "Two");
	rst_table_text(t, "Three");
	rst_table_head(t);
	rst_table_row(t);
	rst_literal(rst_table_cell(t, 2, 1), "  a\n b\n");
	rst_table_text(t, "\xe4\xb8\xad");
	rst_table_text(t, "-");
	rst_table_row(t);
	cell = rst_table_cell(t, 1, 2);
	rst_text(rst_open(cell), "one two three four five");
	rst_close(cell);
	rst_table_end(t, p.w);
	page_is(&p, "+-------+-----+--------------+\n"
		    "| One   | Two | Three        |\n"
		    "+=======+=====+==============+\n"
		    "| ::    | \xe4\xb8\xad  | \\-           |\n"
		    "|       +-----+--------------+\n"
		    "|     a | one two three four |\n"
		    "|    b  | five               |\n"
		    "+-------+--------------------+\n");
}
END_TEST

/* A cell of two rows needs no room that the first of them has already. */
START_TEST(rows_are_no_higher_than_they_must)
{
	static const int widths[] = { 8, 8 };
	struct rst_table *t = rst_table_new(2, widths);
	struct page p;

	page_open(&p);
	rst_table_row(t);
	rst_literal(rst_table_cell(t, 2, 1), "a\nb\n");
	rst_table_text(t, "first second third");
	rst_table_row(t);
	rst_table_text(t, "last");
	rst_table_end(t, p.w);
	page_is(&p, "+-----+--------+\n"
		    "| ::  | first  |\n"
		    "|     | second |\n"
		    "|   a | third  |\n"
		    "|   b +--------+\n"
		    "|     | last   |\n"
		    "+-----+--------+\n");
}
END_TEST

/* ---- the pages of a catalogue -------------------------------------------- */

static struct catalog *cat;
static struct report_set set;

static void setup_cases(void)
{
	setup_dir();
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
	set = (struct report_set){ .cat = cat, .rules = rules_for("latest") };
	set.reports = calloc(1000, sizeof(*set.reports));
	for_each_family(cat, f) {
		for_each_case(f, c)
			set.reports[set.nr++] = report_run(cat, c, set.rules);
	}
}

static void teardown_cases(void)
{
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	free(set.reports);
	catalog_free(cat);
	teardown_dir();
}

static void emit_to_dir(enum rst_flavour flavour)
{
	struct emit_opts opts = { .flavour = flavour };
	struct files *files = files_new();

	emit_rst(&set, &opts, files);
	ck_assert_int_eq(files_write(files, dir, stderr), 0);
	files_free(files);
}

static char *read_file(const char *name)
{
	char command[256];
	int status;
	char *text;

	snprintf(command, sizeof(command), "cat %s/%s", dir, name);
	text = read_command(command, &status);
	ck_assert_int_eq(status, 0);
	return text;
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what), "no %s in:\n%.2000s", what, text);
}

static void has_label(const char *page, const char *id)
{
	char label[128];

	snprintf(label, sizeof(label), "\n.. _vma-case-%s:\n", id);
	has(page, label);
}

/* One of everything that the case has. Locks and roles by the mail. */
static const char *const partial_says[] = {
	"title\tMerge left partial\n",
	"paragraph\texisting-merge-left-partial\n",
	"paragraph\tvma_merge_existing_range()\n",
	"paragraph\t2 -> 2\n",
	"paragraph\tmmap; VMA middle, prev; rmap anon_vma\n",
	"paragraph\tSet prev VMA range [prev->vm_start, end)\n",
	"paragraph\tpartial overwrite\n",
	"paragraph\t[32, 37)\n",
	"|<---->|",
};

START_TEST(sphinx_pages_are_valid)
{
	char *said, *index;

	emit_to_dir(RST_SPHINX);
	said = read_pages();
	for (size_t i = 0; i < ARRAY_SIZE(partial_says); i++)
		has(said, partial_says[i]);
	has(said, "caption\tAfter step 1: prev [16, 32) is at [16, 24) in the "
		  "tree.\n");
	has(said, "alt\tVMAs: prev [16, 24), middle [24, 37); maple tree: "
		  "[16, 24) prev, [24, 37) middle\n");
	index = read_file("index.rst");
	for (size_t i = 0; i < set.nr; i++) {
		const char *id = set.reports[i]->c->id;
		char name[128];
		char *page;

		has(index, id);
		snprintf(name, sizeof(name), "%s.rst", id);
		page = read_file(name);
		has_label(page, id);
		free(page);
	}
	free(index);
	free(said);
}
END_TEST

/* All that the catalogue states of a case, and the moments between its steps. */
static const char partial_page[] =
	"\n"
	":Identifier: ``existing-merge-left-partial``\n"
	":Function: ``vma_merge_existing_range()``\n"
	":When: the range is a head, prev merges, no special flag is asked for and there\n"
	"       is enough memory\n"
	":Map count: 2 -> 2\n"
	":Locks: mmap; VMA middle, prev; rmap anon_vma\n"
	":Old number: 5 in the comment over ``vma_merge()`` to Linux 6.11\n"
	":Command: ``vmatlas show existing-merge-left-partial``\n"
	"\n"
	"Before and after\n"
	"================\n"
	"\n"
	".. vma-figure:: existing-merge-left-partial-0.svg\n"
	"   :alt: VMAs: prev [16, 24), middle [24, 37); maple tree: [16, 24) prev, [24, 37) middle\n"
	"   :caption: Before: prev: read; middle: read and write. The call: modify [24, 32), now read.\n"
	"\n"
	".. vma-figure:: existing-merge-left-partial-4.svg\n"
	"   :alt: VMAs: prev [16, 32), middle [32, 37); maple tree: [16, 32) prev, [32, 37) middle\n"
	"   :caption: After: VMAs and tree agree.\n"
	"\n"
	"Steps\n"
	"=====\n"
	"\n"
	"1. ``Set prev VMA range [prev->vm_start, end)``\n"
	"\n"
	"   .. vma-figure:: existing-merge-left-partial-1.svg\n"
	"      :alt: VMAs: prev [16, 32), middle [24, 37); maple tree: [16, 24) prev, [24, 37) middle\n"
	"      :caption: After step 1: prev [16, 32) is at [16, 24) in the tree.\n"
	"\n"
	"2. ``Set middle range [end, middle->vm_end)``\n"
	"\n"
	"   .. vma-figure:: existing-merge-left-partial-2.svg\n"
	"      :alt: VMAs: prev [16, 32), middle [32, 37); maple tree: [16, 24) prev, [24, 37) middle\n"
	"      :caption: After step 2: prev [16, 32) is at [16, 24) in the tree; middle [32, 37) is at [24, 37) in the tree.\n"
	"\n"
	"3. ``Overwrite prev, middle (partial) nodes in maple tree with prev``\n"
	"\n"
	"   .. vma-figure:: existing-merge-left-partial-3.svg\n"
	"      :alt: VMAs: prev [16, 32), middle [32, 37); maple tree: [16, 32) prev, [32, 37) middle\n"
	"      :caption: After step 3: VMAs and tree agree.\n"
	"\n"
	"Before Linux 6.15\n"
	"=================\n"
	"\n"
	"commit_merge() stored prev as soon as prev had its new range, and moved the\n"
	"start of middle only then, so that for a moment the tree was ahead of middle.\n"
	"\n"
	"1. ``Set prev VMA range [prev->vm_start, end)``\n"
	"2. ``Overwrite prev, middle (partial) nodes in maple tree with prev``\n"
	"3. ``Set middle range [end, middle->vm_end)``\n"
	"\n"
	"Outcome\n"
	"=======\n"
	"\n"
	".. table:: Ranges in pages\n"
	"   :widths: auto\n"
	"\n"
	"   +--------+-------------------+----------+----------+\n"
	"   | VMA    | Role              | Before   | After    |\n"
	"   +========+===================+==========+==========+\n"
	"   | prev   | extend            | [16, 24) | [16, 32) |\n"
	"   +--------+-------------------+----------+----------+\n"
	"   | middle | partial overwrite | [24, 37) | [32, 37) |\n"
	"   +--------+-------------------+----------+----------+\n"
	"\n"
	"System calls\n"
	"============\n"
	"\n"
	"``mprotect()``, ``pkey_mprotect()``, ``madvise()``, ``process_madvise()``,\n"
	"``mlock()``, ``mlock2()``, ``munlock()``, ``mbind()``,\n"
	"``set_mempolicy_home_node()``, ``mseal()``, ``prctl()``, ``ioctl_userfaultfd()``\n"
	"\n"
	"What a concurrent reader can see\n";

static const char inner_facts[] =
	"\n"
	":Identifier: ``change-inner``\n"
	":Function: ``vma_modify()``\n"
	":Composed of: :ref:`split-new-below <vma-case-split-new-below>`, then\n"
	"              :ref:`split-new-above <vma-case-split-new-above>`\n"
	":When: the range is an inner part\n"
	":Map count: 1 -> 3\n"
	":Locks: mmap; VMA vma, new, new2; rmap anon_vma\n"
	":Command: ``vmatlas show change-inner``\n"
	"\n"
	"Before and after\n";

static const char splits_table[] =
	"\n"
	".. table:: Cases and their outcomes\n"
	"   :class: vma-cases\n"
	"   :widths: auto\n"
	"\n"
	"   +-----------------------------+---------------+--------+-------+-----------------+----------------+\n"
	"   | Case                        | Roles         | Map    | Steps | Locks           | Old            |\n"
	"   |                             |               | count  |       |                 | number         |\n"
	"   +=============================+===============+========+=======+=================+================+\n"
	"   | :ref:`split-new-below       | | vma: split  | 1 -> 2 | 4     | | mmap          | \\-             |\n"
	"   | <vma-case-split-new-below>` | | new: create |        |       | | VMA vma, new  |                |\n"
	"   |                             |               |        |       | | rmap anon_vma |                |\n"
	"   | ::                          +---------------+--------+-------+-----------------+----------------+\n"
	"   |                             | System calls: ``mprotect()``, ``pkey_mprotect()``, ``madvise()``, |\n"
	"   |       addr                  | ``process_madvise()``, ``mlock()``, ``mlock2()``, ``munlock()``,  |\n"
	"   |   |-----.-----|             | ``mbind()``, ``set_mempolicy_home_node()``, ``mseal()``,          |\n"
	"   |   | new .     |             | ``prctl()``, ``ioctl_userfaultfd()``, ``munmap()``, ``mmap()``,   |\n"
	"   |   |-----.-----|             | ``mremap()``, ``brk()``                                           |\n"
	"   |        vma                  |                                                                   |\n"
	"   +-----------------------------+---------------+--------+-------+-----------------+----------------+\n";

static const char splits_otherwise[] =
	"\n"
	".. toctree::\n"
	"   :hidden:\n"
	"\n"
	"   split-new-below\n"
	"   split-new-above\n"
	"\n"
	"Otherwise\n"
	"=========\n"
	"\n"
	"If it is none of the cases, it is one of these. Where an error is named, the\n"
	"operation fails with it; where none is, nothing merges.\n"
	"\n"
	"- ``no-room`` (-ENOMEM): split_vma() first compares the number of VMAs with\n"
	"  vm.max_map_count, and one more would be too many. munmap() and mmap() call\n"
	"  \\__split_vma() directly: they make sure in another way that the limit holds in\n"
	"  the end.\n"
	"\n"
	"  When there may be no more VMAs.\n"
	"\n"
	"- ``may-not-split`` (-EINVAL): The VMA has a may_split hook that refuses the\n"
	"  address: huge pages of hugetlbfs are not divided, nor is the mapping of a DAX\n"
	"  device inside its unit. \\__split_vma() asks that before it allocates anything.\n"
	"\n"
	"  When a split is refused and there may be one more VMA.\n"
	"\n"
	"- ``no-memory`` (-ENOMEM): There is no memory for the new VMA, its policy, its\n"
	"  links to the anon_vma or the nodes of the tree. \\__split_vma() allocates all\n"
	"  of it before it changes anything, so the VMA stays as it was.\n"
	"\n"
	"  When splits are allowed, there may be one more VMA and memory is short.\n";

START_TEST(pages_say_what_is_stated)
{
	char *page;

	emit_to_dir(RST_SPHINX);
	page = read_file("existing-merge-left-partial.rst");
	has(page, partial_page);
	free(page);
	page = read_file("change-inner.rst");
	has(page, inner_facts);
	free(page);
	page = read_file("split.rst");
	has(page, splits_table);
	has(page, splits_otherwise);
	free(page);
}
END_TEST

/* What else is to be said of these pages: test-kernel-pages.c. */
START_TEST(kernel_pages_are_valid)
{
	char *said;

	emit_to_dir(RST_KERNEL);
	said = read_pages();
	for (size_t i = 0; i < ARRAY_SIZE(partial_says); i++)
		has(said, partial_says[i]);
	/* By the mail: after the store, middle and next await their end. */
	has(said, "caption\tThe VMAs, and the slots of the maple tree. After "
		  "step 2: middle is not in the tree; next is not in the "
		  "tree.\n");
	has(said, "alt\tVMAs: prev [16, 40), middle [24, 32), next [32, 40); "
		  "maple tree: [16, 40) prev\n");
	free(said);
	for_each_family(cat, f) {
		char name[128];
		char *page;

		snprintf(name, sizeof(name), "%s.rst", f->name);
		page = read_file(name);
		for_each_case(f, c)
			has_label(page, c->id);
		free(page);
	}
}
END_TEST

/* Conditions, parts, earlier kernels and what else can happen. */
static const char *const new_keys_say[] = {
	"paragraph\tthe range is a head, prev merges, no special flag is asked "
	"for and there is enough memory\n",
	"\tBefore Linux 6.15",
	"paragraph\tmmap; VMA middle, prev, next; rmap anon_vma\n",
	"paragraph\tsplit-new-below, then split-new-above\n",
	"title\tOtherwise\n",
	"paragraph\tWhen the way is blocked.\n",
	"paragraph\tWhen one of these holds:\n",
};

START_TEST(new_keys_are_told)
{
	for (int flavour = RST_SPHINX; flavour <= RST_KERNEL; flavour++) {
		char *said;

		emit_to_dir((enum rst_flavour)flavour);
		said = read_pages();
		for (size_t i = 0; i < ARRAY_SIZE(new_keys_say); i++)
			has(said, new_keys_say[i]);
		free(said);
		teardown_dir();
		setup_dir();
	}
}
END_TEST

#define NASTY                                                                  \
	"- *star* `tick` |bar| a_ \\back :: <tag> \"quote\" .. dots \xc3\xa9 " \
	"\xe4\xb8\xad ends::"

/* What each flavour shows of names and system calls. */
static const char *const nasty_parts[][2] = {
	[RST_SPHINX] = { "line\t" NASTY ": extend\n",
			 "System calls: " NASTY "()" },
	[RST_KERNEL] = { "paragraph\t" NASTY "\nparagraph\textend\n",
			 "paragraph\t" NASTY "()\n" },
};

START_TEST(nasty_catalogue_comes_out_as_itself)
{
	static struct cat_text nasty_text = { .text = NASTY };
	static const struct cat_claim claim = {
		.says = { .text = NASTY },
		.twice = { &nasty_text, 1 },
	};
	struct report *r = set.reports[0];
	struct cat_family family = *r->c->family;
	struct cat_case c = *r->c;
	char *said;
	size_t nr;

	family.title = family.intro = NASTY;
	c.family = &family;
	c.title.text = c.summary.text = NASTY;
	c.syscalls = (struct cat_texts){ &nasty_text, 1 };
	c.claim = (struct cat_claim *)&claim;
	r->c = &c;
	r->roles[0].name = NASTY;
	r->steps[0].text = NASTY;
	nr = set.nr;
	set.nr = 1;
	for (int flavour = RST_SPHINX; flavour <= RST_KERNEL; flavour++) {
		emit_to_dir((enum rst_flavour)flavour);
		said = read_pages();
		has(said, "title\t" NASTY "\n");
		has(said, "paragraph\t" NASTY "\n");
		has(said, nasty_parts[flavour][0]);
		has(said, nasty_parts[flavour][1]);
		free(said);
		teardown_dir();
		setup_dir();
	}
	set.nr = nr;
}
END_TEST

START_TEST(contradiction_is_told)
{
	struct cat_case c = *set.reports[0]->c;
	struct report *r;
	char *said;

	c.map_after++;
	r = report_run(cat, &c, set.rules);
	report_free(set.reports[0]);
	set.reports[0] = r;
	emit_to_dir(RST_KERNEL);
	said = read_pages();
	has(said, "The simulator contradicts what the catalogue states.");
	has(said, "map_count");
	free(said);
}
END_TEST

/* ---- the suite ----------------------------------------------------------- */

Suite *suite_rst(void)
{
	Suite *s = suite_create("rst");
	TCase *writer = tcase_create("writer");
	TCase *pages = tcase_create("pages");

	tcase_add_checked_fixture(writer, setup_dir, teardown_dir);
	tcase_add_checked_fixture(pages, setup_cases, teardown_cases);
	tcase_set_timeout(writer, 60);
	tcase_set_timeout(pages, 60);
	tcase_add_test(writer, nasty_text_comes_out_as_itself);
	tcase_add_test(writer, random_text_comes_out_as_itself);
	tcase_add_test(writer, nasty_code_comes_out_as_itself);
	tcase_add_test(writer, plain_text_stays_plain);
	tcase_add_test(writer, titles_have_rules_of_their_length);
	tcase_add_test(writer, blanks_are_one);
	tcase_add_test(writer, lines_are_broken_before_column_80);
	tcase_add_test(writer, table_is_drawn);
	tcase_add_test(writer, rows_are_no_higher_than_they_must);
	tcase_add_test(pages, sphinx_pages_are_valid);
	tcase_add_test(pages, pages_say_what_is_stated);
	tcase_add_test(pages, kernel_pages_are_valid);
	tcase_add_test(pages, new_keys_are_told);
	tcase_add_test(pages, nasty_catalogue_comes_out_as_itself);
	tcase_add_test(pages, contradiction_is_told);
	suite_add_tcase(s, writer);
	suite_add_tcase(s, pages);
	return s;
}
