/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of this test share. The cases are a table (cases.h); a child
 * does what a row says (deeds.c, exec.c) and notes what is mapped (maps.c); the
 * parent holds that against the row (vmatlas_test.c).
 *
 * Ranges are half-open and in pages, counted from the first page of the space
 * that a child has to itself.
 */
#ifndef VMATLAS_H
#define VMATLAS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Pages of the space. Those of a heap begin at HEAP_FIRST. */
#define SPACE_PAGES 256
#define HEAP_FIRST 16

/* Pages of each file that is mapped, and how many files there may be. */
#define FILE_PAGES 4096
#define MAX_FILES 4

#define MAX_SEGMENTS 4

/* A version of Linux as a number: a later one is greater. */
#define KERNEL(major, minor) (1000L * (major) + (minor))

/* ---- the table ------------------------------------------------------- */

enum deed_kind {
	DEED_END, /* of a list */
	DEED_MMAP,
	DEED_MUNMAP,
	DEED_MPROTECT,
	DEED_PKEY_MPROTECT,
	DEED_MADVISE,
	DEED_PROCESS_MADVISE,
	DEED_MLOCK,
	DEED_MLOCK2,
	DEED_MUNLOCK,
	DEED_MLOCKALL,
	DEED_MUNLOCKALL,
	DEED_MREMAP,
	DEED_REMAP_FILE_PAGES,
	DEED_MBIND,
	DEED_HOME_NODE,
	DEED_MSEAL,
	DEED_PRCTL,
	DEED_USERFAULTFD,
	DEED_SHMAT,
	DEED_SHMDT,
	DEED_BRK,
	DEED_EXECVE,
	DEED_TOUCH, /* write to every page */
	DEED_FORK,  /* a child does the rest */
	NR_DEEDS
};

/* A segment of a program for execve(); the last of a list is empty. */
struct segment {
	unsigned long start;
	unsigned long end;
	bool exec;
};

/**
 * struct deed - a system call, or something else that is done to pages
 * @kind: which
 * @start: first page of its range
 * @end: one past the last; brk(): the page at which the heap is to end
 * @prot: PROT_*
 * @shared: mmap(): MAP_SHARED, not MAP_PRIVATE
 * @reserve: mmap(): without MAP_NORESERVE
 * @growsdown: mmap(): MAP_GROWSDOWN
 * @file: mmap(): number of the file, 0 for anonymous memory
 * @pgoff: mmap(), remap_file_pages(): offset in it
 * @to: mremap(): where to; @start if it stays
 * @size: mremap(): how many pages it is to have then
 * @keep: mremap(): MREMAP_DONTUNMAP
 * @advice: madvise(), process_madvise(): MADV_*
 * @policy: mbind(): MPOL_*, with all nodes that there are, or with the first
 * @key: pkey_mprotect(): with a key of its own
 * @name: prctl(): the name, NULL for none
 * @unregister: userfaultfd: UFFDIO_UNREGISTER
 * @segments: execve(): the program; none for one whose stack is looked at
 */
struct deed {
	enum deed_kind kind;
	unsigned long start;
	unsigned long end;
	int prot;
	bool shared;
	bool reserve;
	bool growsdown;
	unsigned int file;
	unsigned long pgoff;
	unsigned long to;
	unsigned long size;
	bool keep;
	int advice;
	int policy;
	bool key;
	const char *name;
	bool unregister;
	struct segment segments[MAX_SEGMENTS + 1];
};

/**
 * struct vma - a VMA as /proc/PID/maps shows it; the last of a layout is empty
 * @start: first page
 * @end: one past the last
 * @perms: "rwxp", "r--s" and so on
 * @has_file: it maps a file
 * @pgoff: then the offset, in pages
 */
struct vma {
	unsigned long start;
	unsigned long end;
	const char *perms;
	bool has_file;
	unsigned long pgoff;
};

/**
 * struct outcome - what a kernel with later rules makes of a trigger
 * @since: the first version with these rules, KERNEL(); 0 ends a list
 * @rules: what they are, in words
 * @err: errno of the system call, 0 if it succeeds
 * @after: the layout after
 */
struct outcome {
	long since;
	const char *rules;
	int err;
	const struct vma *after;
};

enum area {
	AREA_RESERVED, /* address space that is reserved */
	AREA_HEAP,     /* the end of the heap */
	AREA_STACK,    /* the stack of a program just begun */
	AREA_IMAGE,    /* the image of one */
};

