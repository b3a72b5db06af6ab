// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdatomic.h>

#include "lib/jobs.h"

/*
 * timeout(1) sends its signal to the program and then to the program's group, so
 * that two come where one is meant. Whoever wants a second one is slower.
 */
#define AS_ONE 100000000 /* ns */

/* When the first signal came, 0: none has. */
static _Atomic uint64_t first;

static void handle(void (*handler)(int))
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void note(int signal)
{
	uint64_t none = 0, now = nanoseconds_now();

	if (atomic_compare_exchange_strong(&first, &none, now) ||
	    now < first + AS_ONE)
		return;
	handle(SIG_DFL);
	raise(signal);
}

void interrupt_catch(void)
{
	first = 0;
	handle(note);
}

void interrupt_release(void)
{
	if (!first)
		handle(SIG_DFL);
}

bool interrupted(void)
{
	return first;
}
