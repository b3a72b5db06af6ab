// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace on the simulator: its processes and threads, and what each call comes
 * to. Each address space is a program: it begins with execve() or fork() and is
 * over when the last thread that has it ends or calls execve().
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "process/replay-internal.h"

/* As much of a call is kept for people. */
#define TEXT_KEPT 256

/* vm.max_map_count if nobody has changed it. */
#define DEFAULT_LIMIT 65530

/* So many forks, or munmap(), can be under way. */
#define ANNOUNCED_MAX 1024
#define BEGUN_MAX 1024

/*
 * An address space that threads have.
 * @incomplete: it began empty, so there is more in the kernel.
 * @index: of @p in struct replay.
 */
struct replay_space {
	struct replay_program *p;
	size_t index;
	struct sim *sim;
	unsigned long vmas;
	unsigned int threads;
	bool incomplete;
};

/*
 * @running: NULL if it is left out. @execs: how many it did. @fresh, @fresh_len:
 * memory that it has got, and has had no time to write to; FAULTED_WRITABLE.
 * @done: the munmap() that it has begun was carried out.
 */
struct thread {
	pid_t pid;
	unsigned int execs;
	struct replay_space *running;
	uint64_t fresh;
	uint64_t fresh_len;
	bool done;
};

/* A munmap() that has begun. */
struct begun {
	struct thread *thread;
	struct syscall call;
	size_t line;
	char *text;
};

/* A fork that has begun; the child is not named yet. */
struct announced {
	pid_t parent;
	bool thread;
};

struct replayer {
	const struct replay_opts *opts;
	struct replay *r;
	struct hash *threads;
	size_t vmas;
	size_t kept_index;
	struct replay_charge charge;
	struct announced announced[ANNOUNCED_MAX];
	size_t nr_announced;
	struct begun begun[BEGUN_MAX];
	size_t nr_begun;
};

/* ---- notes ------------------------------------------------------------------------ */

static char *keep_text(const char *text)
{
	return text ? xstrndup(text, TEXT_KEPT) : NULL;
}

static void add_note(struct replay_notes *notes,
		     const struct trace_event *event, const char *says)
{
	if (notes->nr++ >= REPLAY_NOTES)
		return;
	if (!notes->note)
		notes->note = xcalloc(1, REPLAY_NOTES * sizeof(*notes->note));
	notes->note[notes->nr - 1] = (struct replay_note){
		.line = event->line,
		.column = event->column,
		.says = says,
		.text = keep_text(event->text),
	};
}

static void add_cost(struct replay_program *p, const struct trace_event *event,
		     long vmas)
{
	size_t at = p->nr_costs;

	if (!p->costs)
		p->costs = xcalloc(1, REPLAY_COSTS * sizeof(*p->costs));
	if (at == REPLAY_COSTS) {
		if (p->costs[--at].vmas >= vmas)
			return;
		free(p->costs[at].text);
	} else {
		p->nr_costs++;
	}
	for (; at && p->costs[at - 1].vmas < vmas; at--)
		p->costs[at] = p->costs[at - 1];
	p->costs[at] = (struct replay_note){
		.line = event->line,
		.vmas = vmas,
		.text = keep_text(event->text),
	};
}

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
static void recount(struct replayer *re, struct replay_space *run, size_t line)
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

static void add_program(struct replayer *re, struct replay_program *p)
{
	struct replay *r = re->r;

	if (!(r->nr & (r->nr - 1))) {
		r->program = xreallocarray(r->program, r->nr ? r->nr * 2 : 1,
					   sizeof(*r->program));
	}
	r->program[r->nr++] = p;
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
		run->p->path = keep_text(event->path);
	run->index = re->r->nr;
	run->threads = 1;
	add_program(re, run->p);
	return run;
}

/* What is known of what a program has at first. @begins: nothing is before it. */
static const struct proc_maps *find_from(const struct replayer *re,
					 const struct replay_space *run,
					 bool begins)
{
	for (size_t i = 0; i < re->opts->nr_from; i++) {
		const struct replay_from *f = &re->opts->from[i];
		pid_t pid = f->pid ? f->pid : wanted_pid(re);

		if (pid == run->p->pid &&
		    (f->exec < 0 ? begins
				 : (unsigned int)f->exec == run->p->exec))
			return f->maps;
	}
	return NULL;
}

