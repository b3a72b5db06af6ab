/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Triggers: the system calls that cause a case on a running kernel.
 */
#ifndef VMATLAS_CATALOG_TRIGGER_H
#define VMATLAS_CATALOG_TRIGGER_H

#include "catalog/srcpos.h"
#include "model/model.h"

/* Pages of the area in which triggers act: [0, LIVE_PAGES). */
#define LIVE_PAGES 256

/* A heap has pages from here on: those below keep it apart from the rest. */
#define LIVE_HEAP_START 16

/* Pages of each file that a trigger maps. */
#define LIVE_FILE_PAGES 4096

/* As many deeds has a list at most, and as many triggers a case. */
#define LIVE_DEEDS 32
#define LIVE_TRIGGERS 64

/*
 * All that a trigger can do. Each is called as the system call is, but for
 * those at the end: touch writes to every page, fork lets a child do the rest,
 * and exec is execve() of a program that is made up for the purpose, or that
 * does nothing.
 */
#define CAT_DEEDS(X)                                                           \
	X(MMAP, "mmap")                                                        \
	X(MUNMAP, "munmap")                                                    \
	X(MPROTECT, "mprotect")                                                \
	X(PKEY_MPROTECT, "pkey_mprotect")                                      \
	X(MADVISE, "madvise")                                                  \
	X(PROCESS_MADVISE, "process_madvise")                                  \
	X(MLOCK, "mlock")                                                      \
	X(MLOCK2, "mlock2")                                                    \
	X(MUNLOCK, "munlock")                                                  \
	X(MLOCKALL, "mlockall")                                                \
	X(MUNLOCKALL, "munlockall")                                            \
	X(MREMAP, "mremap")                                                    \
	X(REMAP_FILE_PAGES, "remap_file_pages")                                \
	X(MBIND, "mbind")                                                      \
	X(HOME_NODE, "set_mempolicy_home_node")                                \
	X(MSEAL, "mseal")                                                      \
	X(PRCTL, "prctl")                                                      \
	X(USERFAULTFD, "ioctl_userfaultfd")                                    \
	X(SHMAT, "shmat")                                                      \
	X(SHMDT, "shmdt")                                                      \
	X(BRK, "brk")                                                          \
	X(EXECVE, "execve")                                                    \
	X(TOUCH, "touch")                                                      \
	X(FORK, "fork")

enum cat_deed_kind {
#define X(name, ...) DEED_##name,
	CAT_DEEDS(X)
#undef X
		NR_DEEDS
};

/**
 * cat_deed_name - the catalogue's key of a deed
 * @kind: which
 */
const char *cat_deed_name(enum cat_deed_kind kind);

/* Protections, as the bits of PROT_*. */
enum { CAT_PROT_READ = 1, CAT_PROT_WRITE = 2, CAT_PROT_EXEC = 4 };

/* What can be advised of a range, without MADV_. */
#define CAT_ADVICE(X)                                                          \
	X(NORMAL, "normal")                                                    \
	X(RANDOM, "random")                                                    \
	X(SEQUENTIAL, "sequential")                                            \
	X(DONTFORK, "dontfork")                                                \
	X(DOFORK, "dofork")                                                    \
	X(DONTDUMP, "dontdump")                                                \
	X(DODUMP, "dodump")                                                    \
	X(WIPEONFORK, "wipeonfork")                                            \
	X(KEEPONFORK, "keeponfork")                                            \
	X(HUGEPAGE, "hugepage")                                                \
	X(NOHUGEPAGE, "nohugepage")                                            \
	X(MERGEABLE, "mergeable")                                              \
	X(UNMERGEABLE, "unmergeable")

enum cat_advice {
#define X(name, ...) ADVICE_##name,
	CAT_ADVICE(X)
#undef X
		NR_ADVICE
};

/* Memory policies, without MPOL_. Where nodes are named, all that there are. */
#define CAT_POLICIES(X)                                                        \
	X(DEFAULT, "default")                                                  \
	X(LOCAL, "local")                                                      \
	X(PREFERRED, "preferred")                                              \
	X(BIND, "bind")                                                        \
	X(INTERLEAVE, "interleave")

