// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * What merges, splits and unmapping leave of VMAs, what they lock and what they
 * free: see watch.h.
 *
 * VMAs are drawn. A character is a page, from address 0 on: P is of prev, V of the
 * VMA that the range is in, N of next, and + of one that was created. VMAs which
 * differ between two pictures must have been write-locked. Those which are only
 * in the first must have been detached and freed, and no others.
 */

@if <7.1
#define FLAGS_RO (VM_READ | VM_MAYREAD | VM_MAYWRITE)
#define FLAGS_RW (FLAGS_RO | VM_WRITE)
@if part 2
#define FLAGS_RX (FLAGS_RO | VM_EXEC)
#define FLAGS_IGNORED (FLAGS_RO | VM_SOFTDIRTY)
@if <6.19
#define SET_FLAGS(vma, flags) ((vma)->__vm_flags = (flags))
@else
#define SET_FLAGS(vma, flags) vm_flags_reset(vma, flags)
@end
@end
@else
#define FLAGS(...) mk_vma_flags(VMA_READ_BIT, VMA_MAYREAD_BIT,	\
				VMA_MAYWRITE_BIT, ##__VA_ARGS__)
#define FLAGS_RO FLAGS()
#define FLAGS_RW FLAGS(VMA_WRITE_BIT)
@if part 2
#define FLAGS_RX FLAGS(VMA_EXEC_BIT)
#define FLAGS_IGNORED FLAGS(VMA_MAYBE_GUARD_BIT)
#define SET_FLAGS(vma, to) ((vma)->flags = (to))
@end
@end

#define PIC_NAMES "PVN"
#define PIC_ADDR(page) ((unsigned long)(page) << PAGE_SHIFT)

/* What a test works on, from pic_draw() on. */
static struct {
	struct mm_struct mm;
	struct vma_iterator vmi;
	struct vma_merge_struct vmg;
	const char *before;
	struct vm_area_struct *vmas[3];		/* as in PIC_NAMES */
	struct anon_vma_chain avcs[4];
} ctx;

static struct vm_area_struct *pic_vma(char name)
{
	return ctx.vmas[strchr(PIC_NAMES, name) - PIC_NAMES];
}

static struct vm_area_struct *pic_load(int page)
{
	vma_iter_set(&ctx.vmi, PIC_ADDR(page));
	return vma_iter_load(&ctx.vmi);
}

/* For how many pages does the picture go on as it begins? */
static int pic_pages(const char *picture)
{
	return strspn(picture, (char []){ *picture, '\0' });
}

static bool pic_unchanged(const char *after, char name)
{
	const char *was = strchr(ctx.before, name);
	const char *is = strchr(after, name);

	return was && is && was - ctx.before == is - after &&
		pic_pages(was) == pic_pages(is);
}

/* Look only at what happens from here on, at this address. */
static void pic_watch(unsigned long addr)
{
	vma_iter_set(&ctx.vmi, addr);
	reset_dummy_anon_vma();
	memset(&watch.seen, 0, sizeof(watch.seen));
}

/* All VMAs have an anon_vma, and those beside V have the same attributes. */
static void pic_draw(const char *before)
{
	unsigned long end;
	int page, i;

	memset(&ctx, 0, sizeof(ctx));
	memset(&watch, 0, sizeof(watch));
	fail_prealloc = false;
	vma_iter_init(&ctx.vmi, &ctx.mm, 0);
	current->mm = &ctx.mm;
	ctx.mm.data_vm = 100; /* not less than is unmapped */
	ctx.vmg.mm = &ctx.mm;
	ctx.vmg.vmi = &ctx.vmi;
	ctx.before = before;

	for (page = 0; before[page]; page += pic_pages(&before[page])) {
		if (before[page] == ' ')
			continue;
		end = PIC_ADDR(page + pic_pages(&before[page]));
		i = strchr(PIC_NAMES, before[page]) - PIC_NAMES;
		ctx.vmas[i] = alloc_and_link_vma(&ctx.mm, PIC_ADDR(page), end, page,
						 before[page] == 'V' ? FLAGS_RW : FLAGS_RO);
		vma_set_dummy_anon_vma(ctx.vmas[i], &ctx.avcs[i]);
	}
	pic_watch(0);
}

