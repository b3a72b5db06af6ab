// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process has mapped and why neighbours are two: text of any kind, and
 * then neighbours that the running kernel keeps apart for each reason.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "catalog/internal.h"
#include "cmd/explain.h"
#include "lib/text.h"
#include "process/random.h"
#include "tests.h"

/* ---- reading text ------------------------------------------------------- */

/* What was complained about by the last read. */
static char said[64 * 1024];

static struct proc_maps *read_bytes(const char *text, size_t len,
				    uint64_t page_size)
{
	FILE *in = len ? fmemopen((char *)text, len, "r")
		       : fopen("/dev/null", "r");
	FILE *err = fmemopen(said, sizeof(said), "w");
	struct proc_maps *maps;

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(err);
	memset(said, 0, sizeof(said));
	maps = proc_read(in, "f", page_size, err);
	fclose(err);
	fclose(in);
	return maps;
}

static struct proc_maps *read_text(const char *text)
{
	return read_bytes(text, strlen(text), 0);
}

/* As 6.18 writes it, and what lies above without a name. */
static const char two_vmas[] =
	"55d0c0000000-55d0c0003000 r-xp 00002000 fd:01 4711"
	"                       /usr/bin/a b\n"
	"Size:                 12 kB\n"
	"KernelPageSize:        4 kB\n"
	"MMUPageSize:           4 kB\n"
	"Rss:                   8 kB\n"
	"Pss:                   3 kB\n"
	"Anonymous:             4 kB\n"
	"Swap:                  4 kB\n"
	"THPeligible:           0\n"
	"ProtectionKey:         3\n"
	"VmFlags: rd ex mr mw me sd zz \n"
	"7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
	"Anonymous:             4 kB\n"
	"Swap:                 16 kB\n"
	"VmFlags: rd wr mr mw me ac \n";

START_TEST(smaps_is_read)
{
	struct proc_maps *maps = read_text(two_vmas);
	const struct proc_vma *v;

	ck_assert_ptr_nonnull(maps);
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(maps->nr, 2);
	ck_assert_uint_eq(maps->page_size, 4096);
	ck_assert_uint_eq(maps->nr_skipped, 0);
	v = maps->vma;
	ck_assert_uint_eq(v->start, 0x55d0c0000000);
	ck_assert_uint_eq(v->end, 0x55d0c0003000);
	ck_assert_uint_eq(v->offset, 0x2000);
	ck_assert_uint_eq(v->inode, 4711);
	ck_assert_uint_eq(v->dev_major, 0xfd);
	ck_assert_uint_eq(v->dev_minor, 1);
	ck_assert_str_eq(v->name, "/usr/bin/a b");
	ck_assert(v->has_flags);
	ck_assert_uint_eq(v->flags, VM_READ | VM_EXEC | VM_MAYREAD |
					    VM_MAYWRITE | VM_MAYEXEC |
					    VM_SOFTDIRTY);
	ck_assert_uint_eq(v->others, 1);
	ck_assert_str_eq(maps->other[0], "zz");
	ck_assert_uint_eq(v->pkey, 3);
	ck_assert_uint_eq(v->rss, 8);
	/* What is swapped out of a file's memory may be the file's. */
	ck_assert_uint_eq(v->anonymous, 4);
	ck_assert_uint_eq(v->line, 1);
	ck_assert_str_eq(v[1].name, "");
	ck_assert_uint_eq(v[1].anonymous, 20);
	ck_assert_uint_eq(v[1].line, 12);
	proc_free(maps);
}
END_TEST

START_TEST(maps_is_read)
{
	struct proc_maps *maps = read_text(
		"1000-2000 rw-s 00000000 00:01 5 /dev/zero (deleted)\n"
		"2000-3000 ---p 00000000 00:00 0");

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 2);
	ck_assert(!maps->vma[0].has_flags);
	ck_assert_uint_eq(maps->vma[0].flags,
			  VM_READ | VM_WRITE | VM_SHARED | VM_MAYSHARE);
	ck_assert_uint_eq(maps->vma[1].flags, 0);
	proc_free(maps);
}
END_TEST

START_TEST(empty_is_read)
{
	struct proc_maps *maps = read_text("");

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 0);
	ck_assert_str_eq(said, "");
	proc_free(maps);
	proc_free(NULL);
}
END_TEST

/* Of whom it is not known, whose keys these are. */
START_TEST(skipped_lines_take_their_keys_with_them)
{
	struct proc_maps *maps = read_text("1000-2000 r--p 0 0:0 0 a\n"
					   "VmFlags: rd\n"
					   "3000-2000 rw-p 0 0:0 0 b\n"
					   "VmFlags: wr\n"
					   "Anonymous: 4 kB\n"
					   "4000-5000 --xp 0 0:0 0 c\n"
					   "VmFlags: ex\n");

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 2);
	ck_assert_uint_eq(maps->nr_skipped, 1);
	ck_assert_uint_eq(maps->vma[0].flags, VM_READ);
	ck_assert_uint_eq(maps->vma[0].anonymous, 0);
	ck_assert_uint_eq(maps->vma[1].flags, VM_EXEC);
	ck_assert_ptr_nonnull(strstr(said, "f:3:1: '3000-2000 rw-p 0 0:0 0 b' "
					   "not understood"));
	proc_free(maps);
}
END_TEST

/* Below a line that is understood, each is skipped. */
static const char *const bad_lines[] = {
	"nonsense",
	"2000-2000 rw-p 0 0:0 0",
	"2000-3001 rw-p 0 0:0 0",
	"2001-3000 rw-p 0 0:0 0",
	"2000-3000 rw-p 800 0:0 0",
	"2000-3000 rw-q 0 0:0 0",
	"2000-3000",
	"VmFlags",
	"> nonsense",
	"2000-3000 rw-p 0",
	"VmFlags: r",
	"VmFlags: mr mw me",
	"VmFlags: rd ex mr mw me",
	"VmFlags: rd wr ex",
	"VmFlags: rdwr",
	"VmFlags: rd wr mrx",
	"VmFlags: rd \033[",
	"Anonymous: x kB",
	"Anonymous: -4 kB",
	"Anonymous: 4 MB",
	"Anonymous: 18446744073709551616 kB",
	"Anonymous: 99999999999999999999 kB",
	"KernelPageSize: 3 kB",
	"KernelPageSize: 0 kB",
	"KernelPageSize: 18014398509481984 kB",
	"ProtectionKey: 4294967296",
};

/* With the column in which it stands, whatever the form. */
static const struct {
	const char *text;
	uint64_t page_size;
	const char *says;
} unaligned[] = {
	{ "00001001-00002000 r--p 00000800 00:00 0\n", 0,
	  "f:3:1: address 1001 not" },
	{ "00001000-00002fff r--p 00000800 00:00 0\n", 0,
	  "f:3:10: address 2fff not" },
	{ "10000-20000 r--p 00000800 08:01 800 /a\n", 0,
	  "f:3:18: offset 800 not" },
	{ "10000-20000 r--p 1000 08:01 800 /a\n", 65536,
	  "f:3:18: offset 1000 not" },
	{ "> 10000-21000 r--p 0 0:0 0\r\n", 65536, "f:3:9: address 21000 not" },
	{ "  0x1001  0x3001  0x2000  0x0  r--p  /a\n", 0,
	  "f:3:5: address 1001 not" },
};

START_TEST(unaligned_is_named)
{
	char text[256];
	struct proc_maps *maps;

	snprintf(text, sizeof(text),
		 "x\n0-10000 r--p 0 0:0 0\n%s%s"
		 "30000-40000 r--p 0 0:0 0\n",
		 unaligned[_i].text, unaligned[_i].text);
	maps = read_bytes(text, strlen(text), unaligned[_i].page_size);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 2);
	ck_assert_msg(strstr(said, unaligned[_i].says) == said, "%s", said);
	ck_assert_ptr_nonnull(strstr(
		said,
		unaligned[_i].page_size
			? "expected a multiple of the page size, 65536\n"
			: "expected a multiple of the page size, 4096\n"));
	proc_free(maps);
}
END_TEST

START_TEST(bad_lines_are_skipped)
{
	char text[256];
	struct proc_maps *maps;

	snprintf(text, sizeof(text),
		 "1000-2000 r--p 0 0:0 0\n%s\n"
		 "8000-9000 r--p 0 0:0 0\n",
		 bad_lines[_i]);
	maps = read_text(text);
	ck_assert_ptr_nonnull(maps);
	ck_assert_msg(maps->nr == 2 && maps->nr_skipped == 1,
		      "%zu VMAs, %zu skipped", maps->nr, maps->nr_skipped);
	ck_assert_ptr_eq(strstr(said, "f:2:"), said);
	ck_assert_ptr_null(strchr(said, '\033'));
	proc_free(maps);
}
END_TEST

START_TEST(zero_bytes_are_no_name)
{
	static const char text[] = "1000-2000 r--p 0 0:0 0 /a\0b\n"
				   "2000-3000 r--p 0 0:0 0 /c\n";
	struct proc_maps *maps = read_bytes(text, sizeof(text) - 1, 0);

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 1);
	ck_assert_uint_eq(maps->nr_skipped, 1);
	ck_assert_str_eq(maps->vma[0].name, "/c");
	proc_free(maps);
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} refused[] = {
	{ "nonsense\n", "f: no line was understood" },
	{ "x\n1000-2000 rwxq 0 0:0 0\n",
	  "f:2:1: '1000-2000 rwxq 0 0:0 0' not understood, as 1 more line, expected a line of maps" },
	{ "1001-2000 r--p 0 0:0 0\n",
	  "f:1:1: address 1001 not understood, expected a multiple of the page size, 4096\n" },
	{ "1000-3000 r--p 0 0:0 0\n2000-4000 r--p 0 0:0 0\n", "f:2:1: a VMA" },
	{ "5000-6000 r--p 0 0:0 0\n1000-2000 r--p 0 0:0 0\n", "f:2:1: a VMA" },
	{ "1000-9000 ---p 00000000 00:00 0 [rollup]\n", "smaps_rollup" },
};

/* Below a line without permissions: up to what is just good, and nothing said. */
#define NINE(text) text text text text text text text text text
static const struct {
	const char *line;
	size_t nr;
} good_lines[] = {
	{ "VmFlags:", 2 },
	{ "VmFlags: mr mw me ", 2 },
	{ "> VmFlags:  ", 2 },
	{ "Anonymous: 18446744073709551615 kB", 2 },
	{ "KernelPageSize: 4 kB", 2 },
	{ "KernelPageSize: 9007199254740992 kB", 2 },
	{ "ProtectionKey: 4294967295", 2 },
	/* What cannot be a VMA's line is not one of the few that are tried. */
	{ NINE("1-2r-x ") NINE("1-2 --1 ") NINE("1-2 -1- ")
		  NINE("1-2 1-- ") "3000-4000 r--p 0 0:0 0",
	  3 },
};

START_TEST(good_lines_are_taken)
{
	char text[512];
	struct proc_maps *maps;

	snprintf(text, sizeof(text),
		 "1000-2000 ---p 0 0:0 0\n%s\n"
		 "8000-9000 r--p 0 0:0 0\n",
		 good_lines[_i].line);
	maps = read_text(text);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, good_lines[_i].nr);
	ck_assert_uint_eq(maps->nr_skipped, 0);
	ck_assert_str_eq(said, "");
	proc_free(maps);
}
END_TEST

START_TEST(refused_whole)
{
	ck_assert_ptr_null(read_text(refused[_i].text));
	ck_assert_msg(strstr(said, refused[_i].says), "%s", said);
}
END_TEST

START_TEST(unreadable_is_refused)
{
	FILE *in = fopen("/", "r");
	FILE *err = fmemopen(said, sizeof(said), "w");

	ck_assert_ptr_null(proc_read(in, "f", 0, err));
	fclose(err);
	fclose(in);
	ck_assert_str_eq(said, "f: cannot be read: Is a directory\n");
}
END_TEST

/* One of just the limit, one above it, and what comes after. */
START_TEST(long_lines)
{
	static const char head[] = "1000-2000 r--p 0 0:0 0 ";
	size_t most = LINE_LONGEST - strlen(head), len;
	struct proc_maps *maps;
	FILE *text;
	char *bytes;

	text = open_memstream(&bytes, &len);
	fprintf(text, "%s%0*d\n", head, (int)most, 0);
	fprintf(text, "2000%s%0*d\n", head + 4, (int)most + 1, 0);
	fprintf(text, "3000%s%0*d\n", head + 4, (int)most * 9, 0);
	fputs("5000-6000 r--p 0 0:0 0 /end", text);
	fclose(text);
	maps = read_bytes(bytes, len, 0);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 2);
	ck_assert_uint_eq(maps->nr_skipped, 2);
	ck_assert_uint_eq(strlen(maps->vma[0].name), most);
	ck_assert_str_eq(maps->vma[1].name, "/end");
	ck_assert_uint_eq(maps->vma[1].line, 4);
	proc_free(maps);
	free(bytes);
}
END_TEST

/* Who feeds us another file hears of it, but not a million times. */
START_TEST(few_errors)
{
	struct proc_maps *maps;
	size_t len, lines = 0;
	char *bytes;
	FILE *text = open_memstream(&bytes, &len);

	fputs("1000-2000 r--p 0 0:0 0\n", text);
	for (int i = 0; i < 1000; i++)
		fputs("nonsense\n", text);
	fclose(text);
	maps = read_bytes(bytes, len, 0);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr_skipped, 1000);
	for (const char *p = said; *p; p++)
		lines += *p == '\n';
	ck_assert_uint_eq(lines, 1);
	ck_assert_ptr_nonnull(strstr(said, ", as 999 more lines,"));
	proc_free(maps);
	free(bytes);
}
END_TEST

