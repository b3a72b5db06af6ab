// SPDX-License-Identifier: GPL-2.0-only
/*
 * The explorer of the concurrent reader: cases worked out by hand, what must
 * hold of every reader, what happens if a step or a lock is taken away, and a
 * second simulator that knows nothing of the search's tables.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "test-reader.h"
#include "tests.h"

static struct catalog *cat;
static const struct rules *rules;

static void setup(void)
{
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
	rules = rules_for("latest");
}

static void teardown(void)
{
	catalog_free(cat);
}

/* ---- helpers ----------------------------------------------------------- */

static struct explore_opts opts_for(unsigned int flags, enum side left,
				    enum side right)
{
	static struct reader readers_made[8];
	static unsigned int next;
	struct reader *reader = &readers_made[next++ % 8];
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	*reader = (struct reader){ "made", "for a test", flags, false };
	opts.reader = reader;
	opts.left = left;
	opts.right = right;
	return opts;
}

static struct exploration *explore_id(const char *id, unsigned int flags,
				      enum side left, enum side right)
{
	struct explore_opts opts = opts_for(flags, left, right);
	const struct cat_case *c = catalog_case(cat, id);

	ck_assert_ptr_nonnull(c);
	return explore(c, rules, &opts);
}

static unsigned int flags_of(const char *name)
{
	const struct reader *r = reader_find(name);

	ck_assert_ptr_nonnull(r);
	return r->flags;
}

/* "prev 16-24, next 29-37" */
static char *text_of(const struct observation *o)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < o->nr; i++)
		fprintf(out, "%s%s %lu-%lu", i ? ", " : "", o->lines[i].name,
			o->lines[i].start, o->lines[i].end);
	fclose(out);
	return text;
}

static const struct observation *find_text(const struct exploration *x,
					   const char *text)
{
	for (size_t i = 0; i < x->nr; i++) {
		char *t = text_of(&x->observations[i]);
		bool found = !strcmp(t, text);

		free(t);
		if (found)
			return &x->observations[i];
	}
	return NULL;
}

static bool all_in(const struct exploration *a, const struct exploration *b)
{
	for (size_t i = 0; i < a->nr; i++) {
		char *t = text_of(&a->observations[i]);
		bool found = find_text(b, t);

		free(t);
		if (!found)
			return false;
	}
	return true;
}

/* Exactly these observations, no more and no fewer. */
static void assert_seen(const struct exploration *x, const char *const *texts,
			size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		ck_assert_msg(find_text(x, texts[i]), "missing: %s", texts[i]);
	ck_assert_uint_eq(x->nr, nr);
}

#define ASSERT_SEEN(x, ...)                                                    \
	do {                                                                   \
		static const char *const texts_[] = { __VA_ARGS__ };           \
		assert_seen(x, texts_, sizeof(texts_) / sizeof(texts_[0]));    \
	} while (0)

#define for_sides(l, r)                                                        \
	for (enum side l = 0; l < NR_SIDES; l++)                               \
		for (enum side r = 0; r < NR_SIDES; r++)

/* Every case in every surrounding, one operation. */
typedef void surrounding_fn(const struct cat_case *c, enum side left,
			    enum side right);

static void for_sample_of_surroundings(surrounding_fn *fn, size_t nr)
{
	size_t i = 0;

	for_each_family(cat, f)
		for_each_case(f, c)
			for_sides(left, right)
			{
				if (in_sample(i++, nr))
					fn(c, left, right);
			}
}

static void for_surroundings(surrounding_fn *fn)
{
	for_sample_of_surroundings(fn, 1);
}

/* ---- by hand ----------------------------------------------------------- */

/* What was read is found by its ranges, and nothing else is. */
static void check_found(const struct exploration *x)
{
	const struct observation *o = &x->observations[0];

	ck_assert_ptr_eq(exploration_find(x, o->lines, o->nr), o);
	ck_assert_ptr_null(exploration_find(x, o->lines, o->nr - 1));
	for (int i = 0; i < 2; i++) {
		struct reported lines[8];

		memcpy(lines, o->lines, o->nr * sizeof(*lines));
		lines[1].start += i;
		lines[1].end += !i;
		ck_assert_ptr_null(exploration_find(x, lines, o->nr));
	}
}

START_TEST(test_nobody_writes)
{
	for_each_reader(r) {
		struct explore_opts opts =
			opts_for(r->flags, SIDE_ADJACENT, SIDE_HOLE);
		struct exploration *x;

		opts.no_writer = true;
		x = explore(catalog_case(cat, "existing-merge-both"), rules,
			    &opts);
		ASSERT_SEEN(x, "left 12-16, prev 16-24, middle 24-32, "
			       "next 32-40, right 44-48");
		ck_assert(x->before && !x->gap && !x->overlap && !x->mixed);
		ck_assert(!x->retry && !x->fallback);
		ck_assert_uint_eq(x->twice | x->again, 0);
		check_found(x);
		exploration_free(x);
	}
}
END_TEST

/*
 * A split, with a VMA right below. If the reader finds vma before the store and
 * locks it after all is done, vma is [16, 22), and the old node is dead: it
 * walks to 27, where new is, and goes on behind it. Nothing lies there, so it
 * never says so. That is the third. With a hole below, step 5b sets the
 * iterator anew, and so mends it by chance.
 */
START_TEST(test_split_above_by_hand)
{
	struct exploration *x =
		explore_id("split-new-above", 0, SIDE_ADJACENT, SIDE_NONE);

	ASSERT_SEEN(x, "left 12-16, vma 16-28",
		    "left 12-16, vma 16-22, new 22-28",
		    "left 12-16, vma 16-22");
	ck_assert(x->gap && x->before && x->after && x->mixed);
	exploration_free(x);

	x = explore_id("split-new-above", 0, SIDE_NONE, SIDE_NONE);
	ASSERT_SEEN(x, "vma 16-28", "vma 16-22, new 22-28");
	ck_assert(!x->gap);
	exploration_free(x);
}
END_TEST

/* Without step 5b, vma may be seen without the part that new took below it. */
START_TEST(test_split_below_by_hand)
{
	struct exploration *x =
		explore_id("split-new-below", 0, SIDE_NONE, SIDE_NONE);

	ASSERT_SEEN(x, "vma 16-28", "new 16-22, vma 22-28");
	ck_assert(!x->gap && x->rewalk && x->fallback);
	exploration_free(x);

	x = explore_id("split-new-below", READ_NO_VERIFY, SIDE_NONE, SIDE_NONE);
	ASSERT_SEEN(x, "vma 16-28", "new 16-22, vma 22-28", "vma 22-28");
	ck_assert(x->gap);
	exploration_free(x);
}
END_TEST

START_TEST(test_left_full_by_hand)
{
	struct exploration *x = explore_id("existing-merge-left-full", 0,
					   SIDE_NONE, SIDE_ADJACENT);
	const struct observation *o;

	ASSERT_SEEN(x, "prev 16-24, middle 24-37, right 37-41",
		    "prev 16-37, right 37-41",
		    "prev 16-24, prev 16-37, right 37-41",
		    "prev 16-24, right 37-41");
	o = find_text(x, "prev 16-24, right 37-41");
	ck_assert(o->gap && !o->overlap && o->view == VIEW_MIXED);
	ck_assert_uint_eq(o->gap_start, 24);
	ck_assert_uint_eq(o->gap_end, 37);
	ck_assert_ptr_eq(o, exploration_worst(x));
	o = find_text(x, "prev 16-24, prev 16-37, right 37-41");
	ck_assert(!o->gap && o->overlap && o->twice == 1U << 1);
	exploration_free(x);
}
END_TEST

