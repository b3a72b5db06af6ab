// SPDX-License-Identifier: GPL-2.0-only
/* Nodes -> cases and families. */
#include <string.h>

#include "catalog/load.h"

/* ---- the rest of a case ----------------------------------------------- */

const char *role_word(const void *ctx, size_t i)
{
	return i + 1 < NR_ROLES ? role_names[i + 1] : NULL;
}

static bool load_role(struct loader *l, const struct node *n,
		      struct cat_role *role)
{
	role->name = n->key->text;
	role->pos = n->key->pos;
	if (n->kind == NODE_SCALAR)
		for (size_t i = ROLE_NONE + 1; i < NR_ROLES; i++) {
			role->role = (enum role)i;
			if (!strcmp(n->text, role_names[role->role]))
				return true;
		}
	return error_at(l, n->pos, "unknown role %s, expected one of: %s",
			node_kind_text(l, n), error_list(l, role_word, NULL));
}

bool load_roles(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;
	bool ok = true;

	c->roles_pos = n->pos;
	if (n->kind != NODE_MAPPING)
		return error_expected(l, n, "a mapping of VMAs to roles");
	c->roles = arena_alloc(l->arena, n->nr, sizeof(*c->roles));
	for_each_node(n, value)
		ok &= load_role(l, value, &c->roles[c->nr_roles++]);
	return ok;
}

bool load_mmap_lock(struct loader *l, const struct node *n, void *to)
{
	const char **word = to;

	if (n->kind != NODE_SCALAR)
		return error_expected(l, n, "write or read");
	*word = n->text;
	return !strcmp(n->text, "write") || !strcmp(n->text, "read") ||
	       error_expected(l, n, "write or read");
}

#define LOCKS(field) offsetof(struct cat_locks, field)

static const struct key locks_key[] = {
	{ "mmap", 1 << 0, true, LOCKS(mmap), load_mmap_lock,
	  "How the mmap lock is held." },
	{ "vma", 1 << 1, true, LOCKS(vma), load_vma_names,
	  "The VMAs that are write-locked, in the order of locking." },
	{ "rmap", 1 << 2, true, LOCKS(rmap), load_rmap,
	  "The rmap locks that are taken, in the order of locking." },
};

const struct keys locks_keys = KEYS("'locks'", locks_key);

bool load_locks(struct loader *l, const struct node *n, void *to)
{
	struct cat_locks *locks = to;
	struct found found;

	locks->pos = n->pos;
	return load_keys(l, n, &locks_keys, locks, &found);
}

#define MAP_COUNT(field) offsetof(struct cat_case, field)

static const struct key map_count_key[] = {
	{ "before", 1 << 0, true, MAP_COUNT(map_before), load_count,
	  "Before." },
	{ "after", 1 << 1, true, MAP_COUNT(map_after), load_count, "After." },
};

const struct keys map_count_keys = KEYS("'map_count'", map_count_key);

bool load_map_count(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;
	struct found found;

	c->map_pos = n->pos;
	return load_keys(l, n, &map_count_keys, c, &found);
}

/* An operation may be refused before any function ran. */
const char *function_word(const void *ctx, size_t i)
{
	if (i < NR_KCALLS)
		return kcall_functions[i];
	return i == NR_KCALLS ? "none" : NULL;
}

bool load_function(struct loader *l, const struct node *n, void *to)
{
	return load_one_of(l, n, to, "function", function_word, NULL);
}

#define CLAIM(field) offsetof(struct cat_claim, field)

static const struct key claim_key[] = {
	{ "says", 1 << 0, true, CLAIM(says), load_prose,
	  "The claim, in the words of the mail." },
	{ "twice", 1 << 1, true, CLAIM(twice), load_vma_names,
	  "The VMAs that may be reported twice." },
	{ "gap", 1 << 2, true, CLAIM(gap), load_bool,
	  "Whether pages that stay mapped may be missing. A hole where nothing was mapped before is no gap." },
	{ "retry", 1 << 3, false, CLAIM(retry), load_retry,
	  "Whether the reader may have to retry. Absent where the mail does not say." },
};

const struct keys claim_keys = KEYS("'reader'", claim_key);

bool load_claim(struct loader *l, const struct node *n, void *to)
{
	struct cat_claim *claim = arena_alloc(l->arena, 1, sizeof(*claim));
	struct found found;

	claim->pos = n->pos;
	*(struct cat_claim **)to = claim;
	return load_keys(l, n, &claim_keys, claim, &found);
}

/* ---- cases ------------------------------------------------------------ */

#define CASE(field) offsetof(struct draft, field)

