/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of suite_emit() that have files of their own. */
#ifndef VMATLAS_TEST_EMIT_H
#define VMATLAS_TEST_EMIT_H

#include <check.h>

/* test-picture.c */
TCase *tcase_picture(void);

/* test-svg.c */
TCase *tcase_svg(void);

/* test-files.c */
TCase *tcase_files(void);
TCase *tcase_file_names(void);

#endif /* VMATLAS_TEST_EMIT_H */
