// SPDX-License-Identifier: GPL-2.0-only
/* Part of driver.c: what the tree's code calls, and the steps that are recorded of it. */
/* ---- recording ----------------------------------------------------------- */

static struct proto_step *record(enum step_kind kind, uint32_t vma)
{
	static struct proto_step beyond;
	struct proto_step *s = &beyond;

	if (reply->nr_steps == PROTO_STEPS)
		trouble(PROTO_OVERFLOW);
	else
		s = &reply->steps[reply->nr_steps++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->vma = vma;
	return s;
}

/* NULL for a VMA without a number: that mremap() copies from elsewhere. */
static struct subject *subject_of(struct vm_area_struct *vma)
{
	return vma ? vma->vm_private_data : NULL;
}

static uint32_t number(const struct subject *s)
{
	return s ? (uint32_t)(s - subjects) + 1 : 0;
}

/* Of these mmap() itself says what they are: the simulator has no accounts. */
static vm_flags_t flags_of(const struct vm_area_struct *vma)
{
	vm_flags_t own =
		req->op.kind == OP_REPLACE ? VM_ACCOUNT | VM_SOFTDIRTY : 0;

	return vma->vm_flags & ~own;
}

static struct seen see(const struct vm_area_struct *vma)
{
	return (struct seen){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
		.flags = flags_of(vma),
		.policy = vma->vm_policy,
		.name = vma->anon_name,
		.uffd_ctx = vma->vm_userfaultfd_ctx.ctx,
	};
}

static bool range_changed(const struct seen *a, const struct seen *b)
{
	return a->start != b->start || a->end != b->end || a->pgoff != b->pgoff;
}

static bool attrs_changed(const struct seen *a, const struct seen *b)
{
	return a->flags != b->flags || a->policy != b->policy ||
	       a->name != b->name || a->uffd_ctx != b->uffd_ctx;
}

/* Returns whether its range has changed. */
static bool look_at(struct subject *s)
{
	struct seen now = see(s->vma);
	bool moved = range_changed(&now, &s->seen);
	struct proto_step *step;

	if (moved) {
		step = record(STEP_SET_RANGE, number(s));
		step->start = now.start >> PAGE_SHIFT;
		step->end = now.end >> PAGE_SHIFT;
		step->pgoff = now.pgoff;
	}
	if (attrs_changed(&now, &s->seen) && !s->filled)
		record(STEP_SET_ATTRS, number(s));
	s->seen = now;
	return moved;
}

/* Record what was assigned since the last hook. */
static void hook_look(void)
{
	unsigned int nr_moved = 0;

	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma)
			nr_moved += look_at(&subjects[i]);
	if (nr_moved > 1)
		trouble(PROTO_UNORDERED);
	if (the_mm.map_count != seen_map_count) {
		record(STEP_MAP_COUNT, 0)->delta =
			the_mm.map_count - seen_map_count;
		seen_map_count = the_mm.map_count;
	}
}

static void hook_warn(const char *file, int line)
{
	static bool said;

	trouble(PROTO_WARNED);
	if (!said)
		fprintf(stderr, "witness: warning at %s:%d\n", file, line);
	said = true;
}

/* Give a VMA its number. */
static void enlist(struct vm_area_struct *vma)
{
	struct subject *s = &subjects[nr_subjects];

	if (nr_subjects == PROTO_VMAS)
		die("too many VMAs");
	*s = (struct subject){ .vma = vma, .anon_vma = vma->anon_vma };
	s->seen = see(vma);
	vma->vm_private_data = s;
	nr_subjects++;
}

/* ---- the hooks: allocations ---------------------------------------------- */

/* Count an allocation, and say whether it is the one to fail. */
static bool fails(enum alloc_kind kind)
{
	if (reply->failed)
		return false;
	if (++reply->nr_allocs != req->fail)
		return false;
	reply->failed = kind;
	return true;
}

static struct vm_area_struct *hook_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	hook_look();
	if (fails(ALLOC_VMA))
		return NULL;
	vma = vm_area_alloc(mm);
	if (!vma)
		die("out of memory");
	enlist(vma);
	subjects[nr_subjects - 1].filled = true;
	record(STEP_ALLOCATE, nr_subjects);
	return vma;
}

static struct vm_area_struct *hook_dup(struct vm_area_struct *orig)
{
	struct vm_area_struct *vma;

	hook_look();
	if (fails(ALLOC_VMA))
		return NULL;
	vma = vm_area_dup(orig);
	if (!vma)
		die("out of memory");
	enlist(vma);
	record(STEP_DUPLICATE, nr_subjects)->from = number(subject_of(orig));
	return vma;
}

static void hook_free(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	record(STEP_FREE, number(s));
	if (s)
		s->vma = NULL;
	vm_area_free(vma);
}

