/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of "vmatlas replay" share. */
#ifndef VMATLAS_CMD_REPLAY_H
#define VMATLAS_CMD_REPLAY_H

#include "cmd/cmd.h"
#include "process/match.h"
#include "process/replay.h"

/**
 * struct replay_verdict - the layout at the end against that of a maps file
 * @real: what the file says, NULL if there is none
 * @row: side by side
 * @nr: how many
 * @counts: VMAs by match
 */
struct replay_verdict {
	const struct proc_maps *real;
	struct match_row *row;
	size_t nr;
	size_t counts[NR_MATCHES];
};

/**
 * struct replay_output - all that is to be printed
 * @common: the options
 * @trace: name of the trace
 * @max_map_count: what was said of it, 0 if nothing was
 * @from: name of the file that the program was loaded from, NULL if none was
 * @r: what the trace did
 * @v: how it ended
 */
struct replay_output {
	const struct common *common;
	const char *trace;
	unsigned long max_map_count;
	const char *from;
	const struct replay *r;
	const struct replay_verdict *v;
};

/**
 * replay_text - print it for people
 * @t: what
 */
void replay_text(const struct replay_output *t);

/**
 * replay_json - print it for machines
 * @t: what
 */
void replay_json(const struct replay_output *t);

#endif /* VMATLAS_CMD_REPLAY_H */
