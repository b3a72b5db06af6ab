/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a simulated process share. */
#ifndef VMATLAS_SYSCALL_INTERNAL_H
#define VMATLAS_SYSCALL_INTERNAL_H

#include "syscall/sim.h"

/* ---- files and names by identity (idents.c) ------------------------------ */

/* A userfaultfd, any number but 0: a process has one at most. */
#define UFFD_CONTEXT 1

struct idents;

/**
 * struct ident - a file, or a name of anonymous memory
 * @id: its identity, never 0
 * @text: its name
 * @dev_major: of a file's device
 * @dev_minor: of it
 * @inode: of a file; 0 if it is not known, or if it is no file at all
 * @special: a mapping of the kernel's own, such as [vdso]: not a file
 * @whole: none of its VMAs is split
 * @own_place: it may choose where it is mapped
 * @anon_shmem: shared and anonymous memory, memfd_create() included:
 *	vma_is_anon_shmem()
 * @shmem: the same, or a file of tmpfs: vma_is_shmem(). A segment is neither.
 * @sysv: a segment of shmget()
 * @secret: of memfd_secret()
 * @zero: /dev/zero: what is mapped of it is anonymous memory
 * @size: pages that it has, 0 if that is not known
 */
struct ident {
	uint32_t id;
	const char *text;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t inode;
	bool special;
	bool whole;
	bool own_place;
	bool anon_shmem;
	bool shmem;
	bool sysv;
	bool secret;
	bool zero;
	unsigned long size;
};

struct idents *idents_new(void);

/* Whoever gets one from another process shares it: drop each with idents_put() */
struct idents *idents_get(struct idents *idents);
void idents_put(struct idents *idents);

/* The file that was loaded from this name first, else one made up for it. */
const struct ident *idents_path(struct idents *idents, const char *path);

/* The file of this name, device and inode. */
const struct ident *idents_file(struct idents *idents, const char *path,
				uint32_t dev_major, uint32_t dev_minor,
				uint64_t inode);

/*
 * A file that no other mapping has, whatever its name. @size: in pages. @sysv:
 * shmat() maps it.
 */
const struct ident *idents_fresh(struct idents *idents, const char *path,
				 unsigned long size, bool sysv);

/* Any other text: a name of anonymous memory, a memory policy, letters. */
enum ident_kind { IDENT_NAME, IDENT_POLICY, IDENT_OTHER };
const struct ident *idents_text(struct idents *idents, enum ident_kind kind,
				const char *text);

/* Returns NULL if there is none. */
const struct ident *idents_find(const struct idents *idents, uint32_t id);

/* ---- a process (sim.c) ------------------------------------------------------ */

/*
 * Beyond the flags that the simulator has names for: the protection key, and
 * what VmFlags has besides. Merging compares them as it does all others.
 */
#define PKEY_SHIFT 32
#define PKEY_MASK (15ULL << PKEY_SHIFT)
#define OTHERS_SHIFT 36
#define MAX_OTHERS (64 - OTHERS_SHIFT)

struct sim {
	const struct rules *rules;
	long release; /* VERSION_NUMBER() */
	uint64_t page_size;
	unsigned int page_shift;
	enum faulted faulted;
	struct mm *mm;
	struct idents *idents;
	uint64_t brk_start; /* 0 until it is known */
	uint64_t brk;
	uint64_t stack;	     /* where it ends, 0 if there is none */
	uint64_t gate_start; /* [vsyscall]: shown, but no VMA */
	uint64_t gate_end;   /* 0 if there is none */
	vm_flags_t gate_flags;
	vm_flags_t def_flags;  /* mlockall(MCL_FUTURE) */
	unsigned int traits;   /* enum sim_trait */
	vm_flags_t soft_dirty; /* VM_SOFTDIRTY, 0 if the kernel has none */
	vm_flags_t sealed;     /* mseal() */
	bool has_sealed;       /* there is, or was, a VMA that is */
	bool far;	       /* addresses are of a larger TASK_SIZE */
	vm_flags_t droppable;  /* MAP_DROPPABLE */
	uint32_t others[MAX_OTHERS]; /* letters, by bit; 0 if none */
	uint32_t last_anon_vma;
	unsigned long max_map_count;
	const struct sim_visitor *visitor; /* of the call under way */
	uint64_t result;		   /* of it, where that is not 0 */
};

