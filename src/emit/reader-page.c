// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a concurrent reader can see: the page of all cases, and the part of
 * each case's own page.
 */
#include "emit/rst-page.h"
#include "lib/memory.h"

#include <stdlib.h>
#include <string.h>

static const struct reader *upstream(void)
{
	return reader_find("upstream");
}

/* A claim that is refuted or could be sharper, or a gap that nobody denied. */
static bool worth_a_section(const struct reading *g)
{
	return g->found.gap || g->judgement.all > VERDICT_HOLDS;
}

/* ---- cells --------------------------------------------------------------- */

static void head(struct rst_table *t, const char *const *heads, size_t nr)
{
	rst_table_row(t);
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%s", heads[i]);
	rst_table_head(t);
}

static void cell_ref(struct rst_table *t, const char *prefix, const char *id)
{
	struct rst *w = rst_table_cell(t, 1, 1);
	struct buffer b;

	fprintf(buffer_open(&b), "%s%s", prefix, id);
	rst_ref(rst_open(w), buffer_text(&b), id);
	rst_close(w);
	free(b.text);
}

typedef void tell_fn(FILE *out, const struct reading *g);

static void cell_told(struct rst_table *t, tell_fn *tell,
		      const struct reading *g)
{
	struct buffer b;

	tell(buffer_open(&b), g);
	rst_table_text(t, "%s", buffer_text(&b));
	free(b.text);
}

static void cell_claim(struct rst_table *t, const struct cat_claim *claim)
{
	struct buffer b;

	if (!claim) {
		rst_table_text(t, "-");
		return;
	}
	report_print_claim(buffer_open(&b), claim);
	rst_table_text(t, "%s", buffer_text(&b));
	free(b.text);
}

/* "9/9" and "-" for none, "?" where it is not known. */
static void cell_gaps(struct rst_table *t, const struct reading *g)
{
	if (g->found.gap)
		rst_table_text(t, "%zu/%zu", g->found.nr_gap, g->found.nr);
	else
		rst_table_text(t, g->not_explored ? "?" : "-");
}

static void cell_overlaps(struct rst_table *t, const struct reading *g)
{
	if (g->found.overlap)
		rst_table_text(t, "%zu/%zu", g->found.nr_overlap, g->found.nr);
	else
		rst_table_text(t, g->not_explored ? "?" : "-");
}

static void cell_number(struct rst_table *t, unsigned int number)
{
	if (number)
		rst_table_text(t, "%u", number);
	else
		rst_table_text(t, "-");
}

static void end_table(struct rst_table *t, struct rst *w, const char *caption)
{
	rst_directive(w, "table", "%s", caption);
	rst_option(w, "class", "vma-cases");
	rst_option(w, "widths", "auto");
	rst_table_end(t, w);
	rst_end(w);
}

static void paragraph(struct rst *w, const char *text)
{
	rst_text(rst_open(w), text);
	rst_close(w);
}

static void claim_row(struct rst_table *t, struct report *r)
{
	const struct reading *g = report_reading(r, upstream());

	rst_table_row(t);
	cell_ref(t, worth_a_section(g) ? LABEL_READER "-" : LABEL_CASE,
		 r->c->id);
	cell_claim(t, r->c->claim);
	cell_gaps(t, g);
	cell_number(t, g->found.shortest);
	cell_overlaps(t, g);
	cell_told(t, report_print_twice, g);
	cell_told(t, report_print_verdict, g);
}

/* ---- the reader, for who has not read its source --------------------------- */

static void print_algorithm(struct rst *w, const struct rst_pages *pages)
{
	static const char *const steps[] = {
		"Unlock the VMA that was reported last, if any.",
		"Sample mm_lock_seq of the mm_struct. It is odd while a writer holds the mmap lock.",
		"Ask the iterator for the next VMA. If there is none, the read ends.",
		"Lock the VMA for reading. If a writer has it, look up and "
		"lock the next VMA under the mmap lock instead, which is the "
		"fallback. If it is detached, set the iterator back and begin "
		"anew at 2.",
		"Verify. (a) If the VMA ends at or below the end of the last "
		"one: the fallback. (b) If there is a hole before it, and a "
		"writer was in at 2 or the sequence has changed since, set the "
		"iterator back, and look whether the next is this VMA; if not: "
		"the fallback.",
		"Report the VMA. After any report the buffer may be full; the next read() goes on behind it.",
	};

	rst_title(w, 1, "The reader");
	paragraph(
		w,
		"One round for each VMA. Every step is atomic, and steps of the writer may fall between any two:");
	rst_begin_list(w);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char marker[24];

		snprintf(marker, sizeof(marker), "%zu. ", i + 1);
		rst_page_text(pages, rst_open_item(w, marker), steps[i]);
		rst_close(w);
		rst_end(w);
	}
	rst_end_list(w);
}

