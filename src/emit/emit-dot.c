// SPDX-License-Identifier: GPL-2.0-only
/*
 * A graph a moment; and of a case in which a read can miss pages, a sequence
 * that shows how.
 */
#include "emit/emit.h"
#include "emit/graph-range.h"

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

static void emit_case(void *data, size_t i, struct files *files)
{
	const struct report_set *set = data;
	struct report *r = set->reports[i];

	for (size_t m = 0; m < graph_moments(r); m++) {
		char *name __free(free) = graph_name(r, m);

		graph_print(files_add(files, "%s.dot", name), r, m);
	}
	emit_sequence(r, files);
}

void emit_dot(const struct report_set *set, const struct emit_opts *opts,
	      struct files *files)
{
	report_read_all(set->reports, set->nr, reader_find("upstream"));
	files_side_by_side(files, emit_case, (void *)set, set->nr);
}
