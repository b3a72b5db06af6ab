// SPDX-License-Identifier: GPL-2.0-only
/* Traces: what a line says, and what a whole trace comes to. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/stream.h"
#include "process/match.h"
#include "process/replay.h"
#include "process/strace-internal.h"
#include "syscall/numbers.h"
#include "tests.h"

static FILE *file_of(const char *text)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");

	ck_assert_ptr_nonnull(in);
	return in;
}

/* ---- lines -------------------------------------------------------------------- */

/* What follows "mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE". */
#define PLAIN "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"
#define ANON                                                                   \
	{                                                                      \
		.kind = CALL_MMAP, .len = 8192, .prot = PROT_READ,             \
		.flags = MAP_PRIVATE | MAP_ANONYMOUS, .key = -1,               \
		.has_result = true, .result = 0x7f0000001000                   \
	}

/* One line, and the event that it is. */
static const struct {
	const char *line;
	struct trace_event event;
} lines[] = {
	/* Who, and when. */
	{ PLAIN " = 0x7f0000001000", { .what = TRACE_CALL, .call = ANON } },
	{ "12 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "12    " PLAIN "    = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "[pid  4194304] " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 4194304, .call = ANON } },
	{ "12 10:00:00 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "[pid 12] 10:00:00.123456 " PLAIN " = 0x7f0000001000 <0.000012>",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "12 1700000000.123456 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "1700000000 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .call = ANON } },
	{ "     0.000123 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .call = ANON } },
	{ "12 10:00:00 (+     0.000123) " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	{ "12 0.000100 [   9] [00007f558412c9b3] " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .pid = 12, .call = ANON } },
	/* No process has the number 0, nor one that is above all: a time. */
	{ "4194305 " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_CALL, .call = ANON } },
	{ ":" PLAIN " = 0x7f0000001000",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "10:00:00" PLAIN " = 0x7f0000001000",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "[pid 0] " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "[pid 4194305] " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "[pid 18446744073709551617] " PLAIN " = 0x7f0000001000",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ PLAIN " = 0x7f0000001000 (DELAYED)",
	  { .what = TRACE_CALL, .call = ANON } },

	/* Files. */
	{ "mmap(0x1000, 100, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED|"
	  "MAP_DENYWRITE, 3</usr/lib/x.so>, 0x26000) = 0x1000",
	  { .what = TRACE_CALL,
	    .path = "/usr/lib/x.so",
	    .call = { .kind = CALL_MMAP,
		      .addr = 0x1000,
		      .len = 100,
		      .prot = PROT_READ | PROT_EXEC,
		      .flags = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE,
		      .offset = 0x26000,
		      .key = -1,
		      .has_result = true,
		      .result = 0x1000 } } },
	{ "mmap(NULL, 1, PROT_NONE, MAP_SHARED, "
	  "4</a, \\74b\\76)\\303\\251\\n\\x41>(deleted), 0) = 0x2000",
	  { .what = TRACE_CALL,
	    .path = "/a, <b>)\303\251\\012A (deleted)",
	    .call = { .kind = CALL_MMAP,
		      .len = 1,
		      .flags = MAP_SHARED,
		      .key = -1,
		      .has_result = true,
		      .result = 0x2000 } } },
	{ "mmap(NULL, 1, PROT_NONE, MAP_SHARED, 4</dev/zero<char 1:5>>, 0) = "
	  "0x2000",
	  { .what = TRACE_CALL,
	    .path = "/dev/zero",
	    .call = { .kind = CALL_MMAP,
		      .len = 1,
		      .flags = MAP_SHARED,
		      .key = -1,
		      .has_result = true,
		      .result = 0x2000 } } },

	/* Flags that strace has no word for, and those in two parts. */
	{ "mmap(NULL, 2097152, PROT_READ|0x1000000 /* PROT_??? */, "
	  "MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0) = "
	  "0x200000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MMAP,
		      .len = 2097152,
		      .prot = PROT_READ | 0x1000000,
		      .flags = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB |
			       21u << 26,
		      .key = -1,
		      .has_result = true,
		      .result = 0x200000 } } },
	{ "madvise(0x1000, 4096, 0x4d /* MADV_??? */) = -1 EINVAL (Invalid "
	  "argument)",
	  { .what = TRACE_FAILED,
	    .err = EINVAL,
	    .call = { .kind = CALL_MADVISE,
		      .addr = 0x1000,
		      .len = 4096,
		      .advice = 0x4d,
		      .key = -1 } } },

	/* The other calls. */
	{ "munmap(0x7f0000001000, 46939)     = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MUNMAP,
		      .addr = 0x7f0000001000,
		      .len = 46939,
		      .key = -1,
		      .has_result = true } } },
	{ "mprotect(0x1000, 4096, PROT_READ|PROT_GROWSDOWN) = -1 ENOMEM "
	  "(Cannot allocate memory)",
	  { .what = TRACE_FAILED,
	    .err = ENOMEM,
	    .call = { .kind = CALL_MPROTECT,
		      .addr = 0x1000,
		      .len = 4096,
		      .prot = PROT_READ | PROT_GROWSDOWN,
		      .key = -1 } } },
	{ "pkey_mprotect(0x1000, 4096, PROT_READ, 3) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_PKEY_MPROTECT,
		      .addr = 0x1000,
		      .len = 4096,
		      .prot = PROT_READ,
		      .key = 3,
		      .has_result = true } } },
	{ "mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x9000) = "
	  "0x9000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MREMAP,
		      .addr = 0x1000,
		      .len = 4096,
		      .new_len = 8192,
		      .flags = 3,
		      .key = -1,
		      .has_result = true,
		      .result = 0x9000 } } },
	{ "madvise(0x1000, 4096, MADV_WIPEONFORK) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MADVISE,
		      .addr = 0x1000,
		      .len = 4096,
		      .advice = 18,
		      .key = -1,
		      .has_result = true } } },
	{ "brk(NULL)                         = 0x55b48f66e000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_BRK,
		      .key = -1,
		      .has_result = true,
		      .result = 0x55b48f66e000 } } },
	{ "mlock2(0x1000, 4096, MLOCK_ONFAULT) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MLOCK2,
		      .addr = 0x1000,
		      .len = 4096,
		      .flags = 1,
		      .key = -1,
		      .has_result = true } } },
	{ "mlockall(MCL_CURRENT|MCL_FUTURE) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MLOCKALL,
		      .flags = 3,
		      .key = -1,
		      .has_result = true } } },
	{ "munlockall()                      = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MUNLOCKALL,
		      .key = -1,
		      .has_result = true } } },
	{ "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x1000, 4096, \"a \\\"b\") "
	  "= 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_PRCTL,
		      .name = "a \"b",
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1,
		      .has_result = true } } },
	{ "mbind(0x1000, 4096, MPOL_DEFAULT, NULL, 0, 0) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MBIND,
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1,
		      .has_result = true } } },
	{ "shmdt(0x7f0df442d000)             = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_SHMDT,
		      .addr = 0x7f0df442d000,
		      .key = -1,
		      .has_result = true } } },

	/* Processes. */
	{ "12 execve(\"/bin/a\\tb\", [\"a\", \")\", \"= -1\"], 0x7ffe /* 41 "
	  "vars */) = 0",
	  { .what = TRACE_EXEC, .pid = 12, .path = "/bin/a\tb" } },
	/* Octal digits end after three, and before an 8. */
	{ "execve(\"/a\\18\\1017\\0418\", [\"a\"], 0x7ffe) = 0",
	  { .what = TRACE_EXEC,
	    .path = "/a\001"
		    "8A7!8" } },
	{ "12 execveat(3</bin>, \"a\", [\"a\"], 0x7ffe /* 41 vars */, 0) = 0",
	  { .what = TRACE_EXEC, .pid = 12, .path = "a" } },
	{ "12 execve(\"/bin/a\", [\"a\"], 0x7ffe /* 1 var */) = -1 ENOENT (No "
	  "such file or directory)",
	  { .what = TRACE_OTHER, .pid = 12, .err = ENOENT } },
	{ "12 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, "
	  "child_tidptr=0x7f) = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "12 clone3({flags=CLONE_VM|CLONE_FS, child_tid=0x7f, exit_signal=0} "
	  "=> {parent_tid=[13]}, 88) = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13, .thread = true } },
	{ "12 clone3({flags=CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "12 fork() = 2 /* 13 in strace's PID NS */",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "12 vfork() = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13, .thread = true } },
	{ "12 fork() = -1 EAGAIN (Resource temporarily unavailable)",
	  { .what = TRACE_OTHER, .pid = 12, .err = EAGAIN } },
	{ "12 [ Process PID=12 runs in 32 bit mode. ]",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 +++ exited with 0 +++", { .what = TRACE_EXIT, .pid = 12 } },
	{ "12 10:00:00 +++ killed by SIGSEGV (core dumped) +++",
	  { .what = TRACE_EXIT, .pid = 12 } },

	/* What does not matter. */
	{ "12 exit_group(0) = ?", { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 --- SIGCHLD {si_signo=SIGCHLD, si_pid=2435} ---",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ " > /usr/lib/libc.so.6(mmap+0x13) [0x10a]",
	  { .what = TRACE_STACK,
	    .text = "/usr/lib/libc.so.6(mmap+0x13) [0x10a]" } },
	/* Below a call, as perf prints it; names may be of hexadecimal digits. */
	{ "\t  7f1234 add+0x7 (/lib/x.so)",
	  { .what = TRACE_STACK, .text = "/lib/x.so(add+0x7)" } },
	{ "\t  7f1234 [unknown] (/lib/x.so)",
	  { .what = TRACE_STACK, .text = "/lib/x.so()" } },
	{ "        add (/lib/x.so)",
	  { .what = TRACE_STACK, .text = "/lib/x.so(add)" } },
	{ "        add (/lib/x.so",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	/* perf script: the name before the number may have blanks. */
	{ "my prog   123/124 [000] 12.345: syscalls:sys_exit_execve: 0x0",
	  { .what = TRACE_EXEC, .pid = 124, .path = "my prog" } },
	{ "[pid 12] <detached ...>", { .what = TRACE_OTHER, .pid = 12 } },
	{ "strace: Process 2479 attached", { .what = TRACE_OTHER } },
	{ "Process 2479 detached", { .what = TRACE_OTHER } },
	{ "execve(\"/strace: Process 1\", [\"a\"], 0x7 /* 1 var */) = 0",
	  { .what = TRACE_EXEC, .path = "/strace: Process 1" } },
	{ "nothing is attached",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "", { .what = TRACE_OTHER } },
	{ "12 openat(AT_FDCWD</>, \"x\", O_RDONLY) = 3</x>",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 prctl(PR_SET_NAME, \"x\") = 0",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 prctl(PR_SET_VMA, PR_SET_VMA_ELSE, 0x1000, 4096, \"a\") = 0",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 1<<CAP_KILL, 0) = 0",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
	  "?",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 munmap(0x1000, 4096 <detached ...>",
	  { .what = TRACE_OTHER, .pid = 12 } },
	{ "12 mseal(0x1000, 4096, 0) = -1 ENOSYS (Function not implemented)",
	  { .what = TRACE_FAILED,
	    .pid = 12,
	    .err = ENOSYS,
	    .call = { .kind = CALL_MSEAL,
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1 } } },
	{ "syscall_0x1ce(0x1000, 0x2000, 0, 0, 0, 0) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MSEAL,
		      .addr = 0x1000,
		      .len = 0x2000,
		      .key = -1,
		      .has_result = true } } },
	{ "remap_file_pages(0x1000, 4096, 0, 3, 0) = -1 EINVAL (Invalid argument)",
	  { .what = TRACE_FAILED,
	    .call = { .kind = CALL_REMAP_FILE_PAGES,
		      .addr = 0x1000,
		      .len = 4096,
		      .offset = 3,
		      .key = -1 },
	    .err = EINVAL } },

	/* Numbers in place of words, and words that stand in the result. */
	{ "12 clone3(0x7ffd626a1810, 0x58) = 0xd",
	  { .what = TRACE_FORK, .pid = 12, .child = 13, .thread = true } },
	{ "12 clone3({flags=0x3d0f00, exit_signal=0}, 88) = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13, .thread = true } },
	{ "12 clone(child_stack=NULL, flags=0x1200000|17) = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "personality(PER_LINUX) = 0x400000 (PER_LINUX|READ_IMPLIES_EXEC)",
	  { .what = TRACE_SET, .trait = SIM_READ_IMPLIES_EXEC } },
	{ "personality(0x440000) = 0",
	  { .what = TRACE_SET, .trait = SIM_READ_IMPLIES_EXEC, .on = true } },
	{ "personality(0 /* PER_LINUX */|0x400000 /* READ_IMPLIES_EXEC */) = 0",
	  { .what = TRACE_SET, .trait = SIM_READ_IMPLIES_EXEC, .on = true } },
	{ "prctl(67, 1, 0, 0, 0) = 0",
	  { .what = TRACE_SET, .trait = SIM_MEMORY_MERGE, .on = true } },
	{ "prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0) = 0",
	  { .what = TRACE_SET, .trait = SIM_MEMORY_MERGE } },
	{ "prctl(0x23, 0x6, 0x1000, 0, 0) = 0",
	  { .what = TRACE_BAD, .error = "does not show" } },
	{ "arch_prctl(0x5001 /* ARCH_??? */, 0x1) = 0",
	  { .what = TRACE_BAD, .error = "does not show" } },
	{ "prctl(0x53564d41, 0, 0x1000, 0x1000, 0) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_PRCTL,
		      .addr = 0x1000,
		      .len = 0x1000,
		      .key = -1,
		      .has_result = true } } },
	{ "prctl(0x53564d41, 0, 0x1000, 0x1000, 0x7ffc00) = 0",
	  { .what = TRACE_BAD, .error = "no string" } },
	{ "ioctl(3, 0xc020aa00, {range={start=0x1000, len=0x1000}, mode=0x2, "
	  "ioctls=0x13c}) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_IOCTL_USERFAULTFD,
		      .addr = 0x1000,
		      .len = 0x1000,
		      .flags = UFFD_WP,
		      .key = -1,
		      .has_result = true } } },
	{ "ioctl(3, 0x8010aa01 /* UFFDIO_UNREGISTER */, {start=0x1000, "
	  "len=0x1000}) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_IOCTL_USERFAULTFD,
		      .addr = 0x1000,
		      .len = 0x1000,
		      .flags = UFFD_UNREGISTER,
		      .key = -1,
		      .has_result = true } } },
	{ "ioctl(3, UFFDIO_REGISTER, {range={start=0x1000, len=0x1000}, "
	  "mode=UFFDIO_REGISTER_MODE_WP}) = -1 EINVAL (Invalid argument)",
	  { .what = TRACE_FAILED,
	    .err = EINVAL,
	    .call = { .kind = CALL_IOCTL_USERFAULTFD,
		      .addr = 0x1000,
		      .len = 0x1000,
		      .flags = UFFD_WP,
		      .key = -1 } } },
	{ "ioctl(0x3, 0xc020aa00, 0x7ffc) = 0",
	  { .what = TRACE_BAD, .error = "no range" } },
	{ "mbind(0x1000, 4096, 0, NULL, 0, 0) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MBIND,
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1,
		      .has_result = true } } },
	/* MAP_DROPPABLE, as strace 6.1 has it. */
	{ "mmap(NULL, 8192, PROT_READ, 0x8 /* MAP_??? */|MAP_ANONYMOUS, -1, 0) "
	  "= 0x7f0000001000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MMAP,
		      .len = 8192,
		      .prot = PROT_READ,
		      .flags = MAP_DROPPABLE | MAP_ANONYMOUS,
		      .key = -1,
		      .has_result = true,
		      .result = 0x7f0000001000 } } },
	{ "mmap(NULL, 8192, 0x1 /* PROT_READ */, 0x28 /* 0x8 /* MAP_??? "
	  "*/|MAP_ANONYMOUS */, -1, 0) = 0x7f0000001000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MMAP,
		      .len = 8192,
		      .prot = PROT_READ,
		      .flags = MAP_DROPPABLE | MAP_ANONYMOUS,
		      .key = -1,
		      .has_result = true,
		      .result = 0x7f0000001000 } } },

	/* perf trace leaves out what is 0. */
	{ "     0.1 ( 0.1 ms): a/7 prctl(option: 67, arg2: 1)        = 0",
	  { .what = TRACE_SET,
	    .pid = 7,
	    .trait = SIM_MEMORY_MERGE,
	    .on = true } },
	{ "     0.1 ( 0.1 ms): a/7 personality()                     = 4194304",
	  { .what = TRACE_SET, .pid = 7, .trait = SIM_READ_IMPLIES_EXEC } },
	{ "     0.1 ( 0.1 ms): a/7 mbind(start: 4096, len: 8192)     = 0",
	  { .what = TRACE_CALL,
	    .pid = 7,
	    .call = { .kind = CALL_MBIND,
		      .addr = 4096,
		      .len = 8192,
		      .key = -1,
		      .has_result = true } } },
	{ "     0.1 ( 0.1 ms): a/7 remap_file_pages(start: 4096, size: 8192, "
	  "pgoff: 3) = 0",
	  { .what = TRACE_CALL,
	    .pid = 7,
	    .call = { .kind = CALL_REMAP_FILE_PAGES,
		      .addr = 4096,
		      .len = 8192,
		      .offset = 3,
		      .key = -1,
		      .has_result = true } } },
	{ "     0.1 ( 0.1 ms): a/7 process_madvise(pidfd: 4, vec: 0x7ffc, "
	  "vlen: 1, behavior: 20) = 4096",
	  { .what = TRACE_ADVICE,
	    .pid = 7,
	    .call = { .advice = MADV_COLD, .key = -1 } } },
	{ "12 process_madvise(3, [{iov_base=0x1000, iov_len=8192}], 1, "
	  "MADV_COLD, 0) = 8192",
	  { .what = TRACE_ADVICE,
	    .pid = 12,
	    .call = { .kind = CALL_PROCESS_MADVISE,
		      .addr = 0x1000,
		      .len = 8192,
		      .advice = MADV_COLD,
		      .key = -1 } } },
	{ "12 process_madvise(3, [{iov_base=0x1000, iov_len=4096}, "
	  "{iov_base=0x3000, iov_len=4096}], 2, MADV_COLD, 0) = 8192",
	  { .what = TRACE_ADVICE,
	    .pid = 12,
	    .call = { .addr = 0x1000,
		      .len = 4096,
		      .advice = MADV_COLD,
		      .key = -1 } } },
	/* Blanks and slashes in a name. */
	{ "     0.1 ( 0.1 ms): kworker/7:1/12 fork() = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "     0.1 ( 0.1 ms): a/ b/12 fork() = 13",
	  { .what = TRACE_FORK, .pid = 12, .child = 13 } },
	{ "         ? (         ): a/8  ... [continued]: clone())        = ",
	  { .what = TRACE_OTHER } },

	/* The kernel's own numbers: -4095 is an error, what is below it is none. */
	{ "munmap(0x1000, 4096) = 0xfffffffffffff001",
	  { .what = TRACE_FAILED,
	    .err = 4095,
	    .call = { .kind = CALL_MUNMAP,
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1 } } },
	{ "brk(NULL) = 0xfffffffffffff000",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_BRK,
		      .key = -1,
		      .has_result = true,
		      .result = 0xfffffffffffff000 } } },

	/* Of one thread alone it is not said which; what takes how long. */
	{ "     0.1 ( 0.1 ms): munmap(addr: 0x1000, len: 4096) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MUNMAP,
		      .addr = 0x1000,
		      .len = 4096,
		      .key = -1,
		      .has_result = true } } },
	{ "     0.1 (123456789012.45 ms): a/7 fork() = 8",
	  { .what = TRACE_FORK, .pid = 7, .child = 8 } },
	{ "     0.1 (1234567890123.45 ms): a/7 fork() = 8",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	/* Names of 63 characters, and of one more. */
	{ "     0.1 ( 0.1 ms): a/7 "
	  "abcdefghijklmnopqrstuvwxyz0123456789_abcdefghijklmnopqrstuvwxyz() = 8",
	  { .what = TRACE_OTHER, .pid = 7 } },
	{ "     0.1 ( 0.1 ms): a/7 "
	  "_abcdefghijklmnopqrstuvwxyz0123456789_abcdefghijklmnopqrstuvwxyz() = 8",
	  { .what = TRACE_BAD, .error = "expected a system call" } },

	{ "munmap(1<<63, 0x7fffffffffffffff<<1) = 0",
	  { .what = TRACE_CALL,
	    .call = { .kind = CALL_MUNMAP,
		      .addr = 0x8000000000000000,
		      .len = 0xfffffffffffffffe,
		      .key = -1,
		      .has_result = true } } },

	/* What is not understood, and where. */
	{ "hello world",
	  { .what = TRACE_BAD, .error = "expected a system call" } },
	{ "munmap(0x1000)= 0",
	  { .what = TRACE_BAD, .column = 14, .error = "too few arguments" } },
	{ "munmap(0x1000, 4096 garbage) = 0",
	  { .what = TRACE_BAD, .column = 21, .error = "more than an" } },
	{ "munmap(0x1000 garbage, 4096) = 0",
	  { .what = TRACE_BAD, .column = 15, .error = "more than an" } },
	{ "munmap(0x1000, 0x10000000000000000) = 0",
	  { .what = TRACE_BAD,
	    .column = 16,
	    .error = "does not fit, expected one up to 0xffffffffffffffff" } },
	{ "munmap(0x1000, 8<<61) = 0",
	  { .what = TRACE_BAD, .column = 21, .error = "does not fit" } },
	{ "munmap(0x1000, 0x) = 0",
	  { .what = TRACE_BAD, .column = 16, .error = "0x without digits" } },
	{ "munmap(0x1000, 4096) 0",
	  { .what = TRACE_BAD, .column = 22, .error = "expected '= '" } },
	{ "munmap(0x1000, 4096",
	  { .what = TRACE_BAD, .column = 20, .error = "expected ')'" } },
	{ "mprotect(0x1000, 4096, PROT_SING) = 0",
	  { .what = TRACE_BAD, .column = 24, .error = "an unknown word" } },
	{ "mmap(NULL, 1, PROT_READ, 1<<64, -1, 0) = 0x1000",
	  { .what = TRACE_BAD, .column = 31, .error = "shift" } },
	{ "mmap(NULL, 1, PROT_READ, MAP_SHARED, 3</x, 0) = 0x1000",
	  { .what = TRACE_BAD, .column = 40, .error = "expected '>'" } },
	{ "execve(\"/bin/a, [\\\"a\\\"]) = 0",
	  { .what = TRACE_BAD, .column = 8, .error = "a string without" } },
	{ "shmat(7, NULL, 0) = 0x1000",
	  { .what = TRACE_BAD, .column = 7, .error = "expected shmget()" } },
	{ "shmat(x, NULL, 0) = 0x1000",
	  { .what = TRACE_BAD, .column = 7, .error = "an unknown word" } },
	{ "io_setup(1, [0x7f0000000000]) = 0",
	  { .what = TRACE_BAD, .error = "does not show" } },
	{ "12 <... munmap resumed>) = 0",
	  { .what = TRACE_BAD, .pid = 12, .error = "no beginning" } },
	{ "12 <... munmap>) = 0",
	  { .what = TRACE_BAD, .pid = 12, .error = "expected a system" } },
	{ "12 <...  resumed>) = 0",
	  { .what = TRACE_BAD, .pid = 12, .error = "expected a system" } },
};