/* ---- the claims ---------------------------------------------------------- */

static const char explains_claims[] =
	"Gap: in how many of the surroundings a read can miss a page that is "
	"mapped all the time, the kernel's second promise. Steps: of the shortest "
	"interleaving that does it. Overlap: in how many a page can be in two "
	"lines, the first promise. Twice: VMAs that a read can report twice, or whose pages it can report "
	"again as those of another VMA.";

static void print_claims(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 32, 18, 5, 5, 7, 16, 20 };
	static const char *const heads[] = { "Case",   "The mail", "Gap",
					     "Steps",  "Overlap",  "Twice",
					     "Verdict" };
	struct rst_table *t = rst_table_new(7, widths);
	FILE *line;

	rst_title(w, 1, "The claims");
	line = rst_open(w);
	fputs("What the mail claims, and what is derived for the reader of Linux 6.17 and later. ",
	      line);
	rst_text(line, explains_claims);
	rst_close(w);
	rst_comment(w, "claims-begin");
	head(t, heads, 7);
	for (size_t i = 0; i < set->nr; i++)
		claim_row(t, set->reports[i]);
	end_table(t, w, "The mail's claims and what is derived");
	rst_comment(w, "claims-end");
}

/* ---- the same in narrow tables, for the kernel ---------------------------- */

/* A case, linked to its section if the page has one. */
static void cell_section(struct rst_table *t, struct report *r)
{
	struct rst *w = rst_table_cell(t, 1, 1);
	FILE *line = rst_open(w);

	if (worth_a_section(report_reading(r, upstream())))
		rst_title_ref(line, r->c->id);
	else
		rst_text(line, r->c->id);
	rst_close(w);
}

static void end_narrow_table(struct rst_table *t, struct rst *w,
			     const char *caption)
{
	rst_directive(w, "table", "%s", caption);
	rst_option(w, "widths", "auto");
	rst_table_end(t, w);
	rst_end(w);
}

static void narrow_claims(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 31, 18, 17 };
	static const char *const heads[] = { "Case", "The mail", "Verdict" };
	struct rst_table *t = rst_table_new(3, widths);

	head(t, heads, 3);
	for (size_t i = 0; i < set->nr; i++) {
		struct report *r = set->reports[i];

		if (!r->c->claim)
			continue;
		rst_table_row(t);
		cell_section(t, r);
		cell_claim(t, r->c->claim);
		cell_told(t, report_print_verdict,
			  report_reading(r, upstream()));
	}
	end_narrow_table(t, w, "The mail's claims");
}

static void narrow_findings(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 38, 3, 5, 7, 14 };
	static const char *const heads[] = { "Case", "Gap", "Steps", "Overlap",
					     "Twice" };
	struct rst_table *table = rst_table_new(5, widths);

	head(table, heads, 5);
	for (size_t i = 0; i < set->nr; i++) {
		const struct reading *g =
			report_reading(set->reports[i], upstream());

		rst_table_row(table);
		cell_section(table, set->reports[i]);
		cell_gaps(table, g);
		cell_number(table, g->found.shortest);
		cell_overlaps(table, g);
		cell_told(table, report_print_twice, g);
	}
	end_narrow_table(table, w, "What can be seen of each case");
}

static bool is_claimed(const struct report_set *set)
{
	for (size_t i = 0; i < set->nr; i++)
		if (set->reports[i]->c->claim)
			return true;
	return false;
}

static void print_narrow_claims(struct rst *w, const struct report_set *set)
{
	rst_title(w, 1, "What is derived");
	paragraph(w, "For the reader of Linux 6.17 and later.");
	paragraph(w, explains_claims);
	narrow_findings(w, set);
	rst_page_command(w, "vmatlas explore");
	if (!is_claimed(set))
		return;
	rst_title(w, 1, "The claims");
	paragraph(w, "The cases of which the mail says what a reader can see. "
		     "A claim is refuted by one interleaving. It is weaker "
		     "than what is true if nothing in it is wrong, but more "
		     "can be seen than it says.");
	narrow_claims(w, set);
	rst_page_command(w, "vmatlas explore");
}

/* ---- files by version ---------------------------------------------------- */

