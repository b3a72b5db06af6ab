// SPDX-License-Identifier: GPL-2.0-only
#include "emit/rst-internal.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

#include <ctype.h>
#include <err.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <wchar.h>

/*
 * Two characters that never reach the output stand for something in a line
 * until it is known where the line is broken.
 */
#define STAY '\x01'  /* a space where no line may be broken */
#define GUARD '\x02' /* a backslash if what follows begins a line */

enum {
	WIDTH_PAGE = 80,
	MAX_DEPTH = 8,
	STEP_DIRECTIVE = 3,
	STEP_LITERAL = 2,
	NO_END = 1 << 20, /* for a line that must not be broken */
};

enum rst_state {
	IN_BLOCKS,
	IN_TITLE,
	IN_PARAGRAPH,
	IN_OPTION,
};

/**
 * struct rst - a page
 * @out: where to
 * @width: where lines are broken
 * @indents: of the blocks that enclose one another
 * @depth: how many
 * @begun: something was written
 * @in_list: items are not separated
 * @in_item: the first item of the list has begun
 * @state: what was opened
 * @level: of the open title
 * @line: the open text
 * @text: what is in it
 * @size: how much that is
 */
struct rst {
	FILE *out;
	int width;
	int indents[MAX_DEPTH];
	int depth;
	bool begun;
	bool in_list;
	bool in_item;
	enum rst_state state;
	int level;
	FILE *line;
	char *text;
	size_t size;
};

struct rst *rst_new(FILE *out)
{
	struct rst *w = xcalloc(1, sizeof(*w));

	w->out = out;
	w->width = WIDTH_PAGE;
	return w;
}

void rst_free(struct rst *w)
{
	free(w);
}

void rst_set_width(struct rst *w, int width)
{
	w->width = width;
}

/* ---- characters ---------------------------------------------------------- */

unsigned int rst_decode(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	int more = *s < 0xc0 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
	unsigned int c = more ? *s & (0x3f >> more) : *s;

	for (s++; more > 0 && (*s & 0xc0) == 0x80; more--)
		c = c << 6 | (*s++ & 0x3f);
	*text = (const char *)s;
	return c;
}

static locale_t utf8;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static int libc_width(unsigned int c)
{
	static once_flag once = ONCE_FLAG_INIT;
	locale_t old;
	int width;

	call_once(&once, make_locale);
	if (!utf8)
		return 1;
	old = uselocale(utf8);
	width = wcwidth((wchar_t)c);
	uselocale(old);
	return width;
}

/*
 * In a table docutils takes wide characters of East Asia for two columns and
 * all others for one. It is at odds with itself over those that combine with
 * the one before, so these do not belong in a table.
 */
int rst_char_width(unsigned int c)
{
	return c >= 0x300 && libc_width(c) == 2 ? 2 : 1;
}

/* ---- text in a line ------------------------------------------------------ */

static bool begins_with_one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (begins_with(s, *list))
			return true;
	return false;
}

/* What docutils takes for the end of a line, and we for white space. */
static bool is_space(const char *s)
{
	static const char *const separators[] = { "\xc2\x85", "\xe2\x80\xa8",
						  "\xe2\x80\xa9", NULL };

	return (unsigned char)*s <= ' ' || begins_with_one_of(s, separators);
}

static const char *skip_space(const char *s)
{
	while (*s && is_space(s))
		rst_decode(&s);
	return s;
}

/* The full stop or parenthesis in what could be the number of a list: "1.",
 * "iv)". Returns NULL if it is none.
 */
static const char *enumerator_end(const char *word)
{
	size_t digits = strspn(word, "0123456789");
	size_t roman = strspn(word, "ivxlcdmIVXLCDM");
	size_t letter = isalpha((unsigned char)*word) ? 1 : 0;
	size_t lengths[] = { digits, roman, letter };

	for (size_t i = 0; i < 3; i++) {
		const char *end = word + lengths[i];

		if (lengths[i] && (*end == '.' || *end == ')') &&
		    (!end[1] || is_space(end + 1)))
			return end;
	}
	return NULL;
}

/* Characters that mean something wherever they are. An underscore does not if
 * the word goes on behind it.
 */
static bool is_markup(const char *s, bool after_colon)
{
	if (*s == '_')
		return !isalnum((unsigned char)s[1]);
	if (*s == ':')
		return after_colon || s[1] == ':';
	return strchr("\\*`|", *s);
}

/* Whether a character may mean something at the beginning of a line. Ranges
 * such as "[16, 24)" are common and harmless.
 */
static bool is_line_markup(const char *s)
{
	static const char *const bullets[] = { "\xe2\x80\xa2", "\xe2\x80\xa3",
					       "\xe2\x81\x83", NULL };

	if (*s == '[')
		return !isdigit((unsigned char)s[1]);
	return ispunct((unsigned char)*s) || begins_with_one_of(s, bullets);
}

/* A word, with a guard before what would mean something at the beginning of a
 * line. Returns what follows it.
 */
