/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the space share and nobody else sees. */
#ifndef VMATLAS_SPACE_INTERNAL_H
#define VMATLAS_SPACE_INTERNAL_H

#include "lib/memory.h"
#include "space/space.h"

/* Places on the dimensions, in the order of their words. */
enum { RANGE_ALL, RANGE_HEAD, RANGE_TAIL, RANGE_INNER };
enum { ANON_MEMORY, FILE_MEMORY, PRIVATE_MEMORY };

/* What mremap() copies: nothing, a VMA that is none of these, one of these. */
enum { COPY_NONE, COPY_ELSEWHERE, COPY_FAR, COPY_PREV, COPY_NEXT };
enum { FLAGS_CHANGE, POLICY_CHANGES, UFFD_CHANGES, NAME_CHANGES };
enum { ABSENT, APART, ADJACENT };
enum { ANON_NONE, ANON_A, ANON_A_FORKED, ANON_B, ANON_B_FORKED, NR_ANONS };
enum { NEW_BELOW, NEW_ABOVE };
enum { ADDR_FIRST, ADDR_MIDDLE, ADDR_LAST };
enum { VMAS_ONE, VMAS_TWO, VMAS_THREE };
enum { MAY_SPLIT_YES, FIRST_REFUSES, LAST_REFUSES };
enum { WAY_FREE, WAY_BLOCKED };
enum { ROOM_ENOUGH, ROOM_ONE, ROOM_NONE };
enum { STAGE_GATHER, STAGE_MERGE, STAGE_MAP };

/* In which attributes a side differs: in the order in which Linux compares. */
enum {
	DIFFERS_POLICY = 1 << 0,
	DIFFERS_FLAGS = 1 << 1,
	DIFFERS_FILE = 1 << 2,
	DIFFERS_UFFD = 1 << 3,
	DIFFERS_NAME = 1 << 4,
	DIFFERS_PGOFF = 1 << 5,
	NR_DIFFERENCE_SETS = 1 << 6,
};

/* Who has a flag that merging may ignore. */
enum { WHO_PREV = 1 << 0, WHO_ASKED = 1 << 1, WHO_NEXT = 1 << 2 };

/* ---- the table of dimensions (dims.c) ------------------------------------ */

/* How the places on a dimension are written. */
enum dim_kind {
	PLACE_WORD,   /* one of the words */
	PLACE_SET,    /* any of the words, a bit each, with "+" between */
	PLACE_NUMBER, /* digits */
};

/* A set of places is a mask of 64 bits. */
#define MAX_PLACE 63

#define MAX_WORDS 8

struct dim {
	const char *name;
	enum dim_kind kind;
	const char *words[MAX_WORDS];
	unsigned int families;
	bool (*means)(const struct config *c); /* NULL: always */
	const char *needs;		       /* in words, for errors */
};

extern const struct dim dims[NR_DIMS];

/* How many words a dimension has. */
unsigned int nr_words(const struct dim *d);

/* Places on a dimension that can be built with the rest as it is: bits. */
uint64_t dim_can(const struct config *c, enum space_dim dim);

/* The dimensions of a side, and what stands for it on others. */
struct side_dims {
	enum space_dim there;
	enum space_dim differs;
	enum space_dim anon;
	enum space_dim moved;
	enum space_dim close;
	unsigned int who;
	unsigned int copied;
};

extern const struct side_dims prev_side, next_side;

/* Whether the range has this end of the VMA, so that a side is asked. */
bool reaches_prev(const struct config *c);
bool reaches_next(const struct config *c);

#endif /* VMATLAS_SPACE_INTERNAL_H */
