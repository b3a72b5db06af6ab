// SPDX-License-Identifier: GPL-2.0-only
/*
 * A graph a moment; and of a case in which a read can miss pages, a sequence
 * that shows how.
 */
#include "emit/emit.h"

static void emit_sequence(struct report *r, struct files *files)
{
	const struct reader *reader = reader_find("upstream");
	const struct reading *g = report_reading(r, reader);

	if (!g->found.gap)
		return;

	struct exploration *x __free(exploration) =
		report_explore(r, reader, g->left, g->right);

	sequence_print(files_add(files, "%s-reader.dot", r->c->id), r, x,
		       exploration_worst(x));
}

static void emit_case(struct report *r, struct files *files)
{
	const char *id = r->c->id;

	graph_print(files_add(files, "%s-before.dot", id), r, GRAPH_BEFORE, 0);
	for (size_t i = 0; i < r->nr_steps; i++)
		graph_print(files_add(files, "%s-step-%zu.dot", id, i + 1), r,
			    GRAPH_STEP, i);
	graph_print(files_add(files, "%s-after.dot", id), r, GRAPH_AFTER, 0);
	emit_sequence(r, files);
}

void emit_dot(const struct report_set *set, const struct emit_opts *opts,
	      struct files *files)
{
	(void)opts;
	report_read_all(set->reports, set->nr, reader_find("upstream"));
	for_each_report(set, r)
		emit_case(r, files);
}