static unsigned long pic_start(const char *range)
{
	return PIC_ADDR(strchr(range, '*') - range);
}

static unsigned long pic_end(const char *range)
{
	return PIC_ADDR(strrchr(range, '*') + 1 - range);
}

/* The range, all or a part of V, or a new one, is to be like the VMAs beside it. */
static void pic_propose(const char *range)
{
	const unsigned long start = pic_start(range);
	struct vm_area_struct *middle = pic_vma('V');

	pic_watch(start);
	vmg_set_range_anon_vma(&ctx.vmg, start, pic_end(range), start >> PAGE_SHIFT,
			       FLAGS_RO, middle ? middle->anon_vma : NULL);
	ctx.vmg.state = VMA_MERGE_START;
	if (!middle) {
		ctx.vmg.next = vma_iter_next_rewind(&ctx.vmi, &ctx.vmg.prev);
		return;
	}
	ctx.vmg.prev = start == middle->vm_start ? pic_vma('P') : middle;
	ctx.vmg.middle = middle;
}

static struct vm_area_struct *pic_merge(const char *range)
{
	pic_propose(range);
	return pic_vma('V') ? merge_existing(&ctx.vmg) : vma_merge_new_range(&ctx.vmg);
}

static int pic_unmap(const char *range)
{
	const unsigned long start = pic_start(range);

	pic_watch(start);
	return do_vmi_munmap(&ctx.vmi, &ctx.mm, start, pic_end(range) - start, NULL,
			     false);
}

static int pic_split(int page, int new_below)
{
	pic_watch(pic_vma('V')->vm_start);
	return split_vma(&ctx.vmi, pic_vma('V'), PIC_ADDR(page), new_below);
}

/* Is the VMA which has this page the one that is drawn, for all of its range? */
static bool pic_has(const char *after, int page)
{
	const unsigned long start = PIC_ADDR(page);
	const unsigned long end = PIC_ADDR(page + pic_pages(&after[page]));
	struct vm_area_struct *vma = pic_load(page);
	bool changed = !pic_unchanged(after, after[page]);

	ASSERT_NE(vma, NULL);
	if (after[page] != '+')
		ASSERT_EQ(vma, pic_vma(after[page]));
	ASSERT_EQ(vma_iter_addr(&ctx.vmi), start);
	ASSERT_EQ(vma_iter_end(&ctx.vmi), end);
	ASSERT_EQ(vma->vm_start, start);
	ASSERT_EQ(vma->vm_end, end);
	if (!changed)
		return true;
	ASSERT_TRUE(watch_has(watch.seen.locked, vma));
	ASSERT_EQ(@pgoff@, page);
	ASSERT_TRUE(watch.seen.anon_vma_locked || !vma->anon_vma);
	ASSERT_TRUE(watch.seen.i_mmap_locked || !vma->vm_file);
	return true;
}

/* Do the VMAs look so now? What is locked and freed after this is for the next check. */
static bool pic_is(const char *after)
{
	int page, nr = 0;
	const char *name;

	for (page = 0; after[page]; page += pic_pages(&after[page])) {
		if (after[page] == ' ') {
			ASSERT_EQ(pic_load(page), NULL);
			continue;
		}
		ASSERT_TRUE(pic_has(after, page));
		nr++;
	}
	ASSERT_EQ(ctx.mm.map_count, nr);

	for (name = PIC_NAMES; *name; name++) {
		bool gone = pic_vma(*name) && !strchr(after, *name);

		if (gone)
			ASSERT_TRUE(watch_has(watch.seen.locked, pic_vma(*name)));
		ASSERT_EQ(watch_has(watch.seen.freed, pic_vma(*name)), gone);
	}
	return true;
}

/* It does, and that was all. */
static bool pic_ends(const char *after)
{
	ASSERT_TRUE(pic_is(after));
	cleanup_mm(&ctx.mm, &ctx.vmi);
	return true;
}

static bool pic_merges(const char *before, const char *range, const char *after)
{
	pic_draw(before);
	/* It is the VMA which has the range now. */
	ASSERT_EQ(pic_merge(range), pic_load(pic_start(range) >> PAGE_SHIFT));
	/* All have had an anon_vma. */
	ASSERT_FALSE(dummy_anon_vma.was_cloned);
	return pic_ends(after);
}

