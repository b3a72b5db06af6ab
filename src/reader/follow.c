// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can follow an operation: its inverse, and then one of each kind of
 * operation that the layout which it left behind allows. Which kind something
 * is, the simulator says: operations are tried, and told apart by their steps.
 */

#include "lib/memory.h"
#include "reader/internal.h"

/* ---- trying ------------------------------------------------------------ */

struct surroundings {
	const struct cat_case *c;
	const struct rules *rules;
	enum side left;
	enum side right;
};

/* The space after so many operations: the case's, and then a follow-up's. */
static struct mm *mm_after(const struct surroundings *sc,
			   const struct follow_up *follow_up, size_t nr)
{
	struct mm *mm = mm_with_surroundings(sc->c, sc->rules, sc->left,
					     sc->right, NULL);

	for (size_t i = 0; i < nr; i++)
		mm_do(mm, i ? &follow_up->ops[i - 1] : &sc->c->op);
	return mm;
}

static struct mm *mm_after_all(const struct surroundings *sc,
			       const struct follow_up *follow_up)
{
	return mm_after(sc, follow_up, follow_up->nr + 1);
}

/*
 * What keeps operations apart: the named cases and calls that they are made of,
 * and the kinds of their steps. Returns 0 for one that fails or does nothing.
 */
static uint64_t kind_of(const struct outcome *out)
{
	uint64_t kind = 0xcbf29ce484222325ULL;
	bool store = false;

	for (size_t i = 0; i < out->nr_steps; i++) {
		kind = (kind ^ out->steps[i].kind) * 0x100000001b3ULL;
		store |= out->steps[i].kind == STEP_STORE;
	}
	for (size_t i = 0; i < out->nr_kcalls; i++) {
		const struct case_kind *k = kcall_case(out, &out->kcalls[i]);

		kind = (kind ^ out->kcalls[i].kind) * 0x100000001b3ULL;
		for (const char *p = k ? k->id : ""; *p; p++)
			kind = (kind ^ (uint8_t)*p) * 0x100000001b3ULL;
	}
	return out->err || !store ? 0 : kind;
}

/* ---- collecting -------------------------------------------------------- */

struct follow_ups {
	const struct surroundings *sc;
	struct follow_up *v;
	size_t nr;
};

/* Follow-ups of one follow_up: no two of a kind. */
struct follow {
	struct follow_ups *to;
	const struct follow_up *base;
	uint64_t kinds[64];
	size_t nr_kinds;
};

static void try_op(struct follow *f, const struct op *op)
{
	struct mm *mm __free(mm) = mm_after_all(f->to->sc, f->base);
	uint64_t kind = kind_of(mm_do(mm, op));
	struct follow_up longer = *f->base;

	for (size_t i = 0; i < f->nr_kinds; i++)
		if (f->kinds[i] == kind)
			return;
	if (!kind || f->nr_kinds == 64 || longer.nr == MAX_FOLLOW_UP)
		return;
	f->kinds[f->nr_kinds++] = kind;
	longer.ops[longer.nr++] = *op;
	*xappend(f->to->v, f->to->nr) = longer;
}

/* ---- operations on a VMA ----------------------------------------------- */

static struct op modify_op(unsigned long start, unsigned long end,
			   const struct vma_attrs *attrs)
{
	return (struct op){
		.kind = OP_MODIFY,
		.start = start,
		.end = end,
		.changes = CHANGE_FLAGS | CHANGE_POLICY | CHANGE_UFFD |
			   CHANGE_NAME,
		.attrs = *attrs,
	};
}

static struct op map_op(unsigned long start, unsigned long end,
			const struct vma_state *like)
{
	return (struct op){
		.kind = OP_MAP,
		.start = start,
		.end = end,
		.attrs = like->attrs,
		/* Before or behind it, its pages follow on. */
		.pgoff = like->vm_pgoff + start - like->vm_start,
	};
}

static struct op replace_op(unsigned long start, unsigned long end,
			    const struct vma_state *like)
{
	struct op op = map_op(start, end, like);

	op.kind = OP_REPLACE;
	return op;
}

static struct op unmap_op(unsigned long start, unsigned long end)
{
	return (struct op){ .kind = OP_UNMAP, .start = start, .end = end };
}

/* An attribute that nothing in the catalogue is about: madvise(DONTFORK). */
static struct vma_attrs toggled(const struct vma_state *vma)
{
	struct vma_attrs attrs = vma->attrs;

	attrs.flags ^= VM_DONTCOPY;
	return attrs;
}

/* ---- the inverse ------------------------------------------------------- */

static void append(struct follow_up *follow_up, struct op op)
{
	if (follow_up->nr < MAX_FOLLOW_UP)
		follow_up->ops[follow_up->nr++] = op;
}

/* What was in the range before, piece by piece, comes back. */
static void restore(struct follow_up *follow_up, const struct layout *before,
		    const struct op *op)
{
	for_each_mapped(before, s) {
		const struct vma_state *v;
		unsigned long start, end;

		if (s->end <= op->start || s->start >= op->end)
			continue;
		v = &layout_vma(before, s->vma)->s;
		start = s->start > op->start ? s->start : op->start;
		end = s->end < op->end ? s->end : op->end;
		if (op->kind == OP_MODIFY)
			append(follow_up, modify_op(start, end, &v->attrs));
		else if (op->kind == OP_REPLACE)
			append(follow_up, replace_op(start, end, v));
		else
			append(follow_up, map_op(start, end, v));
	}
}

