/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmatlas and a witness say to each other. A witness is a program that is
 * compiled from a kernel tree's own mm/vma.c (linux/driver.c); it runs as a
 * process of its own, is asked on its standard input and answers on its standard
 * output. Both ends are compiled on the same machine from this header.
 *
 * Addresses, lengths and offsets are in pages, flags are the model's bits, and
 * VMAs are numbered from 1 in the order in which they come into being: just as
 * the simulator does.
 */
#ifndef VMATLAS_PROTOCOL_H
#define VMATLAS_PROTOCOL_H

#include <stdint.h>

#include "model/enums.h"

#define PROTO_MAGIC 0x6c746176 /* "vatl" */
#define PROTO_VERSION 3

/* More than any configuration needs; what does not fit is an error. */
#define PROTO_VMAS 16
#define PROTO_STEPS 128

/* Requests in one batch: few enough for a pipe to hold them unread. */
#define PROTO_BATCH 32

/*
 * Seconds for a batch, which takes some milliseconds: code that loops for ever ends
 * the witness, also one that nobody waits for any more.
 */
#define PROTO_SECONDS 20

/**
 * struct proto_vma - a VMA
 * @id: its number
 * @start: vm_start
 * @end: vm_end
 * @pgoff: vm_pgoff
 * @flags: the model's bits
 * @file: identity, 0 is none
 * @policy: likewise
 * @uffd_ctx: likewise
 * @anon_name: likewise
 * @anon_vma: likewise
 * @forked: its anon_vma chain has more than one entry
 * @has_close: vm_ops->close is set
 * @no_split: vm_ops->may_split refuses
 * @attached: replies: not marked as detached
 * @reuses: replies: of private memory without an anon_vma, the one that the first
 *	write would take over from a neighbour: find_mergeable_anon_vma()
 * @moved: of a file: vm_start less the anonymous offset; 0 where a tree has none
 */
struct proto_vma {
	uint32_t id;
	uint32_t file;
	uint64_t start;
	uint64_t end;
	uint64_t pgoff;
	uint64_t flags;
	uint32_t policy;
	uint32_t uffd_ctx;
	uint32_t anon_name;
	uint32_t anon_vma;
	uint8_t forked;
	uint8_t has_close;
	uint8_t no_split;
	uint8_t attached;
	uint32_t reuses;
	uint64_t moved;
};

/**
 * struct proto_op - as struct op of the model
 * @kind: enum op_kind
 * @vma: the attributes; of its other fields @start and @end are the range,
 *	@pgoff, @anon_vma and @forked as in struct op
 * @changes: as in struct op, which these others are, too
 * @copied: OP_MAP
 * @new_below: OP_SPLIT
 * @just_expand: OP_MAP
 * @give_up_on_oom: OP_MODIFY
 * @from: OP_MAP with @copied: the VMA copied from, 0 if it is none of those here
 * @just_merge: OP_MAP: no VMA is made if nothing merges
 * @keep_source: OP_MAP with @copied: MREMAP_DONTUNMAP
 * @uffd_loses: OP_MAP with @copied: as in struct op
 */
struct proto_op {
	uint32_t kind;
	uint32_t changes;
	struct proto_vma vma;
	uint32_t from;
	uint8_t copied;
	uint8_t new_below;
	uint8_t just_expand;
	uint8_t give_up_on_oom;
	uint8_t just_merge;
	uint8_t keep_source;
	uint8_t uffd_loses;
};

/**
 * struct proto_request - an address space and what to do with it
 * @nr_vmas: VMAs before
 * @fail: which of the allocations that can fail does, from 1; 0 for none
 * @max_map_count: sysctl_max_map_count
 * @op: the operation
 * @vmas: by ascending address, numbered from 1
 */
struct proto_request {
	uint32_t nr_vmas;
	uint32_t fail;
	uint64_t max_map_count;
	struct proto_op op;
	struct proto_vma vmas[8];
};

/**
 * struct proto_step - as struct step of the model, as far as it can be seen
 * @kind: enum step_kind
 * @vma: which VMA; STEP_STORE: what is stored, 0 for empty
 * @from: STEP_DUPLICATE, STEP_CLONE_ANON_VMA: the source, 0 if it is none here
 * @object: file or anon_vma that is locked or cloned
 * @start: STEP_SET_RANGE, STEP_STORE
 * @end: STEP_SET_RANGE, STEP_STORE
 * @pgoff: STEP_SET_RANGE
 * @delta: STEP_MAP_COUNT
 */
struct proto_step {
	uint32_t kind;
	uint32_t vma;
	uint32_t from;
	uint32_t object;
	uint64_t start;
	uint64_t end;
	uint64_t pgoff;
	int64_t delta;
};

/* What a witness found wrong with itself or with the tree. */
enum proto_trouble {
	PROTO_FINE,
	PROTO_OVERFLOW, /* more steps or VMAs than fit */
	PROTO_WARNED,	/* WARN_ON() or VM_WARN_ON() of the kernel's code */
	PROTO_UNORDERED, /* two ranges changed and nothing shows which came first */
	PROTO_BROKEN, /* the tree of VMAs does not hold what the VMAs say */
};

/**
 * struct proto_reply - what became of it
 * @trouble: enum proto_trouble
 * @err: 0 or negative errno
 * @state: enum merge_state of the merge, if there was one
 * @nr_allocs: allocations that could fail, up to the one that did
 * @failed: enum alloc_kind of that one
 * @map_count: mm->map_count
 * @nr_vmas: VMAs in the tree
 * @nr_steps: steps, in order; not recorded are STEP_LOCK_MMAP, and
 *	STEP_UNLOCK_MMAP
 * @vmas: by ascending address
 * @steps: the steps
 *
 * On the pipe a reply is cut off behind @steps[@nr_steps].
 */
struct proto_reply {
	uint32_t trouble;
	int32_t err;
	uint32_t state;
	uint32_t nr_allocs;
	uint32_t failed;
	uint32_t map_count;
	uint32_t nr_vmas;
	uint32_t nr_steps;
	struct proto_vma vmas[PROTO_VMAS];
	struct proto_step steps[PROTO_STEPS];
};

/**
 * struct proto_hello - the first thing that a witness says
 * @magic: PROTO_MAGIC
 * @version: PROTO_VERSION
 * @request_size: sizeof(struct proto_request)
 * @reply_size: sizeof(struct proto_reply)
 * @kernel: version of the tree, such as "6.12.117"
 */
struct proto_hello {
	uint32_t magic;
	uint32_t version;
	uint32_t request_size;
	uint32_t reply_size;
	char kernel[48];
};

/**
 * struct proto_batch - what stands before requests and before their replies
 * @nr: how many follow, at most PROTO_BATCH
 * @repeat: requests: carry out each so often, for timing; replies to the last
 * @ns: replies: nanoseconds that this took, without reading and writing
 */
struct proto_batch {
	uint32_t nr;
	uint32_t repeat;
	uint64_t ns;
};

#endif /* VMATLAS_PROTOCOL_H */
