// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the models for SPIN: that the steps of the trace are in them, all
 * and in order, and that SPIN takes them. What the models say is compared with
 * the explorer by check-spin.py.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emit/emit.h"
#include "tests.h"

enum { NR_SURROUNDINGS = 9, MAX_THEN = 6 };

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

/* All the models of a case, one after the other. */
static char *models_of(struct report *r)
{
	const struct report_set set = {
		.cat = r->cat, .rules = r->rules, .reports = &r, .nr = 1
	};
	const struct emit_opts opts = { 0 };
	struct files *files = files_new();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	emit_promela(&set, &opts, files);
	files_print(files, out);
	fclose(out);
	files_free(files);
	return text;
}

static char *models_of_case(const struct cat_case *c)
{
	struct report *r = report_run(cat, c, rules_for("latest"));
	char *text = models_of(r);

	report_free(r);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

static const char *after(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	ck_assert_msg(at, "no '%s' after '%.200s'", what, text);
	return at + strlen(what);
}

/* ---- the steps ----------------------------------------------------------- */

/* What a step is called: "V" is its VMA, "F" its source, "R" its range. */
static const char *const step_forms[NR_STEPS] = {
	[STEP_LOCK_MMAP] = "\tstep(mmap_write_lock());\n",
	[STEP_LOCK_VMA] = "\tstep(vma_write_lock(V));\n",
	[STEP_LOCK_I_MMAP] = "\t/* (lock i_mmap: nothing to a reader) */\n",
	[STEP_LOCK_ANON_VMA] = "\t/* (lock anon_vma: nothing to a reader) */\n",
	[STEP_ALLOCATE] = "\tstep(allocate(V));\n",
	[STEP_DUPLICATE] = "\tstep(duplicate(V, F));\n",
	[STEP_CLONE_ANON_VMA] =
		"\t/* (clone anon_vma: nothing to a reader) */\n",
	[STEP_SET_RANGE] = "\tstep(set_range(V, R));\n",
	[STEP_SET_ATTRS] = "\t/* (set attributes: nothing to a reader) */\n",
	[STEP_STORE] = "\tstore(V, R);\n",
	[STEP_DETACH] = "\tstep(detach(V));\n",
	[STEP_ATTACH] = "\tstep(attach(V));\n",
	[STEP_FREE] = "\tstep(free(V));\n",
	[STEP_MAP_COUNT] = "\t/* (set map_count: nothing to a reader) */\n",
	[STEP_UNLOCK_ANON_VMA] =
		"\t/* (unlock anon_vma: nothing to a reader) */\n",
	[STEP_UNLOCK_I_MMAP] = "\t/* (unlock i_mmap: nothing to a reader) */\n",
	[STEP_DOWNGRADE_MMAP] = "\tstep(mmap_write_downgrade());\n",
	[STEP_UNLOCK_MMAP] = "\tstep(mmap_write_unlock());\n",
};

/* Only right for names that the model does not change. */
static void print_upper(FILE *out, const struct report *r, vma_id vma)
{
	const char *name = vma ? report_name(r, vma) : "NOTHING";

	for (; *name; name++)
		fputc(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name,
		      out);
}

static const char *step_form(const struct step *s, bool downgraded)
{
	if (s->kind == STEP_UNLOCK_MMAP && downgraded)
		return "\tstep(mmap_read_unlock());\n";
	return step_forms[s->kind];
}

static char *step_text(const struct report *r, const struct step *s,
		       bool downgraded)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (const char *f = step_form(s, downgraded); *f; f++)
		if (*f == 'V')
			print_upper(out, r, s->vma);
		else if (*f == 'F')
			print_upper(out, r, s->from);
		else if (*f == 'R')
			fprintf(out, "P%lu, P%lu", s->start, s->end);
		else
			fputc(*f, out);
	fclose(out);
	return text;
}

