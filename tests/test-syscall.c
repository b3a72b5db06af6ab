// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process on the simulator, held against a real one: a puppet that carries out
 * system calls as it is told, and of which the kernel then says what it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "lib/stream.h"
#include "oracle/live.h"
#include "process/load.h"
#include "process/cases.h"
#include "syscall/internal.h"
#include "tests.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

/* ---- the puppet --------------------------------------------------------------- */

enum deed { DO_CALL, DO_TOUCH, DO_FORK };

struct order {
	enum deed deed;
	long nr;
	long arg[6];
};

struct answer {
	long result;
	int err;
	pid_t pid;
};

struct puppet {
	pid_t first; /* whom to wait for */
	pid_t pid;   /* who does as it is told: the last that was forked */
	int to;
	int from;
};

static void touch(const struct order *o, long page)
{
	for (long at = 0; at < o->arg[1]; at += page)
		*(volatile char *)(o->arg[0] + at) = 1;
}

/* The parent only waits for its child to end. */
static void puppet_fork(void)
{
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, NULL, 0);
		_exit(0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* No memory of its own is asked for: what it maps is what it is told to. */
static void puppet_live(int from, int to)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct order o;

	while (read(from, &o, sizeof(o)) == sizeof(o)) {
		struct answer a = { 0 };

		errno = 0;
		if (o.deed == DO_TOUCH)
			touch(&o, page);
		else if (o.deed == DO_FORK)
			puppet_fork();
		else
			a.result = syscall(o.nr, o.arg[0], o.arg[1], o.arg[2],
					   o.arg[3], o.arg[4], o.arg[5]);
		a.err = a.result == -1 ? errno : 0;
		a.pid = (pid_t)syscall(SYS_getpid);
		if (write(to, &a, sizeof(a)) != sizeof(a))
			break;
	}
	_exit(0);
}

static struct puppet puppet_new(void)
{
	struct puppet p;
	int to[2], from[2];

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	p.first = p.pid = fork();
	ck_assert_int_ge(p.pid, 0);
	if (!p.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		puppet_live(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	p.to = to[1];
	p.from = from[0];
	return p;
}

static void puppet_end(struct puppet *p)
{
	close(p->to);
	close(p->from);
	waitpid(p->first, NULL, 0);
}

static struct answer order(struct puppet *p, const struct order *o)
{
	struct answer a;

	ck_assert_int_eq(write(p->to, o, sizeof(*o)), sizeof(*o));
	ck_assert_msg(read(p->from, &a, sizeof(a)) == sizeof(a),
		      "the puppet died");
	p->pid = a.pid;
	return a;
}

/* ---- a puppet and its likeness --------------------------------------------------- */

/* Where nothing else ever is, not even what a sanitizer maps. */
#define BASE 0x200000000000ULL
#define PAGES 48

struct pair {
	struct puppet puppet;
	struct sim *sim;
	uint64_t page;
	uint64_t start; /* of what is compared */
	uint64_t end;
	bool guards; /* the kernel has a flag for guard regions */
	bool strict; /* MAP_NORESERVE has no effect */
	int fd;	     /* of a file that can be mapped */
	char path[64];
};

/* A file, as both know it. */
static void pair_file(struct pair *p)
{
	char link[32];
	ssize_t len;

	p->fd = memfd_create("world", 0);
	ck_assert_int_ge(p->fd, 0);
	ck_assert_int_eq(ftruncate(p->fd, 4096 * (off_t)p->page), 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd);
	len = readlink(link, p->path, sizeof(p->path) - 1);
	ck_assert_int_gt(len, 0);
	p->path[len] = '\0';
}

static struct proc_maps *pair_read(const struct pair *p)
{
	struct proc_maps *maps = proc_read_pid(p->puppet.pid, stderr);

	ck_assert_ptr_nonnull(maps);
	return maps;
}

static void pair_load(struct pair *p)
{
	struct proc_maps *maps = pair_read(p);

	sim_load(p->sim, maps);
	proc_free(maps);
}

static bool overcommit_is_strict(void)
{
	FILE *in = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = in ? fgetc(in) : '0';

	if (in)
		fclose(in);
	return mode == '2';
}

static struct pair pair_new(void)
{
	const struct rules *rules;
	const char *release;
	bool exact;
	struct pair p = { .page = (uint64_t)sysconf(_SC_PAGESIZE) };

	p.start = BASE;
	p.end = BASE + PAGES * p.page;
	pair_file(&p);
	p.puppet = puppet_new();
	rules = live_rules(&release, &exact);
	p.guards = rules->ignored & VM_MAYBE_GUARD;
	p.strict = overcommit_is_strict();
	p.sim = sim_new(rules, p.page, FAULTED_NONE);
	sim_release(p.sim, rules_number(release));
	sim_set(p.sim, SIM_NO_ZERO_PAGE, live_lacks_zero_page());
	pair_load(&p);
	return p;
}

static void pair_end(struct pair *p)
{
	puppet_end(&p->puppet);
	sim_free(p->sim);
	close(p->fd);
}

/* ---- how they compare --------------------------------------------------------------- */

/* Soft-dirty is what merging ignores, and other tools can clear it. */
static bool same_vma(const struct proc_maps *model, const struct proc_vma *a,
		     const struct proc_maps *real, const struct proc_vma *b)
{
	uint64_t others = 0;

	for (unsigned int bit = 0; bit < model->nr_others; bit++)
		for (unsigned int i = 0; i < real->nr_others; i++)
			if (a->others & 1ULL << bit &&
			    !strcmp(model->other[bit], real->other[i]))
				others |= 1ULL << i;
	return a->start == b->start && a->end == b->end &&
	       !((a->flags ^ b->flags) & ~(vm_flags_t)VM_SOFTDIRTY) &&
	       a->offset == b->offset && others == b->others &&
	       a->pkey == b->pkey && !strcmp(a->name, b->name);
}

static size_t first_in(const struct proc_maps *maps, uint64_t start)
{
	size_t i = 0;

	while (i < maps->nr && maps->vma[i].end <= start)
		i++;
	return i;
}

static void print_area(const struct proc_maps *maps, uint64_t start,
		       uint64_t end)
{
	for (size_t i = first_in(maps, start);
	     i < maps->nr && maps->vma[i].start < end; i++) {
		const struct proc_vma *v = &maps->vma[i];

		fprintf(stderr, "  %" PRIx64 "-%" PRIx64 " %8" PRIx64 " %s",
			v->start, v->end, v->offset, v->name);
		for (int bit = 0; bit < NR_VM_FLAGS; bit++)
			if (v->flags & 1ULL << bit)
				fprintf(stderr, " %s", vm_flag_names[bit]);
		fputc('\n', stderr);
	}
}

static bool same_area(const struct pair *p, const struct proc_maps *model,
		      const struct proc_maps *real)
{
	size_t i = first_in(model, p->start), j = first_in(real, p->start);

	for (;; i++, j++) {
		bool a = i < model->nr && model->vma[i].start < p->end;
		bool b = j < real->nr && real->vma[j].start < p->end;

		if (!a || !b)
			return a == b;
		if (!same_vma(model, &model->vma[i], real, &real->vma[j]))
			return false;
	}
}

static bool pair_same(const struct pair *p)
{
	struct proc_maps *model = sim_maps(p->sim), *real = pair_read(p);
	bool same = same_area(p, model, real);

	if (!same) {
		fputs("the simulator has\n", stderr);
		print_area(model, p->start, p->end);
		fputs("the kernel has\n", stderr);
		print_area(real, p->start, p->end);
	}
	proc_free(model);
	proc_free(real);
	return same;
}

/* ---- calls for both -------------------------------------------------------------------- */

/* The puppet has the same strings at the same addresses. */
static const char *const names[] = { "alpha", "beta" };

static struct order order_of(const struct pair *p, const struct syscall *c)
{
	struct order o = { .arg = { (long)c->addr, (long)c->len } };
	long fd = c->file ? p->fd : -1;

	switch (c->kind) {
	case CALL_MMAP:
		o.nr = SYS_mmap;
		o.arg[2] = c->prot;
		o.arg[3] = (long)(c->flags |
				  (c->file ? 0 : (unsigned)MAP_ANONYMOUS));
		o.arg[4] = fd;
		o.arg[5] = (long)c->offset;
		break;
	case CALL_MUNMAP:
		o.nr = SYS_munmap;
		break;
	case CALL_MPROTECT:
		o.nr = SYS_mprotect;
		o.arg[2] = c->prot;
		break;
	case CALL_MREMAP:
		o.nr = SYS_mremap;
		o.arg[2] = (long)c->new_len;
		o.arg[3] = c->flags;
		o.arg[4] = (long)c->new_addr;
		break;
	case CALL_MADVISE:
		o.nr = SYS_madvise;
		o.arg[2] = c->advice;
		break;
	case CALL_BRK:
		o.nr = SYS_brk;
		break;
	case CALL_MLOCK:
	case CALL_MLOCK2:
		o.nr = SYS_mlock2;
		o.arg[2] = c->flags;
		break;
	case CALL_MUNLOCK:
		o.nr = SYS_munlock;
		break;
	case CALL_MLOCKALL:
		o.nr = SYS_mlockall;
		o.arg[0] = c->flags;
		break;
	case CALL_MUNLOCKALL:
		o.nr = SYS_munlockall;
		break;
	case CALL_PRCTL:
		o = (struct order){ .nr = SYS_prctl,
				    .arg = { PR_SET_VMA, PR_SET_VMA_ANON_NAME,
					     (long)c->addr, (long)c->len } };
		o.arg[4] = (long)c->name;
		break;
	case CALL_TOUCH:
		o.deed = DO_TOUCH;
		break;
	default:
		ck_abort_msg("no order for %s", syscall_name(c->kind));
	}
	return o;
}

static void print_call(const struct syscall *c)
{
	fprintf(stderr,
		"%s addr=%" PRIx64 " len=%" PRIx64 " new_len=%" PRIx64
		" new_addr=%" PRIx64 " prot=%x flags=%x advice=%d file=%u"
		" offset=%" PRIx64 " name=%s\n",
		syscall_name(c->kind), c->addr, c->len, c->new_len, c->new_addr,
		c->prot, c->flags, c->advice, c->file, c->offset,
		c->name ? c->name : "-");
}

/*
 * What an operation is called is a case of the catalogue, and that case lists the
 * system call that it was; but for what is left of mmap() if huge pages are refused.
 */
static void check_names(void *data, const struct sim *sim, const struct op *op,
			const struct outcome *out)
{
	static struct catalog *cat;
	const struct syscall *call = data;
	size_t counts[NR_REPLAY_CASES] = { 0 };

	if (!cat)
		cat = catalog_load_dir("catalog", stderr);
	ck_assert_ptr_nonnull(cat);
	if (op->kind == OP_UNMAP && call->offset & 4096)
		return;
	replay_count_cases(counts, sim_mm(sim), op, out);
	for (unsigned int i = 0; i < NR_REPLAY_CASES; i++) {
		const struct cat_case *c =
			catalog_case(cat, replay_case_names[i]);
		bool listed = !counts[i];

		ck_assert_ptr_nonnull(c);
		for (size_t j = 0; j < c->syscalls.nr && !listed; j++)
			listed = !strcmp(c->syscalls.text[j].text,
					 syscall_name(call->kind));
		ck_assert_msg(listed, "%s() was a %s", syscall_name(call->kind),
			      c->id);
	}
}

/* Whether the process and the simulator did the same. */
static bool both(struct pair *p, struct syscall c)
{
	const struct order o = order_of(p, &c);
	struct answer a = order(&p->puppet, &o);
	uint64_t result;
	int err;

	if (!a.err && (c.kind == CALL_MMAP || c.kind == CALL_MREMAP)) {
		c.has_result = true;
		c.result = (uint64_t)a.result;
	}
	err = sim_do(p->sim, &c,
		     &(struct sim_visitor){ .after = check_names, .data = &c },
		     &result);
	if (-err != a.err) {
		fprintf(stderr, "the simulator says %s, the kernel %s\n",
			err ? strerrorname_np(-err) : "0",
			a.err ? strerrorname_np(a.err) : "0");
		return false;
	}
	return pair_same(p);
}

/* fork(): from now on the child is compared. */
static void both_fork(struct pair *p)
{
	const struct order o = { .deed = DO_FORK };
	struct sim *child = sim_child(p->sim);

	order(&p->puppet, &o);
	sim_free(p->sim);
	p->sim = child;
}

/* The same of a call that has to work, and what it returns. */
static uint64_t both_do(struct pair *p, struct syscall c)
{
	const struct order o = order_of(p, &c);
	struct answer a = order(&p->puppet, &o);
	uint64_t result;

	ck_assert_int_eq(a.err, 0);
	ck_assert_int_eq(sim_do(p->sim, &c, NULL, &result), 0);
	ck_assert_msg(result == (uint64_t)a.result,
		      "%" PRIu64 " bytes: the simulator says %" PRIx64
		      ", the kernel %lx",
		      c.len, result, a.result);
	return result;
}

static void must(struct pair *p, struct syscall c)
{
	bool same = both(p, c);

	if (!same)
		print_call(&c);
	ck_assert(same);
}

/* Private memory that can be written to. */
static void must_map(struct pair *p, uint64_t addr, uint64_t len)
{
	must(p, (struct syscall){ .kind = CALL_MMAP,
				  .addr = addr,
				  .len = len,
				  .prot = PROT_READ | PROT_WRITE,
				  .flags = MAP_PRIVATE | MAP_FIXED });
}

/* ---- any calls ------------------------------------------------------------------------------ */

struct dice {
	uint64_t state;
};

/* splitmix64 */
static uint64_t roll(struct dice *d, uint64_t sides)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) % sides;
}

