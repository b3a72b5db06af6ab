// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a system call in the output of strace says: its name, its arguments and
 * its result.
 */
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

/* ---- which calls there are --------------------------------------------------------- */

struct making;

/*
 * @name: as it is written. @take: takes its arguments, and says what event it is.
 * @kind: which call, if the simulator has it. @use: of one that succeeded, what
 * becomes of its result; NULL if nothing does.
 */
struct strace_form {
	const char *name;
	bool (*take)(struct making *m);
	enum syscall_kind kind;
	void (*use)(struct making *m, uint64_t result);
};

/* ---- what is remembered of earlier calls ------------------------------------------ */

/* @huge: MAP_HUGETLB and how large its pages are, as mmap() has it, or 0. */
struct shm_segment {
	uint64_t len;
	uint64_t key;
	unsigned int huge;
};

/* Of a memfd by its name, and below 0. */
static int memfd_number(const char *path)
{
	return (int)(hash_bytes(path, strlen(path)) | 1u << 31);
}

static unsigned int huge_flags(uint64_t flags, uint64_t hugetlb)
{
	const unsigned int sizes = (unsigned int)MAP_HUGE_MASK
				   << MAP_HUGE_SHIFT;

	if (!(flags & hugetlb))
		return 0;
	return MAP_HUGETLB | ((unsigned int)flags & sizes);
}

/* ---- arguments --------------------------------------------------------------------------- */

#define MORE_THAN_ONE "more than an argument, expected ', ' or ')'"

/* A call in the making. */
struct making {
	struct strace_reader *r;
	const struct strace_form *form;
	struct reading_at at;
	struct trace_event *event;
	bool beyond; /* it changes what is mapped, and does not show how */
};

static bool take_unsigned(struct making *m, unsigned int *to)
{
	uint64_t value;

	if (!take_value(&m->at, &value))
		return false;
	*to = (unsigned int)value;
	return true;
}

static bool take_int(struct making *m, int *to)
{
	uint64_t value;

	if (!take_value(&m->at, &value))
		return false;
	*to = (int)value;
	return true;
}

static bool take_comma(struct making *m)
{
	take_blanks(&m->at);
	if (!take_text(&m->at, ","))
		return take_wrong(
			&m->at,
			strchr(")", *m->at.at)
				? "too few arguments, expected ', ' and one more"
				: MORE_THAN_ONE);
	take_blanks(&m->at);
	return true;
}

/* Where systemd mounts hugetlbfs, and memfd_create() that was seen. */
static unsigned int flags_of_file(const struct making *m)
{
	const char *path = m->event->path;
	const struct shm_segment *s =
		hash_find(m->r->segments, memfd_number(path));

	if (begins_with(path, "/dev/hugepages/"))
		return MAP_HUGETLB;
	return s && begins_with(path, "/memfd:") ? s->huge : 0;
}

static bool take_file(struct making *m)
{
	struct syscall *call = &m->event->call;

	if (!take_fd(&m->at, m->r->path, sizeof(m->r->path), &m->event->path))
		return false;
	if (call->flags & MAP_ANONYMOUS)
		m->event->path = NULL;
	if (m->event->path)
		call->flags |= flags_of_file(m);
	return true;
}

static bool take_segment(struct making *m)
{
	const char *number = m->at.at;
	const struct shm_segment *s;
	int id;

	if (!take_int(m, &id))
		return false;
	s = hash_find(m->r->segments, id);
	if (!s) {
		m->at.at = number;
		return take_wrong(
			&m->at,
			"a segment of unknown length, expected shmget() before: strace -e trace=%memory,%ipc");
	}
	m->event->call.len = s->len;
	m->event->call.flags = s->huge;
	snprintf(m->r->path, sizeof(m->r->path), "/SYSV%08x (deleted)",
		 (unsigned int)s->key);
	m->event->path = m->r->path;
	return true;
}

static bool take_shm_flags(struct making *m)
{
	struct syscall *call = &m->event->call;
	unsigned int flags;

	if (!take_unsigned(m, &flags))
		return false;
	call->prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
		     (flags & SHM_EXEC ? PROT_EXEC : 0);
	call->flags |= flags;
	return true;
}

static const char *const policy_modes[] = {
	[MPOL_PREFERRED] = "prefer",
	[MPOL_BIND] = "bind",
	[MPOL_INTERLEAVE] = "interleave",
	[MPOL_LOCAL] = "local",
	[MPOL_PREFERRED_MANY] = "prefer (many)",
	[MPOL_WEIGHTED_INTERLEAVE] = "weighted interleave",
};

#define POLICY_FLAGS                                                           \
	(MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING)

/*
 * As numa_maps calls it, or in numbers if it is newer: "bind=static". mpol_new(): to
 * prefer no node is what is local.
 */
static size_t put_mode(char *room, size_t size, uint64_t mode, bool has_nodes)
{
	uint64_t kind = mode & ~(uint64_t)POLICY_FLAGS;
	const char *word;
	char number[20];

	if (kind == MPOL_PREFERRED && !has_nodes)
		kind = MPOL_LOCAL;
	word = kind < ARRAY_SIZE(policy_modes) ? policy_modes[kind] : NULL;
	snprintf(number, sizeof(number), "%#" PRIx64, kind);
	return (size_t)snprintf(room, size, "%s%s%s%s", word ?: number,
				mode & MPOL_F_STATIC_NODES ? "=static" : "",
				mode & MPOL_F_RELATIVE_NODES ? "=relative" : "",
				mode & MPOL_F_NUMA_BALANCING ? "=balancing"
							     : "");
}

