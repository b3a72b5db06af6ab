// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report: words made of a trace, and the comparison with what is stated.
 * That no stated field can be wrong unnoticed is tests/break-fields.py's.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/reading.h"
#include "report/report.h"
#include "tests.h"

/* ---- a catalogue made of a text ---------------------------------------------- */

#define HEAD                                                                   \
	"family: existing\n"                                                   \
	"title: T\n"                                                           \
	"order: 1\n"                                                           \
	"intro: I\n"                                                           \
	"cases:\n"                                                             \
	"  - id: existing-one\n"                                               \
	"    title: One\n"                                                     \
	"    summary: S\n"

#define TAIL                                                                   \
	"    function: vma_merge_existing_range()\n"                           \
	"    syscalls: [mprotect]\n"                                           \
	"    beyond_mail: true\n"

static struct catalog *catalog_of(const char *text)
{
	char path[TEMP_PATH];
	const char *paths[] = { path };
	int fd = temp_file(path);
	struct catalog *cat;

	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	cat = catalog_load(paths, 1, stderr);
	unlink(path);
	ck_assert_ptr_nonnull(cat);
	return cat;
}

static const struct cat_case *only_case(const struct catalog *cat)
{
	return &cat->families[0].cases[0];
}

static enum role role_of(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (!strcmp(r->roles[i].name, name))
			return r->roles[i].role;
	ck_abort_msg("no VMA %s", name);
	return ROLE_NONE;
}

static void expect_steps(const char *text, const char *rules,
			 const char *const *steps)
{
	struct catalog *cat = catalog_of(text);
	struct report *r = report_run(cat, only_case(cat), rules_for(rules));
	size_t i;

	ck_assert_ptr_eq(r->broken, NULL);
	for (i = 0; steps[i]; i++) {
		ck_assert_uint_lt(i, r->nr_steps);
		ck_assert_str_eq(r->steps[i].text, steps[i]);
	}
	ck_assert_uint_eq(r->nr_steps, i);
	report_free(r);
	catalog_free(cat);
}

/* ---- words ---------------------------------------------------------------------- */

static const char left_partial[] = HEAD
	"    before:\n"
	"      - {vma: prev, range: [4, 8], flags: [read]}\n"
	"      - {vma: middle, range: [8, 16], flags: [write], anon_vma: A}\n"
	"    operation: {modify: [8, 12], flags: [read]}\n"
	"    roles: {prev: extend, middle: partial overwrite}\n"
	"    steps: [Detach prev VMA]\n"
	"    after: [{vma: prev, range: [4, 12]}, "
	"{vma: middle, range: [12, 16]}]\n"
	"    locks: {mmap: write, vma: [middle, prev], rmap: [anon_vma]}\n"
	"    map_count: {before: 2, after: 2}\n" TAIL;

START_TEST(words_of_a_merge)
{
	static const char *const now[] = {
		"Duplicate middle anon_vma to prev",
		"Set prev VMA range [prev->vm_start, end)",
		"Set middle range [end, middle->vm_end)",
		"Overwrite prev, middle (partial) nodes in maple tree with prev",
		NULL,
	};

	expect_steps(left_partial, "latest", now);
}
END_TEST

/* Up to 6.14 the tree was stored to before middle's start moved. */
START_TEST(words_follow_the_version)
{
	static const char text[] =
		HEAD "    before:\n"
		     "      - {vma: prev, range: [4, 8], flags: [read]}\n"
		     "      - {vma: middle, range: [8, 16], flags: [write]}\n"
		     "    operation: {modify: [8, 12], flags: [read]}\n"
		     "    roles: {prev: extend}\n"
		     "    steps: [Detach prev VMA]\n"
		     "    after: [{vma: prev, range: [4, 12]}]\n"
		     "    locks: {mmap: write, vma: [middle, prev], rmap: []}\n"
		     "    map_count: {before: 2, after: 2}\n" TAIL;
	static const char *const old[] = {
		"Set prev VMA range [prev->vm_start, end)",
		"Overwrite prev, middle (partial) nodes in maple tree with prev",
		"Set middle range [end, middle->vm_end)",
		NULL,
	};

	expect_steps(text, "6.14", old);
}
END_TEST

