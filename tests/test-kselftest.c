// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the table for the kernel's harness: that each trigger is in it as
 * the catalogue has it, that layouts are those that are stated, and that no
 * text gets out of its string or comment. That the kernel's compiler takes it,
 * and what it says of a kernel that runs, is for kselftest.py.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/internal.h"
#include "emit/emit.h"
#include "tests.h"

/* ---- helpers ------------------------------------------------------------- */

static struct catalog *cat;
static char *table;

static char *table_of(const struct report_set *set)
{
	const struct emit_opts opts = { 0 };
	struct files *files = files_new();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	emit_kselftest(set, &opts, files);
	files_print(files, out);
	fclose(out);
	files_free(files);
	return text;
}

static size_t count_cases(void)
{
	size_t nr = 0;

	for_each_family(cat, f)
		nr += f->nr_cases;
	return nr;
}

/* The table of all cases that are loaded. */
static char *whole_table(void)
{
	const struct rules *rules = rules_for("latest");
	struct report_set set = { .cat = cat, .rules = rules };
	char *text;

	set.reports = calloc(count_cases() + 1, sizeof(*set.reports));
	ck_assert_ptr_nonnull(set.reports);
	for_each_family(cat, f)
		for_each_case(f, c)
			set.reports[set.nr++] = report_run(cat, c, rules);
	text = table_of(&set);
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	free(set.reports);
	return text;
}

static void setup(void)
{
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
	table = whole_table();
}

static void teardown(void)
{
	free(table);
	catalog_free(cat);
}

static void expect(const char *what)
{
	ck_assert_msg(strstr(table, what), "no\n%.1500s\nin\n%.2000s", what,
		      table);
}

__attribute__((format(printf, 1, 2))) static char *format(const char *fmt, ...)
{
	static char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return text;
}

/* "existing-merge-both" as a name in C. */
static const char *symbol(const struct cat_case *c)
{
	static char name[256];

	snprintf(name, sizeof(name), "%s", c->id);
	for (char *p = name; (p = strchr(p, '-')); p++)
		*p = '_';
	return name;
}

/* From what begins so to the line "};", or NULL if nothing does. */
static char *block(const char *head)
{
	const char *start = strstr(table, head);
	const char *end = start ? strstr(start, "\n};\n") : NULL;

	return end ? strndup(start, (size_t)(end - start)) : NULL;
}

/* ---- the catalogue's triggers ---------------------------------------------- */

/* Past the next call, which must be this one. */
static const char *after_call(const char *at, const struct syscall *c)
{
	const char *word = syscall_name(c->kind);
	const char *range = format(", %lu, %lu", (unsigned long)c->addr,
				   (unsigned long)c->len);

	at = strstr(at, "\t\t\t{ CALL_");
	ck_assert_ptr_nonnull(at);
	at += strlen("\t\t\t{ CALL_");
	ck_assert_msg(!strncasecmp(at, word, strlen(word)), "%s, not %.40s",
		      word, at);
	at += strlen(word);
	if (c->len)
		ck_assert_msg(!strncmp(at, range, strlen(range)), "%s at %.40s",
			      range, at);
	return at;
}

static const char *after_calls(const char *at, const struct cat_calls *calls,
			       const char *name)
{
	if (!calls->nr)
		return at;
	at = strstr(at, format("\t\t.%s = (const struct syscall[]) {\n", name));
	ck_assert_ptr_nonnull(at);
	for (size_t i = 0; i < calls->nr; i++)
		at = after_call(at, &calls->call[i].c);
	at = strstr(at, "\n\t\t\t{ ");
	ck_assert_msg(at && !strncmp(at, "\n\t\t\t{ }\n", 8),
		      "more calls: %.80s", at);
	return at;
}

/* What a trigger comes to is what the case states if it does no more. */
static bool does_the_case(const struct cat_trigger *t)
{
	return !t->cannot.text && !t->nr_ops && t->area == AREA_RESERVED;
}

