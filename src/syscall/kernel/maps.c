// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process has mapped. Nothing here allocates: a process that reads its
 * own maps would otherwise change them.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "syscall/kernel/kernel.h"

/* ---- words of a line ---------------------------------------------------- */

/* What is left of a line. Reading past the end finds NULs. */
struct maps_cursor {
	const char *at;
	const char *end;
};

static bool take(struct maps_cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Lower-case digits, as the kernel prints them, and no more than fit. */
static inline bool take_number(struct maps_cursor *c, unsigned int base,
			       uint64_t *value)
{
	const char *first = c->at, *at = first;
	uint64_t number = 0;

	for (; at < c->end; at++) {
		int digit = digit_of(*at);

		if (digit < 0 || digit >= (int)base)
			break;
		if (number > (UINT64_MAX - (uint64_t)digit) / base)
			return false;
		number = number * base + (uint64_t)digit;
	}
	c->at = at;
	*value = number;
	return at > first;
}

static bool take_small(struct maps_cursor *c, uint32_t *value)
{
	uint64_t number;

	if (!take_number(c, 16, &number) || number > UINT32_MAX)
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool take_flag(struct maps_cursor *c, char set, char clear,
		      unsigned int flag, uint32_t *flags)
{
	if (take(c, set))
		*flags |= flag;
	else if (!take(c, clear))
		return false;
	return true;
}

static bool take_flags(struct maps_cursor *c, uint32_t *flags)
{
	return take_flag(c, 'r', '-', MAPS_READ, flags) &&
	       take_flag(c, 'w', '-', MAPS_WRITE, flags) &&
	       take_flag(c, 'x', '-', MAPS_EXEC, flags) &&
	       take_flag(c, 's', 'p', MAPS_SHARED, flags);
}

/* Names are what users call their files: any bytes at all. */
static void copy_name(char *to, size_t size, const char *from, size_t len)
{
	size_t i = 0;

	for (; i < len && i + 1 < size && from[i]; i++)
		to[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
	to[i] = '\0';
}

static bool take_range(struct maps_cursor *c, struct maps_vma *vma)
{
	return take_number(c, 16, &vma->start) && take(c, '-') &&
	       take_number(c, 16, &vma->end) && vma->start < vma->end;
}

static bool take_file(struct maps_cursor *c, struct maps_vma *vma)
{
	return take_number(c, 16, &vma->offset) && take(c, ' ') &&
	       take_small(c, &vma->dev_major) && take(c, ':') &&
	       take_small(c, &vma->dev_minor) && take(c, ' ') &&
	       take_number(c, 10, &vma->inode);
}

bool maps_parse(const char *line, size_t len, struct maps_vma *vma)
{
	struct maps_cursor c = { line, line + len };

	memset(vma, 0, sizeof(*vma));
	if (!take_range(&c, vma) || !take(&c, ' ') ||
	    !take_flags(&c, &vma->flags) || !take(&c, ' ') ||
	    !take_file(&c, vma))
		return false;
	if (c.at < c.end && *c.at != ' ')
		return false;
	while (take(&c, ' '))
		;
	copy_name(vma->name, sizeof(vma->name), c.at, (size_t)(c.end - c.at));
	return true;
}

/* ---- lines of a file ---------------------------------------------------- */

/* Longer than any that the kernel writes: a path takes at most 4 * PATH_MAX. */
#define LINE_MAX_BYTES (20 * 1024)

/*
 * One at a time, and in a buffer of its own: stdio would allocate. A line that
 * is longer than that is handed out in part, and the rest of it dropped.
 */
struct maps_lines {
	int fd;
	char buf[LINE_MAX_BYTES];
	size_t from;
	size_t nr;
	bool eof;
	int err;
};

static struct maps_lines lines;

static bool lines_open(const char *what, pid_t pid)
{
	char path[48];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, what);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", what);
	lines.fd = open(path, O_RDONLY | O_CLOEXEC);
	lines.from = 0;
	lines.nr = 0;
	lines.eof = false;
	lines.err = lines.fd < 0 ? -errno : 0;
	return lines.fd >= 0;
}

static void lines_fill(void)
{
	ssize_t nr;

	memmove(lines.buf, lines.buf + lines.from, lines.nr - lines.from);
	lines.nr -= lines.from;
	lines.from = 0;
	do {
		nr = read(lines.fd, lines.buf + lines.nr,
			  sizeof(lines.buf) - lines.nr);
	} while (nr < 0 && errno == EINTR);
	if (nr < 0)
		lines.err = -errno;
	if (nr <= 0)
		lines.eof = true;
	else
		lines.nr += (size_t)nr;
}

/* The end of the first line in the buffer, or NULL if it is not there yet. */
static char *line_end(void)
{
	return memchr(lines.buf + lines.from, '\n', lines.nr - lines.from);
}

static void drop_rest_of_line(void)
{
	char *end;

	do {
		lines.from = lines.nr;
		lines_fill();
		end = line_end();
	} while (!end && !lines.eof);
	lines.from = end ? (size_t)(end - lines.buf) + 1 : lines.nr;
}

/* Returns NULL at the end. Valid until the next call. */
static const char *lines_next(size_t *len)
{
	static char line[LINE_MAX_BYTES];
	char *end = line_end();

	while (!end && !lines.eof &&
	       lines.nr - lines.from < sizeof(lines.buf)) {
		lines_fill();
		end = line_end();
	}
	if (lines.from == lines.nr)
		return NULL;
	*len = end ? (size_t)(end - lines.buf) - lines.from
		   : lines.nr - lines.from;
	memcpy(line, lines.buf + lines.from, *len);
	lines.from += *len;
	if (end)
		lines.from++;
	else if (!lines.eof)
		drop_rest_of_line();
	return line;
}

static int lines_close(void)
{
	close(lines.fd);
	return lines.err;
}

/* ---- text --------------------------------------------------------------- */

static bool in_range(const struct maps_vma *vma, uint64_t start, uint64_t end)
{
	return vma->start < end && vma->end > start;
}

static void add(struct maps_list *list, const struct maps_vma *vma)
{
	if (list->nr < MAPS_MAX)
		list->vma[list->nr++] = *vma;
	else
		list->more = true;
}

static int read_text(pid_t pid, uint64_t start, uint64_t end,
		     struct maps_list *list)
{
	struct maps_vma vma;
	const char *line;
	size_t len;

	if (!lines_open("maps", pid))
		return lines.err;
	while ((line = lines_next(&len))) {
		if (!maps_parse(line, len, &vma)) {
			lines_close();
			return -EPROTO;
		}
		if (in_range(&vma, start, end))
			add(list, &vma);
	}
	return lines_close();
}

/* ---- PROCMAP_QUERY ------------------------------------------------------ */

/* As in <linux/fs.h> since 6.11; the headers here may be older. */
struct procmap_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start;
	uint64_t vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t vma_name_size;
	uint32_t build_id_size;
	uint64_t vma_name_addr;
	uint64_t build_id_addr;
};

#define QUERY_COVERING_OR_NEXT_VMA 0x10
#define QUERY _IOWR('f', 17, struct procmap_query)

/* Its bits for read, write, execute and shared are ours. */
#define QUERY_FLAGS (MAPS_PROT | MAPS_SHARED)

/* Returns 0 or -errno, -ENOENT if nothing is mapped from @addr on. */
static int query(int fd, uint64_t addr, struct maps_vma *vma)
{
	char name[4096];
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = QUERY_COVERING_OR_NEXT_VMA,
		.query_addr = addr,
		.vma_name_size = sizeof(name),
		.vma_name_addr = (uintptr_t)name,
	};

	int err = ioctl(fd, QUERY, &q) ? -errno : 0;

	if (err == -ENAMETOOLONG) {
		q.vma_name_size = 0;
		q.vma_name_addr = 0;
		err = ioctl(fd, QUERY, &q) ? -errno : 0;
	}
	if (err)
		return err;
	memset(vma, 0, sizeof(*vma));
	vma->start = q.vma_start;
	vma->end = q.vma_end;
	vma->offset = q.vma_offset;
	vma->inode = q.inode;
	vma->dev_major = q.dev_major;
	vma->dev_minor = q.dev_minor;
	vma->flags = q.vma_flags & QUERY_FLAGS;
	copy_name(vma->name, sizeof(vma->name), name, q.vma_name_size);
	return 0;
}