static const struct key case_key[] = {
	{ "id", HAS_ID, true, CASE(id), load_identifier,
	  "Identifier: the family, a '-', and the title in lower case with a '-' for whatever is no letter or digit. A title that begins with the family's name need not have it twice." },
	{ "title", HAS_TITLE, true, CASE(c.title), load_line, "A few words." },
	{ "summary", HAS_SUMMARY, true, CASE(c.summary), load_prose,
	  "A few sentences that a kernel developer learns from." },
	{ "before", HAS_BEFORE, true, CASE(c), load_before,
	  "The VMAs before, by ascending address." },
	{ "operation", HAS_OPERATION, true, CASE(op), load_op,
	  "What is done: modify, map, split, unmap, relocate or replace." },
	{ "error", HAS_ERROR, false, CASE(c.error), load_error,
	  "How the operation fails. Absent: it succeeds. A range with a hole can be modified only with ENOMEM, one that is occupied be mapped only with EEXIST, and a VMA moved to where another is only with EFAULT." },
	{ "roles", HAS_ROLES, true, CASE(c), load_roles,
	  "What becomes of each VMA that takes part. shrink: its vm_end went down; partial overwrite: its vm_start went up; split: it keeps one part; create: it was not there before." },
	{ "steps", HAS_STEPS, true, CASE(c.steps), load_steps,
	  "What is done, in order, such as: Set prev VMA range [prev->vm_start, end)" },
	{ "after", HAS_AFTER, true, CASE(c), load_after,
	  "The VMAs after, by ascending address. Attributes are compared if any of them is stated; then those that are absent are stated to be none." },
	{ "locks", HAS_LOCKS, true, CASE(c.locks), load_locks,
	  "The locks held." },
	{ "map_count", HAS_MAP_COUNT, true, CASE(c), load_map_count,
	  "Number of VMAs." },
	{ "old_case", HAS_OLD_CASE, false, CASE(old_number), load_old_number,
	  "Number in the comment over vma_merge() in mm/mmap.c to Linux 6.11. Absent where it has none." },
	{ "function", HAS_FUNCTION, true, CASE(c.function), load_function,
	  "The kernel function that does it, with \"()\"; none for an operation that is refused before any of them ran." },
	{ "syscalls", HAS_SYSCALLS, true, CASE(c.syscalls), load_syscalls,
	  "The system calls that cause it." },
	{ "reader", HAS_READER, false, CASE(c.claim), load_claim,
	  "What the mail says a concurrent reader of /proc/PID/maps may see." },
	{ "beyond_mail", HAS_BEYOND_MAIL, false, CASE(c.beyond_mail), load_bool,
	  "The mail does not name this case, and says nothing about its reader." },
	{ "when", HAS_WHEN, false, CASE(c.when), load_whens,
	  "On which configurations of its family's space it happens." },
	{ "composed_of", HAS_COMPOSED_OF, false, CASE(c.composed_of),
	  load_case_ids,
	  "Identifiers of the cases that it is made of, in order." },
	{ "earlier", HAS_EARLIER, false, CASE(c), load_earliers,
	  "What was otherwise in earlier kernels, oldest first." },
	{ "live", HAS_LIVE, false, CASE(c), load_triggers,
	  "How to cause it on a running kernel." },
};

const struct keys case_keys = KEYS("a case", case_key);

/* What is loaded apart, and the places of what is absent. */
static void fill_case(struct draft *d)
{
	struct cat_case *c = &d->c;

	c->id = d->id.text;
	c->pos = d->id.pos;
	c->op = d->op.op;
	c->old_number = (int)d->old_number.value;
	c->old_number_pos = c->old_number ? d->old_number.pos : c->pos;
	if (!c->error.text)
		c->error.pos = c->pos;
	if (!c->composed_of.nr)
		c->composed_of.pos = c->pos;
}

static void load_case(struct loader *l, const struct node *n,
		      const char *family, struct cat_case *c)
{
	const struct node *op = node_value(n, "operation");
	struct draft d = {
		.c.op_pos = op ? op->pos : n->pos,
		.family = family,
		.steps = node_value(n, "steps"),
		.earlier = node_value(n, "earlier"),
	};
	struct found found;

	load_keys(l, n, &case_keys, &d, &found);
	d.has = found.good;
	fill_case(&d);
	lint_case(l, &d);
	*c = d.c;
	if (!(d.has & HAS_ID))
		c->id = NULL;
}

/* ---- families --------------------------------------------------------- */

enum family_has {
	FAMILY_NAME = 1 << 0,
	FAMILY_TITLE = 1 << 1,
	FAMILY_ORDER = 1 << 2,
	FAMILY_INTRO = 1 << 3,
	FAMILY_CASES = 1 << 4,
	FAMILY_OTHERWISE = 1 << 5,
};

/* The cases come last: their check needs to know the family. */
bool load_later(struct loader *l, const struct node *n, void *to)
{
	const struct node **later = to;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of cases");
	if (!n->nr)
		return error_at(l, n->pos, "no case, expected at least one");
	*later = n;
	return true;
}

#define FAMILY(field) offsetof(struct family, field)

static const struct key family_key[] = {
	{ "family", FAMILY_NAME, true, FAMILY(name), load_identifier,
	  "One catalogue file. What is in it is stated by people, for the simulator to contradict." },
	{ "title", FAMILY_TITLE, true, FAMILY(title), load_line,
	  "Heading of the family's page." },
	{ "order", FAMILY_ORDER, true, FAMILY(order), load_order,
	  "Place among the families, smallest first. No two have the same." },
	{ "intro", FAMILY_INTRO, true, FAMILY(intro), load_prose,
	  "The question that the family asks, in a few sentences." },
	{ "cases", FAMILY_CASES, true, FAMILY(cases), load_later,
	  "The cases, in the order in which they are shown." },
	{ "otherwise", FAMILY_OTHERWISE, false, FAMILY(f), load_otherwises,
	  "Why a configuration of the family is none of its cases." },
};

const struct keys family_keys = KEYS("a family", family_key);

static void load_cases(struct loader *l, struct family *f)
{
	f->f.cases = arena_alloc(l->arena, f->cases->nr, sizeof(*f->f.cases));
	for_each_node(f->cases, n)
		load_case(l, n, f->f.name, &f->f.cases[f->f.nr_cases++]);
}

void load_family(struct loader *l, const struct node *top, struct family *f)
{
	struct found found;

	load_keys(l, top, &family_keys, f, &found);
	if (found.good & FAMILY_NAME)
		f->f.name = f->name.text;
	f->f.pos = f->name.pos;
	f->f.title = f->title.text;
	f->f.intro = f->intro.text;
	f->f.order = f->order.value;
	f->has_order = found.good & FAMILY_ORDER;
	if (found.good & FAMILY_CASES)
		load_cases(l, f);
}
