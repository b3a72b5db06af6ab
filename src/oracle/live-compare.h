/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the comparison of layouts (live-compare.c) and the verdict (live-judge.c). */
#ifndef VMATLAS_LIVE_COMPARE_H
#define VMATLAS_LIVE_COMPARE_H

#include "oracle/live.h"

/**
 * struct looks - what VMAs are, and what is seen of them, each by a number
 * @attrs: what the catalogue says they are: all that decides whether they merge, but
 *	for what nobody can see
 * @nr_attrs: how many
 * @seen: what the kernel shows of them
 * @nr_seen: how many
 */
struct looks {
	struct vma_attrs attrs[2 * MAPS_MAX];
	size_t nr_attrs;
	struct live_vma seen[2 * MAPS_MAX];
	size_t nr_seen;
};

/**
 * live_say - what the verdict is
 * @res: the result
 * @verdict: the verdict
 * @fmt: why, as for printf()
 */
void live_say(struct live_result *res, enum live_verdict verdict,
	      const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * live_expect - run a trigger on the simulator
 * @c: the case
 * @t: one of its triggers
 * @rules: the rule set to follow
 * @res: gets the layouts
 * @looks: gets their attributes; at first all 0
 * @err: where to put the errno that it ends with, 0 if none
 *
 * Return: false, and @res says so, if its operations are not those of the case.
 */
bool live_expect(const struct cat_case *c, const struct cat_trigger *t,
		 const struct rules *rules, struct live_result *res,
		 struct looks *looks, int *err);

/**
 * live_compare - hold what a child saw against that
 * @c: the case
 * @t: the trigger
 * @e: what was seen
 * @looks: from live_expect()
 * @res: as live_expect() has left it; gets the layouts that were found
 *
 * Return: false, and @res says so, if something differs.
 */
bool live_compare(const struct cat_case *c, const struct cat_trigger *t,
		  const struct live_evidence *e, struct looks *looks,
		  struct live_result *res);

#endif /* VMATLAS_LIVE_COMPARE_H */
