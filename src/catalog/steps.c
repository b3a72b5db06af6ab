// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notation of steps: that of the mail, its slips mended.
 *
 * A step is tried against every form. Where none fits, what counts is the one
 * that fits furthest: there something is wrong, and all that the forms which
 * came so far expected is what could have stood there.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "catalog/internal.h"

/*
 * %v is the name of a VMA, %l a list of them, each in part or not, and %r a
 * range. Everything else stands for itself.
 */
static const char *const forms[] = {
	"Allocate %v",
	"Duplicate %v",
	"Duplicate %v anon_vma to %v",
	"Duplicate copied anon_vma to %v",
	"Set %v VMA range %r",
	"Set %v range %r",
	"Set %v range to %r",
	"Set %v attributes",
	"Overwrite %l node in maple tree with %v",
	"Overwrite %l nodes in maple tree with %v",
	"Overwrite %v node in maple tree with newly extended %v",
	"Partially overwrite %v node in maple tree with %v",
	"Store %v in maple tree",
	"Clear %l node in maple tree",
	"Clear %l nodes in maple tree",
	"Attach %v VMA",
	"Detach %v VMA",
	"Free %v VMA",
};

struct step_cursor {
	const char *text;
	size_t at;
	const struct step_names *names;
	struct step_error *error;
};

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const char *s)
{
	size_t len = 0;

	while (word_char(s[len]))
		len++;
	return len;
}

/* Length of what stands at @s, for an error: up to the next space. */
static size_t thing_length(const char *s)
{
	size_t len = word_length(s);

	if (!len)
		len = strcspn(s, " ");
	return !len && *s ? 1 : len;
}

static void add_expected(struct step_error *e, const char *what)
{
	size_t used = strlen(e->expected);

	if (strstr(e->expected, what))
		return;
	snprintf(e->expected + used, sizeof(e->expected) - used, "%s%s",
		 used ? " or " : "", what);
}

/* Note that @what could have stood at the cursor. Always returns false. */
static bool fail(struct step_cursor *c, const char *what)
{
	struct step_error *e = c->error;

	if (c->at < e->offset)
		return false;
	if (c->at > e->offset || !*e->expected) {
		e->offset = c->at;
		e->len = thing_length(c->text + c->at);
		e->unknown_vma = false;
		e->expected[0] = '\0';
	}
	add_expected(e, what);
	return false;
}

static bool accept(struct step_cursor *c, const char *what)
{
	size_t len = strlen(what);

	if (strncmp(c->text + c->at, what, len))
		return false;
	c->at += len;
	return true;
}

static bool expect(struct step_cursor *c, const char *what,
		   const char *described)
{
	return accept(c, what) || fail(c, described);
}

static bool parse_vma(struct step_cursor *c)
{
	size_t len = word_length(c->text + c->at);
	char name[MAX_NAME + 1];

	if (!len || len > MAX_NAME)
		return fail(c, "a VMA");
	memcpy(name, c->text + c->at, len);
	name[len] = '\0';
	if (!c->names->known(c->names->ctx, name)) {
		fail(c, "a VMA");
		if (c->at == c->error->offset)
			c->error->unknown_vma = true;
		return false;
	}
	c->at += len;
	return true;
}

static bool parse_list(struct step_cursor *c)
{
	do {
		if (!parse_vma(c))
			return false;
		accept(c, " (partial)");
	} while (accept(c, ", "));
	return true;
}

/* A number is what the simulator writes where no symbol has the value. */
static bool parse_symbol(struct step_cursor *c)
{
	const char *at = c->text + c->at;
	size_t len = word_length(at);

	for (const char *const *s = c->names->bounds; *s; s++)
		if (strlen(*s) == len && accept(c, *s))
			return true;
	if (!len || strspn(at, "0123456789") != len)
		return false;
	c->at += len;
	return true;
}

/* vm_start or vm_end, behind the "->". */
static bool parse_member(struct step_cursor *c)
{
	size_t at = c->at;

	if ((accept(c, "vm_start") || accept(c, "vm_end")) &&
	    !word_char(c->text[c->at]))
		return true;
	c->at = at;
	return fail(c, "vm_start or vm_end");
}

static bool parse_bound(struct step_cursor *c)
{
	if (parse_symbol(c))
		return true;
	fail(c, c->names->bounds_text);
	return parse_vma(c) && expect(c, "->", "'->'") && parse_member(c);
}

static bool parse_range(struct step_cursor *c)
{
	return expect(c, "[", "'['") && parse_bound(c) &&
	       expect(c, ", ", "', '") && parse_bound(c) &&
	       expect(c, ")", "')'");
}

static bool is_part(const char *form, size_t len, const char *part)
{
	return len == strlen(part) && !strncmp(form, part, len);
}

/* Note that a part of a form could have stood at the cursor. */
static bool fail_part(struct step_cursor *c, const char *form, size_t len)
{
	char quoted[32];

	if (is_part(form, len, "%v") || is_part(form, len, "%l"))
		return fail(c, "a VMA");
	if (is_part(form, len, "%r"))
		return fail(c, "'['");
	snprintf(quoted, sizeof(quoted), "'%.*s'", (int)len, form);
	return fail(c, quoted);
}

static bool parse_part(struct step_cursor *c, const char *form, size_t len)
{
	const char *at = c->text + c->at;

	if (is_part(form, len, "%v"))
		return parse_vma(c);
	if (is_part(form, len, "%l"))
		return parse_list(c);
	if (is_part(form, len, "%r"))
		return parse_range(c);
	if (strncmp(at, form, len) || word_char(at[len]))
		return fail_part(c, form, len);
	c->at += len;
	return true;
}

static bool parse_end(struct step_cursor *c)
{
	const char *at = c->text + c->at;

	if (!*at)
		return true;
	c->at += at[0] == ' ' && at[1];
	return fail(c, "the end");
}

static bool parse_form(struct step_cursor *c, const char *form)
{
	size_t len = strcspn(form, " ");

	while (parse_part(c, form, len)) {
		form += len;
		if (!*form)
			return parse_end(c);
		form++;
		len = strcspn(form, " ");
		if (!accept(c, " "))
			return fail_part(c, form, len);
	}
	return false;
}

bool step_parse(const char *text, const struct step_names *names,
		struct step_error *error)
{
	*error = (struct step_error){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct step_cursor c = {
			.text = text,
			.names = names,
			.error = error,
		};

		if (parse_form(&c, forms[i]))
			return true;
	}
	return false;
}
