// SPDX-License-Identifier: GPL-2.0-only
/* Pages: what is said of a case, and its graphs. */
#include <string.h>

#include "emit/graph-range.h"
#include "emit/rst-case.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "reader/path.h"

/* ---- what a graph shows, in words ---------------------------------------- */

static void list_vmas(FILE *out, const struct report *r,
		      const struct layout *lay)
{
	const char *comma = "";

	for_each_vma(lay, v) {
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

	for_each_mapped(lay, s) {
		fprintf(out, "%s[%lu, %lu) %s", comma, s->start, s->end,
			report_name(r, s->vma));
		comma = ", ";
	}
	fputs(*comma ? "" : "empty", out);
}

static bool tree_agrees(const struct layout *lay, const struct layout_vma *v)
{
	const struct layout_slot *s = layout_slot(lay, v->s.id);

	return v->freed || (s && s->start == v->s.vm_start &&
			    s->end == v->s.vm_end && v->s.attached);
}

static void print_difference(FILE *out, const struct report *r,
			     const struct layout *lay,
			     const struct layout_vma *v)
{
	const struct layout_slot *s = layout_slot(lay, v->s.id);
	const char *name = report_name(r, v->s.id);

	if (s)
		fprintf(out, "%s [%lu, %lu) is at [%lu, %lu) in the tree", name,
			v->s.vm_start, v->s.vm_end, s->start, s->end);
	else
		fprintf(out, "%s is not in the tree", name);
}

/* How the VMAs and the tree differ at one moment: what makes it interesting. */
static void print_differences(FILE *out, const struct report *r,
			      const struct layout *lay)
{
	const char *between = "";

	for_each_vma(lay, v) {
		if (tree_agrees(lay, v))
			continue;
		fputs(between, out);
		print_difference(out, r, lay, v);
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
	return buffer_text(&b);
}

/* What there is and what is asked for: why the rest happens. */
static void print_begin(FILE *out, const struct report *r)
{
	const struct layout *lay = graph_moment(r, 0);
	const struct op *op = &r->c->op;
	const char *between = "";

	for_each_vma(lay, v) {
		const struct vma_state *s = &v->s;

		fprintf(out, "%s%s:", between, report_name(r, s->id));
		vm_flags_print(out, s->attrs.flags, " and ");
		between = "; ";
	}
	fputs(*between ? ". The call: " : "The call: ", out);
	if (op->kind == OP_RELOCATE)
		fprintf(out, "move %s down to %lu", r->c->target, op->start);
	else
		op_print(out, op);
	if (op->kind == OP_MAP || op->kind == OP_REPLACE ||
	    (op->kind == OP_MODIFY && op->changes & CHANGE_FLAGS)) {
		fputs(", now", out);
		vm_flags_print(out, op->attrs.flags, " and ");
	}
	fputs(".", out);
}

static char *graph_caption(const struct report *r, size_t moment,
			   const char *of_what)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputs(of_what, out);
	if (!moment)
		fputs("Before: ", out);
	else if (moment <= r->nr_steps)
		fprintf(out, "After step %zu: ", moment);
	else
		fputs("After: ", out);
	if (moment)
		print_differences(out, r, graph_moment(r, moment));
	else
		print_begin(out, r);
	return buffer_text(&b);
}

/* ---- graphs and pictures ------------------------------------------------- */

static void print_graph(struct rst *w, const struct report *r, size_t moment)
{
	char *alt __free(free) = graph_alt(r, graph_moment(r, moment));
	char *caption __free(free) = graph_caption(r, moment, "");

	rst_directive(w, "vma-figure", "%s-%zu.svg", r->c->id, moment);
	rst_option(w, "alt", "%s", alt);
	rst_text(rst_open_option(w, "caption"), caption);
	rst_close(w);
	rst_end(w);
}

/* ---- the graph of a family ------------------------------------------------ */

static size_t nr_differences(const struct layout *lay)
{
	size_t nr = 0;

	for_each_vma(lay, v)
		nr += !tree_agrees(lay, v);
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
const struct report *rst_odd_case(const struct rst_pages *pages,
				  const struct cat_family *family)
{
	const struct report *odd = NULL;
	size_t most = 0, nr;

	for_each_report(pages->set, r) {
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
	return xasprintf(LABEL_CASE "%s.dot", r->c->id);
}

static void print_figure(struct rst *w, const struct rst_pages *pages,
			 const struct report *r)
{
	size_t nr, moment = odd_moment(r, &nr);
	char *name __free(free) = figure_name(r);
	char *alt __free(free) = graph_alt(r, graph_moment(r, moment));
	char *caption __free(free) = graph_caption(
		r, moment, "The VMAs, and the slots of the maple tree. ");
	char *dot __free(free) = PRINTED(out, graph_print(out, r, moment));

	kernel_figure(w, pages, name, alt, caption, dot);
}

void rst_odd_figure(const struct rst_pages *pages, const struct report *r)
{
	size_t nr, moment = odd_moment(r, &nr);
	char *name __free(free) = figure_name(r);
	FILE *out = kernel_figure_file(pages, name);

	if (out)
		graph_print(out, r, moment);
}

/* ---- pictures ------------------------------------------------------------- */

void rst_case_picture(struct rst *w, const struct report *r)
{
	char *text __free(free) = PRINTED(out, picture_print(out, r, 0));

	rst_literal(w, text);
}

/* ---- facts --------------------------------------------------------------- */

/* The locks that are held, a group at a time; NULL after the last. */
char *rst_case_locks(const struct report *r, size_t group)
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
		if (groups[i].names)
			text_print_list(b.out, groups[i].names, groups[i].nr,
					", ");
		return buffer_text(&b);
	}
	return NULL;
}

static void put_locks(FILE *line, const struct report *r)
{
	char *text;

	for (size_t i = 0; (text = rst_case_locks(r, i)); i++) {
		fputs(i ? "; " : "", line);
		rst_text(line, text);
		free(text);
	}
}

void rst_case_syscalls(FILE *line, const struct rst_pages *pages,
		       const struct cat_case *c)
{
	for (size_t i = 0; i < c->syscalls.nr; i++) {
		char *text __free(free) =
			xasprintf("%s()", c->syscalls.text[i].text);

		if (i)
			fputs(", ", line);
		rst_page_function(pages, line, text);
	}
	if (!c->syscalls.nr)
		fputs("none", line);
}

void rst_case_map_count(FILE *line, const struct report *r)
{
	fprintf(line, "%lu -> %lu", report_before(r)->map_count,
		report_after(r)->map_count);
}

int rst_case_old_number(const struct report *r)
{
	return r->kind ? r->kind->old_number : 0;
}

void rst_case_when(FILE *line, const struct rst_pages *pages,
		   const struct cat_whens *whens)
{
	char *text __free(free) = PRINTED(out, report_print_whens(out, whens));

	rst_page_text(pages, line, text);
}

void rst_case_ref(FILE *line, const char *id)
{
	char *text __free(free) = xasprintf(LABEL_CASE "%s", id);

	rst_ref(line, text, id);
}

void rst_case_name(struct rst *w, const struct report *r)
{
	rst_case_ref(rst_open(w), r->c->id);
	rst_close(w);
	if (!report_ok(r))
		rst_paragraph(w, "Contradicted by the simulator.");
}

/* ---- a case -------------------------------------------------------------- */

/* A page of a few cases cannot refer to one that is not among them. */
static bool has_page(const struct rst_pages *pages, const char *id)
{
	for_each_report(pages->set, r)
		if (!strcmp(r->c->id, id))
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
		if (has_page(pages, r->parts[i]))
			rst_case_ref(line, r->parts[i]);
		else
			rst_code(line, r->parts[i]);
	}
	rst_close_item(w);
}

