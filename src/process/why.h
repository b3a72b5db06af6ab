/* SPDX-License-Identifier: GPL-2.0-only */
/* Why two neighbours are two (why.c). */
#ifndef VMATLAS_PROCESS_WHY_H
#define VMATLAS_PROCESS_WHY_H

#include "lib/text.h"
#include "process/kinds.h"
#include "process/maps.h"

/* What madvise() sets and clears. */
#define PROC_ADVICE                                                            \
	(VM_HUGEPAGE | VM_NOHUGEPAGE | VM_DONTDUMP | VM_DONTCOPY |             \
	 VM_WIPEONFORK | VM_MERGEABLE | VM_SEQ_READ | VM_RAND_READ)

/* In the order in which the kernel asks, as far as one can see from outside. */
enum why {
	WHY_SPECIAL, /* a mapping of the kernel's: vdso, vvar, vsyscall */
	WHY_POLICY,  /* policies differ: known after proc_read_policies() */
	WHY_FLAGS,   /* VmFlags differ: proc_pair.flags, .others, .pkey */
	WHY_FILE,    /* another file, or one has none */
	WHY_SHARED,  /* shared anonymous memory: each mmap() has its own file */
	WHY_NAME,    /* names of anonymous memory differ */
	WHY_OFFSET,  /* the same file, but not where it would go on */
	WHY_CLOSE,   /* of a driver, or known to have ->close */
	WHY_HIDDEN,  /* all that shows is equal: proc_pair.hidden */
	NR_WHYS
};

extern const struct key_text why_words[NR_WHYS];

/* WHY_HIDDEN: what it can be, as far as can be seen. */
enum hidden {
	HIDDEN_NOT,   /* something shows */
	HIDDEN_FLAGS, /* VmFlags were not there to read */
	HIDDEN_OPEN,  /* of one file, but maybe opened twice; or an anon_vma */
	HIDDEN_UFFD,  /* both are registered, maybe with two userfaultfds */
	HIDDEN_FAULTED,	  /* both have an anon_vma; or mremap() moved one */
	HIDDEN_HALF,	  /* one has: before 6.16, fork() or mremap() */
	HIDDEN_ANON_VMA,  /* known: each has one of its own */
	HIDDEN_PGOFF,	  /* known: offsets of anonymous memory do not go on */
	HIDDEN_FORKED,	  /* known: one was inherited, the other has none */
	HIDDEN_TWO_UFFDS, /* known: two userfaultfds */
	HIDDEN_NOT_TRIED, /* known: nothing; no call has tried to merge them */
	HIDDEN_EMPTY,	  /* neither has memory now: it had; or a policy */
	NR_HIDDENS
};

/* What a hidden reason can be, in a few words. */
extern const char *const hidden_texts[];

/**
 * struct proc_reason - why two VMAs are two
 * @why: the first reason, in the order of the enum
 * @all: a bit, 1 << reason, for all that hold; WHY_SPECIAL needs no other
 * @flags: WHY_FLAGS: VM_* in which they differ and that count for merging
 * @others: WHY_FLAGS: the same of proc_vma.others
 * @pkey: WHY_FLAGS: the protection keys differ
 * @guard: one of the two is anonymous and has no access at all, whatever else
 *	differs
 * @without: @guard: which kind that one is: guard, given back, reserve
 * @hidden: WHY_HIDDEN: what it can be
 * @avoidable: nothing but a use of system calls keeps them apart that could be
 *	another: advice for a part of a range, say. Protection is not, nor is
 *	what nobody can see.
 */
struct proc_reason {
	enum why why;
	uint32_t all;
	vm_flags_t flags;
	uint64_t others;
	bool pkey;
	bool guard;
	enum vma_kind without;
	enum hidden hidden;
	bool avoidable;
};

/**
 * struct proc_pair - two VMAs that touch and did not merge
 * @low: index of the lower one; the other is the next
 * @r: why
 */
struct proc_pair {
	size_t low;
	struct proc_reason r;
};

/**
 * proc_pairs - every pair of neighbours that touch
 * @maps: what is mapped
 * @kinds: what they are
 * @rules: which flags count for merging
 * @nr: where to put how many
 *
 * By ascending address.
 *
 * Return: An array for free(). A pair that touches did not merge, or else it
 * would be one VMA.
 */
struct proc_pair *proc_pairs(const struct proc_maps *maps,
			     const struct proc_kinds *kinds,
			     const struct rules *rules, size_t *nr);

/**
 * struct proc_group - pairs that are two for the same reason
 * @r: why
 * @nr: how many pairs: so many VMAs would go if all of them merged
 * @run: VMAs in the longest row in which each pair is of this group
 * @run_low: index of the lowest of them
 */
struct proc_group {
	struct proc_reason r;
	size_t nr;
	size_t run;
	size_t run_low;
};

/**
 * proc_groups - put pairs together that have the same reason
 * @pairs: from proc_pairs()
 * @nr_pairs: how many
 * @nr: where to put how many groups there are
 *
 * Where several reasons hold, these make the group, and not in which flags they
 * differ. Where protection differs, other flags do not count. Of pairs of which
 * one has no access at all, what that one is makes the group. Most pairs first.
 *
 * Return: An array for free().
 */
struct proc_group *proc_groups(const struct proc_pair *pairs, size_t nr_pairs,
			       size_t *nr);

#endif /* VMATLAS_PROCESS_WHY_H */
