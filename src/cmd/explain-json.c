// SPDX-License-Identifier: GPL-2.0-only
/* What keeps the VMAs of a process apart, as JSON. */
#include <string.h>

#include "cmd/explain.h"
#include "cmd/process.h"
#include "lib/json.h"
#include "lib/stream.h"

static json_t *flags_json(const struct proc_maps *maps,
			  const struct proc_reason *r)
{
	vm_flags_t flags = r->flags;
	uint64_t others = r->others;
	json_t *list = json_array();
	const char *code;

	while ((code = proc_take_code(maps, &flags, &others)))
		json_array_append_new(list, json_pack("{s:o, s:s?}", "code",
						      json_name(code), "text",
						      proc_code_text(code)));
	return list;
}

static json_t *reasons_json(const struct proc_reason *r)
{
	return JSON_LIST_IF(why, NR_WHYS, r->all & 1u << why,
			    json_string(why_words[why].key));
}

static json_t *advice_json(const struct proc_reason *r)
{
	char *text __free(free) = explain_advice(r);
	size_t len = strlen(text);

	while (len && text[len - 1] == ' ')
		text[--len] = '\0';
	return len ? json_string(text) : json_null();
}

static json_t *group_json(const struct explained *x, const struct proc_group *g)
{
	const char *hidden = g->r.hidden ? hidden_texts[g->r.hidden] : NULL;

	return json_pack("{s:o, s:o, s:b, s:b, s:s?, s:s, s:I, s:I, s:o, s:o}",
			 "reasons", reasons_json(&g->r), "flags",
			 flags_json(x->maps, &g->r), "protection_key",
			 g->r.pkey, "guard", g->r.guard, "hidden", hidden,
			 "outlook", outlook_words[explain_outlook(&g->r)].key,
			 "pairs", (json_int_t)g->nr, "in_a_row",
			 (json_int_t)g->run, "at",
			 json_address(x->maps->vma[g->run_low].end), "advice",
			 advice_json(&g->r));
}

static json_t *pair_json(const struct explained *x,
			 const struct proc_pair *pair)
{
	const struct proc_vma *low = &x->maps->vma[pair->low];

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "start",
		json_address(low->start), "at", json_address(low->end), "end",
		json_address(low[1].end), "reasons", reasons_json(&pair->r),
		"flags", flags_json(x->maps, &pair->r), "low_name",
		json_name(low->name), "high_name", json_name(low[1].name));
}

static json_t *row_json(const struct explained *x, const struct proc_row *row)
{
	return json_pack("{s:s, s:o, s:I, s:f, s:I, s:I, s:I, s:o}", "kind",
			 vma_kinds[row->kind].key, "label",
			 json_name(row->label), "vmas", (json_int_t)row->nr,
			 "percent", 100.0 * (double)row->nr / (double)x->nr,
			 "bytes", (json_int_t)row->bytes, "min_size",
			 (json_int_t)row->min, "max_size", (json_int_t)row->max,
			 "example",
			 json_address(x->maps->vma[row->example].start));
}

static json_t *run_json(const struct explained *x, const struct proc_run *run)
{
	const struct proc_vma *v = &x->maps->vma[run->low];
	const enum vma_kind *kind = &x->kinds->kind[run->low];
	json_t *pattern =
		JSON_LIST(i, run->period,
			  json_pack("{s:s, s:s#, s:I, s:I}", "kind",
				    vma_kinds[kind[i]].key, "access",
				    PERMISSIONS(v[i].flags), 3, "min_size",
				    (json_int_t)run->min[i], "max_size",
				    (json_int_t)run->max[i]));

	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "start",
			 json_address(v->start), "end",
			 json_address(v[run->nr - 1].end), "vmas",
			 (json_int_t)run->nr, "period", (json_int_t)run->period,
			 "pattern", pattern);
}

static void append_maker(const char *who, const char *what, size_t nr,
			 void *list)
{
	json_array_append_new(list,
			      json_pack("{s:s, s:I, s:s}", "who", who, "vmas",
					(json_int_t)nr, "what", what));
}

/* A sentence that some function prints, null if it prints none. */
static json_t *sentence_json(const struct explained *x,
			     void (*print)(FILE *out,
					   const struct explained *x))
{
	char *text __free(free) = x->nr ? PRINTED(out, print(out, x)) : NULL;

	return text && *text ? json_string(text) : json_null();
}

json_t *explain_json(const struct explained *x, bool summary)
{
	const struct proc_maps *maps = x->maps;
	json_t *makers = json_array(), *top;

	explain_makers(x, append_maker, makers);
	top = json_pack(
		"{s:o, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:o, s:o, s:s?, s:I, s:o, s:o, s:o, s:o, s:o}",
		"source", json_name(maps->source), "rules", x->rules->version,
		"rules_exact", !x->rules->beyond, "page_size",
		(json_int_t)maps->page_size, "vmas", (json_int_t)x->nr,
		"max_map_count", (json_int_t)x->limit, "stretches",
		(json_int_t)x->stretches, "skipped_lines",
		(json_int_t)maps->nr_skipped, "flags_known", x->flags_known,
		"touching_pairs", (json_int_t)x->nr_pairs, "outlooks",
		JSON_OBJECT(v, NR_OUTLOOKS, outlook_words[v].key,
			    json_integer((json_int_t)x->sums[v])),
		"groups",
		JSON_LIST(i, x->nr_groups, group_json(x, &x->groups[i])),
		"read_from", maps->form, "limit", (json_int_t)x->limit,
		"headline", sentence_json(x, explain_headline), "at_limit",
		sentence_json(x, explain_limit), "composition",
		JSON_LIST(i, x->kinds->nr_rows,
			  row_json(x, &x->kinds->rows[i])),
		"runs", JSON_LIST(i, x->nr_runs, run_json(x, &x->runs[i])),
		"makers", makers);
	if (!summary)
		json_object_set_new(
			top, "pairs",
			JSON_LIST(i, x->nr_pairs, pair_json(x, &x->pairs[i])));
	return top;
}
