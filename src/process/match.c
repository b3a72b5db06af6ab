// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two layouts side by side, by ascending address. Where bounds differ, all that
 * lies between two addresses at which both have a bound, or a hole, is looked at
 * together: are they the same but for where VMAs merged?
 */
#include <string.h>

#include "lib/memory.h"
#include "process/match.h"

/* Of what maps shows; for "s" it asks VM_MAYSHARE. */
#define SEEN (VM_READ | VM_WRITE | VM_EXEC)

const struct key_text match_words[NR_MATCHES] = {
	[MATCH_SAME] = { "same", "the same" },
	[MATCH_GROWN] = { "grown", "the stack grew by page faults" },
	[MATCH_DELETED] = { "deleted", "the file was deleted since" },
	[MATCH_MERGED] = { "merged", "the kernel merged" },
	[MATCH_SPLIT] = { "not_merged", "the kernel did not merge" },
	[MATCH_DIFFERS] = { "differs", "differs" },
};

/* ---- two VMAs ---------------------------------------------------------------- */

static bool same_file(const struct proc_vma *a, const struct proc_vma *b)
{
	size_t len = proc_path_len(a->name);

	return len == proc_path_len(b->name) && !memcmp(a->name, b->name, len);
}

static bool is_shared(const struct proc_vma *vma)
{
	return vma->flags & (VM_SHARED | VM_MAYSHARE);
}

static bool same_prot(const struct proc_vma *a, const struct proc_vma *b)
{
	return !((a->flags ^ b->flags) & SEEN) && is_shared(a) == is_shared(b);
}

/* The ranges are the same, or ends of the same. */
static enum match match_rest(const struct proc_vma *model,
			     const struct proc_vma *real)
{
	if (!same_prot(model, real) || model->offset != real->offset ||
	    !same_file(model, real))
		return MATCH_DIFFERS;
	return strcmp(model->name, real->name) ? MATCH_DELETED : MATCH_SAME;
}

/* maps has no flags, but the name. */
static bool grows(const struct proc_vma *vma)
{
	return vma->flags & VM_GROWSDOWN || !strcmp(vma->name, "[stack]");
}

/* Whether one goes on where the other ends, as one could that was merged. */
static bool goes_on(const struct proc_vma *low, const struct proc_vma *high)
{
	uint64_t offset = *low->name == '/'
				  ? low->offset + (low->end - low->start)
				  : low->offset;

	return low->end == high->start && same_prot(low, high) &&
	       same_file(low, high) && offset == high->offset;
}

/* ---- what lies between two bounds ------------------------------------------------ */

struct layers {
	const struct proc_vma *vma;
	size_t nr;
	size_t at;
};

/* The VMAs [from, to) of each side. */
struct cluster {
	size_t model;
	size_t model_end;
	size_t real;
	size_t real_end;
};

static const struct proc_vma *peek(const struct layers *s)
{
	return s->at < s->nr ? &s->vma[s->at] : NULL;
}

/* Take all that begins before @end. Returns where what was taken ends. */
static uint64_t take_below(struct layers *s, uint64_t end)
{
	const struct proc_vma *v;
	uint64_t reached = 0;

	while ((v = peek(s)) && v->start < end) {
		reached = v->end;
		s->at++;
	}
	return reached > end ? reached : end;
}

/* Until neither side has a VMA on both sides of an address. */
static struct cluster next_cluster(struct layers *model, struct layers *real)
{
	const struct proc_vma *m = peek(model), *r = peek(real);
	struct cluster c = { .model = model->at, .real = real->at };
	uint64_t end = !m || (r && r->start < m->start) ? r->end : m->end;
	uint64_t before;

	do {
		before = end;
		end = take_below(real, take_below(model, end));
	} while (end != before);
	c.model_end = model->at;
	c.real_end = real->at;
	return c;
}

/* The end of the run of VMAs from @at that could all be one. */
static size_t run_end(const struct proc_vma *vma, size_t at, size_t end)
{
	while (at + 1 < end && goes_on(&vma[at], &vma[at + 1]))
		at++;
	return at + 1;
}

/* Whether both are the same if all is merged that looks as if it could. */
static bool same_merged(const struct layers *model, const struct layers *real,
			struct cluster c)
{
	while (c.model < c.model_end && c.real < c.real_end) {
		const struct proc_vma *m = &model->vma[c.model];
		const struct proc_vma *r = &real->vma[c.real];

		c.model = run_end(model->vma, c.model, c.model_end);
		c.real = run_end(real->vma, c.real, c.real_end);
		if (m->start != r->start ||
		    model->vma[c.model - 1].end != real->vma[c.real - 1].end ||
		    match_rest(m, r) == MATCH_DIFFERS)
			return false;
	}
	return c.model == c.model_end && c.real == c.real_end;
}

static enum match match_cluster(const struct layers *model,
				const struct layers *real,
				const struct cluster *c)
{
	size_t models = c->model_end - c->model;
	size_t reals = c->real_end - c->real;
	const struct proc_vma *m = &model->vma[c->model];
	const struct proc_vma *r = &real->vma[c->real];

	if (models == 1 && reals == 1) {
		if (m->start == r->start && m->end == r->end)
			return match_rest(m, r);
		if (grows(m) && m->end == r->end && r->start < m->start &&
		    match_rest(m, r) == MATCH_SAME)
			return MATCH_GROWN;
		return MATCH_DIFFERS;
	}
	if (!models || !reals || !same_merged(model, real, *c))
		return MATCH_DIFFERS;
	return models > reals ? MATCH_MERGED : MATCH_SPLIT;
}

/* ---- rows --------------------------------------------------------------------------- */

struct match_rows {
	struct match_row *row;
	size_t nr;
};

/* Those that begin at the same address stand beside each other. */
static void add_rows(struct match_rows *rows, const struct layers *model,
		     const struct layers *real, struct cluster c,
		     enum match match)
{
	while (c.model < c.model_end || c.real < c.real_end) {
		const struct proc_vma *m = NULL, *r = NULL;

		if (c.model < c.model_end)
			m = &model->vma[c.model];
		if (c.real < c.real_end)
			r = &real->vma[c.real];
		if (m && r && match != MATCH_GROWN && m->start != r->start) {
			if (m->start < r->start)
				r = NULL;
			else
				m = NULL;
		}
		rows->row[rows->nr++] = (struct match_row){ m, r, match };
		c.model += !!m;
		c.real += !!r;
	}
}

struct match_row *match_maps(const struct proc_maps *model,
			     const struct proc_maps *real, size_t *nr,
			     size_t *counts)
{
	struct layers m = { model->vma, proc_counted(model), 0 };
	struct layers r = { real->vma, proc_counted(real), 0 };
	struct match_rows rows = { .row = xcalloc(model->nr + real->nr + 1,
						  sizeof(*rows.row)) };

	while (peek(&m) || peek(&r)) {
		struct cluster c = next_cluster(&m, &r);
		enum match match = match_cluster(&m, &r, &c);
		size_t reals = c.real_end - c.real;

		counts[match] += reals ? reals : c.model_end - c.model;
		add_rows(&rows, &m, &r, c, match);
	}
	*nr = rows.nr;
	return rows.row;
}
