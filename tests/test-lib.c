// SPDX-License-Identifier: GPL-2.0-only
/* The ground floor, held against the C library and against what is simpler. */
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "lib/file.h"
#include "lib/hash.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/template.h"
#include "lib/text.h"
#include "tests.h"

static uint64_t state;

static uint64_t roll(uint64_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

static void seed(void)
{
	state = 1;
}

/* ---- characters --------------------------------------------------------------- */

#define UNICODE_LAST 0x10ffff

/* As RFC 3629 has it. Returns how many bytes. */
static size_t encode(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

START_TEST(every_character)
{
	for (uint32_t c = 0; c < UNICODE_LAST + 0x1000; c++) {
		bool none = (c >= 0xd800 && c <= 0xdfff) || c > UNICODE_LAST;
		char bytes[4];
		size_t len = encode(c, bytes);
		uint32_t got = ~c;

		ck_assert_msg(utf8_char(bytes, len, &got) == (none ? 0 : len),
			      "%x", c);
		ck_assert_msg(none || got == c, "%x: %x", c, got);
		/* With what follows, and cut off. */
		ck_assert_uint_eq(utf8_char(bytes, len - 1, &got), 0);
		if (!none)
			ck_assert_uint_eq(utf8_count(bytes, len), 1);
	}
}
END_TEST

/* What is a character is that in one way alone. */
START_TEST(no_other_bytes)
{
	seed();
	for (int i = 0; i < 2000000; i++) {
		char bytes[4], again[4];
		uint32_t c;
		size_t len;

		for (int j = 0; j < 4; j++)
			bytes[j] = (char)(0x80 | roll(0x100));
		bytes[0] = (char)(roll(2) ? 0xc0 | roll(0x40) : roll(0x100));
		len = utf8_char(bytes, 4, &c);
		ck_assert_msg(!len || (encode(c, again) == len &&
				       !memcmp(bytes, again, len)),
			      "%x", c);
	}
}
END_TEST

/* Blocks that Unicode's EastAsianWidth.txt has as wide, and all up to the first. */
START_TEST(columns_are_those_of_the_library)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} blocks[] = {
		{ 0x20, 0x2ff },      { 0x370, 0x482 },
		{ 0x10d0, 0x10ff },   { 0x1100, 0x115f },
		{ 0x2e80, 0x2e99 },   { 0x3001, 0x3029 },
		{ 0x3041, 0x3096 },   { 0x3131, 0x318e },
		{ 0x4e00, 0x9ffc },   { 0xa490, 0xa4c6 },
		{ 0xa4d0, 0xa62b },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfa6d },   { 0xfe30, 0xfe52 },
		{ 0xff01, 0xff60 },   { 0xff61, 0xff9f },
		{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f320 },
		{ 0x1f910, 0x1f93a }, { 0x1f947, 0x1f9cc },
		{ 0x20000, 0x2a6dd },
	};
	size_t nr = 0;

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fprintf(stderr, "skipped: columns: no locale C.UTF-8\n");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		for (uint32_t c = blocks[i].first; c <= blocks[i].last; c++) {
			int columns = wcwidth((wchar_t)c);
			char bytes[5] = "";
			char *text;

			if (columns < 1 || !utf8_printable(c))
				continue;
			bytes[encode(c, bytes)] = '\0';
			text = PRINTED(out, {
				ck_assert_msg(text_print(out, bytes, 0) ==
						      (size_t)columns,
					      "%x: %d", c, columns);
			});
			ck_assert_str_eq(text, bytes);
			free(text);
			nr++;
		}
	ck_assert_uint_gt(nr, 60000);
	setlocale(LC_CTYPE, "C");
}
END_TEST

/* What the C library takes for a control character is none for a terminal. */
START_TEST(controls_are_escaped)
{
	for (uint32_t c = 1; c < 0x100; c++) {
		char bytes[5] = "", octal[16];
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad;
		char *text;
		size_t columns = 0;

		bytes[encode(c, bytes)] = '\0';
		text = PRINTED(out, columns = text_print(out, bytes, 0));
		if (c < 0x80)
			snprintf(octal, sizeof(octal), "\\%03o", c);
		else
			snprintf(octal, sizeof(octal), "\\%03o\\%03o",
				 (unsigned char)bytes[0],
				 (unsigned char)bytes[1]);
		ck_assert_str_eq(text, control ? octal : bytes);
		ck_assert_uint_eq(columns, control ? strlen(octal) : 1);
		free(text);
	}
}
END_TEST

