// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas space: every configuration, run on the simulator, and the catalogue's
 * conditions held against what came out.
 *
 * The exit status is 1 if a configuration is not named, or by more than one
 * condition, or wrongly, or if a condition is met by none; 2 for a call that
 * makes no sense or a walk that was interrupted.
 */
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/space.h"
#include "lib/jobs.h"
#include "lib/memory.h"

#define WIDTH 78

/* ---- what is asked for -------------------------------------------------- */

enum {
	OPT_SUMMARY = 0x600,
	OPT_CASE,
	OPT_REASON,
	OPT_WIDE,
	OPT_ONLY,
	OPT_SHOW,
	OPT_JOBS,
	OPT_SPACE_FORMAT,
};

static const struct argp_option options[] = {
	{ "summary", OPT_SUMMARY, 0, 0,
	  "counts only: what text prints if neither --case, --reason nor --only is given",
	  0 },
	{ "case", OPT_CASE, "ID", 0,
	  "only the configurations that are this case, or are ruled out for this reason of the catalogue",
	  0 },
	{ "reason", OPT_REASON, "RULE", 0,
	  "only those in which a side is refused by this rule first: flags, anon_vma, ...",
	  0 },
	{ "wide", OPT_WIDE, 0, 0,
	  "the wider sweeps, too: each of their configurations must be ruled as the one of the standard sweep that stands for it",
	  0 },
	{ "only", OPT_ONLY, "KEY", 0, "one configuration", 0 },
	{ "show", OPT_SHOW, 0, 0,
	  "with --only: its picture, its steps, and why", 0 },
	{ "jobs", OPT_JOBS, "N", 0, "threads (default: one a processor)", 0 },
	{ "format", OPT_SPACE_FORMAT, "text|json|tsv|rst", 0,
	  "for people, for machines, a line a configuration, or tables for pages to include",
	  0 },
	{ 0 },
};

#define NO_REASON (-1)

struct space_args {
	struct common common;
	const char *id;
	int reason; /* enum refusal, or NO_REASON */
	const char *only;
	unsigned int jobs;
	bool summary;
	bool wide;
	bool show;
	bool tsv;
	bool rst;
};

static void list_reasons(FILE *out)
{
	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		fprintf(out, "%s%s", why > MERGED + 1 ? ", " : "",
			refusal_name(why));
}

static int parse_reason(const char *arg, struct argp_state *state)
{
	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		if (!strcmp(arg, refusal_name(why)))
			return why;
	fprintf(state->err_stream, "%s: unknown rule '%s', expected one of ",
		state->name, arg);
	list_reasons(state->err_stream);
	fputc('\n', state->err_stream);
	exit(EXIT_UNUSABLE);
}

