// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes and threads of a trace. Each address space is a program: it
 * begins with execve() or fork() and is over when the last thread that has it
 * ends or calls execve().
 */
#include <string.h>

#include "lib/memory.h"
#include "process/replay-internal.h"

/* ---- programs ---------------------------------------------------------------------- */

static pid_t wanted_pid(const struct replayer *re)
{
	return re->opts->pid ? re->opts->pid : re->r->program[0]->pid;
}

static bool is_wanted(const struct replayer *re, const struct replay_space *run)
{
	const struct replay_opts *o = re->opts;

	if (o->biggest)
		return !re->r->kept || run->p->peak >= re->r->kept->peak;

	return run->p->pid == wanted_pid(re) &&
	       (o->exec < 0 || run->p->exec == (unsigned int)o->exec) &&
	       (!re->r->kept || run->index > re->kept_index);
}

static void keep(struct replayer *re, const struct replay_space *run)
{
	if (re->r->kept) {
		proc_free(re->r->kept->maps);
		re->r->kept->maps = NULL;
	}
	re->r->kept = run->p;
	re->kept_index = run->index;
	run->p->maps = sim_maps(run->sim);
}

static void drop_process(struct replayer *re, struct replay_space *run)
{
	re->vmas -= run->vmas;
	run->vmas = 0;
	sim_free(run->sim);
	run->sim = NULL;
}

static void leave(struct replayer *re, struct replay_space *run)
{
	if (!run || --run->threads)
		return;
	run->p->final = run->vmas;
	if (run->sim && is_wanted(re, run))
		keep(re, run);
	drop_process(re, run);
	free(run);
}

/* There are more or fewer VMAs now. Nobody may have too many of them. */
void replay_recount(struct replayer *re, struct replay_space *run, size_t line)
{
	struct replay_program *p = run->p;
	unsigned long now = mm_map_count(sim_mm(run->sim));

	re->vmas += now - run->vmas;
	run->vmas = p->now = now;
	if (now > p->peak) {
		p->peak = now;
		p->peak_line = line;
	}
	if (re->vmas <= REPLAY_VMAS_MAX)
		return;
	p->left_out = true;
	drop_process(re, run);
}

/* Returns NULL if there are too many. It has nothing mapped yet. */
static struct replay_space *new_running(struct replayer *re, pid_t pid,
					unsigned int exec,
					const struct trace_event *event)
{
	struct replay_space *run;

	if (re->r->nr >= REPLAY_PROGRAMS_MAX)
		return NULL;
	run = xcalloc(1, sizeof(*run));
	run->p = xcalloc(1, sizeof(*run->p));
	run->p->pid = pid;
	run->p->exec = exec;
	run->p->line = run->p->last_line = event->line;
	if (event->what == TRACE_EXEC)
		run->p->path = xstrndup(event->path, REPLAY_TEXT);
	run->index = re->r->nr;
	run->threads = 1;
	*xappend(re->r->program, re->r->nr) = run->p;
	return run;
}

/* What is known of what a program has at first. @begins: nothing is before it. */
static const struct proc_maps *find_from(const struct replayer *re,
					 const struct replay_space *run,
					 bool begins)
{
	for (size_t i = 0; i < re->opts->nr_from; i++) {
		struct replay_from *f = &re->opts->from[i];
		pid_t pid = f->pid ? f->pid : wanted_pid(re);

		if (pid == run->p->pid &&
		    (f->exec < 0 ? begins
				 : (unsigned int)f->exec == run->p->exec)) {
			f->used = true;
			return f->maps;
		}
	}
	return NULL;
}

/* So many VMAs there were in the kernel: that it allows them. */
void replay_prove_limit(struct replayer *re, unsigned long nr, size_t line)
{
	/* mmap() may add one to as many as are allowed. */
	if (nr <= re->r->limit + 1)
		return;
	re->r->limit = nr - 1;
	if (!re->r->raised_line)
		re->r->raised_line = line;
}

