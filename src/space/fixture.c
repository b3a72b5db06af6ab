// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configurations made into address spaces:
 *
 *          16      24          36      44
 *           |-prev--|**middle***|-next--|      a range in middle, or a new one
 *       |-prev--|                   |-next--|  and sides that are apart
 *      12      20                  40      48
 *
 * A VMA to split and the first one to unmap are [16, 28).
 */
#include "space/internal.h"

#define RW (VM_READ | VM_WRITE)

/* Identities: what most have, what a side has that differs, what is asked. */
enum { SAME = 1, OTHER = 2, ASKED = 3 };

enum {
	MIDDLE_START = 24,
	MIDDLE_END = 36,
	SIDE_PAGES = 8,	   /* of what is beside the range */
	APART_BY = 4,	   /* pages between VMAs that are not adjacent */
	PART = 6,	   /* of middle, what a head or a tail is */
	INNER_MARGIN = 4,  /* what an inner range leaves at both ends */
	FILE_SHIFT = 8,	   /* page number less file offset */
	PGOFF_SHIFT = 100, /* where the offset is not continuous */
	UNMAP_START = 16,  /* the first VMA to unmap, and the one to split */
	UNMAP_PAGES = 12,  /* each of them */
	STACK_START = 40,  /* before it moves down */
	STACK_PAGES = 8,
	FAR_BELOW = 8, /* a VMA that is in nobody's way */
	FAR_SOURCE = 60,
};

/* ---- parts -------------------------------------------------------------- */

static unsigned long pgoff_at(const struct config *c, unsigned long page)
{
	return c->at[DIM_BACKED] != ANON_MEMORY ? page - FILE_SHIFT : page;
}

static struct vma_attrs base_attrs(const struct config *c)
{
	return (struct vma_attrs){
		.flags = c->at[DIM_BACKED] == PRIVATE_MEMORY ? RW | VM_MAYWRITE
							     : RW,
		.file = c->at[DIM_BACKED] != ANON_MEMORY ? SAME : 0,
		.policy = SAME,
		.uffd_ctx = SAME,
		.anon_name = SAME,
	};
}

static vm_flags_t marks(const struct config *c, unsigned int who)
{
	return (c->at[DIM_DIRTY] & who ? VM_SOFTDIRTY : 0) |
	       (c->at[DIM_GUARD] & who ? VM_MAYBE_GUARD : 0);
}

/* What is asked for, but for the marks. */
static struct vma_attrs asked_attrs(const struct config *c)
{
	struct vma_attrs attrs = base_attrs(c);

	if (c->at[DIM_SPECIAL])
		attrs.flags |= VM_DONTEXPAND;
	if (c->family != SPACE_EXISTING)
		return attrs;
	switch (c->at[DIM_CHANGE]) {
	case FLAGS_CHANGE:
		attrs.flags &= ~(vm_flags_t)VM_WRITE;
		break;
	case POLICY_CHANGES:
		attrs.policy = ASKED;
		break;
	case UFFD_CHANGES:
		attrs.uffd_ctx = ASKED;
		break;
	case NAME_CHANGES:
		attrs.anon_name = ASKED;
		break;
	}
	return attrs;
}

/* What a side has instead of what is asked for. */
static void differ(struct vma_state *s, unsigned int in)
{
	if (in & DIFFERS_POLICY)
		s->attrs.policy = OTHER;
	if (in & DIFFERS_FLAGS)
		s->attrs.flags |= VM_EXEC;
	if (in & DIFFERS_FILE)
		s->attrs.file = OTHER;
	if (in & DIFFERS_UFFD)
		s->attrs.uffd_ctx = OTHER;
	if (in & DIFFERS_NAME)
		s->attrs.anon_name = OTHER;
	if (in & DIFFERS_PGOFF)
		s->vm_pgoff += PGOFF_SHIFT;
}

