// SPDX-License-Identifier: GPL-2.0-only
/* Options in tables: looking one up, what a slip was to be, and reading them by argp. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

/* What argp adds to those of a command. */
static const struct setting of_argp[] = {
	{ "help", NULL, "print this", .letter = '?' },
	{ "usage", NULL, "print all options in short" },
	{ "version", NULL, "print the version", .letter = 'V' },
	{ 0 },
};

static bool visit_all(const struct setting *s, option_fn *visit, void *data)
{
	for (; s->name; s++)
		if (!visit(s, data))
			return false;
	return true;
}

static bool has_name(const struct setting *table, const char *name)
{
	for (; table && table->name; table++)
		if (!strcmp(table->name, name))
			return true;
	return false;
}

/* A common option that the command has with other words is its own alone. */
void options_visit(const struct usage *u, option_fn *visit, void *data)
{
	if (u->settings && !visit_all(u->settings, visit, data))
		return;
	for (const struct setting *s = common_settings; !u->bare && s->name;
	     s++)
		if (!has_name(u->settings, s->name) && !visit(s, data))
			return;
	visit_all(of_argp, visit, data);
}

/* ---- looking one up --------------------------------------------------------- */

struct wanted {
	const char *name;
	size_t len;
	const struct setting *found;
	struct nearest near;
};

/* The beginning of a name will do. The first of a name is the one that counts. */
static bool try_name(const struct setting *o, void *data)
{
	struct wanted *w = data;

	nearest_try(&w->near, o->name);
	if (strncmp(o->name, w->name, w->len))
		return true;
	if (!w->found || !o->name[w->len])
		w->found = o;
	return o->name[w->len];
}

static bool try_key(const struct setting *o, void *data)
{
	struct wanted *w = data;

	if (o->letter == *w->name)
		w->found = o;
	return !w->found;
}

const struct setting *option_find(const struct usage *usage, const char *arg)
{
	struct wanted w = { .name = arg + 1 };

	if (arg[1] != '-') {
		options_visit(usage, try_key, &w);
		return w.found;
	}
	w.name = arg + 2;
	w.len = strcspn(w.name, "=");
	w.near.word = "";
	options_visit(usage, try_name, &w);
	return w.found;
}

/* ---- a command's arguments -------------------------------------------------- */

/* Ends the program with what the option was perhaps to be. */
static void no_option(const struct usage *usage, const char *command,
		      const char *arg)
{
	static char name[64];
	struct wanted w = { .name = "\n", .len = 1, .near = { .word = name } };

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg + 2, "="),
		 arg + 2);
	options_visit(usage, try_name, &w);
	fprintf(stderr, "%s: no option '--%s', ", command, name);
	if (w.near.best)
		fprintf(stderr, "did you mean '--%s'? ", w.near.best);
	fprintf(stderr, "%s one that '%s --help' lists\n",
		w.near.best ? "Expected" : "expected", command);
	exit(EXIT_UNUSABLE);
}

/* Long options that are none, before argp sees them; and "-h". */
static void check_options(const struct usage *usage, int argc, char **argv)
{
	static char help[] = "--help";

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		const struct setting *o;

		if (!strcmp(argv[i], "-h"))
			argv[i] = help;
		if (argv[i][0] != '-' || !argv[i][1])
			continue;
		o = option_find(usage, argv[i]);
		if (!o && argv[i][1] == '-')
			no_option(usage, argv[0], argv[i]);
		if (o && option_takes_next(o, argv[i]))
			i++;
	}
}

bool option_takes_next(const struct setting *o, const char *arg)
{
	if (!o->arg || o->without)
		return false;
	return arg[1] == '-' ? !strchr(arg, '=') : !arg[2];
}

/* ---- what is behind an option ----------------------------------------------- */

static const char *nearest_word(const char *arg, const char *words)
{
	struct nearest near = { .word = arg };
	static char copy[128];
	char *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, "|")))
		nearest_try(&near, word);
	return nearest_expected(&near);
}

