// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of "vmatlas space --format rst": the dimensions, how many
 * configurations there are, the conditions with their share of them, who refuses
 * how often, and what was otherwise in earlier kernels.
 */
#include "cmd/cmd.h"
#include "cmd/space.h"
#include "emit/rst-page.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

/* ---- pieces ------------------------------------------------------------- */

/* @t: is dropped */
static void put_table(FILE *out, const char *name, struct rst_table *t)
{
	struct rst *w;

	fprintf(out, ".. %s-begin\n\n", name);
	w = rst_new(out);
	rst_table_end(t, w);
	rst_free(w);
	fprintf(out, "\n.. %s-end\n\n", name);
}

/* "1,234,567", whatever the locale. */
static const char *grouped(uint64_t n)
{
	static char text[32];
	char *to = &text[sizeof(text) - 1];
	unsigned int digits = 0;

	*to = '\0';
	do {
		if (digits && !(digits % 3))
			*--to = ',';
		*--to = (char)('0' + n % 10);
		digits++;
		n /= 10;
	} while (n);
	return to;
}

static void number_cell(struct rst_table *t, uint64_t n)
{
	rst_table_text(t, "%s", grouped(n));
}

static void code_cell(struct rst_table *t, const char *text)
{
	struct rst *page = rst_table_cell(t, 1, 1);

	rst_code(rst_open(page), text);
	rst_close(page);
}

/* A reference to @prefix and @name, shown as the name. */
static void ref_cell(struct rst_table *t, const char *prefix, const char *name)
{
	struct rst *page = rst_table_cell(t, 1, 1);
	char *text __free(free) = xasprintf("%s%s", prefix, name);

	rst_ref(rst_open(page), text, name);
	rst_close(page);
}

/* ---- the dimensions ----------------------------------------------------- */

static void put_words(struct rst *page, enum space_dim dim)
{
	FILE *line = rst_open(page);
	const char *word;

	if (dim == DIM_FAIL)
		fputs("a number", line);
	else if (space_dim_is_set(dim))
		fputs("any of ", line);
	for (unsigned int i = 0; (word = space_dim_word(dim, i)); i++) {
		fputs(i ? ", " : "", line);
		rst_code(line, word);
	}
	rst_close(page);
}

static void put_families(struct rst *page, enum space_dim dim)
{
	FILE *line = rst_open(page);
	const char *before = "";
	unsigned int nr = 0;

	for (int f = 0; f < NR_SPACES; f++)
		nr += space_dim_is_of(dim, f);
	if (nr == NR_SPACES)
		fputs("all", line);
	for (int f = 0; f < NR_SPACES && nr < NR_SPACES; f++)
		if (space_dim_is_of(dim, f))
			text_print_item(line, &before, space_family_names[f],
					", ");
	rst_close(page);
}

static void print_dimensions(FILE *out)
{
	struct rst_table *t = RST_TABLE({ "Dimension", 14 }, { "Places", 24 },
					{ "Of", 10 }, { "What it is", 28 },
					{ "The standard sweep takes", 22 });

	for (int dim = 0; dim < NR_DIMS; dim++) {
		const char *left_out = space_dim_left_out(dim);

		rst_table_row(t);
		code_cell(t, space_dim_name(dim));
		put_words(rst_table_cell(t, 1, 1), dim);
		put_families(rst_table_cell(t, 1, 1), dim);
		rst_table_text(t, "%s", space_dim_whats[dim]);
		rst_table_text(t, "%s", left_out ? left_out : "all");
	}
	put_table(out, "dimensions", t);
}

/* ---- how many ----------------------------------------------------------- */

static void print_counts(FILE *out, const struct tally *tallies, size_t nr)
{
	static const int widths[] = { 12, 16, 16, 16, 16, 16, 16, 16, 16 };
	struct rst_table *t = rst_table_new(nr + 1, widths);
	uint64_t all[NR_SWEEPS] = { 0 };

	rst_table_row(t);
	rst_table_text(t, "Family");
	for (size_t i = 0; i < nr; i++)
		rst_table_text(t, "%s", sweeps[i].name);
	rst_table_head(t);
	for (int f = 0; f < NR_SPACES; f++) {
		rst_table_row(t);
		rst_table_text(t, "%s", space_family_names[f]);
		for (size_t i = 0; i < nr; i++) {
			number_cell(t, tally_total(&tallies[i], f));
			all[i] += tally_total(&tallies[i], f);
		}
	}
	rst_table_row(t);
	rst_table_text(t, "all");
	for (size_t i = 0; i < nr; i++)
		number_cell(t, all[i]);
	put_table(out, "counts", t);
}

/* ---- the conditions ------------------------------------------------------ */

