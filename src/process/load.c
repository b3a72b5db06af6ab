// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process on the simulator, filled with what a real one has, and shown again as
 * the kernel would.
 */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/load.h"
#include "syscall/internal.h"

/* ---- what was read ----------------------------------------------------------- */

static vm_flags_t other_flags(struct sim *sim, const struct proc_maps *maps,
			      uint64_t others)
{
	vm_flags_t flags = 0;

	for (unsigned int bit = 0; bit < maps->nr_others; bit++)
		if (others & 1ULL << bit)
			flags |= sim_other(sim, maps->other[bit]);
	return flags;
}

/* The name in "[anon:name]". */
static uint32_t name_in(struct sim *sim, const char *text, const char *before)
{
	size_t len = strlen(text) - strlen(before);
	char *name __free(free) = xstrdup(text + strlen(before));

	if (len)
		name[len - 1] = '\0';
	return sim_name(sim, name);
}

static bool is_plain_name(const char *name)
{
	return !*name || !strcmp(name, "[heap]") || begins_with(name, "[stack");
}

/* What the last column of maps stands for. */
static void load_name(struct sim *sim, const struct proc_vma *v,
		      struct vma_attrs *attrs)
{
	const char *path = v->name;

	if (!v->inode && begins_with(path, "[anon:")) {
		attrs->anon_name = name_in(sim, path, "[anon:");
		return;
	}
	if (begins_with(path, "[anon_shmem:")) {
		attrs->anon_name = name_in(sim, path, "[anon_shmem:");
		path = "/dev/zero (deleted)";
	}
	if (v->inode || !is_plain_name(path)) {
		const struct ident *file =
			idents_file(sim->idents, path, v->dev_major,
				    v->dev_minor, v->inode);

		attrs->file = file->id;
		attrs->has_close = file->sysv;
		attrs->no_split = file->whole;
	}
}

/* maps has permissions only; the rest is as it mostly is. */
static vm_flags_t guessed_flags(const struct sim *sim, const struct proc_vma *v)
{
	vm_flags_t flags = v->flags | VM_MAY_FLAGS | sim->soft_dirty;

	if (begins_with(v->name, "[vvar"))
		return v->flags | VM_MAYREAD | VM_IO | VM_PFNMAP |
		       VM_DONTEXPAND | VM_DONTDUMP | sim->soft_dirty;
	if (begins_with(v->name, "[vdso]") || begins_with(v->name, "[uprobes]"))
		flags |= VM_DONTEXPAND;
	if (begins_with(v->name, "[stack"))
		flags |= VM_GROWSDOWN;
	if (v->flags & (VM_SHARED | VM_MAYSHARE))
		flags |= VM_SHARED | VM_MAYSHARE;
	else if (v->flags & VM_WRITE)
		flags |= VM_ACCOUNT;
	return flags;
}

static struct vma_attrs load_attrs(struct sim *sim,
				   const struct proc_maps *maps,
				   const struct proc_vma *v)
{
	struct vma_attrs attrs = { .flags = v->flags };

	if (!v->has_flags)
		attrs.flags = guessed_flags(sim, v);
	attrs.flags |= other_flags(sim, maps, v->others) |
		       (vm_flags_t)(v->pkey & 15) << PKEY_SHIFT;
	sim->has_sealed |= attrs.flags & sim->sealed;
	if (attrs.flags & VM_UFFD_FLAGS)
		attrs.uffd_ctx = UFFD_CONTEXT;
	load_name(sim, v, &attrs);
	if (v->policy && strcmp(v->policy, "default"))
		attrs.policy = sim_policy(sim, v->policy);
	if (attrs.flags & VM_HUGETLB) {
		attrs.has_close = true;
		attrs.split_unit = (uint32_t)page_of(
			sim, v->page_size ? v->page_size : HUGE_PAGE);
	}
	return attrs;
}

/*
 * Private memory that can no longer be written to is accounted for only if it
 * has an anon_vma: mprotect_fixup(). So it has where there may be guards.
 */
static bool shows_faulted(const struct sim *sim, const struct proc_vma *v,
			  const struct vma_state *state)
{
	if (!v->has_flags)
		return false;
	return v->anonymous ||
	       (is_anonymous(sim, state) &&
		(v->flags & VM_MAYBE_GUARD ||
		 (v->flags & (VM_ACCOUNT | VM_WRITE)) == VM_ACCOUNT));
}

