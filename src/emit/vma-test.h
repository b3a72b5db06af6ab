/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test for tools/testing/vma: what it is made of, what it expects, and how it is
 * printed. emit-vma-test.c says which tests there are.
 */
#ifndef VMATLAS_VMA_TEST_H
#define VMATLAS_VMA_TEST_H

#include "emit/vma-test-version.h"

enum {
	MAX_VMAS = 12,	 /* in a test; its header has room for some more */
	MAX_OBJECTS = 2, /* file_a and file_b, anon_a and anon_b */
};

/* Identities in the order in which they are met: a, b. */
struct objects {
	uint32_t ids[MAX_OBJECTS + 1];
	size_t nr;
};

struct vma_after {
	const char *name;
	struct vma_state s;
};

/**
 * struct vma_test - a test
 * @h: the harness that it is for
 * @name: of its function, less "test_"
 * @r: the case, or the configuration as one
 * @says: instead of a title, or NULL
 * @family: then whose it is
 * @class: and by which entry of that the outcome is stated
 * @room: how many VMAs more there may be, -1 if that does not matter
 * @no_memory: for the nodes of the tree
 * @faults: which anon_vma a fault would share is asked as well
 * @after: what is to be, by ascending address
 * @nr_after: how many
 * @reuses: with @faults, what it would be for each of @after, or 0
 * @locked: the VMAs that are to be write-locked, in order
 * @nr_locked: how many
 * @lock_anon_vma: the lock of an anon_vma is taken
 * @lock_i_mmap: and that of a file
 * @map_count: the map count after
 * @anon: the anon_vmas
 * @files: the files
 */
struct vma_test {
	const struct vma_test_version *h;
	const char *name;
	const struct report *r;
	const char *says;
	const char *family;
	const char *class;
	int room;
	bool no_memory;
	bool faults;
	struct vma_after after[MAX_VMAS];
	size_t nr_after;
	uint32_t reuses[MAX_VMAS];
	const char *locked[MAX_VMAS];
	size_t nr_locked;
	bool lock_anon_vma;
	bool lock_i_mmap;
	unsigned long map_count;
	struct objects anon;
	struct objects files;
};

/* The attributes that the shims cannot tell apart: one VMA may have its own. */
#define SPECIAL_ATTRS(X)                                                       \
	X(policy, "vma_with_policy")                                           \
	X(uffd_ctx, "vma_with_uffd_ctx")                                       \
	X(anon_name, "vma_with_anon_name")

/* ---- what is expected (vma-test-expect.c) ----------------------------------- */

/**
 * vma_test_collect - take the files and anon_vmas of a test
 * @t: the test, of which the case is known
 */
void vma_test_collect(struct vma_test *t);

/**
 * vma_test_letter - what distinguishes an object of a test from others
 * @objects: those of its kind
 * @id: which
 *
 * Return: 'a' for the first.
 */
char vma_test_letter(const struct objects *objects, uint32_t id);

/**
 * vma_test_expect_stated - what the catalogue states for the version asked for
 * @t: the test, of a case
 *
 * Return: false if a test has no room for all VMAs.
 */
bool vma_test_expect_stated(struct vma_test *t);

/**
 * vma_test_expect_derived - what the simulator derived
 * @t: the test
 *
 * Return: false if a test has no room for all VMAs.
 */
bool vma_test_expect_derived(struct vma_test *t);

/**
 * vma_test_why_not - why the harness cannot drive a test
 * @t: the test
 * @fits: what vma_test_expect_stated() or vma_test_expect_derived() returned
 *
 * Return: NULL if it can.
 */
const char *vma_test_why_not(const struct vma_test *t, bool fits);

/* A VMA by its name, NULL if there is none then. */
const struct vma_after *vma_test_after(const struct vma_test *t,
				       const char *name);

/* What mremap() copies, NULL if it does not. */
const struct cat_vma *vma_test_source(const struct vma_test *t);

/* The VMA that a page belongs to after it all; the VMA that moves down; or NULL. */
const char *vma_test_owner(const struct vma_test *t, unsigned long page);
const char *vma_test_moved(const struct vma_test *t);

/* What a range is asked to have, or NULL if it is not compared. */
const struct vma_attrs *vma_test_asked(const struct vma_test *t);

/* The anon_vma that the shims leave in a VMA, and what it would be; 0: none. */
uint32_t vma_test_left_anon(const struct vma_test *t, const char *name);
uint32_t vma_test_anon_after(const struct vma_test *t,
			     const struct vma_after *v);

/* What the shims note of an anon_vma. */
bool vma_test_clones(const struct vma_test *t, uint32_t id);
bool vma_test_unlinks(const struct vma_test *t, uint32_t id);

/* ---- printing (vma-test-print.c) --------------------------------------------- */

/**
 * vma_test_print - print a test
 * @out: where to
 * @t: the test
 */
void vma_test_print(FILE *out, const struct vma_test *t);

#endif /* VMATLAS_VMA_TEST_H */
