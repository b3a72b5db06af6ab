// SPDX-License-Identifier: GPL-2.0-only
#include "emit/rst-page.h"
#include "lib/memory.h"

#include "lib/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

/* ---- pages --------------------------------------------------------------- */

struct rst *rst_page_new(const struct rst_pages *pages, const char *name)
{
	struct rst *w = rst_new(files_add(pages->files, "%s.rst", name));

	rst_comment(w, "SPDX-License-Identifier: GPL-2.0");
	return w;
}

/* The command that writes the same page. */
static void put_command(FILE *out, const struct rst_pages *pages)
{
	fputs("vmatlas emit rst --flavour ", out);
	fputs(pages->flavour == RST_KERNEL ? "kernel" : "sphinx", out);
	if (pages->set->rules != rules_for("latest"))
		fprintf(out, " --rules %s", pages->set->rules->version);
	if (pages->opts->terms)
		fprintf(out, " --terms %s", pages->opts->terms);
}

static void kernel_note(struct rst *w, const struct rst_pages *pages,
			const char *sources)
{
	struct buffer b;

	fprintf(buffer_open(&b),
		"NOTE: This document was auto-generated from %s by \"",
		sources);
	put_command(b.out, pages);
	fputs("\". Edit the catalogue instead.", b.out);
	rst_long_comment(w, buffer_text(&b));
	free(b.text);
}

void rst_page_note_source(struct rst *w, const struct rst_pages *pages,
			  const char *sources)
{
	if (pages->flavour == RST_KERNEL) {
		kernel_note(w, pages, sources);
		return;
	}
	rst_comment(
		w,
		"NOTE: This document was auto-generated from %s by\n"
		"   \"vmatlas emit rst --flavour sphinx\". Edit the catalogue instead.",
		sources);
}

void rst_page_position(struct rst *w, const struct srcpos *pos)
{
	rst_comment(w, "From %s:%u", base_name(pos->file), pos->line);
}

/* ---- functions in text --------------------------------------------------- */

/*
 * Before a role docutils wants white space or one of these, and after it
 * anything that does not go on with the word.
 */
static bool may_begin_role(const char *text, const char *at)
{
	return at == text || isspace((unsigned char)at[-1]) ||
	       strchr("(\"'-/:<[{", at[-1]);
}

static bool may_end_role(char c)
{
	return !c || isspace((unsigned char)c) || strchr(".,:;!?')]}/\"-", c);
}

static size_t identifier_length(const char *s)
{
	size_t length = 0;

	if (!isalpha((unsigned char)*s) && *s != '_')
		return 0;
	while (isalnum((unsigned char)s[length]) || s[length] == '_')
		length++;
	return length;
}

/* The first "name()" in a text, or NULL, and how long the name is. */
static const char *find_function(const char *text, size_t *length)
{
	for (const char *s = text; *s; s += *length ? *length : 1) {
		*length = identifier_length(s);
		if (*length && begins_with(s + *length, "()") &&
		    may_begin_role(text, s) && may_end_role(s[*length + 2]))
			return s;
	}
	return NULL;
}

static void put_part(FILE *line, const char *from, size_t length,
		     void (*put)(FILE *line, const char *text))
{
	char *part __free(free) = xstrndup(from, length);

	put(line, part);
}

void rst_page_text(const struct rst_pages *pages, FILE *line, const char *text)
{
	const char *function;
	size_t length;

	while (pages->flavour == RST_KERNEL &&
	       (function = find_function(text, &length))) {
		put_part(line, text, (size_t)(function - text), rst_text);
		put_part(line, function, length, rst_function);
		text = function + length + 2;
	}
	rst_text(line, text);
}

void rst_page_function(const struct rst_pages *pages, FILE *line,
		       const char *name)
{
	size_t length = identifier_length(name);
	bool plain = !length || (name[length] && strcmp(name + length, "()"));

	if (plain || pages->flavour != RST_KERNEL)
		rst_code(line, name);
	else
		put_part(line, name, length, rst_function);
}

void rst_page_paragraphs(const struct rst_pages *pages, struct rst *w,
			 const char *text)
{
	const char *end;

	while ((text = rst_next_paragraph(text, &end))) {
		char *paragraph __free(free) =
			xstrndup(text, (size_t)(end - text));

		rst_page_text(pages, rst_open(w), paragraph);
		rst_close(w);
		text = end;
	}
}

/* ---- parts of a case ----------------------------------------------------- */

void rst_page_heading(const struct rst_pages *pages, struct rst *w, int level,
		      const char *text)
{
	FILE *line;

	if (pages->flavour == RST_SPHINX) {
		rst_title(w, level, text);
		return;
	}
	line = rst_open(w);
	rst_text(line, text);
	fputc(':', line);
	rst_close(w);
}

void rst_page_command(struct rst *w, const char *fmt, ...)
{
	char *command __free(free) = VARGS_PRINTED(fmt);

	/* Long as it is, it may be broken into lines. */
	fprintf(rst_open(w), "Shown by ``%s``.", command);
	rst_close(w);
}

/* ---- fields -------------------------------------------------------------- */

FILE *rst_page_open_field(struct rst *w, const char *name)
{
	return rst_open_item(w, ":%s: ", name);
}
