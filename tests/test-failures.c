// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator when there is no memory: which allocation fails, what the kernel
 * takes back, and what stays done. All worked out by hand from mm/vma.c,
 * mm/mmap.c and mm/vma_exec.c.
 */
#include <errno.h>

#include "model/model.h"
#include "test-model.h"
#include "tests.h"

#define RO VM_READ
#define RW (VM_READ | VM_WRITE)
#define STACK (RW | VM_GROWSDOWN)
#define A 7 /* identity of an anon_vma */

#define ANON(start, end, f, ...)                                               \
	{                                                                      \
		.vm_start = start, .vm_end = end, .vm_pgoff = start,           \
		.attrs.flags = f, __VA_ARGS__                                  \
	}
#define UNFAULTED(start, end, f) ANON(start, end, f, .anon_vma = 0)
#define FAULTED(start, end, f) ANON(start, end, f, .anon_vma = A)
#define WITH_POLICY(start, end, f)                                             \
	ANON(start, end, f, .attrs.policy = 1, .anon_vma = A)
#define TO_RO(start, end, ...)                                                 \
	{                                                                      \
		OP_MODIFY, start, end, CHANGE_FLAGS, { .flags = RO },          \
			__VA_ARGS__                                            \
	}
#define MAP_RW(start, end, ...)                                                \
	{                                                                      \
		OP_MAP, start, end, 0, { .flags = RW }, .pgoff = start,        \
							__VA_ARGS__            \
	}
#define COPY_RW(start, end)                                                    \
	{                                                                      \
		OP_MAP, start, end, 0, { .flags = RW, .policy = 1 },           \
			.pgoff = start, .copied = true, .anon_vma = A          \
	}

struct failure {
	const char *rules;
	struct vma_state before[3];
	struct op op;
	unsigned int fail;
	/* What comes of it. */
	int err;
	enum alloc_kind failed;
	enum merge_state state; /* of the merge, or of the first call */
	const char *steps;
	const char *after;
};

static const struct failure merges[] = {
	/* The anon_vma first: nothing is to be taken back. */
	{ "latest",
	  { UNFAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 12),
	  1,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NOMEM,
	  "+mmap +2 +1 -mmap",
	  "1:[4,8) 2:[8,12)" },
	{ "latest",
	  { UNFAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 12),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +2 +1 clone1 unlink1 -mmap",
	  "1:[4,8) 2:[8,12)" },
	/* There is no third one. */
	{ "latest",
	  { UNFAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 12),
	  3,
	  0,
	  ALLOC_NONE,
	  MERGE_DONE,
	  "+mmap +2 +1 clone1 +anon set1 store1 -anon detach2 n-1 free2 -mmap",
	  "1:[4,12)" },
	/* Prev has an anon_vma: only the tree is left to allocate for. */
	{ "latest",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 10),
	  1,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +2 +1 -mmap",
	  "1:[4,8) 2:[8,12)" },
	/* Next takes it over. */
	{ "latest",
	  { FAULTED(4, 8, RW), UNFAULTED(8, 12, RO) },
	  TO_RO(6, 8),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +1 +2 clone2 unlink2 -mmap",
	  "1:[4,8) 2:[8,12)" },
	/* All VMAs are locked before, in the order of the version. */
	{ "6.12",
	  { UNFAULTED(4, 8, RO), UNFAULTED(8, 12, RW), FAULTED(12, 16, RO) },
	  TO_RO(8, 12),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +2 +1 +3 clone1 unlink1 -mmap",
	  "1:[4,8) 2:[8,12) 3:[12,16)" },
	{ "6.16",
	  { UNFAULTED(4, 8, RO), UNFAULTED(8, 12, RW), FAULTED(12, 16, RO) },
	  TO_RO(8, 12),
	  1,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NOMEM,
	  "+mmap +2 +3 +1 -mmap",
	  "1:[4,8) 2:[8,12) 3:[12,16)" },
	/* Given up: as if nothing had merged, and then there is memory. */
	{ "latest",
	  { FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 10, .give_up_on_oom = true),
	  1,
	  0,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap +2 +1 dup3 set3 +3 +anon set2 store3 n+1 -anon attrs2 -mmap",
	  "1:[4,8) 2:[8,10) 3:[10,12)" },
	{ "latest",
	  { UNFAULTED(4, 8, RO), FAULTED(8, 12, RW) },
	  TO_RO(8, 12, .give_up_on_oom = true),
	  2,
	  0,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap +2 +1 clone1 unlink1 attrs2 -mmap",
	  "1:[4,8) 2:[8,12)" },
	/*
	 * mmap() makes a VMA of its own, then there is memory. vma_expand() does
	 * not say that it was the anon_vma; and since 6.19 next is not locked yet.
	 */
	{ "6.16",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  1,
	  0,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap +1 +2 alloc3 set3 +3 store3 n+1 -mmap",
	  "1:[4,8) 3:[8,12) 2:[12,16)" },
	{ "6.19",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  1,
	  0,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap +1 alloc3 set3 +3 store3 n+1 -mmap",
	  "1:[4,8) 3:[8,12) 2:[12,16)" },
	{ "6.19",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12),
	  2,
	  0,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +1 clone1 +2 unlink1 alloc3 set3 +3 store3 n+1 -mmap",
	  "1:[4,8) 3:[8,12) 2:[12,16)" },
	/* The merge alone. */
	{ "6.16",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12, .just_merge = true),
	  1,
	  0,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap +1 +2 -mmap",
	  "1:[4,8) 2:[12,16)" },
	{ "6.16",
	  { UNFAULTED(4, 8, RW), FAULTED(12, 16, RW) },
	  MAP_RW(8, 12, .just_merge = true),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +1 +2 clone1 unlink1 -mmap",
	  "1:[4,8) 2:[12,16)" },
	/* brk() asks for the reason. */
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(8, 12, .just_expand = true),
	  1,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +1 -mmap",
	  "1:[4,8)" },
	/* What mremap() copies brings an anon_vma of its own. */
	{ "6.19",
	  { UNFAULTED(4, 8, RW) },
	  MAP_RW(8, 12, .copied = true, .anon_vma = A),
	  1,
	  0,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap +1 alloc2 set2 +2 store2 n+1 -mmap",
	  "1:[4,8) 2:[8,12)" },
};

