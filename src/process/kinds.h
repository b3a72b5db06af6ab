/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VMAs of a process are (kinds.c), and patterns in their order (runs.c). */
#ifndef VMATLAS_PROCESS_KINDS_H
#define VMATLAS_PROCESS_KINDS_H

#include "lib/text.h"
#include "process/maps.h"

/* glibc's HEAP_MAX_SIZE of 64 bits: arenas begin and end at multiples. */
#define ARENA_SIZE (64ULL << 20)

enum vma_kind {
	KIND_FILE,
	KIND_DELETED,
	KIND_MEMFD,
	KIND_SHM, /* shared memory: of nobody's file, System V, /dev/shm */
	KIND_DEVICE,
	KIND_KERNEL, /* vdso, vvar, vsyscall */
	KIND_HEAP,
	KIND_STACK,   /* of the first thread, or one that says so */
	KIND_THREAD,  /* above a guard, or with a name that says so */
	KIND_NAMED,   /* anonymous memory with a name */
	KIND_ARENA,   /* what an allocator has of one */
	KIND_GUARD,   /* no access: a page or a few before a stack */
	KIND_BACK,    /* no access: given back, in the middle of what is used */
	KIND_RESERVE, /* no access: to be used one day */
	KIND_ANON,
	KIND_ALONE, /* anonymous, with a hole before and after */
	NR_KINDS
};

extern const struct key_text vma_kinds[NR_KINDS];

/**
 * struct proc_row - VMAs that are alike
 * @kind: what they are
 * @label: of files the directory and the suffix, of others name or access
 * @nr: how many
 * @bytes: of all together
 * @min: bytes of the smallest
 * @max: bytes of the largest
 * @example: index of the first
 */
struct proc_row {
	enum vma_kind kind;
	const char *label;
	size_t nr;
	uint64_t bytes;
	uint64_t min;
	uint64_t max;
	size_t example;
};

/**
 * struct proc_kinds - what all VMAs are
 * @kind: of each VMA
 * @row: of each VMA, the row
 * @rows: most VMAs first; all together have all VMAs but [vsyscall]
 * @nr_rows: how many
 * @arena: where labels live
 */
struct proc_kinds {
	enum vma_kind *kind;
	uint32_t *row;
	struct proc_row *rows;
	size_t nr_rows;
	void *arena;
};

/**
 * proc_kinds - find out what all VMAs are
 * @maps: what is mapped
 *
 * Return: The kinds, for proc_kinds_free().
 */
struct proc_kinds *proc_kinds(const struct proc_maps *maps);

/**
 * proc_kinds_free - drop what was found out
 * @kinds: may be NULL
 */
void proc_kinds_free(struct proc_kinds *kinds);

/* So many VMAs may be repeated. */
#define RUN_PERIOD_MAX 8

/**
 * struct proc_run - VMAs in which a pattern is repeated
 * @low: index of the first
 * @nr: how many, from there on
 * @period: how many the pattern has
 * @min: bytes of the smallest in each place of the pattern
 * @max: bytes of the largest
 */
struct proc_run {
	size_t low;
	size_t nr;
	unsigned int period;
	uint64_t min[RUN_PERIOD_MAX];
	uint64_t max[RUN_PERIOD_MAX];
};

/**
 * proc_runs - find patterns that are repeated
 * @maps: what is mapped
 * @kinds: what they are
 * @nr: where to put how many
 *
 * Two VMAs are the same in a pattern if they are of one kind, of one access,
 * and, if they are files or named, of one row.
 *
 * Return: Runs that do not overlap, longest first, for free().
 */
struct proc_run *proc_runs(const struct proc_maps *maps,
			   const struct proc_kinds *kinds, size_t *nr);

#endif /* VMATLAS_PROCESS_KINDS_H */
