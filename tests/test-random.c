// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs: that a seed makes the same ones, that a simulator which is
 * wrong is found out and the program that shows it is short, and that what is
 * printed as C is C.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/stream.h"
#include "process/random.h"
#include "syscall/numbers.h"
#include "tests.h"

/* ---- making ------------------------------------------------------------------- */

START_TEST(a_seed_makes_the_same)
{
	static const struct random_lacks none;
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	uint64_t a = 7, b = 7, c = 8;
	size_t other = 0;

	for (int i = 0; i < 1000; i++) {
		struct syscall x = random_make(&a, sim, &none);
		struct syscall y = random_make(&b, sim, &none);
		struct syscall z = random_make(&c, sim, &none);

		ck_assert_mem_eq(&x, &y, sizeof(x));
		other += memcmp(&x, &z, sizeof(x)) != 0;
	}
	ck_assert_uint_gt(other, 900);
	sim_free(sim);
}
END_TEST

/* What the kernel lacks is not made, and all else is. */
START_TEST(every_call_is_made)
{
	struct random_lacks lacks = { .kind[CALL_MBIND] = true };
	size_t made[NR_CALLS] = { 0 };
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	uint64_t state = 1;

	lacks.advice[MADV_DONTDUMP] = true;
	for (int i = 0; i < 50000; i++) {
		struct syscall c = random_make(&state, sim, &lacks);

		made[c.kind]++;
		if (syscall_has(c.kind, ARG_ADVICE))
			ck_assert_int_ne(c.advice, MADV_DONTDUMP);
	}
	ck_assert_uint_eq(made[CALL_MBIND], 0);
	for (int kind = 1; kind < NR_CALLS; kind++)
		if (kind != CALL_MBIND && kind != CALL_SHMAT &&
		    kind != CALL_SHMDT && kind != CALL_BRK &&
		    kind != CALL_EXECVE && kind != CALL_GROW)
			ck_assert_msg(made[kind], "no %s", syscall_name(kind));
	sim_free(sim);
}
END_TEST

/* Of mappings, every way; without locks and so on none of these. */
START_TEST(every_mapping_is_made)
{
	const uint64_t page = 4096, end = RANDOM_BASE + RANDOM_PAGES * page;
	const struct random_lacks lacks = { .kind[CALL_MLOCK] = _i,
					    .stack = _i,
					    .droppable = _i,
					    .file = _i,
					    .zero = _i };
	unsigned int flags = 0, files = 0, odd = 0, empty = 0, elsewhere = 0;
	struct sim *sim = sim_new(rule_sets, page, FAULTED_NONE);
	uint64_t state = 1;

	for (int i = 0; i < 50000; i++) {
		struct syscall c = random_make(&state, sim, &lacks);

		if (c.kind != CALL_MMAP)
			continue;
		ck_assert(c.addr >= RANDOM_BASE &&
			  c.addr + c.len <= end + page);
		flags |= c.flags;
		files |= 1u << c.file;
		odd += c.addr % page || c.len % page;
		empty += !c.len;
		elsewhere += c.file && c.offset != c.addr - RANDOM_BASE;
	}
	ck_assert_uint_eq(flags, MAP_SHARED | MAP_PRIVATE | MAP_FIXED |
					 MAP_FIXED_NOREPLACE | MAP_NORESERVE |
					 MAP_POPULATE | MAP_NONBLOCK |
					 MAP_GROWSDOWN |
					 (_i ? 0 : MAP_LOCKED | MAP_STACK | 8));
	ck_assert_uint_eq(files, _i ? 1 : 31);
	ck_assert(odd && empty && (_i || elsewhere));
	sim_free(sim);
}
END_TEST