/* In how many of the cases one of the promises can be broken. */
static void cell_broken(struct rst_table *t, const struct report_set *set,
			const struct reader *reader, bool gap)
{
	size_t nr = 0;

	for (size_t i = 0; i < set->nr; i++) {
		const struct reading *g =
			report_reading(set->reports[i], reader);

		nr += gap ? g->found.gap : g->found.overlap;
	}
	if (nr)
		rst_table_text(t, "%zu of %zu", nr, set->nr);
	else
		rst_table_text(t, "-");
}

static void file_row(struct rst_table *t, const struct report_set *set,
		     const struct reader_file *f)
{
	const struct reader *reader = reader_find(f->reader);

	rst_table_row(t);
	rst_table_text(t, "%s", f->name);
	rst_table_text(t, f->until ? "%s to %s" : "%s on", f->since, f->until);
	rst_table_text(t, "%s", f->reader);
	cell_broken(t, set, reader, true);
	cell_broken(t, set, reader, false);
}

static void print_files(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 16, 13, 13, 8, 8 };
	static const char *const heads[] = { "File", "Linux", "Reader", "Gap",
					     "Overlap" };
	struct rst_table *t = rst_table_new(5, widths);
	size_t nr;
	const struct reader_file *f = reader_files(&nr);

	rst_title(w, 1, "Files by version");
	paragraph(
		w,
		"How each file is read, by which of the readers below, and in how many of the cases a page that is mapped all the time can be missed, or be in two lines.");
	rst_comment(w, "files-begin");
	head(t, heads, 5);
	for (size_t i = 0; i < nr; i++)
		file_row(t, set, &f[i]);
	end_table(t, w, "The kernel's promises, by file and version");
	rst_comment(w, "files-end");
}

/* ---- cases by readers ---------------------------------------------------- */

#define MAX_READERS 15 /* in a table */

/* The readers of one part or more that follow one another. */
static size_t pick(const struct reader **picked, enum reader_part first,
		   enum reader_part last)
{
	size_t nr, nr_picked = 0;

	for (const struct reader *r = readers(&nr), *end = r + nr; r < end; r++)
		if (r->part >= first && r->part <= last &&
		    nr_picked < MAX_READERS)
			picked[nr_picked++] = r;
	return nr_picked;
}

static void list_readers(struct rst *w, enum reader_part first,
			 enum reader_part last)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, first, last);

	rst_begin_list(w);
	for (size_t i = 0; i < nr; i++) {
		rst_text(rst_page_open_field(w, picked[i]->name),
			 picked[i]->what);
		rst_page_close_field(w);
	}
	rst_end_list(w);
}

typedef void cell_fn(struct rst_table *t, const struct reading *g);

static void reader_row(struct rst_table *t, struct report *r,
		       const struct reader **picked, size_t nr, cell_fn *cell)
{
	rst_table_row(t);
	rst_table_text(t, "%s", r->c->id);
	for (size_t i = 0; i < nr; i++)
		cell(t, report_reading(r, picked[i]));
}

static void reader_table(struct rst *w, const struct report_set *set,
			 enum reader_part first, enum reader_part last,
			 cell_fn *cell, const char *caption)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, first, last);
	int widths[1 + MAX_READERS] = { 32 };
	struct rst_table *t;

	for (size_t i = 0; i < nr; i++)
		widths[1 + i] = 14;
	t = rst_table_new(1 + nr, widths);
	rst_table_row(t);
	rst_table_text(t, "Case");
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%s", picked[i]->name);
	rst_table_head(t);
	for (size_t i = 0; i < set->nr; i++)
		reader_row(t, set->reports[i], picked, nr, cell);
	end_table(t, w, caption);
}

static const char explains_readers[] =
	"In how many of the surroundings a page can be missed, by the ways to read that are or were in the kernel, and by upstream's without a step of it:";
static const char explains_changes[] =
	"And with changes to upstream's: repairs, changes that leave a gap in sequences of two operations only, and changes that are not enough:";

static void print_readers(struct rst *w, const struct report_set *set)
{
	rst_title(w, 1, "Other ways to read");
	paragraph(w, explains_readers);
	rst_comment(w, "readers-begin");
	list_readers(w, PART_KERNEL, PART_WITHOUT);
	reader_table(w, set, PART_KERNEL, PART_WITHOUT, cell_gaps,
		     "Surroundings with a gap, by reader");
	reader_table(w, set, PART_KERNEL, PART_WITHOUT, cell_overlaps,
		     "Surroundings with an overlap, by reader");
	rst_comment(w, "readers-end");
	paragraph(w, explains_changes);
	rst_comment(w, "changes-begin");
	list_readers(w, PART_REPAIR, PART_NOT_ENOUGH);
	reader_table(w, set, PART_REPAIR, PART_NOT_ENOUGH, cell_gaps,
		     "Surroundings with a gap, by change");
	reader_table(w, set, PART_REPAIR, PART_NOT_ENOUGH, cell_overlaps,
		     "Surroundings with an overlap, by change");
	rst_comment(w, "changes-end");
}

