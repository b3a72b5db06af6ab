// SPDX-License-Identifier: GPL-2.0-only
/* What a trace did, for people. Words are wrapped, and tables have 80 columns. */
#include <inttypes.h>
#include <string.h>

#include "cmd/explain.h"
#include "cmd/replay.h"
#include "cmd/words.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

/* Columns: of a line, of a bar, of one side of a comparison, before a value. */
#define LINE 80
#define BAR 30
#define SIDE 38
#define INDENT 18

/* As many kinds of calls, and callers. */
#define SUMS_LISTED 12

/* So many programs are listed; --format json has all. */
#define PROGRAMS_LISTED 20

/* Of a table, whose columns have blanks between them, or words. */
static void heading(const struct replay_output *t, const char *text)
{
	const char *color = color_start(t->common);
	const char *plain = color_end(t->common);

	putchar('\n');
	if (strstr(text, "  "))
		printf("%s%s%s\n", color, text, plain);
	else
		wrap_heading(stdout, color, plain, text);
}

/* ---- the program ---------------------------------------------------------------- */

static void print_name(FILE *out, const struct replay_program *p)
{
	if (p->pid)
		fprintf(out, "process %d", (int)p->pid);
	else
		fputs("the process", out);
	if (p->exec)
		fprintf(out, ", execve %u", p->exec);
	if (p->path) {
		fputs(", ", out);
		text_print(out, p->path, 40);
	}
}

static void print_title(const struct replay_output *t)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	text_print(out, t->trace, 40);
	fputs(": ", out);
	print_name(out, t->r->kept);
	wrap_heading(stdout, color_start(t->common), color_end(t->common),
		     buffer_text(&b));
	free(b.text);
}

/* A line, or more, of what is said of the program: what, and then words. */
#define PRINT_SAID(what, ...)                                                  \
	do {                                                                   \
		printf("  %-15s ", what);                                      \
		wrap_printf(stdout, INDENT, __VA_ARGS__);                      \
	} while (0)

/* What it begins with, by name: files, "[stack]" and the like. */
static void print_names(const struct proc_maps *maps)
{
	const char *before = "";
	int line = text_width(), column = line;

	for (size_t i = 0; i < maps->nr; i++) {
		const char *name = maps->vma[i].name;
		int len = (int)strlen(name) + 1;

		if (!*name || (i && !strcmp(name, maps->vma[i - 1].name)))
			continue;
		if (column + len > line) {
			printf("%s%*s", before, INDENT - 1, "");
			before = "\n";
			column = INDENT - 1;
		}
		putchar(' ');
		column += 1 + (int)text_print(stdout, name, line - INDENT);
	}
	putchar('\n');
}

static void print_start(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;
	char *from;

	switch (p->start) {
	case START_EMPTY:
		PRINT_SAID(
			"begins with",
			"nothing: what execve() itself maps is not in a trace, and there is no --from for it");
		break;
	case START_MAPS:
		from = PRINTED(out, text_print(out, t->from, 40));
		PRINT_SAID("begins with",
			   "%zu VMA%s of %s, not of the trace:", p->first,
			   plural(p->first), from);
		free(from);
		print_names(p->loaded);
		break;
	case START_FORK:
		PRINT_SAID("begins with",
			   "%zu VMA%s of process %d, which forked it", p->first,
			   plural(p->first), (int)p->parent);
		break;
	}
}

static void print_program(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;

	print_title(t);
	PRINT_SAID("lines", "%zu to %zu of %zu", p->line, p->last_line,
		   t->r->lines);
	print_start(t);
	PRINT_SAID("VMAs",
		   "%zu at first, %zu at most (line %zu), %zu at the end",
		   p->first, p->peak, p->peak_line, p->final);
	PRINT_SAID("operations", "%zu on the simulator, with the rules of %s",
		   p->ops, t->common->rules->version);
	if (t->r->raised_line)
		PRINT_SAID(
			"limit",
			"more than %lu VMAs: those of line %zu were allowed; taken for %lu",
			t->max_map_count ?: DEFAULT_MAX_MAP_COUNT,
			t->r->raised_line, t->r->limit);
	if (p->beyond)
		PRINT_SAID("not carried out",
			   "%zu call%s about what was mapped before", p->beyond,
			   plural(p->beyond));
	if (t->r->bad.nr)
		PRINT_SAID("not understood", "%zu line%s", t->r->bad.nr,
			   plural(t->r->bad.nr));
	if (t->r->joined)
		PRINT_SAID(
			"threads",
			"%zu that nobody was seen to make, taken for its own",
			t->r->joined);
	if (t->r->left_out)
		PRINT_SAID("left out",
			   "%zu line%s of processes that are beyond the limits",
			   t->r->left_out, plural(t->r->left_out));
}

/* ---- tables ------------------------------------------------------------------------- */

static void print_calls(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;

	heading(t, "System calls               replayed    failed");
	for (int k = 1; k < NR_CALLS; k++)
		if (p->calls[k] || p->failed[k])
			printf("  %-23s %9zu %9zu\n",
			       syscall_name((enum syscall_kind)k), p->calls[k],
			       p->failed[k]);
}

