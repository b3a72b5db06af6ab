/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that replay a trace share. */
#ifndef VMATLAS_PROCESS_REPLAY_INTERNAL_H
#define VMATLAS_PROCESS_REPLAY_INTERNAL_H

#include "process/replay.h"
#include "process/strace-internal.h"
#include "syscall/internal.h"

/* ---- what calls cost (replay-cost.c) --------------------------------------- */

/*
 * The last call, whose stack may come behind it. @program: which did it, NULL if
 * none: its stack is of no interest. @charged: its caller is known.
 */
struct replay_charge {
	struct replay_program *program;
	size_t line;
	long vmas;
	uint64_t len;
	bool charged;
};

void replay_charge_call(struct replay_program *p,
			const struct trace_event *event,
			struct replay_charge *charge);

/* @frame: a line of a stack, without " > ". */
void replay_charge_caller(struct replay_program *p,
			  struct replay_charge *charge, const char *frame);

void replay_sort_costs(struct replay_costs *costs);
void replay_free_costs(struct replay_costs *costs);

/* ---- why calls failed (replay-failed.c) ------------------------------------ */

/*
 * Why a call must fail with an errno, as far as the layout tells, before it is
 * carried out. @at: where, an address, if it is somewhere.
 */
enum failure replay_failure(const struct sim *sim, const struct syscall *call,
			    int err, uint64_t *at);

/* Whether the layout alone decides that such a call works: see replay.h. */
bool replay_must_work(const struct syscall *call, int err);

/* Calls that do nothing for a range of which a part is not mapped. */
bool replay_needs_all(enum syscall_kind kind);

bool replay_has_hole(const struct sim *sim, const struct syscall *call,
		     uint64_t *at);

#endif /* VMATLAS_PROCESS_REPLAY_INTERNAL_H */
