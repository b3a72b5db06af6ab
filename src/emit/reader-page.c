// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a concurrent reader can see: the page of all cases, and the part of
 * each case's own page.
 */
#include "emit/book.h"

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
	report_tell_claim(buffer_open(&b), claim);
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

/* ---- the claims ---------------------------------------------------------- */

static void claim_row(struct rst_table *t, struct report *r)
{
	const struct reading *g = report_reading(r, upstream());

	rst_table_row(t);
	cell_ref(t, worth_a_section(g) ? LABEL_READER "-" : LABEL_CASE,
		 r->c->id);
	cell_claim(t, r->c->claim);
	cell_gaps(t, g);
	cell_number(t, g->found.shortest);
	cell_told(t, report_tell_twice, g);
	cell_told(t, report_tell_verdict, g);
}

static void print_claims(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 32, 18, 5, 5, 16, 20 };
	static const char *const heads[] = { "Case",  "The mail", "Gap",
					     "Steps", "Twice",	  "Verdict" };
	struct rst_table *t = rst_table_new(6, widths);

	rst_title(w, 1, "The claims");
	paragraph(w, "What the mail claims, and what is derived for the reader "
		     "of Linux 6.17 and later. Gap: in how many of the "
		     "surroundings a read can miss a page that is mapped all "
		     "the time. Steps: of the shortest interleaving that does "
		     "it. Twice: VMAs that a read can report twice, or whose "
		     "pages it can report again as those of another VMA.");
	rst_comment(w, "claims-begin");
	head(t, heads, 6);
	for (size_t i = 0; i < set->nr; i++)
		claim_row(t, set->reports[i]);
	end_table(t, w, "The mail's claims and what is derived");
	rst_comment(w, "claims-end");
}

/* ---- cases by readers ---------------------------------------------------- */

#define MAX_READERS 15 /* in a table */

/* Add the readers that play one part. */
static size_t pick(const struct reader **picked, size_t nr_picked,
		   enum reader_part part)
{
	size_t nr;

	for (const struct reader *r = readers(&nr), *end = r + nr; r < end; r++)
		if (r->part == part && nr_picked < MAX_READERS)
			picked[nr_picked++] = r;
	return nr_picked;
}

static void list_readers(struct rst *w, const struct reader **picked, size_t nr)
{
	rst_begin_list(w);
	for (size_t i = 0; i < nr; i++) {
		rst_text(book_open_field(w, picked[i]->name), picked[i]->what);
		book_close_field(w);
	}
	rst_end_list(w);
}

static void reader_row(struct rst_table *t, struct report *r,
		       const struct reader **picked, size_t nr)
{
	rst_table_row(t);
	rst_table_text(t, "%s", r->c->id);
	for (size_t i = 0; i < nr; i++)
		cell_gaps(t, report_reading(r, picked[i]));
}

static void reader_table(struct rst *w, const struct report_set *set,
			 enum reader_part first, enum reader_part second,
			 const char *caption)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, pick(picked, 0, first), second);
	int widths[1 + MAX_READERS] = { 32 };
	struct rst_table *t;

	for (size_t i = 0; i < nr; i++)
		widths[1 + i] = 14;
	list_readers(w, picked, nr);
	t = rst_table_new(1 + nr, widths);
	rst_table_row(t);
	rst_table_text(t, "Case");
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%s", picked[i]->name);
	rst_table_head(t);
	for (size_t i = 0; i < set->nr; i++)
		reader_row(t, set->reports[i], picked, nr);
	end_table(t, w, caption);
}

