// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas space: walks a sweep on all processors, and counts. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/space.h"
#include "lib/jobs.h"
#include "lib/memory.h"

/* ---- what the catalogue names ------------------------------------------- */

static bool in_space(const struct cat_family *f)
{
	for (unsigned int i = 0; i < NR_SPACES; i++)
		if (!strcmp(f->name, space_family_names[i]))
			return true;
	return !strcmp(f->name, "change");
}

static void add_family(struct rows *rows, const struct cat_family *f)
{
	for_each_case(f, c)
		if (c->when.nr)
			*xappend(rows->v, rows->nr) = (struct row){
				.family = f,
				.id = c->id,
				.when = &c->when,
				.pos = &c->pos,
				.is_case = true,
			};
	for (size_t i = 0; i < f->nr_otherwise; i++)
		*xappend(rows->v, rows->nr) = (struct row){
			.family = f,
			.id = f->otherwise[i].id.text,
			.error = f->otherwise[i].error.text,
			.when = &f->otherwise[i].when,
			.pos = &f->otherwise[i].id.pos,
		};
}

struct rows survey_rows(const struct catalog *cat)
{
	struct rows rows = { 0 };

	for_each_family(cat, f)
		if (in_space(f))
			add_family(&rows, f);
	return rows;
}

/* ---- counting ----------------------------------------------------------- */

struct worker {
	struct survey *s;
	struct tally tally;
	struct mm *mm; /* for what stands for a configuration */
	unsigned int shard;
	unsigned int nr_shards;
	uint64_t reported;
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

bool survey_agrees(const struct survey *s, struct mm *mm,
		   const struct config *narrow, const struct classification *r,
		   char *what, size_t size)
{
	const struct rules *rules = s->a->common.rules;
	const struct outcome *out;
	struct fixture fixture;
	struct classification other;

	fixture_of(&fixture, narrow);
	out = fixture_run(mm, rules, &fixture);
	conditions_classify(s->cond, narrow, rules, out, &other);
	if (same_class(r, &other))
		return true;
	snprintf(what, size, "ruled as %s, but what stands for it as %s: %s",
		 r->id, other.id ? other.id : class_names[other.kind],
		 CONFIG_KEY_OF(narrow));
	return false;
}

static void check_narrow(struct worker *w, const struct visit *v,
			 const struct classification *r)
{
	char what[sizeof(w->tally.problems[0].what)];
	struct config narrow = *v->c;

	config_narrow(&narrow);
	if (!memcmp(&narrow, v->c, sizeof(narrow)))
		return;
	w->tally.nr_narrow++;
	if (!survey_agrees(w->s, w->mm, &narrow, r, what, sizeof(what)))
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

/* Whether each configuration gets a line, or only the summary is printed. */
bool survey_lists(const struct space_args *a)
{
	if (a->summary)
		return false;
	return a->tsv || a->common.json || a->id || a->reason != NO_REASON;
}

static void put(const struct space_args *a, const struct visit *v,
		const struct classification *r)
{
	if (a->tsv)
		config_tsv(v, r);
	else if (a->common.json)
		config_put_json(v, r);
	else
		config_text(v, r);
}

/* ---- the walk ----------------------------------------------------------- */

#define PROGRESS_EVERY 65536

static void show_progress(struct worker *w)
{
	uint64_t done;

	if (++w->reported % PROGRESS_EVERY)
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
		if (survey_lists(a))
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
	unsigned int of = s->a->shard.of ? s->a->shard.of : 1;

	for (unsigned int i = 0; i < nr; i++) {
		workers[i].s = s;
		workers[i].shard = s->a->shard.index * nr + i;
		workers[i].nr_shards = s->parts ? s->parts : of * nr;
		workers[i].mm = mm_new(s->a->common.rules);
		workers[i].tally.rows = xcalloc(s->rows.nr, sizeof(uint64_t));
	}
	return workers;
}

/* In the order of a single walk, so that threads do not show. */
static int by_index(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;

	return ORDER(x->index, y->index) ?:
	       ORDER(x->c.at[DIM_FAIL], y->c.at[DIM_FAIL]) ?:
		       ORDER(x->c.at[DIM_GIVES_UP], y->c.at[DIM_GIVES_UP]);
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
	to->nr_narrow += from->nr_narrow;
}

struct tally survey_walk(struct survey *s)
{
	/* What is listed is listed in order. */
	unsigned int nr = s->parts || survey_lists(s->a) ? 1 : s->a->jobs;
	struct worker *workers __free(free) = new_workers(s, nr);
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
	return tally;
}
