// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that map and unmap: mmap(), munmap(), brk(), shmat(), shmdt(),
 * and the page fault that makes a stack longer. As do_mmap(), mmap_region(),
 * do_brk_flags(), do_shmat() and expand_downwards().
 */
#include <errno.h>
#include <sys/shm.h>

#include "process/numbers.h"
#include "process/world.h"

#define HUGE_SHIFT 26 /* MAP_HUGE_SHIFT */
#define HUGE_MASK 63

/* ---- operations ------------------------------------------------------------ */

int world_op(struct world *w, const struct op *op)
{
	const struct world_visitor *v = w->visitor;
	const struct outcome *out;

	if (v && v->before)
		v->before(v->data, w, op);
	out = mm_do(w->mm, op);
	if (v && v->after)
		v->after(v->data, w, op, out);
	return out->err;
}

bool is_sealed(const struct world *w, unsigned long start, unsigned long end)
{
	const struct vma_state *v;

	/* Hardly any process has sealed anything: then do not look. */
	if (!w->has_sealed)
		return false;
	for (unsigned long at = start; (v = mm_find(w->mm, at)); at = v->vm_end)
		if (v->vm_start >= end || v->attrs.flags & w->sealed)
			return v->vm_start < end;
	return false;
}

static int unmap_occupied(struct world *w, unsigned long start,
			  unsigned long end)
{
	const struct op op = { .kind = OP_UNMAP, .start = start, .end = end };

	if (is_sealed(w, start, end))
		return -EPERM;
	return splits_special(w, start, end) ? -EINVAL : world_op(w, &op);
}

int world_unmap(struct world *w, unsigned long start, unsigned long end)
{
	return is_occupied(w, start, end) ? unmap_occupied(w, start, end) : 0;
}

/* ---- flags of what is mapped ------------------------------------------------- */

static bool is_shared(const struct call *c)
{
	unsigned int type = c->flags & MAP_TYPE;

	return type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
}

static bool is_droppable(const struct call *c)
{
	return (c->flags & MAP_TYPE) == MAP_DROPPABLE && !c->file;
}

static vm_flags_t type_flags(const struct world *w, const struct call *c)
{
	if (is_shared(c))
		return VM_SHARED | VM_MAYSHARE;
	if (is_droppable(c))
		return w->droppable | VM_NORESERVE | VM_WIPEONFORK |
		       VM_DONTDUMP;
	return 0;
}

/* calc_vm_flag_bits() and what do_mmap() adds. */
static vm_flags_t asked_flags(const struct world *w, const struct call *c)
{
	vm_flags_t flags = VM_MAY_FLAGS | w->def_flags | w->soft_dirty |
			   prot_flags(c->prot) | type_flags(w, c);

	if (c->flags & MAP_GROWSDOWN)
		flags |= VM_GROWSDOWN;
	if (c->flags & MAP_LOCKED)
		flags |= VM_LOCKED;
	if (c->flags & MAP_STACK)
		flags |= VM_NOHUGEPAGE;
	if (c->flags & MAP_NORESERVE)
		flags |= VM_NORESERVE;
	if (c->flags & MAP_HUGETLB)
		flags |= VM_HUGETLB | VM_DONTEXPAND;
	return flags;
}

/* accountable_mapping() */
static bool is_accounted(vm_flags_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) ==
	       VM_WRITE;
}

static vm_flags_t mapped_flags(const struct world *w, const struct call *c)
{
	vm_flags_t flags = asked_flags(w, c);

	if (is_accounted(flags))
		flags |= VM_ACCOUNT;
	if (flags & VM_HUGETLB)
		flags &= ~(vm_flags_t)VM_LOCKED_MASK;
	return flags;
}

/* ---- mmap() --------------------------------------------------------------------- */

static uint64_t huge_page(const struct call *c)
{
	unsigned int shift = c->flags >> HUGE_SHIFT & HUGE_MASK;

	return shift ? 1ULL << shift : HUGE_PAGE;
}

/* Rounded as do_mmap() does; 0 if that is beyond all. */
static uint64_t mapped_len(const struct world *w, const struct call *c)
{
	uint64_t huge = huge_page(c);

	if (c->flags & MAP_HUGETLB)
		return (c->len + huge - 1) & ~(huge - 1);
	return align_up(w, c->len);
}

static bool is_fixed(const struct call *c)
{
	return c->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
}

