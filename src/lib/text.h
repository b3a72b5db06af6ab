/* SPDX-License-Identifier: GPL-2.0-only */
/* Characters and digits in text that may be anything. */
#ifndef VMATLAS_LIB_TEXT_H
#define VMATLAS_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- UTF-8 (utf8.c) ----------------------------------------------------- */

/**
 * utf8_char - the next character
 * @s: any bytes
 * @left: how many there are
 * @c: where to put the character
 *
 * Return: How many bytes it has, 0 if it is none.
 */
size_t utf8_char(const char *s, size_t left, uint32_t *c);

/**
 * utf8_count - the number of characters
 * @s: valid UTF-8
 * @len: bytes of it
 *
 * Return: That number.
 */
size_t utf8_count(const char *s, size_t len);

/**
 * utf8_printable - whether a terminal may get a character as it is
 * @c: the character
 *
 * Return: Whether it is no control character, and none that is invisible,
 * reorders others or breaks the line.
 */
bool utf8_printable(uint32_t c);

/* ---- numbers (digits.c) ------------------------------------------------- */

/**
 * take_digits - read a number without sign or prefix
 * @at: where it begins
 * @end: where the text ends
 * @base: 10, or 16 in lower case
 * @value: where to put it
 *
 * Return: What is behind its last digit; NULL if there is no digit, or if the
 * number does not fit.
 */
const char *take_digits(const char *at, const char *end, unsigned int base,
			uint64_t *value);

#endif /* VMATLAS_LIB_TEXT_H */
