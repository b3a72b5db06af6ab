// SPDX-License-Identifier: GPL-2.0-only
/* Triggers: which system calls cause a case on a running kernel. */
#include <string.h>
#include <sys/mman.h>

#include "catalog/load.h"
#include "syscall/syscall.h"

/* ---- words ------------------------------------------------------------ */

/* What is in the catalogue of an argument: the words, without those that lack. */
static const struct word *yaml_word(enum arg arg, size_t i)
{
	for (const struct word *w = arg_words(arg); is_word(w); w++)
		if (w->yaml && !i--)
			return w;
	return NULL;
}

const char *arg_word(const void *ctx, size_t i)
{
	const struct word *w = yaml_word(*(const enum arg *)ctx, i);

	return w ? w->yaml : NULL;
}

/* Returns NULL after an error. */
static const struct word *load_word(struct loader *l, const struct node *n,
				    const char *what, enum arg arg)
{
	struct cat_text t;
	size_t i = 0;

	if (!load_one_of(l, n, &t, what, arg_word, &arg))
		return NULL;
	while (strcmp(t.text, yaml_word(arg, i)->yaml))
		i++;
	return yaml_word(arg, i);
}

bool load_advice(struct loader *l, const struct node *n, void *to)
{
	const struct word *w = load_word(l, n, "advice", ARG_ADVICE);

	*(int *)to = w ? (int)w->value : 0;
	return w;
}

bool load_policy(struct loader *l, const struct node *n, void *to)
{
	const struct word *w = load_word(l, n, "policy", ARG_POLICY);

	*(const char **)to = w && strcmp(w->yaml, "default") ? w->yaml : NULL;
	return w;
}

bool load_prot(struct loader *l, const struct node *n, void *to)
{
	const struct word *w = load_word(l, n, "protection", ARG_PROT);

	*(unsigned int *)to = w ? w->value : 0;
	return w;
}

/* The name of an area; "none" takes it away. */
bool load_anon_name(struct loader *l, const struct node *n, void *to)
{
	const char **name = to;
	struct cat_text t;

	if (!load_line(l, n, &t))
		return false;
	*name = strcmp(t.text, "none") ? t.text : NULL;
	return true;
}

bool load_true(struct loader *l, const struct node *n, void *to)
{
	bool b = false;

	if (!load_bool(l, n, &b))
		return false;
	return b || error_expected(l, n, "true");
}

/* ---- programs for execve() --------------------------------------------- */

static bool load_exec(struct loader *l, const struct node *n, bool *exec)
{
	*exec = n->kind == NODE_SCALAR && !strcmp(n->text, "x");
	return *exec || error_expected(l, n, "x");
}

/* [start, end] or [start, end, x] */
static bool load_segment(struct loader *l, const struct node *n,
			 struct segment *s)
{
	if (n->kind != NODE_SEQUENCE || n->nr < 2 || n->nr > 3)
		return error_expected(
			l, n, "a segment [start, end] or [start, end, x]");
	if (!load_page(l, n->first, &s->start) ||
	    !load_page(l, n->first->next, &s->end))
		return false;
	if (s->start >= s->end)
		return error_at(
			l, n->pos,
			"empty or inverted segment [%lu, %lu), expected start below end",
			s->start, s->end);
	return n->nr == 2 || load_exec(l, n->first->next->next, &s->exec);
}

/* What is begun: "stack", or the segments of a program. */
bool load_program(struct loader *l, const struct node *n, void *to)
{
	struct segment *s;
	bool ok = true;

	if (n->kind == NODE_SCALAR && !strcmp(n->text, "stack"))
		return true;
	if (n->kind != NODE_SEQUENCE || !n->nr || n->nr > MAX_SEGMENTS)
		return error_expected(l, n, "stack or 1 to 4 segments");
	s = arena_alloc(l->arena, n->nr + 1, sizeof(*s));
	*(const struct segment **)to = s;
	for_each_node(n, entry)
		ok &= load_segment(l, entry, s++);
	return ok;
}

