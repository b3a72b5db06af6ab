// SPDX-License-Identifier: GPL-2.0-only
/* An interleaving, as path_print() has it, for a terminal that has more than ASCII. */
#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"

/* Where path_print() puts the writer's steps and the reader's. */
#define WRITER_AT 6
#define READER_AT 24

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

static const char *color_of_step(const char *line, size_t len)
{
	for (size_t i = WRITER_AT; i < len && i < READER_AT; i++)
		if (line[i] != ' ')
			return YELLOW;
	if (has(line, len, "hole, believed"))
		return RED;
	return has(line, len, " report ") ? BLUE : "";
}

/* "  before   |-------|------------|" */
static bool is_picture(const char *line, size_t len)
{
	return len > 2 && !strncmp(line, "  ", 2) &&
	       (has(line, len, "|---") || has(line, len, "---|") ||
		has(line, len, "|-") || has(line, len, "??"));
}

static void print_picture(FILE *out, const char *line, size_t len, bool color)
{
	bool missing = has(line, len, "??");

	if (missing && color)
		fputs(RED, out);
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '-')
			fputs("─", out);
		else if (line[i] == '|')
			fputs("│", out);
		else if (line[i] == '?')
			fputs("░", out);
		else
			fputc(line[i], out);
	}
	if (missing && color)
		fputs(PLAIN, out);
}

static void print_line(FILE *out, const char *line, size_t len, bool color)
{
	const char *start = "";

	if (is_picture(line, len)) {
		print_picture(out, line, len, color);
		return;
	}
	if (color && is_step(line, len))
		start = color_of_step(line, len);
	fprintf(out, "%s%.*s%s", start, (int)len, line, *start ? PLAIN : "");
}

void trace_print(FILE *out, const char *text, bool color)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		print_line(out, text, len, color);
		fputc('\n', out);
		text += len + (text[len] == '\n');
	}
}
