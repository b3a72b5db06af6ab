// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests for the kernel's own harness, tools/testing/vma: a test a case, and
 * then one for each rule that stands against a merge or a split.
 *
 * What is expected of a case is what the catalogue states. What it does not
 * state, and all that is expected where a rule stands against it, is what the
 * simulator derives; "vmatlas source" holds that against mm/vma.c.
 */
#include <stdlib.h>
#include <string.h>

#include "emit/vma-test.h"
#include "lib/memory.h"
#include "lib/stream.h"

/* ---- rules that stand against it ------------------------------------------- */

/*
 * One for each rule, and where the two sides of a merge may fall out one way or
 * the other, both.
 */
static const struct against {
	const char *name;
	const char *says;
	const char *config; /* of the space */
	bool no_memory;	    /* for the nodes of the tree */
	bool faults;	    /* then what is not faulted is */
	const char *since;  /* the first harness that can do it, or NULL */
} against[] = {
	{ "existing_policy", "The policy of prev differs.",
	  "existing:prev=adjacent,prev_differs=policy,next=adjacent" },
	{ "existing_flags", "The flags of next differ.",
	  "existing:prev=adjacent,next=adjacent,next_differs=flags" },
	{ "existing_file", "Prev is of another file.",
	  "existing:backed=file,prev=adjacent,prev_differs=file,next=adjacent" },
	{ "existing_uffd_ctx", "The userfaultfd context of next differs.",
	  "existing:prev=adjacent,next=adjacent,next_differs=uffd" },
	{ "existing_anon_name", "The name of prev differs.",
	  "existing:prev=adjacent,prev_differs=name,next=adjacent" },
	{ "existing_prev_pgoff", "The offset of prev is not continuous.",
	  "existing:prev=adjacent,prev_differs=pgoff,next=adjacent" },
	{ "existing_next_pgoff", "The offset of next is not continuous.",
	  "existing:prev=adjacent,next=adjacent,next_differs=pgoff" },
	{ "existing_prev_apart", "Prev is not adjacent.",
	  "existing:prev=apart,next=adjacent" },
	{ "existing_next_apart", "Next is not adjacent.",
	  "existing:prev=adjacent,next=apart" },
	{ "existing_anon_vma", "Prev has another anon_vma than the range.",
	  "existing:prev=adjacent,prev_anon=B,middle_anon=A,next=adjacent,next_anon=A" },
	{ "existing_prev_forked", "Prev has inherited its anon_vma.",
	  "existing:prev=adjacent,prev_anon=A-forked,next=adjacent" },
	{ "existing_middle_faulted", "Only the range has an anon_vma.",
	  "existing:prev=adjacent,middle_anon=A,next=adjacent" },
	{ "existing_prev_faulted", "Only prev has an anon_vma.",
	  "existing:prev=adjacent,prev_anon=A,next=adjacent" },
	{ "existing_next_faulted", "Only next has an anon_vma.",
	  "existing:prev=adjacent,next=adjacent,next_anon=A" },
	{ "existing_soft_dirty", "Only prev is soft-dirty: no reason.",
	  "existing:prev=adjacent,dirty=prev" },
	{ "existing_guard", "Only prev may have guard regions: no reason.",
	  "existing:prev=adjacent,guard=prev" },
	{ "existing_next_guard", "Only next may have them: the flag stays.",
	  "existing:prev=adjacent,next=adjacent,guard=next" },
	{ "existing_private", "All three map a private file: no reason.",
	  "existing:backed=private,prev=adjacent,next=adjacent" },
	{ "existing_prev_moved", "The anonymous offset of prev is elsewhere.",
	  "existing:backed=private,prev=adjacent,prev_moved=yes,next=adjacent" },
	{ "existing_next_moved", "The anonymous offset of next is elsewhere.",
	  "existing:backed=private,prev=adjacent,next=adjacent,next_moved=yes" },
	{ "existing_special", "The range is special.",
	  "existing:prev=adjacent,next=adjacent,special=yes" },
	{ "existing_middle_close", "The range has a close hook.",
	  "existing:prev=adjacent,middle_close=yes" },
	{ "existing_no_memory", "There is no memory.",
	  "existing:prev=adjacent,next=adjacent,next_anon=A", true },
	{ "existing_give_up", "There is no memory, and no need to merge.",
	  "existing:prev=adjacent,fail=1,gives_up=yes", true },
	{ "existing_no_room", "There may be one more VMA, not two.",
	  "existing:range=inner,room=one" },
	{ "existing_may_split", "The range may not be split off.",
	  "existing:range=head,may_split=first-refuses" },
	{ "existing_split_no_memory", "There is no memory to split it off.",
	  "existing:range=head", true },
	{ "new_special", "The range is special.",
	  "new:prev=adjacent,next=adjacent,special=yes" },
	{ "new_prev_apart", "Prev is not adjacent.",
	  "new:prev=apart,next=adjacent" },
	{ "new_next_apart", "Next is not adjacent.",
	  "new:prev=adjacent,next=apart" },
	{ "new_next_faulted", "Only next has an anon_vma.",
	  "new:prev=adjacent,next=adjacent,next_anon=A" },
	{ "new_no_memory", "There is no memory.",
	  "new:prev=adjacent,next=adjacent,next_anon=A", true },
	{ "copy_merges", "A copy is like what is beside it: no reason.",
	  "new:prev=adjacent,middle_anon=A,next=adjacent,copied=far" },
	{ "copy_forked", "What is copied has inherited its anon_vma.",
	  "new:prev=adjacent,middle_anon=A-forked,next=adjacent,copied=far" },
	{ "copy_uffd_lost", "What is copied is to lose its userfaultfd.",
	  "new:prev=adjacent,next=adjacent,copied=far,uffd_lost=yes" },
	{ "copy_prev_kept", "Prev is what is copied, and is kept.",
	  "new:prev=adjacent,copied=prev,keeps=yes" },
	{ "copy_next_kept", "Next is what is copied, and is kept.",
	  "new:next=adjacent,copied=next,keeps=yes" },
	{ "split_no_room", "There may be no more VMAs.", "split:room=none" },
	{ "split_one_more", "There may be one more VMA.", "split:room=one" },
	{ "split_may_split", "The VMA may not be split.",
	  "split:may_split=first-refuses" },
	{ "split_no_memory", "There is no memory.", "split:middle_anon=A",
	  true },
	{ "unmap_no_room", "There may be no more VMAs.",
	  "unmap:range=inner,room=none" },
	{ "unmap_tail_no_room",
	  "The map count is at its limit, and again in the end.",
	  "unmap:range=tail,room=none" },
	{ "unmap_may_split", "The last VMA may not be split.",
	  "unmap:range=inner,vmas=3,may_split=last-refuses" },
	{ "relocate_blocked", "Another VMA is in the way.",
	  "relocate:way=blocked", .since = "6.16" },
	{ "fault_reuses",
	  "Prev differs in flags alone: a fault reuses its anon_vma.",
	  "existing:backed=private,prev=adjacent,prev_differs=flags,prev_anon=A",
	  .faults = true },
	{ "fault_moved", "The anonymous offset of prev is elsewhere.",
	  "existing:backed=private,prev=adjacent,prev_differs=flags,prev_anon=A,prev_moved=yes",
	  .faults = true },
};