static const struct {
	const char *text;
	size_t max;
	const char *printed;
} cuts[] = {
	{ "abcdefghij", 0, "abcdefghij" },
	{ "abcdefghij", 10, "abcdefghij" },
	{ "abcdefghij", 9, "abc...hij" },
	{ "abcdefghij", 8, "ab...hij" },
	{ "abcdefghij", 7, "ab...ij" },
	{ "abcdefghij", 4, "...j" },
	{ "abcdefghij", 3, "..." },
	{ "abcdefghij", 1, "." },
	{ "", 1, "" },
	/* No half of what has two columns or four. */
	{ "\344\270\255\344\270\255\344\270\255\344\270\255", 7,
	  "\344\270\255...\344\270\255" },
	{ "\344\270\255\344\270\255\344\270\255\344\270\255", 6,
	  "...\344\270\255" },
	{ "a\nbcdefgh", 9, "a...fgh" },
	{ "a\nbcdefgh", 13, "a\\012bcdefgh" },
	{ "\377", 4, "\\377" },
	{ "\377", 3, "..." },
};

START_TEST(long_ones_lose_their_middle)
{
	size_t columns = 0;
	char *text = PRINTED(
		out, columns = text_print(out, cuts[_i].text, cuts[_i].max));

	ck_assert_str_eq(text, cuts[_i].printed);
	ck_assert(!cuts[_i].max || columns <= cuts[_i].max);
	free(text);
}
END_TEST

START_TEST(lists_have_something_between)
{
	static const char *const names[] = { "a", "bc", "d" };
	static const char *const want[] = { "", "a", "a, bc", "a, bc, d" };

	for (size_t nr = 0; nr <= 3; nr++) {
		char *text =
			PRINTED(out, text_print_list(out, names, nr, ", "));

		ck_assert_str_eq(text, want[nr]);
		free(text);
	}
}
END_TEST

START_TEST(beginnings_and_ends)
{
	ck_assert(begins_with("abc", "ab") && begins_with("abc", "abc"));
	ck_assert(begins_with("abc", "") && begins_with("", ""));
	ck_assert(!begins_with("ab", "abc") && !begins_with("xabc", "abc"));
	ck_assert(!begins_with("", "a") && !begins_with("ax", "ab"));
	ck_assert(ends_with("abc", "bc") && ends_with("abc", "abc"));
	ck_assert(ends_with("abc", "") && !ends_with("bc", "abc"));
	ck_assert(!ends_with("abcx", "abc"));
	ck_assert_str_eq(base_name("/a/b"), "b");
	ck_assert_str_eq(base_name("b"), "b");
	ck_assert_str_eq(base_name("/a/"), "");
	ck_assert_uint_eq(utf8_mark("\357\273\277x", 4), 3);
	ck_assert_uint_eq(utf8_mark("\357\273\277", 3), 3);
	ck_assert_uint_eq(utf8_mark("\357\273\277", 2), 0);
	ck_assert_uint_eq(utf8_mark("abc", 3), 0);
}
END_TEST

/* ---- numbers ------------------------------------------------------------------ */

static void check_digits(const char *text, unsigned int base)
{
	const char *valid = base == 10 ? "0123456789" : "0123456789abcdef";
	size_t len = strspn(text, valid);
	char digits[64];
	uint64_t want, got;
	const char *end;

	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	errno = 0;
	want = strtoull(digits, NULL, (int)base);
	end = take_digits(text, text + strlen(text), base, &got);
	if (!len || errno) {
		ck_assert_msg(!end, "%s", text);
		return;
	}
	ck_assert_msg(end == text + len && got == want, "%s", text);
	/* Not behind the end. */
	end = take_digits(text, text + len - 1, base, &got);
	ck_assert(len > 1 ? end == text + len - 1 : !end);
}

START_TEST(digits_are_those_of_strtoull)
{
	static const char *const edges[] = {
		"18446744073709551615",
		"18446744073709551616",
		"18446744073709551620",
		"99999999999999999999",
		"ffffffffffffffff",
		"10000000000000000",
		"fffffffffffffffff",
		"0",
		"",
		"g",
		"A",
		"-1",
		" 1",
		"00000000000000000000001",
		"1g",
		"/",
		":",
		"`",
	};
	static const char letters[] = "0123456789abcdefgA- ";

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		check_digits(edges[i], 10);
		check_digits(edges[i], 16);
	}
	seed();
	for (int i = 0; i < 100000; i++) {
		char text[24] = "";

		for (uint64_t len = roll(22), j = 0; j < len; j++)
			text[j] = letters[roll(roll(4) ? 10 : 20)];
		check_digits(text, roll(2) ? 10 : 16);
	}
}
END_TEST

