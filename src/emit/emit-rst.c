// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages for documentation. One walker writes two flavours of the same:
 *
 *	sphinx	an overview, a page a family, and a page a case with a graph of
 *		every moment in a file of its own
 *	kernel	an overview and a page a family that holds its cases, for a
 *		directory in Documentation/mm, with a graph a family: that of
 *		the moment that a picture in characters cannot show
 */
#include "emit/rst-page.h"
#include "emit/graph-range.h"
#include "lib/memory.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* ---- families and their cases -------------------------------------------- */

static bool begins_family(const struct report_set *set, size_t i)
{
	return i == 0 ||
	       set->reports[i]->c->family != set->reports[i - 1]->c->family;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- what a graph shows, in words ---------------------------------------- */

static void list_vmas(FILE *out, const struct report *r,
		      const struct layout *lay)
{
	const char *comma = "";

	for (size_t i = 0; i < lay->nr_vmas; i++) {
		const struct layout_vma *v = &lay->vmas[i];

		if (v->freed)
			continue;
		fprintf(out, "%s%s [%lu, %lu)%s", comma,
			report_name(r, v->s.id), v->s.vm_start, v->s.vm_end,
			v->s.attached ? "" : " detached");
		comma = ", ";
	}
	fputs(*comma ? "" : "none", out);
}

static void list_slots(FILE *out, const struct report *r,
		       const struct layout *lay)
{
	const char *comma = "";

	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *s = &lay->slots[i];

		if (!s->vma)
			continue;
		fprintf(out, "%s[%lu, %lu) %s", comma, s->start, s->end,
			report_name(r, s->vma));
		comma = ", ";
	}
	fputs(*comma ? "" : "empty", out);
}

/* Where the tree has a VMA: its first slot, or NULL. */
static const struct layout_slot *slot_of(const struct layout *lay, vma_id id)
{
	for (size_t i = 0; i < lay->nr_slots; i++) {
		if (lay->slots[i].vma == id)
			return &lay->slots[i];
	}
	return NULL;
}

static bool tree_agrees(const struct layout *lay, const struct layout_vma *v)
{
	const struct layout_slot *s = slot_of(lay, v->s.id);

	return v->freed || (s && s->start == v->s.vm_start &&
			    s->end == v->s.vm_end && v->s.attached);
}

static void tell_difference(FILE *out, const struct report *r,
			    const struct layout *lay,
			    const struct layout_vma *v)
{
	const struct layout_slot *s = slot_of(lay, v->s.id);
	const char *name = report_name(r, v->s.id);

	if (s)
		fprintf(out, "%s [%lu, %lu) is at [%lu, %lu) in the tree", name,
			v->s.vm_start, v->s.vm_end, s->start, s->end);
	else
		fprintf(out, "%s is not in the tree", name);
}

/* How the VMAs and the tree differ at one moment: what makes it interesting. */
static void tell_differences(FILE *out, const struct report *r,
			     const struct layout *lay)
{
	const char *between = "";

	for (size_t i = 0; i < lay->nr_vmas; i++) {
		if (tree_agrees(lay, &lay->vmas[i]))
			continue;
		fputs(between, out);
		tell_difference(out, r, lay, &lay->vmas[i]);
		between = "; ";
	}
	fprintf(out, "%s.", *between ? "" : "VMAs and tree agree");
}

/* Both are for free(). */
static char *graph_alt(const struct report *r, const struct layout *lay)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputs("VMAs: ", out);
	list_vmas(out, r, lay);
	fputs("; maple tree: ", out);
	list_slots(out, r, lay);
	buffer_text(&b);
	return b.text;
}

static char *graph_caption(const struct report *r, size_t moment,
			   const char *of_what)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputs(of_what, out);
	if (moment == 0)
		fputs("Before: ", out);
	else if (moment <= r->nr_steps)
		fprintf(out, "After step %zu: ", moment);
	else
		fputs("After: ", out);
	tell_differences(out, r, graph_moment(r, moment));
	buffer_text(&b);
	return b.text;
}

/* ---- graphs and pictures ------------------------------------------------- */

static enum graph_kind kind_of(const struct report *r, size_t moment)
{
	if (moment == 0)
		return GRAPH_BEFORE;
	return moment <= r->nr_steps ? GRAPH_STEP : GRAPH_AFTER;
}

