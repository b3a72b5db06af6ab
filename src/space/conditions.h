/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a configuration is, to the catalogue: a case, or why it is none.
 */
#ifndef VMATLAS_SPACE_CONDITIONS_H
#define VMATLAS_SPACE_CONDITIONS_H

#include "space/config.h"

/**
 * struct axes - where a configuration stands on each axis of the conditions
 * @has: a bit, 1 << axis, for each axis that its family has
 * @at: the value there
 *
 * Worked out from the configuration alone: the simulator is not asked.
 */
struct axes {
	uint32_t has;
	uint8_t at[NR_AXES];
};

/**
 * axes_of - find out the axes of a configuration
 * @axes: filled in
 * @c: the configuration
 * @rules: the rule set
 */
void axes_of(struct axes *axes, const struct config *c,
	     const struct rules *rules);

/* "verdict" is what the reader says of a claim: see reader/reader.h. */
enum class_kind {
	CLASS_CASE,	 /* a case of the catalogue */
	CLASS_NO_MERGE,	 /* nothing merges, for a stated reason */
	CLASS_ERROR,	 /* it fails, for a stated reason */
	CLASS_UNNAMED,	 /* no condition holds */
	CLASS_AMBIGUOUS, /* more than one does */
	CLASS_WRONG,	 /* one does, but that is not what happened */
};

/**
 * struct classification - what a configuration is
 * @kind: see there
 * @id: of the case or of the reason
 * @composed: CLASS_NO_MERGE: the case that the kernel composes instead, of
 *	the family "change"; or NULL
 * @what: what is wrong, of a CLASS_UNNAMED and the ones after it
 * @left: why prev did not merge, MERGED if it did
 * @right: why next did not
 * @left_all: a bit for each rule that would have refused prev
 * @right_all: and next
 * @err: 0 or negative errno; also of a new range whose merge failed for memory,
 *	which is no error to vma_merge_new_range(): CLASS_NO_MERGE
 * @failed: the allocation that failed
 */
struct classification {
	enum class_kind kind;
	const char *id;
	const struct cat_case *composed;
	const char *what;
	enum refusal left;
	enum refusal right;
	uint32_t left_all;
	uint32_t right_all;
	int err;
	enum alloc_kind failed;
};

/* The conditions of a catalogue, sorted for quick use. */
struct conditions;

/**
 * conditions_new - sort the conditions of a catalogue
 * @cat: the catalogue, which must live longer
 *
 * Return: The conditions, for conditions_free().
 */
struct conditions *conditions_new(const struct catalog *cat);

/**
 * conditions_free - drop them
 * @cond: may be NULL
 */
void conditions_free(struct conditions *cond);

/**
 * conditions_classify - classify a configuration and hold the catalogue against it
 * @cond: the conditions
 * @c: the configuration
 * @rules: the rule set
 * @out: what became of it on the simulator
 * @r: filled in. Its texts are the catalogue's, or valid until the next call in
 *	the same thread.
 *
 * Exactly one case or reason of the family must have a condition that holds; a
 * case may have several that do. Then what happened must be what it states: the
 * named cases that the calls were, or the error. Where an existing range does
 * not merge, a case of the family "change" must say the same of what is done
 * instead.
 */
void conditions_classify(const struct conditions *cond, const struct config *c,
			 const struct rules *rules, const struct outcome *out,
			 struct classification *r);

#endif /* VMATLAS_SPACE_CONDITIONS_H */