/* ---- mistyped words ------------------------------------------------------------ */

static const struct {
	const char *word;
	const char *nearest; /* of those below, NULL for none */
} slips[] = {
	{ "list", "list" },
	{ "lsit", "list" },
	{ "LIST", "list" },
	{ "lst", "list" },
	{ "lisst", "list" },
	{ "explian", "explain" },
	{ "explor", "explore" },
	{ "merge-lft", "merge-left-full" },
	{ "left-full", "merge-left-full" },
	{ "zzzz", NULL },
	{ "", NULL },
	{ "x", NULL },
	{ "ab", NULL },
	{ "explainexplore", NULL },
};

START_TEST(slips_are_forgiven)
{
	static const char *const words[] = { "list",	   "explain",
					     "explore",	   "merge-left-full",
					     "merge-both", "help" };
	struct nearest n = { .word = slips[_i].word };
	char want[64] = "expected";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		nearest_try(&n, words[i]);
	ck_assert_pstr_eq(n.best, slips[_i].nearest);
	if (n.best)
		snprintf(want, sizeof(want), "did you mean '%s'? Expected",
			 n.best);
	ck_assert_str_eq(nearest_expected(&n), want);
}
END_TEST

/* ---- things by number ----------------------------------------------------------- */

/* Against an array that is searched from one end to the other. */
START_TEST(things_by_number)
{
	enum { MOST = 64, ROUNDS = 20000 };
	static int things[MOST];
	struct hash *n = hash_new();
	bool in[MOST] = { false };
	size_t nr = 0;

	seed();
	for (int i = 0; i < ROUNDS; i++) {
		int number = (int)roll(MOST), key = number * 4096 - 5;
		size_t at = 0, seen = 0;
		int *thing;

		ck_assert(hash_find(n, key) ==
			  (in[number] ? &things[number] : NULL));
		if (in[number])
			ck_assert(hash_remove(n, key) == &things[number]);
		else
			hash_add(n, key, &things[number]);
		in[number] = !in[number];
		ck_assert_ptr_null(hash_remove(n, -4096 * number - 7));
		nr = in[number] ? nr + 1 : nr - 1;
		ck_assert_uint_eq(hash_count(n), nr);
		while ((thing = hash_next(n, &at)) && ++seen)
			ck_assert(in[thing - things]);
		ck_assert_uint_eq(seen, nr);
	}
	hash_free(n, NULL);
}
END_TEST

/* Of FNV-1a, what its authors say of three texts. */
START_TEST(bytes_have_numbers)
{
	ck_assert_uint_eq(hash_bytes("", 0), 0x811c9dc5);
	ck_assert_uint_eq(hash_bytes("a", 1), 0xe40c292c);
	ck_assert_uint_eq(hash_bytes("foobar", 6), 0xbf9cf968);
}
END_TEST

/* ---- memory --------------------------------------------------------------------- */

