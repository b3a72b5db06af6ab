/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configurations: the dimensions, and a place on each.
 */
#ifndef VMATLAS_SPACE_CONFIG_H
#define VMATLAS_SPACE_CONFIG_H

#include "catalog/catalog.h"

enum space_family {
	SPACE_EXISTING, /* a range inside a VMA gets other attributes */
	SPACE_NEW,	/* a range where nothing is mapped is proposed */
	SPACE_SPLIT,	/* a VMA is split */
	SPACE_UNMAP,	/* a range is unmapped */
	SPACE_RELOCATE, /* a stack is moved down */
	SPACE_REPLACE,	/* something is mapped over what is mapped */
	NR_SPACES
};

/* The dimensions. A family has some of them, and 0 on all others. */
enum space_dim {
	DIM_RANGE,	  /* all, head, tail, inner: as AXIS_RANGE */
	DIM_BACKED,	  /* anonymous, a shared file, a private one */
	DIM_CHANGE,	  /* what is changed: flags, policy, uffd, name */
	DIM_PREV,	  /* absent, apart, adjacent; relocate: far below */
	DIM_PREV_DIFFERS, /* a bit for each attribute, the first asked lowest */
	DIM_PREV_ANON,	  /* none, A, A and forked, B, B and forked */
	DIM_PREV_MOVED,	  /* a private file whose anonymous offset is apart */
	DIM_PREV_CLOSE,	  /* has ->close */
	DIM_MIDDLE_ANON,  /* of middle, of what is proposed, split, ... */
	DIM_MIDDLE_CLOSE, /* has ->close */
	DIM_NEXT,	  /* absent, apart, adjacent */
	DIM_NEXT_DIFFERS, /* as for prev */
	DIM_NEXT_ANON,	  /* as for prev */
	DIM_NEXT_MOVED,	  /* as for prev */
	DIM_NEXT_CLOSE,	  /* has ->close */
	DIM_SPECIAL,	  /* a VM_SPECIAL flag is asked for */
	DIM_DIRTY,	  /* who is soft-dirty: prev 1, asked for 2, next 4 */
	DIM_GUARD,	  /* who has VM_MAYBE_GUARD: in the same way */
	DIM_COPIED,	  /* mremap() asks: no, to merge, copy_vma() of ... */
	DIM_KEEPS,	  /* copy_vma() keeps its source */
	DIM_UFFD_LOST,	  /* what is copied will lose its userfaultfd */
	DIM_JUST_EXPAND,  /* brk() asks, for anonymous memory */
	DIM_NEW,	  /* below, above */
	DIM_ADDR,	  /* first, middle or last page to split at */
	DIM_POLICY,	  /* the VMA to split has a policy */
	DIM_VMAS,	  /* how many VMAs the range touches: 1, 2, 3 */
	DIM_HOLES,	  /* there are holes between them */
	DIM_MAY_SPLIT,	  /* yes, the first refuses, the last refuses */
	DIM_WAY,	  /* free, blocked */
	DIM_OVERLAP,	  /* a stack moves by less than its size, or by more */
	DIM_ROOM,	  /* enough, one VMA more, none: as AXIS_ROOM */
	DIM_GIVES_UP,	  /* gives up a merge without memory, of a whole VMA */
	DIM_FAIL,	  /* which allocation fails, from 1; 0 for none */
	NR_DIMS
};

/**
 * struct config - one configuration
 * @family: what is asked
 * @at: its place on each dimension
 */
struct config {
	enum space_family family;
	uint8_t at[NR_DIMS];
};

/* "existing", "new", ...: as the catalogue's families. */
extern const char *const space_family_names[NR_SPACES];

/**
 * space_dim_name - the name of a dimension, as in keys
 * @dim: which
 *
 * Return: A constant string.
 */
const char *space_dim_name(enum space_dim dim);

/* What a dimension is, in words. */
extern const char *const space_dim_whats[NR_DIMS];

/**
 * space_dim_is_of - whether a family has a dimension
 * @dim: the dimension
 * @family: the family
 *
 * Return: true if so.
 */
bool space_dim_is_of(enum space_dim dim, enum space_family family);

/**
 * space_dim_is_set - whether a place is any set of words, or one word
 * @dim: which
 *
 * Return: true if so.
 */
bool space_dim_is_set(enum space_dim dim);

/**
 * space_dim_word - a word for a place
 * @dim: which
 * @i: counted from 0
 *
 * Return: NULL if there are no more; DIM_FAIL has none at all.
 */
const char *space_dim_word(enum space_dim dim, unsigned int i);

/**
 * space_dim_left_out - what the standard sweep leaves out, in words
 * @dim: of this dimension
 *
 * Return: NULL if it takes all that means anything.
 */
const char *space_dim_left_out(enum space_dim dim);

/* Characters in the longest key and its NUL. */
#define CONFIG_KEY 512

/**
 * config_key - a configuration as text: "existing:range=head,prev=adjacent"
 * @c: the configuration
 * @key: where to put it
 *
 * Dimensions at 0 are left out.
 *
 * Return: @key.
 */
const char *config_key(const struct config *c, char key[CONFIG_KEY]);

/* The same, kept as long as the block that it is in. */
#define CONFIG_KEY_OF(c) config_key(c, (char[CONFIG_KEY]){ "" })

/**
 * config_parse - the configuration that has a key
 * @key: as config_key() makes it
 * @c: filled in
 * @err: where to say what is wrong and what was expected
 *
 * Return: false if it is none.
 */
bool config_parse(const char *key, struct config *c, FILE *err);

/* What an allocation is for, as a word for machines. */
extern const char *const alloc_names[NR_ALLOCS];

#endif /* VMATLAS_SPACE_CONFIG_H */
