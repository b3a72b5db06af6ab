/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmatlas explore share. */
#ifndef VMATLAS_CMD_EXPLORE_H
#define VMATLAS_CMD_EXPLORE_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "report/reading.h"

struct explore_args {
	struct common common;
	struct words cases;
	const struct reader *reader; /* NULL for all */
	int left;		     /* enum side, NR_SIDES for all */
	int right;
	size_t ops;
	const char *then[MAX_FOLLOW_UP]; /* NULL where nothing is asked for */
	size_t nr_then;
	unsigned int readers;
	size_t max_states;
	size_t jobs;
	struct shard shard;
	bool merge; /* @cases are files */
	bool trace;
	bool ascii;
	enum way way; /* WAY_NONE for any */
};

/* One a case, reader, surrounding and sequence. */
struct search_job {
	const struct cat_case *c;
	const struct reader *reader;
	enum side left;
	enum side right;
	struct follow_up then;
	struct findings found;
	json_t *json;
	enum explore_end end;
};

struct searches {
	const struct explore_args *a;
	struct search_job *v;
	size_t nr;
};

/* explore.c */
struct exploration *explore_run(const struct explore_args *a,
				const struct search_job *s);

/* explore-json.c: one search, and what was kept of all. */
json_t *explore_json(const struct search_job *s, const struct exploration *x,
		     bool trace);
void explore_print_json(struct searches *all);

/* explore-text.c, explore-trace.c */
void explore_print_text(const struct searches *all);
void explore_print_trace(struct searches *all);

#endif /* VMATLAS_CMD_EXPLORE_H */
