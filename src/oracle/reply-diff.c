// SPDX-License-Identifier: GPL-2.0-only
/* Two replies side by side, for people. */
#include <string.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "oracle/oracle.h"

struct reply_printer {
	FILE *out;
	vma_name_fn *name;
	const void *ctx;
};

static const char *called(const struct reply_printer *t, uint32_t id)
{
	return id ? t->name(t->ctx, id) : "none";
}

/* ---- one reply, a line each -------------------------------------------------- */

static void print_identity(FILE *out, const char *what, uint32_t identity)
{
	if (identity)
		fprintf(out, " %s=%u", what, identity);
}

/* On two lines: where it is, what it is. */
static void print_vma(const struct reply_printer *t, const struct proto_vma *v)
{
	fprintf(t->out, "%s [%lu, %lu) pgoff %lu%s\n", called(t, v->id),
		v->start, v->end, v->pgoff,
		v->attached ? "" : ", marked detached");
	fputs("  ", t->out);
	vm_flags_print(t->out, v->flags, " ");
	print_identity(t->out, "file", v->file);
	print_identity(t->out, "policy", v->policy);
	print_identity(t->out, "uffd", v->uffd_ctx);
	print_identity(t->out, "name", v->anon_name);
	print_identity(t->out, "anon_vma", v->anon_vma);
	print_identity(t->out, "would reuse anon_vma", v->reuses);
	fprintf(t->out, "%s%s\n", v->forked ? " forked" : "",
		v->has_close ? " close" : "");
}

static void print_clone(const struct reply_printer *t,
			const struct proto_step *s)
{
	if (s->object)
		fprintf(t->out, "clone anon_vma %u to %s from %s\n", s->object,
			called(t, s->vma), called(t, s->from));
	else
		fprintf(t->out, "unlink anon_vma of %s\n", called(t, s->vma));
}

static void print_step(const struct reply_printer *t,
		       const struct proto_step *s)
{
	switch (s->kind) {
	case STEP_LOCK_I_MMAP:
	case STEP_LOCK_ANON_VMA:
	case STEP_UNLOCK_I_MMAP:
	case STEP_UNLOCK_ANON_VMA:
		fprintf(t->out, "%s %u\n", step_kinds[s->kind].text, s->object);
		break;
	case STEP_DUPLICATE:
		fprintf(t->out, "duplicate %s as %s\n", called(t, s->from),
			called(t, s->vma));
		break;
	case STEP_CLONE_ANON_VMA:
		print_clone(t, s);
		break;
	case STEP_SET_RANGE:
		fprintf(t->out, "set %s to [%lu, %lu) pgoff %lu\n",
			called(t, s->vma), s->start, s->end, s->pgoff);
		break;
	case STEP_STORE:
		fprintf(t->out, "store %s over [%lu, %lu)\n", called(t, s->vma),
			s->start, s->end);
		break;
	case STEP_MAP_COUNT:
		fprintf(t->out, "map count %+ld\n", s->delta);
		break;
	case STEP_DOWNGRADE_MMAP:
		fputs("downgrade mmap lock\n", t->out);
		break;
	case STEP_SET_ATTRS:
		fprintf(t->out, "set attributes %s\n", called(t, s->vma));
		break;
	case STEP_LOCK_VMA:
	case STEP_ALLOCATE:
	case STEP_DETACH:
	case STEP_ATTACH:
	case STEP_FREE:
		fprintf(t->out, "%s %s\n", step_kinds[s->kind].text,
			called(t, s->vma));
		break;
	default:
		break;
	}
}

static const char *const troubles[] = {
	[PROTO_FINE] = NULL,
	[PROTO_OVERFLOW] = "more steps or VMAs than fit into a reply",
	[PROTO_WARNED] = "a warning of the kernel's code",
	[PROTO_UNORDERED] = "two ranges changed in an unknown order",
	[PROTO_BROKEN] = "the tree does not hold what the VMAs say",
};