/* The steps of the writer, in order, and no others. */
static const char *check_writer(const char *text, const struct report *r)
{
	const char *begin = after(text, "\nproctype change()\n"), *at = begin;
	size_t steps, calls = 0;
	bool downgraded = false;
	char *body;

	for (size_t i = 0; i < r->nr_trace; i++) {
		char *step = step_text(r, &r->trace[i], downgraded);

		downgraded |= r->trace[i].kind == STEP_DOWNGRADE_MMAP;
		at = after(at, step);
		calls += !strstr(step, "/*");
		free(step);
	}
	/* What comes after it belongs to longer sequences. */
	body = strndup(begin, strcspn(begin, "#}"));
	steps = count(body, "\tstep(") + count(body, "\tstore(");
	ck_assert_uint_eq(steps, calls);
	free(body);
	return at;
}

START_TEST(every_step)
{
	for_each_family(cat, f)
		for_each_case(f, c) {
			struct report *r =
				report_run(cat, c, rules_for("latest"));
			char *text = models_of(r);
			const char *at = text;

			for (int i = 0; i < NR_SURROUNDINGS; i++)
				at = check_writer(at, r);
			ck_assert_ptr_null(strstr(at, "\nproctype change()"));
			free(text);
			report_free(r);
		}
}
END_TEST

/* A munmap() ends with the mmap lock held for reading. */
START_TEST(downgraded_lock)
{
	static struct cat_vma vmas[] = {
		{ .name = "vma", .s = { .vm_start = 16, .vm_end = 24 } },
	};
	static const struct cat_case c = {
		.id = "unmap",
		.title = { .text = "Unmap" },
		.before = vmas,
		.nr_before = ARRAY_SIZE(vmas),
		.op = { .kind = OP_UNMAP, .start = 16, .end = 24 },
	};
	char *text = models_of_case(&c);
	const char *at = after(text, "\nproctype change()\n");

	at = after(at, "\tstore(NOTHING, P16, P24);\n");
	if (strstr(at, "\tstep(mmap_write_downgrade());\n"))
		after(at, "\tstep(mmap_read_unlock());\n");
	else
		after(at, "\tstep(mmap_write_unlock());\n");
	free(text);
}
END_TEST

/* ---- sequences ----------------------------------------------------------- */

static const struct {
	const char *id;
	const char *then[MAX_THEN];
} sequences[] = {
	{ "existing-merge-both",
	  { "2\n\t/* Then: modify [24, 32)", "3\n\t/* Then: modify [24, 32)",
	    "4\n\t/* Then: modify [24, 32)" } },
	{ "new-merge-right",
	  { "2\n\t/* Then: unmap [16, 26)", "3\n\t/* Then: map [16, 26)",
	    "4\n\t/* Then: unmap [16, 26)" } },
	{ "split-new-below",
	  { "2\n\t/* Then: modify [16, 22)", "2\n\t/* Then: modify [16, 22)",
	    "3\n\t/* Then: split at 22, new below",
	    "4\n\t/* Then: modify [16, 22)",
	    "4\n\t/* Then: modify [16, 22)" } },
};

START_TEST(sequence)
{
	char *text = models_of_case(catalog_case(cat, sequences[_i].id));
	const char *end = strstr(text, "\nend_change:\n");
	const char *at = text;
	size_t nr = 0;

	ck_assert_ptr_nonnull(end);
	for (; nr < MAX_THEN && sequences[_i].then[nr]; nr++) {
		at = after(at, "#if OPS >= ");
		while (at < end && strncmp(at, sequences[_i].then[nr],
					   strlen(sequences[_i].then[nr])) != 0)
			at = after(at, "#if OPS >= ");
		ck_assert_msg(at < end, "no '%s'", sequences[_i].then[nr]);
	}
	ck_assert_uint_eq(count(text, "\t/* Then: "), nr * NR_SURROUNDINGS);
	free(text);
}
END_TEST

