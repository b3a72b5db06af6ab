// SPDX-License-Identifier: GPL-2.0-only
/* What concurrent readers can see: the part of a case's own page. */
#include "emit/reader-page.h"

#include <stdlib.h>

#include "lib/text.h"

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

static struct rst_table *answer_table(const struct rst_pages *pages,
				      bool claimed)
{
	bool narrow = pages->flavour == RST_KERNEL;

	if (!claimed)
		return RST_TABLE({ "Question", 16 }, { "Derived", 28 });
	return RST_TABLE({ "Question", 16 }, { "The mail", narrow ? 14 : 16 },
			 { "Derived", narrow ? 22 : 28 }, { "Verdict", 10 });
}

/* Where the mail says nothing there is no verdict, either. */
static void print_answers(struct rst *w, const struct rst_pages *pages,
			  const struct report *r, const struct reading *g)
{
	const struct {
		const char *what;
		void (*claimed)(FILE *out, const struct cat_claim *claim);
		reading_fn *derived;
		enum verdict verdict;
	} questions[] = {
		{ "A gap may show", claimed_gap, print_gap_short,
		  g->judgement.gap },
		{ "Reported twice", claimed_twice, report_print_twice,
		  g->judgement.twice },
		{ "It looks again", claimed_again, print_again,
		  g->judgement.retry },
	};
	const struct cat_claim *claim = r->c->claim;
	struct rst_table *t = answer_table(pages, claim);

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		char *claimed __free(free) = NULL;

		rst_table_row(t);
		rst_table_text(t, "%s", questions[i].what);
		if (claim) {
			claimed =
				PRINTED(out, questions[i].claimed(out, claim));
			rst_table_text(t, "%s", claimed);
		}
		reading_cell(t, questions[i].derived, g);
		if (claim)
			rst_table_text(t, "%s",
				       verdict_names[questions[i].verdict]);
	}
	rst_table_caption(t, w, NULL,
			  claim ? "What the mail claims and what is derived"
				: "What is derived");
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
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(reached); i++)
		if (reached[i].can)
			text_print_item(line, &before, reached[i].what, "; ");
	if (!*before)
		fputs("nothing of the kind", line);
}

static void print_reading_facts(struct rst *w, const struct rst_pages *pages,
				const struct report *r, const struct reading *g)
{
	rst_begin_list(w);
	if (g->found.gap) {
		reading_put(rst_page_open_field(w, "Surroundings with a gap"),
			    report_print_gaps, g);
		rst_close_item(w);
	}
	put_reached(rst_page_open_field(w, "It may have to"), &g->found);
	rst_close_item(w);
	fprintf(rst_page_open_field(w, "Distinct reads"),
		"%zu, summed over %zu surroundings", g->found.observations,
		g->found.nr);
	rst_close_item(w);
	fprintf(rst_page_open_field(w, "Command"), "``vmatlas explore%s %s``",
		pages->flavour == RST_SPHINX ? " --trace" : "", r->c->id);
	rst_close_item(w);
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
