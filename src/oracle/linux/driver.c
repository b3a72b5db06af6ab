// SPDX-License-Identifier: GPL-2.0-only
/*
 * A witness: says what a kernel tree's own mm/vma.c makes of an address space
 * and an operation. It is asked on standard input and answers on standard
 * output, see oracle/protocol.h; build.sh compiles it.
 *
 * The tree's code runs as it is. A step is seen in one of two ways: the code
 * calls a function for it, which adapt.h renames to a hook here; or it assigns
 * to a field, which the next hook finds changed.
 */
#include "adapt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "oracle/protocol.h"

/* ---- the address space and what was last seen of it ---------------------- */

/* A VMA's fields that the code assigns to. */
struct seen {
	unsigned long start;
	unsigned long end;
	unsigned long pgoff;
	vm_flags_t flags;
	struct mempolicy *policy;
	struct anon_vma_name *name;
	unsigned long uffd_ctx;
};

/* A VMA that has a number. */
struct subject {
	struct vm_area_struct *vma; /* NULL once freed */
	struct seen seen;
	struct anon_vma *anon_vma; /* as of the last look at that */
	bool locked;
	bool detached;
	bool filled; /* allocated, and not in the tree yet */
};

/*
 * The chain of an anon_vma has one entry, or, if it was inherited, more than
 * one; two do. The shims' VMAs have no room for them.
 */
struct chains {
	struct anon_vma_chain own;
	struct anon_vma_chain inherited;
};

struct file_object {
	uint32_t id;
	struct file file;
	struct address_space mapping;
};

struct anon_object {
	uint32_t id;
	struct anon_vma anon_vma;
};

/* One file and one anon_vma for each VMA and for the operation. */
#define MAX_OBJECTS 10

static struct mm_struct the_mm;
static struct subject subjects[PROTO_VMAS];
static struct chains chains[PROTO_VMAS + 1]; /* the last is the copied VMA's */
static unsigned int nr_subjects;
static struct file_object files[MAX_OBJECTS];
static unsigned int nr_files;
static struct anon_object anon_vmas[MAX_OBJECTS];
static unsigned int nr_anon_vmas;
static int seen_map_count;
static const struct proto_request *req;
static struct proto_reply *reply;

/* The shims ask for these. */
const struct vm_operations_struct vma_dummy_vm_ops;
static struct task_struct the_task = { .mm = &the_mm };

struct task_struct *get_current(void)
{
	return &the_task;
}

static __attribute__((noreturn)) void die(const char *why)
{
	fprintf(stderr, "witness: %s\n", why);
	exit(1);
}

static void trouble(enum proto_trouble what)
{
	if (!reply->trouble)
		reply->trouble = what;
}

/* ---- flags, identities --------------------------------------------------- */

static const vm_flags_t kernel_flags[] = {
#define X(name, text) VM_##name,
	VM_FLAGS(X)
#undef X
};

#define NR_FLAGS (sizeof(kernel_flags) / sizeof(kernel_flags[0]))

static vm_flags_t flags_to_kernel(uint64_t proto)
{
	vm_flags_t flags = 0;

	if (proto >> NR_FLAGS)
		die("a flag is unknown");
	for (; proto; proto &= proto - 1)
		flags |= kernel_flags[__builtin_ctzll(proto)];
	return flags;
}

static uint64_t flags_to_proto(vm_flags_t flags)
{
	uint64_t proto = 0;

	for (unsigned int bit = 0; bit < NR_FLAGS; bit++)
		if (flags & kernel_flags[bit])
			proto |= 1ULL << bit;
	return proto;
}

/* Nobody looks at what is behind policies and names. */
static struct mempolicy *policy_of(uint32_t id)
{
	return (struct mempolicy *)(uintptr_t)id;
}

static struct anon_vma_name *name_of(uint32_t id)
{
	return (struct anon_vma_name *)(uintptr_t)id;
}

#ifdef HAVE_FILE_OPERATIONS
static struct file_operations file_ops;
#endif

static struct file *file_of(uint32_t id)
{
	struct file_object *f = files;

	if (!id)
		return NULL;
	while (f < files + nr_files && f->id != id)
		f++;
	if (f == files + nr_files) {
		*f = (struct file_object){ .id = id };
		f->file.f_mapping = &f->mapping;
#ifdef HAVE_FILE_OPERATIONS
		f->file.f_op = &file_ops;
#endif
		nr_files++;
	}
	return &f->file;
}

