/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A system call as data, and in words (parse.c, forms.c, print.c). All
 * addresses, lengths and offsets are in bytes.
 */
#ifndef VMATLAS_SYSCALL_H
#define VMATLAS_SYSCALL_H

#include <stdio.h>

#include "model/model.h"

enum syscall_kind {
	CALL_MMAP,
	CALL_MUNMAP,
	CALL_MPROTECT,
	CALL_MREMAP,
	CALL_MADVISE,
	CALL_BRK,
	CALL_MLOCK,
	CALL_MUNLOCK,
	CALL_MLOCKALL,
	CALL_MUNLOCKALL,
	CALL_NAME, /* prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME) */
	CALL_MBIND,
	CALL_SHMAT,
	CALL_SHMDT,
	CALL_GROW,  /* none: a page fault below the stack makes it longer */
	CALL_TOUCH, /* none: somebody writes to it, so that it has an anon_vma */
	NR_CALLS
};

/**
 * struct syscall - a system call that changes what is mapped
 * @kind: which
 * @addr: the address that it is given; CALL_BRK: the new end of the heap;
 *	CALL_GROW: the new start of the stack
 * @len: bytes, as given: not yet rounded to pages
 * @new_len: CALL_MREMAP
 * @new_addr: CALL_MREMAP: where it is to go, with MREMAP_FIXED; may be left 0 if
 *	@result is known
 * @prot: PROT_* of CALL_MMAP, CALL_MPROTECT, CALL_SHMAT
 * @flags: MAP_*, MREMAP_*, MCL_*, MLOCK_ONFAULT, as <sys/mman.h> has them; of
 *	CALL_SHMAT SHM_*
 * @advice: CALL_MADVISE: MADV_*
 * @file: CALL_MMAP, CALL_SHMAT: sim_file(), 0 for anonymous memory
 * @offset: CALL_MMAP: in it
 * @name: CALL_NAME: sim_name(), 0 to take it away
 * @policy: CALL_MBIND: identity of the policy, 0 for none
 * @key: CALL_MPROTECT: the protection key, -1 if it stays
 * @has_result: @result is known
 * @result: the address that the kernel returned: of CALL_MMAP, CALL_MREMAP and
 *	CALL_SHMAT the new place, of CALL_BRK the end of the heap
 */
struct syscall {
	enum syscall_kind kind;
	uint64_t addr;
	uint64_t len;
	uint64_t new_len;
	uint64_t new_addr;
	unsigned int prot;
	unsigned int flags;
	int advice;
	uint32_t file;
	uint64_t offset;
	uint32_t name;
	uint32_t policy;
	int key;
	bool has_result;
	uint64_t result;
};

/**
 * syscall_name - the system call's name, without "()"
 * @kind: which
 */
const char *syscall_name(enum syscall_kind kind);

struct sim;

/**
 * syscall_parse - read a system call that a person wrote
 * @sim: the process, for its files
 * @words: for example "mprotect", "0x7f0000001000", "8192", "r--"
 * @nr: how many there are, other calls after it included
 * @call: filled in
 * @err: where to say what is wrong, and what was expected
 *
 * Addresses are hexadecimal, with or without 0x; lengths are bytes with an
 * optional suffix K, M, G or p for pages.
 *
 * Return: How many words it took, 0 after saying what is wrong.
 */
size_t syscall_parse(struct sim *sim, char *const *words, size_t nr,
		     struct syscall *call, FILE *err);

/**
 * syscall_help - the forms that syscall_parse() understands, one a line
 * @out: where to
 */
void syscall_help(FILE *out);

/**
 * syscall_print - print a call as syscall_parse() has it
 * @out: where to
 * @sim: the process, for names of files
 * @call: the call
 */
void syscall_print(FILE *out, const struct sim *sim,
		   const struct syscall *call);

#endif /* VMATLAS_SYSCALL_H */
