/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites, one a room. Tests run with the project's root as directory. */
#ifndef VMATLAS_TESTS_H
#define VMATLAS_TESTS_H

#include <check.h>
#include <stdbool.h>

#include "lib/memory.h"
#include "model/rules.h"

/*
 * Check's own notes each place that is passed with a write(2), which is half of
 * the time of a long loop. It is told only of those that fail.
 */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...)                                               \
	((expr) ? (void)0                                                      \
		: _ck_assert_failed(__FILE__, __LINE__,                        \
				    "Assertion '" #expr "' failed",            \
				    ##__VA_ARGS__))

/**
 * in_sample - whether one of many is tried
 * @i: which of them
 * @nr: one of so many is, which ones is for the environment's SEED to say; with
 *	FULL ("make check-full") all are
 */
bool in_sample(size_t i, size_t nr);

/* The length of what temp_dir() and temp_file() put there. */
#define TEMP_PATH 64

/**
 * temp_dir - make a directory
 * @path: where to put its path
 *
 * It is in $TMPDIR, which goes when all tests have ended, or were killed.
 */
void temp_dir(char path[TEMP_PATH]);

/**
 * temp_file - make a file, in the same place
 * @path: where to put its path
 *
 * Return: The file, open.
 */
int temp_file(char path[TEMP_PATH]);

/**
 * forbid - have a system call fail with EPERM from now on, as containers do
 * @nr: its number
 *
 * Return: false if that cannot be had.
 */
bool forbid(unsigned int nr);

Suite *suite_lib(void);
Suite *suite_model(void);
Suite *suite_failures(void);
Suite *suite_catalog(void);
Suite *suite_space(void);
Suite *suite_oracle(void);
Suite *suite_live(void);
Suite *suite_reach(void);
Suite *suite_reader(void);
Suite *suite_report(void);
Suite *suite_emit(void);
Suite *suite_graph(void);
Suite *suite_rst(void);
Suite *suite_reader_pages(void);
Suite *suite_kernel_pages(void);
Suite *suite_promela(void);
Suite *suite_vma_test(void);
Suite *suite_page(void);
Suite *suite_merge(void);
Suite *suite_kselftest(void);
Suite *suite_race(void);
Suite *suite_process(void);
Suite *suite_syscall(void);
Suite *suite_random(void);
Suite *suite_what_if(void);
Suite *suite_replay(void);
Suite *suite_cmd(void);

#endif /* VMATLAS_TESTS_H */
