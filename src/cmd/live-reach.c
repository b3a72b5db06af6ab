// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas live --reach: all layouts of a kind that system calls can build, and
 * what each rule set changes in them.
 */
#include <jansson.h>
#include <string.h>

#include "cmd/live.h"
#include "cmd/words.h"
#include "lib/jobs.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "oracle/reach.h"

/* As long may a child take for a chunk. */
#define SECONDS 20

/* ---- counts ------------------------------------------------------------------- */

enum { MAX_REASONS = 64 };

/* Configurations that are not simply fine, by system call and by why. */
struct reason {
	enum live_verdict verdict;
	enum reach_family family;
	uint8_t try;
	bool choice;
	const char *why;
	size_t nr;
	struct reach_config example;
	struct reach_seen kernel;
	struct reach_seen wanted;
};

struct reach_tally {
	size_t nr[NR_REACH_FAMILIES][NR_VERDICTS];
	struct reason reason[MAX_REASONS];
	size_t nr_reasons;
	size_t own[NR_TRIES]; /* as before, though a later rule set differs */
	double seconds;
};

static struct reason *reason_like(struct reach_tally *t,
				  const struct reach_config *c,
				  struct reach_verdict v)
{
	for (size_t i = 0; i < t->nr_reasons; i++)
		if (t->reason[i].try == c->at[REACH_TRY] &&
		    t->reason[i].verdict == v.verdict &&
		    !strcmp(t->reason[i].why, v.why))
			return &t->reason[i];
	if (t->nr_reasons == MAX_REASONS)
		return NULL;
	t->reason[t->nr_reasons] = (struct reason){ .verdict = v.verdict,
						    .family = reach_family(c),
						    .try = c->at[REACH_TRY],
						    .choice = v.choice,
						    .why = v.why };
	return &t->reason[t->nr_reasons++];
}

static void count(struct reach_tally *t, const struct reach_config *c,
		  struct reach_verdict v, const struct reach_seen *kernel,
		  const struct reach_seen *wanted)
{
	enum reach_family family = reach_family(c);
	struct reason *r;

	t->nr[family][v.verdict]++;
	t->own[c->at[REACH_TRY]] += v.choice && v.verdict == LIVE_AGREES;
	r = v.why ? reason_like(t, c, v) : NULL;
	if (!r || r->nr++)
		return;
	r->example = *c;
	r->kernel = *kernel;
	r->wanted = *wanted;
}

static void totals(const struct reach_tally *t, size_t all[NR_VERDICTS])
{
	for (int v = 0; v < NR_VERDICTS; v++) {
		all[v] = 0;
		for (int f = 0; f < NR_REACH_FAMILIES; f++)
			all[v] += t->nr[f][v];
	}
}

/*
 * A kernel has a fix or not: if one system call sometimes does as a later rule
 * set says, and sometimes does not, then that explains nothing.
 */
static void check_choices(struct reach_tally *t)
{
	for (size_t i = 0; i < t->nr_reasons; i++) {
		struct reason *r = &t->reason[i];
		uint8_t try = r->example.at[REACH_TRY];

		if (r->verdict != LIVE_KNOWN || !r->choice || !t->own[try])
			continue;
		r->verdict = LIVE_DIFFERS;
		r->why = "as later rules say, but not always";
		t->nr[r->family][LIVE_KNOWN] -= r->nr;
		t->nr[r->family][LIVE_DIFFERS] += r->nr;
	}
}

/* ---- trying --------------------------------------------------------------------- */

static void judge_chunk(const struct live_kernel *k,
			const struct reach_config *config, size_t nr,
			const struct reach_seen *seen, struct sim *sim,
			struct reach_tally *t)
{
	static struct reach_seen wanted;
	struct reach_verdict v;

	for (size_t i = 0; i < nr; i++) {
		v = reach_judge(&config[i], k->rules, k->release, sim, &seen[i],
				&wanted);
		count(t, &config[i], v, &seen[i], &wanted);
	}
}

/* Returns 0 or an errno. */
static int try_all(const struct live_kernel *k, const struct reach_space *space,
		   struct reach_tally *t)
{
	static struct reach_seen seen[REACH_CHUNK];
	struct sim *sim = reach_sim();
	double begin = seconds_now();
	int err = 0;

	for (size_t i = 0; !err && i < space->nr; i += REACH_CHUNK) {
		size_t left = space->nr - i;
		size_t nr = left < REACH_CHUNK ? left : REACH_CHUNK;

		progress("%zu of %zu", i, space->nr);
		err = reach_try(&space->config[i], nr, seen, SECONDS);
		if (!err)
			judge_chunk(k, &space->config[i], nr, seen, sim, t);
	}
	progress_end();
	sim_free(sim);
	check_choices(t);
	t->seconds = seconds_now() - begin;
	return err;
}

