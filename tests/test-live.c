// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running kernels as judges: what the text of /proc may hold, what a child may
 * do and how it may fail, and that a kernel that did something else would be
 * found out.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog/internal.h"
#include "oracle/live.h"
#include "syscall/syscall.h"
#include "tests.h"

/* ---- lines of /proc/PID/maps -------------------------------------------------- */

static bool parse(const char *line, struct maps_vma *vma)
{
	return maps_parse(line, strlen(line), vma);
}

START_TEST(good_lines)
{
	struct maps_vma v;

	ck_assert(parse("7f0000000000-7f0000003000 r-xp 00002000 fd:01 4711"
			"     /usr/lib/libc.so.6",
			&v));
	ck_assert_uint_eq(v.start, 0x7f0000000000);
	ck_assert_uint_eq(v.end, 0x7f0000003000);
	ck_assert_uint_eq(v.offset, 0x2000);
	ck_assert_uint_eq(v.dev_major, 0xfd);
	ck_assert_uint_eq(v.dev_minor, 1);
	ck_assert_uint_eq(v.inode, 4711);
	ck_assert_uint_eq(v.flags, MAPS_READ | MAPS_EXEC);
	ck_assert_str_eq(v.name, "/usr/lib/libc.so.6");
	ck_assert(parse("1000-2000 -w-s 00000000 00:00 0 ", &v));
	ck_assert_uint_eq(v.flags, MAPS_WRITE | MAPS_SHARED);
	ck_assert_str_eq(v.name, "");
	ck_assert(parse("1000-2000 ---p 00000000 00:00 0", &v));
	ck_assert(parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 "
			"0                  [vsyscall]",
			&v));
	ck_assert(
		parse("fffffffffffff000-ffffffffffffffff r--p 0 0:0 0 x", &v));
}
END_TEST

static const char *const bad_lines[] = {
	"",
	" ",
	"\n",
	"1000",
	"1000-",
	"1000-2000",
	"1000-2000 rw-p",
	"1000-2000 rw-p 0 00:00",
	"1000-2000 rw-p 0 00:00 ",
	"1000-2000 rw-p 0 00 0 x",
	"1000-2000 rwxq 0 00:00 0",
	"1000-2000 wr-p 0 00:00 0",
	"1000-2000  rw-p 0 00:00 0",
	"2000-1000 rw-p 0 00:00 0",
	"1000-1000 rw-p 0 00:00 0",
	"-1000-2000 rw-p 0 00:00 0",
	"+1000-2000 rw-p 0 00:00 0",
	"0x1000-2000 rw-p 0 00:00 0",
	"1000-10000000000000000 rw-p 0 00:00 0",
	"10000000000001000-2000 rw-p 0 00:00 0",
	"1000-2000 rw-p 10000000000000000 00:00 0",
	"1000-2000 rw-p 0 100000000:00 0",
	"1000-2000 rw-p 0 00:100000000 0",
	"1000-2000 rw-p 0 00:00 18446744073709551616",
	"1000-2000 rw-p 0 00:00 4a",
	"1000-2000 rw-p 0 00:00 0x",
	"1G00-2000 rw-p 0 00:00 0",
	"ABC000-ABD000 rw-p 0 00:00 0",
};

START_TEST(refused_lines)
{
	struct maps_vma v;

	ck_assert_msg(!parse(bad_lines[_i], &v), "taken: '%s'", bad_lines[_i]);
}
END_TEST

/* No part of a good line that ends early is one, up to the inode. */
START_TEST(cut_lines)
{
	const char *line = "1000-2000 rw-p 00000000 00:00 7";
	struct maps_vma v;

	for (size_t len = 0; len < strlen(line); len++) {
		char *exact = malloc(len + 1);

		/* Of exactly that size, so that sanitizers see what is read. */
		memcpy(exact, line, len);
		ck_assert_msg(!maps_parse(exact, len, &v), "%zu bytes", len);
		free(exact);
	}
}
END_TEST

START_TEST(names_are_made_harmless)
{
	const char line[] = "1000-2000 r--p 0 00:00 1 /tmp/\033[2J\001\377\n#x";
	struct maps_vma v;

	ck_assert(maps_parse(line, sizeof(line) - 1, &v));
	ck_assert_str_eq(v.name, "/tmp/?[2J???#x");
}
END_TEST

START_TEST(names_are_cut)
{
	char line[8192] = "1000-2000 r--p 0 00:00 1 /";
	size_t head = strlen(line);
	struct maps_vma v;

	memset(line + head, 'x', sizeof(line) - head);
	ck_assert(maps_parse(line, sizeof(line), &v));
	ck_assert_uint_eq(strlen(v.name), MAPS_NAME - 1);
}
END_TEST

/* Names that look like lines must not become lines: the kernel escapes "\n". */
START_TEST(names_like_lines)
{
	struct maps_vma v;

	ck_assert(parse(
		"1000-2000 r--p 0 00:00 1 /tmp/3000-4000 rw-p 0 00:00 0", &v));
	ck_assert_uint_eq(v.end, 0x2000);
}
END_TEST

/* ---- reading one's own ----------------------------------------------------------- */

#define PAGES 16UL

