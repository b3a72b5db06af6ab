// SPDX-License-Identifier: GPL-2.0-only
/* Part of driver.c: one request, from the layout before to the one after. */
/* ---- before and after ---------------------------------------------------- */

/* The highest page is nobody's: its end would not fit. */
static unsigned long to_addr(uint64_t page)
{
	if (page > ULONG_MAX >> PAGE_SHIFT)
		die("an address is too high");
	return page << PAGE_SHIFT;
}

static void set_vm_ops(struct vm_area_struct *vma, const struct proto_vma *w)
{
	bool any = w->file || w->has_close || w->no_split;

	vma->vm_ops = any ? &vm_ops[!!w->has_close][!!w->no_split] : NULL;
}

/* accountable_mapping(): what mmap() has made is charged for. */
static vm_flags_t accounted(vm_flags_t flags)
{
	bool charged =
		(flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;

	return req->op.kind == OP_REPLACE && charged ? flags | VM_ACCOUNT
						     : flags;
}

static struct vm_area_struct *make_vma(const struct proto_vma *w,
				       struct chains *c)
{
	struct vm_area_struct *vma = vm_area_alloc(&the_mm);

	if (!vma)
		die("out of memory");
	vma->vm_start = to_addr(w->start);
	vma->vm_end = to_addr(w->end);
	vma->vm_pgoff = w->pgoff;
	tree_set_anon_pgoff(vma, w->file ? w->start - w->moved : w->pgoff);
	set_flags(vma, accounted(flags_to_kernel(w->flags)));
	vma->vm_file = file_of(w->file);
	vma->vm_policy = policy_of(w->policy);
	vma->vm_userfaultfd_ctx.ctx = w->uffd_ctx;
	vma->anon_name = name_of(w->anon_name);
	vma->anon_vma = anon_vma_of(w->anon_vma);
	link_chain(vma, c, vma->anon_vma, w->forked);
	set_vm_ops(vma, w);
	return vma;
}

static void place(const struct proto_vma *w)
{
	struct vm_area_struct *vma = make_vma(w, &chains[nr_subjects]);
	MA_STATE(mas, &the_mm.mm_mt, vma->vm_start, vma->vm_end - 1);

	shim_mark(vma, true);
	if (mas_store_gfp(&mas, vma, GFP_KERNEL))
		die("out of memory");
	enlist(vma);
	the_mm.map_count++;
}

static void check_request(void)
{
	uint64_t end = 0;

	if (req->nr_vmas > sizeof(req->vmas) / sizeof(req->vmas[0]))
		die("too many VMAs");
	for (uint32_t i = 0; i < req->nr_vmas; i++) {
		if (req->vmas[i].start < end ||
		    req->vmas[i].end <= req->vmas[i].start)
			die("VMAs are out of order or empty");
		end = req->vmas[i].end;
	}
	if (req->op.from > req->nr_vmas)
		die("there is no VMA to copy from");
}

static void set_up(void)
{
	check_request();
	memset(reply, 0, offsetof(struct proto_reply, vmas));
	nr_subjects = nr_files = nr_anon_vmas = 0;
	memset(&the_mm, 0, sizeof(the_mm));
	mt_init_flags(&the_mm.mm_mt, 0);
	/* Accounts that munmap() may reduce. */
	the_mm.total_vm = the_mm.locked_vm = LONG_MAX;
	the_mm.exec_vm = the_mm.stack_vm = the_mm.data_vm = LONG_MAX;
	for (uint32_t i = 0; i < req->nr_vmas; i++)
		place(&req->vmas[i]);
	seen_map_count = the_mm.map_count;
	witness_max_map_count = req->max_map_count;
	witness_uffd_loser = NULL;
}

static void report_vma(struct vm_area_struct *vma, const struct subject *s)
{
	struct proto_vma *w = &reply->vmas[reply->nr_vmas++];

	memset(w, 0, sizeof(*w));
	w->id = number(s);
	w->start = vma->vm_start >> PAGE_SHIFT;
	w->end = vma->vm_end >> PAGE_SHIFT;
	w->pgoff = vma->vm_pgoff;
	w->moved = w->start - tree_anon_pgoff(vma);
	/* The two offsets of anonymous memory are one. */
	if (!vma->vm_file && tree_anon_pgoff(vma) != vma->vm_pgoff)
		trouble(PROTO_WARNED);
	if (!vma->vm_file)
		w->moved = 0;
	w->flags = flags_to_proto(flags_of(vma));
	w->file = file_id(vma->vm_file);
	w->policy = (uint32_t)(uintptr_t)vma->vm_policy;
	w->uffd_ctx = (uint32_t)vma->vm_userfaultfd_ctx.ctx;
	w->anon_name = (uint32_t)(uintptr_t)vma->anon_name;
	w->anon_vma = anon_vma_id(vma->anon_vma);
	w->forked = is_forked(vma);
	w->has_close = vma->vm_ops && vma->vm_ops->close;
	w->no_split = vma->vm_ops && vma->vm_ops->may_split;
	w->attached = !s->detached;
	if (!vma->anon_vma && !(vma->vm_flags & VM_SHARED))
		w->reuses = anon_vma_id(find_mergeable_anon_vma(vma));
}

/* What the tree holds may be freed already: do not follow it. */
static const struct subject *find_subject(const void *entry)
{
	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma == entry)
			return &subjects[i];
	return NULL;
}

