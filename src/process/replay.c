// SPDX-License-Identifier: GPL-2.0-only
/* A trace on the simulator: what each of its calls comes to. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "process/replay-internal.h"

/* So many lines take about as long as progress is shown for. */
#define PROGRESS_LINES (64u << 10)

/* ---- notes ------------------------------------------------------------------------ */

static char *keep_text(const char *text)
{
	return text ? xstrndup(text, REPLAY_TEXT) : NULL;
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

/* ---- memory that is written to -----------------------------------------------------------

 * A thread can write to memory that a call gives it once that has returned, and
 * the next line of the thread comes after it. Meanwhile others may have mapped
 * what lies beside it: in the kernel, that was before the write.
 */

static void write_fresh(struct thread *t)
{
	if (t->fresh_len && t->running && t->running->sim)
		replay_touch(t->running, t->fresh, t->fresh_len);
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
	replay_forget_begun(re, t);
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
	p->worked += !out->err;
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
	struct syscall call = trace_call(event, run->sim);
	int err;

	sim_limit(run->sim, limit);
	err = sim_do(run->sim, &call, &visitor, result);
	replay_recount(re, run, event->line);
	if (run->vmas > before)
		add_cost(p, event, (long)(run->vmas - before));
	re->charge = (struct replay_charge){
		.program = p,
		.kind = call.kind,
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

	replay_prove_limit(re, run->vmas, event->line);
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
	if (syscall_rows[call->kind].returns)
		finish_begun(re, run, event);
	replay_forget_begun(re, t);
	if (!run->sim || (call->kind == CALL_MUNMAP && t->done)) {
		t->done = false;
		return;
	}
	err = carry_out_success(re, run, event, &result);
	if (!err && replay_writes(re))
		note_fresh(t, call);
	if (err)
		add_note(&p->disagree, event, strerrorname_np(-err));
	else if (syscall_rows[call->kind].returns && result != call->result)
		add_note(&p->disagree, event, "another address");
}

/* Whether the simulator is to fail, too, for a reason that it knows. */
static bool is_modelled(enum failure failure)
{
	return failure != FAILURE_UNSEEN && failure != FAILURE_UNKNOWN;
}

/* Whether an offset is none of the huge pages of a size that x86 has. */
static bool is_within_huge_page(const struct syscall *c)
{
	uint64_t size = huge_page(c);

	return (size == HUGE_PAGE || size == 1ULL << 30) &&
	       c->offset & (size - 1);
}

/*
 * Whether huge pages were refused by hugetlbfs_file_mmap(), for their offset or because
 * there are too few: what was there is gone by then. That a file has none is seen before.
 */
static bool took_away(const struct trace_event *event)
{
	const struct syscall *c = &event->call;
	const unsigned int both = MAP_FIXED | MAP_HUGETLB;

	if (c->kind != CALL_MMAP || (c->flags & both) != both ||
	    !(c->flags & MAP_ANONYMOUS ||
	      (event->path && begins_with(event->path, "/dev/hugepages/"))))
		return false;
	return event->err == ENOMEM ||
	       (event->err == EINVAL && is_within_huge_page(c));
}

/* Of an offset that no huge page has the simulator does the same. */
static void take_away(struct replayer *re, struct replay_space *run,
		      const struct trace_event *event)
{
	struct trace_event refused = *event;
	uint64_t result;

	refused.call.offset |= sim_page_size(run->sim);
	carry_out(re, run, &refused, re->r->limit, &result);
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
	size_t worked = p->worked;
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
	else if (took_away(event))
		take_away(re, run, event);
	failed.done = p->worked - worked;
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
	struct thread *t = replay_thread_of(re, event);

	if (!t) {
		re->r->left_out++;
		return;
	}
	write_fresh(t);
	if (event->what == TRACE_FORK) {
		replay_fork(re, t, event);
		return;
	}
	if (event->what == TRACE_EXEC) {
		replay_exec(re, t, event);
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

/* Advice that changes no VMA is nothing, and other is perhaps for another process. */
static enum trace_what what_of(const struct trace_event *event)
{
	if (event->what == TRACE_ADVICE)
		return event->error ? TRACE_BAD : TRACE_OTHER;
	return event->what;
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
	switch (what_of(event)) {
	case TRACE_CALL:
	case TRACE_FAILED:
	case TRACE_BEGUN:
	case TRACE_EXEC:
	case TRACE_FORK:
	case TRACE_SET:
		do_event(re, event);
		break;
	case TRACE_EXIT:
		replay_end_thread(re, event);
		break;
	case TRACE_BAD:
		add_note(&re->r->bad, event, event->error);
		if (!re->r->nr && !re->r->instead && event->text &&
		    re->r->bad.nr <= REPLAY_NOTES)
			re->r->instead = trace_forms_name(event->text,
							  strlen(event->text));
		break;
	case TRACE_OTHER:
		t = hash_find(re->threads, event->pid);
		if (t)
			write_fresh(t);
		break;
	case TRACE_ADVICE:
	case TRACE_STACK:
	case TRACE_END:
		break;
	}
}

/* ---- all of it ----------------------------------------------------------------------------- */

struct replay *replay_run(FILE *in, const struct replay_opts *opts)
{
	struct replayer *re __free(free) = xcalloc(1, sizeof(*re));
	struct trace *trace = trace_new(in);
	struct trace_event event;
	struct replay *r;

	re->opts = opts;
	re->r = r = xcalloc(1, sizeof(*r));
	re->threads = hash_new();
	r->limit = opts->max_map_count ?: DEFAULT_MAX_MAP_COUNT;
	while (trace_next(trace, &event)) {
		see_event(re, &event);
		if (!(event.line % PROGRESS_LINES))
			progress("%zu lines, %zu calls", event.line, r->calls);
	}
	progress_end();
	replay_end_threads(re);
	for (size_t i = 0; i < r->nr; i++) {
		replay_sort_costs(&r->program[i]->kinds);
		replay_sort_costs(&r->program[i]->callers);
	}
	r->error = trace_error(trace);
	trace_free(trace);
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
