// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race itself. It is run in a child, which shares a page or two with us and
 * is killed when its time is up, whatever it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oracle/race-query.h"
#include "lib/jobs.h"
#include "oracle/race.h"

const struct race_settings race_best = {
	.pause = 2000,
	.within = 20000,
	.watchers = 30,
	.fifo = true,
};

/* What parent, reader and writer share. */
struct arena {
	const struct race_plan *plan;
	const struct race_course *course;
	struct race_region region;
	int cpus[2]; /* of reader and writer, -1 for any */
	atomic_bool stop;
	atomic_ulong ops;
	atomic_int op_err;
	atomic_uint op_failed;
	atomic_bool fifo;
	struct race_result result;
};

/* ---- time and chance ----------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* xorshift: quick, and nothing depends on how good it is. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* ---- processors ---------------------------------------------------------- */

/* The first two that we may use: one for each. */
static void choose_cpus(struct arena *a)
{
	cpu_set_t set;
	int nr = 0;

	a->cpus[0] = a->cpus[1] = -1;
	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			a->cpus[nr++] = cpu;
	if (nr < 2)
		a->cpus[0] = a->cpus[1] = -1;
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- the region ---------------------------------------------------------- */

static char *address_of(const struct arena *a, unsigned long page)
{
	return (char *)(a->region.base + page * a->region.page_size);
}

static int protection_of(vm_flags_t flags)
{
	return (flags & VM_READ ? PROT_READ : 0) |
	       (flags & VM_WRITE ? PROT_WRITE : 0) |
	       (flags & VM_EXEC ? PROT_EXEC : 0);
}

static int map(const struct arena *a, unsigned long start, unsigned long end,
	       vm_flags_t flags)
{
	size_t size = (end - start) * a->region.page_size;

	if (mmap(address_of(a, start), size, protection_of(flags),
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return errno;
	return 0;
}

static int unmap(const struct arena *a, unsigned long start, unsigned long end)
{
	size_t size = (end - start) * a->region.page_size;

	return munmap(address_of(a, start), size) ? errno : 0;
}

/*
 * Below all else that is mapped, so that a read comes to it first. What is not
 * readable on both sides are the neighbours.
 */
#define LOWEST 0x100000UL

static int reserve(struct arena *a)
{
	struct race_region *r = &a->region;
	size_t size;
	char *at;

	r->page_size = sysconf(_SC_PAGESIZE);
	r->base = LOWEST;
	r->start = a->plan->start;
	r->end = a->plan->end;
	size = (r->end - r->start) * r->page_size;
	at = mmap(address_of(a, r->start), size, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at == MAP_FAILED)
		return errno;
	return at == address_of(a, r->start) ? 0 : EEXIST;
}

/* Between the neighbours: the case's VMAs, and nothing where it has none. */
static int furnish(struct arena *a)
{
	const struct race_view *v = &a->plan->first;
	int err = 0;

	for (uint32_t i = 0; i + 1 < v->nr && !err; i++)
		if (v->lines[i].end < v->lines[i + 1].start)
			err = unmap(a, v->lines[i].end, v->lines[i + 1].start);
	for (size_t i = 0; i < a->plan->c.nr_before && !err; i++) {
		const struct vma_state *s = &a->plan->before[i].s;

		err = map(a, s->vm_start, s->vm_end, s->attrs.flags);
	}
	return err;
}

/* ---- the writer ---------------------------------------------------------- */

static int do_op(const struct arena *a, const struct op *op)
{
	size_t size = (op->end - op->start) * a->region.page_size;

	switch (op->kind) {
	case OP_MODIFY:
		return mprotect(address_of(a, op->start), size,
				protection_of(op->attrs.flags))
			       ? errno
			       : 0;
	case OP_MAP:
		return map(a, op->start, op->end, op->attrs.flags);
	case OP_UNMAP:
		return unmap(a, op->start, op->end);
	default:
		return EINVAL;
	}
}

static void pause_for(uint64_t nanoseconds)
{
	uint64_t end = now() + nanoseconds;

	while (now() < end)
		;
}

/* Others are to have the processor, too. */
#define TURN 8000000ULL /* nanoseconds without a rest */
#define REST 2000000

static void rest(uint64_t *since)
{
	const struct timespec t = { .tv_nsec = REST };

	if (now() - *since < TURN)
		return;
	nanosleep(&t, NULL);
	*since = now();
}

static void become_fifo(struct arena *a)
{
	const struct sched_param param = { .sched_priority = 1 };

	if (a->course->settings.fifo && a->cpus[0] >= 0)
		a->fifo = !sched_setscheduler(0, SCHED_FIFO, &param);
}

static void *write_on(void *data)
{
	struct arena *a = data;
	const struct race_plan *plan = a->plan;
	unsigned long pause = a->course->settings.pause;
	uint64_t random = now() | 1, since = now();

	stay_on(a->cpus[1]);
	become_fifo(a);
	for (size_t i = 0; !a->stop; i = (i + 1) % plan->nr_ops) {
		int err = do_op(a, &plan->ops[i]);

		if (err) {
			a->op_failed = i;
			a->op_err = err;
			a->stop = true;
			return NULL;
		}
		atomic_fetch_add_explicit(&a->ops, 1, memory_order_relaxed);
		if (pause)
			pause_for(next_random(&random) % pause);
		if (a->fifo)
			rest(&since);
	}
	return NULL;
}

/* ---- readers ------------------------------------------------------------- */

/* One read and what it said. */
struct look {
	struct arena *a;
	int fd;
	char text[8192];
	size_t len;
	struct race_view view;
};

/* Fits all lines of a region; the kernel stops at a page in any case. */
#define ENOUGH 2048

static enum race_parsed look_once(struct look *l)
{
	ssize_t n = pread(l->fd, l->text, ENOUGH, 0);

	if (n < 0)
		return RACE_BROKEN;
	l->len = n;
	return race_parse(&l->a->region, l->text, l->len, &l->view);
}

/* Less than a line: the kernel shows one, and keeps what does not fit. */
#define LITTLE 32

static enum race_parsed look_by_lines(struct look *l)
{
	enum race_parsed parsed = RACE_PART;

	l->len = 0;
	if (lseek(l->fd, 0, SEEK_SET))
		return RACE_BROKEN;
	while (parsed == RACE_PART && l->len + LITTLE <= sizeof(l->text)) {
		ssize_t n = read(l->fd, l->text + l->len, LITTLE);

		if (n < 0)
			return RACE_BROKEN;
		if (!n)
			break;
		l->len += n;
		parsed = race_parse(&l->a->region, l->text, l->len, &l->view);
	}
	return parsed;
}

/* Its answers as lines, for those who want to see what was read. */
static void note_answer(struct look *l, const struct procmap_query *q)
{
	size_t room = sizeof(l->text) - l->len;
	int n = snprintf(l->text + l->len, room, "%08llx-%08llx\n",
			 (unsigned long long)q->vma_start,
			 (unsigned long long)q->vma_end);

	if (n > 0 && (size_t)n < room)
		l->len += n;
}

static enum race_parsed look_by_queries(struct look *l)
{
	const struct race_region *r = &l->a->region;
	uint64_t last = r->base + r->end * r->page_size;
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
		.query_addr = r->base + r->start * r->page_size,
	};

	l->len = 0;
	l->view.nr = 0;
	while (q.query_addr < last) {
		if (ioctl(l->fd, PROCMAP_QUERY, &q))
			return errno == ENOENT ? RACE_WHOLE : RACE_BROKEN;
		if (!race_add(r, &l->view, q.vma_start, q.vma_end))
			return RACE_BROKEN;
		if (q.vma_start < last)
			note_answer(l, &q);
		q.query_addr = q.vma_end;
	}
	return RACE_WHOLE;
}

static enum race_parsed (*const looks[NR_RACE_KINDS])(struct look *l) = {
	[RACE_READ] = look_once,
	[RACE_STOPS] = look_by_lines,
	[RACE_QUERY] = look_by_queries,
};

/* ---- what was seen ------------------------------------------------------- */

/* The lines that are about the region, as they are. */
static void keep_text(const struct look *l, char *to)
{
	size_t begin = 0, used = 0;

	for (size_t i = 0; i < l->len; i++) {
		struct race_view view = { 0 };
		size_t size = i + 1 - begin;

		if (l->text[i] != '\n')
			continue;
		race_parse(&l->a->region, l->text + begin, size, &view);
		if (view.nr && used + size < RACE_TEXT) {
			memcpy(to + used, l->text + begin, size);
			used += size;
		}
		begin = i + 1;
	}
	to[used] = 0;
}

static void note_view(const struct look *l)
{
	struct race_result *result = &l->a->result;
	struct race_seen *seen = result->seen, *end = seen + result->nr;

	result->reads++;
	while (seen < end && !race_view_equal(&seen->view, &l->view))
		seen++;
	if (seen == end) {
		if (result->nr == RACE_SEEN) {
			result->overflow++;
			return;
		}
		seen->view = l->view;
		keep_text(l, seen->text);
		/* Whoever is killed here has not left half of one behind. */
		atomic_signal_fence(memory_order_seq_cst);
		result->nr++;
	}
	seen->count++;
}

static void read_on(struct look *l)
{
	const struct race_course *course = l->a->course;
	uint64_t begin = now(), end = begin + course->seconds * 1e9;
	uint64_t random = begin | 1;
	struct race_timer timer;

	race_timer_open(&timer, course->settings.within,
			course->settings.watchers);
	while (!l->a->stop && now() < end) {
		enum race_parsed parsed;

		race_timer_arm(&timer, next_random(&random));
		errno = 0;
		parsed = looks[course->kind](l);
		if (parsed == RACE_WHOLE) {
			note_view(l);
		} else if (parsed == RACE_PART) {
			l->a->result.cut++;
		} else {
			l->a->result.end = RACE_NO_READ;
			l->a->result.err = errno;
			break;
		}
	}
	l->a->result.nanoseconds = now() - begin;
	l->a->stop = true;
}

/* ---- before the start ---------------------------------------------------- */

/* Nobody else is there yet: each operation does what the simulator says? */
static bool rehearse(struct arena *a)
{
	struct look l = { .a = a };
	struct race_result *result = &a->result;

	l.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (l.fd < 0) {
		result->end = RACE_NO_READ;
		result->err = errno;
		return false;
	}
	for (size_t i = 0; i < a->plan->nr_ops; i++) {
		result->op = i;
		result->err = do_op(a, &a->plan->ops[i]);
		result->end = RACE_NO_OP;
		if (result->err)
			return false;
		result->end = RACE_NO_READ;
		errno = 0;
		if (look_once(&l) != RACE_WHOLE) {
			result->err = errno;
			return false;
		}
		result->end = RACE_OFF_COURSE;
		result->strange = l.view;
		if (!race_view_equal(&l.view, &a->plan->after[i]))
			return false;
	}
	close(l.fd);
	result->end = RACE_DONE;
	return true;
}

static bool prepare(struct arena *a)
{
	a->result.err = reserve(a);
	if (!a->result.err)
		a->result.err = furnish(a);
	a->result.end = a->result.err ? RACE_NO_ROOM : RACE_DONE;
	return !a->result.err && rehearse(a);
}

/* ---- the child ----------------------------------------------------------- */

static void race_in_threads(struct arena *a)
{
	struct look l = { .a = a };
	pthread_t writer;

	l.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	a->result.err = pthread_create(&writer, NULL, write_on, a);
	if (a->result.err) {
		a->result.end = RACE_NO_CHILD;
		return;
	}
	stay_on(a->cpus[0]);
	read_on(&l);
	pthread_join(writer, NULL);
}

static void race_apart(struct arena *a)
{
	struct look l = { .a = a };
	pid_t reader = getpid(), writer = fork();
	char path[64];
	int status = 0;

	if (writer < 0) {
		a->result.end = RACE_NO_CHILD;
		a->result.err = errno;
		return;
	}
	if (!writer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == reader)
			write_on(a);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/maps", writer);
	l.fd = open(path, O_RDONLY | O_CLOEXEC);
	stay_on(a->cpus[0]);
	read_on(&l);
	waitpid(writer, &status, 0);
	if (status) {
		a->result.end = RACE_NO_WRITER;
		a->result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
}

static void limit_self(const struct race_course *course)
{
	/* Of a real-time thread: processor time without a rest. */
	const struct rlimit turn = { 20 * TURN / 1000, 20 * TURN / 1000 };
	const struct rlimit files = { 4096, 4096 };
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In case that nobody watches; it takes whole seconds. */
	alarm(course->seconds + 1 + RACE_GRACE);
	setrlimit(RLIMIT_RTTIME, &turn);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGINT, SIG_IGN);
}

static void child(struct arena *a)
{
	limit_self(a->course);
	choose_cpus(a);
	if (!prepare(a))
		return;
	if (a->course->apart)
		race_apart(a);
	else
		race_in_threads(a);
	a->result.ops = a->ops;
	a->result.fifo = a->fifo;
	if (a->op_err) {
		a->result.end = RACE_NO_OP;
		a->result.err = a->op_err;
		a->result.op = a->op_failed;
	}
}

/* ---- the parent ---------------------------------------------------------- */

/* Returns whether it had to be killed. */
static bool watch(struct arena *a, pid_t pid, int *status)
{
	uint64_t end = now() + (a->course->seconds + RACE_GRACE) * 1e9;
	const struct timespec nap = { .tv_nsec = 5000000 };
	bool late = false;

	while (!waitpid(pid, status, WNOHANG)) {
		if (interrupted())
			a->stop = true;
		if (now() > end)
			late = !kill(pid, SIGKILL);
		nanosleep(&nap, NULL);
	}
	return late;
}

/* It came to no end of its own. */
static void note_end(struct arena *a, int status, bool late, uint64_t begin)
{
	struct race_result *result = &a->result;

	result->err = 0;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (result->signal == SIGALRM)
		late = true;
	result->end = late ? RACE_LATE : RACE_LOST;
	result->ops = a->ops;
	result->fifo = a->fifo;
	result->nanoseconds = now() - begin;
}

static void run(struct arena *a)
{
	pid_t parent = getpid(), pid = fork();
	uint64_t begin = now();
	int status = 0;
	bool late;

	if (pid < 0) {
		a->result.end = RACE_NO_CHILD;
		a->result.err = errno;
		return;
	}
	if (!pid) {
		if (getppid() == parent)
			child(a);
		_exit(0);
	}
	late = watch(a, pid, &status);
	if (status)
		note_end(a, status, late, begin);
}

void race_run(const struct race_plan *plan, const struct race_course *course,
	      struct race_result *result)
{
	struct arena *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (a == MAP_FAILED) {
		*result = (struct race_result){ .end = RACE_NO_CHILD,
						.err = errno };
		return;
	}
	a->plan = plan;
	a->course = course;
	run(a);
	*result = a->result;
	munmap(a, sizeof(*a));
}
