/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel as a judge: cases are caused by system calls, in children
 * that own nothing but the address space they reserve, and what comes out is
 * compared with the simulator.
 *
 * From the bottom up: reading what is mapped (maps.c), one deed (deed.c), a
 * child that does all deeds of a trigger (live.c, live-exec.c), the comparison
 * (live-judge.c), pictures (live-picture.c).
 */
#ifndef VMATLAS_LIVE_H
#define VMATLAS_LIVE_H

#include <stdio.h>
#include <sys/types.h>

#include "catalog/catalog.h"

/* ---- what is mapped (maps.c) ------------------------------------------- */

enum maps_flag {
	MAPS_READ = CAT_PROT_READ,
	MAPS_WRITE = CAT_PROT_WRITE,
	MAPS_EXEC = CAT_PROT_EXEC,
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
 * Return: 0, or an errno: ENOTTY if there is no PROCMAP_QUERY, EPROTO for lines
 * that are none.
 */
int maps_read(pid_t pid, enum maps_source source, uint64_t start, uint64_t end,
	      struct maps_list *list);

/**
 * maps_read_flags - add flags and policies to what was found
 * @pid: of which process, 0 for this one
 * @list: from maps_read()
 *
 * What the kernel does not tell stays empty.
 */
void maps_read_flags(pid_t pid, struct maps_list *list);

/* ---- one deed (deed.c) -------------------------------------------------- */

#define LIVE_FILES 4

/**
 * struct live_space - where a child acts
 * @area: AREA_RESERVED or AREA_HEAP
 * @page_size: in bytes
 * @base: the address of page 0. Pages [0, LIVE_PAGES) are at its disposal: of a
 *	heap, those from LIVE_HEAP_START on.
 * @files: descriptors of the files that were mapped
 * @identities: which files they are
 * @nr_files: how many
 * @uffd: a userfaultfd, -1 until there is one
 * @key: a protection key, -1 until there is one
 */
struct live_space {
	enum cat_area area;
	unsigned long page_size;
	uintptr_t base;
	int files[LIVE_FILES];
	uint32_t identities[LIVE_FILES];
	size_t nr_files;
	int uffd;
	int key;
};

/**
 * live_enter - make room to act in
 * @space: filled in
 * @area: what kind of room
 *
 * Reserves address space with areas on both sides that stay mapped, and empties
 * it between them; or sets a part of the heap apart. From then on the process
 * must not map anything else that may go where it likes: no malloc(), no
 * threads, no stdio.
 *
 * Return: 0 or an errno.
 */
int live_enter(struct live_space *space, enum cat_area area);

/**
 * live_do - carry out a deed
 * @space: where
 * @deed: any but execve()
 *
 * Touches nothing outside the space but for mlockall() and munlockall(), which
 * are about all memory that the process has. DEED_FORK returns in the child;
 * the parent waits for that and exits as it did.
 *
 * Return: 0 or an errno: ERANGE for a deed that reaches out of the space, and
 * then nothing was done.
 */
int live_do(struct live_space *space, const struct cat_deed *deed);

/* ---- a child (live.c) --------------------------------------------------- */

enum live_stage {
	STAGE_ENTER, /* reserving address space */
	STAGE_SETUP,
	STAGE_BEFORE, /* reading the layout before */
	STAGE_DEED,
	STAGE_AFTER, /* reading the layout after */
	STAGE_DONE,
};

enum live_end {
	END_EXIT,     /* by itself */
	END_SIGNAL,   /* killed by @signal */
	END_TIME,     /* killed for it took too long */
	END_NONSENSE, /* what it said could not be understood */
	END_NONE,     /* there was none: see @err */
};

/**
 * struct live_evidence - what a child did and saw
 * @end: how it ended
 * @signal: if by a signal, which
 * @stage: how far it came
 * @deed: in STAGE_SETUP and STAGE_DEED: which deed it came to
 * @err: the errno with which the stage failed, 0 if it did not. After one the
 *	child goes on with STAGE_AFTER if it was in STAGE_DEED, and else ends.
 * @err_stage: in which stage
 * @err_deed: and which deed
 * @page_size: in bytes
 * @base: the address of page 0
 * @has_before: @before is there
 * @has_after: @after is there
 * @before: what was mapped before
 * @after: what was mapped after
 */
struct live_evidence {
	enum live_end end;
	int signal;
	enum live_stage stage;
	uint32_t deed;
	int err;
	enum live_stage err_stage;
	uint32_t err_deed;
	uint64_t page_size;
	uint64_t base;
	bool has_before;
	bool has_after;
	struct maps_list before;
	struct maps_list after;
};

/* What a child does; it reports to @fd with live_tell_*(), and may not return. */
typedef void live_child(int fd, const void *ctx);

/**
 * live_watch - let a child run, and note what it reports
 * @child: what it does
 * @ctx: for it
 * @seconds: then it is killed, with all that it forked
 * @e: filled in
 *
 * The child has limits on processor time and address space, and leaves no core.
 */
void live_watch(live_child *child, const void *ctx, double seconds,
		struct live_evidence *e);

/**
 * live_tell_stage - report that a stage begins
 * @fd: where to
 * @stage: which
 * @deed: which of its deeds
 */
void live_tell_stage(int fd, enum live_stage stage, uint32_t deed);

/**
 * live_tell_error - report that the stage failed
 * @fd: where to
 * @err: an errno
 */
void live_tell_error(int fd, int err);

/**
 * live_tell_space - report where page 0 is
 * @fd: where to
 * @page_size: in bytes
 * @base: its address
 */
void live_tell_space(int fd, uint64_t page_size, uint64_t base);

/**
 * live_tell_layout - report the layout of the stage, before or after
 * @fd: where to
 * @list: what is mapped
 */
void live_tell_layout(int fd, const struct maps_list *list);

/**
 * live_gather - carry out a trigger in a child
 * @t: the trigger; not one that cannot be
 * @seconds: how long it may take
 * @e: filled in
 */
void live_gather(const struct cat_trigger *t, double seconds,
		 struct live_evidence *e);

/* The child of a trigger that is about execve() (live-exec.c). */
void live_exec_child(int fd, const struct cat_trigger *t);

/* ---- the comparison (live-judge.c) --------------------------------------- */

/**
 * struct live_vma - a VMA as it is compared
 * @start: first page, counted from page 0 of the space
 * @end: one past the last
 * @flags: MAPS_*
 * @has_file: it maps a file
 * @pgoff: then the offset, in pages
 * @look: number of what else can be seen of it: equal numbers look alike
 * @text: that, in words
 */
struct live_vma {
	long start;
	long end;
	unsigned int flags;
	bool has_file;
	unsigned long pgoff;
	unsigned int look;
	char text[160];
};

/**
 * struct live_layout - some of them
 * @vma: by ascending address
 * @nr: how many
 */
struct live_layout {
	struct live_vma vma[MAPS_MAX];
	size_t nr;
};

enum live_verdict {
	LIVE_AGREES,
	LIVE_DIFFERS,
	LIVE_KNOWN, /* differs, as the catalogue says that old kernels do */
	LIVE_SKIPPED,
	NR_VERDICTS
};

/**
 * struct live_result - how a trigger turned out
 * @verdict: whether the kernel did what the simulator says
 * @why: why not, or why it could not be told; "" if it agrees
 * @has_layouts: these are there:
 * @wanted_before: the layout before, as the case states it
 * @found_before: as it was
 * @wanted_after: the layout after, as the simulator has it
 * @found_after: as it was
 * @sees_before: the layout before was looked at
 * @start: first page that counts
 * @end: one past the last
 */
struct live_result {
	enum live_verdict verdict;
	char why[240];
	bool has_layouts;
	struct live_layout wanted_before;
	struct live_layout found_before;
	struct live_layout wanted_after;
	struct live_layout found_after;
	bool sees_before;
	long start;
	long end;
};

/**
 * live_judge - hold what a child saw against the simulator
 * @c: the case
 * @t: one of its triggers
 * @rules: the rule set to follow
 * @release: of the kernel, as uname -r says
 * @e: what was seen
 * @res: filled in
 */
void live_judge(const struct cat_case *c, const struct cat_trigger *t,
		const struct rules *rules, const char *release,
		const struct live_evidence *e, struct live_result *res);

/**
 * live_run - carry out a trigger and judge it
 * @c: the case
 * @t: one of its triggers
 * @rules: the rule set to follow
 * @seconds: how long it may take
 * @res: filled in
 */
void live_run(const struct cat_case *c, const struct cat_trigger *t,
	      const struct rules *rules, double seconds,
	      struct live_result *res);

/**
 * live_unusable - why no trigger at all can be carried out here
 *
 * Return: NULL if they can.
 */
const char *live_unusable(void);

/**
 * live_excuse - why a difference says nothing here
 *
 * Return: NULL if it does.
 */
const char *live_excuse(void);

/**
 * live_rules - the rule set of the running kernel
 * @release: where to put what uname -r says; valid for good
 * @exact: where to put whether it is known, or the oldest stands in for it
 */
const struct rules *live_rules(const char **release, bool *exact);

/* ---- pictures (live-picture.c) ------------------------------------------- */

/**
 * live_picture - draw a layout as a row in the style of the mail
 * @out: where to
 * @lay: the layout
 * @res: whose, for its bounds
 * @prefix: before each line
 */
void live_picture(FILE *out, const struct live_layout *lay,
		  const struct live_result *res, const char *prefix);

#endif /* VMATLAS_LIVE_H */
