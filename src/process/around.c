// SPDX-License-Identifier: GPL-2.0-only
/* An operation on a process, and the VMAs around it, as a report. */
#include <stdio.h>
#include <string.h>

#include "process/load.h"
#include "syscall/internal.h"

/* More than a picture can hold. */
#define TARGETS_MAX 6
#define VMAS_MAX (TARGETS_MAX + 5)

struct drawn_vmas {
	struct cat_vma vma[VMAS_MAX];
	size_t nr;
	char names[TARGETS_MAX][sizeof("middle") + 20];
};

static void add(struct drawn_vmas *s, const char *name,
		const struct vma_state *v)
{
	s->vma[s->nr++] = (struct cat_vma){ .name = name, .s = *v };
}

static void add_below(const struct sim *sim, struct drawn_vmas *s,
		      unsigned long page)
{
	const struct vma_state *prev = mm_prev(sim->mm, page);
	const struct vma_state *below =
		prev ? mm_prev(sim->mm, prev->vm_start) : NULL;

	if (below)
		add(s, "below", below);
	if (prev)
		add(s, "prev", prev);
}

static void add_above(const struct sim *sim, struct drawn_vmas *s,
		      unsigned long page)
{
	const struct vma_state *next = mm_find(sim->mm, page);
	const struct vma_state *above =
		next ? mm_find(sim->mm, next->vm_end) : NULL;

	if (next)
		add(s, "next", next);
	if (above)
		add(s, "above", above);
}

static size_t count_targets(const struct sim *sim, const struct op *op)
{
	size_t nr = 0;

	for_each_vma_in(sim->mm, v, op->start, op->end)
		if (nr++ == TARGETS_MAX)
			break;
	return nr;
}

/* As the catalogue names what is modified, and one or several that go. */
static const char *target_name(struct drawn_vmas *s, const struct op *op,
			       size_t i, size_t nr)
{
	if (nr == 1)
		return op->kind == OP_MODIFY ? "middle" : "vma";
	if (i == 0)
		return "first";
	if (i + 1 == nr)
		return "last";
	if (i == 1)
		return "middle";
	snprintf(s->names[i], sizeof(s->names[i]), "middle%zu", i);
	return s->names[i];
}

/* Where the VMAs of the operation begin and end, these included. */
static unsigned long add_targets(const struct sim *sim, struct drawn_vmas *s,
				 const struct op *op, size_t nr)
{
	unsigned long at = op->start;

	for (size_t i = 0; i < nr; i++) {
		const struct vma_state *v = mm_find(sim->mm, at);

		add(s, target_name(s, op, i, nr), v);
		at = v->vm_end;
	}
	return at > op->end ? at : op->end;
}

static const struct vma_state *vma_by_id(const struct sim *sim, vma_id id)
{
	for_each_vma_in(sim->mm, v, 0, MM_END)
		if (v->id == id)
			return v;
	return NULL;
}

/* What mremap() copies can be anywhere. */
static void add_source(const struct sim *sim, struct drawn_vmas *s, vma_id from)
{
	const struct vma_state *v = vma_by_id(sim, from);
	size_t at = 0;

	while (at < s->nr && s->vma[at].s.vm_start < v->vm_start)
		at++;
	if (at < s->nr && s->vma[at].s.id == from)
		return;
	memmove(&s->vma[at + 1], &s->vma[at], (s->nr - at) * sizeof(*s->vma));
	s->vma[at] = (struct cat_vma){ .name = "source", .s = *v };
	s->nr++;
}

struct report *sim_report(const struct sim *sim, const struct catalog *cat,
			  const struct op *op)
{
	const struct vma_state *first = mm_find(sim->mm, op->start);
	size_t nr = op->kind == OP_MAP ? 0 : count_targets(sim, op);
	unsigned long start = op->start, end;
	struct drawn_vmas s = { .nr = 0 };

	if (nr > TARGETS_MAX)
		return NULL;
	if (nr && first->vm_start < start)
		start = first->vm_start;
	add_below(sim, &s, start);
	end = add_targets(sim, &s, op, nr);
	add_above(sim, &s, end);
	if (op->from)
		add_source(sim, &s, op->from);
	return report_operation(cat, "what-if", s.vma, s.nr, op, sim->rules);
}
