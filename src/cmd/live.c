// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas live: every case caused on the running kernel by system calls, and
 * what comes out compared with the simulator.
 */
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/live.h"
#include "cmd/words.h"
#include "lib/json.h"
#include "lib/text.h"
#include "process/random.h"

static const char *check_args(const void *args)
{
	const struct live_args *a = args;

	if (a->tap && a->common.json)
		return "both --tap and --format json, expected one";
	if (a->summary && (a->tap || a->reach || a->common.json))
		return "--summary with --tap, --reach or --format json, expected one";
	if (!a->reach && (a->only || a->show || a->rules_table))
		return "--only, --show or --rules-table, expected --reach, too";
	if (a->show && !a->only)
		return "--show without --only, expected both";
	if (a->rules_table && (a->only || a->tap))
		return "--rules-table with --only or --tap, expected one";
	if (a->merge && !a->random)
		return "--merge without --random, expected both";
	if (a->random && (a->reach || (a->cases.nr && !a->merge)))
		return "--random with --reach or a case, expected one";
	if (!a->random &&
	    (a->seed || a->calls || a->seconds || a->shard.of || a->dir))
		return "--seed, --calls, --seconds, --shard or --output, expected --random, too";
	if (a->reach && a->cases.nr)
		return "both --reach and a case, expected one";
	return NULL;
}

#define MAX_SECONDS 1000000

#define AT(member) FIELD(struct live_args, member)

static const struct setting settings[] = {
	{ "tap", NULL,
	  "write TAP; what is known of earlier kernels is marked TODO",
	  SET_FLAG, AT(tap) },
	{ "summary", NULL, "print only what differs, and how many agree",
	  SET_FLAG, AT(summary) },
	{ "reach", NULL,
	  "instead of the catalogue, try all layouts of a kind that system calls can build",
	  SET_FLAG, AT(reach) },
	{ "only", "KEY", "of these, the one that was printed with this key",
	  SET_TEXT, AT(only) },
	{ "show", NULL, "and print what is done for it", SET_FLAG, AT(show) },
	{ "random", NULL,
	  "instead of the catalogue, random programs of system calls; what differs is made short",
	  SET_FLAG, AT(random) },
	{ "seed", "N", "of the random numbers (default: another one each time)",
	  SET_NUMBER, AT(seed), 1, LONG_MAX },
	{ "calls", "N",
	  "so many calls, 200 a program: one that differs ends there (default: no limit)",
	  SET_NUMBER, AT(calls), 1, LONG_MAX },
	{ "seconds", "N",
	  "end after so long (default: 10, no limit with --calls)", SET_NUMBER,
	  AT(seconds), 1, MAX_SECONDS },
	{ "shard", "I/N",
	  "of N parts, only the I-th, from 1: machines share the work",
	  SET_SHARD, AT(shard) },
	{ "merge", NULL,
	  "random: print the whole of FILE..., which are the JSON of all parts",
	  SET_FLAG, AT(merge) },
	{ "output", "DIR",
	  "write a C program for each difference that is found", SET_TEXT,
	  AT(dir), .letter = 'o' },
	{ "rules-table", NULL,
	  "print in which of these layouts the rules of kernel versions differ; runs nothing on the kernel",
	  SET_FLAG, AT(rules_table) },
	{ 0 },
};

const struct usage live_usage = {
	.settings = settings,
	.args_doc = "[CASE...]\n--random --merge FILE...",
	.doc = "Cause each case of the catalogue, or CASE..., on the running kernel, by each of its system calls for which the catalogue says how, and compare the layout before and after with what the simulator says.\v"
	       "Each trigger runs in a child of its own, in address space that it reserved, with limits on time and memory. What the kernel or the processor lacks is skipped, with the reason. The simulator follows the rules of the running kernel unless --rules says otherwise. Exit status: 0 if they agree in all that could be tried, 1 if not, 2 if nothing can be tried.",
	.words = offsetof(struct live_args, cases),
	.check = check_args,
};

/* ---- trials ------------------------------------------------------------------- */

#define SECONDS 10

/* A trigger, or a system call that has none. */
struct trial {
	const struct cat_case *c;
	const struct cat_trigger *t;
	const char *syscall;
	unsigned int nr; /* among those of the same system call */
	struct live_result res;
};

struct trials {
	struct trial *trial;
	size_t nr;
};

static void add_trial(struct trials *all, const struct cat_case *c,
		      const struct cat_trigger *t, const char *syscall,
		      unsigned int nr)
{
	*xappend(all->trial, all->nr) = (struct trial){
		.c = c,
		.t = t,
		.syscall = syscall,
		.nr = nr,
	};
}

/* What speaks of each system call that has no trigger, or NULL. */
static const struct cat_trigger *the_rest(const struct cat_case *c)
{
	for (size_t i = 0; i < c->nr_live; i++)
		if (!c->live[i].syscall.text)
			return &c->live[i];
	return NULL;
}

