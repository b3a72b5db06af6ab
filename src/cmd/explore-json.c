// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas explore, for machines. */
#include "cmd/explore.h"
#include "lib/json.h"
#include "lib/stream.h"

static json_t *twice_json(const struct exploration *x)
{
	return JSON_LIST_IF(id, 32, id && x->twice & 1U << id,
			    json_string(exploration_name(x, id)));
}

static json_t *line_json(const struct reported *line)
{
	if (!line)
		return json_null();
	return json_pack("{s:s, s:I, s:I}", "vma", line->name, "start",
			 (json_int_t)line->start, "end", (json_int_t)line->end);
}

static json_t *observation_json(const struct observation *o)
{
	return JSON_LIST(i, o->nr, line_json(&o->lines[i]));
}

static json_t *op_json(const struct op *op)
{
	char *text __free(free) = PRINTED(out, op_print(out, op));

	return json_string(text);
}

/* ---- an interleaving as JSON ------------------------------------------- */

static json_t *slots_json(const struct exploration *x, const struct layout *lay)
{
	json_t *list = json_array();

	for_each_mapped(lay, slot) {
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I}", "vma",
					exploration_name(x, slot->vma), "start",
					(json_int_t)slot->start, "end",
					(json_int_t)slot->end));
	}
	return list;
}

static json_t *step_json(const struct exploration *x,
			 const struct path_step *step)
{
	const struct path_reader *r = &step->readers[step->which];
	const char *holds = NULL;

	if (r->holds)
		holds = exploration_name(x, r->holds);
	else if (r->mmap)
		holds = "mmap";
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:s, s:s?, s:b, s:o, s:o}",
			 "actor", step->task == WRITER ? "writer" : "reader",
			 "which", (json_int_t)step->which, "text", step->text,
			 "sequence", (json_int_t)step->sequence, "from",
			 (json_int_t)r->from, "iterator", r->iterator, "holds",
			 holds, "hole", step->event == EVENT_HOLE, "reports",
			 line_json(step->line), "tree",
			 slots_json(x, step->layout));
}

/* The interleaving that is most worth showing; null if there is none. */
static json_t *trace_json(const struct exploration *x)
{
	const struct observation *o = exploration_worst(x);
	json_t *missing = json_null(), *window = json_null(), *first, *steps;
	struct window w = { 0 };
	struct path *path;

	if (!x->search || (!o && !x->stuck))
		return json_null();
	path = exploration_path(x, x->stuck ? x->stuck_state : o->state);
	steps = JSON_LIST(i, path->nr, step_json(x, &path->steps[i]));
	if (!x->stuck && o->gap)
		missing = json_pack("{s:I, s:I}", "start",
				    (json_int_t)o->gap_start, "end",
				    (json_int_t)o->gap_end);
	if (!x->stuck)
		w = path_window(path, path_who(x, path), o);
	if (w.to)
		window = json_pack(
			"{s:s, s:I, s:I}", "way", way_words[w.way].name, "from",
			(json_int_t)w.from + 1, "to", (json_int_t)w.to + 1);
	first = slots_json(x, path->first);
	path_free(path);
	return json_pack("{s:o, s:o, s:o, s:o}", "tree", first, "steps", steps,
			 "missing", missing, "window", window);
}

json_t *explore_json(const struct search_job *s, const struct exploration *x,
		     bool trace)
{
	json_t *o = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:o, s:b, s:o, s:I, s:b, s:b, s:b}",
		"case", s->c->id, "reader", s->reader->name, "left",
		side_names[s->left], "right", side_names[s->right], "gap",
		x->gap, "twice", twice_json(x), "overlap", x->overlap,
		"observations",
		JSON_LIST(i, x->nr, observation_json(&x->observations[i])),
		"states", (json_int_t)x->states, "retry", x->retry, "rewalk",
		x->rewalk, "fallback", x->fallback);

	if (s->then.nr)
		json_object_set_new(
			o, "then",
			JSON_LIST(i, s->then.nr, op_json(&s->then.ops[i])));
	if (trace)
		json_object_set_new(o, "trace", trace_json(x));
	return o;
}

void explore_print_json(struct searches *all)
{
	const struct rules *rules = all->a->common.rules;
	json_t *json = json_pack(
		"{s:s, s:b, s:o}", "rules", rules->version, "rules_exact",
		!rules->beyond, "searches",
		JSON_LIST_IF(i, all->nr, all->v[i].json, all->v[i].json));

	shard_json(json, &all->a->shard);
	common_print_json(json, 1);
}