/* ---- the same for the kernel: readers have numbers, or it is too wide ------ */

static void number_readers(struct rst *w, const struct rst_pages *pages,
			   const struct reader **picked, size_t nr)
{
	rst_begin_list(w);
	for (size_t i = 0; i < nr; i++) {
		char marker[24];
		FILE *line;

		snprintf(marker, sizeof(marker), "%zu. ", i + 1);
		line = rst_open_item(w, marker);
		fprintf(line, "**%s**: ", picked[i]->name);
		rst_page_text(pages, line, picked[i]->what);
		rst_close(w);
		rst_end(w);
	}
	rst_end_list(w);
}

/* Whether a row of the table says anything. */
static bool any_gap(struct report *r, const struct reader **picked, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct reading *g = report_reading(r, picked[i]);

		if (g->found.gap || g->not_explored)
			return true;
	}
	return false;
}

static struct rst_table *numbered_table(size_t nr)
{
	int widths[1 + MAX_READERS] = { 39 };
	struct rst_table *t;

	for (size_t i = 0; i < nr; i++)
		widths[1 + i] = 3;
	t = rst_table_new(1 + nr, widths);
	rst_table_row(t);
	rst_table_text(t, "Case");
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%zu", i + 1);
	rst_table_head(t);
	return t;
}

static void narrow_reader_table(struct rst *w, const struct rst_pages *pages,
				enum reader_part first, enum reader_part last,
				const char *caption)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, first, last);
	struct rst_table *t = numbered_table(nr);

	number_readers(w, pages, picked, nr);
	for (size_t i = 0; i < pages->set->nr; i++)
		if (any_gap(pages->set->reports[i], picked, nr))
			reader_row(t, pages->set->reports[i], picked, nr,
				   cell_gaps);
	end_narrow_table(t, w, caption);
	rst_page_command(w, "vmatlas explore --reader all");
}

static void print_narrow_readers(struct rst *w, const struct rst_pages *pages)
{
	rst_title(w, 1, "Other ways to read");
	paragraph(w, explains_readers);
	narrow_reader_table(w, pages, PART_KERNEL, PART_WITHOUT,
			    "Surroundings with a gap, by reader");
	paragraph(w, explains_changes);
	narrow_reader_table(w, pages, PART_REPAIR, PART_NOT_ENOUGH,
			    "Surroundings with a gap, by change");
	paragraph(
		w,
		"Of cases that are not in a table, none of its readers can miss a page.");
}

/* ---- costs --------------------------------------------------------------- */

/* The scene is a hole and a VMA below the case, and a VMA right above it. */
static void tell_scene(FILE *line, const struct report *r)
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
	static const int widths[] = { 16, 12, 24 };
	static const char *const heads[] = { "Reader", "Quiet",
					     "More at most" };
	static const char caption[] = "Walks from the root in one read";
	struct rst_table *t = rst_table_new(3, widths);

	head(t, heads, 3);
	cost_rows(t, costs, nr);
	if (pages->flavour == RST_KERNEL) {
		end_narrow_table(t, w, caption);
		paragraph(w, "They are counted whenever this page is written.");
		return;
	}
	rst_comment(w, "costs-begin");
	end_table(t, w, caption);
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
		tell_scene(line, costs[0].of);
		fputs(" without a stop, while nobody writes. More at most: the most that one operation of the cases adds to a read.",
		      line);
		rst_close(w);
		print_cost_table(w, pages, costs, nr);
	}
	free(costs);
}

/* The case in which a reader comes to a gap in the fewest steps. */
static struct report *quickest(const struct report_set *set,
			       const struct reader *reader)
{
	struct report *best = NULL;
	unsigned int steps = 0;

	for (size_t i = 0; i < set->nr; i++) {
		const struct reading *g =
			report_reading(set->reports[i], reader);

		if (!g->found.gap || (best && g->found.shortest >= steps))
			continue;
		best = set->reports[i];
		steps = g->found.shortest;
	}
	return best;
}

/* ---- one interleaving ---------------------------------------------------- */

static void print_wide_trace(struct rst *w, const struct exploration *x,
			     const struct observation *o)
{
	struct buffer b;

	path_print(buffer_open(&b), x, o);
	buffer_text(&b);
	rst_directive(w, "container", "vma-trace");
	rst_literal(w, b.text);
	rst_end(w);
	free(b.text);
}

