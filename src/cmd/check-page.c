// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmatlas check --against: a page that a person wrote and changes by hand, held
 * against the simulator. In the section of each case these are compared, and
 * nothing else: the picture, which is the literal block; the fields, such as
 * ":Function:"; and the steps, which are the numbered list.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/check-page.h"
#include "emit/emit.h"
#include "lib/file.h"
#include "lib/stream.h"
#include "lib/text.h"

/* Of a page that is to be read by people. */
enum { MOST_BYTES = 1 << 20 };

/* Whose title is the section's, and which case that is. */
static const struct {
	const char *title;
	const char *id;
} sections[] = {
	{ "Merge both", "existing-merge-both" },
	{ "Merge left full", "existing-merge-left-full" },
	{ "Merge left partial", "existing-merge-left-partial" },
	{ "Merge right full", "existing-merge-right-full" },
	{ "Merge right partial", "existing-merge-right-partial" },
	{ "Merge both sides of a new range", "new-merge-both" },
	{ "Merge a new range to the left", "new-merge-left" },
	{ "Merge a new range to the right", "new-merge-right" },
	{ "Split new below", "split-new-below" },
	{ "Split new above", "split-new-above" },
};

/**
 * struct checked_page - the page, and what was found
 * @path: its name
 * @lines: without the space at their ends
 * @nr: how many
 * @arena: where they live
 * @json: what was found so far, for machines; NULL for people
 * @r: the case at hand
 * @nr_found: how many disagreements
 */
struct checked_page {
	const char *path;
	const char **lines;
	size_t nr;
	struct arena *arena;
	json_t *json;
	const struct report *r;
	size_t nr_found;
};

/* Lines [at, end) of a page. */
struct page_part {
	size_t at;
	size_t end;
};

/* ---- reading ---------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void add_line(struct checked_page *p, const char *line, size_t len)
{
	while (len && is_space(line[len - 1]))
		len--;
	*xappend(p->lines, p->nr) = arena_text(p->arena, line, len);
}

/* Returns 0, or what is wrong with the file: an errno. */
static int read_lines(struct checked_page *p, FILE *in)
{
	struct lines *l = lines_new(in);
	const char *line;
	size_t len;
	int err;

	lines_limit(l, MOST_BYTES);
	while ((line = lines_next(l, &len)))
		add_line(p, line, len > LINE_LONGEST ? LINE_LONGEST : len);
	err = lines_error(l);
	lines_free(l);
	return err;
}

/* Returns false after saying why the page cannot be read. */
static bool page_read(struct checked_page *p)
{
	FILE *in = input_open(p->path);
	int err = in ? read_lines(p, in) : errno;

	if (in)
		input_close(in);
	if (!err)
		return true;
	fputs("vmatlas: ", stderr);
	text_print(stderr, p->path, 0);
	fprintf(stderr, ": %s, expected a page of reStructuredText\n",
		err == EFBIG ? "more than 1 MiB" : strerror(err));
	return false;
}

/* ---- what was found --------------------------------------------------------- */

/* A text that may be anything, or "nothing". */
static void put_text(const char *text)
{
	if (!text) {
		fputs("nothing", stdout);
		return;
	}
	putchar('"');
	text_print(stdout, text, 0);
	putchar('"');
}

/*
 * One disagreement. @line is from 0; @found and @expected are texts of the page and
 * of the simulator, NULL if there is none.
 */
static void disagree(struct checked_page *p, size_t line, const char *what,
		     const char *found, const char *expected)
{
	p->nr_found++;
	if (p->json) {
		json_t *text = found ? json_string(found) : json_null();

		/* What is no UTF-8 cannot be in JSON. */
		json_array_append_new(
			p->json,
			json_pack("{s:I, s:s, s:s, s:o, s:s?}", "line",
				  (json_int_t)(line + 1), "case", p->r->c->id,
				  "what", what, "page",
				  text ? text : json_string("(not UTF-8)"),
				  "model", expected));
		return;
	}
	text_print(stdout, p->path, 0);
	printf(":%zu: %s: %s: ", line + 1, p->r->c->id, what);
	put_text(found);
	fputs(", expected ", stdout);
	put_text(expected);
	putchar('\n');
}

/* ---- reStructuredText ------------------------------------------------------- */

