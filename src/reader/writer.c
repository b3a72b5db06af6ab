// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer, compiled: from the simulator's trace to the snapshots that a reader
 * can find itself in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/internal.h"

/* ---- what a reader can notice ------------------------------------------ */

/*
 * A reader looks at the mm's lock and its sequence, at the tree, and at the
 * lock, the attachment and the range of VMAs that it found in the tree. What
 * changes none of these can happen at any moment without a difference to it:
 * such steps take effect together with the next one that it can notice.
 *
 * A freed VMA stays as it was, for a reader that still points to it, or its
 * memory is that of another VMA by then: see can_be().
 */
static const bool silent[NR_STEPS] = {
	[STEP_LOCK_I_MMAP] = true,
	[STEP_LOCK_ANON_VMA] = true,
	[STEP_ALLOCATE] = true,
	[STEP_DUPLICATE] = true,
	[STEP_CLONE_ANON_VMA] = true,
	[STEP_SET_ATTRS] = true,
	[STEP_FREE] = true,
	[STEP_MAP_COUNT] = true,
	[STEP_UNLOCK_ANON_VMA] = true,
	[STEP_UNLOCK_I_MMAP] = true,
};

/* Steps on a VMA that no reader can have found, if the tree never had it. */
static const bool silent_if_new[NR_STEPS] = {
	[STEP_LOCK_VMA] = true,
	[STEP_SET_RANGE] = true,
};

/* ---- stores ------------------------------------------------------------ */

static const struct layout_slot *slot_at(const struct layout *lay,
					 unsigned long page)
{
	const struct layout_slot *s = lay->slots;

	while (s->end <= page)
		s++;
	return s;
}

/* mas_wr_extend_null(): emptiness takes in the empty slots beside it. */
static void extend_empty(const struct layout *lay, unsigned long *start,
			 unsigned long *end)
{
	const struct layout_slot *s;

	s = slot_at(lay, *start);
	if (s->start == *start && s > lay->slots)
		s--;
	if (!s->vma)
		*start = s->start;
	s = slot_at(lay, *end - 1);
	if (s->end == *end && s + 1 < lay->slots + lay->nr_slots)
		s++;
	if (!s->vma)
		*end = s->end;
}

/*
 * mas_wr_store_type(), as far as a cursor can tell. A store over exactly one
 * slot (wr_exact_fit) happens in place, and so does one that moves the boundary
 * between two slots of a leaf (wr_slot_store), if the leaf has no fewer slots
 * than it should; else it is rebalanced (wr_rebalance) or, the root, stored anew
 * (wr_node_store). All other stores make a new node. How full a leaf is, and
 * whether two slots share one, depends on the rest of the space, and so does
 * whether an emptied slot is the last of its leaf, which it may not be
 * (mas_is_span_wr()): where it can be either way, both are explored.
 */
static void plan_store(struct writer_step *ws, const struct layout *before,
		       const struct step *step)
{
	unsigned long start = step->start, end = step->end;
	const struct layout_slot *first, *last;

	if (!step->vma)
		extend_empty(before, &start, &end);
	first = slot_at(before, start);
	last = slot_at(before, end - 1);
	ws->first = first - before->slots;
	ws->last = last - before->slots;
	ws->ways = STORE_REPLACE;
	if (first == last && start == first->start && end == first->end)
		ws->ways = step->vma ? STORE_IN_PLACE
				     : STORE_IN_PLACE | STORE_REPLACE;
	else if (last == first + 1 &&
		 (start == first->start) != (end == last->end))
		ws->ways = STORE_IN_PLACE | STORE_REPLACE;
}

/* ---- marks: the addresses that matter ---------------------------------- */

static int mark_of(const struct writer *s, unsigned long address)
{
	for (size_t i = 0; i < s->nr_marks; i++)
		if (s->marks[i] == address)
			return i;
	return -1;
}

static void add_mark(struct writer *s, unsigned long address)
{
	size_t i;

	if (mark_of(s, address) >= 0)
		return;
	if (s->nr_marks == MAX_MARKS) {
		s->broken = "too many addresses for a search";
		return;
	}
	for (i = s->nr_marks++; i && s->marks[i - 1] > address; i--)
		s->marks[i] = s->marks[i - 1];
	s->marks[i] = address;
}

