/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference simulator: how Linux merges and splits VMAs.
 *
 * A struct mm holds VMAs and the tree that maps addresses to them. One of five
 * operations changes it: modify, map, split, unmap, relocate. Each runs the way
 * mm/vma.c does, and records every step, so that the state after any
 * of them can be had again.
 *
 * All addresses, lengths and offsets are in pages, all ranges half-open.
 * Identities (files, policies, anon_vmas, ...) are small integers, 0 is none:
 * the decision to merge only ever asks whether two of them are the same.
 */
#ifndef VMATLAS_MODEL_H
#define VMATLAS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/enums.h"

/* ---- flags (flags.c) -------------------------------------------------- */

typedef uint64_t vm_flags_t;

enum vm_flag_bit {
#define X(name, text) VM_##name##_BIT,
	VM_FLAGS(X)
#undef X
		NR_VM_FLAGS
};

enum vm_flag {
#define X(name, text) VM_##name = 1ULL << VM_##name##_BIT,
	VM_FLAGS(X)
#undef X
};

/* What is asked for with one of these never merges. */
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)

/**
 * vm_flag_name - the kernel's name of a flag, lower case, without VM_
 * @bit: which flag
 */
const char *vm_flag_name(enum vm_flag_bit bit);

/**
 * vm_flag_find - the flag that has a name
 * @name: lower case, without VM_
 *
 * Returns the flag, or 0 if there is none of that name.
 */
vm_flags_t vm_flag_find(const char *name);

/* ---- rule sets by kernel version (rules.c) ---------------------------- */

/* A kernel version as a number: a later one is greater. */
#define VERSION_NUMBER(major, minor) ((major)*1000L + (minor))

/**
 * struct rules - what differs between kernel versions
 * @version: the first release with these rules, "MAJOR.MINOR"
 * @number: the same as VERSION_NUMBER(MAJOR, MINOR)
 * @stable: the first release of an older, stable series that has taken all of
 *	them over, "MAJOR.MINOR.PATCH", or NULL
 * @what: what the release changed, for people
 * @ignored: flags that may differ between VMAs that merge
 * @sticky: flags that a merged VMA takes over from any of its parts
 * @anon_vma_by_chain: to 6.15, an absent anon_vma is compatible with any only
 *	if the chain of the VMA beside the range has exactly one entry
 * @copied_anon_vma: the copied-from VMA of mremap() takes part: a forked one
 *	does not merge with an unfaulted VMA, and its anon_vma is taken over
 * @ranges_before_store: commit_merge() sets both ranges before it stores to
 *	the tree; to 6.14 it moved middle's start after the store
 * @lock_next_first: VMA locks are taken middle, next, prev; to 6.14 middle,
 *	prev, next
 */
struct rules {
	const char *version;
	long number;
	const char *stable;
	const char *what;
	vm_flags_t ignored;
	vm_flags_t sticky;
	bool anon_vma_by_chain;
	bool copied_anon_vma;
	bool ranges_before_store;
	bool lock_next_first;
};

/**
 * rules_for - the rule set that a kernel version follows
 * @version: "6.12", "6.12.3", "6.18-rc1" or "latest"
 *
 * A stable release may follow a set that is newer than its series.
 *
 * Returns NULL if the text is no version or is older than any rule set.
 */
const struct rules *rules_for(const char *version);

/**
 * rules_all - every rule set, oldest first
 * @nr: where to put their number
 */
const struct rules *rules_all(size_t *nr);

/* ---- VMAs and the space (mm.c, fault.c, tree.c) ----------------------- */

/* One past the last page of the space. */
#define MM_END (1UL << 52)

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
 */
struct vma_attrs {
	vm_flags_t flags;
	uint32_t file;
	uint32_t policy;
	uint32_t uffd_ctx;
	uint32_t anon_name;
	bool has_close;
	bool no_split;
};

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
};

struct mm;

/**
 * mm_new - an empty address space
 * @rules: which kernel's rules it follows
 *
 * max_map_count is the kernel's default, 65530.
 */
struct mm *mm_new(const struct rules *rules);

/**
 * mm_free - drop an address space and all in it
 * @mm: may be NULL
 */
void mm_free(struct mm *mm);

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
 * Returns the new VMA's id, or 0 if the range is empty, outside the space or
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
 * Returns the anon_vma that the VMA has then, 0 if there is no VMA.
 */
uint32_t mm_fault(struct mm *mm, unsigned long addr, uint32_t fresh);

/**
 * mm_replace - make of a VMA what the kernel makes of it without merging
 * @mm: the address space
 * @addr: one of its pages
 * @vma: what it is to be; id and attached are ignored
 *
 * For what is set in passing, and for a stack that a page fault makes longer.
 * Nothing is recorded. Returns false, and nothing is done, if there is no VMA
 * or if the new range is not the old one, or more, and free.
 */
