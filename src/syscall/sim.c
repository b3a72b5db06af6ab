// SPDX-License-Identifier: GPL-2.0-only
/* A simulated process: made, asked, inherited over fork(), and its system calls. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/memory.h"
#include "syscall/internal.h"

/* ---- life ----------------------------------------------------------------- */

void sim_limit(struct sim *sim, unsigned long max_map_count)
{
	sim->max_map_count = max_map_count ?: DEFAULT_MAX_MAP_COUNT;
	mm_limit(sim->mm, sim->max_map_count);
}

void sim_release(struct sim *sim, long number)
{
	sim->release = number;
}

/* Files and names from the start; these two flags have no name in the model. */
static void set_up(struct sim *sim)
{
	memset(sim->others, 0, sizeof(sim->others));
	sim->idents = idents_new();
	sim->soft_dirty = VM_SOFTDIRTY;
	sim->sealed = sim_other(sim, "sl");
	sim->droppable = sim_other(sim, "dp");
	sim_limit(sim, 0);
}

struct sim *sim_new(const struct rules *rules, uint64_t page_size,
		    enum faulted faulted)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->rules = rules;
	sim->release = rules->number;
	sim->page_size = page_size;
	sim->page_shift = (unsigned int)__builtin_ctzll(page_size);
	sim->faulted = faulted;
	sim->mm = mm_new(rules);
	set_up(sim);
	return sim;
}

void sim_reset(struct sim *sim, const struct rules *rules)
{
	idents_put(sim->idents);
	mm_reset(sim->mm, rules);
	*sim = (struct sim){
		.rules = rules,
		.release = sim->release,
		.page_size = sim->page_size,
		.page_shift = sim->page_shift,
		.faulted = sim->faulted,
		.mm = sim->mm,
		.traits = sim->traits & SIM_NO_ZERO_PAGE,
	};
	set_up(sim);
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	mm_free(sim->mm);
	idents_put(sim->idents);
	free(sim);
}

uint32_t sim_file(struct sim *sim, const char *path)
{
	return idents_path(sim->idents, path)->id;
}

const char *sim_file_path(const struct sim *sim, uint32_t file)
{
	const struct ident *ident = idents_find(sim->idents, file);

	return ident ? ident->text : "";
}

uint32_t sim_name(struct sim *sim, const char *name)
{
	return idents_text(sim->idents, IDENT_NAME, name)->id;
}

uint32_t sim_policy(struct sim *sim, const char *policy)
{
	return idents_text(sim->idents, IDENT_POLICY, policy)->id;
}

const struct mm *sim_mm(const struct sim *sim)
{
	return sim->mm;
}

uint64_t sim_end(const struct sim *sim)
{
	return task_size(sim);
}

uint64_t sim_page_size(const struct sim *sim)
{
	return sim->page_size;
}

const struct vma_state *vma_at(const struct sim *sim, unsigned long page)
{
	const struct vma_state *v = mm_find(sim->mm, page);

	return v && v->vm_start <= page ? v : NULL;
}

bool is_occupied(const struct sim *sim, unsigned long start, unsigned long end)
{
	const struct vma_state *v = mm_find(sim->mm, start);

	return v && v->vm_start < end;
}

bool is_special(const struct sim *sim, const struct vma_state *v)
{
	const struct ident *file = idents_find(sim->idents, v->attrs.file);

	return file && file->special;
}

/* ---- flags that the simulator has no name for ------------------------------- */

vm_flags_t sim_other(struct sim *sim, const char *letters)
{
	uint32_t id = idents_text(sim->idents, IDENT_OTHER, letters)->id;
	unsigned int bit = 0;

	/* Of more kinds than there is room for, the last share a bit. */
	while (bit < MAX_OTHERS - 1 && sim->others[bit] &&
	       sim->others[bit] != id)
		bit++;
	if (!sim->others[bit])
		sim->others[bit] = id;
	return 1ULL << (OTHERS_SHIFT + bit);
}

/* ---- fork() ---------------------------------------------------------------------- */

/*
 * dup_mmap() and anon_vma_fork(): each VMA that has an anon_vma gets one of its
 * own, beside those that it inherits; even if two had the same.
 */
static void inherit(struct sim *child, const struct vma_state *v)
{
	struct vma_state copy = *v;

	if (v->attrs.flags & VM_DONTCOPY)
		return;
	copy.attrs.flags &= ~(vm_flags_t)(VM_LOCKED_MASK | VM_UFFD_FLAGS);
	copy.attrs.uffd_ctx = 0;
	copy.forked = false;
	if (v->attrs.flags & VM_WIPEONFORK) {
		copy.anon_vma = 0;
	} else if (v->anon_vma) {
		copy.anon_vma = ++child->last_anon_vma;
		copy.forked = true;
	}
	mm_place(child->mm, &copy);
}

