// SPDX-License-Identifier: GPL-2.0-only
/* The conditions of the catalogue in words. */
#include "lib/memory.h"
#include "lib/text.h"
#include "report/report.h"

/* In which order they are printed: first what is done, last what it takes. */
static const enum cat_axis order[] = {
	AXIS_VMAS,	AXIS_RANGE,   AXIS_WAY,		AXIS_NEW,
	AXIS_PREV,	AXIS_NEXT,    AXIS_SIDES,	AXIS_MIDDLE,
	AXIS_NEXT_GOES, AXIS_SPECIAL, AXIS_JUST_EXPAND, AXIS_MAY_SPLIT,
	AXIS_ROOM,	AXIS_MEMORY,  AXIS_STAGE,	AXIS_GIVES_UP,
};

#define NR_ORDER (ARRAY_SIZE(order))

_Static_assert(NR_ORDER == NR_AXES, "an axis is not printed");

/* Values are put behind @prefix, with " or " between. */
static const struct phrase {
	const char *prefix;
	const char *values[8];
} phrases[NR_AXES] = {
	[AXIS_RANGE] = { "the range is ",
			 { "all of the VMA", "a head", "a tail",
			   "an inner part" } },
	[AXIS_PREV] = { "prev ", { "merges", "refuses" } },
	[AXIS_NEXT] = { "next ", { "merges", "refuses" } },
	[AXIS_SIDES] = { "the sides ", { "agree", "differ" } },
	[AXIS_MIDDLE] = { "middle ", { "may go", "stays" } },
	[AXIS_NEXT_GOES] = { "next ", { "may go", "stays" } },
	[AXIS_SPECIAL] = { "",
			   { "no special flag is asked for",
			     "a special flag is asked for" } },
	[AXIS_JUST_EXPAND] = { "",
			       { "both sides are asked",
				 "only prev is asked" } },
	[AXIS_NEW] = { "the new VMA is ", { "below", "above" } },
	[AXIS_MAY_SPLIT] = { "",
			     { "splits are allowed", "a split is refused" } },
	[AXIS_ROOM] = { "there may be ",
			{ "as many more VMAs as it takes", "only one more VMA",
			  "no more VMAs" } },
	[AXIS_MEMORY] = { "", { "there is enough memory", "memory is short" } },
	[AXIS_GIVES_UP] = { "",
			    { "the merge may not be given up",
			      "the merge may be given up" } },
	[AXIS_VMAS] = { "the range touches ", { "one VMA", "several VMAs" } },
	[AXIS_WAY] = { "the way is ", { "free", "blocked" } },
	[AXIS_STAGE] = { "it is needed ",
			 { "to gather what is there", "to merge", "to map" } },
};

/* How many values of an axis a condition allows, less than all, or 0. */
static unsigned int nr_allowed(const struct cat_when *when, enum cat_axis axis)
{
	unsigned int nr = 0, all = 0;

	for (; cat_axis_value(axis, all); all++)
		nr += when->allowed[axis] >> all & 1;
	return nr == all ? 0 : nr;
}

/* Enough, or only one: at least one. */
#define ROOM_FOR_ONE 0x3

static void print_axis(FILE *out, const struct cat_when *when,
		       enum cat_axis axis)
{
	const char *before = phrases[axis].prefix;

	if (axis == AXIS_ROOM && (when->allowed[axis] & 7) == ROOM_FOR_ONE) {
		fputs("there may be one more VMA", out);
		return;
	}
	for (unsigned int i = 0; cat_axis_value(axis, i); i++)
		if (when->allowed[axis] >> i & 1)
			text_print_item(out, &before, phrases[axis].values[i],
					" or ");
}

void report_print_when(FILE *out, const struct cat_when *when)
{
	unsigned int left = 0, printed = 0;

	for (size_t i = 0; i < NR_ORDER; i++)
		left += nr_allowed(when, order[i]) != 0;
	for (size_t i = 0; i < NR_ORDER; i++) {
		if (!nr_allowed(when, order[i]))
			continue;
		if (printed++)
			fputs(printed == left ? " and " : ", ", out);
		print_axis(out, when, order[i]);
	}
	if (!left)
		fputs("always", out);
}

void report_print_whens(FILE *out, const struct cat_whens *whens)
{
	for (size_t i = 0; i < whens->nr; i++) {
		fputs(i ? "; or " : "", out);
		report_print_when(out, &whens->when[i]);
	}
}
