/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of system calls' arguments that are newer than some C libraries. */
#ifndef VMATLAS_SYSCALL_NUMBERS_H
#define VMATLAS_SYSCALL_NUMBERS_H

#include <sys/mman.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

#endif /* VMATLAS_SYSCALL_NUMBERS_H */