static uint32_t file_id(const struct file *file)
{
	return file ? container_of(file, struct file_object, file)->id : 0;
}

static uint32_t mapping_id(const struct address_space *mapping)
{
	return container_of(mapping, struct file_object, mapping)->id;
}

static struct anon_vma *anon_vma_of(uint32_t id)
{
	struct anon_object *a = anon_vmas;

	if (!id)
		return NULL;
	while (a < anon_vmas + nr_anon_vmas && a->id != id)
		a++;
	if (a == anon_vmas + nr_anon_vmas) {
		*a = (struct anon_object){ .id = id };
		nr_anon_vmas++;
	}
	return &a->anon_vma;
}

static uint32_t anon_vma_id(const struct anon_vma *anon_vma)
{
	return anon_vma ? container_of(anon_vma, struct anon_object, anon_vma)
				  ->id
			: 0;
}

static void link_chain(struct vm_area_struct *vma, struct chains *c,
		       struct anon_vma *anon_vma, bool forked)
{
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	if (!anon_vma)
		return;
	c->own.anon_vma = anon_vma;
	list_add(&c->own.same_vma, &vma->anon_vma_chain);
	if (!forked)
		return;
	c->inherited.anon_vma = anon_vma;
	list_add(&c->inherited.same_vma, &vma->anon_vma_chain);
}

static bool is_forked(struct vm_area_struct *vma)
{
	return vma->anon_vma && !list_is_singular(&vma->anon_vma_chain);
}

static void op_close(struct vm_area_struct *vma)
{
}

static int op_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

/* By has_close and no_split. */
static const struct vm_operations_struct vm_ops[2][2] = {
	{ {}, { .may_split = op_may_split } },
	{ { .close = op_close },
	  { .close = op_close, .may_split = op_may_split } },
};

/* ---- recording ----------------------------------------------------------- */

static struct proto_step *record(enum step_kind kind, uint32_t vma)
{
	static struct proto_step beyond;
	struct proto_step *s = &beyond;

	if (reply->nr_steps == PROTO_STEPS)
		trouble(PROTO_OVERFLOW);
	else
		s = &reply->steps[reply->nr_steps++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->vma = vma;
	return s;
}

/* NULL for a VMA without a number: that mremap() copies from elsewhere. */
static struct subject *subject_of(struct vm_area_struct *vma)
{
	return vma ? vma->vm_private_data : NULL;
}

static uint32_t number(const struct subject *s)
{
	return s ? (uint32_t)(s - subjects) + 1 : 0;
}

/* Of these mmap() itself says what they are: the simulator has no accounts. */
static vm_flags_t flags_of(const struct vm_area_struct *vma)
{
	vm_flags_t own =
		req->op.kind == OP_REPLACE ? VM_ACCOUNT | VM_SOFTDIRTY : 0;

	return vma->vm_flags & ~own;
}

static struct seen see(const struct vm_area_struct *vma)
{
	return (struct seen){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
		.flags = flags_of(vma),
		.policy = vma->vm_policy,
		.name = vma->anon_name,
		.uffd_ctx = vma->vm_userfaultfd_ctx.ctx,
	};
}

static bool range_changed(const struct seen *a, const struct seen *b)
{
	return a->start != b->start || a->end != b->end || a->pgoff != b->pgoff;
}

static bool attrs_changed(const struct seen *a, const struct seen *b)
{
	return a->flags != b->flags || a->policy != b->policy ||
	       a->name != b->name || a->uffd_ctx != b->uffd_ctx;
}

/* Returns whether its range has changed. */
static bool look_at(struct subject *s)
{
	struct seen now = see(s->vma);
	bool moved = range_changed(&now, &s->seen);
	struct proto_step *step;

	if (moved) {
		step = record(STEP_SET_RANGE, number(s));
		step->start = now.start >> PAGE_SHIFT;
		step->end = now.end >> PAGE_SHIFT;
		step->pgoff = now.pgoff;
	}
	if (attrs_changed(&now, &s->seen) && !s->filled)
		record(STEP_SET_ATTRS, number(s));
	s->seen = now;
	return moved;
}

/* Record what was assigned since the last hook. */
static void hook_look(void)
{
	unsigned int nr_moved = 0;

	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma)
			nr_moved += look_at(&subjects[i]);
	if (nr_moved > 1)
		trouble(PROTO_UNORDERED);
	if (the_mm.map_count != seen_map_count) {
		record(STEP_MAP_COUNT, 0)->delta =
			the_mm.map_count - seen_map_count;
		seen_map_count = the_mm.map_count;
	}
}

