/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands. Each is one file here and one line in the table in main.c;
 * what they share is below.
 */
#ifndef VMATLAS_CMD_H
#define VMATLAS_CMD_H

#include <argp.h>
#include <check.h>
#include <jansson.h>

#include "emit/emit.h"

/* Exit status. */
enum {
	EXIT_FINE = 0,
	EXIT_WRONG = 1,	   /* something was found wrong */
	EXIT_UNUSABLE = 2, /* the call or its input cannot be used */
};

/**
 * struct command - one subcommand
 * @name: what comes after "vmatlas"
 * @what: one line for people
 * @run: takes its own arguments, its name first; returns an exit status
 * @argp: its options and the text of its help; NULL if it has none
 */
struct command {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv);
	const struct argp *argp;
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

extern const struct argp list_argp, show_argp, check_argp, emit_argp,
	explore_argp, space_argp, source_argp, live_argp, race_argp,
	explain_argp, what_if_argp, replay_argp, completion_argp;

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

/* ---- options as argp has them (options.c) -------------------------------- */

/* Looks at an option. Returns whether to go on. */
typedef bool option_fn(const struct argp_option *option, void *data);

/**
 * options_visit - all options of a command: its own, the common ones, argp's
 * @argp: the command's
 * @visit: gets one after the other; of two with a name the first counts
 * @data: for @visit
 */
void options_visit(const struct argp *argp, option_fn *visit, void *data);

/**
 * option_find - the option that an argument names
 * @argp: the command's
 * @arg: "-o", "--output", "--out=DIR"
 *
 * Return: NULL if there is none.
 */
const struct argp_option *option_find(const struct argp *argp, const char *arg);

/**
 * option_takes_next - whether the argument behind an option belongs to it
 * @option: the option
 * @arg: how it was given
 *
 * Return: true if so.
 */
bool option_takes_next(const struct argp_option *option, const char *arg);

/**
 * parse_args - read a command's options and arguments
 * @argp: what it has
 * @argc: from the command on
 * @argv: likewise
 * @input: for the parsers of @argp
 *
 * What cannot be used ends the program with a message, as does want of memory.
 */
void parse_args(const struct argp *argp, int argc, char **argv, void *input);

/**
 * common_word - which word an option's argument is
 * @what: what the words are, for a message: "format"
 * @arg: the argument
 * @words: "text|json"
 * @state: argp's: what is no such word ends the program
 *
 * Return: Its index.
 */
int common_word(const char *what, const char *arg, const char *words,
		struct argp_state *state);

/**
 * common_number - the number that is an option's argument
 * @option: its name, without the dashes
 * @arg: the argument
 * @min: the least that it may be
 * @max: and the most
 * @state: argp's: what is no such number ends the program
 *
 * Return: The number.
 */
unsigned long common_number(const char *option, const char *arg,
			    unsigned long min, unsigned long max,
			    struct argp_state *state);

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
 * common_tell_rules - say once if a kernel is newer than any that was judged
 * @version: the kernel's
 * @rules: what rules_for() gave for it
 */
void common_tell_rules(const char *version, const struct rules *rules);

/**
 * rules_nearest - how a message goes on about a version that there is not
 * @version: what it was called
 *
 * Return: As nearest_expected().
 */
const char *rules_nearest(const char *version);

/*
 * The argp child of the common options. The parent's parser gives it a struct
 * common as child_inputs[0].
 */
extern const struct argp_child common_children[];

/**
 * common_load - load the catalogue that the options ask for
 * @common: the options
 *
 * Return: NULL after saying what is wrong.
 */
struct catalog *common_load(const struct common *common);

/**
 * common_catalog - the same, with what is wrong said elsewhere
 * @common: the options
 * @err: where to
 *
 * Return: NULL after saying what is wrong.
 */
struct catalog *common_catalog(const struct common *common, FILE *err);

/**
 * common_reports - run cases
 * @set: filled in, for common_free_reports()
 * @cat: the catalogue
 * @common: the options
 * @ids: the cases asked for
 * @nr: how many, 0 for all
 *
 * Return: 0, or -1 after saying which case there is none of.
 */
int common_reports(struct report_set *set, const struct catalog *cat,
		   const struct common *common, char *const *ids, size_t nr);

/**
 * common_json - print all that is known of cases, as JSON
 * @cat: the catalogue
 * @common: the options
 * @ids: the cases asked for
 * @nr: how many, 0 for all
 *
 * Return: An exit status: EXIT_WRONG if a statement does not hold.
 */
