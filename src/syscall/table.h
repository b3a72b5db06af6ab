/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls that change what is mapped, a row each. From these rows the words
 * of the catalogue, of strace, of people and of C are read and printed, and what
 * carries calls out is declared: sim_NAME() on a simulated process, kernel_NAME()
 * on the kernel. A new call is a row and these two functions.
 *
 * This file is also part of the test that "vmatlas emit kselftest" makes.
 */
#ifndef VMATLAS_SYSCALL_TABLE_H
#define VMATLAS_SYSCALL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A version of Linux as a number: a later one is greater. */
#define KERNEL(major, minor) (1000L * (major) + (minor))

/*
 * X(symbol, name, operations, returns, since, traits, lacks, arguments...)
 *
 * operations: those of the simulator that it is made of; 0 for what is no system
 *	call: memory that is touched, a stack that grows, fork()
 * returns: NOTHING, ADDRESS, or END, of the heap
 * since: KERNEL(), 0 if it was always there
 * traits: see enum syscall_trait
 * lacks: why it might be missing or fail, NULL if only for its arguments
 * arguments: in the order that C has; behind ARG_REST what only words say
 */
#define MEMLOCK "RLIMIT_MEMLOCK is too low"

#define SYSCALLS(X)                                                            \
	X(MMAP, mmap, MAP | SPLIT | UNMAP | REPLACE, ADDRESS, 0, EXACT, NULL,  \
	  ARG_ADDR, ARG_LEN, ARG_PROT, ARG_MAP, ARG_FILE, ARG_OFFSET)          \
	X(MUNMAP, munmap, SPLIT | UNMAP, NOTHING, 0, EXACT, NULL, ARG_ADDR,    \
	  ARG_LEN)                                                             \
	X(MPROTECT, mprotect, MODIFY | SPLIT, NOTHING, 0, EXACT, NULL,         \
	  ARG_ADDR, ARG_LEN, ARG_PROT)                                         \
	X(PKEY_MPROTECT, pkey_mprotect, MODIFY | SPLIT, NOTHING, KERNEL(4, 9), \
	  EXACT | OPTIONAL, "the processor has no protection keys", ARG_ADDR,  \
	  ARG_LEN, ARG_PROT, ARG_KEY)                                          \
	X(MADVISE, madvise, MODIFY | SPLIT, NOTHING, 0, OPTIONAL, NULL,        \
	  ARG_ADDR, ARG_LEN, ARG_ADVICE)                                       \
	X(PROCESS_MADVISE, process_madvise, MODIFY | SPLIT, NOTHING,           \
	  KERNEL(5, 10), OPTIONAL,                                             \
	  "process_madvise() of this kind is since 6.13", ARG_PIDFD, ARG_ADDR, \
	  ARG_LEN, ARG_ADVICE)                                                 \
	X(MLOCK, mlock, MODIFY | SPLIT, NOTHING, 0, OPTIONAL | LIMITED,        \
	  MEMLOCK, ARG_ADDR, ARG_LEN)                                          \
	X(MLOCK2, mlock2, MODIFY | SPLIT, NOTHING, KERNEL(4, 4),               \
	  OPTIONAL | LIMITED, MEMLOCK, ARG_ADDR, ARG_LEN, ARG_LOCK)            \
	X(MUNLOCK, munlock, MODIFY | SPLIT, NOTHING, 0, OPTIONAL, NULL,        \
	  ARG_ADDR, ARG_LEN)                                                   \
	X(MLOCKALL, mlockall, MODIFY | SPLIT, NOTHING, 0, OPTIONAL | LIMITED,  \
	  MEMLOCK, ARG_LOCK_ALL)                                               \
	X(MUNLOCKALL, munlockall, MODIFY | SPLIT, NOTHING, 0, OPTIONAL, NULL,  \
	  ARG_END)                                                             \
	X(MREMAP, mremap, MAP | SPLIT | UNMAP, ADDRESS, 0, EXACT, NULL,        \
	  ARG_ADDR, ARG_LEN, ARG_NEW_LEN, ARG_REMAP, ARG_NEW_ADDR)             \
	X(REMAP_FILE_PAGES, remap_file_pages, MAP | SPLIT | UNMAP | REPLACE,   \
	  NOTHING, 0, EXACT | OPTIONAL, NULL, ARG_ADDR, ARG_LEN, ARG_ZERO,     \
	  ARG_PGOFF)                                                           \
	X(MBIND, mbind, MODIFY | SPLIT, NOTHING, 0, OPTIONAL,                  \
	  "the kernel may have no CONFIG_NUMA", ARG_ADDR, ARG_LEN, ARG_POLICY) \
	X(SET_MEMPOLICY_HOME_NODE, set_mempolicy_home_node, MODIFY | SPLIT,    \
	  NOTHING, KERNEL(5, 17), OPTIONAL | INVISIBLE,                        \
	  "it needs Linux 5.17 and CONFIG_NUMA", ARG_ADDR, ARG_LEN)            \
	X(MSEAL, mseal, MODIFY | SPLIT, NOTHING, KERNEL(6, 10), OPTIONAL,      \
	  "mseal() is since 6.10, with 64 bits", ARG_ADDR, ARG_LEN, ARG_ZERO)  \
	X(PRCTL, prctl, MODIFY | SPLIT, NOTHING, KERNEL(5, 17), OPTIONAL,      \
	  "the kernel has no CONFIG_ANON_VMA_NAME", ARG_PR_SET_VMA, ARG_ADDR,  \
	  ARG_LEN, ARG_NAME)                                                   \
	X(IOCTL_USERFAULTFD, ioctl_userfaultfd, MODIFY | SPLIT, NOTHING,       \
	  KERNEL(4, 3), OPTIONAL, "the kernel may have no CONFIG_USERFAULTFD", \
	  ARG_ADDR, ARG_LEN, ARG_UFFD)                                         \
	X(SHMAT, shmat, MAP | SPLIT | UNMAP | REPLACE, ADDRESS, 0, OPTIONAL,   \
	  "the kernel may have no CONFIG_SYSVIPC", ARG_SEGMENT, ARG_ADDR,      \
	  ARG_ATTACH, ARG_REST, ARG_LEN, ARG_PROT)                             \
	X(SHMDT, shmdt, UNMAP, NOTHING, 0, OPTIONAL, NULL, ARG_ADDR)           \
	X(BRK, brk, MAP | SPLIT | UNMAP, END, 0, EXACT, NULL, ARG_BREAK)       \
	X(EXECVE, execve, MAP | RELOCATE, NOTHING, 0, OPTIONAL, NULL,          \
	  ARG_PROGRAM)                                                         \
	X(TOUCH, touch, 0, NOTHING, 0, 0, NULL, ARG_ADDR, ARG_LEN)             \
	X(READ, read, 0, NOTHING, 0, 0, NULL, ARG_ADDR, ARG_LEN)               \
	X(GROW, grow, 0, ADDRESS, 0, 0, NULL, ARG_BREAK)                       \
	X(FORK, fork, 0, NOTHING, 0, 0, NULL, ARG_END)