START_TEST(kinds_of_flags_have_a_limit)
{
	struct proc_maps *maps;
	size_t len;
	char *bytes;
	FILE *text = open_memstream(&bytes, &len);

	fputs("1000-2000 r--p 0 0:0 0\n", text);
	for (unsigned int i = 0; i < PROC_OTHERS_MAX + 1; i++)
		fprintf(text, "VmFlags: rd %c%c \n", 'A' + i % 26,
			'0' + i / 26);
	fclose(text);
	maps = read_bytes(bytes, len, 0);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr_others, PROC_OTHERS_MAX);
	ck_assert_uint_eq(maps->nr_skipped, 1);
	ck_assert_uint_eq(maps->vma[0].others, 1ULL << (PROC_OTHERS_MAX - 1));
	proc_free(maps);
	free(bytes);
}
END_TEST

static const struct {
	const char *text;
	uint64_t asked;
	uint64_t found;
} page_sizes[] = {
	{ "1000-2000 r--p 0 0:0 0\n", 0, 4096 },
	{ "10000-20000 r--p 0 0:0 0\n", 0, 4096 },
	{ "10000-20000 r--p 0 0:0 0\n", 65536, 65536 },
	{ "10000-20000 r--p 0 0:0 0\nKernelPageSize: 64 kB\n", 0, 65536 },
	/* Huge pages are larger than pages; and no address lies between two. */
	{ "200000-400000 r--p 0 0:0 0\nKernelPageSize: 2048 kB\n"
	  "400000-410000 r--p 0 0:0 0\nKernelPageSize: 64 kB\n",
	  0, 65536 },
	{ "200000-400000 r--p 0 0:0 0\nKernelPageSize: 2048 kB\n"
	  "400000-600000 r--p 0 0:0 0\nKernelPageSize: 64 kB\n",
	  0, 65536 },
	{ "200000-400000 r--p 0 0:0 0\nKernelPageSize: 64 kB\n"
	  "400000-600000 r--p 0 0:0 0\nKernelPageSize: 2048 kB\n",
	  0, 65536 },
	{ "1000-2000 r--p 0 0:0 0\nKernelPageSize: 64 kB\n", 0, 4096 },
};

START_TEST(page_size_is_found)
{
	const char *text = page_sizes[_i].text;
	struct proc_maps *maps =
		read_bytes(text, strlen(text), page_sizes[_i].asked);

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->page_size, page_sizes[_i].found);
	proc_free(maps);
}
END_TEST

/* A name may look like a flag, and there may be none; grep -n has numbered them. */
START_TEST(pmap_is_read)
{
	struct proc_maps *maps = read_text(
		"8:7:   a\n"
		"9:  Address Perm   Offset Device Inode Size Rss VmFlags Mapping\n"
		"10:     1000 r--p 00000000  08:01     7    4   4 rd mr me az za /a b\n"
		"     2000 r--p 00000000  08:01     8    4   0 rd mr me sd\n"
		"     3000 rw-p 00000000  00:00     0    8   4 rd wr mr sd\n");

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 3);
	ck_assert_str_eq(maps->vma[0].name, "/a b");
	ck_assert_uint_eq(maps->vma[0].flags,
			  VM_READ | VM_MAYREAD | VM_MAYEXEC);
	ck_assert_uint_eq(maps->vma[0].rss, 4);
	ck_assert_str_eq(maps->vma[1].name, "sd");
	ck_assert_uint_eq(maps->vma[1].flags,
			  VM_READ | VM_MAYREAD | VM_MAYEXEC);
	ck_assert_str_eq(maps->vma[2].name, "");
	ck_assert_uint_eq(maps->vma[2].flags,
			  VM_READ | VM_WRITE | VM_MAYREAD | VM_SOFTDIRTY);
	ck_assert_uint_eq(maps->vma[2].end, 0x5000);
	proc_free(maps);
	/* No more columns than it takes. */
	maps = read_text("Address Perm Offset Device Inode Size\n"
			 "1000 r--p 0 08:01 7 4\n");
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr, 1);
	proc_free(maps);
}
END_TEST

START_TEST(policies_are_read)
{
	static const char numa[] = "1000 default file=/a b mapped=1\n"
				   "1800 bind:0 nobody\n"
				   "nonsense\n"
				   "2000 prefer (many):0-1 anon=1\n"
				   "4000 interleave:0\n";
	struct proc_maps *maps = read_text("1000-2000 r--p 0 0:0 0\n"
					   "2000-3000 r--p 0 0:0 0\n"
					   "3000-4000 r--p 0 0:0 0\n"
					   "4000-5000 r--p 0 0:0 0\n");
	FILE *in = fmemopen((char *)numa, sizeof(numa) - 1, "r");

	proc_read_policies(maps, in);
	fclose(in);
	ck_assert_str_eq(maps->vma[0].policy, "default");
	ck_assert_str_eq(maps->vma[1].policy, "prefer (many):0-1");
	ck_assert_ptr_null(maps->vma[2].policy);
	ck_assert_str_eq(maps->vma[3].policy, "interleave:0");
	proc_free(maps);
}
END_TEST

/* ---- names -------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t max;
	const char *shown;
	size_t columns;
} names[] = {
	{ "/usr/bin/env", 0, "/usr/bin/env", 12 },
	{ "/usr/bin/env", 12, "/usr/bin/env", 12 },
	{ "/usr/bin/env", 11, "/usr.../env", 11 },
	{ "abcdefgh", 3, "...", 3 },
	{ "abcdefgh", 1, ".", 1 },
	{ "a\033[31mb", 0, "a\\033[31mb", 10 },
	{ "a\tb\x7f", 0, "a\\011b\\177", 10 },
	{ "\xff\xfe", 0, "\\377\\376", 8 },
	{ "gr\xc3\xbc\xc3\x9f", 0, "gr\xc3\xbc\xc3\x9f", 4 },
	/* C1's CSI; a mark that reverses what follows; half a character */
	{ "\xc2\x9b", 0, "\\302\\233", 8 },
	{ "\xe2\x80\xae", 0, "\\342\\200\\256", 12 },
	{ "\xc3", 0, "\\303", 4 },
	/* wide ones, and never half of one */
	{ "\xe4\xb8\xad\xe6\x96\x87", 0, "\xe4\xb8\xad\xe6\x96\x87", 4 },
	{ "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87", 7,
	  "\xe4\xb8\xad...\xe6\x96\x87", 7 },
	{ "\033\033\033\033", 11, "\\033...\\033", 11 },
	{ "\033\033\033\033", 9, "...", 3 },
};

START_TEST(names_are_shown)
{
	size_t len, columns;
	char *text;
	FILE *out = open_memstream(&text, &len);

	columns = text_print(out, names[_i].name, names[_i].max);
	fclose(out);
	ck_assert_str_eq(text, names[_i].shown);
	ck_assert_uint_eq(columns, names[_i].columns);
	free(text);
}
END_TEST

/* Every flag that the simulator knows has letters, and these have words. */
START_TEST(flags_have_letters)
{
	const char *code = proc_flag_code(_i);

	ck_assert_str_ne(code, "??");
	ck_assert_ptr_nonnull(proc_code_text(code));
	ck_assert_ptr_null(proc_code_text("??"));
	ck_assert_ptr_null(proc_code_text("rdx"));
	ck_assert_ptr_null(proc_code_text(""));
}
END_TEST

/* ---- why two are two, from text ----------------------------------------- */

#define BIT(why) (1u << WHY_##why)
#define RW "VmFlags: rd wr mr mw me ac \n"
#define FLAGGED(codes) "VmFlags: rd wr mr mw me ac " codes " \n"
#define RW_DD FLAGGED("dd")
#define RW_DD_ODD FLAGGED("dd \"\\")
#define RW_GU FLAGGED("gu")
#define RW_IO FLAGGED("io")
#define RW_LO FLAGGED("lo")
#define RW_NH FLAGGED("nh")
#define RW_NR_DD_LO FLAGGED("nr dd lo")
#define RW_SL FLAGGED("sl")

/* The first VMA ends, and the second begins, at 2000. */
static const struct {
	const char *low;
	const char *high;
	uint32_t all;
	vm_flags_t flags;
	bool guard;
	enum hidden hidden;
	bool avoidable;
} reasons[] = {
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\n" FLAGGED("nr"), BIT(FLAGS),
	  VM_NORESERVE, false, HIDDEN_NOT, true },
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\nVmFlags: rd wr mr mw me nr \n",
	  BIT(FLAGS), VM_NORESERVE | VM_ACCOUNT, false, HIDDEN_NOT, true },
	{ "rw-p 0 0:0 0\n" FLAGGED("hg dd"), "rw-p 0 0:0 0\n" RW_LO, BIT(FLAGS),
	  VM_HUGEPAGE | VM_DONTDUMP | VM_LOCKED, false, HIDDEN_NOT, true },
	{ "rw-p 0 0:0 0\n" RW, "r--p 0 0:0 0\nVmFlags: rd mr mw me ac dd \n",
	  BIT(FLAGS), VM_WRITE | VM_DONTDUMP, false, HIDDEN_NOT, false },
	{ "---p 0 0:0 0\nVmFlags: mr mw me \n", "rw-p 0 0:0 0\n" RW, BIT(FLAGS),
	  VM_READ | VM_WRITE | VM_ACCOUNT, true, HIDDEN_NOT, false },
	/* A guard, whatever else they differ in, but not two of them. */
	{ "---p 0 0:0 0\nVmFlags: mr mw me \n", "rw-p 0 0:0 0 [anon:x]\n" RW,
	  BIT(FLAGS) | BIT(NAME), VM_READ | VM_WRITE | VM_ACCOUNT, true,
	  HIDDEN_NOT, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "---p 0 0:0 0\nVmFlags: mr mw me \n",
	  BIT(FLAGS) | BIT(FILE), VM_READ | VM_WRITE | VM_ACCOUNT, true,
	  HIDDEN_NOT, false },
	{ "---p 0 0:0 0\nVmFlags: mr mw me \n",
	  "---p 0 0:0 0\nVmFlags: mr mw me dd \n", BIT(FLAGS), VM_DONTDUMP,
	  false, HIDDEN_NOT, true },
	/* What is not known of maps is not compared. */
	{ "rw-p 0 0:0 0\n", "rw-p 0 0:0 0\n" RW, BIT(HIDDEN), 0, false,
	  HIDDEN_FLAGS, false },
	{ "rw-p 0 0:0 0\n", "r-xp 0 0:0 0\n", BIT(FLAGS), VM_WRITE | VM_EXEC,
	  false, HIDDEN_NOT, false },
	{ "rw-s 0 0:0 0\n", "rw-p 0 0:0 0\n", BIT(FLAGS), VM_MAYSHARE, false,
	  HIDDEN_NOT, false },
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\n" FLAGGED("um"), BIT(FLAGS),
	  VM_UFFD_MISSING, false, HIDDEN_NOT, false },
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\nProtectionKey: 1\n" RW,
	  BIT(FLAGS), 0, false, HIDDEN_NOT, false },
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\n" RW_SL, BIT(FLAGS), 0, false,
	  HIDDEN_NOT, false },
	/* Merging has no eyes for soft-dirty. */
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\n" FLAGGED("sd"), BIT(HIDDEN), 0,
	  false, HIDDEN_EMPTY, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 1000 8:1 6 /b\n" RW, BIT(FILE), 0,
	  false, HIDDEN_NOT, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 1000 8:2 5 /a\n" RW, BIT(FILE), 0,
	  false, HIDDEN_NOT, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 0 0:0 0\n" RW, BIT(FILE), 0, false,
	  HIDDEN_NOT, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 0 0:0 0\n" RW_DD,
	  BIT(FILE) | BIT(FLAGS), VM_DONTDUMP, false, HIDDEN_NOT, false },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 2000 8:1 5 /a\n" RW, BIT(OFFSET), 0,
	  false, HIDDEN_NOT, true },
	{ "rw-p 0 8:1 5 /a\n" RW, "rw-p 1000 8:1 5 /a\n" RW, BIT(HIDDEN), 0,
	  false, HIDDEN_OPEN, false },
	{ "r--p 0 8:1 5 /a\nVmFlags: rd mr mw me ac \n",
	  "r--p 1000 8:1 5 /a\nVmFlags: rd mr mw me \n", BIT(FLAGS), VM_ACCOUNT,
	  false, HIDDEN_NOT, false },
	{ "rw-s 0 0:1 5 /dev/zero (deleted)\n",
	  "rw-s 0 0:1 6 /dev/zero (deleted)\n", BIT(SHARED), 0, false,
	  HIDDEN_NOT, true },
	{ "rw-s 0 0:1 5 [anon_shmem:x]\n", "rw-s 0 0:1 6 [anon_shmem:x]\n",
	  BIT(SHARED), 0, false, HIDDEN_NOT, true },
	{ "rw-s 0 0:1 5 /SYSV00000000 (deleted)\n",
	  "rw-s 0 0:1 6 /SYSV00000000 (deleted)\n", BIT(FILE) | BIT(CLOSE), 0,
	  false, HIDDEN_NOT, false },
	{ "rw-p 0 0:0 0 [anon:x]\n" RW, "rw-p 0 0:0 0 [anon:y]\n" RW, BIT(NAME),
	  0, false, HIDDEN_NOT, true },
	{ "rw-p 0 0:0 0 [anon:x]\n" RW, "rw-p 0 0:0 0\n" RW_NH,
	  BIT(NAME) | BIT(FLAGS), VM_NOHUGEPAGE, false, HIDDEN_NOT, false },
	/* Where something is, is not what it is called. */
	{ "rw-p 0 0:0 0 [heap]\n" RW, "rw-p 0 0:0 0\n" RW, BIT(HIDDEN), 0,
	  false, HIDDEN_EMPTY, false },
	{ "r--p 0 0:0 0 [vvar]\n", "r-xp 0 0:0 0 [vdso]\n", BIT(SPECIAL), 0,
	  false, HIDDEN_NOT, false },
	{ "rw-s 0 0:5 9 /dev/dri/card0\n", "rw-s 1000 0:5 9 /dev/dri/card0\n",
	  BIT(CLOSE), 0, false, HIDDEN_NOT, false },
	{ "rw-s 0 0:5 9 /dev/shm/x\n", "rw-s 1000 0:5 9 /dev/shm/x\n",
	  BIT(HIDDEN), 0, false, HIDDEN_FLAGS, false },
	{ "rw-p 0 0:0 0\n" RW_IO, "rw-p 0 0:0 0\n" RW_IO, BIT(CLOSE), 0, false,
	  HIDDEN_NOT, false },
	{ "rw-p 0 0:0 0\nAnonymous: 4 kB\n" RW,
	  "rw-p 0 0:0 0\nAnonymous: 4 kB\n" RW, BIT(HIDDEN), 0, false,
	  HIDDEN_FAULTED, false },
	{ "rw-p 0 0:0 0\n" RW, "rw-p 0 0:0 0\nSwap: 4 kB\n" RW, BIT(HIDDEN), 0,
	  false, HIDDEN_HALF, false },
	{ "rw-p 0 0:0 0\n" FLAGGED("uw"), "rw-p 0 0:0 0\n" FLAGGED("uw"),
	  BIT(HIDDEN), 0, false, HIDDEN_UFFD, false },
};

