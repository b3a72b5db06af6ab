// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * A test for each way in which mm/vma.c merges and splits VMAs.
 *
 * They look at every VMA that is left, at what was locked and in which order, and
 * at what was freed: see watch.h.
 */

@if <7.1
#define FLAGS_RO (VM_READ | VM_MAYREAD | VM_MAYWRITE)
#define FLAGS_RW (FLAGS_RO | VM_WRITE)
@if part 2
#define FLAGS_RX (FLAGS_RO | VM_EXEC)
#define FLAGS_SPECIAL (FLAGS_RO | VM_PFNMAP)
#define FLAGS_IGNORED (FLAGS_RO | VM_SOFTDIRTY)
@end
@else
#define FLAGS(...) mk_vma_flags(VMA_READ_BIT, VMA_MAYREAD_BIT,	\
				VMA_MAYWRITE_BIT, ##__VA_ARGS__)
#define FLAGS_RO FLAGS()
#define FLAGS_RW FLAGS(VMA_WRITE_BIT)
@if part 2
#define FLAGS_RX FLAGS(VMA_EXEC_BIT)
#define FLAGS_SPECIAL FLAGS(VMA_PFNMAP_BIT)
#define FLAGS_IGNORED FLAGS(VMA_MAYBE_GUARD_BIT)
@end
@end

@if part 2
static const struct vm_operations_struct close_ops = { .close = dummy_close };
static struct anon_vma other_anon_vma;

@end
/* What a test works on, from case_begin() on. */
static struct {
	struct mm_struct mm;
	struct vma_iterator vmi;
	struct vma_merge_struct vmg;
	struct anon_vma_chain avcs[4];
	int nr_avcs;
} ctx;

static void case_begin(void)
{
	memset(&ctx, 0, sizeof(ctx));
	vma_iter_init(&ctx.vmi, &ctx.mm, 0);
	ctx.vmg.mm = &ctx.mm;
	ctx.vmg.vmi = &ctx.vmi;
	current->mm = &ctx.mm;
	ctx.mm.data_vm = 100; /* not less than is unmapped */
	memset(&watch, 0, sizeof(watch));
}

/* So many VMAs are left, in the tree and by count. */
static bool case_end(int nr)
{
	ASSERT_EQ(ctx.mm.map_count, nr);
	memset(&watch, 0, sizeof(watch));
	ASSERT_EQ(cleanup_mm(&ctx.mm, &ctx.vmi), nr);
	return true;
}

/* Look only at what happens from here on, at this address. */
static void watch_from(unsigned long addr)
{
	vma_iter_set(&ctx.vmi, addr);
	reset_dummy_anon_vma();
	watch.anon_vma_locked = false;
	watch.nr_locked = 0;
	watch.nr_freed = 0;
}

/* Add a VMA with an anon_vma, and the offset that goes with its address. */
static struct vm_area_struct *case_add(unsigned long start, unsigned long end,
				       @flags_t@ flags)
{
	struct vm_area_struct *vma;

	vma = alloc_and_link_vma(&ctx.mm, start, end, start >> PAGE_SHIFT, flags);
	if (vma)
		vma_set_dummy_anon_vma(vma, &ctx.avcs[ctx.nr_avcs++]);
	return vma;
}

static struct vm_area_struct *case_find(unsigned long addr)
{
	vma_iter_set(&ctx.vmi, addr);
	return vma_iter_load(&ctx.vmi);
}

/* [start, end) of middle is to have these flags. */
static void case_propose(struct vm_area_struct *prev, struct vm_area_struct *middle,
			 unsigned long start, unsigned long end, @flags_t@ flags)
{
	watch_from(start);
	vmg_set_range_anon_vma(&ctx.vmg, start, end, start >> PAGE_SHIFT, flags,
			       middle->anon_vma);
	ctx.vmg.prev = start == middle->vm_start ? prev : middle;
	ctx.vmg.middle = middle;
}

static struct vm_area_struct *case_modify(struct vm_area_struct *prev,
					  struct vm_area_struct *middle, unsigned long start,
					  unsigned long end, @flags_t@ flags)
{
	case_propose(prev, middle, start, end, flags);
	return merge_existing(&ctx.vmg);
}

