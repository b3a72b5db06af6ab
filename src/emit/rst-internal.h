/* SPDX-License-Identifier: GPL-2.0-only */
/* What pages of reStructuredText and the cells of tables share. */
#ifndef VMATLAS_RST_INTERNAL_H
#define VMATLAS_RST_INTERNAL_H

#include "emit/rst.h"

/**
 * rst_set_width - break lines at some width
 * @w: the page
 * @width: in columns
 */
void rst_set_width(struct rst *w, int width);

/**
 * rst_decode - the next character
 * @text: advanced past it; UTF-8
 *
 * Return: The character.
 */
unsigned int rst_decode(const char **text);

/**
 * rst_char_width - columns that a character takes in a source line
 * @c: the character
 *
 * Return: 1 or 2.
 */
int rst_char_width(unsigned int c);

#endif /* VMATLAS_RST_INTERNAL_H */