static struct proc_pair *pairs_of(const struct proc_maps *maps,
				  const struct rules *rules, size_t *nr)
{
	struct proc_kinds *kinds = proc_kinds(maps);
	struct proc_pair *pairs = proc_pairs(maps, kinds, rules, nr);

	proc_kinds_free(kinds);
	return pairs;
}

static void check_reason(const struct proc_reason *r, int i)
{
	ck_assert_uint_eq(r->all, reasons[i].all);
	ck_assert_uint_eq(r->why, (unsigned)__builtin_ctz(reasons[i].all));
	ck_assert_uint_eq(r->flags, reasons[i].flags);
	ck_assert_int_eq(r->guard, reasons[i].guard);
	ck_assert_int_eq(r->hidden, reasons[i].hidden);
	ck_assert_int_eq(r->avoidable, reasons[i].avoidable);
}

START_TEST(reasons_are_found)
{
	const struct rules *latest = rules_for("latest");
	struct proc_pair *pairs;
	struct proc_maps *maps;
	char text[512];
	size_t nr;

	snprintf(text, sizeof(text), "1000-2000 %s2000-3000 %s",
		 reasons[_i].low, reasons[_i].high);
	maps = read_text(text);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr_skipped, 0);
	pairs = pairs_of(maps, latest, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(pairs[0].low, 0);
	check_reason(&pairs[0].r, _i);
	free(pairs);
	proc_free(maps);
}
END_TEST

/* Guard regions keep VMAs apart up to 6.18, and later do not. */
START_TEST(rules_say_which_flags_count)
{
	struct proc_maps *maps = read_text("1000-2000 rw-p 0 0:0 0\n" RW
					   "2000-3000 rw-p 0 0:0 0\n" RW_GU);
	struct proc_pair *pairs;
	size_t nr;

	pairs = pairs_of(maps, rules_for("6.16"), &nr);
	ck_assert_int_eq(pairs[0].r.why, WHY_FLAGS);
	free(pairs);
	pairs = pairs_of(maps, rules_for("6.19"), &nr);
	ck_assert_int_eq(pairs[0].r.why, WHY_HIDDEN);
	free(pairs);
	proc_free(maps);
}
END_TEST

/* A row of a file's pages can be put in order unless some are in it twice. */
static const struct {
	const char *offsets[4];
	bool avoidable;
} rows[] = {
	{ { "0", "5000" }, true },
	{ { "0", "5000", "9000" }, true },
	{ { "0", "5000", "0" }, false },
	{ { "0", "5000", "2000", "5000" }, false },
	{ { "5000", "3000", "1000", "8000" }, true },
};

START_TEST(rows_of_pages)
{
	struct proc_pair *pairs;
	struct proc_maps *maps;
	char text[512] = "";
	size_t nr, vmas = 0;

	for (; vmas < 4 && rows[_i].offsets[vmas]; vmas++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len,
			 "%zu000-%zu000 rw-s %s 8:1 5 /a\n", vmas + 1, vmas + 2,
			 rows[_i].offsets[vmas]);
	}
	maps = read_text(text);
	pairs = pairs_of(maps, rules_for("latest"), &nr);
	ck_assert_uint_eq(nr, vmas - 1);
	for (size_t i = 0; i < nr; i++) {
		ck_assert_int_eq(pairs[i].r.why, WHY_OFFSET);
		ck_assert_int_eq(pairs[i].r.avoidable, rows[_i].avoidable);
	}
	free(pairs);
	proc_free(maps);
}
END_TEST

/* What stands between them makes two rows. */
START_TEST(rows_end)
{
	struct proc_maps *maps = read_text("1000-2000 rw-s 0 8:1 5 /a\n"
					   "2000-3000 rw-s 5000 8:1 5 /a\n"
					   "3000-4000 rw-s 0 8:1 6 /b\n"
					   "4000-5000 rw-s 0 8:1 5 /a\n"
					   "5000-6000 rw-s 5000 8:1 5 /a\n");
	struct proc_pair *pairs;
	size_t nr;

	pairs = pairs_of(maps, rules_for("latest"), &nr);
	ck_assert_uint_eq(nr, 4);
	ck_assert(pairs[0].r.avoidable && pairs[3].r.avoidable);
	ck_assert(!pairs[1].r.avoidable && !pairs[2].r.avoidable);
	free(pairs);
	proc_free(maps);
}
END_TEST

/* ---- patterns -------------------------------------------------------------- */

#define MAX_RUN_VMAS 60

/* Of anonymous memory: kinds, access and names are all that there is. */
static bool same_shape(const struct proc_maps *maps,
		       const struct proc_kinds *kinds, size_t a, size_t b)
{
	return kinds->kind[a] == kinds->kind[b] &&
	       !strcmp(maps->vma[a].name, maps->vma[b].name) &&
	       !((maps->vma[a].flags ^ maps->vma[b].flags) &
		 (VM_READ | VM_WRITE | VM_EXEC));
}

/* Every beginning, every period and every length are tried. */
static struct proc_run longest_run(const struct proc_maps *maps,
				   const struct proc_kinds *kinds, size_t low)
{
	struct proc_run best = { .low = low };

	for (unsigned int period = 1; period <= RUN_PERIOD_MAX; period++)
		for (size_t nr = 8; low + nr <= maps->nr; nr++) {
			bool same = nr >= 3 * period;

			for (size_t i = low + period; i < low + nr; i++)
				same = same &&
				       same_shape(maps, kinds, i, i - period);
			if (same && nr > best.nr) {
				best.nr = nr;
				best.period = period;
			}
		}
	return best;
}

static void check_run_sizes(const struct proc_maps *maps,
			    const struct proc_run *run)
{
	for (unsigned int at = 0; at < run->period; at++) {
		uint64_t min = UINT64_MAX, max = 0;

		for (size_t i = at; i < run->nr; i += run->period) {
			const struct proc_vma *v = &maps->vma[run->low + i];
			uint64_t size = v->end - v->start;

			min = size < min ? size : min;
			max = size > max ? size : max;
		}
		ck_assert_uint_eq(run->min[at], min);
		ck_assert_uint_eq(run->max[at], max);
	}
}

static char *text_of_runs(unsigned int *seed)
{
	static const char *const vmas[] = {
		"rw-p 0 0:0 0", "r--p 0 0:0 0",		 "---p 0 0:0 0",
		"r-xp 0 0:0 0", "rw-p 0 0:0 0 [anon:x]", "rw-p 0 0:0 0 [anon:y]"
	};
	char *text = NULL;
	size_t len, at = 0x10;
	FILE *out = open_memstream(&text, &len);

	for (int n = 0; n < MAX_RUN_VMAS;) {
		unsigned int period = 1 + rand_r(seed) % 5;
		unsigned int times = 1 + rand_r(seed) % 6, pattern[5];

		for (unsigned int i = 0; i < period; i++)
			pattern[i] = rand_r(seed) % ARRAY_SIZE(vmas);
		for (unsigned int i = 0; i < period * times; i++, n++) {
			size_t pages = 1 + rand_r(seed) % 3;

			fprintf(out, "%zx000-%zx000 %s\n", at, at + pages,
				vmas[pattern[i % period]]);
			at += pages + !(rand_r(seed) % 8);
		}
	}
	fclose(out);
	return text;
}

START_TEST(runs_are_all_there_are)
{
	unsigned int seed = 7;
	size_t found = 0;

	for (int round = 0; round < 300; round++) {
		char *text = text_of_runs(&seed);
		struct proc_maps *maps = read_text(text);
		struct proc_kinds *kinds = proc_kinds(maps);
		struct proc_run *runs;
		size_t nr, seen = 0;

		runs = proc_runs(maps, kinds, &nr);
		for (size_t low = 0; low < maps->nr;) {
			struct proc_run want = longest_run(maps, kinds, low);
			size_t i = 0;

			low += want.nr ? want.nr : 1;
			if (!want.nr)
				continue;
			while (i < nr && runs[i].low != want.low)
				i++;
			ck_assert_uint_lt(i, nr);
			ck_assert_uint_eq(runs[i].nr, want.nr);
			ck_assert_uint_eq(runs[i].period, want.period);
			check_run_sizes(maps, &runs[i]);
			seen++;
		}
		ck_assert_uint_eq(seen, nr);
		for (size_t i = 1; i < nr; i++)
			ck_assert(runs[i - 1].nr > runs[i].nr ||
				  (runs[i - 1].nr == runs[i].nr &&
				   runs[i - 1].low < runs[i].low));
		found += nr;
		free(runs);
		proc_kinds_free(kinds);
		proc_free(maps);
		free(text);
	}
	ck_assert_uint_gt(found, 300);
}
END_TEST

START_TEST(policies_keep_apart)
{
	static const char numa[] = "1000 default\n2000 bind:0\n3000 bind:0\n"
				   "4000 default\n";
	struct proc_maps *maps = read_text(
		"1000-2000 rw-p 0 0:0 0\n" RW "2000-3000 rw-p 0 0:0 0\n" RW
		"3000-4000 rw-p 0 0:0 0\n" RW
		"4000-5000 ---p 0 0:0 0\nVmFlags: mr mw me \n");
	FILE *in = fmemopen((char *)numa, sizeof(numa) - 1, "r");
	struct proc_pair *pairs;
	size_t nr;

	proc_read_policies(maps, in);
	fclose(in);
	pairs = pairs_of(maps, rules_for("latest"), &nr);
	ck_assert_uint_eq(nr, 3);
	ck_assert_int_eq(pairs[0].r.why, WHY_POLICY);
	ck_assert_int_eq(pairs[1].r.why, WHY_HIDDEN);
	ck_assert_uint_eq(pairs[2].r.all, BIT(POLICY) | BIT(FLAGS));
	ck_assert(pairs[2].r.guard);
	free(pairs);
	proc_free(maps);
}
END_TEST

#define P "rw-p 0 0:0 0\n"
#define N "---p 0 0:0 0\n"