static void parse_format(struct space_args *a, const char *arg,
			 struct argp_state *state)
{
	a->tsv = !strcmp(arg, "tsv");
	a->rst = !strcmp(arg, "rst");
	a->common.json = !strcmp(arg, "json");
	if (!a->tsv && !a->rst && !a->common.json && strcmp(arg, "text"))
		argp_error(
			state,
			"unknown format '%s', expected one of text|json|tsv|rst",
			arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct space_args *a = state->input;

	switch (key) {
	case OPT_SUMMARY:
		a->summary = true;
		return 0;
	case OPT_CASE:
		a->id = arg;
		return 0;
	case OPT_REASON:
		a->reason = parse_reason(arg, state);
		return 0;
	case OPT_WIDE:
		a->wide = true;
		return 0;
	case OPT_ONLY:
		a->only = arg;
		return 0;
	case OPT_SHOW:
		a->show = true;
		return 0;
	case OPT_JOBS:
		a->jobs = (unsigned int)common_number("jobs", arg, 1,
						      THREADS_MAX, state);
		return 0;
	case OPT_SPACE_FORMAT:
		parse_format(a, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void check_args(const struct space_args *a, struct argp_state *state)
{
	if (a->show && !a->only)
		argp_error(
			state,
			"--show is of one configuration, expected --only and its key");
	if (a->show && (a->tsv || a->common.json))
		argp_error(
			state,
			"--show is for people, expected it with --format text");
	if (a->summary && (a->tsv || a->only))
		argp_error(
			state,
			"--summary counts configurations, expected it without %s",
			a->tsv ? "--format tsv" : "--only");
	if (a->rst && (a->only || a->id || a->reason != NO_REASON))
		argp_error(
			state,
			"--format rst is of all configurations, expected it without --only, --case and --reason");
	if (a->only && (a->id || a->reason != NO_REASON || a->wide))
		argp_error(
			state,
			"--only is one configuration, expected it without --case, --reason and --wide");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct space_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_END:
		check_args(a, state);
		return 0;
	default:
		return parse_option(key, arg, state);
	}
}

/* The sweeps, listed from their table. */
static void list_sweeps(FILE *out)
{
	size_t nr;

	fputs("Sweeps:\n", out);
	for (const struct sweep *s = sweeps(&nr), *end = s + nr; s < end; s++)
		fprintf(out, "  %s: %s\n", s->name, s->what);
	fputs("\nRules that refuse: ", out);
	list_reasons(out);
	fputc('\n', out);
}

static char *help_filter(int key, const char *text, void *input)
{
	(void)input;
	return help_with(key, text, list_sweeps);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Run every configuration in which VMAs can stand to one another "
	       "on the simulator, and check that exactly one condition of the "
	       "catalogue holds for each, and says what happens.\v",
	.children = common_children,
	.help_filter = help_filter,
};

/* ---- words -------------------------------------------------------------- */

static const char *const class_names[] = {
	[CLASS_CASE] = "case",		 [CLASS_NO_MERGE] = "no-merge",
	[CLASS_ERROR] = "error",	 [CLASS_UNNAMED] = "unnamed",
	[CLASS_AMBIGUOUS] = "ambiguous", [CLASS_WRONG] = "wrong",
};

static const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : "0";

	return name ? name : "unknown";
}

static bool merges(enum space_family family)
{
	return family == SPACE_EXISTING || family == SPACE_NEW ||
	       family == SPACE_REPLACE;
}

static bool is_problem(const struct classification *r)
{
	return r->kind >= CLASS_UNNAMED;
}

/* ---- what the catalogue names ------------------------------------------- */

static bool in_space(const struct cat_family *f)
{
	for (unsigned int i = 0; i < NR_SPACES; i++)
		if (!strcmp(f->name, space_family_name(i)))
			return true;
	return !strcmp(f->name, "change");
}

static void add_row(struct rows *rows, struct row row)
{
	rows->v = xreallocarray(rows->v, rows->nr + 1, sizeof(*rows->v));
	rows->v[rows->nr++] = row;
}

static void add_family(struct rows *rows, const struct cat_family *f)
{
	for_each_case(f, c)
		if (c->when.nr)
			add_row(rows, (struct row){ .family = f,
						    .id = c->id,
						    .when = &c->when,
						    .pos = &c->pos,
						    .is_case = true });
	for (size_t i = 0; i < f->nr_otherwise; i++)
		add_row(rows, (struct row){ .family = f,
					    .id = f->otherwise[i].id,
					    .error = f->otherwise[i].error,
					    .when = &f->otherwise[i].when,
					    .pos = &f->otherwise[i].pos });
}

static struct rows rows_of(const struct catalog *cat)
{
	struct rows rows = { 0 };

	for_each_family(cat, f)
		if (in_space(f))
			add_family(&rows, f);
	return rows;
}

/* ---- counting ----------------------------------------------------------- */

/* One walk over a sweep. */
struct survey {
	const struct space_args *a;
	const struct sweep *sweep;
	const struct conditions *cond;
	struct rows rows;
	atomic_uint_fast64_t done;
	bool standard;
};

struct worker {
	struct survey *s;
	struct tally tally;
	struct mm *mm; /* for what stands for a configuration */
	unsigned int shard;
	unsigned int nr_shards;
	uint64_t told;
};

static void count_row(struct worker *w, const char *id)
{
	const struct rows *rows = &w->s->rows;

	for (size_t i = 0; i < rows->nr; i++)
		if (rows->v[i].id == id) {
			w->tally.rows[i]++;
			return;
		}
}

static void count_side(struct tally *t, int side, enum refusal first,
		       uint32_t all)
{
	t->first[side][first]++;
	for (; all; all &= all - 1)
		t->any[side][__builtin_ctz(all)]++;
}

static void count(struct worker *w, const struct visit *v,
		  const struct classification *r)
{
	struct tally *t = &w->tally;
	enum space_family f = v->c->family;

	if (v->c->at[DIM_FAIL])
		t->failing[f]++;
	else
		t->nr[f]++;
	for (unsigned int i = 0; i < NR_DIMS; i++)
		t->places[f][i] |= 1ULL << v->c->at[i];
	if (merges(f)) {
		count_side(t, 0, r->left, r->left_all);
		count_side(t, 1, r->right, r->right_all);
	}
	if (is_problem(r))
		return;
	count_row(w, r->id);
	if (r->composed)
		count_row(w, r->composed->id);
}

static void note_problem(struct tally *t, const struct visit *v,
			 enum class_kind kind, const char *what)
{
	struct problem *p;

	if (t->nr_problems++ >= MAX_PROBLEMS)
		return;
	p = &t->problems[t->nr_problems - 1];
	p->c = *v->c;
	p->index = v->index;
	p->kind = kind;
	snprintf(p->what, sizeof(p->what), "%s", what);
}

/* ---- what stands for a configuration ------------------------------------ */

static bool same_class(const struct classification *a,
		       const struct classification *b)
{
	return a->kind == b->kind && a->id == b->id &&
	       a->composed == b->composed && a->left == b->left &&
	       a->right == b->right && a->err == b->err;
}

/* A wide configuration must be ruled as the standard one for it is. */
static void check_narrow(struct worker *w, const struct visit *v,
			 const struct classification *r)
{
	const struct rules *rules = w->s->a->common.rules;
	struct config narrow = *v->c;
	char key[CONFIG_KEY], what[sizeof(w->tally.problems[0].what)];
	const struct outcome *out;
	struct fixture fixture;
	struct classification other;

	config_narrow(&narrow);
	if (!memcmp(&narrow, v->c, sizeof(narrow)))
		return;
	fixture_of(&fixture, &narrow);
	out = fixture_run(w->mm, rules, &fixture);
	conditions_classify(w->s->cond, &narrow, rules, out, &other);
	if (same_class(r, &other))
		return;
	config_key(&narrow, key);
	snprintf(what, sizeof(what),
		 "ruled as %s, but what stands for it as %s: %s", r->id,
		 other.id ? other.id : class_names[other.kind], key);
	note_problem(&w->tally, v, CLASS_WRONG, what);
}

/* ---- a line a configuration --------------------------------------------- */

static bool wanted(const struct space_args *a, const struct visit *v,
		   const struct classification *r)
{
	if (a->id && !(r->id && !strcmp(a->id, r->id)) &&
	    !(r->composed && !strcmp(a->id, r->composed->id)))
		return false;
	return a->reason == NO_REASON ||
	       (merges(v->c->family) &&
		((int)r->left == a->reason || (int)r->right == a->reason));
}

static void put_refusals(FILE *out, uint32_t all)
{
	const char *plus = "";

	if (!all)
		fputc('-', out);
	for (; all; all &= all - 1) {
		fprintf(out, "%s%s", plus, refusal_name(__builtin_ctz(all)));
		plus = "+";
	}
}

static void put_tsv_head(void)
{
	puts("key\tverdict\tid\tcomposed\tleft\tright\tleft_all\tright_all\terr\tfailed\tmap_count_before\tmap_count_after");
}

static void put_tsv(const struct visit *v, const struct classification *r)
{
	bool sides = merges(v->c->family);
	char key[CONFIG_KEY];

	config_key(v->c, key);
	printf("%s\t%s\t%s\t%s\t%s\t%s\t", key, class_names[r->kind],
	       r->id ? r->id : "-", r->composed ? r->composed->id : "-",
	       sides ? refusal_name(r->left) : "-",
	       sides ? refusal_name(r->right) : "-");
	put_refusals(stdout, r->left_all);
	putchar('\t');
	put_refusals(stdout, r->right_all);
	printf("\t%s\t%s\t%zu\t%lu\n", error_name(r->err),
	       alloc_name(r->failed), v->fixture->nr_vmas, mm_map_count(v->mm));
}

static json_t *refusals_json(uint32_t all)
{
	json_t *list = json_array();

	for (; all; all &= all - 1)
		json_array_append_new(
			list, json_string(refusal_name(__builtin_ctz(all))));
	return list;
}

static json_t *config_json(const struct visit *v,
			   const struct classification *r)
{
	bool sides = merges(v->c->family);
	char key[CONFIG_KEY];

	config_key(v->c, key);
	return json_pack(
		"{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:s?, s:s?, s:I, s:I}",
		"key", key, "verdict", class_names[r->kind], "id", r->id,
		"composed", r->composed ? r->composed->id : NULL, "left",
		sides ? refusal_name(r->left) : NULL, "right",
		sides ? refusal_name(r->right) : NULL, "left_all",
		refusals_json(r->left_all), "right_all",
		refusals_json(r->right_all), "error",
		r->err ? error_name(r->err) : NULL, "failed",
		r->failed ? alloc_name(r->failed) : NULL, "map_count_before",
		(json_int_t)v->fixture->nr_vmas, "map_count_after",
		(json_int_t)mm_map_count(v->mm));
}

/* One after the other: all of them would not fit into memory. */
static void put_json(const struct visit *v, const struct classification *r)
{
	static bool begun;
	json_t *json = config_json(v, r);

	fputs(begun ? ",\n " : "\n ", stdout);
	json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	begun = true;
}

static void put_text(const struct visit *v, const struct classification *r)
{
	char key[CONFIG_KEY];

	config_key(v->c, key);
	printf("%-9s %-30s %s\n", class_names[r->kind], r->id ? r->id : "-",
	       key);
}

/* Whether each configuration gets a line, or only the summary is printed. */
static bool lists(const struct space_args *a)
{
	if (a->summary)
		return false;
	return a->tsv || a->common.json || a->id || a->reason != NO_REASON;
}

static void put(const struct space_args *a, const struct visit *v,
		const struct classification *r)
{
	if (a->tsv)
		put_tsv(v, r);
	else if (a->common.json)
		put_json(v, r);
	else
		put_text(v, r);
}

/* ---- the walk ----------------------------------------------------------- */

#define PROGRESS_EVERY 65536

static void show_progress(struct worker *w)
{
	uint64_t done;

	if (++w->told % PROGRESS_EVERY)
		return;
	done = atomic_fetch_add(&w->s->done, PROGRESS_EVERY) + PROGRESS_EVERY;
	progress("%s: %lu configurations", w->s->sweep->name, done);
}

static bool visit(const struct visit *v, void *ctx)
{
	struct worker *w = ctx;
	const struct space_args *a = w->s->a;
	struct classification r;

	conditions_classify(w->s->cond, v->c, a->common.rules, v->out, &r);
	if (is_problem(&r))
		note_problem(&w->tally, v, r.kind, r.what);
	if (wanted(a, v, &r)) {
		count(w, v, &r);
		if (lists(a))
			put(a, v, &r);
	}
	if (!w->s->standard && !is_problem(&r))
		check_narrow(w, v, &r);
	show_progress(w);
	return !interrupted();
}

static void work(void *workers, size_t i)
{
	struct worker *w = (struct worker *)workers + i;

	space_walk(w->s->sweep, w->s->a->common.rules, w->shard, w->nr_shards,
		   visit, w);
}

static struct worker *new_workers(struct survey *s, unsigned int nr)
{
	struct worker *workers = xcalloc(nr, sizeof(*workers));

	for (unsigned int i = 0; i < nr; i++) {
		workers[i].s = s;
		workers[i].shard = i;
		workers[i].nr_shards = nr;
		workers[i].mm = mm_new(s->a->common.rules);
		workers[i].tally.rows = xcalloc(s->rows.nr, sizeof(uint64_t));
	}
	return workers;
}

/* In the order of a single walk, so that threads do not show. */
static int by_index(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	if (x->c.at[DIM_FAIL] != y->c.at[DIM_FAIL])
		return x->c.at[DIM_FAIL] - y->c.at[DIM_FAIL];
	return x->c.at[DIM_GIVES_UP] - y->c.at[DIM_GIVES_UP];
}

static void merge_problems(struct tally *to, const struct tally *from)
{
	struct problem all[2 * MAX_PROBLEMS];
	size_t nr = 0, i;

	for (i = 0; i < to->nr_problems && i < MAX_PROBLEMS; i++)
		all[nr++] = to->problems[i];
	for (i = 0; i < from->nr_problems && i < MAX_PROBLEMS; i++)
		all[nr++] = from->problems[i];
	qsort(all, nr, sizeof(*all), by_index);
	for (i = 0; i < nr && i < MAX_PROBLEMS; i++)
		to->problems[i] = all[i];
	to->nr_problems += from->nr_problems;
}

static void add_numbers(uint64_t *to, const uint64_t *from, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		to[i] += from[i];
}

static void merge(struct tally *to, const struct tally *from, size_t nr_rows)
{
	add_numbers(to->nr, from->nr, NR_SPACES);
	add_numbers(to->failing, from->failing, NR_SPACES);
	add_numbers(to->rows, from->rows, nr_rows);
	for (int side = 0; side < 2; side++) {
		add_numbers(to->first[side], from->first[side], NR_REFUSALS);
		add_numbers(to->any[side], from->any[side], NR_REFUSALS);
	}
	for (unsigned int f = 0; f < NR_SPACES; f++)
		for (unsigned int i = 0; i < NR_DIMS; i++)
			to->places[f][i] |= from->places[f][i];
	merge_problems(to, from);
}

/* Returns what all threads saw; its rows are for free(). */
static struct tally walk(struct survey *s)
{
	/* What is listed is listed in order. */
	unsigned int nr = lists(s->a) ? 1 : s->a->jobs;
	struct worker *workers = new_workers(s, nr);
	struct tally tally;

	jobs_run(work, workers, nr, nr);
	progress_end();

	tally = workers[0].tally;
	for (unsigned int i = 0; i < nr; i++) {
		mm_free(workers[i].mm);
		if (!i)
			continue;
		merge(&tally, &workers[i].tally, s->rows.nr);
		free(workers[i].tally.rows);
	}
	free(workers);
	return tally;
}

/* ---- the summary, for people -------------------------------------------- */

static uint64_t total(const struct tally *t, unsigned int f)
{
	return t->nr[f] + t->failing[f];
}

static uint64_t total_of_all(const struct tally *t)
{
	uint64_t nr = 0;

	for (unsigned int f = 0; f < NR_SPACES; f++)
		nr += total(t, f);
	return nr;
}

static void print_wrapped(const char *text, int indent)
{
	int column = indent;

	printf("%*s", indent, "");
	while (*text) {
		int len = (int)strcspn(text, " \n");

		if (column > indent && column + 1 + len > WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
		}
		column +=
			printf("%s%.*s", column > indent ? " " : "", len, text);
		text += len;
		text += strspn(text, " \n");
	}
	putchar('\n');
}

#define INDENT 11 /* columns before dimensions */

/* Dimensions with more than one place, wrapped. */
static void print_dims(const struct tally *t, unsigned int f)
{
	int column = 0, len;
	char word[64];

	for (unsigned int i = 0; i < NR_DIMS; i++) {
		int places = __builtin_popcountll(t->places[f][i]);

		if (places < 2 || i == DIM_FAIL)
			continue;
		len = snprintf(word, sizeof(word), "%s %d", space_dim_name(i),
			       places);
		if (column && column + 2 + len > WIDTH) {
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

	printf("%s%s sweep%s, rules of %s:\n", color_start(common),
	       s->sweep->name, color_end(common), common->rules->version);
	print_wrapped(s->sweep->what, 2);
	putchar('\n');
	printf("%-9s %15s %15s %15s\n", "", "configurations", "memory fails",
	       "together");
	for (unsigned int f = 0; f < NR_SPACES; f++) {
		printf("%-9s %15lu %15lu %15lu\n", space_family_name(f),
		       t->nr[f], t->failing[f], total(t, f));
		print_dims(t, f);
	}
	printf("%-9s %15s %15s %15lu\n", "all", "", "", total_of_all(t));
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
	char error[16] = "";

	if (row->error)
		snprintf(error, sizeof(error), "%.15s", row->error);
	printf("  %-45s %-8s %10lu %5.1f %%\n", row->id,
	       row->is_case ? ""
	       : row->error ? error
			    : "no merge",
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
		printf("%-13s %16lu %16lu %16lu %12lu\n", refusal_name(why),
		       t->first[0][why], t->any[0][why] - t->first[0][why],
		       t->first[1][why], t->any[1][why] - t->first[1][why]);
	}
	printf("%-13s %16lu %16s %16lu\n", "it merges", t->first[0][MERGED], "",
	       t->first[1][MERGED]);
}

/* ---- the summary, for machines ------------------------------------------ */

static json_t *families_json(const struct tally *t)
{
	json_t *list = json_object();

	for (unsigned int f = 0; f < NR_SPACES; f++) {
		json_t *places = json_object();

		for (unsigned int i = 0; i < NR_DIMS; i++) {
			int nr = __builtin_popcountll(t->places[f][i]);

			if (nr > 1)
				json_object_set_new(places, space_dim_name(i),
						    json_integer(nr));
		}
		json_object_set_new(list, space_family_name(f),
				    json_pack("{s:I, s:I, s:o}",
					      "configurations",
					      (json_int_t)t->nr[f], "failing",
					      (json_int_t)t->failing[f],
					      "dimensions", places));
	}
	return list;
}

static json_t *classes_json(const struct survey *s, const struct tally *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->rows.nr; i++) {
		const struct row *row = &s->rows.v[i];
		enum class_kind kind = row->is_case ? CLASS_CASE
				       : row->error ? CLASS_ERROR
						    : CLASS_NO_MERGE;

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s?, s:I}", "family",
				  row->family->name, "id", row->id, "verdict",
				  class_names[kind], "error", row->error,
				  "configurations", (json_int_t)t->rows[i]));
	}
	return list;
}

