// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls as people paste them: as C or strace has them, and addresses by what is
 * there: heap+4K, stack, libc.so.6+0x1000.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/process.h"
#include "cmd/what-if.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "process/trace.h"
#include "syscall/sim.h"

/* ---- addresses --------------------------------------------------------------- */

/* "4K", "0x1000", "4096". Returns false if it is none of them, or does not fit. */
static bool read_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*size = strtoull(text, &end, 0);
	if (!*end)
		return !errno;
	unit = strchr(units, *end);
	return unit && !end[1] && !errno &&
	       !__builtin_mul_overflow(*size, 1ULL << 10 * (unit - units + 1),
				       size);
}

static bool is_named(const struct proc_vma *v, const char *name, size_t len)
{
	const char *base = base_name(v->name);

	if (!*v->name)
		return false;
	if (v->name[0] == '[')
		return !strncmp(v->name + 1, name, len) &&
		       strchr("]:", v->name[1 + len]);
	return (!strncmp(v->name, name, len) && !v->name[len]) ||
	       (!strncmp(base, name, len) && !base[len]);
}

/* Of a file, where its byte at @offset is; of others, from their first one on. */
static bool find_address(const struct proc_maps *maps, const char *name,
			 size_t len, uint64_t offset, uint64_t *addr)
{
	for (size_t i = 0; maps && i < maps->nr; i++) {
		const struct proc_vma *v = &maps->vma[i];
		uint64_t from = v->inode ? v->offset : 0;

		if (!is_named(v, name, len) || offset < from ||
		    (v->inode && offset - from >= v->end - v->start))
			continue;
		*addr = v->start + (offset - from);
		return true;
	}
	return false;
}

/*
 * A name, or an address, and "+4K" behind it, or not. Returns what is to stand
 * there, for free(); NULL if it is no such word, or is as it is to be.
 */
static char *resolve(const struct proc_maps *maps, const char *word, size_t len)
{
	const char *plus = memrchr(word, '+', len);
	size_t name_len = plus ? (size_t)(plus - word) : len;
	char *size_text =
		plus ? xstrndup(plus + 1, len - name_len - 1) : xstrdup("0");
	uint64_t offset, addr;
	char *found = NULL, *end;

	if (read_size(size_text, &offset)) {
		if (find_address(maps, word, name_len, offset, &addr)) {
			found = xasprintf("0x%llx", (unsigned long long)addr);
		} else if (plus) {
			errno = 0;
			addr = strtoull(word, &end, 16);
			if (end == plus && !errno && addr + offset >= addr)
				found = xasprintf(
					"0x%llx",
					(unsigned long long)(addr + offset));
		}
	}
	free(size_text);
	return found;
}

/* ---- as C has it --------------------------------------------------------------- */

/* Behind the parenthesis that ends a call. NULL if there is none. */
static const char *call_end(const char *text)
{
	int open = 0;
	bool quoted = false;

	for (; *text; text++) {
		quoted ^= *text == '"';
		if (quoted)
			continue;
		open += (*text == '(') - (*text == ')');
		if (*text == ')' && open <= 0)
			return text + 1;
	}
	return NULL;
}

/* The words of a call, as one. Returns how many, 0 if they do not end it. */
static size_t join(char *const *words, size_t nr, char **text)
{
	size_t size = 1;
	char *at;

	for (size_t i = 0; i < nr; i++)
		size += strlen(words[i]) + 1;
	*text = at = xcalloc(size, 1);
	for (size_t i = 0; i < nr; i++) {
		if (i)
			*at++ = ' ';
		for (const char *c = words[i]; *c; c++)
			*at++ = isspace((unsigned char)*c) ? ' ' : *c;
		if (strchr(words[i], ')') && call_end(*text))
			return i + 1;
	}
	return 0;
}

/*
 * A call as people have it, and as a line of a trace: from @from on, @len
 * characters more or less are instead of what they wrote.
 */
struct c_call {
	const char *text;
	char *line;
	size_t from;
	long longer;
};

