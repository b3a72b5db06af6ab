// SPDX-License-Identifier: GPL-2.0-only
/* What a trace did, for machines. */
#include <string.h>

#include "cmd/process.h"
#include "cmd/replay.h"
#include "lib/json.h"

static json_t *text_json(const char *text)
{
	return text ? json_name(text) : json_null();
}

static void set_number(json_t *o, const char *key, size_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *note_json(const struct replay_note *n)
{
	json_t *o = json_object();

	set_number(o, "line", n->line);
	if (n->column)
		set_number(o, "column", n->column);
	if (n->vmas)
		json_object_set_new(o, "vmas", json_integer(n->vmas));
	if (n->says)
		json_object_set_new(o, "says", json_string(n->says));
	if (n->text)
		json_object_set_new(o, "call", text_json(n->text));
	return o;
}

static size_t kept(size_t nr)
{
	return nr < REPLAY_NOTES ? nr : REPLAY_NOTES;
}

static json_t *notes_json(const struct replay_notes *notes)
{
	return JSON_LIST(i, kept(notes->nr), note_json(&notes->note[i]));
}

/* ---- a program -------------------------------------------------------------------- */

static json_t *cost_json(const struct replay_cost *c)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "what",
			 text_json(c->text), "vmas", (json_int_t)c->vmas,
			 "calls", (json_int_t)c->calls, "first_line",
			 (json_int_t)c->line, "min_size", (json_int_t)c->min,
			 "max_size", (json_int_t)c->max);
}

static json_t *sums_json(const struct replay_costs *costs)
{
	return JSON_LIST(i, costs->nr, cost_json(&costs->v[i]));
}

static json_t *failed_json(const struct replay_failed *f)
{
	json_t *o = json_object();

	set_number(o, "line", f->line);
	json_object_set_new(o, "call", text_json(f->text));
	json_object_set_new(o, "errno", text_json(strerrorname_np(f->err)));
	json_object_set_new(o, "reason",
			    json_string(failure_words[f->failure].key));
	if (f->failure != FAILURE_UNSEEN && f->failure != FAILURE_LIMIT)
		json_object_set_new(o, "at", json_address(f->at));
	set_number(o, "vmas", f->vmas);
	set_number(o, "limit", f->limit);
	set_number(o, "done_before", f->done);
	return o;
}

static json_t *program_json(const struct replay_program *p)
{
	static const char *const starts[] = {
		[START_EMPTY] = "empty",
		[START_MAPS] = "maps",
		[START_FORK] = "fork",
	};
	json_t *o = json_pack(
		"{s:i, s:i, s:o, s:s, s:b, s:o*}", "pid", (int)p->pid, "execve",
		(int)p->exec, "path", text_json(p->path), "start",
		starts[p->start], "left_out", p->left_out, "parent",
		p->start == START_FORK ? json_integer(p->parent) : NULL);

	set_number(o, "line", p->line);
	set_number(o, "last_line", p->last_line);
	set_number(o, "operations", p->ops);
	set_number(o, "failed_too", p->failed_too);
	set_number(o, "not_carried_out", p->beyond);
	set_number(o, "vmas_first", p->first);
	set_number(o, "vmas_peak", p->peak);
	set_number(o, "vmas_peak_line", p->peak_line);
	set_number(o, "vmas_final", p->final);
	set_number(o, "disagreements", p->disagree.nr);
	json_object_set_new(
		o, "calls",
		JSON_OBJECT_IF(k, NR_CALLS, k && (p->calls[k] || p->failed[k]),
			       syscall_name(k),
			       json_pack("{s:I, s:I}", "replayed",
					 (json_int_t)p->calls[k], "failed",
					 (json_int_t)p->failed[k])));
	json_object_set_new(
		o, "cases",
		JSON_OBJECT_IF(c, NR_REPLAY_CASES, p->cases[c],
			       replay_case_names[c],
			       json_integer((json_int_t)p->cases[c])));
	json_object_set_new(o, "costs",
			    JSON_LIST(i, p->nr_costs, note_json(&p->costs[i])));
	json_object_set_new(o, "by_kind", sums_json(&p->kinds));
	json_object_set_new(o, "by_caller", sums_json(&p->callers));
	json_object_set_new(
		o, "over_time",
		JSON_LIST(i, p->nr_samples,
			  json_pack("{s:I, s:I}", "line",
				    (json_int_t)p->samples[i].line, "vmas",
				    (json_int_t)p->samples[i].vmas)));
	json_object_set_new(o, "failures",
			    JSON_LIST(i, kept(p->nr_failures),
				      failed_json(&p->failures[i])));
	json_object_set_new(
		o, "failure_reasons",
		JSON_OBJECT_IF(f, NR_FAILURES, p->by_failure[f],
			       failure_words[f].key,
			       json_integer((json_int_t)p->by_failure[f])));
	json_object_set_new(o, "disagree", notes_json(&p->disagree));
	return o;
}

/* ---- side by side ------------------------------------------------------------------- */

static json_t *vma_json(const struct proc_vma *v)
{
	if (!v)
		return json_null();
	return json_pack("{s:[I,I], s:s, s:I, s:o}", "range",
			 (json_int_t)v->start, (json_int_t)v->end, "protection",
			 PERMISSIONS(v->flags), "offset", (json_int_t)v->offset,
			 "name", text_json(v->name));
}

static json_t *row_json(const struct match_row *row)
{
	return json_pack("{s:s, s:o, s:o}", "match",
			 match_words[row->match].key, "simulator",
			 vma_json(row->model), "kernel", vma_json(row->real));
}

static json_t *verdict_json(const struct replay_verdict *v)
{
	return json_pack("{s:o, s:o}", "counts",
			 JSON_OBJECT(m, NR_MATCHES, match_words[m].key,
				     json_integer((json_int_t)v->counts[m])),
			 "differences",
			 JSON_LIST_IF(i, v->nr, v->row[i].match != MATCH_SAME,
				      row_json(&v->row[i])));
}

void replay_json(const struct replay_output *t)
{
	const struct replay *r = t->r;
	json_t *o = json_pack(
		"{s:o, s:s, s:b, s:o, s:o}", "trace", text_json(t->trace),
		"rules", t->common->rules->version, "rules_exact",
		!t->common->rules->beyond, "from", text_json(t->from),
		"program", program_json(r->kept));

	set_number(o, "lines", r->lines);
	set_number(o, "limit", r->limit);
	set_number(o, "limit_raised_at_line", r->raised_line);
	set_number(o, "not_understood", r->bad.nr);
	json_object_set_new(o, "bad_lines", notes_json(&r->bad));
	set_number(o, "threads_joined", r->joined);
	set_number(o, "lines_left_out", r->left_out);
	json_object_set_new(o, "programs",
			    JSON_LIST(i, r->nr, program_json(r->program[i])));
	if (t->v->real)
		json_object_set_new(o, "verify", verdict_json(t->v));
	common_print_json(o, 2);
}
