// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to do for a configuration.
 *
 * VMAs that are to be there before the last call must not merge while they are
 * built only because they do not yet differ: until it has all that it is to
 * have, each can be written to and not read, as no other.
 */
#include <sys/mman.h>

#include "oracle/reach.h"
#include "syscall/numbers.h"

enum { PROT_BUILD = PROT_WRITE, PROT_RW = PROT_READ | PROT_WRITE };

/* Offsets in files of pages that are where they belong, and of others. */
enum { FILE_OFFSET = 32, FILE_AWAY = 64 };

/* What a VMA is to be. */
struct traits {
	unsigned int prot;
	uint8_t memory;
	uint8_t fault;
	uint32_t inode;
	bool away;  /* its offset is another */
	bool moved; /* after it was written to, to where its offset goes on */
	bool locked;
	bool advised;
	bool named;
	bool policy;
};

struct plan_part {
	bool exists;
	unsigned long start; /* where it is to be */
	unsigned long end;
	unsigned long build; /* where it begins when it is built */
	struct traits t;
	bool touched;
	bool locked;
	bool built;
};

/* By the order in which they are built. */
enum { PREV, NEXT, MIDDLE, NR_PARTS };

/* ---- calls ------------------------------------------------------------------ */

static struct syscall *add(struct reach_plan *plan, enum syscall_kind kind,
			   unsigned long start, unsigned long end)
{
	struct syscall *c = &plan->call[plan->nr++];

	*c = (struct syscall){ .kind = kind,
			       .addr = start,
			       .len = end - start,
			       .new_addr = start,
			       .new_len = end - start,
			       .key = -1 };
	return c;
}

static void add_mprotect(struct reach_plan *plan, unsigned long start,
			 unsigned long end, unsigned int prot)
{
	add(plan, CALL_MPROTECT, start, end)->prot = prot;
}

static void add_mremap(struct reach_plan *plan, unsigned long start,
		       unsigned long end, unsigned long to, unsigned long size)
{
	struct syscall *c = add(plan, CALL_MREMAP, start, end);

	c->flags = to == start ? 0 : MREMAP_MAYMOVE | MREMAP_FIXED;
	c->new_addr = to;
	c->new_len = size;
}

/* @page is that for which @start stands: that is what decides the offset. */
static void add_mmap(struct reach_plan *plan, const struct traits *t,
		     unsigned long start, unsigned long end, unsigned long page,
		     unsigned int prot)
{
	struct syscall *c = add(plan, CALL_MMAP, start, end);
	bool shared = t->memory == MEM_SHARED || t->memory == MEM_SHM;

	c->prot = prot;
	c->flags = MAP_FIXED | MAP_NORESERVE;
	c->flags |= shared ? MAP_SHARED : MAP_PRIVATE;
	if (t->memory == MEM_FILE || t->memory == MEM_SHARED) {
		c->file = t->inode;
		c->offset = FILE_OFFSET + page + (t->away ? FILE_AWAY : 0);
	}
}

static void add_mlock(struct reach_plan *plan, unsigned long start,
		      unsigned long end)
{
	add(plan, CALL_MLOCK2, start, end)->flags = MLOCK_ONFAULT;
}

/* ---- what VMAs are to be ------------------------------------------------------- */

/* What the range is to have after the last call, but for TRY_PART. */
static struct traits target_of(const struct reach_config *c)
{
	uint8_t try = c->at[REACH_TRY];

	return (struct traits){
		.prot = PROT_RW,
		.memory = c->at[REACH_MEMORY],
		.inode = 1,
		.advised = try == TRY_MADVISE,
		.locked = try == TRY_MLOCK,
		.policy = try == TRY_MBIND,
		.named = try == TRY_PRCTL,
	};
}

static struct traits middle_of(const struct reach_config *c)
{
	struct traits t = target_of(c);

	t.advised = t.locked = t.policy = t.named = false;
	t.fault = c->at[REACH_MIDDLE];
	if (c->at[REACH_TRY] == TRY_MPROTECT)
		t.prot = PROT_READ;
	return t;
}

static struct traits side_of(const struct reach_config *c, uint8_t side,
			     uint8_t fault)
{
	struct traits t = target_of(c);

	t.fault = fault;
	t.memory = reach_memory(c, side);
	t.prot = side == SIDE_PROT ? PROT_READ : t.prot;
	t.inode += side == SIDE_INODE;
	t.away = side == SIDE_OFFSET;
	t.moved = side == SIDE_MOVED;
	t.locked ^= side == SIDE_LOCKED;
	t.advised ^= side == SIDE_ADVISED;
	t.named ^= side == SIDE_NAMED;
	t.policy ^= side == SIDE_POLICY;
	return t;
}

/* Anonymous memory only comes to an offset that is not its own by a move. */
static bool moves(const struct traits *t)
{
	return t->moved || (t->away && t->memory == MEM_ANON);
}

