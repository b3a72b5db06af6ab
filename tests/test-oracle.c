// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of witnesses and of what compares them. Linux's own code is not needed:
 * a fake witness, made of the simulator, speaks for it, and misbehaves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle/oracle.h"
#include "tests.h"

static const char *fake(void)
{
	const char *program = getenv("FAKE");

	ck_assert_msg(program, "FAKE is not set, expected the fake witness");
	return program;
}

static struct fixture merge_both(void)
{
	struct fixture fixture;
	struct config c;

	ck_assert(config_parse("existing:prev=adjacent,prev_anon=A,"
			       "middle_anon=A,next=adjacent,next_anon=A",
			       &c, stderr));
	fixture_of(&fixture, &c);
	return fixture;
}

/* What the simulator says of a fixture, by the rules of 6.12. */
static void testify(struct proto_reply *reply, const struct fixture *fixture)
{
	const struct rules *rules = rules_for("6.12");
	struct mm *mm = mm_new(rules);

	reply_of(reply, mm, fixture_run(mm, rules, fixture));
	mm_free(mm);
}

/* ---- the simulator's testimony ------------------------------------------------ */

START_TEST(request_has_it_all)
{
	struct fixture fixture = merge_both();
	struct proto_request req;

	fixture.op.give_up_on_oom = true;
	fixture.fail = 2;
	request_of(&req, &fixture);
	ck_assert_uint_eq(req.nr_vmas, 3);
	ck_assert_uint_eq(req.fail, 2);
	ck_assert_uint_eq(req.max_map_count, fixture.max_map_count);
	ck_assert_uint_eq(req.op.kind, OP_MODIFY);
	ck_assert_uint_eq(req.op.changes, CHANGE_FLAGS);
	ck_assert_uint_eq(req.op.vma.start, 24);
	ck_assert_uint_eq(req.op.vma.end, 36);
	ck_assert(req.op.give_up_on_oom);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(req.vmas[i].id, i + 1);
	ck_assert_uint_eq(req.vmas[2].start, 36);
	ck_assert_uint_eq(req.vmas[2].anon_vma, fixture.vmas[2].anon_vma);
	ck_assert_uint_eq(req.vmas[1].policy, fixture.vmas[1].attrs.policy);
}
END_TEST

/*
 * By hand, from 6.12's vma_merge_existing_range(): locks middle, prev, next;
 * the anon_vma lock around set range and store; per removed VMA detach, count,
 * free. The mmap lock is not among what a witness sees.
 */
START_TEST(testimony_of_merge_both)
{
	static const struct {
		uint32_t kind, vma;
	} expected[] = {
		{ STEP_LOCK_VMA, 2 },
		{ STEP_LOCK_VMA, 1 },
		{ STEP_LOCK_VMA, 3 },
		{ STEP_LOCK_ANON_VMA, 0 },
		{ STEP_SET_RANGE, 1 },
		{ STEP_STORE, 1 },
		{ STEP_UNLOCK_ANON_VMA, 0 },
		{ STEP_DETACH, 2 },
		{ STEP_MAP_COUNT, 0 },
		{ STEP_FREE, 2 },
		{ STEP_DETACH, 3 },
		{ STEP_MAP_COUNT, 0 },
		{ STEP_FREE, 3 },
	};
	struct fixture fixture = merge_both();
	struct proto_reply r;

	testify(&r, &fixture);
	ck_assert_uint_eq(r.trouble, PROTO_FINE);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(r.state, MERGE_DONE);
	ck_assert_uint_eq(r.nr_allocs, 1);
	ck_assert_uint_eq(r.map_count, 1);
	ck_assert_uint_eq(r.nr_vmas, 1);
	ck_assert_uint_eq(r.vmas[0].start, 16);
	ck_assert_uint_eq(r.vmas[0].end, 44);
	ck_assert_uint_eq(r.nr_steps, sizeof(expected) / sizeof(expected[0]));
	for (uint32_t i = 0; i < r.nr_steps; i++) {
		ck_assert_uint_eq(r.steps[i].kind, expected[i].kind);
		ck_assert_uint_eq(r.steps[i].vma, expected[i].vma);
	}
	ck_assert_uint_eq(r.steps[5].start, 16);
	ck_assert_uint_eq(r.steps[5].end, 44);
}
END_TEST

static void no_change(struct proto_reply *r)
{
	(void)r;
}

static void other_error(struct proto_reply *r)
{
	r->err = -12;
}

static void other_range(struct proto_reply *r)
{
	r->vmas[0].end++;
}

static void other_forked(struct proto_reply *r)
{
	r->vmas[0].forked = true;
}

static void one_vma_more(struct proto_reply *r)
{
	r->nr_vmas++;
}

static void other_state(struct proto_reply *r)
{
	r->state = MERGE_NONE;
}

