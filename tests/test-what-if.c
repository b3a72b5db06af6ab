// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a person asks of a process: calls in words, what cannot be seen, calls
 * of any kind at all, pictures, and the command.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "oracle/live.h"
#include "process/load.h"
#include "tests.h"

#define PAGE 4096ULL
#define BASE 0x100000000000ULL

static const struct rules *latest(void)
{
	return rules_for("latest");
}

static struct sim *empty(enum faulted faulted)
{
	return sim_new(latest(), PAGE, faulted);
}

static struct proc_maps *maps_of(const char *text)
{
	FILE *in = fmemopen((char *)text, strlen(text), "r");
	struct proc_maps *maps;

	ck_assert_ptr_nonnull(in);
	maps = proc_read(in, "text", PAGE, stderr);
	fclose(in);
	ck_assert_ptr_nonnull(maps);
	return maps;
}

/* ---- calls in words ------------------------------------------------------------ */

/* Splits at spaces. Returns how many words there are. */
static size_t words_of(char *text, char **words, size_t max)
{
	size_t nr = 0;
	char *at = text, *word;

	while (nr < max && (word = strsep(&at, " ")))
		words[nr++] = word;
	return nr;
}

static size_t parse(struct sim *sim, const char *text, struct syscall *call,
		    char *said, size_t size)
{
	static char copy[256];
	char *words[16];
	FILE *err = fmemopen(said, size, "w");
	size_t nr, taken;

	ck_assert_ptr_nonnull(err);
	memset(said, 0, size);
	snprintf(copy, sizeof(copy), "%s", text);
	nr = words_of(copy, words, 16);
	taken = syscall_parse(sim, words, nr, call, err);
	fclose(err);
	return taken;
}

/* What is written as it is printed. */
static const char *const written[] = {
	"mmap 0 8K rw-",
	"mmap 100000000000 1M r-x /usr/lib/a:b.so:2000 shared fixed",
	"mmap 1000 4K --- fixed noreserve stack",
	"munmap 100000000000 3000",
	"mprotect 100000000000 4K r--",
	"pkey_mprotect 100000000000 4K r-- pkey=15",
	"mremap 100000000000 4K 8K",
	"mremap 100000000000 4K 8K to=200000000000 maymove",
	"madvise 100000000000 4K dontfork",
	"brk 5555555a0000",
	"mlock2 100000000000 4K onfault",
	"mlock 100000000000 4K",
	"mseal 100000000000 8K",
	"process_madvise 100000000000 4K cold",
	"remap_file_pages 100000000000 4K 8K",
	"set_mempolicy_home_node 100000000000 4K",
	"ioctl_userfaultfd 100000000000 4K unregister",
	"fork",
	"munlock 100000000000 4K",
	"mlockall current future",
	"munlockall",
	"prctl 100000000000 4K stack",
	"prctl 100000000000 4K -",
	"mbind 100000000000 4K prefer:0",
	"mbind 100000000000 4K default",
	"shmat 0 16K rw- /SYSV00000000",
	"shmdt 100000000000",
	"grow 7ffffffde000",
	"touch 100000000000 1",
};

START_TEST(calls_are_printed_as_written)
{
	struct sim *sim = empty(FAULTED_NONE);
	char said[256], *text;
	struct syscall call;
	size_t len;
	FILE *out;

	ck_assert_msg(parse(sim, written[_i], &call, said, sizeof(said)), "%s",
		      said);
	out = open_memstream(&text, &len);
	syscall_print(out, sim, &call);
	fclose(out);
	ck_assert_str_eq(text, written[_i]);
	free(text);
	sim_free(sim);
}
END_TEST

START_TEST(what_is_written_is_meant)
{
	struct sim *sim = empty(FAULTED_NONE);
	char said[256];
	struct syscall c;

	ck_assert_uint_eq(parse(sim,
				"mmap 0x1000 2p rwx /a:10000 shared munmap 0 1",
				&c, said, sizeof(said)),
			  6);
	ck_assert_int_eq(c.kind, CALL_MMAP);
	ck_assert_uint_eq(c.addr, 0x1000);
	ck_assert_uint_eq(c.len, 8192);
	ck_assert_uint_eq(c.prot, PROT_READ | PROT_WRITE | PROT_EXEC);
	ck_assert_uint_eq(c.flags, MAP_SHARED);
	ck_assert_uint_eq(c.offset, 0x10000);
	ck_assert_str_eq(sim_file_path(sim, c.file), "/a");
	ck_assert_uint_eq(parse(sim, "mremap 1000 3G 0x10 to=2000 dontunmap",
				&c, said, sizeof(said)),
			  6);
	ck_assert_uint_eq(c.len, 3ULL << 30);
	ck_assert_uint_eq(c.new_len, 16);
	ck_assert_uint_eq(c.new_addr, 0x2000);
	ck_assert_uint_eq(c.flags, MREMAP_MAYMOVE | MREMAP_FIXED | 4);
	sim_free(sim);
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} bad[] = {
	{ "", "no operation" },
	{ "mmap", "missing" },
	{ "mmap 0", "missing" },
	{ "mmap 0 4K", "missing" },
	{ "mmap -1 4K rw-", "'-1' is no address" },
	{ "mmap 0x 4K rw-", "'0x' is no address" },
	{ "mmap  4K rw-", "'' is no address" },
	{ "mmap 10000000000000000 4K rw-",
	  "'10000000000000000' is out of range, expected an address up to ffffffffffffffff" },
	{ "mmap 0 99999999999999999999k rw-", "no length" },
	{ "mmap 0 4k rw-", "'4k' is no length" },
	{ "mmap 0 K rw-", "'K' is no length" },
	{ "mmap 0 -4 rw-", "'-4' is no length" },
	{ "mmap 0 99999999999G rw-",
	  "'99999999999G' is out of range, expected at most 18446744073709551615 bytes" },
	{ "mmap 0 18446744073709551616 rw-", "out of range" },
	{ "mremap 0 4K 0x10000000000000000", "out of range" },
	{ "mremap 0 4K 4K to=10000000000000000",
	  "'to=10000000000000000' is no address, expected to= and hexadecimal digits, up to ffffffffffffffff" },
	{ "mmap 0 4K rw- /a:10000000000000000",
	  "is no offset in a file, expected FILE: and hexadecimal digits, up to" },
	{ "pkey_mprotect 0 4K rw- pkey=99",
	  "'pkey=99' is no protection key, expected pkey=0 to pkey=15" },
	{ "pkey_mprotect 0 4K rw- pkey=-1", "expected pkey=0 to pkey=15" },
	{ "mprotect 0 4K rw- pkey=1", "'pkey=1' is neither" },
	{ "mmap 0 4KK rw-", "no length" },
	{ "mmap 0 4K rw", "'rw' is no protection" },
	{ "mmap 0 4K wr-", "no protection" },
	{ "mmap 0 4K rwxs", "no protection" },
	{ "mmap 0 4K rw- MAP_FIXED", "'MAP_FIXED' is neither" },
	{ "munlockall 0", "'0' is neither" },
	{ "madvise 0 4K nothing", "'nothing' is no advice" },
	{ "prctl 0 4K a[b", "no name" },
	{ "prctl 0 4K a\x7f", "no name" },
	{ "\x1b[31m 0 4K", "'\\033[31m' is no operation" },
};

