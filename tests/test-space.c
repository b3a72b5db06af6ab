// SPDX-License-Identifier: GPL-2.0-only
/*
 * The space: that it is all there and nothing twice, that what the coordinates
 * say is what the simulator does, and that broken conditions are found.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/internal.h"
#include "space/internal.h"
#include "tests.h"

#define LEN(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct sweep *standard(void)
{
	return &sweeps[0];
}

static const struct rules *rule_set(int i)
{
	return &rule_sets[i];
}

static struct config config_of(const char *key)
{
	struct config c;

	ck_assert_msg(config_parse(key, &c, stderr), "no key: %s", key);
	return c;
}

/* ---- keys --------------------------------------------------------------- */

static bool round_trip(const struct visit *v, void *ctx)
{
	char key[CONFIG_KEY], again[CONFIG_KEY];
	struct config c;

	(void)ctx;
	config_key(v->c, key);
	ck_assert_msg(strlen(key) < CONFIG_KEY - 100, "too long: %s", key);
	ck_assert_msg(config_parse(key, &c, stderr), "no key: %s", key);
	ck_assert_msg(!memcmp(&c, v->c, sizeof(c)), "another: %s", key);
	config_key(&c, again);
	ck_assert_msg(!strcmp(key, again), "%s, %s", key, again);
	return true;
}

START_TEST(keys)
{
	space_walk(standard(), rule_set(nr_rule_sets - 1), 0, 1, round_trip,
		   NULL);
}
END_TEST

START_TEST(keys_by_hand)
{
	struct config c = config_of("existing:range=head,prev=adjacent,"
				    "prev_differs=flags+pgoff,"
				    "prev_anon=A-forked,fail=1");
	char key[CONFIG_KEY];

	ck_assert_int_eq(c.family, SPACE_EXISTING);
	ck_assert_int_eq(c.at[DIM_RANGE], RANGE_HEAD);
	ck_assert_int_eq(c.at[DIM_PREV_DIFFERS], DIFFERS_FLAGS | DIFFERS_PGOFF);
	ck_assert_int_eq(c.at[DIM_PREV_ANON], ANON_A_FORKED);
	ck_assert_int_eq(c.at[DIM_FAIL], 1);

	/* Any order, and places that a key would leave out. */
	c = config_of("existing:prev_anon=none,next=apart,range=all,"
		      "prev=adjacent,fail=0");
	config_key(&c, key);
	ck_assert_str_eq(key, "existing:prev=adjacent,next=apart");
	c = config_of("split:new=below");
	config_key(&c, key);
	ck_assert_str_eq(key, "split");
}
END_TEST

/* The longest that there can be. */
START_TEST(key_fits)
{
	struct config c = config_of(
		"existing:range=inner,backed=file,change=policy,prev=adjacent,"
		"prev_differs=policy+flags+file+uffd+name+pgoff,"
		"prev_anon=A-forked,prev_close=yes,middle_anon=A-forked,"
		"middle_close=yes,next=adjacent,"
		"next_differs=policy+flags+file+uffd+name+pgoff,"
		"next_anon=A-forked,next_close=yes,special=yes,"
		"dirty=prev+asked+next,guard=prev+asked+next,"
		"may_split=first-refuses,room=enough,fail=63");
	char key[CONFIG_KEY];

	config_key(&c, key);
	ck_assert_uint_lt(strlen(key), CONFIG_KEY - 50);
	config_of(key);
}
END_TEST

static const struct {
	const char *key;
	const char *says;
} bad_keys[] = {
	{ "", "column 1: unknown family '', expected one of existing, new, "
	      "split, unmap, relocate" },
	{ "changed:range=all", "column 1: unknown family 'changed'" },
	{ "existing:way=free",
	  "column 10: unknown dimension 'way' of existing, "
	  "expected one of range, backed, " },
	{ "existing:range", "column 10: nothing said of 'range', expected '=' "
			    "and a value" },
	{ "existing:range,prev=apart", "nothing said of 'range'" },
	{ "existing:range=most", "column 16: unknown word 'most' for range, "
				 "expected one of all, head, tail, inner" },
	{ "existing:range=", "unknown word '' for range" },
	{ "existing:range=head,", "column 21: unknown dimension ''" },
	{ "split:", "column 7: unknown dimension ''" },
	{ "existing:range=head,range=head", "given twice: 'range'" },
	{ "existing:prev=adjacent,prev_differs=flags+flag",
	  "column 43: unknown word 'flag' for prev_differs, did you mean 'flags'? Expected any of "
	  "policy, flags, file, uffd, name, pgoff, with '+' between" },
	{ "existing:prev=adjacent,prev_differs=flags+", "unknown word ''" },
	{ "existing:prev=adjacent,prev_differs=file+file",
	  "twice in a set: 'file'" },
	{ "existing:fail=-1", "bad number '-1', expected 0 to 63" },
	{ "existing:fail=", "bad number ''" },
	{ "existing:fail=64", "bad number '64'" },
	{ "existing:fail=18446744073709551617", "bad number" },
	{ "existing:fail=1x", "bad number '1x'" },
	{ "existing:prev_anon=A", "column 20: prev_anon 'A' means nothing as "
				  "the rest is, expected prev=adjacent" },
	{ "existing:prev=apart,prev_close=yes", "expected prev=adjacent" },
	{ "existing:next=apart,next_differs=flags", "expected next=adjacent" },
	{ "existing:gives_up=yes", "expected range=all and fail=1 or more" },
	{ "existing:range=head,fail=1,gives_up=yes", "expected range=all" },
	{ "existing:room=none", "expected range=head, range=tail or" },
	{ "existing:may_split=first-refuses", "expected range=head" },
	{ "existing:range=head,may_split=last-refuses", "cannot be as the rest "
							"is" },
	{ "existing:dirty=next", "expected that side to be adjacent" },
	{ "new:middle_anon=A,just_expand=yes", "expected just_expand=no" },
	{ "new:just_expand=yes,copied=yes", "expected just_expand=no" },
	{ "new:just_expand=yes,backed=file", "expected just_expand=no" },
	{ "unmap:holes=yes", "expected vmas=2 or vmas=3" },
	{ "relocate:prev=adjacent",
	  "prev 'adjacent' cannot be as the rest is" },
	{ "existing:range=\033[2J", "unknown word '?[2J'" },
	{ "0123456789012345678901234567890123456789012345",
	  "'0123456789012345678901234567890123456789...'" },
};