START_TEST(words_of_an_inner_change)
{
	static const char text[] =
		HEAD "    before:\n"
		     "      - {vma: middle, range: [4, 16], flags: [write]}\n"
		     "    operation: {modify: [8, 12], flags: [read]}\n"
		     "    roles: {middle: split}\n"
		     "    steps: [Detach middle VMA]\n"
		     "    after: [{vma: middle, range: [4, 12]}]\n"
		     "    locks: {mmap: write, vma: [middle], rmap: []}\n"
		     "    map_count: {before: 2, after: 2}\n" TAIL;
	static const char *const steps[] = {
		"Duplicate middle",
		"Set new range to [middle->vm_start, addr)",
		"Set middle range to [addr, middle->vm_end)",
		"Partially overwrite middle node in maple tree with new",
		"Duplicate middle",
		"Set new2 range to [addr, middle->vm_end)",
		"Set middle range to [middle->vm_start, addr)",
		"Partially overwrite middle node in maple tree with new2",
		"Set middle attributes",
		NULL,
	};

	expect_steps(text, "latest", steps);
}
END_TEST

START_TEST(words_of_an_insertion)
{
	static const char text[] =
		HEAD "    before:\n"
		     "      - {vma: prev, range: [4, 8], flags: [write]}\n"
		     "    operation: {map: [8, 12], flags: [read]}\n"
		     "    roles: {new: create}\n"
		     "    steps: [Detach prev VMA]\n"
		     "    after: [{vma: prev, range: [4, 8]}]\n"
		     "    locks: {mmap: write, vma: [new], rmap: []}\n"
		     "    map_count: {before: 1, after: 2}\n"
		     "    function: __mmap_new_vma()\n"
		     "    syscalls: [mmap]\n"
		     "    beyond_mail: true\n";
	static const char *const steps[] = {
		"Allocate new",
		"Set new VMA range [start, end)",
		"Store new in maple tree",
		NULL,
	};

	expect_steps(text, "latest", steps);
}
END_TEST

START_TEST(words_of_an_unmap)
{
	static const char text[] =
		HEAD "    before:\n"
		     "      - {vma: prev, range: [4, 8], flags: [write]}\n"
		     "      - {vma: next, range: [8, 12], flags: [read]}\n"
		     "    operation: {unmap: [4, 12]}\n"
		     "    roles: {prev: delete, next: delete}\n"
		     "    steps: [Detach prev VMA]\n"
		     "    after: []\n"
		     "    locks: {mmap: write, vma: [prev, next], rmap: []}\n"
		     "    map_count: {before: 2, after: 0}\n"
		     "    function: do_vmi_align_munmap()\n"
		     "    syscalls: [munmap]\n"
		     "    beyond_mail: true\n";
	static const char *const steps[] = {
		"Detach prev VMA",
		"Detach next VMA",
		"Clear prev, next nodes in maple tree",
		"Free prev VMA",
		"Free next VMA",
		NULL,
	};

	expect_steps(text, "latest", steps);
}
END_TEST

