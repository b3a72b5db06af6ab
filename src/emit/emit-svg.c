// SPDX-License-Identifier: GPL-2.0-only
/* A drawing a moment. */
#include "emit/emit.h"
#include "emit/graph-range.h"

void emit_svg(const struct report_set *set, const struct emit_opts *opts,
	      struct files *files)
{
	for_each_report(set, r) {
		for (size_t m = 0; m < graph_moments(r); m++)
			svg_print(files_add(files, "%s-%zu.svg", r->c->id, m),
				  r, m);
	}
}
