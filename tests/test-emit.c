// SPDX-License-Identifier: GPL-2.0-only
/* Tests of ascii and json, and of the table of formats. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/graph-range.h"
#include "test-emit.h"
#include "tests.h"

/* ---- ascii and json ------------------------------------------------------ */

#define HOSTILE                                                                \
	".. \"quoted\" \\back\\ | *star* `tick` <tag> :: é ü 中 %s {} [x]_"

static char *emitted(const struct report_set *set,
		     void (*emit)(const struct report_set *,
				  const struct emit_opts *, struct files *))
{
	const struct emit_opts opts = { 0 };
	struct files *files = files_new();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	emit(set, &opts, files);
	files_print(files, out);
	fclose(out);
	files_free(files);
	return text;
}

static struct cat_text hostile = { .text = HOSTILE };
static struct cat_claim hostile_claim = {
	.says = { .text = HOSTILE },
	.twice = { &hostile, 1 },
};

static struct cat_vma hostile_vmas[] = {
	{ .name = "prev",
	  .s = { .vm_start = 16, .vm_end = 24, .vm_pgoff = 16 } },
	{ .name = "middle",
	  .s = { .vm_start = 24,
		 .vm_end = 32,
		 .vm_pgoff = 24,
		 .attrs.flags = VM_READ | VM_UFFD_MINOR } },
};

static const struct cat_family hostile_family = {
	.name = "existing",
	.title = HOSTILE,
};

/* States nothing true, so that there are mismatches to print. */
static const struct cat_case hostile_case = {
	.id = "hostile",
	.title = { .text = HOSTILE },
	.summary = { .text = HOSTILE },
	.family = &hostile_family,
	.before = hostile_vmas,
	.nr_before = ARRAY_SIZE(hostile_vmas),
	.op = { .kind = OP_MODIFY,
		.start = 24,
		.end = 32,
		.changes = CHANGE_FLAGS },
	.target = "middle",
	.steps = { &hostile, 1 },
	.function = { .text = HOSTILE },
	.syscalls = { &hostile, 1 },
	.claim = &hostile_claim,
};

static char *emit_hostile(void (*emit)(const struct report_set *,
				       const struct emit_opts *,
				       struct files *))
{
	const struct rules *rules = rules_for("latest");
	struct report *r = report_run(NULL, &hostile_case, rules);
	const struct catalog none = { 0 };
	const struct report_set set = {
		.cat = &none, .rules = rules, .reports = &r, .nr = 1
	};
	char *text = emitted(&set, emit);

	report_free(r);
	return text;
}

START_TEST(ascii_golden)
{
	char *text = emit_hostile(emit_ascii);

	ck_assert_str_eq(
		text,
		"## " HOSTILE " (hostile)\n"
		"\n"
		"              start   end\n"
		"                |<---->|\n"
		"        |-------********\n"
		"          prev   middle\n"
		"         extend  delete\n"
		"\n"
		"1. Set prev VMA range [prev->vm_start, end)\n"
		"2. Overwrite prev, middle nodes in maple tree with prev\n"
		"3. Detach middle VMA\n"
		"4. Free middle VMA\n");
	free(text);
}
END_TEST

static json_t *at(json_t *array, size_t i)
{
	json_t *value = json_array_get(array, i);

	ck_assert_msg(value, "no element %zu", i);
	return value;
}

static json_t *get(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	ck_assert_msg(value, "no key '%s'", key);
	return value;
}

static void is_text(json_t *value, const char *expect)
{
	ck_assert_pstr_eq(json_string_value(value), expect);
}

static void is_json(json_t *value, const char *expect)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	ck_assert_str_eq(text, expect);
	free(text);
}

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(root, "%d:%d: %s", error.line, error.column, error.text);
	return root;
}

START_TEST(json_strings_are_themselves)
{
	char *text = emit_hostile(emit_json);
	json_t *root = parse(text);
	json_t *c = at(get(root, "cases"), 0);

	is_text(get(c, "title"), HOSTILE);
	is_text(get(c, "summary"), HOSTILE);
	is_text(get(c, "function"), HOSTILE);
	is_text(at(get(c, "syscalls"), 0), HOSTILE);
	is_text(get(get(c, "reader"), "says"), HOSTILE);
	is_text(at(get(get(c, "reader"), "twice"), 0), HOSTILE);
	is_json(get(get(c, "reader"), "gap"), "false");
	is_json(get(get(c, "reader"), "retry"), "null");
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	json_decref(root);
	free(text);
}
END_TEST

