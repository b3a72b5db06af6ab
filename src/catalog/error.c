// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>

#include "catalog/internal.h"
#include "lib/stream.h"

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

/* Take over what was written to a memory stream, and end it. */
static const char *finish(struct arena *a, struct buffer *b)
{
	const char *kept;

	buffer_text(b);
	kept = arena_text(a, b->text, strlen(b->text));
	free(b->text);
	return kept;
}

/* ---- keeping errors ----------------------------------------------- */

static bool is_behind(struct srcpos a, struct srcpos b)
{
	return a.line != b.line ? a.line > b.line : a.column > b.column;
}

/* Make room behind those that come before @pos; NULL if that is too far. */
static struct file_error *place_for(struct file_errors *c, struct srcpos pos)
{
	size_t i = c->nr;

	while (i && is_behind(c->first[i - 1].pos, pos))
		i--;
	if (i == ARRAY_SIZE(c->first))
		return NULL;
	if (c->nr < ARRAY_SIZE(c->first))
		c->nr++;
	memmove(&c->first[i + 1], &c->first[i],
		(c->nr - i - 1) * sizeof(c->first[i]));
	return &c->first[i];
}

bool error_at(struct loader *l, struct srcpos pos, const char *fmt, ...)
{
	struct file_error *c = place_for(l->errors, pos);
	va_list args;

	l->failed = true;
	va_start(args, fmt);
	if (c)
		*c = (struct file_error){
			.pos = pos,
			.text = arena_vprintf(l->arena, fmt, args),
		};
	va_end(args);
	return false;
}

void file_errors_print(FILE *out, const struct file_errors *errors)
{
	for (size_t i = 0; i < errors->nr; i++) {
		const struct file_error *c = &errors->first[i];

		escape(out, c->pos.file, strlen(c->pos.file), SIZE_MAX);
		fprintf(out, ":%u:%u: ", c->pos.line, c->pos.column);
		if (i == MAX_ERRORS)
			fprintf(out, "too many errors, expected at most %d\n",
				MAX_ERRORS);
		else
			fprintf(out, "%s\n", c->text);
	}
}

/* ---- what stands in them ---------------------------------------------- */

const char *error_quote_bytes(struct loader *l, const char *bytes, size_t len)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	fputc('\'', out);
	escape(out, bytes, len, MAX_QUOTED);
	fputc('\'', out);
	return finish(l->scratch, &b);
}

const char *error_quote(struct loader *l, const char *text)
{
	return error_quote_bytes(l, text, strlen(text));
}

const char *error_shown(struct loader *l, const char *text)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	escape(out, text, strlen(text), SIZE_MAX);
	return finish(l->scratch, &b);
}

const char *error_list(struct loader *l, name_fn *name, const void *ctx)
{
	struct buffer b;
	FILE *out = buffer_open(&b);
	const char *one;

	for (size_t i = 0; (one = name(ctx, i)); i++)
		fprintf(out, "%s%s", i ? ", " : "", one);
	return finish(l->scratch, &b);
}
