// SPDX-License-Identifier: GPL-2.0-only
/*
 * What machines have in place of strace, as strace would have written it: lines
 * of perf trace, of ftrace's syscall events, and of gVisor's log.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "process/strace-internal.h"

#define MAX_ARGS 6

/* An argument of a call, and what its words begin with. */
struct named_arg {
	const char *name;
	const char *prefix;
};

/*
 * As perf and ftrace name them, which is what the kernel's source does. What
 * perf leaves out is 0.
 */
static const struct named_call {
	const char *name;
	struct named_arg arg[MAX_ARGS];
} named_calls[] = {
	{ "mmap",
	  { { "addr" },
	    { "len" },
	    { "prot", "PROT_" },
	    { "flags", "MAP_" },
	    { "fd" },
	    { "off" } } },
	{ "munmap", { { "addr" }, { "len" } } },
	{ "mprotect", { { "start" }, { "len" }, { "prot", "PROT_" } } },
	{ "pkey_mprotect",
	  { { "start" }, { "len" }, { "prot", "PROT_" }, { "pkey" } } },
	{ "madvise", { { "start" }, { "len_in" }, { "behavior", "MADV_" } } },
	{ "brk", { { "brk" } } },
	{ "mremap",
	  { { "addr" },
	    { "old_len" },
	    { "new_len" },
	    { "flags", "MREMAP_" },
	    { "new_addr" } } },
	{ "mlock", { { "start" }, { "len" } } },
	{ "mlock2", { { "start" }, { "len" }, { "flags", "MLOCK_" } } },
	{ "munlock", { { "start" }, { "len" } } },
	{ "mlockall", { { "flags", "MCL_" } } },
	{ "munlockall", { { NULL } } },
	{ "mseal", { { "start" }, { "len" }, { "flags" } } },
	{ "shmdt", { { "shmaddr" } } },
};

static const struct named_call *find_call(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(named_calls); i++)
		if (!strncmp(named_calls[i].name, name, len) &&
		    !named_calls[i].name[len])
			return &named_calls[i];
	return NULL;
}

/* ---- arguments by name ------------------------------------------------------ */

/* A line in the making: what does not fit is cut off, and is no call then. */
struct rewritten {
	char *text;
	size_t size;
	size_t len;
};

static void put(struct rewritten *w, const char *text, size_t len)
{
	if (len > w->size - 1 - w->len)
		len = w->size - 1 - w->len;
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->text[w->len] = '\0';
}

static void puts_to(struct rewritten *w, const char *text)
{
	put(w, text, strlen(text));
}

/* The value behind "name: ", up to the comma or the end. NULL if there is none. */
static const char *find_value(const char *args, const char *end,
			      const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *at = args; at < end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;

		while (at < stop && *at == ' ')
			at++;
		if ((size_t)(stop - at) > name_len + 1 &&
		    !strncmp(at, name, name_len) && at[name_len] == ':') {
			at += name_len + 1;
			while (at < stop && *at == ' ')
				at++;
			*len = (size_t)(stop - at);
			return at;
		}
		at = stop + 1;
	}
	return NULL;
}

/* "READ|WRITE": each with what it begins with in C. Numbers are @hex ones. */
static void put_value(struct rewritten *w, const char *at, size_t len,
		      const char *prefix, bool hex)
{
	const char *end = at + len;

	while (at < end) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		const char *stop = bar ? bar : end;
		bool word = isupper((unsigned char)*at);

		if (word && prefix && strncmp(at, prefix, strlen(prefix)))
			puts_to(w, prefix);
		else if (!word && hex && strncmp(at, "0x", 2))
			puts_to(w, "0x");
		put(w, at, (size_t)(stop - at));
		if (bar)
			put(w, "|", 1);
		at = stop + 1;
	}
}

/* The file's name is behind its number: "fd: 3</lib/libc.so.6>" or not at all. */
static void put_args(struct rewritten *w, const struct named_call *call,
		     const char *args, const char *end, bool hex)
{
	for (size_t i = 0; i < MAX_ARGS && call->arg[i].name; i++) {
		const struct named_arg *arg = &call->arg[i];
		size_t len;
		const char *value = find_value(args, end, arg->name, &len);

		if (i)
			puts_to(w, ", ");
		if (value && len)
			put_value(w, value, len, arg->prefix, hex);
		else
			puts_to(w, "0");
	}
}

/* ---- perf trace --------------------------------------------------------------- */

/*
 * "   0.232 ( 0.020 ms): true/4141 mmap(len: 8192, prot: READ) = 0x7f0000000000"
 */
