// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator, against three things: cases worked out by hand, a second model
 * that is an array of pages, and invariants around every step.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "model/model.h"
#include "pages.h"
#include "test-model.h"
#include "tests.h"

#define RO VM_READ
#define RW (VM_READ | VM_WRITE)
#define A 7 /* identities of anon_vmas */
#define B 8

static const struct rules *latest(void)
{
	return rules_for("latest");
}

/* A VMA of anonymous memory, at the offset where it was first mapped. */
static struct vma_state vma(unsigned long start, unsigned long end,
			    vm_flags_t flags, uint32_t anon_vma)
{
	return (struct vma_state){
		.vm_start = start,
		.vm_end = end,
		.vm_pgoff = start,
		.attrs.flags = flags,
		.anon_vma = anon_vma,
	};
}

static struct op modify(unsigned long start, unsigned long end,
			vm_flags_t flags)
{
	return (struct op){
		.kind = OP_MODIFY,
		.start = start,
		.end = end,
		.changes = CHANGE_FLAGS,
		.attrs.flags = flags,
	};
}

static struct op map(unsigned long start, unsigned long end, vm_flags_t flags)
{
	return (struct op){
		.kind = OP_MAP,
		.start = start,
		.end = end,
		.pgoff = start,
		.attrs.flags = flags,
	};
}

static struct op unmap(unsigned long start, unsigned long end)
{
	return (struct op){ .kind = OP_UNMAP, .start = start, .end = end };
}

static struct op split(unsigned long addr, bool new_below)
{
	return (struct op){
		.kind = OP_SPLIT,
		.start = addr,
		.new_below = new_below,
	};
}

const char *vmas_text(const struct mm *mm)
{
	static char text[512];
	struct layout *lay = layout_of(mm);
	int len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < lay->nr_slots; i++)
		if (lay->slots[i].vma)
			len += snprintf(text + len, sizeof(text) - len,
					"%s%u:[%lu,%lu)", len ? " " : "",
					lay->slots[i].vma, lay->slots[i].start,
					lay->slots[i].end);
	layout_free(lay);
	return text;
}

static const char *case_of(const struct outcome *out, size_t kcall)
{
	const struct case_kind *kind;

	ck_assert_uint_lt(kcall, out->nr_kcalls);
	kind = kcall_case(out, &out->kcalls[kcall]);
	return kind ? kind->id : "none";
}

/* ---- the ten cases, worked out by hand ------------------------------------ */

struct hand {
	const char *id;
	struct vma_state before[3];
	struct op op;
	const char *after;
};

/* Pages 4..24; VMAs get the ids 1, 2, 3 from left to right. */
static const struct hand hands[] = {
	{ "existing-merge-both",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RO },
	    { .vm_start = 8, .vm_end = 12, .attrs.flags = RW },
	    { .vm_start = 12, .vm_end = 16, .attrs.flags = RO } },
	  { OP_MODIFY, 8, 12, CHANGE_FLAGS, { .flags = RO } },
	  "1:[4,16)" },
	{ "existing-merge-left-full",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RO },
	    { .vm_start = 8, .vm_end = 12, .attrs.flags = RW } },
	  { OP_MODIFY, 8, 12, CHANGE_FLAGS, { .flags = RO } },
	  "1:[4,12)" },
	{ "existing-merge-left-partial",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RO },
	    { .vm_start = 8, .vm_end = 12, .attrs.flags = RW } },
	  { OP_MODIFY, 8, 10, CHANGE_FLAGS, { .flags = RO } },
	  "1:[4,10) 2:[10,12)" },
	{ "existing-merge-right-full",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RW },
	    { .vm_start = 8, .vm_end = 12, .attrs.flags = RO } },
	  { OP_MODIFY, 4, 8, CHANGE_FLAGS, { .flags = RO } },
	  "2:[4,12)" },
	{ "existing-merge-right-partial",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RW },
	    { .vm_start = 8, .vm_end = 12, .attrs.flags = RO } },
	  { OP_MODIFY, 6, 8, CHANGE_FLAGS, { .flags = RO } },
	  "1:[4,6) 2:[6,12)" },
	{ "new-merge-both",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RW },
	    { .vm_start = 12, .vm_end = 16, .attrs.flags = RW } },
	  { OP_MAP, 8, 12, 0, { .flags = RW }, .pgoff = 8 },
	  "1:[4,16)" },
	{ "new-merge-left",
	  { { .vm_start = 4, .vm_end = 8, .attrs.flags = RW } },
	  { OP_MAP, 8, 12, 0, { .flags = RW }, .pgoff = 8 },
	  "1:[4,12)" },
	{ "new-merge-right",
	  { { .vm_start = 12, .vm_end = 16, .attrs.flags = RW } },
	  { OP_MAP, 8, 12, 0, { .flags = RW }, .pgoff = 8 },
	  "1:[8,16)" },
	{ "split-new-below",
	  { { .vm_start = 4, .vm_end = 16, .attrs.flags = RW } },
	  { OP_SPLIT, 10, .new_below = true },
	  "2:[4,10) 1:[10,16)" },
	{ "split-new-above",
	  { { .vm_start = 4, .vm_end = 16, .attrs.flags = RW } },
	  { OP_SPLIT, 10, .new_below = false },
	  "1:[4,10) 2:[10,16)" },
};

START_TEST(by_hand)
{
	const struct hand *h = &hands[_i];
	struct mm *mm = mm_new(latest());
	const struct outcome *out;

	for (int i = 0; i < 3 && h->before[i].vm_end; i++) {
		struct vma_state s = h->before[i];

		s.vm_pgoff = s.vm_start;
		ck_assert_uint_eq(mm_place(mm, &s), i + 1);
	}
	out = mm_do(mm, &h->op);
	ck_assert_int_eq(out->err, 0);
	ck_assert_uint_eq(out->nr_kcalls, 1);
	ck_assert_str_eq(case_of(out, 0), h->id);
	ck_assert_str_eq(vmas_text(mm), h->after);
	mm_free(mm);
}
END_TEST

/* ---- why not ---------------------------------------------------------------- */

struct why {
	struct vma_state prev, middle, next;
	struct op op;
	const char *rules;
	enum refusal left, right;
};

#define PREV(...)                                                              \
	{                                                                      \
		.vm_start = 4, .vm_end = 8, .vm_pgoff = 4, __VA_ARGS__         \
	}
#define MIDDLE(...)                                                            \
	{                                                                      \
		.vm_start = 8, .vm_end = 12, .vm_pgoff = 8, __VA_ARGS__        \
	}
#define NEXT(...)                                                              \
	{                                                                      \
		.vm_start = 12, .vm_end = 16, .vm_pgoff = 12, __VA_ARGS__      \
	}
#define F(f) .attrs.flags = (f)
#define OP_RO(start, end)                                                      \
	{                                                                      \
		OP_MODIFY, start, end, CHANGE_FLAGS,                           \
		{                                                              \
			.flags = RO                                            \
		}                                                              \
	}
#define G VM_MAYBE_GUARD
#define S VM_SOFTDIRTY
#define TO_RO                                                                  \
	{                                                                      \
		OP_MODIFY, 8, 12, CHANGE_FLAGS,                                \
		{                                                              \
			.flags = RO                                            \
		}                                                              \
	}

/* Middle becomes read-only beside this prev; there is no next. */
#define BESIDE(why_, ...)                                                      \
	{                                                                      \
		{ .vm_start = 4, __VA_ARGS__ }, MIDDLE(F(RW)), { 0 }, TO_RO,   \
			"latest", why_, REFUSED_ABSENT                         \
	}

