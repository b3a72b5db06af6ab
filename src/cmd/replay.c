// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas replay: what strace saw of a program, on the simulator. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/process.h"
#include "cmd/replay.h"
#include "lib/file.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"

#define EXEC_MOST 1000000000
#define FROM_MOST 64

/* In the order of enum faulted. */
#define FAULTED "seen|none|writable"

struct replay_args {
	struct common common;
	struct words files;
	char *trace; /* what to call them */
	const char *verify;
	const char *layout;
	bool strict;
	struct replay_from from[FROM_MOST];
	const char *from_file[FROM_MOST];
	struct replay_opts opts;
};

/* ---- options ----------------------------------------------------------------- */

/* "12=", "12.3=" before the file. Returns where the file's name begins. */
static const char *parse_whose(const char *arg, struct replay_from *from)
{
	unsigned long pid, exec = 0;
	char *end;

	if (!isdigit((unsigned char)*arg))
		return arg;
	errno = 0;
	pid = strtoul(arg, &end, 10);
	if (*end == '.' && isdigit((unsigned char)end[1])) {
		exec = strtoul(end + 1, &end, 10);
		from->exec = (int)exec;
	}
	if (*end != '=' || errno || !pid || pid > PROCESS_PID_MAX ||
	    exec > EXEC_MOST)
		return NULL;
	from->pid = (pid_t)pid;
	return end + 1;
}

static const char *parse_from(void *args, char *arg)
{
	struct replay_args *a = args;
	struct replay_from from = { .exec = -1 };
	const char *file = strchr(arg, '=') ? parse_whose(arg, &from) : arg;

	if (!file || !*file)
		return xasprintf(
			"'%s' is nothing to begin from, expected MAPS, PID=MAPS or PID.N=MAPS, with PID from 1 to %lu and N up to %d",
			arg, PROCESS_PID_MAX, EXEC_MOST);
	if (a->opts.nr_from == FROM_MOST)
		return xasprintf("more than %d times --from", FROM_MOST);
	for (size_t i = 0; i < a->opts.nr_from; i++)
		if (a->from[i].pid == from.pid && a->from[i].exec == from.exec)
			return xasprintf(
				"'%s' is a second --from for the same, expected one",
				arg);
	a->from[a->opts.nr_from] = from;
	a->from_file[a->opts.nr_from++] = file;
	return NULL;
}

#define AT(member) FIELD(struct replay_args, member)

static const struct setting settings[] = {
	{ "from", "[PID[.N]=]MAPS",
	  "what a process had mapped after its Nth execve, or where its part of the trace begins; may be given for several",
	  .by = parse_from },
	{ "verify", "MAPS",
	  "compare what is mapped at the end with this maps or smaps file",
	  SET_TEXT, AT(verify) },
	{ "pid", "PID",
	  "report on this process (default: the one that had most VMAs)",
	  SET_NUMBER, AT(opts.pid), 1, PROCESS_PID_MAX },
	{ "exec", "N",
	  "of this, the program after its Nth execve (default: the last)",
	  SET_NUMBER, AT(opts.exec), 0, EXEC_MOST },
	{ "faulted", FAULTED,
	  "which memory is written to, as far as a trace cannot show it: seen (in smaps of --from), none, or writable (the default)",
	  SET_WORD, AT(opts.faulted), .what = "memory" },
	{ "strict", NULL, "exit status 1 if a line is not understood", SET_FLAG,
	  AT(strict) },
	{ "layout", "FILE",
	  "write what is mapped at the end, and all that the simulator knows of it, for explain and what-if",
	  SET_TEXT, AT(layout) },
	{ "max-map-count", "N",
	  "VMAs that a process might have where the trace was made (default: 65530, or more if calls that worked show it)",
	  SET_NUMBER, AT(opts.max_map_count), 1, PROCESS_LIMIT_MAX },
	{ "page-size", "BYTES",
	  "where the trace was made (default: that of this machine)", SET_BY,
	  AT(opts.page_size), .by = process_page_size },
	{ 0 },
};

