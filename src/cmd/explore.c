// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas explore: every interleaving of an operation with a reader.
 *
 * That a reader can see a gap is a result, not a fault, so the exit status is 0
 * then as well. It is 1 if a reader can fail to finish, or the writer keeps a
 * lock; 2 for a call that makes no sense or a search that was not completed.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/jobs.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "report/reading.h"

#define DEFAULT_MAX_STATES 20000000

enum {
	OPT_READER = 0x300,
	OPT_LEFT,
	OPT_RIGHT,
	OPT_OPS,
	OPT_THEN,
	OPT_READERS,
	OPT_MAX_STATES,
	OPT_JOBS,
	OPT_TRACE,
	OPT_WAY,
};

static const struct argp_option options[] = {
	{ "reader", OPT_READER, "NAME|all", 0,
	  "who reads, see below (default: upstream)", 0 },
	{ "left", OPT_LEFT, "none|hole|adjacent|all", 0,
	  "what lies below the case (default: all)", 0 },
	{ "right", OPT_RIGHT, "none|hole|adjacent|all", 0,
	  "what lies above it (default: all)", 0 },
	{ "ops", OPT_OPS, "N", 0,
	  "sequences of N operations that begin with the case's, one of each kind that can follow, 1 to 4",
	  0 },
	{ "then", OPT_THEN, "OP", 0,
	  "of the sequences, only the first that goes on like this, as JSON has it under \"then\"; once for each operation that follows",
	  0 },
	{ "readers", OPT_READERS, "N", 0, "how many read at once, 1 or 2", 0 },
	{ "max-states", OPT_MAX_STATES, "N", 0,
	  "give up a search after N states (default: 20000000)", 0 },
	{ "jobs", OPT_JOBS, "N", 0,
	  "searches side by side (default: one a processor)", 0 },
	{ "trace", OPT_TRACE, 0, 0,
	  "print an interleaving: the shortest to a gap, or else to the worst "
	  "that can be seen; with a VMA above the case if that has one and "
	  "--right does not say otherwise",
	  0 },
	{ "way", OPT_WAY, "NAME", 0,
	  "with --trace, the shortest that loses pages like this: sample, end, slot, reuse or hole",
	  0 },
	{ 0 },
};

/* ---- what is asked for ------------------------------------------------- */

#define ALL (-1)

struct explore_args {
	struct common common;
	struct words cases;
	const struct reader *reader; /* NULL for all */
	int left;		     /* enum side or ALL */
	int right;
	size_t ops;
	const char *then[MAX_CHAIN]; /* NULL where nothing is asked for */
	size_t nr_then;
	unsigned int readers;
	size_t max_states;
	size_t jobs;
	bool trace;
	enum way way; /* WAY_NONE for any */
};

static void parse_reader(struct explore_args *a, const char *arg,
			 struct argp_state *state)
{
	a->reader = strcmp(arg, "all") ? reader_find(arg) : NULL;
	if (!a->reader && strcmp(arg, "all"))
		argp_error(
			state,
			"unknown reader '%s', expected 'all' or one of those below",
			arg);
}

static int parse_side(const char *arg, struct argp_state *state)
{
	for (int side = 0; side < NR_SIDES; side++)
		if (!strcmp(arg, side_name(side)))
			return side;
	if (strcmp(arg, "all"))
		argp_error(
			state,
			"unknown side '%s', expected 'none', 'hole', 'adjacent' or 'all'",
			arg);
	return ALL;
}

static enum way parse_way(const char *arg, struct argp_state *state)
{
	for (enum way way = WAY_NONE + 1; way < NR_WAYS; way++)
		if (!strcmp(arg, way_name(way)))
			return way;
	argp_error(
		state,
		"unknown way '%s', expected 'sample', 'end', 'slot', 'reuse' or 'hole'",
		arg);
	return WAY_NONE;
}

static void parse_then(struct explore_args *a, const char *arg,
		       struct argp_state *state)
{
	if (a->nr_then == MAX_CHAIN)
		argp_error(
			state,
			"--then is given too often, expected it %d times at most",
			MAX_CHAIN);
	a->then[a->nr_then++] = arg;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct explore_args *a = state->input;

