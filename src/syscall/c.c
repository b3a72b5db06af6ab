// SPDX-License-Identifier: GPL-2.0-only
/* System calls as C has them. */
#include <string.h>

#include "syscall/syscall.h"

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