/* The range is moved there from elsewhere. */
static bool is_move(uint8_t try)
{
	return try == TRY_MOVE || try == TRY_KEEP || try == TRY_UFFD;
}

/* There is nothing yet. */
static bool is_free(uint8_t try)
{
	return try == TRY_MMAP || try == TRY_GROW || try == TRY_BESIDE;
}

static void set_parts(const struct reach_config *c, struct plan_part *parts)
{
	uint8_t try = c->at[REACH_TRY];
	struct plan_part *r = parts;

	r[PREV] = (struct plan_part){ c->at[REACH_PREV] != SIDE_ABSENT,
				      PAGE_PREV, PAGE_MIDDLE, PAGE_PREV };
	r[PREV].t = side_of(c, c->at[REACH_PREV], c->at[REACH_PREV_FAULT]);
	r[NEXT] = (struct plan_part){ c->at[REACH_NEXT] != SIDE_ABSENT,
				      PAGE_NEXT, PAGE_END, PAGE_NEXT };
	r[NEXT].t = side_of(c, c->at[REACH_NEXT], c->at[REACH_NEXT_FAULT]);
	r[MIDDLE] = (struct plan_part){ !is_free(try), PAGE_MIDDLE, PAGE_NEXT,
					PAGE_MIDDLE };
	r[MIDDLE].t = middle_of(c);
	for (int i = 0; i < NR_PARTS; i++)
		if (moves(&r[i].t) || (i == MIDDLE && is_move(try)))
			r[i].build += PAGES_AWAY;
}

/* ---- building them --------------------------------------------------------------- */

static unsigned long build_end(const struct plan_part *r)
{
	return r->build + (r->end - r->start);
}

/*
 * Locked on fault, so that this alone writes to nothing. fork() unlocks: what
 * is inherited is locked after it.
 */
static void add_attributes(struct reach_plan *plan, struct plan_part *r,
			   bool lock)
{
	unsigned long start = r->build, end = build_end(r);

	if (r->t.advised)
		add(plan, CALL_MADVISE, start, end)->advice = MADV_DONTDUMP;
	if (r->t.named)
		add(plan, CALL_PRCTL, start, end)->name = "vmatlas";
	if (r->t.policy)
		add(plan, CALL_MBIND, start, end)->policy = "preferred";
	if (r->t.locked && lock)
		add_mlock(plan, start, end);
	r->locked = r->t.locked && lock;
}

static void build(struct reach_plan *plan, struct plan_part *r, bool touch,
		  bool lock)
{
	unsigned long start = r->build, end = build_end(r);

	add_mmap(plan, &r->t, start, end, r->start, PROT_BUILD);
	add_attributes(plan, r, lock);
	if (touch)
		add(plan, CALL_TOUCH, start, end);
	add_mprotect(plan, start, end, r->t.prot);
	if (moves(&r->t)) {
		add_mremap(plan, start, end, r->start, end - start);
		r->build = r->start;
	}
	r->touched = touch;
	r->built = true;
}

/* What could not be done when it was built. */
static void finish(struct reach_plan *plan, struct plan_part *r)
{
	bool touch = r->t.fault && !r->touched;
	bool lock = r->t.locked && !r->locked;
	unsigned long start = r->build, end = build_end(r);

	if (!touch && !lock)
		return;
	add_mprotect(plan, start, end, PROT_BUILD);
	if (lock)
		add_mlock(plan, start, end);
	if (touch)
		add(plan, CALL_TOUCH, start, end);
	add_mprotect(plan, start, end, r->t.prot);
}

/* Whether it is written to as soon as it is built. */
static bool is_early(const struct reach_config *c, const struct plan_part *r)
{
	return r->t.fault == FAULT_FORKED ||
	       (r->t.fault == FAULT_OWN &&
		(c->at[REACH_ORDER] == ORDER_APART || moves(&r->t)));
}

/* And then this process must be the one that does it. */
static bool is_built_late(const struct reach_config *c,
			  const struct plan_part *r)
{
	return reach_forks(c) && r->t.fault == FAULT_OWN && is_early(c, r);
}

static void build_all(const struct reach_config *c, struct reach_plan *plan,
		      struct plan_part *parts, bool late)
{
	for (int i = 0; i < NR_PARTS; i++)
		if (parts[i].exists && is_built_late(c, &parts[i]) == late)
			build(plan, &parts[i], is_early(c, &parts[i]),
			      late || !reach_forks(c));
}

/* ---- the last call ----------------------------------------------------------------- */

static const unsigned long ranges[NR_REACH_RANGES][2] = {
	[RANGE_ALL] = { PAGE_MIDDLE, PAGE_NEXT },
	[RANGE_HEAD] = { PAGE_MIDDLE, PAGE_MIDDLE + 2 },
	[RANGE_TAIL] = { PAGE_NEXT - 2, PAGE_NEXT },
	[RANGE_INNER] = { PAGE_MIDDLE + 1, PAGE_NEXT - 1 },
	[RANGE_ACROSS] = { PAGE_MIDDLE - 2, PAGE_NEXT + 2 },
};