	switch (key) {
	case OPT_READER:
		parse_reader(a, arg, state);
		return 0;
	case OPT_LEFT:
		a->left = parse_side(arg, state);
		return 0;
	case OPT_RIGHT:
		a->right = parse_side(arg, state);
		return 0;
	case OPT_OPS:
		a->ops = common_number("ops", arg, 1, MAX_CHAIN, state);
		return 0;
	case OPT_THEN:
		parse_then(a, arg, state);
		return 0;
	case OPT_READERS:
		a->readers = common_number("readers", arg, 1, 2, state);
		return 0;
	case OPT_MAX_STATES:
		a->max_states = common_number("max-states", arg, 1,
					      UINT32_MAX / 4, state);
		return 0;
	case OPT_JOBS:
		a->jobs = common_number("jobs", arg, 1, THREADS_MAX, state);
		return 0;
	case OPT_TRACE:
		a->trace = true;
		return 0;
	case OPT_WAY:
		a->way = parse_way(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explore_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARGS:
		words_rest(&a->cases, state);
		return 0;
	case ARGP_KEY_END:
		if (a->way && !a->trace)
			argp_error(
				state,
				"--way is of an interleaving, expected it with --trace");
		if (a->trace && !a->common.json && a->cases.nr != 1)
			argp_error(
				state,
				"--trace is of one case, expected its identifier");
		if (a->trace && !a->common.json && !a->reader)
			argp_error(
				state,
				"--trace is of one reader, expected its name");
		return 0;
	default:
		return parse_option(key, arg, state);
	}
}

/* The readers, listed from the table. */
static void list_readers(FILE *out)
{
	size_t nr;

	fputs("Readers:\n", out);
	for (const struct reader *r = readers(&nr), *end = r + nr; r < end; r++)
		fprintf(out, "  %-15s%s\n", r->name, r->what);
}

static char *help_filter(int key, const char *text, void *input)
{
	(void)input;
	return help_with(key, text, list_readers);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CASE...]",
	.doc = "Try every interleaving of the cases' operations, or of all cases', with a reader of /proc/PID/maps, and say what can be seen.\v",
	.children = common_children,
	.help_filter = help_filter,
};

/* ---- operations in words ----------------------------------------------- */

static void print_op(FILE *out, const struct op *op)
{
	static const char *const kinds[NR_OPS] = {
		[OP_MODIFY] = "modify",	  [OP_MAP] = "map",
		[OP_SPLIT] = "split",	  [OP_UNMAP] = "unmap",
		[OP_REPLACE] = "replace",
	};

	if (op->kind == OP_SPLIT)
		fprintf(out, "split at %lu, new %s", op->start,
			op->new_below ? "below" : "above");
	else
		fprintf(out, "%s [%lu, %lu)", kinds[op->kind], op->start,
			op->end);
}

static bool op_is(const struct op *op, const char *text)
{
	char *words;
	size_t len;
	FILE *out = stream_open(&words, &len);
	bool is;

	print_op(out, op);
	stream_close(out);
	is = !strcmp(words, text);
	free(words);
	return is;
}

/* Whether --then asks for this sequence, or is not there. */
static bool chain_is(const struct chain *chain, const struct explore_args *a)
{
	if (a->nr_then && a->nr_then != chain->nr)
		return false;
	for (size_t i = 0; i < a->nr_then; i++)
		if (!op_is(&chain->ops[i], a->then[i]))
			return false;
	return true;
}

/* ---- searches: one a case, reader, surrounding and sequence ------------ */

struct search_job {
	const struct cat_case *c;
	const struct reader *reader;
	enum side left;
	enum side right;
	struct chain then;
	struct findings found;
	json_t *json;
	enum explore_end end;
};

struct searches {
	const struct explore_args *a;
	struct search_job *v;
	size_t nr;
	size_t max;
};

static bool show_progress(void *data, size_t states)
{
	const struct search_job *s = data;

	progress("%s: %zu states", s->c->id, states);
	return !interrupted();
}

static void add_search(struct searches *all, struct search_job s)
{
	xroom(all->v, all->nr, all->max);
	all->v[all->nr++] = s;
}

static void add_sequences(struct searches *all, struct search_job s)
{
	const struct explore_args *a = all->a;
	struct chain *chains;
	size_t nr;

	if (a->ops == 1) {
		if (!a->nr_then)
			add_search(all, s);
		return;
	}
	chains = explore_follow_ups(s.c, a->common.rules, s.left, s.right,
				    a->ops, &nr);
	for (size_t i = 0; i < nr; i++) {
		if (!chain_is(&chains[i], a))
			continue;
		s.then = chains[i];
		add_search(all, s);
		if (a->nr_then)
			break;
	}
	free(chains);
}

