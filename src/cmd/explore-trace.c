// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas explore --trace: the interleaving that is most worth showing. */
#include <ctype.h>
#include <string.h>

#include "cmd/explain.h"
#include "cmd/explore.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

/* What is to be printed. */
struct shown_trace {
	const struct search_job *of;
	struct exploration *x;
	const struct observation *o;
};

static enum way way_of(const struct exploration *x, const struct observation *o)
{
	struct path *path = exploration_path(x, o->state);
	enum way way = path_window(path, path_who(x, path), o).way;

	path_free(path);
	return way;
}

/* The observation of one search that is most worth showing, if there is one. */
static const struct observation *worth_showing(const struct explore_args *a,
					       const struct exploration *x)
{
	if (!a->way || x->stuck)
		return exploration_worst(x);
	for (size_t i = 0; i < x->nr; i++)
		if (x->observations[i].gap &&
		    way_of(x, &x->observations[i]) == a->way)
			return &x->observations[i];
	return NULL;
}

/* Every process has a VMA above. */
static bool usual(const struct explore_args *a, const struct search_job *s)
{
	return a->right != NR_SIDES || s->right == SIDE_ADJACENT;
}

static bool better(const struct explore_args *a, const struct shown_trace *t,
		   const struct shown_trace *best)
{
	bool gap = t->o && t->o->gap, best_gap = best->o && best->o->gap;

	if (!t->o && !t->x->stuck)
		return !best->x && !a->way;
	if (!best->x || t->x->stuck)
		return true;
	if (gap == best_gap && usual(a, t->of) != usual(a, best->of))
		return usual(a, t->of);
	return observation_worse(t->o, best->o);
}

static void print_gap(const struct observation *o, enum way way)
{
	char *text __free(free) = xasprintf(
		"gap: [%lu, %lu) is mapped all the time, and missed: %s",
		o->gap_start, o->gap_end, way_words[way].name);

	explain_wrap(stdout, 0, text);
}

static void print_trace_head(const struct search_job *s,
			     const struct exploration *x,
			     const struct observation *o)
{
	char *text __free(free) = xasprintf(
		"%s, left: %s, right: %s, reader: %s", s->c->id,
		side_names[s->left], side_names[s->right], s->reader->name);

	explain_wrap(stdout, 0, text);
	for (size_t i = 0; i < s->then.nr; i++) {
		fputs("then ", stdout);
		op_print(stdout, &s->then.ops[i]);
		putchar('\n');
	}
	if (x->stuck)
		printf("%s\n", x->stuck);
	else if (x->end != EXPLORED && !(o && o->gap))
		puts("not explored in full: what was seen so far, no verdict");
	else if (o && o->gap)
		print_gap(o, way_of(x, o));
	else if (o && o->overlap)
		puts("no gap; some pages are reported twice");
	else
		puts("no gap; no page is reported twice");
	putchar('\n');
}

/* ---- an interleaving, as path_print() has it, for a terminal ---------------- */

/* Where a narrow terminal has the reader's steps. */
#define NARROW_READER_AT 10

#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

/* How an interleaving is printed. */
struct trace_style {
	bool color;
	bool boxes; /* with characters that ASCII does not have */
	int width;  /* text_width() */
};

static bool has(const char *line, size_t len, const char *what)
{
	return memmem(line, len, what, strlen(what));
}

/* "  7   mmap_write_lock()", "  8               6  report prev [16, 24)" */
static bool is_step(const char *line, size_t len)
{
	return len > PATH_WRITER_AT && isdigit((unsigned char)line[2]) &&
	       line[3] == ' ';
}

static bool is_writers(const char *line, size_t len)
{
	for (size_t i = PATH_WRITER_AT; i < len && i < PATH_READER_AT; i++)
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
	int indent = PATH_WRITER_AT;

	fprintf(out, "%.*s", PATH_WRITER_AT, line);
	if (!is_writers(line, len)) {
		fprintf(out, "%*s", NARROW_READER_AT - PATH_WRITER_AT, "");
		indent = NARROW_READER_AT;
	}
	wrap_part(out, indent, line, len, PATH_WRITER_AT, PATH_STATE_AT);
}

/* The heads of the columns, which come first, "  #   writer  reader   seq ...". */
static bool is_heads(const char *line, size_t len)
{
	return len > PATH_WRITER_AT && line[2] == '#';
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
	if (style->width < PATH_WIDTH &&
	    (step || is_heads(line, len) || len > (size_t)style->width))
		print_narrow(out, line, len);
	else
		fprintf(out, "%.*s\n", (int)len, line);
	fputs(*start ? PLAIN : "", out);
}

/*
 * Where the terminal is narrow, what the reader knows is left out, and lines of
 * words are wrapped.
 */
static void print_trace(FILE *out, const char *text,
			const struct trace_style *style)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		print_line(out, text, len, style);
		text += len + (text[len] == '\n');
	}
}

/* ---- the one that is most worth showing ----------------------------------- */

static void print_best(const struct explore_args *a,
		       const struct exploration *x, const struct observation *o)
{
	struct trace_style style = {
		.color = *color_start(&a->common),
		.boxes = !a->ascii && terminal_draws(),
		.width = text_width(),
	};
	char *printed __free(free) =
		PRINTED(out, path_print(out, x, o, style.width));

	print_trace(stdout, printed, &style);
}

/* The surrounding whose worst is worst. */
void explore_print_trace(struct searches *all)
{
	struct shown_trace best = { 0 };

	interrupt_catch();
	for (size_t i = 0; i < all->nr && !(best.x && best.x->stuck); i++) {
		struct shown_trace t = { .of = &all->v[i] };

		t.x = explore_run(all->a, &all->v[i]);
		t.o = worth_showing(all->a, t.x);
		all->v[i].end = t.x->end;
		findings_add(&all->v[i].found, t.x);
		if (!better(all->a, &t, &best)) {
			exploration_free(t.x);
			continue;
		}
		exploration_free(best.x);
		best = t;
	}
	if (best.x) {
		print_trace_head(best.of, best.x, best.o);
		print_best(all->a, best.x, best.x->stuck ? NULL : best.o);
	} else {
		printf("%s: nothing is lost in that way\n", all->v[0].c->id);
	}
	exploration_free(best.x);
}