/* What only the operations that follow create is there for them alone. */
START_TEST(created_later)
{
	const struct cat_case *c = catalog_case(cat, "existing-merge-both");
	char *text = models_of_case(c);
	const char *at = after(text, "mtype:vma = {\n");

	at = after(at, ", NEW2, NEW, RIGHT, LEFT, NEXT, MIDDLE, PREV\n");
	at = after(at, "#elif OPS >= 2\n#define NR_VMAS 8\n");
	after(at, "#else\n#define NR_VMAS 6\n#endif\n");
	free(text);
}
END_TEST

/* What a munmap() took away is mapped again. */
START_TEST(undone_unmap)
{
	static struct cat_vma vmas[] = {
		{ .name = "low", .s = { .vm_start = 16, .vm_end = 24 } },
		{ .name = "high",
		  .s = { .vm_start = 24,
			 .vm_end = 32,
			 .attrs = { .flags = VM_READ } } },
	};
	static const struct cat_case c = {
		.id = "unmap",
		.title = { .text = "Unmap" },
		.before = vmas,
		.nr_before = ARRAY_SIZE(vmas),
		.op = { .kind = OP_UNMAP, .start = 20, .end = 28 },
	};
	char *text = models_of_case(&c);
	const char *at = after(text, "\nproctype change()\n");

	at = after(at, "#if OPS >= 2\n\t/* Then: map [20, 24) */\n");
	at = after(at, "#if OPS >= 2\n\t/* Then: map [24, 28) */\n");
	after(at, "#if OPS >= 3\n\t/* Then: unmap [20, 28) */\n");
	free(text);
}
END_TEST

/* ---- names --------------------------------------------------------------- */

static struct cat_vma odd_vmas[] = {
	{ .name = "left", .s = { .vm_start = 16, .vm_end = 20 } },
	{ .name = "p24", .s = { .vm_start = 20, .vm_end = 24 } },
	{ .name = "none", .s = { .vm_start = 24, .vm_end = 28 } },
	{ .name = "do", .s = { .vm_start = 28, .vm_end = 32 } },
};

static const struct cat_case odd_case = {
	.id = "odd",
	.title = { .text = "*/ init { assert(false) } /*/" },
	.before = odd_vmas,
	.nr_before = ARRAY_SIZE(odd_vmas),
	.op = { .kind = OP_SPLIT, .start = 30 },
};

START_TEST(odd_names)
{
	char *text = models_of_case(&odd_case);

	after(text, " * odd: * / init { assert(false) } / * /\n");
	after(text, "RIGHT, LEFT_, NEW, DO, NONEv, P24v, LEFT\n");
	after(text, "place(NONEv, P24, P28)");
	after(text, ":: left_side == ADJACENT -> place(LEFT_, P12, P16)\n");
	free(text);
}
END_TEST

/* ---- surroundings -------------------------------------------------------- */

START_TEST(surroundings)
{
	const struct cat_case *c = catalog_case(cat, "split-new-below");
	char *text = models_of_case(c);

	ck_assert_uint_eq(count(text, "#define LEFT_SIDE NONE\n"), 3);
	ck_assert_uint_eq(count(text, "#define LEFT_SIDE HOLE\n"), 3);
	ck_assert_uint_eq(count(text, "#define RIGHT_SIDE ADJACENT\n"), 3);
	ck_assert_uint_eq(count(text, "left_side = LEFT_SIDE\n#ifdef ALL\n"
				      "\t:: left_side = NONE\n"
				      "\t:: left_side = HOLE\n"
				      "\t:: left_side = ADJACENT\n#endif\n"),
			  9);
	ck_assert_uint_eq(count(text, "right_side = RIGHT_SIDE\n#ifdef ALL\n"
				      "\t:: right_side = NONE\n"
				      "\t:: right_side = HOLE\n"
				      "\t:: right_side = ADJACENT\n#endif\n"),
			  9);
	after(text, "left_side == HOLE -> place(LEFT, P8, P12)\n");
	after(text, "left_side == ADJACENT -> place(LEFT, P12, P16)\n");
	after(text, "right_side == HOLE -> place(RIGHT, P32, P36)\n");
	after(text, "right_side == ADJACENT -> place(RIGHT, P28, P32)\n");
	free(text);
}
END_TEST