static void assert_text(const char *line, const char *got, const char *want)
{
	if (!want)
		ck_assert_msg(!got, "%s: '%s', expected none", line, got);
	else
		ck_assert_msg(got && !strcmp(got, want), "%s: '%s', not '%s'",
			      line, got ? got : "", want);
}

static void assert_call(const char *line, const struct syscall *got,
			const struct syscall *want)
{
	ck_assert_msg(got->kind == want->kind, "%s: kind", line);
	ck_assert_msg(got->addr == want->addr, "%s: addr", line);
	ck_assert_msg(got->len == want->len, "%s: len", line);
	ck_assert_msg(got->new_len == want->new_len, "%s: new_len", line);
	ck_assert_msg(got->prot == want->prot, "%s: prot", line);
	ck_assert_msg(got->flags == want->flags, "%s: flags", line);
	ck_assert_msg(got->advice == want->advice, "%s: advice", line);
	ck_assert_msg(got->offset == want->offset, "%s: offset", line);
	ck_assert_msg(got->policy == want->policy, "%s: policy", line);
	ck_assert_msg(got->key == want->key, "%s: key", line);
	ck_assert_msg(got->has_result == want->has_result, "%s: result", line);
	ck_assert_msg(got->result == want->result, "%s: result", line);
}

static void assert_event(const char *line, const struct trace_event *got,
			 const struct trace_event *want)
{
	ck_assert_msg(got->what == want->what, "%s: %d, not %d (%s)", line,
		      got->what, want->what, got->error ? got->error : "");
	ck_assert_msg(got->pid == want->pid, "%s: PID %d", line, got->pid);
	ck_assert_msg(got->err == want->err, "%s: errno %d", line, got->err);
	ck_assert_msg(got->child == want->child, "%s: child %d", line,
		      got->child);
	ck_assert_msg(got->thread == want->thread, "%s: thread", line);
	if (want->what != TRACE_BAD || want->column)
		ck_assert_msg(got->column == want->column, "%s: column %zu",
			      line, got->column);
	if (want->what == TRACE_BAD) {
		ck_assert_msg(strstr(got->error, want->error), "%s: '%s'", line,
			      got->error);
		return;
	}
	if (want->what == TRACE_CALL || want->what == TRACE_EXEC)
		assert_text(line, got->path, want->path);
	if (want->what == TRACE_CALL)
		assert_text(line, got->call.name, want->call.name);
	if (want->what == TRACE_STACK)
		assert_text(line, got->text, want->text);
	if (want->what == TRACE_SET)
		ck_assert_msg(got->trait == want->trait && got->on == want->on,
			      "%s: trait %d, on %d", line, got->trait, got->on);
	if (want->what == TRACE_CALL || want->what == TRACE_FAILED ||
	    want->what == TRACE_ADVICE)
		assert_call(line, &got->call, &want->call);
}

START_TEST(one_line)
{
	char text[1024];
	struct trace_event event;
	struct trace *t;
	FILE *in;

	snprintf(text, sizeof(text), "%s\n", lines[_i].line);
	in = file_of(text);
	t = trace_new(in);
	ck_assert(trace_next(t, &event));
	ck_assert_uint_eq(event.line, 1);
	assert_event(lines[_i].line, &event, &lines[_i].event);
	ck_assert(!trace_next(t, &event));
	ck_assert_int_eq(event.what, TRACE_END);
	trace_free(t);
	fclose(in);
}
END_TEST

/* ---- several lines -------------------------------------------------------------- */

/* What a trace says, a letter for each line. */
static void assert_events(const char *text, const char *want)
{
	static const char letters[] = "cfbxFe.!ss.a";
	char got[64];
	size_t nr = 0;
	struct trace_event event;
	FILE *in = file_of(text);
	struct trace *t = trace_new(in);

	while (trace_next(t, &event) && nr < sizeof(got) - 1) {
		got[nr++] = letters[event.what];
		ck_assert_uint_le(event.column, strlen(text));
	}
	got[nr] = '\0';
	ck_assert_str_eq(got, want);
	trace_free(t);
	fclose(in);
}