static json_t *reasons_json(const struct tally *t)
{
	json_t *list = json_object();

	for (int why = 0; why < NR_REFUSALS; why++)
		json_object_set_new(
			list, refusal_name(why),
			json_pack("{s:I, s:I, s:I, s:I}", "left",
				  (json_int_t)t->first[0][why], "left_all",
				  (json_int_t)t->any[0][why], "right",
				  (json_int_t)t->first[1][why], "right_all",
				  (json_int_t)t->any[1][why]));
	return list;
}

static json_t *problems_json(const struct tally *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->nr_problems && i < MAX_PROBLEMS; i++) {
		const struct problem *p = &t->problems[i];
		char key[CONFIG_KEY];

		config_key(&p->c, key);
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "key", key,
						"verdict", class_names[p->kind],
						"what", p->what));
	}
	return list;
}

static json_t *summary_json(const struct survey *s, const struct tally *t)
{
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:I}", "sweep",
			 s->sweep->name, "rules", s->a->common.rules->version,
			 "rules_exact", !s->a->common.rules->beyond, "families",
			 families_json(t), "verdicts", classes_json(s, t),
			 "reasons", reasons_json(t), "problems",
			 problems_json(t), "nr_problems",
			 (json_int_t)t->nr_problems);
}

/* ---- problems ----------------------------------------------------------- */

