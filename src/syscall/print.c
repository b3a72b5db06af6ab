// SPDX-License-Identifier: GPL-2.0-only
/* System calls written as syscall_parse() reads them. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/text.h"
#include "syscall/internal.h"

/* ---- forms -------------------------------------------------------------------------- */

/* With the 0 behind them. */
#define FORM_MAX 10

/* By the order of the enum. Of one thread: it is made anew each time. */
const enum arg *syscall_form(enum syscall_kind kind)
{
	static enum arg forms[NR_CALLS][FORM_MAX];
	size_t nr = 0;

	for (int arg = 1; arg < ARG_PIDFD; arg++)
		if (arg != ARG_OFFSET && arg != ARG_ATTACH &&
		    syscall_has(kind, arg)) {
			assert(nr < FORM_MAX - 1);
			forms[kind][nr++] = arg;
		}
	return forms[kind];
}

static const char *arg_text(enum syscall_kind kind, enum arg arg)
{
	static const char *const texts[] = {
		[ARG_ADDR] = "ADDR",
		[ARG_BREAK] = "ADDR",
		[ARG_LEN] = "LEN",
		[ARG_NEW_LEN] = "NEW_LEN",
		[ARG_PROT] = "PROT",
		[ARG_ADVICE] = "ADVICE",
		[ARG_NAME] = "NAME",
		[ARG_POLICY] = "POLICY",
		[ARG_PGOFF] = "OFFSET",
		[ARG_SEGMENT] = "SEGMENT",
		[ARG_FILE] = "[FILE:OFFSET]",
		[ARG_NEW_ADDR] = "[to=ADDR]",
		[ARG_KEY] = "[pkey=KEY]",
	};

	if (arg == ARG_LEN && syscall_has(kind, ARG_NEW_LEN))
		return "OLD_LEN";
	if (arg == ARG_LOCK_ALL)
		return "FLAG...";
	if (arg_is_flags(arg))
		return is_word(&arg_words(arg)[1]) ? "[FLAG...]" : "[FLAG]";
	return texts[arg];
}

void syscall_print_form(FILE *out, enum syscall_kind kind)
{
	const enum arg *form = syscall_form(kind);

	for (const enum arg *arg = form; *arg; arg++)
		fprintf(out, "%s%s", arg == form ? "" : " ",
			arg_text(kind, *arg));
}

static void help_words(FILE *out, enum arg arg)
{
	int column =
		fprintf(out, "    %s", arg == ARG_ADVICE ? "ADVICE:" : "FLAG:");

	for (const struct word *w = arg_words(arg); is_word(w); w++) {
		if (!w->text)
			continue;
		if (column + 1 + (int)strlen(w->text) > 78)
			column = fprintf(out, "\n       ") - 1;
		column += fprintf(out, " %s", w->text);
	}
	fputc('\n', out);
}

void syscall_help(FILE *out)
{
	const enum arg *form;

	fputs("Operations, with addresses in hexadecimal or as heap+64K, and lengths in\nbytes, or with K, M, G, or p for pages; or in the words of strace:\n",
	      out);
	for (int kind = 1; kind < NR_CALLS; kind++) {
		if (syscall_has(kind, ARG_PROGRAM))
			continue;
		form = syscall_form(kind);
		fprintf(out, "  %s%s", syscall_name(kind), *form ? " " : "");
		syscall_print_form(out, kind);
		if (syscall_rows[kind].since)
			fprintf(out, "  (since Linux %ld.%ld)",
				syscall_rows[kind].since / KERNEL(1, 0),
				syscall_rows[kind].since % KERNEL(1, 0));
		if (kind == CALL_FORK)
			fputs("  (what follows it is done by the child)", out);
		fputc('\n', out);
		for (; *form; form++)
			if (arg_is_flags(*form) || *form == ARG_ADVICE)
				help_words(out, *form);
	}
}

/* ---- calls -------------------------------------------------------------------------- */

static void print_len(FILE *out, const struct sim *sim, uint64_t len)
{
	if (len && is_aligned(sim, len) && len >> 20 == 0)
		fprintf(out, " %" PRIu64 "K", len >> 10);
	else if (len && !(len & ((1ULL << 20) - 1)))
		fprintf(out, " %" PRIu64 "M", len >> 20);
	else
		fprintf(out, " %" PRIu64, len);
}

static void print_flags(FILE *out, enum arg arg, unsigned int flags)
{
	for (const struct word *w = arg_words(arg); is_word(w); w++)
		if (w->text && (flags & w->value) == w->value)
			fprintf(out, " %s", w->text);
}

static void print_text(FILE *out, const char *text)
{
	fputc(' ', out);
	text_print(out, text, 0);
}

/* Bits that no letter stands for are behind: "r--|0x1000000". */
static void print_prot(FILE *out, unsigned int prot)
{
	unsigned int others = prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC);

	fprintf(out, " %.3s", PERMISSIONS(prot_flags(prot)));
	if (others)
		fprintf(out, "|0x%x", others);
}

static void print_file(FILE *out, const struct sim *sim,
		       const struct syscall *c)
{
	if (!c->file)
		return;
	print_text(out, sim_file_path(sim, c->file));
	fprintf(out, ":%" PRIx64, c->offset);
}

static void print_advice(FILE *out, int advice)
{
	for (const struct word *w = arg_words(ARG_ADVICE); is_word(w); w++)
		if (w->text && (int)w->value == advice) {
			fprintf(out, " %s", w->text);
			return;
		}
	fprintf(out, " %d", advice);
}

static void print_arg(FILE *out, const struct sim *sim, const struct syscall *c,
		      enum arg arg)
{
	switch (arg) {
	case ARG_ADDR:
	case ARG_BREAK:
		fprintf(out, " %" PRIx64, c->addr);
		break;
	case ARG_LEN:
		print_len(out, sim, c->len);
		break;
	case ARG_NEW_LEN:
		print_len(out, sim, c->new_len);
		break;
	case ARG_PGOFF:
		print_len(out, sim, c->offset);
		break;
	case ARG_PROT:
		print_prot(out, c->prot);
		break;
	case ARG_ADVICE:
		print_advice(out, c->advice);
		break;
	case ARG_NAME:
		print_text(out, c->name ? c->name : "-");
		break;
	case ARG_POLICY:
		print_text(out, c->policy ? c->policy : "default");
		break;
	case ARG_SEGMENT:
		print_text(out, c->file ? sim_file_path(sim, c->file) : "?");
		break;
	case ARG_FILE:
		print_file(out, sim, c);
		break;
	case ARG_NEW_ADDR:
		if (c->flags & MREMAP_FIXED)
			fprintf(out, " to=%" PRIx64,
				c->new_addr ? c->new_addr : c->result);
		break;
	case ARG_KEY:
		if (c->key >= 0)
			fprintf(out, " pkey=%d", c->key);
		break;
	case ARG_MAP:
	case ARG_REMAP:
	case ARG_LOCK:
	case ARG_LOCK_ALL:
	case ARG_UFFD:
		print_flags(out, arg, c->flags);
		break;
	case ARG_END:
	case ARG_OFFSET:
	case ARG_ATTACH:
	case ARG_PIDFD:
	case ARG_PR_SET_VMA:
	case ARG_ZERO:
	case ARG_PROGRAM:
	case ARG_REST:
		break;
	}
}

void syscall_print(FILE *out, const struct sim *sim, const struct syscall *c)
{
	fputs(syscall_name(c->kind), out);
	for (const enum arg *arg = syscall_form(c->kind); *arg; arg++)
		print_arg(out, sim, c, *arg);
}