static const struct why whys[] = {
	BESIDE(MERGED, .vm_end = 8, .vm_pgoff = 4, F(RO)),
	BESIDE(REFUSED_POLICY, .vm_end = 8, .vm_pgoff = 4,
	       .attrs = { .flags = RO, .policy = 1 }),
	BESIDE(REFUSED_FLAGS, .vm_end = 8, .vm_pgoff = 4, F(RW)),
	BESIDE(REFUSED_FILE, .vm_end = 8, .vm_pgoff = 4,
	       .attrs = { .flags = RO, .file = 1 }),
	BESIDE(REFUSED_UFFD, .vm_end = 8, .vm_pgoff = 4,
	       .attrs = { .flags = RO, .uffd_ctx = 1 }),
	BESIDE(REFUSED_NAME, .vm_end = 8, .vm_pgoff = 4,
	       .attrs = { .flags = RO, .anon_name = 1 }),
	BESIDE(REFUSED_PGOFF, .vm_end = 8, .vm_pgoff = 5, F(RO)),
	BESIDE(REFUSED_APART, .vm_end = 7, .vm_pgoff = 4, F(RO)),
	BESIDE(MERGED, .vm_end = 8, .vm_pgoff = 4, F(RO | VM_SOFTDIRTY)),
	BESIDE(MERGED, .vm_end = 8, .vm_pgoff = 4, F(RO | VM_MAYBE_GUARD)),
	/* The first rule in the kernel's order is the one that is named. */
	{ PREV(.attrs = { .flags = RW, .policy = 1, .file = 1 }),
	  MIDDLE(F(RW)),
	  { 0 },
	  TO_RO,
	  "latest",
	  REFUSED_POLICY,
	  REFUSED_ABSENT },
	/* Sticky flags came with 6.19. */
	{ PREV(F(RO | VM_MAYBE_GUARD)),
	  MIDDLE(F(RW)),
	  { 0 },
	  TO_RO,
	  "6.18",
	  REFUSED_FLAGS,
	  REFUSED_ABSENT },
	/* Nothing special merges; a range inside touches nobody. */
	{ PREV(F(RO | VM_IO)),
	  MIDDLE(F(RW)),
	  { 0 },
	  { OP_MODIFY, 8, 12, CHANGE_FLAGS, { .flags = RO | VM_IO } },
	  "latest",
	  REFUSED_SPECIAL,
	  REFUSED_SPECIAL },
	{ PREV(F(RO)),
	  MIDDLE(F(RW)),
	  NEXT(F(RO)),
	  { OP_MODIFY, 9, 11, CHANGE_FLAGS, { .flags = RO } },
	  "latest",
	  REFUSED_INNER,
	  REFUSED_INNER },
	{ PREV(F(RO)),
	  MIDDLE(F(RW)),
	  NEXT(F(RO)),
	  { OP_MODIFY, 8, 11, CHANGE_FLAGS, { .flags = RO } },
	  "latest",
	  MERGED,
	  REFUSED_POSITION },
	/* ->close */
	{ PREV(F(RO)), MIDDLE(F(RW), .attrs.has_close = true), NEXT(F(RO)),
	  TO_RO, "latest", REFUSED_CLOSE_MIDDLE, REFUSED_CLOSE_MIDDLE },
	{ PREV(F(RO)), MIDDLE(F(RW)), NEXT(F(RO), .attrs.has_close = true),
	  TO_RO, "latest", MERGED, REFUSED_CLOSE_NEXT },
	{ PREV(F(RO)),
	  MIDDLE(F(RW), .attrs.has_close = true),
	  NEXT(F(RO)),
	  { OP_MODIFY, 8, 11, CHANGE_FLAGS, { .flags = RO } },
	  "latest",
	  MERGED,
	  REFUSED_POSITION },
	/* Each side would do, but not both together. */
	{ PREV(F(RO), .anon_vma = A), MIDDLE(F(RW)), NEXT(F(RO), .anon_vma = B),
	  TO_RO, "latest", MERGED, REFUSED_SIDES },
	/* anon_vma: a faulted middle beside an unfaulted prev. */
	{ PREV(F(RO)),
	  MIDDLE(F(RW), .anon_vma = A),
	  { 0 },
	  TO_RO,
	  "6.15",
	  REFUSED_ANON_VMA,
	  REFUSED_ABSENT },
	{ PREV(F(RO)),
	  MIDDLE(F(RW), .anon_vma = A),
	  { 0 },
	  TO_RO,
	  "6.16",
	  MERGED,
	  REFUSED_ABSENT },
	{ PREV(F(RO)),
	  MIDDLE(F(RW), .anon_vma = A, .forked = true),
	  { 0 },
	  TO_RO,
	  "6.16",
	  REFUSED_ANON_VMA,
	  REFUSED_ABSENT },
	/* An unfaulted middle beside a faulted prev, forked or not. */
	{ PREV(F(RO), .anon_vma = A),
	  MIDDLE(F(RW)),
	  { 0 },
	  TO_RO,
	  "6.12",
	  MERGED,
	  REFUSED_ABSENT },
	{ PREV(F(RO), .anon_vma = A, .forked = true),
	  MIDDLE(F(RW)),
	  { 0 },
	  TO_RO,
	  "6.12",
	  REFUSED_ANON_VMA,
	  REFUSED_ABSENT },
	{ PREV(F(RO), .anon_vma = A, .forked = true),
	  MIDDLE(F(RW)),
	  { 0 },
	  TO_RO,
	  "latest",
	  REFUSED_ANON_VMA,
	  REFUSED_ABSENT },
	/* Both faulted, shared or not; the fork does not matter if shared. */
	{ PREV(F(RO), .anon_vma = A, .forked = true),
	  MIDDLE(F(RW), .anon_vma = A, .forked = true),
	  { 0 },
	  TO_RO,
	  "6.12",
	  MERGED,
	  REFUSED_ABSENT },
	{ PREV(F(RO), .anon_vma = A),
	  MIDDLE(F(RW), .anon_vma = B),
	  { 0 },
	  TO_RO,
	  "latest",
	  REFUSED_ANON_VMA,
	  REFUSED_ABSENT },
};

START_TEST(why_not)
{
	const struct why *w = &whys[_i];
	struct mm *mm = mm_new(rules_for(w->rules));
	const struct outcome *out;

	mm_place(mm, &w->prev);
	mm_place(mm, &w->middle);
	if (w->next.vm_end)
		mm_place(mm, &w->next);
	out = mm_do(mm, &w->op);
	ck_assert_int_eq(out->err, 0);
	ck_assert_int_eq(out->kcalls[0].kind, KCALL_MERGE_EXISTING);
	ck_assert_str_eq(refusal_texts[out->kcalls[0].left],
			 refusal_texts[w->left]);
	ck_assert_str_eq(refusal_texts[out->kcalls[0].right],
			 refusal_texts[w->right]);
	mm_free(mm);
}
END_TEST

/*
 * Every rule that refuses: those of a side one by one, as if the others agreed.
 * The VMAs lie at [4, 8), [8, 12) and [12, 16).
 */
#define BIT(name) (1U << REFUSED_##name)
#define SIDE                                                                   \
	(BIT(POLICY) | BIT(FLAGS) | BIT(FILE) | BIT(UFFD) | BIT(NAME) |        \
	 BIT(ANON_VMA) | BIT(PGOFF))
#define UNLIKE                                                                 \
	.anon_vma = B, .attrs = { .flags = RW,                                 \
				  .policy = 1,                                 \
				  .file = 1,                                   \
				  .uffd_ctx = 1,                               \
				  .anon_name = 1 }
#define CLOSE .attrs.has_close = true
#define MAP_RO(start, end, ...)                                                \
	{                                                                      \
		OP_MAP, start, end, 0, { .flags = RO }, .pgoff = start,        \
							__VA_ARGS__            \
	}

static const struct {
	struct vma_state vmas[3];
	struct op op;
	uint32_t left, right;
} alls[] = {
	{ { PREV(F(RO)), MIDDLE(F(RW)), NEXT(F(RO)) }, TO_RO, 0, 0 },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 9, UNLIKE },
	    MIDDLE(F(RW), .anon_vma = A),
	    { .vm_start = 12, .vm_end = 16, .vm_pgoff = 9, UNLIKE } },
	  TO_RO,
	  SIDE,
	  SIDE },
	/* Of what does not touch, nothing more is said. */
	{ { { .vm_start = 4, .vm_end = 7, .vm_pgoff = 9, UNLIKE },
	    MIDDLE(F(RW), CLOSE) },
	  TO_RO,
	  BIT(APART),
	  BIT(ABSENT) },
	{ { PREV(UNLIKE), MIDDLE(F(RW)), NEXT(F(RW)) },
	  OP_RO(9, 12),
	  BIT(POSITION),
	  BIT(FLAGS) },
	/* Where the kernel stops early, what it would have found. */
	{ { PREV(F(RO)), MIDDLE(F(RW)), NEXT(F(RO)) },
	  OP_RO(9, 11),
	  BIT(INNER) | BIT(POSITION),
	  BIT(INNER) | BIT(POSITION) },
	{ { PREV(F(RO)), MIDDLE(F(RW)) },
	  { OP_MODIFY, 8, 12, CHANGE_FLAGS, { .flags = RO | VM_IO } },
	  BIT(SPECIAL) | BIT(FLAGS),
	  BIT(SPECIAL) | BIT(ABSENT) },
	/* The rules for both sides count if prev merges. */
	{ { PREV(F(RO), .anon_vma = A), MIDDLE(F(RW)),
	    NEXT(F(RW), .anon_vma = B, CLOSE) },
	  TO_RO,
	  0,
	  BIT(FLAGS) | BIT(SIDES) | BIT(CLOSE_NEXT) },
	{ { PREV(F(RW), .anon_vma = A), MIDDLE(F(RW)),
	    NEXT(F(RO), .anon_vma = B, CLOSE) },
	  TO_RO,
	  BIT(FLAGS),
	  0 },
	{ { PREV(F(RO)), MIDDLE(F(RW), CLOSE), NEXT(F(RW)) },
	  TO_RO,
	  BIT(CLOSE_MIDDLE),
	  BIT(FLAGS) | BIT(CLOSE_MIDDLE) },
	{ { PREV(F(RO)), MIDDLE(F(RW), CLOSE), NEXT(F(RO), CLOSE) },
	  TO_RO,
	  BIT(CLOSE_MIDDLE),
	  BIT(CLOSE_MIDDLE) | BIT(CLOSE_NEXT) },
	/* New ranges. brk() does not even know next. */
	{ { PREV(F(RO)), NEXT(UNLIKE) },
	  MAP_RO(8, 12),
	  0,
	  SIDE & ~BIT(ANON_VMA) & ~BIT(PGOFF) },
	{ { PREV(F(RO)), NEXT(F(RO)) },
	  MAP_RO(8, 12, .just_expand = true),
	  0,
	  BIT(JUST_EXPAND) },
	{ { PREV(F(RO)), NEXT(F(RO)) },
	  { OP_MAP,
	    8,
	    12,
	    0,
	    { .flags = RO | VM_IO },
	    .pgoff = 8,
	    .just_expand = true },
	  BIT(SPECIAL) | BIT(FLAGS),
	  BIT(SPECIAL) | BIT(JUST_EXPAND) },
};

START_TEST(all_refusals)
{
	struct mm *mm = mm_new(latest());
	const struct outcome *out;
	const struct kcall *kcall;

	for (int i = 0; i < 3 && alls[_i].vmas[i].vm_end; i++)
		mm_place(mm, &alls[_i].vmas[i]);
	out = mm_do(mm, &alls[_i].op);
	kcall = &out->kcalls[0];
	ck_assert_uint_eq(kcall->left_all, alls[_i].left);
	ck_assert_uint_eq(kcall->right_all, alls[_i].right);
	ck_assert_int_eq(kcall->state, kcall->left_all && kcall->right_all
					       ? MERGE_NONE
					       : MERGE_DONE);
	mm_free(mm);
}
END_TEST

/* brk() expands prev and leaves next alone, whatever it is. */
START_TEST(just_expand)
{
	struct mm *mm = mm_new(latest());
	struct vma_state prev = vma(4, 8, RW, 0), next = vma(12, 16, RW, 0);
	struct op op = map(8, 12, RW);
	const struct outcome *out;

	mm_place(mm, &prev);
	mm_place(mm, &next);
	op.just_expand = true;
	out = mm_do(mm, &op);
	ck_assert_int_eq(out->err, 0);
	ck_assert_int_eq(out->kcalls[0].right, REFUSED_JUST_EXPAND);
	ck_assert_uint_eq(out->kcalls[0].next, 0);
	ck_assert_str_eq(case_of(out, 0), "new-merge-left");
	ck_assert_str_eq(vmas_text(mm), "1:[4,12) 2:[12,16)");
	mm_free(mm);
}
END_TEST

/* vma_merge_new_range() itself marks nothing soft-dirty, up to 6.18. */
START_TEST(just_merge)
{
	static const struct {
		const char *rules;
		vm_flags_t flags;
	} t[] = { { "6.18", RW }, { "6.19", RW | S } };
	struct mm *mm = mm_new(rules_for(t[_i].rules));
	struct vma_state prev = vma(4, 8, RW, 0);
	struct op op = map(8, 12, RW | S);
	const struct outcome *out;

	mm_place(mm, &prev);
	op.just_merge = true;
	out = mm_do(mm, &op);
	ck_assert_uint_eq(out->nr_kcalls, 1);
	ck_assert_int_eq(out->kcalls[0].state, MERGE_DONE);
	ck_assert_str_eq(vmas_text(mm), "1:[4,12)");
	ck_assert_uint_eq(mm_find(mm, 4)->attrs.flags, t[_i].flags);
	mm_free(mm);
}
END_TEST