static uint64_t alignment(const struct world *w, const struct call *c,
			  uint64_t len)
{
	if (c->flags & MAP_HUGETLB)
		return huge_page(c);
	if (!c->file && !is_shared(c) && !c->addr)
		return world_alignment(w, len);
	return w->page_size;
}

/* Where it goes. Returns 0 or -errno. */
static int choose_address(const struct world *w, const struct call *c,
			  uint64_t len, uint64_t *addr)
{
	if (is_fixed(c))
		*addr = c->addr;
	else if (c->has_result)
		*addr = c->result;
	else
		*addr = world_place(w, c->addr & ~(w->page_size - 1), len,
				    alignment(w, c, len));
	if (!*addr && !is_fixed(c))
		return -ENOMEM;
	if (!in_task(*addr, len))
		return -ENOMEM;
	return is_aligned(w, *addr) ? 0 : -EINVAL;
}

static int check_mmap(const struct world *w, const struct call *c, uint64_t len)
{
	unsigned int type = c->flags & MAP_TYPE;

	if (!c->len ||
	    (!is_shared(c) && type != MAP_PRIVATE && !is_droppable(c)))
		return -EINVAL;
	if (!len || mm_map_count(w->mm) > w->max_map_count)
		return -ENOMEM;
	if (!is_aligned(w, c->offset))
		return -EINVAL;
	if (page_of(w, c->offset) + page_of(w, len) > MM_END)
		return -EOVERFLOW;
	if (!c->file && (type == MAP_SHARED_VALIDATE ||
			 (c->flags & MAP_GROWSDOWN && type != MAP_PRIVATE)))
		return -EINVAL;
	if (is_droppable(c) && c->flags & (MAP_LOCKED | MAP_HUGETLB))
		return -EINVAL;
	return 0;
}

/* The file that is behind it: memory that is shared has one, too. */
static void set_file(struct world *w, const struct call *c, struct op *op)
{
	const char *name = c->flags & MAP_HUGETLB ? "/anon_hugepage (deleted)"
						  : "/dev/zero (deleted)";

	op->attrs.file = c->file;
	op->pgoff = page_of(w, c->offset);
	if (!c->file && (is_shared(c) || c->flags & MAP_HUGETLB)) {
		op->attrs.file =
			idents_fresh(w->idents, name, op->end - op->start)->id;
		op->pgoff = 0;
	} else if (!c->file) {
		op->pgoff = op->start;
	}
	op->attrs.has_close = c->flags & MAP_HUGETLB;
}