static void add_sides(struct searches *all, struct search_job s)
{
	const struct explore_args *a = all->a;

	for (int left = 0; left < NR_SIDES; left++)
		for (int right = 0; right < NR_SIDES; right++) {
			if ((a->left != ALL && a->left != left) ||
			    (a->right != ALL && a->right != right))
				continue;
			s.left = left;
			s.right = right;
			add_sequences(all, s);
		}
}

static void add_readers(struct searches *all, const struct cat_case *c)
{
	size_t nr;

	for (const struct reader *r = readers(&nr), *end = r + nr; r < end; r++)
		if (!all->a->reader || all->a->reader == r)
			add_sides(all,
				  (struct search_job){ .c = c, .reader = r });
}

static struct exploration *run_search(const struct explore_args *a,
				      const struct search_job *s)
{
	struct explore_opts opts = EXPLORE_OPTS_INIT;

	opts.reader = s->reader;
	opts.left = s->left;
	opts.right = s->right;
	opts.readers = a->readers;
	opts.then = s->then;
	opts.max_states = a->max_states;
	opts.progress = show_progress;
	opts.data = (void *)s;
	return explore(s->c, a->common.rules, &opts);
}

static json_t *search_json(const struct search_job *s,
			   const struct exploration *x, bool trace);

static void run_one(void *data, size_t i)
{
	struct searches *all = data;
	struct search_job *s = &all->v[i];
	struct exploration *x;

	if (interrupted()) {
		s->end = EXPLORE_INTERRUPTED;
		s->found.limit = true;
		return;
	}
	x = run_search(all->a, s);
	findings_add(&s->found, x);
	s->end = x->end;
	/* Many short searches take long, too. */
	progress("%zu of %zu searches", i, all->nr);
	if (all->a->common.json && x->end == EXPLORED)
		s->json = search_json(s, x, all->a->trace);
	exploration_free(x);
}

static void run_searches(struct searches *all)
{
	interrupt_catch();
	jobs_run(run_one, all, all->nr, all->a->jobs);
	progress_end();
	interrupt_release();
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *twice_json(const struct exploration *x)
{
	json_t *names = json_array();

	for (vma_id id = 1; id < 32; id++)
		if (x->twice & 1U << id)
			json_array_append_new(
				names, json_string(exploration_name(x, id)));
	return names;
}

static json_t *observation_json(const struct observation *o)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < o->nr; i++)
		json_array_append_new(
			lines,
			json_pack("{s:s, s:I, s:I}", "vma", o->lines[i].name,
				  "start", (json_int_t)o->lines[i].start, "end",
				  (json_int_t)o->lines[i].end));
	return lines;
}

static json_t *observations_json(const struct exploration *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->nr; i++)
		json_array_append_new(list,
				      observation_json(&x->observations[i]));
	return list;
}

static json_t *then_json(const struct chain *chain)
{
	json_t *list = json_array();

	for (size_t i = 0; i < chain->nr; i++) {
		char *text;
		size_t len;
		FILE *out = stream_open(&text, &len);

		print_op(out, &chain->ops[i]);
		stream_close(out);
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return list;
}

/* ---- an interleaving as JSON ------------------------------------------- */

static json_t *slots_json(const struct exploration *x, const struct layout *lay)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *slot = &lay->slots[i];

		if (!slot->vma)
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I}", "vma",
					exploration_name(x, slot->vma), "start",
					(json_int_t)slot->start, "end",
					(json_int_t)slot->end));
	}
	return list;
}

static json_t *line_json(const struct reported *line)
{
	if (!line)
		return json_null();
	return json_pack("{s:s, s:I, s:I}", "vma", line->name, "start",
			 (json_int_t)line->start, "end", (json_int_t)line->end);
}

static json_t *step_json(const struct exploration *x,
			 const struct path_step *step)
{
	const struct path_reader *r = &step->readers[step->which];
	const char *holds = NULL;

	if (r->holds)
		holds = exploration_name(x, r->holds);
	else if (r->mmap)
		holds = "mmap";
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:s, s:s?, s:b, s:o, s:o}",
			 "actor", step->actor == WRITER ? "writer" : "reader",
			 "which", (json_int_t)step->which, "text", step->text,
			 "sequence", (json_int_t)step->sequence, "from",
			 (json_int_t)r->from, "iterator", r->iterator, "holds",
			 holds, "hole", step->event == EVENT_HOLE, "reports",
			 line_json(step->line), "tree",
			 slots_json(x, step->layout));
}

