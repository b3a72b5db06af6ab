// SPDX-License-Identifier: GPL-2.0-only
/* What system calls would do to a process, for machines. */
#include <string.h>

#include "cmd/process.h"
#include "cmd/what-if.h"
#include "lib/json.h"
#include "lib/stream.h"

static json_t *flags_json(const struct proc_maps *maps, vm_flags_t flags,
			  uint64_t others)
{
	json_t *list = json_array();
	const char *code;

	while ((code = proc_take_code(maps, &flags, &others)))
		json_array_append_new(list, json_name(code));
	return list;
}

static json_t *vma_json(const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "start",
			 json_address(v->start), "end", json_address(v->end),
			 "offset", json_address(v->offset), "flags",
			 flags_json(maps, v->flags, v->others), "name",
			 json_name(v->name));
}

/* What is no longer mapped as it was, and what is instead. */
static json_t *mapped_json(const struct what_if_call *c)
{
	struct what_if_patch p = { 0 };
	json_t *gone = json_array(), *new = json_array();

	while (what_if_patch(c, &p)) {
		for (size_t i = p.old; i < p.old_end; i++)
			json_array_append_new(gone, vma_json(c->before, i));
		for (size_t i = p.new; i < p.new_end; i++)
			json_array_append_new(new, vma_json(c->after, i));
	}
	return json_pack("{s:o, s:o}", "gone", gone, "new", new);
}

/* Every rule that refuses, in the order in which the kernel asks. */
static json_t *all_json(uint32_t refusals)
{
	return JSON_LIST_IF(why, NR_REFUSALS, refusals & 1u << why,
			    json_string(refusal_texts[why]));
}

static json_t *differing_json(const struct what_if_call *c,
			      const struct what_if_op *op,
			      const struct kcall *kcall, bool right)
{
	vm_flags_t flags;
	uint64_t others;

	what_if_differing(c, op, kcall, right, &flags, &others);
	return flags_json(c->after, flags, others);
}

static json_t *merge_json(const struct what_if_call *c,
			  const struct what_if_op *op,
			  const struct kcall *kcall)
{
	return json_pack("{s:b, s:s, s:o, s:o, s:s, s:o, s:o}", "merged",
			 kcall->end_step != 0, "left",
			 refusal_texts[kcall->left], "left_all",
			 all_json(kcall->left_all), "left_flags",
			 differing_json(c, op, kcall, false), "right",
			 refusal_texts[kcall->right], "right_all",
			 all_json(kcall->right_all), "right_flags",
			 differing_json(c, op, kcall, true));
}

static json_t *role_json(const struct report *r, const struct report_role *role,
			 uint64_t page_size)
{
	const struct layout_vma *v = layout_vma(report_before(r), role->vma);
	json_t *vma = json_pack("{s:s, s:s}", "name", role->name, "role",
				role_names[role->role]);

	if (!v)
		return vma;
	json_object_set_new(vma, "start",
			    json_address(v->s.vm_start * page_size));
	json_object_set_new(vma, "end", json_address(v->s.vm_end * page_size));
	return vma;
}

static json_t *reader_json(const struct what_if_op *op)
{
	const char *why;
	const struct reading *g = what_if_reading(op, &why);
	char *twice __free(free) =
		g ? PRINTED(out, report_print_twice(out, g)) : NULL;

	if (!g)
		return json_pack("{s:s}", "not_explored", why);
	return json_pack("{s:b, s:s}", "gap", (int)g->found.gap, "twice",
			 twice);
}

static json_t *op_json(const struct what_if_call *c,
		       const struct what_if_op *op)
{
	const struct report *r = op->report;
	uint64_t page_size = c->page_size;
	json_t *json = json_pack(
		"{s:s, s:o, s:o, s:s?, s:o}", "kind", op_names[op->op.kind],
		"start", json_address(op->op.start * page_size), "end",
		json_address(op->op.end * page_size), "error",
		op->err ? strerrorname_np(-op->err) : NULL, "cases",
		JSON_LIST_IF(i, NR_REPLAY_CASES, op->cases[i],
			     json_string(replay_case_names[i])));

	if (!r)
		return json;
	json_object_set_new(
		json, "parts",
		JSON_LIST(i, r->nr_parts, json_string(r->parts[i])));
	json_object_set_new(json, "merges",
			    JSON_LIST_IF(i, r->nr_kcalls,
					 what_if_merges(&r->kcalls[i]),
					 merge_json(c, op, &r->kcalls[i])));
	json_object_set_new(json, "vmas",
			    JSON_LIST(i, r->nr_roles,
				      role_json(r, &r->roles[i], page_size)));
	json_object_set_new(
		json, "steps",
		JSON_LIST(i, r->nr_steps, json_string(r->steps[i].text)));
	json_object_set_new(json, "reader", reader_json(op));
	return json;
}

json_t *what_if_json(const struct what_if_call *c)
{
	return json_pack("{s:s, s:o, s:o, s:{s:I, s:I}, s:o, s:I, s:o}", "call",
			 c->text, "error",
			 c->err ? json_pack("{s:s, s:s}", "name",
					    strerrorname_np(-c->err), "text",
					    what_if_error(c))
				: json_null(),
			 "result",
			 c->err ? json_null() : json_address(c->result),
			 "map_count", "before", (json_int_t)c->counts[0],
			 "after", (json_int_t)c->counts[1], "operations",
			 JSON_LIST(i, c->nr_ops, op_json(c, &c->ops[i])),
			 "nr_operations", (json_int_t)c->all_ops, "mapped",
			 mapped_json(c));
}
