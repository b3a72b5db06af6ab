// SPDX-License-Identifier: GPL-2.0-only
/* Configurations as text: written, and read with all that may be wrong in it. */
#include <ctype.h>
#include <string.h>

#include "lib/text.h"
#include "space/internal.h"

/* ---- writing -------------------------------------------------------------- */

/* @last is where the NUL may stand at the latest. */
static char *put(char *to, const char *last, const char *text)
{
	size_t len = strlen(text), room = (size_t)(last - to);

	if (len > room)
		len = room;
	memcpy(to, text, len);
	to[len] = '\0';
	return to + len;
}

static char *put_set(char *to, const char *last, const struct dim *d,
		     unsigned int set)
{
	const char *plus = "";

	for (unsigned int i = 0; set >> i; i++) {
		if (!(set & 1U << i))
			continue;
		to = put(put(to, last, plus), last, d->words[i]);
		plus = "+";
	}
	return to;
}

static char *put_place(char *to, const char *last, const struct dim *d,
		       unsigned int place)
{
	char digits[12];

	if (d->kind == PLACE_NUMBER) {
		snprintf(digits, sizeof(digits), "%u", place);
		return put(to, last, digits);
	}
	if (d->kind == PLACE_SET)
		return put_set(to, last, d, place);
	return put(to, last, d->words[place]);
}

const char *config_key(const struct config *c, char key[CONFIG_KEY])
{
	const char *last = &key[CONFIG_KEY - 1];
	char *to = put(key, last, space_family_names[c->family]);
	const char *before = ":";

	for (unsigned int i = 0; i < NR_DIMS; i++) {
		if (!c->at[i])
			continue;
		to = put(put(to, last, before), last, dims[i].name);
		to = put_place(put(to, last, "="), last, &dims[i], c->at[i]);
		before = ",";
	}
	return key;
}

/* ---- reading -------------------------------------------------------------- */

/* A piece of a key. */
struct dim_word {
	const char *text;
	size_t len;
};

struct parser {
	const char *key;
	struct config *c;
	FILE *err;
	struct dim_word at[NR_DIMS]; /* where each dimension was given */
	bool given[NR_DIMS];
};

/* Up to any of @stops; the rest of the key begins behind it. */
static struct dim_word take(const char **rest, const char *stops)
{
	struct dim_word w = { *rest, strcspn(*rest, stops) };

	*rest += w.len;
	return w;
}

static bool word_is(struct dim_word w, const char *text)
{
	return strlen(text) == w.len && !memcmp(text, w.text, w.len);
}

/* Who writes the key may be hostile to whoever reads what we say of it. */
static void quote(FILE *err, struct dim_word w)
{
	fputc('\'', err);
	for (size_t i = 0; i < w.len && i < 40; i++)
		fputc(isprint((unsigned char)w.text[i]) ? w.text[i] : '?', err);
	fputs(w.len > 40 ? "...'" : "'", err);
}

static void error_at(const struct parser *p, struct dim_word w,
		     const char *what)
{
	size_t len = strlen(p->key);
	size_t at = (size_t)((uintptr_t)w.text - (uintptr_t)p->key);

	fprintf(p->err, "configuration, column %zu: %s ",
		(at < len ? at : len) + 1, what);
	quote(p->err, w);
}

static void list_words(FILE *err, const struct dim *d, const char *expected)
{
	fprintf(err, ", %s %s of ", expected,
		d->kind == PLACE_SET ? "any" : "one");
	text_print_list(err, d->words, nr_words(d), ", ");
	fputs(d->kind == PLACE_SET ? ", with '+' between\n" : "\n", err);
}

#define WORD_MAX 64

/* A word as a string, cut if it is so long that it is no slip. */
static const char *word_text(struct dim_word w, char text[WORD_MAX])
{
	snprintf(text, WORD_MAX, "%.*s", (int)w.len, w.text);
	return text;
}

static bool parse_family(struct parser *p, const char **rest)
{
	struct dim_word w = take(rest, ":");
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (unsigned int i = 0; i < NR_SPACES; i++) {
		if (word_is(w, space_family_names[i])) {
			p->c->family = i;
			return true;
		}
		nearest_try(&near, space_family_names[i]);
	}
	error_at(p, w, "unknown family");
	fprintf(p->err, ", %s one of ", nearest_expected(&near));
	text_print_list(p->err, space_family_names, NR_SPACES, ", ");
	fputc('\n', p->err);
	return false;
}

