// SPDX-License-Identifier: GPL-2.0-only
/*
 * What concurrent readers can see, for the kernel's documentation: the algorithm for
 * who has not read its source, and tables that fit 80 columns.
 */
#include "emit/reader-page.h"

#include <stdio.h>

#include "lib/memory.h"

/* ---- the reader, for who has not read its source --------------------------- */

static void print_algorithm(struct rst *w, const struct rst_pages *pages)
{
	static const char *const steps[] = {
		"Unlock the VMA that was reported last, if any.",
		"Sample mm_lock_seq of the mm_struct. It is odd while a writer holds the mmap lock.",
		"Ask the iterator for the next VMA. If there is none, the read ends.",
		"Lock the VMA for reading. If a writer has it, look up and lock the next VMA under the mmap lock instead, which is the fallback. If it is detached, set the iterator back and begin anew at 2.",
		"Verify. (a) If the VMA ends at or below the end of the last one: the fallback. (b) If there is a hole before it, and a writer was in at 2 or the sequence has changed since, set the iterator back, and look whether the next is this VMA; if not: the fallback.",
		"Report the VMA. After any report the buffer may be full; the next read() goes on behind it.",
	};

	rst_title(w, 1, "The reader");
	rst_paragraph(
		w,
		"One round for each VMA. Every step is atomic, and steps of the writer may fall between any two:");
	rst_begin_list(w);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		rst_page_text(pages, rst_open_item(w, "%zu. ", i + 1),
			      steps[i]);
		rst_close_item(w);
	}
	rst_end_list(w);
}

/* ---- narrow tables ------------------------------------------------------- */

/* A case, linked to its section if the page has one. */
static void cell_section(struct rst_table *t, struct report *r)
{
	struct rst *w = rst_table_cell(t, 1, 1);
	FILE *line = rst_open(w);

	if (reading_matters(report_reading(r, reader_upstream())))
		fprintf(line, "`%s`_", r->c->id);
	else
		rst_text(line, r->c->id);
	rst_close(w);
}

static void narrow_claims(struct rst *w, const struct report_set *set)
{
	struct rst_table *t = RST_TABLE({ "Case", 31 }, { "The mail", 18 },
					{ "Verdict", 17 });

	for_each_report(set, r) {
		if (!r->c->claim)
			continue;
		rst_table_row(t);
		cell_section(t, r);
		reader_cell_claim(t, r->c->claim);
		reading_cell(t, report_print_verdict,
			     report_reading(r, reader_upstream()));
	}
	rst_table_caption(t, w, NULL, "The mail's claims");
}

static void narrow_findings(struct rst *w, const struct report_set *set)
{
	struct rst_table *table =
		RST_TABLE({ "Case", 40 }, { "Gap", 3 }, { "Steps", 5 },
			  { "Over", 4 }, { "Twice", 9 });

	for_each_report(set, r) {
		const struct reading *g = report_reading(r, reader_upstream());

		rst_table_row(table);
		cell_section(table, r);
		reader_cell_gaps(table, g);
		rst_table_number(table, g->found.shortest);
		reader_cell_overlaps(table, g);
		reading_cell(table, report_print_twice, g);
	}
	rst_table_caption(table, w, NULL, "What can be seen of each case");
}

static void print_narrow_claims(struct rst *w, const struct report_set *set)
{
	rst_title(w, 1, "What is derived");
	rst_paragraph(w, "For the reader of Linux 6.17 and later.");
	rst_paragraph(w, reader_explains_claims);
	narrow_findings(w, set);
	rst_page_command(w, "vmatlas explore");
	if (!reader_is_claimed(set))
		return;
	rst_title(w, 1, "The claims");
	rst_paragraph(
		w,
		"The cases of which the mail says what a reader can see. A claim is refuted by one interleaving. It is weaker than what is true if nothing in it is wrong, but more can be seen than it says.");
	narrow_claims(w, set);
	rst_page_command(w, "vmatlas explore");
}

/* ---- readers have numbers, or it is too wide ------ */

static void number_readers(struct rst *w, const struct rst_pages *pages,
			   const struct readers_grid *table)
{
	rst_begin_list(w);
	for (size_t i = 0; i < table->nr; i++) {
		FILE *line = rst_open_item(w, "%zu. ", i + 1);

		fprintf(line, "**%s**: ", table->picked[i]->name);
		rst_page_text(pages, line, table->picked[i]->what);
		rst_close_item(w);
	}
	rst_end_list(w);
}

static void narrow_reader_table(struct rst *w, const struct rst_pages *pages,
				enum reader_part first, enum reader_part last,
				const char *caption)
{
	struct readers_grid table =
		readers_grid(first, last, reader_cell_gaps, false);

	number_readers(w, pages, &table);
	for_each_report(pages->set, r)
		reader_row(&table, r);
	/* Within 80 columns only where it is not indented, as a directive is. */
	rst_paragraph(w, caption);
	rst_table_end(table.t, w);
	rst_page_command(w, "vmatlas explore --reader all");
}

static void print_narrow_readers(struct rst *w, const struct rst_pages *pages)
{
	rst_title(w, 1, "Other ways to read");
	rst_paragraph(w, reader_explains_readers);
	narrow_reader_table(w, pages, PART_KERNEL, PART_WITHOUT,
			    "Surroundings with a gap, by reader");
	rst_paragraph(w, reader_explains_changes);
	narrow_reader_table(w, pages, PART_REPAIR, PART_NOT_ENOUGH,
			    "Surroundings with a gap, by change");
	rst_paragraph(
		w,
		"Of cases that are not in a table, none of its readers can miss a page.");
}

/* ---- the page ------------------------------------------------------------ */

/* What readers of the kernel's pages do not find elsewhere. */
static void print_background(struct rst *w, const struct rst_pages *pages)
{
	FILE *line = rst_open(w);

	rst_page_text(
		pages, line,
		"Since Linux 6.17 a read of /proc/PID/maps takes no mmap lock, if the kernel has CONFIG_PER_VMA_LOCK. For each VMA, lock_next_vma() takes the next one from the iterator of the maple tree, read-locks it, and looks whether it is still what was looked for. So an operation can be seen half done, and the question is how. ");
	kernel_point_to_terms(line);
	rst_close(w);
}

void reader_page_kernel(struct rst *w, const struct rst_pages *pages)
{
	print_background(w, pages);
	reader_print_method(w, pages);
	print_algorithm(w, pages);
	print_narrow_claims(w, pages->set);
	rst_table_caption(reader_file_table(w, pages->set), w, NULL,
			  reader_file_caption);
	print_narrow_readers(w, pages);
}
