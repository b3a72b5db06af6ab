/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions: on which configurations a case, or none of them, happens.
 */
#ifndef VMATLAS_CATALOG_WHEN_H
#define VMATLAS_CATALOG_WHEN_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/srcpos.h"

/*
 * What a condition may ask of a configuration: an axis, and the words for its
 * values. A configuration has one value on each axis that its family has.
 */
#define CAT_AXES(X)                                                            \
	/* where the range lies in the VMA, or in the first and the last */    \
	X(RANGE, "range", "all", "head", "tail", "inner")                      \
	/* whether prev would merge with what is asked for, next left aside */ \
	X(PREV, "prev", "merges", "refuses")                                   \
	X(NEXT, "next", "merges", "refuses")                                   \
	/* whether prev's and next's anon_vmas are compatible */               \
	X(SIDES, "sides", "agree", "differ")                                   \
	/* without a close hook: a merge may remove it */                      \
	X(MIDDLE, "middle", "may go", "stays")                                 \
	X(NEXT_GOES, "next_vma", "may go", "stays")                            \
	/* a VM_SPECIAL flag is asked for */                                   \
	X(SPECIAL, "special", "no", "yes")                                     \
	/* VMG_FLAG_JUST_EXPAND */                                             \
	X(JUST_EXPAND, "just_expand", "no", "yes")                             \
	X(NEW, "new", "below", "above")                                        \
	/* what vm_ops->may_split says of each VMA that has to be split */     \
	X(MAY_SPLIT, "may_split", "yes", "no")                                 \
	/* how many VMAs more there may be */                                  \
	X(ROOM, "room", "enough", "one", "none")                               \
	/* whether there is memory, for all that is allocated */               \
	X(MEMORY, "memory", "enough", "short")                                 \
	/* and if not, whether a merge may be given up for that */             \
	X(GIVES_UP, "gives_up", "no", "yes")                                   \
	/* how many VMAs the range touches */                                  \
	X(VMAS, "vmas", "one", "several")                                      \
	/* whether a VMA lies where another is to be moved */                  \
	X(WAY, "way", "free", "blocked")                                       \
	/* what memory is short for, of what is mapped over */                 \
	X(STAGE, "stage", "gather", "merge", "map")

enum cat_axis {
#define X(name, ...) AXIS_##name,
	CAT_AXES(X)
#undef X
		NR_AXES
};

/**
 * cat_axis_name - the catalogue's key of an axis
 * @axis: which
 *
 * Return: A constant string.
 */
const char *cat_axis_name(enum cat_axis axis);

/**
 * cat_axis_value - the catalogue's word for a value
 * @axis: which
 * @value: counted from 0, in the order of CAT_AXES
 *
 * Return: NULL if the axis has no such value.
 */
const char *cat_axis_value(enum cat_axis axis, unsigned int value);

/**
 * struct cat_when - a condition on configurations
 * @pos: of the condition
 * @allowed: by axis, a bit for each value that it allows, 1 << value; all bits
 *	set where it says nothing
 */
struct cat_when {
	struct srcpos pos;
	uint8_t allowed[NR_AXES];
};

/**
 * struct cat_whens - conditions, of which one must hold
 * @pos: of the key
 * @when: the conditions
 * @nr: how many, 0 if none is stated
 */
struct cat_whens {
	struct srcpos pos;
	struct cat_when *when;
	size_t nr;
};

/**
 * struct cat_otherwise - why a configuration of a family is none of its cases
 * @id: identifier, unique in the family
 * @says: the kernel's line of reasoning, a few sentences
 * @error: "EINVAL", "ENOMEM" or "EFAULT"; its text is NULL if it is no error: no
 *	merge
 * @when: when it is
 */
struct cat_otherwise {
	struct cat_text id;
	struct cat_text says;
	struct cat_text error;
	struct cat_whens when;
};

#endif /* VMATLAS_CATALOG_WHEN_H */
