// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test for the kernel's harness, tools/testing/selftests. What runs and judges
 * is written by hand, in kselftest/; this makes the table that it works
 * through, cases.h: how to cause each case, and the layouts before and after.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "emit/kselftest-suite.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "syscall/syscall.h"

enum { PICTURE_INDENT = 5, LINE_WIDTH = 80 };

/* ---- words of C ------------------------------------------------------ */

/* A sentence for a line of output: white space of any kind is a space. */
static void print_sentence(FILE *out, const char *text)
{
	char *line __free(free) = xstrdup(text);

	for (char *at = line; *(at += strcspn(at, "\n\t"));)
		*at = ' ';
	c_print_string(out, line);
}

static void print_version(FILE *out, long number)
{
	fprintf(out, "KERNEL(%ld, %ld)", number / 1000, number % 1000);
}

/* ---- comments -------------------------------------------------------- */

/* Prose, broken between words. */
static void print_prose(FILE *out, const char *text)
{
	size_t at = 0;

	while (*(text += strspn(text, " \n\t"))) {
		size_t len = strcspn(text, " \n\t");

		if (at && at + 1 + len > LINE_WIDTH) {
			fputc('\n', out);
			at = 0;
		}
		at += at ? 0 : (size_t)fprintf(out, " *");
		fputc(' ', out);
		comment_put(out, text, len);
		at += 1 + len;
		text += len;
	}
	fputc('\n', out);
}

/* ---- calls ----------------------------------------------------------- */

/* The call that is being printed, and how much of its line is used. */
struct table_row {
	FILE *out;
	size_t used;
};

enum { ROW_INDENT = 24 };

/* What comes after the first of a row, on a line of its own if need be. */
__attribute__((format(printf, 2, 3))) static void
print_item(struct table_row *row, const char *fmt, ...)
{
	char *text __free(free) = VARGS_PRINTED(fmt);
	size_t len = strlen(text);

	if (row->used + strlen(", ") + len + strlen(" },") > LINE_WIDTH) {
		row->used = ROW_INDENT;
		fputs(",\n\t\t\t ", row->out);
	} else {
		fputc(',', row->out);
	}
	fprintf(row->out, " %s", text);
	row->used += strlen(", ") + len;
}

static void print_program(struct table_row *row, const struct segment *s)
{
	if (!s)
		return;
	print_item(row, ".program = (const struct segment[]) {\n");
	for (; s->end; s++)
		fprintf(row->out, "\t\t\t\t{ %lu, %lu%s },\n", s->start, s->end,
			s->exec ? ", .exec = true" : "");
	fputs("\t\t\t\t{ }\n\t\t\t}", row->out);
}

static void print_string(struct table_row *row, const char *field,
			 const char *value)
{
	char *printed __free(free) = PRINTED(out, c_print_string(out, value));

	print_item(row, ".%s = %s", field, printed);
}

static void print_words(struct table_row *row, const char *field, enum arg arg,
			const struct syscall *c)
{
	char *printed __free(free) = PRINTED(out, c_print_value(out, arg, c));

	print_item(row, ".%s = %s", field, printed);
}

/* What a call has beside its range. @file: its number in the table */
static void print_arg(struct table_row *row, const struct syscall *c,
		      enum arg arg, unsigned int file)
{
	switch (arg) {
	case ARG_PROT:
		print_words(row, "prot", arg, c);
		break;
	case ARG_ADVICE:
		print_words(row, "advice", arg, c);
		break;
	case ARG_MAP:
	case ARG_REMAP:
	case ARG_LOCK:
	case ARG_LOCK_ALL:
	case ARG_UFFD:
		if (c->flags)
			print_words(row, "flags", arg, c);
		break;
	case ARG_FILE:
		if (file)
			print_item(row, ".file = %u", file);
		break;
	case ARG_OFFSET:
	case ARG_PGOFF:
		if (file || arg == ARG_PGOFF)
			print_item(row, ".offset = %" PRIu64, c->offset);
		break;
	case ARG_NEW_ADDR:
		print_item(row, ".new_addr = %" PRIu64, c->new_addr);
		break;
	case ARG_NEW_LEN:
		print_item(row, ".new_len = %" PRIu64, c->new_len);
		break;
	case ARG_KEY:
		print_item(row, ".key = %d", c->key);
		break;
	case ARG_POLICY:
		if (c->policy)
			print_string(row, "policy", c->policy);
		break;
	case ARG_NAME:
		if (c->name)
			print_string(row, "name", c->name);
		break;
	case ARG_PROGRAM:
		print_program(row, c->program);
		break;
	case ARG_END:
	case ARG_ADDR:
	case ARG_BREAK:
	case ARG_LEN:
	case ARG_SEGMENT:
	case ARG_ATTACH:
	case ARG_PIDFD:
	case ARG_PR_SET_VMA:
	case ARG_ZERO:
	case ARG_REST:
		break;
	}
}

/* Files in the order in which a trigger first maps them. */
struct file_numbers {
	uint32_t identity[2 * LIVE_CALLS];
	unsigned int nr;
};

