// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/words.h"

#include "cmd/terminal.h"
#include "lib/text.h"

void wrap_puts(FILE *out, int indent, const char *text)
{
	text_wrap(out, text, indent, text_width() - 2, NULL);
}

void wrap_drop(FILE *out, int indent, char *text)
{
	wrap_puts(out, indent, text);
	free(text);
}

void say(const char *prefix, char *text)
{
	if (!*prefix) {
		wrap_drop(stdout, 0, text);
		return;
	}
	printf("%s%s\n", prefix, text);
	free(text);
}
