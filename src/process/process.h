/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real process: what it has mapped, why neighbours did not merge, what a
 * system call makes of it, and what a trace says that it did.
 *
 * From the bottom up: reading what is mapped (lines.c, vmas.c, pid.c), words
 * for it (words.c), why two neighbours are two (why.c), a system call as data
 * and in words (call.c, call-forms.c, call-print.c), a process on the simulator
 * (world.c, idents.c) and what calls do to it (do.c, call-*.c), an operation as
 * a picture has it (scene.c), system calls in the output of strace (strace.c),
 * all that a trace did (replay.c).
 *
 * All addresses, lengths and offsets are in bytes here, as system calls have
 * them; the simulator has pages.
 */
#ifndef VMATLAS_PROCESS_H
#define VMATLAS_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "report/report.h"

/* ---- what is mapped (vmas.c, pid.c, words.c) ---------------------------- */

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
 * @pkey: the protection key, 0 if smaps has none
 * @has_flags: VmFlags were there, so that a flag which is not in @flags is not
 *	set; without, only permissions are known
 * @anonymous: KiB of memory that is not the file's, where there is no file with
 *	what is swapped out: if there is any, the VMA has an anon_vma. Known
 *	only with @has_flags.
 * @rss: KiB of memory that is there
 * @name: file, "[heap]", "[anon:name]", ..., "" if none; any bytes but NUL and
 *	new line, as in the file, unescaped
 * @policy: the memory policy as numa_maps has it, NULL if that was not read
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
	unsigned int pkey;
	bool has_flags;
	uint64_t anonymous;
	uint64_t rss;
	const char *name;
	const char *policy;
	size_t line;
};

/* As many kinds of flags as fit that the simulator has no name for. */
#define PROC_OTHERS_MAX 64

/**
 * struct proc_maps - all that a process has mapped
 * @source: what messages call it: a file's name, or "PID 123"
 * @vma: by ascending address; they do not overlap
 * @nr: how many
 * @page_size: in bytes
 * @max_map_count: what the kernel allows, 0 if not known
 * @brk_start: where the heap begins, 0 if not known
 * @nr_skipped: lines that were not understood
 * @other: what proc_other_name() returns
 * @nr_others: how many
 * @arena: where names live
 */
struct proc_maps {
	const char *source;
	struct proc_vma *vma;
	size_t nr;
	uint64_t page_size;
	unsigned long max_map_count;
	uint64_t brk_start;
	size_t nr_skipped;
	char other[PROC_OTHERS_MAX][3];
	unsigned int nr_others;
	void *arena;
};

/**
 * proc_read - read a maps or smaps file, which may be anything
 * @in: the file
 * @source: what messages call it, any bytes; copied
 * @page_size: in bytes, a power of two and at least 4096; 0 to find it out:
 *	what smaps says, otherwise 4096
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
 * smaps if that may be read, maps otherwise. Who maps and unmaps meanwhile can
 * make the kernel show VMAs that overlap; then it is read again, a few times.
 * Returns NULL after saying why.
 */
struct proc_maps *proc_read_pid(pid_t pid, FILE *err);

/**
 * proc_read_policies - find out the memory policies of a process
 * @maps: what it has mapped; @policy of the VMAs is filled in
 * @in: its numa_maps, which may be anything: what is not understood is ignored
 */
void proc_read_policies(struct proc_maps *maps, FILE *in);

/**
 * proc_free - drop what was read
 * @maps: may be NULL
 */
void proc_free(struct proc_maps *maps);

/**
 * proc_other_name - the two letters of VmFlags that the simulator has not
 * @maps: where it was read
 * @bit: a bit of proc_vma.others
 */
const char *proc_other_name(const struct proc_maps *maps, unsigned int bit);

/**
 * proc_flag_code - the two letters that VmFlags has for a flag
 * @bit: which flag
 */
const char *proc_flag_code(enum vm_flag_bit bit);

/**
 * proc_code_text - what two letters of VmFlags mean, in a few words
 * @code: the letters
 *
 * Returns NULL if that is not known.
 */