/*
 * A hole that fills up is no gap. The third is what a look-up in two steps can
 * come to: it begins in the hole, and next grows over where it goes on.
 */
START_TEST(test_new_right_by_hand)
{
	struct exploration *x = explore_id("new-merge-right", READ_NO_VERIFY,
					   SIDE_NONE, SIDE_NONE);

	ASSERT_SEEN(x, "next 26-34", "next 16-34", "");
	ck_assert(x->before && x->after && x->gap);
	ck_assert(find_text(x, "")->gap && !find_text(x, "next 16-34")->gap);
	exploration_free(x);
}
END_TEST

/* ---- what must hold of the readers ------------------------------------- */

/* Flags are not among what is read: then the change is not seen. */
static bool looks_alike(const struct cat_case *c)
{
	if (c->nr_before != c->nr_after)
		return false;
	for (size_t i = 0; i < c->nr_before; i++)
		if (strcmp(c->before[i].name, c->after[i].name) != 0 ||
		    c->before[i].s.vm_start != c->after[i].s.vm_start ||
		    c->before[i].s.vm_end != c->after[i].s.vm_end)
			return false;
	return true;
}

static bool seen_both(const struct cat_case *c, const struct exploration *x)
{
	return x->before && (x->after || looks_alike(c));
}

static void check_whole(const struct cat_case *c, enum side left,
			enum side right)
{
	struct explore_opts opts = opts_for(flags_of("mmap-lock"), left, right);
	struct exploration *x = explore(c, rules, &opts);

	ck_assert_uint_eq(x->nr, looks_alike(c) ? 1 : 2);
	ck_assert(seen_both(c, x) && !x->mixed);
	ck_assert(!x->gap && !x->overlap && !x->twice);
	ck_assert_ptr_null(x->stuck);
	exploration_free(x);
}

START_TEST(test_mmap_lock)
{
	for_surroundings(check_whole);
}
END_TEST

static void check_no_gap(const struct cat_case *c, enum side left,
			 enum side right)
{
	static const char *const names[] = { "fresh-fallback", "sequence",
					     "clipped",	       "verify-always",
					     "sample-once",    "mmap-query",
					     "smaps-rollup" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct explore_opts opts =
			opts_for(flags_of(names[i]), left, right);
		struct exploration *x = explore(c, rules, &opts);

		ck_assert_msg(!x->gap, "%s: %s", c->id, names[i]);
		ck_assert(x->end == EXPLORED && !x->stuck && !x->broken);
		ck_assert(seen_both(c, x));
		exploration_free(x);
	}
}

START_TEST(test_repairs)
{
	for_surroundings(check_no_gap);
}
END_TEST

static bool can_follow(const struct follow_up *follow_ups, size_t nr,
		       unsigned long start, unsigned long end, vm_flags_t flags)
{
	for (size_t i = 0; i < nr; i++) {
		const struct op *op = &follow_ups[i].ops[0];

		if (follow_ups[i].nr == 1 && op->kind == OP_MODIFY &&
		    op->start == start && op->end == end &&
		    op->attrs.flags == flags)
			return true;
	}
	return false;
}

/* [16, 22) was made readable alone, and each part can grow over half of the other. */
START_TEST(test_neighbours_can_grow)
{
	const struct cat_case *c = catalog_case(cat, "change-head");
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, SIDE_NONE, SIDE_NONE, 2, &nr);

	ck_assert(
		can_follow(follow_ups, nr, 19, 22, c->after[1].s.attrs.flags));
	ck_assert(
		can_follow(follow_ups, nr, 22, 25, c->after[0].s.attrs.flags));
	free(follow_ups);
}

static void check_repairs_after(const struct cat_case *c, enum side left,
				enum side right)
{
	static const char *const names[] = { "fresh-fallback", "sequence",
					     "clipped" };
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, left, right, 2, &nr);

	/* Where nothing is left, what was there can only come back. */
	ck_assert_uint_gt(nr, c->nr_after ? 1 : 0);
	for (size_t i = 0; i < nr * 3; i++) {
		struct explore_opts opts =
			opts_for(flags_of(names[i % 3]), left, right);
		struct exploration *x;

		opts.then = follow_ups[i / 3];
		opts.leaves = true;
		x = explore(c, rules, &opts);
		ck_assert_msg(!x->gap, "%s, %s, sequence %zu", c->id,
			      names[i % 3], i / 3);
		ck_assert(!x->overlap || !(opts.reader->flags & READ_CLIP));
		ck_assert(x->end == EXPLORED && !x->stuck && !x->broken);
		exploration_free(x);
	}
	free(follow_ups);
}

START_TEST(test_repairs_in_sequences)
{
	for_sample_of_surroundings(check_repairs_after, 7);
}
END_TEST

/*
 * A look-up that begins in a hole is two steps, and in between next may grow
 * into the hole. Where nothing lies above, the second step finds the end.
 */
START_TEST(test_hole_by_hand)
{
	struct exploration *x = explore_id("new-merge-right", READ_SET_HELD,
					   SIDE_ADJACENT, SIDE_NONE);
	const struct observation *o;

	ASSERT_SEEN(x, "left 12-16, next 26-34", "left 12-16, next 16-34",
		    "left 12-16");
	o = find_text(x, "left 12-16");
	ck_assert(o->gap && o->gap_start == 26 && o->gap_end == 34);
	exploration_free(x);
}
END_TEST

/*
 * Looked at again, a hole may still be taken for one, in two operations: the
 * look itself is two steps. To fall back instead is what a repair does.
 */
START_TEST(test_not_enough_in_sequences)
{
	static const char *const names[] = { "verify-always", "sample-once" };
	const struct cat_case *c = catalog_case(cat, "new-merge-right");
	size_t nr, found[2] = { 0 };
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, SIDE_NONE, SIDE_ADJACENT, 2, &nr);

	for (size_t i = 0; i < nr * 2; i++) {
		struct explore_opts opts = opts_for(flags_of(names[i % 2]),
						    SIDE_NONE, SIDE_ADJACENT);
		struct exploration *x;

		opts.then = follow_ups[i / 2];
		x = explore(c, rules, &opts);
		found[i % 2] += x->gap;
		exploration_free(x);
	}
	free(follow_ups);
	ck_assert(found[0] && found[1]);
}
END_TEST

/* Surroundings, of nine, in which there is a gap. */
static const struct {
	const char *id;
	int upstream;
	int sample_early;
	int verify_holes;
} gaps[] = {
	{ "existing-merge-both", 9, 0, 3 },
	{ "existing-merge-left-full", 9, 0, 3 },
	{ "existing-merge-left-partial", 9, 0, 0 },
	{ "existing-merge-right-full", 9, 0, 3 },
	{ "existing-merge-right-partial", 9, 3, 3 },
	{ "new-merge-both", 9, 0, 3 },
	{ "new-merge-left", 0, 0, 0 },
	{ "new-merge-right", 3, 0, 3 },
	{ "split-new-below", 0, 0, 0 },
	{ "split-new-above", 3, 3, 1 },
};

static int count_gaps(const char *id, unsigned int flags)
{
	int nr = 0;

	for_sides(left, right)
	{
		struct exploration *x = explore_id(id, flags, left, right);

		nr += x->gap;
		exploration_free(x);
	}
	return nr;
}

