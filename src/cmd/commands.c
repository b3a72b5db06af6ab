// SPDX-License-Identifier: GPL-2.0-only
/* The commands, and what is done about a word that is none. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/words.h"
#include "lib/text.h"

const char *argp_program_version = "vmatlas " VERSION;

const struct command commands[] = {
	{ "list", "identifiers of the cases, one a line", cmd_list,
	  &list_usage },
	{ "show", "a case for a terminal: picture, steps, outcome", cmd_show,
	  &show_usage },
	{ "check", "hold the catalogue against the simulator", cmd_check,
	  &check_usage },
	{ "emit", "write the cases as text, graphs, pages, models or tests",
	  cmd_emit, &emit_usage },
	{ "explore", "every interleaving of a case with a reader", cmd_explore,
	  &explore_usage },
	{ "space", "every configuration, against the catalogue's conditions",
	  cmd_space, &space_usage },
	{ "source", "hold the simulator against Linux's own mm/vma.c",
	  cmd_source, &source_usage },
	{ "live", "hold the simulator against the running kernel", cmd_live,
	  &live_usage },
	{ "race", "what the running kernel's reader sees, against explore",
	  cmd_race, &race_usage },
	{ "explain", "why a process has so many VMAs", cmd_explain,
	  &explain_usage },
	{ "what-if", "what system calls would do to a process", cmd_what_if,
	  &what_if_usage },
	{ "replay", "what a program did, from the output of strace", cmd_replay,
	  &replay_usage },
	{ "completion", "completion of all this for a shell", cmd_completion,
	  &completion_usage },
	{ "help", "this, or what a command does", cmd_help, NULL },
	{ 0 }
};

static int too_many(char **argv, const char *word, const char *expected)
{
	return unusable("%s: '%s' is one word too many, expected %s\n", argv[0],
			word, expected);
}

static int cmd_version(int argc, char **argv)
{
	if (argc > 1)
		return too_many(argv, argv[1], "none");
	puts(argp_program_version);
	return EXIT_FINE;
}

/* Options that may stand in a command's place, and what only programs ask for. */
static const struct command others[] = {
	{ "--help", NULL, cmd_help },	{ "-?", NULL, cmd_help },
	{ "-h", NULL, cmd_help },	{ "--version", NULL, cmd_version },
	{ "-V", NULL, cmd_version },	{ "complete", NULL, cmd_complete },
	{ "manual", NULL, cmd_manual }, { 0 },
};

static void usage(FILE *out)
{
	wrap_puts(out, 0, "Usage: vmatlas COMMAND [OPTION...] [ARGUMENT...]");
	wrap_puts(
		out, 0,
		"An atlas of the ways in which Linux merges and splits VMAs.");
	fputc('\n', out);
	for (const struct command *c = commands; c->name; c++) {
		fprintf(out, "  %-12s", c->name);
		wrap_puts(out, 14, c->what);
	}
	fputc('\n', out);
	wrap_puts(out, 0, "'vmatlas COMMAND --help' says more of each.");
}

static const struct command *find(const struct command *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

const struct command *command_find(const char *name)
{
	return find(commands, name);
}

static int unknown(const char *name)
{
	struct nearest near = { .word = name };

	for (const struct command *c = commands; c->name; c++)
		nearest_try(&near, c->name);
	return unusable(
		"vmatlas: unknown command '%s', %s one that 'vmatlas help' lists\n",
		name, nearest_expected(&near));
}

static int run(const struct command *cmd, int argc, char **argv)
{
	char name[32];

	/* So that messages begin as the command was called. */
	snprintf(name, sizeof(name), "vmatlas %s", cmd->name);
	argv[0] = name;
	return cmd->run(argc, argv);
}

int cmd_help(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	const struct command *cmd = command_find(name);

	if (argc > 2)
		return too_many(argv, argv[2], "at most a command");
	if (!cmd)
		cmd = find(others, name);
	if (!cmd || (!cmd->usage && cmd->run != cmd_help))
		return unknown(name);
	if (cmd->run == cmd_help) {
		usage(stdout);
		return EXIT_FINE;
	}
	return run(cmd, 2, (char *[]){ NULL, (char[]){ "--help" }, NULL });
}

int command_run(int argc, char **argv)
{
	const struct command *cmd;

	if (argc < 2) {
		usage(stderr);
		return EXIT_UNUSABLE;
	}
	cmd = command_find(argv[1]);
	if (!cmd)
		cmd = find(others, argv[1]);
	if (!cmd)
		return unknown(argv[1]);
	return run(cmd, argc - 1, argv + 1);
}
