// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas source: the simulator against Linux's own mm/vma.c, or one tree's
 * against another's, over the catalogue's cases and the whole space.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "lib/template.h"
#include "lib/jobs.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "oracle/oracle.h"

#define DEFAULT_KSRC "/usr/src/linux-source-6.12.tar.xz"

struct source_args {
	struct common common;
	const struct catalog *cat;
	const char *ksrc;
	const char *witness;
	const char *cache;
	const char *only;
	struct words words;
	unsigned int jobs;
	bool sanitize;
	bool sandbox;
	bool wide;
	bool cases;
	bool compare;
	struct sweep without; /* nothing but what is left out */
};

static const char *word_nearest(enum space_dim dim, const char *text)
{
	struct nearest near = { .word = text };
	const char *word;

	for (unsigned int i = 0; (word = space_dim_word(dim, i)); i++)
		nearest_try(&near, word);
	return nearest_expected(&near);
}

/* @arg: a dimension that there is not, or one and a word that it has not */
static const char *without_nearest(const char *arg)
{
	size_t len = strcspn(arg, "=");
	char given[80];
	struct nearest near = { .word = given };

	snprintf(given, sizeof(given), "%.*s", (int)len, arg);
	for (enum space_dim dim = 0; dim < NR_DIMS; dim++) {
		const char *name = space_dim_name(dim);

		if (arg[len] && !strcmp(name, given))
			return word_nearest(dim, arg + len + 1);
		nearest_try(&near, name);
	}
	return nearest_expected(&near);
}

static const char *parse_without(void *args, char *arg)
{
	struct source_args *a = args;

	if (!sweep_without(&a->without, arg))
		return xasprintf(
			"--without %s: %s a dimension, as keys have it, or DIMENSION=WORD",
			arg, without_nearest(arg));
	return NULL;
}

static const char *check_args(const void *args)
{
	const struct source_args *a = args;

	if (a->only && a->common.json)
		return "--only is for people, expected no --format json";
	if (a->compare && a->words.nr != 2)
		return xasprintf("%zu tree%s for --compare, expected 2",
				 a->words.nr, plural(a->words.nr));
	if (!a->compare && a->words.nr && a->only)
		return "both --only and cases, expected one";
	if (a->compare && (a->cases || a->ksrc || a->witness))
		return "--compare takes neither --ksrc, --witness nor --cases, expected two trees alone";
	return NULL;
}

#define AT(member) FIELD(struct source_args, member)

static const struct setting settings[] = {
	{ "ksrc", "PATH", "kernel tree or tarball (default: " DEFAULT_KSRC ")",
	  SET_TEXT, AT(ksrc) },
	{ "witness", "PROGRAM", "ask this witness, made before from some tree",
	  SET_TEXT, AT(witness) },
	{ "compare", NULL,
	  "hold the trees or tarballs A and B against each other", SET_FLAG,
	  AT(compare) },
	{ "cases", NULL, "the catalogue's cases, not the space", SET_FLAG,
	  AT(cases) },
	{ "wide", NULL, "the wider sweeps of the space, too", SET_FLAG,
	  AT(wide) },
	{ "only", "KEY", "one configuration, both outcomes side by side",
	  SET_TEXT, AT(only) },
	{ "without", "DIM[=WORD]",
	  "leave this dimension out of the sweeps, or one place of it; repeatable",
	  .by = parse_without },
	{ "sanitize", NULL,
	  "compile with address and undefined-behaviour sanitizers", SET_FLAG,
	  AT(sanitize) },
	{ "sandbox", NULL,
	  "compile and run the tree's code in a sandbox, by bwrap: it writes to nothing but the cache and has no network",
	  SET_FLAG, AT(sandbox) },
	{ "cache", "DIR",
	  "keep what is unpacked and compiled in DIR (default: $XDG_CACHE_HOME/vmatlas or ~/.cache/vmatlas)",
	  SET_TEXT, AT(cache) },
	{ "jobs", "N",
	  "threads, each with a witness (default: one a processor)", SET_NUMBER,
	  AT(jobs), 1, THREADS_MAX },
	{ 0 },
};

