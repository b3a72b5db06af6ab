// SPDX-License-Identifier: GPL-2.0-only
/* Why a call failed in the kernel: what of it can be seen in the layout. */
#include <errno.h>
#include <sys/mman.h>

#include "process/replay-internal.h"

const struct key_text failure_words[NR_FAILURES] = {
	[FAILURE_UNSEEN] = { "not_accounted_for", "not accounted for" },
	[FAILURE_UNKNOWN] = { "not_known",
			      "what is mapped there is not known" },
	[FAILURE_LIMIT] = { "limit", "the limit" },
	[FAILURE_HOLE] = { "hole", "a hole" },
	[FAILURE_TAKEN] = { "taken", "something is mapped there" },
	[FAILURE_SEALED] = { "sealed", "a sealed VMA" },
	[FAILURE_DENIED] = { "denied", "the VMA may not become that" },
	[FAILURE_NO_ACCESS] = { "no_access", "memory without access" },
	[FAILURE_SPECIAL] = { "special",
			      "a VMA of the kernel's, of a driver, or of huge pages" },
	[FAILURE_KIND] = { "kind", "memory of a kind that it is not for" },
};

/* ---- ranges ------------------------------------------------------------------- */

bool replay_needs_all(enum syscall_kind kind)
{
	return syscall_has(kind, ARG_ADDR) && kind != CALL_MMAP &&
	       kind != CALL_MUNMAP && kind != CALL_SHMAT;
}

struct pages {
	unsigned long start;
	unsigned long end;
};

static struct pages pages_of(const struct sim *sim, const struct syscall *call)
{
	uint64_t size = sim_page_size(sim);
	uint64_t len = call->len ? call->len : 1;
	uint64_t last = call->addr + len - 1;

	if (last < len - 1)
		last = UINT64_MAX;
	return (struct pages){ call->addr / size, last / size + 1 };
}

bool replay_has_hole(const struct sim *sim, const struct syscall *call,
		     uint64_t *at)
{
	struct pages p = pages_of(sim, call);
	unsigned long hole = first_hole(sim, p.start, p.end);

	/* A userfaultfd that is closed is of no range. */
	if (hole >= p.end ||
	    (call->kind == CALL_IOCTL_USERFAULTFD && call->flags & UFFD_CLOSE))
		return false;
	*at = address_of(sim, hole);
	return true;
}

/* Whether a call fails for a reason where it comes to a VMA. */
static bool is_reason(enum failure why, const struct sim *sim,
		      const struct vma_state *v, const struct syscall *call)
{
	vm_flags_t want = prot_flags(call->prot);
	vm_flags_t may = v->attrs.flags;

	switch (why) {
	case FAILURE_NO_ACCESS:
		return !(may & VM_ACCESS_FLAGS) || is_secret(sim, v);
	case FAILURE_SEALED:
		return may & sim->sealed;
	case FAILURE_DENIED:
		return (want & VM_READ && !(may & VM_MAYREAD)) ||
		       (want & VM_WRITE && !(may & VM_MAYWRITE)) ||
		       (want & VM_EXEC && !(may & VM_MAYEXEC));
	case FAILURE_SPECIAL:
		return is_special(sim, v) || may & (VM_SPECIAL | VM_HUGETLB);
	case FAILURE_KIND:
		return call->kind == CALL_PRCTL
			       ? refuses_name(sim, v)
			       : refuses_advice(sim, v, call->advice);
	default:
		return true;
	}
}

/* A reason, if there is a VMA in a range for it, and where the first is. */
static enum failure failure_at(const struct sim *sim,
			       const struct syscall *call, struct pages p,
			       enum failure why, uint64_t *at)
{
	const struct vma_state *v;

	for (unsigned long page = p.start;
	     (v = mm_find(sim_mm(sim), page)) && v->vm_start < p.end;
	     page = v->vm_end) {
		if (!is_reason(why, sim, v, call))
			continue;
		*at = address_of(sim,
				 v->vm_start > p.start ? v->vm_start : p.start);
		return why;
	}
	return FAILURE_UNSEEN;
}