static void draw(FILE *out, const struct catalog *cat, const struct config *c,
		 const struct rules *rules)
{
	struct report *r = report_config(cat, c, rules);

	picture_print(out, r, 4);
	report_free(r);
}

static void print_problems(FILE *out, const struct space_args *a,
			   const struct catalog *cat, const struct tally *t)
{
	uint64_t i;

	for (i = 0; i < t->nr_problems && i < MAX_PROBLEMS; i++) {
		const struct problem *p = &t->problems[i];
		char key[CONFIG_KEY];

		config_key(&p->c, key);
		fprintf(out, "\n%s: %s\n  %s\n", class_names[p->kind], p->what,
			key);
		draw(out, cat, &p->c, a->common.rules);
	}
	if (t->nr_problems > i)
		fprintf(out, "\nand %lu more of the kind\n",
			t->nr_problems - i);
}

/* Conditions that no configuration meets. Returns whether there are any. */
static bool complain_unreached(FILE *out, const struct survey *s,
			       const struct tally *t)
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

static const char *step_words(enum step_kind kind)
{
	static const char *const words[NR_STEPS] = {
		[STEP_LOCK_MMAP] = "lock mmap lock",
		[STEP_LOCK_VMA] = "lock",
		[STEP_LOCK_I_MMAP] = "lock i_mmap of file",
		[STEP_LOCK_ANON_VMA] = "lock anon_vma",
		[STEP_ALLOCATE] = "allocate",
		[STEP_DUPLICATE] = "duplicate",
		[STEP_CLONE_ANON_VMA] = "clone anon_vma",
		[STEP_SET_RANGE] = "set",
		[STEP_SET_ATTRS] = "set attributes of",
		[STEP_STORE] = "store",
		[STEP_DETACH] = "detach",
		[STEP_ATTACH] = "attach",
		[STEP_FREE] = "free",
		[STEP_MAP_COUNT] = "map count",
		[STEP_UNLOCK_ANON_VMA] = "unlock anon_vma",
		[STEP_UNLOCK_I_MMAP] = "unlock i_mmap of file",
		[STEP_DOWNGRADE_MMAP] = "downgrade mmap lock",
		[STEP_UNLOCK_MMAP] = "unlock mmap lock",
	};

	return words[kind];
}

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
	const char *words = step_words(s->kind);

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
		if (strcmp(f->name, space_family_name(c->family)))
			continue;
		for (size_t i = 0; i < f->nr_otherwise; i++)
			if (f->otherwise[i].id == id)
				return f->otherwise[i].says;
	}
	return NULL;
}