static char *map_pattern(size_t page)
{
	char *p = mmap(NULL, PAGES * page, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	for (size_t i = 1; i < PAGES; i += 2)
		ck_assert(!mprotect(p + i * page, page, PROT_NONE));
	return p;
}

START_TEST(reads_itself)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = map_pattern(page);
	static struct maps_list list;
	int err = maps_read(0, (enum maps_source)_i, (uintptr_t)p,
			    (uintptr_t)p + PAGES * page, &list);

	if (err == ENOTTY && _i == MAPS_QUERY)
		return; /* this kernel has none */
	ck_assert_int_eq(err, 0);
	ck_assert_uint_ge(list.nr, PAGES);
	for (size_t i = 1; i + 1 < PAGES; i++) {
		const struct maps_vma *v = &list.vma[i];

		ck_assert_uint_eq(v->start, (uintptr_t)p + i * page);
		ck_assert_uint_eq(v->end, (uintptr_t)p + (i + 1) * page);
		ck_assert_uint_eq(v->flags, i % 2 ? 0U : MAPS_READ);
	}
	munmap(p, PAGES * page);
}
END_TEST

START_TEST(reads_without_ioctl)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = map_pattern(page);
	static struct maps_list list;

	if (!forbid(SYS_ioctl))
		return; /* who forbids that forbids others, too */
	ck_assert_int_eq(maps_read(0, MAPS_QUERY, (uintptr_t)p,
				   (uintptr_t)p + PAGES * page, &list),
			 -EPERM);
	ck_assert_int_eq(maps_read(0, MAPS_ANY, (uintptr_t)p,
				   (uintptr_t)p + PAGES * page, &list),
			 0);
	ck_assert_uint_ge(list.nr, PAGES);
}
END_TEST

/* There is a way to tell that a list is not all. */
START_TEST(too_many)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 200 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	static struct maps_list list;

	for (size_t i = 1; i < 200; i += 2)
		ck_assert(!mprotect(p + i * page, page, PROT_NONE));
	ck_assert(!maps_read(0, MAPS_ANY, (uintptr_t)p,
			     (uintptr_t)p + 200 * page, &list));
	ck_assert_uint_eq(list.nr, MAPS_MAX);
	ck_assert(list.more);
}
END_TEST

