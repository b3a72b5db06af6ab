// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that map and unmap: mmap(), munmap(), brk(), shmat(), shmdt(),
 * and the page fault that makes a stack longer. As do_mmap(), mmap_region(),
 * do_brk_flags(), do_shmat() and expand_downwards().
 */
#include <errno.h>
#include <sys/shm.h>

#include "syscall/numbers.h"
#include "syscall/internal.h"

/* ---- operations ------------------------------------------------------------ */

int sim_op(struct sim *sim, const struct op *op)
{
	const struct sim_visitor *v = sim->visitor;
	const struct outcome *out;

	if (v && v->before)
		v->before(v->data, sim, op);
	out = mm_do(sim->mm, op);
	if (v && v->after)
		v->after(v->data, sim, op, out);
	return out->err;
}

static bool is_sealed(const struct sim *sim, unsigned long start,
		      unsigned long end)
{
	/* Hardly any process has sealed anything: then do not look. */
	if (!sim->has_sealed)
		return false;
	for_each_vma_in(sim->mm, v, start, end)
		if (v->attrs.flags & sim->sealed)
			return true;
	return false;
}

/*
 * vms_gather_munmap_vmas(): before it comes to a VMA that is sealed, the first is
 * split that sticks out below, and stays so.
 */
static int refuse_sealed(struct sim *sim, unsigned long start)
{
	const struct vma_state *first = vma_at(sim, start);
	const struct op split = { .kind = OP_SPLIT,
				  .start = start,
				  .new_below = true };

	if (first && first->vm_start < start &&
	    !(first->attrs.flags & sim->sealed))
		sim_op(sim, &split);
	return -EPERM;
}

/* What lies in a range goes, if it may, as a part of the operation. */
static int make_go(struct sim *sim, const struct op *op)
{
	if (is_sealed(sim, op->start, op->end))
		return refuse_sealed(sim, op->start);
	return sim_op(sim, op);
}

int sim_unmap(struct sim *sim, unsigned long start, unsigned long end)
{
	const struct op op = { .kind = OP_UNMAP, .start = start, .end = end };

	return is_occupied(sim, start, end) ? make_go(sim, &op) : 0;
}

/* ---- flags of what is mapped ------------------------------------------------- */

static bool is_shared(const struct syscall *c)
{
	unsigned int type = c->flags & MAP_TYPE;

	return type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
}

static bool is_droppable(const struct syscall *c)
{
	return (c->flags & MAP_TYPE) == MAP_DROPPABLE && !c->file;
}

static vm_flags_t type_flags(const struct sim *sim, const struct syscall *c)
{
	if (is_shared(c))
		return VM_SHARED | VM_MAYSHARE;
	if (is_droppable(c))
		return sim->droppable | VM_NORESERVE | VM_WIPEONFORK |
		       VM_DONTDUMP;
	return 0;
}

/*
 * Whether it is after a VMA is made, and only if one is, that PR_SET_MEMORY_MERGE adds
 * its flag: ksm_add_vma(). It does not merge with what has the flag then. Up to 6.16 that
 * was so of all; since, can_set_ksm_flags_early(), of what has an .mmap of old, as
 * /dev/zero up to 6.18. Which other files have one is not known here.
 */
static bool merges_any_late(const struct sim *sim, uint32_t file)
{
	const struct ident *ident = idents_find(sim->idents, file);

	return sim->release < VERSION_NUMBER(6, 17) ||
	       (ident && ident->zero && sim->release < VERSION_NUMBER(6, 19));
}

static void merge_any_late(struct sim *sim, const struct op *op)
{
	struct vma_state v;

	if (!(sim->traits & SIM_MEMORY_MERGE) ||
	    !merges_any_late(sim, op->attrs.file))
		return;
	v = *vma_at(sim, op->start);
	if (v.vm_start != op->start || v.vm_end != op->end)
		return;
	v.attrs.flags = sim_merge_any(sim, v.attrs.flags);
	mm_replace(sim->mm, op->start, &v);
}

/* calc_vm_flag_bits() and what do_mmap() adds. */
static vm_flags_t asked_flags(struct sim *sim, const struct syscall *c)
{
	vm_flags_t flags = VM_MAY_FLAGS | sim->def_flags | sim->soft_dirty |
			   prot_flags(c->prot) | type_flags(sim, c) |
			   arch_prot_flags(sim, c->prot);

	if (c->flags & MAP_SHADOW_STACK)
		flags |= sim_other(sim, "ss");
	if (c->flags & MAP_GROWSDOWN)
		flags |= VM_GROWSDOWN;
	if (c->flags & MAP_LOCKED)
		flags |= VM_LOCKED;
	if (c->flags & MAP_SYNC)
		flags |= sim_other(sim, "sf");
	if (c->flags & MAP_STACK)
		flags |= VM_NOHUGEPAGE;
	if (c->flags & MAP_NORESERVE)
		flags |= VM_NORESERVE;
	if (c->flags & MAP_HUGETLB)
		flags |= VM_HUGETLB | VM_DONTEXPAND;
	return merges_any_late(sim, c->file) ? flags
					     : sim_merge_any(sim, flags);
}

