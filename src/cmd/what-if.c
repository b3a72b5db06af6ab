// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas what-if: what system calls would do to a process. */
#include <stdlib.h>
#include <string.h>

#include "cmd/process.h"
#include "cmd/what-if.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "oracle/live.h"

#define MAX_CALLS 1000
#define HEADING_MAX 72 /* columns */
#define PAGE_SIZE_OF_FILES 4096

/* "both": the two that say the most, and those only where they differ. */
enum { ASK_BOTH = NR_FAULTED };

/* In the order of enum faulted. */
#define FAULTED "seen|none|writable|both"

struct what_if_args {
	struct common common;
	struct words words;
	pid_t pid; /* 0 for none */
	bool empty;
	unsigned int faulted;
	bool strict;
	unsigned long limit; /* 0 for the default */
	uint64_t page_size;  /* 0 to find it out */
};

/* ---- what is asked for ------------------------------------------------------- */

static const char *check_args(const void *args)
{
	const struct what_if_args *a = args;
	size_t source = !a->pid && !a->empty;

	if (a->pid && a->empty)
		return "both --pid and --empty, expected one";
	if (source && !a->words.nr)
		return "expected --pid PID, --empty, or a FILE";
	if (a->words.nr <= source)
		return "no operation, expected one such as 'munmap ADDR LEN'";
	return NULL;
}

#define AT(member) FIELD(struct what_if_args, member)

static const struct setting settings[] = {
	{ "pid", "PID", "of a process that runs", SET_NUMBER, AT(pid), 1,
	  PROCESS_PID_MAX },
	{ "empty", NULL, "of a process that has nothing mapped", SET_FLAG,
	  AT(empty) },
	{ "faulted", FAULTED,
	  "what was written to: \"seen\", what smaps shows; \"none\", nothing; \"writable\", all private memory that can be; \"both\", as the default is: the first and the last of these where they differ",
	  SET_WORD, AT(faulted), .what = "memory" },
	{ "strict", NULL, "exit status 1 if a line was not understood",
	  SET_FLAG, AT(strict) },
	{ "max-map-count", "N",
	  "VMAs that a process may have there (default: 65530, or more if FILE has more)",
	  SET_NUMBER, AT(limit), 1, PROCESS_LIMIT_MAX },
	{ "page-size", "BYTES", "of FILE (default: what smaps says, or 4096)",
	  SET_BY, AT(page_size), .by = process_page_size, .not_with = "pid",
	  .is_for = PROCESS_FILE_ONLY },
	{ 0 },
};

const struct usage what_if_usage = {
	.settings = settings,
	.args_doc = "FILE|- OPERATION...\n--pid PID OPERATION...\n"
		    "--empty OPERATION...",
	.doc = "Say what system calls would do to what a process has mapped, one after the other: each case, with a picture, its steps, and what is mapped then. FILE is a copy of /proc/PID/smaps or maps.\v",
	.words = offsetof(struct what_if_args, words),
	.check = check_args,
	.list = syscall_help,
};

/* ---- what is mapped ------------------------------------------------------------ */

/* The first word is a file unless an option says what to read. */
static bool read_source(struct what_if_args *a, struct proc_maps **maps)
{
	*maps = NULL;
	if (a->empty)
		return true;
	if (a->pid) {
		*maps = process_pid(a->pid, a->limit);
		return *maps;
	}
	*maps = process_file(a->words.v[0], a->page_size, a->limit);
	a->words.v++;
	a->words.nr--;
	return *maps;
}

static struct sim *make_process(const struct what_if_args *a,
				const struct proc_maps *maps,
				enum faulted faulted)
{
	uint64_t page_size = maps	    ? maps->page_size
			     : a->page_size ? a->page_size
					    : PAGE_SIZE_OF_FILES;
	struct sim *sim = sim_new(a->common.rules, page_size, faulted);

	sim_release(sim, a->common.release);
	sim_set(sim, SIM_NO_ZERO_PAGE, a->pid && live_lacks_zero_page());
	if (maps)
		sim_load(sim, maps);
	else if (a->limit)
		sim_limit(sim, a->limit);
	return sim;
}

/* ---- calls ------------------------------------------------------------------------ */

/* A process, what it has mapped, and what is done to it. */
struct answer {
	enum faulted faulted;
	struct sim *sim;
	struct proc_maps *now;
	struct syscall calls[MAX_CALLS];
	struct arena *kept;
	size_t nr;
	json_t *json;
};

/* Returns false after saying what is wrong. */
static bool parse_calls(struct answer *answer, const struct words *words)
{
	for (size_t at = 0; at < words->nr;) {
		size_t taken;

		if (answer->nr == MAX_CALLS) {
			fprintf(stderr,
				"vmatlas: more than %d operations, expected no more\n",
				MAX_CALLS);
			return false;
		}
		taken = what_if_parse(answer->sim, answer->now, answer->kept,
				      words->v + at, words->nr - at,
				      &answer->calls[answer->nr++]);
		if (!taken)
			return false;
		at += taken;
	}
	return true;
}

/* ---- printing ----------------------------------------------------------------------------- */

static void print_heading(size_t i, const struct what_if_call *c,
			  const struct common *common)
{
	printf("%s%s%zu. ", i ? "\n\n" : "", color_start(common), i + 1);
	text_print(stdout, c->text, HEADING_MAX);
	printf("%s\n", color_end(common));
}

