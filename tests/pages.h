/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second model, as simple as can be: an array with one entry a page. It knows
 * no VMAs, no tree and no steps, only what is true of each page, and works out
 * what an operation must lead to. It shares no code with src/model.
 */
#ifndef VMATLAS_TESTS_PAGES_H
#define VMATLAS_TESTS_PAGES_H

#include "model/model.h"

#define NR_PAGES 96

/**
 * struct page - all that is true of one page
 * @mapped: it belongs to a VMA
 * @first: a VMA begins here
 * @forked: the anon_vma was inherited
 * @anon_vma: identity
 * @pgoff: offset in the file
 * @attrs: attributes of the VMA
 */
struct page {
	bool mapped;
	bool first;
	bool forked;
	uint32_t anon_vma;
	unsigned long pgoff;
	struct vma_attrs attrs;
};

struct pages {
	struct page p[NR_PAGES];
	unsigned long limit; /* max_map_count */
	int minor;	     /* 12, 15, 16, 19: rules of Linux 6.minor */
	bool faulty;	     /* forget that middle may be pinned, on purpose */
	unsigned int fail;   /* which allocation of the operation, or 0 */
	unsigned int allocs; /* those of the last operation, up to that one */
	bool failed;	     /* it was reached */
};

/* Carry out an operation. Returns 0 or the negative errno to expect. */
int pages_do(struct pages *pages, const struct op *op);

/* NULL, or what differs from the simulator's layout. */
const char *pages_differ(const struct pages *pages, const struct layout *lay);

#endif /* VMATLAS_TESTS_PAGES_H */
