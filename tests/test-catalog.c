// SPDX-License-Identifier: GPL-2.0-only
/*
 * The catalogue: what is shipped, and what is refused and in which words.
 *
 * A small bad file is a file in tests/bad that says in "# expect:" comments
 * which errors it must get; they are found by glob. What is too large or
 * too odd for that is made here.
 */
#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/internal.h"
#include "catalog/load.h"
#include "syscall/syscall.h"
#include "tests.h"

/* ---- helpers ---------------------------------------------------------- */

/* What loading @path complains about; NULL if it was loaded. */
static char *errors_about(const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&text, &len);
	struct catalog *cat = catalog_load(&path, 1, err);

	fclose(err);
	if (!cat) {
		ck_assert_uint_gt(len, 0);
		return text;
	}
	ck_assert_str_eq(text, "");
	free(text);
	catalog_free(cat);
	return NULL;
}

/* Loading bytes, named x.yaml, complains about exactly that. */
static void expect_bytes(const char *bytes, size_t len, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *err = open_memstream(&text, &size);

	ck_assert_ptr_null(catalog_load_bytes("x.yaml", bytes, len, err));
	fclose(err);
	ck_assert_str_eq(text, expected);
	free(text);
}

static void expect_text(const char *text, const char *expected)
{
	expect_bytes(text, strlen(text), expected);
}

static void expect_path(const char *path, const char *expected)
{
	char *got = errors_about(path);

	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, expected);
	free(got);
}

static char dir[TEMP_PATH];
static int root = -1;

static void make_dir(void)
{
	root = open(".", O_RDONLY | O_DIRECTORY);
	temp_dir(dir);
	ck_assert_int_eq(chdir(dir), 0);
}

static void drop_dir(void)
{
	static const char *const made[] = { "x.yaml", "pipe.yaml", "sub",
					    ".hidden.yaml" };

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		remove(made[i]);
	ck_assert_int_eq(fchdir(root), 0);
	close(root);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void write_repeated(const char *path, const char *text, size_t times)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	while (times--)
		fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* ---- bad files -------------------------------------------------------- */

static glob_t bad_files;

/* Those at which rules change: all but the oldest, and those of one series. */
static void print_versions(FILE *out)
{
	const char *comma = "";

	for (size_t i = 1; i < nr_rule_sets; i++) {
		if (rule_sets[i].only_series)
			continue;
		fprintf(out, "%s%s", comma, rule_sets[i].version);
		comma = ", ";
	}
	fputc('\n', out);
}

static void print_calls(FILE *out, bool modify)
{
	const char *comma = "";

	for (int kind = 1; kind < NR_CALLS; kind++) {
		if (modify ? !(syscall_rows[kind].ops & 1U << OP_MODIFY)
			   : !call_keys_of(kind))
			continue;
		fprintf(out, "%s%s", comma, syscall_name(kind));
		comma = ", ";
	}
	fputc('\n', out);
}

static void print_all_calls(FILE *out)
{
	print_calls(out, false);
}

static void print_modifying(FILE *out)
{
	print_calls(out, true);
}

/* What a line may end with, for what there is: a new one is no new error. */
static const struct {
	const char *name;
	void (*print)(FILE *out);
} lists[] = {
	{ "{versions}\n", print_versions },
	{ "{calls}\n", print_all_calls },
	{ "{calls that modify}\n", print_modifying },
};

static void print_expected(FILE *out, char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		char *list = strstr(text, lists[i].name);

		if (list) {
			*list = '\0';
			fputs(text, out);
			lists[i].print(out);
			return;
		}
	}
	fputs(text, out);
}

/* The errors that a file says it must get. */
static char *expected_of(const char *path)
{
	static const char mark[] = "# expect: ";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	ck_assert_ptr_nonnull(in);
	while (getline(&line, &room, in) > 0) {
		if (strncmp(line, mark, strlen(mark)))
			continue;
		fprintf(out, "%s:", path);
		print_expected(out, line + strlen(mark));
	}
	free(line);
	fclose(in);
	fclose(out);
	return text;
}

/* A loop over nothing would pass, too. */
START_TEST(bad_files_found)
{
	ck_assert_uint_gt(bad_files.gl_pathc, 150);
}
END_TEST

START_TEST(bad_file)
{
	const char *path = bad_files.gl_pathv[_i];
	char *expected = expected_of(path);
	char *got = errors_about(path);

	ck_assert_str_ne(expected, "");
	ck_assert_msg(got, "%s was loaded", path);
	ck_assert_str_eq(got, expected);
	free(expected);
	free(got);
}
END_TEST

/* ---- bytes ------------------------------------------------------------ */

/* A character above U+007F in UTF-8. */
static void encode(char *to, uint32_t c)
{
	int nr = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes that follow */

	*to++ = (char)((0xf0 << (3 - nr) & 0xf0) | c >> (6 * nr));
	while (nr--)
		*to++ = (char)(0x80 | (c >> (6 * nr) & 0x3f));
	*to = '\0';
}

START_TEST(empty)
{
	expect_text("", "x.yaml:1:1: file is empty, expected a mapping\n");
	expect_text("\n\n# nothing\n",
		    "x.yaml:1:1: file is empty, expected a mapping\n");
	expect_text("\xef\xbb\xbf",
		    "x.yaml:1:1: file is empty, expected a mapping\n");
	expect_text("---\n",
		    "x.yaml:2:1: the file is empty, expected a mapping\n");
}
END_TEST