static void print_readers(struct rst *w, const struct report_set *set)
{
	rst_title(w, 1, "Other ways to read");
	paragraph(w, "In how many of the surroundings a page can be missed, by "
		     "the ways to read that are or were in the kernel, and by "
		     "upstream's without a step of it:");
	rst_comment(w, "readers-begin");
	reader_table(w, set, PART_KERNEL, PART_WITHOUT,
		     "Surroundings with a gap, by reader");
	rst_comment(w, "readers-end");
	paragraph(w, "And with changes to upstream's, some of which are enough "
		     "and some not:");
	rst_comment(w, "changes-begin");
	reader_table(w, set, PART_REPAIR, PART_NOT_ENOUGH,
		     "Surroundings with a gap, by change");
	rst_comment(w, "changes-end");
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

static void print_costs(struct rst *w, const struct report_set *set)
{
	static const int widths[] = { 16, 12, 24 };
	static const char *const heads[] = { "Reader", "Quiet",
					     "More at most" };
	struct rst_table *t;
	struct read_cost *costs;
	size_t nr;
	FILE *line;

	costs = report_read_costs(set->reports, set->nr, &nr);
	if (nr) {
		t = rst_table_new(3, widths);
		rst_title(w, 1, "What the repairs cost");
		line = rst_open(w);
		fputs("Walks from the root of the tree, where upstream goes on "
		      "to the next slot. Quiet: in a read of ",
		      line);
		tell_scene(line, costs[0].of);
		fputs(" without a stop, while nobody writes. More at most: the "
		      "most that one operation of the cases adds to a read.",
		      line);
		rst_close(w);
		rst_comment(w, "costs-begin");
		head(t, heads, 3);
		cost_rows(t, costs, nr);
		end_table(t, w, "Walks from the root in one read");
		rst_comment(w, "costs-end");
	}
	free(costs);
}

/* ---- one interleaving ---------------------------------------------------- */

static void print_trace(struct rst *w, const struct exploration *x,
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

static void print_sequence(struct rst *w, const struct book *book,
			   const struct report *r, const struct exploration *x,
			   const struct observation *o)
{
	struct buffer b;

	if (book->flavour == RST_SPHINX)
		rst_directive(w, "graphviz", "%s-reader.dot", r->c->id);
	else
		rst_directive(w, "kernel-render", "DOT");
	rst_option(w, "alt",
		   "The %u steps of the interleaving in their order, as listed "
		   "below.",
		   o->length);
	if (book->flavour == RST_SPHINX)
		rst_option(w, "class", "vma-sequence");
	rst_text(rst_open_option(w, "caption"),
		 "Time runs downwards: the writer's steps on the left, the "
		 "reader's on the right, the address space between them.");
	rst_close(w);
	if (book->flavour == RST_KERNEL) {
		sequence_print(buffer_open(&b), r, x, o);
		rst_raw(w, buffer_text(&b));
		free(b.text);
	}
	rst_end(w);
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

static void print_again(struct rst *w, const struct report *r, const char *name)
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
	print_trace(w, best, o);
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
	report_tell_claim(buffer_open(&b), r->c->claim);
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
		put(line, report_tell_gaps, g);
		fprintf(line, "), after no less than %u steps; twice: ",
			g->found.shortest);
	} else {
		fputs("no gap; twice: ", line);
	}
	put(line, report_tell_twice, g);
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

static void print_counterexample(struct rst *w, const struct book *book,
				 struct report *r, const struct reading *g)
{
	struct exploration *x =
		report_explore(r, upstream(), g->left, g->right);
	const struct observation *o = exploration_worst(x);
	FILE *line;

	rst_label(w, LABEL_READER "-%s", r->c->id);
	rst_title(w, 2, r->c->id);
	line = rst_open(w);
	tell_claimed(line, r);
	tell_derived(line, g);
	if (o)
		tell_shown(line, x, o);
	rst_close(w);
	if (o && o->gap)
		print_sequence(w, book, r, x, o);
	if (o) {
		rst_comment(w, "trace-begin %s", r->c->id);
		print_trace(w, x, o);
		rst_comment(w, "trace-end %s", r->c->id);
	}
	for (size_t i = 0; i < g->judgement.nr_missing; i++)
		print_again(w, r, g->judgement.missing[i]);
	exploration_free(x);
}

static void print_counterexamples(struct rst *w, const struct book *book)
{
	bool first = true;

	for (size_t i = 0; i < book->set->nr; i++) {
		struct report *r = book->set->reports[i];
		const struct reading *g = report_reading(r, upstream());

		if (!worth_a_section(g))
			continue;
		if (first) {
			rst_title(w, 1, "Counterexamples");
			paragraph(w, "The columns of each: the steps, the "
				     "mm's lock sequence, the reader's "
				     "position and iterator, and what it "
				     "holds.");
		}
		first = false;
		print_counterexample(w, book, r, g);
	}
}

/* ---- changes that are not enough ----------------------------------------- */

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

static void print_not_enough(struct rst *w, struct report *r,
			     const struct reader *reader)
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
	print_trace(w, x, exploration_worst(x));
	exploration_free(x);
}

static void print_changes(struct rst *w, const struct report_set *set)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = pick(picked, 0, PART_NOT_ENOUGH);
	bool first = true;

	for (size_t i = 0; i < nr; i++) {
		struct report *r = quickest(set, picked[i]);

		if (!r)
			continue;
		if (first) {
			rst_label(w, LABEL_READER "-not-enough");
			rst_title(w, 1, "Changes that are not enough");
			paragraph(w, "The shortest way to a gap that each of "
				     "them leaves, over all of these cases.");
		}
		first = false;
		print_not_enough(w, r, picked[i]);
	}
}

