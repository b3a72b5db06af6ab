/* SPDX-License-Identifier: GPL-2.0-only */
/* What system calls would do to a process, for people and for machines. */
#ifndef VMATLAS_CMD_WHAT_IF_H
#define VMATLAS_CMD_WHAT_IF_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "process/cases.h"
#include "process/load.h"
#include "process/why.h"

/**
 * struct what_if_op - one operation of a system call
 * @op: the operation
 * @report: it and the VMAs around it; NULL if these are too many for a picture
 * @err: 0, or the kernel's negative errno
 * @cases: how often it was each of the cases, in the order of replay_case_names
 */
struct what_if_op {
	struct op op;
	struct report *report;
	int err;
	size_t cases[NR_REPLAY_CASES];
};

/* Whether the kernel tries to merge there. */
static inline bool what_if_merges(const struct kcall *kcall)
{
	return kcall->kind == KCALL_MERGE_EXISTING ||
	       kcall->kind == KCALL_MERGE_NEW;
}

/* Of a call that changes more VMAs, the rest is only counted. */
#define WHAT_IF_OPS 8

/**
 * struct what_if_call - one system call
 * @call: the call
 * @faulted: what was assumed of memory
 * @page_size: in bytes
 * @end: where addresses end
 * @text: as it is written
 * @err: 0, or the kernel's negative errno
 * @result: the address that it returns, 0 if none
 * @ops: the first of what it is made of
 * @nr_ops: how many are kept
 * @all_ops: how many there are
 * @last_err: of the last of them
 * @before: what was mapped before; whoever made the call drops it
 * @after: and after, which is what is before the next
 * @counts: the number of VMAs before and after
 */
struct what_if_call {
	struct syscall call;
	enum faulted faulted;
	uint64_t page_size;
	uint64_t end;
	char *text;
	int err;
	uint64_t result;
	struct what_if_op ops[WHAT_IF_OPS];
	size_t nr_ops;
	size_t all_ops;
	int last_err;
	struct proc_maps *before;
	struct proc_maps *after;
	unsigned long counts[2];
};

/**
 * what_if_do - carry out a call, and keep what comes of it
 * @c: filled in, for what_if_drop()
 * @sim: the process
 * @faulted: what was assumed of its memory
 * @now: what it has mapped, which @c takes
 * @call: the call
 * @cat: the catalogue
 *
 * Return: What it has mapped then, for the next call or proc_free().
 */
struct proc_maps *what_if_do(struct what_if_call *c, struct sim *sim,
			     enum faulted faulted, struct proc_maps *now,
			     const struct syscall *call,
			     const struct catalog *cat);

/**
 * what_if_drop - drop what was kept of a call, but for what is mapped after it
 * @c: the call
 */
void what_if_drop(struct what_if_call *c);

/**
 * what_if_error - what an error of a call means
 * @c: the call, which failed
 *
 * Return: A clause, lower case, without a full stop, valid until the next call.
 */
const char *what_if_error(const struct what_if_call *c);

/**
 * what_if_reading - what a reader can see of an operation
 * @op: the operation, which has a report
 * @why: where to put why there is no answer
 *
 * Return: NULL if it failed, or is more than can be explored while somebody waits.
 */
const struct reading *what_if_reading(const struct what_if_op *op,
				      const char **why);

/**
 * what_if_print - print what came of a call for people
 * @out: where to
 * @c: the call
 * @common: the options
 */
void what_if_print(FILE *out, const struct what_if_call *c,
		   const struct common *common);

/**
 * struct what_if_patch - a row of VMAs that are not the same before and after
 * @old: index of the first before
 * @old_end: one past the last
 * @new: index of the first after
 * @new_end: one past the last
 */
struct what_if_patch {
	size_t old;
	size_t old_end;
	size_t new;
	size_t new_end;
};

/**
 * what_if_patch - the next row of VMAs that are not the same
 * @c: the call
 * @p: the one before, at first all 0; becomes the next
 *
 * Return: false if there is none.
 */
bool what_if_patch(const struct what_if_call *c, struct what_if_patch *p);

/**
 * what_if_differing - in which flags two neighbours differ, if that is why they do
 * not merge
 * @c: the call
 * @op: one of its operations
 * @kcall: a merge that this tried
 * @right: above the range, else below it
 * @flags: set to the flags; to 0 if they were not the reason, or if one of the two
 *	is not there when the call is over
 * @others: likewise those of proc_vma.others
 */
void what_if_differing(const struct what_if_call *c,
		       const struct what_if_op *op, const struct kcall *kcall,
		       bool right, vm_flags_t *flags, uint64_t *others);

/**
 * what_if_json - what came of a call for machines
 * @c: the call
 *
 * Return: An object for json_decref().
 */
json_t *what_if_json(const struct what_if_call *c);

/**
 * what_if_parse - read a call, as syscall_parse() and as C or strace has it
 * @sim: the process, for its files
 * @maps: what it has mapped, for names in place of addresses; NULL if nothing
 * @kept: for the texts of @call
 * @words: the call, and others behind it; an address that is a name is replaced
 * @nr: how many words there are
 * @call: filled in
 *
 * Return: How many words it took, 0 after saying what is wrong.
 */
size_t what_if_parse(struct sim *sim, const struct proc_maps *maps,
		     struct arena *kept, char **words, size_t nr,
		     struct syscall *call);

#endif /* VMATLAS_CMD_WHAT_IF_H */
