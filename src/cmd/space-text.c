// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas space: what it prints for people, and a line a configuration. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/space.h"
#include "cmd/words.h"
#include "lib/stream.h"
#include "lib/text.h"

/* ---- words -------------------------------------------------------------- */

const char *const class_names[] = {
	[CLASS_CASE] = "case",		 [CLASS_NO_MERGE] = "no-merge",
	[CLASS_ERROR] = "error",	 [CLASS_UNNAMED] = "unnamed",
	[CLASS_AMBIGUOUS] = "ambiguous", [CLASS_WRONG] = "wrong",
};

const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : "0";

	return name ? name : "unknown";
}

/* ---- a line a configuration --------------------------------------------- */

static void put_refusals(FILE *out, uint32_t all)
{
	const char *before = "";

	if (!all)
		fputc('-', out);
	for (; all; all &= all - 1)
		text_print_item(out, &before, refusal_names[__builtin_ctz(all)],
				"+");
}

void config_tsv_head(void)
{
	puts("key\tverdict\tid\tcomposed\tleft\tright\tleft_all\tright_all\terr\tfailed\tmap_count_before\tmap_count_after");
}

void config_tsv(const struct visit *v, const struct classification *r)
{
	bool sides = merges(v->c->family);

	printf("%s\t%s\t%s\t%s\t%s\t%s\t", CONFIG_KEY_OF(v->c),
	       class_names[r->kind], r->id ? r->id : "-",
	       r->composed ? r->composed->id : "-",
	       sides ? refusal_names[r->left] : "-",
	       sides ? refusal_names[r->right] : "-");
	put_refusals(stdout, r->left_all);
	putchar('\t');
	put_refusals(stdout, r->right_all);
	printf("\t%s\t%s\t%zu\t%lu\n", error_name(r->err),
	       alloc_names[r->failed], v->fixture->nr_vmas,
	       mm_map_count(v->mm));
}

void config_text(const struct visit *v, const struct classification *r)
{
	printf("%-9s %-30s %s\n", class_names[r->kind], r->id ? r->id : "-",
	       CONFIG_KEY_OF(v->c));
}

/* ---- the summary, for people -------------------------------------------- */

static void print_wrapped(const char *text)
{
	fputs("  ", stdout);
	wrap_puts(stdout, 2, text);
}

#define INDENT 11 /* columns before dimensions */

/* Dimensions with more than one place, wrapped between them. */
static void print_dims(const struct tally *t, unsigned int f)
{
	int column = 0, len, width = text_width() - 2;
	char word[64];

	for (unsigned int i = 0; i < NR_DIMS; i++) {
		int places = __builtin_popcountll(t->places[f][i]);

		if (places < 2 || i == DIM_FAIL)
			continue;
		len = snprintf(word, sizeof(word), "%s %d", space_dim_name(i),
			       places);
		if (column && column + 2 + len > width) {
			fputs(",\n", stdout);
			column = 0;
		}
		column += column ? printf(", %s", word)
				 : printf("%*s%s", INDENT, "", word);
	}
	if (column)
		putchar('\n');
}

static void print_families(const struct survey *s, const struct tally *t)
{
	const struct common *common = &s->a->common;
	uint64_t all = 0;

	printf("%s%s sweep%s, rules of %s:\n", color_start(common),
	       s->sweep->name, color_end(common), common->rules->version);
	print_wrapped(s->sweep->what);
	putchar('\n');
	printf("%-9s %15s %15s %15s\n", "", "configurations", "memory fails",
	       "together");
	for (unsigned int f = 0; f < NR_SPACES; f++) {
		printf("%-9s %15lu %15lu %15lu\n", space_family_names[f],
		       t->nr[f], t->failing[f], tally_total(t, f));
		print_dims(t, f);
		all += tally_total(t, f);
	}
	printf("%-9s %15s %15s %15lu\n", "all", "", "", all);
}

uint64_t tally_of_family(const struct tally *t, const struct rows *rows,
			 const struct cat_family *family)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < rows->nr; i++)
		if (rows->v[i].family == family)
			nr += t->rows[i];
	return nr;
}

static void print_row(const struct row *row, uint64_t nr, uint64_t of)
{
	printf("  %-45s %-8.15s %10lu %5.1f %%\n", row->id,
	       row->is_case ? "" : row->error ?: "no merge",
	       nr, of ? 100.0 * (double)nr / (double)of : 0.0);
}

static void print_classes(const struct survey *s, const struct tally *t)
{
	const struct cat_family *family = NULL;

	for (size_t i = 0; i < s->rows.nr; i++) {
		const struct row *row = &s->rows.v[i];

		if (row->family != family) {
			family = row->family;
			printf("\n%s%s%s%s\n", color_start(&s->a->common),
			       family->name, color_end(&s->a->common),
			       strcmp(family->name, "change")
				       ? ""
				       : " (existing, but nothing merges)");
		}
		print_row(row, t->rows[i],
			  tally_of_family(t, &s->rows, family));
	}
}

static void print_refusals(const struct survey *s, const struct tally *t)
{
	printf("\n%s%-13s%s %16s %16s %16s %12s\n", color_start(&s->a->common),
	       "rule", color_end(&s->a->common), "prev refused by",
	       "or also by", "next refused by", "or also by");
	for (int why = MERGED + 1; why < NR_REFUSALS; why++) {
		if (!t->any[0][why] && !t->any[1][why])
			continue;
		printf("%-13s %16lu %16lu %16lu %12lu\n", refusal_names[why],
		       t->first[0][why], t->any[0][why] - t->first[0][why],
		       t->first[1][why], t->any[1][why] - t->first[1][why]);
	}
	printf("%-13s %16lu %16s %16lu\n", "it merges", t->first[0][MERGED], "",
	       t->first[1][MERGED]);
}

