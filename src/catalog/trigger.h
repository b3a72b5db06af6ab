/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Triggers: the system calls that cause a case on a running kernel.
 */
#ifndef VMATLAS_CATALOG_TRIGGER_H
#define VMATLAS_CATALOG_TRIGGER_H

#include "catalog/srcpos.h"
#include "model/model.h"
#include "syscall/table.h"

/* As many calls has a list at most, and as many triggers a case. */
#define LIVE_CALLS 32
#define LIVE_TRIGGERS 64

/**
 * struct cat_call - one thing that a trigger does
 * @c: the call, in pages
 * @pos: of it
 */
struct cat_call {
	struct syscall c;
	struct srcpos pos;
};

/**
 * struct cat_calls - calls, one after the other
 * @call: the calls
 * @nr: how many
 */
struct cat_calls {
	struct cat_call *call;
	size_t nr;
};

/**
 * struct cat_trigger - how to cause a case on a running kernel
 * @pos: of the trigger
 * @syscall: the system call that causes it, one of the case's. The text is NULL
 *	if this is about each of them that has no trigger, and cannot.
 * @cannot: why user space cannot cause it with that system call; no text if it
 *	can
 * @area: where it acts
 * @setup: makes the layout before
 * @calls: the system call itself
 * @undo: makes the layout before again from the one after; may be empty
 * @ops: what the system call comes to, if it is more than the case's operation
 * @nr_ops: how many, 0 if it is the case's
 * @before: the first version of Linux that does it so, no text if all known ones
 * @why: then what an earlier one does instead
 * @note: what is worth knowing, or no text
 */
struct cat_trigger {
	struct srcpos pos;
	struct cat_text syscall;
	struct cat_text cannot;
	enum area area;
	struct cat_calls setup;
	struct cat_calls calls;
	struct cat_calls undo;
	struct op *ops;
	size_t nr_ops;
	struct cat_text before;
	struct cat_text why;
	struct cat_text note;
};

#endif /* VMATLAS_CATALOG_TRIGGER_H */