/* Memory is watched in every mode that the kernel has, and let go. */
START_TEST(every_mode_is_made)
{
	const unsigned int lacking = _i ? UFFD_WP | UFFD_MINOR : 0;
	const struct random_lacks lacks = { .uffd = lacking };
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	unsigned int flags = 0;
	uint64_t state = 1;

	for (int i = 0; i < 20000; i++) {
		struct syscall c = random_make(&state, sim, &lacks);

		if (c.kind == CALL_IOCTL_USERFAULTFD)
			flags |= c.flags;
	}
	ck_assert_uint_eq(
		flags, (UFFD_UNREGISTER | UFFD_MISSING | UFFD_WP | UFFD_MINOR) &
			       ~lacking);
	sim_free(sim);
}
END_TEST

/* Every other program does without some calls: all of those that lock, or none. */
START_TEST(programs_are_narrowed)
{
	static const enum syscall_kind locking[] = { CALL_MLOCK2, CALL_MUNLOCK,
						     CALL_MLOCKALL,
						     CALL_MUNLOCKALL };
	size_t whole = 0, left_out[NR_CALLS] = { 0 };
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	uint64_t state = 1;

	for (int i = 0; i < 200; i++) {
		struct random_lacks lacks = { 0 }, none = { 0 };

		random_narrow(&state, &lacks);
		whole += !memcmp(&lacks, &none, sizeof(none));
		ck_assert(!lacks.kind[CALL_MMAP]);
		for (int kind = 0; kind < NR_CALLS; kind++)
			left_out[kind] += lacks.kind[kind];
		for (size_t j = 0; j < ARRAY_SIZE(locking); j++)
			ck_assert_int_eq(lacks.kind[CALL_MLOCK],
					 lacks.kind[locking[j]]);
		for (int j = 0; j < 500; j++) {
			struct syscall c = random_make(&state, sim, &lacks);

			ck_assert(!lacks.kind[c.kind]);
			if (lacks.kind[CALL_MLOCK] && c.kind == CALL_MMAP)
				ck_assert(!(c.flags & MAP_LOCKED));
		}
	}
	ck_assert(whole > 70 && whole < 130);
	ck_assert(left_out[CALL_MLOCK] > 25 && left_out[CALL_MLOCK] < 75);
	ck_assert(left_out[CALL_MREMAP] > 25 && left_out[CALL_MREMAP] < 75);
	sim_free(sim);
}
END_TEST

/* ---- on the kernel --------------------------------------------------------------- */

#define AT(call, first, pages)                                                 \
	{                                                                      \
		.kind = (call), .addr = RANDOM_BASE + (first)*page,            \
		.len = (pages)*page, .prot = PROT_READ | PROT_WRITE,           \
		.flags = (call) == CALL_MMAP ? MAP_PRIVATE | MAP_FIXED : 0u,   \
		.key = -1                                                      \
	}
#define MOVE(first, pages, to, more, stay)                                     \
	{                                                                      \
		.kind = CALL_MREMAP, .addr = RANDOM_BASE + (first)*page,       \
		.len = (pages)*page, .new_len = (more)*page,                   \
		.new_addr = RANDOM_BASE + (to)*page, .flags = fixed | (stay),  \
		.key = -1                                                      \
	}

static const struct rules *own_rules(bool *exact)
{
	const char *release;

	return live_rules(&release, exact);
}

/* As many calls as OPS allows, 5000 of a million, however long they take. */
static uint64_t nr_calls(void)
{
	const char *ops = getenv("OPS");
	const uint64_t nr = ops && *ops ? strtoul(ops, NULL, 0) / 200 : 5000;

	return nr < 500 ? 500 : nr;
}

static struct random_result run_with(const struct rules *rules, uint64_t calls)
{
	const struct random_opts opts = { .rules = rules,
					  .seed = 5,
					  .calls = calls,
					  .jobs = 1,
					  .shards = 1 };
	static struct random_result r;

	ck_assert_int_eq(random_run(&opts, &r), 0);
	ck_assert_uint_ge(r.programs, calls / RANDOM_CALLS);
	return r;
}

