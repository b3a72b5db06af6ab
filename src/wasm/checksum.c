// SPDX-License-Identifier: GPL-2.0-only
#include "wasm/checksum.h"

#include "space/space.h"

/* FNV-1a, over values: their bytes differ from one machine to another. */
#define FNV_START 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static void add(uint64_t *sum, uint64_t value)
{
	for (int i = 0; i < 8; i++) {
		*sum = (*sum ^ (value & 0xff)) * FNV_PRIME;
		value >>= 8;
	}
}

/* The end of the space, and what is far away, depend on how long a long is. */
static uint64_t page(unsigned long at)
{
	return at >= 1UL << 28 ? ~0ULL : at;
}

static void add_kcall(uint64_t *sum, const struct kcall *k)
{
	add(sum, k->kind);
	add(sum, k->err != 0);
	add(sum, page(k->start));
	add(sum, page(k->end));
	add(sum, k->left_all);
	add(sum, k->right_all);
	add(sum, k->left);
	add(sum, k->right);
	add(sum, k->end_step);
}

static void add_attrs(uint64_t *sum, const struct vma_attrs *a)
{
	add(sum, a->flags);
	add(sum, a->file);
	add(sum, a->policy);
	add(sum, a->uffd_ctx);
	add(sum, a->anon_name);
	add(sum, a->has_close + 2 * a->no_split);
}

static void add_vmas(uint64_t *sum, const struct mm *mm)
{
	for_each_vma_in(mm, v, 0, MM_END) {
		add(sum, v->id);
		add(sum, page(v->vm_start));
		add(sum, page(v->vm_end));
		add(sum, page(v->vm_pgoff));
		add(sum, v->anon_vma);
		add(sum, v->forked);
		add_attrs(sum, &v->attrs);
	}
}

static bool add_visit(const struct visit *v, void *ctx)
{
	uint64_t *sum = ctx;

	for (unsigned int d = 0; d < NR_DIMS; d++)
		add(sum, v->c->at[d]);
	add(sum, v->out->err != 0);
	for (size_t i = 0; i < v->out->nr_kcalls; i++)
		add_kcall(sum, &v->out->kcalls[i]);
	for (size_t i = 0; i < v->out->nr_steps; i++) {
		add(sum, v->out->steps[i].kind);
		add(sum, v->out->steps[i].vma);
	}
	add_vmas(sum, v->mm);
	return true;
}

uint64_t space_checksum(unsigned int sweep, const struct rules *rules)
{
	uint64_t sum = FNV_START;

	if (sweep < NR_SWEEPS)
		space_walk(&sweeps[sweep], rules, 0, 1, add_visit, &sum);
	return sum;
}
