// SPDX-License-Identifier: GPL-2.0-only
/* The values of keys, each kind a function. */
#include <ctype.h>
#include <string.h>

#include "catalog/load.h"
#include "lib/text.h"

/* ---- scalars ---------------------------------------------------------- */

/* Whether YAML reads an unquoted scalar as something else than text. */
static bool other_than_text(const struct node *n)
{
	static const char *const words[] = {
		"~", "null", "true", "false", "yes", "no", "on", "off",
	};

	if (!n->plain)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(n->text, words[i]))
			return true;
	return (isdigit((unsigned char)n->text[0]) ||
		strchr("+-.", n->text[0])) &&
	       !n->text[strspn(n->text, "0123456789abcdefxABCDEFXo_:.+-")];
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \n")];
}

/* Text of any number of lines. */
bool load_prose(struct loader *l, const struct node *n, void *to)
{
	struct cat_text *t = to;

	if (n->kind != NODE_SCALAR)
		return error_expected(l, n, "text");
	if (is_blank(n->text))
		return error_at(l, n->pos, "%s is empty, expected text",
				node_subject(l, n));
	if (other_than_text(n))
		return error_expected(l, n,
				      "text, in quotes if it looks like this");
	t->text = n->text;
	t->pos = n->pos;
	return true;
}

bool load_line(struct loader *l, const struct node *n, void *to)
{
	if (!load_prose(l, n, to))
		return false;
	return !strchr(n->text, '\n') || error_expected(l, n, "a single line");
}

/* Lower-case letters, digits and @other, and a letter first. */
static bool is_word(const char *s, char other)
{
	if (!islower((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) &&
		    !isdigit((unsigned char)*s) && *s != other)
			return false;
	return true;
}

bool load_identifier(struct loader *l, const struct node *n, void *to)
{
	if (!load_line(l, n, to))
		return false;
	return is_word(n->text, '-') ||
	       error_expected(l, n, "lower-case letters, digits and '-'");
}

bool load_one_of(struct loader *l, const struct node *n, void *to,
		 const char *what, name_fn *name, const void *ctx)
{
	const char *known;

	if (!load_line(l, n, to))
		return false;
	for (size_t i = 0; (known = name(ctx, i)); i++)
		if (!strcmp(n->text, known))
			return true;
	return error_at(l, n->pos, "unknown %s %s, expected one of: %s", what,
			error_quote(l, n->text), error_list(l, name, ctx));
}

/* Those that an operation can fail with. */
const char *error_word(const void *ctx, size_t i)
{
	static const char *const errors[] = { "EINVAL", "ENOMEM", "EEXIST",
					      "EFAULT" };

	return i < ARRAY_SIZE(errors) ? errors[i] : NULL;
}

bool load_error(struct loader *l, const struct node *n, void *to)
{
	return load_one_of(l, n, to, "error", error_word, NULL);
}

/* A step could not keep these apart from what it calls a bound. */
static bool is_bound(const char *name)
{
	return !strcmp(name, "start") || !strcmp(name, "end") ||
	       !strcmp(name, "addr");
}

bool load_vma_name(struct loader *l, const struct node *n, void *to)
{
	if (!load_line(l, n, to))
		return false;
	if (!is_word(n->text, '_'))
		return error_expected(l, n,
				      "lower-case letters, digits and '_'");
	if (strlen(n->text) > MAX_NAME)
		return error_expected(l, n, "a name of at most 32 characters");
	return !is_bound(n->text) ||
	       error_expected(l, n, "a name that is no bound");
}

bool load_bool(struct loader *l, const struct node *n, void *to)
{
	bool *b = to;

	if (n->kind != NODE_SCALAR || !n->plain)
		return error_expected(l, n, "true or false");
	*b = !strcmp(n->text, "true");
	return *b || !strcmp(n->text, "false") ||
	       error_expected(l, n, "true or false");
}

bool load_retry(struct loader *l, const struct node *n, void *to)
{
	enum cat_claim_retry *retry = to;
	bool b = false;

	if (!load_bool(l, n, &b))
		return false;
	*retry = b ? RETRY_YES : RETRY_NO;
	return true;
}

/* What a file, a policy, ... is called; "none" is the absence of one. */
bool load_identity(struct loader *l, const struct node *n, void *to)
{
	uint32_t *identity = to;
	struct cat_text t;

	if (!load_line(l, n, &t))
		return false;
	*identity =
		strcmp(t.text, "none") ? strings_intern(l->strings, t.text) : 0;
	return true;
}

/* ---- numbers ---------------------------------------------------------- */

enum number { NUMBER, NO_NUMBER, NUMBER_TOO_LARGE };

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/*
 * Decimal, or 0x and hexadecimal, and nothing else. A leading zero is octal to
 * some and not to others, so it is no number at all.
 */
static enum number parse_number(const char *s, unsigned long max,
				unsigned long *to)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	int base = hex ? 16 : 10;
	bool overflow = false;
	unsigned long value = 0;

	if (!hex && s[0] == '0' && s[1])
		return NO_NUMBER;
	s += hex ? 2 : 0;
	if (!*s)
		return NO_NUMBER;
	for (; *s; s++) {
		int digit = digit_value(*s);

		if (digit >= base)
			return NO_NUMBER;
		overflow |= __builtin_mul_overflow(value, base, &value);
		overflow |= __builtin_add_overflow(value, digit, &value);
	}
	if (overflow || value > max)
		return NUMBER_TOO_LARGE;
	*to = value;
	return NUMBER;
}