static void find_marks(struct writer *s, const struct layout *before)
{
	add_mark(s, 0);
	for_each_slot(before, slot)
		add_mark(s, slot->end);
	for (size_t i = 0; i < s->nr_trace; i++) {
		const struct step *step = &s->trace[i];

		if (step->kind != STEP_STORE && step->kind != STEP_SET_RANGE)
			continue;
		add_mark(s, step->start);
		add_mark(s, step->end);
	}
}

uint64_t pages_between(unsigned int start, unsigned int end)
{
	if (start >= end)
		return 0;
	return (end < 64 ? (1ULL << end) - 1 : ~0ULL) & ~((1ULL << start) - 1);
}

/* ---- snapshots ------------------------------------------------------------ */

static void fill_vmas(struct writer *s, struct snapshot *w,
		      const struct layout *lay)
{
	for (size_t i = 0; i < lay->nr_vmas; i++) {
		const struct vma_state *v = &lay->vmas[i].s;

		w->vm_start[v->id] = mark_of(s, v->vm_start);
		w->vm_end[v->id] = mark_of(s, v->vm_end);
		if (v->attached)
			w->attached |= 1U << v->id;
	}
}

static void fill_slots(struct writer *s, struct snapshot *w,
		       const struct layout *lay)
{
	w->nr_slots = lay->nr_slots;
	for (size_t i = 0; i < lay->nr_slots; i++) {
		w->slot_vma[i] = lay->slots[i].vma;
		w->slot_end[i] = mark_of(s, lay->slots[i].end);
	}
}

static void fill_lookups(struct snapshot *w, size_t nr_marks)
{
	unsigned int at = 0, before = 0;

	for (size_t mark = 0; mark < nr_marks; mark++) {
		while (at + 1U < w->nr_slots && w->slot_end[at] <= mark)
			at++;
		while (w->slot_end[before] < mark)
			before++;
		w->slot_at[mark] = at;
		w->slot_before[mark] = before;
	}
}

/* The pages that the tree maps, for all to see. */
static uint64_t mapped(const struct writer *s, const struct snapshot *w)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < w->nr_slots; i++)
		if (w->slot_vma[i] && w->slot_vma[i] != s->hidden)
			pages |= pages_between(i ? w->slot_end[i - 1] : 0,
					       w->slot_end[i]);
	return pages;
}

static void add_snapshot(struct writer *s, const struct snapshot *locks,
			 const struct layout *lay)
{
	size_t nr = s->nr_steps;
	struct snapshot *w = &s->snapshots[nr];

	memset(w, 0, sizeof(*w));
	w->sequence = locks->sequence;
	w->write_locked = locks->write_locked;
	w->stamped = locks->stamped;
	fill_vmas(s, w, lay);
	fill_slots(s, w, lay);
	fill_lookups(w, s->nr_marks);
	s->layouts[nr] = layout_copy(lay);
	s->always &= mapped(s, w);
}

/* ---- along the trace --------------------------------------------------- */

/* What carries over from one step to the next. */
struct compiler {
	struct writer *s;
	const struct explore_opts *opts;
	struct layout *lay;
	struct snapshot locks; /* sequence, write_locked and stamped only */
	uint32_t stored;       /* bit per VMA that was in the tree */
};

/* A bump of the sequence ends all VMA write locks. */
static void bump(struct snapshot *locks, bool write_locked)
{
	locks->sequence++;
	locks->stamped = 0;
	locks->write_locked = write_locked;
}

static void step_locks(struct compiler *c, const struct step *step)
{
	struct snapshot *locks = &c->locks;

	switch (step->kind) {
	case STEP_LOCK_MMAP:
		bump(locks, true);
		break;
	case STEP_DOWNGRADE_MMAP:
		bump(locks, false);
		break;
	case STEP_UNLOCK_MMAP:
		/* After a downgrade it is only the read lock that ends. */
		if (c->lay->mmap_lock != MMAP_READ_LOCKED)
			bump(locks, false);
		break;
	case STEP_LOCK_VMA:
		locks->stamped |= 1U << step->vma;
		break;
	default:
		break;
	}
}

static bool noticed(const struct compiler *c, const struct step *step)
{
	if (c->opts->all_steps)
		return true;
	if (silent[step->kind])
		return false;
	return !silent_if_new[step->kind] || c->stored & 1U << step->vma;
}

