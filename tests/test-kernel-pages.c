// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the pages for Documentation/mm: the rules of that place, and that
 * they hold together. What they say is tested where the pages for our own site
 * are. That a kernel tree builds them is tested by tests/kernel-docs.py, of
 * which only the refusals are here.
 */
#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit/rst-page.h"
#include "emit/emit.h"
#include "tests.h"

/* ---- the pages --------------------------------------------------------------- */

enum { MAX_PAGES = 64 };

struct page {
	char *name;
	char *text;
};

static char dir[TEMP_PATH];
static struct catalog *cat;
static struct report_set set;
static struct page pages[MAX_PAGES];
static size_t nr_pages;

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

static void forget_pages(void)
{
	for (size_t i = 0; i < nr_pages; i++) {
		free(pages[i].name);
		free(pages[i].text);
	}
	nr_pages = 0;
}

static void tear_down(void)
{
	char command[128];

	forget_pages();
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	free(set.reports);
	catalog_free(cat);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static void read_page(const char *name)
{
	char command[512];
	int status;

	ck_assert_uint_lt(nr_pages, MAX_PAGES);
	snprintf(command, sizeof(command), "cat '%s/pages/%s'", dir, name);
	pages[nr_pages].name = strdup(name);
	pages[nr_pages++].text = run(command, &status);
	ck_assert_int_eq(status, 0);
}

/* The common form, with neither, is there from the beginning. */
static void emit(const char *terms, bool inline_dot)
{
	struct emit_opts opts = { RST_KERNEL, terms, inline_dot };
	struct files *files;
	struct dirent *entry;
	char place[128];
	DIR *list;

	snprintf(place, sizeof(place), "%s/pages", dir);
	if (nr_pages)
		ck_assert_int_eq(unlink(place), 0);
	files = files_new();
	emit_rst(&set, &opts, files);
	ck_assert_int_eq(files_write(files, place, stderr), 0);
	files_free(files);
	forget_pages();
	list = opendir(place);
	ck_assert_ptr_nonnull(list);
	while ((entry = readdir(list)))
		if (entry->d_name[0] != '.')
			read_page(entry->d_name);
	closedir(list);
}

static void setup(void)
{
	set_up();
	emit(NULL, false);
}

/* A directory for each test, with what is common to them. */
static void enter(void)
{
	char pages_of_all[80];

	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/%d", getpid());
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	snprintf(pages_of_all, sizeof(pages_of_all), "%s/pages", dir);
	ck_assert_int_eq(symlink("../pages", pages_of_all), 0);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

#define for_each_page(p, end)                                                  \
	for (const struct page *p = pages; p < pages + nr_pages; p++)          \
		if (ends_with(p->name, end))

static const struct page *page_named(const char *name)
{
	for (size_t i = 0; i < nr_pages; i++)
		if (!strcmp(pages[i].name, name))
			return &pages[i];
	return NULL;
}

static bool anywhere(const char *what)
{
	for (size_t i = 0; i < nr_pages; i++)
		if (strstr(pages[i].text, what))
			return true;
	return false;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

/* ---- the rules of the place -------------------------------------------------- */

START_TEST(lines_are_narrow)
{
	for_each_page(p, ".rst")
	{
		const char *line = p->text;

		while (*line) {
			size_t length = strcspn(line, "\n");

			ck_assert_msg(length <= 80, "%s: %.*s", p->name,
				      (int)length, line);
			line += length + (line[length] == '\n');
		}
	}
}
END_TEST

START_TEST(beginnings_are_as_they_should)
{
	ck_assert_uint_gt(nr_pages, 8);
	for_each_page(p, ".rst")
	{
		static const char begin[] =
			".. SPDX-License-Identifier: GPL-2.0\n\n"
			".. NOTE: This document was auto-generated from ";

		ck_assert_msg(!strncmp(p->text, begin, strlen(begin)), "%s",
			      p->name);
		ck_assert_msg(!!strstr(p->text, "--flavour"), "%s", p->name);
	}
	for_each_page(p, ".dot")
	{
		static const char begin[] =
			"// SPDX-License-Identifier: GPL-2.0\n"
			"// NOTE: This graph was auto-generated by \"vmatlas ";

		ck_assert_msg(!strncmp(p->text, begin, strlen(begin)), "%s",
			      p->name);
	}
}
END_TEST

START_TEST(characters_are_plain)
{
	for (size_t i = 0; i < nr_pages; i++) {
		for (const char *c = pages[i].text; *c; c++)
			ck_assert_msg(*c == '\n' || (*c >= ' ' && *c <= '~'),
				      "%s: %.20s", pages[i].name, c);
		ck_assert_msg(!strstr(pages[i].text, " \n"), "%s",
			      pages[i].name);
	}
}
END_TEST

static void nowhere(const char *pattern)
{
	regex_t re;

	ck_assert_int_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE), 0);
	for (size_t i = 0; i < nr_pages; i++) {
		regmatch_t m;
		const char *text = pages[i].text;

		if (!regexec(&re, text, 1, &m, 0))
			ck_abort_msg("%s: '%.60s'", pages[i].name,
				     text + m.rm_so);
	}
	regfree(&re);
}

/* No date, directory or version of a tool; nothing that only our site has. */
START_TEST(nothing_of_this_machine_is_in_them)
{
	static const char *const patterns[] = {
		"(^|[^0-9a-f])20[0-9][0-9]-[0-9]",
		"[0-9]:[0-9][0-9]:[0-9][0-9] ",
		"/(tmp|home|usr|root|work|build)/",
		"[Gg]raphviz",
		"[Ss]phinx",
		"\\.\\. container::",
		":class:",
		"-(begin|end)( |$)",
		"docs/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		nowhere(patterns[i]);
}
END_TEST

/* Whatever the surroundings: a width, a language, a time, a directory. */
START_TEST(bytes_are_the_same_everywhere)
{
	static const char script[] =
		"v=$(realpath \"${VMATLAS:-build/vmatlas}\"); c=$PWD/catalog; "
		"cd '%s' && "
		"\"$v\" emit rst --flavour kernel --catalog \"$c\" -o a && "
		"mkdir sub && cp \"$c\"/*.yaml sub && "
		"COLUMNS=40 LC_ALL=C.UTF-8 TZ=Asia/Tokyo HOME=/nowhere "
		"\"$v\" emit rst --flavour kernel --catalog sub -o b && "
		"diff -r a b && diff -r a pages 2>&1";
	char command[1024];
	char *said;
	int status;

	snprintf(command, sizeof(command), script, dir);
	said = run(command, &status);
	ck_assert_msg(status == 0 && !*said, "%.1000s", said);
	free(said);
}
END_TEST

/* ---- figures ------------------------------------------------------------------- */

static void dot_accepts(const char *select)
{
	char command[256];
	char *said;
	int status;

	snprintf(command, sizeof(command),
		 "%s %s/pages/* | ${DOT:-dot} -Tsvg 2>&1 >/dev/null", select,
		 dir);
	said = run(command, &status);
	ck_assert_msg(status == 0 && !*said, "dot says: %.1000s", said);
	free(said);
}

START_TEST(every_figure_has_its_file)
{
	static const char directive[] = "\n.. kernel-figure:: ";
	size_t nr_files = 0, nr_figures = 0;

	for_each_page(p, ".rst")
	{
		const char *at = p->text;

		while ((at = strstr(at, directive))) {
			char name[128];

			at += strlen(directive);
			snprintf(name, sizeof(name), "%.*s",
				 (int)strcspn(at, "\n"), at);
			ck_assert_msg(!!page_named(name), "no %s", name);
			at += strlen(name);
			ck_assert_msg(!strncmp(at, "\n   :alt: ", 10), "%.60s",
				      at);
			nr_figures++;
		}
	}
	for_each_page(p, ".dot")
	{
		ck_assert_msg(count(p->text, "digraph") == 1, "%s", p->name);
		nr_files++;
	}
	/* One for a family and one for the reader at most. */
	ck_assert_uint_eq(nr_files, nr_figures);
	ck_assert_uint_gt(nr_files, 1);
	ck_assert_uint_le(nr_files, cat->nr_families + 1);
	dot_accepts("sed -n '/^digraph/,/^}/p'");
}
END_TEST

START_TEST(graphs_can_be_in_the_pages)
{
	size_t nr = 0;

	emit(NULL, true);
	for_each_page(p, ".dot") ck_abort_msg("%s is a file", p->name);
	ck_assert(!anywhere("kernel-figure"));
	for_each_page(p, ".rst") nr +=
		count(p->text, "\n.. kernel-render:: DOT\n   :alt: ");
	ck_assert_uint_gt(nr, 1);
	dot_accepts("sed -n '/^   digraph/,/^   }/p'");
}
END_TEST

/* ---- references ------------------------------------------------------------------ */

/* The label at a reference, with or without a text of its own before it. */
static void label_at(const char *at, char label[512])
{
	size_t length = strcspn(at, "`");
	char text[512], *begin;

	ck_assert_uint_lt(length, sizeof(text));
	snprintf(text, sizeof(text), "%.*s", (int)length, at);
	begin = strchr(text, '<');
	begin = begin ? begin + 1 : text;
	begin[strcspn(begin, ">")] = '\0';
	memmove(label, begin, strlen(begin) + 1);
}

static size_t nr_labels(const char *label)
{
	char line[600];
	size_t nr = 0;

	snprintf(line, sizeof(line), "\n.. _%s:\n", label);
	for_each_page(p, ".rst") nr += count(p->text, line);
	return nr;
}

START_TEST(every_reference_has_its_label)
{
	size_t nr = 0;

	for_each_page(p, ".rst")
	{
		const char *at = p->text;

		while ((at = strstr(at, ":ref:`"))) {
			char label[512];

			at += strlen(":ref:`");
			label_at(at, label);
			ck_assert_msg(nr_labels(label) == 1, "%s: %zu of %s",
				      p->name, nr_labels(label), label);
			nr++;
		}
	}
	ck_assert_uint_gt(nr, set.nr);
}
END_TEST

/* They are known in the whole of Documentation. */
START_TEST(labels_are_unique_and_ours)
{
	for_each_page(p, ".rst")
	{
		const char *at = p->text;

		while ((at = strstr(at, "\n.. _"))) {
			char label[128];

			at += strlen("\n.. _");
			snprintf(label, sizeof(label), "%.*s",
				 (int)strcspn(at, ":"), at);
			ck_assert_msg(!strncmp(label, "vma-", 4), "%s", label);
			ck_assert_msg(nr_labels(label) == 1, "%s", label);
		}
	}
}
END_TEST

START_TEST(every_page_is_in_the_index)
{
	const struct page *index;

	index = page_named("index.rst");
	ck_assert_ptr_nonnull(index);
	ck_assert(strstr(index->text, ".. toctree::\n   :maxdepth: 1\n\n"));
	for_each_page(p, ".rst")
	{
		char entry[128];

		if (p == index)
			continue;
		snprintf(entry, sizeof(entry), "\n   %.*s\n",
			 (int)strlen(p->name) - 4, p->name);
		ck_assert_msg(count(index->text, entry) == 1, "%s", entry);
	}
}
END_TEST

/* Roles, and what "When" and the tables say, in the order of the page. */
START_TEST(terms_are_explained)
{
	static const char *const terms[] = {
		"extend",
		"delete",
		"shrink",
		"partial overwrite",
		"split",
		"create",
		"VMA",
		"maple tree",
		"map count",
		"detached",
		"start, end, addr",
		"special flag",
		"the mail",
		"surroundings",
		"distinct reads",
		"mmap lock",
		"VMA lock",
		"rmap lock",
		"prev merges, next merges",
		"the sides agree",
		"middle may go, next may go",
		"both sides are asked",
		"splits are allowed",
		"there may be one more VMA",
		"head, tail, inner part",
		"memory is short",
		"the merge may be given up",
	};
	const char *at = strstr(page_named("index.rst")->text,
				"\nTerms and pictures\n==================\n");

	for (size_t i = 0; i < ARRAY_SIZE(terms); i++) {
		char term[64];

		snprintf(term, sizeof(term), "\n:%s: ", terms[i]);
		at = at ? strstr(at, term) : NULL;
		ck_assert_msg(at, "no '%s'", terms[i]);
	}
	ck_assert(strstr(page_named("index.rst")->text,
			 " stays as it is.\n\n"
			 ":extend: it grows\n"
			 ":delete: it is removed\n"
			 ":shrink: its vm_end goes down\n"
			 ":partial overwrite: its vm_start goes up\n"
			 ":split: it is divided, and keeps one part\n"
			 ":create: it was not there before\n\n"));
}
END_TEST

/* A tree whose page on the locks is a stub must not be linked to. */
START_TEST(locks_are_linked_only_if_asked)
{
	ck_assert(!anywhere(":doc:"));
	ck_assert(!anywhere("process_addrs"));
	emit("../process_addrs", false);
	ck_assert(anywhere(":doc:`mmap lock <../process_addrs>`"));
	ck_assert(anywhere(":doc:`VMA lock <../process_addrs>`"));
	ck_assert(anywhere(":doc:`rmap lock <../process_addrs>`"));
	ck_assert(anywhere("--terms ../process_addrs"));
}
END_TEST

/* ---- functions in text ------------------------------------------------------------ */

static void written_as(enum rst_flavour flavour, const char *text,
		       const char *expected)
{
	struct rst_pages common = { .flavour = flavour };
	char *written;
	size_t size;
	FILE *out = open_memstream(&written, &size);
	struct rst *w = rst_new(out);

	rst_page_text(&common, rst_open(w), text);
	rst_close(w);
	rst_free(w);
	fclose(out);
	written[strlen(written) - 1] = '\0';
	ck_assert_str_eq(written, expected);
	free(written);
}

START_TEST(functions_are_in_the_notation_of_the_kernel)
{
	written_as(RST_KERNEL, "vma_merge() is static.",
		   ":c:func:`!vma_merge` is static.");
	written_as(RST_KERNEL, "as a() and (b()), or c().",
		   "as :c:func:`!a` and (:c:func:`!b`), or :c:func:`!c`.");
	written_as(RST_KERNEL, "mmap()/mremap()",
		   ":c:func:`!mmap`/:c:func:`!mremap`");
	/* docutils would not take these for roles, and some are no functions. */
	written_as(RST_KERNEL, "vm_ops->close() and 7z() and x(1)",
		   "vm_ops->close() and 7z() and x(1)");
	written_as(RST_KERNEL, "f()or g()", "f()or :c:func:`!g`");
	written_as(RST_SPHINX, "vma_merge() is static.",
		   "vma_merge() is static.");
}
END_TEST

/* docutils reads what was written as what it was. */
START_TEST(functions_come_out_as_themselves)
{
	static const char text[] =
		"a() (b()) c(), d(); \"e()\" 'f()' g()/h() -i() *j() k()* "
		"`l()` m()_ _n() o->p() q.r() s()t u()- v()? |w() x()| y()()";
	struct cat_case c = *set.reports[0]->c;
	const struct cat_case *old = set.reports[0]->c;
	char command[256], expected[256];
	char *said;
	int status;

	c.summary = text;
	set.reports[0]->c = &c;
	emit(NULL, false);
	set.reports[0]->c = old;
	snprintf(command, sizeof(command),
		 "${PYTHON:-/usr/bin/python3} tests/rst-read.py "
		 "%s/pages/existing.rst 2>&1",
		 dir);
	said = run(command, &status);
	ck_assert_msg(status == 0, "docutils says: %.1000s", said);
	snprintf(expected, sizeof(expected), "paragraph\t%s\n", text);
	ck_assert_msg(!!strstr(said, expected), "not in:\n%.2000s", said);
	free(said);
}
END_TEST

/* ---- the option --------------------------------------------------------------------- */

static int emit_status(const char *args)
{
	char command[512];
	char *said;
	int status;

	snprintf(command, sizeof(command),
		 "${VMATLAS:-build/vmatlas} emit rst %s -o %s/out 2>&1", args,
		 dir);
	said = run(command, &status);
	free(said);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(options_are_judged)
{
	ck_assert_int_eq(emit_status("--flavour kernel --terms ../x"), 0);
	ck_assert_int_eq(emit_status("--flavour kernel --terms 'a`b'"), 2);
	ck_assert_int_eq(emit_status("--flavour kernel --terms ''"), 2);
	ck_assert_int_eq(emit_status("--flavour kernel --terms 'a b'"), 2);
	ck_assert_int_eq(emit_status("--terms ../x"), 2);
	ck_assert_int_eq(emit_status("--flavour kernel --dot both"), 2);
	ck_assert_int_eq(emit_status("--dot inline"), 2);
}
END_TEST

/* ---- in a kernel tree ------------------------------------------------------------------ */

/* Each makes a directory "tree"; what is said of it. */
static const struct {
	const char *make;
	const char *ksrc;
	const char *says;
} refused[] = {
	{ ":", "nowhere", "there is no such file or directory" },
	{ "mkdir tree", "tree", "not a kernel tree" },
	{ "printf 'VERSION = 6\\nPATCHLEVEL = 11\\n' >tree", "tree",
	  "not a tarball, or cut short" },
	{ "mkdir tree; printf 'VERSION = 6\\nPATCHLEVEL = 11\\n' "
	  ">tree/Makefile",
	  "tree", "Linux 6.11, but mm/vma.c" },
	{ "mkdir tree; printf 'VERSION = 6\\nPATCHLEVEL = 12\\n' "
	  ">tree/Makefile",
	  "tree", "Documentation is missing; known are Linux 6.12 and later" },
	{ "mkdir -p tree/include tree/mm tree/scripts tree/Documentation/mm; "
	  "touch tree/Documentation/Makefile tree/Documentation/conf.py; "
	  "printf 'VERSION = 6\\nPATCHLEVEL = 12\\n' >tree/Makefile",
	  "tree", "Documentation/mm/index.rst is missing" },
	{ "mkdir tree; head -c 100000 /dev/zero >tree/x; "
	  "tar -cJf whole.tar.xz tree; head -c 100 whole.tar.xz >cut.tar.xz",
	  "cut.tar.xz", "not a tarball, or cut short" },
};

START_TEST(unusable_trees_are_refused)
{
	char command[1024];
	char *said;
	int status;

	snprintf(command, sizeof(command),
		 "root=$PWD; v=$(realpath \"${VMATLAS:-build/vmatlas}\"); "
		 "cd %s && { %s; } && "
		 "${PYTHON:-/usr/bin/python3} \"$root/tests/kernel-docs.py\" "
		 "--vmatlas \"$v\" --catalog \"$root/catalog\" --cache cache "
		 "%s 2>&1; echo \"status $?\"; ls -A cache",
		 dir, refused[_i].make, refused[_i].ksrc);
	said = run(command, &status);
	ck_assert_msg(!!strstr(said, refused[_i].says), "%s", said);
	ck_assert_msg(count(said, "\n") == 2, "more than a line: %s", said);
	ck_assert_msg(ends_with(said, "\nstatus 2\n"), "%s", said);
	free(said);
}
END_TEST

/* ---- from YAML --------------------------------------------------------------------------- */

START_TEST(pages_can_be_made_from_yaml)
{
	char *said;
	int status;

	said = run("${PYTHON:-/usr/bin/python3} tests/kernel-yaml.py "
		   "\"${VMATLAS:-build/vmatlas}\" 2>&1",
		   &status);
	ck_assert_msg(status == 0, "%.2000s", said);
	free(said);
}
END_TEST

/* ---- the suite ----------------------------------------------------------------------------- */

Suite *suite_kernel_pages(void)
{
	Suite *s = suite_create("kernel-pages");
	TCase *tc = tcase_create("kernel-pages");

	tcase_add_unchecked_fixture(tc, setup, tear_down);
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, lines_are_narrow);
	tcase_add_test(tc, beginnings_are_as_they_should);
	tcase_add_test(tc, characters_are_plain);
	tcase_add_test(tc, nothing_of_this_machine_is_in_them);
	tcase_add_test(tc, bytes_are_the_same_everywhere);
	tcase_add_test(tc, every_figure_has_its_file);
	tcase_add_test(tc, graphs_can_be_in_the_pages);
	tcase_add_test(tc, every_reference_has_its_label);
	tcase_add_test(tc, labels_are_unique_and_ours);
	tcase_add_test(tc, every_page_is_in_the_index);
	tcase_add_test(tc, terms_are_explained);
	tcase_add_test(tc, locks_are_linked_only_if_asked);
	tcase_add_test(tc, functions_are_in_the_notation_of_the_kernel);
	tcase_add_test(tc, functions_come_out_as_themselves);
	tcase_add_test(tc, options_are_judged);
	tcase_add_loop_test(tc, unusable_trees_are_refused, 0,
			    ARRAY_SIZE(refused));
	tcase_add_test(tc, pages_can_be_made_from_yaml);
	suite_add_tcase(s, tc);
	return s;
}
