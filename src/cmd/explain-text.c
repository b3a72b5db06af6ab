// SPDX-License-Identifier: GPL-2.0-only
/* What keeps the VMAs of a process apart, in words. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"
#include "cmd/words.h"
#include "lib/stream.h"
#include "lib/text.h"

/* Columns of the table: two numbers, words, an address. */
enum {
	NUMBER = 7,
	WORDS_AT = 2 * NUMBER + 3,
	WORDS_END = 62,
	WIDTH = 80,
};

/* So many groups are printed of each outlook. */
#define MAX_GROUPS 12

/* ---- finding out -------------------------------------------------------- */

enum outlook explain_outlook(const struct proc_reason *r)
{
	if (r->avoidable)
		return OUTLOOK_SAVE;
	if (r->guard)
		return r->without == KIND_GUARD	 ? OUTLOOK_GUARD
		       : r->without == KIND_BACK ? OUTLOOK_BACK
						 : OUTLOOK_RESERVE;
	return r->why == WHY_HIDDEN ? OUTLOOK_HIDDEN : OUTLOOK_APART;
}

const struct key_text outlook_words[NR_OUTLOOKS] = {
	[OUTLOOK_SAVE] = { "save", "could be saved by other system calls" },
	[OUTLOOK_GUARD] = { "guard", "guard pages" },
	[OUTLOOK_BACK] = { "given_back",
			   "memory given back by taking its access away" },
	[OUTLOOK_RESERVE] = { "reserve", "memory held in reserve" },
	[OUTLOOK_HIDDEN] = { "hidden", "what keeps them apart does not show" },
	[OUTLOOK_APART] = { "apart", "meant to be apart, or not to be helped" },
};

void explain(struct explained *x, const struct proc_maps *maps,
	     const struct rules *rules)
{
	*x = (struct explained){ .maps = maps, .rules = rules };
	x->kinds = proc_kinds(maps);
	x->runs = proc_runs(maps, x->kinds, &x->nr_runs);
	x->pairs = proc_pairs(maps, x->kinds, rules, &x->nr_pairs);
	x->groups = proc_groups(x->pairs, x->nr_pairs, &x->nr_groups);
	x->nr = proc_counted(maps);
	x->limit = maps->max_map_count ?: DEFAULT_MAX_MAP_COUNT;
	/* What does not count, lies alone above all others. */
	x->stretches = x->nr - x->nr_pairs;
	for (size_t i = 0; i < x->nr_groups; i++)
		x->sums[explain_outlook(&x->groups[i].r)] += x->groups[i].nr;
	x->flags_known = true;
	for (size_t i = 0; i < x->nr; i++)
		x->flags_known &= maps->vma[i].has_flags;
}

void explain_free(struct explained *x)
{
	proc_kinds_free(x->kinds);
	free(x->runs);
	free(x->pairs);
	free(x->groups);
}

/* ---- reasons ------------------------------------------------------------ */

void explain_flags(FILE *out, const struct proc_maps *maps,
		   const struct proc_reason *r, const char *between)
{
	vm_flags_t flags = r->flags;
	uint64_t others = r->others;
	const char *code;

	while ((code = proc_take_code(maps, &flags, &others))) {
		const char *text = proc_code_text(code);

		fprintf(out, "%s%s (", between,
			text ? text : "a flag not known here");
		text_print(out, code, 0);
		fputc(')', out);
		between = ", ";
	}
	if (r->pkey)
		fprintf(out, "%sprotection key", between);
}

/* Of a group: it has flags only if these are all that differs. */
static void explain_reason(FILE *out, const struct proc_maps *maps,
			   const struct proc_reason *r)
{
	const char *between = "";

	for (enum why why = 0; why < NR_WHYS; why++) {
		if (!(r->all & 1u << why))
			continue;
		fprintf(out, "%s%s", between, why_words[why].text);
		if (r->guard)
			fprintf(out, ": one of the two has no access at all");
		else
			explain_flags(out, maps, r, ": ");
		if (why == WHY_HIDDEN)
			fprintf(out, "; %s", hidden_texts[r->hidden]);
		between = "; ";
	}
}

/* ---- advice ------------------------------------------------------------- */

