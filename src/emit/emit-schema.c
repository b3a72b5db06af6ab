// SPDX-License-Identifier: GPL-2.0-only
/* What a file of the catalogue may have. */
#include <jansson.h>

#include "emit/emit.h"

void emit_schema(const struct report_set *set, const struct emit_opts *opts,
		 struct files *files)
{
	json_t *schema = catalog_schema();
	FILE *out = files_add(files, "schema.json");

	json_dumpf(schema, out, JSON_INDENT(1) | JSON_SORT_KEYS);
	fputc('\n', out);
	json_decref(schema);
}
