/* SPDX-License-Identifier: GPL-2.0-only */
/* The dimensions of what user space can reach. */
#ifndef VMATLAS_REACH_DIMS_H
#define VMATLAS_REACH_DIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reach_dim {
	REACH_TRY,    /* the system call that is tried */
	REACH_RANGE,  /* on which pages */
	REACH_MEMORY, /* what backs them */
	REACH_MIDDLE, /* whether they were written to */
	REACH_PREV,   /* in what the VMA below differs */
	REACH_PREV_FAULT,
	REACH_NEXT, /* in what the VMA above does */
	REACH_NEXT_FAULT,
	REACH_ORDER, /* when they were written to */
	NR_REACH_DIMS
};

enum reach_try {
	TRY_MPROTECT, /* to what the neighbours have */
	TRY_MADVISE,
	TRY_MLOCK,
	TRY_MBIND,
	TRY_PRCTL,
	TRY_PART, /* mprotect() to what nobody has */
	TRY_MMAP,
	TRY_MOVE, /* mremap() to between the neighbours */
	TRY_KEEP, /* the same, and what is moved stays there, MREMAP_DONTUNMAP */
	TRY_BESIDE, /* mremap() of the VMA below to behind it, and it stays */
	TRY_UFFD,   /* as TRY_MOVE, all of one userfaultfd that has no events */
	TRY_GROW,   /* mremap() of the VMA below */
	TRY_MUNMAP,
	NR_TRIES
};

enum reach_range {
	RANGE_ALL,
	RANGE_HEAD,
	RANGE_TAIL,
	RANGE_INNER,
	RANGE_ACROSS, /* and half of both neighbours */
	NR_REACH_RANGES
};

enum reach_memory { MEM_ANON, MEM_FILE, MEM_SHARED, MEM_SHM, NR_MEMORIES };

enum reach_fault {
	FAULT_NONE,
	FAULT_OWN,    /* written to by the process that has it */
	FAULT_FORKED, /* by its parent, before fork() */
	NR_FAULTS
};

enum reach_side {
	SIDE_ABSENT,
	SIDE_SAME, /* as what the range is to be */
	SIDE_PROT,
	SIDE_MEMORY,
	SIDE_INODE,
	SIDE_OFFSET,
	SIDE_SHARED,
	SIDE_LOCKED,
	SIDE_ADVISED,
	SIDE_NAMED,
	SIDE_POLICY,
	SIDE_MOVED, /* a private file that moved after it was written to */
	NR_REACH_SIDES
};

enum reach_order {
	ORDER_APART,  /* each before the next is mapped beside it */
	ORDER_JOINED, /* all when all are there */
	NR_REACH_ORDERS
};

enum reach_family {
	FAMILY_EXISTING,
	FAMILY_SPLIT,
	FAMILY_NEW,
	FAMILY_UNMAP,
	NR_REACH_FAMILIES
};

/**
 * struct reach_config - a configuration
 * @at: the place on each dimension
 */
struct reach_config {
	uint8_t at[NR_REACH_DIMS];
};

/**
 * struct reach_space - all configurations
 * @config: them
 * @nr: how many
 */
struct reach_space {
	struct reach_config *config;
	size_t nr;
};

/**
 * reach_all - every configuration that is one of its own
 *
 * Left out is what cannot be, and what comes to the same as another. The result
 * is for reach_drop().
 *
 * Return: The configurations.
 */
struct reach_space reach_all(void);

/**
 * reach_drop - forget configurations
 * @space: from reach_all()
 */
void reach_drop(struct reach_space *space);

#define REACH_KEY 128

/**
 * reach_key - the words of a configuration, to ask for it again
 * @c: the configuration
 * @key: where to, REACH_KEY bytes
 *
 * Return: @key.
 */
const char *reach_key(const struct reach_config *c, char *key);

/* The same, kept as long as the block that it is in. */
#define REACH_KEY_OF(c) reach_key(c, (char[REACH_KEY]){ "" })

/**
 * reach_find - the configuration that has a key
 * @key: from reach_key(), or anything
 * @c: filled in
 *
 * Return: Whether there is one.
 */
bool reach_find(const char *key, struct reach_config *c);

/**
 * reach_family - the family that a configuration is of
 * @c: the configuration
 *
 * Return: The family.
 */
enum reach_family reach_family(const struct reach_config *c);

/* The name of a family. */
extern const char *const reach_family_names[NR_REACH_FAMILIES];

/**
 * reach_word - the name of a place
 * @c: the configuration
 * @dim: on which dimension
 *
 * Return: A constant string.
 */
const char *reach_word(const struct reach_config *c, enum reach_dim dim);

/**
 * reach_forks - whether some VMA has to be inherited
 * @c: the configuration
 *
 * Return: true if so.
 */
bool reach_forks(const struct reach_config *c);

/**
 * reach_memory - what backs a neighbour
 * @c: the configuration
 * @side: the neighbour's place on REACH_PREV or REACH_NEXT
 *
 * Return: An enum reach_memory.
 */
uint8_t reach_memory(const struct reach_config *c, uint8_t side);

#endif /* VMATLAS_REACH_DIMS_H */
