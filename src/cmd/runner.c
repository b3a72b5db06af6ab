// SPDX-License-Identifier: GPL-2.0-only
/*
 * The catalogue as a suite of Check: a test case per case, each in a process of
 * its own and limited in time, so that one that crashes or hangs is reported
 * and the others still run.
 */
#include <string.h>

#include "cmd/runner.h"
#include "lib/memory.h"
#include "lib/stream.h"

#define TIMEOUT 10 /* seconds; a case takes a few microseconds */

/* Check hands a test nothing but a number. */
static struct {
	const struct catalog *cat;
	const struct rules *rules;
	const struct cat_case **cases;
	size_t nr;
	judge_fn *judge;
	const char *prefix;
} run;

/* A text with @run.prefix before each line, for free(). */
static char *prefixed(const char *text)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	while (*text) {
		int line = strcspn(text, "\n");

		fprintf(out, "\n%s%.*s", run.prefix, line, text);
		text += line + (text[line] == '\n');
	}
	return buffer_text(&b);
}

START_TEST(as_stated)
{
	struct buffer b;
	FILE *out = buffer_open(&b);
	bool right;

	ck_assert_ptr_nonnull(out);
	right = run.judge(out, run.cat, run.cases[_i], run.rules);
	buffer_text(&b);
	if (!right)
		ck_abort_msg("not as stated%s", prefixed(b.text));
	free(b.text);
}
END_TEST

static void add_case(Suite *suite, const struct cat_case *c)
{
	TCase *tc = tcase_create(c->id);

	*xappend(run.cases, run.nr) = c;
	tcase_set_timeout(tc, TIMEOUT);
	tcase_add_loop_test(tc, as_stated, run.nr - 1, run.nr);
	suite_add_tcase(suite, tc);
}

Suite *runner_suite(const struct catalog *cat, const struct rules *rules,
		    judge_fn *judge, const char *prefix)
{
	Suite *suite = suite_create("catalogue");

	run.nr = 0;
	run.cat = cat;
	run.rules = rules;
	run.judge = judge;
	run.prefix = prefix;
	for_each_case_of_all(cat, c)
		add_case(suite, c);
	return suite;
}
