/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands about a process share. */
#ifndef VMATLAS_CMD_PROCESS_H
#define VMATLAS_CMD_PROCESS_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "process/maps.h"
#include "syscall/sim.h"

/**
 * process_pid - the process that an option --pid asks for
 * @arg: the option's argument
 * @state: argp's: what is no PID ends the program
 *
 * Return: The PID.
 */
pid_t process_pid(const char *arg, struct argp_state *state);

/**
 * process_page_size - the size of pages that an option asks for
 * @arg: the option's argument
 * @state: argp's: what is no power of two ends the program
 *
 * Return: Bytes.
 */
uint64_t process_page_size(const char *arg, struct argp_state *state);

/**
 * process_limit - vm.max_map_count that an option says
 * @arg: the option's argument
 * @state: argp's: what is no such number ends the program
 *
 * Return: VMAs.
 */
unsigned long process_limit(const char *arg, struct argp_state *state);

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

/**
 * faulted_name - what an option calls an assumption of what was written to
 * @faulted: which
 *
 * Return: A constant string.
 */
const char *faulted_name(enum faulted faulted);

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
