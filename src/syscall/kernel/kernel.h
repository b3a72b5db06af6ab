/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls on the running kernel: made in pages that nothing else is mapped
 * near (do.c), or by a program that execve() has just begun (exec.c), and what is
 * mapped then (maps.c).
 *
 * These files are also part of the test that "vmatlas emit kselftest" makes.
 */
#ifndef VMATLAS_KERNEL_H
#define VMATLAS_KERNEL_H

#include <sys/types.h>

#include "syscall/table.h"

/* ---- what is mapped (maps.c) ------------------------------------------- */

/* The bits of PROT_*, and one more. */
enum maps_flag {
	MAPS_READ = 1,
	MAPS_WRITE = 2,
	MAPS_EXEC = 4,
	MAPS_SHARED = 8,
};

#define MAPS_PROT (MAPS_READ | MAPS_WRITE | MAPS_EXEC)

#define MAPS_NAME 48
#define MAPS_VM_FLAGS 96
#define MAPS_POLICY 32

/**
 * struct maps_vma - a VMA as the kernel shows it
 * @start: its first byte
 * @end: one past the last
 * @offset: in the file, in bytes
 * @inode: of the file, 0 for anonymous memory
 * @dev_major: of the file's device
 * @dev_minor: of the file's device
 * @flags: MAPS_*
 * @name: file or kind, cut if long; every byte is printable
 * @vm_flags: VmFlags of smaps, "" if not known. What changes without anybody
 *	doing anything to the VMA is left out.
 * @policy: of numa_maps, "" if not known
 */
struct maps_vma {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t flags;
	char name[MAPS_NAME];
	char vm_flags[MAPS_VM_FLAGS];
	char policy[MAPS_POLICY];
};

#define MAPS_MAX 64

/**
 * struct maps_list - some VMAs, by ascending address
 * @vma: the VMAs
 * @nr: how many
 * @more: there are more than fit
 */
struct maps_list {
	struct maps_vma vma[MAPS_MAX];
	uint32_t nr;
	uint32_t more;
};

/**
 * maps_parse - understand a line of /proc/PID/maps
 * @line: the line, which may be anything
 * @len: bytes in it, without the new line
 * @vma: filled in; vm_flags and policy are empty
 *
 * Return: false if it is no such line.
 */
bool maps_parse(const char *line, size_t len, struct maps_vma *vma);

enum maps_source {
	MAPS_ANY,   /* the best that there is and that is allowed */
	MAPS_QUERY, /* the ioctl PROCMAP_QUERY */
	MAPS_TEXT,  /* lines */
};

/**
 * maps_read - the VMAs that have a byte in a range
 * @pid: of which process, 0 for this one
 * @source: how to find out
 * @start: first byte of the range
 * @end: one past the last
 * @list: filled in
 *
 * Maps no memory while it runs.
 *
 * Return: 0 or -errno: -ENOTTY if there is no PROCMAP_QUERY, -EPROTO for lines
 * that are none.
 */
int maps_read(pid_t pid, enum maps_source source, uint64_t start, uint64_t end,
	      struct maps_list *list);

/**
 * maps_read_flags - add VmFlags to what was found, from smaps
 * @pid: of the process, 0 for this one
 * @list: from maps_read(); a VMA whose flags cannot be read keeps an empty text
 */
void maps_read_flags(pid_t pid, struct maps_list *list);

/**
 * maps_read_policies - add memory policies to what was found, from numa_maps
 * @pid: of the process, 0 for this one
 * @list: from maps_read(); a VMA whose policy cannot be read keeps an empty text
 */
void maps_read_policies(pid_t pid, struct maps_list *list);

/* ---- calls (do.c) -------------------------------------------------------- */

/**
 * struct space - the pages that a process has to itself
 * @area: AREA_RESERVED or AREA_HEAP
 * @page_size: in bytes
 * @base: the address of page 0. Pages [0, SPACE_PAGES) are at its disposal: of a
 *	heap, those from HEAP_FIRST on.
 * @fds: descriptors of the files that were mapped
 * @numbers: which files they are
 * @nr_files: how many
 * @zero: which file is /dev/zero, 0 if none
 * @uffd: a userfaultfd, -1 until there is one
 * @key: a protection key, -1 until there is one
 * @alarm: seconds that a child of fork() has, 0 for no limit
 */
struct space {
	enum area area;
	unsigned long page_size;
	uintptr_t base;
	int fds[MAX_FILES];
	uint32_t numbers[MAX_FILES];
	size_t nr_files;
	uint32_t zero;
	int uffd;
	int key;
	unsigned int alarm;
};

/**
 * space_enter - make room to act in
 * @sp: filled in
 * @area: what kind of room
 *
 * Reserves address space with areas on both sides that stay mapped, and empties
 * it between them; or sets a part of the heap apart. From then on the process
 * must not map anything else that may go where it likes: no malloc(), no
 * threads, no stdio.
 *
 * Return: 0 or -errno.
 */
int space_enter(struct space *sp, enum area area);

/**
 * space_call - a call of the catalogue in a space
 * @sp: the space
 * @pages: the call, with all that is a page in pages
 *
 * Return: the same in bytes, with addresses where the space is.
 */
struct syscall space_call(const struct space *sp, const struct syscall *pages);

/**
 * kernel_do - make a system call
 * @sp: whose files and descriptors it is to use
 * @call: the call, in bytes
 * @result: where to put the address that it returned; may be NULL
 *
 * CALL_FORK returns in the child; the parent waits for that and exits as it did.
 *
 * Return: 0 or -errno.
 */
int kernel_do(struct space *sp, const struct syscall *call, uint64_t *result);

/* Each call is a function of its own: do.c, exec.c. */
typedef int kernel_fn(struct space *sp, const struct syscall *c,
		      uint64_t *result);

#define X(symbol, name, ...) kernel_fn kernel_##name;
SYSCALLS(X)
#undef X

/* ---- programs (exec.c) --------------------------------------------------- */

/* Where page 0 of a program is: above what mmap_min_addr forbids. */
#define IMAGE_BASE 0x40000000UL

/**
 * exec_look - what a program has mapped when execve() is done
 * @program: its segments, NULL for any
 * @random: with random addresses
 * @start: first byte of the range that is looked at
 * @end: one past the last
 * @list: filled in
 *
 * What execve() maps is there before the new program has run, and nothing of the
 * old one is left to look at it. So a child is traced: it stops before its first
 * instruction, is looked at, and killed there.
 *
 * Return: 0 or -errno.
 */
int exec_look(const struct segment *program, bool random, uint64_t start,
	      uint64_t end, struct maps_list *list);

#endif /* VMATLAS_KERNEL_H */