/* What mmap_region() does for [start, end), where nothing is mapped. */
static struct vm_area_struct *case_map(unsigned long start, unsigned long end,
				       @flags_t@ flags)
{
	watch_from(start);
	vmg_set_range_anon_vma(&ctx.vmg, start, end, start >> PAGE_SHIFT, flags,
			       NULL);
	ctx.vmg.next = vma_iter_next_rewind(&ctx.vmi, &ctx.vmg.prev);
	return vma_merge_new_range(&ctx.vmg);
}

/* Is it in the tree for all of its range, and is that range [start, end)? */
static bool vma_is(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end)
{
	ASSERT_EQ(case_find(start), vma);
	ASSERT_EQ(vma_iter_addr(&ctx.vmi), start);
	ASSERT_EQ(vma_iter_end(&ctx.vmi), end);
	ASSERT_EQ(vma->vm_start, start);
	ASSERT_EQ(vma->vm_end, end);
	ASSERT_EQ(@pgoff@, start >> PAGE_SHIFT);
	return true;
}

static bool vmas_are(struct vm_area_struct **vmas, int nr,
		     struct vm_area_struct **expected, int nr_expected)
{
	int i;

	ASSERT_EQ(nr, nr_expected);
	for (i = 0; i < nr; i++)
		ASSERT_EQ(vmas[i], expected[i]);
	return true;
}

#define VMAS(...) ((struct vm_area_struct *[]){ __VA_ARGS__ })
#define NR_VMAS(...) ((int)ARRAY_SIZE(VMAS(__VA_ARGS__)))

/* These were write-locked, in this order. */
#define ASSERT_LOCKED(...)						\
	ASSERT_TRUE(vmas_are(watch.locked, watch.nr_locked,		\
			     VMAS(__VA_ARGS__), NR_VMAS(__VA_ARGS__)))
/* These were detached and freed, in this order. */
#define ASSERT_FREED(...)						\
	ASSERT_TRUE(vmas_are(watch.freed, watch.nr_freed,		\
			     VMAS(__VA_ARGS__), NR_VMAS(__VA_ARGS__)))
#define ASSERT_VMA(_vma, _start, _end) \
	ASSERT_TRUE(vma_is(_vma, _start, _end))

/* ---- Merges of a range in an existing VMA ---------------------------------- */

static bool test_case_existing_both(void)
{
	struct vm_area_struct *prev, *middle, *next;

	/*
	 *          start    end
	 *            |<---->|
	 *    |-------********-------|
	 *      prev   middle   next
	 *     extend  delete  delete
	 */
	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x5000, FLAGS_RW);
	next = case_add(0x5000, 0x7000, FLAGS_RO);

	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(middle, next, prev);
	ASSERT_TRUE(watch.anon_vma_locked);
	ASSERT_FREED(middle, next);
	ASSERT_VMA(prev, 0x1000, 0x7000);
	return case_end(1);
}

static bool test_case_existing_left_full(void)
{
	struct vm_area_struct *prev, *middle;

	/*
	 *          start        end
	 *            |<--------->|
	 *    |-------*************
	 *      prev     middle
	 *     extend    delete
	 */
	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x6000, FLAGS_RW);

	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x6000, FLAGS_RO), prev);
	ASSERT_LOCKED(middle, prev);
	ASSERT_TRUE(watch.anon_vma_locked);
	ASSERT_FREED(middle);
	ASSERT_VMA(prev, 0x1000, 0x6000);
	return case_end(1);
}

static bool test_case_existing_left_partial(void)
{
	struct vm_area_struct *prev, *middle;

	/*
	 *          start   end
	 *            |<---->|
	 *    |-------*************
	 *      prev     middle
	 *     extend    shrink
	 */
	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x6000, FLAGS_RW);

	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(middle, prev);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(prev, 0x1000, 0x5000);
	ASSERT_VMA(middle, 0x5000, 0x6000);
	return case_end(2);
}

