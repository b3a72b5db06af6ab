// SPDX-License-Identifier: GPL-2.0-only
/* Text that may be anything, on a terminal. */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"

#define ESCAPED 4 /* columns of \ooo */

/* What is printed in one piece: a character, or a byte that is none. */
struct glyph {
	size_t bytes;
	size_t columns;
	bool printable;
};

/* Characters of East Asia, and pictures: terminals give them two columns. */
static bool is_wide(uint32_t c)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} wide[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },
		{ 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wide); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return true;
	return false;
}

static struct glyph glyph_at(const char *at, size_t left)
{
	uint32_t c;
	size_t bytes = utf8_char(at, left, &c);

	if (!bytes)
		return (struct glyph){ 1, ESCAPED, false };
	if (!utf8_printable(c))
		return (struct glyph){ bytes, bytes * ESCAPED, false };
	return (struct glyph){ bytes, is_wide(c) ? 2 : 1, true };
}

static void print_glyph(FILE *out, const char *at, const struct glyph *g)
{
	if (g->printable)
		fwrite(at, 1, g->bytes, out);
	for (size_t i = 0; i < g->bytes && !g->printable; i++)
		fprintf(out, "\\%03o", (unsigned char)at[i]);
}

/* Returns how many columns were taken. */
static size_t print_from(FILE *out, const char *bytes, size_t len, size_t from,
			 size_t to)
{
	size_t column = 0, printed = 0;

	for (size_t i = 0; i < len;) {
		const struct glyph g = glyph_at(bytes + i, len - i);

		if (column >= from && column + g.columns <= to) {
			print_glyph(out, bytes + i, &g);
			printed += g.columns;
		}
		column += g.columns;
		i += g.bytes;
	}
	return printed;
}

static size_t columns_of(const char *bytes, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		const struct glyph g = glyph_at(bytes + i, len - i);

		columns += g.columns;
		i += g.bytes;
	}
	return columns;
}

size_t text_print_bytes(FILE *out, const char *bytes, size_t len, size_t max)
{
	static const char dots[] = "...";
	const size_t nr_dots = sizeof(dots) - 1;
	size_t all = columns_of(bytes, len), head, tail, printed;

	if (!max || all <= max)
		return print_from(out, bytes, len, 0, all);
	if (max <= nr_dots)
		return print_from(out, dots, nr_dots, 0, max);
	head = (max - nr_dots) / 2;
	tail = max - nr_dots - head;
	printed = print_from(out, bytes, len, 0, head);
	fputs(dots, out);
	return printed + nr_dots + print_from(out, bytes, len, all - tail, all);
}

size_t text_print(FILE *out, const char *name, size_t max)
{
	return text_print_bytes(out, name, strlen(name), max);
}

void text_print_list(FILE *out, const char *const *names, size_t nr,
		     const char *between)
{
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%s%s", i ? between : "", names[i]);
}

bool text_listed(const char *const *names, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

void text_print_item(FILE *out, const char **before, const char *text,
		     const char *between)
{
	fprintf(out, "%s%s", *before, text);
	*before = between;
}

int text_widest_line(const char *text)
{
	int widest = 0;

	while (*text) {
		int len = (int)strcspn(text, "\n");

		if (len > widest)
			widest = len;
		text += len + (text[len] == '\n');
	}
	return widest;
}

/* What text_wrap() prints, and the column where it is. */
struct paragraph {
	FILE *out;
	int indent;
	int end;
	int column;
	const char *aside; /* NULL if there is none, or it is out */
};

static void end_line(struct paragraph *p)
{
	if (p->aside)
		fprintf(p->out, "%*s%s", p->end + 2 - p->column, "", p->aside);
	p->aside = NULL;
	fputc('\n', p->out);
}

/* A word that is too long to be indented begins where it just fits. */
static int indent_for(const struct paragraph *p, int len)
{
	if (p->indent + len <= p->end)
		return p->indent;
	return len < p->end ? p->end - len : 0;
}

static void put_word(struct paragraph *p, const char *word, int len)
{
	int space = p->column > p->indent;

	if (p->column + space + len > p->end &&
	    p->column > indent_for(p, len)) {
		end_line(p);
		p->column = indent_for(p, len);
		fprintf(p->out, "%*s", p->column, "");
	} else if (p->column > p->indent) {
		fputc(' ', p->out);
		p->column++;
	}
	fprintf(p->out, "%.*s", len, word);
	p->column += len;
}

void text_wrap(FILE *out, const char *text, int indent, int end,
	       const char *aside)
{
	struct paragraph p = { out, indent, end, indent, aside };

	while (*text) {
		int len = (int)strcspn(text, " \n");

		put_word(&p, text, len);
		text += len;
		text += strspn(text, " \n");
	}
	end_line(&p);
}

void text_color(FILE *out, const char *text, const char *color,
		const char *plain)
{
	while (*text) {
		int len = (int)strcspn(text, "\n");

		fprintf(out, "%s%.*s%s\n", color, len, text,
			*color ? plain : "");
		text += len;
		text += *text == '\n';
	}
}
