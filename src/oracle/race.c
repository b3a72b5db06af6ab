// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race itself. It is run in a child, which shares a page or two with us and
 * is killed when its time is up, whatever it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/memory.h"
#include "oracle/race-internal.h"

/* ---- time and chance ----------------------------------------------------- */

uint64_t race_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* ---- before the start ---------------------------------------------------- */

/* Nobody else is there yet: does each operation what the simulator says? */
static bool try_ops_alone(struct race_shared *a, int fd)
{
	struct race_result *result = &a->result;

	for (size_t i = 0; i < a->plan->nr_ops; i++) {
		struct race_view view;

		result->op = i;
		result->err = race_do_op(a, &a->plan->ops[i]);
		result->end = RACE_NO_OP;
		if (result->err)
			return false;
		result->end = RACE_NO_READ;
		if (race_read_once(a, fd, &view) != RACE_WHOLE) {
			result->err = errno;
			return false;
		}
		result->end = RACE_STRANGE;
		result->strange = view;
		if (!race_view_equal(&view, &a->plan->after[i]))
			return false;
	}
	result->end = RACE_DONE;
	return true;
}

static bool warm_up(struct race_shared *a)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool well;

	if (fd < 0) {
		a->result.end = RACE_NO_READ;
		a->result.err = errno;
		return false;
	}
	well = try_ops_alone(a, fd);
	close(fd);
	return well;
}

static bool prepare(struct race_shared *a)
{
	a->result.err = race_reserve(a);
	if (!a->result.err)
		a->result.err = race_map_before(a);
	a->result.end = a->result.err ? RACE_NO_ROOM : RACE_DONE;
	return !a->result.err && warm_up(a);
}

/* ---- the child ----------------------------------------------------------- */

static const char *const paths[NR_RACE_KINDS] = {
	[RACE_READ] = "maps",	[RACE_STOPS] = "maps",
	[RACE_SMAPS] = "smaps", [RACE_NUMA] = "numa_maps",
	[RACE_QUERY] = "maps",
};

static void read_on(struct race_shared *a, pid_t of)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", of, paths[a->opts->kind]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		a->result.end = RACE_NO_READ;
		a->result.err = errno;
		a->stop = true;
		return;
	}
	prctl(PR_SET_NAME, RACE_READER);
	race_stay_on(a->cpus[0]);
	race_read_on(a, fd);
	close(fd);
}

static void race_in_threads(struct race_shared *a)
{
	pthread_t writer;

	a->result.err = pthread_create(&writer, NULL, race_write_on, a);
	if (a->result.err) {
		a->result.end = RACE_NO_CHILD;
		return;
	}
	read_on(a, getpid());
	pthread_join(writer, NULL);
}

static void race_apart(struct race_shared *a)
{
	pid_t reader = getpid(), writer = fork();
	int status = 0;

	if (writer < 0) {
		a->result.end = RACE_NO_CHILD;
		a->result.err = errno;
		return;
	}
	if (!writer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == reader)
			race_write_on(a);
		_exit(0);
	}
	read_on(a, writer);
	waitpid(writer, &status, 0);
	if (status) {
		a->result.end = RACE_NO_WRITER;
		a->result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
}

static void limit_self(const struct race_opts *opts)
{
	/* Of a real-time thread: processor time without a rest. */
	const struct rlimit turn = { 20 * RACE_TURN / 1000,
				     20 * RACE_TURN / 1000 };
	const struct rlimit files = { 4096, 4096 };
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In case that nobody watches; it takes whole seconds. */
	alarm(opts->seconds + 1 + RACE_GRACE);
	setrlimit(RLIMIT_RTTIME, &turn);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGINT, SIG_IGN);
}

/* On a machine that has much else to do, its turn would not come for long. */
static void end_spinner(pthread_t spinner)
{
	const struct sched_param param = { 0 };

	pthread_setschedparam(spinner, SCHED_OTHER, &param);
	pthread_join(spinner, NULL);
}

static void child(struct race_shared *a)
{
	pthread_t spinner;
	bool spins;

	limit_self(a->opts);
	race_choose_cpus(a);
	if (!prepare(a))
		return;
	spins = a->opts->settings.spin && a->cpus[1] >= 0 &&
		!pthread_create(&spinner, NULL, race_spin, a);
	if (a->opts->apart)
		race_apart(a);
	else
		race_in_threads(a);
	a->stop = true;
	if (spins)
		end_spinner(spinner);
	a->result.ops = a->done;
	a->result.fifo = a->fifo;
	if (a->op_err) {
		a->result.end = RACE_NO_OP;
		a->result.err = a->op_err;
		a->result.op = a->op_failed;
	}
}

/* ---- the parent ---------------------------------------------------------- */

/* Returns whether it had to be killed. */
static bool watch(struct race_shared *a, pid_t pid, int *status)
{
	uint64_t end =
		nanoseconds_now() + (a->opts->seconds + RACE_GRACE) * 1e9;
	const struct timespec nap = { .tv_nsec = 5000000 };
	bool late = false;

	while (!waitpid(pid, status, WNOHANG)) {
		if (interrupted())
			a->stop = true;
		if (a->opts->watch)
			a->opts->watch(a->opts->data, &a->result);
		if (nanoseconds_now() > end)
			late = !kill(pid, SIGKILL);
		nanosleep(&nap, NULL);
	}
	return late;
}

/* It came to no end of its own. */
static void note_end(struct race_shared *a, int status, bool late,
		     uint64_t begin)
{
	struct race_result *result = &a->result;

	result->err = 0;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (result->signal == SIGALRM)
		late = true;
	result->end = late ? RACE_LATE : RACE_LOST;
	result->ops = a->done;
	result->fifo = a->fifo;
	result->nanoseconds = nanoseconds_now() - begin;
}

static void run(struct race_shared *a)
{
	pid_t parent = getpid(), pid = fork();
	uint64_t begin = nanoseconds_now();
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

/* Once it is over, nobody needs room for what was not seen. */
static struct race_result result_of(const struct race_shared *a)
{
	struct race_result result = a->result;

	result.seen = xcalloc(result.nr, sizeof(*result.seen));
	memcpy(result.seen, a->seen, result.nr * sizeof(*result.seen));
	return result;
}

void race_run(const struct race_plan *plan, const struct race_opts *opts,
	      struct race_result *result)
{
	struct race_shared *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (a == MAP_FAILED) {
		*result = (struct race_result){ .end = RACE_NO_CHILD,
						.err = errno };
		return;
	}
	a->plan = plan;
	a->opts = opts;
	a->result.seen = a->seen;
	run(a);
	*result = result_of(a);
	munmap(a, sizeof(*a));
}
