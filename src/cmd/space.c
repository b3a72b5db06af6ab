// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas space: every configuration, run on the simulator, and the catalogue's
 * conditions held against what came out.
 *
 * The exit status is 1 if a configuration is not named, or by more than one
 * condition, or wrongly, or if a condition is met by none; 2 for a call that
 * makes no sense or a walk that was interrupted.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/space.h"
#include "cmd/words.h"
#include "lib/text.h"
#include "lib/jobs.h"
#include "lib/memory.h"

/* ---- what is asked for -------------------------------------------------- */

#define FORMATS "text|json|tsv|rst"

static void list_reasons(FILE *out)
{
	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		fprintf(out, "%s%s", why > MERGED + 1 ? ", " : "",
			refusal_names[why]);
}

static const char *parse_reason(void *args, char *arg)
{
	struct space_args *a = args;
	struct nearest near = { .word = arg };

	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		if (!strcmp(arg, refusal_names[why])) {
			a->reason = why;
			return NULL;
		}
	for (int why = MERGED + 1; why < NR_REFUSALS; why++)
		nearest_try(&near, refusal_names[why]);
	fprintf(stderr, "vmatlas space: unknown rule '%s', %s one of ", arg,
		nearest_expected(&near));
	list_reasons(stderr);
	fputc('\n', stderr);
	exit(EXIT_UNUSABLE);
}

static const char *parse_format(void *args, char *arg)
{
	struct space_args *a = args;
	int format = 0;
	const char *wrong = common_word("format", arg, FORMATS, &format);

	a->common.json = format == 1;
	a->tsv = format == 2;
	a->rst = format == 3;
	return wrong;
}

static const char *check_args(const void *args)
{
	const struct space_args *a = args;

	if (a->show && !a->only)
		return "--show is of one configuration, expected --only and its key";
	if (a->show && (a->tsv || a->common.json))
		return "--show is for people, expected it with --format text";
	if (a->summary && (a->tsv || a->only))
		return xasprintf(
			"--summary counts configurations, expected it without %s",
			a->tsv ? "--format tsv" : "--only");
	if (a->rst && (a->only || a->id || a->reason != NO_REASON))
		return "--format rst is of all configurations, expected it without --only, --case and --reason";
	if (a->shard.of && (a->only || a->rst))
		return "--shard is a part of all configurations, expected it without --only and --format rst";
	if (a->files.nr && !a->merge)
		return xasprintf(
			"'%s' is no option, expected no other words without --merge",
			a->files.v[0]);
	if (a->only && (a->id || a->reason != NO_REASON || a->wide))
		return "--only is one configuration, expected it without --case, --reason and --wide";
	return NULL;
}

#define AT(member) FIELD(struct space_args, member)

static const struct setting settings[] = {
	{ "summary", NULL,
	  "counts only: what text prints if neither --case, --reason nor --only is given",
	  SET_FLAG, AT(summary) },
	{ "case", "ID",
	  "only the configurations that are this case, or are ruled out for this reason of the catalogue",
	  SET_TEXT, AT(id) },
	{ "reason", "RULE",
	  "only those in which a side is refused by this rule first: flags, anon_vma, ...",
	  .by = parse_reason },
	{ "wide", NULL,
	  "the wider sweeps, too: each of their configurations must be ruled as the one of the standard sweep that stands for it",
	  SET_FLAG, AT(wide) },
	{ "only", "KEY", "one configuration", SET_TEXT, AT(only) },
	{ "show", NULL, "with --only: its picture, its steps, and why",
	  SET_FLAG, AT(show) },
	{ "jobs", "N", "threads (default: one a processor)", SET_NUMBER,
	  AT(jobs), 1, THREADS_MAX },
	{ "shard", "I/N",
	  "of N parts, only the I-th, from 1: machines share the work",
	  SET_SHARD, AT(shard) },
	{ "merge", NULL,
	  "print the whole of FILE..., which are the JSON of all parts",
	  SET_FLAG, AT(merge) },
	{ "format", FORMATS,
	  "for people, for machines, a line a configuration, or tables for pages to include",
	  .by = parse_format },
	{ 0 },
};

