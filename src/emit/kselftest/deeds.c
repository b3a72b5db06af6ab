// SPDX-License-Identifier: GPL-2.0-only
/* What triggers can do, each kind of deed a function. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmatlas.h"

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
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* ---- the space ------------------------------------------------------- */

/* Pages on each side that stay mapped, so that nothing else comes near. */
#define GUARD_PAGES 16

/* An unmapped page keeps what a trigger maps from touching the guards. */
#define APART_PAGES 1

static void *page_at(const struct space *sp, unsigned long page)
{
	return (void *)(sp->base + page * sp->page_size);
}

static size_t bytes(const struct space *sp, unsigned long pages)
{
	return pages * sp->page_size;
}

static size_t length(const struct space *sp, const struct deed *d)
{
	return bytes(sp, d->end - d->start);
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

static bool set_break(uintptr_t addr)
{
	return (uintptr_t)syscall(__NR_brk, addr) == addr;
}

/* Pages without access keep the heap that malloc() has apart from the space. */
static int set_apart(struct space *sp)
{
	uintptr_t top = (uintptr_t)syscall(__NR_brk, 0);
	uintptr_t end =
		(top + sp->page_size - 1) / sp->page_size * sp->page_size;
	int ret;

	sp->base = end + bytes(sp, GUARD_PAGES) - bytes(sp, HEAP_FIRST);
	if (!set_break(end + bytes(sp, GUARD_PAGES)))
		return -ENOMEM;
	ret = mprotect((void *)end, bytes(sp, GUARD_PAGES), PROT_NONE);
	return errno_if(ret);
}

int enter_space(struct space *sp, enum area where)
{
	sp->page_size = sysconf(_SC_PAGESIZE);
	sp->uffd = -1;
	sp->key = -1;
	memset(sp->fds, -1, sizeof(sp->fds));
	return where == AREA_HEAP ? set_apart(sp) : reserve(sp);
}

/* ---- mapping --------------------------------------------------------- */

/* The descriptor of a file, or -1 with errno set. */
static int file_of(struct space *sp, unsigned int file)
{
	int *fd;

	if (file > MAX_FILES) {
		errno = EMFILE;
		return -1;
	}
	fd = &sp->fds[file - 1];
	if (*fd >= 0)
		return *fd;
	*fd = memfd_create("vmatlas", MFD_CLOEXEC);
	if (*fd >= 0 && ftruncate(*fd, bytes(sp, FILE_PAGES)))
		return -1;
	return *fd;
}

static int do_mmap(struct space *sp, const struct deed *d)
{
	int flags = MAP_FIXED | (d->shared ? MAP_SHARED : MAP_PRIVATE);
	int fd = -1;

	if (d->file) {
		fd = file_of(sp, d->file);
		if (fd < 0)
			return -errno;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	if (!d->reserve)
		flags |= MAP_NORESERVE;
	if (d->growsdown)
		flags |= MAP_GROWSDOWN;
	return errno_if(mmap(page_at(sp, d->start), length(sp, d), d->prot,
			     flags, fd,
			     d->file ? bytes(sp, d->pgoff) : 0) == MAP_FAILED);
}

static int do_munmap(struct space *sp, const struct deed *d)
{
	return errno_if(munmap(page_at(sp, d->start), length(sp, d)));
}

static int do_mremap(struct space *sp, const struct deed *d)
{
	int flags = 0;

	if (d->to != d->start)
		flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	if (d->keep)
		flags |= MREMAP_DONTUNMAP;
	return errno_if(mremap(page_at(sp, d->start), length(sp, d),
			       bytes(sp, d->size), flags,
			       page_at(sp, d->to)) == MAP_FAILED);
}

static int do_remap_file_pages(struct space *sp, const struct deed *d)
{
	return errno_if(remap_file_pages(page_at(sp, d->start), length(sp, d),
					 0, d->pgoff, 0));
}

/* The segment goes with the last who is attached to it. */
static int do_shmat(struct space *sp, const struct deed *d)
{
	int id = shmget(IPC_PRIVATE, length(sp, d), 0600);
	int flags = d->prot & PROT_WRITE ? 0 : SHM_RDONLY;
	int err;

	if (id < 0)
		return -errno;
	err = errno_if(shmat(id, page_at(sp, d->start), flags) == (void *)-1);
	shmctl(id, IPC_RMID, NULL);
	return err;
}

static int do_shmdt(struct space *sp, const struct deed *d)
{
	return errno_if(shmdt(page_at(sp, d->start)));
}

static int do_brk(struct space *sp, const struct deed *d)
{
	return set_break((uintptr_t)page_at(sp, d->end)) ? 0 : -ENOMEM;
}

/* ---- changing -------------------------------------------------------- */

static int do_mprotect(struct space *sp, const struct deed *d)
{
	int ret = mprotect(page_at(sp, d->start), length(sp, d), d->prot);

	return errno_if(ret);
}

/* Without a key it is mprotect() by another name, and needs no hardware. */
static int do_pkey_mprotect(struct space *sp, const struct deed *d)
{
	if (d->key && sp->key < 0)
		sp->key = syscall(__NR_pkey_alloc, 0UL, 0UL);
	if (d->key && sp->key < 0)
		return -errno;
	return errno_if(syscall(__NR_pkey_mprotect, page_at(sp, d->start),
				length(sp, d), (long)d->prot,
				d->key ? (long)sp->key : -1L));
}

static int do_madvise(struct space *sp, const struct deed *d)
{
	int ret = madvise(page_at(sp, d->start), length(sp, d), d->advice);

	return errno_if(ret);
}

static int do_process_madvise(struct space *sp, const struct deed *d)
{
	struct iovec range = { page_at(sp, d->start), length(sp, d) };
	int fd = syscall(__NR_pidfd_open, (long)getpid(), 0L);
	int err;

	if (fd < 0)
		return -errno;
	err = errno_if(syscall(__NR_process_madvise, (long)fd, &range, 1UL,
			       (long)d->advice, 0UL) < 0);
	close(fd);
	return err;
}

static int do_mlock(struct space *sp, const struct deed *d)
{
	return errno_if(mlock(page_at(sp, d->start), length(sp, d)));
}

static int do_mlock2(struct space *sp, const struct deed *d)
{
	return errno_if(syscall(__NR_mlock2, page_at(sp, d->start),
				length(sp, d), (long)MLOCK_ONFAULT));
}

static int do_munlock(struct space *sp, const struct deed *d)
{
	return errno_if(munlock(page_at(sp, d->start), length(sp, d)));
}

/* What is locked on fault costs no memory that was not there before. */
static int do_mlockall(struct space *sp, const struct deed *d)
{
	return errno_if(mlockall(MCL_CURRENT | MCL_ONFAULT));
}

static int do_munlockall(struct space *sp, const struct deed *d)
{
	return errno_if(munlockall());
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

static void keep_first(unsigned long *nodes)
{
	long node = first_node(nodes);

	memset(nodes, 0, NODE_WORDS * sizeof(*nodes));
	if (node >= 0)
		nodes[node / NODE_BITS] = 1UL << node % NODE_BITS;
}

static int do_mbind(struct space *sp, const struct deed *d)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	bool any = d->policy != MPOL_DEFAULT && d->policy != MPOL_LOCAL;
	int err = any ? allowed_nodes(nodes) : 0;

	if (err)
		return err;
	if (d->policy == MPOL_PREFERRED)
		keep_first(nodes);
	return errno_if(syscall(__NR_mbind, page_at(sp, d->start),
				length(sp, d), (long)d->policy,
				any ? nodes : NULL,
				any ? NODE_WORDS * NODE_BITS : 0UL, 0UL));
}

static int do_home_node(struct space *sp, const struct deed *d)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	int err = allowed_nodes(nodes);

	if (err)
		return err;
	return errno_if(syscall(__NR_set_mempolicy_home_node,
				page_at(sp, d->start), length(sp, d),
				first_node(nodes), 0UL));
}

static int do_mseal(struct space *sp, const struct deed *d)
{
	void *start = page_at(sp, d->start);

	return errno_if(syscall(__NR_mseal, start, length(sp, d), 0UL));
}

static int do_prctl(struct space *sp, const struct deed *d)
{
	return errno_if(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME,
			      page_at(sp, d->start), length(sp, d), d->name));
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

static int do_userfaultfd(struct space *sp, const struct deed *d)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)page_at(sp, d->start), length(sp, d) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int err = sp->uffd < 0 ? open_uffd(sp) : 0;

	if (err)
		return err;
	if (d->unregister)
		return errno_if(ioctl(sp->uffd, UFFDIO_UNREGISTER, &reg.range));
	return errno_if(ioctl(sp->uffd, UFFDIO_REGISTER, &reg));
}

