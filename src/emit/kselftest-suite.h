/* SPDX-License-Identifier: GPL-2.0-only */
/* The test for kselftest: its tests of a case, and what each expects. */
#ifndef VMATLAS_KSELFTEST_SUITE_H
#define VMATLAS_KSELFTEST_SUITE_H

#include "emit/emit.h"

/* What user space sees of a layout, and what C calls it. */
struct mapped {
	char *symbol;
	struct vma_state *vma;
	size_t nr;
};

/*
 * @rules: from these on
 * @err: errno of the system call, or 0
 * @after: which of the case's layouts after
 */
struct result {
	const struct rules *rules;
	int err;
	size_t after;
};

/*
 * @t: the trigger
 * @name: of its test: the system call, and a number if it is not the first
 * @result: by rule set, oldest first, without those that change nothing
 * @nr_results: how many
 * @start: first page that counts
 * @end: one past the last
 */
struct kselftest {
	const struct cat_trigger *t;
	char *name;
	struct result *result;
	size_t nr_results;
	unsigned long start;
	unsigned long end;
};

/*
 * @r: a report of the case
 * @symbol: what C calls it
 * @before: the layout before
 * @after: the layouts after: usually all triggers have the same
 * @nr_afters: how many
 * @test: its tests, in the order of its system calls
 * @nr_tests: how many
 */
struct kselftest_suite {
	const struct report *r;
	char *symbol;
	struct mapped before;
	struct mapped *after;
	size_t nr_afters;
	struct kselftest *test;
	size_t nr_tests;
};

/**
 * kselftest_suite_of - the tests of a case
 * @r: a report of it
 *
 * Return: The tests, for kselftest_suite_free().
 */
struct kselftest_suite kselftest_suite_of(const struct report *r);

/**
 * kselftest_suite_free - free what belongs to the tests of a case
 * @s: the tests
 */
void kselftest_suite_free(struct kselftest_suite *s);

/**
 * kselftest_has_layouts - whether it is known where what a trigger makes is
 * @t: the trigger
 *
 * Return: false for the stack.
 */
bool kselftest_has_layouts(const struct cat_trigger *t);

#endif /* VMATLAS_KSELFTEST_SUITE_H */