static void hook_warn(const char *file, int line)
{
	static bool said;

	trouble(PROTO_WARNED);
	if (!said)
		fprintf(stderr, "witness: warning at %s:%d\n", file, line);
	said = true;
}

/* Give a VMA its number. */
static void enlist(struct vm_area_struct *vma)
{
	struct subject *s = &subjects[nr_subjects];

	if (nr_subjects == PROTO_VMAS)
		die("too many VMAs");
	*s = (struct subject){ .vma = vma, .anon_vma = vma->anon_vma };
	s->seen = see(vma);
	vma->vm_private_data = s;
	nr_subjects++;
}

/* ---- the hooks: allocations ---------------------------------------------- */

/* Count an allocation, and say whether it is the one to fail. */
static bool fails(enum alloc_kind kind)
{
	if (reply->failed)
		return false;
	if (++reply->nr_allocs != req->fail)
		return false;
	reply->failed = kind;
	return true;
}

static struct vm_area_struct *hook_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	hook_look();
	if (fails(ALLOC_VMA))
		return NULL;
	vma = vm_area_alloc(mm);
	if (!vma)
		die("out of memory");
	enlist(vma);
	subjects[nr_subjects - 1].filled = true;
	record(STEP_ALLOCATE, nr_subjects);
	return vma;
}

static struct vm_area_struct *hook_dup(struct vm_area_struct *orig)
{
	struct vm_area_struct *vma;

	hook_look();
	if (fails(ALLOC_VMA))
		return NULL;
	vma = vm_area_dup(orig);
	if (!vma)
		die("out of memory");
	enlist(vma);
	record(STEP_DUPLICATE, nr_subjects)->from = number(subject_of(orig));
	return vma;
}

static void hook_free(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	record(STEP_FREE, number(s));
	if (s)
		s->vma = NULL;
	vm_area_free(vma);
}

static int hook_dup_policy(struct vm_area_struct *src,
			   struct vm_area_struct *dst)
{
	hook_look();
	if (src->vm_policy && fails(ALLOC_POLICY))
		return -ENOMEM;
	dst->vm_policy = src->vm_policy;
	return 0;
}

/* ---- the hooks: the tree ------------------------------------------------- */

/*
 * The iterator as it was when a range was about to become empty: the tree then
 * widens it to the empty ranges beside.
 */
static struct ma_state emptied;

static bool is_our_tree(const struct ma_state *mas)
{
	return mas->tree == &the_mm.mm_mt;
}

static void record_store(const struct ma_state *mas, void *entry)
{
	struct proto_step *s;

	if (!is_our_tree(mas))
		return;
	hook_look();
	if (subject_of(entry))
		subject_of(entry)->filled = false;
	s = record(STEP_STORE, number(subject_of(entry)));
	s->start = mas->index >> PAGE_SHIFT;
	s->end = (mas->last >> PAGE_SHIFT) + 1;
}

static void hook_store_prealloc(struct ma_state *mas, void *entry)
{
	record_store(entry ? mas : &emptied, entry);
	mas_store_prealloc(mas, entry);
}

/* Of those stores that may fail, one is to munmap()'s own tree. */
static int hook_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	enum alloc_kind kind = is_our_tree(mas) ? ALLOC_CLEAR : ALLOC_GATHER;

	hook_look();
	if (!(gfp & __GFP_NOFAIL) && fails(kind)) {
		mas->node = MA_ERROR(-ENOMEM);
		mas->status = ma_error;
		return -ENOMEM;
	}
	record_store(mas, entry);
	return mas_store_gfp(mas, entry, gfp);
}

static int hook_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	hook_look();
	if (fails(ALLOC_TREE)) {
		mas_reset(mas);
		return -ENOMEM;
	}
	if (!entry)
		emptied = *mas;
	return mas_preallocate(mas, entry, gfp);
}

