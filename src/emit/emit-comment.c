// SPDX-License-Identifier: GPL-2.0-only
/*
 * A case in few words, as a comment for a source file of the kernel, or as text
 * for a commit message or a cover letter.
 */
#include <string.h>

#include "emit/emit.h"
#include "emit/picture.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

enum {
	WIDTH = 75, /* of a commit message, and so of both */
	PICTURE_INDENT = 4,
	STEP_INDENT = 3,
};

/**
 * struct page - what is being written
 * @out: where to
 * @form: for which place
 * @prefix: before each line
 * @width: what is left of it then
 */
struct page {
	FILE *out;
	enum comment_form form;
	const char *prefix;
	size_t width;
};

char *c_symbol(const char *id)
{
	char *symbol = xstrdup(id);

	for (char *at = symbol; (at = strchr(at, '-'));)
		*at = '_';
	return symbol;
}

size_t comment_put(FILE *out, const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++) {
		bool last = i + 1 == len;
		bool apart = !last && ((text[i] == '*' && text[i + 1] == '/') ||
				       (text[i] == '/' && text[i + 1] == '*'));

		columns += 1 + apart;
		if (out)
			fprintf(out, "%c%s", text[i] == '\n' ? ' ' : text[i],
				apart ? " " : "");
	}
	return columns;
}

void comment_puts(FILE *out, const char *text)
{
	comment_put(out, text, strlen(text));
}

void comment_picture(FILE *out, const struct report *r, int indent)
{
	char *text __free(free) = PRINTED(mem, picture_print(mem, r, indent));

	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && rest;) {
		fputs(" * ", out);
		comment_puts(out, line);
		fputc('\n', out);
	}
}

/* ---- lines ------------------------------------------------------------------ */

/*
 * What git takes for something else at the beginning of a line of a message:
 * the end of it, a patch, a header, a trailer, or a comment.
 */
