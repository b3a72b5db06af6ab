// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"

/* Characters of a quoted value: enough to recognize it. */
#define MAX_QUOTED 48

/* Write @len bytes so that a terminal shows them and does nothing else. */
static void escape(FILE *out, const char *s, size_t len, size_t max_chars)
{
	size_t chars = 0;

	for (size_t i = 0; i < len; chars++) {
		uint32_t c = 0;
		size_t n = utf8_char(s + i, len - i, &c);

		if (chars == max_chars) {
			fputs("...", out);
			return;
		}
		if (n && utf8_printable(c)) {
			fwrite(s + i, 1, n, out);
			i += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			fprintf(out, "\\x%02x", (unsigned char)s[i++]);
	}
}

static void complain_position(struct loader *l, struct srcpos pos)
{
	escape(l->err, pos.file, strlen(pos.file), SIZE_MAX);
	fprintf(l->err, ":%u:%u: ", pos.line, pos.column);
}

void complain(struct loader *l, struct srcpos pos, const char *fmt, ...)
{
	va_list args;

	l->failed = true;
	if (l->in_file > MAX_COMPLAINTS)
		return;
	complain_position(l, pos);
	if (l->in_file++ == MAX_COMPLAINTS) {
		fprintf(l->err, "too many errors, expected at most %d\n",
			MAX_COMPLAINTS);
		return;
	}
	va_start(args, fmt);
	vfprintf(l->err, fmt, args);
	va_end(args);
	fputc('\n', l->err);
}

/* Take over what was written to a memory stream, and end it. */
static const char *finish(struct loader *l, FILE *out, char **text)
{
	const char *kept;

	fclose(out);
	kept = arena_text(l->scratch, *text, strlen(*text));
	free(*text);
	return kept;
}

const char *quote_bytes(struct loader *l, const char *bytes, size_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return "'?'";
	fputc('\'', out);
	escape(out, bytes, len, MAX_QUOTED);
	fputc('\'', out);
	return finish(l, out, &text);
}

const char *quote(struct loader *l, const char *text)
{
	return quote_bytes(l, text, strlen(text));
}

const char *shown(struct loader *l, const char *text)
{
	char *escaped = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&escaped, &size);

	if (!out)
		return "?";
	escape(out, text, strlen(text), SIZE_MAX);
	return finish(l, out, &escaped);
}

const char *listed(struct loader *l, name_fn *name, const void *ctx)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *one;

	if (!out)
		return "?";
	for (size_t i = 0; (one = name(ctx, i)); i++)
		fprintf(out, "%s%s", i ? ", " : "", one);
	return finish(l, out, &text);
}