/* accountable_mapping() */
static bool is_accounted(vm_flags_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) ==
	       VM_WRITE;
}

static vm_flags_t mapped_flags(struct sim *sim, const struct syscall *c)
{
	const struct ident *file = idents_find(sim->idents, c->file);
	vm_flags_t flags = asked_flags(sim, c);

	/* secretmem_mmap(), of a file system that has no programs */
	if (file && file->secret)
		flags = (flags & ~(vm_flags_t)VM_MAYEXEC) | VM_LOCKED |
			VM_DONTDUMP;
	if (is_accounted(flags))
		flags |= VM_ACCOUNT;
	if (flags & VM_HUGETLB)
		flags &= ~(vm_flags_t)VM_LOCKED_MASK;
	return flags;
}

/* ---- mmap() --------------------------------------------------------------------- */

/* Rounded as do_mmap() does; 0 if that is beyond all. */
static uint64_t mapped_len(const struct sim *sim, const struct syscall *c)
{
	uint64_t huge = huge_page(c);

	if (c->flags & MAP_HUGETLB)
		return (c->len + huge - 1) & ~(huge - 1);
	return align_up(sim, c->len);
}

static bool is_fixed(const struct syscall *c)
{
	return c->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
}

static uint64_t alignment(const struct sim *sim, const struct syscall *c,
			  uint64_t len)
{
	if (c->flags & MAP_HUGETLB)
		return huge_page(c);
	if (!c->file && !is_shared(c) && !c->addr)
		return sim_alignment(sim, len);
	return sim->page_size;
}

static uint64_t smallest_page(const struct sim *sim, const struct syscall *c)
{
	return c->flags & MAP_HUGETLB ? huge_page(c) : sim->page_size;
}

/* hugetlb_get_unmapped_area() rounds up, what else there is rounds down. */
static uint64_t asked_address(const struct sim *sim, const struct syscall *c)
{
	uint64_t page = smallest_page(sim, c), addr = c->addr;

	if (c->flags & MAP_HUGETLB)
		addr += page - 1;
	return addr & ~(page - 1);
}

/* Where it goes. Returns 0 or -errno. */
static int choose_address(const struct sim *sim, const struct syscall *c,
			  uint64_t len, uint64_t *addr)
{
	if (is_fixed(c))
		*addr = c->addr;
	else if (c->has_result)
		*addr = c->result;
	else if (c->flags & MAP_32BIT)
		*addr = sim_place_low(sim, asked_address(sim, c), len);
	else
		*addr = sim_place(sim, asked_address(sim, c), len,
				  alignment(sim, c, len));
	if (!*addr && !is_fixed(c))
		return -ENOMEM;
	if (!in_task(sim, *addr, len))
		return -ENOMEM;
	return *addr & (smallest_page(sim, c) - 1) ? -EINVAL : 0;
}

/* What do_mmap() asks before it looks for a place. */
static int check_mmap(const struct sim *sim, const struct syscall *c,
		      uint64_t len)
{
	if (!is_aligned(sim, c->offset) || !c->len)
		return -EINVAL;
	if (!len)
		return -ENOMEM;
	return mm_map_count(sim->mm) > sim->max_map_count ? -ENOMEM : 0;
}

/* file_mmap_ok(), of a file that may be as long as any: MAX_LFS_FILESIZE */
static bool is_in_file(const struct syscall *c, uint64_t len)
{
	return len <= INT64_MAX && c->offset <= INT64_MAX - len;
}