/* In "this, that and so on", each condition on its own line if several. */
static void put_whens(struct rst *page, const struct cat_whens *whens)
{
	rst_begin_list(page);
	for (size_t i = 0; i < whens->nr; i++) {
		FILE *line = whens->nr > 1 ? rst_open_item(page, "- ")
					   : rst_open(page);
		char *text __free(free) =
			PRINTED(out, report_print_when(out, &whens->when[i]));

		rst_text(line, text);
		rst_close(page);
		if (whens->nr > 1)
			rst_end(page);
	}
	rst_end_list(page);
}

static const char *verdict(const struct row *row)
{
	return row->is_case ? "case" : row->error ? row->error : "no merge";
}

static void print_row(struct rst_table *t, const struct row *row, uint64_t nr,
		      uint64_t of)
{
	rst_table_row(t);
	if (row->is_case)
		ref_cell(t, LABEL_CASE, row->id);
	else
		code_cell(t, row->id);
	rst_table_text(t, "%s", verdict(row));
	put_whens(rst_table_cell(t, 1, 1), row->when);
	number_cell(t, nr);
	rst_table_text(t, "%.1f %%",
		       of ? 100.0 * (double)nr / (double)of : 0.0);
}

/* @first is the first row of a family. Returns the first of the next one. */
static size_t print_conditions(FILE *out, const struct rows *rows,
			       const struct tally *tally, size_t first)
{
	const struct cat_family *family = rows->v[first].family;
	uint64_t of = tally_of_family(tally, rows, family);
	struct rst_table *t =
		RST_TABLE({ "Case or reason", 30 }, { "Is", 9 }, { "When", 50 },
			  { "Number", 9 }, { "Share", 7 });
	size_t i = first;

	for (; i < rows->nr && rows->v[i].family == family; i++)
		print_row(t, &rows->v[i], tally->rows[i], of);
	put_table(out, family->name, t);
	return i;
}

/* ---- who refuses --------------------------------------------------------- */

static void print_refusal(struct rst_table *t, const struct tally *tally,
			  enum refusal why)
{
	rst_table_row(t);
	ref_cell(t, "vma-refusal-", refusal_names[why]);
	rst_table_text(t, "%s", refusal_texts[why]);
	for (int side = 0; side < 2; side++) {
		number_cell(t, tally->first[side][why]);
		number_cell(t, tally->any[side][why] - tally->first[side][why]);
	}
}

static void print_refusals(FILE *out, const struct tally *tally)
{
	struct rst_table *t = RST_TABLE(
		{ "Rule", 14 }, { "It says", 34 }, { "prev first", 10 },
		{ "prev also", 10 }, { "next first", 10 }, { "next also", 10 });

	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		print_refusal(t, tally, why);
	rst_table_row(t);
	rst_table_text(t, "-");
	rst_table_text(t, "it merges");
	number_cell(t, tally->first[0][MERGED]);
	rst_table_text(t, "-");
	number_cell(t, tally->first[1][MERGED]);
	rst_table_text(t, "-");
	put_table(out, "refusals", t);
}

/* ---- versions ------------------------------------------------------------ */

static void print_versions(FILE *out)
{
	struct rst_table *t = RST_TABLE({ "Since", 8 }, { "What changed", 60 });

	for_each_rules(r) {
		rst_table_row(t);
		rst_table_text(t, "%s", r->version);
		rst_table_text(t, "%s", r->what);
	}
	put_table(out, "versions", t);
}

static void print_earlier_of(struct rst_table *t, const struct cat_case *c)
{
	for (size_t i = 0; i < c->nr_earlier; i++) {
		rst_table_row(t);
		ref_cell(t, LABEL_CASE, c->id);
		rst_table_text(t, "%s", c->earlier[i].before.text);
		rst_table_text(t, "%s", c->earlier[i].why.text);
	}
}

static void print_earlier(FILE *out, const struct catalog *cat)
{
	struct rst_table *t = RST_TABLE({ "Case", 30 }, { "Before", 8 },
					{ "There it was so", 50 });

	for_each_case_of_all(cat, c)
		print_earlier_of(t, c);
	put_table(out, "earlier", t);
}

/* ---- all of it ----------------------------------------------------------- */

void space_rst(FILE *out, const struct catalog *cat, const struct rows *rows,
	       const struct tally *tallies, size_t nr)
{
	fputs(".. SPDX-License-Identifier: GPL-2.0-only\n\n"
	      ".. Made by \"vmatlas space --format rst\".\n\n",
	      out);
	print_dimensions(out);
	print_counts(out, tallies, nr);
	for (size_t i = 0; i < rows->nr;)
		i = print_conditions(out, rows, &tallies[0], i);
	print_refusals(out, &tallies[0]);
	print_versions(out);
	print_earlier(out, cat);
}
