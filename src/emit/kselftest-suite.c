// SPDX-License-Identifier: GPL-2.0-only
/* The test for kselftest: what is expected of each trigger, by rule set. */
#include <string.h>

#include "emit/kselftest-suite.h"
#include "lib/memory.h"

/* ---- what user space sees of a layout -------------------------------- */

static struct mapped mapped_in(const struct mm *mm)
{
	struct mapped mapped = { 0 };

	for_each_vma_in(mm, s, 0, MM_END)
		*xappend(mapped.vma, mapped.nr) = *s;
	return mapped;
}

#define SEEN_FLAGS (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)

static bool same_vma(const struct vma_state *a, const struct vma_state *b)
{
	return a->vm_start == b->vm_start && a->vm_end == b->vm_end &&
	       !((a->attrs.flags ^ b->attrs.flags) & SEEN_FLAGS) &&
	       !a->attrs.file == !b->attrs.file &&
	       (!a->attrs.file || a->vm_pgoff == b->vm_pgoff);
}

static bool same_mapped(const struct mapped *a, const struct mapped *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (!same_vma(&a->vma[i], &b->vma[i]))
			return false;
	return true;
}

/* ---- what comes of a trigger ----------------------------------------- */

/* Returns which it is, having kept or dropped it. */
static size_t add_after(struct kselftest_suite *s, struct mapped mapped)
{
	for (size_t i = 0; i < s->nr_afters; i++) {
		if (!same_mapped(&s->after[i], &mapped))
			continue;
		free(mapped.vma);
		return i;
	}
	mapped.symbol = s->nr_afters ? xasprintf("%s_after_%zu", s->symbol,
						 s->nr_afters + 1)
				     : xasprintf("%s_after", s->symbol);
	*xappend(s->after, s->nr_afters) = mapped;
	return s->nr_afters - 1;
}

static struct result simulate(struct kselftest_suite *s,
			      const struct cat_trigger *t,
			      const struct rules *rules)
{
	const struct cat_case *c = s->r->c;
	size_t nr;
	const struct op *ops = trigger_ops(c, t, &nr);
	struct result result = { .rules = rules };
	struct mm *mm __free(mm) = case_mm(c, rules);

	for (size_t i = 0; i < nr && !result.err; i++)
		result.err = -mm_do(mm, &ops[i])->err;
	result.after = add_after(s, mapped_in(mm));
	return result;
}

static bool changes(const struct kselftest *test, const struct result *result)
{
	const struct result *last;

	if (!test->nr_results)
		return true;
	last = &test->result[test->nr_results - 1];
	return last->err != result->err || last->after != result->after;
}

static void find_results(struct kselftest_suite *s, struct kselftest *test)
{
	for_each_rules(rules) {
		struct result result = simulate(s, test->t, rules);

		if (changes(test, &result))
			*xappend(test->result, test->nr_results) = result;
	}
}

/* ---- which pages count ----------------------------------------------- */

static void widen(struct kselftest *test, unsigned long start,
		  unsigned long end)
{
	if (!test->end || start < test->start)
		test->start = start;
	if (end > test->end)
		test->end = end;
}

/*
 * What is refused may be about pages where nothing is mapped. What is mapped after
 * it was so before, or is where an operation was.
 */
static void find_bounds(const struct kselftest_suite *s, struct kselftest *test)
{
	size_t nr;
	const struct op *ops = trigger_ops(s->r->c, test->t, &nr);

	for (size_t i = 0; i < s->before.nr; i++)
		widen(test, s->before.vma[i].vm_start, s->before.vma[i].vm_end);
	for (size_t i = 0; i < nr; i++)
		if (ops[i].kind != OP_SPLIT)
			widen(test, ops[i].start, ops[i].end);
}

/* ---- the tests of a case --------------------------------------------- */

/* Where the stack is, nothing states. */
bool kselftest_has_layouts(const struct cat_trigger *t)
{
	return t->area != AREA_STACK;
}

static void add_test(struct kselftest_suite *s, const struct cat_trigger *t,
		     unsigned int nr)
{
	struct kselftest *test = xappend(s->test, s->nr_tests);

	*test = (struct kselftest){ .t = t };
	test->name = nr == 1 ? xstrdup(t->syscall.text)
			     : xasprintf("%s %u", t->syscall.text, nr);
	if (!kselftest_has_layouts(t))
		return;
	find_results(s, test);
	find_bounds(s, test);
}

/* As "vmatlas live" names and orders them. */
static void add_tests(struct kselftest_suite *s, const char *syscall)
{
	const struct cat_case *c = s->r->c;
	unsigned int nr = 0;

	for (size_t i = 0; i < c->nr_live; i++) {
		const struct cat_trigger *t = &c->live[i];

		if (!t->syscall.text || strcmp(t->syscall.text, syscall))
			continue;
		nr++;
		if (!t->cannot.text)
			add_test(s, t, nr);
	}
}

struct kselftest_suite kselftest_suite_of(const struct report *r)
{
	struct kselftest_suite s = { .r = r, .symbol = c_symbol(r->c->id) };
	struct mm *mm __free(mm) = case_mm(r->c, r->rules);

	s.before = mapped_in(mm);
	s.before.symbol = xasprintf("%s_before", s.symbol);
	for (size_t i = 0; i < r->c->syscalls.nr; i++)
		add_tests(&s, r->c->syscalls.text[i].text);
	return s;
}

static void drop(struct mapped *mapped)
{
	free(mapped->symbol);
	free(mapped->vma);
}

void kselftest_suite_free(struct kselftest_suite *s)
{
	for (size_t i = 0; i < s->nr_tests; i++) {
		free(s->test[i].name);
		free(s->test[i].result);
	}
	for (size_t i = 0; i < s->nr_afters; i++)
		drop(&s->after[i]);
	drop(&s->before);
	free(s->symbol);
	free(s->after);
	free(s->test);
}
