// SPDX-License-Identifier: GPL-2.0-only
/* Random programs on all processors, and what is kept of them. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/jobs.h"
#include "process/random-internal.h"

struct running {
	struct random_shared *shared;
	pid_t pid;
	uint64_t next; /* programs that are still to be done of a batch */
	uint64_t end;
};

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
		      const struct random_shared *shared)
{
	struct random_found f = { .program = shared->program,
				  .diff = shared->diff,
				  .seed = o->seed,
				  .nr = 1 };
	int known = random_known(&f.program, &f.diff, random_kernel(),
				 random_patch());

	/* An error is seen at once, and known ones are many on old kernels. */
	if (f.diff.what != RANDOM_ERROR || known < 0) {
		find_first(o, &f, &shared->diff);
		known = random_known(&f.program, &f.diff, random_kernel(),
				     random_patch());
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
		    struct random_shared *shared)
{
	r->programs += shared->nr;
	r->calls += shared->calls;
	r->failed += shared->failed;
	if (shared->diff.what != RANDOM_SAME)
		note_diff(o, r, shared);
}

static bool is_late(const struct random_opts *o, double begun)
{
	return interrupted() ||
	       (o->seconds > 0 && seconds_now() - begun >= o->seconds);
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
	memset(run->shared, 0, sizeof(*run->shared));
	run->shared->first = run->next;
	run->shared->step = o->shards;
	run->shared->end = run->end;
	run->pid = fork();
	if (!run->pid)
		random_do_batch(run->shared, o, lacks);
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
	random_note_end(run->shared, status);
	take_in(o, r, run->shared);
	run->next = run->shared->first +
		    (run->shared->nr ? run->shared->nr : 1) * o->shards;
	return nr - 1;
}

static int run_all(struct running *all, const struct random_opts *o,
		   struct random_result *r)
{
	uint64_t next = o->shard;
	double begun = seconds_now();
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
	r->seconds = seconds_now() - begun;
	r->interrupted = interrupted();
	return err;
}

int random_run(const struct random_opts *o, struct random_result *r)
{
	struct running all[THREADS_MAX] = { 0 };
	int err;

	memset(r, 0, sizeof(*r));
	err = random_reserve();
	if (err)
		return err;
	err = random_find_lacks(o->rules, &r->lacks);
	for (unsigned int i = 0; !err && i < o->jobs; i++) {
		all[i].shared = random_shared_new();
		err = all[i].shared ? 0 : -ENOMEM;
	}
	if (!err)
		err = run_all(all, o, r);
	for (unsigned int i = 0; i < o->jobs; i++)
		if (all[i].shared)
			munmap(all[i].shared, sizeof(*all[i].shared));
	random_give_back();
	return err;
}
