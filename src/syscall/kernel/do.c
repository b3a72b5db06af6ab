// SPDX-License-Identifier: GPL-2.0-only
/* System calls on the running kernel, each a function. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall/kernel/kernel.h"

/*
 * What installed headers may be too old for. The numbers are the same on all
 * architectures but two; there the call is then taken to be missing.
 */
#if defined(__alpha__) || defined(__mips__)
#define SAME_NUMBERS 0
#else
#define SAME_NUMBERS 1
#endif

#ifndef __NR_pidfd_open
#define __NR_pidfd_open (SAME_NUMBERS ? 434 : -1)
#endif
#ifndef __NR_process_madvise
#define __NR_process_madvise (SAME_NUMBERS ? 440 : -1)
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node (SAME_NUMBERS ? 450 : -1)
#endif
#ifndef __NR_mseal
#define __NR_mseal (SAME_NUMBERS ? 462 : -1)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

/* ---- the space ---------------------------------------------------------- */

/* Pages on each side that stay mapped, so that nothing else comes near. */
#define GUARD_PAGES 16

/* An unmapped page keeps what is mapped from touching the guards. */
#define APART_PAGES 1

static size_t bytes(const struct space *sp, unsigned long pages)
{
	return pages * sp->page_size;
}

static void *start_of(const struct syscall *c)
{
	return (void *)(uintptr_t)c->addr;
}

static int errno_if(bool failed)
{
	return failed ? -errno : 0;
}