/* Counted from 1; 0 for anonymous memory. */
static unsigned int number_file(struct file_numbers *files, uint32_t identity)
{
	unsigned int i = 0;

	if (!identity)
		return 0;
	while (i < files->nr && files->identity[i] != identity)
		i++;
	if (i == files->nr)
		files->identity[files->nr++] = identity;
	return i + 1;
}

static void print_call(FILE *out, const struct syscall *c, unsigned int file)
{
	struct table_row row = { out, ROW_INDENT };

	fputs("\t\t\t{ CALL_", out);
	row.used += strlen("{ CALL_") + strlen(syscall_name(c->kind));
	for (const char *at = syscall_name(c->kind); *at; at++)
		fputc(toupper((unsigned char)*at), out);
	if (c->addr || c->len)
		row.used += (size_t)fprintf(out, ", %" PRIu64, c->addr);
	if (c->len)
		row.used += (size_t)fprintf(out, ", %" PRIu64, c->len);
	for (const enum arg *arg = syscall_rows[c->kind].args; *arg; arg++)
		print_arg(&row, c, *arg, file);
	fputs(" },\n", out);
}

static void print_calls(FILE *out, const char *name,
			const struct cat_calls *calls,
			struct file_numbers *files)
{
	if (!calls->nr)
		return;
	fprintf(out, "\t\t.%s = (const struct syscall[]) {\n", name);
	for (size_t i = 0; i < calls->nr; i++)
		print_call(out, &calls->call[i].c,
			   number_file(files, calls->call[i].c.file));
	fputs("\t\t\t{ }\n\t\t},\n", out);
}

/* ---- layouts --------------------------------------------------------- */

static void print_vma(FILE *out, const struct vma_state *s)
{
	fprintf(out, "\t{ %lu, %lu, \"%s\"", s->vm_start, s->vm_end,
		PERMISSIONS(s->attrs.flags));
	if (s->attrs.file)
		fprintf(out, ", .has_file = true, .pgoff = %lu", s->vm_pgoff);
	fputs(" },\n", out);
}

static void print_mapped(FILE *out, const struct mapped *mapped)
{
	fprintf(out, "static const struct vma %s[] = {\n", mapped->symbol);
	for (size_t i = 0; i < mapped->nr; i++)
		print_vma(out, &mapped->vma[i]);
	fputs("\t{ }\n};\n\n", out);
}

/* An image is not there before, and a stack cannot be seen. */
static bool sees_before(const struct cat_trigger *t)
{
	return t->area == AREA_RESERVED || t->area == AREA_HEAP;
}

static bool any_sees_before(const struct kselftest_suite *s)
{
	for (size_t i = 0; i < s->nr_tests; i++)
		if (sees_before(s->test[i].t))
			return true;
	return false;
}

static void print_all_mapped(FILE *out, const struct kselftest_suite *s)
{
	if (any_sees_before(s))
		print_mapped(out, &s->before);
	for (size_t i = 0; i < s->nr_afters; i++)
		print_mapped(out, &s->after[i]);
}

/* ---- triggers -------------------------------------------------------- */

static const char *error_symbol(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "EIO";
}

static void print_area(FILE *out, enum area area)
{
	static const char *const symbols[] = {
		[AREA_RESERVED] = NULL,
		[AREA_HEAP] = "AREA_HEAP",
		[AREA_STACK] = "AREA_STACK",
		[AREA_IMAGE] = "AREA_IMAGE",
	};

	if (symbols[area])
		fprintf(out, "\t\t.area = %s,\n", symbols[area]);
}

static void print_result(FILE *out, const struct kselftest_suite *s,
			 const struct result *result, const char *indent)
{
	if (result->err)
		fprintf(out, "%s.err = %s,\n", indent,
			error_symbol(result->err));
	fprintf(out, "%s.after = %s,\n", indent,
		s->after[result->after].symbol);
}

static void print_outcome(FILE *out, const struct kselftest_suite *s,
			  const struct result *result)
{
	fputs("\t\t\t{\n\t\t\t\t.since = ", out);
	print_version(out, result->rules->number);
	fputs(",\n\t\t\t\t.rules =\n\t\t\t\t\t", out);
	print_sentence(out, result->rules->what);
	fputs(",\n", out);
	print_result(out, s, result, "\t\t\t\t");
	fputs("\t\t\t},\n", out);
}

static void print_later(FILE *out, const struct kselftest_suite *s,
			const struct kselftest *test)
{
	if (test->nr_results < 2)
		return;
	fputs("\t\t.later = (const struct outcome[]) {\n", out);
	for (size_t i = 1; i < test->nr_results; i++)
		print_outcome(out, s, &test->result[i]);
	fputs("\t\t\t{ }\n\t\t},\n", out);
}

static void print_earlier(FILE *out, const struct cat_trigger *t)
{
	if (!t->before.text)
		return;
	fputs("\t\t.fixed = ", out);
	print_version(out, version_number(t->before.text));
	fputs(",\n\t\t.earlier =\n\t\t\t", out);
	print_sentence(out, t->why.text);
	fputs(",\n", out);
}

