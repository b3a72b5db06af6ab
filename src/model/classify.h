/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operation came to, seen from its steps alone.
 */
#ifndef VMATLAS_MODEL_CLASSIFY_H
#define VMATLAS_MODEL_CLASSIFY_H

#include "model/op.h"

/*
 * What became of a VMA, seen from the steps alone. "Shrink" is a vm_end that
 * went down, "partial overwrite" a vm_start that went up, as in the mail.
 */
enum role {
	ROLE_NONE,
	ROLE_EXTEND,
	ROLE_SHRINK,
	ROLE_PARTIAL_OVERWRITE,
	ROLE_DELETE,
	ROLE_SPLIT,  /* the VMA that was split and keeps one part */
	ROLE_CREATE, /* a VMA that was not there before */
	NR_ROLES
};

/* A role in words, as under the pictures. */
extern const char *const role_names[NR_ROLES];

/**
 * kcall_role - what a call made of a VMA
 * @out: the operation
 * @kcall: one of its calls
 * @vma: the VMA
 *
 * Return: The role.
 */
enum role kcall_role(const struct outcome *out, const struct kcall *kcall,
		     vma_id vma);

/**
 * struct case_kind - one of the named ways to merge or split
 * @id: its identifier, such as "existing-merge-both"
 * @kcall: which kernel function does it
 * @old_number: its number in the comment over vma_merge() up to 6.11, or 0
 */
struct case_kind {
	const char *id;
	enum kcall_kind kcall;
	int old_number;
};

/**
 * kcall_case - which of the named cases a call was
 * @out: the operation
 * @kcall: one of its calls
 *
 * Works on any configuration: it looks at the roles of the VMAs in the steps,
 * not at how the simulator decided.
 *
 * Return: NULL if it was none of them.
 */
const struct case_kind *kcall_case(const struct outcome *out,
				   const struct kcall *kcall);

#endif /* VMATLAS_MODEL_CLASSIFY_H */