/* As Debian 12 and 13 name their kernels, and whoever else. */
START_TEST(a_build_says_its_release)
{
	static const struct {
		struct utsname un;
		const char *release;
	} t[] = {
		{ { .release = "6.1.0-56-cloud-amd64",
		    .version =
			    "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" },
		  "6.1.192" },
		{ { .release = "6.12.118+deb13-amd64",
		    .version = "#1 SMP PREEMPT_DYNAMIC Debian 6.12.118-1" },
		  "6.12.118" },
		{ { .release = "7.3.4", .version = "#1 SMP PREEMPT_DYNAMIC" },
		  "7.3.4" },
		{ { .release = "7.3.4", .version = "#1 of a Debian user" },
		  "7.3.4" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		ck_assert_str_eq(live_release(&t[i].un), t[i].release);
}
END_TEST

START_TEST(nobody)
{
	static struct maps_list list;

	ck_assert_int_ne(maps_read(0x7fffffff, MAPS_TEXT, 0, UINT64_MAX, &list),
			 0);
}
END_TEST

/* ---- what a call may reach -------------------------------------------------------- */

static const struct syscall out_of_reach[] = {
	{ .kind = CALL_MMAP, .addr = 0, .len = SPACE_PAGES + 1 },
	{ .kind = CALL_MMAP, .addr = SPACE_PAGES, .len = 1 },
	{ .kind = CALL_MMAP, .addr = 8, .len = 0 },
	{ .kind = CALL_MUNMAP, .addr = 9, .len = UINT64_MAX },
	{ .kind = CALL_MUNMAP, .addr = UINT64_MAX, .len = 9 },
	{ .kind = CALL_TOUCH, .addr = 8, .len = UINT64_MAX - 8 },
	{ .kind = CALL_MMAP, .len = 8, .file = 1, .offset = UINT64_MAX },
	{ .kind = CALL_MMAP, .len = 8, .file = 1, .offset = FILE_PAGES - 7 },
	{ .kind = CALL_MREMAP, .len = 8, .new_addr = UINT64_MAX, .new_len = 8 },
	{ .kind = CALL_MREMAP, .len = 8, .new_addr = 8, .new_len = UINT64_MAX },
	{ .kind = CALL_MREMAP, .len = 8, .new_addr = 249, .new_len = 8 },
	{ .kind = CALL_BRK, .addr = 20 },
};

START_TEST(refuses_what_is_out_of_reach)
{
	ck_assert(!syscall_in_space(AREA_RESERVED, &out_of_reach[_i]));
}
END_TEST

/* Up to the last page, of the space and of a file. */
static const struct syscall within_reach[] = {
	{ .kind = CALL_MMAP, .addr = 0, .len = SPACE_PAGES },
	{ .kind = CALL_MMAP, .addr = SPACE_PAGES - 1, .len = 1 },
	{ .kind = CALL_MMAP, .len = 8, .file = 1, .offset = FILE_PAGES - 8 },
	{ .kind = CALL_MREMAP, .len = 8, .new_addr = 248, .new_len = 8 },
	{ .kind = CALL_MREMAP, .len = 8, .new_addr = 0, .new_len = 256 },
};

START_TEST(takes_what_is_within_reach)
{
	ck_assert(syscall_in_space(AREA_RESERVED, &within_reach[_i]));
}
END_TEST

START_TEST(heap_begins_late)
{
	const struct syscall low = { .kind = CALL_BRK, .addr = HEAP_FIRST - 1 };
	const struct syscall high = { .kind = CALL_BRK,
				      .addr = SPACE_PAGES + 1 };
	const struct syscall below = { .kind = CALL_MUNMAP,
				       .addr = HEAP_FIRST - 1,
				       .len = 2 };
	const struct syscall good = { .kind = CALL_BRK, .addr = HEAP_FIRST };
	const struct syscall whole = { .kind = CALL_BRK, .addr = SPACE_PAGES };

	ck_assert(!syscall_in_space(AREA_HEAP, &low));
	ck_assert(!syscall_in_space(AREA_HEAP, &high));
	ck_assert(!syscall_in_space(AREA_HEAP, &below));
	ck_assert(syscall_in_space(AREA_HEAP, &good));
	ck_assert(syscall_in_space(AREA_HEAP, &whole));
}
END_TEST

/* What lies beside the pages stays, whatever is done to all of them. */
START_TEST(guards_stay)
{
	const struct syscall all[] = {
		{ .kind = CALL_MMAP,
		  .len = SPACE_PAGES,
		  .prot = PROT_READ | PROT_WRITE,
		  .flags = MAP_PRIVATE | MAP_FIXED },
		{ .kind = CALL_TOUCH, .len = SPACE_PAGES },
		{ .kind = CALL_MUNMAP, .len = SPACE_PAGES },
	};
	static struct maps_list list;
	struct space sp;
	uint64_t end;

	ck_assert_int_eq(space_enter(&sp, AREA_RESERVED), 0);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct syscall c = space_call(&sp, &all[i]);

		ck_assert_int_eq(kernel_do(&sp, &c, NULL), 0);
	}
	end = sp.base + SPACE_PAGES * sp.page_size;
	ck_assert(!maps_read(0, MAPS_ANY, sp.base - 2 * sp.page_size,
			     end + 2 * sp.page_size, &list));
	ck_assert_uint_eq(list.nr, 2);
	ck_assert_uint_eq(list.vma[0].end, sp.base - sp.page_size);
	ck_assert_uint_eq(list.vma[1].start, end + sp.page_size);
	ck_assert_uint_eq(list.vma[0].flags, 0);
	ck_assert_uint_eq(list.vma[1].flags, 0);
}
END_TEST

/* A page beyond is an error, a page below makes no difference. */
START_TEST(each_page_is_touched)
{
	const struct syscall map = { .kind = CALL_MMAP,
				     .addr = 10,
				     .len = 3,
				     .prot = PROT_READ | PROT_WRITE,
				     .flags = MAP_PRIVATE | MAP_FIXED };
	const enum syscall_kind kinds[] = { CALL_READ, CALL_TOUCH };
	struct space sp;
	struct syscall c;
	unsigned char there[3];

	ck_assert_int_eq(space_enter(&sp, AREA_RESERVED), 0);
	c = space_call(&sp, &map);
	ck_assert_int_eq(kernel_do(&sp, &c, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		c.kind = kinds[i];
		ck_assert_int_eq(kernel_do(&sp, &c, NULL), 0);
		c.len += 1;
		ck_assert_int_eq(kernel_do(&sp, &c, NULL), -EFAULT);
		c.len -= 1;
	}
	ck_assert(!mincore((void *)c.addr, c.len, there));
	ck_assert(there[0] & there[1] & there[2] & 1);
}
END_TEST

/* Without a descriptor of the process there is nothing to be done to it. */
START_TEST(advice_needs_a_pidfd)
{
	const struct syscall c = { .kind = CALL_PROCESS_MADVISE,
				   .advice = MADV_NORMAL };
	struct space sp = { .uffd = -1 };

	if (!forbid(SYS_pidfd_open))
		return;
	ck_assert_int_eq(kernel_do(&sp, &c, NULL), -EPERM);
}
END_TEST

/* ---- children --------------------------------------------------------------------- */

static struct live_evidence e;

static void hangs(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_SETUP, 3);
	for (;;)
		pause();
}

static void closes_and_hangs(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_SETUP, 0);
	close(fd);
	for (;;)
		pause();
}

/* What it forked is killed, too, or this test would wait for it. */
static void hangs_below(int fd, const void *ctx)
{
	if (!fork())
		hangs(fd, ctx);
	hangs(fd, ctx);
}

static void crashes(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_CALL, 1);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void is_forbidden_to(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_CALL, 0);
	signal(SIGSYS, SIG_DFL);
	raise(SIGSYS);
}

static void says_nothing(int fd, const void *ctx)
{
	(void)fd;
	(void)ctx;
}

static void babbles(int fd, const void *ctx)
{
	char noise[4096];

	(void)ctx;
	memset(noise, 0x5a, sizeof(noise));
	ck_assert(write(fd, noise, sizeof(noise)) > 0);
}

static void stops_in_the_middle(int fd, const void *ctx)
{
	(void)ctx;
	ck_assert(write(fd, "x", 1) == 1);
}

static void goes_back(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_AFTER, 0);
	live_report_stage(fd, STAGE_SETUP, 0);
}

static void counts_too_far(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_SETUP, LIVE_CALLS + 1);
}