static size_t indent_of(const char *line)
{
	return strspn(line, " \t");
}

/* Whether a line is a title: the next one underlines it. */
static bool is_title(const struct checked_page *p, size_t i)
{
	const char *title = p->lines[i], *under;

	if (i + 1 >= p->nr || !*title || is_space(*title))
		return false;
	under = p->lines[i + 1];
	return *under && strchr("=-~^\"'`#*+.:_", *under) &&
	       strspn(under, (char[]){ *under, '\0' }) == strlen(under) &&
	       strlen(under) >= 3 && strspn(title, under) != strlen(title);
}

/* The end of the section whose title is at @i. */
static size_t section_end(const struct checked_page *p, size_t i)
{
	for (i += 2; i < p->nr; i++)
		if (is_title(p, i))
			return i;
	return p->nr;
}

/* The next literal block: what is indented below a paragraph that ends in "::". */
static bool next_block(const struct checked_page *p, struct page_part in,
		       struct page_part *block)
{
	size_t i = in.at;

	while (i < in.end &&
	       (!ends_with(p->lines[i], "::") || p->lines[i][0] == '.'))
		i++;
	for (i++; i < in.end && !*p->lines[i]; i++)
		;
	block->at = i;
	while (i < in.end && (!*p->lines[i] || indent_of(p->lines[i])))
		i++;
	block->end = i;
	while (block->end > block->at && !*p->lines[block->end - 1])
		block->end--;
	return block->at < block->end;
}

/* An item that begins at @at, with the lines that continue it; one space a gap. */
static const char *item_text(struct checked_page *p, struct page_part *item,
			     size_t skip)
{
	struct buffer b;
	FILE *out = buffer_open(&b);
	char *text, *to;
	const char *kept;

	fputs(p->lines[item->at] + skip, out);
	while (item->at + 1 < item->end && indent_of(p->lines[item->at + 1]))
		fprintf(out, " %s", p->lines[++item->at]);
	to = text = buffer_text(&b);
	for (const char *from = text; *from; from++)
		if (!is_space(*from) || (to > text && to[-1] != ' '))
			*to++ = is_space(*from) ? ' ' : *from;
	while (to > text && to[-1] == ' ')
		to--;
	kept = arena_text(p->arena, text, (size_t)(to - text));
	free(text);
	return kept;
}

/* ---- the picture ------------------------------------------------------------ */

static size_t common_indent(const struct checked_page *p, struct page_part part)
{
	size_t least = SIZE_MAX;

	for (size_t i = part.at; i < part.end; i++)
		if (*p->lines[i] && indent_of(p->lines[i]) < least)
			least = indent_of(p->lines[i]);
	return least == SIZE_MAX ? 0 : least;
}