/* ---- the hooks: VMAs ----------------------------------------------------- */

static void hook_start_write(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s && !s->locked) {
		record(STEP_LOCK_VMA, number(s));
		s->locked = true;
	}
	vma_start_write(vma);
}

static void hook_detach(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s) {
		record(STEP_DETACH, number(s));
		s->detached = true;
	}
	shim_mark(vma, false);
}

/* A new VMA becomes attached as it is stored: that is no step of its own. */
static void hook_attach(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	if (s && s->detached) {
		record(STEP_ATTACH, number(s));
		s->detached = false;
	}
	shim_mark(vma, true);
}

/* ---- the hooks: reverse mapping ------------------------------------------ */

/*
 * The part of a split has its anon_vma from vm_area_dup(): there the entries
 * are copied, but nothing is duplicated that was not there before.
 */
static int hook_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct subject *s = subject_of(dst);
	struct proto_step *step;

	hook_look();
	if (src->anon_vma && fails(ALLOC_ANON_VMA)) {
		dst->anon_vma = NULL;
		return -ENOMEM;
	}
	dst->anon_vma = src->anon_vma;
	link_chain(dst, &chains[s - subjects], src->anon_vma, is_forked(src));
	if (dst->anon_vma != s->anon_vma) {
		step = record(STEP_CLONE_ANON_VMA, number(s));
		step->from = number(subject_of(src));
		step->object = anon_vma_id(dst->anon_vma);
		s->anon_vma = dst->anon_vma;
	}
	return 0;
}

/* A VMA that is on its way out takes its anon_vma along: that is no step. */
static void hook_unlink(struct vm_area_struct *vma)
{
	struct subject *s = subject_of(vma);

	hook_look();
	vma->anon_vma = NULL;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	if (s && s->anon_vma && !s->detached)
		record(STEP_CLONE_ANON_VMA, number(s));
	if (s)
		s->anon_vma = NULL;
}

static void record_rmap(enum step_kind kind, uint32_t object)
{
	hook_look();
	record(kind, 0)->object = object;
}

static void hook_i_mmap_lock(struct address_space *mapping)
{
	record_rmap(STEP_LOCK_I_MMAP, mapping_id(mapping));
}

static void hook_i_mmap_unlock(struct address_space *mapping)
{
	record_rmap(STEP_UNLOCK_I_MMAP, mapping_id(mapping));
}

static void hook_anon_vma_lock(struct anon_vma *anon_vma)
{
	record_rmap(STEP_LOCK_ANON_VMA, anon_vma_id(anon_vma));
}

static void hook_anon_vma_unlock(struct anon_vma *anon_vma)
{
	record_rmap(STEP_UNLOCK_ANON_VMA, anon_vma_id(anon_vma));
}

/* Ends the write locks of all VMAs. */
static void hook_downgrade(struct mm_struct *mm)
{
	hook_look();
	record(STEP_DOWNGRADE_MMAP, 0);
	for (unsigned int i = 0; i < nr_subjects; i++)
		subjects[i].locked = false;
	mmap_write_downgrade(mm);
}

/* ---- before and after ---------------------------------------------------- */

/* The highest page is nobody's: its end would not fit. */
static unsigned long to_addr(uint64_t page)
{
	if (page > ULONG_MAX >> PAGE_SHIFT)
		die("an address is too high");
	return page << PAGE_SHIFT;
}

static void set_vm_ops(struct vm_area_struct *vma, const struct proto_vma *w)
{
	bool any = w->file || w->has_close || w->no_split;

	vma->vm_ops = any ? &vm_ops[!!w->has_close][!!w->no_split] : NULL;
}

