// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas explore --trace: the interleaving that is most worth showing. */

#include "cmd/explore.h"
#include "cmd/words.h"
#include "lib/jobs.h"

/* What is to be printed. */
struct shown_trace {
	const struct search_job *of;
	struct exploration *x;
	const struct observation *o;
};

static enum way way_of(const struct exploration *x, const struct observation *o)
{
	struct path *path = exploration_path(x, o->state);
	enum way way = path_window(path, path_who(x, path), o).way;

	path_free(path);
	return way;
}

/* The observation of one search that is most worth showing, if there is one. */
static const struct observation *worth_showing(const struct explore_args *a,
					       const struct exploration *x)
{
	if (!a->way || x->stuck)
		return exploration_worst(x);
	for (size_t i = 0; i < x->nr; i++)
		if (x->observations[i].gap &&
		    way_of(x, &x->observations[i]) == a->way)
			return &x->observations[i];
	return NULL;
}

/* Every process has a VMA above. */
static bool usual(const struct explore_args *a, const struct search_job *s)
{
	return a->right != NR_SIDES || s->right == SIDE_ADJACENT;
}

static bool better(const struct explore_args *a, const struct shown_trace *t,
		   const struct shown_trace *best)
{
	bool gap = t->o && t->o->gap, best_gap = best->o && best->o->gap;

	if (!t->o && !t->x->stuck)
		return !best->x && !a->way;
	if (!best->x || t->x->stuck)
		return true;
	if (gap == best_gap && usual(a, t->of) != usual(a, best->of))
		return usual(a, t->of);
	return observation_worse(t->o, best->o);
}

static void print_trace_head(const struct search_job *s,
			     const struct exploration *x,
			     const struct observation *o)
{
	wrap_printf(stdout, 0, "%s, left: %s, right: %s, reader: %s", s->c->id,
		    side_names[s->left], side_names[s->right], s->reader->name);
	for (size_t i = 0; i < s->then.nr; i++) {
		fputs("then ", stdout);
		op_print(stdout, &s->then.ops[i]);
		putchar('\n');
	}
	if (x->stuck)
		printf("%s\n", x->stuck);
	else if (x->end != EXPLORED && !(o && o->gap))
		puts("not explored in full: what was seen so far, no verdict");
	else if (o && o->gap)
		wrap_printf(
			stdout, 0,
			"gap: [%lu, %lu) is mapped all the time, and missed: %s",
			o->gap_start, o->gap_end, way_words[way_of(x, o)].name);
	else if (o && o->overlap)
		puts("no gap; some pages are reported twice");
	else
		puts("no gap; no page is reported twice");
	putchar('\n');
}

/* The surrounding whose worst is worst. */
void explore_print_trace(struct searches *all)
{
	const struct path_style style = {
		.width = text_width(),
		.color = *color_start(&all->a->common),
		.boxes = !all->a->ascii && terminal_draws(),
	};
	struct shown_trace best = { 0 };

	interrupt_catch();
	for (size_t i = 0; i < all->nr && !(best.x && best.x->stuck); i++) {
		struct shown_trace t = { .of = &all->v[i] };

		t.x = explore_run(all->a, &all->v[i]);
		t.o = worth_showing(all->a, t.x);
		all->v[i].end = t.x->end;
		findings_add(&all->v[i].found, t.x);
		if (!better(all->a, &t, &best)) {
			exploration_free(t.x);
			continue;
		}
		exploration_free(best.x);
		best = t;
	}
	if (best.x) {
		print_trace_head(best.of, best.x, best.o);
		path_print(stdout, best.x, best.x->stuck ? NULL : best.o,
			   &style);
	} else {
		printf("%s: nothing is lost in that way\n", all->v[0].c->id);
	}
	exploration_free(best.x);
}