static void print_side(const char *name, enum refusal first, uint32_t all)
{
	const char *comma = "; also: ";

	printf("  %s: %s", name, refusal_text(first));
	for (all &= ~(1U << first); all; all &= all - 1) {
		printf("%s%s", comma, refusal_text(__builtin_ctz(all)));
		comma = ", ";
	}
	putchar('\n');
}

static void print_why(const struct catalog *cat, const struct config *c,
		      const struct classification *r)
{
	const char *says = says_of(cat, c, r->id);

	if (says)
		print_wrapped(says, 2);
	if (merges(c->family)) {
		print_side("prev", r->left, r->left_all);
		print_side("next", r->right, r->right_all);
	}
	if (r->failed)
		printf("  the allocation that fails: %s\n",
		       alloc_name(r->failed));
}

static void print_class(const struct classification *r)
{
	printf("%s: %s", class_names[r->kind], is_problem(r) ? r->what : r->id);
	if (r->composed)
		printf(", then %s", r->composed->id);
	if (r->err)
		printf(" (%s)", error_name(r->err));
	putchar('\n');
}

static void show(const struct space_args *a, const struct catalog *cat,
		 const struct visit *v, const struct classification *r)
{
	const struct outcome *out = v->out;
	char key[CONFIG_KEY];

	config_key(v->c, key);
	printf("%s%s%s\n\n", color_start(&a->common), key,
	       color_end(&a->common));
	draw(stdout, cat, v->c, a->common.rules);
	putchar('\n');
	print_class(r);
	print_why(cat, v->c, r);
	printf("\nmap count %zu, then %lu; steps:\n", v->fixture->nr_vmas,
	       mm_map_count(v->mm));
	for (size_t i = 0; i < out->nr_steps; i++)
		print_step(v->c, &out->steps[i]);
}