static size_t step_of(const struct report *r, size_t moment)
{
	return kind_of(r, moment) == GRAPH_STEP ? moment - 1 : 0;
}

static void print_graph(struct rst *w, const struct report *r, size_t moment)
{
	char *alt = graph_alt(r, graph_moment(r, moment));
	char *caption = graph_caption(r, moment, "");

	rst_directive(w, "vma-figure", "%s-%zu.svg", r->c->id, moment);
	rst_option(w, "alt", "%s", alt);
	rst_text(rst_open_option(w, "caption"), caption);
	rst_close(w);
	rst_end(w);
	free(alt);
	free(caption);
}

/* ---- the graph of a family ------------------------------------------------ */

static size_t nr_differences(const struct layout *lay)
{
	size_t nr = 0;

	for (size_t i = 0; i < lay->nr_vmas; i++)
		nr += !tree_agrees(lay, &lay->vmas[i]);
	return nr;
}

/* The first of the moments at which the most VMAs differ from the tree. */
static size_t odd_moment(const struct report *r, size_t *nr)
{
	size_t odd = 0;

	*nr = 0;
	for (size_t i = 0; i < graph_moments(r); i++) {
		size_t differences = nr_differences(graph_moment(r, i));

		if (differences <= *nr)
			continue;
		*nr = differences;
		odd = i;
	}
	return odd;
}

/* The first of a family's cases that has the oddest moment; NULL if none has. */
static const struct report *odd_case(const struct rst_pages *pages,
				     const struct cat_family *family)
{
	const struct report *odd = NULL;
	size_t most = 0, nr;

	for (size_t i = 0; i < pages->set->nr; i++) {
		const struct report *r = pages->set->reports[i];

		if (r->c->family != family)
			continue;
		odd_moment(r, &nr);
		if (nr <= most)
			continue;
		most = nr;
		odd = r;
	}
	return odd;
}

static char *figure_name(const struct report *r)
{
	struct buffer b;

	fprintf(buffer_open(&b), LABEL_CASE "%s.dot", r->c->id);
	buffer_text(&b);
	return b.text;
}

static void print_odd_graph(FILE *out, const struct report *r, size_t moment)
{
	graph_print(out, r, kind_of(r, moment), step_of(r, moment));
}

static void print_figure(struct rst *w, const struct rst_pages *pages,
			 const struct report *r)
{
	size_t nr, moment = odd_moment(r, &nr);
	char *name = figure_name(r);
	char *alt = graph_alt(r, graph_moment(r, moment));
	char *caption = graph_caption(
		r, moment, "The VMAs, and the slots of the maple tree. ");
	struct buffer dot;

	print_odd_graph(buffer_open(&dot), r, moment);
	kernel_figure(w, pages, name, alt, caption, buffer_text(&dot));
	free(dot.text);
	free(caption);
	free(alt);
	free(name);
}

static void emit_figure(const struct rst_pages *pages, const struct report *r)
{
	size_t nr, moment = odd_moment(r, &nr);
	char *name = figure_name(r);
	FILE *out = kernel_figure_file(pages, name);

	if (out)
		print_odd_graph(out, r, moment);
	free(name);
}

/* ---- pictures ------------------------------------------------------------- */

static void print_picture(struct rst *w, const struct report *r)
{
	struct buffer b;

	picture_print(buffer_open(&b), r, 0);
	rst_literal(w, buffer_text(&b));
	free(b.text);
}

/* ---- facts --------------------------------------------------------------- */

/* The locks that are held, a group at a time; NULL after the last. */
static char *lock_group(const struct report *r, size_t group)
{
	const struct {
		const char *what;
		const char *const *names;
		size_t nr;
	} groups[] = {
		{ "mmap", NULL, r->lock_mmap },
		{ "VMA ", r->lock_vma, r->nr_lock_vma },
		{ "rmap ", r->lock_rmap, r->nr_lock_rmap },
	};
	struct buffer b;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!groups[i].nr || group--)
			continue;
		fputs(groups[i].what, buffer_open(&b));
		for (size_t j = 0; groups[i].names && j < groups[i].nr; j++)
			fprintf(b.out, "%s%s", j ? ", " : "",
				groups[i].names[j]);
		buffer_text(&b);
		return b.text;
	}
	return NULL;
}

static void put_locks(FILE *line, const struct report *r)
{
	char *text;

	for (size_t i = 0; (text = lock_group(r, i)); i++) {
		fputs(i ? "; " : "", line);
		rst_text(line, text);
		free(text);
	}
}