/* Which of "a|b|c" a word is, from 0; -1 if none. */
static int word_index(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (int i = 0; *words; i++) {
		size_t end = strcspn(words, "|");

		if (len == end && !strncmp(word, words, len))
			return i;
		words += end + (words[end] == '|');
	}
	return -1;
}

const char *common_word(const char *what, const char *arg, const char *words,
			int *word)
{
	*word = word_index(arg, words);
	if (*word >= 0)
		return NULL;
	return xasprintf("unknown %s '%s', %s one of %s", what, arg,
			 nearest_word(arg, words), words);
}

const char *common_number(const char *option, const char *arg,
			  unsigned long min, unsigned long max,
			  unsigned long *number)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || n < min || n > max)
		return xasprintf(
			"'%s' is no number for --%s, expected %lu to %lu", arg,
			option, min, max);
	*number = n;
	return NULL;
}

/* ---- what an option sets ------------------------------------------------------ */

static void store(const struct setting *s, void *field, unsigned long n)
{
	if (s->size == sizeof(bool))
		*(bool *)field = n;
	else if (s->size == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)n;
	else
		*(unsigned long *)field = n;
}

/* Returns what is wrong with the argument, if anything is. */
static const char *set(const struct setting *s, void *args, char *arg)
{
	void *field = (char *)args + s->offset;
	const char *wrong = NULL;
	unsigned long n = 0;
	int word;

	switch (s->kind) {
	case SET_BY:
		return s->by(field, arg);
	case SET_FLAG:
	case SET_NOT:
		*(bool *)field = s->kind == SET_FLAG;
		break;
	case SET_TEXT:
		if (arg && !*arg)
			return xasprintf("nothing behind --%s, expected %s",
					 s->name, s->arg);
		*(const char **)field = arg ? arg : s->without;
		break;
	case SET_WORD:
		wrong = common_word(s->what ? s->what : s->name, arg, s->arg,
				    &word);
		if (!wrong)
			store(s, field, s->min + word);
		break;
	case SET_NUMBER:
		wrong = common_number(s->name, arg, s->min, s->max, &n);
		if (!wrong)
			store(s, field, n);
		break;
	case SET_SHARD:
		return common_shard(arg, field);
	}
	return wrong;
}

/* ---- argp's tables, of ours ------------------------------------------------------ */

/* The input of a parser: of a command's own options, or of the common ones. */
struct option_parser {
	const struct usage *usage; /* NULL for the common ones */
	const struct setting *settings;
	void *args;
	struct option_parser *common;
	uint64_t given; /* which of @settings, a bit each */
};

/* Those without a letter are numbered, from behind all letters. */
static int key_of(const struct setting *table, const struct setting *s)
{
	return s->letter ? s->letter : UCHAR_MAX + 1 + (int)(s - table);
}

static struct words *words_of(const struct option_parser *p)
{
	return (void *)((char *)p->args + p->usage->words);
}

static void take_words(const struct option_parser *p, struct argp_state *state)
{
	struct words *words = words_of(p);

	words->v = state->argv + state->next;
	words->nr = state->argc - state->next;
	state->next = state->argc;
}

static void end_if(const char *wrong, struct argp_state *state)
{
	if (wrong)
		argp_error(state, "%s", wrong);
}

static bool is_given(const struct option_parser *p, const struct setting *s)
{
	return p->given >> (s - p->settings) & 1;
}

/* The first of the options given that one of them does not go with, or NULL. */
static const struct setting *against(const struct option_parser *p,
				     const struct setting *s)
{
	const char *names = s->not_with ?: "";

	for (const struct setting *o = p->settings; o->name; o++)
		if (is_given(p, o) && word_index(o->name, names) >= 0)
			return o;
	return NULL;
}