/* As far as the call itself brings in memory, there is no doubt about it. */
static void bring_in(struct world *w, const struct call *c, const struct op *op)
{
	bool asked = (c->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;

	if (asked || op->attrs.flags & VM_LOCKED)
		world_populate(w, op->start, op->end);
}

static int map_at(struct world *w, const struct call *c, uint64_t addr,
		  uint64_t len)
{
	struct op op = {
		.kind = OP_MAP,
		.start = page_of(w, addr),
		.end = page_of(w, addr + len),
		.attrs.flags = mapped_flags(w, c),
	};
	int err = 0;

	if (is_occupied(w, op.start, op.end)) {
		if (!(c->flags & MAP_FIXED) || c->flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		err = unmap_occupied(w, op.start, op.end);
	}
	if (err)
		return err;
	set_file(w, c, &op);
	err = world_op(w, &op);
	if (!err)
		bring_in(w, c, &op);
	return err;
}

int call_mmap(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t len = mapped_len(w, c), addr;
	int err = check_mmap(w, c, len);

	if (!err)
		err = choose_address(w, c, len, &addr);
	if (!err)
		err = map_at(w, c, addr, len);
	if (err)
		return err;
	if (w->faulted == FAULTED_WRITABLE)
		world_touch(w, page_of(w, addr), page_of(w, addr + len));
	*result = addr;
	return 0;
}

int call_munmap(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t len = align_up(w, c->len);

	(void)result;
	if (!is_aligned(w, c->addr) || !len || !in_task(c->addr, len))
		return -EINVAL;
	return world_unmap(w, page_of(w, c->addr), page_of(w, c->addr + len));
}

/* ---- brk() ------------------------------------------------------------------------ */

/* The heap begins at the first answer that there is. */
static void find_heap(struct world *w, const struct call *c)
{
	if (!w->brk_start)
		w->brk_start = w->brk = c->has_result ? c->result : c->addr;
}

/* do_brk_flags(): only what is heap already grows, not what lies below it. */
static int grow_heap(struct world *w, uint64_t from, uint64_t to)
{
	struct op op = {
		.kind = OP_MAP,
		.start = page_of(w, from),
		.end = page_of(w, to),
		.attrs.flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT |
			       w->def_flags | w->soft_dirty,
		.pgoff = page_of(w, from),
		.just_expand = true,
		.apart = from <= w->brk_start,
	};
	int err;

	if (is_occupied(w, op.start, op.end + 1))
		return -ENOMEM;
	err = world_op(w, &op);
	if (!err && op.attrs.flags & VM_LOCKED)
		world_populate(w, op.start, op.end);
	if (!err && w->faulted == FAULTED_WRITABLE)
		world_touch(w, op.start, op.end);
	return err;
}

int call_brk(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t from, to = align_up(w, c->addr);
	int err = 0;

	find_heap(w, c);
	*result = w->brk;
	/* That is how one asks for the end of the heap. */
	if (!c->addr)
		return 0;
	/* The kernel tells of a failure by the end of the heap, unchanged. */
	if (c->addr < w->brk_start || !in_task(to, 0) ||
	    (c->has_result && c->result != c->addr))
		return -ENOMEM;
	from = align_up(w, w->brk);
	if (to > from)
		err = grow_heap(w, from, to);
	else if (to < from)
		err = world_unmap(w, page_of(w, to), page_of(w, from));
	if (err)
		return err;
	w->brk = *result = c->addr;
	return 0;
}

/* ---- System V shared memory ---------------------------------------------------------- */

/* Each shmat() opens the segment anew, so that no two of them merge. */
int call_shmat(struct world *w, const struct call *c, uint64_t *result)
{
	uint64_t len = align_up(w, c->len), addr;
	struct call mapped = *c;
	struct op op = { .kind = OP_MAP };
	int err;

	mapped.flags = MAP_SHARED | (c->addr && !c->has_result ? MAP_FIXED : 0);
	mapped.addr = c->addr;
	if (c->flags & SHM_RND)
		mapped.addr &= ~(w->page_size - 1);
	if (!len)
		return -EINVAL;
	err = choose_address(w, &mapped, len, &addr);
	if (err)
		return err;
	op.start = page_of(w, addr);
	op.end = page_of(w, addr + len);
	if (is_occupied(w, op.start, op.end)) {
		err = -EINVAL;
		if (c->flags & SHM_REMAP)
			err = world_unmap(w, op.start, op.end);
	}
	if (err)
		return err;
	op.attrs.flags = mapped_flags(w, &mapped);
	op.attrs.has_close = true;
	op.attrs.file = idents_fresh(w->idents, world_file_path(w, c->file),
				     op.end - op.start)
				->id;
	err = world_op(w, &op);
	if (!err)
		*result = addr;
	return err;
}

/* All that is mapped of one shmat(), as far as nothing else lies between. */
int call_shmdt(struct world *w, const struct call *c, uint64_t *result)
{
	unsigned long page = page_of(w, c->addr), end = page;
	const struct vma_state *v = mm_find(w->mm, page);
	const struct ident *file;
	uint32_t id = v ? v->attrs.file : 0;

	(void)result;
	file = idents_find(w->idents, id);
	if (!is_aligned(w, c->addr) || !file || !file->sysv)
		return -EINVAL;
	while (v && v->attrs.file == id && v->vm_start - page == v->vm_pgoff) {
		end = v->vm_end;
		v = mm_find(w->mm, end);
	}
	return end > page ? world_unmap(w, page, end) : -EINVAL;
}

/* ---- a stack ------------------------------------------------------------------------- */

/* expand_downwards(): no merge is thought of. */
int call_grow(struct world *w, const struct call *c, uint64_t *result)
{
	unsigned long page = page_of(w, c->addr);
	const struct vma_state *v = mm_find(w->mm, page);
	struct vma_state grown;

	if (!v || !(v->attrs.flags & VM_GROWSDOWN))
		return -EFAULT;
	*result = c->addr;
	if (v->vm_start <= page)
		return 0;
	grown = *v;
	if (grown.vm_pgoff < v->vm_start - page)
		return -ENOMEM;
	grown.vm_pgoff -= v->vm_start - page;
	grown.vm_start = page;
	return mm_replace(w->mm, v->vm_start, &grown) ? 0 : -ENOMEM;
}