/* Who does what, without the columns of the reader's state. */
static void print_narrow_steps(FILE *out, const struct exploration *x,
			       const struct observation *o)
{
	struct path *path = exploration_path(x, o->state);

	fprintf(out, "%3s  %-33s%s\n", "#", "writer", "reader");
	for (size_t i = 0; i < path->nr; i++) {
		const struct path_step *step = &path->steps[i];

		fprintf(out, "%3zu  %*s%s\n", i + 1,
			step->actor == WRITER ? 0 : 33, "", step->text);
	}
	path_free(path);
}

/* What comes of it: all but the steps. */
static void print_result(FILE *out, const struct exploration *x,
			 const struct observation *o)
{
	struct buffer b;
	const char *result;

	path_print(buffer_open(&b), x, o);
	result = strstr(buffer_text(&b), "\n\n");
	fputs(result ? result + 1 : "", out);
	free(b.text);
}

static void print_narrow_trace(struct rst *w, const struct exploration *x,
			       const struct observation *o)
{
	struct buffer b;

	buffer_open(&b);
	print_narrow_steps(b.out, x, o);
	print_result(b.out, x, o);
	rst_literal(w, buffer_text(&b));
	free(b.text);
}

/* It prints the steps of one interleaving: of others, only that there are. */
static void print_trace_command(struct rst *w, const struct report *r,
				const struct exploration *x, bool worst)
{
	FILE *line = rst_open(w);

	fprintf(line,
		"%s ``vmatlas explore%s --left %s --right %s --reader %s %s``.",
		worst ? "Shown by" : "That there is one is shown by",
		worst ? " --trace" : "", side_name(x->opts.left),
		side_name(x->opts.right), x->opts.reader->name, r->c->id);
	rst_close(w);
}

static void print_trace(struct rst *w, const struct rst_pages *pages,
			const struct report *r, const struct exploration *x,
			const struct observation *o)
{
	if (pages->flavour == RST_SPHINX) {
		print_wide_trace(w, x, o);
		return;
	}
	print_narrow_trace(w, x, o);
	print_trace_command(w, r, x, o == exploration_worst(x));
}

/* ---- its graph ------------------------------------------------------------ */

static const char explains_sequence[] =
	"Time runs downwards: the writer's steps on the left, the reader's on the right, the address space between them.";

static char *sequence_alt(const struct observation *o)
{
	struct buffer b;

	fprintf(buffer_open(&b),
		"The %u steps of the interleaving in their order, as listed below.",
		o->length);
	buffer_text(&b);
	return b.text;
}

static void refer_to_sequence(struct rst *w, const struct report *r,
			      const char *alt)
{
	rst_directive(w, "graphviz", "%s-reader.dot", r->c->id);
	rst_option(w, "alt", "%s", alt);
	rst_option(w, "class", "vma-sequence");
	rst_text(rst_open_option(w, "caption"), explains_sequence);
	rst_close(w);
	rst_end(w);
}

static char *sequence_name(const struct report *r)
{
	struct buffer b;

	fprintf(buffer_open(&b), LABEL_READER "-%s.dot", r->c->id);
	buffer_text(&b);
	return b.text;
}

static void put_sequence(struct rst *w, const struct rst_pages *pages,
			 const struct report *r, const struct exploration *x,
			 const struct observation *o, const char *alt)
{
	char *name = sequence_name(r);
	struct buffer b;

	sequence_print(buffer_open(&b), r, x, o);
	kernel_figure(w, pages, name, alt, explains_sequence, buffer_text(&b));
	free(b.text);
	free(name);
}

/* For the kernel only the shortest is drawn: the others look much like it. */
static void print_sequence(struct rst *w, const struct rst_pages *pages,
			   const struct report *r, const struct exploration *x,
			   const struct observation *o)
{
	char *alt = sequence_alt(o);

	if (pages->flavour == RST_SPHINX)
		refer_to_sequence(w, r, alt);
	else if (r == quickest(pages->set, upstream()))
		put_sequence(w, pages, r, x, o, alt);
	free(alt);
}

void reader_graphs(const struct rst_pages *pages)
{
	struct report *r = quickest(pages->set, upstream());
	const struct reading *g;
	struct exploration *x;
	char *name;
	FILE *out;

	if (!r)
		return;
	g = report_reading(r, upstream());
	x = report_explore(r, upstream(), g->left, g->right);
	name = sequence_name(r);
	out = kernel_figure_file(pages, name);
	if (out)
		sequence_print(out, r, x, exploration_worst(x));
	free(name);
	exploration_free(x);
}

