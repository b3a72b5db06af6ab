// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas manual: a page for each command, as reStructuredText, which Sphinx makes
 * manual pages of. All of it is what --help prints.
 */
#include <string.h>

#include "cmd/cmd.h"
#include "lib/stream.h"

/* What means something to reStructuredText does not. */
static void put_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("*`|_\\", text[i]))
			putchar('\\');
		putchar(text[i]);
	}
}

static void put_all(const char *text)
{
	put_text(text, strlen(text));
}

static void heading(const char *text, char line)
{
	int len = printf("\n%s\n", text) - 2;

	while (len--)
		putchar(line);
	puts("\n");
}

/* Each line of @doc is a way to call it. */
static void put_usage(const struct command *c)
{
	const char *doc = c->usage->args_doc ? c->usage->args_doc : "";

	do {
		size_t len = strcspn(doc, "\n");

		printf("| **vmatlas %s** [*OPTION*...] ", c->name);
		put_text(doc, len);
		putchar('\n');
		doc += len + (doc[len] == '\n');
	} while (*doc);
}

/* Paragraphs; a line that begins with a blank is an example. */
static void put_paragraphs(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		size_t line = strcspn(text, "\n");

		if (line > (size_t)(end - text))
			line = end - text;
		if (*text == ' ') {
			fputs("::\n\n", stdout);
			printf("%.*s\n\n", (int)line, text);
		} else {
			put_text(text, line);
			puts("\n");
		}
		text += line;
		text += strspn(text, "\n");
	}
}

static bool put_option(const struct setting *o, void *data)
{
	const char *before = o->without ? "[=" : "=";

	if (o->letter)
		printf("**-%c**, ", o->letter);
	printf("**--%s**", o->name);
	if (o->arg) {
		printf("\\ %s\\ *", before);
		put_all(o->arg);
		fputs(*before == '[' ? "*\\ ]" : "*", stdout);
	}
	fputs("\n    ", stdout);
	put_all(o->doc);
	puts("\n");
	return true;
}

/* What --help has behind the options: text, and tables as they are. */
static void put_rest(const struct usage *usage, const char *text)
{
	struct buffer b;

	if (usage->list || (text && *text))
		heading("Notes", '-');
	if (!usage->list) {
		if (text)
			put_paragraphs(text, strlen(text));
		return;
	}
	puts("::\n");
	usage->list(buffer_open(&b));
	for (char *rest = buffer_text(&b), *line; (line = strsep(&rest, "\n"));)
		printf(*line ? "    %s\n" : "%s\n", line);
	free(b.text);
}

static void put_page(const struct command *c)
{
	const char *doc = c->usage->doc;
	size_t len = strcspn(doc, "\v");

	fputs(".. SPDX-License-Identifier: GPL-2.0-only\n", stdout);
	heading(c->name, '=');
	printf(".. only:: html\n\n   %s.\n", c->what);
	heading("Synopsis", '-');
	put_usage(c);
	heading("Description", '-');
	put_paragraphs(doc, len);
	heading("Options", '-');
	options_visit(c->usage, put_option, NULL);
	put_rest(c->usage, doc[len] ? doc + len + 1 : NULL);
}

int cmd_manual(int argc, char **argv)
{
	const struct command *c = argc > 1 ? command_find(argv[1]) : NULL;

	if (argc == 1) {
		for (c = commands; c->name; c++)
			if (c->usage)
				printf("%s\t%s\n", c->name, c->what);
		return EXIT_FINE;
	}
	if (argc > 2 || !c || !c->usage)
		return unusable(
			"vmatlas manual: expected one command that 'vmatlas manual' lists\n");
	put_page(c);
	return EXIT_FINE;
}
