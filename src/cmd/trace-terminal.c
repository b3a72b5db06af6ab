// SPDX-License-Identifier: GPL-2.0-only
/* An interleaving, as path_print() has it, for a terminal. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"
#include "lib/memory.h"
#include "lib/text.h"

/* Where path_print() puts the writer's steps, the reader's, and what it knows. */
#define WRITER_AT 6
#define READER_AT 24
#define STATE_AT 61

/* The whole width of it, and where a narrow terminal has the reader's steps. */
#define WIDTH 80
#define NARROW_READER_AT 10

#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

static bool has(const char *line, size_t len, const char *what)
{
	return memmem(line, len, what, strlen(what));
}

/* "  7   mmap_write_lock()", "  8               6  report prev [16, 24)" */
static bool is_step(const char *line, size_t len)
{
	return len > WRITER_AT && isdigit((unsigned char)line[2]) &&
	       line[3] == ' ';
}

static bool is_writers(const char *line, size_t len)
{
	for (size_t i = WRITER_AT; i < len && i < READER_AT; i++)
		if (line[i] != ' ')
			return true;
	return false;
}

static const char *color_of_step(const char *line, size_t len)
{
	if (is_writers(line, len))
		return YELLOW;
	if (has(line, len, "hole, believed"))
		return RED;
	return has(line, len, " report ") ? BLUE : "";
}

/* "  before   |-------|------------|" */
static bool is_picture(const char *line, size_t len)
{
	return len > 2 && begins_with(line, "  ") &&
	       (has(line, len, "|---") || has(line, len, "---|") ||
		has(line, len, "|-") || has(line, len, "??"));
}

static void print_picture(FILE *out, const char *line, size_t len,
			  const struct trace_style *style)
{
	bool missing = has(line, len, "??");

	if (missing && style->color)
		fputs(RED, out);
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '-' && style->boxes)
			fputs("─", out);
		else if (line[i] == '|' && style->boxes)
			fputs("│", out);
		else if (line[i] == '?' && style->boxes)
			fputs("░", out);
		else
			fputc(line[i], out);
	}
	if (missing && style->color)
		fputs(PLAIN, out);
	fputc('\n', out);
}

/* Words from a column of a line to another, or to its end. */
static void wrap_part(FILE *out, int indent, const char *line, size_t len,
		      size_t from, size_t to)
{
	char *part __free(free) =
		xstrndup(line + from, (to < len ? to : len) - from);

	explain_wrap(out, indent, part + strspn(part, " "));
}

static void print_narrow_step(FILE *out, const char *line, size_t len)
{
	int indent = WRITER_AT;

	fprintf(out, "%.*s", WRITER_AT, line);
	if (!is_writers(line, len)) {
		fprintf(out, "%*s", NARROW_READER_AT - WRITER_AT, "");
		indent = NARROW_READER_AT;
	}
	wrap_part(out, indent, line, len, WRITER_AT, STATE_AT);
}

/* The heads of the columns, which come first, "  #   writer  reader   seq ...". */
static bool is_heads(const char *line, size_t len)
{
	return len > WRITER_AT && line[2] == '#';
}

static void print_narrow(FILE *out, const char *line, size_t len)
{
	size_t indent = strspn(line, " ");

	if (is_heads(line, len)) {
		fputs("  #   writer\n          reader\n", out);
	} else if (is_step(line, len)) {
		print_narrow_step(out, line, len);
	} else if (indent < len) {
		fprintf(out, "%*s", (int)indent, "");
		wrap_part(out, (int)indent, line, len, indent, len);
	} else {
		fputc('\n', out);
	}
}

static void print_line(FILE *out, const char *line, size_t len,
		       const struct trace_style *style)
{
	bool step = is_step(line, len);
	const char *start =
		style->color && step ? color_of_step(line, len) : "";

	if (is_picture(line, len)) {
		print_picture(out, line, len, style);
		return;
	}
	fputs(start, out);
	if (style->width < WIDTH &&
	    (step || is_heads(line, len) || len > (size_t)style->width))
		print_narrow(out, line, len);
	else
		fprintf(out, "%.*s\n", (int)len, line);
	fputs(*start ? PLAIN : "", out);
}

void trace_print(FILE *out, const char *text, const struct trace_style *style)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		print_line(out, text, len, style);
		text += len + (text[len] == '\n');
	}
}
