// SPDX-License-Identifier: GPL-2.0-only
/* A difference for people: as calls, as pictures, and as a C program. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/stream.h"
#include "process/random.h"

/* ---- in words -------------------------------------------------------------- */

static const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "no error";

	return name ? name : "an unknown error";
}

/* In a line, without its end. */
static void print_what(FILE *out, const struct random_diff *d)
{
	switch (d->what) {
	case RANDOM_SAME:
		fputs("only now and then", out);
		break;
	case RANDOM_ERROR:
		fprintf(out, "the kernel says %s, the simulator %s",
			error_name(d->kernel_err), error_name(d->sim_err));
		break;
	case RANDOM_RESULT:
		fprintf(out,
			"the kernel says %#" PRIx64 ", the simulator %#" PRIx64,
			d->kernel_result, d->sim_result);
		break;
	case RANDOM_LAYOUT:
		fputs("other VMAs", out);
		break;
	case RANDOM_FLAGS:
		fputs("other VmFlags", out);
		break;
	case RANDOM_DIED:
		fprintf(out, "killed by signal %d", d->signal);
		break;
	}
}

static void print_layout(FILE *out, const char *whose,
			 const struct live_layout *lay)
{
	const struct live_result bounds = { .start = 0, .end = RANDOM_PAGES };

	fprintf(out, "  %s:\n", whose);
	live_picture(out, lay, &bounds, "  ");
}

void random_print_found(FILE *out, const struct random_found *f)
{
	for (size_t i = 0; i < f->program.nr; i++) {
		fputs("  ", out);
		c_print_call(out, &f->program.call[i]);
		fputs(";\n", out);
	}
	fputs("  => ", out);
	print_what(out, &f->diff);
	fputc('\n', out);
	if (f->diff.what != RANDOM_LAYOUT && f->diff.what != RANDOM_FLAGS)
		return;
	print_layout(out, "kernel", &f->diff.kernel);
	print_layout(out, "simulator", &f->diff.sim);
}

/* ---- a C program -------------------------------------------------------------- */

static const char *const prologue[] = {
	"#define _GNU_SOURCE",
	"#include <errno.h>",
	"#include <fcntl.h>",
	"#include <linux/mempolicy.h>",
	"#include <linux/userfaultfd.h>",
	"#include <stdio.h>",
	"#include <stdlib.h>",
	"#include <string.h>",
	"#include <sys/ioctl.h>",
	"#include <sys/mman.h>",
	"#include <sys/prctl.h>",
	"#include <sys/syscall.h>",
	"#include <sys/uio.h>",
	"#include <sys/wait.h>",
	"#include <unistd.h>",
	"",
	"#ifndef PR_SET_VMA",
	"#define PR_SET_VMA 0x53564d41",
	"#define PR_SET_VMA_ANON_NAME 0",
	"#endif",
	"#ifndef MREMAP_DONTUNMAP",
	"#define MREMAP_DONTUNMAP 4",
	"#endif",
	"#ifndef MAP_DROPPABLE",
	"#define MAP_DROPPABLE 8",
	"#endif",
	"",
	"#define mlock2(...) syscall(SYS_mlock2, __VA_ARGS__)",
	"#define mbind(...) syscall(SYS_mbind, __VA_ARGS__)",
	"#define mseal(...) syscall(462, __VA_ARGS__)",
	"#define pkey_mprotect(...) syscall(SYS_pkey_mprotect, __VA_ARGS__)",
	"#define set_mempolicy_home_node(addr, len) \\",
	"\tsyscall(450, addr, len, 0UL, 0UL)",
	"",
	"static unsigned long node = 1;",
	"",
	"static inline int file(int nr)",
	"{",
	"\tstatic int fd[8];",
	"",
	"\tif (!fd[nr]) {",
	"\t\tfd[nr] = memfd_create(\"file\", 0);",
	"\t\tif (ftruncate(fd[nr], 4096 * sysconf(_SC_PAGESIZE)))",
	"\t\t\texit(2);",
	"\t}",
	"\treturn fd[nr];",
	"}",
	"",
	"static inline long touch(void *addr, unsigned long len)",
	"{",
	"\tfor (unsigned long at = 0; at < len; at += sysconf(_SC_PAGESIZE))",
	"\t\tif (syscall(SYS_getcpu, (char *)addr + at, NULL, NULL))",
	"\t\t\treturn -1;",
	"\treturn 0;",
	"}",
	"",
	"/* Of this process: libc has the name for any. */",
	"#define process_madvise advise_self",
	"static inline long advise_self(void *addr, unsigned long len, int advice)",
	"{",
	"\tstruct iovec range = { addr, len };",
	"",
	"\treturn syscall(440, syscall(434, getpid(), 0), &range, 1UL, advice, 0);",
	"}",
	"",
	"static inline long ioctl_userfaultfd(void *addr, unsigned long len, int undo)",
	"{",
	"\tstatic int fd;",
	"\tstruct uffdio_api api = { .api = UFFD_API };",
	"\tstruct uffdio_register reg = {",
	"\t\t.range = { (unsigned long)addr, len },",
	"\t\t.mode = UFFDIO_REGISTER_MODE_MISSING,",
	"\t};",
	"",
	"\tif (!fd) {",
	"\t\tfd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);",
	"\t\tif (ioctl(fd, UFFDIO_API, &api))",
	"\t\t\treturn -1;",
	"\t}",
	"\treturn undo ? ioctl(fd, UFFDIO_UNREGISTER, &reg.range)",
	"\t\t    : ioctl(fd, UFFDIO_REGISTER, &reg);",
	"}",
	"",
	"static void report(const char *call, long ret)",
	"{",
	"\tprintf(\"%s\\n\\t= %#lx %s\\n\", call, ret, ret == -1 ? strerror(errno) : \"\");",
	"\tfflush(stdout);",
	"}",
	"",
	"/* Any other process waits for its child. */",
	"static inline long fork_and_wait(void)",
	"{",
	"\tpid_t pid = fork();",
	"",
	"\tif (pid > 0) {",
	"\t\twaitpid(pid, NULL, 0);",
	"\t\texit(0);",
	"\t}",
	"\treturn pid;",
	"}",
	"",
	"/* What is mapped from BASE on, and VmFlags. */",
	"static void show(void)",
	"{",
	"\tFILE *in = fopen(\"/proc/self/smaps\", \"r\");",
	"\tunsigned long start = 0, end;",
	"\tchar line[4096];",
	"",
	"\twhile (in && fgets(line, sizeof(line), in)) {",
	"\t\tint heading = sscanf(line, \"%lx-%lx \", &start, &end) == 2;",
	"",
	"\t\tif (start >= BASE && start < BASE + (1UL << 30) &&",
	"\t\t    (heading || !strncmp(line, \"VmFlags\", 7)))",
	"\t\t\tfputs(line, stdout);",
	"\t}",
	"}",
	"",
};