static void add_syscall(struct trials *all, const struct cat_case *c,
			const char *syscall)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < c->nr_live; i++) {
		const char *of = c->live[i].syscall.text;

		if (of && !strcmp(of, syscall))
			add_trial(all, c, &c->live[i], syscall, ++nr);
	}
	if (!nr)
		add_trial(all, c, the_rest(c), syscall, ++nr);
}

static void collect(struct trials *all, const struct catalog *cat,
		    const struct words *words)
{
	for_each_case_of_all(cat, c)
		for (size_t i = 0; i < c->syscalls.nr; i++)
			if (words_ask_for(words, c))
				add_syscall(all, c, c->syscalls.text[i].text);
}

static void run_trial(struct trial *t, const struct rules *rules)
{
	if (t->t) {
		live_run(t->c, t->t, rules, SECONDS, &t->res);
		return;
	}
	t->res.verdict = LIVE_SKIPPED;
	strcpy(t->res.why, "the catalogue does not say how");
}

/* ---- printing ------------------------------------------------------------------ */

static const char *name_of(const struct trial *t)
{
	static char text[64];

	if (t->nr == 1)
		return t->syscall;
	snprintf(text, sizeof(text), "%s %u", t->syscall, t->nr);
	return text;
}

static void print_pictures(FILE *out, const struct live_result *res,
			   const char *prefix)
{
	if (!res->has_layouts)
		return;
	if (res->sees_before) {
		fprintf(out, "%sbefore, as the case has it:\n", prefix);
		live_picture(out, &res->wanted_before, res, prefix);
		fprintf(out, "%sbefore, on this kernel:\n", prefix);
		live_picture(out, &res->found_before, res, prefix);
	}
	fprintf(out, "%safter, as the simulator has it:\n", prefix);
	live_picture(out, &res->wanted_after, res, prefix);
	fprintf(out, "%safter, on this kernel:\n", prefix);
	live_picture(out, &res->found_after, res, prefix);
}

/* ---- as TAP --------------------------------------------------------------------- */

/* A '#' would begin a directive. */
static void print_why(const char *why)
{
	for (; *why; why++)
		putchar(*why == '#' || *why == '\n' ? ' ' : *why);
	putchar('\n');
}

static const char *const directives[NR_VERDICTS] = {
	[LIVE_KNOWN] = "TODO",
	[LIVE_SKIPPED] = "SKIP",
};

static void print_tap(const struct trial *t, size_t nr)
{
	const struct live_result *res = &t->res;

	bool ok = res->verdict == LIVE_AGREES || res->verdict == LIVE_SKIPPED;

	printf("%sok %zu - %s %s", ok ? "" : "not ", nr, t->c->id, name_of(t));
	if (directives[res->verdict]) {
		printf(" # %s ", directives[res->verdict]);
		print_why(res->why);
		return;
	}
	putchar('\n');
	if (res->verdict == LIVE_AGREES)
		return;
	fputs("# ", stdout);
	print_why(res->why);
	print_pictures(stdout, res, "# ");
}

/* ---- as JSON --------------------------------------------------------------------- */

static const char *const verdicts[NR_VERDICTS] = {
	[LIVE_AGREES] = "agrees",
	[LIVE_DIFFERS] = "differs",
	[LIVE_KNOWN] = "known",
	[LIVE_SKIPPED] = "skipped",
};

static json_t *layout_json(const struct live_layout *lay)
{
	return JSON_LIST(i, lay->nr,
			 json_pack("{s:[I,I], s:s, s:s}", "range",
				   (json_int_t)lay->vma[i].start,
				   (json_int_t)lay->vma[i].end, "protection",
				   PERMISSIONS(lay->vma[i].flags), "flags",
				   lay->vma[i].text));
}

static json_t *trial_json(const struct trial *t)
{
	const struct live_result *res = &t->res;
	bool has = res->has_layouts, before = has && res->sees_before;

	return json_pack("{s:s, s:s, s:i, s:s, s:s*, s:o*, s:o*, s:o*}", "case",
			 t->c->id, "syscall", t->syscall, "number", (int)t->nr,
			 "result", verdicts[res->verdict], "why",
			 *res->why ? res->why : NULL, "before",
			 before ? layout_json(&res->found_before) : NULL,
			 "after", has ? layout_json(&res->found_after) : NULL,
			 "simulator_after",
			 has ? layout_json(&res->wanted_after) : NULL);
}

/* ---- as text ----------------------------------------------------------------------- */

enum { NAME_WIDTH = 25 };

static bool same_why(const struct trial *t, const struct trial *last)
{
	return t->res.verdict == LIVE_SKIPPED && last && last->c == t->c &&
	       !strcmp(last->res.why, t->res.why);
}

