// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process on the simulator: made, filled with what a real one has, inherited
 * over fork(), and shown again as the kernel would.
 */
#include <stdlib.h>
#include <string.h>

#include "catalog/tools.h"
#include "process/world.h"

/* ---- life ----------------------------------------------------------------- */

/* DEFAULT_MAX_MAP_COUNT of the kernel. */
#define DEFAULT_MAX_MAP_COUNT 65530

static void set_limit(struct world *w, unsigned long max_map_count)
{
	w->max_map_count =
		max_map_count ? max_map_count : DEFAULT_MAX_MAP_COUNT;
	mm_limit(w->mm, w->max_map_count);
}

struct world *world_new(const struct rules *rules, uint64_t page_size,
			enum faulted faulted)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->rules = rules;
	w->page_size = page_size;
	w->page_shift = (unsigned int)__builtin_ctzll(page_size);
	w->faulted = faulted;
	w->mm = mm_new(rules);
	w->idents = idents_new();
	w->soft_dirty = VM_SOFTDIRTY;
	w->sealed = world_other(w, "sl");
	w->droppable = world_other(w, "dp");
	set_limit(w, 0);
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	mm_free(w->mm);
	idents_put(w->idents);
	free(w);
}

uint32_t world_file(struct world *w, const char *path)
{
	return idents_path(w->idents, path)->id;
}

const char *world_file_path(const struct world *w, uint32_t file)
{
	const struct ident *ident = idents_find(w->idents, file);

	return ident ? ident->text : "";
}

uint32_t world_name(struct world *w, const char *name)
{
	return idents_text(w->idents, IDENT_NAME, name)->id;
}

uint32_t world_policy(struct world *w, const char *policy)
{
	return idents_text(w->idents, IDENT_POLICY, policy)->id;
}

const struct mm *world_mm(const struct world *w)
{
	return w->mm;
}

uint64_t world_page_size(const struct world *w)
{
	return w->page_size;
}

const struct vma_state *vma_at(const struct world *w, unsigned long page)
{
	const struct vma_state *v = mm_find(w->mm, page);

	return v && v->vm_start <= page ? v : NULL;
}

bool is_occupied(const struct world *w, unsigned long start, unsigned long end)
{
	const struct vma_state *v = mm_find(w->mm, start);

	return v && v->vm_start < end;
}

bool is_special(const struct world *w, const struct vma_state *v)
{
	const struct ident *file = idents_find(w->idents, v->attrs.file);

	return file && file->special;
}

static bool is_within_special(const struct world *w, unsigned long page)
{
	const struct vma_state *v = vma_at(w, page);

	return v && v->vm_start < page && is_special(w, v);
}

bool splits_special(const struct world *w, unsigned long start,
		    unsigned long end)
{
	return w->has_special &&
	       (is_within_special(w, start) || is_within_special(w, end));
}

/* ---- flags that the simulator has no name for ------------------------------- */

vm_flags_t world_other(struct world *w, const char *letters)
{
	uint32_t id = idents_text(w->idents, IDENT_OTHER, letters)->id;
	unsigned int bit = 0;

	/* Of more kinds than there is room for, the last share a bit. */
	while (bit < MAX_OTHERS - 1 && w->others[bit] && w->others[bit] != id)
		bit++;
	if (!w->others[bit])
		w->others[bit] = id;
	return 1ULL << (OTHERS_SHIFT + bit);
}

static vm_flags_t other_flags(struct world *w, const struct proc_maps *maps,
			      uint64_t others)
{
	vm_flags_t flags = 0;

	for (unsigned int bit = 0; bit < maps->nr_others; bit++)
		if (others & 1ULL << bit)
			flags |= world_other(w, proc_other_name(maps, bit));
	return flags;
}

/* ---- what was read ----------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The name in "[anon:name]". */
static uint32_t name_in(struct world *w, const char *text, const char *before)
{
	size_t len = strlen(text) - strlen(before);
	char *name = strdup(text + strlen(before));
	uint32_t id;

	if (!name)
		abort();
	if (len)
		name[len - 1] = '\0';
	id = world_name(w, name);
	free(name);
	return id;
}

