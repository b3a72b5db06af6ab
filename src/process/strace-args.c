// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of a call as strace prints them, from left to right. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/strace-internal.h"

bool take_wrong(struct reading_at *r, const char *error)
{
	r->error = error;
	return false;
}

bool take_text(struct reading_at *r, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(r->at, text, len))
		return false;
	r->at += len;
	return true;
}

void take_blanks(struct reading_at *r)
{
	while (*r->at == ' ')
		r->at++;
}

/* ---- numbers and flags ------------------------------------------------------ */

#define DOES_NOT_FIT                                                           \
	"a number that does not fit, expected one up to 0xffffffffffffffff"

/* The "UL" of "4096UL". */
static size_t suffix_length(const char *at)
{
	static const char *const suffixes[] = { "u",  "l",   "ul", "lu",
						"ll", "ull", "llu" };
	size_t len = isalpha((unsigned char)*at) ? strspn(at, "uUlL") : 0;

	for (size_t i = 0; len && i < ARRAY_SIZE(suffixes); i++)
		if (len == strlen(suffixes[i]) &&
		    !strncasecmp(at, suffixes[i], len))
			return len;
	return 0;
}

/* As C has it: 4096, 0x1000, 010000, 4096UL. */
static bool take_number(struct reading_at *r, uint64_t *value)
{
	bool hex = begins_with(r->at, "0x") || begins_with(r->at, "0X");
	char *end;

	if (hex && !isxdigit((unsigned char)r->at[2]))
		return take_wrong(r, "0x without digits, expected a number");
	errno = 0;
	*value = strtoull(r->at, &end, 0);
	if (errno)
		return take_wrong(r, DOES_NOT_FIT);
	r->at = end + suffix_length(end);
	return true;
}

static size_t word_length(const char *at)
{
	size_t len = 0;

	while (isalnum((unsigned char)at[len]) || at[len] == '_')
		len++;
	return len;
}

static bool take_symbol(struct reading_at *r, uint64_t *value)
{
	size_t len = word_length(r->at);

	if (!len)
		return take_wrong(r, "no argument, expected a number or flags");
	if (!symbols_find(r->at, len, value))
		return take_wrong(
			r, "an unknown word, expected a number or flags");
	r->at += len;
	return true;
}

static bool take_u64(struct reading_at *r, uint64_t *value)
{
	if (isdigit((unsigned char)*r->at))
		return take_number(r, value);
	return take_symbol(r, value);
}

/* One of several that "|" joins; "4<<MAP_HUGE_SHIFT" is one. */
static bool take_term(struct reading_at *r, uint64_t *value)
{
	bool negative = take_text(r, "-");
	uint64_t shift;

	if (!take_u64(r, value))
		return false;
	if (negative)
		*value = -*value;
	if (!take_text(r, "<<"))
		return true;
	if (!take_u64(r, &shift))
		return false;
	if (shift > 63)
		return take_wrong(r, "a shift by more than 63");
	if (!negative && *value > UINT64_MAX >> shift)
		return take_wrong(r, DOES_NOT_FIT);
	*value <<= shift;
	return true;
}

/*
 * "0x77 /" "* MADV_??? *" "/": strace says that it has no word for it; with -X verbose
 * one such comment may be in another.
 */
static const char *comment_end(const char *at)
{
	size_t depth = 0;

	while (*at) {
		bool begins = at[0] == '/' && at[1] == '*';
		bool ends = at[0] == '*' && at[1] == '/';

		at += begins || ends ? 2 : 1;
		depth += begins;
		if (ends && !--depth)
			return at;
	}
	return NULL;
}

static bool take_comment(struct reading_at *r)
{
	const char *end;

	if (!begins_with(r->at, "/*"))
		return true;
	end = comment_end(r->at);
	if (!end)
		return take_wrong(r, "a comment without an end, expected '*/'");
	r->at = end;
	take_blanks(r);
	return true;
}

bool take_value(struct reading_at *r, uint64_t *value)
{
	uint64_t term;

	*value = 0;
	do {
		take_blanks(r);
		r->at = c_after_cast(r->at);
		take_blanks(r);
		if (!take_term(r, &term))
			return false;
		*value |= term;
		take_blanks(r);
		if (!take_comment(r))
			return false;
	} while (take_text(r, "|"));
	return true;
}

uint64_t known_value(struct reading_at at)
{
	uint64_t value = 0, term;

	do {
		take_blanks(&at);
		if (take_term(&at, &term))
			value |= term;
		else
			at.at += word_length(at.at);
		take_blanks(&at);
	} while (take_comment(&at) && take_text(&at, "|"));
	return value;
}

/* ---- text -------------------------------------------------------------------- */

struct room {
	char *text;
	size_t size;
	size_t len;
};

static void put(struct room *room, char c)
{
	if (room->len + 1 < room->size)
		room->text[room->len++] = c;
}