static int hook_dup_policy(struct vm_area_struct *src,
			   struct vm_area_struct *dst)
{
	hook_look();
	if (src->vm_policy && fails(ALLOC_POLICY))
		return -ENOMEM;
	dst->vm_policy = src->vm_policy;
	return 0;
}

/* ---- the hooks: the tree ------------------------------------------------- */

/*
 * The iterator as it was when a range was about to become empty: the tree then
 * widens it to the empty ranges beside.
 */
static struct ma_state emptied;

static bool is_our_tree(const struct ma_state *mas)
{
	return mas->tree == &the_mm.mm_mt;
}

static void record_store(const struct ma_state *mas, void *entry)
{
	struct proto_step *s;

	if (!is_our_tree(mas))
		return;
	hook_look();
	if (subject_of(entry))
		subject_of(entry)->filled = false;
	s = record(STEP_STORE, number(subject_of(entry)));
	s->start = mas->index >> PAGE_SHIFT;
	s->end = (mas->last >> PAGE_SHIFT) + 1;
}

static void hook_store_prealloc(struct ma_state *mas, void *entry)
{
	record_store(entry ? mas : &emptied, entry);
	mas_store_prealloc(mas, entry);
}

/* Of those stores that may fail, one is to munmap()'s own tree. */
static int hook_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	enum alloc_kind kind = is_our_tree(mas) ? ALLOC_CLEAR : ALLOC_GATHER;

	hook_look();
	if (!(gfp & __GFP_NOFAIL) && fails(kind)) {
		mas->node = MA_ERROR(-ENOMEM);
		mas->status = ma_error;
		return -ENOMEM;
	}
	record_store(mas, entry);
	return mas_store_gfp(mas, entry, gfp);
}

static int hook_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	hook_look();
	if (fails(ALLOC_TREE)) {
		mas_reset(mas);
		return -ENOMEM;
	}
	if (!entry)
		emptied = *mas;
	return mas_preallocate(mas, entry, gfp);
}

/* ---- the hooks: VMAs ----------------------------------------------------- */

static void hook_start_write(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s && !s->locked) {
		record(STEP_LOCK_VMA, number(s));
		s->locked = true;
	}
	vma_start_write(vma);
}

static void hook_detach(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s) {
		record(STEP_DETACH, number(s));
		s->detached = true;
	}
	shim_mark(vma, false);
}

/* A new VMA becomes attached as it is stored: that is no step of its own. */
static void hook_attach(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s && s->detached) {
		record(STEP_ATTACH, number(s));
		s->detached = false;
	}
	shim_mark(vma, true);
}

/* ---- the hooks: reverse mapping ------------------------------------------ */

/*
 * The part of a split has its anon_vma from vm_area_dup(): there the entries
 * are copied, but nothing is duplicated that was not there before.
 */
static int hook_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct subject *s = subject_of(dst);
	struct proto_step *step;

	hook_look();
	if (src->anon_vma && fails(ALLOC_ANON_VMA)) {
		dst->anon_vma = NULL;
		return -ENOMEM;
	}
	dst->anon_vma = src->anon_vma;
	link_chain(dst, &chains[s - subjects], src->anon_vma, is_forked(src));
	if (dst->anon_vma != s->anon_vma) {
		step = record(STEP_CLONE_ANON_VMA, number(s));
		step->from = number(subject_of(src));
		step->object = anon_vma_id(dst->anon_vma);
		s->anon_vma = dst->anon_vma;
	}
	return 0;
}

/* A VMA that is on its way out takes its anon_vma along: that is no step. */
static void hook_unlink(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	vma->anon_vma = NULL;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	if (s && s->anon_vma && !s->detached)
		record(STEP_CLONE_ANON_VMA, number(s));
	if (s)
		s->anon_vma = NULL;
}

static void record_rmap(enum step_kind kind, uint32_t object)
{
	hook_look();
	record(kind, 0)->object = object;
}

static void hook_i_mmap_lock(struct address_space *mapping)
{
	record_rmap(STEP_LOCK_I_MMAP, mapping_id(mapping));
}

static void hook_i_mmap_unlock(struct address_space *mapping)
{
	record_rmap(STEP_UNLOCK_I_MMAP, mapping_id(mapping));
}

static void hook_anon_vma_lock(struct anon_vma *anon_vma)
{
	record_rmap(STEP_LOCK_ANON_VMA, anon_vma_id(anon_vma));
}

static void hook_anon_vma_unlock(struct anon_vma *anon_vma)
{
	record_rmap(STEP_UNLOCK_ANON_VMA, anon_vma_id(anon_vma));
}

/* Ends the write locks of all VMAs. */
static void hook_downgrade(struct mm_struct *mm)
{
	hook_look();
	record(STEP_DOWNGRADE_MMAP, 0);
	for (unsigned int i = 0; i < nr_subjects; i++)
		subjects[i].locked = false;
	mmap_write_downgrade(mm);
}