START_TEST(bad_calls_are_refused)
{
	struct sim *sim = empty(FAULTED_NONE);
	char said[256];
	struct syscall c;

	ck_assert_uint_eq(parse(sim, bad[_i].text, &c, said, sizeof(said)), 0);
	ck_assert_msg(strstr(said, bad[_i].says), "'%s' says '%s'",
		      bad[_i].text, said);
	ck_assert_ptr_nonnull(strstr(said, "xpected"));
	sim_free(sim);
}
END_TEST

/* ---- what cannot be seen --------------------------------------------------------- */

static uint32_t anon_vma_at(const struct sim *sim, uint64_t addr)
{
	const struct vma_state *v = mm_find(sim_mm(sim), addr / PAGE);

	ck_assert(v && v->vm_start <= addr / PAGE);
	return v->anon_vma;
}

static int do_call(struct sim *sim, struct syscall c)
{
	return sim_do(sim, &c, NULL, NULL);
}

#define ANON_LINE(start, end, perms)                                           \
	start "-" end " " perms " 00000000 00:00 0\n"

/* Where a form has flags or advice, the next line has their names. */
START_TEST(help_has_the_words)
{
	char *text = NULL, *rest, *line;
	bool asks = false;
	size_t len, nr = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	syscall_help(out);
	fclose(out);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		bool words = begins_with(line, "    FLAG: ") ||
			     begins_with(line, "    ADVICE: ");

		ck_assert_msg(words == asks, "before '%s'", line);
		nr += words;
		asks = !words &&
		       (strstr(line, " FLAG") || strstr(line, "[FLAG") ||
			strstr(line, " ADVICE"));
	}
	ck_assert_uint_gt(nr, 5);
	free(text);
}
END_TEST

static const struct syscall map_four_pages = {
	.kind = CALL_MMAP,
	.addr = BASE,
	.len = 4 * PAGE,
	.prot = PROT_READ | PROT_WRITE,
	.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
};

/* A home node is for what has a policy, and makes another of it. */
START_TEST(home_is_for_policies)
{
	struct sim *sim = empty(FAULTED_NONE);
	struct syscall home = { .kind = CALL_SET_MEMPOLICY_HOME_NODE,
				.addr = BASE + PAGE,
				.len = PAGE };
	struct syscall bind = { .kind = CALL_MBIND,
				.addr = BASE,
				.len = PAGE,
				.policy = "bind:0" };

	ck_assert_int_eq(do_call(sim, map_four_pages), 0);
	ck_assert_int_eq(do_call(sim, home), -ENOENT);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 1);
	ck_assert_int_eq(do_call(sim, bind), 0);
	home.addr = BASE;
	home.len = 2 * PAGE;
	ck_assert_int_eq(do_call(sim, home), 0);
	/* What has none has none after it. */
	ck_assert_uint_eq(mm_find(sim_mm(sim), BASE / PAGE + 1)->vm_start *
				  PAGE,
			  BASE + PAGE);
	home.len = 0;
	ck_assert_int_eq(do_call(sim, home), 0);
	home.len = PAGE;
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 2);
	home.addr = BASE;
	ck_assert_int_eq(do_call(sim, home), 0);
	bind.addr = BASE + PAGE;
	ck_assert_int_eq(do_call(sim, bind), 0);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 3);
	sim_free(sim);
}
END_TEST

/* prctl_set_vma(): strndup_user() of 80 bytes, is_valid_name_char() */
START_TEST(names_have_a_limit)
{
	static const char nines[] = "9999999999999999999999999999999999999999"
				    "9999999999999999999999999999999999999999";
	static const struct {
		const char *name;
		int err;
	} names[] = {
		{ "", 0 },	    { "a b", 0 },	{ nines + 1, 0 },
		{ nines, -EINVAL }, { "a`b", -EINVAL }, { "\t", -EINVAL }
	};
	struct sim *sim = empty(FAULTED_NONE);
	struct syscall name = { .kind = CALL_PRCTL, .addr = BASE, .len = PAGE };

	ck_assert_int_eq(do_call(sim, map_four_pages), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		name.name = names[i].name;
		ck_assert_int_eq(do_call(sim, name), names[i].err);
	}
	sim_free(sim);
}
END_TEST

/* munmap() splits the first VMA before it comes to one that is sealed: Linux 6.18. */
START_TEST(what_was_split_before_a_seal_stays_split)
{
	struct sim *sim = empty(FAULTED_NONE);
	struct syscall seal = { .kind = CALL_MSEAL,
				.addr = BASE + 2 * PAGE,
				.len = PAGE };
	struct syscall unmap = { .kind = CALL_MUNMAP,
				 .addr = BASE + PAGE,
				 .len = 2 * PAGE };

	ck_assert_int_eq(do_call(sim, map_four_pages), 0);
	ck_assert_int_eq(do_call(sim, seal), 0);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 3);
	ck_assert_int_eq(do_call(sim, unmap), -EPERM);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 4);
	/* At its beginning there is nothing to split, nor in what is sealed. */
	ck_assert_int_eq(do_call(sim, unmap), -EPERM);
	unmap.addr = BASE + 2 * PAGE;
	ck_assert_int_eq(do_call(sim, unmap), -EPERM);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 4);
	sim_free(sim);
}
END_TEST

START_TEST(neighbours_that_look_alike_stay_two)
{
	static const char text[] = ANON_LINE("100000000000", "100000004000",
					     "rw-p")
		ANON_LINE("100000004000", "100000008000", "rw-p")
			ANON_LINE("100000008000", "10000000c000", "rw-p");
	struct proc_maps *maps = maps_of(text), *shown;
	struct sim *sim = empty((enum faulted)_i);
	const struct syscall dontdump = { .kind = CALL_MADVISE,
					  .addr = BASE + 4 * PAGE,
					  .len = 4 * PAGE,
					  .advice = MADV_DONTDUMP };
	struct syscall dodump = dontdump;

	sim_load(sim, maps);
	dodump.advice = MADV_DODUMP;
	ck_assert_int_eq(do_call(sim, dontdump), 0);
	ck_assert_int_eq(do_call(sim, dodump), 0);
	shown = sim_maps(sim);
	ck_assert_uint_eq(shown->nr, maps->nr);
	for (size_t i = 0; i < shown->nr; i++)
		ck_assert_uint_eq(shown->vma[i].start, maps->vma[i].start);
	proc_free(shown);
	proc_free(maps);
	sim_free(sim);
}
END_TEST

#define SMAPS(start, end, perms, anonymous, flags)                             \
	ANON_LINE(start, end, perms)                                           \
	"Anonymous:             " anonymous " kB\n"                            \
	"VmFlags: " flags " \n"

/* What was split by mprotect() shares an anon_vma, and merges again. */
START_TEST(seen_faults_are_taken_over)
{
	static const char text[] = SMAPS("100000000000", "100000004000", "rw-p",
					 "4", "rd wr mr mw me ac")
		SMAPS("100000004000", "100000008000", "r--p", "8",
		      "rd mr mw me ac") SMAPS("100000008000", "10000000c000",
					      "rw-p", "0", "rd wr mr mw me ac");
	struct proc_maps *maps = maps_of(text);
	struct sim *sim = empty((enum faulted)_i);
	bool seen = _i == FAULTED_SEEN, all = _i == FAULTED_WRITABLE;

	sim_load(sim, maps);
	ck_assert_int_eq(anon_vma_at(sim, BASE) != 0, seen || all);
	ck_assert_int_eq(anon_vma_at(sim, BASE + 4 * PAGE) != 0, seen || all);
	ck_assert_int_eq(anon_vma_at(sim, BASE + 8 * PAGE) != 0, all);
	ck_assert_uint_eq(anon_vma_at(sim, BASE),
			  anon_vma_at(sim, BASE + 4 * PAGE));
	ck_assert_int_eq(do_call(sim, (struct syscall){ .kind = CALL_MPROTECT,
							.addr = BASE + 4 * PAGE,
							.len = 4 * PAGE,
							.prot = 3,
							.key = -1 }),
			 0);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 1);
	proc_free(maps);
	sim_free(sim);
}
END_TEST