enum syscall_kind {
	CALL_END, /* of a list */
#define X(symbol, ...) CALL_##symbol,
	SYSCALLS(X)
#undef X
		NR_CALLS
};

enum syscall_trait {
	/*
	 * It is about what the catalogue calls by its name: VMAs have the
	 * protection and the file that are stated. Others change something else
	 * that keeps VMAs apart just as well.
	 */
	EXACT = 1,
	/* May be compiled out, or be forbidden. */
	OPTIONAL = 2,
	/* Needs RLIMIT_MEMLOCK. */
	LIMITED = 4,
	/* No file in /proc shows what it does. */
	INVISIBLE = 8,
};

/**
 * struct segment - a part of a program for execve(), without content
 * @start: first page
 * @end: one past the last; 0 ends a list
 * @exec: it may be executed
 */
struct segment {
	unsigned long start;
	unsigned long end;
	bool exec;
};

/* Of ioctl_userfaultfd: UFFDIO_UNREGISTER. */
#define UFFD_UNREGISTER 1

/* And UFFDIO_REGISTER's modes; none is that of missing pages. */
#define UFFD_MISSING 2
#define UFFD_WP 4
#define UFFD_MINOR 8

/* Not its ioctl() but close(): all that is registered, wherever it is. */
#define UFFD_CLOSE 16

/* Of mmap(), which map_shadow_stack() is otherwise. */
#define MAP_SHADOW_STACK (1u << 31)

/**
 * struct syscall - a system call that changes what is mapped
 * @kind: which
 * @addr: its address; CALL_BRK: the new end of the heap; CALL_GROW: the new
 *	start of the stack
 * @len: of its range, not yet rounded to pages
 * @prot: PROT_*
 * @flags: MAP_*, MREMAP_*, MLOCK_*, MCL_*, SHM_*, UFFD_UNREGISTER; of a file, or
 *	of shmat(), also MAP_HUGETLB if that is what it is made of
 * @file: number of the file, 0 for anonymous memory
 * @offset: in it
 * @new_addr: mremap(): where to, with MREMAP_FIXED; may be left 0 if @result is
 *	known
 * @new_len: mremap()
 * @advice: MADV_*
 * @policy: mbind(): in words, NULL for the default one; the kernel knows "local",
 *	"preferred", "bind", "interleave"
 * @name: prctl(): the name, NULL for none
 * @key: pkey_mprotect(): the protection key, -1 if it stays
 * @program: execve(): the program; NULL for one whose stack is looked at
 * @has_result: @result is known
 * @result: what the kernel returned: the address of what was mapped, the end of
 *	the heap
 *
 * Addresses, lengths and offsets are bytes; in the catalogue, pages from the
 * first of the space in which the call is to be made: see space_call().
 */
struct syscall {
	enum syscall_kind kind;
	uint64_t addr;
	uint64_t len;
	unsigned int prot;
	unsigned int flags;
	uint32_t file;
	uint64_t offset;
	uint64_t new_addr;
	uint64_t new_len;
	int advice;
	const char *policy;
	const char *name;
	int key;
	const struct segment *program;
	bool has_result;
	uint64_t result;
};

/**
 * syscall_name - the name of a call
 * @kind: which
 *
 * Return: its name, as in C.
 */
const char *syscall_name(enum syscall_kind kind);

/**
 * syscall_traits - what is to be known of a call
 * @c: the call
 *
 * Return: bits of enum syscall_trait.
 */
unsigned int syscall_traits(const struct syscall *c);

/**
 * syscall_lacks - why a call might be missing, or fail
 * @kind: which
 *
 * Return: a reason in words, NULL if there is none.
 */
const char *syscall_lacks(enum syscall_kind kind);

/* ---- where calls are made ------------------------------------------------- */

/* Pages of a space. Those of a heap begin at HEAP_FIRST. */
#define SPACE_PAGES 256
#define HEAP_FIRST 16

/* Pages of each file, how many files there may be, and segments of a program. */
#define FILE_PAGES 4096
#define MAX_FILES 4
#define MAX_SEGMENTS 4

enum area {
	AREA_RESERVED, /* address space that is reserved */
	AREA_HEAP,     /* the end of the heap */
	AREA_STACK,    /* the stack of a program just begun */
	AREA_IMAGE,    /* the image of one */
};

#endif /* VMATLAS_SYSCALL_TABLE_H */