static void has_odd_pages(int fd, const void *ctx)
{
	(void)ctx;
	live_report_space(fd, 4095, 0);
}

static void has_no_pages(int fd, const void *ctx)
{
	(void)ctx;
	live_report_space(fd, 0, 0);
}

static void is_not_aligned(int fd, const void *ctx)
{
	(void)ctx;
	live_report_space(fd, 65536, 4096);
}

static void fails_twice(int fd, const void *ctx)
{
	(void)ctx;
	live_report_error(fd, EPERM);
	live_report_error(fd, EPERM);
}

static void fails_for_nothing(int fd, const void *ctx)
{
	(void)ctx;
	live_report_error(fd, 0);
}

static void tells_list(int fd, struct maps_list *list)
{
	live_report_stage(fd, STAGE_AFTER, 0);
	live_report_layout(fd, list);
	live_report_stage(fd, STAGE_DONE, 0);
}

static struct maps_list two = {
	.nr = 2,
	.vma = { { .start = 0x1000, .end = 0x2000 },
		 { .start = 0x2000, .end = 0x3000 } },
};

static void has_too_many(int fd, const void *ctx)
{
	(void)ctx;
	two.nr = MAPS_MAX + 1;
	tells_list(fd, &two);
}

static void is_unsorted(int fd, const void *ctx)
{
	(void)ctx;
	two.vma[1].start = 0x1000;
	tells_list(fd, &two);
}

static void is_inverted(int fd, const void *ctx)
{
	(void)ctx;
	two.vma[0].start = 0x2000;
	tells_list(fd, &two);
}

static void has_no_end_of_name(int fd, const void *ctx)
{
	(void)ctx;
	memset(two.vma[0].name, 'x', sizeof(two.vma[0].name));
	tells_list(fd, &two);
}

static void has_no_end_of_flags(int fd, const void *ctx)
{
	(void)ctx;
	memset(two.vma[1].vm_flags, 'x', sizeof(two.vma[1].vm_flags));
	tells_list(fd, &two);
}

static void tells_twice(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_AFTER, 0);
	live_report_layout(fd, &two);
	live_report_layout(fd, &two);
}

static void tells_too_early(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_SETUP, 0);
	live_report_layout(fd, &two);
}

static const struct {
	live_child *child;
	enum live_end end;
	int signal;
} children[] = {
	{ hangs, END_TIME, 0 },
	{ hangs_below, END_TIME, 0 },
	{ closes_and_hangs, END_SIGNAL, SIGKILL },
	{ crashes, END_SIGNAL, SIGSEGV },
	{ is_forbidden_to, END_SIGNAL, SIGSYS },
	{ says_nothing, END_EXIT, 0 },
	{ babbles, END_NONSENSE, 0 },
	{ stops_in_the_middle, END_NONSENSE, 0 },
	{ goes_back, END_NONSENSE, 0 },
	{ counts_too_far, END_NONSENSE, 0 },
	{ has_odd_pages, END_NONSENSE, 0 },
	{ has_no_pages, END_NONSENSE, 0 },
	{ is_not_aligned, END_NONSENSE, 0 },
	{ fails_twice, END_NONSENSE, 0 },
	{ fails_for_nothing, END_NONSENSE, 0 },
	{ has_too_many, END_NONSENSE, 0 },
	{ is_unsorted, END_NONSENSE, 0 },
	{ is_inverted, END_NONSENSE, 0 },
	{ has_no_end_of_name, END_NONSENSE, 0 },
	{ has_no_end_of_flags, END_NONSENSE, 0 },
	{ tells_twice, END_NONSENSE, 0 },
	{ tells_too_early, END_NONSENSE, 0 },
};

START_TEST(children_that_fail)
{
	live_watch(children[_i].child, NULL, 0.3, &e);
	ck_assert_int_eq(e.end, children[_i].end);
	ck_assert_int_eq(e.signal, children[_i].signal);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static void sleeps(int fd, const void *ctx)
{
	(void)ctx;
	live_report_stage(fd, STAGE_SETUP, 0);
	sleep(20);
}

static void forks_and_sleeps(int fd, const void *ctx)
{
	const struct syscall c = { .kind = CALL_FORK };
	struct space sp = { .uffd = -1 };

	ck_assert_int_eq(kernel_do(&sp, &c, NULL), 0);
	sleeps(fd, ctx);
}

static live_child *const sleepers[] = { sleeps, forks_and_sleeps };

/* Each of them ends by itself then, long before it wakes up. */
START_TEST(nobody_may_be_killed)
{
	time_t begin = time(NULL);

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!forbid(SYS_kill))
		return;
	live_watch(sleepers[_i], NULL, 0.3, &e);
	ck_assert_int_eq(e.end, END_TIME);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_lt(time(NULL) - begin, 15);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------ */

static struct catalog *cat;
static struct live_result res;

static void load(const char *trigger)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out,
		"family: existing\ntitle: T\norder: 1\nintro: I.\ncases:\n"
		"  - id: existing-merge-left-full\n"
		"    title: Merge left full\n"
		"    summary: It merges.\n"
		"    before:\n"
		"      - {vma: prev, range: [16, 24], flags: [read], "
		"anon_vma: A}\n"
		"      - {vma: middle, range: [24, 37], flags: [read, write], "
		"anon_vma: A}\n"
		"    operation: {modify: [24, 37], flags: [read]}\n"
		"    roles: {prev: extend, middle: delete}\n"
		"    steps: []\n"
		"    after: [{vma: prev, range: [16, 37]}]\n"
		"    locks: {mmap: write, vma: [], rmap: []}\n"
		"    map_count: {before: 2, after: 1}\n"
		"    function: vma_merge_existing_range()\n"
		"    syscalls: [mprotect, mlock]\n"
		"    live:\n%s",
		trigger);
	fclose(out);
	cat = catalog_load_bytes("x.yaml", text, len, stderr);
	ck_assert_ptr_nonnull(cat);
	free(text);
}