/* accountable_mapping(): what mmap() has made is charged for. */
static vm_flags_t accounted(vm_flags_t flags)
{
	bool charged =
		(flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;

	return req->op.kind == OP_REPLACE && charged ? flags | VM_ACCOUNT
						     : flags;
}

static struct vm_area_struct *make_vma(const struct proto_vma *w,
				       struct chains *c)
{
	struct vm_area_struct *vma = vm_area_alloc(&the_mm);

	if (!vma)
		die("out of memory");
	vma->vm_start = to_addr(w->start);
	vma->vm_end = to_addr(w->end);
	vma->vm_pgoff = w->pgoff;
	tree_set_anon_pgoff(vma, w->file ? w->start - w->moved : w->pgoff);
	set_flags(vma, accounted(flags_to_kernel(w->flags)));
	vma->vm_file = file_of(w->file);
	vma->vm_policy = policy_of(w->policy);
	vma->vm_userfaultfd_ctx.ctx = w->uffd_ctx;
	vma->anon_name = name_of(w->anon_name);
	vma->anon_vma = anon_vma_of(w->anon_vma);
	link_chain(vma, c, vma->anon_vma, w->forked);
	set_vm_ops(vma, w);
	return vma;
}

static void place(const struct proto_vma *w)
{
	struct vm_area_struct *vma = make_vma(w, &chains[nr_subjects]);
	MA_STATE(mas, &the_mm.mm_mt, vma->vm_start, vma->vm_end - 1);

	shim_mark(vma, true);
	if (mas_store_gfp(&mas, vma, GFP_KERNEL))
		die("out of memory");
	enlist(vma);
	the_mm.map_count++;
}

static void check_request(void)
{
	uint64_t end = 0;

	if (req->nr_vmas > sizeof(req->vmas) / sizeof(req->vmas[0]))
		die("too many VMAs");
	for (uint32_t i = 0; i < req->nr_vmas; i++) {
		if (req->vmas[i].start < end ||
		    req->vmas[i].end <= req->vmas[i].start)
			die("VMAs are out of order or empty");
		end = req->vmas[i].end;
	}
	if (req->op.from > req->nr_vmas)
		die("there is no VMA to copy from");
}

static void set_up(void)
{
	check_request();
	memset(reply, 0, offsetof(struct proto_reply, vmas));
	nr_subjects = nr_files = nr_anon_vmas = 0;
	memset(&the_mm, 0, sizeof(the_mm));
	mt_init_flags(&the_mm.mm_mt, 0);
	/* Accounts that munmap() may reduce. */
	the_mm.total_vm = the_mm.locked_vm = LONG_MAX;
	the_mm.exec_vm = the_mm.stack_vm = the_mm.data_vm = LONG_MAX;
	for (uint32_t i = 0; i < req->nr_vmas; i++)
		place(&req->vmas[i]);
	seen_map_count = the_mm.map_count;
	witness_max_map_count = req->max_map_count;
	witness_uffd_loser = NULL;
}

static void report_vma(struct vm_area_struct *vma, const struct subject *s)
{
	struct proto_vma *w = &reply->vmas[reply->nr_vmas++];

	memset(w, 0, sizeof(*w));
	w->id = number(s);
	w->start = vma->vm_start >> PAGE_SHIFT;
	w->end = vma->vm_end >> PAGE_SHIFT;
	w->pgoff = vma->vm_pgoff;
	w->moved = w->start - tree_anon_pgoff(vma);
	/* The two offsets of anonymous memory are one. */
	if (!vma->vm_file && tree_anon_pgoff(vma) != vma->vm_pgoff)
		trouble(PROTO_WARNED);
	if (!vma->vm_file)
		w->moved = 0;
	w->flags = flags_to_proto(flags_of(vma));
	w->file = file_id(vma->vm_file);
	w->policy = (uint32_t)(uintptr_t)vma->vm_policy;
	w->uffd_ctx = (uint32_t)vma->vm_userfaultfd_ctx.ctx;
	w->anon_name = (uint32_t)(uintptr_t)vma->anon_name;
	w->anon_vma = anon_vma_id(vma->anon_vma);
	w->forked = is_forked(vma);
	w->has_close = vma->vm_ops && vma->vm_ops->close;
	w->no_split = vma->vm_ops && vma->vm_ops->may_split;
	w->attached = !s->detached;
	if (!vma->anon_vma && !(vma->vm_flags & VM_SHARED))
		w->reuses = anon_vma_id(find_mergeable_anon_vma(vma));
}

/* What the tree holds may be freed already: do not follow it. */
static const struct subject *find_subject(const void *entry)
{
	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma == entry)
			return &subjects[i];
	return NULL;
}

