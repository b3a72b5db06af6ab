/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real process: what it has mapped, why neighbours did not merge, what a
 * system call makes of it, and what a trace says that it did.
 *
 * From the bottom up: reading what is mapped (vmas.c), why two neighbours are
 * two (why.c), a system call as data and in words (call.c), a process on the
 * simulator (world.c), system calls in the output of strace (strace.c), all
 * that a trace did (replay.c).
 *
 * All addresses, lengths and offsets are in bytes here, as system calls have
 * them; the simulator has pages.
 */
#ifndef VMATLAS_PROCESS_H
#define VMATLAS_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "report/report.h"

/* ---- what is mapped (vmas.c) ------------------------------------------- */

/* Above these, input is refused: no process has as many, or as long ones. */
#define PROC_VMAS_MAX (16u << 20)
#define PROC_LINE_MAX (64u << 10)

/**
 * struct proc_vma - a VMA of a process, as the kernel shows it
 * @start: its first byte
 * @end: one past the last
 * @offset: in the file; what maps shows of anonymous memory is 0
 * @inode: of the file, 0 if there is none
 * @dev_major: of its device
 * @dev_minor: of its device
 * @flags: VM_*: of maps the permissions, of smaps all that VmFlags has
 * @others: of VmFlags what the simulator has no name for, by proc_other_name()
 * @has_flags: VmFlags were there, so that a flag which is not in @flags is not
 *	set; without, only permissions are known
 * @anonymous: KiB of memory that is not the file's: if there is any, the VMA
 *	has an anon_vma. Known only with @has_flags.
 * @rss: KiB of memory that is there
 * @name: file, "[heap]", "[anon:name]", ..., "" if none; any bytes but NUL and
 *	new line, as in the file, unescaped
 * @line: where it was read, from 1
 */
struct proc_vma {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	vm_flags_t flags;
	uint64_t others;
	bool has_flags;
	uint64_t anonymous;
	uint64_t rss;
	const char *name;
	size_t line;
};

/**
 * struct proc_maps - all that a process has mapped
 * @source: what messages call it: a file's name, or "PID 123"
 * @vma: by ascending address; they do not overlap
 * @nr: how many
 * @page_size: in bytes
 * @max_map_count: what the kernel allows, 0 if not known
 * @nr_skipped: lines that were not understood
 * @arena: where names live
 */
struct proc_maps {
	const char *source;
	struct proc_vma *vma;
	size_t nr;
	uint64_t page_size;
	unsigned long max_map_count;
	size_t nr_skipped;
	void *arena;
};

/**
 * proc_read - read a maps or smaps file, which may be anything
 * @in: the file
 * @source: what messages call it; copied
 * @page_size: in bytes, a power of two
 * @err: where lines that are not understood are named; they are skipped
 *
 * Returns NULL after saying why if nothing can be done with it at all: an error
 * of reading, no line that is understood in a file that is not empty, VMAs
 * that overlap or do not ascend, more than PROC_VMAS_MAX. For proc_free().
 */
struct proc_maps *proc_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err);

/**
 * proc_read_pid - read what a process has mapped now
 * @pid: which, 0 for this one
 * @err: where errors go: that there is no such process, that it ended, that
 *	it may not be read
 *
 * smaps if that may be read, maps otherwise. Returns NULL after saying why.
 */
struct proc_maps *proc_read_pid(pid_t pid, FILE *err);

/**
 * proc_free - drop what was read
 * @maps: may be NULL
 */
void proc_free(struct proc_maps *maps);

/**
 * proc_other_name - the two letters of VmFlags that the simulator has not
 * @bit: a bit of proc_vma.others
 */
const char *proc_other_name(unsigned int bit);

/**
 * proc_print_name - print a name so that a terminal shows it and no more
 * @out: where to
 * @name: any bytes; control characters and what is no UTF-8 come out escaped,
 *	as \ooo
 * @max: columns, 0 for no limit; a longer one loses its middle to "..."
 */
void proc_print_name(FILE *out, const char *name, size_t max);

/* ---- why two neighbours are two (why.c) --------------------------------- */

/* In the order in which the kernel asks, as far as one can see from outside. */
enum why {
	WHY_SPECIAL, /* a mapping of the kernel's: vdso, vvar, vsyscall */
	WHY_FLAGS,   /* VmFlags differ: proc_pair.flags, .others */
	WHY_FILE,    /* another file, or one has none */
	WHY_OFFSET,  /* the same file, but not where it would go on */
	WHY_NAME,    /* names of anonymous memory differ */
	WHY_SHARED,  /* shared anonymous memory: each mmap() has its own file */
	WHY_CLOSE,   /* looks mergeable, but of a driver: ->close, VM_SPECIAL */
	WHY_HIDDEN,  /* all that shows is equal: anon_vma, policy, uffd */
	NR_WHYS
};

/**
 * why_text - a reason in a few words, lower case
 * @why: which
 */
const char *why_text(enum why why);

/**
 * struct proc_pair - two VMAs that touch and did not merge
 * @low: index of the lower one; the other is the next
 * @why: the first reason, in the order of the enum
 * @all: a bit, 1 << reason, for all that hold
 * @flags: WHY_FLAGS: VM_* in which they differ and that count for merging
 * @others: WHY_FLAGS: the same of proc_vma.others
 */
struct proc_pair {
	size_t low;
	enum why why;
	uint32_t all;
	vm_flags_t flags;
	uint64_t others;
};

/**
 * proc_pairs - every pair of neighbours that touch
 * @maps: what is mapped
 * @rules: which flags count for merging
 * @nr: where to put how many
 *
 * By ascending address. Returns an array for free(). A pair that touches did
 * not merge, or else it would be one VMA.
 */