/* What mremap() copies: since 6.19 the source's fork is asked about. */
START_TEST(copied_range)
{
	static const struct {
		const char *rules;
		bool forked;
		enum refusal left;
		uint32_t anon_vma;
	} t[] = {
		{ "6.15", false, REFUSED_ANON_VMA, 0 },
		{ "6.16", false, MERGED, 0 },
		{ "6.16", true, MERGED, 0 },
		{ "6.19", false, MERGED, A },
		{ "6.19", true, REFUSED_ANON_VMA, 0 },
	};
	struct mm *mm = mm_new(rules_for(t[_i].rules));
	struct vma_state prev = vma(4, 8, RW, 0);
	struct op op = map(8, 12, RW);
	const struct outcome *out;

	mm_place(mm, &prev);
	op.anon_vma = A;
	op.forked = t[_i].forked;
	op.copied = true;
	out = mm_do(mm, &op);
	ck_assert_str_eq(refusal_texts[out->kcalls[0].left],
			 refusal_texts[t[_i].left]);
	ck_assert_uint_eq(mm_find(mm, 4)->anon_vma, t[_i].anon_vma);
	mm_free(mm);
}
END_TEST

/*
 * What mremap() makes longer, vma_merge_extend(): it has an anon_vma, but is no
 * copy, so that no version asks how it came by that, nor hands it on.
 */
START_TEST(grown_range)
{
	static const char *const rules[] = { "6.16", "6.19", "latest" };
	struct mm *mm = mm_new(rules_for(rules[_i]));
	struct vma_state next = vma(12, 16, RW, 0);
	struct op op = map(8, 12, RW);
	const struct outcome *out;

	mm_place(mm, &next);
	op.anon_vma = A;
	op.forked = true;
	out = mm_do(mm, &op);
	ck_assert_str_eq(refusal_texts[out->kcalls[0].right],
			 refusal_texts[MERGED]);
	ck_assert_str_eq(vmas_text(mm), "1:[8,16)");
	ck_assert_uint_eq(mm_find(mm, 8)->anon_vma, 0);
	mm_free(mm);
}
END_TEST

/* ---- order of steps by version ----------------------------------------------- */

static size_t step_index(const struct outcome *out, enum step_kind kind,
			 vma_id id)
{
	for (size_t i = 0; i < out->nr_steps; i++)
		if (out->steps[i].kind == kind && out->steps[i].vma == id)
			return i;
	ck_abort_msg("no step %d of VMA %u", kind, id);
	return 0;
}

START_TEST(order_of_left_partial)
{
	static const struct {
		const char *rules;
		bool store_last;
	} t[] = { { "6.12", false },
		  { "6.14.2", false },
		  { "6.15", true },
		  { "latest", true } };
	struct mm *mm = mm_new(rules_for(t[_i].rules));
	struct vma_state prev = vma(4, 8, RO, A), middle = vma(8, 12, RW, A);
	struct op op = modify(8, 10, RO);
	const struct outcome *out;

	mm_place(mm, &prev);
	mm_place(mm, &middle);
	out = mm_do(mm, &op);
	ck_assert(t[_i].store_last == (step_index(out, STEP_STORE, 1) >
				       step_index(out, STEP_SET_RANGE, 2)));
	ck_assert_uint_lt(step_index(out, STEP_SET_RANGE, 1),
			  step_index(out, STEP_SET_RANGE, 2));
	mm_free(mm);
}
END_TEST

START_TEST(order_of_locks)
{
	static const struct {
		const char *rules;
		bool next_first;
	} t[] = { { "6.12", false }, { "6.15", true } };
	struct mm *mm = mm_new(rules_for(t[_i].rules));
	struct vma_state s[] = { vma(4, 8, RO, A), vma(8, 12, RW, A),
				 vma(12, 16, RO, A) };
	struct op op = modify(8, 12, RO);
	const struct outcome *out;

	for (int i = 0; i < 3; i++)
		mm_place(mm, &s[i]);
	out = mm_do(mm, &op);
	ck_assert_uint_lt(step_index(out, STEP_LOCK_VMA, 2),
			  step_index(out, STEP_LOCK_VMA, 1));
	ck_assert(t[_i].next_first == (step_index(out, STEP_LOCK_VMA, 3) <
				       step_index(out, STEP_LOCK_VMA, 1)));
	mm_free(mm);
}
END_TEST

const char *told_steps(const struct outcome *out)
{
	static const char *const words[NR_STEPS] = {
		[STEP_LOCK_MMAP] = "+mmap",
		[STEP_LOCK_VMA] = "+%u",
		[STEP_LOCK_I_MMAP] = "+i_mmap",
		[STEP_LOCK_ANON_VMA] = "+anon",
		[STEP_ALLOCATE] = "alloc%u",
		[STEP_DUPLICATE] = "dup%u",
		[STEP_CLONE_ANON_VMA] = "clone%u",
		[STEP_SET_RANGE] = "set%u",
		[STEP_SET_ATTRS] = "attrs%u",
		[STEP_STORE] = "store%u",
		[STEP_DETACH] = "detach%u",
		[STEP_ATTACH] = "attach%u",
		[STEP_FREE] = "free%u",
		[STEP_UNLOCK_ANON_VMA] = "-anon",
		[STEP_UNLOCK_I_MMAP] = "-i_mmap",
		[STEP_DOWNGRADE_MMAP] = "downgrade",
		[STEP_UNLOCK_MMAP] = "-mmap",
	};
	static char text[1024];
	int len = 0;

	for (size_t i = 0; i < out->nr_steps; i++) {
		const struct step *s = &out->steps[i];
		char word[32];

		if (s->kind == STEP_MAP_COUNT)
			snprintf(word, sizeof(word), "n%+ld", s->delta);
		else if (s->kind == STEP_CLONE_ANON_VMA && !s->object)
			snprintf(word, sizeof(word), "unlink%u", s->vma);
		else if (strchr(words[s->kind], '%'))
			snprintf(word, sizeof(word), "%.*s%u",
				 (int)strcspn(words[s->kind], "%"),
				 words[s->kind], s->vma);
		else
			snprintf(word, sizeof(word), "%s", words[s->kind]);
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
				len ? " " : "", word);
	}
	return text;
}

/* Written down from mm/vma.c: vma_prepare(), vma_complete() and around them. */
static const struct {
	const char *rules;
	struct vma_state before[3];
	struct op op;
	const char *steps;
} traces[] = {
#define FAULTED(start, end, f)                                                 \
	{                                                                      \
		.vm_start = start, .vm_end = end, .vm_pgoff = start, F(f),     \
		.anon_vma = A                                                  \
	}
#define UNFAULTED(start, end, f)                                               \
	{                                                                      \
		.vm_start = start, .vm_end = end, .vm_pgoff = start, F(f)      \
	}
#define OF_FILE(start, end, f)                                                 \
	{                                                                      \
		.vm_start = start, .vm_end = end, .vm_pgoff = start,           \
		.attrs = {                                                     \
			.flags = f,                                            \
			.file = 3                                              \
		}                                                              \
	}
#define MAP_RW(start, end)                                                     \
	{                                                                      \
		OP_MAP, start, end, 0, { .flags = RW }, .pgoff = start         \
	}
	{ "latest",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW), FAULTED(12, 16, RO) },
	  OP_RO(8, 12),
	  "+mmap +2 +3 +1 +anon set1 store1 -anon detach2 n-1 free2 detach3 "
	  "n-1 free3 -mmap" },
	{ "6.12",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW), FAULTED(12, 16, RO) },
	  OP_RO(8, 12),
	  "+mmap +2 +1 +3 +anon set1 store1 -anon detach2 n-1 free2 detach3 "
	  "n-1 free3 -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  OP_RO(8, 12),
	  "+mmap +2 +1 +anon set1 store1 -anon detach2 n-1 free2 -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  OP_RO(8, 10),
	  "+mmap +2 +1 +anon set1 set2 store1 -anon -mmap" },
	{ "6.14",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  OP_RO(8, 10),
	  "+mmap +2 +1 +anon set1 store1 set2 -anon -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RW), FAULTED(8, 12, RO) },
	  OP_RO(4, 8),
	  "+mmap +1 +2 +anon set2 store2 -anon detach1 n-1 free1 -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RW), FAULTED(8, 12, RO) },
	  OP_RO(6, 8),
	  "+mmap +1 +2 +anon set1 set2 store2 -anon -mmap" },
	{ "6.12",
	  { FAULTED(4, 8, RW), FAULTED(8, 12, RO) },
	  OP_RO(6, 8),
	  "+mmap +1 +2 +anon set1 set2 store2 -anon -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  "+mmap +1 +2 +anon set1 store1 -anon detach2 n-1 free2 -mmap" },
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(8, 12),
	  "+mmap +1 +anon set1 store1 -anon -mmap" },
	{ "latest",
	  { FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  "+mmap +1 +anon set1 store1 -anon -mmap" },
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_SPLIT, 8, .new_below = true },
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon -mmap" },
	{ "6.12",
	  { FAULTED(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon -mmap" },
	/* The file's lock instead; both rmap locks of a private file mapping. */
	{ "latest",
	  { OF_FILE(4, 8, RO), OF_FILE(8, 12, RW) },
	  OP_RO(8, 12),
	  "+mmap +2 +1 +i_mmap set1 store1 -i_mmap detach2 n-1 free2 -mmap" },
	{ "latest",
	  { { .vm_start = 4,
	      .vm_end = 16,
	      .vm_pgoff = 4,
	      .anon_vma = A,
	      .attrs = { .flags = RW, .file = 3 } } },
	  { OP_SPLIT, 8 },
	  "+mmap dup2 set2 +1 +2 +i_mmap +anon set1 store2 n+1 -anon -i_mmap "
	  "-mmap" },
	/* An unfaulted prev takes over an anon_vma: when, has changed. */
	{ "latest",
	  { UNFAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  OP_RO(8, 12),
	  "+mmap +2 +1 clone1 +anon set1 store1 -anon detach2 n-1 free2 "
	  "-mmap" },
	{ "6.16",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  "+mmap +1 +2 clone1 +anon set1 store1 -anon detach2 n-1 free2 "
	  "-mmap" },
	{ "6.19",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  "+mmap +1 clone1 +2 +anon set1 store1 -anon detach2 n-1 free2 "
	  "-mmap" },
	/* Sticky flags come last. */
	{ "6.19",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW | G) },
	  OP_RO(8, 12),
	  "+mmap +2 +1 +anon set1 store1 -anon detach2 n-1 free2 attrs1 "
	  "-mmap" },
	/* No merge: a VMA of its own, or two splits and a change. */
	{ "latest",
	  { OF_FILE(4, 8, RO) },
	  { OP_MAP, 20, 24, 0, { .flags = RW, .file = 3 }, .pgoff = 20 },
	  "+mmap alloc2 set2 +2 store2 n+1 +i_mmap -i_mmap -mmap" },
	{ "latest",
	  { UNFAULTED(4, 16, RW) },
	  OP_RO(8, 12),
	  "+mmap dup2 set2 +1 +2 set1 store2 n+1 dup3 set3 +3 set1 store3 n+1 "
	  "attrs1 -mmap" },
	/* A hole; VMA 1 is locked only once. Freed after the downgrade. */
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_UNMAP, 8, 12 },
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon dup3 set3 +3 "
	  "+anon set1 store3 n+1 -anon detach1 store0 n-1 downgrade free1 "
	  "-mmap" },
	/* Mapped over: the tree forgets the old one in the store of the new. */
	{ "latest",
	  { UNFAULTED(4, 8, RO) },
	  { OP_REPLACE, 4, 8, 0, { .flags = RW }, .pgoff = 4 },
	  "+mmap +1 detach1 alloc2 set2 +2 store2 n+1 n-1 free1 -mmap" },
	/* The same in a VMA's middle: its own parts close over it. */
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_REPLACE, 8, 12, 0, { .flags = RW }, .pgoff = 8 },
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon dup3 set3 +3 "
	  "+anon set1 store3 n+1 -anon detach1 +anon set2 store2 -anon detach3 "
	  "n-1 free3 n-1 free1 -mmap" },
	/* Nothing is there: as any mmap(). */
	{ "latest",
	  { UNFAULTED(4, 8, RW) },
	  { OP_REPLACE, 8, 12, 0, { .flags = RW }, .pgoff = 8 },
	  "+mmap +1 set1 store1 -mmap" },
	/* The second VMA may not be split: the first is attached again. */
	{ "latest",
	  { UNFAULTED(4, 8, RW),
	    { .vm_start = 8,
	      .vm_end = 16,
	      .vm_pgoff = 8,
	      .attrs = { .flags = RO, .no_split = true } } },
	  { OP_UNMAP, 4, 12 },
	  "+mmap +1 detach1 attach1 -mmap" },
	/* A stack moves down: the tree forgets its old end before it does. */
	{ "latest",
	  { FAULTED(20, 24, RW | VM_GROWSDOWN) },
	  { OP_RELOCATE, 10, 20 },
	  "+mmap +1 +anon set1 store1 -anon +anon store0 set1 -anon -mmap" },
	{ "6.12",
	  { OF_FILE(20, 24, RW | VM_GROWSDOWN) },
	  { OP_RELOCATE, 18, 20 },
	  "+mmap +1 +i_mmap set1 store1 -i_mmap +i_mmap store0 set1 -i_mmap "
	  "-mmap" },
};