static unsigned long lower(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

/* All pages that count: of the layouts before and after, and of the operation. */
static void check_bounds(const struct cat_case *c, unsigned long start,
			 unsigned long end)
{
	const struct cat_vma *before = c->before, *after = c->after;
	unsigned long low = c->nr_before ? before->s.vm_start : ~0UL;
	unsigned long high =
		c->nr_before ? before[c->nr_before - 1].s.vm_end : 0;

	if (c->nr_after) {
		low = lower(low, after->s.vm_start);
		high = ~lower(~high, ~after[c->nr_after - 1].s.vm_end);
	}
	if (c->op.kind != OP_SPLIT) {
		low = lower(low, c->op.start);
		high = ~lower(~high, ~c->op.end);
	}
	ck_assert_uint_eq(start, low);
	ck_assert_uint_eq(end, high);
}

/* An image is not there before. Where a stack is, nothing states. */
static const char *after_layouts(const char *at, const struct cat_case *c,
				 const struct cat_trigger *t)
{
	unsigned long start, end;
	const char *follow;
	int len = 0;

	if (t->area == AREA_STACK)
		return at;
	at = strstr(at, "\t\t.start = ");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(
		sscanf(at, " .start = %lu, .end = %lu,%n", &start, &end, &len),
		2);
	if (does_the_case(t))
		check_bounds(c, start, end);
	follow = t->area == AREA_IMAGE
			 ? "\n\t\t."
			 : format("\n\t\t.before = %s_before,\n", symbol(c));
	ck_assert_msg(!strncmp(at + len, follow, strlen(follow)),
		      "%s not at %.80s", follow, at + len);
	ck_assert_int_eq(!strncmp(at + len, "\n\t\t.before", 10),
			 t->area != AREA_IMAGE);
	return at + len;
}

/* Past the trigger, which must be the next. */
static const char *after_trigger(const char *at, const struct cat_case *c,
				 const struct cat_trigger *t, unsigned int nr)
{
	const char *name =
		nr == 1 ? format("\t\t.name = \"%s\",\n", t->syscall.text)
			: format("\t\t.name = \"%s %u\",\n", t->syscall.text,
				 nr);

	at = strstr(at, "\t\t.name = ");
	ck_assert_msg(at && !strncmp(at, name, strlen(name)), "%s not at %.80s",
		      name, at);
	at = after_calls(at + strlen(name), &t->setup, "setup");
	at = after_calls(at, &t->calls, "calls");
	return after_layouts(at, c, t);
}

static bool is_about(const struct cat_trigger *t, const char *syscall)
{
	return t->syscall.text && !strcmp(t->syscall.text, syscall);
}

static const char *after_syscall(const char *at, const struct cat_case *c,
				 const char *syscall, size_t *found)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < c->nr_live; i++) {
		if (!is_about(&c->live[i], syscall))
			continue;
		nr++;
		if (c->live[i].cannot.text)
			continue;
		at = after_trigger(at, c, &c->live[i], nr);
		(*found)++;
	}
	return at;
}

/* Returns how many triggers it has. */
static size_t check_triggers(const struct cat_case *c)
{
	char *text = block(
		format("static const struct trigger %s[] = {\n", symbol(c)));
	const char *at = text;
	size_t found = 0;

	for (size_t i = 0; i < c->syscalls.nr; i++)
		at = after_syscall(at, c, c->syscalls.text[i].text, &found);
	if (!found) {
		ck_assert_ptr_null(text);
		return 0;
	}
	ck_assert_ptr_null(strstr(at, ".name = "));
	expect(format("\t{\n\t\t.id = \"%s\",\n\t\t.triggers = %s,\n\t},\n",
		      c->id, symbol(c)));
	free(text);
	return found;
}

START_TEST(every_trigger)
{
	size_t found = 0, stated = 0;

	for_each_family(cat, f) {
		for_each_case(f, c) {
			found += check_triggers(c);
			for (size_t i = 0; i < c->nr_live; i++)
				stated += !c->live[i].cannot.text;
		}
	}
	ck_assert_uint_gt(stated, 200);
	ck_assert_uint_eq(found, stated);
}
END_TEST

/* ---- the catalogue's layouts ------------------------------------------------ */

/* The row of a VMA; without what is not stated of it, its beginning. */
static const char *row_of(const struct vma_state *s, bool says_attrs)
{
	char *row = format("\t{ %lu, %lu, \"", s->vm_start, s->vm_end);

	if (says_attrs)
		sprintf(row + strlen(row), "%c%c%c%c\" },\n",
			s->attrs.flags & VM_READ ? 'r' : '-',
			s->attrs.flags & VM_WRITE ? 'w' : '-',
			s->attrs.flags & VM_EXEC ? 'x' : '-',
			s->attrs.flags & VM_SHARED ? 's' : 'p');
	return row;
}

