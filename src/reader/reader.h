/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The concurrent reader: what a read of /proc/PID/maps can see while operations
 * change the address space.
 *
 * The steps of the writer are the simulator's trace. The steps of the reader
 * are those of get_next_vma() and lock_next_vma(). explore() tries every
 * interleaving of the two, breadth first, so that the first way found to each
 * observation is a shortest one.
 *
 * All of it is data: nothing is printed here but for print.c.
 */
#ifndef VMATLAS_READER_H
#define VMATLAS_READER_H

#include "reader/claim.h"
#include "reader/explore.h"
#include "reader/path.h"
#include "reader/variants.h"

#endif /* VMATLAS_READER_H */
