// SPDX-License-Identifier: GPL-2.0-only
/*
 * A set of files that appears whole or not at all.
 *
 * Writing a set has three phases. Nobody else sees the first: it writes each
 * new content to a temporary file beside its place. The second puts the
 * temporary files in place, one atomic rename each. If one of these fails,
 * those already done are taken back, for which a second link to the old file
 * was kept. The third drops whatever has a temporary name.
 *
 * Only a regular file is replaced. A symbolic link leads to what is, and what
 * is neither regular nor a directory - a device, a FIFO, what standard output
 * is - is opened and written to, before anything else.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/stream.h"

/*
 * @name: relative to the directory, if there is one
 * @stream: open while the content is being printed
 * @data: the content, once @stream is closed
 * @size: its length
 * @path: where it goes, no symbolic link
 * @written: @path is no regular file, and has the content
 * @temp: the new content under a temporary name, or NULL
 * @old: the old content under a temporary name, or NULL
 * @placed: @path has the new content
 */
struct file {
	char *name;
	FILE *stream;
	char *data;
	size_t size;
	char *path;
	char *temp;
	char *old;
	bool written;
	bool placed;
};

/* Each file by itself: stream_open() keeps pointers into it. */
struct files {
	struct file **file;
	size_t nr;
};

/*
 * A directory to write to, NULL if names are paths; and where to complain.
 * @last: the name of a file whose directories are there, or NULL
 */
struct target {
	const char *dir;
	FILE *err;
	unsigned long nr_temps;
	const char *last;
};

/* ---- the set ------------------------------------------------------------- */

struct files *files_new(void)
{
	return xcalloc(1, sizeof(struct files));
}

/* No way out of the directory. */
static bool name_ok(const char *name)
{
	for (const char *at = name;; at++) {
		size_t len = strcspn(at, "/");

		if (!len || !strncmp(at, ".", len) || !strncmp(at, "..", len))
			return false;
		at += len;
		if (!*at)
			return true;
	}
}

static void finish(struct file *file)
{
	if (file->stream)
		stream_close(file->stream);
	file->stream = NULL;
}

static void finish_last(struct files *files)
{
	if (files->nr)
		finish(files->file[files->nr - 1]);
}

FILE *files_add(struct files *files, const char *fmt, ...)
{
	struct file *file = xcalloc(1, sizeof(*file));

	file->name = VARGS_PRINTED(fmt);
	assert(name_ok(file->name));

	finish_last(files);
	*xappend(files->file, files->nr) = file;
	file->stream = stream_open(&file->data, &file->size);
	return file->stream;
}

/* All of @from goes behind what is in @to. */
static void join(struct files *to, struct files *from)
{
	finish_last(from);
	for (size_t i = 0; i < from->nr; i++)
		*xappend(to->file, to->nr) = from->file[i];
	free(from->file);
}

struct parts {
	void (*one)(void *data, size_t i, struct files *files);
	void *data;
	struct files *files;
};

static void print_part(void *data, size_t i)
{
	const struct parts *p = data;

	p->one(p->data, i, &p->files[i]);
}

void files_side_by_side(struct files *files,
			void (*one)(void *data, size_t i, struct files *files),
			void *data, size_t nr)
{
	struct parts parts = { one, data, xcalloc(nr, sizeof(struct files)) };

	finish_last(files);
	jobs_run(print_part, &parts, nr, threads_default());
	for (size_t i = 0; i < nr; i++)
		join(files, &parts.files[i]);
	free(parts.files);
}

void files_print(struct files *files, FILE *out)
{
	finish_last(files);
	for (size_t i = 0; i < files->nr; i++) {
		if (i)
			fputc('\n', out);
		fwrite(files->file[i]->data, 1, files->file[i]->size, out);
	}
}

static void free_file(struct file *file)
{
	finish(file);
	free(file->name);
	free(file->data);
	free(file->path);
	free(file->temp);
	free(file->old);
	free(file);
}

void files_free(struct files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->nr; i++)
		free_file(files->file[i]);
	free(files->file);
	free(files);
}

