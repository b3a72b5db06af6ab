// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs carried out. A child does many of them, one after the other at
 * one place, and simulates them itself: when it forks, so does the simulator. It
 * must not map anything else while it compares, so that all memory that it needs
 * is there before.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "process/internal.h"
#include "process/random.h"
#include "syscall/internal.h"
#include "syscall/numbers.h"

/* Programs that a child does, and seconds that it may take for them. */
#define BATCH 40
#define BATCH_SECONDS 20

/* Shared with the child. */
struct random_board {
	struct random_program program;
	struct random_diff diff;
	uint64_t first; /* the number of its first program */
	uint64_t step;
	uint64_t end; /* this one is none of it any more */
	uint64_t nr;  /* programs that it has begun */
	uint64_t calls;
	uint64_t failed;
	uint64_t by_kind[NR_CALLS];
	int err;
};

struct both {
	vm_flags_t not_shown;
	struct space sp;
	struct sim *sim;
	struct random_board *board;
};

/* ---- layouts ------------------------------------------------------------------ */

static uint64_t end_of_space(const struct both *b)
{
	return RANDOM_BASE + (RANDOM_PAGES + RANDOM_BEYOND) * b->sp.page_size;
}

/* Soft-dirty comes and goes by itself. */
static vm_flags_t own_flags(const struct sim *sim, const struct vma_state *v)
{
	vm_flags_t named = (1ULL << NR_VM_FLAGS) - 1;

	return v->attrs.flags & ((named & ~(vm_flags_t)VM_SOFTDIRTY) |
				 sim->sealed | sim->droppable);
}

static vm_flags_t read_flags(const struct sim *sim, const char *text)
{
	vm_flags_t flags = 0;

	for (; text[0] && text[1]; text += text[2] ? 3 : 2) {
		if (!memcmp(text, "sl", 2))
			flags |= sim->sealed;
		else if (!memcmp(text, "dp", 2))
			flags |= sim->droppable;
		else
			flags |= code_flag(text);
	}
	return flags & ~(vm_flags_t)VM_SOFTDIRTY;
}

static void print_flags(const struct sim *sim, vm_flags_t flags, char *text)
{
	for (int bit = 0; bit < NR_VM_FLAGS; bit++)
		if (flags & 1ULL << bit)
			text += sprintf(text, "%s ",
					proc_flag_code((enum vm_flag_bit)bit));
	sprintf(text, "%s%s", flags & sim->sealed ? "sl " : "",
		flags & sim->droppable ? "dp " : "");
}

static bool sees(const struct both *b, const struct vma_state *v)
{
	return v->vm_start < page_of(b->sim, end_of_space(b));
}

static const char *name_of(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *name = idents_find(sim->idents, v->attrs.anon_name);

	return name ? name->text : "";
}

/* "[anon:name]", "[anon_shmem:name]" */
static bool is_name(const char *shown, const char *name)
{
	const char *colon = strchr(shown, ':');
	size_t len = strlen(name);

	if (strncmp(shown, "[anon", 5) || !colon)
		return !len;
	return !strncmp(colon + 1, name, len) && colon[1 + len] == ']';
}

static unsigned int shown_flags(vm_flags_t flags)
{
	return (flags & VM_READ ? MAPS_READ : 0) |
	       (flags & VM_WRITE ? MAPS_WRITE : 0) |
	       (flags & VM_EXEC ? MAPS_EXEC : 0) |
	       (flags & VM_MAYSHARE ? MAPS_SHARED : 0);
}

static bool same_vma(const struct both *b, const struct vma_state *v,
		     const struct maps_vma *m)
{
	const struct sim *sim = b->sim;

	return address_of(sim, v->vm_start) == m->start &&
	       address_of(sim, v->vm_end) == m->end &&
	       shown_flags(v->attrs.flags) == m->flags &&
	       (v->attrs.file != 0) == (m->inode != 0) &&
	       (!m->inode || address_of(sim, v->vm_pgoff) == m->offset) &&
	       is_name(m->name, name_of(sim, v));
}

