// SPDX-License-Identifier: GPL-2.0-only
/* Children that carry out triggers, and whoever watches them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/jobs.h"
#include "oracle/live.h"

/* ---- what a child reports ------------------------------------------------ */

enum message_kind { MSG_STAGE, MSG_ERROR, MSG_SPACE, MSG_LAYOUT, NR_MESSAGES };

/* A layout follows one of MSG_LAYOUT. */
struct message {
	uint32_t kind;
	uint32_t stage;
	uint32_t call;
	int32_t err;
	uint64_t page_size;
	uint64_t base;
};

/* Who reads is gone if this fails: then nobody is there to report to. */
static void send_all(int fd, const void *data, size_t len)
{
	if (!fd_write_all(fd, data, len))
		_exit(1);
}

static void send_message(int fd, struct message msg)
{
	send_all(fd, &msg, sizeof(msg));
}

void live_report_stage(int fd, enum live_stage stage, uint32_t call)
{
	send_message(fd, (struct message){ .kind = MSG_STAGE,
					   .stage = stage,
					   .call = call });
}

void live_report_error(int fd, int err)
{
	send_message(fd, (struct message){ .kind = MSG_ERROR, .err = err });
}

void live_report_space(int fd, uint64_t page_size, uint64_t base)
{
	send_message(fd, (struct message){ .kind = MSG_SPACE,
					   .page_size = page_size,
					   .base = base });
}

void live_report_layout(int fd, const struct maps_list *list)
{
	send_message(fd, (struct message){ .kind = MSG_LAYOUT });
	send_all(fd, list, sizeof(*list));
}

/* ---- what is understood of it --------------------------------------------- */

/* Stages only ever go on, and there are no more calls than there can be. */
static bool take_stage(struct live_evidence *e, const struct message *m)
{
	if (m->stage > STAGE_DONE || m->stage < (uint32_t)e->stage ||
	    m->call > LIVE_CALLS)
		return false;
	e->stage = m->stage;
	e->call = m->call;
	return true;
}

static bool take_error(struct live_evidence *e, const struct message *m)
{
	if (e->err || m->err <= 0)
		return false;
	e->err = m->err;
	e->err_stage = e->stage;
	e->err_call = e->call;
	return true;
}

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool sane_vma(const struct maps_vma *v, const struct maps_vma *prev)
{
	return v->start < v->end && (!prev || prev->end <= v->start) &&
	       is_terminated(v->name, sizeof(v->name)) &&
	       is_terminated(v->vm_flags, sizeof(v->vm_flags)) &&
	       is_terminated(v->policy, sizeof(v->policy));
}

static bool sane_list(const struct maps_list *list)
{
	if (list->nr > MAPS_MAX)
		return false;
	for (size_t i = 0; i < list->nr; i++)
		if (!sane_vma(&list->vma[i], i ? &list->vma[i - 1] : NULL))
			return false;
	return true;
}

static bool take_layout(struct live_evidence *e, const struct maps_list *list)
{
	bool *has = e->stage == STAGE_BEFORE ? &e->has_before : &e->has_after;

	if ((e->stage != STAGE_BEFORE && e->stage != STAGE_AFTER) || *has ||
	    !sane_list(list))
		return false;
	*(e->stage == STAGE_BEFORE ? &e->before : &e->after) = *list;
	*has = true;
	return true;
}

/* Addresses are multiples of the size of pages, which is a power of two. */
static bool take_space(struct live_evidence *e, const struct message *m)
{
	if (!m->page_size || m->page_size & (m->page_size - 1) ||
	    m->base % m->page_size)
		return false;
	e->page_size = m->page_size;
	e->base = m->base;
	return true;
}

static bool take_message(struct live_evidence *e, const struct message *m)
{
	switch (m->kind) {
	case MSG_STAGE:
		return take_stage(e, m);
	case MSG_ERROR:
		return take_error(e, m);
	case MSG_SPACE:
		return take_space(e, m);
	default:
		return m->kind == MSG_LAYOUT;
	}
}

/* ---- watching -------------------------------------------------------------- */

enum got { GOT_ALL, GOT_END, GOT_PART, GOT_LATE, GOT_ERROR };

/* Read exactly @len bytes until @deadline. */
static enum got receive(int fd, void *data, size_t len, double deadline)
{
	size_t done = 0;

	while (done < len) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double left = deadline - seconds_now();
		ssize_t nr;
		int ready;