static const char *put_word(FILE *line, const char *s)
{
	const char *number = enumerator_end(s);
	const char *start = s;

	/* A line of nothing but backslashes would be a rule. */
	if (*s == '\\')
		fprintf(line, "\\%c", STAY);
	for (; *s && !is_space(s); s++) {
		if (is_markup(s, s > start && s[-1] == ':'))
			fputc('\\', line);
		else if (s == number || (s == start && is_line_markup(s)))
			fputc(GUARD, line);
		fputc(*s, line);
	}
	return s;
}

void rst_text(FILE *line, const char *text)
{
	if (*text && is_space(text))
		fputc(' ', line);
	text = skip_space(text);
	while (*text) {
		text = put_word(line, text);
		if (*text)
			fputc(' ', line);
		text = skip_space(text);
	}
}

/* Code that begins or ends with these would not be taken for code. */
static bool can_be_code(const char *text)
{
	size_t length = strlen(text);

	return length && !strchr(" `", text[0]) &&
	       !strchr(" `\\", text[length - 1]) && !strstr(text, "``");
}

void rst_code(FILE *line, const char *text)
{
	if (!can_be_code(text)) {
		rst_text(line, text);
		return;
	}
	fputs("``", line);
	while (*text) {
		if (!is_space(text)) {
			fputc(*text++, line);
			continue;
		}
		fputc(STAY, line);
		rst_decode(&text);
	}
	fputs("``", line);
}

void rst_ref(FILE *line, const char *label, const char *text)
{
	if (text)
		fprintf(line, ":ref:`%s <%s>`", text, label);
	else
		fprintf(line, ":ref:`%s`", label);
}

void rst_function(FILE *line, const char *name)
{
	fprintf(line, ":c:func:`!%s`", name);
}

/* ---- lines --------------------------------------------------------------- */

static int indent_of(const struct rst *w)
{
	int indent = 0;

	for (int i = 0; i < w->depth; i++)
		indent += w->indents[i];
	return indent;
}

static void print_indent(struct rst *w)
{
	fprintf(w->out, "%*s", indent_of(w), "");
}

static void begin_block(struct rst *w)
{
	if (w->begun)
		fputc('\n', w->out);
	w->begun = true;
}

static void print_rule(struct rst *w, char c, int length)
{
	for (int i = 0; i < length; i++)
		fputc(c, w->out);
	fputc('\n', w->out);
}

/* The width of a word up to the next space. */
static int word_width(const char *s)
{
	int width = 0;

	while (*s && *s != ' ') {
		if (*s == GUARD)
			s++;
		else
			width += rst_char_width(rst_decode(&s));
	}
	return width;
}

/* Prints a word and returns what follows it. Behind code or a role no guard is
 * needed: the line begins with that.
 */
static const char *print_word(struct rst *w, const char *s, bool begins_line)
{
	const char *start = s;

	for (; *s && *s != ' '; s++) {
		if (*s == STAY)
			fputc(' ', w->out);
		else if (*s != GUARD)
			fputc(*s, w->out);
		else if (begins_line && !(s > start && s[-1] == '`'))
			fputc('\\', w->out);
	}
	return s;
}

/* The open text, from a column on, in lines that end before another column. */
static void print_filled(struct rst *w, int indent, int column, int end)
{
	const char *s = w->text + strspn(w->text, " ");
	bool begins_line = true;

	while (*s) {
		int width = word_width(s);

		if (!begins_line && column + 1 + width > end) {
			fprintf(w->out, "\n%*s", indent, "");
			column = indent;
			begins_line = true;
		}
		if (!begins_line)
			column += fputc(' ', w->out) == ' ';
		s = print_word(w, s, begins_line);
		s += strspn(s, " ");
		column += width;
		begins_line = false;
	}
	fputc('\n', w->out);
}

/* ---- blocks of text ------------------------------------------------------ */

static FILE *open_text(struct rst *w, enum rst_state state)
{
	w->state = state;
	w->line = stream_open(&w->text, &w->size);
	return w->line;
}

FILE *rst_open(struct rst *w)
{
	begin_block(w);
	print_indent(w);
	return open_text(w, IN_PARAGRAPH);
}

static FILE *rst_open_title(struct rst *w, int level)
{
	begin_block(w);
	w->level = level;
	return open_text(w, IN_TITLE);
}

static int title_width(const char *text)
{
	/* A shorter rule than this would be taken for text. */
	enum { SHORTEST = 4 };
	int width = 0;
	bool begins_line = true;

	for (text += strspn(text, " "); *text;) {
		if (*text == ' ') {
			begins_line = false;
			text += strspn(text, " ");
			width += !!*text;
		} else if (*text == GUARD && !begins_line) {
			text++;
		} else {
			width += rst_char_width(rst_decode(&text));
		}
	}
	return width < SHORTEST ? SHORTEST : width;
}

static void close_title(struct rst *w)
{
	static const char rules[] = "==-~^";
	int width = title_width(w->text);

	if (w->level == 0)
		print_rule(w, rules[0], width);
	print_filled(w, 0, 0, NO_END);
	print_rule(w, rules[w->level], width);
}

