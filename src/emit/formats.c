// SPDX-License-Identifier: GPL-2.0-only
/* The table of output formats, from the rows of formats.h. */
#include "emit/emit.h"
#include "lib/memory.h"

static const struct format table[] = {
#define X(name, function, needs_dir, data, what)                               \
	{ name, what, needs_dir, function, data },
	EMIT_FORMATS(X)
#undef X
};

const struct format *formats(size_t *nr)
{
	*nr = ARRAY_SIZE(table);
	return table;
}