const struct usage source_usage = {
	.settings = settings,
	.args_doc = "[CASE...]\n--compare A B",
	.doc = "Compile Linux's own mm/vma.c from a kernel tree and hold the simulator against it: each case of the catalogue, then every configuration of the space.\v"
	       "The tree's code, its Makefile among it, is run, and may do what you may, unless --sandbox keeps it from that. The simulator follows the rules of the tree's version unless --rules says otherwise. Exit status: 0 if they agree, 1 if not, 2 if the tree cannot be used.",
	.words = offsetof(struct source_args, words),
	.check = check_args,
};

/* ---- witnesses --------------------------------------------------------------- */

/* One witness: a tree, the program made of it, what it says that it is. */
struct built {
	const char *tree;
	char *program;
	char kernel[sizeof(((struct proto_hello *)0)->kernel)];
};

/* Where what was made is kept if the call does not say. For free(). */
static char *default_cache(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (xdg && *xdg)
		return xasprintf("%s/vmatlas", xdg);
	return xasprintf("%s/.cache/vmatlas", home ? home : "/tmp");
}

static char *make_witness(const char *tree, const struct source_args *a)
{
	char *cache __free(free) =
		a->cache ? xstrdup(a->cache) : default_cache();
	return witness_build(data_path("oracle/linux/build.sh"), tree, cache,
			     a->sanitize);
}

static bool build_and_start(struct built *p, const char *tree,
			    const struct source_args *a)
{
	struct witness *w;

	p->tree = a->witness ? a->witness : tree;
	p->program = a->witness ? xstrdup(a->witness) : make_witness(tree, a);
	if (!p->program)
		return false;
	w = witness_start(p->program, stderr);
	if (!w)
		return false;
	snprintf(p->kernel, sizeof(p->kernel), "%s", witness_kernel(w));
	witness_stop(w);
	return true;
}

/* ---- the cases ---------------------------------------------------------------- */

static const char *case_vma(const void *ctx, uint32_t id)
{
	const struct cat_case *c = ctx;

	return id && id <= c->nr_before ? c->before[id - 1].name : "new";
}

/* Returns false if the case has more VMAs than a fixture has room for. */
static bool fixture_of_case(struct fixture *fixture, const struct cat_case *c)
{
	*fixture = (struct fixture){
		.nr_vmas = c->nr_before,
		.op = c->op,
		.max_map_count = DEFAULT_MAX_MAP_COUNT,
	};
	/* What follows where nothing merges is not in mm/vma.c. */
	if (c->op.kind == OP_MAP)
		fixture->op.just_merge = true;
	if (c->nr_before > FIXTURE_VMAS)
		return false;
	for (size_t i = 0; i < c->nr_before; i++) {
		fixture->vmas[i] = c->before[i].s;
		fixture->vmas[i].id = (vma_id)i + 1;
	}
	return true;
}

static void say_what_differs(FILE *out, unsigned int differs)
{
	const char *before = "";

	for (unsigned int bit = 0; bit < NR_DIFFERENCES; bit++)
		if (differs & 1U << bit)
			text_print_item(out, &before, difference_name(bit),
					", ");
	if (differs >> NR_DIFFERENCES)
		fprintf(out, "%sthe witness complains", before);
}

/* Both sides of one fixture. Returns false if the witness died. */
static bool ask_both(struct witness *w, struct mm *mm,
		     const struct rules *rules, const struct fixture *fixture,
		     struct proto_reply *model, struct proto_reply *source)
{
	struct proto_request asked;

	reply_of(model, mm, fixture_run(mm, rules, fixture));
	request_of(&asked, fixture);
	return witness_ask(w, &asked, source, 1, 1, NULL);
}

