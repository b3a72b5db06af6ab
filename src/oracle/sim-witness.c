// SPDX-License-Identifier: GPL-2.0-only
/* The simulator as a witness, and what two witnesses differ in. */
#include <assert.h>
#include <string.h>

#include "lib/memory.h"
#include "oracle/oracle.h"

/* ---- asking ----------------------------------------------------------------- */

static void put_attrs(struct proto_vma *to, const struct vma_attrs *attrs)
{
	to->flags = attrs->flags;
	to->file = attrs->file;
	to->policy = attrs->policy;
	to->uffd_ctx = attrs->uffd_ctx;
	to->anon_name = attrs->anon_name;
	to->has_close = attrs->has_close;
	to->no_split = attrs->no_split;
}

static void put_vma(struct proto_vma *to, const struct vma_state *s)
{
	put_attrs(to, &s->attrs);
	to->id = s->id;
	to->start = s->vm_start;
	to->end = s->vm_end;
	to->pgoff = s->vm_pgoff;
	to->anon_vma = s->anon_vma;
	to->forked = s->forked;
	to->attached = true;
	to->moved = s->moved;
}

static void put_op(struct proto_op *to, const struct op *op)
{
	put_attrs(&to->vma, &op->attrs);
	to->kind = op->kind;
	to->changes = op->changes;
	to->vma.start = op->start;
	to->vma.end = op->end;
	to->vma.pgoff = op->pgoff;
	to->vma.anon_vma = op->anon_vma;
	to->vma.forked = op->forked;
	to->vma.moved = op->moved;
	to->from = op->from;
	to->keep_source = op->keep_source;
	to->just_merge = op->just_merge;
	to->uffd_loses = op->uffd_loses;
	to->copied = op->copied;
	to->new_below = op->new_below;
	to->just_expand = op->just_expand;
	to->give_up_on_oom = op->give_up_on_oom;
}

void request_of(struct proto_request *req, const struct fixture *fixture)
{
	memset(req, 0, sizeof(*req));
	assert(fixture->nr_vmas <= ARRAY_SIZE(req->vmas));
	req->nr_vmas = (uint32_t)fixture->nr_vmas;
	req->fail = fixture->fail;
	req->max_map_count = fixture->max_map_count;
	put_op(&req->op, &fixture->op);
	for (size_t i = 0; i < fixture->nr_vmas; i++) {
		put_vma(&req->vmas[i], &fixture->vmas[i]);
		req->vmas[i].id = (uint32_t)i + 1;
	}
}

/* ---- answering ---------------------------------------------------------------- */

static bool visible(enum step_kind kind)
{
	return kind != STEP_LOCK_MMAP && kind != STEP_UNLOCK_MMAP;
}

/* The fields that protocol.h gives a meaning to, and no others. */
static void put_step(struct proto_step *to, const struct step *s)
{
	unsigned int has = step_kinds[s->kind].fields;

	*to = (struct proto_step){ .kind = s->kind, .vma = s->vma };
	if (has & HAS_FROM)
		to->from = s->from;
	if (has & HAS_OBJECT)
		to->object = s->object;
	if (has & HAS_RANGE) {
		to->start = s->start;
		to->end = s->end;
	}
	if (has & HAS_PGOFF)
		to->pgoff = s->pgoff;
	if (has & HAS_DELTA)
		to->delta = s->delta;
}

static void put_steps(struct proto_reply *reply, const struct outcome *out)
{
	for (size_t i = 0; i < out->nr_steps; i++) {
		if (!visible(out->steps[i].kind))
			continue;
		if (reply->nr_steps == PROTO_STEPS) {
			reply->trouble = PROTO_OVERFLOW;
			return;
		}
		put_step(&reply->steps[reply->nr_steps++], &out->steps[i]);
	}
}