bool mm_replace(struct mm *mm, unsigned long addr, const struct vma_state *vma);

/**
 * mm_map_count - number of VMAs, as mm->map_count
 * @mm: the address space
 */
unsigned long mm_map_count(const struct mm *mm);

/**
 * mm_find - the first VMA that ends after an address, as find_vma()
 * @mm: the address space
 * @addr: page
 *
 * Returns NULL if there is none. Valid until the next operation.
 */
const struct vma_state *mm_find(const struct mm *mm, unsigned long addr);

/* ---- operations (op.c, merge.c, split.c, unmap.c) --------------------- */

/**
 * struct op - one operation
 * @kind: which
 * @start: first page of the range; OP_SPLIT: the address to split at;
 *	OP_RELOCATE: where the VMA is to begin
 * @end: one past its last page; OP_SPLIT: unused; OP_RELOCATE: vm_start of the
 *	VMA that moves down
 * @changes: OP_MODIFY: which of @attrs count, CHANGE_*
 * @attrs: OP_MODIFY: the new attributes; OP_MAP: those of the proposed range.
 *	Of the flags that do not count for merging, a modify adds, but never
 *	clears: the kernel makes the new flags from the VMA's own.
 * @pgoff: OP_MAP: offset of the first page
 * @copied: OP_MAP: it is mremap()'s copy_vma() that maps
 * @anon_vma: OP_MAP: then that of the VMA copied from
 * @forked: OP_MAP: and whether that one was forked
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
	bool new_below;
	bool just_expand;
	bool apart;
	bool just_merge;
	bool give_up_on_oom;
};

/*
 * Why a side, or the whole, did not merge: the first rule that refused, in the
 * order in which the kernel asks.
 */
enum refusal {
	MERGED,		  /* it did */
	REFUSED_SPECIAL,  /* a VM_SPECIAL flag is asked for */
	REFUSED_INNER,	  /* the range touches neither end of middle */
	REFUSED_POSITION, /* the range does not touch this end of middle */
	REFUSED_ABSENT,	  /* no VMA on this side */
	REFUSED_APART,	  /* there is one, but not adjacent */
	REFUSED_POLICY,
	REFUSED_FLAGS,
	REFUSED_FILE,
	REFUSED_UFFD,
	REFUSED_NAME,
	REFUSED_ANON_VMA,
	REFUSED_PGOFF,
	REFUSED_SIDES,	      /* prev's and next's anon_vma differ */
	REFUSED_CLOSE_MIDDLE, /* middle would go, but has ->close */
	REFUSED_CLOSE_NEXT,   /* next would go, but has ->close */
	REFUSED_JUST_EXPAND,  /* only prev is asked */
	REFUSED_NO_MEMORY,    /* an allocation failed */
	NR_REFUSALS
};

/**
 * refusal_text - a refusal in words, lower case, without a full stop
 * @why: which
 */
const char *refusal_text(enum refusal why);

/* What an operation is made of: one call of one kernel function. */
enum kcall_kind {
	KCALL_MERGE_EXISTING, /* vma_merge_existing_range() */
	KCALL_MERGE_NEW,	    /* vma_merge_new_range() */
	KCALL_SPLIT,	    /* __split_vma() */
	KCALL_CHANGE,	    /* the caller of vma_modify() sets the attributes */
	KCALL_INSERT,	    /* __mmap_new_vma() */
	KCALL_REMOVE,	    /* vms_gather_munmap_vmas() and what follows */
	KCALL_EXPAND,	    /* vma_expand(), called by itself */
	KCALL_SHRINK,	    /* vma_shrink() */
	NR_KCALLS
};

/**
 * kcall_function - the kernel function that a call mirrors, with "()"
 * @kind: which call
 */
const char *kcall_function(enum kcall_kind kind);

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
 *	detached others. @kcall of a step tells.
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
		struct vma_attrs attrs;
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
 * Returns what it did. Errors are the kernel's: -EINVAL for a range that is
 * empty, outside the space or may not be split, -ENOMEM for a hole in a range
 * to modify, for too many VMAs or for an allocation that fails, -EEXIST for a
 * range to map that is occupied, -EFAULT if something is in the way of a VMA
 * that moves down.
 * As in the kernel, what was done before the error stays done; and mmap() and
 * mremap() do not care why a merge failed: there is no error if a VMA can then
 * be made.
 */
const struct outcome *mm_do(struct mm *mm, const struct op *op);

/* ---- classification (classify.c) -------------------------------------- */

