/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of a command, and what is behind them (options.c). */
#ifndef VMATLAS_CMD_OPTIONS_H
#define VMATLAS_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct setting;

/**
 * struct usage - what a command can be called with
 * @settings: its own options, up to one without a name
 * @args_doc: the arguments that are no options, a line for each way to call it
 * @doc: the text of its help; what is behind a "\v" comes behind the options
 * @words: offset of the struct words that gets the arguments that are no options
 * @no_words: what is wrong if there are none, NULL if nothing is
 * @bare: it has none of the common options
 * @check: returns what does not go together, or NULL, when all is read; it is NULL
 *	if all does
 * @list: prints a table that ends the help, NULL if there is none
 *
 * What is filled in begins with a struct common, unless it is @bare.
 */
struct usage {
	const struct setting *settings;
	const char *args_doc;
	const char *doc;
	size_t words;
	const char *no_words;
	bool bare;
	const char *(*check)(const void *args);
	void (*list)(FILE *out);
};

/* Looks at an option. Returns whether to go on. */
typedef bool option_fn(const struct setting *option, void *data);

/**
 * options_visit - all options of a command: its own, the common ones, argp's
 * @usage: the command's
 * @visit: gets one after the other; of two with a name the first counts
 * @data: for @visit
 */
void options_visit(const struct usage *usage, option_fn *visit, void *data);

/**
 * option_find - the option that an argument names
 * @usage: the command's
 * @arg: "-o", "--output", "--out=DIR"
 *
 * Return: NULL if there is none.
 */
const struct setting *option_find(const struct usage *usage, const char *arg);

/**
 * option_takes_next - whether the argument behind an option belongs to it
 * @option: the option
 * @arg: how it was given
 *
 * Return: true if so.
 */
bool option_takes_next(const struct setting *option, const char *arg);

/**
 * parse_args - read a command's options and arguments
 * @usage: what it has
 * @argc: from the command on
 * @argv: likewise
 * @args: filled in
 *
 * What cannot be used ends the program with a message, as does want of memory.
 */
void parse_args(const struct usage *usage, int argc, char **argv, void *args);

/**
 * common_word - which word an option's argument is
 * @what: what the words are, for a message: "format"
 * @arg: the argument
 * @words: "text|json"
 * @word: where to put its index
 *
 * Return: NULL, or a message that there is no such word.
 */
const char *common_word(const char *what, const char *arg, const char *words,
			int *word);

/**
 * common_number - the number that is an option's argument
 * @option: its name, without the dashes
 * @arg: the argument
 * @min: the least that it may be
 * @max: and the most
 * @number: where to put it
 *
 * Return: NULL, or a message that it is no such number.
 */
const char *common_number(const char *option, const char *arg,
			  unsigned long min, unsigned long max,
			  unsigned long *number);

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
 *
 * Return: NULL, or a message that it is no part.
 */
const char *common_shard(const char *arg, struct shard *shard);

/**
 * struct words - the arguments that are no options
 * @v: the first
 * @nr: how many
 */
struct words {
	char **v;
	size_t nr;
};

/* What becomes of the argument of an option. */
enum setting_kind {
	SET_BY,	    /* what @by makes of it */
	SET_FLAG,   /* bool: it was given */
	SET_NOT,    /* bool: it was not given */
	SET_TEXT,   /* const char *: the argument as it is */
	SET_WORD,   /* bool or enum: which word of @arg, the first being @min */
	SET_NUMBER, /* of four or eight bytes: common_number() */
	SET_SHARD,  /* struct shard: common_shard() */
};

/**
 * struct setting - an option, and the field of a command's arguments that it sets
 * @name: without the dashes
 * @arg: what the argument is: words, "text|json", or of a kind, "FILE"; NULL for none
 * @doc: a line for people
 * @kind: how
 * @offset: of the field
 * @size: of the field
 * @min: SET_NUMBER: the least that it may be
 * @max: SET_NUMBER: and the most
 * @what: SET_WORD: what the words are, for a message, if @name does not say it
 * @by: SET_BY: gets the field, or all of the arguments if there is none; returns
 *	NULL, or what is wrong with the argument
 * @without: SET_TEXT: what it is if the argument is left out; NULL if it must not be
 * @letter: of its short form, 0 for none
 * @not_with: names of the command's options that it does not go with, "all|pid"
 * @is_for: what it is for, as a message says it then
 */
struct setting {
	const char *name;
	const char *arg;
	const char *doc;
	enum setting_kind kind;
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
	const char *what;
	const char *(*by)(void *field, char *arg);
	const char *without;
	int letter;
	const char *not_with;
	const char *is_for;
};

/* What a setting has of a field: AT() in each command is this for its arguments. */
#define FIELD(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/* The options that every command has (common.c). */
extern const struct setting common_settings[];

#endif /* VMATLAS_CMD_OPTIONS_H */
