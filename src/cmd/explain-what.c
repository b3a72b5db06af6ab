// SPDX-License-Identifier: GPL-2.0-only
/* The whole first: how many VMAs, what they are, and which patterns they make. */
#include <string.h>

#include "cmd/explain.h"
#include "cmd/words.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

/* Columns: a count, a share, sizes, an address, and then words. */
enum {
	NUMBER = 7,
	SIZE = 15,
	WORDS_AT = NUMBER + 7 + SIZE + 1 + 16 + 2,
	WIDTH = 80,
};

/* From this share of the limit on, it is said what follows. */
#define NEAR 8
#define NEAR_OF 10

#define MAX_ROWS 12
#define MAX_RUNS 5

/* ---- pieces ------------------------------------------------------------- */

static const char units[] = "KMGTPE";

static size_t unit_of(uint64_t *kib)
{
	size_t unit = 0;

	while (*kib && !(*kib % 1024) && units[unit + 1]) {
		*kib /= 1024;
		unit++;
	}
	return unit;
}

const char *explain_size(char *text, uint64_t min, uint64_t max)
{
	uint64_t low = min / 1024, high = max / 1024;
	size_t a = unit_of(&low), b = unit_of(&high);

	if (min == max)
		sprintf(text, "%llu %ciB", (unsigned long long)low, units[a]);
	else if (a == b)
		sprintf(text, "%llu-%llu %ciB", (unsigned long long)low,
			(unsigned long long)high, units[a]);
	else
		sprintf(text, "%llu%c-%llu %ciB", (unsigned long long)low,
			units[a], (unsigned long long)high, units[b]);
	return text;
}

/* Rounded, but that 100 is all of it. */
static unsigned int percent(size_t part, size_t whole)
{
	unsigned int rounded =
		whole ? (unsigned int)((200 * part + whole) / (2 * whole)) : 0;

	return part < whole && rounded == 100 ? 99 : rounded;
}

/* What a row is, but for a long label, in words. */
static void print_row_words(FILE *out, const struct proc_row *row)
{
	fputs(vma_kinds[row->kind].text, out);
	if (*row->label)
		fputs(row->label[0] == '/' || row->label[0] == '*' ? ": " : " ",
		      out);
	text_print(out, row->label, 0);
}

/* ---- the headline ------------------------------------------------------- */

/* What stands in one place of a pattern. */
static void print_place(FILE *out, const struct explained *x,
			const struct proc_run *run, unsigned int i)
{
	const struct proc_vma *v = &x->maps->vma[run->low + i];
	const struct proc_kinds *kinds = x->kinds;
	const struct proc_row *row = &kinds->rows[kinds->row[run->low + i]];

	if (*v->name || v->inode) {
		print_row_words(out, row);
	} else {
		fprintf(out, "%s %.3s", vma_kinds[row->kind].text,
			PERMISSIONS(v->flags));
	}
	fprintf(out, " %s", EXPLAIN_SIZE(run->min[i], run->max[i]));
}

/* Two in turn that differ in nothing but protection. */
static bool alternates(const struct explained *x, const struct proc_run *run)
{
	const enum vma_kind *kind = &x->kinds->kind[run->low];

	return run->period == 2 && kind[0] == kind[1] && kind[0] >= KIND_ANON;
}

static void print_pattern(FILE *out, const struct explained *x,
			  const struct proc_run *run)
{
	const struct proc_vma *v = &x->maps->vma[run->low];

	if (alternates(x, run)) {
		fprintf(out, "%s, alternating %.3s %s and %.3s %s",
			vma_kinds[x->kinds->kind[run->low]].text,
			PERMISSIONS(v[0].flags),
			EXPLAIN_SIZE(run->min[0], run->max[0]),
			PERMISSIONS(v[1].flags),
			EXPLAIN_SIZE(run->min[1], run->max[1]));
		return;
	}
	for (unsigned int i = 0; i < run->period; i++) {
		fputs(i ? ", " : "", out);
		print_place(out, x, run, i);
	}
}

void explain_headline(FILE *out, const struct explained *x)
{
	const struct proc_row *row = x->kinds->rows;
	const struct proc_run *run = x->nr_runs ? x->runs : NULL;

	/* A run of one kind alone says no more than its row does. */
	if (run && run->period > 1 && run->nr > row->nr) {
		fprintf(out, "%u %% of %zu VMAs are one run of %zu at %llx: ",
			percent(run->nr, x->nr), x->nr, run->nr,
			(unsigned long long)x->maps->vma[run->low].start);
		print_pattern(out, x, run);
	} else {
		fprintf(out, "%u %% of %zu VMA%s ", percent(row->nr, x->nr),
			x->nr, x->nr == 1 ? " is" : "s are");
		print_row_words(out, row);
		fprintf(out, ", %s%s", EXPLAIN_SIZE(row->min, row->max),
			row->nr > 1 ? " each" : "");
	}
	fputc('.', out);
}

void explain_limit(FILE *out, const struct explained *x)
{
	if (x->nr * NEAR_OF < x->limit * NEAR || x->maps->limit_is_least)
		return;
	if (x->nr < x->limit) {
		fprintf(out,
			"Near the limit: %zu VMAs more, and mmap() fails with ENOMEM, as mprotect() and munmap() of a part of a VMA do, and madvise() of a part fails with EAGAIN.",
			x->limit + 1 - x->nr);
		return;
	}
	fprintf(out,
		"At the limit: the next mmap()%s fails with ENOMEM, as mprotect() and munmap() of a part of a VMA do, and madvise() of a part fails with EAGAIN.",
		x->nr == x->limit ? " but one" : "");
}

