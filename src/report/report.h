/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report: one case run on the simulator, told in the words of the mail, and
 * held against what the catalogue states.
 */
#ifndef VMATLAS_REPORT_H
#define VMATLAS_REPORT_H

#include "catalog/catalog.h"

/**
 * struct report_role - what became of a VMA
 * @name: as in the catalogue; "new" for the one that was created
 * @vma: its id
 * @role: ROLE_NONE for a bystander
 */
struct report_role {
	const char *name;
	vma_id vma;
	enum role role;
};

/**
 * struct report_step - a step that the mail would list
 * @text: in its notation
 * @step: index of the primitive step; the state after it is states[step + 1]
 */
struct report_step {
	const char *text;
	size_t step;
};

/**
 * struct mismatch - a statement that the simulator contradicts
 * @field: the catalogue's key
 * @pos: where it is stated
 * @stated: what the catalogue says, a line each
 * @derived: what the simulator says, a line each
 */
struct mismatch {
	const char *field;
	struct srcpos pos;
	const char *stated;
	const char *derived;
};

/**
 * struct report - one case, run
 * @cat: the catalogue
 * @c: the case
 * @rules: the rule set it was run with
 * @err: the kernel's negative errno, or 0
 * @acts: what the operation was made of
 * @nr_acts: how many
 * @trace: every primitive step
 * @nr_trace: how many
 * @states: nr_trace + 1 layouts: before each step, and after the last
 * @act: the act that is the case: the first that changed something
 * @kind: which named case it was, NULL if none
 * @roles: every VMA, in the order of the layout before, then the created one
 * @nr_roles: how many
 * @steps: the steps in the mail's notation
 * @nr_steps: how many
 * @lock_mmap: the mmap lock was held exclusively
 * @lock_vma: names of the VMAs that were write-locked, in order
 * @nr_lock_vma: how many
 * @lock_rmap: "i_mmap" and "anon_vma", in order
 * @nr_lock_rmap: how many
 * @mismatches: statements that do not hold
 * @nr_mismatches: how many
 * @broken: an invariant that did not hold, or NULL
 * @arena: where it all lives
 */
struct report {
	const struct catalog *cat;
	const struct cat_case *c;
	const struct rules *rules;
	int err;
	struct act *acts;
	size_t nr_acts;
	struct step *trace;
	size_t nr_trace;
	struct layout **states;
	const struct act *act;
	const struct case_kind *kind;
	struct report_role *roles;
	size_t nr_roles;
	struct report_step *steps;
	size_t nr_steps;
	bool lock_mmap;
	const char **lock_vma;
	size_t nr_lock_vma;
	const char **lock_rmap;
	size_t nr_lock_rmap;
	struct mismatch *mismatches;
	size_t nr_mismatches;
	const char *broken;
	void *arena;
};

/**
 * report_run - run a case on the simulator and judge it
 * @cat: the catalogue
 * @c: one of its cases
 * @rules: the rule set to follow
 *
 * Returns a report for report_free().
 */
struct report *report_run(const struct catalog *cat, const struct cat_case *c,
			  const struct rules *rules);

/**
 * report_free - drop a report
 * @r: may be NULL
 */
void report_free(struct report *r);

/**
 * report_ok - whether the simulator says what the catalogue states
 * @r: the report
 */
bool report_ok(const struct report *r);

/**
 * report_before - the layout before the operation
 * @r: the report
 */
const struct layout *report_before(const struct report *r);

/**
 * report_after - the layout after the operation
 * @r: the report
 */
const struct layout *report_after(const struct report *r);

/**
 * report_name - the catalogue's name of a VMA
 * @r: the report
 * @vma: its id, not 0
 */
const char *report_name(const struct report *r, vma_id vma);

/**
 * report_print_mismatches - what is stated and what is derived, side by side
 * @out: where to
 * @r: the report
 */
void report_print_mismatches(FILE *out, const struct report *r);

#endif /* VMATLAS_REPORT_H */
