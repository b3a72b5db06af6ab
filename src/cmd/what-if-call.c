// SPDX-License-Identifier: GPL-2.0-only
/* A system call on a simulated process, and what is kept of it. */
#include <string.h>

#include "cmd/what-if.h"
#include "lib/stream.h"
#include "process/load.h"

/* What visits a call sees its operations. */
struct call_visit {
	const struct catalog *cat;
	struct what_if_call *c;
};

static void before(void *data, const struct sim *sim, const struct op *op)
{
	struct call_visit *v = data;

	if (v->c->all_ops++ >= WHAT_IF_OPS)
		return;
	v->c->ops[v->c->nr_ops++] = (struct what_if_op){
		.op = *op,
		.report = sim_report(sim, v->cat, op),
	};
}

static void after(void *data, const struct sim *sim, const struct op *op,
		  const struct outcome *out)
{
	struct call_visit *v = data;
	struct what_if_op *kept;

	v->c->last_err = out->err;
	if (v->c->all_ops > WHAT_IF_OPS)
		return;
	kept = &v->c->ops[v->c->nr_ops - 1];
	kept->err = out->err;
	if (kept->report)
		report_outcome(kept->report, out);
	replay_count_cases(kept->cases, sim_mm(sim), op, out);
}

struct proc_maps *what_if_do(struct what_if_call *c, struct sim *sim,
			     enum faulted faulted, struct proc_maps *now,
			     const struct syscall *call,
			     const struct catalog *cat)
{
	struct call_visit visit = { cat, c };
	const struct sim_visitor visitor = { before, after, &visit };

	memset(c, 0, sizeof(*c));
	c->call = *call;
	c->faulted = faulted;
	c->page_size = sim_page_size(sim);
	c->end = sim_end(sim);
	c->text = PRINTED(out, syscall_print(out, sim, call));
	c->before = now;
	c->counts[0] = mm_map_count(sim_mm(sim));
	c->err = sim_do(sim, call, &visitor, &c->result);
	c->counts[1] = mm_map_count(sim_mm(sim));
	c->after = sim_maps(sim);
	return c->after;
}

void what_if_drop(struct what_if_call *c)
{
	for (size_t i = 0; i < c->nr_ops; i++)
		report_free(c->ops[i].report);
	free(c->text);
	proc_free(c->before);
}

/* The VMA that has an address, NULL if there is none. */
static const struct proc_vma *vma_with(const struct proc_maps *maps,
				       uint64_t addr)
{
	for (size_t i = 0; i < maps->nr; i++)
		if (maps->vma[i].start <= addr && addr < maps->vma[i].end)
			return &maps->vma[i];
	return NULL;
}

/* What is there once the call is over; of a merge there is no more to ask. */
void what_if_differing(const struct what_if_call *c,
		       const struct what_if_op *op, const struct kcall *kcall,
		       bool right, vm_flags_t *flags, uint64_t *others)
{
	uint64_t at = (right ? op->op.end : op->op.start) * c->page_size;
	const struct proc_vma *low, *high;

	*flags = 0;
	*others = 0;
	if ((right ? kcall->right : kcall->left) != REFUSED_FLAGS || !at)
		return;
	low = vma_with(c->after, at - 1);
	high = vma_with(c->after, at);
	if (low && high) {
		*flags = low->flags ^ high->flags;
		*others = low->others ^ high->others;
	}
}