START_TEST(test_where_gaps_are)
{
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		const char *id = gaps[i].id;

		ck_assert_int_eq(count_gaps(id, 0), gaps[i].upstream);
		ck_assert_int_eq(count_gaps(id, flags_of("sample-early")),
				 gaps[i].sample_early);
		ck_assert_int_eq(count_gaps(id, flags_of("verify-holes")),
				 gaps[i].verify_holes);
	}
}
END_TEST

/* ---- what makes no difference ------------------------------------------ */

/* Explore a surrounding in two ways that must show the same. */
static void check_same(const struct cat_case *c, struct explore_opts *a,
		       struct explore_opts *b)
{
	struct exploration *x = explore(c, rules, a);
	struct exploration *y = explore(c, rules, b);

	ck_assert_msg(all_in(x, y) && all_in(y, x), "%s", c->id);
	ck_assert_int_eq(x->retry, y->retry);
	ck_assert_int_eq(x->rewalk, y->rewalk);
	ck_assert_int_eq(x->fallback, y->fallback);
	exploration_free(x);
	exploration_free(y);
}

/* Steps that no reader can notice may be left out. */
static void check_all_steps(const struct cat_case *c, enum side left,
			    enum side right)
{
	for_each_reader(r) {
		struct explore_opts a = opts_for(r->flags, left, right), b = a;

		b.all_steps = true;
		check_same(c, &a, &b);
	}
}

START_TEST(test_silent_steps)
{
	for_surroundings(check_all_steps);
}
END_TEST

/* What another reader does shows in nothing but how long the writer waits. */
static void check_two_readers(const struct cat_case *c, enum side left,
			      enum side right)
{
	struct explore_opts a = opts_for(0, left, right), b = a;

	if (left == SIDE_HOLE || right == SIDE_HOLE)
		return;
	b.readers = 2;
	check_same(c, &a, &b);
	a.reader = b.reader = reader_find("sequence");
	check_same(c, &a, &b);
}

START_TEST(test_two_readers)
{
	for_sample_of_surroundings(check_two_readers, 7);
}
END_TEST

/* vma_start_read() is three accesses, but may be taken for one. */
static void check_fine_lock(const struct cat_case *c, enum side left,
			    enum side right)
{
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, left, right, 2, &nr);

	for (size_t i = 0; i < nr; i++) {
		struct explore_opts a = opts_for(0, left, right);
		struct explore_opts b = opts_for(READ_FINE_LOCK, left, right);

		a.then = b.then = follow_ups[i];
		check_same(c, &a, &b);
	}
	free(follow_ups);
}

START_TEST(test_fine_lock)
{
	for_sample_of_surroundings(check_fine_lock, 7);
}
END_TEST

/*
 * Which node is replaced makes no difference to one operation: see interleave.c.
 * It may to two, but the repairs do not depend on it.
 */
static void check_leaves(const struct cat_case *c, enum side left,
			 enum side right)
{
	for_each_reader(r) {
		struct explore_opts a = opts_for(r->flags, left, right), b = a;

		b.leaves = true;
		check_same(c, &a, &b);
	}
}

START_TEST(test_leaves)
{
	for_surroundings(check_leaves);
}
END_TEST

/* ---- chains ------------------------------------------------------------- */

/* All that is known without the ways is what it is with them. */
static void check_chains(const struct cat_case *c, struct explore_opts with)
{
	struct explore_opts without = with;
	struct exploration *x, *y;

	without.no_paths = true;
	x = explore(c, rules, &with);
	y = explore(c, rules, &without);
	ck_assert_int_eq(x->end, y->end);
	ck_assert_uint_eq(x->states, y->states);
	ck_assert_uint_eq(x->nr, y->nr);
	for (size_t i = 0; i < x->nr; i++) {
		const struct observation *a = &x->observations[i], *b;
		char *text = text_of(a);

		b = find_text(y, text);
		ck_assert_msg(b && a->length == b->length, "%s: %s", c->id,
			      text);
		free(text);
	}
	ck_assert_int_eq(x->retry, y->retry);
	ck_assert_int_eq(x->rewalk, y->rewalk);
	ck_assert_int_eq(x->false_hole, y->false_hole);
	ck_assert_int_eq(x->fallback, y->fallback);
	ck_assert_uint_eq(x->walks_min, y->walks_min);
	ck_assert_uint_eq(x->walks_max, y->walks_max);
	ck_assert_pstr_eq(x->stuck, y->stuck);
	exploration_free(x);
	exploration_free(y);
}

/* One writer for all: nothing of a search is to be left to the next. */
static void check_chains_of_readers(const struct cat_case *c, enum side left,
				    enum side right)
{
	struct explore_opts none = opts_for(0, left, right), opts;
	struct writer *writer = writer_new(c, rules, &none);

	for_each_reader(r) {
		opts = opts_for(r->flags, left, right);
		opts.writer = writer;
		check_chains(c, opts);
		opts.count_walks = true;
		check_chains(c, opts);
	}
	for (unsigned int flag = 0; 1U << flag <= READ_CLIP; flag++) {
		opts = opts_for(1U << flag, left, right);
		opts.writer = writer;
		check_chains(c, opts);
	}
	writer_free(writer);
}

START_TEST(test_chains)
{
	for_surroundings(check_chains_of_readers);
}
END_TEST

/* Readers that nobody would write, and two operations. */
static void check_chains_at_random(const struct cat_case *c, enum side left,
				   enum side right)
{
	static uint32_t random = 1;
	size_t nr;
	struct follow_up *then =
		explore_follow_ups(c, rules, left, right, 2, &nr);

	for (int i = 0; i < 10; i++) {
		struct explore_opts opts;

		random = random * 1664525 + 1013904223;
		opts = opts_for(random >> 6 & (random >> 3 | random << 7) &
					(2 * READ_CLIP - 1),
				left, right);
		opts.max_states = 20000;
		if (nr)
			opts.then = then[random % nr];
		check_chains(c, opts);
	}
	free(then);
}

START_TEST(test_chains_at_random)
{
	for_sample_of_surroundings(check_chains_at_random, 3);
}
END_TEST

/* A neighbour of no concern must not change what the operation is. */
static void check_outcome(const struct cat_case *c, enum side left,
			  enum side right)
{
	struct explore_opts opts = opts_for(0, left, right);
	struct explore_opts bare = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct writer *a = writer_new(c, rules, &opts);
	struct writer *b = writer_new(c, rules, &bare);

	ck_assert_uint_eq(a->nr_trace, b->nr_trace);
	for (size_t i = 0; i < a->nr_trace; i++) {
		ck_assert_int_eq(a->trace[i].kind, b->trace[i].kind);
		ck_assert_uint_eq(a->trace[i].start, b->trace[i].start);
		ck_assert_uint_eq(a->trace[i].end, b->trace[i].end);
		ck_assert_str_eq(a->names[a->trace[i].vma],
				 b->names[b->trace[i].vma]);
	}
	writer_free(a);
	writer_free(b);
}

START_TEST(test_neighbours)
{
	for_surroundings(check_outcome);
}
END_TEST

/* ---- paths ------------------------------------------------------------- */

/* The way to an observation reports just what the observation says. */
static void check_replay(const struct exploration *x,
			 const struct observation *o)
{
	struct path *path = exploration_path(x, o->state);
	size_t line = 0;

	ck_assert_uint_eq(path->nr, o->length);
	for (size_t i = 0; i < path->nr; i++) {
		const struct reported *l = path->steps[i].line;

		ck_assert(*path->steps[i].text);
		if (!l)
			continue;
		ck_assert_uint_lt(line, o->nr);
		ck_assert_str_eq(l->name, o->lines[line].name);
		ck_assert_uint_eq(l->start, o->lines[line].start);
		ck_assert_uint_eq(l->end, o->lines[line].end);
		line++;
	}
	ck_assert_uint_eq(line, o->nr);
	ck_assert_str_eq(path->steps[path->nr - 1].readers[0].at, "done");
	path_free(path);
}