static void other_count(struct proto_reply *r)
{
	r->map_count++;
}

static void other_allocs(struct proto_reply *r)
{
	r->nr_allocs++;
}

static void other_failed(struct proto_reply *r)
{
	r->failed = ALLOC_TREE;
}

static void swap(struct proto_reply *r, int i, int j)
{
	struct proto_step step = r->steps[i];

	r->steps[i] = r->steps[j];
	r->steps[j] = step;
}

static void locks_swapped(struct proto_reply *r)
{
	swap(r, 1, 2);
}

static void steps_swapped(struct proto_reply *r)
{
	swap(r, 4, 5);
}

/* Each lock after the lock before it, each step likewise, yet otherwise. */
static void lock_later(struct proto_reply *r)
{
	swap(r, 3, 4);
}

static void one_step_less(struct proto_reply *r)
{
	r->nr_steps--;
}

/* One change of a reply, and what it makes it differ in. */
static const struct {
	const char *name;
	void (*change)(struct proto_reply *r);
	unsigned int differs;
} changes[] = {
	{ "none", no_change, 0 },
	{ "error", other_error, DIFFERS_ERROR },
	{ "range", other_range, DIFFERS_LAYOUT },
	{ "forked", other_forked, DIFFERS_LAYOUT },
	{ "VMA", one_vma_more, DIFFERS_LAYOUT },
	{ "state", other_state, DIFFERS_STATE },
	{ "count", other_count, DIFFERS_COUNT },
	{ "allocations", other_allocs, DIFFERS_ALLOCS },
	{ "failed", other_failed, DIFFERS_ALLOCS },
	{ "locks", locks_swapped, DIFFERS_LOCKS },
	{ "steps", steps_swapped, DIFFERS_STEPS },
	{ "lock later", lock_later, DIFFERS_STEPS },
	{ "step less", one_step_less, DIFFERS_STEPS },
};

START_TEST(differences)
{
	static struct proto_reply a, b;
	struct fixture fixture = merge_both();

	testify(&a, &fixture);
	testify(&b, &fixture);
	changes[_i].change(&b);
	ck_assert_msg(replies_differ(&a, &b) == changes[_i].differs,
		      "%s: %#x, expected %#x", changes[_i].name,
		      replies_differ(&a, &b), changes[_i].differs);
	ck_assert_uint_eq(replies_differ(&b, &a), changes[_i].differs);
}
END_TEST

START_TEST(difference_names)
{
	for (unsigned int bit = 0; bit < NR_DIFFERENCES; bit++)
		ck_assert_ptr_nonnull(difference_name(bit));
	ck_assert_str_eq(difference_name(4), "locks");
	ck_assert_ptr_null(difference_name(NR_DIFFERENCES));
}
END_TEST

/* ---- words ------------------------------------------------------------------------ */

static const char *name_of(const void *ctx, uint32_t id)
{
	static const char *const names[] = { "?", "prev", "middle", "next" };

	(void)ctx;
	return id < 4 ? names[id] : "new";
}

START_TEST(side_by_side)
{
	static struct proto_reply a, b;
	struct fixture fixture = merge_both();
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	testify(&a, &fixture);
	testify(&b, &fixture);
	swap(&b, 1, 2);
	b.err = -12;
	b.trouble = PROTO_WARNED;
	replies_print(out, "one", &a, "other", &b, name_of, NULL);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "! returns 0"));
	ck_assert_ptr_nonnull(strstr(text, "| returns ENOMEM\n"));
	ck_assert_msg(strstr(text, "\n  lock middle"), "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "| trouble: a warning of the"));
	ck_assert_ptr_nonnull(strstr(text, "| map count -1\n"));
	ck_assert_ptr_nonnull(strstr(text, "prev [16, 44) pgoff 16"));
	for (const char *line = text; *line;) {
		size_t width = strcspn(line, "\n");

		ck_assert_msg(line[width - 1] != ' ', "trailing white space");
		line += width + 1;
	}
	free(text);
}
END_TEST

/* Each kind of step has words, and no other number crashes. */
START_TEST(every_step_has_words)
{
	static struct proto_reply r;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	size_t lines = 0;

	r = (struct proto_reply){ .state = 99, .failed = 99, .trouble = 99 };
	for (uint32_t kind = 0; kind <= NR_STEPS; kind++)
		r.steps[r.nr_steps++] =
			(struct proto_step){ .kind = kind, .vma = 1 };
	replies_print(out, "a", &r, "b", &r, name_of, NULL);
	fclose(out);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	/* The heading, five lines, and the steps that a witness can see. */
	ck_assert_uint_eq(lines, 1 + 5 + NR_STEPS - 2);
	ck_assert_ptr_null(strstr(text, "(null)"));
	free(text);
}
END_TEST