START_TEST(arena_gives_what_is_asked_for)
{
	enum { NR = 3000 };
	static struct {
		unsigned char *at;
		size_t size;
	} got[NR];
	struct arena *a = arena_new();

	seed();
	for (int i = 0; i < NR; i++) {
		got[i].size = roll(100) ? roll(200) : roll(200000);
		got[i].at = arena_alloc(a, 1, got[i].size);
		ck_assert_uint_eq((uintptr_t)got[i].at % sizeof(void *), 0);
		for (size_t j = 0; j < got[i].size; j++)
			ck_assert_uint_eq(got[i].at[j], 0);
		memset(got[i].at, i & 0xff, got[i].size);
	}
	for (int i = 0; i < NR; i++)
		for (size_t j = 0; j < got[i].size; j++)
			ck_assert_uint_eq(got[i].at[j], i & 0xff);
	ck_assert_str_eq(arena_text(a, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_text(a, "", 0), "");
	arena_free(a);
	arena_free(NULL);
}
END_TEST

START_TEST(arrays_grow)
{
	int *array = NULL;
	size_t nr = 0, max = 0, moves = 0;

	for (int i = 0; i < 100000; i++) {
		size_t before = max;

		if (nr == max)
			array = xgrow(array, &max, sizeof(*array));
		ck_assert(max > nr && (max == before || max >= 2 * before));
		moves += max != before;
		array[nr++] = i;
	}
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(array[i], i);
	ck_assert_uint_lt(moves, 18);
	free(array);
	array = NULL;
	nr = 0;
	for (int i = 0; i < 100000; i++)
		*xappend(array, nr) = i;
	ck_assert_uint_eq(nr, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(array[i], i);
	free(array);
	free(xcalloc(0, 8));
	ck_assert_uint_eq((uintptr_t)(array = xaligned(100)) % 64, 0);
	free(array);
	ck_assert_uint_eq(
		(uintptr_t)(array = xaligned(LARGE_PAGE)) % LARGE_PAGE, 0);
	free(array);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
/* More than there is, or than can be counted: a message and status 2. */
START_TEST(want_of_memory_is_said)
{
	char said[128] = "";
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		xreallocarray(NULL, SIZE_MAX / 2, _i ? 4 : 1);
		_exit(0);
	}
	close(ends[1]);
	ck_assert(wait_for_child(pid, &status));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	ck_assert_int_gt(read(ends[0], said, sizeof(said) - 1), 0);
	ck_assert_ptr_nonnull(strstr(said, "memory"));
	close(ends[0]);
	/* There is no second one. */
	ck_assert(!wait_for_child(pid, &status));
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST
#endif

/* ---- lines ---------------------------------------------------------------------- */

static int any_but_line_feed(void)
{
	int c = (int)roll(0x100);

	return c == '\n' ? 'x' : c;
}

static FILE *some_lines(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	ck_assert_ptr_nonnull(out);
	for (int i = 0; i < 4000; i++) {
		for (uint64_t n = roll(20) ? roll(100) : roll(3000); n; n--)
			putc(any_but_line_feed(), out);
		putc('\n', out);
	}
	fputs("the last", out);
	fclose(out);
	return fmemopen(*text, *size, "r");
}

/* As getline() has them, whatever bytes they have. */
START_TEST(lines_are_those_of_getline)
{
	char *text, *want = NULL;
	size_t size, room = 0, len, nr = 0;
	FILE *in, *again;
	struct lines *l;
	const char *got;
	ssize_t n;

	seed();
	in = some_lines(&text, &size);
	again = fmemopen(text, size, "r");
	l = lines_new(in);
	while ((n = getline(&want, &room, again)) > 0) {
		n -= want[n - 1] == '\n';
		got = lines_next(l, &len);
		ck_assert_ptr_nonnull(got);
		ck_assert_uint_eq(len, (size_t)n);
		ck_assert_mem_eq(got, want, len);
		ck_assert_uint_eq(lines_number(l), ++nr);
	}
	ck_assert_ptr_null(lines_next(l, &len));
	ck_assert_int_eq(lines_error(l), 0);
	ck_assert_uint_eq(nr, 4001);
	lines_free(l);
	lines_free(NULL);
	fclose(in);
	fclose(again);
	free(want);
	free(text);
}
END_TEST

/* Of what is too long, the rest is dropped; the next line is the next line. */
START_TEST(long_lines_are_cut)
{
	size_t size = LINE_LONGEST - 1 + (size_t)_i, len;
	char *text = xmalloc(8u << 20);
	const char *line;
	struct lines *l;
	FILE *in;

	if (_i > 2)
		size = (size_t)_i << 20;
	memset(text, 'x', size);
	strcpy(text + size, "\nsecond\n");
	in = fmemopen(text, strlen(text), "r");
	l = lines_new(in);
	line = lines_next(l, &len);
	ck_assert_ptr_nonnull(line);
	if (size <= LINE_LONGEST)
		ck_assert_uint_eq(len, size);
	else
		ck_assert_uint_gt(len, LINE_LONGEST);
	line = lines_next(l, &len);
	ck_assert_uint_eq(len, strlen("second"));
	ck_assert_mem_eq(line, "second", len);
	ck_assert_uint_eq(lines_number(l), 2);
	ck_assert_ptr_null(lines_next(l, &len));
	lines_free(l);
	fclose(in);
	free(text);
}
END_TEST

START_TEST(a_mark_is_of_the_first_line)
{
	static char text[] = "\357\273\277a\n\357\273\277b\n";
	FILE *in = fmemopen(text, sizeof(text) - 1, "r");
	struct lines *l = lines_new(in);
	size_t len;

	ck_assert_mem_eq(lines_next(l, &len), "a", 1);
	ck_assert_uint_eq(len, 1);
	ck_assert_mem_eq(lines_next(l, &len), "\357\273\277b", 4);
	ck_assert_uint_eq(len, 4);
	lines_free(l);
	fclose(in);
}
END_TEST

/* Just as much as it may have, and a byte more. */
START_TEST(files_have_a_limit)
{
	static char text[] = "one\ntwo\n";
	FILE *in = fmemopen(text, strlen(text), "r");
	struct lines *l = lines_new(in);
	size_t len, nr = 0;

	lines_limit(l, strlen(text) - (size_t)_i);
	while (lines_next(l, &len))
		nr++;
	ck_assert_int_eq(lines_error(l), _i ? EFBIG : 0);
	ck_assert_uint_eq(nr, _i ? 0 : 2);
	ck_assert_ptr_nonnull(strstr(lines_strerror(EFBIG), "16 MiB"));
	lines_free(l);
	fclose(in);
}
END_TEST

/* ---- descriptors ---------------------------------------------------------------- */

static void do_nothing(int nr)
{
	(void)nr;
}

static void *interrupt(void *thread)
{
	for (int i = 0; i < 200; i++) {
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
		usleep(100);
	}
	return NULL;
}

/* More than a pipe holds, while signals come. */
START_TEST(all_is_written_and_read)
{
	enum { SIZE = 1 << 20 };
	char *data = xmalloc(SIZE), *got = xmalloc(SIZE + 1);
	pthread_t self = pthread_self(), other;
	int ends[2], status;
	pid_t pid;

	seed();
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)roll(256);
	ck_assert_int_eq(pipe(ends), 0);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = do_nothing },
		  NULL);
	pid = fork();
	if (!pid) {
		close(ends[1]);
		usleep(2000);
		if (!fd_read_all(ends[0], got, SIZE) || memcmp(got, data, SIZE))
			_exit(1);
		/* There is no more. */
		_exit(fd_read_all(ends[0], got, 1) ? 2 : 0);
	}
	close(ends[0]);
	ck_assert_int_eq(pthread_create(&other, NULL, interrupt, &self), 0);
	ck_assert(fd_write_all(ends[1], data, SIZE));
	close(ends[1]);
	ck_assert(wait_for_child(pid, &status));
	ck_assert_int_eq(status, 0);
	pthread_join(other, NULL);
	ck_assert(!fd_write_all(-1, data, 1));
	ck_assert_int_eq(errno, EBADF);
	free(data);
	free(got);
}
END_TEST

