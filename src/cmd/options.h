/* SPDX-License-Identifier: GPL-2.0-only */
/* Options as argp has them, and what is behind them (options.c). */
#ifndef VMATLAS_CMD_OPTIONS_H
#define VMATLAS_CMD_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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
 * help_with - what an argp help filter returns to end help with a table
 * @key: from argp
 * @text: from argp
 * @list: prints the table
 *
 * Return: What the filter is to return.
 */
char *help_with(int key, const char *text, void (*list)(FILE *out));

/* What becomes of the argument of an option. */
enum setting_kind {
	SET_FLAG,   /* bool: it was given */
	SET_TEXT,   /* const char *: the argument as it is */
	SET_NUMBER, /* of four or eight bytes: common_number() */
	SET_SHARD,  /* struct shard: common_shard() */
	SET_WORDS, /* struct words: ARGP_KEY_ARGS, all that follows the options */
};

/**
 * struct setting - an option that sets a field of a command's arguments
 * @key: as in its struct argp_option
 * @kind: how
 * @offset: of the field
 * @size: of the field
 * @min: SET_NUMBER: the least that it may be
 * @max: SET_NUMBER: and the most
 */
struct setting {
	int key;
	enum setting_kind kind;
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
};

/* What a setting has of a field: AT() in each command is this for its arguments. */
#define FIELD(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/**
 * settings_parse - what is left of a command's parser
 * @settings: up to one that is all 0
 * @key: argp's
 * @arg: argp's
 * @state: argp's; its input begins with a struct common
 *
 * Return: What the parser is to return.
 */
error_t settings_parse(const struct setting *settings, int key, char *arg,
		       struct argp_state *state);

#endif /* VMATLAS_CMD_OPTIONS_H */
