/* SPDX-License-Identifier: GPL-2.0-only */
/* PROCMAP_QUERY, where the headers are older than the kernel. */
#ifndef VMATLAS_RACE_QUERY_H
#define VMATLAS_RACE_QUERY_H

#include <linux/fs.h>
#include <linux/types.h>
#include <sys/ioctl.h>

#ifndef PROCMAP_QUERY

#define PROCMAP_QUERY_COVERING_OR_NEXT_VMA 0x10

struct procmap_query {
	__u64 size;
	__u64 query_flags;
	__u64 query_addr;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u64 vma_page_size;
	__u64 vma_offset;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
	__u32 vma_name_size;
	__u32 build_id_size;
	__u64 vma_name_addr;
	__u64 build_id_addr;
};

#define PROCMAP_QUERY _IOWR('f', 17, struct procmap_query)

#endif

#endif /* VMATLAS_RACE_QUERY_H */