START_TEST(bad_key)
{
	struct config c;
	char *said = NULL;
	size_t len;
	FILE *err = open_memstream(&said, &len);

	ck_assert(!config_parse(bad_keys[_i].key, &c, err));
	fclose(err);
	ck_assert_msg(strstr(said, bad_keys[_i].says), "no '%s' in: %s",
		      bad_keys[_i].says, said);
	ck_assert_ptr_eq(strchr(said, '\n'), said + len - 1);
	free(said);
}
END_TEST

static uint64_t seed = 1;

static unsigned int pick(unsigned int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(seed >> 33) % n;
}

/* Whatever is made of a key is refused, or has a key that gives it again. */
START_TEST(hostile_keys)
{
	static const char good[] =
		"existing:range=head,prev=adjacent,prev_differs=flags+pgoff,"
		"prev_anon=A-forked,next=apart,room=one,fail=1";
	static const char bytes[] = "=+,:-0919aAfx\033\377 ";
	FILE *nowhere = fopen("/dev/null", "w");

	for (int i = 0; i < 100000; i++) {
		char key[sizeof(good) + 8], again[CONFIG_KEY];
		struct config c, d;

		strcpy(key, good);
		for (unsigned int n = pick(4); n; n--)
			key[pick(sizeof(good) - 1)] =
				bytes[pick(sizeof(bytes))];
		if (!config_parse(key, &c, nowhere))
			continue;
		config_key(&c, again);
		ck_assert_msg(config_parse(again, &d, nowhere), "no key: %s",
			      again);
		ck_assert_msg(!memcmp(&c, &d, sizeof(c)), "another: %s", again);
	}
	fclose(nowhere);
}
END_TEST

/* ---- how many ----------------------------------------------------------- */

struct counts {
	enum space_family family;
	unsigned long nr;
	unsigned long failing;
	unsigned long at[NR_DIMS][64]; /* of those where nothing fails */
};

static bool count(const struct visit *v, void *ctx)
{
	struct counts *n = ctx;

	if (v->c->family != n->family)
		return true;
	if (v->c->at[DIM_FAIL]) {
		n->failing++;
		return true;
	}
	n->nr++;
	for (int i = 0; i < NR_DIMS; i++)
		n->at[i][v->c->at[i]]++;
	return true;
}

static struct counts counts_of(enum space_family family)
{
	struct counts n = { .family = family };

	space_walk(standard(), rule_set(nr_rule_sets - 1), 0, 1, count, &n);
	return n;
}

START_TEST(splits_counted)
{
	struct counts n = counts_of(SPACE_SPLIT);

	/* backed, anon_vma, new, addr, policy, may_split, room */
	ck_assert_uint_eq(n.nr, 3 * 3 * 2 * 3 * 2 * 2 * 3);
	/*
	 * Of these 216 allocate: there is room and it may be split. All for a
	 * VMA and for the tree, half for a policy, two thirds for an anon_vma.
	 */
	ck_assert_uint_eq(n.failing, 216 * 2 + 216 / 2 + 216 / 3 * 2);
	ck_assert_uint_eq(n.at[DIM_BACKED][FILE_MEMORY], 216);
	ck_assert_uint_eq(n.at[DIM_MIDDLE_ANON][ANON_A_FORKED], 216);
	ck_assert_uint_eq(n.at[DIM_MIDDLE_ANON][ANON_B], 0);
	ck_assert_uint_eq(n.at[DIM_NEW][NEW_ABOVE], 324);
	ck_assert_uint_eq(n.at[DIM_ADDR][ADDR_LAST], 216);
	ck_assert_uint_eq(n.at[DIM_POLICY][1], 324);
	ck_assert_uint_eq(n.at[DIM_MAY_SPLIT][FIRST_REFUSES], 324);
	ck_assert_uint_eq(n.at[DIM_ROOM][ROOM_NONE], 216);
	ck_assert_uint_eq(n.at[DIM_RANGE][RANGE_ALL], 648);
}
END_TEST

START_TEST(unmaps_counted)
{
	struct counts n = counts_of(SPACE_UNMAP);

	/*
	 * One VMA or two or three with holes or without make five; each with
	 * two backings and three anon_vmas. All of them: no more. A part of
	 * one: it may be split or not, and three rooms. A part of several: the
	 * first or the last may refuse.
	 */
	ck_assert_uint_eq(n.at[DIM_RANGE][RANGE_ALL], 5 * 6);
	ck_assert_uint_eq(n.at[DIM_RANGE][RANGE_HEAD], (2 * 3 + 4 * 3 * 3) * 6);
	ck_assert_uint_eq(n.nr, 30 + 3 * 42 * 6);
	ck_assert_uint_eq(n.at[DIM_VMAS][VMAS_ONE], 6 + 3 * 6 * 6);
	ck_assert_uint_eq(n.at[DIM_HOLES][1], 2 * 6 + 3 * 18 * 6);
	/*
	 * Allocations, summed over the three anon_vmas: a split has 11, of
	 * which 3 are for it that has none; each VMA that is taken out 3, and
	 * to clear the tree 3. All: 6 for one VMA, 9 for two, 12 for three,
	 * where there are two for the holes.
	 *
	 * One VMA, head or tail: 17 for each of three rooms. Inner: 28 for two
	 * rooms, as with none there is an error first.
	 *
	 * Head of n: 11 + 3n + 3 where nobody or the first refuses, 3(n - 1)
	 * where the last does. Tail: the same where nobody or the last does, or
	 * nothing. Inner: 22 + 3n + 3 where nobody does, 11 + 3(n - 1) where
	 * the last does. For n = 2 that is 43 + 40 + 45, for n = 3 it is
	 * 52 + 46 + 51, by three rooms, holes or none.
	 */
	ck_assert_uint_eq(n.failing, 2 * (6 + 2 * 9 + 2 * 12) +
					     2 * (2 * 17 * 3 + 28 * 2) +
					     2 * 2 * 3 * (128 + 149));
}
END_TEST

