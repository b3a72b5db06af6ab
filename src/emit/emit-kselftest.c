// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test for the kernel's harness, tools/testing/selftests. What runs and judges
 * is written by hand, in kselftest/; this makes the table that it works
 * through, cases.h: how to cause each case, and the layouts before and after.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "lib/memory.h"
#include "lib/stream.h"

enum { PICTURE_INDENT = 5, LINE_WIDTH = 80 };

/* ---- what user space sees of a layout -------------------------------- */

struct mapped {
	struct vma_state *vma;
	size_t nr;
};

static void add_vma(struct mapped *mapped, const struct vma_state *s)
{
	mapped->vma = xreallocarray(mapped->vma, mapped->nr + 1,
				    sizeof(*mapped->vma));
	mapped->vma[mapped->nr++] = *s;
}

static struct mapped mapped_in(const struct mm *mm)
{
	struct mapped mapped = { 0 };
	const struct vma_state *s;

	for (unsigned long at = 0; (s = mm_find(mm, at)); at = s->vm_end)
		add_vma(&mapped, s);
	return mapped;
}

#define SEEN_FLAGS (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)

static bool same_vma(const struct vma_state *a, const struct vma_state *b)
{
	return a->vm_start == b->vm_start && a->vm_end == b->vm_end &&
	       !((a->attrs.flags ^ b->attrs.flags) & SEEN_FLAGS) &&
	       !a->attrs.file == !b->attrs.file &&
	       (!a->attrs.file || a->vm_pgoff == b->vm_pgoff);
}

static bool same_mapped(const struct mapped *a, const struct mapped *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (!same_vma(&a->vma[i], &b->vma[i]))
			return false;
	return true;
}

/* ---- what comes of a trigger ----------------------------------------- */

/*
 * @rules: from these on
 * @err: errno of the system call, or 0
 * @after: which of the case's layouts after
 */
struct result {
	const struct rules *rules;
	int err;
	size_t after;
};

/*
 * @t: the trigger
 * @name: of its test: the system call, and a number if it is not the first
 * @result: by rule set, oldest first, without those that change nothing
 * @nr_results: how many
 * @start: first page that counts
 * @end: one past the last
 */
struct test {
	const struct cat_trigger *t;
	char *name;
	struct result *result;
	size_t nr_results;
	unsigned long start;
	unsigned long end;
};

/*
 * @r: a report of the case
 * @before: the layout before
 * @after: the layouts after: usually all triggers have the same
 * @nr_afters: how many
 * @test: its tests, in the order of its system calls
 * @nr_tests: how many
 */
struct suite {
	const struct report *r;
	struct mapped before;
	struct mapped *after;
	size_t nr_afters;
	struct test *test;
	size_t nr_tests;
};

/* Returns which it is, having kept or dropped it. */
static size_t add_after(struct suite *s, struct mapped mapped)
{
	for (size_t i = 0; i < s->nr_afters; i++) {
		if (!same_mapped(&s->after[i], &mapped))
			continue;
		free(mapped.vma);
		return i;
	}
	s->after = xreallocarray(s->after, s->nr_afters + 1, sizeof(*s->after));
	s->after[s->nr_afters] = mapped;
	return s->nr_afters++;
}

static struct result simulate(struct suite *s, const struct cat_trigger *t,
			      const struct rules *rules)
{
	const struct cat_case *c = s->r->c;
	size_t nr;
	const struct op *ops = trigger_ops(c, t, &nr);
	struct result result = { .rules = rules };
	struct mm *mm = case_mm(c, rules);

	for (size_t i = 0; i < nr && !result.err; i++)
		result.err = -mm_do(mm, &ops[i])->err;
	result.after = add_after(s, mapped_in(mm));
	mm_free(mm);
	return result;
}

static bool changes(const struct test *test, const struct result *result)
{
	const struct result *last;

	if (!test->nr_results)
		return true;
	last = &test->result[test->nr_results - 1];
	return last->err != result->err || last->after != result->after;
}

static void find_results(struct suite *s, struct test *test)
{
	size_t nr;
	const struct rules *all = rules_all(&nr);

	for (size_t i = 0; i < nr; i++) {
		struct result result = simulate(s, test->t, &all[i]);

		if (!changes(test, &result))
			continue;
		test->result = xreallocarray(test->result, test->nr_results + 1,
					     sizeof(*test->result));
		test->result[test->nr_results++] = result;
	}
}

