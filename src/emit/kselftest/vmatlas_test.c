// SPDX-License-Identifier: GPL-2.0-only
/*
 * How VMAs merge and split: each case of the table is caused by system calls,
 * and what /proc/self/maps shows before and after is held against the table.
 *
 * A trigger runs in a child of its own, in pages that nothing else is mapped
 * near. It needs no privileges, and changes nothing outside that child.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "vmatlas.h"
#include "cases.h"

/* Not in older trees. */
#ifndef __printf
#define __printf(a, b) __attribute__((format(printf, a, b)))
#endif

/* Below what the harness allows, so that what is left can still be reported. */
#define ALL_SECONDS 40

/* ---- the child ------------------------------------------------------- */

static int note_error(struct evidence *ev, int err)
{
	if (err && !ev->err) {
		ev->err = -err;
		ev->err_stage = ev->stage;
		ev->err_call = ev->call;
	}
	return err;
}

static int do_all(struct space *sp, const struct syscall *calls,
		  struct evidence *ev)
{
	int err = 0;

	for (ev->call = 0; calls && calls->kind && !err; calls++, ev->call++) {
		struct syscall c = space_call(sp, calls);

		err = note_error(ev, kernel_do(sp, &c, NULL));
	}
	return err;
}

static int look(const struct space *sp, struct evidence *ev,
		struct maps_list *list)
{
	unsigned long first = sp->area == AREA_HEAP ? HEAP_FIRST : 0;
	uint64_t start = sp->base + first * sp->page_size;
	uint64_t end = sp->base + SPACE_PAGES * sp->page_size;

	return note_error(ev, maps_read(0, MAPS_TEXT, start, end, list));
}

/* A system call that fails has an outcome, too. */
static void run_calls(const struct trigger *t, struct evidence *ev)
{
	struct space sp;

	if (note_error(ev, space_enter(&sp, t->area)))
		return;
	sp.alarm = CHILD_SECONDS;
	ev->page_size = sp.page_size;
	ev->base = sp.base;
	ev->stage = STAGE_SETUP;
	if (do_all(&sp, t->setup, ev))
		return;
	ev->stage = STAGE_BEFORE;
	if (look(&sp, ev, &ev->before))
		return;
	ev->stage = STAGE_CALL;
	do_all(&sp, t->calls, ev);
	ev->stage = STAGE_AFTER;
	if (!look(&sp, ev, &ev->after))
		ev->stage = STAGE_DONE;
}

/* There is no image before. */
static void run_image(const struct trigger *t, struct evidence *ev)
{
	ev->stage = STAGE_CALL;
	if (!note_error(ev, exec_look(t->calls->program, true, IMAGE_BASE,
				      IMAGE_BASE + SPACE_PAGES * ev->page_size,
				      &ev->after)))
		ev->stage = STAGE_DONE;
}

/* What stands in for the layout before is the stack of who is not moved. */
static void run_stack(struct evidence *ev)
{
	ev->stage = STAGE_BEFORE;
	if (note_error(ev, exec_look(NULL, false, 0, ~0ULL, &ev->before)))
		return;
	ev->stage = STAGE_CALL;
	if (!note_error(ev, exec_look(NULL, true, 0, ~0ULL, &ev->after)))
		ev->stage = STAGE_DONE;
}

static void run_execve(const struct trigger *t, struct evidence *ev)
{
	ev->page_size = sysconf(_SC_PAGESIZE);
	ev->base = IMAGE_BASE;
	if (t->area == AREA_STACK)
		run_stack(ev);
	else
		run_image(t, ev);
}

static void be_child(const struct trigger *t, struct evidence *ev)
{
	const struct rlimit none = { 0 };
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	alarm(CHILD_SECONDS);
	if (t->area == AREA_STACK || t->area == AREA_IMAGE)
		run_execve(t, ev);
	else
		run_calls(t, ev);
	_exit(0);
}

/* Returns how the child ended, as waitpid() has it, or -1 with errno set. */
static int run_child(const struct trigger *t, struct evidence *ev)
{
	pid_t pid;
	int status;

	memset(ev, 0, sizeof(*ev));
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid)
		be_child(t, ev);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* ---- verdicts -------------------------------------------------------- */

enum verdict { PASS, FAIL, SKIP };

/*
 * What there is to say of a trigger, and if a layout is another one, which: as
 * the table has it, and as it was.
 */