static void check_paths(const struct cat_case *c, enum side left,
			enum side right)
{
	for_each_reader(r) {
		struct explore_opts opts = opts_for(r->flags, left, right);
		struct exploration *x = explore(c, rules, &opts);

		for (size_t i = 0; i < x->nr; i++) {
			check_replay(x, &x->observations[i]);
			if (i)
				ck_assert_uint_ge(
					x->observations[i].length,
					x->observations[i - 1].length);
		}
		exploration_free(x);
	}
}

START_TEST(test_paths)
{
	for_surroundings(check_paths);
}
END_TEST

static void check_said(const char *id, struct explore_opts opts)
{
	struct exploration *x = explore(catalog_case(cat, id), rules, &opts);

	check_all_words(x);
	exploration_free(x);
}

static void check_said_by_all(const struct cat_case *c)
{
	for_each_reader(r)
		check_said(c->id, opts_for(r->flags, SIDE_NONE, SIDE_ADJACENT));
}

/* What one operation does not come to, two do, where no stop sets the iterator. */
static void check_said_in_sequences(const char *id, unsigned int flags)
{
	struct explore_opts opts =
		opts_for(flags | READ_NO_STOP, SIDE_NONE, SIDE_NONE);
	size_t nr;
	struct follow_up *then = explore_follow_ups(
		catalog_case(cat, id), rules, SIDE_NONE, SIDE_NONE, 2, &nr);

	opts.leaves = true;
	for (size_t i = 0; i < nr; i++) {
		opts.then = then[i];
		check_said(id, opts);
	}
	free(then);
}

START_TEST(test_words)
{
	static const char id[] = "existing-merge-both";
	struct explore_opts two = opts_for(READ_WHOLE, SIDE_NONE, SIDE_NONE);

	for_each_family(cat, f)
		for_each_case(f, c)
			check_said_by_all(c);
	check_said_in_sequences(id, READ_FINE_LOCK);
	check_said_in_sequences(id, READ_VERIFY_ALWAYS | READ_VERIFY_END);
	two.readers = 2;
	check_said(id, two);
	assert_all_said();
	path_free(NULL);
}
END_TEST

START_TEST(test_print)
{
	struct exploration *x = explore_id("existing-merge-left-full", 0,
					   SIDE_NONE, SIDE_ADJACENT);
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	path_print(out, x, exploration_worst(x),
		   &(struct path_style){ PATH_WIDTH });
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "report right [37, 41)"));
	ck_assert_ptr_nonnull(
		strstr(text, "00010000-00018000 r--p 00000000 00:00 0"));
	ck_assert_ptr_nonnull(strstr(text, "missing          ?????????????"));
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t width = strcspn(line, "\n");

		ck_assert_uint_le(width, 80);
		ck_assert(!width || line[width - 1] != ' ');
	}
	free(text);
	exploration_free(x);
}
END_TEST

/* All that one reader sees, and what two of them do last. */
START_TEST(test_print_is_the_path)
{
	static const char *const ids[] = { "existing-merge-both",
					   "split-new-above", "unmap-head",
					   "replace-inner" };
	struct explore_opts two =
		opts_for(READ_WHOLE | READ_QUERIES, SIDE_NONE, SIDE_HOLE);
	struct explore_opts one = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct exploration *x;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		x = explore_id(ids[i], 0, SIDE_ADJACENT, SIDE_HOLE);
		for (size_t j = 0; j < x->nr; j++)
			check_print(x, &x->observations[j]);
		exploration_free(x);
	}
	one.readers = 1;
	x = explore(catalog_case(cat, ids[0]), rules, &one);
	check_print(x, exploration_worst(x));
	exploration_free(x);
	two.readers = 2;
	x = explore(catalog_case(cat, ids[0]), rules, &two);
	x->stuck_state = ((struct search *)x->search)->nr - 1;
	check_print(x, NULL);
	exploration_free(x);
}
END_TEST

/* The ways to lose pages, as docs/reader-ways.rst tells of them. */
static const struct {
	const char *id;
	enum side left;
	enum side right;
	enum way way;
	const char *from; /* numbers of the steps around the window */
	const char *to;
} windows[] = {
	{ "existing-merge-left-partial", SIDE_NONE, SIDE_ADJACENT, WAY_SAMPLE,
	  "1", "2" },
	{ "existing-merge-left-full", SIDE_NONE, SIDE_ADJACENT, WAY_SAMPLE, "1",
	  "2" },
	{ "existing-merge-left-full", SIDE_NONE, SIDE_NONE, WAY_END, "1", "3" },
	{ "split-new-above", SIDE_ADJACENT, SIDE_ADJACENT, WAY_SLOT, "3", "4" },
	{ "new-merge-right", SIDE_NONE, SIDE_NONE, WAY_HOLE, "3", "3" },
};

START_TEST(test_window)
{
	struct exploration *x = explore_id(windows[_i].id, 0, windows[_i].left,
					   windows[_i].right);
	const struct observation *o = exploration_worst(x);
	struct path *path = exploration_path(x, o->state);
	struct window w = path_window(path, 0, o);
	bool stores = false;

	ck_assert_int_eq(w.way, windows[_i].way);
	ck_assert_str_eq(path->steps[w.from].number, windows[_i].from);
	ck_assert_str_eq(path->steps[w.to].number, windows[_i].to);
	ck_assert(w.begin <= w.from && w.from < w.to && w.to <= w.end);
	for (size_t i = w.from; i < w.to; i++)
		stores |= path->steps[i].stores;
	ck_assert(stores);
	path_free(path);
	exploration_free(x);
}
END_TEST

/* Whatever is lost by the kernel's readers is lost in one of these ways. */
static void check_ways(const struct cat_case *c, enum side left,
		       enum side right)
{
	for_each_reader(r) {
		struct explore_opts opts = opts_for(r->flags, left, right);
		struct exploration *x = explore(c, rules, &opts);

		for (size_t i = 0; i < x->nr && r->part == PART_KERNEL; i++) {
			const struct observation *o = &x->observations[i];
			struct path *path = exploration_path(x, o->state);

			ck_assert_msg((path_window(path, 0, o).way !=
				       WAY_NONE) == o->gap,
				      "%s, %s", c->id, r->name);
			path_free(path);
		}
		exploration_free(x);
	}
}

START_TEST(test_ways)
{
	for_surroundings(check_ways);
}
END_TEST

/* ---- taking things away: the reader ------------------------------------ */

/* Whether a reader without a step sees anything else, or fails to finish. */
static bool noticed(const struct cat_case *c, struct explore_opts *opts,
		    unsigned int flags)
{
	struct reader without = { "mutant", "", flags | opts->reader->flags,
				  false };
	struct exploration *whole, *mutant;
	bool differs;

	opts->max_states = 300000;
	whole = explore(c, rules, opts);
	opts->reader = &without;
	mutant = explore(c, rules, opts);
	differs = mutant->stuck || !all_in(whole, mutant) ||
		  !all_in(mutant, whole);
	exploration_free(whole);
	exploration_free(mutant);
	return differs;
}