static void check_layout(const struct cat_case *c, const char *when,
			 const struct cat_vma *vma, size_t nr, bool before)
{
	char *text = block(format("static const struct vma %s_%s[] = {\n",
				  symbol(c), when));
	const char *at = text;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < nr; i++) {
		const char *row =
			row_of(&vma[i].s, before || vma[i].says_attrs);

		at = strchr(at, '\n') + 1;
		ck_assert_msg(!strncmp(at, row, strlen(row)),
			      "%s %s: %s not at %.80s", c->id, when, row, at);
	}
	ck_assert_str_eq(strchr(at, '\n') + 1, "\t{ }");
	free(text);
}

START_TEST(stated_layouts)
{
	size_t nr = 0;

	for_each_family(cat, f) {
		for_each_case(f, c) {
			if (!c->nr_live || !does_the_case(&c->live[0]))
				continue;
			check_layout(c, "before", c->before, c->nr_before,
				     true);
			check_layout(c, "after", c->after, c->nr_after, false);
			nr++;
		}
	}
	ck_assert_uint_gt(nr, 15);
}
END_TEST

/* ---- a catalogue of one case ---------------------------------------------------- */

/* "prev" has the anon_vma that is given: unfaulted if there is none. */
static void load(const char *title, const char *prev_anon, const char *live)
{
	char *text = NULL;
	int len = asprintf(
		&text,
		"family: existing\ntitle: T\norder: 1\nintro: I.\ncases:\n"
		"  - id: existing-merge-left-full\n"
		"    title: %s\n"
		"    summary: It merges.\n"
		"    before:\n"
		"      - {vma: prev, range: [16, 24], flags: [read]%s}\n"
		"      - {vma: middle, range: [24, 37], flags: [read, write], "
		"anon_vma: A}\n"
		"    operation: {modify: [24, 37], flags: [read]}\n"
		"    roles: {prev: extend, middle: delete}\n"
		"    steps: []\n"
		"    after: [{vma: prev, range: [16, 37]}]\n"
		"    locks: {mmap: write, vma: [], rmap: []}\n"
		"    map_count: {before: 2, after: 1}\n"
		"    function: vma_merge_existing_range()\n"
		"    syscalls: [mprotect, prctl]\n"
		"    live:\n%s",
		title, prev_anon, live);

	ck_assert_int_ge(len, 0);
	cat = catalog_load_bytes("x.yaml", text, (size_t)len, stderr);
	ck_assert_ptr_nonnull(cat);
	free(text);
	table = whole_table();
}

#define FAULTED ", anon_vma: A"

#define DO_MPROTECT "        do: {mprotect: [24, 37], prot: r}\n"

/*
 * kernel-facts: up to 6.15 an unfaulted neighbour, whose chain is empty, does not
 * merge with what is faulted; since 6.16 it does.
 */
START_TEST(rules_of_versions)
{
	load("Merge left full", "",
	     "      - syscall: mprotect\n"
	     "        setup:\n"
	     "          - {mmap: [16, 24], prot: r}\n"
	     "          - {mmap: [24, 37], prot: rw}\n"
	     "          - {touch: [24, 37]}\n" DO_MPROTECT);
	expect("static const struct vma existing_merge_left_full_after[] = {\n"
	       "\t{ 16, 24, \"r--p\" },\n"
	       "\t{ 24, 37, \"r--p\" },\n"
	       "\t{ }\n};\n\n"
	       "static const struct vma existing_merge_left_full_after_2[] = {\n"
	       "\t{ 16, 37, \"r--p\" },\n"
	       "\t{ }\n};\n");
	expect("\t\t.after = existing_merge_left_full_after,\n"
	       "\t\t.later = (const struct outcome[]) {\n"
	       "\t\t\t{\n"
	       "\t\t\t\t.since = KERNEL(6, 16),\n"
	       "\t\t\t\t.rules =\n"
	       "\t\t\t\t\t\"unfaulted and faulted areas merge unless forked\",\n"
	       "\t\t\t\t.after = existing_merge_left_full_after_2,\n"
	       "\t\t\t},\n"
	       "\t\t\t{ }\n"
	       "\t\t},\n");
	expect("#define OLDEST_RULES KERNEL(6, 12)\n");
	teardown();
}
END_TEST