static void set_anon(uint32_t *anon_vma, bool *forked, unsigned int anon)
{
	static const struct {
		uint8_t anon_vma;
		bool forked;
	} anons[NR_ANONS] = {
		[ANON_A] = { 1, false },
		[ANON_A_FORKED] = { 1, true },
		[ANON_B] = { 2, false },
		[ANON_B_FORKED] = { 2, true },
	};

	*anon_vma = anons[anon].anon_vma;
	*forked = anons[anon].forked;
}

static struct vma_state *add_vma(struct fixture *fixture,
				 const struct config *c, unsigned long start,
				 unsigned long end,
				 const struct vma_attrs *attrs)
{
	struct vma_state *s = &fixture->vmas[fixture->nr_vmas++];

	*s = (struct vma_state){
		.id = (vma_id)fixture->nr_vmas,
		.vm_start = start,
		.vm_end = end,
		.vm_pgoff = pgoff_at(c, start),
		.attrs = *attrs,
		.attached = true,
	};
	return s;
}

/* Below or above the range, by itself or as part of what is mapped over. */
static void be_side(struct vma_state *s, const struct config *c,
		    const struct side_dims *side)
{
	s->attrs.has_close = c->at[side->close];
	differ(s, c->at[side->differs]);
	set_anon(&s->anon_vma, &s->forked, c->at[side->anon]);
}

/*
 * A VMA that is apart has all that it takes to merge, the offset included: it
 * is distance alone that stands against it.
 */
static void add_side(struct fixture *fixture, const struct config *c,
		     const struct vma_attrs *attrs,
		     const struct side_dims *side, unsigned long start)
{
	long away = side == &prev_side ? -APART_BY : APART_BY;
	struct vma_state *s;

	if (c->at[side->there] == ABSENT)
		return;
	if (c->at[side->there] != APART)
		away = 0;
	s = add_vma(fixture, c, start + away, start + away + SIDE_PAGES, attrs);
	s->attrs.flags |= marks(c, side->who);
	s->vm_pgoff -= away;
	s->moved = c->at[side->moved] ? -(unsigned long)PGOFF_SHIFT : 0;
	be_side(s, c, side);
}

/* ---- existing, new ------------------------------------------------------ */

/* Middle differs from what is asked for in what changes. */
static void add_middle(struct fixture *fixture, const struct config *c,
		       const struct vma_attrs *asked)
{
	struct vma_attrs attrs = base_attrs(c);
	struct vma_state *s;

	/* The marks and what is special are not what changes. */
	attrs.flags |= asked->flags;
	attrs.has_close = c->at[DIM_MIDDLE_CLOSE];
	attrs.no_split = c->at[DIM_MAY_SPLIT] == FIRST_REFUSES;
	s = add_vma(fixture, c, MIDDLE_START, MIDDLE_END, &attrs);
	set_anon(&s->anon_vma, &s->forked, c->at[DIM_MIDDLE_ANON]);
}

static void make_existing(struct fixture *fixture, const struct config *c)
{
	static const struct {
		unsigned long start;
		unsigned long end;
	} ranges[] = {
		[RANGE_ALL] = { MIDDLE_START, MIDDLE_END },
		[RANGE_HEAD] = { MIDDLE_START, MIDDLE_START + PART },
		[RANGE_TAIL] = { MIDDLE_END - PART, MIDDLE_END },
		[RANGE_INNER] = { MIDDLE_START + INNER_MARGIN,
				  MIDDLE_END - INNER_MARGIN },
	};
	struct vma_attrs sides = asked_attrs(c);
	struct vma_attrs asked = sides;

	asked.flags |= marks(c, WHO_ASKED);
	add_side(fixture, c, &sides, &prev_side, MIDDLE_START - SIDE_PAGES);
	add_middle(fixture, c, &asked);
	add_side(fixture, c, &sides, &next_side, MIDDLE_END);
	fixture->op = (struct op){
		.kind = OP_MODIFY,
		.start = ranges[c->at[DIM_RANGE]].start,
		.end = ranges[c->at[DIM_RANGE]].end,
		.changes = 1U << c->at[DIM_CHANGE],
		.attrs = asked,
		.give_up_on_oom = c->at[DIM_GIVES_UP],
	};
}

