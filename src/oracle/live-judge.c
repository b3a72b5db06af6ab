// SPDX-License-Identifier: GPL-2.0-only
/* What a child did and saw, held against what the simulator says. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "oracle/live.h"

/* ---- verdicts ------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void
say(struct live_result *res, enum live_verdict verdict, const char *fmt, ...)
{
	va_list args;

	res->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(res->why, sizeof(res->why), fmt, args);
	va_end(args);
}

/* ---- what calls are about -------------------------------------------------- */

static bool has_trait(const struct cat_trigger *t, unsigned int trait)
{
	for (size_t i = 0; i < t->calls.nr; i++)
		if (syscall_traits(&t->calls.call[i].c) & trait)
			return true;
	return false;
}

/* ---- layouts ---------------------------------------------------------------- */

static void add_vma(struct live_layout *lay, const struct live_vma *v)
{
	if (lay->nr < MAPS_MAX)
		lay->vma[lay->nr++] = *v;
}

static struct live_vma wanted_vma(const struct vma_state *s)
{
	struct live_vma v = {
		.start = (long)s->vm_start,
		.end = (long)s->vm_end,
		.has_file = s->attrs.file != 0,
		.pgoff = s->attrs.file ? s->vm_pgoff : 0,
	};

	if (s->attrs.flags & VM_READ)
		v.flags |= MAPS_READ;
	if (s->attrs.flags & VM_WRITE)
		v.flags |= MAPS_WRITE;
	if (s->attrs.flags & VM_EXEC)
		v.flags |= MAPS_EXEC;
	if (s->attrs.flags & VM_SHARED)
		v.flags |= MAPS_SHARED;
	return v;
}

/*
 * What is seen beside protection: which file, the name of an anonymous area,
 * flags and policy. "[heap]" and the like are no attributes.
 */
static void describe(struct live_vma *v, const struct maps_vma *m)
{
	bool named = !strncmp(m->name, "[anon:", strlen("[anon:"));
	bool policy = *m->policy && strcmp(m->policy, "default");
	int nr = 0;

	if (m->inode)
		nr = snprintf(v->text, sizeof(v->text), "%x:%x:%llu ",
			      m->dev_major, m->dev_minor,
			      (unsigned long long)m->inode);
	snprintf(v->text + nr, sizeof(v->text) - (size_t)nr, "%s%s%s%s%s",
		 named ? m->name : "", named ? " " : "", m->vm_flags,
		 policy ? " " : "", policy ? m->policy : "");
}

static long page_of(uint64_t address, const struct live_evidence *e)
{
	return (long)(address / e->page_size - e->base / e->page_size);
}

/* Memory that is shared and anonymous has an inode of its own. */
static struct live_vma found_vma(const struct maps_vma *m,
				 const struct live_evidence *e)
{
	struct live_vma v = {
		.start = page_of(m->start, e),
		.end = page_of(m->end, e),
		.flags = m->flags,
		.has_file = m->inode != 0,
		.pgoff = m->inode ? m->offset / e->page_size : 0,
	};

	describe(&v, m);
	return v;
}

/* ---- attributes and looks ----------------------------------------------------- */

/*
 * What the catalogue says VMAs are (all that decides whether they merge, but for
 * what nobody can see), and what the kernel shows of them, each by a number.
 */
struct looks {
	struct vma_attrs attrs[2 * MAPS_MAX];
	size_t nr_attrs;
	struct live_vma seen[2 * MAPS_MAX];
	size_t nr_seen;
};

static bool same_attrs(const struct vma_attrs *a, const struct vma_attrs *b)
{
	return a->flags == b->flags && a->file == b->file &&
	       a->policy == b->policy && a->uffd_ctx == b->uffd_ctx &&
	       a->anon_name == b->anon_name;
}

static unsigned int number_attrs(struct looks *looks,
				 const struct vma_attrs *attrs)
{
	size_t i = 0;

	while (i < looks->nr_attrs && !same_attrs(&looks->attrs[i], attrs))
		i++;
	if (i == looks->nr_attrs)
		looks->attrs[looks->nr_attrs++] = *attrs;
	return (unsigned int)i;
}

static bool same_look(const struct live_vma *a, const struct live_vma *b)
{
	return a->flags == b->flags && a->has_file == b->has_file &&
	       !strcmp(a->text, b->text);
}

static unsigned int number_look(struct looks *looks, const struct live_vma *v)
{
	size_t i = 0;

	while (i < looks->nr_seen && !same_look(&looks->seen[i], v))
		i++;
	if (i == looks->nr_seen)
		looks->seen[looks->nr_seen++] = *v;
	return (unsigned int)i;
}

