// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two VMAs that touch: all there is to know, and what would be if one became as
 * the other is.
 */
#include "cmd/explain.h"
#include "cmd/words.h"
#include "emit/emit.h"
#include "lib/stream.h"
#include "lib/text.h"

#define KEY 13 /* columns before a value */
#define WIDTH 80

/* ---- finding it --------------------------------------------------------- */

const struct proc_pair *explain_find(const struct explained *x, uint64_t addr)
{
	const struct proc_vma *vma = x->maps->vma;
	const struct proc_pair *found = NULL;

	for (size_t i = 0; i < x->nr_pairs; i++) {
		const struct proc_pair *pair = &x->pairs[i];

		if (vma[pair->low].end == addr)
			return pair;
		if (vma[pair->low].start <= addr &&
		    addr < vma[pair->low + 1].end)
			found = pair;
	}
	return found;
}

/* ---- on the simulator --------------------------------------------------- */

/* Of what is equal, that it is equal; which file it is, does not matter. */
static struct cat_vma pair_vma(const struct explained *x,
			       const struct proc_vma *v, const char *name)
{
	uint64_t page = x->maps->page_size;

	return (struct cat_vma){
		.name = name,
		.s = {
			.vm_start = v->start / page,
			.vm_end = v->end / page,
			.vm_pgoff = (v->inode ? v->offset : v->start) / page,
			.attrs = {
				.flags = v->flags & ~VM_SOFTDIRTY,
				.file = !!v->inode,
			},
		},
	};
}

/* Name and policy can be made equal by calls; the rest cannot. */
static void keep_apart(struct cat_vma *middle, const struct proc_reason *r)
{
	if (r->all & 1u << WHY_NAME)
		middle->s.attrs.anon_name = 1;
	if (r->all & 1u << WHY_POLICY)
		middle->s.attrs.policy = 1;
	if (r->all & (1u << WHY_FILE | 1u << WHY_SHARED | 1u << WHY_SPECIAL))
		middle->s.attrs.file += 2;
	if (r->all & 1u << WHY_CLOSE)
		middle->s.attrs.has_close = true;
	if (r->all & 1u << WHY_HIDDEN || r->others || r->pkey)
		middle->s.attrs.uffd_ctx = 1;
}

/* The upper one is to be as the lower one is, as far as calls can do that. */
static struct report *run_pair(const struct explained *x,
			       const struct proc_pair *pair,
			       const struct catalog *cat)
{
	const struct proc_vma *v = &x->maps->vma[pair->low];
	struct cat_vma vmas[] = {
		pair_vma(x, &v[0], "prev"),
		pair_vma(x, &v[1], "middle"),
	};
	struct op op = {
		.kind = OP_MODIFY,
		.start = vmas[1].s.vm_start,
		.end = vmas[1].s.vm_end,
		.changes = CHANGE_FLAGS | CHANGE_POLICY | CHANGE_NAME,
		.attrs = vmas[0].s.attrs,
	};
	struct report *r;

	keep_apart(&vmas[1], &pair->r);
	r = report_operation(cat, "explain", vmas, 2, &op, x->rules);
	report_outcome(r, NULL);
	return r;
}

/* ---- in words ----------------------------------------------------------- */

static void print_name(FILE *out, const char *name)
{
	fprintf(out, "%*s", KEY, "");
	text_print(out, name, WIDTH - KEY);
	fputc('\n', out);
}

static void print_vma(FILE *out, const struct proc_vma *v, const char *name)
{
	fprintf(out, "%-*s%llx-%llx", KEY, name, (unsigned long long)v->start,
		(unsigned long long)v->end);
	fprintf(out, "  %s  %s", PERMISSIONS(v->flags),
		EXPLAIN_SIZE(v->end - v->start, v->end - v->start));
	if (v->inode)
		fprintf(out, ", from %llx", (unsigned long long)v->offset);
	fputc('\n', out);
	if (*v->name)
		print_name(out, v->name);
	if (v->has_flags)
		fprintf(out, "%*s%llu KiB resident, %llu KiB anonymous\n", KEY,
			"", (unsigned long long)v->rss,
			(unsigned long long)v->anonymous);
	if (v->policy) {
		fprintf(out, "%*spolicy ", KEY, "");
		text_print(out, v->policy, WIDTH - KEY - 7);
		fputc('\n', out);
	}
}

/* What one of two has and the other has not. */
static void print_only(FILE *out, const struct explained *x, const char *name,
		       struct proc_reason r, const struct proc_vma *of)
{
	struct buffer b;

	r.flags &= of->flags;
	r.others &= of->others;
	r.pkey = false;
	explain_flags(buffer_open(&b), x->maps, &r, "");
	if (*buffer_text(&b)) {
		fprintf(out, "only %-*s", KEY - 5, name);
		wrap_puts(out, KEY, b.text);
	}
	free(b.text);
}

static void print_reasons(FILE *out, const struct explained *x,
			  const struct proc_pair *pair)
{
	const struct proc_vma *v = &x->maps->vma[pair->low];
	const char *key = "why";

	for (enum why why = 0; why < NR_WHYS; why++) {
		if (!(pair->r.all & 1u << why))
			continue;
		fprintf(out, "%-*s%s\n", KEY, key, why_words[why].text);
		key = "";
		if (why != WHY_FLAGS)
			continue;
		print_only(out, x, "prev", pair->r, &v[0]);
		print_only(out, x, "middle", pair->r, &v[1]);
		if (pair->r.pkey)
			fprintf(out, "%*sprotection keys %u and %u\n", KEY, "",
				v[0].pkey, v[1].pkey);
	}
}

static void print_advice(FILE *out, const struct proc_reason *r)
{
	char *text __free(free) = explain_advice(r);

	if (*text) {
		fprintf(out, "%*s", KEY, "");
		wrap_puts(out, KEY, text);
	}
}

static bool merged(const struct report *r)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (r->roles[i].role == ROLE_DELETE)
			return true;
	return false;
}

/* Of what does not show, nothing is known: it may still be in the way. */
static void print_outcome(FILE *out, const struct proc_vma *v,
			  const struct report *r)
{
	static const char what_if[] =
		"If middle had the flags, the policy and the name of prev, they would";

	fputc('\n', out);
	if (merged(r))
		wrap_printf(
			out, 0,
			"%s merge, as far as shows: middle goes, and prev is %llx-%llx.",
			what_if, (unsigned long long)v[0].start,
			(unsigned long long)v[1].end);
	else
		wrap_printf(out, 0, "%s still be two.", what_if);
}

void explain_show(FILE *out, const struct explained *x,
		  const struct proc_pair *pair, const struct catalog *cat)
{
	const struct proc_vma *v = &x->maps->vma[pair->low];
	struct report *r __free(report) = run_pair(x, pair, cat);

	picture_print(out, r, 2);
	fputc('\n', out);
	print_vma(out, &v[0], "prev");
	print_vma(out, &v[1], "middle");
	print_reasons(out, x, pair);
	print_advice(out, &pair->r);
	print_outcome(out, v, r);
}
