// SPDX-License-Identifier: GPL-2.0-only
/* JSON that is only ever written: a value is its text. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"

struct json {
	char *text;
	size_t len;
	FILE *out; /* of an array or object that is still open */
	char end;
	bool any;
};

static json_t *open_value(void)
{
	json_t *v = xcalloc(1, sizeof(*v));

	v->out = open_memstream(&v->text, &v->len);
	if (!v->out)
		abort();
	return v;
}

static json_t *close_value(json_t *v)
{
	if (v->end)
		fputc(v->end, v->out);
	fclose(v->out);
	v->out = NULL;
	return v;
}

char *json_text(json_t *v)
{
	char *text;

	if (v->out)
		close_value(v);
	text = v->text;
	free(v);
	return text;
}

static void write_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void append(FILE *out, json_t *value)
{
	char *text __free(free) = json_text(value);

	fputs(text, out);
}

static json_t *open_list(char begin, char end)
{
	json_t *v = open_value();

	v->end = end;
	fputc(begin, v->out);
	return v;
}

json_t *json_string(const char *text)
{
	json_t *v = open_value();

	write_string(v->out, text);
	return close_value(v);
}

json_t *json_sprintf(const char *fmt, ...)
{
	char *text __free(free) = VARGS_PRINTED(fmt);

	return json_string(text);
}

json_t *json_null(void)
{
	json_t *v = open_value();

	fputs("null", v->out);
	return close_value(v);
}

json_t *json_array(void)
{
	return open_list('[', ']');
}

static void separate(json_t *list)
{
	if (list->any)
		fputc(',', list->out);
	list->any = true;
}

int json_array_append_new(json_t *array, json_t *value)
{
	separate(array);
	append(array->out, value);
	return 0;
}

static void write_key(json_t *object, const char *key)
{
	separate(object);
	write_string(object->out, key);
	fputc(':', object->out);
}

int json_object_set_new(json_t *object, const char *key, json_t *value)
{
	write_key(object, key);
	append(object->out, value);
	return 0;
}

/* Returns what comes after the value in the format. */
static const char *pack(json_t *object, const char *fmt, va_list *ap)
{
	const char *text;
	json_t *inner;

	switch (*fmt++) {
	case 's':
		text = va_arg(*ap, const char *);
		if (text)
			write_string(object->out, text);
		else
			fputs("null", object->out);
		return fmt + (*fmt == '?');
	case 'o':
		append(object->out, va_arg(*ap, json_t *));
		return fmt;
	case 'b':
		fputs(va_arg(*ap, int) ? "true" : "false", object->out);
		return fmt;
	case 'I':
		fprintf(object->out, "%lld", va_arg(*ap, json_int_t));
		return fmt;
	case '{':
		inner = open_list('{', '}');
		while (*fmt != '}') {
			write_key(inner, va_arg(*ap, const char *));
			fmt = pack(inner, fmt + strcspn(fmt, ":") + 1, ap);
			fmt += strspn(fmt, ", ");
		}
		append(object->out, inner);
		return fmt + 1;
	default:
		abort();
	}
}

json_t *json_pack(const char *fmt, ...)
{
	json_t *v = open_value();
	va_list ap;

	va_start(ap, fmt);
	pack(v, fmt, &ap);
	va_end(ap);
	if (*fmt != '{')
		return close_value(v);
	/* More keys may follow. */
	fflush(v->out);
	fseek(v->out, -1, SEEK_CUR);
	v->end = '}';
	v->any = fmt[1] != '}';
	return v;
}