static const char *line_at(const struct checked_page *p, struct page_part part,
			   size_t i, size_t indent)
{
	const char *line;

	if (part.at + i >= part.end)
		return NULL;
	line = p->lines[part.at + i];
	return *line ? line + indent : line;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * Bars, ranges and dots are where they are. Of a line of names, each is below the
 * same place, give or take a column: nobody can centre "end" below "|".
 */
static bool same_drawn(const char *a, const char *b)
{
	const char *a0 = a, *b0 = b;

	if (!a || !b || strpbrk(a, "|<>*.") || strpbrk(b, "|<>*."))
		return same(a, b);
	while (*a && *b) {
		size_t len;

		a += strspn(a, " ");
		b += strspn(b, " ");
		len = strcspn(a, " ");
		if (labs((a - a0) - (b - b0)) > 1 || strncmp(a, b, len) != 0 ||
		    strcspn(b, " ") != len)
			return false;
		a += len;
		b += len;
	}
	return !*a && !*b;
}

static void check_picture(struct checked_page *p, struct page_part section)
{
	struct checked_page drawn = { .arena = p->arena };
	struct page_part block, whole = { 0 };
	char *text __free(free) = PRINTED(out, picture_print(out, p->r, 0));
	char *rest = text, *line;
	size_t here, there;

	while ((line = strsep(&rest, "\n")) && rest)
		add_line(&drawn, line, strlen(line));
	whole.end = drawn.nr;
	if (!next_block(p, section, &block)) {
		disagree(p, section.at, "picture", NULL,
			 "a literal block below '::'");
		block.end = block.at;
		whole.end = 0;
	}
	here = common_indent(p, block);
	there = common_indent(&drawn, whole);
	for (size_t i = 0; i < block.end - block.at || i < whole.end; i++) {
		const char *a = line_at(p, block, i, here);
		const char *b = line_at(&drawn, whole, i, there);
		size_t at = block.at + i;

		if (!same_drawn(a, b))
			disagree(p, at < block.end ? at : block.end - 1,
				 "picture", a, b);
	}
	section.at = block.end;
	if (whole.end && next_block(p, section, &block))
		disagree(p, block.at, "picture", p->lines[block.at],
			 "one picture");
	free(drawn.lines);
}

/* ---- fields ----------------------------------------------------------------- */

static void put_names(FILE *out, const struct report *r)
{
	fputs(r->lock_mmap ? "mmap" : "none", out);
	for (size_t i = 0; i < r->nr_lock_vma; i++)
		fprintf(out, "%s%s", i ? ", " : ", VMA (", r->lock_vma[i]);
	fputs(r->nr_lock_vma ? ")" : "", out);
	fputs(r->nr_lock_rmap ? ", rmap" : "", out);
}

static void put_function(FILE *out, const struct report *r)
{
	fputs(r->c->function.text ?: "none", out);
}

static void put_roles(FILE *out, const struct report *r)
{
	report_print_roles(out, r);
}

static void put_count(FILE *out, const struct report *r)
{
	fprintf(out, "%lu before, %lu after", report_before(r)->map_count,
		report_after(r)->map_count);
}

static const struct page_field {
	const char *name;
	void (*put)(FILE *out, const struct report *r);
	bool required; /* the others are in the picture, or can be in the text */
} fields[] = {
	{ "Function", put_function },
	{ "Roles", put_roles },
	{ "Locks", put_names, .required = true },
	{ "VMAs", put_count },
};

enum { NR_FIELDS = ARRAY_SIZE(fields) };

static void check_field(struct checked_page *p, size_t line,
			const struct page_field *f, const char *found)
{
	char *printed __free(free) = PRINTED(out, f->put(out, p->r));

	if (!same(found, printed))
		disagree(p, line, f->name, found, printed);
}

/* The length of ":Name:" that a line begins with, or 0. */
static size_t field_length(const char *line)
{
	const char *end = *line == ':' ? strchr(line + 1, ':') : NULL;

	if (!end || end == line + 1 || (end[1] && end[1] != ' '))
		return 0;
	return (size_t)(end + 1 - line);
}

static const struct page_field *find_field(const char *line, size_t len)
{
	for (size_t i = 0; i < NR_FIELDS; i++)
		if (strlen(fields[i].name) == len - 2 &&
		    !strncmp(line + 1, fields[i].name, len - 2))
			return &fields[i];
	return NULL;
}

static void check_fields(struct checked_page *p, struct page_part section)
{
	bool seen[NR_FIELDS] = { false };

	for (struct page_part at = section; at.at < at.end; at.at++) {
		const char *line = p->lines[at.at];
		size_t first = at.at, len = field_length(line);
		const struct page_field *f = len ? find_field(line, len) : NULL;

		if (len && (!f || seen[f - fields])) {
			disagree(p, first, "field", line,
				 "Function, Roles, Locks and VMAs, each once");
		} else if (f) {
			seen[f - fields] = true;
			check_field(p, first, f, item_text(p, &at, len));
		}
	}
	for (size_t i = 0; i < NR_FIELDS; i++)
		if (!seen[i] && fields[i].required)
			check_field(p, section.at, &fields[i], NULL);
}

/* ---- steps ------------------------------------------------------------------ */

/* What "12. " takes at the beginning of a line, or 0. */
static size_t number_length(const char *line, unsigned long *nr)
{
	size_t len = strspn(line, "0123456789");

	if (!len || len > 4 || line[len] != '.' || line[len + 1] != ' ')
		return 0;
	*nr = strtoul(line, NULL, 10);
	return len + 1;
}

/* Whether a text differs only in @word, of which it has @instead. */
static bool same_but(const char *found, const char *expected, const char *word,
		     const char *instead)
{
	const char *at = strstr(expected, word);
	size_t before = at ? (size_t)(at - expected) : 0;
	size_t len = strlen(instead);

	return at && !strncmp(found, expected, before) &&
	       !strncmp(found + before, instead, len) &&
	       !strcmp(found + before + len, at + strlen(word));
}

/* What the mail's steps call a node is an entry of the tree: a page may say that. */
static bool same_step(const char *found, const char *expected)
{
	if (same(found, expected))
		return true;
	return found && expected &&
	       (same_but(found, expected, "nodes in maple tree",
			 "entries in maple tree") ||
		same_but(found, expected, "node in maple tree",
			 "entry in maple tree"));
}

static void check_step(struct checked_page *p, size_t line, size_t i,
		       const char *found)
{
	const char *expected = i < p->r->nr_steps ? p->r->steps[i].text : NULL;
	char what[32];

	snprintf(what, sizeof(what), "step %zu", i + 1);
	if (!same_step(found, expected))
		disagree(p, line, what, found, expected);
}

static void check_steps(struct checked_page *p, struct page_part section)
{
	size_t i = 0, last = section.at;
	unsigned long nr;

	for (struct page_part at = section; at.at < at.end; at.at++) {
		const char *line = p->lines[at.at];
		size_t len = number_length(line, &nr);

		if (!len)
			continue;
		last = at.at;
		if (nr != i + 1)
			disagree(p, last, "number of a step", line,
				 "1, 2, 3 and so on");
		check_step(p, last, i++, item_text(p, &at, len));
	}
	for (; i < p->r->nr_steps; i++)
		check_step(p, last, i, NULL);
}

/* ---- all of it -------------------------------------------------------------- */

static void check_case(struct checked_page *p, const char *title)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++) {
		struct page_part section = { i, 0 };

		if (!is_title(p, i) || strcasecmp(p->lines[i], title) != 0)
			continue;
		if (nr++) {
			disagree(p, i, "section", p->lines[i],
				 "no second one of this title");
			continue;
		}
		section.end = section_end(p, i);
		check_picture(p, section);
		check_fields(p, section);
		check_steps(p, section);
	}
	if (!nr)
		disagree(p, p->nr ? p->nr - 1 : 0, "section", NULL, title);
}