START_TEST(relocations_counted)
{
	struct counts n = counts_of(SPACE_RELOCATE);

	/* A free way has a VMA far below or not; overlap; two anon_vmas. */
	ck_assert_uint_eq(n.at[DIM_WAY][WAY_FREE], 2 * 2 * 2);
	ck_assert_uint_eq(n.at[DIM_WAY][WAY_BLOCKED], 2 * 2);
	ck_assert_uint_eq(n.nr, 12);
	/* The tree, to expand and to shrink. */
	ck_assert_uint_eq(n.failing, 2 * 8);
}
END_TEST

START_TEST(inner_ranges_counted)
{
	struct counts n = counts_of(SPACE_EXISTING);

	/*
	 * No sides. Backing, special, anon_vma, close hook, may_split, room;
	 * and a backing each with what is asked for soft-dirty or guarded.
	 */
	ck_assert_uint_eq(n.at[DIM_RANGE][RANGE_INNER],
			  3 * 2 * 3 * 2 * 2 * 3 + 3 * 2);
	ck_assert_uint_eq(n.at[DIM_PREV_CLOSE][1], 0);
	ck_assert_uint_eq(n.at[DIM_CHANGE][POLICY_CHANGES], 0);
}
END_TEST

/* ---- shards ------------------------------------------------------------- */

struct seen {
	uint64_t *index;
	size_t nr;
	size_t max;
	unsigned long failing;
};

static bool see(const struct visit *v, void *ctx)
{
	struct seen *s = ctx;

	if (v->c->at[DIM_FAIL]) {
		s->failing++;
		return true;
	}
	ck_assert_msg(s->nr < s->max, "too many");
	s->index[s->nr++] = v->index;
	return true;
}

