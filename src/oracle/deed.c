// SPDX-License-Identifier: GPL-2.0-only
/*
 * What triggers can do, each kind of deed a function. All of them act on pages
 * of a space, and none is called with a range that reaches out of it.
 */
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

#include "oracle/live.h"

/* Newer than some headers; the numbers are the same wherever Linux runs. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
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

/* ---- the space ---------------------------------------------------------- */

#define GUARD_PAGES 16

/* An unmapped page keeps what a trigger maps from touching the guards. */
#define APART 1

static void *page_at(const struct live_space *sp, unsigned long page)
{
	return (void *)(sp->base + page * sp->page_size);
}

static size_t bytes(const struct live_space *sp, unsigned long pages)
{
	return pages * sp->page_size;
}

static size_t length(const struct live_space *sp, const struct cat_deed *d)
{
	return bytes(sp, d->end - d->start);
}

static int errno_if(bool failed)
{
	return failed ? errno : 0;
}

static int reserve(struct live_space *sp)
{
	size_t hole = bytes(sp, LIVE_PAGES + 2 * APART);
	size_t guard = bytes(sp, GUARD_PAGES);
	char *all = mmap(NULL, hole + 2 * guard, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		return errno;
	sp->base = (uintptr_t)all + guard + bytes(sp, APART);
	return errno_if(munmap(all + guard, hole));
}

static bool set_break(uintptr_t addr)
{
	return (uintptr_t)syscall(SYS_brk, addr) == addr;
}

/*
 * The program's own heap stays as it is: pages without access keep it apart
 * from what grows and shrinks above them.
 */
static int set_apart(struct live_space *sp)
{
	uintptr_t end = ((uintptr_t)syscall(SYS_brk, 0) + sp->page_size - 1) &
			~(uintptr_t)(sp->page_size - 1);

	sp->base = end + bytes(sp, GUARD_PAGES) - bytes(sp, LIVE_HEAP_START);
	if (!set_break(end + bytes(sp, GUARD_PAGES)))
		return ENOMEM;
	return errno_if(
		mprotect((void *)end, bytes(sp, GUARD_PAGES), PROT_NONE));
}

int live_enter(struct live_space *sp, enum cat_area area)
{
	*sp = (struct live_space){
		.area = area,
		.page_size = (unsigned long)sysconf(_SC_PAGESIZE),
		.uffd = -1,
		.key = -1,
	};
	if (area == AREA_RESERVED)
		return reserve(sp);
	return area == AREA_HEAP ? set_apart(sp) : EINVAL;
}

/* ---- mapping ------------------------------------------------------------ */

/* A file without a name, and large enough for every offset. */
static int new_file(struct live_space *sp)
{
	int fd = memfd_create("vmatlas", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)bytes(sp, LIVE_FILE_PAGES))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The descriptor of a file, or -1 with errno set. */
static int file_of(struct live_space *sp, uint32_t identity)
{
	for (size_t i = 0; i < sp->nr_files; i++)
		if (sp->identities[i] == identity)
			return sp->files[i];
	if (sp->nr_files == LIVE_FILES) {
		errno = EMFILE;
		return -1;
	}
	sp->identities[sp->nr_files] = identity;
	sp->files[sp->nr_files] = new_file(sp);
	if (sp->files[sp->nr_files] < 0)
		return -1;
	return sp->files[sp->nr_files++];
}

static int do_mmap(struct live_space *sp, const struct cat_deed *d)
{
	int flags = MAP_FIXED, fd = -1;
	off_t offset = 0;

	flags |= d->shared ? MAP_SHARED : MAP_PRIVATE;
	if (d->file) {
		fd = file_of(sp, d->file);
		if (fd < 0)
			return errno;
		offset = (off_t)bytes(sp, d->pgoff);
	} else {
		flags |= MAP_ANONYMOUS;
	}
	if (!d->reserve)
		flags |= MAP_NORESERVE;
	if (d->growsdown)
		flags |= MAP_GROWSDOWN;
	return errno_if(mmap(page_at(sp, d->start), length(sp, d), (int)d->prot,
			     flags, fd, offset) == MAP_FAILED);
}

static int do_munmap(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(munmap(page_at(sp, d->start), length(sp, d)));
}

static int do_mremap(struct live_space *sp, const struct cat_deed *d)
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

static int do_remap_file_pages(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(remap_file_pages(page_at(sp, d->start), length(sp, d),
					 0, d->pgoff, 0));
}

/* The segment goes with the last who is attached to it. */
static int do_shmat(struct live_space *sp, const struct cat_deed *d)
{
	int id = shmget(IPC_PRIVATE, length(sp, d), 0600);
	int flags = d->prot & CAT_PROT_WRITE ? 0 : SHM_RDONLY;
	int err;

	if (id < 0)
		return errno;
	err = errno_if(shmat(id, page_at(sp, d->start), flags) == (void *)-1);
	shmctl(id, IPC_RMID, NULL);
	return err;
}

static int do_shmdt(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(shmdt(page_at(sp, d->start)));
}

static int do_brk(struct live_space *sp, const struct cat_deed *d)
{
	return set_break((uintptr_t)page_at(sp, d->end)) ? 0 : ENOMEM;
}

/* ---- changing ----------------------------------------------------------- */

static int do_mprotect(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(
		mprotect(page_at(sp, d->start), length(sp, d), (int)d->prot));
}

/* Without a key it is mprotect() by another name, and needs no hardware. */
static int do_pkey_mprotect(struct live_space *sp, const struct cat_deed *d)
{
	if (d->key && sp->key < 0)
		sp->key = (int)syscall(SYS_pkey_alloc, 0UL, 0UL);
	if (d->key && sp->key < 0)
		return errno;
	return errno_if(syscall(SYS_pkey_mprotect, page_at(sp, d->start),
				length(sp, d), (long)d->prot,
				d->key ? (long)sp->key : -1L));
}

static const int advice_number[NR_ADVICE] = {
#define X(name, ...) [ADVICE_##name] = MADV_##name,
	CAT_ADVICE(X)
#undef X
};

static int do_madvise(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(madvise(page_at(sp, d->start), length(sp, d),
				advice_number[d->advice]));
}

static int do_process_madvise(struct live_space *sp, const struct cat_deed *d)
{
	struct iovec range = { page_at(sp, d->start), length(sp, d) };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int err;

	if (fd < 0)
		return errno;
	err = errno_if(syscall(SYS_process_madvise, fd, &range, 1UL,
			       (long)advice_number[d->advice], 0L) < 0);
	close(fd);
	return err;
}

/* Not by the library: sanitizers make nothing of these. */
static int do_mlock(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(
		syscall(SYS_mlock, page_at(sp, d->start), length(sp, d)));
}

static int do_mlock2(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(syscall(SYS_mlock2, page_at(sp, d->start),
				length(sp, d), MLOCK_ONFAULT));
}

static int do_munlock(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(
		syscall(SYS_munlock, page_at(sp, d->start), length(sp, d)));
}

/* What is locked on fault costs no memory that was not there before. */
static int do_mlockall(struct live_space *sp, const struct cat_deed *d)
{
	(void)sp;
	(void)d;
	return errno_if(syscall(SYS_mlockall, MCL_CURRENT | MCL_ONFAULT));
}

static int do_munlockall(struct live_space *sp, const struct cat_deed *d)
{
	(void)sp;
	(void)d;
	return errno_if(syscall(SYS_munlockall));
}

#define NODE_WORDS 16

/* The nodes that memory may come from. */
static int allowed_nodes(unsigned long *nodes)
{
	return errno_if(syscall(SYS_get_mempolicy, NULL, nodes,
				NODE_WORDS * 8 * sizeof(*nodes), NULL,
				MPOL_F_MEMS_ALLOWED));
}

static int first_node(const unsigned long *nodes)
{
	for (int i = 0; i < NODE_WORDS; i++)
		if (nodes[i])
			return i * 8 * (int)sizeof(*nodes) +
			       __builtin_ctzl(nodes[i]);
	return -1;
}

static void keep_first(unsigned long *nodes)
{
	int node = first_node(nodes), bits = 8 * (int)sizeof(*nodes);

	memset(nodes, 0, NODE_WORDS * sizeof(*nodes));
	if (node >= 0)
		nodes[node / bits] = 1UL << node % bits;
}

static int do_mbind(struct live_space *sp, const struct cat_deed *d)
{
	static const int mode[NR_POLICIES] = {
		[POLICY_DEFAULT] = MPOL_DEFAULT,
		[POLICY_LOCAL] = MPOL_LOCAL,
		[POLICY_PREFERRED] = MPOL_PREFERRED,
		[POLICY_BIND] = MPOL_BIND,
		[POLICY_INTERLEAVE] = MPOL_INTERLEAVE,
	};
	unsigned long nodes[NODE_WORDS] = { 0 };
	bool any = d->policy != POLICY_DEFAULT && d->policy != POLICY_LOCAL;
	int err = any ? allowed_nodes(nodes) : 0;

	if (err)
		return err;
	if (d->policy == POLICY_PREFERRED)
		keep_first(nodes);
	return errno_if(syscall(SYS_mbind, page_at(sp, d->start), length(sp, d),
				mode[d->policy], any ? nodes : NULL,
				any ? NODE_WORDS * 8 * sizeof(*nodes) : 0, 0));
}

static int do_home_node(struct live_space *sp, const struct cat_deed *d)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	int err = allowed_nodes(nodes);

	if (err)
		return err;
	return errno_if(syscall(SYS_set_mempolicy_home_node,
				page_at(sp, d->start), length(sp, d),
				(long)first_node(nodes), 0L));
}