/* ---- the page ------------------------------------------------------------ */

void reader_page(const struct book *book, const char *sources)
{
	struct rst *w = book_page(book, "reader");

	book_note_source(w, book, sources);
	rst_label(w, LABEL_READER);
	rst_title(w, 0, "What a concurrent reader can see");
	fprintf(rst_open(w),
		"Every interleaving of each case with one read of "
		"``/proc/PID/maps`` was explored, with the rules of Linux %s. "
		"No two steps were merged, and the reader may stop after any "
		"VMA and read on. Each case was explored in nine surroundings: "
		"*none*, nothing beside it, *hole*, a hole and then a VMA, or "
		"*adjacent*, a VMA right beside it, on either side. Ranges are "
		"half-open and in pages.",
		book->set->rules->version);
	rst_close(w);
	print_claims(w, book->set);
	print_readers(w, book->set);
	print_costs(w, book->set);
	print_counterexamples(w, book);
	print_changes(w, book->set);
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
	{ "Reported twice", claimed_twice, report_tell_twice, on_twice },
	{ "It looks again", claimed_again, tell_again, on_retry },
};

#define NR_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void cell_claimed(struct rst_table *t, size_t i,
			 const struct cat_claim *claim)
{
	struct buffer b;

	questions[i].claimed(buffer_open(&b), claim);
	rst_table_text(t, "%s", buffer_text(&b));
	free(b.text);
}

static struct rst_table *claimed_and_derived(const struct cat_claim *claim,
					     const struct reading *g)
{
	static const int widths[] = { 16, 16, 28, 10 };
	static const char *const heads[] = { "Question", "The mail", "Derived",
					     "Verdict" };
	struct rst_table *t = rst_table_new(4, widths);

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

static void print_answers(struct rst *w, const struct report *r,
			  const struct reading *g)
{
	const struct cat_claim *claim = r->c->claim;

	rst_directive(w, "table", "%s",
		      claim ? "What the mail claims and what is derived"
			    : "What is derived");
	rst_option(w, "widths", "auto");
	rst_table_end(claim ? claimed_and_derived(claim, g) : only_derived(g),
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

	for (size_t i = 0; i < sizeof(reached) / sizeof(*reached); i++) {
		if (!reached[i].can)
			continue;
		fprintf(line, "%s%s", comma, reached[i].what);
		comma = "; ";
	}
	if (!*comma)
		fputs("nothing of the kind", line);
}

static void print_reading_facts(struct rst *w, const struct report *r,
				const struct reading *g)
{
	rst_begin_list(w);
	if (g->found.gap) {
		put(book_open_field(w, "Surroundings with a gap"),
		    report_tell_gaps, g);
		book_close_field(w);
	}
	put_reached(book_open_field(w, "It may have to"), &g->found);
	book_close_field(w);
	fprintf(book_open_field(w, "Distinct reads"),
		"%zu, summed over %zu surroundings", g->found.observations,
		g->found.nr);
	book_close_field(w);
	fprintf(book_open_field(w, "Command"), "``vmatlas explore --trace %s``",
		r->c->id);
	book_close_field(w);
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

void reader_section(struct rst *w, struct report *r, int level)
{
	const struct reading *g = report_reading(r, upstream());
	FILE *line;

	rst_title(w, level, "What a concurrent reader can see");
	if (r->c->claim) {
		paragraph(w, "The mail says:");
		rst_paragraphs(w, r->c->claim->says);
	}
	if (g->not_explored && !g->found.gap) {
		line = rst_open(w);
		fputs("It was not explored: ", line);
		rst_text(line, g->not_explored);
		fputc('.', line);
		rst_close(w);
		return;
	}
	fprintf(rst_open(w),
		"Derived for the reader of Linux 6.17 and later (%s), from "
		"every interleaving in %zu surroundings:",
		g->reader->name, g->found.nr);
	rst_close(w);
	print_answers(w, r, g);
	print_reading_facts(w, r, g);
	point_to_page(w, r, g);
}