/* ---- the simulator -------------------------------------------------------------- */

static void layout_from(struct live_layout *lay, const struct mm *mm,
			struct looks *looks)
{
	const struct vma_state *s;

	for (unsigned long at = 0; (s = mm_find(mm, at)); at = s->vm_end) {
		struct live_vma v = wanted_vma(s);

		v.look = number_attrs(looks, &s->attrs);
		add_vma(lay, &v);
	}
}

#define MAX_KINDS 32

/* Which of the named cases some operations came to. */
struct kinds {
	const char *id[MAX_KINDS];
	size_t nr;
};

static void add_kinds(struct kinds *kinds, const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct case_kind *kind = kcall_case(out, &out->kcalls[i]);

		if (kind && kinds->nr < MAX_KINDS)
			kinds->id[kinds->nr++] = kind->id;
	}
}

static bool has_kind(const struct kinds *kinds, const char *id)
{
	for (size_t i = 0; i < kinds->nr; i++)
		if (!strcmp(kinds->id[i], id))
			return true;
	return false;
}

/* The first of @some that is not among @all, or NULL. */
static const char *missing_kind(const struct kinds *some,
				const struct kinds *all)
{
	for (size_t i = 0; i < some->nr; i++)
		if (!has_kind(all, some->id[i]))
			return some->id[i];
	return NULL;
}

/* What the operations of a trigger came to on the simulator. */
struct expected {
	int err;
	struct kinds kinds;
};

static void simulate(const struct cat_case *c, const struct cat_trigger *t,
		     const struct rules *rules, struct live_result *res,
		     struct looks *looks, struct expected *x)
{
	size_t nr;
	const struct op *ops = trigger_ops(c, t, &nr);
	struct mm *mm = case_mm(c, rules);

	layout_from(&res->wanted_before, mm, looks);
	for (size_t i = 0; i < nr && !x->err; i++) {
		const struct outcome *out = mm_do(mm, &ops[i]);

		x->err = -out->err;
		add_kinds(&x->kinds, out);
	}
	layout_from(&res->wanted_after, mm, looks);
	mm_free(mm);
}

static void kinds_of_case(const struct cat_case *c, const struct rules *rules,
			  struct kinds *kinds)
{
	struct mm *mm = case_mm(c, rules);

	add_kinds(kinds, mm_do(mm, &c->op));
	mm_free(mm);
}

/* ---- which pages count ---------------------------------------------------------- */

static void widen(struct live_result *res, long start, long end)
{
	if (res->start == res->end) {
		res->start = start;
		res->end = end;
		return;
	}
	if (start < res->start)
		res->start = start;
	if (end > res->end)
		res->end = end;
}

static void widen_by(struct live_result *res, const struct live_layout *lay)
{
	for (size_t i = 0; i < lay->nr; i++)
		widen(res, lay->vma[i].start, lay->vma[i].end);
}

static void find_bounds(struct live_result *res, const struct cat_case *c,
			const struct cat_trigger *t)
{
	widen_by(res, &res->wanted_before);
	widen_by(res, &res->wanted_after);
	if (c->op.kind != OP_SPLIT && c->op.kind != OP_RELOCATE)
		widen(res, (long)c->op.start, (long)c->op.end);
	for (size_t i = 0; i < t->nr_ops; i++)
		widen(res, (long)t->ops[i].start, (long)t->ops[i].end);
}

/* What only touches these pages counts, too: it might merge with them. */
static void found_layout(struct live_layout *lay, const struct maps_list *list,
			 const struct live_evidence *e,
			 const struct live_result *res, struct looks *looks)
{
	for (size_t i = 0; i < list->nr; i++) {
		struct live_vma v = found_vma(&list->vma[i], e);

		if (v.start > res->end || v.end < res->start)
			continue;
		v.look = number_look(looks, &v);
		add_vma(lay, &v);
	}
}

/* ---- comparing ------------------------------------------------------------------- */

static bool same_range(const struct live_vma *a, const struct live_vma *b)
{
	return a->start == b->start && a->end == b->end;
}

static bool same_ranges(const struct live_layout *a,
			const struct live_layout *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (!same_range(&a->vma[i], &b->vma[i]))
			return false;
	return true;
}

/* Returns what differs, or NULL. */
static const char *differs_in(const struct live_vma *wanted,
			      const struct live_vma *found)
{
	if (wanted->flags != found->flags)
		return "protection";
	if (wanted->has_file != found->has_file)
		return "whether it is a file";
	return wanted->pgoff != found->pgoff ? "offset" : NULL;
}

