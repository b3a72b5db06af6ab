// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a model for SPIN is made of: the operations of a sequence, the VMAs that
 * they are about, with names that are none of the model's own words, and the pages
 * where something begins or ends.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "emit/graph-range.h"
#include "emit/promela.h"
#include "lib/memory.h"
#include "lib/text.h"

enum {
	WIDTH_MAX =
		4, /* pages of an unrelated VMA, and of the hole beside it */
	MAX_OPS = 4,
};

/* Upper-case words of the model that no VMA may be called by. */
static const char *const reserved[] = {
	"ADJACENT",	  "ALIVE",	   "ALL",	   "CHECK_FALLBACK",
	"CHECK_GAP",	  "CHECK_OVERLAP", "CHECK_RETRY",  "CHECK_REWALK",
	"CHECK_TWICE",	  "CLIPPED",	   "DEAD",	   "FALLBACK",
	"FRESH_FALLBACK", "FRESH_WALK",	   "HOLE",	   "LEFT_SIDE",
	"MMAP_LOCK",	  "MMAP_QUERY",	   "NONE",	   "NOTHING",
	"NR_PAGES",	  "NR_VMAS",	   "OBSERVE",	   "OPS",
	"PEND",		  "PROCMAP_QUERY", "READER",	   "READERS",
	"RETRY",	  "REWALK",	   "RIGHT_SIDE",   "SAMPLE_EARLY",
	"SAMPLE_ONCE",	  "SEQUENCE",	   "SMAPS_ROLLUP", "UNVERIFIED",
	"UPSTREAM",	  "VERIFY_ALWAYS", "VERIFY_HOLES",
};

/* What may be beside the case. */
const struct promela_side promela_sides[NR_SIDES] = {
	[SIDE_NONE] = { "NONE", "nothing" },
	[SIDE_HOLE] = { "HOLE", "a hole, and then an unrelated VMA" },
	[SIDE_ADJACENT] = { "ADJACENT", "an unrelated VMA" },
};

/* ---- names --------------------------------------------------------------- */

static bool name_taken(const struct promela *m, const char *name)
{
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (!strcmp(m->vmas[i].name, name))
			return true;
	return false;
}

static bool is_reserved(const char *symbol)
{
	if (text_listed(reserved, ARRAY_SIZE(reserved), symbol))
		return true;
	/* What pages are called. */
	return symbol[0] == 'P' && symbol[1] &&
	       !symbol[1 + strspn(symbol + 1, "0123456789")];
}

/* In upper case nothing is a keyword; a lower-case letter keeps it unique. */
static char *symbol_of(const char *name)
{
	char *symbol = xcalloc(1, strlen(name) + 2);
	size_t len = 0;

	for (; name[len]; len++)
		symbol[len] = toupper((unsigned char)name[len]);
	if (is_reserved(symbol))
		symbol[len] = 'v';
	return symbol;
}

static void add_vma(struct promela *m, vma_id id, const char *name,
		    unsigned int ops)
{
	*xappend(m->vmas, m->nr_vmas) = (struct promela_vma){
		.id = id,
		.name = xstrdup(name),
		.symbol = symbol_of(name),
		.ops = ops,
	};
}

/* A case may have a VMA that is called left or right itself. */
static void add_unrelated(struct promela *m, const char *name)
{
	char *free_name __free(free) =
		xcalloc(1, strlen(name) + m->nr_vmas + 1);

	strcpy(free_name, name);
	while (name_taken(m, free_name))
		strcat(free_name, "_");
	add_vma(m, 0, free_name, 1);
}

/* What an operation that follows creates is "new", "new2" and so on. */
static void add_created(struct promela *m, vma_id id, unsigned int ops)
{
	char name[sizeof("new") + 3 * sizeof(int)] = "new";

	for (unsigned int n = 2; name_taken(m, name); n++)
		sprintf(name, "new%u", n);
	add_vma(m, id, name, ops);
}

const char *promela_symbol(const struct promela *m, vma_id id)
{
	if (!id)
		return "NOTHING";
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (m->vmas[i].id == id)
			return m->vmas[i].symbol;
	abort();
}

/* ---- the sequence of operations ------------------------------------------ */

