/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a real process has mapped (lines.c, vmas.c, pid.c, words.c). All addresses
 * and lengths are in bytes, as the kernel shows them.
 */
#ifndef VMATLAS_PROCESS_MAPS_H
#define VMATLAS_PROCESS_MAPS_H

#include <stdio.h>
#include <sys/types.h>

#include "model/model.h"

/* Above this, input is refused: no process has as many. */
#define PROC_VMAS_MAX (16u << 20)

/**
 * struct proc_hidden - what the kernel does not show of a VMA, and a simulator
 *	knows
 * @known: it is known
 * @close: it has a ->close hook
 * @forked: it was inherited: only one process merges with its like
 * @anon_vma: its identity, 0 if it has none
 * @uffd: of the userfaultfd that it is registered with, 0 if with none
 * @offset: of its first page, bytes: of anonymous memory, too
 */
struct proc_hidden {
	bool known;
	bool close;
	bool forked;
	uint32_t anon_vma;
	uint32_t uffd;
	uint64_t offset;
};

/**
 * struct proc_vma - a VMA of a process, as the kernel shows it
 * @start: its first byte
 * @end: one past the last
 * @offset: in the file; what maps shows of anonymous memory is 0
 * @inode: of the file, 0 if there is none
 * @dev_major: of its device
 * @dev_minor: of its device
 * @flags: VM_*: of maps the permissions, of smaps all that VmFlags has
 * @others: of VmFlags what the simulator has no name for: a bit each, by @other
 * @pkey: the protection key, 0 if smaps has none
 * @page_size: bytes: huge pages of hugetlbfs are larger; 0 if smaps has none
 * @has_flags: VmFlags were there, so that a flag which is not in @flags is not
 *	set; without, only permissions are known
 * @anonymous: KiB of memory that is not the file's, where there is no file with
 *	what is swapped out: if there is any, the VMA has an anon_vma. Known
 *	only with @has_flags.
 * @rss: KiB of memory that is there
 * @name: file, "[heap]", "[anon:name]", ..., "" if none; any bytes but NUL and
 *	new line, as in the file, unescaped
 * @policy: the memory policy as numa_maps has it, NULL if that was not read
 * @hidden: what replay --layout writes beside
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
	uint64_t page_size;
	uint64_t anonymous;
	uint64_t rss;
	const char *name;
	const char *policy;
	struct proc_hidden hidden;
	size_t line;
};

/* As many kinds of flags as fit that the simulator has no name for. */
#define PROC_OTHERS_MAX 64

/**
 * struct proc_maps - all that a process has mapped
 * @source: what messages call it: a file's name, or "PID 123"
 * @form: what it was read from, if not from maps or smaps
 * @vma: by ascending address; they do not overlap
 * @nr: how many
 * @page_size: in bytes
 * @max_map_count: what the kernel allows, 0 if not known
 * @limit_is_least: it allows that at least: there are as many
 * @brk_start: where the heap begins, 0 if not known
 * @nr_skipped: lines that were not understood
 * @other: of proc_vma.others, the two letters of each bit
 * @nr_others: how many
 * @arena: where names live
 */
struct proc_maps {
	const char *source;
	const char *form;
	struct proc_vma *vma;
	size_t nr;
	uint64_t page_size;
	unsigned long max_map_count;
	bool limit_is_least;
	uint64_t brk_start;
	size_t nr_skipped;
	char other[PROC_OTHERS_MAX][3];
	unsigned int nr_others;
	void *arena;
};

/**
 * proc_read - read what a process has mapped from a file, which may be anything
 * @in: the file: maps or smaps, with other text around it or quoted; gdb's
 *	'info proc mappings', pmap -X or -XX, 'readelf -lW' of a core; an ELF core
 * @source: what messages call it, any bytes; copied
 * @page_size: in bytes, a power of two and at least 4096; 0 to find it out:
 *	what smaps says, otherwise 4096
 * @err: where it is said, once, if lines were not understood and skipped
 *
 * Return: NULL after saying why if nothing can be done with it at all: an error
 * of reading, no line that is understood in a file that is not empty, VMAs that
 * overlap or do not ascend, more than PROC_VMAS_MAX. For proc_free().
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
 *
 * Return: NULL after saying why.
 */
struct proc_maps *proc_read_pid(pid_t pid, FILE *err);

/**
 * proc_open - open a file of a process in /proc
 * @pid: which, 0 for this one
 * @name: the file, such as "maps"
 *
 * Return: NULL with errno set.
 */
FILE *proc_open(pid_t pid, const char *name);

/**
 * proc_limit - how many VMAs a process may have on this machine
 *
 * Return: vm.max_map_count, 0 if it cannot be read.
 */
unsigned long proc_limit(void);

/**
 * proc_read_policies - find out the memory policies of a process
 * @maps: what it has mapped; @policy of the VMAs is filled in
 * @in: its numa_maps, which may be anything: what is not understood is ignored
 */
void proc_read_policies(struct proc_maps *maps, FILE *in);

/**
 * proc_write - write what is mapped as smaps has it, and what it has not
 * @out: where to
 * @maps: what is mapped
 *
 * proc_read() understands it; other readers of smaps ignore the key "Hidden".
 */
void proc_write(FILE *out, const struct proc_maps *maps);

/**
 * proc_free - drop what was read
 * @maps: may be NULL
 */
void proc_free(struct proc_maps *maps);

/**
 * proc_path_len - how long a file's name is
 * @name: as maps has it
 *
 * Return: Without " (deleted)".
 */
size_t proc_path_len(const char *name);

/**
 * proc_take_code - take the first out of some flags
 * @maps: where they were read
 * @flags: those that the simulator has
 * @others: the others
 *
 * Return: Its two letters, NULL if no flag is left.
 */
const char *proc_take_code(const struct proc_maps *maps, vm_flags_t *flags,
			   uint64_t *others);

/**
 * proc_counted - how many of the VMAs count for vm.max_map_count
 * @maps: what is mapped
 *
 * [vsyscall] is shown, but belongs to no process.
 *
 * Return: How many.
 */
size_t proc_counted(const struct proc_maps *maps);

/**
 * proc_flag_code - the two letters that VmFlags has for a flag
 * @bit: which flag
 *
 * Return: A constant string.
 */
const char *proc_flag_code(enum vm_flag_bit bit);

/**
 * proc_code_text - what two letters of VmFlags mean, in a few words
 * @code: the letters
 *
 * Return: NULL if that is not known.
 */
const char *proc_code_text(const char *code);

#endif /* VMATLAS_PROCESS_MAPS_H */
