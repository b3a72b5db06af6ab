// SPDX-License-Identifier: GPL-2.0-only
/* The shortest program that shows a difference, and the simplest arguments. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/random.h"

/* So many calls are tried two at a time, which takes the square of them. */
#define WITHOUT_MAX 12

struct shrinking {
	const struct rules *rules;
	struct random_program *program;
	struct random_diff *diff;
};

/* Take another program, if it differs in a way that is not known. */
static bool take(const struct shrinking *s, const struct random_program *p)
{
	static struct random_diff diff;

	if (!p->nr || random_try(s->rules, p, &diff) ||
	    diff.what == RANDOM_SAME ||
	    random_known(p, &diff, random_kernel(), random_patch()) >= 0)
		return false;
	*s->program = *p;
	*s->diff = diff;
	s->program->nr = diff.call + 1;
	return true;
}

static void remove_calls(struct random_program *p, size_t at, size_t nr)
{
	memmove(&p->call[at], &p->call[at + nr],
		(p->nr - at - nr) * sizeof(*p->call));
	p->nr -= nr;
}

/* Leave out so many calls in a row, the last ones first. */
static bool leave_out(const struct shrinking *s, size_t nr)
{
	static struct random_program p;
	bool any = false;

	for (size_t at = s->program->nr; at >= nr;) {
		at -= nr;
		if (at + nr > s->program->nr)
			continue;
		p = *s->program;
		remove_calls(&p, at, nr);
		any |= take(s, &p);
	}
	return any;
}

static void shorten(const struct shrinking *s)
{
	for (size_t nr = s->program->nr / 2; nr; nr = nr > 1 ? nr / 2 : 0)
		leave_out(s, nr);
	while (leave_out(s, 1))
		;
}

/* Random calls keep to their space; what is made of them must, too. */
static bool is_inside(const struct syscall *c)
{
	const uint64_t end =
		RANDOM_BASE + RANDOM_PAGES * (uint64_t)sysconf(_SC_PAGESIZE);

	if (!syscall_has(c->kind, ARG_ADDR))
		return true;
	if (c->addr < RANDOM_BASE || c->addr > end || c->len > end - c->addr)
		return false;
	return !c->new_addr ||
	       (c->new_addr <= end && c->new_len <= end - c->new_addr);
}

/*
 * Another call that does not need the one that is left out: it acts where that one
 * would have moved to, moves there itself, or takes a page more. Returns false after
 * all of that.
 */
static bool make_up(struct syscall *c, const struct syscall *out,
		    unsigned int way)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	switch (way) {
	case 0:
		if (out->kind == CALL_MREMAP)
			c->addr = out->new_addr;
		return true;
	case 1:
		if (out->kind == CALL_MREMAP && c->kind == CALL_MREMAP)
			c->new_addr = out->new_addr;
		return true;
	case 2:
	case 3:
		c->addr -= way == 2 ? page : 0;
		c->len += page;
		c->new_len += c->kind == CALL_MREMAP ? page : 0;
		return true;
	default:
		return false;
	}
}

/* One call less, at the price of a change of another one. */
static bool do_without(const struct shrinking *s, size_t out, size_t other)
{
	static struct random_program p;

	for (unsigned int way = 0;; way++) {
		p = *s->program;
		remove_calls(&p, out, 1);
		if (!make_up(&p.call[other], &s->program->call[out], way))
			return false;
		if (is_inside(&p.call[other]) && take(s, &p))
			return true;
	}
}

static bool do_without_any(const struct shrinking *s)
{
	for (size_t out = s->program->nr; out--;)
		for (size_t i = 0; i + 1 < s->program->nr; i++)
			if (do_without(s, out, i))
				return true;
	return false;
}

/* One page less, at the beginning or at the end. */
static bool cut_page(struct syscall *c, uint64_t page, bool first)
{
	if (c->len <= page)
		return true;
	c->len -= page;
	if (c->kind == CALL_MREMAP && c->new_len > page)
		c->new_len -= page;
	if (!first)
		return true;
	c->addr += page;
	c->offset += c->file ? page : 0;
	if (c->kind == CALL_MREMAP && c->new_addr)
		c->new_addr += page;
	return true;
}

/* What is simpler about a call, one thing at a time. Returns false after all. */
static bool simplify(struct syscall *c, unsigned int way)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	switch (way) {
	case 0:
		c->len = page;
		c->new_len = c->kind == CALL_MREMAP ? page : 0;
		return true;
	case 1:
		c->len = page;
		return true;
	case 2:
		c->prot = PROT_READ | PROT_WRITE;
		return true;
	case 3:
		c->prot = PROT_READ;
		return true;
	case 4:
		if (c->kind == CALL_MMAP)
			c->file = 0;
		c->offset = 0;
		return true;
	case 5:
		if (c->kind == CALL_MMAP)
			c->flags = MAP_PRIVATE | MAP_FIXED;
		return true;
	case 6:
		if (c->kind == CALL_MREMAP)
			c->new_len = c->len;
		return true;
	case 7:
		c->addr &= -page;
		return true;
	case 8:
		if (c->kind == CALL_MADVISE)
			c->advice = MADV_DONTDUMP;
		return true;
	case 9:
		return cut_page(c, page, true);
	case 10:
		return cut_page(c, page, false);
	case 11:
		c->prot = PROT_READ | PROT_WRITE | PROT_EXEC;
		return true;
	default:
		return false;
	}
}

static void make_simple(const struct shrinking *s)
{
	static struct random_program p;

	for (size_t i = 0; i < s->program->nr; i++)
		for (unsigned int way = 0;; way++) {
			if (i >= s->program->nr)
				return;
			p = *s->program;
			if (!simplify(&p.call[i], way))
				break;
			/* One whose padding differs is tried in vain. */
			if (memcmp(&p.call[i], &s->program->call[i],
				   sizeof(*p.call)))
				take(s, &p);
		}
}

void random_shrink(const struct rules *rules, struct random_program *program,
		   struct random_diff *diff)
{
	const struct shrinking s = { rules, program, diff };
	static struct random_program same;

	/* Who differs only now and then cannot be made short. */
	same = *program;
	if (!take(&s, &same))
		return;
	shorten(&s);
	make_simple(&s);
	shorten(&s);
	while (s.program->nr <= WITHOUT_MAX && do_without_any(&s)) {
		shorten(&s);
		make_simple(&s);
	}
}
