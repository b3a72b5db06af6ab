/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a configuration is, to a simulator: VMAs and an operation.
 */
#ifndef VMATLAS_SPACE_FIXTURE_H
#define VMATLAS_SPACE_FIXTURE_H

#include "space/config.h"

#define FIXTURE_VMAS 6

/**
 * struct fixture - what a configuration is, to a simulator
 * @vmas: the VMAs before, by ascending address; ids follow that order, from 1
 * @nr_vmas: how many
 * @op: the operation
 * @max_map_count: the limit
 * @fail: which allocation fails, or 0
 */
struct fixture {
	struct vma_state vmas[FIXTURE_VMAS];
	size_t nr_vmas;
	struct op op;
	unsigned long max_map_count;
	unsigned int fail;
};

/**
 * fixture_of - make the address space and the operation of a configuration
 * @fixture: filled in
 * @c: the configuration
 */
void fixture_of(struct fixture *fixture, const struct config *c);

/**
 * fixture_vma_name - what the pictures call a VMA of a fixture
 * @c: the configuration
 * @id: the VMA's id; the first beyond the fixture's gives "new", others "new2"
 *
 * Return: A name that lives for good.
 */
const char *fixture_vma_name(const struct config *c, vma_id id);

/**
 * fixture_run - run a fixture on the simulator
 * @mm: an address space, which is reset
 * @rules: the rule set
 * @fixture: the fixture
 *
 * Return: What came out, valid until @mm is used again.
 */
const struct outcome *fixture_run(struct mm *mm, const struct rules *rules,
				  const struct fixture *fixture);

#endif /* VMATLAS_SPACE_FIXTURE_H */
