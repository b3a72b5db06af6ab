/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations of what the tests for the kernel's harness use of it, by
 * version, as far as that is known: enough to compile them, not to run them.
 * KERNEL is VERSION_NUMBER() of the version.
 */
#ifndef VMATLAS_VMA_TEST_STUBS_H
#define VMATLAS_VMA_TEST_STUBS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SINCE(major, minor) (KERNEL >= (major)*1000 + (minor))

#define PAGE_SHIFT 12
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MT_FLAGS_LOCK_EXTERN 0x300
#define sysctl_max_map_count 0x1000000UL

#define VM_NONE 0x0UL
#define VM_READ 0x1UL
#define VM_WRITE 0x2UL
#define VM_EXEC 0x4UL
#define VM_SHARED 0x8UL
#define VM_MAYREAD 0x10UL
#define VM_MAYWRITE 0x20UL
#define VM_GROWSDOWN 0x100UL
#define VM_PFNMAP 0x400UL
#if SINCE(6, 19)
#define VM_MAYBE_GUARD 0x800UL
#endif
#define VM_LOCKED 0x2000UL
#define VM_IO 0x4000UL
#define VM_DONTEXPAND 0x40000UL
#define VM_ACCOUNT 0x100000UL
#define VM_SOFTDIRTY 0UL
#define VM_MIXEDMAP 0x10000000UL

typedef unsigned long vm_flags_t;
typedef unsigned long pgoff_t;
typedef struct {
	unsigned long words[2];
} vma_flags_t;
typedef struct {
	int refs;
} refcount_t;

struct list_head {
	struct list_head *next;
};
struct maple_tree {
	unsigned int ma_flags;
};
struct ma_state {
	unsigned long index;
	unsigned long last;
};
struct vma_iterator {
	struct ma_state mas;
};
struct mempolicy {
};
struct vm_userfaultfd_ctx {
};
struct anon_vma_name {
	char name[1];
};
struct anon_vma {
	bool was_cloned;
	bool was_unlinked;
};
struct anon_vma_chain {
	struct anon_vma *anon_vma;
	struct list_head same_vma;
};
struct address_space {
	int nothing;
};
struct file {
	struct address_space *f_mapping;
};
struct mm_struct {
	struct maple_tree mm_mt;
	int map_count;
};
struct task_struct {
	struct mm_struct *mm;
};
struct vm_area_struct;
struct vm_operations_struct {
	void (*close)(struct vm_area_struct *vma);
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
};
struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_pgoff;
	struct mm_struct *vm_mm;
	union {
		const vm_flags_t vm_flags;
#if SINCE(6, 19)
		vma_flags_t flags;
#else
		vm_flags_t __vm_flags;
#endif
	};
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	struct file *vm_file;
#if SINCE(6, 15)
	refcount_t vm_refcnt;
#else
	bool detached;
#endif
};
enum vma_merge_state {
	VMA_MERGE_START,
	VMA_MERGE_ERROR_NOMEM,
	VMA_MERGE_NOMERGE,
	VMA_MERGE_SUCCESS,
};
enum { VMG_FLAG_DEFAULT, VMG_FLAG_JUST_EXPAND };
struct vma_merge_struct {
	struct vma_iterator *vmi;
	struct vm_area_struct *prev;
	struct vm_area_struct *next;
#if SINCE(6, 15)
	struct vm_area_struct *middle;
	struct vm_area_struct *target;
	bool just_expand;
#else
	struct vm_area_struct *vma;
	int merge_flags;
#endif
#if SINCE(7, 1)
	vma_flags_t vma_flags;
#define HARNESS_FLAGS vma_flags
#elif SINCE(6, 17)
	vm_flags_t vm_flags;
#define HARNESS_FLAGS vm_flags
#else
	unsigned long flags;
#define HARNESS_FLAGS flags
#endif
	unsigned long start;
	unsigned long end;
	pgoff_t pgoff;
	struct file *file;
	enum vma_merge_state state;
	bool give_up_on_oom;
};

#define VMA_ITERATOR(name, mm, addr)                                           \
	struct vma_iterator name = { .mas = { .index = (mm) ? (addr) : 0 } }
/* Since 7.3 there is an anonymous offset, too. */
#if KERNEL >= 7003
#define VMG_STATE(name, mm_, vmi_, start_, end_, flags_, pgoff_, anon_pgoff_)  \
	VMG_STATE_7_1(name, mm_, vmi_, start_, end_, flags_,                   \
		      (anon_pgoff_) ? (pgoff_) : 0)
#else
#define VMG_STATE VMG_STATE_7_1
#endif
#define VMG_STATE_7_1(name, mm_, vmi_, start_, end_, flags_, pgoff_)           \
	struct vma_merge_struct name = {                                       \
		.vmi = (mm_) ? (vmi_) : NULL,                                  \
		.start = start_,                                               \
		.end = end_,                                                   \
		.HARNESS_FLAGS = flags_,                                       \
		.pgoff = pgoff_,                                               \
	}
#define VMG_VMA_STATE(name, vmi_, prev_, vma_, start_, end_)                   \
	struct vma_merge_struct name = {                                       \
		.vmi = vmi_,                                                   \
		.prev = prev_,                                                 \
		.file = (vma_)->vm_file,                                       \
		.start = start_,                                               \
		.end = end_,                                                   \
	}
