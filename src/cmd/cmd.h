/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands. Each is one file here and one line in the table in main.c;
 * what they share is below.
 */
#ifndef VMATLAS_CMD_H
#define VMATLAS_CMD_H

#include <jansson.h>

#include "cmd/options.h"
#include "cmd/terminal.h"
#include "emit/emit.h"

/* Exit status. */
enum {
	EXIT_FINE = 0,
	EXIT_WRONG = 1,	   /* something was found wrong */
	EXIT_UNUSABLE = 2, /* the call or its input cannot be used */
};

/* Say on standard error why it cannot, which is also the exit status. */
#define unusable(...) (fprintf(stderr, __VA_ARGS__), EXIT_UNUSABLE)

static inline int exit_worse(int a, int b)
{
	return a > b ? a : b;
}

/**
 * struct command - one subcommand
 * @name: what comes after "vmatlas"
 * @what: one line for people
 * @run: takes its own arguments, its name first; returns an exit status
 * @usage: its options and the text of its help; NULL if it has none
 */
struct command {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv);
	const struct usage *usage;
};

int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_emit(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_space(int argc, char **argv);
int cmd_source(int argc, char **argv);
int cmd_live(int argc, char **argv);
int cmd_race(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_what_if(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_complete(int argc, char **argv);
int cmd_manual(int argc, char **argv);
int cmd_help(int argc, char **argv);

extern const struct usage list_usage, show_usage, check_usage, emit_usage,
	explore_usage, space_usage, source_usage, live_usage, race_usage,
	explain_usage, what_if_usage, replay_usage, completion_usage;

/* All that people call, up to one without a name (commands.c). */
extern const struct command commands[];

/**
 * command_find - the command of a name
 * @name: of @commands
 *
 * Return: NULL if there is none.
 */
const struct command *command_find(const char *name);

/**
 * command_run - what main() does
 * @argc: its own
 * @argv: its own
 *
 * Return: An exit status.
 */
int command_run(int argc, char **argv);

/* ---- messages under --format json (messages.c) ---------------------------- */

/**
 * messages_begin - keep what is said on standard error, if JSON is asked for
 * @argv: main()'s
 */
void messages_begin(char **argv);

/**
 * messages_end - write what was kept
 * @status: the exit status
 *
 * An object with "exit_status" and "messages": each "text", and "file", "line" and
 * "column" if it is about a place in a file. Nothing if nothing was said.
 */
void messages_end(int status);

/* ---- options that every command has (common.c) ------------------------- */

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/**
 * struct common - values of the common options
 * @catalog: directory, NULL for the one that came with the program
 * @rules: the rule set
 * @release: VERSION_NUMBER() of what was asked for
 * @json: output for machines
 * @color: when to colour
 */
struct common {
	const char *catalog;
	const struct rules *rules;
	long release;
	bool json;
	enum color color;
};

#define COMMON_INIT                                                            \
	{                                                                      \
		.rules = rules_for("latest"),                                  \
		.release = rules_number("latest")                              \
	}

/**
 * common_warn_newer - say once if a kernel is newer than any that was judged
 * @version: the kernel's
 * @rules: what rules_for() gave for it
 */
void common_warn_newer(const char *version, const struct rules *rules);

/**
 * rules_nearest - how a message goes on about a version that there is not
 * @version: what it was called
 *
 * Return: As nearest_expected().
 */
const char *rules_nearest(const char *version);

/**
 * common_load - load the catalogue that the options ask for
 * @common: the options
 * @err: where to say what is wrong
 *
 * Return: NULL after saying so.
 */
struct catalog *common_load(const struct common *common, FILE *err);

/**
 * common_reports - run cases
 * @cat: the catalogue
 * @common: the options
 * @cases: those asked for, none for all
 *
 * Return: For common_free_reports(); NULL after saying which case there is none of.
 */
struct report_set *common_reports(const struct catalog *cat,
				  const struct common *common,
				  const struct words *cases);

/**
 * common_json - print all that is known of cases, as JSON
 * @cat: the catalogue
 * @common: the options
 * @cases: those asked for, none for all
 *
 * Return: An exit status: EXIT_WRONG if a statement does not hold.
 */
int common_json(const struct catalog *cat, const struct common *common,
		const struct words *cases);

/**
 * common_print_json - print a document on standard output, and drop it
 * @o: the document
 * @indent: of each level, in columns
 */
void common_print_json(json_t *o, size_t indent);

/**
 * common_judge - say which statements do not hold
 * @set: reports
 *
 * Return: An exit status: EXIT_WRONG if there is any.
 */
int common_judge(const struct report_set *set);

/**
 * common_free_reports - drop reports
 * @set: from common_reports(), or NULL
 */
void common_free_reports(struct report_set *set);

DEFINE_FREE(reports, struct report_set, common_free_reports)

/**
 * words_are_cases - whether each of some words means a case
 * @words: identifiers, patterns such as "new-*", beginnings, or the mail's
 *	names: "merge left partial"; a beginning is made a pattern
 * @cat: the catalogue
 *
 * Return: false after saying which mean none, and what was perhaps meant.
 */
bool words_are_cases(const struct words *words, const struct catalog *cat);

/**
 * words_ask_for - whether a case is among those that are asked for
 * @words: as words_are_cases() has left them; none asks for all cases
 * @c: the case
 *
 * Return: true if so.
 */
bool words_ask_for(const struct words *words, const struct cat_case *c);

/* ---- headings (common.c) ------------------------------------------------- */

/**
 * color_start - begin a heading, if output is coloured
 * @common: the options
 *
 * Return: The text to print before it.
 */
const char *color_start(const struct common *common);

/**
 * color_end - end a heading
 * @common: the options
 *
 * Return: The text to print after it.
 */
const char *color_end(const struct common *common);

/**
 * common_print_title - print the identifier of a case and its title
 * @common: the options
 * @c: the case
 *
 * In one line, if the terminal is wide enough.
 */
void common_print_title(const struct common *common, const struct cat_case *c);

/* ---- parts of a run, for several machines (merge.c) ----------------------- */

/**
 * common_cannot - say that nothing can be tried on this kernel
 * @command: which one says so
 * @tap: as a plan in TAP, of which all is skipped
 * @why: the reason
 *
 * Return: An exit status; a skip is fine.
 */
int common_cannot(const char *command, bool tap, const char *why);

/**
 * shard_json - say in JSON of which part it is
 * @o: an object, which gets "shard": "I/N", unless it is of all
 * @shard: the part
 */
void shard_json(json_t *o, const struct shard *shard);

/**
 * common_merge - print the JSON of a whole run, of that of its parts
 * @files: one for each part, in any order
 * @key: what no other command has in its JSON
 *
 * Counts are added, lists put one behind the other.
 *
 * Return: An exit status: EXIT_WRONG if a part found something wrong,
 * EXIT_UNUSABLE if it is not all parts of one run, each once.
 */
int common_merge(const struct words *files, const char *key);

#endif /* VMATLAS_CMD_H */
