/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space that user space can reach: layouts that system calls can build, and
 * system calls that change them, each on the running kernel and on the
 * simulator.
 *
 * A configuration is a place on each dimension (reach-dims.c). From it follows
 * a plan, what is to be done in which order (reach-plan.c), which both sides
 * carry out: children of this process (reach.c) and the simulator
 * (reach-model.c), which also does so under one rule set after the other
 * (reach-rules.c).
 */
#ifndef VMATLAS_REACH_H
#define VMATLAS_REACH_H

#include <stdbool.h>

struct rules;

/**
 * struct reach_args - how to run and print
 * @only: a key, NULL for all
 * @show: print the plan and both outcomes
 * @json: as JSON
 * @tap: as TAP
 * @rules: the rule set to follow, NULL for that of the running kernel
 */
struct reach_args {
	const char *only;
	bool show;
	bool json;
	bool tap;
	const struct rules *rules;
};

/**
 * reach_run - try configurations, and print what came of it
 * @args: how
 *
 * Return: 0 if all agrees or is explained, 1 if not, 2 if there is no such
 * configuration, or none can be tried.
 */
int reach_run(const struct reach_args *args);

/**
 * reach_rules_table - print what each rule set changed
 * @args: how
 *
 * Needs no kernel.
 *
 * Return: 0.
 */
int reach_rules_table(const struct reach_args *args);

#endif /* VMATLAS_REACH_H */