/* ---- interrupts ----------------------------------------------------------------- */

/* In a child: which signals come, and after how long. */
static const struct {
	int signals[3];
	unsigned wait_us[3];
	bool release;
	int status; /* of what is left: 0, or the signal that ended it */
} interrupts[] = {
	{ { 0 }, { 0 }, false, 1 << 8 },
	{ { SIGINT }, { 0 }, false, 0 },
	{ { SIGTERM }, { 0 }, true, 0 },
	/* timeout(1) sends two. */
	{ { SIGINT, SIGINT }, { 0 }, false, 0 },
	{ { SIGINT, SIGINT }, { 0 }, true, 0 },
	{ { SIGTERM, SIGTERM, SIGINT }, { 0 }, true, 0 },
	{ { SIGINT, SIGINT }, { 0, 150000 }, false, SIGINT },
	{ { SIGINT, SIGTERM }, { 0, 150000 }, true, SIGTERM },
	{ { SIGTERM, SIGTERM, SIGINT }, { 0, 0, 150000 }, true, SIGINT },
};

static int send_signals(int nr)
{
	interrupt_catch();
	for (int i = 0; i < 3 && interrupts[nr].signals[i]; i++) {
		usleep(interrupts[nr].wait_us[i]);
		raise(interrupts[nr].signals[i]);
		if (interrupts[nr].release)
			interrupt_release();
	}
	return interrupted() ? 0 : 1;
}

START_TEST(signals_are_noted)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(send_signals(_i));
	ck_assert(wait_for_child(pid, &status));
	ck_assert_int_eq(status, interrupts[_i].status);
}
END_TEST

