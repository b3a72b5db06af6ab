/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that the simulator shares with programs that are compiled from Linux's
 * own code. Nothing here clashes with a name of the kernel's.
 */
#ifndef VMATLAS_MODEL_ENUMS_H
#define VMATLAS_MODEL_ENUMS_H

/* The names are the kernel's. The bits are not: nothing depends on them. */
#define VM_FLAGS(X)                                                            \
	X(READ, "read")                                                        \
	X(WRITE, "write")                                                      \
	X(EXEC, "exec")                                                        \
	X(SHARED, "shared")                                                    \
	X(MAYREAD, "mayread")                                                  \
	X(MAYWRITE, "maywrite")                                                \
	X(MAYEXEC, "mayexec")                                                  \
	X(MAYSHARE, "mayshare")                                                \
	X(GROWSDOWN, "growsdown")                                              \
	X(PFNMAP, "pfnmap")                                                    \
	X(LOCKED, "locked")                                                    \
	X(IO, "io")                                                            \
	X(SEQ_READ, "seq_read")                                                \
	X(RAND_READ, "rand_read")                                              \
	X(DONTCOPY, "dontcopy")                                                \
	X(DONTEXPAND, "dontexpand")                                            \
	X(LOCKONFAULT, "lockonfault")                                          \
	X(ACCOUNT, "account")                                                  \
	X(NORESERVE, "noreserve")                                              \
	X(HUGETLB, "hugetlb")                                                  \
	X(WIPEONFORK, "wipeonfork")                                            \
	X(DONTDUMP, "dontdump")                                                \
	X(SOFTDIRTY, "softdirty")                                              \
	X(MIXEDMAP, "mixedmap")                                                \
	X(HUGEPAGE, "hugepage")                                                \
	X(NOHUGEPAGE, "nohugepage")                                            \
	X(MERGEABLE, "mergeable")                                              \
	X(MAYBE_GUARD, "maybe_guard")                                          \
	X(UFFD_MISSING, "uffd_missing")                                        \
	X(UFFD_WP, "uffd_wp")                                                  \
	X(UFFD_MINOR, "uffd_minor")

enum op_kind {
	OP_MODIFY,   /* vma_modify() on each VMA of the range */
	OP_MAP,	     /* vma_merge_new_range(), else a VMA of its own */
	OP_SPLIT,    /* split_vma() */
	OP_UNMAP,    /* do_vmi_align_munmap() */
	OP_RELOCATE, /* relocate_vma_down(): execve() moves the stack */
	OP_REPLACE,  /* __mmap_region() with MAP_FIXED: over what is mapped */
	NR_OPS
};

/* Which attributes OP_MODIFY changes; the others stay. */
enum op_changes {
	CHANGE_FLAGS = 1 << 0,
	CHANGE_POLICY = 1 << 1,
	CHANGE_UFFD = 1 << 2,
	CHANGE_NAME = 1 << 3,
};

enum step_kind {
	STEP_LOCK_MMAP,	     /* exclusively */
	STEP_LOCK_VMA,	     /* vma_start_write() */
	STEP_LOCK_I_MMAP,    /* i_mmap_lock_write() */
	STEP_LOCK_ANON_VMA,  /* anon_vma_lock_write() */
	STEP_ALLOCATE,	     /* vm_area_alloc() */
	STEP_DUPLICATE,	     /* vm_area_dup() of @from */
	STEP_CLONE_ANON_VMA, /* dup_anon_vma() from @from; unlink_anon_vmas() */
	STEP_SET_RANGE,	     /* vma_set_range() */
	STEP_SET_ATTRS,	     /* vm_flags_reset() and the like */
	STEP_STORE,	     /* the tree: [start, end) is @vma, or empty if 0 */
	STEP_DETACH,	     /* vma_mark_detached() */
	STEP_ATTACH,	     /* vma_mark_attached(): an unmap that failed */
	STEP_FREE,	     /* vm_area_free() */
	STEP_MAP_COUNT,	     /* mm->map_count += delta */
	STEP_UNLOCK_ANON_VMA,
	STEP_UNLOCK_I_MMAP,
	STEP_DOWNGRADE_MMAP, /* to a read lock; ends all VMA write locks */
	STEP_UNLOCK_MMAP,    /* ends all VMA write locks */
	NR_STEPS
};

/* What an operation allocates, where the kernel can fail for want of memory. */
enum alloc_kind {
	ALLOC_NONE,
	ALLOC_VMA,	/* vm_area_dup(), vm_area_alloc() */
	ALLOC_POLICY,	/* vma_dup_policy() of a VMA that has one */
	ALLOC_ANON_VMA, /* anon_vma_clone() of a VMA that has one */
	ALLOC_TREE,	/* vma_iter_prealloc(); brk(): vma_iter_store_gfp() */
	ALLOC_GATHER,	/* mas_store_gfp() of a VMA that munmap() takes out */
	ALLOC_CLEAR,	/* vma_iter_clear_gfp() */
	NR_ALLOCS
};

/* How a merge ended: enum vma_merge_state. */
enum merge_state {
	MERGE_NONE,  /* VMA_MERGE_NOMERGE: also if it gave up for memory, or if
		      * vma_expand() had none for an anon_vma */
	MERGE_DONE,  /* VMA_MERGE_SUCCESS */
	MERGE_NOMEM, /* VMA_MERGE_ERROR_NOMEM */
};

#endif /* VMATLAS_MODEL_ENUMS_H */