/*
 * What is far away has moved there if it was faulted, so that the copy has the
 * offsets of the range; if not, it has fresh ones, and so will the copy.
 */
static const struct vma_state *add_far(struct fixture *fixture,
				       const struct config *c)
{
	struct vma_attrs attrs = fixture->op.attrs;
	struct vma_state *s =
		add_vma(fixture, c, FAR_SOURCE,
			FAR_SOURCE + MIDDLE_END - MIDDLE_START, &attrs);

	s->anon_vma = fixture->op.anon_vma;
	s->forked = fixture->op.forked;
	if (s->anon_vma || s->attrs.file)
		s->vm_pgoff = fixture->op.pgoff;
	if (s->anon_vma && s->attrs.file)
		s->moved = FAR_SOURCE - MIDDLE_START;
	return s;
}

/* The copy begins as its source does, and lies elsewhere. */
static void set_source(struct fixture *fixture, const struct config *c)
{
	const struct vma_state *s =
		c->at[DIM_COPIED] == COPY_FAR ? add_far(fixture, c)
		: c->at[DIM_COPIED] == COPY_PREV
			? &fixture->vmas[0]
			: &fixture->vmas[fixture->nr_vmas - 1];
	struct op *op = &fixture->op;

	op->from = s->id;
	if (s->anon_vma || s->attrs.file)
		op->pgoff = s->vm_pgoff;
	if (s->anon_vma && s->attrs.file)
		op->moved = s->moved + op->start - s->vm_start;
}

static void make_new(struct fixture *fixture, const struct config *c)
{
	struct vma_attrs sides = asked_attrs(c);
	struct vma_attrs asked = sides;

	asked.flags |= marks(c, WHO_ASKED);
	add_side(fixture, c, &sides, &prev_side, MIDDLE_START - SIDE_PAGES);
	add_side(fixture, c, &sides, &next_side, MIDDLE_END);
	fixture->op = (struct op){
		.kind = OP_MAP,
		.start = MIDDLE_START,
		.end = MIDDLE_END,
		.attrs = asked,
		.pgoff = pgoff_at(c, MIDDLE_START),
		.copied = c->at[DIM_COPIED],
		.keep_source = c->at[DIM_KEEPS],
		.uffd_loses = c->at[DIM_UFFD_LOST],
		.just_expand = c->at[DIM_JUST_EXPAND],
		.just_merge = c->at[DIM_COPIED] < COPY_FAR,
	};
	set_anon(&fixture->op.anon_vma, &fixture->op.forked,
		 c->at[DIM_MIDDLE_ANON]);
	if (c->at[DIM_COPIED] >= COPY_FAR)
		set_source(fixture, c);
}

/* ---- split, unmap, relocate --------------------------------------------- */

static void make_split(struct fixture *fixture, const struct config *c)
{
	static const unsigned long addrs[] = {
		[ADDR_FIRST] = UNMAP_START + 1,
		[ADDR_MIDDLE] = UNMAP_START + UNMAP_PAGES / 2,
		[ADDR_LAST] = UNMAP_START + UNMAP_PAGES - 1,
	};
	struct vma_attrs attrs = base_attrs(c);
	struct vma_state *s;

	attrs.policy = c->at[DIM_POLICY] ? SAME : 0;
	attrs.no_split = c->at[DIM_MAY_SPLIT] == FIRST_REFUSES;
	s = add_vma(fixture, c, UNMAP_START, UNMAP_START + UNMAP_PAGES, &attrs);
	if (c->at[DIM_BACKED] == PRIVATE_MEMORY)
		s->moved = -(unsigned long)PGOFF_SHIFT;
	set_anon(&s->anon_vma, &s->forked, c->at[DIM_MIDDLE_ANON]);
	fixture->op = (struct op){
		.kind = OP_SPLIT,
		.start = addrs[c->at[DIM_ADDR]],
		.new_below = c->at[DIM_NEW] == NEW_BELOW,
	};
}