START_TEST(whole_traces)
{
	struct mm *mm = mm_new(rules_for(traces[_i].rules));

	for (int i = 0; i < 3 && traces[_i].before[i].vm_end; i++)
		mm_place(mm, &traces[_i].before[i]);
	ck_assert_str_eq(told_steps(mm_do(mm, &traces[_i].op)),
			 traces[_i].steps);
	mm_free(mm);
}
END_TEST

START_TEST(versions)
{
	ck_assert_ptr_eq(rules_for("6.11"), NULL);
	ck_assert_ptr_eq(rules_for("5.4"), NULL);
	ck_assert_ptr_eq(rules_for(""), NULL);
	ck_assert_ptr_eq(rules_for("six"), NULL);
	ck_assert_ptr_eq(rules_for("6"), NULL);
	ck_assert_ptr_eq(rules_for("6.12x"), NULL);
	ck_assert_ptr_eq(rules_for("-6.12"), NULL);
	ck_assert_ptr_eq(rules_for("6.-1"), NULL);
	ck_assert_ptr_eq(rules_for("+6.12"), NULL);
	ck_assert_ptr_eq(rules_for(" 6.12"), NULL);
	ck_assert_ptr_eq(rules_for("6. 12"), NULL);
	ck_assert_str_eq(rules_for("6.12.113-amd64")->version, "6.12");
	ck_assert_str_eq(rules_for("6.12.117-amd64")->version, "6.12.114");
	ck_assert_str_eq(rules_for("6.12.200")->version, "6.12.118");
	ck_assert_str_eq(rules_for("6.14")->version, "6.12");
	ck_assert_str_eq(rules_for("6.16-rc3")->version, "6.16");
	ck_assert_str_eq(rules_for("6.18")->version, "6.16");
	ck_assert_str_eq(rules_for("6.18.8")->version, "6.18.8");
	ck_assert_str_eq(rules_for("7.1")->version, "6.19");
	ck_assert_str_eq(rules_for("7.2.13")->version, "7.2");
	ck_assert_str_eq(rules_for("7.3-rc1")->version, "7.3");
	ck_assert_str_eq(rules_for("99.9")->version, RULES_JUDGED);
}
END_TEST

/* What is newer than any tree that was compared is followed, and not trusted. */
START_TEST(judged_versions)
{
	ck_assert(rules_are_judged("latest"));
	ck_assert(rules_are_judged("6.12"));
	ck_assert(rules_are_judged("7.0.4-1-amd64"));
	ck_assert(rules_are_judged(RULES_JUDGED));
	ck_assert(rules_are_judged("7.3.99"));
	ck_assert(!rules_are_judged("99.9"));
	ck_assert(!rules_are_judged("99.9-rc1"));
	ck_assert(!rules_are_judged("6.11"));
	ck_assert(!rules_are_judged("six"));
	ck_assert_str_eq(latest()->version, RULES_JUDGED);
}
END_TEST

/* ---- errors ------------------------------------------------------------------- */

START_TEST(errors)
{
	struct vma_state stiff = vma(20, 30, RW, 0);
	struct vma_state plain = vma(4, 16, RW, 0);
	static const struct {
		struct op op;
		unsigned long limit;
		int err;
		const char *after;
	} t[] = {
		{ { OP_MAP, 8, 8 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_MAP, 9, 8 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_MAP, 1, MM_END + 1 },
		  100,
		  -EINVAL,
		  "1:[4,16) 2:[20,30)" },
		{ { OP_MAP, 15, 18 }, 100, -EEXIST, "1:[4,16) 2:[20,30)" },
		{ { OP_MAP, 40, 44 }, 1, -ENOMEM, "1:[4,16) 2:[20,30)" },
		/* At its limit, one more may still be mapped. */
		{ { OP_MAP, 40, 44 }, 2, 0, "1:[4,16) 2:[20,30) 3:[40,44)" },
		{ { OP_SPLIT, 4 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_SPLIT, 16 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_SPLIT, 18 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_SPLIT, 50 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_SPLIT, 8 }, 2, -ENOMEM, "1:[4,16) 2:[20,30)" },
		{ { OP_SPLIT, 25 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		/* A hole at the end, at the start, and nothing at all. */
		{ { OP_MODIFY, 4, 18, CHANGE_FLAGS, { .flags = RO } },
		  100,
		  -ENOMEM,
		  "1:[4,16) 2:[20,30)" },
		{ { OP_MODIFY, 2, 8, CHANGE_FLAGS, { .flags = RO } },
		  100,
		  -ENOMEM,
		  "1:[4,16) 2:[20,30)" },
		{ { OP_MODIFY, 8, 10, CHANGE_FLAGS, { .flags = RO } },
		  2,
		  -ENOMEM,
		  "1:[4,16) 2:[20,30)" },
		/* The first split works, the second passes the limit. */
		{ { OP_MODIFY, 8, 10, CHANGE_FLAGS, { .flags = RO } },
		  3,
		  -ENOMEM,
		  "3:[4,8) 1:[8,16) 2:[20,30)" },
		{ { OP_UNMAP, 16, 20 }, 100, 0, "1:[4,16) 2:[20,30)" },
		{ { OP_UNMAP, 8, 10 }, 2, -ENOMEM, "1:[4,16) 2:[20,30)" },
		{ { OP_UNMAP, 8, 10 }, 3, 0, "3:[4,8) 4:[10,16) 2:[20,30)" },
		/* Unmapping at an end may pass the limit for a moment. */
		{ { OP_UNMAP, 8, 16 }, 2, 0, "3:[4,8) 2:[20,30)" },
		{ { OP_UNMAP, 25, 40 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		/* The end cannot be split: the start stays split. */
		{ { OP_UNMAP, 10, 25 },
		  100,
		  -EINVAL,
		  "3:[4,10) 1:[10,16) 2:[20,30)" },
		/* No VMA begins there; one is in the way; upwards. */
		{ { OP_RELOCATE, 2, 5 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_RELOCATE, 2, 30 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_RELOCATE, 15, 20 }, 100, -EFAULT, "1:[4,16) 2:[20,30)" },
		{ { OP_RELOCATE, 2, 20 }, 100, -EFAULT, "1:[4,16) 2:[20,30)" },
		{ { OP_RELOCATE, 17, 4 }, 100, -EINVAL, "1:[4,16) 2:[20,30)" },
		{ { OP_RELOCATE, 16, 20 }, 100, 0, "1:[4,16) 2:[16,26)" },
		/* brk() makes a VMA where it cannot expand; a merge does not. */
		{ { OP_MAP, 16, 18, .just_expand = true },
		  100,
		  0,
		  "1:[4,16) 3:[16,18) 2:[20,30)" },
		{ { OP_MAP, 16, 18, .just_merge = true },
		  1,
		  0,
		  "1:[4,16) 2:[20,30)" },
		{ { OP_MAP, 15, 18, .just_merge = true },
		  100,
		  -EEXIST,
		  "1:[4,16) 2:[20,30)" },
	};
	struct mm *mm = mm_new(latest());

	stiff.attrs.no_split = true;
	mm_place(mm, &plain);
	mm_place(mm, &stiff);
	mm_limit(mm, t[_i].limit);
	ck_assert_int_eq(mm_do(mm, &t[_i].op)->err, t[_i].err);
	ck_assert_str_eq(vmas_text(mm), t[_i].after);
	mm_free(mm);
}
END_TEST
#define NR_ERRORS 31

/* The call that was refused says so. */
START_TEST(errors_of_kcalls)
{
	struct mm *mm = mm_new(latest());
	struct vma_state stiff = vma(20, 30, RW, 0);
	struct op unmap_some = unmap(25, 40), split_it = split(25, false);
	const struct outcome *out;

	stiff.attrs.no_split = true;
	mm_place(mm, &stiff);
	out = mm_do(mm, &split_it);
	ck_assert_int_eq(out->kcalls[0].err, -EINVAL);
	out = mm_do(mm, &unmap_some);
	ck_assert_int_eq(out->kcalls[0].kind, KCALL_REMOVE);
	ck_assert_int_eq(out->kcalls[0].err, -EINVAL);
	ck_assert_int_eq(out->kcalls[1].err, -EINVAL);
	mm_free(mm);
}
END_TEST

START_TEST(place_refuses)
{
	struct mm *mm = mm_new(latest());
	struct vma_state good = vma(4, 8, RW, 0), empty = vma(9, 9, RW, 0),
			 over = vma(6, 10, RW, 0),
			 out = vma(10, MM_END + 1, RW, 0);

	ck_assert_uint_eq(mm_place(mm, &good), 1);
	ck_assert_uint_eq(mm_place(mm, &empty), 0);
	ck_assert_uint_eq(mm_place(mm, &over), 0);
	ck_assert_uint_eq(mm_place(mm, &out), 0);
	ck_assert_uint_eq(mm_map_count(mm), 1);
	ck_assert_ptr_eq(mm_find(mm, 8), NULL);
	ck_assert_uint_eq(mm_find(mm, 0)->vm_start, 4);
	mm_free(mm);
}
END_TEST

/* ---- faults, and what is set in passing ------------------------------------------- */

#define FRESH 77

/* Which anon_vma the middle of three gets that is written to first. */
static const struct fault_case {
	struct vma_state vmas[3];
	uint32_t gets;
} fault_cases[] = {
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 } }, FRESH },
	/* Next is asked first. */
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A },
	    { .vm_start = 8, .vm_end = 9, .vm_pgoff = 8, .anon_vma = B } },
	  B },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A } },
	  A },
	/* Access may differ, no other flag, and no policy or file. */
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4, .attrs.flags = RO },
	    { .vm_end = 4, .anon_vma = A, .attrs.flags = RW } },
	  A },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A, .attrs.flags = VM_ACCOUNT } },
	  FRESH },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A, .attrs.flags = VM_SOFTDIRTY } },
	  A },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A, .attrs.policy = 1 } },
	  FRESH },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A, .attrs.file = 1 } },
	  FRESH },
	/* Neither what lies apart, nor what was moved. */
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 3, .anon_vma = A } },
	  FRESH },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 5 },
	    { .vm_end = 4, .anon_vma = A } },
	  FRESH },
	/* What was inherited is not shared, but what comes after is asked. */
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A, .forked = true } },
	  FRESH },
	{ { { .vm_start = 4, .vm_end = 8, .vm_pgoff = 4 },
	    { .vm_end = 4, .anon_vma = A },
	    { .vm_start = 8,
	      .vm_end = 9,
	      .vm_pgoff = 8,
	      .anon_vma = B,
	      .forked = true } },
	  A },
};