START_TEST(kernel_and_simulator_agree)
{
	bool exact;
	const struct rules *rules = own_rules(&exact);
	struct random_result r;

	if (!exact)
		return;
	r = run_with(rules, nr_calls());
	ck_assert_uint_gt(r.calls, r.failed);
	if (r.nr_found)
		random_print_found(stderr, &r.found[0]);
	ck_assert_uint_eq(r.differ, 0);
}
END_TEST

/* Where something is mapped already, it stays, and nothing is tried. */
START_TEST(what_is_there_stays)
{
	struct random_opts o = { .jobs = 1, .shards = 1, .calls = 1 };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	static struct random_result r;
	bool exact;
	char *there = mmap((char *)RANDOM_BASE + 3 * page, page,
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ck_assert_ptr_eq(there, (char *)RANDOM_BASE + 3 * page);
	*there = 42;
	o.rules = own_rules(&exact);
	ck_assert_int_eq(random_run(&o, &r), -EEXIST);
	ck_assert_int_eq(*there, 42);
	munmap(there, page);
	ck_assert_int_eq(random_run(&o, &r), 0);
}
END_TEST

/*
 * What 7.2 changed of MREMAP_DONTUNMAP: the offset of what stays. Five calls show it: map,
 * write, move, move again and stay, map beside it. Here are two more, and neither can go
 * unless another call is made otherwise.
 */
START_TEST(detours_are_left_out)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const unsigned int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
	const struct random_program longer = {
		.call = { AT(CALL_MMAP, 3, 15), MOVE(3, 1, 55, 1, 0),
			  AT(CALL_TOUCH, 55, 1), MOVE(55, 1, 61, 2, 0),
			  MOVE(61, 1, 52, 1, 0),
			  MOVE(62, 1, 6, 1, MREMAP_DONTUNMAP),
			  AT(CALL_MMAP, 63, 1) },
		.nr = 7,
	};
	static struct random_program p;
	static struct random_diff d;
	bool exact;
	const struct rules *rules =
		rules_for(own_rules(&exact)->kept_source ? "6.19" : "7.2");

	p = longer;
	ck_assert_int_eq(random_try(rules, &p, &d), 0);
	ck_assert_int_eq(d.what, RANDOM_LAYOUT);
	ck_assert_uint_eq(d.call, 6);
	random_shrink(rules, &p, &d);
	ck_assert_uint_eq(p.nr, 5);
	ck_assert_int_eq(p.call[4].kind, CALL_MMAP);
	ck_assert_int_eq(d.what, RANDOM_LAYOUT);
	/* It stays where it may be. */
	for (size_t i = 0; i < p.nr; i++) {
		ck_assert_uint_ge(p.call[i].addr, RANDOM_BASE);
		ck_assert_uint_le(p.call[i].addr + p.call[i].len,
				  RANDOM_BASE + RANDOM_PAGES * page);
	}
}
END_TEST

/*
 * Up to 6.16, what is moved ends where its VMA does. Two calls show it, each as simple as
 * can be: of the second's three pages one can go.
 */
START_TEST(calls_are_made_simple)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const unsigned int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
	static struct random_program p;
	static struct random_diff d;
	bool exact;

	if (own_rules(&exact)->number < 6016)
		return;
	p = (struct random_program){
		.call = { AT(CALL_MMAP, 3, 2), MOVE(3, 3, 32, 3, 0) },
		.nr = 2,
	};
	p.call[0].flags |= MAP_NORESERVE;
	p.call[0].file = 1;
	p.call[0].offset = page;
	ck_assert_int_eq(random_try(rules_for("6.12"), &p, &d), 0);
	random_shrink(rules_for("6.12"), &p, &d);
	ck_assert_uint_eq(p.nr, 2);
	ck_assert_uint_eq(p.call[0].addr, RANDOM_BASE + 3 * page);
	ck_assert_uint_eq(p.call[0].len, page);
	ck_assert_uint_eq(p.call[0].flags, MAP_PRIVATE | MAP_FIXED);
	ck_assert_uint_eq(p.call[0].file, 0);
	ck_assert_uint_eq(p.call[0].offset, 0);
	/* The last that is tried, and as good as the others. */
	ck_assert_uint_eq(p.call[0].prot, PROT_READ | PROT_WRITE | PROT_EXEC);
	ck_assert_uint_eq(p.call[1].addr, RANDOM_BASE + 3 * page);
	ck_assert_uint_eq(p.call[1].len, 2 * page);
	ck_assert_uint_eq(p.call[1].new_len, 2 * page);
}
END_TEST

