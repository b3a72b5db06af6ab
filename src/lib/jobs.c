// SPDX-License-Identifier: GPL-2.0-only
#include "lib/jobs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct jobs {
	void (*one)(void *data, size_t i);
	void *data;
	size_t nr;
	atomic_size_t next;
};

unsigned int threads_default(void)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);

	if (nr < 1)
		return 1;
	return nr < THREADS_MAX ? (unsigned int)nr : THREADS_MAX;
}

static void *work(void *data)
{
	struct jobs *jobs = data;
	size_t i;

	while ((i = atomic_fetch_add(&jobs->next, 1)) < jobs->nr)
		jobs->one(jobs->data, i);
	return NULL;
}

void jobs_run(void (*one)(void *data, size_t i), void *data, size_t nr,
	      unsigned int threads)
{
	struct jobs jobs = { .one = one, .data = data, .nr = nr };
	pthread_t helper[THREADS_MAX];
	size_t helpers = 0;

	/* This thread works, too. */
	while (helpers < THREADS_MAX && helpers + 1 < threads &&
	       helpers + 1 < nr) {
		if (pthread_create(&helper[helpers], NULL, work, &jobs))
			break;
		helpers++;
	}
	work(&jobs);
	while (helpers)
		pthread_join(helper[--helpers], NULL);
}