static void add_last(const struct reach_config *c, struct reach_plan *plan)
{
	unsigned long start = ranges[c->at[REACH_RANGE]][0];
	unsigned long end = ranges[c->at[REACH_RANGE]][1];
	struct traits t = target_of(c);

	switch ((enum reach_try)c->at[REACH_TRY]) {
	case TRY_MPROTECT:
		add_mprotect(plan, start, end, PROT_RW);
		return;
	case TRY_MADVISE:
		add(plan, CALL_MADVISE, start, end)->advice = MADV_DONTDUMP;
		return;
	case TRY_MLOCK:
		add_mlock(plan, start, end);
		return;
	case TRY_MBIND:
		add(plan, CALL_MBIND, start, end)->policy = "preferred";
		return;
	case TRY_PRCTL:
		add(plan, CALL_PRCTL, start, end)->name = "vmatlas";
		return;
	case TRY_PART:
		add_mprotect(plan, start, end, 0);
		return;
	case TRY_MMAP:
		add_mmap(plan, &t, start, end, start, PROT_RW);
		return;
	case TRY_MOVE:
		add_mremap(plan, start + PAGES_AWAY, end + PAGES_AWAY, start,
			   end - start);
		return;
	case TRY_KEEP:
		add_mremap(plan, start + PAGES_AWAY, end + PAGES_AWAY, start,
			   end - start);
		plan->call[plan->nr - 1].flags |= MREMAP_DONTUNMAP;
		return;
	case TRY_BESIDE:
		add_mremap(plan, PAGE_PREV, PAGE_MIDDLE, PAGE_MIDDLE,
			   PAGE_MIDDLE - PAGE_PREV);
		plan->call[plan->nr - 1].flags |= MREMAP_DONTUNMAP;
		return;
	case TRY_UFFD:
		if (c->at[REACH_PREV] != SIDE_ABSENT)
			add(plan, CALL_IOCTL_USERFAULTFD, PAGE_PREV,
			    PAGE_MIDDLE);
		if (c->at[REACH_NEXT] != SIDE_ABSENT)
			add(plan, CALL_IOCTL_USERFAULTFD, PAGE_NEXT, PAGE_END);
		add(plan, CALL_IOCTL_USERFAULTFD, start + PAGES_AWAY,
		    end + PAGES_AWAY);
		add_mremap(plan, start + PAGES_AWAY, end + PAGES_AWAY, start,
			   end - start);
		return;
	case TRY_GROW:
		add_mremap(plan, PAGE_PREV, PAGE_MIDDLE, PAGE_PREV,
			   end - PAGE_PREV);
		return;
	default:
		add(plan, CALL_MUNMAP, start, end);
	}
}

void reach_plan(const struct reach_config *c, struct reach_plan *plan)
{
	/* By ascending address: each then finds a neighbour's anon_vma. */
	static const int upwards[] = { PREV, MIDDLE, NEXT };
	struct plan_part parts[NR_PARTS];

	plan->nr = 0;
	set_parts(c, parts);
	build_all(c, plan, parts, false);
	plan->fork = plan->nr;
	build_all(c, plan, parts, true);
	for (int i = 0; i < NR_PARTS; i++)
		if (parts[upwards[i]].exists)
			finish(plan, &parts[upwards[i]]);
	add_last(c, plan);
	if (!reach_forks(c))
		plan->fork = plan->nr;
}

/* ---- for people --------------------------------------------------------------------- */

static void print_call(FILE *out, const struct syscall *c)
{
	unsigned long start = c->addr, end = c->addr + c->len;

	fprintf(out, "%s [%lu, %lu)", syscall_name(c->kind), start, end);
	if (c->kind == CALL_MMAP || c->kind == CALL_MPROTECT)
		fprintf(out, " %.3s", PERMISSIONS(c->prot));
	if (c->kind == CALL_MMAP)
		fputs(c->flags & MAP_SHARED ? " shared" : " private", out);
	if (c->file)
		fprintf(out, " file %u at %lu", c->file,
			(unsigned long)c->offset);
	if (c->kind == CALL_MADVISE)
		fputs(" dontdump", out);
	if (c->kind == CALL_MLOCK2)
		fputs(" on fault", out);
	if (c->kind == CALL_MBIND)
		fputs(" preferred", out);
	if (c->kind == CALL_MREMAP)
		fprintf(out, " to [%lu, %lu)", (unsigned long)c->new_addr,
			(unsigned long)(c->new_addr + c->new_len));
	if (c->flags & MREMAP_DONTUNMAP && c->kind == CALL_MREMAP)
		fputs(", which stays", out);
	putc('\n', out);
}

void reach_print_plan(FILE *out, const struct reach_plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++) {
		if (i == plan->fork)
			fputs("  fork\n", out);
		fputs("  ", out);
		print_call(out, &plan->call[i]);
	}
}