struct sim *sim_child(const struct sim *sim)
{
	struct sim *child = xmalloc(sizeof(*child));

	*child = *sim;
	child->mm = mm_new(sim->rules);
	child->idents = idents_get(sim->idents);
	child->def_flags = 0;
	sim_limit(child, sim->max_map_count);
	for_each_vma_in(sim->mm, v, 0, MM_END)
		inherit(child, v);
	return child;
}

/* The process goes on as its child, and the parent is no more. */
int sim_fork(struct sim *sim, const struct syscall *c)
{
	struct sim *child = sim_child(sim);
	const struct sim_visitor *visitor = sim->visitor;

	mm_free(sim->mm);
	idents_put(sim->idents);
	*sim = *child;
	sim->visitor = visitor;
	free(child);
	return 0;
}

/* What the new program maps is not known. */
int sim_execve(struct sim *sim, const struct syscall *c)
{
	return -ENOSYS;
}

/* ---- system calls by name -------------------------------------------------- */

vm_flags_t arch_prot_flags(struct sim *sim, unsigned int prot)
{
	vm_flags_t flags = 0;

	if (prot & PROT_BTI_ARM64)
		flags |= sim_other(sim, "bt");
	if (prot & PROT_MTE_ARM64)
		flags |= sim_other(sim, "mt");
	return flags;
}

/* ---- traits ---------------------------------------------------------------- */

bool has_no_ksm(const struct sim *sim, vm_flags_t flags)
{
	return flags & (VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB |
			sim->droppable);
}

vm_flags_t sim_merge_any(const struct sim *sim, vm_flags_t flags)
{
	if (!(sim->traits & SIM_MEMORY_MERGE) || has_no_ksm(sim, flags))
		return flags;
	return flags | VM_MERGEABLE;
}

/* ksm_add_vmas(), ksm_del_vmas() */
static void set_memory_merge(struct sim *sim)
{
	const struct vma_state *v;

	for (unsigned long at = 0; (v = mm_find(sim->mm, at)); at = v->vm_end) {
		struct vma_state changed = *v;

		changed.attrs.flags &= ~(vm_flags_t)VM_MERGEABLE;
		changed.attrs.flags = sim_merge_any(sim, changed.attrs.flags);
		mm_replace(sim->mm, v->vm_start, &changed);
		v = mm_find(sim->mm, at);
	}
}

void sim_set(struct sim *sim, enum sim_trait trait, bool on)
{
	if (on)
		sim->traits |= trait;
	else
		sim->traits &= ~(unsigned int)trait;
	if (trait == SIM_MEMORY_MERGE)
		set_memory_merge(sim);
}

/* To be readable is to be executable, if the personality says so. */
static unsigned int implied_prot(const struct sim *sim,
				 const struct syscall *call)
{
	if (!(sim->traits & SIM_READ_IMPLIES_EXEC) ||
	    !syscall_has(call->kind, ARG_PROT) || !(call->prot & PROT_READ))
		return call->prot;
	return call->prot | PROT_EXEC;
}

unsigned int flags_prot(vm_flags_t flags)
{
	return (flags & VM_READ ? PROT_READ : 0u) |
	       (flags & VM_WRITE ? PROT_WRITE : 0u) |
	       (flags & VM_EXEC ? PROT_EXEC : 0u);
}

vm_flags_t prot_flags(unsigned int prot)
{
	return (prot & PROT_READ ? VM_READ : 0) |
	       (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

/* A kernel that did this has more addresses than x86-64. */
static bool is_far(const struct sim *sim, const struct syscall *c)
{
	return c->has_result && (!in_task(sim, c->addr, c->len) ||
				 !in_task(sim, c->result, c->len));
}

int sim_do(struct sim *sim, const struct syscall *call,
	   const struct sim_visitor *visitor, uint64_t *result)
{
	static sim_fn *const calls[NR_CALLS] = {
#define X(symbol, name, ...) [CALL_##symbol] = sim_##name,
		SYSCALLS(X)
#undef X
	};
	struct syscall implied = *call;
	int err;

	sim->result = 0;
	implied.prot = implied_prot(sim, call);
	sim->far |= is_far(sim, call);
	sim->visitor = visitor;
	err = calls[call->kind](sim, &implied);
	sim->visitor = NULL;
	if (result)
		*result = sim->result;
	return err;
}