/* The range is in an existing VMA, and gets other attributes. */
static bool test_existing_both(void)
{
	return pic_merges("PPPVVVVNNN",
			   "   ****   ",
			   "PPPPPPPPPP");
}

static bool test_existing_left_full(void)
{
	return pic_merges("PPPVVVV",
			   "   ****",
			   "PPPPPPP");
}

static bool test_existing_left_partial(void)
{
	return pic_merges("PPPVVVV",
			   "   *** ",
			   "PPPPPPV");
}

static bool test_existing_right_full(void)
{
	return pic_merges("   VVVVNNN",
			   "   ****   ",
			   "   NNNNNNN");
}

static bool test_existing_right_partial(void)
{
	return pic_merges("   VVVVNNN",
			   "    ***   ",
			   "   VNNNNNN");
}

/* The range is new. */
static bool test_new_both(void)
{
	return pic_merges("PPP    NNN",
			   "   ****   ",
			   "PPPPPPPPPP");
}

static bool test_new_left(void)
{
	return pic_merges("PPP    ",
			   "   ****",
			   "PPPPPPP");
}

static bool test_new_right(void)
{
	return pic_merges("       NNN",
			   "   ****   ",
			   "   NNNNNNN");
}

static bool test_split_below(void)
{
	pic_draw("VVVVVV");
	ASSERT_EQ(pic_split(2, 1), 0);
	return pic_ends("++VVVV");
}

static bool test_split_above(void)
{
	pic_draw("VVVVVV");
	ASSERT_EQ(pic_split(2, 0), 0);
	return pic_ends("VV++++");
}

/* In private mappings of a file that have been written to there are both rmap locks. */
static bool test_merge_file(void)
{
	static struct address_space mapping;
	static struct file file = { .f_mapping = &mapping };
	const char *name;

	pic_draw("PPPVVVVNNN");
	for (name = PIC_NAMES; *name; name++)
		pic_vma(*name)->vm_file = &file;
	ctx.vmg.file = &file;
	ASSERT_EQ(pic_merge("   ****   "), pic_vma('P'));
	return pic_ends("PPPPPPPPPP");
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
	const int max = sysctl_max_map_count;

	pic_draw("VVVVVV");
	ctx.mm.map_count = max;
	ASSERT_EQ(pic_split(2, 0), -ENOMEM);
	ctx.mm.map_count = 1;
	ASSERT_TRUE(pic_is("VVVVVV"));

	pic_vma('V')->vm_ops = &no_split_ops;
	ASSERT_EQ(pic_split(2, 0), -EINVAL);
	pic_vma('V')->vm_ops = NULL;
	ASSERT_TRUE(pic_is("VVVVVV"));

	fail_prealloc = true;
	ASSERT_EQ(pic_split(2, 0), -ENOMEM);
	fail_prealloc = false;
	ASSERT_TRUE(pic_is("VVVVVV"));

	/* One below the limit there is room for one more. */
	ctx.mm.map_count = max - 1;
	ASSERT_EQ(pic_split(2, 0), 0);
	ctx.mm.map_count = 2;
	return pic_ends("VV++++");
}

static bool test_unmap_inner(void)
{
	const int max = sysctl_max_map_count;

	pic_draw("VVVVVV");
	/* There would be one VMA more. */
	ctx.mm.map_count = max;
	ASSERT_EQ(pic_unmap("  **  "), -ENOMEM);
	ctx.mm.map_count = 1;
	ASSERT_TRUE(pic_is("VVVVVV"));

	ASSERT_EQ(pic_unmap("  **  "), 0);
	return pic_ends("++  ++");
}

static bool test_unmap_several(void)
{
	const int max = sysctl_max_map_count;

	/* The last one is not to be split, so all stay as they were. */
	pic_draw("PPPVVVVNNN");
	pic_vma('N')->vm_ops = &no_split_ops;
	ASSERT_EQ(pic_unmap("********  "), -EINVAL);
	pic_vma('N')->vm_ops = NULL;
	vma_assert_attached(pic_vma('P'));
	ASSERT_TRUE(pic_is("PPPVVVVNNN"));

	/* There will be no VMA more than now, so the limit does not matter. */
	ctx.mm.map_count = max;
	ASSERT_EQ(pic_unmap(" *******  "), 0);
	ASSERT_EQ(ctx.mm.map_count, max - 1);
	ctx.mm.map_count = 2;
	return pic_ends("+       ++");
}

