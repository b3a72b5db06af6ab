// SPDX-License-Identifier: GPL-2.0-only
/* Two who over a whole sweep, each thread with witnesses of its own. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "oracle/oracle.h"

/* What the threads share. */
struct shared {
	const struct sweep *sweep;
	const struct compared *who;
	unsigned int jobs;
	bool (*progress)(uint64_t nr);
	pthread_mutex_t lock; /* of all below */
	struct comparison *cmp;
	uint64_t done;
	atomic_bool stop;
};

/*
 * What one thread has gathered: configurations, what the simulator said of
 * them, and what the witnesses are asked all at once.
 */
struct job {
	struct shared *shared;
	unsigned int shard;
	struct witness *a;
	struct witness *b; /* or NULL for the simulator */
	uint32_t nr;
	struct config config[PROTO_BATCH];
	uint64_t index[PROTO_BATCH];
	struct proto_request asked[PROTO_BATCH];
	struct proto_reply a_says[PROTO_BATCH];
	struct proto_reply b_says[PROTO_BATCH];
};

/* ---- what came out --------------------------------------------------------------- */

/* A witness that complains has a bit of its own, whatever else it says. */
static unsigned int differ(const struct proto_reply *a,
			   const struct proto_reply *b)
{
	unsigned int differs = replies_differ(a, b);

	return a->trouble || b->trouble ? differs | 1U << NR_DIFFERENCES
					: differs;
}

/*
 * Warnings of the kernel's own code. What it then does is compared all the
 * same: these are differences only if something else is, too.
 */
static const struct {
	enum space_family family;
	enum alloc_kind failed;
	const char *what;
} known_warnings[] = {
	{ SPACE_REPLACE, ALLOC_ANON_VMA,
	  "vma_expand() without memory for the anon_vma leaves the iterator at prev, and __mmap_new_vma() goes on with it" },
};

const char *known_warning(unsigned int i)
{
	return i < ARRAY_SIZE(known_warnings) ? known_warnings[i].what : NULL;
}

/* Which of them it is, or a negative number. */
static int find_known(const struct config *c, const struct proto_reply *r,
		      unsigned int differs)
{
	if (differs != 1U << NR_DIFFERENCES || r->trouble != PROTO_WARNED)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(known_warnings); i++)
		if (known_warnings[i].family == c->family &&
		    known_warnings[i].failed == r->failed)
			return (int)i;
	return -1;
}

static struct disagreement *find(struct comparison *cmp,
				 enum space_family family, unsigned int differs)
{
	struct disagreement *d = cmp->disagreements;

	for (size_t i = 0; i < cmp->nr_disagreements; i++, d++)
		if (d->family == family && d->differs == differs)
			return d;
	if (cmp->nr_disagreements == MAX_DISAGREEMENTS)
		return NULL;
	cmp->nr_disagreements++;
	*d = (struct disagreement){ .family = family,
				    .differs = differs,
				    .index = UINT64_MAX };
	return d;
}

/* With the shared's lock held. */
static void note(struct comparison *cmp, const struct job *k, uint32_t i,
		 unsigned int differs)
{
	struct disagreement *d = find(cmp, k->config[i].family, differs);

	cmp->nr_differ++;
	if (!d)
		return;
	d->nr++;
	if (k->index[i] >= d->index)
		return;
	d->index = k->index[i];
	d->example = k->config[i];
	d->a = k->a_says[i];
	d->b = k->b_says[i];
}

static void note_all(struct job *k)
{
	struct shared *shared = k->shared;

	pthread_mutex_lock(&shared->lock);
	for (uint32_t i = 0; i < k->nr; i++) {
		unsigned int differs = differ(&k->a_says[i], &k->b_says[i]);

		shared->cmp->nr[k->config[i].family]++;
		int known = find_known(&k->config[i], &k->a_says[i], differs);

		if (known >= 0)
			shared->cmp->nr_known[known]++;
		else if (differs)
			note(shared->cmp, k, i, differs);
	}
	shared->done += k->nr;
	if (shared->progress && !shared->progress(shared->done)) {
		shared->cmp->stopped = true;
		shared->stop = true;
	}
	pthread_mutex_unlock(&shared->lock);
	k->nr = 0;
}