/* The interleaving that is most worth showing; null if there is none. */
static json_t *trace_json(const struct exploration *x)
{
	const struct observation *o = exploration_worst(x);
	json_t *steps = json_array(), *missing = json_null();
	json_t *first;
	struct path *path;

	if (!x->search || (!o && !x->stuck))
		return json_null();
	path = exploration_path(x, x->stuck ? x->stuck_state : o->state);
	for (size_t i = 0; i < path->nr; i++)
		json_array_append_new(steps, step_json(x, &path->steps[i]));
	if (!x->stuck && o->gap)
		missing = json_pack("{s:I, s:I}", "start",
				    (json_int_t)o->gap_start, "end",
				    (json_int_t)o->gap_end);
	first = slots_json(x, path->first);
	path_free(path);
	return json_pack("{s:o, s:o, s:o}", "tree", first, "steps", steps,
			 "missing", missing);
}

static json_t *search_json(const struct search_job *s,
			   const struct exploration *x, bool trace)
{
	json_t *o = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:o, s:b, s:o, s:I, s:b, s:b, s:b}",
		"case", s->c->id, "reader", s->reader->name, "left",
		side_name(s->left), "right", side_name(s->right), "gap", x->gap,
		"twice", twice_json(x), "overlap", x->overlap, "observations",
		observations_json(x), "states", (json_int_t)x->states, "retry",
		x->retry, "rewalk", x->rewalk, "fallback", x->fallback);

	if (s->then.nr)
		json_object_set_new(o, "then", then_json(&s->then));
	if (trace)
		json_object_set_new(o, "trace", trace_json(x));
	return o;
}

static void print_json(struct searches *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->nr; i++)
		if (all->v[i].json)
			json_array_append_new(list, all->v[i].json);
	json_dumpf(list, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(list);
}

/* ---- text -------------------------------------------------------------- */

static void merge_names(const char **to, size_t *nr, const char *const *from,
			size_t more)
{
	for (size_t i = 0; i < more; i++) {
		size_t j = 0;

		while (j < *nr && strcmp(to[j], from[i]))
			j++;
		if (j == *nr)
			to[(*nr)++] = from[i];
	}
}

static void merge(struct findings *to, const struct findings *from)
{
	to->gap |= from->gap;
	to->overlap |= from->overlap;
	to->mixed |= from->mixed;
	to->retry |= from->retry;
	to->rewalk |= from->rewalk;
	to->false_hole |= from->false_hole;
	to->fallback |= from->fallback;
	to->nr += from->nr;
	to->nr_gap += from->nr_gap;
	to->nr_overlap += from->nr_overlap;
	to->observations += from->observations;
	to->states += from->states;
	to->limit |= from->limit;
	if (from->shortest && (!to->shortest || from->shortest < to->shortest))
		to->shortest = from->shortest;
	if (from->stuck)
		to->stuck = from->stuck;
	if (from->broken)
		to->broken = from->broken;
	merge_names(to->twice, &to->nr_twice, from->twice, from->nr_twice);
	merge_names(to->again, &to->nr_again, from->again, from->nr_again);
}

/* All that was found with a case and a reader. */
static struct findings gather(const struct searches *all,
			      const struct cat_case *c,
			      const struct reader *reader)
{
	struct findings f = { 0 };

	for (size_t i = 0; i < all->nr; i++)
		if (all->v[i].c == c && all->v[i].reader == reader)
			merge(&f, &all->v[i].found);
	return f;
}

static void print_names(FILE *out, const char *const *names, size_t nr,
			const char *comma)
{
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%s%s", i ? comma : "", names[i]);
}

#define TWICE_WIDTH 11

/*
 * Names of what may be seen twice, be it the VMA or its pages: as many as fit,
 * and how many more there are.
 */
static char *twice_text(const struct findings *f)
{
	const char *names[64];
	size_t nr = 0, len = 0, fit = 0, size;
	char *text;
	FILE *out = stream_open(&text, &size);

	merge_names(names, &nr, f->twice, f->nr_twice);
	merge_names(names, &nr, f->again, f->nr_again);
	while (fit < nr && len + strlen(names[fit]) <= TWICE_WIDTH)
		len += strlen(names[fit++]) + 1;
	while (fit && fit < nr && len > TWICE_WIDTH - 2)
		len -= strlen(names[--fit]) + 1;
	print_names(out, names, fit, ",");
	if (fit < nr)
		fprintf(out, "%s+%zu", fit ? "," : "", nr - fit);
	if (!nr)
		fputc('-', out);
	stream_close(out);
	return text;
}