static void put_syscalls(FILE *line, const struct rst_pages *pages,
			 const struct cat_case *c)
{
	for (size_t i = 0; i < c->nr_syscalls; i++) {
		struct buffer b;

		fprintf(buffer_open(&b), "%s()", c->syscalls[i].text);
		if (i)
			fputs(", ", line);
		rst_page_function(pages, line, buffer_text(&b));
		free(b.text);
	}
	if (!c->nr_syscalls)
		fputs("none", line);
}

static void put_map_count(FILE *line, const struct report *r)
{
	fprintf(line, "%lu -> %lu", report_before(r)->map_count,
		report_after(r)->map_count);
}

static int old_number(const struct report *r)
{
	return r->kind ? r->kind->old_number : 0;
}

static const char *function_of(const struct report *r)
{
	return r->kcall ? kcall_function(r->kcall->kind) : r->c->function.text;
}

static void put_when(FILE *line, const struct rst_pages *pages,
		     const struct cat_whens *whens)
{
	struct buffer b;

	report_print_whens(buffer_open(&b), whens);
	rst_page_text(pages, line, buffer_text(&b));
	free(b.text);
}

static void put_case_ref(FILE *line, const char *id)
{
	struct buffer b;

	fprintf(buffer_open(&b), LABEL_CASE "%s", id);
	rst_ref(line, buffer_text(&b), id);
	free(b.text);
}

/* ---- the table of cases -------------------------------------------------- */

static void glance_head(struct rst_table *t)
{
	static const char *const heads[] = { "Case",  "Roles", "Map count",
					     "Steps", "Locks", "Old number" };

	rst_table_row(t);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		rst_table_text(t, "%s", heads[i]);
	rst_table_head(t);
}

static void glance_case(struct rst *w, const struct report *r)
{
	put_case_ref(rst_open(w), r->c->id);
	rst_close(w);
	if (!report_ok(r)) {
		fputs("Contradicted by the simulator.", rst_open(w));
		rst_close(w);
	}
	print_picture(w, r);
}

static void glance_line(struct rst *w, const char *text)
{
	rst_text(rst_open_item(w, "| "), text);
	rst_close(w);
	rst_end(w);
}

static void glance_roles(struct rst *w, const struct report *r)
{
	rst_begin_list(w);
	for (size_t i = 0; i < r->nr_roles; i++) {
		struct buffer b;

		if (r->roles[i].role == ROLE_NONE)
			continue;
		fprintf(buffer_open(&b), "%s: %s", r->roles[i].name,
			role_name(r->roles[i].role));
		glance_line(w, buffer_text(&b));
		free(b.text);
	}
	rst_end_list(w);
}

static void glance_locks(struct rst *w, const struct report *r)
{
	char *text;

	rst_begin_list(w);
	for (size_t i = 0; (text = lock_group(r, i)); i++) {
		glance_line(w, text);
		free(text);
	}
	rst_end_list(w);
}

static void glance_map_count(struct rst *w, const struct report *r)
{
	put_map_count(rst_open(w), r);
	rst_close(w);
}

static void glance_old_number(struct rst_table *t, const struct report *r)
{
	if (old_number(r))
		rst_table_text(t, "%d", old_number(r));
	else
		rst_table_text(t, "-");
}

static void glance_syscalls(struct rst_table *t, const struct rst_pages *pages,
			    const struct report *r)
{
	struct rst *w = rst_table_cell(t, 1, 5);
	FILE *line = rst_open(w);

	fputs("System calls: ", line);
	put_syscalls(line, pages, r->c);
	rst_close(w);
}

/*
 * Two rows a case, so that the system calls have room beside the picture:
 *
 *	| case    | roles | map count | steps | locks | old number |
 *	| picture | system calls                                   |
 */
static void glance_rows(struct rst_table *t, const struct rst_pages *pages,
			const struct report *r)
{
	rst_table_row(t);
	glance_case(rst_table_cell(t, 2, 1), r);
	glance_roles(rst_table_cell(t, 1, 1), r);
	glance_map_count(rst_table_cell(t, 1, 1), r);
	rst_table_text(t, "%zu", r->nr_steps);
	glance_locks(rst_table_cell(t, 1, 1), r);
	glance_old_number(t, r);
	rst_table_row(t);
	glance_syscalls(t, pages, r);
}

