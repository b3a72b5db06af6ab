// SPDX-License-Identifier: GPL-2.0-only
/* What concurrent readers can see: the page of all cases, but for interleavings. */
#include "emit/reader-page.h"
#include "emit/rst-case.h"

#include <string.h>

#include "lib/memory.h"

/* ---- for the other files ------------------------------------------------- */

const struct reader *reader_upstream(void)
{
	return reader_find("upstream");
}

/* A claim that is refuted or could be sharper, or a gap that nobody denied. */
bool reading_matters(const struct reading *g)
{
	return g->found.gap || g->judgement.all > VERDICT_HOLDS;
}

void reading_put(FILE *line, reading_fn *print, const struct reading *g)
{
	char *text __free(free) = PRINTED(out, print(out, g));

	rst_text(line, text);
}

void reading_cell(struct rst_table *t, reading_fn *print,
		  const struct reading *g)
{
	char *text __free(free) = PRINTED(out, print(out, g));

	rst_table_text(t, "%s", text);
}

/* The readers of one part or more that follow one another. */
size_t readers_pick(const struct reader **picked, enum reader_part first,
		    enum reader_part last)
{
	size_t nr_picked = 0;

	for_each_reader(r)
		if (r->part >= first && r->part <= last &&
		    nr_picked < MAX_READERS)
			picked[nr_picked++] = r;
	return nr_picked;
}

/* The case in which a reader comes to a gap in the fewest steps. */
struct report *reader_quickest(const struct report_set *set,
			       const struct reader *reader)
{
	struct report *best = NULL;
	unsigned int steps = 0;

	for_each_report(set, r) {
		const struct reading *g = report_reading(r, reader);

		if (!g->found.gap || (best && g->found.shortest >= steps))
			continue;
		best = r;
		steps = g->found.shortest;
	}
	return best;
}

/* Whether the mail says anything of any of them. */
bool reader_is_claimed(const struct report_set *set)
{
	for_each_report(set, r)
		if (r->c->claim)
			return true;
	return false;
}

/* ---- cells --------------------------------------------------------------- */

static void cell_ref(struct rst_table *t, const char *prefix, const char *id)
{
	struct rst *w = rst_table_cell(t, 1, 1);
	char *text __free(free) = xasprintf("%s%s", prefix, id);

	rst_ref(rst_open(w), text, id);
	rst_close(w);
}

void reader_cell_claim(struct rst_table *t, const struct cat_claim *claim)
{
	char *text __free(free) = NULL;

	if (claim)
		text = PRINTED(out, report_print_claim(out, claim));
	rst_table_text(t, "%s", text ? text : "-");
}

/* "9/9" and "-" for none, "?" where it is not known. */
void reader_cell_gaps(struct rst_table *t, const struct reading *g)
{
	if (g->found.gap)
		rst_table_text(t, "%zu/%zu", g->found.nr_gap, g->found.nr);
	else
		rst_table_text(t, g->not_explored ? "?" : "-");
}

void reader_cell_overlaps(struct rst_table *t, const struct reading *g)
{
	if (g->found.overlap)
		rst_table_text(t, "%zu/%zu", g->found.nr_overlap, g->found.nr);
	else
		rst_table_text(t, g->not_explored ? "?" : "-");
}

/* That a page is missed, or that something is there twice. */
static bool sees_anything(struct report *r)
{
	const struct reading *g = report_reading(r, reader_upstream());
	char *text __free(free) = PRINTED(out, report_print_twice(out, g));
	bool twice = strcmp(text, "none") != 0;

	return twice || g->not_explored || reading_matters(g);
}

static void claim_row(struct rst_table *t, struct report *r)
{
	const struct reading *g = report_reading(r, reader_upstream());

	rst_table_row(t);
	cell_ref(t, reading_matters(g) ? LABEL_READER "-" : LABEL_CASE,
		 r->c->id);
	reader_cell_claim(t, r->c->claim);
	reader_cell_gaps(t, g);
	rst_table_number(t, g->found.shortest);
	reader_cell_overlaps(t, g);
	reading_cell(t, report_print_twice, g);
	reading_cell(t, report_print_verdict, g);
}