/* What each line says of its VMA counts for calls, too; all seen on 6.18.44. */
START_TEST(what_is_loaded_is_what_it_says)
{
	static const char text[] = SMAPS("100000000000", "100000002000", "rw-p",
					 "0", "rd wr mr mw me uw ac")
		SMAPS("100000010000", "100000012000", "rw-p", "0",
		      "rd wr mr mw me gu ac") "100000020000-100000023000 rw-s 00000000 00:10 1039 "
					      "anon_inode:[perf_event]\n"
					      "VmFlags: rd wr sh mr mw ms pf io dc de dd \n"
					      "100000030000-100000031000 rw-s 00000000 00:10 1039 "
					      "anon_inode:bpf-map\n"
					      "VmFlags: rd wr sh mr mw ms de dd mm \n"
					      "100000031000-100000032000 rw-p 00000000 00:00 0\n"
					      "VmFlags: rd wr mr mw me ac \n";
	struct proc_maps *maps = maps_of(text);
	struct sim *sim = empty(FAULTED_SEEN);
	struct syscall move = { .kind = CALL_MREMAP,
				.addr = BASE,
				.len = PAGE,
				.new_len = PAGE,
				.new_addr = BASE + 4 * PAGE,
				.flags = MREMAP_MAYMOVE | MREMAP_FIXED };

	sim_load(sim, maps);
	/* mremap_userfaultfd_prep(), and a userfaultfd that is closed */
	ck_assert_int_eq(do_call(sim, move), 0);
	ck_assert(!(mm_find(sim_mm(sim), BASE / PAGE + 4)->attrs.flags &
		    VM_UFFD_WP));
	ck_assert(mm_find(sim_mm(sim), BASE / PAGE + 1)->attrs.flags &
		  VM_UFFD_WP);
	ck_assert_int_eq(
		do_call(sim, (struct syscall){ .kind = CALL_IOCTL_USERFAULTFD,
					       .flags = UFFD_CLOSE }),
		0);
	ck_assert(!(mm_find(sim_mm(sim), BASE / PAGE + 1)->attrs.flags &
		    VM_UFFD_WP));
	/* To guard anonymous memory needs an anon_vma. */
	ck_assert_uint_ne(anon_vma_at(sim, BASE + 16 * PAGE), 0);
	/* perf_mmap_may_split() */
	ck_assert_int_eq(
		do_call(sim, (struct syscall){ .kind = CALL_MUNMAP,
					       .addr = BASE + 32 * PAGE,
					       .len = PAGE }),
		-EINVAL);
	/* vma_multi_allowed() */
	move.addr = BASE + 48 * PAGE;
	move.len = move.new_len = 2 * PAGE;
	move.new_addr = BASE + 64 * PAGE;
	ck_assert_int_eq(do_call(sim, move), -EFAULT);
	proc_free(maps);
	sim_free(sim);
}
END_TEST

START_TEST(names_and_places_are_shown)
{
	static const char text[] =
		"3ff000-400000 r-xp 00002000 fd:01 7     /bin/a b\n"
		"400000-401000 rwxp 00000000 00:00 0\n"
		"401000-403000 rw-p 00000000 00:00 0     [heap]\n"
		"403000-404000 r--p 00000000 00:00 0\n"
		"500000-501000 rw-p 00000000 00:00 0     [anon:x]\n"
		"501000-502000 rw-s 00000000 00:01 9     /dev/zero (deleted)\n"
		"502000-503000 rw-s 00000000 00:01 9     [anon_shmem:y]\n"
		"600000-621000 rw-p 00000000 00:00 0     [stack]\n"
		"621000-622000 r--p 00000000 00:00 0\n"
		"700000-704000 r--p 00000000 00:00 0     [vvar]\n"
		"704000-706000 r-xp 00000000 00:00 0     [vdso]\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
		"[vsyscall]\n";
	struct proc_maps *maps = maps_of(text), *shown;
	struct sim *sim = empty(FAULTED_SEEN);

	sim_load(sim, maps);
	shown = sim_maps(sim);
	ck_assert_uint_eq(shown->nr, maps->nr);
	for (size_t i = 0; i < shown->nr; i++) {
		ck_assert_str_eq(shown->vma[i].name, maps->vma[i].name);
		ck_assert_uint_eq(shown->vma[i].start, maps->vma[i].start);
		ck_assert_uint_eq(shown->vma[i].offset, maps->vma[i].offset);
		ck_assert_uint_eq(shown->vma[i].inode, maps->vma[i].inode);
	}
	/* No process has the last of them. */
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), maps->nr - 1);
	proc_free(shown);
	proc_free(maps);
	sim_free(sim);
}
END_TEST

/* ---- calls of any kind ------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Numbers near which there is a limit, and some near each other. */
static uint64_t odd_number(uint64_t *state)
{
	static const uint64_t limits[] = {
		0,	    1,		PAGE,	    BASE,
		1ULL << 47, 1ULL << 52, 1ULL << 56, 1ULL << 63,
		UINT64_MAX, 1ULL << 20, 1ULL << 21,
	};
	uint64_t r = next_random(state);
	uint64_t near = limits[r % (sizeof(limits) / sizeof(*limits))];

	switch (r >> 8 & 3) {
	case 0:
		return near;
	case 1:
		return near + PAGE * (r >> 16 & 63);
	case 2:
		return near - PAGE * (r >> 16 & 63);
	default:
		return r & 1 ? next_random(state) : BASE + (r >> 16 & 0x3ffff);
	}
}

static struct syscall odd_call(struct sim *sim, uint64_t *state)
{
	struct syscall c = {
		.kind = 1 + next_random(state) % (NR_CALLS - 1),
		.addr = odd_number(state),
		.len = odd_number(state),
		.new_len = odd_number(state),
		.new_addr = odd_number(state),
		.prot = next_random(state) & 7,
		.flags = (uint32_t)next_random(state) & 0x1fffff,
		.advice = (int)(next_random(state) % 30),
		.offset = odd_number(state) & -PAGE,
		.key = (int)(next_random(state) % 20) - 1,
		.has_result = next_random(state) & 1,
		.result = odd_number(state) & -PAGE,
	};

	if (next_random(state) & 1)
		c.flags &= 0x3f;
	if (!(next_random(state) % 3))
		c.file = sim_file(sim, next_random(state) & 1
					       ? "/a"
					       : "/SYSV00000000 (deleted)");
	if (next_random(state) & 1)
		c.name = "n";
	return c;
}

static void check_process(const struct sim *sim)
{
	struct layout *lay = layout_of(sim_mm(sim));
	const char *wrong = layout_verify(lay);

	ck_assert_msg(!wrong, "%s", wrong);
	layout_free(lay);
}

