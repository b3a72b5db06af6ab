// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "pages.h"

#define SOFT VM_SOFTDIRTY
#define STICKY (VM_SOFTDIRTY | VM_MAYBE_GUARD)

/* ---- questions about single pages ----------------------------------------- */

static unsigned long vma_first(const struct pages *m, unsigned long page)
{
	while (!m->p[page].first)
		page--;
	return page;
}

/* One past the last page of the VMA that has @page. */
static unsigned long vma_last(const struct pages *m, unsigned long page)
{
	do
		page++;
	while (page < NR_PAGES && m->p[page].mapped && !m->p[page].first);
	return page;
}

static unsigned long count(const struct pages *m)
{
	unsigned long nr = 0;

	for (int i = 0; i < NR_PAGES; i++)
		nr += m->p[i].first;
	return nr;
}

static vm_flags_t ignored(const struct pages *m)
{
	return m->minor >= 19 ? STICKY : SOFT;
}

/*
 * May a page that wants to be @want join the VMA of @have, as far as anon_vmas
 * go? @copied: what is wanted comes from mremap().
 */
static bool anon_ok(const struct pages *m, const struct page *want,
		    const struct page *have, bool copied)
{
	if (want->anon_vma == have->anon_vma)
		return true;
	if (want->anon_vma && have->anon_vma)
		return false;
	if (m->minor < 16) /* only a neighbour with a chain of one will do */
		return have->anon_vma && !have->forked;
	if (have->anon_vma)
		return !have->forked;
	return !want->forked || (copied && m->minor < 19);
}

static bool attrs_ok(const struct pages *m, const struct page *a,
		     const struct page *b)
{
	return a->attrs.file == b->attrs.file &&
	       a->attrs.policy == b->attrs.policy &&
	       a->attrs.uffd_ctx == b->attrs.uffd_ctx &&
	       a->attrs.anon_name == b->attrs.anon_name &&
	       (a->attrs.flags | ignored(m)) == (b->attrs.flags | ignored(m));
}

/* May pages first..last that want to be @want join what is below and above? */
static bool joins_below(const struct pages *m, unsigned long first,
			const struct page *want, bool copied)
{
	const struct page *below = first ? &m->p[first - 1] : NULL;

	return below && below->mapped && attrs_ok(m, want, below) &&
	       anon_ok(m, want, below, copied) &&
	       below->pgoff + 1 == want->pgoff;
}

static bool joins_above(const struct pages *m, unsigned long end,
			const struct page *want, unsigned long len, bool copied)
{
	const struct page *above = end < NR_PAGES ? &m->p[end] : NULL;

	return above && above->mapped && attrs_ok(m, want, above) &&
	       anon_ok(m, want, above, copied) &&
	       above->pgoff == want->pgoff + len;
}

static bool strangers(const struct page *a, const struct page *b)
{
	return a->anon_vma && b->anon_vma && a->anon_vma != b->anon_vma;
}

/* The kernel allocates: is this the time that it fails? */
static bool no_memory(struct pages *m)
{
	if (m->failed)
		return false;
	m->failed = ++m->allocs == m->fail;
	return m->failed;
}

/* ---- painting ------------------------------------------------------------- */

/* Make [first, end) one VMA like @like; offsets stay as they are. */
static void paint(struct pages *m, unsigned long first, unsigned long end,
		  struct page like)
{
	for (unsigned long i = first; i < end; i++) {
		unsigned long pgoff = m->p[i].pgoff;

		m->p[i] = like;
		m->p[i].mapped = true;
		m->p[i].first = i == first;
		m->p[i].pgoff = pgoff;
	}
}

static void inherit_anon(struct page *to, const struct page *from)
{
	if (!to->anon_vma) {
		to->anon_vma = from->anon_vma;
		to->forked = from->forked;
	}
}

/* ---- modify ---------------------------------------------------------------- */