/* ---- which pages count ----------------------------------------------- */

static void widen(struct test *test, unsigned long start, unsigned long end)
{
	bool first = test->start == test->end;

	if (first || start < test->start)
		test->start = start;
	if (first || end > test->end)
		test->end = end;
}

static void widen_by(struct test *test, const struct mapped *mapped)
{
	for (size_t i = 0; i < mapped->nr; i++)
		widen(test, mapped->vma[i].vm_start, mapped->vma[i].vm_end);
}

static void find_bounds(const struct suite *s, struct test *test)
{
	const struct op *op = &s->r->c->op;

	widen_by(test, &s->before);
	for (size_t i = 0; i < test->nr_results; i++)
		widen_by(test, &s->after[test->result[i].after]);
	if (op->kind != OP_SPLIT && op->kind != OP_RELOCATE)
		widen(test, op->start, op->end);
	for (size_t i = 0; i < test->t->nr_ops; i++)
		widen(test, test->t->ops[i].start, test->t->ops[i].end);
}

/* ---- the tests of a case --------------------------------------------- */

/* Where the stack is, nothing states. */
static bool has_layouts(const struct cat_trigger *t)
{
	return t->area != AREA_STACK;
}

static char *name_of(const char *syscall, unsigned int nr)
{
	return nr == 1 ? xstrdup(syscall) : xasprintf("%s %u", syscall, nr);
}

static void add_test(struct suite *s, const struct cat_trigger *t,
		     unsigned int nr)
{
	struct test *test;

	s->test = xreallocarray(s->test, s->nr_tests + 1, sizeof(*s->test));
	test = &s->test[s->nr_tests++];
	*test = (struct test){ .t = t };
	test->name = name_of(t->syscall.text, nr);
	if (!has_layouts(t))
		return;
	find_results(s, test);
	find_bounds(s, test);
}

/* As "vmatlas live" names and orders them. */
static void add_tests(struct suite *s, const char *syscall)
{
	const struct cat_case *c = s->r->c;
	unsigned int nr = 0;

	for (size_t i = 0; i < c->nr_live; i++) {
		const struct cat_trigger *t = &c->live[i];

		if (!t->syscall.text || strcmp(t->syscall.text, syscall))
			continue;
		nr++;
		if (!t->cannot)
			add_test(s, t, nr);
	}
}

static struct suite suite_of(const struct report *r)
{
	struct suite s = { .r = r };
	struct mm *mm = case_mm(r->c, r->rules);

	s.before = mapped_in(mm);
	mm_free(mm);
	for (size_t i = 0; i < r->c->nr_syscalls; i++)
		add_tests(&s, r->c->syscalls[i].text);
	return s;
}

static void free_suite(struct suite *s)
{
	for (size_t i = 0; i < s->nr_tests; i++) {
		free(s->test[i].name);
		free(s->test[i].result);
	}
	for (size_t i = 0; i < s->nr_afters; i++)
		free(s->after[i].vma);
	free(s->before.vma);
	free(s->after);
	free(s->test);
}

/* ---- words of C ------------------------------------------------------ */

/* A case's identifier has a letter first, and '-' in it. */
static void print_symbol(FILE *out, const char *id)
{
	for (; *id; id++)
		fputc(*id == '-' ? '_' : *id, out);
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

static void print_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		print_char(out, (unsigned char)*text);
	fputc('"', out);
}

/* A sentence for a line of output: white space of any kind is a space. */
static void print_sentence(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		print_char(out,
			   strchr("\n\t", *text) ? ' ' : (unsigned char)*text);
	fputc('"', out);
}

static void print_version(FILE *out, long number)
{
	fprintf(out, "KERNEL(%ld, %ld)", number / 1000, number % 1000);
}

/* ---- comments -------------------------------------------------------- */

/* What would end the comment, or seem to begin another, is taken apart. */
static void print_comment_text(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		fputc(text[i], out);
		if (i + 1 < len && ((text[i] == '*' && text[i + 1] == '/') ||
				    (text[i] == '/' && text[i + 1] == '*')))
			fputc(' ', out);
	}
}

static void print_comment_line(FILE *out, const char *text, size_t len)
{
	fputs(len ? " * " : " *", out);
	print_comment_text(out, text, len);
	fputc('\n', out);
}

/* Lines as they are. */
static void print_comment(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		print_comment_line(out, text, len);
		text += len + (text[len] == '\n');
	}
}

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
		print_comment_text(out, text, len);
		at += 1 + len;
		text += len;
	}
	fputc('\n', out);
}

