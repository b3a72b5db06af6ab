// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that take long. A timerfd fires in the interrupt of the processor
 * that it was set on, and tells all who watch it there and then. The more there
 * are, the longer the reader stands still, wherever it is.
 */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "oracle/race.h"

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

void race_timer_open(struct race_timer *timer, unsigned long within,
		     unsigned int watchers)
{
	*timer = (struct race_timer){ .fd = -1 };
	if (!within)
		return;
	timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (timer->fd < 0)
		return;
	timer->within = within;
	add_watchers(timer->fd, watchers);
}

void race_timer_arm(const struct race_timer *timer, uint64_t random)
{
	struct itimerspec when = { 0 };

	if (!timer->within)
		return;
	when.it_value.tv_nsec = 1 + random % timer->within;
	timerfd_settime(timer->fd, 0, &when, NULL);
}