/* Two like parts: one is made unlike, and then like again, and they merge. */
static void join(struct follow_up *follow_up, const struct layout *before,
		 unsigned long addr)
{
	for_each_mapped(before, s) {
		const struct vma_state *v;
		struct vma_attrs unlike;

		if (s->end <= addr || s->start >= addr)
			continue;
		v = &layout_vma(before, s->vma)->s;
		unlike = toggled(v);
		append(follow_up, modify_op(s->start, addr, &unlike));
		append(follow_up, modify_op(s->start, addr, &v->attrs));
	}
}

static void add_inverse(struct follow_ups *cs, const struct follow_up *base)
{
	const struct op *op =
		base->nr ? &base->ops[base->nr - 1] : &cs->sc->c->op;
	struct mm *mm __free(mm) = mm_after(cs->sc, base, base->nr);
	struct layout *before __free(layout) = layout_of(mm);
	struct follow_up follow_up = *base;

	if (op->kind == OP_SPLIT)
		join(&follow_up, before, op->start);
	else if (op->kind == OP_MAP)
		append(&follow_up, unmap_op(op->start, op->end));
	else
		restore(&follow_up, before, op);
	if (follow_up.nr > base->nr)
		*xappend(cs->v, cs->nr) = follow_up;
}

/* ---- all else that can follow ------------------------------------------ */

/* Where a VMA is cut: where the case cut, if that is inside, or halfway. */
static unsigned long cut_of(const struct surroundings *sc,
			    const struct layout_slot *s)
{
	const struct op *op = &sc->c->op;

	if (op->start > s->start && op->start < s->end)
		return op->start;
	if (op->kind != OP_SPLIT && op->end > s->start && op->end < s->end)
		return op->end;
	return s->start + (s->end - s->start) / 2;
}

static const struct layout_slot *beside(const struct layout *lay, size_t i,
					int way)
{
	size_t at = i + way;

	return at < lay->nr_slots && lay->slots[at].vma ? &lay->slots[at]
							: NULL;
}

static void try_modify(struct follow *f, const struct layout_slot *s,
		       unsigned long cut, const struct vma_attrs *attrs)
{
	const struct op ops[] = {
		modify_op(s->start, s->end, attrs),
		modify_op(s->start, cut, attrs),
		modify_op(cut, s->end, attrs),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		try_op(f, &ops[i]);
}

static void follow_vma(struct follow *f, const struct layout *lay, size_t i)
{
	const struct layout_slot *s = &lay->slots[i];
	const struct vma_state *v = &layout_vma(lay, s->vma)->s;
	const struct layout_slot *prev = beside(lay, i, -1);
	const struct layout_slot *next = beside(lay, i, 1);
	unsigned long cut = cut_of(f->to->sc, s);
	struct vma_attrs other = toggled(v);
	struct op split = { .kind = OP_SPLIT, .start = cut, .new_below = true };
	const struct op unmaps[] = {
		unmap_op(s->start, s->end),
		unmap_op(s->start, cut),
		unmap_op(cut, s->end),
	};

	if (prev)
		try_modify(f, s, cut, &layout_vma(lay, prev->vma)->s.attrs);
	if (next)
		try_modify(f, s, cut, &layout_vma(lay, next->vma)->s.attrs);
	try_modify(f, s, cut, &other);
	try_op(f, &split);
	split.new_below = false;
	try_op(f, &split);
	for (size_t n = 0; n < ARRAY_SIZE(unmaps); n++)
		try_op(f, &unmaps[n]);
}

/* Pages that a new range takes of a hole, at most. */
#define NEW_PAGES 4

static void follow_hole(struct follow *f, const struct layout *lay, size_t i)
{
	const struct layout_slot *s = &lay->slots[i];
	const struct layout_slot *prev = beside(lay, i, -1);
	const struct layout_slot *next = beside(lay, i, 1);
	unsigned long some =
		s->end - s->start < NEW_PAGES ? s->end - s->start : NEW_PAGES;
	struct op op;

	if (prev) {
		op = map_op(s->start, next ? s->end : s->start + some,
			    &layout_vma(lay, prev->vma)->s);
		try_op(f, &op);
		op.end = s->start + some;
		try_op(f, &op);
	}
	if (next) {
		op = map_op(s->end - some, s->end,
			    &layout_vma(lay, next->vma)->s);
		try_op(f, &op);
	}
}

static void add_others(struct follow_ups *cs, const struct follow_up *base)
{
	struct follow f = { .to = cs, .base = base };
	struct mm *mm __free(mm) = mm_after_all(cs->sc, base);
	struct layout *lay __free(layout) = layout_of(mm);
	unsigned long start, end;

	case_extent(cs->sc->c, &start, &end);
	for (size_t i = 0; i < lay->nr_slots; i++) {
		const struct layout_slot *s = &lay->slots[i];

		if (!s->vma)
			follow_hole(&f, lay, i);
		else if (s->start >= start && s->end <= end)
			follow_vma(&f, lay, i);
	}
}

struct follow_up *explore_follow_ups(const struct cat_case *c,
				     const struct rules *rules, enum side left,
				     enum side right, size_t depth, size_t *nr)
{
	const struct surroundings sc = { c, rules, left, right };
	struct follow_up none = { 0 };
	struct follow_ups cs = { .sc = &sc };
	size_t first = 0;

	add_inverse(&cs, &none);
	add_others(&cs, &none);
	for (size_t level = 2; level < depth; level++) {
		size_t end = cs.nr;

		for (; first < end; first++) {
			struct follow_up base = cs.v[first];

			add_inverse(&cs, &base);
			add_others(&cs, &base);
		}
	}
	*nr = cs.nr;
	return cs.v;
}