/* The cases that a table leaves out, as there is nothing to say of them. */
static void list_left_out(struct rst *w, const struct report_set *set,
			  const bool *listed, const char *what)
{
	FILE *line = NULL;

	for (size_t i = 0; i < set->nr; i++) {
		if (listed[i])
			continue;
		if (!line) {
			line = rst_open(w);
			fprintf(line, "%s: ", what);
		} else {
			fputs(", ", line);
		}
		rst_case_ref(line, set->reports[i]->c->id);
	}
	if (line) {
		fputs(".", line);
		rst_close(w);
	}
}

/* ---- the claims ---------------------------------------------------------- */

const char reader_explains_claims[] =
	"Gap: in how many of the surroundings a read can miss a page that is mapped all the time, the kernel's second promise. Steps: of the shortest interleaving that does it. Overlap: in how many a page can be in two lines, the first promise. Twice: VMAs that a read can report twice, or whose pages it can report again as those of another VMA.";

static void print_claims(struct rst *w, const struct report_set *set)
{
	struct rst_table *t =
		RST_TABLE({ "Case", 32 }, { "The mail", 18 }, { "Gap", 5 },
			  { "Steps", 5 }, { "Overlap", 7 }, { "Twice", 16 },
			  { "Verdict", 20 });
	bool *listed __free(free) = xcalloc(set->nr, sizeof(*listed));
	FILE *line;

	rst_title(w, 1, "The claims");
	line = rst_open(w);
	fputs("What the mail claims, and what is derived for the reader of Linux 6.17 and later. ",
	      line);
	rst_text(line, reader_explains_claims);
	rst_close(w);
	rst_comment(w, "claims-begin");
	for (size_t i = 0; i < set->nr; i++) {
		struct report *r = set->reports[i];

		listed[i] = r->c->claim || sees_anything(r);
		if (listed[i])
			claim_row(t, r);
	}
	rst_table_caption(t, w, CLASS_CASES,
			  "The mail's claims and what is derived");
	list_left_out(
		w, set, listed,
		"Nothing is claimed of these, and a read of them misses nothing and has nothing twice");
	rst_comment(w, "claims-end");
}

/* ---- files by version ---------------------------------------------------- */

/*
 * In how many of the cases one of the promises can be broken.
 * @claimed: of those that the mail makes a claim of
 */
static size_t count_broken(const struct report_set *set, const char *name,
			   bool gap, bool claimed)
{
	const struct reader *reader = reader_find(name);
	size_t nr = 0;

	for_each_report(set, r) {
		const struct reading *g = report_reading(r, reader);

		if (r->c->claim || !claimed)
			nr += gap ? g->found.gap : g->found.overlap;
	}
	return nr;
}

static void cell_broken(struct rst_table *t, const struct report_set *set,
			const char *reader, bool gap)
{
	size_t nr = count_broken(set, reader, gap, false);

	if (nr)
		rst_table_text(t, "%zu of %zu", nr, set->nr);
	else
		rst_table_text(t, "-");
}

static void file_row(struct rst_table *t, const struct report_set *set,
		     const struct reader_file *f)
{
	rst_table_row(t);
	rst_table_text(t, "%s", f->name);
	rst_table_text(t, f->until ? "%s to %s" : "%s on", f->since, f->until);
	rst_table_text(t, "%s", f->reader);
	cell_broken(t, set, f->reader, true);
	cell_broken(t, set, f->reader, false);
}

/* What the page about the reader begins with. */
static void print_claims_broken(struct rst *w, const struct report_set *set)
{
	size_t claimed = 0;
	char *text;

	for_each_report(set, r)
		claimed += !!r->c->claim;
	text = xasprintf(
		"Of the %zu cases of the mail, a page that is mapped all the time can be missing from a read of maps in %zu, of smaps and numa_maps in %zu, and from a walk by PROCMAP_QUERY in %zu; a page can be in two lines of maps in %zu.",
		claimed, count_broken(set, "upstream", true, true),
		count_broken(set, "fresh-walk", true, true),
		count_broken(set, "procmap-query", true, true),
		count_broken(set, "upstream", false, true));
	rst_comment(w, "promises-begin");
	rst_paragraph(w, text);
	rst_comment(w, "promises-end");
	free(text);
}

