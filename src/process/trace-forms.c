// SPDX-License-Identifier: GPL-2.0-only
/*
 * What machines have in place of strace, as strace would have written it: lines
 * of perf trace and perf script, of ftrace's syscall events, and of gVisor's log.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "process/strace-internal.h"

#define MAX_ARGS 6

/* An argument of a call, what its words begin with, and what a number is. */
struct named_arg {
	const char *name;
	const char *prefix;
	enum arg kind;
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
	    { "prot", "PROT_", ARG_PROT },
	    { "flags", "MAP_", ARG_MAP },
	    { "fd" },
	    { "off" } } },
	{ "munmap", { { "addr" }, { "len" } } },
	{ "mprotect",
	  { { "start" }, { "len" }, { "prot", "PROT_", ARG_PROT } } },
	{ "pkey_mprotect",
	  { { "start" },
	    { "len" },
	    { "prot", "PROT_", ARG_PROT },
	    { "pkey" } } },
	{ "madvise",
	  { { "start" }, { "len_in" }, { "behavior", "MADV_", ARG_ADVICE } } },
	{ "brk", { { "brk" } } },
	{ "mremap",
	  { { "addr" },
	    { "old_len" },
	    { "new_len" },
	    { "flags", "MREMAP_", ARG_REMAP },
	    { "new_addr" } } },
	{ "mlock", { { "start" }, { "len" } } },
	{ "mlock2",
	  { { "start" }, { "len" }, { "flags", "MLOCK_", ARG_LOCK } } },
	{ "munlock", { { "start" }, { "len" } } },
	{ "mlockall", { { "flags", "MCL_", ARG_LOCK_ALL } } },
	{ "munlockall", { { NULL } } },
	{ "mseal", { { "start" }, { "len" }, { "flags" } } },
	{ "shmget", { { "key" }, { "size" }, { "shmflg" } } },
	{ "shmat", { { "shmid" }, { "shmaddr" }, { "shmflg" } } },
	{ "shmdt", { { "shmaddr" } } },
	{ "remap_file_pages",
	  { { "start" }, { "size" }, { "prot" }, { "pgoff" }, { "flags" } } },
	{ "mbind",
	  { { "start" }, { "len" }, { "mode" }, { "nmask" }, { "maxnode" } } },
	{ "set_mempolicy_home_node", { { "start" }, { "len" } } },
	{ "process_madvise",
	  { { "pidfd" },
	    { "vec" },
	    { "vlen" },
	    { "behavior", "MADV_", ARG_ADVICE } } },
	{ "prctl",
	  { { "option", "PR_" },
	    { "arg2", "PR_" },
	    { "arg3" },
	    { "arg4" },
	    { "arg5" } } },
	{ "personality", { { "personality" } } },
	{ "clone", { { "clone_flags", "CLONE_" } } },
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

__attribute__((format(printf, 2, 3))) static void put(struct rewritten *w,
						      const char *fmt, ...)
{
	size_t room = w->size - w->len, len;
	va_list ap;

	va_start(ap, fmt);
	len = (size_t)vsnprintf(w->text + w->len, room, fmt, ap);
	va_end(ap);
	w->len += len < room ? len : room - 1;
}

static void put_nothing(struct rewritten *w)
{
	w->len = 0;
	w->text[0] = '\0';
}

/* The value behind "name: ", up to the comma or the end. NULL if there is none. */
static const char *find_value(const char *args, const char *end,
			      const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *at = args, *comma; at; at = comma ? comma + 1 : NULL) {
		comma = memchr(at, ',', (size_t)(end - at));
		at += strspn(at, " ");
		if (!strncmp(at, name, name_len) && at[name_len] == ':') {
			at += name_len + 1;
			at += strspn(at, " ");
			*len = (size_t)((comma ? comma : end) - at);
			return at;
		}
	}
	return NULL;
}

/* A number as strace has it: flags in words, lengths as decimals. */
static void put_number(struct rewritten *w, const struct named_arg *arg,
		       const char *digits)
{
	unsigned long long value = strtoull(digits, NULL, 16);
	const struct syscall call = { .prot = (unsigned int)value,
				      .flags = (unsigned int)value,
				      .advice = (int)value };
	struct buffer b;
	FILE *out = buffer_open(&b);

	if (arg->kind)
		c_print_value(out, arg->kind, &call);
	else if (!strcmp(arg->name, "fd"))
		fprintf(out, "%d", (int)value);
	else if (strstr(arg->name, "len"))
		fprintf(out, "%llu", value);
	else
		fprintf(out, "%#llx", value);
	for (char *at = strtok(buffer_text(&b), " "); at;
	     at = strtok(NULL, " "))
		put(w, "%s", at);
	free(b.text);
}

