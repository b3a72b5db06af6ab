// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is no case of the catalogue as a report, so that all that draws can draw
 * it: a configuration of the space, and an operation on the VMAs of a process.
 */
#include "report/internal.h"

static struct cat_vma *vmas_of(struct report *r, const struct config *config,
			       const struct fixture *fixture)
{
	struct cat_vma *vmas = report_array(r, fixture->nr_vmas, sizeof(*vmas));

	for (size_t i = 0; i < fixture->nr_vmas; i++) {
		vmas[i].name = fixture_vma_name(config, (vma_id)i + 1);
		vmas[i].s = fixture->vmas[i];
	}
	return vmas;
}

static struct cat_vma *copy_of(struct report *r, const struct cat_vma *vmas,
			       size_t nr)
{
	struct cat_vma *copy = report_array(r, nr, sizeof(*copy));

	for (size_t i = 0; i < nr; i++) {
		copy[i] = vmas[i];
		copy[i].name = report_printf(r, "%s", vmas[i].name);
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

	*c = report_array(r, 1, sizeof(**c));
	(*c)->id = report_printf(r, "%s", id);
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
	report_derive(r, &limits);
	return r;
}

struct report *report_operation(const struct catalog *cat, const char *id,
				const struct cat_vma *vmas, size_t nr,
				const struct op *op, const struct rules *rules)
{
	const struct limits limits = { 0, 0 };
	struct cat_case *c;
	struct report *r = report_unstated(cat, id, op, rules, &c);

	c->before = copy_of(r, vmas, nr);
	c->nr_before = nr;
	c->target = target_of(c);
	report_derive(r, &limits);
	return r;
}
