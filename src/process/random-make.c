// SPDX-License-Identifier: GPL-2.0-only
/* System calls at random, most of which do something. */
#include <linux/mman.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/random.h"
#include "syscall/internal.h"
#include "syscall/numbers.h"

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint64_t roll(uint64_t *state, uint64_t sides)
{
	return next(state) % sides;
}

static bool one_in(uint64_t *state, uint64_t sides)
{
	return !roll(state, sides);
}

#define PICK(state, array) ((array)[roll(state, ARRAY_SIZE(array))])

/* How often each is made, of their sum. What is not here is not made. */
static const struct {
	enum syscall_kind kind;
	unsigned int weight;
} weights[] = {
	{ CALL_MMAP, 240 },
	{ CALL_MUNMAP, 90 },
	{ CALL_MPROTECT, 130 },
	{ CALL_PKEY_MPROTECT, 10 },
	{ CALL_MADVISE, 90 },
	{ CALL_PROCESS_MADVISE, 10 },
	{ CALL_MLOCK, 15 },
	{ CALL_MLOCK2, 25 },
	{ CALL_MUNLOCK, 30 },
	{ CALL_MLOCKALL, 2 },
	{ CALL_MUNLOCKALL, 3 },
	{ CALL_MREMAP, 110 },
	{ CALL_REMAP_FILE_PAGES, 8 },
	{ CALL_MBIND, 30 },
	{ CALL_SET_MEMPOLICY_HOME_NODE, 5 },
	{ CALL_MSEAL, 1 },
	{ CALL_PRCTL, 30 },
	{ CALL_IOCTL_USERFAULTFD, 20 },
	{ CALL_TOUCH, 110 },
	{ CALL_READ, 15 },
	{ CALL_FORK, 1 },
};

static bool locks(enum syscall_kind kind)
{
	return kind == CALL_MLOCK || kind == CALL_MLOCK2 ||
	       kind == CALL_MUNLOCK || kind == CALL_MLOCKALL ||
	       kind == CALL_MUNLOCKALL;
}

void random_narrow(uint64_t *state, struct random_lacks *lacks)
{
	bool no_locks = one_in(state, 2);

	if (one_in(state, 2))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
		enum syscall_kind kind = weights[i].kind;

		if (kind != CALL_MMAP &&
		    (locks(kind) ? no_locks : one_in(state, 2)))
			lacks->kind[kind] = true;
	}
}

static enum syscall_kind any_kind(uint64_t *state,
				  const struct random_lacks *lacks)
{
	unsigned int sum = 0, at;

	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		if (!lacks->kind[weights[i].kind])
			sum += weights[i].weight;
	at = (unsigned int)roll(state, sum);
	for (size_t i = 0;; i++) {
		if (lacks->kind[weights[i].kind])
			continue;
		if (at < weights[i].weight)
			return weights[i].kind;
		at -= weights[i].weight;
	}
}

/* ---- places ---------------------------------------------------------------- */

static uint64_t address_at(const struct sim *sim, uint64_t page)
{
	return RANDOM_BASE + page * sim->page_size;
}

static uint64_t any_page(uint64_t *state)
{
	return roll(state, RANDOM_PAGES);
}

/* The VMA at or above a page, if it is one of the program's. */
static const struct vma_state *any_vma(uint64_t *state, const struct sim *sim)
{
	unsigned long base = page_of(sim, RANDOM_BASE);
	const struct vma_state *v = mm_find(sim->mm, base + any_page(state));

	return v && v->vm_end <= base + RANDOM_PAGES ? v : NULL;
}

static void take_whole(const struct sim *sim, const struct vma_state *v,
		       struct syscall *c)
{
	c->addr = address_of(sim, v->vm_start);
	c->len = (v->vm_end - v->vm_start) * sim->page_size;
}

/* Rather one that moved: few do, and whether it merges is decided by its offset. */
static const struct vma_state *any_moved(uint64_t *state, const struct sim *sim)
{
	const struct vma_state *v = NULL;

	for (int i = 0; i < 6; i++) {
		v = any_vma(state, sim);
		if (v && !v->attrs.file && v->vm_pgoff != v->vm_start)
			break;
	}
	return v;
}

/* A whole VMA, a part of one, or any pages; seldom nonsense. */
static void any_range(uint64_t *state, const struct sim *sim, struct syscall *c)
{
	const struct vma_state *v = any_vma(state, sim);
	uint64_t start = any_page(state), nr = 1 + roll(state, 8);

	if (v && !one_in(state, 4)) {
		start = v->vm_start - page_of(sim, RANDOM_BASE);
		nr = v->vm_end - v->vm_start;
		if (nr > 1 && one_in(state, 3))
			nr = 1 + roll(state, nr);
		if (one_in(state, 4))
			start += roll(state, v->vm_end - v->vm_start);
		if (one_in(state, 6))
			nr += roll(state, 4);
	}
	if (start + nr > RANDOM_PAGES)
		nr = RANDOM_PAGES - start;
	c->addr = address_at(sim, start);
	c->len = nr * sim->page_size;
	if (!syscall_rows[c->kind].ops)
		return;
	if (one_in(state, 200))
		c->addr += 1 + roll(state, sim->page_size);
	if (one_in(state, 100))
		c->len = one_in(state, 2) ? 0 : c->len - 1;
}