static void add_unmapped(struct fixture *fixture, const struct config *c,
			 unsigned int i)
{
	unsigned int last = c->at[DIM_VMAS];
	unsigned long hole = c->at[DIM_HOLES] ? APART_BY : 0;
	unsigned long start = UNMAP_START + i * (UNMAP_PAGES + hole);
	struct vma_attrs attrs = base_attrs(c);
	struct vma_state *s;

	attrs.no_split = (i == 0 && c->at[DIM_MAY_SPLIT] == FIRST_REFUSES) ||
			 (i == last && c->at[DIM_MAY_SPLIT] == LAST_REFUSES);
	s = add_vma(fixture, c, start, start + UNMAP_PAGES, &attrs);
	set_anon(&s->anon_vma, &s->forked, c->at[DIM_MIDDLE_ANON]);
}

static void make_unmap(struct fixture *fixture, const struct config *c)
{
	unsigned int range = c->at[DIM_RANGE];
	unsigned long skip = 0, leave = 0;

	for (unsigned int i = 0; i <= c->at[DIM_VMAS]; i++)
		add_unmapped(fixture, c, i);
	if (range == RANGE_TAIL || range == RANGE_INNER)
		skip = INNER_MARGIN;
	if (range == RANGE_HEAD || range == RANGE_INNER)
		leave = INNER_MARGIN;
	fixture->op = (struct op){
		.kind = OP_UNMAP,
		.start = fixture->vmas[0].vm_start + skip,
		.end = fixture->vmas[fixture->nr_vmas - 1].vm_end - leave,
	};
}

static void add_replaced(struct fixture *fixture, const struct config *c,
			 const struct vma_attrs *attrs)
{
	size_t first = fixture->nr_vmas, last = first + c->at[DIM_VMAS];

	for (unsigned int i = 0; i <= c->at[DIM_VMAS]; i++) {
		add_unmapped(fixture, c, i);
		fixture->vmas[first + i].attrs.policy = attrs->policy;
		fixture->vmas[first + i].attrs.uffd_ctx = attrs->uffd_ctx;
		fixture->vmas[first + i].attrs.anon_name = attrs->anon_name;
	}
	if (!reaches_prev(c))
		be_side(&fixture->vmas[first], c, &prev_side);
	if (!reaches_next(c) && (reaches_prev(c) || first != last))
		be_side(&fixture->vmas[last], c, &next_side);
	if (!reaches_next(c))
		fixture->vmas[last].attrs.has_close = c->at[DIM_NEXT_CLOSE];
}

static void make_replace(struct fixture *fixture, const struct config *c)
{
	/* mmap() brings no policy, nobody who watches, and no name. */
	struct vma_attrs attrs = {
		.flags = RW,
		.file = c->at[DIM_BACKED] == FILE_MEMORY ? SAME : 0,
	};
	size_t first;

	if (reaches_prev(c))
		add_side(fixture, c, &attrs, &prev_side,
			 UNMAP_START - SIDE_PAGES);
	first = fixture->nr_vmas;
	add_replaced(fixture, c, &attrs);
	fixture->op = (struct op){
		.kind = OP_REPLACE,
		.start = fixture->vmas[first].vm_start +
			 (reaches_prev(c) ? 0 : INNER_MARGIN),
		.end = fixture->vmas[fixture->nr_vmas - 1].vm_end -
		       (reaches_next(c) ? 0 : INNER_MARGIN),
		.attrs = attrs,
	};
	fixture->op.pgoff = pgoff_at(c, fixture->op.start);
	if (reaches_next(c))
		add_side(fixture, c, &attrs, &next_side, fixture->op.end);
}