/* Why there is no answer to what was asked at that time. */
static const char *no_answer(time_t asked)
{
	return time(NULL) - asked >= PROTO_SECONDS - 1
		       ? "the witness comes to no end"
		       : "the witness died";
}

/* @wrong: why there is no answer, NULL if there is one */
struct case_result {
	unsigned int differs;
	const char *wrong;
};

static struct case_result compare_case(const struct cat_case *c,
				       struct witness *w,
				       const struct rules *rules, bool json)
{
	struct case_result res = { 0 };
	struct mm *mm __free(mm) = mm_new(rules);
	struct proto_reply model, source;
	struct fixture fixture;
	time_t asked = time(NULL);

	if (!fixture_of_case(&fixture, c))
		res.wrong = "the case has more VMAs than can be asked about";
	else if (!ask_both(w, mm, rules, &fixture, &model, &source))
		res.wrong = no_answer(asked);
	if (!res.wrong) {
		res.differs = replies_differ(&model, &source);
		if (source.trouble)
			res.differs |= 1U << NR_DIFFERENCES;
	}
	if (res.differs && !json) {
		printf("%s: they differ in: ", c->id);
		say_what_differs(stdout, res.differs);
		putchar('\n');
		replies_print(stdout, "simulator", &model, "mm/vma.c", &source,
			      case_vma, c);
	}
	return res;
}

static int compare_cases(const struct source_args *a, const struct built *p,
			 const struct rules *rules, json_t *json)
{
	struct witness *w = witness_start(p->program, stderr);
	size_t nr = 0, nr_differ = 0;
	json_t *list = json_array();
	int status = EXIT_FINE;

	if (!w) {
		status = EXIT_UNUSABLE;
		goto out;
	}
	for_each_case_of_all(a->cat, c) {
		struct case_result res;

		if (!words_ask_for(&a->words, c))
			continue;
		res = compare_case(c, w, rules, a->common.json);
		if (res.wrong) {
			fprintf(stderr, "vmatlas source: %s: %s\n", c->id,
				res.wrong);
			status = EXIT_WRONG;
			goto out;
		}
		nr++;
		nr_differ += res.differs != 0;
		json_array_append_new(list, json_pack("{s:s, s:b}", "id", c->id,
						      "agree", !res.differs));
	}
	if (!a->common.json)
		printf("Cases: %zu of %zu agree.\n", nr - nr_differ, nr);
	if (nr_differ)
		status = EXIT_WRONG;
out:
	json_object_set_new(json, "cases", list);
	witness_stop(w);
	return status;
}

/* ---- the space ------------------------------------------------------------------ */

static bool show_progress(uint64_t nr)
{
	progress("%lu configurations", nr);
	return !interrupted();
}

static const char *fixture_vma(const void *ctx, uint32_t id)
{
	return fixture_vma_name(ctx, id);
}

static void draw(const struct catalog *cat, const struct config *c,
		 const struct rules *rules)
{
	struct report *r __free(report) = report_config(cat, c, rules);

	picture_print(stdout, r, 4);
	putchar('\n');
}

/* Who is held against whom, and what they are called. */
struct opponents {
	struct compared who;
	const char *a;
	const char *b;
};

static void show_disagreement(const struct source_args *args,
			      const struct disagreement *d,
			      const struct opponents *o)
{
	printf("\n%s: %'lu configurations differ in: ",
	       space_family_names[d->family], d->nr);
	say_what_differs(stdout, d->differs);
	printf("\nfor example %s\n\n", CONFIG_KEY_OF(&d->example));
	draw(args->cat, &d->example, o->who.rules);
	replies_print(stdout, o->a, &d->a, o->b, &d->b, fixture_vma,
		      &d->example);
}

