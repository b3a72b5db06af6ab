// SPDX-License-Identifier: GPL-2.0-only
/* Parts of memory registered with a userfaultfd, and one of them no longer. */
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

int main(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register part = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Nothing to see if the kernel has none, or does not allow it. */
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return 0;
	part.range.start = (unsigned long)area + 2 * PAGE;
	part.range.len = 4 * PAGE;
	ioctl(fd, UFFDIO_REGISTER, &part);
	part.range.start = (unsigned long)area + 8 * PAGE;
	ioctl(fd, UFFDIO_REGISTER, &part);
	part.range.len = 2 * PAGE;
	ioctl(fd, UFFDIO_UNREGISTER, &part.range);
	return 0;
}