static bool misleads(const char *text, size_t len)
{
	static const char *const starts[] = {
		"---",	 "diff ",    "Index:",	       "*** ", "From ",
		"From:", "Subject:", "Date:",	       "#",    "-- ",
		">",	 "@@ ",	     "Signed-off-by:",
	};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (len >= strlen(starts[i]) &&
		    !strncasecmp(text, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* How many columns a text takes. */
static size_t columns(const struct page *p, const char *text, size_t len)
{
	return p->form == COMMENT_C ? comment_put(NULL, text, len) : len;
}

static void put_line(const struct page *p, size_t indent, const char *text,
		     size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	if (!len) {
		fprintf(p->out, "%s\n", p->form == COMMENT_C ? " *" : "");
		return;
	}
	if (p->form == COMMENT_TEXT && !indent && misleads(text, len))
		indent = 1;
	fprintf(p->out, "%s%*s", p->prefix, (int)indent, "");
	if (p->form == COMMENT_C)
		comment_put(p->out, text, len);
	else
		fwrite(text, 1, len, p->out);
	fputc('\n', p->out);
}

static void put_blank(const struct page *p)
{
	put_line(p, 0, "", 0);
}

/* How much of @text goes into a line: whole words, or a part of a long one. */
static size_t fitting(const struct page *p, const char *text, size_t room)
{
	size_t best = 0, len = 0;

	while (text[len] && columns(p, text, len + 1) <= room) {
		len++;
		if (text[len] == ' ' || !text[len])
			best = len;
	}
	return best ? best : len;
}

/* Wrapped; @hang is the indent of all lines but the first. */
static void put_text(const struct page *p, size_t hang, const char *text)
{
	size_t indent = 0;

	while (*text) {
		/* A column is kept for what keeps a line from misleading. */
		size_t len = fitting(p, text, p->width - indent - 1);

		put_line(p, indent, text, len);
		text += len;
		text += strspn(text, " ");
		indent = hang;
	}
}

/* ---- what is said ------------------------------------------------------------- */

/* White space of any kind becomes a space. */
static void words_put(const struct page *p, struct buffer *w, size_t hang)
{
	for (char *c = buffer_text(w); *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	put_text(p, hang, w->text);
	free(w->text);
}

static void put_picture(const struct page *p, const struct report *r)
{
	char *text = PRINTED(out, picture_print(out, r, 0)), *rest, *line;
	size_t widest = text_widest_line(text), room;

	room = p->width > widest ? p->width - widest : 0;
	if (room > PICTURE_INDENT)
		room = PICTURE_INDENT;
	for (rest = text; room && (line = strsep(&rest, "\n")) && rest;)
		put_line(p, room, line, strlen(line));
	if (!room)
		put_text(p, 0, "(The picture is too wide for this place.)");
	free(text);
}

static void put_heading(const struct page *p, const struct report *r)
{
	struct buffer w;

	fprintf(buffer_open(&w), "%s", r->c->title.text);
	if (r->c->function.text && strcmp(r->c->function.text, "none") != 0)
		fprintf(w.out, ", by %s", r->c->function.text);
	fputc(':', w.out);
	words_put(p, &w, 0);
}

/* The call that a step of the mail is of. */
static const struct kcall *kcall_of(const struct report *r, size_t i)
{
	return &r->kcalls[r->trace[r->steps[i].step].kcall];
}

static bool is_free(const struct report *r, size_t i)
{
	return i < r->nr_steps && r->trace[r->steps[i].step].kind == STEP_FREE;
}

/*
 * What is made of other cases is said by their names, for a comment is short: a
 * split is one step, and so are VMAs that are freed one after the other. Returns
 * the step that is next.
 */
static size_t put_short(FILE *out, const struct report *r, size_t i)
{
	const struct kcall *k = kcall_of(r, i);
	size_t first = i;

	if (k->kind == KCALL_SPLIT) {
		fprintf(out, "Split %s by %s, %s is the part %s",
			report_name(r, k->middle), kcall_functions[k->kind],
			report_name(r, k->created),
			k->new_below ? "below" : "above");
		while (i < r->nr_steps && kcall_of(r, i) == k)
			i++;
		return i;
	}
	if (!is_free(r, i) || !is_free(r, i + 1)) {
		fputs(r->steps[i].text, out);
		return i + 1;
	}
	for (; is_free(r, i); i++)
		fprintf(out, "%s%s", i == first ? "Free " : ", ",
			report_name(r, r->trace[r->steps[i].step].vma));
	fputs(" VMAs", out);
	return i;
}

static void put_steps(const struct page *p, const struct report *r)
{
	struct buffer w;
	size_t nr = 0;

	for (size_t i = 0; i < r->nr_steps;) {
		fprintf(buffer_open(&w), "%zu. ", ++nr);
		if (r->nr_parts)
			i = put_short(w.out, r, i);
		else
			fputs(r->steps[i++].text, w.out);
		words_put(p, &w, STEP_INDENT);
	}
}

static void print_locks(FILE *out, const struct report *r)
{
	fputs(r->lock_mmap ? " Write-locked: mmap" : " No lock", out);
	for (size_t i = 0; i < r->nr_lock_vma; i++)
		fprintf(out, ", %s", r->lock_vma[i]);
	for (size_t i = 0; i < r->nr_lock_rmap; i++)
		fprintf(out, "%s%s", i ? ", " : "; rmap ", r->lock_rmap[i]);
	fputc('.', out);
}

static void put_outcome(const struct page *p, const struct report *r)
{
	struct buffer w;

	fprintf(buffer_open(&w), "Map count %lu -> %lu.",
		report_before(r)->map_count, report_after(r)->map_count);
	if (r->err)
		fprintf(w.out, " It fails: %s.", strerror(-r->err));
	print_locks(w.out, r);
	words_put(p, &w, 0);
}

static void put_case(const struct page *p, struct report *r)
{
	put_heading(p, r);
	put_blank(p);
	put_picture(p, r);
	put_blank(p);
	if (r->nr_steps) {
		put_steps(p, r);
		put_blank(p);
	}
	put_outcome(p, r);
}

static void put_file(FILE *out, enum comment_form form, struct report *r)
{
	const bool is_c = form == COMMENT_C;
	const struct page p = {
		.out = out,
		.form = form,
		.prefix = is_c ? " * " : "",
		.width = WIDTH - (is_c ? strlen(" * ") : 0),
	};

	fputs(is_c ? "/*\n" : "", out);
	put_case(&p, r);
	fputs(is_c ? " */\n" : "", out);
}

void emit_comment(const struct report_set *set, const struct emit_opts *opts,
		  struct files *files)
{
	for_each_report(set, r)
		put_file(files_add(files, "%s.txt", r->c->id), opts->comment,
			 r);
}