/* What VMAs are by names and by what is beside them; each as JSON has it. */
static const struct {
	const char *text;
	const char *kinds;
} kinds[] = {
	/* A guard has a sixteenth of what it guards, above it or below. */
	{ "10000-11000 " N "11000-21000 " P, "guard thread_stack " },
	{ "10000-20000 " P "20000-21000 " N, "anonymous guard " },
	{ "10000-30000 " P "30000-32000 " N, "anonymous guard " },
	{ "10000-30000 " P "30000-33000 " N, "anonymous given_back " },
	{ "10000-11000 " N "11000-20000 " P "20000-22000 " P,
	  "given_back anonymous anonymous " },
	{ "10000-11000 " P "11000-22000 " N "22000-222000 " P,
	  "anonymous given_back anonymous " },
	/* Or is a page each time, in equal steps up to a hole. */
	{ "1000-3000 " P "10000-11000 " P "11000-12000 " N "12000-13000 " P
	  "13000-14000 " N "14000-15000 " P "20000-22000 " P,
	  "alone anonymous guard thread_stack guard thread_stack alone " },
	{ "10000-11000 " P "11000-12000 " N "12000-14000 " P "14000-15000 " N
	  "15000-16000 " P,
	  "anonymous given_back anonymous given_back anonymous " },
	{ "10000-11000 " P "11000-13000 " N "13000-14000 " P,
	  "anonymous given_back anonymous " },
	/* Up to a multiple of 64 MiB, from the one before it. */
	{ "4000000-5000000 " P "5000000-8000000 " N, "arena reserve " },
	{ "4001000-5000000 " P "5000000-8000000 " N, "anonymous reserve " },
	{ "4000000-5000000 " P "5000000-8001000 " N, "anonymous reserve " },
	{ "3000000-4000000 " P "4000000-8000000 " N, "anonymous reserve " },
	/* Or 16 times as large as what is beside it, and 1 MiB at least. */
	{ "10000-11000 " P "11000-111000 " N "111000-121000 " P,
	  "anonymous reserve anonymous " },
	{ "10000-11000 " P "11000-111000 " N "111000-122000 " P,
	  "anonymous given_back anonymous " },
	{ "10000-21000 " P "21000-121000 " N "121000-122000 " P,
	  "anonymous given_back anonymous " },
	{ "10000-11000 " P "11000-110000 " N, "anonymous given_back " },
	{ "10000-11000 " P "11000-111000 " N, "anonymous reserve " },
	{ "10000-11000 " N, "reserve " },
	/* What is a file, or a device's, is nothing that they could guard. */
	{ "10000-11000 " N "11000-21000 rw-p 0 8:1 7 /a\n", "reserve file " },
	{ "10000-11000 " N "11000-21000 rw-p 0 8:1 0\n", "reserve anonymous " },
	{ "1000-2000 ---p 0 0:0 0 [anon:a guard]\n"
	  "3000-4000 ---p 0 0:0 0 [anon:reserve]\n"
	  "4000-5000 rw-p 0 0:0 0 [anon:x stack]\n"
	  "6000-7000 rw-p 0 0:0 0 [anon:x]\n",
	  "guard reserve thread_stack named " },
	{ "1000-2000 rw-p 0 0:0 0 [heap]\n2000-3000 rw-p 0 0:0 0 [stack]\n"
	  "3000-4000 rw-p 0 0:0 0 [vvar]\n4000-5000 rw-s 0 0:1 7 /memfd:a\n"
	  "5000-6000 rw-s 0 0:1 8 /dev/shm/a\n6000-7000 rw-s 0 0:5 9 /dev/a\n"
	  "7000-8000 r--p 0 8:1 9 /a (deleted)\n8000-9000 r--p 0 8:1 9\n"
	  "9000-a000 r--p 0 8:1 9 (deleted)\n",
	  "heap stack kernel memfd shared_memory device deleted_file file "
	  "file " },
	/* Private, they are anonymous memory. */
	{ "1000-2000 rw-s 0 0:f 1 /anon_hugepage (deleted)\n"
	  "2000-3000 rw-p 0 0:f 2 /anon_hugepage (deleted)\n"
	  "4000-5000 rw-s 0 0:1 3 /dev/zero (deleted)\n"
	  "6000-7000 rw-p 0 0:5 4 /dev/zero\n",
	  "shared_memory anonymous shared_memory anonymous " },
};
#undef P
#undef N

START_TEST(kinds_are_found)
{
	struct proc_maps *maps = read_text(kinds[_i].text);
	struct proc_kinds *found = proc_kinds(maps);
	char got[256] = "";

	for (size_t i = 0; i < maps->nr; i++) {
		strcat(got, vma_kinds[found->kind[i]].key);
		strcat(got, " ");
	}
	ck_assert_str_eq(got, kinds[_i].kinds);
	proc_kinds_free(found);
	proc_free(maps);
}
END_TEST

/*
 * A row of four that differ in dd, a hole, two more of these, and a row of
 * three that differ in nh.
 */
START_TEST(groups_are_counted)
{
	struct proc_maps *maps =
		read_text("10000-11000 rw-p 0 0:0 0\n" RW
			  "11000-12000 rw-p 0 0:0 0\n" RW_DD
			  "12000-13000 rw-p 0 0:0 0\n" RW
			  "13000-14000 rw-p 0 0:0 0\n" RW_DD
			  "20000-21000 rw-p 0 0:0 0\n" RW_DD
			  "21000-22000 rw-p 0 0:0 0\n" RW
			  "22000-23000 rw-p 0 0:0 0\n" RW_NH
			  "23000-24000 rw-p 0 0:0 0\n" RW
			  "ffffffffff600000-ffffffffff601000 --xp 0 0:0 0 "
			  "[vsyscall]\n");
	struct explained x;

	ck_assert_ptr_nonnull(maps);
	explain(&x, maps, rules_for("latest"));
	ck_assert_uint_eq(x.nr, 8);
	ck_assert_uint_eq(x.nr_pairs, 6);
	ck_assert_uint_eq(x.stretches, 2);
	ck_assert(x.flags_known);
	ck_assert_uint_eq(x.nr_groups, 2);
	ck_assert_uint_eq(x.groups[0].r.flags, VM_DONTDUMP);
	ck_assert_uint_eq(x.groups[0].nr, 4);
	ck_assert_uint_eq(x.groups[0].run, 4);
	ck_assert_uint_eq(x.groups[0].run_low, 0);
	ck_assert_uint_eq(x.groups[1].r.flags, VM_NOHUGEPAGE);
	ck_assert_uint_eq(x.groups[1].nr, 2);
	ck_assert_uint_eq(x.groups[1].run, 3);
	ck_assert_uint_eq(x.groups[1].run_low, 5);
	ck_assert_uint_eq(x.sums[OUTLOOK_SAVE], 6);
	ck_assert_uint_eq(x.sums[OUTLOOK_APART], 0);
	explain_free(&x);
	proc_free(maps);
}
END_TEST

/* Whatever else it differs in, but not if it has a file. */
START_TEST(guards_are_one_group)
{
	struct proc_maps *maps =
		read_text("1000-2000 rw-p 0 0:0 0\n" RW
			  "2000-3000 ---p 0 0:0 0\nVmFlags: mr mw me \n"
			  "3000-4000 r--p 0 0:0 0\nVmFlags: rd mr mw me nh \n"
			  "4000-5000 ---p 0 8:1 5 /a\nVmFlags: mr mw me \n");
	struct explained x;

	explain(&x, maps, rules_for("latest"));
	ck_assert_uint_eq(x.nr_groups, 2);
	ck_assert(x.groups[0].r.guard);
	ck_assert_uint_eq(x.groups[0].nr, 2);
	ck_assert_uint_eq(x.groups[0].run, 3);
	ck_assert_uint_eq(x.sums[OUTLOOK_GUARD], 2);
	ck_assert_uint_eq(x.sums[OUTLOOK_APART], 1);
	explain_free(&x);
	proc_free(maps);
}
END_TEST

/* Where more than one reason holds, flags are no longer told apart. */
START_TEST(several_reasons_are_one_group)
{
	struct proc_maps *maps = read_text("1000-2000 rw-p 0 8:1 1 /a\n" RW
					   "2000-3000 rw-p 0 8:1 2 /b\n" RW_DD
					   "3000-4000 rw-p 0 8:1 3 /c\n" RW_NH);
	struct explained x;

	explain(&x, maps, rules_for("latest"));
	ck_assert_uint_eq(x.nr_pairs, 2);
	ck_assert_uint_ne(x.pairs[0].r.flags, x.pairs[1].r.flags);
	ck_assert_uint_eq(x.nr_groups, 1);
	ck_assert_uint_eq(x.groups[0].nr, 2);
	ck_assert_uint_eq(x.sums[OUTLOOK_APART], 2);
	explain_free(&x);
	proc_free(maps);
}
END_TEST

START_TEST(pairs_are_found_by_address)
{
	struct proc_maps *maps = read_text("1000-3000 rw-p 0 0:0 0\n"
					   "3000-5000 r--p 0 0:0 0\n"
					   "5000-7000 rw-p 0 0:0 0\n"
					   "9000-a000 rw-p 0 0:0 0\n");
	static const struct {
		uint64_t addr;
		int low; /* -1 for none */
	} at[] = {
		{ 0x3000, 0 },	{ 0x5000, 1 },	{ 0x1000, 0 },	{ 0x2fff, 0 },
		{ 0x4000, 1 },	{ 0x6fff, 1 },	{ 0x7000, -1 }, { 0x0, -1 },
		{ 0x9000, -1 }, { 0xa000, -1 },
	};
	struct explained x;

	explain(&x, maps, rules_for("latest"));
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		const struct proc_pair *pair = explain_find(&x, at[i].addr);

		ck_assert_int_eq(pair ? (int)pair->low : -1, at[i].low);
	}
	explain_free(&x);
	proc_free(maps);
}
END_TEST

/* ---- why two are two, for real ------------------------------------------ */

/*
 * Each deed makes two neighbours that touch at @at, in an area that is reserved
 * for it, with a reserved page below. Returns NULL, or what the kernel lacks.
 */
#define AREA_PAGES 16

static char *area;
static size_t page;

static void reserve(void)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	area = mmap(NULL, AREA_PAGES * page, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(area, MAP_FAILED);
	area += page;
}

static char *map(size_t at, size_t nr, int flags, int fd, size_t from)
{
	char *p = mmap(area + at * page, nr * page, PROT_READ | PROT_WRITE,
		       MAP_FIXED | flags, fd, (off_t)(from * page));

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static char *map_anonymous(size_t at, size_t nr)
{
	return map(at, nr, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int memory_file(const char *name)
{
	int fd = memfd_create(name, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)(8 * page)), 0);
	return fd;
}

static const char *do_noreserve(void)
{
	map_anonymous(0, 1);
	map(1, 1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return NULL;
}

/* What maps the whole in one way. */
static const char *do_noreserve_all(void)
{
	for (size_t i = 0; i < 2; i++)
		map(i, 1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return NULL;
}

static const char *do_protect(void)
{
	map_anonymous(0, 2);
	ck_assert_int_eq(mprotect(area + page, page, PROT_READ), 0);
	return NULL;
}

static const char *do_guard(void)
{
	map_anonymous(0, 2);
	ck_assert_int_eq(mprotect(area + page, page, PROT_NONE), 0);
	return NULL;
}

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static const char *do_guard_region(void)
{
	map_anonymous(0, 2);
	return madvise(area + page, page, MADV_GUARD_INSTALL)
		       ? "no MADV_GUARD_INSTALL"
		       : NULL;
}

/* Address sanitizer has a mlock() of its own, which does nothing. */
static const char *do_lock(void)
{
	map_anonymous(0, 2);
	return syscall(SYS_mlock, area + page, page) ? "mlock() is not allowed"
						     : NULL;
}

static const char *do_lock_all(void)
{
	map_anonymous(0, 2);
	return syscall(SYS_mlock, area, 2 * page) ? "mlock() is not allowed"
						  : NULL;
}

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static const char *name_pages(size_t at, size_t nr, const char *name)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, area + at * page,
		     nr * page, name)
		       ? "no names of anonymous memory"
		       : NULL;
}

static const char *do_name(void)
{
	map_anonymous(0, 2);
	return name_pages(1, 1, "counted-1");
}

static const char *do_names(void)
{
	const char *lacks;

	map_anonymous(0, 2);
	lacks = name_pages(0, 1, "counted-0");
	return lacks ? lacks : name_pages(1, 1, "counted-1");
}

static const char *do_name_all(void)
{
	const char *lacks;

	map_anonymous(0, 2);
	lacks = name_pages(0, 1, "all");
	return lacks ? lacks : name_pages(1, 1, "all");
}

static const char *do_files(void)
{
	map(0, 1, MAP_SHARED, memory_file("a"), 0);
	map(1, 1, MAP_SHARED, memory_file("b"), 1);
	return NULL;
}

static const char *do_file_in_order(void)
{
	int fd = memory_file("a");

	map(0, 1, MAP_SHARED, fd, 2);
	map(1, 1, MAP_SHARED, fd, 3);
	return NULL;
}

static const char *do_file_out_of_order(void)
{
	int fd = memory_file("a");

	map(0, 1, MAP_SHARED, fd, 3);
	map(1, 1, MAP_SHARED, fd, 2);
	return NULL;
}

static const char *do_open_twice(void)
{
	char path[64];
	int fd = memory_file("a"), again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again < 0)
		return "a memfd cannot be opened again";
	map(0, 1, MAP_SHARED, fd, 0);
	map(1, 1, MAP_SHARED, again, 1);
	return NULL;
}