/* ---- arguments -------------------------------------------------------------- */

/* Memory that can only be executed has a key of its own on some processors. */
static unsigned int any_prot(uint64_t *state)
{
	static const unsigned int prots[] = {
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ,
		PROT_READ,
		PROT_NONE,
		PROT_WRITE,
		PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return PICK(state, prots);
}

/* A whole VMA with the protection of the one above, so that they may merge. */
static void any_mprotect(uint64_t *state, const struct sim *sim,
			 struct syscall *c)
{
	const struct vma_state *v = NULL, *above = NULL;

	c->prot = any_prot(state);
	if (one_in(state, 3))
		v = any_vma(state, sim);
	if (v)
		above = mm_find(sim->mm, v->vm_end);
	if (!above || above->vm_start != v->vm_end)
		return;
	take_whole(sim, v, c);
	c->prot = flags_prot(above->attrs.flags);
}

/* The same file, or none, that goes on where a VMA ends, as much like it as can be. */
static void go_on(const struct sim *sim, const struct vma_state *v,
		  struct syscall *c)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);
	vm_flags_t flags = v->attrs.flags;

	c->addr = address_of(sim, v->vm_end);
	c->prot = flags_prot(flags);
	c->flags = MAP_FIXED | (is_private(v) ? MAP_PRIVATE : MAP_SHARED) |
		   (flags & VM_NORESERVE ? MAP_NORESERVE : 0u);
	if (!file || (!file->zero && !begins_with(file->text, "/memfd:")))
		return;
	c->file = file->zero ? RANDOM_ZERO : (uint32_t)(file->text[7] - '0');
	c->offset = address_of(sim, v->vm_pgoff + v->vm_end - v->vm_start);
}

static void any_mmap(uint64_t *state, const struct sim *sim,
		     const struct random_lacks *lacks, struct syscall *c)
{
	static const unsigned int more[] = {
		MAP_NORESERVE, MAP_NORESERVE,
		MAP_POPULATE,  MAP_LOCKED,
		MAP_STACK,     MAP_GROWSDOWN,
		MAP_NONBLOCK,  MAP_POPULATE | MAP_NONBLOCK,
	};
	const struct vma_state *v = NULL;

	if (one_in(state, 6))
		v = one_in(state, 2) ? any_vma(state, sim)
				     : any_moved(state, sim);
	if (v) {
		go_on(sim, v, c);
		return;
	}
	c->prot = any_prot(state);
	c->flags = one_in(state, 4) ? MAP_SHARED : MAP_PRIVATE;
	if (one_in(state, 40))
		c->flags = one_in(state, 2) || lacks->droppable
				   ? MAP_SHARED_VALIDATE
				   : MAP_DROPPABLE;
	/* A hint, by and by; else this place and no other. */
	if (!one_in(state, 12))
		c->flags |= one_in(state, 6) ? MAP_FIXED_NOREPLACE : MAP_FIXED;
	if (one_in(state, 4))
		c->flags |= PICK(state, more);
	if (lacks->kind[CALL_MLOCK])
		c->flags &= ~(unsigned int)MAP_LOCKED;
	if (lacks->stack)
		c->flags &= ~(unsigned int)MAP_STACK;
	if (one_in(state, 3))
		return;
	if (one_in(state, 2))
		c->file = 1 + (uint32_t)roll(state, 3);
	if (lacks->file)
		c->file = 0;
	if (!lacks->zero && one_in(state, 12))
		c->file = RANDOM_ZERO;
	/* That of its place, so that neighbours go on, or any. */
	c->offset = one_in(state, 4) ? roll(state, 64) * sim->page_size
				     : c->addr - RANDOM_BASE;
	c->offset &= -sim->page_size;
}

static void any_mremap(uint64_t *state, const struct sim *sim,
		       struct syscall *c)
{
	const struct vma_state *moved = NULL;
	uint64_t page = sim->page_size;

	c->new_len = c->len;
	if (one_in(state, 2))
		c->new_len = (1 + roll(state, 8)) * page;
	if (one_in(state, 40))
		c->len = 0;
	switch (roll(state, 8)) {
	case 0:
		return;
	case 1:
		c->flags = MREMAP_MAYMOVE;
		return;
	case 2:
		if (one_in(state, 2))
			moved = any_moved(state, sim);
		if (moved)
			take_whole(sim, moved, c);
		c->new_len = c->len;
		c->flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
		break;
	default:
		c->flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	}
	c->new_addr = address_at(sim, any_page(state));
	if (one_in(state, 3)) {
		const struct vma_state *v = any_vma(state, sim);

		if (v)
			c->new_addr = address_of(sim, v->vm_end);
	}
	if (one_in(state, 60))
		c->flags &= ~(unsigned int)MREMAP_MAYMOVE;
}