static void report_tree(void)
{
	MA_STATE(mas, &the_mm.mm_mt, 0, 0);
	struct vm_area_struct *vma;
	unsigned int nr_alive = 0;

	mas_for_each(&mas, vma, ULONG_MAX)
	{
		const struct subject *s = find_subject(vma);

		if (!s || vma->vm_start != mas.index ||
		    vma->vm_end - 1 != mas.last)
			trouble(PROTO_BROKEN);
		if (!s || reply->nr_vmas == PROTO_VMAS)
			return;
		report_vma(vma, s);
	}
	for (unsigned int i = 0; i < nr_subjects; i++)
		nr_alive += !!subjects[i].vma;
	if (nr_alive != reply->nr_vmas)
		trouble(PROTO_BROKEN);
}

static void tear_down(void)
{
	for (unsigned int i = 0; i < nr_subjects; i++) {
		if (!subjects[i].vma)
			continue;
		if (!subjects[i].detached)
			shim_mark(subjects[i].vma, false);
		vm_area_free(subjects[i].vma);
	}
	__mt_destroy(&the_mm.mm_mt);
}

/* ---- the operations ------------------------------------------------------ */

static void report_state(const struct vma_merge_struct *vmg)
{
	reply->state = vmg->state == VMA_MERGE_SUCCESS	     ? MERGE_DONE
		       : vmg->state == VMA_MERGE_ERROR_NOMEM ? MERGE_NOMEM
							     : MERGE_NONE;
}

/*
 * What the range is to have. mprotect() and its like make the new flags from
 * the VMA's own, and leave those alone that do not count for merging.
 */
static struct seen wanted_of(const struct vm_area_struct *vma)
{
	const struct proto_op *op = &req->op;
	struct seen wanted = see(vma);

	if (op->changes & CHANGE_FLAGS)
		wanted.flags = flags_to_kernel(op->vma.flags) |
			       (vma->vm_flags & IGNORE_MERGE);
	if (op->changes & CHANGE_POLICY)
		wanted.policy = policy_of(op->vma.policy);
	if (op->changes & CHANGE_UFFD)
		wanted.uffd_ctx = op->vma.uffd_ctx;
	if (op->changes & CHANGE_NAME)
		wanted.name = name_of(op->vma.anon_name);
	return wanted;
}

