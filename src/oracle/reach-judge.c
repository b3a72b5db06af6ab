// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel did, held against what the simulator did. */
#include <errno.h>
#include <string.h>

#include "lib/memory.h"
#include "oracle/reach.h"

static bool same_vma(const struct reach_vma *a, const struct reach_vma *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->flags == b->flags && a->has_file == b->has_file &&
	       a->pgoff == b->pgoff;
}

bool reach_same(const struct reach_seen *a, const struct reach_seen *b)
{
	if (a->state != b->state || a->err != b->err || a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (!same_vma(&a->vma[i], &b->vma[i]))
			return false;
	return true;
}

void reach_print_seen(FILE *out, const struct reach_seen *seen,
		      const char *prefix)
{
	struct live_result bounds = { .end = WINDOW_PAGES };
	struct live_layout lay = { .nr = seen->nr };

	for (size_t i = 0; i < seen->nr && i < REACH_VMAS; i++)
		lay.vma[i] = (struct live_vma){
			.start = seen->vma[i].start,
			.end = seen->vma[i].end,
			.flags = seen->vma[i].flags,
			.has_file = seen->vma[i].has_file,
			.pgoff = seen->vma[i].pgoff,
			.look = seen->vma[i].flags,
		};
	if (seen->state == REACH_SETUP)
		fprintf(out, "%scall %u of the setup failed: %s\n", prefix,
			seen->call + 1, strerror(seen->err));
	else if (seen->state != REACH_FINISHED)
		fprintf(out, "%snothing was seen\n", prefix);
	else if (seen->err)
		fprintf(out, "%serror: %s\n", prefix, strerror(seen->err));
	if (seen->state == REACH_FINISHED)
		live_picture(out, &lay, &bounds, prefix);
}

/* ---- what cannot be tried here ----------------------------------------------- */

/* Only what may be compiled out, forbidden or scarce, and only by its error. */
static const char *skip_reason(enum syscall_kind kind, int err)
{
	bool forbidden = err == EPERM || err == ENOSYS;

	if (kind == CALL_PRCTL && (err == EINVAL || forbidden))
		return "the kernel has no CONFIG_ANON_VMA_NAME";
	if (kind == CALL_MLOCK2 && (err == ENOMEM || err == EAGAIN))
		return "RLIMIT_MEMLOCK is too low";
	if (kind == CALL_MLOCK2 && forbidden)
		return "mlock2() is not allowed";
	if (kind == CALL_MBIND && (err == EINVAL || forbidden))
		return "the kernel has no CONFIG_NUMA, or does not allow it";
	if (err == EMFILE || err == ENFILE)
		return "no more files can be opened";
	if (err == ENOMEM || err == EAGAIN || err == ENOSPC)
		return "there is no memory, or vm.max_map_count is too low";
	return forbidden ? "a system call is not allowed" : NULL;
}

static const char *why_skipped(const struct reach_plan *plan,
			       const struct reach_seen *seen,
			       const struct reach_seen *wanted)
{
	size_t call = seen->state == REACH_SETUP ? seen->call : plan->nr - 1;

	if (seen->state == REACH_LATE)
		return "not tried: time";
	if (seen->state == REACH_UNREAD && seen->err)
		return "the layout could not be read";
	if (seen->state == REACH_SETUP ||
	    (seen->state == REACH_FINISHED && seen->err != wanted->err))
		return skip_reason(plan->call[call].kind, seen->err);
	return NULL;
}

/* ---- the verdict ---------------------------------------------------------------- */

static const char *why_differs(const struct reach_seen *kernel,
			       const struct reach_seen *wanted)
{
	if (kernel->state == REACH_DIED)
		return "the process did not survive it";
	if (kernel->state == REACH_SETUP)
		return "the setup failed";
	if (kernel->state != REACH_FINISHED)
		return "there are too many VMAs";
	if (kernel->err != wanted->err)
		return "another error";
	if (kernel->nr > wanted->nr)
		return "less merges";
	if (kernel->nr < wanted->nr)
		return "more merges";
	return "other VMAs";
}

/*
 * mmap() asked next first, and then whether prev goes with that: an anon_vma
 * that next has is in prev's way. Now prev is asked first, and keeps the range
 * if the two do not go together. So it all depends on which of them it was: here
 * the range is taken from prev and given to next.
 */
static bool next_was_first(const struct reach_config *c,
			   const struct reach_seen *kernel,
			   const struct reach_seen *wanted)
{
	struct reach_seen other = *wanted;
	struct reach_vma *prev = &other.vma[0], *next = &other.vma[1];
	uint32_t pages;

	if (c->at[REACH_TRY] != TRY_MMAP || c->at[REACH_RANGE] != RANGE_ALL ||
	    !c->at[REACH_NEXT_FAULT] || prev->start != PAGE_PREV ||
	    prev->end <= PAGE_MIDDLE || other.nr > 2)
		return false;
	pages = PAGE_MIDDLE - prev->start;
	*next = *prev;
	next->start = PAGE_MIDDLE;
	next->end = PAGE_END;
	next->pgoff += prev->has_file ? pages : 0;
	prev->end = PAGE_MIDDLE;
	other.nr = 2;
	return reach_same(&other, kernel);
}

/* What kernels did that are older than the oldest rule set. */
static const struct {
	const char *before;
	bool (*is)(const struct reach_config *c,
		   const struct reach_seen *kernel,
		   const struct reach_seen *wanted);
	const char *why;
} earlier[] = {
	{ "6.12", next_was_first,
	  "before 6.12 mmap() asked the VMA above first" },
};

static const char *earlier_rule(const struct reach_config *c,
				const char *release,
				const struct reach_seen *kernel,
				const struct reach_seen *wanted)
{
	for (size_t i = 0; i < ARRAY_SIZE(earlier); i++)
		if (version_number(release) <
			    version_number(earlier[i].before) &&
		    earlier[i].is(c, kernel, wanted))
			return earlier[i].why;
	return NULL;
}

/* "6.18.44" and not "6.18.0" or "6.18-rc1": it has fixes from later ones. */
static bool is_stable(const char *release)
{
	unsigned int major, minor, patch;

	return sscanf(release, "%u.%u.%u", &major, &minor, &patch) == 3 &&
	       patch > 0;
}

enum { MAX_RULE_SETS = 16 };

static const char *stable_text(size_t set)
{
	static char text[MAX_RULE_SETS][160];
	const struct rules *rules = &rule_sets[set];

	snprintf(text[set], sizeof(text[set]),
		 "as since %s (%s), which this stable release has",
		 rules->version, rules->what);
	return text[set];
}

/*
 * Fixes come to stable releases before the rule set that has them does. Where a
 * later one says otherwise, the kernel may do as that does.
 */
static struct reach_verdict weigh_later(const struct reach_config *c,
					const struct rules *rules,
					struct sim *sim,
					const struct reach_seen *kernel,
					const struct reach_seen *wanted)
{
	struct reach_verdict v = { reach_same(kernel, wanted) ? LIVE_AGREES
							      : LIVE_DIFFERS };
	struct reach_seen later;

	for (size_t i = (size_t)(rules - rule_sets) + 1; i < nr_rule_sets;
	     i++) {
		reach_simulate(c, &rule_sets[i], sim, &later);
		if (reach_same(&later, wanted))
			continue;
		v.choice = true;
		if (v.verdict == LIVE_DIFFERS && reach_same(&later, kernel) &&
		    i < MAX_RULE_SETS) {
			v.verdict = LIVE_KNOWN;
			v.why = stable_text(i);
		}
	}
	return v;
}

/* Whoever asks for other rules than the kernel's wants to see them. */
static bool are_own(const struct rules *rules, const char *release)
{
	const struct rules *own = rules_for(release);

	return rules == (own ? own : rule_sets);
}

struct reach_verdict reach_judge(const struct reach_config *c,
				 const struct rules *rules, const char *release,
				 struct sim *sim,
				 const struct reach_seen *kernel,
				 struct reach_seen *wanted)
{
	static struct reach_plan plan;
	struct reach_verdict v = { .verdict = LIVE_SKIPPED };

	reach_plan(c, &plan);
	reach_simulate(c, rules, sim, wanted);
	v.why = why_skipped(&plan, kernel, wanted);
	if (v.why)
		return v;
	v.verdict = reach_same(kernel, wanted) ? LIVE_AGREES : LIVE_DIFFERS;
	if (v.verdict == LIVE_DIFFERS)
		v.why = earlier_rule(c, release, kernel, wanted);
	if (v.why) {
		v.verdict = LIVE_KNOWN;
		return v;
	}
	if (is_stable(release) && are_own(rules, release))
		v = weigh_later(c, rules, sim, kernel, wanted);
	if (v.verdict != LIVE_DIFFERS)
		return v;
	v.choice = false;
	if (live_excuse()) {
		v.verdict = LIVE_SKIPPED;
		v.why = live_excuse();
	} else {
		v.why = why_differs(kernel, wanted);
	}
	return v;
}