/* Shared with the children, as near as the guards let anything come. */
static unsigned char *map_pattern(char *at, size_t size)
{
	unsigned char *p = mmap(at, size, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ck_assert_ptr_eq(p, at);
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(i * 7);
	return p;
}

static void check_pattern(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq(p[i], (unsigned char)(i * 7));
}

START_TEST(neighbours_are_left_alone)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 64 * page;
	const size_t guard = 17 * page;
	const size_t space = (RANDOM_PAGES + RANDOM_BEYOND) * page;
	unsigned char *below, *above;
	bool exact;

	below = map_pattern((char *)RANDOM_BASE - guard - size, size);
	above = map_pattern((char *)RANDOM_BASE + space + guard, size);
	ck_assert_uint_gt(run_with(own_rules(&exact), 20000).calls, 0);
	check_pattern(below, size);
	check_pattern(above, size);
}
END_TEST

/* In what it differs, after which call, and of what it is made. */
static uint64_t key_of(const struct random_found *f)
{
	const struct syscall *last = &f->program.call[f->diff.call];
	uint64_t key =
		(uint64_t)(f->diff.what << 29 | last->kind << 24 | last->flags)
		<< 32;

	for (size_t i = 0; i < f->program.nr; i++)
		key |= 1U << f->program.call[i].kind |
		       (f->program.call[i].file ? 1U << 31 : 0);
	return key;
}

/* Since 6.17 several VMAs move at once: these rules do not know. */
START_TEST(wrong_rules_are_found_out)
{
	bool exact;
	const struct rules *rules = own_rules(&exact);
	struct random_result r;
	uint64_t nr = 0;

	if (rules->number < 6016)
		return;
	r = run_with(rules_for("6.12"), nr_calls());
	ck_assert_uint_gt(r.differ, 0);
	ck_assert_uint_gt(r.nr_found, 0);
	/* Each kind is there once, and none is forgotten. */
	for (size_t i = 0; i < r.nr_found; i++) {
		ck_assert_uint_le(r.found[i].program.nr, 5);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(key_of(&r.found[i]),
					  key_of(&r.found[j]));
		nr += r.found[i].nr;
	}
	if (r.nr_found < RANDOM_FOUND)
		ck_assert_uint_eq(nr, r.differ);
}
END_TEST

/* A program by hand: an error, then a layout, each at the call it belongs to. */
START_TEST(a_difference_is_where_it_is)
{
	bool exact;
	const struct rules *rules = own_rules(&exact);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct random_program p = {
		.call = { { .kind = CALL_MMAP,
			    .addr = RANDOM_BASE,
			    .len = 2 * page,
			    .prot = PROT_READ,
			    .flags = MAP_PRIVATE | MAP_FIXED },
			  { .kind = CALL_MPROTECT,
			    .addr = RANDOM_BASE,
			    .len = page },
			  { .kind = CALL_MREMAP,
			    .addr = RANDOM_BASE,
			    .len = 2 * page,
			    .new_len = 2 * page,
			    .flags = MREMAP_MAYMOVE | MREMAP_FIXED,
			    .new_addr = RANDOM_BASE + 16 * page } },
		.nr = 3,
	};
	struct random_diff d;

	ck_assert_int_eq(random_try(rules, &p, &d), 0);
	ck_assert_int_eq(d.what, RANDOM_SAME);
	if (rules->number < 6016)
		return;
	ck_assert_int_eq(random_try(rules_for("6.12"), &p, &d), 0);
	ck_assert_int_eq(d.what, RANDOM_ERROR);
	ck_assert_uint_eq(d.call, 2);
	ck_assert_int_eq(d.kernel_err, 0);
	ck_assert_int_eq(d.sim_err, EFAULT);
	ck_assert_int_eq(random_known(&p, &d, random_kernel(), random_patch()),
			 -1);
}
END_TEST