static struct page changed(const struct pages *m, const struct page *page,
			   const struct op *op)
{
	struct page want = *page;

	/* Flags that do not count for merging are never cleared. */
	if (op->changes & CHANGE_FLAGS) {
		want.attrs.flags &= ignored(m);
		want.attrs.flags |= op->attrs.flags;
	}
	if (op->changes & CHANGE_POLICY)
		want.attrs.policy = op->attrs.policy;
	if (op->changes & CHANGE_UFFD)
		want.attrs.uffd_ctx = op->attrs.uffd_ctx;
	if (op->changes & CHANGE_NAME)
		want.attrs.anon_name = op->attrs.anon_name;
	return want;
}

static bool same_attrs(const struct page *a, const struct page *b)
{
	return a->attrs.flags == b->attrs.flags &&
	       a->attrs.policy == b->attrs.policy &&
	       a->attrs.uffd_ctx == b->attrs.uffd_ctx &&
	       a->attrs.anon_name == b->attrs.anon_name;
}

/* Flags of what was merged: of the survivor, but for those that may differ. */
static void merged_flags(const struct pages *m, struct page *survivor,
			 const struct page *want, const struct op *op,
			 vm_flags_t others)
{
	if (m->minor >= 19)
		survivor->attrs.flags |= (want->attrs.flags | others) & STICKY;
	else if (op->changes & CHANGE_FLAGS)
		survivor->attrs.flags = want->attrs.flags;
}

/* A VMA made after another: itself, the tree, a policy, an anon_vma. */
static bool no_duplicate(struct pages *m, const struct page *from)
{
	return no_memory(m) || no_memory(m) ||
	       (from->attrs.policy && no_memory(m)) ||
	       (from->anon_vma && no_memory(m));
}

static int split_at(struct pages *m, unsigned long page, bool limited)
{
	if (page >= NR_PAGES || !m->p[page].mapped || m->p[page].first)
		return 0;
	if (limited && count(m) >= m->limit)
		return -ENOMEM;
	if (m->p[page].attrs.no_split)
		return -EINVAL;
	if (no_duplicate(m, &m->p[page]))
		return -ENOMEM;
	m->p[page].first = true;
	return 0;
}

static int cut_out(struct pages *m, unsigned long first, unsigned long end,
		   struct page want)
{
	int err = split_at(m, first, true);

	if (!err)
		err = split_at(m, end, true);
	if (err)
		return err;
	paint(m, first, end, want);
	return 0;
}

/* What is merged into @to may have to lend it an anon_vma. */
static bool no_anon_vma(struct pages *m, const struct page *to,
			const struct page *a, const struct page *b)
{
	return !to->anon_vma && (a->anon_vma || b->anon_vma) && no_memory(m);
}

/* Change [first, end), which lies within one VMA. */
static int modify_within(struct pages *m, unsigned long first,
			 unsigned long end, const struct op *op)
{
	struct page want = changed(m, &m->p[first], op), below, above;
	unsigned long vma = vma_first(m, first), last = vma_last(m, first);
	bool whole = first == vma && end == last;
	bool left = first == vma && joins_below(m, first, &want, false);
	bool right =
		end == last && joins_above(m, end, &want, end - first, false);
	vm_flags_t others = 0;

	if (same_attrs(&want, &m->p[first]))
		return 0;
	if (want.attrs.flags & VM_SPECIAL)
		left = right = false;
	if (left && right && strangers(&m->p[first - 1], &m->p[end]))
		right = false;
	if (whole && want.attrs.has_close && !m->faulty)
		left = right = false;
	if (left && right && m->p[end].attrs.has_close)
		right = false;
	if (!left && !right)
		return cut_out(m, first, end, want);

	below = left ? m->p[first - 1] : want;
	above = right ? m->p[end] : want;
	if (no_anon_vma(m, left ? &below : &above, &want, &above) ||
	    no_memory(m))
		return op->give_up_on_oom ? cut_out(m, first, end, want)
					  : -ENOMEM;
	if (right)
		others = above.attrs.flags;
	if (left) {
		if (right)
			inherit_anon(&below, &above);
		inherit_anon(&below, &want);
		merged_flags(m, &below, &want, op, others);
		paint(m, vma_first(m, first - 1),
		      right ? vma_last(m, end) : end, below);
		if (end < last)
			m->p[end].first = true;
	} else {
		inherit_anon(&above, &want);
		merged_flags(m, &above, &want, op, others);
		paint(m, first, vma_last(m, end), above);
	}
	return 0;
}

