// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap(): shrinks by munmap(), grows in place by vma_merge_extend(), moves by
 * copy_vma() and munmap(). As do_mremap().
 */
#include <errno.h>

#include "process/numbers.h"
#include "process/world.h"

/* In pages, as the calls below need it. */
struct move {
	unsigned long from;
	unsigned long old_nr;
	unsigned long new_nr;
	unsigned long to; /* 0 until it is known */
	unsigned int flags;
};

/* What one VMA has of its own is in the way of what is asked for. */
static bool is_shared(const struct vma_state *v)
{
	return v->attrs.flags & (VM_SHARED | VM_MAYSHARE);
}

/* MREMAP_FIXED: what is asked for is what comes out. */
static uint64_t wanted_place(const struct call *c)
{
	return c->has_result ? c->result : c->new_addr;
}

static int check_arguments(const struct world *w, const struct call *c)
{
	const unsigned int known =
		MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	uint64_t old_len = align_up(w, c->len), len = align_up(w, c->new_len);
	uint64_t to = wanted_place(c);

	if (c->flags & ~known || !is_aligned(w, c->addr) || !len ||
	    !in_task(0, len))
		return -EINVAL;
	if (!in_task(c->addr, old_len))
		return vma_at(w, page_of(w, c->addr)) ? -EINVAL : -EFAULT;
	if (c->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	    !(c->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (c->flags & MREMAP_DONTUNMAP && old_len != len)
		return -EINVAL;
	if (!(c->flags & MREMAP_FIXED))
		return 0;
	if (!is_aligned(w, to) || !in_task(to, len))
		return -EINVAL;
	/* Where it is, and where it is to be, must not overlap. */
	return c->addr < to + len && to < c->addr + old_len ? -EINVAL : 0;
}

/* vma_to_resize(); the VMA is there. */
static int check_vma(const struct world *w, const struct vma_state *v,
		     const struct move *m)
{
	const vm_flags_t stays = VM_DONTEXPAND | VM_PFNMAP;
	unsigned long nr = m->old_nr < m->new_nr ? m->old_nr : m->new_nr;

	if (v->attrs.flags & w->sealed)
		return -EPERM;
	if (!m->old_nr && !is_shared(v))
		return -EINVAL;
	if (m->flags & MREMAP_DONTUNMAP && v->attrs.flags & stays)
		return -EINVAL;
	if (nr > v->vm_end - m->from)
		return -EFAULT;
	if (m->new_nr > m->old_nr && v->attrs.flags & stays)
		return -EFAULT;
	return 0;
}

static unsigned long pgoff_at(const struct vma_state *v, unsigned long page)
{
	return v->vm_pgoff + (page - v->vm_start);
}

/* ---- in place ------------------------------------------------------------------- */

/* vma_expandable() */
static bool can_grow(const struct world *w, const struct vma_state *v,
		     const struct move *m)
{
	unsigned long end = m->from + m->new_nr;

	return m->from + m->old_nr == v->vm_end &&
	       in_task(0, address_of(w, end)) &&
	       !is_occupied(w, v->vm_end, end);
}

/* vma_merge_extend() */
static int grow(struct world *w, const struct vma_state *v,
		const struct move *m)
{
	return world_op(w, &(struct op){
				   .kind = OP_MAP,
				   .start = v->vm_end,
				   .end = m->from + m->new_nr,
				   .attrs = v->attrs,
				   .pgoff = pgoff_at(v, v->vm_end),
				   .anon_vma = v->anon_vma,
				   .forked = v->forked,
				   .just_merge = true,
			   });
}

/* ---- elsewhere ------------------------------------------------------------------- */

/*
 * copy_vma(). Anonymous memory that nobody has written to takes the offset of
 * its new place.
 */
static int copy(struct world *w, const struct vma_state *v,
		const struct move *m)
{
	bool fresh = !v->attrs.file && !v->anon_vma;

	return world_op(w,
			&(struct op){
				.kind = OP_MAP,
				.start = m->to,
				.end = m->to + m->new_nr,
				.attrs = v->attrs,
				.pgoff = fresh ? m->to : pgoff_at(v, m->from),
				.copied = true,
				.anon_vma = v->anon_vma,
				.forked = v->forked,
			});
}

/*
 * MREMAP_DONTUNMAP: what stays is no longer locked, and, if the whole VMA moved
 * and has not become one with its copy, no longer has an anon_vma.
 */
static void leave_behind(struct world *w, const struct move *m)
{
	const struct vma_state *v = vma_at(w, m->from);
	struct vma_state left;

	if (!v)
		return;
	left = *v;
	left.attrs.flags &= ~(vm_flags_t)VM_LOCKED_MASK;
	if (v->vm_start == m->from && v->vm_end == m->from + m->old_nr) {
		left.anon_vma = 0;
		left.forked = false;
	}
	mm_replace(w->mm, m->from, &left);
}

/* move_vma() */
static int move_to(struct world *w, const struct vma_state *v,
		   const struct move *m)
{
	int err;

	/* It may split one VMA into three, and does not want to fail then. */
	if (mm_map_count(w->mm) + 3 >= w->max_map_count)
		return -ENOMEM;
	if (splits_special(w, m->from, m->from + m->old_nr))
		return -EINVAL;
	err = copy(w, v, m);
	if (err)
		return err;
	if (m->flags & MREMAP_DONTUNMAP)
		leave_behind(w, m);
	else if (m->old_nr)
		err = world_unmap(w, m->from, m->from + m->old_nr);
	return err;
}

/* Make room at an address that is given, and shrink: mremap_to(). */
static int clear_place(struct world *w, struct move *m)
{
	int err = world_unmap(w, m->to, m->to + m->new_nr);

	if (err || m->old_nr <= m->new_nr)
		return err;
	err = world_unmap(w, m->from + m->new_nr, m->from + m->old_nr);
	m->old_nr = m->new_nr;
	return err;
}

static int find_place(const struct world *w, const struct call *c,
		      const struct vma_state *v, struct move *m)
{
	uint64_t len = address_of(w, m->new_nr), addr = c->result;
	uint64_t align = v->attrs.file ? w->page_size : world_alignment(w, len);

	if (!c->has_result)
		addr = world_place(w, 0, len, align);
	if (!addr || !in_task(addr, len))
		return -ENOMEM;
	m->to = page_of(w, addr);
	return is_occupied(w, m->to, m->to + m->new_nr) ? -EEXIST : 0;
}

/*
 * One VMA, or part of it. It is looked at before room is made: to 6.16 after
 * that, so that a call that failed then could have unmapped.
 */
static int move_one(struct world *w, const struct call *c, struct move *m)
{
	const struct vma_state *found = vma_at(w, m->from);
	struct vma_state v;
	int err = found ? check_vma(w, found, m) : -EFAULT;

	if (!err)
		err = m->flags & MREMAP_FIXED ? clear_place(w, m)
					      : find_place(w, c, found, m);
	found = vma_at(w, m->from);
	if (!err && !found)
		err = -EFAULT;
	if (err)
		return err;
	v = *found;
	return move_to(w, &v, m);
}

/*
 * remap_move(): since 6.17 what keeps its size may be several VMAs, with holes
 * between them that stay.
 */
static int move_all(struct world *w, const struct call *c, const struct move *m)
{
	unsigned long at = m->from, end = m->from + m->old_nr;
	const struct vma_state *v = vma_at(w, at);
	int err = v ? 0 : -EFAULT;

	while (!err && at < end && (v = mm_find(w->mm, at)) &&
	       v->vm_start < end) {
		struct move one = *m;

		one.from = v->vm_start > at ? v->vm_start : at;
		at = v->vm_end < end ? v->vm_end : end;
		one.old_nr = one.new_nr = at - one.from;
		one.to = m->to + (one.from - m->from);
		err = move_one(w, c, &one);
	}
	return err;
}

static int move(struct world *w, const struct call *c, struct move *m)
{
	bool several = m->old_nr == m->new_nr && w->rules->number >= 6016;

	if (!(m->flags & MREMAP_FIXED))
		return move_one(w, c, m);
	m->to = page_of(w, wanted_place(c));
	return several ? move_all(w, c, m) : move_one(w, c, m);
}

/* ---- all of it --------------------------------------------------------------------- */

static int shrink(struct world *w, const struct move *m)
{
	if (m->old_nr == m->new_nr)
		return 0;
	return world_unmap(w, m->from + m->new_nr, m->from + m->old_nr);
}

static int resize(struct world *w, const struct call *c, struct move *m)
{
	const struct vma_state *found = vma_at(w, m->from);
	struct vma_state v;
	int err;

	if (!found)
		return -EFAULT;
	if (found->attrs.flags & w->sealed)
		return -EPERM;
	if (m->old_nr >= m->new_nr) {
		m->to = m->from;
		return shrink(w, m);
	}
	v = *found;
	err = check_vma(w, &v, m);
	if (err)
		return err;
	if (can_grow(w, &v, m)) {
		m->to = m->from;
		return grow(w, &v, m);
	}
	return m->flags & MREMAP_MAYMOVE ? move(w, c, m) : -ENOMEM;
}

/* What grew, and is locked, is brought in. */
static void settle(struct world *w, const struct move *m)
{
	const struct vma_state *v = vma_at(w, m->to);

	if (v && v->attrs.flags & VM_LOCKED && m->new_nr > m->old_nr)
		world_populate(w, m->to, m->to + m->new_nr);
	if (w->faulted == FAULTED_WRITABLE)
		world_touch(w, m->to, m->to + m->new_nr);
}

int call_mremap(struct world *w, const struct call *c, uint64_t *result)
{
	struct move m = {
		.from = page_of(w, c->addr),
		.old_nr = page_of(w, align_up(w, c->len)),
		.new_nr = page_of(w, align_up(w, c->new_len)),
		.flags = c->flags,
	};
	int err = check_arguments(w, c);

	if (err)
		return err;
	if (m.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		err = move(w, c, &m);
	else
		err = resize(w, c, &m);
	if (err)
		return err;
	settle(w, &m);
	*result = address_of(w, m.to);
	return 0;
}
