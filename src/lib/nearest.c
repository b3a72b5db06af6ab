// SPDX-License-Identifier: GPL-2.0-only
/* What a mistyped word was perhaps to be. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"

/*
 * A word farther than this from any other was no slip, nor is one of which every
 * second letter is another; to compare long ones takes time that grows with the
 * square.
 */
#define SLIPS_MAX 6
#define WORD_MAX 64

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A capital is no slip of which there could be too many. */
static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many letters must be changed, put in or left out: Levenshtein's distance. A
 * beginning will do where a word may be given by its beginning, and it counts as
 * one slip more: "merge-lft" is rather "merge-left-full" than "merge-both".
 */
static size_t slips(const char *word, const char *other)
{
	size_t row[WORD_MAX + 1];
	size_t len = strlen(other);

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (size_t w = 0; word[w]; w++) {
		size_t before = row[0];

		row[0] = w + 1;
		for (size_t i = 1; i <= len; i++) {
			size_t here = before + !is_same(word[w], other[i - 1]);

			before = row[i];
			row[i] = smaller(here, smaller(row[i], row[i - 1]) + 1);
		}
	}
	if (strlen(word) > 3)
		for (size_t i = 0; i < len; i++)
			row[len] = smaller(row[len], row[i] + 1);
	return row[len];
}

void nearest_try(struct nearest *n, const char *candidate)
{
	size_t nr, most = smaller(SLIPS_MAX, (strlen(n->word) + 1) / 2);

	if (!*n->word || strlen(n->word) > WORD_MAX ||
	    strlen(candidate) > WORD_MAX)
		return;
	nr = slips(n->word, candidate);
	/* A word is perhaps another's end: "left-partial". */
	if (strlen(n->word) > 3 && strstr(candidate, n->word))
		nr = smaller(nr, most);
	if (nr > most || (n->best && nr >= n->slips))
		return;
	n->best = candidate;
	n->slips = nr;
}

const char *nearest_expected(const struct nearest *n)
{
	static char text[WORD_MAX + 32];

	if (!n->best)
		return "expected";
	snprintf(text, sizeof(text), "did you mean '%s'? Expected", n->best);
	return text;
}