const struct usage replay_usage = {
	.settings = settings,
	.args_doc = "TRACE\nTRACE.PID...",
	.doc = "Replay what strace saw of a program: which cases of the catalogue its system calls were, how many VMAs it had, and what it had at the end. TRACE is the output of\n\n"
	       "  strace -f -y -o TRACE -e trace=%memory,%process,prctl PROGRAM\n\n"
	       "or all the files that strace -ff -ttt writes, one of each thread.\v"
	       "What execve() itself maps is not in a trace: the program, its interpreter, the stack, the vdso. It is taken from --from, and without that the program begins with nothing. Exit status: 0; 1 if --verify finds a difference, if a call failed on the simulator but not in the kernel, or the other way, or, with --strict, if a line is not understood; 2 if nothing can be replayed.",
	.words = offsetof(struct replay_args, files),
	.no_words =
		"no trace, expected one, - for standard input, or the files of strace -ff -ttt",
};

/* ---- files ----------------------------------------------------------------------- */

static FILE *open_file(const char *name)
{
	FILE *in = input_open(name);

	if (!in)
		fprintf(stderr, "%s:1:1: %s, expected a file to read\n", name,
			strerror(errno));
	return in;
}

/* Returns NULL after saying why. */
static struct proc_maps *read_maps(const char *name, uint64_t page_size)
{
	FILE *in = open_file(name);
	struct proc_maps *maps;

	if (!in)
		return NULL;
	maps = proc_read(in, name, page_size, stderr);
	input_close(in);
	return maps;
}

static bool read_froms(struct replay_args *a)
{
	for (size_t i = 0; i < a->opts.nr_from; i++) {
		a->from[i].maps = read_maps(a->from_file[i], a->opts.page_size);
		if (!a->from[i].maps)
			return false;
	}
	return true;
}

static void name_unused(const struct replay_args *a)
{
	for (size_t i = 0; i < a->opts.nr_from; i++) {
		if (a->from[i].used)
			continue;
		text_print(stderr, a->from_file[i], 0);
		fputs(": no program began with it, expected --from with a PID, and an execve, that the trace has\n",
		      stderr);
	}
}

/* Whether what is to be written is none of what is read. */
static bool spares_input(const struct replay_args *a)
{
	const char *out = a->layout;
	bool same = a->verify && input_is(a->verify, out, stderr);

	for (size_t i = 0; i < a->files.nr && !same; i++)
		same = input_is(a->files.v[i], out, stderr);
	for (size_t i = 0; i < a->opts.nr_from && !same; i++)
		same = input_is(a->from_file[i], out, stderr);
	return !same;
}

static struct replay *read_trace(const struct replay_args *a)
{
	FILE *in = a->files.nr == 1
			   ? open_file(a->files.v[0])
			   : trace_merge((const char *const *)a->files.v,
					 a->files.nr, stderr);
	struct replay *r;

	if (!in)
		return NULL;
	r = replay_run(in, &a->opts);
	if (r->error) {
		fprintf(stderr,
			"%s:%zu:1: cannot read on: %s, expected the output of strace\n",
			a->trace, r->lines + 1, lines_strerror(r->error));
		replay_free(r);
		r = NULL;
	}
	input_close(in);
	return r;
}

/* ---- what is asked about ------------------------------------------------------------ */

/* How long the name of the call is, 0 if a line is none. */
static size_t name_length(const struct replay_note *n)
{
	return n->column && n->text ? strcspn(n->text, "(") : 0;
}

static bool is_alike(const struct replay_note *a, const struct replay_note *b)
{
	size_t len = name_length(a);

	return a->says == b->says && name_length(b) == len &&
	       (!len || !strncmp(a->text, b->text, len));
}

static bool was_named(const struct replay_notes *bad, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (is_alike(&bad->note[j], &bad->note[i]))
			return true;
	return false;
}

/* The first of each kind. */
static void name_bad(const struct replay_args *a, const struct replay *r)
{
	size_t kept = r->bad.nr < REPLAY_NOTES ? r->bad.nr : REPLAY_NOTES;
	size_t named = 0;

	for (size_t i = 0; i < kept; i++) {
		const struct replay_note *n = &r->bad.note[i];
		size_t len = name_length(n);

		if (was_named(&r->bad, i))
			continue;
		named++;
		fprintf(stderr, "%s:%zu:%zu: ", a->trace, n->line,
			n->column ? n->column : 1);
		if (len)
			text_print_bytes(stderr, n->text, len, 40);
		fprintf(stderr, "%s%s\n", len ? "(): " : "", n->says);
	}
	if (r->bad.nr > named)
		fprintf(stderr, "%s: %zu more line%s not understood\n",
			a->trace, r->bad.nr - named, plural(r->bad.nr - named));
}