/* The mail speaks of one operation alone. */
static struct judgement judge(const struct searches *all,
			      const struct cat_case *c,
			      const struct findings *f)
{
	/* A search that gave up says nothing of what it did not see. */
	if (all->a->ops > 1 || (f->limit && !f->gap))
		return (struct judgement){ 0 };
	return judge_claim(c->claim, f);
}

/* As wide as the longest identifier, so that all fits in 80 columns. */
static int id_width(const struct searches *all)
{
	size_t width = 4;

	for (size_t i = 0; i < all->nr; i++)
		if (strlen(all->v[i].c->id) > width)
			width = strlen(all->v[i].c->id);
	return (int)width;
}

static bool print_row(const struct searches *all, const struct cat_case *c,
		      const struct reader *reader)
{
	const struct findings f = gather(all, c, reader);
	struct judgement j = judge(all, c, &f);
	char *twice = twice_text(&f);
	char gap[32] = "-", steps[16] = "", over[32] = "-";

	if (f.limit && !f.gap) {
		snprintf(gap, sizeof(gap), "?");
	} else if (f.gap) {
		snprintf(gap, sizeof(gap), "%zu/%zu", f.nr_gap, f.nr);
		snprintf(steps, sizeof(steps), "%u", f.shortest);
	}
	if (f.overlap)
		snprintf(over, sizeof(over), "%zu/%zu", f.nr_overlap, f.nr);
	printf("%-*s %3s %2s %4s %-11s %c%c%c %5zu %s\n", id_width(all), c->id,
	       gap, steps, over, twice, f.retry ? 'r' : '-',
	       f.rewalk ? 'w' : '-', f.fallback ? 'f' : '-', f.observations,
	       verdict_name(j.all));
	free(twice);
	return true;
}

/* What was not seen says something only if all was explored. */
static void print_weaker(const struct judgement *j, bool in_full)
{
	if (j->nr_missing) {
		fputs("; also twice: ", stdout);
		print_names(stdout, j->missing, j->nr_missing, ", ");
	}
	if (j->nr_idle && in_full) {
		fputs("; never twice: ", stdout);
		print_names(stdout, j->idle, j->nr_idle, ", ");
	}
	if (j->retry == VERDICT_WEAKER && in_full)
		fputs("; never looks again", stdout);
}

/* Returns whether there is anything to say. */
static bool print_verdict(const struct searches *all, const struct cat_case *c,
			  const struct reader *reader)
{
	const struct findings f = gather(all, c, reader);
	struct judgement j = judge(all, c, &f);

	if (j.all <= VERDICT_HOLDS)
		return false;
	printf("  %s: %s", c->id, verdict_name(j.all));
	if (j.gap == VERDICT_REFUTED)
		printf(": a gap after %u steps", f.shortest);
	else if (j.gap == VERDICT_WEAKER)
		fputs(": no gap", stdout);
	print_weaker(&j, !f.limit);
	putchar('\n');
	return true;
}

typedef bool print_fn(const struct searches *all, const struct cat_case *c,
		      const struct reader *reader);

/* The searches are in the order of their cases. */
static bool for_cases(const struct searches *all, const struct reader *reader,
		      print_fn *print)
{
	const struct cat_case *last = NULL;
	bool printed = false;

	for (size_t i = 0; i < all->nr; i++) {
		if (all->v[i].c == last)
			continue;
		last = all->v[i].c;
		printed |= print(all, last, reader);
	}
	return printed;
}

/* What all of it comes to. */
struct verdict_count {
	size_t cases;
	size_t gaps;
	size_t overlaps;
	size_t limits;
};

static struct verdict_count count_verdicts(const struct searches *all,
					   const struct reader *reader)
{
	struct verdict_count n = { 0 };
	const struct cat_case *last = NULL;

	for (size_t i = 0; i < all->nr; i++) {
		struct findings f;

		if (all->v[i].c == last)
			continue;
		last = all->v[i].c;
		f = gather(all, last, reader);
		n.cases++;
		n.gaps += f.gap;
		n.overlaps += f.overlap;
		n.limits += f.limit;
	}
	return n;
}