static bool check_literally(const struct live_layout *wanted,
			    const struct live_layout *found, const char *when,
			    struct live_result *res)
{
	for (size_t i = 0; i < wanted->nr; i++) {
		const struct live_vma *v = &wanted->vma[i];
		const char *what = differs_in(v, &found->vma[i]);

		if (!what)
			continue;
		say(res, LIVE_DIFFERS, "%s: [%ld, %ld) differs in its %s", when,
		    v->start, v->end, what);
		return false;
	}
	return true;
}

static bool check_ranges(const struct live_layout *wanted,
			 const struct live_layout *found, const char *when,
			 struct live_result *res)
{
	if (same_ranges(wanted, found))
		return true;
	say(res, LIVE_DIFFERS, "%s: other VMAs than expected", when);
	return false;
}

#define NO_LOOK UINT32_MAX

/* The look that goes with each attribute, as far as it was seen. */
struct pairs {
	unsigned int look[2 * MAPS_MAX];
};

/* Returns false if equal attributes look different. */
static bool pair_up(struct pairs *pairs, const struct live_layout *wanted,
		    const struct live_layout *found)
{
	for (size_t i = 0; i < wanted->nr; i++) {
		unsigned int *look = &pairs->look[wanted->vma[i].look];

		if (*look == NO_LOOK)
			*look = found->vma[i].look;
		else if (*look != found->vma[i].look)
			return false;
	}
	return true;
}

/* Whether any two attributes look alike. */
static bool any_alike(const struct pairs *pairs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < i; j++)
			if (pairs->look[i] != NO_LOOK &&
			    pairs->look[i] == pairs->look[j])
				return true;
	return false;
}

/* Whether the kernel shows what the trigger is about. */
static bool shows(const struct cat_trigger *t, const struct live_evidence *e)
{
	const struct maps_list *list = &e->after;

	if (has_trait(t, INVISIBLE))
		return false;
	for (size_t i = 0; i < list->nr; i++) {
		bool policy = t->calls.call[0].c.kind == CALL_MBIND;

		if (!*(policy ? list->vma[i].policy : list->vma[i].vm_flags))
			return false;
	}
	return true;
}

static bool check_looks(const struct cat_trigger *t,
			const struct live_evidence *e,
			const struct looks *looks, struct live_result *res)
{
	struct pairs pairs;

	memset(&pairs, 0xff, sizeof(pairs));
	if ((res->sees_before &&
	     !pair_up(&pairs, &res->wanted_before, &res->found_before)) ||
	    !pair_up(&pairs, &res->wanted_after, &res->found_after)) {
		say(res, LIVE_DIFFERS,
		    "VMAs with the same attributes look different");
		return false;
	}
	if (!shows(t, e) || !any_alike(&pairs, looks->nr_attrs))
		return true;
	say(res, LIVE_DIFFERS, "VMAs with other attributes look the same");
	return false;
}

static bool compare(const struct cat_trigger *t, const struct live_evidence *e,
		    const struct looks *looks, struct live_result *res)
{
	const struct live_layout *before = &res->found_before;
	const struct live_layout *after = &res->found_after;
	bool literal = has_trait(t, EXACT);

	if (res->sees_before &&
	    (!check_ranges(&res->wanted_before, before, "before", res) ||
	     (literal &&
	      !check_literally(&res->wanted_before, before, "before", res))))
		return false;
	if (!check_ranges(&res->wanted_after, after, "after", res) ||
	    (literal &&
	     !check_literally(&res->wanted_after, after, "after", res)))
		return false;
	return check_looks(t, e, looks, res);
}

/* ---- the stack ------------------------------------------------------------------- */

/* The only VMA that is one, or NULL. */
static const struct maps_vma *find_stack(const struct maps_list *list)
{
	const struct maps_vma *stack = NULL;

	for (size_t i = 0; i < list->nr; i++) {
		if (strcmp(list->vma[i].name, "[stack]"))
			continue;
		if (stack)
			return NULL;
		stack = &list->vma[i];
	}
	return stack;
}

/*
 * Where execve() puts the stack first, nobody can see; but without random
 * addresses it stays there, so the one that has moved must lie below.
 */
static void judge_stack(const struct live_evidence *e, struct live_result *res)
{
	const struct maps_vma *before = find_stack(&e->before);
	const struct maps_vma *after = find_stack(&e->after);

	if (!before || !after)
		say(res, LIVE_DIFFERS,
		    "the new program has no stack, or several");
	else if (before->end == after->end)
		say(res, LIVE_SKIPPED,
		    "the stack is not moved where addresses are not random");
	else if (after->end > before->end)
		say(res, LIVE_DIFFERS, "the stack has moved up");
	else
		say(res, LIVE_AGREES, "%s", "");
}