/*
 * What became of a VMA, seen from the steps alone. "Shrink" is a vm_end that
 * went down, "partial overwrite" a vm_start that went up, as in the mail.
 */
enum role {
	ROLE_NONE,
	ROLE_EXTEND,
	ROLE_SHRINK,
	ROLE_PARTIAL_OVERWRITE,
	ROLE_DELETE,
	ROLE_SPLIT,  /* the VMA that was split and keeps one part */
	ROLE_CREATE, /* a VMA that was not there before */
	NR_ROLES
};

/**
 * role_name - a role in words, as under the pictures
 * @role: which; ROLE_NONE gives "unchanged"
 */
const char *role_name(enum role role);

/**
 * kcall_role - what a call made of a VMA
 * @out: the operation
 * @kcall: one of its calls
 * @vma: the VMA
 */
enum role kcall_role(const struct outcome *out, const struct kcall *kcall,
		   vma_id vma);

/**
 * struct case_kind - one of the named ways to merge or split
 * @id: its identifier, such as "existing-merge-both"
 * @kcall: which kernel function does it
 * @old_number: its number in the comment over vma_merge() to 6.11, or 0
 */
struct case_kind {
	const char *id;
	enum kcall_kind kcall;
	int old_number;
};

/**
 * kcall_case - which of the named cases a call was
 * @out: the operation
 * @kcall: one of its calls
 *
 * Works on any configuration: it looks at the roles of the VMAs in the steps,
 * not at how the simulator decided. Returns NULL if it was none of them.
 */
const struct case_kind *kcall_case(const struct outcome *out,
				 const struct kcall *kcall);

/* ---- states between steps (layout.c) ---------------------------------- */

/**
 * struct layout_vma - a VMA at one moment
 * @s: the VMA
 * @freed: it was there, but is no more
 * @locked: write-locked
 */
struct layout_vma {
	struct vma_state s;
	bool freed;
	bool locked;
};

/**
 * struct layout_slot - a slot of the tree at one moment
 * @start: first page
 * @end: one past the last page
 * @vma: what it holds, 0 if empty
 */
struct layout_slot {
	unsigned long start;
	unsigned long end;
	vma_id vma;
};

enum mmap_lock {
	MMAP_UNLOCKED,
	MMAP_READ_LOCKED,
	MMAP_WRITE_LOCKED,
};

/**
 * struct layout - an address space at one moment
 * @vmas: every VMA by ascending id, freed ones included
 * @nr_vmas: how many
 * @slots: the tree, covering [0, MM_END) in order; no two empty ones touch
 * @nr_slots: how many
 * @map_count: mm->map_count
 * @mmap_lock: state of the mmap lock
 * @i_mmap: the file whose i_mmap lock is held, or 0
 * @anon_vma: the anon_vma whose lock is held, or 0
 */
struct layout {
	struct layout_vma *vmas;
	size_t nr_vmas;
	struct layout_slot *slots;
	size_t nr_slots;
	unsigned long map_count;
	enum mmap_lock mmap_lock;
	uint32_t i_mmap;
	uint32_t anon_vma;
};

/**
 * layout_of - the layout of an address space that no operation is changing
 * @mm: the address space
 *
 * Returns a layout for layout_free().
 */
struct layout *layout_of(const struct mm *mm);

/**
 * layout_copy - a copy of a layout
 * @from: the original
 */
struct layout *layout_copy(const struct layout *from);

/**
 * layout_step - carry a layout over one step
 * @lay: changed in place
 * @step: from the trace of the operation that @lay is within
 */
void layout_step(struct layout *lay, const struct step *step);

/**
 * layout_free - drop a layout
 * @lay: may be NULL
 */
void layout_free(struct layout *lay);

/**
 * layout_vma - find a VMA in a layout
 * @lay: the layout
 * @id: which
 *
 * Returns NULL if it never was there.
 */
const struct layout_vma *layout_vma(const struct layout *lay, vma_id id);

/**
 * layout_equal - whether two layouts are the same in everything but freed VMAs
 * @a: one
 * @b: the other
 */
bool layout_equal(const struct layout *a, const struct layout *b);

/* ---- invariants (verify.c) -------------------------------------------- */

/**
 * layout_verify - check what must hold between operations
 * @lay: a layout that no operation is changing
 *
 * Returns NULL, or what is wrong, lower case, without a full stop.
 */
const char *layout_verify(const struct layout *lay);

/**
 * step_verify - check what must hold around each step
 * @before: the layout that @step is about to change
 * @step: the step
 *
 * For example that a range only changes under the mmap lock, the VMA's own lock
 * and its rmap locks. Returns NULL, or what is wrong.
 */
const char *step_verify(const struct layout *before, const struct step *step);

#endif /* VMATLAS_MODEL_H */
