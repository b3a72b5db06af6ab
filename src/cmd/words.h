/* SPDX-License-Identifier: GPL-2.0-only */
/* Words in lines, as wide as the terminal (words.c). */
#ifndef VMATLAS_CMD_WORDS_H
#define VMATLAS_CMD_WORDS_H

#include <stdio.h>

#include "lib/memory.h"

/**
 * wrap_puts - print words in lines
 * @out: where to
 * @indent: the column where all lines begin, and where the first one is
 * @text: the words
 */
void wrap_puts(FILE *out, int indent, const char *text);

/**
 * wrap_drop - the same of words that are not needed any more
 * @out: where to
 * @indent: the column where all lines begin, and where the first one is
 * @text: the words, which are freed
 */
void wrap_drop(FILE *out, int indent, char *text);

/**
 * wrap_heading - the same of a heading, each line of it in its colour
 * @out: where to
 * @color: what begins the colour, or "" for none
 * @plain: what ends it
 * @text: the words
 */
void wrap_heading(FILE *out, const char *color, const char *plain,
		  const char *text);

/* The same of words that a format has. */
#define wrap_printf(out, indent, ...)                                          \
	wrap_drop(out, indent, xasprintf(__VA_ARGS__))

/**
 * say - print words as a comment of TAP, which is one line, or for people
 * @prefix: what begins the comment, "" for people
 * @text: the words, which are freed
 */
void say(const char *prefix, char *text);

/* The same of words that a format has. */
#define say_printf(prefix, ...) say(prefix, xasprintf(__VA_ARGS__))

#endif /* VMATLAS_CMD_WORDS_H */