static const struct {
	const char *text;
	const char *events;
} several[] = {
	/* Two parts; munmap() has a beginning. */
	{ "1 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 "
	  "<unfinished ...>\n"
	  "2 munmap(0x1000, 4096 <unfinished ...>\n"
	  "1 <... mmap resumed>) = 0x1000\n"
	  "2 <... munmap resumed>) = 0\n",
	  ".bcc" },
	{ "1 mmap(NULL, 4096 <unfinished ...>\n"
	  "1 <... mmap resumed>) = 0x1000\n",
	  ".!" },
	{ "1 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 "
	  "<unfinished ...>\r\n"
	  "1 <... mmap resumed>) = 0x1000\r\n",
	  ".c" },
	/* Broken off by what strace says itself. */
	{ "clone3({flags=CLONE_VM|CLONE_VFORK}, 88strace: Process 7 attached\n"
	  " <unfinished ...>\n"
	  "[pid 7] munmap(0x1000, 4096) = 0\n"
	  "[pid 6] <... clone3 resumed>) = 7\n",
	  ".FcF" },
	{ "fork(strace: Process 7 attached\n) = 7\n", ".F" },
	/* The thread that calls execve() takes over the first one's PID. */
	{ "6 execve(\"/a\", [\"a\"], 0x7 /* 1 var */ <unfinished ...>\n"
	  "5 +++ superseded by execve in pid 6 +++\n"
	  "5 <... execve resumed>) = 0\n",
	  ".ex" },
	/* In a file of strace -ff, which has nothing of others. */
	{ "6 execve(\"/a b\", [\"a\"], 0x1 /* 1 var */ <pid changed to 5 ...>\n"
	  "5 +++ superseded by execve in pid 6 +++\n"
	  "5 <... execve resumed>) = 0\n",
	  ".ex" },
	{ "5 +++ superseded by execve in pid 4194304 +++\n"
	  "5 +++ superseded by execve in pid 4194305 +++\n"
	  "5 +++ superseded by execve in pid x +++\n",
	  "e!!" },
	/* perf trace: who is the child, who runs a program, who ends. */
	{ "     0.1 ( 0.1 ms): a/7 mmap(len: 4096) = 0x1000\n"
	  "         ? (         ): a/8  ... [continued]: clone3()) = 0\n"
	  "         ? (         ): a/8  ... [continued]: execve()) = 0\n"
	  "     0.2 ( 0.1 ms): a/8 execve(filename: 0x7ffe1d92) = 0\n"
	  "     0.3 (         ): a/8 exit_group() = ?\n",
	  "c.xxe" },
	{ "     0.1 (         ): mmap(len: 4096) ...\n"
	  "     0.2 ( 0.1 ms): ... [continued]: mmap()) = 0x1000\n",
	  ".c" },
	{ "     0.1 ( 0.1 ms): a/7 shmget(size: 8192, shmflg: 384) = 65536\n"
	  "     0.2 ( 0.1 ms): a/7 shmat(shmid: 65536) = 4096\n",
	  ".c" },
	{ " a-7 [000] ..... 12.345: sys_mbind(start: 1000, len: 2000, mode: 2, "
	  "nmask: 7ffc, maxnode: 40, flags: 0)\n"
	  " a-7 [000] ..... 12.346: sys_mbind -> 0x0\n",
	  ".c" },
	/* The length of a segment. */
	{ "shmget(IPC_PRIVATE, 8192, 0600) = 7\nshmat(7, NULL, 0) = 0x1000\n",
	  ".c" },
	{ "shmget(IPC_PRIVATE, 8192, 0600) = -1 ENOSPC (x)\n"
	  "shmat(7, NULL, 0) = 0x1000\n",
	  ".!" },
	/* An end that belongs to another call, and one that never comes. */
	{ "1 munmap(0x1000, 4096 <unfinished ...>\n"
	  "1 <... mmap resumed>) = 0\n",
	  "b!" },
	{ "1 munmap(0x1000, 4096 <unfinished ...>\n"
	  "1 munmap(0x1000, 4096 <unfinished ...>\n",
	  "b!" },
	/* It ended before the call did. */
	{ "1 munmap(0x1000, 4096 <unfinished ...>\n"
	  "1 +++ killed by SIGKILL +++\n"
	  "1 <... munmap resumed>) = 0\n",
	  "be!" },
	/* No new line at the end; and what says that a text is UTF-8. */
	{ "munmap(0x1000, 4096) = 0", "c" },
	{ "\xef\xbb\xbf"
	  "7 munmap(0x1000, 4096) = 0\n",
	  "c" },
	{ "7 munmap(0x1000, 4096) = 0\n"
	  "\xef\xbb\xbf"
	  "7 munmap(0x1000, 4096) = 0\n",
	  "c!" },
	/* The kernel has not seen these, but what was only delayed, or changed. */
	{ "munmap(0x1000, 4096) = 0 (INJECTED)\n"
	  "munmap(0x1000, 4096) = -1 ENOMEM (Cannot allocate) (INJECTED) <0.1>\n"
	  "munmap(0x1000, 4096) = 0 (INJECTED: args, retval)\n"
	  "fork() = 5 (INJECTED) (DELAYED)\n"
	  "munmap(0x1000, 4096) = 0 (DELAYED)\n"
	  "munmap(0x1000, 4096) = 0 (INJECTED: args)\n",
	  "....cc" },
};

START_TEST(several_lines)
{
	assert_events(several[_i].text, several[_i].events);
}
END_TEST

/* madvise(2): these leave the flags of all VMAs as they are. */
START_TEST(advice_for_others_is_plain)
{
	const unsigned int plain = 1u << MADV_WILLNEED | 1u << MADV_DONTNEED |
				   1u << MADV_FREE | 1u << MADV_COLD |
				   1u << MADV_PAGEOUT | 1u << MADV_COLLAPSE;
	struct trace_event event;
	char text[128];
	struct trace *t;
	FILE *in;

	snprintf(text, sizeof(text),
		 "process_madvise(3, [{iov_base=0x1000, iov_len=4096}], 1, "
		 "%d, 0) = 4096\n",
		 _i);
	in = file_of(text);
	t = trace_new(in);
	ck_assert(trace_next(t, &event));
	ck_assert_int_eq(event.what, TRACE_ADVICE);
	ck_assert_int_eq(!event.error, plain >> _i & 1);
	trace_free(t);
	fclose(in);
}
END_TEST

START_TEST(policies_have_identities)
{
	static const char text[] =
		"mbind(0x1000, 4096, MPOL_BIND, [0x01], 8, 0) = 0\n"
		"mbind(0x2000, 4096, MPOL_BIND, [0x01], 9, MPOL_MF_MOVE) = 0\n"
		"mbind(0x3000, 4096, MPOL_BIND, [0x02], 8, 0) = 0\n"
		"mbind(0x4000, 4096, MPOL_INTERLEAVE, [0x01], 8, 0) = 0\n";
	struct trace_event event;
	char policy[4][80];
	FILE *in = file_of(text);
	struct trace *t = trace_new(in);

	for (int i = 0; i < 4; i++) {
		ck_assert(trace_next(t, &event));
		ck_assert_int_eq(event.what, TRACE_CALL);
		ck_assert_ptr_nonnull(event.call.policy);
		snprintf(policy[i], sizeof(policy[i]), "%s", event.call.policy);
	}
	ck_assert_str_eq(policy[0], policy[1]);
	ck_assert_str_ne(policy[0], policy[2]);
	ck_assert_str_ne(policy[0], policy[3]);
	trace_free(t);
	fclose(in);
}
END_TEST

/* As numa_maps begins them; of one that is newer, what strace has. */
static const struct {
	const char *arguments;
	const char *policy;
} policies[] = {
	{ "MPOL_PREFERRED, [0x01], 8", "prefer, [0x01]" },
	{ "MPOL_PREFERRED_MANY, [0x01], 8", "prefer (many), [0x01]" },
	{ "MPOL_BIND, [0x01], 8", "bind, [0x01]" },
	{ "MPOL_INTERLEAVE, [0x01], 8", "interleave, [0x01]" },
	{ "MPOL_WEIGHTED_INTERLEAVE, [0x01], 8",
	  "weighted interleave, [0x01]" },
	{ "MPOL_LOCAL, NULL, 0", "local" },
	{ "0x7 /* MPOL_??? */, [0x01], 8", "0x7, [0x01]" },
	{ "0x6 /* MPOL_??? */, [0x01], 8", "weighted interleave, [0x01]" },
	{ "0x2, 0x7ffc9156, 0x40", "bind, 0x7ffc9156" },
	{ "MPOL_BIND|MPOL_F_STATIC_NODES, [0x01], 8", "bind=static, [0x01]" },
	{ "0x4003, [0x01], 8", "interleave=relative, [0x01]" },
	{ "0x2002 /* MPOL_BIND|MPOL_F_NUMA_BALANCING */, [0x01], 8",
	  "bind=balancing, [0x01]" },
	/* However many nodes are asked for of which none is meant. */
	{ "MPOL_BIND, [0x10, 0x0100, 0000, 0000], 256",
	  "bind, [0x10, 0x0100]" },
	/* mpol_new(): to prefer none is to prefer where one is. */
	{ "MPOL_PREFERRED, NULL, 0", "local" },
	{ "MPOL_PREFERRED, [], 0", "local" },
	{ "MPOL_PREFERRED, [0000, 0000], 128", "local" },
	/* sanitize_mpol_flags(): what is the default with flags, is the default. */
	{ "MPOL_DEFAULT|MPOL_F_STATIC_NODES, NULL, 0", NULL },
	{ "0x8000, NULL, 0", NULL },
	/* Of a mode that strace knows and nobody here. */
	{ "MPOL_ELSEWHERE|MPOL_F_STATIC_NODES, [0x01, 0000], 128",
	  "MPOL_ELSEWHERE|MPOL_F_STATIC_NODES, [0x01]" },
	{ "MPOL_ELSEWHERE, NULL, 0", "MPOL_ELSEWHERE" },
};

START_TEST(policies_have_names)
{
	struct trace_event event;
	struct trace *t;
	char text[128];
	FILE *in;

	snprintf(text, sizeof(text), "mbind(0x1000, 4096, %s, 0) = 0\n",
		 policies[_i].arguments);
	in = file_of(text);
	t = trace_new(in);
	ck_assert(trace_next(t, &event));
	ck_assert_int_eq(event.what, TRACE_CALL);
	ck_assert_pstr_eq(event.call.policy, policies[_i].policy);
	trace_free(t);
	fclose(in);
}
END_TEST

/* A line of just so many bytes is read, one more is not; of perf trace, too. */
START_TEST(lines_have_a_limit)
{
	/* They would do without their ends. */
	static const char *const whole[][2] = {
		{ "munmap(0x1000, 4096, xxx", ") = 00" },
		{ "     0.1 ( 0.1 ms): a/7 munmap(addr: 4096, len: 4096)   ",
		  " = 00" },
	};
	const char *begin = whole[_i / 2][0], *end = whole[_i / 2][1];
	char *text = malloc(LINE_LONGEST + 64);
	size_t len = LINE_LONGEST + (size_t)(_i & 1);
	size_t from;

	ck_assert_ptr_nonnull(text);
	from = (size_t)sprintf(text, "%s", begin);
	memset(text + from, begin[from - 1], len - from);
	strcpy(text + len - strlen(end), end);
	strcat(text, "\nmunmap(0x1000, 4096) = 0\n");
	assert_events(text, _i & 1 ? "!c" : "cc");
	free(text);
}
END_TEST

/* As many unfinished calls, bytes of these, and segments, and one that is too many. */
START_TEST(what_is_remembered_has_a_limit)
{
	const unsigned int most = _i == 1 ? 2048 : 65536;
	struct trace_event event = { 0 }, bad = { 0 };
	size_t len;
	char *text;
	FILE *f = open_memstream(&text, &len);
	struct trace *t;

	for (unsigned int i = 1; i <= most + 1; i++)
		if (_i == 2)
			fprintf(f, "shmget(0, 4096, 0) = %u\n", i);
		else
			fprintf(f,
				"9 munmap(0, 1) = 0\n"
				"%u mmap(%*s <unfinished ...>\n",
				100 + i, _i ? (64 << 20) / 2048 - 5 : 0, "");
	if (_i == 2)
		fputs("shmat(65536, NULL, 0) = 0x1000\n"
		      "shmat(65537, NULL, 0) = 0x1000\n",
		      f);
	fclose(f);
	f = file_of(text);
	t = trace_new(f);
	while (trace_next(t, &event)) {
		ck_assert_msg(!bad.error, "line %zu: %s", bad.line, bad.error);
		if (event.what == TRACE_BAD)
			bad = event;
	}
	ck_assert_int_eq(trace_error(t), 0);
	ck_assert_ptr_nonnull(bad.error);
	ck_assert_ptr_nonnull(strstr(bad.error, _i == 2 ? "segment" : "many"));
	trace_free(t);
	fclose(f);
	free(text);
}
END_TEST

/* Of a call in two lines, a text may be longer than a line. */
START_TEST(texts_are_cut)
{
	const size_t half = LINE_LONGEST / 2;
	struct trace_event event;
	struct trace *t;
	char *text = NULL;
	FILE *in;

	ck_assert_int_ge(asprintf(&text,
				  "1 execve(\"%0*d <unfinished ...>\n"
				  "1 <... execve resumed>%0*d\", [], 0) = 0\n",
				  (int)half, 0, (int)half, 0),
			 0);
	in = file_of(text);
	t = trace_new(in);
	ck_assert(trace_next(t, &event));
	ck_assert(trace_next(t, &event));
	ck_assert_int_eq(event.what, TRACE_EXEC);
	ck_assert_uint_eq(strlen(event.path), 2 * half - 1);
	trace_free(t);
	fclose(in);
	free(text);
}
END_TEST

/* "R" becomes "PROT_R": in the form of strace such a line has no room. */
START_TEST(lines_grow_up_to_a_limit)
{
	static const char begin[] =
		"     0.232 ( 0.020 ms): true/41 mprotect(start: 0x1000, len: 4096, prot: ";
	static const char end[] = "R) = 0";
	char *text = malloc(LINE_LONGEST + 64);
	size_t len = LINE_LONGEST - strlen(end);

	ck_assert_ptr_nonnull(text);
	for (size_t i = strlen(begin); i < len; i++)
		text[i] = (len - i) % 2 ? '|' : 'R';
	memcpy(text, begin, strlen(begin));
	strcpy(text + len, end);
	strcat(text, "\nmunmap(0x1000, 4096) = 0\n");
	assert_events(text, "!c");
	free(text);
}
END_TEST

/* ---- cases ------------------------------------------------------------------------ */

/* Of which of the cases that replay tells apart it is; counted once or not at all. */
static const char *counted_as(const struct cat_case *c)
{
	size_t counts[NR_REPLAY_CASES] = { 0 };
	struct mm *mm = mm_new(rules_for("latest"));
	const char *name = NULL;

	for (size_t i = 0; i < c->nr_before; i++)
		mm_place(mm, &c->before[i].s);
	replay_count_cases(counts, mm, &c->op, mm_do(mm, &c->op));
	for (unsigned int i = 0; i < NR_REPLAY_CASES; i++) {
		if (!counts[i])
			continue;
		ck_assert_msg(counts[i] == 1 && !name,
			      "%s is counted %zu times as %s, and as %s", c->id,
			      counts[i], replay_case_names[i], name);
		name = replay_case_names[i];
	}
	mm_free(mm);
	return name;
}

/* What the catalogue's own operation does is counted as that case, once. */
START_TEST(case_is_counted)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	const char *name = replay_case_names[(unsigned int)_i];
	const struct cat_case *c = catalog_case(cat, name);

	ck_assert_msg(c, "%s is not in the catalogue", name);
	ck_assert_pstr_eq(counted_as(c), name);
	catalog_free(cat);
}
END_TEST