static void print_count(FILE *out, const struct explained *x)
{
	const struct proc_maps *maps = x->maps;
	struct buffer b;
	FILE *line = buffer_open(&b);

	text_print(line, maps->source, 40);
	fprintf(line, ": %zu VMA%s", x->nr, plural(x->nr));
	if (maps->limit_is_least)
		fputs(", of which the limit there is not known", line);
	else
		fprintf(line, ", %.1f %% of the %lu allowed%s",
			100.0 * (double)x->nr / (double)x->limit, x->limit,
			maps->max_map_count ? "" : " by default");
	wrap_drop(out, 0, buffer_text(&b));
	if (maps->form)
		wrap_printf(out, 0, "read from %s", maps->form);
}

/* ---- what they are ------------------------------------------------------ */

/* What is too long for the rest of a line has the next one. */
static void print_words(FILE *out, const char *text)
{
	size_t len = strlen(text);

	if (WORDS_AT + len <= WIDTH - 1) {
		fprintf(out, "  %s\n", text);
		return;
	}
	fprintf(out, "\n%*s", NUMBER + 2, "");
	wrap_puts(out, NUMBER + 2, text);
}

static void print_row(FILE *out, const struct explained *x,
		      const struct proc_row *row)
{
	char *text __free(free) = PRINTED(words, print_row_words(words, row));

	fprintf(out, "%*zu %3u %%  %*s %16llx", NUMBER, row->nr,
		percent(row->nr, x->nr), SIZE, EXPLAIN_SIZE(row->min, row->max),
		(unsigned long long)x->maps->vma[row->example].start);
	print_words(out, text);
}

static void print_rows(FILE *out, const struct explained *x,
		       const struct explain_style *style)
{
	const struct proc_kinds *kinds = x->kinds;
	size_t printed = 0, nr = 0;

	fprintf(out, "\n%sWhat they are%s\n", style->bold, style->plain);
	fprintf(out, "%*s share  %*s %16s  what\n", NUMBER, "VMAs", SIZE,
		"size", "first at");
	while (printed < kinds->nr_rows && printed < MAX_ROWS) {
		print_row(out, x, &kinds->rows[printed]);
		nr += kinds->rows[printed++].nr;
	}
	if (nr < x->nr)
		fprintf(out, "%*zu %3u %%  %*s %16s  of %zu other kinds\n",
			NUMBER, x->nr - nr, percent(x->nr - nr, x->nr), SIZE,
			"", "", kinds->nr_rows - printed);
	fprintf(out, "%*zu 100 %%  %*s %16s  all\n", NUMBER, x->nr, SIZE, "",
		"");
}

static void print_run(FILE *out, const struct explained *x,
		      const struct proc_run *run)
{
	const struct proc_vma *v = &x->maps->vma[run->low];

	fprintf(out, "%*zu %6u  %16llx %16llx\n%*s", NUMBER, run->nr,
		run->period, (unsigned long long)v->start,
		(unsigned long long)v[run->nr - 1].end, NUMBER + 2, "");
	wrap_drop(out, NUMBER + 2,
		  PRINTED(words, print_pattern(words, x, run)));
}

static void print_runs(FILE *out, const struct explained *x,
		       const struct explain_style *style)
{
	if (!x->nr_runs)
		return;
	fprintf(out, "\n%sWhat is repeated%s\n", style->bold, style->plain);
	fprintf(out, "%*s period  %16s %16s\n", NUMBER, "VMAs", "from", "to");
	for (size_t i = 0; i < x->nr_runs && i < MAX_RUNS; i++)
		print_run(out, x, &x->runs[i]);
	if (x->nr_runs > MAX_RUNS)
		fprintf(out, "%*s and %zu shorter ones\n", NUMBER, "",
			x->nr_runs - MAX_RUNS);
}

/* ---- who makes them ----------------------------------------------------- */

struct maker_list {
	FILE *out;
	const struct explain_style *style;
	bool any;
};

static void print_maker(const char *who, const char *what, size_t nr,
			void *data)
{
	struct maker_list *list = data;

	if (!list->any)
		fprintf(list->out, "\n%sWhat may help%s\n", list->style->bold,
			list->style->plain);
	list->any = true;
	fprintf(list->out, "%*zu  ", NUMBER, nr);
	wrap_printf(list->out, NUMBER + 2, "%s: %s", who, what);
}

/* ---- the whole ---------------------------------------------------------- */

static void print_sentence(FILE *out, const struct explained *x,
			   void (*print)(FILE *out, const struct explained *x))
{
	char *text __free(free) = PRINTED(words, print(words, x));

	if (*text)
		wrap_puts(out, 0, text);
}

void explain_what(FILE *out, const struct explained *x,
		  const struct explain_style *style)
{
	struct maker_list list = { .out = out, .style = style };

	print_count(out, x);
	if (!x->nr)
		return;
	print_sentence(out, x, explain_headline);
	print_sentence(out, x, explain_limit);
	print_rows(out, x, style);
	if (style->summary)
		return;
	print_runs(out, x, style);
	explain_makers(x, print_maker, &list);
}