/* A name that both have is no difference. */
START_TEST(names_are_compared)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct random_program p = {
		.call = { AT(CALL_MMAP, 0, 2), AT(CALL_PRCTL, 0, 1) }, .nr = 2
	};
	struct random_lacks lacks = { 0 };
	struct random_diff d;
	bool exact;
	const struct rules *rules = own_rules(&exact);

	ck_assert_int_eq(random_find_lacks(rules, &lacks), 0);
	if (lacks.kind[CALL_PRCTL])
		return;
	p.call[1].name = "alpha";
	ck_assert_int_eq(random_try(rules, &p, &d), 0);
	ck_assert_int_eq(d.what, RANDOM_SAME);
}
END_TEST

/* Returns how a child ended whose parent was killed, -1 if it had none then. */
static int orphan_of(const struct random_opts *opts)
{
	static struct random_result r;
	pid_t pid = fork();
	int status = -1;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		random_run(opts, &r);
		_exit(0);
	}
	usleep(100000);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return waitpid(-1, &status, 0) < 0 ? -1 : status;
}

START_TEST(children_die_with_their_parent)
{
	bool exact;
	const struct random_opts opts = { .rules = own_rules(&exact),
					  .calls = 10000000,
					  .jobs = 1,
					  .shards = 1 };
	int status = -1;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Now and then it has just come to its end. */
	for (int i = 0; i < 20 && status != SIGKILL; i++)
		status = orphan_of(&opts);
	ck_assert_int_eq(status, SIGKILL);
}
END_TEST

/* ---- what is known ------------------------------------------------------------------ */

static int known_on(unsigned int major, unsigned int minor,
		    const struct syscall *call, struct random_diff diff)
{
	struct random_program p = { .call[0] = *call, .nr = 1 };

	return random_known(&p, &diff, VERSION_NUMBER(major, minor), 0);
}

/* What stable releases have mended is known before them only. */
START_TEST(mended_differences_are_not_known)
{
	static const struct {
		int minor;
		unsigned int patch;
		bool locked;
		bool unsealed;
	} all[] = { { 12, 0, true, true },     { 12, 85, true, true },
		    { 12, 86, false, true },   { 12, 117, false, true },
		    { 12, 118, false, false }, { 16, 118, true, true },
		    { 18, 26, true, false },   { 18, 27, false, false },
		    { 18, 44, false, false },  { 19, 27, true, false } };
	const struct random_diff locked = { .what = RANDOM_FLAGS,
					    .vm_flags = VM_LOCKED };
	const struct random_diff unsealed = { .what = RANDOM_LAYOUT };
	const struct random_program drop = {
		.call[0] = { .kind = CALL_MMAP, .flags = MAP_DROPPABLE },
		.nr = 1
	};
	const struct random_program unseal = {
		.call[0] = { .kind = CALL_MADVISE, .advice = MADV_UNMERGEABLE },
		.nr = 1
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		long kernel = VERSION_NUMBER(6, all[i].minor);

		ck_assert_int_eq(
			random_known(&drop, &locked, kernel, all[i].patch) >= 0,
			all[i].locked);
		ck_assert_int_eq(random_known(&unseal, &unsealed, kernel,
					      all[i].patch) >= 0,
				 all[i].unsealed);
	}
}
END_TEST

