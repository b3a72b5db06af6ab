// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what goes into the kernel's own sources: tests for its harness, and
 * comments. That the tests pass there, and fail where the code is changed, is
 * for kernel-tests.py to show; it needs a kernel tree.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emit/emit.h"
#include "lib/stream.h"
#include "tests.h"

/* ---- helpers ------------------------------------------------------------- */

static struct catalog *cat;

static void setup(void)
{
	cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
}

static void teardown(void)
{
	catalog_free(cat);
}

typedef void emit_fn(const struct report_set *set, const struct emit_opts *opts,
		     struct files *files);

static struct files *emitted(emit_fn *emit, struct report **reports, size_t nr,
			     const struct emit_opts *opts)
{
	const struct report_set set = {
		.cat = cat,
		.rules = reports[0]->rules,
		.reports = reports,
		.nr = nr,
	};
	struct files *files = files_new();

	emit(&set, opts, files);
	return files;
}

/* Inlined, gcc 12 takes the string for the pointer to it. */
static __attribute__((noinline)) char *printed(struct files *files)
{
	char *text;
	size_t size;
	FILE *out = stream_open(&text, &size);

	files_print(files, out);
	stream_close(out);
	files_free(files);
	return text;
}

/* All cases of the catalogue by the rules of a version. */
struct all {
	struct report *reports[64];
	size_t nr;
};

static void run_all(struct all *all, const char *kernel)
{
	all->nr = 0;
	for_each_family(cat, f)
		for_each_case(f, c) {
			ck_assert_uint_lt(all->nr, ARRAY_SIZE(all->reports));
			all->reports[all->nr++] =
				report_run(cat, c, rules_for(kernel));
		}
}

static void free_all(struct all *all)
{
	for (size_t i = 0; i < all->nr; i++)
		report_free(all->reports[i]);
}

