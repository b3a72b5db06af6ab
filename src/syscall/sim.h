/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated process, and what system calls do to it (sim*.c, idents.c). Addresses
 * are in bytes here; the simulator has pages.
 */
#ifndef VMATLAS_SIM_H
#define VMATLAS_SIM_H

#include "model/model.h"
#include "syscall/syscall.h"

/*
 * What cannot be seen from outside of each VMA: whether it has an anon_vma. With
 * anonymous memory it has one, and if it cannot be written to, but is accounted.
 * Those that a call itself writes to (mlock(), MAP_POPULATE, ...) have one in
 * any case.
 */
enum faulted {
	FAULTED_SEEN,	  /* those of which smaps shows it; none later */
	FAULTED_NONE,	  /* none */
	FAULTED_WRITABLE, /* private writable memory is written to at once */
	NR_FAULTED
};

/**
 * sim_new - an empty process
 * @rules: which kernel's rules it follows
 * @page_size: in bytes, a power of two
 * @faulted: what is assumed of memory that it maps
 *
 * Return: The process, for sim_free().
 */
struct sim *sim_new(const struct rules *rules, uint64_t page_size,
		    enum faulted faulted);

/**
 * sim_free - drop a process
 * @sim: may be NULL
 */
void sim_free(struct sim *sim);

/**
 * sim_reset - make a process empty
 * @sim: the process; identities of files and names are no longer valid
 * @rules: which kernel's rules it follows from now on
 */
void sim_reset(struct sim *sim, const struct rules *rules);

/**
 * sim_child - a child with the same VMAs, where they are inherited
 * @sim: the parent
 *
 * As dup_mmap(). Parent and child share the identities of files and names.
 *
 * Return: The child, for sim_free().
 */
struct sim *sim_child(const struct sim *sim);

/**
 * sim_file - the identity of a file
 * @sim: the process
 * @path: its name, or anything that stands for it
 *
 * The same for the same name, and never 0.
 *
 * Return: The identity.
 */
uint32_t sim_file(struct sim *sim, const char *path);

/**
 * sim_file_path - the name of a file
 * @sim: the process
 * @file: from sim_file()
 *
 * Return: The name, which the process owns.
 */
const char *sim_file_path(const struct sim *sim, uint32_t file);

/**
 * sim_name - the identity of a name of anonymous memory
 * @sim: the process
 * @name: the name
 *
 * The same for the same name, and never 0.
 *
 * Return: The identity.
 */
uint32_t sim_name(struct sim *sim, const char *name);

/**
 * sim_mm - the process's address space, to look at
 * @sim: the process
 *
 * Return: The address space, which the process owns.
 */
const struct mm *sim_mm(const struct sim *sim);

/**
 * sim_end - where the addresses of the process end
 * @sim: the process
 *
 * Return: The first address that it cannot have: TASK_SIZE.
 */
uint64_t sim_end(const struct sim *sim);

/**
 * sim_page_size - bytes in a page
 * @sim: the process
 *
 * Return: Their number.
 */
uint64_t sim_page_size(const struct sim *sim);

/* What a process is, and its children are. */
enum sim_trait {
	SIM_READ_IMPLIES_EXEC = 1, /* personality(READ_IMPLIES_EXEC) */
	SIM_MEMORY_MERGE = 2,	   /* prctl(PR_SET_MEMORY_MERGE) */
	SIM_NO_ZERO_PAGE = 4, /* reads bring in pages: mm_forbids_zeropage() */
};

/**
 * sim_limit - say how many VMAs the process may have
 * @sim: the process
 * @max_map_count: vm.max_map_count; 0 for what it is by default
 */
void sim_limit(struct sim *sim, unsigned long max_map_count);

/**
 * sim_release - say which release the process runs on
 * @sim: the process
 * @number: VERSION_NUMBER(); at first it is the first one with its rules
 *
 * Of releases with the same rules some do otherwise what is not merging.
 */
void sim_release(struct sim *sim, long number);

/**
 * sim_set - what a process is to be from now on
 * @sim: the process
 * @trait: what; SIM_MEMORY_MERGE changes all VMAs, and merges none
 * @on: whether it is to be that
 */
void sim_set(struct sim *sim, enum sim_trait trait, bool on);

/**
 * struct sim_visitor - who wants to know what a call comes to
 * @before: called before each operation on the simulator, may be NULL
 * @after: called after it, with what it did, may be NULL
 * @data: for them
 */
struct sim_visitor {
	void (*before)(void *data, const struct sim *sim, const struct op *op);
	void (*after)(void *data, const struct sim *sim, const struct op *op,
		      const struct outcome *out);
	void *data;
};

/**
 * sim_do - carry out a system call
 * @sim: the process
 * @call: the call
 * @visitor: may be NULL
 * @result: where to put the address it returns, or of process_madvise() the
 *	number of bytes, 0 if none; may be NULL
 *
 * A call is several operations: mmap() with MAP_FIXED unmaps first, mprotect()
 * changes one VMA after the other, each with flags made from its own. An
 * address that the call leaves to the kernel is @call->result if that is known,
 * and otherwise where the kernel of an empty machine would put it: top down, in
 * the highest hole that fits below the others.
 *
 * Return: 0, or the kernel's negative errno; what was done before it stays
 * done.
 */
int sim_do(struct sim *sim, const struct syscall *call,
	   const struct sim_visitor *visitor, uint64_t *result);

/**
 * flags_prot - the protection that a VMA has
 * @flags: its flags
 *
 * Return: PROT_READ, PROT_WRITE and PROT_EXEC, as mmap() and mprotect() have them.
 */
unsigned int flags_prot(vm_flags_t flags);

#endif /* VMATLAS_SIM_H */
