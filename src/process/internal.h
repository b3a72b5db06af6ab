/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read a process share. */
#ifndef VMATLAS_PROCESS_INTERNAL_H
#define VMATLAS_PROCESS_INTERNAL_H

#include "lib/file.h"
#include "lib/text.h"
#include "process/maps.h"

/* ---- reading what is mapped (vmas.c) ------------------------------------ */

/* As proc_read(). @torn: VMAs overlapped, which is why there is no result. */
struct proc_maps *vmas_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err, bool *torn);

/* ---- words (words.c) ---------------------------------------------------- */

/* The flag that two letters stand for, 0 if the simulator has none. */
vm_flags_t code_flag(const char *letters);

#endif /* VMATLAS_PROCESS_INTERNAL_H */