START_TEST(faults)
{
	const struct fault_case *f = &fault_cases[_i];
	struct mm *mm = mm_new(latest());

	for (int i = 0; i < 3; i++)
		mm_place(mm, &f->vmas[i]);
	ck_assert_uint_eq(mm_fault(mm, 5, FRESH), f->gets);
	ck_assert_uint_eq(mm_find(mm, 5)->anon_vma, f->gets);
	/* The next write finds it there. */
	ck_assert_uint_eq(mm_fault(mm, 7, FRESH + 1), f->gets);
	ck_assert_uint_eq(mm_fault(mm, 20, FRESH), 0);
	mm_free(mm);
}
END_TEST

START_TEST(replaced)
{
	struct mm *mm = mm_new(latest());
	struct vma_state low = vma(0, 4, RW, A), high = vma(8, 12, RW, A), s;
	struct layout *lay;

	mm_place(mm, &low);
	mm_place(mm, &high);
	s = vma(6, 12, RO, B);
	ck_assert(mm_replace(mm, 9, &s));
	ck_assert_str_eq(vmas_text(mm), "1:[0,4) 2:[6,12)");
	ck_assert_uint_eq(mm_find(mm, 6)->anon_vma, B);
	ck_assert_uint_eq(mm_find(mm, 6)->attrs.flags, RO);
	/* Into another VMA, to a smaller range, where there is none. */
	s.vm_start = 3;
	ck_assert(!mm_replace(mm, 9, &s));
	s.vm_start = 7;
	ck_assert(!mm_replace(mm, 9, &s));
	s.vm_start = 4;
	ck_assert(!mm_replace(mm, 5, &s));
	ck_assert_str_eq(vmas_text(mm), "1:[0,4) 2:[6,12)");
	lay = layout_of(mm);
	ck_assert_ptr_eq(layout_verify(lay), NULL);
	layout_free(lay);
	mm_free(mm);
}
END_TEST

START_TEST(apart_from_prev)
{
	struct mm *mm = mm_new(latest());
	struct vma_state below = vma(0, 4, RW, 0);
	struct op op = map(4, 8, RW);

	mm_place(mm, &below);
	op.just_expand = op.apart = true;
	mm_do(mm, &op);
	ck_assert_str_eq(vmas_text(mm), "1:[0,4) 2:[4,8)");
	/* What it is from then on, may grow. */
	op = map(8, 9, RW);
	op.just_expand = true;
	mm_do(mm, &op);
	ck_assert_str_eq(vmas_text(mm), "1:[0,4) 2:[4,9)");
	mm_free(mm);
}
END_TEST

/* ---- operations made of several calls --------------------------------------------- */

START_TEST(inner_change_is_two_splits)
{
	struct mm *mm = mm_new(latest());
	struct vma_state s = vma(4, 16, RW, A);
	struct op op = modify(8, 12, RO);
	const struct outcome *out;

	mm_place(mm, &s);
	out = mm_do(mm, &op);
	ck_assert_uint_eq(out->nr_kcalls, 4);
	ck_assert_str_eq(case_of(out, 0), "none");
	ck_assert_str_eq(case_of(out, 1), "split-new-below");
	ck_assert_str_eq(case_of(out, 2), "split-new-above");
	ck_assert_int_eq(out->kcalls[3].kind, KCALL_CHANGE);
	ck_assert_str_eq(vmas_text(mm), "2:[4,8) 1:[8,12) 3:[12,16)");
	ck_assert_uint_eq(mm_find(mm, 8)->attrs.flags, RO);
	ck_assert_uint_eq(mm_find(mm, 4)->attrs.flags, RW);
	ck_assert_uint_eq(mm_find(mm, 12)->vm_pgoff, 12);
	/* And its inverse, one merge. */
	op = modify(8, 12, RW);
	out = mm_do(mm, &op);
	ck_assert_str_eq(case_of(out, 0), "existing-merge-both");
	ck_assert_str_eq(vmas_text(mm), "2:[4,16)");
	mm_free(mm);
}
END_TEST

START_TEST(unmap_a_hole)
{
	struct mm *mm = mm_new(latest());
	struct vma_state s = vma(4, 16, RW, A);
	struct op op = unmap(8, 12);
	const struct outcome *out;

	mm_place(mm, &s);
	out = mm_do(mm, &op);
	ck_assert_uint_eq(out->nr_kcalls, 3);
	ck_assert_int_eq(out->kcalls[0].kind, KCALL_REMOVE);
	ck_assert_str_eq(case_of(out, 1), "split-new-below");
	ck_assert_str_eq(case_of(out, 2), "split-new-above");
	ck_assert_int_eq(kcall_role(out, &out->kcalls[0], 1), ROLE_DELETE);
	ck_assert_str_eq(vmas_text(mm), "2:[4,8) 3:[12,16)");
	/* Detached before the tree forgets it, freed after. */
	ck_assert_uint_lt(step_index(out, STEP_DETACH, 1),
			  step_index(out, STEP_STORE, 0));
	ck_assert_uint_lt(step_index(out, STEP_STORE, 0),
			  step_index(out, STEP_FREE, 1));
	mm_free(mm);
}
END_TEST

START_TEST(modify_over_several)
{
	struct mm *mm = mm_new(latest());
	struct vma_state s[] = { vma(4, 8, RO, 0), vma(8, 12, RW, 0),
				 vma(12, 16, VM_READ | VM_EXEC, 0) };
	struct op op = modify(4, 16, RO);
	const struct outcome *out;

	for (int i = 0; i < 3; i++)
		mm_place(mm, &s[i]);
	out = mm_do(mm, &op);
	ck_assert_uint_eq(out->nr_kcalls, 2);
	ck_assert_str_eq(case_of(out, 0), "existing-merge-left-full");
	ck_assert_str_eq(case_of(out, 1), "existing-merge-left-full");
	ck_assert_str_eq(vmas_text(mm), "1:[4,16)");
	mm_free(mm);
}
END_TEST

START_TEST(split_then_not_merged)
{
	struct mm *mm = mm_new(latest());
	struct vma_state s = vma(4, 16, RW, 0);
	struct op below = split(8, true), above = split(12, false);

	mm_place(mm, &s);
	mm_do(mm, &below);
	mm_do(mm, &above);
	ck_assert_str_eq(vmas_text(mm), "2:[4,8) 1:[8,12) 3:[12,16)");
	ck_assert_uint_eq(mm_find(mm, 12)->vm_pgoff, 12);
	ck_assert_uint_eq(mm_find(mm, 8)->vm_pgoff, 8);
	mm_free(mm);
}
END_TEST

/*
 * Flags that do not count for merging stay when the protection changes: who
 * calls vma_modify_flags() makes the new flags from the VMA's own. Since 6.19
 * they also stay when another VMA takes the range over. "r", "w", "s" (soft-
 * dirty) and "g" (maybe guard) tell what the pages 8, 16 and 24 end up with.
 */