/* Whether it worked. */
static bool run_part(struct promela *m, struct mm *mm, const struct op *op)
{
	const struct outcome *out = mm_do(mm, op);
	size_t size = out->nr_steps * sizeof(*out->steps);
	struct promela_part *part = xappend(m->parts, m->nr_parts);

	*part = (struct promela_part){
		.ops = m->ops + 1,
		.op = *op,
		.steps = xmalloc(size + 1),
		.nr = out->nr_steps,
	};
	if (size)
		memcpy(part->steps, out->steps, size);
	return !out->err;
}

/* What is mapped at a page, or NULL. */
const struct vma_state *promela_mapped(const struct layout *lay,
				       unsigned long page)
{
	for_each_mapped(lay, slot)
		if (page >= slot->start && page < slot->end)
			return &layout_vma(lay, slot->vma)->s;
	return NULL;
}

static enum op_kind back_kind(enum op_kind kind)
{
	if (kind == OP_UNMAP)
		return OP_MAP;
	return kind == OP_REPLACE ? OP_REPLACE : OP_MODIFY;
}

/* Make [start, end) again what it was as a part of @vma. */
static bool put_back(struct promela *m, struct mm *mm, const struct op *op,
		     const struct vma_state *vma)
{
	struct op back = {
		.kind = back_kind(op->kind),
		.start = vma->vm_start > op->start ? vma->vm_start : op->start,
		.end = vma->vm_end < op->end ? vma->vm_end : op->end,
		.changes = op->changes,
		.attrs = vma->attrs,
		.anon_vma = vma->anon_vma,
		.forked = vma->forked,
	};

	back.pgoff = vma->vm_pgoff + (back.start - vma->vm_start);
	return run_part(m, mm, &back);
}

static bool put_all_back(struct promela *m, struct mm *mm, const struct op *op,
			 const struct layout *before)
{
	const struct vma_state *vma;

	for (unsigned long page = op->start; page < op->end;
	     page = vma->vm_end) {
		vma = promela_mapped(before, page);
		if (!vma || !put_back(m, mm, op, vma))
			return false;
	}
	return true;
}

/* Parts merge when what was changed in one of them is changed back. */
static bool merge_again(struct promela *m, struct mm *mm, const struct op *op,
			const struct layout *before)
{
	const struct vma_state *vma = promela_mapped(before, op->start);
	struct op change = { .kind = OP_MODIFY, .changes = CHANGE_FLAGS };

	if (!vma)
		return false;
	change.start = vma->vm_start;
	change.end = op->start;
	change.attrs = vma->attrs;
	change.attrs.flags ^= VM_READ;
	return run_part(m, mm, &change) && put_back(m, mm, &change, vma);
}

static bool undo(struct promela *m, struct mm *mm, const struct op *op,
		 const struct layout *before)
{
	struct op unmap = { .kind = OP_UNMAP,
			    .start = op->start,
			    .end = op->end };

	if (op->kind == OP_MAP)
		return run_part(m, mm, &unmap);
	if (op->kind == OP_SPLIT)
		return merge_again(m, mm, op, before);
	return put_all_back(m, mm, op, before);
}

/* The operation, its inverse, and both again, as far as they work. */
static void add_parts(struct promela *m)
{
	struct mm *mm __free(mm) = case_mm(m->r->c, m->r->rules);
	struct layout *before __free(layout) = layout_of(mm);
	const struct op *op = &m->r->c->op;

	run_part(m, mm, op);
	m->ops = 1;
	while (!m->r->err && m->ops < MAX_OPS &&
	       (m->ops % 2 ? undo(m, mm, op, before) : run_part(m, mm, op)))
		m->ops++;
	while (m->parts[m->nr_parts - 1].ops > m->ops)
		free(m->parts[--m->nr_parts].steps);
}

/* ---- what the model is made of ------------------------------------------- */

static void stretch_to(struct promela *m, unsigned long start,
		       unsigned long end)
{
	if (start >= end)
		return;
	if (start < m->start)
		m->start = start;
	if (end > m->end)
		m->end = end;
}