static void put_layout(struct proto_reply *reply, const struct mm *mm)
{
	const struct vma_state *s = mm_find(mm, 0);

	for (; s; s = mm_find(mm, s->vm_end)) {
		if (reply->nr_vmas == PROTO_VMAS) {
			reply->trouble = PROTO_OVERFLOW;
			return;
		}
		memset(&reply->vmas[reply->nr_vmas], 0, sizeof(reply->vmas[0]));
		put_vma(&reply->vmas[reply->nr_vmas], s);
		if (!s->anon_vma && !(s->attrs.flags & VM_SHARED))
			reply->vmas[reply->nr_vmas].reuses =
				mm_reuses(mm, s->vm_start);
		reply->vmas[reply->nr_vmas++].attached = s->attached;
	}
}

void reply_of(struct proto_reply *reply, const struct mm *mm,
	      const struct outcome *out)
{
	/* __mmap_region() keeps to itself how its merge ended. */
	bool shown = !out->nr_kcalls || out->kcalls[0].kind != KCALL_REPLACE;

	memset(reply, 0, offsetof(struct proto_reply, vmas));
	reply->err = out->err;
	reply->nr_allocs = out->nr_allocs;
	reply->failed = out->failed;
	reply->map_count = (uint32_t)mm_map_count(mm);
	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (out->kcalls[i].kind == KCALL_MERGE_EXISTING ||
		    (out->kcalls[i].kind == KCALL_MERGE_NEW && shown))
			reply->state = out->kcalls[i].state;
	/* copy_vma() does not say why it did not merge. */
	for (size_t i = 0; i < out->nr_kcalls; i++)
		if (out->kcalls[i].kind == KCALL_INSERT)
			reply->state = MERGE_NONE;
	put_layout(reply, mm);
	put_steps(reply, out);
}

/* ---- comparing ------------------------------------------------------------------ */

static const char *const difference_names[NR_DIFFERENCES] = {
	"error", "layout", "merge state", "map count",
	"locks", "steps",  "allocations",
};

const char *difference_name(unsigned int bit)
{
	return bit < NR_DIFFERENCES ? difference_names[bit] : NULL;
}

static bool is_lock(const struct proto_step *s)
{
	return s->kind == STEP_LOCK_VMA || s->kind == STEP_LOCK_I_MMAP ||
	       s->kind == STEP_LOCK_ANON_VMA;
}

/* The next step that is, or is not, a lock. */
static const struct proto_step *next_step(const struct proto_reply *r,
					  uint32_t *i, bool lock)
{
	while (*i < r->nr_steps && is_lock(&r->steps[*i]) != lock)
		++*i;
	return *i < r->nr_steps ? &r->steps[(*i)++] : NULL;
}

static bool steps_same(const struct proto_reply *a, const struct proto_reply *b,
		       bool locks)
{
	uint32_t i = 0, j = 0;

	for (;;) {
		const struct proto_step *x = next_step(a, &i, locks);
		const struct proto_step *y = next_step(b, &j, locks);

		if (!x || !y)
			return x == y;
		if (memcmp(x, y, sizeof(*x)))
			return false;
	}
}

/* Once it is known that not all steps are the same: which kind is not. */
static unsigned int steps_differ(const struct proto_reply *a,
				 const struct proto_reply *b)
{
	unsigned int differs = 0;

	if (!steps_same(a, b, true))
		differs |= DIFFERS_LOCKS;
	if (!steps_same(a, b, false))
		differs |= DIFFERS_STEPS;
	/* The same of each, but otherwise interleaved. */
	return differs ? differs : DIFFERS_STEPS;
}

unsigned int replies_differ(const struct proto_reply *a,
			    const struct proto_reply *b)
{
	unsigned int differs = 0;

	if (a->err != b->err)
		differs |= DIFFERS_ERROR;
	if (a->state != b->state)
		differs |= DIFFERS_STATE;
	if (a->map_count != b->map_count)
		differs |= DIFFERS_COUNT;
	if (a->nr_allocs != b->nr_allocs || a->failed != b->failed)
		differs |= DIFFERS_ALLOCS;
	if (a->nr_vmas != b->nr_vmas ||
	    memcmp(a->vmas, b->vmas, a->nr_vmas * sizeof(a->vmas[0])))
		differs |= DIFFERS_LAYOUT;
	if (a->nr_steps != b->nr_steps ||
	    memcmp(a->steps, b->steps, a->nr_steps * sizeof(a->steps[0])))
		differs |= steps_differ(a, b);
	return differs;
}