START_TEST(invalid_utf8)
{
	static const struct {
		const char *text;
		const char *byte;
		const char *position;
	} bad[] = {
		{ "family: \xff\n", "\\xff", "1:9" },
		/* Columns are characters, and lines end as YAML has it. */
		{ "# \xc3\xa9\xc3\xa9\xc3\xa9\nabc\xc3(", "\\xc3", "2:4" },
		{ "a\r\nb\rc\n\x80", "\\x80", "4:1" },
		/* Too long, a surrogate, beyond Unicode, cut off. */
		{ "\xc0\x80", "\\xc0", "1:1" },
		{ "\xe0\x80\x80", "\\xe0", "1:1" },
		{ "\xed\xa0\x80", "\\xed", "1:1" },
		{ "\xf4\x90\x80\x80", "\\xf4", "1:1" },
		/* What begins no character. */
		{ "\xc1\x90\x80\x80", "\\xc1", "1:1" },
		{ "\xbf\x90\x80\x80", "\\xbf", "1:1" },
		{ "\xf8\x90\x80\x80", "\\xf8", "1:1" },
		{ "ab\xf0\x9f\x92", "\\xf0", "1:3" },
		/* UTF-16. */
		{ "\xff\xfe"
		  "a",
		  "\\xff", "1:1" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char expected[128];

		snprintf(
			expected, sizeof(expected),
			"x.yaml:%s: byte '%s' is not UTF-8, expected text in UTF-8\n",
			bad[i].position, bad[i].byte);
		expect_text(bad[i].text, expected);
	}
}
END_TEST

/* The first and the last character of each length. */
START_TEST(lengths_of_utf8)
{
	static const struct {
		const char *text;
		uint32_t c;
	} t[] = {
		{ "\x01", 1 },
		{ "\x7f", 0x7f },
		{ "\xc2\x80", 0x80 },
		{ "\xdf\xbf", 0x7ff },
		{ "\xe0\xa0\x80", 0x800 },
		{ "\xef\xbf\xbf", 0xffff },
		{ "\xf0\x90\x80\x80", 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		size_t len = strlen(t[i].text);
		uint32_t c = 0;

		ck_assert_uint_eq(utf8_char(t[i].text, len, &c), len);
		ck_assert_uint_eq(c, t[i].c);
		ck_assert_uint_eq(utf8_char(t[i].text, len - 1, &c), 0);
	}
}
END_TEST

START_TEST(control_characters)
{
	expect_text("family: a\x1b[2J",
		    "x.yaml:1:10: control character '\\x1b', expected text\n");
	expect_text("\x7f",
		    "x.yaml:1:1: control character '\\x7f', expected text\n");
	expect_bytes("a\0b", 3,
		     "x.yaml:1:2: control character '\\x00', expected text\n");
	expect_text("a: \"\\0\"", "x.yaml:1:4: character '\\x00' in text, "
				  "expected printable ones\n");
}
END_TEST

/* Between what is seen: on its own, in a comment, and as an escape. */
START_TEST(invisible_characters)
{
	static const uint32_t hidden[] = {
		0x00ad,	 0x034f,  0x061c,  0x115f,  0x1160, 0x17b4,  0x17b5,
		0x180b,	 0x180f,  0x200b,  0x200c,  0x200d, 0x200e,  0x200f,
		0x202a,	 0x202e,  0x2060,  0x2061,  0x2062, 0x2063,  0x2064,
		0x2066,	 0x2069,  0x206f,  0x3164,  0xfe00, 0xfe0f,  0xfeff,
		0xffa0,	 0xfff0,  0xfff9,  0xfffe,  0xffff, 0x1bca0, 0x1d17a,
		0xe0001, 0xe0041, 0xe007f, 0xe01ef,
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		char c[5], quoted[20] = "", text[32], expected[96];

		encode(c, hidden[i]);
		for (const char *s = c; *s; s++)
			sprintf(quoted + strlen(quoted), "\\x%02x",
				(unsigned char)*s);
		snprintf(expected, sizeof(expected),
			 "x.yaml:2:4: invisible character '%s', "
			 "expected text\n",
			 quoted);
		snprintf(text, sizeof(text), "\na: %sb\n", c);
		expect_text(text, expected);
		snprintf(text, sizeof(text), "\n# a%sb\n", c);
		expect_text(text, expected);
		snprintf(expected, sizeof(expected),
			 "x.yaml:1:4: character '%s' in text, "
			 "expected printable ones\n",
			 quoted);
		snprintf(text, sizeof(text), "a: \"\\U%08x\"", hidden[i]);
		expect_text(text, expected);
	}
}
END_TEST

/* Their neighbours, and what people write. */
START_TEST(visible_characters)
{
	static const uint32_t seen[] = {
		0x00a0, 0x00ac, 0x00ae, 0x00e9, 0x200a,	 0x2010,
		0x2027, 0x202f, 0x205f, 0x2070, 0x2192,	 0x6f22,
		0xfdff, 0xfe10, 0xfefe, 0xfffd, 0x1f600, 0xdffff,
	};

	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		char c[5], text[32];

		encode(c, seen[i]);
		snprintf(text, sizeof(text), "# %s", c);
		expect_text(text, "x.yaml:1:1: file is empty, "
				  "expected a mapping\n");
	}
}
END_TEST

START_TEST(alias_bomb)
{
	expect_text("a: &a [x, x, x, x, x, x, x, x, x]\n"
		    "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
		    "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
		    "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n",
		    "x.yaml:1:4: anchors are not allowed, expected a value\n");
	expect_text("a: [*a]\n",
		    "x.yaml:1:5: aliases are not allowed, expected a value\n");
}
END_TEST

/* Which are lines to libyaml, and to hardly anybody else. */
START_TEST(line_breaks)
{
	expect_text("a\xc2\x85", "x.yaml:1:2: unusual line break "
				 "'\\xc2\\x85', expected text\n");
	expect_text("\n# a\xe2\x80\xa8", "x.yaml:2:4: unusual line break "
					 "'\\xe2\\x80\\xa8', expected text\n");
	expect_text("# a\xe2\x80\xa9", "x.yaml:1:4: unusual line break "
				       "'\\xe2\\x80\\xa9', expected text\n");
}
END_TEST

/* Within the limit of size, and so read: must be refused soon all the same. */
START_TEST(brackets)
{
	static const char opening[] = "[{-";

	for (size_t i = 0; opening[i]; i++) {
		size_t len = 200000;
		char *bytes = malloc(len);
		char expected[80];

		memset(bytes, opening[i], len);
		if (opening[i] == '-')
			for (size_t j = 1; j < len; j += 2)
				bytes[j] = ' ';
		snprintf(expected, sizeof(expected),
			 "x.yaml:1:%d: nested too deeply, "
			 "expected at most 16 levels\n",
			 opening[i] == '-' ? 33 : 17);
		expect_bytes(bytes, len, expected);
		free(bytes);
	}
}
END_TEST

START_TEST(many_entries)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("cases: [", out);
	for (int i = 0; i < 1025; i++)
		fputs("a,", out);
	fclose(out);
	expect_text(text, "x.yaml:1:2057: too many entries, "
			  "expected at most 1024\n");
	free(text);
}
END_TEST