/* ---- deeds ----------------------------------------------------------- */

static const char *const deed_symbols[NR_DEEDS] = {
#define X(name, ...) [DEED_##name] = "DEED_" #name,
	CAT_DEEDS(X)
#undef X
};

static const char *const advice_symbols[NR_ADVICE] = {
#define X(name, ...) [ADVICE_##name] = "MADV_" #name,
	CAT_ADVICE(X)
#undef X
};

static const char *const policy_symbols[NR_POLICIES] = {
#define X(name, ...) [POLICY_##name] = "MPOL_" #name,
	CAT_POLICIES(X)
#undef X
};

/* By the bits of CAT_PROT_*. */
static const char *const prot_symbols[] = {
	"PROT_NONE",
	"PROT_READ",
	"PROT_WRITE",
	"PROT_READ | PROT_WRITE",
	"PROT_EXEC",
	"PROT_READ | PROT_EXEC",
	"PROT_WRITE | PROT_EXEC",
	"PROT_READ | PROT_WRITE | PROT_EXEC",
};

/* The deed that is being printed, and how much of its line is used. */
struct row {
	FILE *out;
	size_t used;
};

enum { ROW_INDENT = 24 };

/* What comes after the first of a row, on a line of its own if need be. */
__attribute__((format(printf, 2, 3))) static void
print_item(struct row *row, const char *fmt, ...)
{
	char *text;
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	len = strlen(text);
	if (row->used + strlen(", ") + len + strlen(" },") > LINE_WIDTH) {
		row->used = ROW_INDENT;
		fputs(",\n\t\t\t ", row->out);
	} else {
		fputc(',', row->out);
	}
	fprintf(row->out, " %s", text);
	row->used += strlen(", ") + (size_t)len;
	free(text);
}

static void print_flag(struct row *row, const char *name, bool set)
{
	if (set)
		print_item(row, ".%s = true", name);
}

static void print_mmap(struct row *row, const struct cat_deed *d,
		       unsigned int file)
{
	print_item(row, ".prot = %s", prot_symbols[d->prot]);
	print_flag(row, "shared", d->shared);
	print_flag(row, "reserve", d->reserve);
	print_flag(row, "growsdown", d->growsdown);
	if (!file)
		return;
	print_item(row, ".file = %u", file);
	print_item(row, ".pgoff = %lu", d->pgoff);
}

static void print_segments(struct row *row, const struct cat_deed *d)
{
	if (!d->nr_segments)
		return;
	print_item(row, ".segments = {\n");
	for (size_t i = 0; i < d->nr_segments; i++)
		fprintf(row->out, "\t\t\t\t{ %lu, %lu%s },\n",
			d->segments[i].start, d->segments[i].end,
			d->segments[i].exec ? ", .exec = true" : "");
	fputs("\t\t\t}", row->out);
}

static void print_name(struct row *row, const char *name)
{
	char *text;
	size_t size;
	FILE *out = stream_open(&text, &size);

	print_string(out, name);
	fclose(out);
	print_item(row, ".name = %s", text);
	free(text);
}

/* What a kind of deed has beside its range. */
static void print_details(struct row *row, const struct cat_deed *d,
			  unsigned int file)
{
	switch (d->kind) {
	case DEED_MMAP:
		print_mmap(row, d, file);
		break;
	case DEED_PKEY_MPROTECT:
	case DEED_MPROTECT:
	case DEED_SHMAT:
		print_item(row, ".prot = %s", prot_symbols[d->prot]);
		print_flag(row, "key", d->key);
		break;
	case DEED_MADVISE:
	case DEED_PROCESS_MADVISE:
		print_item(row, ".advice = %s", advice_symbols[d->advice]);
		break;
	case DEED_MREMAP:
		print_item(row, ".to = %lu", d->to);
		print_item(row, ".size = %lu", d->size);
		print_flag(row, "keep", d->keep);
		break;
	case DEED_REMAP_FILE_PAGES:
		print_item(row, ".pgoff = %lu", d->pgoff);
		break;
	case DEED_MBIND:
		print_item(row, ".policy = %s", policy_symbols[d->policy]);
		break;
	case DEED_PRCTL:
		if (d->name)
			print_name(row, d->name);
		break;
	case DEED_USERFAULTFD:
		print_flag(row, "unregister", d->unregister);
		break;
	case DEED_EXECVE:
		print_segments(row, d);
		break;
	default:
		break;
	}
}

