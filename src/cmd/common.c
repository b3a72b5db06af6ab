// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/template.h"
#include "lib/memory.h"
#include "lib/text.h"

/* ---- options -------------------------------------------------------------- */

void common_warn_newer(const char *version, const struct rules *rules)
{
	static bool warned;

	if (rules->beyond && !warned)
		fprintf(stderr,
			"vmatlas: Linux %.40s is newer than " RULES_JUDGED
			", the last one judged: following the rules of %s\n",
			version, rules->version);
	warned = rules->beyond;
}

const char *rules_nearest(const char *arg)
{
	struct nearest near = { .word = arg };

	nearest_try(&near, "latest");
	for_each_rules(r)
		if (*arg == *r->version)
			nearest_try(&near, r->version);
	return nearest_expected(&near);
}

static const char *parse_rules(void *common, char *arg)
{
	struct common *c = common;

	c->rules = rules_for(arg);
	c->release = rules_number(arg);
	if (!c->rules && rules_are_newer(arg)) {
		c->rules = rule_sets;
		fprintf(stderr,
			"vmatlas: Linux %s is older than the rules here, those of %s are taken; known to differ: vma_merge() was in mm/mmap.c, with other steps; no VMA locks before 6.4, no mseal() before 6.10, no names of anonymous memory before 5.17\n",
			arg, c->rules->version);
	}
	if (!c->rules)
		return xasprintf(
			"unknown kernel version '%s', %s one such as '%s', 2.6 or later, or 'latest'",
			arg, rules_nearest(arg), rule_sets[0].version);
	common_warn_newer(arg, c->rules);
	return NULL;
}

#define AT(member) FIELD(struct common, member)

const struct setting common_settings[] = {
	{ "catalog", "DIR", "read the catalogue in DIR", SET_TEXT,
	  AT(catalog) },
	{ "rules", "VERSION",
	  "follow the rules of this kernel version (default: that of the kernel, tree or PID that is asked, or the latest)",
	  .by = parse_rules },
	{ "format", "text|json", "for people or for machines", SET_WORD,
	  AT(json) },
	{ "color", "auto|always|never",
	  "when to colour (default: auto, and never with NO_COLOR set)",
	  SET_WORD, AT(color), .what = "colour" },
	{ 0 },
};

/* ---- colour --------------------------------------------------------------- */

static bool colored(const struct common *c)
{
	const char *no = getenv("NO_COLOR");

	const char *term = getenv("TERM");

	if (c->color == COLOR_AUTO)
		return isatty(STDOUT_FILENO) && !(no && *no) &&
		       !(term && !strcmp(term, "dumb"));
	return c->color == COLOR_ALWAYS;
}

const char *color_start(const struct common *c)
{
	return colored(c) ? "\033[1m" : "";
}

const char *color_end(const struct common *c)
{
	return colored(c) ? "\033[0m" : "";
}

void common_print_title(const struct common *common, const struct cat_case *c)
{
	size_t len = strlen(c->id) + strlen(": ") + strlen(c->title.text);

	printf("%s%s%s:", color_start(common), c->id, color_end(common));
	if (len > (size_t)text_width())
		printf("\n   ");
	printf(" %s\n", c->title.text);
}

/* ---- the catalogue -------------------------------------------------------- */

struct catalog *common_load(const struct common *c, FILE *err)
{
	const char *dir = c->catalog ?: data_installed("catalog");

	return catalog_load_dir(dir ?: CATALOG_BUILD, err);
}

/* ---- reports -------------------------------------------------------------- */

struct report_set *common_reports(const struct catalog *cat,
				  const struct common *common,
				  const struct words *cases)
{
	struct report_set *set;

	if (!words_are_cases(cases, cat))
		return NULL;
	set = xmalloc(sizeof(*set));
	*set = (struct report_set){ .cat = cat, .rules = common->rules };
	for_each_case_of_all(cat, c)
		if (words_ask_for(cases, c))
			*xappend(set->reports, set->nr) =
				report_run(cat, c, common->rules);
	return set;
}

int common_judge(const struct report_set *set)
{
	int status = EXIT_FINE;

	fflush(stdout);
	for_each_report(set, r) {
		if (report_ok(r))
			continue;
		report_print_mismatches(stderr, r, true);
		status = EXIT_WRONG;
	}
	return status;
}

int common_json(const struct catalog *cat, const struct common *common,
		const struct words *cases)
{
	struct report_set *set __free(reports) =
		common_reports(cat, common, cases);
	struct files *files __free(files) = files_new();

	if (!set)
		return EXIT_UNUSABLE;
	emit_json(set, &(struct emit_opts){ 0 }, files);
	files_print(files, stdout);
	return common_judge(set);
}

void common_print_json(json_t *o, size_t indent)
{
	json_dumpf(o, stdout, JSON_INDENT(indent));
	putchar('\n');
	json_decref(o);
}

void common_free_reports(struct report_set *set)
{
	if (!set)
		return;
	for_each_report(set, r)
		report_free(r);
	free(set->reports);
	free(set);
}

int common_cannot(const char *command, bool tap, const char *why)
{
	if (tap) {
		printf("1..0 # SKIP %s\n", why);
		return EXIT_FINE;
	}
	return unusable("vmatlas %s: %s\n", command, why);
}