/* Up to the last word of "[0x1, 0x0]" that is not 0. */
static size_t nodes_length(const char *nodes, size_t len)
{
	while (len && !memchr("123456789abcdef", nodes[len], 15))
		len--;
	return len ? len + strspn(nodes + len, "0123456789abcdef") : 0;
}

/*
 * The mode and the nodes, as they are printed, stand for the policy: "bind, [0x1]". The
 * count of bits and the flags behind them say nothing of it. Of a mode that has a word
 * which is not known, that is what there is.
 */
static bool take_policy(struct making *m)
{
	struct reading_at value = m->at;
	const char *word = m->at.at, *nodes;
	char *room = m->r->path;
	uint64_t mode;
	bool known = take_value(&value, &mode);
	size_t at, len;

	if (!take_any(&m->at))
		return false;
	at = (size_t)(m->at.at - word);
	if (!take_comma(m))
		return false;
	nodes = m->at.at;
	if (!take_any(&m->at))
		return false;
	len = nodes_length(nodes, (size_t)(m->at.at - nodes));
	if (known && !(mode & ~(uint64_t)POLICY_FLAGS))
		return true;
	if (known)
		at = put_mode(room, sizeof(m->r->path), mode, len);
	else
		memcpy(room, word, at);
	snprintf(room + at, sizeof(m->r->path) - at, "%s%.*s%s",
		 len ? ", " : "", (int)len, nodes,
		 len && *nodes == '[' ? "]" : "");
	m->event->call.policy = room;
	return true;
}

static bool take_name(struct making *m)
{
	if (take_text(&m->at, "NULL") || begins_with(m->at.at, "0)") ||
	    begins_with(m->at.at, "0,"))
		return take_any(&m->at);
	m->event->call.name = m->r->path;
	return take_string(&m->at, m->r->path, sizeof(m->r->path));
}

static bool take_argument(struct making *m, enum arg arg)
{
	struct syscall *call = &m->event->call;

	switch (arg) {
	case ARG_ADDR:
	case ARG_BREAK:
		return take_value(&m->at, &call->addr);
	case ARG_LEN:
		return take_value(&m->at, &call->len);
	case ARG_NEW_LEN:
		return take_value(&m->at, &call->new_len);
	case ARG_OFFSET:
	case ARG_PGOFF:
		return take_value(&m->at, &call->offset);
	case ARG_PROT:
		return take_unsigned(m, &call->prot);
	case ARG_ADVICE:
		return take_int(m, &call->advice);
	case ARG_KEY:
		return take_int(m, &call->key);
	case ARG_FILE:
		return take_file(m);
	case ARG_SEGMENT:
		return take_segment(m);
	case ARG_ATTACH:
		return take_shm_flags(m);
	case ARG_POLICY:
		return take_policy(m);
	case ARG_NAME:
		return take_name(m);
	case ARG_MAP:
	case ARG_REMAP:
	case ARG_LOCK:
	case ARG_LOCK_ALL:
	case ARG_ZERO:
		return take_unsigned(m, &call->flags);
	case ARG_END:
	case ARG_NEW_ADDR:
	case ARG_UFFD:
	case ARG_PIDFD:
	case ARG_PR_SET_VMA:
	case ARG_PROGRAM:
	case ARG_REST:
		break;
	}
	return take_any(&m->at);
}

/* What is not always there, and of which the result says as much. */
static bool may_lack(const enum arg *arg)
{
	return *arg == ARG_NEW_ADDR || *arg == ARG_REST ||
	       (*arg == ARG_ZERO && !arg[1]);
}

static bool take_arguments(struct making *m, const enum arg *args)
{
	const enum arg *arg;

	for (arg = args; *arg && !may_lack(arg); arg++) {
		if (arg > args && !take_comma(m))
			return false;
		if (!take_argument(m, *arg))
			return false;
	}
	/* MREMAP_FIXED has it; of a call that failed nothing else does. */
	if (*arg == ARG_NEW_ADDR && take_text(&m->at, ",") &&
	    !take_value(&m->at, &m->event->call.new_addr))
		return false;
	if (*arg == ARG_ZERO && take_text(&m->at, ",") &&
	    !take_unsigned(m, &m->event->call.flags))
		return false;
	take_blanks(&m->at);
	return strchr(",)", *m->at.at) || take_wrong(&m->at, MORE_THAN_ONE);
}

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

/* memfd_create("name", MFD_HUGETLB) */
static bool take_memfd(struct making *m)
{
	if (!take_any(&m->at) || !take_comma(m))
		return false;
	m->event->call.flags = huge_flags(known_value(m->at), MFD_HUGETLB);
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
	if (take_fd(&at, m->r->path, sizeof(m->r->path), &path) && path)
		remember_segment(m, (uint64_t)memfd_number(path));
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
