/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases as tests (runner.c). */
#ifndef VMATLAS_CMD_RUNNER_H
#define VMATLAS_CMD_RUNNER_H

#include <check.h>

#include "catalog/catalog.h"

/* Judges one case: prints what is wrong, returns whether it is right. */
typedef bool judge_fn(FILE *out, const struct catalog *cat,
		      const struct cat_case *c, const struct rules *rules);

/**
 * runner_suite - a suite of one test case per catalogue case, named as it
 * @cat: the catalogue
 * @rules: the rule set
 * @judge: what each test asks
 * @prefix: before each line of what it prints
 *
 * One at a time: a later call replaces the cases of the earlier one.
 *
 * Return: The suite, which its runner frees.
 */
Suite *runner_suite(const struct catalog *cat, const struct rules *rules,
		    judge_fn *judge, const char *prefix);

#endif /* VMATLAS_CMD_RUNNER_H */
