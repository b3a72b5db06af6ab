/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own harness for mm/vma.c, tools/testing/vma: what differs
 * between versions of it, and what every file of tests for it begins with.
 */
#ifndef VMATLAS_VMA_TEST_VERSION_H
#define VMATLAS_VMA_TEST_VERSION_H

#include "emit/emit.h"

/*
 * What is text in the table, but for the first two, which are to be set:
 * kernel	the version that is asked for
 * copied	what copy_vma() takes after the offset
 * main		the file that includes mm/vma.c
 * tests	where the tests are to be, seen from there
 * rows		before the rows of tests
 * end_rows	after them
 * attached	whether vma is attached
 * soft_dirty	give VM_SOFTDIRTY a value
 * flags	vm_flags_t flags as the harness takes them
 * vmg_flags	set the flags that a merge asks for
 * set_flags	set those of vma
 * just_expand	ask for no more than vma_expand() of prev
 * sticky	add the flags that a merge kept
 * map_new	a function that maps a range that does not merge
 * relocate	a function that moves a VMA down
 * page_tables	have them moved
 * target	the member of struct vma_merge_struct that vma_expand() grows
 * pgoff	the offsets of a range that is proposed: VMG_STATE() has one or two
 * anon_pgoff	those of one that has no file
 */
#define VMA_TEST_TEXTS(X)                                                      \
	X(kernel)                                                              \
	X(copied)                                                              \
	X(main)                                                                \
	X(tests)                                                               \
	X(rows)                                                                \
	X(end_rows)                                                            \
	X(attached)                                                            \
	X(soft_dirty)                                                          \
	X(flags)                                                               \
	X(vmg_flags)                                                           \
	X(set_flags)                                                           \
	X(just_expand)                                                         \
	X(sticky)                                                              \
	X(map_new)                                                             \
	X(relocate)                                                            \
	X(page_tables)                                                         \
	X(target)                                                              \
	X(pgoff)                                                               \
	X(anon_pgoff)

/*
 * A version of it.
 *
 * @since: the first release that has it, "MAJOR.MINOR"
 * @number: the same as VERSION_NUMBER(MAJOR, MINOR)
 * @vm_flags: that its shims have a value for
 * @merge_unlinks: of a VMA that a merge removes, unlink_anon_vmas() is called
 *
 * The rest is as listed above.
 */
struct vma_test_version {
	const char *since;
	long number;
	vm_flags_t vm_flags;
	bool merge_unlinks;
#define X(name) const char *name;
	VMA_TEST_TEXTS(X)
#undef X
};

/**
 * vma_test_put - print a text in which @name@ stands for an item of the table
 * @out: where to
 * @h: the harness
 * @text: the text
 */
void vma_test_put(FILE *out, const struct vma_test_version *h,
		  const char *text);

/**
 * vma_test_put_header - print what is to be included before mm/vma.c
 * @out: where to
 * @h: the harness
 */
void vma_test_put_header(FILE *out, const struct vma_test_version *h);

/**
 * vma_test_put_parts - print the beginning of a file of tests
 * @out: where to
 * @h: the harness
 * @tests: the tests: only what they use is printed
 */
void vma_test_put_parts(FILE *out, const struct vma_test_version *h,
			const char *tests);

#endif /* VMATLAS_VMA_TEST_VERSION_H */