/* A case that is not told apart is counted as another of its family. */
START_TEST(every_case_is_counted)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);

	for_each_family(cat, f)
		for_each_case(f, c) {
			const char *name = counted_as(c);

			if (c->error.text) {
				ck_assert_ptr_null(name);
				continue;
			}
			ck_assert_msg(name, "%s is not counted", c->id);
			ck_assert_str_eq(catalog_case(cat, name)->family->name,
					 f->name);
		}
	catalog_free(cat);
}
END_TEST

/* ---- whole traces -------------------------------------------------------------------- */

static struct proc_maps *maps_of(const char *text)
{
	FILE *in = file_of(text);
	struct proc_maps *maps = proc_read(in, "maps", 4096, stderr);

	ck_assert_ptr_nonnull(maps);
	fclose(in);
	return maps;
}

static struct replay *replay_text(const char *trace,
				  const struct replay_opts *more)
{
	struct replay_opts opts = more ? *more : (struct replay_opts){ 0 };
	FILE *in = file_of(trace);
	struct replay *r;

	opts.rules = rules_for("latest");
	opts.page_size = 4096;
	opts.exec = -1;
	opts.faulted = FAULTED_NONE;
	r = replay_run(in, &opts);
	fclose(in);
	return r;
}

/* The program's layout at the end is just this. */
static void assert_layout(const struct replay_program *p, const char *text)
{
	size_t counts[NR_MATCHES] = { 0 }, nr;
	struct proc_maps *want = maps_of(text);
	struct match_row *row;

	ck_assert_ptr_nonnull(p->maps);
	row = match_maps(p->maps, want, &nr, counts);
	ck_assert_msg(counts[MATCH_SAME] == nr, "%zu of %zu are the same",
		      counts[MATCH_SAME], nr);
	for (size_t i = 0; i < want->nr; i++) {
		const struct proc_vma *a = &p->maps->vma[i];
		const struct proc_vma *b = &want->vma[i];

		if (!b->has_flags)
			continue;
		ck_assert_uint_eq(a->flags & ~VM_SOFTDIRTY,
				  b->flags & ~VM_SOFTDIRTY);
		ck_assert_uint_eq(a->pkey, b->pkey);
	}
	free(row);
	proc_free(want);
}

#define MMAP(addr, len)                                                        \
	"mmap(NULL, " len ", PROT_READ|PROT_WRITE, MAP_PRIVATE|"               \
	"MAP_ANONYMOUS, -1, 0) = 0x" addr "\n"
#define RW "rw-p 00000000 00:00 0\n"

static const char start_maps[] = "00010000-00011000 r-xp 00000000 08:01 7 /p\n"
				 "00020000-00022000 rw-p 00000000 00:00 0\n";

/* A range that goes beyond all addresses has a hole, whatever a sum says. */
START_TEST(a_range_may_wrap)
{
	struct replay *r = replay_text(
		"madvise(0xfffffffffffff000, 8192, MADV_DONTDUMP) = 0\n", NULL);

	ck_assert_uint_eq(r->program[0]->beyond, 1);
	ck_assert_uint_eq(r->program[0]->disagree.nr, 0);
	replay_free(r);
}
END_TEST

START_TEST(begins_from_maps)
{
	struct proc_maps *maps = maps_of(start_maps);
	struct replay_from from = { .exec = 1, .maps = maps };
	const struct replay_opts opts = { .from = &from, .nr_from = 1 };
	struct replay *r =
		replay_text("execve(\"/p\", [\"p\"], 0x7 /* 1 var */) = 0\n"
			    "mprotect(0x20000, 4096, PROT_READ) = 0\n" MMAP(
				    "22000", "8192"),
			    &opts);

	ck_assert_uint_eq(r->nr, 1);
	ck_assert_ptr_eq(r->kept, r->program[0]);
	ck_assert_int_eq(r->kept->start, START_MAPS);
	ck_assert_str_eq(r->kept->path, "/p");
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	/* 2 at first; the change splits; what is mapped joins the upper part. */
	ck_assert_uint_eq(r->kept->first, 2);
	ck_assert_uint_eq(r->kept->peak, 3);
	ck_assert_uint_eq(r->kept->peak_line, 2);
	ck_assert_uint_eq(r->kept->final, 3);
	ck_assert_uint_eq(r->kept->nr_costs, 1);
	ck_assert_uint_eq(r->kept->costs[0].line, 2);
	ck_assert_int_eq(r->kept->costs[0].vmas, 1);
	ck_assert_str_eq(r->kept->costs[0].text,
			 "mprotect(0x20000, 4096, PROT_READ) = 0");
	assert_layout(r->kept, "00010000-00011000 r-xp 00000000 08:01 7 /p\n"
			       "00020000-00021000 r--p 00000000 00:00 0\n"
			       "00021000-00024000 rw-p 00000000 00:00 0\n");
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* Maps of a PID alone are what its first program has, not what follows that. */
START_TEST(first_program_begins_from_maps)
{
	static const char trace[] =
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 clone({flags=CLONE_VM|CLONE_VFORK|SIGCHLD}) = 2\n"
		"2 execve(\"/b\", [\"b\"], 0x7 /* 1 var */) = 0\n"
		"1 execve(\"/c\", [\"c\"], 0x7 /* 1 var */) = 0\n"
		"2 execve(\"/d\", [\"d\"], 0x7 /* 1 var */) = 0\n";
	struct proc_maps *maps = maps_of(start_maps);

	for (int pid = 1; pid <= 2; pid++) {
		struct replay_from from = { pid, .exec = -1, .maps = maps };
		const struct replay_opts opts = { .from = &from, .nr_from = 1 };
		struct replay *r = replay_text(trace, &opts);

		ck_assert_uint_eq(r->nr, 4);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(r->program[i]->start,
					 i == pid - 1 ? START_MAPS
						      : START_EMPTY);
		replay_free(r);
	}
	proc_free(maps);
}
END_TEST

/* Without that, calls about what was there are not carried out. */
START_TEST(begins_with_nothing)
{
	struct replay *r = replay_text(
		"execve(\"/p\", [\"p\"], 0x7 /* 1 var */) = 0\n"
		"mprotect(0x20000, 4096, PROT_READ) = 0\n" MMAP("30000", "4096")
			MMAP("31000", "4096"),
		NULL);

	ck_assert_int_eq(r->kept->start, START_EMPTY);
	ck_assert_uint_eq(r->kept->beyond, 1);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	ck_assert_uint_eq(r->calls, 2);
	assert_layout(r->kept, "00030000-00032000 " RW);
	replay_free(r);
}
END_TEST

/* A child has its own copy, a thread none; after execve() nothing is left. */
START_TEST(processes_and_threads)
{
	static const char trace[] =
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 " MMAP("30000",
			  "8192") "1 fork( <unfinished ...>\n"
				  "2 munmap(0x30000, 4096) = 0\n"
				  "1 <... fork resumed>) = 2\n"
				  "1 clone3({flags=CLONE_VM}, 88) = 3\n"
				  "3 munmap(0x31000, 4096) = 0\n"
				  "3 +++ exited with 0 +++\n"
				  "1 vfork( <unfinished ...>\n"
				  "4 execve(\"/b\", [\"b\"], 0x7 /* 1 "
				  "var */ <unfinished ...>\n"
				  "1 <... vfork resumed>) = 4\n"
				  "4 <... execve resumed>) = 0\n"
				  "4 " MMAP("50000", "4096");
	struct replay_opts opts = { 0 };

	for (opts.pid = 1; opts.pid <= 4; opts.pid++) {
		struct replay *r = replay_text(trace, &opts);

		ck_assert_uint_eq(r->nr, 3);
		ck_assert_uint_eq(r->left_out, 0);
		if (opts.pid == 1)
			assert_layout(r->kept, "00030000-00031000 " RW);
		if (opts.pid == 2)
			assert_layout(r->kept, "00031000-00032000 " RW);
		if (opts.pid == 2)
			ck_assert_int_eq(r->kept->start, START_FORK);
		/* A thread is no process. */
		if (opts.pid == 3)
			ck_assert_ptr_null(r->kept);
		if (opts.pid == 4)
			assert_layout(r->kept, "00050000-00051000 " RW);
		replay_free(r);
	}
}
END_TEST

/* A child may fork before the call of its parent is seen to end. */
START_TEST(child_that_forks_first)
{
	static const char trace[] =
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 " MMAP("30000", "8192") "1 fork( <unfinished ...>\n"
					   "2 fork( <unfinished ...>\n"
					   "3 fork() = 4\n"
					   "4 munmap(0x30000, 4096) = 0\n"
					   "1 <... fork resumed>) = 2\n"
					   "2 <... fork resumed>) = 3\n";
	struct replay_opts opts = { 0 };

	for (opts.pid = 1; opts.pid <= 4; opts.pid++) {
		struct replay *r = replay_text(trace, &opts);

		ck_assert_uint_eq(r->nr, 4);
		ck_assert_uint_eq(r->joined, 0);
		ck_assert_ptr_nonnull(r->kept);
		ck_assert_int_eq(r->kept->parent, opts.pid - 1);
		assert_layout(r->kept, opts.pid == 4 ? "00031000-00032000 " RW
						     : "00030000-00032000 " RW);
		replay_free(r);
	}
}
END_TEST

/*
 * In a container clone() returns a number that only counts there. Of the children one
 * is first seen while its fork is under way, one only ends, and of the last two the
 * numbers are strace's own, as after a wrap.
 */
START_TEST(children_of_containers)
{
	static const char trace[] =
		"10 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"10 " MMAP("30000",
			   "16384") "10 fork() = 2\n"
				    "10 munmap(0x30000, 4096) = 0\n"
				    "10 clone3({flags=CLONE_VM}, 88) = 3\n"
				    "20 munmap(0x31000, 4096) = 0\n"
				    "21 munmap(0x33000, 4096) = 0\n"
				    "10 fork( <unfinished ...>\n"
				    "22 munmap(0x32000, 4096) = 0\n"
				    "10 <... fork resumed>) = 4\n"
				    "10 fork() = 5\n"
				    "23 +++ exited with 0 +++\n"
				    "10 fork() = 6\n"
				    "10 munmap(0x31000, 4096) = 0\n"
				    "10 fork() = 7\n"
				    "7 munmap(0x32000, 4096) = 0\n"
				    "6 munmap(0x32000, 4096) = 0\n";
	static const struct {
		pid_t pid;
		const char *layout;
	} all[] = {
		{ 10, "00032000-00033000 " RW },
		{ 20, "00030000-00031000 " RW "00032000-00034000 " RW },
		{ 22, "00031000-00032000 " RW },
		{ 23, "00031000-00033000 " RW },
		{ 7, "" },
		{ 6, "00031000-00032000 " RW },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const struct replay_opts opts = { .pid = all[i].pid };
		struct replay *r = replay_text(trace, &opts);

		ck_assert_uint_eq(r->nr, ARRAY_SIZE(all));
		ck_assert_uint_eq(r->joined, 0);
		ck_assert_uint_eq(r->left_out, 0);
		ck_assert_ptr_nonnull(r->kept);
		if (*all[i].layout)
			assert_layout(r->kept, all[i].layout);
		else
			ck_assert_uint_eq(r->kept->final, 0);
		replay_free(r);
	}
}
END_TEST

/* Who is taken for a child in a container, and is gone, or another's. */
START_TEST(children_that_are_no_others)
{
	struct replay *r =
		replay_text("12 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
			    "12 fork() = 3\n12 +++ exited with 0 +++\n"
			    "execve(\"/b\", [\"b\"], 0x7 /* 1 var */) = 0\n"
			    "+++ exited with 0 +++\n13 brk(NULL) = 0x1000\n",
			    NULL);

	ck_assert_uint_eq(r->nr, 4);
	ck_assert_int_eq(r->program[2]->pid, 3);
	ck_assert_uint_eq(r->program[2]->exec, 1);
	ck_assert_int_eq(r->program[3]->pid, 13);
	ck_assert_int_eq(r->program[3]->start, START_EMPTY);
	replay_free(r);

	/* After a wrap: who speaks first is the child of the fork under way. */
	r = replay_text("32000 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
			"31000 execve(\"/b\", [\"b\"], 0x7 /* 1 var */) = 0\n"
			"32000 fork() = 301\n31000 fork( <unfinished ...>\n"
			"302 munmap(0x30000, 4096) = 0\n"
			"31000 <... fork resumed>) = 302\n"
			"301 munmap(0x30000, 4096) = 0\n",
			NULL);
	ck_assert_uint_eq(r->nr, 4);
	ck_assert_int_eq(r->program[2]->pid, 301);
	ck_assert_int_eq(r->program[2]->parent, 32000);
	ck_assert_int_eq(r->program[3]->pid, 302);
	ck_assert_int_eq(r->program[3]->parent, 31000);
	replay_free(r);
}
END_TEST

