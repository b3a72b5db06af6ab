/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One case, as stated.
 */
#ifndef VMATLAS_CATALOG_CASE_H
#define VMATLAS_CATALOG_CASE_H

#include "catalog/trigger.h"
#include "catalog/when.h"
#include "model/model.h"

/**
 * struct cat_vma - a VMA of a layout
 * @name: prev, middle, next, vma, new, left, right or another identifier
 * @pos: of its name
 * @range_pos: of its range
 * @s: the VMA; identities are indices for catalog_string(). A vm_pgoff that is
 *	not stated is the page number of vm_start, as for anonymous memory that
 *	never moved.
 * @says_attrs: in a layout after: @s.attrs and the anon_vma are stated, too
 */
struct cat_vma {
	const char *name;
	struct srcpos pos;
	struct srcpos range_pos;
	struct vma_state s;
	bool says_attrs;
};

/**
 * struct cat_role - what a case says becomes of a VMA
 * @name: the VMA
 * @pos: of the statement
 * @role: what becomes of it
 */
struct cat_role {
	const char *name;
	struct srcpos pos;
	enum role role;
};

/**
 * struct cat_locks - the locks that a case says are held
 * @pos: of the statement
 * @mmap: how the mmap lock is held, as written: "write" or "read"
 * @vma: names of the write-locked VMAs, in the order of locking
 * @rmap: "i_mmap" and "anon_vma", in the order of locking
 */
struct cat_locks {
	struct srcpos pos;
	const char *mmap;
	struct cat_texts vma;
	struct cat_texts rmap;
};

enum cat_claim_retry { RETRY_UNSTATED, RETRY_NO, RETRY_YES };

/**
 * struct cat_claim - what the mail's second author says a reader may see
 * @pos: of the claim
 * @says: in the words of the mail
 * @twice: VMAs that may be reported twice
 * @gap: pages that stay mapped may be missing
 * @retry: the reader may have to retry
 */
struct cat_claim {
	struct srcpos pos;
	struct cat_text says;
	struct cat_texts twice;
	bool gap;
	enum cat_claim_retry retry;
};

/**
 * struct cat_earlier - what was otherwise in earlier kernels
 * @pos: of the entry
 * @before: the first version for which the case's own statements hold
 * @why: what changed, a sentence
 * @steps: the steps before that, if they differ; else none
 * @says_locks: the locks differed, too
 * @locks: then these
 */
struct cat_earlier {
	struct srcpos pos;
	struct cat_text before;
	struct cat_text why;
	struct cat_texts steps;
	bool says_locks;
	struct cat_locks locks;
};

struct cat_family;

/**
 * struct cat_case - one case, as stated
 * @id: identifier, unique in the catalogue
 * @pos: of the identifier
 * @title: a few words; the identifier is made of it
 * @summary: a few sentences
 * @family: the file that it is in
 * @before: the layout before, by ascending address
 * @nr_before: how many VMAs
 * @op: the operation
 * @op_pos: of the operation
 * @target: the VMA that is modified, split or moved, NULL for the other
 *	operations and where a modify fails for there is none
 * @error: how the operation fails: "EINVAL", "ENOMEM", "EEXIST" or "EFAULT".
 *	The text is NULL if it succeeds, and the place that of the identifier.
 * @after: the layout after, by ascending address
 * @nr_after: how many VMAs
 * @after_pos: of the layout after
 * @roles: what becomes of each VMA that takes part
 * @nr_roles: how many
 * @roles_pos: of the roles
 * @steps: the steps in the mail's notation, in order
 * @locks: the locks held
 * @map_before: map count before
 * @map_after: map count after
 * @map_pos: of the map counts
 * @old_number: in the comment over vma_merge() up to 6.11, 0 if it has none
 * @old_number_pos: of it
 * @function: the kernel function that does it, with "()", or "none"
 * @syscalls: the system calls that cause it, without "()"
 * @claim: what the mail says about the reader, or NULL
 * @beyond_mail: the mail does not name this case
 * @when: on which configurations of its family's space it happens
 * @composed_of: identifiers of the cases that it is made of, in order
 * @earlier: what was otherwise in earlier kernels, oldest first
 * @nr_earlier: how many
 * @live: how to cause it on a running kernel
 * @nr_live: how many triggers
 */
struct cat_case {
	const char *id;
	struct srcpos pos;
	struct cat_text title;
	struct cat_text summary;
	const struct cat_family *family;
	struct cat_vma *before;
	size_t nr_before;
	struct op op;
	struct srcpos op_pos;
	const char *target;
	struct cat_text error;
	struct cat_vma *after;
	size_t nr_after;
	struct srcpos after_pos;
	struct cat_role *roles;
	size_t nr_roles;
	struct srcpos roles_pos;
	struct cat_texts steps;
	struct cat_locks locks;
	unsigned long map_before;
	unsigned long map_after;
	struct srcpos map_pos;
	int old_number;
	struct srcpos old_number_pos;
	struct cat_text function;
	struct cat_texts syscalls;
	struct cat_claim *claim;
	bool beyond_mail;
	struct cat_whens when;
	struct cat_texts composed_of;
	struct cat_earlier *earlier;
	size_t nr_earlier;
	struct cat_trigger *live;
	size_t nr_live;
};

/**
 * case_mm - the layout before, on the simulator
 * @c: the case
 * @rules: the rule set
 *
 * VMAs get their ids in the order of the catalogue, from 1.
 *
 * Return: an address space for mm_free().
 */
struct mm *case_mm(const struct cat_case *c, const struct rules *rules);

/**
 * case_before - a VMA of the layout before
 * @c: the case
 * @name: its name
 *
 * Return: NULL if there is none.
 */
const struct cat_vma *case_before(const struct cat_case *c, const char *name);

/**
 * trigger_ops - the operations that a trigger comes to
 * @c: its case
 * @t: the trigger
 * @nr: where to put how many
 *
 * Return: The operations, which the catalogue owns.
 */
const struct op *trigger_ops(const struct cat_case *c,
			     const struct cat_trigger *t, size_t *nr);

#endif /* VMATLAS_CATALOG_CASE_H */