static bool noticed_in_sequence(const struct cat_case *c, unsigned int flags)
{
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, SIDE_NONE, SIDE_ADJACENT, 2, &nr);
	bool found = false;

	for (size_t i = 0; i < nr && !found; i++) {
		struct explore_opts opts =
			opts_for(0, SIDE_NONE, SIDE_ADJACENT);

		opts.then = follow_ups[i];
		found = noticed(c, &opts, flags);
	}
	free(follow_ups);
	return found;
}

/*
 * Each step of the algorithm, removed. A VMA that a merge detached is
 * write-locked until the operation is over, and then there is no harm in taking
 * it for alive, since the pages are the same; but munmap() gives the locks up
 * before it frees what it detached. One step needs a second operation: a VMA
 * that ends at or before @from can only be found once the boundary has moved
 * twice.
 */
static const struct {
	unsigned int flag;
	bool in_sequence;
} reader_mutants[] = {
	{ READ_NO_UNLOCK, false },	 { READ_NO_SAMPLE, false },
	{ READ_NO_LOCK, false },	 { READ_NO_WRITE_CHECK, false },
	{ READ_NO_DETACH_CHECK, false }, { READ_NO_END_CHECK, true },
	{ READ_NO_VERIFY, false },	 { READ_NO_COMPARE, false },
	{ READ_NO_DROP, false },	 { READ_NO_MMAP_LOCK, false },
	{ READ_NO_MMAP_UNLOCK, false },	 { READ_NO_SET_RETRY, false },
	{ READ_NO_SET_STOP, false },	 { READ_NO_STOP, false },
};

static bool noticed_alone(unsigned int flags)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			for_sides(left, right)
			{
				struct explore_opts opts =
					opts_for(0, left, right);

				if (noticed(c, &opts, flags))
					return true;
			}
	return false;
}

START_TEST(test_reader_mutant)
{
	unsigned int flag = reader_mutants[_i].flag;
	bool found = noticed_alone(flag);

	ck_assert_int_eq(found, !reader_mutants[_i].in_sequence);
	for_each_family(cat, f)
		for_each_case(f, c)
			found = found || noticed_in_sequence(c, flag);
	ck_assert(found);
}
END_TEST

/* Whether a line ends where the one before it ended, or below. */
static bool goes_back(const struct exploration *x)
{
	for (size_t i = 0; i < x->nr; i++) {
		const struct observation *o = &x->observations[i];

		for (size_t j = 1; j < o->nr; j++)
			if (o->lines[j].end <= o->lines[j - 1].end)
				return true;
	}
	return false;
}

static size_t count_going_back(const char *id, unsigned int flags)
{
	const struct cat_case *c = catalog_case(cat, id);
	size_t nr, back = 0;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, SIDE_NONE, SIDE_ADJACENT, 2, &nr);

	for (size_t i = 0; i < nr; i++) {
		struct explore_opts opts =
			opts_for(flags, SIDE_NONE, SIDE_ADJACENT);
		struct exploration *x;

		opts.then = follow_ups[i];
		x = explore(c, rules, &opts);
		back += goes_back(x);
		exploration_free(x);
	}
	free(follow_ups);
	return back;
}

/*
 * The boundary behind a VMA moves up, it is found again from where it ended, and
 * the boundary moves back: now it ends just there, and is not reported twice.
 */
START_TEST(test_end_goes_up)
{
	ck_assert_uint_eq(count_going_back("existing-merge-both", 0), 0);
	ck_assert_uint_gt(
		count_going_back("existing-merge-both", READ_NO_END_CHECK), 0);
}
END_TEST

/* ---- taking things away: the writer ------------------------------------ */

/*
 * Locks that make no difference to what any reader sees (they do to page
 * faults, and to vma_mark_detached(), which waits for the readers that are
 * left). A VMA that is removed keeps its range: read while the operation goes
 * on, it is what it was before. A VMA that grows downwards gets its range in
 * one step; read before the store, it is what it will be after. A new VMA is
 * found only after the store, when its range is final.
 */
static const struct {
	const char *id;
	const char *vma;
} idle_locks[] = {
	{ "existing-merge-both", "middle" },
	{ "existing-merge-both", "next" },
	{ "existing-merge-left-full", "middle" },
	{ "existing-merge-right-full", "middle" },
	{ "existing-merge-right-full", "next" },
	{ "existing-merge-right-partial", "next" },
	{ "new-merge-both", "next" },
	{ "new-merge-right", "next" },
	{ "split-new-below", "new" },
	{ "split-new-above", "new" },
};

static bool idle(const char *id, const char *vma)
{
	for (size_t i = 0; i < sizeof(idle_locks) / sizeof(idle_locks[0]); i++)
		if (!strcmp(idle_locks[i].id, id) &&
		    !strcmp(idle_locks[i].vma, vma))
			return true;
	return false;
}

/* Whether a reader notices that a step of the writer is missing. */
static bool step_missed(const struct cat_case *c, struct explore_opts opts,
			size_t step)
{
	struct exploration *whole, *mutant;
	bool differs;

	opts.max_states = 300000;
	whole = explore(c, rules, &opts);
	opts.skip = step;
	mutant = explore(c, rules, &opts);
	differs = mutant->stuck || mutant->broken || !all_in(whole, mutant) ||
		  !all_in(mutant, whole);
	exploration_free(whole);
	exploration_free(mutant);
	return differs;
}

static bool step_missed_after(const struct cat_case *c,
			      const struct explore_opts *opts, size_t step)
{
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, opts->left, opts->right, 2, &nr);
	bool found = false;

	for (size_t i = 0; i < nr && !found; i++) {
		struct explore_opts longer = *opts;

		longer.then = follow_ups[i];
		found = step_missed(c, longer, step);
	}
	free(follow_ups);
	return found;
}

static bool step_missed_by_any(const struct cat_case *c, size_t step,
			       bool sequences)
{
	for_each_reader(r)
		for_sides(left, right)
		{
			struct explore_opts opts = EXPLORE_OPTS_INIT;

			opts.reader = r;
			opts.left = left;
			opts.right = right;
			if (sequences ? step_missed_after(c, &opts, step)
				      : step_missed(c, opts, step))
				return true;
		}
	return false;
}

static void check_locks(const struct cat_case *c)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct writer *s = writer_new(c, rules, &opts);

	for (size_t i = 0; i < s->nr_trace; i++) {
		const struct step *step = &s->trace[i];
		const char *vma = s->names[step->vma];
		bool expected;

		if (step->kind != STEP_LOCK_MMAP && step->kind != STEP_LOCK_VMA)
			continue;
		expected = !idle(c->id, vma);
		ck_assert_msg((step_missed_by_any(c, i, false) ||
			       step_missed_by_any(c, i, true)) == expected,
			      "%s: lock of %s", c->id,
			      step->vma ? vma : "mmap");
	}
	writer_free(s);
}

START_TEST(test_writer_mutants)
{
	size_t i = 0;

	for_each_family(cat, f)
		for_each_case(f, c)
			if (!c->beyond_mail && in_sample(i++, 3))
				check_locks(c);
}
END_TEST

/* ---- what must be reported as such ------------------------------------- */

/* Index of the first step of a kind in a case's trace. */
static size_t step_of(const char *id, enum step_kind kind)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct writer *s = writer_new(catalog_case(cat, id), rules, &opts);
	size_t i = 0;

	while (s->trace[i].kind != kind)
		i++;
	writer_free(s);
	return i;
}

