// SPDX-License-Identifier: GPL-2.0-only
/* What concurrent readers can see: interleavings, in text and as graphs. */
#include "emit/reader-page.h"
#include "lib/memory.h"

#include <string.h>

/* ---- one interleaving ---------------------------------------------------- */

static void print_wide_trace(struct rst *w, const struct exploration *x,
			     const struct observation *o)
{
	char *text __free(free) = PRINTED(
		out, path_print(out, x, o, &(struct path_style){ PATH_WIDTH }));

	rst_directive(w, "container", "vma-trace");
	rst_literal(w, text);
	rst_end(w);
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
			step->task == WRITER ? 0 : 33, "", step->text);
	}
	path_free(path);
}

/* What comes of it: all but the steps. */
static void print_result(FILE *out, const struct exploration *x,
			 const struct observation *o)
{
	char *text __free(free) =
		PRINTED(path, path_print(path, x, o,
					 &(struct path_style){ PATH_WIDTH }));
	const char *result = strstr(text, "\n\n");

	fputs(result ? result + 1 : "", out);
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
		worst ? " --trace" : "", side_names[x->opts.left],
		side_names[x->opts.right], x->opts.reader->name, r->c->id);
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
	return xasprintf(
		"The %u steps of the interleaving in their order, as listed below.",
		o->length);
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
	return xasprintf(LABEL_READER "-%s.dot", r->c->id);
}

static void put_sequence(struct rst *w, const struct rst_pages *pages,
			 const struct report *r, const struct exploration *x,
			 const struct observation *o, const char *alt)
{
	char *name __free(free) = sequence_name(r);
	char *text __free(free) = PRINTED(out, sequence_print(out, r, x, o));

	kernel_figure(w, pages, name, alt, explains_sequence, text);
}

/* For the kernel only the shortest is drawn: the others look much like it. */
static void print_sequence(struct rst *w, const struct rst_pages *pages,
			   const struct report *r, const struct exploration *x,
			   const struct observation *o)
{
	char *alt __free(free) = sequence_alt(o);

	if (pages->flavour == RST_SPHINX)
		refer_to_sequence(w, r, alt);
	else if (r == reader_quickest(pages->set, reader_upstream()))
		put_sequence(w, pages, r, x, o, alt);
}

void reader_graphs(const struct rst_pages *pages)
{
	struct report *r = reader_quickest(pages->set, reader_upstream());
	const struct reading *g;

	if (!r)
		return;
	g = report_reading(r, reader_upstream());

	struct exploration *x __free(exploration) =
		report_explore(r, reader_upstream(), g->left, g->right);
	char *name __free(free) = sequence_name(r);
	FILE *out = kernel_figure_file(pages, name);

	if (out)
		sequence_print(out, r, x, exploration_worst(x));
}

static void print_surrounding(FILE *line, const struct exploration *x)
{
	fprintf(line, "below: %s, above: %s", side_names[x->opts.left],
		side_names[x->opts.right]);
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
			r, reader_upstream(), i / NR_SIDES, i % NR_SIDES);
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
	print_surrounding(line, best);
	fputs("):", line);
	rst_close(w);
	print_trace(w, pages, r, best, o);
	exploration_free(best);
}

/* ---- a refuted claim, or one that could be sharper ----------------------- */

static void print_claimed(FILE *line, const struct report *r)
{
	char *text __free(free) = NULL;

	if (!r->c->claim) {
		fputs("The mail does not speak of this case. ", line);
		return;
	}
	text = PRINTED(out, report_print_claim(out, r->c->claim));
	fputs("The mail claims: ", line);
	rst_text(line, text);
	fputs(". ", line);
}

static void print_derived(FILE *line, const struct reading *g)
{
	fputs("Derived: ", line);
	if (g->found.gap) {
		fprintf(line, "a gap in %zu of %zu surroundings (",
			g->found.nr_gap, g->found.nr);
		reading_put(line, report_print_gaps, g);
		fprintf(line, "), after no fewer than %u steps; twice: ",
			g->found.shortest);
	} else {
		fputs("no gap; twice: ", line);
	}
	reading_put(line, report_print_twice, g);
	fputs(". ", line);
}