/* ---- what is no system call ------------------------------------------ */

static int do_touch(struct space *sp, const struct deed *d)
{
	for (unsigned long page = d->start; page < d->end; page++) {
		char *byte = page_at(sp, page);

		*byte = 1;
	}
	return 0;
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

/* Only the child returns. It has no alarm yet: that is not inherited. */
static int do_fork(struct space *sp, const struct deed *d)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid)
		end_as(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CHILD_SECONDS);
	return 0;
}

/* ---- all of them ----------------------------------------------------- */

#define MEMLOCK "RLIMIT_MEMLOCK may be too low"

static const struct deed_type types[NR_DEEDS] = {
	[DEED_MMAP] = { "mmap", do_mmap, DEED_EXACT },
	[DEED_MUNMAP] = { "munmap", do_munmap, DEED_EXACT },
	[DEED_MPROTECT] = { "mprotect", do_mprotect, DEED_EXACT },
	[DEED_PKEY_MPROTECT] = { "pkey_mprotect", do_pkey_mprotect,
				 DEED_EXACT | DEED_OPTIONAL,
				 "the processor has no protection keys" },
	[DEED_MADVISE] = { "madvise", do_madvise, DEED_OPTIONAL },
	[DEED_PROCESS_MADVISE] = { "process_madvise", do_process_madvise,
				   DEED_OPTIONAL,
				   "this advice needs Linux 6.13" },
	[DEED_MLOCK] = { "mlock", do_mlock, DEED_OPTIONAL, MEMLOCK },
	[DEED_MLOCK2] = { "mlock2", do_mlock2, DEED_OPTIONAL, MEMLOCK },
	[DEED_MUNLOCK] = { "munlock", do_munlock, DEED_OPTIONAL },
	[DEED_MLOCKALL] = { "mlockall", do_mlockall, DEED_OPTIONAL, MEMLOCK },
	[DEED_MUNLOCKALL] = { "munlockall", do_munlockall, DEED_OPTIONAL },
	[DEED_MREMAP] = { "mremap", do_mremap, DEED_EXACT },
	[DEED_REMAP_FILE_PAGES] = { "remap_file_pages", do_remap_file_pages,
				    DEED_EXACT | DEED_OPTIONAL },
	[DEED_MBIND] = { "mbind", do_mbind, DEED_OPTIONAL,
			 "the kernel may have no CONFIG_NUMA" },
	[DEED_HOME_NODE] = { "set_mempolicy_home_node", do_home_node,
			     DEED_OPTIONAL,
			     "it needs Linux 5.17 and CONFIG_NUMA" },
	[DEED_MSEAL] = { "mseal", do_mseal, DEED_OPTIONAL,
			 "it needs Linux 6.10 and 64 bits" },
	[DEED_PRCTL] = { "prctl", do_prctl, DEED_OPTIONAL,
			 "the kernel may have no CONFIG_ANON_VMA_NAME" },
	[DEED_USERFAULTFD] = { "ioctl_userfaultfd", do_userfaultfd,
			       DEED_OPTIONAL,
			       "the kernel may have no CONFIG_USERFAULTFD" },
	[DEED_SHMAT] = { "shmat", do_shmat, DEED_OPTIONAL,
			 "the kernel may have no CONFIG_SYSVIPC" },
	[DEED_SHMDT] = { "shmdt", do_shmdt, DEED_OPTIONAL },
	[DEED_BRK] = { "brk", do_brk, DEED_EXACT },
	[DEED_EXECVE] = { "execve", NULL, DEED_OPTIONAL },
	[DEED_TOUCH] = { "touch", do_touch },
	[DEED_FORK] = { "fork", do_fork },
};

const struct deed_type *deed_type(enum deed_kind kind)
{
	return &types[kind];
}
