// SPDX-License-Identifier: GPL-2.0-only
/* An interleaving as it is printed, held against its path, line by line. */
#include <stdlib.h>
#include <string.h>

#include "lib/stream.h"
#include "test-reader.h"
#include "tests.h"

struct printed {
	const struct exploration *x;
	const struct observation *o;
	const struct path *path;
	struct window w;
	unsigned int who;
	char *rest; /* what is to be looked at yet */
};

/* Where columns begin. */
enum { AT_MARK = 4, AT_WRITER = 6, AT_READER = 18, AT_STATE = 60 };

static char *next_line(struct printed *p)
{
	char *line = strsep(&p->rest, "\n");

	ck_assert_ptr_nonnull(p->rest);
	ck_assert_msg(!*line || line[strlen(line) - 1] != ' ', "'%s'", line);
	return line;
}

static void expect_line(struct printed *p, const char *expected)
{
	ck_assert_str_eq(next_line(p), expected);
}

/* Has a text at a column, and nothing but spaces before, from another on. */
static void has_at(const char *line, size_t from, size_t at, const char *text)
{
	ck_assert_msg(strlen(line) > at &&
			      from + strspn(line + from, " ") == at &&
			      !strncmp(line + at, text, strlen(text)),
		      "no '%s' at %zu in '%s'", text, at, line);
}

/* ---- the steps ----------------------------------------------------------- */

static char mark_of(const struct printed *p, size_t i)
{
	if (p->w.way == WAY_NONE || i < p->w.from || i > p->w.to)
		return ' ';
	return i == p->w.from || i == p->w.to ? '+' : '|';
}

static void check_tree(struct printed *p, const struct layout *lay, char mark)
{
	char *line = next_line(p), *text;
	const char *comma = "";
	size_t size;
	FILE *out = stream_open(&text, &size);

	fprintf(out, "    %c tree: ", mark);
	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *slot = &lay->slots[i];

		if (!slot->vma)
			continue;
		fprintf(out, "%s%s %lu-%lu", comma,
			p->x->writer->names[slot->vma], slot->start, slot->end);
		comma = ", ";
	}
	stream_close(out);
	ck_assert_str_eq(line, text);
	free(text);
}

static void check_step(struct printed *p, size_t i)
{
	const struct path_step *step = &p->path->steps[i];
	const struct path_reader *r = &step->readers[step->which];
	const char *line = next_line(p);
	size_t at = AT_WRITER;
	char text[64];

	snprintf(text, sizeof(text), "%3zu %c ", i + 1, mark_of(p, i));
	has_at(line, 0, strspn(text, " "), text + strspn(text, " "));
	if (step->task == READER) {
		snprintf(text, sizeof(text), "%.*s%s", p->x->opts.readers > 1,
			 step->which ? "B" : "A", step->number);
		if (*text)
			has_at(line, AT_WRITER, AT_READER, text);
		at = AT_READER + (p->x->opts.readers > 1) + 3;
	}
	ck_assert_msg(!strncmp(line + at, step->text, strlen(step->text)),
		      "no '%s' in '%s'", step->text, line);
	snprintf(text, sizeof(text), "%u", step->sequence);
	has_at(line, at + strlen(step->text), AT_STATE + 3 - strlen(text),
	       text);
	if (!*r->iterator) {
		ck_assert_uint_eq(strlen(line), AT_STATE + 3);
		return;
	}
	snprintf(text, sizeof(text), "%4lu %s", r->from, r->iterator);
	ck_assert_str_eq(line + AT_STATE + 4, text);
}

/* "(1 to 2 left out: reader reports prev;", and what the writer comes to */
static void check_left_out(struct printed *p, size_t from, size_t to)
{
	const char *comma = " reader reports ", *writer = NULL;
	char *text;
	size_t size;
	FILE *out;

	if (from == to)
		return;
	out = stream_open(&text, &size);
	fprintf(out, "      (%zu to %zu left out:", from + 1, to);
	for (size_t i = from; i < to; i++) {
		const struct path_step *step = &p->path->steps[i];

		if (step->task == WRITER)
			writer = step->text;
		if (!step->line)
			continue;
		fprintf(out, "%s%s", comma, step->line->name);
		comma = ", ";
	}
	if (*comma == ' ')
		fputs(" nothing is reported", out);
	if (writer)
		fprintf(out, ";\n       writer comes to %s", writer);
	fputs(")", out);
	stream_close(out);
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		expect_line(p, line);
	free(text);
}

static bool same_tree(const struct layout *a, const struct layout *b)
{
	if (a->nr_slots != b->nr_slots)
		return false;
	for (size_t i = 0; i < a->nr_slots; i++)
		if (a->slots[i].vma != b->slots[i].vma ||
		    a->slots[i].end != b->slots[i].end)
			return false;
	return true;
}

static void check_steps(struct printed *p)
{
	const struct path_step *steps = p->path->steps;
	size_t begin = p->w.begin, end = p->w.end + 1;
	const struct layout *lay =
		begin ? steps[begin - 1].layout : p->path->first;
	const char *head = next_line(p);

	if (end > p->path->nr)
		end = p->path->nr;
	has_at(head, 0, 2, "#   writer ");
	has_at(head, AT_WRITER + 6, AT_READER,
	       p->x->opts.readers > 1 ? "readers " : "reader  ");
	ck_assert_str_eq(head + AT_STATE, "seq from iterator");
	check_left_out(p, 0, begin);
	check_tree(p, lay, ' ');
	for (size_t i = begin; i < end; i++) {
		check_step(p, i);
		if (!same_tree(steps[i].layout, lay))
			check_tree(p, steps[i].layout, mark_of(p, i));
		lay = steps[i].layout;
	}
	check_left_out(p, end, p->path->nr);
}

