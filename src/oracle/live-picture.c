// SPDX-License-Identifier: GPL-2.0-only
/* A layout as a row, like those of the mail, and its VMAs in figures. */
#include <string.h>

#include "oracle/live.h"

/* Of a row; a page has one at most. */
#define COLUMNS 60

/* VMAs that look alike are drawn alike. */
static const char fills[] = "-*.=+#%";

static int column(const struct live_result *res, long page)
{
	long pages = res->end - res->start;
	long at = page - res->start;

	if (at < 0)
		return 0;
	if (at > pages)
		at = pages;
	return (int)(pages > COLUMNS ? at * COLUMNS / pages : at);
}

static void draw_row(FILE *out, const struct live_layout *lay,
		     const struct live_result *res, const char *prefix)
{
	char row[COLUMNS + 2] = "";
	int width = column(res, res->end) + 1;

	memset(row, ' ', (size_t)width);
	for (size_t i = 0; i < lay->nr; i++) {
		const struct live_vma *v = &lay->vma[i];
		int from = column(res, v->start), to = column(res, v->end);
		char fill = fills[v->look % (sizeof(fills) - 1)];

		memset(row + from, fill, (size_t)(to - from));
		row[from] = '|';
		row[to] = '|';
	}
	while (width && row[width - 1] == ' ')
		width--;
	fprintf(out, "%s  %.*s\n", prefix, width, row);
}

static void print_vma(FILE *out, const struct live_vma *v, const char *prefix)
{
	fprintf(out, "%s  [%ld, %ld) %s", prefix, v->start, v->end,
		PERMISSIONS(v->flags));
	if (v->has_file)
		fprintf(out, " at %lu", v->pgoff);
	fprintf(out, "%s%s\n", *v->text ? " " : "", v->text);
}

void live_picture(FILE *out, const struct live_layout *lay,
		  const struct live_result *res, const char *prefix)
{
	if (!lay->nr) {
		fprintf(out, "%s  (nothing)\n", prefix);
		return;
	}
	draw_row(out, lay, res, prefix);
	for (size_t i = 0; i < lay->nr; i++)
		print_vma(out, &lay->vma[i], prefix);
}
