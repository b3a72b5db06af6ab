/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference simulator: how Linux merges and splits VMAs.
 *
 * A struct mm holds VMAs and the tree that maps addresses to them. One of six
 * operations changes it: modify, map, split, unmap, relocate,
 * replace. Each runs the way
 * mm/vma.c does, and records every step, so that the state after any
 * of them can be had again.
 *
 * All addresses, lengths and offsets are in pages, all ranges half-open.
 * Identities (files, policies, anon_vmas, ...) are small integers, 0 is none:
 * the decision to merge only ever asks whether two of them are the same.
 */
#ifndef VMATLAS_MODEL_H
#define VMATLAS_MODEL_H

#include "model/classify.h"
#include "model/layout.h"
#include "model/mm.h"
#include "model/op.h"
#include "model/rules.h"

#endif /* VMATLAS_MODEL_H */