/* A row is for its call, for kernels before its release, and for its VmFlags only. */
START_TEST(known_differences_are_narrow)
{
	const struct syscall mprotect = { .kind = CALL_MPROTECT };
	const struct syscall mremap = { .kind = CALL_MREMAP,
					.flags =
						MREMAP_MAYMOVE | MREMAP_FIXED };
	const struct syscall mergeable = { .kind = CALL_MADVISE,
					   .advice = MADV_MERGEABLE };
	struct syscall unmergeable = { .kind = CALL_MADVISE,
				       .advice = MADV_UNMERGEABLE };
	struct random_diff charged = { .what = RANDOM_FLAGS,
				       .vm_flags = VM_ACCOUNT };
	const struct syscall watch = { .kind = CALL_IOCTL_USERFAULTFD };
	struct random_diff taken = { .what = RANDOM_ERROR, .sim_err = EINVAL };
	struct random_diff layout = { .what = RANDOM_LAYOUT };
	int unsealed = known_on(6, 16, &unmergeable, layout);

	ck_assert_int_ge(known_on(6, 1, &mprotect, charged), 0);
	ck_assert_int_eq(known_on(6, 12, &mprotect, charged), -1);
	ck_assert_int_eq(known_on(6, 1, &mremap, charged), -1);
	charged.vm_flags |= VM_WRITE;
	ck_assert_int_eq(known_on(6, 1, &mprotect, charged), -1);

	ck_assert_int_ge(known_on(6, 16, &watch, taken), 0);
	ck_assert_int_eq(known_on(6, 17, &watch, taken), -1);
	taken.kernel_err = ENOMEM;
	ck_assert_int_eq(known_on(6, 16, &watch, taken), -1);

	ck_assert_int_ge(known_on(6, 1, &watch, layout), 0);
	ck_assert_int_eq(known_on(6, 12, &watch, layout), -1);

	/* Of madvise() and process_madvise(), it is one advice. */
	ck_assert_int_ge(unsealed, 0);
	ck_assert_int_eq(known_on(6, 17, &unmergeable, layout), -1);
	ck_assert_int_eq(known_on(6, 16, &mergeable, layout), -1);
	unmergeable.kind = CALL_PROCESS_MADVISE;
	ck_assert_int_eq(known_on(6, 16, &unmergeable, layout), unsealed);

	/* Two rows, and one reason: counted as one. */
	layout.what = RANDOM_FLAGS;
	ck_assert_int_eq(known_on(6, 16, &unmergeable, layout), unsealed);
}
END_TEST

START_TEST(what_smaps_does_not_show_is_not_compared)
{
	ck_assert_uint_eq(random_not_shown(VERSION_NUMBER(6, 1)),
			  VM_LOCKONFAULT);
	ck_assert_uint_eq(random_not_shown(VERSION_NUMBER(6, 12)), 0);
}
END_TEST

/* ---- as C --------------------------------------------------------------------------- */

static const struct {
	struct random_diff diff;
	const char *says;
} printed[] = {
	{ { .what = RANDOM_SAME }, "only now and then\n" },
	{ { .what = RANDOM_ERROR, .sim_err = EFAULT },
	  "the kernel says no error, the simulator EFAULT\n" },
	{ { .what = RANDOM_RESULT, .kernel_result = 16, .sim_result = 32 },
	  "the kernel says 0x10, the simulator 0x20\n" },
	{ { .what = RANDOM_DIED, .signal = 11 }, "killed by signal 11\n" },
	{ { .what = RANDOM_LAYOUT,
	    .kernel = { { { .end = 16, .text = "rd" },
			  { .start = 16,
			    .end = 32,
			    .flags = MAPS_READ,
			    .has_file = true,
			    .pgoff = 7,
			    .look = MAPS_READ } },
			2 } },
	  "other VMAs\n"
	  "  kernel:\n"
	  "    |--------------|**************|\n"
	  "    [0, 16) ---p rd\n"
	  "    [16, 32) r--p at 7\n"
	  "  simulator:\n"
	  "    (nothing)\n" },
	{ { .what = RANDOM_FLAGS },
	  "other VmFlags\n  kernel:\n    (nothing)\n  simulator:\n"
	  "    (nothing)\n" },
};