struct proc_pair *proc_pairs(const struct proc_maps *maps,
			     const struct rules *rules, size_t *nr);

/* ---- a system call as data (call.c) ------------------------------------- */

enum call_kind {
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
	CALL_GROW, /* none: a page fault below the stack makes it longer */
	NR_CALLS
};

/**
 * struct call - a system call that changes what is mapped
 * @kind: which
 * @addr: the address that it is given; CALL_BRK: the new end of the heap;
 *	CALL_GROW: the new start of the stack
 * @len: bytes, as given: not yet rounded to pages
 * @new_len: CALL_MREMAP
 * @prot: PROT_* of CALL_MMAP, CALL_MPROTECT, CALL_SHMAT
 * @flags: MAP_*, MREMAP_*, MCL_*, MLOCK_ONFAULT, as <sys/mman.h> has them
 * @advice: CALL_MADVISE: MADV_*
 * @file: CALL_MMAP, CALL_SHMAT: world_file(), 0 for anonymous memory
 * @offset: CALL_MMAP: in it
 * @name: CALL_NAME: world_name(), 0 to take it away
 * @policy: CALL_MBIND: identity of the policy, 0 for none
 * @key: CALL_MPROTECT: the protection key, -1 if it stays
 * @has_result: @result is known
 * @result: the address that the kernel returned: of CALL_MMAP, CALL_MREMAP and
 *	CALL_SHMAT the new place, of CALL_BRK the end of the heap
 */
struct call {
	enum call_kind kind;
	uint64_t addr;
	uint64_t len;
	uint64_t new_len;
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
 * call_name - the system call's name, without "()"
 * @kind: which
 */
const char *call_name(enum call_kind kind);

struct world;

/**
 * call_parse - read a system call that a person wrote
 * @w: the process, for its files
 * @words: for example "mprotect", "0x7f0000001000", "8192", "r--"
 * @nr: how many there are, other calls after it included
 * @call: filled in
 * @err: where to say what is wrong, and what was expected
 *
 * Addresses are hexadecimal, with or without 0x; lengths are bytes with an
 * optional suffix K, M, G or p for pages. Returns how many words it took, 0
 * after saying what is wrong.
 */
size_t call_parse(struct world *w, char *const *words, size_t nr,
		  struct call *call, FILE *err);

/**
 * call_help - the forms that call_parse() understands, one a line
 * @out: where to
 */
void call_help(FILE *out);

/**
 * call_print - print a call as call_parse() has it
 * @out: where to
 * @w: the process, for names of files
 * @call: the call
 */
void call_print(FILE *out, const struct world *w, const struct call *call);

/* ---- a process on the simulator (world.c) -------------------------------- */

/* What nobody can see from outside: which VMAs have an anon_vma. */
enum faulted {
	FAULTED_SEEN,	  /* those with anonymous memory in smaps; none later */
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
 * world_load - make a process have just what was read
 * @w: the process; what it had before is gone
 * @maps: what it is to have
 */
void world_load(struct world *w, const struct proc_maps *maps);

/**
 * world_fork - a child with the same VMAs, where they are inherited
 * @w: the parent
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

/**
 * world_maps - what the process has mapped, as maps shows it
 * @w: the process
 *
 * Returns what proc_read() would of its maps file, for proc_free().
 */
struct proc_maps *world_maps(const struct world *w);

/**
 * world_report - an operation and the VMAs around it as a report
 * @w: the process, before the operation
 * @cat: the catalogue
 * @op: the operation
 *
 * VMAs are named as the catalogue does: prev, middle, next; the two beyond
 * these are there, too. Returns a report for report_free(), NULL if the
 * operation is on more VMAs than a picture can hold.
 */
struct report *world_report(const struct world *w, const struct catalog *cat,
			    const struct op *op);

/* ---- system calls in the output of strace (strace.c) --------------------- */

enum trace_what {
	TRACE_CALL, /* a system call that succeeded and changes what is mapped */
	TRACE_EXEC,  /* execve() that succeeded */
	TRACE_FORK,  /* fork() or clone() that made a process or a thread */
	TRACE_EXIT,  /* the process ended */
	TRACE_OTHER, /* nothing that matters: failed, or of another kind */
	TRACE_BAD,   /* a line that is not understood */
	TRACE_END,   /* there are no more lines */
};

/**
 * struct trace_event - what a line of a trace says
 * @what: which of the above
 * @line: number of the line, from 1; of a call that was resumed, its end
 * @pid: of the thread that did it; 0 if the trace does not say
 * @call: TRACE_CALL: the call, but for @file and @name: a trace knows no world
 * @path: TRACE_CALL: the file that is mapped, NULL if none; TRACE_EXEC: of the
 *	program. Valid until the next event.
 * @name: TRACE_CALL: the name given by prctl(), NULL if it is taken away
 * @child: TRACE_FORK: its PID, or TID
 * @thread: TRACE_FORK: CLONE_VM: it shares what is mapped
 * @error: TRACE_BAD: what is wrong with the line
 */
struct trace_event {
	enum trace_what what;
	size_t line;
	pid_t pid;
	struct call call;
	const char *path;
	const char *name;
	pid_t child;
	bool thread;
	const char *error;
};

struct trace;

/**
 * trace_new - begin to read the output of strace
 * @in: the file, which may be anything
 */
struct trace *trace_new(FILE *in);

/**
 * trace_next - the next event
 * @t: the trace
 * @event: filled in
 *
 * Lines of a stack (-k), signals and "exited" lines are understood, unfinished
 * calls put together with what resumes them. Returns false at the end.
 */
bool trace_next(struct trace *t, struct trace_event *event);

/**
 * trace_free - drop a trace; the file stays open
 * @t: may be NULL
 */
void trace_free(struct trace *t);

#endif /* VMATLAS_PROCESS_H */
