// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that strace -ff writes, one for each thread, put together by the
 * times of their lines, with the number of the thread before each, as -f has it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "process/trace.h"

/* The kernel's PID_MAX_LIMIT. */
#define PID_MOST (4u << 20)

/* @line: the next, @len long; NULL at the end. @time: its, in microseconds. */
struct part {
	const char *name;
	const char *pid;
	FILE *in;
	struct lines *lines;
	const char *line;
	size_t len;
	uint64_t time;
};

/* ---- times -------------------------------------------------------------------- */

/* "123456" behind the point: as many digits as there are. */
static uint64_t micros(const char *at, const char *end)
{
	uint64_t value = 0;

	for (int i = 0; i < 6; i++) {
		value *= 10;
		if (at < end && isdigit((unsigned char)*at))
			value += (uint64_t)(*at++ - '0');
	}
	return value;
}

/* "12:34:56", "12:34:56.789012", "1700000000.123456": of -t, -tt and -ttt. */
static bool take_time(const char *line, size_t len, uint64_t *time)
{
	const char *at = line, *end = line + len;
	uint64_t part, seconds = 0;
	int colons = -1;

	do {
		at = take_digits(at, end, 10, &part);
		if (!at || part > UINT32_MAX)
			return false;
		seconds = seconds * 60 + part;
		colons++;
	} while (colons < 2 && at < end && *at++ == ':');
	if (colons == 0)
		at--;
	if (at == end || (colons != 0 && colons != 2) ||
	    (*at != '.' && (*at != ' ' || !colons)))
		return false;
	*time = seconds * 1000000 + (*at == '.' ? micros(at + 1, end) : 0);
	return true;
}

/* ---- files -------------------------------------------------------------------- */

static void next_line(struct part *p)
{
	p->line = lines_next(p->lines, &p->len);
}

static bool has_time(struct part *p)
{
	if (!take_time(p->line, p->len, &p->time))
		return false;
	lines_used(p->lines);
	return true;
}

/* Returns false after saying what is wrong with it. */
static bool open_part(struct part *p, const char *name, FILE *err)
{
	const char *dot = strrchr(name, '.');
	uint64_t pid;
	const char *end = NULL;

	p->name = name;
	if (dot)
		end = take_digits(dot + 1, name + strlen(name), 10, &pid);
	if (!end || *end || !pid || pid > PID_MOST) {
		fprintf(err,
			"%s: no number of a thread at the end, expected one trace, or the files that strace -ff -ttt writes\n",
			name);
		return false;
	}
	p->pid = dot + 1;
	p->in = input_open(name);
	if (!p->in) {
		fprintf(err, "%s:1:1: %s, expected a file to read\n", name,
			strerror(errno));
		return false;
	}
	p->lines = lines_new(p->in);
	next_line(p);
	if (p->line && !has_time(p)) {
		fprintf(err,
			"%s:1:1: no time, expected the files that strace -ff -ttt writes: without times nobody knows which call of two was first\n",
			name);
		return false;
	}
	return true;
}

static void close_part(struct part *p)
{
	if (!p->in)
		return;
	lines_free(p->lines);
	input_close(p->in);
}

/* ---- putting them together ------------------------------------------------------ */

/* Its line, and what is below it without a time: the stack. */
static void write_line(FILE *out, struct part *p)
{
	fprintf(out, "%s ", p->pid);
	do {
		fwrite(p->line, 1, p->len, out);
		fputc('\n', out);
		next_line(p);
	} while (p->line && !has_time(p));
}

static int by_time(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return ORDER(x->time, y->time);
}

/* The first has other lines now: where it belongs among those that are sorted. */
static size_t settle(struct part *part, size_t nr)
{
	struct part first = part[0];
	size_t i = 1;

	while (i < nr && (!first.line || part[i].time < first.time)) {
		part[i - 1] = part[i];
		i++;
	}
	part[i - 1] = first;
	return first.line ? nr : nr - 1;
}

static void write_merged(FILE *out, struct part *part, size_t nr)
{
	size_t left = 0;

	for (size_t i = 0; i < nr; i++) {
		struct part p = part[i];

		if (!p.line)
			continue;
		part[i] = part[left];
		part[left++] = p;
	}
	qsort(part, left, sizeof(*part), by_time);
	while (left) {
		write_line(out, &part[0]);
		left = settle(part, left);
	}
}

/* Returns false after saying why not all of them is there. */
static bool is_whole(FILE *out, const struct part *part, size_t nr, FILE *err)
{
	for (size_t i = 0; i < nr; i++) {
		int error = lines_error(part[i].lines);

		if (!error)
			continue;
		fprintf(err,
			"%s:%zu:1: cannot read on: %s, expected the output of strace\n",
			part[i].name, lines_number(part[i].lines) + 1,
			lines_strerror(error));
		return false;
	}
	if (!fflush(out))
		return true;
	fprintf(err, "no temporary file: %s\n", strerror(errno));
	return false;
}

FILE *trace_merge(const char *const *names, size_t nr, FILE *err)
{
	struct part *part __free(free) = xcalloc(nr, sizeof(*part));
	FILE *out = NULL;
	size_t opened = 0;

	while (opened < nr && open_part(&part[opened], names[opened], err))
		opened++;
	if (opened == nr)
		out = tmpfile();
	if (out) {
		write_merged(out, part, nr);
		rewind(out);
		if (!is_whole(out, part, nr, err)) {
			fclose(out);
			out = NULL;
		}
	} else if (opened == nr) {
		fprintf(err, "no temporary file: %s\n", strerror(errno));
	}
	for (size_t i = 0; i < nr; i++)
		close_part(&part[i]);
	return out;
}
