// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas space: what it prints for machines. */
#include "cmd/space.h"
#include "lib/json.h"

/* ---- a configuration ---------------------------------------------------- */

static json_t *refusals_json(uint32_t all)
{
	return JSON_LIST_IF(why, NR_REFUSALS, all >> why & 1,
			    json_string(refusal_names[why]));
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
		sides ? refusal_names[r->left] : NULL, "right",
		sides ? refusal_names[r->right] : NULL, "left_all",
		refusals_json(r->left_all), "right_all",
		refusals_json(r->right_all), "error",
		r->err ? error_name(r->err) : NULL, "failed",
		r->failed ? alloc_names[r->failed] : NULL, "map_count_before",
		(json_int_t)v->fixture->nr_vmas, "map_count_after",
		(json_int_t)mm_map_count(v->mm));
}

/* One after the other: all of them would not fit into memory. */
void config_put_json(const struct visit *v, const struct classification *r)
{
	static bool begun;
	json_t *json = config_json(v, r);

	fputs(begun ? ",\n " : "\n ", stdout);
	json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	begun = true;
}

/* ---- a sweep ------------------------------------------------------------ */

/* Of a shard, which values it has seen, a bit each: they cannot be added. */
static json_t *families_json(const struct survey *s, const struct tally *t)
{
	const bool is_part = s->a->shard.of;
	json_t *list = json_object();

	for (unsigned int f = 0; f < NR_SPACES; f++) {
		json_t *places = json_object();

		for (unsigned int i = 0; i < NR_DIMS; i++) {
			uint64_t seen = t->places[f][i];
			int nr = __builtin_popcountll(seen);

			if (nr > 1 || (is_part && nr))
				json_object_set_new(
					places, space_dim_name(i),
					json_integer(is_part ? (json_int_t)seen
							     : nr));
		}
		json_object_set_new(
			list, space_family_names[f],
			json_pack("{s:I, s:I, s:o}", "configurations",
				  (json_int_t)t->nr[f], "failing",
				  (json_int_t)t->failing[f],
				  is_part ? "dimensions_seen" : "dimensions",
				  places));
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
			list, refusal_names[why],
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

json_t *survey_json(const struct survey *s, const struct tally *t)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "sweep",
			 s->sweep->name, "families", families_json(s, t),
			 "verdicts", classes_json(s, t), "reasons",
			 reasons_json(t), "problems", problems_json(t),
			 "nr_problems", (json_int_t)t->nr_problems);
}
