// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of memory registered with a userfaultfd, one of them no longer, and then
 * the userfaultfd is closed: what only it kept apart merges. Another stays open.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

/* Returns -1 if the kernel has none, or does not allow it. */
static int open_uffd(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };

	return fd < 0 || ioctl(fd, UFFDIO_API, &api) ? -1 : fd;
}

/* Two parts of 16 pages, and half of one no longer. */
static void register_parts(int fd)
{
	struct uffdio_register part = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	part.range.start = (unsigned long)area + 2 * PAGE;
	part.range.len = 4 * PAGE;
	ioctl(fd, UFFDIO_REGISTER, &part);
	part.range.start = (unsigned long)area + 8 * PAGE;
	ioctl(fd, UFFDIO_REGISTER, &part);
	part.range.len = 2 * PAGE;
	ioctl(fd, UFFDIO_UNREGISTER, &part.range);
}

int main(void)
{
	int fd = open_uffd();

	if (fd < 0)
		return 0;
	register_parts(fd);
	close(fd);
	register_parts(open_uffd());
	return 0;
}
