// SPDX-License-Identifier: GPL-2.0-only
/* What was seen in races, for machines. */

#include "cmd/race.h"
#include "lib/json.h"

static json_t *beside_json(const uint64_t *beside)
{
	return JSON_OBJECT(i, NR_RACE_BESIDE, race_beside_words[i],
			   json_integer(beside[i]));
}

static json_t *what_json(const struct race_what *what)
{
	return json_pack("{s:o, s:s, s:b, s:b}", "ranges",
			 JSON_LIST(i, what->o.nr,
				   json_pack("[I, I]",
					     (json_int_t)what->o.lines[i].start,
					     (json_int_t)what->o.lines[i].end)),
			 "view", race_word(&what->o), "gap", what->o.gap,
			 "overlap", what->o.overlap);
}

static json_t *seen_json(const struct race_what *what)
{
	json_t *o = what_json(what);

	json_object_set_new(o, "predicted", json_boolean(what->predicted));
	json_object_set_new(o, "count", json_integer(what->count));
	json_object_set_new(o, "beside", beside_json(what->beside));
	json_object_set_new(o, "lines", json_string(what->text));
	return o;
}

static json_t *race_to_json(const struct race *r)
{
	const struct race_result *res = &r->result;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:I, s:o, s:I, s:I, s:I, s:f, s:i, s:o, s:o}",
		"case", r->plan->id, "reader", race_kind_names[r->kind],
		"writer", race_writer_names[r->writer], "end",
		race_ends[res->end].key, "errno", res->err, "signal",
		res->signal, "fifo", res->fifo, "reads", (json_int_t)res->reads,
		"beside", beside_json(res->beside), "gaps",
		(json_int_t)r->account.gaps, "operations", (json_int_t)res->ops,
		"cut", (json_int_t)res->cut, "seconds", res->nanoseconds / 1e9,
		"predicted", (int)r->account.nr_predicted, "seen",
		JSON_LIST(i, r->account.nr_seen,
			  seen_json(&r->account.seen[i])),
		"not_seen",
		JSON_LIST(i, r->account.nr_unseen,
			  what_json(&r->account.unseen[i])));
}

static json_t *settings_json(const struct race_settings *s)
{
	return json_pack("{s:s, s:I, s:I, s:i, s:i, s:b, s:b, s:i, s:b}",
			 "cpus", s->cpus == RACE_CPUS_SAME ? "same" : "two",
			 "pause_ns", (json_int_t)s->pause, "within_ns",
			 (json_int_t)s->within, "timers", (int)s->timers,
			 "watchers", (int)s->watchers, "timer_thread",
			 s->timer_thread, "spin", s->spin, "name_bytes",
			 (int)s->name, "fifo", s->fifo);
}

void race_json(const struct races *all)
{
	json_t *races = json_array(), *not_raced = json_object(), *top;
	const struct race_kernel *k = &all->kernel;

	for (size_t i = 0; i < all->nr; i++) {
		const struct race_entry *e = &all->entries[i];

		if (e->why)
			json_object_set_new(not_raced, e->c->id,
					    json_string(e->why));
		for (size_t j = 0; j < e->nr; j++)
			if (e->races[j].run)
				json_array_append_new(
					races, race_to_json(&e->races[j]));
	}
	top = json_pack(
		"{s:s, s:s, s:b, s:b, s:s, s:b, s:s, s:I, s:b, s:o, s:o, s:o}",
		"kernel", k->release, "rules", k->rules->version, "rules_exact",
		!k->rules->beyond && rules_are_judged(k->release), "lockless",
		k->lockless, "why", k->why, "preemptible", k->preemptible,
		"why_preemptible", k->why_preemptible, "read_ns",
		(json_int_t)k->read_ns, "topmost", all->topmost, "settings",
		settings_json(&all->settings), "races", races, "not_raced",
		not_raced);
	common_print_json(top, 1);
}