static int find_dim(struct parser *p, struct dim_word w)
{
	const char *before = "";
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (int i = 0; i < NR_DIMS; i++) {
		if (!space_dim_is_of(i, p->c->family))
			continue;
		if (word_is(w, dims[i].name))
			return i;
		nearest_try(&near, dims[i].name);
	}
	error_at(p, w, "unknown dimension");
	fprintf(p->err, " of %s, %s one of ", space_family_names[p->c->family],
		nearest_expected(&near));
	for (int i = 0; i < NR_DIMS; i++)
		if (space_dim_is_of(i, p->c->family))
			text_print_item(p->err, &before, dims[i].name, ", ");
	fputc('\n', p->err);
	return -1;
}

static int find_word(struct parser *p, const struct dim *d, struct dim_word w)
{
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (unsigned int i = 0; i < nr_words(d); i++) {
		if (word_is(w, d->words[i]))
			return (int)i;
		nearest_try(&near, d->words[i]);
	}
	error_at(p, w, "unknown word");
	fprintf(p->err, " for %s", d->name);
	list_words(p->err, d, nearest_expected(&near));
	return -1;
}

static int parse_number(struct parser *p, struct dim_word w)
{
	int n = 0;
	size_t i = 0;

	while (i < w.len && isdigit((unsigned char)w.text[i]) && n <= MAX_PLACE)
		n = 10 * n + w.text[i++] - '0';
	if (w.len && i == w.len && n <= MAX_PLACE)
		return n;
	error_at(p, w, "bad number");
	fprintf(p->err, ", expected 0 to %d\n", MAX_PLACE);
	return -1;
}

static int parse_set(struct parser *p, const struct dim *d, struct dim_word w)
{
	const char *rest = w.text;
	int set = 0;

	for (;;) {
		struct dim_word one = take(&rest, "+,");
		int i = find_word(p, d, one);

		if (i < 0)
			return -1;
		if (set & 1 << i) {
			error_at(p, one, "twice in a set:");
			fputs(", expected each word once\n", p->err);
			return -1;
		}
		set |= 1 << i;
		if (*rest != '+')
			return set;
		rest++;
	}
}

static bool parse_place(struct parser *p, int dim, struct dim_word w)
{
	const struct dim *d = &dims[dim];
	int place;

	if (d->kind == PLACE_NUMBER)
		place = parse_number(p, w);
	else if (d->kind == PLACE_SET)
		place = parse_set(p, d, w);
	else
		place = find_word(p, d, w);
	if (place < 0)
		return false;
	p->c->at[dim] = (uint8_t)place;
	p->at[dim] = w;
	p->given[dim] = true;
	return true;
}

static bool parse_dim(struct parser *p, const char **rest)
{
	struct dim_word name = take(rest, "=,");
	int dim = find_dim(p, name);

	if (dim < 0)
		return false;
	if (p->given[dim]) {
		error_at(p, name, "given twice:");
		fputs(", expected it once\n", p->err);
		return false;
	}
	if (**rest != '=') {
		error_at(p, name, "nothing said of");
		fputs(", expected '=' and a value\n", p->err);
		return false;
	}
	++*rest;
	return parse_place(p, dim, take(rest, ","));
}

/* What is not said is as it is first, and is missed at the end. */
static struct dim_word not_given(const struct parser *p, unsigned int dim)
{
	const char *word = dims[dim].words[p->c->at[dim]];

	return (struct dim_word){ word, strlen(word) };
}

/* All is known now: whether it goes together. */
static bool check(const struct parser *p)
{
	for (unsigned int i = 0; i < NR_DIMS; i++) {
		const struct dim *d = &dims[i];

		if (dim_can(p->c, i) & 1ULL << p->c->at[i])
			continue;
		error_at(p, p->given[i] ? p->at[i] : not_given(p, i), d->name);
		if (d->needs && (!d->means || !d->means(p->c)))
			fprintf(p->err,
				" means nothing as the rest is, expected %s\n",
				d->needs);
		else
			fputs(" cannot be as the rest is, expected another\n",
			      p->err);
		return false;
	}
	return true;
}

bool config_parse(const char *key, struct config *c, FILE *err)
{
	struct parser p = { .key = key, .c = c, .err = err };
	const char *rest = key;

	*c = (struct config){ 0 };
	if (!parse_family(&p, &rest))
		return false;
	while (*rest) {
		rest++;
		if (!parse_dim(&p, &rest))
			return false;
	}
	return check(&p);
}