START_TEST(test_unreleased_lock)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct exploration *x;

	opts.skip = step_of("split-new-below", STEP_UNLOCK_MMAP);
	x = explore(catalog_case(cat, "split-new-below"), rules, &opts);
	ck_assert_str_eq(x->broken,
			 "the writer does not release the mmap lock");
	ck_assert_str_eq(x->stuck, "all wait for one another");
	exploration_free(x);

	opts.skip = step_of("split-new-below", STEP_UNLOCK_ANON_VMA);
	x = explore(catalog_case(cat, "split-new-below"), rules, &opts);
	ck_assert_str_eq(x->broken,
			 "the writer does not release an anon_vma lock");
	exploration_free(x);
}
END_TEST

/* middle is detached but stays in the tree: a reader finds it over and over. */
START_TEST(test_circles)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct exploration *x;
	struct path *path;

	opts.skip = step_of("existing-merge-both", STEP_STORE);
	x = explore(catalog_case(cat, "existing-merge-both"), rules, &opts);
	ck_assert_str_eq(x->stuck, "a reader goes in circles");
	path = exploration_path(x, x->stuck_state);
	ck_assert_uint_gt(path->nr, 0);
	path_free(path);
	exploration_free(x);

	/* And one whose range never grows is reported over and over. */
	opts.skip = step_of("existing-merge-both", STEP_SET_RANGE);
	x = explore(catalog_case(cat, "existing-merge-both"), rules, &opts);
	ck_assert_str_eq(x->stuck, "a reader goes on for ever");
	exploration_free(x);
}
END_TEST

START_TEST(test_limit)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);
	struct findings f = { 0 };
	struct exploration *x;

	opts.max_states = 100;
	x = explore(catalog_case(cat, "split-new-above"), rules, &opts);
	ck_assert_int_eq(x->end, EXPLORE_LIMIT);
	findings_add(&f, x);
	ck_assert(f.limit);
	exploration_free(x);
}
END_TEST

/* Where the search was given up, nobody knows whether all can finish. */
START_TEST(test_limit_is_no_circle)
{
	struct explore_opts opts = opts_for(0, SIDE_NONE, SIDE_NONE);

	opts.skip = step_of("existing-merge-both", STEP_STORE);
	for (opts.max_states = 1; opts.max_states < 400; opts.max_states++) {
		struct exploration *x = explore(
			catalog_case(cat, "existing-merge-both"), rules, &opts);

		if (x->end == EXPLORE_LIMIT)
			ck_assert_ptr_null(x->stuck);
		exploration_free(x);
	}
}
END_TEST

static bool give_up(void *data, size_t states)
{
	*(size_t *)data = states;
	return false;
}

START_TEST(test_interrupted)
{
	struct explore_opts opts = opts_for(0, SIDE_ADJACENT, SIDE_ADJACENT);
	struct exploration *x;
	size_t nr, states = 0;
	struct follow_up *follow_ups;
	const struct cat_case *c = catalog_case(cat, "existing-merge-both");

	follow_ups =
		explore_follow_ups(c, rules, opts.left, opts.right, 2, &nr);
	opts.then = follow_ups[0];
	free(follow_ups);
	opts.readers = 2;
	opts.progress = give_up;
	opts.data = &states;
	x = explore(c, rules, &opts);
	ck_assert_int_eq(x->end, EXPLORE_INTERRUPTED);
	ck_assert_uint_gt(states, 0);
	exploration_free(x);
}
END_TEST

/* ---- claims ------------------------------------------------------------ */

START_TEST(test_claims)
{
	struct cat_text prev = { .text = "prev" };
	struct cat_claim claim = { .twice = { &prev, 1 } };
	struct findings f = { .twice = { "prev" }, .nr_twice = 1 };
	struct judgement j = judge_claim(&claim, &f);

	ck_assert_int_eq(j.all, VERDICT_HOLDS);
	ck_assert_int_eq(j.retry, VERDICT_NONE);
	f.again[f.nr_again++] = "middle";
	j = judge_claim(&claim, &f);
	ck_assert_int_eq(j.all, VERDICT_WEAKER);
	ck_assert_str_eq(j.missing[0], "middle");
	f = (struct findings){ 0 };
	j = judge_claim(&claim, &f);
	ck_assert_int_eq(j.all, VERDICT_WEAKER);
	ck_assert_str_eq(j.idle[0], "prev");
	f.gap = true;
	ck_assert_int_eq(judge_claim(&claim, &f).all, VERDICT_REFUTED);
	f.gap = false;
	claim.twice.nr = 0;
	claim.retry = RETRY_YES;
	ck_assert_int_eq(judge_claim(&claim, &f).retry, VERDICT_WEAKER);
	f.rewalk = true;
	ck_assert_int_eq(judge_claim(&claim, &f).retry, VERDICT_WEAKER);
	f.false_hole = true;
	ck_assert_int_eq(judge_claim(&claim, &f).all, VERDICT_HOLDS);
	claim.retry = RETRY_NO;
	ck_assert_int_eq(judge_claim(&claim, &f).all, VERDICT_REFUTED);
	ck_assert_int_eq(judge_claim(NULL, &f).all, VERDICT_NONE);
}
END_TEST

/* ---- follow-ups -------------------------------------------------------- */

/* The inverse comes first, and brings back what was mapped where. */
static void check_inverse(const struct cat_case *c, enum side left,
			  enum side right)
{
	struct explore_opts opts = opts_for(0, left, right);
	struct follow_up *follow_ups;
	struct writer *s;
	const struct snapshot *first, *last;
	size_t nr;

	follow_ups = explore_follow_ups(c, rules, left, right, 2, &nr);
	opts.then = follow_ups[0];
	free(follow_ups);
	s = writer_new(c, rules, &opts);
	first = &s->snapshots[0];
	last = &s->snapshots[s->nr_steps];
	ck_assert_msg(first->nr_slots == last->nr_slots &&
			      !memcmp(first->slot_end, last->slot_end,
				      first->nr_slots),
		      "%s", c->id);
	writer_free(s);
}

START_TEST(test_inverse)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			if (!c->beyond_mail)
				for_sides(left, right)
					check_inverse(c, left, right);
}
END_TEST

/* ---- the costs of the repairs ------------------------------------------ */

/*
 * Walks from the root in a whole read of five VMAs, two holes before them, if
 * nobody writes and the buffer is endless. Upstream walks once.
 */
static const struct {
	const char *reader;
	unsigned int quiet;
} costs[] = {
	{ "upstream", 1 },   { "sample-once", 1 },    { "verify-always", 4 },
	{ "fresh-walk", 6 }, { "fresh-fallback", 6 }, { "sequence", 1 },
	{ "mmap-lock", 1 },
};

START_TEST(test_costs)
{
	struct explore_opts opts =
		opts_for(flags_of(costs[_i].reader) | READ_NO_STOP, SIDE_HOLE,
			 SIDE_ADJACENT);
	struct exploration *x;

	opts.no_writer = true;
	opts.count_walks = true;
	x = explore(catalog_case(cat, "existing-merge-both"), rules, &opts);
	ck_assert_uint_eq(x->walks_min, costs[_i].quiet);
	ck_assert_uint_eq(x->walks_max, costs[_i].quiet);
	exploration_free(x);
}
END_TEST

/* ---- a second simulator: chance ---------------------------------------- */

/*
 * It works on the model's layouts themselves, one a step of the trace, and its
 * reader is written from the description of the algorithm. It shares neither
 * tables nor states with the search.
 */
#define MAX_TRACE 128