/* What is split to make a hole is then deleted; the parts that stay are new. */
START_TEST(roles_of_a_hole)
{
	static const char text[] = HEAD
		"    before:\n"
		"      - {vma: vma, range: [4, 16], flags: [write]}\n"
		"    operation: {unmap: [8, 12]}\n"
		"    roles: {vma: delete, new: create, new2: create}\n"
		"    steps: [Detach vma VMA]\n"
		"    after: [{vma: new, range: [4, 8]}, "
		"{vma: new2, range: [12, 16]}]\n"
		"    locks: {mmap: write, vma: [vma, new, new2], rmap: []}\n"
		"    map_count: {before: 1, after: 2}\n"
		"    function: do_vmi_align_munmap()\n"
		"    syscalls: [munmap]\n"
		"    beyond_mail: true\n";
	struct catalog *cat = catalog_of(text);
	struct report *r = report_run(cat, only_case(cat), rules_for("latest"));

	ck_assert_int_eq(role_of(r, "vma"), ROLE_DELETE);
	ck_assert_int_eq(role_of(r, "new"), ROLE_CREATE);
	ck_assert_int_eq(role_of(r, "new2"), ROLE_CREATE);
	ck_assert_uint_eq(r->nr_mismatches, 2);
	ck_assert_str_eq(r->mismatches[0].field, "steps");
	ck_assert_str_eq(r->mismatches[1].field, "composed_of");
	ck_assert_str_eq(r->mismatches[1].stated, "none\n");
	ck_assert_str_eq(r->mismatches[1].derived,
			 "split-new-below\nsplit-new-above\n");
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* ---- the comparison --------------------------------------------------------------- */

START_TEST(mismatch_is_shown)
{
	struct catalog *cat = catalog_of(left_partial);
	struct report *r = report_run(cat, only_case(cat), rules_for("latest"));
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert(!report_ok(r));
	ck_assert_uint_eq(r->nr_mismatches, 3);
	ck_assert_str_eq(r->mismatches[0].field, "id");
	ck_assert_str_eq(r->mismatches[1].field, "steps");
	ck_assert_uint_eq(r->mismatches[1].pos.line, 14);
	ck_assert_str_eq(r->mismatches[1].stated, "1. Detach prev VMA\n");
	ck_assert_str_eq(r->mismatches[2].field, "old_case");
	ck_assert_str_eq(r->mismatches[2].stated, "none\n");
	ck_assert_str_eq(r->mismatches[2].derived, "5\n");
	report_print_mismatches(out, r, true);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "    ! 1. Detach prev VMA | "
					   "1. Duplicate middle anon_vma"));
	free(text);
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* "existing-merge-left-partial-x" may be that, "existing-one" may not. */
START_TEST(variant_of_a_case)
{
	static const char line[] = "id: existing-one\n    title: One";
	static const char other[] = "id: existing-merge-left-partial-x\n"
				    "    title: Merge left partial x";
	char text[2048];
	const char *at = strstr(left_partial, line);
	struct catalog *cat;
	struct report *r;

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - left_partial),
		 left_partial, other, at + strlen(line));
	cat = catalog_of(text);
	r = report_run(cat, only_case(cat), rules_for("latest"));
	ck_assert_str_eq(r->kind->id, "existing-merge-left-partial");
	for (size_t i = 0; i < r->nr_mismatches; i++)
		ck_assert_str_ne(r->mismatches[i].field, "id");
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* A split that vm_ops->may_split refuses: stated, and not stated. */
START_TEST(refusal_can_be_stated)
{
	static const char refused[] =
		HEAD "    before:\n"
		     "      - {vma: vma, range: [4, 16], flags: [write],"
		     " may_split: false}\n"
		     "    operation: {split: vma, addr: 8, new: below}\n"
		     "%s"
		     "    roles: {}\n"
		     "    steps: []\n"
		     "    after: [{vma: vma, range: [4, 16]}]\n"
		     "    locks: {mmap: write, vma: [], rmap: []}\n"
		     "    map_count: {before: 1, after: 1}\n"
		     "    function: __split_vma()\n"
		     "    syscalls: [munmap]\n"
		     "    beyond_mail: true\n";
	static const char *const errors[] = { "    error: EINVAL\n", "",
					      "    error: ENOMEM\n" };
	struct catalog *cat;
	struct report *r;
	char text[2048];

	snprintf(text, sizeof(text), refused, errors[_i]);
	cat = catalog_of(text);
	r = report_run(cat, only_case(cat), rules_for("latest"));
	ck_assert_uint_eq(r->nr_mismatches, _i ? 1 : 0);
	if (_i)
		ck_assert_str_eq(r->mismatches[0].field, "error");
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* A broken invariant is wrong, whatever the statements. */
START_TEST(broken_is_not_ok)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report *r = report_run(cat, only_case(cat), rules_for("latest"));

	ck_assert(report_ok(r));
	r->broken = "it broke";
	ck_assert(!report_ok(r));
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* Every shipped case, under the rules of every kernel, to the last invariant. */
START_TEST(shipped_cases_hold)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	size_t nr = 0;
	const struct rules *rules = &rule_sets[_i];

	ck_assert_ptr_nonnull(cat);
	for_each_family(cat, f)
		for_each_case(f, c) {
			struct report *r = report_run(cat, c, rules);

			ck_assert_msg(report_ok(r), "%s", c->id);
			if (!c->beyond_mail)
				ck_assert_uint_eq(r->nr_kcalls, 1);
			ck_assert_uint_eq(r->nr_parts, c->composed_of.nr);
			report_free(r);
			nr++;
		}
	ck_assert_uint_ge(nr, 10);
	catalog_free(cat);
}
END_TEST