static bool from_perf(struct rewritten *w, const char *line)
{
	const char *call = strstr(line, " ms): "), *paren, *slash, *name, *end;
	const struct named_call *named;

	if (!call)
		return false;
	call += strlen(" ms): ");
	paren = strchr(call, '(');
	end = paren ? strstr(paren, ") ") : NULL;
	if (!end || !strchr(end, '='))
		return false;
	for (name = paren; name > call && name[-1] != ' ';)
		name--;
	for (slash = name; slash > call && slash[-1] != '/';)
		slash--;
	named = find_call(name, (size_t)(paren - name));
	if (slash > call && slash < name)
		put(w, slash, (size_t)(name - slash));
	put(w, name, (size_t)(paren + 1 - name));
	if (named)
		put_args(w, named, paren + 1, end, false);
	else
		put(w, paren + 1, (size_t)(end - paren - 1));
	puts_to(w, ") ");
	/* "= -1 ENOMEM Cannot allocate memory" needs no more. */
	puts_to(w, strchr(end, '='));
	return true;
}

/* ---- ftrace ---------------------------------------------------------------------- */

/* " prog-123   [000] .....   12.345: " before, "sys_mmap(addr: 0, ...)" behind. */
static bool from_ftrace(struct rewritten *w, const char *line)
{
	const char *bracket = strstr(line, " ["), *call, *dash, *end, *paren;
	const struct named_call *named;
	char result[64];
	size_t len;

	call = bracket ? strstr(bracket, ": sys_") : NULL;
	if (!call)
		return false;
	for (end = bracket; end > line && end[-1] == ' ';)
		end--;
	for (dash = end; dash > line && isdigit((unsigned char)dash[-1]);)
		dash--;
	if (dash == line || dash == end || dash[-1] != '-')
		return false;
	call += strlen(": sys_");
	len = strcspn(call, "( ");
	named = find_call(call, len);
	/* Of no interest: an empty line. */
	if (!named)
		return true;
	put(w, dash, (size_t)(end - dash));
	if (call[len] == '(') {
		paren = call + len;
		puts_to(w, " ");
		put(w, call, len + 1);
		end = strrchr(paren, ')');
		put_args(w, named, paren + 1, end ? end : paren + 1, true);
		puts_to(w, " <unfinished ...>");
		return true;
	}
	if (sscanf(call + len, " -> %63s", result) != 1)
		return false;
	puts_to(w, " <... ");
	put(w, call, len);
	puts_to(w, " resumed>) = ");
	if (strlen(result) == 18 && !strncmp(result, "0xfffffffffffff", 15)) {
		const char *error =
			strerrorname_np((int)-strtoull(result, NULL, 16));

		puts_to(w, "-1 ");
		puts_to(w, error ? error : "EINVAL");
	} else {
		puts_to(w, result);
	}
	return true;
}

/* ---- gVisor ------------------------------------------------------------------------ */

/* "I0101 ... strace.go:625] [   1:   2] prog X mmap(0x0, ...) = 0 (0x0) (1.2us)" */
static bool from_gvisor(struct rewritten *w, const char *line)
{
	const char *at = strstr(line, "strace.go:"), *colon, *call;

	at = at ? strstr(at, "] [") : NULL;
	if (!at)
		return false;
	colon = strchr(at, ':');
	call = strstr(at, " X ");
	/* The beginning of a call says nothing that its end does not. */
	if (!colon || !call)
		return true;
	colon++;
	colon += strspn(colon, " ");
	put(w, colon, strspn(colon, "0123456789"));
	puts_to(w, " ");
	for (at = call + 3; *at;) {
		if (!strncmp(at, " (bad FD)", 9)) {
			at += 9;
			continue;
		}
		if (!strncmp(at, ") = ", 4)) {
			const char *hex = strstr(at, " (0x");

			puts_to(w, ") = ");
			at = hex ? hex + 2 : at + 4;
			put(w, at, strcspn(at, " )"));
			return true;
		}
		put(w, at++, 1);
	}
	return true;
}

/* ---- all of them ---------------------------------------------------------------------- */

bool trace_rewrite(char *line, size_t size)
{
	struct rewritten w;
	bool rewritten;

	/* Most lines are strace's own: they have none of these. */
	if (!strstr(line, " ms): ") && !strstr(line, ": sys_") &&
	    !strstr(line, "strace.go:"))
		return false;
	w = (struct rewritten){ xmalloc(size), size, 0 };
	w.text[0] = '\0';
	rewritten = from_perf(&w, line) || from_ftrace(&w, line) ||
		    from_gvisor(&w, line);
	if (rewritten)
		memcpy(line, w.text, w.len + 1);
	free(w.text);
	return rewritten;
}
