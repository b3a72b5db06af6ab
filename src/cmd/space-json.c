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

	return json_pack(
		"{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:s?, s:s?, s:I, s:I}",
		"key", CONFIG_KEY_OF(v->c), "verdict", class_names[r->kind],
		"id", r->id, "composed", r->composed ? r->composed->id : NULL,
		"left", sides ? refusal_names[r->left] : NULL, "right",
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
static json_t *family_json(const struct tally *t, enum space_family f,
			   bool is_part)
{
	const uint64_t *seen = t->places[f];
	json_t *places = JSON_OBJECT_IF(
		i, NR_DIMS,
		is_part ? seen[i] : __builtin_popcountll(seen[i]) > 1,
		space_dim_name(i),
		json_integer(is_part ? (json_int_t)seen[i]
				     : __builtin_popcountll(seen[i])));

	return json_pack("{s:I, s:I, s:o}", "configurations",
			 (json_int_t)t->nr[f], "failing",
			 (json_int_t)t->failing[f],
			 is_part ? "dimensions_seen" : "dimensions", places);
}

static json_t *row_json(const struct row *row, uint64_t nr)
{
	enum class_kind kind = row->is_case ? CLASS_CASE
			       : row->error ? CLASS_ERROR
					    : CLASS_NO_MERGE;

	return json_pack("{s:s, s:s, s:s, s:s?, s:I}", "family",
			 row->family->name, "id", row->id, "verdict",
			 class_names[kind], "error", row->error,
			 "configurations", (json_int_t)nr);
}

static json_t *problem_json(const struct problem *p)
{
	return json_pack("{s:s, s:s, s:s}", "key", CONFIG_KEY_OF(&p->c),
			 "verdict", class_names[p->kind], "what", p->what);
}

json_t *survey_json(const struct survey *s, const struct tally *t)
{
	bool is_part = s->a->shard.of;
	uint64_t kept =
		t->nr_problems < MAX_PROBLEMS ? t->nr_problems : MAX_PROBLEMS;

	return json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:I}", "sweep", s->sweep->name,
		"families",
		JSON_OBJECT(f, NR_SPACES, space_family_names[f],
			    family_json(t, f, is_part)),
		"verdicts",
		JSON_LIST(i, s->rows.nr, row_json(&s->rows.v[i], t->rows[i])),
		"reasons",
		JSON_OBJECT(why, NR_REFUSALS, refusal_names[why],
			    json_pack("{s:I, s:I, s:I, s:I}", "left",
				      (json_int_t)t->first[0][why], "left_all",
				      (json_int_t)t->any[0][why], "right",
				      (json_int_t)t->first[1][why], "right_all",
				      (json_int_t)t->any[1][why])),
		"problems", JSON_LIST(i, kept, problem_json(&t->problems[i])),
		"nr_problems", (json_int_t)t->nr_problems);
}
