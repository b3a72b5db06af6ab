/* SPDX-License-Identifier: GPL-2.0-only */
/* What all graphs share: text in DOT, the font, and the colours of VMAs. */
#ifndef VMATLAS_DOT_H
#define VMATLAS_DOT_H

#include "report/report.h"

#define DOT_FONT "Helvetica,Arial,sans-serif"
#define DOT_GREY "#5f5f5f"
#define DOT_GUIDE "#d9d9d9"

/**
 * struct tint - the colour of a VMA
 * @name: of the part that it plays
 * @fill: light
 * @line: dark
 */
struct tint {
	const char *name;
	const char *fill;
	const char *line;
};

/**
 * dot_tint - the colour of a VMA, by the part that it plays in its case
 * @r: the case
 * @id: the VMA
 *
 * Return: The colour.
 */
const struct tint *dot_tint(const struct report *r, vma_id id);

/**
 * dot_tint_of_name - likewise, where only the VMA's name is known
 * @r: the case
 * @name: the name
 *
 * Return: The colour.
 */
const struct tint *dot_tint_of_name(const struct report *r, const char *name);

/**
 * dot_html - any text, within an HTML-like label
 * @out: where to
 * @text: the text
 */
void dot_html(FILE *out, const char *text);

/**
 * dot_quoted - any text, as a string in quotes
 * @out: where to
 * @text: the text
 */
void dot_quoted(FILE *out, const char *text);

#endif /* VMATLAS_DOT_H */
