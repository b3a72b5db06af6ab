// SPDX-License-Identifier: GPL-2.0-only
/* Programs that execve() begins, looked at before they have run. */
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

#include "syscall/kernel/kernel.h"

/* ---- the program --------------------------------------------------------- */

struct program {
	ElfW(Ehdr) head;
	ElfW(Phdr) part[MAX_SEGMENTS + 1];
};

/* This machine's, so that the kernel takes it: as what runs now has it. */
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

static int fill_program(struct program *p, const struct segment *s)
{
	static const struct segment any[] = { { 0, 1, false }, { 0 } };
	int err;

	memset(p, 0, sizeof(*p));
	err = fill_head(p);
	if (err)
		return err;
	for (s = s ? s : any; s->end && p->head.e_phnum < MAX_SEGMENTS; s++)
		add_segment(p, s, sysconf(_SC_PAGESIZE));
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

/* ---- running it ----------------------------------------------------------- */

static void begin(int fd, bool random)
{
	char name[] = "vmatlas-exec";
	char *const args[] = { name, NULL };
	char *const none[] = { NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!random && personality(ADDR_NO_RANDOMIZE) < 0)
		_exit(errno);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		syscall(__NR_execveat, (long)fd, "", args, none,
			(long)AT_EMPTY_PATH);
	_exit(errno);
}

/* Where nobody may be killed, it ends with who looked at it (PR_SET_PDEATHSIG). */
static void end_program(pid_t pid)
{
	if (!kill(pid, SIGKILL))
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

static int look(int fd, bool random, uint64_t start, uint64_t end,
		struct maps_list *list)
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
	err = maps_read(pid, MAPS_ANY, start, end, list);
	if (!err) {
		maps_read_flags(pid, list);
		maps_read_policies(pid, list);
	}
	end_program(pid);
	return err;
}

int exec_look(const struct segment *program, bool random, uint64_t start,
	      uint64_t end, struct maps_list *list)
{
	struct program p;
	int err = fill_program(&p, program);
	int fd = err ? err : write_program(&p);

	if (fd < 0)
		return fd;
	err = look(fd, random, start, end, list);
	close(fd);
	return err;
}

/* It would leave nothing behind that could go on. */
int kernel_execve(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return -EINVAL;
}