/* ---- what is there already ----------------------------------------------- */

static int write_error(const struct target *to, const char *verb,
		       const char *path)
{
	fprintf(to->err, "vmatlas: cannot %s '%s': %s\n", verb, path,
		strerror(errno));
	return -1;
}

static bool same_content(int fd, const struct file *file)
{
	char buf[1 << 14];
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if ((size_t)n > file->size - at ||
		    memcmp(buf, file->data + at, n))
			return false;
		at += n;
	}
	return n == 0 && at == file->size;
}

/* Opening must not hang if the path is a pipe. */
static bool is_there(const struct file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool same;

	if (fd < 0)
		return false;
	same = !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       (size_t)st.st_size == file->size && same_content(fd, file);
	close(fd);
	return same;
}

static int make_dir(const struct target *to, const char *path)
{
	struct stat st;

	if (!mkdir(path, 0777))
		return 0;
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return write_error(to, "create directory", path);
}

/* Make each directory that leads to a path; its last component is not one. */
static int make_dirs(const struct target *to, const char *path)
{
	char *part __free(free) = xstrdup(path);
	int ret = 0;

	for (char *p = strchr(part + 1, '/'); p && !ret;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		ret = make_dir(to, part);
		*p = '/';
	}
	return ret;
}

/* ---- what the places are ------------------------------------------------- */

/* How much of a path is its directory and the slash. */
static int dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

/* As the kernel does. Nobody needs more. */
#define LINKS_MAX 40

/* What a path leads to over symbolic links, whether it is there or not. */
static char *follow(char *path)
{
	char link[PATH_MAX], *next;
	ssize_t len;

	for (int i = 0; i < LINKS_MAX; i++) {
		len = readlink(path, link, sizeof(link));
		if (len < 0 || len == sizeof(link))
			break;
		next = xasprintf("%.*s%.*s", *link == '/' ? 0 : dir_len(path),
				 path, (int)len, link);
		free(path);
		path = next;
	}
	return path;
}

/* A copy of standard output or error that is that file, -1 if neither is. */
static int standard_fd(const struct stat *wanted)
{
	struct stat st;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (!fstat(fd, &st) && st.st_dev == wanted->st_dev &&
		    st.st_ino == wanted->st_ino)
			return dup(fd);
	return -1;
}

/* To what must not be replaced. It may take long: who is to read may be late. */
static int write_to(const struct target *to, struct file *file, int fd)
{
	int ret;

	fflush(stdout);
	if (fd < 0)
		fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return write_error(to, "write", file->path);
	ret = fd_write_all(fd, file->data, file->size) ? 0 : -1;
	if (ret)
		write_error(to, "write", file->path);
	close(fd);
	file->written = true;
	return ret;
}

/* Most files are in the directory of the one before. */
static int make_dirs_of(struct target *to, const struct file *file)
{
	int len = dir_len(file->name);

	if (to->last && dir_len(to->last) == len &&
	    !memcmp(to->last, file->name, len))
		return 0;
	to->last = file->name;
	return make_dirs(to, file->path);
}