static bool test_case_existing_right_full(void)
{
	struct vm_area_struct *middle, *next;

	/*
	 *    start        end
	 *      |<--------->|
	 *      *************-------|
	 *         middle     next
	 *         delete    extend
	 */
	case_begin();
	middle = case_add(0x3000, 0x6000, FLAGS_RW);
	next = case_add(0x6000, 0x8000, FLAGS_RO);

	ASSERT_EQ(case_modify(NULL, middle, 0x3000, 0x6000, FLAGS_RO), next);
	ASSERT_LOCKED(middle, next);
	ASSERT_TRUE(watch.anon_vma_locked);
	ASSERT_FREED(middle);
	ASSERT_VMA(next, 0x3000, 0x8000);
	return case_end(1);
}

static bool test_case_existing_right_partial(void)
{
	struct vm_area_struct *middle, *next;

	/*
	 *        start    end
	 *          |<----->|
	 *      *************-------|
	 *         middle     next
	 *         shrink    extend
	 */
	case_begin();
	middle = case_add(0x3000, 0x6000, FLAGS_RW);
	next = case_add(0x6000, 0x8000, FLAGS_RO);
	vma_iter_set(&ctx.vmi, 0x3000);

	ASSERT_EQ(case_modify(NULL, middle, 0x4000, 0x6000, FLAGS_RO), next);
	ASSERT_LOCKED(middle, next);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(middle, 0x3000, 0x4000);
	ASSERT_VMA(next, 0x4000, 0x8000);
	return case_end(2);
}

/* ---- Merges of a new range -------------------------------------------------- */

static bool test_case_new_both(void)
{
	struct vm_area_struct *prev, *next;

	/*
	 *          start     end
	 *            |<------>|
	 *    |-------..........-------|
	 *      prev  (proposed)  next
	 *     extend            delete
	 */
	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	next = case_add(0x5000, 0x7000, FLAGS_RO);

	ASSERT_EQ(case_map(0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(prev, next);
	ASSERT_TRUE(watch.anon_vma_locked);
	ASSERT_FREED(next);
	ASSERT_VMA(prev, 0x1000, 0x7000);
	return case_end(1);
}

static bool test_case_new_left(void)
{
	struct vm_area_struct *prev;

	/*
	 *          start     end
	 *            |<------>|
	 *    |-------..........
	 *      prev  (proposed)
	 *     extend
	 */
	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);

	ASSERT_EQ(case_map(0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(prev);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(prev, 0x1000, 0x5000);
	return case_end(1);
}

static bool test_case_new_right(void)
{
	struct vm_area_struct *next;

	/*
	 *    start     end
	 *      |<------>|
	 *      ..........-------|
	 *      (proposed)  next
	 *                 extend
	 */
	case_begin();
	next = case_add(0x5000, 0x7000, FLAGS_RO);

	ASSERT_EQ(case_map(0x3000, 0x5000, FLAGS_RO), next);
	ASSERT_LOCKED(next);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(next, 0x3000, 0x7000);
	return case_end(1);
}

/* ---- Splits ------------------------------------------------------------------ */

static bool test_case_split_below(void)
{
	struct vm_area_struct *vma, *new;

	/*
	 *        addr
	 *    |-----.-----|
	 *    | new .     |
	 *    |-----.-----|
	 *         vma
	 */
	case_begin();
	vma = case_add(0x3000, 0x6000, FLAGS_RO);

	watch_from(0x3000);
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 1), 0);
	new = case_find(0x3000);
	ASSERT_LOCKED(vma, new);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(new, 0x3000, 0x5000);
	ASSERT_VMA(vma, 0x5000, 0x6000);
	return case_end(2);
}

static bool test_case_split_above(void)
{
	struct vm_area_struct *vma, *new;

	/*
	 *        addr
	 *    |-----.-----|
	 *    |     . new |
	 *    |-----.-----|
	 *         vma
	 */
	case_begin();
	vma = case_add(0x3000, 0x6000, FLAGS_RO);

	watch_from(0x3000);
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 0), 0);
	new = case_find(0x5000);
	ASSERT_LOCKED(vma, new);
	ASSERT_TRUE(watch.anon_vma_locked && !watch.nr_freed);
	ASSERT_VMA(vma, 0x3000, 0x5000);
	ASSERT_VMA(new, 0x5000, 0x6000);
	return case_end(2);
}

static int refuse_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vm_operations_struct no_split_ops = {
	.may_split = refuse_split,
};