static void print_text(const struct live_args *a, const struct trial *t,
		       const struct trial *last)
{
	static const char *const words[NR_VERDICTS] = {
		[LIVE_AGREES] = "ok",
		[LIVE_DIFFERS] = "differs: ",
		[LIVE_KNOWN] = "known: ",
		[LIVE_SKIPPED] = "skipped: ",
	};
	const char *word = words[t->res.verdict];
	int indent = 2 + NAME_WIDTH + (int)strlen(word);

	if (!last || last->c != t->c)
		printf("%s%s%s\n", color_start(&a->common), t->c->id,
		       color_end(&a->common));
	printf("  %-*s%s", NAME_WIDTH, name_of(t), word);
	/* Beside that, narrow terminals have no place. */
	if (indent > text_width() / 2 && word[strlen(word) - 1] == ' ')
		indent = printf("\n    ") - 1;
	wrap_puts(stdout, indent, same_why(t, last) ? "as above" : t->res.why);
	if (t->res.verdict == LIVE_DIFFERS)
		print_pictures(stdout, &t->res, "    ");
}

/* ---- the command ------------------------------------------------------------------- */

static struct live_kernel kernel_of(const struct live_args *a)
{
	struct live_kernel k;

	k.rules = live_rules(&k.release, &k.exact);
	if (a->common.rules) {
		k.rules = a->common.rules;
		k.exact = !k.rules->beyond;
	} else {
		common_warn_newer(k.release, k.rules);
	}
	return k;
}

void live_print_kernel(const struct live_kernel *k, const char *prefix)
{
	say_printf(prefix, "Linux %s, the simulator with the rules of %s%s",
		   k->release, k->rules->version,
		   k->exact	      ? ""
		   : k->rules->beyond ? ", the newest that it has"
				      : ", the oldest that it has");
}

static void print_result(const struct live_args *a, const struct trials *all,
			 size_t i, json_t *list)
{
	const struct trial *t = &all->trial[i];

	if (a->common.json)
		json_array_append_new(list, trial_json(t));
	else if (a->tap)
		print_tap(t, i + 1);
	else if (!a->summary || t->res.verdict == LIVE_DIFFERS ||
		 t->res.verdict == LIVE_KNOWN)
		print_text(a, t, i ? &all->trial[i - 1] : NULL);
}

static void print_json(const struct live_kernel *k,
		       const size_t nr[NR_VERDICTS], json_t *list)
{
	json_t *o =
		json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:O}", "kernel",
			  k->release, "rules", k->rules->version, "rules_exact",
			  k->exact, "agree", (json_int_t)nr[LIVE_AGREES],
			  "differ", (json_int_t)nr[LIVE_DIFFERS], "known",
			  (json_int_t)nr[LIVE_KNOWN], "skipped",
			  (json_int_t)nr[LIVE_SKIPPED], "triggers", list);

	common_print_json(o, 2);
}

int live_status(const size_t nr[NR_VERDICTS], bool tap)
{
	if (nr[LIVE_DIFFERS])
		return EXIT_WRONG;
	if (nr[LIVE_AGREES] || nr[LIVE_KNOWN] || tap)
		return EXIT_FINE;
	return unusable("vmatlas live: nothing could be tried\n");
}

static int run_all(const struct live_args *a, struct trials *all)
{
	const char *prefix = a->tap ? "# " : "";
	struct live_kernel k = kernel_of(a);
	size_t nr[NR_VERDICTS] = { 0 };
	json_t *list = json_array();

	if (!a->common.json)
		live_print_kernel(&k, prefix);
	if (a->tap)
		printf("1..%zu\n", all->nr);
	for (size_t i = 0; i < all->nr; i++) {
		fflush(stdout);
		run_trial(&all->trial[i], k.rules);
		nr[all->trial[i].res.verdict]++;
		print_result(a, all, i, list);
	}
	if (a->common.json)
		print_json(&k, nr, list);
	else
		say_printf(
			prefix,
			"%zu agree, %zu differ, %zu differ as is known of old kernels, %zu skipped",
			nr[LIVE_AGREES], nr[LIVE_DIFFERS], nr[LIVE_KNOWN],
			nr[LIVE_SKIPPED]);
	json_decref(list);
	return live_status(nr, a->tap);
}

static int run_reach(const struct live_args *a, const char *why)
{
	struct live_kernel k;

	if (a->rules_table)
		return live_reach_rules(a->common.json);
	if (why)
		return common_cannot("live", a->tap, why);
	k = kernel_of(a);
	return live_reach(a, &k);
}

static int run_random(struct live_args *a)
{
	struct live_kernel k = kernel_of(a);

	if (!a->seed)
		a->seed = (uint64_t)time(NULL);
	if (!a->calls && !a->seconds)
		a->seconds = 10;
	return live_random(a, &k);
}

int cmd_live(int argc, char **argv)
{
	struct live_args a = { 0 };
	struct trials all = { 0 };
	const char *why = live_unusable();
	int status;

	parse_args(&live_usage, argc, argv, &a);
	if (a.merge)
		return common_merge(&a.cases, "differ");
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (a.random) {
		why = why ? why : random_unusable();
		return why ? common_cannot("live", a.tap, why) : run_random(&a);
	}
	if (a.reach)
		return run_reach(&a, why);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat || !words_are_cases(&a.cases, cat))
		return EXIT_UNUSABLE;
	if (why)
		return common_cannot("live", a.tap, why);
	collect(&all, cat, &a.cases);
	status = run_all(&a, &all);
	free(all.trial);
	return status;
}