struct rst_table *reader_file_table(struct rst *w, const struct report_set *set)
{
	struct rst_table *t =
		RST_TABLE({ "File", 16 }, { "Linux", 13 }, { "Reader", 13 },
			  { "Gap", 8 }, { "Overlap", 8 });

	rst_title(w, 1, "Files by version");
	rst_paragraph(
		w,
		"How each file is read, by which of the readers below, and in how many of the cases a page that is mapped all the time can be missed, or be in two lines.");
	for (size_t i = 0; i < nr_reader_files; i++)
		file_row(t, set, &reader_files[i]);
	return t;
}

const char reader_file_caption[] = "The kernel's promises, by file and version";

static void print_files(struct rst *w, const struct report_set *set)
{
	struct rst_table *t = reader_file_table(w, set);

	if (reader_is_claimed(set))
		print_claims_broken(w, set);
	rst_comment(w, "files-begin");
	rst_table_caption(t, w, CLASS_CASES, reader_file_caption);
	rst_comment(w, "files-end");
}

/* ---- cases by readers ---------------------------------------------------- */

static void list_readers(struct rst *w, enum reader_part first,
			 enum reader_part last)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = readers_pick(picked, first, last);

	rst_begin_list(w);
	for (size_t i = 0; i < nr; i++) {
		rst_text(rst_page_open_field(w, picked[i]->name),
			 picked[i]->what);
		rst_close_item(w);
	}
	rst_end_list(w);
}

struct readers_grid readers_grid(enum reader_part first, enum reader_part last,
				 cell_fn *cell, bool names)
{
	struct readers_grid table = { .cell = cell };
	int widths[1 + MAX_READERS] = { names ? 32 : 39 };

	table.nr = readers_pick(table.picked, first, last);
	for (size_t i = 0; i < table.nr; i++)
		widths[1 + i] = names ? 14 : 3;
	table.t = rst_table_new(1 + table.nr, widths);
	rst_table_row(table.t);
	rst_table_text(table.t, "Case");
	for (size_t i = 0; i < table.nr; i++)
		if (names)
			rst_table_text(table.t, "%s", table.picked[i]->name);
		else
			rst_table_text(table.t, "%zu", i + 1);
	rst_table_head(table.t);
	return table;
}

bool reader_row(const struct readers_grid *table, struct report *r)
{
	bool says = false;

	for (size_t i = 0; i < table->nr; i++) {
		const struct reading *g = report_reading(r, table->picked[i]);

		says |= g->not_explored ||
			(table->cell == reader_cell_gaps ? g->found.gap
							 : g->found.overlap);
	}
	if (!says)
		return false;
	rst_table_row(table->t);
	rst_table_text(table->t, "%s", r->c->id);
	for (size_t i = 0; i < table->nr; i++)
		table->cell(table->t, report_reading(r, table->picked[i]));
	return true;
}

static void table_of_readers(struct rst *w, const struct report_set *set,
			     enum reader_part first, enum reader_part last,
			     cell_fn *cell, const char *caption)
{
	struct readers_grid table = readers_grid(first, last, cell, true);
	bool *listed __free(free) = xcalloc(set->nr, sizeof(*listed));

	for (size_t i = 0; i < set->nr; i++)
		listed[i] = reader_row(&table, set->reports[i]);
	rst_table_caption(table.t, w, CLASS_CASES, caption);
	list_left_out(w, set, listed, "None of these readers has it in");
}

const char reader_explains_readers[] =
	"In how many of the surroundings a page can be missed, by the ways to read that are or were in the kernel, and by upstream's without a step of it:";
const char reader_explains_changes[] =
	"And with changes to upstream's: repairs, changes that leave a gap in sequences of two operations only, and changes that are not enough:";

/* @by: what they are called */
static void print_readers_of(struct rst *w, const struct report_set *set,
			     enum reader_part first, enum reader_part last,
			     const char *by)
{
	char *gaps __free(free) =
		xasprintf("Surroundings with a gap, by %s", by);
	char *overlaps __free(free) =
		xasprintf("Surroundings with an overlap, by %s", by);

	rst_comment(w, "%ss-begin", by);
	list_readers(w, first, last);
	table_of_readers(w, set, first, last, reader_cell_gaps, gaps);
	table_of_readers(w, set, first, last, reader_cell_overlaps, overlaps);
	rst_comment(w, "%ss-end", by);
}

