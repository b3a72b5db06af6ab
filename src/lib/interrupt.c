// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "lib/jobs.h"

static volatile sig_atomic_t caught;

static void note(int signal)
{
	(void)signal;
	caught = 1;
}

static void handle(void (*handler)(int))
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = SA_RESTART | SA_RESETHAND,
	};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void interrupt_catch(void)
{
	caught = 0;
	handle(note);
}

void interrupt_release(void)
{
	handle(SIG_DFL);
}

bool interrupted(void)
{
	return caught;
}