static const struct failure inserts[] = {
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(20, 24),
	  1,
	  -ENOMEM,
	  ALLOC_VMA,
	  MERGE_NONE,
	  "+mmap -mmap",
	  "1:[4,8)" },
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(20, 24),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap alloc2 set2 free2 -mmap",
	  "1:[4,8)" },
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(20, 24),
	  3,
	  0,
	  ALLOC_NONE,
	  MERGE_NONE,
	  "+mmap alloc2 set2 +2 store2 n+1 -mmap",
	  "1:[4,8) 2:[20,24)" },
	/* brk() locks first. */
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  MAP_RW(20, 24, .just_expand = true),
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap alloc2 set2 +2 free2 -mmap",
	  "1:[4,8)" },
	/* copy_vma(): policy, anon_vma, tree. */
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  COPY_RW(20, 24),
	  2,
	  -ENOMEM,
	  ALLOC_POLICY,
	  MERGE_NONE,
	  "+mmap alloc2 set2 free2 -mmap",
	  "1:[4,8)" },
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  COPY_RW(20, 24),
	  3,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap alloc2 set2 free2 -mmap",
	  "1:[4,8)" },
	{ "latest",
	  { FAULTED(4, 8, RW) },
	  COPY_RW(20, 24),
	  4,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap alloc2 set2 free2 -mmap",
	  "1:[4,8)" },
};

