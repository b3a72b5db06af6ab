// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls in the output of strace, one line after the other, in memory
 * that the trace's length has no part in.
 *
 * A call of which the end is printed later, because another thread came in
 * between, is reported where its end is. But munmap() has a beginning, too: what
 * it frees may be given to another thread, whose mmap() is printed first.
 */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/strace-internal.h"

/* Above these, more is not remembered: no machine runs as many threads. */
#define PENDING_MAX (64u << 10)
#define PENDING_BYTES_MAX (64u << 20)

/* Two lines: a call may be in two parts. */
#define TEXT_MAX (2 * (LINE_LONGEST + 1))

/* ---- what is remembered of earlier lines ---------------------------------------------- */

/* A call that has begun. @text: up to where it broke off. */
struct pending {
	const struct strace_form *form;
	size_t len;
	char text[];
};

/*
 * @pending: by PID, @pending_bytes of them. @held: bytes of a line in @line
 * that goes on with the next.
 */
struct trace {
	struct lines *lines;
	struct strace_reader reader;
	struct hash *pending;
	size_t pending_bytes;
	size_t held;
	char line[TEXT_MAX];
	char call[TEXT_MAX];
};

struct trace *trace_new(FILE *in)
{
	struct trace *t = xmalloc(sizeof(*t));

	t->lines = lines_new(in);
	t->reader.segments = hash_new();
	t->pending = hash_new();
	t->pending_bytes = 0;
	t->held = 0;
	return t;
}

int trace_error(const struct trace *t)
{
	return lines_error(t->lines);
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	hash_free(t->pending, free);
	hash_free(t->reader.segments, free);
	lines_free(t->lines);
	free(t);
}

static struct pending *take_pending(struct trace *t, pid_t pid)
{
	struct pending *p = hash_remove(t->pending, pid);

	if (p)
		t->pending_bytes -= p->len;
	return p;
}

/* Returns false if there are too many. */
static bool add_pending(struct trace *t, pid_t pid,
			const struct strace_form *form, const char *text,
			size_t len)
{
	struct pending *p;

	if (hash_count(t->pending) >= PENDING_MAX ||
	    t->pending_bytes + len > PENDING_BYTES_MAX)
		return false;
	p = xmalloc(sizeof(*p) + len + 1);
	p->form = form;
	p->len = len;
	memcpy(p->text, text, len);
	p->text[len] = '\0';
	hash_add(t->pending, pid, p);
	t->pending_bytes += len;
	return true;
}

/* ---- calls in one piece, and in two -------------------------------------------------------- */

static void bad(struct trace_event *event, const char *error)
{
	event->what = TRACE_BAD;
	event->error = error;
}

/* @text: "name(arguments) = result" */
static void read_call(struct trace *t, const struct strace_form *form,
		      const char *text, struct trace_event *event)
{
	const char *wrong = strace_read(&t->reader, form, text, event);

	if (wrong && text != t->call)
		event->column = (size_t)(wrong - t->line) + 1;
}

static const char detached[] = " <detached ...>";

static bool cut_end(char *text, const char *end)
{
	if (!ends_with(text, end))
		return false;
	text[strlen(text) - strlen(end)] = '\0';
	return true;
}

/*
 * execve() of a thread that is not the first: "<pid changed to 12 ...>", where nobody
 * else prints to that file.
 */
static bool cut_change(char *text)
{
	char *found = strstr(text, " <pid changed to ");

	if (!found || !ends_with(text, " ...>") || strchr(found, '>')[1])
		return false;
	*found = '\0';
	return true;
}

static void begin_call(struct trace *t, const struct strace_form *form,
		       pid_t pid, const char *text, struct trace_event *event)
{
	struct pending *before __free(free) = take_pending(t, pid);

	if (!add_pending(t, pid, form, text, strlen(text)))
		bad(event, "too many unfinished calls, this one is left out");
	else if (before)
		bad(event,
		    "a call begins while another of the same thread is unfinished, which is left out");
	else
		strace_read_beginning(&t->reader, form, text, event);
}