/* After a wrap a child is known by its number, to --from, too. */
START_TEST(child_with_what_it_had)
{
	struct proc_maps *maps = maps_of("00040000-00042000 " RW);
	struct replay_from from = { 301, .exec = -1, .maps = maps };
	const struct replay_opts opts = { .from = &from,
					  .nr_from = 1,
					  .pid = 301 };
	struct replay *r = replay_text(
		"32000 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"32000 fork() = 301\n301 munmap(0x40000, 4096) = 0\n",
		&opts);

	ck_assert(from.used);
	ck_assert_ptr_nonnull(r->kept);
	assert_layout(r->kept, "00041000-00042000 " RW);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* Its number comes with the end of the call that made the second process. */
START_TEST(first_process_that_forks)
{
	struct replay_opts opts = { .pid = 6 };
	struct replay *r = replay_text(
		"execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n" MMAP(
			"30000", "8192") "fork( <unfinished ...>\n"
					 "[pid 7] fork() = 8\n"
					 "[pid 6] <... fork resumed>) = 7\n"
					 "[pid 6] munmap(0x30000, 4096) = 0\n",
		&opts);

	ck_assert_uint_eq(r->nr, 3);
	ck_assert_uint_eq(r->joined, 0);
	ck_assert_ptr_nonnull(r->kept);
	assert_layout(r->kept, "00031000-00032000 " RW);
	ck_assert_int_eq(r->program[1]->pid, 7);
	ck_assert_int_eq(r->program[1]->parent, 6);
	ck_assert_int_eq(r->program[2]->pid, 8);
	ck_assert_int_eq(r->program[2]->parent, 7);
	replay_free(r);
}
END_TEST

/* On standard error there is no PID before the first fork. */
START_TEST(first_process_gets_its_number)
{
	struct replay_opts opts = { .pid = 6 };
	struct replay *r = replay_text(
		"execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n" MMAP(
			"30000",
			"4096") "fork(strace: Process 7 attached\n"
				") = 7\n"
				"[pid 7] " MMAP("40000", "4096") "[pid 6] " MMAP(
					"31000", "4096") "[pid 7] +++ exited "
							 "with 0 "
							 "+++\n" MMAP("32000",
								      "4096"),
		&opts);

	ck_assert_ptr_nonnull(r->kept);
	ck_assert_uint_eq(r->nr, 2);
	assert_layout(r->kept, "00030000-00033000 " RW);
	replay_free(r);
}
END_TEST

/* What is given away was free, though munmap() is printed as still under way. */
START_TEST(munmap_that_has_begun)
{
	static const char before[] =
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 " MMAP("30000",
			  "8192") "1 clone3({flags=CLONE_VM}, 88) = 2\n"
				  "1 munmap(0x30000, 4096 <unfinished "
				  "...>\n";
	static const char after[] = "1 <... munmap resumed>) = 0\n";
	char trace[1024];
	struct replay *r;

	snprintf(trace, sizeof(trace),
		 "%s2 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, "
		 "-1, 0) = 0x30000\n%s",
		 before, after);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	assert_layout(r->kept, "00030000-00031000 ---p 00000000 00:00 0\n"
			       "00031000-00032000 " RW);
	replay_free(r);

	/* Where it does not have to be, it is done at its end. */
	snprintf(trace, sizeof(trace),
		 "%s2 mprotect(0x30000, 8192, PROT_NONE) "
		 "= 0\n%s",
		 before, after);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	assert_layout(r->kept, "00031000-00032000 ---p 00000000 00:00 0\n");
	replay_free(r);

	/* It is under way still, whoever else ends or calls. */
	snprintf(trace, sizeof(trace),
		 "%s2 clone3({flags=CLONE_VM}, 88) = 3\n"
		 "3 +++ exited with 0 +++\n"
		 "2 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, "
		 "-1, 0) = 0x30000\n%s",
		 before, after);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	assert_layout(r->kept, "00030000-00031000 ---p 00000000 00:00 0\n"
			       "00031000-00032000 " RW);
	replay_free(r);
}
END_TEST

/* What failed in the middle has done its first part. */
START_TEST(failed_calls)
{
	struct replay *r = replay_text(
		"execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n", NULL);
	struct proc_maps *maps = maps_of(start_maps);
	struct replay_from from = { .exec = -1, .maps = maps };
	const struct replay_opts opts = { .from = &from, .nr_from = 1 };

	replay_free(r);
	r = replay_text(
		"mprotect(0x21000, 8192, PROT_READ) = -1 ENOMEM (x)\n"
		"mprotect(0x20000, 4096, PROT_EXEC) = -1 EACCES (x)\n"
		"mmap(0x20000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|"
		"MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (x)\n"
		"mmap(0x30000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|"
		"MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (x)\n"
		"brk(0x10) = 0x20000\n",
		&opts);
	ck_assert_uint_eq(r->kept->failed[CALL_MPROTECT], 2);
	ck_assert_uint_eq(r->kept->failed[CALL_MMAP], 2);
	ck_assert_uint_eq(r->kept->failed[CALL_BRK], 1);
	ck_assert_uint_eq(r->kept->failed_too, 2);
	/* Here 0x30000 is free. */
	ck_assert_uint_eq(r->kept->disagree.nr, 1);
	ck_assert_uint_eq(r->kept->disagree.note[0].line, 4);
	assert_layout(r->kept, "00010000-00011000 r-xp 00000000 08:01 7 /p\n"
			       "00020000-00021000 " RW
			       "00021000-00022000 r--p 00000000 00:00 0\n");
	replay_free(r);
	proc_free(maps);
}
END_TEST

START_TEST(disagreements)
{
	struct proc_maps *maps = maps_of(start_maps);
	struct replay_from from = { .exec = -1, .maps = maps };
	const struct replay_opts opts = { .from = &from, .nr_from = 1 };
	struct replay *r =
		replay_text("mprotect(0x22000, 4096, PROT_READ) = 0\n" MMAP(
				    "20000", "4096"),
			    &opts);

	ck_assert_uint_eq(r->kept->disagree.nr, 2);
	ck_assert_uint_eq(r->kept->disagree.note[0].line, 1);
	ck_assert_str_eq(r->kept->disagree.note[0].says, "ENOMEM");
	ck_assert_uint_eq(r->kept->disagree.note[1].line, 2);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/*
 * Two VMAs that are written to before what lies between them is mapped have two
 * anon_vmas, and the third can merge with only one of them.
 */
START_TEST(memory_that_is_written_to)
{
	static const char trace[] =
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 " MMAP("30000", "4096") "1 " MMAP(
			"32000", "4096") "1 getpid() = 1\n"
					 "1 " MMAP("31000", "4096");
	struct replay_opts opts = { .rules = rules_for("latest"),
				    .page_size = 4096,
				    .exec = -1 };
	static const size_t vmas[NR_FAULTED] = {
		[FAULTED_SEEN] = 1, [FAULTED_NONE] = 1, [FAULTED_WRITABLE] = 2
	};
	FILE *in = file_of(trace);
	struct replay *r;

	opts.faulted = (enum faulted)_i;
	r = replay_run(in, &opts);
	ck_assert_uint_eq(r->kept->final, vmas[_i]);
	replay_free(r);
	fclose(in);
}
END_TEST

/* There are limits; what is beyond them is counted. */
START_TEST(programs_have_a_limit)
{
	char *trace = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&trace, &len);
	struct replay *r;

	ck_assert_ptr_nonnull(out);
	fputs("1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n", out);
	for (unsigned int i = 2; i < REPLAY_PROGRAMS_MAX + 4; i++)
		fprintf(out, "1 fork() = %u\n", i);
	fprintf(out, "%u " MMAP("30000", "4096"), REPLAY_PROGRAMS_MAX + 2);
	fclose(out);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->nr, REPLAY_PROGRAMS_MAX);
	ck_assert_uint_eq(r->left_out, 1);
	replay_free(r);
	free(trace);
}
END_TEST

/* Nor may all of them together have too many VMAs. */
START_TEST(vmas_have_a_limit)
{
	enum { VMAS = 30000, FORKS = REPLAY_VMAS_MAX / VMAS + 3 };
	char *trace = NULL;
	size_t len = 0, left_out = 0;
	FILE *out = open_memstream(&trace, &len);
	struct replay *r;

	ck_assert_ptr_nonnull(out);
	fputs("1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n", out);
	for (unsigned int i = 1; i <= VMAS; i++)
		fprintf(out,
			"1 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|"
			"MAP_ANONYMOUS, -1, 0) = %#x000\n",
			2 * i);
	for (unsigned int i = 2; i < 2 + FORKS; i++)
		fprintf(out, "1 fork() = %u\n", i);
	fclose(out);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->nr, 1 + FORKS);
	ck_assert_uint_eq(r->kept->final, VMAS);
	for (size_t i = 0; i < r->nr; i++)
		left_out += r->program[i]->left_out;
	/* As many copies have room beside the first. */
	ck_assert_uint_eq(left_out, 1 + FORKS - REPLAY_VMAS_MAX / VMAS);
	replay_free(r);
	free(trace);
}
END_TEST

/* Once a child is named, a thread that is new is not it. */
START_TEST(threads_of_nobody)
{
	struct replay *r = replay_text(
		"1 execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n"
		"1 " MMAP("30000", "8192") "1 fork( <unfinished ...>\n"
					   "1 <... fork resumed>) = 2\n"
					   "3 munmap(0x30000, 4096) = 0\n",
		NULL);

	ck_assert_uint_eq(r->joined, 1);
	ck_assert_uint_eq(r->nr, 2);
	assert_layout(r->kept, "00031000-00032000 " RW);
	replay_free(r);
}
END_TEST

/* The files of two threads, of -t, -tt, -ttt, and none of these. */
static const struct {
	const char *text[2];
	const char *merged;
} times[] = {
	{ { "00:00:59 a()\n00:01:01 b()\n", "00:01:00 c()\n > main()\n" },
	  "1 00:00:59 a()\n2 00:01:00 c()\n > main()\n1 00:01:01 b()\n" },
	{ { "01:00:00.2 a()\n01:00:00.30 b()\n", "00:59:59.9 c()\n"
						 "01:00:00.25 d()\n" },
	  "2 00:59:59.9 c()\n1 01:00:00.2 a()\n2 01:00:00.25 d()\n"
	  "1 01:00:00.30 b()\n" },
	{ { "1700000000.000002 a()\n", "1700000000.000001 b()\n" },
	  "2 1700000000.000001 b()\n1 1700000000.000002 a()\n" },
	{ { "1.5 zzzz()\n", "1.45 a()\n" }, "2 1.45 a()\n1 1.5 zzzz()\n" },
	{ { "00:01 a()\n", "00:02 b()\n" }, NULL },
	{ { "1700000000 a()\n", "1700000001 b()\n" }, NULL },
	{ { "00:00:01-a()\n", "00:00:02-b()\n" }, NULL },
	{ { "00:00:01", "00:00:02" }, NULL },
	{ { "00:01:02:03 a()\n", "00:01:02:04 b()\n" }, NULL },
	/* Up to the last second of 32 bits, and of one time as in the file. */
	{ { "4294967294.9 a()\n4294967295.000000 b()\n",
	    "4294967295.000000 c()\n" },
	  "1 4294967294.9 a()\n1 4294967295.000000 b()\n"
	  "2 4294967295.000000 c()\n" },
	{ { "4294967296.0 a()\n", "4294967296.1 b()\n" }, NULL },
};

/* Files t.1 and t.2 of a directory of their own. */
static void write_times(const char *const text[2], char names[2][TEMP_PATH + 8])
{
	char dir[TEMP_PATH];

	temp_dir(dir);
	for (int i = 0; i < 2; i++) {
		FILE *f;

		snprintf(names[i], sizeof(names[i]), "%s/t.%d", dir, i + 1);
		f = fopen(names[i], "w");
		fputs(text[i], f);
		fclose(f);
	}
}

START_TEST(threads_are_merged_by_time)
{
	char names[2][TEMP_PATH + 8], got[256];
	const char *const files[] = { names[0], names[1] };
	FILE *none = fopen("/dev/null", "w"), *f;

	write_times(times[_i].text, names);
	f = trace_merge(files, 2, none);
	fclose(none);
	ck_assert_int_eq(!f, !times[_i].merged);
	if (!f)
		return;
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(got, times[_i].merged);
}
END_TEST

/* What is wrong with a name is said before it is opened: nothing has these. */
START_TEST(threads_have_numbers)
{
	static const struct {
		const char *name;
		bool number;
	} names[] = {
		{ "/no/such", false },	      { "/no/such.", false },
		{ "/no/such.0", false },      { "/no/such.1", true },
		{ "/no/such.4194304", true }, { "/no/such.4194305", false },
		{ "/no/such.1x", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		FILE *merged;
		char *says __free(free) = PRINTED(
			err, merged = trace_merge(&names[i].name, 1, err));

		ck_assert_ptr_null(merged);
		ck_assert_msg(strstr(says, names[i].number ? "a file to read"
							   : "no number of a"),
			      "%s", says);
	}
}
END_TEST

/* Two files can be opened, and no third. */
START_TEST(no_temporary_file)
{
	char names[2][TEMP_PATH + 8], *says;
	const char *const files[] = { names[0], names[1] };
	size_t len;
	FILE *err = open_memstream(&says, &len);
	int next;

	write_times(times[0].text, names);
	next = dup(0);
	close(next);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ next + 2, next + 2 });
	ck_assert_ptr_null(trace_merge(files, 2, err));
	fclose(err);
	ck_assert_str_eq(says, "no temporary file: Too many open files\n");
	free(says);
}
END_TEST

START_TEST(bad_lines_are_counted)
{
	struct replay *r = replay_text(
		"what\n" MMAP("30000", "4096") "munmap(0x1000) = 0\n", NULL);

	ck_assert_uint_eq(r->bad.nr, 2);
	ck_assert_uint_eq(r->bad.note[0].line, 1);
	ck_assert_uint_eq(r->bad.note[1].line, 3);
	ck_assert_uint_eq(r->calls, 1);
	replay_free(r);
}
END_TEST

/* ---- side by side ----------------------------------------------------------------------- */

#define A "00010000-00012000 "
#define STACK "7ffe00000000-7ffe00021000 "

/* One cluster of VMAs each, and how it compares. */
#define VSYSCALL                                                               \
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n"

static const struct {
	const char *model;
	const char *real;
	enum match match;
	size_t nr;
} pairs[] = {
	{ A RW, A RW, MATCH_SAME, 1 },
	{ A RW, A "r--p 00000000 00:00 0\n", MATCH_DIFFERS, 1 },
	{ A RW, A "rw-s 00000000 00:00 0\n", MATCH_DIFFERS, 1 },
	{ A "r--p 00000000 08:01 7 /f\n", A "r--p 00001000 08:01 7 /f\n",
	  MATCH_DIFFERS, 1 },
	{ A "r--p 00000000 08:01 7 /f\n", A "r--p 00000000 08:01 7 /g\n",
	  MATCH_DIFFERS, 1 },
	{ A "r--p 00000000 08:01 7 /f\n",
	  A "r--p 00000000 08:01 7 /f (deleted)\n", MATCH_DELETED, 1 },
	{ A "r--p 00000000 08:01 7 /f-0123456789a\n",
	  A "r--p 00000000 08:01 7 /f-0123456789b\n", MATCH_DIFFERS, 1 },
	{ A RW, "00010000-00013000 " RW, MATCH_DIFFERS, 1 },
	{ A RW, "00011000-00012000 " RW, MATCH_DIFFERS, 1 },
	/* Merged, or not, where all that can be seen is equal. */
	{ "00010000-00011000 " RW "00011000-00012000 " RW, A RW, MATCH_MERGED,
	  1 },
	{ A RW, "00010000-00011000 " RW "00011000-00012000 " RW, MATCH_SPLIT,
	  2 },
	{ "00010000-00011000 r--p 00000000 08:01 7 /f\n"
	  "00011000-00012000 r--p 00001000 08:01 7 /f\n",
	  A "r--p 00000000 08:01 7 /f\n", MATCH_MERGED, 1 },
	{ "00010000-00011000 r--p 00000000 08:01 7 /f\n"
	  "00011000-00012000 r--p 00003000 08:01 7 /f\n",
	  A "r--p 00000000 08:01 7 /f\n", MATCH_DIFFERS, 1 },
	{ A RW,
	  "00010000-00011000 " RW "00011000-00012000 r--p 00000000 00:00 0\n",
	  MATCH_DIFFERS, 2 },
	/* What is no VMA does not count. */
	{ A RW VSYSCALL, A RW VSYSCALL, MATCH_SAME, 1 },
	{ A RW, A RW VSYSCALL, MATCH_SAME, 1 },
	/* A stack grows down, and what is mapped as one; nothing else does. */
	{ STACK RW "VmFlags: rd wr mr mw me gd ac\n",
	  "7ffdffff0000-7ffe00021000 " RW, MATCH_GROWN, 1 },
	{ STACK "rw-p 00000000 00:00 0 [stack]\n",
	  "7ffdffff0000-7ffe00021000 rw-p 00000000 00:00 0 [stack]\n",
	  MATCH_GROWN, 1 },
	{ STACK "rw-p 00000000 00:00 0 [stack]\n",
	  "7ffe00001000-7ffe00021000 rw-p 00000000 00:00 0 [stack]\n",
	  MATCH_DIFFERS, 1 },
	{ STACK RW, "7ffdffff0000-7ffe00021000 " RW, MATCH_DIFFERS, 1 },
};