static const char *const states[] = {
	[MERGE_NONE] = "none",
	[MERGE_DONE] = "success",
	[MERGE_NOMEM] = "no memory",
};

static const char *const allocs[NR_ALLOCS] = {
	[ALLOC_NONE] = "none",
	[ALLOC_VMA] = "VMA",
	[ALLOC_POLICY] = "policy",
	[ALLOC_ANON_VMA] = "anon_vma",
	[ALLOC_TREE] = "tree node",
	[ALLOC_GATHER] = "tree of VMAs to remove",
	[ALLOC_CLEAR] = "clearing the tree",
};

static const char *word(const char *const *words, size_t nr, uint32_t i)
{
	return i < nr ? words[i] : "unknown";
}

#define WORD(words, i) word(words, ARRAY_SIZE(words), i)

/* A reply has three parts, so that what is longer in one shifts no other. */

static void print_outcome(const struct reply_printer *t,
			  const struct proto_reply *r)
{
	fprintf(t->out, "returns %s\n",
		r->err ? strerrorname_np(-r->err) : "0");
	fprintf(t->out, "merge: %s\n", WORD(states, r->state));
	fprintf(t->out, "map count %u\n", r->map_count);
	fprintf(t->out, "allocations %u, failed: %s\n", r->nr_allocs,
		WORD(allocs, r->failed));
	if (r->trouble)
		fprintf(t->out, "trouble: %s\n", WORD(troubles, r->trouble));
}

static void print_vmas(const struct reply_printer *t,
		       const struct proto_reply *r)
{
	for (uint32_t i = 0; i < r->nr_vmas; i++)
		print_vma(t, &r->vmas[i]);
}

static void print_steps(const struct reply_printer *t,
			const struct proto_reply *r)
{
	for (uint32_t i = 0; i < r->nr_steps; i++)
		print_step(t, &r->steps[i]);
}

typedef void print_fn(const struct reply_printer *t,
		      const struct proto_reply *r);

static print_fn *const parts[] = { print_outcome, print_vmas, print_steps };

#define NR_PARTS (ARRAY_SIZE(parts))

/* ---- two of them --------------------------------------------------------------- */

/* A part of a reply in words, for free(). */
static char *text_of(const struct reply_printer *t, print_fn *part,
		     const struct proto_reply *r)
{
	struct reply_printer into = *t;
	struct buffer b;

	into.out = buffer_open(&b);
	part(&into, r);
	return buffer_text(&b);
}

static const char *after_line(const char *text)
{
	text += strcspn(text, "\n");
	return *text ? text + 1 : text;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

static void print_lines(FILE *out, const char *x, const char *y, int width)
{
	while (*x || *y) {
		int xl = (int)strcspn(x, "\n"), yl = (int)strcspn(y, "\n");
		bool same = xl == yl && !strncmp(x, y, (size_t)xl);

		fprintf(out, "%c %-*.*s |%s%.*s\n", same ? ' ' : '!', width, xl,
			x, yl ? " " : "", yl, y);
		x = after_line(x);
		y = after_line(y);
	}
}

void replies_print(FILE *out, const char *a_name, const struct proto_reply *a,
		   const char *b_name, const struct proto_reply *b,
		   vma_name_fn *name, const void *ctx)
{
	struct reply_printer t = { .name = name, .ctx = ctx };
	char *x[NR_PARTS], *y[NR_PARTS];
	int width = (int)strlen(a_name);

	for (size_t i = 0; i < NR_PARTS; i++) {
		x[i] = text_of(&t, parts[i], a);
		y[i] = text_of(&t, parts[i], b);
		width = max(width, text_widest_line(x[i]));
	}
	fprintf(out, "  %-*s   %s\n", width, a_name, b_name);
	for (size_t i = 0; i < NR_PARTS; i++) {
		print_lines(out, x[i], y[i], width);
		free(x[i]);
		free(y[i]);
	}
}