/* Nothing changes if it is refused, or if there is no memory. */
static bool test_split_refused(void)
{
	struct vm_area_struct *vma;
	const int max = sysctl_max_map_count;

	case_begin();
	vma = case_add(0x3000, 0x6000, FLAGS_RO);
	watch_from(0x3000);

	ctx.mm.map_count = max;
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 0), -ENOMEM);
	ctx.mm.map_count = 1;

	vma->vm_ops = &no_split_ops;
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 0), -EINVAL);
	vma->vm_ops = NULL;

	fail_prealloc = true;
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 0), -ENOMEM);
	fail_prealloc = false;
	ASSERT_EQ(watch.nr_locked, 0);
	ASSERT_VMA(vma, 0x3000, 0x6000);

	/* One below the limit there is room for one more. */
	ctx.mm.map_count = max - 1;
	vma_iter_set(&ctx.vmi, 0x3000);
	ASSERT_EQ(split_vma(&ctx.vmi, vma, 0x5000, 0), 0);
	ctx.mm.map_count = 2;
	return case_end(2);
}

/* ---- Unmapping --------------------------------------------------------------- */

static bool test_unmap_inner(void)
{
	struct vm_area_struct *vma, *below, *above;
	const int max = sysctl_max_map_count;

	case_begin();
	vma = case_add(0x3000, 0x7000, FLAGS_RO);
	watch_from(0x4000);

	/* There would be one VMA more. */
	ctx.mm.map_count = max;
	ASSERT_EQ(do_vmi_munmap(&ctx.vmi, &ctx.mm, 0x4000, 0x2000, NULL, false), -ENOMEM);
	ctx.mm.map_count = 1;

	watch_from(0x4000);
	ASSERT_EQ(do_vmi_munmap(&ctx.vmi, &ctx.mm, 0x4000, 0x2000, NULL, false), 0);
	ASSERT_FREED(vma);
	below = case_find(0x3000);
	above = case_find(0x6000);
	ASSERT_LOCKED(vma, below, above);
	ASSERT_VMA(below, 0x3000, 0x4000);
	ASSERT_VMA(above, 0x6000, 0x7000);
	return case_end(2);
}

/* Of several VMAs, up to the middle of the last one. */
static bool test_unmap_several(void)
{
	struct vm_area_struct *first, *middle, *last, *below, *above;
	const int max = sysctl_max_map_count;

	case_begin();
	first = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x5000, FLAGS_RW);
	last = case_add(0x5000, 0x8000, FLAGS_RO);
	vma_iter_set(&ctx.vmi, 0x1000);

	/* The last one is not to be split, so all stay as they were. */
	last->vm_ops = &no_split_ops;
	ASSERT_EQ(do_vmi_munmap(&ctx.vmi, &ctx.mm, 0x1000, 0x5000, NULL, false), -EINVAL);
	last->vm_ops = NULL;
	vma_assert_attached(first);
	ASSERT_VMA(first, 0x1000, 0x3000);
	ASSERT_VMA(middle, 0x3000, 0x5000);
	ASSERT_VMA(last, 0x5000, 0x8000);

	/* There will be no VMA more than now, so the limit does not matter. */
	ctx.mm.map_count = max;
	watch_from(0x2000);
	ASSERT_EQ(do_vmi_munmap(&ctx.vmi, &ctx.mm, 0x2000, 0x4000, NULL, false), 0);
	ASSERT_EQ(ctx.mm.map_count, max - 1);
	ctx.mm.map_count = 2;
	ASSERT_FREED(first, middle, last);
	below = case_find(0x1000);
	above = case_find(0x6000);
	ASSERT_LOCKED(first, below, middle, last, above);
	ASSERT_VMA(below, 0x1000, 0x2000);
	ASSERT_VMA(above, 0x6000, 0x8000);
	return case_end(2);
}

static bool test_shrink(void)
{
	struct vm_area_struct *vma;

	case_begin();
	vma = case_add(0x3000, 0x7000, FLAGS_RO);

	watch_from(0x3000);
	ASSERT_EQ(vma_shrink(&ctx.vmi, vma, @shrink@), 0);
	ASSERT_LOCKED(vma);
	ASSERT_TRUE(watch.anon_vma_locked);
	ASSERT_VMA(vma, 0x3000, 0x4000);
	return case_end(1);
}

