// SPDX-License-Identifier: GPL-2.0-only
/*
 * mprotect() and madvise(), one VMA after the other. Each VMA's new attributes
 * come from its own, so each is an operation.
 */
#include <errno.h>

#include "lib/memory.h"
#include "syscall/numbers.h"
#include "syscall/internal.h"

/* ---- mprotect() -------------------------------------------------------------------- */

/* What VM_MAY* does not allow. */
static bool is_denied(vm_flags_t flags)
{
	return (flags & VM_READ && !(flags & VM_MAYREAD)) ||
	       (flags & VM_WRITE && !(flags & VM_MAYWRITE)) ||
	       (flags & VM_EXEC && !(flags & VM_MAYEXEC));
}

/*
 * mprotect_fixup(): private memory that becomes writable is accounted for, and
 * stays so, unless nobody has written to it by the time that nobody can.
 */
static vm_flags_t account(const struct sim *sim, const struct vma_state *v,
			  vm_flags_t flags)
{
	const vm_flags_t never =
		VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE;

	if (flags & VM_WRITE)
		return v->attrs.flags & never ? flags : flags | VM_ACCOUNT;
	if (is_anonymous(sim, v) && !v->anon_vma)
		flags &= ~(vm_flags_t)VM_ACCOUNT;
	return flags;
}

static int plan_mprotect(struct sim *sim, const struct syscall *c,
			 const struct vma_state *v, struct op *op)
{
	vm_flags_t flags = v->attrs.flags & ~(vm_flags_t)VM_ACCESS_FLAGS;

	/* VM_ARCH_CLEAR: branch targets must be asked for each time. */
	flags &= ~arch_prot_flags(sim, PROT_BTI_ARM64);
	flags |= prot_flags(c->prot) | arch_prot_flags(sim, c->prot);
	if (c->kind == CALL_PKEY_MPROTECT && c->key >= 0)
		flags = (flags & ~PKEY_MASK) | (vm_flags_t)c->key << PKEY_SHIFT;
	if (is_denied(flags))
		return -EACCES;
	if (v->attrs.flags & sim->sealed)
		return -EPERM;
	if (flags != v->attrs.flags)
		change_flags(v, op, account(sim, v, flags));
	return 0;
}

#define PROT_GROWS (PROT_GROWSDOWN | PROT_GROWSUP)

/* arch_validate_prot(), of x86 and arm64 together. */
static bool is_prot(unsigned int prot)
{
	return !(prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM_LINUX |
			  PROT_BTI_ARM64 | PROT_MTE_ARM64 | PROT_GROWS));
}

/* PROT_GROWSDOWN: from the stack's beginning. Nothing grows up on these. */
static int grow_range(const struct sim *sim, const struct syscall *c,
		      unsigned long *start, unsigned long end)
{
	const struct vma_state *v = mm_find(sim->mm, *start);

	if (!(c->prot & PROT_GROWS))
		return 0;
	if (!v || v->vm_start >= end)
		return -ENOMEM;
	if (c->prot & PROT_GROWSUP)
		return v->vm_start > *start ? -ENOMEM : -EINVAL;
	if (!(v->attrs.flags & VM_GROWSDOWN))
		return -EINVAL;
	*start = v->vm_start;
	return 0;
}

int sim_mprotect(struct sim *sim, const struct syscall *c)
{
	uint64_t len = align_up(sim, c->len);
	unsigned long start = page_of(sim, c->addr), end;
	int err;

	if ((c->prot & PROT_GROWS) == PROT_GROWS || !is_aligned(sim, c->addr))
		return -EINVAL;
	if (!c->len)
		return 0;
	if (!len || wraps(c->addr, len))
		return -ENOMEM;
	if (!is_prot(c->prot))
		return -EINVAL;
	if (c->kind == CALL_PKEY_MPROTECT && (c->key > 15 || c->key < -1))
		return -EINVAL;
	if (!in_task(sim, c->addr, len))
		return -ENOMEM;
	end = page_of(sim, c->addr + len);
	err = grow_range(sim, c, &start, end);
	if (!err)
		err = sim_walk(sim, c, start, end, HOLES_STOP, plan_mprotect);
	if (sim->faulted == FAULTED_WRITABLE)
		sim_write(sim, start, end);
	return err;
}