static char *advise_on_flags(vm_flags_t flags)
{
	const char *reserve = "", *stack = "", *advice = "", *lock = "";

	if (flags & VM_NORESERVE)
		reserve = "Map with MAP_NORESERVE everywhere or nowhere. ";
	else if (flags & VM_ACCOUNT)
		reserve =
			"Memory is accounted once it is writable, and stays so: map it writable, or make all of it writable. ";
	if (flags & VM_NOHUGEPAGE)
		stack = "Where nh is from MAP_STACK, as in stacks of threads, nothing helps. ";
	if (flags & PROC_ADVICE)
		advice = "Call madvise() for the whole range, not for parts. ";
	if (flags & (VM_LOCKED | VM_LOCKONFAULT))
		lock = "Lock the whole range, or mlockall(). ";
	return xasprintf("%s%s%s%s", reserve, stack, advice, lock);
}

static const char *advice_on_guard(enum vma_kind without)
{
	if (without == KIND_GUARD)
		return "Since 6.13 madvise() with MADV_GUARD_INSTALL guards pages without a VMA of their own.";
	if (without == KIND_BACK)
		return "Give it back by MADV_DONTNEED or MADV_FREE, and leave its protection: then all stays one VMA.";
	return "A reserve is one VMA beside what is used of it: fewer and larger ones are fewer VMAs.";
}

static const char *advice_on_apart(const struct proc_reason *r)
{
	if (r->flags & (VM_READ | VM_WRITE | VM_EXEC))
		return "Protection mostly is as it is wanted. Memory that is put together by protection takes fewer VMAs.";
	if (r->flags == VM_ACCOUNT && !r->others && !r->pkey)
		return "What was writable once stays accounted, as data that the loader has relocated.";
	return "";
}

static const char *const advice_on_hidden[] = {
	[HIDDEN_NOT] = "",
	[HIDDEN_FLAGS] =
		"Read smaps, not maps: the flags there may be all it is.",
	[HIDDEN_OPEN] =
		"A file that was opened twice is two files to mmap(): map all of it through one descriptor. If it is private and was written to, it may also be the anon_vma.",
	[HIDDEN_UFFD] =
		"VmFlags shows that they are registered, not with which userfaultfd. Use one.",
	[HIDDEN_FAULTED] =
		"Each has an anon_vma of its own if it was written to before they touched or became alike. Or mremap() moved one after that: it keeps its offset, which maps does not show. Map and protect first, write then.",
	[HIDDEN_HALF] =
		"After fork(), what was written to does not merge with what was not; before 6.16 it often did not anyway. Or mremap() moved it after it was written to: it keeps its offset, which maps does not show. Or numa_maps shows two policies. Map and protect first, write and fork then.",
	[HIDDEN_ANON_VMA] =
		"Each was written to before they touched or became alike. Map and protect first, write then.",
	[HIDDEN_PGOFF] =
		"mremap() moved one after it was written to: move first, write then.",
	[HIDDEN_FORKED] = "Map and protect first, write and fork then.",
	[HIDDEN_TWO_UFFDS] = "Use one.",
	[HIDDEN_NOT_TRIED] = "They became alike without a call that merges.",
	[HIDDEN_EMPTY] =
		"What was written to and given back, as by MADV_DONTNEED, keeps its anon_vma. Or numa_maps shows two policies. Or they became alike without a call that merges. Map and protect first, write then.",
};

/* Of a reason that is one alone, and needs no look at its flags. */
static const char *advice_on(const struct proc_reason *r)
{
	switch (r->why) {
	case WHY_FLAGS:
		return advice_on_apart(r);
	case WHY_POLICY:
		return "One mbind() for the whole range gives it one policy.";
	case WHY_SHARED:
		return "Make one mapping of it, and use parts of that.";
	case WHY_NAME:
		return "Give all of it one name; names that count up keep each range a VMA for good.";
	case WHY_OFFSET:
		return r->avoidable
			       ? "Map the file in the order of its pages, or all at once."
			       : "Some pages are mapped more than once, or the loader has relocated them.";
	case WHY_HIDDEN:
		return advice_on_hidden[r->hidden];
	default:
		return "";
	}
}