@if part 2
/* ---- What rules a merge out altogether --------------------------------------- */

static bool test_rule_special(void)
{
	struct vm_area_struct *prev, *middle;

	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_SPECIAL);
	ASSERT_EQ(case_map(0x3000, 0x5000, FLAGS_SPECIAL), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_NOMERGE);

	middle = case_add(0x3000, 0x5000, FLAGS_RO);
	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_SPECIAL), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_NOMERGE);
	ASSERT_EQ(watch.nr_locked, 0);
	return case_end(2);
}

/* What would be removed must not have vm_ops->close. */
static bool test_rule_close(void)
{
	struct vm_area_struct *prev, *middle, *next;

	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x5000, FLAGS_RW);
	next = case_add(0x5000, 0x7000, FLAGS_RO);

	middle->vm_ops = &close_ops;
	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), NULL);
	ASSERT_EQ(watch.nr_locked, 0);
	middle->vm_ops = NULL;

	next->vm_ops = &close_ops;
	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(middle, prev);
	ASSERT_FREED(middle);
	ASSERT_VMA(prev, 0x1000, 0x5000);
	ASSERT_VMA(next, 0x5000, 0x7000);
	ASSERT_TRUE(case_end(2));

	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	next = case_add(0x5000, 0x7000, FLAGS_RO);
	next->vm_ops = &close_ops;
	ASSERT_EQ(case_map(0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(prev);
	ASSERT_EQ(watch.nr_freed, 0);
	ASSERT_VMA(prev, 0x1000, 0x5000);
	ASSERT_VMA(next, 0x5000, 0x7000);
	return case_end(2);
}

/* The range goes with both sides, but these do not go with each other. */
static bool test_rule_sides_differ(void)
{
	struct vm_area_struct *prev, *middle, *next;

	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x5000, FLAGS_RW);
	next = case_add(0x5000, 0x7000, FLAGS_RO);
	middle->anon_vma = NULL;
	next->anon_vma = &other_anon_vma;

	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), prev);
	ASSERT_LOCKED(middle, prev);
	ASSERT_FREED(middle);
	ASSERT_VMA(prev, 0x1000, 0x5000);
	ASSERT_VMA(next, 0x5000, 0x7000);
	ASSERT_EQ(next->anon_vma, &other_anon_vma);
	return case_end(2);
}

/* Nothing changes, and an anon_vma that was duplicated is given back. */
static bool test_rule_no_memory(void)
{
	struct vm_area_struct *prev, *middle;

	case_begin();
	prev = case_add(0x1000, 0x3000, FLAGS_RO);
	middle = case_add(0x3000, 0x5000, FLAGS_RW);
	prev->anon_vma = NULL;

	fail_prealloc = true;
	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_ERROR_NOMEM);
	ASSERT_TRUE(dummy_anon_vma.was_cloned);
	ASSERT_TRUE(dummy_anon_vma.was_unlinked);
	ASSERT_FALSE(watch.anon_vma_locked);
	prev->anon_vma = NULL;

	/* Who need not merge is not told of it. */
	ctx.vmg.give_up_on_oom = true;
	ASSERT_EQ(case_modify(prev, middle, 0x3000, 0x5000, FLAGS_RO), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_NOMERGE);
	ctx.vmg.give_up_on_oom = false;
	prev->anon_vma = NULL;

	/* Who does is, and nothing is split instead. */
	case_propose(prev, middle, 0x3000, 0x5000, FLAGS_RO);
	ASSERT_EQ(PTR_ERR(vma_modify(&ctx.vmg)), -ENOMEM);
	fail_prealloc = false;
	ASSERT_VMA(prev, 0x1000, 0x3000);
	ASSERT_VMA(middle, 0x3000, 0x5000);
	return case_end(2);
}

/* ---- What stands against a merge with one side ------------------------------- */

/* The range is all of middle, or one of its ends, or neither; or it is new. */
enum sweep_range { ALL, HEAD, TAIL, INNER, NEW, NR_RANGES };

static const unsigned long sweep_start[] = { 0x3000, 0x3000, 0x7000, 0x5000, 0x3000 };
static const unsigned long sweep_end[] = { 0x9000, 0x5000, 0x9000, 0x7000, 0x9000 };