int sim_pkey_mprotect(struct sim *sim, const struct syscall *c)
{
	return sim_mprotect(sim, c);
}

/* ---- mseal() -------------------------------------------------------------------------- */

static int plan_mseal(struct sim *sim, const struct syscall *c,
		      const struct vma_state *v, struct op *op)
{
	change_flags(v, op, v->attrs.flags | sim->sealed);
	return 0;
}

/* Where there is a hole, nothing is sealed. */
int sim_mseal(struct sim *sim, const struct syscall *c)
{
	uint64_t len = align_up(sim, c->len);
	unsigned long start = page_of(sim, c->addr), end;

	if (c->flags || !is_aligned(sim, c->addr) || (c->len && !len) ||
	    wraps(c->addr, len))
		return -EINVAL;
	end = page_of(sim, c->addr + len);
	if (has_hole(sim, start, end))
		return -ENOMEM;
	sim->has_sealed |= len != 0;
	return sim_walk(sim, c, start, end, HOLES_STOP, plan_mseal);
}

/* ---- userfaultfd ---------------------------------------------------------------------- */

/*
 * vma_can_userfault(): memory that has no file but shared memory's own, which
 * minor faults are of
 */
static bool can_userfault(const struct sim *sim, const struct vma_state *v,
			  unsigned int modes)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	if (v->attrs.flags & sim->droppable)
		return false;
	if (v->attrs.flags & VM_HUGETLB)
		return true;
	return is_anonymous(sim, v) ? !(modes & UFFD_MINOR) : file->shmem;
}

/* Missing pages, if no mode is said. */
static vm_flags_t uffd_flags(unsigned int modes)
{
	vm_flags_t flags = (modes & UFFD_WP ? VM_UFFD_WP : 0) |
			   (modes & UFFD_MINOR ? VM_UFFD_MINOR : 0);

	return !flags || modes & UFFD_MISSING ? flags | VM_UFFD_MISSING : flags;
}

/* What is watched in all the modes already stays as it is, in others, too. */
static int plan_userfaultfd(struct sim *sim, const struct syscall *c,
			    const struct vma_state *v, struct op *op)
{
	bool on = !(c->flags & (UFFD_UNREGISTER | UFFD_CLOSE));
	vm_flags_t flags = v->attrs.flags & ~(vm_flags_t)VM_UFFD_FLAGS;
	vm_flags_t modes = on ? uffd_flags(c->flags) : 0;

	if (on == (v->attrs.uffd_ctx != 0) && (v->attrs.flags & modes) == modes)
		return 0;
	flags |= modes;
	op->changes = CHANGE_FLAGS | CHANGE_UFFD;
	op->attrs.flags = flags;
	op->attrs.uffd_ctx = on ? UFFD_CONTEXT : 0;
	return 0;
}

/* All VMAs are looked at before any is changed. */
int sim_ioctl_userfaultfd(struct sim *sim, const struct syscall *c)
{
	unsigned long start = page_of(sim, c->addr);
	unsigned long end = page_of(sim, c->addr + c->len);

	/* userfaultfd_release() */
	if (c->flags & UFFD_CLOSE)
		return sim_walk(sim, c, 0, page_of(sim, TASK_MOST),
				HOLES_IGNORE, plan_userfaultfd);
	if (!is_aligned(sim, c->addr) || !is_aligned(sim, c->len) || !c->len ||
	    !in_task(sim, c->addr, c->len) || !is_occupied(sim, start, end))
		return -EINVAL;
	for_each_vma_in(sim->mm, v, start, end) {
		if (!can_userfault(sim, v, c->flags))
			return -EINVAL;
		if (!(c->flags & UFFD_UNREGISTER) &&
		    !(v->attrs.flags & VM_MAYWRITE))
			return -EPERM;
	}
	return sim_walk(sim, c, start, end, HOLES_IGNORE, plan_userfaultfd);
}

/* ---- madvise() ------------------------------------------------------------------------ */

/*
 * @clear, @set: flags that it changes, if it changes any. @since: which release has
 * it; 0 if all that are simulated. @of_any: process_madvise() has always taken it,
 * whoever it is of. @discards: it would lose data, is_discard().
 */