/* Returns whether a failing allocation that is asked for did fail. */
static bool check_fail(const struct visit *v)
{
	if (!v->c->at[DIM_FAIL] || v->out->failed)
		return true;
	fprintf(stderr,
		"vmatlas space: allocation %u is to fail, expected 1 to %u, or none: so many there are\n",
		v->c->at[DIM_FAIL], v->out->nr_allocs);
	return false;
}

static int print_only(const struct space_args *a, const struct catalog *cat,
		      const struct conditions *cond, const struct visit *v)
{
	struct classification r;

	if (!check_fail(v))
		return EXIT_UNUSABLE;
	conditions_classify(cond, v->c, a->common.rules, v->out, &r);
	if (a->show) {
		show(a, cat, v, &r);
	} else if (a->common.json) {
		json_t *json = config_json(v, &r);

		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(json);
	} else if (a->tsv) {
		put_tsv_head();
		put_tsv(v, &r);
	} else {
		print_class(&r);
		print_why(cat, v->c, &r);
	}
	return is_problem(&r) ? EXIT_WRONG : EXIT_FINE;
}

static int run_only(const struct space_args *a, const struct catalog *cat,
		    const struct conditions *cond)
{
	struct config c;
	struct fixture fixture;
	struct mm *mm;
	struct visit v = { .c = &c, .fixture = &fixture };
	int status;

	if (!config_parse(a->only, &c, stderr))
		return EXIT_UNUSABLE;
	mm = mm_new(a->common.rules);
	v.mm = mm;
	fixture_of(&fixture, &c);
	v.out = fixture_run(mm, a->common.rules, &fixture);
	status = print_only(a, cat, cond, &v);
	mm_free(mm);
	return status;
}