static void print_layouts(FILE *out, const struct kselftest_suite *s,
			  const struct kselftest *test)
{
	fprintf(out, "\t\t.start = %lu,\n\t\t.end = %lu,\n", test->start,
		test->end);
	if (sees_before(test->t))
		fprintf(out, "\t\t.before = %s,\n", s->before.symbol);
	print_result(out, s, &test->result[0], "\t\t");
	print_later(out, s, test);
}

static void print_test(FILE *out, const struct kselftest_suite *s,
		       const struct kselftest *test)
{
	struct file_numbers files = { .nr = 0 };

	fputs("\t{\n\t\t.name = ", out);
	c_print_string(out, test->name);
	fputs(",\n", out);
	print_area(out, test->t->area);
	print_calls(out, "setup", &test->t->setup, &files);
	print_calls(out, "calls", &test->t->calls, &files);
	if (kselftest_has_layouts(test->t))
		print_layouts(out, s, test);
	print_earlier(out, test->t);
	fputs("\t},\n", out);
}

/* ---- cases ----------------------------------------------------------- */

/* "Not by mmap: why" */
static void print_cannot(FILE *out, const struct cat_trigger *t)
{
	char *text;

	if (!t->cannot.text)
		return;
	text = xasprintf("Not by %s: %s",
			 t->syscall.text ? t->syscall.text
					 : "any other system call",
			 t->cannot.text);
	fputs(" *\n", out);
	print_prose(out, text);
	free(text);
}

static void print_head(FILE *out, const struct report *r)
{
	fprintf(out, "/*\n * %s: ", r->c->id);
	comment_puts(out, r->c->title.text);
	fputs("\n *\n", out);
	comment_picture(out, r, PICTURE_INDENT);
	for (size_t i = 0; i < r->c->nr_live; i++)
		print_cannot(out, &r->c->live[i]);
	fputs(" */\n", out);
}

static void print_triggers(FILE *out, const struct kselftest_suite *s)
{
	fprintf(out, "static const struct trigger %s[] = {\n", s->symbol);
	for (size_t i = 0; i < s->nr_tests; i++)
		print_test(out, s, &s->test[i]);
	fputs("\t{ }\n};\n\n", out);
}

/* Returns whether there is any way to cause it. */
static bool print_case(FILE *out, const struct report *r)
{
	struct kselftest_suite s = kselftest_suite_of(r);
	bool any = s.nr_tests;

	print_head(out, r);
	if (any) {
		print_all_mapped(out, &s);
		print_triggers(out, &s);
	} else {
		fputc('\n', out);
	}
	kselftest_suite_free(&s);
	return any;
}

/* ---- the file -------------------------------------------------------- */

static const char begin[] =
	"/* SPDX-License-Identifier: GPL-2.0-only */\n"
	"/*\n"
	" * How to cause each case, and what is mapped before and after. Made by\n"
	" * \"vmatlas emit kselftest\" from its catalogue: change that, not this.\n"
	" *\n"
	" * What is expected is what the simulator derives by the rules of each kernel\n"
	" * version: \"later\" is there where these differ.\n"
	" */\n";

static void print_begin(FILE *out)
{
	fprintf(out,
		"%s#include <errno.h>\n#include <sys/mman.h>\n\n"
		"#include \"vmatlas.h\"\n\n"
		"/* The first version whose rules are known. */\n"
		"#define OLDEST_RULES ",
		begin);
	print_version(out, rule_sets[0].number);
	fputs("\n\n", out);
}

static void print_row(FILE *out, const struct report *r)
{
	char *symbol __free(free) = c_symbol(r->c->id);

	fputs("\t{\n\t\t.id = ", out);
	c_print_string(out, r->c->id);
	fprintf(out, ",\n\t\t.triggers = %s,\n\t},\n", symbol);
}

const char *const kselftest_data[] = {
	"emit/kselftest/Makefile",
	"emit/kselftest/config",
	"emit/kselftest/settings",
	"emit/kselftest/.gitignore",
	"emit/kselftest/vmatlas.h",
	"emit/kselftest/vmatlas_test.c",
	"syscall/table.h",
	"syscall/table.c",
	"syscall/kernel/kernel.h",
	"syscall/kernel/do.c",
	"syscall/kernel/exec.c",
	"syscall/kernel/maps.c",
	NULL,
};

void emit_kselftest(const struct report_set *set, const struct emit_opts *opts,
		    struct files *files)
{
	FILE *out = files_add(files, "cases.h");
	bool *any __free(free) = xcalloc(set->nr + 1, sizeof(*any));

	print_begin(out);
	for (size_t i = 0; i < set->nr; i++)
		any[i] = print_case(out, set->reports[i]);
	fputs("static const struct vma_case cases[] = {\n", out);
	for (size_t i = 0; i < set->nr; i++)
		if (any[i])
			print_row(out, set->reports[i]);
	fputs("};\n", out);
}