/* More errors than anybody reads. */
START_TEST(many_errors)
{
	static const char last[] =
		":1: too many errors, expected at most 100\n";
	char *text = NULL;
	char *got = NULL;
	size_t size = 0;
	size_t lines = 0;
	FILE *out = open_memstream(&text, &size);
	FILE *err;

	for (int i = 0; i < 500; i++)
		fprintf(out, "key-%d: x\n", i);
	fclose(out);
	err = open_memstream(&got, &size);
	ck_assert_ptr_null(
		catalog_load_bytes("x.yaml", text, strlen(text), err));
	fclose(err);
	for (const char *s = got; (s = strchr(s, '\n')); s++)
		lines++;
	ck_assert_uint_eq(lines, 101);
	ck_assert_str_eq(got + strlen(got) - strlen(last), last);
	free(text);
	free(got);
}
END_TEST

/* Those that are told are the first in the file, whichever was found first. */
START_TEST(many_errors_sorted)
{
	static const char first[] = "x.yaml:2:5: an entry of 'cases' is 'x', "
				    "expected a mapping\n"
				    "x.yaml:3:1: unknown key 'key-0'";
	static const char last[] = "x.yaml:102:1: too many errors, "
				   "expected at most 100\n";
	char *text = NULL;
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	FILE *err = open_memstream(&got, &size);

	fputs("cases:\n  - x\n", out);
	for (int i = 0; i < 500; i++)
		fprintf(out, "key-%d: x\n", i);
	fclose(out);
	ck_assert_ptr_null(
		catalog_load_bytes("x.yaml", text, strlen(text), err));
	fclose(err);
	ck_assert_msg(!strncmp(got, first, strlen(first)), "got %s", got);
	ck_assert_str_eq(got + strlen(got) - strlen(last), last);
	free(text);
	free(got);
}
END_TEST

/* ---- files ------------------------------------------------------------ */

START_TEST(missing_file)
{
	expect_path("x.yaml",
		    "x.yaml:1:1: cannot open: No such file or directory, "
		    "expected a readable file\n");
	/* A name can hold what a terminal should not get. */
	expect_path("x\n\x1b.yaml",
		    "x\\x0a\\x1b.yaml:1:1: cannot open: No such file or "
		    "directory, expected a readable file\n");
}
END_TEST

START_TEST(directory)
{
	expect_path(".", ".:1:1: is a directory, expected a regular file\n");
}
END_TEST

/* Nobody writes to it: opening it the usual way would wait for ever. */
START_TEST(fifo)
{
	ck_assert_int_eq(mkfifo("pipe.yaml", 0600), 0);
	expect_path("pipe.yaml", "pipe.yaml:1:1: is a device, pipe or socket, "
				 "expected a regular file\n");
}
END_TEST

START_TEST(device)
{
	expect_path("/dev/zero", "/dev/zero:1:1: is a device, pipe or socket, "
				 "expected a regular file\n");
}
END_TEST

