/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VMATLAS_TEST_READER_H
#define VMATLAS_TEST_READER_H

#include "reader/internal.h"

/* test-reader-words.c */
void check_all_words(const struct exploration *x);
void assert_all_said(void);

/* test-reader-print.c */
void check_print(const struct exploration *x, const struct observation *o);

#endif /* VMATLAS_TEST_READER_H */