/* ---- calls ------------------------------------------------------------ */

enum call_has {
	CALL_VERB = 1 << 0,
	CALL_OFFSET = 1 << 1,
	CALL_TO = 1 << 2,
	CALL_SIZE = 1 << 3,
	CALL_OTHER = 1 << 4,
};

/* More than any call has, of keys and of flags. */
enum { MAX_KEYS = 12, MAX_FLAGS = 8 };

struct raw_call {
	struct syscall c;
	struct range range;
	unsigned long end;
	unsigned long pgoff;
	unsigned long to;
	unsigned long size;
	bool key;
	bool flag[MAX_FLAGS];
};

struct call_keys {
	struct keys keys;
	struct key key[MAX_KEYS];
	char of[40];
};

#define RAW(field) offsetof(struct raw_call, field)

static void add_key(struct call_keys *k, struct key key)
{
	k->key[k->keys.nr++] = key;
}

static void add_flags(struct call_keys *k, enum arg arg)
{
	const struct word *w;

	for (size_t i = 0; (w = yaml_word(arg, i)); i++)
		add_key(k, (struct key){ w->yaml, CALL_OTHER, false,
					 RAW(flag) + i * sizeof(bool),
					 load_bool });
}

/*
 * The key for an argument, with nothing to load it by if none is for it alone. The
 * call's own, its name, has the range or what else it is made for.
 */
static const struct key arg_keys[NR_ARGS] = {
	[ARG_ADDR] = { NULL, CALL_VERB, true, RAW(range), load_range },
	[ARG_BREAK] = { NULL, CALL_VERB, true, RAW(end), load_page },
	[ARG_PROGRAM] = { NULL, CALL_VERB, true, RAW(c.program), load_program },
	[ARG_PROT] = { "prot", CALL_OTHER, true, RAW(c.prot), load_prot },
	[ARG_ADVICE] = { "advice", CALL_OTHER, true, RAW(c.advice),
			 load_advice },
	[ARG_NAME] = { "name", CALL_OTHER, true, RAW(c.name), load_anon_name },
	[ARG_POLICY] = { "policy", CALL_OTHER, true, RAW(c.policy),
			 load_policy },
	[ARG_FILE] = { "file", CALL_OTHER, false, RAW(c.file), load_identity },
	[ARG_OFFSET] = { "pgoff", CALL_OFFSET, false, RAW(pgoff), load_page },
	[ARG_PGOFF] = { "pgoff", CALL_OFFSET, true, RAW(pgoff), load_page },
	[ARG_NEW_ADDR] = { "to", CALL_TO, false, RAW(to), load_page },
	[ARG_NEW_LEN] = { "size", CALL_SIZE, false, RAW(size), load_page },
	[ARG_KEY] = { "key", CALL_OTHER, false, RAW(key), load_bool },
};

static void add_arg(struct call_keys *k, const char *call, enum arg arg)
{
	struct key key = arg_keys[arg];

	if (!key.name)
		key.name = call;
	if (key.load)
		add_key(k, key);
	else if (arg_is_flags(arg))
		add_flags(k, arg);
}

/* Nothing of a case changes when memory is read, or a stack grows. */
static bool is_in_catalogue(enum syscall_kind kind)
{
	return kind != CALL_GROW && kind != CALL_READ;
}

const struct keys *call_keys_of(enum syscall_kind kind)
{
	static struct call_keys all[NR_CALLS];
	struct call_keys *k = &all[kind];
	const char *name = syscall_name(kind);

	if (!is_in_catalogue(kind))
		return NULL;
	if (k->keys.nr)
		return &k->keys;
	snprintf(k->of, sizeof(k->of), "'%s'", name);
	k->keys.of = k->of;
	k->keys.key = k->key;
	for (const enum arg *arg = syscall_rows[kind].args; *arg; arg++)
		add_arg(k, name, *arg);
	if (!k->keys.nr)
		add_key(k, (struct key){ name, CALL_VERB, true, 0, load_true });
	return &k->keys;
}

