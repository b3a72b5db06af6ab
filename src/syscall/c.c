// SPDX-License-Identifier: GPL-2.0-only
/* System calls as C has them. */

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "syscall/syscall.h"

const char *c_after_cast(const char *at)
{
	static const char type[] = "abcdefghijklmnopqrstuvwxyz_0123456789 *";
	size_t len = *at == '(' ? strspn(at + 1, type) : 0;

	return len && at[1 + len] == ')' && !isdigit((unsigned char)at[1])
		       ? at + 1 + len + 1
		       : at;
}

/* Octal escapes end after three digits, whatever follows. */
static void print_char(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < ' ' || c == 0x7f)
		fprintf(out, "\\%03o", c);
	else
		fputc(c, out);
}

void c_print_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		print_char(out, (unsigned char)*text);
	fputc('"', out);
}

/* Flags by their names, and the rest as a number. */
static void print_bits(FILE *out, const struct word *words, unsigned int bits)
{
	const char *between = "";

	if (!bits && words->symbol && !words->value) {
		fputs(words->symbol, out);
		return;
	}
	for (; bits && is_word(words); words++) {
		if (!words->symbol || !words->value ||
		    (bits & words->value) != words->value)
			continue;
		fprintf(out, "%s%s", between, words->symbol);
		bits &= ~words->value;
		between = " | ";
	}
	if (bits || !*between)
		fprintf(out, "%s%#x", between, bits);
}

static const char *symbol_of(const struct word *words, unsigned int value)
{
	for (; is_word(words); words++)
		if (words->symbol && words->value == value)
			return words->symbol;
	return NULL;
}

void c_print_value(FILE *out, enum arg arg, const struct syscall *c)
{
	const char *symbol;

	if (arg == ARG_PROT) {
		print_bits(out, arg_words(arg), c->prot);
	} else if (arg == ARG_ADVICE) {
		symbol = symbol_of(arg_words(arg), (unsigned int)c->advice);
		if (symbol)
			fputs(symbol, out);
		else
			fprintf(out, "%d", c->advice);
	} else {
		print_bits(out, arg_words(arg), c->flags);
	}
}

/* ---- calls ------------------------------------------------------------------- */

static void print_policy(FILE *out, const struct syscall *c)
{
	const char *mode = c->policy ? c->policy : "default";
	bool nodes = c->policy && strcmp(c->policy, "local");

	fputs("MPOL_", out);
	for (; *mode; mode++)
		fputc(toupper((unsigned char)*mode), out);
	fputs(nodes ? ", &node, 64UL, 0UL" : ", NULL, 0UL, 0UL", out);
}

/* 0 is to unregister. */
static void print_modes(FILE *out, unsigned int flags)
{
	unsigned int modes = flags & (UFFD_MISSING | UFFD_WP | UFFD_MINOR);

	if (flags & UFFD_UNREGISTER)
		fputc('0', out);
	else
		print_bits(out, arg_words(ARG_UFFD), modes ?: UFFD_MISSING);
}

static void print_arg(FILE *out, enum arg arg, const struct syscall *c)
{
	switch (arg) {
	case ARG_ADDR:
	case ARG_BREAK:
	case ARG_NEW_ADDR:
		fprintf(out, "(void *)%#" PRIx64,
			arg == ARG_NEW_ADDR ? c->new_addr : c->addr);
		break;
	case ARG_LEN:
	case ARG_NEW_LEN:
		fprintf(out, "%#" PRIx64 "UL",
			arg == ARG_LEN ? c->len : c->new_len);
		break;
	case ARG_FILE:
		fprintf(out, c->file ? "file(%u)" : "-1", c->file);
		break;
	case ARG_OFFSET:
		fprintf(out, "%#" PRIx64 "L", c->offset);
		break;
	case ARG_PGOFF:
		fprintf(out, "%#" PRIx64 "UL / sysconf(_SC_PAGESIZE), 0",
			c->offset);
		break;
	case ARG_KEY:
		fprintf(out, "%d", c->key);
		break;
	case ARG_POLICY:
		print_policy(out, c);
		break;
	case ARG_NAME:
		if (c->name)
			c_print_string(out, c->name);
		else
			fputs("NULL", out);
		break;
	case ARG_PR_SET_VMA:
		fputs("PR_SET_VMA, PR_SET_VMA_ANON_NAME", out);
		break;
	case ARG_MAP:
		c_print_value(out, arg, c);
		if (!c->file)
			fputs(" | MAP_ANONYMOUS", out);
		break;
	case ARG_PROT:
	case ARG_ADVICE:
	case ARG_REMAP:
	case ARG_LOCK:
	case ARG_LOCK_ALL:
	case ARG_ATTACH:
		c_print_value(out, arg, c);
		break;
	case ARG_UFFD:
		print_modes(out, c->flags);
		break;
	case ARG_ZERO:
		fputc('0', out);
		break;
	case ARG_PIDFD:
	case ARG_SEGMENT:
	case ARG_PROGRAM:
	case ARG_END:
	case ARG_REST:
		break;
	}
}

void c_print_call(FILE *out, const struct syscall *c)
{
	const char *between = "";

	fprintf(out, "%s(", syscall_name(c->kind));
	for (const enum arg *arg = syscall_rows[c->kind].args;
	     *arg && *arg != ARG_REST; arg++) {
		if (*arg == ARG_PIDFD || *arg == ARG_SEGMENT)
			continue;
		fputs(between, out);
		print_arg(out, *arg, c);
		between = ", ";
	}
	fputc(')', out);
}