static const struct cat_case *the_case(void)
{
	return &cat->families[0].cases[0];
}

#define GOOD_TRIGGER                                                           \
	"      - syscall: mprotect\n"                                          \
	"        setup:\n"                                                     \
	"          - {mmap: [16, 37], prot: rw}\n"                             \
	"          - {touch: [16, 37]}\n"                                      \
	"          - {mprotect: [16, 24], prot: r}\n"                          \
	"        do: {mprotect: [24, 37], prot: r}\n"

static struct maps_vma seen(uint64_t start, uint64_t end, unsigned int flags)
{
	return (struct maps_vma){
		.start = e.base + start * e.page_size,
		.end = e.base + end * e.page_size,
		.flags = flags,
	};
}

/* What a child would see that does as the simulator says. */
static void see_what_is_right(uint64_t page_size, uint64_t base)
{
	memset(&e, 0, sizeof(e));
	e.end = END_EXIT;
	e.stage = STAGE_DONE;
	e.page_size = page_size;
	e.base = base;
	e.has_before = true;
	e.has_after = true;
	e.before.nr = 2;
	e.before.vma[0] = seen(16, 24, MAPS_READ);
	e.before.vma[1] = seen(24, 37, MAPS_READ | MAPS_WRITE);
	e.after.nr = 1;
	e.after.vma[0] = seen(16, 37, MAPS_READ);
}

static enum live_verdict verdict(void)
{
	live_judge(the_case(), &the_case()->live[0], rules_for("latest"),
		   "6.18", &e, &res);
	return res.verdict;
}

/* The same at any place, and for pages of 4, 16 and 64 KiB. */
START_TEST(any_size_of_pages)
{
	const uint64_t sizes[] = { 4096, 16384, 65536 };
	uint64_t page = sizes[_i % 3];
	const uint64_t bases[] = { page, 1ULL << 46, UINT64_MAX - 512 * page };

	load(GOOD_TRIGGER);
	see_what_is_right(page, bases[_i / 3] & ~(page - 1));
	ck_assert_msg(verdict() == LIVE_AGREES, "%s", res.why);
	ck_assert_int_eq(res.found_after.vma[0].start, 16);
	ck_assert_int_eq(res.found_after.vma[0].end, 37);
	catalog_free(cat);
}
END_TEST

static void boundary_moved(void)
{
	e.before.vma[0].end += e.page_size;
	e.before.vma[1].start += e.page_size;
}

static void not_merged(void)
{
	e.after.nr = 2;
	e.after.vma[0] = seen(16, 24, MAPS_READ);
	e.after.vma[1] = seen(24, 37, MAPS_READ);
}

static void too_long(void)
{
	e.after.vma[0].end += e.page_size;
}

static void one_more(void)
{
	e.after.vma[0] = seen(16, 30, MAPS_READ);
	e.after.vma[1] = seen(30, 37, MAPS_READ);
	e.after.nr = 2;
}

static void nothing_left(void)
{
	e.after.nr = 0;
}

static void other_protection(void)
{
	e.after.vma[0].flags = MAPS_READ | MAPS_WRITE;
}

static void shared_instead(void)
{
	e.before.vma[0].flags |= MAPS_SHARED;
}

static void a_file_instead(void)
{
	e.after.vma[0].inode = 7;
}

static void looks_otherwise(void)
{
	strcpy(e.before.vma[0].vm_flags, "rd");
	strcpy(e.after.vma[0].vm_flags, "rd lo");
}

static void ended_early(void)
{
	e.stage = STAGE_BEFORE;
	e.has_after = false;
}

static void crashed(void)
{
	e.end = END_SIGNAL;
	e.signal = SIGSEGV;
	e.stage = STAGE_SETUP;
	e.call = 1;
}

static void not_all_seen(void)
{
	e.after.more = true;
}

static void failed(void)
{
	e.err = EINVAL;
	e.err_stage = STAGE_CALL;
}

static void (*const deviations[])(void) = {
	boundary_moved,	 not_merged,	   too_long,	   one_more,
	nothing_left,	 other_protection, shared_instead, a_file_instead,
	looks_otherwise, ended_early,	   crashed,	   not_all_seen,
	failed,
};

START_TEST(deviations_are_found)
{
	load(GOOD_TRIGGER);
	see_what_is_right(4096, 1ULL << 40);
	deviations[_i]();
	ck_assert_int_eq(verdict(), LIVE_DIFFERS);
	ck_assert_str_ne(res.why, "");
	catalog_free(cat);
}
END_TEST

static void fails_in(enum live_stage stage, int err)
{
	e.err = err;
	e.err_stage = stage;
	e.err_call = 0;
	if (stage == STAGE_CALL)
		return;
	e.stage = stage;
	e.has_after = false;
}