START_TEST(unreadable)
{
	write_repeated("x.yaml", "family: x\n", 1);
	ck_assert_int_eq(chmod("x.yaml", 0), 0);
	/* Root reads anything, so be somebody else. */
	if (!geteuid()) {
		ck_assert_int_eq(chmod(dir, 0711), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	expect_path("x.yaml", "x.yaml:1:1: cannot open: Permission denied, "
			      "expected a readable file\n");
	if (!getuid())
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* It is a regular file, has no size, can be opened, and cannot be read. */
START_TEST(read_error)
{
	expect_path("/proc/self/mem",
		    "/proc/self/mem:1:1: cannot read: Input/output error, "
		    "expected a readable file\n");
}
END_TEST

START_TEST(huge)
{
	static const char expected[] =
		"x.yaml:1:1: file is too large, expected at most 1024 KiB\n";

	write_repeated("x.yaml", "[[[[[[[[[[", 10000000);
	expect_path("x.yaml", expected);
	write_repeated("x.yaml", "#", MAX_FILE_SIZE + 1);
	expect_path("x.yaml", expected);
	write_repeated("x.yaml", "#", MAX_FILE_SIZE);
	expect_path("x.yaml",
		    "x.yaml:1:1: file is empty, expected a mapping\n");
}
END_TEST

static void expect_dir(const char *path, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *err = open_memstream(&text, &size);

	ck_assert_ptr_null(catalog_load_dir(path, err));
	fclose(err);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(directories)
{
	expect_dir("sub", "sub:1:1: No such file or directory, "
			  "expected a directory with *.yaml files\n");
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_repeated(".hidden.yaml", "x", 1);
	expect_dir(".", ".:1:1: no *.yaml file here, "
			"expected a directory with *.yaml files\n");
	write_repeated("x.yaml", "x", 1);
	expect_dir(".", "./x.yaml:1:1: the file is 'x', expected a mapping\n");
}
END_TEST

/* Errors of every file are told, and what only both together show. */
START_TEST(several_files)
{
	static const char *const paths[] = {
		"tests/bad/empty-title.yaml",
		"tests/bad/empty-range.yaml",
		"tests/bad/tab.yaml",
	};
	char *text = NULL;
	size_t size = 0;
	FILE *err = open_memstream(&text, &size);

	ck_assert_ptr_null(catalog_load(paths, 3, err));
	fclose(err);
	ck_assert_str_eq(
		text,
		"tests/bad/empty-title.yaml:9:12: 'title' is empty, expected text\n"
		"tests/bad/empty-range.yaml:3:9: family 'bad' is already at tests/bad/empty-title.yaml:3, expected another name\n"
		"tests/bad/empty-range.yaml:5:8: order 1 is already at tests/bad/empty-title.yaml:5, expected another one\n"
		"tests/bad/empty-range.yaml:8:9: id 'bad-merge' is already at tests/bad/empty-title.yaml:8, expected another one\n"
		"tests/bad/empty-range.yaml:14:25: empty range [24, 24), expected start below end\n"
		"tests/bad/tab.yaml:9:1: tab in indentation, expected spaces\n");
	free(text);
}
END_TEST

/* ---- the shipped catalogue -------------------------------------------- */

static struct catalog *shipped;

static void load_shipped(void)
{
	shipped = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(shipped);
}

static void free_shipped(void)
{
	catalog_free(shipped);
}

/* The mail's cases, and what it and the old comment over vma_merge() say. */
static const struct {
	const char *id;
	int old_number;
	unsigned long before;
	unsigned long after;
	const char *twice;
	enum cat_claim_retry retry;
	size_t nr_steps;
	const char *locks;
} mail[] = {
	{ "existing-merge-both", 6, 3, 1, "prev", RETRY_UNSTATED, 6,
	  "middle next prev " },
	{ "existing-merge-left-full", 7, 2, 1, "prev", RETRY_UNSTATED, 4,
	  "middle prev " },
	{ "existing-merge-left-partial", 5, 2, 2, "prev", RETRY_YES, 3,
	  "middle prev " },
	{ "existing-merge-right-full", 8, 2, 1, "middle", RETRY_UNSTATED, 4,
	  "middle next " },
	{ "existing-merge-right-partial", 4, 2, 2, "middle", RETRY_YES, 3,
	  "middle next " },
	{ "new-merge-both", 1, 2, 1, "prev", RETRY_YES, 4, "prev next " },
	{ "new-merge-left", 2, 1, 1, "prev", RETRY_UNSTATED, 2, "prev " },
	{ "new-merge-right", 3, 1, 1, NULL, RETRY_UNSTATED, 2, "next " },
	{ "split-new-below", 0, 1, 2, NULL, RETRY_UNSTATED, 4, "vma new " },
	{ "split-new-above", 0, 1, 2, NULL, RETRY_UNSTATED, 4, "vma new " },
};

#define NR_MAIL (sizeof(mail) / sizeof(mail[0]))

START_TEST(shipped_order)
{
	size_t nr = 0;

	for_each_family(shipped, f)
		for_each_case(f, c)
			if (!c->beyond_mail) {
				ck_assert_uint_lt(nr, NR_MAIL);
				ck_assert_str_eq(c->id, mail[nr++].id);
				ck_assert_ptr_eq(c->family, f);
			}
	ck_assert_uint_eq(nr, NR_MAIL);
	ck_assert_ptr_null(catalog_case(shipped, "existing-merge"));
}
END_TEST

static void join_texts(char *to, const struct cat_text *t, size_t nr)
{
	for (*to = '\0'; nr--; t++)
		strcat(strcat(to, t->text), " ");
}

START_TEST(shipped_case)
{
	const struct cat_case *c = catalog_case(shipped, mail[_i].id);
	char locks[256];

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->old_number, mail[_i].old_number);
	ck_assert_uint_eq(c->nr_before, mail[_i].before);
	ck_assert_uint_eq(c->nr_after, mail[_i].after);
	ck_assert_uint_eq(c->map_before, mail[_i].before);
	ck_assert_uint_eq(c->map_after, mail[_i].after);
	ck_assert_uint_eq(c->steps.nr, mail[_i].nr_steps);
	ck_assert_ptr_nonnull(c->claim);
	ck_assert(!c->claim->gap);
	ck_assert_int_eq(c->claim->retry, mail[_i].retry);
	ck_assert_uint_eq(c->claim->twice.nr, mail[_i].twice ? 1 : 0);
	if (mail[_i].twice)
		ck_assert_str_eq(c->claim->twice.text[0].text, mail[_i].twice);
	ck_assert_str_eq(c->locks.mmap, "write");
	ck_assert_ptr_null(c->error.text);
	join_texts(locks, c->locks.vma.text, c->locks.vma.nr);
	ck_assert_str_eq(locks, mail[_i].locks);
	ck_assert_uint_eq(c->locks.rmap.nr, 1);
	ck_assert_str_eq(c->locks.rmap.text[0].text, "anon_vma");
}
END_TEST

/* Whatever others print of a case is there, wherever it comes from. */
START_TEST(shipped_complete)
{
	for_each_family(shipped, f) {
		ck_assert_ptr_nonnull(f->title);
		ck_assert_ptr_nonnull(f->intro);
		for_each_case(f, c) {
			ck_assert_ptr_nonnull(c->title.text);
			ck_assert_ptr_nonnull(c->summary.text);
			ck_assert_ptr_nonnull(c->function.text);
			ck_assert_uint_gt(c->syscalls.nr, 0);
			ck_assert(c->nr_roles || c->error.text ||
				  c->op.kind == OP_MODIFY);
			ck_assert_ptr_nonnull(c->error.pos.file);
			ck_assert_uint_gt(c->pos.line, 0);
			ck_assert_uint_gt(c->op_pos.line, c->pos.line);
			ck_assert_uint_gt(c->roles_pos.line, c->op_pos.line);
			ck_assert_uint_gt(c->steps.pos.line, 0);
			ck_assert_uint_gt(c->after_pos.line, 0);
			ck_assert_uint_gt(c->locks.pos.line, 0);
			ck_assert_uint_gt(c->map_pos.line, 0);
			ck_assert_uint_gt(c->old_number_pos.line, 0);
			ck_assert_ptr_nonnull(c->old_number_pos.file);
		}
	}
}
END_TEST

/* ---- the schema -------------------------------------------------------- */

/* Every key says what its values are, and what is referred to is there. */
static size_t check_properties(const json_t *definitions, json_t *json)
{
	json_t *properties = json_object_get(json, "properties"), *value;
	const char *key;
	size_t nr = 0, i;

	json_object_foreach(properties, key, value) {
		const char *ref =
			json_string_value(json_object_get(value, "$ref"));

		if (!ref && json_object_get(value, "oneOf"))
			continue; /* the words of an axis */
		ck_assert_msg(ref, "%s takes anything", key);
		ck_assert_msg(
			json_object_get(definitions, strrchr(ref, '/') + 1),
			"%s is a %s", key, ref);
		nr++;
	}
	if (json_is_array(json))
		json_array_foreach(json, i, value)
			nr += check_properties(definitions, value);
	json_object_foreach(json, key, value)
		nr += check_properties(definitions, value);
	return nr;
}

START_TEST(schema_is_complete)
{
	json_t *schema = catalog_schema();
	json_t *definitions = json_object_get(schema, "definitions");

	ck_assert_uint_gt(check_properties(definitions, schema), 100);
	json_decref(schema);
}
END_TEST

/* ---- how values are loaded -------------------------------------------- */

static const char one_case[] =
	"family: a\n"
	"title: 'A: \"b\" `c` | <d>'\n"
	"order: 0x10\n"
	"intro: >-\n"
	"  One\n"
	"  line.\n"
	"cases:\n"
	"  - id: a-one-two\n"
	"    title: One, Two!\n"
	"    summary: \"\\u00e9\"\n"
	"    before:\n"
	"      - {vma: prev, range: [1, 2], flags: [], file: F, policy: P}\n"
	"      - {vma: other, range: [0x10, 0x20], flags: [read, exec],\n"
	"         pgoff: 7, uffd: P, anon_name: none, anon_vma: A,\n"
	"         forked: true, close: true, may_split: false}\n"
	"    operation: {map: [2, 4], flags: [write], anon_vma: A}\n"
	"    roles: {prev: partial overwrite, new: create}\n"
	"    steps: ['Set other range to [end, 32)', Free new2 VMA]\n"
	"    after:\n"
	"      - {vma: prev, range: [1, 2]}\n"
	"      - {vma: new, range: [2, 4], flags: [write], pgoff: 9}\n"
	"    locks: {mmap: read, vma: [], rmap: [i_mmap, anon_vma]}\n"
	"    map_count: {before: 2, after: 3}\n"
	"    function: vma_merge_new_range()\n"
	"    syscalls: [mmap, mremap]\n"
	"    beyond_mail: true\n";

static void check_vmas(const struct catalog *cat, const struct cat_case *c)
{
	const struct vma_state *prev = &c->before[0].s;
	const struct vma_state *other = &c->before[1].s;

	ck_assert_uint_eq(prev->vm_pgoff, 1);
	ck_assert_uint_eq(prev->attrs.flags, 0);
	ck_assert_str_eq(catalog_string(cat, prev->attrs.file), "F");
	ck_assert(!prev->attrs.no_split && !prev->attrs.has_close);
	ck_assert_uint_eq(other->vm_start, 16);
	ck_assert_uint_eq(other->vm_end, 32);
	ck_assert_uint_eq(other->vm_pgoff, 7);
	ck_assert_uint_eq(other->attrs.flags, VM_READ | VM_EXEC);
	ck_assert_uint_eq(other->attrs.uffd_ctx, prev->attrs.policy);
	ck_assert_uint_eq(other->attrs.anon_name, 0);
	ck_assert(other->forked && other->attrs.has_close);
	ck_assert(other->attrs.no_split);
	ck_assert_str_eq(catalog_string(cat, other->anon_vma), "A");
	ck_assert(!c->after[0].says_attrs);
	ck_assert(c->after[1].says_attrs);
	ck_assert_uint_eq(c->after[1].s.vm_pgoff, 9);
}

static const struct {
	const char *text;
	int value; /* -1: it is none */
} number[] = {
	{ "0", 0 },    { "9", 9 },    { "10", 10 },   { "0x0", 0 },
	{ "0x9", 9 },  { "0xa", 10 }, { "0xb", 11 },  { "0xf", 15 },
	{ "0xA", 10 }, { "0XF", 15 }, { "0x1a", 26 }, { "0xa0", 160 },
	{ "0xg", -1 }, { "0xG", -1 }, { "0x`", -1 },  { "0x@", -1 },
	{ "a", -1 },   { "0x", -1 },  { "010", -1 },  { "1a", -1 },
	{ "0x/", -1 }, { "0x:", -1 },
};

START_TEST(numbers)
{
	char *text = xasprintf("family: a\norder: %s\ntitle: T\nintro: I%s",
			       number[_i].text, strstr(one_case, "\ncases:"));
	FILE *nowhere = fopen("/dev/null", "w");
	struct catalog *cat =
		catalog_load_bytes("x.yaml", text, strlen(text), nowhere);

	ck_assert_msg(!cat == (number[_i].value < 0), "%s", number[_i].text);
	if (cat)
		ck_assert_int_eq(cat->families[0].order, number[_i].value);
	catalog_free(cat);
	fclose(nowhere);
	free(text);
}
END_TEST

START_TEST(values)
{
	struct catalog *cat = catalog_load_bytes("x.yaml", one_case,
						 strlen(one_case), stderr);
	const struct cat_case *c;

	ck_assert_ptr_nonnull(cat);
	ck_assert_uint_eq(cat->families[0].order, 16);
	ck_assert_str_eq(cat->families[0].title, "A: \"b\" `c` | <d>");
	ck_assert_str_eq(cat->families[0].intro, "One line.");
	c = catalog_case(cat, "a-one-two");
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->summary.text, "\xc3\xa9");
	check_vmas(cat, c);
	ck_assert_int_eq(c->op.kind, OP_MAP);
	ck_assert_uint_eq(c->op.pgoff, 2);
	ck_assert_uint_eq(c->op.attrs.flags, VM_WRITE);
	ck_assert_uint_eq(c->op.anon_vma, c->before[1].s.anon_vma);
	ck_assert(c->op.copied);
	ck_assert_ptr_null(c->target);
	ck_assert_int_eq(c->roles[0].role, ROLE_PARTIAL_OVERWRITE);
	ck_assert_int_eq(c->roles[1].role, ROLE_CREATE);
	ck_assert_str_eq(c->locks.mmap, "read");
	ck_assert_ptr_null(c->error.text);
	ck_assert_uint_eq(c->error.pos.line, c->pos.line);
	ck_assert_uint_eq(c->error.pos.column, c->pos.column);
	ck_assert_str_eq(c->locks.rmap.text[0].text, "i_mmap");
	ck_assert_ptr_null(c->claim);
	ck_assert(c->beyond_mail);
	catalog_free(cat);
}
END_TEST

/* The catalogue of a case with an operation, and what that does. */
static struct catalog *load_with_op(const char *op, const char *function)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct catalog *cat;

	fprintf(out,
		"family: a\ntitle: A\norder: 1\nintro: A.\ncases:\n"
		"  - id: a-b\n    title: B\n    summary: B.\n    before:\n"
		"      - {vma: prev, range: [1, 4], flags: []}\n"
		"      - {vma: next, range: [6, 9], flags: [],"
		" anon_vma: A, forked: true}\n"
		"    operation: %s\n"
		"    roles: {}\n    steps: []\n    after: []\n"
		"    locks: {mmap: write, vma: [], rmap: []}\n"
		"    map_count: {before: 2, after: 2}\n"
		"    function: %s\n",
		op, function);
	fclose(out);
	cat = catalog_load_bytes("x.yaml", text, strlen(text), stderr);
	free(text);
	return cat;
}

/* What mremap() maps has an anon_vma if it was faulted in, and need not be. */
START_TEST(copies)
{
	static const struct {
		const char *op;
		bool copied;
		bool anon_vma;
	} ops[] = {
		{ "{map: [4, 5], flags: []}", false, false },
		{ "{map: [4, 5], flags: [], copied: false}", false, false },
		{ "{map: [4, 5], flags: [], copied: true}", true, false },
		{ "{map: [4, 5], flags: [], anon_vma: A}", true, true },
		{ "{map: [4, 5], flags: [], anon_vma: A, forked: true}", true,
		  true },
		{ "{map: [4, 5], flags: [], anon_vma: A, copied: true}", true,
		  true },
		{ "{map: [4, 5], flags: [], anon_vma: none, forked: false}",
		  false, false },
		{ "{map: [4, 5], flags: [], anon_vma: none, copied: true}",
		  true, false },
		{ "{map: [4, 5], flags: [], anon_vma: none, copied: false}",
		  false, false },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		char text[96];
		struct catalog *cat;
		const struct cat_case *c;

		snprintf(text, sizeof(text), "%s\n    syscalls: [mremap]",
			 ops[i].op);
		cat = load_with_op(text, "__mmap_new_vma()");
		ck_assert_ptr_nonnull(cat);
		c = catalog_case(cat, "a-b");
		ck_assert_int_eq(c->op.copied, ops[i].copied);
		ck_assert_int_eq(c->op.anon_vma != 0, ops[i].anon_vma);
		catalog_free(cat);
	}
}
END_TEST

/* What the kernel refuses, wholly or after a part. */
static const struct {
	const char *op;
	const char *error;
	const char *target;
} failing_ops[] = {
	{ "{modify: [4, 6], flags: [read]}\n    syscalls: [mprotect]", "ENOMEM",
	  NULL },
	{ "{modify: [2, 7], flags: [read]}\n    syscalls: [mprotect]", "ENOMEM",
	  "prev" },
	{ "{modify: [7, 20], flags: [read]}\n    syscalls: [mprotect]",
	  "ENOMEM", "next" },
	{ "{modify: [1, 4], flags: [read]}\n    syscalls: [mprotect]", "EINVAL",
	  "prev" },
	{ "{map: [3, 5], flags: [read]}\n    syscalls: [mmap]", "EEXIST",
	  NULL },
	{ "{split: prev, addr: 2, new: above}\n    syscalls: [munmap]",
	  "EINVAL", "prev" },
	{ "{unmap: [2, 3]}\n    syscalls: [munmap]", "ENOMEM", NULL },
	{ "{relocate: next, to: 3}\n    syscalls: [execve]", "EFAULT", "next" },
};

#define NR_FAILING (int)(sizeof(failing_ops) / sizeof(failing_ops[0]))

START_TEST(failing)
{
	const struct cat_case *c;
	struct catalog *cat;
	char op[128];

	snprintf(op, sizeof(op), "%s\n    error: %s", failing_ops[_i].op,
		 failing_ops[_i].error);
	cat = load_with_op(op, "none");
	ck_assert_ptr_nonnull(cat);
	c = catalog_case(cat, "a-b");
	ck_assert_str_eq(c->error.text, failing_ops[_i].error);
	ck_assert_uint_eq(c->error.pos.line, 14);
	ck_assert_uint_eq(c->error.pos.column, 12);
	ck_assert_str_eq(c->function.text, "none");
	ck_assert_pstr_eq(c->target, failing_ops[_i].target);
	catalog_free(cat);
}
END_TEST

/* ---- conditions and what was otherwise ------------------------------------ */

static const char with_conditions[] =
	"family: a\n"
	"title: A\n"
	"order: 1\n"
	"intro: A.\n"
	"otherwise:\n"
	"  - {id: no-room, says: Full., error: ENOMEM, when: {room: none}}\n"
	"  - {id: special, says: So it is., when: {special: 'yes'}}\n"
	"cases:\n"
	"  - id: a-b\n"
	"    title: B\n"
	"    summary: B.\n"
	"    before: [{vma: stack, range: [40, 48], flags: []}]\n"
	"    operation: {relocate: stack, to: 28}\n"
	"    roles: {}\n"
	"    steps: [Detach stack VMA]\n"
	"    after: []\n"
	"    locks: {mmap: write, vma: [], rmap: []}\n"
	"    map_count: {before: 1, after: 1}\n"
	"    function: vma_expand()\n"
	"    syscalls: [execve]\n"
	"    when:\n"
	"      - {range: [head, inner], prev: merges}\n"
	"      - {middle: may go}\n"
	"    composed_of: [a-b, a-b]\n"
	"    earlier:\n"
	"      - {before: '6.15', why: It was., steps: [Free stack VMA]}\n"
	"      - before: '6.16'\n"
	"        why: It was so.\n"
	"        locks: {mmap: read, vma: [stack], rmap: []}\n";

static struct catalog *load_conditions(void)
{
	struct catalog *cat = catalog_load_bytes(
		"x.yaml", with_conditions, strlen(with_conditions), stderr);

	ck_assert_ptr_nonnull(cat);
	return cat;
}

START_TEST(conditions)
{
	struct catalog *cat = load_conditions();
	const struct cat_whens *w = &catalog_case(cat, "a-b")->when;

	ck_assert_uint_eq(w->nr, 2);
	ck_assert_uint_eq(w->pos.line, 22);
	ck_assert_uint_eq(w->when[0].pos.column, 9);
	ck_assert_uint_eq(w->when[0].allowed[AXIS_RANGE], 1 << 1 | 1 << 3);
	ck_assert_uint_eq(w->when[0].allowed[AXIS_PREV], 1 << 0);
	ck_assert_uint_eq(w->when[0].allowed[AXIS_NEXT], 0xff);
	ck_assert_uint_eq(w->when[1].allowed[AXIS_MIDDLE], 1 << 0);
	ck_assert_uint_eq(w->when[1].allowed[AXIS_RANGE], 0xff);
	catalog_free(cat);
}
END_TEST

START_TEST(otherwise)
{
	struct catalog *cat = load_conditions();
	const struct cat_family *f = &cat->families[0];

	ck_assert_uint_eq(f->nr_otherwise, 2);
	ck_assert_str_eq(f->otherwise[0].id.text, "no-room");
	ck_assert_uint_eq(f->otherwise[0].id.pos.line, 6);
	ck_assert_str_eq(f->otherwise[0].says.text, "Full.");
	ck_assert_str_eq(f->otherwise[0].error.text, "ENOMEM");
	ck_assert_uint_eq(f->otherwise[0].when.when[0].allowed[AXIS_ROOM],
			  1 << 2);
	ck_assert_ptr_null(f->otherwise[1].error.text);
	ck_assert_uint_eq(f->otherwise[1].when.nr, 1);
	catalog_free(cat);
}
END_TEST

START_TEST(earlier)
{
	struct catalog *cat = load_conditions();
	const struct cat_case *c = catalog_case(cat, "a-b");

	ck_assert_uint_eq(c->nr_earlier, 2);
	ck_assert_str_eq(c->earlier[0].before.text, "6.15");
	ck_assert_str_eq(c->earlier[0].why.text, "It was.");
	ck_assert_uint_eq(c->earlier[0].steps.nr, 1);
	ck_assert_uint_eq(c->earlier[0].steps.pos.line, 26);
	ck_assert(!c->earlier[0].says_locks);
	ck_assert_uint_eq(c->earlier[1].steps.nr, 0);
	ck_assert(c->earlier[1].says_locks);
	ck_assert_str_eq(c->earlier[1].locks.mmap, "read");
	ck_assert_uint_eq(c->earlier[1].locks.pos.line, 29);
	catalog_free(cat);
}
END_TEST

START_TEST(relocation)
{
	struct catalog *cat = load_conditions();
	const struct cat_case *c = catalog_case(cat, "a-b");

	ck_assert_int_eq(c->op.kind, OP_RELOCATE);
	ck_assert_uint_eq(c->op.start, 28);
	ck_assert_uint_eq(c->op.end, 40);
	ck_assert_str_eq(c->target, "stack");
	ck_assert_uint_eq(c->composed_of.nr, 2);
	ck_assert_str_eq(c->composed_of.text[1].text, "a-b");
	ck_assert_uint_eq(c->composed_of.pos.line, 24);
	catalog_free(cat);
}
END_TEST

START_TEST(just_expand)
{
	struct catalog *cat =
		load_with_op("{map: [4, 5], flags: [], just_expand: true}\n"
			     "    syscalls: [brk]",
			     "__mmap_new_vma()");

	ck_assert_ptr_nonnull(cat);
	ck_assert(catalog_case(cat, "a-b")->op.just_expand);
	catalog_free(cat);
}
END_TEST

/* Triggers that each make so many calls. Returns what is wrong with them. */
static char *load_live(size_t nr_triggers, size_t nr_calls)
{
	static char *said;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size), *was = stderr;
	struct catalog *cat;

	fputs("__mmap_new_vma()\n    live:\n", out);
	for (size_t i = 0; i < nr_triggers; i++) {
		fputs("      - {syscall: mmap, do: [{mmap: [4, 5], prot: r}",
		      out);
		for (size_t j = 1; j < nr_calls; j++)
			fputs(", {munmap: [4, 5]}", out);
		fputs("]}\n", out);
	}
	fclose(out);
	stderr = open_memstream(&said, &size);
	cat = load_with_op("{map: [4, 5], flags: []}\n    syscalls: [mmap]",
			   text);
	fclose(stderr);
	stderr = was;
	ck_assert_int_eq(cat != NULL, !*said);
	catalog_free(cat);
	free(text);
	return said;
}

