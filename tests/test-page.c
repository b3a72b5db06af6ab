// SPDX-License-Identifier: GPL-2.0-only
/*
 * "vmatlas check --against": the page that is kept for the kernel agrees, and what is
 * changed in it by hand is found where it was changed. Of pages that may be anything,
 * only that they do no harm.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/stream.h"
#include "tests.h"

#define PAGE "docs/patches/docs/vma_merge_split.rst"

/* ---- a page, changed ---------------------------------------------------------- */

static char *page_text(void)
{
	static char text[1 << 16];
	FILE *in = fopen(PAGE, "r");
	size_t len;

	ck_assert_ptr_nonnull(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	ck_assert(len > 1000 && len < sizeof(text) - 1);
	text[len] = '\0';
	return text;
}

/* The line of the page, from 1, in which a place is. */
static int line_of(const char *text, const char *at)
{
	int nr = 1;

	for (; text < at; text++)
		nr += *text == '\n';
	return nr;
}

static char name[TEMP_PATH];

/* Write a page; the fixture takes it away. */
static void put_page(const char *bytes, size_t len)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static void setup(void)
{
	close(temp_file(name));
}

static void teardown(void)
{
	remove(name);
}

/* Returns the exit status; what is printed is put into @said. */
static int check(const char *path, const char *options, char *said, size_t size)
{
	char command[256];
	size_t len;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command),
		 "${VMATLAS:-build/vmatlas} check --against %s %s 2>&1", path,
		 options);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(said, 1, size - 1, pipe);
	said[len] = '\0';
	while (fgetc(pipe) != EOF)
		;
	status = pclose(pipe);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char said[1 << 16];

