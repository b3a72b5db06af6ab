// SPDX-License-Identifier: GPL-2.0-only
/* What a system call in the output of strace says: its name and its result. */
#include <ctype.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/strace-internal.h"
#include "syscall/numbers.h"
#include "syscall/sim.h"

/* Above this, more is not remembered. */
#define SEGMENTS_MAX (64u << 10)

/* ---- calls that are one ------------------------------------------------------------ */

static bool take_call(struct making *m)
{
	m->event->what = TRACE_CALL;
	return take_arguments(m, syscall_rows[m->form->kind].args);
}

static bool take_exec(struct making *m)
{
	m->event->what = TRACE_EXEC;
	m->event->path = m->r->path;
	return take_string(&m->at, m->r->path, sizeof(m->r->path));
}

static bool take_execveat(struct making *m)
{
	return take_any(&m->at) && take_comma(m) && take_exec(m);
}

/*
 * Before the arguments end or break off: in words, of which no other begins like it,
 * or in numbers. clone3() has them in memory: the C library calls it for threads.
 */
static bool shares_memory(const struct making *m)
{
	const char *args = m->at.at, *flags = strstr(args, "flags=");
	bool raw = begins_with(args, "0x");

	if (raw && !strcmp(m->form->name, "clone3"))
		return true;
	if (!raw && flags)
		args = flags + strlen("flags=");
	return strstr(args, "CLONE_VM") ||
	       (begins_with(args, "0x") && strtoull(args, NULL, 16) & CLONE_VM);
}

static bool take_fork(struct making *m)
{
	m->event->what = TRACE_FORK;
	m->event->thread = shares_memory(m);
	return true;
}

static bool take_vfork(struct making *m)
{
	m->event->what = TRACE_FORK;
	m->event->thread = true;
	return true;
}

/* shmget(IPC_PRIVATE, 8192, 0600): kept until its result is known. */
static bool take_shmget(struct making *m)
{
	if (!take_arguments(m,
			    (const enum arg[]){ ARG_ADDR, ARG_LEN, ARG_END }))
		return false;
	if (take_comma(m))
		m->event->call.flags =
			huge_flags(known_value(m->at), SHM_HUGETLB);
	return true;
}

/* memfd_create("name", MFD_HUGETLB); perf leaves out flags that are 0. */
static bool take_memfd(struct making *m)
{
	if (!take_any(&m->at))
		return false;
	if (take_comma(m))
		m->event->call.flags =
			huge_flags(known_value(m->at), MFD_HUGETLB);
	return true;
}

/* ---- calls that are several ------------------------------------------------------------- */

static void set_trait(struct making *m, enum sim_trait trait, bool on)
{
	m->event->what = TRACE_SET;
	m->event->trait = trait;
	m->event->on = on;
}

/* 0xffffffff only asks. */
static bool take_personality(struct making *m)
{
	uint64_t persona = known_value(m->at);

	if (persona != 0xffffffff)
		set_trait(m, SIM_READ_IMPLIES_EXEC,
			  persona & READ_IMPLIES_EXEC);
	return true;
}

/* Some advice leaves all VMAs as they are, whoever it is for. */
static bool is_plain(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT ||
	       advice == MADV_WILLNEED || advice == MADV_COLLAPSE ||
	       advice == MADV_DONTNEED || advice == MADV_FREE;
}

#define BEYOND                                                                 \
	"a call that changes what is mapped in a way that a trace does not show"

static bool take_beyond(struct making *m)
{
	m->beyond = true;
	return true;
}

/* arch_prctl(): shadow stacks are beyond. */
static bool take_arch(struct making *m)
{
	uint64_t what = known_value(m->at);

	m->beyond = what == ARCH_SHSTK_ENABLE || what == ARCH_SHSTK_DISABLE;
	return true;
}

static bool take_memory_merge(struct making *m)
{
	uint64_t on;

	if (!take_value(&m->at, &on))
		return false;
	set_trait(m, SIM_MEMORY_MERGE, on);
	return true;
}

