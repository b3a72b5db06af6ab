// SPDX-License-Identifier: GPL-2.0-only
/* What was found, held against what the mail claims. */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "reader/internal.h"

const char *const verdict_names[] = {
	[VERDICT_NONE] = "-",
	[VERDICT_HOLDS] = "holds",
	[VERDICT_WEAKER] = "weaker",
	[VERDICT_REFUTED] = "refuted",
};

/* ---- findings ---------------------------------------------------------- */

/*
 * The case's own string for a name, since that of an exploration goes with it.
 */
static const char *lasting(const struct exploration *x, const char *name)
{
	static const char *const others[] = { "left", "right", "new" };

	for (size_t i = 0; i < x->c->nr_before; i++)
		if (!strcmp(x->c->before[i].name, name))
			return x->c->before[i].name;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(others[i], name))
			return others[i];
	return "another";
}

static void add_names(const char **names, size_t *nr,
		      const struct exploration *x, uint32_t vmas)
{
	for (vma_id id = 1; id < MAX_VMAS; id++) {
		const char *name;

		if (!(vmas & 1U << id))
			continue;
		name = lasting(x, exploration_name(x, id));
		if (!text_listed(names, *nr, name))
			names[(*nr)++] = name;
	}
}

static void note_shortest(struct findings *f, const struct exploration *x)
{
	for (size_t i = 0; i < x->nr; i++) {
		const struct observation *o = &x->observations[i];

		if (o->gap && (!f->shortest || o->length < f->shortest))
			f->shortest = o->length;
	}
}

void findings_add(struct findings *f, const struct exploration *x)
{
	f->gap |= x->gap;
	f->overlap |= x->overlap;
	f->mixed |= x->mixed;
	f->retry |= x->retry;
	f->rewalk |= x->rewalk;
	f->false_hole |= x->false_hole;
	f->fallback |= x->fallback;
	f->nr++;
	f->nr_gap += x->gap;
	f->nr_overlap += x->overlap;
	f->observations += x->nr;
	f->states += x->states;
	f->limit |= x->end != EXPLORED;
	add_names(f->twice, &f->nr_twice, x, x->twice);
	add_names(f->again, &f->nr_again, x, x->again);
	note_shortest(f, x);
	if (x->stuck)
		f->stuck = x->stuck;
	if (x->broken)
		f->broken = x->broken;
}

/* ---- judging ----------------------------------------------------------- */

static bool claimed(const struct cat_claim *claim, const char *name)
{
	for (size_t i = 0; i < claim->twice.nr; i++)
		if (!strcmp(claim->twice.text[i].text, name))
			return true;
	return false;
}

/* "X twice" is meant of addresses: X itself, or pages that it held. */
static bool found_twice(const struct findings *f, const char *name)
{
	return text_listed(f->twice, f->nr_twice, name) ||
	       text_listed(f->again, f->nr_again, name);
}

static void note_missing(struct judgement *j, const struct cat_claim *claim,
			 const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!claimed(claim, names[i]) &&
		    !text_listed(j->missing, j->nr_missing, names[i]))
			j->missing[j->nr_missing++] = names[i];
}

static enum verdict judge_twice(struct judgement *j,
				const struct cat_claim *claim,
				const struct findings *f)
{
	note_missing(j, claim, f->twice, f->nr_twice);
	note_missing(j, claim, f->again, f->nr_again);
	for (size_t i = 0; i < claim->twice.nr && j->nr_idle < MAX_VMAS; i++)
		if (!found_twice(f, claim->twice.text[i].text))
			j->idle[j->nr_idle++] = claim->twice.text[i].text;
	return j->nr_missing || j->nr_idle ? VERDICT_WEAKER : VERDICT_HOLDS;
}

/* A gap that is claimed and not found is a claim that is too careful. */
static enum verdict judge_gap(const struct cat_claim *claim,
			      const struct findings *f)
{
	if (claim->gap == f->gap)
		return VERDICT_HOLDS;
	return f->gap ? VERDICT_REFUTED : VERDICT_WEAKER;
}

/*
 * "Retry" is said of a reader that looks again because of what the operation
 * does: it finds a VMA detached, or a hole where all the time pages are mapped.
 * Any hole is verified while a writer is in; that alone is no retry.
 */
static enum verdict judge_retry(const struct cat_claim *claim,
				const struct findings *f)
{
	bool again = f->retry || f->false_hole;

	switch (claim->retry) {
	case RETRY_YES:
		return again ? VERDICT_HOLDS : VERDICT_WEAKER;
	case RETRY_NO:
		return again ? VERDICT_REFUTED : VERDICT_HOLDS;
	default:
		return VERDICT_NONE;
	}
}

static enum verdict worse(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

struct judgement judge_claim(const struct cat_claim *claim,
			     const struct findings *f)
{
	struct judgement j = { 0 };

	if (!claim)
		return j;
	j.gap = judge_gap(claim, f);
	j.twice = judge_twice(&j, claim, f);
	j.retry = judge_retry(claim, f);
	j.all = worse(j.gap, worse(j.twice, j.retry));
	return j;
}
