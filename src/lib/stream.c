// SPDX-License-Identifier: GPL-2.0-only
#include "lib/stream.h"

#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"

#ifdef __wasi__
/* Here memory does not end before the page does. */
FILE *stream_open(char **text, size_t *size)
{
	return open_memstream(text, size);
}
#else
struct kept {
	char **text;
	size_t *size;
	size_t used;
	size_t max;
};

/* What is not kept is an error of the stream, which stream_close() sees. */
static ssize_t keep(void *cookie, const char *bytes, size_t nr)
{
	struct kept *k = cookie;

	if (k->max - k->used <= nr) {
		/* exit() flushes what another thread may be printing to. */
		char *more = memory_is_out ? NULL
					   : realloc(*k->text, 2 * k->max + nr);

		if (!more)
			return 0;
		*k->text = more;
		k->max = 2 * k->max + nr;
	}
	memcpy(*k->text + k->used, bytes, nr);
	k->used += nr;
	(*k->text)[k->used] = '\0';
	*k->size = k->used;
	return (ssize_t)nr;
}

static int forget(void *cookie)
{
	free(cookie);
	return 0;
}

/*
 * Not open_memstream(): where that finds no memory, glibc drops what was printed, and
 * neither ferror() nor fclose() says so.
 */
FILE *stream_open(char **text, size_t *size)
{
	const cookie_io_functions_t io = { .write = keep, .close = forget };
	struct kept *k = xmalloc(sizeof(*k));
	FILE *out = fopencookie(k, "w", io);

	if (!out)
		out_of_memory();
	*k = (struct kept){ .text = text, .size = size, .max = 64 };
	*text = xcalloc(k->max, 1);
	*size = 0;
	__fsetlocking(out, FSETLOCKING_BYCALLER);
	return out;
}
#endif

void stream_close(FILE *out)
{
	const bool failed = ferror(out);

	if (fclose(out) || failed)
		out_of_memory();
}

FILE *buffer_open(struct buffer *b)
{
	b->out = stream_open(&b->text, &b->size);
	return b->out;
}

char *buffer_text(struct buffer *b)
{
	stream_close(b->out);
	return b->text;
}
