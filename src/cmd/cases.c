// SPDX-License-Identifier: GPL-2.0-only
/* Which cases the words of a command line mean. */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/text.h"

static char plain(char c)
{
	return c == ' ' ? '-' : (char)tolower((unsigned char)c);
}

/* "Merge left partial" and "merge-left-partial" are one. */
static bool same_name(const char *a, const char *b)
{
	while (*a && plain(*a) == plain(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

static bool means(const char *word, const struct cat_case *c)
{
	if (strpbrk(word, "*?["))
		return !fnmatch(word, c->id, 0);
	return same_name(word, c->id) || same_name(word, c->title.text);
}

static size_t count_meant(const char *word, const struct catalog *cat)
{
	size_t nr = 0;

	for_each_case_of_all(cat, c)
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

static void unknown_case(const char *word, const struct catalog *cat)
{
	struct nearest near = { .word = word };

	for_each_case_of_all(cat, c)
		nearest_try(&near, c->id);
	fprintf(stderr,
		"vmatlas: unknown case '%s', %s one that 'vmatlas list' prints\n",
		word, nearest_expected(&near));
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
		unknown_case(words->v[i], cat);
		ok = false;
	}
	return ok;
}
