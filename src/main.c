// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/file.h"
#include "lib/memory.h"

static pid_t program;

/*
 * What was printed must have arrived, wherever the program ends. Children that end
 * like this, as Check's do, have printed nothing of their own.
 */
static void finish(int status, void *unused)
{
	bool failed = getpid() == program && (fflush(stdout) || ferror(stdout));

	if (failed) {
		perror("vmatlas: cannot write to standard output");
		status = EXIT_UNUSABLE;
	}
	messages_end(status);
	if (failed)
		_exit(status);
}

int main(int argc, char **argv)
{
	/* Or a pipe to a child is what an error message goes to. */
	fd_hold_standard();
	program = getpid();
	argp_err_exit_status = EXIT_UNUSABLE;
	/* A limit on file sizes is an error to report, not a reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	messages_begin(argv);
	on_exit(finish, NULL);
	json_set_alloc_funcs(xmalloc, free);
	return command_run(argc, argv);
}