static int reserve(struct space *sp)
{
	size_t hole = bytes(sp, SPACE_PAGES + 2 * APART_PAGES);
	size_t guard = bytes(sp, GUARD_PAGES);
	char *all = mmap(NULL, hole + 2 * guard, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		return -errno;
	sp->base = (uintptr_t)all + guard + bytes(sp, APART_PAGES);
	return errno_if(munmap(all + guard, hole));
}

static uintptr_t set_break(uintptr_t addr)
{
	return syscall(__NR_brk, addr);
}

/*
 * The program's own heap stays as it is: pages without access keep it apart
 * from what grows and shrinks above them.
 */
static int set_apart(struct space *sp)
{
	uintptr_t end = (set_break(0) + sp->page_size - 1) / sp->page_size *
			sp->page_size;
	int ret;

	sp->base = end + bytes(sp, GUARD_PAGES) - bytes(sp, HEAP_FIRST);
	if (set_break(end + bytes(sp, GUARD_PAGES)) !=
	    end + bytes(sp, GUARD_PAGES))
		return -ENOMEM;
	ret = mprotect((void *)end, bytes(sp, GUARD_PAGES), PROT_NONE);
	return errno_if(ret);
}

int space_enter(struct space *sp, enum area area)
{
	*sp = (struct space){
		.area = area,
		.page_size = sysconf(_SC_PAGESIZE),
		.uffd = -1,
		.key = -1,
	};
	if (area == AREA_RESERVED)
		return reserve(sp);
	return area == AREA_HEAP ? set_apart(sp) : -EINVAL;
}

struct syscall space_call(const struct space *sp, const struct syscall *pages)
{
	struct syscall c = *pages;

	c.addr = sp->base + c.addr * sp->page_size;
	c.new_addr = sp->base + c.new_addr * sp->page_size;
	c.len *= sp->page_size;
	c.new_len *= sp->page_size;
	c.offset *= sp->page_size;
	return c;
}

/* ---- mapping ------------------------------------------------------------ */

/* A file without a name, and large enough for every offset; or /dev/zero. */
static int new_file(struct space *sp, uint32_t number)
{
	int fd;

	if (number == sp->zero)
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	fd = memfd_create("vmatlas", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, bytes(sp, FILE_PAGES))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The descriptor of a file, or -1 with errno set. */
static int file_of(struct space *sp, uint32_t number)
{
	for (size_t i = 0; i < sp->nr_files; i++)
		if (sp->numbers[i] == number)
			return sp->fds[i];
	if (sp->nr_files == MAX_FILES) {
		errno = EMFILE;
		return -1;
	}
	sp->numbers[sp->nr_files] = number;
	sp->fds[sp->nr_files] = new_file(sp, number);
	if (sp->fds[sp->nr_files] < 0)
		return -1;
	return sp->fds[sp->nr_files++];
}

static int mapped(const void *at, uint64_t *result)
{
	if (at == (const void *)-1)
		return -errno;
	*result = (uintptr_t)at;
	return 0;
}

int kernel_mmap(struct space *sp, const struct syscall *c, uint64_t *result)
{
	int flags = c->flags | (c->file ? 0 : MAP_ANONYMOUS);
	int fd = c->file ? file_of(sp, c->file) : -1;

	if (c->file && fd < 0)
		return -errno;
	return mapped(mmap(start_of(c), c->len, c->prot, flags, fd, c->offset),
		      result);
}

int kernel_munmap(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(munmap(start_of(c), c->len));
}

int kernel_mremap(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return mapped(mremap(start_of(c), c->len, c->new_len, c->flags,
			     (void *)(uintptr_t)c->new_addr),
		      result);
}

int kernel_remap_file_pages(struct space *sp, const struct syscall *c,
			    uint64_t *result)
{
	return errno_if(remap_file_pages(start_of(c), c->len, 0,
					 c->offset / sp->page_size, 0));
}

/* The segment goes with the last who is attached to it. */
int kernel_shmat(struct space *sp, const struct syscall *c, uint64_t *result)
{
	int flags = c->flags | (c->prot & PROT_WRITE ? 0 : SHM_RDONLY);
	int id = shmget(IPC_PRIVATE, c->len, 0600);
	int err;

	if (id < 0)
		return -errno;
	err = mapped(shmat(id, start_of(c), flags), result);
	shmctl(id, IPC_RMID, NULL);
	return err;
}

int kernel_shmdt(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(shmdt(start_of(c)));
}

int kernel_brk(struct space *sp, const struct syscall *c, uint64_t *result)
{
	*result = set_break(c->addr);
	return !c->addr || *result == c->addr ? 0 : -ENOMEM;
}

/* ---- changing ----------------------------------------------------------- */

int kernel_mprotect(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(mprotect(start_of(c), c->len, c->prot));
}

/* Without a key it is mprotect() by another name, and needs no hardware. */
int kernel_pkey_mprotect(struct space *sp, const struct syscall *c,
			 uint64_t *result)
{
	if (c->key >= 0 && sp->key < 0)
		sp->key = syscall(__NR_pkey_alloc, 0UL, 0UL);
	if (c->key >= 0 && sp->key < 0)
		return -errno;
	return errno_if(syscall(__NR_pkey_mprotect, start_of(c), (size_t)c->len,
				(long)c->prot,
				c->key >= 0 ? (long)sp->key : -1L));
}

int kernel_madvise(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(madvise(start_of(c), c->len, c->advice));
}

int kernel_process_madvise(struct space *sp, const struct syscall *c,
			   uint64_t *result)
{
	struct iovec range = { start_of(c), c->len };
	int fd = syscall(__NR_pidfd_open, (long)getpid(), 0L);
	int err;

	if (fd < 0)
		return -errno;
	err = errno_if(syscall(__NR_process_madvise, (long)fd, &range, 1UL,
			       (long)c->advice, 0UL) < 0);
	close(fd);
	return err;
}

/* Not by the library: sanitizers make nothing of these. */
int kernel_mlock(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(syscall(__NR_mlock, start_of(c), (size_t)c->len));
}

int kernel_mlock2(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(syscall(__NR_mlock2, start_of(c), (size_t)c->len,
				(long)c->flags));
}

int kernel_munlock(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(syscall(__NR_munlock, start_of(c), (size_t)c->len));
}

int kernel_mlockall(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(syscall(__NR_mlockall, (long)c->flags));
}

int kernel_munlockall(struct space *sp, const struct syscall *c,
		      uint64_t *result)
{
	return errno_if(syscall(__NR_munlockall));
}

#define NODE_WORDS 16
#define NODE_BITS (8 * sizeof(unsigned long))

/* The nodes that memory may come from. */
static int allowed_nodes(unsigned long *nodes)
{
	return errno_if(syscall(__NR_get_mempolicy, NULL, nodes,
				NODE_WORDS * NODE_BITS, NULL,
				(long)MPOL_F_MEMS_ALLOWED));
}

static long first_node(const unsigned long *nodes)
{
	for (size_t i = 0; i < NODE_WORDS; i++)
		if (nodes[i])
			return i * NODE_BITS + __builtin_ctzl(nodes[i]);
	return -1;
}

static const struct {
	const char *word;
	int mode;
	bool nodes;
} policies[] = {
	{ "local", MPOL_LOCAL, false },
	{ "preferred", MPOL_PREFERRED, true },
	{ "bind", MPOL_BIND, true },
	{ "interleave", MPOL_INTERLEAVE, true },
};

static int bind_to(const struct syscall *c, int mode, unsigned long *nodes)
{
	return errno_if(syscall(__NR_mbind, start_of(c), (size_t)c->len,
				(long)mode, nodes,
				nodes ? NODE_WORDS * NODE_BITS : 0UL, 0UL));
}

/* Where nodes are named, all that there are. The first of them is preferred. */
int kernel_mbind(struct space *sp, const struct syscall *c, uint64_t *result)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	int i = 0, err;

	if (!c->policy)
		return bind_to(c, MPOL_DEFAULT, NULL);
	while (i < 4 && strcmp(policies[i].word, c->policy))
		i++;
	if (i == 4)
		return -EINVAL;
	if (!policies[i].nodes)
		return bind_to(c, policies[i].mode, NULL);
	err = allowed_nodes(nodes);
	if (err)
		return err;
	return bind_to(c, policies[i].mode, nodes);
}

int kernel_set_mempolicy_home_node(struct space *sp, const struct syscall *c,
				   uint64_t *result)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	int err = allowed_nodes(nodes);

	if (err)
		return err;
	return errno_if(syscall(__NR_set_mempolicy_home_node, start_of(c),
				(size_t)c->len, first_node(nodes), 0UL));
}

