/* SPDX-License-Identifier: GPL-2.0-only */
/* Characters and digits in text that may be anything. */
#ifndef VMATLAS_LIB_TEXT_H
#define VMATLAS_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- beginnings and ends ------------------------------------------------- */

/**
 * begins_with - whether a text has a beginning
 * @text: the text
 * @with: the beginning
 *
 * Return: true if so.
 */
static inline bool begins_with(const char *text, const char *with)
{
	/* Most differ in the first letter, and a call costs more than that. */
	return !*with || (*text == *with && !strncmp(text, with, strlen(with)));
}

/**
 * base_name - what is behind the last slash
 * @path: a path
 *
 * Return: All of it if there is none.
 */
static inline const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/**
 * ends_with - whether a text has an end
 * @text: the text
 * @with: the end
 *
 * Return: true if so.
 */
static inline bool ends_with(const char *text, const char *with)
{
	size_t len = strlen(text), end = strlen(with);

	return len >= end && !strcmp(text + len - end, with);
}

/**
 * struct key_text - what something is called
 * @key: for machines, in snake case
 * @text: for people, in a few words
 */
struct key_text {
	const char *key;
	const char *text;
};

/**
 * plural - what is behind a noun that has a number
 * @n: the number
 *
 * Return: "s", or nothing behind one.
 */
static inline const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

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
 * utf8_mark - what an editor may put before a text to say that it is UTF-8
 * @s: the beginning of a text
 * @len: bytes of it
 *
 * Return: How many bytes of @s are a byte order mark: all of one, or 0.
 */
size_t utf8_mark(const char *s, size_t len);

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

/* ---- for a terminal (print.c) ------------------------------------------- */

/**
 * text_print - print a text so that a terminal shows it and no more
 * @out: where to
 * @text: any bytes; control characters and what is no UTF-8 come out escaped,
 *	as \ooo
 * @max: columns, 0 for no limit; a longer one loses its middle to "..."
 *
 * Return: How many columns it took.
 */
size_t text_print(FILE *out, const char *text, size_t max);

/**
 * text_print_bytes - the same for bytes that no NUL ends
 * @out: where to
 * @bytes: any bytes
 * @len: how many
 * @max: columns, 0 for no limit
 *
 * Return: How many columns it took.
 */
size_t text_print_bytes(FILE *out, const char *bytes, size_t len, size_t max);

/**
 * text_print_list - print names
 * @out: where to
 * @names: these
 * @nr: how many
 * @between: goes between each two
 */
void text_print_list(FILE *out, const char *const *names, size_t nr,
		     const char *between);

/**
 * text_listed - whether a name is one of several
 * @names: these
 * @nr: how many
 * @name: the name
 *
 * Return: true if so.
 */
bool text_listed(const char *const *names, size_t nr, const char *name);

/**
 * text_print_item - print one more of some words, of which not all are printed
 * @out: where to
 * @before: what goes before it, "" before the first; @between from then on
 * @text: it
 * @between: goes between each two
 */
void text_print_item(FILE *out, const char **before, const char *text,
		     const char *between);

/**
 * text_widest_line - how wide a text is
 * @text: its lines, in ASCII
 *
 * Return: The columns of the widest.
 */
int text_widest_line(const char *text);

/**
 * text_wrap - print words in lines
 * @out: where to, @indent columns of the first line are taken
 * @text: words, with blanks and new lines between them; none of them is wide
 * @indent: where the other lines begin
 * @end: before which all end, unless one is a word that is longer
 * @aside: what is behind that of the first line, or NULL
 */
void text_wrap(FILE *out, const char *text, int indent, int end,
	       const char *aside);

/**
 * text_color - print lines in a colour, which ends with each of them
 * @out: where to
 * @text: the lines, each with its line feed
 * @color: what begins the colour, or "": they are printed as they are
 * @plain: what ends it
 */
void text_color(FILE *out, const char *text, const char *color,
		const char *plain);

/* ---- mistyped words (nearest.c) ----------------------------------------- */

/**
 * struct nearest - what a word was perhaps to be
 * @word: the word, of which there is none
 * @best: the nearest of those that were tried, NULL if none is near
 * @slips: letters in which it differs
 */
struct nearest {
	const char *word;
	const char *best;
	size_t slips;
};

/**
 * nearest_try - try one more word
 * @n: the nearest so far; only @word is set at first
 * @candidate: a word that there is
 */
void nearest_try(struct nearest *n, const char *candidate);

/**
 * nearest_expected - how a message goes on that says what was expected
 * @n: the nearest
 *
 * Return: "did you mean 'list'? Expected" or, if none is near, "expected";
 * valid until the next call.
 */
const char *nearest_expected(const struct nearest *n);

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