static bool is_plain_name(const char *name)
{
	return !*name || !strcmp(name, "[heap]") || begins(name, "[stack");
}

/* What the last column of maps stands for. */
static void load_name(struct world *w, const struct proc_vma *v,
		      struct vma_attrs *attrs)
{
	const char *path = v->name;

	if (!v->inode && begins(path, "[anon:")) {
		attrs->anon_name = name_in(w, path, "[anon:");
		return;
	}
	if (begins(path, "[anon_shmem:")) {
		attrs->anon_name = name_in(w, path, "[anon_shmem:");
		path = "/dev/zero (deleted)";
	}
	if (v->inode || !is_plain_name(path)) {
		const struct ident *file = idents_file(w->idents, v, path);

		attrs->file = file->id;
		attrs->has_close = file->sysv;
		w->has_special |= file->special;
	}
}

/* maps has permissions only; the rest is as it mostly is. */
static vm_flags_t guessed_flags(const struct world *w, const struct proc_vma *v)
{
	vm_flags_t flags = v->flags | VM_MAY_FLAGS | w->soft_dirty;

	if (begins(v->name, "[vvar"))
		return v->flags | VM_MAYREAD | VM_IO | VM_PFNMAP |
		       VM_DONTEXPAND | VM_DONTDUMP | w->soft_dirty;
	if (begins(v->name, "[vdso]") || begins(v->name, "[uprobes]"))
		flags |= VM_DONTEXPAND;
	if (begins(v->name, "[stack"))
		flags |= VM_GROWSDOWN;
	if (v->flags & (VM_SHARED | VM_MAYSHARE))
		flags |= VM_SHARED | VM_MAYSHARE;
	else if (v->flags & VM_WRITE)
		flags |= VM_ACCOUNT;
	return flags;
}

static struct vma_attrs load_attrs(struct world *w,
				   const struct proc_maps *maps,
				   const struct proc_vma *v)
{
	struct vma_attrs attrs = { .flags = v->flags };

	if (!v->has_flags)
		attrs.flags = guessed_flags(w, v);
	attrs.flags |= other_flags(w, maps, v->others) |
		       (vm_flags_t)(v->pkey & 15) << PKEY_SHIFT;
	w->has_sealed |= attrs.flags & w->sealed;
	load_name(w, v, &attrs);
	if (v->policy && strcmp(v->policy, "default"))
		attrs.policy = world_policy(w, v->policy);
	attrs.has_close |= (attrs.flags & VM_HUGETLB) != 0;
	return attrs;
}

/*
 * Private memory that can no longer be written to is accounted for only if it
 * has an anon_vma: mprotect_fixup().
 */
static bool shows_faulted(const struct proc_vma *v,
			  const struct vma_state *state)
{
	if (!v->has_flags)
		return false;
	return v->anonymous ||
	       (!state->attrs.file &&
		(v->flags & (VM_ACCOUNT | VM_WRITE)) == VM_ACCOUNT);
}