static void compile_step(struct compiler *c, size_t index)
{
	struct writer *s = c->s;
	const struct step *step = &s->trace[index];
	struct writer_step *ws = &s->steps[s->nr_steps];
	bool stop_here = noticed(c, step);

	if (index == c->opts->skip)
		return;
	step_locks(c, step);
	ws->kind = step->kind;
	ws->vma = step->vma;
	ws->trace = index;
	ws->more = -(int)c->lay->nr_slots;
	if (step->kind == STEP_STORE)
		plan_store(ws, c->lay, step);
	layout_step(c->lay, step);
	if (step->kind == STEP_STORE && step->vma)
		c->stored |= 1U << step->vma;
	ws->more += c->lay->nr_slots;
	if (stop_here) {
		s->nr_steps++;
		add_snapshot(s, &c->locks, c->lay);
	}
}

/* Locks that the writer never gives back. */
static const char *unreleased(const struct compiler *c)
{
	if (c->locks.write_locked || c->lay->mmap_lock != MMAP_UNLOCKED)
		return "the writer does not release the mmap lock";
	if (c->lay->i_mmap)
		return "the writer does not release an i_mmap lock";
	if (c->lay->anon_vma)
		return "the writer does not release an anon_vma lock";
	return NULL;
}

static void compile(struct writer *s, const struct explore_opts *opts,
		    struct layout *before)
{
	struct compiler c = { .s = s, .opts = opts, .lay = before };

	s->snapshots = xcalloc(s->nr_trace + 1, sizeof(*s->snapshots));
	s->steps = xcalloc(s->nr_trace + 1, sizeof(*s->steps));
	s->layouts = xcalloc(s->nr_trace + 1, sizeof(*s->layouts));
	s->always = ~0ULL;
	for_each_vma(before, v)
		c.stored |= 1U << v->s.id;
	add_snapshot(s, &c.locks, before);
	for (unsigned int i = 0; i < s->snapshots[0].nr_slots; i++)
		s->held[s->snapshots[0].slot_vma[i]] |=
			pages_between(i ? s->snapshots[0].slot_end[i - 1] : 0,
				      s->snapshots[0].slot_end[i]);
	for (size_t i = 0; i < s->nr_trace; i++)
		compile_step(&c, i);
	chains_sort_steps(s);
	s->after = s->nr_steps;
	s->broken = unreleased(&c);
}

/* ---- loops ------------------------------------------------------------- */

/* What an operation of a loop may have changed, or would go by. */
static bool same_vma(const struct layout *a, vma_id x, const struct layout *b,
		     vma_id y)
{
	const struct vma_state *v, *w;

	if (!x || !y)
		return x == y;
	v = &layout_vma(a, x)->s;
	w = &layout_vma(b, y)->s;
	return v->attrs.flags == w->attrs.flags && v->vm_pgoff == w->vm_pgoff &&
	       v->anon_vma == w->anon_vma && v->forked == w->forked;
}

/* The last snapshot is to be the first one, but for which VMA is which. */
static const char *close_loop(struct writer *s)
{
	const struct layout *first = s->layouts[0];
	const struct layout *last = s->layouts[s->nr_steps];

	s->loops = true;
	s->after = 0;
	while (s->after < s->nr_steps &&
	       s->steps[s->after].trace < s->op_end[0])
		s->after++;
	if (first->nr_slots != last->nr_slots)
		return "the operations do not lead back to where they began";
	for (size_t i = 0; i < first->nr_slots; i++) {
		const struct layout_slot *a = &first->slots[i];
		const struct layout_slot *b = &last->slots[i];

		if (a->end != b->end || !same_vma(first, a->vma, last, b->vma))
			return "the operations do not lead back to where they began";
		s->renamed[b->vma] = a->vma;
		if (s->made & 1U << b->vma)
			s->made |= 1U << a->vma;
	}
	return NULL;
}

/* ---- making one -------------------------------------------------------- */

static void append_trace(struct writer *s, const struct outcome *out)
{
	s->trace = xreallocarray(s->trace, s->nr_trace + out->nr_steps + 1,
				 sizeof(*s->trace));
	memcpy(s->trace + s->nr_trace, out->steps,
	       out->nr_steps * sizeof(*s->trace));
	s->nr_trace += out->nr_steps;
	*xappend(s->op_end, s->nr_ops) = s->nr_trace;
}