/* "READ|WRITE": each with what it begins with in C. Numbers are @hex ones. */
static void put_value(struct rewritten *w, const char *at, size_t len,
		      const struct named_arg *arg, bool hex)
{
	const char *end = at + len;

	if (hex && !isupper((unsigned char)*at)) {
		put_number(w, arg, at);
		return;
	}
	for (const char *bar; at; at = bar ? bar + 1 : NULL) {
		bar = memchr(at, '|', (size_t)(end - at));
		if (isupper((unsigned char)*at) && arg->prefix &&
		    strncmp(at, arg->prefix, strlen(arg->prefix)))
			put(w, "%s", arg->prefix);
		put(w, "%.*s", (int)((bar ? bar + 1 : end) - at), at);
	}
}

/* The file's name is behind its number: "fd: 3</lib/libc.so.6>" or not at all. */
static void put_args(struct rewritten *w, const struct named_call *call,
		     const char *args, const char *end, bool hex)
{
	for (size_t i = 0; i < MAX_ARGS && call->arg[i].name; i++) {
		const struct named_arg *arg = &call->arg[i];
		size_t len = 0;
		const char *value = find_value(args, end, arg->name, &len);

		if (i)
			put(w, ", ");
		if (len)
			put_value(w, value, len, arg, hex);
		else
			put(w, "0");
	}
}

/* ---- perf trace --------------------------------------------------------------- */

/* Of "true/4141 " and the like. */
struct perf_task {
	const char *comm;
	size_t comm_len;
	const char *tid;
	size_t tid_len;
};