static void tell_surrounding(FILE *line, const struct exploration *x)
{
	fprintf(line, "below: %s, above: %s", side_name(x->opts.left),
		side_name(x->opts.right));
}

/* ---- a read that reports again what the mail says nothing of ------------- */

static bool reports_again(const struct exploration *x,
			  const struct observation *o, const char *name)
{
	for (vma_id id = 1; id < 32; id++)
		if ((o->twice | o->again) & 1U << id &&
		    !strcmp(exploration_name(x, id), name))
			return true;
	return false;
}

/* The observations of an exploration are in the order of their lengths. */
static const struct observation *first_again(const struct exploration *x,
					     const char *name)
{
	for (size_t i = 0; i < x->nr; i++)
		if (reports_again(x, &x->observations[i], name))
			return &x->observations[i];
	return NULL;
}

static void print_again(struct rst *w, const struct rst_pages *pages,
			const struct report *r, const char *name)
{
	struct exploration *best = NULL;
	const struct observation *o = NULL;
	FILE *line;

	for (int i = 0; i < NR_SIDES * NR_SIDES; i++) {
		struct exploration *x = report_explore(
			r, upstream(), i / NR_SIDES, i % NR_SIDES);
		const struct observation *again = first_again(x, name);

		if (!again || (o && o->length <= again->length)) {
			exploration_free(x);
			continue;
		}
		exploration_free(best);
		best = x;
		o = again;
	}
	if (!best)
		return;
	line = rst_open(w);
	fputs("The shortest interleaving in which pages of ", line);
	rst_text(line, name);
	fputs(" are reported twice (", line);
	tell_surrounding(line, best);
	fputs("):", line);
	rst_close(w);
	print_trace(w, pages, r, best, o);
	exploration_free(best);
}

/* ---- a refuted claim, or one that could be sharper ----------------------- */

static void put(FILE *line, tell_fn *tell, const struct reading *g)
{
	struct buffer b;

	tell(buffer_open(&b), g);
	rst_text(line, buffer_text(&b));
	free(b.text);
}

static void tell_claimed(FILE *line, const struct report *r)
{
	struct buffer b;

	if (!r->c->claim) {
		fputs("The mail does not speak of this case. ", line);
		return;
	}
	fputs("The mail claims: ", line);
	report_print_claim(buffer_open(&b), r->c->claim);
	rst_text(line, buffer_text(&b));
	fputs(". ", line);
	free(b.text);
}

static void tell_derived(FILE *line, const struct reading *g)
{
	fputs("Derived: ", line);
	if (g->found.gap) {
		fprintf(line, "a gap in %zu of %zu surroundings (",
			g->found.nr_gap, g->found.nr);
		put(line, report_print_gaps, g);
		fprintf(line, "), after no fewer than %u steps; twice: ",
			g->found.shortest);
	} else {
		fputs("no gap; twice: ", line);
	}
	put(line, report_print_twice, g);
	fputs(". ", line);
}

static void tell_shown(FILE *line, const struct exploration *x,
		       const struct observation *o)
{
	fprintf(line, o->gap ? "The shortest way to a gap (" : "A read (");
	tell_surrounding(line, x);
	if (o->gap)
		fprintf(line, ") misses [%lu, %lu).", o->gap_start, o->gap_end);
	else
		fputs("):", line);
}

static void print_marked_trace(struct rst *w, const struct rst_pages *pages,
			       const struct report *r,
			       const struct exploration *x,
			       const struct observation *o)
{
	if (pages->flavour == RST_SPHINX)
		rst_comment(w, "trace-begin %s", r->c->id);
	print_trace(w, pages, r, x, o);
	if (pages->flavour == RST_SPHINX)
		rst_comment(w, "trace-end %s", r->c->id);
}

static void begin_counterexample(struct rst *w, const struct rst_pages *pages,
				 const struct report *r)
{
	if (pages->flavour == RST_KERNEL)
		rst_page_position(w, &r->c->pos);
	rst_label(w, LABEL_READER "-%s", r->c->id);
	rst_title(w, 2, r->c->id);
}

static void print_counterexample(struct rst *w, const struct rst_pages *pages,
				 struct report *r, const struct reading *g)
{
	struct exploration *x =
		report_explore(r, upstream(), g->left, g->right);
	const struct observation *o = exploration_worst(x);
	FILE *line;

	begin_counterexample(w, pages, r);
	line = rst_open(w);
	tell_claimed(line, r);
	tell_derived(line, g);
	if (o)
		tell_shown(line, x, o);
	rst_close(w);
	if (o && o->gap)
		print_sequence(w, pages, r, x, o);
	if (o)
		print_marked_trace(w, pages, r, x, o);
	for (size_t i = 0; i < g->judgement.nr_missing; i++)
		print_again(w, pages, r, g->judgement.missing[i]);
	exploration_free(x);
}

