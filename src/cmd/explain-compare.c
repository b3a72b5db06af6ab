// SPDX-License-Identifier: GPL-2.0-only
/* What grew between two files of one process. */
#include <stdlib.h>
#include <string.h>

#include "cmd/explain.h"
#include "cmd/process.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/text.h"

#define NUMBER 7
#define MAX_ROWS 20

struct change {
	const struct proc_row *row; /* in the new one if it is there */
	size_t old;
	size_t now;
};

static long growth(const struct change *c)
{
	return (long)c->now - (long)c->old;
}

static int by_growth(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	return ORDER(growth(b), growth(a))
		       ?: strcmp(a->row->label, b->row->label);
}

/* What two rows have in common that are the same; sizes may differ. */
static int by_row(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	return ORDER(a->row->kind, b->row->kind)
		       ?: strcmp(a->row->label, b->row->label);
}

static size_t add_rows(struct change *changes, size_t nr,
		       const struct proc_kinds *kinds, bool now)
{
	for (size_t i = 0; i < kinds->nr_rows; i++)
		changes[nr++] = (struct change){
			.row = &kinds->rows[i],
			.old = now ? 0 : kinds->rows[i].nr,
			.now = now ? kinds->rows[i].nr : 0,
		};
	return nr;
}

/* Returns how many there are once those of one row are one. */
static size_t unite(struct change *changes, size_t nr)
{
	size_t to = 0;

	qsort(changes, nr, sizeof(*changes), by_row);
	for (size_t i = 0; i < nr; i++) {
		if (to && !by_row(&changes[to - 1], &changes[i])) {
			changes[to - 1].old += changes[i].old;
			changes[to - 1].now += changes[i].now;
		} else {
			changes[to++] = changes[i];
		}
	}
	qsort(changes, to, sizeof(*changes), by_growth);
	return to;
}

static void print_change(const struct change *c)
{
	printf("%+*ld %*zu %*zu  %s%s", NUMBER, growth(c), NUMBER, c->old,
	       NUMBER, c->now, vma_kinds[c->row->kind].text,
	       *c->row->label ? " " : "");
	text_print(stdout, c->row->label, 48);
	putchar('\n');
}

static void print_text(const struct explained *old, const struct explained *new,
		       const struct change *changes, size_t nr,
		       const struct common *common)
{
	size_t printed = 0;

	printf("%zu VMA%s, now %zu: %+ld\n", old->nr, plural(old->nr), new->nr,
	       (long)new->nr - (long)old->nr);
	for (size_t i = 0; i < nr && printed < MAX_ROWS; i++) {
		if (!growth(&changes[i]))
			continue;
		if (!printed++)
			printf("%s%*s %*s %*s  what%s\n", color_start(common),
			       NUMBER, "growth", NUMBER, "old", NUMBER, "new",
			       color_end(common));
		print_change(&changes[i]);
	}
}

static json_t *change_json(const struct change *c)
{
	return json_pack("{s:s, s:o, s:I, s:I, s:I}", "kind",
			 vma_kinds[c->row->kind].key, "label",
			 json_name(c->row->label), "old", (json_int_t)c->old,
			 "new", (json_int_t)c->now, "growth",
			 (json_int_t)growth(c));
}

static void print_json(const struct explained *old, const struct explained *new,
		       const struct change *changes, size_t nr)
{
	common_print_json(json_pack("{s:o, s:o, s:I, s:I, s:I, s:o}",
				    "old_source", json_name(old->maps->source),
				    "new_source", json_name(new->maps->source),
				    "old", (json_int_t)old->nr, "new",
				    (json_int_t) new->nr, "growth",
				    (json_int_t) new->nr - (json_int_t)old->nr,
				    "composition",
				    JSON_LIST(i, nr, change_json(&changes[i]))),
			  1);
}

void explain_compare(const struct explained *old, const struct explained *new,
		     const struct common *common)
{
	size_t most = old->kinds->nr_rows + new->kinds->nr_rows, nr;
	struct change *changes __free(free) = xcalloc(most, sizeof(*changes));

	nr = add_rows(changes, 0, new->kinds, true);
	nr = add_rows(changes, nr, old->kinds, false);
	nr = unite(changes, nr);
	if (common->json)
		print_json(old, new, changes, nr);
	else
		print_text(old, new, changes, nr, common);
}