START_TEST(a_difference_is_printed)
{
	const struct random_found f = {
		.program = { .call = { { .kind = CALL_MUNLOCKALL } }, .nr = 1 },
		.diff = printed[_i].diff,
	};
	char *text = PRINTED(out, random_print_found(out, &f));
	char *want = PRINTED(out, fprintf(out, "  munlockall();\n  => %s",
					  printed[_i].says));

	ck_assert_str_eq(text, want);
	free(text);
	free(want);
}
END_TEST

/* All kinds of calls: it compiles, runs, and says what each returns. */
START_TEST(what_is_printed_is_c)
{
	static const struct random_lacks none;
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	struct random_found f = { .diff.what = RANDOM_LAYOUT };
	char dir[TEMP_PATH], *text;
	uint64_t state = 3;
	size_t size;
	FILE *out;

	temp_dir(dir);
	for (f.program.nr = 0; f.program.nr < RANDOM_CALLS;) {
		struct syscall c = random_make(&state, sim, &none);

		if (c.kind != CALL_FORK)
			f.program.call[f.program.nr++] = c;
	}
	out = stream_open(&text, &size);
	fprintf(out, "%s/a.c", dir);
	stream_close(out);
	out = fopen(text, "w");
	ck_assert_ptr_nonnull(out);
	random_print_c(out, &f);
	ck_assert_int_eq(fclose(out), 0);
	free(text);
	out = stream_open(&text, &size);
	fprintf(out,
		"cd %s && gcc -Wall -Wextra -Werror -Wno-unused-function -o a a.c && ./a >out && grep -c '= ' out >nr && test \"$(cat nr)\" -ge %d; s=$?; rm -r %s; exit $s",
		dir, RANDOM_CALLS, dir);
	stream_close(out);
	ck_assert_int_eq(system(text), 0);
	free(text);
	sim_free(sim);
}
END_TEST

/* Programs that lock all memory would fill the sanitizer's terabytes of shadow. */
#ifdef __SANITIZE_ADDRESS__
#define LOCKS_ALL false
#else
#define LOCKS_ALL true
#endif

Suite *suite_random(void)
{
	Suite *s = suite_create("random");
	TCase *make = tcase_create("make"), *kernel = tcase_create("kernel");

	tcase_add_test(make, known_differences_are_narrow);
	tcase_add_test(make, mended_differences_are_not_known);
	tcase_add_test(make, what_smaps_does_not_show_is_not_compared);
	tcase_add_test(make, a_seed_makes_the_same);
	tcase_add_test(make, every_call_is_made);
	tcase_add_loop_test(make, every_mapping_is_made, 0, 2);
	tcase_add_loop_test(make, every_mode_is_made, 0, 2);
	tcase_add_test(make, programs_are_narrowed);
	tcase_add_loop_test(make, a_difference_is_printed, 0,
			    ARRAY_SIZE(printed));
	tcase_add_test(make, what_is_printed_is_c);
	tcase_set_timeout(make, 60);
	tcase_set_timeout(kernel, 300);
	if (live_unusable()) {
		fprintf(stderr, "random: skipped: %s\n", live_unusable());
	} else {
		tcase_add_test(kernel, what_is_there_stays);
		if (LOCKS_ALL) {
			tcase_add_test(kernel, kernel_and_simulator_agree);
			tcase_add_test(kernel, neighbours_are_left_alone);
			tcase_add_test(kernel, children_die_with_their_parent);
			tcase_add_test(kernel, wrong_rules_are_found_out);
		} else {
			fputs("random: skipped: three tests, for the address sanitizer's memory cannot be locked\n",
			      stderr);
		}
		tcase_add_test(kernel, a_difference_is_where_it_is);
		tcase_add_test(kernel, names_are_compared);
		tcase_add_test(kernel, detours_are_left_out);
		tcase_add_test(kernel, calls_are_made_simple);
	}
	suite_add_tcase(s, make);
	suite_add_tcase(s, kernel);
	return s;
}
