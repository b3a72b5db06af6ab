/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams into memory, which is what all output goes through first. */
#ifndef VMATLAS_STREAM_H
#define VMATLAS_STREAM_H

#include <stdio.h>

/**
 * stream_open - print into a string
 * @text: where to put it; for free()
 * @size: where to put its length
 *
 * Only one thread may use it: it has no lock, which would be most of the cost
 * of a character. Does not return if there is no memory.
 */
FILE *stream_open(char **text, size_t *size);

#endif /* VMATLAS_STREAM_H */
