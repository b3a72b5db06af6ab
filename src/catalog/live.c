// SPDX-License-Identifier: GPL-2.0-only
/* Triggers: which system calls cause a case on a running kernel. */
#include <ctype.h>
#include <string.h>

#include "catalog/load.h"

/* ---- words ------------------------------------------------------------ */

const char *cat_deed_name(enum cat_deed_kind kind)
{
	static const char *const names[NR_DEEDS] = {
#define X(name, text) [DEED_##name] = text,
		CAT_DEEDS(X)
#undef X
	};

	return names[kind];
}

static const char *advice_word(const void *ctx, size_t i)
{
	static const char *const words[] = {
#define X(name, text) [ADVICE_##name] = text,
		CAT_ADVICE(X)
#undef X
	};

	(void)ctx;
	return i < NR_ADVICE ? words[i] : NULL;
}

static const char *policy_word(const void *ctx, size_t i)
{
	static const char *const words[] = {
#define X(name, text) [POLICY_##name] = text,
		CAT_POLICIES(X)
#undef X
	};

	(void)ctx;
	return i < NR_POLICIES ? words[i] : NULL;
}

/* Returns which of the words it is, or -1 after a complaint. */
static int load_word(struct loader *l, const struct node *n, const char *what,
		     name_fn *name)
{
	struct cat_text t;

	if (!load_one_of(l, n, &t, what, name))
		return -1;
	for (int i = 0;; i++)
		if (!strcmp(t.text, name(NULL, (size_t)i)))
			return i;
}

static bool load_advice(struct loader *l, const struct node *n, void *to)
{
	int i = load_word(l, n, "advice", advice_word);

	*(enum cat_advice *)to = (enum cat_advice)(i < 0 ? 0 : i);
	return i >= 0;
}

static bool load_policy(struct loader *l, const struct node *n, void *to)
{
	int i = load_word(l, n, "policy", policy_word);

	*(enum cat_policy *)to = (enum cat_policy)(i < 0 ? 0 : i);
	return i >= 0;
}