static void report_tree(void)
{
	MA_STATE(mas, &the_mm.mm_mt, 0, 0);
	struct vm_area_struct *vma;
	unsigned int nr_alive = 0;

	mas_for_each(&mas, vma, ULONG_MAX)
	{
		const struct subject *s = find_subject(vma);

		if (!s || vma->vm_start != mas.index ||
		    vma->vm_end - 1 != mas.last)
			trouble(PROTO_BROKEN);
		if (!s || reply->nr_vmas == PROTO_VMAS)
			return;
		report_vma(vma, s);
	}
	for (unsigned int i = 0; i < nr_subjects; i++)
		nr_alive += !!subjects[i].vma;
	if (nr_alive != reply->nr_vmas)
		trouble(PROTO_BROKEN);
}

static void tear_down(void)
{
	for (unsigned int i = 0; i < nr_subjects; i++) {
		if (!subjects[i].vma)
			continue;
		if (!subjects[i].detached)
			shim_mark(subjects[i].vma, false);
		vm_area_free(subjects[i].vma);
	}
	__mt_destroy(&the_mm.mm_mt);
}

/* ---- the operations ------------------------------------------------------ */

static void report_state(const struct vma_merge_struct *vmg)
{
	reply->state = vmg->state == VMA_MERGE_SUCCESS	     ? MERGE_DONE
		       : vmg->state == VMA_MERGE_ERROR_NOMEM ? MERGE_NOMEM
							     : MERGE_NONE;
}

/*
 * What the range is to have. mprotect() and its like make the new flags from
 * the VMA's own, and leave those alone that do not count for merging.
 */
static struct seen wanted_of(const struct vm_area_struct *vma)
{
	const struct proto_op *op = &req->op;
	struct seen wanted = see(vma);

	if (op->changes & CHANGE_FLAGS)
		wanted.flags = flags_to_kernel(op->vma.flags) |
			       (vma->vm_flags & IGNORE_MERGE);
	if (op->changes & CHANGE_POLICY)
		wanted.policy = policy_of(op->vma.policy);
	if (op->changes & CHANGE_UFFD)
		wanted.uffd_ctx = op->vma.uffd_ctx;
	if (op->changes & CHANGE_NAME)
		wanted.name = name_of(op->vma.anon_name);
	return wanted;
}

/* What the caller of vma_modify() does with the VMA that it gets. */
static void change(struct vm_area_struct *vma, const struct seen *wanted)
{
	struct seen now = see(vma);

	if (!attrs_changed(&now, wanted))
		return;
	hook_start_write(vma);
	set_flags(vma, wanted->flags);
	vma->vm_policy = wanted->policy;
	vma->vm_userfaultfd_ctx.ctx = wanted->uffd_ctx;
	vma->anon_name = wanted->name;
	hook_look();
}

/* vma_modify() and its caller, on a range within one VMA. */
static int modify_one(struct vma_iterator *vmi, struct vm_area_struct *prev,
		      struct vm_area_struct *vma, unsigned long start,
		      unsigned long end)
{
	VMG_VMA_STATE(vmg, vmi, prev, vma, start, end);
	struct seen now = see(vma), wanted = wanted_of(vma);

	if (!attrs_changed(&now, &wanted))
		return 0;
	vmg.VMG_FLAGS = wanted.flags;
	vmg.policy = wanted.policy;
	vmg.uffd_ctx.ctx = wanted.uffd_ctx;
	vmg.anon_name = wanted.name;
	if (req->op.give_up_on_oom)
		vmg_give_up(&vmg);
	vma = vma_modify(&vmg);
	report_state(&vmg);
	hook_look();
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	/* As vma_modify_flags(): what the merge kept, the caller keeps. */
	if (!(req->op.changes & CHANGE_FLAGS))
		wanted.flags = vma->vm_flags;
	else if (vmg.state == VMA_MERGE_SUCCESS)
		wanted.flags |= vma->vm_flags & STICKY;
	change(vma, &wanted);
	return 0;
}

/* As mprotect() walks: one VMA after the other, up to the first hole. */
static int do_modify(unsigned long start, unsigned long end)
{
	while (start < end) {
		VMA_ITERATOR(vmi, &the_mm, start);
		struct vm_area_struct *vma = vma_find(&vmi, end);
		struct vm_area_struct *prev;
		unsigned long stop;
		int err;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		prev = vma_prev(&vmi);
		if (start > vma->vm_start)
			prev = vma;
		stop = min(vma->vm_end, end);
		err = modify_one(&vmi, prev, vma_next(&vmi), start, stop);
		if (err)
			return err;
		start = stop;
	}
	return 0;
}