static const unsigned int prots[] = {
	PROT_NONE,
	PROT_READ,
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_EXEC,
	PROT_READ | PROT_WRITE | PROT_EXEC,
};

static unsigned int any_prot(struct dice *d)
{
	return prots[roll(d, sizeof(prots) / sizeof(*prots))];
}

static void any_range(const struct pair *p, struct dice *d, struct syscall *c)
{
	uint64_t start = roll(d, PAGES - 1);
	uint64_t nr = 1 + roll(d, roll(d, 4) ? 4 : 12);

	if (start + nr > PAGES)
		nr = PAGES - start;
	c->addr = BASE + start * p->page;
	c->len = nr * p->page;
}

static const int advices[] = {
	MADV_NORMAL,	   MADV_RANDOM,	     MADV_SEQUENTIAL,
	MADV_DONTFORK,	   MADV_DOFORK,	     MADV_DONTDUMP,
	MADV_DODUMP,	   MADV_WIPEONFORK,  MADV_KEEPONFORK,
	MADV_DONTNEED,	   MADV_HUGEPAGE,    MADV_NOHUGEPAGE,
	MADV_MERGEABLE,	   MADV_UNMERGEABLE, MADV_GUARD_INSTALL,
	MADV_GUARD_REMOVE, MADV_FREE,
};

#define NR_ADVICES (sizeof(advices) / sizeof(*advices))

/* What the kernel was not built with, is too old for, or does not allow. */
struct lacks {
	bool advice[NR_ADVICES];
	bool name;
	bool lock;
};

static void any_mmap(struct pair *p, struct dice *d, const struct lacks *lacks,
		     struct syscall *c)
{
	static const unsigned int extra[] = { MAP_STACK, MAP_POPULATE,
					      MAP_NORESERVE, MAP_LOCKED };
	/* Those at the end may be out of the question. */
	uint64_t nr = p->strict ? 2 : lacks->lock ? 3 : 4;

	c->prot = any_prot(d);
	c->flags = roll(d, 5) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	c->flags |= roll(d, 5) ? MAP_PRIVATE : MAP_SHARED;
	if (!roll(d, 4))
		c->flags |= extra[roll(d, nr)];
	if (roll(d, 4))
		return;
	c->file = sim_file(p->sim, p->path);
	/* Most of the file is where it would go on from its neighbours. */
	c->offset = c->addr - BASE + (roll(d, 4) ? 0 : p->page);
}

static void any_mremap(struct pair *p, struct dice *d, struct syscall *c)
{
	c->len = (1 + roll(d, 3)) * p->page;
	c->new_len = (1 + roll(d, 4)) * p->page;
	if (!roll(d, 8))
		c->len = 0;
	switch (roll(d, 4)) {
	case 0:
		return;
	case 1:
		c->new_len = c->len;
		c->flags = MREMAP_DONTUNMAP;
		/* fall through */
	default:
		c->flags |= MREMAP_MAYMOVE | MREMAP_FIXED;
		c->new_addr = BASE + roll(d, PAGES - 4) * p->page;
	}
}

/* What guard regions there are, only the kernel knows. */
static bool has_guards(const struct pair *p, const struct syscall *c)
{
	const struct vma_state *v;

	for (uint64_t at = c->addr / p->page;
	     (v = mm_find(sim_mm(p->sim), at)) &&
	     v->vm_start < (c->addr + c->len) / p->page;
	     at = v->vm_end)
		if (v->attrs.flags & VM_MAYBE_GUARD)
			return true;
	return false;
}

static bool is_writable(const struct pair *p, const struct syscall *c)
{
	const struct mm *mm = sim_mm(p->sim);

	for (uint64_t at = c->addr; at < c->addr + c->len; at += p->page) {
		const struct vma_state *v = mm_find(mm, at / p->page);

		/*
		 * Neither can a guard region, if there is any, nor what lies
		 * beyond the end of an object that is shared.
		 */
		if (!v || v->vm_start > at / p->page ||
		    !(v->attrs.flags & VM_WRITE) ||
		    v->attrs.flags & (VM_MAYBE_GUARD | VM_SHARED))
			return false;
	}
	return true;
}

/* Returns false if there is nothing to do. */
static bool any_call(struct pair *p, struct dice *d, const struct lacks *lacks,
		     struct syscall *c)
{
	static const enum syscall_kind kinds[] = {
		CALL_MMAP,   CALL_MMAP,	   CALL_MMAP,	  CALL_MUNMAP,
		CALL_TOUCH,  CALL_TOUCH,   CALL_MPROTECT, CALL_MPROTECT,
		CALL_MREMAP, CALL_MREMAP,  CALL_MADVISE,  CALL_MLOCK2,
		CALL_PRCTL,  CALL_MUNLOCK,
	};
	size_t i;

	*c = (struct syscall){ .key = -1 };
	c->kind = kinds[roll(d, sizeof(kinds) / sizeof(*kinds))];
	any_range(p, d, c);
	switch (c->kind) {
	case CALL_MMAP:
		any_mmap(p, d, lacks, c);
		break;
	case CALL_MPROTECT:
		c->prot = any_prot(d);
		break;
	case CALL_MREMAP:
		any_mremap(p, d, c);
		break;
	case CALL_MADVISE:
		i = roll(d, sizeof(advices) / sizeof(*advices));
		c->advice = advices[i];
		return !lacks->advice[i];
	case CALL_MLOCK2:
		c->flags = roll(d, 2) ? 1 : 0; /* MLOCK_ONFAULT */
		return !lacks->lock && !has_guards(p, c);
	case CALL_PRCTL:
		i = roll(d, 3);
		c->name = i ? names[i - 1] : NULL;
		return !lacks->name;
	case CALL_TOUCH:
		return is_writable(p, c);
	default:
		break;
	}
	return true;
}

static bool can_lock(struct pair *p)
{
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = PAGES * p->page,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED };
	struct order o;
	bool can;

	must(p, c);
	c.kind = CALL_MLOCK;
	c.flags = 0;
	o = order_of(p, &c);
	can = !order(&p->puppet, &o).err;
	c.kind = CALL_MUNMAP;
	must(p, c);
	return can;
}

static struct lacks find_lacks(struct pair *p)
{
	struct syscall c = { .addr = BASE, .len = p->page, .key = -1 };
	struct lacks lacks = { 0 };
	struct order o;

	c.kind = CALL_MMAP;
	c.prot = PROT_READ | PROT_WRITE;
	c.flags = MAP_PRIVATE | MAP_FIXED;
	must(p, c);
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++) {
		c.kind = CALL_MADVISE;
		c.advice = advices[i];
		o = order_of(p, &c);
		lacks.advice[i] = order(&p->puppet, &o).err == EINVAL;
		/* Where no flag says that there may be one, nobody knows. */
		if (c.advice == MADV_GUARD_INSTALL && !p->guards)
			lacks.advice[i] = true;
	}
	c.kind = CALL_PRCTL;
	c.name = names[0];
	o = order_of(p, &c);
	lacks.name = order(&p->puppet, &o).err == EINVAL;
	c.kind = CALL_MUNMAP;
	must(p, c);
	lacks.lock = !can_lock(p);
	return lacks;
}

#define HISTORY 400

/* Returns false after telling what was done, and what came of it. */
static bool do_any(struct pair *p, struct dice *d, const struct lacks *lacks,
		   size_t nr, struct syscall *done)
{
	for (size_t i = 0; i < nr; i++) {
		done[i] = (struct syscall){ 0 };
		if (!any_call(p, d, lacks, &done[i]))
			continue;
		if (both(p, done[i]))
			continue;
		for (size_t j = 0; j <= i && getenv("SYSCALL_TELL"); j++)
			print_call(&done[j]);
		print_call(&done[i]);
		return false;
	}
	return true;
}

static uint64_t seed_of_run(void)
{
	const char *seed = getenv("SYSCALL_SEED");

	return seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) << 20;
}

START_TEST(any_calls_do_the_same)
{
	static struct syscall done[HISTORY];
	uint64_t seed = seed_of_run() + (uint64_t)_i;
	struct dice d = { seed };
	struct pair p = pair_new();
	struct lacks lacks = find_lacks(&p);
	bool same = do_any(&p, &d, &lacks, HISTORY / 2, done);

	if (same && seed & 1) {
		both_fork(&p);
		same = do_any(&p, &d, &lacks, HISTORY / 2, done);
	}
	ck_assert_msg(same, "SYSCALL_SEED=%llu", (unsigned long long)seed);
	pair_end(&p);
}
END_TEST

/* ---- reading ----------------------------------------------------------------------- */

/* Memory that is read, and then can only be read; beside it such as never was. */
START_TEST(reading_takes_the_zero_page)
{
	const struct syscall calls[] = {
		{ .kind = CALL_MMAP,
		  .addr = BASE,
		  .len = 0x3000,
		  .prot = PROT_READ | PROT_WRITE,
		  .flags = MAP_PRIVATE | MAP_FIXED },
		{ .kind = CALL_READ, .addr = BASE, .len = 0x1000 },
		{ .kind = CALL_MPROTECT,
		  .addr = BASE,
		  .len = 0x3000,
		  .prot = PROT_READ,
		  .key = -1 },
	};
	struct sim *sim = sim_new(rule_sets, 0x1000, FAULTED_NONE);
	const struct vma_state *v;

	sim_set(sim, SIM_NO_ZERO_PAGE, _i);
	sim_reset(sim, rule_sets);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		ck_assert_int_eq(sim_do(sim, &calls[i], NULL, NULL), 0);
	v = mm_find(sim_mm(sim), 0);
	ck_assert_int_eq(v->anon_vma != 0, _i);
	ck_assert_int_eq((v->attrs.flags & VM_ACCOUNT) != 0, _i);
	sim_free(sim);
}
END_TEST

/* ---- without a kernel beside it ------------------------------------------------------ */

static const struct {
	struct syscall call;
	int err;
	uint64_t brk; /* then */
} breaks[] = {
	{ { .addr = BASE }, 0, BASE },
	{ { .addr = BASE + 0x2800 }, 0, BASE + 0x2800 },
	{ { .addr = BASE - 0x1000 }, -ENOMEM, BASE + 0x2800 },
	{ { .addr = UINT64_MAX - 0x1000 }, -ENOMEM, BASE + 0x2800 },
	{ { .addr = BASE + 0x5000,
	    .has_result = true,
	    .result = BASE + 0x2800 },
	  -ENOMEM,
	  BASE + 0x2800 },
	{ { .addr = 0 }, 0, BASE + 0x2800 },
	{ { .addr = BASE + 0x1800 }, 0, BASE + 0x1800 },
	{ { .addr = BASE + 0x1000 }, 0, BASE + 0x1000 },
	{ { .addr = BASE + 0x1000,
	    .has_result = true,
	    .result = BASE + 0x1000 },
	  0,
	  BASE + 0x1000 },
};