/* A new line in a name is "\012" in maps, which shows others as they are. */
static void put_byte(struct room *room, unsigned int byte)
{
	if (byte == '\n')
		for (const char *s = "\\012"; *s; s++)
			put(room, *s);
	else if (byte)
		put(room, (char)byte);
}

static unsigned int digits_of(const char **at, unsigned int base, int most)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int value = 0;
	const char *found;

	for (int i = 0; i < most && **at; i++, (*at)++) {
		found = strchr(digits, **at);
		if (!found || (unsigned int)(found - digits) >= base)
			break;
		value = value * base + (unsigned int)(found - digits);
	}
	return value & 0xff;
}

/* What follows a backslash. */
static unsigned int unescape(const char **at)
{
	static const char from[] = "abfnrtv";
	static const char to[] = "\a\b\f\n\r\t\v";
	const char *found;

	if (**at >= '0' && **at <= '7')
		return digits_of(at, 8, 3);
	if (**at == 'x') {
		(*at)++;
		return digits_of(at, 16, 2);
	}
	if (!**at)
		return 0;
	found = strchr(from, *(*at)++);
	return (unsigned char)(found ? to[found - from] : (*at)[-1]);
}

/* Up to one of @ends, which may stand there escaped. Returns where that is. */
static const char *copy_until(struct room *room, const char *at,
			      const char *ends)
{
	while (*at && !strchr(ends, *at)) {
		if (*at == '\\') {
			at++;
			put_byte(room, unescape(&at));
		} else {
			put_byte(room, (unsigned char)*at++);
		}
	}
	room->text[room->len] = '\0';
	return at;
}

bool take_string(struct reading_at *r, char *text, size_t size)
{
	struct room room = { text, size, 0 };
	const char *end;

	if (*r->at != '"')
		return take_wrong(r, "no string, expected '\"'");
	end = copy_until(&room, r->at + 1, "\"");
	if (*end != '"')
		return take_wrong(r, "a string without an end, expected '\"'");
	r->at = end + 1;
	take_text(r, "...");
	return true;
}

/* Behind the '<' of a file; with -yy, "<char 1:5>" may be nested in it. */
static const char *file_end(const char *at)
{
	unsigned int depth = 1;

	for (; *at; at++) {
		if (*at == '<')
			depth++;
		else if (*at == '>' && !--depth)
			return at;
	}
	return NULL;
}

static bool take_file(struct reading_at *r, char *text, size_t size)
{
	static const char deleted[] = " (deleted)";
	const char *end = file_end(r->at);
	struct room room = { text, size - sizeof(deleted), 0 };

	if (!end)
		return take_wrong(r, "a file without an end, expected '>'");
	copy_until(&room, r->at, "<>");
	r->at = end + 1;
	if (take_text(r, deleted + 1))
		strcpy(text + room.len, deleted);
	return true;
}

bool take_fd(struct reading_at *r, char *text, size_t size, const char **path)
{
	uint64_t fd;

	*path = NULL;
	if (!take_term(r, &fd))
		return false;
	/* An int: with -1 and no file, the flags say that there is none. */
	if ((int)fd < 0)
		return true;
	*path = text;
	if (take_text(r, "<"))
		return take_file(r, text, size);
	strcpy(text, "file of an unknown name");
	return true;
}

/* ---- what is of no interest ---------------------------------------------------- */

static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : NULL;
}

/* "3</a/path>", but neither "4<<SHIFT" nor the arrow of "{...} => {...}". */
static bool begins_file(const char *at, const char *start)
{
	return *at == '<' && at > start && at[1] != '<' && at[-1] != '<' &&
	       isalnum((unsigned char)at[-1]);
}

/* Behind what stands at @at: one character, or a whole string, file, comment. */
static const char *skip_one(const char *at, const char *start)
{
	const char *end;

	if (*at == '"')
		return skip_string(at);
	if (at[0] == '/' && at[1] == '*')
		return comment_end(at);
	if (!begins_file(at, start))
		return at + 1;
	end = file_end(at + 1);
	return end ? end + 1 : NULL;
}

/* Up to a ')', or a ',' if @comma, that is in no brackets. */
static bool skip_to_end(struct reading_at *r, bool comma)
{
	const char *at = r->at;
	unsigned int depth = 0;

	while (at && *at) {
		if (!depth && (*at == ')' || (comma && *at == ','))) {
			r->at = at;
			return true;
		}
		if (strchr("([{", *at))
			depth++;
		else if (strchr(")]}", *at) && depth)
			depth--;
		at = skip_one(at, r->at);
	}
	return take_wrong(r, "a call without an end, expected ')'");
}

bool take_any(struct reading_at *r)
{
	return skip_to_end(r, true);
}

bool take_rest(struct reading_at *r)
{
	if (!skip_to_end(r, false))
		return false;
	r->at++;
	return true;
}
