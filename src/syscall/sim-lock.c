// SPDX-License-Identifier: GPL-2.0-only
/*
 * mlock() and its kin, names and policies, one VMA after the other, and a write
 * to memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "lib/text.h"
#include "syscall/internal.h"

/* ---- mlock() and its kin ------------------------------------------------------------------ */

/* mlock_fixup(): some memory is never locked, and what is secret stays as it is. */
static int plan_lock(struct sim *sim, const struct syscall *c,
		     const struct vma_state *v, struct op *op)
{
	vm_flags_t flags = v->attrs.flags & ~(vm_flags_t)VM_LOCKED_MASK;

	if (c->kind == CALL_MLOCK || c->kind == CALL_MLOCK2)
		flags |= VM_LOCKED |
			 (c->flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0);
	if (!(flags & (VM_SPECIAL | VM_HUGETLB | sim->droppable)) &&
	    !is_secret(sim, v))
		change_flags(v, op, flags);
	return 0;
}

/*
 * Whether there is memory that cannot be brought in: there is no access, it is
 * secret, or the object that is shared ends before.
 */
static bool is_out_of_reach(const struct sim *sim, const struct vma_state *v,
			    unsigned long end)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	if (v->attrs.flags & VM_LOCKONFAULT)
		return false;
	if (end > v->vm_end)
		end = v->vm_end;
	return !(v->attrs.flags & VM_ACCESS_FLAGS) || is_secret(sim, v) ||
	       (file && file->size &&
		v->vm_pgoff + (end - v->vm_start) > file->size);
}

/* __mm_populate() of mlock(): up to where there is an error. */
static int populate_strictly(struct sim *sim, unsigned long start,
			     unsigned long end)
{
	const struct vma_state *v;

	for (; start < end && (v = vma_at(sim, start)); start = v->vm_end) {
		if (is_out_of_reach(sim, v, end))
			return -ENOMEM;
		sim_populate(sim, v->vm_start, v->vm_end);
	}
	return 0;
}

/* The range in pages. Returns false if there is none, or @err is set. */
static bool lock_range(const struct sim *sim, const struct syscall *c,
		       unsigned long *start, unsigned long *end, int *err)
{
	uint64_t first = c->addr & ~(sim->page_size - 1);
	uint64_t len = align_up(sim, c->len + (c->addr - first));

	*err = wraps(first, len) ? -EINVAL : 0;
	*start = page_of(sim, first);
	*end = page_of(sim, first + len);
	return !*err && len;
}

int sim_mlock(struct sim *sim, const struct syscall *c)
{
	unsigned long start, end;
	int err;

	if (c->flags & ~(unsigned int)MLOCK_ONFAULT)
		return -EINVAL;
	if (!lock_range(sim, c, &start, &end, &err))
		return err;
	err = sim_walk(sim, c, start, end, HOLES_STOP, plan_lock);
	return err ? err : populate_strictly(sim, start, end);
}

int sim_mlock2(struct sim *sim, const struct syscall *c)
{
	return sim_mlock(sim, c);
}

int sim_munlock(struct sim *sim, const struct syscall *c)
{
	unsigned long start, end;
	int err;

	if (!lock_range(sim, c, &start, &end, &err))
		return err;
	return sim_walk(sim, c, start, end, HOLES_STOP, plan_lock);
}

/* apply_mlockall_flags(): an error of one VMA is none. */
static void lock_all(struct sim *sim, const struct syscall *c)
{
	const struct vma_state *v;

	for (unsigned long at = 0; (v = mm_find(sim->mm, at));) {
		struct op op = { .kind = OP_MODIFY,
				 .start = v->vm_start,
				 .end = v->vm_end };

		at = v->vm_end;
		sim_change(sim, c, v, &op, plan_lock);
	}
}

int sim_mlockall(struct sim *sim, const struct syscall *c)
{
	const unsigned int known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
	struct syscall mlock = { .kind = CALL_MLOCK2 };

	if (!c->flags || c->flags & ~known || c->flags == MCL_ONFAULT)
		return -EINVAL;
	sim->def_flags = 0;
	if (c->flags & MCL_FUTURE)
		sim->def_flags |= VM_LOCKED;
	if (c->flags & MCL_FUTURE && c->flags & MCL_ONFAULT)
		sim->def_flags |= VM_LOCKONFAULT;
	if (!(c->flags & MCL_CURRENT))
		return 0;
	mlock.flags = c->flags & MCL_ONFAULT ? MLOCK_ONFAULT : 0;
	lock_all(sim, &mlock);
	sim_populate(sim, 0, MM_END);
	return 0;
}

int sim_munlockall(struct sim *sim, const struct syscall *c)
{
	sim->def_flags = 0;
	lock_all(sim, c);
	return 0;
}

/* ---- names and policies ---------------------------------------------------------------------- */

