// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part of driver.c: the address space, and what stands for the numbers that a request
 * has: flags, files, policies, anon_vmas.
 */
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