/* What was noted is forgotten when it begins again. */
START_TEST(what_was_released_ends)
{
	int status, signal = _i ? SIGTERM : SIGINT;
	pid_t pid = fork();

	if (!pid) {
		interrupt_catch();
		raise(SIGINT);
		interrupt_catch();
		if (interrupted())
			_exit(1);
		interrupt_release();
		raise(signal);
		_exit(2);
	}
	ck_assert(wait_for_child(pid, &status));
	ck_assert_int_eq(status, signal);
}
END_TEST

/* ---- templates ------------------------------------------------------------------ */

static void put_name(FILE *out, const char *name, size_t len, const void *data)
{
	fprintf(out, "%s%.*s%s", (const char *)data, (int)len, name,
		(const char *)data);
}

static const struct {
	const char *text;
	const char *filled;
} templates[] = {
	{ "", "" },
	{ "plain\n", "plain\n" },
	{ "a @name@ b\n", "a _name_ b\n" },
	{ "@name@\nnext\n", "_name_next\n" },
	{ "x\n@name@\nnext\n", "x\n_name_next\n" },
	{ "@name@ \n", "_name_ \n" },
	{ "@one@@two@", "_one__two_" },
	/* No names. */
	{ "a@b.c @ @@ @A@ @a1@ @a", "a@b.c @ @@ @A@ @a1@ @a" },
	{ "mail@@x_y@\n", "mail@_x_y_\n" },
};

START_TEST(templates_are_filled)
{
	char *text = PRINTED(
		out, template_fill(out, templates[_i].text, put_name, "_"));

	ck_assert_str_eq(text, templates[_i].filled);
	free(text);
}
END_TEST

/* ---- jobs ----------------------------------------------------------------------- */

static void count_one(void *data, size_t i)
{
	atomic_int *done = data;

	done[i]++;
}

START_TEST(each_job_is_done_once)
{
	enum { MOST = 500 };

	for (unsigned int threads = 0; threads <= THREADS_MAX + 1; threads += 3)
		for (size_t nr = 0; nr <= MOST; nr = 2 * nr + 1) {
			atomic_int done[MOST + 1] = { 0 };

			jobs_run(count_one, done, nr, threads);
			for (size_t i = 0; i <= MOST; i++)
				ck_assert_int_eq(done[i], i < nr);
		}
	ck_assert_uint_ge(threads_default(), 1);
	ck_assert_uint_le(threads_default(), THREADS_MAX);
}
END_TEST

static const struct {
	const char *name;
	const TTest **test;
	int nr;
} tests[] = {
	{ "characters", &every_character, 1 },
	{ "no others", &no_other_bytes, 1 },
	{ "columns", &columns_are_those_of_the_library, 1 },
	{ "controls", &controls_are_escaped, 1 },
	{ "cuts", &long_ones_lose_their_middle, ARRAY_SIZE(cuts) },
	{ "lists", &lists_have_something_between, 1 },
	{ "beginnings", &beginnings_and_ends, 1 },
	{ "digits", &digits_are_those_of_strtoull, 1 },
	{ "slips", &slips_are_forgiven, ARRAY_SIZE(slips) },
	{ "hash", &things_by_number, 1 },
	{ "bytes", &bytes_have_numbers, 1 },
	{ "arena", &arena_gives_what_is_asked_for, 1 },
	{ "arrays", &arrays_grow, 1 },
#ifndef __SANITIZE_ADDRESS__
	{ "want of memory", &want_of_memory_is_said, 2 },
#endif
	{ "lines", &lines_are_those_of_getline, 1 },
	{ "long lines", &long_lines_are_cut, 6 },
	{ "mark", &a_mark_is_of_the_first_line, 1 },
	{ "limit", &files_have_a_limit, 2 },
	{ "descriptors", &all_is_written_and_read, 1 },
	{ "interrupts", &signals_are_noted, ARRAY_SIZE(interrupts) },
	{ "released", &what_was_released_ends, 2 },
	{ "templates", &templates_are_filled, ARRAY_SIZE(templates) },
	{ "jobs", &each_job_is_done_once, 1 },
};

Suite *suite_lib(void)
{
	Suite *s = suite_create("lib");

#ifdef __SANITIZE_ADDRESS__
	fprintf(stderr,
		"lib: skipped: want of memory, which the sanitizer ends itself\n");
#endif
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		TCase *tc = tcase_create(tests[i].name);

		tcase_set_timeout(tc, 60);
		tcase_add_loop_test(tc, *tests[i].test, 0, tests[i].nr);
		suite_add_tcase(s, tc);
	}
	return s;
}