static int do_mseal(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(
		syscall(SYS_mseal, page_at(sp, d->start), length(sp, d), 0L));
}

static int do_prctl(struct live_space *sp, const struct cat_deed *d)
{
	return errno_if(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME,
			      page_at(sp, d->start), length(sp, d), d->name));
}

/* Nobody ever waits for its messages: what is registered must not be touched. */
static int open_uffd(struct live_space *sp)
{
	struct uffdio_api api = { .api = UFFD_API };
	long fd = syscall(SYS_userfaultfd,
			  O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		return errno;
	sp->uffd = (int)fd;
	return errno_if(ioctl(sp->uffd, UFFDIO_API, &api));
}

static int do_userfaultfd(struct live_space *sp, const struct cat_deed *d)
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

/* ---- what is no system call ---------------------------------------------- */

static int do_touch(struct live_space *sp, const struct cat_deed *d)
{
	for (unsigned long page = d->start; page < d->end; page++)
		*(volatile char *)page_at(sp, page) = 1;
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

static int do_fork(struct live_space *sp, const struct cat_deed *d)
{
	pid_t pid = fork();

	(void)sp;
	(void)d;
	if (pid < 0)
		return errno;
	if (pid)
		end_as(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* ---- all of them --------------------------------------------------------- */

typedef int deed_fn(struct live_space *sp, const struct cat_deed *d);

/* execve() leaves nothing behind that could go on: see live-exec.c. */
static deed_fn *const deeds[NR_DEEDS] = {
	[DEED_MMAP] = do_mmap,
	[DEED_MUNMAP] = do_munmap,
	[DEED_MPROTECT] = do_mprotect,
	[DEED_PKEY_MPROTECT] = do_pkey_mprotect,
	[DEED_MADVISE] = do_madvise,
	[DEED_PROCESS_MADVISE] = do_process_madvise,
	[DEED_MLOCK] = do_mlock,
	[DEED_MLOCK2] = do_mlock2,
	[DEED_MUNLOCK] = do_munlock,
	[DEED_MLOCKALL] = do_mlockall,
	[DEED_MUNLOCKALL] = do_munlockall,
	[DEED_MREMAP] = do_mremap,
	[DEED_REMAP_FILE_PAGES] = do_remap_file_pages,
	[DEED_MBIND] = do_mbind,
	[DEED_HOME_NODE] = do_home_node,
	[DEED_MSEAL] = do_mseal,
	[DEED_PRCTL] = do_prctl,
	[DEED_USERFAULTFD] = do_userfaultfd,
	[DEED_SHMAT] = do_shmat,
	[DEED_SHMDT] = do_shmdt,
	[DEED_BRK] = do_brk,
	[DEED_TOUCH] = do_touch,
	[DEED_FORK] = do_fork,
};

int live_do(struct live_space *sp, const struct cat_deed *d)
{
	if (!cat_in_reach(sp->area, d))
		return ERANGE;
	return deeds[d->kind] ? deeds[d->kind](sp, d) : EINVAL;
}