START_TEST(live_has_limits)
{
	static const struct {
		size_t triggers, calls;
		const char *wrong;
	} t[] = {
		{ 1, 32, "" },
		{ 64, 1, "" },
		{ 1, 33, "33 calls in 'do', expected at most 32\n" },
		{ 65, 1, "65 triggers, expected at most 64\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char *said = load_live(t[i].triggers, t[i].calls);
		const char *last = strrchr(said, ':');

		ck_assert_str_eq(last ? last + 2 : said, t[i].wrong);
		free(said);
	}
}
END_TEST

/* A case may be made of one in another file, whichever is loaded first. */
START_TEST(composed_across_files)
{
	static const char *const paths[] = { "catalog/change.yaml",
					     "catalog/split.yaml" };
	struct catalog *cat = catalog_load(paths, 2, stderr);
	char *text = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(cat);
	catalog_free(cat);
	ck_assert_ptr_null(catalog_load(paths, 1, err));
	fclose(err);
	ck_assert_ptr_nonnull(strstr(text, "unknown case 'split-new-above', "
					   "expected one of the catalogue\n"));
	free(text);
}
END_TEST

/* Positions are counted from 1, in characters. */
START_TEST(positions)
{
	struct catalog *cat = catalog_load_bytes("x.yaml", one_case,
						 strlen(one_case), stderr);
	const struct cat_case *c = catalog_case(cat, "a-one-two");

	ck_assert_uint_eq(c->pos.line, 8);
	ck_assert_uint_eq(c->pos.column, 9);
	ck_assert_uint_eq(c->before[0].pos.line, 12);
	ck_assert_uint_eq(c->before[0].pos.column, 15);
	ck_assert_uint_eq(c->before[1].range_pos.column, 29);
	ck_assert_uint_eq(c->op_pos.line, 16);
	ck_assert_uint_eq(c->op_pos.column, 16);
	ck_assert_uint_eq(c->roles[1].pos.column, 38);
	ck_assert_str_eq(c->pos.file, "x.yaml");
	catalog_free(cat);
}
END_TEST

/* Cut a good file anywhere: it is refused or loaded, and nothing else. */
START_TEST(cut_off)
{
	FILE *err = fopen("/dev/null", "w");

	for (size_t len = 0; len < strlen(one_case); len++)
		catalog_free(catalog_load_bytes("x.yaml", one_case, len, err));
	for (size_t len = 0; len < strlen(with_conditions); len++)
		catalog_free(catalog_load_bytes("x.yaml", with_conditions, len,
						err));
	fclose(err);
}
END_TEST

/* More texts than there are buckets: some share one. */
START_TEST(texts_have_identities)
{
	struct arena *arena = arena_new();
	const struct catalog cat = { .strings = strings_new(arena) };

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 2000; i++) {
			char text[8];

			snprintf(text, sizeof(text), "%u", i);
			ck_assert_uint_eq(strings_intern(cat.strings, text), i);
			ck_assert_str_eq(catalog_string(&cat, i), text);
		}
	ck_assert_ptr_null(catalog_string(&cat, 0));
	ck_assert_ptr_null(catalog_string(&cat, 2001));
	arena_free(arena);
}
END_TEST