/* All cases, or those of one family. */
static void print_glance(struct rst *w, const struct rst_pages *pages,
			 const struct cat_family *family)
{
	static const int widths[] = { 30, 18, 6, 5, 18, 6 };
	struct rst_table *t = rst_table_new(6, widths);

	glance_head(t);
	for (size_t i = 0; i < pages->set->nr; i++) {
		if (!family || pages->set->reports[i]->c->family == family)
			glance_rows(t, pages, pages->set->reports[i]);
	}
	rst_directive(w, "table", "Cases and their outcomes");
	rst_option(w, "class", "vma-cases");
	rst_option(w, "widths", "auto");
	rst_table_end(t, w);
	rst_end(w);
}

/* ---- a case -------------------------------------------------------------- */

/* A page of a few cases cannot refer to one that is not among them. */
static bool in_book(const struct rst_pages *pages, const char *id)
{
	for (size_t i = 0; i < pages->set->nr; i++)
		if (!strcmp(pages->set->reports[i]->c->id, id))
			return true;
	return false;
}

static void print_composed_of(struct rst *w, const struct rst_pages *pages,
			      const struct report *r)
{
	FILE *line;

	if (!r->nr_parts)
		return;
	line = rst_page_open_field(w, "Composed of");
	for (size_t i = 0; i < r->nr_parts; i++) {
		fputs(i ? ", then " : "", line);
		if (in_book(pages, r->parts[i]))
			put_case_ref(line, r->parts[i]);
		else
			rst_code(line, r->parts[i]);
	}
	rst_page_close_field(w);
}

static void print_old_number(struct rst *w, const struct rst_pages *pages,
			     const struct report *r)
{
	FILE *line;

	if (!old_number(r))
		return;
	line = rst_page_open_field(w, "Old number");
	fprintf(line, "%d in the comment over ", old_number(r));
	rst_page_function(pages, line, "vma_merge()");
	fputs(" to Linux 6.11", line);
	rst_page_close_field(w);
}

static void print_facts(struct rst *w, const struct rst_pages *pages,
			const struct report *r)
{
	rst_begin_list(w);
	rst_code(rst_page_open_field(w, "Identifier"), r->c->id);
	rst_page_close_field(w);
	rst_page_function(pages, rst_page_open_field(w, "Function"),
			  function_of(r));
	rst_page_close_field(w);
	print_composed_of(w, pages, r);
	if (r->c->when.nr) {
		put_when(rst_page_open_field(w, "When"), pages, &r->c->when);
		rst_page_close_field(w);
	}
	put_map_count(rst_page_open_field(w, "Map count"), r);
	rst_page_close_field(w);
	put_locks(rst_page_open_field(w, "Locks"), r);
	rst_page_close_field(w);
	print_old_number(w, pages, r);
	if (pages->flavour == RST_KERNEL) {
		put_syscalls(rst_page_open_field(w, "System calls"), pages,
			     r->c);
		rst_page_close_field(w);
	}
	fprintf(rst_page_open_field(w, "Command"), "``vmatlas show %s``",
		r->c->id);
	rst_page_close_field(w);
	if (r->err) {
		fprintf(rst_page_open_field(w, "Error"), "-%s",
			strerrorname_np(-r->err));
		rst_page_close_field(w);
	}
	rst_end_list(w);
}

static void print_before_and_after(struct rst *w, const struct report *r,
				   int level)
{
	rst_title(w, level, "Before and after");
	print_graph(w, r, 0);
	print_graph(w, r, graph_moments(r) - 1);
}

static void print_step(struct rst *w, const struct rst_pages *pages,
		       const struct report *r, size_t i)
{
	char marker[24];

	snprintf(marker, sizeof(marker), "%zu. ", i + 1);
	rst_code(rst_open_item(w, marker), r->steps[i].text);
	rst_close(w);
	if (pages->flavour == RST_SPHINX)
		print_graph(w, r, i + 1);
	rst_end(w);
}

static void print_steps(struct rst *w, const struct rst_pages *pages,
			const struct report *r, int level)
{
	if (!r->nr_steps)
		return;
	rst_page_heading(pages, w, level, "Steps");
	/* Without graphs the steps need no space between them. */
	if (pages->flavour == RST_KERNEL)
		rst_begin_list(w);
	for (size_t i = 0; i < r->nr_steps; i++)
		print_step(w, pages, r, i);
	rst_end_list(w);
}