/* What a case states of earlier kernels replaces what it states of itself. */
START_TEST(earlier_kernels)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	const struct cat_case *both = catalog_case(cat, "existing-merge-both");
	const struct cat_case *left =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = report_run(cat, both, rules_for("6.14"));

	ck_assert_ptr_eq(report_stated_locks(r), &both->earlier[0].locks);
	ck_assert_ptr_eq(report_stated_steps(r), &both->steps);
	report_free(r);
	r = report_run(cat, both, rules_for("6.15"));
	ck_assert_ptr_eq(report_stated_locks(r), &both->locks);
	report_free(r);
	r = report_run(cat, left, rules_for("6.12"));
	ck_assert_ptr_eq(report_stated_steps(r), &left->earlier[0].steps);
	ck_assert_uint_eq(report_stated_steps(r)->nr, 3);
	ck_assert_ptr_eq(report_stated_locks(r), &left->locks);
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* Without the entry for earlier kernels, these contradict the case. */
START_TEST(earlier_is_judged)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct cat_case c = *catalog_case(cat, "existing-merge-left-partial");
	struct cat_earlier e = c.earlier[0];
	struct report *r;

	c.nr_earlier = 0;
	r = report_run(cat, &c, rules_for("6.12"));
	ck_assert_uint_eq(r->nr_mismatches, 1);
	ck_assert_str_eq(r->mismatches[0].field, "steps");
	ck_assert_uint_eq(r->mismatches[0].pos.line, c.steps.pos.line);
	report_free(r);
	c.nr_earlier = 1;
	c.earlier = &e;
	e.steps.text = c.steps.text;
	r = report_run(cat, &c, rules_for("6.12"));
	ck_assert_uint_eq(r->nr_mismatches, 1);
	ck_assert_uint_eq(r->mismatches[0].pos.line, e.steps.pos.line);
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* The oldest entry that applies has the say, on each of the two by itself. */
START_TEST(earlier_than_earlier)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct cat_case c = *catalog_case(cat, "new-merge-left");
	struct cat_earlier e[] = {
		{ .before = { .text = "6.15" }, .says_locks = true },
		{ .before = { .text = "6.16" }, .steps.nr = 1 },
		{ .before = { .text = "6.19" },
		  .steps.nr = 2,
		  .says_locks = true },
	};
	static const struct {
		const char *rules;
		size_t nr_steps;
		int locks; /* the entry, -1 for the case itself */
	} expected[] = {
		{ "6.12", 1, 0 },
		{ "6.15", 1, 2 },
		{ "6.16", 2, 2 },
		{ "6.19", 2, -1 },
	};

	c.earlier = e;
	c.nr_earlier = 3;
	for (size_t i = 0; i < 4; i++) {
		struct report r = { .c = &c };

		r.rules = rules_for(expected[i].rules);
		ck_assert_uint_eq(report_stated_steps(&r)->nr,
				  expected[i].nr_steps);
		ck_assert_ptr_eq(report_stated_locks(&r),
				 expected[i].locks < 0
					 ? &c.locks
					 : &e[expected[i].locks].locks);
	}
	catalog_free(cat);
}
END_TEST