char *explain_advice(const struct proc_reason *r)
{
	if (r->guard)
		return xstrdup(advice_on_guard(r->without));
	if (r->all & (r->all - 1))
		return xstrdup("");
	if (r->why == WHY_FLAGS && r->avoidable)
		return advise_on_flags(r->flags);
	return xstrdup(advice_on(r));
}

/* ---- the table ---------------------------------------------------------- */

/* @last: for free(): the advice before, which is not printed twice. */
static void print_advice(FILE *out, const struct proc_reason *r, char **last)
{
	char *text = explain_advice(r);

	if (*text && (!*last || strcmp(text, *last))) {
		fprintf(out, "%*s", WORDS_AT, "");
		wrap_puts(out, WORDS_AT, text);
	}
	free(*last);
	*last = text;
}

static void print_group(FILE *out, const struct explained *x,
			const struct proc_group *g, char **last)
{
	char at[32];
	struct buffer b;

	snprintf(at, sizeof(at), "%16llx",
		 (unsigned long long)x->maps->vma[g->run_low].end);
	explain_reason(buffer_open(&b), x->maps, &g->r);
	fprintf(out, "%*zu %*zu  ", NUMBER, g->nr, NUMBER, g->run);
	text_wrap(out, buffer_text(&b), WORDS_AT, WORDS_END, at);
	free(b.text);
	print_advice(out, &g->r, last);
}

static void print_outlook(FILE *out, const struct explained *x,
			  enum outlook outlook,
			  const struct explain_style *style)
{
	size_t printed = 0, pairs = 0;
	char *last = NULL;

	fputc('\n', out);
	wrap_heading(out, style->bold, style->plain,
		     outlook_words[outlook].text);
	fprintf(out, "%*s %*s  %-*s  %16s\n", NUMBER, "pairs", NUMBER, "row",
		WORDS_END - WORDS_AT, "why", "at");
	for (size_t i = 0; i < x->nr_groups && printed < MAX_GROUPS; i++) {
		const struct proc_group *g = &x->groups[i];

		if (explain_outlook(&g->r) != outlook)
			continue;
		print_group(out, x, g, &last);
		printed++;
		pairs += g->nr;
	}
	if (pairs < x->sums[outlook])
		fprintf(out, "%*zu %*s  for other reasons\n", NUMBER,
			x->sums[outlook] - pairs, NUMBER, "");
	free(last);
}

/* ---- the whole ---------------------------------------------------------- */

/* A noun, what is behind it in the plural, and what is said of it. */
static void print_sum(FILE *out, size_t nr, int blanks, const char *what,
		      const char *more, const char *says)
{
	fprintf(out, "%*zu%*s", NUMBER, nr, blanks, "");
	wrap_printf(out, NUMBER + blanks, "%s%s%s", what, nr == 1 ? "" : more,
		    says);
}

static void print_sums(FILE *out, const struct explained *x)
{
	const char *form = x->maps->form ? x->maps->form : "maps";

	print_sum(out, x->stretches, 2, "stretch", "es",
		  " without a hole between VMAs");
	print_sum(out, x->nr_pairs, 2, "pair", "s",
		  x->nr_pairs ? " of neighbours that touch and did not merge:"
			      : " of neighbours that touch and did not merge");
	for (enum outlook v = 0; v < NR_OUTLOOKS; v++)
		if (x->sums[v])
			print_sum(out, x->sums[v], 4, outlook_words[v].text, "",
				  "");
	if (x->maps->nr_skipped)
		print_sum(out, x->maps->nr_skipped, 2, "line", "s",
			  " not understood, and skipped");
	if (!x->flags_known)
		wrap_printf(
			out, 0,
			"Not all flags are known: %.*s has none, smaps does.",
			(int)strcspn(form, ":"), form);
}

void explain_print(FILE *out, const struct explained *x,
		   const struct explain_style *style)
{
	explain_what(out, x, style);
	if (!x->maps->nr) {
		wrap_puts(
			out, 0,
			"Nothing is mapped, as by kernel threads, and by who has ended.");
		return;
	}
	fprintf(out, "\n%sWhy they are apart%s\n", style->bold, style->plain);
	print_sums(out, x);
	for (enum outlook v = 0; v < NR_OUTLOOKS && !style->summary; v++)
		if (x->sums[v])
			print_outlook(out, x, v, style);
}