/* What the caller of vma_modify() does with the VMA that it gets. */
static void change(struct vm_area_struct *vma, const struct seen *wanted)
{
	struct seen now = see(vma);

	if (!attrs_changed(&now, wanted))
		return;
	hook_start_write(vma);
	set_flags(vma, wanted->flags);
	vma->vm_policy = wanted->policy;
	vma->vm_userfaultfd_ctx.ctx = wanted->uffd_ctx;
	vma->anon_name = wanted->name;
	hook_look();
}

/* vma_modify() and its caller, on a range within one VMA. */
static int modify_one(struct vma_iterator *vmi, struct vm_area_struct *prev,
		      struct vm_area_struct *vma, unsigned long start,
		      unsigned long end)
{
	VMG_VMA_STATE(vmg, vmi, prev, vma, start, end);
	struct seen now = see(vma), wanted = wanted_of(vma);

	if (!attrs_changed(&now, &wanted))
		return 0;
	vmg.VMG_FLAGS = wanted.flags;
	vmg.policy = wanted.policy;
	vmg.uffd_ctx.ctx = wanted.uffd_ctx;
	vmg.anon_name = wanted.name;
	if (req->op.give_up_on_oom)
		vmg_give_up(&vmg);
	vma = vma_modify(&vmg);
	report_state(&vmg);
	hook_look();
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	/* As vma_modify_flags(): what the merge kept, the caller keeps. */
	if (!(req->op.changes & CHANGE_FLAGS))
		wanted.flags = vma->vm_flags;
	else if (vmg.state == VMA_MERGE_SUCCESS)
		wanted.flags |= vma->vm_flags & STICKY;
	change(vma, &wanted);
	return 0;
}

/* As mprotect() walks: one VMA after the other, up to the first hole. */
static int do_modify(unsigned long start, unsigned long end)
{
	while (start < end) {
		VMA_ITERATOR(vmi, &the_mm, start);
		struct vm_area_struct *vma = vma_find(&vmi, end);
		struct vm_area_struct *prev;
		unsigned long stop;
		int err;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		prev = vma_prev(&vmi);
		if (start > vma->vm_start)
			prev = vma;
		stop = min(vma->vm_end, end);
		err = modify_one(&vmi, prev, vma_next(&vmi), start, stop);
		if (err)
			return err;
		start = stop;
	}
	return 0;
}

/*
 * As brk(), mremap() or mmap() call it; brk() has looked at prev itself. What
 * they do before and after is left out.
 */
static void merge_new(struct vma_iterator *vmi, struct vma_merge_struct *vmg,
		      struct vm_area_struct *from)
{
	if (req->op.just_expand) {
		vma_find(vmi, vmg->end);
		vmg->prev = vma_prev(vmi);
		if (!vmg->prev || vmg->prev->vm_end != vmg->start)
			return;
		vmg_just_expand(vmg);
	} else {
		vmg->next = vma_iter_next_rewind(vmi, &vmg->prev);
	}
	if (from)
		tree_merge_copy(vmg, from);
	else
		vma_merge_new_range(vmg);
}

static int map_range(struct vm_area_struct *from, unsigned long start,
		     unsigned long end)
{
	const struct proto_vma *w = &req->op.vma;
	VMA_ITERATOR(vmi, &the_mm, start);
	TREE_VMG_STATE(vmg, &the_mm, &vmi, start, end,
		       flags_to_kernel(w->flags), w->pgoff,
		       w->file ? w->start - w->moved : w->pgoff);

	vmg.file = file_of(w->file);
	vmg.policy = policy_of(w->policy);
	vmg.uffd_ctx.ctx = w->uffd_ctx;
	vmg.anon_name = name_of(w->anon_name);
	/* vma_merge_extend() has that of the VMA that is to grow. */
	vmg.anon_vma = anon_vma_of(w->anon_vma);
	merge_new(&vmi, &vmg, from);
	report_state(&vmg);
	return vmg_nomem(&vmg) ? -ENOMEM : 0;
}