static int query_all(int fd, uint64_t start, uint64_t end,
		     struct maps_list *list)
{
	struct maps_vma vma;

	while (start < end) {
		int err = query(fd, start, &vma);

		if (err)
			return err == -ENOENT ? 0 : err;
		/* Whatever it says, this has to come to an end. */
		if (vma.end <= start || vma.start >= vma.end)
			return -EPROTO;
		if (in_range(&vma, start, end))
			add(list, &vma);
		start = vma.end;
	}
	return 0;
}

static int read_query(pid_t pid, uint64_t start, uint64_t end,
		      struct maps_list *list)
{
	int err;

	if (!lines_open("maps", pid))
		return lines.err;
	err = query_all(lines.fd, start, end, list);
	close(lines.fd);
	return err;
}

/* The file can be read all the same. */
static bool has_no_query(int err)
{
	return err == -ENOTTY || err == -EPERM || err == -EACCES ||
	       err == -ENOSYS;
}

int maps_read(pid_t pid, enum maps_source source, uint64_t start, uint64_t end,
	      struct maps_list *list)
{
	int err;

	memset(list, 0, sizeof(*list));
	if (source == MAPS_TEXT)
		return read_text(pid, start, end, list);
	err = read_query(pid, start, end, list);
	if (!has_no_query(err) || source == MAPS_QUERY)
		return err;
	memset(list, 0, sizeof(*list));
	return read_text(pid, start, end, list);
}

