// SPDX-License-Identifier: GPL-2.0-only
/* System calls written as syscall_parse() reads them. */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "process/maps.h"
#include "syscall/forms.h"
#include "syscall/internal.h"

/* ---- writing ---------------------------------------------------------------------------- */

static void help_words(FILE *out, const char *before,
		       const struct flag_word *words)
{
	int column = fprintf(out, "    %s", before);

	for (; words->word; words++) {
		if (column + 1 + (int)strlen(words->word) > 78)
			column = fprintf(out, "\n       ") - 1;
		column += fprintf(out, " %s", words->word);
	}
	fputc('\n', out);
}

void syscall_help(FILE *out)
{
	fputs("Operations, with addresses in hexadecimal, and lengths in "
	      "bytes, or with\nK, M, G, or p for pages:\n",
	      out);
	for (int kind = 0; kind < NR_CALLS; kind++) {
		const struct form *f = form_of((enum syscall_kind)kind);

		fprintf(out, "  %s%s%s\n", syscall_name(f->kind),
			*f->text ? " " : "", f->text);
		if (f->flags)
			help_words(out, "FLAG:", f->flags);
		if (f->kind == CALL_MADVISE)
			help_words(out, "ADVICE:", advice_words);
	}
}

static void print_len(FILE *out, const struct sim *sim, uint64_t len)
{
	if (len && is_aligned(sim, len) && len >> 20 == 0)
		fprintf(out, " %" PRIu64 "K", len >> 10);
	else if (len && !(len & ((1ULL << 20) - 1)))
		fprintf(out, " %" PRIu64 "M", len >> 20);
	else
		fprintf(out, " %" PRIu64, len);
}

static void print_flags(FILE *out, const struct flag_word *words,
			unsigned int flags)
{
	for (; words->word; words++)
		if ((flags & words->flag) == words->flag)
			fprintf(out, " %s", words->word);
}

static void print_text(FILE *out, const struct sim *sim, uint32_t id,
		       const char *none)
{
	fputc(' ', out);
	proc_print_name(out, id ? sim_file_path(sim, id) : none, 0);
}

static void print_advice(FILE *out, int advice)
{
	for (size_t i = 0; advice_words[i].word; i++)
		if ((int)advice_words[i].flag == advice) {
			fprintf(out, " %s", advice_words[i].word);
			return;
		}
	fprintf(out, " %d", advice);
}

static void print_part(FILE *out, const struct sim *sim,
		       const struct syscall *c, enum part part)
{
	switch (part) {
	case PART_ADDR:
		fprintf(out, " %" PRIx64, c->addr);
		break;
	case PART_LEN:
		print_len(out, sim, c->len);
		break;
	case PART_NEW_LEN:
		print_len(out, sim, c->new_len);
		break;
	case PART_PROT:
		fprintf(out, " %c%c%c", c->prot & PROT_READ ? 'r' : '-',
			c->prot & PROT_WRITE ? 'w' : '-',
			c->prot & PROT_EXEC ? 'x' : '-');
		break;
	case PART_ADVICE:
		print_advice(out, c->advice);
		break;
	case PART_NAME:
		print_text(out, sim, c->name, "-");
		break;
	case PART_POLICY:
		print_text(out, sim, c->policy, "default");
		break;
	case PART_SEGMENT:
		print_text(out, sim, c->file, "?");
		break;
	default:
		break;
	}
}

static void print_option(FILE *out, const struct sim *sim,
			 const struct syscall *c, enum part part)
{
	switch (part) {
	case PART_FILE:
		if (!c->file)
			return;
		print_text(out, sim, c->file, "");
		fprintf(out, ":%" PRIx64, c->offset);
		break;
	case PART_TO:
		if (c->flags & MREMAP_FIXED)
			fprintf(out, " to=%" PRIx64,
				c->new_addr ? c->new_addr : c->result);
		break;
	case PART_KEY:
		if (c->key >= 0)
			fprintf(out, " pkey=%d", c->key);
		break;
	case PART_FLAGS:
		print_flags(out, form_of(c->kind)->flags, c->flags);
		break;
	default:
		break;
	}
}

void syscall_print(FILE *out, const struct sim *sim, const struct syscall *call)
{
	const struct form *form = form_of(call->kind);

	fputs(syscall_name(call->kind), out);
	for (const enum part *part = form->parts; *part; part++) {
		print_part(out, sim, call, *part);
		print_option(out, sim, call, *part);
	}
}
