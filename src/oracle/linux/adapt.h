/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel tree's mm/vma.c, and all that differs between trees.
 *
 * The code is included as it stands, on top of the shims that the tree brings
 * for its own userland tests, but between the two every call that is a
 * step is renamed: it goes to one of the hooks below, which records
 * it (driver.c). build.sh finds by grep what the tree is like:
 *
 * HAVE_VMA_INIT	there is mm/vma_init.c, which has vm_area_alloc() and so on
 * HAVE_VMA_EXEC	there is mm/vma_exec.c, which has relocate_vma_down()
 * HAVE_VMA_CLOSE	the shims have vma_close()
 * HAVE_ATTACHED	vma_mark_attached(); else vma_mark_detached(vma, bool)
 * HAVE_KILLABLE	vma_start_write_killable()
 * HAVE_TREE_SET_RANGE	mm/vma.c has vma_set_range() itself; in the copy that is
 *			compiled it is called tree_set_range()
 * HAVE_MMAP_REGION	there is __mmap_region()
 * HAVE_OLD_MMAP_REGION	it is cut out of mm/mmap.c, and the shims lack what it calls
 * HAVE_FILE_OPERATIONS	the shims' files have operations
 * HAVE_VMG_TARGET	struct vma_merge_struct has the members of these names
 * HAVE_VMG_VM_FLAGS
 * HAVE_VMG_JUST_EXPAND
 * HAVE_VMG_COPIED_FROM
 * HAVE_VMG_GIVE_UP
 * HAVE_VMG_VMA_FLAGS
 * HAVE_MMAP_VMA_FLAGS	__mmap_region() takes vma_flags_t
 * HAVE_VMG_ANON_PGOFF	... and so has a VMA, and VMG_STATE() takes one more
 * HAVE_IGNORE_MERGE	mm/vma.c asks for the flags that merging ignores,
 * HAVE_STICKY		and for those that stay, whatever these are called
 * HAVE_COPY_KEEPS_SOURCE	copy_vma() is told if the source stays
 *
 * and makes tree-flags.h: VM_X of each VMA_X_BIT that the shims have.
 */
#ifndef VMATLAS_ADAPT_H
#define VMATLAS_ADAPT_H

/* With all that decides about merging. */
#define CONFIG_NUMA
#define CONFIG_ANON_VMA_NAME
#define CONFIG_MEM_SOFT_DIRTY
#define CONFIG_HAVE_ARCH_USERFAULTFD_MINOR

/* What the Makefile of the shims' own tests says. */
#ifndef NUM_VMA_FLAG_BITS
#define NUM_VMA_FLAG_BITS 128
#endif
#ifndef NUM_MM_FLAG_BITS
#define NUM_MM_FLAG_BITS 128
#endif

/* What a warning of the maple tree ends in, where it is built to debug. */
#define dump_stack() hook_warn(__FILE__, __LINE__)
static void hook_warn(const char *file, int line);

#include "maple-shared.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <linux/maple_tree.h>

struct vm_area_struct;
struct anon_vma;
struct address_space;
struct mm_struct;

/* The hooks: what the tree's code calls instead. */
static void hook_store_prealloc(struct ma_state *mas, void *entry);
static int hook_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);
static int hook_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);
static struct vm_area_struct *hook_alloc(struct mm_struct *mm);
static struct vm_area_struct *hook_dup(struct vm_area_struct *orig);
static void hook_free(struct vm_area_struct *vma);
static void hook_start_write(struct vm_area_struct *vma);
static void hook_detach(struct vm_area_struct *vma);
static void hook_attach(struct vm_area_struct *vma);
static int hook_dup_policy(struct vm_area_struct *src,
			   struct vm_area_struct *dst);
static int hook_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
static void hook_unlink(struct vm_area_struct *vma);
static void hook_i_mmap_lock(struct address_space *mapping);
static void hook_i_mmap_unlock(struct address_space *mapping);
static void hook_anon_vma_lock(struct anon_vma *anon_vma);
static void hook_anon_vma_unlock(struct anon_vma *anon_vma);
static void hook_downgrade(struct mm_struct *mm);
static void hook_look(void);

/*
 * What a warning of the shims comes down to. Going on after BUG_ON() is no
 * worse than dying of it: the reply says that something was wrong.
 */
#undef WARN_ON
#undef WARN_ON_ONCE
#undef BUG_ON
#define WARN_ON(condition)                                                     \
	({                                                                     \
		bool bad_ = !!(condition);                                     \
		if (unlikely(bad_))                                            \
			hook_warn(__FILE__, __LINE__);                         \
		unlikely(bad_);                                                \
	})
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#define BUG_ON(condition) ((void)WARN_ON(condition))