/* With the first argument an address, whatever it was called, and a result. */
static void make_line(const struct proc_maps *maps, struct c_call *c)
{
	const char *open = strchr(c->text, '(') + 1;
	const char *from = c_after_cast(open + strspn(open, " "));
	const char *behind = call_end(c->text);
	const char *rest = behind + strspn(behind, " ;");
	size_t len = strcspn(from, " ,)");
	char *addr = resolve(maps, from, len);

	c->from = (size_t)(from - c->text);
	c->longer = addr ? (long)strlen(addr) - (long)len : 0;
	c->line = xasprintf("%.*s%s%.*s %s\n", (int)c->from, c->text,
			    addr ? addr : "",
			    (int)(behind - from - (addr ? len : 0)),
			    from + (addr ? len : 0), *rest ? rest : "= 0");
	free(addr);
}

/* Where in their text a column of the line is, which is not 0. */
static size_t column_in(const struct c_call *c, size_t column)
{
	return column > c->from + 1 ? (size_t)((long)column - c->longer)
				    : column;
}

static void say_wrong(const struct c_call *c, const struct trace_event *event)
{
	fputs("vmatlas: '", stderr);
	text_print(stderr, c->text, 60);
	fputs("' is no operation: ", stderr);
	if (event->error && event->column)
		fprintf(stderr, "column %zu: ", column_in(c, event->column));
	if (event->what == TRACE_ADVICE)
		fputs("no range, or several, expected [{iov_base=ADDR, iov_len=LEN}]\n",
		      stderr);
	else
		fprintf(stderr, "%s\n",
			event->error ?: "expected a call that --help lists");
}

static const char *keep(struct arena *kept, const char *text)
{
	return text ? arena_text(kept, text, strlen(text)) : NULL;
}

/* What is said to have failed may fail here, too. */
static bool is_call(const struct trace_event *event)
{
	return event->what == TRACE_CALL || event->what == TRACE_FAILED ||
	       (event->what == TRACE_ADVICE && event->call.kind) ||
	       (event->what == TRACE_FORK && !event->thread);
}

/* Returns false after saying why not. */
static bool read_c(struct sim *sim, struct arena *kept, const struct c_call *c,
		   struct syscall *call)
{
	FILE *in = fmemopen(c->line, strlen(c->line), "r");
	struct trace *trace;
	struct trace_event event;
	bool ok;

	if (!in)
		out_of_memory();
	trace = trace_new(in);
	ok = trace_next(trace, &event) && is_call(&event);
	if (ok) {
		*call = trace_call(&event, sim);
		if (event.what == TRACE_FORK)
			call->kind = CALL_FORK;
		call->has_result = false;
		call->result = 0;
		call->name = keep(kept, call->name);
		call->policy = keep(kept, call->policy);
	} else {
		say_wrong(c, &event);
	}
	trace_free(trace);
	fclose(in);
	return ok;
}

/* ---- either --------------------------------------------------------------------- */

static size_t parse_c(struct sim *sim, const struct proc_maps *maps,
		      struct arena *kept, char *const *words, size_t nr,
		      struct syscall *call)
{
	char *text;
	size_t taken = join(words, nr, &text);
	struct c_call c = { .text = text };
	bool ok = false;

	if (taken) {
		make_line(maps, &c);
		ok = read_c(sim, kept, &c, call);
		free(c.line);
	} else {
		fprintf(stderr,
			"vmatlas: a call without an end, expected ')'\n");
	}
	free(text);
	return ok ? taken : 0;
}

size_t what_if_parse(struct sim *sim, const struct proc_maps *maps,
		     struct arena *kept, char **words, size_t nr,
		     struct syscall *call)
{
	char *addr;

	if (strchr(words[0], '('))
		return parse_c(sim, maps, kept, words, nr, call);
	if (nr > 1 && syscall_find(words[0], strlen(words[0]))) {
		addr = resolve(maps, words[1], strlen(words[1]));
		if (addr) {
			free(words[1]);
			words[1] = addr;
		}
	}
	return syscall_parse(sim, words, nr, call, stderr);
}