static char *tests_for(const char *kernel)
{
	const struct emit_opts opts = { .kernel = kernel };
	struct all all;
	char *text;

	run_all(&all, kernel);
	text = printed(emitted(emit_vma_test, all.reports, all.nr, &opts));
	free_all(&all);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

/* A function of the text, as far as its closing brace. */
static char *function(const char *text, const char *name)
{
	char head[200];
	const char *from, *to;

	snprintf(head, sizeof(head), "static bool test_%s(void)\n{\n", name);
	from = strstr(text, head);
	ck_assert_msg(from, "no '%s'", head);
	to = strstr(from, "\n}\n");
	ck_assert_ptr_nonnull(to);
	return strndup(from, (size_t)(to - from) + 3);
}

#define assert_in(text, what)                                                  \
	ck_assert_msg(strstr(text, what), "no '%s' in:\n%.3000s", what, text)

/* Every version of the harness, and one in between. */
static const char *const kernels[] = {
	"6.12", "6.12.118", "6.14", "6.15", "6.16", "6.17",
	"6.19", "7.0",	    "7.1",  "7.2",  "7.3",
};

/* ---- the tests: that they are all there ---------------------------------------- */

/* The identifier of a case as C has it. */
static void c_name(char *name, size_t size, const char *id)
{
	snprintf(name, size, "%s", id);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
}

/* A case is tested and called, or it is said why not. */
static void assert_case(const char *text, const struct cat_case *c)
{
	char name[100], row[120], missing[120];

	c_name(name, sizeof(name), c->id);
	snprintf(row, sizeof(row), "\tTEST(%s);\n", name);
	snprintf(missing, sizeof(missing), " * %s: ", c->id);
	if (strstr(text, missing))
		return;
	assert_in(text, row);
	free(function(text, name));
}

START_TEST(test_every_case)
{
	char *text = tests_for(kernels[_i]);

	for_each_family(cat, f)
		for_each_case(f, c)
			assert_case(text, c);
	ck_assert_uint_eq(count(text, "\nstatic bool test_"),
			  count(text, "\tTEST("));
	free(text);
}
END_TEST

/* No case needs what the harness does not have, but where it says so. */
START_TEST(test_none_left_out)
{
	char *text = tests_for(kernels[_i]);

	for_each_family(cat, f)
		for_each_case(f, c) {
			char missing[120];

			snprintf(missing, sizeof(missing), " * %s: ", c->id);
			ck_assert_msg(!strstr(text, missing) ==
					      (c->op.kind != OP_REPLACE),
				      "%s", missing);
		}
	free(text);
}
END_TEST

START_TEST(test_pictures)
{
	char *text = tests_for("6.12");
	struct all all;

	run_all(&all, "6.12");
	for (size_t i = 0; i < all.nr; i++) {
		char *picture, *wanted = NULL, *line, *rest;
		size_t size;
		FILE *out;

		if (all.reports[i]->c->op.kind == OP_REPLACE)
			continue;
		out = open_memstream(&picture, &size);
		picture_print(out, all.reports[i], 1);
		fclose(out);
		out = open_memstream(&wanted, &size);
		for (rest = picture; (line = strsep(&rest, "\n")) && rest;)
			fprintf(out, " *%s\n", line);
		fclose(out);
		assert_in(text, wanted);
		free(wanted);
		free(picture);
	}
	free_all(&all);
	free(text);
}
END_TEST

/* ---- the tests: what they expect ------------------------------------------------ */

/*
 * From the mail and from mm/vma.c: where the boundary is after a partial merge,
 * what goes in a full one, in which order VMAs are locked, and so on.
 */
static const struct {
	const char *kernel;
	const char *test;
	const char *line;
} expected[] = {
	/* Middle keeps [32, 37), with its offset moved as well. */
	{ "6.12", "existing_merge_left_partial",
	  "ASSERT_EQ(modify(&mm, 24, 32, VM_READ), prev);" },
	{ "6.12", "existing_merge_left_partial",
	  "ASSERT_TRUE(vma_is(prev, 16, 32, 16, VM_READ, &anon_a));" },
	{ "6.12", "existing_merge_left_partial",
	  "ASSERT_TRUE(vma_is(middle, 32, 37, 32, VM_READ | VM_WRITE, "
	  "&anon_a));" },
	/* Up to 6.14 prev is locked before next, then next is the first. */
	{ "6.12", "existing_merge_both",
	  "ASSERT_TRUE(only_locked(VMAS(middle, prev, next)));" },
	{ "6.14", "existing_merge_both",
	  "ASSERT_TRUE(only_locked(VMAS(middle, prev, next)));" },
	{ "6.15", "existing_merge_both",
	  "ASSERT_TRUE(only_locked(VMAS(middle, next, prev)));" },
	{ "7.0", "existing_merge_both",
	  "ASSERT_TRUE(only_locked(VMAS(middle, next, prev)));" },
	{ "6.12", "existing_merge_both", "ASSERT_TRUE(was_freed(middle));" },
	{ "6.12", "existing_merge_both", "ASSERT_TRUE(was_freed(next));" },
	{ "6.12", "existing_merge_both", "ASSERT_EQ(mm.map_count, 1);" },
	/* The right neighbour is what survives, though it begins later. */
	{ "6.12", "existing_merge_right_full",
	  "ASSERT_TRUE(only_vmas(&mm, VMAS(next)));" },
	/* A close hook of next keeps it, and its lock is not taken. */
	{ "6.12", "new_merge_left_next_stays", "next->vm_ops = &close_ops;" },
	{ "6.12", "new_merge_left_next_stays",
	  "ASSERT_TRUE(only_locked(VMAS(prev)));" },
	/* brk() asks in its own way. */
	{ "6.12", "new_merge_left_just_expand",
	  "ASSERT_EQ(just_expand(&mm, 24, 34, 24, VM_READ | VM_WRITE), prev);" },
	/* The upper part of a split begins where it was split. */
	{ "6.12", "split_new_above", "ASSERT_EQ(mm.map_count, 2);" },
	/* The stack moves with its offset unchanged. */
	{ "6.12", "relocate_stack", "ASSERT_EQ(relocate(stack, 28), 0);" },
	{ "6.12", "relocate_stack",
	  "ASSERT_TRUE(vma_is(stack, 28, 36, 40, VM_READ | VM_WRITE | "
	  "VM_GROWSDOWN, &anon_a));" },
	/* Up to 6.15 an unfaulted VMA does not take in a faulted range. */
	{ "6.12", "existing_middle_faulted",
	  "ASSERT_EQ(modify(&mm, 24, 36, VM_READ), middle);" },
	{ "6.16", "existing_middle_faulted",
	  "ASSERT_EQ(modify(&mm, 24, 36, VM_READ), prev);" },
	/* At the limit, the kernel says that there is no memory. */
	{ "6.12", "split_no_room", "mm.map_count = sysctl_max_map_count;" },
	{ "6.12", "split_no_room", "-ENOMEM);" },
	{ "6.12", "existing_no_memory",
	  "ASSERT_EQ(modify(&mm, 24, 36, VM_READ), ERR_PTR(-ENOMEM));" },
	{ "6.12", "existing_no_memory",
	  "ASSERT_EQ(seen.state, VMA_MERGE_ERROR_NOMEM);" },
	{ "6.12", "existing_give_up",
	  "ASSERT_EQ(seen.state, VMA_MERGE_NOMERGE);" },
	/* What was detached is attached again when munmap() fails. */
	{ "6.12", "unmap_may_split",
	  "ASSERT_EQ(unmap(&mm, 20, 48), -EINVAL);" },
	/* Since 7.0 a merge unlinks the anon_vma of what it removes. */
	{ "6.19", "existing_merge_both", "ASSERT_FALSE(anon_a.was_unlinked);" },
	{ "7.0", "existing_merge_both", "ASSERT_TRUE(anon_a.was_unlinked);" },
	/* A flag that sticks goes to what takes next in. */
	{ "6.19", "existing_next_guard",
	  "ASSERT_TRUE(vma_is(prev, 16, 44, 16, VM_READ | VM_MAYBE_GUARD, "
	  "NULL));" },
	/* MREMAP_DONTUNMAP merged with its own source, and 6.12's series, too. */
	{ "7.1", "copy_prev_kept",
	  "ASSERT_EQ(copy(prev, 24, 36, true), prev);" },
	{ "7.2", "copy_prev_kept", "new = copy(prev, 24, 36, true);" },
	{ "6.12", "copy_next_kept",
	  "ASSERT_EQ(copy(next, 24, 36, true), next);" },
	{ "6.12.118", "copy_next_kept", "new = copy(next, 24, 36, true);" },
	/* What was inherited merges with nothing that is unfaulted. */
	{ "6.18", "copy_forked",
	  "ASSERT_EQ(copy(source, 24, 36, false), prev);" },
	{ "6.18.8", "copy_forked", "new = copy(source, 24, 36, false);" },
	{ "6.18.8", "copy_forked", "ASSERT_TRUE(anon_a.was_cloned);" },
	{ "7.2", "copy_uffd_lost",
	  "ASSERT_EQ(copy(source, 24, 36, false), prev);" },
	{ "7.3", "copy_uffd_lost", "vma_without_remap_event = source;" },
	{ "7.3", "copy_uffd_lost", "new = copy(source, 24, 36, false);" },
	/* Offset 116 is not where [16, 24) is, so only next merges. */
	{ "7.3", "existing_prev_moved", "vma_set_anon_pgoff(prev, 116);" },
	{ "7.3", "existing_prev_moved",
	  "ASSERT_EQ(modify(&mm, 24, 36, VM_READ | VM_MAYWRITE), next);" },
	{ "7.3", "existing_prev_moved",
	  "ASSERT_EQ(vma_start_anon_pgoff(next), 24);" },
	{ "7.2", "existing_private", "ASSERT_TRUE(was_freed(next));" },
	/* A fault looks at what is beside it with the same eyes. */
	{ "6.12", "fault_reuses",
	  "ASSERT_EQ(find_mergeable_anon_vma(middle), &anon_a);" },
	{ "7.3", "fault_reuses",
	  "ASSERT_EQ(find_mergeable_anon_vma(middle), &anon_a);" },
	{ "7.3", "fault_moved",
	  "ASSERT_EQ(find_mergeable_anon_vma(middle), NULL);" },
};

/* A text without what wraps its lines. */
static char *unwrapped(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		*to = *from == '\n' || *from == '\t' ? ' ' : *from;
		if (*to != ' ' || (to > text && to[-1] != ' '))
			to++;
	}
	*to = '\0';
	return text;
}

