/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls and members of mm/vma.c that are not the same in each tree. */
#ifndef VMATLAS_CALLS_H
#define VMATLAS_CALLS_H

static inline void tree_init(void)
{
	maple_tree_init();
#ifdef HAVE_VMA_INIT
	vma_state_init();
#endif
}

#ifdef HAVE_VMG_VM_FLAGS
#define VMG_FLAGS vm_flags
#else
#define VMG_FLAGS flags
#endif

/* ---- offsets of anonymous memory, of a file ------------------------------ */

#ifdef HAVE_VMG_ANON_PGOFF
static inline void tree_set_anon_pgoff(struct vm_area_struct *vma,
				       unsigned long pgoff)
{
	__vma_set_anon_pgoff(vma, pgoff);
}

static inline unsigned long tree_anon_pgoff(const struct vm_area_struct *vma)
{
	return vma_start_anon_pgoff(vma);
}
#define TREE_VMG_STATE(name, mm, vmi, start, end, flags, pgoff, anon)          \
	VMG_STATE(name, mm, vmi, start, end, to_vma_flags(flags), pgoff, anon)
#else
/* As if nothing had ever been moved. */
static inline void tree_set_anon_pgoff(struct vm_area_struct *vma,
				       unsigned long pgoff)
{
}

static inline unsigned long tree_anon_pgoff(const struct vm_area_struct *vma)
{
	return vma->vm_file ? vma->vm_start >> PAGE_SHIFT : vma->vm_pgoff;
}
#define TREE_VMG_STATE(name, mm, vmi, start, end, flags, pgoff, anon)          \
	VMG_STATE(name, mm, vmi, start, end, to_vma_flags(flags), pgoff)
#endif

/* Since 7.2 and 7.3 it takes more. */
static inline struct vm_area_struct *
tree_copy_vma(struct vm_area_struct **vma, unsigned long addr,
	      unsigned long len, unsigned long pgoff, unsigned long anon_pgoff,
	      bool keep_source)
{
	bool locks;

#if defined(HAVE_VMG_ANON_PGOFF)
	return copy_vma(vma, addr, len, pgoff, anon_pgoff, &locks, keep_source);
#elif defined(HAVE_COPY_KEEPS_SOURCE)
	return copy_vma(vma, addr, len, pgoff, &locks, keep_source);
#else
	return copy_vma(vma, addr, len, pgoff, &locks);
#endif
}

static inline void vmg_give_up(struct vma_merge_struct *vmg)
{
#ifdef HAVE_VMG_GIVE_UP
	vmg->give_up_on_oom = true;
#endif
}

static inline void vmg_just_expand(struct vma_merge_struct *vmg)
{
#ifdef HAVE_VMG_JUST_EXPAND
	vmg->just_expand = true;
#else
	vmg->merge_flags = VMG_FLAG_JUST_EXPAND;
#endif
}

/* What copy_vma() does to merge, but for where its source is. */
static inline void tree_merge_copy(struct vma_merge_struct *vmg,
				   struct vm_area_struct *vma)
{
	vmg->anon_vma = vma->anon_vma;
#ifdef HAVE_VMG_COPIED_FROM
	vmg->middle = vma;
	vma_merge_copied_range(vmg);
#else
	vma_merge_new_range(vmg);
#endif
}

#ifndef HAVE_VMA_EXEC
/*
 * As in mm/mmap.c or fs/exec.c, where nothing can be included; less the page
 * tables.
 */
static int relocate_vma_down(struct vm_area_struct *vma, unsigned long shift)
{
	unsigned long start = vma->vm_start - shift;
	VMA_ITERATOR(vmi, vma->vm_mm, start);
	VMG_STATE(vmg, vma->vm_mm, &vmi, start, vma->vm_end, 0, vma->vm_pgoff);

	if (vma != vma_next(&vmi))
		return -EFAULT;
	vma_iter_prev_range(&vmi);
#ifdef HAVE_VMG_TARGET
	vmg.target = vma;
#else
	vmg.vma = vma;
#endif
	if (vma_expand(&vmg))
		return -ENOMEM;
	vma_next(&vmi);
	vma_prev(&vmi);
	return vma_shrink(&vmi, vma, start, vma->vm_end - shift, vma->vm_pgoff);
}
#endif

#endif /* VMATLAS_CALLS_H */