/* Files in the order in which a trigger first maps them. */
struct file_numbers {
	uint32_t identity[2 * LIVE_DEEDS];
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

static void print_deed(FILE *out, const struct cat_deed *d, unsigned int file)
{
	struct row row = { out, ROW_INDENT };

	row.used += (size_t)fprintf(out, "\t\t\t{ %s", deed_symbols[d->kind]) -
		    strlen("\t\t\t");
	if (d->end)
		row.used +=
			(size_t)fprintf(out, ", %lu, %lu", d->start, d->end);
	print_details(&row, d, file);
	fputs(" },\n", out);
}

static void print_deeds(FILE *out, const char *name,
			const struct cat_deeds *deeds,
			struct file_numbers *files)
{
	if (!deeds->nr)
		return;
	fprintf(out, "\t\t.%s = (const struct deed[]) {\n", name);
	for (size_t i = 0; i < deeds->nr; i++)
		print_deed(out, &deeds->deed[i],
			   number_file(files, deeds->deed[i].file));
	fputs("\t\t\t{ }\n\t\t},\n", out);
}

/* ---- layouts --------------------------------------------------------- */

static void print_vma(FILE *out, const struct vma_state *s)
{
	vm_flags_t flags = s->attrs.flags;

	fprintf(out, "\t{ %lu, %lu, \"%c%c%c%c\"", s->vm_start, s->vm_end,
		flags & VM_READ ? 'r' : '-', flags & VM_WRITE ? 'w' : '-',
		flags & VM_EXEC ? 'x' : '-', flags & VM_SHARED ? 's' : 'p');
	if (s->attrs.file)
		fprintf(out, ", .has_file = true, .pgoff = %lu", s->vm_pgoff);
	fputs(" },\n", out);
}

static void print_before_symbol(FILE *out, const struct suite *s)
{
	print_symbol(out, s->r->c->id);
	fputs("_before", out);
}

static void print_after_symbol(FILE *out, const struct suite *s, size_t nr)
{
	print_symbol(out, s->r->c->id);
	fputs("_after", out);
	if (nr)
		fprintf(out, "_%zu", nr + 1);
}

static void print_mapped(FILE *out, const struct mapped *mapped)
{
	fputs("[] = {\n", out);
	for (size_t i = 0; i < mapped->nr; i++)
		print_vma(out, &mapped->vma[i]);
	fputs("\t{ }\n};\n\n", out);
}

/* An image is not there before, and a stack cannot be seen. */
static bool sees_before(const struct cat_trigger *t)
{
	return t->area == AREA_RESERVED || t->area == AREA_HEAP;
}

static bool any_sees_before(const struct suite *s)
{
	for (size_t i = 0; i < s->nr_tests; i++)
		if (sees_before(s->test[i].t))
			return true;
	return false;
}

static void print_all_mapped(FILE *out, const struct suite *s)
{
	if (any_sees_before(s)) {
		fputs("static const struct vma ", out);
		print_before_symbol(out, s);
		print_mapped(out, &s->before);
	}
	for (size_t i = 0; i < s->nr_afters; i++) {
		fputs("static const struct vma ", out);
		print_after_symbol(out, s, i);
		print_mapped(out, &s->after[i]);
	}
}

/* ---- triggers -------------------------------------------------------- */

static const char *error_symbol(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "EIO";
}

static void print_area(FILE *out, enum cat_area area)
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

static void print_result(FILE *out, const struct suite *s,
			 const struct result *result, const char *indent)
{
	if (result->err)
		fprintf(out, "%s.err = %s,\n", indent,
			error_symbol(result->err));
	fprintf(out, "%s.after = ", indent);
	print_after_symbol(out, s, result->after);
	fputs(",\n", out);
}

static void print_outcome(FILE *out, const struct suite *s,
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

static void print_later(FILE *out, const struct suite *s,
			const struct test *test)
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
	if (!t->before)
		return;
	fputs("\t\t.fixed = ", out);
	print_version(out, cat_version(t->before));
	fputs(",\n\t\t.earlier =\n\t\t\t", out);
	print_sentence(out, t->why);
	fputs(",\n", out);
}

static void print_layouts(FILE *out, const struct suite *s,
			  const struct test *test)
{
	fprintf(out, "\t\t.start = %lu,\n\t\t.end = %lu,\n", test->start,
		test->end);
	if (sees_before(test->t)) {
		fputs("\t\t.before = ", out);
		print_before_symbol(out, s);
		fputs(",\n", out);
	}
	print_result(out, s, &test->result[0], "\t\t");
	print_later(out, s, test);
}

static void print_test(FILE *out, const struct suite *s,
		       const struct test *test)
{
	struct file_numbers files = { .nr = 0 };

	fputs("\t{\n\t\t.name = ", out);
	print_string(out, test->name);
	fputs(",\n", out);
	print_area(out, test->t->area);
	print_deeds(out, "setup", &test->t->setup, &files);
	print_deeds(out, "deeds", &test->t->deeds, &files);
	if (has_layouts(test->t))
		print_layouts(out, s, test);
	print_earlier(out, test->t);
	fputs("\t},\n", out);
}

/* ---- cases ----------------------------------------------------------- */

static void print_picture(FILE *out, const struct report *r)
{
	char *text;
	size_t size;
	FILE *picture = stream_open(&text, &size);

	picture_print(picture, r, PICTURE_INDENT);
	fclose(picture);
	print_comment(out, text);
	free(text);
}

/* "Not by mmap: why" */
static void print_cannot(FILE *out, const struct cat_trigger *t)
{
	char *text;

	if (!t->cannot)
		return;
	text = xasprintf("Not by %s: %s",
			 t->syscall.text ? t->syscall.text
					 : "any other system call",
			 t->cannot);
	fputs(" *\n", out);
	print_prose(out, text);
	free(text);
}

static void print_head(FILE *out, const struct report *r)
{
	fprintf(out, "/*\n * %s: ", r->c->id);
	print_comment_text(out, r->c->title.text, strlen(r->c->title.text));
	fputs("\n *\n", out);
	print_picture(out, r);
	for (size_t i = 0; i < r->c->nr_live; i++)
		print_cannot(out, &r->c->live[i]);
	fputs(" */\n", out);
}

static void print_triggers(FILE *out, const struct suite *s)
{
	fputs("static const struct trigger ", out);
	print_symbol(out, s->r->c->id);
	fputs("[] = {\n", out);
	for (size_t i = 0; i < s->nr_tests; i++)
		print_test(out, s, &s->test[i]);
	fputs("\t{ }\n};\n\n", out);
}

/* Returns whether there is any way to cause it. */
static bool print_case(FILE *out, const struct report *r)
{
	struct suite s = suite_of(r);
	bool any = s.nr_tests;

	print_head(out, r);
	if (any) {
		print_all_mapped(out, &s);
		print_triggers(out, &s);
	} else {
		fputc('\n', out);
	}
	free_suite(&s);
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
	size_t nr;
	const struct rules *oldest = rules_all(&nr);

	fprintf(out,
		"%s#include <errno.h>\n#include <linux/mempolicy.h>\n"
		"#include <sys/mman.h>\n\n#include \"vmatlas.h\"\n\n"
		"/* The first version whose rules are known. */\n"
		"#define OLDEST_RULES ",
		begin);
	print_version(out, oldest->number);
	fputs("\n\n", out);
}

static void print_row(FILE *out, const struct report *r)
{
	fputs("\t{\n\t\t.id = ", out);
	print_string(out, r->c->id);
	fputs(",\n\t\t.triggers = ", out);
	print_symbol(out, r->c->id);
	fputs(",\n\t},\n", out);
}

const char *const kselftest_data[] = {
	"emit/kselftest/Makefile",  "emit/kselftest/config",
	"emit/kselftest/settings",  "emit/kselftest/.gitignore",
	"emit/kselftest/vmatlas.h", "emit/kselftest/vmatlas_test.c",
	"emit/kselftest/deeds.c",   "emit/kselftest/exec.c",
	"emit/kselftest/maps.c",    NULL,
};

void emit_kselftest(const struct report_set *set, const struct emit_opts *opts,
		    struct files *files)
{
	FILE *out = files_add(files, "cases.h");
	bool *any = xcalloc(set->nr + 1, sizeof(*any));

	(void)opts;
	print_begin(out);
	for (size_t i = 0; i < set->nr; i++)
		any[i] = print_case(out, set->reports[i]);
	fputs("static const struct vma_case cases[] = {\n", out);
	for (size_t i = 0; i < set->nr; i++)
		if (any[i])
			print_row(out, set->reports[i]);
	fputs("};\n", out);
	free(any);
}