/* The kernel's own names for some flags together. */
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_MAY_FLAGS (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)
#define VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

/* The flag that stands for two letters of VmFlags that have no name. */
vm_flags_t sim_other(struct sim *sim, const char *letters);

static inline unsigned long page_of(const struct sim *sim, uint64_t addr)
{
	return addr >> sim->page_shift;
}

static inline uint64_t address_of(const struct sim *sim, unsigned long page)
{
	return (uint64_t)page << sim->page_shift;
}

static inline bool is_aligned(const struct sim *sim, uint64_t addr)
{
	return !(addr & (sim->page_size - 1));
}

/* PAGE_ALIGN(): 0 if that is beyond all addresses. */
static inline uint64_t align_up(const struct sim *sim, uint64_t len)
{
	return (len + sim->page_size - 1) & ~(sim->page_size - 1);
}

/* More than any machine has. */
#define TASK_MOST (1ULL << 56)

/* TASK_SIZE: x86-64's, as long as nothing was seen beyond. */
static inline uint64_t task_size(const struct sim *sim)
{
	return sim->far ? TASK_MOST : (1ULL << 47) - sim->page_size;
}

static inline bool in_task(const struct sim *sim, uint64_t addr, uint64_t len)
{
	return len <= task_size(sim) && addr <= task_size(sim) - len;
}

/* Whether a range goes beyond the last address of all. */
static inline bool wraps(uint64_t addr, uint64_t len)
{
	return addr + len < addr;
}

/* PMD_SIZE of pages of 4 KiB. */
#define HUGE_PAGE (2ULL << 20)

/* Where flags of mmap() say how large huge pages are: MAP_HUGE_SHIFT. */
#define HUGE_SHIFT 26
#define HUGE_MASK 63u
#define HUGE_SIZES (HUGE_MASK << HUGE_SHIFT)

/* How large they are, in bytes. */
static inline uint64_t huge_page(const struct syscall *c)
{
	unsigned int shift = c->flags >> HUGE_SHIFT & HUGE_MASK;

	return shift ? 1ULL << shift : HUGE_PAGE;
}

/* The VMA that has a page, NULL if none. */
const struct vma_state *vma_at(const struct sim *sim, unsigned long page);

/* stack_guard_gap, in pages: the default. */
#define GUARD_GAP 256

/* Where what lies below a VMA has to end: vm_start_gap(). */
unsigned long start_gap(const struct vma_state *v);

/* Whether any VMA has a page in a range. */
bool is_occupied(const struct sim *sim, unsigned long start, unsigned long end);

/* Whether a VMA is the kernel's own, such as [vdso]. */
bool is_special(const struct sim *sim, const struct vma_state *v);

/* Whether a VMA is of a kind that the advice is not for: -EINVAL. */
bool refuses_advice(const struct sim *sim, const struct vma_state *v,
		    int advice);

/* Whether a VMA is of a kind that has no name: -EBADF. */
bool refuses_name(const struct sim *sim, const struct vma_state *v);

/* ---- from one VMA to the next (sim-walk.c) -------------------------------- */

/*
 * What a call makes of a VMA: op->changes and op->attrs, changes 0 if nothing.
 * Returns 0 or -errno.
 */
typedef int plan_fn(struct sim *sim, const struct syscall *c,
		    const struct vma_state *v, struct op *op);

enum holes {
	HOLES_STOP,   /* -ENOMEM there, and what is before is done */
	HOLES_SKIP,   /* -ENOMEM, and all is done */
	HOLES_IGNORE, /* all is done, and no error */
};

/* One VMA, by a plan. @op: which part of it. Returns 0 or -errno. */
int sim_change(struct sim *sim, const struct syscall *c,
	       const struct vma_state *v, struct op *op, plan_fn *plan);