/* The sweeps, listed from their table. */
static void list_sweeps(FILE *out)
{
	fputs("Sweeps:\n", out);
	for (size_t i = 0; i < NR_SWEEPS; i++) {
		fputs("  ", out);
		wrap_printf(out, 4, "%s: %s", sweeps[i].name, sweeps[i].what);
	}
	fputs("\nRules that refuse: ", out);
	list_reasons(out);
	fputc('\n', out);
}

const struct usage space_usage = {
	.settings = settings,
	.args_doc = "\n--merge FILE...",
	.doc = "Run every configuration in which VMAs can stand to one another on the simulator, and check that exactly one condition of the catalogue holds for each, and says what happens.\v",
	.words = offsetof(struct space_args, files),
	.check = check_args,
	.list = list_sweeps,
};

/* ---- one configuration -------------------------------------------------- */

/* Returns whether a failing allocation that is asked for did fail. */
static bool check_fail(const struct visit *v)
{
	if (!v->c->at[DIM_FAIL] || v->out->failed)
		return true;
	fprintf(stderr,
		"vmatlas space: allocation %u is to fail, expected 1 to %u, or none: so many there are\n",
		v->c->at[DIM_FAIL], v->out->nr_allocs);
	return false;
}

static void begin_json(const struct space_args *a)
{
	printf("{\"rules\": \"%s\", \"rules_exact\": %s,\n",
	       a->common.rules->version,
	       a->common.rules->beyond ? "false" : "true");
	if (a->shard.of)
		printf("\"shard\": \"%u/%u\",\n", a->shard.index + 1,
		       a->shard.of);
}

static int print_only(const struct space_args *a, const struct catalog *cat,
		      const struct conditions *cond, const struct visit *v)
{
	struct classification r;

	if (!check_fail(v))
		return EXIT_UNUSABLE;
	conditions_classify(cond, v->c, a->common.rules, v->out, &r);
	if (a->show) {
		config_show(a, cat, v, &r);
	} else if (a->common.json) {
		begin_json(a);
		fputs("\"configurations\": [", stdout);
		config_put_json(v, &r);
		puts("]}");
	} else if (a->tsv) {
		config_tsv_head();
		config_tsv(v, &r);
	} else {
		config_print_class(&r);
		config_print_why(cat, v->c, &r);
	}
	return is_problem(&r) ? EXIT_WRONG : EXIT_FINE;
}

static int run_only(const struct space_args *a, const struct catalog *cat,
		    const struct conditions *cond)
{
	struct config c;
	struct fixture fixture;
	struct visit v = { .c = &c, .fixture = &fixture };

	if (!config_parse(a->only, &c, stderr))
		return EXIT_UNUSABLE;

	struct mm *mm __free(mm) = mm_new(a->common.rules);

	v.mm = mm;
	fixture_of(&fixture, &c);
	v.out = fixture_run(mm, a->common.rules, &fixture);
	return print_only(a, cat, cond, &v);
}

/* ---- the command -------------------------------------------------------- */

static bool known_id(const struct rows *rows, const char *id)
{
	struct nearest near = { .word = id };

	for (size_t i = 0; i < rows->nr; i++) {
		if (!strcmp(rows->v[i].id, id))
			return true;
		nearest_try(&near, rows->v[i].id);
	}
	fprintf(stderr,
		"vmatlas space: unknown case or reason '%s', %s one that 'vmatlas space' lists\n",
		id, nearest_expected(&near));
	return false;
}

/* Text, and not a line a configuration: the summary is printed at once. */
static bool prints_text(const struct space_args *a)
{
	return !a->common.json && !a->rst && !survey_lists(a);
}

static int status_of(const struct survey *s, const struct tally *t,
		     const struct catalog *cat)
{
	const struct space_args *a = s->a;
	FILE *out = prints_text(a) ? stdout : stderr;
	int status = EXIT_FINE;

	fflush(stdout);
	if (t->nr_problems) {
		survey_problems(out, a, cat, t);
		status = EXIT_WRONG;
	}
	/* Only who has seen everything can say that there is nothing. */
	if (interrupted())
		return unusable(
			"vmatlas space: interrupted, not all was seen\n");
	if (!a->id && a->reason == NO_REASON && !a->shard.of &&
	    survey_unreached(out, s, t))
		status = EXIT_WRONG;
	return status;
}

