// SPDX-License-Identifier: GPL-2.0-only
#include "emit/dot.h"

#include <limits.h>
#include <string.h>

/* ---- colours ------------------------------------------------------------- */

/* Light and dark shades of the colours of Okabe and Ito, which people who see
 * colours differently can tell apart.
 */
static const struct tint tint_prev = { "prev", "#bfe0f5", "#0072b2" };
static const struct tint tint_middle = { "middle", "#fbdfa6", "#a86400" };
static const struct tint tint_next = { "next", "#b9e6d8", "#00795a" };
static const struct tint tint_created = { "new", "#efd0e2", "#9c4c79" };
static const struct tint tint_other = { "other", "#e9e9e9", "#6b6b6b" };

/* In a split that is only a part, too; and all that munmap() takes is alike. */
const struct tint *dot_tint(const struct report *r, vma_id id)
{
	const struct report_role *found = report_role(r, id);
	enum role role = found ? found->role : ROLE_NONE;
	const struct kcall *kcall = r->kcall;

	if (!kcall)
		return &tint_other;
	if (id == kcall->created || role == ROLE_CREATE)
		return &tint_created;
	if (id == kcall->middle ||
	    (kcall->kind == KCALL_REMOVE && role == ROLE_DELETE))
		return &tint_middle;
	if (id == kcall->prev)
		return &tint_prev;
	return id == kcall->next ? &tint_next : &tint_other;
}

const struct tint *dot_tint_of_name(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (!strcmp(r->roles[i].name, name))
			return dot_tint(r, r->roles[i].vma);
	return &tint_other;
}

/* ---- text ---------------------------------------------------------------- */

/* A backslash would begin an escape such as "\N", here too. */
void dot_html(FILE *out, const char *text)
{
	static const char *const escapes[UCHAR_MAX + 1] = {
		['&'] = "&amp;",  ['<'] = "&lt;",  ['>'] = "&gt;",
		['"'] = "&quot;", ['\\'] = "\\\\",
	};

	for (; *text; text++) {
		const char *escape = escapes[(unsigned char)*text];

		if (escape)
			fputs(escape, out);
		else
			fputc(*text, out);
	}
}

void dot_grey(FILE *out, const char *text)
{
	fputs("<FONT COLOR=\"" DOT_GREY "\">", out);
	dot_html(out, text);
	fputs("</FONT>", out);
}

void dot_named_range(FILE *out, const char *name, unsigned long start,
		     unsigned long end)
{
	fputs("<B>", out);
	dot_html(out, name);
	fprintf(out, "</B><BR/>[%lu, %lu)", start, end);
}

static void quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* ---- cells --------------------------------------------------------------- */

void dot_open_cell(FILE *out, int columns, const struct dot_look *look)
{
	fprintf(out, "<TD COLSPAN=\"%d\" HEIGHT=\"%d\"", columns, look->height);
	if (look->border)
		fprintf(out, " BORDER=\"%d\" COLOR=\"%s\"", look->border,
			look->line);
	if (look->style)
		fprintf(out, " STYLE=\"%s\"", look->style);
	if (look->fill)
		fprintf(out, " BGCOLOR=\"%s\"", look->fill);
	fputc('>', out);
}

void dot_close_cell(FILE *out)
{
	fputs("</TD>\n", out);
}

void dot_skip(FILE *out, int columns, int height, bool guide)
{
	fputs("<TD", out);
	if (columns > 1)
		fprintf(out, " COLSPAN=\"%d\"", columns);
	fprintf(out, " HEIGHT=\"%d\"", height);
	if (guide)
		fputs(" BORDER=\"1\" SIDES=\"L\" COLOR=\"" DOT_GUIDE "\"", out);
	fputs("></TD>\n", out);
}

void dot_widen(int *width, size_t first, size_t last, int needed)
{
	for (size_t i = first; i < last; i++)
		needed -= width[i];
	for (size_t i = first; i < last && needed > 0; i++)
		width[i] += needed / (int)(last - first) + 1;
}

void dot_open_graph(FILE *out, const char *name)
{
	fputs("digraph ", out);
	quoted(out, name);
	fputs(" {\n"
	      "graph [margin=0, pad=0.1, bgcolor=\"#ffffff\"]\n"
	      "node [shape=plain, fontname=\"" DOT_FONT "\", fontsize=10]\n",
	      out);
	quoted(out, name);
	fputs(" [label=<\n"
	      "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\">\n",
	      out);
}

void dot_close_graph(FILE *out)
{
	fputs("</TABLE>>]\n}\n", out);
}