/* All VMAs of a range. Returns 0, or the -errno of the first that refuses. */
int sim_walk(struct sim *sim, const struct syscall *c, unsigned long start,
	     unsigned long end, enum holes holes, plan_fn *plan);

/*
 * The pages of a range that begins at a page, as madvise(), prctl() and mbind()
 * take it. Returns false if there are none: @err is -EINVAL, or 0 for no length.
 */
bool take_range(const struct sim *sim, const struct syscall *c,
		unsigned long *start, unsigned long *end, int *err);

/* The first page of a range that no VMA has; @end or above if there is none. */
unsigned long first_hole(const struct sim *sim, unsigned long start,
			 unsigned long end);

/* Whether there is such a page. */
bool has_hole(const struct sim *sim, unsigned long start, unsigned long end);

/* For plans: the VMA is to have these flags, if it has not. */
void change_flags(const struct vma_state *v, struct op *op, vm_flags_t flags);

bool is_private(const struct vma_state *v);

/*
 * vma_is_anonymous(), which is not the same as to have no file: mmap_zero() keeps
 * it.
 */
bool is_anonymous(const struct sim *sim, const struct vma_state *v);

/* prctl_set_vma(), ANON_VMA_NAME_MAX_LEN */
bool is_vma_name(const char *name);

/* vma_is_secretmem(): the kernel itself cannot bring it in. */
bool is_secret(const struct sim *sim, const struct vma_state *v);

/* ---- what calls do (sim-*.c) --------------------------------------------- */

/* PROT_* as VM_*: calc_vm_prot_bits(). */
vm_flags_t prot_flags(unsigned int prot);

/* Not in the C library's header. */
#define PROT_SEM_LINUX 0x8

/* The same of those that arm64 alone has: PROT_BTI and PROT_MTE. */
#define PROT_BTI_ARM64 0x10
#define PROT_MTE_ARM64 0x20
vm_flags_t arch_prot_flags(struct sim *sim, unsigned int prot);

/* vma_ksm_compatible(), the other way */
bool has_no_ksm(const struct sim *sim, vm_flags_t flags);

/* What PR_SET_MEMORY_MERGE adds to flags, sooner or later: ksm_vma_flags(). */
vm_flags_t sim_merge_any(const struct sim *sim, vm_flags_t flags);

/* One operation on the simulator, seen by the visitor. Returns 0 or -errno. */
int sim_op(struct sim *sim, const struct op *op);

/* munmap() without its checks of arguments. */
int sim_unmap(struct sim *sim, unsigned long start, unsigned long end);

/* expand_downwards(): no merge is thought of. Returns 0 or -errno. */
int grow_stack(struct sim *sim, unsigned long page);

/* The private memory of a range that can be written to, is. */
void sim_write(struct sim *sim, unsigned long start, unsigned long end);

/* The memory of a range is read, where it can be. */
void sim_read_pages(struct sim *sim, unsigned long start, unsigned long end);

/* The memory of a range is brought in: mm_populate(). */
void sim_populate(struct sim *sim, unsigned long start, unsigned long end);

/* One VMA gets an anon_vma. */
void sim_fault(struct sim *sim, unsigned long page);

/*
 * get_unmapped_area(): where memory of so many bytes goes. @hint: where it is
 * asked for, 0 for anywhere; @align: in bytes. Returns 0 if there is no room.
 */
uint64_t sim_place(const struct sim *sim, uint64_t hint, uint64_t len,
		   uint64_t align);

/* The same of MAP_32BIT: the lowest between 1 and 2 GiB, as bottom up. */
uint64_t sim_place_low(const struct sim *sim, uint64_t hint, uint64_t len);

/* To how many bytes anonymous memory is aligned if it may go anywhere. */
uint64_t sim_alignment(const struct sim *sim, uint64_t len);

/* The identity of a memory policy. */
uint32_t sim_policy(struct sim *sim, const char *policy);

/* Each call is a function of its own: it returns 0 or -errno. */
typedef int sim_fn(struct sim *sim, const struct syscall *call);

#define X(symbol, name, ...) sim_fn sim_##name;
SYSCALLS(X)
#undef X

#endif /* VMATLAS_SYSCALL_INTERNAL_H */
