// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes at all as the output of strace, replayed: for libFuzzer. */
#include <stdlib.h>
#include <string.h>

#include "process/match.h"
#include "process/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a program can have at first: a part of it, a heap, a stack, a vdso. */
static const char start[] =
	"00400000-00402000 r-xp 00000000 08:01 7                   /p\n"
	"00402000-00403000 rw-p 00002000 08:01 7                   /p\n"
	"00500000-00510000 rw-p 00000000 00:00 0                   [heap]\n"
	"7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0           [stack]\n"
	"7ffe00030000-7ffe00032000 r-xp 00000000 00:00 0           [vdso]\n";

static struct proc_maps *read_maps(const char *text, size_t len)
{
	FILE *in = fmemopen((void *)text, len, "r");
	FILE *err = fopen("/dev/null", "w");
	struct proc_maps *maps;

	if (!in || !err)
		abort();
	maps = proc_read(in, "maps", 4096, err);
	fclose(in);
	fclose(err);
	return maps;
}

/* The counts of a program belong together, and its VMAs are in order. */
static void verify(const struct replay_program *p)
{
	if (p->final > p->peak || p->first > p->peak ||
	    p->nr_costs > REPLAY_COSTS)
		abort();
	for (size_t i = 0; i < p->nr_costs; i++)
		if (p->costs[i].vmas <= 0 || !p->costs[i].text)
			abort();
	for (size_t i = 1; p->maps && i < p->maps->nr; i++)
		if (p->maps->vma[i - 1].end > p->maps->vma[i].start)
			abort();
}

/* What it has at the end is what it has. */
static void match(const struct replay_program *p)
{
	size_t counts[NR_MATCHES] = { 0 }, nr;
	struct match_row *row;

	row = match_maps(p->maps, p->maps, &nr, counts);
	if (counts[MATCH_SAME] != nr || nr != p->maps->nr)
		abort();
	free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc_maps *maps =
		size ? read_maps(start, sizeof(start) - 1) : NULL;
	const struct replay_from from = { .exec = -1, .maps = maps };
	struct replay_opts opts = {
		.rules = rules_for("latest"),
		.page_size = 4096,
		.exec = -1,
		.from = &from,
	};
	FILE *in;
	struct replay *r;

	if (!size)
		return 0;
	/* The first byte says how. */
	opts.nr_from = *data & 1;
	opts.faulted = (enum faulted)((*data >> 1) % NR_FAULTED);
	in = fmemopen((void *)data, size, "r");
	if (!in)
		abort();
	r = replay_run(in, &opts);
	for (size_t i = 0; i < r->nr; i++)
		verify(r->program[i]);
	if (r->kept)
		match(r->kept);
	replay_free(r);
	fclose(in);
	proc_free(maps);
	return 0;
}
