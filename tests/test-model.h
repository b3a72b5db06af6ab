/* SPDX-License-Identifier: GPL-2.0-only */
/* How the tests of the simulator write down what it did. */
#ifndef VMATLAS_TEST_MODEL_H
#define VMATLAS_TEST_MODEL_H

#include "model/model.h"

/* The layout in short: "1:[4,8) 2:[8,12)". */
const char *vmas_text(const struct mm *mm);

/*
 * Every step, in short: "+2" locks VMA 2, "+anon" the anon_vma,
 * "n-1" is the map count, "store0" empties a range of the tree, "unlink1" takes
 * its anon_vma from VMA 1.
 */
const char *told_steps(const struct outcome *out);

#endif /* VMATLAS_TEST_MODEL_H */