/* And after that: which flags go together, by what is mapped. */
static int check_type(const struct syscall *c, uint64_t len)
{
	const unsigned int known = MAP_TYPE | MAP_FIXED | MAP_GROWSDOWN |
				   MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |
				   MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB |
				   MAP_32BIT | MAP_DENYWRITE | MAP_EXECUTABLE |
				   MAP_ANONYMOUS;
	unsigned int type = c->flags & MAP_TYPE;
	bool huge = c->flags & MAP_HUGETLB;

	if ((c->file || huge) && !is_in_file(c, len))
		return -EOVERFLOW;
	/* What worked was a file that can be MAP_SYNC. */
	if (c->file && type == MAP_SHARED_VALIDATE && c->flags & ~known &&
	    !c->has_result)
		return -EOPNOTSUPP;
	if (!is_shared(c) && type != MAP_PRIVATE && !is_droppable(c))
		return -EINVAL;
	if (!c->file && type == MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (is_droppable(c) && (c->flags & MAP_LOCKED || huge))
		return -EINVAL;
	/* A stack is private, and has no file, as huge pages have. */
	if (c->flags & MAP_GROWSDOWN &&
	    (c->file || huge || type != MAP_PRIVATE))
		return -EINVAL;
	return 0;
}

/* shmem_zero_setup(): memory that is shared has a file of its own. */
static bool has_fresh_file(const struct sim *sim, const struct syscall *c)
{
	const struct ident *file = idents_find(sim->idents, c->file);

	if (file)
		return file->zero && is_shared(c);
	return is_shared(c) || c->flags & MAP_HUGETLB;
}

/* The file that is behind it. */
static void set_file(struct sim *sim, const struct syscall *c, struct op *op)
{
	const char *name = c->flags & MAP_HUGETLB ? "/anon_hugepage (deleted)"
						  : "/dev/zero (deleted)";

	op->attrs.file = c->file;
	op->pgoff = page_of(sim, c->offset);
	if (has_fresh_file(sim, c)) {
		op->attrs.file = idents_fresh(sim->idents, name,
					      op->end - op->start, false)
					 ->id;
		if (!c->file && !(c->flags & MAP_HUGETLB))
			op->pgoff = 0;
	} else if (!c->file) {
		op->pgoff = op->start;
	}
	if (c->flags & MAP_HUGETLB) {
		op->attrs.has_close = true;
		op->attrs.split_unit = (uint32_t)page_of(sim, huge_page(c));
	}
}

/* As far as the call itself brings in memory, there is no doubt about it. */
static void bring_in(struct sim *sim, const struct syscall *c,
		     const struct op *op)
{
	bool asked = (c->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;

	if (asked || op->attrs.flags & VM_LOCKED)
		sim_populate(sim, op->start, op->end);
}

/*
 * __mmap_complete(): what can be dropped is not locked. That is seen to after it
 * may have merged, and do_mmap(), which has it brought in, does not know.
 */
static void unlock_droppable(struct sim *sim, const struct op *op)
{
	struct vma_state v = *vma_at(sim, op->start);

	if (!(v.attrs.flags & sim->droppable))
		return;
	v.attrs.flags &= ~(vm_flags_t)VM_LOCKED_MASK;
	mm_replace(sim->mm, op->start, &v);
}

static int map_at(struct sim *sim, const struct syscall *c, uint64_t addr,
		  uint64_t len)
{
	struct op op = {
		.kind = OP_MAP,
		.start = page_of(sim, addr),
		.end = page_of(sim, addr + len),
		.attrs.flags = mapped_flags(sim, c),
	};
	int err;

	if (is_occupied(sim, op.start, op.end)) {
		if (!(c->flags & MAP_FIXED) || c->flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		op.kind = OP_REPLACE;
	}
	err = check_type(c, len);
	if (err)
		return err;
	/* hugetlbfs_file_mmap(): what was there is gone by then. */
	if (c->offset & (smallest_page(sim, c) - 1)) {
		err = sim_unmap(sim, op.start, op.end);
		return err ? err : -EINVAL;
	}
	set_file(sim, c, &op);
	err = op.kind == OP_REPLACE ? make_go(sim, &op) : sim_op(sim, &op);
	if (err)
		return err;
	merge_any_late(sim, &op);
	unlock_droppable(sim, &op);
	bring_in(sim, c, &op);
	return 0;
}

int sim_mmap(struct sim *sim, const struct syscall *c)
{
	uint64_t len = mapped_len(sim, c), addr;
	int err = check_mmap(sim, c, len);

	if (!err)
		err = choose_address(sim, c, len, &addr);
	if (!err)
		err = map_at(sim, c, addr, len);
	if (err)
		return err;
	if (sim->faulted == FAULTED_WRITABLE)
		sim_write(sim, page_of(sim, addr), page_of(sim, addr + len));
	sim->result = addr;
	return 0;
}

int sim_munmap(struct sim *sim, const struct syscall *c)
{
	uint64_t len = align_up(sim, c->len);

	if (!is_aligned(sim, c->addr) || !len || !in_task(sim, c->addr, len))
		return -EINVAL;
	return sim_unmap(sim, page_of(sim, c->addr),
			 page_of(sim, c->addr + len));
}

/* Whether VMAs of the same file and flags follow each other up to a page. */
static bool continues(const struct sim *sim, const struct vma_state *v,
		      unsigned long end)
{
	const struct vma_state *next = v;

	while (next && next->vm_end < end) {
		next = vma_at(sim, next->vm_end);
		if (next && (next->attrs.file != v->attrs.file ||
			     next->attrs.flags != v->attrs.flags))
			return false;
	}
	return next;
}

/* mmap() of the same file over it, with another offset: mm/mmap.c */
int sim_remap_file_pages(struct sim *sim, const struct syscall *c)
{
	uint64_t addr = c->addr & ~(sim->page_size - 1);
	uint64_t len = c->len & ~(sim->page_size - 1);
	const struct vma_state *v = vma_at(sim, page_of(sim, addr));
	unsigned long end = page_of(sim, addr + len);
	struct syscall mmap = { .kind = CALL_MMAP,
				.flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE,
				.offset = c->offset };
	uint64_t huge;

	/* The kernel is told a page of it. */
	if (!is_aligned(sim, c->offset))
		return -EINVAL;
	/* Nor may there be a protection. */
	if (c->flags || wraps(addr, len) || !len || !v ||
	    !(v->attrs.flags & VM_SHARED))
		return -EINVAL;
	if (v->vm_end < end && !continues(sim, v, end))
		return -EINVAL;
	huge = address_of(sim, v->attrs.split_unit);
	if (huge)
		mmap.flags |= MAP_HUGETLB | (unsigned int)__builtin_ctzll(huge)
						    << HUGE_SHIFT;
	mmap.file = v->attrs.file;
	mmap.prot = flags_prot(v->attrs.flags);
	if (v->attrs.flags & VM_LOCKED)
		mmap.flags |= MAP_LOCKED;
	return map_at(sim, &mmap, addr, len);
}

/* ---- brk() ------------------------------------------------------------------------ */

/* do_brk_flags(): only what is heap already grows, not what lies below it. */
static int grow_heap(struct sim *sim, uint64_t from, uint64_t to)
{
	struct op op = {
		.kind = OP_MAP,
		.start = page_of(sim, from),
		.end = page_of(sim, to),
		.attrs.flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT |
			       sim->def_flags | sim->soft_dirty,
		.pgoff = page_of(sim, from),
		.just_expand = true,
		.apart = from <= sim->brk_start,
	};
	const struct vma_state *above;
	int err;

	if (sim->traits & SIM_READ_IMPLIES_EXEC)
		op.attrs.flags |= VM_EXEC;
	if (!merges_any_late(sim, 0))
		op.attrs.flags = sim_merge_any(sim, op.attrs.flags);
	above = mm_find(sim->mm, op.start);
	if (above && op.end + 1 > start_gap(above))
		return -ENOMEM;
	err = sim_op(sim, &op);
	if (!err)
		merge_any_late(sim, &op);
	if (!err && op.attrs.flags & VM_LOCKED)
		sim_populate(sim, op.start, op.end);
	if (!err && sim->faulted == FAULTED_WRITABLE)
		sim_write(sim, op.start, op.end);
	return err;
}

/* Whatever there is goes, but for nothing at all. */
static int shrink_heap(struct sim *sim, uint64_t from, uint64_t to)
{
	unsigned long start = page_of(sim, to), end = page_of(sim, from);

	if (start == end)
		return 0;
	return is_occupied(sim, start, end) ? sim_unmap(sim, start, end)
					    : -ENOMEM;
}

int sim_brk(struct sim *sim, const struct syscall *c)
{
	uint64_t from, to = align_up(sim, c->addr);
	int err;

	/* The heap begins at the first answer that there is. */
	if (!sim->brk_start)
		sim->brk_start = sim->brk = c->has_result ? c->result : c->addr;
	sim->result = sim->brk;
	/* That is how one asks for the end of the heap. */
	if (!c->addr)
		return 0;
	/* The kernel reports a failure by the end of the heap, unchanged. */
	if (c->addr < sim->brk_start || !in_task(sim, to, 0) ||
	    (c->has_result && c->result != c->addr))
		return -ENOMEM;
	from = align_up(sim, sim->brk);
	err = to > from ? grow_heap(sim, from, to) : shrink_heap(sim, from, to);
	if (err)
		return -ENOMEM;
	sim->brk = sim->result = c->addr;
	return 0;
}

/* ---- System V shared memory ---------------------------------------------------------- */

/*
 * do_mmap(): a file that was opened to be read, as SHM_RDONLY has it done, is not
 * shared with whoever writes, and never becomes writable.
 */
static vm_flags_t attached_flags(struct sim *sim, const struct syscall *c)
{
	vm_flags_t flags = mapped_flags(sim, c);

	if (!(c->prot & PROT_WRITE))
		flags &= ~(vm_flags_t)(VM_SHARED | VM_MAYWRITE);
	return flags;
}

/* Each shmat() opens the segment anew, so that no two of them merge. */
int sim_shmat(struct sim *sim, const struct syscall *c)
{
	struct syscall mapped = *c;
	struct op op = { .kind = OP_MAP };
	uint64_t len, addr;
	int err;

	mapped.flags = MAP_SHARED |
		       (c->addr && !c->has_result ? MAP_FIXED : 0) |
		       (c->flags & (MAP_HUGETLB | HUGE_SIZES));
	len = mapped_len(sim, &mapped);
	mapped.addr = c->addr;
	if (c->flags & SHM_RND)
		mapped.addr &= ~(sim->page_size - 1);
	if (!len)
		return -EINVAL;
	err = choose_address(sim, &mapped, len, &addr);
	if (err)
		return err;
	op.start = page_of(sim, addr);
	op.end = page_of(sim, addr + len);
	if (is_occupied(sim, op.start, op.end)) {
		if (!(c->flags & SHM_REMAP))
			return -EINVAL;
		op.kind = OP_REPLACE;
	}
	op.attrs.flags = attached_flags(sim, &mapped);
	op.attrs.has_close = true;
	if (mapped.flags & MAP_HUGETLB)
		op.attrs.split_unit =
			(uint32_t)page_of(sim, huge_page(&mapped));
	op.attrs.file = idents_fresh(sim->idents, sim_file_path(sim, c->file),
				     op.end - op.start, true)
				->id;
	err = op.kind == OP_REPLACE ? make_go(sim, &op) : sim_op(sim, &op);
	if (!err)
		sim->result = addr;
	return err;
}

/* Whether a VMA is of a shmat() at a page. @file: of which one, or NULL for any */
static bool is_attached(const struct sim *sim, const struct vma_state *v,
			unsigned long page, const struct ident *file)
{
	const struct ident *own = idents_find(sim->idents, v->attrs.file);

	return own && own->sysv && v->vm_start - page == v->vm_pgoff &&
	       (!file || own == file);
}

/*
 * All that is left of one shmat(), whatever lies between; the first of it need not
 * be at the address. What is sealed stays, and that is no error: ksys_shmdt().
 */
int sim_shmdt(struct sim *sim, const struct syscall *c)
{
	unsigned long page = page_of(sim, c->addr), start, at = page;
	const struct ident *file = NULL;
	const struct vma_state *v;

	if (!is_aligned(sim, c->addr))
		return -EINVAL;
	while ((v = mm_find(sim->mm, at))) {
		start = v->vm_start;
		at = v->vm_end;
		if (is_attached(sim, v, page, file)) {
			file = idents_find(sim->idents, v->attrs.file);
			sim_unmap(sim, start, at);
		} else if (file && file->size && at - page > file->size) {
			break;
		}
	}
	return file ? 0 : -EINVAL;
}

/* ---- a stack ------------------------------------------------------------------------- */

/* expand_downwards(): what can be reached keeps its distance from a stack. */
static bool is_too_near(const struct sim *sim, unsigned long page)
{
	const struct vma_state *below = mm_prev(sim->mm, page);

	return below && !(below->attrs.flags & VM_GROWSDOWN) &&
	       below->attrs.flags & VM_ACCESS_FLAGS &&
	       page - below->vm_end < GUARD_GAP;
}

int grow_stack(struct sim *sim, unsigned long page)
{
	const struct vma_state *v = mm_find(sim->mm, page);
	struct vma_state grown;

	if (!v || !(v->attrs.flags & VM_GROWSDOWN))
		return -EFAULT;
	if (v->vm_start <= page)
		return 0;
	if (is_too_near(sim, page))
		return -ENOMEM;
	/* There has to be an anon_vma before it can grow. */
	sim_fault(sim, v->vm_start);
	grown = *mm_find(sim->mm, page);
	if (grown.vm_pgoff < v->vm_start - page)
		return -ENOMEM;
	grown.vm_pgoff -= v->vm_start - page;
	grown.vm_start = page;
	return mm_replace(sim->mm, v->vm_start, &grown) ? 0 : -ENOMEM;
}

int sim_grow(struct sim *sim, const struct syscall *c)
{
	sim->result = c->addr;
	return grow_stack(sim, page_of(sim, c->addr));
}
