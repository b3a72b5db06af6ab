// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas explore, for people: the promises, and a row a case. */
#include <string.h>

#include "cmd/explore.h"
#include "cmd/words.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

static void merge_names(const char **to, size_t *nr, const char *const *from,
			size_t more)
{
	for (size_t i = 0; i < more; i++)
		if (!text_listed(to, *nr, from[i]))
			to[(*nr)++] = from[i];
}

static void merge(struct findings *to, const struct findings *from)
{
	to->gap |= from->gap;
	to->overlap |= from->overlap;
	to->mixed |= from->mixed;
	to->retry |= from->retry;
	to->rewalk |= from->rewalk;
	to->false_hole |= from->false_hole;
	to->fallback |= from->fallback;
	to->nr += from->nr;
	to->nr_gap += from->nr_gap;
	to->nr_overlap += from->nr_overlap;
	to->observations += from->observations;
	to->states += from->states;
	to->limit |= from->limit;
	if (from->shortest && (!to->shortest || from->shortest < to->shortest))
		to->shortest = from->shortest;
	if (from->stuck)
		to->stuck = from->stuck;
	if (from->broken)
		to->broken = from->broken;
	merge_names(to->twice, &to->nr_twice, from->twice, from->nr_twice);
	merge_names(to->again, &to->nr_again, from->again, from->nr_again);
}

/* All that was found with a case and a reader, and how the mail's claim does. */
struct case_row {
	const struct cat_case *c;
	struct findings f;
	struct judgement j;
};

/* The mail speaks of one operation alone. */
static struct judgement judge(const struct searches *all,
			      const struct case_row *row)
{
	const struct findings *f = &row->f;

	/* A search that gave up says nothing of what it did not see. */
	if (all->a->ops > 1 || (f->limit && !f->gap))
		return (struct judgement){ 0 };
	return judge_claim(row->c->claim, f);
}

/* The searches are in the order of their cases. Returns the rows, for free(). */
static struct case_row *gather(const struct searches *all,
			       const struct reader *reader, size_t *nr)
{
	struct case_row *rows = NULL;

	*nr = 0;
	for (size_t i = 0; i < all->nr; i++) {
		const struct search_job *s = &all->v[i];

		if (!*nr || rows[*nr - 1].c != s->c)
			*xappend(rows, *nr) = (struct case_row){ .c = s->c };
		if (s->reader == reader)
			merge(&rows[*nr - 1].f, &s->found);
	}
	for (size_t i = 0; i < *nr; i++)
		rows[i].j = judge(all, &rows[i]);
	return rows;
}

#define TWICE_WIDTH 11

/*
 * Names of what may be seen twice, be it the VMA or its pages: as many as fit,
 * and how many more there are.
 */
static char *twice_text(const struct findings *f)
{
	const char *names[64];
	size_t nr = 0, len = 0, fit = 0;
	struct buffer b;
	FILE *out = buffer_open(&b);

	merge_names(names, &nr, f->twice, f->nr_twice);
	merge_names(names, &nr, f->again, f->nr_again);
	while (fit < nr && len + strlen(names[fit]) <= TWICE_WIDTH)
		len += strlen(names[fit++]) + 1;
	while (fit && fit < nr && len > TWICE_WIDTH - 2)
		len -= strlen(names[--fit]) + 1;
	text_print_list(out, names, fit, ",");
	if (fit < nr)
		fprintf(out, "%s+%zu", fit ? "," : "", nr - fit);
	if (!nr)
		fputc('-', out);
	return buffer_text(&b);
}

/* As wide as the longest identifier, so that all fits in 80 columns. */
static int id_width(const struct searches *all)
{
	size_t width = 4;

	for (size_t i = 0; i < all->nr; i++)
		if (strlen(all->v[i].c->id) > width)
			width = strlen(all->v[i].c->id);
	return (int)width;
}

static void print_row(const struct case_row *row, int width)
{
	const struct findings f = row->f;
	char *twice __free(free) = twice_text(&f);
	char gap[32] = "-", steps[16] = "", over[32] = "-";

	if (f.limit && !f.gap) {
		snprintf(gap, sizeof(gap), "?");
	} else if (f.gap) {
		snprintf(gap, sizeof(gap), "%zu/%zu", f.nr_gap, f.nr);
		snprintf(steps, sizeof(steps), "%u", f.shortest);
	}
	if (f.overlap)
		snprintf(over, sizeof(over), "%zu/%zu", f.nr_overlap, f.nr);
	printf("%-*s %3s %2s %4s %-11s %c%c%c %5zu %s\n", width, row->c->id,
	       gap, steps, over, twice, f.retry ? 'r' : '-',
	       f.rewalk ? 'w' : '-', f.fallback ? 'f' : '-', f.observations,
	       verdict_names[row->j.all]);
}

