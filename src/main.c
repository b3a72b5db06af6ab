// SPDX-License-Identifier: GPL-2.0-only
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/text.h"

const char *argp_program_version = "vmatlas 0.1";

static int cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{ "list", "identifiers of the cases, one a line", cmd_list },
	{ "show", "a case for a terminal: picture, steps, outcome", cmd_show },
	{ "check", "hold the catalogue against the simulator", cmd_check },
	{ "emit", "write the cases as text, graphs, pages, models or tests",
	  cmd_emit },
	{ "explore", "every interleaving of a case with a reader",
	  cmd_explore },
	{ "space", "every configuration, against the catalogue's conditions",
	  cmd_space },
	{ "source", "hold the simulator against Linux's own mm/vma.c",
	  cmd_source },
	{ "live", "hold the simulator against the running kernel", cmd_live },
	{ "race", "what the running kernel's reader sees, against explore",
	  cmd_race },
	{ "explain", "why a process has so many VMAs", cmd_explain },
	{ "what-if", "what system calls would do to a process", cmd_what_if },
	{ "replay", "what a program did, from the output of strace",
	  cmd_replay },
	{ "help", "this", cmd_help },
};

#define NR_COMMANDS (ARRAY_SIZE(commands))

static void usage(FILE *out)
{
	fputs("Usage: vmatlas COMMAND [OPTION...] [ARGUMENT...]\n"
	      "An atlas of the ways in which Linux merges and splits VMAs.\n\n",
	      out);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-8s%s\n", commands[i].name, commands[i].what);
	fputs("\n'vmatlas COMMAND --help' tells more of each.\n", out);
}

static const struct command *find(const struct command *table, size_t nr,
				  const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest near = { .word = name };

	for (size_t i = 0; i < NR_COMMANDS; i++)
		nearest_try(&near, commands[i].name);
	fprintf(stderr,
		"vmatlas: unknown command '%s', %s one that 'vmatlas help' lists\n",
		name, nearest_expected(&near));
	return EXIT_UNUSABLE;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	static char help[] = "--help";
	char name[32];

	/* So that messages begin as the command was called. */
	snprintf(name, sizeof(name), "vmatlas %s", cmd->name);
	argv[0] = name;
	if (argc > 1 && !strcmp(argv[1], "-h"))
		argv[1] = help;
	return cmd->run(argc, argv);
}

static int cmd_help(int argc, char **argv)
{
	const struct command *cmd;

	if (argc < 2) {
		usage(stdout);
		return EXIT_FINE;
	}
	cmd = find(commands, NR_COMMANDS, argv[1]);
	if (!cmd)
		return unknown(argv[1]);
	if (cmd->run == cmd_help)
		return cmd_help(1, argv);
	return run(cmd, 2, (char *[]){ NULL, (char[]){ "--help" }, NULL });
}

static int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts(argp_program_version);
	return EXIT_FINE;
}

/* Options that may stand in a command's place. */
static const struct command aliases[] = {
	{ "--help", NULL, cmd_help }, { "-?", NULL, cmd_help },
	{ "-h", NULL, cmd_help },     { "--version", NULL, cmd_version },
	{ "-V", NULL, cmd_version },
};

/* What was printed must have arrived, wherever the program ends. */
static void close_stdout(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("vmatlas: cannot write to standard output");
		_exit(EXIT_UNUSABLE);
	}
}

int main(int argc, char **argv)
{
	const struct command *cmd;

	argp_err_exit_status = EXIT_UNUSABLE;
	/* A limit on file sizes is an error to report, not a reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	atexit(close_stdout);
	json_set_alloc_funcs(xmalloc, free);
	if (argc < 2) {
		usage(stderr);
		return EXIT_UNUSABLE;
	}
	cmd = find(commands, NR_COMMANDS, argv[1]);
	if (!cmd)
		cmd = find(aliases, ARRAY_SIZE(aliases), argv[1]);
	if (!cmd)
		return unknown(argv[1]);
	return run(cmd, argc - 1, argv + 1);
}