/* Only anonymous memory has a name; if it is shared, it has a file, too. */
bool refuses_name(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	return file && !file->anon_shmem && !file->special;
}

static int plan_name(struct sim *sim, const struct syscall *c,
		     const struct vma_state *v, struct op *op)
{
	uint32_t name = c->name ? sim_name(sim, c->name) : 0;

	if (refuses_name(sim, v))
		return -EBADF;
	if (v->attrs.anon_name == name)
		return 0;
	op->changes = CHANGE_NAME;
	op->attrs.anon_name = name;
	return 0;
}

int sim_prctl(struct sim *sim, const struct syscall *c)
{
	unsigned long start, end;
	int err;

	if (c->name && !is_vma_name(c->name) && !c->has_result)
		return -EINVAL;
	if (!take_range(sim, c, &start, &end, &err))
		return err;
	return sim_walk(sim, c, start, end, HOLES_SKIP, plan_name);
}

static void change_policy(const struct vma_state *v, struct op *op,
			  uint32_t policy)
{
	if (v->attrs.policy == policy)
		return;
	op->changes = CHANGE_POLICY;
	op->attrs.policy = policy;
}

static int plan_mbind(struct sim *sim, const struct syscall *c,
		      const struct vma_state *v, struct op *op)
{
	change_policy(v, op, c->policy ? sim_policy(sim, c->policy) : 0);
	return 0;
}

int sim_mbind(struct sim *sim, const struct syscall *c)
{
	unsigned long start, end;
	int err;

	if (!take_range(sim, c, &start, &end, &err))
		return err;
	/* queue_pages_range() looks for holes before anything is done. */
	if (c->policy ? has_hole(sim, start, end)
		      : !is_occupied(sim, start, end))
		return -EFAULT;
	/* The default policy may be set where there is nothing. */
	return sim_walk(sim, c, start, end, HOLES_IGNORE, plan_mbind);
}

/* A home is for a policy that binds; it makes another policy of it. */
static int plan_home_node(struct sim *sim, const struct syscall *c,
			  const struct vma_state *v, struct op *op)
{
	const struct ident *old = idents_find(sim->idents, v->attrs.policy);

	/* MPOL_BIND and MPOL_PREFERRED_MANY, as numa_maps has them. */
	if (old && !begins_with(old->text, "bind") &&
	    !begins_with(old->text, "prefer (many)"))
		return -EOPNOTSUPP;
	if (old)
		change_policy(v, op, sim_policy(sim, "bind at home"));
	return 0;
}

int sim_set_mempolicy_home_node(struct sim *sim, const struct syscall *c)
{
	uint64_t len = align_up(sim, c->len);
	unsigned long start = page_of(sim, c->addr);
	unsigned long end = page_of(sim, c->addr + len);
	const struct vma_state *v = mm_find(sim->mm, start);

	if (!is_aligned(sim, c->addr) || wraps(c->addr, len))
		return -EINVAL;
	/* That there is none is only an error if all have none. */
	while (v && v->vm_start < end && !v->attrs.policy)
		v = mm_find(sim->mm, v->vm_end);
	if (start < end && (!v || v->vm_start >= end))
		return -ENOENT;
	return sim_walk(sim, c, start, end, HOLES_IGNORE, plan_home_node);
}

/* ---- memory that is read and written ------------------------------------------------------------- */

/* Up to where the file goes that is behind a VMA, in pages of the process. */
static unsigned long file_end(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	if (!file || !file->size ||
	    file->size >= v->vm_pgoff + (v->vm_end - v->vm_start))
		return v->vm_end;
	if (file->size <= v->vm_pgoff)
		return v->vm_start;
	return v->vm_start + (file->size - v->vm_pgoff);
}

/* Page by page, up to the first that cannot be had. */
static int access_all(struct sim *sim, const struct syscall *c,
		      vm_flags_t access)
{
	unsigned long at, end;
	int err;

	if (!lock_range(sim, c, &at, &end, &err))
		return err;
	while (at < end) {
		const struct vma_state *v = vma_at(sim, at);

		/* Where nothing is, a stack above may grow to. */
		if (!v && !grow_stack(sim, at))
			v = vma_at(sim, at);
		if (!v || !(v->attrs.flags & access) || at >= file_end(sim, v))
			return -EFAULT;
		at = file_end(sim, v);
		if (access != VM_WRITE)
			sim_read_pages(sim, v->vm_start, v->vm_end);
		else if (is_private(v))
			sim_fault(sim, v->vm_start);
	}
	return 0;
}

int sim_touch(struct sim *sim, const struct syscall *c)
{
	return access_all(sim, c, VM_WRITE);
}

/* As processors have it that cannot forbid to read what can be written to. */
int sim_read(struct sim *sim, const struct syscall *c)
{
	return access_all(sim, c, VM_ACCESS_FLAGS);
}