/* @flags: VmFlags were read, and count; which @differ is kept. */
static enum random_what compare(const struct both *b,
				const struct maps_list *list, bool flags,
				vm_flags_t *differ)
{
	unsigned long at = page_of(b->sim, RANDOM_BASE);
	const struct vma_state *v = mm_find(b->sim->mm, at);

	for (size_t i = 0; i < list->nr; i++) {
		const char *shown = list->vma[i].vm_flags;

		if (!v || !sees(b, v) || !same_vma(b, v, &list->vma[i]))
			return RANDOM_LAYOUT;
		if (flags && shown[0])
			*differ = (own_flags(b->sim, v) ^
				   read_flags(b->sim, shown)) &
				  ~b->not_shown;
		if (*differ)
			return RANDOM_FLAGS;
		v = mm_find(b->sim->mm, v->vm_end);
	}
	return v && sees(b, v) ? RANDOM_LAYOUT : RANDOM_SAME;
}

/* ---- what is told of them ------------------------------------------------------- */

static void keep_sim(const struct both *b, struct live_layout *lay)
{
	unsigned long base = page_of(b->sim, RANDOM_BASE);
	const struct vma_state *v;

	lay->nr = 0;
	for (unsigned long at = base;
	     lay->nr < MAPS_MAX && (v = mm_find(b->sim->mm, at)) && sees(b, v);
	     at = v->vm_end) {
		struct live_vma *l = &lay->vma[lay->nr++];

		*l = (struct live_vma){
			.start = (long)(v->vm_start - base),
			.end = (long)(v->vm_end - base),
			.flags = shown_flags(v->attrs.flags),
			.has_file = v->attrs.file,
			.pgoff = v->vm_pgoff,
			.look = shown_flags(v->attrs.flags),
		};
		print_flags(b->sim, own_flags(b->sim, v), l->text);
		strcat(l->text, name_of(b->sim, v));
	}
}

static void keep_kernel(const struct both *b, const struct maps_list *list,
			struct live_layout *lay)
{
	lay->nr = 0;
	for (size_t i = 0; i < list->nr; i++) {
		const struct maps_vma *m = &list->vma[i];
		struct live_vma *l = &lay->vma[lay->nr++];

		*l = (struct live_vma){
			.start = (long)((m->start - RANDOM_BASE) /
					b->sp.page_size),
			.end = (long)((m->end - RANDOM_BASE) / b->sp.page_size),
			.flags = m->flags,
			.has_file = m->inode,
			.pgoff = m->offset / b->sp.page_size,
			.look = m->flags,
		};
		print_flags(b->sim, read_flags(b->sim, m->vm_flags), l->text);
		if (m->name[0] == '[')
			strcat(l->text, m->name);
	}
}

/* Returns whether kernel and simulator have the same. */
static bool look(struct both *b, bool flags)
{
	static struct maps_list list;
	struct random_diff *d = &b->board->diff;
	int err = maps_read(0, MAPS_ANY, RANDOM_BASE, end_of_space(b), &list);

	if (err || list.more)
		return true;
	if (flags)
		maps_read_flags(0, &list);
	d->vm_flags = 0;
	d->what = compare(b, &list, flags, &d->vm_flags);
	if (d->what == RANDOM_SAME)
		return true;
	if (!flags)
		maps_read_flags(0, &list);
	keep_sim(b, &d->sim);
	keep_kernel(b, &list, &d->kernel);
	return false;
}

/* ---- one call --------------------------------------------------------------------- */

static bool is_inside(const struct both *b, uint64_t addr)
{
	return addr >= RANDOM_BASE && addr < end_of_space(b);
}