const char *proc_code_text(const char *code);

/**
 * proc_print_name - print a name so that a terminal shows it and no more
 * @out: where to
 * @name: any bytes; control characters and what is no UTF-8 come out escaped,
 *	as \ooo
 * @max: columns, 0 for no limit; a longer one loses its middle to "..."
 *
 * Returns how many columns it took.
 */
size_t proc_print_name(FILE *out, const char *name, size_t max);

/**
 * proc_print_bytes - the same for bytes that no NUL ends
 * @out: where to
 * @bytes: any bytes
 * @len: how many
 * @max: columns, 0 for no limit
 */
size_t proc_print_bytes(FILE *out, const char *bytes, size_t len, size_t max);

/* ---- why two neighbours are two (why.c) --------------------------------- */

/* What madvise() sets and clears. */
#define PROC_ADVICE                                                            \
	(VM_HUGEPAGE | VM_NOHUGEPAGE | VM_DONTDUMP | VM_DONTCOPY |             \
	 VM_WIPEONFORK | VM_MERGEABLE | VM_SEQ_READ | VM_RAND_READ)

/* In the order in which the kernel asks, as far as one can see from outside. */
enum why {
	WHY_SPECIAL, /* a mapping of the kernel's: vdso, vvar, vsyscall */
	WHY_POLICY,  /* policies differ: known after proc_read_policies() */
	WHY_FLAGS,   /* VmFlags differ: proc_pair.flags, .others, .pkey */
	WHY_FILE,    /* another file, or one has none */
	WHY_SHARED,  /* shared anonymous memory: each mmap() has its own file */
	WHY_NAME,    /* names of anonymous memory differ */
	WHY_OFFSET,  /* the same file, but not where it would go on */
	WHY_CLOSE,   /* of a driver, or known to have ->close */
	WHY_HIDDEN,  /* all that shows is equal: proc_pair.hidden */
	NR_WHYS
};

/**
 * why_text - a reason in a few words, lower case
 * @why: which
 */
const char *why_text(enum why why);

/* WHY_HIDDEN: what it can be, as far as what shows tells. */
enum hidden {
	HIDDEN_NOT,   /* something shows */
	HIDDEN_FLAGS, /* VmFlags were not there to read */
	HIDDEN_OPEN,  /* of one file, but maybe opened twice; or an anon_vma */
	HIDDEN_UFFD,  /* both are registered, maybe with two userfaultfds */
	HIDDEN_FAULTED, /* both have an anon_vma; or mremap() moved one */
	HIDDEN_HALF,	/* one has: before 6.16, fork() or mremap() */
	HIDDEN_EMPTY,	/* neither has memory now: it had; or a policy */
	NR_HIDDENS
};

/**
 * hidden_text - what a hidden reason can be, in a few words
 * @hidden: which
 */
const char *hidden_text(enum hidden hidden);

/**
 * struct proc_reason - why two VMAs are two
 * @why: the first reason, in the order of the enum
 * @all: a bit, 1 << reason, for all that hold; WHY_SPECIAL needs no other
 * @flags: WHY_FLAGS: VM_* in which they differ and that count for merging
 * @others: WHY_FLAGS: the same of proc_vma.others
 * @pkey: WHY_FLAGS: the protection keys differ
 * @guard: WHY_FLAGS: one of the two has no access at all
 * @hidden: WHY_HIDDEN: what it can be
 * @avoidable: nothing but a use of system calls keeps them apart that could be
 *	another: advice for a part of a range, say. Protection is not, nor is
 *	what nobody can see.
 */
struct proc_reason {
	enum why why;
	uint32_t all;
	vm_flags_t flags;
	uint64_t others;
	bool pkey;
	bool guard;
	enum hidden hidden;
	bool avoidable;
};

/**
 * struct proc_pair - two VMAs that touch and did not merge
 * @low: index of the lower one; the other is the next
 * @r: why
 */
