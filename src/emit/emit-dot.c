// SPDX-License-Identifier: GPL-2.0-only
#include "emit/emit.h"

static void emit_case(const struct report *r, struct files *files)
{
	const char *id = r->c->id;

	graph_print(files_add(files, "%s-before.dot", id), r, GRAPH_BEFORE, 0);
	for (size_t i = 0; i < r->nr_steps; i++)
		graph_print(files_add(files, "%s-step-%zu.dot", id, i + 1), r,
			    GRAPH_STEP, i);
	graph_print(files_add(files, "%s-after.dot", id), r, GRAPH_AFTER, 0);
}

void emit_dot(const struct report_set *set, const struct emit_opts *opts,
	      struct files *files)
{
	(void)opts;
	for (size_t i = 0; i < set->nr; i++)
		emit_case(set->reports[i], files);
}
