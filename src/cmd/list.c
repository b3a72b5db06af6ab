// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas list: the identifiers, one a line. */
#include <jansson.h>

#include "cmd/cmd.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Print the identifiers of all cases, one a line.",
	.children = common_children,
};

static void list_text(const struct catalog *cat)
{
	for_each_family(cat, f)
		for_each_case(f, c)
			puts(c->id);
}

static void list_json(const struct catalog *cat)
{
	json_t *ids = json_array();

	for_each_family(cat, f)
		for_each_case(f, c)
			json_array_append_new(ids, json_string(c->id));
	json_dumpf(ids, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(ids);
}

int cmd_list(int argc, char **argv)
{
	struct common common = COMMON_INIT;
	struct catalog *cat;

	argp_parse(&argp, argc, argv, 0, NULL, &common);
	cat = common_load(&common);
	if (!cat)
		return EXIT_UNUSABLE;
	if (common.json)
		list_json(cat);
	else
		list_text(cat);
	catalog_free(cat);
	return EXIT_FINE;
}
