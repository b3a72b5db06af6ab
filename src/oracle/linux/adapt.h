/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel tree's mm/vma.c, and all that differs between trees, with shims.h
 * and calls.h.
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
 * HAVE_COPY_KEEPS_SOURCE	copy_vma() takes whether the source stays
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

#include "shims.h"

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

#include "calls.h"

#endif /* VMATLAS_ADAPT_H */