START_TEST(test_expected)
{
	char *text = tests_for(expected[_i].kernel);
	char *body = unwrapped(function(text, expected[_i].test));

	assert_in(body, expected[_i].line);
	/* Only middle has no anon_vma, so that a fault has to look for one. */
	ck_assert_ptr_null(strstr(body, "find_mergeable_anon_vma(prev)"));
	ck_assert_ptr_null(strstr(body, "find_mergeable_anon_vma(next)"));
	free(body);
	free(text);
}
END_TEST

/* Rules that a version's harness cannot ask for, and why. */
static const struct {
	const char *kernel;
	const char *line;
} left_out[] = {
	{ "6.15", " * relocate_blocked: the function is out of reach\n" },
	{ "6.18",
	  " * existing_guard: the shims have no value for one of its flags\n" },
	{ "7.1",
	  " * existing_soft_dirty: the shims have no value for one of its flags\n" },
	{ "7.2",
	  " * existing_prev_moved: its VMAs have no anonymous offset\n" },
	{ "7.2", " * fault_moved: its VMAs have no anonymous offset\n" },
};

START_TEST(test_rules_left_out)
{
	char *text = tests_for(left_out[_i].kernel);

	assert_in(strstr(text, " * Not here:"), left_out[_i].line);
	free(text);
}
END_TEST