/* ---- the suite -------------------------------------------------------- */

static void add_bad_files(Suite *s)
{
	TCase *tc = tcase_create("bad files");

	glob("tests/bad/*.yaml", 0, NULL, &bad_files);
	tcase_add_test(tc, bad_files_found);
	tcase_add_loop_test(tc, bad_file, 0, (int)bad_files.gl_pathc);
	suite_add_tcase(s, tc);
}

static void add_bytes(Suite *s)
{
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, empty);
	tcase_add_test(tc, invalid_utf8);
	tcase_add_test(tc, lengths_of_utf8);
	tcase_add_test(tc, control_characters);
	tcase_add_test(tc, invisible_characters);
	tcase_add_test(tc, visible_characters);
	tcase_add_test(tc, line_breaks);
	tcase_add_test(tc, alias_bomb);
	tcase_add_test(tc, brackets);
	tcase_add_test(tc, many_entries);
	tcase_add_test(tc, many_errors);
	tcase_add_test(tc, many_errors_sorted);
	tcase_add_test(tc, several_files);
	tcase_add_test(tc, schema_is_complete);
	tcase_add_test(tc, values);
	tcase_add_loop_test(tc, numbers, 0, ARRAY_SIZE(number));
	tcase_add_test(tc, copies);
	tcase_add_loop_test(tc, failing, 0, NR_FAILING);
	tcase_add_test(tc, conditions);
	tcase_add_test(tc, otherwise);
	tcase_add_test(tc, earlier);
	tcase_add_test(tc, relocation);
	tcase_add_test(tc, just_expand);
	tcase_add_test(tc, live_has_limits);
	tcase_add_test(tc, composed_across_files);
	tcase_add_test(tc, positions);
	tcase_add_test(tc, cut_off);
	tcase_add_test(tc, texts_have_identities);
	suite_add_tcase(s, tc);
}

static void add_files(Suite *s)
{
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, missing_file);
	tcase_add_test(tc, directory);
	tcase_add_test(tc, fifo);
	tcase_add_test(tc, device);
	tcase_add_test(tc, unreadable);
	tcase_add_test(tc, read_error);
	tcase_add_test(tc, huge);
	tcase_add_test(tc, directories);
	suite_add_tcase(s, tc);
}

static void add_shipped(Suite *s)
{
	TCase *tc = tcase_create("shipped");

	tcase_add_checked_fixture(tc, load_shipped, free_shipped);
	tcase_add_test(tc, shipped_order);
	tcase_add_test(tc, shipped_complete);
	tcase_add_loop_test(tc, shipped_case, 0, NR_MAIL);
	suite_add_tcase(s, tc);
}

Suite *suite_catalog(void)
{
	Suite *s = suite_create("catalog");

	add_shipped(s);
	add_bad_files(s);
	add_bytes(s);
	add_files(s);
	return s;
}