static void drop(struct both *b, uint64_t addr, uint64_t len)
{
	struct syscall c = { .kind = CALL_MUNMAP, .addr = addr, .len = len };

	if (munmap((void *)(uintptr_t)addr, len))
		_exit(1);
	sim_do(b->sim, &c, NULL, NULL);
}

/*
 * An address in the space, the simulator has to find by itself. What the kernel
 * puts elsewhere is given back at once, there and on the simulator.
 */
static bool do_both(struct both *b, const struct syscall *call)
{
	static const char *const files[] = { NULL, "/memfd:1", "/memfd:2",
					     "/memfd:3" };
	struct random_diff *d = &b->board->diff;
	bool returns = syscall_returns_address(call->kind);
	uint64_t kernel = 0, sim = 0;
	struct syscall c = *call;

	d->kernel_err = -kernel_do(&b->sp, &c, &kernel);
	if (call->file)
		c.file = sim_file(b->sim, files[call->file]);
	c.has_result = returns && !d->kernel_err && !is_inside(b, kernel);
	c.result = kernel;
	if (c.kind == CALL_PKEY_MPROTECT && c.key >= 0)
		c.key = b->sp.key;
	d->sim_err = -sim_do(b->sim, &c, NULL, &sim);
	b->board->calls++;
	b->board->by_kind[c.kind]++;
	b->board->failed += d->kernel_err && d->sim_err;
	d->what = RANDOM_SAME;
	if (d->sim_err != d->kernel_err) {
		d->what = RANDOM_ERROR;
	} else if (returns && !d->sim_err && sim != kernel) {
		d->sim_result = sim;
		d->kernel_result = kernel;
		d->what = RANDOM_RESULT;
	} else if (c.has_result) {
		drop(b, kernel, c.kind == CALL_MREMAP ? c.new_len : c.len);
	}
	return d->what == RANDOM_SAME;
}

/* ---- programs ------------------------------------------------------------------------ */

static const struct syscall unlock = { .kind = CALL_MUNLOCKALL, .key = -1 };

/* Returns false if something stays: sealed memory, or another process. */
static bool clean(struct both *b, const struct random_program *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->call[i].kind == CALL_MSEAL ||
		    p->call[i].kind == CALL_FORK)
			return false;
	kernel_do(&b->sp, &unlock, NULL);
	munmap((void *)RANDOM_BASE, end_of_space(b) - RANDOM_BASE);
	sim_reset(b->sim, b->sim->rules);
	return true;
}

/* Returns false with board->diff set. */
static bool do_random(struct both *b, uint64_t seed,
		      const struct random_lacks *lacks)
{
	struct random_program *p = &b->board->program;
	struct random_lacks narrow = *lacks;
	uint64_t state = seed;

	random_narrow(&state, &narrow);
	for (p->nr = 0; p->nr < RANDOM_CALLS;) {
		struct syscall *c = &p->call[p->nr];

		*c = random_make(&state, b->sim, &narrow);
		b->board->diff.call = p->nr++;
		if (!do_both(b, c))
			return false;
		if (state % RANDOM_LOOK == 0 && !look(b, false))
			return false;
	}
	return look(b, true);
}

static bool do_again(struct both *b)
{
	const struct random_program *p = &b->board->program;

	for (size_t i = 0; i < p->nr; i++) {
		b->board->diff.call = i;
		/* It was made short, and is no longer one that can be made. */
		if (!random_may(b->sim, &p->call[i]))
			return true;
		if (!do_both(b, &p->call[i]) || !look(b, true))
			return false;
	}
	return true;
}

/* Enough memory that nobody asks the kernel for more, and nothing is given back. */
static void prepare_memory(void)
{
	void *enough;

	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	enough = malloc(1 << 20);
	free(enough);
}