START_TEST(any_numbers_will_do)
{
	struct sim *sim = empty((enum faulted)(_i % NR_FAULTED));
	uint64_t state = (uint64_t)_i;
	int done = 0;

	for (int i = 0; i < 20000; i++) {
		const struct syscall c = odd_call(sim, &state);
		int err = sim_do(sim, &c, NULL, NULL);

		ck_assert_int_le(err, 0);
		ck_assert_int_gt(err, -4096);
		done += !err;
		if (i % 100 == 0)
			check_process(sim);
		if (i % 5000 == 4999) {
			struct sim *child = sim_child(sim);

			sim_free(sim);
			sim = child;
		}
	}
	/* Not all of them were refused. */
	ck_assert_int_gt(done, 1000);
	sim_free(sim);
}
END_TEST

/* ---- pictures ------------------------------------------------------------------------ */

static struct catalog *catalog(void)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);

	ck_assert_ptr_nonnull(cat);
	return cat;
}

static struct sim *row_of(size_t nr)
{
	struct sim *sim = empty(FAULTED_NONE);

	for (size_t i = 0; i < nr; i++)
		ck_assert_int_eq(
			do_call(sim,
				(struct syscall){ .kind = CALL_MMAP,
						  .addr = BASE + i * 8 * PAGE,
						  .len = 4 * PAGE,
						  .prot = 3,
						  .flags = MAP_PRIVATE |
							   MAP_FIXED }),
			0);
	return sim;
}

static void check_names(const struct report *r, const char *names)
{
	char all[128] = "";

	for (size_t i = 0; i < r->c->nr_before; i++) {
		strcat(all, i ? " " : "");
		strcat(all, r->c->before[i].name);
	}
	ck_assert_str_eq(all, names);
}

START_TEST(reports_have_the_vmas_around)
{
	static const struct {
		enum op_kind kind;
		unsigned int
			first; /* VMA that it begins in, or hole after it */
		unsigned int last;
		const char *names;
	} ops[] = {
		{ OP_MODIFY, 4, 4, "below prev middle next above" },
		{ OP_MODIFY, 0, 0, "middle next above" },
		{ OP_MODIFY, 1, 1, "prev middle next above" },
		{ OP_MODIFY, 9, 9, "below prev middle" },
		{ OP_UNMAP, 4, 4, "below prev vma next above" },
		{ OP_UNMAP, 4, 5, "below prev first last next above" },
		{ OP_UNMAP, 3, 6,
		  "below prev first middle middle2 last next above" },
		{ OP_UNMAP, 1, 9, NULL },
		{ OP_MAP, 4, 4, "below prev next above" },
		{ OP_MAP, 9, 9, "below prev" },
	};
	struct catalog *cat = catalog();
	struct sim *sim = row_of(10);
	unsigned long base = BASE / PAGE;
	struct op op = { .kind = ops[_i].kind,
			 .start = base + ops[_i].first * 8 + 1,
			 .end = base + ops[_i].last * 8 + 2 };
	struct report *r;

	if (op.kind == OP_MAP) {
		op.start += 4;
		op.end += 4;
	}
	op.changes = CHANGE_FLAGS;
	r = sim_report(sim, cat, &op);
	if (!ops[_i].names) {
		ck_assert_ptr_null(r);
	} else {
		ck_assert_ptr_nonnull(r);
		report_outcome(r, NULL);
		ck_assert_ptr_null(r->broken);
		check_names(r, ops[_i].names);
	}
	report_free(r);
	sim_free(sim);
	catalog_free(cat);
}
END_TEST

/* ---- the command ------------------------------------------------------------------------ */

struct ran {
	int status;
	char out[1 << 16];
};

static struct ran *run(const char *args)
{
	static struct ran ran;
	char command[1024];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "${VMATLAS:-build/vmatlas} what-if %s 2>&1", args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(ran.out, 1, sizeof(ran.out) - 1, pipe);
	ran.out[len] = '\0';
	ran.status = WEXITSTATUS(pclose(pipe));
	return &ran;
}

static void check_width(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		ck_assert_msg(len <= 80, "%.*s", (int)len, text);
		text += len + (text[len] != '\0');
	}
}

#define THREE                                                                  \
	"--empty mmap 100000000000 16K rw- "                                   \
	"mprotect 100000001000 4K r-- "                                        \
	"mprotect 100000001000 4K rw-"

START_TEST(cases_are_named)
{
	struct ran *ran = run("--faulted none " THREE);

	ck_assert_int_eq(ran->status, 0);
	check_width(ran->out);
	ck_assert_ptr_nonnull(strstr(ran->out, "Case          insert-between"));
	ck_assert_ptr_nonnull(strstr(ran->out, "Case          change-inner"));
	ck_assert_ptr_nonnull(
		strstr(ran->out, "Case          existing-merge-both"));
	ck_assert_ptr_nonnull(strstr(ran->out, "1 -> 3 (+2)"));
	ck_assert_ptr_nonnull(strstr(ran->out, "3 -> 1 (-2)"));
	ck_assert_ptr_nonnull(
		strstr(ran->out, "middle        100000001000-100000002000"));
}
END_TEST

/* Nothing of a static program is where memory that may go anywhere goes. */
#define STATIC                                                                 \
	" <<'end'\n"                                                           \
	"00400000-00401000 r-xp 0 08:01 11 /bin/static\n"                      \
	"252ea000-2530c000 rw-p 0 00:00 0 [heap]\n"                            \
	"7ffd0e3a0000-7ffd0e3c1000 rw-p 0 00:00 0 [stack]\n"                   \
	"end\n"

#define NONE "--empty --faulted none "

/* The last two numbers of a call in C are its flags and no file: 0x40 is MAP_32BIT. */
static const struct {
	const char *args;
	const char *says;
} places[] = {
	{ "- mmap 0 8K rw-" STATIC, "VMAs          3 -> 4 (+1)" },
	{ "- mmap 0 8K rw-" STATIC, "Result        7ffd063bf000" },
	{ "- mmap 2530c000 8K rw-" STATIC, "VMAs          3 -> 3" },
	{ NONE "'mmap(0, 8192, 0x3, 0x62, -1, 0)'", "Result        40000000" },
	{ NONE "'mmap(0x20000000, 8192, 0x3, 0x62, -1, 0)'",
	  "Result        20000000" },
	{ NONE "'mmap(0x7ffff000, 8192, 0x3, 0x62, -1, 0)'",
	  "Result        40000000" },
	{ NONE "'mmap(0, 0x40000000, 0x3, 0x62, -1, 0)'",
	  "Result        40000000" },
	{ NONE "'mmap(0, 0x40001000, 0x3, 0x62, -1, 0)'",
	  "Result        ENOMEM" },
	{ NONE "mmap 40002000 4K rw- fixed 'mmap(0, 8192, 0x3, 0x62, -1, 0)'",
	  "Result        40000000" },
	{ NONE "mmap 40001000 4K rw- fixed 'mmap(0, 8192, 0x3, 0x62, -1, 0)'",
	  "Result        40002000" },
	{ NONE "mmap 0 8K rw- 32bit", "1. mmap 0 8K rw- 32bit\n"
				      "  Result        40000000" },
	/* MAP_SYNC is of DAX: 0x80000, with MAP_SHARED_VALIDATE. */
	{ NONE "'mmap(0x10000, 4096, 0x1, 0x80013, 3</f>, 0)'",
	  "/f:0 shared fixed sync\n"
	  "  Result        EOPNOTSUPP: a flag that MAP_SHARED_VALIDATE" },
	/* A page fault does not bring a stack so near to what can be reached. */
	{ NONE "mmap 7effffffe000 4K rw- fixed "
	       "mmap 7f0000100000 64K rw- fixed growsdown grow 7f00000fe000",
	  "Result        ENOMEM" },
	{ NONE "mmap 7effffffe000 4K rw- fixed "
	       "mmap 7f0000100000 64K rw- fixed growsdown grow 7f00000ff000",
	  "Result        7f00000ff000" },
	{ NONE "mmap 7effffffe000 4K --- fixed "
	       "mmap 7f0000100000 64K rw- fixed growsdown grow 7effffffff00",
	  "Result        7effffffff00" },
	/* What is refused in the midst, and what is not one page. */
	{ NONE "mmap 40000000 4M rw- hugetlb fixed munmap 40001000 4K",
	  "EINVAL: a VMA would be split where it may not be" },
	{ NONE "mmap 40000000 4M rw- hugetlb fixed munmap 40001001 4K",
	  "EINVAL: the address is not that of a page" },
	/* What is to be 0, and need not be said. */
	{ NONE "mmap 40000000 8K rw- fixed 'mseal(0x40000000, 4096)'",
	  "VMAs          1 -> 2 (+1)" },
	{ NONE "mmap 40000000 8K rw- fixed 'mseal(0x40000000, 4096, 1)'",
	  "Result        EINVAL" },
	{ NONE "mmap 40000000 8K rw- fixed shared "
	       "'remap_file_pages(0x40000000, 4096, 1, 0, 0)'",
	  "Result        EINVAL" },
	/* As far as there are addresses, and no further. */
	{ "--rules 6.12 " NONE "mmap 7ffff7ffb000 4K rw- fixed "
	  "mremap 7ffff7ffb000 4K 18446744073709547520",
	  "Result        ENOMEM: the range goes beyond the end" },
};

