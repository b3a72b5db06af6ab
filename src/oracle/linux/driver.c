// SPDX-License-Identifier: GPL-2.0-only
/*
 * A witness: says what a kernel tree's own mm/vma.c makes of an address space
 * and an operation. It is asked on standard input and answers on standard
 * output, see oracle/protocol.h; build.sh compiles it.
 *
 * The tree's code runs as it is. A step is seen in one of two ways: the code
 * calls a function for it, which adapt.h renames to a hook here; or it assigns
 * to a field, which the next hook finds changed. All is one unit for the compiler,
 * since that code is included, and calls what is static here.
 */
#include "adapt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "oracle/protocol.h"

#include "objects.c"
#include "hooks.c"
#include "operate.c"

/* ---- the other end ------------------------------------------------------- */

static uint64_t nanoseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Returns false at the end of what is asked. */
static bool read_all(void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t nr = read(STDIN_FILENO, (char *)to + done, size - done);

		if (nr < 0)
			die("cannot read what is asked");
		if (!nr && done)
			die("what is asked ends in the middle");
		if (!nr)
			return false;
		done += nr;
	}
	return true;
}

/* Each request so often as is asked; what is timed is only that. */
static void answer(const struct proto_request *requests,
		   struct proto_reply *replies, struct proto_batch *batch)
{
	uint64_t begun = nanoseconds();

	for (uint32_t i = 0; i < batch->nr; i++) {
		req = &requests[i];
		reply = &replies[i];
		for (uint32_t j = 0; j < batch->repeat; j++)
			carry_out();
	}
	batch->ns = nanoseconds() - begun;
}

static void write_replies(FILE *out, const struct proto_reply *replies,
			  const struct proto_batch *batch)
{
	fwrite(batch, sizeof(*batch), 1, out);
	for (uint32_t i = 0; i < batch->nr; i++)
		fwrite(&replies[i],
		       offsetof(struct proto_reply, steps[replies[i].nr_steps]),
		       1, out);
	if (fflush(out))
		die("cannot write the answer");
}

static void say_hello(FILE *out)
{
	const struct proto_hello hello = {
		.magic = PROTO_MAGIC,
		.version = PROTO_VERSION,
		.request_size = sizeof(struct proto_request),
		.reply_size = sizeof(struct proto_reply),
		.kernel = KERNEL_VERSION,
	};

	fwrite(&hello, sizeof(hello), 1, out);
	if (fflush(out))
		die("cannot write the answer");
}

/*
 * The shims print with printf(), and the maple tree all of itself with a
 * warning: that must not end up between the replies.
 */
static FILE *take_stdout(void)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");

	if (!out || !freopen("/dev/null", "w", stdout))
		die("cannot use standard output");
	return out;
}

int main(void)
{
	static struct proto_request requests[PROTO_BATCH];
	static struct proto_reply replies[PROTO_BATCH];
	struct proto_batch batch;
	FILE *out = take_stdout();

	tree_init();
	say_hello(out);
	while (read_all(&batch, sizeof(batch))) {
		if (batch.nr > PROTO_BATCH || !batch.repeat)
			die("a batch is too large or empty");
		if (batch.nr &&
		    !read_all(requests, batch.nr * sizeof(requests[0])))
			die("what is asked ends in the middle");
		alarm(PROTO_SECONDS);
		answer(requests, replies, &batch);
		alarm(0);
		write_replies(out, replies, &batch);
	}
	fclose(out);
	return 0;
}