static const struct advice {
	int advice;
	vm_flags_t clear;
	vm_flags_t set;
	long since;
	bool of_any;
	bool discards;
} all_advice[] = {
	{ MADV_NORMAL, VM_RAND_READ | VM_SEQ_READ, 0 },
	{ MADV_SEQUENTIAL, VM_RAND_READ, VM_SEQ_READ },
	{ MADV_RANDOM, VM_SEQ_READ, VM_RAND_READ },
	{ MADV_DONTFORK, 0, VM_DONTCOPY, .discards = true },
	{ MADV_DOFORK, VM_DONTCOPY, 0 },
	{ MADV_WIPEONFORK, 0, VM_WIPEONFORK, .discards = true },
	{ MADV_KEEPONFORK, VM_WIPEONFORK, 0 },
	{ MADV_DONTDUMP, 0, VM_DONTDUMP },
	{ MADV_DODUMP, VM_DONTDUMP, 0 },
	{ MADV_MERGEABLE, 0, VM_MERGEABLE },
	{ MADV_UNMERGEABLE, VM_MERGEABLE, 0 },
	{ MADV_HUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE },
	{ MADV_NOHUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE },
	{ MADV_WILLNEED, .of_any = true },
	{ MADV_DONTNEED, .discards = true },
	{ MADV_FREE, .discards = true },
	{ MADV_REMOVE, .discards = true },
	{ MADV_COLD, .of_any = true },
	{ MADV_PAGEOUT, .of_any = true },
	{ MADV_POPULATE_READ },
	{ MADV_POPULATE_WRITE },
	{ MADV_DONTNEED_LOCKED, .discards = true },
	{ MADV_COLLAPSE, .of_any = true },
	{ MADV_GUARD_INSTALL, .since = VERSION_NUMBER(6, 13),
	  .discards = true },
	{ MADV_GUARD_REMOVE, .since = VERSION_NUMBER(6, 13) },
	{ MADV_HWPOISON },
};

static const struct advice *find_advice(int advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_advice); i++)
		if (all_advice[i].advice == advice)
			return &all_advice[i];
	return NULL;
}

/* check_vma_flags() */
static bool is_not_populated(const struct sim *sim, const struct vma_state *v,
			     vm_flags_t access)
{
	vm_flags_t flags = v->attrs.flags;

	return flags & (VM_IO | VM_PFNMAP) || !(flags & access) ||
	       is_secret(sim, v);
}

/*
 * is_valid_guard_vma(). Up to 6.14 guards were for private memory that has no file and
 * may be written to.
 */
static bool is_not_guarded(const struct sim *sim, const struct vma_state *v,
			   vm_flags_t disallowed)
{
	disallowed |= VM_SPECIAL | VM_HUGETLB;
	if (sim->release < VERSION_NUMBER(6, 15) &&
	    (!is_anonymous(sim, v) || !(v->attrs.flags & VM_MAYWRITE)))
		return true;
	return v->attrs.flags & disallowed;
}

/* thp_vma_allowable_order(). Other memory may be refused for what is in it. */
static bool is_not_collapsed(const struct sim *sim, const struct vma_state *v)
{
	uint64_t end = address_of(sim, v->vm_end) & ~(HUGE_PAGE - 1);

	return v->attrs.flags & (VM_SPECIAL | VM_HUGETLB | VM_NOHUGEPAGE) ||
	       is_secret(sim, v) ||
	       end < address_of(sim, v->vm_start) + HUGE_PAGE ||
	       (!is_anonymous(sim, v) &&
		address_of(sim, v->vm_start - v->vm_pgoff) % HUGE_PAGE);
}

bool refuses_advice(const struct sim *sim, const struct vma_state *v,
		    int advice)
{
	vm_flags_t flags = v->attrs.flags;

	switch (advice) {
	case MADV_DOFORK:
		return flags &
		       (sim->release < VERSION_NUMBER(7, 1) ? VM_IO
							    : VM_SPECIAL);
	case MADV_WIPEONFORK:
		return v->attrs.file || flags & VM_SHARED;
	case MADV_KEEPONFORK:
		return flags & sim->droppable;
	case MADV_DODUMP:
		return (!(flags & VM_HUGETLB) && flags & VM_SPECIAL) ||
		       flags & sim->droppable;
	case MADV_DONTNEED:
		return !(flags & VM_HUGETLB) && flags & (VM_LOCKED | VM_PFNMAP);
	case MADV_DONTNEED_LOCKED:
		return !(flags & VM_HUGETLB) && flags & VM_PFNMAP;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB);
	case MADV_COLLAPSE:
		return is_not_collapsed(sim, v);
	case MADV_REMOVE:
		return !v->attrs.file || flags & VM_LOCKED;
	case MADV_FREE:
		return !is_anonymous(sim, v) || flags & (VM_LOCKED | VM_PFNMAP);
	case MADV_GUARD_INSTALL:
		return is_not_guarded(sim, v, VM_LOCKED);
	case MADV_GUARD_REMOVE:
		return is_not_guarded(sim, v, 0);
	case MADV_POPULATE_READ:
		return is_not_populated(sim, v, VM_READ);
	case MADV_POPULATE_WRITE:
		return is_not_populated(sim, v, VM_WRITE);
	default:
		return false;
	}
}