static const char *call_word(const void *ctx, size_t i)
{
	for (int kind = 1; kind < NR_CALLS; kind++)
		if (is_in_catalogue(kind) && !i--)
			return syscall_name(kind);
	return NULL;
}

/* Returns CALL_END, after an error, if it is none. */
static enum syscall_kind find_call(struct loader *l, const struct node *n)
{
	if (n->kind != NODE_MAPPING) {
		error_expected(l, n, "a mapping");
		return CALL_END;
	}
	for_each_node(n, value) {
		const char *name = value->key->text;
		enum syscall_kind kind = syscall_find(name, strlen(name));

		if (kind && is_in_catalogue(kind))
			return kind;
	}
	error_at(l, n->pos, "no system call, expected one of the keys: %s",
		 error_list(l, call_word, NULL));
	return CALL_END;
}

static unsigned int flags_of(const struct raw_call *raw, enum arg arg)
{
	unsigned int flags = 0;
	const struct word *w;

	for (size_t i = 0; (w = yaml_word(arg, i)); i++)
		if (raw->flag[i] != w->absent)
			flags |= w->value;
	return flags;
}

/* What every such call of a trigger has, whatever the catalogue says of it. */
static unsigned int fixed_flags(const struct syscall *c)
{
	if (c->kind == CALL_MMAP)
		return MAP_FIXED | (c->flags & MAP_SHARED ? 0 : MAP_PRIVATE);
	if (c->kind == CALL_MREMAP && c->new_addr != c->addr)
		return MREMAP_MAYMOVE | MREMAP_FIXED;
	if (c->kind == CALL_MLOCK2)
		return MLOCK_ONFAULT;
	/* What is locked on fault costs no memory that was not there before. */
	return c->kind == CALL_MLOCKALL ? MCL_CURRENT | MCL_ONFAULT : 0;
}

/* As in a layout, an offset that is not stated is the page number. */
static void fill_call(struct syscall *c, const struct raw_call *raw,
		      unsigned int has)
{
	*c = raw->c;
	c->addr = raw->end ? raw->end : raw->range.start;
	c->len = raw->range.end - raw->range.start;
	if (syscall_has(c->kind, ARG_OFFSET) || has & CALL_OFFSET)
		c->offset = has & CALL_OFFSET ? raw->pgoff : c->addr;
	if (syscall_has(c->kind, ARG_NEW_ADDR)) {
		c->new_addr = has & CALL_TO ? raw->to : c->addr;
		c->new_len = has & CALL_SIZE ? raw->size : c->len;
	}
	c->key = raw->key ? 1 : -1;
	for (const enum arg *arg = syscall_rows[c->kind].args; *arg; arg++)
		if (arg_is_flags(*arg))
			c->flags |= flags_of(raw, *arg);
	c->flags |= fixed_flags(c);
}

static bool load_call(struct loader *l, const struct node *n,
		      struct cat_call *call)
{
	struct raw_call raw = { .c.kind = find_call(l, n) };
	struct found found;

	call->pos = n->pos;
	if (!raw.c.kind ||
	    !load_keys(l, n, call_keys_of(raw.c.kind), &raw, &found))
		return false;
	fill_call(&call->c, &raw, found.good);
	return true;
}

/* A call, or a sequence of them. */
bool load_calls(struct loader *l, const struct node *n, void *to)
{
	struct cat_calls *calls = to;
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return error_expected(l, n,
				      "a system call or a sequence of them");
	calls->call = arena_alloc(l->arena, n->kind == NODE_MAPPING ? 1 : n->nr,
				  sizeof(*calls->call));
	if (n->kind == NODE_MAPPING)
		return load_call(l, n, &calls->call[calls->nr++]);
	if (n->nr > LIVE_CALLS)
		return error_at(l, n->pos,
				"%zu calls in %s, expected at most %d", n->nr,
				node_subject(l, n), LIVE_CALLS);
	for_each_node(n, entry)
		ok &= load_call(l, entry, &calls->call[calls->nr++]);
	return ok;
}