/* ---- printing --------------------------------------------------------------------- */

static const char *const verdicts[NR_VERDICTS] = {
	[LIVE_AGREES] = "agree",
	[LIVE_DIFFERS] = "differ",
	[LIVE_KNOWN] = "known",
	[LIVE_SKIPPED] = "skipped",
};

static char *counts_text(const size_t *nr)
{
	return xasprintf(
		"%zu agree, %zu differ, %zu differ as is known, %zu skipped",
		nr[LIVE_AGREES], nr[LIVE_DIFFERS], nr[LIVE_KNOWN],
		nr[LIVE_SKIPPED]);
}

static void print_counts(const char *of, const size_t *nr)
{
	printf("%-9s", of);
	wrap_drop(stdout, 9, counts_text(nr));
}

static void print_reason(const struct reason *r, const char *prefix)
{
	say_printf(prefix, "%s, %s: %zu %s: %s", reach_family_names[r->family],
		   reach_word(&r->example, REACH_TRY), r->nr,
		   verdicts[r->verdict], r->why);
	printf("%s  --only %s\n", prefix, REACH_KEY_OF(&r->example));
	if (r->verdict != LIVE_DIFFERS)
		return;
	printf("%s  as the simulator has it:\n", prefix);
	reach_print_seen(stdout, &r->wanted, prefix);
	printf("%s  on this kernel:\n", prefix);
	reach_print_seen(stdout, &r->kernel, prefix);
}

/* What fails is printed below its family, all else after them. */
static void print_reasons(const struct reach_tally *t, int family,
			  const char *prefix)
{
	for (size_t i = 0; i < t->nr_reasons; i++) {
		const struct reason *r = &t->reason[i];
		bool fails = r->verdict == LIVE_DIFFERS;

		if (fails ? (int)r->family == family : family < 0)
			print_reason(r, prefix);
	}
}

static void print_text(const struct live_kernel *k, const struct reach_tally *t,
		       const size_t *all)
{
	live_print_kernel(k, "");
	for (int f = 0; f < NR_REACH_FAMILIES; f++) {
		print_counts(reach_family_names[(enum reach_family)f],
			     t->nr[f]);
		print_reasons(t, f, "");
	}
	print_counts("all", all);
	print_reasons(t, -1, "");
	printf("%.1f s\n", t->seconds);
}

static void print_tap(const struct live_kernel *k, const struct reach_tally *t)
{
	live_print_kernel(k, "# ");
	printf("1..%d\n", NR_REACH_FAMILIES);
	for (int f = 0; f < NR_REACH_FAMILIES; f++) {
		printf("%sok %d - reach %s",
		       t->nr[f][LIVE_DIFFERS] ? "not " : "", f + 1,
		       reach_family_names[(enum reach_family)f]);
		if (!t->nr[f][LIVE_AGREES] && !t->nr[f][LIVE_DIFFERS])
			printf(" # SKIP none could be tried");
		putchar('\n');
		say("# ", counts_text(t->nr[f]));
		print_reasons(t, f, "# ");
	}
	print_reasons(t, -1, "# ");
}

static json_t *counts_json(const size_t *nr)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "agree",
			 (json_int_t)nr[LIVE_AGREES], "differ",
			 (json_int_t)nr[LIVE_DIFFERS], "known",
			 (json_int_t)nr[LIVE_KNOWN], "skipped",
			 (json_int_t)nr[LIVE_SKIPPED]);
}

static json_t *reason_json(const struct reason *r)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "family",
			 reach_family_names[r->family], "call",
			 reach_word(&r->example, REACH_TRY), "result",
			 verdicts[r->verdict], "why", r->why, "count",
			 (json_int_t)r->nr, "example",
			 REACH_KEY_OF(&r->example));
}

static void print_json(const struct live_kernel *k, const struct reach_tally *t)
{
	json_t *families =
		JSON_OBJECT(f, NR_REACH_FAMILIES, reach_family_names[f],
			    counts_json(t->nr[f]));
	json_t *reasons =
		JSON_LIST(i, t->nr_reasons, reason_json(&t->reason[i]));

	common_print_json(json_pack("{s:s, s:s, s:b, s:f, s:o, s:o}", "kernel",
				    k->release, "rules", k->rules->version,
				    "rules_exact", k->exact, "seconds",
				    t->seconds, "families", families, "reasons",
				    reasons),
			  2);
}