static bool test_shrink(void)
{
	pic_draw("VVVV");
	ASSERT_EQ(vma_shrink(&ctx.vmi, pic_vma('V'), @shrink@), 0);
	return pic_ends("V   ");
}

@if part 2
/* How a VMA can differ from the range. */
static void differ_flags(struct vm_area_struct *vma)
{
	SET_FLAGS(vma, FLAGS_RX);
}

static void differ_ignored_flags(struct vm_area_struct *vma)
{
	SET_FLAGS(vma, FLAGS_IGNORED);
}

static void differ_policy(struct vm_area_struct *vma)
{
	watch.policy = vma;
}

static void differ_uffd(struct vm_area_struct *vma)
{
	watch.uffd_ctx = vma;
}

static void differ_name(struct vm_area_struct *vma)
{
	watch.anon_name = vma;
}

static void differ_file(struct vm_area_struct *vma)
{
	static struct address_space mapping;
	static struct file file = { .f_mapping = &mapping };

	vma->vm_file = &file;
}

static void differ_offset(struct vm_area_struct *vma)
{
	vma->vm_pgoff++;
}

static void differ_anon_vma(struct vm_area_struct *vma)
{
	static struct anon_vma other;

	vma->anon_vma = &other;
}

static void differ_unfaulted(struct vm_area_struct *vma)
{
	vma->anon_vma = NULL;
}

/* As in a child: the parent's anon_vma, and its own. The range has none. */
static void differ_inherited(struct vm_area_struct *vma)
{
	ctx.avcs[3].anon_vma = &dummy_anon_vma;
	list_add(&ctx.avcs[3].same_vma, &vma->anon_vma_chain);
	if (pic_vma('V'))
		pic_vma('V')->anon_vma = NULL;
}

static const struct {
	const char *name;
	void (*differ)(struct vm_area_struct *vma);
	bool merges;		/* all the same */
	bool existing_only;	/* a new range has no such thing yet */
} rules[] = {
	{ "flags", differ_flags },
	{ "ignored flags", differ_ignored_flags, .merges = true },
	{ "policy", differ_policy },
	{ "userfaultfd context", differ_uffd },
	{ "name", differ_name },
	{ "file", differ_file },
	{ "offset", differ_offset },
	{ "anon_vma", differ_anon_vma, .existing_only = true },
	{ "no anon_vma", differ_unfaulted, .merges = true },
	{ "inherited anon_vma", differ_inherited },
};

/* What each merge comes to if all are alike, and if one of the neighbours differs. */
static const struct {
	const char *before, *range, *alike, *prev_differs, *next_differs;
} layouts[] = {
	{ "PPPVVVVNNN", "   ****   ", "PPPPPPPPPP", "PPPNNNNNNN", "PPPPPPPNNN" },
	{ "PPPVVVVNNN", "   ***    ", "PPPPPPVNNN", "PPPVVVVNNN", "PPPPPPVNNN" },
	{ "PPPVVVVNNN", "    ***   ", "PPPVNNNNNN", "PPPVNNNNNN", "PPPVVVVNNN" },
	{ "PPPVVVVNNN", "    **    ", "PPPVVVVNNN", "PPPVVVVNNN", "PPPVVVVNNN" },
	{ "PPPVVVV   ", "   ****   ", "PPPPPPP   ", "PPPVVVV   " },
	{ "   VVVVNNN", "   ****   ", "   NNNNNNN", .next_differs = "   VVVVNNN" },
	{ "PPP    NNN", "   ****   ", "PPPPPPPPPP", "PPPNNNNNNN", "PPPPPPPNNN" },
	{ "PPP       ", "   ****   ", "PPPPPPP   ", "PPP       " },
	{ "       NNN", "   ****   ", "   NNNNNNN", .next_differs = "       NNN" },
};