static void print_shown(FILE *line, const struct exploration *x,
			const struct observation *o)
{
	fprintf(line, o->gap ? "The shortest way to a gap (" : "A read (");
	print_surrounding(line, x);
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

static void print_counterexample(struct rst *w, const struct rst_pages *pages,
				 struct report *r, const struct reading *g)
{
	struct exploration *x __free(exploration) =
		report_explore(r, reader_upstream(), g->left, g->right);
	const struct observation *o = exploration_worst(x);
	FILE *line = rst_open(w);

	print_claimed(line, r);
	print_derived(line, g);
	if (o)
		print_shown(line, x, o);
	rst_close(w);
	if (o && o->gap)
		print_sequence(w, pages, r, x, o);
	if (o)
		print_marked_trace(w, pages, r, x, o);
	for (size_t i = 0; i < g->judgement.nr_missing; i++)
		print_again(w, pages, r, g->judgement.missing[i]);
}

/* A page of the site for each, as they are long. */
static void counterexample_page(const struct rst_pages *pages,
				const char *sources, struct report *r,
				const struct reading *g)
{
	char *name __free(free) = xasprintf("reader-%s", r->c->id);
	char *title __free(free) = xasprintf("A read during %s", r->c->id);
	struct rst *w = rst_page_new(pages, name);

	rst_page_note_source(w, pages, sources);
	rst_label(w, LABEL_READER "-%s", r->c->id);
	rst_title(w, 0, title);
	reader_quote(w, pages, r->c->claim);
	print_counterexample(w, pages, r, g);
	rst_paragraph(
		w,
		"The columns: the steps, the mm's lock sequence, the reader's position and iterator, and what it holds.");
	rst_free(w);
}

static void counterexample_section(struct rst *w, const struct rst_pages *pages,
				   struct report *r, const struct reading *g)
{
	rst_page_position(w, &r->c->pos);
	rst_label(w, LABEL_READER "-%s", r->c->id);
	rst_title(w, 2, r->c->id);
	print_counterexample(w, pages, r, g);
}

static const char explains_steps[] =
	"Each is a list of steps in their order, the writer's on the left and the reader's on the right. What the read returns and a picture of it follow. A store to the maple tree is done in place, or puts a new node for the old one; an iterator that stands in the old one then finds a dead node, and walks from the root to where it was. A hole is believed if 5 (b) does not look again.";

void reader_counterexamples(struct rst *w, const struct rst_pages *pages)
{
	bool first = true;

	for_each_report(pages->set, r) {
		const struct reading *g = report_reading(r, reader_upstream());

		if (!reading_matters(g))
			continue;
		if (first) {
			rst_title(w, 1, "Counterexamples");
			rst_paragraph(w, explains_steps);
		}
		first = false;
		counterexample_section(w, pages, r, g);
	}
}

/* ---- changes that are not enough ----------------------------------------- */

static void print_not_enough(struct rst *w, const struct rst_pages *pages,
			     struct report *r, const struct reader *reader)
{
	const struct reading *g = report_reading(r, reader);
	struct exploration *x __free(exploration) =
		report_explore(r, reader, g->left, g->right);
	FILE *line = rst_open(w);

	fprintf(line, "**%s** (", reader->name);
	rst_text(line, reader->what);
	fputs("): in ", line);
	rst_code(line, r->c->id);
	fputs(" (", line);
	print_surrounding(line, x);
	fputs("):", line);
	rst_close(w);
	print_trace(w, pages, r, x, exploration_worst(x));
}

/* Those that leave a gap in some case. */
static size_t changes_pick(const struct reader **picked,
			   const struct rst_pages *pages)
{
	size_t nr = readers_pick(picked, PART_NOT_ENOUGH, PART_NOT_ENOUGH);
	size_t nr_gaps = 0;

	for (size_t i = 0; i < nr; i++)
		if (reader_quickest(pages->set, picked[i]))
			picked[nr_gaps++] = picked[i];
	return nr_gaps;
}

static void print_changes(struct rst *w, const struct rst_pages *pages,
			  int level, const struct reader **picked, size_t nr)
{
	rst_label(w, LABEL_READER "-not-enough");
	rst_title(w, level, "Changes that are not enough");
	rst_paragraph(
		w,
		"The shortest way to a gap that each of them leaves, over all of these cases.");
	for (size_t i = 0; i < nr; i++)
		print_not_enough(w, pages,
				 reader_quickest(pages->set, picked[i]),
				 picked[i]);
}

void reader_changes(struct rst *w, const struct rst_pages *pages)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = changes_pick(picked, pages);

	if (nr)
		print_changes(w, pages, 1, picked, nr);
}

static void changes_page(const struct rst_pages *pages, const char *sources)
{
	const struct reader *picked[MAX_READERS];
	size_t nr = changes_pick(picked, pages);
	struct rst *w;

	if (!nr)
		return;
	w = rst_page_new(pages, "reader-not-enough");
	rst_page_note_source(w, pages, sources);
	print_changes(w, pages, 0, picked, nr);
	rst_free(w);
}

/* ---- both, as pages of the site ------------------------------------------- */

static void list_entries(FILE *entries, const struct rst_pages *pages)
{
	const struct reader *picked[MAX_READERS];

	for_each_report(pages->set, r) {
		if (reading_matters(report_reading(r, reader_upstream())))
			fprintf(entries, "reader-%s\n", r->c->id);
	}
	if (changes_pick(picked, pages))
		fputs("reader-not-enough\n", entries);
}

void reader_trace_list(struct rst *w, const struct rst_pages *pages)
{
	char *entries __free(free) = PRINTED(out, list_entries(out, pages));

	if (*entries) {
		rst_title(w, 1, "Step by step");
		rst_directive(w, "toctree", "%s", "");
		rst_option(w, "maxdepth", "%d", 1);
		rst_raw(w, entries);
		rst_end(w);
	}
}

void reader_trace_pages(const struct rst_pages *pages, const char *sources)
{
	for_each_report(pages->set, r) {
		const struct reading *g = report_reading(r, reader_upstream());

		if (reading_matters(g))
			counterexample_page(pages, sources, r, g);
	}
	changes_page(pages, sources);
}
