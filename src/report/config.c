// SPDX-License-Identifier: GPL-2.0-only
/* A configuration of the space as a report, so that all that draws can draw it. */
#include "report/internal.h"

static struct cat_vma *vmas_of(struct report *r, const struct config *config,
			       const struct scene *scene)
{
	struct cat_vma *vmas = report_array(r, scene->nr_vmas, sizeof(*vmas));

	for (size_t i = 0; i < scene->nr_vmas; i++) {
		vmas[i].name = scene_name(config, (vma_id)i + 1);
		vmas[i].s = scene->vmas[i];
	}
	return vmas;
}

/* The VMA that is modified or split, as the loader finds it. */
static const char *target_of(const struct cat_case *c)
{
	if (c->op.kind == OP_MAP || c->op.kind == OP_UNMAP)
		return NULL;
	for (size_t i = 0; i < c->nr_before; i++)
		if (c->before[i].s.vm_end > c->op.start)
			return c->before[i].name;
	return NULL;
}

struct report *report_config(const struct catalog *cat,
			     const struct config *config,
			     const struct rules *rules)
{
	struct report *r = report_new();
	struct cat_case *c = report_array(r, 1, sizeof(*c));
	struct limits limits;
	struct scene scene;
	char key[CONFIG_KEY];

	config_key(config, key);
	scene_of(&scene, config);
	limits = (struct limits){ scene.max_map_count, scene.fail };
	c->id = report_printf(r, "%s", key);
	c->title.text = c->id;
	c->before = vmas_of(r, config, &scene);
	c->nr_before = scene.nr_vmas;
	c->op = scene.op;
	c->target = target_of(c);
	c->beyond_mail = true;
	r->cat = cat;
	r->c = c;
	r->rules = rules;
	report_derive(r, &limits);
	return r;
}