/* ---- witnesses ---------------------------------------------------------------------- */

START_TEST(honest_witness)
{
	static struct proto_reply said, expected;
	struct fixture fixture = merge_both();
	struct proto_request asked;
	struct witness *w = witness_start(fake(), stderr);
	uint64_t ns = 0;

	ck_assert_ptr_nonnull(w);
	ck_assert_str_eq(witness_kernel(w), "6.12.0-fake");
	request_of(&asked, &fixture);
	ck_assert(witness_ask(w, &asked, &said, 1, 1, &ns));
	ck_assert_uint_eq(ns, 1);
	testify(&expected, &fixture);
	ck_assert_uint_eq(replies_differ(&said, &expected), 0);
	witness_stop(w);
}
END_TEST

START_TEST(full_batch)
{
	static struct proto_request asked[PROTO_BATCH];
	static struct proto_reply said[PROTO_BATCH];
	struct fixture fixture = merge_both();
	struct witness *w = witness_start(fake(), stderr);

	for (int i = 0; i < PROTO_BATCH; i++)
		request_of(&asked[i], &fixture);
	for (int i = 0; i < 100; i++)
		ck_assert(witness_ask(w, asked, said, PROTO_BATCH, 1, NULL));
	ck_assert_uint_eq(said[PROTO_BATCH - 1].map_count, 1);
	witness_stop(w);
}
END_TEST

static const char *const imposters[] = { "stranger", "mute" };

START_TEST(imposter)
{
	char *text;
	size_t len;
	FILE *err = open_memstream(&text, &len);

	setenv("FAKE_WITNESS", imposters[_i], 1);
	ck_assert_ptr_null(witness_start(fake(), err));
	fclose(err);
	ck_assert_ptr_nonnull(strstr(text, "is no witness"));
	free(text);
}
END_TEST

START_TEST(no_such_program)
{
	char *text;
	size_t len;
	FILE *err = open_memstream(&text, &len);

	ck_assert_ptr_null(witness_start("/nowhere/witness", err));
	fclose(err);
	ck_assert_ptr_nonnull(strstr(text, "cannot run /nowhere/witness"));
	free(text);
}
END_TEST

static const char *const babblers[] = { "babble", "miscount" };

START_TEST(babbling_witness)
{
	static struct proto_reply said;
	struct fixture fixture = merge_both();
	struct proto_request asked;
	struct witness *w;

	setenv("FAKE_WITNESS", babblers[_i], 1);
	w = witness_start(fake(), stderr);
	request_of(&asked, &fixture);
	ck_assert(!witness_ask(w, &asked, &said, 1, 1, NULL));
	witness_stop(w);
}
END_TEST

/* ---- sweeps --------------------------------------------------------------------------- */

static struct comparison *compare(const char *how, const char *b,
				  unsigned int jobs,
				  bool (*progress)(uint64_t nr))
{
	struct compared who = {
		.rules = rules_for("6.12"),
		.a = fake(),
		.b = b,
	};
	struct comparison *cmp = malloc(sizeof(*cmp));

	setenv("FAKE_WITNESS", how, 1);
	compare_sweep(sweeps, &who, jobs, progress, cmp);
	return cmp;
}

static uint64_t sum(const struct comparison *cmp)
{
	uint64_t all = 0;

	for (int f = 0; f < NR_SPACES; f++)
		all += cmp->nr[f];
	return all;
}

START_TEST(sweep_agrees)
{
	struct comparison *one = compare("", NULL, 1, NULL);
	struct comparison *two = compare("", fake(), 2, NULL);

	ck_assert_uint_eq(one->nr_differ, 0);
	ck_assert(!one->stopped);
	ck_assert_uint_gt(sum(one), 50000);
	ck_assert_uint_eq(two->nr_differ, 0);
	ck_assert_mem_eq(one->nr, two->nr, sizeof(one->nr));
	free(one);
	free(two);
}
END_TEST

/* Each unmapping differs in the map count alone, and the first is the example. */
START_TEST(sweep_finds_a_lie)
{
	struct comparison *cmp = compare("lie", NULL, 2, NULL);
	const struct disagreement *d = &cmp->disagreements[0];
	char key[CONFIG_KEY];

	ck_assert_uint_eq(cmp->nr_differ, cmp->nr[SPACE_UNMAP]);
	ck_assert_uint_eq(cmp->nr_disagreements, 1);
	ck_assert_uint_eq(d->differs, DIFFERS_COUNT);
	ck_assert_uint_eq(d->family, SPACE_UNMAP);
	ck_assert_uint_eq(d->nr, cmp->nr_differ);
	ck_assert_uint_eq(d->a.map_count, d->b.map_count + 1);
	config_key(&d->example, key);
	ck_assert_str_eq(key, "unmap");
	free(cmp);
}
END_TEST

