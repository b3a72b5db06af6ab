// SPDX-License-Identifier: GPL-2.0-only
/* Options as argp has them in tables: looking one up, and what a slip was to be. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/text.h"

/* What argp adds to those of a command. */
static const struct argp_option of_argp[] = {
	{ "help", '?', 0, 0, "print this", 0 },
	{ "usage", 0x10000, 0, 0, "print all options in short", 0 },
	{ "version", 'V', 0, 0, "print the version", 0 },
	{ 0 },
};

static bool visit_all(const struct argp_option *o, option_fn *visit, void *data)
{
	for (; o->name || o->key || o->doc; o++)
		if (o->name && !visit(o, data))
			return false;
	return true;
}

void options_visit(const struct argp *argp, option_fn *visit, void *data)
{
	const struct argp_child *child = argp->children;

	if (argp->options && !visit_all(argp->options, visit, data))
		return;
	for (; child && child->argp; child++)
		if (!visit_all(child->argp->options, visit, data))
			return;
	visit_all(of_argp, visit, data);
}

/* ---- looking one up --------------------------------------------------------- */

struct wanted {
	const char *name;
	size_t len;
	const struct argp_option *found;
	struct nearest near;
};

/* The beginning of a name will do. The first of a name is the one that counts. */
static bool try_name(const struct argp_option *o, void *data)
{
	struct wanted *w = data;

	nearest_try(&w->near, o->name);
	if (strncmp(o->name, w->name, w->len))
		return true;
	if (!w->found || !o->name[w->len])
		w->found = o;
	return o->name[w->len];
}

static bool try_key(const struct argp_option *o, void *data)
{
	struct wanted *w = data;

	if (o->key == *w->name)
		w->found = o;
	return !w->found;
}

const struct argp_option *option_find(const struct argp *argp, const char *arg)
{
	struct wanted w = { .name = arg + 1 };

	if (arg[1] != '-') {
		options_visit(argp, try_key, &w);
		return w.found;
	}
	w.name = arg + 2;
	w.len = strcspn(w.name, "=");
	w.near.word = "";
	options_visit(argp, try_name, &w);
	return w.found;
}

/* ---- a command's arguments -------------------------------------------------- */

/* Ends the program with what the option was perhaps to be. */
static void no_option(const struct argp *argp, const char *command,
		      const char *arg)
{
	static char name[64];
	struct wanted w = { .name = "\n", .len = 1, .near = { .word = name } };

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg + 2, "="),
		 arg + 2);
	options_visit(argp, try_name, &w);
	fprintf(stderr, "%s: no option '--%s', ", command, name);
	if (w.near.best)
		fprintf(stderr, "did you mean '--%s'? ", w.near.best);
	fprintf(stderr, "%s one that '%s --help' lists\n",
		w.near.best ? "Expected" : "expected", command);
	exit(EXIT_UNUSABLE);
}

/* Long options that are none, before argp sees them; and "-h". */
static void check_options(const struct argp *argp, int argc, char **argv)
{
	static char help[] = "--help";

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		const struct argp_option *o;

		if (!strcmp(argv[i], "-h"))
			argv[i] = help;
		if (argv[i][0] != '-' || !argv[i][1])
			continue;
		o = option_find(argp, argv[i]);
		if (!o && argv[i][1] == '-')
			no_option(argp, argv[0], argv[i]);
		if (o && option_takes_next(o, argv[i]))
			i++;
	}
}

bool option_takes_next(const struct argp_option *o, const char *arg)
{
	if (!o->arg || (o->flags & OPTION_ARG_OPTIONAL))
		return false;
	return arg[1] == '-' ? !strchr(arg, '=') : !arg[2];
}

void parse_args(const struct argp *argp, int argc, char **argv, void *input)
{
	check_options(argp, argc, argv);
	/* The parsers themselves end the program if something is wrong. */
	if (argp_parse(argp, argc, argv, 0, NULL, input))
		out_of_memory();
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

int common_word(const char *what, const char *arg, const char *words,
		struct argp_state *state)
{
	size_t len = strlen(arg);
	int i = 0;

	for (const char *word = words; *word; i++) {
		size_t end = strcspn(word, "|");

		if (len == end && !strncmp(arg, word, len))
			return i;
		word += end + (word[end] == '|');
	}
	argp_error(state, "unknown %s '%s', %s one of %s", what, arg,
		   nearest_word(arg, words), words);
	return 0;
}

unsigned long common_number(const char *option, const char *arg,
			    unsigned long min, unsigned long max,
			    struct argp_state *state)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || n < min || n > max)
		argp_error(state,
			   "'%s' is no number for --%s, expected %lu to %lu",
			   arg, option, min, max);
	return n;
}

/* ---- what an option sets ------------------------------------------------------ */

/* argp puts a command's options below some of its own. */
static const char *name_of(const struct argp *argp, int key)
{
	const struct argp_option *o = argp->options;
	const struct argp_child *child = argp->children;
	const char *name = NULL;

	for (; o && (o->name || o->key || o->doc); o++)
		if (o->key == key && o->name)
			return o->name;
	for (; child && child->argp && !name; child++)
		name = name_of(child->argp, key);
	return name;
}

static void set_number(const struct setting *s, void *field, const char *arg,
		       struct argp_state *state)
{
	const char *name = name_of(state->root_argp, s->key);
	unsigned long n = common_number(name, arg, s->min, s->max, state);

	if (s->size == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)n;
	else
		*(unsigned long *)field = n;
}

static void set(const struct setting *s, char *arg, struct argp_state *state)
{
	void *field = (char *)state->input + s->offset;

	switch (s->kind) {
	case SET_FLAG:
		*(bool *)field = true;
		break;
	case SET_TEXT:
		*(const char **)field = arg;
		break;
	case SET_NUMBER:
		set_number(s, field, arg, state);
		break;
	case SET_SHARD:
		common_shard(arg, field, state);
		break;
	case SET_WORDS:
		words_rest(field, state);
		break;
	}
}

error_t settings_parse(const struct setting *s, int key, char *arg,
		       struct argp_state *state)
{
	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = state->input;
		return 0;
	}
	for (; s->key; s++) {
		if (s->key != key)
			continue;
		set(s, arg, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}