/* ---- the command -------------------------------------------------------- */

static bool known_id(const struct rows *rows, const char *id)
{
	for (size_t i = 0; i < rows->nr; i++)
		if (!strcmp(rows->v[i].id, id))
			return true;
	fprintf(stderr,
		"vmatlas space: unknown case or reason '%s', expected one that 'vmatlas space' lists\n",
		id);
	return false;
}

/* Text, and not a line a configuration: the summary is printed at once. */
static bool tells(const struct space_args *a)
{
	return !a->common.json && !a->rst && !lists(a);
}

static int status_of(const struct survey *s, const struct tally *t,
		     const struct catalog *cat)
{
	const struct space_args *a = s->a;
	FILE *out = tells(a) ? stdout : stderr;
	int status = EXIT_FINE;

	fflush(stdout);
	if (t->nr_problems) {
		print_problems(out, a, cat, t);
		status = EXIT_WRONG;
	}
	/* Only who has seen everything can say that there is nothing. */
	if (interrupted()) {
		fputs("vmatlas space: interrupted, not all was seen\n", stderr);
		return EXIT_UNUSABLE;
	}
	if (!a->id && a->reason == NO_REASON && complain_unreached(out, s, t))
		status = EXIT_WRONG;
	return status;
}

/* @t is filled in; its rows are for free(). */
static int run_sweep(struct survey *s, const struct catalog *cat,
		     struct tally *t, json_t *summaries)
{
	const struct space_args *a = s->a;
	int status;