/* ---- versions ----------------------------------------------------------- */

bool load_version(struct loader *l, const struct node *n, void *to)
{
	if (!load_line(l, n, to))
		return false;
	return version_number(n->text) >= 0 ||
	       error_expected(l, n, "a version such as \"6.12\"");
}

#define TRIGGER(field) offsetof(struct cat_trigger, field)

static const struct key before_key[] = {
	{ "before", 1 << 0, true, TRIGGER(before), load_version,
	  "Which earlier kernels do otherwise, and what." },
	{ "why", 1 << 1, true, TRIGGER(why), load_prose,
	  "What those before it do." },
};

const struct keys before_keys = KEYS("'earlier' of a trigger", before_key);

bool load_before_keys(struct loader *l, const struct node *n, void *to)
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

static bool load_as_op(struct loader *l, const struct node *n, struct op *op)
{
	struct raw_op raw = { 0 };

	if (!load_op(l, n, &raw))
		return false;
	*op = raw.op;
	if (op->kind != OP_SPLIT && op->kind != OP_RELOCATE)
		return true;
	return error_at(
		l, n->pos,
		"an operation that has no range, expected modify, map, unmap or replace");
}

/* An operation, or a sequence of them. */
bool load_ops(struct loader *l, const struct node *n, void *to)
{
	struct cat_trigger *t = to;
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return error_expected(l, n,
				      "an operation or a sequence of them");
	t->ops = arena_alloc(l->arena, n->kind == NODE_MAPPING ? 1 : n->nr,
			     sizeof(*t->ops));
	if (n->kind == NODE_MAPPING)
		return load_as_op(l, n, &t->ops[t->nr_ops++]);
	for_each_node(n, entry)
		ok &= load_as_op(l, entry, &t->ops[t->nr_ops++]);
	return ok;
}

static const struct key trigger_key[] = {
	{ "syscall", TRIGGER_SYSCALL, false, TRIGGER(syscall), load_line,
	  "One of the case's. Absent beside 'cannot': each that has no trigger." },
	{ "cannot", TRIGGER_CANNOT, false, TRIGGER(cannot), load_prose,
	  "Why user space cannot cause the case with it." },
	{ "setup", TRIGGER_OTHER, false, TRIGGER(setup), load_calls,
	  "What makes the layout before." },
	{ "do", TRIGGER_DO, false, TRIGGER(calls), load_calls,
	  "The system call." },
	{ "undo", TRIGGER_OTHER, false, TRIGGER(undo), load_calls,
	  "What makes the layout before again, from the one after." },
	{ "as", TRIGGER_OTHER, false, 0, load_ops,
	  "What the system call comes to: an operation, or several. Absent: the case's operation." },
	{ "earlier", TRIGGER_OTHER, false, 0, load_before_keys,
	  "Which earlier kernels do otherwise, and what." },
	{ "note", TRIGGER_OTHER, false, TRIGGER(note), load_prose,
	  "What is worth knowing." },
};

const struct keys trigger_keys = KEYS("a trigger", trigger_key);

static const struct cat_call *find_kind(const struct cat_trigger *t,
					enum syscall_kind kind)
{
	const struct cat_calls *all[] = { &t->setup, &t->calls, &t->undo };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t j = 0; j < all[i]->nr; j++)
			if (all[i]->call[j].c.kind == kind)
				return &all[i]->call[j];
	return NULL;
}

/* What is done says where. */
static enum area area_of(const struct cat_trigger *t)
{
	const struct cat_call *exec = find_kind(t, CALL_EXECVE);

	if (exec)
		return exec->c.program ? AREA_IMAGE : AREA_STACK;
	return find_kind(t, CALL_BRK) ? AREA_HEAP : AREA_RESERVED;
}

