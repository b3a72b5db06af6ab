// SPDX-License-Identifier: GPL-2.0-only
/* The table of output formats, from the rows of formats.h. */
#include "emit/emit.h"

const struct format formats[] = {
#define X(name, function, needs_dir, data, what)                               \
	{ name, what, needs_dir, function, data },
	EMIT_FORMATS(X)
#undef X
		{ 0 },
};