static int modify(struct pages *m, const struct op *op)
{
	for (unsigned long at = op->start; at < op->end;) {
		unsigned long end;
		int err;

		if (!m->p[at].mapped)
			return -ENOMEM;
		end = vma_last(m, at);
		if (end > op->end)
			end = op->end;
		err = modify_within(m, at, end, op);
		if (err)
			return err;
		at = end;
	}
	return 0;
}

/* ---- map -------------------------------------------------------------------- */

/* Give the pages offsets that count up. */
static void number(struct pages *m, unsigned long first, unsigned long end,
		   unsigned long pgoff)
{
	for (unsigned long i = first; i < end; i++)
		m->p[i].pgoff = pgoff + (i - first);
}

/* A VMA of its own, unless only a merge was asked for. */
static int insert(struct pages *m, const struct op *op, const struct page *want)
{
	const struct page fresh = { 0 };

	if (op->just_merge)
		return 0;
	if (no_duplicate(m, op->copied ? want : &fresh))
		return -ENOMEM;
	number(m, op->start, op->end, op->pgoff);
	paint(m, op->start, op->end, *want);
	return 0;
}

static int map(struct pages *m, const struct op *op)
{
	struct page want = {
		.anon_vma = op->anon_vma,
		.forked = op->forked,
		.pgoff = op->pgoff,
		.attrs = op->attrs,
	};
	bool left, right, marks;
	unsigned long first = op->start, end = op->end;
	struct page like, none = { 0 }, *taken = &none;

	if (count(m) > m->limit && !op->just_merge)
		return -ENOMEM;
	for (unsigned long i = first; i < end; i++)
		if (m->p[i].mapped)
			return -EEXIST;
	left = joins_below(m, first, &want, true);
	right = !op->just_expand &&
		joins_above(m, end, &want, end - first, true);
	if (want.attrs.flags & VM_SPECIAL)
		left = right = false;
	if (left && right &&
	    (strangers(&m->p[first - 1], &m->p[end]) ||
	     m->p[end].attrs.has_close))
		right = false;
	if (!left && !right)
		return insert(m, op, &want);

	like = left ? m->p[first - 1] : m->p[end];
	if (left && right)
		taken = &m->p[end];
	if (no_anon_vma(m, &like, taken, m->minor >= 19 ? &want : &none))
		return insert(m, op, &want);
	if (no_memory(m))
		return op->just_expand || op->just_merge ? -ENOMEM
							 : insert(m, op, &want);
	marks = m->minor >= 19 || !(op->copied || op->just_merge);
	if (marks)
		like.attrs.flags |= want.attrs.flags & ignored(m);
	inherit_anon(&like, taken);
	if (m->minor >= 19) {
		like.attrs.flags |= taken->attrs.flags & STICKY;
		inherit_anon(&like, &want);
	}
	number(m, first, end, op->pgoff);
	paint(m, left ? vma_first(m, first - 1) : first,
	      right ? vma_last(m, end) : end, like);
	return 0;
}

/* ---- split, unmap, relocate -------------------------------------------------- */

static int split(struct pages *m, const struct op *op)
{
	const struct page *p = &m->p[op->start];

	if (op->start >= NR_PAGES || !p->mapped || p->first)
		return -EINVAL;
	return split_at(m, op->start, true);
}

static bool touched(const struct pages *m, const struct op *op)
{
	for (unsigned long i = op->start; i < op->end; i++)
		if (m->p[i].mapped)
			return true;
	return false;
}