struct chance {
	struct layout *lay[MAX_TRACE + 1];
	const struct writer *s;
	unsigned int rng;
	unsigned int flags;
	/* the writer */
	size_t done;
	unsigned int sequence;
	unsigned int stamp[MAX_VMAS]; /* sequence when write-locked, or 0 */
	unsigned int node;	      /* changes when the node is replaced */
	bool mmap_write;
	/* the reader */
	int step; /* as in the algorithm; 7 and on: the fallback */
	bool at_slot;
	unsigned long address; /* set to, or last page of the slot */
	size_t slot;
	unsigned int in_node;
	unsigned long from;
	unsigned int sampled;
	vma_id vma;
	vma_id held; /* while it looks again */
	bool holds;
	bool reads_mmap;
	bool over;
	char text[512];
	size_t len;
};

static unsigned int dice(struct chance *c, unsigned int sides)
{
	c->rng = c->rng * 1664525U + 1013904223U;
	return (c->rng >> 8) % sides;
}

static const struct layout *now(const struct chance *c)
{
	return c->lay[c->done];
}

static const struct vma_state *vma_now(const struct chance *c)
{
	return &layout_vma(now(c), c->vma)->s;
}

/* How many slots a store reaches into, and whether it moves but one boundary */
static bool may_be_in_place(const struct layout *before,
			    const struct layout *after, const struct step *st)
{
	size_t touched = 0;

	for (size_t i = 0; i < before->nr_slots; i++)
		touched += before->slots[i].start < st->end &&
			   before->slots[i].end > st->start;
	return before->nr_slots == after->nr_slots && touched <= 2;
}

static bool writer_can(const struct chance *c)
{
	const struct step *st = &c->s->trace[c->done];

	if (c->done == c->s->nr_trace)
		return false;
	if (st->kind == STEP_LOCK_MMAP)
		return !c->reads_mmap;
	if (st->kind == STEP_LOCK_VMA)
		return !(c->holds && c->vma == st->vma);
	return true;
}

static void writer_step(struct chance *c)
{
	const struct step *st = &c->s->trace[c->done];

	if (st->kind == STEP_LOCK_MMAP || st->kind == STEP_UNLOCK_MMAP) {
		c->sequence++;
		c->mmap_write = st->kind == STEP_LOCK_MMAP;
	} else if (st->kind == STEP_LOCK_VMA) {
		c->stamp[st->vma] = c->sequence;
	} else if (st->kind == STEP_STORE) {
		if (!may_be_in_place(c->lay[c->done], c->lay[c->done + 1],
				     st) ||
		    dice(c, 2))
			c->node++;
	}
	c->done++;
}

static void set_to(struct chance *c, unsigned long address)
{
	c->at_slot = false;
	c->address = address;
}

/*
 * The next slot: of the one at or behind an address, and then, from an empty
 * slot on, those that follow. Where a look-up began stays in @address, for a
 * node that is replaced meanwhile. Returns whether the look-up is over.
 */
static bool look(struct chance *c)
{
	const struct layout *lay = now(c);
	bool walk = !c->at_slot;
	size_t i = 0;

	if (c->at_slot && c->in_node == c->node) {
		i = c->slot + 1;
	} else {
		while (lay->slots[i].end <= c->address)
			i++;
		i += c->at_slot;
	}
	c->vma = i < lay->nr_slots ? lay->slots[i].vma : 0;
	if (i + 1 >= lay->nr_slots && !c->vma)
		return true;
	c->at_slot = true;
	c->in_node = c->node;
	c->slot = i;
	if (walk || c->vma)
		c->address = lay->slots[i].end - 1;
	return c->vma;
}

static bool may_have_changed(const struct chance *c)
{
	return c->sampled % 2 || c->sampled != c->sequence;
}

static void write_down(struct chance *c)
{
	const struct vma_state *v = vma_now(c);
	unsigned long start = v->vm_start;

	if (c->flags & READ_CLIP && start < c->from)
		start = c->from;
	c->len += snprintf(c->text + c->len, sizeof(c->text) - c->len,
			   "%s%s %lu-%lu", c->len ? ", " : "",
			   c->s->names[c->vma], start, v->vm_end);
	c->from = v->vm_end;
	if (c->flags & READ_SET_HELD)
		set_to(c, c->from);
}

static void locking(struct chance *c)
{
	if (c->stamp[c->vma] && c->stamp[c->vma] == c->sequence) {
		c->step = 7;
	} else if (!vma_now(c)->attached) {
		set_to(c, c->from);
		c->step = 2;
	} else {
		c->holds = true;
		c->step = 5;
	}
}

static void verifying(struct chance *c)
{
	if (c->from >= vma_now(c)->vm_end)
		c->step = 7;
	else
		c->step = c->flags & READ_NO_VERIFY ? 6 : 10;
}

static void verifying_start(struct chance *c)
{
	c->step = 6;
	if (c->from >= vma_now(c)->vm_start || !may_have_changed(c))
		return;
	c->step = 7;
	if (c->flags & READ_DOUBT)
		return;
	set_to(c, c->from);
	c->held = c->vma;
	c->step = 11;
}

static void verifying_again(struct chance *c)
{
	vma_id held = c->held;
	bool over = look(c);

	if (over)
		c->step = c->vma == held ? 6 : 7;
	c->vma = held;
}

static void sampling(struct chance *c)
{
	bool changed = c->sequence % 2 || c->sequence != c->sampled;

	if (c->flags & READ_SET_SAMPLED ||
	    (c->flags & READ_SET_CHANGED && changed))
		set_to(c, c->from);
	c->sampled = c->sequence;
	c->step = 3;
}

static void looking_up(struct chance *c)
{
	if (!look(c))
		return;
	c->step = 4;
	if (c->vma)
		return;
	c->over = !(c->flags & READ_DOUBT);
	c->step = 13;
}

static void doubting_the_end(struct chance *c)
{
	c->over = !may_have_changed(c);
	c->step = 7;
}

static void under_mmap_lock(struct chance *c)
{
	set_to(c, c->from);
	while (!look(c))
		;
	c->holds = c->vma;
	c->step = 9;
}

static void leaving_mmap_lock(struct chance *c)
{
	c->reads_mmap = false;
	c->over = !c->vma;
	c->step = 6;
	if (c->vma)
		set_to(c, vma_now(c)->vm_end);
}

static void reader_step(struct chance *c)
{
	switch (c->step) {
	case 1:
		c->holds = false;
		if (c->flags & READ_QUERIES || !dice(c, 3))
			set_to(c, c->from);
		c->step = 2;
		break;
	case 2:
		sampling(c);
		break;
	case 3:
		looking_up(c);
		break;
	case 4:
		locking(c);
		break;
	case 5:
		verifying(c);
		break;
	case 10:
		verifying_start(c);
		break;
	case 11:
		verifying_again(c);
		break;
	case 13:
		doubting_the_end(c);
		break;
	case 6:
		write_down(c);
		c->step = 1;
		break;
	case 7: /* the fallback: drop what is held */
		c->holds = false;
		c->step = 8;
		break;
	case 8:
		c->reads_mmap = true;
		c->step = 12;
		break;
	case 12:
		under_mmap_lock(c);
		break;
	case 9:
		leaving_mmap_lock(c);
		break;
	}
}

static bool reader_can(const struct chance *c)
{
	return !(c->step == 8 && c->mmap_write);
}

/* One read, with a writer that now and then takes many steps at once. */
static void one_read(struct chance *c)
{
	unsigned int burst = 0;
	bool writer = false;

	while (!c->over) {
		if (!burst--) {
			writer = dice(c, 2);
			burst = dice(c, 16);
		}
		if ((writer || !reader_can(c)) && writer_can(c))
			writer_step(c);
		else if (reader_can(c))
			reader_step(c);
		ck_assert_uint_lt(c->len, sizeof(c->text) - 64);
	}
}