struct proc_pair {
	size_t low;
	struct proc_reason r;
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

/**
 * struct proc_group - pairs that are two for the same reason
 * @r: why
 * @nr: how many pairs: so many VMAs would go if all of them merged
 * @run: VMAs in the longest row in which each pair is of this group
 * @run_low: index of the lowest of them
 */
struct proc_group {
	struct proc_reason r;
	size_t nr;
	size_t run;
	size_t run_low;
};

/**
 * proc_groups - put pairs together that have the same reason
 * @pairs: from proc_pairs()
 * @nr_pairs: how many
 * @nr: where to put how many groups there are
 *
 * Where several reasons hold, these make the group, and not in which flags they
 * differ. Where protection differs, other flags do not count, and of pairs of
 * which one has no access at all, no flag. Most pairs first. Returns an array
 * for free().
 */
struct proc_group *proc_groups(const struct proc_pair *pairs, size_t nr_pairs,
			       size_t *nr);

/**
 * proc_counted - how many of the VMAs count for vm.max_map_count
 * @maps: what is mapped
 *
 * [vsyscall] is shown, but belongs to no process.
 */
size_t proc_counted(const struct proc_maps *maps);

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
	CALL_GROW,  /* none: a page fault below the stack makes it longer */
	CALL_TOUCH, /* none: somebody writes to it, so that it has an anon_vma */
	NR_CALLS
};

/**
 * struct call - a system call that changes what is mapped
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

/*
 * What cannot be seen from outside of each VMA: whether it has an anon_vma. With
 * anonymous memory it has one, and if it cannot be written to, but is accounted.
 * Those that a call itself writes to (mlock(), MAP_POPULATE, ...) have one in
 * any case.
 */
