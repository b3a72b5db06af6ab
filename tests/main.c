// SPDX-License-Identifier: GPL-2.0-only
/* All suites in one program. CK_RUN_SUITE=model runs one of them. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

static Suite *(*const suites[])(void) = {
	suite_lib,	    suite_model,     suite_failures, suite_catalog,
	suite_space,	    suite_oracle,    suite_reader,   suite_report,
	suite_emit,	    suite_graph,     suite_rst,	     suite_reader_pages,
	suite_kernel_pages, suite_promela,   suite_vma_test, suite_page,
	suite_merge,	    suite_kselftest, suite_race,     suite_process,
	suite_replay,	    suite_cmd,	     suite_live,     suite_reach,
	suite_syscall,	    suite_random,    suite_what_if,
};

bool in_sample(size_t i, size_t nr)
{
	const char *seed = getenv("SEED"), *full = getenv("FULL");

	return (full && *full) ||
	       (i + (seed ? strtoul(seed, NULL, 0) : 0)) % nr == 0;
}

/* ---- what is refused ------------------------------------------------------------ */

bool forbid(unsigned int nr)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
				      filter };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* ---- a place for files ------------------------------------------------------ */

static char place[] = "/tmp/vmatlas-check-XXXXXX";

static void name_in_place(char path[TEMP_PATH])
{
	snprintf(path, TEMP_PATH, "%s/XXXXXX", place);
}

void temp_dir(char path[TEMP_PATH])
{
	name_in_place(path);
	ck_assert_ptr_nonnull(mkdtemp(path));
}

int temp_file(char path[TEMP_PATH])
{
	int fd;

	name_in_place(path);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static int drop(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* ---- all of it -------------------------------------------------------------- */

static bool run_all(void)
{
	SRunner *sr = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(sr, suites[i]());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return !failed;
}

/* Waits for the end of all that has the pipe, however it comes, and cleans up. */
static pid_t start_cleaner(void)
{
	int ends[2], ended;
	pid_t pid;
	char c;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid) {
		close(ends[0]);
		return pid;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close(ends[1]);
	do
		ended = read(ends[0], &c, 1);
	while (ended < 0 && errno == EINTR);
	nftw(place, drop, 16, FTW_DEPTH | FTW_PHYS);
	_exit(EXIT_SUCCESS);
}

/*
 * Tests write the names of programs into commands: they get one that no shell takes
 * apart, whatever the directory is called in which they were built.
 */
static bool name_program(const char *variable, const char *built)
{
	const char *named = getenv(variable);
	char link[TEMP_PATH], *path = realpath(named ? named : built, NULL);
	bool ok = true;

	if (path) {
		snprintf(link, sizeof(link), "%s/%s", place, variable);
		ok = !symlink(path, link) && !setenv(variable, link, 1);
	}
	free(path);
	return ok;
}

/*
 * What runs the tests must not be a child itself: its heap would be inherited, and
 * not merge as it grows.
 */
int main(void)
{
	pid_t cleaner;
	bool passed;

	if (!mkdtemp(place) || setenv("TMPDIR", place, 1) ||
	    !name_program("VMATLAS", "build/vmatlas") ||
	    !name_program("FAKE", "build/tests/fake-witness") ||
	    (cleaner = start_cleaner()) < 0) {
		perror(place);
		return EXIT_FAILURE;
	}
	passed = run_all();
	kill(cleaner, SIGKILL);
	waitpid(cleaner, NULL, 0);
	nftw(place, drop, 16, FTW_DEPTH | FTW_PHYS);
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