/* A heap has all pages up to its end, and no other. */
START_TEST(heap_ends_where_it_is_told)
{
	const struct syscall map = { .kind = CALL_MMAP,
				     .addr = BASE + 0x4000,
				     .len = 0x1000,
				     .prot = PROT_NONE,
				     .flags = MAP_PRIVATE | MAP_FIXED };
	const struct syscall grow = { .kind = CALL_BRK, .addr = BASE + 0x5000 };
	uint64_t brk;
	struct sim *sim = sim_new(rule_sets, 0x1000, FAULTED_NONE);

	for (size_t i = 0; i < ARRAY_SIZE(breaks); i++) {
		struct syscall call = breaks[i].call;
		uint64_t end = (breaks[i].brk + 0xfff) / 0x1000;
		const struct vma_state *v;

		call.kind = CALL_BRK;
		ck_assert_int_eq(sim_do(sim, &call, NULL, &brk), breaks[i].err);
		ck_assert_uint_eq(brk, breaks[i].brk);
		v = mm_find(sim_mm(sim), 0);
		if (end == BASE / 0x1000) {
			ck_assert_ptr_null(v);
			continue;
		}
		ck_assert_uint_eq(v->vm_start, BASE / 0x1000);
		ck_assert_uint_eq(v->vm_end, end);
		ck_assert_uint_eq(mm_map_count(sim_mm(sim)), 1);
	}
	ck_assert_int_eq(sim_do(sim, &map, NULL, NULL), 0);
	ck_assert_int_eq(sim_do(sim, &grow, NULL, &brk), -ENOMEM);
	ck_assert_uint_eq(brk, BASE + 0x1000);
	sim_free(sim);
}
END_TEST

static const struct {
	struct syscall call;
	bool exec; /* then */
} implied[] = {
	{ { .kind = CALL_MMAP,
	    .prot = PROT_READ | PROT_WRITE,
	    .flags = MAP_PRIVATE | MAP_FIXED },
	  true },
	{ { .kind = CALL_MPROTECT, .prot = PROT_WRITE, .key = -1 }, false },
	{ { .kind = CALL_MADVISE, .advice = MADV_DONTFORK }, false },
	{ { .kind = CALL_MPROTECT, .prot = PROT_READ, .key = -1 }, true },
};

/* An iovec without a byte is not looked at, a range without one is. */
START_TEST(advice_about_nothing)
{
	struct sim *sim = sim_new(rule_sets, 0x1000, FAULTED_NONE);
	struct syscall call = { .kind = CALL_MADVISE,
				.addr = BASE + 1,
				.advice = MADV_COLD };

	ck_assert_int_eq(sim_do(sim, &call, NULL, NULL), -EINVAL);
	call.kind = CALL_PROCESS_MADVISE;
	ck_assert_int_eq(sim_do(sim, &call, NULL, NULL), 0);
	sim_free(sim);
}
END_TEST

/* personality(READ_IMPLIES_EXEC) */
START_TEST(to_read_may_be_to_execute)
{
	struct sim *sim = sim_new(rule_sets, 0x1000, FAULTED_NONE);

	sim_set(sim, SIM_READ_IMPLIES_EXEC, _i);
	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		struct syscall call = implied[i].call;
		const struct vma_state *v;

		call.addr = BASE;
		call.len = 0x1000;
		ck_assert_int_eq(sim_do(sim, &call, NULL, NULL), 0);
		v = mm_find(sim_mm(sim), 0);
		ck_assert_int_eq((v->attrs.flags & VM_EXEC) != 0,
				 _i && implied[i].exec);
	}
	sim_free(sim);
}
END_TEST

/* ---- heaps, stacks, segments ----------------------------------------------------------------- */

/* What is compared: a VMA and what is around it. Returns false if it is absent. */
static bool compare_at(struct pair *p, const char *name, uint64_t below,
		       uint64_t nr)
{
	struct proc_maps *maps = pair_read(p);
	bool found = false;

	for (size_t i = 0; i < maps->nr; i++) {
		if (strcmp(maps->vma[i].name, name))
			continue;
		p->start = maps->vma[i].start - below * p->page;
		p->end = maps->vma[i].end + nr * p->page;
		found = true;
	}
	proc_free(maps);
	return found;
}

/*
 * What the puppet has of its own was written to before it was forked, and so it
 * inherited each anon_vma.
 */
static struct pair pair_of_inherited(void)
{
	struct pair p = pair_new();
	const struct rules *rules;
	const char *release;
	struct sim *parent;
	bool exact;

	rules = live_rules(&release, &exact);
	parent = p.sim;
	p.sim = sim_new(rules, p.page, FAULTED_SEEN);
	sim_release(p.sim, rules_number(release));
	sim_set(p.sim, SIM_NO_ZERO_PAGE, live_lacks_zero_page());
	sim_free(parent);
	pair_load(&p);
	parent = p.sim;
	p.sim = sim_child(parent);
	sim_free(parent);
	return p;
}

static void must_brk(struct pair *p, uint64_t addr)
{
	must(p, (struct syscall){ .kind = CALL_BRK, .addr = addr });
}

/* It answers with the end of the heap, unchanged. */
static void fail_brk(struct pair *p, uint64_t addr)
{
	const struct syscall c = { .kind = CALL_BRK, .addr = addr };
	const struct order o = order_of(p, &c);
	uint64_t end = 0;

	ck_assert_int_eq(sim_do(p->sim, &c, NULL, &end), -ENOMEM);
	ck_assert_uint_eq((uint64_t)order(&p->puppet, &o).result, end);
	ck_assert_uint_ne(end, addr);
	ck_assert(pair_same(p));
}

START_TEST(heaps_grow_and_shrink)
{
	struct pair p = pair_of_inherited();
	uint64_t end;

	if (!compare_at(&p, "[heap]", 0, 64)) {
		fputs("skipped: there is no heap\n", stderr);
		pair_end(&p);
		return;
	}
	end = p.end - 64 * p.page;
	must_brk(&p, end + 4 * p.page);
	must_brk(&p, end + 6 * p.page - 100);
	must(&p, (struct syscall){ .kind = CALL_MPROTECT,
				   .addr = end + 5 * p.page,
				   .len = p.page,
				   .prot = PROT_READ,
				   .key = -1 });
	/* What is there to be extended is no longer like the heap. */
	must_brk(&p, end + 9 * p.page);
	must(&p, (struct syscall){ .kind = CALL_TOUCH,
				   .addr = end + 6 * p.page,
				   .len = 2 * p.page });
	must_brk(&p, end + 12 * p.page);
	must_brk(&p, end + 5 * p.page);
	must_brk(&p, end + 7 * p.page);
	must_brk(&p, end);
	/* What is to go has to be mapped, but not all of it. */
	must_brk(&p, end + 4 * p.page);
	must(&p, (struct syscall){ .kind = CALL_MUNMAP,
				   .addr = end + 2 * p.page,
				   .len = 2 * p.page });
	fail_brk(&p, end + 3 * p.page);
	fail_brk(&p, end + 2 * p.page);
	must_brk(&p, end + p.page);
	/* In its last page it goes up and down, whatever is behind. */
	must_map(&p, end + p.page, p.page);
	must_brk(&p, end + p.page - 8);
	must_brk(&p, end + p.page);
	fail_brk(&p, end + p.page + 1);
	/* A stack keeps its distance. */
	must(&p, (struct syscall){ .kind = CALL_MUNMAP,
				   .addr = end + p.page,
				   .len = p.page });
	must(&p, (struct syscall){ .kind = CALL_MMAP,
				   .addr = end + 60 * p.page,
				   .len = p.page,
				   .flags = MAP_PRIVATE | MAP_FIXED |
					    MAP_GROWSDOWN });
	fail_brk(&p, end + 2 * p.page);
	must_brk(&p, end);
	pair_end(&p);
}
END_TEST

/* What lies right below a heap that is empty is no part of it. */
START_TEST(heaps_begin_apart)
{
	struct pair p = pair_of_inherited();
	uint64_t start;

	if (!compare_at(&p, "[heap]", 8, 64)) {
		fputs("skipped: there is no heap\n", stderr);
		pair_end(&p);
		return;
	}
	start = p.start + 8 * p.page;
	must_brk(&p, start);
	must_map(&p, start - 4 * p.page, 4 * p.page);
	must_brk(&p, start + 3 * p.page);
	must_brk(&p, start + 5 * p.page);
	pair_end(&p);
}
END_TEST

/* Nothing of it is mapped, and it begins where the process was told. */
START_TEST(empty_heaps_are_found)
{
	struct pair p = pair_new();
	uint64_t start;

	if (!compare_at(&p, "[heap]", 8, 64)) {
		fputs("skipped: there is no heap\n", stderr);
		pair_end(&p);
		return;
	}
	start = p.start + 8 * p.page;
	must_brk(&p, start);
	pair_load(&p);
	must_brk(&p, start + 3 * p.page);
	pair_end(&p);
}
END_TEST

/* A page below the stack is written to. */
static void must_touch_stack(struct pair *p, uint64_t addr)
{
	const struct syscall c = { .kind = CALL_GROW, .addr = addr };
	const struct order o = { .deed = DO_TOUCH,
				 .arg = { (long)addr, (long)p->page } };

	order(&p->puppet, &o);
	ck_assert_int_eq(sim_do(p->sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(p));
}

START_TEST(stacks_grow)
{
	struct pair p = pair_of_inherited();
	uint64_t start;

	ck_assert(compare_at(&p, "[stack]", 40, 0));
	start = p.start + 40 * p.page;
	/* The lowest page first: that is how far the stack then reaches. */
	must_touch_stack(&p, start - 3 * p.page);
	must_touch_stack(&p, start - 20 * p.page);
	must(&p, (struct syscall){ .kind = CALL_MPROTECT,
				   .addr = start - 10 * p.page,
				   .len = 2 * p.page,
				   .prot = PROT_READ,
				   .key = -1 });
	must_touch_stack(&p, start - 25 * p.page);
	/* What grew has the offsets of what it was split from. */
	must(&p, (struct syscall){ .kind = CALL_MPROTECT,
				   .addr = start - 10 * p.page,
				   .len = 2 * p.page,
				   .prot = PROT_READ | PROT_WRITE,
				   .key = -1 });
	pair_end(&p);
}
END_TEST

/* A sanitizer maps more than there is memory. */
#ifdef __SANITIZE_ADDRESS__
#define TOO_MUCH_TO_LOCK true
#else
#define TOO_MUCH_TO_LOCK false
#endif

START_TEST(all_can_be_locked)
{
	struct pair p = pair_new();
	struct syscall c = { .addr = BASE,
			     .len = 4 * p.page,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	c.kind = CALL_MMAP;
	must(&p, c);
	if (TOO_MUCH_TO_LOCK ||
	    !both(&p, (struct syscall){ .kind = CALL_MLOCKALL,
					.flags = MCL_CURRENT | MCL_FUTURE })) {
		fputs("skipped: not all can be locked\n", stderr);
		pair_end(&p);
		return;
	}
	c.addr += 4 * p.page;
	must(&p, c);
	c.flags |= MAP_STACK;
	c.addr += 4 * p.page;
	must(&p, c);
	must(&p, (struct syscall){ .kind = CALL_MUNLOCK,
				   .addr = BASE + 3 * p.page,
				   .len = 2 * p.page });
	must(&p, (struct syscall){ .kind = CALL_MUNLOCKALL });
	must(&p,
	     (struct syscall){ .kind = CALL_MLOCKALL,
			       .flags = MCL_CURRENT | 4 /* MCL_ONFAULT */ });
	c.addr += 4 * p.page;
	must(&p, c);
	must(&p, (struct syscall){ .kind = CALL_MLOCKALL, .flags = 8 });
	must(&p, (struct syscall){ .kind = CALL_MUNLOCKALL });
	pair_end(&p);
}
END_TEST

/* The kernel and the simulator each attach, by what each needs to know. */
static void attach(struct pair *p, int id, uint64_t addr, bool read_only)
{
	const struct order o = { .nr = SYS_shmat,
				 .arg = { id, (long)addr,
					  read_only ? SHM_RDONLY : 0 } };
	const struct syscall c = {
		.kind = CALL_SHMAT,
		.addr = addr,
		.len = 4 * p->page,
		.prot = PROT_READ | (read_only ? 0 : PROT_WRITE),
		.file = sim_file(p->sim, "/SYSV00000000 (deleted)"),
	};

	ck_assert_int_eq(order(&p->puppet, &o).err, 0);
	ck_assert_int_eq(sim_do(p->sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(p));
}

START_TEST(segments_are_attached)
{
	struct pair p = pair_new();
	int id = shmget(IPC_PRIVATE, 4 * p.page, 0600);
	struct order detach = { .nr = SYS_shmdt, .arg = { BASE } };
	const struct syscall c = { .kind = CALL_SHMDT, .addr = BASE };

	if (id < 0) {
		fputs("skipped: there is no System V shared memory\n", stderr);
		pair_end(&p);
		return;
	}
	/* It goes with the last who has it, and that is this process. */
	ck_assert_ptr_ne(shmat(id, NULL, 0), (void *)-1);
	shmctl(id, IPC_RMID, NULL);
	attach(&p, id, BASE, false);
	attach(&p, id, BASE + 4 * p.page, false);
	must(&p, (struct syscall){ .kind = CALL_MPROTECT,
				   .addr = BASE + p.page,
				   .len = p.page,
				   .prot = PROT_READ,
				   .key = -1 });
	ck_assert_int_eq(order(&p.puppet, &detach).err, 0);
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(&p));
	/* What can only be read stays so. */
	attach(&p, id, BASE, true);
	must(&p, (struct syscall){ .kind = CALL_MPROTECT,
				   .addr = BASE,
				   .len = p.page,
				   .prot = PROT_READ | PROT_WRITE,
				   .key = -1 });
	must(&p, (struct syscall){ .kind = CALL_MADVISE,
				   .addr = BASE,
				   .len = p.page,
				   .advice = MADV_REMOVE });
	ck_assert_int_eq(order(&p.puppet, &detach).err, 0);
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(&p));
	ck_assert_int_eq(order(&p.puppet, &detach).err, EINVAL);
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), -EINVAL);
	/* Without its first page, and something else in its midst. */
	attach(&p, id, BASE, false);
	must(&p, (struct syscall){
			 .kind = CALL_MUNMAP, .addr = BASE, .len = p.page });
	must(&p, (struct syscall){ .kind = CALL_MMAP,
				   .addr = BASE + 2 * p.page,
				   .len = p.page,
				   .flags = MAP_PRIVATE | MAP_FIXED });
	ck_assert_int_eq(order(&p.puppet, &detach).err, 0);
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(&p));
	pair_end(&p);
}
END_TEST

