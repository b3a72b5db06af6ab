// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/jobs.h"

#define EVERY_MS 100

static atomic_bool shown;

static int64_t milliseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void progress(const char *fmt, ...)
{
	static _Atomic int64_t last = -EVERY_MS;
	int64_t now = milliseconds(), then = last;
	char text[78];
	struct winsize size;
	size_t room = sizeof(text);
	va_list ap;

	/* Of several threads one speaks. */
	if (now - then < EVERY_MS || !isatty(STDERR_FILENO) ||
	    !atomic_compare_exchange_strong(&last, &then, now))
		return;
	/* A line that the terminal breaks is not taken away by the next. */
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1 &&
	    size.ws_col - 1u < room)
		room = size.ws_col - 1u;
	va_start(ap, fmt);
	vsnprintf(text, room, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\r\033[K%s ", text);
	shown = true;
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