static bool check_reach(struct loader *l, const struct cat_trigger *t,
			const struct cat_calls *calls)
{
	int first = t->area == AREA_HEAP ? HEAP_FIRST : 0;
	bool ok = true;

	for (size_t i = 0; i < calls->nr; i++) {
		const struct cat_call *call = &calls->call[i];

		if (syscall_in_space(t->area, &call->c))
			continue;
		error_at(
			l, call->pos,
			"'%s' reaches out of the pages that a trigger has, expected it within [%d, %d) and offsets below %d",
			syscall_name(call->c.kind), first, SPACE_PAGES,
			FILE_PAGES);
		ok = false;
	}
	return ok;
}

/* After execve() nothing is left that could do more, or has been before. */
static bool check_exec(struct loader *l, const struct cat_trigger *t)
{
	const struct cat_call *exec = find_kind(t, CALL_EXECVE);

	if (!exec || (exec == t->calls.call && t->calls.nr == 1 &&
		      !t->setup.nr && !t->undo.nr))
		return true;
	return error_at(
		l, exec->pos,
		"'execve' beside other calls, expected it alone in 'do'");
}

/* The calls must be what the trigger is about. */
static bool check_is_done(struct loader *l, const struct cat_trigger *t)
{
	const char *name = t->syscall.text;

	for (size_t i = 0; i < t->calls.nr; i++)
		if (!strcmp(syscall_name(t->calls.call[i].c.kind), name))
			return true;
	return error_at(l, t->syscall.pos,
			"system call %s is not in 'do', expected it there",
			error_quote(l, name));
}

static bool check_trigger(struct loader *l, const struct node *n,
			  struct cat_trigger *t, unsigned int has)
{
	bool ok = true;

	if (!(has & TRIGGER_CANNOT) == !(has & TRIGGER_DO))
		return error_at(l, n->pos, "%s, expected one of the two",
				has & TRIGGER_DO ? "both 'do' and 'cannot'"
						 : "neither 'do' nor 'cannot'");
	if (has & TRIGGER_CANNOT)
		return true;
	if (!(has & TRIGGER_SYSCALL))
		return error_at(
			l, n->pos,
			"missing key 'syscall', expected it beside 'do'");
	t->area = area_of(t);
	ok &= check_reach(l, t, &t->setup);
	ok &= check_reach(l, t, &t->calls);
	ok &= check_reach(l, t, &t->undo);
	ok &= check_exec(l, t);
	return check_is_done(l, t) && ok;
}

static bool load_trigger(struct loader *l, const struct node *n,
			 struct cat_trigger *t)
{
	struct found found;

	t->pos = n->pos;
	return load_keys(l, n, &trigger_keys, t, &found) &&
	       check_trigger(l, n, t, found.good);
}

bool load_triggers(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of triggers");
	if (n->nr > LIVE_TRIGGERS)
		return error_at(l, n->pos, "%zu triggers, expected at most %d",
				n->nr, LIVE_TRIGGERS);
	c->live = arena_alloc(l->arena, n->nr, sizeof(*c->live));
	for_each_node(n, entry)
		ok &= load_trigger(l, entry, &c->live[c->nr_live++]);
	return ok;
}

/* ---- against the rest of the case ---------------------------------------- */

static const char *own_syscall(const void *ctx, size_t i)
{
	const struct cat_case *c = ctx;

	return i < c->syscalls.nr ? c->syscalls.text[i].text : NULL;
}

static bool is_own(const struct cat_case *c, const char *name)
{
	for (size_t i = 0; i < c->syscalls.nr; i++)
		if (!strcmp(c->syscalls.text[i].text, name))
			return true;
	return false;
}

void lint_live(struct loader *l, struct draft *d)
{
	const struct cat_case *c = &d->c;

	for (size_t i = 0; i < c->nr_live; i++) {
		const struct cat_text *name = &c->live[i].syscall;

		if (!name->text || is_own(c, name->text))
			continue;
		error_at(
			l, name->pos,
			"system call %s is none of the case's, expected one of: %s",
			error_quote(l, name->text),
			error_list(l, own_syscall, c));
	}
}