static void explain_columns(struct rst *w, const struct rst_pages *pages)
{
	if (pages->flavour == RST_SPHINX)
		paragraph(
			w,
			"The columns of each: the steps, the mm's lock sequence, the reader's position and iterator, and what it holds.");
	else
		paragraph(w, "Each is a list of steps in their order, the "
			     "writer's on the left and the reader's on the "
			     "right. What the read returns and a picture of it "
			     "follow. A store to the maple tree is done in "
			     "place, or puts a new node for the old one; an "
			     "iterator that stands in the old one then finds a "
			     "dead node, and walks from the root to where it "
			     "was. A hole is believed if 5 (b) does not look "
			     "again.");
}

static void print_counterexamples(struct rst *w, const struct rst_pages *pages)
{
	bool first = true;

	for (size_t i = 0; i < pages->set->nr; i++) {
		struct report *r = pages->set->reports[i];
		const struct reading *g = report_reading(r, upstream());

		if (!worth_a_section(g))
			continue;
		if (first) {
			rst_title(w, 1, "Counterexamples");
			explain_columns(w, pages);
		}
		first = false;
		print_counterexample(w, pages, r, g);
	}
}

/* ---- changes that are not enough ----------------------------------------- */

static void print_not_enough(struct rst *w, const struct rst_pages *pages,
			     struct report *r, const struct reader *reader)
{
	const struct reading *g = report_reading(r, reader);
	struct exploration *x = report_explore(r, reader, g->left, g->right);
	FILE *line = rst_open(w);

	fprintf(line, "**%s** (", reader->name);
	rst_text(line, reader->what);
	fputs("): in ", line);
	rst_code(line, r->c->id);
	fputs(" (", line);
	tell_surrounding(line, x);
	fputs("):", line);
	rst_close(w);
	print_trace(w, pages, r, x, exploration_worst(x));
	exploration_free(x);
}

static void print_changes(struct rst *w, const struct rst_pages *pages)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, PART_NOT_ENOUGH, PART_NOT_ENOUGH);
	bool first = true;

	for (size_t i = 0; i < nr; i++) {
		struct report *r = quickest(pages->set, picked[i]);

		if (!r)
			continue;
		if (first) {
			rst_label(w, LABEL_READER "-not-enough");
			rst_title(w, 1, "Changes that are not enough");
			paragraph(
				w,
				"The shortest way to a gap that each of them leaves, over all of these cases.");
		}
		first = false;
		print_not_enough(w, pages, r, picked[i]);
	}
}

/* ---- the page ------------------------------------------------------------ */

static void print_method(struct rst *w, const struct rst_pages *pages)
{
	fprintf(rst_open(w),
		"Every interleaving of each case with one read of "
		"``/proc/PID/maps`` was explored, with the rules of Linux %s. "
		"Each step was taken by itself, and the reader may stop after "
		"any VMA and read on. Each case was explored in nine "
		"surroundings: *none*, nothing beside it, *hole*, a hole and "
		"then a VMA, or *adjacent*, a VMA right beside it, on either "
		"side. Ranges are half-open and in pages.",
		pages->set->rules->version);
	rst_close(w);
}

/* What readers of the kernel's pages are not told elsewhere. */
static void print_background(struct rst *w, const struct rst_pages *pages)
{
	FILE *line = rst_open(w);

	rst_page_text(
		pages, line,
		"Since Linux 6.17 a read of /proc/PID/maps takes no mmap lock, "
		"if the kernel has CONFIG_PER_VMA_LOCK. For each VMA, "
		"lock_next_vma() takes the next one from the iterator of the "
		"maple tree, read-locks it, and looks whether it is still what "
		"was looked for. So an operation can be seen half done, and "
		"the question is how. ");
	rst_ref(line, LABEL_TERMS, NULL);
	fputs(" are explained in the index of these pages.", line);
	rst_close(w);
}

static void print_kernel_page(struct rst *w, const struct rst_pages *pages)
{
	print_background(w, pages);
	print_method(w, pages);
	print_algorithm(w, pages);
	print_narrow_claims(w, pages->set);
	print_files(w, pages->set);
	print_narrow_readers(w, pages);
}

static void print_sphinx_page(struct rst *w, const struct rst_pages *pages)
{
	print_method(w, pages);
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
	if (pages->flavour == RST_KERNEL)
		print_kernel_page(w, pages);
	else
		print_sphinx_page(w, pages);
	print_costs(w, pages);
	print_counterexamples(w, pages);
	print_changes(w, pages);
	rst_free(w);
}