static const struct {
	const char *rules;
	vm_flags_t prev, middle, next; /* [8, 16) [16, 24) [24, 32) */
	struct op op;
	const char *after;
	vm_flags_t left;
} kept[] = {
#define G VM_MAYBE_GUARD
#define S VM_SOFTDIRTY
#define OP_RO(start, end)                                                      \
	{                                                                      \
		OP_MODIFY, start, end, CHANGE_FLAGS,                           \
		{                                                              \
			.flags = RO                                            \
		}                                                              \
	}
	{ "6.19", RO, RW | G, RW, OP_RO(16, 24), "1:[8,24) 3:[24,32)", RO | G },
	{ "6.19", RW | G, RO, RW, OP_RO(8, 16), "2:[8,24) 3:[24,32)", RO | G },
	{ "6.19", RO | G, RW, RO, OP_RO(16, 24), "1:[8,32)", RO | G },
	{ "6.19", RO, RW, RO | G, OP_RO(16, 30), "1:[8,32)", RO | G },
	{ "6.19", RO | G, RO | G, RO | G, OP_RO(10, 14),
	  "1:[8,16) 2:[16,24) 3:[24,32)", RO | G },
	/* Before that, the survivor gets the new flags of what it took over. */
	{ "6.12", RO, RW | S, RW, OP_RO(16, 24), "1:[8,24) 3:[24,32)", RO | S },
	{ "6.12", RO | S, RW, RW, OP_RO(16, 24), "1:[8,24) 3:[24,32)", RO },
	{ "6.18", RO | S, RO | S, RO, OP_RO(10, 14),
	  "1:[8,16) 2:[16,24) 3:[24,32)", RO | S },
};

START_TEST(flags_that_may_differ)
{
	struct mm *mm = mm_new(rules_for(kept[_i].rules));
	struct vma_state s[] = { vma(8, 16, kept[_i].prev, 0),
				 vma(16, 24, kept[_i].middle, 0),
				 vma(24, 32, kept[_i].next, 0) };

	for (int i = 0; i < 3; i++)
		mm_place(mm, &s[i]);
	ck_assert_int_eq(mm_do(mm, &kept[_i].op)->err, 0);
	ck_assert_str_eq(vmas_text(mm), kept[_i].after);
	ck_assert_uint_eq(mm_find(mm, 8)->attrs.flags, kept[_i].left);
	mm_free(mm);
}
END_TEST

/* mmap() marks what grows as it would mark a new VMA; a copy does not. */
START_TEST(flags_of_what_is_mapped)
{
	static const struct {
		const char *rules;
		bool copied;
		vm_flags_t flags;
	} t[] = { { "6.12", false, RW | S },
		  { "6.12", true, RW },
		  { "6.19", false, RW | S },
		  { "6.19", true, RW | S } };
	struct mm *mm = mm_new(rules_for(t[_i].rules));
	struct vma_state prev = vma(4, 8, RW, 0);
	struct op op = map(8, 12, RW | S);

	op.copied = t[_i].copied;
	mm_place(mm, &prev);
	mm_do(mm, &op);
	ck_assert_str_eq(vmas_text(mm), "1:[4,12)");
	ck_assert_uint_eq(mm_find(mm, 4)->attrs.flags, t[_i].flags);
	mm_free(mm);
}
END_TEST

/* ---- a stack moves down --------------------------------------------------------------- */

/* By less than its length, by just that, by more. */
START_TEST(relocation)
{
	static const struct {
		unsigned long to;
		const char *after;
	} t[] = { { 18, "1:[18,22)" }, { 16, "1:[16,20)" }, { 5, "1:[5,9)" } };
	struct mm *mm = mm_new(latest());
	struct vma_state stack = vma(20, 24, RW | VM_GROWSDOWN, A);
	struct op op = { OP_RELOCATE, t[_i].to, 20 };
	const struct outcome *out;

	mm_place(mm, &stack);
	out = mm_do(mm, &op);
	ck_assert_int_eq(out->err, 0);
	ck_assert_str_eq(vmas_text(mm), t[_i].after);
	ck_assert_uint_eq(mm_find(mm, 0)->vm_pgoff, 20);
	ck_assert_uint_eq(out->nr_kcalls, 2);
	ck_assert_str_eq(kcall_functions[out->kcalls[0].kind], "vma_expand()");
	ck_assert_str_eq(kcall_functions[out->kcalls[1].kind], "vma_shrink()");
	ck_assert_uint_eq(out->kcalls[0].start, t[_i].to);
	ck_assert_uint_eq(out->kcalls[0].end, 24);
	ck_assert_uint_eq(out->kcalls[1].start, t[_i].to);
	ck_assert_uint_eq(out->kcalls[1].end, t[_i].to + 4);
	ck_assert_int_eq(kcall_role(out, &out->kcalls[0], 1), ROLE_EXTEND);
	ck_assert_int_eq(kcall_role(out, &out->kcalls[1], 1), ROLE_SHRINK);
	ck_assert_uint_eq(out->nr_allocs, 2);
	mm_free(mm);
}
END_TEST

/* ---- used again ------------------------------------------------------------------------ */

/* Whatever an mm went through, after a reset it is as a new one. */
START_TEST(reset)
{
	struct mm *used = mm_new(rules_for("6.12")), *fresh = mm_new(latest());
	struct vma_state s[] = { vma(4, 8, RW, A), vma(8, 12, RO, 0),
				 vma(12, 16, RW, A) };
	struct op hole = unmap(6, 14), change = modify(9, 11, RW);
	struct layout *a, *b;

	for (int i = 0; i < 3; i++)
		mm_place(used, &s[i]);
	mm_do(used, &hole);
	mm_limit(used, 2);
	mm_fail(used, 1);
	mm_reset(used, latest());
	ck_assert_uint_eq(mm_map_count(used), 0);
	ck_assert_ptr_eq(mm_find(used, 0), NULL);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(mm_place(used, &s[i]), i + 1);
		mm_place(fresh, &s[i]);
	}
	ck_assert_int_eq(mm_do(used, &change)->err, 0);
	mm_do(fresh, &change);
	a = layout_of(used);
	b = layout_of(fresh);
	ck_assert(layout_equal(a, b));
	layout_free(a);
	layout_free(b);
	mm_free(used);
	mm_free(fresh);
}
END_TEST

/* ---- the invariants notice ---------------------------------------------------------- */

/* A sound layout of two VMAs to spoil. */
static struct layout *sound(void)
{
	struct mm *mm = mm_new(latest());
	struct vma_state a = vma(4, 8, RW, A), b = vma(8, 12, RO, B);
	struct layout *lay;

	mm_place(mm, &a);
	mm_place(mm, &b);
	lay = layout_of(mm);
	mm_free(mm);
	ck_assert_ptr_eq(layout_verify(lay), NULL);
	return lay;
}

START_TEST(verify_notices)
{
	static const char *const wrong[] = {
		"the slots do not cover the space in order",
		"the slots end before the space does",
		"a VMA's range is not its slot's",
		"the tree holds a VMA that is gone",
		"the map count is wrong",
		"a VMA is detached but not freed",
		"a VMA is still write-locked",
		"a lock is still held",
		"two empty slots touch",
		"a VMA is not in the tree",
		"the slots do not cover the space in order",
	};
	struct layout *lay = sound();

	switch (_i) {
	case 0:
		lay->slots[1].start++;
		break;
	case 1:
		lay->nr_slots--;
		break;
	case 2:
		lay->vmas[0].s.vm_end++;
		break;
	case 3:
		lay->vmas[0].freed = true;
		break;
	case 4:
		lay->map_count++;
		break;
	case 5:
		lay->vmas[1].s.attached = false;
		break;
	case 6:
		lay->vmas[1].locked = true;
		break;
	case 7:
		lay->anon_vma = A;
		break;
	case 8:
		lay->slots[1].vma = 0;
		break;
	case 10:
		lay->slots[2].end = lay->slots[3].start = 8;
		break;
	default:
		/* Two slots of one VMA: the number is right, the other lost. */
		lay->slots[2] = lay->slots[1];
		lay->slots[1].end = lay->slots[2].start = 6;
		lay->slots[3].start = lay->slots[2].end = 8;
		lay->vmas[0].s.vm_end = 6;
		lay->slots[2].vma = 0;
		lay->slots[3].start = 8;
		lay->nr_slots = 3;
		lay->slots[2].end = MM_END;
		lay->map_count = 1;
	}
	ck_assert_ptr_nonnull(layout_verify(lay));
	ck_assert_str_eq(layout_verify(lay), wrong[_i]);
	layout_free(lay);
}
END_TEST

/*
 * VMA 1 as in sound(); VMA 2 was freed, VMA 3 is detached but in the tree, VMA
 * 4 maps a file and is locked, VMA 5 is a stack.
 */
static struct layout *unsound(void)
{
	struct mm *mm = mm_new(latest());
	struct vma_state s[] = { vma(4, 8, RW, A), vma(8, 12, RO, B),
				 vma(12, 16, RW, 0), vma(16, 20, RO, 0),
				 vma(24, 28, RW | VM_GROWSDOWN, A) };
	struct layout *lay;

	s[3].attrs.file = 3;
	for (int i = 0; i < 5; i++)
		mm_place(mm, &s[i]);
	lay = layout_of(mm);
	mm_free(mm);
	lay->vmas[1].freed = true;
	lay->vmas[2].s.attached = false;
	lay->vmas[3].locked = true;
	return lay;
}

