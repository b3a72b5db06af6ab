// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"

/* How many bytes a character that begins with @byte has, 0 if none does. */
static size_t length_by_first(unsigned char byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef)
		return 3;
	if (byte >= 0xf0 && byte <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_char(const char *s, size_t left, uint32_t *c)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = left ? length_by_first((unsigned char)*s) : 0;
	uint32_t value;

	if (!len || len > left)
		return 0;
	value = (unsigned char)*s;
	if (len > 1)
		value &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if (value < smallest[len] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*c = value;
	return len;
}

size_t utf8_mark(const char *s, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t size = sizeof(mark) - 1;

	return len >= size && !memcmp(s, mark, size) ? size : 0;
}

size_t utf8_count(const char *s, size_t len)
{
	size_t nr = 0;

	for (size_t i = 0; i < len; i++)
		nr += (s[i] & 0xc0) != 0x80;
	return nr;
}

bool utf8_printable(uint32_t c)
{
	/* What Unicode has displays ignore, and what is worse. */
	static const struct {
		uint32_t first;
		uint32_t last;
	} hidden[] = {
		{ 0x0000, 0x001f },   /* control */
		{ 0x007f, 0x009f },   /* control */
		{ 0x00ad, 0x00ad },   /* soft hyphen */
		{ 0x034f, 0x034f },   /* grapheme joiner */
		{ 0x061c, 0x061c },   /* direction mark */
		{ 0x115f, 0x1160 },   /* Hangul fillers */
		{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
		{ 0x180b, 0x180f },   /* Mongolian separators */
		{ 0x200b, 0x200f },   /* of no width, direction marks */
		{ 0x2028, 0x202e },   /* line breaks, direction overrides */
		{ 0x2060, 0x206f },   /* of no width, direction isolates */
		{ 0x3164, 0x3164 },   /* Hangul filler */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xffa0, 0xffa0 },   /* Hangul filler */
		{ 0xfff0, 0xfffb },   /* interlinear annotation */
		{ 0xfffe, 0xffff },   /* no character */
		{ 0x1bca0, 0x1bca3 }, /* shorthand controls */
		{ 0x1d173, 0x1d17a }, /* musical controls */
		{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
	};

	/* Nearly all that is asked for. */
	if (c >= ' ' && c <= '~')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}