/* ---- earlier kernels ------------------------------------------------------ */

static void print_stated_steps(struct rst *w, const struct cat_earlier *e)
{
	rst_begin_list(w);
	for (size_t i = 0; i < e->nr_steps; i++) {
		char marker[24];

		snprintf(marker, sizeof(marker), "%zu. ", i + 1);
		rst_code(rst_open_item(w, marker), e->steps[i].text);
		rst_close(w);
		rst_end(w);
	}
	rst_end_list(w);
}

static void put_names(FILE *out, const char *what, const struct cat_text *names,
		      size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%s%s", i ? ", " : what, names[i].text);
}

static void print_stated_locks(struct rst *w, const struct cat_locks *l)
{
	struct buffer b;

	fputs("mmap", buffer_open(&b));
	put_names(b.out, "; VMA ", l->vma, l->nr_vma);
	put_names(b.out, "; rmap ", l->rmap, l->nr_rmap);
	rst_text(rst_page_open_field(w, "Locks"), buffer_text(&b));
	rst_page_close_field(w);
	free(b.text);
}

static void print_earlier(struct rst *w, const struct rst_pages *pages,
			  const struct cat_case *c, int level)
{
	for (size_t i = 0; i < c->nr_earlier; i++) {
		const struct cat_earlier *e = &c->earlier[i];
		struct buffer b;

		fprintf(buffer_open(&b), "Before Linux %s", e->before.text);
		rst_page_heading(pages, w, level, buffer_text(&b));
		free(b.text);
		rst_page_paragraphs(pages, w, e->why);
		if (e->nr_steps)
			print_stated_steps(w, e);
		if (e->says_locks)
			print_stated_locks(w, &e->locks);
	}
}

static void outcome_range(struct rst_table *t, const struct layout *lay,
			  vma_id id)
{
	const struct layout_vma *v = layout_vma(lay, id);

	if (v && !v->freed)
		rst_table_text(t, "[%lu, %lu)", v->s.vm_start, v->s.vm_end);
	else
		rst_table_text(t, "-");
}

static void print_outcome(struct rst *w, const struct rst_pages *pages,
			  const struct report *r, int level)
{
	static const int widths[] = { 16, 20, 24, 24 };
	static const char *const heads[] = { "VMA", "Role", "Before", "After" };
	struct rst_table *t = rst_table_new(4, widths);

	rst_page_heading(pages, w, level, "Outcome");
	rst_table_row(t);
	for (size_t i = 0; i < 4; i++)
		rst_table_text(t, "%s", heads[i]);
	rst_table_head(t);
	for (size_t i = 0; i < r->nr_roles; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", r->roles[i].name);
		rst_table_text(t, "%s", role_name(r->roles[i].role));
		outcome_range(t, report_before(r), r->roles[i].vma);
		outcome_range(t, report_after(r), r->roles[i].vma);
	}
	rst_directive(w, "table", "Ranges in pages");
	rst_option(w, "widths", "auto");
	rst_table_end(t, w);
	rst_end(w);
}

static void print_syscalls(struct rst *w, const struct rst_pages *pages,
			   const struct report *r, int level)
{
	rst_title(w, level, "System calls");
	put_syscalls(rst_open(w), pages, r->c);
	rst_close(w);
}

/* A page must not say what the simulator denies without saying so. */
static void print_mismatches(struct rst *w, const struct report *r)
{
	struct buffer b;

	if (report_ok(r))
		return;
	report_print_mismatches(buffer_open(&b), r, false);
	rst_directive(w, "warning", "%s", "");
	fputs("The simulator contradicts what the catalogue states.",
	      rst_open(w));
	rst_close(w);
	rst_literal(w, buffer_text(&b));
	rst_end(w);
	free(b.text);
}

static void print_marked_picture(struct rst *w, const struct report *r)
{
	rst_comment(w, "picture-begin");
	print_picture(w, r);
	rst_comment(w, "picture-end");
}

static void print_begin_of_case(struct rst *w, const struct rst_pages *pages,
				const struct report *r, int level)
{
	rst_page_position(w, &r->c->pos);
	rst_label(w, LABEL_CASE "%s", r->c->id);
	rst_title(w, level, r->c->title.text);
	rst_page_paragraphs(pages, w, r->c->summary);
	print_mismatches(w, r);
}