START_TEST(kept_page_agrees)
{
	ck_assert_msg(!check(PAGE, "", said, sizeof(said)), "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "10 cases agree"));
	/* The store came before the second range then, and prev was locked first. */
	ck_assert_int_eq(check(PAGE, "--rules 6.12", said, sizeof(said)), 1);
	ck_assert_ptr_nonnull(strstr(said, "3 lines disagree"));
}
END_TEST

/* ---- what is broken is found ---------------------------------------------------- */

/*
 * In the section with this title, the first text like this becomes another one.
 * @says is what is said of the line of @at, or of the section if that is NULL.
 */
static const struct {
	const char *section;
	const char *text;
	const char *by;
	const char *says;
	int down; /* how many lines below it is found */
} breaks[] = {
	{ "Merge both\n", "********", "*******-",
	  ": existing-merge-both: picture: " },
	{ "Merge both\n", "extend  delete  delete", "extend  delete  shrink",
	  ": existing-merge-both: picture: " },
	{ "Merge both\n", "prev), rmap\n",
	  "prev), rmap\n:Roles: prev: extend, middle: shrink, next: delete\n",
	  ": existing-merge-both: Roles: ", 1 },
	{ "Merge both\n", "5. Detach next VMA\n", "",
	  ": existing-merge-both: number of a step: " },
	{ "Merge left full\n", "2. Overwrite prev, middle entries",
	  "2. Overwrite middle entries",
	  ": existing-merge-left-full: step 2: " },
	{ "Merge left partial\n", "prev), rmap\n",
	  "prev), rmap\n:Function: vma_merge_new_range()\n",
	  ": existing-merge-left-partial: Function: ", 1 },
	{ "Merge left partial\n", "2. Set middle range", "2. Set prev range",
	  ": existing-merge-left-partial: step 2: " },
	{ "Merge right full\n", "(middle, next)", "(next, middle)",
	  ": existing-merge-right-full: Locks: " },
	{ "Merge right full\n", ", rmap\n", "\n",
	  ": existing-merge-right-full: Locks: " },
	{ "Merge right partial\n", "next), rmap\n",
	  "next), rmap\n:VMAs: 2 before, 1 after\n",
	  ": existing-merge-right-partial: VMAs: ", 1 },
	{ "Merge right partial\n", "middle     next", "next     middle",
	  ": existing-merge-right-partial: picture: " },
	{ "Merge both sides of a new range\n", ":Locks: mmap, ",
	  ":Locks: ", ": new-merge-both: Locks: " },
	{ "Merge a new range to the left\n",
	  ":Locks:", ":Lock:", ": new-merge-left: field: " },
	{ "Merge a new range to the left\n", "extended prev\n",
	  "extended prev\n3. Free prev VMA\n",
	  ": new-merge-left: step 3: ", 1 },
	{ "Merge a new range to the right\n", "[start, next->vm_end)",
	  "[start, end)", ": new-merge-right: step 1: " },
	{ "Split new below\n", "| new .     |", "|     . new |",
	  ": split-new-below: picture: " },
	{ "Split new below\n", "4. Partially overwrite", "4. Overwrite",
	  ": split-new-below: step 4: " },
	{ "Split new above\n", "addr, vma->vm_end)", "addr, vma->vm_start)",
	  ": split-new-above: step 2: " },
	{ "Split new above\n", ":Locks: mmap, VMA (vma, new), rmap\n", "",
	  ": split-new-above: Locks: nothing", -11 },
};

START_TEST(break_is_found)
{
	const char *page = page_text(), *section, *at;
	char where[128], *text;
	size_t size;
	FILE *out;

	snprintf(where, sizeof(where), "\n%s---", breaks[_i].section);
	section = strstr(page, where);
	ck_assert_ptr_nonnull(section);
	at = strstr(section, breaks[_i].text);
	ck_assert_ptr_nonnull(at);
	out = stream_open(&text, &size);
	fwrite(page, 1, (size_t)(at - page), out);
	fputs(breaks[_i].by, out);
	fputs(at + strlen(breaks[_i].text), out);
	stream_close(out);
	put_page(text, size);
	free(text);
	ck_assert_int_eq(check(name, "", said, sizeof(said)), 1);
	snprintf(where, sizeof(where), "%s:%d%s", name,
		 line_of(page, at) + breaks[_i].down, breaks[_i].says);
	ck_assert_msg(strstr(said, where), "no '%s' in:\n%s", where, said);
}
END_TEST

/* Each section away, and each twice. */
START_TEST(section_is_missed)
{
	const char *page = page_text(), *at = page;
	char *text;
	size_t size;
	FILE *out;
	int nr = _i / 2;

	for (int i = 0; i <= nr; i++)
		at = strstr(at + 1, ":Locks:");
	while (strncmp(at, "\n---", 4) != 0)
		at--;
	out = stream_open(&text, &size);
	if (_i % 2) {
		fputs(page, out);
		while (at[-1] != '\n')
			at--;
		fprintf(out, "\n%.*s\n", (int)strcspn(at, ":"), at);
	} else {
		fprintf(out, "%.*sx%s", (int)(at - page), page, at);
	}
	stream_close(out);
	put_page(text, size);
	free(text);
	ck_assert_int_eq(check(name, "", said, sizeof(said)), 1);
	ck_assert_msg(strstr(said, ": section: "), "%s", said);
}
END_TEST

/* A hand may break lines, fill pictures with other space, and write around it. */
START_TEST(other_words_agree)
{
	char *page = page_text(), *at;
	char *text;
	size_t size;
	FILE *out = stream_open(&text, &size);

	at = strstr(page, "entries in maple tree with prev\n");
	fprintf(out, "%.*snodes\n   in maple  tree\n   with prev  \n",
		(int)(at - page), page);
	fputs(at + strlen("entries in maple tree with prev\n"), out);
	fputs("\nMerge nothing\n-------------\n\n1. Step\n\n:Field: x\n", out);
	stream_close(out);
	put_page(text, size);
	free(text);
	ck_assert_msg(!check(name, "", said, sizeof(said)), "%s", said);
}
END_TEST

/* ---- pages that are none --------------------------------------------------------- */

START_TEST(no_page_does_harm)
{
	const char *page = page_text();
	size_t len = strlen(page);
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	srand((unsigned int)_i);
	memcpy(bytes, page, len);
	for (int i = 0; i < 1 + _i * 7; i++)
		bytes[(size_t)rand() % len] = (char)rand();
	put_page(bytes, _i % 3 ? len : (size_t)rand() % len);
	free(bytes);
	for (int json = 0; json < 2; json++) {
		int status = check(name, json ? "--format json" : "", said,
				   sizeof(said));

		ck_assert_msg(status == 0 || status == 1, "%d: %s", status,
			      said);
		for (const char *c = said; *c; c++)
			ck_assert(*c >= ' ' || *c == '\n' || *c < 0);
	}
}
END_TEST

static const struct {
	const char *args;
	int status;
	const char *says;
} others[] = {
	{ "/dev/null", 1, "10 lines disagree" },
	{ "README.md", 1, "10 lines disagree" },
	{ "/dev/zero", 2, "more than 1 MiB" },
	{ "/no/such/page.rst", 2, "No such file" },
	{ "/", 2, "Is a directory" },
	{ PAGE " --tap", 2, "no TAP or XML of a page" },
	{ PAGE " catalog/split.yaml", 2, "no case 'existing-merge-both'" },
	{ PAGE " --format json", 0, "\"agrees\": true" },
	{ PAGE " --format json --rules 6.12", 1, "\"what\": \"step 2\"" },
};

START_TEST(other_files)
{
	ck_assert_int_eq(check(others[_i].args, "", said, sizeof(said)),
			 others[_i].status);
	ck_assert_msg(strstr(said, others[_i].says), "no '%s' in:\n%s",
		      others[_i].says, said);
}
END_TEST

Suite *suite_page(void)
{
	Suite *s = suite_create("page");
	TCase *tc = tcase_create("page");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, kept_page_agrees);
	tcase_add_loop_test(tc, break_is_found, 0, ARRAY_SIZE(breaks));
	tcase_add_loop_test(tc, section_is_missed, 0, 20);
	tcase_add_test(tc, other_words_agree);
	tcase_add_loop_test(tc, no_page_does_harm, 0, 30);
	tcase_add_loop_test(tc, other_files, 0, ARRAY_SIZE(others));
	suite_add_tcase(s, tc);
	return s;
}
