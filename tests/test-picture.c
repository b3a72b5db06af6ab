// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the pictures: those of the mail, and those of any other layout. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "lib/memory.h"
#include "test-emit.h"

/* ---- hand-made reports --------------------------------------------------- */

/* All that a picture is made of. A VMA that is created has no range. */
struct part {
	const char *name;
	unsigned long start;
	unsigned long end;
	enum role role;
};

struct drawn {
	struct report r;
	struct cat_case c;
	struct layout lay;
	struct layout *states[1];
};

static void add_part(struct drawn *s, const struct part *part)
{
	struct report_role *role = &s->r.roles[s->r.nr_roles++];

	role->name = part->name;
	role->vma = s->r.nr_roles;
	role->role = part->role;
	if (part->role == ROLE_CREATE)
		return;
	s->lay.vmas[s->lay.nr_vmas++].s = (struct vma_state){
		.id = role->vma,
		.vm_start = part->start,
		.vm_end = part->end,
	};
}

static struct drawn *drawn_new(const struct op *op, const struct part *parts,
			       size_t nr)
{
	struct drawn *s = calloc(1, sizeof(*s));

	s->lay.vmas = calloc(nr + 1, sizeof(*s->lay.vmas));
	s->r.roles = calloc(nr + 1, sizeof(*s->r.roles));
	for (size_t i = 0; i < nr; i++)
		add_part(s, &parts[i]);
	s->states[0] = &s->lay;
	s->c.op = *op;
	s->r.c = &s->c;
	s->r.states = s->states;
	return s;
}

static void drawn_free(struct drawn *s)
{
	free(s->lay.vmas);
	free(s->r.roles);
	free(s);
}

static char *picture(const struct report *r, int indent)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	picture_print(out, r, indent);
	fclose(out);
	return text;
}

static char *drawn_picture(const struct op *op, const struct part *parts,
			   size_t nr, int indent)
{
	struct drawn *s = drawn_new(op, parts, nr);
	char *text = picture(&s->r, indent);

	drawn_free(s);
	return text;
}

/* ---- the mail's pictures ------------------------------------------------- */

enum { LINES_MAX = 12 };

struct lines {
	char *text; /* where the lines are */
	char *line[LINES_MAX];
	size_t nr;
};

static void lines_add(struct lines *l, char *line)
{
	ck_assert_uint_lt(l->nr, LINES_MAX);
	l->line[l->nr++] = line;
}

static struct lines lines_of(char *text)
{
	struct lines l = { .text = text };
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (rest)
			lines_add(&l, line);
	return l;
}

/* The lines after an identifier, to the next empty line. */
static struct lines mail_picture(const char *id)
{
	FILE *in = fopen("tests/mail-pictures.txt", "r");
	char *line = NULL, *text;
	size_t max = 0, size;
	FILE *out = open_memstream(&text, &size);
	bool found = false;

	ck_assert_ptr_nonnull(in);
	while (getline(&line, &max, in) > 0 && !(found && *line == '\n')) {
		if (found)
			fputs(line, out);
		else
			found = !strncmp(line, id, strlen(id)) &&
				line[strlen(id)] == '\n';
	}
	ck_assert_msg(found, "no picture of %s", id);
	free(line);
	fclose(in);
	fclose(out);
	return lines_of(text);
}

static size_t indent_of(const char *line)
{
	return strspn(line, " ");
}

static size_t common_indent(const struct lines *l, size_t from, size_t to)
{
	size_t indent = indent_of(l->line[from]);

	for (size_t i = from; i < to; i++)
		if (indent_of(l->line[i]) < indent)
			indent = indent_of(l->line[i]);
	return indent;
}

static void same_columns(const struct lines *mail, const struct lines *ours,
			 size_t from, size_t to)
{
	size_t strip = common_indent(mail, from, to);
	size_t strip_ours = common_indent(ours, from, to);

	for (size_t i = from; i < to; i++)
		ck_assert_str_eq(ours->line[i] + strip_ours,
				 mail->line[i] + strip);
}