static const char *do_shared(void)
{
	map(0, 1, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	map(1, 1, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return NULL;
}

static const char *do_shared_at_once(void)
{
	map(0, 2, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return NULL;
}

static const char *do_system_v(void)
{
	for (size_t i = 0; i < 2; i++) {
		int id = shmget(IPC_PRIVATE, page, IPC_CREAT | 0600);
		void *at;

		if (id < 0)
			return "no System V shared memory";
		at = shmat(id, area + i * page, SHM_REMAP);
		shmctl(id, IPC_RMID, NULL);
		if (at == (void *)-1)
			return "no System V shared memory";
	}
	return NULL;
}

/* Each got an anon_vma before they touched. */
static const char *do_faulted(void)
{
	*map_anonymous(0, 1) = 1;
	*map_anonymous(2, 1) = 1;
	map_anonymous(1, 1);
	/* It went with the lower one. */
	area += page;
	return NULL;
}

/* As before, but what was written is given back. */
static const char *do_given_back(void)
{
	do_faulted();
	ck_assert_int_eq(madvise(area - page, 2 * page, MADV_DONTNEED), 0);
	ck_assert_int_eq(madvise(area + page, page, MADV_DONTNEED), 0);
	return NULL;
}

/* It keeps the offset of its old place. */
static const char *do_moved(void)
{
	char *old = map_anonymous(4, 1);

	*old = 1;
	map_anonymous(0, 1);
	ck_assert_ptr_eq(mremap(old, page, page, MREMAP_MAYMOVE | MREMAP_FIXED,
				area + page),
			 area + page);
	return NULL;
}

static const char *do_moved_unwritten(void)
{
	char *old = map_anonymous(4, 1);

	map_anonymous(0, 1);
	ck_assert_ptr_eq(mremap(old, page, page, MREMAP_MAYMOVE | MREMAP_FIXED,
				area + page),
			 area + page);
	return NULL;
}

static const char *do_policy(void)
{
	unsigned long nodes = 1;

	map_anonymous(0, 2);
	return syscall(SYS_mbind, area + page, page, MPOL_BIND, &nodes,
		       8 * sizeof(nodes), 0)
		       ? "no mbind()"
		       : NULL;
}

static const char *uffd_register(size_t at)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)area + at * page, page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return "no userfaultfd";
	return NULL;
}

static const char *do_uffd(void)
{
	map_anonymous(0, 2);
	return uffd_register(1);
}

static const char *do_two_uffds(void)
{
	const char *lacks;

	map_anonymous(0, 2);
	lacks = uffd_register(0);
	return lacks ? lacks : uffd_register(1);
}

static const char *do_pkey(void)
{
	int key = pkey_alloc(0, 0);

	map_anonymous(0, 2);
	if (key < 0 ||
	    pkey_mprotect(area + page, page, PROT_READ | PROT_WRITE, key))
		return "no protection keys";
	return NULL;
}

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static const char *do_seal(void)
{
	map_anonymous(0, 2);
	return syscall(SYS_mseal, area + page, page, 0) ? "no mseal()" : NULL;
}

/* What the pair at the second page is to be; 0 for none: one VMA. */
static const struct {
	const char *name;
	const char *(*deed)(void);
	uint32_t all;
	vm_flags_t flags;
	enum hidden hidden;
	bool avoidable;
} deeds[] = {
	{ "MAP_NORESERVE for one", do_noreserve, BIT(FLAGS),
	  VM_NORESERVE | VM_ACCOUNT, HIDDEN_NOT, true },
	{ "MAP_NORESERVE for both", do_noreserve_all, 0 },
	/* Without an anon_vma, it is then no longer accounted. */
	{ "mprotect()", do_protect, BIT(FLAGS), VM_WRITE | VM_ACCOUNT,
	  HIDDEN_NOT, false },
	{ "PROT_NONE", do_guard, BIT(FLAGS), VM_READ | VM_WRITE | VM_ACCOUNT,
	  HIDDEN_NOT, false },
	{ "a guard region", do_guard_region, 0 },
	{ "mlock() of one", do_lock, BIT(FLAGS), VM_LOCKED, HIDDEN_NOT, true },
	{ "mlock() of both", do_lock_all, 0 },
	{ "a name", do_name, BIT(NAME), 0, HIDDEN_NOT, true },
	{ "two names", do_names, BIT(NAME), 0, HIDDEN_NOT, true },
	{ "the same name", do_name_all, 0 },
	{ "two files", do_files, BIT(FILE), 0, HIDDEN_NOT, false },
	{ "a file in order", do_file_in_order, 0 },
	{ "a file out of order", do_file_out_of_order, BIT(OFFSET), 0,
	  HIDDEN_NOT, true },
	{ "a file opened twice", do_open_twice, BIT(HIDDEN), 0, HIDDEN_OPEN,
	  false },
	{ "shared anonymous memory", do_shared, BIT(SHARED), 0, HIDDEN_NOT,
	  true },
	{ "the same at once", do_shared_at_once, 0 },
	{ "System V shared memory", do_system_v, BIT(FILE) | BIT(CLOSE), 0,
	  HIDDEN_NOT, false },
	{ "two anon_vmas", do_faulted, BIT(HIDDEN), 0, HIDDEN_FAULTED, false },
	{ "the same, given back", do_given_back, BIT(HIDDEN), 0, HIDDEN_EMPTY,
	  false },
	{ "mremap() after a write", do_moved, BIT(HIDDEN), 0, HIDDEN_HALF,
	  false },
	{ "mremap() before any", do_moved_unwritten, 0 },
	{ "a memory policy", do_policy, BIT(POLICY), 0, HIDDEN_NOT, false },
	{ "a userfaultfd", do_uffd, BIT(FLAGS), VM_UFFD_MISSING, HIDDEN_NOT,
	  false },
	{ "two userfaultfds", do_two_uffds, BIT(HIDDEN), 0, HIDDEN_UFFD,
	  false },
	{ "a protection key", do_pkey, BIT(FLAGS), 0, HIDDEN_NOT, false },
	{ "mseal()", do_seal, BIT(FLAGS), 0, HIDDEN_NOT, false },
};

static struct proc_maps *read_self(void)
{
	FILE *numa = fopen("/proc/self/numa_maps", "r");
	struct proc_maps *maps = proc_read_pid(0, stderr);

	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->nr_skipped, 0);
	if (numa) {
		proc_read_policies(maps, numa);
		fclose(numa);
	}
	return maps;
}

static const struct proc_pair *pair_at(const struct explained *x, uint64_t addr)
{
	for (size_t i = 0; i < x->nr_pairs; i++)
		if (x->maps->vma[x->pairs[i].low].end == addr)
			return &x->pairs[i];
	return NULL;
}

static void check_pair(const struct proc_pair *pair, const char *name,
		       uint32_t all, vm_flags_t flags, enum hidden hidden,
		       bool avoidable)
{
	ck_assert_msg(!!pair == !!all, "%s: %s", name,
		      pair ? "two VMAs" : "one VMA");
	if (!pair)
		return;
	ck_assert_msg(pair->r.all == all, "%s: reasons %x", name, pair->r.all);
	ck_assert_msg(pair->r.flags == flags, "%s: flags %llx", name,
		      (unsigned long long)pair->r.flags);
	ck_assert_msg(pair->r.hidden == hidden, "%s: %s", name,
		      hidden_texts[pair->r.hidden]);
	ck_assert_int_eq(pair->r.avoidable, avoidable);
}

START_TEST(the_kernel_keeps_apart)
{
	struct proc_maps *maps;
	const char *lacks;
	struct explained x;

	reserve();
	lacks = deeds[_i].deed();
	if (lacks) {
		printf("skipped: %s: %s\n", deeds[_i].name, lacks);
		return;
	}
	maps = read_self();
	explain(&x, maps, rules_for("latest"));
	check_pair(pair_at(&x, (uintptr_t)area + page), deeds[_i].name,
		   deeds[_i].all, deeds[_i].flags, deeds[_i].hidden,
		   deeds[_i].avoidable);
	explain_free(&x);
	proc_free(maps);
}
END_TEST

/* Each advice keeps two apart, and not if both get it. */
static const struct {
	int advice;
	vm_flags_t flag;
} advices[] = {
	{ MADV_HUGEPAGE, VM_HUGEPAGE },	    { MADV_NOHUGEPAGE, VM_NOHUGEPAGE },
	{ MADV_DONTDUMP, VM_DONTDUMP },	    { MADV_DONTFORK, VM_DONTCOPY },
	{ MADV_WIPEONFORK, VM_WIPEONFORK }, { MADV_MERGEABLE, VM_MERGEABLE },
	{ MADV_SEQUENTIAL, VM_SEQ_READ },   { MADV_RANDOM, VM_RAND_READ },
};

static void check_self(const char *name, uint32_t all, vm_flags_t flags)
{
	struct proc_maps *maps = read_self();
	struct explained x;

	explain(&x, maps, rules_for("latest"));
	check_pair(pair_at(&x, (uintptr_t)area + page), name, all, flags,
		   HIDDEN_NOT, true);
	explain_free(&x);
	proc_free(maps);
}

START_TEST(advice_keeps_apart)
{
	const char *name = proc_flag_code(__builtin_ctzll(advices[_i].flag));

	reserve();
	map_anonymous(0, 2);
	if (madvise(area + page, page, advices[_i].advice)) {
		printf("skipped: advice %s: %s\n", name, strerror(errno));
		return;
	}
	check_self(name, BIT(FLAGS), advices[_i].flag);
	ck_assert_int_eq(madvise(area, page, advices[_i].advice), 0);
	check_self(name, 0, 0);
}
END_TEST

/* What was inherited does not merge with what was never written to. */
START_TEST(fork_keeps_apart)
{
	int status;
	pid_t child;

	reserve();
	*map_anonymous(0, 1) = 1;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		const struct proc_pair *pair;
		struct explained x;

		map_anonymous(1, 1);
		explain(&x, read_self(), rules_for("latest"));
		pair = pair_at(&x, (uintptr_t)area + page);
		_exit(pair && pair->r.hidden == HIDDEN_HALF ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}
END_TEST

/* Wherever it lies, the kernel's own shows as that. */
START_TEST(the_vdso_is_special)
{
	struct proc_maps *maps = read_self();
	struct explained x;
	size_t found = 0;

	explain(&x, maps, rules_for("latest"));
	for (size_t i = 0; i < x.nr_pairs; i++)
		if (!strcmp(maps->vma[x.pairs[i].low + 1].name, "[vdso]")) {
			ck_assert_int_eq(x.pairs[i].r.why, WHY_SPECIAL);
			found++;
		}
	if (!found)
		puts("skipped: nothing lies below the vdso");
	explain_free(&x);
	proc_free(maps);
}
END_TEST

START_TEST(reads_what_is_mapped)
{
	struct proc_maps *maps;
	size_t found = 0;

	reserve();
	map_anonymous(0, 2)[0] = 1;
	maps = proc_read_pid(getpid(), stderr);
	ck_assert_ptr_nonnull(maps);
	ck_assert_uint_eq(maps->page_size, page);
	ck_assert_uint_gt(maps->max_map_count, 0);
	for (size_t i = 0; i < maps->nr; i++)
		if (maps->vma[i].start == (uintptr_t)area) {
			ck_assert_uint_eq(maps->vma[i].end,
					  (uintptr_t)area + 2 * page);
			ck_assert(maps->vma[i].has_flags);
			ck_assert_uint_eq(maps->vma[i].anonymous, page / 1024);
			found++;
		}
	ck_assert_uint_eq(found, 1);
	proc_free(maps);
}
END_TEST

/* ---- who cannot be read ------------------------------------------------- */

static void check_unreadable(pid_t pid, const char *says)
{
	FILE *err = fmemopen(said, sizeof(said), "w");
	struct proc_maps *maps;

	memset(said, 0, sizeof(said));
	maps = proc_read_pid(pid, err);
	fclose(err);
	ck_assert_ptr_null(maps);
	ck_assert_msg(strstr(said, says), "%s", said);
}

START_TEST(nobody_is_refused)
{
	check_unreadable(4194303, "PID 4194303: there is no such process");
}
END_TEST

START_TEST(kernel_threads_are_refused)
{
	char comm[32] = "";
	FILE *in = fopen("/proc/2/comm", "r");

	if (!in || !fgets(comm, sizeof(comm), in) ||
	    strcmp(comm, "kthreadd\n")) {
		puts("skipped: no kernel thread to be seen");
	} else {
		check_unreadable(2, "PID 2: a kernel thread");
	}
	if (in)
		fclose(in);
}
END_TEST

START_TEST(the_dead_are_refused)
{
	siginfo_t info;
	pid_t child = fork();

	if (!child)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, child, &info, WEXITED | WNOWAIT), 0);
	check_unreadable(child, "it ended");
	waitpid(child, NULL, 0);
}
END_TEST

static void *stay(void *data)
{
	pause();
	return data;
}

/* The number of the process is that of a thread that has nothing mapped. */
START_TEST(the_first_thread_ended)
{
	char path[64], state = 0;
	pthread_t other;
	pid_t child = fork();

	if (!child) {
		if (!pthread_create(&other, NULL, stay, NULL))
			syscall(SYS_exit, 0);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)child);
	/* What is mapped is gone a little before. */
	while (state != 'Z') {
		FILE *in = fopen(path, "r");

		ck_assert_ptr_nonnull(in);
		ck_assert_int_eq(fscanf(in, "%*s %*s %c", &state), 1);
		fclose(in);
	}
	check_unreadable(child, "its first thread ended, expected the number");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(the_forbidden_are_refused)
{
	int status;
	pid_t child;

	if (getuid()) {
		puts("skipped: not root, to become another user");
		return;
	}
	child = fork();
	if (!child) {
		if (setgid(65534) || setuid(65534))
			_exit(0);
		check_unreadable(getppid(), "it may not be read");
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}
END_TEST

/* ---- what is printed ---------------------------------------------------- */

struct printed {
	char *text;
	size_t len;
};

static struct printed print_text(const char *maps_text, bool summary)
{
	const struct explain_style style = { summary, "", "" };
	struct proc_maps *maps = read_text(maps_text);
	struct printed p;
	struct explained x;
	FILE *out = open_memstream(&p.text, &p.len);

	ck_assert_ptr_nonnull(maps);
	explain(&x, maps, rules_for("latest"));
	explain_print(out, &x, &style);
	fclose(out);
	explain_free(&x);
	proc_free(maps);
	return p;
}

static void check_width(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		ck_assert_msg(utf8_count(text, len) <= 80, "%.*s", (int)len,
			      text);
		ck_assert_msg(!len || text[len - 1] != ' ', "'%.*s'", (int)len,
			      text);
		text += len + 1;
	}
}

