// SPDX-License-Identifier: GPL-2.0-only
/* Which cases the words of a command line mean. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"

/* A word farther than this from any identifier was no slip. */
#define SLIPS_MAX 6

static bool means(const char *word, const struct cat_case *c)
{
	if (strpbrk(word, "*?["))
		return !fnmatch(word, c->id, 0);
	return !strcmp(word, c->id) || !strcasecmp(word, c->title.text);
}

static size_t count_meant(const char *word, const struct catalog *cat)
{
	size_t nr = 0;

	for_each_family(cat, f)
		for_each_case(f, c)
			nr += means(word, c);
	return nr;
}

bool words_ask_for(const struct words *words, const struct cat_case *c)
{
	for (size_t i = 0; i < words->nr; i++)
		if (means(words->v[i], c))
			return true;
	return !words->nr;
}

/* ---- slips ------------------------------------------------------------------ */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be changed, put in or left out: Levenshtein's distance. */
static size_t slips(const char *word, const char *id)
{
	size_t len = strlen(id);
	size_t *row = xcalloc(len + 1, sizeof(*row));
	size_t last;

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (size_t w = 0; word[w]; w++) {
		size_t before = row[0];

		row[0] = w + 1;
		for (size_t i = 1; i <= len; i++) {
			size_t here = before + (word[w] != id[i - 1]);

			before = row[i];
			row[i] = smaller(here, smaller(row[i], row[i - 1]) + 1);
		}
	}
	last = row[len];
	free(row);
	return last;
}

/* A word is perhaps an identifier's end: "left-partial". */
static bool is_part(const char *word, const char *id)
{
	return strlen(word) > 3 && strstr(id, word);
}

static const char *nearest(const char *word, const struct catalog *cat)
{
	const char *best = NULL;
	size_t fewest = SLIPS_MAX + 1;

	/* To compare takes time that grows with the square. */
	if (strlen(word) > 64)
		return NULL;
	for_each_family(cat, f) {
		for_each_case(f, c) {
			size_t nr = slips(word, c->id);

			if (is_part(word, c->id))
				nr = smaller(nr, SLIPS_MAX);
			if (nr >= fewest)
				continue;
			fewest = nr;
			best = c->id;
		}
	}
	return best;
}

static void complain(const char *word, const struct catalog *cat)
{
	const char *near = nearest(word, cat);

	if (near)
		fprintf(stderr,
			"vmatlas: unknown case '%s', did you mean '%s'? Expected one that 'vmatlas list' prints\n",
			word, near);
	else
		fprintf(stderr,
			"vmatlas: unknown case '%s', expected one that 'vmatlas list' prints\n",
			word);
}

/* ---- words ------------------------------------------------------------------- */

/* A beginning, as a pattern. It lives as long as the command line. */
static bool complete(char **word, const struct catalog *cat)
{
	char *pattern;

	if (strpbrk(*word, "*?[\\") || !**word)
		return false;
	pattern = xasprintf("%s*", *word);
	if (count_meant(pattern, cat)) {
		*word = pattern;
		return true;
	}
	free(pattern);
	return false;
}

bool words_are_cases(const struct words *words, const struct catalog *cat)
{
	bool ok = true;

	for (size_t i = 0; i < words->nr; i++) {
		if (count_meant(words->v[i], cat) ||
		    complete(&words->v[i], cat))
			continue;
		complain(words->v[i], cat);
		ok = false;
	}
	return ok;
}
