// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped, as /proc/PID/maps has it. Nothing here allocates: a process
 * that reads its own maps would otherwise change them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmatlas.h"

/* All lines; a small program has some thirty, of a hundred bytes. */
static char text[1 << 16];

static int read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t nr = 1;
	int err;

	if (fd < 0)
		return -errno;
	while (nr > 0 && len < sizeof(text) - 1) {
		nr = read(fd, text + len, sizeof(text) - 1 - len);
		if (nr > 0)
			len += nr;
	}
	err = nr < 0 ? -errno : 0;
	close(fd);
	text[len] = '\0';
	return nr > 0 ? -E2BIG : err;
}

/* A number and the character behind it. */
static bool take_number(char **at, int base, char end, __u64 *value)
{
	char *first = *at;

	errno = 0;
	*value = strtoull(first, at, base);
	return *at != first && !errno && *(*at)++ == end;
}

/* start-end perms offset major:minor inode name */
static bool parse_line(char *at, struct seen_vma *vma)
{
	__u64 major, minor, inode;

	if (!take_number(&at, 16, '-', &vma->start) ||
	    !take_number(&at, 16, ' ', &vma->end))
		return false;
	if (strlen(at) < sizeof(vma->perms))
		return false;
	memcpy(vma->perms, at, sizeof(vma->perms) - 1);
	vma->perms[sizeof(vma->perms) - 1] = '\0';
	at += sizeof(vma->perms);
	if (!take_number(&at, 16, ' ', &vma->offset) ||
	    !take_number(&at, 16, ':', &major) ||
	    !take_number(&at, 16, ' ', &minor))
		return false;
	inode = strtoull(at, &at, 10);
	vma->has_file = inode != 0;
	vma->is_stack = strstr(at, "[stack]");
	return vma->start < vma->end;
}

int read_maps(pid_t pid, __u64 start, __u64 end, struct seen *seen)
{
	char path[32] = "/proc/self/maps";
	char *rest = text;
	char *line;
	int err;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	err = read_all(path);
	seen->nr = 0;
	while (!err && (line = strsep(&rest, "\n")) && *line) {
		struct seen_vma vma;

		if (!parse_line(line, &vma))
			err = -EPROTO;
		else if (vma.end <= start || vma.start >= end)
			continue;
		else if (seen->nr == MAX_SEEN)
			err = -E2BIG;
		else
			seen->vma[seen->nr++] = vma;
	}
	return err;
}