/* Of the range of a call, and of the one where mremap() has to make room. */
static enum failure failure_in(const struct sim *sim,
			       const struct syscall *call, enum failure why,
			       uint64_t *at)
{
	const struct syscall room = { .addr = call->new_addr,
				      .len = call->new_len };
	enum failure found =
		failure_at(sim, call, pages_of(sim, call), why, at);

	if (!found && call->kind == CALL_MREMAP && call->flags & MREMAP_FIXED)
		found = failure_at(sim, call, pages_of(sim, &room), why, at);
	return found;
}

/* ---- reasons -------------------------------------------------------------------- */

/* A call can ask for two VMAs more before the limit is looked at again. */
static bool at_limit(const struct sim *sim, const struct syscall *call)
{
	unsigned long nr = mm_map_count(sim_mm(sim));

	if (call->kind == CALL_MREMAP)
		return nr + 3 >= sim->max_map_count;
	return nr + 2 > sim->max_map_count;
}

static enum failure want_of_memory(const struct sim *sim,
				   const struct syscall *call, uint64_t *at)
{
	if (replay_needs_all(call->kind) && replay_has_hole(sim, call, at))
		return FAILURE_HOLE;
	if (at_limit(sim, call))
		return FAILURE_LIMIT;
	if (call->kind == CALL_MLOCK || call->kind == CALL_MLOCK2)
		return failure_in(sim, call, FAILURE_NO_ACCESS, at);
	return FAILURE_UNSEEN;
}

static enum failure wrong_memory(const struct sim *sim,
				 const struct syscall *call, uint64_t *at)
{
	enum failure why = FAILURE_UNSEEN;

	/* A name that is refused for what it is for is EBADF. */
	if ((replay_needs_all(call->kind) && call->kind != CALL_PRCTL) ||
	    call->kind == CALL_MUNMAP)
		why = failure_in(sim, call, FAILURE_SPECIAL, at);
	if (!why && call->kind == CALL_MADVISE)
		why = failure_in(sim, call, FAILURE_KIND, at);
	return why;
}

enum failure replay_failure(const struct sim *sim, const struct syscall *call,
			    int err, uint64_t *at)
{
	*at = 0;
	switch (err) {
	case ENOMEM:
		return want_of_memory(sim, call, at);
	case EAGAIN:
		/* What Linux makes of ENOMEM; of mlock() it is RLIMIT_MEMLOCK. */
		if (call->kind == CALL_MADVISE || call->kind == CALL_PRCTL ||
		    call->kind == CALL_PROCESS_MADVISE)
			return at_limit(sim, call) ? FAILURE_LIMIT
						   : FAILURE_UNSEEN;
		return FAILURE_UNSEEN;
	case EEXIST:
		if (call->kind == CALL_MMAP)
			return failure_in(sim, call, FAILURE_TAKEN, at);
		return FAILURE_UNSEEN;
	case EPERM:
		return failure_in(sim, call, FAILURE_SEALED, at);
	case EACCES:
		if (call->kind == CALL_MPROTECT ||
		    call->kind == CALL_PKEY_MPROTECT)
			return failure_in(sim, call, FAILURE_DENIED, at);
		return FAILURE_UNSEEN;
	case EBADF:
		if (call->kind == CALL_PRCTL)
			return failure_in(sim, call, FAILURE_KIND, at);
		return FAILURE_UNSEEN;
	case EFAULT:
		if ((call->kind == CALL_MREMAP || call->kind == CALL_MBIND) &&
		    replay_has_hole(sim, call, at))
			return FAILURE_HOLE;
		return wrong_memory(sim, call, at);
	case EINVAL:
		return wrong_memory(sim, call, at);
	default:
		return FAILURE_UNSEEN;
	}
}

/*
 * That a whole range is mapped, and that the limit is far, is all that munmap(),
 * naming and advice need; to become writable needs memory, which does not show.
 */
bool replay_must_work(const struct syscall *call, int err)
{
	switch (call->kind) {
	case CALL_MUNMAP:
		return err == ENOMEM;
	case CALL_MPROTECT:
	case CALL_PKEY_MPROTECT:
		return err == ENOMEM && !(call->prot & PROT_WRITE);
	case CALL_MADVISE:
	case CALL_PRCTL:
		return err == ENOMEM || err == EAGAIN;
	case CALL_MMAP:
		return err == EEXIST;
	default:
		return false;
	}
}