static void print_bar(size_t n, size_t most)
{
	size_t len = most ? (n * BAR + most - 1) / most : 0;

	for (size_t i = 0; i < len; i++)
		putchar('#');
}

static void print_cases(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;
	size_t most = 0;

	for (unsigned int c = 0; c < NR_REPLAY_CASES; c++)
		if (p->cases[c] > most)
			most = p->cases[c];
	heading(t, "Cases                                     times");
	for (unsigned int c = 0; c < NR_REPLAY_CASES; c++) {
		if (!p->cases[c])
			continue;
		printf("  %-37s %7zu ", replay_case_names[c], p->cases[c]);
		print_bar(p->cases[c], most);
		putchar('\n');
	}
}

static void print_costs(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;

	if (!p->nr_costs)
		return;
	heading(t, "Calls after which there were most VMAs more");
	puts("     line  VMAs  call");
	for (size_t i = 0; i < p->nr_costs; i++) {
		printf("%9zu %+5ld  ", p->costs[i].line, p->costs[i].vmas);
		text_print(stdout, p->costs[i].text, text_width() - 17);
		putchar('\n');
	}
}

/* A name of any bytes, and then words, from a column on. */
static void print_wrapped(int indent, const char *name, const char *words,
			  const char *more)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	text_print(out, name ? name : "", 0);
	fprintf(out, "%s%s", words, more);
	wrap_drop(stdout, indent, buffer_text(&b));
}

/* Without its result, which is printed beside it. */
static void print_call(const char *text)
{
	const char *end = text;
	char *call;

	/* Blanks are before the result, so that results are one below another. */
	while ((end = strchr(end, ')'))) {
		end++;
		if (!strncmp(end + strspn(end, " "), "= ", 2))
			break;
	}
	call = end ? xstrndup(text, (size_t)(end - text))
		   : xstrdup(text ? text : "");

	print_wrapped(19, call, "", "");
	free(call);
}

static void print_reason(const struct replay_failed *f)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputs(failure_words[f->failure].text, out);
	if (f->failure == FAILURE_LIMIT)
		fprintf(out, ": %zu of %lu VMAs", f->vmas, f->limit);
	else if (f->failure == FAILURE_UNSEEN)
		fprintf(out, ": no trace shows why, with %zu VMA%s", f->vmas,
			plural(f->vmas));
	else
		fprintf(out, " at %" PRIx64, f->at);
	if (f->done)
		fprintf(out, "; %zu VMA%s had changed before", f->done,
			plural(f->done));
	printf("%19s", "");
	wrap_drop(stdout, 19, buffer_text(&b));
}

/* Kinds and callers whose calls made VMAs more, most first. */
static void print_sums(const struct replay_output *t, const char *title,
		       const struct replay_costs *costs)
{
	size_t nr = 0;

	while (nr < costs->nr && costs->v[nr].vmas > 0)
		nr++;
	if (!nr)
		return;
	heading(t, title);
	puts("     VMAs    calls  each  what");
	for (size_t i = 0; i < nr && i < SUMS_LISTED; i++) {
		const struct replay_cost *c = &costs->v[i];
		char size[32] = "";

		printf("%+9ld %8zu %+5.1f  ", c->vmas, c->calls,
		       (double)c->vmas / (double)c->calls);
		if (c->min != c->max)
			explain_size(size, c->min, c->max);
		print_wrapped(26, c->text, *size ? " of " : "", size);
	}
	if (nr > SUMS_LISTED)
		printf("  and %zu more\n", nr - SUMS_LISTED);
}

/* The chart of VMAs over time has a row for each, and so many at most. */
#define CHART_ROWS 8

static void print_chart(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;
	size_t rows = p->peak < CHART_ROWS ? p->peak : CHART_ROWS;

	if (p->nr_samples < 8 || p->peak < 2)
		return;
	heading(t, "VMAs over time");
	for (size_t row = rows; row-- > 0;) {
		printf("%9zu |", p->peak * (row + 1) / rows);
		size_t blanks = 0;

		for (size_t i = 0; i < p->nr_samples; i++) {
			/* Up to the middle of the row is not in it. */
			if (2 * rows * p->samples[i].vmas <=
			    (2 * row + 1) * p->peak) {
				blanks++;
				continue;
			}
			printf("%*s#", (int)blanks, "");
			blanks = 0;
		}
		putchar('\n');
	}
	printf("%9s +", "");
	for (size_t i = 0; i < p->nr_samples; i++)
		putchar('-');
	printf("\n%9s  ", "");
	wrap_printf(stdout, 11, "line %zu to %zu, %zu call%s a column",
		    p->samples[0].line, p->samples[p->nr_samples - 1].line,
		    p->step, plural(p->step));
}