/**
 * struct trigger - how to cause a case, and what comes of it
 * @name: the system call, and a number if it has several triggers
 * @area: where it acts
 * @start: first page that counts
 * @end: one past the last
 * @setup: makes the layout before; may be NULL
 * @deeds: the system call itself
 * @before: the layout before, NULL if nobody can see it
 * @err: errno of the system call, 0 if it succeeds
 * @after: the layout after
 * @later: where that depends on the version: what later rules say
 * @fixed: the first version that does it so, 0 if all do
 * @earlier: then what an earlier one does
 */
struct trigger {
	const char *name;
	enum area area;
	unsigned long start;
	unsigned long end;
	const struct deed *setup;
	const struct deed *deeds;
	const struct vma *before;
	int err;
	const struct vma *after;
	const struct outcome *later;
	long fixed;
	const char *earlier;
};

/* A case; the last of its triggers has no name. */
struct vma_case {
	const char *id;
	const struct trigger *triggers;
};

/* ---- what is mapped (maps.c) ----------------------------------------- */

#define MAX_SEEN 64

struct seen_vma {
	__u64 start; /* an address, in bytes */
	__u64 end;
	__u64 offset;
	bool has_file;
	bool is_stack;
	char perms[sizeof("rwxp")];
};

struct seen {
	struct seen_vma vma[MAX_SEEN];
	unsigned int nr;
};

/**
 * read_maps - the VMAs that have a byte in a range
 * @pid: of which process, 0 for this one
 * @start: address of the first byte
 * @end: one past the last
 * @seen: filled in
 *
 * Maps no memory.
 *
 * Return: 0 or -errno; -EPROTO for a line that is none.
 */
int read_maps(pid_t pid, __u64 start, __u64 end, struct seen *seen);

/* ---- what is done (deeds.c) ------------------------------------------ */

/* VMAs have the protection and the file that the table says. */
#define DEED_EXACT 1

/* May be missing or forbidden, and then this is no failure. */
#define DEED_OPTIONAL 2

struct space;

/**
 * struct deed_type - what is to be known of a kind of deed
 * @name: of the system call
 * @run: does it; returns 0 or -errno. execve() has none.
 * @traits: DEED_EXACT, DEED_OPTIONAL
 * @lacking: why it might be missing, or NULL
 */
struct deed_type {
	const char *name;
	int (*run)(struct space *sp, const struct deed *d);
	unsigned int traits;
	const char *lacking;
};

/**
 * deed_type - look a kind of deed up
 * @kind: which
 *
 * Return: what is to be known of it.
 */
const struct deed_type *deed_type(enum deed_kind kind);

/**
 * struct space - the pages that a child has to itself
 * @page_size: in bytes
 * @base: the address of page 0
 * @fds: descriptors of the files that were mapped, -1 for those that were not
 * @uffd: a userfaultfd, -1 until there is one
 * @key: a protection key, -1 until there is one
 */
struct space {
	unsigned long page_size;
	uintptr_t base;
	int fds[MAX_FILES];
	int uffd;
	int key;
};

/**
 * enter_space - make room to act in
 * @sp: filled in
 * @where: AREA_RESERVED or AREA_HEAP
 *
 * From then on the process must not map what may go anywhere: no malloc(), no
 * stdio.
 *
 * Return: 0 or -errno.
 */
int enter_space(struct space *sp, enum area where);

/* ---- children -------------------------------------------------------- */

enum stage {
	STAGE_ENTER,
	STAGE_SETUP,
	STAGE_BEFORE, /* reading the layout before */
	STAGE_DEED,
	STAGE_AFTER, /* reading the layout after */
	STAGE_DONE,
};

/* More than a trigger takes, but on a very slow machine. */
#define CHILD_SECONDS 5

/**
 * struct evidence - what a child did and saw; shared with its parent
 * @stage: how far it came
 * @deed: STAGE_SETUP, STAGE_DEED: which deed it came to
 * @err: errno with which a stage failed, 0 if none did
 * @err_stage: which one. After STAGE_DEED the layout is looked at all the same;
 *	any other is the last
 * @err_deed: at which deed
 * @page_size: in bytes
 * @base: the address of page 0
 * @before: what was mapped before
 * @after: and after
 */
struct evidence {
	enum stage stage;
	unsigned int deed;
	int err;
	enum stage err_stage;
	unsigned int err_deed;
	unsigned long page_size;
	__u64 base;
	struct seen before;
	struct seen after;
};

/**
 * note_error - note that the stage failed
 * @ev: where to
 * @err: -errno, or 0 if it did not fail
 *
 * Return: @err.
 */
int note_error(struct evidence *ev, int err);

/**
 * run_execve - the child of a trigger that is about execve() (exec.c)
 * @t: the trigger
 * @ev: what comes of it
 */
void run_execve(const struct trigger *t, struct evidence *ev);

#endif /* VMATLAS_H */
