// SPDX-License-Identifier: GPL-2.0-only
/*
 * --shard and --merge: what several workers find adds up to what one finds, and what is
 * no set of shards of one run is refused.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

static char dir[TEMP_PATH];

static void setup(void)
{
	temp_dir(dir);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Runs in the directory; returns the exit status. "V" is the program. */
static int run(const char *command)
{
	char line[1024];
	int status;

	snprintf(line, sizeof(line),
		 "C=$PWD/catalog; V=${VMATLAS:-build/vmatlas}; cd %s && "
		 "V() { cmd=$1; shift; $V $cmd --catalog \"$C\" \"$@\"; }; %s",
		 dir, command);
	status = system(line);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static json_t *load(const char *name)
{
	char path[TEMP_PATH + 32];
	json_t *json;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	json = json_load_file(path, 0, NULL);
	ck_assert_msg(json != NULL, "%s is no JSON", name);
	return json;
}

/* What takes long, and differs from one run to another. */
static void drop_times(json_t *json)
{
	json_object_del(json, "seconds");
}

static const char *const runs[] = {
	"space --summary --format json",
	"explore --format json split-new-below existing-merge-both",
	"explore --format json --ops 2 split-new-below",
	"live --random --seed 5 --calls 6000 --format json",
};

/* Two workers at a time; the files are merged in another order than they are. */
START_TEST(workers_add_up)
{
	char command[512];
	json_t *whole, *merged;

	snprintf(
		command, sizeof(command),
		"V %s >whole || exit 3; V %s --shard 1/3 >a & V %s --shard 2/3 >b; wait; V %s --shard 3/3 >c; V %s --merge c a b >merged",
		runs[_i], runs[_i], runs[_i], runs[_i],
		_i == 3 ? "live --random"
		: _i	? "explore"
			: "space");
	ck_assert_int_eq(run(command), 0);
	whole = load("whole");
	merged = load("merged");
	drop_times(whole);
	drop_times(merged);
	ck_assert_msg(json_equal(whole, merged), "%s: not the same", runs[_i]);
	json_decref(whole);
	json_decref(merged);
}
END_TEST

/* A shard by itself is less than the whole, and says which one it is. */
START_TEST(shard_is_a_part)
{
	ck_assert_int_eq(run("V explore --format json --shard 2/4 >part"), 0);
	ck_assert_int_eq(run("V explore --format json >whole"), 0);
	{
		json_t *part = load("part"), *whole = load("whole");
		size_t nr = json_array_size(json_object_get(part, "searches"));

		ck_assert_uint_gt(nr, 0);
		ck_assert_uint_lt(nr, json_array_size(json_object_get(
					      whole, "searches")) /
					      3);
		ck_assert_str_eq(
			json_string_value(json_object_get(part, "shard")),
			"2/4");
		json_decref(part);
		json_decref(whole);
	}
}
END_TEST

#define ONE "[{\"shard\":\"1/2\",\"n\":1}]"

static const struct {
	const char *command;
	int status;
	const char *says;
} refused[] = {
	{ "V space --merge", 2, "no file" },
	{ "V space --merge nowhere", 2,
	  "nowhere: No such file or directory, expected JSON" },
	{ "V space --merge /dev/zero", 2, "no regular file of up to 1 GiB" },
	{ "echo nonsense >a; V space --merge a", 2,
	  "expected JSON of --shard" },
	{ "echo {} >a; V explore --merge a", 2, "of no shard" },
	{ "echo '" ONE "' >a; V explore --merge a", 2, "each of 2 shards" },
	{ "echo '" ONE "' >a; V explore --merge a a", 2, "the same shard" },
	{ "echo '" ONE
	  "' >a; echo '{\"shard\":\"2/2\"}' >b; V space --merge a b",
	  2, "of another run" },
	{ "echo '{\"shard\":\"1/2\",\"rules\":\"7.3\"}' >a; echo '{\"shard\":\"2/2\",\"rules\":\"7.2\"}' >b; V space --merge a b",
	  2, "of another run" },
	{ "echo '{\"shard\":\"1/2\",\"seed\":1}' >a; echo '{\"shard\":\"2/2\",\"seed\":2}' >b; V space --merge a b",
	  2, "of another run" },
	{ "echo '{\"shard\":\"1/2\",\"n\":9223372036854775807}' >a; echo '{\"shard\":\"2/2\",\"n\":1}' >b; V space --merge a b",
	  2, "of another run" },
	/* One has what the other has not. */
	{ "echo '{\"shard\":\"1/2\",\"n\":1,\"searches\":[]}' >a; echo '{\"shard\":\"2/2\",\"n\":1}' >b; V explore --merge a b",
	  2, "b: of another run" },
	{ "echo '{\"shard\":\"1/2\",\"n\":1}' >a; echo '{\"shard\":\"2/2\",\"n\":1,\"m\":1}' >b; V explore --merge a b",
	  2, "b: of another run" },
	{ "echo '{\"shard\":\"0/2\"}' >a; V space --merge a a", 2,
	  "of no shard" },
	{ "echo '{\"shard\":\"1/1\",\"x\":[{\"shard\":\"1/2\"}]}' >a; V space --merge a",
	  2, "of no shard" },
	{ "head -c 100000 /dev/zero | tr '\\0' '[' >a; V space --merge a", 2,
	  "expected JSON of --shard" },
	{ "echo '{\"shard\":\"1/1\",\"differ\":1}' >a; V live --random --merge a",
	  1, "\"differ\": 1" },
	{ "echo '{\"shard\":\"1/1\",\"sweeps\":[{\"nr_problems\":3}]}' >a; V space --merge a",
	  1, "3" },
	{ "V explore --format json --shard 1/1 new-merge-left >a; V space --merge a",
	  2, "a: of another command" },
	{ "V space --format json --shard 1/1 >a; V explore --merge a; V live --random --merge a",
	  2, "a: of another command" },
	{ "V space --shard 3/2", 2, "'3/2' is no part" },
	{ "V explore --shard 0/2", 2, "'0/2' is no part" },
	{ "V live --shard 1/2", 2, "expected --random, too" },
	{ "V live --merge a", 2, "--merge without --random, expected both" },
	{ "V space --shard 1/2 --only split", 2, "without --only" },
	{ "V space split", 2, "without --merge" },
};

START_TEST(no_shards_are_refused)
{
	char command[512], said[4096];
	FILE *in;
	size_t len;

	snprintf(command, sizeof(command), "{ %s; } >said 2>&1",
		 refused[_i].command);
	ck_assert_int_eq(run(command), refused[_i].status);
	snprintf(command, sizeof(command), "%s/said", dir);
	in = fopen(command, "r");
	ck_assert_ptr_nonnull(in);
	len = fread(said, 1, sizeof(said) - 1, in);
	said[len] = '\0';
	fclose(in);
	ck_assert_msg(strstr(said, refused[_i].says), "no '%s' in:\n%s",
		      refused[_i].says, said);
}
END_TEST

/* One test, and what is said of it: comments, none of them empty. */
START_TEST(random_is_one_test)
{
	ck_assert_int_eq(
		run("V live --random --seed 5 --calls 600 --tap >tap && [ \"$(grep -v '^# .' tap | tr '\\n' ,)\" = '1..1,ok 1 - random,' ]"),
		0);
}
END_TEST

/* People get lines as wide as their terminal, and programs each in one piece. */
START_TEST(random_is_wrapped)
{
	if (run("script -qc true /dev/null </dev/null >/dev/null 2>&1")) {
		fputs("SKIP: no terminal to be had (/dev/pts)\n", stderr);
		return;
	}
	ck_assert_int_eq(
		run("live='live --random --seed 5 --calls 600'; script -qc \"stty cols 40; $V $live 2>/dev/null\" /dev/null >text </dev/null; grep -q '^600 calls' text && ! tr -d '\\r' <text | grep '.\\{41\\}' && V $live --tap | grep -q '^# 600 calls.* on both; '"),
		0);
}
END_TEST

/* mlockall() would lock all of the address sanitizer's memory, many GiB. */
#ifdef __SANITIZE_ADDRESS__
#define RUNS_LIVE 0
#else
#define RUNS_LIVE 1
#endif

Suite *suite_merge(void)
{
	Suite *s = suite_create("merge");
	TCase *tc = tcase_create("merge");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	if (!RUNS_LIVE)
		fputs("merge: skipped: live --random, for the address sanitizer's memory cannot be locked\n",
		      stderr);
	tcase_add_loop_test(tc, workers_add_up, 0,
			    (int)ARRAY_SIZE(runs) - !RUNS_LIVE);
	if (RUNS_LIVE) {
		tcase_add_test(tc, random_is_one_test);
		tcase_add_test(tc, random_is_wrapped);
	}
	tcase_add_test(tc, shard_is_a_part);
	tcase_add_loop_test(tc, no_shards_are_refused, 0, ARRAY_SIZE(refused));
	suite_add_tcase(s, tc);
	return s;
}