/* A case as a page. */
static void print_case(struct rst *w, const struct rst_pages *pages,
		       struct report *r)
{
	print_begin_of_case(w, pages, r, 0);
	print_marked_picture(w, r);
	print_facts(w, pages, r);
	print_before_and_after(w, r, 1);
	print_steps(w, pages, r, 1);
	print_earlier(w, pages, r->c, 1);
	print_outcome(w, pages, r, 1);
	print_syscalls(w, pages, r, 1);
	reader_section(w, pages, r, 1);
}

/* A case as a part of the page of its family. */
static void print_part(struct rst *w, const struct rst_pages *pages,
		       struct report *r)
{
	print_begin_of_case(w, pages, r, 1);
	print_picture(w, r);
	print_facts(w, pages, r);
	print_steps(w, pages, r, 2);
	if (odd_case(pages, r->c->family) == r)
		print_figure(w, pages, r);
	print_earlier(w, pages, r->c, 2);
	print_outcome(w, pages, r, 2);
	reader_section(w, pages, r, 2);
}

/* ---- pages --------------------------------------------------------------- */

static void print_toctree(struct rst *w, const char *entries)
{
	rst_directive(w, "toctree", "%s", "");
	rst_option(w, "hidden", "%s", "");
	rst_raw(w, entries);
	rst_end(w);
}

/* The files of the families, and their names for a table of contents. */
static void list_families(const struct report_set *set, FILE *sources,
			  FILE *entries)
{
	for (size_t i = 0; i < set->nr; i++) {
		const struct cat_case *c = set->reports[i]->c;

		if (!begins_family(set, i))
			continue;
		fprintf(sources, "%s%s", i ? ", " : "", base_name(c->pos.file));
		fprintf(entries, "%s\n", c->family->name);
	}
}

static void emit_overview(const struct rst_pages *pages, const char *sources,
			  const char *entries)
{
	struct rst *w = rst_page_new(pages, "index");
	FILE *line;

	rst_page_note_source(w, pages, sources);
	rst_label(w, "vma-cases");
	rst_title(w, 0, "How VMAs merge and split");
	line = rst_open(w);
	fprintf(line,
		"Each case was run on the simulator of vmatlas with the rules "
		"of Linux %s. Ranges are half-open and in pages. What someone "
		"who reads the VMAs meanwhile can see: ",
		pages->set->rules->version);
	rst_ref(line, LABEL_READER, NULL);
	fputc('.', line);
	rst_close(w);
	rst_comment(w, "glance-begin");
	print_glance(w, pages, NULL);
	rst_comment(w, "glance-end");
	print_toctree(w, entries);
	rst_free(w);
}

static void list_cases(struct rst *w, const struct rst_pages *pages,
		       const struct cat_family *family)
{
	struct buffer entries;

	buffer_open(&entries);
	for (size_t i = 0; i < pages->set->nr; i++) {
		const struct cat_case *c = pages->set->reports[i]->c;

		if (c->family == family)
			fprintf(entries.out, "%s\n", c->id);
	}
	print_toctree(w, buffer_text(&entries));
	free(entries.text);
}

static void print_cases(struct rst *w, const struct rst_pages *pages,
			const struct cat_family *family)
{
	for (size_t i = 0; i < pages->set->nr; i++) {
		if (pages->set->reports[i]->c->family == family)
			print_part(w, pages, pages->set->reports[i]);
	}
}

/* ---- what else can happen ------------------------------------------------- */

static void put_condition(FILE *line, const struct rst_pages *pages,
			  const struct cat_when *when)
{
	struct buffer b;

	report_print_when(buffer_open(&b), when);
	rst_page_text(pages, line, buffer_text(&b));
	free(b.text);
}

static void print_alternatives(struct rst *w, const struct rst_pages *pages,
			       const struct cat_whens *whens)
{
	fputs("When one of these holds:", rst_open(w));
	rst_close(w);
	rst_begin_list(w);
	for (size_t i = 0; i < whens->nr; i++) {
		put_condition(rst_open_item(w, "- "), pages, &whens->when[i]);
		rst_close(w);
		rst_end(w);
	}
	rst_end_list(w);
}

static void print_reason_when(struct rst *w, const struct rst_pages *pages,
			      const struct cat_whens *whens)
{
	FILE *line;

	if (whens->nr > 1) {
		print_alternatives(w, pages, whens);
		return;
	}
	line = rst_open(w);
	fputs("When ", line);
	put_when(line, pages, whens);
	fputc('.', line);
	rst_close(w);
}

