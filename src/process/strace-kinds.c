// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of a call, by their kinds. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/strace-internal.h"
#include "syscall/internal.h"

#define MORE_THAN_ONE "more than an argument, expected ', ' or ')'"

bool take_unsigned(struct making *m, unsigned int *to)
{
	uint64_t value;

	if (!take_value(&m->at, &value))
		return false;
	*to = (unsigned int)value;
	return true;
}

bool take_int(struct making *m, int *to)
{
	uint64_t value;

	if (!take_value(&m->at, &value))
		return false;
	*to = (int)value;
	return true;
}

bool take_comma(struct making *m)
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

/* ---- files and segments ----------------------------------------------------- */

int memfd_number(const char *path)
{
	return (int)(hash_bytes(path, strlen(path)) | 1u << 31);
}

unsigned int huge_flags(uint64_t flags, uint64_t hugetlb)
{
	if (!(flags & hugetlb))
		return 0;
	return MAP_HUGETLB | ((unsigned int)flags & HUGE_SIZES);
}

/* Where systemd mounts hugetlbfs, and memfd_create() that was seen. */
static unsigned int flags_of_file(const struct making *m)
{
	const char *path = m->event->path;
	const struct shm_segment *s;

	if (begins_with(path, "/dev/hugepages/"))
		return MAP_HUGETLB;
	if (!begins_with(path, "/memfd:"))
		return 0;
	s = hash_find(m->r->segments, memfd_number(path));
	return s ? s->huge : 0;
}

/* How large its pages are, a file knows better than mmap(). */
static bool take_file(struct making *m)
{
	struct syscall *call = &m->event->call;
	unsigned int huge;

	if (!take_fd(&m->at, m->r->path, sizeof(m->r->path), &m->event->path))
		return false;
	if (call->flags & MAP_ANONYMOUS)
		m->event->path = NULL;
	huge = m->event->path ? flags_of_file(m) : 0;
	if (huge)
		call->flags = (call->flags & ~HUGE_SIZES) | huge;
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
	call->flags |= flags & ~(MAP_HUGETLB | HUGE_SIZES);
	return true;
}

/* ---- policies and names ----------------------------------------------------- */

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

/* ---- all of them ------------------------------------------------------------ */

bool take_argument(struct making *m, enum arg arg)
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

bool take_arguments(struct making *m, const enum arg *args)
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
