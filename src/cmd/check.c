// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas check: hold every statement of the catalogue against the simulator. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"

enum { OPT_TAP = 0x200, OPT_XML };

static const struct argp_option options[] = {
	{ "tap", OPT_TAP, "FILE", OPTION_ARG_OPTIONAL,
	  "write TAP to FILE (default: standard output)", 0 },
	{ "xml", OPT_XML, "FILE", OPTION_ARG_OPTIONAL,
	  "write Check's XML to FILE (default: standard output)", 0 },
	{ 0 },
};

#define STDOUT "-" /* Check's own name for it */

struct args {
	struct common common;
	struct words files;
	const char *tap;
	const char *xml;
};

static bool both_to_stdout(const struct args *a)
{
	return a->tap && a->xml && !strcmp(a->tap, STDOUT) &&
	       !strcmp(a->xml, STDOUT);
}

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
	case ARGP_KEY_END:
		if (both_to_stdout(a))
			argp_error(state, "both TAP and XML to standard output,"
					  " expected a FILE for one of them");
		return 0;
	case OPT_TAP:
		a->tap = arg ? arg : STDOUT;
		return 0;
	case OPT_XML:
		a->xml = arg ? arg : STDOUT;
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

/* ---- logs of Check -------------------------------------------------------- */

/*
 * A log that Check writes. It does not look whether its writes succeed, so a
 * log that is to become a file goes to a temporary one first.
 */
struct log {
	const char *wanted;
	FILE *temporary;
	char path[32];
};

static const char *log_begin(struct log *log, const char *wanted)
{
	log->wanted = wanted;
	if (!wanted || !strcmp(wanted, STDOUT))
		return wanted;
	log->temporary = tmpfile();
	snprintf(log->path, sizeof(log->path), "/dev/fd/%d",
		 fileno(log->temporary));
	return log->path;
}

static void copy(FILE *from, FILE *to)
{
	char buf[4096];
	size_t len;

	rewind(from);
	while ((len = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, len, to);
}

/* Returns 0, or -1 after saying what is wrong. */
static int log_end(struct log *log)
{
	char *name, *dir;
	struct files *files;
	int err;

	if (!log->temporary)
		return 0;
	name = xstrdup(log->wanted);
	dir = xstrdup(log->wanted);
	files = files_new();
	copy(log->temporary, files_add(files, "%s", basename(name)));
	fclose(log->temporary);
	err = files_write(files, dirname(dir), stderr);
	files_free(files);
	free(name);
	free(dir);
	return err;
}

/* ---- running -------------------------------------------------------------- */

static bool judge(FILE *out, const struct catalog *cat,
		  const struct cat_case *c, const struct rules *rules)
{
	struct report *r = report_run(cat, c, rules);
	bool ok = report_ok(r);

	report_print_mismatches(out, r, true);
	report_free(r);
	return ok;
}

/* CK_RUN_CASE and CK_RUN_SUITE select; they may name what is not there. */
static int status_of(SRunner *sr)
{
	if (!srunner_ntests_run(sr)) {
		fputs("vmatlas: no case was run, expected CK_RUN_CASE to name "
		      "one and CK_RUN_SUITE to be unset\n",
		      stderr);
		return EXIT_UNUSABLE;
	}
	return srunner_ntests_failed(sr) ? EXIT_WRONG : EXIT_FINE;
}

static int run(const struct args *a, const struct catalog *cat)
{
	bool quiet = a->tap || a->xml;
	struct log tap = { 0 }, xml = { 0 };
	SRunner *sr;
	int status;

	/* Lines that are no results are comments in TAP. */
	sr = srunner_create(
		runner_suite(cat, a->common.rules, judge, a->tap ? "# " : ""));
	if (a->tap)
		srunner_set_tap(sr, log_begin(&tap, a->tap));
	if (a->xml)
		srunner_set_xml(sr, log_begin(&xml, a->xml));
	srunner_run_all(sr, quiet ? CK_SILENT : CK_ENV);
	status = status_of(sr);
	srunner_free(sr);
	if (log_end(&tap) || log_end(&xml))
		status = EXIT_UNUSABLE;
	return status;
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
	status = a.common.json ? common_json(cat, &a.common, NULL, 0)
			       : run(&a, cat);
	catalog_free(cat);
	return status;
}
