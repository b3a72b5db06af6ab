// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap(): shrinks by munmap(), grows in place by vma_merge_extend(), moves by
 * copy_vma() and munmap(). As do_mremap().
 */
#include <errno.h>

#include "syscall/numbers.h"
#include "syscall/internal.h"

/* In pages, as the calls below need it. */
struct mremap_args {
	unsigned long from;
	unsigned long old_nr;
	unsigned long new_nr;
	unsigned long to; /* 0 until it is known */
	unsigned int flags;
};

/* MREMAP_FIXED: what is asked for is what comes out. */
static uint64_t wanted_place(const struct syscall *c)
{
	return c->has_result ? c->result : c->new_addr;
}

/* Up to 6.16 a VMA was looked for, and room was made, before all else was looked at. */
static bool looks_first(const struct sim *sim)
{
	return sim->release < VERSION_NUMBER(6, 17);
}

static int check_source(const struct sim *sim, unsigned long page)
{
	const struct vma_state *v = vma_at(sim, page);

	if (!v)
		return -EFAULT;
	return v->attrs.flags & sim->sealed ? -EPERM : 0;
}

static int check_arguments(const struct sim *sim, const struct syscall *c)
{
	const unsigned int known =
		MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	uint64_t old_len = align_up(sim, c->len),
		 len = align_up(sim, c->new_len);
	uint64_t to = wanted_place(c);
	int err;

	if (c->flags & ~known || !is_aligned(sim, c->addr) || !len)
		return -EINVAL;
	if (!looks_first(sim) && !in_task(sim, 0, len))
		return -EINVAL;
	if (!looks_first(sim) && !in_task(sim, c->addr, old_len))
		return vma_at(sim, page_of(sim, c->addr)) ? -EINVAL : -EFAULT;
	if (c->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	    !(c->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (c->flags & MREMAP_DONTUNMAP && old_len != len)
		return -EINVAL;
	err = looks_first(sim) ? check_source(sim, page_of(sim, c->addr)) : 0;
	if (err || !(c->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
		return err;
	if (!is_aligned(sim, to) || !in_task(sim, to, len))
		return -EINVAL;
	/* Where it is, and where it is to be, must not overlap. */
	return c->addr < to + len && to < c->addr + old_len ? -EINVAL : 0;
}

/* vma_to_resize(); the VMA is there. */
static int check_vma(const struct sim *sim, const struct vma_state *v,
		     const struct mremap_args *m)
{
	const vm_flags_t stays = VM_DONTEXPAND | VM_PFNMAP;
	unsigned long nr = m->old_nr < m->new_nr ? m->old_nr : m->new_nr;

	if (v->attrs.flags & sim->sealed)
		return -EPERM;
	if (!m->old_nr && is_private(v))
		return -EINVAL;
	if (m->flags & MREMAP_DONTUNMAP && v->attrs.flags & stays)
		return -EINVAL;
	if (nr > v->vm_end - m->from)
		return -EFAULT;
	if (m->new_nr > m->old_nr && v->attrs.flags & stays)
		return -EFAULT;
	return 0;
}

/* Of huge pages, all that a call speaks of are whole: align_hugetlb(). */
static int align_huge(const struct sim *sim, const struct syscall *c,
		      const struct vma_state *v, struct mremap_args *m)
{
	unsigned long unit = v->attrs.split_unit;

	if (!unit)
		return 0;
	m->old_nr = (m->old_nr + unit - 1) / unit * unit;
	m->new_nr = (m->new_nr + unit - 1) / unit * unit;
	if (m->from % unit || page_of(sim, c->new_addr) % unit)
		return -EINVAL;
	return m->new_nr > m->old_nr ? -EINVAL : 0;
}

static unsigned long pgoff_at(const struct vma_state *v, unsigned long page)
{
	return v->vm_pgoff + (page - v->vm_start);
}

/* ---- in place ------------------------------------------------------------------- */

/* vma_expandable() */
static bool can_grow(const struct sim *sim, const struct vma_state *v,
		     const struct mremap_args *m)
{
	return m->from + m->old_nr == v->vm_end &&
	       in_task(sim, address_of(sim, m->from),
		       address_of(sim, m->new_nr)) &&
	       !is_occupied(sim, v->vm_end, m->from + m->new_nr);
}

/* vma_merge_extend() */
static int grow(struct sim *sim, const struct vma_state *v,
		const struct mremap_args *m)
{
	return sim_op(sim, &(struct op){
				   .kind = OP_MAP,
				   .start = v->vm_end,
				   .end = m->from + m->new_nr,
				   .attrs = v->attrs,
				   .pgoff = pgoff_at(v, v->vm_end),
				   .anon_vma = v->anon_vma,
				   .forked = v->forked,
				   .moved = v->moved,
				   .just_merge = true,
			   });
}

/* ---- elsewhere ------------------------------------------------------------------- */

/*
 * copy_vma(). What nobody has written to takes the offset of its new place;
 * what somebody has is so much further from where it was then.
 */
static int copy(struct sim *sim, const struct vma_state *v,
		const struct mremap_args *m)
{
	bool fresh = is_anonymous(sim, v) && !v->anon_vma;
	bool faulted_file = v->attrs.file && v->anon_vma;

	return sim_op(
		sim,
		&(struct op){
			.kind = OP_MAP,
			.start = m->to,
			.end = m->to + m->new_nr,
			.attrs = v->attrs,
			.pgoff = fresh ? m->to : pgoff_at(v, m->from),
			.copied = true,
			.anon_vma = v->anon_vma,
			.forked = v->forked,
			.from = v->id,
			.keep_source = m->flags & MREMAP_DONTUNMAP,
			.uffd_loses = v->attrs.uffd_ctx,
			.moved = faulted_file ? v->moved + m->to - m->from : 0,
		});
}

/* mremap_userfaultfd_prep(): without UFFD_FEATURE_EVENT_REMAP the copy is not. */
static void unregister(struct sim *sim, const struct mremap_args *m)
{
	struct vma_state copied = *vma_at(sim, m->to);

	copied.attrs.flags &= ~(vm_flags_t)VM_UFFD_FLAGS;
	copied.attrs.uffd_ctx = 0;
	mm_replace(sim->mm, m->to, &copied);
}

/*
 * MREMAP_DONTUNMAP, dontunmap_complete(): what stays is no longer locked, and, if
 * the whole VMA moved and has not become one with its copy, no longer has an
 * anon_vma; since 7.2 its offset is as if it had never had one.
 */
static void leave_behind(struct sim *sim, const struct mremap_args *m)
{
	const struct vma_state *v = vma_at(sim, m->from);
	struct vma_state left;

	if (!v)
		return;
	left = *v;
	left.attrs.flags &= ~(vm_flags_t)VM_LOCKED_MASK;
	if (v->vm_start == m->from && v->vm_end == m->from + m->old_nr) {
		left.anon_vma = 0;
		left.forked = false;
		if (sim->rules->kept_source) {
			left.moved = 0;
			if (!v->attrs.file)
				left.vm_pgoff = v->vm_start;
		}
	}
	mm_replace(sim->mm, m->from, &left);
}

/* Only what is locked is split first: needs_pre_split(), since 7.2. */
static bool needs_split(const struct sim *sim, const struct vma_state *v,
			const struct mremap_args *m)
{
	return sim->rules->kept_source && m->flags & MREMAP_DONTUNMAP &&
	       v->attrs.flags & VM_LOCKED;
}

/* Both ends of what is kept, so that it alone is no longer locked. */
static int split_source(struct sim *sim, const struct mremap_args *m)
{
	const unsigned long end = m->from + m->old_nr;
	struct op op = { .kind = OP_SPLIT,
			 .start = m->from,
			 .new_below = true };
	int err = 0;

	if (vma_at(sim, m->from)->vm_start != m->from)
		err = sim_op(sim, &op);
	if (err || vma_at(sim, m->from)->vm_end == end)
		return err;
	op.start = end;
	op.new_below = false;
	return sim_op(sim, &op);
}

/*
 * __check_map_count_against_split(): a move may split one VMA into three, and does
 * not want to fail then, nor what makes room for it before. Up to 6.19 it asked for
 * two more than it needs, and not at all of what stays where it is; up to 7.1 none
 * was split before it moved.
 */
static bool has_room(const struct sim *sim, bool before_unmaps, bool splits)
{
	unsigned long nr = mm_map_count(sim->mm) + (before_unmaps ? 2 : 0);

	if (sim->release < VERSION_NUMBER(7, 0))
		return nr + 3 < sim->max_map_count;
	if (sim->release < VERSION_NUMBER(7, 2))
		splits = false;
	return nr + 2 + splits <= sim->max_map_count;
}

static bool may_split_ends(const struct vma_state *v,
			   const struct mremap_args *m)
{
	unsigned long end = m->from + m->old_nr;

	return (v->vm_start == m->from || may_split(&v->attrs, m->from)) &&
	       (v->vm_end == end || may_split(&v->attrs, end));
}

/* move_vma() */
static int move_to(struct sim *sim, const struct mremap_args *m)
{
	struct vma_state v = *vma_at(sim, m->from);
	bool splits = needs_split(sim, &v, m);
	int err = 0;

	if (!has_room(sim, false, splits))
		return -ENOMEM;
	if (!may_split_ends(&v, m))
		return -EINVAL;
	if (splits)
		err = split_source(sim, m);
	if (err)
		return err;
	v = *vma_at(sim, m->from);
	err = copy(sim, &v, m);
	if (err)
		return err;
	if (v.attrs.uffd_ctx)
		unregister(sim, m);
	if (m->flags & MREMAP_DONTUNMAP)
		leave_behind(sim, m);
	else if (m->old_nr)
		err = sim_unmap(sim, m->from, m->from + m->old_nr);
	return err;
}

/* Make room at an address that is given, and shrink: mremap_to(). */
static int clear_place(struct sim *sim, struct mremap_args *m)
{
	int err = sim_unmap(sim, m->to, m->to + m->new_nr);

	if (err || m->old_nr <= m->new_nr)
		return err;
	err = sim_unmap(sim, m->from + m->new_nr, m->from + m->old_nr);
	m->old_nr = m->new_nr;
	return err;
}

static int find_place(const struct sim *sim, const struct syscall *c,
		      const struct vma_state *v, struct mremap_args *m)
{
	uint64_t len = address_of(sim, m->new_nr), addr = c->result;
	uint64_t align =
		v->attrs.file ? sim->page_size : sim_alignment(sim, len);

	if (!c->has_result)
		addr = sim_place(sim,
				 m->flags & MREMAP_DONTUNMAP ? c->new_addr : 0,
				 len, align);
	if (!addr || !in_task(sim, addr, len))
		return -ENOMEM;
	m->to = page_of(sim, addr);
	return is_occupied(sim, m->to, m->to + m->new_nr) ? -EEXIST : 0;
}

/*
 * One VMA, or part of it. It is looked at before room is made: up to 6.16 after
 * that, so that a call that fails then has unmapped.
 */
static int move_one(struct sim *sim, const struct syscall *c,
		    struct mremap_args *m)
{
	bool fixed = m->flags & MREMAP_FIXED, first = looks_first(sim);
	const struct vma_state *found = vma_at(sim, m->from);
	int err = found ? align_huge(sim, c, found, m) : -EFAULT;

	if (!err && fixed && first) {
		err = clear_place(sim, m);
		found = vma_at(sim, m->from);
	}
	if (!err)
		err = found ? check_vma(sim, found, m) : -EFAULT;
	if (!err && !fixed)
		err = find_place(sim, c, found, m);
	else if (!err && !first)
		err = clear_place(sim, m);
	if (!err && !vma_at(sim, m->from))
		err = -EFAULT;
	return err ? err : move_to(sim, m);
}

/*
 * vma_multi_allowed(): what userfaultfd has to be told of is moved alone, and what
 * might choose its place itself.
 */
static bool moves_alone(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	return v->attrs.uffd_ctx ||
	       (file && file->own_place && !(v->attrs.flags & VM_HUGETLB));
}

/*
 * remap_move(): since 6.17 what keeps its size may be several VMAs, with holes
 * between them that stay.
 */
static int move_all(struct sim *sim, const struct syscall *c,
		    const struct mremap_args *m)
{
	unsigned long at = m->from, end = m->from + m->old_nr;
	const struct vma_state *v = vma_at(sim, at);
	int err = v ? 0 : -EFAULT;

	while (!err && at < end && (v = mm_find(sim->mm, at)) &&
	       v->vm_start < end) {
		struct mremap_args one = *m;

		if (moves_alone(sim, v) && (at > m->from || v->vm_end < end))
			return -EFAULT;
		one.from = v->vm_start > at ? v->vm_start : at;
		at = v->vm_end < end ? v->vm_end : end;
		one.old_nr = one.new_nr = at - one.from;
		one.to = m->to + (one.from - m->from);
		err = move_one(sim, c, &one);
	}
	return err;
}

static int move(struct sim *sim, const struct syscall *c, struct mremap_args *m)
{
	bool several = m->old_nr == m->new_nr && !looks_first(sim);

	if (!(m->flags & MREMAP_FIXED))
		return move_one(sim, c, m);
	m->to = page_of(sim, wanted_place(c));
	return several ? move_all(sim, c, m) : move_one(sim, c, m);
}

/* ---- all of it --------------------------------------------------------------------- */

static int resize(struct sim *sim, const struct syscall *c,
		  struct mremap_args *m)
{
	const struct vma_state *found = vma_at(sim, m->from);
	struct vma_state v;
	int err = check_source(sim, m->from);

	if (!err)
		err = align_huge(sim, c, found, m);
	if (err)
		return err;
	if (m->old_nr >= m->new_nr) {
		m->to = m->from;
		if (m->old_nr == m->new_nr)
			return 0;
		return sim_unmap(sim, m->from + m->new_nr, m->from + m->old_nr);
	}
	v = *found;
	err = check_vma(sim, &v, m);
	if (err)
		return err;
	if (can_grow(sim, &v, m)) {
		m->to = m->from;
		return grow(sim, &v, m);
	}
	return m->flags & MREMAP_MAYMOVE ? move(sim, c, m) : -ENOMEM;
}

/* What grew, and is locked, is brought in. */
static void settle(struct sim *sim, const struct mremap_args *m)
{
	const struct vma_state *v = vma_at(sim, m->to);

	if (v && v->attrs.flags & VM_LOCKED && m->new_nr > m->old_nr)
		sim_populate(sim, m->to, m->to + m->new_nr);
	if (sim->faulted == FAULTED_WRITABLE)
		sim_write(sim, m->to, m->to + m->new_nr);
}

int sim_mremap(struct sim *sim, const struct syscall *c)
{
	struct mremap_args m = {
		.from = page_of(sim, c->addr),
		.old_nr = page_of(sim, align_up(sim, c->len)),
		.new_nr = page_of(sim, align_up(sim, c->new_len)),
		.flags = c->flags,
	};
	bool elsewhere = m.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	int err = check_arguments(sim, c);

	if (!err && (elsewhere || sim->release >= VERSION_NUMBER(7, 0)) &&
	    !has_room(sim, true, m.flags & MREMAP_DONTUNMAP))
		err = -ENOMEM;
	if (err)
		return err;
	if (elsewhere)
		err = move(sim, c, &m);
	else
		err = resize(sim, c, &m);
	if (err)
		return err;
	settle(sim, &m);
	sim->result = address_of(sim, m.to);
	return 0;
}
