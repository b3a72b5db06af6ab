// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas emit: the cases in one of the output formats. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/template.h"
#include "lib/text.h"

struct emit_args {
	struct common common;
	struct emit_opts opts;
	const char *dir;
	struct words words; /* the format, then cases */
};

/* It is put into pages as it is. */
static const char *parse_terms(void *args, char *arg)
{
	struct emit_args *a = args;
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";

	if (!*arg || arg[strspn(arg, allowed)] || strlen(arg) > 60)
		return xasprintf(
			"'%.70s' is no page, expected a path such as '../process_addrs'",
			arg);
	a->opts.terms = arg;
	return NULL;
}

/* The rules are those of the same version. */
static const char *parse_kernel(void *args, char *arg)
{
	struct emit_args *a = args;
	const char *kernel = strcmp(arg, "latest") ? arg : RULES_JUDGED;

	if (!vma_test_version_for(kernel)) {
		fprintf(stderr, "vmatlas: unknown kernel version '%.40s', %s ",
			arg, rules_nearest(arg));
		vma_test_list(stderr);
		fputc('\n', stderr);
		exit(EXIT_UNUSABLE);
	}
	a->opts.kernel = kernel;
	a->common.rules = rules_for(kernel);
	if (!rules_are_judged(kernel))
		fprintf(stderr,
			"vmatlas: Linux %s is newer than all harnesses that are known: with the layout and the rules of " RULES_JUDGED
			"\n",
			arg);
	return NULL;
}

#define AT(member) FIELD(struct emit_args, member)

static const struct setting settings[] = {
	{ "output", "DIR",
	  "write files to DIR, which is made if it is not there (default: standard output)",
	  SET_TEXT, AT(dir), .letter = 'o' },
	{ "flavour", "sphinx|kernel",
	  "rst: for a site of its own, or for Documentation/ of the kernel",
	  SET_WORD, AT(opts.flavour), RST_SPHINX },
	{ "terms", "PAGE",
	  "rst for the kernel: link the locks to PAGE, such as ../process_addrs, which must define them",
	  .by = parse_terms },
	{ "dot", "file|inline",
	  "rst for the kernel: where graphs are (default: file)", SET_WORD,
	  AT(opts.inline_dot), .what = "place" },
	{ "as", "c|text",
	  "comment: for a source file, or for a commit message (default: c)",
	  SET_WORD, AT(opts.comment), COMMENT_C, .what = "form" },
	{ "kernel", "VERSION",
	  "vma-test: for the harness and by the rules of this version",
	  .by = parse_kernel },
	{ 0 },
};

/* The formats, listed from the table. */
static void list_formats(FILE *out)
{
	fputs("Formats:\n", out);
	for (const struct format *f = formats; f->name; f++)
		fprintf(out, "  %-11s%s\n", f->name, f->what);
}

const struct usage emit_usage = {
	.settings = settings,
	.args_doc = "FORMAT [CASE...]",
	.doc = "Write CASE..., or all cases, in a format. Files appear whole or not at all, and those that would not change are left alone. What is made of several files that refer to each other needs -o: rst, vma-test and kselftest.\v",
	.words = offsetof(struct emit_args, words),
	.no_words = "no format, expected one that 'vmatlas emit --help' lists",
	.list = list_formats,
};

static const struct format *find_format(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static int unknown_format(const char *name)
{
	struct nearest near = { .word = name };

	for (const struct format *f = formats; f->name; f++)
		nearest_try(&near, f->name);
	return unusable(
		"vmatlas: unknown format '%s', %s one that 'vmatlas emit --help' lists\n",
		name, nearest_expected(&near));
}

/* An option of another format than this, or NULL. */
static const char *foreign_option(const struct emit_args *a,
				  const struct format *f)
{
	if (a->opts.flavour == RST_KERNEL && f->emit != emit_rst)
		return "--flavour kernel is for 'rst'";
	if (a->opts.comment != COMMENT_C && f->emit != emit_comment)
		return "--as is for 'comment'";
	if (a->opts.kernel && f->emit != emit_vma_test)
		return "--kernel is for 'vma-test', expected --rules";
	return NULL;
}

/* Whether the call makes sense: an exit status, after saying why if not. */
static int check_call(const struct emit_args *a, const struct format *f)
{
	const char *foreign;

	if (a->common.json)
		return unusable(
			"vmatlas: --format is not for 'emit', expected the format as its first argument\n");
	if (!f)
		return unknown_format(a->words.v[0]);
	foreign = foreign_option(a, f);
	if (f->emit == emit_schema && a->words.nr > 1)
		return unusable(
			"vmatlas: 'schema' is of no case, expected no word behind it\n");
	if (foreign)
		return unusable("vmatlas: %s\n", foreign);
	if ((a->opts.terms || a->opts.inline_dot) &&
	    a->opts.flavour != RST_KERNEL)
		return unusable(
			"vmatlas: --terms and --dot are for --flavour kernel\n");
	if (f->emit == emit_vma_test && !a->opts.kernel) {
		fputs("vmatlas: no kernel version, expected --kernel ", stderr);
		vma_test_list(stderr);
		fputc('\n', stderr);
		return EXIT_UNUSABLE;
	}
	if (f->needs_dir && !a->dir)
		return unusable(
			"vmatlas: '%s' is made of several files, expected -o DIR\n",
			f->name);
	return EXIT_FINE;
}

static void add_all_data(struct files *files, const struct format *f)
{
	for (const char *const *name = f->data; name && *name; name++) {
		bool own = begins_with(*name, "emit/");
		char *text __free(free) = template_read(*name);

		fputs(text, files_add(files, "%s",
				      own ? strrchr(*name, '/') + 1 : *name));
	}
}

static int emit(const struct emit_args *a, const struct format *f,
		const struct report_set *set)
{
	struct files *files __free(files) = files_new();

	f->emit(set, &a->opts, files);
	add_all_data(files, f);
	if (!a->dir)
		files_print(files, stdout);
	else if (files_write(files, a->dir, stderr))
		return EXIT_UNUSABLE;
	return common_judge(set);
}

int cmd_emit(int argc, char **argv)
{
	struct emit_args a = { .common = COMMON_INIT };
	const struct format *f;
	int status;

	parse_args(&emit_usage, argc, argv, &a);
	f = find_format(a.words.v[0]);
	status = check_call(&a, f);
	if (status)
		return status;

	const struct words cases = { a.words.v + 1, a.words.nr - 1 };
	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);
	struct report_set *set __free(reports) =
		cat ? common_reports(cat, &a.common, &cases) : NULL;

	return set ? emit(&a, f, set) : EXIT_UNUSABLE;
}
