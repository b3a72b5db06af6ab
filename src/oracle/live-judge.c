// SPDX-License-Identifier: GPL-2.0-only
/* What a child did and saw: whether that is what the simulator says, or why not. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oracle/live-compare.h"

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
		live_say(res, LIVE_DIFFERS,
			 "the new program has no stack, or several");
	else if (before->end == after->end)
		live_say(
			res, LIVE_SKIPPED,
			"the stack is not moved where addresses are not random");
	else if (after->end > before->end)
		live_say(res, LIVE_DIFFERS, "the stack has moved up");
	else
		live_say(res, LIVE_AGREES, "%s", "");
}

/* ---- what went wrong -------------------------------------------------------------- */

static const struct syscall *call_of(const struct cat_trigger *t,
				     enum live_stage stage, uint32_t nr)
{
	const struct cat_calls *calls =
		stage == STAGE_SETUP ? &t->setup : &t->calls;

	return nr < calls->nr ? &calls->call[nr].c : NULL;
}

static const char *const stage_names[] = {
	[STAGE_ENTER] = "making room",
	[STAGE_SETUP] = "setup",
	[STAGE_BEFORE] = "reading the layout before",
	[STAGE_CALL] = "do",
	[STAGE_AFTER] = "reading the layout after",
	[STAGE_DONE] = "the end",
};

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
			 stage_names[stage], nr + 1, syscall_name(c->kind));
	else
		snprintf(text, sizeof(text), "%s", stage_names[stage]);
	return text;
}

static void judge_end(const struct cat_trigger *t,
		      const struct live_evidence *e, struct live_result *res)
{
	const char *where = place(t, e->stage, e->call);

	if (e->end == END_TIME)
		live_say(res, LIVE_DIFFERS,
			 "took too long and was killed in %s", where);
	else if (e->end == END_NONSENSE)
		live_say(res, LIVE_DIFFERS, "the child reported nonsense in %s",
			 where);
	else if (e->end == END_SIGNAL && e->signal == SIGSYS)
		live_say(res, LIVE_SKIPPED, "forbidden here: %s", where);
	else if (e->end == END_SIGNAL)
		live_say(res, LIVE_DIFFERS, "killed by SIG%s in %s",
			 sigabbrev_np(e->signal) ? sigabbrev_np(e->signal)
						 : "?",
			 where);
	else
		live_say(res, LIVE_DIFFERS, "the child ended in %s", where);
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
		live_say(res, LIVE_DIFFERS, "%s: %s, expected %s", where,
			 strerror(e->err),
			 expected ? strerror(expected) : "no error");
	else if (reason(c, e->err))
		live_say(res, LIVE_SKIPPED, "%s", reason(c, e->err));
	else
		live_say(res, LIVE_SKIPPED, "%s: %s", where, strerror(e->err));
}

/* ---- the whole --------------------------------------------------------------------- */

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

static void allow_for_accounting(struct live_result *res)
{
	const char *why = res->verdict == LIVE_DIFFERS ? live_excuse() : NULL;

	if (why)
		live_say(res, LIVE_SKIPPED, "%s", why);
}

static void judge_layouts(const struct cat_case *c, const struct cat_trigger *t,
			  const struct rules *rules,
			  const struct live_evidence *e,
			  struct live_result *res)
{
	static struct looks looks;
	int err;

	memset(&looks, 0, sizeof(looks));
	if (!live_expect(c, t, rules, res, &looks, &err))
		return;
	if (e->err != err) {
		if (e->err)
			judge_error(t, e, err, res);
		else
			live_say(res, LIVE_DIFFERS, "no error, expected: %s",
				 strerror(err));
		return;
	}
	if (live_compare(c, t, e, &looks, res))
		live_say(res, LIVE_AGREES, "%s", "");
	allow_for_accounting(res);
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
	if (t->cannot.text)
		live_say(res, LIVE_SKIPPED, "%s", t->cannot.text);
	else if (e->end == END_NONE)
		live_say(res, LIVE_SKIPPED, "no child that can be heard: %s",
			 strerror(e->err));
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
static void allow_for_age(const struct cat_trigger *t, const char *release,
			  struct live_result *res)
{
	if (res->verdict == LIVE_DIFFERS && res->has_layouts &&
	    t->before.text &&
	    version_number(release) < version_number(t->before.text))
		live_say(res, LIVE_KNOWN, "before %s: %s", t->before.text,
			 t->why.text);
}

void live_judge(const struct cat_case *c, const struct cat_trigger *t,
		const struct rules *rules, const char *release,
		const struct live_evidence *e, struct live_result *res)
{
	memset(res, 0, sizeof(*res));
	judge(c, t, rules, e, res);
	allow_for_age(t, release, res);
}

const char *live_release(const struct utsname *un)
{
	static char upstream[65]; /* as long as un->version */
	const char *debian = strstr(un->version, " Debian ");

	if (debian && sscanf(debian, " Debian %64[0-9.]", upstream) == 1)
		return upstream;
	return un->release;
}

static const char *running_release(void)
{
	static struct utsname un;

	return uname(&un) ? "?" : live_release(&un);
}

void live_run(const struct cat_case *c, const struct cat_trigger *t,
	      const struct rules *rules, double seconds,
	      struct live_result *res)
{
	static struct live_evidence e;

	memset(&e, 0, sizeof(e));
	if (!t->cannot.text)
		live_gather(t, seconds, &e);
	live_judge(c, t, rules, running_release(), &e, res);
}

/* ---- the running kernel --------------------------------------------------------------- */

const char *live_unusable(void)
{
	struct utsname un;

	if (uname(&un))
		return "uname() does not say which kernel this is";
	return access("/proc/self/maps", R_OK)
		       ? "there is no /proc to see what is mapped"
		       : NULL;
}

const struct rules *live_rules(const char **release, bool *exact)
{
	const struct rules *rules;

	*release = running_release();
	rules = rules_for(*release);
	*exact = rules_are_judged(*release);
	return rules ? rules : rule_sets;
}