static void begin(struct both *b, struct random_board *board,
		  const struct rules *rules)
{
	const struct rlimit none = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	alarm(BATCH_SECONDS);
	prepare_memory();
	*b = (struct both){
		.not_shown = random_not_shown(random_kernel()),
		.sp = { .area = AREA_RESERVED,
			.page_size = (unsigned long)sysconf(_SC_PAGESIZE),
			.base = RANDOM_BASE,
			.uffd = -1,
			.key = -1,
			.alarm = BATCH_SECONDS },
		.board = board,
	};
	b->sim = sim_new(rules, b->sp.page_size, FAULTED_NONE);
}

static uint64_t seed_of(uint64_t seed, uint64_t nr)
{
	return seed * 0x9e3779b97f4a7c15ULL + nr * 0xd1b54a32d192ed03ULL;
}

static void do_batch(struct random_board *board, const struct random_opts *o,
		     const struct random_lacks *lacks)
{
	struct both b;
	bool go_on = true;

	begin(&b, board, o->rules);
	while (go_on && board->first + board->nr * board->step < board->end) {
		uint64_t nr = board->first + board->nr++ * board->step;

		if (!do_random(&b, seed_of(o->seed, nr), lacks))
			break;
		go_on = clean(&b, &board->program);
	}
	_exit(0);
}

static struct random_board *new_board(void)
{
	struct random_board *board =
		mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return board == MAP_FAILED ? NULL : board;
}

static void note_end(struct random_board *board, int status)
{
	if (!WIFSIGNALED(status))
		return;
	board->diff.what = RANDOM_DIED;
	board->diff.signal = WTERMSIG(status);
}

static int wait_for(struct random_board *board, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	note_end(board, status);
	return 0;
}

int random_try(const struct rules *rules, const struct random_program *program,
	       struct random_diff *diff)
{
	struct random_board *board = new_board();
	struct both b;
	pid_t pid;
	int err;

	if (!board)
		return -ENOMEM;
	board->program = *program;
	pid = fork();
	if (!pid) {
		begin(&b, board, rules);
		do_again(&b);
		_exit(0);
	}
	err = pid < 0 ? -errno : wait_for(board, pid);
	*diff = board->diff;
	munmap(board, sizeof(*board));
	return err;
}

/* ---- what the kernel lacks --------------------------------------------------------------- */

/* Each call by itself on memory that is like any other: it must not fail. */
static bool can_do(const struct rules *rules, struct syscall c)
{
	struct random_program p = { .nr = 2 };
	struct random_diff d = { 0 };

	p.call[0] = (struct syscall){
		.kind = CALL_MMAP,
		.addr = RANDOM_BASE,
		.len = 4 * (uint64_t)sysconf(_SC_PAGESIZE),
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_FIXED |
			 (c.kind == CALL_REMAP_FILE_PAGES ? MAP_SHARED
							  : MAP_PRIVATE),
	};
	c.addr = p.call[0].addr;
	c.len = p.call[0].len;
	c.new_len = c.len;
	p.call[1] = c;
	return !random_try(rules, &p, &d) && d.what != RANDOM_DIED &&
	       (d.what != RANDOM_ERROR || d.call != 1 || !d.kernel_err);
}

/* How a single mmap() differs. */
static struct random_diff try_mmap(const struct rules *rules,
				   unsigned int flags)
{
	struct random_program p = { .nr = 1 };
	struct random_diff d = { 0 };

	p.call[0] = (struct syscall){
		.kind = CALL_MMAP,
		.addr = RANDOM_BASE,
		.len = (uint64_t)sysconf(_SC_PAGESIZE),
		.prot = PROT_READ,
		.flags = MAP_FIXED | flags,
	};
	random_try(rules, &p, &d);
	return d;
}

