/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model for SPIN: what it is made of (promela-model.c). emit-promela.c prints it.
 */
#ifndef VMATLAS_PROMELA_H
#define VMATLAS_PROMELA_H

#include "emit/emit.h"

/**
 * struct promela_vma - a VMA of the model
 * @id: 0 for the unrelated ones
 * @name: as the catalogue has it
 * @symbol: as the model does
 * @ops: it is there if OPS is at least this
 */
struct promela_vma {
	vma_id id;
	char *name;
	char *symbol;
	unsigned int ops;
};

/**
 * struct promela_part - one operation of the sequence
 * @ops: it is there if OPS is at least this
 * @op: the operation
 * @steps: its steps
 * @nr: how many
 */
struct promela_part {
	unsigned int ops;
	struct op op;
	struct step *steps;
	size_t nr;
};

/**
 * struct promela_side - what may be beside the case
 * @symbol: in the model
 * @what: in a sentence
 */
struct promela_side {
	const char *symbol;
	const char *what;
};

extern const struct promela_side promela_sides[NR_SIDES];

/**
 * struct neighbour - the unrelated VMA on one side
 * @vma: it
 * @start: where it begins, by what is beside the case
 * @end: where it ends, 0 if there is no room for it
 */
struct neighbour {
	const struct promela_vma *vma;
	unsigned long start[NR_SIDES];
	unsigned long end[NR_SIDES];
};

/**
 * struct promela - what a model is made of
 * @r: the case
 * @parts: the operation of the case, and those that may follow it
 * @nr_parts: how many
 * @ops: the largest OPS that there is a sequence for
 * @vmas: in the order of their ids, then the two unrelated ones, then those
 *	that only the operations that follow create
 * @nr_vmas: how many
 * @pages: each page where something begins or ends, in order
 * @nr_pages: how many
 * @start: first page of the case, the proposed range included
 * @end: one past its last
 * @left: the VMA to the left
 * @right: likewise
 * @left_side: what is to the left, in the file that is printed
 * @right_side: likewise
 */
struct promela {
	const struct report *r;
	struct promela_part *parts;
	size_t nr_parts;
	unsigned int ops;
	struct promela_vma *vmas;
	size_t nr_vmas;
	unsigned long *pages;
	size_t nr_pages;
	unsigned long start;
	unsigned long end;
	struct neighbour left;
	struct neighbour right;
	enum side left_side;
	enum side right_side;
};

/**
 * promela_init - see what a case's models are made of
 * @m: filled in, but for what is to its left and right; for promela_drop()
 * @r: the case
 */
void promela_init(struct promela *m, const struct report *r);

/**
 * promela_drop - free what it has
 * @m: the model
 */
void promela_drop(struct promela *m);

/**
 * promela_symbol - what the model calls a VMA
 * @m: the model
 * @id: the VMA, 0 for none
 *
 * Return: A name that is the VMA's alone.
 */
const char *promela_symbol(const struct promela *m, vma_id id);

/**
 * promela_mapped - who holds a page
 * @lay: a layout
 * @page: the page
 *
 * Return: The VMA, or NULL.
 */
const struct vma_state *promela_mapped(const struct layout *lay,
				       unsigned long page);

#endif /* VMATLAS_PROMELA_H */