/* So many VMAs there were in the kernel: that it allows them. */
static void prove_limit(struct replayer *re, unsigned long nr, size_t line)
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
	prove_limit(re, nr, run->p->line);
	run->p->peak_line = run->p->line;
	recount(re, run, run->p->line);
}

static void touch(struct replay_space *run, uint64_t addr, uint64_t len)
{
	const struct syscall call = { .kind = CALL_TOUCH,
				      .addr = addr,
				      .len = len };

	sim_do(run->sim, &call, NULL, NULL);
}

static bool writes(const struct replayer *re)
{
	return re->opts->faulted == FAULTED_WRITABLE;
}

static void load(struct replayer *re, struct replay_space *run,
		 const struct proc_maps *maps)
{
	sim_load(run->sim, maps);
	for (size_t i = 0; i < maps->nr && writes(re); i++)
		touch(run, maps->vma[i].start, 1);
}

static void start_from(struct replayer *re, struct replay_space *run,
		       const struct proc_maps *maps)
{
	const struct replay_opts *o = re->opts;

	/* What is written to, and when, write_fresh() says. */
	run->sim = sim_new(o->rules, o->page_size,
			   writes(re) ? FAULTED_SEEN : o->faulted);
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

static void forget_begun(struct replayer *re, const struct thread *t)
{
	for (size_t i = re->nr_begun; i-- > 0;) {
		if (re->begun[i].thread != t)
			continue;
		free(re->begun[i].text);
		re->begun[i] = re->begun[--re->nr_begun];
	}
}

static void end_thread(struct replayer *re, pid_t pid)
{
	struct thread *t = hash_remove(re->threads, pid);

	if (!t)
		return;
	forget_begun(re, t);
	leave(re, t->running);
	free(t);
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

static void announce(struct replayer *re, pid_t parent, bool thread)
{
	if (re->nr_announced < ANNOUNCED_MAX)
		re->announced[re->nr_announced++] =
			(struct announced){ parent, thread };
}

static struct announced take_announced(struct replayer *re, size_t i)
{
	struct announced a = re->announced[i];

	re->nr_announced--;
	memmove(&re->announced[i], &re->announced[i + 1],
		(re->nr_announced - i) * sizeof(a));
	return a;
}

static void forget_announced(struct replayer *re, pid_t parent)
{
	for (size_t i = re->nr_announced; i-- > 0;)
		if (re->announced[i].parent == parent)
			take_announced(re, i);
}

/* A thread that is new, while a fork is under way: the oldest made it. */
static struct thread *announced_child(struct replayer *re,
				      const struct trace_event *event)
{
	const struct thread *parent;
	struct announced a;

	if (!re->nr_announced)
		return NULL;
	a = take_announced(re, 0);
	parent = hash_find(re->threads, a.parent);
	if (!parent)
		return NULL;
	return make_child(re, event->pid, parent, a.thread, event);
}

/* ---- who a line is about -------------------------------------------------------------- */

/*
 * On standard error, strace names a PID only while there are several. The first
 * process gets its number when it is first named.
 */
static struct thread *name_first(struct replayer *re, pid_t pid)
{
	struct thread *t = hash_remove(re->threads, 0);

	if (!t)
		return NULL;
	t->pid = pid;
	hash_add(re->threads, pid, t);
	for (size_t i = 0; i < re->r->nr; i++)
		if (!re->r->program[i]->pid)
			re->r->program[i]->pid = pid;
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

	/* Whoever forks is the parent of the child that is expected. */
	if (event->what != TRACE_FORK)
		t = announced_child(re, event);
	if (!t && event->pid)
		t = name_first(re, event->pid);
	return t ? t : join_first(re, event);
}

/* The only one, if there is no PID because there is but one. */
static struct thread *only_thread(const struct replayer *re)
{
	size_t at = 0;

	if (hash_count(re->threads) != 1)
		return NULL;
	return hash_next(re->threads, &at);
}

static struct thread *thread_of(struct replayer *re,
				const struct trace_event *event)
{
	struct thread *t = hash_find(re->threads, event->pid);

	if (!t && !event->pid)
		t = only_thread(re);
	return t ? t : new_thread(re, event);
}

/* ---- events ------------------------------------------------------------------------------ */

static void do_fork(struct replayer *re, const struct thread *t,
		    const struct trace_event *event)
{
	if (!event->child) {
		announce(re, t->pid, event->thread);
		return;
	}
	forget_announced(re, t->pid);
	if (!hash_find(re->threads, event->child) &&
	    !make_child(re, event->child, t, event->thread, event))
		re->r->left_out++;
}

/* Both survive execve(). */
static void inherit_traits(struct replay_space *run, unsigned int traits)
{
	if (!run->sim)
		return;
	for (unsigned int trait = 1; trait <= traits; trait <<= 1)
		if (traits & trait)
			sim_set(run->sim, trait, true);
}

static void do_exec(struct replayer *re, struct thread *t,
		    const struct trace_event *event)
{
	bool begins = !t->running || t->running->p->pid != t->pid;
	struct replay_space *run = new_running(re, t->pid, ++t->execs, event);
	unsigned int traits = 0;

	if (t->running && t->running->sim)
		traits = sim_traits(t->running->sim);
	leave(re, t->running);
	t->running = run;
	if (run) {
		start_from(re, run, find_from(re, run, begins));
		inherit_traits(run, traits);
	} else {
		re->r->left_out++;
	}
}

/* ---- memory that is written to -----------------------------------------------------------

 * A thread can write to memory that a call gives it once that has returned, and
 * the next line of the thread comes after it. Meanwhile others may have mapped
 * what lies beside it: in the kernel, that was before the write.
 */

static void write_fresh(struct thread *t)
{
	if (t->fresh_len && t->running && t->running->sim)
		touch(t->running, t->fresh, t->fresh_len);
	t->fresh_len = 0;
}

static void note_fresh(struct thread *t, const struct syscall *call)
{
	t->fresh = call->result;
	switch (call->kind) {
	case CALL_MMAP:
		if (call->prot & PROT_WRITE)
			t->fresh_len = call->len;
		break;
	case CALL_MREMAP:
		t->fresh_len = call->new_len;
		break;
	case CALL_BRK:
		t->fresh = call->result - 1;
		t->fresh_len = 1;
		break;
	case CALL_MPROTECT:
	case CALL_PKEY_MPROTECT:
		t->fresh = call->addr;
		if (call->prot & PROT_WRITE)
			t->fresh_len = call->len;
		break;
	default:
		break;
	}
}

/* ---- munmap() that has begun -------------------------------------------------------------- */

static void begin(struct replayer *re, struct thread *t,
		  const struct trace_event *event)
{
	forget_begun(re, t);
	t->done = false;
	if (re->nr_begun == BEGUN_MAX)
		return;
	re->begun[re->nr_begun++] = (struct begun){
		.thread = t,
		.call = event->call,
		.line = event->line,
		.text = keep_text(event->text),
	};
}

static bool overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a - b < b_len || b - a < a_len;
}

/* ---- calls ------------------------------------------------------------------------------- */

/* brk() has no errors: it says where the heap ends. */
static bool brk_failed(const struct syscall *call)
{
	return call->kind == CALL_BRK && call->addr && call->has_result &&
	       call->result != call->addr;
}

static void see_op(void *data, const struct sim *sim, const struct op *op,
		   const struct outcome *out)
{
	struct replay_program *p = data;

	p->ops++;
	replay_count_cases(p->cases, sim_mm(sim), op, out);
}

/* Carry it out with as many VMAs as are allowed. Returns 0 or -errno. */
static int carry_out(struct replayer *re, struct replay_space *run,
		     const struct trace_event *event, unsigned long limit,
		     uint64_t *result)
{
	const struct sim_visitor visitor = { .after = see_op, .data = run->p };
	struct replay_program *p = run->p;
	unsigned long before = run->vmas;
	struct syscall call = event->call;
	int err;

	if (event->path)
		call.file = sim_file(run->sim, event->path);
	/* In pages there. */
	if (call.kind == CALL_REMAP_FILE_PAGES)
		call.offset *= sim_page_size(run->sim);
	sim_limit(run->sim, limit);
	err = sim_do(run->sim, &call, &visitor, result);
	recount(re, run, event->line);
	if (run->vmas > before)
		add_cost(p, event, (long)(run->vmas - before));
	re->charge = (struct replay_charge){
		.program = p,
		.line = event->line,
		.vmas = (long)(run->vmas - before),
		.len = event->call.len,
	};
	replay_charge_call(p, event, &re->charge);
	return err;
}

/* What worked in the kernel was within its limit, whatever that is. */
static int carry_out_success(struct replayer *re, struct replay_space *run,
			     const struct trace_event *event, uint64_t *result)
{
	int err = carry_out(re, run, event, ULONG_MAX, result);

	prove_limit(re, run->vmas, event->line);
	return err;
}

/*
 * What the kernel gave away was free: if it is not here, another thread's
 * munmap(), the end of which is not printed yet, was before it.
 */
static void finish_begun(struct replayer *re, struct replay_space *run,
			 const struct trace_event *event)
{
	const struct syscall *c = &event->call;
	uint64_t len = c->kind == CALL_MREMAP ? c->new_len : c->len;

	for (size_t i = 0; i < re->nr_begun; i++) {
		const struct begun *b = &re->begun[i];
		const struct trace_event munmap = { .line = b->line,
						    .call = b->call,
						    .text = b->text };
		uint64_t result;

		if (b->thread->done || b->thread->running != run ||
		    !overlap(b->call.addr, b->call.len, c->result, len))
			continue;
		carry_out_success(re, run, &munmap, &result);
		b->thread->done = true;
		if (!run->sim)
			return;
	}
}

static void add_failed(struct replay_program *p,
		       const struct trace_event *event,
		       const struct replay_failed *failed)
{
	p->by_failure[failed->failure]++;
	if (p->nr_failures++ >= REPLAY_NOTES)
		return;
	if (!p->failures)
		p->failures = xcalloc(REPLAY_NOTES, sizeof(*p->failures));
	p->failures[p->nr_failures - 1] = *failed;
	p->failures[p->nr_failures - 1].text = keep_text(event->text);
}

static void do_call(struct replayer *re, struct thread *t,
		    const struct trace_event *event)
{
	const struct syscall *call = &event->call;
	struct replay_space *run = t->running;
	struct replay_program *p = run->p;
	uint64_t result = 0;
	int err;

	if (brk_failed(call)) {
		const struct replay_failed failed = {
			.line = event->line,
			.err = ENOMEM,
			.vmas = run->vmas,
			.limit = re->r->limit,
			.failure = run->vmas > re->r->limit ? FAILURE_LIMIT
							    : FAILURE_UNSEEN,
		};

		p->failed[CALL_BRK]++;
		add_failed(p, event, &failed);
		return;
	}
	if (run->incomplete && run->sim && replay_needs_all(call->kind) &&
	    replay_has_hole(run->sim, call, &result)) {
		p->beyond++;
		return;
	}
	p->calls[call->kind]++;
	re->r->calls++;
	if (syscall_returns_address(call->kind))
		finish_begun(re, run, event);
	forget_begun(re, t);
	if (!run->sim || (call->kind == CALL_MUNMAP && t->done)) {
		t->done = false;
		return;
	}
	err = carry_out_success(re, run, event, &result);
	if (!err && writes(re))
		note_fresh(t, call);
	if (err)
		add_note(&p->disagree, event, strerrorname_np(-err));
	else if (syscall_returns_address(call->kind) && result != call->result)
		add_note(&p->disagree, event, "another address");
}

/* Whether the simulator is to fail, too, for a reason that it knows. */
static bool is_modelled(enum failure failure)
{
	return failure != FAILURE_UNSEEN && failure != FAILURE_UNKNOWN;
}

/*
 * What failed in the middle has done something before: it is carried out if the
 * layout shows why it fails. Other reasons are not the simulator's: permissions
 * of files, limits of memory, arguments that make no sense.
 */
static void do_failed(struct replayer *re, struct replay_space *run,
		      const struct trace_event *event)
{
	struct replay_program *p = run->p;
	struct replay_failed failed = { .line = event->line,
					.err = event->err,
					.limit = re->r->limit };
	size_t ops = p->ops;
	uint64_t result;
	int err = 0;

	p->failed[event->call.kind]++;
	sim_limit(run->sim, re->r->limit);
	failed.vmas = run->vmas;
	failed.failure =
		replay_failure(run->sim, &event->call, event->err, &failed.at);
	if (run->incomplete && failed.failure == FAILURE_HOLE)
		failed.failure = FAILURE_UNKNOWN;
	if (failed.failure == FAILURE_TAKEN)
		err = -EEXIST;
	else if (is_modelled(failed.failure) && run->sim)
		err = carry_out(re, run, event, re->r->limit, &result);
	/* The one that failed is no operation that was done. */
	failed.done = p->ops - ops - (p->ops > ops && err);
	add_failed(p, event, &failed);
	if (err == -event->err)
		p->failed_too++;
	else if (err)
		add_note(&p->disagree, event, strerrorname_np(-err));
	else if (is_modelled(failed.failure) ||
		 (failed.failure == FAILURE_UNSEEN && !run->incomplete &&
		  replay_must_work(&event->call, event->err)))
		add_note(&p->disagree, event, "no error");
}

static void do_event(struct replayer *re, const struct trace_event *event)
{
	struct thread *t = thread_of(re, event);

	if (!t) {
		re->r->left_out++;
		return;
	}
	write_fresh(t);
	if (event->what == TRACE_FORK) {
		do_fork(re, t, event);
		return;
	}
	if (event->what == TRACE_EXEC) {
		do_exec(re, t, event);
		return;
	}
	if (!t->running || !t->running->sim) {
		re->r->left_out++;
		return;
	}
	t->running->p->last_line = event->line;
	if (event->what == TRACE_SET)
		sim_set(t->running->sim, event->trait, event->on);
	else if (event->what == TRACE_BEGUN)
		begin(re, t, event);
	else if (event->what == TRACE_CALL)
		do_call(re, t, event);
	else
		do_failed(re, t->running, event);
}

static void see_event(struct replayer *re, const struct trace_event *event)
{
	struct thread *t;

	re->r->lines = event->line;
	if (event->what == TRACE_STACK) {
		if (re->charge.program)
			replay_charge_caller(re->charge.program, &re->charge,
					     event->text);
		return;
	}
	re->charge.program = NULL;
	switch (event->what) {
	case TRACE_CALL:
	case TRACE_FAILED:
	case TRACE_BEGUN:
	case TRACE_EXEC:
	case TRACE_FORK:
	case TRACE_SET:
		do_event(re, event);
		break;
	case TRACE_EXIT:
		t = event->pid ? hash_find(re->threads, event->pid)
			       : only_thread(re);
		if (t) {
			forget_announced(re, t->pid);
			end_thread(re, t->pid);
		}
		break;
	case TRACE_BAD:
		add_note(&re->r->bad, event, event->error);
		break;
	case TRACE_OTHER:
		t = hash_find(re->threads, event->pid);
		if (t)
			write_fresh(t);
		break;
	case TRACE_STACK:
	case TRACE_END:
		break;
	}
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void end_all(struct replayer *re)
{
	size_t at = 0;
	struct thread *t;

	while ((t = hash_next(re->threads, &at))) {
		forget_begun(re, t);
		leave(re, t->running);
		free(t);
	}
	hash_free(re->threads);
}

struct replay *replay_run(FILE *in, const struct replay_opts *opts)
{
	struct replayer *re = xcalloc(1, sizeof(*re));
	struct trace *trace = trace_new(in);
	struct trace_event event;
	struct replay *r;

	re->opts = opts;
	re->r = r = xcalloc(1, sizeof(*r));
	re->threads = hash_new();
	r->limit = opts->max_map_count ? opts->max_map_count : DEFAULT_LIMIT;
	while (trace_next(trace, &event))
		see_event(re, &event);
	end_all(re);
	for (size_t i = 0; i < r->nr; i++) {
		replay_sort_costs(&r->program[i]->kinds);
		replay_sort_costs(&r->program[i]->callers);
	}
	trace_free(trace);
	free(re);
	return r;
}

static void free_notes(struct replay_note *note, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(note[i].text);
	free(note);
}

static void free_first(struct replay_notes *notes)
{
	free_notes(notes->note,
		   notes->nr < REPLAY_NOTES ? notes->nr : REPLAY_NOTES);
}

static void free_program(struct replay_program *p)
{
	free_notes(p->costs, p->nr_costs);
	replay_free_costs(&p->kinds);
	replay_free_costs(&p->callers);
	for (size_t i = 0; i < p->nr_failures && i < REPLAY_NOTES; i++)
		free(p->failures[i].text);
	free(p->failures);
	free_first(&p->disagree);
	proc_free(p->maps);
	free(p->path);
	free(p);
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nr; i++)
		free_program(r->program[i]);
	free(r->program);
	free_first(&r->bad);
	free(r);
}
