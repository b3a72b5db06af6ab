/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMAs, and the space that holds them.
 */
#ifndef VMATLAS_MODEL_MM_H
#define VMATLAS_MODEL_MM_H

#include "lib/memory.h"
#include "model/rules.h"

/* ---- VMAs and the space (mm.c, fault.c, tree.c) ----------------------- */

/* One past the last page of the space; less where a long has 32 bits. */
#define MM_END (1UL << (sizeof(long) > 4 ? 52 : 30))

typedef uint32_t vma_id; /* 0 is no VMA */

/**
 * struct vma_attrs - what two VMAs must have in common to merge, and hooks
 * @flags: VM_*
 * @file: identity of the mapped file, 0 for anonymous memory
 * @policy: identity of the memory policy
 * @uffd_ctx: identity of the userfaultfd context
 * @anon_name: identity of the name given by prctl(PR_SET_VMA_ANON_NAME)
 * @has_close: vm_ops->close is set: a merge may not remove this VMA
 * @no_split: vm_ops->may_split refuses
 * @split_unit: pages: it refuses where these are not whole, 0: nowhere. They are
 *	huge, and those of hugetlbfs.
 */
struct vma_attrs {
	vm_flags_t flags;
	uint32_t file;
	uint32_t policy;
	uint32_t uffd_ctx;
	uint32_t anon_name;
	bool has_close;
	bool no_split;
	uint32_t split_unit;
};

/**
 * may_split - whether vm_ops->may_split allows to split a VMA
 * @attrs: of the VMA
 * @addr: a page within it
 *
 * As special_mapping_split() and hugetlb_vm_op_split(), Linux 7.3.
 *
 * Return: Whether it may be split there.
 */
bool may_split(const struct vma_attrs *attrs, unsigned long addr);

/**
 * struct vma_state - all that one VMA is
 * @id: never used twice within an mm
 * @vm_start: first page
 * @vm_end: one past the last page
 * @vm_pgoff: offset of the first page in the file, or, for anonymous memory,
 *	the page number at which it was first mapped
 * @attrs: see there
 * @anon_vma: identity of the anon_vma, 0 while unfaulted
 * @forked: the anon_vma was inherited: its chain has more than one entry
 * @attached: in the tree as far as lookups are concerned
 * @moved: a file's, since 7.3: by how many pages it lies above where its pages
 *	of anonymous memory were first mapped, modulo the size of the space. The
 *	kernel has the offset of the first page instead, which is
 *	@vm_start - @moved, vma_start_anon_pgoff(). This never changes as the VMA
 *	grows, shrinks or is split; that two follow each other is that they are
 *	equal. For anonymous memory @vm_pgoff says the same, and this is 0.
 */
struct vma_state {
	vma_id id;
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_pgoff;
	struct vma_attrs attrs;
	uint32_t anon_vma;
	bool forked;
	bool attached;
	unsigned long moved;
};

struct mm;

/* VMAs that a process may have, if nobody has changed vm.max_map_count. */
#define DEFAULT_MAX_MAP_COUNT 65530UL

/**
 * mm_new - an empty address space
 * @rules: which kernel's rules it follows
 *
 * max_map_count is DEFAULT_MAX_MAP_COUNT.
 *
 * Return: The address space, for mm_free().
 */
struct mm *mm_new(const struct rules *rules);

/**
 * mm_free - drop an address space and all in it
 * @mm: may be NULL
 */
void mm_free(struct mm *mm);
DEFINE_FREE(mm, struct mm, mm_free)

/**
 * mm_limit - set what /proc/sys/vm/max_map_count holds
 * @mm: the address space
 * @max_map_count: VMAs
 */
void mm_limit(struct mm *mm, unsigned long max_map_count);

/**
 * mm_fail - let an allocation of the next operation fail
 * @mm: the address space
 * @nth: which of those that can fail, counted from 1; 0 for none
 *
 * The one after next has memory again.
 */
void mm_fail(struct mm *mm, unsigned int nth);

/**
 * mm_reset - make an address space empty again, as from mm_new()
 * @mm: the address space; its memory is kept for what comes next
 * @rules: which kernel's rules it follows from now on
 */
void mm_reset(struct mm *mm, const struct rules *rules);

/**
 * mm_place - put a VMA somewhere as it is, without merging or recording
 * @mm: the address space
 * @vma: its range, offset and attributes; id and attached are ignored
 *
 * Return: the new VMA's id, or 0 if the range is empty, outside the space or
 * occupied.
 */
vma_id mm_place(struct mm *mm, const struct vma_state *vma);

/**
 * mm_fault - the first write to a VMA gives it an anon_vma
 * @mm: the address space
 * @addr: page that is written to
 * @fresh: identity of the anon_vma that it gets if no neighbour shares its own
 *
 * Mirrors __anon_vma_prepare() and find_mergeable_anon_vma(): next is asked
 * before prev, and one that was inherited is not shared. Whether the VMA is one
 * that can have an anon_vma is for the caller to know. Nothing is recorded.
 *
 * Return: the anon_vma that the VMA has then, 0 if there is no VMA.
 */
uint32_t mm_fault(struct mm *mm, unsigned long addr, uint32_t fresh);

/**
 * mm_reuses - the anon_vma that the first write to a VMA would take over
 * @mm: the address space
 * @addr: one of its pages
 *
 * Mirrors find_mergeable_anon_vma().
 *
 * Return: 0 if it would get one of its own, or if there is no VMA.
 */
uint32_t mm_reuses(const struct mm *mm, unsigned long addr);

/**
 * mm_replace - make of a VMA what the kernel makes of it without merging
 * @mm: the address space
 * @addr: one of its pages
 * @vma: what it is to be; id and attached are ignored
 *
 * For what is set in passing, and for a stack that a page fault makes longer.
 * Nothing is recorded.
 *
 * Return: false, and nothing is done, if there is no VMA or if the new range is
 * not the old one, or more, and free.
 */
bool mm_replace(struct mm *mm, unsigned long addr, const struct vma_state *vma);

/**
 * attrs_two_offsets - whether anonymous pages have an offset of their own
 * @attrs: of a VMA
 * @rules: those of the kernel
 *
 * needs_adjacent_anon_pgoff(), since 7.3.
 *
 * Return: true for a private mapping of a file that may be written.
 */
bool attrs_two_offsets(const struct vma_attrs *attrs,
		       const struct rules *rules);

/**
 * mm_map_count - number of VMAs, as mm->map_count
 * @mm: the address space
 *
 * Return: The number.
 */
unsigned long mm_map_count(const struct mm *mm);

/**
 * mm_find - the first VMA that ends after an address, as find_vma()
 * @mm: the address space
 * @addr: page
 *
 * Return: NULL if there is none. Valid until the next operation.
 */
const struct vma_state *mm_find(const struct mm *mm, unsigned long addr);

/**
 * for_each_vma_in - each VMA of a range, by ascending address
 * @mm: the address space
 * @v: name of the pointer to it; what the body does may change it, but not free it
 * @start: first page of the range
 * @last: one past the last
 */
#define for_each_vma_in(mm, v, start, last)                                    \
	for (const struct vma_state *v = mm_find(mm, start);                   \
	     v && v->vm_start < (last); v = mm_find(mm, v->vm_end))

/**
 * mm_prev - the last VMA that ends at or before an address, as vma_prev()
 * @mm: the address space
 * @addr: page
 *
 * Return: NULL if there is none. Valid until the next operation.
 */
const struct vma_state *mm_prev(const struct mm *mm, unsigned long addr);

#endif /* VMATLAS_MODEL_MM_H */
