// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace in the notation of the mail: "Set prev VMA range [prev->vm_start,
 * end)". Locks and the map count are not steps there; they are fields of their
 * own.
 */

#include "lib/memory.h"
#include "lib/text.h"
#include "report/internal.h"

/* What a step's wording depends on. */
struct wording {
	struct report *r;
	const struct kcall *kcall;
	const struct step *step;
	const struct layout *before; /* the state before the step */
};

static const char *name(const struct wording *t, vma_id vma)
{
	return report_name(t->r, vma);
}

/* ---- bounds -------------------------------------------------------------- */

/* "X->vm_start" or "X->vm_end" of whichever VMA of the call has this bound. */
static const char *other_bound(const struct wording *t, unsigned long value)
{
	const vma_id vmas[] = { t->kcall->prev, t->kcall->middle,
				t->kcall->next };

	for (size_t i = 0; i < ARRAY_SIZE(vmas); i++) {
		const struct layout_vma *v = layout_vma(t->before, vmas[i]);

		if (v && v->s.vm_start == value)
			return arena_printf(t->r->arena, "%s->vm_start",
					    name(t, vmas[i]));
		if (v && v->s.vm_end == value)
			return arena_printf(t->r->arena, "%s->vm_end",
					    name(t, vmas[i]));
	}
	return arena_printf(t->r->arena, "%lu", value);
}

/*
 * A bound as the mail would write it: one that stays is the VMA's own, one that
 * moves goes to start, end or addr where it can. In a split both VMAs have
 * their bounds from the one that is split.
 */
static const char *bound(const struct wording *t, unsigned long value,
			 bool stays, const char *member)
{
	bool split = t->kcall->kind == KCALL_SPLIT;
	vma_id owner = split ? t->kcall->middle : t->step->vma;

	if (stays && t->kcall->kind != KCALL_INSERT)
		return arena_printf(t->r->arena, "%s->%s", name(t, owner),
				    member);
	if (split)
		return "addr";
	if (value == t->kcall->start)
		return "start";
	if (value == t->kcall->end)
		return "end";
	return other_bound(t, value);
}

/* ---- one function a kind of step ------------------------------------------ */

static const char *text_set_range(const struct wording *t)
{
	const struct step *s = t->step;
	const char *start =
		bound(t, s->start, s->start == s->old_start, "vm_start");
	const char *end = bound(t, s->end, s->end == s->old_end, "vm_end");
	/* The mail says "VMA" here and leaves it out there. So do we. */
	const char *word = "";

	if (t->kcall->kind == KCALL_SPLIT)
		word = " range to";
	else if (t->kcall->kind == KCALL_MERGE_EXISTING &&
		 s->vma != t->kcall->prev)
		word = " range";
	else
		word = " VMA range";
	return arena_printf(t->r->arena, "Set %s%s [%s, %s)", name(t, s->vma),
			    word, start, end);
}

/* The VMAs whose slots a store reaches, "A, B (partial)". */
static const char *nodes(const struct wording *t, size_t *nr, bool *partial,
			 vma_id *last)
{
	const char *list = "";

	*nr = 0;
	for_each_slot(t->before, slot) {
		if (!slot->vma || slot->end <= t->step->start ||
		    slot->start >= t->step->end)
			continue;
		*partial = slot->start < t->step->start ||
			   slot->end > t->step->end;
		*last = slot->vma;
		list = arena_printf(t->r->arena, "%s%s%s%s", list,
				    *nr ? ", " : "", name(t, slot->vma),
				    *partial ? " (partial)" : "");
		++*nr;
	}
	return list;
}

static const char *text_store_over_one(const struct wording *t, vma_id old,
				       bool partial)
{
	const char *with = name(t, t->step->vma);

	if (old == t->step->vma)
		return arena_printf(
			t->r->arena,
			"Overwrite %s node in maple tree with newly extended %s",
			with, with);
	return arena_printf(t->r->arena, "%s %s node in maple tree with %s",
			    partial ? "Partially overwrite" : "Overwrite",
			    name(t, old), with);
}

static const char *text_store(const struct wording *t)
{
	bool partial = false;
	vma_id old = 0;
	size_t nr;
	const char *list = nodes(t, &nr, &partial, &old);

	if (!t->step->vma)
		return arena_printf(t->r->arena,
				    "Clear %s node%s in maple tree", list,
				    plural(nr));
	if (!nr)
		return arena_printf(t->r->arena, "Store %s in maple tree",
				    name(t, t->step->vma));
	if (nr == 1)
		return text_store_over_one(t, old, partial);
	return arena_printf(t->r->arena,
			    "Overwrite %s nodes in maple tree with %s", list,
			    name(t, t->step->vma));
}

static const char *text_clone(const struct wording *t)
{
	return arena_printf(t->r->arena, "Duplicate %s anon_vma to %s",
			    t->step->from ? name(t, t->step->from) : "copied",
			    name(t, t->step->vma));
}

/* What is said of a kind of step: by a function, or what is around the VMA's name. */
static const struct {
	const char *(*text)(const struct wording *t);
	const char *before;
	const char *after;
} texts[NR_STEPS] = {
	[STEP_ALLOCATE] = { NULL, "Allocate ", "" },
	[STEP_DUPLICATE] = { NULL, "Duplicate ", "" },
	[STEP_CLONE_ANON_VMA] = { text_clone },
	[STEP_SET_RANGE] = { text_set_range },
	[STEP_SET_ATTRS] = { NULL, "Set ", " attributes" },
	[STEP_STORE] = { text_store },
	[STEP_DETACH] = { NULL, "Detach ", " VMA" },
	[STEP_ATTACH] = { NULL, "Attach ", " VMA" },
	[STEP_FREE] = { NULL, "Free ", " VMA" },
};

static const char *text_of(const struct wording *t)
{
	const struct step *s = t->step;

	if (texts[s->kind].text)
		return texts[s->kind].text(t);
	return arena_printf(
		t->r->arena, "%s%s%s", texts[s->kind].before,
		name(t, s->kind == STEP_DUPLICATE ? s->from : s->vma),
		texts[s->kind].after);
}

void report_steps(struct report *r)
{
	r->steps = arena_alloc(r->arena, r->nr_trace, sizeof(*r->steps));
	for (size_t i = 0; i < r->nr_trace; i++) {
		const struct step *s = &r->trace[i];
		struct wording t = {
			.r = r,
			.step = s,
			.before = r->states[i],
		};

		if (s->kcall == NO_KCALL ||
		    (!texts[s->kind].text && !texts[s->kind].before))
			continue;
		t.kcall = &r->kcalls[s->kcall];
		r->steps[r->nr_steps++] = (struct report_step){
			.text = text_of(&t),
			.step = i,
		};
	}
}
