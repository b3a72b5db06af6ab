/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams into memory, which is what all output goes through first. */
#ifndef VMATLAS_LIB_STREAM_H
#define VMATLAS_LIB_STREAM_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/memory.h"

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

/**
 * struct buffer - a stream with its string
 * @out: the stream
 * @text: the string, for free() after buffer_text()
 * @size: its length
 */
struct buffer {
	FILE *out;
	char *text;
	size_t size;
};

/**
 * buffer_open - begin to print into a string
 * @b: the buffer
 *
 * Return: The stream, which buffer_text() closes.
 */
FILE *buffer_open(struct buffer *b);

/**
 * buffer_text - end that
 * @b: the buffer
 *
 * Return: What was printed, which is @text.
 */
char *buffer_text(struct buffer *b);

/**
 * PRINTED - what a statement prints, as a string
 * @out: name of the stream, for the statement
 * @statement: what prints
 *
 * Return: For free().
 */
#define PRINTED(out, statement)                                                \
	({                                                                     \
		struct buffer buffer_;                                         \
		FILE *out = buffer_open(&buffer_);                             \
                                                                               \
		statement;                                                     \
		buffer_text(&buffer_);                                         \
	})

#endif /* VMATLAS_LIB_STREAM_H */
