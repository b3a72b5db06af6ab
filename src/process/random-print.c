// SPDX-License-Identifier: GPL-2.0-only
/* A difference for people: as calls, as pictures, and as a C program. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/stream.h"
#include "lib/template.h"
#include "process/random.h"

/* ---- in words -------------------------------------------------------------- */

static const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "no error";

	return name ? name : "an unknown error";
}

static bool has_layouts(const struct random_diff *d)
{
	return d->what == RANDOM_LAYOUT || d->what == RANDOM_FLAGS;
}

/* In a line, without its end. */
static void print_what(FILE *out, const struct random_diff *d)
{
	switch (d->what) {
	case RANDOM_SAME:
		fputs("only now and then", out);
		break;
	case RANDOM_ERROR:
		fprintf(out, "the kernel says %s, the simulator %s",
			error_name(d->kernel_err), error_name(d->sim_err));
		break;
	case RANDOM_RESULT:
		fprintf(out,
			"the kernel says %#" PRIx64 ", the simulator %#" PRIx64,
			d->kernel_result, d->sim_result);
		break;
	case RANDOM_LAYOUT:
		fputs("other VMAs", out);
		break;
	case RANDOM_FLAGS:
		fputs("other VmFlags", out);
		break;
	case RANDOM_DIED:
		fprintf(out, "killed by signal %d", d->signal);
		break;
	}
}

static void print_layout(FILE *out, const char *whose,
			 const struct live_layout *lay)
{
	const struct live_result bounds = { .start = 0, .end = RANDOM_PAGES };

	fprintf(out, "  %s:\n", whose);
	live_picture(out, lay, &bounds, "  ");
}

void random_print_found(FILE *out, const struct random_found *f)
{
	for (size_t i = 0; i < f->program.nr; i++) {
		fputs("  ", out);
		c_print_call(out, &f->program.call[i]);
		fputs(";\n", out);
	}
	fputs("  => ", out);
	print_what(out, &f->diff);
	fputc('\n', out);
	if (!has_layouts(&f->diff))
		return;
	print_layout(out, "kernel", &f->diff.kernel);
	print_layout(out, "simulator", &f->diff.sim);
}

/* ---- a C program -------------------------------------------------------------- */

static void print_comment(FILE *out, const struct random_found *f)
{
	const struct live_layout *lay = &f->diff.sim;

	fputs("/*\n * Found by \"vmatlas live --random --seed ", out);
	fprintf(out, "%" PRIu64 "\": ", f->seed);
	print_what(out, &f->diff);
	fputs(".\n", out);
	if (has_layouts(&f->diff))
		fputs(" * What the simulator has, in pages from BASE on:\n *\n",
		      out);
	for (size_t i = 0; has_layouts(&f->diff) && i < lay->nr; i++)
		fprintf(out, " * [%ld, %ld) %s\n", lay->vma[i].start,
			lay->vma[i].end, lay->vma[i].text);
	fputs(" */\n", out);
}

static void print_statement(FILE *out, const struct syscall *c)
{
	char *printed __free(free) = PRINTED(call, c_print_call(call, c));

	fputs("\treport(", out);
	c_print_string(out, printed);
	fputs(",\n\t     (long)", out);
	if (c->kind == CALL_FORK)
		fputs("fork_and_wait()", out);
	else if (c->kind == CALL_READ)
		fprintf(out, "access((void *)%#" PRIx64 ", 0)", c->addr);
	else
		c_print_call(out, c);
	fputs(");\n", out);
}

static void fill(FILE *out, const char *name, size_t len, const void *data)
{
	const struct random_found *f = data;

	if (!strncmp(name, "comment", len))
		print_comment(out, f);
	else if (!strncmp(name, "base", len))
		fprintf(out, "%#llxUL", RANDOM_BASE);
	else if (!strncmp(name, "zero", len))
		fprintf(out, "%d", RANDOM_ZERO);
	else
		for (size_t i = 0; i < f->program.nr; i++)
			print_statement(out, &f->program.call[i]);
}

void random_print_c(FILE *out, const struct random_found *f)
{
	char *text __free(free) = template_read("process/random.c.in");

	template_fill(out, text, fill, f);
}