/* A copy of what is none of the VMAs here. */
static int map_elsewhere(unsigned long start, unsigned long end)
{
	struct vm_area_struct *from =
		make_vma(&req->op.vma, &chains[PROTO_VMAS]);
	int err;

	if (req->op.uffd_loses)
		witness_uffd_loser = from;
	err = map_range(from, start, end);
	vm_area_free(from);
	return err;
}

/* All of copy_vma(), of all of the source. It does not say if it merged. */
static int do_copy(unsigned long start, unsigned long end)
{
	struct vm_area_struct *from = subjects[req->op.from - 1].vma;
	unsigned int nr = nr_subjects;
	struct vm_area_struct *new;

	if (req->op.uffd_loses)
		witness_uffd_loser = from;
	new = tree_copy_vma(&from, start, end - start, from->vm_pgoff,
			    tree_anon_pgoff(from), req->op.keep_source);
	reply->state = new &&nr == nr_subjects ? MERGE_DONE : MERGE_NONE;
	return new ? 0 : -ENOMEM;
}

static int do_map(unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, &the_mm, start);

	if (vma_find(&vmi, end))
		return -EEXIST;
	if (req->op.from && !req->op.just_merge)
		return do_copy(start, end);
	if (req->op.copied)
		return map_elsewhere(start, end);
	return map_range(NULL, start, end);
}

static int do_split(unsigned long addr)
{
	VMA_ITERATOR(vmi, &the_mm, addr);
	struct vm_area_struct *vma = vma_iter_load(&vmi);

	if (!vma || vma->vm_start == addr)
		return -EINVAL;
	return split_vma(&vmi, vma, addr, req->op.new_below);
}

static int do_unmap(unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, &the_mm, start);
	struct vm_area_struct *vma = vma_find(&vmi, end);

	if (!vma)
		return 0;
	return do_vmi_align_munmap(&vmi, vma, &the_mm, start, end, NULL, true);
}

#ifdef HAVE_MMAP_REGION
static int do_replace(unsigned long start, unsigned long end)
{
	const struct proto_vma *w = &req->op.vma;
	unsigned long addr;

	addr = __mmap_region(file_of(w->file), start, end - start,
			     to_mmap_flags(flags_to_kernel(w->flags)), w->pgoff,
			     NULL);
	return IS_ERR_VALUE(addr) ? (int)addr : 0;
}
#else
static int do_replace(unsigned long start, unsigned long end)
{
	die("the tree has no __mmap_region()");
}
#endif

static int do_relocate(unsigned long to, unsigned long from)
{
	VMA_ITERATOR(vmi, &the_mm, from);
	struct vm_area_struct *vma = vma_iter_load(&vmi);

	if (!vma || vma->vm_start != from)
		return -EINVAL;
	return relocate_vma_down(vma, from - to);
}

static int operate(void)
{
	const struct proto_op *op = &req->op;
	unsigned long start = to_addr(op->vma.start);
	unsigned long end = to_addr(op->vma.end);

	if (op->kind == OP_SPLIT)
		return do_split(start);
	if (start >= end)
		return -EINVAL;
	switch (op->kind) {
	case OP_MODIFY:
		return do_modify(start, end);
	case OP_MAP:
		return do_map(start, end);
	case OP_UNMAP:
		return do_unmap(start, end);
	case OP_RELOCATE:
		return do_relocate(start, end);
	case OP_REPLACE:
		return do_replace(start, end);
	default:
		die("the operation is unknown");
	}
}

/* What the simulator has no word for keeps nobody from sharing an anon_vma. */
static void forget_accounts(void)
{
	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma)
			set_flags(subjects[i].vma, flags_of(subjects[i].vma));
}

static void carry_out(void)
{
	set_up();
	reply->err = operate();
	hook_look();
	reply->map_count = the_mm.map_count;
	forget_accounts();
	report_tree();
	tear_down();
}
