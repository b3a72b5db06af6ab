// SPDX-License-Identifier: GPL-2.0-only
/* Plain text in the style of the mail: title, picture, numbered steps. */
#include "emit/emit.h"

enum { INDENT = 8 };

static void print_steps(FILE *out, const struct report *r)
{
	if (r->nr_steps)
		fputc('\n', out);
	for (size_t i = 0; i < r->nr_steps; i++)
		fprintf(out, "%zu. %s\n", i + 1, r->steps[i].text);
}

static void print_case(FILE *out, const struct report *r)
{
	fprintf(out, "## %s (%s)\n\n", r->c->title.text, r->c->id);
	picture_print(out, r, INDENT);
	print_steps(out, r);
}

void emit_ascii(const struct report_set *set, const struct emit_opts *opts,
		struct files *files)
{
	for_each_report(set, r)
		print_case(files_add(files, "%s.txt", r->c->id), r);
}