#define NR_AGAINST (ARRAY_SIZE(against))

/* ---- the file ------------------------------------------------------------------- */

/* What is printed in three places at once. */
struct vma_test_suite {
	const struct vma_test_version *h;
	FILE *tests;
	FILE *rows;
	FILE *left_out;
};

static void put_left_out(const struct vma_test_suite *s, const char *id,
			 const char *why)
{
	fputs(" * ", s->left_out);
	comment_puts(s->left_out, id);
	fprintf(s->left_out, ": %s\n", why);
}

static void add(const struct vma_test_suite *s, const struct vma_test *t,
		bool fits)
{
	const char *why = vma_test_why_not(t, fits);

	if (why) {
		put_left_out(s, t->says ? t->name : t->r->c->id, why);
		return;
	}
	vma_test_print(s->tests, t);
	fprintf(s->rows, "\tTEST(%s);\n", t->name);
}

static void add_case(const struct vma_test_suite *s, const struct report *r)
{
	char *name __free(free) = c_symbol(r->c->id);
	struct vma_test t = { .h = s->h, .name = name, .r = r, .room = -1 };

	vma_test_collect(&t);
	add(s, &t, vma_test_expect_stated(&t));
}

/* What the catalogue says of configurations. */
struct judge {
	const struct report_set *set;
	struct conditions *conditions;
	struct mm *mm;
};

/* Find the allocation of the tree's nodes among those that may fail. */
static void fail_tree(const struct judge *j, struct config *c)
{
	struct fixture fixture;

	do {
		c->at[DIM_FAIL]++;
		fixture_of(&fixture, c);
	} while (fixture_run(j->mm, j->set->rules, &fixture)->failed !=
			 ALLOC_TREE &&
		 c->at[DIM_FAIL] < FIXTURE_VMAS);
}

