// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of a guest that tests/kernels.py boots: runs one program, says how
 * it ended, and powers off. Its own console is the first serial line, with all
 * that the kernel has to say; what the program prints goes to the second one,
 * where nothing else is written but the two lines that frame it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define OUTPUT "/dev/ttyS1"
#define ARGS "/args" /* the program and its arguments, each with its NUL */
#define FRAME "@@vmatlas "
#define MAX_ARGS 256

/* As shells have it. */
#define EXIT_NOT_RUN 127

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
}

/* A message for the console: it is all that is left if this goes wrong. */
static void die(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	power_off();
	abort();
}

/* Whatever a kernel lacks is missed by the program, which then says so. */
static void mount_on(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL))
		fprintf(stderr, "init: %s: %s\n", where, strerror(errno));
}

static void mount_all(void)
{
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("devtmpfs", "/dev");
	mount_on("tmpfs", "/dev/shm");
	mount_on("tmpfs", "/tmp");
}

static void read_args(char **argv)
{
	static char text[65536];
	int fd = open(ARGS, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int nr = 0;

	if (len < 0)
		die(ARGS);
	close(fd);
	for (char *arg = text; arg < text + len; arg += strlen(arg) + 1) {
		if (nr == MAX_ARGS) {
			errno = E2BIG;
			die(ARGS);
		}
		argv[nr++] = arg;
	}
}

static int open_output(void)
{
	int fd = open(OUTPUT, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		die(OUTPUT);
	return fd;
}

static void run(char **argv, int out)
{
	int in = open("/dev/null", O_RDONLY);

	setsid();
	setenv("PATH", "/bin", 1);
	setenv("TERM", "dumb", 1);
	setenv("NO_COLOR", "1", 1);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execv(argv[0], argv);
	fprintf(stderr, "init: %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NOT_RUN);
}

/* Orphans come here, too; only the program itself is of interest. */
static int wait_for(pid_t pid)
{
	int status;
	pid_t done;

	do {
		done = wait(&status);
	} while (done != pid && (done >= 0 || errno == EINTR));
	if (done < 0)
		die("wait");
	return status;
}

/* On the console, too: what is above is the boot. */
static void print_begin(int out)
{
	struct utsname un;

	if (uname(&un))
		die("uname");
	dprintf(STDERR_FILENO, FRAME "begin\n");
	dprintf(out, FRAME "begin %s %s\n", un.release, un.version);
}

/* On a line of its own, whatever the program printed last. */
static void print_end(int out, int status)
{
	if (WIFSIGNALED(status))
		dprintf(out, "\n" FRAME "end signal %d\n", WTERMSIG(status));
	else
		dprintf(out, "\n" FRAME "end exit %d\n", WEXITSTATUS(status));
	tcdrain(out);
}

int main(void)
{
	static char *argv[MAX_ARGS + 1];
	int out;
	pid_t pid;

	mount_all();
	read_args(argv);
	out = open_output();
	print_begin(out);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		run(argv, out);
	print_end(out, wait_for(pid));
	power_off();
	return 0;
}