/* ---- in the page of a case ----------------------------------------------- */

static void tell_gap_short(FILE *out, const struct reading *g)
{
	if (g->found.gap)
		fprintf(out, "in %zu of %zu surroundings", g->found.nr_gap,
			g->found.nr);
	else
		fputs("no", out);
}

static void tell_again(FILE *out, const struct reading *g)
{
	fputs(g->found.retry || g->found.false_hole ? "yes" : "no", out);
}

static void claimed_gap(FILE *out, const struct cat_claim *claim)
{
	fputs(claim->gap ? "yes" : "no", out);
}

static void claimed_twice(FILE *out, const struct cat_claim *claim)
{
	for (size_t i = 0; i < claim->nr_twice; i++)
		fprintf(out, "%s%s", i ? ", " : "", claim->twice[i].text);
	if (!claim->nr_twice)
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
	tell_fn *derived;
	enum verdict (*verdict)(const struct judgement *j);
} questions[] = {
	{ "A gap may show", claimed_gap, tell_gap_short, on_gap },
	{ "Reported twice", claimed_twice, report_print_twice, on_twice },
	{ "It looks again", claimed_again, tell_again, on_retry },
};

#define NR_QUESTIONS (ARRAY_SIZE(questions))

static void cell_claimed(struct rst_table *t, size_t i,
			 const struct cat_claim *claim)
{
	struct buffer b;

	questions[i].claimed(buffer_open(&b), claim);
	rst_table_text(t, "%s", buffer_text(&b));
	free(b.text);
}

static struct rst_table *claimed_and_derived(const struct rst_pages *pages,
					     const struct cat_claim *claim,
					     const struct reading *g)
{
	static const int wide[] = { 16, 16, 28, 10 };
	static const int narrow[] = { 16, 14, 22, 10 };
	static const char *const heads[] = { "Question", "The mail", "Derived",
					     "Verdict" };
	struct rst_table *t =
		rst_table_new(4, pages->flavour == RST_KERNEL ? narrow : wide);

	head(t, heads, 4);
	for (size_t i = 0; i < NR_QUESTIONS; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", questions[i].what);
		cell_claimed(t, i, claim);
		cell_told(t, questions[i].derived, g);
		rst_table_text(
			t, "%s",
			verdict_name(questions[i].verdict(&g->judgement)));
	}
	return t;
}

/* Where the mail says nothing there is no verdict, either. */
static struct rst_table *only_derived(const struct reading *g)
{
	static const int widths[] = { 16, 28 };
	static const char *const heads[] = { "Question", "Derived" };
	struct rst_table *t = rst_table_new(2, widths);

	head(t, heads, 2);
	for (size_t i = 0; i < NR_QUESTIONS; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", questions[i].what);
		cell_told(t, questions[i].derived, g);
	}
	return t;
}

static void print_answers(struct rst *w, const struct rst_pages *pages,
			  const struct report *r, const struct reading *g)
{
	const struct cat_claim *claim = r->c->claim;

	rst_directive(w, "table", "%s",
		      claim ? "What the mail claims and what is derived"
			    : "What is derived");
	rst_option(w, "widths", "auto");
	rst_table_end(claim ? claimed_and_derived(pages, claim, g)
			    : only_derived(g),
		      w);
	rst_end(w);
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
		put(rst_page_open_field(w, "Surroundings with a gap"),
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
	struct buffer b;
	FILE *line = rst_open(w);

	buffer_open(&b);
	if (worth_a_section(g)) {
		fprintf(b.out, LABEL_READER "-%s", r->c->id);
		fputs("The interleaving that shows it: ", line);
	} else {
		fputs(LABEL_READER, b.out);
		fputs("All cases, and other ways to read: ", line);
	}
	rst_ref(line, buffer_text(&b), worth_a_section(g) ? r->c->id : NULL);
	fputc('.', line);
	rst_close(w);
	free(b.text);
}

static void print_claim_of_mail(struct rst *w, const struct rst_pages *pages,
				const struct cat_claim *claim)
{
	if (!claim)
		return;
	if (pages->flavour == RST_SPHINX)
		paragraph(w, "The mail says:");
	rst_page_paragraphs(pages, w, claim->says);
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
	const struct reading *g = report_reading(r, upstream());

	rst_page_heading(
		pages, w, level,
		pages->flavour == RST_KERNEL && r->c->claim
			? "What a concurrent reader can see, by the mail"
			: "What a concurrent reader can see");
	print_claim_of_mail(w, pages, r->c->claim);
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