/* The promises of Documentation/filesystems/proc.rst, in a sentence. */
static void print_sentence(const struct searches *all,
			   const struct reader *reader)
{
	const struct verdict_count n = count_verdicts(all, reader);
	const char *cases = n.cases == 1 ? "case" : "cases";

	if (n.gaps)
		printf("A page that is mapped all the time can be missed in %zu of %zu %s",
		       n.gaps, n.cases, cases);
	else
		printf("No page that is mapped all the time is missed in any of %zu %s",
		       n.cases, cases);
	if (n.overlaps)
		printf(",\nand a page can be reported twice in %zu",
		       n.overlaps);
	else
		fputs(",\nand no page is reported twice", stdout);
	if (n.limits)
		printf("; %zu were not explored in full", n.limits);
	fputs(".\n\n", stdout);
}

static void print_table(const struct searches *all, const struct reader *reader)
{
	const struct common *common = &all->a->common;

	printf("%s%s%s: %s\n", color_start(common), reader->name,
	       color_end(common), reader->what);
	print_sentence(all, reader);
	printf("%-*s %3s %2s %4s %-11s %s %5s %s\n", id_width(all), "case",
	       "gap", "in", "over", "twice", "rwf", "reads", "mail");
	for_cases(all, reader, print_row);
	putchar('\n');
	if (for_cases(all, reader, print_verdict))
		putchar('\n');
}

static void print_text(const struct searches *all)
{
	size_t nr;

	for (const struct reader *r = readers(&nr), *end = r + nr; r < end; r++)
		if (!all->a->reader || all->a->reader == r)
			print_table(all, r);
	puts("gap    surroundings in which a page that is mapped all the time can be\n"
	     "       missed, of all that were explored\n"
	     "in     steps of the shortest interleaving that misses one\n"
	     "over   surroundings in which a page can be in two lines\n"
	     "twice  VMAs that can be in two lines, or whose pages can\n"
	     "rwf    the reader can find a VMA detached and look again (r), walk again\n"
	     "       to verify a hole (w), fall back to the mmap lock (f)\n"
	     "reads  different reads, summed over the surroundings\n"
	     "mail   its claim on the case: holds, weaker than what is true, refuted");
}

/* ---- one interleaving -------------------------------------------------- */

/* What is to be printed. */
struct shown_trace {
	const struct search_job *of;
	struct exploration *x;
	const struct observation *o;
};

static enum way way_of(const struct exploration *x, const struct observation *o)
{
	struct path *path = exploration_path(x, o->state);
	enum way way = path_window(path, path_who(x, path), o).way;

	path_free(path);
	return way;
}

/* The observation of one search that is most worth showing, if there is one. */
static const struct observation *worth_showing(const struct explore_args *a,
					       const struct exploration *x)
{
	if (!a->way || x->stuck)
		return exploration_worst(x);
	for (size_t i = 0; i < x->nr; i++)
		if (x->observations[i].gap &&
		    way_of(x, &x->observations[i]) == a->way)
			return &x->observations[i];
	return NULL;
}

/* Every process has a VMA above. */
static bool usual(const struct explore_args *a, const struct search_job *s)
{
	return a->right != ALL || s->right == SIDE_ADJACENT;
}

static bool better(const struct explore_args *a, const struct shown_trace *t,
		   const struct shown_trace *best)
{
	bool gap = t->o && t->o->gap, best_gap = best->o && best->o->gap;

	if (!t->o && !t->x->stuck)
		return !best->x && !a->way;
	if (!best->x || t->x->stuck)
		return true;
	if (gap == best_gap && usual(a, t->of) != usual(a, best->of))
		return usual(a, t->of);
	return observation_worse(t->o, best->o);
}

static void print_trace_head(const struct search_job *s,
			     const struct exploration *x,
			     const struct observation *o)
{
	printf("%s, left: %s, right: %s, reader: %s\n", s->c->id,
	       side_name(s->left), side_name(s->right), s->reader->name);
	for (size_t i = 0; i < s->then.nr; i++) {
		fputs("then ", stdout);
		print_op(stdout, &s->then.ops[i]);
		putchar('\n');
	}
	if (x->stuck)
		printf("%s\n", x->stuck);
	else if (x->end != EXPLORED && !(o && o->gap))
		puts("not explored in full: what was seen so far, no verdict");
	else if (o && o->gap)
		printf("gap: [%lu, %lu) is mapped all the time, and missed: %s\n",
		       o->gap_start, o->gap_end, way_name(way_of(x, o)));
	else if (o && o->overlap)
		puts("no gap; some pages are reported twice");
	else
		puts("no gap; no page is reported twice");
	putchar('\n');
}