START_TEST(sweep_hears_a_warning)
{
	struct comparison *cmp = compare("warn", NULL, 1, NULL);

	/* One that is known is no difference. */
	ck_assert_uint_gt(cmp->nr_known[0], 0);
	ck_assert_uint_eq(cmp->nr_differ, cmp->nr[SPACE_RELOCATE]);
	ck_assert_uint_eq(cmp->disagreements[0].differs, 1U << NR_DIFFERENCES);
	free(cmp);
}
END_TEST

/* It is told at which configuration: the first split for which memory fails. */
START_TEST(sweep_survives_a_death)
{
	struct comparison *cmp = compare("die", NULL, 1, NULL);

	ck_assert(cmp->stopped);
	ck_assert_str_eq(cmp->why, "the witness died");
	ck_assert_int_eq(cmp->died.family, SPACE_SPLIT);
	ck_assert_uint_eq(cmp->died.at[DIM_FAIL], 1);
	free(cmp);
}
END_TEST

static bool stop_soon(uint64_t nr)
{
	return nr < 1000;
}

START_TEST(sweep_can_be_stopped)
{
	struct comparison *cmp = compare("", NULL, 2, stop_soon);

	ck_assert(cmp->stopped);
	ck_assert_ptr_null(cmp->why);
	ck_assert_uint_lt(sum(cmp), 10000);
	free(cmp);
}
END_TEST

/* ---- building one: what does not need a compiler ------------------------------------------ */

static const struct {
	const char *make; /* shell, in an empty directory */
	const char *ksrc;
	const char *says;
} trees[] = {
	{ "true", "nowhere", "there is no such file" },
	{ "mkdir empty", "empty", "Makefile" },
	{ "mkdir old; printf 'VERSION = 6\\nPATCHLEVEL = 11\\n' >old/Makefile",
	  "old", "6.12" },
	{ "mkdir odd; echo hello >odd/Makefile", "odd", "VERSION" },
	{ "mkdir half half/mm; "
	  "printf 'VERSION = 6\\nPATCHLEVEL = 12\\n' >half/Makefile; "
	  "touch half/mm/vma.c",
	  "half", "half" },
	{ "echo rubbish >it.tar.xz", "it.tar.xz", "it.tar.xz" },
};

START_TEST(unusable_tree)
{
	char dir[TEMP_PATH];
	char *command;
	char out[4096];
	size_t len;
	FILE *p;

	temp_dir(dir);
	ck_assert_int_gt(
		asprintf(
			&command,
			"root=$PWD; cd %s; { %s; } && "
			"sh \"$root/src/oracle/linux/build.sh\" %s cache 2>&1; "
			"status=$?; ls -A cache 2>/dev/null; cd /; rm -rf %s; "
			"exit $status",
			dir, trees[_i].make, trees[_i].ksrc, dir),
		0);
	p = popen(command, "r");
	ck_assert_ptr_nonnull(p);
	len = fread(out, 1, sizeof(out) - 1, p);
	out[len] = '\0';
	ck_assert_int_eq(WEXITSTATUS(pclose(p)), 2);
	ck_assert_msg(strstr(out, trees[_i].says), "no '%s' in: %s",
		      trees[_i].says, out);
	/* One line, and nothing left in the cache. */
	ck_assert_msg(strchr(out, '\n') == out + len - 1, "not one line: %s",
		      out);
	free(command);
}
END_TEST

Suite *suite_oracle(void)
{
	Suite *s = suite_create("oracle");
	TCase *tc = tcase_create("testimony");

	tcase_add_test(tc, request_has_it_all);
	tcase_add_test(tc, testimony_of_merge_both);
	tcase_add_loop_test(tc, differences, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tc, difference_names);
	tcase_add_test(tc, side_by_side);
	tcase_add_test(tc, every_step_has_words);
	suite_add_tcase(s, tc);

	tc = tcase_create("witness");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, honest_witness);
	tcase_add_test(tc, full_batch);
	tcase_add_loop_test(tc, imposter, 0, 2);
	tcase_add_test(tc, no_such_program);
	tcase_add_loop_test(tc, babbling_witness, 0, 2);
	suite_add_tcase(s, tc);

	tc = tcase_create("sweep");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, sweep_agrees);
	tcase_add_test(tc, sweep_finds_a_lie);
	tcase_add_test(tc, sweep_hears_a_warning);
	tcase_add_test(tc, sweep_survives_a_death);
	tcase_add_test(tc, sweep_can_be_stopped);
	suite_add_tcase(s, tc);

	tc = tcase_create("tree");
	tcase_add_loop_test(tc, unusable_tree, 0,
			    sizeof(trees) / sizeof(trees[0]));
	suite_add_tcase(s, tc);
	return s;
}