enum faulted {
	FAULTED_SEEN,	  /* those of which smaps shows it; none later */
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
 *
 * Its names, files and policies keep their identities. Where there are no
 * VmFlags, flags are guessed from permissions. Neighbours that look the same in
 * all that shows are given a reason why they have not merged: other offsets, if
 * they are anonymous and not written to; an anon_vma for each, if both were; or
 * else one that was inherited.
 * [vsyscall] is kept for world_maps(), but is no VMA.
 */
void world_load(struct world *w, const struct proc_maps *maps);

/**
 * world_fork - a child with the same VMAs, where they are inherited
 * @w: the parent
 *
 * As dup_mmap(). Parent and child share the identities of files and names.
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
 * Returns what proc_read() would of its smaps file, but for memory that is
 * there, for proc_free(). Files of which nothing but the name is known have an
 * inode that is made up.
 */
struct proc_maps *world_maps(const struct world *w);

/**
 * world_report - an operation and the VMAs around it as a report
 * @w: the process, before the operation
 * @cat: the catalogue
 * @op: the operation
 *
 * VMAs are named as in the catalogue: prev, middle, next; of those that are
 * unmapped, vma, or first, middle, middle2, ..., last. The two beyond these are
 * below and above. Returns a report for report_free(), NULL if the
 * operation is on more VMAs than a picture can hold.
 */
struct report *world_report(const struct world *w, const struct catalog *cat,
			    const struct op *op);

/* ---- system calls in the output of strace (strace.c) --------------------- */

enum trace_what {
	TRACE_CALL, /* a system call that succeeded and changes what is mapped */
	TRACE_FAILED, /* one that failed, and would have */
	TRACE_BEGUN, /* the beginning of a munmap() that ends in another line */
	TRACE_EXEC,  /* execve() that succeeded */
	TRACE_FORK,  /* fork() or clone() that made a process or a thread */
	TRACE_EXIT,  /* the thread ended */
	TRACE_OTHER, /* nothing that matters */
	TRACE_BAD,   /* a line that is not understood */
	TRACE_END,   /* there are no more lines */
};

/**
 * struct trace_event - what a line of a trace says
 * @what: which of the above
 * @line: number of the line, from 1; of a call that was resumed, its end
 * @column: TRACE_BAD: where, from 1; 0 if it is not known
 * @pid: of the thread that did it; 0 if the trace does not say
 * @call: TRACE_CALL, TRACE_FAILED, TRACE_BEGUN: the call, but for @file and
 *	@name: a trace knows no world
 * @err: TRACE_FAILED: the errno, -1 if it has no name here
 * @path: TRACE_CALL: the file that is mapped, NULL if none; TRACE_EXEC: of the
 *	program. Valid until the next event.
 * @name: TRACE_CALL: the name given by prctl(), NULL if it is taken away
 * @child: TRACE_FORK: its PID, or TID; 0 while the call is unfinished: the child
 *	may be the next thread that is new
 * @thread: TRACE_FORK: CLONE_VM: it shares what is mapped
 * @text: the call as it is written, any bytes, NULL if it is none of interest.
 *	Valid until the next event.
 * @error: TRACE_BAD: what is wrong with the line, what was expected
 */
struct trace_event {
	enum trace_what what;
	size_t line;
	size_t column;
	pid_t pid;
	struct call call;
	int err;
	const char *path;
	const char *name;
	pid_t child;
	bool thread;
	const char *text;
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

/* ---- all that a trace did (cases.c, replay.c, match.c) --------------------- */

#define NR_REPLAY_CASES 29

/**
 * replay_case_name - the identifier of a case, in the catalogue's order
 * @c: counted from 0, below NR_REPLAY_CASES
 */
const char *replay_case_name(unsigned int c);

/**
 * replay_count_cases - count the cases that an operation was
 * @counts: NR_REPLAY_CASES of them, to add to
 * @op: the operation
 * @out: what the simulator did. A change of several VMAs is several cases; one
 *	that failed is none.
 */
void replay_count_cases(size_t *counts, const struct op *op,
			const struct outcome *out);

/* Above these, more is left out, and counted. */
#define REPLAY_PROGRAMS_MAX (16u << 10)
#define REPLAY_THREADS_MAX (128u << 10)
#define REPLAY_VMAS_MAX (1u << 20)

/* As many are told of. */
#define REPLAY_COSTS 8
#define REPLAY_NOTES 20

/**
 * struct replay_note - a line that something is to be said of
 * @line: its number
 * @column: in it, 0 if it is about all of it
 * @vmas: of a costly call: how many VMAs more there were after it
 * @says: what is wrong; NULL if nothing is
 * @text: the call as written, cut off if long; NULL if it is none
 */
struct replay_note {
	size_t line;
	size_t column;
	long vmas;
	const char *says;
	char *text;
};

/**
 * struct replay_notes - the first of some lines, and how many there are
 * @note: the first REPLAY_NOTES
 * @nr: how many there are in all
 */
struct replay_notes {
	struct replay_note *note;
	size_t nr;
};

/* What a program is taken to have mapped at first. */
enum replay_start {
	START_EMPTY, /* nothing: what was there is not known */
	START_MAPS,  /* what a file says */
	START_FORK,  /* what its parent had */
};

/**
 * struct replay_program - what one program did, from execve() or fork() on
 * @pid: of the process; 0 if the trace does not say
 * @exec: how many execve() it has behind it in the trace
 * @path: that the last one was given, NULL if there was none
 * @start: what it had at first
 * @loaded: START_MAPS: that, of struct replay_from
 * @parent: START_FORK: whose
 * @line: where it begins
 * @last_line: its last call
 * @left_out: it was not replayed, or not to the end: see REPLAY_VMAS_MAX
 * @ops: operations on the simulator
 * @calls: that succeeded, by kind, as far as they were replayed
 * @failed: that failed
 * @failed_too: of these, as many as the simulator let fail, too
 * @cases: by case, in the catalogue's order
 * @beyond: calls about what the simulator does not have, because it was not
 *	known from the start: START_EMPTY. They are not carried out.
 * @first: VMAs at first
 * @peak: VMAs at most
 * @peak_line: where that was
 * @final: VMAs at the end
 * @costs: the calls after which there were most VMAs more, most first
 * @nr_costs: how many
 * @disagree: calls that failed on the simulator, but not in the kernel, or the
 *	other way, or gave another address
 * @maps: what it has at the end, if that was kept; see struct replay_opts
 */
struct replay_program {
	pid_t pid;
	unsigned int exec;
	char *path;
	enum replay_start start;
	const struct proc_maps *loaded;
	pid_t parent;
	size_t line;
	size_t last_line;
	bool left_out;
	size_t ops;
	size_t calls[NR_CALLS];
	size_t failed[NR_CALLS];
	size_t failed_too;
	size_t cases[NR_REPLAY_CASES];
	size_t beyond;
	size_t first;
	size_t peak;
	size_t peak_line;
	size_t final;
	struct replay_note *costs;
	size_t nr_costs;
	struct replay_notes disagree;
	struct proc_maps *maps;
};

/**
 * struct replay_from - what a program had at first
 * @pid: of the process, 0 for that of struct replay_opts
 * @exec: how many execve() it then had behind it; -1 for where its part of the
 *	trace begins
 * @maps: what it had
 */
struct replay_from {
	pid_t pid;
	int exec;
	const struct proc_maps *maps;
};

/**
 * struct replay_opts - how to replay
 * @rules: which kernel's rules it follows
 * @page_size: in bytes, a power of two
 * @faulted: what is assumed of memory
 * @pid: the process of which the last program is kept; 0 for the first
 * @exec: of that process, the program after so many execve(); -1 for the last
 * @from: what is known from the start
 * @nr_from: how many
 */
struct replay_opts {
	const struct rules *rules;
	uint64_t page_size;
	enum faulted faulted;
	pid_t pid;
	int exec;
	const struct replay_from *from;
	size_t nr_from;
};

/**
 * struct replay - what a trace did
 * @program: every program, as they begin
 * @nr: how many
 * @kept: that of struct replay_opts, NULL if there is none
 * @lines: of the trace
 * @calls: of these, calls that were replayed
 * @bad: lines that were not understood
 * @joined: threads that nobody was seen to make, taken for the first's
 * @left_out: events of processes and threads beyond the limits
 */
struct replay {
	struct replay_program **program;
	size_t nr;
	struct replay_program *kept;
	size_t lines;
	size_t calls;
	struct replay_notes bad;
	size_t joined;
	size_t left_out;
};

/**
 * replay_run - replay a trace
 * @in: the output of strace, which may be anything
 * @opts: how
 *
 * Returns what it did, for replay_free().
 */
struct replay *replay_run(FILE *in, const struct replay_opts *opts);

/**
 * replay_free - drop what a trace did
 * @r: may be NULL
 */
void replay_free(struct replay *r);

/* ---- the simulator's layout against the kernel's (match.c) ------------------- */

enum match {
	MATCH_SAME,
	MATCH_GROWN,   /* the stack begins lower: page faults make it grow */
	MATCH_DELETED, /* the file was deleted since */
	MATCH_MERGED,  /* the kernel has one where the simulator has several */
	MATCH_SPLIT,   /* and the other way: all that can be seen is equal */
	MATCH_DIFFERS,
	NR_MATCHES
};

/**
 * match_text - what a match is, in words
 * @m: which
 */
const char *match_text(enum match m);

/**
 * struct match_row - VMAs that stand side by side
 * @model: the simulator's, NULL if it has none there
 * @real: the kernel's, NULL if it has none there
 * @match: how they compare
 */
struct match_row {
	const struct proc_vma *model;
	const struct proc_vma *real;
	enum match match;
};

/**
 * match_maps - put two layouts side by side
 * @model: the simulator's
 * @real: the kernel's
 * @nr: where to put how many rows there are
 * @counts: where to count VMAs of the kernel by match, NR_MATCHES of them; one
 *	that only the simulator has counts, too
 *
 * Range, protection, offset and name are compared. Returns an array for free().
 */
struct match_row *match_maps(const struct proc_maps *model,
			     const struct proc_maps *real, size_t *nr,
			     size_t *counts);

#endif /* VMATLAS_PROCESS_H */
