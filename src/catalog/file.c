// SPDX-License-Identifier: GPL-2.0-only
/* The bytes of a catalogue file, if it is a file and of a sane size. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/internal.h"

static struct srcpos top_of(const char *path)
{
	return (struct srcpos){ .file = path, .line = 1, .column = 1 };
}

static bool refuse_errno(struct loader *l, const char *path, const char *what)
{
	return error_at(l, top_of(path),
			"cannot %s: %s, expected a readable file", what,
			strerror(errno));
}

static bool refuse_size(struct loader *l, const char *path)
{
	return error_at(l, top_of(path),
			"file is too large, expected at most %lu KiB",
			MAX_FILE_SIZE >> 10);
}

/* Only a regular file ends, and gives the same to who reads it again. */
static bool file_usable(struct loader *l, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return refuse_errno(l, path, "stat");
	if (!S_ISREG(st.st_mode))
		return error_at(l, top_of(path), "%s, expected a regular file",
				S_ISDIR(st.st_mode)
					? "is a directory"
					: "is a device, pipe or socket");
	if (st.st_size > (off_t)MAX_FILE_SIZE)
		return refuse_size(l, path);
	return true;
}

/* The size that stat() gave may be a lie: /proc is full of empty files. */
static bool read_all(struct loader *l, int fd, struct source *src)
{
	const size_t room = MAX_FILE_SIZE + 1;
	char *bytes __free(free) = xmalloc(room);
	ssize_t nr;

	while ((nr = read(fd, bytes + src->len, room - src->len))) {
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return refuse_errno(l, src->path, "read");
		src->len += (size_t)nr;
	}
	if (src->len > MAX_FILE_SIZE)
		return refuse_size(l, src->path);
	src->bytes = arena_text(l->scratch, bytes, src->len);
	return true;
}

bool source_read(struct loader *l, const char *path, struct source *src)
{
	bool ok;
	int fd;

	src->path = arena_text(l->arena, path, strlen(path));
	/* Opening a pipe that nobody writes to would wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return refuse_errno(l, src->path, "open");
	ok = file_usable(l, src->path, fd) && read_all(l, fd, src);
	close(fd);
	return ok;
}