static void check_window(struct printed *p)
{
	char text[256];

	expect_line(p, "");
	if (p->w.way == WAY_NONE)
		return;
	snprintf(text, sizeof(text), "The window, steps %zu to %zu: %s.",
		 p->w.from + 1, p->w.to + 1, way_words[p->w.way].what);
	expect_line(p, text);
	has_at(next_line(p), 0, 0, "1 to 6 are the reader's steps, ");
	expect_line(p, "from: the first page that is not passed yet.");
	expect_line(p, "");
}

/* ---- what is read ---------------------------------------------------------- */

/* As of the step that reports it. */
static void check_line(struct printed *p, const struct path_step *step)
{
	const struct reported *l = step->line;
	const struct vma_state *s = &layout_vma(step->layout, l->vma)->s;
	const vm_flags_t flags = s->attrs.flags;
	char text[128];

	snprintf(text, sizeof(text),
		 "  %08lx-%08lx %c%c%cp %08lx 00:00 %d         # %s",
		 l->start * 4096, l->end * 4096, flags & VM_READ ? 'r' : '-',
		 flags & VM_WRITE ? 'w' : '-', flags & VM_EXEC ? 'x' : '-',
		 s->attrs.file ? s->vm_pgoff * 4096 : 0, s->attrs.file != 0,
		 l->name);
	expect_line(p, text);
}

static void check_maps(struct printed *p)
{
	expect_line(p, "What the read returns:");
	for (size_t i = 0; i < p->path->nr; i++)
		if (p->path->steps[i].line && p->path->steps[i].which == p->who)
			check_line(p, &p->path->steps[i]);
	if (p->o)
		expect_line(p, "");
}

/* ---- the picture ------------------------------------------------------------ */

/* Where the line of numbers has a page, -1 if it has not. */
static int column_of(const char *numbers, unsigned long page)
{
	char *at = strdup(numbers), *rest = at, *word;
	int column = -1;

	while ((word = strsep(&rest, " ")))
		if (*word && strtoul(word, NULL, 10) == page)
			column = (int)(word - at);
	free(at);
	return column;
}

/* Filled from where one page is to before where the other is. */
static void check_filled(const char *numbers, const char *row,
			 unsigned long start, unsigned long end, char fill)
{
	int from = column_of(numbers, start), to = column_of(numbers, end);

	if (from < 0 || to < 0)
		return;
	for (int i = from + (fill == '-'); i < to; i++)
		ck_assert_msg(row[i] == fill, "%d in '%s'", i, row);
	if (fill == '-')
		ck_assert_msg(row[from] == '|' && row[to] == '|', "%s", row);
}

static void check_layout_row(struct printed *p, const char *numbers,
			     const char *label, const struct layout *lay)
{
	const char *row = next_line(p);
	const char *names = next_line(p);

	has_at(row, 0, 2, label);
	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *s = &lay->slots[i];

		if (!s->vma)
			continue;
		check_filled(numbers, row, s->start, s->end, '-');
		ck_assert_ptr_nonnull(
			strstr(names, p->x->writer->names[s->vma]));
	}
}

static void check_picture(struct printed *p)
{
	const struct writer *s = p->x->writer;
	const struct observation *o = p->o;
	const char *numbers = next_line(p), *label = "reported";
	unsigned long end = 0;
	const char *row = NULL;

	check_layout_row(p, numbers, "before", s->layouts[0]);
	check_layout_row(p, numbers, "after", s->layouts[s->nr_steps]);
	for (size_t i = 0; i < o->nr; i++) {
		if (!row || o->lines[i].start < end) {
			row = next_line(p);
			has_at(row, 0, *label ? 2 : strspn(row, " "), label);
			label = "";
			next_line(p);
		}
		check_filled(numbers, row, o->lines[i].start, o->lines[i].end,
			     '-');
		end = o->lines[i].end;
	}
	if (o->gap) {
		row = next_line(p);
		has_at(row, 0, 2, "missing");
		check_filled(numbers, row, o->gap_start, o->gap_end, '?');
		ck_assert_ptr_nonnull(strchr(next_line(p), '['));
	}
}

void check_print(const struct exploration *x, const struct observation *o)
{
	struct path *path = exploration_path(x, o ? o->state : x->stuck_state);
	struct printed p = { .x = x, .o = o, .path = path };
	char *text;
	size_t size;
	FILE *out = stream_open(&text, &size);

	path_print(out, x, o, &(struct path_style){ PATH_WIDTH });
	stream_close(out);
	p.rest = text;
	p.who = path_who(x, path);
	p.w.end = path->nr;
	if (o)
		p.w = path_window(path, p.who, o);
	check_steps(&p);
	check_window(&p);
	check_maps(&p);
	if (o)
		check_picture(&p);
	ck_assert_str_eq(p.rest, "");
	path_free(path);
	free(text);
}