static bool rule_holds(int layout, int rule, char differs)
{
	const char *after = layouts[layout].alike;
	struct vm_area_struct *merged, *vma;
	bool cloned;

	if (!rules[rule].merges)
		after = differs == 'P' ? layouts[layout].prev_differs :
			layouts[layout].next_differs;
	pic_draw(layouts[layout].before);
	vma = pic_vma(differs);
	rules[rule].differ(vma);
	merged = pic_merge(layouts[layout].range);
	ASSERT_EQ(ctx.vmg.state, merged ? VMA_MERGE_SUCCESS : VMA_MERGE_NOMERGE);
	/* Who had no anon_vma gets that of what it took over. */
	cloned = rules[rule].differ == differ_unfaulted && merged == vma &&
		(pic_vma('V') || (pic_vma('N') && !strchr(after, 'N')));
	ASSERT_EQ(dummy_anon_vma.was_cloned, cloned);
@if 7.1
	/* Sticky flags of a part are those of the whole. */
	if (rules[rule].differ == differ_ignored_flags && merged &&
	    !pic_unchanged(after, differs))
		ASSERT_TRUE(vma_flags_test_any_mask(&merged->flags, VMA_STICKY_FLAGS));
@end
	return pic_ends(after);
}

static bool test_rules(void)
{
	int layout, rule;
	const char *differs;

	for (layout = 0; layout < ARRAY_SIZE(layouts); layout++)
		for (rule = 0; rule < ARRAY_SIZE(rules); rule++)
			for (differs = "PN"; *differs; differs++) {
				if (!strchr(layouts[layout].before, *differs))
					continue;
				if (rules[rule].existing_only &&
				    !strchr(layouts[layout].before, 'V'))
					continue;
				if (rule_holds(layout, rule, *differs))
					continue;
				fprintf(stderr, "%s, %s, with other %s of %c\n",
					layouts[layout].before, layouts[layout].range,
					rules[rule].name, *differs);
				return false;
			}
	return true;
}

/* It does not touch the range, though its offset is as if it did. */
static bool apart_stays(const char *before, const char *range, const char *after,
			char name, int pgoff)
{
	pic_draw(before);
	pic_vma(name)->vm_pgoff = pgoff;
	pic_merge(range);
	return pic_ends(after);
}

static bool test_apart(void)
{
	ASSERT_TRUE(apart_stays("PP VVVVNNN", "   ****   ", "PP NNNNNNN", 'P', 1));
	ASSERT_TRUE(apart_stays("PPPVVV NNN", "   ***    ", "PPPPPP NNN", 'N', 6));
	ASSERT_TRUE(apart_stays("PP     NNN", "   ****   ", "PP NNNNNNN", 'P', 1));
	ASSERT_TRUE(apart_stays("PPP    NNN", "   ***    ", "PPPPPP NNN", 'N', 6));
	return true;
}

/* Nothing is changed without memory, and nothing is split instead of merged. */
static bool test_no_memory(void)
{
	pic_draw("PPPVVVV");
	fail_prealloc = true;
	ctx.vmg.give_up_on_oom = true;
	ASSERT_EQ(pic_merge("   ****"), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_NOMERGE);
	ctx.vmg.give_up_on_oom = false;
	ASSERT_EQ(pic_merge("   ****"), NULL);
	ASSERT_EQ(ctx.vmg.state, VMA_MERGE_ERROR_NOMEM);
	pic_propose("   ****");
	ASSERT_EQ(PTR_ERR(vma_modify(&ctx.vmg)), -ENOMEM);
	fail_prealloc = false;
	return pic_ends("PPPVVVV");
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
	TEST(existing_both);
	TEST(existing_left_full);
	TEST(existing_left_partial);
	TEST(existing_right_full);
	TEST(existing_right_partial);
	TEST(new_both);
	TEST(new_left);
	TEST(new_right);
	TEST(split_below);
	TEST(split_above);

	TEST(merge_file);
	TEST(split_refused);
	TEST(unmap_inner);
	TEST(unmap_several);
	TEST(shrink);
@if part 2

	TEST(rules);
	TEST(apart);
	TEST(no_memory);
@end
@if <7.0

#undef TEST
@end
}