START_TEST(text_is_printed)
{
	struct printed p =
		print_text("1000-2000 rw-p 0 0:0 0\n" RW
			   "2000-3000 rw-p 0 0:0 0\n" RW_NR_DD_LO
			   "3000-4000 rw-p 0 0:0 0\n" RW_NR_DD_LO
			   "4000-5000 ---p 0 0:0 0\nVmFlags: mr mw me \n",
			   false);

	check_width(p.text);
	ck_assert_ptr_eq(strstr(p.text,
				"f: 4 VMAs, 0.0 % of the 65530 allowed by "
				"default\n"),
			 p.text);
	ck_assert_ptr_nonnull(strstr(p.text, "MAP_NORESERVE (nr)"));
	ck_assert_ptr_nonnull(strstr(p.text, "Lock the whole range"));
	ck_assert_ptr_nonnull(strstr(p.text, "all that shows is equal"));
	ck_assert_ptr_nonnull(strstr(p.text, "MADV_GUARD_INSTALL"));
	free(p.text);
	p = print_text("1000-2000 rw-p 0 0:0 0\n", true);
	check_width(p.text);
	ck_assert_ptr_nonnull(strstr(p.text, "Not all flags are known"));
	ck_assert_ptr_null(strstr(p.text, " at\n"));
	free(p.text);
}
END_TEST

START_TEST(json_is_printed)
{
	struct proc_maps *maps =
		read_text("1000-2000 rw-p 0 8:1 1 /a\xff\033\n" RW
			  "2000-3000 rw-p 0 8:1 2 /b\n" RW_DD_ODD);
	struct explained x;
	const char *name;
	json_t *json, *pair;

	ck_assert_ptr_nonnull(maps);
	explain(&x, maps, rules_for("latest"));
	json = explain_json(&x, false);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "vmas")), 2);
	pair = json_array_get(json_object_get(json, "pairs"), 0);
	name = json_string_value(json_object_get(pair, "low_name"));
	ck_assert_str_eq(name, "/a\\377\\033");
	name = json_string_value(json_object_get(pair, "at"));
	ck_assert_str_eq(name, "0x2000");
	ck_assert_uint_eq(json_array_size(json_object_get(pair, "flags")), 2);
	json_decref(json);
	json = explain_json(&x, true);
	ck_assert_ptr_null(json_object_get(json, "pairs"));
	json_decref(json);
	explain_free(&x);
	proc_free(maps);
}
END_TEST

static struct printed print_pair(const char *maps_text)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct proc_maps *maps = read_text(maps_text);
	struct printed p;
	struct explained x;
	FILE *out = open_memstream(&p.text, &p.len);

	ck_assert_ptr_nonnull(cat);
	ck_assert_ptr_nonnull(maps);
	explain(&x, maps, rules_for("latest"));
	explain_show(out, &x, explain_find(&x, 0x2000), cat);
	fclose(out);
	explain_free(&x);
	proc_free(maps);
	catalog_free(cat);
	return p;
}

/* What calls can make equal merges, and nothing else does. */
static const struct {
	const char *text;
	bool merges;
} shown_pairs[] = {
	{ "1000-2000 rw-p 0 8:1 1 /a\n" RW
	  "2000-9000 rw-p 1000 8:1 2 /b\n" RW_DD,
	  false },
	{ "1000-2000 rw-p 0 8:1 1 /a\n" RW
	  "2000-9000 rw-p 4000 8:1 1 /a\n" RW_DD,
	  false },
	{ "1000-2000 rw-p 0 0:0 0\n" RW "2000-9000 rw-p 0 0:0 0\n" RW_DD,
	  true },
	{ "1000-2000 rw-p 0 0:0 0 [anon:a]\n" RW
	  "2000-9000 rw-p 0 0:0 0 [anon:b]\n" RW,
	  true },
	{ "1000-2000 rw-p 0 8:1 1 /a\n" RW
	  "2000-9000 rw-p 1000 8:1 1 /a\n" RW_LO,
	  true },
	{ "1000-2000 rw-p 0 8:1 1 /a\n" RW "2000-9000 rw-p 4000 8:1 1 /a\n" RW,
	  false },
	{ "1000-2000 rw-p 0 8:1 1 /a\n" RW "2000-9000 rw-p 1000 8:1 2 /b\n" RW,
	  false },
	{ "1000-2000 rw-p 0 0:0 0\n" RW "2000-9000 rw-p 0 0:0 0\n" RW, false },
	{ "1000-2000 rw-p 0 0:0 0\n" RW_IO "2000-9000 rw-p 0 0:0 0\n" RW,
	  false },
	{ "1000-2000 rw-p 0 0:0 0\n" RW "2000-9000 rw-p 0 0:0 0\n" RW_SL,
	  false },
};

START_TEST(a_pair_is_shown)
{
	struct printed p = print_pair(shown_pairs[_i].text);

	check_width(p.text);
	ck_assert_ptr_nonnull(strstr(p.text, "|-"));
	ck_assert_ptr_nonnull(strstr(p.text, "prev         1000-2000"));
	ck_assert_ptr_nonnull(strstr(p.text, "middle       2000-9000"));
	ck_assert_int_eq(!!strstr(p.text, "1000-9000."),
			 shown_pairs[_i].merges);
	ck_assert_int_eq(!strstr(p.text, "they would still"),
			 shown_pairs[_i].merges);
	free(p.text);
}
END_TEST

/* ---- the program -------------------------------------------------------- */

struct ran {
	char out[64 * 1024]; /* standard output and error, in order */
	int status;
};

static struct ran *run(const char *args)
{
	static struct ran ran;
	char command[1024];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "unset CK_RUN_SUITE CK_RUN_CASE; "
		 "v=${VMATLAS:-build/vmatlas}; { %s; } 2>&1",
		 args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(ran.out, 1, sizeof(ran.out) - 1, pipe);
	ran.out[len] = '\0';
	ran.status = pclose(pipe);
	ck_assert(WIFEXITED(ran.status));
	ran.status = WEXITSTATUS(ran.status);
	return &ran;
}

/* Policies are read where advice alone would not make one VMA of two, too. */
START_TEST(advice_does_not_hide_a_policy)
{
	char command[64];
	const char *lacks;

	reserve();
	lacks = do_policy();
	if (lacks) {
		printf("skipped: %s\n", lacks);
		return;
	}
	ck_assert_int_eq(madvise(area + page, page, MADV_DONTDUMP), 0);
	snprintf(command, sizeof(command), "$v explain --pid $PPID --show %lx",
		 (unsigned long)(area + page));
	ck_assert_ptr_nonnull(strstr(run(command)->out, "memory policies"));
}
END_TEST

#define GOOD "1000-2000 rw-p 0 0:0 0\\n"

struct call {
	const char *command;
	int status;
	const char *says;
};

/* One of six may be executed, or not. */
#define MANY_PARTS(prot)                                                       \
	"{ echo '1000-2000 " prot " 0 8:1 7 /a'; "                             \
	"for i in 2 3 4 5 6; do "                                              \
	"echo ${i}000-$((i + 1))000 r--p $((i * 2))000 8:1 7 /a; done; }"

static const struct call calls[] = {
	{ "$v explain", 2, "expected --pid PID, FILE" },
	{ "$v explain a b c", 2, "expected --pid PID, FILE" },
	{ "$v explain --pid 1 a", 2, "expected --pid PID, FILE" },
	{ "$v explain --pid 0", 2, "'0' is no number for --pid" },
	{ "$v explain --pid 4194303", 2, "there is no such process" },
	{ "$v explain /no/such/file", 2, "/no/such/file: cannot be opened" },
	{ "$v explain /", 2, "/: cannot be read: Is a directory" },
	{ "yes '' | timeout 60 $v explain -", 2,
	  "standard input:4194304:1: 4194304 lines or 64 MiB in a row that "
	  "are not understood, expected maps or smaps" },
	{ "yes \"$(seq -s. 9999)\" | timeout 60 $v explain -", 2,
	  "4194304 lines or 64 MiB in a row that are not understood" },
	{ "{ printf '" GOOD "'; yes 'Rss: 4 kB'; } | timeout 60 $v what-if - "
	  "munmap 1000 1p",
	  2, "standard input:4194305:1: 4194304 lines" },
	{ "{ echo 'munmap(0x1000, 4096) = 0'; yes ''; } | "
	  "timeout 60 $v replay -",
	  2,
	  "-:4194306:1: cannot read on: 4194304 "
	  "lines or 64 MiB in a row that are not understood" },
	{ "timeout 60 $v replay - </dev/urandom", 2, "in a row that are not" },
	{ "d=$(mktemp -d); { echo '1.5 x'; yes '' | head -n 4194305; } >$d/t.1; "
	  "cp $d/t.1 $d/t.2; $v replay $d/t.*; s=$?; rm -r $d; exit $s",
	  2, ":4194306:1: cannot read on: 4194304 lines" },
	{ "d=$(mktemp -d) && mkfifo $d/f && { (sleep 1.5; printf '" GOOD
	  "' >$d/f) & $v explain $d/f; rm -r $d; }",
	  0, "/f: a FIFO into which nobody writes, waiting for who does\n" },
	{ "$v explain --page-size 5000 -", 2, "expected a power of two" },
	{ "$v explain --page-size 1024 -", 2, "'1024' is no number" },
	{ "$v explain --page-size 4096 --pid 1", 2, "--page-size is for a" },
	/* What would not be looked at. */
	{ "$v explain --all --page-size 4096", 2,
	  "--page-size is for a FILE, and this machine says what the size of its pages is, expected no --all" },
	{ "$v explain --all --max-map-count 9", 2,
	  "--max-map-count is for one process, expected no --all" },
	{ "$v explain --all --summary", 2,
	  "--summary is for the whole of one process, expected no --all" },
	{ "$v explain --show 1 --summary -", 2, "expected no --show" },
	{ "$v explain --watch 1 --pid $$ --summary", 2, "expected no --watch" },
	{ "$v explain --all --strict", 2,
	  "--strict is for what is read once, expected no --all" },
	{ "$v what-if --pid $$ --page-size 65536 munlockall", 2,
	  "--page-size is for a FILE, and this machine says what the size of its pages is, expected no --pid" },
	{ "$v show --step --format json new-merge-left", 2,
	  "are for people, expected no --format json" },
	{ "$v show --step new-merge-left new-merge-right", 2,
	  "--step is for one case, expected no other" },
	/* And what is. */
	{ "$v what-if --pid $$ --max-map-count 5 mmap 0 4K r--", 0, "ENOMEM" },
	{ "$v explain --pid $$ --max-map-count 5", 0, "more than 5 were" },
	{ "$v explain --pid $$ --max-map-count 1000", 0, "% of the 1000 " },
	{ "printf '" GOOD "x\n' | $v explain --strict /dev/null -", 1,
	  "input:2:1: 'x' not" },
	{ "$v explain --show 12z -", 2, "'12z' is no address" },
	{ "$v explain --show '' -", 2, "'' is no address" },
	{ "$v explain --show -1 -", 2, "'-1' is no address" },
	{ "$v explain --show 1 --format json -", 2, "--show is for people" },
	{ "$v explain --all --pid 1", 2, "--all is every process" },
	{ "$v explain --all -", 2, "--all is every process" },
	{ "$v explain --threshold 5 -", 2, "are for --all" },
	{ "$v explain --all --threshold 0", 2, "'0' is no number" },
	{ "$v explain --all", 0, "  process" },
	{ "$v explain --all --threshold 100", 0, "  process" },
	{ "$v explain --all --format json", 0, "\"max_map_count\"" },
	{ "$v explain --format json /dev/null", 0, "\"max_map_count\": 65530" },
	{ "$v what-if --format json /dev/null fork", 0,
	  "\"max_map_count\": 65530" },
	{ "$v what-if --format json --max-map-count 9 /dev/null fork", 0,
	  "\"max_map_count\": 9" },
	{ "$v explain --all --prometheus", 0, "vmatlas_process_vmas{pid=\"" },
	{ "$v explain --all --watch 1", 0, "growth  process" },
	/* What it had is no growth. */
	{ "sleep 4 >/dev/null 2>&1 & old=$!; sleep 0.3; "
	  "$v explain --all --watch 1 --format json | tr -d ' \\n' | "
	  "grep -c \"\\\"pid\\\":$old,[^}]*\\\"growth\\\":0}\"",
	  0, "1\n" },
	/* However few files may be open, each process is there with its name. */
	{ "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 3 >/dev/null 2>&1 & done; "
	  "sleep 0.3; (ulimit -n 10; exec $v explain --all --prometheus) | "
	  "grep -c 'name=\"sleep\"' | sed 's/^[1-9][0-9]$/all/'",
	  0, "all\n" },
	{ "$v explain --show 1 - -", 2, "OLD and NEW are compared" },
	{ "$v explain - /no/such </dev/null", 2, "cannot be opened" },
	{ "$v explain", 2, "expected --pid PID, FILE, OLD and NEW" },
	{ "NO_COLOR=1 script -qc \"$v explain\" /dev/null", 0,
	  "explain --all" },
	{ "$v explain --watch 1 -", 2, "--watch of a file" },
	{ "$v explain --watch 0 --pid 1", 2, "'0' is no number for --watch" },
	{ "$v explain --watch 1 --pid 1 --format json", 2, "--watch prints" },
	{ "printf '" GOOD "' | $v explain --show 1000 -", 2,
	  "at 1000 no VMAs touch" },
	{ "printf '" GOOD "' | $v explain -", 0,
	  "standard input: 1 VMA, 0.0 % of the 65530 " },
	{ "printf '" GOOD "x\\n' | $v explain -", 0, "input:2:1: 'x' not" },
	{ "printf '" GOOD "x\\n' | $v explain --strict -", 1,
	  "1  line not understood, and skipped" },
	{ "printf '" GOOD "' | $v explain --strict -", 0, "1 VMA" },
	{ "printf 'x\\n' | $v explain -", 2, "no line was understood" },
	{ ": | $v explain -", 0, "Nothing is mapped" },
	/* A program is not mapped otherwise; a row of pieces of a file may be. */
	{ MANY_PARTS(
		  "r-xp") " | $v explain - | grep -c 'Who maps files'; exit 0",
	  0, "0\n" },
	{ MANY_PARTS(
		  "r--p") " | $v explain - | grep -c 'Who maps files'; exit 0",
	  0, "1\n" },
	{ "printf '1000-2000 rw-p 0 0:0 0\nVmFlags: rd wr nh\n2000-3000 rw-p 0 0:0 0\nVmFlags: rd wr\n' | $v explain -",
	  0, "Where nh is from MAP_STACK" },
	{ "$v explain --pid $$", 0, "allowed" },
	{ "$v explain --pid $$ --format json --summary", 0, "\"in_a_row\"" },
	{ "$v explain --pid $$ >/dev/full", 2, "cannot write" },
	{ "$v explain --color always --pid $$", 0, "\033[1m" },
	{ "$v explain --color never --pid $$", 0, "apart" },
	/* Ends when its process does, and when it is interrupted. */
	{ "sleep 2 & sleep 0.4; $v explain --watch 1 --pid $!", 0, "\nPID " },
	{ "timeout --preserve-status -s INT 1 $v explain --watch 9 --pid $$", 0,
	  "+0: save " },
};