	*t = walk(s);
	if (a->common.json)
		json_array_append_new(summaries, summary_json(s, t));
	if (tells(a)) {
		print_families(s, t);
		print_classes(s, t);
		print_refusals(s, t);
	}
	status = status_of(s, t, cat);
	if (tells(a))
		puts(status ? ""
			    : "\nEach configuration is named by one condition, and that is what happens.\n");
	return status;
}

static void begin(const struct space_args *a)
{
	if (a->tsv)
		put_tsv_head();
	else if (a->common.json)
		fputs(lists(a) ? "{\"configurations\": [" : "{", stdout);
}

static void end(const struct space_args *a, json_t *summaries)
{
	if (a->common.json) {
		fputs(lists(a) ? "\n],\n\"sweeps\": " : "\"sweeps\": ", stdout);
		json_dumpf(summaries, stdout, JSON_INDENT(1));
		puts("}");
	}
	json_decref(summaries);
}

/* Returns an exit status; @tallies are filled in, as far as it came. */
static int walk_sweeps(const struct space_args *a, const struct catalog *cat,
		       const struct conditions *cond, const struct rows *rows,
		       struct tally *tallies, size_t nr)
{
	size_t nr_sweeps;
	const struct sweep *all = sweeps(&nr_sweeps);
	json_t *summaries = json_array();
	int status = EXIT_FINE;

	begin(a);
	for (size_t i = 0; i < nr && !interrupted(); i++) {
		struct survey s = { .a = a,
				    .sweep = &all[i],
				    .cond = cond,
				    .rows = *rows,
				    .standard = !i };
		int now = run_sweep(&s, cat, &tallies[i], summaries);

		if (now > status)
			status = now;
	}
	end(a, summaries);
	return status;
}

static int run_sweeps(const struct space_args *a, const struct catalog *cat,
		      const struct conditions *cond, const struct rows *rows)
{
	struct tally *tallies;
	size_t nr;
	int status;

	if (a->id && !known_id(rows, a->id))
		return EXIT_UNUSABLE;
	sweeps(&nr);
	if (!a->wide)
		nr = 1;
	tallies = xcalloc(nr, sizeof(*tallies));
	interrupt_catch();
	status = walk_sweeps(a, cat, cond, rows, tallies, nr);
	interrupt_release();
	if (a->rst && !interrupted())
		space_rst(stdout, cat, rows, tallies, nr);
	for (size_t i = 0; i < nr; i++)
		free(tallies[i].rows);
	free(tallies);
	return status;
}

int cmd_space(int argc, char **argv)
{
	struct space_args a = {
		.common = COMMON_INIT,
		.reason = NO_REASON,
		.jobs = threads_default(),
	};
	struct catalog *cat;
	struct conditions *cond;
	struct rows rows;
	int status;

	parse_args(&argp, argc, argv, &a);
	cat = common_load(&a.common);
	if (!cat)
		return EXIT_UNUSABLE;
	cond = conditions_new(cat);
	rows = rows_of(cat);
	status = a.only ? run_only(&a, cat, cond)
			: run_sweeps(&a, cat, cond, &rows);
	free(rows.v);
	conditions_free(cond);
	catalog_free(cat);
	return status;
}
