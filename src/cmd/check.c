// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas check: hold every statement of the catalogue against the simulator. */
#include <stdlib.h>

#include "cmd/cmd.h"

enum { OPT_TAP = 0x200, OPT_XML };

static const struct argp_option options[] = {
	{ "tap", OPT_TAP, "FILE", OPTION_ARG_OPTIONAL,
	  "write TAP to FILE (default: standard output)", 0 },
	{ "xml", OPT_XML, "FILE", OPTION_ARG_OPTIONAL,
	  "write Check's XML to FILE (default: standard output)", 0 },
	{ 0 },
};

struct args {
	struct common common;
	struct words files;
	const char *tap;
	const char *xml;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARGS:
		words_rest(&a->files, state);
		return 0;
	case OPT_TAP:
		a->tap = arg ? arg : "/dev/stdout";
		return 0;
	case OPT_XML:
		a->xml = arg ? arg : "/dev/stdout";
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE...]",
	.doc = "Run every case of the catalogue, or of FILE..., on the "
	       "simulator and compare what it derives with what is stated. "
	       "Exit status 1 if a case fails.",
	.children = common_children,
};

static bool judge(FILE *out, const struct catalog *cat,
		  const struct cat_case *c, const struct rules *rules)
{
	struct report *r = report_run(cat, c, rules);
	bool ok = report_ok(r);

	report_print_mismatches(out, r);
	report_free(r);
	return ok;
}

static int run(const struct args *a, const struct catalog *cat)
{
	SRunner *sr = srunner_create(runner_suite(cat, a->common.rules, judge));
	bool quiet = a->tap || a->xml;
	int failed;

	if (a->tap)
		srunner_set_tap(sr, a->tap);
	if (a->xml)
		srunner_set_xml(sr, a->xml);
	srunner_run_all(sr, quiet ? CK_SILENT : CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_WRONG : EXIT_FINE;
}

int cmd_check(int argc, char **argv)
{
	struct args a = { .common = COMMON_INIT };
	struct catalog *cat;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.files.nr)
		cat = catalog_load((const char *const *)a.files.v, a.files.nr,
				   stderr);
	else
		cat = common_load(&a.common);
	if (!cat)
		return EXIT_UNUSABLE;
	status = run(&a, cat);
	catalog_free(cat);
	return status;
}
