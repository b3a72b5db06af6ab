// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas live --random: random programs of system calls, on the running kernel
 * and on a simulated process.
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "cmd/live.h"
#include "cmd/words.h"
#include "lib/file.h"
#include "lib/jobs.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "process/maps.h"
#include "process/random.h"

/* Lines of TAP are not wrapped: programs read them. @text is freed. */
static void put_words(FILE *out, char *text)
{
	if (out == stdout) {
		wrap_drop(out, 0, text);
		return;
	}
	fprintf(out, "%s\n", text);
	free(text);
}

static void print_lacks(FILE *out, const struct random_lacks *lacks)
{
	const struct {
		bool lacks;
		const char *what;
	} others[] = { { lacks->stack, "MAP_STACK" },
		       { lacks->droppable, "MAP_DROPPABLE" },
		       { lacks->file, "memfd_create()" },
		       { lacks->zero, "/dev/zero" },
		       { lacks->uffd & UFFD_WP, "UFFDIO_REGISTER_MODE_WP" },
		       { lacks->uffd & UFFD_MINOR,
			 "UFFDIO_REGISTER_MODE_MINOR" } };
	const char *before = "not tried, for it fails here: ";
	struct buffer b;
	FILE *line = buffer_open(&b);

	for (int kind = 1; kind < NR_CALLS; kind++) {
		if (!lacks->kind[kind] || !syscall_rows[kind].ops ||
		    kind == CALL_EXECVE || kind == CALL_BRK)
			continue;
		text_print_item(line, &before, syscall_name(kind), ", ");
	}
	for (const struct word *w = arg_words(ARG_ADVICE); is_word(w); w++)
		if (lacks->advice[w->value])
			text_print_item(line, &before, w->symbol, ", ");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].lacks)
			text_print_item(line, &before, others[i].what, ", ");
	if (*before == ',')
		put_words(out, buffer_text(&b));
	else
		free(buffer_text(&b));
	if (random_not_shown(random_kernel()))
		put_words(
			out,
			xasprintf(
				"not compared, for smaps does not show it here: %s",
				proc_flag_code(VM_LOCKONFAULT_BIT)));
}

static void print_counts(FILE *out, const struct random_result *r)
{
	put_words(
		out,
		xasprintf("%" PRIu64 " call%s in %" PRIu64
			  " program%s, %.0f calls/s; %" PRIu64
			  " failed on both; %" PRIu64 " program%s differ%s",
			  r->calls, plural(r->calls), r->programs,
			  plural(r->programs),
			  r->seconds > 0 ? (double)r->calls / r->seconds : 0.0,
			  r->failed, r->differ, plural(r->differ),
			  r->differ == 1 ? "s" : ""));
	for (unsigned int i = 0; random_known_why(i); i++)
		if (r->known[i])
			put_words(out,
				  xasprintf("known, %" PRIu64 " time%s: %s",
					    r->known[i], plural(r->known[i]),
					    random_known_why(i)));
}

static void print_text(FILE *out, const struct live_args *a,
		       const struct random_result *r)
{
	print_lacks(out, &r->lacks);
	for (size_t i = 0; i < r->nr_found; i++) {
		fprintf(out, "\ndifference %zu, %zu time%s:\n", i + 1,
			r->found[i].nr, plural(r->found[i].nr));
		random_print_found(out, &r->found[i]);
		if (a->dir)
			fprintf(out, "  in C: %s/random-%zu.c\n", a->dir,
				i + 1);
	}
	if (r->nr_found)
		fputc('\n', out);
	print_counts(out, r);
}

/* One test; all else is comments. */
static void print_tap(const struct live_args *a, const struct random_result *r)
{
	char *text = PRINTED(out, print_text(out, a, r)), *at, *line;

	printf("1..1\n%sok 1 - random\n", r->differ ? "not " : "");
	for (at = text; (line = strsep(&at, "\n")) && at;)
		printf("# %s\n", line);
	free(text);
}

static json_t *json_text(void (*print)(FILE *out, const struct random_found *f),
			 const struct random_found *f)
{
	char *printed __free(free) = PRINTED(out, print(out, f));
	return json_string(printed);
}

static json_t *found_json(const struct random_found *f)
{
	return json_pack("{s:I, s:I, s:o, s:o}", "count", (json_int_t)f->nr,
			 "calls", (json_int_t)f->program.nr, "text",
			 json_text(random_print_found, f), "program",
			 json_text(random_print_c, f));
}

static void print_json(const struct live_args *a, const struct live_kernel *k,
		       const struct random_result *r)
{
	json_t *known = json_array(), *o;

	for (unsigned int i = 0; random_known_why(i); i++)
		json_array_append_new(known,
				      json_pack("{s:I, s:s}", "count",
						(json_int_t)r->known[i], "why",
						random_known_why(i)));
	o = json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:f, s:o, s:o}",
		      "kernel", k->release, "rules", k->rules->version,
		      "rules_exact", k->exact, "seed", (json_int_t)a->seed,
		      "calls", (json_int_t)r->calls, "programs",
		      (json_int_t)r->programs, "differ", (json_int_t)r->differ,
		      "seconds", r->seconds, "known", known, "differences",
		      JSON_LIST(i, r->nr_found, found_json(&r->found[i])));
	shard_json(o, &a->shard);
	common_print_json(o, 2);
}

/* Returns false after saying why. */
static bool write_programs(const struct live_args *a,
			   const struct random_result *r)
{
	struct files *files __free(files) = files_new();

	for (size_t i = 0; i < r->nr_found; i++)
		random_print_c(files_add(files, "random-%zu.c", i + 1),
			       &r->found[i]);
	return !files_write(files, a->dir, stderr);
}

static int status_of(const struct random_result *r)
{
	if (r->differ)
		return EXIT_WRONG;
	if (r->interrupted)
		return unusable("vmatlas live: interrupted\n");
	return r->calls ? EXIT_FINE : EXIT_UNUSABLE;
}

int live_random(const struct live_args *a, const struct live_kernel *k)
{
	const struct random_opts opts = {
		.rules = k->rules,
		.seed = a->seed,
		.calls = a->calls,
		.seconds = (double)a->seconds,
		.jobs = threads_default(),
		.shard = a->shard.index,
		.shards = a->shard.of ? a->shard.of : 1,
	};
	static struct random_result r;
	int err;

	if (!a->common.json)
		say_printf(a->tap ? "# " : "",
			   "Linux %s, rules of %s%s, seed %" PRIu64, k->release,
			   k->rules->version,
			   k->exact ? "" : ", which is not the same", a->seed);
	fflush(stdout);
	interrupt_catch();
	err = random_run(&opts, &r);
	interrupt_release();
	if (err)
		return unusable("vmatlas live: nothing can be tried: %s\n",
				strerror(-err));
	if (a->dir && r.nr_found && !write_programs(a, &r))
		return EXIT_UNUSABLE;
	if (a->common.json)
		print_json(a, k, &r);
	else if (a->tap)
		print_tap(a, &r);
	else
		print_text(stdout, a, &r);
	return status_of(&r);
}