/* "rw", "r", "none": each letter once, and in the order of maps. */
static const char *prot_word(const void *ctx, size_t i)
{
	static const char *const words[] = { "none", "r",  "w",	 "rw",
					     "x",    "rx", "wx", "rwx" };

	(void)ctx;
	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static bool load_prot(struct loader *l, const struct node *n, void *to)
{
	int i = load_word(l, n, "protection", prot_word);

	*(unsigned int *)to = i < 0 ? 0 : (unsigned int)i;
	return i >= 0;
}

/* The name of an area; "none" takes it away. */
static bool load_anon_name(struct loader *l, const struct node *n, void *to)
{
	const char **name = to;
	struct cat_text t;

	if (!load_line(l, n, &t))
		return false;
	*name = strcmp(t.text, "none") ? t.text : NULL;
	return true;
}

static bool load_true(struct loader *l, const struct node *n, void *to)
{
	bool b = false;

	(void)to;
	if (!load_bool(l, n, &b))
		return false;
	return b || wrong(l, n, "true");
}

/* ---- programs for execve() --------------------------------------------- */

static bool load_exec(struct loader *l, const struct node *n, bool *exec)
{
	*exec = n->kind == NODE_SCALAR && !strcmp(n->text, "x");
	return *exec || wrong(l, n, "x");
}

/* [start, end] or [start, end, x] */
static bool load_segment(struct loader *l, const struct node *n,
			 struct cat_segment *s)
{
	if (n->kind != NODE_SEQUENCE || n->nr < 2 || n->nr > 3)
		return wrong(l, n, "a segment [start, end] or [start, end, x]");
	if (!load_page(l, n->first, &s->start) ||
	    !load_page(l, n->first->next, &s->end))
		return false;
	if (s->start >= s->end) {
		complain(
			l, n->pos,
			"empty or inverted segment [%lu, %lu), expected start below end",
			s->start, s->end);
		return false;
	}
	return n->nr == 2 || load_exec(l, n->first->next->next, &s->exec);
}

/* What is begun: "stack", or the segments of a program. */
static bool load_program(struct loader *l, const struct node *n, void *to)
{
	struct cat_deed *d = to;
	bool ok = true;

	if (n->kind == NODE_SCALAR && !strcmp(n->text, "stack"))
		return true;
	if (n->kind != NODE_SEQUENCE || !n->nr || n->nr > LIVE_SEGMENTS)
		return wrong(l, n, "stack or 1 to 4 segments");
	for_each_node(n, entry)
		ok &= load_segment(l, entry, &d->segments[d->nr_segments++]);
	return ok;
}

/* ---- deeds ------------------------------------------------------------ */

enum deed_has {
	DEED_VERB = 1 << 0,
	DEED_PROT = 1 << 1,
	DEED_PGOFF = 1 << 2,
	DEED_TO = 1 << 3,
	DEED_SIZE = 1 << 4,
	DEED_OTHER = 1 << 5,
};

struct raw_deed {
	struct cat_deed d;
	struct range range;
};

#define RANGE offsetof(struct raw_deed, range)
#define DEED(field) offsetof(struct raw_deed, d.field)

static const struct key mmap_key[] = {
	{ "mmap", DEED_VERB, true, RANGE, load_range },
	{ "prot", DEED_PROT, true, DEED(prot), load_prot },
	{ "file", DEED_OTHER, false, DEED(file), load_identity },
	{ "pgoff", DEED_PGOFF, false, DEED(pgoff), load_page },
	{ "shared", DEED_OTHER, false, DEED(shared), load_bool },
	{ "reserve", DEED_OTHER, false, DEED(reserve), load_bool },
	{ "growsdown", DEED_OTHER, false, DEED(growsdown), load_bool },
};

static const struct key mprotect_key[] = {
	{ "mprotect", DEED_VERB, true, RANGE, load_range },
	{ "prot", DEED_PROT, true, DEED(prot), load_prot },
};

static const struct key pkey_mprotect_key[] = {
	{ "pkey_mprotect", DEED_VERB, true, RANGE, load_range },
	{ "prot", DEED_PROT, true, DEED(prot), load_prot },
	{ "key", DEED_OTHER, false, DEED(key), load_bool },
};

static const struct key madvise_key[] = {
	{ "madvise", DEED_VERB, true, RANGE, load_range },
	{ "advice", DEED_OTHER, true, DEED(advice), load_advice },
};

static const struct key process_madvise_key[] = {
	{ "process_madvise", DEED_VERB, true, RANGE, load_range },
	{ "advice", DEED_OTHER, true, DEED(advice), load_advice },
};

static const struct key mremap_key[] = {
	{ "mremap", DEED_VERB, true, RANGE, load_range },
	{ "to", DEED_TO, false, DEED(to), load_page },
	{ "size", DEED_SIZE, false, DEED(size), load_page },
	{ "keep", DEED_OTHER, false, DEED(keep), load_bool },
};

static const struct key remap_file_pages_key[] = {
	{ "remap_file_pages", DEED_VERB, true, RANGE, load_range },
	{ "pgoff", DEED_PGOFF, true, DEED(pgoff), load_page },
};

static const struct key mbind_key[] = {
	{ "mbind", DEED_VERB, true, RANGE, load_range },
	{ "policy", DEED_OTHER, true, DEED(policy), load_policy },
};

static const struct key prctl_key[] = {
	{ "prctl", DEED_VERB, true, RANGE, load_range },
	{ "name", DEED_OTHER, true, DEED(name), load_anon_name },
};

static const struct key userfaultfd_key[] = {
	{ "ioctl_userfaultfd", DEED_VERB, true, RANGE, load_range },
	{ "unregister", DEED_OTHER, false, DEED(unregister), load_bool },
};

static const struct key shmat_key[] = {
	{ "shmat", DEED_VERB, true, RANGE, load_range },
	{ "prot", DEED_PROT, true, DEED(prot), load_prot },
};

static const struct key brk_key[] = {
	{ "brk", DEED_VERB, true, DEED(end), load_page },
};

static const struct key execve_key[] = {
	{ "execve", DEED_VERB, true, offsetof(struct raw_deed, d),
	  load_program },
};

/* Those that have a range and no more, and those that have not even that. */
#define PLAIN(name_, load_)                                                    \
	KEYS("'" name_ "'", ((const struct key[]){ { name_, DEED_VERB, true,   \
						     RANGE, load_ } }))

/* The first key of each is its name. */
static const struct keys deed_keys[NR_DEEDS] = {
	[DEED_MMAP] = KEYS("'mmap'", mmap_key),
	[DEED_MUNMAP] = PLAIN("munmap", load_range),
	[DEED_MPROTECT] = KEYS("'mprotect'", mprotect_key),
	[DEED_PKEY_MPROTECT] = KEYS("'pkey_mprotect'", pkey_mprotect_key),
	[DEED_MADVISE] = KEYS("'madvise'", madvise_key),
	[DEED_PROCESS_MADVISE] = KEYS("'process_madvise'", process_madvise_key),
	[DEED_MLOCK] = PLAIN("mlock", load_range),
	[DEED_MLOCK2] = PLAIN("mlock2", load_range),
	[DEED_MUNLOCK] = PLAIN("munlock", load_range),
	[DEED_MLOCKALL] = PLAIN("mlockall", load_true),
	[DEED_MUNLOCKALL] = PLAIN("munlockall", load_true),
	[DEED_MREMAP] = KEYS("'mremap'", mremap_key),
	[DEED_REMAP_FILE_PAGES] =
		KEYS("'remap_file_pages'", remap_file_pages_key),
	[DEED_MBIND] = KEYS("'mbind'", mbind_key),
	[DEED_HOME_NODE] = PLAIN("set_mempolicy_home_node", load_range),
	[DEED_MSEAL] = PLAIN("mseal", load_range),
	[DEED_PRCTL] = KEYS("'prctl'", prctl_key),
	[DEED_USERFAULTFD] = KEYS("'ioctl_userfaultfd'", userfaultfd_key),
	[DEED_SHMAT] = KEYS("'shmat'", shmat_key),
	[DEED_SHMDT] = PLAIN("shmdt", load_range),
	[DEED_BRK] = KEYS("'brk'", brk_key),
	[DEED_EXECVE] = KEYS("'execve'", execve_key),
	[DEED_TOUCH] = PLAIN("touch", load_range),
	[DEED_FORK] = PLAIN("fork", load_true),
};

static const char *deed_word(const void *ctx, size_t i)
{
	(void)ctx;
	return i < NR_DEEDS ? cat_deed_name((enum cat_deed_kind)i) : NULL;
}

/* Returns NR_DEEDS, having complained, if it is none. */
static enum cat_deed_kind find_deed(struct loader *l, const struct node *n)
{
	if (n->kind != NODE_MAPPING) {
		wrong(l, n, "a mapping");
		return NR_DEEDS;
	}
	for_each_node(n, value)
		for (size_t i = 0; i < NR_DEEDS; i++)
			if (!strcmp(value->key->text, deed_word(NULL, i)))
				return (enum cat_deed_kind)i;
	complain(l, n->pos, "no deed, expected one of the keys: %s",
		 listed(l, deed_word, NULL));
	return NR_DEEDS;
}

/* As in a layout, an offset that is not stated is the page number. */
static void fill_deed(struct cat_deed *d, const struct raw_deed *raw,
		      unsigned int has)
{
	*d = raw->d;
	if (d->kind != DEED_BRK) {
		d->start = raw->range.start;
		d->end = raw->range.end;
	}
	if (d->kind == DEED_MMAP && !(has & DEED_PGOFF))
		d->pgoff = d->start;
	if (!(has & DEED_TO))
		d->to = d->start;
	if (!(has & DEED_SIZE))
		d->size = d->end - d->start;
}

static bool load_deed(struct loader *l, const struct node *n, void *to)
{
	struct raw_deed raw = { .d.kind = find_deed(l, n), .d.pos = n->pos };
	struct found found;

	if (raw.d.kind == NR_DEEDS ||
	    !load_keys(l, n, &deed_keys[raw.d.kind], &raw, &found))
		return false;
	fill_deed(to, &raw, found.good);
	return true;
}

/* A deed, or a sequence of them. */
static bool load_deeds(struct loader *l, const struct node *n, void *to)
{
	struct cat_deeds *deeds = to;
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return wrong(l, n, "a deed or a sequence of deeds");
	deeds->deed = arena_alloc(l->arena, n->kind == NODE_MAPPING ? 1 : n->nr,
				  sizeof(*deeds->deed));
	if (n->kind == NODE_MAPPING)
		return load_deed(l, n, &deeds->deed[deeds->nr++]);
	if (n->nr > LIVE_DEEDS) {
		complain(l, n->pos, "%zu deeds in %s, expected at most %d",
			 n->nr, subject(l, n), LIVE_DEEDS);
		return false;
	}
	for_each_node(n, entry)
		ok &= load_deed(l, entry, &deeds->deed[deeds->nr++]);
	return ok;
}

/* ---- versions ----------------------------------------------------------- */

long cat_version(const char *text)
{
	unsigned int major, minor;
	char after;
	int nr = -1;

	/* sscanf() would take white space and signs. */
	if (isdigit((unsigned char)*text))
		nr = sscanf(text, "%3u.%3u%c", &major, &minor, &after);
	if (nr < 2 || (nr == 3 && !strchr(".-+", after)))
		return -1;
	return major * 1000L + minor;
}

struct raw_before {
	struct cat_text before;
	struct cat_text why;
};

static bool load_version(struct loader *l, const struct node *n, void *to)
{
	if (!load_line(l, n, to))
		return false;
	return cat_version(n->text) >= 0 ||
	       wrong(l, n, "a version such as \"6.12\"");
}

#define BEFORE(field) offsetof(struct raw_before, field)

static const struct key before_key[] = {
	{ "before", 1 << 0, true, BEFORE(before), load_version },
	{ "why", 1 << 1, true, BEFORE(why), load_prose },
};

static const struct keys before_keys =
	KEYS("'earlier' of a trigger", before_key);

static bool load_before_keys(struct loader *l, const struct node *n, void *to)
{
	struct found found;

	return load_keys(l, n, &before_keys, to, &found);
}

/* ---- triggers ---------------------------------------------------------- */

enum trigger_has {
	TRIGGER_SYSCALL = 1 << 0,
	TRIGGER_CANNOT = 1 << 1,
	TRIGGER_DO = 1 << 2,
	TRIGGER_OTHER = 1 << 3,
};

struct raw_trigger {
	struct cat_trigger t;
	struct cat_text cannot;
	struct raw_before earlier;
	struct cat_text note;
};

static bool load_as_op(struct loader *l, const struct node *n, struct op *op)
{
	struct raw_op raw = { 0 };

	if (!load_op(l, n, &raw))
		return false;
	*op = raw.op;
	if (op->kind == OP_MODIFY || op->kind == OP_MAP || op->kind == OP_UNMAP)
		return true;
	complain(
		l, n->pos,
		"an operation that has no range, expected modify, map or unmap");
	return false;
}

/* An operation, or a sequence of them. */
static bool load_ops(struct loader *l, const struct node *n, void *to)
{
	struct cat_trigger *t = to;
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return wrong(l, n, "an operation or a sequence of them");
	t->ops = arena_alloc(l->arena, n->kind == NODE_MAPPING ? 1 : n->nr,
			     sizeof(*t->ops));
	if (n->kind == NODE_MAPPING)
		return load_as_op(l, n, &t->ops[t->nr_ops++]);
	for_each_node(n, entry)
		ok &= load_as_op(l, entry, &t->ops[t->nr_ops++]);
	return ok;
}

#define TRIGGER(field) offsetof(struct raw_trigger, field)

static const struct key trigger_key[] = {
	{ "syscall", TRIGGER_SYSCALL, false, TRIGGER(t.syscall), load_line },
	{ "cannot", TRIGGER_CANNOT, false, TRIGGER(cannot), load_prose },
	{ "setup", TRIGGER_OTHER, false, TRIGGER(t.setup), load_deeds },
	{ "do", TRIGGER_DO, false, TRIGGER(t.deeds), load_deeds },
	{ "undo", TRIGGER_OTHER, false, TRIGGER(t.undo), load_deeds },
	{ "as", TRIGGER_OTHER, false, TRIGGER(t), load_ops },
	{ "earlier", TRIGGER_OTHER, false, TRIGGER(earlier), load_before_keys },
	{ "note", TRIGGER_OTHER, false, TRIGGER(note), load_prose },
};

static const struct keys trigger_keys = KEYS("a trigger", trigger_key);

static const struct cat_deed *find_kind(const struct cat_trigger *t,
					enum cat_deed_kind kind)
{
	const struct cat_deeds *all[] = { &t->setup, &t->deeds, &t->undo };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t j = 0; j < all[i]->nr; j++)
			if (all[i]->deed[j].kind == kind)
				return &all[i]->deed[j];
	return NULL;
}