int random_find_lacks(const struct rules *rules, struct random_lacks *lacks)
{
	const struct syscall reading = { .kind = CALL_READ };
	struct syscall c = { .kind = CALL_MADVISE, .key = -1 };

	memset(lacks, 0, sizeof(*lacks));
	if (!can_do(rules, reading))
		return -EPERM;
	/* It sets VM_NOHUGEPAGE, where there are huge pages. */
	lacks->stack = try_mmap(rules, MAP_PRIVATE | MAP_STACK).vm_flags ==
		       VM_NOHUGEPAGE;
	lacks->droppable = try_mmap(rules, MAP_DROPPABLE).kernel_err == EINVAL;
	for (const struct word *w = arg_words(ARG_ADVICE); is_word(w); w++) {
		c.advice = (int)w->value;
		lacks->advice[w->value] = w->text && !can_do(rules, c);
	}
	for (int kind = 1; kind < NR_CALLS; kind++) {
		c = (struct syscall){ .kind = kind, .key = -1 };
		c.advice = MADV_DONTDUMP;
		c.name = "alpha";
		c.policy = "bind";
		if (kind == CALL_MLOCKALL)
			c.flags = MCL_CURRENT | MCL_ONFAULT;
		if (kind != CALL_MMAP && kind != CALL_EXECVE)
			lacks->kind[kind] = !can_do(rules, c);
	}
	return 0;
}

/* ---- many of them ---------------------------------------------------------------------------- */

struct running {
	struct random_board *board;
	pid_t pid;
	uint64_t next; /* programs that are still to be done of a batch */
	uint64_t end;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* Which calls a program is made of, and whether one has a file. */
static uint64_t kinds_of(const struct random_program *p)
{
	uint64_t kinds = 0;

	_Static_assert(NR_CALLS < 63, "a bit for each call, and one for files");
	for (size_t i = 0; i < p->nr; i++)
		kinds |= 1ULL << p->call[i].kind |
			 (uint64_t)(p->call[i].file != 0) << 63;
	return kinds;
}

/* It differs in the same, after the same last call, and is made of the same. */
static bool same_kind(const struct random_found *a,
		      const struct random_found *b)
{
	const struct syscall *last_a = &a->program.call[a->diff.call];
	const struct syscall *last_b = &b->program.call[b->diff.call];

	return a->diff.what == b->diff.what && last_a->kind == last_b->kind &&
	       last_a->flags == last_b->flags &&
	       kinds_of(&a->program) == kinds_of(&b->program);
}

/* Of each kind the shortest is kept. */
static void add_found(struct random_result *r, const struct random_found *f)
{
	for (size_t i = 0; i < r->nr_found; i++) {
		struct random_found *old = &r->found[i];
		size_t nr = old->nr + 1;

		if (!same_kind(old, f))
			continue;
		if (f->program.nr < old->program.nr)
			*old = *f;
		old->nr = nr;
		return;
	}
	if (r->nr_found < RANDOM_FOUND)
		r->found[r->nr_found++] = *f;
}

/* Now after each call: the first difference may be earlier than the one that was seen. */
static void find_first(const struct random_opts *o, struct random_found *f,
		       const struct random_diff *seen)
{
	if (random_try(o->rules, &f->program, &f->diff) ||
	    f->diff.what == RANDOM_SAME)
		f->diff = *seen;
	else
		f->program.nr = f->diff.call + 1;
}

static void note_diff(const struct random_opts *o, struct random_result *r,
		      const struct random_board *board)
{
	struct random_found f = { .program = board->program,
				  .diff = board->diff,
				  .seed = o->seed,
				  .nr = 1 };
	int known = random_known(&f.program, &f.diff, random_kernel());

	/* An error is seen at once, and known ones are many on old kernels. */
	if (f.diff.what != RANDOM_ERROR || known < 0) {
		find_first(o, &f, &board->diff);
		known = random_known(&f.program, &f.diff, random_kernel());
	}
	if (known >= 0) {
		r->known[known]++;
		return;
	}
	r->differ++;
	if (r->nr_found < RANDOM_FOUND && r->differ < 16 * RANDOM_FOUND) {
		random_shrink(o->rules, &f.program, &f.diff);
		add_found(r, &f);
	}
}

static void take_in(const struct random_opts *o, struct random_result *r,
		    struct random_board *board)
{
	r->programs += board->nr;
	r->calls += board->calls;
	r->failed += board->failed;
	for (int i = 0; i < NR_CALLS; i++)
		r->by_kind[i] += board->by_kind[i];
	if (board->diff.what != RANDOM_SAME)
		note_diff(o, r, board);
}

static bool is_late(const struct random_opts *o, double begun)
{
	return interrupted() || (o->seconds > 0 && now() - begun >= o->seconds);
}

/* Which programs are run does not depend on who is faster: shards add up. */
static uint64_t nr_programs(const struct random_opts *o)
{
	return o->calls ? (o->calls + RANDOM_CALLS - 1) / RANDOM_CALLS
			: UINT64_MAX;
}

/* Returns false if there is nothing left to do. */
static bool take_programs(struct running *run, const struct random_opts *o,
			  uint64_t *next)
{
	uint64_t end = nr_programs(o);

	if (run->next < run->end)
		return true; /* the rest of a batch that ended early */
	if (*next >= end)
		return false;
	run->next = *next;
	*next += BATCH * o->shards;
	run->end = *next < end ? *next : end;
	return true;
}

static int start(struct running *run, const struct random_opts *o,
		 const struct random_lacks *lacks)
{
	memset(run->board, 0, sizeof(*run->board));
	run->board->first = run->next;
	run->board->step = o->shards;
	run->board->end = run->end;
	run->pid = fork();
	if (!run->pid)
		do_batch(run->board, o, lacks);
	return run->pid < 0 ? -errno : 0;
}

static struct running *find(struct running *all, unsigned int nr, pid_t pid)
{
	for (unsigned int i = 0; i < nr; i++)
		if (all[i].pid == pid)
			return &all[i];
	return NULL;
}

/* Returns how many children run. */
static unsigned int end_one(struct running *all, const struct random_opts *o,
			    struct random_result *r, unsigned int nr)
{
	struct running *run;
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid < 0)
		return errno == EINTR ? nr : 0;
	run = find(all, o->jobs, pid);
	if (!run)
		return nr;
	run->pid = 0;
	note_end(run->board, status);
	take_in(o, r, run->board);
	run->next = run->board->first +
		    (run->board->nr ? run->board->nr : 1) * o->shards;
	return nr - 1;
}