static int by_index(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct seen see_shards(unsigned int nr, size_t max)
{
	struct seen s = { .index = calloc(max, sizeof(*s.index)), .max = max };

	for (unsigned int i = 0; i < nr; i++)
		ck_assert(space_walk(standard(), rule_set(nr_rule_sets - 1), i,
				     nr, see, &s));
	return s;
}

/* One shard sees them in order, and several see the same between them. */
START_TEST(shards)
{
	struct seen one, seven;
	unsigned long failing = 0;
	size_t max = 0;

	for (int f = 0; f < NR_SPACES; f++) {
		struct counts n = counts_of(f);

		max += n.nr;
		failing += n.failing;
	}
	one = see_shards(1, max);
	seven = see_shards(7, max);
	ck_assert_uint_eq(one.nr, max);
	ck_assert_uint_eq(seven.nr, max);
	ck_assert_uint_eq(seven.failing, failing);
	qsort(seven.index, max, sizeof(*seven.index), by_index);
	for (size_t i = 0; i < max; i++) {
		ck_assert_msg(!i || one.index[i - 1] < one.index[i], "%zu", i);
		ck_assert_msg(one.index[i] == seven.index[i], "%zu", i);
	}
	free(one.index);
	free(seven.index);
}
END_TEST

static bool stop_at_10(const struct visit *v, void *ctx)
{
	unsigned int *nr = ctx;

	(void)v;
	return ++*nr < 10;
}

START_TEST(walk_stops)
{
	unsigned int nr = 0;

	ck_assert(!space_walk(standard(), rule_set(0), 0, 1, stop_at_10, &nr));
	ck_assert_uint_eq(nr, 10);
}
END_TEST

/* ---- fixtures ------------------------------------------------------------- */

static bool fixture_is_sound(const struct visit *v, void *ctx)
{
	const struct fixture *s = v->fixture;
	unsigned long end = 0;

	(void)ctx;
	ck_assert_msg(s->nr_vmas <= FIXTURE_VMAS, "too many");
	for (size_t i = 0; i < s->nr_vmas; i++) {
		ck_assert_msg(s->vmas[i].id == i + 1, "another id");
		ck_assert_msg(s->vmas[i].vm_start >= end, "out of order");
		end = s->vmas[i].vm_end;
	}
	ck_assert_msg(v->out->nr_kcalls || v->out->err, "nothing happened");
	ck_assert_msg(!s->fail || v->out->failed, "nothing failed");
	ck_assert_msg(s->fail <= v->out->nr_allocs, "too many fail");
	return true;
}

START_TEST(fixtures)
{
	space_walk(standard(), rule_set(nr_rule_sets - 1), 0, 1,
		   fixture_is_sound, NULL);
}
END_TEST

START_TEST(names)
{
	struct config c = config_of("existing:next=apart");

	ck_assert_str_eq(fixture_vma_name(&c, 1), "middle");
	ck_assert_str_eq(fixture_vma_name(&c, 2), "next");
	ck_assert_str_eq(fixture_vma_name(&c, 3), "new");
	c = config_of("existing:prev=apart");
	ck_assert_str_eq(fixture_vma_name(&c, 1), "prev");
	c = config_of("unmap:vmas=3");
	ck_assert_str_eq(fixture_vma_name(&c, 1), "first");
	ck_assert_str_eq(fixture_vma_name(&c, 3), "last");
	c = config_of("relocate:way=blocked");
	ck_assert_str_eq(fixture_vma_name(&c, 1), "between");
	ck_assert_str_eq(fixture_vma_name(&c, 2), "stack");
	for (int i = 0; i < NR_REFUSALS; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(refusal_names[i], refusal_names[j]);
	for (int i = 0; i < NR_ALLOCS; i++)
		ck_assert_ptr_nonnull(alloc_names[i]);
}
END_TEST

/* ---- axes -------------------------------------------------------------- */

#define BIT(x) (1U << REFUSED_##x)

/* What a side itself is refused for, whatever is on the other one. */
#define OWN_REFUSALS                                                           \
	(BIT(INNER) | BIT(POSITION) | BIT(ABSENT) | BIT(APART) | BIT(POLICY) | \
	 BIT(FLAGS) | BIT(FILE) | BIT(UFFD) | BIT(NAME) | BIT(ANON_VMA) |      \
	 BIT(PGOFF) | BIT(ANON_PGOFF) | BIT(SELF) | BIT(UFFD_LOST))

struct fact_check {
	const struct rules *rules;
	unsigned long merged[2];
	unsigned long differ;
};

static bool axes_hold(const struct visit *v, void *ctx)
{
	struct fact_check *check = ctx;
	const struct kcall *kcall = v->out->kcalls;
	bool asked = !v->c->at[DIM_JUST_EXPAND];
	struct axes f;
	char key[CONFIG_KEY];
	bool left, right;

	if (v->c->family != SPACE_EXISTING && v->c->family != SPACE_NEW)
		return true;
	axes_of(&f, v->c, check->rules);
	config_key(v->c, key);
	left = !(kcall->left_all & OWN_REFUSALS);
	right = !(kcall->right_all & OWN_REFUSALS);
	ck_assert_msg(left == !f.at[AXIS_PREV], "%s: prev, %s", key,
		      refusal_names[kcall->left]);
	ck_assert_msg(!asked || right == !f.at[AXIS_NEXT], "%s: next, %s", key,
		      refusal_names[kcall->right]);
	/* The sides are compared where both would merge. */
	if (left && right && asked && kcall->left != REFUSED_NO_MEMORY) {
		bool differ = kcall->right_all & BIT(SIDES);

		ck_assert_msg(differ == f.at[AXIS_SIDES], "%s: sides", key);
		check->differ += differ;
	}
	check->merged[0] += left;
	check->merged[1] += right;
	return true;
}

START_TEST(reference)
{
	struct fact_check check = { .rules = rule_set(_i) };

	space_walk(standard(), check.rules, 0, 1, axes_hold, &check);
	ck_assert_uint_gt(check.merged[0], 1000);
	ck_assert_uint_gt(check.merged[1], 1000);
	ck_assert_uint_gt(check.differ, 10);
}
END_TEST

/* Which axes a family has, and values that the catalogue has words for. */
static bool axes_have_words(const struct visit *v, void *ctx)
{
	static const uint32_t has[NR_SPACES] = {
		[SPACE_EXISTING] = 1U << AXIS_RANGE | 1U << AXIS_PREV |
				   1U << AXIS_NEXT | 1U << AXIS_SIDES |
				   1U << AXIS_MIDDLE | 1U << AXIS_NEXT_GOES |
				   1U << AXIS_SPECIAL | 1U << AXIS_MAY_SPLIT |
				   1U << AXIS_ROOM | 1U << AXIS_MEMORY |
				   1U << AXIS_GIVES_UP,
		[SPACE_NEW] = 1U << AXIS_PREV | 1U << AXIS_NEXT |
			      1U << AXIS_SIDES | 1U << AXIS_NEXT_GOES |
			      1U << AXIS_SPECIAL | 1U << AXIS_JUST_EXPAND |
			      1U << AXIS_MEMORY,
		[SPACE_SPLIT] = 1U << AXIS_NEW | 1U << AXIS_MAY_SPLIT |
				1U << AXIS_ROOM | 1U << AXIS_MEMORY,
		[SPACE_UNMAP] = 1U << AXIS_RANGE | 1U << AXIS_VMAS |
				1U << AXIS_MAY_SPLIT | 1U << AXIS_ROOM |
				1U << AXIS_MEMORY,
		[SPACE_RELOCATE] = 1U << AXIS_WAY | 1U << AXIS_MEMORY,
		[SPACE_REPLACE] = 1U << AXIS_RANGE | 1U << AXIS_VMAS |
				  1U << AXIS_PREV | 1U << AXIS_NEXT |
				  1U << AXIS_SIDES | 1U << AXIS_NEXT_GOES |
				  1U << AXIS_MAY_SPLIT | 1U << AXIS_ROOM |
				  1U << AXIS_MEMORY | 1U << AXIS_STAGE,
	};
	struct axes f;

	(void)ctx;
	axes_of(&f, v->c, rule_set(0));
	ck_assert_msg(f.has == has[v->c->family], "axes %x", f.has);
	for (int i = 0; i < NR_AXES; i++)
		ck_assert_msg(cat_axis_value(i, f.at[i]), "axis %d", i);
	return true;
}

START_TEST(axes)
{
	space_walk(standard(), rule_set(0), 0, 1, axes_have_words, NULL);
}
END_TEST

static const struct {
	const char *key;
	const char *rules;
	enum cat_axis axis;
	uint8_t value;
} axes_by_hand[] = {
	/* An unfaulted side, and what was faulted in. */
	{ "existing:prev=adjacent,middle_anon=A", "6.12", AXIS_PREV, 1 },
	{ "existing:prev=adjacent,middle_anon=A", "6.15", AXIS_PREV, 1 },
	{ "existing:prev=adjacent,middle_anon=A", "6.16", AXIS_PREV, 0 },
	{ "existing:prev=adjacent,middle_anon=A-forked", "6.16", AXIS_PREV, 1 },
	/* The other way round. */
	{ "existing:prev=adjacent,prev_anon=A", "6.12", AXIS_PREV, 0 },
	{ "existing:prev=adjacent,prev_anon=A-forked", "6.12", AXIS_PREV, 1 },
	{ "existing:prev=adjacent,prev_anon=A-forked", "6.19", AXIS_PREV, 1 },
	/* What mremap() copies. */
	{ "new:next=adjacent,copied=yes,middle_anon=A-forked", "6.15",
	  AXIS_NEXT, 1 },
	{ "new:next=adjacent,copied=yes,middle_anon=A-forked", "6.18",
	  AXIS_NEXT, 0 },
	{ "new:next=adjacent,copied=yes,middle_anon=A-forked", "6.19",
	  AXIS_NEXT, 1 },
	/* Guards count until they are sticky, soft-dirty never does. */
	{ "new:next=adjacent,guard=next", "6.18", AXIS_NEXT, 1 },
	{ "new:next=adjacent,guard=next+asked", "6.18", AXIS_NEXT, 0 },
	{ "new:next=adjacent,guard=next", "6.19", AXIS_NEXT, 0 },
	{ "new:next=adjacent,dirty=next", "6.12", AXIS_NEXT, 0 },
	/* A range that does not reach the side. */
	{ "existing:range=tail,prev=adjacent", "6.19", AXIS_PREV, 1 },
	{ "existing:range=tail,next=adjacent", "6.19", AXIS_NEXT, 0 },
	/* Who has to be split. */
	{ "unmap:range=head,vmas=2,may_split=first-refuses", "6.19",
	  AXIS_MAY_SPLIT, 0 },
	{ "unmap:range=head,vmas=2,may_split=last-refuses", "6.19",
	  AXIS_MAY_SPLIT, 1 },
	{ "unmap:range=head,may_split=first-refuses", "6.19", AXIS_MAY_SPLIT,
	  1 },
	{ "existing:prev=adjacent,next=adjacent,prev_anon=A,next_anon=B",
	  "6.19", AXIS_SIDES, 1 },
	{ "existing:prev=adjacent,next=adjacent,prev_anon=A,next_anon=A-forked",
	  "6.19", AXIS_SIDES, 0 },
};

START_TEST(axis_by_hand)
{
	struct config c = config_of(axes_by_hand[_i].key);
	struct axes f;

	axes_of(&f, &c, rules_for(axes_by_hand[_i].rules));
	ck_assert_uint_eq(f.at[axes_by_hand[_i].axis], axes_by_hand[_i].value);
}
END_TEST

/* ---- wide and narrow ---------------------------------------------------- */

struct configs {
	struct config *v;
	size_t nr;
	size_t max;
};

static bool keep(const struct visit *v, void *ctx)
{
	struct configs *all = ctx;

	if (all->nr == all->max) {
		all->max = all->max ? 2 * all->max : 1024;
		all->v = reallocarray(all->v, all->max, sizeof(*all->v));
		ck_assert_ptr_nonnull(all->v);
	}
	all->v[all->nr++] = *v->c;
	return true;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct config));
}