/* ---- the tests: what the compiler says ------------------------------------------- */

static const char *directory(void)
{
	static char path[TEMP_PATH];

	temp_dir(path);
	return path;
}

static void write_text(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

static void assert_compiles(struct files *files, const char *kernel)
{
	const char *dir = directory();
	bool many = version_number(kernel) >= VERSION_NUMBER(7, 0);
	char line[300];

	ck_assert_int_eq(files_write(files, dir, stderr), 0);
	files_free(files);
	write_text(dir, "main.c",
		   many ? "#include \"catalog.h\"\n"
			  "#include \"tests/catalog.c\"\n"
			  "int main(void)\n{\n"
			  "\tint a = 0, b = 0;\n"
			  "\trun_catalog_tests(&a, &b);\n"
			  "\treturn b;\n}\n"
			: "#include \"catalog.h\"\n"
			  "#include \"catalog.c\"\n"
			  "int main(void)\n{\n"
			  "\tint a = 0, b = 0;\n"
			  "\trun_catalog_tests(&a, &b);\n"
			  "\treturn b;\n}\n");
	snprintf(line, sizeof(line),
		 "${CC:-gcc} -std=gnu11 -Wall -Werror -c -o /dev/null "
		 "-DKERNEL=%ld %s -include tests/vma-test-stubs.h %s/main.c",
		 version_number(kernel),
		 rules_for(kernel)->kept_source ? "-DCOPY_KEEPS_SOURCE" : "",
		 dir);
	ck_assert_int_eq(system(line), 0);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	ck_assert_int_eq(system(line), 0);
}

START_TEST(test_compiles)
{
	const struct emit_opts opts = { .kernel = kernels[_i] };
	struct all all;

	run_all(&all, kernels[_i]);
	assert_compiles(emitted(emit_vma_test, all.reports, all.nr, &opts),
			kernels[_i]);
	free_all(&all);
}
END_TEST

/* A single case, with no more than what it needs. */
START_TEST(test_compiles_alone)
{
	const struct emit_opts opts = { .kernel = "6.12" };
	struct all all;

	run_all(&all, "6.12");
	for (size_t i = 0; i < all.nr; i++)
		assert_compiles(
			emitted(emit_vma_test, &all.reports[i], 1, &opts),
			"6.12");
	free_all(&all);
}
END_TEST

START_TEST(test_style)
{
	char *text = tests_for(kernels[_i]);

	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		size_t columns = 0;

		for (const char *p = line; *p; p++)
			columns = *p == '\t' ? (columns / 8 + 1) * 8
					     : columns + 1;
		ck_assert_msg(columns <= 80, "%s", line);
		ck_assert_msg(!*line || (line[strlen(line) - 1] != ' ' &&
					 line[strlen(line) - 1] != '\t'),
			      "'%s'", line);
		ck_assert_msg(!strchr(line, '@'), "%s", line);
	}
	free(text);
}
END_TEST