static bool loads_faulted(const struct sim *sim, const struct proc_vma *v,
			  const struct vma_state *state)
{
	if (!is_private(state))
		return false;
	switch (sim->faulted) {
	case FAULTED_SEEN:
		return shows_faulted(sim, v, state);
	case FAULTED_WRITABLE:
		return shows_faulted(sim, v, state) ||
		       state->attrs.flags & VM_WRITE;
	default:
		return false;
	}
}

/* ---- neighbours that look the same ------------------------------------------- */

static bool same_attrs(const struct rules *rules, const struct vma_attrs *a,
		       const struct vma_attrs *b)
{
	return !((a->flags ^ b->flags) & ~rules->ignored) &&
	       a->file == b->file && a->policy == b->policy &&
	       a->anon_name == b->anon_name;
}

/*
 * Whether nothing that shows kept a VMA from merging with the one below it:
 * then something did that does not show.
 */
static bool seems_mergeable(const struct sim *sim,
			    const struct vma_state *below,
			    const struct vma_state *v)
{
	return below && below->vm_end == v->vm_start &&
	       below->vm_pgoff + (v->vm_start - below->vm_start) ==
		       v->vm_pgoff &&
	       !(v->attrs.flags & VM_SPECIAL) &&
	       same_attrs(sim->rules, &below->attrs, &v->attrs);
}

/*
 * Give it one of the reasons that there can be. Memory that was moved has
 * another offset than its address. What was written to before they touched has
 * an anon_vma of its own, which what lies above can share; if only one of them
 * was written to, its anon_vma must have been inherited.
 * @faulted: both were written to
 */
static void set_apart(struct sim *sim, struct vma_state *v, bool faulted)
{
	if (!v->attrs.file && !faulted) {
		v->vm_pgoff += MM_END;
		return;
	}
	v->anon_vma = ++sim->last_anon_vma;
	v->forked = !faulted;
}

/* ---- loading -------------------------------------------------------------------- */

static void load_guessed(struct sim *sim, const struct proc_vma *v,
			 struct vma_state *state)
{
	bool faulted = loads_faulted(sim, v, state);
	const struct vma_state *below = NULL;

	state->vm_pgoff =
		state->attrs.file ? page_of(sim, v->offset) : state->vm_start;
	if (state->vm_start)
		below = vma_at(sim, state->vm_start - 1);
	if (seems_mergeable(sim, below, state))
		set_apart(sim, state, faulted && below->anon_vma);
	if (mm_place(sim->mm, state) && faulted)
		sim_fault(sim, state->vm_start);
}

/* All of it is known. */
static void load_known(struct sim *sim, const struct proc_hidden *h,
		       struct vma_state *state)
{
	state->vm_pgoff = page_of(sim, h->offset);
	state->anon_vma = h->anon_vma;
	state->forked = h->forked;
	state->attrs.uffd_ctx = h->uffd;
	state->attrs.has_close = h->close;
	if (h->anon_vma > sim->last_anon_vma)
		sim->last_anon_vma = h->anon_vma;
	mm_place(sim->mm, state);
}

static void load_vma(struct sim *sim, const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];
	struct vma_state state = {
		.vm_start = page_of(sim, v->start),
		.vm_end = page_of(sim, v->end),
		.attrs = load_attrs(sim, maps, v),
	};

	if (v->hidden.known)
		load_known(sim, &v->hidden, &state);
	else
		load_guessed(sim, v, &state);
}

static void note_places(struct sim *sim, const struct proc_vma *v)
{
	if (!strcmp(v->name, "[heap]")) {
		if (!sim->brk_start)
			sim->brk_start = v->start;
		sim->brk = v->end;
	}
	if (!strcmp(v->name, "[stack]"))
		sim->stack = v->end;
	if (v->has_flags && v->flags & VM_SOFTDIRTY)
		sim->soft_dirty = VM_SOFTDIRTY;
}

/* A kernel that has soft-dirty tracking shows it of nearly all memory. */
static void find_soft_dirty(struct sim *sim, const struct proc_maps *maps)
{
	bool has_flags = false;

	for (size_t i = 0; i < maps->nr; i++)
		has_flags |= maps->vma[i].has_flags;
	sim->soft_dirty = has_flags ? 0 : VM_SOFTDIRTY;
	for (size_t i = 0; i < maps->nr; i++)
		note_places(sim, &maps->vma[i]);
}