struct narrow {
	const struct rules *rules;
	struct configs standard;
	struct mm *mm;
	unsigned long nr;
};

/* The next call from @i on that is a named case. */
static const struct case_kind *next_case(const struct outcome *out, size_t *i)
{
	const struct case_kind *kind = NULL;

	while (!kind && *i < out->nr_kcalls)
		kind = kcall_case(out, &out->kcalls[(*i)++]);
	return kind;
}

/*
 * Other calls may differ: up to 6.18 a change of flags clears what marks prev, and
 * that of anything else need not set it again.
 */
static bool same_cases(const struct outcome *a, const struct outcome *b)
{
	const struct case_kind *kind;
	size_t i = 0, j = 0;

	do {
		kind = next_case(a, &i);
		if (kind != next_case(b, &j))
			return false;
	} while (kind);
	return true;
}

static bool stands_for(const struct visit *v, void *ctx)
{
	struct narrow *n = ctx;
	struct config narrow = *v->c;
	const struct kcall *a = v->out->kcalls, *b;
	const struct outcome *out;
	struct fixture fixture;
	char key[CONFIG_KEY];

	config_narrow(&narrow);
	config_key(v->c, key);
	ck_assert_msg(bsearch(&narrow, n->standard.v, n->standard.nr,
			      sizeof(narrow), by_bytes),
		      "not standard: %s", key);
	fixture_of(&fixture, &narrow);
	out = fixture_run(n->mm, n->rules, &fixture);
	b = out->kcalls;
	ck_assert_msg(out->err == v->out->err, "%s: error", key);
	ck_assert_msg(out->failed == v->out->failed, "%s: allocation", key);
	ck_assert_msg(same_cases(v->out, out), "%s: cases", key);
	if (out->nr_kcalls && a->kind <= KCALL_MERGE_NEW)
		ck_assert_msg(a->left == b->left && a->right == b->right,
			      "%s: refusals", key);
	n->nr++;
	return true;
}

/* A part of them: "vmatlas space --wide" has all. */
#define WIDE_SHARDS 23

START_TEST(wide_is_narrow)
{
	struct narrow n = { .rules = rule_set(_i % nr_rule_sets) };

	space_walk(standard(), n.rules, 0, 1, keep, &n.standard);
	qsort(n.standard.v, n.standard.nr, sizeof(*n.standard.v), by_bytes);
	for (size_t i = 1; i < n.standard.nr; i++)
		ck_assert_int_lt(
			by_bytes(&n.standard.v[i - 1], &n.standard.v[i]), 0);
	n.mm = mm_new(n.rules);
	for (size_t i = 0; i < NR_SWEEPS; i++)
		space_walk(&sweeps[i], n.rules, (unsigned int)_i, WIDE_SHARDS,
			   stands_for, &n);
	ck_assert_uint_gt(n.nr, 200000);
	mm_free(n.mm);
	free(n.standard.v);
}
END_TEST

/* What is standard stands for itself. */
static bool stays(const struct visit *v, void *ctx)
{
	struct config c = *v->c;

	(void)ctx;
	config_narrow(&c);
	ck_assert_msg(!memcmp(&c, v->c, sizeof(c)), "another");
	return true;
}

START_TEST(standard_is_narrow)
{
	space_walk(standard(), rule_set(0), 0, 1, stays, NULL);
}
END_TEST