/* ---- what went wrong -------------------------------------------------------------- */

static const struct syscall *call_of(const struct cat_trigger *t,
				     enum live_stage stage, uint32_t nr)
{
	const struct cat_calls *calls =
		stage == STAGE_SETUP ? &t->setup : &t->calls;

	return nr < calls->nr ? &calls->call[nr].c : NULL;
}

static const char *stage_name(enum live_stage stage)
{
	static const char *const names[] = {
		[STAGE_ENTER] = "making room",
		[STAGE_SETUP] = "setup",
		[STAGE_BEFORE] = "reading the layout before",
		[STAGE_CALL] = "do",
		[STAGE_AFTER] = "reading the layout after",
		[STAGE_DONE] = "the end",
	};

	return names[stage];
}

/* "setup, call 3 (touch)" */
static const char *place(const struct cat_trigger *t, enum live_stage stage,
			 uint32_t nr)
{
	static char text[80];
	const struct syscall *c = NULL;

	if (stage == STAGE_SETUP || stage == STAGE_CALL)
		c = call_of(t, stage, nr);
	if (c)
		snprintf(text, sizeof(text), "%s, call %u (%s)",
			 stage_name(stage), nr + 1, syscall_name(c->kind));
	else
		snprintf(text, sizeof(text), "%s", stage_name(stage));
	return text;
}

static void judge_end(const struct cat_trigger *t,
		      const struct live_evidence *e, struct live_result *res)
{
	const char *where = place(t, e->stage, e->call);

	if (e->end == END_TIME)
		say(res, LIVE_DIFFERS, "took too long and was killed in %s",
		    where);
	else if (e->end == END_NONSENSE)
		say(res, LIVE_DIFFERS, "the child told nonsense in %s", where);
	else if (e->end == END_SIGNAL && e->signal == SIGSYS)
		say(res, LIVE_SKIPPED, "forbidden here: %s", where);
	else if (e->end == END_SIGNAL)
		say(res, LIVE_DIFFERS, "killed by SIG%s in %s",
		    sigabbrev_np(e->signal) ? sigabbrev_np(e->signal) : "?",
		    where);
	else
		say(res, LIVE_DIFFERS, "the child ended in %s", where);
}

/* Errors that say what this place forbids or lacks, and nothing of the case. */
static bool is_forbidden(int err)
{
	return err == EPERM || err == EACCES || err == ENOSYS;
}

static bool is_scarce(int err)
{
	return err == ENOMEM || err == EAGAIN || err == EMFILE ||
	       err == ENFILE || err == ENOSPC;
}

static bool is_lacking(const struct syscall *c, int err)
{
	return c && syscall_traits(c) & OPTIONAL &&
	       (err == EINVAL || err == EOPNOTSUPP || err == ENODEV ||
		err == ENOEXEC);
}

/* Why the error means that the trigger cannot be tried here, or NULL. */
static const char *reason(const struct syscall *c, int err)
{
	bool limited = c && syscall_traits(c) & LIMITED;

	if (!c || limited != is_scarce(err))
		return NULL;
	return limited || is_forbidden(err) || is_lacking(c, err)
		       ? syscall_lacks(c->kind)
		       : NULL;
}

/* What goes wrong outside the calls is this place's fault, but for nonsense. */
static bool may_skip(const struct live_evidence *e, const struct syscall *c)
{
	if (e->err == EPROTO)
		return false;
	return !c || is_forbidden(e->err) || is_scarce(e->err) ||
	       is_lacking(c, e->err);
}

static void judge_error(const struct cat_trigger *t,
			const struct live_evidence *e, int expected,
			struct live_result *res)
{
	bool call = e->err_stage == STAGE_SETUP || e->err_stage == STAGE_CALL;
	const struct syscall *c =
		call ? call_of(t, e->err_stage, e->err_call) : NULL;
	const char *where = place(t, e->err_stage, e->err_call);

	if (!may_skip(e, c))
		say(res, LIVE_DIFFERS, "%s: %s, expected %s", where,
		    strerror(e->err),
		    expected ? strerror(expected) : "no error");
	else if (reason(c, e->err))
		say(res, LIVE_SKIPPED, "%s", reason(c, e->err));
	else
		say(res, LIVE_SKIPPED, "%s: %s", where, strerror(e->err));
}

/* ---- the whole --------------------------------------------------------------------- */