/* From the first page that the case is about to the last. */
static void find_extent(struct promela *m)
{
	const struct layout *before = report_before(m->r);
	const struct op *op = &m->r->c->op;

	m->start = MM_END;
	m->end = 0;
	for_each_vma(before, v)
		stretch_to(m, v->s.vm_start, v->s.vm_end);
	if (op->kind != OP_SPLIT && op->end <= MM_END)
		stretch_to(m, op->start, op->end);
	if (m->start > m->end)
		m->start = m->end = MM_END / 2;
}

/* As wide as there is room for, the last page of the space staying empty. */
static unsigned long width(unsigned long room)
{
	unsigned long half = room ? (room - 1) / 2 : 0;

	return half < WIDTH_MAX ? half : WIDTH_MAX;
}

static void place_neighbours(struct promela *m)
{
	unsigned long w = width(m->start);

	if (w) {
		m->left.start[SIDE_HOLE] = m->start - 2 * w;
		m->left.end[SIDE_HOLE] = m->start - w;
		m->left.start[SIDE_ADJACENT] = m->start - w;
		m->left.end[SIDE_ADJACENT] = m->start;
	}
	w = width(MM_END - m->end);
	if (w) {
		m->right.start[SIDE_HOLE] = m->end + w;
		m->right.end[SIDE_HOLE] = m->end + 2 * w;
		m->right.start[SIDE_ADJACENT] = m->end;
		m->right.end[SIDE_ADJACENT] = m->end + w;
	}
}

static void add_page(struct promela *m, unsigned long page)
{
	pages_add(&m->pages, &m->nr_pages, page);
}

static void add_neighbour_pages(struct promela *m, const struct neighbour *n)
{
	for (size_t i = 0; i < NR_SIDES; i++) {
		add_page(m, n->start[i]);
		add_page(m, n->end[i]);
	}
}

static void add_layout_pages(struct promela *m, const struct layout *lay)
{
	for_each_vma(lay, v) {
		add_page(m, v->s.vm_start);
		add_page(m, v->s.vm_end);
	}
	for_each_slot(lay, slot) {
		add_page(m, slot->start);
		add_page(m, slot->end);
	}
}

static void add_part_pages(struct promela *m, const struct promela_part *part)
{
	for (size_t i = 0; i < part->nr; i++) {
		const struct step *s = &part->steps[i];

		if (s->kind != STEP_SET_RANGE && s->kind != STEP_STORE)
			continue;
		add_page(m, s->start);
		add_page(m, s->end);
	}
}

static void add_pages(struct promela *m)
{
	add_page(m, 0);
	add_page(m, MM_END);
	add_neighbour_pages(m, &m->left);
	add_neighbour_pages(m, &m->right);
	for (size_t i = 0; i <= m->r->nr_trace; i++)
		add_layout_pages(m, m->r->states[i]);
	for (size_t i = 1; i < m->nr_parts; i++)
		add_part_pages(m, &m->parts[i]);
}

static void add_created_vmas(struct promela *m, const struct promela_part *part)
{
	for (size_t i = 0; i < part->nr; i++)
		if (part->steps[i].kind == STEP_ALLOCATE ||
		    part->steps[i].kind == STEP_DUPLICATE)
			add_created(m, part->steps[i].vma, part->ops);
}

static void add_vmas(struct promela *m)
{
	const struct layout *after = report_after(m->r);

	for_each_vma(after, v)
		add_vma(m, v->s.id, report_name(m->r, v->s.id), 1);
	add_unrelated(m, "left");
	add_unrelated(m, "right");
	for (size_t i = 1; i < m->nr_parts; i++)
		add_created_vmas(m, &m->parts[i]);
	m->left.vma = &m->vmas[after->nr_vmas];
	m->right.vma = m->left.vma + 1;
}

void promela_init(struct promela *m, const struct report *r)
{
	*m = (struct promela){ .r = r };
	find_extent(m);
	place_neighbours(m);
	add_parts(m);
	add_vmas(m);
	add_pages(m);
}

void promela_drop(struct promela *m)
{
	for (size_t i = 0; i < m->nr_parts; i++)
		free(m->parts[i].steps);
	free(m->parts);
	for (size_t i = 0; i < m->nr_vmas; i++) {
		free(m->vmas[i].name);
		free(m->vmas[i].symbol);
	}
	free(m->vmas);
	free(m->pages);
}