/* Words with one space between, for free(). */
static char *words(const char *line)
{
	char *copy = strdup(line), *rest = copy, *word;
	char *all = calloc(1, strlen(line) + 2);

	while ((word = strsep(&rest, " ")))
		if (*word)
			strcat(strcat(all, word), " ");
	free(copy);
	return all;
}

static void same_words(const char *ours, const char *mail)
{
	char *a = words(ours), *b = words(mail);

	ck_assert_str_eq(a, b);
	free(a);
	free(b);
}

/* Twice the distance from the middle of a label to the middle of its VMA. */
static int off_centre(size_t label, size_t len, size_t from, size_t width)
{
	return abs((int)(2 * label + len) - (int)(2 * from + width));
}

/*
 * A row of labels, being checked from left to right. Each is centred over or
 * under its columns, or comes right after the one before, two spaces between.
 */
struct label_row {
	const char *line;
	size_t checked; /* columns that are done with */
};

static void is_centred(struct label_row *row, const char *label, size_t from,
		       size_t width)
{
	const char *at = strstr(row->line + row->checked, label);
	size_t col;

	ck_assert_msg(at, "no '%s' in '%s'", label, row->line);
	col = at - row->line;
	ck_assert_msg(off_centre(col, strlen(label), from, width) <= 1 ||
			      (row->checked && col == row->checked + 2),
		      "'%s' is off centre in '%s'", label, row->line);
	row->checked = col + strlen(label);
}

/* In the mail's cases a page is a column: no need to ask the picture. */
static void labels_are_centred(const struct report *r, const struct lines *l)
{
	struct label_row names = { l->line[3], 0 }, roles = { l->line[4], 0 };
	struct label_row top = { l->line[0], 0 };
	size_t first_col = indent_of(l->line[2]);
	unsigned long first = r->c->before[0].s.vm_start;

	if (r->c->op.kind == OP_MAP && r->c->op.start < first)
		first = r->c->op.start;
	for (size_t i = 0; i < r->c->nr_before; i++) {
		const struct vma_state *s = &r->c->before[i].s;
		size_t from = first_col + s->vm_start - first;
		size_t width = s->vm_end - s->vm_start;

		is_centred(&names, r->c->before[i].name, from, width);
		is_centred(&roles, role_names[r->roles[i].role], from, width);
	}
	is_centred(&top, "start", indent_of(l->line[1]), 1);
	is_centred(&top, "end", strlen(l->line[1]) - 1, 1);
}

static void no_white_ends(const struct lines *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		size_t len = strlen(l->line[i]);

		ck_assert_uint_gt(len, 0);
		ck_assert_int_ne(l->line[i][len - 1], ' ');
	}
}

static const char *const mail_cases[] = {
	"existing-merge-both",
	"existing-merge-left-full",
	"existing-merge-left-partial",
	"existing-merge-right-full",
	"existing-merge-right-partial",
	"new-merge-both",
	"new-merge-left",
	"new-merge-right",
	"split-new-below",
	"split-new-above",
};

START_TEST(mail_pictures)
{
	const char *id = mail_cases[_i];
	struct lines mail = mail_picture(id), ours;
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct report *r;

	ck_assert_ptr_nonnull(cat);
	r = report_run(cat, catalog_case(cat, id), rules_for("latest"));
	ours = lines_of(picture(r, 0));
	no_white_ends(&ours);
	ck_assert_uint_eq(ours.nr, mail.nr);
	if (r->c->op.kind == OP_SPLIT) {
		same_columns(&mail, &ours, 0, mail.nr);
	} else {
		same_columns(&mail, &ours, 1, 3);
		same_words(ours.line[0], mail.line[0]);
		same_words(ours.line[3], mail.line[3]);
		same_words(ours.line[4], mail.line[4]);
		labels_are_centred(r, &ours);
	}
	report_free(r);
	catalog_free(cat);
	free(mail.text);
	free(ours.text);
}
END_TEST

/* ---- pictures beyond the mail -------------------------------------------- */