/* What two answers have in common is said once. */
static void print_answers(const struct what_if_call *calls, size_t nr, size_t i,
			  const struct common *common)
{
	char *text[2] = { NULL };

	print_heading(i, &calls[0], common);
	for (size_t j = 0; j < nr; j++)
		text[j] = PRINTED(out, what_if_print(out, &calls[j], common));
	if (nr == 1 || !strcmp(text[0], text[1])) {
		fputs(text[0], stdout);
	} else {
		for (size_t j = 0; j < nr; j++)
			printf("\n%s%s%s\n%s", color_start(common),
			       faulted_words[calls[j].faulted].text,
			       color_end(common), text[j]);
	}
	free(text[0]);
	free(text[1]);
}

static void run_call(const struct what_if_args *a, struct answer *answers,
		     size_t nr, size_t i, const struct catalog *cat)
{
	struct what_if_call calls[2];

	for (size_t j = 0; j < nr; j++)
		answers[j].now = what_if_do(&calls[j], answers[j].sim,
					    answers[j].faulted, answers[j].now,
					    &answers[j].calls[i], cat);
	if (!a->common.json)
		print_answers(calls, nr, i, &a->common);
	for (size_t j = 0; j < nr; j++) {
		if (a->common.json)
			json_array_append_new(answers[j].json,
					      what_if_json(&calls[j]));
		what_if_drop(&calls[j]);
	}
}

/* What was read; null if nothing was. */
static json_t *source_json(const struct proc_maps *maps)
{
	if (!maps)
		return json_null();
	return json_pack(
		"{s:o, s:I, s:I, s:I, s:I}", "name", json_name(maps->source),
		"vmas", (json_int_t)proc_counted(maps), "page_size",
		(json_int_t)maps->page_size, "max_map_count",
		(json_int_t)(maps->max_map_count ?: DEFAULT_MAX_MAP_COUNT),
		"skipped_lines", (json_int_t)maps->nr_skipped);
}

static void print_json(const struct what_if_args *a,
		       const struct proc_maps *maps,
		       const struct answer *answers, size_t nr)
{
	json_t *list =
		JSON_LIST(i, nr,
			  json_pack("{s:s, s:O}", "faulted",
				    faulted_words[answers[i].faulted].key,
				    "calls", answers[i].json));

	common_print_json(json_pack("{s:s, s:b, s:o, s:o}", "rules",
				    a->common.rules->version, "rules_exact",
				    !a->common.rules->beyond, "source",
				    source_json(maps), "answers", list),
			  1);
}

/* ---- all of it -------------------------------------------------------------------------------- */

/* Returns how many there are. */
static size_t choose_answers(const struct what_if_args *a,
			     struct answer *answers)
{
	if (a->faulted != ASK_BOTH) {
		answers[0].faulted = a->faulted;
		return 1;
	}
	answers[0].faulted = FAULTED_SEEN;
	answers[1].faulted = FAULTED_WRITABLE;
	return 2;
}

static int run_calls(const struct what_if_args *a, const struct proc_maps *maps,
		     const struct catalog *cat)
{
	struct answer *answers __free(free) = xcalloc(2, sizeof(*answers));
	bool usable = true;
	size_t nr;

	nr = choose_answers(a, answers);
	for (size_t i = 0; i < nr && usable; i++) {
		answers[i].sim = make_process(a, maps, answers[i].faulted);
		answers[i].kept = arena_new();
		answers[i].now = sim_maps(answers[i].sim);
		answers[i].json = json_array();
		usable = parse_calls(&answers[i], &a->words);
	}
	if (usable && !a->common.json)
		printf("By the rules of Linux %s\n\n",
		       a->common.rules->version);
	for (size_t i = 0; usable && i < answers[0].nr; i++)
		run_call(a, answers, nr, i, cat);
	if (usable && a->common.json)
		print_json(a, maps, answers, nr);
	for (size_t i = 0; i < nr; i++) {
		proc_free(answers[i].now);
		sim_free(answers[i].sim);
		arena_free(answers[i].kept);
		json_decref(answers[i].json);
	}
	return usable ? EXIT_FINE : EXIT_UNUSABLE;
}

/*
 * An operation may be one argument: 'mprotect 7f0000001000 4K r--'. The words are
 * copies from here on, for free_operations().
 */
static void split_operations(struct words *words)
{
	char **out = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < words->nr; i++) {
		char *word = words->v[i];
		size_t len = strcspn(word, " ");

		if (word[len] && syscall_find(word, len)) {
			for (char *at = strtok(word, " "); at;
			     at = strtok(NULL, " "))
				*xappend(out, nr) = xstrdup(at);
		} else {
			*xappend(out, nr) = xstrdup(word);
		}
	}
	words->v = out;
	words->nr = nr;
}

static void free_operations(struct words *words)
{
	for (size_t i = 0; i < words->nr; i++)
		free(words->v[i]);
	free(words->v);
}

/*
 * A protection can begin as options do. While argp looks at it, it begins with
 * another character.
 */
static void mark_protections(char **words, size_t nr, char from, char to)
{
	for (size_t i = 0; i < nr; i++) {
		char *word = words[i];

		if (word[0] == from && (word[1] == 'w' || word[1] == '-') &&
		    (word[2] == 'x' || word[2] == '-') && !word[3])
			word[0] = to;
	}
}

int cmd_what_if(int argc, char **argv)
{
	struct what_if_args a = { .faulted = ASK_BOTH };
	struct proc_maps *maps;
	int status = EXIT_UNUSABLE;

	mark_protections(argv, (size_t)argc, '-', '+');
	parse_args(&what_if_usage, argc, argv, &a);
	mark_protections(a.words.v, a.words.nr, '+', '-');
	process_rules(&a.common, a.pid);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	if (read_source(&a, &maps)) {
		split_operations(&a.words);
		status = run_calls(&a, maps, cat);
		free_operations(&a.words);
	}
	if (status == EXIT_FINE && a.strict && maps && maps->nr_skipped)
		status = EXIT_WRONG;
	proc_free(maps);
	return status;
}