START_TEST(places_are_free)
{
	struct ran *ran = run(places[_i].args);

	ck_assert_int_eq(ran->status, 0);
	check_width(ran->out);
	ck_assert_msg(strstr(ran->out, places[_i].says), "no '%s' in:\n%s",
		      places[_i].says, ran->out);
}
END_TEST

/*
 * What MAP_POPULATE has read is the zero page, which belongs to nobody, unless this
 * kernel gives none: then it keeps what was written to apart.
 */
START_TEST(reading_is_as_here)
{
	struct ran *ran =
		run("--faulted none --pid $$ "
		    "'mmap(0x200000000000, 32768, 0x1, 0x8032, -1, 0)' "
		    "'mprotect(0x200000005000, 4096, 0x3)' "
		    "'mprotect(0x200000000000, 28672, 0x5)' | grep 'VMAs  ' | "
		    "tail -n 1");

	ck_assert_int_eq(ran->status, 0);
	ck_assert_msg(
		strstr(ran->out, live_lacks_zero_page() ? "(+1)" : "(-1)"),
		"%s", ran->out);
}
END_TEST

/* What is shown is what was done: not to other VMAs, nor what the limit refused. */
START_TEST(steps_are_those_that_were_done)
{
	struct ran *ran = run("--faulted none --empty mmap 300000 16K r-- "
			      "mmap 100000 64K rw- touch 100000 4K "
			      "mmap 200000 16K rw- "
			      "mremap 100000 64K 64K to=500000 maymove");

	ck_assert_msg(strstr(ran->out, "1. Duplicate source\n"), "%s",
		      ran->out);
	ck_assert_ptr_nonnull(
		strstr(ran->out, "source        100000-110000\n"));
	ran = run("--faulted none --rules 6.12 --max-map-count 1 --empty "
		  "mmap 100000 64K rw- mprotect 104000 4K r--");
	ck_assert_msg(strstr(ran->out, "modify 104000-105000: ENOMEM"), "%s",
		      ran->out);
	ck_assert_ptr_null(strstr(ran->out, "Duplicate"));
}
END_TEST

/* Memory that nobody wrote to is not accounted for once nobody can. */
START_TEST(both_answers_where_they_differ)
{
	const char *none = "If only what smaps shows";
	struct ran *ran = run(THREE);
	char *second = strstr(ran->out, "\n2. ");

	ck_assert_ptr_nonnull(second);
	ck_assert(strstr(ran->out, none) > second);
	ck_assert_ptr_nonnull(strstr(second, "If all private writable"));
	ran = run("--faulted writable " THREE);
	ck_assert_ptr_null(strstr(ran->out, none));
}
END_TEST

START_TEST(json_is_json)
{
	struct ran *ran = run("--format json " THREE);
	json_error_t error;
	json_t *json = json_loads(ran->out, 0, &error), *calls;
	const char *kind;

	ck_assert_msg(json, "%s", error.text);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "answers")), 2);
	calls = json_object_get(
		json_array_get(json_object_get(json, "answers"), 1), "calls");
	ck_assert_uint_eq(json_array_size(calls), 3);
	ck_assert_int_eq(json_unpack(json_array_get(calls, 2), "{s:[{s:[s]}]}",
				     "operations", "cases", &kind),
			 0);
	ck_assert_str_eq(kind, "existing-merge-both");
	ck_assert(json_is_null(json_object_get(json, "source")));
	json_decref(json);
}
END_TEST

/* Four pages of private memory, and what is made of them; two calls of each. */
#define WATCHED(modes, then)                                                   \
	"--empty mmap 10000 16K rw- fixed ioctl_userfaultfd 10000 16K " modes  \
	" ioctl_userfaultfd 10000 4K " then

#define TMPFS "--empty mmap 10000 4K rw- /dev/shm/x:0 shared "

#define ZERO(prot, then)                                                       \
	"--empty --faulted none mmap 10000 16K " prot " /dev/zero:0 " then

/* Of memfd_secret(), as smaps has it. */
#define SECRET(call)                                                           \
	"--faulted seen - " call " 2>&1 <<E\n"                                 \
	"30000-34000 rw-s 0 0:e 7 /secretmem (deleted)\n"                      \
	"VmFlags: rd wr sh mr mw ms lo dd\nE\nexit $?"

/* Of the kernel itself, and of hugetlbfs. */
#define KERNELS(call)                                                          \
	"--faulted seen - " call " 2>&1 <<E\n"                                 \
	"20000-24000 r--p 0 0:0 0 [vvar]\nVmFlags: rd mr pf io de dd\n"        \
	"600000-800000 rw-p 0 0:f 7 /anon_hugepage (deleted)\n"                \
	"VmFlags: rd wr mr mw me de ht\nE\nexit $?"

#define GUARDED(rules, how, advice)                                            \
	"--rules " rules " --empty --faulted none mmap 10000 4K " how          \
	" madvise 10000 4K " advice
#define ADVISED(rules, advice)                                                 \
	"--rules " rules                                                       \
	" --empty mmap 10000 4K rw- process_madvise 10000 4K " advice
#define FINE "Result        0\n"

/* The second line is none of maps. */
#define TWO_LINES(option)                                                      \
	option " - munlockall 2>&1 <<X\n"                                      \
	       "00001000-00002000 r--p 00000000 00:00 0 \nbad\nX\nexit $?"

#define NAMED(call)                                                            \
	"--faulted seen - " call " 2>&1 <<E\n"                                 \
	"20000-22000 rw-p 0 0:0 0 [heap]\n"                                    \
	"30000-34000 r--p 2000 8:1 7 /lib/libx.so\n"                           \
	"50000-52000 rw-p 0 0:0 0 [stack]\nE\nexit $?"

#define MAPPED(call) "--empty 'mmap 10000 8K rw- fixed' " call

#define PROTECTED(prot)                                                        \
	"--empty 'mmap 10000 8K rw- fixed' 'mprotect(0x10000, 4096, " prot ")'"

