/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report: one case run on the simulator, put into the words of the mail, and
 * held against what the catalogue states.
 */
#ifndef VMATLAS_REPORT_H
#define VMATLAS_REPORT_H

#include "catalog/catalog.h"
#include "lib/memory.h"
#include "space/space.h"

struct reading;

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
 * @step: index of the step; the state after it is states[step + 1]
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
 * @kcalls: what the operation was made of
 * @nr_kcalls: how many
 * @trace: every step
 * @nr_trace: how many
 * @states: nr_trace + 1 layouts: before each step, and after the last
 * @kcall: the call that is the case: the first that changed something, but a split
 *	only if nothing else did; the last call if none did; NULL if it did not
 *	come to any
 * @kind: which named case it was, NULL if none, or if it is made of others
 * @parts: identifiers of the named cases that it is made of, in order
 * @nr_parts: how many, 0 if it is one of them, or made of none
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
 * @readings: what readers can see, once it was asked for: report_reading()
 * @arena: where it all lives
 */
struct report {
	const struct catalog *cat;
	const struct cat_case *c;
	const struct rules *rules;
	int err;
	struct kcall *kcalls;
	size_t nr_kcalls;
	struct step *trace;
	size_t nr_trace;
	struct layout **states;
	const struct kcall *kcall;
	const struct case_kind *kind;
	const char **parts;
	size_t nr_parts;
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
	struct reading *readings;
	struct arena *arena;
};

/**
 * report_run - run a case on the simulator and judge it
 * @cat: the catalogue
 * @c: one of its cases
 * @rules: the rule set to follow
 *
 * Return: a report for report_free().
 */
struct report *report_run(const struct catalog *cat, const struct cat_case *c,
			  const struct rules *rules);

/**
 * report_config - run a configuration of the space as if it were a case
 * @cat: the catalogue
 * @c: the configuration
 * @rules: the rule set to follow
 *
 * Nothing is stated of it, so there is nothing to judge: it is for pictures and
 * for steps in words.
 *
 * Return: a report for report_free().
 */
struct report *report_config(const struct catalog *cat, const struct config *c,
			     const struct rules *rules);

/**
 * report_operation - an operation on any few VMAs as if it were a case
 * @cat: the catalogue
 * @id: what to call it
 * @vmas: the VMAs, named, by ascending address; copied
 * @nr: how many
 * @op: the operation
 * @rules: the rule set to follow
 *
 * As report_config(): nothing is stated, so there is nothing to judge.
 *
 * Return: A report for report_outcome().
 */
struct report *report_operation(const struct catalog *cat, const char *id,
				const struct cat_vma *vmas, size_t nr,
				const struct op *op, const struct rules *rules);

/**
 * report_outcome - what the operation comes to
 * @r: from report_operation(), for report_free() then
 * @out: what it did to the process that the VMAs are of, where they have the ids
 *	that were given, and all that it touched is among them; NULL to run it on
 *	these VMAs alone
 */
void report_outcome(struct report *r, const struct outcome *out);

/**
 * report_free - drop a report
 * @r: may be NULL
 */
void report_free(struct report *r);
DEFINE_FREE(report, struct report, report_free)

/**
 * report_ok - whether the simulator says what the catalogue states
 * @r: the report
 *
 * Return: true if so.
 */
bool report_ok(const struct report *r);

/**
 * report_stated_steps - the steps that a case states for the rule set
 * @r: the report
 *
 * Return: The texts, none if it states none.
 */
const struct cat_texts *report_stated_steps(const struct report *r);

/**
 * report_stated_locks - the locks that a case states for the rule set
 * @r: the report
 *
 * Return: The locks, NULL if it states none.
 */
const struct cat_locks *report_stated_locks(const struct report *r);

/**
 * report_before - the layout before the operation
 * @r: the report
 *
 * Return: The layout, which the report owns.
 */
const struct layout *report_before(const struct report *r);

/**
 * report_after - the layout after the operation
 * @r: the report
 *
 * Return: The layout, which the report owns.
 */
const struct layout *report_after(const struct report *r);

/**
 * report_op - the operation as pictures show it
 * @r: the report
 *
 * The range of a VMA that moves is then its new place, not what lies between
 * that and the old one.
 *
 * Return: The operation.
 */
struct op report_op(const struct report *r);

/**
 * report_role - what became of a VMA
 * @r: the report
 * @vma: its id
 *
 * Return: Its role, NULL if there is no such VMA.
 */
const struct report_role *report_role(const struct report *r, vma_id vma);

/**
 * report_name - the catalogue's name of a VMA
 * @r: the report
 * @vma: its id, not 0
 *
 * Return: The name.
 */
const char *report_name(const struct report *r, vma_id vma);

/**
 * report_print_roles - "prev: extend, next: delete"
 * @out: where to
 * @r: the report
 *
 * VMAs that are left alone have no role, and are not listed.
 *
 * Return: false if nothing was printed: no VMA has one.
 */
bool report_print_roles(FILE *out, const struct report *r);

/**
 * report_print_mismatches - what is stated and what is derived, side by side
 * @out: where to
 * @r: the report
 * @whole_path: name catalogue files with their directories, as for a person who
 *	is to open them; without, pages are the same wherever they are made
 */
void report_print_mismatches(FILE *out, const struct report *r,
			     bool whole_path);

/* ---- conditions in words (when.c) --------------------------------------- */

/**
 * report_print_when - "the range is a head, prev merges and memory is short"
 * @out: where to
 * @when: the condition
 */
void report_print_when(FILE *out, const struct cat_when *when);

/**
 * report_print_whens - the same for several, with "; or " between
 * @out: where to
 * @whens: the conditions
 */
void report_print_whens(FILE *out, const struct cat_whens *whens);

#endif /* VMATLAS_REPORT_H */