static const struct {
	enum live_stage stage;
	int err;
	enum live_verdict verdict;
} errors[] = {
	{ STAGE_ENTER, ENOMEM, LIVE_SKIPPED },
	{ STAGE_SETUP, EPERM, LIVE_SKIPPED },
	{ STAGE_SETUP, ENOSYS, LIVE_SKIPPED },
	{ STAGE_SETUP, ENOMEM, LIVE_SKIPPED },
	{ STAGE_SETUP, EINVAL, LIVE_DIFFERS },
	{ STAGE_SETUP, ERANGE, LIVE_DIFFERS },
	{ STAGE_BEFORE, ENOENT, LIVE_SKIPPED },
	{ STAGE_BEFORE, EPROTO, LIVE_DIFFERS },
	{ STAGE_CALL, EACCES, LIVE_SKIPPED },
	{ STAGE_CALL, ENOMEM, LIVE_SKIPPED },
	{ STAGE_CALL, EEXIST, LIVE_DIFFERS },
	{ STAGE_AFTER, EPROTO, LIVE_DIFFERS },
};

START_TEST(errors_are_told_apart)
{
	load(GOOD_TRIGGER);
	see_what_is_right(4096, 1ULL << 40);
	fails_in(errors[_i].stage, errors[_i].err);
	ck_assert_int_eq(verdict(), errors[_i].verdict);
	ck_assert_str_ne(res.why, "");
	catalog_free(cat);
}
END_TEST

START_TEST(forbidden_is_skipped)
{
	load(GOOD_TRIGGER);
	see_what_is_right(4096, 1ULL << 40);
	e.end = END_SIGNAL;
	e.signal = SIGSYS;
	e.stage = STAGE_CALL;
	ck_assert_int_eq(verdict(), LIVE_SKIPPED);
	catalog_free(cat);
}
END_TEST

/* What the catalogue says of old kernels holds for these, and no others. */
START_TEST(age_explains)
{
	const struct cat_trigger *t;

	load(GOOD_TRIGGER
	     "        earlier: {before: \"6.4\", why: It forgot.}\n");
	t = &the_case()->live[0];
	see_what_is_right(4096, 1ULL << 40);
	not_merged();
	live_judge(the_case(), t, rules_for("6.12"), "6.1.0-9-amd64", &e, &res);
	ck_assert_int_eq(res.verdict, LIVE_KNOWN);
	live_judge(the_case(), t, rules_for("6.12"), "6.4.0", &e, &res);
	ck_assert_int_eq(res.verdict, LIVE_DIFFERS);
	crashed();
	live_judge(the_case(), t, rules_for("6.12"), "6.1.0", &e, &res);
	ck_assert_int_eq(res.verdict, LIVE_DIFFERS);
	catalog_free(cat);
}
END_TEST

START_TEST(another_case_is_found)
{
	load(GOOD_TRIGGER "        as: {modify: [30, 37], flags: [read]}\n");
	see_what_is_right(4096, 1ULL << 40);
	ck_assert_int_eq(verdict(), LIVE_DIFFERS);
	ck_assert_str_eq(res.why,
			 "'as' does not come to existing-merge-left-full");
	catalog_free(cat);
}
END_TEST

/* ---- the running kernel --------------------------------------------------------------- */

static void run_trigger(const char *trigger)
{
	const char *release;
	bool exact;

	load(trigger);
	live_run(the_case(), &the_case()->live[0], live_rules(&release, &exact),
		 10, &res);
}

/* Where this is no difference, it is for a reason that is told. */
START_TEST(agrees)
{
	run_trigger(GOOD_TRIGGER);
	ck_assert_msg(res.verdict != LIVE_DIFFERS, "%s", res.why);
	if (res.verdict == LIVE_SKIPPED)
		printf("skipped: %s\n", res.why);
	catalog_free(cat);
}
END_TEST

/* Triggers that do something else than they say. */
static const char *const lies[] = {
	/* another layout before */
	"      - syscall: mprotect\n"
	"        setup: {mmap: [16, 37], prot: rw}\n"
	"        do: {mprotect: [24, 37], prot: r}\n",
	/* another range */
	"      - syscall: mprotect\n"
	"        setup:\n"
	"          - {mmap: [16, 37], prot: rw}\n"
	"          - {mprotect: [16, 24], prot: r}\n"
	"        do: {mprotect: [25, 37], prot: r}\n",
	/* another protection */
	"      - syscall: mprotect\n"
	"        setup:\n"
	"          - {mmap: [16, 37], prot: rw}\n"
	"          - {mprotect: [16, 24], prot: r}\n"
	"        do: {mprotect: [24, 37], prot: rx}\n",
	/* what is not mapped cannot be touched */
	"      - syscall: mprotect\n"
	"        setup: {touch: [16, 17]}\n"
	"        do: {mprotect: [24, 37], prot: r}\n",
	/* a fork gives each VMA an anon_vma of its own: they cannot merge */
	"      - syscall: mprotect\n"
	"        setup:\n"
	"          - {mmap: [16, 37], prot: rw}\n"
	"          - {touch: [16, 37]}\n"
	"          - {mprotect: [16, 24], prot: r}\n"
	"          - {fork: true}\n"
	"        do: {mprotect: [24, 37], prot: r}\n",
	/* accounted on one side only: they cannot merge */
	"      - syscall: mprotect\n"
	"        setup:\n"
	"          - {mmap: [16, 24], prot: r}\n"
	"          - {mmap: [24, 37], prot: rw, reserve: true}\n"
	"        do: {mprotect: [24, 37], prot: r}\n",
};

