// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for parts of anonymous memory. It tells itself what it does, as strace
 * would, and what is mapped before and after, so that a guest needs no more than
 * this program: tests/replay.py --guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define PAGE 4096UL
#define RW (PROT_READ | PROT_WRITE)

/* Nothing here may map memory, which is why there is no stdio. */
static void put(const char *text, size_t len)
{
	while (len) {
		ssize_t done = write(STDOUT_FILENO, text, len);

		if (done <= 0)
			_exit(2);
		text += done;
		len -= (size_t)done;
	}
}

static void say(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	put(line, strlen(line));
}

/* Each line of smaps behind a word. */
static void show(const char *word)
{
	static char buf[64 << 10];
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	ssize_t got;
	char last = '\n';

	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (last == '\n')
				say("%s ", word);
			last = buf[i];
			put(&last, 1);
		}
	}
	close(fd);
}

static const char *result(long ret)
{
	return ret ? strerrorname_np(errno) : "";
}

static char *map(size_t pages)
{
	char *addr = mmap(NULL, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	say("trace mmap(NULL, %lu, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = %p\n",
	    pages * PAGE, (void *)addr);
	memset(addr, 1, pages * PAGE);
	return addr;
}

/* Returns 0, or -1 where there are no names. */
static int name(char *addr, size_t pages, const char *text)
{
	int ret = prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, pages * PAGE,
			text);

	say("trace prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, %p, %lu, ",
	    (void *)addr, pages * PAGE);
	say(text ? "\"%s\") = %d %s\n" : "NULL%s) = %d %s\n", text ? text : "",
	    ret, result(ret));
	return ret;
}

static void protect(char *addr, size_t pages)
{
	int ret = mprotect(addr, pages * PAGE, PROT_READ);

	say("trace mprotect(%p, %lu, PROT_READ) = %d %s\n", (void *)addr,
	    pages * PAGE, ret, result(ret));
}

static void unmap(char *addr, size_t pages)
{
	int ret = munmap(addr, pages * PAGE);

	say("trace munmap(%p, %lu) = %d %s\n", (void *)addr, pages * PAGE, ret,
	    result(ret));
}

static void move(char *addr, size_t pages, size_t to)
{
	char *moved = mremap(addr, pages * PAGE, to * PAGE, MREMAP_MAYMOVE);

	say("trace mremap(%p, %lu, %lu, MREMAP_MAYMOVE) = %p\n", (void *)addr,
	    pages * PAGE, to * PAGE, (void *)moved);
	memset(moved + pages * PAGE, 1, (to - pages) * PAGE);
}

int main(void)
{
	char *area;

	show("begin");
	area = map(32);
	if (name(area, 4, "one"))
		return 0;
	name(area + 4 * PAGE, 4, "one"); /* merges with what is below */
	name(area + 10 * PAGE, 2, "two");
	name(area + 8 * PAGE, 2, "one");  /* to the next name */
	name(area + 10 * PAGE, 2, "one"); /* no longer another */
	name(area + 2 * PAGE, 2, NULL);
	name(area + 2 * PAGE, 2, "one");
	protect(area + 5 * PAGE, 2);
	name(area + 5 * PAGE, 1, "three");
	name(area + 20 * PAGE, 12, "four");
	unmap(area + 22 * PAGE, 1);
	move(area + 24 * PAGE, 4, 40);
	name(map(4), 4, "four");
	name(map(4), 4, NULL);
	name(area, 32, "all"); /* ENOMEM for the hole, but done */
	show("end");
	return 0;
}
