// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas explain: why a process has so many VMAs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/explain.h"
#include "cmd/process.h"
#include "cmd/words.h"
#include "lib/jobs.h"
#include "lib/text.h"

#define MAX_WATCH 86400UL

/* So many processes are listed for who asked for nothing. */
#define BIGGEST 10

/* ---- what is asked for -------------------------------------------------- */

struct explain_args {
	struct common common;
	struct words files;
	pid_t pid; /* 0 for none */
	bool has_show;
	uint64_t show;
	bool summary;
	unsigned int watch; /* 0 for once */
	bool strict;
	uint64_t page_size;  /* 0 to find it out */
	unsigned long limit; /* 0 for the default */
	bool all;
	struct explain_all_args whole;
};

static const char *parse_address(void *args, char *arg)
{
	struct explain_args *a = args;
	const char *digits = begins_with(arg, "0x") ? arg + 2 : arg;
	char *end;

	errno = 0;
	a->show = strtoull(digits, &end, 16);
	if (!strchr("0123456789abcdefABCDEF", *digits) || !*digits || *end ||
	    errno)
		return xasprintf(
			"'%s' is no address for --show, expected hexadecimal digits, up to ffffffffffffffff",
			arg);
	a->has_show = true;
	return NULL;
}

/* Someone who wants to know what there is. */
static bool asks_nothing(const struct explain_args *a)
{
	return !a->pid && !a->files.nr && !a->all && !a->watch &&
	       isatty(STDOUT_FILENO);
}

static const char *check_args(const void *args)
{
	const struct explain_args *a = args;

	if (asks_nothing(a))
		return NULL;
	if (a->all && (a->pid || a->files.nr || a->has_show))
		return "--all is every process, expected no --pid, FILE or --show";
	if (a->whole.prometheus && a->common.json)
		return "both --prometheus and --format json, expected one of them";
	if (!a->all && (a->whole.threshold || a->whole.prometheus))
		return "--threshold and --prometheus are for --all, expected that, too";
	if (a->all)
		return NULL;
	if (a->pid ? a->files.nr : a->files.nr < 1 || a->files.nr > 2)
		return "expected --pid PID, FILE, OLD and NEW, or --all";
	if (a->files.nr == 2 && (a->has_show || a->summary))
		return "OLD and NEW are compared, expected neither --show nor --summary";
	if (a->watch && !a->pid)
		return "--watch of a file, which does not change, expected --pid";
	if (a->watch && (a->common.json || a->has_show))
		return "--watch prints lines, expected neither --format json nor --show";
	if (a->has_show && a->common.json)
		return "--show is for people, expected no --format json";
	return NULL;
}

#define AT(member) FIELD(struct explain_args, member)

static const struct setting settings[] = {
	{ "pid", "PID", "read what a process has mapped now", SET_NUMBER,
	  AT(pid), 1, PROCESS_PID_MAX },
	{ "show", "ADDR",
	  "the two VMAs that touch at ADDR, hexadecimal, or one of them there",
	  .by = parse_address },
	{ "summary", NULL, "sums only", SET_FLAG, AT(summary),
	  .not_with = "all|show|watch", .is_for = "the whole of one process" },
	{ "watch", "SECONDS",
	  "look again every SECONDS, and print a line for each change",
	  SET_NUMBER, AT(watch), 1, MAX_WATCH },
	{ "strict", NULL, "exit status 1 if a line was not understood",
	  SET_FLAG, AT(strict), .not_with = "all|watch",
	  .is_for = "what is read once" },
	{ "page-size", "BYTES", "of FILE (default: what smaps says, or 4096)",
	  SET_BY, AT(page_size), .by = process_page_size, .not_with = "pid|all",
	  .is_for = PROCESS_FILE_ONLY },
	{ "max-map-count", "N",
	  "VMAs that the process may have (default: with --pid what this machine allows, otherwise 65530)",
	  SET_NUMBER, AT(limit), 1, PROCESS_LIMIT_MAX, .not_with = "all|watch",
	  .is_for = "one process" },
	{ "all", NULL,
	  "every process of this machine, most VMAs first; with --watch once more after SECONDS, and what grew",
	  SET_FLAG, AT(all) },
	{ "threshold", "PERCENT",
	  "--all: exit status 1 if a process has more of what it may have",
	  SET_NUMBER, AT(whole.threshold), 1, 100 },
	{ "prometheus", NULL,
	  "--all: as Prometheus' textfile collector takes it", SET_FLAG,
	  AT(whole.prometheus) },
	{ 0 },
};

const struct usage explain_usage = {
	.settings = settings,
	.args_doc = "[FILE|-]\nOLD NEW\n--all",
	.doc = "Say why a process has so many VMAs: what they are, which neighbours did not merge, for which reasons, and which system calls would save some. FILE is a copy of /proc/PID/smaps or maps, with other text around it or not, of gdb's 'info proc mappings', of pmap -X or -XX, or a core. Of OLD and NEW, what grew.",
	.words = offsetof(struct explain_args, files),
	.check = check_args,
};

/* ---- reading ------------------------------------------------------------ */

static bool read_policies(struct proc_maps *maps, pid_t pid)
{
	FILE *in = proc_open(pid, "numa_maps");

	if (!in)
		return false;
	proc_read_policies(maps, in);
	fclose(in);
	return true;
}

/*
 * To read policies takes as long again: only where they may be what keeps VMAs apart,
 * or keeps apart what could be saved else.
 */
static struct proc_maps *explain_pid(const struct explain_args *a,
				     struct explained *x)
{
	struct proc_maps *maps = process_pid(a->pid, a->limit);