static void print_comment(FILE *out, const struct random_found *f)
{
	const struct live_layout *lay = &f->diff.sim;

	fputs("/*\n * Found by \"vmatlas live --random --seed ", out);
	fprintf(out, "%" PRIu64 "\": ", f->seed);
	print_what(out, &f->diff);
	fputs(".\n", out);
	if (f->diff.what == RANDOM_LAYOUT || f->diff.what == RANDOM_FLAGS)
		fputs(" * What the simulator has, in pages from BASE on:\n *\n",
		      out);
	for (size_t i = 0;
	     (f->diff.what == RANDOM_LAYOUT || f->diff.what == RANDOM_FLAGS) &&
	     i < lay->nr;
	     i++)
		fprintf(out, " * [%ld, %ld) %s\n", lay->vma[i].start,
			lay->vma[i].end, lay->vma[i].text);
	fputs(" */\n", out);
}

static void print_statement(FILE *out, const struct syscall *c)
{
	char *printed __free(free) = PRINTED(call, c_print_call(call, c));

	fputs("\treport(", out);
	c_print_string(out, printed);
	fputs(",\n\t     (long)", out);
	if (c->kind == CALL_FORK)
		fputs("fork_and_wait()", out);
	else if (c->kind == CALL_READ)
		fprintf(out, "access((void *)%#" PRIx64 ", 0)", c->addr);
	else
		c_print_call(out, c);
	fputs(");\n", out);
}

void random_print_c(FILE *out, const struct random_found *f)
{
	fputs("// SPDX-License-Identifier: GPL-2.0-only\n", out);
	print_comment(out, f);
	for (size_t i = 0; i < sizeof(prologue) / sizeof(*prologue); i++) {
		if (!strcmp(prologue[i], "static unsigned long node = 1;"))
			fprintf(out, "#define BASE %#llxUL\n", RANDOM_BASE);
		fprintf(out, "%s\n", prologue[i]);
	}
	fputs("int main(void)\n{\n", out);
	for (size_t i = 0; i < f->program.nr; i++)
		print_statement(out, &f->program.call[i]);
	fputs("\tshow();\n\treturn 0;\n}\n", out);
}