START_TEST(calls_end_as_they_should)
{
	struct ran *ran = run(calls[_i].command);

	ck_assert_msg(ran->status == calls[_i].status, "status %d:\n%s",
		      ran->status, ran->out);
	ck_assert_msg(strstr(ran->out, calls[_i].says), "no '%s' in:\n%s",
		      calls[_i].says, ran->out);
	ck_assert(!strstr(ran->out, "\033") ||
		  strstr(calls[_i].command, "always"));
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
/* In a namespace of its own, where that is to be had. */
static const struct call without_proc[] = {
	{ "explain --pid 1", 2, "PID 1: there is no /proc, expected it" },
	{ "explain --all", 2, "there is no /proc, expected it mounted" },
	{ "live --random --calls 1", 2, "there is no /proc to see" },
	{ "live --random --tap --calls 1", 0, "1..0 # SKIP there is no /proc" },
	{ "race --summary --seconds 1", 2, "there is no /proc to see" },
	{ "race --tap --seconds 1", 0, "1..0 # SKIP there is no /proc" },
};

START_TEST(without_proc_it_is_said)
{
	static const char away[] =
		"unshare -rm sh -c 'mount -t tmpfs none /proc && ! test -e /proc/self";
	const struct call *c = &without_proc[_i];
	char command[512];
	struct ran *ran;

	snprintf(command, sizeof(command), "%s' 2>&1", away);
	if (run(command)->status) {
		printf("skipped: %s without /proc: no namespaces\n",
		       c->command);
		return;
	}
	snprintf(command, sizeof(command), "export v; %s; exec $v %s'", away,
		 c->command);
	ran = run(command);
	ck_assert_msg(strstr(ran->out, c->says), "%s", ran->out);
	ck_assert_int_eq(ran->status, c->status);
}
END_TEST

/* As many as random programs may need, and one: the process has more already. */
START_TEST(random_programs_need_room)
{
	static const char few[] =
		"unshare -rm sh -c 'mount -t tmpfs none /mnt && echo %d >/mnt/few && mount --bind /mnt/few /proc/sys/vm/max_map_count";
	const int most = RANDOM_PAGES + RANDOM_BEYOND + 17;
	char begin[256], command[512];
	struct ran *ran;

	snprintf(begin, sizeof(begin), few, most);
	snprintf(command, sizeof(command), "%s' 2>&1", begin);
	if (run(command)->status) {
		puts("skipped: live --random with few VMAs: no namespaces");
		return;
	}
	snprintf(command, sizeof(command),
		 "export v; %s; exec $v live --random --calls 1'", begin);
	ran = run(command);
	ck_assert_msg(strstr(ran->out, "vm.max_map_count allows fewer VMAs"),
		      "%s", ran->out);
	ck_assert_int_eq(ran->status, 2);
}
END_TEST
#endif

/*
 * What was brought in from the field, or made as such: in tests/field. Each is
 * what a person pasted or had, and what that person needed to read.
 */
#define F "cd tests/field && "
#define GEN(dir) "$PYTHON tests/field/" dir "/gen.py | "

static const struct call field[] = {
	/* What the VMAs are, and not only pairs. */
	{ F "$v explain explain-files/input", 0, "400 100 %         4-16 KiB" },
	{ F "$v explain explain-files/input", 0,
	  "deleted files: *.dvd in /usr/share/os/data/nodes/0/indices\n" },
	{ F "$v explain explain-files/input2", 0,
	  "100 % of 400 VMAs are files: *.cfs in /data/index, 68 KiB each." },
	/* Guards, whatever they are called; 3 + 4 pairs, and then 3. */
	{ F "$v explain guard-named/input", 0, "\n      3    guard pages\n" },
	{ F "$v explain guard-named/input", 0,
	  "\n      4    memory held in reserve\n" },
	{ F "$v explain guard-named/input2", 0, "\n      3    guard pages\n" },
	/* Given back, and reserves: each its own advice. */
	{ F "$v explain reserve-advice/input", 0,
	  "\n     11    memory given back by taking its access away\n" },
	{ F "$v explain reserve-advice/input", 0, "MADV_DONTNEED" },
	{ F "! $v explain reserve-advice/input | grep GUARD_INSTALL", 0, "" },
	{ F "$v explain reserve-advice/input2", 0,
	  "\n      9    memory held in reserve\n" },
	{ F "$v explain reserve-advice/input2", 0, "MALLOC_ARENA_MAX" },
	/* The same as without. */
	{ F "tr -d '\\r' <crlf/input | $v explain - >$TMPDIR/lf; "
	    "$v explain - <crlf/input | diff - $TMPDIR/lf && rm $TMPDIR/lf",
	  0, "" },
	{ F "$v explain --strict indented/input", 0, ": 37 VMAs" },
	{ F "sed 's/^/> /' crlf/input | $v explain --strict -", 0, "37 VMAs" },
	{ F "grep -n '' crlf/input | $v explain --strict -", 0, "37 VMAs" },
	{ F "grep -H '' crlf/input | $v explain --strict -", 0, "37 VMAs" },
	{ F "(echo a; sed 's/^/host x[1]: /' crlf/input) | $v explain -", 0,
	  "37 VMAs" },
	/* The fold is in names: lines of 60 columns. */
	{ F "sed 's/^ *//' indented/input | fold -s -w 74 | $v explain "
	    "--strict -",
	  0, "37 VMAs" },
	{ F "$v explain --strict other-formats/0x-prefixed", 0, "4 VMAs" },
	{ F "$v explain --strict other-formats/gdb", 0, "8 VMAs" },
	{ "printf '0x1000 0x2000 0x1000 0x0 r--p /a\\0b\n0x2000 0x3000 0x1000 "
	  "0x0 r--p /c\n' | $v explain -",
	  0, "standard input:1:1: '/a\\000b' not understood and skipped" },
	{ F "$v explain --strict other-formats/criu-log", 0, "1 VMA," },
	{ F "$v explain --strict other-formats/readelf-core", 0, "16 VMAs" },
	{ F "$v explain --strict other-formats/pmap-X", 0, "36 VMAs" },
	{ F "$v explain --strict other-formats/pmap-XX", 0, "36 VMAs" },
	{ F "! $v explain other-formats/pmap-XX | grep 'Not all flags'", 0,
	  "" },
	/* In the words of others: JSON, and lists of Python. */
	{ "printf '[\"1000-2000 r--p 0 1:2 3 /a b\", \"2000-3000 r--p 0 1:2 4 "
	  "/c\"]\n' | $v explain --strict -",
	  0, "2 VMAs" },
	{ "printf '{\"m\": \"1000-2000 r--p 0 1:2 3 /a\\\\n2000-3000 r--p 0 "
	  "1:2 3 /a\\\\n\"}' | $v explain --strict -",
	  0, "100 % of 2 VMAs are files: /a, 4 KiB each." },
	{ F "$v explain other-formats/pmap-X", 0, "  files: *.so\n" },
	/* A reserve, though there is memory above it. */
	{ "for i in 1 2 3 4 5 6 7 8; do echo ${i}00000000-${i}00010000 rw-p 0 "
	  "0:0 0; echo ${i}00010000-$((i + 1))00000000 ---p 0 0:0 0; done | $v "
	  "explain -",
	  0,
	  "100 % of 16 VMAs are one run of 16 at 100000000: anonymous rw- "
	  "64 KiB,\nreserves --- 4194240 KiB." },
	/* Of what several made, each has its own. */
	{ "seq 1 9 | awk '{printf \"%d1000-%d2000 r--p 0 1:2 %d %s\\n\", $1, $1, "
	  "$1, $1 < 4 ? \"/a/\" $1 \".so.1\" : \"/x/\" $1 \".cfs\"}' | $v explain "
	  "-",
	  0, "What may help\n      6  Lucene: fewer" },
	/* How near. */
	{ "seq 1 60000 | awk '{printf \"%x000-%x000 rw-p 0 0:0 0\\n\", 2*$1, "
	  "2*$1+1}' | $v explain -",
	  0, "60000 VMAs, 91.6 % of the 65530 allowed by default\n" },
	{ "seq 1 60000 | awk '{printf \"%x000-%x000 rw-p 0 0:0 0\\n\", 2*$1, "
	  "2*$1+1}' | $v explain -",
	  0, "Near the limit: 5531 VMAs more, and mmap() fails" },
	/* Named for what it is. */
	{ F "$v explain other-formats/pmap", 2, "this is the output of pmap," },
	{ F "$v explain other-formats/pmap-d", 2, "output of pmap -d," },
	{ F "$v explain other-formats/gdb-of-core", 2,
	  "gdb's 'info proc mappings' without permissions" },
	{ "echo 'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000' | "
	  "$v explain -",
	  2, "vmatlas replay FILE" },
	{ "gzip -c Makefile | $v explain -", 2, "compressed by gzip" },
	{ "$v explain $v", 2, "expected the core of a process" },
	{ "head -c 40 $v | $v explain -", 2, "damaged ELF file" },
	/* Errors of outer calls, limits of other machines, what failed, who did. */
	{ GEN("madvise-eagain") "$v what-if - madvise 7f0000001000 4K dontdump",
	  0, "Result        EAGAIN" },
	{ GEN("replay-limit") "$v replay -", 0, "140000 at the end" },
	{ GEN("replay-limit") "$v replay -", 0,
	  "more than 65530 VMAs: those of line 32767 were allowed" },
	{ "! " GEN("replay-limit") "$v replay - | grep otherwise", 0, "" },
	{ GEN("replay-limit") "$v replay --max-map-count 200000 - | grep "
			      "'limit  '; test $? = 1",
	  0, "" },
	{ GEN("replay-cost") "$v replay -", 0,
	  "+30000    30000  +1.0  mprotect(_, 4096, PROT_NONE)\n"
	  "       +2        1  +2.0  mprotect(_, 4096, PROT_READ)\n" },
	{ F "$PYTHON replay-failed-partial/gen.py >$TMPDIR/begin; $v replay "
	    "--from $TMPDIR/begin replay-failed-partial/input; rm "
	    "$TMPDIR/begin",
	  0,
	  "        1  ENOMEM  mprotect(0x7f0000000000, 24576, PROT_EXEC)\n"
	  "                   the limit: 65530 of 65530 VMAs; 1 VMA had "
	  "changed before\n" },
	{ F "$v replay indented/input2", 0, "not accounted for" },
	/* One program, seen by each that can see it: all have the same. */
	{ F "cd traces; for f in strace strace-Y perf-trace ftrace bpftrace; "
	    "do $v replay $f | sed -n 's/ (.*)//; s/^  VMAs *//p'; done | "
	    "uniq -c",
	  0, "      5 0 at first, 10 at most, 9 at the end" },
	/* perf trace -p of one thread does not say which. */
	{ F "sed -n 's,): prog/[0-9]* ,): ,p' traces/perf-trace | $v replay -",
	  0, "mprotect                        4         1" },
	/* The same program, linked dynamically. */
	{ F "cd traces; for f in strace-k perf-trace-stacks perf-script; "
	    "do $v replay $f | sed -n 's/ (.*)//; s/^  VMAs *//p'; done | "
	    "uniq -c",
	  0, "      3 0 at first, 18 at most, 17 at the end" },
	{ F "cd traces; $v replay ff.*", 0,
	  "10 at most (line 19), 9 at the end" },
	{ F "cd traces; $v replay ff.* | head -1", 0, " and 1 more: process " },
	/*
	 * By hand: one VMA, mseal() of its head 2, PROT_MTE in the middle 4,
	 * PROT_BTI beside that 5, userfaultfd in the middle 7, one more 8, a
	 * shadow stack 9, a key at a head 10, a policy at a head 11; that has a
	 * home then, and the userfaultfd is closed: 10.
	 */
	{ F "$v replay traces/calls", 0,
	  "11 at most (line 14), 10 at the end" },
	{ F "$v replay traces/calls", 0,
	  "  ioctl_userfaultfd               2" },
	{ F "$v replay traces/calls", 0,
	  "        3  EPERM   munmap(0x7f0000000000, 8192)\n"
	  "                   a sealed VMA at 7f0000000000\n" },
	{ F "$v replay traces/calls", 0, "traces/calls:17:38: io_setup(): " },
	{ F "$v replay traces/calls", 0, "process_madvise(): a call that" },
	/* The caller, from each that has stacks. */
	{ F "cd traces; for f in strace-k perf-trace-stacks perf-script; do $v "
	    "replay $f | grep -c '/tmp/prog(main)'; done | sort -u",
	  0, "1\n" },
	/* As it is pasted: quoted, indented, numbered, with CR LF. */
	{ F "cd traces; for e in 's/^/> /' 's/^/> > /' 's/^/    /' 's/$/\r/' "
	    "'s/^/7:/'; do sed \"$e\" strace-k | $v replay - | md5sum; done | "
	    "sort -u | wc -l",
	  0, "1\n" },
	{ F "cd traces; sed 's/^/> /' strace-k | $v replay --strict -", 0,
	  "18 at most" },
	/* No traces: the first lacks the number of the thread. */
	{ F "sed 's/-7422 /- /' traces/ftrace | $v replay -", 0,
	  "a line that is none of strace's" },
	/* None of them is taken for maps. */
	{ F "cd traces; for f in bpftrace ftrace perf-script perf-trace "
	    "perf-trace-stacks strace strace-Y strace-k; do "
	    "$v explain $f 2>&1 | grep -c 'this is a trace of system calls'; "
	    "done | grep -cx 1",
	  0, "8\n" },
	{ F "$v replay traces/strace-c", 2,
	  "traces/strace-c: this is the summary of strace -c" },
	{ F "$v replay traces/perf-trace-s", 2,
	  "the summary of perf trace -s" },
	{ F "$v replay traces/raw-syscalls", 2, "events of raw_syscalls" },
	{ F "$v replay crlf/input", 2, "expected vmatlas explain FILE" },
	{ "gzip -c Makefile | $v replay -", 2, "compressed by gzip" },
	{ "$v replay Makefile README.md", 2,
	  "Makefile: no number of a thread" },
	{ F "cd traces; cut -c18- ff.1 >$TMPDIR/ff.1; $v replay $TMPDIR/ff.1 "
	    "ff.2; s=$?; rm $TMPDIR/ff.1; exit $s",
	  2, "no time, expected the files that strace -ff -ttt writes" },
	/* The second row of its table is the parent's, which ran a program. */
	{ "$v replay docs/data/replay-example/trace | "
	  "grep -A4 '^  18644.2' | sed 's/.*  //'",
	  0,
	  "/usr/local/bin/fork\nforked by 18644\nforked by 18644\n"
	  "forked by 18644\n" },
	/* Nobody has seen how the first of them began. */
	{ "m='mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
	  "0x7f000000'; printf '%s\\n' \"100 ${m}0000\" '100 fork() = 200' "
	  "\"200 ${m}1000\" | $v replay - | grep -A2 process.execve | "
	  "sed 's/.*  //'",
	  0, "program\n\nforked by 100\n" },
	/* One line each. */
	{ F "for f in strace-c perf-trace-s raw-syscalls; do $v replay "
	    "traces/$f 2>&1 | wc -l; done | sort -u",
	  0, "1\n" },
	{ F "for f in pmap pmap-d gdb-of-core; do $v explain other-formats/$f "
	    "2>&1 | wc -l; done | sort -u",
	  0, "1\n" },
};

START_TEST(field_is_understood)
{
	struct ran *ran = run(field[_i].command);

	ck_assert_msg(ran->status == field[_i].status, "status %d:\n%s",
		      ran->status, ran->out);
	ck_assert_msg(strstr(ran->out, field[_i].says), "no '%s' in:\n%s",
		      field[_i].says, ran->out);
}
END_TEST

/* ---- cores -------------------------------------------------------------- */

/* As the kernel writes it: headers, and a note that has the files. */
struct core {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[4];
	Elf64_Nhdr nhdr;
	char core[8];
	uint64_t files[2 + 2 * 3];
	char names[16];
} __attribute__((packed));

static const struct core core = {
	.ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct core, phdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 4,
	},
	.phdr = {
		{ .p_type = PT_NOTE,
		  .p_offset = offsetof(struct core, nhdr),
		  .p_filesz = sizeof(core) - offsetof(struct core, nhdr),
		  .p_align = 4 },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		  .p_vaddr = 0x10000, .p_memsz = 0x3000 },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		  .p_vaddr = 0x13000, .p_memsz = 0x1000 },
		{ .p_type = PT_LOAD, .p_flags = PF_X,
		  .p_vaddr = 0xffffffffff600000, .p_memsz = 0x1000 },
	},
	.nhdr = { .n_namesz = 5,
		  .n_descsz = sizeof(core) - offsetof(struct core, files),
		  .n_type = NT_FILE },
	.core = "CORE",
	.files = { 2, 4096, 0x10000, 0x13000, 7, 0x90000, 0x91000, 0 },
	.names = "/bin/a\0/lib/b",
};