static bool load_up_to(struct loader *l, const struct node *n,
		       unsigned long max, unsigned long *to)
{
	if (n->kind != NODE_SCALAR || !n->plain)
		return error_expected(l, n, "a number");
	switch (parse_number(n->text, max, to)) {
	case NUMBER:
		return true;
	case NUMBER_TOO_LARGE:
		return error_at(l, n->pos,
				"number %s is too large, expected at most %lu",
				error_quote(l, n->text), max);
	case NO_NUMBER:
		break;
	}
	return error_expected(l, n, "a number, decimal or 0x and hexadecimal");
}

bool load_page(struct loader *l, const struct node *n, void *to)
{
	return load_up_to(l, n, MM_END - 1, to);
}

bool load_count(struct loader *l, const struct node *n, void *to)
{
	return load_up_to(l, n, UINT32_MAX, to);
}

bool load_old_number(struct loader *l, const struct node *n, void *to)
{
	struct cat_number *number = to;

	number->pos = n->pos;
	if (!load_up_to(l, n, 8, &number->value))
		return false;
	return number->value || error_expected(l, n, "a number from 1 to 8");
}

bool load_order(struct loader *l, const struct node *n, void *to)
{
	struct cat_number *number = to;

	number->pos = n->pos;
	return load_count(l, n, &number->value);
}

bool load_addr(struct loader *l, const struct node *n, void *to)
{
	struct cat_number *addr = to;

	addr->pos = n->pos;
	return load_page(l, n, &addr->value);
}

/* ---- ranges ----------------------------------------------------------- */

bool load_range(struct loader *l, const struct node *n, void *to)
{
	struct range *r = to;
	bool ok;

	r->pos = n->pos;
	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a range [start, end]");
	if (n->nr != 2)
		return error_at(l, n->pos,
				"%zu number%s in %s, expected [start, end]",
				n->nr, plural(n->nr), node_subject(l, n));
	ok = load_up_to(l, n->first, MM_END - 1, &r->start);
	ok &= load_up_to(l, n->first->next, MM_END, &r->end);
	if (!ok)
		return false;
	if (r->start < r->end)
		return true;
	return error_at(
		l, n->pos, "%s range [%lu, %lu), expected start below end",
		r->start == r->end ? "empty" : "inverted", r->start, r->end);
}

/* ---- lists ------------------------------------------------------------ */

static bool load_texts(struct loader *l, const struct node *n, void *to,
		       load_fn *load)
{
	struct cat_texts *texts = to;
	bool ok = true;

	texts->pos = n->pos;
	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence");
	texts->text = arena_alloc(l->arena, n->nr, sizeof(*texts->text));
	for_each_node(n, entry)
		ok &= load(l, entry, &texts->text[texts->nr++]);
	return ok;
}

bool load_steps(struct loader *l, const struct node *n, void *to)
{
	return load_texts(l, n, to, load_line);
}

/* At least one, of which each is a @what. */
static bool load_any(struct loader *l, const struct node *n, void *to,
		     load_fn *load, const char *what)
{
	if (!load_texts(l, n, to, load))
		return false;
	return n->nr ||
	       error_at(l, n->pos, "no %s, expected at least one", what);
}

bool load_syscalls(struct loader *l, const struct node *n, void *to)
{
	return load_any(l, n, to, load_line, "system call");
}

bool load_case_ids(struct loader *l, const struct node *n, void *to)
{
	return load_any(l, n, to, load_identifier, "case");
}

bool error_twice(struct loader *l, const struct node *n)
{
	return error_at(l, n->pos, "%s is in %s twice, expected it once",
			error_quote(l, n->text), node_subject(l, n->sequence));
}

static bool is_repeated(const struct node *n)
{
	for_each_node(n->sequence, earlier) {
		if (earlier == n)
			break;
		if (!strcmp(earlier->text, n->text))
			return true;
	}
	return false;
}

/* The entries differ: each is something that happens once. */
bool load_vma_names(struct loader *l, const struct node *n, void *to)
{
	bool ok = load_texts(l, n, to, load_vma_name);

	if (!ok)
		return false;
	for_each_node(n, entry)
		if (is_repeated(entry))
			ok = error_twice(l, entry);
	return ok;
}

bool load_rmap(struct loader *l, const struct node *n, void *to)
{
	struct cat_texts *texts = to;

	if (!load_vma_names(l, n, texts))
		return false;
	for (size_t i = 0; i < texts->nr; i++) {
		const char *lock = texts->text[i].text;

		if (!strcmp(lock, "i_mmap") || !strcmp(lock, "anon_vma"))
			continue;
		return error_at(l, texts->text[i].pos,
				"unknown lock %s, expected i_mmap or anon_vma",
				error_quote(l, lock));
	}
	return true;
}

const char *flag_word(const void *ctx, size_t i)
{
	return i < NR_VM_FLAGS ? vm_flag_names[i] : NULL;
}

static bool load_flag(struct loader *l, const struct node *n, vm_flags_t *flags)
{
	struct cat_text t;
	vm_flags_t flag;

	if (!load_one_of(l, n, &t, "flag", flag_word, NULL))
		return false;
	flag = vm_flag_find(t.text);
	if (flag & *flags)
		return error_twice(l, n);
	*flags |= flag;
	return true;
}

bool load_flags(struct loader *l, const struct node *n, void *to)
{
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of flags");
	for_each_node(n, entry)
		ok &= load_flag(l, entry, to);
	return ok;
}