/*
 * How one neighbour is made to differ. All VMAs have the same anon_vma, but where
 * only the neighbours are to have it.
 */
enum sweep_rule {
	ALIKE, ONLY_NEIGHBOURS_FAULTED, ONLY_OTHER_FAULTED, UNFAULTED,
	INHERITED_SAME, IGNORED, CLOSE,
	/* From here on it stands against a merge. */
	REFUSES, APART = REFUSES, POLICY, FLAGS, FILE_DIFFERS, UFFD, NAME,
	OFFSET, ANON_VMA, INHERITED, NR_RULES
};

struct sweep {
	enum sweep_rule rule;
	enum sweep_range range;
	bool on_next;		/* next differs, otherwise prev does */
	bool has_other;		/* there is the other neighbour as well */
	struct vm_area_struct *prev, *middle, *next;
	int nr_left;
};

static void sweep_apply(enum sweep_rule rule, struct vm_area_struct *vma)
{
	static struct address_space mapping;
	static struct file file = { .f_mapping = &mapping };

	switch (rule) {
	case UNFAULTED:
	case ONLY_OTHER_FAULTED:
		vma->anon_vma = NULL;
		break;
	case INHERITED:
	case INHERITED_SAME:
		/* As in a child: the parent's anon_vma, and its own. */
		ctx.avcs[3].anon_vma = &dummy_anon_vma;
		list_add(&ctx.avcs[3].same_vma, &vma->anon_vma_chain);
		break;
	case IGNORED:
		@flags@ = FLAGS_IGNORED;
		break;
	case CLOSE:
		vma->vm_ops = &close_ops;
		break;
	case POLICY:
		watch.policy = vma;
		break;
	case FLAGS:
		@flags@ = FLAGS_RX;
		break;
	case FILE_DIFFERS:
		vma->vm_file = &file;
		break;
	case UFFD:
		watch.uffd_ctx = vma;
		break;
	case NAME:
		watch.anon_name = vma;
		break;
	case OFFSET:
		vma->vm_pgoff++;
		break;
	case ANON_VMA:
		vma->anon_vma = &other_anon_vma;
		break;
	default:
		break;
	}
}

static struct vm_area_struct *sweep_neighbour(struct sweep *s, bool is_next)
{
	bool differs = s->on_next == is_next;
	unsigned long start = is_next ? 0x9000 : 0x1000;
	unsigned long by = 0;
	struct vm_area_struct *vma;

	if (!differs && !s->has_other)
		return NULL;
	if (differs && s->rule == APART)
		by = is_next ? 0x1000 : -0x1000UL;
	vma = case_add(start + by, start + by + 0x2000, FLAGS_RO);
	/* Nothing but the place differs. */
	vma->vm_pgoff = start >> PAGE_SHIFT;
	if (differs)
		sweep_apply(s->rule, vma);
	return vma;
}

static struct vm_area_struct *sweep_merge(struct sweep *s)
{
	const unsigned long start = sweep_start[s->range];
	const unsigned long end = sweep_end[s->range];
	bool unfaulted = s->rule == ONLY_NEIGHBOURS_FAULTED ||
		s->rule == ONLY_OTHER_FAULTED || s->rule == INHERITED;

	if (s->range == NEW)
		return case_map(start, end, FLAGS_RO);
	if (unfaulted)
		s->middle->anon_vma = NULL;
	return case_modify(s->prev, s->middle, start, end, FLAGS_RO);
}

/* What is left of prev, middle and next. */
static bool sweep_layout(struct sweep *s, bool left, bool right)
{
	const unsigned long start = sweep_start[s->range];
	const unsigned long end = sweep_end[s->range];
	bool middle_goes = s->range == ALL && (left || right);
	bool next_goes = left && right;

	ASSERT_EQ(watch.nr_locked, (s->middle && (left || right)) + left + right);
	ASSERT_EQ(watch.nr_freed, middle_goes + next_goes);
	if (left)
		ASSERT_VMA(s->prev, 0x1000, next_goes ? 0xb000 : end);
	else if (right)
		ASSERT_VMA(s->next, start, 0xb000);
	if (s->middle && !middle_goes)
		ASSERT_VMA(s->middle, left ? end : 0x3000, right ? start : 0x9000);
	s->nr_left = !!s->prev + (s->middle && !middle_goes) +
		(s->next && !next_goes);
	return true;
}