/* Which anon_vma a fault in each VMA would have it share. */
static void ask_faults(const struct judge *j, struct vma_test *t)
{
	mm_reset(j->mm, j->set->rules);
	for (size_t i = 0; i < t->nr_after; i++)
		mm_place(j->mm, &t->after[i].s);
	for (size_t i = 0; i < t->nr_after; i++)
		t->reuses[i] = mm_reuses(j->mm, t->after[i].s.vm_start);
	t->faults = true;
}

static void add_against(const struct vma_test_suite *s, const struct judge *j,
			const struct against *a)
{
	struct vma_test t = {
		.h = s->h, .name = a->name, .says = a->says, .room = -1
	};
	struct report *r;
	struct classification class;
	struct fixture fixture;
	struct config c;
	bool fits;

	if (!config_parse(a->config, &c, stderr))
		abort();
	if (a->no_memory) {
		c.at[DIM_FAIL] = 0;
		fail_tree(j, &c);
	}
	fixture_of(&fixture, &c);
	conditions_classify(j->conditions, &c, j->set->rules,
			    fixture_run(j->mm, j->set->rules, &fixture),
			    &class);
	if (c.at[DIM_ROOM])
		t.room = (int)(fixture.max_map_count - fixture.nr_vmas);
	t.no_memory = a->no_memory;
	t.family = space_family_names[c.family];
	t.class = class.id ? class.id : "?";
	r = report_config(j->set->cat, &c, j->set->rules);
	t.r = r;
	vma_test_collect(&t);
	fits = vma_test_expect_derived(&t);
	if (a->faults)
		ask_faults(j, &t);
	add(s, &t, fits);
	report_free(r);
}

static bool can_do(const struct vma_test_version *h, const struct against *a)
{
	return !a->since || h->number >= version_number(a->since);
}

static void add_all_against(const struct vma_test_suite *s,
			    const struct report_set *set)
{
	const struct judge j = {
		.set = set,
		.conditions = conditions_new(set->cat),
		.mm = mm_new(set->rules),
	};

	for (size_t i = 0; i < NR_AGAINST; i++) {
		if (can_do(s->h, &against[i]))
			add_against(s, &j, &against[i]);
		else
			put_left_out(s, against[i].name,
				     "the function is out of reach");
	}
	conditions_free(j.conditions);
	mm_free(j.mm);
}

/* Rules are tested if nothing else was asked for. */
static bool is_whole(const struct report_set *set)
{
	size_t nr = 0;

	for_each_family(set->cat, f)
		nr += f->nr_cases;
	return set->nr == nr;
}

static void put_file(FILE *out, const struct vma_test_version *h,
		     const char *tests, const char *rows, const char *left_out)
{
	vma_test_put_parts(out, h, tests);
	fputs(tests, out);
	if (*left_out)
		fprintf(out, "\n/*\n * Not here:\n *\n%s */\n", left_out);
	fputc('\n', out);
	vma_test_put(out, h, h->rows);
	fputs("static void run_catalog_tests(int *num_tests, int *num_fail)\n"
	      "{\n",
	      out);
	fprintf(out, "%s}\n", rows);
	vma_test_put(out, h, h->end_rows);
}

static void put_tests(FILE *out, const struct report_set *set,
		      const struct vma_test_version *h)
{
	struct buffer tests, rows, left_out;
	struct vma_test_suite s = {
		.h = h,
		.tests = buffer_open(&tests),
		.rows = buffer_open(&rows),
		.left_out = buffer_open(&left_out),
	};

	for_each_report(set, r)
		add_case(&s, r);
	if (is_whole(set))
		add_all_against(&s, set);
	put_file(out, h, buffer_text(&tests), buffer_text(&rows),
		 buffer_text(&left_out));
	free(tests.text);
	free(rows.text);
	free(left_out.text);
}

/* In series of 6.12, too, copy_vma() has come to take more. */
static const char *copied(const struct rules *rules)
{
	if (rules->anon_pgoff)
		return "vma_start_anon_pgoff(vma),\n\t\t\t&need_rmap_locks, keep_source";
	return rules->kept_source ? "&need_rmap_locks, keep_source"
				  : "&need_rmap_locks";
}

void emit_vma_test(const struct report_set *set, const struct emit_opts *opts,
		   struct files *files)
{
	const struct vma_test_version *known =
		vma_test_version_for(opts->kernel);
	struct vma_test_version h =
		*(known ? known : vma_test_version_for("6.12"));
	const char *asked = known ? opts->kernel : h.since;
	char kernel[32];

	snprintf(kernel, sizeof(kernel), "%.*s",
		 (int)strspn(asked, "0123456789."), asked);
	h.kernel = kernel;
	h.copied = copied(set->rules);
	vma_test_put_header(files_add(files, "catalog.h"), &h);
	put_tests(files_add(files, "%s", h.tests), set, &h);
}