static void show_counts(const struct comparison *cmp, const struct sweep *sweep)
{
	uint64_t all = 0;

	printf("%s sweep:", sweep->name);
	for (int f = 0; f < NR_SPACES; f++) {
		printf(" %s %'lu%s", space_family_names[f], cmp->nr[f],
		       f + 1 < NR_SPACES ? "," : "");
		all += cmp->nr[f];
	}
	printf(";\n  %'lu of %'lu configurations agree.\n",
	       all - cmp->nr_differ, all);
	for (unsigned int i = 0; known_warning(i); i++)
		if (cmp->nr_known[i])
			printf("  In %'lu of these the kernel's code warns: %s.\n",
			       cmp->nr_known[i], known_warning(i));
}

static void say_why_stopped(const struct comparison *cmp)
{
	if (interrupted() || !cmp->why) {
		fputs("vmatlas source: interrupted\n", stderr);
		return;
	}
	fprintf(stderr, "vmatlas source: %s, at %s\n", cmp->why,
		CONFIG_KEY_OF(&cmp->died));
}

static json_t *disagreement_json(const struct disagreement *d)
{
	json_t *in = JSON_LIST_IF(bit, NR_DIFFERENCES, d->differs & 1U << bit,
				  json_string(difference_name(bit)));

	return json_pack("{s:s, s:I, s:o, s:s}", "family",
			 space_family_names[d->family], "number",
			 (json_int_t)d->nr, "differ_in", in, "example",
			 CONFIG_KEY_OF(&d->example));
}

static json_t *comparison_json(const struct sweep *sweep,
			       const struct comparison *cmp)
{
	return json_pack("{s:s, s:o, s:I, s:o}", "sweep", sweep->name,
			 "configurations",
			 JSON_OBJECT(f, NR_SPACES, space_family_names[f],
				     json_integer((json_int_t)cmp->nr[f])),
			 "differ", (json_int_t)cmp->nr_differ, "kinds",
			 JSON_LIST(i, cmp->nr_disagreements,
				   disagreement_json(&cmp->disagreements[i])));
}

static int compare_over(const struct source_args *a, const struct sweep *sweep,
			const struct opponents *o, json_t *list)
{
	struct comparison *cmp __free(free) = xmalloc(sizeof(*cmp));
	int status = EXIT_FINE;

	compare_sweep(sweep, &o->who, a->jobs, show_progress, cmp);
	progress_end();
	json_array_append_new(list, comparison_json(sweep, cmp));
	if (!a->common.json) {
		show_counts(cmp, sweep);
		for (size_t i = 0; i < cmp->nr_disagreements; i++)
			show_disagreement(a, &cmp->disagreements[i], o);
	}
	if (cmp->nr_differ)
		status = EXIT_WRONG;
	if (cmp->stopped) {
		say_why_stopped(cmp);
		status = interrupted() ? EXIT_UNUSABLE : EXIT_WRONG;
	}
	return status;
}

static int compare_space(const struct source_args *a, const struct opponents *o,
			 json_t *json)
{
	json_t *list = json_array();
	int status = EXIT_FINE;

	interrupt_catch();
	for (size_t i = 0; i < (a->wide ? NR_SWEEPS : 1) && !interrupted();
	     i++) {
		struct sweep some = sweeps[i];

		memcpy(some.without, a->without.without, sizeof(some.without));
		status = exit_worse(status, compare_over(a, &some, o, list));
	}
	json_object_set_new(json, "sweeps", list);
	return status;
}

