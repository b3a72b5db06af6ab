// SPDX-License-Identifier: GPL-2.0-only
/* What concurrent readers can see: the part of a case's own page. */
#include "emit/reader-page.h"

#include <stdlib.h>

/* ---- in the page of a case ----------------------------------------------- */

static void print_gap_short(FILE *out, const struct reading *g)
{
	if (g->found.gap)
		fprintf(out, "in %zu of %zu surroundings", g->found.nr_gap,
			g->found.nr);
	else
		fputs("no", out);
}

static void print_again(FILE *out, const struct reading *g)
{
	fputs(g->found.retry || g->found.false_hole ? "yes" : "no", out);
}

static void claimed_gap(FILE *out, const struct cat_claim *claim)
{
	fputs(claim->gap ? "yes" : "no", out);
}

static void claimed_twice(FILE *out, const struct cat_claim *claim)
{
	for (size_t i = 0; i < claim->twice.nr; i++)
		fprintf(out, "%s%s", i ? ", " : "", claim->twice.text[i].text);
	if (!claim->twice.nr)
		fputs("none", out);
}

static void claimed_again(FILE *out, const struct cat_claim *claim)
{
	static const char *const retries[] = {
		[RETRY_UNSTATED] = "not said",
		[RETRY_NO] = "no",
		[RETRY_YES] = "yes",
	};

	fputs(retries[claim->retry], out);
}

static enum verdict on_gap(const struct judgement *j)
{
	return j->gap;
}

static enum verdict on_twice(const struct judgement *j)
{
	return j->twice;
}

static enum verdict on_retry(const struct judgement *j)
{
	return j->retry;
}

static const struct {
	const char *what;
	void (*claimed)(FILE *out, const struct cat_claim *claim);
	reading_fn *derived;
	enum verdict (*verdict)(const struct judgement *j);
} questions[] = {
	{ "A gap may show", claimed_gap, print_gap_short, on_gap },
	{ "Reported twice", claimed_twice, report_print_twice, on_twice },
	{ "It looks again", claimed_again, print_again, on_retry },
};

#define NR_QUESTIONS (ARRAY_SIZE(questions))

static void cell_claimed(struct rst_table *t, size_t i,
			 const struct cat_claim *claim)
{
	char *text __free(free) =
		PRINTED(out, questions[i].claimed(out, claim));

	rst_table_text(t, "%s", text);
}

static struct rst_table *claimed_and_derived(const struct rst_pages *pages,
					     const struct cat_claim *claim,
					     const struct reading *g)
{
	bool narrow = pages->flavour == RST_KERNEL;
	struct rst_table *t =
		RST_TABLE({ "Question", 16 }, { "The mail", narrow ? 14 : 16 },
			  { "Derived", narrow ? 22 : 28 }, { "Verdict", 10 });

	for (size_t i = 0; i < NR_QUESTIONS; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", questions[i].what);
		cell_claimed(t, i, claim);
		reading_cell(t, questions[i].derived, g);
		rst_table_text(
			t, "%s",
			verdict_names[questions[i].verdict(&g->judgement)]);
	}
	return t;
}

/* Where the mail says nothing there is no verdict, either. */
static struct rst_table *only_derived(const struct reading *g)
{
	struct rst_table *t = RST_TABLE({ "Question", 16 }, { "Derived", 28 });

	for (size_t i = 0; i < NR_QUESTIONS; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", questions[i].what);
		reading_cell(t, questions[i].derived, g);
	}
	return t;
}

static void print_answers(struct rst *w, const struct rst_pages *pages,
			  const struct report *r, const struct reading *g)
{
	const struct cat_claim *claim = r->c->claim;

	if (claim)
		rst_table_caption(claimed_and_derived(pages, claim, g), w, NULL,
				  "What the mail claims and what is derived");
	else
		rst_table_caption(only_derived(g), w, NULL, "What is derived");
}

static void put_reached(FILE *line, const struct findings *f)
{
	const struct {
		bool can;
		const char *what;
	} reached[] = {
		{ f->retry, "begin anew, as a VMA that it found is detached" },
		{ f->rewalk, "walk again, to verify a hole" },
		{ f->fallback, "fall back to the mmap lock" },
	};
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_SIZE(reached); i++) {
		if (!reached[i].can)
			continue;
		fprintf(line, "%s%s", comma, reached[i].what);
		comma = "; ";
	}
	if (!*comma)
		fputs("nothing of the kind", line);
}

static void print_reading_facts(struct rst *w, const struct rst_pages *pages,
				const struct report *r, const struct reading *g)
{
	rst_begin_list(w);
	if (g->found.gap) {
		reading_put(rst_page_open_field(w, "Surroundings with a gap"),
			    report_print_gaps, g);
		rst_page_close_field(w);
	}
	put_reached(rst_page_open_field(w, "It may have to"), &g->found);
	rst_page_close_field(w);
	fprintf(rst_page_open_field(w, "Distinct reads"),
		"%zu, summed over %zu surroundings", g->found.observations,
		g->found.nr);
	rst_page_close_field(w);
	fprintf(rst_page_open_field(w, "Command"), "``vmatlas explore%s %s``",
		pages->flavour == RST_SPHINX ? " --trace" : "", r->c->id);
	rst_page_close_field(w);
	rst_end_list(w);
}

static void point_to_page(struct rst *w, const struct report *r,
			  const struct reading *g)
{
	char *label __free(free) = xasprintf(LABEL_READER "-%s", r->c->id);
	FILE *line = rst_open(w);

	if (reading_matters(g)) {
		fputs("The interleaving that shows it: ", line);
		rst_ref(line, label, r->c->id);
	} else {
		fputs("All cases, and other ways to read: ", line);
		rst_ref(line, LABEL_READER, NULL);
	}
	fputc('.', line);
	rst_close(w);
}

void reader_quote(struct rst *w, const struct rst_pages *pages,
		  const struct cat_claim *claim)
{
	if (!claim)
		return;
	rst_paragraph(w, "Suren Baghdasaryan wrote on 13 June 2025:");
	rst_directive(w, "epigraph", "%s", "");
	rst_page_paragraphs(pages, w, claim->says.text);
	rst_end(w);
}

static void print_not_explored(struct rst *w, const struct reading *g)
{
	FILE *line = rst_open(w);

	fputs("It was not explored: ", line);
	rst_text(line, g->not_explored);
	fputc('.', line);
	rst_close(w);
}

void reader_section(struct rst *w, const struct rst_pages *pages,
		    struct report *r, int level)
{
	const struct reading *g = report_reading(r, reader_upstream());

	rst_page_heading(
		pages, w, level,
		pages->flavour == RST_KERNEL && r->c->claim
			? "What a concurrent reader can see, by the mail"
			: "What a concurrent reader can see");
	reader_quote(w, pages, r->c->claim);
	if (g->not_explored && !g->found.gap) {
		print_not_explored(w, g);
		return;
	}
	fprintf(rst_open(w),
		"Derived for the reader of Linux 6.17 and later (%s), from every interleaving in %zu surroundings:",
		g->reader->name, g->found.nr);
	rst_close(w);
	print_answers(w, pages, r, g);
	print_reading_facts(w, pages, r, g);
	point_to_page(w, r, g);
}