static const struct {
	const char *wide;
	const char *narrow;
} narrows[] = {
	{ "existing:prev=adjacent,prev_differs=file+name+pgoff",
	  "existing:prev=adjacent,prev_differs=file" },
	{ "existing:change=name,next=adjacent,next_differs=flags+pgoff,"
	  "next_close=yes",
	  "existing:next=adjacent,next_differs=flags" },
	{ "existing:range=tail,prev=adjacent,prev_anon=A,next=adjacent",
	  "existing:range=tail,next=adjacent" },
	{ "existing:range=inner,prev=adjacent,next=apart",
	  "existing:range=inner" },
	{ "existing:prev=adjacent,prev_anon=B-forked,prev_close=yes,"
	  "next=adjacent,next_anon=A",
	  "existing:prev=adjacent,prev_anon=A-forked,next=adjacent,"
	  "next_anon=B" },
	{ "relocate:prev=apart,way=blocked", "relocate:way=blocked" },
};

START_TEST(narrow_by_hand)
{
	struct config c = config_of(narrows[_i].wide);
	char key[CONFIG_KEY];

	config_narrow(&c);
	config_key(&c, key);
	ck_assert_str_eq(key, narrows[_i].narrow);
}
END_TEST

/* ---- conditions --------------------------------------------------------- */

/* Small catalogues. */
#define HEAD(family)                                                           \
	"family: " family "\ntitle: T\norder: 1\nintro: I.\ncases:\n"
#define CASE(id, title, op, syscall, more)                                     \
	"  - id: " id "\n    title: " title "\n    summary: S.\n"              \
	"    beyond_mail: true\n" more "    before:\n"                         \
	"      - {vma: vma, range: [16, 28], flags: [read, write]}\n"          \
	"    operation: " op "\n    roles: {vma: extend}\n"                    \
	"    steps: [Free vma VMA]\n"                                          \
	"    after:\n      - {vma: vma, range: [16, 28]}\n"                    \
	"    locks: {mmap: write, vma: [vma], rmap: []}\n"                     \
	"    map_count: {before: 1, after: 1}\n    function: none\n"           \
	"    syscalls: [" syscall "]\n"
#define WHEN(when) "    when: " when "\n"
#define DOWN(when)                                                             \
	CASE("relocate-down", "Down", "{relocate: vma, to: 10}", "execve",     \
	     WHEN(when))
#define SPLIT(id, title, more)                                                 \
	CASE("split-new" id, "New" title,                                      \
	     "{split: vma, addr: 22, new: below}", "munmap", more)
#define BELOW(when) SPLIT("-below", " below", WHEN(when))
#define ABOVE(when) SPLIT("-above", " above", WHEN(when))
#define NEW_LEFT(when)                                                         \
	CASE("new-merge-left", "Merge left",                                   \
	     "{map: [28, 30], flags: [read, write]}", "mmap", WHEN(when))
#define LEFT_FULL(when)                                                        \
	CASE("existing-merge-left-full", "Merge left full",                    \
	     "{modify: [16, 28], flags: [read]}", "mprotect", WHEN(when))

#define OTHERWISE "otherwise:\n"
#define REASON(id, error, when)                                                \
	"  - id: " id "\n    says: S.\n" error WHEN(when)
#define FAULT "    error: EFAULT\n"
#define NOMEM "    error: ENOMEM\n"
#define BLOCKED REASON("in-the-way", FAULT, "{way: blocked}")
#define SHORT REASON("no-memory", NOMEM, "{way: free, memory: short}")
#define FREE "{way: free, memory: enough}"

/* A family of which everything is known, and what may be wrong with one. */
#define WHOLE HEAD("relocate") DOWN(FREE) OTHERWISE BLOCKED SHORT
#define NO_REASON HEAD("relocate") DOWN(FREE)
#define NOT_SHORT NO_REASON OTHERWISE BLOCKED
#define TWICE HEAD("relocate") DOWN("[{way: free}, {memory: enough}]")
#define OVERLAPPING                                                            \
	HEAD("relocate") DOWN("{memory: [enough, short]}") OTHERWISE BLOCKED
#define TWO_REASONS NOT_SHORT REASON("again", NOMEM, "{way: blocked}")
#define TOO_WIDE HEAD("relocate") DOWN("{memory: enough}")
#define OTHER_ERROR                                                            \
	NO_REASON OTHERWISE REASON("in-the-way", NOMEM, "{way: blocked}")
#define NO_ERROR NO_REASON OTHERWISE REASON("in-the-way", "", "{way: blocked}")
#define SPLITS HEAD("split") ABOVE("{new: above}") BELOW("{new: below}")
#define EXCHANGED HEAD("split") ABOVE("{new: below}") BELOW("{new: above}")
#define VARIANT                                                                \
	HEAD("split")                                                          \
	SPLIT("-below-early", " below early", WHEN("{new: below}"))
#define PREFIX HEAD("split") SPLIT("", "", WHEN("{new: below}"))
#define PARTS(parts) WHEN("{new: above}") "    composed_of: [" parts "]\n"
#define MADE_OF(parts)                                                         \
	HEAD("split")                                                          \
	BELOW("{new: below}") SPLIT("-above", " above", PARTS(parts))
#define TURNED_ROUND                                                           \
	HEAD("new")                                                            \
	NEW_LEFT("{prev: refuses}")                                            \
	OTHERWISE REASON("nothing", "", "{prev: merges}")
#define NO_CHANGE                                                              \
	HEAD("existing")                                                       \
	LEFT_FULL("{prev: merges}")                                            \
	OTHERWISE REASON("nothing", "", "{prev: refuses}")
#define UNREACHED                                                              \
	SPLITS OTHERWISE REASON("never", FAULT,                                \
				"{new: above, room: none, memory: short}")