enum cat_policy {
#define X(name, ...) POLICY_##name,
	CAT_POLICIES(X)
#undef X
		NR_POLICIES
};

/**
 * struct cat_segment - a part of a program for execve(), without content
 * @start: first page
 * @end: one past the last
 * @exec: it may be executed
 */
struct cat_segment {
	unsigned long start;
	unsigned long end;
	bool exec;
};

#define LIVE_SEGMENTS 4

/**
 * struct cat_deed - one thing that a trigger does
 * @kind: which
 * @pos: of the deed
 * @start: first page of its range
 * @end: one past the last; DEED_BRK: the page at which the heap is to end
 * @prot: mmap(), mprotect(), ...: CAT_PROT_*
 * @shared: mmap(): MAP_SHARED
 * @reserve: mmap(): without MAP_NORESERVE
 * @growsdown: mmap(): MAP_GROWSDOWN
 * @file: mmap(): which file, 0 for anonymous memory
 * @pgoff: mmap(), remap_file_pages(): offset in it
 * @to: mremap(): where to; @start if it stays
 * @size: mremap(): how many pages it is to have then
 * @keep: mremap(): MREMAP_DONTUNMAP
 * @advice: madvise(), process_madvise()
 * @policy: mbind()
 * @key: pkey_mprotect(): with a key of its own, and not just as mprotect()
 * @name: prctl(): the name, NULL for none
 * @unregister: ioctl_userfaultfd(): UFFDIO_UNREGISTER
 * @segments: execve(): of the program, in the order of its headers; none for a
 *	program whose stack is looked at
 * @nr_segments: how many
 */
struct cat_deed {
	enum cat_deed_kind kind;
	struct srcpos pos;
	unsigned long start;
	unsigned long end;
	unsigned int prot;
	bool shared;
	bool reserve;
	bool growsdown;
	uint32_t file;
	unsigned long pgoff;
	unsigned long to;
	unsigned long size;
	bool keep;
	enum cat_advice advice;
	enum cat_policy policy;
	bool key;
	const char *name;
	bool unregister;
	struct cat_segment segments[LIVE_SEGMENTS];
	size_t nr_segments;
};

/**
 * struct cat_deeds - deeds, one after the other
 * @deed: the deeds
 * @nr: how many
 */
struct cat_deeds {
	struct cat_deed *deed;
	size_t nr;
};

/* Where the pages of a trigger are. */
enum cat_area {
	AREA_RESERVED, /* address space that is reserved for it */
	AREA_HEAP,     /* the end of the heap */
	AREA_STACK,    /* the stack of a program just begun */
	AREA_IMAGE,    /* the image of one */
};

/**
 * cat_in_reach - whether a deed stays where it may act
 * @area: where
 * @deed: the deed
 */
bool cat_in_reach(enum cat_area area, const struct cat_deed *deed);

/**
 * struct cat_trigger - how to cause a case on a running kernel
 * @pos: of the trigger
 * @syscall: the system call that causes it, one of the case's. The text is NULL
 *	if this is about each of them that has no trigger, and cannot.
 * @cannot: why user space cannot cause it with that system call; NULL if it can
 * @area: where it acts
 * @setup: makes the layout before
 * @deeds: the system call itself
 * @undo: makes the layout before again from the one after; may be empty
 * @ops: what the system call comes to, if it is more than the case's operation
 * @nr_ops: how many, 0 if it is the case's
 * @before: the first version of Linux that does it so, NULL if all known ones
 * @why: then what an earlier one does instead
 * @note: what is worth knowing, or NULL
 */
struct cat_trigger {
	struct srcpos pos;
	struct cat_text syscall;
	const char *cannot;
	enum cat_area area;
	struct cat_deeds setup;
	struct cat_deeds deeds;
	struct cat_deeds undo;
	struct op *ops;
	size_t nr_ops;
	const char *before;
	const char *why;
	const char *note;
};

#endif /* VMATLAS_CATALOG_TRIGGER_H */