/* Find the place, and write to it if it is no regular file. */
static int find_place(struct target *to, struct file *file)
{
	const char *dir = to->dir ? to->dir : "";
	struct stat st;

	free(file->path);
	file->path = xasprintf("%s%s%s", dir, *dir ? "/" : "", file->name);
	file->written = file->placed = false;
	/* One file is where someone means it to be, and a slip in that is none. */
	if (to->dir && make_dirs_of(to, file))
		return -1;
	if (!stat(file->path, &st)) {
		int fd = standard_fd(&st);

		if (fd >= 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			return write_to(to, file, fd);
	} else if (errno == ELOOP) {
		return write_error(to, "write", file->path);
	}
	file->path = follow(file->path);
	return 0;
}

/* ---- first phase: write beside the places -------------------------------- */

/* A name that nobody uses, in the directory of the file. */
static char *temp_name(struct target *to, const struct file *file)
{
	return xasprintf("%.*s.vmatlas-%ld-%lu.tmp", dir_len(file->path),
			 file->path, (long)getpid(), to->nr_temps++);
}

/* Not taken: an earlier process of our id was killed, and left its own. */
static int open_temp(struct target *to, struct file *file)
{
	int fd;

	do {
		free(file->temp);
		file->temp = temp_name(to, file);
		fd = open(file->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			  0666);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0) {
		free(file->temp);
		file->temp = NULL;
	}
	return fd;
}

static int write_temp(struct target *to, struct file *file)
{
	int fd = open_temp(to, file);

	if (fd < 0)
		return write_error(to, "write", file->path);
	if (!fd_write_all(fd, file->data, file->size)) {
		write_error(to, "write", file->path);
		close(fd);
		return -1;
	}
	return close(fd) ? write_error(to, "write", file->path) : 0;
}

/* ---- second phase: put in place ------------------------------------------ */

/* Where links are not to be had, an old file cannot be brought back. */
static void keep_old(struct target *to, struct file *file)
{
	int ret;

	do {
		free(file->old);
		file->old = temp_name(to, file);
		ret = link(file->path, file->old);
	} while (ret && errno == EEXIST);
	if (ret) {
		free(file->old);
		file->old = NULL;
	}
}

static int put_in_place(struct target *to, struct file *file)
{
	bool existed;

	if (!file->temp)
		return 0;
	existed = !access(file->path, F_OK);
	keep_old(to, file);
	if (rename(file->temp, file->path))
		return write_error(to, "write", file->path);
	free(file->temp);
	file->temp = NULL;
	file->placed = file->old || !existed;
	return 0;
}

static void take_back(struct file *file)
{
	if (!file->placed)
		return;
	if (!file->old) {
		unlink(file->path);
	} else if (!rename(file->old, file->path)) {
		free(file->old);
		file->old = NULL;
	}
}

/* ---- third phase: drop what has a temporary name ------------------------- */

static void drop(char **path)
{
	if (*path)
		unlink(*path);
	free(*path);
	*path = NULL;
}

static int write_set(struct files *files, struct target *to)
{
	int ret = 0;

	for (size_t i = 0; i < files->nr && !ret; i++)
		if (!files->file[i]->written && !is_there(files->file[i]))
			ret = write_temp(to, files->file[i]);
	for (size_t i = 0; i < files->nr && !ret; i++)
		ret = put_in_place(to, files->file[i]);
	for (size_t i = files->nr; i-- && ret;)
		take_back(files->file[i]);
	for (size_t i = 0; i < files->nr; i++) {
		drop(&files->file[i]->temp);
		drop(&files->file[i]->old);
	}
	return ret;
}

/* Replacing takes milliseconds, so ^C can wait until all is there. */
static int write_files(struct files *files, struct target *to)
{
	sigset_t wait, before;
	int ret = 0;

	for (size_t i = 0; i < files->nr && !ret; i++)
		ret = find_place(to, files->file[i]);
	if (ret)
		return ret;
	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	sigprocmask(SIG_BLOCK, &wait, &before);
	ret = write_set(files, to);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int files_write(struct files *files, const char *dir, FILE *err)
{
	struct target to = { .dir = dir, .err = err };

	finish_last(files);
	if (!*dir) {
		errno = ENOENT;
		return write_error(&to, "write to", dir);
	}
	return write_files(files, &to);
}

int file_write(const char *path, const char *data, size_t size, FILE *err)
{
	struct target to = { .err = err };
	struct file file = { .name = (char *)path,
			     .data = (char *)data,
			     .size = size };
	struct files files = { .file = (struct file *[]){ &file }, .nr = 1 };
	struct stat st;
	int ret;

	if (!*path || path[strlen(path) - 1] == '/' ||
	    (!stat(path, &st) && S_ISDIR(st.st_mode))) {
		errno = *path ? EISDIR : ENOENT;
		return write_error(&to, "write", path);
	}
	ret = write_files(&files, &to);
	free(file.path);
	return ret;
}