void survey_print(const struct survey *s, const struct tally *t)
{
	print_families(s, t);
	print_classes(s, t);
	print_refusals(s, t);
}

/* ---- problems ----------------------------------------------------------- */

static void draw(FILE *out, const struct catalog *cat, const struct config *c,
		 const struct rules *rules)
{
	struct report *r __free(report) = report_config(cat, c, rules);

	picture_print(out, r, 4);
}

void survey_problems(FILE *out, const struct space_args *a,
		     const struct catalog *cat, const struct tally *t)
{
	uint64_t i;

	for (i = 0; i < t->nr_problems && i < MAX_PROBLEMS; i++) {
		const struct problem *p = &t->problems[i];

		fprintf(out, "\n%s: %s\n  %s\n", class_names[p->kind], p->what,
			CONFIG_KEY_OF(&p->c));
		draw(out, cat, &p->c, a->common.rules);
	}
	if (t->nr_problems > i)
		fprintf(out, "\nand %lu more of the kind\n",
			t->nr_problems - i);
}

/* Conditions that no configuration meets. Returns whether there are any. */
bool survey_unreached(FILE *out, const struct survey *s, const struct tally *t)
{
	bool any = false;

	for (size_t i = 0; i < s->rows.nr; i++) {
		const struct row *row = &s->rows.v[i];

		if (t->rows[i])
			continue;
		fprintf(out,
			"%s%s:%u:%u: no configuration meets the conditions of '%s', expected at least one\n",
			any ? "" : "\n", row->pos->file, row->pos->line,
			row->pos->column, row->id);
		any = true;
	}
	return any;
}

/* ---- one configuration -------------------------------------------------- */

static void print_anon_step(const struct config *c, const struct step *s)
{
	if (!s->object)
		printf("unlink anon_vma of %s\n", fixture_vma_name(c, s->vma));
	else
		printf("clone anon_vma %u%s to %s\n", s->object,
		       s->forked ? ", forked," : "",
		       fixture_vma_name(c, s->vma));
}

static void print_step(const struct config *c, const struct step *s)
{
	const char *vma = s->vma ? fixture_vma_name(c, s->vma) : "nothing";
	const char *words = step_kinds[s->kind].text;

	fputs("    ", stdout);
	switch (s->kind) {
	case STEP_LOCK_I_MMAP:
	case STEP_LOCK_ANON_VMA:
	case STEP_UNLOCK_I_MMAP:
	case STEP_UNLOCK_ANON_VMA:
		printf("%s %u\n", words, s->object);
		break;
	case STEP_DUPLICATE:
		printf("%s %s as %s\n", words, fixture_vma_name(c, s->from),
		       vma);
		break;
	case STEP_CLONE_ANON_VMA:
		print_anon_step(c, s);
		break;
	case STEP_SET_RANGE:
		printf("%s %s to [%lu, %lu) pgoff %lu\n", words, vma, s->start,
		       s->end, s->pgoff);
		break;
	case STEP_STORE:
		printf("%s %s over [%lu, %lu)\n", words, vma, s->start, s->end);
		break;
	case STEP_MAP_COUNT:
		printf("%s %+ld\n", words, s->delta);
		break;
	default:
		printf("%s%s%s\n", words, s->vma ? " " : "", s->vma ? vma : "");
	}
}

/* What a reason says, as the catalogue has it. */
static const char *says_of(const struct catalog *cat, const struct config *c,
			   const char *id)
{
	for_each_family(cat, f) {
		if (strcmp(f->name, space_family_names[c->family]))
			continue;
		for (size_t i = 0; i < f->nr_otherwise; i++)
			if (f->otherwise[i].id.text == id)
				return f->otherwise[i].says.text;
	}
	return NULL;
}

static void print_side(const char *name, enum refusal first, uint32_t all)
{
	const char *before = "; also: ";
	struct buffer b;
	FILE *out = buffer_open(&b);

	fprintf(out, "%s: %s", name, refusal_texts[first]);
	for (all &= ~(1U << first); all; all &= all - 1)
		text_print_item(out, &before, refusal_texts[__builtin_ctz(all)],
				", ");
	fputs("  ", stdout);
	wrap_drop(stdout, 2, buffer_text(&b));
}

void config_print_why(const struct catalog *cat, const struct config *c,
		      const struct classification *r)
{
	const char *says = says_of(cat, c, r->id);

	if (says)
		print_wrapped(says);
	if (merges(c->family)) {
		print_side("prev", r->left, r->left_all);
		print_side("next", r->right, r->right_all);
	}
	if (r->failed)
		printf("  the allocation that fails: %s\n",
		       alloc_names[r->failed]);
}

void config_print_class(const struct classification *r)
{
	printf("%s: %s", class_names[r->kind], is_problem(r) ? r->what : r->id);
	if (r->composed)
		printf(", then %s", r->composed->id);
	if (r->err)
		printf(" (%s)", error_name(r->err));
	putchar('\n');
}

void config_show(const struct space_args *a, const struct catalog *cat,
		 const struct visit *v, const struct classification *r)
{
	const struct outcome *out = v->out;

	printf("%s%s%s\n\n", color_start(&a->common), CONFIG_KEY_OF(v->c),
	       color_end(&a->common));
	draw(stdout, cat, v->c, a->common.rules);
	putchar('\n');
	config_print_class(r);
	config_print_why(cat, v->c, r);
	printf("\nmap count %zu, then %lu; steps:\n", v->fixture->nr_vmas,
	       mm_map_count(v->mm));
	for (size_t i = 0; i < out->nr_steps; i++)
		print_step(v->c, &out->steps[i]);
}