/* Behind "   0.232 ( 0.020 ms): true/4141 ". Returns NULL if it is no such line. */
static const char *perf_call(const char *line, struct perf_task *task)
{
	const char *open = strstr(line, " ("), *close, *slash, *end;

	close = open ? strstr(open, "): ") : NULL;
	if (!close || close - open > 20)
		return NULL;
	*task = (struct perf_task){ .comm = close + 3, .tid = close + 3 };
	/* Of one thread alone, as with -p, it is not said. */
	end = task->comm +
	      strspn(task->comm, "abcdefghijklmnopqrstuvwxyz_0123456789");
	if (*end == '(' || begins_with(task->comm, "... [continued]: "))
		return task->comm;
	/* Blanks and slashes may be in names: the number is before the last. */
	for (slash = strchr(task->comm, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		task->tid = slash + 1;
		task->tid_len = strspn(task->tid, "0123456789");
		end = task->tid + task->tid_len;
		if (task->tid_len && *end == ' ')
			break;
	}
	if (!slash)
		return NULL;
	task->comm_len = (size_t)(slash - task->comm);
	return end + strspn(end, " ");
}

/* Who returns from these is the child, or has done it itself. */
static const char *const forks[] = { "clone", "clone3", "fork", "vfork" };
static const char *const execs[] = { "execve", "execveat" };
static const char *const exits[] = { "exit", "exit_group" };

#define IS_ONE_OF(name, names) text_listed(names, ARRAY_SIZE(names), name)

/* The program's file is an address there: the new name has to do. */
static void put_exec(struct rewritten *w, const struct perf_task *task,
		     const char *result)
{
	put(w, " execve(\"%.*s\", [], []) %s", (int)task->comm_len, task->comm,
	    result);
}

/* "... [continued]: futex()) = 0", from the name on. */
static void put_continued(struct rewritten *w, const struct perf_task *task,
			  const char *name, const char *result)
{
	bool child =
		!result[strspn(result, "= ")] || begins_with(result, "= 0");

	if (IS_ONE_OF(name, execs))
		put_exec(w, task, result);
	else if (child && IS_ONE_OF(name, forks))
		put_nothing(w);
	else
		put(w, " <... %s resumed>) %s", name, result);
}

/* clone3() has its flags in memory: the C library calls it for threads. */
static void put_perf_args(struct rewritten *w, const char *name,
			  const char *args, const char *end)
{
	const struct named_call *named = find_call(name, strlen(name));

	put(w, " %s(", name);
	if (named)
		put_args(w, named, args, end, false);
	else if (!strcmp(name, "clone3"))
		put(w, "CLONE_VM");
	else
		put(w, "%.*s", (int)(end - args), args);
}

/*
 * "   0.232 ( 0.020 ms): true/4141 mmap(len: 8192, prot: READ) = 0x7f0000000000",
 * "mmap(len: 8192) ...", and later " ... [continued]: mmap()) = 0x7f0000000000"
 */
static bool from_perf(struct rewritten *w, const char *line)
{
	static const char continued[] = "... [continued]: ";
	struct perf_task task;
	const char *call = perf_call(line, &task), *end, *result;
	bool resumed = call && begins_with(call, continued);
	char name[64];
	size_t len;

	if (resumed)
		call += strlen(continued);
	len = call ? strcspn(call, "(") : 0;
	end = len ? strchr(call + len, ')') : NULL;
	if (!end || len >= sizeof(name))
		return false;
	memcpy(name, call, len);
	name[len] = '\0';
	result = end + 1 + strspn(end + 1, ") ");
	put(w, "%.*s", (int)task.tid_len, task.tid);
	if (resumed) {
		put_continued(w, &task, name, result);
	} else if (IS_ONE_OF(name, exits)) {
		put(w, " +++ exited with 0 +++");
	} else if (IS_ONE_OF(name, execs)) {
		if (*result == '=')
			put_exec(w, &task, result);
		else
			put_nothing(w);
	} else {
		put_perf_args(w, name, call + len + 1, end);
		/* "= -1 ENOMEM Cannot allocate memory" needs no more. */
		if (*result == '=')
			put(w, ") %s", result);
		else
			put(w, " <unfinished ...>");
	}
	return true;
}

/*
 * "     mmap64+0x13 (/lib/libc.so.6)" below a call, with an address before it or
 * not: a stack, as "perf trace --call-graph" and "perf script" print it.
 */
static bool from_stack(struct rewritten *w, const char *line)
{
	const char *at = line + strspn(line, " \t"), *paren = NULL;
	const char *hex = at + strspn(at, "0123456789abcdef");
	size_t len = strlen(at);
	bool named;

	if (*line != '\t' && at - line < 8)
		return false;
	if (!len || at[len - 1] != ')')
		return false;
	for (const char *p = strstr(at, " ("); p; p = strstr(p + 1, " ("))
		paren = p;
	/* A frame of the stack that goes on, and none to name. */
	if (paren && !strcmp(paren, " (inlined)")) {
		put(w, " > ");
		return true;
	}
	if (!paren || (paren[2] != '/' && paren[2] != '['))
		return false;
	/* Not of a name such as "add". */
	if (hex < paren && *hex == ' ')
		at = hex + 1;
	named = *at != '[';
	put(w, " > %.*s(%.*s)", (int)strlen(paren + 2) - 1, paren + 2,
	    named ? (int)(paren - at) : 0, at);
	return true;
}

/* ---- ftrace, and perf script -------------------------------------------------------- */

static void put_enter(struct rewritten *w, const struct named_call *call,
		      const char *args)
{
	const char *end = strrchr(args, ')');

	put(w, " %s(", call->name);
	put_args(w, call, args, end ? end : args + strlen(args), true);
	put(w, " <unfinished ...>");
}

static void put_exit(struct rewritten *w, const struct named_call *call,
		     const char *result)
{
	char word[64];

	if (sscanf(result, "%63s", word) != 1 ||
	    (!strcmp(word, "0x0") && IS_ONE_OF(call->name, forks))) {
		put_nothing(w);
		return;
	}
	put(w, " <... %s resumed>) = %s", call->name, word);
}

/* "sys_enter_mmap: addr: 0x0, ...", "sys_exit_mmap: 0x0", or ftrace's words */
static bool put_event(struct rewritten *w, const struct perf_task *task,
		      const char *text)
{
	bool entered = begins_with(text, "sys_enter_");
	bool left = begins_with(text, "sys_exit_");
	const char *name = text + strlen(entered ? "sys_enter_"
					 : left	 ? "sys_exit_"
						 : "sys_");
	size_t len = strcspn(name, ":( ");
	const struct named_call *call = find_call(name, len);
	const char *args;

	if (begins_with(text, "sys_enter:") || begins_with(text, "sys_exit:"))
		return false;
	name += len;
	if (!entered && !left) {
		entered = *name == '(';
		left = begins_with(name, " -> ");
	}
	args = name + strspn(name, "( ->:");
	name -= len;
	if (left && begins_with(name, "execve") && begins_with(args, "0x0"))
		put_exec(w, task, "= 0");
	else if (entered && begins_with(name, "exit"))
		put(w, " +++ exited with 0 +++");
	/* Of no interest: an empty line. */
	else if (!call)
		put_nothing(w);
	else if (entered)
		put_enter(w, call, args);
	else if (left)
		put_exit(w, call, args);
	else
		return false;
	return true;
}

/*
 * " prog-123   [000] .....   12.345: sys_mmap(addr: 0, ...)" and " -> 0x0", or
 * "prog 123/123 [000] 12.345: syscalls:sys_enter_mmap: addr: 0x0, ..."
 */
static bool from_events(struct rewritten *w, const char *line)
{
	const char *bracket = strstr(line, " ["), *event, *from, *end;
	struct perf_task task;

	event = bracket ? strstr(bracket, "sys_") : NULL;
	if (!event || (event[-1] != ' ' && event[-1] != ':'))
		return false;
	for (end = bracket; end > line && end[-1] == ' ';)
		end--;
	for (from = end; from > line && isdigit((unsigned char)from[-1]);)
		from--;
	if (from == line || from == end || !strchr("- /", from[-1]))
		return false;
	task = (struct perf_task){ .comm = line + strspn(line, " ") };
	while (task.comm + task.comm_len < from - 1 &&
	       (task.comm[task.comm_len] != ' ' ||
		!isdigit((unsigned char)task.comm[task.comm_len + 1])))
		task.comm_len++;
	while (task.comm_len && task.comm[task.comm_len - 1] == ' ')
		task.comm_len--;
	put(w, "%.*s", (int)(end - from), from);
	return put_event(w, &task, event);
}

/* ---- gVisor ------------------------------------------------------------------------ */

/* "65536 (0x10000) (1.2us)", "0 (0x0) errno=12 (cannot allocate memory) (1.2us)" */
static void put_gvisor_result(struct rewritten *w, const char *result)
{
	const char *err = strstr(result, " errno=");
	const char *hex = strstr(result, " (0x");

	result = err ? err + strlen(" errno=") : hex ? hex + 2 : result;
	put(w, ") = %s%.*s", err ? "-" : "", (int)strcspn(result, " )"),
	    result);
}

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
	put(w, "%.*s ", (int)strspn(colon, "0123456789"), colon);
	for (at = call + 3; *at;) {
		if (begins_with(at, " (bad FD)")) {
			at += 9;
			continue;
		}
		if (begins_with(at, ") = ")) {
			put_gvisor_result(w, at + 4);
			return true;
		}
		put(w, "%c", *at++);
	}
	return true;
}