/* Each VMA is noted down, the last split before. */
static int take_out(struct pages *m, const struct op *op)
{
	for (unsigned long i = op->start; i < op->end; i++) {
		int err = 0;

		if (!m->p[i].first)
			continue;
		if (vma_last(m, i) > op->end)
			err = split_at(m, op->end, false);
		if (!err && no_memory(m))
			err = -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static void clear(struct pages *m, const struct op *op)
{
	for (unsigned long i = op->start; i < op->end; i++)
		m->p[i] = (struct page){ 0 };
}

/* All that unmaps begins so; 1 if nothing is there to be unmapped. */
static int gather(struct pages *m, const struct op *op)
{
	bool inner = m->p[op->start].mapped && !m->p[op->start].first &&
		     op->end < NR_PAGES && m->p[op->end].mapped &&
		     !m->p[op->end].first &&
		     vma_first(m, op->start) == vma_first(m, op->end);
	int err = 0;

	if (inner && count(m) >= m->limit)
		return -ENOMEM;
	if (!touched(m, op))
		return 1;
	err = split_at(m, op->start, false);
	return err ? err : take_out(m, op);
}

static int unmap(struct pages *m, const struct op *op)
{
	int err = gather(m, op);

	if (err)
		return err < 0 ? err : 0;
	if (no_memory(m))
		return -ENOMEM;
	clear(m, op);
	return 0;
}

/* What is there is gone for good before it is known whether there is a new one. */
static int replace(struct pages *m, const struct op *op)
{
	unsigned long limit = m->limit;
	int err;

	if (count(m) > m->limit)
		return -ENOMEM;
	err = gather(m, op);
	if (err < 0)
		return err;
	clear(m, op);
	/* The number of VMAs was asked before. */

	m->limit = NR_PAGES + 1;
	err = map(m, op);
	m->limit = limit;
	return err;
}

/* First the old range and the new one, then the new one alone. */
static int relocate(struct pages *m, const struct op *op)
{
	unsigned long to = op->start, from = op->end, end;
	struct page like;

	if (from >= NR_PAGES || !m->p[from].first)
		return -EINVAL;
	like = m->p[from];
	for (unsigned long i = to; i < from; i++)
		if (m->p[i].mapped)
			return -EFAULT;
	if (no_memory(m))
		return -ENOMEM;
	end = vma_last(m, from);
	number(m, to, end, like.pgoff);
	paint(m, to, end, like);
	if (no_memory(m))
		return -ENOMEM;
	for (unsigned long i = end - (from - to); i < end; i++)
		m->p[i] = (struct page){ 0 };
	return 0;
}

int pages_do(struct pages *m, const struct op *op)
{
	m->allocs = 0;
	m->failed = false;
	if (op->kind != OP_SPLIT && op->start >= op->end)
		return -EINVAL;
	switch (op->kind) {
	case OP_MODIFY:
		return modify(m, op);
	case OP_MAP:
		return map(m, op);
	case OP_SPLIT:
		return split(m, op);
	case OP_RELOCATE:
		return relocate(m, op);
	case OP_REPLACE:
		return replace(m, op);
	default:
		return unmap(m, op);
	}
}

/* ---- comparing --------------------------------------------------------------- */

static const char *page_differs(const struct page *page, unsigned long i,
				const struct vma_state *s)
{
	if (page->first != (i == s->vm_start))
		return "a VMA begins elsewhere";
	if (page->pgoff != s->vm_pgoff + (i - s->vm_start))
		return "the offset of a page";
	if (page->anon_vma != s->anon_vma || page->forked != s->forked)
		return "the anon_vma of a page";
	if (page->attrs.flags != s->attrs.flags)
		return "the flags of a page";
	if (page->attrs.file != s->attrs.file ||
	    !same_attrs(page, &(struct page){ .attrs = s->attrs }))
		return "the attributes of a page";
	if (page->attrs.has_close != s->attrs.has_close ||
	    page->attrs.no_split != s->attrs.no_split)
		return "the hooks of a page";
	return NULL;
}

const char *pages_differ(const struct pages *m, const struct layout *lay)
{
	size_t slot = 0;

	for (unsigned long i = 0; i < NR_PAGES; i++) {
		const char *what;
		vma_id id;

		while (lay->slots[slot].end <= i)
			slot++;
		id = lay->slots[slot].vma;
		if (!id != !m->p[i].mapped)
			return "whether a page is mapped";
		if (!id)
			continue;
		what = page_differs(&m->p[i], i, &layout_vma(lay, id)->s);
		if (what)
			return what;
	}
	return lay->map_count == count(m) ? NULL : "the map count";
}
