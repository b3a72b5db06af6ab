/* SPDX-License-Identifier: GPL-2.0-only */
/* Between a simulated process and a real one (load.c, around.c). */
#ifndef VMATLAS_PROCESS_LOAD_H
#define VMATLAS_PROCESS_LOAD_H

#include "process/maps.h"
#include "syscall/sim.h"
#include "report/report.h"

/**
 * sim_load - make a process have just what was read
 * @sim: the process; what it had before is gone
 * @maps: what it is to have
 *
 * Its names, files and policies keep their identities. Where there are no
 * VmFlags, flags are guessed from permissions. Neighbours that look the same in
 * all that shows are given a reason why they have not merged: other offsets, if
 * they are anonymous and not written to; an anon_vma for each, if both were; or
 * else one that was inherited.
 * [vsyscall] is kept for sim_maps(), but is no VMA.
 */
void sim_load(struct sim *sim, const struct proc_maps *maps);

/**
 * sim_maps - what the process has mapped, as maps shows it
 * @sim: the process
 *
 * Return: What proc_read() would of its smaps file, but for memory that is
 * there, for proc_free(). Files of which nothing but the name is known have an
 * inode that is made up.
 */
struct proc_maps *sim_maps(const struct sim *sim);

/**
 * sim_report - an operation and the VMAs around it as a report
 * @sim: the process, before the operation
 * @cat: the catalogue
 * @op: the operation
 *
 * VMAs are named as in the catalogue: prev, middle, next; of those that are
 * unmapped, vma, or first, middle, middle2, ..., last. The two beyond these are
 * below and above, and source is what mremap() copies, if it is none of them.
 *
 * Return: A report for report_outcome(), NULL if the operation is on more VMAs
 * than a picture can hold.
 */
struct report *sim_report(const struct sim *sim, const struct catalog *cat,
			  const struct op *op);

#endif /* VMATLAS_PROCESS_LOAD_H */
