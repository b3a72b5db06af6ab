// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page asks: what-if in a browser. All that decides is what the program
 * has; here a question is taken apart, and an answer put together.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/process.h"
#include "cmd/what-if.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "process/load.h"
#include "space/space.h"
#include "syscall/internal.h"
#include "wasm/checksum.h"

#define EXPORT(name) __attribute__((export_name(#name))) name
#define PAGE_BYTES 4096
#define MAX_WORDS 64

static const struct catalog no_catalog;

static char *input;
static char *answer;

/*
 * page_input - room for a question
 * @size: bytes
 */
char *EXPORT(page_input)(size_t size)
{
	free(input);
	input = calloc(size + 1, 1);
	return input;
}

/* ---- what maps cannot say ----------------------------------------------------- */

/*
 * "forked 10000000 close 10004000": of the VMA at an address that its anon_vma
 * was inherited, or that it has a close hook; "own", that it was written to
 * before what lies beside it was there; "uffd", that it is registered with a
 * userfaultfd of its own.
 */
static void apply_hidden(struct sim *sim, char *text)
{
	char *what = strtok(text, " "), *where;

	for (; what && (where = strtok(NULL, " ")); what = strtok(NULL, " ")) {
		unsigned long page = page_of(sim, strtoull(where, NULL, 16));
		const struct vma_state *v = vma_at(sim, page);
		struct vma_state new;

		if (!v)
			continue;
		new = *v;
		if (!strcmp(what, "forked") && v->anon_vma)
			new.forked = true;
		else if (!strcmp(what, "own") && v->anon_vma)
			new.anon_vma = ++sim->last_anon_vma;
		else if (!strcmp(what, "close"))
			new.attrs.has_close = true;
		else if (!strcmp(what, "uffd"))
			new.attrs.uffd_ctx = 1 + (uint32_t)page;
		mm_replace(sim->mm, page, &new);
	}
}

/* ---- frames for the player ------------------------------------------------------ */

static json_t *frame(const struct report *r, size_t moment, const char *title,
		     bool code)
{
	char *text __free(free) = PRINTED(out, svg_print(out, r, moment));

	return json_pack("{s:s, s:b, s:s}", "title", title, "code", (int)code,
			 "svg", text);
}

static json_t *frames(const struct report *r)
{
	json_t *list = json_array();

	if (!r)
		return list;
	json_array_append_new(list, frame(r, 0, "Before", false));
	for (size_t i = 0; i < r->nr_steps; i++)
		json_array_append_new(list,
				      frame(r, i + 1, r->steps[i].text, true));
	json_array_append_new(list, frame(r, r->nr_steps + 1, "After", false));
	return list;
}

static json_t *all_frames(const struct what_if_call *c)
{
	return JSON_LIST(i, c->nr_ops, frames(c->ops[i].report));
}

/* ---- questions --------------------------------------------------------------------- */

static size_t split(char *text, char **words)
{
	size_t nr = 0;

	for (char *w = strtok(text, " "); w && nr < MAX_WORDS;
	     w = strtok(NULL, " "))
		words[nr++] = w;
	return nr;
}

static json_t *run(struct sim *sim, enum faulted faulted,
		   const struct syscall *call)
{
	struct what_if_call c = { 0 };
	struct proc_maps *after =
		what_if_do(&c, sim, faulted, sim_maps(sim), call, &no_catalog);
	json_t *json = what_if_json(&c);

	json_object_set_new(json, "frames", all_frames(&c));
	what_if_drop(&c);
	proc_free(after);
	return json;
}

static json_t *run_all(struct sim *sim, enum faulted faulted, char *text,
		       FILE *err)
{
	char *words[MAX_WORDS];
	size_t nr = split(text, words), taken;
	json_t *list = json_array();
	struct syscall call;

	for (size_t at = 0; at < nr; at += taken) {
		taken = syscall_parse(sim, words + at, nr - at, &call, err);
		if (!taken)
			break;
		json_array_append_new(list, run(sim, faulted, &call));
	}
	return list;
}

static enum faulted faulted_find(const char *name)
{
	for (unsigned int f = 0; f < NR_FAULTED; f++)
		if (!strcmp(name, faulted_words[f].key))
			return (enum faulted)f;
	return FAULTED_SEEN;
}

static struct sim *make_sim(const struct rules *rules, enum faulted faulted,
			    char *smaps, FILE *err)
{
	struct sim *sim = sim_new(rules, PAGE_BYTES, faulted);
	struct proc_maps *maps;
	FILE *in;

	if (!*smaps)
		return sim;
	in = fmemopen(smaps, strlen(smaps), "r");
	if (!in)
		abort();
	maps = proc_read(in, "page", PAGE_BYTES, err);
	fclose(in);
	if (maps)
		sim_load(sim, maps);
	proc_free(maps);
	return sim;
}

/* The next of the parts of a question, each of which a NUL ends. */
static char *next_part(char **at)
{
	char *part = *at;

	*at += strlen(part) + 1;
	return part;
}

/*
 * page_answer - answer what was put where page_input() says
 *
 * Five texts, each of which a NUL ends: the rules, what was written to, smaps,
 * what maps cannot say, and the calls as what-if takes them. Returns JSON: of
 * each call what "what-if --format json" says, and its frames; and what is wrong
 * with the question.
 */
const char *EXPORT(page_answer)(void)
{
	char *at = input;
	const struct rules *rules = rules_for(next_part(&at));
	enum faulted faulted = faulted_find(next_part(&at));
	struct sim *sim;
	json_t *calls;
	struct buffer said;
	FILE *err = buffer_open(&said);

	if (!rules)
		rules = rules_for("latest");
	sim = make_sim(rules, faulted, next_part(&at), err);
	apply_hidden(sim, next_part(&at));
	calls = run_all(sim, faulted, next_part(&at), err);
	sim_free(sim);
	free(answer);
	answer = json_text(json_pack("{s:s, s:o, s:s}", "rules", rules->version,
				     "calls", calls, "wrong",
				     buffer_text(&said)));
	free(said.text);
	return answer;
}

/*
 * page_rules - the rule sets that there are
 *
 * Returns a JSON array of objects, oldest first.
 */
const char *EXPORT(page_rules)(void)
{
	json_t *list = json_array();

	for_each_rules(r)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "version",
						r->version, "what", r->what));
	free(answer);
	answer = json_text(list);
	return answer;
}

/*
 * page_checksum - that of all configurations: space_checksum()
 * @rules: index in page_rules()
 * @sweep: index of the sweep
 */
const char *EXPORT(page_checksum)(unsigned int rules, unsigned int sweep)
{
	size_t newest = nr_rule_sets - 1;

	free(answer);
	answer = json_text(json_sprintf(
		"%016llx",
		(unsigned long long)space_checksum(
			sweep, &rule_sets[rules < newest ? rules : newest])));
	return answer;
}