#define BEYOND(call) "--format json --empty mmap 10000 4K rw- fixed " call
#define END "the range goes beyond the end of the address space, 7ffffffff000"

static const struct {
	const char *args;
	int status;
	const char *says;
} runs[] = {
	/* What a call cannot reach; up to there, other reasons hold. */
	{ BEYOND("mmap 7fffffffe000 8K rw- fixed"), 0, END "\"" },
	{ BEYOND("mmap ffffffff00000000 4K rw- noreplace"), 0, END "\"" },
	{ BEYOND("mmap 0 262144G rw-"), 0, END "\"" },
	{ BEYOND("munmap 7fffffffe000 8K"), 0, END "\"" },
	{ BEYOND("munmap 0 262144G"), 0, END "\"" },
	{ BEYOND("mremap 10000 4K 4K to=7ffffffff000"), 0, END "\"" },
	{ BEYOND("mremap 10000 4K 262144G maymove"), 0, END "\"" },
	{ BEYOND("mremap 7ffffffff000 4K 8K"), 0, END "\"" },
	{ BEYOND("brk 7ffffffff001"), 0, END "\"" },
	{ BEYOND("shmat 7ffffffff000 4K r-- seg"), 0, END "\"" },
	{ BEYOND("read 7ffffffff000 4K"), 0, END "\"" },
	{ BEYOND("ioctl_userfaultfd 7ffffffff000 4K missing"), 0, END "\"" },
	{ BEYOND("mlock fffffffffffff000 8K"), 0, END "\"" },
	{ BEYOND("mprotect 7fffffffe000 8K r--"), 0,
	  END "; not all of the range is mapped; what lies before the hole" },
	{ BEYOND("process_madvise 7ffffffff000 4K cold"), 0,
	  END "; not all of the range is mapped; what is, is" },
	{ BEYOND("mseal 7ffffffff000 4K"), 0,
	  END "; not all of the range is mapped, and nothing" },
	{ BEYOND("mmap 7fffffffe000 4K rw- fixed"), 0, "\"0x7fffffffe000\"" },
	{ BEYOND("munmap 7fffffffe001 1"), 0, "not that of a page" },
	{ BEYOND("brk 100000 brk 9000"), 0, "below the heap" },
	{ BEYOND("process_madvise 20000 4K cold"), 0,
	  "not all of the range is mapped; what is" },
	{ "", 2, "--empty" },
	{ "--empty", 2, "no operation" },
	{ "--empty --pid 1 munlockall", 2, "both" },
	{ "--empty --faulted yes munlockall", 2, "unknown memory 'yes'" },
	{ "--pid 0 munlockall", 2, "pid" },
	{ "--empty fly 1000 4K", 2, "'fly' is no operation" },
	{ "--empty munlockall munlock 1", 2, "missing" },
	{ "build/no-such-file munlockall", 2, "No such file" },
	{ "/dev/null munlockall", 0, "VMAs" },
	{ "--empty mprotect 1000 4K r--", 0, "ENOMEM" },
	{ "--empty munmap 1001 4K", 0, "EINVAL" },
	{ "--empty mlockall", 0, "EINVAL: the flags cannot be" },
	{ "--empty 'mprotect(0x1000, 4096, 99)'", 0, "4K rw-|0x60\n" },
	{ "--empty mprotect 1000 4K 'rw-|0x60'", 0, "4K rw-|0x60\n" },
	{ "--empty mprotect 1000 4K 'rw-|0x'", 2, "is no protection" },
	{ "--empty mprotect 1000 4K 'rw-|0x1ffffffff'", 2, "is no protection" },
	{ "--empty mmap 10000 4K r-- /a:1", 0, "or the offset is not that" },
	{ "--empty mmap 10000 4K r-- fixed mmap 10000 4K r-- noreplace", 0,
	  "EEXIST" },
	{ "--empty mmap 10000 4K r-- /a:0 prctl 10000 4K x", 0, "EBADF" },
	{ "--empty madvise 1000 4K dontfork", 0, "ENOMEM" },
	{ "--empty mmap 10000 4K r-- mremap 10000 8K 16K", 0, "EFAULT" },
	{ "--empty brk 100000 brk 102000 brk 104000", 0,
	  "Case          new-merge-left; vma_merge_new_range()" },
	{ "--pid $$ munlockall", 0, "VMAs" },
	{ "--empty --strict munlockall", 0, "VMAs" },
	{ TWO_LINES("--strict"), 1, "not understood" },
	{ TWO_LINES(""), 0, "not understood" },
	/* As C and strace have them, addresses by name, and units everywhere. */
	{ "--empty 'mmap(0x10000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)' 'mprotect(0x11000, 4096, PROT_READ)'",
	  0, "000010000-000000011000 rw-p" },
	{ "--empty mmap 10000 8K rw- fixed \"madvise(0x10000,\" \"4096, MADV_DONTFORK)\" madvise 11000 4K dontdump",
	  0, "Flags differ  left: MADV_DONTFORK (dc), MADV_DONTDUMP (dd)" },
	{ "--empty mmap 10000 8K rw- fixed madvise 10000+4K 4K dontfork", 0,
	  "2. madvise 11000 4K" },
	{ "--empty 'mmap((void *)0x10000,4096,PROT_READ,MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS,-1,0);'",
	  0, "Result        10000" },
	{ "--empty 'mmap 10000 8K rw- fixed' 'mprotect 10000 4K r--'", 0,
	  "2. mprotect 10000 4K r--" },
	{ "--empty mmap 10000 8K rw- fixed 'prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x10000, 4096, \"abc\")'",
	  0, "[anon:abc]" },
	{ "--empty --max-map-count 1 mmap 10000 4K r-- fixed mmap 20000 4K r-- fixed mmap 30000 4K r-- fixed",
	  0, "VMAs          2 -> 2" },
	{ "--empty --max-map-count 1 mmap 10000 12K rw- fixed mmap 20000 4K r-- fixed madvise 11000 4K random",
	  0, "makes EAGAIN of ENOMEM" },
	/* More operations than are kept, the last of which fails at the limit. */
	{ "--max-map-count 20 - mprotect 10000 156K r-- <<.\n$(for i in 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48 50 52 54; do printf '%x000-%x000 rw-p 0 0:0 0 [anon:%d]\\n' $i $((i + 2)) $i; done)\n.\n",
	  0, "vm.max_map_count allows;" },
	{ "--format json --empty mmap 10000 8K rw- fixed madvise 10000 4K dontfork madvise 11000 4K dontdump",
	  0, "\"left_flags\": [\n          \"dc\",\n          \"dd\"" },
	{ "--empty 'mprotect(0x10000, 4096'", 2, "expected ')'" },
	{ "--empty 'munmap(0x10000, 4*4096)'", 2, "expected ', ' or ')'" },
	{ "--empty 'munmap(0x10000, 2^64)'", 2, "expected ', ' or ')'" },
	{ "--empty 'mremap(0x10000, 4096, 4096, 3, 0x1000*2)'", 2,
	  "expected ', ' or ')'" },
	/* Blanks, casts, numbers and results as C and strace have them. */
	{ MAPPED("'mprotect((void *)0x10000, 4096, PROT_READ | PROT_EXEC)'"), 0,
	  "2. mprotect 10000 4K r-x\n" },
	{ MAPPED("'mlockall( MCL_CURRENT | MCL_FUTURE )'"), 0,
	  "2. mlockall current future\n" },
	{ MAPPED("'mlock( (char *) 0x10000 , 4096UL )'"), 0,
	  "2. mlock 10000 4K\n" },
	{ MAPPED("'munmap(0x10000,\n\t0X1000ull)'"), 0,
	  "2. munmap 10000 4K\n" },
	{ MAPPED("'mlock(0x10000, 010000)'"), 0, "2. mlock 10000 4K\n" },
	{ MAPPED("'mlock(0x10000, 4096) = -1 ENOMEM (Cannot allocate memory)'"),
	  0, "2. mlock 10000 4K\n" },
	{ MAPPED("'munmap(0x10000, 4096)        = 0'"), 0,
	  "2. munmap 10000 4K\n" },
	{ MAPPED("'fork() = 12'"), 0, "2. fork\n" },
	{ MAPPED("'munmap(0x10000, 4096 garbage)'"), 2,
	  "operation: column 22: more than an argument, expected ', ' or ')'" },
	{ MAPPED("'munmap(0x10000 garbage, 4096)'"), 2,
	  "operation: column 16: more than an argument, expected ', ' or ')'" },
	{ MAPPED("'munmap(10000+4K, 4096 x)'"), 2, "column 23: more than" },
	{ MAPPED("'mlock(4*1024, 4096)'"), 2, "column 8: more than" },
	{ MAPPED("'mlock(0x10000, 09)'"), 2, "column 17: more than" },
	{ MAPPED("'mlock(0x10000, 4096uu)'"), 2, "column 20: more than" },
	{ MAPPED("'munlockall(x)'"), 2, "column 12: more than" },
	{ MAPPED("'munmap(0x10000)'"), 2, "column 15: too few arguments" },
	{ MAPPED("'munmap(0x10000, 4096) x'"), 2, "column 23: a call without" },
	{ MAPPED("'fly(1, \"a=b\")'"), 2, "'fly(1, \"a=b\")' is" },
	{ "--empty 'mmap 10000 16K rw- fixed shared' 'remap_file_pages(0x10000, 4096, 0, 2, 0)'",
	  0, "+ 000000010000-000000011000 rw-s 00002000" },
	{ MAPPED("madvise 10000 8K dontfork fork"), 0,
	  "VMAs          1 -> 0 (-1)\n  Process       the child from here on" },
	{ "--help", 0, "fork  (what follows it is done by the child)\n" },
	/* It returns how many bytes it was for. */
	{ MAPPED("process_madvise 10000 8K cold"), 0, "Result        8192\n" },
	{ MAPPED("'process_madvise(3, [{iov_base=0x10000, iov_len=5000}], 1, MADV_DONTFORK, 0) = 5000'"),
	  0, "2. process_madvise 10000 5000 dontfork\n  Result        5000\n" },
	{ MAPPED("'process_madvise(3, [{iov_base=0x10000, iov_len=1}, {iov_base=0x11000, iov_len=1}], 2, MADV_COLD, 0)'"),
	  2, "several, expected [{iov_base=ADDR, iov_len=LEN}]" },
	/* As Linux 6.18 answers to each. */
	{ PROTECTED("99"), 0, "protection\n                cannot be" },
	{ PROTECTED("8"), 0, "Result        0" },
	{ PROTECTED("PROT_READ|PROT_GROWSDOWN"), 0, "EINVAL" },
	{ PROTECTED("PROT_READ|PROT_GROWSUP"), 0, "EINVAL" },
	{ PROTECTED("PROT_READ|PROT_GROWSDOWN|PROT_GROWSUP"), 0, "EINVAL" },
	{ "--empty 'mprotect(0x1000, 4096, 99)'", 0, "EINVAL" },
	{ "--empty 'mprotect(0x1000, 4096, 0x2000000)'", 0, "ENOMEM" },
	{ "--empty 'mprotect(0x800000000000, 4096, 0x40)'", 0, "EINVAL" },
	{ "--empty 'mprotect(0x800000000000, 4096, 1)'", 0, "ENOMEM" },
	{ "--empty 'mprotect(0xfffffffffffff000, 8192, 0x40)'", 0, "ENOMEM" },
	{ "--empty 'mprotect(0x1000, 0, 99)'", 0, "Result        0" },
	{ "--empty 'fly(1)'", 2, "is no operation" },
	{ "--empty mprotect 10000 4K 'rwx|0xffffffff'", 0, "EINVAL" },
	{ "--empty mprotect 10000 4K 'rwx|0x100000000'", 2, "no protection" },
	{ "--empty 'x y(1)'", 2, "is no operation: a line that is none" },
	{ "--empty mmap 10000+0 4K rw- fixed", 0, "+ 000000010000-0" },
	{ "--empty 'mprotect(0x1000, x, PROT_READ)'", 2, "is no operation" },
	{ NAMED("munmap heap+4K 4K"), 0, "munmap 21000 4K" },
	{ NAMED("munmap stack 4K"), 0, "munmap 50000 4K" },
	{ NAMED("munmap libx.so+0x3000 4K"), 0, "munmap 31000 4K" },
	{ NAMED("munmap /lib/libx.so+12K 4K"), 0, "munmap 31000 4K" },
	{ NAMED("'munmap(libx.so+0x3000, 4096)'"), 0, "munmap 31000 4K" },
	{ NAMED("munmap libx.so+0x8000 4K"), 2, "no address" },
	{ NAMED("munmap heap+99999999999999999999 4K"), 2, "no address" },
	{ NAMED("munmap 1000+99999999999G 4K"), 2, "no address" },
	{ NAMED("munmap ffffffffffffffff+4K 4K"), 2, "no address" },
	{ NAMED("munmap 10000000000000000+4K 4K"), 2, "no address" },
	{ NAMED("'pkey_mprotect(0x20000, 4096, PROT_READ, 99)'"), 0,
	  "key is none of 0 to 15" },
	{ NAMED("'pkey_mprotect(0x20000, 4096, PROT_READ, -5)'"), 0, "EINVAL" },
	{ "--empty mmap 10000 4K r-- /a:8K fixed mmap 11000 4K r-- /a:12K fixed",
	  0, "VMAs          1 -> 1" },
	{ "--empty --rules 5.15 munlockall", 0,
	  "is older than the rules here" },
	{ "--empty --rules 1.0 munlockall", 2, "unknown kernel version" },
	{ "--empty --rules 6.16 munlockall", 0,
	  "By the rules of Linux 6.16\n" },
	/* Watched in all the modes already: Linux 6.18 leaves it as it is. */
	{ WATCHED("missing wp", "missing"), 0,
	  "VMAs          1 -> 1\n  Case          none" },
	{ WATCHED("missing wp", "wp"), 0,
	  "VMAs          1 -> 1\n  Case          none" },
	{ WATCHED("wp", "missing"), 0, "VMAs          1 -> 2 (+1)" },
	{ WATCHED("wp", "wp missing"), 0, "VMAs          1 -> 2 (+1)" },
	/* A file of tmpfs is shared memory, but not without a name. */
	{ TMPFS "ioctl_userfaultfd 10000 4K missing", 0, "rw-s 00000000 um" },
	{ TMPFS "ioctl_userfaultfd 10000 4K minor", 0, "rw-s 00000000 ui" },
	{ TMPFS "prctl 10000 4K x", 0, "EBADF" },
	{ "--empty mmap 10000 4K rw- /tmp/x:0 ioctl_userfaultfd 10000 4K missing",
	  0, "EINVAL" },
	{ "--empty shmat 10000 4K rw- /SYSV0 ioctl_userfaultfd 10000 4K missing",
	  0, "EINVAL" },
	/* Private memory of /dev/zero is anonymous, and has a file. */
	{ ZERO("rw-", "madvise 10000 4K free"), 0,
	  "free\n  Result        0\n" },
	{ ZERO("rw-", "madvise 10000 4K wipeonfork"), 0, "EINVAL" },
	{ ZERO("rw-", "prctl 10000 4K x"), 0, "EBADF" },
	{ ZERO("rw-", "mprotect 10000 16K r--"), 0, "r--p 00000000 /dev" },
	{ ZERO("rw-", "ioctl_userfaultfd 10000 16K missing"), 0, "ac um /dev" },
	{ ZERO("rw-", "ioctl_userfaultfd 10000 16K minor"), 0, "EINVAL" },
	{ ZERO("rw-", "mremap 10000 4K 4K to=20000 maymove"), 0,
	  "rw-p 00020000 ac /dev/zero" },
	{ ZERO("rw-", "mremap 10000 20K 20K to=20000 maymove"), 0, "EFAULT" },
	{ ZERO("r--", "mseal 10000 4K madvise 10000 4K dontneed"), 0, "EPERM" },
	{ "--rules 6.16 " ZERO("r--",
			       "mseal 10000 4K madvise 10000 4K dontneed"),
	  0, "dontneed\n  Result        0\n" },
	/* What is shared of it is a file each, which begins at its own end. */
	{ ZERO("rw-", "shared mmap 14000 4K rw- /dev/zero:16K shared"), 0,
	  "VMAs          1 -> 2 (+1)" },
	{ ZERO("rw-", "shared madvise 10000 4K free"), 0, "EINVAL" },
	{ ZERO("rw-", "shared prctl 10000 4K x"), 0, "[anon_shmem:x]" },
	{ "--empty mmap 10000 4K rw- /dev/zero:4K shared touch 10000 4K", 0,
	  "EFAULT" },
	/* Segments move one by one. */
	{ "--empty shmat 10000 8K rw- /SYSV0 mprotect 10000 4K r-- mremap 10000 8K 8K to=20000 maymove",
	  0, "EFAULT" },
	{ "--empty shmat 10000 8K rw- /SYSV0 mremap 10000 8K 8K to=20000 maymove",
	  0, "Result        20000" },
	/* What is secret stays locked, and is brought in by nobody else. */
	{ SECRET("munlock 30000 4K"), 0,
	  "VMAs          1 -> 1\n  Case          none" },
	{ SECRET("munlockall"), 0,
	  "VMAs          1 -> 1\n  Case          none" },
	{ SECRET("mlock2 30000 4K onfault"), 0, "ENOMEM" },
	{ SECRET("mlock 30000 4K"), 0, "ENOMEM" },
	{ SECRET("mlockall current onfault"), 0,
	  "Result        0\n  VMAs          1 -> 1\n  Case          none" },
	{ SECRET("madvise 30000 4K populate_read"), 0, "EINVAL" },
	{ SECRET("madvise 30000 4K populate_write"), 0, "EINVAL" },
	/* Guards are not for these; what is locked is only kept from new ones. */
	{ KERNELS("madvise 20000 4K guard_remove"), 0, "EINVAL" },
	{ KERNELS("madvise 20000 4K guard_install"), 0, "EINVAL" },
	{ KERNELS("madvise 600000 2M guard_remove"), 0, "EINVAL" },
	{ GUARDED("7.3", "rw- locked", "guard_remove"), 0, FINE },
	{ GUARDED("7.3", "rw- locked", "guard_install"), 0, "EINVAL" },
	/* By release: since 6.13, and since 6.15 not of plain memory alone. */
	{ GUARDED("6.12", "rw-", "guard_install"), 0, "EINVAL" },
	{ GUARDED("6.12", "rw-", "guard_remove"), 0, "EINVAL" },
	{ GUARDED("6.13", "rw-", "guard_install"), 0, FINE },
	{ GUARDED("6.13", "r--", "guard_install"), 0, FINE },
	{ GUARDED("6.14", "rw- shared", "guard_install"), 0, "EINVAL" },
	{ GUARDED("6.14", "r-- /a:0", "guard_remove"), 0, "EINVAL" },
	{ GUARDED("6.15", "rw- shared", "guard_install"), 0, FINE },
	{ GUARDED("6.15", "r-- /a:0", "guard_remove"), 0, FINE },
	{ ADVISED("6.12", "dontfork"), 0, "EINVAL" },
	{ ADVISED("6.12", "guard_remove"), 0, "EINVAL" },
	{ ADVISED("6.12", "cold"), 0, "Result        4096" },
	{ ADVISED("6.12", "collapse"), 0, "EINVAL: the address" },
	{ "--rules 6.12 --empty mmap 40000000 2M rw- process_madvise 40000000 2M collapse",
	  0, "Result        2097152" },
	{ ADVISED("6.13", "dontfork"), 0, "Result        4096" },
	/* SHM_RDONLY: it cannot become writable. */
	{ "--empty shmat 10000 8K r-- seg mprotect 10000 8K rw-", 0, "EACCES" },
	{ "--empty shmat 10000 8K rw- seg mprotect 10000 8K r-- mprotect 10000 8K rw-",
	  0, "+ 000000010000-000000012000 rw-s" },
	/* What begins as options do. */
	{ "--empty mmap 10000 4K --- fixed", 0, "010000-000000011000 ---p" },
	{ "--empty mmap 10000 4K --x fixed --faulted none", 0, "011000 --xp" },
	{ "--empty mmap 10000 4K -w- fixed", 0, "000000011000 -w-p" },
	{ "--empty mmap 10000 4K -wx fixed", 0, "000000011000 -wxp" },
	{ "--empty mmap 10000 4K -r- fixed", 2, "invalid option" },
};

