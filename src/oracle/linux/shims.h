/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shims lack, or have no real value for, and what a tree has under
 * one of several names.
 */
#ifndef VMATLAS_SHIMS_H
#define VMATLAS_SHIMS_H

#undef sysctl_max_map_count
#define sysctl_max_map_count witness_max_map_count
#define get_sysctl_max_map_count() witness_max_map_count
static unsigned long witness_max_map_count;

/*
 * Flags that the shims do not name at all, or by another value than the
 * kernel's. Nothing in mm/vma.c asks for them.
 */
#undef VM_SOFTDIRTY
#define VM_SOFTDIRTY 0x08000000
#undef VM_UFFD_MINOR
#define VM_UFFD_MINOR (1UL << 41)
#include "tree-flags.h"
#ifndef VM_MAYEXEC
#define VM_MAYEXEC 0x00000040
#endif
#ifndef VM_MAYSHARE
#define VM_MAYSHARE 0x00000080
#endif
#ifndef VM_UFFD_MISSING
#define VM_UFFD_MISSING 0x00000200
#endif
#ifndef VM_MAYBE_GUARD
#define VM_MAYBE_GUARD 0x00000800
#endif
#ifndef VM_UFFD_WP
#define VM_UFFD_WP 0x00001000
#endif
#ifndef VM_SEQ_READ
#define VM_SEQ_READ 0x00008000
#endif
#ifndef VM_RAND_READ
#define VM_RAND_READ 0x00010000
#endif
#ifndef VM_DONTCOPY
#define VM_DONTCOPY 0x00020000
#endif
#ifndef VM_LOCKONFAULT
#define VM_LOCKONFAULT 0x00080000
#endif
#ifndef VM_NORESERVE
#define VM_NORESERVE 0x00200000
#endif
#ifndef VM_HUGETLB
#define VM_HUGETLB 0x00400000
#endif
#ifndef VM_WIPEONFORK
#define VM_WIPEONFORK 0x02000000
#endif
#ifndef VM_DONTDUMP
#define VM_DONTDUMP 0x04000000
#endif
#ifndef VM_HUGEPAGE
#define VM_HUGEPAGE 0x20000000
#endif
#ifndef VM_NOHUGEPAGE
#define VM_NOHUGEPAGE 0x40000000
#endif
#ifndef VM_MERGEABLE
#define VM_MERGEABLE 0x80000000
#endif
#ifndef VM_SEALED
#define VM_SEALED (1UL << 63)
#endif

#ifdef HAVE_VMG_VMA_FLAGS
static inline vma_flags_t to_vma_flags(vm_flags_t flags)
{
	vma_flags_t to = { 0 };

	memcpy(&to, &flags, sizeof(flags));
	return to;
}

static inline vm_flags_t from_vma_flags(vma_flags_t flags)
{
	vm_flags_t to;

	memcpy(&to, &flags, sizeof(to));
	return to;
}
#else
#define to_vma_flags(flags) (flags)
#endif

/* __mmap_region() takes one or the other. */
#ifdef HAVE_MMAP_VMA_FLAGS
#define to_mmap_flags(flags) to_vma_flags(flags)
#else
#define to_mmap_flags(flags) (flags)
#endif

/* What may differ between VMAs that merge. */
#if defined(VM_IGNORE_MERGE)
#define IGNORE_MERGE VM_IGNORE_MERGE
#elif defined(VMA_IGNORE_MERGE_FLAGS)
#define IGNORE_MERGE from_vma_flags(VMA_IGNORE_MERGE_FLAGS)
#elif defined(HAVE_IGNORE_MERGE)
#error "the flags that merging ignores have a name that is unknown"
#else
#define IGNORE_MERGE VM_SOFTDIRTY
#endif
/* What a merged VMA takes over from any of its parts. */
#if defined(VM_STICKY)
#define STICKY VM_STICKY
#elif defined(VMA_STICKY_FLAGS)
#define STICKY from_vma_flags(VMA_STICKY_FLAGS)
#elif defined(HAVE_STICKY)
#error "the flags that stay have a name that is unknown"
#else
#define STICKY 0
#endif

#ifndef HAVE_VMA_CLOSE
static inline void vma_close(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
}
#endif

static inline void set_flags(struct vm_area_struct *vma, vm_flags_t flags)
{
	/* The member to write to is private, and not the same in all trees. */
	*(vm_flags_t *)&vma->vm_flags = flags;
}

static inline void shim_mark(struct vm_area_struct *vma, bool attached)
{
#ifdef HAVE_ATTACHED
	if (attached)
		vma_mark_attached(vma);
	else
		vma_mark_detached(vma);
#else
	vma_mark_detached(vma, !attached);
#endif
}

#endif /* VMATLAS_SHIMS_H */