static int compare_one(const struct source_args *a, const struct built *p,
		       const struct rules *rules)
{
	struct proto_reply model, source;
	struct fixture fixture;
	struct config c;
	struct witness *w;
	time_t asked;
	int status = EXIT_FINE;

	if (!config_parse(a->only, &c, stderr))
		return EXIT_UNUSABLE;
	w = witness_start(p->program, stderr);
	if (!w)
		return EXIT_UNUSABLE;

	struct mm *mm __free(mm) = mm_new(rules);

	fixture_of(&fixture, &c);
	asked = time(NULL);
	if (ask_both(w, mm, rules, &fixture, &model, &source)) {
		draw(a->cat, &c, rules);
		replies_print(stdout, "simulator", &model, "mm/vma.c", &source,
			      fixture_vma, &c);
		if (replies_differ(&model, &source) || source.trouble)
			status = EXIT_WRONG;
	} else {
		fprintf(stderr, "vmatlas source: %s: %s\n", a->only,
			no_answer(asked));
		status = EXIT_WRONG;
	}
	witness_stop(w);
	return status;
}

/* ---- the command ------------------------------------------------------------------ */

/* The rules that the tree follows, or those that were asked for. */
static const struct rules *choose_rules(const struct source_args *a,
					const struct built *p, json_t *json)
{
	const struct rules *rules = a->common.rules;

	if (!rules)
		rules = rules_for(p->kernel);
	if (rules && !a->common.rules)
		common_warn_newer(p->kernel, rules);
	if (rules) {
		json_object_set_new(json, "rules", json_string(rules->version));
		json_object_set_new(json, "rules_exact",
				    json_boolean(!rules->beyond));
	} else {
		fprintf(stderr,
			"vmatlas source: no rules for Linux %s, expected 6.12 or later, or --rules\n",
			p->kernel);
	}
	return rules;
}

static int compare_with_model(const struct source_args *a,
			      const struct built *p, json_t *json)
{
	const struct rules *rules = choose_rules(a, p, json);
	const struct opponents o = { { .rules = rules, .a = p->program },
				     "mm/vma.c",
				     "simulator" };
	int status;

	if (!rules)
		return EXIT_UNUSABLE;
	if (a->only)
		return compare_one(a, p, rules);
	if (!a->common.json)
		printf("Linux %s (%s), the simulator with the rules of %s.\n",
		       p->kernel, p->tree, rules->version);
	status = compare_cases(a, p, rules, json);
	if (!a->cases && !a->words.nr)
		status = exit_worse(status, compare_space(a, &o, json));
	return status;
}

static int compare_with_each_other(const struct source_args *a,
				   const struct built *p, json_t *json)
{
	const struct rules *rules = choose_rules(a, &p[0], json);
	const struct opponents o = {
		{ .rules = rules, .a = p[0].program, .b = p[1].program },
		"A",
		"B"
	};

	if (!rules)
		return EXIT_UNUSABLE;
	if (!a->common.json)
		printf("A: Linux %s (%s)\nB: Linux %s (%s)\n", p[0].kernel,
		       p[0].tree, p[1].kernel, p[1].tree);
	return compare_space(a, &o, json);
}

static int run(const struct source_args *a)
{
	const char *ksrc = a->ksrc ? a->ksrc : DEFAULT_KSRC;
	json_t *json = json_object();
	struct built p[2] = { 0 };
	int status = EXIT_UNUSABLE;

	if (a->compare) {
		if (build_and_start(&p[0], a->words.v[0], a) &&
		    build_and_start(&p[1], a->words.v[1], a))
			status = compare_with_each_other(a, p, json);
	} else if (build_and_start(&p[0], ksrc, a)) {
		status = compare_with_model(a, p, json);
	}
	if (a->common.json && status != EXIT_UNUSABLE) {
		json_object_set_new(json, "kernel", json_string(p[0].kernel));
		common_print_json(json_incref(json), 2);
	}
	json_decref(json);
	free(p[0].program);
	free(p[1].program);
	return status;
}

int cmd_source(int argc, char **argv)
{
	struct source_args a = { .jobs = threads_default() };

	parse_args(&source_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	a.cat = cat;
	if (!cat)
		return EXIT_UNUSABLE;
	if (a.sandbox)
		witness_sandbox();
	return a.compare || words_are_cases(&a.words, cat) ? run(&a)
							   : EXIT_UNUSABLE;
}