/* ---- flags and policies --------------------------------------------------- */

static struct maps_vma *find(struct maps_list *list, uint64_t start)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->vma[i].start == start)
			return &list->vma[i];
	return NULL;
}

/* "sd" is soft-dirty: it comes and goes with any change to a VMA's range. */
static void copy_vm_flags(struct maps_vma *vma, const char *text, size_t len)
{
	size_t nr = 0;

	for (size_t i = 0; i + 1 < len && nr + 4 < MAPS_VM_FLAGS; i += 3) {
		if (text[i] == 's' && text[i + 1] == 'd')
			continue;
		if (nr)
			vma->vm_flags[nr++] = ' ';
		copy_name(vma->vm_flags + nr, 3, text + i, 2);
		nr += strlen(vma->vm_flags + nr);
	}
	vma->vm_flags[nr] = '\0';
}

/* What follows a key in a line of smaps, or NULL. */
static const char *value_of(const char *line, size_t len, const char *key,
			    size_t *left)
{
	size_t nr = strlen(key);

	if (len < nr || memcmp(line, key, nr))
		return NULL;
	while (nr < len && line[nr] == ' ')
		nr++;
	*left = len - nr;
	return line + nr;
}

void maps_read_flags(pid_t pid, struct maps_list *list)
{
	struct maps_vma *vma = NULL, heading;
	const char *line, *text;
	uint64_t last = list->nr ? list->vma[list->nr - 1].start : 0;
	size_t len, left;

	if (!lines_open("smaps", pid))
		return;
	while ((line = lines_next(&len))) {
		if (maps_parse(line, len, &heading)) {
			if (heading.start > last)
				break;
			vma = find(list, heading.start);
			continue;
		}
		text = value_of(line, len, "VmFlags:", &left);
		if (vma && text)
			copy_vm_flags(vma, text, left);
	}
	lines_close();
}

/*
 * "7f0000000000 prefer:0 anon=1 ...": only the policy belongs to the VMA. Returns
 * false behind the last.
 */
static bool read_policy(const char *line, size_t len, struct maps_list *list)
{
	struct maps_cursor c = { line, line + len };
	struct maps_vma *vma;
	const char *word;
	uint64_t start;

	if (!take_number(&c, 16, &start) || !take(&c, ' '))
		return true;
	vma = find(list, start);
	word = c.at;
	while (c.at < c.end && *c.at != ' ')
		c.at++;
	if (vma)
		copy_name(vma->policy, sizeof(vma->policy), word,
			  (size_t)(c.at - word));
	return !list->nr || start <= list->vma[list->nr - 1].start;
}

void maps_read_policies(pid_t pid, struct maps_list *list)
{
	const char *line;
	size_t len;

	if (!lines_open("numa_maps", pid))
		return;
	while ((line = lines_next(&len)) && read_policy(line, len, list))
		;
	lines_close();
}