static const struct failure splits[] = {
	/* __split_vma(): VMA, tree, policy, anon_vma. */
	{ "latest",
	  { WITH_POLICY(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  1,
	  -ENOMEM,
	  ALLOC_VMA,
	  MERGE_NONE,
	  "+mmap -mmap",
	  "1:[4,16)" },
	{ "latest",
	  { WITH_POLICY(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap dup2 set2 free2 -mmap",
	  "1:[4,16)" },
	{ "latest",
	  { WITH_POLICY(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  3,
	  -ENOMEM,
	  ALLOC_POLICY,
	  MERGE_NONE,
	  "+mmap dup2 set2 free2 -mmap",
	  "1:[4,16)" },
	{ "latest",
	  { WITH_POLICY(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  4,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap dup2 set2 free2 -mmap",
	  "1:[4,16)" },
	/* Without either there are two. */
	{ "latest",
	  { UNFAULTED(4, 16, RW) },
	  { OP_SPLIT, 8 },
	  3,
	  0,
	  ALLOC_NONE,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 set1 store2 n+1 -mmap",
	  "1:[4,8) 2:[8,16)" },
	/* The first split stays. */
	{ "latest",
	  { UNFAULTED(4, 16, RW) },
	  TO_RO(8, 12),
	  3,
	  -ENOMEM,
	  ALLOC_VMA,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 set1 store2 n+1 -mmap",
	  "2:[4,8) 1:[8,16)" },
	{ "latest",
	  { UNFAULTED(4, 16, RW) },
	  TO_RO(8, 12),
	  4,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 set1 store2 n+1 dup3 set3 free3 -mmap",
	  "2:[4,8) 1:[8,16)" },
};

static const struct failure unmaps[] = {
	/* Three for each split, one to note the VMA down, one to clear. */
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_UNMAP, 8, 12 },
	  3,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap dup2 set2 free2 -mmap",
	  "1:[4,16)" },
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_UNMAP, 8, 12 },
	  6,
	  -ENOMEM,
	  ALLOC_ANON_VMA,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon dup3 set3 free3 "
	  "-mmap",
	  "2:[4,8) 1:[8,16)" },
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_UNMAP, 8, 12 },
	  7,
	  -ENOMEM,
	  ALLOC_GATHER,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon dup3 set3 +3 "
	  "+anon set1 store3 n+1 -anon -mmap",
	  "2:[4,8) 1:[8,12) 3:[12,16)" },
	{ "latest",
	  { FAULTED(4, 16, RW) },
	  { OP_UNMAP, 8, 12 },
	  8,
	  -ENOMEM,
	  ALLOC_CLEAR,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 +anon set1 store2 n+1 -anon dup3 set3 +3 "
	  "+anon set1 store3 n+1 -anon detach1 attach1 -mmap",
	  "2:[4,8) 1:[8,12) 3:[12,16)" },
	/* What was noted down is attached again. */
	{ "latest",
	  { UNFAULTED(4, 8, RW), UNFAULTED(8, 12, RO) },
	  { OP_UNMAP, 4, 12 },
	  2,
	  -ENOMEM,
	  ALLOC_GATHER,
	  MERGE_NONE,
	  "+mmap +1 detach1 +2 attach1 -mmap",
	  "1:[4,8) 2:[8,12)" },
	{ "6.12",
	  { UNFAULTED(4, 8, RW), UNFAULTED(8, 12, RO) },
	  { OP_UNMAP, 4, 12 },
	  3,
	  -ENOMEM,
	  ALLOC_CLEAR,
	  MERGE_NONE,
	  "+mmap +1 detach1 +2 detach2 attach1 attach2 -mmap",
	  "1:[4,8) 2:[8,12)" },
};

#define OVER_RW(start, end)                                                    \
	{                                                                      \
		OP_REPLACE, start, end, 0, { .flags = RW }, .pgoff = start     \
	}

static const struct failure replacements[] = {
	/* What was to go is noted down: nothing has happened yet. */
	{ "latest",
	  { UNFAULTED(4, 8, RO) },
	  OVER_RW(4, 8),
	  1,
	  -ENOMEM,
	  ALLOC_GATHER,
	  MERGE_NONE,
	  "+mmap +1 -mmap",
	  "1:[4,8)" },
	/* Past that nothing can be put back: a hole is left. */
	{ "latest",
	  { UNFAULTED(4, 8, RO) },
	  OVER_RW(4, 8),
	  2,
	  -ENOMEM,
	  ALLOC_VMA,
	  MERGE_NONE,
	  "+mmap +1 detach1 store0 n-1 free1 -mmap",
	  "" },
	{ "6.12",
	  { UNFAULTED(4, 12, RO) },
	  OVER_RW(8, 12),
	  5,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap dup2 set2 +1 +2 set1 store2 n+1 detach1 alloc3 set3 free3 "
	  "store0 n-1 free1 -mmap",
	  "2:[4,8)" },
	/* Without memory to merge, a VMA of its own. */
	{ "latest",
	  { UNFAULTED(4, 8, RW), UNFAULTED(8, 12, RO) },
	  OVER_RW(8, 12),
	  2,
	  0,
	  ALLOC_TREE,
	  MERGE_NOMEM,
	  "+mmap +2 detach2 +1 alloc3 set3 +3 store3 n+1 n-1 free2 -mmap",
	  "1:[4,8) 3:[8,12)" },
};

static const struct failure relocations[] = {
	/* A stack that cannot shrink is left with both ranges. */
	{ "latest",
	  { FAULTED(20, 24, STACK) },
	  { OP_RELOCATE, 10, 20 },
	  1,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap +1 -mmap",
	  "1:[20,24)" },
	{ "latest",
	  { FAULTED(20, 24, STACK) },
	  { OP_RELOCATE, 10, 20 },
	  2,
	  -ENOMEM,
	  ALLOC_TREE,
	  MERGE_NONE,
	  "+mmap +1 +anon set1 store1 -anon -mmap",
	  "1:[10,24)" },
};

/* The call that merges if there is one, else the first. */
static const struct kcall *merge_of(const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (out->kcalls[i].kind == KCALL_MERGE_EXISTING ||
		    out->kcalls[i].kind == KCALL_MERGE_NEW)
			return &out->kcalls[i];
	return out->kcalls;
}

/* Let it fail, and see what came of it. */
static const struct outcome *try(struct mm *mm, const struct failure *f)
{
	const struct outcome *out;

	for (int i = 0; i < 3 && f->before[i].vm_end; i++)
		mm_place(mm, &f->before[i]);
	mm_fail(mm, f->fail);
	out = mm_do(mm, &f->op);
	ck_assert_int_eq(out->err, f->err);
	ck_assert_int_eq(out->failed, f->failed);
	ck_assert_uint_eq(out->nr_allocs, f->failed ? f->fail : f->fail - 1);
	if (out->nr_kcalls)
		ck_assert_int_eq(merge_of(out)->state, f->state);
	ck_assert_str_eq(told_steps(out), f->steps);
	ck_assert_str_eq(vmas_text(mm), f->after);
	return out;
}

#define TRY(name, table)                                                       \
	START_TEST(name)                                                       \
	{                                                                      \
		struct mm *mm = mm_new(rules_for((table)[_i].rules));          \
                                                                               \
		try(mm, &(table)[_i]);                                         \
		mm_free(mm);                                                   \
	}                                                                      \
	END_TEST

TRY(no_merge, merges)
TRY(no_insert, inserts)
TRY(no_split, splits)
TRY(no_unmap, unmaps)
TRY(no_relocation, relocations)
TRY(no_replacement, replacements)

/* The sides that would have merged say so; the others keep their reason. */
START_TEST(sides_without_memory)
{
	static const struct failure f = {
		"latest",
		{ FAULTED(4, 8, RO), FAULTED(8, 12, RW) },
		TO_RO(8, 12),
		1,
		-ENOMEM,
		ALLOC_TREE,
		MERGE_NOMEM,
		"+mmap +2 +1 -mmap",
		"1:[4,8) 2:[8,12)",
	};
	struct mm *mm = mm_new(rules_for("latest"));
	const struct kcall *kcall = &try(mm, &f)->kcalls[0];

	ck_assert_int_eq(kcall->left, REFUSED_NO_MEMORY);
	ck_assert_uint_eq(kcall->left_all, 1U << REFUSED_NO_MEMORY);
	ck_assert_int_eq(kcall->right, REFUSED_ABSENT);
	ck_assert_uint_eq(kcall->right_all, 1U << REFUSED_ABSENT);
	mm_free(mm);
}
END_TEST

/* Which call it was that failed, and that nothing was made. */
START_TEST(kcalls_that_failed)
{
	struct mm *mm = mm_new(rules_for("latest"));
	const struct outcome *out = try(mm, &unmaps[1]);

	ck_assert_uint_eq(out->nr_kcalls, 3);
	ck_assert_int_eq(out->kcalls[0].kind, KCALL_REMOVE);
	ck_assert_int_eq(out->kcalls[0].err, -ENOMEM);
	ck_assert_int_eq(out->kcalls[1].err, 0);
	ck_assert_uint_eq(out->kcalls[1].created, 2);
	ck_assert_int_eq(out->kcalls[2].kind, KCALL_SPLIT);
	ck_assert_int_eq(out->kcalls[2].err, -ENOMEM);
	ck_assert_uint_eq(out->kcalls[2].created, 0);
	ck_assert_int_eq(kcall_role(out, &out->kcalls[2], 1), ROLE_NONE);
	mm_free(mm);
}
END_TEST

/* It is the next operation that fails, and only that. */
START_TEST(fails_once)
{
	static const struct op op = { OP_SPLIT, 8 };
	struct mm *mm = mm_new(rules_for("latest"));
	struct vma_state plain = UNFAULTED(4, 16, RW);

	mm_place(mm, &plain);
	mm_fail(mm, 1);
	ck_assert_int_eq(mm_do(mm, &op)->err, -ENOMEM);
	ck_assert_int_eq(mm_do(mm, &op)->err, 0);
	mm_fail(mm, 1);
	mm_fail(mm, 0);
	ck_assert_int_eq(mm_do(mm, &(struct op){ OP_SPLIT, 12 })->err, 0);
	mm_free(mm);
}
END_TEST

/* An anon_vma that was taken over and given back is not there any more. */
START_TEST(no_anon_vma_is_left)
{
	struct mm *mm = mm_new(rules_for("latest"));

	try(mm, &merges[1]);
	ck_assert_uint_eq(mm_find(mm, 4)->anon_vma, 0);
	mm_free(mm);
}
END_TEST

static void add(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

#define LEN(a) (int)(sizeof(a) / sizeof(a[0]))

Suite *suite_failures(void)
{
	Suite *s = suite_create("failures");

	add(s, "merge", no_merge, LEN(merges));
	add(s, "insert", no_insert, LEN(inserts));
	add(s, "split", no_split, LEN(splits));
	add(s, "unmap", no_unmap, LEN(unmaps));
	add(s, "relocate", no_relocation, LEN(relocations));
	add(s, "replace", no_replacement, LEN(replacements));
	add(s, "sides", sides_without_memory, 1);
	add(s, "calls that failed", kcalls_that_failed, 1);
	add(s, "once", fails_once, 1);
	add(s, "given back", no_anon_vma_is_left, 1);
	return s;
}
