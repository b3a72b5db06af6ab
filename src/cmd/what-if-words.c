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

/* The words up to the closing parenthesis, as one. Returns how many, 0 if none. */
static size_t join(char *const *words, size_t nr, char **text)
{
	int open = 0;

	*text = xstrdup("");
	for (size_t i = 0; i < nr; i++) {
		char *longer =
			xasprintf("%s%s%s", *text, i ? " " : "", words[i]);

		free(*text);
		*text = longer;
		for (const char *at = words[i]; *at; at++)
			open += (*at == '(') - (*at == ')');
		if (open <= 0)
			return i + 1;
	}
	return 0;
}

/* Casts of pointers are of no interest. Returns what is behind one. */
static const char *after_cast(const char *at)
{
	size_t word = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_ ");

	return *at == '(' && word && at[1 + word] == '*' && at[2 + word] == ')'
		       ? at + 3 + word
		       : at;
}

/* A blank behind each comma, and no casts, as strace has it. */
static void as_strace(char *text)
{
	char *old = xstrdup(text), *to = text;
	bool quoted = false;

	for (const char *at = old; *at; at++) {
		if (!quoted)
			at = after_cast(at);
		quoted ^= *at == '"';
		*to++ = *at;
		if (*at == ',' && !quoted) {
			*to++ = ' ';
			at += strspn(at + 1, " ");
		}
	}
	*to = '\0';
	free(old);
}

/* With the first argument an address, whatever it was called. */
static char *with_address(const struct proc_maps *maps, char *text)
{
	char *from = strchr(text, '(') + 1;
	size_t len = strcspn(from, ",)");
	char *addr = resolve(maps, from, len), *whole;

	*strrchr(text, ')') = '\0';
	whole = xasprintf("%.*s%.*s%s) = 0\n", (int)(from - text), text,
			  (int)(addr ? strlen(addr) : len), addr ? addr : from,
			  from + len);
	free(addr);
	return whole;
}

static const char *keep(struct arena *kept, const char *text)
{
	return text ? arena_text(kept, text, strlen(text)) : NULL;
}

/* Returns false after saying why not. */
static bool read_c(struct sim *sim, struct arena *kept, const char *text,
		   struct syscall *call)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	struct trace *trace;
	struct trace_event event;
	bool ok;

	if (!in)
		out_of_memory();
	trace = trace_new(in);
	ok = trace_next(trace, &event) && event.what == TRACE_CALL;
	if (ok) {
		*call = event.call;
		call->has_result = false;
		call->result = 0;
		if (event.path)
			call->file = sim_file(sim, event.path);
		call->name = keep(kept, call->name);
		call->policy = keep(kept, call->policy);
	} else {
		fputs("vmatlas: '", stderr);
		text_print_bytes(stderr, text, strcspn(text, "="), 60);
		fprintf(stderr, "' is no operation: %s\n",
			event.error ? event.error
				    : "expected a call that --help lists");
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
	char *text, *whole;
	size_t taken = join(words, nr, &text);
	bool ok = false;

	if (taken) {
		/* Each comma may need a blank. */
		text = xreallocarray(text, 2, strlen(text) + 1);
		as_strace(text);
		whole = with_address(maps, text);
		ok = read_c(sim, kept, whole, call);
		free(whole);
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