/* What is done elsewhere counts, too, whether anything is there or not. */
START_TEST(bounds_of_operations)
{
	load("Merge left full", FAULTED,
	     "      - syscall: mprotect\n" DO_MPROTECT
	     "        as: [{unmap: [20, 44]}, {unmap: [8, 20]}]\n");
	expect("\t\t.start = 8,\n\t\t.end = 44,\n");
	teardown();
}
END_TEST

START_TEST(known_of_earlier_kernels)
{
	load("Merge left full", FAULTED,
	     "      - syscall: mprotect\n" DO_MPROTECT
	     "        earlier: {before: \"6.4\", why: \"It said\\n\\\"no\\\" "
	     "\\\\ %d.\"}\n");
	expect("\t\t.fixed = KERNEL(6, 4),\n"
	       "\t\t.earlier =\n"
	       "\t\t\t\"It said \\\"no\\\" \\\\ %d.\",\n");
	teardown();
}
END_TEST

/* Text that would be something else where it goes. */
START_TEST(hostile_text)
{
	load("Merge / left */ full /* \"\" \\\\", FAULTED,
	     "      - syscall: prctl\n"
	     "        do: {prctl: [24, 37], name: 'a\"b\\c */ é'}\n"
	     "      - syscall: mprotect\n"
	     "        cannot: 'not */ here /* and /*/ not there'\n");
	expect(" * existing-merge-left-full: Merge / left * / full / * \"\" "
	       "\\\\\n");
	expect("\t\t\t{ CALL_PRCTL, 24, 13, .name = \"a\\\"b\\\\c */ é\" },\n");
	expect(" * Not by mprotect: not * / here / * and / * / not there\n");
	teardown();
}
END_TEST

/* ---- calls ------------------------------------------------------------------ */