/* What a person would write down of existing-merge-left-full. */
static const struct {
	const char *key;
	const char *value;
} json_golden[] = {
	{ "id", "\"hostile\"" },
	{ "family", "\"existing\"" },
	{ "beyond_mail", "false" },
	{ "rules", "\"" RULES_JUDGED "\"" },
	{ "operation", "{\"kind\": \"modify\", \"target\": \"middle\","
		       " \"start\": 24, \"end\": 32, \"flags\": []}" },
	{ "err", "0" },
	{ "case", "\"existing-merge-left-full\"" },
	{ "old_case", "null" },
	{ "roles", "{\"prev\": \"extend\", \"middle\": \"delete\"}" },
	{ "steps", "[\"Set prev VMA range [prev->vm_start, end)\","
		   " \"Overwrite prev, middle nodes in maple tree with prev\","
		   " \"Detach middle VMA\", \"Free middle VMA\"]" },
	{ "locks", "{\"mmap\": \"write\", \"vma\": [\"middle\", \"prev\"],"
		   " \"rmap\": []}" },
	{ "map_count", "{\"before\": 2, \"after\": 1}" },
	{ "when", "null" },
	{ "composed_of", "[]" },
	{ "earlier", "[]" },
	{ "ok", "false" },
	{ "broken", "null" },
	{ "picture", "[\"      start   end\", \"        |<---->|\","
		     " \"|-------********\", \"  prev   middle\","
		     " \" extend  delete\"]" },
	{ "after", "[{\"vma\": \"prev\", \"vm_start\": 16, \"vm_end\": 32,"
		   " \"vm_pgoff\": 16, \"flags\": [], \"file\": null,"
		   " \"policy\": null, \"uffd_ctx\": null,"
		   " \"anon_name\": null, \"close\": false,"
		   " \"no_split\": false, \"anon_vma\": null,"
		   " \"forked\": false}]" },
};

static json_t *mismatch_of(json_t *mismatches, const char *field)
{
	for (size_t i = 0; i < json_array_size(mismatches); i++) {
		json_t *m = at(mismatches, i);

		if (!strcmp(json_string_value(get(m, "field")), field))
			return m;
	}
	ck_abort_msg("no mismatch of '%s'", field);
}

static void is_mismatch(json_t *mismatch, const char *stated)
{
	const char *text = json_string_value(get(mismatch, "stated"));

	ck_assert_ptr_nonnull(strstr(text, stated));
	ck_assert_ptr_nonnull(json_string_value(get(mismatch, "derived")));
}

START_TEST(json_values)
{
	char *text = emit_hostile(emit_json);
	json_t *root = parse(text);
	json_t *c = at(get(root, "cases"), 0);

	for (size_t i = 0; i < ARRAY_SIZE(json_golden); i++)
		is_json(get(c, json_golden[i].key), json_golden[i].value);
	is_json(get(at(get(c, "before"), 1), "flags"),
		"[\"read\", \"uffd_minor\"]");
	is_mismatch(mismatch_of(get(c, "mismatches"), "steps"), HOSTILE);
	json_decref(root);
	free(text);
}
END_TEST

static struct report_set run_catalogue(struct catalog *cat)
{
	static struct report *reports[1000];
	struct report_set set = {
		.cat = cat,
		.rules = rules_for("latest"),
		.reports = reports,
	};

	for_each_family(cat, f)
		for_each_case(f, c) {
			ck_assert_uint_lt(set.nr, ARRAY_SIZE(reports));
			reports[set.nr++] = report_run(cat, c, set.rules);
		}
	return set;
}

static void check_trace(json_t *trace)
{
	ck_assert_uint_gt(json_array_size(trace), 0);
	for (size_t i = 0; i < json_array_size(trace); i++)
		ck_assert_ptr_nonnull(
			json_string_value(get(at(trace, i), "kind")));
}

/* One element of "cases" against the report that it was made of. */
static void check_case(json_t *c, const struct report *r)
{
	is_text(get(c, "id"), r->c->id);
	ck_assert_int_eq(json_boolean_value(get(c, "ok")), report_ok(r));
	ck_assert_uint_eq(json_array_size(get(c, "steps")),
			  json_array_size(get(c, "step_indices")));
	check_trace(get(c, "trace"));
}

/* Of every case of the catalogue there is something of everything. */
START_TEST(json_of_the_catalogue)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report_set set = run_catalogue(cat);
	char *text = emitted(&set, emit_json),
	     *again = emitted(&set, emit_json);
	json_t *root = parse(text);

	ck_assert_str_eq(text, again);
	is_text(get(root, "rules"), set.rules->version);
	ck_assert_uint_eq(json_array_size(get(root, "cases")), set.nr);
	for (size_t i = 0; i < set.nr; i++) {
		check_case(at(get(root, "cases"), i), set.reports[i]);
		report_free(set.reports[i]);
	}
	json_decref(root);
	free(text);
	free(again);
	catalog_free(cat);
}
END_TEST

static json_t *find_by(json_t *array, const char *key, const char *value)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *o = at(array, i);

		if (!strcmp(json_string_value(get(o, key)), value))
			return o;
	}
	ck_abort_msg("no %s '%s'", key, value);
}