/* ---- at the limit ---------------------------------------------------------------------------- */

#define MIDDLE .addr = BASE + 4 * 4096, .len = 4096

/* In the middle of a VMA, so that each needs two more. */
static const struct syscall at_limit[] = {
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_RANDOM },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_SEQUENTIAL },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_DONTFORK },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_MERGEABLE },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_HUGEPAGE },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_NOHUGEPAGE },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_DONTDUMP },
	{ .kind = CALL_MADVISE, MIDDLE, .advice = MADV_WIPEONFORK },
	{ .kind = CALL_PRCTL, MIDDLE, .name = "a name" },
	{ .kind = CALL_MPROTECT, MIDDLE, .prot = PROT_READ, .key = -1 },
	{ .kind = CALL_MLOCK, MIDDLE },
	{ .kind = CALL_MLOCK2, MIDDLE, .flags = MLOCK_ONFAULT },
	{ .kind = CALL_MUNMAP, MIDDLE },
	{ .kind = CALL_MREMAP,
	  MIDDLE,
	  .new_len = 8 * 4096,
	  .flags = MREMAP_MAYMOVE },
	/* A hole is another reason, and another errno. */
	{ .kind = CALL_MADVISE,
	  .addr = BASE + 15 * 4096,
	  .len = 2 * 4096,
	  .advice = MADV_NORMAL },
};

/* As many VMAs as there may be. Returns false if that is too many to try. */
static bool fill(struct pair *p)
{
	unsigned long limit = proc_limit();
	uint64_t area = BASE + 32 * p->page;
	struct order o = { .nr = SYS_mmap,
			   .arg = { (long)area, (long)(2 * limit * p->page),
				    PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
					    MAP_NORESERVE,
				    -1, 0 } };

	if (!limit || limit > 100000)
		return false;
	ck_assert_int_eq(order(&p->puppet, &o).err, 0);
	o.nr = SYS_mprotect;
	o.arg[1] = (long)p->page;
	o.arg[2] = PROT_READ;
	while (!order(&p->puppet, &o).err)
		o.arg[0] += 2 * (long)p->page;
	return true;
}

/* Each call fails with the errno that the kernel has for it, and no other. */
/* And these need none, or ask for none before 7.0; the last ones at the last. */
static const struct syscall within_limit[] = {
	{ .kind = CALL_MREMAP, .addr = BASE, .len = 65536, .new_len = 65536 },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = 65536, .new_len = 69632 },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = 69632, .new_len = 65536 },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 65536,
	  .new_len = 65536,
	  .new_addr = BASE + (1ULL << 40),
	  .flags = MREMAP_MAYMOVE | MREMAP_FIXED },
	{ .kind = CALL_MPROTECT, .addr = BASE, .len = 65536, .key = -1 },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = 65536 },
};

static void compare_errors(struct pair *p, const struct syscall *c)
{
	const struct order o = order_of(p, c);
	int real = order(&p->puppet, &o).err;
	int model = sim_do(p->sim, c, NULL, NULL);

	if (real != -model)
		print_call(c);
	ck_assert_int_eq(real, -model);
}

START_TEST(the_limit_has_many_names)
{
	struct pair p = pair_new();

	must_map(&p, BASE, 16 * p.page);
	if (p.page != 4096 || !fill(&p)) {
		fputs("skipped: vm.max_map_count is not as it is by default\n",
		      stderr);
		pair_end(&p);
		return;
	}
	pair_load(&p);
	for (size_t i = 0; i < ARRAY_SIZE(at_limit); i++) {
		const struct order o = order_of(&p, &at_limit[i]);
		int real = order(&p.puppet, &o).err;
		int model = sim_do(p.sim, &at_limit[i], NULL, NULL);

		/* What the kernel lacks, or does not allow. */
		if (real == EINVAL || real == EPERM)
			continue;
		ck_assert_msg(real && real == -model,
			      "%zu. %s(): the kernel says %s, the simulator %s",
			      i, syscall_name(at_limit[i].kind),
			      strerrorname_np(real), strerrorname_np(-model));
	}
	for (size_t i = 0; i < ARRAY_SIZE(within_limit); i++)
		compare_errors(&p, &within_limit[i]);
	pair_end(&p);
}
END_TEST

/* ---- one thing at a time ------------------------------------------------------------------------- */

START_TEST(policies_keep_apart)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 8 * p.page,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED };
	static unsigned long node = 1;
	struct order o = { .nr = SYS_mbind,
			   .arg = { (long)(BASE + 2 * p.page),
				    (long)(2 * p.page), 1 /* MPOL_PREFERRED */,
				    (long)&node, 64 } };
	int err;

	must(&p, c);
	err = order(&p.puppet, &o).err;
	if (err) {
		fprintf(stderr, "skipped: mbind(): %s\n", strerror(err));
		pair_end(&p);
		return;
	}
	c = (struct syscall){ .kind = CALL_MBIND,
			      .addr = BASE + 2 * p.page,
			      .len = 2 * p.page,
			      .policy = "preferred" };
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(&p));
	/* Where it was taken away again, there is nothing to keep apart. */
	o.arg[2] = 0;
	o.arg[3] = o.arg[4] = 0;
	c.policy = 0;
	ck_assert_int_eq(order(&p.puppet, &o).err, 0);
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	ck_assert(pair_same(&p));
	pair_end(&p);
}
END_TEST

START_TEST(kinds_of_memory)
{
	static const unsigned int flags[] = {
		MAP_GROWSDOWN | MAP_PRIVATE, MAP_NORESERVE | MAP_SHARED,
		8 /* MAP_DROPPABLE */,	     8 | MAP_LOCKED,
		MAP_GROWSDOWN | MAP_SHARED,  0,
		MAP_SHARED_VALIDATE,
	};
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE + PAGES / 2 * p.page,
			     .len = 2 * p.page,
			     .prot = PROT_READ | PROT_WRITE };

	/* Two of a kind, so that they merge if they are of the same. */
	c.flags = MAP_FIXED | flags[_i];
	must(&p, c);
	c.addr += 2 * p.page;
	must(&p, c);
	must(&p, (struct syscall){ .kind = CALL_MADVISE,
				   .addr = c.addr,
				   .len = p.page,
				   .advice = MADV_DODUMP });
	must(&p, (struct syscall){ .kind = CALL_MADVISE,
				   .addr = c.addr,
				   .len = p.page,
				   .advice = MADV_KEEPONFORK });
	pair_end(&p);
}
END_TEST

/* What is inherited, and what is not. */
START_TEST(children)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 8 * p.page,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	must(&p, c);
	c.kind = CALL_TOUCH;
	must(&p, c);
	c.kind = CALL_MADVISE;
	c.len = 2 * p.page;
	c.advice = MADV_WIPEONFORK;
	must(&p, c);
	c.addr += 3 * p.page;
	c.advice = MADV_DONTFORK;
	must(&p, c);
	both_fork(&p);
	ck_assert(pair_same(&p));
	/* Nobody has written to it, so that it is accounted for no more. */
	c.kind = CALL_MPROTECT;
	c.addr = BASE;
	c.prot = PROT_READ;
	must(&p, c);
	/* What was inherited grows in place. */
	must(&p, (struct syscall){ .kind = CALL_MREMAP,
				   .addr = BASE + 7 * p.page,
				   .len = p.page,
				   .new_len = 3 * p.page });
	pair_end(&p);
}
END_TEST

/* What is locked has been written to as soon as it can be. */
START_TEST(locked_memory_is_brought_in)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 2 * p.page,
			     .prot = PROT_READ,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	if (!can_lock(&p)) {
		fputs("skipped: memory cannot be locked\n", stderr);
		pair_end(&p);
		return;
	}
	must(&p, c);
	c.kind = CALL_MLOCK;
	c.flags = 0;
	must(&p, c);
	c.kind = CALL_MPROTECT;
	c.prot |= PROT_WRITE;
	must(&p, c);
	c.prot = PROT_READ;
	must(&p, c);
	pair_end(&p);
}
END_TEST

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

START_TEST(what_is_sealed_stays)
{
	struct pair p = pair_new();
	const struct order seal = { .nr = SYS_mseal,
				    .arg = { BASE, (long)p.page } };
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 2 * p.page,
			     .prot = PROT_READ,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	must(&p, c);
	if (order(&p.puppet, &seal).err) {
		fputs("skipped: there is no mseal()\n", stderr);
		pair_end(&p);
		return;
	}
	pair_load(&p);
	must(&p, c);
	c.kind = CALL_MUNMAP;
	must(&p, c);
	c.kind = CALL_MPROTECT;
	must(&p, c);
	c.prot |= PROT_WRITE;
	must(&p, c);
	c.kind = CALL_MREMAP;
	c.new_len = p.page;
	c.flags = 0;
	must(&p, c);
	pair_end(&p);
}
END_TEST

/* Errors, each of which the kernel must give, too. */
static const struct syscall wrong[] = {
	{ .kind = CALL_MUNMAP, .addr = BASE + 1, .len = 1 },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = 0 },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = UINT64_MAX },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = UINT64_MAX - 4096 },
	{ .kind = CALL_MMAP, .addr = BASE, .flags = MAP_PRIVATE },
	{ .kind = CALL_MMAP, .addr = BASE, .len = 1, .flags = MAP_FIXED },
	{ .kind = CALL_MMAP,
	  .addr = BASE + 1,
	  .len = 1,
	  .flags = MAP_PRIVATE | MAP_FIXED },
	{ .kind = CALL_MMAP, .len = UINT64_MAX, .flags = MAP_PRIVATE },
	{ .kind = CALL_MMAP, .len = UINT64_MAX - 8192, .flags = MAP_PRIVATE },
	{ .kind = CALL_MPROTECT, .addr = BASE + 1, .len = 1, .key = -1 },
	{ .kind = CALL_MPROTECT, .addr = BASE, .len = 0, .key = -1 },
	{ .kind = CALL_MPROTECT, .addr = BASE, .len = 4096, .key = -1 },
	{ .kind = CALL_MPROTECT, .addr = BASE, .len = UINT64_MAX, .key = -1 },
	{ .kind = CALL_MPROTECT, .addr = 4096, .len = 1ULL << 62, .key = -1 },
	{ .kind = CALL_MADVISE, .addr = BASE, .len = 4096, .advice = 77 },
	{ .kind = CALL_MADVISE, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MADVISE, .addr = BASE + 1, .len = 4096 },
	{ .kind = CALL_MADVISE, .addr = BASE, .len = 0 },
	{ .kind = CALL_MLOCK, .addr = BASE, .len = 0 },
	{ .kind = CALL_MLOCK, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MLOCK, .addr = BASE, .len = 4096, .flags = 2 },
	{ .kind = CALL_MUNLOCK, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MLOCKALL, .flags = 0 },
	{ .kind = CALL_MLOCKALL, .flags = 4 },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = 4096, .new_len = 4096 },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MREMAP, .addr = BASE + 1, .len = 1, .new_len = 1 },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 4096,
	  .new_len = 4096,
	  .flags = MREMAP_FIXED },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 4096,
	  .new_len = 8192,
	  .flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP },
	{ .kind = CALL_PRCTL, .addr = BASE + 1, .len = 4096 },
	/* Beyond what a process can have, and beyond all there is. */
	{ .kind = CALL_MADVISE, .addr = 1ULL << 63, .len = 4096 },
	{ .kind = CALL_MADVISE, .addr = -4096ULL, .len = 4096 },
	{ .kind = CALL_MLOCK, .addr = 1ULL << 63, .len = 4096 },
	{ .kind = CALL_MLOCK, .addr = -4096ULL, .len = 4096 },
	{ .kind = CALL_MLOCK, .addr = BASE, .len = UINT64_MAX },
	{ .kind = CALL_MUNLOCK, .addr = -4096ULL, .len = 4096 },
	{ .kind = CALL_MUNMAP, .addr = 1ULL << 63, .len = 4096 },
	{ .kind = CALL_MREMAP,
	  .addr = 1ULL << 63,
	  .len = 4096,
	  .new_len = 8192 },
};