START_TEST(lies_are_found)
{
	run_trigger(lies[_i]);
	ck_assert_int_ne(res.verdict, LIVE_AGREES);
	ck_assert_str_ne(res.why, "");
	catalog_free(cat);
}
END_TEST

START_TEST(goes_on_in_a_child)
{
	run_trigger("      - syscall: mprotect\n"
		    "        setup:\n"
		    "          - {fork: true}\n"
		    "          - {mmap: [16, 37], prot: rw}\n"
		    "          - {touch: [16, 37]}\n"
		    "          - {mprotect: [16, 24], prot: r}\n"
		    "        do: {mprotect: [24, 37], prot: r}\n");
	ck_assert_msg(res.verdict != LIVE_DIFFERS, "%s", res.why);
	catalog_free(cat);
}
END_TEST

START_TEST(crash_after_fork)
{
	run_trigger("      - syscall: mprotect\n"
		    "        setup: [{fork: true}, {touch: [16, 17]}]\n"
		    "        do: {mprotect: [24, 37], prot: r}\n");
	ck_assert_int_eq(res.verdict, LIVE_DIFFERS);
	ck_assert_str_eq(
		res.why,
		"setup, call 2 (touch): Bad address, expected no error");
	catalog_free(cat);
}
END_TEST

/* No descriptor, child or memory is left behind. */
START_TEST(leaves_nothing)
{
	int before = dup(0), after;

	load(GOOD_TRIGGER);
	for (int i = 0; i < 20; i++)
		live_gather(&the_case()->live[0], 10, &e);
	after = dup(0);
	ck_assert_int_eq(after, before + 1);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	catalog_free(cat);
}
END_TEST

/* ---- pictures ---------------------------------------------------------------------------- */

static char *picture(void)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	live_picture(out, &res.found_before, &res, "# ");
	live_picture(out, &res.found_after, &res, "# ");
	fclose(out);
	return text;
}

START_TEST(draws)
{
	char *text;

	load(GOOD_TRIGGER);
	see_what_is_right(4096, 1ULL << 40);
	ck_assert_int_eq(verdict(), LIVE_AGREES);
	text = picture();
	ck_assert_str_eq(text, "#   |-------|************|\n"
			       "#   [16, 24) r--p\n"
			       "#   [24, 37) rw-p\n"
			       "#   |--------------------|\n"
			       "#   [16, 37) r--p\n");
	free(text);
	catalog_free(cat);
}
END_TEST

/* What sticks out, or is far too long, stays within the line. */
START_TEST(draws_within_the_line)
{
	char *text;

	load(GOOD_TRIGGER);
	see_what_is_right(4096, 1ULL << 40);
	verdict();
	res.end = 1000000;
	res.found_after.vma[0].start = LONG_MIN / 2;
	res.found_after.vma[0].end = LONG_MAX / 2;
	text = picture();
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_uint_le(len, 80);
		line += len + 1;
	}
	free(text);
	catalog_free(cat);
}
END_TEST

/* ---- the command ---------------------------------------------------------------------------- */

/* Runs "vmatlas live ARGS"; returns the status, and what it printed. */
static int live(const char *args, char *out, size_t size)
{
	char command[512];
	size_t len;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command),
		 "${VMATLAS:-build/vmatlas} live %s 2>&1", args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(out, 1, size - 1, pipe);
	out[len] = '\0';
	while (fgetc(pipe) != EOF)
		;
	status = pclose(pipe);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char text[1 << 18];

START_TEST(unusable_calls)
{
	ck_assert_int_eq(live("no-such-case", text, sizeof(text)), 2);
	ck_assert(strstr(text, "unknown case 'no-such-case'"));
	ck_assert_int_eq(live("--tap --format json", text, sizeof(text)), 2);
	ck_assert_int_eq(live("--tap=x", text, sizeof(text)), 2);
}
END_TEST

static size_t count(const char *needle)
{
	size_t nr = 0;

	for (const char *at = text; (at = strstr(at, needle)); at++)
		nr++;
	return nr;
}

START_TEST(writes_tap)
{
	unsigned long plan;

	ck_assert_int_eq(
		live("--tap new-merge-left unmap-all", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "\n1.."));
	plan = strtoul(strstr(text, "\n1..") + 4, NULL, 10);
	ck_assert_uint_eq(plan, count("\nok "));
	ck_assert_ptr_nonnull(strstr(text, " - new-merge-left mremap 2"));
}
END_TEST

START_TEST(writes_a_line_a_call)
{
	ck_assert_int_eq(live("new-merge-left", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "\nnew-merge-left\n"
					   "  mmap                     ok\n"
					   "  mremap                   ok\n"));
	ck_assert_int_eq(live("--summary new-merge-left", text, sizeof(text)),
			 0);
	ck_assert_ptr_null(strstr(text, "mmap"));
}
END_TEST

