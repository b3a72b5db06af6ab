// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans carried out on the running kernel. A child does many of them, in windows
 * of its address space; where VMAs are to be inherited, it prepares as many
 * windows as there are, and one child of its own does the rest of them all.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "oracle/reach.h"

/*
 * Windows are in areas that calls know how to act in. The last window is for
 * those that do not fork. More of them would make fork() cheaper, but the maps
 * longer, and before 6.11 these are read in full.
 */
enum {
	AREAS = 4,
	WINDOWS_PER_AREA = SPACE_PAGES / WINDOW_PAGES,
	BATCH = AREAS * WINDOWS_PER_AREA - 1,
};

struct reach_window {
	struct space *sp;
	unsigned long page; /* its first */
};

/* Shared with the child. */
struct reach_shared {
	uint32_t now; /* which it is at, REACH_CHUNK if at none */
	struct reach_seen seen[REACH_CHUNK];
};

/* What a child is to do: those that nobody has tried yet. */
struct task {
	const struct reach_config *config;
	size_t nr;
	struct reach_shared *shared;
};

/* ---- in the child ----------------------------------------------------------------- */

static struct reach_window window_of(struct space *areas, unsigned int nr)
{
	return (struct reach_window){
		.sp = &areas[nr / WINDOWS_PER_AREA],
		.page = nr % WINDOWS_PER_AREA * WINDOW_PAGES,
	};
}

/* Returns whether all went well. */
static bool do_calls(struct reach_window w, const struct reach_plan *plan,
		     size_t from, size_t to, struct reach_seen *seen)
{
	for (size_t i = from; i < to; i++) {
		struct syscall c = plan->call[i];

		c.addr += w.page;
		c.new_addr += w.page;
		c = space_call(w.sp, &c);
		seen->call = (uint32_t)i;
		seen->err = -kernel_do(w.sp, &c, NULL);
		if (seen->err)
			return false;
	}
	return true;
}

static struct reach_vma found(const struct space *sp, const struct maps_vma *m,
			      uint64_t first)
{
	return (struct reach_vma){
		.start = (uint32_t)((m->start - first) / sp->page_size),
		.end = (uint32_t)((m->end - first) / sp->page_size),
		.flags = m->flags,
		.has_file = m->inode != 0,
		.pgoff = m->inode ? (uint32_t)(m->offset / sp->page_size) : 0,
	};
}

static uint64_t address(struct reach_window w)
{
	return w.sp->base + (uint64_t)w.page * w.sp->page_size;
}

static void look(struct reach_window w, struct reach_seen *seen)
{
	static struct maps_list list;
	uint64_t first = address(w);
	int err = -maps_read(0, MAPS_ANY, first,
			     first + WINDOW_PAGES * w.sp->page_size, &list);

	if (err || list.more || list.nr > REACH_VMAS) {
		seen->err = err;
		seen->state = REACH_UNREAD;
		return;
	}
	for (seen->nr = 0; seen->nr < list.nr; seen->nr++)
		seen->vma[seen->nr] = found(w.sp, &list.vma[seen->nr], first);
	seen->state = REACH_FINISHED;
}

static void finish(struct reach_window w, const struct reach_plan *plan,
		   size_t from, struct reach_seen *seen)
{
	if (!do_calls(w, plan, from, plan->nr - 1, seen)) {
		seen->state = REACH_SETUP;
		return;
	}
	do_calls(w, plan, plan->nr - 1, plan->nr, seen);
	look(w, seen);
}

static void empty(struct reach_window w)
{
	munmap((void *)(uintptr_t)address(w), WINDOW_PAGES * w.sp->page_size);
}

static struct reach_seen *begin(const struct task *t, size_t i)
{
	t->shared->now = (uint32_t)i;
	t->shared->seen[i].state = REACH_BEGUN;
	return &t->shared->seen[i];
}

static void do_one(struct space *areas, const struct task *t, size_t i)
{
	static struct reach_plan plan;
	struct reach_window w = window_of(areas, BATCH);

	reach_plan(&t->config[i], &plan);
	finish(w, &plan, 0, begin(t, i));
	empty(w);
}

/* Those that have windows, until one process is to do the rest. */
struct batch {
	size_t index[BATCH];
	struct reach_plan plan[BATCH];
	unsigned int nr;
};

static void prepare(struct space *areas, const struct task *t, size_t i,
		    struct batch *b)
{
	struct reach_seen *seen = begin(t, i);
	struct reach_plan *plan = &b->plan[b->nr];