/* What is done tells where. */
static enum cat_area area_of(const struct cat_trigger *t)
{
	const struct cat_deed *exec = find_kind(t, DEED_EXECVE);

	if (exec)
		return exec->nr_segments ? AREA_IMAGE : AREA_STACK;
	return find_kind(t, DEED_BRK) ? AREA_HEAP : AREA_RESERVED;
}

static bool within(unsigned long first, unsigned long start, unsigned long end)
{
	return start >= first && start <= end && end <= LIVE_PAGES;
}

static bool has_offsets(const struct cat_deed *d)
{
	return (d->kind == DEED_MMAP && d->file) ||
	       d->kind == DEED_REMAP_FILE_PAGES;
}

static bool program_in_reach(const struct cat_deed *d)
{
	for (size_t i = 0; i < d->nr_segments; i++)
		if (!within(0, d->segments[i].start, d->segments[i].end))
			return false;
	return true;
}

bool cat_in_reach(enum cat_area area, const struct cat_deed *d)
{
	unsigned long first = area == AREA_HEAP ? LIVE_HEAP_START : 0;

	switch (d->kind) {
	case DEED_FORK:
	case DEED_MLOCKALL:
	case DEED_MUNLOCKALL:
		return true;
	case DEED_EXECVE:
		return program_in_reach(d);
	case DEED_BRK:
		return area == AREA_HEAP && within(first, d->end, d->end);
	case DEED_MREMAP:
		if (d->size > LIVE_PAGES ||
		    !within(first, d->to, d->to + d->size))
			return false;
		break;
	default:
		break;
	}
	if (has_offsets(d) &&
	    (d->pgoff >= LIVE_FILE_PAGES ||
	     d->pgoff + (d->end - d->start) > LIVE_FILE_PAGES))
		return false;
	return d->start < d->end && within(first, d->start, d->end);
}