static const struct {
	const char *yaml, *row;
} calls[] = {
	{ "{mmap: [30, 34], prot: none}",
	  "CALL_MMAP, 30, 4, .prot = PROT_NONE,\n"
	  "\t\t\t  .flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE" },
	{ "{mmap: [30, 34], prot: rwx, shared: true}",
	  "CALL_MMAP, 30, 4,\n"
	  "\t\t\t  .prot = PROT_READ | PROT_WRITE | PROT_EXEC,\n"
	  "\t\t\t  .flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE" },
	{ "{mmap: [30, 34], prot: x, reserve: true, growsdown: true}",
	  "CALL_MMAP, 30, 4, .prot = PROT_EXEC,\n"
	  "\t\t\t  .flags = MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN" },
	{ "{mmap: [30, 34], prot: r, reserve: true, file: B}",
	  "CALL_MMAP, 30, 4, .prot = PROT_READ,\n"
	  "\t\t\t  .flags = MAP_PRIVATE | MAP_FIXED, .file = 1,\n"
	  "\t\t\t  .offset = 30" },
	{ "{mmap: [34, 38], prot: w, reserve: true, file: A, pgoff: 7}",
	  "CALL_MMAP, 34, 4, .prot = PROT_WRITE,\n"
	  "\t\t\t  .flags = MAP_PRIVATE | MAP_FIXED, .file = 2,\n"
	  "\t\t\t  .offset = 7" },
	{ "{mmap: [34, 38], prot: wx, reserve: true, file: B, pgoff: 0}",
	  "CALL_MMAP, 34, 4, .prot = PROT_WRITE | PROT_EXEC,\n"
	  "\t\t\t  .flags = MAP_PRIVATE | MAP_FIXED, .file = 1,\n"
	  "\t\t\t  .offset = 0" },
	{ "{munmap: [30, 34]}", "CALL_MUNMAP, 30, 4" },
	{ "{mprotect: [30, 34], prot: rw}",
	  "CALL_MPROTECT, 30, 4,\n"
	  "\t\t\t  .prot = PROT_READ | PROT_WRITE" },
	{ "{pkey_mprotect: [30, 34], prot: rx, key: true}",
	  "CALL_PKEY_MPROTECT, 30, 4,\n"
	  "\t\t\t  .prot = PROT_READ | PROT_EXEC, .key = 1" },
	{ "{madvise: [30, 34], advice: wipeonfork}",
	  "CALL_MADVISE, 30, 4, .advice = MADV_WIPEONFORK" },
	{ "{process_madvise: [30, 34], advice: normal}",
	  "CALL_PROCESS_MADVISE, 30, 4, .advice = MADV_NORMAL" },
	{ "{mlock2: [30, 34]}", "CALL_MLOCK2, 30, 4, .flags = MLOCK_ONFAULT" },
	{ "{mlockall: true}",
	  "CALL_MLOCKALL, .flags = MCL_CURRENT | MCL_ONFAULT" },
	{ "{munlockall: true}", "CALL_MUNLOCKALL" },
	{ "{mremap: [30, 34]}",
	  "CALL_MREMAP, 30, 4, .new_len = 4, .new_addr = 30" },
	{ "{mremap: [30, 34], to: 60, size: 9}",
	  "CALL_MREMAP, 30, 4, .new_len = 9,\n"
	  "\t\t\t  .flags = MREMAP_MAYMOVE | MREMAP_FIXED,\n"
	  "\t\t\t  .new_addr = 60" },
	{ "{mremap: [30, 34], to: 60, keep: true}",
	  "CALL_MREMAP, 30, 4, .new_len = 4,\n"
	  "\t\t\t  .flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,\n"
	  "\t\t\t  .new_addr = 60" },
	{ "{remap_file_pages: [30, 34], pgoff: 5}",
	  "CALL_REMAP_FILE_PAGES, 30, 4, .offset = 5" },
	{ "{mbind: [30, 34], policy: preferred}",
	  "CALL_MBIND, 30, 4, .policy = \"preferred\"" },
	{ "{set_mempolicy_home_node: [30, 34]}",
	  "CALL_SET_MEMPOLICY_HOME_NODE, 30, 4" },
	{ "{mseal: [30, 34]}", "CALL_MSEAL, 30, 4" },
	{ "{prctl: [30, 34], name: none}", "CALL_PRCTL, 30, 4" },
	{ "{prctl: [30, 34], name: some}",
	  "CALL_PRCTL, 30, 4, .name = \"some\"" },
	{ "{ioctl_userfaultfd: [30, 34]}", "CALL_IOCTL_USERFAULTFD, 30, 4" },
	{ "{ioctl_userfaultfd: [30, 34], unregister: true}",
	  "CALL_IOCTL_USERFAULTFD, 30, 4,\n"
	  "\t\t\t  .flags = UFFD_UNREGISTER" },
	{ "{shmat: [30, 34], prot: r}",
	  "CALL_SHMAT, 30, 4, .prot = PROT_READ" },
	{ "{shmdt: [30, 34]}", "CALL_SHMDT, 30, 4" },
	{ "{touch: [30, 34]}", "CALL_TOUCH, 30, 4" },
	{ "{fork: true}", "CALL_FORK" },
};

START_TEST(rows_of_calls)
{
	char *yaml, *rows;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);
	FILE *wanted = open_memstream(&rows, &size);

	fputs("      - syscall: mprotect\n        setup:\n", out);
	fputs("\t\t.setup = (const struct syscall[]) {\n", wanted);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		fprintf(out, "          - %s\n", calls[i].yaml);
		fprintf(wanted, "\t\t\t{ %s },\n", calls[i].row);
	}
	fputs(DO_MPROTECT, out);
	fputs("\t\t\t{ }\n\t\t},\n", wanted);
	fclose(out);
	fclose(wanted);
	load("Merge left full", FAULTED, yaml);
	expect(rows);
	free(yaml);
	free(rows);
	teardown();
}
END_TEST

static void expect_in_area(const char *call, const char *rows)
{
	load("Merge left full", FAULTED,
	     format("      - syscall: mprotect\n        do:\n"
		    "          - {mprotect: [24, 37], prot: r}\n"
		    "          - %s\n",
		    call));
	expect(rows);
	teardown();
}

