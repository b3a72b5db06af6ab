// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is no case of the catalogue as a report, so that all that draws can draw
 * it: a configuration of the space, and an operation on the VMAs of a process.
 */
#include "report/internal.h"

static struct cat_vma *vmas_of(struct report *r, const struct config *config,
			       const struct fixture *fixture)
{
	struct cat_vma *vmas =
		arena_alloc(r->arena, fixture->nr_vmas, sizeof(*vmas));

	for (size_t i = 0; i < fixture->nr_vmas; i++) {
		vmas[i].name = fixture_vma_name(config, (vma_id)i + 1);
		vmas[i].s = fixture->vmas[i];
	}
	return vmas;
}

static struct cat_vma *copy_of(struct report *r, const struct cat_vma *vmas,
			       size_t nr)
{
	struct cat_vma *copy = arena_alloc(r->arena, nr, sizeof(*copy));

	for (size_t i = 0; i < nr; i++) {
		copy[i] = vmas[i];
		copy[i].name = arena_printf(r->arena, "%s", vmas[i].name);
	}
	return copy;
}

/* The VMA that is modified or split, as the loader finds it. */
static const char *target_of(const struct cat_case *c)
{
	if (c->op.kind == OP_MAP || c->op.kind == OP_UNMAP ||
	    c->op.kind == OP_REPLACE)
		return NULL;
	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.vm_end > c->op.start)
			return c->before[i].name;
	return NULL;
}

/* A report on a case that states nothing: its VMAs are for the caller. */
static struct report *report_unstated(const struct catalog *cat, const char *id,
				      const struct op *op,
				      const struct rules *rules,
				      struct cat_case **c)
{
	struct report *r = report_new();

	*c = arena_alloc(r->arena, 1, sizeof(**c));
	(*c)->id = arena_printf(r->arena, "%s", id);
	(*c)->title.text = (*c)->id;
	(*c)->op = *op;
	(*c)->beyond_mail = true;
	r->cat = cat;
	r->c = *c;
	r->rules = rules;
	return r;
}

struct report *report_config(const struct catalog *cat,
			     const struct config *config,
			     const struct rules *rules)
{
	char key[CONFIG_KEY];
	struct limits limits;
	struct fixture fixture;
	struct cat_case *c;
	struct report *r;

	config_key(config, key);
	fixture_of(&fixture, config);
	limits = (struct limits){ fixture.max_map_count, fixture.fail };
	r = report_unstated(cat, key, &fixture.op, rules, &c);
	c->before = vmas_of(r, config, &fixture);
	c->nr_before = fixture.nr_vmas;
	c->target = target_of(c);
	report_derive(r, &limits, false);
	return r;
}

/* The case's VMAs are numbered from 1 on. */
static vma_id id_here(const struct cat_case *c, vma_id id)
{
	for (size_t i = 0; i < c->nr_before && id; i++)
		if (c->before[i].s.id == id)
			return (vma_id)i + 1;
	return 0;
}

struct report *report_operation(const struct catalog *cat, const char *id,
				const struct cat_vma *vmas, size_t nr,
				const struct op *op, const struct rules *rules)
{
	struct cat_case *c;
	struct report *r = report_unstated(cat, id, op, rules, &c);

	c->before = copy_of(r, vmas, nr);
	c->nr_before = nr;
	c->target = target_of(c);
	c->op.from = id_here(c, op->from);
	return r;
}

/* @made: what was made, by the order in which it was. */
static vma_id id_after(const struct cat_case *c, const vma_id *made,
		       size_t nr_made, vma_id id)
{
	vma_id here = id_here(c, id);

	for (size_t i = 0; i < nr_made && !here; i++)
		if (made[i] == id)
			here = (vma_id)(c->nr_before + i + 1);
	return here;
}

/* What is kept has the ids of the process's VMAs, and is to have the case's. */
static void renumber(struct report *r)
{
	vma_id *made = arena_alloc(r->arena, r->nr_trace, sizeof(*made));
	size_t nr = 0;

	for (size_t i = 0; i < r->nr_trace; i++) {
		struct step *s = &r->trace[i];

		if (s->kind == STEP_ALLOCATE || s->kind == STEP_DUPLICATE)
			made[nr++] = s->vma;
		s->vma = id_after(r->c, made, nr, s->vma);
		s->from = id_after(r->c, made, nr, s->from);
	}
	for (size_t i = 0; i < r->nr_kcalls; i++) {
		struct kcall *k = &r->kcalls[i];

		k->prev = id_after(r->c, made, nr, k->prev);
		k->middle = id_after(r->c, made, nr, k->middle);
		k->next = id_after(r->c, made, nr, k->next);
		k->created = id_after(r->c, made, nr, k->created);
	}
}

void report_outcome(struct report *r, const struct outcome *out)
{
	if (out) {
		report_keep(r, out);
		renumber(r);
	}
	report_derive(r, &(struct limits){ 0 }, out);
}