static struct remark {
	char text[400];
	const char *when;
	const struct vma *wanted;
	const struct maps_list *seen;
} remark;

static enum verdict __printf(2, 3)
	say(enum verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(remark.text, sizeof(remark.text), fmt, args);
	va_end(args);
	return verdict;
}

/* ---- what went wrong ------------------------------------------------- */

static const struct syscall *call_at(const struct trigger *t, enum stage when,
				     unsigned int nr)
{
	if (when == STAGE_SETUP)
		return t->setup + nr;
	return when == STAGE_CALL ? t->calls + nr : NULL;
}

static const char *name_of(const struct syscall *c, enum stage when)
{
	static const char *const names[] = {
		[STAGE_ENTER] = "making room",
		[STAGE_BEFORE] = "reading the layout before",
		[STAGE_AFTER] = "reading the layout after",
		[STAGE_DONE] = "the end",
	};

	return c ? syscall_name(c->kind) : names[when];
}

static bool is_scarce(int err)
{
	return err == ENOMEM || err == EAGAIN || err == EMFILE ||
	       err == ENFILE || err == ENOSPC;
}

static bool is_lacking(int err)
{
	return err == EPERM || err == EACCES || err == ENOSYS ||
	       err == EINVAL || err == EOPNOTSUPP || err == ENODEV ||
	       err == ENOEXEC;
}

/* What goes wrong outside the calls is this place's fault, but for nonsense. */
static bool may_skip(const struct syscall *c, int err)
{
	if (err == EPROTO)
		return false;
	return !c || is_scarce(err) ||
	       (syscall_traits(c) & OPTIONAL && is_lacking(err));
}

static enum verdict judge_error(const struct trigger *t,
				const struct evidence *ev)
{
	const struct syscall *c = call_at(t, ev->err_stage, ev->err_call);
	const char *hint = c ? syscall_lacks(c->kind) : NULL;

	return say(may_skip(c, ev->err) ? SKIP : FAIL, "%s%s: %s%s%s",
		   ev->err_stage == STAGE_SETUP ? "setup: " : "",
		   name_of(c, ev->err_stage), strerror(ev->err),
		   hint ? "; " : "", hint ? hint : "");
}

static enum verdict judge_end(const struct trigger *t,
			      const struct evidence *ev, int status)
{
	const char *where = name_of(call_at(t, ev->stage, ev->call), ev->stage);

	if (!WIFSIGNALED(status))
		return say(FAIL, "the child ended in %s", where);
	if (WTERMSIG(status) == SIGSYS)
		return say(SKIP, "forbidden here: %s", where);
	if (WTERMSIG(status) == SIGALRM)
		return say(FAIL, "took longer than %d seconds, in %s",
			   CHILD_SECONDS, where);
	return say(FAIL, "killed by signal %d (%s) in %s", WTERMSIG(status),
		   strsignal(WTERMSIG(status)), where);
}

/* ---- layouts --------------------------------------------------------- */

/* What counts of a VMA that was seen, in the units of the table. */
struct view {
	long start;
	long end;
	unsigned long pgoff;
};

static struct view view_of(const struct maps_vma *v, const struct evidence *ev)
{
	long first = ev->base / ev->page_size;

	return (struct view){
		.start = v->start / ev->page_size - first,
		.end = v->end / ev->page_size - first,
		.pgoff = v->inode ? v->offset / ev->page_size : 0,
	};
}

/* Whoever touches the pages that count, counts: it might have merged. */
static bool counts(const struct trigger *t, const struct view *view)
{
	return view->start <= (long)t->end && view->end >= (long)t->start;
}

static const char *perms_of(const struct maps_vma *v)
{
	static char perms[5];

	perms[0] = v->flags & MAPS_READ ? 'r' : '-';
	perms[1] = v->flags & MAPS_WRITE ? 'w' : '-';
	perms[2] = v->flags & MAPS_EXEC ? 'x' : '-';
	perms[3] = v->flags & MAPS_SHARED ? 's' : 'p';
	return perms;
}

static bool same_vma(const struct vma *wanted, const struct maps_vma *v,
		     const struct view *view, bool exact)
{
	if (view->start != (long)wanted->start ||
	    view->end != (long)wanted->end)
		return false;
	return !exact || (!strcmp(perms_of(v), wanted->perms) &&
			  wanted->has_file == (v->inode != 0) &&
			  view->pgoff == wanted->pgoff);
}

