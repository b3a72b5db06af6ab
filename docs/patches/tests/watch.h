/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows tests what mm/vma.c locks and frees, and lets a VMA differ in what the
 * stubs say is always equal. This is included after the stubs, and renames what
 * mm/vma.c calls, as is done with vma_iter_prealloc().
 */

#pragma once

#define WATCH_MAX 8

static struct {
	struct {
		/* VMAs that were write-locked, and those that were freed once detached. */
		struct vm_area_struct *locked[WATCH_MAX];
		struct vm_area_struct *freed[WATCH_MAX];
		bool anon_vma_locked;
		bool i_mmap_locked;
	} seen;
	/* The one VMA which has such a thing, or NULL. */
	struct vm_area_struct *policy;
	struct vm_area_struct *uffd_ctx;
	struct vm_area_struct *anon_name;
} watch;

static inline bool watch_has(struct vm_area_struct **vmas, struct vm_area_struct *vma)
{
	int i;

	for (i = 0; i < WATCH_MAX; i++)
		if (vma && vmas[i] == vma)
			return true;
	return false;
}

static inline void watch_add(struct vm_area_struct **vmas, struct vm_area_struct *vma)
{
	int i = 0;

	while (i < WATCH_MAX - 1 && vmas[i] && vmas[i] != vma)
		i++;
	vmas[i] = vma;
}

static inline void watch_start_write(struct vm_area_struct *vma)
{
	watch_add(watch.seen.locked, vma);
	vma_start_write(vma);
}

static inline void watch_vm_area_free(struct vm_area_struct *vma)
{
	if (!refcount_read(&vma->vm_refcnt))
		watch_add(watch.seen.freed, vma);
	vm_area_free(vma);
}

static inline void watch_anon_vma_lock_write(struct anon_vma *anon_vma)
{
	watch.seen.anon_vma_locked = true;
	anon_vma_lock_write(anon_vma);
}

static inline void watch_i_mmap_lock_write(struct address_space *mapping)
{
	watch.seen.i_mmap_locked = true;
	i_mmap_lock_write(mapping);
}

static inline struct mempolicy *watch_vma_policy(struct vm_area_struct *vma)
{
	static struct mempolicy policy;

	return vma == watch.policy ? &policy : NULL;
}

static inline bool watch_mpol_equal(struct mempolicy *a, struct mempolicy *b)
{
	return a == b;
}

static inline bool watch_same_uffd_ctx(struct vm_area_struct *vma,
				       struct vm_userfaultfd_ctx vm_ctx)
{
	return vma != watch.uffd_ctx;
}

static inline struct anon_vma_name *watch_anon_vma_name(struct vm_area_struct *vma)
{
	static struct anon_vma_name name;

	return vma == watch.anon_name ? &name : NULL;
}

static inline bool watch_anon_vma_name_eq(struct anon_vma_name *a,
					  struct anon_vma_name *b)
{
	return a == b;
}

#define vma_start_write watch_start_write
#define vm_area_free watch_vm_area_free
#define anon_vma_lock_write watch_anon_vma_lock_write
#define i_mmap_lock_write watch_i_mmap_lock_write
#undef vma_policy
#define vma_policy(vma) watch_vma_policy(vma)
#define mpol_equal watch_mpol_equal
#define is_mergeable_vm_userfaultfd_ctx watch_same_uffd_ctx
#define anon_vma_name(vma) watch_anon_vma_name(vma)
#define anon_vma_name_eq watch_anon_vma_name_eq
@if <7.1

/* The stubs have no soft-dirty flag. */
#undef VM_SOFTDIRTY
#define VM_SOFTDIRTY 0x08000000
@end