/* The proposed range is part of the case: nothing is put there. */
START_TEST(proposed_range)
{
	const struct cat_case *c = catalog_case(cat, "new-merge-left");
	char *text = models_of_case(c);

	after(text, "right_side == ADJACENT -> place(RIGHT, P34, P38)\n");
	free(text);
}
END_TEST

static struct cat_vma low_vmas[] = {
	{ .name = "vma", .s = { .vm_start = 0, .vm_end = 24 } },
};

static const struct cat_case low_case = {
	.id = "low",
	.title = { .text = "Low" },
	.before = low_vmas,
	.nr_before = ARRAY_SIZE(low_vmas),
	.op = { .kind = OP_SPLIT, .start = 8 },
};

/* A case at the end of the space has nothing beside it there. */
START_TEST(no_room)
{
	char *text = models_of_case(&low_case);

	ck_assert_uint_eq(count(text, "\nproctype change()"), 3);
	ck_assert_ptr_null(strstr(text, "left_side == "));
	ck_assert_ptr_null(strstr(text, "left_side = HOLE"));
	free(text);
}
END_TEST

/* ---- what SPIN makes of them --------------------------------------------- */

/* @dir is $MODELS to the command. */
static int shell(const char *command, const char *dir)
{
	int status;

	ck_assert_int_eq(setenv("MODELS", dir, 1), 0);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * A model of every case of a sample, both as people use it and as check-spin.py does, which
 * sees to it that those of a case differ in no more than their sides.
 */
static const char accepts[] =
	"cd \"$MODELS\" && for f in *-none-none.pml; do "
	"spin -a -DCHECK_GAP -DCHECK_TWICE=LEFT $f >log 2>&1 && "
	"! grep -i error log && spin -a -DALL -DOBSERVE $f >log 2>&1 && "
	"! grep -i error log && { ! grep -q Then: $f || "
	"spin -a -DOPS=2 -DREADERS=2 $f >log 2>&1; } && "
	"! grep -i error log || { echo $f; cat log; exit 1; }; done";

static void add_models(struct files *files, const struct cat_case *c)
{
	struct report *r = report_run(cat, c, rules_for("latest"));
	const struct report_set set = { .reports = &r, .nr = 1 };
	const struct emit_opts opts = { 0 };

	emit_promela(&set, &opts, files);
	report_free(r);
}

START_TEST(spin_accepts)
{
	char dir[TEMP_PATH];
	struct files *files = files_new();
	size_t nr = 0;

	if (shell("spin -V >/dev/null 2>&1", "")) {
		fputs("skipped: spin_accepts, for spin is not installed\n",
		      stderr);
		files_free(files);
		return;
	}
	for_each_family(cat, f)
		for_each_case(f, c)
			if (in_sample(nr++, 4))
				add_models(files, c);
	add_models(files, &odd_case);
	add_models(files, &low_case);
	temp_dir(dir);
	ck_assert_int_eq(files_write(files, dir, stderr), 0);
	files_free(files);
	ck_assert_int_eq(shell(accepts, dir), 0);
	ck_assert_int_eq(shell("rm -r \"$MODELS\"", dir), 0);
}
END_TEST

/* ---- all of them --------------------------------------------------------- */

Suite *suite_promela(void)
{
	Suite *s = suite_create("promela");
	TCase *tc = tcase_create("models");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_step);
	tcase_add_test(tc, downgraded_lock);
	tcase_add_loop_test(tc, sequence, 0, ARRAY_SIZE(sequences));
	tcase_add_test(tc, created_later);
	tcase_add_test(tc, undone_unmap);
	tcase_add_test(tc, odd_names);
	tcase_add_test(tc, surroundings);
	tcase_add_test(tc, proposed_range);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, spin_accepts);
	suite_add_tcase(s, tc);
	return s;
}
