// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas check: hold every statement of the catalogue against the simulator. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/check-page.h"
#include "cmd/cmd.h"
#include "cmd/runner.h"
#include "lib/file.h"
#include "lib/memory.h"
#include "lib/stream.h"

#define STDOUT "-" /* Check's own name for it */

struct check_args {
	struct common common;
	struct words files;
	const char *tap;
	const char *xml;
	const char *page;
};

static bool both_to_stdout(const struct check_args *a)
{
	return a->tap && a->xml && !strcmp(a->tap, STDOUT) &&
	       !strcmp(a->xml, STDOUT);
}

static const char *check_args(const void *args)
{
	const struct check_args *a = args;

	if (a->common.json && (a->tap || a->xml))
		return "--format json with --tap or --xml, expected one of them";
	if (both_to_stdout(a))
		return "both TAP and XML to standard output, expected a FILE for one of them";
	if (a->tap && a->xml && *a->tap && !strcmp(a->tap, a->xml))
		return xasprintf("both TAP and XML to '%s', expected two files",
				 a->tap);
	if (a->page && (a->tap || a->xml))
		return "no TAP or XML of a page, expected --format json";
	return NULL;
}

#define AT(member) FIELD(struct check_args, member)

static const struct setting settings[] = {
	{ "tap", "FILE", "write TAP to FILE (default: standard output)",
	  SET_TEXT, AT(tap), .without = STDOUT },
	{ "xml", "FILE", "write Check's XML to FILE (default: standard output)",
	  SET_TEXT, AT(xml), .without = STDOUT },
	{ "against", "PAGE",
	  "hold a page on the ten cases of the mail, in reStructuredText, against the simulator instead",
	  SET_TEXT, AT(page) },
	{ 0 },
};

const struct usage check_usage = {
	.settings = settings,
	.args_doc = "[FILE...]",
	.doc = "Run every case of the catalogue, or of FILE..., on the simulator and compare what it derives with what is stated. With --against, compare a page with what it derives. A difference is printed side by side. Each case runs in a process of its own; CK_RUN_CASE=CASE in the environment selects one. Exit status 1 if a case or a line of the page is wrong.",
	.words = offsetof(struct check_args, files),
	.check = check_args,
};

/* ---- logs of Check -------------------------------------------------------- */

/*
 * A log that Check writes. It does not look whether its writes succeed, so a
 * log that is to become a file goes through a pipe into memory first.
 */
struct log {
	const char *wanted;
	int to;
	FILE *from;
	pthread_t reader;
	char path[32];
	FILE *out; /* not the thread's alone: in a child that is no leak */
	char *text;
	size_t len;
};

static void *read_log(void *data)
{
	struct log *log = data;
	char buf[4096];
	size_t len;

	while ((len = fread(buf, 1, sizeof(buf), log->from)))
		fwrite(buf, 1, len, log->out);
	return NULL;
}

/* Returns the name that Check is to write to, NULL if there can be none. */
static const char *log_begin(struct log *log, const char *wanted)
{
	int fd[2];

	if (!strcmp(wanted, STDOUT))
		return wanted;
	if (pipe2(fd, O_CLOEXEC))
		return NULL;
	log->to = fd[1];
	log->from = fdopen(fd[0], "r");
	log->out = stream_open(&log->text, &log->len);
	if (!log->from || pthread_create(&log->reader, NULL, read_log, log))
		return NULL;
	log->wanted = wanted;
	snprintf(log->path, sizeof(log->path), "/dev/fd/%d", log->to);
	return log->path;
}

/* The thread ends in any case. Returns 0, or -1 after saying what is wrong. */
static int log_end(struct log *log, bool drop)
{
	int err;

	if (!log->wanted)
		return 0;
	close(log->to);
	pthread_join(log->reader, NULL);
	fclose(log->from);
	stream_close(log->out);
	err = drop ? -1 : file_write(log->wanted, log->text, log->len, stderr);
	free(log->text);
	return err;
}

/* ---- running -------------------------------------------------------------- */

static bool judge(FILE *out, const struct catalog *cat,
		  const struct cat_case *c, const struct rules *rules)
{
	struct report *r __free(report) = report_run(cat, c, rules);

	report_print_mismatches(out, r, true);
	return report_ok(r);
}

/* CK_RUN_CASE and CK_RUN_SUITE select; they may name what is not there. */
static int status_of(SRunner *sr)
{
	if (!srunner_ntests_run(sr))
		return unusable(
			"vmatlas: no case was run, expected CK_RUN_CASE to name one and CK_RUN_SUITE to be unset\n");
	return srunner_ntests_failed(sr) ? EXIT_WRONG : EXIT_FINE;
}

/* Returns whether Check can write a log, if that is wanted. */
static bool begin_log(SRunner *sr, const char *wanted, struct log *log,
		      void (*set)(SRunner *sr, const char *name))
{
	const char *name = wanted ? log_begin(log, wanted) : NULL;

	if (name)
		set(sr, name);
	return name || !wanted;
}

static bool is_file(const char *log)
{
	return log && strcmp(log, STDOUT);
}

/* Whether no log takes the place of what was read, or of the other. */
static bool logs_are_apart(const struct check_args *a,
			   const struct catalog *cat)
{
	const char *const logs[] = { a->tap, a->xml };

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		for_each_family(cat, f)
			if (is_file(logs[i]) &&
			    input_is(f->pos.file, logs[i], stderr))
				return false;
	return !is_file(a->tap) || !is_file(a->xml) ||
	       !input_is(a->tap, a->xml, stderr);
}

static int run(const struct check_args *a, const struct catalog *cat)
{
	bool quiet = a->tap || a->xml;
	struct log tap = { 0 }, xml = { 0 };
	bool failed;
	SRunner *sr;
	int status;

	if (!logs_are_apart(a, cat))
		return EXIT_UNUSABLE;
	/* Lines that are no results are comments in TAP. */
	sr = srunner_create(
		runner_suite(cat, a->common.rules, judge, a->tap ? "# " : ""));
	if (!begin_log(sr, a->tap, &tap, srunner_set_tap) ||
	    !begin_log(sr, a->xml, &xml, srunner_set_xml)) {
		perror("vmatlas: cannot keep the log");
		return EXIT_UNUSABLE;
	}
	/* Check would ask for ever. */
	if (waitpid(-1, NULL, WNOHANG) < 0 && errno != ECHILD) {
		perror("vmatlas: cannot wait for a test's process");
		return EXIT_UNUSABLE;
	}
	srunner_run_all(sr, quiet ? CK_SILENT : CK_ENV);
	status = status_of(sr);
	srunner_free(sr);
	/* That both are one file shows where it was not there before, too. */
	failed = log_end(&tap, false) ||
		 (tap.wanted && xml.wanted && input_is(a->tap, a->xml, stderr));
	if (log_end(&xml, failed) || failed)
		status = EXIT_UNUSABLE;
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct check_args a = { .common = COMMON_INIT };

	parse_args(&check_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) =
		a.files.nr ? catalog_load((const char *const *)a.files.v,
					  a.files.nr, stderr)
			   : common_load(&a.common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	if (a.page)
		return check_page(a.page, cat, &a.common);
	if (a.common.json)
		return common_json(cat, &a.common, &(struct words){ 0 });
	return run(&a, cat);
}