/* The second file's VMA has no program header: that is said. */
START_TEST(core_is_read)
{
	struct proc_maps *maps =
		read_bytes((const char *)&core, sizeof(core), 0);

	ck_assert_ptr_nonnull(maps);
	ck_assert_str_eq(maps->form, "an ELF core");
	ck_assert_uint_eq(maps->nr, 3);
	ck_assert_uint_eq(proc_counted(maps), 2);
	ck_assert_uint_eq(maps->vma[0].start, 0x10000);
	ck_assert_uint_eq(maps->vma[0].end, 0x13000);
	ck_assert_uint_eq(maps->vma[0].offset, 7 * 4096);
	ck_assert_uint_eq(maps->vma[0].flags, VM_READ | VM_EXEC);
	ck_assert_str_eq(maps->vma[0].name, "/bin/a");
	ck_assert(maps->vma[0].inode);
	ck_assert_uint_eq(maps->vma[1].flags, VM_READ | VM_WRITE);
	ck_assert_str_eq(maps->vma[1].name, "");
	ck_assert(!maps->vma[1].inode);
	ck_assert_uint_eq(maps->nr_skipped, 1);
	ck_assert_ptr_nonnull(strstr(said, "1 mapped file has no program"));
	proc_free(maps);
}
END_TEST

/* Cut off within the headers, it is refused; within the note, that is said. */
START_TEST(core_is_cut_off)
{
	for (size_t len = 5; len < sizeof(core); len++) {
		struct proc_maps *maps =
			read_bytes((const char *)&core, len, 0);

		if (len < offsetof(struct core, nhdr)) {
			ck_assert_ptr_null(maps);
			ck_assert_msg(strstr(said, "damaged ELF") ||
					      strstr(said, "no program header"),
				      "%zu bytes: %s", len, said);
			ck_assert_ptr_null(strstr(said, "no error"));
		} else if (len < offsetof(struct core, names)) {
			ck_assert_ptr_nonnull(maps);
			ck_assert_uint_eq(maps->nr, 3);
			ck_assert_uint_eq(maps->nr_skipped, 1);
			ck_assert_ptr_nonnull(strstr(said, "NT_FILE"));
		}
		proc_free(maps);
	}
}
END_TEST

/* Headers without memory, and one whose end is before its start. */
START_TEST(core_has_no_memory)
{
	struct core odd = core;

	odd.ehdr.e_phnum = 1;
	ck_assert_ptr_null(read_bytes((const char *)&odd, sizeof(odd), 0));
	ck_assert_ptr_nonnull(strstr(said, "no program header of memory"));
	odd = core;
	odd.phdr[2].p_memsz = -0x1000UL;
	ck_assert_ptr_null(read_bytes((const char *)&odd, sizeof(odd), 0));
	ck_assert_ptr_nonnull(strstr(said, "beyond the last address"));
}
END_TEST

/* What is watched is told when it changes, and not else. */
START_TEST(changes_are_watched)
{
	struct ran *ran;
	char command[256];
	pid_t child;

	reserve();
	map_anonymous(0, 4);
	child = fork();
	if (!child) {
		usleep(1500 * 1000);
		mprotect(area + page, page, PROT_READ);
		sleep(20);
		_exit(0);
	}
	snprintf(command, sizeof(command),
		 "timeout --preserve-status -s INT 3.5 $v explain --watch 1 "
		 "--pid %ld",
		 (long)child);
	ran = run(command);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert_int_eq(ran->status, 0);
	ck_assert_ptr_nonnull(strstr(ran->out, " VMAs     +2: "));
	check_width(ran->out);
	ck_assert_ptr_eq(strchr(strchr(ran->out, '\n') + 1, '\n') + 1,
			 ran->out + strlen(ran->out));
}
END_TEST

Suite *suite_process(void)
{
	Suite *suite = suite_create("process");
	TCase *tc = tcase_create("vmas");

	tcase_add_test(tc, smaps_is_read);
	tcase_add_test(tc, maps_is_read);
	tcase_add_test(tc, empty_is_read);
	tcase_add_test(tc, skipped_lines_take_their_keys_with_them);
	tcase_add_loop_test(tc, unaligned_is_named, 0, ARRAY_SIZE(unaligned));
	tcase_add_loop_test(tc, bad_lines_are_skipped, 0,
			    ARRAY_SIZE(bad_lines));
	tcase_add_loop_test(tc, good_lines_are_taken, 0,
			    ARRAY_SIZE(good_lines));
	tcase_add_test(tc, zero_bytes_are_no_name);
	tcase_add_loop_test(tc, refused_whole, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, unreadable_is_refused);
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, few_errors);
	tcase_add_test(tc, kinds_of_flags_have_a_limit);
	tcase_add_loop_test(tc, page_size_is_found, 0, ARRAY_SIZE(page_sizes));
	tcase_add_test(tc, pmap_is_read);
	tcase_add_test(tc, policies_are_read);
	tcase_add_loop_test(tc, names_are_shown, 0, ARRAY_SIZE(names));
	tcase_add_loop_test(tc, flags_have_letters, 0, NR_VM_FLAGS);
	tcase_add_test(tc, reads_what_is_mapped);
	tcase_add_test(tc, nobody_is_refused);
	tcase_add_test(tc, kernel_threads_are_refused);
	tcase_add_test(tc, the_dead_are_refused);
	tcase_add_test(tc, the_first_thread_ended);
	tcase_add_test(tc, the_forbidden_are_refused);
	suite_add_tcase(suite, tc);

	tc = tcase_create("why");
	tcase_add_loop_test(tc, reasons_are_found, 0, ARRAY_SIZE(reasons));
	tcase_add_test(tc, rules_say_which_flags_count);
	tcase_add_loop_test(tc, rows_of_pages, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, rows_end);
	tcase_add_test(tc, runs_are_all_there_are);
	tcase_add_test(tc, policies_keep_apart);
	tcase_add_loop_test(tc, kinds_are_found, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, groups_are_counted);
	tcase_add_test(tc, guards_are_one_group);
	tcase_add_test(tc, several_reasons_are_one_group);
	tcase_add_test(tc, pairs_are_found_by_address);
	tcase_add_loop_test(tc, the_kernel_keeps_apart, 0, ARRAY_SIZE(deeds));
	tcase_add_loop_test(tc, advice_keeps_apart, 0, ARRAY_SIZE(advices));
	tcase_add_test(tc, fork_keeps_apart);
	tcase_add_test(tc, the_vdso_is_special);
	suite_add_tcase(suite, tc);

	tc = tcase_create("explain");
	tcase_add_test(tc, text_is_printed);
	tcase_add_test(tc, json_is_printed);
	tcase_add_test(tc, advice_does_not_hide_a_policy);
	tcase_add_loop_test(tc, a_pair_is_shown, 0, ARRAY_SIZE(shown_pairs));
	tcase_add_loop_test(tc, calls_end_as_they_should, 0, ARRAY_SIZE(calls));
#ifdef __SANITIZE_ADDRESS__
	/* It reads its options there, too. */
	fputs("process: skipped: without /proc, which the sanitizers need\n",
	      stderr);
#else
	tcase_add_loop_test(tc, without_proc_it_is_said, 0,
			    ARRAY_SIZE(without_proc));
	tcase_add_test(tc, random_programs_need_room);
#endif
	tcase_add_test(tc, core_is_read);
	tcase_add_test(tc, core_is_cut_off);
	tcase_add_test(tc, core_has_no_memory);
	tcase_add_loop_test(tc, field_is_understood, 0, ARRAY_SIZE(field));
	tcase_add_test(tc, changes_are_watched);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return suite;
}