START_TEST(statuses)
{
	struct ran *ran = run(runs[_i].args);

	ck_assert_msg(ran->status == runs[_i].status, "%d: %s", ran->status,
		      ran->out);
	ck_assert_msg(strstr(ran->out, runs[_i].says), "%.3000s", ran->out);
}
END_TEST

#define LEN(a) (int)(sizeof(a) / sizeof((a)[0]))

static void add(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

Suite *suite_what_if(void)
{
	Suite *s = suite_create("what-if");

	add(s, "print", calls_are_printed_as_written, LEN(written));
	add(s, "meaning", what_is_written_is_meant, 1);
	add(s, "bad", bad_calls_are_refused, LEN(bad));
	add(s, "help", help_has_the_words, 1);
	add(s, "home", home_is_for_policies, 1);
	add(s, "sealed", what_was_split_before_a_seal_stays_split, 1);
	add(s, "alike", neighbours_that_look_alike_stay_two, NR_FAULTED);
	add(s, "seen", seen_faults_are_taken_over, NR_FAULTED);
	add(s, "named", names_have_a_limit, 1);
	add(s, "loaded", what_is_loaded_is_what_it_says, 1);
	add(s, "shown", names_and_places_are_shown, 1);
	add(s, "any", any_numbers_will_do, 6);
	add(s, "around", reports_have_the_vmas_around, 10);
	add(s, "cases", cases_are_named, 1);
	add(s, "places", places_are_free, ARRAY_SIZE(places));
	add(s, "zero page", reading_is_as_here, 1);
	add(s, "done", steps_are_those_that_were_done, 1);
	add(s, "answers", both_answers_where_they_differ, 1);
	add(s, "json", json_is_json, 1);
	add(s, "statuses", statuses, LEN(runs));
	return s;
}