static void print_failed(const struct replay_output *t)
{
	const struct replay_program *p = t->r->kept;

	if (!p->nr_failures)
		return;
	heading(t, "Calls that failed in the kernel, and why");
	puts("     line  error   call, and why");
	for (size_t i = 0; i < p->nr_failures && i < REPLAY_NOTES; i++) {
		const struct replay_failed *f = &p->failures[i];
		const char *name = strerrorname_np(f->err);

		printf("%9zu  %-7s ", f->line, name ? name : "?");
		print_call(f->text);
		print_reason(f);
	}
	if (p->nr_failures <= REPLAY_NOTES)
		return;
	for (int f = 0; f < NR_FAILURES; f++)
		if (p->by_failure[f]) {
			printf("%9zu ", p->by_failure[f]);
			wrap_printf(stdout, 10, "in all: %s",
				    failure_words[f].text);
		}
}

static void print_disagree(const struct replay_output *t)
{
	const struct replay_notes *d = &t->r->kept->disagree;

	if (!d->nr)
		return;
	heading(t, "Calls that came out otherwise on the simulator");
	puts("     line  there           call");
	for (size_t i = 0; i < d->nr && i < REPLAY_NOTES; i++) {
		printf("%9zu  %-15s ", d->note[i].line, d->note[i].says);
		text_print(stdout, d->note[i].text, text_width() - 27);
		putchar('\n');
	}
	if (d->nr > REPLAY_NOTES)
		printf("  and %zu more\n", d->nr - REPLAY_NOTES);
}

static void print_programs(const struct replay_output *t)
{
	const struct replay *r = t->r;
	char text[32];

	if (r->nr < 2)
		return;
	heading(t, "Programs");
	puts("  process.execve     calls  first   peak  final  program");
	for (size_t i = 0; i < r->nr && i < PROGRAMS_LISTED; i++) {
		const struct replay_program *p = r->program[i];
		size_t calls = 0;

		for (size_t k = 0; k < ARRAY_SIZE(p->calls); k++)
			calls += p->calls[k];
		snprintf(text, sizeof(text), "%d.%u", (int)p->pid, p->exec);
		printf("  %-14s %9zu %6zu %6zu %6zu  ", text, calls, p->first,
		       p->peak, p->final);
		if (p->path)
			text_print(stdout, p->path, LINE - 50);
		else if (p->start == START_FORK)
			printf("forked by %d", (int)p->parent);
		puts(p->left_out ? " (left out)" : "");
	}
	if (r->nr > PROGRAMS_LISTED)
		printf("  and %zu more: --format json\n",
		       r->nr - PROGRAMS_LISTED);
}

/* ---- side by side ------------------------------------------------------------------------ */

static void pad(size_t columns)
{
	printf("%*s", columns < SIDE ? (int)(SIDE - columns) : 0, "");
}

static size_t print_range(const struct proc_vma *v)
{
	if (!v)
		return 0;
	return (size_t)printf("%012" PRIx64 "-%012" PRIx64 " %s", v->start,
			      v->end, PERMISSIONS(v->flags));
}

/* The end of a name says most. */
static const char *name_end(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash > name ? slash + 1 : name;
}

static size_t print_file(const struct proc_vma *v)
{
	size_t columns;

	if (!v)
		return 0;
	columns = (size_t)printf("  %08" PRIx64 " ", v->offset);
	return columns + text_print(stdout, name_end(v->name), SIDE - columns);
}

static bool has_file(const struct proc_vma *v)
{
	return v && (*v->name || v->offset);
}

static void print_row(const struct match_row *row)
{
	fputs("  ", stdout);
	pad(print_range(row->model));
	fputs("  ", stdout);
	print_range(row->real);
	putchar('\n');
	if (!has_file(row->model) && !has_file(row->real))
		return;
	fputs("  ", stdout);
	pad(print_file(row->model));
	fputs("  ", stdout);
	print_file(row->real);
	putchar('\n');
}

static void print_rows(const struct replay_verdict *v)
{
	enum match last = MATCH_SAME;

	for (size_t i = 0; i < v->nr; i++) {
		const struct match_row *row = &v->row[i];

		if (row->match != last && row->match != MATCH_SAME) {
			fputs("  ", stdout);
			wrap_printf(stdout, 2, "-- %s",
				    match_words[row->match].text);
		}
		last = row->match;
		if (row->match != MATCH_SAME)
			print_row(row);
	}
}

static void print_verdict(const struct replay_output *t)
{
	const struct replay_verdict *v = t->v;
	size_t nr = 0;

	if (!v->real)
		return;
	heading(t, "What is mapped at the end");
	for (int m = 0; m < NR_MATCHES; m++) {
		nr += v->counts[m];
		if (v->counts[m])
			printf("  %-29s %7zu VMA%s\n", match_words[m].text,
			       v->counts[m], plural(v->counts[m]));
	}
	if (v->counts[MATCH_SAME] == nr)
		return;
	printf("\n  %-*s  kernel\n", SIDE, "simulator");
	print_rows(v);
}

void replay_text(const struct replay_output *t)
{
	print_program(t);
	print_calls(t);
	print_cases(t);
	print_failed(t);
	print_chart(t);
	print_sums(t, "What made VMAs more", &t->r->kept->kinds);
	print_sums(t, "Who did", &t->r->kept->callers);
	print_costs(t);
	print_disagree(t);
	print_programs(t);
	print_verdict(t);
}