static bool check_reach(struct loader *l, const struct cat_trigger *t,
			const struct cat_deeds *deeds)
{
	int first = t->area == AREA_HEAP ? LIVE_HEAP_START : 0;
	bool ok = true;

	for (size_t i = 0; i < deeds->nr; i++) {
		if (cat_in_reach(t->area, &deeds->deed[i]))
			continue;
		complain(
			l, deeds->deed[i].pos,
			"'%s' reaches out of the pages that a trigger has, expected it within [%d, %d) and offsets below %d",
			cat_deed_name(deeds->deed[i].kind), first, LIVE_PAGES,
			LIVE_FILE_PAGES);
		ok = false;
	}
	return ok;
}

/* After execve() nothing is left that could do more, or has been before. */
static bool check_exec(struct loader *l, const struct cat_trigger *t)
{
	const struct cat_deed *exec = find_kind(t, DEED_EXECVE);

	if (!exec || (exec == t->deeds.deed && t->deeds.nr == 1 &&
		      !t->setup.nr && !t->undo.nr))
		return true;
	complain(l, exec->pos,
		 "'execve' beside other deeds, expected it alone in 'do'");
	return false;
}

/* The deeds must be what the trigger is about. */
static bool check_is_done(struct loader *l, const struct cat_trigger *t)
{
	const char *name = t->syscall.text;

	for (size_t i = 0; i < t->deeds.nr; i++)
		if (!strcmp(cat_deed_name(t->deeds.deed[i].kind), name))
			return true;
	complain(l, t->syscall.pos,
		 "system call %s is not in 'do', expected it there",
		 quote(l, name));
	return false;
}