static const struct {
	const char *text;
	const char *key;
	enum class_kind kind;
	const char *says; /* the identifier, or what is wrong */
} classes[] = {
	{ WHOLE, "relocate", CLASS_CASE, "relocate-down" },
	{ WHOLE, "relocate:way=blocked,overlap=yes", CLASS_ERROR,
	  "in-the-way" },
	{ WHOLE, "relocate:fail=2", CLASS_ERROR, "no-memory" },
	/* Two conditions of the same case may both hold. */
	{ TWICE, "relocate", CLASS_CASE, "relocate-down" },
	/* Nothing holds. */
	{ NOT_SHORT, "relocate:fail=1", CLASS_UNNAMED,
	  "no condition of family 'relocate' holds" },
	{ NO_REASON, "split", CLASS_UNNAMED,
	  "the catalogue has no family 'split'" },
	/* Two things hold. */
	{ OVERLAPPING, "relocate:way=blocked", CLASS_AMBIGUOUS,
	  "conditions of relocate-down and of in-the-way both hold" },
	{ TWO_REASONS, "relocate:way=blocked", CLASS_AMBIGUOUS,
	  "conditions of in-the-way and of again both hold" },
	/* One holds, and something else happens. */
	{ TOO_WIDE, "relocate:way=blocked", CLASS_WRONG,
	  "relocate-down: stated is success, but there was EFAULT" },
	{ OTHER_ERROR, "relocate:way=blocked", CLASS_WRONG,
	  "in-the-way: stated is ENOMEM, but there was EFAULT" },
	{ NO_ERROR, "relocate:way=blocked", CLASS_WRONG,
	  "in-the-way: stated is success, but there was EFAULT" },
	{ SPLITS, "split:new=above", CLASS_CASE, "split-new-above" },
	{ SPLITS, "split", CLASS_CASE, "split-new-below" },
	{ EXCHANGED, "split", CLASS_WRONG,
	  "split-new-above is stated, but there was split-new-below" },
	/* A variant of a case is what it begins with. */
	{ VARIANT, "split", CLASS_CASE, "split-new-below-early" },
	{ PREFIX, "split", CLASS_WRONG,
	  "split-new is stated, but there was split-new-below" },
	/* What a case is made of, exactly. */
	{ MADE_OF("split-new-above"), "split:new=above", CLASS_CASE,
	  "split-new-above" },
	{ MADE_OF("split-new-below"), "split:new=above", CLASS_WRONG,
	  "split-new-above is stated, but there was split-new-above" },
	{ MADE_OF("split-new-above, split-new-above"), "split:new=above",
	  CLASS_WRONG,
	  "split-new-above is stated, but there was split-new-above" },
	/* Stated not to merge, and to merge. */
	{ TURNED_ROUND, "new:prev=adjacent", CLASS_WRONG,
	  "nothing: stated is that nothing merges, but there was "
	  "new-merge-left" },
	{ TURNED_ROUND, "new:prev=apart", CLASS_WRONG,
	  "new-merge-left is stated, but there was no named case" },
	/* What does not merge needs a case of "change". */
	{ NO_CHANGE, "existing", CLASS_UNNAMED,
	  "the catalogue has no family 'change'" },
};

static struct catalog *load(const char *text)
{
	char *said = NULL;
	size_t len;
	FILE *err = open_memstream(&said, &len);
	struct catalog *cat =
		catalog_load_bytes("x.yaml", text, strlen(text), err);

	fclose(err);
	ck_assert_msg(cat, "%s", said);
	free(said);
	return cat;
}

static struct classification judge(const struct catalog *cat, const char *key)
{
	const struct rules *rules = rule_set(nr_rule_sets - 1);
	struct conditions *cond = conditions_new(cat);
	struct mm *mm = mm_new(rules);
	struct config c = config_of(key);
	struct fixture fixture;
	struct classification r;

	fixture_of(&fixture, &c);
	conditions_classify(cond, &c, rules, fixture_run(mm, rules, &fixture),
			    &r);
	mm_free(mm);
	conditions_free(cond);
	return r;
}

START_TEST(class)
{
	struct catalog *cat = load(classes[_i].text);
	struct classification r = judge(cat, classes[_i].key);

	ck_assert_msg(r.kind == classes[_i].kind, "%d: %s", r.kind,
		      r.what ? r.what : r.id);
	ck_assert_str_eq(r.what ? r.what : r.id, classes[_i].says);
	catalog_free(cat);
}
END_TEST

/* What becomes of the configuration is told, whatever the catalogue says. */
START_TEST(class_says)
{
	struct catalog *cat = load(WHOLE);
	struct classification r =
		judge(cat, "existing:prev=adjacent,prev_differs=flags+pgoff,"
			   "next=adjacent,fail=1");

	ck_assert_int_eq(r.left, REFUSED_FLAGS);
	ck_assert_uint_eq(r.left_all, BIT(FLAGS) | BIT(PGOFF));
	ck_assert_int_eq(r.right, REFUSED_NO_MEMORY);
	ck_assert_int_ne(r.err, 0);
	ck_assert_int_eq(r.failed, ALLOC_TREE);
	catalog_free(cat);
	conditions_free(NULL);
}
END_TEST

/* ---- the catalogue as it is --------------------------------------------- */

struct whole {
	const struct conditions *cond;
	const struct rules *rules;
};

static bool is_named(const struct visit *v, void *ctx)
{
	const struct whole *w = ctx;
	char key[CONFIG_KEY];
	struct classification r;

	conditions_classify(w->cond, v->c, w->rules, v->out, &r);
	config_key(v->c, key);
	ck_assert_msg(r.kind < CLASS_UNNAMED, "%s: %s", key, r.what);
	return true;
}

START_TEST(catalogue_names_all)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct conditions *cond;

	ck_assert_ptr_nonnull(cat);
	cond = conditions_new(cat);
	space_walk(standard(), rule_set(_i), 0, 1, is_named,
		   &(struct whole){ cond, rule_set(_i) });
	conditions_free(cond);
	catalog_free(cat);
}
END_TEST

/* ---- the command -------------------------------------------------------- */

static char output[1 << 20];