/* Of PR_SET_VMA there is only PR_SET_VMA_ANON_NAME, which is 0. */
static bool take_prctl_name(struct making *m)
{
	struct reading_at at = m->at;
	uint64_t what;

	if (!take_value(&at, &what) || what != PR_SET_VMA_ANON_NAME)
		return true;
	m->event->what = TRACE_CALL;
	return take_any(&m->at) && take_comma(m) &&
	       take_arguments(m, syscall_rows[CALL_PRCTL].args + 1);
}

/* Most of prctl() is of no interest. */
static bool take_prctl(struct making *m)
{
	uint64_t option = known_value(m->at);

	m->beyond = option == PR_SET_MM;
	if (option != PR_SET_VMA && option != PR_SET_MEMORY_MERGE)
		return true;
	if (!take_any(&m->at) || !take_comma(m))
		return false;
	return option == PR_SET_VMA ? take_prctl_name(m) : take_memory_merge(m);
}

/* The number behind a word such as "start=". */
static bool take_member(struct making *m, const char *word, uint64_t *value)
{
	const char *found = strstr(m->at.at, word);

	if (!found)
		return take_wrong(&m->at,
				  "no range, expected {start=..., len=...}");
	m->at.at = found + strlen(word);
	return take_value(&m->at, value);
}

/* As UFFD_MISSING and its kin; of -X raw, the kernel's bits, which are one lower. */
static bool take_modes(struct making *m, uint64_t *modes)
{
	const char *found = strstr(m->at.at, "mode=");
	bool raw = found && isdigit((unsigned char)found[strlen("mode=")]);

	if (!take_member(m, "mode=", modes))
		return false;
	*modes <<= raw;
	return true;
}

/* "3, UFFDIO_REGISTER, {range={start=0x1, len=0x2}, mode=UFFDIO_REGISTER_..." */
static bool take_ioctl(struct making *m)
{
	struct syscall *call = &m->event->call;
	uint64_t request, modes = 0;
	struct reading_at range;
	bool on;

	if (!take_any(&m->at) || !take_comma(m))
		return false;
	request = known_value(m->at);
	on = request == UFFDIO_REGISTER;
	if (!on && request != UFFDIO_UNREGISTER)
		return true;
	m->event->what = TRACE_CALL;
	range = m->at;
	if (!take_member(m, "start=", &call->addr) ||
	    !take_member(m, "len=", &call->len) ||
	    (on && !take_modes(m, &modes)))
		return false;
	call->flags = on ? (unsigned int)modes : UFFD_UNREGISTER;
	/* Its brackets are passed over from where they open. */
	m->at = range;
	return true;
}

/* "3<anon_inode:[userfaultfd]>", as -y writes it */
static bool take_close(struct making *m)
{
	if (!strstr(m->at.at, ":[userfaultfd]>"))
		return true;
	m->event->what = TRACE_CALL;
	m->event->call.flags = UFFD_CLOSE;
	return take_any(&m->at);
}

/* "addr, size, flags": do_mmap() of what may be read, with VM_SHADOW_STACK. */
static bool take_shadow(struct making *m)
{
	struct syscall *call = &m->event->call;

	m->event->what = TRACE_CALL;
	call->prot = PROT_READ | PROT_WRITE;
	call->flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_SHADOW_STACK;
	return take_arguments(m,
			      (const enum arg[]){ ARG_ADDR, ARG_LEN, ARG_END });
}

/* "[{iov_base=0x1000, iov_len=4096}]": false if there are several, or none. */
static bool take_range(struct making *m)
{
	struct syscall *call = &m->event->call;

	return take_text(&m->at, "[{iov_base=") &&
	       take_value(&m->at, &call->addr) && take_comma(m) &&
	       take_text(&m->at, "iov_len=") &&
	       take_value(&m->at, &call->len) && take_text(&m->at, "}]");
}

