// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a file that may be anything, in bounded memory. */
#include <errno.h>
#include <string.h>

#include "lib/file.h"
#include "lib/memory.h"
#include "lib/text.h"

/* A line, and what is read at a time. */
#define BUFFER (LINE_LONGEST + (256u << 10))

/* Of a line that is longer, no end is to be expected: a device, a disk image. */
#define LINE_ENDLESS (16u << 20)

struct lines {
	FILE *in;
	size_t from;
	size_t end;
	size_t number;
	size_t used;	 /* which line was the last one that was of use */
	uint64_t unused; /* bytes that were read since */
	uint64_t left;	 /* that it may have */
	int error;
	bool eof;
	bool cut; /* the rest of a line is still to come */
	char buf[BUFFER];
};

struct lines *lines_new(FILE *in)
{
	struct lines *l = xmalloc(sizeof(*l));

	l->in = in;
	l->from = l->end = l->number = l->used = 0;
	l->unused = 0;
	l->left = UINT64_MAX;
	l->error = 0;
	l->eof = l->cut = false;
	return l;
}

void lines_limit(struct lines *l, uint64_t bytes)
{
	l->left = bytes;
}

void lines_free(struct lines *l)
{
	free(l);
}

static char *find_end(const struct lines *l)
{
	return memchr(l->buf + l->from, '\n', l->end - l->from);
}

static void give_up(struct lines *l, int error)
{
	l->error = error;
	l->eof = true;
	l->from = l->end;
}

static void fill(struct lines *l)
{
	size_t got;

	memmove(l->buf, l->buf + l->from, l->end - l->from);
	l->end -= l->from;
	l->from = 0;
	got = fread(l->buf + l->end, 1, sizeof(l->buf) - l->end, l->in);
	l->end += got;
	l->unused += got;
	l->eof = !got;
	if (ferror(l->in))
		l->error = errno;
	else if (got > l->left)
		give_up(l, EFBIG);
	else
		l->left -= got;
}

/* What is left of a line whose beginning was handed out. */
static void drop_rest(struct lines *l)
{
	size_t dropped = 0;
	char *end;

	while (!(end = find_end(l)) && !l->eof) {
		dropped += l->end - l->from;
		l->from = l->end;
		if (dropped > LINE_ENDLESS)
			give_up(l, EFBIG);
		else
			fill(l);
	}
	l->from = end ? (size_t)(end - l->buf) + 1 : l->end;
	l->cut = false;
}

/* The end of the first line; NULL if it is too long, or the last of all. */
static char *read_line(struct lines *l)
{
	char *end = find_end(l);

	while (!end && !l->eof && l->end - l->from <= LINE_LONGEST) {
		fill(l);
		end = find_end(l);
	}
	return end;
}

const char *lines_next(struct lines *l, size_t *len)
{
	const char *line;
	size_t mark;
	char *end;

	if (l->cut)
		drop_rest(l);
	if (l->number - l->used >= LINES_USELESS || l->unused > BYTES_USELESS)
		give_up(l, ENOMSG);
	end = read_line(l);
	if (!end && l->from == l->end)
		return NULL;
	line = l->buf + l->from;
	*len = end ? (size_t)(end - line) : l->end - l->from;
	l->from += *len + !!end;
	l->cut = !end;
	mark = l->number++ ? 0 : utf8_mark(line, *len);
	*len -= mark;
	return line + mark;
}

const char *lines_peek(struct lines *l, size_t *len)
{
	if (!l->end)
		fill(l);
	*len = l->end;
	return l->buf;
}

size_t lines_number(const struct lines *l)
{
	return l->number;
}

void lines_used(struct lines *l)
{
	l->used = l->number;
	l->unused = 0;
}

int lines_error(const struct lines *l)
{
	return l->error;
}

const char *lines_strerror(int error)
{
	static char text[80];

	switch (error) {
	case EFBIG:
		snprintf(
			text, sizeof(text),
			"a line of more than %u MiB, or more lines than there can be",
			LINE_ENDLESS >> 20);
		return text;
	case ENOMSG:
		snprintf(text, sizeof(text),
			 "%u lines or %u MiB in a row that are not understood",
			 LINES_USELESS, BYTES_USELESS >> 20);
		return text;
	default:
		return strerror(error);
	}
}
