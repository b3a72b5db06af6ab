// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

void fd_hold_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null",
			 fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return;
}

bool fd_write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t nr = TEMP_FAILURE_RETRY(write(fd, at, size));

		if (nr <= 0)
			return false;
		at += nr;
		size -= (size_t)nr;
	}
	return true;
}

bool fd_read_all(int fd, void *to, size_t size)
{
	char *at = to;

	while (size) {
		ssize_t nr = TEMP_FAILURE_RETRY(read(fd, at, size));

		if (nr <= 0)
			return false;
		at += nr;
		size -= (size_t)nr;
	}
	return true;
}

bool wait_for_child(pid_t pid, int *status)
{
	return TEMP_FAILURE_RETRY(waitpid(pid, status, 0)) >= 0;
}