static void start(struct replayer *re, struct replay_space *run)
{
	unsigned long nr = mm_map_count(sim_mm(run->sim));

	run->p->first = run->p->peak = nr;
	replay_prove_limit(re, nr, run->p->line);
	run->p->peak_line = run->p->line;
	replay_recount(re, run, run->p->line);
}

void replay_touch(struct replay_space *run, uint64_t addr, uint64_t len)
{
	const struct syscall call = { .kind = CALL_TOUCH,
				      .addr = addr,
				      .len = len };

	sim_do(run->sim, &call, NULL, NULL);
}

bool replay_writes(const struct replayer *re)
{
	return re->opts->faulted == FAULTED_WRITABLE;
}

static void load(struct replayer *re, struct replay_space *run,
		 const struct proc_maps *maps)
{
	sim_load(run->sim, maps);
	for (size_t i = 0; i < maps->nr && replay_writes(re); i++)
		replay_touch(run, maps->vma[i].start, 1);
}

static void start_from(struct replayer *re, struct replay_space *run,
		       const struct proc_maps *maps)
{
	const struct replay_opts *o = re->opts;

	/* What is written to, and when, write_fresh() says. */
	run->sim = sim_new(o->rules, o->page_size,
			   replay_writes(re) ? FAULTED_SEEN : o->faulted);
	if (o->release)
		sim_release(run->sim, o->release);
	run->p->start = maps ? START_MAPS : START_EMPTY;
	run->p->loaded = maps;
	run->incomplete = !maps;
	if (maps)
		load(re, run, maps);
	start(re, run);
}

/* ---- threads ------------------------------------------------------------------------- */

/* Returns NULL if there are too many. */
static struct thread *add_thread(struct replayer *re, pid_t pid,
				 struct replay_space *run)
{
	struct thread *t;

	if (hash_count(re->threads) >= REPLAY_THREADS_MAX)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	*t = (struct thread){ .pid = pid, .running = run };
	hash_add(re->threads, pid, t);
	return t;
}

void replay_forget_begun(struct replayer *re, const struct thread *t)
{
	for (size_t i = re->nr_begun; i-- > 0;) {
		if (re->begun[i].thread != t)
			continue;
		free(re->begun[i].text);
		re->begun[i] = re->begun[--re->nr_begun];
	}
}

/* The only one, if there is no PID because there is but one. */
static struct thread *only_thread(const struct replayer *re)
{
	size_t at = 0;

	if (hash_count(re->threads) != 1)
		return NULL;
	return hash_next(re->threads, &at);
}

static void forget_made(struct replayer *re, const struct thread *t);

static void drop_thread(struct replayer *re, struct thread *t)
{
	replay_forget_begun(re, t);
	forget_made(re, t);
	leave(re, t->running);
	free(t);
}

static bool forget_announced(struct replayer *re, pid_t parent, pid_t child);
static struct thread *foreign_child(struct replayer *re, pid_t pid);

void replay_end_thread(struct replayer *re, const struct trace_event *event)
{
	struct thread *t = event->pid ? hash_find(re->threads, event->pid)
				      : only_thread(re);

	if (!t && event->pid)
		t = foreign_child(re, event->pid);
	if (!t)
		return;
	forget_announced(re, t->pid, 0);
	hash_remove(re->threads, t->pid);
	drop_thread(re, t);
}

void replay_end_threads(struct replayer *re)
{
	size_t at = 0;
	struct thread *t;

	while ((t = hash_next(re->threads, &at)))
		drop_thread(re, t);
	hash_free(re->threads, NULL);
}

/* A thread of whom it is not known where it came from, with what it had. */
static struct thread *found_thread(struct replayer *re,
				   const struct trace_event *event)
{
	struct replay_space *run;

	if (event->what == TRACE_EXEC)
		return add_thread(re, event->pid, NULL);
	run = new_running(re, event->pid, 0, event);
	if (run)
		start_from(re, run, find_from(re, run, true));
	return add_thread(re, event->pid, run);
}

