// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas list: which cases there are. */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/words.h"
#include "lib/stream.h"
#include "lib/text.h"

#define INDENT 4

/* In the order of enum role. */
#define ROLES "extend|shrink|partial-overwrite|delete|split|create"

struct list_args {
	struct common common;
	struct words words;
	const char *syscall;
	enum role role; /* ROLE_NONE for any */
	bool full;
};

/* "partial overwrite" as well: easier to read than to type. */
static const char *parse_role(void *args, char *arg)
{
	struct list_args *a = args;
	int role = 0;
	const char *wrong;

	for (char *at = strchr(arg, ' '); at; at = strchr(at, ' '))
		*at = '-';
	wrong = common_word("role", arg, ROLES, &role);
	a->role = ROLE_NONE + 1 + role;
	return wrong;
}

#define AT(member) FIELD(struct list_args, member)

static const struct setting settings[] = {
	{ "syscall", "CALL", "only cases that this system call causes",
	  SET_TEXT, AT(syscall) },
	{ "role", ROLES, "only cases in which this becomes of a VMA",
	  .by = parse_role },
	{ "long", NULL,
	  "title, roles and system calls, too: the default on a terminal",
	  SET_FLAG, AT(full) },
	{ "ids", NULL,
	  "identifiers only: the default where no terminal reads them", SET_NOT,
	  AT(full) },
	{ 0 },
};

const struct usage list_usage = {
	.settings = settings,
	.args_doc = "[CASE...]",
	.doc = "Print the identifiers of CASE..., or of all cases, one a line.",
	.words = offsetof(struct list_args, words),
};

/* ---- which ---------------------------------------------------------------- */

static bool has_role(const struct cat_case *c, enum role role)
{
	for (size_t i = 0; i < c->nr_roles; i++)
		if (c->roles[i].role == role)
			return true;
	return role == ROLE_NONE;
}

/* "brk" or "brk()". */
static bool has_syscall(const struct cat_case *c, const char *name)
{
	size_t len;

	if (!name)
		return true;
	len = strcspn(name, "(");
	for (size_t i = 0; i < c->syscalls.nr; i++)
		if (!strncmp(c->syscalls.text[i].text, name, len) &&
		    !c->syscalls.text[i].text[len])
			return true;
	return false;
}

static bool is_listed(const struct list_args *a, const struct cat_case *c)
{
	return words_ask_for(&a->words, c) && has_role(c, a->role) &&
	       has_syscall(c, a->syscall);
}

/* A name that no case has is a slip. */
static bool is_syscall(const struct list_args *a, const struct catalog *cat)
{
	struct nearest near = { .word = a->syscall };

	for_each_case_of_all(cat, c) {
		if (has_syscall(c, a->syscall))
			return true;
		for (size_t i = 0; i < c->syscalls.nr; i++)
			nearest_try(&near, c->syscalls.text[i].text);
	}
	fprintf(stderr,
		"vmatlas: unknown system call '%s', %s one that 'vmatlas list --long' prints\n",
		a->syscall, nearest_expected(&near));
	return false;
}

/* ---- text ------------------------------------------------------------------ */

static void print_wrapped(char *text)
{
	printf("%*s", INDENT, "");
	wrap_drop(stdout, INDENT, text);
}

static void print_roles(FILE *out, const struct cat_case *c)
{
	for (size_t i = 0; i < c->nr_roles; i++)
		fprintf(out, "%s%s: %s", i ? ", " : "", c->roles[i].name,
			role_names[c->roles[i].role]);
}

static void print_syscalls(FILE *out, const struct cat_case *c)
{
	for (size_t i = 0; i < c->syscalls.nr; i++)
		fprintf(out, "%s%s()", i ? ", " : "", c->syscalls.text[i].text);
}

static void print_case(const struct list_args *a, const struct cat_case *c)
{
	if (!a->full) {
		puts(c->id);
		return;
	}
	common_print_title(&a->common, c);
	print_wrapped(PRINTED(out, print_roles(out, c)));
	print_wrapped(PRINTED(out, print_syscalls(out, c)));
}

/* ---- all of it ---------------------------------------------------------------- */

static void list_text(const struct list_args *a, const struct catalog *cat)
{
	for_each_case_of_all(cat, c)
		if (is_listed(a, c))
			print_case(a, c);
}

static void list_json(const struct list_args *a, const struct catalog *cat)
{
	json_t *ids = json_array();
	json_t *json = json_pack("{s:o}", "cases", ids);

	for_each_case_of_all(cat, c)
		if (is_listed(a, c))
			json_array_append_new(ids, json_string(c->id));
	common_print_json(json, 2);
}

int cmd_list(int argc, char **argv)
{
	struct list_args a = {
		.common = COMMON_INIT,
		.full = isatty(STDOUT_FILENO),
	};

	parse_args(&list_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat || !words_are_cases(&a.words, cat) || !is_syscall(&a, cat))
		return EXIT_UNUSABLE;
	if (a.common.json)
		list_json(&a, cat);
	else
		list_text(&a, cat);
	return EXIT_FINE;
}