START_TEST(heap)
{
	expect_in_area("{brk: 40}", "\t\t\t{ CALL_BRK, 40 },\n");
	expect_in_area("{brk: 40}", "\t\t.area = AREA_HEAP,\n");
}
END_TEST

/* From the catalogue itself: a program and a stack. */
START_TEST(programs)
{
	expect("\t\t.area = AREA_IMAGE,\n"
	       "\t\t.calls = (const struct syscall[]) {\n"
	       "\t\t\t{ CALL_EXECVE, .program = (const struct segment[]) {\n"
	       "\t\t\t\t{ 16, 24, .exec = true },\n"
	       "\t\t\t\t{ 34, 42, .exec = true },\n"
	       "\t\t\t\t{ 24, 34 },\n"
	       "\t\t\t\t{ }\n"
	       "\t\t\t} },\n"
	       "\t\t\t{ }\n"
	       "\t\t},\n");
	expect("\t\t.area = AREA_STACK,\n"
	       "\t\t.calls = (const struct syscall[]) {\n"
	       "\t\t\t{ CALL_EXECVE },\n"
	       "\t\t\t{ }\n"
	       "\t\t},\n"
	       "\t},\n");
}
END_TEST

/* ---- the file as a whole ------------------------------------------------------- */

START_TEST(same_bytes)
{
	char *again = whole_table();

	ck_assert_msg(!strcmp(table, again), "it differs");
	free(again);
}
END_TEST

static size_t columns(const char *line, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++)
		at = line[i] == '\t' ? at + 8 - at % 8 : at + 1;
	return at;
}

/* The kernel does not break strings, so that they can be searched for. */
static bool is_string(const char *line)
{
	return line[strspn(line, "\t")] == '"';
}

START_TEST(lines)
{
	for (const char *line = table; *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(columns(line, len) <= 80 || is_string(line),
			      "too long: %.*s", (int)len, line);
		ck_assert_msg(!len || !strchr(" \t", line[len - 1]),
			      "white space at the end: %.*s", (int)len, line);
		ck_assert_int_eq(line[len], '\n');
		line += len + 1;
	}
	ck_assert(!strncmp(
		table, "/* SPDX-License-Identifier: GPL-2.0-only */\n",
		strlen("/* SPDX-License-Identifier: GPL-2.0-only */\n")));
}
END_TEST

/* __split_vma() asks may_split, and returns the EINVAL that it says. */
START_TEST(errors)
{
	load("Merge left full", ", may_split: false",
	     "      - syscall: mprotect\n"
	     "        setup: [{mmap: [16, 24], prot: r}]\n"
	     "        do: {mprotect: [18, 20], prot: rw}\n"
	     "        as:\n"
	     "          - {modify: [18, 20], flags: [read, write]}\n");
	expect("\t\t.err = EINVAL,\n"
	       "\t\t.after = existing_merge_left_full_after,\n");
}
END_TEST

/* Each by hand, and none forgotten: the compiler would miss sources only. */
START_TEST(files_beside)
{
	size_t nr = 0;

	for (const char *const *name = kselftest_data; *name; name++, nr++)
		ck_assert_msg(!access(format("src/%s", *name), R_OK), "no %s",
			      *name);
	ck_assert_uint_eq(nr, 12);
}
END_TEST

static TCase *tcase_catalogue(void)
{
	TCase *tc = tcase_create("catalogue");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_trigger);
	tcase_add_test(tc, stated_layouts);
	tcase_add_test(tc, programs);
	tcase_add_test(tc, same_bytes);
	tcase_add_test(tc, lines);
	return tc;
}

static TCase *tcase_made_up(void)
{
	TCase *tc = tcase_create("made up");

	tcase_add_test(tc, rules_of_versions);
	tcase_add_test(tc, known_of_earlier_kernels);
	tcase_add_test(tc, bounds_of_operations);
	tcase_add_test(tc, hostile_text);
	tcase_add_test(tc, rows_of_calls);
	tcase_add_test(tc, heap);
	tcase_add_test(tc, errors);
	tcase_add_test(tc, files_beside);
	return tc;
}

Suite *suite_kselftest(void)
{
	Suite *s = suite_create("kselftest");

	suite_add_tcase(s, tcase_catalogue());
	suite_add_tcase(s, tcase_made_up());
	return s;
}