START_TEST(side_by_side)
{
	size_t counts[NR_MATCHES] = { 0 }, nr, all = 0;
	struct proc_maps *model = maps_of(pairs[_i].model);
	struct proc_maps *real = maps_of(pairs[_i].real);
	struct match_row *row = match_maps(model, real, &nr, counts);

	for (int m = 0; m < NR_MATCHES; m++)
		all += counts[m];
	ck_assert_msg(counts[pairs[_i].match] == pairs[_i].nr,
		      "%d: %zu of '%s'", _i, counts[pairs[_i].match],
		      match_words[pairs[_i].match].text);
	ck_assert_uint_eq(all, pairs[_i].nr);
	free(row);
	proc_free(model);
	proc_free(real);
}
END_TEST

/* Where both have a bound, one ends and the next begins, though they could merge. */
START_TEST(bounds_of_both)
{
	size_t counts[NR_MATCHES] = { 0 }, nr;
	struct proc_maps *model =
		maps_of("00010000-00011000 " RW "00011000-00012000 " RW
			"00012000-00013000 " RW);
	struct proc_maps *real = maps_of(A RW "00012000-00013000 " RW);

	free(match_maps(model, real, &nr, counts));
	ck_assert_uint_eq(counts[MATCH_MERGED], 1);
	ck_assert_uint_eq(counts[MATCH_SAME], 1);
	proc_free(model);
	proc_free(real);
}
END_TEST

/* What one side alone has. */
START_TEST(one_side_alone)
{
	size_t counts[NR_MATCHES] = { 0 }, nr;
	struct proc_maps *model = maps_of(A RW "00020000-00021000 " RW);
	struct proc_maps *real = maps_of(A RW "00030000-00031000 " RW);
	struct match_row *row = match_maps(model, real, &nr, counts);

	ck_assert_uint_eq(nr, 3);
	ck_assert_ptr_nonnull(row[1].model);
	ck_assert_ptr_null(row[1].real);
	ck_assert_ptr_null(row[2].model);
	ck_assert_ptr_nonnull(row[2].real);
	ck_assert_uint_eq(counts[MATCH_DIFFERS], 2);
	free(row);
	proc_free(model);
	proc_free(real);
}
END_TEST

/* ---- the limit, what failed, and what it cost ---------------------------------------------- */

#define THREE_VMAS                                                             \
	"00010000-00011000 r--p 00000000 00:00 0\n"                            \
	"00011000-00014000 rw-p 00000000 08:01 7 /f\n"                         \
	"00020000-00021000 r--p 00000000 00:00 0\n"

static struct replay *replay_three(const char *trace, struct proc_maps **maps)
{
	static struct replay_from from;
	struct replay_opts opts = { .from = &from,
				    .nr_from = 1,
				    .max_map_count = 3 };

	*maps = maps_of(THREE_VMAS);
	from = (struct replay_from){ .exec = -1, .maps = *maps };
	return replay_text(trace, &opts);
}