/* The shims' own inline functions store to the tree, too. */
#define mas_store_prealloc hook_store_prealloc
#define mas_store_gfp hook_store_gfp
#define mas_preallocate hook_preallocate

#include "vma_internal.h"

/* ---- what the shims lack, or have no real value for ---------------------- */

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

/* ---- comparisons, which the shims only pretend to make ------------------- */

#undef vma_policy
#define vma_policy(vma) ((vma)->vm_policy)
#define mpol_equal(a, b) ((a) == (b))
#define anon_vma_name(vma) ((vma)->anon_name)
#define anon_vma_name_eq(a, b) ((a) == (b))
/* Whose context did not ask for the event is not in the shims' contexts. */
static struct vm_area_struct *witness_uffd_loser;
#define vma_has_uffd_without_event_remap(vma) ((vma) == witness_uffd_loser)
#define is_mergeable_vm_userfaultfd_ctx(vma, vm_ctx)                           \
	((vma)->vm_userfaultfd_ctx.ctx == (vm_ctx).ctx)

/* ---- the steps ------------------------------------------------- */

#define vma_start_write hook_start_write
#ifdef HAVE_KILLABLE
#define vma_start_write_killable(vma) (hook_start_write(vma), 0)
#endif
#ifdef HAVE_ATTACHED
#define vma_mark_detached hook_detach
#define vma_mark_attached hook_attach
#else
#define vma_mark_detached(vma, detached)                                       \
	((detached) ? hook_detach(vma) : hook_attach(vma))
#endif

#include "mm/vma.h"
#ifdef HAVE_VMA_INIT
#include "mm/vma_init.c"
#endif

#define vm_area_alloc hook_alloc
#define vm_area_dup hook_dup
#define vm_area_free hook_free
#define vma_dup_policy hook_dup_policy
/* Since 7.0 a third argument says what for. */
#define anon_vma_clone(dst, src, ...) hook_clone(dst, src)
#define unlink_anon_vmas hook_unlink
#define i_mmap_lock_write hook_i_mmap_lock
#define i_mmap_unlock_write hook_i_mmap_unlock
#define anon_vma_lock_write hook_anon_vma_lock
#define anon_vma_unlock_write hook_anon_vma_unlock
#define mmap_write_downgrade hook_downgrade
/* Where the shims have it, it locks by a call that was not renamed. */
#define vm_flags_set(vma, flags)                                               \
	(hook_start_write(vma), set_flags(vma, (vma)->vm_flags | (flags)))
/* Between what mmap() makes and what it lets go. */
#define perf_event_mmap(vma) hook_look()
/* Page tables move without fail. */
#define move_page_tables(pmc) ((pmc)->len_in)
/*
 * Two of these may follow each other with no other step between. Whatever
 * changed before them came before.
 */
#ifndef HAVE_TREE_SET_RANGE
static inline void tree_set_range(struct vm_area_struct *vma,
				  unsigned long start, unsigned long end,
				  unsigned long pgoff)
{
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
}
#endif
#define vma_set_range(...)                                                     \
	(hook_look(), tree_set_range(__VA_ARGS__), hook_look())

#include "mm/vma.c"
#ifdef HAVE_OLD_MMAP_REGION
/* None of it has a say in what is mapped where. */
#define is_file_hugepages(file) false
#define security_vm_enough_memory_mm(mm, pages) 0
#define mmap_file(file, vma) 0
#define shmem_zero_setup(vma) 0
#define ksm_add_vma(vma) ((void)(vma))
#define get_file(file) (file)
#define may_expand_vm(mm, flags, pages) true
#define vma_supports_mlock(vma) true
#define vm_flags_clear(vma, flags) ((void)(vma))
#define vm_flags_init set_flags
#define vma_set_anonymous(vma) ((vma)->vm_ops = NULL)
#define vma_set_page_prot(vma) ((void)(vma))
#include "mm/mmap_region.c"
#endif
#ifdef HAVE_VMA_EXEC
#include "mm/vma_exec.c"
#endif

#undef mas_store_prealloc
#undef mas_store_gfp
#undef mas_preallocate
#undef vma_start_write
#undef vm_area_alloc
#undef vm_area_dup
#undef vm_area_free
#undef vma_dup_policy
#undef anon_vma_clone
#undef unlink_anon_vmas
#undef i_mmap_lock_write
#undef i_mmap_unlock_write
#undef anon_vma_lock_write
#undef anon_vma_unlock_write
#undef mmap_write_downgrade
#undef vma_mark_detached
#undef vma_mark_attached
#undef vma_start_write_killable
#undef vm_flags_set
#undef move_page_tables
#undef perf_event_mmap
#undef vma_set_range

/* ---- the same in other words --------------------------------------------- */

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

/* Since 7.2 and 7.3 it is told more. */
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

#endif /* VMATLAS_ADAPT_H */