static void read_call_line(struct trace *t, const struct strace_line *l,
			   struct trace_event *event)
{
	const struct strace_form *form = strace_form(l->name, l->name_len);
	char *text = t->line + (l->text - t->line);

	if (strstr(text, " = "))
		lines_used(t->lines);
	if (!form)
		return;
	if (cut_end(text, " <unfinished ...>") || cut_change(text))
		begin_call(t, form, l->pid, text, event);
	else if (!cut_end(text, detached))
		read_call(t, form, text, event);
}

static void read_resumed(struct trace *t, const struct strace_line *l,
			 struct trace_event *event)
{
	const struct strace_form *form = strace_form(l->name, l->name_len);
	char *text = t->line + (l->text - t->line);
	struct pending *p;

	lines_used(t->lines);
	if (!form)
		return;
	p = take_pending(t, l->pid);
	if (cut_end(text, detached)) {
		free(p);
		return;
	}
	if (!p) {
		p = take_pending(t, 0);
		event->alone = true;
	}
	if (!p || p->form != form) {
		bad(event, "the end of a call of which there was no beginning");
		free(p);
		return;
	}
	memcpy(t->call, p->text, p->len);
	strcpy(t->call + p->len, l->text);
	free(p);
	read_call(t, form, t->call, event);
}

/* The thread that calls execve() gets the PID of the first of its process. */
static void supersede(struct trace *t, const struct strace_line *l,
		      struct trace_event *event)
{
	struct pending *p __free(free) = take_pending(t, l->by);

	free(take_pending(t, l->pid));
	if (p && !add_pending(t, l->pid, p->form, p->text, p->len))
		bad(event, "too many unfinished calls, this one is left out");
	event->what = TRACE_EXIT;
	event->pid = l->by;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void read_line(struct trace *t, struct trace_event *event)
{
	struct strace_line l;

	strace_split(&l, t->line);
	event->pid = l.pid;
	switch (l.kind) {
	case LINE_CALL:
		read_call_line(t, &l, event);
		break;
	case LINE_RESUMED:
		read_resumed(t, &l, event);
		break;
	case LINE_EXIT:
		free(take_pending(t, l.pid));
		event->what = TRACE_EXIT;
		break;
	case LINE_SUPERSEDED:
		supersede(t, &l, event);
		break;
	case LINE_STACK:
		event->what = TRACE_STACK;
		event->text = l.text;
		break;
	case LINE_NOTE:
		break;
	case LINE_BAD:
		event->text = t->line;
		bad(event,
		    "a line that is none of strace's, expected a system call");
		break;
	}
}

/*
 * On standard error, strace may say in the middle of a line that it has
 * attached to a process. The next line is then the rest of this one.
 */
static bool goes_on(struct trace *t)
{
	char *found = strstr(t->line, "strace: Process ");

	if (!found || !ends_with(t->line, " attached"))
		return false;
	t->held = (size_t)(found - t->line);
	return true;
}

/* Put the next line behind what is held. Returns false at the end. */
static bool fetch_line(struct trace *t, size_t *len)
{
	size_t held = t->held, got;
	const char *line = lines_next(t->lines, &got);

	t->held = 0;
	if (!line)
		return false;
	if (got && line[got - 1] == '\r')
		got--;
	if (got > LINE_LONGEST)
		got = LINE_LONGEST + 1;
	memcpy(t->line + held, line, got);
	t->line[held + got] = '\0';
	*len = held + got;
	if (*len <= LINE_LONGEST && trace_rewrite(t->line, sizeof(t->line)))
		*len = strlen(t->line);
	return true;
}

bool trace_next(struct trace *t, struct trace_event *event)
{
	size_t len;

	*event = (struct trace_event){ .what = TRACE_OTHER, .call.key = -1 };
	if (!fetch_line(t, &len)) {
		event->what = TRACE_END;
		return false;
	}
	event->line = lines_number(t->lines);
	if (len > LINE_LONGEST)
		bad(event,
		    "a line that is too long, expected 65536 bytes at most");
	else if (!goes_on(t))
		read_line(t, event);
	return true;
}