/* Whether the catalogue's own operations are those of the case. */
static bool check_ops(const struct cat_case *c, const struct rules *rules,
		      const struct expected *x, struct live_result *res)
{
	struct kinds kinds = { 0 };
	const char *missing;

	kinds_of_case(c, rules, &kinds);
	missing = missing_kind(&kinds, &x->kinds);
	if (missing)
		say(res, LIVE_DIFFERS, "'as' does not come to %s", missing);
	return !missing;
}

static bool overcommit_strict(void)
{
	FILE *f = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = 0;

	if (!f)
		return false;
	if (fscanf(f, "%d", &mode) != 1)
		mode = 0;
	fclose(f);
	return mode == 2;
}

/* Where all memory is accounted, what was once read-only is told apart. */
const char *live_excuse(void)
{
	return overcommit_strict()
		       ? "vm.overcommit_memory is 2: MAP_NORESERVE has no effect"
		       : NULL;
}

static void forgive(struct live_result *res)
{
	const char *why = res->verdict == LIVE_DIFFERS ? live_excuse() : NULL;

	if (why)
		say(res, LIVE_SKIPPED, "%s", why);
}

static void judge_layouts(const struct cat_case *c, const struct cat_trigger *t,
			  const struct rules *rules,
			  const struct live_evidence *e,
			  struct live_result *res)
{
	static struct looks looks;
	struct expected x = { 0 };

	memset(&looks, 0, sizeof(looks));
	simulate(c, t, rules, res, &looks, &x);
	if (!check_ops(c, rules, &x, res))
		return;
	if (e->err != x.err) {
		if (e->err)
			judge_error(t, e, x.err, res);
		else
			say(res, LIVE_DIFFERS, "no error, expected: %s",
			    strerror(x.err));
		return;
	}
	find_bounds(res, c, t);
	res->sees_before = e->has_before;
	res->has_layouts = true;
	if (e->has_before)
		found_layout(&res->found_before, &e->before, e, res, &looks);
	found_layout(&res->found_after, &e->after, e, res, &looks);
	if (compare(t, e, &looks, res))
		say(res, LIVE_AGREES, "%s", "");
	forgive(res);
}

static bool is_complete(const struct live_evidence *e)
{
	return e->end == END_EXIT && e->stage == STAGE_DONE && e->has_after &&
	       e->page_size && !e->before.more && !e->after.more;
}

static void judge(const struct cat_case *c, const struct cat_trigger *t,
		  const struct rules *rules, const struct live_evidence *e,
		  struct live_result *res)
{
	if (t->cannot)
		say(res, LIVE_SKIPPED, "%s", t->cannot);
	else if (e->end == END_NONE)
		say(res, LIVE_SKIPPED, "no child: %s", strerror(e->err));
	else if (e->end == END_EXIT && e->err &&
		 (e->err_stage != STAGE_CALL || !is_complete(e)))
		judge_error(t, e, 0, res);
	else if (!is_complete(e))
		judge_end(t, e, res);
	else if (t->area == AREA_STACK)
		judge_stack(e, res);
	else
		judge_layouts(c, t, rules, e, res);
}

/* Only what a kernel makes of it may be otherwise, not what it is made of. */
static void forgive_age(const struct cat_trigger *t, const char *release,
			struct live_result *res)
{
	if (res->verdict == LIVE_DIFFERS && res->has_layouts && t->before &&
	    cat_version(release) < cat_version(t->before))
		say(res, LIVE_KNOWN, "before %s: %s", t->before, t->why);
}

void live_judge(const struct cat_case *c, const struct cat_trigger *t,
		const struct rules *rules, const char *release,
		const struct live_evidence *e, struct live_result *res)
{
	memset(res, 0, sizeof(*res));
	judge(c, t, rules, e, res);
	forgive_age(t, release, res);
}

static const char *running_release(void)
{
	static struct utsname un;

	return uname(&un) ? "?" : un.release;
}

void live_run(const struct cat_case *c, const struct cat_trigger *t,
	      const struct rules *rules, double seconds,
	      struct live_result *res)
{
	static struct live_evidence e;

	memset(&e, 0, sizeof(e));
	if (!t->cannot)
		live_gather(t, seconds, &e);
	live_judge(c, t, rules, running_release(), &e, res);
}

/* ---- the running kernel --------------------------------------------------------------- */

const char *live_unusable(void)
{
	return access("/proc/self/maps", R_OK)
		       ? "there is no /proc to see what is mapped"
		       : NULL;
}

const struct rules *live_rules(const char **release, bool *exact)
{
	const struct rules *rules;
	size_t nr;

	*release = running_release();
	rules = rules_for(*release);
	*exact = rules_are_judged(*release);
	return rules ? rules : rules_all(&nr);
}