static void fresh_start(struct chance *c)
{
	struct chance again = {
		.s = c->s, .rng = c->rng, .flags = c->flags, .step = 2
	};

	memcpy(again.lay, c->lay, sizeof(c->lay));
	*c = again;
}

static void chance_open(struct chance *c, const struct writer *s)
{
	*c = (struct chance){ .s = s, .rng = 1 };
	ck_assert_uint_lt(s->nr_trace, MAX_TRACE);
	c->lay[0] = layout_copy(s->layouts[0]);
	for (size_t i = 0; i < s->nr_trace; i++) {
		c->lay[i + 1] = layout_copy(c->lay[i]);
		layout_step(c->lay[i + 1], &s->trace[i]);
	}
}

static void chance_close(struct chance *c)
{
	for (size_t i = 0; i <= c->s->nr_trace; i++)
		layout_free(c->lay[i]);
}

/* The index of a text in a list of texts, or its length. */
static size_t index_of(const char *text, char *const *texts, size_t nr)
{
	size_t i = 0;

	while (i < nr && strcmp(texts[i], text))
		i++;
	return i;
}

/*
 * So many reads at random: none may see what the search did not find. Returns
 * how many of the observations were seen; may stop when it was all of them.
 */
static size_t chance_reads(const struct exploration *x, unsigned int nr,
			   bool may_stop)
{
	char **texts = calloc(x->nr, sizeof(*texts));
	bool *seen = calloc(x->nr, sizeof(*seen));
	struct chance *c = calloc(1, sizeof(*c));
	size_t found = 0;

	for (size_t i = 0; i < x->nr; i++)
		texts[i] = text_of(&x->observations[i]);
	chance_open(c, x->writer);
	c->flags = x->opts.reader->flags;
	while (nr-- && !(may_stop && found == x->nr)) {
		size_t i;

		fresh_start(c);
		one_read(c);
		i = index_of(c->text, texts, x->nr);
		ck_assert_msg(i < x->nr, "%s: search missed: %s", x->c->id,
			      c->text);
		found += !seen[i];
		seen[i] = true;
	}
	chance_close(c);
	for (size_t i = 0; i < x->nr; i++)
		free(texts[i]);
	free(texts);
	free(seen);
	free(c);
	return found;
}

static const char *const chance_readers[] = { "upstream",	"unverified",
					      "procmap-query",	"fresh-walk",
					      "fresh-fallback", "sequence",
					      "clipped" };

#define NR_CHANCE (sizeof(chance_readers) / sizeof(chance_readers[0]))

static void check_chance(const struct cat_case *c, enum side left,
			 enum side right)
{
	for (size_t i = 0; i < NR_CHANCE; i++) {
		struct explore_opts opts =
			opts_for(flags_of(chance_readers[i]), left, right);
		struct exploration *x = explore(c, rules, &opts);

		chance_reads(x, 200, false);
		exploration_free(x);
	}
}

START_TEST(test_chance_sees_no_more)
{
	for_surroundings(check_chance);
}
END_TEST

START_TEST(test_chance_sees_all)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			for (size_t i = 0; i < NR_CHANCE; i++) {
				unsigned int flags =
					flags_of(chance_readers[i]);
				struct exploration *x = explore_id(
					c->id, flags, SIDE_NONE, SIDE_ADJACENT);

				ck_assert_msg(
					chance_reads(x, 100000, true) == x->nr,
					"%s, %s", c->id, chance_readers[i]);
				exploration_free(x);
			}
}
END_TEST

static void check_chance_after(const struct cat_case *c, enum side left,
			       enum side right)
{
	size_t nr;
	struct follow_up *follow_ups =
		explore_follow_ups(c, rules, left, right, 2, &nr);

	if (left == SIDE_HOLE || right == SIDE_HOLE)
		nr = 0;
	for (size_t i = 0; i < nr; i++) {
		struct explore_opts opts = opts_for(0, left, right);
		struct exploration *x;
		bool unmaps = false;

		for (size_t j = 0; j < follow_ups[i].nr; j++)
			unmaps |= follow_ups[i].ops[j].kind == OP_UNMAP;
		if (unmaps) /* downgrades: not in the second simulator */
			continue;
		opts.then = follow_ups[i];
		x = explore(c, rules, &opts);
		chance_reads(x, 50, false);
		exploration_free(x);
	}
	free(follow_ups);
}

START_TEST(test_chance_in_sequences)
{
	for_surroundings(check_chance_after);
}
END_TEST

/* ---- the suite --------------------------------------------------------- */

static const struct {
	const char *name;
	const TTest **test;
	int nr; /* of a loop, or 0 */
} tests[] = {
	{ "nobody writes", &test_nobody_writes, 0 },
	{ "split above", &test_split_above_by_hand, 0 },
	{ "split below", &test_split_below_by_hand, 0 },
	{ "left full", &test_left_full_by_hand, 0 },
	{ "new right", &test_new_right_by_hand, 0 },
	{ "mmap lock", &test_mmap_lock, 0 },
	{ "repairs", &test_repairs, 0 },
	{ "neighbours can grow", &test_neighbours_can_grow, 0 },
	{ "repairs in sequences", &test_repairs_in_sequences, 0 },
	{ "hole", &test_hole_by_hand, 0 },
	{ "not enough in sequences", &test_not_enough_in_sequences, 0 },
	{ "where gaps are", &test_where_gaps_are, 0 },
	{ "silent steps", &test_silent_steps, 0 },
	{ "two readers", &test_two_readers, 0 },
	{ "fine lock", &test_fine_lock, 0 },
	{ "leaves", &test_leaves, 0 },
	{ "chains", &test_chains, 0 },
	{ "chains at random", &test_chains_at_random, 0 },
	{ "neighbours", &test_neighbours, 0 },
	{ "paths", &test_paths, 0 },
	{ "words", &test_words, 0 },
	{ "print", &test_print, 0 },
	{ "printed path", &test_print_is_the_path, 0 },
	{ "window", &test_window, ARRAY_SIZE(windows) },
	{ "ways", &test_ways, 0 },
	{ "reader mutants", &test_reader_mutant,
	  sizeof(reader_mutants) / sizeof(reader_mutants[0]) },
	{ "end goes up", &test_end_goes_up, 0 },
	{ "writer mutants", &test_writer_mutants, 0 },
	{ "unreleased lock", &test_unreleased_lock, 0 },
	{ "circles", &test_circles, 0 },
	{ "limit", &test_limit, 0 },
	{ "limit no circle", &test_limit_is_no_circle, 0 },
	{ "interrupted", &test_interrupted, 0 },
	{ "claims", &test_claims, 0 },
	{ "inverse", &test_inverse, 0 },
	{ "costs", &test_costs, sizeof(costs) / sizeof(costs[0]) },
	{ "chance sees no more", &test_chance_sees_no_more, 0 },
	{ "chance sees all", &test_chance_sees_all, 0 },
	{ "chance in sequences", &test_chance_in_sequences, 0 },
};

Suite *suite_reader(void);

Suite *suite_reader(void)
{
	Suite *suite = suite_create("reader");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		TCase *tc = tcase_create(tests[i].name);

		tcase_add_checked_fixture(tc, setup, teardown);
		tcase_set_timeout(tc, 300);
		if (tests[i].nr)
			tcase_add_loop_test(tc, *tests[i].test, 0, tests[i].nr);
		else
			tcase_add_test(tc, *tests[i].test);
		suite_add_tcase(suite, tc);
	}
	return suite;
}
