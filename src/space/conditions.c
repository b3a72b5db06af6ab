// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conditions of a catalogue as a decision table: exactly one line must hold
 * for each configuration, and what it says must be what happened.
 */
#include <stdarg.h>
#include <string.h>

#include "lib/memory.h"
#include "space/internal.h"

/* ---- a condition as a word ---------------------------------------------- */

/*
 * Four bits an axis. A condition's word has those values set that it forbids, a
 * configuration's those that it has: it holds if they have no bit in common.
 */
#define AXIS_BITS 4

_Static_assert(NR_AXES *AXIS_BITS <= 64, "conditions do not fit into a word");

static uint64_t forbidden(const struct cat_when *when)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < NR_AXES; i++)
		word |= (uint64_t)(~when->allowed[i] & 0xf) << i * AXIS_BITS;
	return word;
}

static uint64_t word_of(const struct axes *f)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < NR_AXES; i++)
		word |= (uint64_t)((f->has >> i & 1U) << f->at[i])
			<< i * AXIS_BITS;
	return word;
}

/* ---- the table ---------------------------------------------------------- */

/* A line: one condition of a case or of a reason. */
struct condition_line {
	uint64_t forbids;
	const struct cat_case *c; /* or NULL */
	const struct cat_otherwise *otherwise;
	const char *error; /* that it states, or NULL */
};

struct condition_table {
	const struct cat_family *family; /* NULL: the catalogue has none */
	struct condition_line *lines;
	size_t nr;
};

struct conditions {
	struct condition_table families[NR_SPACES];
	struct condition_table change;
};

static void add(struct condition_table *t, const struct cat_whens *whens,
		struct condition_line line)
{
	for (size_t i = 0; i < whens->nr; i++) {
		line.forbids = forbidden(&whens->when[i]);
		*xappend(t->lines, t->nr) = line;
	}
}

static void fill(struct condition_table *t, const struct cat_family *f)
{
	t->family = f;
	for_each_case(f, c)
		add(t, &c->when,
		    (struct condition_line){ .c = c, .error = c->error.text });
	for (size_t i = 0; i < f->nr_otherwise; i++) {
		const struct cat_otherwise *o = &f->otherwise[i];

		add(t, &o->when,
		    (struct condition_line){ .otherwise = o,
					     .error = o->error.text });
	}
}

struct conditions *conditions_new(const struct catalog *cat)
{
	struct conditions *cond = xcalloc(1, sizeof(*cond));

	for_each_family(cat, f) {
		for (unsigned int i = 0; i < NR_SPACES; i++)
			if (!strcmp(f->name, space_family_names[i]))
				fill(&cond->families[i], f);
		if (!strcmp(f->name, "change"))
			fill(&cond->change, f);
	}
	return cond;
}

void conditions_free(struct conditions *cond)
{
	if (!cond)
		return;
	for (unsigned int i = 0; i < NR_SPACES; i++)
		free(cond->families[i].lines);
	free(cond->change.lines);
	free(cond);
}

/* ---- what is wrong, in words -------------------------------------------- */

/* Of the last one of this thread. */
static __thread char what[512];

__attribute__((format(printf, 3, 4))) static void
say(struct classification *r, enum class_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->kind = kind;
	r->what = what;
}

static const char *id_of(const struct condition_line *line)
{
	return line->c ? line->c->id : line->otherwise->id.text;
}

/* ---- which line holds --------------------------------------------------- */

static bool same(const struct condition_line *a, const struct condition_line *b)
{
	return a->c == b->c && a->otherwise == b->otherwise;
}

/* The only one, or NULL after saying that there is none or another. */
static const struct condition_line *holds(const struct condition_table *t,
					  const char *family, uint64_t word,
					  struct classification *r)
{
	const struct condition_line *found = NULL;

	for (size_t i = 0; i < t->nr; i++) {
		const struct condition_line *line = &t->lines[i];

		if (line->forbids & word || (found && same(found, line)))
			continue;
		if (found) {
			say(r, CLASS_AMBIGUOUS,
			    "conditions of %s and of %s both hold",
			    id_of(found), id_of(line));
			return NULL;
		}
		found = line;
	}
	if (!t->family)
		say(r, CLASS_UNNAMED, "the catalogue has no family '%s'",
		    family);
	else if (!found)
		say(r, CLASS_UNNAMED, "no condition of family '%s' holds",
		    family);
	return found;
}

/* ---- what happened ------------------------------------------------------ */

#define MAX_HAPPENED 8

/* The named cases that an operation was made of. */
struct happened {
	const struct case_kind *kinds[MAX_HAPPENED];
	size_t nr;
};

static void find_happened(struct happened *h, const struct outcome *out)
{
	h->nr = 0;
	for (size_t i = 0; i < out->nr_kcalls && h->nr < MAX_HAPPENED; i++) {
		const struct case_kind *kind = kcall_case(out, &out->kcalls[i]);

		if (kind)
			h->kinds[h->nr++] = kind;
	}
}