	if (!maps)
		return NULL;
	explain(x, maps, a->common.rules);
	if (x->sums[OUTLOOK_HIDDEN] + x->sums[OUTLOOK_SAVE] &&
	    read_policies(maps, a->pid)) {
		explain_free(x);
		explain(x, maps, a->common.rules);
	}
	return maps;
}

static struct proc_maps *explain_file(const struct explain_args *a,
				      const char *name, struct explained *x)
{
	struct proc_maps *maps = process_file(name, a->page_size, a->limit);

	if (!maps)
		return NULL;
	explain(x, maps, a->common.rules);
	return maps;
}

static struct proc_maps *explain_input(const struct explain_args *a,
				       struct explained *x)
{
	if (a->pid)
		return explain_pid(a, x);
	return explain_file(a, a->files.v[0], x);
}

/* ---- once --------------------------------------------------------------- */

static int show(const struct explain_args *a, const struct explained *x)
{
	const struct proc_pair *pair = explain_find(x, a->show);

	if (!pair)
		return unusable(
			"vmatlas: at %llx no VMAs touch, expected an address that 'vmatlas explain' lists\n",
			(unsigned long long)a->show);

	struct catalog *cat __free(catalog) = common_load(&a->common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	explain_show(stdout, x, pair, cat);
	return EXIT_FINE;
}

static int print(const struct explain_args *a, const struct explained *x)
{
	const struct explain_style style = {
		.summary = a->summary,
		.bold = color_start(&a->common),
		.plain = color_end(&a->common),
	};

	if (a->has_show)
		return show(a, x);
	if (a->common.json)
		common_print_json(explain_json(x, a->summary), 1);
	else
		explain_print(stdout, x, &style);
	return EXIT_FINE;
}

static int once(const struct explain_args *a)
{
	struct explained x;
	struct proc_maps *maps = explain_input(a, &x);
	int status;

	if (!maps)
		return EXIT_UNUSABLE;
	status = print(a, &x);
	if (status == EXIT_FINE && a->strict && maps->nr_skipped)
		status = EXIT_WRONG;
	explain_free(&x);
	proc_free(maps);
	return status;
}

static int both(const struct explain_args *a)
{
	struct explained old, new;
	struct proc_maps *from = explain_file(a, a->files.v[0], &old), *to;
	int status = EXIT_UNUSABLE;

	if (!from)
		return EXIT_UNUSABLE;
	to = explain_file(a, a->files.v[1], &new);
	if (to) {
		explain_compare(&old, &new, &a->common);
		status = a->strict && (from->nr_skipped || to->nr_skipped)
				 ? EXIT_WRONG
				 : EXIT_FINE;
		explain_free(&new);
	}
	explain_free(&old);
	proc_free(from);
	proc_free(to);
	return status;
}

static int print_introduction(const struct explain_args *a)
{
	static const struct {
		const char *call;
		const char *what;
	} ways[] = {
		{ "vmatlas explain --pid PID",
		  "what they are, and what keeps them apart" },
		{ "vmatlas explain FILE",
		  "the same of a saved /proc/PID/smaps, or a core" },
		{ "vmatlas explain OLD NEW", "what grew between two" },
		{ "vmatlas explain --all", "every process, most VMAs first" },
	};
	struct explain_all_args biggest = { .most = BIGGEST };
	bool narrow = text_width() < WIDTH_USUAL;

	puts("Ask why a process has so many VMAs:");
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		printf(narrow ? "  %s\n    " : "  %-28s", ways[i].call);
		wrap_puts(stdout, narrow ? 4 : 30, ways[i].what);
	}
	puts("The biggest that run here:");
	return explain_all(&a->common, &biggest);
}

/* ---- over and over ------------------------------------------------------ */

struct sample {
	size_t nr;
	size_t sums[NR_OUTLOOKS];
};

static bool take_sample(const struct explain_args *a, struct sample *s)
{
	struct explained x;
	struct proc_maps *maps = explain_input(a, &x);

	if (!maps)
		return false;
	*s = (struct sample){ .nr = x.nr };
	memcpy(s->sums, x.sums, sizeof(s->sums));
	explain_free(&x);
	proc_free(maps);
	return true;
}

static void print_sample(const struct sample *s, const struct sample *last)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s %7zu VMAs %+6ld: save %zu, no access %zu, hidden %zu, apart %zu\n",
	       clock, s->nr, (long)s->nr - (long)last->nr,
	       s->sums[OUTLOOK_SAVE],
	       s->sums[OUTLOOK_GUARD] + s->sums[OUTLOOK_BACK] +
		       s->sums[OUTLOOK_RESERVE],
	       s->sums[OUTLOOK_HIDDEN], s->sums[OUTLOOK_APART]);
	fflush(stdout);
}

static int watch(const struct explain_args *a)
{
	struct sample last, now;

	if (!take_sample(a, &last))
		return EXIT_UNUSABLE;
	interrupt_catch();
	print_sample(&last, &last);
	while (!interrupted() && !ferror(stdout)) {
		if (sleep(a->watch) || interrupted())
			break;
		if (!take_sample(a, &now))
			break;
		if (memcmp(&now, &last, sizeof(now)))
			print_sample(&now, &last);
		last = now;
	}
	return EXIT_FINE;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_args a = { 0 };

	parse_args(&explain_usage, argc, argv, &a);
	process_rules(&a.common, a.pid);
	a.whole.watch = a.watch;
	if (asks_nothing(&a))
		return print_introduction(&a);
	if (a.all)
		return explain_all(&a.common, &a.whole);
	if (a.files.nr == 2)
		return both(&a);
	return a.watch ? watch(&a) : once(&a);
}