START_TEST(errors_are_the_kernels)
{
	struct pair p = pair_new();

	must(&p, wrong[_i]);
	pair_end(&p);
}
END_TEST

/* special_mapping_split() */
START_TEST(the_kernels_own_is_not_split)
{
	static const enum syscall_kind kinds[] = { CALL_MPROTECT, CALL_MUNMAP };
	struct pair p = pair_new();

	if (!compare_at(&p, "[vdso]", 0, 0) || p.end - p.start < 2 * p.page) {
		fputs("skipped: [vdso] is too small\n", stderr);
		pair_end(&p);
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct syscall c = { .kind = kinds[i],
				     .addr = p.start,
				     .len = p.page,
				     .prot = PROT_READ,
				     .key = -1 };

		must(&p, c);
		c.addr = p.end - p.page;
		must(&p, c);
		c.addr = p.start;
		c.len = p.end - p.start;
		must(&p, c);
	}
	pair_end(&p);
}
END_TEST

/* hugetlb_vm_op_split() and align_hugetlb(): four huge pages, none of them there. */
#define HUGE (2ULL << 20)

static const struct syscall of_huge_pages[] = {
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MUNMAP, .addr = BASE + 4096, .len = 4096 },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = 4 * HUGE - 4096 },
	{ .kind = CALL_MPROTECT, .addr = BASE, .len = 4096, .key = -1 },
	/* It is split at its beginning before that is refused. */
	{ .kind = CALL_MPROTECT, .addr = BASE + HUGE, .len = 4096, .key = -1 },
	{ .kind = CALL_MADVISE,
	  .addr = BASE,
	  .len = 4096,
	  .advice = MADV_DONTFORK },
	{ .kind = CALL_MADVISE,
	  .addr = BASE + 3 * HUGE,
	  .len = HUGE,
	  .advice = MADV_RANDOM },
	{ .kind = CALL_MMAP,
	  .addr = BASE + 4096,
	  .len = 4096,
	  .flags = MAP_PRIVATE | MAP_FIXED },
	{ .kind = CALL_MLOCK, .addr = BASE, .len = 4096 },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 4096,
	  .new_len = HUGE,
	  .flags = MREMAP_MAYMOVE },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = HUGE, .new_len = HUGE + 1 },
	{ .kind = CALL_MREMAP, .addr = BASE + 4096, .len = 1, .new_len = 1 },
	{ .kind = CALL_MREMAP, .addr = BASE, .len = HUGE, .new_len = 1 },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 4096,
	  .new_len = 4096,
	  .new_addr = BASE + 8 * HUGE + 4096,
	  .flags = MREMAP_MAYMOVE | MREMAP_FIXED },
	{ .kind = CALL_MREMAP,
	  .addr = BASE,
	  .len = 4096,
	  .new_len = 4096,
	  .new_addr = BASE + 8 * HUGE,
	  .flags = MREMAP_MAYMOVE | MREMAP_FIXED },
	{ .kind = CALL_MREMAP,
	  .addr = BASE + HUGE,
	  .len = 2 * HUGE,
	  .new_len = HUGE + 4096 },
	{ .kind = CALL_MUNMAP, .addr = BASE + 2 * HUGE, .len = HUGE },
	{ .kind = CALL_MUNMAP, .addr = BASE, .len = 16 * HUGE },
	{ .kind = CALL_MMAP,
	  .addr = BASE,
	  .len = HUGE,
	  .flags = MAP_PRIVATE | MAP_FIXED | MAP_HUGETLB | MAP_GROWSDOWN },
	/* What lies below is split before that is refused. */
	{ .kind = CALL_MMAP,
	  .addr = BASE + HUGE,
	  .len = HUGE,
	  .flags = MAP_PRIVATE | MAP_FIXED | MAP_HUGETLB | MAP_NORESERVE },
	{ .kind = CALL_MMAP,
	  .addr = BASE + HUGE - 8192,
	  .len = 8192,
	  .flags = MAP_PRIVATE | MAP_FIXED },
	{ .kind = CALL_MUNMAP, .addr = BASE + HUGE - 4096, .len = 8192 },
	/* MADV_COLLAPSE, of two pages that are not huge, and of these. */
	{ .kind = CALL_MADVISE, .addr = BASE, .len = HUGE, .advice = 25 },
	{ .kind = CALL_MADVISE,
	  .addr = BASE + HUGE,
	  .len = HUGE,
	  .advice = 25 },
	/* What was there is gone before an offset is refused. */
	{ .kind = CALL_MMAP,
	  .addr = BASE + 8 * HUGE,
	  .len = 3 * HUGE,
	  .flags = MAP_PRIVATE | MAP_FIXED },
	{ .kind = CALL_MMAP,
	  .addr = BASE + 9 * HUGE,
	  .len = 4096,
	  .flags = MAP_PRIVATE | MAP_FIXED | MAP_HUGETLB | MAP_NORESERVE,
	  .offset = 4096 },
};

/* What mlock() brings in. */
static bool huge_page_is_free(void)
{
	FILE *in = fopen(
		"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages",
		"re");
	unsigned long nr = 0;

	if (in && fscanf(in, "%lu", &nr) != 1)
		nr = 0;
	if (in)
		fclose(in);
	return nr;
}

START_TEST(huge_pages_are_whole)
{
	bool is_free = huge_page_is_free();
	struct pair p = pair_new();

	if (access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK)) {
		fputs("skipped: there are no huge pages of 2 MiB\n", stderr);
		pair_end(&p);
		return;
	}
	p.end = p.start + 16 * HUGE;
	must(&p, (struct syscall){ .kind = CALL_MMAP,
				   .addr = BASE,
				   .len = 4 * HUGE,
				   .prot = PROT_READ | PROT_WRITE,
				   .flags = MAP_PRIVATE | MAP_FIXED |
					    MAP_HUGETLB | MAP_NORESERVE });
	/* As it is when it is loaded, too. */
	if (_i)
		pair_load(&p);
	for (size_t i = 0; i < ARRAY_SIZE(of_huge_pages); i++)
		if (is_free || of_huge_pages[i].kind != CALL_MLOCK)
			must(&p, of_huge_pages[i]);
	pair_end(&p);
}
END_TEST

/* mremap_to(): with MREMAP_DONTUNMAP the new address is a wish, if it can be one. */
START_TEST(what_is_kept_goes_where_one_wishes)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MREMAP,
			     .addr = BASE,
			     .len = 4 * p.page,
			     .new_len = 4 * p.page,
			     .flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP };
	const uint64_t refused[] = { BASE, BASE + 3 * p.page, BASE - p.page,
				     BASE + 9 * p.page + 1, 1ULL << 62 };

	must_map(&p, BASE, 8 * p.page);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		c.new_addr = refused[i];
		must(&p, c);
	}
	c.new_addr = BASE + 12 * p.page;
	ck_assert_uint_eq(both_do(&p, c), c.new_addr);
	ck_assert(pair_same(&p));
	/* It is taken now. */
	c.new_addr = BASE + 14 * p.page;
	ck_assert_uint_ne(both_do(&p, c), c.new_addr);
	pair_end(&p);
}
END_TEST

/*
 * MADV_COLLAPSE is 25: no huge pages were asked for, though it is written to; and pages
 * of a file that lie otherwise in huge ones than in memory, where that is shared.
 */
START_TEST(what_is_not_collapsed)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MADVISE,
			     .addr = BASE,
			     .len = HUGE,
			     .advice = MADV_NOHUGEPAGE };

	must_map(&p, BASE, HUGE);
	must(&p, c);
	c.kind = CALL_TOUCH;
	must(&p, c);
	c.kind = CALL_MADVISE;
	c.advice = 25;
	must(&p, c);
	c = (struct syscall){ .kind = CALL_MMAP,
			      .addr = BASE,
			      .len = 2 * HUGE,
			      .prot = PROT_READ,
			      .flags = MAP_SHARED | MAP_FIXED,
			      .file = sim_file(p.sim, p.path),
			      .offset = p.page };
	must(&p, c);
	c.kind = CALL_MADVISE;
	c.advice = 25;
	must(&p, c);
	pair_end(&p);
}
END_TEST

START_TEST(advice_is_for_some_memory)
{
	static const int advice[] = { MADV_COLD, MADV_PAGEOUT, MADV_REMOVE,
				      22,	 23,	       24 };
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = p.page,
			     .flags = MAP_PRIVATE | MAP_FIXED | MAP_LOCKED };

	for (unsigned int prot = 0; prot < 4; prot++) {
		c.kind = CALL_MMAP;
		c.prot = prot;
		must(&p, c);
		c.kind = CALL_MADVISE;
		for (size_t i = 0; i < sizeof(advice) / sizeof(*advice); i++) {
			c.advice = advice[i];
			must(&p, c);
		}
	}
	pair_end(&p);
}
END_TEST

/* MADV_REMOVE, 22 and 23: MADV_POPULATE_READ and MADV_POPULATE_WRITE */
START_TEST(advice_meets_holes)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP, .len = p.page };
	const unsigned int types[] = { MAP_PRIVATE, MAP_SHARED };
	const int advice[] = { MADV_REMOVE, 22, 23 };

	for (unsigned int i = 0; i < 12; i++) {
		c.kind = CALL_MMAP;
		c.addr = BASE + p.page;
		c.len = p.page;
		c.file = i & 2 ? sim_file(p.sim, p.path) : 0;
		c.flags = types[i & 1] | MAP_FIXED;
		c.prot = i & 4 ? PROT_EXEC : PROT_READ | PROT_WRITE;
		must(&p, c);
		c.kind = CALL_MADVISE;
		c.len = 2 * p.page;
		for (size_t a = 0; a < 3; a++) {
			c.advice = advice[a];
			c.addr = BASE + (i & 8 ? p.page : 0);
			must(&p, c);
		}
	}
	pair_end(&p);
}
END_TEST

START_TEST(files_have_an_end)
{
	static const uint64_t offsets[] = { 1ULL << 63, (1ULL << 63) - 4096,
					    (1ULL << 63) - 8192,
					    (1ULL << 63) - 12288,
					    0 - (1ULL << 12) };
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .file = sim_file(p.sim, p.path),
			     .flags = MAP_PRIVATE | MAP_FIXED };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		c.offset = offsets[i];
		for (c.len = 4095; c.len <= 8193; c.len += 1366)
			must(&p, c);
	}
	pair_end(&p);
}
END_TEST

/* What has no file, or one that nobody sees. */
START_TEST(offsets_of_what_has_no_file)
{
	static const uint64_t offsets[] = { 1,	      4096,
					    HUGE,     (1ULL << 63) - HUGE,
					    0 - HUGE, 0 - 4096ULL };
	const unsigned int huge = MAP_HUGETLB | MAP_NORESERVE;
	const unsigned int types[] = { MAP_PRIVATE, MAP_SHARED,
				       MAP_PRIVATE | huge, MAP_SHARED | huge };
	bool has_huge =
		!access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK);
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP, .addr = BASE, .len = HUGE };

	if (!has_huge)
		fputs("skipped: there are no huge pages of 2 MiB\n", stderr);
	for (size_t t = 0; t < (has_huge ? 4 : 2); t++)
		for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
			c.flags = types[t] | MAP_FIXED;
			c.offset = offsets[i];
			must(&p, c);
			must(&p, (struct syscall){ .kind = CALL_MUNMAP,
						   .addr = BASE,
						   .len = HUGE });
		}
	pair_end(&p);
}
END_TEST