		if (left <= 0)
			return GOT_LATE;
		ready = poll(&p, 1, (int)(left * 1000) + 1);
		if (ready < 0 && errno != EINTR)
			return GOT_ERROR;
		if (ready <= 0)
			continue;
		nr = read(fd, (char *)data + done, len - done);
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr <= 0)
			return done ? GOT_PART : GOT_END;
		done += (size_t)nr;
	}
	return GOT_ALL;
}

static enum live_end end_of(enum got got)
{
	if (got == GOT_LATE)
		return END_TIME;
	if (got == GOT_ERROR)
		return END_NONE;
	return got == GOT_END ? END_EXIT : END_NONSENSE;
}

/* All that a child has to say. */
static enum live_end listen_to(int fd, double deadline, struct live_evidence *e)
{
	static struct maps_list list;
	struct message m;
	enum got got;

	for (;;) {
		got = receive(fd, &m, sizeof(m), deadline);
		if (got == GOT_ERROR)
			e->err = errno;
		if (got != GOT_ALL)
			return end_of(got);
		if (!take_message(e, &m))
			return END_NONSENSE;
		if (m.kind != MSG_LAYOUT)
			continue;
		got = receive(fd, &list, sizeof(list), deadline);
		if (got == GOT_LATE)
			return END_TIME;
		if (got != GOT_ALL || !take_layout(e, &list))
			return END_NONSENSE;
	}
}

/* ---- children --------------------------------------------------------------- */

/* More than a trigger takes, in bytes of address space and in seconds. */
#define ROOM (256UL << 20)
#define CPU_SECONDS 10

static void lower(int resource, rlim_t to)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) || limit.rlim_cur <= to)
		return;
	limit.rlim_cur = to;
	setrlimit(resource, &limit);
}

/* In pages, or 0 if that is not known. */
static unsigned long mapped_pages(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return len > 0 ? strtoul(text, NULL, 10) : 0;
}

static void limit_child(void)
{
	unsigned long pages = mapped_pages();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	lower(RLIMIT_CORE, 0);
	lower(RLIMIT_CPU, CPU_SECONDS);
	if (pages)
		lower(RLIMIT_AS,
		      pages * (unsigned long)sysconf(_SC_PAGESIZE) + ROOM);
}

/* A trigger that crashes shows in how its child ends, and nowhere else. */
static void drop_handlers(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
}

static void be_child(live_child *child, const void *ctx, int fd,
		     unsigned int seconds)
{
	setpgid(0, 0);
	drop_handlers();
	limit_child();
	alarm(seconds + 1); /* where it may not be killed */
	child(fd, ctx);
	_exit(0);
}

/* With all that it forked. */
static void reap(pid_t pid, struct live_evidence *e)
{
	int status;

	if (!wait_for_child(pid, &status) || e->end != END_EXIT)
		return;
	if (WIFSIGNALED(status)) {
		e->end = END_SIGNAL;
		e->signal = WTERMSIG(status);
	}
}

/* Whoever ended keeps the status that it had; whoever did not has one now. */
static void kill_all(pid_t pid)
{
	kill(pid, SIGKILL);
	kill(-pid, SIGKILL);
}

static void fail_to_start(struct live_evidence *e, int err)
{
	e->end = END_NONE;
	e->err = err;
}

void live_watch(live_child *child, const void *ctx, double seconds,
		struct live_evidence *e)
{
	double deadline = seconds_now() + seconds;
	int fds[2];
	pid_t pid;

	memset(e, 0, sizeof(*e));
	if (pipe2(fds, O_CLOEXEC)) {
		fail_to_start(e, errno);
		return;
	}
	pid = fork();
	if (!pid) {
		close(fds[0]);
		be_child(child, ctx, fds[1], (unsigned int)seconds);
	}
	if (pid < 0) {
		fail_to_start(e, errno);
		close(fds[1]);
	} else {
		setpgid(pid, pid);
		/* As long as this is open here, too, no end is seen. */
		if (close(fds[1]))
			fail_to_start(e, errno);
		else
			e->end = listen_to(fds[0], deadline, e);
		kill_all(pid);
		reap(pid, e);
	}
	close(fds[0]);
}

/* ---- triggers ---------------------------------------------------------------- */

static struct maps_list list;

/* Returns 0 or -errno, having reported it. */
static int report(int fd, int err)
{
	if (err)
		live_report_error(fd, -err);
	return err;
}