int kernel_mseal(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(syscall(__NR_mseal, start_of(c), (size_t)c->len, 0UL));
}

int kernel_prctl(struct space *sp, const struct syscall *c, uint64_t *result)
{
	return errno_if(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start_of(c),
			      (size_t)c->len, c->name));
}

/* Nobody waits for its messages: what is registered must not be touched. */
static int open_uffd(struct space *sp)
{
	struct uffdio_api api = { .api = UFFD_API };
	long flags = O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY;

	sp->uffd = syscall(__NR_userfaultfd, flags);
	if (sp->uffd < 0)
		return -errno;
	return errno_if(ioctl(sp->uffd, UFFDIO_API, &api));
}

/* Of missing pages, if no mode is said. */
static uint64_t uffd_mode(unsigned int flags)
{
	return (flags & UFFD_MISSING ? UFFDIO_REGISTER_MODE_MISSING : 0) |
			       (flags & UFFD_WP ? UFFDIO_REGISTER_MODE_WP : 0) |
			       (flags & UFFD_MINOR ? UFFDIO_REGISTER_MODE_MINOR
						   : 0)
		       ?: UFFDIO_REGISTER_MODE_MISSING;
}

int kernel_ioctl_userfaultfd(struct space *sp, const struct syscall *c,
			     uint64_t *result)
{
	struct uffdio_register reg = {
		.range = { c->addr, c->len },
		.mode = uffd_mode(c->flags),
	};
	int err = sp->uffd < 0 ? open_uffd(sp) : 0;

	if (err)
		return err;
	if (c->flags & UFFD_UNREGISTER)
		return errno_if(ioctl(sp->uffd, UFFDIO_UNREGISTER, &reg.range));
	return errno_if(ioctl(sp->uffd, UFFDIO_REGISTER, &reg));
}

/* ---- what is no system call ---------------------------------------------- */

/* Written by the kernel, for which no access is an error, and not the end. */
static int write_at(uint64_t addr)
{
	return errno_if(syscall(__NR_getcpu, (uintptr_t)addr, NULL, NULL));
}

int kernel_touch(struct space *sp, const struct syscall *c, uint64_t *result)
{
	int err = 0;

	for (uint64_t at = 0; !err && at < c->len; at += sp->page_size)
		err = write_at(c->addr + at);
	return err;
}

/* A path that is empty, or none: for both there is an error of its own. */
static int read_at(uint64_t addr)
{
	syscall(__NR_faccessat, -1L, (uintptr_t)addr, 0L);
	return errno == EFAULT || errno == EPERM || errno == ENOSYS ? -errno
								    : 0;
}

int kernel_read(struct space *sp, const struct syscall *c, uint64_t *result)
{
	int err = 0;

	for (uint64_t at = 0; !err && at < c->len; at += sp->page_size)
		err = read_at(c->addr + at);
	return err;
}

int kernel_grow(struct space *sp, const struct syscall *c, uint64_t *result)
{
	*result = c->addr;
	return write_at(c->addr);
}

/* End as the child did. */
static void end_as(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/* Only the child returns. An alarm is not inherited; a userfaultfd is the parent's. */
int kernel_fork(struct space *sp, const struct syscall *c, uint64_t *result)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid)
		end_as(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(sp->alarm);
	if (sp->uffd >= 0)
		close(sp->uffd);
	sp->uffd = -1;
	return 0;
}

/* ---- all of them --------------------------------------------------------- */

int kernel_do(struct space *sp, const struct syscall *c, uint64_t *result)
{
	static kernel_fn *const calls[NR_CALLS] = {
#define X(symbol, name, ...) [CALL_##symbol] = kernel_##name,
		SYSCALLS(X)
#undef X
	};
	uint64_t ignored;

	return calls[c->kind](sp, c, result ? result : &ignored);
}