void sim_load(struct sim *sim, const struct proc_maps *maps)
{
	mm_reset(sim->mm, sim->rules);
	sim_limit(sim, maps->max_map_count);
	sim->brk_start = sim->brk = maps->brk_start;
	sim->stack = 0;
	sim->def_flags = 0;
	sim->gate_end = 0;
	sim->far = false;
	find_soft_dirty(sim, maps);
	for (size_t i = 0; i < maps->nr; i++) {
		if (strcmp(maps->vma[i].name, "[vsyscall]")) {
			load_vma(sim, maps, i);
			sim->far |= !in_task(sim, maps->vma[i].end, 0);
			continue;
		}
		sim->gate_start = maps->vma[i].start;
		sim->gate_end = maps->vma[i].end;
		sim->gate_flags = maps->vma[i].flags;
	}
}

/* ---- showing ---------------------------------------------------------------------- */

/* vma_is_initial_heap(), vma_is_initial_stack() */
static const char *name_of_place(const struct sim *sim,
				 const struct proc_vma *v)
{
	if (sim->brk_start && v->start < sim->brk && v->end > sim->brk_start)
		return "[heap]";
	if (sim->stack && v->start < sim->stack && v->end >= sim->stack)
		return "[stack]";
	return NULL;
}

/* get_vma_name() */
static void show_name(const struct sim *sim, struct proc_maps *maps,
		      const struct vma_state *s, struct proc_vma *v)
{
	const struct ident *file = idents_find(sim->idents, s->attrs.file);
	const struct ident *name = idents_find(sim->idents, s->attrs.anon_name);
	const char *text = file ? file->text : NULL;

	if (file && file->anon_shmem && name)
		text = arena_printf(maps->arena, "[anon_shmem:%s]", name->text);
	else if (text)
		text = arena_printf(maps->arena, "%s", text);
	else
		text = name_of_place(sim, v);
	if (!text && name)
		text = arena_printf(maps->arena, "[anon:%s]", name->text);
	v->name = text ?: "";
	if (!file || file->special)
		return;
	v->dev_major = file->dev_major;
	v->dev_minor = file->dev_minor;
	v->inode = file->inode ? file->inode : file->id;
	v->offset = address_of(sim, s->vm_pgoff);
}

static void show_others(const struct sim *sim, struct proc_maps *maps)
{
	for (unsigned int i = 0; i < MAX_OTHERS && sim->others[i]; i++) {
		const struct ident *o =
			idents_find(sim->idents, sim->others[i]);

		memcpy(maps->other[i], o->text, strnlen(o->text, 2));
		maps->nr_others = i + 1;
	}
}

static void show_vma(const struct sim *sim, struct proc_maps *maps,
		     const struct vma_state *s)
{
	const struct ident *policy = idents_find(sim->idents, s->attrs.policy);
	struct proc_vma *v = xappend(maps->vma, maps->nr);

	*v = (struct proc_vma){
		.start = address_of(sim, s->vm_start),
		.end = address_of(sim, s->vm_end),
		.flags = s->attrs.flags & ((1ULL << NR_VM_FLAGS) - 1),
		.others = s->attrs.flags >> OTHERS_SHIFT,
		.pkey = (s->attrs.flags & PKEY_MASK) >> PKEY_SHIFT,
		.page_size = address_of(sim, s->attrs.split_unit),
		.has_flags = true,
		.hidden = { .known = true,
			    .close = s->attrs.has_close,
			    .forked = s->forked,
			    .anon_vma = s->anon_vma,
			    .uffd = s->attrs.uffd_ctx,
			    .offset = address_of(sim, s->vm_pgoff) },
		.line = maps->nr,
	};
	if (policy)
		v->policy = arena_printf(maps->arena, "%s", policy->text);
	show_name(sim, maps, s, v);
}

struct proc_maps *sim_maps(const struct sim *sim)
{
	struct proc_maps *maps = xcalloc(1, sizeof(*maps));

	maps->arena = arena_new();
	maps->source = "simulator";
	maps->page_size = sim->page_size;
	maps->max_map_count = sim->max_map_count;
	maps->brk_start = sim->brk_start;
	show_others(sim, maps);
	for_each_vma_in(sim->mm, v, 0, MM_END)
		show_vma(sim, maps, v);
	if (sim->gate_end)
		*xappend(maps->vma, maps->nr) = (struct proc_vma){
			.start = sim->gate_start,
			.end = sim->gate_end,
			.flags = sim->gate_flags,
			.has_flags = true,
			.name = "[vsyscall]",
		};
	return maps;
}