/*
 * can_madvise_modify(): what is sealed, and can only be read, is not discarded. Up
 * to 6.16 is_ro_anon() asked for a file instead.
 */
static bool is_kept(const struct sim *sim, const struct advice *a,
		    const struct vma_state *v)
{
	bool anonymous = sim->release < VERSION_NUMBER(6, 17)
				 ? !v->attrs.file
				 : is_anonymous(sim, v);

	return v->attrs.flags & sim->sealed && a->discards && anonymous &&
	       !(v->attrs.flags & VM_WRITE);
}

/*
 * The page tables are no longer empty, so that there has to be an anon_vma; before there
 * was VM_MAYBE_GUARD a file's memory got one, too.
 */
static void install_guard(struct sim *sim, const struct vma_state *v)
{
	bool flagged = sim->rules->ignored & VM_MAYBE_GUARD;
	struct vma_state guarded;

	if (!flagged || (is_private(v) && is_anonymous(sim, v)))
		sim_fault(sim, v->vm_start);
	if (!flagged)
		return;
	guarded = *v;
	guarded.attrs.flags |= VM_MAYBE_GUARD;
	mm_replace(sim->mm, v->vm_start, &guarded);
}

/* vma_is_shared_maywrite() */
static bool is_shared_maywrite(const struct vma_state *v)
{
	const vm_flags_t both = VM_SHARED | VM_MAYWRITE;

	return (v->attrs.flags & both) == both;
}

static int plan_madvise(struct sim *sim, const struct syscall *c,
			const struct vma_state *v, struct op *op)
{
	const struct advice *a = find_advice(c->advice);

	if (is_kept(sim, a, v))
		return -EPERM;
	if (refuses_advice(sim, v, c->advice))
		return -EINVAL;
	if (c->advice == MADV_REMOVE && !is_shared_maywrite(v))
		return -EACCES;
	if (c->advice != MADV_MERGEABLE || !has_no_ksm(sim, v->attrs.flags))
		change_flags(v, op, (v->attrs.flags & ~a->clear) | a->set);
	if (c->advice == MADV_GUARD_INSTALL)
		install_guard(sim, v);
	if (c->advice == MADV_POPULATE_WRITE)
		sim_write(sim, op->start, op->end);
	if (c->advice == MADV_POPULATE_READ)
		sim_read_pages(sim, op->start, op->end);
	return 0;
}

int sim_madvise(struct sim *sim, const struct syscall *c)
{
	const struct advice *a = find_advice(c->advice);
	/* madvise_populate() ends at a hole, all else comes to what is behind. */
	bool populates = c->advice == MADV_POPULATE_READ ||
			 c->advice == MADV_POPULATE_WRITE;
	unsigned long start, end;
	int err;

	if (!a || sim->release < a->since)
		return -EINVAL;
	if (!take_range(sim, c, &start, &end, &err))
		return err;
	return sim_walk(sim, c, start, end, populates ? HOLES_STOP : HOLES_SKIP,
			plan_madvise);
}

/* Since 6.13 a process may give itself any advice: process_madvise_remote_valid() */
int sim_process_madvise(struct sim *sim, const struct syscall *c)
{
	const struct advice *a = find_advice(c->advice);
	int err = 0;

	if (sim->release < VERSION_NUMBER(6, 13) && !(a && a->of_any))
		return -EINVAL;
	/* An iovec without a byte is no range that is looked at. */
	if (c->len)
		err = sim_madvise(sim, c);
	if (!err)
		sim->result = c->len;
	return err;
}