/* The simulator does not see which pages are guarded: none are. */
static int any_advice(uint64_t *state, const struct random_lacks *lacks)
{
	static const int advices[] = {
		MADV_NORMAL,	   MADV_RANDOM,	    MADV_SEQUENTIAL,
		MADV_DONTFORK,	   MADV_DOFORK,	    MADV_DONTDUMP,
		MADV_DODUMP,	   MADV_WIPEONFORK, MADV_KEEPONFORK,
		MADV_HUGEPAGE,	   MADV_NOHUGEPAGE, MADV_MERGEABLE,
		MADV_UNMERGEABLE,  MADV_DONTNEED,   MADV_FREE,
		MADV_WILLNEED,	   MADV_COLD,	    MADV_PAGEOUT,
		MADV_DONTDUMP,	   MADV_DONTDUMP,   MADV_RANDOM,
		MADV_GUARD_REMOVE,
	};
	int advice;

	do
		advice = PICK(state, advices);
	while (lacks->advice[advice]);
	return advice;
}

/* As many are registered as not. */
static unsigned int any_modes(uint64_t *state, const struct random_lacks *lacks)
{
	static const unsigned int modes[] = { 0, 0, UFFD_MISSING | UFFD_WP,
					      UFFD_WP, UFFD_MINOR };

	if (one_in(state, 2))
		return UFFD_UNREGISTER;
	return PICK(state, modes) & ~lacks->uffd;
}

/* What is registered must not be touched: nobody answers. */
static bool has_uffd(const struct sim *sim, const struct syscall *c)
{
	unsigned long end = page_of(sim, c->addr + c->len + sim->page_size);

	if (c->kind == CALL_MLOCKALL)
		end = MM_END;
	for_each_vma_in(sim->mm, v, page_of(sim, c->addr), MM_END) {
		/* A stack above may grow to there. */
		bool reached =
			v->vm_start <= end || v->attrs.flags & VM_GROWSDOWN;

		if (reached && v->attrs.uffd_ctx)
			return true;
		if (v->vm_start > end)
			break;
	}
	return false;
}

static bool brings_in(const struct syscall *c)
{
	return c->kind == CALL_TOUCH || c->kind == CALL_READ ||
	       c->kind == CALL_MLOCK ||
	       (c->kind == CALL_MLOCK2 && !(c->flags & MLOCK_ONFAULT)) ||
	       (c->kind == CALL_MLOCKALL && !(c->flags & MCL_ONFAULT));
}

bool random_may(const struct sim *sim, const struct syscall *c)
{
	return !brings_in(c) || !has_uffd(sim, c);
}

static void fill(uint64_t *state, struct sim *sim,
		 const struct random_lacks *lacks, struct syscall *c)
{
	static const char *const policies[] = { NULL, "local", "preferred",
						"bind", "interleave" };
	static const char *const names[] = { NULL, "alpha", "beta" };

	if (syscall_has(c->kind, ARG_ADDR))
		any_range(state, sim, c);
	if (c->kind == CALL_MMAP)
		any_mmap(state, sim, lacks, c);
	if (c->kind == CALL_MREMAP)
		any_mremap(state, sim, c);
	if (c->kind == CALL_MPROTECT || c->kind == CALL_PKEY_MPROTECT)
		any_mprotect(state, sim, c);
	if (syscall_has(c->kind, ARG_ADVICE))
		c->advice = any_advice(state, lacks);
	if (c->kind == CALL_MLOCK2)
		c->flags = one_in(state, 4) ? 0 : MLOCK_ONFAULT;
	if (c->kind == CALL_MLOCKALL)
		c->flags = PICK(state, ((const unsigned int[]){
					       MCL_CURRENT | MCL_ONFAULT,
					       MCL_FUTURE | MCL_ONFAULT,
					       MCL_CURRENT, MCL_FUTURE }));
	if (c->kind == CALL_MBIND)
		c->policy = PICK(state, policies);
	if (c->kind == CALL_PRCTL)
		c->name = PICK(state, names);
	if (c->kind == CALL_IOCTL_USERFAULTFD)
		c->flags = any_modes(state, lacks);
	if (c->kind == CALL_REMAP_FILE_PAGES)
		c->offset = roll(state, 64) * sim->page_size;
}

struct syscall random_make(uint64_t *state, struct sim *sim,
			   const struct random_lacks *lacks)
{
	struct syscall c;

	do {
		c = (struct syscall){ .kind = any_kind(state, lacks),
				      .key = -1 };
		fill(state, sim, lacks, &c);
	} while (!random_may(sim, &c));
	return c;
}