/* ---- all, or one of them ------------------------------------------------------------- */

static void show(const struct live_kernel *k, const struct reach_config *c)
{
	static struct reach_seen seen[1], wanted;
	static struct reach_plan plan;
	struct sim *sim = reach_sim();

	reach_plan(c, &plan);
	reach_print_plan(stdout, &plan);
	reach_simulate(c, k->rules, sim, &wanted);
	sim_free(sim);
	puts("as the simulator has it:");
	reach_print_seen(stdout, &wanted, "");
	puts("on this kernel:");
	if (!reach_try(c, 1, seen, SECONDS))
		reach_print_seen(stdout, seen, "");
}

static int run(const struct live_args *a, const struct live_kernel *k,
	       const struct reach_space *space)
{
	static struct reach_tally t;
	size_t all[NR_VERDICTS];
	int err;

	if (a->show && !a->common.json && !a->tap)
		for (size_t i = 0; i < space->nr; i++)
			show(k, &space->config[i]);
	err = try_all(k, space, &t);
	if (err)
		return common_cannot("live", a->tap, strerror(err));
	totals(&t, all);
	if (a->common.json)
		print_json(k, &t);
	else if (a->tap)
		print_tap(k, &t);
	else
		print_text(k, &t, all);
	return live_status(all, a->tap);
}

int live_reach(const struct live_args *a, const struct live_kernel *k)
{
	struct reach_space space;
	struct reach_config c;
	int status;

	if (a->only && !reach_find(a->only, &c))
		return unusable(
			"vmatlas live: no configuration '%s', expected a key as --reach prints it\n",
			a->only);
	if (a->only)
		return run(a, k, &(struct reach_space){ &c, 1 });
	space = reach_all();
	status = run(a, k, &space);
	reach_drop(&space);
	return status;
}

/* ---- rule sets ------------------------------------------------------------------------- */

static const char *const how_words[NR_HOWS] = {
	[HOW_MORE] = "merge since",
	[HOW_LESS] = "merge no more",
	[HOW_SETUP] = "differ in what the setup left",
};

static json_t *change_json(const struct reach_change *ch)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "since",
			 ch->rules->version, "call",
			 reach_word(&ch->example, REACH_TRY), "memory",
			 reach_word(&ch->example, REACH_MEMORY), "how",
			 how_words[ch->how], "count", (json_int_t)ch->nr,
			 "example", REACH_KEY_OF(&ch->example));
}

static json_t *rule_sets_json(void)
{
	return JSON_LIST_IF(i, nr_rule_sets, i,
			    json_pack("{s:s, s:s?, s:s}", "since",
				      rule_sets[i].version, "stable",
				      rule_sets[i].stable, "what",
				      rule_sets[i].what));
}

static void print_changes_json(const struct reach_changes *all, size_t nr)
{
	common_print_json(
		json_pack("{s:I, s:o, s:o}", "configurations", (json_int_t)nr,
			  "rule_sets", rule_sets_json(), "changes",
			  JSON_LIST(i, all->nr, change_json(&all->change[i]))),
		2);
}

static size_t print_changes_of(const struct reach_changes *all,
			       const struct rules *rules)
{
	size_t nr = 0;

	for (size_t i = 0; i < all->nr; i++) {
		const struct reach_change *ch = &all->change[i];

		if (ch->rules != rules)
			continue;
		printf("  %-9s%-7s%6zu %s\n    --only %s\n",
		       reach_word(&ch->example, REACH_TRY),
		       reach_word(&ch->example, REACH_MEMORY), ch->nr,
		       how_words[ch->how], REACH_KEY_OF(&ch->example));
		nr += ch->nr;
	}
	return nr;
}

static void print_changes(const struct reach_changes *all, size_t nr_configs)
{
	wrap_printf(stdout, 0,
		    "%zu configurations; what each rule set changes in them:",
		    nr_configs);
	for (size_t i = 1; i < nr_rule_sets; i++) {
		const struct rules *r = &rule_sets[i];

		wrap_printf(stdout, 0, "since %s%s%s: %s", r->version,
			    r->stable ? ", and " : "",
			    r->stable ? r->stable : "", r->what);
		if (!print_changes_of(all, r))
			puts("  nothing that user space sees");
	}
}

int live_reach_rules(bool json)
{
	static struct reach_changes changes;
	struct reach_space space = reach_all();

	reach_compare_rules(&space, &changes);
	if (json)
		print_changes_json(&changes, space.nr);
	else
		print_changes(&changes, space.nr);
	reach_drop(&space);
	return EXIT_FINE;
}