/* ---- asking ------------------------------------------------------------------------ */

static void give_up(struct job *k, const struct config *at, const char *why)
{
	struct shared *shared = k->shared;

	pthread_mutex_lock(&shared->lock);
	if (!shared->cmp->why) {
		shared->cmp->why = why;
		if (at)
			shared->cmp->died = *at;
	}
	shared->cmp->stopped = true;
	shared->stop = true;
	pthread_mutex_unlock(&shared->lock);
}

/*
 * A witness died of one of a batch: find out of which with a new one, one
 * request at a time.
 */
static void find_fatal(struct job *k, const char *program)
{
	struct witness *w = witness_start(program, stderr);
	time_t began = time(NULL);
	uint32_t i = 0;

	while (w && i < k->nr &&
	       witness_ask(w, &k->asked[i], &k->a_says[i], 1, 1, NULL))
		i++;
	witness_stop(w);
	if (i == k->nr)
		give_up(k, NULL,
			"the witness died, and did not when asked again");
	else if (time(NULL) - began >= PROTO_SECONDS - 1)
		give_up(k, &k->config[i], "the witness comes to no end");
	else
		give_up(k, &k->config[i], "the witness died");
}

static bool ask_all(struct job *k)
{
	const struct compared *p = k->shared->who;

	if (!k->nr)
		return true;
	if (!witness_ask(k->a, k->asked, k->a_says, k->nr, 1, NULL)) {
		find_fatal(k, p->a);
		return false;
	}
	if (k->b && !witness_ask(k->b, k->asked, k->b_says, k->nr, 1, NULL)) {
		find_fatal(k, p->b);
		return false;
	}
	note_all(k);
	return !k->shared->stop;
}

static bool visit(const struct visit *v, void *ctx)
{
	struct job *k = ctx;

	k->config[k->nr] = *v->c;
	k->index[k->nr] = v->index;
	request_of(&k->asked[k->nr], v->fixture);
	if (!k->b)
		reply_of(&k->b_says[k->nr], v->mm, v->out);
	return ++k->nr < PROTO_BATCH || ask_all(k);
}

static bool start_witnesses(struct job *k)
{
	const struct compared *p = k->shared->who;

	k->a = witness_start(p->a, stderr);
	if (p->b)
		k->b = witness_start(p->b, stderr);
	if (k->a && (k->b || !p->b))
		return true;
	give_up(k, NULL, "a witness could not be started");
	return false;
}

static void work(void *jobs_of, size_t i)
{
	struct job *k = (struct job *)jobs_of + i;
	struct shared *shared = k->shared;

	if (start_witnesses(k) && space_walk(shared->sweep, shared->who->rules,
					     k->shard, shared->jobs, visit, k))
		ask_all(k);
	witness_stop(k->a);
	witness_stop(k->b);
}

void compare_sweep(const struct sweep *sweep, const struct compared *who,
		   unsigned int jobs, bool (*report)(uint64_t nr),
		   struct comparison *cmp)
{
	struct shared shared = {
		.sweep = sweep,
		.who = who,
		.jobs = jobs,
		.progress = report,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.cmp = cmp,
	};
	struct job *jobs_of __free(free) =
		xcalloc(shared.jobs, sizeof(*jobs_of));

	memset(cmp, 0, sizeof(*cmp));
	for (unsigned int i = 0; i < shared.jobs; i++) {
		jobs_of[i].shared = &shared;
		jobs_of[i].shard = i;
	}
	jobs_run(work, jobs_of, shared.jobs, shared.jobs);
}