/* secretmem_mmap(): locked, and in no core; and no program. Seen on 6.18.44. */
START_TEST(what_is_secret_is_locked)
{
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 4096,
			     .prot = PROT_READ,
			     .flags = MAP_SHARED | MAP_FIXED,
			     .key = -1 };

	c.file = sim_file(sim, "/secretmem (deleted)");
	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
	ck_assert_uint_eq(vma_at(sim, BASE / 4096)->attrs.flags &
				  (VM_LOCKED | VM_DONTDUMP | VM_MAYEXEC),
			  VM_LOCKED | VM_DONTDUMP);
	c.kind = CALL_MPROTECT;
	c.prot = PROT_EXEC;
	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), -EACCES);
	sim_free(sim);
}
END_TEST

/* VM_SYNC keeps apart, though it is of files of its own kind alone. */
START_TEST(what_is_synchronous_is_another)
{
	struct pair p = pair_new();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = p.page,
			     .flags = MAP_PRIVATE | MAP_FIXED };

	must(&p, c);
	c.addr += p.page;
	c.flags |= MAP_SYNC;
	must(&p, c);
	c.addr += p.page;
	must(&p, c);
	c.file = sim_file(p.sim, p.path);
	c.flags = MAP_SHARED_VALIDATE | MAP_SYNC | MAP_FIXED;
	must(&p, c);
	/* As a file of DAX is. */
	c.has_result = true;
	c.result = c.addr;
	ck_assert_int_eq(sim_do(p.sim, &c, NULL, NULL), 0);
	pair_end(&p);
}
END_TEST

#if defined(__x86_64__)
/* What ends, or begins, where the process's addresses do. */
START_TEST(addresses_have_an_end)
{
	const uint64_t end = (1ULL << 47) - 4096;
	const uint64_t at[] = { end - 8192, end - 4096, end,
				end + 4096, 1ULL << 62, 0 - 8192ULL };
	const uint64_t lens[] = { 4096,	      8192,	  12288,
				  1ULL << 46, 1ULL << 47, 1ULL << 63 };
	struct pair p = pair_new();

	for (size_t i = 0; i < 6 * 6; i++) {
		struct syscall c = { .kind = CALL_MMAP,
				     .addr = at[i / 6],
				     .len = lens[i % 6],
				     .flags = MAP_PRIVATE | MAP_FIXED |
					      MAP_NORESERVE };

		/* Not over the stack, the vdso, and the test itself. */
		if (c.len < 1ULL << 46) {
			must(&p, c);
			c.kind = CALL_MUNMAP;
			must(&p, c);
		}
		c = (struct syscall){ .kind = CALL_MREMAP,
				      .addr = BASE,
				      .len = p.page,
				      .new_len = lens[i % 6],
				      .new_addr = at[i / 6],
				      .flags = MREMAP_MAYMOVE | MREMAP_FIXED };
		if (c.new_len < 1ULL << 46 && c.new_addr + c.new_len <= end)
			continue;
		must(&p, (struct syscall){ .kind = CALL_MMAP,
					   .addr = BASE,
					   .len = p.page,
					   .flags = MAP_PRIVATE | MAP_FIXED });
		must(&p, c);
	}
	pair_end(&p);
}
END_TEST

/* Some processors have more: what is seen there is believed. */
START_TEST(addresses_may_go_on)
{
	struct sim *sim = sim_new(rules_for("latest"), 4096, FAULTED_NONE);
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = 0xffff80000000,
			     .len = 4096,
			     .flags = MAP_PRIVATE | MAP_FIXED };

	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), -ENOMEM);
	c.has_result = true;
	c.result = c.addr;
	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
	c.has_result = false;
	c.addr += 8192;
	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
	sim_free(sim);
}
END_TEST
#endif

/* ---- where the kernel puts what may go anywhere ------------------------------------------------------ */

static uint64_t both_place(struct pair *p, uint64_t addr, uint64_t len,
			   unsigned int flags)
{
	return both_do(p, (struct syscall){ .kind = CALL_MMAP,
					    .addr = addr,
					    .len = len,
					    .prot = PROT_READ,
					    .flags = flags });
}

/* What lies between them ends where no huge page does. */
static void huge_places(struct pair *p)
{
	const uint64_t huge = 2ULL << 20;
	struct syscall move = { .kind = CALL_MREMAP,
				.len = p->page,
				.new_len = huge,
				.flags = MREMAP_MAYMOVE };

	both_place(p, 0, 2 * huge, MAP_PRIVATE);
	both_place(p, 0, huge + p->page, MAP_PRIVATE);
	move.addr = both_place(p, BASE, 2 * p->page, MAP_PRIVATE);
	both_do(p, move);
}

/* What grows down keeps others away from below itself, and not from above. */
static void place_above_stack(struct pair *p)
{
	const uint64_t len = (8ULL << 20) + p->page;
	struct syscall unmap = { .kind = CALL_MUNMAP, .len = len };

	unmap.addr = both_place(p, 0, len, MAP_PRIVATE);
	both_place(p, 0, len, MAP_PRIVATE | MAP_GROWSDOWN);
	must(p, unmap);
	both_place(p, 0, p->page, MAP_PRIVATE);
	both_place(p, 0, len, MAP_PRIVATE);
}

/* Not reserved: then no huge page need be there. */
static void hugetlb_places(struct pair *p)
{
	const unsigned int flags = MAP_PRIVATE | MAP_HUGETLB | MAP_NORESERVE;

	both_place(p, BASE + p->page, p->page, flags);
	both_place(p, BASE + (8ULL << 20), p->page, flags);
	must(p, (struct syscall){ .kind = CALL_MMAP,
				  .addr = BASE + (16ULL << 20) + p->page,
				  .len = p->page,
				  .flags = flags | MAP_FIXED });
}

START_TEST(places_are_the_kernels)
{
	struct pair p = pair_new();
	uint64_t at[4];

	for (int i = 0; i < 4; i++)
		at[i] = both_place(&p, 0, (8 - (uint64_t)i) * p.page,
				   MAP_PRIVATE);
	/* A hole that fits, one that is too small, and then one within. */
	must(&p, (struct syscall){ .kind = CALL_MUNMAP,
				   .addr = at[1],
				   .len = 7 * p.page });
	both_place(&p, 0, 8 * p.page, MAP_PRIVATE);
	both_place(&p, 0, 3 * p.page, MAP_PRIVATE);
	both_place(&p, 0, 4 * p.page, MAP_PRIVATE);
	if (!access("/sys/kernel/mm/transparent_hugepage", F_OK))
		huge_places(&p);
	place_above_stack(&p);
	both_place(&p, 4096, p.page, MAP_PRIVATE);
	both_place(&p, BASE + 100, p.page, MAP_PRIVATE);
	if (!access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK))
		hugetlb_places(&p);
	both_place(&p, BASE, p.page, MAP_PRIVATE);
	pair_end(&p);
}
END_TEST

/* ---- what can be seen of what was written to --------------------------------------------------------- */

START_TEST(what_is_accounted_was_written_to)
{
	struct pair p = pair_of_inherited();
	struct syscall c = { .kind = CALL_MMAP,
			     .addr = BASE,
			     .len = 2 * p.page,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	must(&p, c);
	c.kind = CALL_TOUCH;
	must(&p, c);
	c.kind = CALL_MADVISE;
	c.advice = MADV_DONTNEED;
	must(&p, c);
	c.kind = CALL_MPROTECT;
	c.prot = PROT_READ;
	must(&p, c);
	pair_load(&p);
	c.prot = PROT_READ | PROT_EXEC;
	must(&p, c);
	pair_end(&p);
}
END_TEST

/* What was written to apart stays apart, but not from what it was split from. */
START_TEST(what_was_apart_is_whole_in_itself)
{
	struct pair p = pair_of_inherited();
	struct syscall c = { .kind = CALL_MMAP,
			     .prot = PROT_READ | PROT_WRITE,
			     .flags = MAP_PRIVATE | MAP_FIXED,
			     .key = -1 };

	for (int i = 0; i < 2; i++) {
		c.kind = CALL_MMAP;
		c.addr = BASE + i * 2 * p.page;
		c.len = (i + 1) * p.page;
		must(&p, c);
		c.kind = CALL_TOUCH;
		must(&p, c);
	}
	c.kind = CALL_MMAP;
	c.addr = BASE + p.page;
	c.len = p.page;
	must(&p, c);
	c.kind = CALL_MPROTECT;
	c.addr = BASE + 3 * p.page;
	c.prot = PROT_READ;
	must(&p, c);
	pair_load(&p);
	c.prot = PROT_READ | PROT_WRITE;
	must(&p, c);
	pair_end(&p);
}
END_TEST

/* ---- all that a process has ------------------------------------------------------------------------------ */

START_TEST(what_is_loaded_is_shown)
{
	struct pair p = pair_new();

	p.start = 0;
	p.end = UINT64_MAX;
	ck_assert(pair_same(&p));
	pair_end(&p);
}
END_TEST

/* ---- what no kernel is needed for ------------------------------------------------------------------------- */

/* A process with one VMA of two pages that has a flag. */
static struct sim *sim_with(vm_flags_t flag)
{
	struct proc_vma vma = {
		.start = BASE,
		.end = BASE + 8192,
		.flags = VM_READ | VM_MAYREAD | flag,
		.has_flags = true,
		.name = "",
	};
	struct proc_maps maps = { .vma = &vma, .nr = 1, .page_size = 4096 };
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);

	sim_load(sim, &maps);
	return sim;
}

/* vma_to_resize(): memory of a driver may not be in two places. */
START_TEST(what_must_not_grow_is_not_kept)
{
	static const struct {
		vm_flags_t flag;
		int err;
	} all[] = { { 0, 0 },
		    { VM_DONTEXPAND, -EINVAL },
		    { VM_PFNMAP, -EINVAL } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct sim *sim = sim_with(all[i].flag);
		const struct syscall c = { .kind = CALL_MREMAP,
					   .addr = BASE,
					   .len = 8192,
					   .new_len = 8192,
					   .flags = MREMAP_MAYMOVE |
						    MREMAP_DONTUNMAP,
					   .key = -1 };

		ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), all[i].err);
		ck_assert_uint_eq(mm_map_count(sim_mm(sim)),
				  all[i].err ? 1 : 2);
		sim_free(sim);
	}
}
END_TEST

/* MADV_DOFORK, by the code of 6.19.11 and 7.1.13. */
START_TEST(what_may_be_inherited_again)
{
	static const struct {
		vm_flags_t flag;
		long number;
		int err;
	} all[] = { { VM_IO, VERSION_NUMBER(6, 19), -EINVAL },
		    { VM_PFNMAP, VERSION_NUMBER(6, 19), 0 },
		    { VM_IO, VERSION_NUMBER(7, 1), -EINVAL },
		    { VM_PFNMAP, VERSION_NUMBER(7, 1), -EINVAL },
		    { 0, VERSION_NUMBER(7, 1), 0 } };
	const struct syscall c = { .kind = CALL_MADVISE,
				   .addr = BASE,
				   .len = 8192,
				   .advice = MADV_DOFORK };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sim *sim = sim_with(all[i].flag | VM_DONTCOPY);

		sim_release(sim, all[i].number);
		ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), all[i].err);
		ck_assert_int_eq(
			!(mm_find(sim_mm(sim), 0)->attrs.flags & VM_DONTCOPY),
			!all[i].err);
		sim_free(sim);
	}
}
END_TEST

/* is_valid_guard_vma(), of what a driver has. */
START_TEST(the_kernels_own_is_not_guarded)
{
	static const int advice[] = { MADV_GUARD_INSTALL, MADV_GUARD_REMOVE };
	struct pair p = pair_new();

	if (!compare_at(&p, "[vvar]", 0, 0)) {
		fputs("skipped: there is no [vvar]\n", stderr);
		pair_end(&p);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(advice); i++)
		must(&p, (struct syscall){ .kind = CALL_MADVISE,
					   .addr = p.start,
					   .len = p.page,
					   .advice = advice[i] });
	pair_end(&p);
}
END_TEST

/*
 * PR_SET_MEMORY_MERGE, by mm/mmap.c of 6.12.117 and mm/vma.c of 6.17.8 and 6.19.11;
 * 6.18.44 does the same.
 */