/*
 * As brk(), mremap() or mmap() call it; brk() has looked at prev itself. What
 * they do before and after is left out.
 */
static void merge_new(struct vma_iterator *vmi, struct vma_merge_struct *vmg,
		      struct vm_area_struct *from)
{
	if (req->op.just_expand) {
		vma_find(vmi, vmg->end);
		vmg->prev = vma_prev(vmi);
		if (!vmg->prev || vmg->prev->vm_end != vmg->start)
			return;
		vmg_just_expand(vmg);
	} else {
		vmg->next = vma_iter_next_rewind(vmi, &vmg->prev);
	}
	if (from)
		tree_merge_copy(vmg, from);
	else
		vma_merge_new_range(vmg);
}

static int map_range(struct vm_area_struct *from, unsigned long start,
		     unsigned long end)
{
	const struct proto_vma *w = &req->op.vma;
	VMA_ITERATOR(vmi, &the_mm, start);
	TREE_VMG_STATE(vmg, &the_mm, &vmi, start, end,
		       flags_to_kernel(w->flags), w->pgoff,
		       w->file ? w->start - w->moved : w->pgoff);

	vmg.file = file_of(w->file);
	vmg.policy = policy_of(w->policy);
	vmg.uffd_ctx.ctx = w->uffd_ctx;
	vmg.anon_name = name_of(w->anon_name);
	/* vma_merge_extend() has that of the VMA that is to grow. */
	vmg.anon_vma = anon_vma_of(w->anon_vma);
	merge_new(&vmi, &vmg, from);
	report_state(&vmg);
	return vmg_nomem(&vmg) ? -ENOMEM : 0;
}

/* A copy of what is none of the VMAs here. */
static int map_elsewhere(unsigned long start, unsigned long end)
{
	struct vm_area_struct *from =
		make_vma(&req->op.vma, &chains[PROTO_VMAS]);
	int err;

	if (req->op.uffd_loses)
		witness_uffd_loser = from;
	err = map_range(from, start, end);
	vm_area_free(from);
	return err;
}

/* All of copy_vma(), of all of the source. It does not say if it merged. */
static int do_copy(unsigned long start, unsigned long end)
{
	struct vm_area_struct *from = subjects[req->op.from - 1].vma;
	unsigned int nr = nr_subjects;
	struct vm_area_struct *new;

	if (req->op.uffd_loses)
		witness_uffd_loser = from;
	new = tree_copy_vma(&from, start, end - start, from->vm_pgoff,
			    tree_anon_pgoff(from), req->op.keep_source);
	reply->state = new &&nr == nr_subjects ? MERGE_DONE : MERGE_NONE;
	return new ? 0 : -ENOMEM;
}

static int do_map(unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, &the_mm, start);

	if (vma_find(&vmi, end))
		return -EEXIST;
	if (req->op.from && !req->op.just_merge)
		return do_copy(start, end);
	if (req->op.copied)
		return map_elsewhere(start, end);
	return map_range(NULL, start, end);
}

static int do_split(unsigned long addr)
{
	VMA_ITERATOR(vmi, &the_mm, addr);
	struct vm_area_struct *vma = vma_iter_load(&vmi);

	if (!vma || vma->vm_start == addr)
		return -EINVAL;
	return split_vma(&vmi, vma, addr, req->op.new_below);
}

static int do_unmap(unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, &the_mm, start);
	struct vm_area_struct *vma = vma_find(&vmi, end);

	if (!vma)
		return 0;
	return do_vmi_align_munmap(&vmi, vma, &the_mm, start, end, NULL, true);
}

#ifdef HAVE_MMAP_REGION
static int do_replace(unsigned long start, unsigned long end)
{
	const struct proto_vma *w = &req->op.vma;
	unsigned long addr;

	addr = __mmap_region(file_of(w->file), start, end - start,
			     to_mmap_flags(flags_to_kernel(w->flags)), w->pgoff,
			     NULL);
	return IS_ERR_VALUE(addr) ? (int)addr : 0;
}
#else
static int do_replace(unsigned long start, unsigned long end)
{
	die("the tree has no __mmap_region()");
}
#endif

