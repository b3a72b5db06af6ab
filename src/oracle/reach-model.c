// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan carried out on the simulator. The setup is operations, too: which
 * anon_vma a VMA has by then depends on all that came before.
 */
#include <errno.h>
#include <string.h>

#include "oracle/reach.h"

#define PROT_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define LOCK_FLAGS (VM_LOCKED | VM_LOCKONFAULT)

/* More VMAs than a window ever has. */
enum { MAX_VMAS = WINDOW_PAGES };

struct sim {
	struct mm *mm;
	const struct rules *rules;
	uint32_t last_anon_vma;
	uint32_t last_file;
};

/* ---- all VMAs at once ---------------------------------------------------------- */

static size_t take_out(const struct sim *s, struct vma_state *all)
{
	const struct vma_state *v;
	size_t nr = 0;

	for (unsigned long at = 0; nr < MAX_VMAS && (v = mm_find(s->mm, at));
	     at = v->vm_end)
		all[nr++] = *v;
	return nr;
}

static void put_back(struct sim *s, const struct vma_state *all, size_t nr)
{
	mm_reset(s->mm, s->rules);
	for (size_t i = 0; i < nr; i++)
		mm_place(s->mm, &all[i]);
}

/* ---- faults and fork() ------------------------------------------------------------ */

static int sim_touch(struct sim *s, const struct cat_deed *d)
{
	const struct vma_state *v;

	for (unsigned long at = d->start;
	     at < d->end && (v = mm_find(s->mm, at)) && v->vm_start < d->end;
	     at = v->vm_end) {
		uint32_t fresh = s->last_anon_vma + 1;

		if (v->attrs.flags & VM_SHARED || v->anon_vma)
			continue;
		if (mm_fault(s->mm, v->vm_start, fresh) == fresh)
			s->last_anon_vma = fresh;
	}
	return 0;
}

/*
 * dup_mmap() and anon_vma_fork(): each VMA that has an anon_vma gets one of its
 * own, beside those that it inherits; even if two had the same. Locks are not
 * inherited.
 */
static void sim_fork(struct sim *s)
{
	struct vma_state all[MAX_VMAS];
	size_t nr = take_out(s, all);

	for (size_t i = 0; i < nr; i++) {
		all[i].attrs.flags &= ~(vm_flags_t)LOCK_FLAGS;
		if (!all[i].anon_vma)
			continue;
		all[i].anon_vma = ++s->last_anon_vma;
		all[i].forked = true;
	}
	put_back(s, all, nr);
}

/* ---- mapping ------------------------------------------------------------------------ */

static vm_flags_t prot_flags(unsigned int prot)
{
	return (prot & CAT_PROT_READ ? VM_READ : 0) |
	       (prot & CAT_PROT_WRITE ? VM_WRITE : 0) |
	       (prot & CAT_PROT_EXEC ? VM_EXEC : 0);
}

static int carry_out(struct sim *s, const struct op *op)
{
	return -mm_do(s->mm, op)->err;
}

/* Memory that is shared and anonymous is a file, another one each time. */
static int sim_mmap(struct sim *s, const struct cat_deed *d)
{
	struct op op = {
		.kind = OP_MAP,
		.start = d->start,
		.end = d->end,
		.attrs = { .flags = prot_flags(d->prot), .file = d->file },
		.pgoff = d->file ? d->pgoff : d->start,
	};

	if (d->shared)
		op.attrs.flags |= VM_SHARED;
	if (d->shared && !d->file) {
		op.attrs.file = ++s->last_file;
		op.pgoff = 0;
	}
	return carry_out(s, &op);
}

static int sim_munmap(struct sim *s, const struct cat_deed *d)
{
	return carry_out(s, &(struct op){ .kind = OP_UNMAP,
					  .start = d->start,
					  .end = d->end });
}

/* vma_merge_extend() */
static int sim_grow(struct sim *s, const struct cat_deed *d,
		    const struct vma_state *v)
{
	return carry_out(s, &(struct op){
				    .kind = OP_MAP,
				    .start = d->end,
				    .end = d->start + d->size,
				    .attrs = v->attrs,
				    .pgoff = v->vm_pgoff + d->end - v->vm_start,
				    .anon_vma = v->anon_vma,
				    .forked = v->forked,
				    .just_merge = true,
			    });
}

/*
 * copy_vma(), then munmap(). Anonymous memory that nobody has written to takes
 * the offset of its new place.
 */
static int sim_move(struct sim *s, const struct cat_deed *d,
		    const struct vma_state *v)
{
	bool fresh = !v->attrs.file && !v->anon_vma;
	struct op op = {
		.kind = OP_MAP,
		.start = d->to,
		.end = d->to + d->size,
		.attrs = v->attrs,
		.pgoff = fresh ? d->to : v->vm_pgoff + d->start - v->vm_start,
		.copied = true,
		.anon_vma = v->anon_vma,
		.forked = v->forked,
	};
	int err = carry_out(s, &op);

	return err ? err : sim_munmap(s, d);
}

static int sim_mremap(struct sim *s, const struct cat_deed *d)
{
	const struct vma_state *found = mm_find(s->mm, d->start);
	struct vma_state v;

	if (!found || found->vm_start > d->start || found->vm_end < d->end)
		return EFAULT;
	v = *found;
	return d->to == d->start ? sim_grow(s, d, &v) : sim_move(s, d, &v);
}