static void print_old_number(struct rst *w, const struct rst_pages *pages,
			     const struct report *r)
{
	FILE *line;

	if (!rst_case_old_number(r))
		return;
	line = rst_page_open_field(w, "Old number");
	fprintf(line, "%d in the comment over ", rst_case_old_number(r));
	rst_page_function(pages, line, "vma_merge()");
	fputs(" to Linux 6.11", line);
	rst_close_item(w);
}

static void print_facts(struct rst *w, const struct rst_pages *pages,
			const struct report *r)
{
	rst_begin_list(w);
	rst_code(rst_page_open_field(w, "Identifier"), r->c->id);
	rst_close_item(w);
	rst_page_function(pages, rst_page_open_field(w, "Function"),
			  r->kcall ? kcall_functions[r->kcall->kind]
				   : r->c->function.text);
	rst_close_item(w);
	print_composed_of(w, pages, r);
	if (r->c->when.nr) {
		rst_case_when(rst_page_open_field(w, "When"), pages,
			      &r->c->when);
		rst_close_item(w);
	}
	rst_case_map_count(rst_page_open_field(w, "Map count"), r);
	rst_close_item(w);
	put_locks(rst_page_open_field(w, "Locks"), r);
	rst_close_item(w);
	print_old_number(w, pages, r);
	if (pages->flavour == RST_KERNEL) {
		rst_case_syscalls(rst_page_open_field(w, "System calls"), pages,
				  r->c);
		rst_close_item(w);
	}
	fprintf(rst_page_open_field(w, "Command"), "``vmatlas show %s``",
		r->c->id);
	rst_close_item(w);
	if (r->err) {
		fprintf(rst_page_open_field(w, "Error"), "-%s",
			strerrorname_np(-r->err));
		rst_close_item(w);
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
	rst_code(rst_open_item(w, "%zu. ", i + 1), r->steps[i].text);
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
	for (size_t i = 0; i < e->steps.nr; i++) {
		rst_code(rst_open_item(w, "%zu. ", i + 1),
			 e->steps.text[i].text);
		rst_close_item(w);
	}
	rst_end_list(w);
}

static void put_names(FILE *out, const char *what,
		      const struct cat_texts *names)
{
	for (size_t i = 0; i < names->nr; i++)
		fprintf(out, "%s%s", i ? ", " : what, names->text[i].text);
}

static void print_stated_locks(struct rst *w, const struct cat_locks *l)
{
	struct buffer b;

	fputs("mmap", buffer_open(&b));
	put_names(b.out, "; VMA ", &l->vma);
	put_names(b.out, "; rmap ", &l->rmap);
	rst_text(rst_page_open_field(w, "Locks"), buffer_text(&b));
	rst_close_item(w);
	free(b.text);
}

static void print_earlier(struct rst *w, const struct rst_pages *pages,
			  const struct cat_case *c, int level)
{
	for (size_t i = 0; i < c->nr_earlier; i++) {
		const struct cat_earlier *e = &c->earlier[i];
		char *text __free(free) =
			xasprintf("Before Linux %s", e->before.text);

		rst_page_heading(pages, w, level, text);
		rst_page_paragraphs(pages, w, e->why.text);
		if (e->steps.nr)
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
	struct rst_table *t = RST_TABLE({ "VMA", 16 }, { "Role", 20 },
					{ "Before", 24 }, { "After", 24 });

	rst_page_heading(pages, w, level, "Outcome");
	for (size_t i = 0; i < r->nr_roles; i++) {
		rst_table_row(t);
		rst_table_text(t, "%s", r->roles[i].name);
		rst_table_text(t, "%s", role_names[r->roles[i].role]);
		outcome_range(t, report_before(r), r->roles[i].vma);
		outcome_range(t, report_after(r), r->roles[i].vma);
	}
	rst_table_caption(t, w, NULL, "Ranges in pages");
}

static void print_syscalls(struct rst *w, const struct rst_pages *pages,
			   const struct report *r, int level)
{
	rst_title(w, level, "System calls");
	rst_case_syscalls(rst_open(w), pages, r->c);
	rst_close(w);
}

/* A page must not say what the simulator denies without saying so. */
static void print_mismatches(struct rst *w, const struct report *r)
{
	char *text __free(free) =
		PRINTED(out, report_print_mismatches(out, r, false));

	if (report_ok(r))
		return;
	rst_directive(w, "warning", "%s", "");
	rst_paragraph(w,
		      "The simulator contradicts what the catalogue states.");
	rst_literal(w, text);
	rst_end(w);
}

static void print_marked_picture(struct rst *w, const struct report *r)
{
	rst_comment(w, "picture-begin");
	rst_case_picture(w, r);
	rst_comment(w, "picture-end");
}

static void print_begin_of_case(struct rst *w, const struct rst_pages *pages,
				const struct report *r, int level)
{
	rst_page_position(w, &r->c->pos);
	rst_label(w, LABEL_CASE "%s", r->c->id);
	rst_title(w, level, r->c->title.text);
	rst_page_paragraphs(pages, w, r->c->summary.text);
	print_mismatches(w, r);
}

/* A case as a page. */
void rst_case_page(struct rst *w, const struct rst_pages *pages,
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
void rst_case_part(struct rst *w, const struct rst_pages *pages,
		   struct report *r)
{
	print_begin_of_case(w, pages, r, 1);
	rst_case_picture(w, r);
	print_facts(w, pages, r);
	print_steps(w, pages, r, 2);
	if (rst_odd_case(pages, r->c->family) == r)
		print_figure(w, pages, r);
	print_earlier(w, pages, r->c, 2);
	print_outcome(w, pages, r, 2);
	reader_section(w, pages, r, 2);
}