/* When VMAs came and went. */
static void note_made_and_freed(struct writer *s)
{
	memset(s->freed_at, 0xff, sizeof(s->freed_at));
	for (size_t i = 0; i < s->nr_trace; i++) {
		const struct step *step = &s->trace[i];

		if (step->vma >= MAX_VMAS)
			continue;
		if (step->kind == STEP_FREE)
			s->freed_at[step->vma] = i;
		if (step->kind != STEP_DUPLICATE && step->kind != STEP_ALLOCATE)
			continue;
		s->made |= 1U << step->vma;
		s->made_at[step->vma] = i;
	}
}

/* "new", then "new2" and so on, in the order in which they are made. */
static void name_created(struct writer *s)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < s->nr_trace; i++) {
		vma_id vma = s->trace[i].vma;

		if (vma >= s->nr_vmas)
			s->nr_vmas = vma + 1;
		if (s->trace[i].kind != STEP_DUPLICATE &&
		    s->trace[i].kind != STEP_ALLOCATE)
			continue;
		if (vma >= MAX_VMAS)
			continue;
		if (nr++)
			snprintf(s->names[vma], sizeof(s->names[vma]), "new%u",
				 nr);
		else
			strcpy(s->names[vma], "new");
	}
}

static const char *too_large(const struct writer *s,
			     const struct layout *before)
{
	/* A store adds two slots at most. */
	size_t slots = before->nr_slots;

	for (size_t i = 0; i < s->nr_trace; i++)
		if (s->trace[i].kind == STEP_STORE)
			slots += 2;
	if (s->nr_vmas > MAX_VMAS || before->nr_vmas >= MAX_VMAS)
		return "too many VMAs for a search";
	if (slots > MAX_SLOTS)
		return "too many VMAs for a search";
	return s->broken;
}

static void do_ops(struct writer *s, struct mm *mm, const struct cat_case *c,
		   const struct explore_opts *opts)
{
	if (opts->no_writer)
		return;
	for (size_t i = 0; i < opts->nr_loop; i++)
		append_trace(s, mm_do(mm, &opts->loop[i]));
	if (opts->loop)
		return;
	append_trace(s, mm_do(mm, &c->op));
	for (size_t i = 0; i < opts->then.nr; i++)
		append_trace(s, mm_do(mm, &opts->then.ops[i]));
}

/* A VMA that merges with nothing, where nothing comes near it. */
static void place_beyond(struct writer *s, struct mm *mm)
{
	const struct vma_state vma = {
		.vm_start = MM_END / 2,
		.vm_end = MM_END / 2 + 1,
		.attrs = { .flags = VM_READ | VM_EXEC, .file = UINT32_MAX - 2 },
	};

	s->hidden = mm_place(mm, &vma);
}

/*
 * A loop is entered where it has been through once: what was never written to
 * may have an anon_vma by then.
 */
static struct layout *layout_before(struct mm *mm,
				    const struct explore_opts *opts)
{
	for (size_t i = 0; i < opts->nr_loop; i++)
		mm_do(mm, &opts->loop[i]);
	return layout_of(mm);
}

struct writer *writer_new(const struct cat_case *c, const struct rules *rules,
			  const struct explore_opts *opts)
{
	struct writer *s = xcalloc(1, sizeof(*s));
	struct mm *mm = mm_with_surroundings(c, rules, opts->left, opts->right,
					     s->names);
	struct layout *before;

	if (opts->beyond)
		place_beyond(s, mm);
	before = layout_before(mm, opts);
	s->nr_vmas = before->nr_vmas + 1;
	do_ops(s, mm, c, opts);
	mm_free(mm);
	name_created(s);
	note_made_and_freed(s);
	find_marks(s, before);
	s->broken = too_large(s, before);
	if (!s->broken)
		compile(s, opts, before);
	if (!s->broken && opts->loop)
		s->broken = close_loop(s);
	layout_free(before);
	return s;
}

void writer_free(struct writer *s)
{
	if (!s)
		return;
	for (size_t i = 0; s->layouts && i <= s->nr_steps; i++)
		layout_free(s->layouts[i]);
	free(s->layouts);
	free(s->snapshots);
	free(s->steps);
	free(s->trace);
	free(s->op_end);
	search_free(s->spare);
	free(s);
}
