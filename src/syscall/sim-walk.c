// SPDX-License-Identifier: GPL-2.0-only
/*
 * From one VMA of a range to the next, as calls go that change what is mapped;
 * and memory that is brought in or written to.
 */
#include <errno.h>

#include "syscall/internal.h"

/* ---- from one VMA to the next ------------------------------------------------ */

/* mprotect_fixup(): private memory that is locked and becomes writable */
static bool is_brought_in(vm_flags_t before, vm_flags_t after)
{
	return (before & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED &&
	       after & VM_WRITE;
}

/*
 * madvise_vma_behavior() and madvise_set_anon_name() make EAGAIN of it; a hole
 * stays ENOMEM, and so does all that other calls get.
 */
static int outer_error(const struct syscall *c, int err)
{
	switch (c->kind) {
	case CALL_MADVISE:
	case CALL_PROCESS_MADVISE:
	case CALL_PRCTL:
		return err == -ENOMEM ? -EAGAIN : err;
	default:
		return err;
	}
}

int sim_change(struct sim *sim, const struct syscall *c,
	       const struct vma_state *v, struct op *op, plan_fn *plan)
{
	vm_flags_t before = v->attrs.flags;
	int err = plan(sim, c, v, op);

	if (err || !op->changes)
		return err;
	err = outer_error(c, sim_op(sim, op));
	if (!err && is_brought_in(before, op->attrs.flags))
		sim_populate(sim, op->start, op->end);
	return err;
}

int sim_walk(struct sim *sim, const struct syscall *c, unsigned long start,
	     unsigned long end, enum holes holes, plan_fn *plan)
{
	int err = 0, hole = 0;

	while (!err && start < end) {
		const struct vma_state *v = mm_find(sim->mm, start);
		struct op op = { .kind = OP_MODIFY };

		if ((!v || v->vm_start > start) && holes != HOLES_IGNORE)
			hole = -ENOMEM;
		if (!v || v->vm_start >= end ||
		    (v->vm_start > start && holes == HOLES_STOP))
			return hole;
		op.start = v->vm_start > start ? v->vm_start : start;
		op.end = v->vm_end < end ? v->vm_end : end;
		start = op.end;
		err = sim_change(sim, c, v, &op, plan);
	}
	return err ? err : hole;
}

unsigned long first_hole(const struct sim *sim, unsigned long start,
			 unsigned long end)
{
	const struct vma_state *v;

	while (start < end && (v = vma_at(sim, start)))
		start = v->vm_end;
	return start;
}

bool has_hole(const struct sim *sim, unsigned long start, unsigned long end)
{
	return first_hole(sim, start, end) < end;
}

void change_flags(const struct vma_state *v, struct op *op, vm_flags_t flags)
{
	if (flags == v->attrs.flags)
		return;
	op->changes = CHANGE_FLAGS;
	op->attrs.flags = flags;
}

bool is_private(const struct vma_state *v)
{
	return !(v->attrs.flags & (VM_SHARED | VM_MAYSHARE));
}

bool is_anonymous(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	return !file || file->zero;
}

bool is_secret(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	return file && file->secret;
}

bool take_range(const struct sim *sim, const struct syscall *c,
		unsigned long *start, unsigned long *end, int *err)
{
	uint64_t len = align_up(sim, c->len);
	bool bad = !is_aligned(sim, c->addr) ||
		   (c->len && (!len || wraps(c->addr, len)));

	*err = bad ? -EINVAL : 0;
	*start = page_of(sim, c->addr);
	*end = page_of(sim, c->addr + len);
	return !bad && c->len;
}

/* ---- memory that is brought in --------------------------------------------------- */

void sim_fault(struct sim *sim, unsigned long page)
{
	uint32_t fresh = sim->last_anon_vma + 1;

	if (mm_fault(sim->mm, page, fresh) == fresh)
		sim->last_anon_vma = fresh;
}

/*
 * What is read of anonymous memory is the zero page, which belongs to nobody, unless
 * there is none: do_anonymous_page().
 */
static bool is_faulted(const struct sim *sim, const struct vma_state *v,
		       vm_flags_t access)
{
	if (access & VM_WRITE && v->attrs.flags & VM_WRITE)
		return true;
	return access & VM_READ && sim->traits & SIM_NO_ZERO_PAGE &&
	       is_anonymous(sim, v) && v->attrs.flags & VM_ACCESS_FLAGS;
}

/* @access: VM_READ or VM_WRITE. @without: VMAs that have one of these are left out. */
static void fault_all(struct sim *sim, unsigned long start, unsigned long end,
		      vm_flags_t access, vm_flags_t without)
{
	for_each_vma_in(sim->mm, v, start, end)
		if (is_private(v) && !v->anon_vma &&
		    is_faulted(sim, v, access) && !(v->attrs.flags & without))
			sim_fault(sim, v->vm_start);
}

void sim_write(struct sim *sim, unsigned long start, unsigned long end)
{
	fault_all(sim, start, end, VM_WRITE, 0);
}

void sim_read_pages(struct sim *sim, unsigned long start, unsigned long end)
{
	fault_all(sim, start, end, VM_READ, 0);
}

void sim_populate(struct sim *sim, unsigned long start, unsigned long end)
{
	fault_all(sim, start, end, VM_READ | VM_WRITE, VM_LOCKONFAULT);
}
