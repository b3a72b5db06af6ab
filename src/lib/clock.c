// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "lib/jobs.h"

uint64_t nanoseconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

double seconds_now(void)
{
	return 1e-9 * (double)nanoseconds_now();
}
