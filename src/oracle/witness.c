// SPDX-License-Identifier: GPL-2.0-only
/* Witnesses as processes: made, started, asked, ended. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/memory.h"
#include "oracle/oracle.h"

struct witness {
	pid_t pid;
	int to;
	int from;
	struct proto_hello hello;
};

/* ---- processes ----------------------------------------------------------- */

extern char **environ;

static bool sandbox;

void witness_sandbox(void)
{
	sandbox = true;
}

/*
 * What an interrupt on the terminal is meant for is this program, and the
 * compiler that it waits for: a witness ends when its input does.
 */
static int spawn(pid_t *pid, char *const argv[],
		 posix_spawn_file_actions_t *actions, bool own_group)
{
	posix_spawnattr_t attr;
	int err;

	posix_spawnattr_init(&attr);
	if (own_group)
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	/* Only bwrap has a name without a place. */
	err = (sandbox ? posix_spawnp : posix_spawn)(pid, argv[0], actions,
						     &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return err;
}

/*
 * Start a program with pipes for its standard output and, where asked for, its
 * input. Both ends that stay here are closed on exec, so that no other child
 * keeps a pipe open. Returns 0 or an errno.
 */
static int start(char *const argv[], pid_t *pid, int *to, int *from)
{
	int in[2] = { -1, -1 }, out[2];
	posix_spawn_file_actions_t actions;
	int err;

	if (to && pipe2(in, O_CLOEXEC))
		return errno;
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		if (to) {
			close(in[0]);
			close(in[1]);
		}
		return err;
	}
	posix_spawn_file_actions_init(&actions);
	if (to)
		posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	err = spawn(pid, argv, &actions, to);
	posix_spawn_file_actions_destroy(&actions);
	/* As long as it is open here, too, no end of the witness is seen. */
	if (close(out[1]) && !err) {
		err = errno;
		kill(*pid, SIGKILL);
	}
	if (to) {
		close(in[0]);
		*to = in[1];
	}
	*from = out[0];
	if (err) {
		close(out[0]);
		if (to)
			close(in[1]);
	}
	return err;
}

/* Wait for a child. Returns its exit status, or -1 if it was killed. */
static int finish(pid_t pid)
{
	int status;

	if (!wait_for_child(pid, &status) || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* ---- making one ------------------------------------------------------------ */

/* The one line that the script prints, without its end; for free(). */
static char *read_line(int fd)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!in) {
		close(fd);
		return NULL;
	}
	len = getline(&line, &size, in);
	fclose(in);
	if (len <= 1) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

char *witness_build(const char *script, const char *ksrc, const char *cache,
		    bool sanitize)
{
	const char *argv[] = { "/bin/sh", script, [6] = NULL };
	int from, err, nr = 2;
	char *program;
	pid_t pid;

	if (sandbox)
		argv[nr++] = "--sandbox";
	if (sanitize)
		argv[nr++] = "--sanitize";
	argv[nr++] = ksrc;
	argv[nr++] = cache;
	err = start((char *const *)argv, &pid, NULL, &from);
	if (err) {
		fprintf(stderr, "vmatlas: cannot run %s: %s\n", script,
			strerror(err));
		return NULL;
	}
	program = read_line(from);
	if (finish(pid)) {
		free(program);
		return NULL;
	}
	return program;
}

/* ---- talking to one ---------------------------------------------------------- */

static bool hello_ok(const struct proto_hello *h)
{
	return h->magic == PROTO_MAGIC && h->version == PROTO_VERSION &&
	       h->request_size == sizeof(struct proto_request) &&
	       h->reply_size == sizeof(struct proto_reply) &&
	       memchr(h->kernel, '\0', sizeof(h->kernel));
}

/* Returns 0 or an errno, having said it. */
static int start_program(struct witness *w, const char *program, FILE *err)
{
	char *path __free(free) = realpath(program, NULL);
	const char *const plain[] = { program, NULL };
	/* As in linux/build.sh, but there is nothing to be written. */
	const char *const inside[] = { "bwrap",
				       "--unshare-all",
				       "--die-with-parent",
				       "--new-session",
				       "--ro-bind",
				       "/",
				       "/",
				       "--dev",
				       "/dev",
				       "--proc",
				       "/proc",
				       "--tmpfs",
				       "/run",
				       "--tmpfs",
				       "/tmp",
				       "--ro-bind",
				       path,
				       path,
				       path,
				       NULL };
	const char *const *argv = sandbox ? inside : plain;
	int error = path ? 0 : errno;

	if (!error)
		error = start((char *const *)argv, &w->pid, &w->to, &w->from);
	if (error)
		fprintf(err, "vmatlas: cannot run %s: %s\n",
			path ? argv[0] : program, strerror(error));
	return error;
}

/* It speaks first, and at once. What waits to be spoken to would wait for ever. */
#define HELLO_MS 10000

static bool says_hello(struct witness *w)
{
	struct pollfd from = { .fd = w->from, .events = POLLIN };
	int nr;

	do
		nr = poll(&from, 1, HELLO_MS);
	while (nr < 0 && errno == EINTR);
	return nr > 0 && fd_read_all(w->from, &w->hello, sizeof(w->hello)) &&
	       hello_ok(&w->hello);
}

struct witness *witness_start(const char *program, FILE *err)
{
	struct witness *w = xcalloc(1, sizeof(*w));

	/* A witness that dies is noticed by what write() returns. */
	signal(SIGPIPE, SIG_IGN);
	if (start_program(w, program, err)) {
		free(w);
		return NULL;
	}
	if (says_hello(w))
		return w;
	fprintf(err, "vmatlas: %s is no witness, or one of another version\n",
		program);
	kill(w->pid, SIGKILL);
	witness_stop(w);
	return NULL;
}

void witness_stop(struct witness *w)
{
	if (!w)
		return;
	/* At the end of its input a witness ends by itself. */
	close(w->to);
	close(w->from);
	finish(w->pid);
	free(w);
}

const char *witness_kernel(const struct witness *w)
{
	return w->hello.kernel;
}

static bool read_reply(int fd, struct proto_reply *reply)
{
	if (!fd_read_all(fd, reply, offsetof(struct proto_reply, steps)) ||
	    reply->nr_vmas > PROTO_VMAS || reply->nr_steps > PROTO_STEPS)
		return false;
	return fd_read_all(fd, reply->steps,
			   reply->nr_steps * sizeof(reply->steps[0]));
}

bool witness_ask(struct witness *w, const struct proto_request *asked,
		 struct proto_reply *replies, uint32_t nr, uint32_t repeat,
		 uint64_t *ns)
{
	struct proto_batch batch = { .nr = nr, .repeat = repeat };

	/* So few fit into a pipe: nobody waits for the other to read. */
	if (!fd_write_all(w->to, &batch, sizeof(batch)) ||
	    !fd_write_all(w->to, asked, nr * sizeof(*asked)) ||
	    !fd_read_all(w->from, &batch, sizeof(batch)) || batch.nr != nr)
		return false;
	for (uint32_t i = 0; i < nr; i++)
		if (!read_reply(w->from, &replies[i]))
			return false;
	if (ns)
		*ns = batch.ns;
	return true;
}