static struct thread *share(struct replayer *re, pid_t pid,
			    struct replay_space *run)
{
	struct thread *t = add_thread(re, pid, run);

	if (t && run)
		run->threads++;
	return t;
}

static void fork_process(struct replayer *re, struct replay_space *child,
			 const struct replay_space *parent)
{
	child->p->start = START_FORK;
	child->p->parent = parent->p->pid;
	child->incomplete = parent->incomplete;
	if (!parent->sim || re->vmas + parent->vmas > REPLAY_VMAS_MAX) {
		child->p->left_out = true;
		return;
	}
	child->sim = sim_child(parent->sim);
	start(re, child);
}

static struct thread *fork_thread(struct replayer *re, pid_t pid,
				  const struct replay_space *parent,
				  const struct trace_event *event)
{
	struct replay_space *run = new_running(re, pid, 0, event);
	const struct proc_maps *maps;

	if (!run)
		return add_thread(re, pid, NULL);
	maps = find_from(re, run, true);
	if (maps)
		start_from(re, run, maps);
	else
		fork_process(re, run, parent);
	return add_thread(re, pid, run);
}

static struct thread *make_child(struct replayer *re, pid_t pid,
				 const struct thread *parent, bool thread,
				 const struct trace_event *event)
{
	if (thread || !parent->running)
		return share(re, pid, parent->running);
	return fork_thread(re, pid, parent->running, event);
}

/* ---- forks that are under way ---------------------------------------------------------- */

static void announce(struct replayer *re, pid_t parent, bool thread,
		     struct thread *made)
{
	if (re->nr_announced < ANNOUNCED_MAX)
		re->announced[re->nr_announced++] = (struct announced){
			.parent = parent, .thread = thread, .made = made
		};
}

static struct announced take_announced(struct replayer *re, size_t i)
{
	struct announced a = re->announced[i];

	re->nr_announced--;
	memmove(&re->announced[i], &re->announced[i + 1],
		(re->nr_announced - i) * sizeof(a));
	return a;
}

/*
 * The kernel counts up, unless it begins anew. In a container clone() returns a number
 * that counts there alone, and lines begin with strace's.
 */
static bool may_be_foreign(pid_t parent, pid_t child)
{
	return child < parent;
}

/* Returns whether @child was seen, which may have ended by now. */
static bool forget_announced(struct replayer *re, pid_t parent, pid_t child)
{
	bool seen = false;
	pid_t taken;

	for (size_t i = re->nr_announced; i-- > 0;) {
		if (re->announced[i].parent != parent || re->announced[i].made)
			continue;
		taken = take_announced(re, i).child;
		seen |= taken == child ||
			(taken && may_be_foreign(parent, child));
	}
	return seen;
}

/* A thread that was known by another number, or by none, has this one. */
static void rename_thread(struct replayer *re, struct thread *t, pid_t pid)
{
	hash_remove(re->threads, t->pid);
	t->pid = pid;
	hash_add(re->threads, pid, t);
}

/* It has a line of its own, or no longer any: nobody else is it. */
static void forget_made(struct replayer *re, const struct thread *t)
{
	for (size_t i = re->nr_announced; i-- > 0;)
		if (re->announced[i].made == t)
			take_announced(re, i);
}

/*
 * Who has a line for the first time: the oldest that is expected. In a container
 * strace's number of a child is above the parent's, too.
 */
static struct announced *expected(struct replayer *re, pid_t pid)
{
	struct announced *end = re->announced + re->nr_announced, *a;

	for (a = re->announced; a < end; a++)
		if (a->made ? pid > a->parent : !a->child)
			return a;
	return NULL;
}

/* Returns NULL if none is expected that is made already. */
static struct thread *foreign_child(struct replayer *re, pid_t pid)
{
	const struct announced *a = expected(re, pid);
	struct thread *t = a ? a->made : NULL;

	if (!t)
		return NULL;
	forget_made(re, t);
	if (t->running && t->running->p->pid == t->pid)
		t->running->p->pid = pid;
	rename_thread(re, t, pid);
	return t;
}

