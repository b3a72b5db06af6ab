/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands about a process share. */
#ifndef VMATLAS_CMD_PROCESS_H
#define VMATLAS_CMD_PROCESS_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "lib/text.h"
#include "process/maps.h"
#include "syscall/sim.h"

/* The most that Linux gives out. */
#define PROCESS_PID_MAX 4194304UL

/* What an option may say that vm.max_map_count is, which is an int. */
#define PROCESS_LIMIT_MAX 2147483647UL

/**
 * process_page_size - the size of pages that an option asks for
 * @field: where to put it: a uint64_t
 * @arg: the option's argument
 *
 * Return: What is wrong with it, NULL if it is a power of two.
 */
const char *process_page_size(void *field, char *arg);

/**
 * process_rules - the rules to go by: those asked for, the kernel's, or the newest
 * @common: the options; what they do not ask for is filled in
 * @runs: it is a process that runs here, so that the kernel is known
 */
void process_rules(struct common *common, bool runs);

/**
 * process_file - read a copy of maps or smaps
 * @name: the file, "-" for standard input
 * @page_size: in bytes, 0 to find it out
 * @limit: VMAs that a process may have there, 0 for the default; a file that has
 *	more shows that the limit is higher, which is said
 *
 * Return: NULL after saying why, otherwise for proc_free().
 */
struct proc_maps *process_file(const char *name, uint64_t page_size,
			       unsigned long limit);

/* For whom --page-size is. */
#define PROCESS_FILE_ONLY                                                      \
	"a FILE, and this machine says what the size of its pages is"

/**
 * process_pid - read what a process has mapped
 * @pid: the process
 * @limit: VMAs that it may have, 0 for what this machine allows; as for a file
 *
 * Return: NULL after saying why, otherwise for proc_free().
 */
struct proc_maps *process_pid(pid_t pid, unsigned long limit);

/* An assumption of what was written to: as an option calls it, and in a sentence. */
extern const struct key_text faulted_words[NR_FAULTED];

/**
 * json_address - an address
 * @addr: in bytes
 *
 * A string: not all numbers of JSON have 64 bits.
 *
 * Return: A new reference.
 */
json_t *json_address(uint64_t addr);

/**
 * json_name - a name, which may be any bytes
 * @name: as text_print() has it; strings of JSON are UTF-8
 *
 * Return: A new reference.
 */
json_t *json_name(const char *name);

#endif /* VMATLAS_CMD_PROCESS_H */