START_TEST(step_verify_notices)
{
	static const struct {
		struct step step;
		bool mmap, vma;
		uint32_t anon_vma;
		const char *wrong;
	} t[] = {
		{ { STEP_SET_RANGE, .vma = 1, .start = 4, .end = 6,
		    .pgoff = 4 },
		  true,
		  true,
		  A,
		  NULL },
		{ { STEP_SET_RANGE, .vma = 1, .start = 4, .end = 6,
		    .pgoff = 4 },
		  false,
		  true,
		  A,
		  "a step without the mmap write lock" },
		{ { STEP_SET_RANGE, .vma = 1, .start = 4, .end = 6,
		    .pgoff = 4 },
		  true,
		  false,
		  A,
		  "a range changes without the VMA's lock" },
		{ { STEP_SET_RANGE, .vma = 1, .start = 4, .end = 6,
		    .pgoff = 4 },
		  true,
		  true,
		  B,
		  "a range changes without the anon_vma lock" },
		{ { STEP_SET_RANGE, .vma = 1, .start = 5, .end = 8,
		    .pgoff = 4 },
		  true,
		  true,
		  A,
		  "a page's offset changes" },
		{ { STEP_SET_RANGE, .vma = 1, .start = 4, .end = 4,
		    .pgoff = 4 },
		  true,
		  true,
		  A,
		  "a range becomes empty" },
		{ { STEP_STORE, .vma = 1, .start = 4, .end = 10 },
		  true,
		  true,
		  A,
		  "a VMA is stored outside its range" },
		{ { STEP_STORE, .vma = 0, .start = 4, .end = 8 },
		  true,
		  true,
		  A,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_DETACH, .vma = 1 },
		  true,
		  false,
		  0,
		  "a VMA is detached without its lock" },
		{ { STEP_SET_ATTRS, .vma = 1 },
		  true,
		  false,
		  0,
		  "attributes change without the lock" },
		{ { STEP_CLONE_ANON_VMA, .vma = 1 },
		  true,
		  false,
		  0,
		  "anon_vma changes without the lock" },
		{ { STEP_FREE, .vma = 1 },
		  true,
		  true,
		  0,
		  "an attached VMA is freed" },
		{ { STEP_DETACH, .vma = 2 },
		  true,
		  true,
		  0,
		  "a step on a VMA that was freed" },
		{ { STEP_FREE, .vma = 3 },
		  true,
		  true,
		  0,
		  "a VMA in the tree is freed" },
		{ { STEP_SET_RANGE, .vma = 4, .start = 16, .end = 18,
		    .pgoff = 16 },
		  true,
		  true,
		  0,
		  "a range changes without the i_mmap lock" },
		/* Stacks move down; only down, and with their upper end. */
		{ { STEP_SET_RANGE, .vma = 5, .start = 20, .end = 28,
		    .pgoff = 24 },
		  true,
		  true,
		  A,
		  NULL },
		{ { STEP_SET_RANGE, .vma = 5, .start = 25, .end = 28,
		    .pgoff = 24 },
		  true,
		  true,
		  A,
		  "a page's offset changes" },
		{ { STEP_SET_RANGE, .vma = 5, .start = 20, .end = 27,
		    .pgoff = 24 },
		  true,
		  true,
		  A,
		  "a page's offset changes" },
		{ { STEP_SET_RANGE, .vma = 5, .start = 20, .end = 28,
		    .pgoff = 23 },
		  true,
		  true,
		  A,
		  "a page's offset changes" },
		{ { STEP_SET_RANGE, .vma = 1, .start = 2, .end = 8,
		    .pgoff = 4 },
		  true,
		  true,
		  A,
		  "a page's offset changes" },
		/* And give up pages at their upper end, under all locks. */
		{ { STEP_STORE, .vma = 0, .start = 26, .end = 28 },
		  true,
		  true,
		  A,
		  NULL },
		{ { STEP_STORE, .vma = 0, .start = 26, .end = 28 },
		  true,
		  true,
		  0,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_STORE, .vma = 0, .start = 26, .end = 28 },
		  true,
		  false,
		  A,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_STORE, .vma = 0, .start = 26, .end = 27 },
		  true,
		  true,
		  A,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_STORE, .vma = 0, .start = 26, .end = 30 },
		  true,
		  true,
		  A,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_STORE, .vma = 0, .start = 24, .end = 28 },
		  true,
		  true,
		  A,
		  "the slot of an attached VMA is emptied" },
		{ { STEP_STORE, .vma = 0, .start = 6, .end = 8 },
		  true,
		  true,
		  A,
		  "the slot of an attached VMA is emptied" },
	};
	struct layout *lay = unsound();
	const char *wrong;

	lay->mmap_lock = t[_i].mmap ? MMAP_WRITE_LOCKED : MMAP_UNLOCKED;
	lay->vmas[0].locked = lay->vmas[4].locked = t[_i].vma;
	lay->anon_vma = t[_i].anon_vma;
	wrong = step_verify(lay, &t[_i].step);
	if (t[_i].wrong)
		ck_assert_pstr_eq(wrong, t[_i].wrong);
	else
		ck_assert_ptr_eq(wrong, NULL);
	layout_free(lay);
}
END_TEST
#define NR_STEP_WRONGS 27

/* Two layouts are equal only if all of both is. */
START_TEST(layouts_differ)
{
	struct layout *a = sound(), *b = layout_copy(a);
	struct layout_vma *v = &b->vmas[1];

	ck_assert(layout_equal(a, b));
	switch (_i) {
	case 0:
		v->s.vm_end++;
		break;
	case 1:
		v->s.vm_pgoff++;
		break;
	case 2:
		v->s.attrs.flags |= VM_EXEC;
		break;
	case 3:
		v->s.attrs.has_close = true;
		break;
	case 4:
		v->s.anon_vma = A;
		break;
	case 5:
		v->s.attached = false;
		break;
	case 6:
		v->locked = true;
		break;
	case 7:
		v->freed = true;
		break;
	case 8:
		b->map_count++;
		break;
	case 9:
		b->slots[1].end--;
		break;
	case 10:
		b->nr_slots--;
		break;
	default:
		b->mmap_lock = MMAP_READ_LOCKED;
	}
	ck_assert(!layout_equal(a, b));
	ck_assert(!layout_equal(b, a));
	layout_free(a);
	layout_free(b);
}
END_TEST

/* ---- random operations against the array of pages ------------------------------------ */

#define SEQUENCE 400

/* An operation, and which of its allocations fails, or 0. */
struct move {
	struct op op;
	unsigned int fail;
};

struct sequence {
	struct move moves[SEQUENCE];
	size_t nr;
	int minor;
	unsigned long limit;
	bool faulty;
};

/* xorshift64*: the same numbers on every machine for the same seed. */
static uint64_t random_state;

static unsigned int pick(unsigned int n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dULL >> 33) % n;
}

static bool rarely(void)
{
	return !pick(16);
}

/* Few values of each, so that merges are frequent. */
static struct vma_attrs random_attrs(void)
{
	static const vm_flags_t protections[] = { RO, RW };

	return (struct vma_attrs){
		.flags = protections[pick(2)] | (rarely() ? VM_SOFTDIRTY : 0) |
			 (rarely() ? VM_MAYBE_GUARD : 0) |
			 (rarely() && rarely() ? VM_IO : 0),
		.file = rarely() ? 1 + pick(2) : 0,
		.policy = rarely(),
		.uffd_ctx = rarely(),
		.anon_name = rarely(),
		.has_close = rarely(),
		.no_split = rarely() && rarely(),
	};
}

static struct op random_op(void)
{
	unsigned long start = pick(NR_PAGES), end = start + 1 + pick(12);
	unsigned int dice = pick(20);
	struct op op = {
		.kind = dice < 8    ? OP_MODIFY
			: dice < 14 ? OP_MAP
			: dice < 16 ? OP_SPLIT
			: dice < 18 ? OP_UNMAP
			: dice < 19 ? OP_REPLACE
				    : OP_RELOCATE,
		.start = start,
		.end = end < NR_PAGES ? end : NR_PAGES,
		.changes = rarely() ? 1 + pick(15) : CHANGE_FLAGS,
		.attrs = random_attrs(),
		.pgoff = rarely() ? start + 1 : start,
		.anon_vma = pick(3) ? 0 : A + pick(2),
		.new_below = pick(2),
	};

	op.forked = op.anon_vma && !pick(4);
	op.copied = op.anon_vma || rarely();
	op.just_expand = !op.copied && rarely();
	op.just_merge = rarely();
	if (op.kind == OP_REPLACE) {
		op.copied = op.just_expand = op.just_merge = op.forked = false;
		op.anon_vma = 0;
	}
	op.give_up_on_oom = !pick(4);
	return op;
}

static void random_sequence(struct sequence *s)
{
	static const int minors[] = { 12, 15, 16, 19 };
	vm_flags_t stack;

	s->nr = SEQUENCE;
	s->minor = minors[pick(4)];
	s->limit = pick(4) ? 65530 : 3 + pick(12);
	s->faulty = false;
	/* Only stacks move down. If all are, then merges are as frequent. */
	stack = pick(4) ? 0 : VM_GROWSDOWN;
	for (size_t i = 0; i < s->nr; i++) {
		s->moves[i].op = random_op();
		s->moves[i].op.attrs.flags |= stack;
		s->moves[i].fail = pick(4) ? 0 : 1 + pick(8);
	}
}

/* Carry a layout over all steps, verifying. Returns NULL or what is wrong. */
static const char *follow(struct layout *lay, const struct outcome *out,
			  const struct layout *after)
{
	for (size_t i = 0; i < out->nr_steps; i++) {
		const char *wrong = step_verify(lay, &out->steps[i]);

		if (wrong)
			return wrong;
		layout_step(lay, &out->steps[i]);
	}
	if (!layout_equal(lay, after))
		return "the trace does not lead to the state after";
	return layout_verify(after);
}

static bool first_refuses(enum refusal why, uint32_t all)
{
	return why == MERGED ? !all : why == (enum refusal)(ffs(all) - 1);
}

/* What each merge says of itself does not contradict itself. */
static bool consistent(const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct kcall *a = &out->kcalls[i];
		bool merge = a->kind == KCALL_MERGE_EXISTING ||
			     a->kind == KCALL_MERGE_NEW;

		if (!first_refuses(a->left, a->left_all) ||
		    !first_refuses(a->right, a->right_all))
			return false;
		if (merge && (a->state == MERGE_DONE) !=
				     (a->left == MERGED || a->right == MERGED))
			return false;
		if (a->state == MERGE_NOMEM && !out->failed)
			return false;
	}
	return true;
}

/* What is no stack may not be moved: the reverse map would not expect it. */
static bool makes_sense(const struct pages *pages, const struct op *op)
{
	return op->kind != OP_RELOCATE || op->end >= NR_PAGES ||
	       !pages->p[op->end].first ||
	       (pages->p[op->end].attrs.flags & VM_GROWSDOWN);
}

static const char *one_move(struct mm *mm, struct pages *pages,
			    const struct move *move)
{
	const struct outcome *out;
	struct layout *lay, *after;
	const char *wrong;

	if (!makes_sense(pages, &move->op))
		return NULL;
	lay = layout_of(mm);
	mm_fail(mm, move->fail);
	pages->fail = move->fail;
	out = mm_do(mm, &move->op);
	after = layout_of(mm);
	wrong = follow(lay, out, after);
	if (!wrong && out->err != pages_do(pages, &move->op))
		wrong = "the error";
	if (!wrong &&
	    (out->nr_allocs != pages->allocs || !out->failed != !pages->failed))
		wrong = "the allocations";
	if (!wrong && !consistent(out))
		wrong = "what the merges say of themselves";
	if (!wrong)
		wrong = pages_differ(pages, after);
	layout_free(lay);
	layout_free(after);
	return wrong;
}

/*
 * Run a sequence, on an mm that others may have been run on. Returns NULL, or
 * what differs first; @nr is then how many operations it took.
 */
static const char *run_sequence(struct mm *mm, const struct sequence *s,
				size_t *nr)
{
	char version[16];
	struct pages pages = { .minor = s->minor,
			       .limit = s->limit,
			       .faulty = s->faulty };
	const char *wrong = NULL;
	size_t done = 0;

	snprintf(version, sizeof(version), "6.%d", s->minor);
	mm_reset(mm, rules_for(version));
	mm_limit(mm, s->limit);
	while (done < s->nr && !wrong)
		wrong = one_move(mm, &pages, &s->moves[done++]);
	*nr = done;
	return wrong;
}

