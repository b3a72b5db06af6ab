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
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"
#include "process/internal.h"
#include "process/random-internal.h"
#include "syscall/internal.h"

struct both {
	vm_flags_t not_shown;
	struct space sp;
	struct sim *sim;
	struct random_shared *shared;
};

/* ---- the space ---------------------------------------------------------------- */

/* Kept on each side, so that nothing else comes near; a page apart, or it would merge. */
#define GUARD_PAGES 16
#define APART_PAGES 1
#define HOLE_PAGES (RANDOM_PAGES + RANDOM_BEYOND + 2 * APART_PAGES)

static size_t bytes(size_t pages)
{
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static char *first_guard(void)
{
	return (char *)(RANDOM_BASE - bytes(APART_PAGES + GUARD_PAGES));
}

int random_reserve(void)
{
	char *all = mmap(first_guard(), bytes(HOLE_PAGES + 2 * GUARD_PAGES),
			 PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_FIXED_NOREPLACE,
			 -1, 0);

	if (all == MAP_FAILED)
		return -errno;
	if (all != first_guard()) {
		munmap(all, bytes(HOLE_PAGES + 2 * GUARD_PAGES));
		return -EEXIST;
	}
	return munmap(all + bytes(GUARD_PAGES), bytes(HOLE_PAGES)) ? -errno : 0;
}

void random_give_back(void)
{
	munmap(first_guard(), bytes(HOLE_PAGES + 2 * GUARD_PAGES));
}

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

	if (!begins_with(shown, "[anon") || !colon)
		return !len;
	return !strncmp(colon + 1, name, len) && colon[1 + len] == ']';
}

static bool same_vma(const struct both *b, const struct vma_state *v,
		     const struct maps_vma *m)
{
	const struct sim *sim = b->sim;

	return address_of(sim, v->vm_start) == m->start &&
	       address_of(sim, v->vm_end) == m->end &&
	       live_flags(v->attrs.flags) == m->flags &&
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

/* ---- what is noted of them ------------------------------------------------------- */

static void keep_sim(const struct both *b, struct live_layout *lay)
{
	unsigned long base = page_of(b->sim, RANDOM_BASE);

	lay->nr = 0;
	for_each_vma_in(b->sim->mm, v, base, page_of(b->sim, end_of_space(b))) {
		struct live_vma *l = &lay->vma[lay->nr];

		if (lay->nr == MAPS_MAX)
			break;
		lay->nr++;
		*l = (struct live_vma){
			.start = (long)(v->vm_start - base),
			.end = (long)(v->vm_end - base),
			.flags = live_flags(v->attrs.flags),
			.has_file = v->attrs.file,
			.pgoff = v->vm_pgoff,
			.look = live_flags(v->attrs.flags),
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
	struct random_diff *d = &b->shared->diff;
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
	static const char *const files[] = {
		NULL, "/memfd:1", "/memfd:2",
		"/memfd:3", [RANDOM_ZERO] = "/dev/zero"
	};
	struct random_diff *d = &b->shared->diff;
	bool returns = syscall_rows[call->kind].returns;
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
	b->shared->calls++;
	b->shared->failed += d->kernel_err && d->sim_err;
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

/* Returns false with shared->diff set. */
static bool do_random(struct both *b, uint64_t seed,
		      const struct random_lacks *lacks)
{
	struct random_program *p = &b->shared->program;
	struct random_lacks narrow = *lacks;
	uint64_t state = seed;

	random_narrow(&state, &narrow);
	for (p->nr = 0; p->nr < RANDOM_CALLS;) {
		struct syscall *c = &p->call[p->nr];

		*c = random_make(&state, b->sim, &narrow);
		b->shared->diff.call = p->nr++;
		if (!do_both(b, c))
			return false;
		if (state % RANDOM_LOOK == 0 && !look(b, false))
			return false;
	}
	return look(b, true);
}

static bool do_again(struct both *b)
{
	const struct random_program *p = &b->shared->program;

	for (size_t i = 0; i < p->nr; i++) {
		b->shared->diff.call = i;
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

static void begin(struct both *b, struct random_shared *shared,
		  const struct rules *rules)
{
	const struct rlimit none = { 0 };
	const char *release;
	bool exact;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	alarm(BATCH_SECONDS);
	prepare_memory();
	*b = (struct both){
		.not_shown = random_not_shown(random_kernel()),
		.sp = { .area = AREA_RESERVED,
			.page_size = (unsigned long)sysconf(_SC_PAGESIZE),
			.base = RANDOM_BASE,
			.zero = RANDOM_ZERO,
			.uffd = -1,
			.key = -1,
			.alarm = BATCH_SECONDS },
		.shared = shared,
	};
	b->sim = sim_new(rules, b->sp.page_size, FAULTED_NONE);
	if (rules == live_rules(&release, &exact))
		sim_release(b->sim, random_kernel());
	sim_set(b->sim, SIM_NO_ZERO_PAGE, live_lacks_zero_page());
}

static uint64_t seed_of(uint64_t seed, uint64_t nr)
{
	return seed * 0x9e3779b97f4a7c15ULL + nr * 0xd1b54a32d192ed03ULL;
}

void random_do_batch(struct random_shared *shared, const struct random_opts *o,
		     const struct random_lacks *lacks)
{
	struct both b;
	bool go_on = true;

	begin(&b, shared, o->rules);
	while (go_on &&
	       shared->first + shared->nr * shared->step < shared->end) {
		uint64_t nr = shared->first + shared->nr++ * shared->step;

		if (!do_random(&b, seed_of(o->seed, nr), lacks))
			break;
		go_on = clean(&b, &shared->program);
	}
	_exit(0);
}

struct random_shared *random_shared_new(void)
{
	struct random_shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared == MAP_FAILED ? NULL : shared;
}

void random_note_end(struct random_shared *shared, int status)
{
	if (!WIFSIGNALED(status))
		return;
	shared->diff.what = RANDOM_DIED;
	shared->diff.signal = WTERMSIG(status);
}

static int wait_for(struct random_shared *shared, pid_t pid)
{
	int status;

	if (!wait_for_child(pid, &status))
		return -errno;
	random_note_end(shared, status);
	return 0;
}

int random_try(const struct rules *rules, const struct random_program *program,
	       struct random_diff *diff)
{
	struct random_shared *shared = random_shared_new();
	struct both b;
	pid_t pid;
	int err;

	if (!shared)
		return -ENOMEM;
	shared->program = *program;
	pid = fork();
	if (!pid) {
		begin(&b, shared, rules);
		do_again(&b);
		_exit(0);
	}
	err = pid < 0 ? -errno : wait_for(shared, pid);
	*diff = shared->diff;
	munmap(shared, sizeof(*shared));
	return err;
}