static void check_cases(struct checked_page *p, const struct catalog *cat,
			const struct rules *rules)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		const struct cat_case *c = catalog_case(cat, sections[i].id);
		struct report *r __free(report) = report_run(cat, c, rules);

		p->r = r;
		check_case(p, sections[i].title);
	}
}

/* Returns false after saying which case a catalogue of one's own has not. */
static bool has_cases(const struct catalog *cat)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (!catalog_case(cat, sections[i].id)) {
			fprintf(stderr,
				"vmatlas: the catalogue has no case '%s', expected the ten of the mail\n",
				sections[i].id);
			return false;
		}
	return true;
}

static void print_result(const struct checked_page *p,
			 const struct rules *rules)
{
	json_t *top;

	if (p->json) {
		top = json_pack("{s:s, s:s, s:b, s:O}", "page", p->path,
				"rules", rules->version, "agrees", !p->nr_found,
				"disagreements", p->json);
		if (!top)
			top = json_pack("{s:b, s:O}", "agrees", !p->nr_found,
					"disagreements", p->json);
		common_print_json(top, 2);
		return;
	}
	text_print(stdout, p->path, 0);
	if (p->nr_found)
		printf(": %zu %s with the rules of Linux %s\n", p->nr_found,
		       p->nr_found == 1 ? "line disagrees" : "lines disagree",
		       rules->version);
	else
		printf(": pictures, fields and steps of %zu cases agree with the rules of Linux %s\n",
		       ARRAY_SIZE(sections), rules->version);
}

int check_page(const char *path, const struct catalog *cat,
	       const struct common *common)
{
	struct checked_page p = { .path = path, .arena = arena_new() };
	int status = EXIT_UNUSABLE;

	if (has_cases(cat) && page_read(&p)) {
		p.json = common->json ? json_array() : NULL;
		check_cases(&p, cat, common->rules);
		print_result(&p, common->rules);
		status = p.nr_found ? EXIT_WRONG : EXIT_FINE;
		json_decref(p.json);
	}
	free(p.lines);
	arena_free(p.arena);
	return status;
}