static bool check_trigger(struct loader *l, const struct node *n,
			  struct cat_trigger *t, unsigned int has)
{
	bool ok = true;

	if (!(has & TRIGGER_CANNOT) == !(has & TRIGGER_DO)) {
		complain(l, n->pos, "%s, expected one of the two",
			 has & TRIGGER_DO ? "both 'do' and 'cannot'"
					  : "neither 'do' nor 'cannot'");
		return false;
	}
	if (has & TRIGGER_CANNOT)
		return true;
	if (!(has & TRIGGER_SYSCALL)) {
		complain(l, n->pos,
			 "missing key 'syscall', expected it beside 'do'");
		return false;
	}
	t->area = area_of(t);
	ok &= check_reach(l, t, &t->setup);
	ok &= check_reach(l, t, &t->deeds);
	ok &= check_reach(l, t, &t->undo);
	ok &= check_exec(l, t);
	return check_is_done(l, t) && ok;
}

static bool load_trigger(struct loader *l, const struct node *n,
			 struct cat_trigger *t)
{
	struct raw_trigger raw = { .t.pos = n->pos };
	struct found found;

	if (!load_keys(l, n, &trigger_keys, &raw, &found))
		return false;
	*t = raw.t;
	t->cannot = raw.cannot.text;
	t->before = raw.earlier.before.text;
	t->why = raw.earlier.why.text;
	t->note = raw.note.text;
	return check_trigger(l, n, t, found.good);
}