/* Leave out ever smaller runs of operations as long as it still fails. */
static const char *shrink(struct mm *mm, struct sequence *s)
{
	const char *wrong = run_sequence(mm, s, &s->nr);

	for (size_t run = s->nr / 2; run; run /= 2)
		for (size_t at = 0; at + run <= s->nr;) {
			struct sequence shorter = *s;
			const char *still;

			memmove(&shorter.moves[at], &s->moves[at + run],
				(s->nr - at - run) * sizeof(struct move));
			shorter.nr -= run;
			still = run_sequence(mm, &shorter, &shorter.nr);
			if (still) {
				*s = shorter;
				wrong = still;
			} else {
				at += run;
			}
		}
	return wrong;
}

static void print_move(const struct move *move)
{
	static const char *const kinds[NR_OPS] = { "modify",   "map",
						   "split",    "unmap",
						   "relocate", "replace" };
	const struct op *op = &move->op;
	const struct vma_attrs *a = &op->attrs;

	printf("  %s [%lu, %lu) changes %x flags %lx file %u policy %u uffd %u "
	       "name %u%s%s pgoff %lu anon_vma %u%s%s%s%s%s fail %u\n",
	       kinds[op->kind], op->start, op->end, op->changes,
	       (unsigned long)a->flags, a->file, a->policy, a->uffd_ctx,
	       a->anon_name, a->has_close ? " close" : "",
	       a->no_split ? " no_split" : "", op->pgoff, op->anon_vma,
	       op->forked ? " forked" : "", op->new_below ? " below" : "",
	       op->just_expand ? " just_expand" : "",
	       op->just_merge ? " just_merge" : "",
	       op->give_up_on_oom ? " give_up" : "", move->fail);
}

static void print_sequence(const struct sequence *s)
{
	printf("rules 6.%d, at most %lu VMAs:\n", s->minor, s->limit);
	for (size_t i = 0; i < s->nr; i++)
		print_move(&s->moves[i]);
}

static unsigned long from_env(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);
	unsigned long number;
	char *end;

	if (!value || !*value)
		return otherwise;
	number = strtoul(value, &end, 0);
	ck_assert_msg(!*end && number, "%s=%s is no number", name, value);
	return number;
}

START_TEST(random_operations)
{
	static struct sequence s;
	unsigned long nr = from_env("OPS", 1000000), done = 0;
	unsigned long seed = from_env("SEED", (unsigned long)time(NULL));
	struct mm *mm = mm_new(latest());

	random_state = seed * 0x9e3779b97f4a7c15ULL | 1;
	while (done < nr) {
		random_sequence(&s);
		if (run_sequence(mm, &s, &s.nr)) {
			const char *wrong = shrink(mm, &s);

			print_sequence(&s);
			ck_abort_msg("the models differ: %s (SEED=%lu)", wrong,
				     seed);
		}
		done += s.nr;
	}
	printf("model: %lu random operations agree with the array of pages "
	       "(SEED=%lu)\n",
	       done, seed);
	mm_free(mm);
}
END_TEST

/* A fault put into the array of pages is found, and shrunk to a few operations. */
START_TEST(shrinking)
{
	static struct sequence s;
	struct mm *mm = mm_new(latest());
	size_t nr;

	random_state = 1;
	do {
		random_sequence(&s);
		s.faulty = true;
	} while (!run_sequence(mm, &s, &nr));
	ck_assert_ptr_nonnull(shrink(mm, &s));
	ck_assert_uint_le(s.nr, 4);
	s.faulty = false;
	ck_assert_ptr_eq(run_sequence(mm, &s, &nr), NULL);
	mm_free(mm);
}
END_TEST

/* ---- many VMAs ------------------------------------------------------------------------ */

/* Every second page mapped, then all holes filled: all becomes one VMA. */
START_TEST(many)
{
	enum { N = 20000 };
	struct mm *mm = mm_new(latest());
	struct layout *lay;

	for (unsigned long i = 0; i < N; i++) {
		unsigned long page = (i * 7919) % N * 2;
		struct op op = map(page, page + 1, RW);

		ck_assert_int_eq(mm_do(mm, &op)->err, 0);
	}
	ck_assert_uint_eq(mm_map_count(mm), N);
	lay = layout_of(mm);
	ck_assert_ptr_eq(layout_verify(lay), NULL);
	layout_free(lay);
	for (unsigned long i = 0; i < N - 1; i++) {
		struct op op = map(2 * i + 1, 2 * i + 2, RW);
		const struct outcome *out = mm_do(mm, &op);

		ck_assert_str_eq(case_of(out, 0), "new-merge-both");
	}
	ck_assert_uint_eq(mm_map_count(mm), 1);
	ck_assert_uint_eq(mm_find(mm, 0)->vm_end, 2 * N - 1);
	mm_free(mm);
}
END_TEST

/*
 * Thousands of VMAs come, change and go at random. What has the same flags and no
 * hole between is one VMA here, so an array of flags says where each lies.
 */
enum { MANY_PAGES = 1 << 14 };

static vm_flags_t flags_at[MANY_PAGES + 1];

static void many_at_random(struct mm *mm, unsigned int run)
{
	unsigned long start = pick(MANY_PAGES), end = start + 1 + pick(run);
	struct op op = { .start = start, .pgoff = start };

	op.end = end < MANY_PAGES ? end : MANY_PAGES;
	op.attrs.flags = pick(2) ? RO : RW;
	op.kind = pick(3) ? OP_REPLACE : OP_UNMAP;
	if (op.kind == OP_UNMAP)
		op.attrs.flags = 0;
	ck_assert_int_eq(mm_do(mm, &op)->err, 0);
	for (unsigned long i = op.start; i < op.end; i++)
		flags_at[i] = op.attrs.flags;
}

static bool many_begin(unsigned long page)
{
	return flags_at[page] &&
	       (!page || flags_at[page - 1] != flags_at[page]);
}

/* Forwards, and backwards from the end of each. */
static void many_verify(const struct mm *mm)
{
	const struct vma_state *last = NULL;
	unsigned long nr = 0;

	for (unsigned long page = 0, end; page < MANY_PAGES; page = end) {
		const struct vma_state *vma = mm_find(mm, page);

		ck_assert_ptr_eq(mm_prev(mm, page), last);
		end = page + 1;
		if (!many_begin(page)) {
			ck_assert(!vma || vma->vm_start > page);
			continue;
		}
		while (flags_at[end] == flags_at[page])
			end++;
		ck_assert_ptr_nonnull(vma);
		ck_assert_uint_eq(vma->vm_start, page);
		ck_assert_uint_eq(vma->vm_end, end);
		ck_assert_uint_eq(vma->attrs.flags, flags_at[page]);
		ck_assert_ptr_eq(mm_find(mm, end - 1), vma);
		last = vma;
		nr++;
	}
	ck_assert_uint_eq(mm_map_count(mm), nr);
}

START_TEST(many_random)
{
	/* Of how many pages: short ranges make many VMAs, long ones leave few. */
	static const unsigned int runs[] = { 1, 4, 200, 1, 3000, 2 };
	struct mm *mm = mm_new(latest());
	unsigned long most = 0;

	random_state = from_env("SEED", 1) * 0x9e3779b97f4a7c15ULL | 1;
	for (size_t i = 0; i < 4 * ARRAY_SIZE(runs); i++) {
		unsigned int run = runs[i % ARRAY_SIZE(runs)];

		if (i == 2 * ARRAY_SIZE(runs)) {
			mm_reset(mm, latest());
			memset(flags_at, 0, sizeof(flags_at));
		}
		for (int op = 0; op < 6000; op++) {
			many_at_random(mm, run);
			if (op % 500 == 0)
				many_verify(mm);
		}
		many_verify(mm);
		if (mm_map_count(mm) > most)
			most = mm_map_count(mm);
	}
	ck_assert_uint_gt(most, 4000);
	mm_free(mm);
}
END_TEST

START_TEST(flag_names)
{
	for (int bit = 0; bit < NR_VM_FLAGS; bit++)
		ck_assert_uint_eq(vm_flag_find(vm_flag_names[bit]),
				  1ULL << bit);
	ck_assert_uint_eq(vm_flag_find("none of them"), 0);
	ck_assert_uint_eq(vm_flag_find("maybe_guard"), VM_MAYBE_GUARD);
}
END_TEST

static void add(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 170);
	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

#define LEN(a) (int)(sizeof(a) / sizeof(a[0]))

Suite *suite_model(void)
{
	Suite *s = suite_create("model");

	add(s, "flags", flag_names, 1);
	add(s, "versions", versions, 1);
	add(s, "judged versions", judged_versions, 1);
	add(s, "by hand", by_hand, LEN(hands));
	add(s, "refusals", why_not, LEN(whys));
	add(s, "all refusals", all_refusals, LEN(alls));
	add(s, "just expand", just_expand, 1);
	add(s, "just merge", just_merge, 2);
	add(s, "copied range", copied_range, 5);
	add(s, "grown range", grown_range, 3);
	add(s, "order of left partial", order_of_left_partial, 4);
	add(s, "order of locks", order_of_locks, 2);
	add(s, "whole traces", whole_traces, LEN(traces));
	add(s, "errors", errors, NR_ERRORS);
	add(s, "errors of calls", errors_of_kcalls, 1);
	add(s, "place", place_refuses, 1);
	add(s, "faults", faults, LEN(fault_cases));
	add(s, "replaced", replaced, 1);
	add(s, "apart", apart_from_prev, 1);
	add(s, "inner change", inner_change_is_two_splits, 1);
	add(s, "unmap a hole", unmap_a_hole, 1);
	add(s, "several VMAs", modify_over_several, 1);
	add(s, "two splits", split_then_not_merged, 1);
	add(s, "flags kept", flags_that_may_differ, LEN(kept));
	add(s, "flags mapped", flags_of_what_is_mapped, 4);
	add(s, "relocation", relocation, 3);
	add(s, "reset", reset, 1);
	add(s, "verify", verify_notices, 11);
	add(s, "verify steps", step_verify_notices, NR_STEP_WRONGS);
	add(s, "layouts differ", layouts_differ, 12);
	add(s, "random", random_operations, 1);
	add(s, "shrink", shrinking, 1);
	add(s, "many", many, 1);
	add(s, "many at random", many_random, 1);
	return s;
}
