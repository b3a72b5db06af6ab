// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that take long. A timerfd fires in the interrupt of the processor
 * that it was set on, and notifies all who watch it there and then. The more timers
 * and watchers there are, the longer the reader stands still, wherever it is; and
 * where the kernel is preemptible, the longer for a real-time thread that reads
 * the timers.
 */
#include <sched.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "oracle/race-internal.h"

/* An epoll file watches a file once: it takes another descriptor to do it again. */
#define COPIES 64

static bool watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	return !epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void add_watchers(int timer, unsigned int watchers)
{
	int copies[COPIES], epoll = -1;
	unsigned int nr = 0;

	while (nr < COPIES && nr < watchers && (copies[nr] = dup(timer)) >= 0)
		nr++;
	if (!nr)
		return;
	for (unsigned int i = 0; i < watchers; i++) {
		if (i % nr == 0)
			epoll = epoll_create1(EPOLL_CLOEXEC);
		if (epoll < 0 || !watch(epoll, copies[i % nr]))
			return;
	}
}

/* ---- who reads the timers ------------------------------------------------ */

/* It goes before the writer, which has the least of real-time priorities. */
static void *read_timers(void *data)
{
	const struct race_timer *timer = data;
	const struct sched_param param = { .sched_priority = 2 };
	uint64_t ticks;

	race_stay_on(timer->cpu);
	sched_setscheduler(0, SCHED_FIFO, &param);
	for (unsigned int i = 0; !timer->stop; i = (i + 1) % timer->nr)
		if (read(timer->fds[i], &ticks, sizeof(ticks)) < 0)
			break;
	return NULL;
}

static void set_timers(const struct race_timer *timer, uint64_t when,
		       uint64_t every)
{
	const struct itimerspec spec = {
		.it_value = { when / 1000000000, when % 1000000000 },
		.it_interval = { 0, every },
	};

	for (unsigned int i = 0; i < timer->nr; i++)
		timerfd_settime(timer->fds[i], TFD_TIMER_ABSTIME, &spec, NULL);
}

/* ---- all of it ----------------------------------------------------------- */

void race_timer_open(struct race_timer *timer,
		     const struct race_settings *settings, int cpu)
{
	unsigned int wanted = settings->within ? settings->timers : 0;

	*timer = (struct race_timer){ .within = settings->within, .cpu = cpu };
	for (; timer->nr < wanted && timer->nr < RACE_TIMERS; timer->nr++) {
		int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

		if (fd < 0)
			break;
		add_watchers(fd, settings->watchers);
		timer->fds[timer->nr] = fd;
	}
	if (timer->nr && settings->timer_thread && settings->fifo && cpu >= 0)
		timer->threaded = !pthread_create(&timer->thread, NULL,
						  read_timers, timer);
}

void race_timer_arm(const struct race_timer *timer, uint64_t random)
{
	if (timer->nr)
		set_timers(timer,
			   nanoseconds_now() + 1 + random % timer->within, 0);
}

#define NUDGE 1000000 /* nanoseconds */

void race_timer_close(struct race_timer *timer)
{
	timer->stop = true;
	if (timer->threaded) {
		/* Whichever timer it waits for. */
		set_timers(timer, nanoseconds_now() + NUDGE, NUDGE);
		pthread_join(timer->thread, NULL);
	}
}