/* The first VMA is changed, and then the second would have to be split. */
START_TEST(fails_at_the_limit)
{
	struct proc_maps *maps;
	struct replay *r = replay_three(
		"mprotect(0x10000, 8192, PROT_EXEC) = -1 ENOMEM (x)\n"
		"madvise(0x12000, 4096, MADV_RANDOM) = -1 EAGAIN (x)\n"
		"munmap(0x12000, 4096) = -1 ENOMEM (x)\n"
		"munmap(0x50000, 4096) = -1 ENOMEM (x)\n",
		&maps);
	const struct replay_program *p = r->kept;

	ck_assert_uint_eq(p->nr_failures, 4);
	ck_assert_uint_eq(p->by_failure[FAILURE_LIMIT], 4);
	ck_assert_uint_eq(p->failures[0].done, 1);
	ck_assert_uint_eq(p->failures[0].vmas, 3);
	ck_assert_uint_eq(p->failures[0].limit, 3);
	ck_assert_uint_eq(p->failures[1].done, 0);
	ck_assert_uint_eq(p->failed_too, 3);
	/* Nothing is mapped there: the kernel would have had no reason. */
	ck_assert_uint_eq(p->disagree.nr, 1);
	ck_assert_uint_eq(p->disagree.note[0].line, 4);
	assert_layout(p, "00010000-00011000 --xp 00000000 00:00 0\n"
			 "00011000-00014000 rw-p 00000000 08:01 7 /f\n"
			 "00020000-00021000 r--p 00000000 00:00 0\n");
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* What worked proves that more is allowed, and what fails then, fails there. */
START_TEST(limit_is_raised)
{
	struct proc_maps *maps;
	struct replay *r = replay_three(
		"mprotect(0x12000, 4096, PROT_NONE) = 0\n"
		"mprotect(0x12000, 4096, PROT_EXEC) = 0\n"
		"munmap(0x12000, 0x9000) = 0\n"
		"mmap(0x30000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED|"
		"MAP_ANONYMOUS, -1, 0) = 0x30000\n",
		&maps);

	ck_assert_uint_eq(r->limit, 4);
	ck_assert_uint_eq(r->raised_line, 1);
	ck_assert_uint_eq(r->kept->peak, 5);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	replay_free(r);
	proc_free(maps);
	r = replay_three("mprotect(0x12000, 4096, PROT_READ) = -1 ENOMEM (x)\n",
			 &maps);
	ck_assert_uint_eq(r->limit, 3);
	ck_assert_uint_eq(r->raised_line, 0);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* The same and, two pages each: no access, no writing, a driver's, sealed. */
static const char odd_vmas[] =
	THREE_VMAS "00030000-00032000 ---p 00000000 00:00 0\n"
		   "VmFlags: mr mw me\n"
		   "00032000-00034000 r--s 00000000 08:01 7 /f\n"
		   "VmFlags: rd sh mr me ms\n"
		   "00034000-00036000 rw-p 00000000 08:01 8 /g\n"
		   "VmFlags: rd wr mr mw me io\n"
		   "00036000-00038000 rw-p 00000000 00:00 0\n"
		   "VmFlags: rd wr mr mw me ac sl\n";

/* Reasons other than the limit; @wrong: none, where there should be one. */
static const struct {
	const char *line;
	enum failure failure;
	uint64_t at;
	bool wrong;
} failures[] = {
	{ "mprotect(0x13000, 8192, PROT_READ) = -1 ENOMEM (x)", FAILURE_HOLE,
	  0x14000 },
	{ "mmap(0x13000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|"
	  "MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (x)",
	  FAILURE_TAKEN, 0x13000 },
	{ "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</f>, 0) = -1 EACCES (x)",
	  FAILURE_UNSEEN, 0 },
	{ "mlock(0x11000, 4096) = -1 EAGAIN (x)", FAILURE_UNSEEN, 0 },
	{ "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 "
	  "ENOMEM (x)",
	  FAILURE_UNSEEN, 0 },
	{ "munmap(0x11001, 4096) = -1 EINVAL (x)", FAILURE_UNSEEN, 0 },
	{ "mlock(0x31000, 8192) = -1 ENOMEM (x)", FAILURE_NO_ACCESS, 0x31000 },
	{ "mlock2(0x31000, 4096, 0) = -1 ENOMEM (x)", FAILURE_NO_ACCESS,
	  0x31000 },
	{ "mlock(0x32000, 4096) = -1 ENOMEM (x)", FAILURE_UNSEEN, 0 },
	{ "mprotect(0x31000, 8192, PROT_WRITE) = -1 EACCES (x)", FAILURE_DENIED,
	  0x32000 },
	{ "pkey_mprotect(0x33000, 4096, PROT_WRITE, 1) = -1 EACCES (x)",
	  FAILURE_DENIED, 0x33000 },
	{ "mprotect(0x33000, 4096, PROT_READ) = -1 EACCES (x)", FAILURE_UNSEEN,
	  0 },
	{ "mprotect(0x34000, 16384, PROT_READ) = -1 EPERM (x)", FAILURE_SEALED,
	  0x36000 },
	{ "mprotect(0x34000, 4096, PROT_READ) = -1 EPERM (x)", FAILURE_UNSEEN,
	  0 },
	{ "mremap(0x11000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x36000) = "
	  "-1 EPERM (x)",
	  FAILURE_SEALED, 0x36000 },
	{ "mremap(0x11000, 4096, 8192, MREMAP_MAYMOVE, 0x36000) = -1 EPERM (x)",
	  FAILURE_UNSEEN, 0 },
	{ "mremap(0x11000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x34000) = "
	  "-1 EINVAL (x)",
	  FAILURE_SPECIAL, 0x34000, true },
	{ "madvise(0x33000, 8192, MADV_DODUMP) = -1 EINVAL (x)",
	  FAILURE_SPECIAL, 0x34000 },
	{ "madvise(0x36000, 4096, MADV_DODUMP) = -1 EINVAL (x)", FAILURE_UNSEEN,
	  0 },
	{ "madvise(0x31000, 8192, MADV_WIPEONFORK) = -1 EINVAL (x)",
	  FAILURE_KIND, 0x32000 },
	{ "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x31000, 8192, \"a\") = -1 "
	  "EBADF (x)",
	  FAILURE_KIND, 0x32000 },
	{ "madvise(0x31000, 8192, MADV_RANDOM) = -1 EINVAL (x)", FAILURE_UNSEEN,
	  0 },
	{ "mremap(0x20000, 8192, 12288, 0) = -1 EFAULT (x)", FAILURE_HOLE,
	  0x21000 },
	{ "mremap(0x20000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x21000) = "
	  "-1 EINVAL (x)",
	  FAILURE_UNSEEN, 0 },
	{ "munmap(0x33000, 8192) = -1 EINVAL (x)", FAILURE_SPECIAL, 0x34000,
	  true },
	{ "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x33000, 8192, \"a\") = -1 "
	  "EINVAL (x)",
	  FAILURE_UNSEEN, 0 },
	{ "mbind(0x20000, 8192, MPOL_LOCAL, NULL, 0, 0) = -1 EFAULT (x)",
	  FAILURE_HOLE, 0x21000 },
	{ "mbind(0x20000, 8192, MPOL_BIND, NULL, 0, 0) = -1 EINVAL (x)",
	  FAILURE_UNSEEN, 0 },
	{ "mmap(0x40000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|"
	  "MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (x)",
	  FAILURE_UNSEEN, 0, true },
	/* Far from the limit, these have all that they need. */
	{ "munmap(0x11000, 4096) = -1 ENOMEM (x)", FAILURE_UNSEEN, 0, true },
	{ "mprotect(0x11000, 4096, PROT_NONE) = -1 ENOMEM (x)", FAILURE_UNSEEN,
	  0, true },
	{ "mprotect(0x10000, 4096, PROT_WRITE) = -1 ENOMEM (x)", FAILURE_UNSEEN,
	  0 },
	{ "madvise(0x11000, 4096, MADV_RANDOM) = -1 ENOMEM (x)", FAILURE_UNSEEN,
	  0, true },
	{ "madvise(0x11000, 4096, MADV_RANDOM) = -1 EAGAIN (x)", FAILURE_UNSEEN,
	  0, true },
	{ "madvise(0x11000, 4096, MADV_RANDOM) = -1 EIO (x)", FAILURE_UNSEEN,
	  0 },
	{ "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x10000, 4096, \"a\") = -1 "
	  "ENOMEM (x)",
	  FAILURE_UNSEEN, 0, true },
};

START_TEST(failures_have_reasons)
{
	struct proc_maps *maps = maps_of(odd_vmas);
	struct replay_from from = { .exec = -1, .maps = maps };
	struct replay *r = replay_text(
		failures[_i].line,
		&(struct replay_opts){ .from = &from, .nr_from = 1 });

	ck_assert_uint_eq(r->kept->nr_failures, 1);
	ck_assert_int_eq(r->kept->failures[0].failure, failures[_i].failure);
	ck_assert_uint_eq(r->kept->failures[0].at, failures[_i].at);
	ck_assert_uint_eq(r->kept->disagree.nr, failures[_i].wrong);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* A range from address 0 does not wrap. */
START_TEST(a_range_from_zero)
{
	struct proc_maps *maps =
		maps_of("00000000-00002000 rw-p 00000000 00:00 0\n");
	struct replay_from from = { .exec = -1, .maps = maps };
	struct replay *r = replay_text(
		"mprotect(NULL, 8192, PROT_READ) = -1 ENOMEM (x)\n"
		"mprotect(NULL, 12288, PROT_READ) = -1 ENOMEM (x)\n",
		&(struct replay_opts){ .from = &from, .nr_from = 1 });

	ck_assert_uint_eq(r->kept->nr_failures, 2);
	ck_assert_int_eq(r->kept->failures[0].failure, FAILURE_UNSEEN);
	ck_assert_int_eq(r->kept->failures[1].failure, FAILURE_HOLE);
	ck_assert_uint_eq(r->kept->failures[1].at, 0x2000);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* By kind whatever the address, and by the first who is no library of calls. */
START_TEST(costs_are_summed)
{
	struct proc_maps *maps;
	struct replay *r = replay_three(
		"mprotect(0x12000, 4096, PROT_READ) = 0\n"
		" > /lib/libc.so.6(mprotect+0x7) [0x1]\n"
		" > /bin/a(guard+0x2) [0x2]\n"
		" > /bin/a(main+0x2) [0x2]\n"
		"mprotect(0x13000, 4096, PROT_READ) = 0\n"
		" > /bin/a(guard+0x2) [0x2]\n"
		"mmap(0x30000, 4096, PROT_NONE, MAP_PRIVATE|MAP_FIXED|"
		"MAP_ANONYMOUS, -1, 0) = 0x30000\n"
		" > /bin/a(other+0x2) [0x2]\n"
		"munmap(0x10000, 4096) = 0\n",
		&maps);
	const struct replay_costs *kinds = &r->kept->kinds;
	const struct replay_costs *callers = &r->kept->callers;

	/* 3 to 5; the second merges with the first: 4; then 5, and 4. */
	ck_assert_uint_eq(kinds->nr, 3);
	ck_assert_str_eq(kinds->v[0].text, "mprotect(_, 4096, PROT_READ)");
	ck_assert_uint_eq(kinds->v[0].calls, 2);
	ck_assert_int_eq(kinds->v[0].vmas, 1);
	ck_assert_int_eq(kinds->v[2].vmas, -1);
	ck_assert_uint_eq(callers->nr, 2);
	ck_assert_str_eq(callers->v[0].text, "/bin/a(guard)");
	ck_assert_uint_eq(callers->v[0].calls, 2);
	ck_assert_int_eq(callers->v[0].vmas, 1);
	ck_assert_str_eq(callers->v[1].text, "/bin/a(other)");
	ck_assert_uint_eq(r->kept->nr_samples, 4);
	ck_assert_uint_eq(r->kept->samples[0].vmas, 5);
	ck_assert_uint_eq(r->kept->samples[1].vmas, 4);
	replay_free(r);
	proc_free(maps);
}
END_TEST

/* Memory that huge pages are to be put into, as they are where they fail. */
#define RESERVED                                                               \
	"mmap(0x200000, 8388608, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, "   \
	"0) = 0x200000\n"
#define HUGE_AT(addr, offset)                                                  \
	"mmap(" addr ", 2097152, PROT_READ, MAP_PRIVATE|MAP_FIXED|"            \
	"MAP_ANONYMOUS|MAP_HUGETLB, -1, " offset ") = -1 "

/* Calls that are newer than others, or rare: what is mapped after each. */
static const struct {
	const char *line;
	const char *layout; /* of what was rw-p from 30000 to 33000 */
	bool bad;
} rare[] = {
	{ "ioctl(3, UFFDIO_REGISTER, {range={start=0x30000, len=0x1000}, "
	  "mode=UFFDIO_REGISTER_MODE_MISSING|UFFDIO_REGISTER_MODE_WP, "
	  "ioctls=1<<_UFFDIO_WAKE}) = 0\n",
	  "00030000-00031000 " RW "VmFlags: rd wr mr mw me ac um uw\n"
	  "00031000-00033000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "ioctl(3, UFFDIO_UNREGISTER, {start=0x30000, len=0x1000}) = 0\n",
	  "00030000-00033000 " RW },
	{ "ioctl(1, TCGETS, {c_iflag=ICRNL}) = 0\n", "00030000-00033000 " RW },
	{ "personality(READ_IMPLIES_EXEC) = 0\n"
	  "mprotect(0x30000, 4096, PROT_READ) = 0\n",
	  "00030000-00031000 r-xp 00000000 00:00 0\n"
	  "00031000-00033000 " RW },
	{ "personality(0xffffffff) = 0\nmprotect(0x30000, 4096, PROT_READ) = 0\n",
	  "00030000-00031000 r--p 00000000 00:00 0\n"
	  "00031000-00033000 " RW },
	{ "prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) = 0\n" MMAP("33000", "4096"),
	  "00030000-00034000 " RW "VmFlags: rd wr mr mw me ac mg\n" },
	/* execve() keeps that, but no memory and no personality: seen on 6.18. */
	{ "prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) = 0\n"
	  "execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n" MMAP("33000",
								"4096"),
	  "00033000-00034000 " RW "VmFlags: rd wr mr mw me ac mg\n" },
	{ "personality(READ_IMPLIES_EXEC) = 0\n"
	  "execve(\"/a\", [\"a\"], 0x7 /* 1 var */) = 0\n" MMAP("33000",
								"4096"),
	  "00033000-00034000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "prctl(0x43 /* PR_??? */, 0x1, 0, 0, 0) = 0\n"
	  "prctl(0x43 /* PR_??? */, 0, 0, 0, 0) = 0\n",
	  "00030000-00033000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "prctl(PR_SET_NAME, \"x\") = 0\n", "00030000-00033000 " RW },
	{ "map_shadow_stack(0, 4096, SHADOW_STACK_SET_TOKEN) = 0x33000\n",
	  "00030000-00033000 " RW "VmFlags: rd wr mr mw me ac\n"
	  "00033000-00034000 " RW "VmFlags: rd wr mr mw me ac ss\n" },
	{ "mseal(0x30000, 4096, 0) = 0\n"
	  "mprotect(0x30000, 4096, PROT_NONE) = -1 EPERM (x)\n",
	  "00030000-00031000 " RW "VmFlags: rd wr mr mw me ac sl\n"
	  "00031000-00033000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "mprotect(0x30000, 4096, PROT_READ|PROT_WRITE|PROT_MTE) = 0\n"
	  "mprotect(0x31000, 4096, PROT_READ|PROT_WRITE|PROT_BTI) = 0\n"
	  "mprotect(0x30000, 8192, PROT_READ|PROT_WRITE) = 0\n",
	  "00030000-00031000 " RW "VmFlags: rd wr mr mw me ac mt\n"
	  "00031000-00033000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "pkey_mprotect(0x30000, 4096, PROT_READ|PROT_WRITE, 2) = 0\n",
	  "00030000-00031000 " RW "ProtectionKey: 2\n"
	  "VmFlags: rd wr mr mw me ac\n"
	  "00031000-00033000 " RW "VmFlags: rd wr mr mw me ac\n" },
	{ "mmap(0x30000, 12288, PROT_READ, MAP_SHARED|MAP_FIXED, 3</f>, 0) = "
	  "0x30000\nremap_file_pages(0x31000, 4096, 0, 5, 0) = 0\n",
	  "00030000-00031000 r--s 00000000 08:01 7 /f\n"
	  "00031000-00032000 r--s 00005000 08:01 7 /f\n"
	  "00032000-00033000 r--s 00002000 08:01 7 /f\n" },
	/* Huge pages, of a segment and of files. Seen on 6.18.44, as all below. */
	{ "shmget(IPC_PRIVATE, 4096, IPC_CREAT|SHM_HUGETLB|0600) = 7\n"
	  "shmat(7, 0x200000, 0) = 0x200000\n"
	  "shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 7\n"
	  "shmat(7, NULL, 0) = 0x400000\n"
	  "munmap(0x201000, 4096) = -1 EINVAL (x)\n",
	  "00030000-00033000 " RW
	  "00200000-00400000 rw-s 00000000 00:01 1 /SYSV00000000 (deleted)\n"
	  "VmFlags: rd wr sh mr mw me ms de ht\n"
	  "00400000-00401000 rw-s 00000000 00:01 2 /SYSV00000000 (deleted)\n"
	  "VmFlags: rd wr sh mr mw me ms\n" },
	{ "memfd_create(\"x\", MFD_CLOEXEC|MFD_HUGETLB|21<<MFD_HUGE_SHIFT) = "
	  "13</memfd:x>(deleted)\n"
	  "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</memfd:x>(deleted), 0) = "
	  "0x400000\n"
	  "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</memfd:x>(deleted), "
	  "0x200000) = 0x600000\n"
	  "mmap(0x200000, 4096, PROT_READ, MAP_PRIVATE, 4</dev/hugepages/y>, "
	  "0) = 0x200000\n"
	  "memfd_create(\"x\", MFD_CLOEXEC) = 13</memfd:x>(deleted)\n"
	  "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</memfd:x>(deleted), "
	  "0x200000) = 0x800000\n",
	  "00030000-00033000 " RW
	  "00200000-00400000 r--p 00000000 00:01 1 /dev/hugepages/y\n"
	  "VmFlags: rd mr mw me de ht\n"
	  "00400000-00600000 r--p 00000000 00:01 2 /memfd:x (deleted)\n"
	  "VmFlags: rd mr mw me de ht\n"
	  "00600000-00800000 r--p 00200000 00:01 2 /memfd:x (deleted)\n"
	  "VmFlags: rd mr mw me de ht\n"
	  "00800000-00801000 r--p 00200000 00:01 2 /memfd:x (deleted)\n"
	  "VmFlags: rd mr mw me\n" },
	/* That there are too few of them shows when what was there is gone. */
	{ RESERVED HUGE_AT("0x200000", "0") "ENOMEM (x)\n",
	  "00030000-00033000 " RW "00400000-00a00000 ---p 00000000 00:00 0\n" },
	{ RESERVED HUGE_AT("0x400000", "0x1000") "EINVAL (x)\n",
	  "00030000-00033000 " RW "00200000-00400000 ---p 00000000 00:00 0\n"
	  "00600000-00a00000 ---p 00000000 00:00 0\n" },
	{ RESERVED HUGE_AT("0x400000", "0") "EINVAL (x)\n" HUGE_AT(
		  "0x400000", "0x1000") "EPERM (x)\n" HUGE_AT("0x401000",
							      "0") "ENOMEM "
								   "(x)\n",
	  "00030000-00033000 " RW "00200000-00a00000 ---p 00000000 00:00 0\n" },
	{ "mmap(0x200000, 8388608, PROT_READ, MAP_SHARED|MAP_FIXED|"
	  "MAP_ANONYMOUS|MAP_HUGETLB, -1, 0) = 0x200000\n"
	  "remap_file_pages(0x400000, 2097152, 0, 0, 0) = 0\n"
	  "remap_file_pages(0x600000, 4096, 0, 512, 0) = -1 EINVAL (x)\n"
	  "remap_file_pages(0x601000, 2097152, 0, 0, 0) = -1 EINVAL (x)\n"
	  "remap_file_pages(0x800000, 2097152, 0, 1, 0) = -1 EINVAL (x)\n",
	  "00030000-00033000 " RW
	  "00200000-00400000 r--s 0 00:01 1 /anon_hugepage (deleted)\n"
	  "00400000-00600000 r--s 0 00:01 1 /anon_hugepage (deleted)\n"
	  "VmFlags: rd sh mr mw me ms de ht\n"
	  "00600000-00800000 r--s 400000 00:01 1 /anon_hugepage (deleted)\n" },
	/* What is no file of huge pages, and sizes that there are not, are seen before. */
	{ RESERVED
	  "mmap(0x200000, 2097152, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_HUGETLB, "
	  "3</f>, 0x1000) = -1 EINVAL (x)\n"
	  "mmap(0x200000, 2097152, PROT_READ, MAP_PRIVATE|MAP_FIXED|"
	  "MAP_ANONYMOUS|MAP_HUGETLB|17<<MAP_HUGE_SHIFT, -1, 0x1000) = "
	  "-1 EINVAL (x)\n",
	  "00030000-00033000 " RW "00200000-00a00000 ---p 00000000 00:00 0\n" },
	/* How large they are, says the file and not mmap(); shmat() says nothing of it. */
	{ "memfd_create(\"x\", MFD_HUGETLB|21<<MFD_HUGE_SHIFT) = "
	  "3</memfd:x>(deleted)\n"
	  "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_HUGETLB|"
	  "30<<MAP_HUGE_SHIFT, 3</memfd:x>(deleted), 0) = 0x400000\n"
	  "memfd_create(\"y\") = 4</memfd:y>(deleted)\n"
	  "shmget(IPC_PRIVATE, 4096, 0600) = 7\n"
	  "shmat(7, NULL, 0x40000) = 0x800000\n",
	  "00030000-00033000 " RW
	  "00400000-00600000 r--p 00000000 00:01 1 /memfd:x (deleted)\n"
	  "VmFlags: rd mr mw me de ht\n"
	  "00800000-00801000 rw-s 00000000 00:01 2 /SYSV00000000 (deleted)\n"
	  "VmFlags: rd wr sh mr mw me ms\n" },
	/* Up to memory of another kind, it is done. */
	{ "mmap(0x33000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED, 3</f>, 0) = "
	  "0x33000\n"
	  "madvise(0x32000, 8192, MADV_WIPEONFORK) = -1 EINVAL (x)\n",
	  "00030000-00032000 " RW "VmFlags: rd wr mr mw me ac\n"
	  "00032000-00033000 " RW "VmFlags: rd wr mr mw me ac wf\n"
	  "00033000-00034000 r--s 00000000 08:01 7 /f\n" },
	{ "process_madvise(3, [{iov_base=0x30000, iov_len=1}], 1, MADV_COLD, 0) "
	  "= 1\n",
	  "00030000-00033000 " RW },
	/* What cannot be known is said. */
	{ "process_madvise(3, [{iov_base=0x30000, iov_len=1}], 1, "
	  "MADV_DONTFORK, 0) = 1\n",
	  "00030000-00033000 " RW, true },
	{ "io_setup(128, [0x7f0000500000]) = 0\n", "00030000-00033000 " RW,
	  true },
	{ "arch_prctl(ARCH_SHSTK_ENABLE, ARCH_SHSTK_SHSTK) = 0\n",
	  "00030000-00033000 " RW, true },
	{ "arch_prctl(ARCH_SET_FS, 0x7f0000000740) = 0\n",
	  "00030000-00033000 " RW },
	/* In place of strace. */
	{ "     0.2 ( 0.020 ms): a/7 mprotect(start: 0x30000, len: 4096, prot: "
	  "READ) = 0\n",
	  "00030000-00031000 r--p 00000000 00:00 0\n"
	  "00031000-00033000 " RW },
	{ "            a-7 [000] ..... 12.3: sys_mprotect(start: 30000, len: "
	  "1000, prot: 1)\n"
	  "            a-7 [000] ..... 12.3: sys_mprotect -> 0x0\n",
	  "00030000-00031000 r--p 00000000 00:00 0\n"
	  "00031000-00033000 " RW },
	{ "            a-7 [000] ..... 12.3: sys_munmap(addr: 30001, len: 1)\n"
	  "            a-7 [000] ..... 12.3: sys_munmap -> 0xffffffffffffffea\n",
	  "00030000-00033000 " RW },
	{ "7 munmap(0x30000, 4097 <unfinished ...>\n"
	  "7 <... munmap resumed>) = -22\n",
	  "00030000-00033000 " RW },
	{ "7 munmap(0x30000, 4096 <unfinished ...>\n"
	  "7 <... munmap resumed>) = 0xfffffffffffffff4\n",
	  "00030000-00033000 " RW },
	{ "munmap(0x30000, 4096) = 18446744073709551604\n",
	  "00030000-00033000 " RW },
	{ "munmap(0x30000, 4096) = -1 (errno 512)\n", "00030000-00033000 " RW },
	{ "mmap(0x30000, 4096, 0, 0x32, -1, 0) = 0xfffffffffffff001\n",
	  "00030000-00033000 " RW },
	{ "            a-7 [000] ..... 12.3: sys_mmap(addr: 33000, len: 1000, "
	  "prot: 3, flags: 32, fd: ffffffff, off: 0)\n"
	  "            a-7 [000] ..... 12.3: sys_mmap -> 0xfffffffffffff001\n",
	  "00030000-00033000 " RW },
	{ "I0101 0 1 strace.go:1] [ 1: 7] a X munmap(0x30000, 0x2000) = 0 (0x0) "
	  "(1us)\n",
	  "00032000-00033000 " RW },
	{ "I0101 0 1 strace.go:1] [ 1: 7] a X munmap(0x30000, 0x2000) = 0 (0x0) "
	  "errno=12 (cannot allocate memory) (1us)\n",
	  "00030000-00033000 " RW },
};

START_TEST(rare_calls)
{
	char trace[1024];
	struct replay *r;

	snprintf(trace, sizeof(trace), "%s%s", MMAP("30000", "12288"),
		 rare[_i].line);
	r = replay_text(trace, NULL);
	ck_assert_uint_eq(r->bad.nr, rare[_i].bad);
	ck_assert_uint_eq(r->kept->disagree.nr, 0);
	assert_layout(r->kept, rare[_i].layout);
	replay_free(r);
}
END_TEST

/* What the simulator knows survives a file: two anon_vmas, a moved VMA. */
START_TEST(layout_is_kept)
{
	struct replay *r = replay_text(
		MMAP("30000",
		     "8192") "mprotect(0x30000, 4096, PROT_READ) = 0\n"
			     "mprotect(0x30000, 4096, "
			     "PROT_READ|PROT_WRITE) = 0\n"
			     "mmap(0x50000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|"
			     "MAP_ANONYMOUS|MAP_FIXED, -1, 0) = 0x50000\n"
			     "madvise(0x50000, 4096, MADV_POPULATE_WRITE) = 0\n"
			     "mremap(0x50000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, "
			     "0x32000) = 0x32000\n",
		NULL);
	struct proc_maps *again;
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	proc_write(out, r->kept->maps);
	fclose(out);
	again = maps_of(text);
	ck_assert_uint_eq(again->nr, r->kept->maps->nr);
	for (size_t i = 0; i < again->nr; i++) {
		const struct proc_vma *a = &again->vma[i];
		const struct proc_vma *b = &r->kept->maps->vma[i];

		ck_assert(a->hidden.known);
		ck_assert_uint_eq(a->flags & ~VM_SOFTDIRTY,
				  b->flags & ~VM_SOFTDIRTY);
		ck_assert_uint_eq(a->hidden.anon_vma, b->hidden.anon_vma);
		ck_assert_uint_eq(a->hidden.offset, b->hidden.offset);
	}
	ck_assert_uint_eq(again->vma[again->nr - 1].start, 0x32000);
	ck_assert_uint_eq(again->vma[again->nr - 1].hidden.offset, 0x50000);
	free(text);
	proc_free(again);
	replay_free(r);
}
END_TEST

/* ---- the command -------------------------------------------------------------------------- */

struct ran {
	char out[1 << 16];
	int status;
};

/* @trace and @maps are files called T and M, in a directory of their own. */
static struct ran *run(const char *trace, const char *maps, const char *args)
{
	static struct ran ran;
	char dir[TEMP_PATH], command[4096], path[TEMP_PATH + 8];
	size_t len = 0, got;
	FILE *f;

	temp_dir(dir);
	snprintf(path, sizeof(path), "%s/T", dir);
	f = fopen(path, "w");
	fputs(trace, f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/M", dir);
	f = fopen(path, "w");
	fputs(maps, f);
	fclose(f);
	snprintf(command, sizeof(command),
		 "unset CK_RUN_SUITE CK_RUN_CASE; "
		 "P=$(realpath \"${VMATLAS:-build/vmatlas}\"); cd %s; "
		 "{ \"$P\" replay %s; } 2>&1; S=$?; cd /; rm -r %s; exit $S",
		 dir, args, dir);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	while ((got = fread(ran.out + len, 1, sizeof(ran.out) - 1 - len, f)))
		len += got;
	ran.out[len] = '\0';
	ran.status = WEXITSTATUS(pclose(f));
	return &ran;
}

static const char a_trace[] =
	"1 execve(\"/p\", [\"p\"], 0x7 /* 1 var */) = 0\n"
	"1 " MMAP("30000", "8192") "1 mprotect(0x30000, 4096, PROT_READ) = 0\n"
				   "1 \033]0;evil\007\n";

static const struct {
	const char *args;
	int status;
	const char *says;
} replays[] = {
	{ "", EXIT_UNUSABLE, "expected one" },
	{ "T T", EXIT_UNUSABLE, "T: no number of a thread at the end" },
	{ "T --layout /no/such/dir/L", EXIT_UNUSABLE, "/no/such/dir" },
	/* What is read is never overwritten, nor anything printed before. */
	{ "T --layout ./T; grep -c mprotect T", EXIT_FINE,
	  "vmatlas: cannot write './T': it is the same file as 'T', expected another\n1\n" },
	{ "- --layout T <T; grep -c mprotect T", EXIT_FINE,
	  "same file as '-', expected another\n1\n" },
	{ "T --from M --layout M", EXIT_UNUSABLE, "same file as 'M'" },
	{ "T --from 1=M --layout M", EXIT_UNUSABLE, "same file as 'M'" },
	{ "T --verify M --layout M", EXIT_UNUSABLE, "same file as 'M'" },
	{ "--help >L; ln -sf T L; \"$P\" replay T --layout L", EXIT_UNUSABLE,
	  "cannot write 'L': it is the same file as 'T'" },
	{ "--help >L; ln -f T L; \"$P\" replay T --layout L", EXIT_UNUSABLE,
	  "cannot write 'L': it is the same file as 'T'" },
	{ "T --layout L >L2; \"$P\" replay T --layout L; \"$P\" explain L",
	  EXIT_FINE, "L: 2 VMAs" },
	{ "T --layout L; \"$P\" explain L", EXIT_FINE, "L: 2 VMAs" },
	{ "T --layout L; \"$P\" what-if L munmap 30000 4K", EXIT_FINE,
	  "2 -> 1" },
	{ "--max-map-count 0 T", EXIT_UNUSABLE, "'0' is no number" },
	{ "--page-size 5000 T", EXIT_UNUSABLE, "power of two" },
	{ "nowhere", EXIT_UNUSABLE, "nowhere:1:1: " },
	{ "M", EXIT_UNUSABLE, "expected vmatlas explain FILE" },
	{ "--from 5= T", EXIT_UNUSABLE, "nothing to begin from" },
	{ "--from 0=M T", EXIT_UNUSABLE, "nothing to begin from" },
	{ "--from 1.=M T", EXIT_UNUSABLE, "nothing to begin from" },
	{ "--from T T", EXIT_UNUSABLE, "T:" },
	{ "--verify nowhere T", EXIT_UNUSABLE, "nowhere:1:1: " },
	{ "--pid 2 T", EXIT_UNUSABLE, "such as --pid 1" },
	{ "--exec 2 T", EXIT_UNUSABLE, "such as --pid 1" },
	{ "--faulted some T", EXIT_UNUSABLE,
	  "Expected one of seen|none|writable" },
	{ "T", EXIT_FINE, "T:4:1: a line that is none of strace's" },
	{ "T", EXIT_FINE, "  change-head                                 1 #" },
	{ "T", EXIT_FINE, "  mmap                            1         0" },
	{ "T", EXIT_FINE, "0 at first, 2 at most (line 3), 2 at the end" },
	{ "- <T", EXIT_FINE, "process 1, execve 1, /p" },
	{ "--strict T", EXIT_WRONG, "not understood  1 line" },
	{ "--verify M T", EXIT_FINE,
	  "  the same                            2 "
	  "VMAs" },
	{ "--from 1.1=M --verify M T", EXIT_WRONG, "EEXIST" },
	{ "--format json T", EXIT_FINE, "\"new-merge-left\"" },
	/* What is given for a program that is not there is not silently left. */
	{ "--from 2=M T", EXIT_FINE, "M: no program began with it, expected" },
	{ "--from 1.2=M T", EXIT_FINE, "M: no program began with it" },
	{ "--from 1.1=M T 2>&1 >V | grep -c began", EXIT_WRONG, "0\n" },
	{ "--from 1=M --from 1=T T", EXIT_UNUSABLE, "is a second --from" },
	{ "--from M --from T T", EXIT_UNUSABLE, "'T' is a second --from" },
};

static const char some_maps[] = "00030000-00031000 r--p 00000000 00:00 0\n"
				"00031000-00032000 " RW;

START_TEST(command)
{
	struct ran *ran = run(a_trace, some_maps, replays[_i].args);

	/* A case that the trace has not is not in its output. */
	if (!strcmp(replays[_i].args, "--format json T")) {
		ck_assert_ptr_null(strstr(ran->out, replays[_i].says));
		ck_assert_ptr_nonnull(
			strstr(ran->out, "\"insert-between\": 1"));
		return;
	}
	ck_assert_msg(ran->status == replays[_i].status, "%s: status %d:\n%s",
		      replays[_i].args, ran->status, ran->out);
	ck_assert_msg(strstr(ran->out, replays[_i].says), "no '%s' in:\n%s",
		      replays[_i].says, ran->out);
	ck_assert_ptr_null(strchr(ran->out, '\033'));
}
END_TEST

/* Both stand on one line, and none is longer than 80 columns. */
START_TEST(differences_side_by_side)
{
	struct ran *ran = run(a_trace, "00030000-00032000 " RW, "--verify M T");
	const char *line = ran->out;

	ck_assert_int_eq(ran->status, EXIT_WRONG);
	ck_assert_ptr_nonnull(
		strstr(ran->out, "  000000030000-000000031000 r--p          "
				 "000000030000-000000032000 rw-p\n"
				 "  000000031000-000000032000 rw-p"));
	for (; *line; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strncmp(line, "T:4:", 4) == 0 ||
				      strcspn(line, "\n") <= 80,
			      "%.120s", line);
}
END_TEST

/* JSON that is JSON, whatever stands in the trace. */
START_TEST(json_is_json)
{
	struct ran *ran =
		run("1 execve(\"/\\377\\n\", [], 0x7 /* 1 var */) = 0\n"
		    "1 munmap(0x\377, 1) = 0\n"
		    "1 " MMAP("30000", "8192"),
		    some_maps, "--format json --verify M T 2>/dev/null");
	json_error_t error;
	json_t *o = json_loads(ran->out, 0, &error);

	ck_assert_msg(o, "%s:\n%s", error.text, ran->out);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "lines")), 3);
	ck_assert_int_eq(
		json_integer_value(json_object_get(o, "not_understood")), 1);
	json_decref(o);
}
END_TEST

static void add_trace(TCase *tc)
{
	tcase_add_loop_test(tc, one_line, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_loop_test(tc, several_lines, 0,
			    sizeof(several) / sizeof(several[0]));
	tcase_add_loop_test(tc, advice_for_others_is_plain, 0, 32);
	tcase_add_test(tc, policies_have_identities);
	tcase_add_loop_test(tc, policies_have_names, 0, ARRAY_SIZE(policies));
	tcase_add_loop_test(tc, lines_have_a_limit, 0, 4);
	tcase_add_loop_test(tc, what_is_remembered_has_a_limit, 0, 3);
	tcase_add_test(tc, texts_are_cut);
	tcase_add_test(tc, lines_grow_up_to_a_limit);
}

static void add_replay(TCase *tc)
{
	tcase_add_test(tc, begins_from_maps);
	tcase_add_test(tc, first_program_begins_from_maps);
	tcase_add_test(tc, begins_with_nothing);
	tcase_add_test(tc, processes_and_threads);
	tcase_add_test(tc, child_that_forks_first);
	tcase_add_test(tc, children_of_containers);
	tcase_add_test(tc, children_that_are_no_others);
	tcase_add_test(tc, child_with_what_it_had);
	tcase_add_test(tc, first_process_that_forks);
	tcase_add_test(tc, first_process_gets_its_number);
	tcase_add_test(tc, munmap_that_has_begun);
	tcase_add_test(tc, failed_calls);
	tcase_add_test(tc, fails_at_the_limit);
	tcase_add_test(tc, limit_is_raised);
	tcase_add_test(tc, a_range_from_zero);
	tcase_add_loop_test(tc, failures_have_reasons, 0, ARRAY_SIZE(failures));
	tcase_add_test(tc, costs_are_summed);
	tcase_add_loop_test(tc, rare_calls, 0, ARRAY_SIZE(rare));
	tcase_add_test(tc, layout_is_kept);
	tcase_add_test(tc, disagreements);
	tcase_add_loop_test(tc, memory_that_is_written_to, 0, NR_FAULTED);
	tcase_add_test(tc, programs_have_a_limit);
	tcase_add_test(tc, vmas_have_a_limit);
	tcase_add_test(tc, threads_of_nobody);
	tcase_add_loop_test(tc, threads_are_merged_by_time, 0,
			    ARRAY_SIZE(times));
	tcase_add_test(tc, threads_have_numbers);
	tcase_add_test(tc, no_temporary_file);
	tcase_add_test(tc, bad_lines_are_counted);
}

static void add_match(TCase *tc)
{
	tcase_add_loop_test(tc, side_by_side, 0,
			    sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tc, bounds_of_both);
	tcase_add_test(tc, one_side_alone);
}

static void add_command(TCase *tc)
{
	tcase_add_loop_test(tc, command, 0,
			    sizeof(replays) / sizeof(replays[0]));
	tcase_add_test(tc, differences_side_by_side);
	tcase_add_test(tc, json_is_json);
}

static void add_cases(TCase *tc)
{
	tcase_add_test(tc, every_case_is_counted);
	tcase_add_test(tc, a_range_may_wrap);
	tcase_add_loop_test(tc, case_is_counted, 0, NR_REPLAY_CASES);
}

Suite *suite_replay(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *tc);
	} all[] = {
		{ "trace", add_trace }, { "replay", add_replay },
		{ "match", add_match }, { "command", add_command },
		{ "cases", add_cases },
	};
	Suite *s = suite_create("replay");

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		TCase *tc = tcase_create(all[i].name);

		tcase_set_timeout(tc, 60);
		all[i].add(tc);
		suite_add_tcase(s, tc);
	}
	return s;
}