/* ---- hostile input ---------------------------------------------------------------- */

#define HOSTILE                                                                \
	"*/ int x; /* \" \\ %s %n // ?"                                        \
	"?/ *"

static struct cat_vma hostile_vmas[] = {
	{ .name = "int",
	  .s = { .vm_start = 16, .vm_end = 24, .vm_pgoff = 16 } },
	{ .name = "mm-struct",
	  .s = { .vm_start = 24,
		 .vm_end = 32,
		 .vm_pgoff = 24,
		 .attrs.flags = VM_READ } },
};

static const struct cat_family hostile_family = {
	.name = "existing",
	.title = HOSTILE,
};

static const struct cat_case hostile_case = {
	.id = "hostile",
	.pos = { .file = "*/x.yaml", .line = 1 },
	.title = { .text = HOSTILE },
	.family = &hostile_family,
	.before = hostile_vmas,
	.nr_before = ARRAY_SIZE(hostile_vmas),
	.after = hostile_vmas,
	.nr_after = ARRAY_SIZE(hostile_vmas),
	.op = { .kind = OP_MODIFY,
		.start = 24,
		.end = 32,
		.changes = CHANGE_FLAGS,
		.attrs.flags = VM_WRITE },
	.target = "mm-struct",
	.function = { .text = HOSTILE },
};

START_TEST(test_hostile_tests)
{
	const struct emit_opts opts = { .kernel = "6.12" };
	struct report *r = report_run(cat, &hostile_case, rules_for("6.12"));

	assert_compiles(emitted(emit_vma_test, &r, 1, &opts), "6.12");
	report_free(r);
}
END_TEST

/* What the harness has no flag for is named, with the reason. */
START_TEST(test_left_out)
{
	const struct emit_opts opts = { .kernel = "6.12" };
	struct cat_vma vmas[ARRAY_SIZE(hostile_vmas)];
	struct cat_case c = hostile_case;
	struct report *r;
	char *text;

	memcpy(vmas, hostile_vmas, sizeof(vmas));
	vmas[0].s.attrs.flags = VM_UFFD_MINOR;
	c.before = vmas;
	r = report_run(cat, &c, rules_for("6.12"));
	text = printed(emitted(emit_vma_test, &r, 1, &opts));
	assert_in(text, " * hostile: the shims have no value for one of its "
			"flags\n");
	ck_assert_ptr_null(strstr(text, "TEST(hostile)"));
	free(text);
	report_free(r);
}
END_TEST

/* ---- comments ---------------------------------------------------------------------- */

static char *comment_of(struct report *r, enum comment_form form)
{
	const struct emit_opts opts = { .comment = form };

	return printed(emitted(emit_comment, &r, 1, &opts));
}

static void assert_columns(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		ck_assert_msg(len <= 75, "%zu columns: %.*s", len, (int)len,
			      text);
		ck_assert_msg(!len || text[len - 1] != ' ', "'%.*s'", (int)len,
			      text);
		text += len + (text[len] == '\n');
	}
}

/* One comment, from the first character to the last. */
static void assert_one_comment(const char *text)
{
	ck_assert(!strncmp(text, "/*\n", 3));
	ck_assert_ptr_eq(strstr(text, "*/"), text + strlen(text) - 3);
	ck_assert_ptr_null(strstr(text + 2, "/*"));
}

static const char *const misleading[] = {
	"---", "diff ", "#", "From ", "Index:", "Subject:", "*** ", "-- ",
};

