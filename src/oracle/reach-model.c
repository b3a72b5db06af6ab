// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan carried out on a simulated process. The setup is calls, too: which
 * anon_vma a VMA has by then depends on all that came before.
 */
#include <string.h>

#include "oracle/reach.h"

/* Where the window is: far from both ends of what a process has. */
enum { PAGE = 4096, FIRST_PAGE = 1 << 20 };

struct sim *reach_sim(void)
{
	return sim_new(rule_sets, PAGE, FAULTED_NONE);
}

static void look(const struct sim *sim, struct reach_seen *seen)
{
	const struct vma_state *v;

	for (unsigned long at = 0;
	     seen->nr < REACH_VMAS && (v = mm_find(sim_mm(sim), at));
	     at = v->vm_end)
		seen->vma[seen->nr++] = (struct reach_vma){
			.start = (uint32_t)(v->vm_start - FIRST_PAGE),
			.end = (uint32_t)(v->vm_end - FIRST_PAGE),
			.flags = live_flags(v->attrs.flags),
			.has_file = v->attrs.file != 0,
			.pgoff = v->attrs.file ? (uint32_t)v->vm_pgoff : 0,
		};
}

static uint32_t mix(uint32_t hash, uint64_t value)
{
	return (hash ^ (uint32_t)(value ^ value >> 32)) * 16777619U;
}

/* anon_vmas are numbered as they come: the same setup gives the same numbers. */
static uint32_t number_of_state(const struct sim *sim)
{
	uint32_t hash = 2166136261U;

	for_each_vma_in(sim_mm(sim), v, 0, MM_END) {
		hash = mix(mix(hash, v->vm_start), v->vm_end);
		hash = mix(mix(hash, v->vm_pgoff), v->attrs.flags);
		hash = mix(mix(hash, v->anon_vma), v->forked);
	}
	return hash;
}

static int carry_out(struct sim *sim, const struct syscall *pages)
{
	const struct space space = { .page_size = PAGE,
				     .base = (uintptr_t)FIRST_PAGE * PAGE };
	struct syscall c = space_call(&space, pages);

	if (c.file)
		c.file = sim_file(sim, c.file == 1 ? "/memfd:1" : "/memfd:2");
	return -sim_do(sim, &c, NULL, NULL);
}

void reach_simulate(const struct reach_config *c, const struct rules *rules,
		    struct sim *sim, struct reach_seen *seen)
{
	const struct syscall fork = { .kind = CALL_FORK };
	struct reach_plan plan;

	memset(seen, 0, sizeof(*seen));
	reach_plan(c, &plan);
	sim_reset(sim, rules);
	for (size_t i = 0; i < plan.nr; i++) {
		if (i == plan.fork)
			sim_do(sim, &fork, NULL, NULL);
		if (i + 1 == plan.nr)
			seen->before = number_of_state(sim);
		seen->err = carry_out(sim, &plan.call[i]);
		if (seen->err && i + 1 < plan.nr) {
			seen->state = REACH_SETUP;
			seen->call = (uint32_t)i;
			return;
		}
	}
	seen->state = REACH_FINISHED;
	look(sim, seen);
}