/* Returns whether there is anything to say. */
static bool print_verdict(const struct case_row *row)
{
	const struct judgement *j = &row->j;
	struct buffer b;
	FILE *out;

	if (j->all <= VERDICT_HOLDS)
		return false;
	out = buffer_open(&b);
	fprintf(out, "%s: %s", row->c->id, verdict_names[j->all]);
	if (j->gap == VERDICT_REFUTED)
		fprintf(out, ": a gap after %u steps", row->f.shortest);
	else if (j->gap == VERDICT_WEAKER)
		fputs(": no gap", out);
	report_print_weaker(out, j, !row->f.limit);
	printf("  ");
	wrap_drop(stdout, 2, buffer_text(&b));
	return true;
}

/* The promises of Documentation/filesystems/proc.rst, in a sentence. */
static void print_sentence(const struct case_row *rows, size_t cases)
{
	size_t gaps = 0, overlaps = 0, limits = 0, whole;
	struct buffer b;
	FILE *out = buffer_open(&b);

	for (size_t i = 0; i < cases; i++) {
		gaps += rows[i].f.gap;
		overlaps += rows[i].f.overlap;
		limits += rows[i].f.limit;
	}
	whole = cases - limits;
	if (gaps)
		fprintf(out,
			"A page that is mapped all the time can be missed in %zu of %zu case%s",
			gaps, cases, plural(cases));
	else if (whole > 1)
		fprintf(out,
			"No page that is mapped all the time is missed in any of %zu cases",
			whole);
	else if (whole)
		fputs("No page that is mapped all the time is missed in this case",
		      out);
	else
		fputs("What was explored misses no page that is mapped all the time",
		      out);
	if (overlaps)
		fprintf(out, ", and a page can be reported twice in %zu",
			overlaps);
	else
		fputs(", and no page is reported twice", out);
	if (limits)
		fprintf(out, "; %zu %s not explored in full", limits,
			limits == 1 ? "was" : "were");
	fputs(".", out);
	wrap_drop(stdout, 0, buffer_text(&b));
	putchar('\n');
}

static void print_table(const struct searches *all, const struct reader *reader)
{
	const struct common *common = &all->a->common;
	int width = id_width(all);
	bool said = false;
	size_t nr;
	struct case_row *rows __free(free) = gather(all, reader, &nr);

	printf("%s%s%s: ", color_start(common), reader->name,
	       color_end(common));
	wrap_puts(stdout, (int)strlen(reader->name) + 2, reader->what);
	print_sentence(rows, nr);
	printf("%-*s %3s %2s %4s %-11s %s %5s %s\n", width, "case", "gap", "in",
	       "over", "twice", "rwf", "reads", "mail");
	for (size_t i = 0; i < nr; i++)
		print_row(&rows[i], width);
	putchar('\n');
	for (size_t i = 0; i < nr; i++)
		said |= print_verdict(&rows[i]);
	if (said)
		putchar('\n');
}

/* What the heads of the columns mean. */
static const struct {
	const char *head;
	const char *what;
} legend[] = {
	{ "gap",
	  "surroundings in which a page that is mapped all the time can be missed, of all that were explored" },
	{ "in", "steps of the shortest interleaving that misses one" },
	{ "over", "surroundings in which a page can be in two lines" },
	{ "twice", "VMAs that can be in two lines, or whose pages can" },
	{ "rwf",
	  "the reader can find a VMA detached and look again (r), walk again to verify a hole (w), fall back to the mmap lock (f)" },
	{ "reads", "different reads, summed over the surroundings" },
	{ "mail",
	  "its claim on the case: holds, weaker than what is true, refuted" },
};

void explore_print_text(const struct searches *all)
{
	for_each_reader(r)
		if (!all->a->reader || all->a->reader == r)
			print_table(all, r);
	for (size_t i = 0; i < ARRAY_SIZE(legend); i++) {
		printf("%-7s", legend[i].head);
		wrap_puts(stdout, 7, legend[i].what);
	}
}