static int do_relocate(unsigned long to, unsigned long from)
{
	VMA_ITERATOR(vmi, &the_mm, from);
	struct vm_area_struct *vma = vma_iter_load(&vmi);

	if (!vma || vma->vm_start != from)
		return -EINVAL;
	return relocate_vma_down(vma, from - to);
}

static int operate(void)
{
	const struct proto_op *op = &req->op;
	unsigned long start = to_addr(op->vma.start);
	unsigned long end = to_addr(op->vma.end);

	if (op->kind == OP_SPLIT)
		return do_split(start);
	if (start >= end)
		return -EINVAL;
	switch (op->kind) {
	case OP_MODIFY:
		return do_modify(start, end);
	case OP_MAP:
		return do_map(start, end);
	case OP_UNMAP:
		return do_unmap(start, end);
	case OP_RELOCATE:
		return do_relocate(start, end);
	case OP_REPLACE:
		return do_replace(start, end);
	default:
		die("the operation is unknown");
	}
}

/* What the simulator has no word for keeps nobody from sharing an anon_vma. */
static void forget_accounts(void)
{
	for (unsigned int i = 0; i < nr_subjects; i++)
		if (subjects[i].vma)
			set_flags(subjects[i].vma, flags_of(subjects[i].vma));
}

static void carry_out(void)
{
	set_up();
	reply->err = operate();
	hook_look();
	reply->map_count = the_mm.map_count;
	forget_accounts();
	report_tree();
	tear_down();
}

/* ---- the other end ------------------------------------------------------- */

static uint64_t nanoseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Returns false at the end of what is asked. */
static bool read_all(void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t nr = read(STDIN_FILENO, (char *)to + done, size - done);

		if (nr < 0)
			die("cannot read what is asked");
		if (!nr && done)
			die("what is asked ends in the middle");
		if (!nr)
			return false;
		done += nr;
	}
	return true;
}

/* Each request so often as is asked; what is timed is only that. */
static void answer(const struct proto_request *requests,
		   struct proto_reply *replies, struct proto_batch *batch)
{
	uint64_t begun = nanoseconds();

	for (uint32_t i = 0; i < batch->nr; i++) {
		req = &requests[i];
		reply = &replies[i];
		for (uint32_t j = 0; j < batch->repeat; j++)
			carry_out();
	}
	batch->ns = nanoseconds() - begun;
}

static void write_replies(FILE *out, const struct proto_reply *replies,
			  const struct proto_batch *batch)
{
	fwrite(batch, sizeof(*batch), 1, out);
	for (uint32_t i = 0; i < batch->nr; i++)
		fwrite(&replies[i],
		       offsetof(struct proto_reply, steps[replies[i].nr_steps]),
		       1, out);
	if (fflush(out))
		die("cannot write the answer");
}

static void say_hello(FILE *out)
{
	const struct proto_hello hello = {
		.magic = PROTO_MAGIC,
		.version = PROTO_VERSION,
		.request_size = sizeof(struct proto_request),
		.reply_size = sizeof(struct proto_reply),
		.kernel = KERNEL_VERSION,
	};

	fwrite(&hello, sizeof(hello), 1, out);
	if (fflush(out))
		die("cannot write the answer");
}

/*
 * The shims print with printf(), and the maple tree all of itself with a
 * warning: that must not end up between the replies.
 */
static FILE *take_stdout(void)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");

	if (!out || !freopen("/dev/null", "w", stdout))
		die("cannot use standard output");
	return out;
}

int main(void)
{
	static struct proto_request requests[PROTO_BATCH];
	static struct proto_reply replies[PROTO_BATCH];
	struct proto_batch batch;
	FILE *out = take_stdout();

	tree_init();
	say_hello(out);
	while (read_all(&batch, sizeof(batch))) {
		if (batch.nr > PROTO_BATCH || !batch.repeat)
			die("a batch is too large or empty");
		if (batch.nr &&
		    !read_all(requests, batch.nr * sizeof(requests[0])))
			die("what is asked ends in the middle");
		alarm(PROTO_SECONDS);
		answer(requests, replies, &batch);
		alarm(0);
		write_replies(out, replies, &batch);
	}
	fclose(out);
	return 0;
}
