/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations, and what they did: calls of the kernel's functions, made of steps.
 */
#ifndef VMATLAS_MODEL_OP_H
#define VMATLAS_MODEL_OP_H

#include "model/mm.h"

/* ---- operations (op.c, merge.c, split.c, unmap.c) --------------------- */

/**
 * struct op - one operation
 * @kind: which
 * @start: first page of the range; OP_SPLIT: the address to split at;
 *	OP_RELOCATE: where the VMA is to begin
 * @end: one past its last page; OP_SPLIT: unused; OP_RELOCATE: vm_start of the
 *	VMA that moves down
 * @changes: OP_MODIFY: which of @attrs count, CHANGE_*
 * @attrs: OP_MODIFY: the new attributes; OP_MAP, OP_REPLACE: those of the
 *	proposed range.
 *	Of the flags that do not count for merging, a modify adds, but never
 *	clears: the kernel makes the new flags from the VMA's own.
 * @pgoff: OP_MAP, OP_REPLACE: offset of the first page
 * @copied: OP_MAP: it is mremap()'s copy_vma() that maps
 * @anon_vma: OP_MAP: then that of the VMA copied from
 * @forked: OP_MAP: and whether that one was forked
 * @from: OP_MAP with @copied: the VMA copied from, 0 if it is none of this mm
 * @keep_source: OP_MAP with @copied: MREMAP_DONTUNMAP, which keeps @from
 * @uffd_loses: OP_MAP with @copied: it has a userfaultfd that did not ask for
 *	UFFD_FEATURE_EVENT_REMAP, and will lose it
 * @moved: OP_MAP with @copied or @just_merge: as in struct vma_state
 * @new_below: OP_SPLIT: the new VMA is the lower part
 * @just_expand: OP_MAP: VMG_FLAG_JUST_EXPAND: brk() asks prev alone
 * @apart: OP_MAP: and not even prev: the heap that brk() makes longer is empty
 * @just_merge: OP_MAP: vma_merge_new_range() and no more: no VMA is made, the
 *	number of VMAs is not looked at, and what grew is not marked soft-dirty
 * @give_up_on_oom: OP_MODIFY: a merge for which there is no memory is as good
 *	as none, as when a userfaultfd is released
 */
struct op {
	enum op_kind kind;
	unsigned long start;
	unsigned long end;
	unsigned int changes;
	struct vma_attrs attrs;
	unsigned long pgoff;
	bool copied;
	uint32_t anon_vma;
	bool forked;
	vma_id from;
	bool keep_source;
	bool uffd_loses;
	unsigned long moved;
	bool new_below;
	bool just_expand;
	bool apart;
	bool just_merge;
	bool give_up_on_oom;
};

/*
 * Why a side, or the whole, did not merge: the first rule that refused, in the
 * order in which the kernel asks. Each is a word for machines, and some for
 * people, lower case, without a full stop.
 */
#define REFUSALS(X)                                                            \
	X(MERGED, "merged", "merged")                                          \
	X(REFUSED_SPECIAL, "special", "a special flag is asked for")           \
	X(REFUSED_INNER, "inner", "the range touches neither end of the VMA")  \
	X(REFUSED_UFFD_LOST, "uffd_lost",                                      \
	  "the copy will lose its userfaultfd")                                \
	X(REFUSED_POSITION, "position",                                        \
	  "the range does not reach this end of the VMA")                      \
	X(REFUSED_ABSENT, "absent", "no VMA on this side")                     \
	X(REFUSED_APART, "apart", "the VMA on this side is not adjacent")      \
	X(REFUSED_SELF, "self", "it is what is copied, and is kept")           \
	X(REFUSED_POLICY, "policy", "the memory policy differs")               \
	X(REFUSED_FLAGS, "flags", "the flags differ")                          \
	X(REFUSED_FILE, "file", "the file differs")                            \
	X(REFUSED_UFFD, "uffd", "the userfaultfd context differs")             \
	X(REFUSED_NAME, "name", "the anonymous name differs")                  \
	X(REFUSED_ANON_VMA, "anon_vma", "the anon_vma is not compatible")      \
	X(REFUSED_PGOFF, "pgoff", "the page offset is not contiguous")         \
	X(REFUSED_ANON_PGOFF, "anon_pgoff",                                    \
	  "the anonymous page offset is not contiguous")                       \
	X(REFUSED_SIDES, "sides", "prev and next have different anon_vmas")    \
	X(REFUSED_CLOSE_MIDDLE, "close_middle",                                \
	  "the VMA has a ->close hook and would go")                           \
	X(REFUSED_CLOSE_NEXT, "close_next",                                    \
	  "next has a ->close hook and would go")                              \
	X(REFUSED_JUST_EXPAND, "just_expand", "only prev may be expanded")     \
	X(REFUSED_NO_MEMORY, "no_memory", "there is no memory for the merge")

/* clang-format off */
enum refusal {
#define X(refusal, ...) refusal,
	REFUSALS(X)
#undef X
	NR_REFUSALS
};
/* clang-format on */

/* The words for machines: "anon_vma", "close_next"; and those for people. */
extern const char *const refusal_names[NR_REFUSALS];
extern const char *const refusal_texts[NR_REFUSALS];

/* What an operation is made of: one call of one kernel function. */
enum kcall_kind {
	KCALL_MERGE_EXISTING, /* vma_merge_existing_range() */
	KCALL_MERGE_NEW,      /* vma_merge_new_range() */
	KCALL_SPLIT,	      /* __split_vma() */
	KCALL_CHANGE,  /* the caller of vma_modify() sets the attributes */
	KCALL_INSERT,  /* __mmap_new_vma() */
	KCALL_REMOVE,  /* vms_gather_munmap_vmas() and what follows */
	KCALL_EXPAND,  /* vma_expand(), called by itself */
	KCALL_SHRINK,  /* vma_shrink() */
	KCALL_REPLACE, /* __mmap_region(), where something is mapped */
	NR_KCALLS
};