/* @t is filled in; its rows are for free(). */
static int run_sweep(struct survey *s, const struct catalog *cat,
		     struct tally *t, json_t *summaries)
{
	const struct space_args *a = s->a;
	int status;

	*t = survey_walk(s);
	if (a->common.json)
		json_array_append_new(summaries, survey_json(s, t));
	if (prints_text(a))
		survey_print(s, t);
	status = status_of(s, t, cat);
	if (!prints_text(a))
		return status;
	putchar('\n');
	if (!status) {
		wrap_puts(
			stdout, 0,
			"Each configuration is named by one condition, and that is what happens.");
		putchar('\n');
	}
	return status;
}

static void begin(const struct space_args *a)
{
	if (a->tsv)
		config_tsv_head();
	else if (a->common.json)
		begin_json(a);
	if (a->common.json && survey_lists(a))
		fputs("\"configurations\": [", stdout);
}

static void end(const struct space_args *a, json_t *summaries)
{
	if (a->common.json) {
		fputs(survey_lists(a) ? "\n],\n\"sweeps\": " : "\"sweeps\": ",
		      stdout);
		json_dumpf(summaries, stdout, JSON_INDENT(1));
		puts("}");
	}
	json_decref(summaries);
}

/* Returns an exit status; @tallies are filled in, as far as it came. */
static int walk_sweeps(const struct space_args *a, const struct catalog *cat,
		       const struct conditions *cond, const struct rows *rows,
		       struct tally *tallies, size_t nr)
{
	json_t *summaries = json_array();
	int status = EXIT_FINE;

	begin(a);
	for (size_t i = 0; i < nr && !interrupted(); i++) {
		struct survey s = { .a = a,
				    .sweep = &sweeps[i],
				    .cond = cond,
				    .rows = *rows,
				    .standard = !i };

		status = exit_worse(status,
				    run_sweep(&s, cat, &tallies[i], summaries));
	}
	end(a, summaries);
	return status;
}

static bool is_empty(const struct tally *t)
{
	uint64_t nr = 0;

	for (int i = 0; i < NR_SPACES; i++)
		nr += t->nr[i] + t->failing[i];
	return !nr;
}

/* Nothing on standard output is no answer that people would take for one. */
static void say_if_none(const struct space_args *a, const struct tally *tallies,
			size_t nr)
{
	if ((!a->id && a->reason == NO_REASON) || a->shard.of || interrupted())
		return;
	for (size_t i = 0; i < nr; i++)
		if (!is_empty(&tallies[i]))
			return;
	fprintf(stderr, "vmatlas space: no configuration is %s\n",
		a->id && a->reason != NO_REASON ? "both" : "that");
}

static int run_sweeps(const struct space_args *a, const struct catalog *cat,
		      const struct conditions *cond, const struct rows *rows)
{
	struct tally tallies[NR_SWEEPS] = { 0 };
	size_t nr = a->wide ? NR_SWEEPS : 1;
	int status;

	if (a->id && !known_id(rows, a->id))
		return EXIT_UNUSABLE;
	interrupt_catch();
	status = walk_sweeps(a, cat, cond, rows, tallies, nr);
	say_if_none(a, tallies, nr);
	interrupt_release();
	if (a->rst && !interrupted())
		space_rst(stdout, cat, rows, tallies, nr);
	for (size_t i = 0; i < nr; i++)
		free(tallies[i].rows);
	return status;
}

int cmd_space(int argc, char **argv)
{
	struct space_args a = {
		.common = COMMON_INIT,
		.reason = NO_REASON,
		.jobs = threads_default(),
	};
	struct conditions *cond;
	struct rows rows;
	int status;

	parse_args(&space_usage, argc, argv, &a);
	if (a.merge)
		return common_merge(&a.files, "sweeps");

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	cond = conditions_new(cat);
	rows = survey_rows(cat);
	status = a.only ? run_only(&a, cat, cond)
			: run_sweeps(&a, cat, cond, &rows);
	free(rows.v);
	conditions_free(cond);
	return status;
}