static const struct {
	const char *release;
	const char *file;
	bool unmergeable; /* the first of the two */
	bool heap;
	unsigned int vmas;
} merging_any[] = {
	{ "6.12", NULL, false, false, 2 },
	{ "6.16", NULL, false, false, 2 },
	{ "6.17", NULL, false, false, 1 },
	{ "7.3", NULL, false, false, 1 },
	{ "6.16", NULL, true, false, 1 },
	{ "6.17", NULL, true, false, 2 },
	{ "6.16", "/memfd:x", false, false, 2 },
	{ "6.18", "/memfd:x", false, false, 1 },
	{ "6.18", "/dev/zero", false, false, 2 },
	{ "6.19", "/dev/zero", false, false, 1 },
	{ "6.16", NULL, false, true, 2 },
	{ "6.17", NULL, false, true, 1 },
	{ "6.16", NULL, true, true, 1 },
};

static struct syscall half_of(struct sim *sim, int i, int half)
{
	if (merging_any[i].heap)
		return (struct syscall){ .kind = CALL_BRK,
					 .addr = BASE + (half + 1) * 4096 };
	return (struct syscall){
		.kind = CALL_MMAP,
		.addr = BASE + half * 4096,
		.len = 4096,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_FIXED,
		.file = merging_any[i].file ? sim_file(sim, merging_any[i].file)
					    : 0,
		.offset = half * 4096,
	};
}

START_TEST(merging_any_keeps_apart)
{
	const char *release = merging_any[_i].release;
	const struct syscall begin = { .kind = CALL_BRK, .addr = BASE };
	const struct syscall unmergeable = { .kind = CALL_MADVISE,
					     .addr = BASE,
					     .len = 4096,
					     .advice = MADV_UNMERGEABLE };
	struct sim *sim = sim_new(rules_for(release), 4096, FAULTED_NONE);
	vm_flags_t mergeable = merging_any[_i].unmergeable ? 0 : VM_MERGEABLE;
	struct syscall half;

	sim_release(sim, rules_number(release));
	sim_set(sim, SIM_MEMORY_MERGE, true);
	if (merging_any[_i].heap)
		sim_do(sim, &begin, NULL, NULL);
	half = half_of(sim, _i, 0);
	ck_assert_int_eq(sim_do(sim, &half, NULL, NULL), 0);
	ck_assert(vma_at(sim, BASE / 4096)->attrs.flags & VM_MERGEABLE);
	if (merging_any[_i].unmergeable)
		sim_do(sim, &unmergeable, NULL, NULL);
	half = half_of(sim, _i, 1);
	ck_assert_int_eq(sim_do(sim, &half, NULL, NULL), 0);
	ck_assert_uint_eq(mm_map_count(sim_mm(sim)), merging_any[_i].vmas);
	ck_assert_uint_eq(vma_at(sim, BASE / 4096)->attrs.flags & VM_MERGEABLE,
			  mergeable);
	if (merging_any[_i].vmas == 2)
		mergeable = VM_MERGEABLE;
	ck_assert_uint_eq(vma_at(sim, BASE / 4096 + 1)->attrs.flags &
				  VM_MERGEABLE,
			  mergeable);
	sim_free(sim);
}
END_TEST

/* MADV_GUARD_INSTALL, by the code of 6.18.15 and 6.19.11. */
START_TEST(guards_need_an_anon_vma)
{
	static const struct {
		bool file;
		const char *rules;
		bool faulted;
	} all[] = { { false, "6.18.15", true },
		    { true, "6.18.15", true },
		    { false, "6.19", true },
		    { true, "6.19", false } };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sim *sim =
			sim_new(rules_for(all[i].rules), 4096, FAULTED_NONE);
		struct syscall c = { .kind = CALL_MMAP,
				     .addr = BASE,
				     .len = 8192,
				     .prot = PROT_READ,
				     .flags = MAP_PRIVATE | MAP_FIXED };

		if (all[i].file)
			c.file = sim_file(sim, "/a");
		ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
		c = (struct syscall){ .kind = CALL_MADVISE,
				      .addr = BASE,
				      .len = 4096,
				      .advice = MADV_GUARD_INSTALL };
		ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
		ck_assert_int_eq(mm_find(sim_mm(sim), 0)->anon_vma != 0,
				 all[i].faulted);
		sim_free(sim);
	}
}
END_TEST

/*
 * __thp_get_unmapped_area(): what is a multiple of 2 MiB begins at one, if the hole
 * is larger by as much. All else ends where the hole does.
 */
START_TEST(huge_memory_is_aligned)
{
	const uint64_t huge = 2 << 20, top = 0x7ffff7fff000ULL;
	struct sim *sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	struct syscall c = {
		.kind = CALL_MMAP, .len = huge, .flags = MAP_PRIVATE, .key = -1
	};
	uint64_t at;

	ck_assert_int_eq(sim_do(sim, &c, NULL, &at), 0);
	ck_assert_uint_eq(at % huge, 0);
	ck_assert_uint_eq(at, 0x7ffff7c00000ULL);
	sim_free(sim);
	sim = sim_new(rule_sets, 4096, FAULTED_NONE);
	c.len = huge + 4096;
	ck_assert_int_eq(sim_do(sim, &c, NULL, &at), 0);
	ck_assert_uint_eq(at, top - c.len);
	/* What is asked for is what it gets. */
	c.len = huge;
	c.addr = 0x10000000;
	ck_assert_int_eq(sim_do(sim, &c, NULL, &at), 0);
	ck_assert_uint_eq(at, c.addr);
	sim_free(sim);
}
END_TEST

/* Every row has both functions, a name and arguments that end. */
/*
 * What mm/mremap.c and mm/vma.c of 6.19.11, 7.2.13 and 7.3.4 say of these: read,
 * and the guests of these kernels agree with live --random. A text is the VMAs
 * afterwards, "start-end@offset", with L for locked.
 */
static const struct {
	const char *what;
	const char *file;
	bool touch;
	bool lock;
	unsigned int flags; /* of mremap() */
	unsigned long from;
	unsigned long nr;
	unsigned long to;
	bool map_on; /* what goes on behind it is mapped then */
	const char *older;
	const char *since_7_2;
	const char *since_7_3;
} moves[] = {
	{ .what = "an unfaulted source that is kept, beside its copy",
	  .flags = MREMAP_DONTUNMAP,
	  .nr = 4,
	  .to = 4,
	  .older = "0-8@0",
	  .since_7_2 = "0-4@0 4-8@4",
	  .since_7_3 = "0-4@0 4-8@4" },
	{ .what = "memory of /dev/zero, mapped from where it is",
	  .file = "/dev/zero",
	  .flags = MREMAP_DONTUNMAP,
	  .nr = 4,
	  .to = 4,
	  .older = "0-8@0",
	  .since_7_2 = "0-4@0 4-8@4",
	  .since_7_3 = "0-4@0 4-8@4" },
	{ .what = "a part of it",
	  .flags = MREMAP_DONTUNMAP,
	  .nr = 1,
	  .to = 4,
	  .older = "0-5@0",
	  .since_7_2 = "0-4@0 4-5@4",
	  .since_7_3 = "0-4@0 4-5@4" },
	{ .what = "a locked source is split before it is kept",
	  .lock = true,
	  .flags = MREMAP_DONTUNMAP,
	  .from = 1,
	  .nr = 2,
	  .to = 16,
	  .older = "0-4@0 16-18@16L",
	  .since_7_2 = "0-1@0L 1-3@1 3-4@3L 16-18@16L",
	  .since_7_3 = "0-1@0L 1-3@1 3-4@3L 16-18@16L" },
	{ .what = "what a private file has written to it moves",
	  .file = "/a",
	  .touch = true,
	  .nr = 4,
	  .to = 16,
	  .map_on = true,
	  .older = "16-22@0",
	  .since_7_2 = "16-22@0",
	  .since_7_3 = "16-20@0 20-22@4" },
	{ .what = "or has not, and takes the offset of its place",
	  .file = "/a",
	  .nr = 4,
	  .to = 16,
	  .map_on = true,
	  .older = "16-22@0",
	  .since_7_2 = "16-22@0",
	  .since_7_3 = "16-22@0" },
};

static void do_page_call(struct sim *sim, struct syscall c)
{
	c.addr = (BASE / 4096 + c.addr) * 4096;
	c.new_addr = (BASE / 4096 + c.new_addr) * 4096;
	c.len *= 4096;
	c.new_len *= 4096;
	c.offset *= 4096;
	c.key = -1;
	ck_assert_int_eq(sim_do(sim, &c, NULL, NULL), 0);
}

static void print_pages(const struct sim *sim, char *text)
{
	const unsigned long base = BASE / 4096;
	const struct vma_state *v;

	*text = '\0';
	for (unsigned long at = 0; (v = mm_find(sim_mm(sim), at));
	     at = v->vm_end)
		text += sprintf(text, "%s%lu-%lu@%lu%s", at ? " " : "",
				v->vm_start - base, v->vm_end - base,
				v->vm_pgoff < base ? v->vm_pgoff
						   : v->vm_pgoff - base,
				v->attrs.flags & VM_LOCKED ? "L" : "");
}

static void make_move(const char *rules, int i, const char *expected)
{
	struct sim *sim = sim_new(rules_for(rules), 4096, FAULTED_NONE);
	struct syscall map = { .kind = CALL_MMAP,
			       .len = 4,
			       .prot = PROT_READ | PROT_WRITE,
			       .flags = MAP_PRIVATE | MAP_FIXED };
	char text[200];

	if (moves[i].file) {
		map.file = sim_file(sim, moves[i].file);
		if (!strcmp(moves[i].file, "/dev/zero"))
			map.offset = BASE / 4096;
	}
	do_page_call(sim, map);
	if (moves[i].touch)
		do_page_call(sim,
			     (struct syscall){ .kind = CALL_TOUCH, .len = 1 });
	/* Not brought in: it must not be faulted. */
	if (moves[i].lock)
		do_page_call(sim, (struct syscall){ .kind = CALL_MLOCK2,
						    .len = 4,
						    .flags = MLOCK_ONFAULT });
	do_page_call(sim,
		     (struct syscall){ .kind = CALL_MREMAP,
				       .addr = moves[i].from,
				       .len = moves[i].nr,
				       .new_len = moves[i].nr,
				       .new_addr = moves[i].to,
				       .flags = MREMAP_MAYMOVE | MREMAP_FIXED |
						moves[i].flags });
	map.addr = moves[i].to + moves[i].nr;
	map.offset = moves[i].nr;
	map.len = 2;
	if (moves[i].map_on)
		do_page_call(sim, map);
	print_pages(sim, text);
	ck_assert_msg(!strcmp(text, expected), "%s, %s: %s, expected %s", rules,
		      moves[i].what, text, expected);
	sim_free(sim);
}

START_TEST(moves_follow_the_version)
{
	make_move("6.19", _i, moves[_i].older);
	make_move("7.2", _i, moves[_i].since_7_2);
	make_move("7.3", _i, moves[_i].since_7_3);
}
END_TEST

/* Of mremap(): no other flag, and no new address. */
#define STAYS (1U << 31)

/*
 * What mremap() does otherwise from one release to the next, read off mm/mremap.c of
 * 6.12.118, 6.19.11, 7.1.13 and 7.2.13. There are [0, 4) rw-, [4, 8) r-- and [16, 20) rw-.
 */
