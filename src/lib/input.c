// SPDX-License-Identifier: GPL-2.0-only
/* A file that somebody named. It may be a device, or a FIFO that nobody writes to. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"

#define PATIENCE_MS 1000

/* Returns false if a signal came first. */
static bool await_writer(int fd, const char *name)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int nr = poll(&wait, 1, PATIENCE_MS);

	if (!nr) {
		fputs("vmatlas: ", stderr);
		text_print(stderr, name, 0);
		fputs(": a FIFO into which nobody writes, waiting for who does\n",
		      stderr);
		nr = poll(&wait, 1, -1);
	}
	return nr > 0;
}

FILE *input_open(const char *name)
{
	FILE *in = NULL;
	struct stat st;
	int fd;

	if (!strcmp(name, "-"))
		return stdin;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) &&
	    (!S_ISFIFO(st.st_mode) || await_writer(fd, name)) &&
	    !fcntl(fd, F_SETFL, 0))
		in = fdopen(fd, "r");
	if (!in)
		close(fd);
	return in;
}

bool input_is(const char *input, const char *path, FILE *err)
{
	struct stat in, out;

	if (stat(path, &out) || !S_ISREG(out.st_mode) ||
	    (strcmp(input, "-") ? stat(input, &in)
				: fstat(STDIN_FILENO, &in)) ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return false;
	fputs("vmatlas: cannot write '", err);
	text_print(err, path, 0);
	fputs("': it is the same file as '", err);
	text_print(err, input, 0);
	fputs("', expected another\n", err);
	return true;
}

void input_close(FILE *in)
{
	if (in != stdin)
		fclose(in);
}