static void assert_no_line_misleads(const char *text)
{
	while (*text) {
		for (size_t i = 0; i < ARRAY_SIZE(misleading); i++)
			ck_assert_msg(strncmp(text, misleading[i],
					      strlen(misleading[i])),
				      "%.40s", text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

/* What a source file can bear, and nothing of who reads what, or of a mail. */
static void assert_short(const char *text)
{
	static const char *const never[] = { "vmatlas", "mail", "refuted",
					     "/proc", "Linux" };
	size_t lines = 0;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	ck_assert_msg(lines <= 20, "%zu lines:\n%s", lines, text);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		ck_assert_msg(!strstr(text, never[i]), "'%s' in:\n%s", never[i],
			      text);
}

/*
 * Each step is there; of a case that is made of others all splits are, as the
 * trace has them, in one line each.
 */
static void assert_steps(const char *text, const struct report *r)
{
	char *flat = unwrapped(strdup(text));
	char line[128];

	for (size_t i = 0; i < r->nr_steps && !r->nr_parts; i++)
		assert_in(flat, r->steps[i].text);
	for (size_t i = 0; i < r->nr_kcalls && r->nr_parts; i++) {
		const struct kcall *k = &r->kcalls[i];

		if (k->kind != KCALL_SPLIT || k->err)
			continue;
		snprintf(line, sizeof(line),
			 "Split %s by __split_vma(), %s is the part %s",
			 report_name(r, k->middle), report_name(r, k->created),
			 k->new_below ? "below" : "above");
		assert_in(flat, line);
	}
	free(flat);
}

START_TEST(test_comments)
{
	struct all all;

	run_all(&all, rule_sets[_i].version);
	for (size_t i = 0; i < all.nr; i++) {
		char *c = comment_of(all.reports[i], COMMENT_C);
		char *text = comment_of(all.reports[i], COMMENT_TEXT);

		assert_columns(c);
		assert_columns(text);
		assert_one_comment(c);
		assert_no_line_misleads(text);
		assert_in(text, all.reports[i]->c->title.text);
		assert_short(c);
		assert_short(text);
		assert_steps(text, all.reports[i]);
		free(c);
		free(text);
	}
	free_all(&all);
}
END_TEST

/* The mail's own words for one of them, and the same in both places. */
START_TEST(test_comment_of_mail)
{
	static const char *const lines[] = {
		"        start   end\n",
		"          |<---->|\n",
		"  |-------*************\n",
		"1. Set prev VMA range [prev->vm_start, end)\n",
		"Map count 2 -> 2. Write-locked: mmap, middle, prev; rmap "
		"anon_vma.\n",
	};
	const struct cat_case *c =
		catalog_case(cat, "existing-merge-left-partial");
	struct report *r = report_run(cat, c, rules_for("latest"));
	char *comment = comment_of(r, COMMENT_C);
	char *text = comment_of(r, COMMENT_TEXT);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_in(comment, lines[i]);
		assert_in(text, lines[i]);
	}
	free(comment);
	free(text);
	report_free(r);
}
END_TEST

/* Each would be something else at the beginning of a message, or of a line. */
static const char *const titles[] = {
	"--- a",
	"diff --git a/x b/x",
	"# comment",
	"From me",
	"From: me",
	"Subject: no",
	"*/ int x; /*",
	"a */*/ b /*/* c",
	"word word word word word word word word word word word word word "
	"word --- word diff --git # From word word word word word word wordy "
	"# word word word word word word word word word word wor diff -u",
	"unbreakable_unbreakable_unbreakable_unbreakable_unbreakable_"
	"unbreakable_unbreakable_unbreakable_unbreakable_unbreakable_---",
	"tab\tnewline\n--- a\n#b",
};

START_TEST(test_hostile_comments)
{
	struct cat_case c = hostile_case;
	struct report *r;
	char *text;

	c.title.text = titles[_i];
	c.function.text = titles[_i];
	r = report_run(cat, &c, rules_for("latest"));
	text = comment_of(r, COMMENT_C);
	assert_columns(text);
	assert_one_comment(text);
	free(text);
	text = comment_of(r, COMMENT_TEXT);
	assert_columns(text);
	assert_no_line_misleads(text);
	free(text);
	report_free(r);
}
END_TEST

/* ---- the command line ------------------------------------------------------------- */

static const struct {
	const char *args;
	int status;
	const char *says;
	const char *never;
} calls[] = {
	{ "emit vma-test -o /nowhere", 2,
	  "no kernel version, expected --kernel 6.12 or later" },
	{ "emit vma-test --kernel 6.11 -o /nowhere", 2,
	  "did you mean '6.12'? Expected 6.12 or later" },
	{ "emit vma-test --kernel 9.9", 2,
	  "Linux 9.9 is newer than all harnesses that are known" },
	{ "emit vma-test --kernel six -o /nowhere", 2,
	  "unknown kernel version 'six'" },
	{ "emit vma-test --kernel 6.12", 2, "expected -o DIR" },
	{ "emit vma-test --kernel latest", 2, "expected -o DIR", "newer" },
	{ "emit comment --as rst", 2,
	  "unknown form 'rst', expected one of c|text" },
	{ "emit comment --as text new-merge-left", 0, "Merge left, by", "/*" },
	{ "emit comment new-merge-left", 0, "/*\n * Merge left, by" },
	{ "emit comment no-such-case", 2, "unknown case 'no-such-case'" },
};

START_TEST(test_calls)
{
	char line[300], out[1 << 14];
	FILE *pipe;
	size_t len;

	snprintf(line, sizeof(line),
		 "unset CK_RUN_SUITE; ${VMATLAS:-build/vmatlas} %s 2>&1",
		 calls[_i].args);
	pipe = popen(line, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(out, 1, sizeof(out) - 1, pipe);
	out[len] = '\0';
	ck_assert_int_eq(WEXITSTATUS(pclose(pipe)), calls[_i].status);
	assert_in(out, calls[_i].says);
	if (calls[_i].never)
		ck_assert_ptr_null(strstr(out, calls[_i].never));
}
END_TEST

/* ---- the suite -------------------------------------------------------------------- */

static void add(Suite *s, TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
}

static TCase *tcase_tests(void)
{
	TCase *tc = tcase_create("tests");

	tcase_add_loop_test(tc, test_every_case, 0, ARRAY_SIZE(kernels));
	tcase_add_loop_test(tc, test_none_left_out, 0, ARRAY_SIZE(kernels));
	tcase_add_test(tc, test_pictures);
	tcase_add_loop_test(tc, test_expected, 0, ARRAY_SIZE(expected));
	tcase_add_loop_test(tc, test_style, 0, ARRAY_SIZE(kernels));
	tcase_add_test(tc, test_left_out);
	tcase_add_loop_test(tc, test_rules_left_out, 0, ARRAY_SIZE(left_out));
	return tc;
}

static TCase *tcase_compiler(void)
{
	TCase *tc = tcase_create("compiler");

	tcase_add_loop_test(tc, test_compiles, 0, ARRAY_SIZE(kernels));
	tcase_add_test(tc, test_compiles_alone);
	tcase_add_test(tc, test_hostile_tests);
	return tc;
}

static TCase *tcase_comments(void)
{
	TCase *tc = tcase_create("comments");

	tcase_add_loop_test(tc, test_comments, 0, nr_rule_sets);
	tcase_add_test(tc, test_comment_of_mail);
	tcase_add_loop_test(tc, test_hostile_comments, 0, ARRAY_SIZE(titles));
	return tc;
}

static TCase *tcase_calls(void)
{
	TCase *tc = tcase_create("calls");

	tcase_add_loop_test(tc, test_calls, 0, ARRAY_SIZE(calls));
	return tc;
}

Suite *suite_vma_test(void)
{
	Suite *s = suite_create("vma-test");

	add(s, tcase_tests());
	add(s, tcase_compiler());
	add(s, tcase_comments());
	add(s, tcase_calls());
	return s;
}
