// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/words.h"

#include "cmd/terminal.h"
#include "lib/stream.h"
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

void wrap_heading(FILE *out, const char *color, const char *plain,
		  const char *text)
{
	char *lines __free(free) = PRINTED(to, wrap_puts(to, 0, text));

	text_color(out, lines, color, plain);
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