void rst_close(struct rst *w)
{
	int indent = indent_of(w);

	stream_close(w->line);
	if (w->state == IN_TITLE)
		close_title(w);
	else if (w->state == IN_OPTION)
		print_filled(w, indent, indent, NO_END);
	else
		print_filled(w, indent, indent, w->width);
	free(w->text);
	w->state = IN_BLOCKS;
}

void rst_title(struct rst *w, int level, const char *text)
{
	rst_text(rst_open_title(w, level), text);
	rst_close(w);
}

/* The end of a paragraph: a line with nothing in it, or that of all. */
static const char *paragraph_end(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n' && s[1 + strspn(s + 1, " \t\r")] == '\n')
			return s;
	}
	return s;
}

const char *rst_next_paragraph(const char *text, const char **end)
{
	text = skip_space(text);
	*end = paragraph_end(text);
	return *text ? text : NULL;
}

/* ---- other blocks -------------------------------------------------------- */

void rst_label(struct rst *w, const char *fmt, ...)
{
	char *label __free(free) = VARGS_PRINTED(fmt);

	begin_block(w);
	print_indent(w);
	fprintf(w->out, ".. _%s:\n", label);
}

void rst_comment(struct rst *w, const char *fmt, ...)
{
	char *text __free(free) = VARGS_PRINTED(fmt);

	begin_block(w);
	print_indent(w);
	fprintf(w->out, ".. %s\n", text);
}

/* Text that means nothing to docutils, from a column on. */
static void fill_plain(struct rst *w, const char *text, int indent, int column)
{
	fputs(text, open_text(w, IN_PARAGRAPH));
	stream_close(w->line);
	print_filled(w, indent, column, w->width);
	free(w->text);
	w->state = IN_BLOCKS;
}

void rst_long_comment(struct rst *w, const char *text)
{
	int indent = indent_of(w) + STEP_DIRECTIVE;

	begin_block(w);
	print_indent(w);
	fputs(".. ", w->out);
	fill_plain(w, text, indent, indent);
}

static void print_lines(struct rst *w, const char *text, int indent)
{
	while (*text) {
		int length = (int)strcspn(text, "\n");

		if (length)
			fprintf(w->out, "%*s%.*s", indent, "", length, text);
		fputc('\n', w->out);
		text += length;
		text += *text == '\n';
	}
}

void rst_raw(struct rst *w, const char *text)
{
	begin_block(w);
	print_lines(w, text, indent_of(w));
}

void rst_literal(struct rst *w, const char *text)
{
	begin_block(w);
	print_indent(w);
	fputs("::\n\n", w->out);
	print_lines(w, text, indent_of(w) + STEP_LITERAL);
}

static void begin_inner(struct rst *w, int step)
{
	if (w->depth == MAX_DEPTH)
		errx(2, "blocks are nested too deeply");
	w->indents[w->depth++] = step;
}

void rst_end(struct rst *w)
{
	w->depth--;
}

void rst_begin_list(struct rst *w)
{
	w->in_list = true;
	w->in_item = false;
}

void rst_end_list(struct rst *w)
{
	w->in_list = false;
}

FILE *rst_open_item(struct rst *w, const char *fmt, ...)
{
	char *marker __free(free) = VARGS_PRINTED(fmt);

	if (!w->in_list || !w->in_item)
		begin_block(w);
	w->in_item = true;
	print_indent(w);
	fputs(marker, w->out);
	begin_inner(w, (int)strlen(marker));
	return open_text(w, IN_PARAGRAPH);
}

void rst_close_item(struct rst *w)
{
	rst_close(w);
	rst_end(w);
}

/* What follows a colon; no line ends in white space. */
static void print_value(struct rst *w, const char *value)
{
	fprintf(w->out, "%s%s\n", *value ? " " : "", value);
}

void rst_directive(struct rst *w, const char *name, const char *fmt, ...)
{
	char *value __free(free) = VARGS_PRINTED(fmt);

	begin_block(w);
	print_indent(w);
	fprintf(w->out, ".. %s::", name);
	print_value(w, value);
	begin_inner(w, STEP_DIRECTIVE);
}

void rst_option(struct rst *w, const char *name, const char *fmt, ...)
{
	char *value __free(free) = VARGS_PRINTED(fmt);

	print_indent(w);
	fprintf(w->out, ":%s:", name);
	print_value(w, value);
}

void rst_long_option(struct rst *w, const char *name, const char *text)
{
	int indent = indent_of(w);

	print_indent(w);
	fprintf(w->out, ":%s: ", name);
	fill_plain(w, text, indent + STEP_LITERAL,
		   indent + (int)strlen(name) + 3);
}

FILE *rst_open_option(struct rst *w, const char *name)
{
	print_indent(w);
	fprintf(w->out, ":%s: ", name);
	return open_text(w, IN_OPTION);
}

void rst_paragraph(struct rst *w, const char *text)
{
	rst_text(rst_open(w), text);
	rst_close(w);
}
