// SPDX-License-Identifier: GPL-2.0-only
/*
 * What execve() maps is there before the new program has run, and nothing of
 * the old one is left to look at it. So the program is traced: it stops before
 * its first instruction, and is looked at and killed there.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmatlas.h"

/* Where page 0 of a program is: above what mmap_min_addr forbids. */
#define IMAGE_BASE 0x40000000UL

/* ---- the program ----------------------------------------------------- */

struct program {
	ElfW(Ehdr) head;
	ElfW(Phdr) part[MAX_SEGMENTS + 1];
};

/* As the program that runs now has it, so that the kernel takes it. */
static int fill_head(struct program *p)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, &p->head, sizeof(p->head));
	close(fd);
	if (len != sizeof(p->head))
		return -ENOEXEC;
	p->head.e_type = ET_EXEC;
	p->head.e_entry = IMAGE_BASE;
	p->head.e_phoff = sizeof(p->head);
	p->head.e_phnum = 0;
	p->head.e_shoff = 0;
	p->head.e_shnum = 0;
	p->head.e_shstrndx = 0;
	return 0;
}

static void add_segment(struct program *p, const struct segment *s,
			unsigned long page_size)
{
	unsigned int nr = p->head.e_phnum++;

	p->part[nr].p_type = PT_LOAD;
	p->part[nr].p_flags = PF_R | PF_W | (s->exec ? PF_X : 0);
	p->part[nr].p_vaddr = IMAGE_BASE + s->start * page_size;
	p->part[nr].p_memsz = (s->end - s->start) * page_size;
	p->part[nr].p_align = page_size;
}

/* Without this, all that can be read could be executed. */
static void add_stack(struct program *p)
{
	unsigned int nr = p->head.e_phnum++;

	p->part[nr].p_type = PT_GNU_STACK;
	p->part[nr].p_flags = PF_R | PF_W;
}

static int fill_program(struct program *p, const struct deed *d,
			unsigned long page_size)
{
	static const struct segment any = { 0, 1 };
	int err;

	memset(p, 0, sizeof(*p));
	err = fill_head(p);
	if (err)
		return err;
	for (const struct segment *s = d->segments; s->end; s++)
		add_segment(p, s, page_size);
	if (!p->head.e_phnum)
		add_segment(p, &any, page_size);
	add_stack(p);
	return 0;
}

/* Returns a descriptor, or -errno. */
static int write_program(const struct program *p)
{
	int fd = memfd_create("vmatlas-exec", MFD_CLOEXEC);
	ssize_t len;
	int err;

	if (fd < 0)
		return -errno;
	len = write(fd, p, sizeof(*p));
	if (len == sizeof(*p))
		return fd;
	err = len < 0 ? -errno : -ENOSPC;
	close(fd);
	return err;
}

/* ---- running it ------------------------------------------------------ */

static void begin(int fd, bool random)
{
	char *const args[] = { "vmatlas-exec", NULL };
	char *const none[] = { NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!random)
		personality(ADDR_NO_RANDOMIZE);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		syscall(__NR_execveat, (long)fd, "", args, none,
			(long)AT_EMPTY_PATH);
	_exit(errno);
}

static void end_program(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Returns 0 once it has stopped, or -errno, and then it is no more. */
static int wait_for_stop(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGTRAP)
			return 0;
		end_program(pid);
		return -ECHILD;
	}
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? -EPERM : -ECHILD;
	return WEXITSTATUS(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int look_at_program(int fd, bool random, __u64 start, __u64 end,
			   struct seen *seen)
{
	pid_t pid = fork();
	int err;

	if (pid < 0)
		return -errno;
	if (!pid)
		begin(fd, random);
	err = wait_for_stop(pid);
	if (err)
		return err;
	err = read_maps(pid, start, end, seen);
	end_program(pid);
	return err;
}

/* ---- the two kinds of trigger ---------------------------------------- */

/* There is no image before. */
static void look_at_image(int fd, struct evidence *ev)
{
	ev->stage = STAGE_DEED;
	if (!note_error(ev, look_at_program(fd, true, IMAGE_BASE,
					    IMAGE_BASE +
						    SPACE_PAGES * ev->page_size,
					    &ev->after)))
		ev->stage = STAGE_DONE;
}

/* What stands in for the layout before is the stack of who is not moved. */
static void look_at_stack(int fd, struct evidence *ev)
{
	ev->stage = STAGE_BEFORE;
	if (note_error(ev, look_at_program(fd, false, 0, ~0ULL, &ev->before)))
		return;
	ev->stage = STAGE_DEED;
	if (!note_error(ev, look_at_program(fd, true, 0, ~0ULL, &ev->after)))
		ev->stage = STAGE_DONE;
}

void run_execve(const struct trigger *t, struct evidence *ev)
{
	struct program program;
	int fd;

	ev->page_size = sysconf(_SC_PAGESIZE);
	ev->base = IMAGE_BASE;
	if (note_error(ev, fill_program(&program, t->deeds, ev->page_size)))
		return;
	fd = write_program(&program);
	if (note_error(ev, fd < 0 ? fd : 0))
		return;
	if (t->area == AREA_STACK)
		look_at_stack(fd, ev);
	else
		look_at_image(fd, ev);
}