/* What is given and would not be looked at. */
static const char *check_together(const struct option_parser *p)
{
	for (const struct setting *s = p->settings; s && s->name; s++) {
		const struct setting *o = is_given(p, s) ? against(p, s) : NULL;

		if (o)
			return xasprintf("--%s is for %s, expected no --%s",
					 s->name, s->is_for, o->name);
	}
	return NULL;
}

static error_t parse_option(struct option_parser *p, int key, char *arg,
			    struct argp_state *state)
{
	for (const struct setting *s = p->settings; s && s->name; s++)
		if (key_of(p->settings, s) == key) {
			p->given |= 1ULL << (s - p->settings);
			end_if(set(s, p->args, arg), state);
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static const char *check_all(const struct option_parser *p)
{
	if (p->usage->no_words && !words_of(p)->nr)
		return p->usage->no_words;
	return p->usage->check ? p->usage->check(p->args) : NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct option_parser *p = state->input;

	if (key == ARGP_KEY_END)
		end_if(check_together(p), state);
	if (key == ARGP_KEY_INIT && p->common)
		state->child_inputs[0] = p->common;
	else if (key == ARGP_KEY_ARGS && p->usage)
		take_words(p, state);
	else if (key == ARGP_KEY_END && p->usage)
		end_if(check_all(p), state);
	else
		return parse_option(p, key, arg, state);
	return 0;
}

/* Help ends with a table. argp frees what is not @text. */
static char *help_filter(int key, const char *text, void *input)
{
	const struct option_parser *p = input;
	struct buffer b;

	if (key != ARGP_KEY_HELP_POST_DOC || !p->usage || !p->usage->list)
		return (char *)text;
	p->usage->list(buffer_open(&b));
	return buffer_text(&b);
}

/* Without those that @own has, too. */
static struct argp_option *for_argp(const struct setting *table,
				    const struct setting *own)
{
	struct argp_option *options;
	size_t nr = 0;

	while (table && table[nr].name)
		nr++;
	options = xcalloc(nr + 1, sizeof(*options));
	for (size_t i = 0; i < nr; i++)
		options[i] = (struct argp_option){
			.name = table[i].name,
			.key = key_of(table, &table[i]),
			.arg = table[i].arg,
			.flags = (table[i].without ? OPTION_ARG_OPTIONAL : 0) |
				 (has_name(own, table[i].name) ? OPTION_HIDDEN
							       : 0),
			.doc = table[i].doc,
		};
	return options;
}

/*
 * argp has 80 columns. Where there are less, an option has lines of its own. What
 * the environment says is left out: with a margin of 5, argp does not end.
 */
static void narrow_help(void)
{
	char format[80];
	int width = text_width();

	unsetenv("ARGP_HELP_FMT");
	if (width == WIDTH_USUAL)
		return;
	snprintf(format, sizeof(format),
		 "rmargin=%d,short-opt-col=0,long-opt-col=2,opt-doc-col=8",
		 width - 1);
	setenv("ARGP_HELP_FMT", format, true);
}

void parse_args(const struct usage *usage, int argc, char **argv, void *args)
{
	struct option_parser common = { .settings = common_settings,
					.args = args };
	struct option_parser own = {
		.usage = usage,
		.settings = usage->settings,
		.args = args,
		.common = usage->bare ? NULL : &common,
	};
	struct argp_option *options __free(free) =
		for_argp(usage->settings, NULL);
	struct argp_option *common_options __free(free) =
		for_argp(common_settings, usage->settings);
	const struct argp common_argp = { common_options, parse };
	const struct argp_child children[] = {
		{ &common_argp, 0, "Common options:", -2 },
		{ 0 },
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = usage->args_doc,
		.doc = usage->doc,
		.children = usage->bare ? NULL : children,
		.help_filter = help_filter,
	};

	narrow_help();
	check_options(usage, argc, argv);
	/* The parsers themselves end the program if something is wrong. */
	if (argp_parse(&argp, argc, argv, 0, NULL, &own))
		out_of_memory();
}