/* ---- all of them ---------------------------------------------------------------------- */

/* "12  mmap(", "12 <... ", " > /lib/": most lines are, and this is quick. */
static bool is_strace(const char *line)
{
	const char *at = line;

	if (begins_with(line, " > "))
		return true;
	while (isdigit((unsigned char)*at))
		at++;
	if (at == line || *at != ' ')
		return false;
	while (*at == ' ')
		at++;
	return isalpha((unsigned char)*at) || *at == '<';
}

/* Of lines of others, each has one of these. */
static bool is_foreign(const char *line)
{
	if (is_strace(line))
		return false;
	return strstr(line, " ms): ") || strstr(line, " (         ): ") ||
	       strstr(line, "sys_") || strstr(line, "strace.go:") ||
	       *line == '\t' || begins_with(line, "        ");
}

bool trace_rewrite(char *line, size_t size)
{
	struct rewritten w;
	bool rewritten;

	if (!is_foreign(line))
		return false;
	w = (struct rewritten){ xmalloc(size), size, 0 };
	w.text[0] = '\0';
	rewritten = from_perf(&w, line) || from_stack(&w, line) ||
		    from_events(&w, line) || from_gvisor(&w, line);
	if (rewritten)
		memcpy(line, w.text, w.len + 1);
	free(w.text);
	return rewritten;
}

/* ---- what is no trace ------------------------------------------------------------- */

#define HEX "[0-9a-f]+"

static const struct form_name no_traces[] = {
	{ HEX "-" HEX " [r-][w-][x-][ps] ",
	  "what a process has mapped, expected vmatlas explain FILE" },
	{ "^ *% time +seconds",
	  "the summary of strace -c, which counts calls alone, expected strace -f -y without -c" },
	{ "^ *Summary of events",
	  "the summary of perf trace -s, which counts calls alone, expected perf trace without -s" },
	{ "sys_enter: NR [0-9]+",
	  "events of raw_syscalls, which have numbers alone, expected those of syscalls, such as sys_enter_mmap" },
	{ "^@[a-z_]*(\\[|:)",
	  "a map of bpftrace, which counts calls alone, expected its printf() of each call" },
	{ "^(\\[pid [0-9]+\\] |[0-9]+ )?([^ ]+->|SYS_)[a-z0-9_]+\\(",
	  "the output of ltrace, expected strace -f -y" },
	{ "^PERFILE2",
	  "a file of perf record, expected the output of perf script -i FILE" },
	{ "^\x17\x08Dtracing",
	  "a file of trace-cmd, expected the output of trace-cmd report FILE" },
};

const char *trace_forms_name(const char *line, size_t len)
{
	const char *name =
		forms_find(no_traces, ARRAY_SIZE(no_traces), line, len);

	return name ? name : forms_compressed(line, len);
}