/* ---- changing ------------------------------------------------------------------------ */

/* What deeds change: flags, by which are cleared and which set, or identities. */
struct change {
	vm_flags_t clear;
	vm_flags_t set;
	struct op op;
};

/* VMA by VMA, as each has flags of its own that stay. */
static int change_all(struct sim *s, const struct cat_deed *d, struct change ch)
{
	unsigned long at = d->start;
	int err = 0;

	while (!err && at < d->end) {
		const struct vma_state *v = mm_find(s->mm, at);

		if (!v || v->vm_start > at)
			return ENOMEM;
		ch.op.kind = OP_MODIFY;
		ch.op.start = at;
		ch.op.end = v->vm_end < d->end ? v->vm_end : d->end;
		ch.op.attrs.flags = (v->attrs.flags & ~ch.clear) | ch.set;
		err = carry_out(s, &ch.op);
		at = ch.op.end;
	}
	return err;
}

static int change_flags(struct sim *s, const struct cat_deed *d,
			vm_flags_t clear, vm_flags_t set)
{
	return change_all(s, d,
			  (struct change){ .clear = clear,
					   .set = set,
					   .op.changes = CHANGE_FLAGS });
}

static int sim_mprotect(struct sim *s, const struct cat_deed *d)
{
	return change_flags(s, d, PROT_FLAGS, prot_flags(d->prot));
}

static int sim_madvise(struct sim *s, const struct cat_deed *d)
{
	return change_flags(s, d, 0, VM_DONTDUMP);
}

static int sim_mlock(struct sim *s, const struct cat_deed *d)
{
	return change_flags(s, d, LOCK_FLAGS, LOCK_FLAGS);
}

static int sim_mbind(struct sim *s, const struct cat_deed *d)
{
	return change_all(s, d,
			  (struct change){ .op.changes = CHANGE_POLICY,
					   .op.attrs.policy = 1 });
}

static int sim_prctl(struct sim *s, const struct cat_deed *d)
{
	return change_all(s, d,
			  (struct change){ .op.changes = CHANGE_NAME,
					   .op.attrs.anon_name = 1 });
}

/* ---- all of it -------------------------------------------------------------------------- */

typedef int sim_deed(struct sim *s, const struct cat_deed *d);

static sim_deed *const deeds[NR_DEEDS] = {
	[DEED_MMAP] = sim_mmap,	      [DEED_MUNMAP] = sim_munmap,
	[DEED_MREMAP] = sim_mremap,   [DEED_MPROTECT] = sim_mprotect,
	[DEED_MADVISE] = sim_madvise, [DEED_MLOCK2] = sim_mlock,
	[DEED_MBIND] = sim_mbind,     [DEED_PRCTL] = sim_prctl,
	[DEED_TOUCH] = sim_touch,
};

static uint32_t seen_flags(vm_flags_t flags)
{
	return (flags & VM_READ ? MAPS_READ : 0) |
	       (flags & VM_WRITE ? MAPS_WRITE : 0) |
	       (flags & VM_EXEC ? MAPS_EXEC : 0) |
	       (flags & VM_SHARED ? MAPS_SHARED : 0);
}

static void look(const struct sim *s, struct reach_seen *seen)
{
	const struct vma_state *v;

	for (unsigned long at = 0;
	     seen->nr < REACH_VMAS && (v = mm_find(s->mm, at)); at = v->vm_end)
		seen->vma[seen->nr++] = (struct reach_vma){
			.start = (uint32_t)v->vm_start,
			.end = (uint32_t)v->vm_end,
			.flags = seen_flags(v->attrs.flags),
			.has_file = v->attrs.file != 0,
			.pgoff = v->attrs.file ? (uint32_t)v->vm_pgoff : 0,
		};
}

static uint32_t mix(uint32_t hash, uint64_t value)
{
	return (hash ^ (uint32_t)(value ^ value >> 32)) * 16777619U;
}

/* anon_vmas are numbered as they come: the same setup gives the same numbers. */
static uint32_t number_of_state(const struct sim *s)
{
	const struct vma_state *v;
	uint32_t hash = 2166136261U;

	for (unsigned long at = 0; (v = mm_find(s->mm, at)); at = v->vm_end) {
		hash = mix(mix(hash, v->vm_start), v->vm_end);
		hash = mix(mix(hash, v->vm_pgoff), v->attrs.flags);
		hash = mix(mix(hash, v->anon_vma), v->forked);
	}
	return hash;
}

void reach_simulate(const struct reach_config *c, const struct rules *rules,
		    struct mm *mm, struct reach_seen *seen)
{
	/* Files that plans name come first. */
	struct sim s = { .mm = mm, .rules = rules, .last_file = 16 };
	struct reach_plan plan;

	memset(seen, 0, sizeof(*seen));
	reach_plan(c, &plan);
	mm_reset(mm, rules);
	for (size_t i = 0; i < plan.nr; i++) {
		if (i == plan.fork)
			sim_fork(&s);
		if (i + 1 == plan.nr)
			seen->before = number_of_state(&s);
		seen->err = deeds[plan.deed[i].kind](&s, &plan.deed[i]);
		if (seen->err && i + 1 < plan.nr) {
			seen->state = REACH_SETUP;
			seen->deed = (uint32_t)i;
			return;
		}
	}
	seen->state = REACH_FINISHED;
	look(&s, seen);
}