static void print_reason(struct rst *w, const struct rst_pages *pages,
			 const struct cat_otherwise *o)
{
	FILE *line = rst_open_item(w, "- ");

	rst_code(line, o->id);
	if (o->error)
		fprintf(line, " (-%s)", o->error);
	fputs(": ", line);
	rst_page_text(pages, line, o->says);
	rst_close(w);
	print_reason_when(w, pages, &o->when);
	rst_end(w);
}

/* Why a configuration is none of the cases: not merging first, then errors. */
static void print_otherwise(struct rst *w, const struct rst_pages *pages,
			    const struct cat_family *family)
{
	if (!family->nr_otherwise)
		return;
	rst_title(w, 1, "Otherwise");
	fputs("If it is none of the cases, it is one of these. What can be seen from outside is an error, where one is named.",
	      rst_open(w));
	rst_close(w);
	for (size_t i = 0; i < family->nr_otherwise; i++)
		print_reason(w, pages, &family->otherwise[i]);
}

static struct rst *begin_family_page(const struct rst_pages *pages,
				     const struct report *first)
{
	const struct cat_family *family = first->c->family;
	const char *source = base_name(first->c->pos.file);
	struct rst *w = rst_page_new(pages, family->name);

	rst_page_note_source(w, pages, source);
	if (pages->flavour == RST_KERNEL)
		rst_page_position(w, &family->pos);
	rst_label(w, LABEL_FAMILY "%s", family->name);
	rst_title(w, 0, family->title);
	rst_page_paragraphs(pages, w, family->intro);
	return w;
}

/* An overview of the cases, which have pages of their own. */
static void emit_family(const struct rst_pages *pages,
			const struct report *first)
{
	const struct cat_family *family = first->c->family;
	struct rst *w = begin_family_page(pages, first);

	print_glance(w, pages, family);
	list_cases(w, pages, family);
	print_otherwise(w, pages, family);
	rst_free(w);
}

/* All of the cases. */
static void emit_whole_family(const struct rst_pages *pages,
			      const struct report *first)
{
	const struct cat_family *family = first->c->family;
	struct rst *w = begin_family_page(pages, first);

	kernel_point_to_terms(w);
	print_cases(w, pages, family);
	print_otherwise(w, pages, family);
	rst_free(w);
}

static void emit_case(const struct rst_pages *pages, struct report *r)
{
	struct rst *w = rst_page_new(pages, r->c->id);

	rst_page_note_source(w, pages, base_name(r->c->pos.file));
	print_case(w, pages, r);
	rst_free(w);
}

static void emit_for_sphinx(const struct rst_pages *pages, const char *sources,
			    const char *entries)
{
	const struct report_set *set = pages->set;

	emit_overview(pages, sources, entries);
	for (size_t i = 0; i < set->nr; i++) {
		if (begins_family(set, i))
			emit_family(pages, set->reports[i]);
	}
	for (size_t i = 0; i < set->nr; i++)
		emit_case(pages, set->reports[i]);
	reader_page(pages, sources);
	emit_svg(set, pages->opts, pages->files);
	emit_dot(set, pages->opts, pages->files);
}

static void emit_for_kernel(const struct rst_pages *pages, const char *sources,
			    const char *entries)
{
	const struct report_set *set = pages->set;

	kernel_index(pages, sources, entries);
	for (size_t i = 0; i < set->nr; i++) {
		const struct report *odd;

		if (!begins_family(set, i))
			continue;
		emit_whole_family(pages, set->reports[i]);
		odd = odd_case(pages, set->reports[i]->c->family);
		if (odd)
			emit_figure(pages, odd);
	}
	reader_page(pages, sources);
	reader_graphs(pages);
}

void emit_rst(const struct report_set *set, const struct emit_opts *opts,
	      struct files *files)
{
	struct rst_pages pages = { set, opts->flavour, files, opts };
	struct buffer sources, entries;

	report_read_all(set->reports, set->nr, NULL);
	list_families(set, buffer_open(&sources), buffer_open(&entries));
	fputs("reader\n", entries.out);
	buffer_text(&sources);
	buffer_text(&entries);
	if (opts->flavour == RST_KERNEL)
		emit_for_kernel(&pages, sources.text, entries.text);
	else
		emit_for_sphinx(&pages, sources.text, entries.text);
	free(sources.text);
	free(entries.text);
}