/* The surrounding whose worst is worst. */
static void print_trace(struct searches *all)
{
	struct shown_trace best = { 0 };

	interrupt_catch();
	for (size_t i = 0; i < all->nr && !(best.x && best.x->stuck); i++) {
		struct shown_trace t = { .of = &all->v[i] };

		t.x = run_search(all->a, &all->v[i]);
		t.o = worth_showing(all->a, t.x);
		all->v[i].end = t.x->end;
		findings_add(&all->v[i].found, t.x);
		if (!better(all->a, &t, &best)) {
			exploration_free(t.x);
			continue;
		}
		exploration_free(best.x);
		best = t;
	}
	if (best.x) {
		print_trace_head(best.of, best.x, best.o);
		path_print(stdout, best.x, best.x->stuck ? NULL : best.o);
	} else {
		printf("%s: nothing is lost in that way\n", all->v[0].c->id);
	}
	exploration_free(best.x);
}

/* ---- the command ------------------------------------------------------- */

#define MAX_COMPLAINTS 10

/* The first few; returns how many there are now. */
static size_t complain(const struct search_job *s, const char *what, size_t nr)
{
	if (nr < MAX_COMPLAINTS)
		fprintf(stderr, "vmatlas: %s, %s, left %s, right %s: %s\n",
			s->c->id, s->reader->name, side_name(s->left),
			side_name(s->right), what);
	return nr + 1;
}

static const char *const not_explored[] = {
	[EXPLORED] = NULL,
	[EXPLORE_LIMIT] =
		"not explored in full: the limit of states was reached, see --max-states",
	[EXPLORE_INTERRUPTED] = "not explored in full: interrupted",
	[EXPLORE_UNUSABLE] = "not explored",
};

/* Says what is wrong with a search; returns the exit status it calls for. */
static int status_of_one(const struct search_job *s, size_t *complaints)
{
	int status = EXIT_FINE;

	if (s->found.stuck) {
		*complaints = complain(s, s->found.stuck, *complaints);
		status = EXIT_WRONG;
	}
	if (s->found.broken) {
		*complaints = complain(s, s->found.broken, *complaints);
		status = EXIT_WRONG;
	}
	if (not_explored[s->end]) {
		*complaints = complain(s, not_explored[s->end], *complaints);
		status = EXIT_UNUSABLE;
	}
	return status;
}

static int status_of(const struct searches *all)
{
	size_t complaints = 0;
	int status = EXIT_FINE;

	for (size_t i = 0; i < all->nr; i++) {
		int one = status_of_one(&all->v[i], &complaints);

		if (one > status)
			status = one;
	}
	if (complaints > MAX_COMPLAINTS)
		fprintf(stderr, "vmatlas: and %zu more of the kind\n",
			complaints - MAX_COMPLAINTS);
	return status;
}

static int explore_all(const struct explore_args *a, const struct catalog *cat)
{
	struct searches all = { .a = a };
	int status;

	for_each_family(cat, f)
		for_each_case(f, c)
			if (words_ask_for(&a->cases, c))
				add_readers(&all, c);
	if (!all.nr) {
		fputs("vmatlas: no sequence goes on like that, expected what --ops N --format json has under \"then\"\n",
		      stderr);
		free(all.v);
		return EXIT_UNUSABLE;
	}
	if (a->trace && !a->common.json) {
		print_trace(&all);
	} else {
		run_searches(&all);
		if (a->common.json)
			print_json(&all);
		else
			print_text(&all);
	}
	fflush(stdout);
	status = status_of(&all);
	free(all.v);
	return status;
}

int cmd_explore(int argc, char **argv)
{
	struct explore_args a = {
		.common = COMMON_INIT,
		.left = ALL,
		.right = ALL,
		.ops = 1,
		.readers = 1,
		.max_states = DEFAULT_MAX_STATES,
		.jobs = threads_default(),
	};
	struct catalog *cat;
	int status = EXIT_UNUSABLE;

	a.reader = reader_find("upstream");
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	cat = common_load(&a.common);
	if (!cat)
		return status;
	if (words_are_cases(&a.cases, cat))
		status = explore_all(&a, cat);
	catalog_free(cat);
	return status;
}