bool load_triggers(struct loader *l, const struct node *n, void *to)
{
	struct triggers *triggers = to;
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return wrong(l, n, "a sequence of triggers");
	if (n->nr > LIVE_TRIGGERS) {
		complain(l, n->pos, "%zu triggers, expected at most %d", n->nr,
			 LIVE_TRIGGERS);
		return false;
	}
	triggers->trigger =
		arena_alloc(l->arena, n->nr, sizeof(*triggers->trigger));
	for_each_node(n, entry)
		ok &= load_trigger(l, entry,
				   &triggers->trigger[triggers->nr++]);
	return ok;
}

/* ---- against the rest of the case ---------------------------------------- */

static const char *own_syscall(const void *ctx, size_t i)
{
	const struct cat_case *c = ctx;

	return i < c->nr_syscalls ? c->syscalls[i].text : NULL;
}

static bool is_own(const struct cat_case *c, const char *name)
{
	for (size_t i = 0; i < c->nr_syscalls; i++)
		if (!strcmp(c->syscalls[i].text, name))
			return true;
	return false;
}

bool lint_live(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;
	bool ok = true;

	for (size_t i = 0; i < c->nr_live; i++) {
		const struct cat_text *name = &c->live[i].syscall;

		if (!name->text || is_own(c, name->text))
			continue;
		complain(
			l, name->pos,
			"system call %s is none of the case's, expected one of: %s",
			quote(l, name->text), listed(l, own_syscall, c));
		ok = false;
	}
	return ok;
}