static const struct {
	unsigned long from, nr, new_nr, to;
	unsigned int
		flags; /* beside MREMAP_MAYMOVE and MREMAP_FIXED, or STAYS */
	unsigned long limit;
	long number;
	int err;
	const char *after; /* NULL if nothing changes */
} remaps[] = {
	/* Several VMAs. */
	{ 0, 8, 8, 32, 0, 0, VERSION_NUMBER(6, 16), -EFAULT, NULL },
	{ 0, 8, 8, 32, 0, 0, VERSION_NUMBER(6, 17), 0, "16-20 32-36 36-40" },
	/* No VMA, and a place that overlaps. */
	{ 10, 1, 1, 10, 0, 0, VERSION_NUMBER(6, 16), -EFAULT, NULL },
	{ 10, 1, 1, 10, 0, 0, VERSION_NUMBER(6, 17), -EINVAL, NULL },
	/* Room is made for what goes beyond its VMA. */
	{ 2, 4, 6, 16, 0, 0, VERSION_NUMBER(6, 16), -EFAULT, "0-4 4-8" },
	{ 2, 4, 6, 16, 0, 0, VERSION_NUMBER(6, 17), -EFAULT, NULL },
	/* How far the limit has to be away. */
	{ 0, 4, 4, 32, 0, 8, VERSION_NUMBER(6, 19), -ENOMEM, NULL },
	{ 0, 4, 4, 32, 0, 9, VERSION_NUMBER(6, 19), 0, "4-8 16-20 32-36" },
	{ 0, 4, 4, 32, 0, 6, VERSION_NUMBER(7, 0), -ENOMEM, NULL },
	{ 0, 4, 4, 32, 0, 7, VERSION_NUMBER(7, 0), 0, "4-8 16-20 32-36" },
	{ 0, 4, 4, 32, MREMAP_DONTUNMAP, 7, VERSION_NUMBER(7, 1), 0,
	  "0-4 4-8 16-20 32-36" },
	{ 0, 4, 4, 32, MREMAP_DONTUNMAP, 7, VERSION_NUMBER(7, 2), -ENOMEM,
	  NULL },
	{ 0, 4, 4, 32, MREMAP_DONTUNMAP, 8, VERSION_NUMBER(7, 2), 0,
	  "0-4 4-8 16-20 32-36" },
	/* What stays where it is was not asked that before 7.0. */
	{ 16, 4, 2, 0, STAYS, 3, VERSION_NUMBER(6, 19), 0, "0-4 4-8 16-18" },
	{ 16, 4, 6, 0, STAYS, 3, VERSION_NUMBER(6, 19), 0, "0-4 4-8 16-22" },
	{ 16, 4, 4, 0, STAYS, 2, VERSION_NUMBER(6, 12), 0, NULL },
	{ 16, 4, 2, 0, STAYS, 6, VERSION_NUMBER(7, 0), -ENOMEM, NULL },
	{ 16, 4, 4, 0, STAYS, 6, VERSION_NUMBER(7, 1), -ENOMEM, NULL },
	{ 16, 4, 6, 0, STAYS, 6, VERSION_NUMBER(7, 2), -ENOMEM, NULL },
	{ 16, 4, 6, 0, STAYS, 7, VERSION_NUMBER(7, 2), 0, "0-4 4-8 16-22" },
};

static void print_ranges(const struct sim *sim, char *text)
{
	const unsigned long base = BASE / 4096;
	const struct vma_state *v;

	*text = '\0';
	for (unsigned long at = 0; (v = mm_find(sim_mm(sim), at));
	     at = v->vm_end)
		text += sprintf(text, "%s%lu-%lu", at ? " " : "",
				v->vm_start - base, v->vm_end - base);
}

START_TEST(mremap_follows_the_release)
{
	const bool stays = remaps[_i].flags == STAYS;
	struct sim *sim = sim_new(rules_for("latest"), 4096, FAULTED_NONE);
	struct syscall map = { .kind = CALL_MMAP,
			       .len = 4,
			       .prot = PROT_READ | PROT_WRITE,
			       .flags = MAP_PRIVATE | MAP_FIXED };
	const struct syscall mremap = {
		.kind = CALL_MREMAP,
		.addr = BASE + remaps[_i].from * 4096,
		.len = remaps[_i].nr * 4096,
		.new_len = remaps[_i].new_nr * 4096,
		.new_addr = stays ? 0 : BASE + remaps[_i].to * 4096,
		.flags = stays ? 0
			       : MREMAP_MAYMOVE | MREMAP_FIXED |
					 remaps[_i].flags,
	};
	char text[100];

	do_page_call(sim, map);
	map.addr = 16;
	do_page_call(sim, map);
	map.addr = 4;
	map.prot = PROT_READ;
	do_page_call(sim, map);
	sim_limit(sim, remaps[_i].limit);
	sim_release(sim, remaps[_i].number);
	ck_assert_int_eq(sim_do(sim, &mremap, NULL, NULL), remaps[_i].err);
	print_ranges(sim, text);
	ck_assert_str_eq(text,
			 remaps[_i].after ? remaps[_i].after : "0-4 4-8 16-20");
	sim_free(sim);
}
END_TEST

START_TEST(rows_are_whole)
{
	for (int kind = 1; kind < NR_CALLS; kind++) {
		const char *name = syscall_name(kind);
		size_t nr = 0;

		ck_assert_ptr_nonnull(name);
		ck_assert_int_eq(syscall_find(name, strlen(name)), kind);
		for (const enum arg *arg = syscall_rows[kind].args; *arg; arg++)
			nr++;
		ck_assert_uint_lt(nr, 8);
	}
	ck_assert_int_eq(syscall_find("mmap2", 5), CALL_END);
	ck_assert_int_eq(syscall_find("mma", 3), CALL_END);
}
END_TEST

/* What ends a literal, or shows in no source, is escaped, with three digits. */
START_TEST(text_is_a_literal_of_c)
{
	char *printed __free(free) = PRINTED(
		out, c_print_string(out, "\"\\ \n\0337\037~\177\303\251"));

	ck_assert_str_eq(printed,
			 "\"\\\"\\\\ \\012\\0337\\037~\\177\303\251\"");
}
END_TEST

/* Words of C, and what there is no word for. */
START_TEST(values_are_those_of_c)
{
	static const struct {
		enum arg arg;
		struct syscall call;
		const char *text;
	} values[] = {
		{ ARG_PROT, { .prot = PROT_NONE }, "PROT_NONE" },
		{ ARG_PROT,
		  { .prot = 0x40000005 },
		  "PROT_READ | PROT_EXEC | 0x40000000" },
		{ ARG_MAP, { .flags = 0 }, "MAP_FILE" },
		{ ARG_MAP, { .flags = MAP_SHARED }, "MAP_SHARED" },
		{ ARG_MAP, { .flags = 3 }, "MAP_SHARED_VALIDATE" },
		{ ARG_MAP,
		  { .flags = 0x10000002 },
		  "MAP_PRIVATE | 0x10000000" },
		{ ARG_REMAP, { .flags = 0 }, "0" },
		{ ARG_REMAP, { .flags = 3 }, "MREMAP_MAYMOVE | MREMAP_FIXED" },
		{ ARG_ADVICE, { .advice = MADV_NORMAL }, "MADV_NORMAL" },
		{ ARG_ADVICE, { .advice = -1 }, "-1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char *printed __free(free) =
			PRINTED(out, c_print_value(out, values[i].arg,
						   &values[i].call));

		ck_assert_str_eq(printed, values[i].text);
	}
}
END_TEST

/* ---- files and names ---------------------------------------------------------- */

START_TEST(files_are_told_apart)
{
	static const struct {
		const char *path;
		bool shmem, anon_shmem, sysv;
	} shared[] = {
		{ "/dev/zero (deleted)", true, true, false },
		{ "/memfd:x (deleted)", true, true, false },
		{ "/dev/shm/x", true, false, false },
		{ "/dev/shm/x (deleted)", true, false, false },
		{ "/SYSV00000000 (deleted)", false, false, true },
	};
	struct idents *all = idents_new();
	const struct ident *early = idents_path(all, "late");
	const struct ident *file = idents_file(all, "file", 8, 1, 5);

	ck_assert_ptr_eq(idents_file(all, "file", 8, 1, 5), file);
	ck_assert_ptr_ne(idents_file(all, "file", 8, 1, 6), file);
	ck_assert_ptr_ne(idents_file(all, "file", 8, 2, 5), file);
	ck_assert_ptr_ne(idents_file(all, "file", 7, 1, 5), file);
	ck_assert_ptr_ne(idents_file(all, "elif", 8, 1, 5), file);
	ck_assert_ptr_eq(idents_path(all, "file"), file);
	ck_assert_ptr_ne(idents_file(all, "late", 8, 1, 7), early);
	ck_assert_ptr_eq(idents_path(all, "late"), early);
	ck_assert_ptr_ne(idents_fresh(all, "file", 1, false), file);
	ck_assert_uint_eq(file->dev_major, 8);
	ck_assert_uint_eq(file->dev_minor, 1);
	ck_assert_uint_eq(file->inode, 5);
	ck_assert_str_eq(file->text, "file");
	ck_assert(!file->special && !file->shmem && !file->anon_shmem &&
		  !file->sysv);
	ck_assert(idents_path(all, "[vdso]")->special);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		file = idents_path(all, shared[i].path);
		ck_assert_int_eq(file->shmem, shared[i].shmem);
		ck_assert_int_eq(file->anon_shmem, shared[i].anon_shmem);
		ck_assert_int_eq(file->sysv, shared[i].sysv);
	}
	idents_put(all);
}
END_TEST

/* More of them than there is room for at first; whoever has them keeps them. */
START_TEST(identities_are_found)
{
	struct idents *all = idents_new();

	for (uint32_t i = 1; i <= 200; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%u", i);
		ck_assert_uint_eq(idents_text(all, IDENT_NAME, text)->id, i);
		ck_assert_uint_eq(idents_text(all, IDENT_NAME, text)->id, i);
	}
	ck_assert_uint_eq(idents_text(all, IDENT_POLICY, "1")->id, 201);
	ck_assert_uint_eq(idents_path(all, "1")->id, 202);
	idents_put(idents_get(all));
	ck_assert_str_eq(idents_find(all, 1)->text, "1");
	ck_assert_str_eq(idents_find(all, 200)->text, "200");
	ck_assert_uint_eq(idents_find(all, 202)->id, 202);
	ck_assert_ptr_null(idents_find(all, 0));
	ck_assert_ptr_null(idents_find(all, 203));
	idents_put(all);
}
END_TEST

Suite *suite_syscall(void)
{
	Suite *s = suite_create("syscall");
	TCase *tc = tcase_create("live"), *alone = tcase_create("alone");
	const char *release;
	bool exact;

	tcase_add_test(alone, what_must_not_grow_is_not_kept);
	tcase_add_test(alone, what_may_be_inherited_again);
	tcase_add_test(alone, files_are_told_apart);
	tcase_add_test(alone, identities_are_found);
	tcase_add_test(alone, guards_need_an_anon_vma);
	tcase_add_test(alone, huge_memory_is_aligned);
	tcase_add_test(alone, what_is_secret_is_locked);
	tcase_add_loop_test(alone, reading_takes_the_zero_page, 0, 2);
	tcase_add_test(alone, heap_ends_where_it_is_told);
	tcase_add_test(alone, advice_about_nothing);
	tcase_add_loop_test(alone, to_read_may_be_to_execute, 0, 2);
	tcase_add_test(alone, rows_are_whole);
	tcase_add_test(alone, text_is_a_literal_of_c);
	tcase_add_test(alone, values_are_those_of_c);
	tcase_add_loop_test(alone, mremap_follows_the_release, 0,
			    ARRAY_SIZE(remaps));
	tcase_add_loop_test(alone, moves_follow_the_version, 0,
			    sizeof(moves) / sizeof(*moves));
	suite_add_tcase(s, alone);
	live_rules(&release, &exact);
	if (live_unusable() || !exact) {
		fprintf(stderr, "syscall: skipped: no rules for Linux %s\n",
			release);
		return s;
	}
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, any_calls_do_the_same, 0, 20);
	tcase_add_test(tc, heaps_grow_and_shrink);
	tcase_add_test(tc, heaps_begin_apart);
	tcase_add_test(tc, empty_heaps_are_found);
	tcase_add_test(tc, the_kernels_own_is_not_split);
	tcase_add_loop_test(tc, huge_pages_are_whole, 0, 2);
	tcase_add_test(tc, what_is_kept_goes_where_one_wishes);
	tcase_add_test(tc, the_kernels_own_is_not_guarded);
	tcase_add_loop_test(tc, merging_any_keeps_apart, 0,
			    ARRAY_SIZE(merging_any));
	tcase_add_test(tc, what_is_not_collapsed);
	tcase_add_test(tc, advice_is_for_some_memory);
	tcase_add_test(tc, advice_meets_holes);
	tcase_add_test(tc, files_have_an_end);
	tcase_add_test(tc, offsets_of_what_has_no_file);
	tcase_add_test(tc, what_is_synchronous_is_another);
#if defined(__x86_64__)
	tcase_add_test(tc, addresses_have_an_end);
	tcase_add_test(tc, addresses_may_go_on);
#endif
	tcase_add_test(tc, stacks_grow);
	tcase_add_test(tc, all_can_be_locked);
	tcase_add_test(tc, segments_are_attached);
	tcase_add_test(tc, the_limit_has_many_names);
	tcase_add_test(tc, policies_keep_apart);
	tcase_add_loop_test(tc, kinds_of_memory, 0, 7);
	tcase_add_test(tc, children);
	tcase_add_test(tc, locked_memory_is_brought_in);
	tcase_add_test(tc, what_is_sealed_stays);
	tcase_add_loop_test(tc, errors_are_the_kernels, 0,
			    sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(tc, places_are_the_kernels);
	tcase_add_test(tc, what_is_accounted_was_written_to);
	tcase_add_test(tc, what_was_apart_is_whole_in_itself);
	tcase_add_test(tc, what_is_loaded_is_shown);
	suite_add_tcase(s, tc);
	return s;
}
