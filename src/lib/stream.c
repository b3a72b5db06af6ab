// SPDX-License-Identifier: GPL-2.0-only
#include "lib/stream.h"

#include <errno.h>
#include <stdio_ext.h>

#include "lib/memory.h"

FILE *stream_open(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		out_of_memory();
	__fsetlocking(out, FSETLOCKING_BYCALLER);
	return out;
}

void stream_close(FILE *out)
{
	const bool failed = ferror(out);

	/* To shorten the text glibc moves it, and only errno says that it could not. */
	errno = 0;
	if (fclose(out) || failed || errno == ENOMEM)
		out_of_memory();
}