static bool loads_faulted(const struct world *w, const struct proc_vma *v,
			  const struct vma_state *state)
{
	if (!is_private(state))
		return false;
	switch (w->faulted) {
	case FAULTED_SEEN:
		return shows_faulted(v, state);
	case FAULTED_WRITABLE:
		return shows_faulted(v, state) || state->attrs.flags & VM_WRITE;
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
static bool is_riddle(const struct world *w, const struct vma_state *below,
		      const struct vma_state *v)
{
	return below && below->vm_end == v->vm_start &&
	       below->vm_pgoff + (v->vm_start - below->vm_start) ==
		       v->vm_pgoff &&
	       !(v->attrs.flags & VM_SPECIAL) &&
	       same_attrs(w->rules, &below->attrs, &v->attrs);
}

/*
 * Give it one of the reasons that there can be. Memory that was moved has
 * another offset than its address. What was written to before they touched has
 * an anon_vma of its own, which what lies above can share; if only one of them
 * was written to, its anon_vma must have been inherited.
 * @faulted: both were written to
 */
static void solve_riddle(struct world *w, struct vma_state *v, bool faulted)
{
	if (!v->attrs.file && !faulted) {
		v->vm_pgoff += MM_END;
		return;
	}
	v->anon_vma = ++w->last_anon_vma;
	v->forked = !faulted;
}

/* ---- loading -------------------------------------------------------------------- */

static void load_vma(struct world *w, const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];
	struct vma_state state = {
		.vm_start = page_of(w, v->start),
		.vm_end = page_of(w, v->end),
		.attrs = load_attrs(w, maps, v),
	};
	bool faulted = loads_faulted(w, v, &state);
	const struct vma_state *below = NULL;

	state.vm_pgoff =
		state.attrs.file ? page_of(w, v->offset) : state.vm_start;
	if (state.vm_start)
		below = vma_at(w, state.vm_start - 1);
	if (is_riddle(w, below, &state))
		solve_riddle(w, &state, faulted && below->anon_vma);
	if (mm_place(w->mm, &state) && faulted)
		world_fault(w, state.vm_start);
}

static void note_places(struct world *w, const struct proc_vma *v)
{
	if (!strcmp(v->name, "[heap]")) {
		if (!w->brk_start)
			w->brk_start = v->start;
		w->brk = v->end;
	}
	if (!strcmp(v->name, "[stack]"))
		w->stack = v->end;
	if (v->has_flags && v->flags & VM_SOFTDIRTY)
		w->soft_dirty = VM_SOFTDIRTY;
}

/* A kernel that has soft-dirty tracking shows it of nearly all memory. */
static void find_soft_dirty(struct world *w, const struct proc_maps *maps)
{
	bool has_flags = false;

	for (size_t i = 0; i < maps->nr; i++)
		has_flags |= maps->vma[i].has_flags;
	w->soft_dirty = has_flags ? 0 : VM_SOFTDIRTY;
	for (size_t i = 0; i < maps->nr; i++)
		note_places(w, &maps->vma[i]);
}

void world_load(struct world *w, const struct proc_maps *maps)
{
	mm_reset(w->mm, w->rules);
	set_limit(w, maps->max_map_count);
	w->brk_start = w->brk = maps->brk_start;
	w->stack = 0;
	w->def_flags = 0;
	w->gate.end = 0;
	w->has_special = false;
	find_soft_dirty(w, maps);
	for (size_t i = 0; i < maps->nr; i++) {
		if (strcmp(maps->vma[i].name, "[vsyscall]")) {
			load_vma(w, maps, i);
			continue;
		}
		w->gate = maps->vma[i];
		w->gate.name = "[vsyscall]";
		w->gate.policy = NULL;
		w->gate.others = 0;
	}
}

/* ---- fork() ---------------------------------------------------------------------- */

/*
 * dup_mmap() and anon_vma_fork(): each VMA that has an anon_vma gets one of its
 * own, beside those that it inherits; even if two had the same.
 */
static void inherit(struct world *child, const struct vma_state *v)
{
	struct vma_state copy = *v;

	if (v->attrs.flags & VM_DONTCOPY)
		return;
	copy.attrs.flags &= ~(vm_flags_t)(VM_LOCKED_MASK | VM_UFFD_MISSING |
					  VM_UFFD_WP | VM_UFFD_MINOR);
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

struct world *world_fork(const struct world *w)
{
	struct world *child = malloc(sizeof(*child));
	const struct vma_state *v;

	if (!child)
		abort();
	*child = *w;
	child->mm = mm_new(w->rules);
	child->idents = idents_get(w->idents);
	child->def_flags = 0;
	set_limit(child, w->max_map_count);
	for (unsigned long at = 0; (v = mm_find(w->mm, at)); at = v->vm_end)
		inherit(child, v);
	return child;
}

/* ---- showing ---------------------------------------------------------------------- */

/* vma_is_initial_heap(), vma_is_initial_stack() */
static const char *name_of_place(const struct world *w,
				 const struct proc_vma *v)
{
	if (w->brk_start && v->start < w->brk && v->end > w->brk_start)
		return "[heap]";
	if (w->stack && v->start < w->stack && v->end >= w->stack)
		return "[stack]";
	return NULL;
}

static const char *anon_text(struct arena *arena, const char *before,
			     const char *name)
{
	char *text;
	const char *kept;
	int len = asprintf(&text, "[%s:%s]", before, name);

	if (len < 0)
		abort();
	kept = arena_text(arena, text, (size_t)len);
	free(text);
	return kept;
}

/* get_vma_name() */
static void show_name(const struct world *w, struct proc_maps *maps,
		      const struct vma_state *s, struct proc_vma *v)
{
	const struct ident *file = idents_find(w->idents, s->attrs.file);
	const struct ident *name = idents_find(w->idents, s->attrs.anon_name);
	const char *text = file ? file->text : NULL;

	if (file && file->shmem && name)
		text = anon_text(maps->arena, "anon_shmem", name->text);
	else if (text)
		text = arena_text(maps->arena, text, strlen(text));
	else
		text = name_of_place(w, v);
	if (!text)
		text = name ? anon_text(maps->arena, "anon", name->text) : "";
	v->name = text;
	if (!file || file->special)
		return;
	v->dev_major = file->dev_major;
	v->dev_minor = file->dev_minor;
	v->inode = file->inode ? file->inode : file->id;
	v->offset = address_of(w, s->vm_pgoff);
}

static void show_others(const struct world *w, struct proc_maps *maps)
{
	for (unsigned int i = 0; i < MAX_OTHERS && w->others[i]; i++) {
		const struct ident *o = idents_find(w->idents, w->others[i]);

		memcpy(maps->other[i], o->text, strnlen(o->text, 2));
		maps->nr_others = i + 1;
	}
}

static struct proc_vma *next_shown(struct proc_maps *maps, size_t *room)
{
	if (maps->nr == *room) {
		*room = *room ? 2 * *room : 64;
		maps->vma = reallocarray(maps->vma, *room, sizeof(*maps->vma));
		if (!maps->vma)
			abort();
	}
	return &maps->vma[maps->nr++];
}

static void show_vma(const struct world *w, struct proc_maps *maps,
		     const struct vma_state *s, struct proc_vma *v)
{
	const struct ident *policy = idents_find(w->idents, s->attrs.policy);

	*v = (struct proc_vma){
		.start = address_of(w, s->vm_start),
		.end = address_of(w, s->vm_end),
		.flags = s->attrs.flags & ((1ULL << NR_VM_FLAGS) - 1),
		.others = s->attrs.flags >> OTHERS_SHIFT,
		.pkey = (s->attrs.flags & PKEY_MASK) >> PKEY_SHIFT,
		.has_flags = true,
		.line = maps->nr,
	};
	if (policy)
		v->policy = arena_text(maps->arena, policy->text,
				       strlen(policy->text));
	show_name(w, maps, s, v);
}

struct proc_maps *world_maps(const struct world *w)
{
	struct proc_maps *maps = calloc(1, sizeof(*maps));
	const struct vma_state *s;
	size_t room = 0;

	if (!maps)
		abort();
	maps->arena = arena_new();
	maps->source = "simulator";
	maps->page_size = w->page_size;
	maps->max_map_count = w->max_map_count;
	maps->brk_start = w->brk_start;
	show_others(w, maps);
	for (unsigned long at = 0; (s = mm_find(w->mm, at)); at = s->vm_end)
		show_vma(w, maps, s, next_shown(maps, &room));
	if (w->gate.end)
		*next_shown(maps, &room) = w->gate;
	return maps;
}