/* A thread that is new, while a fork is under way: the oldest made it. */
static struct thread *announced_child(struct replayer *re,
				      const struct trace_event *event)
{
	struct thread *t = foreign_child(re, event->pid);
	struct announced *a = t ? NULL : expected(re, event->pid);
	const struct thread *parent;

	if (!a)
		return t;
	a->child = event->pid;
	parent = hash_find(re->threads, a->parent);
	if (!parent)
		return NULL;
	return make_child(re, event->pid, parent, a->thread, event);
}

/* ---- who a line is about -------------------------------------------------------------- */

/*
 * On standard error, strace names a PID only while there are several. The first
 * process gets its number when it is first named.
 */
static struct thread *name_first(struct replayer *re, pid_t pid)
{
	struct thread *t = hash_find(re->threads, 0);

	if (!t)
		return NULL;
	rename_thread(re, t, pid);
	for (size_t i = 0; i < re->r->nr; i++) {
		struct replay_program *p = re->r->program[i];

		if (!p->pid)
			p->pid = pid;
		else if (p->start == START_FORK && !p->parent)
			p->parent = pid;
	}
	for (size_t i = 0; i < re->nr_announced; i++)
		if (!re->announced[i].parent)
			re->announced[i].parent = pid;
	return t;
}

/* Of those that are nobody's child: the first process has such threads. */
static struct thread *join_first(struct replayer *re,
				 const struct trace_event *event)
{
	size_t at = 0;
	struct thread *first = NULL;

	if (re->r->nr)
		first = hash_find(re->threads, re->r->program[0]->pid);
	if (!first)
		first = hash_next(re->threads, &at);
	if (!first || event->what == TRACE_EXEC)
		return found_thread(re, event);
	re->r->joined++;
	return share(re, event->pid, first->running);
}

static struct thread *new_thread(struct replayer *re,
				 const struct trace_event *event)
{
	struct thread *t = NULL;

	/* Whoever was there before its fork is not the child that is expected. */
	if (!event->alone)
		t = announced_child(re, event);
	if (!t && event->pid)
		t = name_first(re, event->pid);
	return t ? t : join_first(re, event);
}

struct thread *replay_thread_of(struct replayer *re,
				const struct trace_event *event)
{
	struct thread *t = hash_find(re->threads, event->pid);

	if (!t && !event->pid)
		t = only_thread(re);
	if (!t)
		return new_thread(re, event);
	forget_made(re, t);
	return t;
}

/* ---- events ------------------------------------------------------------------------------ */

void replay_fork(struct replayer *re, const struct thread *t,
		 const struct trace_event *event)
{
	struct thread *child;

	if (!event->child) {
		announce(re, t->pid, event->thread, NULL);
		return;
	}
	if (forget_announced(re, t->pid, event->child) ||
	    hash_find(re->threads, event->child))
		return;
	child = make_child(re, event->child, t, event->thread, event);
	if (!child)
		re->r->left_out++;
	else if (may_be_foreign(t->pid, event->child))
		announce(re, t->pid, event->thread, child);
}

/*
 * execve() keeps whether memory is to be merged, since 6.7, and of 64-bit programs
 * clears READ_IMPLIES_EXEC; both seen on 6.18.
 */
void replay_exec(struct replayer *re, struct thread *t,
		 const struct trace_event *event)
{
	bool begins = !t->running || t->running->p->pid != t->pid;
	struct replay_space *run = new_running(re, t->pid, ++t->execs, event);
	unsigned int traits = 0;

	if (t->running && t->running->sim)
		traits = t->running->sim->traits;
	leave(re, t->running);
	t->running = run;
	if (run) {
		start_from(re, run, find_from(re, run, begins));
		if (run->sim && traits & SIM_MEMORY_MERGE)
			sim_set(run->sim, SIM_MEMORY_MERGE, true);
	} else {
		re->r->left_out++;
	}
}