/* The catalogue's word for an operation. */
extern const char *const op_names[NR_OPS];

/* The kernel function that a call mirrors, with "()". */
extern const char *const kcall_functions[NR_KCALLS];

/**
 * struct kcall - one part of an operation
 * @kind: which
 * @err: 0, or the kernel's negative errno
 * @start: first page of the range; KCALL_SPLIT: the address
 * @end: one past its last page
 * @prev: merges: the VMA before the range, adjacent or not
 * @middle: the VMA that is modified, split or changed; KCALL_REMOVE: the first
 * @next: merges: the VMA after the range
 * @created: KCALL_SPLIT, KCALL_INSERT: the new VMA
 * @new_below: KCALL_SPLIT: @created is the lower part
 * @left: merges: what became of merging with @prev
 * @right: merges: what became of merging with @next
 * @left_all: merges: a bit, 1 << refusal, for every rule that refuses on the
 *	left, or 0; @left is the first of them that the kernel asks. If the
 *	position, or that no VMA is adjacent, refuses, no rule for a VMA there
 *	does. The rules that weigh prev and next together can only refuse next,
 *	and only if all others let prev merge.
 * @right_all: merges: the same on the right
 * @state: merges: how it ended
 * @first_step: index of its first step
 * @end_step: one past the index of its last, 0 if it changed nothing. Steps of
 *	other calls may stand between: munmap() splits its last VMA after it
 *	detached others. @kcall of a step says which.
 */
struct kcall {
	enum kcall_kind kind;
	int err;
	unsigned long start;
	unsigned long end;
	vma_id prev;
	vma_id middle;
	vma_id next;
	vma_id created;
	bool new_below;
	enum refusal left;
	enum refusal right;
	uint32_t left_all;
	uint32_t right_all;
	enum merge_state state;
	size_t first_step;
	size_t end_step;
};

/* ---- the trace (step.c) ------------------------------------------ */

#define NO_KCALL UINT32_MAX

/* Which fields of a step mean something. */
enum step_fields {
	HAS_VMA = 1 << 0,
	HAS_FROM = 1 << 1,
	HAS_RANGE = 1 << 2,
	HAS_OLD_RANGE = 1 << 3,
	HAS_PGOFF = 1 << 4,
	HAS_DELTA = 1 << 5,
	HAS_OBJECT = 1 << 6,
	HAS_FORKED = 1 << 7,
	HAS_ATTRS = 1 << 8,
};

/* Of a kind of step: its name for machines, its text before what it is done to. */
extern const struct step_row {
	const char *name;
	const char *text;
	unsigned int fields;
} step_kinds[NR_STEPS];

/**
 * struct step - one step, and what it changed
 * @kind: which
 * @kcall: index of the call it belongs to, or NO_KCALL
 * @vma: the VMA it is about; STEP_STORE: what is stored, 0 for empty
 * @from: STEP_DUPLICATE, STEP_CLONE_ANON_VMA: the source
 * @start: the new vm_start; STEP_STORE: first page stored over
 * @end: the new vm_end; STEP_STORE: one past the last
 * @pgoff: the new vm_pgoff
 * @old_start: STEP_SET_RANGE: vm_start before
 * @old_end: STEP_SET_RANGE: vm_end before
 * @delta: STEP_MAP_COUNT
 * @object: identity of the file or anon_vma that is locked or cloned;
 *	STEP_CLONE_ANON_VMA: 0 if a merge that failed takes it away again
 * @forked: STEP_CLONE_ANON_VMA: whether the source was forked
 * @attrs: STEP_SET_ATTRS, STEP_ALLOCATE: the new attributes
 * @moved: STEP_ALLOCATE: as in struct vma_state
 *
 * What has a range has neither attributes nor a delta, and so on: they share
 * their place, so that a step fills a line of the cache and no more.
 */
struct step {
	enum step_kind kind;
	uint32_t kcall;
	vma_id vma;
	vma_id from;
	uint32_t object;
	bool forked;
	union {
		struct {
			unsigned long start;
			unsigned long end;
			unsigned long pgoff;
			unsigned long old_start;
			unsigned long old_end;
		};
		struct {
			struct vma_attrs attrs;
			unsigned long moved;
		};
		long delta;
	};
};

/**
 * struct outcome - what one operation did; valid until the next one on its mm
 * @err: 0, or the kernel's negative errno
 * @kcalls: what it was made of, in order
 * @nr_kcalls: how many
 * @steps: every step, in order
 * @nr_steps: how many
 * @nr_allocs: allocations that could fail, up to the one that did
 * @failed: what the one was for that mm_fail() let fail, or ALLOC_NONE
 */
struct outcome {
	int err;
	const struct kcall *kcalls;
	size_t nr_kcalls;
	const struct step *steps;
	size_t nr_steps;
	unsigned int nr_allocs;
	enum alloc_kind failed;
};

/**
 * mm_do - carry out one operation
 * @mm: the address space
 * @op: the operation
 *
 * Return: what it did. Errors are the kernel's: -EINVAL for a range that is
 * empty, outside the space or may not be split, -ENOMEM for a hole in a range
 * to modify, for too many VMAs or for an allocation that fails, -EEXIST for a
 * range to map that is occupied, -EFAULT if something is in the way of a VMA
 * that moves down. As in the kernel, what was done before the error stays done;
 * and mmap() and mremap() do not care why a merge failed: there is no error if
 * a VMA can then be made.
 */
const struct outcome *mm_do(struct mm *mm, const struct op *op);

#endif /* VMATLAS_MODEL_OP_H */
