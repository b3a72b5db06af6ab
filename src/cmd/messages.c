// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages as JSON. With --format json all that anything in the program, or a
 * program that it starts, says on standard error goes into a pipe, and at the end
 * it is written as one object. Nothing is allocated for that, so that want of
 * memory is said in this way, too; and no limit on file sizes is in the way.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/text.h"

/* What a pipe holds at the most, as far as the system allows. The rest is lost. */
#define MESSAGES_MAX (1 << 20)

static int standard_error =
	-1; /* the real one, while the pipe is in its place */
static int kept;
static pid_t owner;

/* Options can be shortened: "--form json". */
static bool is_format(const char *arg, const char *next)
{
	size_t len = strcspn(arg, "=");

	if (len < strlen("--f") || strncmp(arg, "--format", len))
		return false;
	if (arg[len])
		next = arg + len + 1;
	return next && !strcmp(next, "json");
}

static bool asks_for_json(char **argv)
{
	for (; *argv && strcmp(*argv, "--"); argv++)
		if (is_format(argv[0], argv[1]))
			return true;
	return false;
}

void messages_begin(char **argv)
{
	int fd[2];

	if (!asks_for_json(argv) || pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return;
	fcntl(fd[1], F_SETPIPE_SZ, MESSAGES_MAX);
	standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (standard_error >= 0)
		dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	kept = fd[0];
	owner = getpid();
}

/* ---- as JSON ---------------------------------------------------------------- */

static void put_string(const char *text, size_t len)
{
	uint32_t c;

	putc('"', stderr);
	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_char(text + at, len - at, &c);
		if (!n) {
			n = 1;
			fprintf(stderr, "\\ufffd");
		} else if (c == '\n') {
			fputs("\\n", stderr);
		} else if (c < ' ' || c == 0x7f) {
			fprintf(stderr, "\\u%04x", (unsigned int)c);
		} else {
			fprintf(stderr, "%s%.*s",
				c == '"' || c == '\\' ? "\\" : "", (int)n,
				text + at);
		}
	}
	putc('"', stderr);
}

/* What is before ":LINE:COLUMN: ", and how long all that is; 0 if there is none. */
static size_t position(const char *text, size_t len, size_t *file,
		       uint64_t *line, uint64_t *column)
{
	const char *end = text + len, *at = text, *after;

	while ((at = memchr(at, ':', end - at))) {
		*file = at++ - text;
		after = take_digits(at, end, 10, line);
		if (!after || after == end || *after++ != ':')
			continue;
		after = take_digits(after, end, 10, column);
		if (after && end - after > 1 && after[0] == ':' &&
		    after[1] == ' ')
			return after + 2 - text;
	}
	return 0;
}

static void put_message(const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);
	size_t file, skip;
	uint64_t line, column;

	fputs("    {", stderr);
	skip = position(text, newline ? (size_t)(newline - text) : len, &file,
			&line, &column);
	if (skip) {
		fputs("\"file\": ", stderr);
		put_string(text, file);
		fprintf(stderr, ", \"line\": %ju, \"column\": %ju, ",
			(uintmax_t)line, (uintmax_t)column);
	}
	fputs("\"text\": ", stderr);
	put_string(text + skip, len - skip);
	putc('}', stderr);
}

/*
 * Whether a message begins here: "vmatlas: what", "FILE: what". Other lines belong to
 * the one before.
 */
static bool begins(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return *text != ' ' && *text != '\t' &&
	       memmem(text, end - text, ": ", 2);
}

/* How long the message is that begins here; each line has its end. */
static size_t message_len(const char *text, size_t len)
{
	size_t at = 0;

	do
		at = (const char *)memchr(text + at, '\n', len - at) + 1 - text;
	while (at < len && !begins(text + at, len - at));
	return at;
}

static size_t take_all(char *text, size_t max)
{
	size_t len = 0;
	ssize_t n;

	while (len < max && (n = read(kept, text + len, max - len)) > 0)
		len += n;
	while (len && text[len - 1] == '\n')
		len--;
	text[len++] = '\n';
	return len;
}

void messages_end(int status)
{
	static char text[MESSAGES_MAX + 1], buffer[BUFSIZ];
	size_t len, n;

	if (standard_error < 0 || getpid() != owner)
		return;
	dup2(standard_error, STDERR_FILENO);
	standard_error = -1;
	len = take_all(text, MESSAGES_MAX);
	if (len < 2)
		return;
	setvbuf(stderr, buffer, _IOFBF, sizeof(buffer));
	fprintf(stderr, "{\n  \"exit_status\": %d,\n  \"messages\": [\n",
		status);
	for (size_t at = 0; at < len; at += n) {
		n = message_len(text + at, len - at);
		put_message(text + at, n - 1);
		fputs(at + n < len ? ",\n" : "\n", stderr);
	}
	fputs("  ]\n}\n", stderr);
	fflush(stderr);
}
