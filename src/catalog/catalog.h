/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The catalogue: YAML files that state the cases, one file a family.
 *
 * What is in here is what people stated. The simulator derives the same from
 * the layout and the operation alone, and never sees the rest.
 */
#ifndef VMATLAS_CATALOG_H
#define VMATLAS_CATALOG_H

#include <stdio.h>

#include "model/model.h"

/**
 * struct srcpos - a place in a catalogue file
 * @file: path as given by the caller
 * @line: counted from 1
 * @column: counted from 1, in characters
 */
struct srcpos {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * struct cat_vma - a VMA of a layout
 * @name: prev, middle, next, vma, new, left, right or another identifier
 * @pos: of its name
 * @range_pos: of its range
 * @s: the VMA; identities are indices for catalog_string(). A vm_pgoff that is
 *	not stated is the page number of vm_start, as for anonymous memory that
 *	never moved.
 * @says_attrs: in a layout after: @s.attrs and the anon_vma are stated, too
 */
struct cat_vma {
	const char *name;
	struct srcpos pos;
	struct srcpos range_pos;
	struct vma_state s;
	bool says_attrs;
};

/**
 * struct cat_role - what a case says becomes of a VMA
 * @name: the VMA
 * @pos: of the statement
 * @role: what becomes of it
 */
struct cat_role {
	const char *name;
	struct srcpos pos;
	enum role role;
};

/**
 * struct cat_text - a string and its place
 * @text: as written
 * @pos: of its first character
 */
struct cat_text {
	const char *text;
	struct srcpos pos;
};

/**
 * struct cat_locks - the locks that a case says are held
 * @pos: of the statement
 * @mmap: how the mmap lock is held, as written: "write" or "read"
 * @vma: names of the write-locked VMAs, in the order of locking
 * @nr_vma: how many
 * @rmap: "i_mmap" and "anon_vma", in the order of locking
 * @nr_rmap: how many
 */
struct cat_locks {
	struct srcpos pos;
	const char *mmap;
	struct cat_text *vma;
	size_t nr_vma;
	struct cat_text *rmap;
	size_t nr_rmap;
};

enum cat_claim_retry { RETRY_UNSTATED, RETRY_NO, RETRY_YES };

/**
 * struct cat_claim - what the mail's second author says a reader may see
 * @pos: of the claim
 * @says: in words
 * @twice: VMAs that may be reported twice
 * @nr_twice: how many
 * @gap: pages that stay mapped may be missing
 * @retry: the reader may have to retry
 */
struct cat_claim {
	struct srcpos pos;
	const char *says;
	struct cat_text *twice;
	size_t nr_twice;
	bool gap;
	enum cat_claim_retry retry;
};

/*
 * What a condition may ask of a configuration: an axis, and the words for its
 * values. A configuration has one value on each axis that its family has.
 */
#define CAT_AXES(X)                                                            \
	/* where the range lies in the VMA, or in the first and the last */    \
	X(RANGE, "range", "all", "head", "tail", "inner")                      \
	/* whether prev would merge with what is asked for, next left aside */ \
	X(PREV, "prev", "merges", "refuses")                                   \
	X(NEXT, "next", "merges", "refuses")                                   \
	/* whether prev's and next's anon_vmas are compatible */               \
	X(SIDES, "sides", "agree", "differ")                                   \
	/* without a close hook: a merge may remove it */                      \
	X(MIDDLE, "middle", "may go", "stays")                                 \
	X(NEXT_GOES, "next_vma", "may go", "stays")                            \
	/* a VM_SPECIAL flag is asked for */                                   \
	X(SPECIAL, "special", "no", "yes")                                     \
	/* VMG_FLAG_JUST_EXPAND */                                             \
	X(JUST_EXPAND, "just_expand", "no", "yes")                             \
	X(NEW, "new", "below", "above")                                        \
	/* what vm_ops->may_split says of each VMA that has to be split */     \
	X(MAY_SPLIT, "may_split", "yes", "no")                                 \
	/* how many VMAs more there may be */                                  \
	X(ROOM, "room", "enough", "one", "none")                               \
	/* whether there is memory, for all that is allocated */               \
	X(MEMORY, "memory", "enough", "short")                                 \
	/* and if not, whether a merge may be given up for that */             \
	X(GIVES_UP, "gives_up", "no", "yes")                                   \
	/* how many VMAs the range touches */                                  \
	X(VMAS, "vmas", "one", "several")                                      \
	/* whether a VMA lies where another is to be moved */                  \
	X(WAY, "way", "free", "blocked")

enum cat_axis {
#define X(name, ...) AXIS_##name,
	CAT_AXES(X)
#undef X
		NR_AXES
};

/**
 * cat_axis_name - the catalogue's key of an axis
 * @axis: which
 */
const char *cat_axis_name(enum cat_axis axis);

/**
 * cat_axis_value - the catalogue's word for a value
 * @axis: which
 * @value: counted from 0, in the order of CAT_AXES
 *
 * Returns NULL if the axis has no such value.
 */
const char *cat_axis_value(enum cat_axis axis, unsigned int value);

/**
 * struct cat_when - a condition on configurations
 * @pos: of the condition
 * @allowed: by axis, a bit for each value that it allows, 1 << value; all bits
 *	set where it says nothing
 */
struct cat_when {
	struct srcpos pos;
	uint8_t allowed[NR_AXES];
};

/**
 * struct cat_whens - conditions, of which one must hold
 * @pos: of the key
 * @when: the conditions
 * @nr: how many, 0 if none is stated
 */
struct cat_whens {
	struct srcpos pos;
	struct cat_when *when;
	size_t nr;
};

/**
 * struct cat_otherwise - why a configuration of a family is none of its cases
 * @id: identifier, unique in the family
 * @pos: of the identifier
 * @says: the kernel's line of reasoning, a few sentences
 * @error: "EINVAL", "ENOMEM" or "EFAULT"; NULL if it is no error: no merge
 * @when: when it is
 */
struct cat_otherwise {
	const char *id;
	struct srcpos pos;
	const char *says;
	const char *error;
	struct cat_whens when;
};

/**
 * struct cat_earlier - what was otherwise in earlier kernels
 * @pos: of the entry
 * @before: the first version for which the case's own statements hold
 * @why: what changed, a sentence
 * @steps: the steps before that, if they differ
 * @nr_steps: how many, 0 if they do not
 * @steps_pos: of them
 * @says_locks: the locks differed, too
 * @locks: then these
 */
struct cat_earlier {
	struct srcpos pos;
	struct cat_text before;
	const char *why;
	struct cat_text *steps;
	size_t nr_steps;
	struct srcpos steps_pos;
	bool says_locks;
	struct cat_locks locks;
};

/* ---- triggers: system calls that cause a case (live.c) ----------------- */

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

/**
 * cat_version - a version of Linux as a number that can be compared
 * @text: "6.12", "6.12.3", "6.18-rc1", "6.12.0-1-amd64"
 *
 * Only the first two numbers count. Returns -1 if it is none.
 */
long cat_version(const char *text);

struct cat_family;

/**
 * struct cat_case - one case, as stated
 * @id: identifier, unique in the catalogue
 * @pos: of the identifier
 * @title: a few words; the identifier is made of it
 * @summary: a few sentences
 * @family: the file that it is in
 * @before: the layout before, by ascending address
 * @nr_before: how many VMAs
 * @op: the operation
 * @op_pos: of the operation
 * @target: the VMA that is modified, split or moved, NULL for the other
 *	operations and where a modify fails for there is none
 * @error: how the operation fails: "EINVAL", "ENOMEM", "EEXIST" or "EFAULT".
 *	The text is NULL if it succeeds, and the place that of the identifier.
 * @after: the layout after, by ascending address
 * @nr_after: how many VMAs
 * @after_pos: of the layout after
 * @roles: what becomes of each VMA that takes part
 * @nr_roles: how many
 * @roles_pos: of the roles
 * @steps: the steps in the mail's notation, in order
 * @nr_steps: how many
 * @steps_pos: of the steps
 * @locks: the locks held
 * @map_before: map count before
 * @map_after: map count after
 * @map_pos: of the map counts
 * @old_number: in the comment over vma_merge() to 6.11, 0 if it has none
 * @old_number_pos: of it
 * @function: the kernel function that does it, with "()", or "none"
 * @syscalls: the system calls that cause it, without "()"
 * @nr_syscalls: how many
 * @claim: what the mail says about the reader, or NULL
 * @beyond_mail: the mail does not name this case
 * @when: on which configurations of its family's space it happens
 * @composed_of: identifiers of the cases that it is made of, in order
 * @nr_composed_of: how many
 * @composed_of_pos: of them
 * @earlier: what was otherwise in earlier kernels, oldest first
 * @nr_earlier: how many
 * @live: how to cause it on a running kernel
 * @nr_live: how many triggers
 */
struct cat_case {
	const char *id;
	struct srcpos pos;
	struct cat_text title;
	const char *summary;
	const struct cat_family *family;
	struct cat_vma *before;
	size_t nr_before;
	struct op op;
	struct srcpos op_pos;
	const char *target;
	struct cat_text error;
	struct cat_vma *after;
	size_t nr_after;
	struct srcpos after_pos;
	struct cat_role *roles;
	size_t nr_roles;
	struct srcpos roles_pos;
	struct cat_text *steps;
	size_t nr_steps;
	struct srcpos steps_pos;
	struct cat_locks locks;
	unsigned long map_before;
	unsigned long map_after;
	struct srcpos map_pos;
	int old_number;
	struct srcpos old_number_pos;
	struct cat_text function;
	struct cat_text *syscalls;
	size_t nr_syscalls;
	struct cat_claim *claim;
	bool beyond_mail;
	struct cat_whens when;
	struct cat_text *composed_of;
	size_t nr_composed_of;
	struct srcpos composed_of_pos;
	struct cat_earlier *earlier;
	size_t nr_earlier;
	struct cat_trigger *live;
	size_t nr_live;
};

/**
 * struct cat_family - one catalogue file
 * @name: "existing", "new", "split", ...
 * @pos: of the name
 * @title: heading of its page
 * @intro: the question that the family asks, in a few sentences
 * @order: place among the families
 * @cases: its cases, in the order of the file
 * @nr_cases: how many
 * @otherwise: what else can become of a configuration of its space
 * @nr_otherwise: how many
 */
struct cat_family {
	const char *name;
	struct srcpos pos;
	const char *title;
	const char *intro;
	unsigned long order;
	struct cat_case *cases;
	size_t nr_cases;
	struct cat_otherwise *otherwise;
	size_t nr_otherwise;
};

struct cat_strings;

/**
 * struct catalog - all that was loaded
 * @families: by ascending order
 * @nr_families: how many
 * @strings: names of files, policies, anon_vmas, ...
 * @arena: where it all lives
 */
struct catalog {
	struct cat_family *families;
	size_t nr_families;
	struct cat_strings *strings;
	void *arena;
};

#define for_each_family(cat, f)                                                \
	for (const struct cat_family *f = (cat)->families;                     \
	     f < (cat)->families + (cat)->nr_families; f++)

#define for_each_case(f, c)                                                    \
	for (const struct cat_case *c = (f)->cases;                            \
	     c < (f)->cases + (f)->nr_cases; c++)

/**
 * catalog_load - load catalogue files
 * @paths: the files
 * @nr: how many
 * @err: where errors go, as "file:line:column: what is wrong, what was expected"
 *
 * Reports every error of every file that it can, not just the first; those of
 * one file by line and column. Returns NULL if there was any; else a catalogue
 * for catalog_free().
 */
struct catalog *catalog_load(const char *const *paths, size_t nr, FILE *err);

/**
 * catalog_load_dir - load each *.yaml file of a directory
 * @dir: path
 * @err: where errors go
 *
 * As catalog_load(). A directory without such a file is an error.
 */
struct catalog *catalog_load_dir(const char *dir, FILE *err);

/**
 * catalog_free - drop a catalogue
 * @cat: may be NULL
 */
void catalog_free(struct catalog *cat);

/**
 * catalog_case - find a case
 * @cat: the catalogue
 * @id: its identifier
 *
 * Returns NULL if there is none.
 */
const struct cat_case *catalog_case(const struct catalog *cat, const char *id);

/**
 * catalog_string - the name of a file, policy, anon_vma, ...
 * @cat: the catalogue
 * @identity: as found in a struct vma_state, not 0
 */
const char *catalog_string(const struct catalog *cat, uint32_t identity);

#endif /* VMATLAS_CATALOG_H */