#define RANGE(k, s, e)                                                         \
	{                                                                      \
		.kind = (k), .start = (s), .end = (e)                          \
	}

static const struct {
	struct op op;
	struct part parts[8];
	const char *picture;
} golden[] = {
	/* a new VMA above, and neighbours on both sides */
	{ { .kind = OP_SPLIT, .start = 22 },
	  { { "left", 10, 16, ROLE_NONE },
	    { "vma", 16, 28, ROLE_SPLIT },
	    { "right", 50, 60, ROLE_NONE },
	    { "new", 0, 0, ROLE_CREATE } },
	  "          addr\n"
	  "|-----|-----.-----|       |---------|\n"
	  "|     |     . new |   ~   |         |\n"
	  "|-----|-----.-----|       |---------|\n"
	  " left      vma               right\n" },
	/* too few pages for a name */
	{ { .kind = OP_SPLIT, .start = 17, .new_below = true },
	  { { "vma", 16, 18, ROLE_SPLIT }, { "new", 0, 0, ROLE_CREATE } },
	  "    addr\n"
	  "|-----.---|\n"
	  "| new .   |\n"
	  "|-----.---|\n"
	  "    vma\n" },
	/* the same, above */
	{ { .kind = OP_SPLIT, .start = 17 },
	  { { "vma", 16, 18, ROLE_SPLIT }, { "new", 0, 0, ROLE_CREATE } },
	  "  addr\n"
	  "|---.-----|\n"
	  "|   . new |\n"
	  "|---.-----|\n"
	  "    vma\n" },
	/* more pages than columns */
	{ { .kind = OP_SPLIT, .start = 1000, .new_below = true },
	  { { "vma", 16, 100000, ROLE_SPLIT },
	    { "far", 200000, 200001, ROLE_NONE },
	    { "new", 0, 0, ROLE_CREATE } },
	  "                      addr\n"
	  "|-----------------------.-----------------------|       |----|\n"
	  "|          new          .                       |   ~   |    |\n"
	  "|-----------------------.-----------------------|       |----|\n"
	  "                       vma                               far\n" },
	/* a hole in a VMA */
	{ RANGE(OP_UNMAP, 20, 30),
	  { { "vma", 16, 40, ROLE_SPLIT }, { "new", 0, 0, ROLE_CREATE } },
	  "  start     end\n"
	  "    |<------>|\n"
	  "|---xxxxxxxxxx---------|\n"
	  "          vma\n"
	  "         split\n" },
	/* two edges, one VMA and a hole */
	{ RANGE(OP_UNMAP, 20, 44),
	  { { "left", 8, 16, ROLE_NONE },
	    { "prev", 16, 24, ROLE_SHRINK },
	    { "middle", 24, 32, ROLE_DELETE },
	    { "next", 34, 50, ROLE_PARTIAL_OVERWRITE },
	    { "right", 60, 70, ROLE_NONE } },
	  "          start                     end\n"
	  "            |<---------------------->|\n"
	  "|-------|---xxxx|xxxxxx|    |xxxxxxxxx-----|    ~   |--------|\n"
	  "  left    prev   middle           next                right\n"
	  "         shrink  delete    partial overwrite\n" },
	/* just one VMA */
	{ RANGE(OP_UNMAP, 24, 32),
	  { { "prev", 16, 24, ROLE_NONE },
	    { "middle", 24, 32, ROLE_DELETE },
	    { "next", 32, 40, ROLE_NONE } },
	  "      start   end\n"
	  "        |<---->|\n"
	  "|-------|xxxxxxx|------|\n"
	  "  prev   middle   next\n"
	  "         delete\n" },
	/* nothing else is there */
	{ RANGE(OP_MAP, 24, 32),
	  { { "new", 0, 0, ROLE_CREATE } },
	  "start     end\n"
	  "  |<------>|\n"
	  "  ..........\n"
	  "  (proposed)\n"
	  "    create\n" },
	/* neighbours that it does not touch */
	{ RANGE(OP_MAP, 26, 30),
	  { { "prev", 16, 24, ROLE_NONE },
	    { "next", 300, 400, ROLE_NONE },
	    { "new", 0, 0, ROLE_CREATE } },
	  "          start     end\n"
	  "            |<------>|\n"
	  "|------|    ..........    ~   |----------------------|\n"
	  "  prev      (proposed)                  next\n"
	  "              create\n" },
	/* the range is occupied */
	{ RANGE(OP_MAP, 20, 30),
	  { { "prev", 16, 24, ROLE_NONE }, { "next", 300, 400, ROLE_NONE } },
	  "  start     end\n"
	  "    |<------>|\n"
	  "|-------......    ~   |----------------------|\n"
	  "  prev  (proposed)              next\n" },
	/* no neighbours: middle is split */
	{ RANGE(OP_MODIFY, 20, 25),
	  { { "vma", 16, 40, ROLE_SPLIT }, { "new", 0, 0, ROLE_CREATE } },
	  "  start  end\n"
	  "    |<--->|\n"
	  "**************************\n"
	  "           vma\n"
	  "          split\n" },
	/* three VMAs */
	{ RANGE(OP_MODIFY, 20, 40),
	  { { "prev", 8, 16, ROLE_NONE },
	    { "a", 16, 24, ROLE_SPLIT },
	    { "b", 24, 32, ROLE_NONE },
	    { "c", 32, 50, ROLE_NONE } },
	  "          start               end\n"
	  "            |<---------------->|\n"
	  "|-------********|*******|*****************\n"
	  "  prev     a       b            c\n"
	  "         split\n" },
	/* across a hole */
	{ RANGE(OP_MODIFY, 10, 50),
	  { { "a", 5, 20, ROLE_NONE }, { "b", 30, 60, ROLE_NONE } },
	  "   start                                 end\n"
	  "     |<---------------------------------->|\n"
	  "***************    ~   ******************************\n"
	  "       a                             b\n" },
	/* names of sixteen letters */
	{ RANGE(OP_MODIFY, 24, 32),
	  { { "left_aaaaaaaaaaa", 0, 8, ROLE_NONE },
	    { "prev_bbbbbbbbbbb", 16, 24, ROLE_EXTEND },
	    { "middle_ccccccccc", 24, 32, ROLE_PARTIAL_OVERWRITE },
	    { "next_ddddddddddd", 32, 40, ROLE_PARTIAL_OVERWRITE },
	    { "right_eeeeeeeeee", 50, 52, ROLE_NONE } },
	  "                            start       end\n"
	  "                              |<-------->|\n"
	  "  |----------|    |-----------************-----------|  ~ |----------|\n"
	  "left_aaaaaaaaaaa            middle_ccccccccc            right_eeeeeeeeee\n"
	  "                           partial overwrite\n"
	  "                prev_bbbbbbbbbbb        next_ddddddddddd\n"
	  "                     extend            partial overwrite\n" },
	/* one page each */
	{ RANGE(OP_MODIFY, 17, 18),
	  { { "prev", 16, 17, ROLE_EXTEND },
	    { "middle", 17, 18, ROLE_DELETE },
	    { "next", 18, 19, ROLE_DELETE } },
	  "      start   end\n"
	  "        |<---->|\n"
	  "|-------********-------|\n"
	  "  prev   middle   next\n"
	  " extend  delete  delete\n" },
	/* VMAs that take no part */
	{ RANGE(OP_MODIFY, 24, 32),
	  { { "left", 4, 16, ROLE_NONE },
	    { "prev", 16, 24, ROLE_EXTEND },
	    { "middle", 24, 32, ROLE_DELETE },
	    { "next", 32, 40, ROLE_DELETE },
	    { "right", 40, 48, ROLE_NONE } },
	  "                  start   end\n"
	  "                    |<---->|\n"
	  "|-----------|-------********--------|------|\n"
	  "    left      prev   middle   next   right\n"
	  "             extend  delete  delete\n" },
	/* labels wider than what they belong to */
	{ RANGE(OP_MODIFY, 4, 5),
	  { { "middle_ccccccccc", 4, 5, ROLE_PARTIAL_OVERWRITE } },
	  "start        end\n"
	  "  |<--------->|\n"
	  "  *************\n"
	  "middle_ccccccccc\n"
	  "partial overwrite\n" },
	/* half of what there is */
	{ RANGE(OP_MODIFY, 1UL << 40, 1UL << 51),
	  { { "middle", 1UL << 40, 1UL << 52, ROLE_NONE } },
	  "start                   end\n"
	  "  |<-------------------->|\n"
	  "  ************************************************\n"
	  "                       middle\n" },
	/* a VMA that moves down, farther than it is long */
	{ RANGE(OP_RELOCATE, 28, 40),
	  { { "stack", 40, 48, ROLE_SHRINK } },
	  "start      end\n"
	  "  |<------->|\n"
	  "  ...........    |------|\n"
	  "  (new place)     stack\n"
	  "                  shrink\n" },
	/* and less far */
	{ RANGE(OP_RELOCATE, 36, 40),
	  { { "stack", 40, 48, ROLE_SHRINK } },
	  "start          end\n"
	  "  |<----------->|\n"
	  "  ...........-------|\n"
	  "  (new place)  stack\n"
	  "              shrink\n" },
	/* no range */
	{ RANGE(OP_MODIFY, 10, 5),
	  { { "middle", 10, 20, ROLE_NONE } },
	  "|--------|\n"
	  "  middle\n" },
};