START_TEST(writes_layouts)
{
	static const char *const names[] = { "before", "after",
					     "simulator_after" };
	json_t *json, *trial;

	ck_assert_int_eq(
		live("--format json new-merge-left", text, sizeof(text)), 0);
	json = json_loads(text, 0, NULL);
	trial = json_array_get(json_object_get(json, "triggers"), 0);
	for (int i = 0; i < 3; i++) {
		json_t *vmas = json_object_get(trial, names[i]), *range;

		ck_assert_uint_eq(json_array_size(vmas), 1);
		range = json_object_get(json_array_get(vmas, 0), "range");
		ck_assert_int_eq(json_integer_value(json_array_get(range, 0)),
				 16);
		ck_assert_int_eq(json_integer_value(json_array_get(range, 1)),
				 i ? 34 : 24);
	}
	json_decref(json);
}
END_TEST

/* What is done, what was to come of it, and what did. */
START_TEST(shows_a_configuration)
{
	ck_assert_int_eq(
		live("--reach --show --only mprotect.all.anon.unfaulted.same.unfaulted.same.unfaulted.apart",
		     text, sizeof(text)),
		0);
	ck_assert_ptr_eq(strstr(text, "  mmap [1, 4) -w- private\n"
				      "  mprotect [1, 4) rw-\n"
				      "  mmap [8, 11) -w- private\n"
				      "  mprotect [8, 11) rw-\n"
				      "  mmap [4, 8) -w- private\n"
				      "  mprotect [4, 8) r--\n"
				      "  mprotect [4, 8) rw-\n"
				      "as the simulator has it:\n"
				      "   |=========|\n"
				      "  [1, 11) rw-p\n"
				      "on this kernel:\n"
				      "   |=========|\n"
				      "  [1, 11) rw-p\n"),
			 text);
	ck_assert_ptr_nonnull(strstr(
		text,
		"\nexisting 1 agree, 0 differ, 0 differ as is known, 0 skipped\n"));
	ck_assert_ptr_nonnull(strstr(
		text,
		"\nall      1 agree, 0 differ, 0 differ as is known, 0 skipped\n"));
}
END_TEST

START_TEST(lines_are_short)
{
	ck_assert_int_eq(live("", text, sizeof(text)), 0);
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(len <= 80, "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}
END_TEST

/* Without a limit on locked memory or address space worth the name. */
START_TEST(limits_skip)
{
#ifdef __SANITIZE_ADDRESS__
	return; /* it cannot even begin */
#endif
	ck_assert_int_eq(live("existing-merge-both >/dev/null; ulimit -l 0; "
			      "ulimit -v 60000; ${VMATLAS:-build/vmatlas} live "
			      "existing-merge-both",
			      text, sizeof(text)),
			 0);
}
END_TEST

Suite *suite_live(void)
{
	Suite *suite = suite_create("live");
	TCase *tc = tcase_create("live");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, good_lines);
	tcase_add_loop_test(tc, refused_lines, 0, ARRAY_SIZE(bad_lines));
	tcase_add_test(tc, cut_lines);
	tcase_add_test(tc, names_are_made_harmless);
	tcase_add_test(tc, names_are_cut);
	tcase_add_test(tc, names_like_lines);
	tcase_add_loop_test(tc, reads_itself, MAPS_ANY, MAPS_TEXT + 1);
	tcase_add_test(tc, reads_without_ioctl);
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, a_build_says_its_release);
	tcase_add_test(tc, nobody);
	tcase_add_loop_test(tc, refuses_what_is_out_of_reach, 0,
			    ARRAY_SIZE(out_of_reach));
	tcase_add_loop_test(tc, takes_what_is_within_reach, 0,
			    ARRAY_SIZE(within_reach));
	tcase_add_test(tc, heap_begins_late);
	tcase_add_test(tc, guards_stay);
	tcase_add_test(tc, each_page_is_touched);
	tcase_add_test(tc, advice_needs_a_pidfd);
	tcase_add_loop_test(tc, children_that_fail, 0, ARRAY_SIZE(children));
	tcase_add_loop_test(tc, nobody_may_be_killed, 0, ARRAY_SIZE(sleepers));
	tcase_add_loop_test(tc, any_size_of_pages, 0, 9);
	tcase_add_loop_test(tc, deviations_are_found, 0,
			    ARRAY_SIZE(deviations));
	tcase_add_loop_test(tc, errors_are_told_apart, 0, ARRAY_SIZE(errors));
	tcase_add_test(tc, forbidden_is_skipped);
	tcase_add_test(tc, age_explains);
	tcase_add_test(tc, another_case_is_found);
	tcase_add_test(tc, agrees);
	tcase_add_loop_test(tc, lies_are_found, 0, ARRAY_SIZE(lies));
	tcase_add_test(tc, goes_on_in_a_child);
	tcase_add_test(tc, crash_after_fork);
	tcase_add_test(tc, leaves_nothing);
	tcase_add_test(tc, draws);
	tcase_add_test(tc, draws_within_the_line);
	tcase_add_test(tc, unusable_calls);
	tcase_add_test(tc, writes_tap);
	tcase_add_test(tc, writes_a_line_a_call);
	tcase_add_test(tc, writes_layouts);
	tcase_add_test(tc, shows_a_configuration);
	tcase_add_test(tc, lines_are_short);
	tcase_add_test(tc, limits_skip);
	suite_add_tcase(suite, tc);
	return suite;
}