#define for_each_vma(vmi, vma) while (((vma) = vma_next(&(vmi))) != NULL)
#define vma_policy(vma) NULL
#if !SINCE(6, 13) /* since 6.12.118, that is */
#define vma_has_uffd_without_event_remap(vma) (!(vma))
#endif

#if SINCE(7, 1)
typedef vma_flags_t harness_flags_t;
#else
typedef vm_flags_t harness_flags_t;
#endif
#define EMPTY_VMA_FLAGS ((vma_flags_t){})

extern bool fail_prealloc;
extern struct task_struct *current;

void *ERR_PTR(long err);
bool IS_ERR(const void *p);
int refcount_read(const refcount_t *r);
void list_add(struct list_head *new, struct list_head *head);
void mt_init_flags(struct maple_tree *mt, unsigned int flags);
void *mtree_load(struct maple_tree *mt, unsigned long index);
void vma_start_write(struct vm_area_struct *vma);
void vm_area_free(struct vm_area_struct *vma);
void anon_vma_lock_write(struct anon_vma *anon_vma);
void i_mmap_lock_write(struct address_space *mapping);
void vm_flags_reset(struct vm_area_struct *vma, vm_flags_t flags);
void vma_flags_overwrite_word(vma_flags_t *flags, unsigned long value);
void vm_stat_account(struct mm_struct *mm, vm_flags_t flags, long npages);
void dummy_close(struct vm_area_struct *vma);
int cleanup_mm(struct mm_struct *mm, struct vma_iterator *vmi);
struct vm_area_struct *alloc_and_link_vma(struct mm_struct *mm,
					  unsigned long start,
					  unsigned long end, pgoff_t pgoff,
					  harness_flags_t flags);
struct vm_area_struct *vma_find(struct vma_iterator *vmi, unsigned long max);
struct vm_area_struct *vma_next(struct vma_iterator *vmi);
struct vm_area_struct *vma_prev(struct vma_iterator *vmi);
struct vm_area_struct *vma_iter_load(struct vma_iterator *vmi);
struct vm_area_struct *vma_iter_next_range(struct vma_iterator *vmi);
struct vm_area_struct *vma_iter_prev_range(struct vma_iterator *vmi);
struct vm_area_struct *vma_iter_next_rewind(struct vma_iterator *vmi,
					    struct vm_area_struct **pprev);
struct vm_area_struct *vma_modify(struct vma_merge_struct *vmg);
struct vm_area_struct *vma_merge_new_range(struct vma_merge_struct *vmg);
int vma_expand(struct vma_merge_struct *vmg);
int vma_shrink(struct vma_iterator *vmi, struct vm_area_struct *vma,
	       unsigned long start, unsigned long end, pgoff_t pgoff);
int split_vma(struct vma_iterator *vmi, struct vm_area_struct *vma,
	      unsigned long addr, int new_below);
int do_vmi_align_munmap(struct vma_iterator *vmi, struct vm_area_struct *vma,
			struct mm_struct *mm, unsigned long start,
			unsigned long end, struct list_head *uf, bool unlock);
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma);
#if SINCE(7, 3)
pgoff_t vma_start_anon_pgoff(const struct vm_area_struct *vma);
void vma_set_anon_pgoff(struct vm_area_struct *vma, pgoff_t pgoff);
struct vm_area_struct *copy_vma(struct vm_area_struct **vmap,
				unsigned long addr, unsigned long len,
				pgoff_t pgoff, pgoff_t anon_pgoff,
				bool *need_rmap_locks, bool keep_source);
/* Since 7.2, and since 6.12.114 in that series. */
#elif defined(COPY_KEEPS_SOURCE)
struct vm_area_struct *copy_vma(struct vm_area_struct **vmap,
				unsigned long addr, unsigned long len,
				pgoff_t pgoff, bool *need_rmap_locks,
				bool keep_source);
#else
struct vm_area_struct *copy_vma(struct vm_area_struct **vmap,
				unsigned long addr, unsigned long len,
				pgoff_t pgoff, bool *need_rmap_locks);
#endif
#if SINCE(6, 15)
unsigned long __mmap_region(struct file *file, unsigned long addr,
			    unsigned long len, harness_flags_t flags,
			    unsigned long pgoff, struct list_head *uf);
#endif
#if SINCE(6, 16)
int relocate_vma_down(struct vm_area_struct *vma, unsigned long shift);
#endif

#define ASSERT_TRUE(expr)                                                      \
	do {                                                                   \
		if (!(expr))                                                   \
			return false;                                          \
	} while (0)
#define ASSERT_FALSE(expr) ASSERT_TRUE(!(expr))
#define ASSERT_EQ(a, b) ASSERT_TRUE((a) == (b))
#define ASSERT_NE(a, b) ASSERT_TRUE((a) != (b))

#if SINCE(7, 0)
#define TEST(name)                                                             \
	do {                                                                   \
		(*num_tests)++;                                                \
		if (!test_##name())                                            \
			(*num_fail)++;                                         \
	} while (0)
#endif

#endif /* VMATLAS_VMA_TEST_STUBS_H */
