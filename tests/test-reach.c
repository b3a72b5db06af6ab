// SPDX-License-Identifier: GPL-2.0-only
/*
 * The space that user space can reach: that it is all there, that plans keep to
 * their windows, that a kernel that did something else would be found out, and
 * a part of it on the running kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "oracle/reach.h"
#include "syscall/syscall.h"
#include "tests.h"

/* ---- configurations ------------------------------------------------------------ */

START_TEST(keys_go_both_ways)
{
	struct reach_space space = reach_all();
	struct reach_config c;
	char key[REACH_KEY];

	for (size_t i = 0; i < space.nr; i++) {
		reach_key(&space.config[i], key);
		ck_assert_msg(reach_find(key, &c), "%s", key);
		ck_assert_mem_eq(&c, &space.config[i], sizeof(c));
	}
	reach_drop(&space);
}
END_TEST

/* Of a page that says what the words of a key are, all of it. */
static const char *page_text(const char *name)
{
	static char text[1 << 14];
	FILE *in = fopen(name, "r");

	ck_assert_ptr_nonnull(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	ck_assert(feof(in));
	fclose(in);
	return text;
}

START_TEST(each_word_is_on_the_page)
{
	const char *text = page_text("docs/reach.rst");
	struct reach_space space = reach_all();
	bool seen[NR_REACH_DIMS][UINT8_MAX] = { 0 };

	for (size_t i = 0; i < space.nr; i++)
		for (int dim = 0; dim < NR_REACH_DIMS; dim++) {
			const char *word = reach_word(&space.config[i], dim);
			char code[32];

			if (seen[dim][space.config[i].at[dim]])
				continue;
			seen[dim][space.config[i].at[dim]] = true;
			snprintf(code, sizeof(code), "``%s``", word);
			ck_assert_msg(strstr(text, code), "%s", word);
		}
	reach_drop(&space);
}
END_TEST

#define GOOD_KEY "mprotect.all.anon.unfaulted.same.unfaulted.same.unfaulted."

static const char *const bad_keys[] = {
	"",
	".",
	"mprotect",
	GOOD_KEY,
	GOOD_KEY "apart.",
	GOOD_KEY "apart.apart",
	GOOD_KEY "Apart",
	/* Nothing to join. */
	GOOD_KEY "joined",
	/* Nobody writes to what is not there. */
	"mprotect.all.anon.unfaulted.absent.faulted.same.unfaulted.apart",
	/* Nor has shared memory an anon_vma. */
	"mprotect.all.shared.faulted.same.unfaulted.same.unfaulted.apart",
	"mmap.across.anon.unfaulted.same.unfaulted.same.unfaulted.apart",
};

/* A neighbour before and one behind a middle of such memory, that nobody wrote to. */
#define PREV(memory, side)                                                     \
	"mprotect.all." memory ".unfaulted." side ".absent.unfaulted.apart"
#define NEXT(memory, side)                                                     \
	"mprotect.all." memory ".unfaulted.absent.unfaulted." side ".apart"

/* Who can differ in what, and after whose write. */
static const struct {
	const char *key;
	bool good;
} side_keys[] = {
	{ PREV("file", "moved.faulted"), true },
	{ NEXT("file", "moved.faulted"), true },
	{ PREV("file", "moved.unfaulted"), false },
	{ PREV("anon", "moved.faulted"), false },
	{ PREV("file", "inode.unfaulted"), true },
	{ NEXT("shared", "inode.unfaulted"), true },
	{ PREV("anon", "inode.unfaulted"), false },
	{ NEXT("shm", "inode.unfaulted"), false },
	{ PREV("file", "offset.unfaulted"), true },
	{ PREV("shared", "offset.unfaulted"), true },
	{ PREV("anon", "offset.faulted"), true },
	{ PREV("anon", "offset.unfaulted"), false },
	{ PREV("shm", "offset.unfaulted"), false },
	{ PREV("anon", "named.unfaulted"), true },
	{ NEXT("shm", "named.unfaulted"), true },
	{ PREV("file", "named.unfaulted"), false },
	{ NEXT("shared", "named.unfaulted"), false },
	/* It has memory of another kind, which is private, or is shared. */
	{ PREV("shared", "memory.faulted"), true },
	{ PREV("shared", "shared.faulted"), true },
	{ PREV("anon", "shared.faulted"), false },
	{ PREV("shared", "same.faulted"), false },
	{ NEXT("anon", "absent.faulted"), false },
	/* Both in the same, or one in nothing. */
	{ "mprotect.all.anon.unfaulted.prot.unfaulted.prot.unfaulted.apart",
	  true },
	{ "mprotect.all.anon.unfaulted.prot.unfaulted.same.unfaulted.apart",
	  true },
	{ "mprotect.all.anon.unfaulted.prot.unfaulted.locked.unfaulted.apart",
	  false },
};

START_TEST(sides_differ_in_what_they_have)
{
	struct reach_config c;

	ck_assert_msg(reach_find(side_keys[_i].key, &c) == side_keys[_i].good,
		      "%s", side_keys[_i].key);
}
END_TEST

START_TEST(bad_keys_are_refused)
{
	struct reach_config c;

	ck_assert(reach_find(GOOD_KEY "apart", &c));
	ck_assert_msg(!reach_find(bad_keys[_i], &c), "%s", bad_keys[_i]);
}
END_TEST

START_TEST(no_family_is_empty)
{
	struct reach_space space = reach_all();
	size_t nr[NR_REACH_FAMILIES] = { 0 };

	for (size_t i = 0; i < space.nr; i++)
		nr[reach_family(&space.config[i])]++;
	for (int f = 0; f < NR_REACH_FAMILIES; f++)
		ck_assert_uint_gt(nr[f], 1000);
	reach_drop(&space);
}
END_TEST

/* ---- plans ------------------------------------------------------------------------ */

static void check_call(const struct syscall *c, const char *key)
{
	ck_assert_msg(c->len && c->addr && c->addr + c->len < WINDOW_PAGES &&
			      c->new_addr + c->new_len < WINDOW_PAGES &&
			      syscall_in_space(AREA_RESERVED, c),
		      "%s: %s", key, syscall_name(c->kind));
}

/* The first and the last page of a window stay empty. */
START_TEST(plans_keep_to_their_windows)
{
	struct reach_space space = reach_all();
	struct reach_plan plan;
	char key[REACH_KEY];

	for (size_t i = 0; i < space.nr; i++) {
		reach_key(&space.config[i], key);
		reach_plan(&space.config[i], &plan);
		ck_assert_uint_gt(plan.nr, 0);
		ck_assert_uint_le(plan.nr, REACH_CALLS);
		ck_assert_msg(reach_forks(&space.config[i]) ==
				      (plan.fork < plan.nr),
			      "%s", key);
		for (size_t j = 0; j < plan.nr; j++)
			check_call(&plan.call[j], key);
	}
	reach_drop(&space);
}
END_TEST

START_TEST(a_plan_is_printed)
{
	const struct reach_plan plan = {
		.call = { { .kind = CALL_MMAP,
			    .addr = 1,
			    .len = 2,
			    .prot = PROT_READ | PROT_WRITE,
			    .flags = MAP_PRIVATE },
			  { .kind = CALL_MMAP,
			    .addr = 3,
			    .len = 1,
			    .prot = PROT_EXEC,
			    .flags = MAP_SHARED,
			    .file = 2,
			    .offset = 5 },
			  { .kind = CALL_MPROTECT,
			    .addr = 1,
			    .len = 1,
			    .prot = PROT_READ },
			  { .kind = CALL_MADVISE, .addr = 1, .len = 1 },
			  { .kind = CALL_MLOCK2, .addr = 1, .len = 1 },
			  { .kind = CALL_MBIND, .addr = 1, .len = 1 },
			  { .kind = CALL_MREMAP,
			    .addr = 1,
			    .len = 1,
			    .new_addr = 5,
			    .new_len = 2 },
			  { .kind = CALL_MREMAP,
			    .addr = 3,
			    .len = 1,
			    .new_addr = 8,
			    .new_len = 1,
			    .flags = MREMAP_DONTUNMAP },
			  { .kind = CALL_MUNMAP, .addr = 5, .len = 2 } },
		.nr = 9,
		.fork = 3,
	};
	char *text = PRINTED(out, reach_print_plan(out, &plan));

	ck_assert_str_eq(text, "  mmap [1, 3) rw- private\n"
			       "  mmap [3, 4) --x shared file 2 at 5\n"
			       "  mprotect [1, 2) r--\n"
			       "  fork\n"
			       "  madvise [1, 2) dontdump\n"
			       "  mlock2 [1, 2) on fault\n"
			       "  mbind [1, 2) preferred\n"
			       "  mremap [1, 2) to [5, 7)\n"
			       "  mremap [3, 4) to [8, 9), which stays\n"
			       "  munmap [5, 7)\n");
	free(text);
}
END_TEST

/* ---- on the simulator ---------------------------------------------------------------- */

START_TEST(every_setup_works)
{
	struct reach_space space = reach_all();
	struct sim *sim = reach_sim();
	struct reach_seen seen;

	for (size_t i = 0; i < space.nr; i++) {
		reach_simulate(&space.config[i], &rule_sets[i % nr_rule_sets],
			       sim, &seen);
		ck_assert_uint_eq(seen.state, REACH_FINISHED);
		ck_assert_int_eq(seen.err, 0);
	}
	sim_free(sim);
	reach_drop(&space);
}
END_TEST

static struct reach_seen simulate(const char *key, const char *version)
{
	struct sim *sim = reach_sim();
	struct reach_config c;
	struct reach_seen seen;

	ck_assert_msg(reach_find(key, &c), "%s", key);
	reach_simulate(&c, rules_for(version), sim, &seen);
	sim_free(sim);
	return seen;
}

/*
 * Who is written to beside a VMA that has an anon_vma shares it; those that come
 * to lie beside each other later do not; and those that are inherited never do.
 */
static const struct {
	const char *key;
	unsigned int nr;
} outcomes[] = {
	{ "mprotect.all.anon.faulted.same.faulted.same.faulted.joined", 1 },
	{ "mprotect.all.anon.faulted.same.faulted.same.faulted.apart", 2 },
	{ "mprotect.all.anon.forked.same.forked.same.forked.apart", 3 },
	{ "mprotect.all.anon.unfaulted.same.forked.same.unfaulted.apart", 2 },
	{ "mprotect.all.anon.unfaulted.same.faulted.same.unfaulted.apart", 1 },
	{ "mprotect.all.shared.unfaulted.same.unfaulted.same.unfaulted.apart",
	  1 },
	{ "mprotect.all.shm.unfaulted.same.unfaulted.same.unfaulted.apart", 3 },
	{ "mprotect.inner.anon.unfaulted.same.unfaulted.same.unfaulted.apart",
	  5 },
	{ "munmap.inner.anon.unfaulted.absent.unfaulted.absent.unfaulted.apart",
	  2 },
	{ "mmap.all.anon.unfaulted.same.faulted.same.faulted.apart", 2 },
};

START_TEST(anon_vmas_follow_the_setup)
{
	struct reach_seen seen = simulate(outcomes[_i].key, "6.18");

	ck_assert_msg(seen.nr == outcomes[_i].nr, "%s: %u", outcomes[_i].key,
		      seen.nr);
}
END_TEST

/* ---- rule sets ------------------------------------------------------------------------ */

/* What each of these says is that something does not merge (src/model/rules.c). */
static bool merges_less(const char *since)
{
	static const char *const sets[] = { "6.12.114", "6.12.118", "6.18.8",
					    "6.19",	"7.2",	    "7.3" };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (!strcmp(since, sets[i]))
			return true;
	return false;
}

START_TEST(rule_sets_differ)
{
	static struct reach_changes changes;
	struct reach_space space = reach_all();
	size_t since_616 = 0;

	reach_compare_rules(&space, &changes);
	reach_drop(&space);
	ck_assert_uint_gt(changes.nr, 0);
	ck_assert_uint_lt(changes.nr, REACH_CHANGES);
	for (size_t i = 0; i < changes.nr; i++) {
		const char *since = changes.change[i].rules->version;

		/* In which order the parts of a merge are done, nobody sees. */
		ck_assert_str_ne(since, "6.15");
		since_616 += strcmp(since, "6.16") ? 0 : changes.change[i].nr;
		if (changes.change[i].how == HOW_LESS)
			ck_assert_msg(merges_less(since), "%s", since);
	}
	ck_assert_uint_gt(since_616, 0);
}
END_TEST

/* ---- judging --------------------------------------------------------------------------- */

static struct reach_verdict judge_by(const char *key, const struct rules *rules,
				     const char *release,
				     const struct reach_seen *kernel)
{
	struct sim *sim = reach_sim();
	struct reach_seen wanted;
	struct reach_verdict v;
	struct reach_config c;

	ck_assert(reach_find(key, &c));
	v = reach_judge(&c, rules, release, sim, kernel, &wanted);
	sim_free(sim);
	return v;
}

static struct reach_verdict judge(const char *key, const char *release,
				  const struct reach_seen *kernel)
{
	return judge_by(key, rules_for(release), release, kernel);
}

static struct reach_verdict judge_old(const char *key, const char *release,
				      const struct reach_seen *kernel)
{
	return judge_by(key, rule_sets, release, kernel);
}

static void differs(const char *key, const struct reach_seen *kernel,
		    const char *why)
{
	struct reach_verdict v = judge(key, "6.18.1", kernel);

	ck_assert_int_eq(v.verdict, LIVE_DIFFERS);
	ck_assert_str_eq(v.why, why);
}

START_TEST(another_outcome_is_found_out)
{
	const char *key = GOOD_KEY "apart";
	struct reach_seen good = simulate(key, "6.18"), seen = good;

	ck_assert_int_eq(judge(key, "6.18.1", &seen).verdict, LIVE_AGREES);
	seen.vma[0].end++;
	differs(key, &seen, "other VMAs");
	seen = good;
	seen.vma[0].flags ^= MAPS_SHARED;
	differs(key, &seen, "other VMAs");
	seen = good;
	seen.nr = 0;
	differs(key, &seen, "more merges");
	seen = good;
	seen.nr++;
	differs(key, &seen, "less merges");
	seen = good;
	seen.err = EINVAL;
	differs(key, &seen, "another error");
	seen.state = REACH_SETUP;
	differs(key, &seen, "the setup failed");
	seen = good;
	seen.state = REACH_UNREAD;
	differs(key, &seen, "there are too many VMAs");
	seen.state = REACH_DIED;
	differs(key, &seen, "the process did not survive it");
}
END_TEST

START_TEST(what_cannot_be_tried_is_skipped)
{
	const char *key = "prctl.all.anon.unfaulted.absent.unfaulted.absent."
			  "unfaulted.apart";
	struct reach_seen seen = simulate(key, "6.18");

	seen.err = EINVAL;
	ck_assert_int_eq(judge(key, "6.18.1", &seen).verdict, LIVE_SKIPPED);
	seen.err = EFAULT;
	ck_assert_int_eq(judge(key, "6.18.1", &seen).verdict, LIVE_DIFFERS);
	seen.err = ENOSYS;
	ck_assert_int_eq(judge(GOOD_KEY "apart", "6.18.1", &seen).verdict,
			 LIVE_SKIPPED);
}
END_TEST

/* Limits, a container or a broken look say nothing of the configuration. */
START_TEST(what_is_scarce_is_skipped)
{
	static const int scarce[] = { ENOMEM, EMFILE, ENFILE, EAGAIN };
	const char *key = GOOD_KEY "apart";
	struct reach_seen good = simulate(key, "6.18"), seen = good;

	for (size_t i = 0; i < sizeof(scarce) / sizeof(scarce[0]); i++) {
		seen.state = REACH_SETUP;
		seen.err = scarce[i];
		ck_assert_int_eq(judge(key, "6.18", &seen).verdict,
				 LIVE_SKIPPED);
		seen.state = REACH_FINISHED;
		ck_assert_int_eq(judge(key, "6.18", &seen).verdict,
				 LIVE_SKIPPED);
		seen.state = REACH_UNREAD;
		ck_assert_int_eq(judge(key, "6.18", &seen).verdict,
				 LIVE_SKIPPED);
	}
	/* More VMAs than there can be are no such thing. */
	seen.err = 0;
	ck_assert_int_eq(judge(key, "6.18", &seen).verdict, LIVE_DIFFERS);
}
END_TEST

/* Fixes come to stable releases before the rule set that has them does. */
START_TEST(stable_releases_may_be_ahead)
{
	const char *key = "move.all.file.forked.absent.unfaulted.same."
			  "unfaulted.apart";
	struct reach_seen seen = simulate(key, "6.19");

	/* 6.18.8 has the rule, 6.18.7 may not. */
	ck_assert_int_eq(judge(key, "6.18.8", &seen).verdict, LIVE_AGREES);
	ck_assert_int_eq(judge(key, "6.18.36", &seen).verdict, LIVE_AGREES);
	ck_assert_int_eq(judge(key, "6.18.37", &seen).verdict, LIVE_AGREES);
	ck_assert_int_eq(judge(key, "6.18.0", &seen).verdict, LIVE_DIFFERS);
	ck_assert_int_eq(judge(key, "6.18-rc3", &seen).verdict, LIVE_DIFFERS);
	seen = simulate(key, "6.18");
	ck_assert_int_eq(judge(key, "6.19", &seen).verdict, LIVE_DIFFERS);
	ck_assert_int_eq(judge(key, "6.19.9", &seen).verdict, LIVE_DIFFERS);
	ck_assert_int_eq(judge(key, "6.18.36", &seen).verdict, LIVE_DIFFERS);
	ck_assert_int_eq(judge(key, "6.18.37", &seen).verdict, LIVE_DIFFERS);
}
END_TEST

START_TEST(a_stable_series_can_take_rules_over)
{
	static const struct {
		const char *release;
		const char *rules;
	} t[] = {
		{ "6.18", "6.16" },	    { "6.18.0", "6.16" },
		{ "6.18.7", "6.16" },	    { "6.18.8", "6.18.8" },
		{ "6.18.36", "6.18.8" },    { "6.18.37", "6.19" },
		{ "6.18.37-rc1", "6.19" },  { "6.18.44-amd64", "6.19" },
		{ "6.18.100", "6.19" },	    { "6.18-44", "6.16" },
		{ "6.18-rc40", "6.16" },    { "6.18+44", "6.16" },
		{ "6.18.", "6.16" },	    { "6.18.-44", "6.16" },
		{ "6.18. 44", "6.16" },	    { "6.18.x44", "6.16" },
		{ "6.17.44", "6.16" },	    { "6.12.113", "6.12" },
		{ "6.12.114", "6.12.114" }, { "6.13.118", "6.12" },
		{ "6.19-rc1", "6.19" },	    { "7.0.1", "6.19" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(rules_for(t[i].release)->version, t[i].rules);
}
END_TEST

/*
 * A kernel that is older than all rule sets goes by the oldest; its stable releases
 * may have what came later, too: 6.12.114 and 6.1.192 have that a copy does not merge
 * with a source that stays.
 */
START_TEST(old_stable_releases_may_be_ahead)
{
	static const char key[] =
		"beside.all.anon.unfaulted.same.unfaulted.absent.unfaulted.apart";
	struct reach_seen oldest = simulate(key, "6.12");
	struct reach_seen later = simulate(key, "6.12.114");
	struct reach_verdict v;

	ck_assert(!reach_same(&oldest, &later));
	ck_assert_ptr_null(rules_for("6.1.192"));
	v = judge_old(key, "6.1.192", &oldest);
	ck_assert_int_eq(v.verdict, LIVE_AGREES);
	ck_assert(v.choice);
	v = judge_old(key, "6.1.192", &later);
	ck_assert_int_eq(v.verdict, LIVE_KNOWN);
	ck_assert_msg(!!strstr(v.why, "6.12.114"), "%s", v.why);
	/* A release that is no stable one has nothing of later ones. */
	ck_assert_int_eq(judge_old(key, "6.1", &oldest).verdict, LIVE_AGREES);
	ck_assert_int_eq(judge_old(key, "6.1", &later).verdict, LIVE_DIFFERS);
	ck_assert_int_eq(judge_old(key, "6.1.0", &later).verdict, LIVE_DIFFERS);
}
END_TEST

START_TEST(old_kernels_are_explained)
{
	const char *key = "mmap.all.file.unfaulted.same.faulted.same.faulted."
			  "apart";
	struct reach_config c;
	struct reach_seen seen = simulate(key, "6.12"), wanted;
	const struct rules *rules = rules_for("6.12");
	struct sim *sim = reach_sim();

	ck_assert(reach_find(key, &c));
	ck_assert_uint_eq(seen.nr, 2);
	seen.vma[1].start = seen.vma[0].end = PAGE_MIDDLE;
	seen.vma[1].pgoff = seen.vma[0].pgoff + PAGE_MIDDLE - PAGE_PREV;
	ck_assert_int_eq(
		reach_judge(&c, rules, "6.1.192", sim, &seen, &wanted).verdict,
		LIVE_KNOWN);
	ck_assert_int_eq(
		reach_judge(&c, rules, "6.12.1", sim, &seen, &wanted).verdict,
		LIVE_DIFFERS);
	seen.vma[1].pgoff++;
	ck_assert_int_eq(
		reach_judge(&c, rules, "6.1.192", sim, &seen, &wanted).verdict,
		LIVE_DIFFERS);
	sim_free(sim);
}
END_TEST

/* ---- on the running kernel ----------------------------------------------------------------- */

enum { STRIDE = 61 };

static size_t pick(struct reach_config *some)
{
	struct reach_space space = reach_all();
	size_t nr = 0;

	for (size_t i = 0; i < space.nr && nr < REACH_CHUNK; i += STRIDE)
		some[nr++] = space.config[i];
	reach_drop(&space);
	return nr;
}

static void check_one(const struct reach_config *c, struct sim *sim,
		      const struct rules *rules, const char *release,
		      const struct reach_seen *seen)
{
	struct reach_verdict v;
	struct reach_seen wanted;
	char key[REACH_KEY];

	v = reach_judge(c, rules, release, sim, seen, &wanted);
	reach_key(c, key);
	ck_assert_msg(v.verdict != LIVE_DIFFERS, "%s: %s", key, v.why);
}

START_TEST(the_kernel_agrees)
{
	static struct reach_config some[REACH_CHUNK];
	static struct reach_seen seen[REACH_CHUNK];
	const char *release;
	bool exact;
	const struct rules *rules = live_rules(&release, &exact);
	struct sim *sim = reach_sim();
	size_t nr = pick(some);

	/* A kernel that no rule set is of has more to be explained. */
	if (!live_unusable() && exact) {
		ck_assert_int_eq(reach_try(some, nr, seen, 20), 0);
		for (size_t i = 0; i < nr; i++)
			check_one(&some[i], sim, rules, release, &seen[i]);
	}
	sim_free(sim);
}
END_TEST

START_TEST(time_is_bounded)
{
	static struct reach_seen seen[REACH_CHUNK];
	static struct reach_config some[REACH_CHUNK];
	size_t nr = pick(some);

	ck_assert_int_eq(reach_try(some, nr, seen, 0), ECHILD);
	ck_assert_int_eq(reach_try(some, REACH_CHUNK + 1, seen, 1), EINVAL);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
/* Nothing is said of what was not seen to its end. */
START_TEST(nobody_can_be_waited_for)
{
	static struct reach_seen seen[REACH_CHUNK];
	static struct reach_config some[REACH_CHUNK];
	size_t nr = pick(some);

	if (!live_unusable() && forbid(SYS_wait4))
		ck_assert_int_eq(reach_try(some, nr, seen, 20), EPERM);
}
END_TEST
#endif

/* Nor of what cannot be looked at. */
START_TEST(nothing_can_be_read)
{
	static struct reach_seen seen[REACH_CHUNK];
	static struct reach_config some[REACH_CHUNK];
	size_t nr = pick(some);

	if (live_unusable() || !forbid(SYS_openat))
		return;
	ck_assert_int_eq(reach_try(some, nr, seen, 20), 0);
	ck_assert_int_eq(seen[0].state, REACH_UNREAD);
	ck_assert_int_eq(seen[0].err, EPERM);
}
END_TEST

Suite *suite_reach(void)
{
	Suite *s = suite_create("reach");
	TCase *tc = tcase_create("reach");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, keys_go_both_ways);
	tcase_add_test(tc, each_word_is_on_the_page);
	tcase_add_loop_test(tc, bad_keys_are_refused, 0,
			    sizeof(bad_keys) / sizeof(bad_keys[0]));
	tcase_add_loop_test(tc, sides_differ_in_what_they_have, 0,
			    sizeof(side_keys) / sizeof(side_keys[0]));
	tcase_add_test(tc, a_plan_is_printed);
	tcase_add_test(tc, no_family_is_empty);
	tcase_add_test(tc, plans_keep_to_their_windows);
	tcase_add_test(tc, every_setup_works);
	tcase_add_loop_test(tc, anon_vmas_follow_the_setup, 0,
			    sizeof(outcomes) / sizeof(outcomes[0]));
	tcase_add_test(tc, rule_sets_differ);
	tcase_add_test(tc, another_outcome_is_found_out);
	tcase_add_test(tc, what_cannot_be_tried_is_skipped);
	tcase_add_test(tc, what_is_scarce_is_skipped);
	tcase_add_test(tc, stable_releases_may_be_ahead);
	tcase_add_test(tc, old_stable_releases_may_be_ahead);
	tcase_add_test(tc, a_stable_series_can_take_rules_over);
	tcase_add_test(tc, old_kernels_are_explained);
	tcase_add_test(tc, the_kernel_agrees);
	tcase_add_test(tc, time_is_bounded);
	tcase_add_test(tc, nothing_can_be_read);
#ifdef __SANITIZE_ADDRESS__
	fputs("reach: skipped: what cannot wait for a child, as LeakSanitizer does at the end\n",
	      stderr);
#else
	tcase_add_test(tc, nobody_can_be_waited_for);
#endif
	suite_add_tcase(s, tc);
	return s;
}