/* Conditions in words: what is not said of is left out. */
START_TEST(conditions_in_words)
{
	static const struct {
		const char *id;
		const char *words;
	} t[] = {
		{ "existing-merge-left-partial",
		  "the range is a head, prev merges, no special flag is asked "
		  "for and there is enough memory" },
		{ "split-new-below",
		  "the new VMA is below, splits are allowed, there may be one "
		  "more VMA and there is enough memory" },
		{ "change-all", "the range is all of the VMA" },
		{ "unmap-all", "the range touches one VMA, the range is all of "
			       "the VMA and there is enough memory" },
		{ "insert-between", "" },
	};
	struct catalog *cat = catalog_load_dir("catalog", stderr);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		report_print_whens(out, &catalog_case(cat, t[i].id)->when);
		fclose(out);
		ck_assert_str_eq(text, t[i].words);
		free(text);
	}
	catalog_free(cat);
}
END_TEST

/* The state after a step of the mail is the state after its step. */
START_TEST(states_follow_steps)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	const struct cat_case *c =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = report_run(cat, c, rules_for("latest"));
	const struct layout *lay = r->states[r->steps[0].step + 1];

	ck_assert_uint_eq(r->nr_steps, 3);
	/* prev has grown, middle has not moved, the tree knows of neither. */
	ck_assert_uint_eq(layout_vma(lay, 1)->s.vm_end, 32);
	ck_assert_uint_eq(layout_vma(lay, 2)->s.vm_start, 24);
	ck_assert_uint_eq(lay->slots[1].end, 24);
	lay = r->states[r->steps[2].step + 1];
	ck_assert_uint_eq(layout_vma(lay, 2)->s.vm_start, 32);
	ck_assert_uint_eq(lay->slots[1].end, 32);
	report_free(r);
	catalog_free(cat);
}
END_TEST

/* Whether none was had before, or one was. */
START_TEST(all_readings_are_had)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report *r = report_run(cat, only_case(cat), rules_for("latest"));

	if (_i)
		report_reading(r, reader_find("clipped"));
	report_read_all(&r, 1, NULL);
	for (size_t i = 0; i < nr_readers; i++)
		ck_assert_ptr_eq(r->readings[i].reader, &reader_table[i]);
	report_free(r);
	catalog_free(cat);
}
END_TEST

static void add_loop(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

static void add(Suite *s, const char *name, const TTest *test)
{
	add_loop(s, name, test, 1);
}

Suite *suite_report(void)
{
	Suite *s = suite_create("report");

	add(s, "merge", words_of_a_merge);
	add(s, "version", words_follow_the_version);
	add(s, "inner change", words_of_an_inner_change);
	add(s, "insertion", words_of_an_insertion);
	add(s, "earlier kernels", earlier_kernels);
	add(s, "earlier is judged", earlier_is_judged);
	add(s, "earlier than earlier", earlier_than_earlier);
	add(s, "conditions", conditions_in_words);
	add(s, "unmap", words_of_an_unmap);
	add(s, "mismatch", mismatch_is_shown);
	add(s, "variant", variant_of_a_case);
	add(s, "hole", roles_of_a_hole);
	add_loop(s, "refusal", refusal_can_be_stated, 3);
	add(s, "broken", broken_is_not_ok);
	add_loop(s, "shipped", shipped_cases_hold, nr_rule_sets);
	add(s, "states", states_follow_steps);
	add_loop(s, "readings", all_readings_are_had, 2);
	return s;
}
