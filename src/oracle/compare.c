// SPDX-License-Identifier: GPL-2.0-only
/* Two parties over a whole sweep, each thread with witnesses of its own. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jobs.h"
#include "lib/memory.h"
#include "oracle/oracle.h"

/* What the threads share. */
struct court {
	const struct sweep *sweep;
	const struct parties *parties;
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
struct clerk {
	struct court *court;
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

/* With the court's lock held. */
static void note(struct comparison *cmp, const struct clerk *k, uint32_t i,
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

static void judge(struct clerk *k)
{
	struct court *court = k->court;

	pthread_mutex_lock(&court->lock);
	for (uint32_t i = 0; i < k->nr; i++) {
		unsigned int differs = differ(&k->a_says[i], &k->b_says[i]);

		court->cmp->nr[k->config[i].family]++;
		if (differs)
			note(court->cmp, k, i, differs);
	}
	court->done += k->nr;
	if (court->progress && !court->progress(court->done)) {
		court->cmp->stopped = true;
		court->stop = true;
	}
	pthread_mutex_unlock(&court->lock);
	k->nr = 0;
}

/* ---- asking ------------------------------------------------------------------------ */

static void give_up(struct clerk *k, const struct config *at, const char *why)
{
	struct court *court = k->court;

	pthread_mutex_lock(&court->lock);
	if (!court->cmp->why) {
		court->cmp->why = why;
		if (at)
			court->cmp->died = *at;
	}
	court->cmp->stopped = true;
	court->stop = true;
	pthread_mutex_unlock(&court->lock);
}

/*
 * A witness died of one of a batch: find out of which with a new one, one
 * request at a time.
 */
static void find_culprit(struct clerk *k, const char *program)
{
	struct witness *w = witness_start(program, stderr);
	uint32_t i = 0;

	while (w && i < k->nr &&
	       witness_ask(w, &k->asked[i], &k->a_says[i], 1, 1, NULL))
		i++;
	witness_stop(w);
	give_up(k, i < k->nr ? &k->config[i] : NULL,
		i < k->nr ? "the witness died"
			  : "the witness died, and did not when asked again");
}

static bool ask_all(struct clerk *k)
{
	const struct parties *p = k->court->parties;

	if (!k->nr)
		return true;
	if (!witness_ask(k->a, k->asked, k->a_says, k->nr, 1, NULL)) {
		find_culprit(k, p->a);
		return false;
	}
	if (k->b && !witness_ask(k->b, k->asked, k->b_says, k->nr, 1, NULL)) {
		find_culprit(k, p->b);
		return false;
	}
	judge(k);
	return !k->court->stop;
}

static bool visit(const struct visit *v, void *ctx)
{
	struct clerk *k = ctx;

	k->config[k->nr] = *v->c;
	k->index[k->nr] = v->index;
	request_of(&k->asked[k->nr], v->fixture);
	if (!k->b)
		reply_of(&k->b_says[k->nr], v->mm, v->out);
	return ++k->nr < PROTO_BATCH || ask_all(k);
}

static bool hire(struct clerk *k)
{
	const struct parties *p = k->court->parties;

	k->a = witness_start(p->a, stderr);
	if (p->b)
		k->b = witness_start(p->b, stderr);
	if (k->a && (k->b || !p->b))
		return true;
	give_up(k, NULL, "a witness could not be started");
	return false;
}

static void work(void *clerks, size_t i)
{
	struct clerk *k = (struct clerk *)clerks + i;
	struct court *court = k->court;

	if (hire(k) && space_walk(court->sweep, court->parties->rules, k->shard,
				  court->jobs, visit, k))
		ask_all(k);
	witness_stop(k->a);
	witness_stop(k->b);
}

void compare_sweep(const struct sweep *sweep, const struct parties *parties,
		   unsigned int jobs, bool (*tell)(uint64_t nr),
		   struct comparison *cmp)
{
	struct court court = {
		.sweep = sweep,
		.parties = parties,
		.jobs = jobs,
		.progress = tell,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.cmp = cmp,
	};
	struct clerk *clerks = xcalloc(court.jobs, sizeof(*clerks));

	memset(cmp, 0, sizeof(*cmp));
	for (unsigned int i = 0; i < court.jobs; i++) {
		clerks[i].court = &court;
		clerks[i].shard = i;
	}
	jobs_run(work, clerks, court.jobs, court.jobs);
	free(clerks);
}