int common_json(const struct catalog *cat, const struct common *common,
		char *const *ids, size_t nr);

/**
 * common_judge - say which statements do not hold
 * @set: reports
 *
 * Return: An exit status: EXIT_WRONG if there is any.
 */
int common_judge(const struct report_set *set);

/**
 * common_free_reports - drop reports
 * @set: from common_reports()
 */
void common_free_reports(struct report_set *set);

/**
 * struct words - the arguments that are no options
 * @v: the first
 * @nr: how many
 */
struct words {
	char **v;
	size_t nr;
};

/**
 * words_rest - take all that follows the options
 * @words: where to
 * @state: argp's, at ARGP_KEY_ARGS
 */
void words_rest(struct words *words, struct argp_state *state);

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

/* ---- the terminal (step.c) ----------------------------------------------- */

/**
 * terminal_draws - whether standard output is a terminal that has UTF-8
 *
 * Return: true if so.
 */
bool terminal_draws(void);

/**
 * terminal_width - columns of the terminal, 80 if that is not known
 *
 * Return: 40 to 120.
 */
int terminal_width(void);

/**
 * text_width - columns for lines of words
 *
 * Return: Those of the terminal, or 80 if it has more or none reads it.
 */
int text_width(void);

/* How an interleaving is printed. */
struct trace_style {
	bool color;
	bool boxes; /* with characters that ASCII does not have */
	int width;  /* text_width() */
};

/**
 * trace_print - print an interleaving for a terminal (trace-terminal.c)
 * @out: where to
 * @text: what path_print() printed
 * @style: how
 *
 * Where the terminal is narrow, what the reader knows is left out, and lines of
 * words are wrapped.
 */
void trace_print(FILE *out, const char *text, const struct trace_style *style);

/**
 * step_through - let a person step through a case with the arrow keys
 * @r: the case
 * @ascii: the steps as text only
 * @color: in colours, too
 *
 * Return: an exit status: EXIT_UNUSABLE, after saying so, without a terminal.
 */
int step_through(const struct report *r, bool ascii, bool color);

/**
 * help_with - what an argp help filter returns to end help with a table
 * @key: from argp
 * @text: from argp
 * @list: prints the table
 *
 * Return: What the filter is to return.
 */
char *help_with(int key, const char *text, void (*list)(FILE *out));

/**
 * color_start - begin a heading, if output is coloured
 * @common: the options
 *
 * Return: The text to print before it.
 */
const char *color_start(const struct common *common);

/**
 * common_print_title - print the identifier of a case and its title
 * @common: the options
 * @c: the case
 *
 * In one line, if the terminal is wide enough.
 */
void common_print_title(const struct common *common, const struct cat_case *c);

/**
 * color_end - end a heading
 * @common: the options
 *
 * Return: The text to print after it.
 */
const char *color_end(const struct common *common);

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
 * struct shard - which part of a run
 * @index: from 0
 * @of: of so many, 0 for all of it
 */
struct shard {
	unsigned int index;
	unsigned int of;
};

/**
 * common_shard - the part that is an option's argument
 * @arg: I/N, with I from 1 to N
 * @shard: filled in
 * @state: argp's: what is no part ends the program
 */
void common_shard(const char *arg, struct shard *shard,
		  struct argp_state *state);

/**
 * shard_json - say in JSON of which part it is
 * @o: an object, which gets "shard": "I/N", unless it is of all
 * @shard: the part
 */
void shard_json(json_t *o, const struct shard *shard);

/**
 * common_merge - print the JSON of a whole run, of that of its parts
 * @files: one for each part, in any order
 *
 * Counts are added, lists put one behind the other.
 *
 * Return: An exit status: EXIT_WRONG if a part found something wrong,
 * EXIT_UNUSABLE if it is not all parts of one run, each once.
 */
int common_merge(const struct words *files);

/* ---- the cases as tests (runner.c) -------------------------------------- */

/* Judges one case: prints what is wrong, returns whether it is right. */
typedef bool judge_fn(FILE *out, const struct catalog *cat,
		      const struct cat_case *c, const struct rules *rules);

/**
 * runner_suite - a suite of one test case per catalogue case, named as it
 * @cat: the catalogue
 * @rules: the rule set
 * @judge: what each test asks
 * @prefix: before each line of what it prints
 *
 * One at a time: a later call replaces the cases of the earlier one.
 *
 * Return: The suite, which its runner frees.
 */
Suite *runner_suite(const struct catalog *cat, const struct rules *rules,
		    judge_fn *judge, const char *prefix);

#endif /* VMATLAS_CMD_H */
