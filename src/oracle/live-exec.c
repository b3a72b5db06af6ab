// SPDX-License-Identifier: GPL-2.0-only
/*
 * What execve() does happens before the new program has run, and leaves nothing
 * of the old one. So a child traces one of its own, which stops right after
 * execve(), before its first instruction, and is looked at and killed there.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle/live.h"

/* Where page 0 of a program is: above what mmap_min_addr forbids. */
#define IMAGE_BASE 0x40000000UL

/* ---- the program --------------------------------------------------------- */

struct program {
	Elf64_Ehdr head;
	Elf64_Phdr part[LIVE_SEGMENTS + 1];
};

/* This machine's, so that the kernel takes it: as what runs now has it. */
static int fill_head(Elf64_Ehdr *head)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, head, sizeof(*head));
	int err = errno;

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return err;
	if (len != sizeof(*head) || head->e_ident[EI_CLASS] != ELFCLASS64)
		return ENOEXEC;
	head->e_type = ET_EXEC;
	head->e_entry = IMAGE_BASE;
	head->e_phoff = sizeof(*head);
	head->e_shoff = 0;
	head->e_phnum = 0;
	head->e_shnum = 0;
	head->e_shstrndx = 0;
	return 0;
}

static void add_part(struct program *p, Elf64_Phdr part)
{
	p->part[p->head.e_phnum++] = part;
}

static void add_segment(struct program *p, const struct cat_segment *s,
			unsigned long page)
{
	add_part(p, (Elf64_Phdr){
			    .p_type = PT_LOAD,
			    .p_flags = PF_R | PF_W | (s->exec ? PF_X : 0U),
			    .p_vaddr = IMAGE_BASE + s->start * page,
			    .p_memsz = (s->end - s->start) * page,
			    .p_align = page,
		    });
}

static int fill_program(struct program *p, const struct cat_deed *d,
			unsigned long page)
{
	static const struct cat_segment any = { 0, 1, false };
	int err;

	memset(p, 0, sizeof(*p));
	err = fill_head(&p->head);
	if (err)
		return err;
	for (size_t i = 0; i < d->nr_segments; i++)
		add_segment(p, &d->segments[i], page);
	if (!d->nr_segments)
		add_segment(p, &any, page);
	/* Without this, all that can be read could be executed. */
	add_part(p, (Elf64_Phdr){ .p_type = PT_GNU_STACK,
				  .p_flags = PF_R | PF_W });
	return 0;
}

/* Returns a descriptor, or -1 with errno set. */
static int write_program(const struct program *p)
{
	int fd = memfd_create("vmatlas-exec", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, p, sizeof(*p)) != sizeof(*p)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- running it ----------------------------------------------------------- */

static void begin(int fd, bool random)
{
	static char *none[] = { NULL };
	static char name[] = "vmatlas-exec";
	static char *args[] = { name, NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!random)
		personality(ADDR_NO_RANDOMIZE);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		syscall(SYS_execveat, fd, "", args, none, AT_EMPTY_PATH);
	_exit(errno);
}

static void end_program(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * Returns 0 if it has stopped after execve(), or the errno that it ended with,
 * and then it is no more.
 */
static int wait_for_stop(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	if (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGTRAP)
			return 0;
		end_program(pid);
		return ECHILD;
	}
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? EPERM : ECHILD;
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : ECHILD;
}

static struct maps_list list;

/* Returns 0 with what is mapped in @list, or an errno. */
static int look_at_program(int fd, bool random, uint64_t start, uint64_t end)
{
	pid_t pid = fork();
	int err;

	if (pid < 0)
		return errno;
	if (!pid)
		begin(fd, random);
	err = wait_for_stop(pid);
	if (err)
		return err;
	err = maps_read(pid, MAPS_ANY, start, end, &list);
	if (!err)
		maps_read_flags(pid, &list);
	end_program(pid);
	return err;
}

/* ---- the two kinds of trigger ---------------------------------------------- */

/* Returns whether it went well; if not, that was reported. */
static bool went_well(int fd, int err)
{
	if (err)
		live_tell_error(fd, err);
	return !err;
}

/* The image is what counts, and there is none before. */
static void look_at_image(int fd, int program, unsigned long page)
{
	live_tell_stage(fd, STAGE_DEED, 0);
	if (!went_well(fd, look_at_program(program, true, IMAGE_BASE,
					   IMAGE_BASE + LIVE_PAGES * page)))
		return;
	live_tell_stage(fd, STAGE_AFTER, 0);
	live_tell_layout(fd, &list);
	live_tell_stage(fd, STAGE_DONE, 0);
}

/* What stands in for the layout before is the stack of who is not moved. */
static void look_at_stack(int fd, int program)
{
	live_tell_stage(fd, STAGE_BEFORE, 0);
	if (!went_well(fd, look_at_program(program, false, 0, UINT64_MAX)))
		return;
	live_tell_layout(fd, &list);
	live_tell_stage(fd, STAGE_DEED, 0);
	if (!went_well(fd, look_at_program(program, true, 0, UINT64_MAX)))
		return;
	live_tell_stage(fd, STAGE_AFTER, 0);
	live_tell_layout(fd, &list);
	live_tell_stage(fd, STAGE_DONE, 0);
}

void live_exec_child(int fd, const struct cat_trigger *t)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
	const struct cat_deed *deed = &t->deeds.deed[0];
	struct program program;
	int file;

	live_tell_stage(fd, STAGE_ENTER, 0);
	if (!went_well(fd, fill_program(&program, deed, page)))
		return;
	file = write_program(&program);
	if (!went_well(fd, file < 0 ? errno : 0))
		return;
	live_tell_space(fd, page, IMAGE_BASE);
	if (t->area == AREA_STACK)
		look_at_stack(fd, file);
	else
		look_at_image(fd, file, page);
}