/* "3, [{iov_base=0x1000, iov_len=4096}], 1, MADV_COLD, 0" */
static bool take_process_madvise(struct making *m)
{
	struct making range;

	if (!take_any(&m->at) || !take_comma(m))
		return false;
	range = *m;
	m->event->what = TRACE_ADVICE;
	m->event->call.kind =
		take_range(&range) ? CALL_PROCESS_MADVISE : CALL_END;
	if (!take_any(&m->at) || !take_comma(m) || !take_any(&m->at) ||
	    !take_comma(m) || !take_argument(m, ARG_ADVICE))
		return false;
	m->event->error = is_plain(m->event->call.advice) ? NULL : BEYOND;
	return true;
}

/* ---- results ------------------------------------------------------------------------------ */

/* IS_ERR_VALUE(): no address, length or number of a process is as great. */
static bool is_error(uint64_t result)
{
	return result >= -4095ULL;
}

static bool set_failed(struct making *m, int err)
{
	m->event->err = err;
	m->event->error = NULL;
	m->event->what =
		m->event->what == TRACE_CALL ? TRACE_FAILED : TRACE_OTHER;
	return true;
}

/* "ENOMEM (Cannot allocate memory)", "(errno 512)" */
static int take_errno(struct making *m)
{
	uint64_t err;

	return *m->at.at == 'E' && take_value(&m->at, &err) ? (int)err : -1;
}

static void remember_segment(struct making *m, uint64_t id)
{
	const struct syscall *call = &m->event->call;
	struct shm_segment *s;

	free(hash_remove(m->r->segments, (int)id));
	if (hash_count(m->r->segments) >= SEGMENTS_MAX)
		return;
	s = xmalloc(sizeof(*s));
	*s = (struct shm_segment){ call->len, call->addr, call->flags };
	hash_add(m->r->segments, (int)id, s);
}

/* Behind its number, which has a digit at least, is the name that mmap() has. */
static void remember_memfd(struct making *m, uint64_t fd)
{
	struct reading_at at = { .at = m->at.at - 1 };
	const char *path;

	(void)fd;
	if (!take_fd(&at, m->r->path, sizeof(m->r->path), &path) || !path)
		return;
	if (m->event->call.flags)
		remember_segment(m, (uint64_t)memfd_number(path));
	else
		free(hash_remove(m->r->segments, memfd_number(path)));
}

static void use_result(struct making *m, uint64_t result)
{
	m->event->call.has_result = true;
	m->event->call.result = result;
}

/* --decode-pids=pidns says what strace itself calls it, in a comment behind it. */
static void use_child(struct making *m, uint64_t pid)
{
	const char *ns = strstr(m->event->text, " in strace's PID NS ");

	while (ns && isdigit((unsigned char)ns[-1]))
		ns--;
	m->event->child = ns ? atoi(ns) : (pid_t)pid;
}

/* "= 0 (INJECTED)": so strace made it look, and the kernel had no part in it. */
static bool is_injected(const char *result)
{
	return strstr(result, " (INJECTED)") ||
	       strstr(result, " (INJECTED: args, retval)");
}

/* ")   = 0x7f0000001000", where @at is behind the parenthesis. */
static bool take_result(struct making *m)
{
	uint64_t value;

	m->at.at += strspn(m->at.at, " ");
	if (!take_text(&m->at, "= "))
		return take_wrong(&m->at,
				  "a call without a result, expected '= '");
	if (*m->at.at == '?' || is_injected(m->at.at)) {
		m->event->what = TRACE_OTHER;
		return true;
	}
	if (take_text(&m->at, "-1 "))
		return set_failed(m, take_errno(m));
	if (!take_value(&m->at, &value))
		return false;
	/* As the kernel returns it: "-12", "0xfffffffffffffff4". */
	if (is_error(value))
		return set_failed(m, (int)-value);
	if (m->beyond)
		return take_wrong(&m->at, BEYOND);
	if (m->form->use)
		m->form->use(m, value);
	return true;
}

