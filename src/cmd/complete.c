// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas complete: what can stand in a place of a command line, for a shell. It is
 * in the options' tables: an argument is one of the words there ("text|json") or, in
 * capitals, of a kind. One a line, with a tab and a description; ":files" and ":dirs"
 * leave it to the shell.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/template.h"
#include "lib/text.h"

/* ---- what can be said ------------------------------------------------------- */

/**
 * struct place - where the cursor is
 * @command: of which command, NULL if it is to be completed itself
 * @option: whose argument it is, NULL if it is none
 * @before: what is before that in the same word: "--format="
 * @typed: what there is of it
 * @nr: how many arguments that are no options are before
 */
struct place {
	const struct command *command;
	const struct setting *option;
	char before[64];
	const char *typed;
	size_t nr;
};

static void offer(const struct place *p, const char *word, const char *what)
{
	size_t len;

	if (strncmp(word, p->typed, strlen(p->typed)))
		return;
	len = what ? strcspn(what, "\n") : 0;
	printf("%s%s\t%.*s\n", p->before, word, (int)len, what ? what : "");
}

static void offer_cases(const struct place *p)
{
	FILE *nowhere = fopen("/dev/null", "we");
	const struct common common = COMMON_INIT;
	struct catalog *cat __free(catalog) =
		nowhere ? common_load(&common, nowhere) : NULL;

	if (cat)
		for_each_case_of_all(cat, c)
			offer(p, c->id, c->title.text);
	if (nowhere)
		fclose(nowhere);
}

static void offer_rules(const struct place *p)
{
	offer(p, "latest", "the newest");
	for_each_rules(r)
		offer(p, r->version, "Linux");
}

static void offer_formats(const struct place *p)
{
	for (const struct format *f = formats; f->name; f++)
		offer(p, f->name, f->what);
}

static void offer_readers(const struct place *p)
{
	for_each_reader(r)
		offer(p, r->name, r->what);
}

static void offer_calls(const struct place *p)
{
	for (enum syscall_kind kind = CALL_END + 1; kind < NR_CALLS; kind++)
		offer(p, syscall_name(kind), "system call");
}

static void offer_refusals(const struct place *p)
{
	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		offer(p, refusal_names[why], refusal_texts[why]);
}

static void offer_pids(const struct place *p)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			offer(p, entry->d_name, "process");
	if (proc)
		closedir(proc);
}

static void offer_commands(const struct place *p)
{
	for (const struct command *c = commands; c->name; c++)
		offer(p, c->name, c->what);
}

/*
 * What the capitals in the tables stand for. Of others nothing is known. @shell: what
 * the shell is to offer itself.
 */
static const struct {
	const char *kind;
	void (*offer)(const struct place *p);
	const char *shell;
} kinds[] = {
	{ "CASE", offer_cases },      { "ID", offer_cases },
	{ "VERSION", offer_rules },   { "FORMAT", offer_formats },
	{ "READER", offer_readers },  { "CALL", offer_calls },
	{ "OPERATION", offer_calls }, { "RULE", offer_refusals },
	{ "PID", offer_pids },	      { "FILE", NULL, ":files" },
	{ "MAPS", NULL, ":files" },   { "PATH", NULL, ":files" },
	{ "TRACE", NULL, ":files" },  { "OLD", NULL, ":files" },
	{ "NEW", NULL, ":files" },    { "PROGRAM", NULL, ":files" },
	{ "DIR", NULL, ":dirs" },
};

/* "[CASE...]", "text|json", "READER|all" */
static void offer_of(const struct place *p, const char *form)
{
	char copy[256], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", form);
	while ((word = strsep(&rest, " |[].,=\n"))) {
		if (islower((unsigned char)*word))
			offer(p, word, NULL);
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			if (strcmp(word, kinds[i].kind))
				continue;
			if (kinds[i].offer)
				kinds[i].offer(p);
			else
				puts(kinds[i].shell);
		}
	}
}

static bool offer_option(const struct setting *o, void *data)
{
	char name[64];
	bool needs = o->arg && !o->without;

	snprintf(name, sizeof(name), "--%s%s", o->name, needs ? "=" : "");
	offer(data, name, o->doc);
	return true;
}

/* ---- where the cursor is ---------------------------------------------------- */

/* bash has "--format", "=" and "json" as words of their own. */
static const struct setting *before(const struct usage *usage, char **words,
				    size_t at)
{
	const struct setting *o;

	if (at && !strcmp(words[at], "="))
		at--;
	if (words[at][0] != '-' || !usage)
		return NULL;
	o = option_find(usage, words[at]);
	return o && option_takes_next(o, words[at]) ? o : NULL;
}

static void find_option(struct place *p, char **words, size_t nr)
{
	const char *last = words[nr - 1], *equals = strchr(last, '=');
	const struct usage *usage = p->command->usage;

	p->typed = last;
	if (!strcmp(last, "=")) {
		p->typed = "";
		p->option = before(usage, words, nr - 1);
	} else if (last[0] == '-' && last[1] == '-' && equals && usage) {
		p->option = option_find(usage, last);
		p->typed = equals + 1;
		snprintf(p->before, sizeof(p->before), "%.*s",
			 (int)(p->typed - last), last);
	} else if (nr > 1) {
		p->option = before(usage, words, nr - 2);
	}
	for (size_t i = 0; i + 1 < nr; i++)
		p->nr += *words[i] != '-' && *words[i] != '=' &&
			 !(i && before(usage, words, i - 1));
}

static void complete_words(struct place *p)
{
	const char *form =
		p->command->usage ? p->command->usage->args_doc : NULL;

	if (p->command->run == cmd_help) {
		if (!p->nr)
			offer_commands(p);
		return;
	}
	if (!form)
		return;
	/* The format is the first, and nothing else is. */
	if (begins_with(form, "FORMAT"))
		form = p->nr ? "CASE" : "FORMAT";
	offer_of(p, form);
}

int cmd_complete(int argc, char **argv)
{
	struct place p = { .typed = argc > 1 ? argv[1] : "" };

	if (argc < 3) {
		offer_commands(&p);
		return EXIT_FINE;
	}
	p.command = command_find(argv[1]);
	if (!p.command)
		return EXIT_FINE;
	find_option(&p, argv + 2, argc - 2);
	if (p.option && p.option->arg)
		offer_of(&p, p.option->arg);
	else if (*p.typed == '-' && p.command->usage)
		options_visit(p.command->usage, offer_option, &p);
	else
		complete_words(&p);
	return EXIT_FINE;
}

/* ---- what the shells ask ----------------------------------------------- */

static const char *check_args(const void *args)
{
	const struct words *words = args;
	int shell;
	const char *wrong =
		common_word("shell", words->v[0], "bash|zsh|fish", &shell);

	if (!wrong && words->nr > 1)
		return xasprintf(
			"'%s' is one word too many, expected one shell",
			words->v[1]);
	return wrong;
}

const struct usage completion_usage = {
	.args_doc = "bash|zsh|fish",
	.doc = "Print what makes a shell complete commands, options, cases and all other words of vmatlas. What is installed has it where the shells look for it; otherwise:\n\n"
	       "  eval \"$(vmatlas completion bash)\"",
	.no_words = "no shell, expected bash, zsh or fish",
	.bare = true,
	.check = check_args,
};

int cmd_completion(int argc, char **argv)
{
	struct words words = { 0 };
	char name[32], *text;

	parse_args(&completion_usage, argc, argv, &words);
	snprintf(name, sizeof(name), "cmd/completion/%s", words.v[0]);
	text = template_read(name);
	fputs(text, stdout);
	free(text);
	return EXIT_FINE;
}