/* Conditions, parts, earlier kernels and reasons, as they are stated. */
START_TEST(json_of_conditions)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report_set set = run_catalogue(cat);
	char *text = emitted(&set, emit_json);
	json_t *root = parse(text), *cases = get(root, "cases"), *o;

	o = find_by(cases, "id", "split-new-below");
	is_json(get(o, "when"), "[{\"new\": [\"below\"], \"may_split\": "
				"[\"yes\"], \"room\": [\"enough\", \"one\"], "
				"\"memory\": [\"enough\"]}]");
	o = find_by(cases, "id", "change-inner");
	is_json(get(o, "composed_of"),
		"[\"split-new-below\", \"split-new-above\"]");
	is_json(get(o, "case"), "null");
	is_json(get(find_by(cases, "id", "insert-between"), "when"), "null");
	o = at(get(find_by(cases, "id", "existing-merge-both"), "earlier"), 0);
	is_text(get(o, "before"), "6.15");
	is_json(get(o, "steps"), "null");
	is_json(get(o, "locks"),
		"{\"mmap\": \"write\", \"vma\": [\"middle\", \"prev\", "
		"\"next\"], \"rmap\": [\"anon_vma\"]}");
	is_json(get(find_by(cases, "id", "relocate-stack"), "operation"),
		"{\"kind\": \"relocate\", \"target\": \"stack\", "
		"\"to\": 28}");
	o = find_by(get(root, "families"), "family", "relocate");
	o = find_by(get(o, "otherwise"), "id", "in-the-way");
	is_text(get(o, "error"), "EFAULT");
	is_json(get(o, "when"), "[{\"way\": [\"blocked\"]}]");
	ck_assert_ptr_nonnull(json_string_value(get(o, "says")));
	for (size_t i = 0; i < set.nr; i++)
		report_free(set.reports[i]);
	json_decref(root);
	free(text);
	catalog_free(cat);
}
END_TEST

/* ---- drawings ------------------------------------------------------------ */

/* Characters in the longest line. */
static int widest(const char *text)
{
	int most = 0, now = 0;

	for (; *text; text++) {
		if (*text == '\n')
			now = 0;
		else if (((unsigned char)*text & 0xc0) != 0x80)
			now++;
		most = now > most ? now : most;
	}
	return most;
}

static size_t count(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

static void check_drawings(const struct report *r, size_t moment)
{
	const struct layout *lay = graph_moment(r, moment);
	char *svg, *term, text[64];
	size_t size;
	FILE *out = open_memstream(&svg, &size);

	svg_print(out, r, moment);
	fclose(out);
	out = open_memstream(&term, &size);
	terminal_print(out, r, moment, 80, false);
	fclose(out);
	ck_assert_int_le(widest(term), 80);
	ck_assert_uint_eq(count(svg, "<g"), count(svg, "</g>"));
	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *slot = &lay->slots[i];

		if (!slot->vma)
			continue;
		/* Once as a VMA or more, if that is where it is; once as a slot. */
		snprintf(text, sizeof(text), ">[%lu, %lu)<", slot->start,
			 slot->end);
		ck_assert_msg(strstr(svg, text), "%s, moment %zu: no %s",
			      r->c->id, moment, text);
		snprintf(text, sizeof(text), "data-key=\"t%u\"", slot->vma);
		ck_assert_msg(strstr(svg, text), "%s, moment %zu: no %s",
			      r->c->id, moment, text);
		ck_assert(strstr(term, report_name(r, slot->vma)));
	}
	free(svg);
	free(term);
}

START_TEST(drawings_have_all)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);

	for_each_family(cat, f) {
		for_each_case(f, c) {
			struct report *r =
				report_run(cat, c, rules_for("latest"));

			for (size_t m = 0; m < graph_moments(r); m++)
				check_drawings(r, m);
			report_free(r);
		}
	}
	catalog_free(cat);
}
END_TEST

/* ---- the table of formats ------------------------------------------------ */

START_TEST(format_names)
{
	/* Those that people's scripts ask for. Others may be there, too. */
	static const char *const names[] = {
		"ascii",   "dot",     "svg",	  "rst",      "json",
		"promela", "comment", "vma-test", "kselftest"
	};
	size_t found = 0;

	for (size_t i = 0; formats[i].name; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			found += !strcmp(formats[i].name, names[j]);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(formats[i].name, formats[j].name);
	}
	ck_assert_uint_eq(found, ARRAY_SIZE(names));
}
END_TEST

/* ---- all of them --------------------------------------------------------- */

static TCase *text_case(void)
{
	TCase *tc = tcase_create("ascii and json");

	/* All cases, and each is explored. */
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, ascii_golden);
	tcase_add_test(tc, json_strings_are_themselves);
	tcase_add_test(tc, json_values);
	tcase_add_test(tc, json_of_the_catalogue);
	tcase_add_test(tc, json_of_conditions);
	tcase_add_test(tc, drawings_have_all);
	tcase_add_test(tc, format_names);
	return tc;
}

Suite *suite_emit(void)
{
	Suite *s = suite_create("emit");

	suite_add_tcase(s, tcase_picture());
	suite_add_tcase(s, tcase_files());
	suite_add_tcase(s, tcase_svg());
	suite_add_tcase(s, tcase_file_names());
	suite_add_tcase(s, text_case());
	return s;
}