/* ---- all of them ------------------------------------------------------------------- */

/* Beside those of table.h, which go by their own names. */
static const struct strace_form others[] = {
	{ "shmget", take_shmget, .use = remember_segment },
	{ "memfd_create", take_memfd, .use = remember_memfd },
	{ "clone3", take_fork, .use = use_child },
	{ "clone", take_fork, .use = use_child },
	{ "fork", take_fork, .use = use_child },
	{ "vfork", take_vfork, .use = use_child },
	{ "execve", take_exec },
	{ "execveat", take_execveat },
	{ "mmap2", take_call, CALL_MMAP, use_result },
	{ "personality", take_personality },
	{ "prctl", take_prctl, CALL_PRCTL, use_result },
	{ "ioctl", take_ioctl, CALL_IOCTL_USERFAULTFD, use_result },
	{ "close", take_close, CALL_IOCTL_USERFAULTFD, use_result },
	{ "map_shadow_stack", take_shadow, CALL_MMAP, use_result },
	{ "syscall_0x1c5", take_shadow, CALL_MMAP, use_result },
	{ "arch_prctl", take_arch },
	{ "process_madvise", take_process_madvise },
	{ "io_setup", take_beyond },
	{ "io_destroy", take_beyond },
	/* It has one number everywhere, and is newer than strace. */
	{ "syscall_0x1ce", take_call, CALL_MSEAL, use_result },
};

/* Memory that is touched is no system call; of some, the arguments say little. */
static bool is_traced(enum syscall_kind kind)
{
	return syscall_rows[kind].ops && kind != CALL_EXECVE &&
	       !syscall_has(kind, ARG_PIDFD) && !syscall_has(kind, ARG_UFFD);
}

const struct strace_form *strace_form(const char *name, size_t len)
{
	static const struct strace_form calls[NR_CALLS] = {
#define X(symbol, name_, ...)                                                  \
	[CALL_##symbol] = { #name_, take_call, CALL_##symbol, use_result },
		SYSCALLS(X)
#undef X
	};
	enum syscall_kind kind;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].name[0] == name[0] &&
		    !strncmp(others[i].name, name, len) && !others[i].name[len])
			return &others[i];
	kind = syscall_find(name, len);
	return kind && is_traced(kind) ? &calls[kind] : NULL;
}

/* ---- all of a call ----------------------------------------------------------------- */

static struct making making(struct strace_reader *r,
			    const struct strace_form *form, const char *text,
			    struct trace_event *event)
{
	struct making m = {
		.r = r,
		.form = form,
		.at.at = text + strlen(form->name) + 1,
		.event = event,
	};

	event->call.kind = form->kind;
	event->text = text;
	take_blanks(&m.at);
	return m;
}

static const char *failed(const struct making *m)
{
	m->event->what = TRACE_BAD;
	m->event->error = m->at.error;
	return m->at.at;
}

const char *strace_read(struct strace_reader *r, const struct strace_form *form,
			const char *text, struct trace_event *event)
{
	struct making m = making(r, form, text, event);

	if (form->take(&m) && take_rest(&m.at) && take_result(&m))
		return event->error ? m.at.at : NULL;
	return failed(&m);
}

void strace_read_beginning(struct strace_reader *r,
			   const struct strace_form *form, const char *text,
			   struct trace_event *event)
{
	struct making m = making(r, form, text, event);

	if (form->use == use_child)
		form->take(&m);
	if (form->kind != CALL_MUNMAP)
		return;
	if (form->take(&m))
		event->what = TRACE_BEGUN;
	else
		failed(&m);
}

struct syscall trace_call(const struct trace_event *event, struct sim *sim)
{
	struct syscall call = event->call;

	if (event->path)
		call.file = sim_file(sim, event->path);
	if (syscall_has(call.kind, ARG_PGOFF))
		call.offset *= sim_page_size(sim);
	return call;
}
