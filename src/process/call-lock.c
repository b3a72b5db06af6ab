// SPDX-License-Identifier: GPL-2.0-only
/*
 * mlock() and its kin, names and policies, one VMA after the other, and a write
 * to memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "process/world.h"

/* ---- mlock() and its kin ------------------------------------------------------------------ */

/* mlock_fixup(): some memory is never locked. */
static void lock_vma(const struct world *w, const struct vma_state *v,
		     struct op *op, vm_flags_t lock)
{
	if (v->attrs.flags & (VM_SPECIAL | VM_HUGETLB | w->droppable))
		return;
	change_flags(v, op,
		     (v->attrs.flags & ~(vm_flags_t)VM_LOCKED_MASK) | lock);
}

static int plan_mlock(struct world *w, const struct call *c,
		      const struct vma_state *v, struct op *op)
{
	vm_flags_t lock = VM_LOCKED;

	if (c->flags & MLOCK_ONFAULT)
		lock |= VM_LOCKONFAULT;
	lock_vma(w, v, op, lock);
	return 0;
}

static int plan_munlock(struct world *w, const struct call *c,
			const struct vma_state *v, struct op *op)
{
	(void)c;
	lock_vma(w, v, op, 0);
	return 0;
}

/*
 * Whether there is memory that cannot be brought in: there is no access, or the
 * object that is shared ends before.
 */
static bool is_out_of_reach(const struct world *w, const struct vma_state *v,
			    unsigned long end)
{
	const struct ident *file = idents_find(w->idents, v->attrs.file);

	if (v->attrs.flags & VM_LOCKONFAULT)
		return false;
	if (end > v->vm_end)
		end = v->vm_end;
	return !(v->attrs.flags & VM_ACCESS_FLAGS) ||
	       (file && file->size &&
		v->vm_pgoff + (end - v->vm_start) > file->size);
}

/* __mm_populate() of mlock(): up to where there is an error. */
static int populate_strictly(struct world *w, unsigned long start,
			     unsigned long end)
{
	const struct vma_state *v;

	for (; start < end && (v = vma_at(w, start)); start = v->vm_end) {
		if (is_out_of_reach(w, v, end))
			return -ENOMEM;
		world_populate(w, v->vm_start, v->vm_end);
	}
	return 0;
}

/* The range in pages. Returns false if there is none, or @err is set. */
static bool lock_range(const struct world *w, const struct call *c,
		       unsigned long *start, unsigned long *end, int *err)
{
	uint64_t first = c->addr & ~(w->page_size - 1);
	uint64_t len = align_up(w, c->len + (c->addr - first));

	*err = wraps(first, len) ? -EINVAL : 0;
	*start = page_of(w, first);
	*end = page_of(w, first + len);
	return !*err && len;
}

int call_mlock(struct world *w, const struct call *c, uint64_t *result)
{
	unsigned long start, end;
	int err;

	(void)result;
	if (c->flags & ~(unsigned int)MLOCK_ONFAULT)
		return -EINVAL;
	if (!lock_range(w, c, &start, &end, &err))
		return err;
	err = world_walk(w, c, start, end, HOLES_STOP, plan_mlock);
	return err ? err : populate_strictly(w, start, end);
}

int call_munlock(struct world *w, const struct call *c, uint64_t *result)
{
	unsigned long start, end;
	int err;

	(void)result;
	if (!lock_range(w, c, &start, &end, &err))
		return err;
	return world_walk(w, c, start, end, HOLES_STOP, plan_munlock);
}

/* apply_mlockall_flags(): an error of one VMA is none. */
static void lock_all(struct world *w, const struct call *c, plan_fn *plan)
{
	const struct vma_state *v;

	for (unsigned long at = 0; (v = mm_find(w->mm, at));) {
		struct op op = { .kind = OP_MODIFY,
				 .start = v->vm_start,
				 .end = v->vm_end };

		at = v->vm_end;
		world_change(w, c, v, &op, plan);
	}
}

int call_mlockall(struct world *w, const struct call *c, uint64_t *result)
{
	const unsigned int known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
	struct call mlock = { .kind = CALL_MLOCK };

	(void)result;
	if (!c->flags || c->flags & ~known || c->flags == MCL_ONFAULT)
		return -EINVAL;
	w->def_flags = 0;
	if (c->flags & MCL_FUTURE)
		w->def_flags |= VM_LOCKED;
	if (c->flags & MCL_FUTURE && c->flags & MCL_ONFAULT)
		w->def_flags |= VM_LOCKONFAULT;
	if (!(c->flags & MCL_CURRENT))
		return 0;
	mlock.flags = c->flags & MCL_ONFAULT ? MLOCK_ONFAULT : 0;
	lock_all(w, &mlock, plan_mlock);
	world_populate(w, 0, MM_END);
	return 0;
}

int call_munlockall(struct world *w, const struct call *c, uint64_t *result)
{
	(void)result;
	w->def_flags = 0;
	lock_all(w, c, plan_munlock);
	return 0;
}

/* ---- names and policies ---------------------------------------------------------------------- */

/* Only anonymous memory has a name; if it is shared, it has a file, too. */
static int plan_name(struct world *w, const struct call *c,
		     const struct vma_state *v, struct op *op)
{
	const struct ident *file = idents_find(w->idents, v->attrs.file);

	if (file && !file->shmem && !file->special)
		return -EBADF;
	if (v->attrs.anon_name == c->name)
		return 0;
	op->changes = CHANGE_NAME;
	op->attrs.anon_name = c->name;
	return 0;
}

int call_name_memory(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t len = align_up(w, c->len);

	(void)result;
	if (!is_aligned(w, c->addr))
		return -EINVAL;
	if (!c->len)
		return 0;
	if (!len || wraps(c->addr, len))
		return -EINVAL;
	return world_walk(w, c, page_of(w, c->addr), page_of(w, c->addr + len),
			  HOLES_SKIP, plan_name);
}

static int plan_mbind(struct world *w, const struct call *c,
		      const struct vma_state *v, struct op *op)
{
	(void)w;
	if (v->attrs.policy == c->policy)
		return 0;
	op->changes = CHANGE_POLICY;
	op->attrs.policy = c->policy;
	return 0;
}

/* queue_pages_range() looks for holes before anything is done. */
static bool has_hole(const struct world *w, unsigned long start,
		     unsigned long end)
{
	while (start < end) {
		const struct vma_state *v = vma_at(w, start);

		if (!v)
			return true;
		start = v->vm_end;
	}
	return false;
}

int call_mbind(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t len = align_up(w, c->len);
	unsigned long start = page_of(w, c->addr), end;
	int err;

	(void)result;
	if (!is_aligned(w, c->addr))
		return -EINVAL;
	if (!c->len)
		return 0;
	if (!len || wraps(c->addr, len))
		return -EINVAL;
	end = page_of(w, c->addr + len);
	if (c->policy ? has_hole(w, start, end) : !is_occupied(w, start, end))
		return -EFAULT;
	err = world_walk(w, c, start, end, HOLES_SKIP, plan_mbind);
	/* The default policy may be set where there is nothing. */
	return !c->policy && err == -ENOMEM ? 0 : err;
}

/* ---- a write ------------------------------------------------------------------------------------- */

int call_touch(struct world *w, const struct call *c, uint64_t *result)
{
	unsigned long start, end;
	int err;

	(void)result;
	if (!lock_range(w, c, &start, &end, &err))
		return err;
	world_touch(w, start, end);
	return has_hole(w, start, end) ? -EFAULT : 0;
}
