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
#include "emit/rst-case.h"
#include "lib/memory.h"
#include "lib/text.h"

/* ---- families and their cases -------------------------------------------- */

static bool begins_family(const struct report_set *set, size_t i)
{
	return i == 0 ||
	       set->reports[i]->c->family != set->reports[i - 1]->c->family;
}

/* ---- the table of cases -------------------------------------------------- */

static void glance_case(struct rst *w, const struct report *r)
{
	rst_case_name(w, r);
	rst_case_picture(w, r);
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
		char *text __free(free) =
			xasprintf("%s: %s", r->roles[i].name,
				  role_names[r->roles[i].role]);

		if (r->roles[i].role != ROLE_NONE)
			glance_line(w, text);
	}
	rst_end_list(w);
}

static void glance_locks(struct rst *w, const struct report *r)
{
	char *text;

	rst_begin_list(w);
	for (size_t i = 0; (text = rst_case_locks(r, i)); i++) {
		glance_line(w, text);
		free(text);
	}
	rst_end_list(w);
}

static void glance_map_count(struct rst *w, const struct report *r)
{
	rst_case_map_count(rst_open(w), r);
	rst_close(w);
}

static void glance_syscalls(struct rst_table *t, const struct rst_pages *pages,
			    const struct report *r)
{
	struct rst *w = rst_table_cell(t, 1, 5);
	FILE *line = rst_open(w);

	fputs("System calls: ", line);
	rst_case_syscalls(line, pages, r->c);
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
	rst_table_number(t, (unsigned int)rst_case_old_number(r));
	rst_table_row(t);
	glance_syscalls(t, pages, r);
}

/* All cases, or those of one family. */
static void print_glance(struct rst *w, const struct rst_pages *pages,
			 const struct cat_family *family)
{
	struct rst_table *t =
		RST_TABLE({ "Case", 30 }, { "Roles", 18 }, { "Map count", 6 },
			  { "Steps", 5 }, { "Locks", 18 }, { "Old number", 6 });

	for_each_report(pages->set, r) {
		if (!family || r->c->family == family)
			glance_rows(t, pages, r);
	}
	rst_table_caption(t, w, CLASS_CASES, "Cases and their outcomes");
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
	rst_title(w, 0, "All cases");
	line = rst_open(w);
	fprintf(line,
		"Each case was run on the simulator of vmatlas with the rules of Linux %s. Ranges are half-open and in pages. What someone who reads the VMAs meanwhile can see: ",
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
	for_each_report(pages->set, r) {
		const struct cat_case *c = r->c;

		if (c->family == family)
			fprintf(entries.out, "%s\n", c->id);
	}
	print_toctree(w, buffer_text(&entries));
	free(entries.text);
}

static void print_cases(struct rst *w, const struct rst_pages *pages,
			const struct cat_family *family)
{
	for_each_report(pages->set, r) {
		if (r->c->family == family)
			rst_case_part(w, pages, r);
	}
}

/* ---- what else can happen ------------------------------------------------- */

static void put_condition(FILE *line, const struct rst_pages *pages,
			  const struct cat_when *when)
{
	char *text __free(free) = PRINTED(out, report_print_when(out, when));

	rst_page_text(pages, line, text);
}

static void print_alternatives(struct rst *w, const struct rst_pages *pages,
			       const struct cat_whens *whens)
{
	rst_paragraph(w, "When one of these holds:");
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
	rst_case_when(line, pages, whens);
	fputc('.', line);
	rst_close(w);
}

static void print_reason(struct rst *w, const struct rst_pages *pages,
			 const struct cat_otherwise *o)
{
	FILE *line = rst_open_item(w, "- ");

	rst_code(line, o->id.text);
	if (o->error.text)
		fprintf(line, " (-%s)", o->error.text);
	fputs(": ", line);
	rst_page_text(pages, line, o->says.text);
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
	fputs("If it is none of the cases, it is one of these. Where an error is named, the operation fails with it; where none is, nothing merges.",
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

	kernel_point_to_terms(rst_open(w));
	rst_close(w);
	print_cases(w, pages, family);
	print_otherwise(w, pages, family);
	rst_free(w);
}

static void emit_case(const struct rst_pages *pages, struct report *r)
{
	struct rst *w = rst_page_new(pages, r->c->id);

	rst_page_note_source(w, pages, base_name(r->c->pos.file));
	rst_case_page(w, pages, r);
	rst_free(w);
}

/* What the parts of a site are made from. */
struct site {
	const struct rst_pages *pages;
	const char *sources;
	const char *entries;
};

/* Its page and drawings, and the page of the family that it is the first of. */
static void emit_report(const struct rst_pages *pages, size_t i)
{
	struct report_set only = *pages->set;

	only.reports += i;
	only.nr = 1;
	if (begins_family(pages->set, i))
		emit_family(pages, *only.reports);
	emit_case(pages, *only.reports);
	emit_svg(&only, pages->opts, pages->files);
	emit_dot(&only, pages->opts, pages->files);
}

/* The longest first: others can be printed meanwhile. */
static void emit_part(void *data, size_t i, struct files *files)
{
	const struct site *site = data;
	struct rst_pages pages = *site->pages;

	pages.files = files;
	if (i == 0)
		reader_page(&pages, site->sources);
	else if (i == 1)
		emit_overview(&pages, site->sources, site->entries);
	else
		emit_report(&pages, i - 2);
}

static void emit_for_sphinx(const struct rst_pages *pages, const char *sources,
			    const char *entries)
{
	struct site site = { pages, sources, entries };

	files_side_by_side(pages->files, emit_part, &site, pages->set->nr + 2);
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
		odd = rst_odd_case(pages, set->reports[i]->c->family);
		if (odd)
			rst_odd_figure(pages, odd);
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