static int run_all(struct running *all, const struct random_opts *o,
		   struct random_result *r)
{
	uint64_t next = o->shard;
	double begun = now();
	unsigned int nr = 0;
	int err = 0;

	for (;;) {
		for (unsigned int i = 0; i < o->jobs && !err; i++) {
			if (all[i].pid || is_late(o, begun) ||
			    !take_programs(&all[i], o, &next))
				continue;
			err = start(&all[i], o, &r->lacks);
			nr += !err;
		}
		if (!nr)
			break;
		nr = end_one(all, o, r, nr);
		progress("%llu calls, %llu programs, %llu differ",
			 (unsigned long long)r->calls,
			 (unsigned long long)r->programs,
			 (unsigned long long)r->differ);
	}
	progress_end();
	r->seconds = now() - begun;
	r->interrupted = interrupted();
	return err;
}

int random_run(const struct random_opts *o, struct random_result *r)
{
	struct running all[THREADS_MAX] = { 0 };
	int err;

	memset(r, 0, sizeof(*r));
	err = random_find_lacks(o->rules, &r->lacks);
	for (unsigned int i = 0; !err && i < o->jobs; i++) {
		all[i].board = new_board();
		err = all[i].board ? 0 : -ENOMEM;
	}
	if (!err)
		err = run_all(all, o, r);
	for (unsigned int i = 0; i < o->jobs; i++)
		if (all[i].board)
			munmap(all[i].board, sizeof(*all[i].board));
	return err;
}
