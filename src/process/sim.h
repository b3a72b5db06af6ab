/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process on the simulator, and what system calls do to it (world.c, idents.c,
 * do.c, call-*.c). Addresses are in bytes here; the simulator has pages.
 */
#ifndef VMATLAS_PROCESS_SIM_H
#define VMATLAS_PROCESS_SIM_H

#include "process/call.h"

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
 * world_new - an empty process
 * @rules: which kernel's rules it follows
 * @page_size: in bytes, a power of two
 * @faulted: what is assumed of memory that it maps
 */
struct world *world_new(const struct rules *rules, uint64_t page_size,
			enum faulted faulted);

/**
 * world_free - drop a process
 * @w: may be NULL
 */
void world_free(struct world *w);

/**
 * world_fork - a child with the same VMAs, where they are inherited
 * @w: the parent
 *
 * As dup_mmap(). Parent and child share the identities of files and names.
 */
struct world *world_fork(const struct world *w);

/**
 * world_file - the identity of a file
 * @w: the process
 * @path: its name, or anything that stands for it
 *
 * The same for the same name, and never 0.
 */
uint32_t world_file(struct world *w, const char *path);

/**
 * world_file_path - the name of a file
 * @w: the process
 * @file: from world_file()
 */
const char *world_file_path(const struct world *w, uint32_t file);

/**
 * world_name - the identity of a name of anonymous memory
 * @w: the process
 * @name: the name
 *
 * The same for the same name, and never 0.
 */
uint32_t world_name(struct world *w, const char *name);

/**
 * world_mm - the process's address space, to look at
 * @w: the process
 */
const struct mm *world_mm(const struct world *w);

/**
 * world_page_size - bytes in a page
 * @w: the process
 */
uint64_t world_page_size(const struct world *w);

/**
 * struct world_visitor - who wants to know what a call comes to
 * @before: called before each operation on the simulator, may be NULL
 * @after: called after it, with what it did, may be NULL
 * @data: for them
 */
struct world_visitor {
	void (*before)(void *data, const struct world *w, const struct op *op);
	void (*after)(void *data, const struct world *w, const struct op *op,
		      const struct outcome *out);
	void *data;
};

/**
 * world_do - carry out a system call
 * @w: the process
 * @call: the call
 * @visitor: may be NULL
 * @result: where to put the address it returns, 0 if none; may be NULL
 *
 * A call is several operations: mmap() with MAP_FIXED unmaps first, mprotect()
 * changes one VMA after the other, each with flags made from its own. An
 * address that the call leaves to the kernel is @call->result if that is known,
 * and otherwise where the kernel of an empty machine would put it: top down, in
 * the highest hole that fits below the others. Returns 0, or the kernel's
 * negative errno; what was done before it stays done.
 */
int world_do(struct world *w, const struct call *call,
	     const struct world_visitor *visitor, uint64_t *result);

#endif /* VMATLAS_PROCESS_SIM_H */
