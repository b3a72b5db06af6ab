// SPDX-License-Identifier: GPL-2.0-only
/* A line of strace: who it is about, and what kind of line it is. */
#include <ctype.h>
#include <string.h>

#include "lib/text.h"
#include "process/strace-internal.h"

/* The kernel's PID_MAX_LIMIT: a number above it is a time. */
#define PID_MOST (4u << 20)

/* ---- what stands before a call -------------------------------------------------- */

static const char *skip_spaces(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

/*
 * Quotes of mails, and numbers that grep -n puts before lines: "> 7:12 mmap(".
 * "12:34:56 mmap(" begins with a time.
 */
static const char *skip_quotes(const char *line)
{
	const char *at = line, *digits, *number;

	while (*at == '>')
		at += at[1] == ' ' ? 2 : 1;
	number = skip_spaces(at);
	digits = number + strspn(number, "0123456789");
	if (digits > number && *digits == ':' &&
	    digits[1 + strspn(digits + 1, "0123456789")] != ':')
		return digits + 1;
	return at;
}

/* "<name>" behind a PID, as -Y writes it. */
static const char *skip_comm(const char *at)
{
	const char *end = *at == '<' ? strchr(at, '>') : NULL;

	return end ? end + 1 : at;
}

/* The PID of "[pid 12]" or of "12 ". Returns @at if there is none. */
static const char *skip_pid(const char *at, pid_t *pid)
{
	bool bracket = begins_with(at, "[pid ");
	const char *from = bracket ? skip_spaces(at + 5) : at;
	const char *end = from + strspn(from, "0123456789");
	const char *behind = skip_comm(end);
	uint64_t number;

	if (*behind != (bracket ? ']' : ' ') ||
	    !take_digits(from, end, 10, &number) || !number ||
	    number > PID_MOST)
		return at;
	*pid = (pid_t)number;
	return behind + 1;
}

/* "12:34:56", "1700000000.123456", "0.000012" */
static const char *skip_time(const char *at)
{
	size_t len = strspn(at, "0123456789:.");

	return len && at[len] == ' ' ? at + len : at;
}

/* "(+     0.000012)" */
static const char *skip_relative(const char *at)
{
	const char *end;

	if (!begins_with(at, "(+"))
		return at;
	end = at + 2 + strspn(at + 2, " .0123456789");
	return *end == ')' ? end + 1 : at;
}

/* "[  59]" of -n, "[00007f5584242c47]" and "[????????????????]" of -i */
static const char *skip_brackets(const char *at)
{
	const char *end;

	if (*at != '[')
		return at;
	end = at + 1 + strspn(at + 1, " ?0123456789abcdef");
	return *end == ']' ? end + 1 : at;
}

static const char *skip_stamps(const char *at)
{
	const char *from;

	do {
		from = at;
		at = skip_brackets(skip_relative(skip_time(skip_spaces(at))));
	} while (at != from);
	return skip_spaces(at);
}

/* ---- kinds of lines ---------------------------------------------------------------- */

static size_t name_length(const char *at)
{
	size_t len = 0;

	while (isalnum((unsigned char)at[len]) || at[len] == '_')
		len++;
	return len;
}

static void split_resumed(struct strace_line *l)
{
	size_t len = name_length(l->text + 5);
	const char *behind = l->text + 5 + len;

	if (!len || !begins_with(behind, " resumed>"))
		return;
	l->kind = LINE_RESUMED;
	l->name = l->text + 5;
	l->name_len = len;
	l->text = behind + strlen(" resumed>");
}

static void split_call(struct strace_line *l)
{
	size_t len = name_length(l->text);

	if (!len || l->text[len] != '(')
		return;
	l->kind = LINE_CALL;
	l->name = l->text;
	l->name_len = len;
}

/* "+++ superseded by execve in pid 12 +++" */
static void split_superseded(struct strace_line *l)
{
	const char *from = l->text + strlen("+++ superseded by execve in pid ");
	const char *end = from + strspn(from, "0123456789");
	uint64_t number;

	if (!take_digits(from, end, 10, &number) || number > PID_MOST)
		return;
	l->kind = LINE_SUPERSEDED;
	l->by = (pid_t)number;
}

static const struct {
	const char *begin;
	enum line_kind kind;
	void (*split)(struct strace_line *l);
} kinds[] = {
	{ "--- ", LINE_NOTE, NULL },
	{ "+++ exited with ", LINE_EXIT, NULL },
	{ "+++ killed by ", LINE_EXIT, NULL },
	{ "+++ superseded by execve in pid ", LINE_BAD, split_superseded },
	{ "<... ", LINE_BAD, split_resumed },
	{ "#", LINE_NOTE, NULL }, /* ftrace's heading */
	{ "strace: ", LINE_NOTE, NULL },
	{ "[ Process PID=", LINE_NOTE, NULL }, /* "runs in 32 bit mode. ]" */
	{ "Process ", LINE_NOTE, NULL },
	{ "????", LINE_NOTE, NULL },
	{ "<unfinished ...>", LINE_NOTE, NULL },
	{ "<detached ...>", LINE_NOTE, NULL },
	{ "", LINE_BAD, split_call },
};

void strace_split(struct strace_line *l, const char *line)
{
	size_t i = 0;

	*l = (struct strace_line){ .kind = LINE_NOTE };
	line = skip_quotes(line);
	if (!line[strspn(line, " \t")])
		return;
	if (*line == ' ' || *line == '\t') {
		line += strspn(line, " \t");
		if (begins_with(line, "> ")) {
			l->kind = LINE_STACK;
			l->text = line + 2;
			return;
		}
	}
	l->text = skip_stamps(skip_pid(line, &l->pid));
	while (!begins_with(l->text, kinds[i].begin))
		i++;
	l->kind = kinds[i].kind;
	if (kinds[i].split)
		kinds[i].split(l);
}
