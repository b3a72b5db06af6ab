// SPDX-License-Identifier: GPL-2.0-only
#include "emit/stream.h"

#include <err.h>
#include <stdio_ext.h>

FILE *stream_open(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		err(2, "cannot allocate memory");
	__fsetlocking(out, FSETLOCKING_BYCALLER);
	return out;
}