/* Otherwise the system call stands for one that does what the case states. */
static bool is_exact(const struct trigger *t)
{
	for (const struct syscall *c = t->calls; c->kind; c++)
		if (syscall_traits(c) & EXACT)
			return true;
	return false;
}

static bool same_layout(const struct trigger *t, const struct vma *wanted,
			const struct maps_list *seen, const struct evidence *ev)
{
	bool exact = is_exact(t);

	for (unsigned int i = 0; i < seen->nr; i++) {
		struct view view = view_of(&seen->vma[i], ev);

		if (!counts(t, &view))
			continue;
		if (!wanted->end ||
		    !same_vma(wanted++, &seen->vma[i], &view, exact))
			return false;
	}
	return !wanted->end;
}

/* ---- layouts in words ------------------------------------------------ */

static void print_range(const char *perms, bool has_file, struct view view)
{
	printf(" [%ld, %ld) %s", view.start, view.end, perms);
	if (has_file)
		printf(" file %lu", view.pgoff);
}

static void print_wanted(void)
{
	ksft_print_msg("  %s, expected:", remark.when);
	for (const struct vma *vma = remark.wanted; vma->end; vma++)
		print_range(vma->perms, vma->has_file,
			    (struct view){ .start = vma->start,
					   .end = vma->end,
					   .pgoff = vma->pgoff });
	puts("");
}

static void print_seen(const struct trigger *t, const struct evidence *ev)
{
	ksft_print_msg("  %s, on this kernel:", remark.when);
	for (unsigned int i = 0; i < remark.seen->nr; i++) {
		const struct maps_vma *v = &remark.seen->vma[i];
		struct view view = view_of(v, ev);

		if (counts(t, &view))
			print_range(perms_of(v), v->inode != 0, view);
	}
	puts("");
}

static void print_remark(const struct vma_case *c, const struct trigger *t,
			 const struct evidence *ev)
{
	if (!remark.text[0])
		return;
	ksft_print_msg("%s %s: %s\n", c->id, t->name, remark.text);
	if (!remark.wanted)
		return;
	print_wanted();
	print_seen(t, ev);
}

/* ---- comparing ------------------------------------------------------- */

/* Of the running kernel; LONG_MAX if its release is no version. */
static long version = LONG_MAX;

/* What the rules of a version make of the trigger. */
static struct outcome outcome_for(const struct trigger *t, long wanted)
{
	struct outcome best = { .err = t->err, .after = t->after };

	for (const struct outcome *o = t->later; o && o->since; o++)
		if (o->since <= wanted)
			best = *o;
	return best;
}

static bool comes_to(const struct trigger *t, const struct outcome *o,
		     const struct evidence *ev)
{
	return ev->err == o->err && same_layout(t, o->after, &ev->after, ev);
}

/* Later rules that the kernel follows, or NULL: fixes are taken back to it. */
static const struct outcome *taken_over(const struct trigger *t,
					const struct evidence *ev)
{
	for (const struct outcome *o = t->later; o && o->since; o++)
		if (o->since > version && comes_to(t, o, ev))
			return o;
	return NULL;
}

/* With it MAP_NORESERVE has no effect, and then other VMAs are compatible. */
static bool overcommit_strict(void)
{
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
	char mode = '0';

	if (fd < 0)
		return false;
	if (read(fd, &mode, 1) != 1)
		mode = '0';
	close(fd);
	return mode == '2';
}

static enum verdict judge_difference(const struct trigger *t, const char *when,
				     const struct vma *wanted,
				     const struct maps_list *seen)
{
	remark.when = when;
	remark.wanted = wanted;
	remark.seen = seen;
	if (version < t->fixed)
		return say(SKIP, "before Linux %ld.%ld: %s", t->fixed / 1000,
			   t->fixed % 1000, t->earlier);
	if (version < OLDEST_RULES)
		return say(SKIP, "the oldest known rules are of Linux %ld.%ld",
			   OLDEST_RULES / 1000, OLDEST_RULES % 1000);
	if (overcommit_strict())
		return say(SKIP, "vm.overcommit_memory is 2");
	return say(FAIL, "other VMAs than expected");
}

