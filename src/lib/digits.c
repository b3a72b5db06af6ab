// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	return 16;
}

const char *take_digits(const char *at, const char *end, unsigned int base,
			uint64_t *value)
{
	const char *first = at;

	*value = 0;
	for (; at < end; at++) {
		const unsigned int digit = digit_of(*at);

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return NULL;
	}
	return at > first ? at : NULL;
}