static bool sweep_one(struct sweep *s)
{
	bool refuses, left, right, middle_had, prev_had, next_had, had, gets;
	struct vm_area_struct *merged;

	s->prev = sweep_neighbour(s, false);
	if (s->range != NEW)
		s->middle = case_add(0x3000, 0x9000, FLAGS_RW);
	s->next = sweep_neighbour(s, true);

	/* A new range has no anon_vma that another could differ from. */
	refuses = s->rule >= REFUSES && !(s->rule == ANON_VMA && s->range == NEW);
	if (s->rule == INHERITED_SAME && s->range == NEW)
		refuses = true;
	left = s->prev && s->range != TAIL && s->range != INNER &&
		(s->on_next || !refuses);
	right = s->next && s->range != HEAD && s->range != INNER &&
		(!s->on_next || !refuses);
	/* What would be removed may have close, or another anon_vma than prev. */
	if (left && (s->rule == CLOSE || s->rule == ANON_VMA) &&
	    (s->on_next || s->rule == ANON_VMA))
		right = false;
	prev_had = s->prev && s->prev->anon_vma;
	next_had = s->next && s->next->anon_vma;

	merged = sweep_merge(s);
	middle_had = s->middle && s->rule != ONLY_NEIGHBOURS_FAULTED &&
		s->rule != ONLY_OTHER_FAULTED;
	ASSERT_EQ(merged, left ? s->prev : right ? s->next : NULL);
	ASSERT_EQ(ctx.vmg.state, merged ? VMA_MERGE_SUCCESS : VMA_MERGE_NOMERGE);
	ASSERT_TRUE(sweep_layout(s, left, right));
	if (!merged || s->rule == ANON_VMA || s->rule == INHERITED)
		return true;
@if 7.1
	/* Sticky flags of a part are those of the whole. */
	if (s->rule == IGNORED && (s->on_next ? right : left))
		ASSERT_TRUE(vma_flags_test_any_mask(&merged->flags, VMA_STICKY_FLAGS));
@end
	/* Who had no anon_vma gets that of what it took over. */
	had = left ? prev_had : next_had;
	gets = middle_had || (left && right && next_had);
	ASSERT_EQ(merged->anon_vma, had || gets ? &dummy_anon_vma : NULL);
	ASSERT_EQ(dummy_anon_vma.was_cloned, !had && gets);
	return true;
}

static bool test_rules_of_sides(void)
{
	int i;

	for (i = 0; i < NR_RULES * NR_RANGES * 4; i++) {
		struct sweep s = {
			.rule = i / 4 / NR_RANGES,
			.range = i / 4 % NR_RANGES,
			.on_next = i & 1,
			.has_other = i & 2,
		};

		case_begin();
		if (!sweep_one(&s) || !case_end(s.nr_left)) {
			fprintf(stderr, "Rule %d, range %d, on %s, %s\n", s.rule,
				s.range, s.on_next ? "next" : "prev",
				s.has_other ? "and the other" : "alone");
			return false;
		}
	}
	return true;
}

@end
static void run_case_tests(int *num_tests, int *num_fail)
{
@if <7.0
#define TEST(name)							\
	do {								\
		(*num_tests)++;						\
		if (!test_##name()) {					\
			(*num_fail)++;					\
			fprintf(stderr, "Test " #name " FAILED\n");	\
		}							\
	} while (0)

@end
	TEST(case_existing_both);
	TEST(case_existing_left_full);
	TEST(case_existing_left_partial);
	TEST(case_existing_right_full);
	TEST(case_existing_right_partial);
	TEST(case_new_both);
	TEST(case_new_left);
	TEST(case_new_right);
	TEST(case_split_below);
	TEST(case_split_above);

	TEST(split_refused);
	TEST(unmap_inner);
	TEST(unmap_several);
	TEST(shrink);
@if part 2

	TEST(rule_special);
	TEST(rule_close);
	TEST(rule_sides_differ);
	TEST(rule_no_memory);
	TEST(rules_of_sides);
@end
@if <7.0

#undef TEST
@end
}