/* Returns false after saying why there is nothing to report. */
static bool has_program(const struct replay_args *a, const struct replay *r)
{
	if (!r->nr && r->instead)
		fprintf(stderr, "%s: this is %s\n", a->trace, r->instead);
	else if (!r->nr)
		fprintf(stderr,
			"%s:1:1: no system call that maps memory, expected the output of strace -f -y -e trace=%%memory,%%process,prctl\n",
			a->trace);
	else if (!r->kept)
		fprintf(stderr,
			"%s: no program of the process that is asked for was replayed to its end, expected one that the trace has, such as --pid %d\n",
			a->trace, (int)r->program[0]->pid);
	return r->kept;
}

static const char *loaded_from(const struct replay_args *a,
			       const struct replay_program *p)
{
	for (size_t i = 0; i < a->opts.nr_from; i++)
		if (p->loaded == a->from[i].maps)
			return a->from_file[i];
	return NULL;
}

static int judge(const struct replay_args *a, const struct replay *r,
		 const struct replay_verdict *v)
{
	bool differs = v->counts[MATCH_MERGED] || v->counts[MATCH_SPLIT] ||
		       v->counts[MATCH_DIFFERS];

	return differs || r->kept->disagree.nr || (a->strict && r->bad.nr)
		       ? EXIT_WRONG
		       : EXIT_FINE;
}

/* Returns false after saying why it was not written. */
static bool write_layout(const struct replay_args *a, const struct replay *r)
{
	struct buffer b;
	bool written;

	if (!a->layout)
		return true;
	proc_write(buffer_open(&b), r->kept->maps);
	buffer_text(&b);
	written = !file_write(a->layout, b.text, b.size, stderr);
	free(b.text);
	return written;
}

static int print_all(const struct replay_args *a, const struct replay *r,
		     struct proc_maps *real)
{
	struct replay_verdict v = { .real = real };
	struct replay_output t = {
		.common = &a->common,
		.trace = a->trace,
		.max_map_count = a->opts.max_map_count,
		.from = loaded_from(a, r->kept),
		.r = r,
		.v = &v,
	};

	if (real)
		v.row = match_maps(r->kept->maps, real, &v.nr, v.counts);
	if (a->common.json)
		replay_json(&t);
	else
		replay_text(&t);
	free(v.row);
	if (!write_layout(a, r))
		return EXIT_UNUSABLE;
	return judge(a, r, &v);
}

static int run(struct replay_args *a)
{
	struct proc_maps *real = NULL;
	struct replay *r = NULL;
	int status = EXIT_UNUSABLE;

	if ((a->layout && !spares_input(a)) || !read_froms(a))
		return status;
	a->trace = a->files.nr == 1 ? xstrdup(a->files.v[0])
				    : xasprintf("%s and %zu more",
						a->files.v[0], a->files.nr - 1);
	if (a->verify)
		real = read_maps(a->verify, a->opts.page_size);
	if (real || !a->verify)
		r = read_trace(a);
	if (r) {
		if (r->nr || !r->instead)
			name_bad(a, r);
		name_unused(a);
		if (has_program(a, r))
			status = print_all(a, r, real);
	}
	free(a->trace);
	replay_free(r);
	proc_free(real);
	for (size_t i = 0; i < a->opts.nr_from; i++)
		proc_free(a->from[i].maps);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	struct replay_args a = {
		.common = COMMON_INIT,
		.opts = { .faulted = FAULTED_WRITABLE, .exec = -1 },
	};

	parse_args(&replay_usage, argc, argv, &a);
	a.opts.rules = a.common.rules;
	a.opts.release = a.common.release;
	if (!a.opts.page_size)
		a.opts.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	a.opts.from = a.from;
	a.opts.biggest =
		!a.opts.pid && a.opts.exec < 0 && !a.opts.nr_from && !a.verify;
	return run(&a);
}