/* Returns 0 or -errno, having reported it. */
static int do_all(int fd, struct space *sp, enum live_stage stage,
		  const struct cat_calls *calls)
{
	int err = 0;

	for (size_t i = 0; !err && i < calls->nr; i++) {
		struct syscall c = space_call(sp, &calls->call[i].c);

		live_report_stage(fd, stage, (uint32_t)i);
		err = report(fd, kernel_do(sp, &c, NULL));
	}
	return err;
}

static void print_layout(int fd)
{
	maps_read_flags(0, &list);
	maps_read_policies(0, &list);
	live_report_layout(fd, &list);
}

/* Returns 0 or -errno, having reported it. */
static int look(int fd, const struct space *sp, enum live_stage stage)
{
	unsigned long first = sp->area == AREA_HEAP ? HEAP_FIRST : 0;
	int err;

	live_report_stage(fd, stage, 0);
	err = maps_read(0, MAPS_ANY, sp->base + first * sp->page_size,
			sp->base + SPACE_PAGES * sp->page_size, &list);
	if (!err)
		print_layout(fd);
	return report(fd, err);
}

static int enter(int fd, struct space *sp, enum area area)
{
	int err;

	live_report_stage(fd, STAGE_ENTER, 0);
	err = report(fd, space_enter(sp, area));
	if (!err)
		live_report_space(fd, sp->page_size, sp->base);
	return err;
}

/* What fails has an outcome, too: the layout is looked at all the same. */
static void make_calls(int fd, const struct cat_trigger *t)
{
	struct space sp;

	if (enter(fd, &sp, t->area) ||
	    do_all(fd, &sp, STAGE_SETUP, &t->setup) ||
	    look(fd, &sp, STAGE_BEFORE))
		return;
	if (do_all(fd, &sp, STAGE_CALL, &t->calls))
		live_report_stage(fd, STAGE_AFTER, 0);
	if (!look(fd, &sp, STAGE_AFTER))
		live_report_stage(fd, STAGE_DONE, 0);
}

/* Returns whether there is a layout; if not, that was reported. */
static bool look_at_program(int fd, const struct segment *program, bool random,
			    uint64_t start, uint64_t end)
{
	return !report(fd, exec_look(program, random, start, end, &list));
}

static void look_after(int fd, const struct segment *program, uint64_t start,
		       uint64_t end)
{
	live_report_stage(fd, STAGE_CALL, 0);
	if (!look_at_program(fd, program, true, start, end))
		return;
	live_report_stage(fd, STAGE_AFTER, 0);
	live_report_layout(fd, &list);
	live_report_stage(fd, STAGE_DONE, 0);
}

/* What stands in for the layout before is the stack of who is not moved. */
static void exec_stack(int fd)
{
	live_report_stage(fd, STAGE_BEFORE, 0);
	if (!look_at_program(fd, NULL, false, 0, UINT64_MAX))
		return;
	live_report_layout(fd, &list);
	look_after(fd, NULL, 0, UINT64_MAX);
}

static void trigger_child(int fd, const void *ctx)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
	const struct cat_trigger *t = ctx;

	if (t->area != AREA_STACK && t->area != AREA_IMAGE) {
		make_calls(fd, t);
		return;
	}
	live_report_stage(fd, STAGE_ENTER, 0);
	live_report_space(fd, page, IMAGE_BASE);
	if (t->area == AREA_STACK)
		exec_stack(fd);
	else /* the image is what counts, and there is none before */
		look_after(fd, t->calls.call[0].c.program, IMAGE_BASE,
			   IMAGE_BASE + SPACE_PAGES * page);
}

void live_gather(const struct cat_trigger *t, double seconds,
		 struct live_evidence *e)
{
	live_watch(trigger_child, t, seconds, e);
}

/* ---- what the kernel gives to readers ------------------------------------------- */

/* Bit 56 of its entry in pagemap: a page of nobody else's, which the zero page is not. */
bool live_lacks_zero_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	volatile char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t entry = 0;
	off_t at;

	if (page != MAP_FAILED) {
		(void)page[0];
		at = (off_t)((uintptr_t)page / size * sizeof(entry));
		if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
			entry = 0;
		munmap((void *)(uintptr_t)page, size);
	}
	if (fd >= 0)
		close(fd);
	return entry >> 56 & 1;
}