static void print_readers(struct rst *w, const struct report_set *set)
{
	rst_title(w, 1, "Other ways to read");
	rst_paragraph(w, reader_explains_readers);
	print_readers_of(w, set, PART_KERNEL, PART_WITHOUT, "reader");
	rst_paragraph(w, reader_explains_changes);
	print_readers_of(w, set, PART_REPAIR, PART_NOT_ENOUGH, "change");
}

/* ---- costs --------------------------------------------------------------- */

/* The surroundings are a hole and a VMA below the case, and a VMA right above it. */
static void print_surroundings(FILE *line, const struct report *r)
{
	const struct layout *lay = report_before(r);
	size_t holes = 1, vmas = 2;

	for (size_t i = 0; i < lay->nr_slots; i++) {
		vmas += lay->slots[i].vma != 0;
		holes += !lay->slots[i].vma && i + 1 < lay->nr_slots;
	}
	fprintf(line, "%zu VMAs and %zu holes", vmas, holes);
}

static void cost_rows(struct rst_table *t, const struct read_cost *costs,
		      size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", costs[i].reader->name);
		rst_table_text(t, "%u", costs[i].quiet);
		rst_table_text(t, "%u", costs[i].more);
	}
}

static void print_cost_table(struct rst *w, const struct rst_pages *pages,
			     const struct read_cost *costs, size_t nr)
{
	static const char caption[] = "Walks from the root in one read";
	struct rst_table *t = RST_TABLE({ "Reader", 16 }, { "Quiet", 12 },
					{ "More at most", 24 });

	cost_rows(t, costs, nr);
	if (pages->flavour == RST_KERNEL) {
		rst_table_caption(t, w, NULL, caption);
		rst_paragraph(
			w, "They are counted whenever this page is written.");
		return;
	}
	rst_comment(w, "costs-begin");
	rst_table_caption(t, w, CLASS_CASES, caption);
	rst_comment(w, "costs-end");
}

static void print_costs(struct rst *w, const struct rst_pages *pages)
{
	struct read_cost *costs;
	size_t nr;
	FILE *line;

	costs = report_read_costs(pages->set->reports, pages->set->nr, &nr);
	if (nr) {
		rst_title(w, 1, "What the repairs cost");
		line = rst_open(w);
		fputs("Walks from the root of the tree, where upstream goes on to the next slot. Quiet: in a read of ",
		      line);
		print_surroundings(line, costs[0].of);
		fputs(" without a stop, while nobody writes. More at most: the most that one operation of the cases adds to a read.",
		      line);
		rst_close(w);
		print_cost_table(w, pages, costs, nr);
	}
	free(costs);
}

/* ---- the page ------------------------------------------------------------ */

void reader_print_method(struct rst *w, const struct rst_pages *pages)
{
	fprintf(rst_open(w),
		"Every interleaving of each case with one read of ``/proc/PID/maps`` was explored, with the rules of Linux %s. Each step was taken by itself, and the reader may stop after any VMA and read on. Each case was explored in nine surroundings: *none*, nothing beside it, *hole*, a hole and then a VMA, or *adjacent*, a VMA right beside it, on either side. Ranges are half-open and in pages.",
		pages->set->rules->version);
	rst_close(w);
}

static void print_sphinx_page(struct rst *w, const struct rst_pages *pages)
{
	reader_print_method(w, pages);
	print_claims(w, pages->set);
	print_files(w, pages->set);
	print_readers(w, pages->set);
}

void reader_page(const struct rst_pages *pages, const char *sources)
{
	struct rst *w = rst_page_new(pages, "reader");

	rst_page_note_source(w, pages, sources);
	rst_label(w, LABEL_READER);
	rst_title(w, 0, "What a concurrent reader can see");
	if (pages->flavour == RST_KERNEL) {
		reader_page_kernel(w, pages);
		print_costs(w, pages);
		reader_counterexamples(w, pages);
		reader_changes(w, pages);
	} else {
		print_sphinx_page(w, pages);
		print_costs(w, pages);
		reader_trace_list(w, pages);
	}
	rst_free(w);
	if (pages->flavour == RST_SPHINX)
		reader_trace_pages(pages, sources);
}