static enum verdict judge_after(const struct trigger *t,
				const struct evidence *ev)
{
	struct outcome wanted = outcome_for(t, version);
	const struct outcome *later;

	if (comes_to(t, &wanted, ev))
		return PASS;
	later = taken_over(t, ev);
	if (later)
		return say(PASS, "as since Linux %ld.%ld: %s",
			   later->since / 1000, later->since % 1000,
			   later->rules);
	if (ev->err && ev->err != wanted.err)
		return judge_error(t, ev);
	if (ev->err != wanted.err)
		return say(FAIL, "no error, expected: %s",
			   strerror(wanted.err));
	return judge_difference(t, "after", wanted.after, &ev->after);
}

static enum verdict judge_layouts(const struct trigger *t,
				  const struct evidence *ev)
{
	if (t->before && !same_layout(t, t->before, &ev->before, ev))
		return judge_difference(t, "before", t->before, &ev->before);
	return judge_after(t, ev);
}

/* ---- the stack ------------------------------------------------------- */

/* The only VMA that is one, or NULL. */
static const struct maps_vma *find_stack(const struct maps_list *seen)
{
	const struct maps_vma *stack = NULL;

	for (unsigned int i = 0; i < seen->nr; i++) {
		if (strcmp(seen->vma[i].name, "[stack]"))
			continue;
		if (stack)
			return NULL;
		stack = &seen->vma[i];
	}
	return stack;
}

/*
 * Where execve() puts the stack first, nobody can see; but without random
 * addresses it stays there, so the one that has moved must lie below.
 */
static enum verdict judge_stack(const struct evidence *ev)
{
	const struct maps_vma *before = find_stack(&ev->before);
	const struct maps_vma *after = find_stack(&ev->after);

	if (!before || !after)
		return say(FAIL, "the program has no stack, or several");
	if (before->end == after->end)
		return say(SKIP, "no stack moves: addresses are not random");
	if (after->end > before->end)
		return say(FAIL, "the stack has moved up");
	return PASS;
}

/* ---- the whole ------------------------------------------------------- */

static enum verdict judge(const struct trigger *t, const struct evidence *ev,
			  int status)
{
	if (status < 0)
		return say(SKIP, "no child: %s", strerror(errno));
	if (!WIFEXITED(status))
		return judge_end(t, ev, status);
	if (ev->err && (ev->err_stage != STAGE_CALL || ev->stage != STAGE_DONE))
		return judge_error(t, ev);
	if (ev->stage != STAGE_DONE)
		return judge_end(t, ev, status);
	if (t->area == AREA_STACK)
		return judge_stack(ev);
	return judge_layouts(t, ev);
}

static bool out_of_time(void)
{
	static time_t begin;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!begin)
		begin = now.tv_sec;
	return now.tv_sec - begin >= ALL_SECONDS;
}

static void run_trigger(const struct vma_case *c, const struct trigger *t,
			struct evidence *ev)
{
	enum verdict verdict;

	memset(&remark, 0, sizeof(remark));
	if (out_of_time())
		verdict = say(SKIP, "no time left of %d seconds", ALL_SECONDS);
	else
		verdict = judge(t, ev, run_child(t, ev));
	print_remark(c, t, ev);
	if (verdict == PASS)
		ksft_test_result_pass("%s %s\n", c->id, t->name);
	else if (verdict == FAIL)
		ksft_test_result_fail("%s %s\n", c->id, t->name);
	else
		ksft_test_result_skip("%s %s\n", c->id, t->name);
}

static unsigned int count_triggers(void)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (const struct trigger *t = cases[i].triggers; t->name; t++)
			nr++;
	return nr;
}

/* Distributions may have any text behind the first two numbers, or before. */
static void find_version(void)
{
	unsigned int major, minor;
	struct utsname un;

	if (uname(&un))
		ksft_exit_fail_msg("uname: %s\n", strerror(errno));
	if (sscanf(un.release, "%3u.%3u", &major, &minor) == 2)
		version = KERNEL(major, minor);
	ksft_print_msg("Linux %s%s\n", un.release,
		       version == LONG_MAX
			       ? ", no version: taken for the newest"
			       : "");
}

int main(void)
{
	unsigned int nr = count_triggers();
	struct evidence *ev;

	ksft_print_header();
	if (!nr)
		ksft_exit_skip("no case in the table\n");
	if (access("/proc/self/maps", R_OK))
		ksft_exit_skip("no /proc/self/maps\n");
	ev = mmap(NULL, sizeof(*ev), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ev == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	ksft_set_plan(nr);
	find_version();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (const struct trigger *t = cases[i].triggers; t->name; t++)
			run_trigger(&cases[i], t, ev);
	ksft_finished();
}