START_TEST(golden_pictures)
{
	size_t nr = 0;
	char *text;

	while (nr < ARRAY_SIZE(golden[_i].parts) && golden[_i].parts[nr].name)
		nr++;
	text = drawn_picture(&golden[_i].op, golden[_i].parts, nr, 0);
	ck_assert_str_eq(text, golden[_i].picture);
	free(text);
}
END_TEST

START_TEST(picture_indent)
{
	const struct op op = RANGE(OP_MODIFY, 16, 26);
	const struct part vma = { "vma", 16, 26, ROLE_NONE };
	char *text = drawn_picture(&op, &vma, 1, 3);

	ck_assert_str_eq(text, "   start     end\n"
			       "     |<------>|\n"
			       "     **********\n"
			       "        vma\n");
	free(text);
}
END_TEST

START_TEST(picture_of_nothing)
{
	const struct op split = { .kind = OP_SPLIT, .start = 5 };
	char *text = drawn_picture(&split, NULL, 0, 0);

	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

/* Each third VMA touches the one after it. */
static char *picture_of_many(struct op op)
{
	struct part parts[1000];

	for (unsigned long i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct part){
			.name = "v",
			.start = 10 * i,
			.end = 10 * i + (i % 3 == 2 ? 10 : 8),
		};
	return drawn_picture(&op, parts, ARRAY_SIZE(parts), 0);
}

START_TEST(neighbours_of_many)
{
	char *text = picture_of_many((struct op)RANGE(OP_MODIFY, 5010, 5014));

	ck_assert_str_eq(text, "        start  end\n"
			       "          |<--->|\n"
			       "|---------***********    |------|\n"
			       "    v          v            v\n");
	free(text);
	text = picture_of_many((struct op)RANGE(OP_MAP, 5018, 5020));
	ck_assert_str_eq(text, "      start     end\n"
			       "        |<------>|\n"
			       "|-------..........-------|\n"
			       "   v    (proposed)   v\n");
	free(text);
	text = picture_of_many((struct op)RANGE(OP_MAP, 20000, 20010));
	ck_assert_str_eq(text, "              start     end\n"
			       "                |<------>|\n"
			       "|------|    ~   ..........\n"
			       "   v            (proposed)\n");
	free(text);
}
END_TEST

START_TEST(first_and_last_of_many)
{
	char *text = picture_of_many((struct op)RANGE(OP_UNMAP, 205, 9004));

	ck_assert_str_eq(
		text,
		"            start                                     end\n"
		"              |<-------------------------------------->|\n"
		"|---|    |----xxxxx|xxx|    |xxx|  ~  |xxx|    |xxxx|xxx---|    |---|\n"
		"  v          v       v        v         v        v     v          v\n");
	free(text);
}
END_TEST

/* What is left out looks like a hole, but for the break in it. */
START_TEST(hidden_in_few_pages)
{
	const struct op op = RANGE(OP_UNMAP, 10, 20);
	struct part parts[10];
	char *text;

	for (unsigned long i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct part){ "v", 10 + i, 11 + i, ROLE_DELETE };
	text = drawn_picture(&op, parts, ARRAY_SIZE(parts), 0);
	ck_assert_str_eq(
		text,
		"start                                                               end\n"
		"  |<---------------------------------------------------------------->|\n"
		"  |xxxxxxx|xxxxxxx|xxxxxxx|xxxxxx|  ~ |xxxxxxx|xxxxxxx|xxxxxxx|xxxxxx|\n"
		"     v       v       v       v           v       v       v       v\n"
		"   delete  delete  delete  delete      delete  delete  delete  delete\n");
	free(text);
}
END_TEST

/* ---- layouts by chance --------------------------------------------------- */

static uint64_t seed;

static unsigned long chance(unsigned long n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

static unsigned long some_pages(void)
{
	static const unsigned long most[] = { 1, 4, 20, 100, 1UL << 40 };

	return 1 + chance(most[chance(ARRAY_SIZE(most))]);
}

static const char *some_name(void)
{
	static const char *const names[] = {
		"left",	 "prev", "middle",	     "next",
		"right", "a",	 "sixteen_letters0", "sixteen_letters1",
	};

	return names[chance(ARRAY_SIZE(names))];
}

/* Returns the end of the last part. */
static unsigned long some_parts(struct part *parts, size_t nr)
{
	unsigned long at = some_pages();

	for (size_t i = 0; i < nr; i++) {
		if (chance(2))
			at += some_pages();
		parts[i].name = some_name();
		parts[i].start = at;
		parts[i].end = at += some_pages();
		parts[i].role = chance(ROLE_SPLIT + 1);
	}
	return at;
}

static struct op some_op(unsigned long end)
{
	struct op op = { .kind = chance(NR_OPS) };
	unsigned long a = chance(end + 8), b = chance(end + 8);

	op.start = a < b ? a : b;
	op.end = 1 + (a < b ? b : a);
	op.new_below = chance(2);
	return op;
}

static void is_sane(char *text, size_t nr)
{
	struct lines l = lines_of(text);

	no_white_ends(&l);
	for (size_t i = 0; i < l.nr; i++)
		ck_assert_msg(strlen(l.line[i]) <= (nr <= 5 ? 76 : 90),
			      "too wide: %s", l.line[i]);
}

START_TEST(pictures_by_chance)
{
	struct part parts[1000];

	seed = _i;
	for (int i = 0; i < 2000; i++) {
		size_t nr = chance(10) ? chance(6) : chance(20);
		struct op op = some_op(some_parts(parts, nr));
		char *text = drawn_picture(&op, parts, nr, 0);

		is_sane(text, nr);
		free(text);
	}
	for (int i = 0; i < 10; i++) {
		struct op op = some_op(some_parts(parts, 1000));
		char *text = drawn_picture(&op, parts, 1000, 0);

		is_sane(text, 1000);
		free(text);
	}
}
END_TEST

/* ---- all of them --------------------------------------------------------- */

TCase *tcase_picture(void)
{
	TCase *tc = tcase_create("picture");

	tcase_add_loop_test(tc, mail_pictures, 0, ARRAY_SIZE(mail_cases));
	tcase_add_loop_test(tc, golden_pictures, 0, ARRAY_SIZE(golden));
	tcase_add_test(tc, picture_indent);
	tcase_add_test(tc, picture_of_nothing);
	tcase_add_test(tc, neighbours_of_many);
	tcase_add_test(tc, first_and_last_of_many);
	tcase_add_test(tc, hidden_in_few_pages);
	tcase_add_loop_test(tc, pictures_by_chance, 0, 10);
	return tc;
}