static void make_relocate(struct fixture *fixture, const struct config *c)
{
	unsigned long by = c->at[DIM_OVERLAP] ? STACK_PAGES / 2
					      : STACK_PAGES + STACK_PAGES / 2;
	struct vma_attrs below = base_attrs(c), attrs = below;
	struct vma_state *s;

	/* A new program's stack: no policy, no name, nobody watches it. */
	attrs = (struct vma_attrs){ .flags = RW | VM_GROWSDOWN };
	if (c->at[DIM_PREV])
		add_vma(fixture, c, FAR_BELOW, FAR_BELOW + APART_BY, &below);
	if (c->at[DIM_WAY] == WAY_BLOCKED)
		add_vma(fixture, c, STACK_START - 3, STACK_START - 1, &below);
	s = add_vma(fixture, c, STACK_START, STACK_START + STACK_PAGES, &attrs);
	set_anon(&s->anon_vma, &s->forked, c->at[DIM_MIDDLE_ANON]);
	fixture->op = (struct op){
		.kind = OP_RELOCATE,
		.start = STACK_START - by,
		.end = STACK_START,
	};
}

/* ---- all ---------------------------------------------------------------- */

static void (*const makers[NR_SPACES])(struct fixture *,
				       const struct config *) = {
	[SPACE_EXISTING] = make_existing, [SPACE_NEW] = make_new,
	[SPACE_SPLIT] = make_split,	  [SPACE_UNMAP] = make_unmap,
	[SPACE_RELOCATE] = make_relocate, [SPACE_REPLACE] = make_replace,
};

void fixture_of(struct fixture *fixture, const struct config *c)
{
	fixture->nr_vmas = 0;
	fixture->fail = c->at[DIM_FAIL];
	makers[c->family](fixture, c);
	fixture->max_map_count = DEFAULT_MAX_MAP_COUNT;
	if (c->at[DIM_ROOM] != ROOM_ENOUGH)
		fixture->max_map_count =
			fixture->nr_vmas + (c->at[DIM_ROOM] == ROOM_ONE);
}

const struct outcome *fixture_run(struct mm *mm, const struct rules *rules,
				  const struct fixture *fixture)
{
	mm_reset(mm, rules);
	for (size_t i = 0; i < fixture->nr_vmas; i++)
		mm_place(mm, &fixture->vmas[i]);
	mm_limit(mm, fixture->max_map_count);
	mm_fail(mm, fixture->fail);
	return mm_do(mm, &fixture->op);
}

/* ---- names -------------------------------------------------------------- */

#define MAX_NAMES 5

/* What each VMA of the fixture is called, by ascending address. */
static size_t names_of(const struct config *c, const char *names[MAX_NAMES])
{
	static const char *const unmapped[][3] = {
		[VMAS_ONE] = { "vma" },
		[VMAS_TWO] = { "first", "last" },
		[VMAS_THREE] = { "first", "middle", "last" },
	};
	size_t nr = 0;

	if (c->at[DIM_PREV] &&
	    !(c->family == SPACE_REPLACE && !reaches_prev(c)))
		names[nr++] = "prev";
	if (c->family == SPACE_UNMAP || c->family == SPACE_REPLACE)
		for (unsigned int i = 0; i <= c->at[DIM_VMAS]; i++)
			names[nr++] = unmapped[c->at[DIM_VMAS]][i];
	if (c->at[DIM_WAY] == WAY_BLOCKED)
		names[nr++] = "between";
	if (c->family == SPACE_EXISTING)
		names[nr++] = "middle";
	else if (c->family == SPACE_SPLIT)
		names[nr++] = "vma";
	else if (c->family == SPACE_RELOCATE)
		names[nr++] = "stack";
	if (c->at[DIM_NEXT] &&
	    !(c->family == SPACE_REPLACE && !reaches_next(c)))
		names[nr++] = "next";
	if (c->at[DIM_COPIED] == COPY_FAR)
		names[nr++] = "source";
	return nr;
}

const char *fixture_vma_name(const struct config *c, vma_id id)
{
	const char *names[MAX_NAMES];
	size_t nr = names_of(c, names);

	if (!id)
		return "none";
	if (id <= nr)
		return names[id - 1];
	return id == nr + 1 ? "new" : "new2";
}