/* Its output, both streams; returns the exit status. */
static int run(const char *args)
{
	char command[1024];
	size_t len = 0, got;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command),
		 "{ ${VMATLAS:-build/vmatlas} space %s; } 2>&1", args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	while ((got = fread(output + len, 1, sizeof(output) - 1 - len, pipe)))
		len += got;
	output[len] = '\0';
	status = pclose(pipe);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct {
	const char *args;
	int status;
	const char *says;
} calls[] = {
	{ "--show", 2, "expected --only and its key" },
	{ "--only existing --show --format json", 2, "--show is for people" },
	{ "--summary --format tsv", 2, "expected it without --format tsv" },
	{ "--summary --only existing", 2, "expected it without --only" },
	{ "--only existing --case existing-merge-both", 2,
	  "expected it without --case" },
	{ "--case none-such", 2, "unknown case or reason 'none-such'" },
	{ "--reason none-such", 2,
	  "unknown rule 'none-such', expected one of special, inner" },
	{ "--only existing:range=none", 2, "expected one of all, head" },
	{ "--only new:prev=adjacent,fail=9", 2,
	  "allocation 9 is to fail, expected 1 to 1" },
	{ "--format xml", 2, "expected one of text|json|tsv" },
	{ "--jobs 0", 2, "expected 1 to 64" },
	{ "--help", 0, "every difference: " },
	{ "--help", 0, "\nRules that refuse: special, inner, " },
	{ "--only new:prev=adjacent --show", -1, "|-------............" },
	{ "--only new:prev=adjacent --show", -1, "set prev to [16, 36)" },
	{ "--only new:next=adjacent,next_differs=name --format tsv", -1,
	  "new:next=adjacent,next_differs=name\t" },
	{ "--only new:next=adjacent,next_differs=name --format json", -1,
	  "\"right\":\"name\"" },
};

START_TEST(call)
{
	int status = run(calls[_i].args);

	if (calls[_i].status >= 0)
		ck_assert_msg(status == calls[_i].status, "status %d: %s",
			      status, output);
	ck_assert_msg(strstr(output, calls[_i].says), "no '%s' in:\n%s",
		      calls[_i].says, output);
}
END_TEST

/* A catalogue directory with one file. */
static void make_catalog(char dir[TEMP_PATH], const char *text)
{
	char path[80];
	FILE *out;

	temp_dir(dir);
	snprintf(path, sizeof(path), "%s/x.yaml", dir);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

static void drop_catalog(const char *dir)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/x.yaml", dir);
	remove(path);
	rmdir(dir);
}

START_TEST(problems_are_printed)
{
	char dir[TEMP_PATH], args[128];

	make_catalog(dir, UNREACHED);
	snprintf(args, sizeof(args), "--catalog %s --jobs 2", dir);
	ck_assert_int_eq(run(args), 1);
	ck_assert_ptr_nonnull(strstr(output, "unnamed: the catalogue has no "
					     "family 'existing'"));
	ck_assert_ptr_nonnull(strstr(output, "more of the kind"));
	ck_assert_ptr_nonnull(strstr(output, "no configuration meets the "
					     "conditions of 'never'"));
	ck_assert_ptr_nonnull(strstr(output, "|-"));
	drop_catalog(dir);
}
END_TEST

/*
 * Where neither side matches, a hook of next is not asked, and only the wider sweeps
 * have it: a condition that tells these apart is seen by them alone.
 */
START_TEST(wide_finds_what_is_ruled_otherwise)
{
	static const char edit[] =
		"s/^    when: {special: \"no\", prev: refuses, next: refuses/"
		"&, next_vma: may go}\\n  - id: next-stays\\n    says: Too.\\n"
		"&, next_vma: stays/";
	char dir[TEMP_PATH], text[512];

	temp_dir(dir);
	snprintf(text, sizeof(text),
		 "cp catalog/*.yaml '%s' && sed -i '%s' '%s/new.yaml'", dir,
		 edit, dir);
	ck_assert_int_eq(system(text), 0);
	snprintf(text, sizeof(text), "--catalog %s --shard 1/16 --summary",
		 dir);
	ck_assert_int_eq(run(text), 0);
	strcat(text, " --wide");
	ck_assert_int_eq(run(text), 1);
	ck_assert_ptr_nonnull(strstr(output, "wrong: ruled as next-stays, but "
					     "what stands for it as "
					     "no-side-matches: new:prev="));
	snprintf(text, sizeof(text), "rm -r '%s'", dir);
	ck_assert_int_eq(system(text), 0);
}
END_TEST

/* Threads do not show. */
START_TEST(jobs_do_not_show)
{
	char *one;

	run("--jobs 1");
	one = strdup(output);
	run("--jobs 3");
	ck_assert_str_eq(one, output);
	free(one);
}
END_TEST

/* ---- the suite ---------------------------------------------------------- */

static void add(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 170);
	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

Suite *suite_space(void)
{
	Suite *s = suite_create("space");

	add(s, "keys", keys, 1);
	add(s, "keys by hand", keys_by_hand, 1);
	add(s, "longest key", key_fits, 1);
	add(s, "bad keys", bad_key, LEN(bad_keys));
	add(s, "hostile keys", hostile_keys, 1);
	add(s, "splits counted", splits_counted, 1);
	add(s, "unmaps counted", unmaps_counted, 1);
	add(s, "relocations counted", relocations_counted, 1);
	add(s, "inner ranges counted", inner_ranges_counted, 1);
	add(s, "shards", shards, 1);
	add(s, "walk stops", walk_stops, 1);
	add(s, "fixtures", fixtures, 1);
	add(s, "names", names, 1);
	add(s, "reference", reference, nr_rule_sets);
	add(s, "axes", axes, 1);
	add(s, "axes by hand", axis_by_hand, LEN(axes_by_hand));
	add(s, "wide is narrow", wide_is_narrow, nr_rule_sets);
	add(s, "standard is narrow", standard_is_narrow, 1);
	add(s, "narrow by hand", narrow_by_hand, LEN(narrows));
	add(s, "classes", class, LEN(classes));
	add(s, "class says", class_says, 1);
	add(s, "the catalogue", catalogue_names_all, nr_rule_sets);
	add(s, "calls", call, LEN(calls));
	add(s, "problems", problems_are_printed, 1);
	add(s, "wide", wide_finds_what_is_ruled_otherwise, 1);
	add(s, "jobs", jobs_do_not_show, 1);
	return s;
}
