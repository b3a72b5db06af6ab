/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams into memory, which is what all output goes through first. */
#ifndef VMATLAS_LIB_STREAM_H
#define VMATLAS_LIB_STREAM_H

#include <stdbool.h>
#include <stdio.h>

/**
 * stream_open - print into a string
 * @text: where to put it; for free()
 * @size: where to put its length
 *
 * Both are valid once the stream is closed.
 *
 * Return: A stream for stream_close(). Only one thread may use it: it has no
 * lock, which would be most of the cost of a character.
 */
FILE *stream_open(char **text, size_t *size);

/**
 * stream_close - be sure that all that was printed is in the string
 * @out: the stream
 */
void stream_close(FILE *out);

#endif /* VMATLAS_LIB_STREAM_H */