	reach_plan(&t->config[i], plan);
	if (!do_calls(window_of(areas, b->nr), plan, 0, plan->fork, seen))
		seen->state = REACH_SETUP;
	b->index[b->nr++] = i;
}

static void finish_batch(struct space *areas, const struct task *t,
			 const struct batch *b)
{
	for (unsigned int nr = 0; nr < b->nr; nr++) {
		struct reach_seen *seen = &t->shared->seen[b->index[nr]];
		const struct reach_plan *plan = &b->plan[nr];

		t->shared->now = (uint32_t)b->index[nr];
		if (seen->state == REACH_BEGUN)
			finish(window_of(areas, nr), plan, plan->fork, seen);
	}
	_exit(0);
}

/* Where it dies, so do we: who watches goes on after the one it died of. */
static void run_batch(int fd, struct space *areas, const struct task *t,
		      struct batch *b)
{
	pid_t pid = fork();
	int status = 0, err = pid < 0 ? errno : 0;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		finish_batch(areas, t, b);
	}
	if (!err && !wait_for_child(pid, &status))
		err = errno;
	if (err)
		live_report_error(fd, err);
	if (err || status)
		_exit(1);
	for (unsigned int nr = 0; nr < b->nr; nr++)
		empty(window_of(areas, nr));
	b->nr = 0;
}

static int enter_all(struct space *areas)
{
	int err = 0;

	for (int i = 0; !err && i < AREAS; i++)
		err = -space_enter(&areas[i], AREA_RESERVED);
	return err;
}

static void be_child(int fd, const void *ctx)
{
	static struct space areas[AREAS];
	static struct batch batch;
	const struct task *t = ctx;
	int err = enter_all(areas);

	if (err) {
		live_report_error(fd, err);
		return;
	}
	for (size_t i = 0; i < t->nr; i++) {
		if (t->shared->seen[i].state != REACH_UNTRIED)
			continue;
		if (!reach_forks(&t->config[i]))
			do_one(areas, t, i);
		else
			prepare(areas, t, i, &batch);
		if (batch.nr == BATCH)
			run_batch(fd, areas, t, &batch);
	}
	if (batch.nr)
		run_batch(fd, areas, t, &batch);
}

/* ---- outside ------------------------------------------------------------------------- */

static size_t count_untried(const struct task *t)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->nr; i++)
		nr += t->shared->seen[i].state == REACH_UNTRIED;
	return nr;
}

/*
 * Of those that were not finished, one is at fault, unless it was the machine that
 * was slow; the others get another try.
 */
static void note_unfinished(const struct task *t, enum live_end end)
{
	enum reach_state now = end == END_TIME ? REACH_LATE : REACH_DIED;

	for (size_t i = 0; i < t->nr; i++)
		if (t->shared->seen[i].state == REACH_BEGUN)
			t->shared->seen[i].state =
				i == t->shared->now ? now : REACH_UNTRIED;
}

static int run_task(const struct task *t, double seconds)
{
	static struct live_evidence e;
	size_t left = count_untried(t), before;

	do {
		before = left;
		t->shared->now = REACH_CHUNK;
		live_watch(be_child, t, seconds, &e);
		if (e.err)
			return e.err;
		note_unfinished(t, e.end);
		left = count_untried(t);
	} while (left && left < before);
	return left ? ECHILD : 0;
}

/* All of them, or one alone. */
static int try_some(const struct reach_config *config, size_t nr,
		    struct reach_seen *seen, double seconds)
{
	struct task t = { .config = config, .nr = nr };
	int err;

	t.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t.shared == MAP_FAILED)
		return errno;
	err = run_task(&t, seconds);
	memcpy(seen, t.shared->seen, nr * sizeof(*seen));
	munmap(t.shared, sizeof(*t.shared));
	return err;
}

int reach_try(const struct reach_config *config, size_t nr,
	      struct reach_seen *seen, double seconds)
{
	int err;

	if (nr > REACH_CHUNK)
		return EINVAL;
	err = try_some(config, nr, seen, seconds);
	/* Whoever was at it as time was up may only have been the last. */
	for (size_t i = 0; !err && i < nr; i++) {
		if (seen[i].state != REACH_LATE)
			continue;
		err = try_some(&config[i], 1, &seen[i], seconds);
		if (err != ECHILD)
			continue;
		seen[i].state = REACH_LATE;
		err = 0;
	}
	return err;
}
