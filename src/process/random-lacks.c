// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel lacks that random programs would be made of. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/maps.h"
#include "process/random.h"
#include "syscall/internal.h"
#include "syscall/numbers.h"

/* ---- room for VMAs ------------------------------------------------------------ */

/* For what the C library maps, the guards, and a VMA that is split on the way. */
#define SPARE 16

static unsigned long count_vmas(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long nr = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		nr += c == '\n';
	if (f)
		fclose(f);
	return nr;
}

/* The simulated process has no limit: each page may be a VMA of its own. */
const char *random_unusable(void)
{
	unsigned long limit = proc_limit();

	if (limit &&
	    limit < count_vmas() + RANDOM_PAGES + RANDOM_BEYOND + SPARE)
		return "vm.max_map_count allows fewer VMAs than random programs may have";
	return NULL;
}

/* ---- calls -------------------------------------------------------------------- */

static bool is_for_shared(const struct syscall *c)
{
	return c->kind == CALL_REMAP_FILE_PAGES ||
	       (c->kind == CALL_IOCTL_USERFAULTFD && c->flags & UFFD_MINOR);
}

/* Each call by itself on memory that is like any other: it must not fail. */
static bool can_do(const struct rules *rules, struct syscall c)
{
	struct random_program p = { .nr = 2 };
	struct random_diff d = { 0 };

	p.call[0] = (struct syscall){
		.kind = CALL_MMAP,
		.addr = RANDOM_BASE,
		.len = 4 * (uint64_t)sysconf(_SC_PAGESIZE),
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_FIXED |
			 (is_for_shared(&c) ? MAP_SHARED : MAP_PRIVATE),
	};
	c.addr = p.call[0].addr;
	c.len = p.call[0].len;
	c.new_len = c.len;
	p.call[1] = c;
	return !random_try(rules, &p, &d) && d.what != RANDOM_DIED &&
	       (d.what != RANDOM_ERROR || d.call != 1 || !d.kernel_err);
}

/* How a single mmap() differs. */
static struct random_diff try_mmap(const struct rules *rules,
				   unsigned int flags, uint32_t file)
{
	struct random_program p = { .nr = 1 };
	struct random_diff d = { 0 };

	p.call[0] = (struct syscall){
		.kind = CALL_MMAP,
		.addr = RANDOM_BASE,
		.len = (uint64_t)sysconf(_SC_PAGESIZE),
		.prot = PROT_READ,
		.flags = MAP_FIXED | flags,
		.file = file,
	};
	random_try(rules, &p, &d);
	return d;
}

/* Modes of userfaultfd that processors and configurations may not have. */
static unsigned int lacking_modes(const struct rules *rules)
{
	static const unsigned int modes[] = { UFFD_WP, UFFD_MINOR };
	unsigned int lacking = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct syscall c = { .kind = CALL_IOCTL_USERFAULTFD,
					   .flags = modes[i] };

		if (!can_do(rules, c))
			lacking |= modes[i];
	}
	return lacking;
}

int random_find_lacks(const struct rules *rules, struct random_lacks *lacks)
{
	const struct syscall reading = { .kind = CALL_READ };
	struct syscall c = { .kind = CALL_MADVISE, .key = -1 };

	memset(lacks, 0, sizeof(*lacks));
	if (!can_do(rules, reading))
		return -EPERM;
	/* It sets VM_NOHUGEPAGE, where there are huge pages. */
	lacks->stack = try_mmap(rules, MAP_PRIVATE | MAP_STACK, 0).vm_flags ==
		       VM_NOHUGEPAGE;
	lacks->droppable =
		try_mmap(rules, MAP_DROPPABLE, 0).kernel_err == EINVAL;
	lacks->file = try_mmap(rules, MAP_PRIVATE, 1).kernel_err;
	lacks->zero = try_mmap(rules, MAP_PRIVATE, RANDOM_ZERO).kernel_err;
	lacks->uffd = lacking_modes(rules);
	for (const struct word *w = arg_words(ARG_ADVICE); is_word(w); w++) {
		c.advice = (int)w->value;
		lacks->advice[w->value] = w->text && !can_do(rules, c);
	}
	for (int kind = 1; kind < NR_CALLS; kind++) {
		c = (struct syscall){ .kind = kind, .key = -1 };
		c.advice = MADV_DONTDUMP;
		c.name = "alpha";
		c.policy = "bind";
		if (kind == CALL_MLOCKALL)
			c.flags = MCL_CURRENT | MCL_ONFAULT;
		if (kind != CALL_MMAP && kind != CALL_EXECVE)
			lacks->kind[kind] = !can_do(rules, c);
	}
	return 0;
}