/* "split-new-below, split-new-above" or "no named case". */
static const char *print_happened(const struct happened *h)
{
	static __thread char text[256];
	size_t len = 0;

	if (!h->nr)
		return "no named case";
	for (size_t i = 0; i < h->nr && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					i ? ", " : "", h->kinds[i]->id);
	return text;
}

/* NULL if there was none. */
static const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : NULL;

	return err && !name ? "an unknown error" : name;
}

/* Whether a case is a kind, or a variant of it: "new-merge-left-...". */
static bool is_kind(const char *id, const struct case_kind *kind)
{
	size_t len = strlen(kind->id);

	return !strncmp(id, kind->id, len) && (!id[len] || id[len] == '-');
}

static bool composed_as_stated(const struct cat_case *c,
			       const struct happened *h)
{
	if (c->composed_of.nr != h->nr)
		return false;
	for (size_t i = 0; i < h->nr; i++)
		if (strcmp(c->composed_of.text[i].text, h->kinds[i]->id))
			return false;
	return true;
}

/*
 * The cases of some families are named ways to merge or split, or variants of
 * one. Those of others are made of such, maybe of none.
 */
static bool named_family(const struct cat_family *f)
{
	return !strcmp(f->name, "existing") || !strcmp(f->name, "new") ||
	       !strcmp(f->name, "split");
}

static bool case_happened(const struct cat_case *c, const struct happened *h)
{
	if (c->composed_of.nr)
		return composed_as_stated(c, h);
	if (!h->nr)
		return !named_family(c->family);
	return h->nr == 1 && is_kind(c->id, h->kinds[0]);
}

static bool merged(const struct happened *h)
{
	for (size_t i = 0; i < h->nr; i++)
		if (h->kinds[i]->kcall == KCALL_MERGE_EXISTING ||
		    h->kinds[i]->kcall == KCALL_MERGE_NEW)
			return true;
	return false;
}

/*
 * vma_merge_new_range() itself does not fail, it does not merge: whether that
 * is an error is for its caller to say, who asks how it ended.
 */
static int error_of(const struct config *c, const struct outcome *out)
{
	return c->family == SPACE_NEW && out->failed ? 0 : out->err;
}

/* ---- the class --------------------------------------------------------- */

static void copy_refusals(struct classification *r, const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct kcall *kcall = &out->kcalls[i];

		if (kcall->kind != KCALL_MERGE_EXISTING &&
		    kcall->kind != KCALL_MERGE_NEW)
			continue;
		r->left = kcall->left;
		r->right = kcall->right;
		r->left_all = kcall->left_all;
		r->right_all = kcall->right_all;
		return;
	}
}

/* What a line states, of a case or that nothing merges, must be what was. */
static void expect(struct classification *r, const struct condition_line *line,
		   int err, const struct happened *h)
{
	const char *was = error_name(err), *stated = line->error;

	if (!was != !stated || (was && strcmp(was, stated)))
		say(r, CLASS_WRONG, "%s: stated is %s, but there was %s",
		    id_of(line), stated ? stated : "success",
		    was ? was : "success");
	else if (!err && line->c && !case_happened(line->c, h))
		say(r, CLASS_WRONG, "%s is stated, but there was %s",
		    id_of(line), print_happened(h));
	else if (!err && !line->c && merged(h))
		say(r, CLASS_WRONG,
		    "%s: stated is that nothing merges, but there was %s",
		    id_of(line), print_happened(h));
}

/* Nothing merges: then what does the kernel do? */
static void judge_change(const struct conditions *cond,
			 struct classification *r, uint64_t word,
			 const struct happened *h)
{
	const struct condition_line *line =
		holds(&cond->change, "change", word, r);

	if (!line)
		return;
	r->composed = line->c;
	if (!line->c)
		say(r, CLASS_WRONG, "%s: a change is stated not to happen",
		    line->otherwise->id.text);
	else
		expect(r, line, 0, h);
}

void conditions_classify(const struct conditions *cond, const struct config *c,
			 const struct rules *rules, const struct outcome *out,
			 struct classification *r)
{
	const struct condition_line *line;
	struct happened h;
	struct axes axes;
	uint64_t word;

	*r = (struct classification){ .err = out->err, .failed = out->failed };
	copy_refusals(r, out);
	axes_of(&axes, c, rules);
	word = word_of(&axes);
	line = holds(&cond->families[c->family], space_family_names[c->family],
		     word, r);
	if (!line)
		return;
	r->id = id_of(line);
	find_happened(&h, out);
	if (line->c) {
		r->kind = CLASS_CASE;
		expect(r, line, error_of(c, out), &h);
		return;
	}
	r->kind = line->otherwise->error.text ? CLASS_ERROR : CLASS_NO_MERGE;
	expect(r, line, line->error ? out->err : error_of(c, out), &h);
	if (r->kind == CLASS_NO_MERGE && c->family == SPACE_EXISTING)
		judge_change(cond, r, word, &h);
}
