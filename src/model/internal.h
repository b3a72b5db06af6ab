/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model share and nobody else sees. */
#ifndef VMATLAS_MODEL_INTERNAL_H
#define VMATLAS_MODEL_INTERNAL_H

#include "lib/memory.h"
#include "model/model.h"

/*
 * Where the tree says that a VMA lies. Between two steps of an operation this
 * is not what the VMA's own vm_start and vm_end say: that is what makes a
 * lockless reader interesting. A VMA never has more than one slot, so it
 * carries it; the empty slots are what lies between.
 */
struct slot {
	unsigned long start;
	unsigned long end;
	bool stored;
};

struct vma {
	struct slot slot;
	struct vma_state s;
	bool locked; /* until the mmap lock is released */
	struct vma *next_locked;
	struct vma *next; /* of those free to use, or that munmap() takes */
} __attribute__((aligned(64)));

/* Where VMAs lie, side by side. */
struct vma_block {
	struct vma_block *next;
	size_t nr;
	struct vma vma[];
};

/* What the tree has up to @end: of a leaf, or of the array of leaves. */
struct tree_entry {
	unsigned long end;
	union {
		struct vma *vma;
		struct leaf *leaf;
	};
};

struct mm {
	const struct rules *rules;
	struct tree_entry *leaves;
	size_t nr_leaves;
	size_t made_leaves; /* with those kept for what comes */
	unsigned long map_count;
	unsigned long max_map_count;
	vma_id last_id;
	struct vma *locked; /* list of write-locked VMAs */
	struct vma_block *blocks;
	struct vma_block *block; /* the one that VMAs are taken from */
	size_t taken;		 /* of it, since mm_reset() */
	struct vma *unused;	 /* list of those that were freed since */
	unsigned int fail; /* which allocation of the next operation, or 0 */

	/* What the operation under way has done so far. */
	struct step *steps;
	size_t nr_steps;
	size_t max_steps;
	struct kcall *kcalls;
	size_t nr_kcalls;
	size_t max_kcalls;
	uint32_t kcall; /* the call under way, or NO_KCALL */
	struct outcome out;
};

/* tree.c */
void tree_reset(struct mm *mm);
void tree_free(struct mm *mm);
struct vma *tree_find(const struct mm *mm, unsigned long addr);
struct vma *tree_next(const struct mm *mm, const struct vma *vma);
struct vma *tree_prev(const struct mm *mm, const struct vma *vma);
struct vma *tree_before(const struct mm *mm, unsigned long addr);
void tree_store(struct mm *mm, unsigned long start, unsigned long end,
		struct vma *vma);
bool tree_add(struct mm *mm, struct vma *vma, unsigned long start,
	      unsigned long end);

/* mm.c */
struct vma *vma_new(struct mm *mm);
void vma_drop(struct mm *mm, struct vma *vma);
bool range_ok(unsigned long start, unsigned long end);

/*
 * step.c: every change to an mm goes through one of these, and is
 * recorded by it.
 */
uint32_t kcall_begin(struct mm *mm, enum kcall_kind kind, unsigned long start,
		     unsigned long end);
void kcall_end(struct mm *mm, uint32_t outer);

/* The call under way. Valid until the next one begins. */
static inline struct kcall *kcall_now(struct mm *mm)
{
	return &mm->kcalls[mm->kcall];
}

bool alloc_fails(struct mm *mm, enum alloc_kind kind);
void do_lock_mmap(struct mm *mm);
void do_unlock_mmap(struct mm *mm, enum step_kind kind);
void do_lock_vma(struct mm *mm, struct vma *vma);
void do_lock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma);
void do_unlock_rmap(struct mm *mm, uint32_t file, uint32_t anon_vma);
struct vma *do_allocate(struct mm *mm, const struct op *op);
struct vma *do_duplicate(struct mm *mm, const struct vma *from);
void do_clone_anon_vma(struct mm *mm, struct vma *vma, vma_id from,
		       uint32_t anon_vma, bool forked);
void do_set_range(struct mm *mm, struct vma *vma, unsigned long start,
		  unsigned long end, unsigned long pgoff);
void do_set_attrs(struct mm *mm, struct vma *vma,
		  const struct vma_attrs *attrs);
void do_store(struct mm *mm, unsigned long start, unsigned long end,
	      struct vma *vma);
void do_detach(struct mm *mm, struct vma *vma);
void do_attach(struct mm *mm, struct vma *vma);
void do_map_count(struct mm *mm, long delta);
void do_free(struct mm *mm, struct vma *vma);

/*
 * What is asked for, as the kernel's struct vma_merge_struct: these attributes
 * in this range, between these two VMAs; and what became of it. Whoever makes
 * one names every member: if some are left out, gcc clears all of it first, in a
 * way that takes longer than to decide.
 */
struct merge {
	struct mm *mm;
	struct vma *prev;
	struct vma *middle; /* NULL for a new range */
	struct vma *next;   /* existing: found by the merge itself */
	unsigned long start;
	unsigned long end;
	unsigned long pgoff;
	const struct vma_attrs *attrs;
	uint32_t anon_vma;
	bool forked;	      /* the VMA that anon_vma is from was forked */
	bool copied;	      /* copied_from is set: copy_vma() asks */
	unsigned long moved;  /* as in struct vma_state */
	vma_id from;	      /* copied: the source, if it is of this mm */
	vma_id self;	      /* copied: the same, if it is not to merge */
	bool uffd_loses;      /* copied: and will have no userfaultfd */
	bool just_expand;     /* new: only prev is asked */
	bool marks;	      /* new: the caller marks what grew soft-dirty */
	bool give_up_on_oom;  /* existing: no memory is as good as no merge */
	struct vma *anon_dup; /* took over an anon_vma for this merge */
	struct vma *target;   /* what now holds the range, if it merged */
};

/* merge.c */
enum merge_state merge_existing(struct merge *m);
enum merge_state merge_new(struct merge *m);

/* split.c */
int split_vma(struct mm *mm, struct vma *vma, unsigned long addr,
	      bool new_below);
int split_vma_unlimited(struct mm *mm, struct vma *vma, unsigned long addr,
			bool new_below);

/* unmap.c */

/* The VMAs that are on their way out. */
struct gathered {
	struct vma *first;
	struct vma **end;
	long nr;
};

int gather(struct mm *mm, struct gathered *g, struct vma *vma,
	   unsigned long start, unsigned long end);
void drop_gathered(struct mm *mm, const struct gathered *g, bool downgrade);
int unmap_range(struct mm *mm, unsigned long start, unsigned long end);

/* relocate.c */
int relocate(struct mm *mm, unsigned long to, unsigned long from);

#endif /* VMATLAS_MODEL_INTERNAL_H */
