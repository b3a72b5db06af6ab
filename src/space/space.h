/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space: every configuration in which VMAs can stand to one another when an
 * operation comes, as far as Linux looks at it. Each is run on the simulator
 * and classified, and the catalogue's conditions are held against that.
 */
#ifndef VMATLAS_SPACE_H
#define VMATLAS_SPACE_H

#include "catalog/catalog.h"

/* ---- configurations (dims.c) -------------------------------------------- */

enum space_family {
	SPACE_EXISTING, /* a range inside a VMA gets other attributes */
	SPACE_NEW,	/* a range where nothing is mapped is proposed */
	SPACE_SPLIT,	/* a VMA is split */
	SPACE_UNMAP,	/* a range is unmapped */
	SPACE_RELOCATE, /* a stack is moved down */
	NR_SPACES
};

/* The dimensions. A family has some of them, and 0 on all others. */
enum space_dim {
	DIM_RANGE,	  /* all, head, tail, inner: as AXIS_RANGE */
	DIM_BACKED,	  /* anonymous or a file */
	DIM_CHANGE,	  /* what is changed: flags, policy, uffd, name */
	DIM_PREV,	  /* absent, apart, adjacent; relocate: far below */
	DIM_PREV_DIFFERS, /* a bit for each attribute, the first asked lowest */
	DIM_PREV_ANON,	  /* none, A, A and forked, B, B and forked */
	DIM_PREV_CLOSE,	  /* has ->close */
	DIM_MIDDLE_ANON,  /* of middle, of what is proposed, split, ... */
	DIM_MIDDLE_CLOSE, /* has ->close */
	DIM_NEXT,	  /* absent, apart, adjacent */
	DIM_NEXT_DIFFERS, /* as for prev */
	DIM_NEXT_ANON,	  /* as for prev */
	DIM_NEXT_CLOSE,	  /* has ->close */
	DIM_SPECIAL,	  /* a VM_SPECIAL flag is asked for */
	DIM_DIRTY,	  /* who is soft-dirty: prev 1, asked for 2, next 4 */
	DIM_GUARD,	  /* who has VM_MAYBE_GUARD: in the same way */
	DIM_COPIED,	  /* mremap()'s copy_vma() asks */
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

/**
 * space_family_name - "existing", "new", ...: as the catalogue's families
 * @family: which
 */
const char *space_family_name(enum space_family family);

/**
 * space_dim_name - the name of a dimension, as in keys
 * @dim: which
 */
const char *space_dim_name(enum space_dim dim);

/**
 * space_dim_what - what a dimension is, in words
 * @dim: which
 */
const char *space_dim_what(enum space_dim dim);

/**
 * space_dim_is_of - whether a family has a dimension
 * @dim: the dimension
 * @family: the family
 */
bool space_dim_is_of(enum space_dim dim, enum space_family family);

/**
 * space_dim_is_set - whether a place is any set of words, or one word
 * @dim: which
 */
bool space_dim_is_set(enum space_dim dim);

/**
 * space_dim_word - a word for a place
 * @dim: which
 * @i: counted from 0
 *
 * Returns NULL if there are no more; DIM_FAIL has none at all.
 */
const char *space_dim_word(enum space_dim dim, unsigned int i);

/**
 * space_dim_left_out - what the standard sweep leaves out, in words
 * @dim: of this dimension
 *
 * Returns NULL if it takes all that means anything.
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
 */
void config_key(const struct config *c, char key[CONFIG_KEY]);

/**
 * config_parse - the configuration that has a key
 * @key: as config_key() makes it
 * @c: filled in
 * @err: where to say what is wrong and what was expected
 *
 * Returns false if it is none.
 */
bool config_parse(const char *key, struct config *c, FILE *err);

/* ---- address spaces (fixture.c) ------------------------------------------- */

#define FIXTURE_VMAS 6

/**
 * struct fixture - what a configuration is, to a simulator
 * @vmas: the VMAs before, by ascending address; ids follow that order, from 1
 * @nr_vmas: how many
 * @op: the operation
 * @max_map_count: the limit
 * @fail: which allocation fails, or 0
 */
struct fixture {
	struct vma_state vmas[FIXTURE_VMAS];
	size_t nr_vmas;
	struct op op;
	unsigned long max_map_count;
	unsigned int fail;
};

/**
 * fixture_of - make the address space and the operation of a configuration
 * @fixture: filled in
 * @c: the configuration
 */
void fixture_of(struct fixture *fixture, const struct config *c);

/**
 * fixture_vma_name - what the pictures call a VMA of a fixture
 * @c: the configuration
 * @id: the VMA's id; the first beyond the fixture's gives "new", others "new2"
 */
const char *fixture_vma_name(const struct config *c, vma_id id);

/**
 * fixture_run - run a fixture on the simulator
 * @mm: an address space, which is reset
 * @rules: the rule set
 * @fixture: the fixture
 */
const struct outcome *fixture_run(struct mm *mm, const struct rules *rules,
				const struct fixture *fixture);

/* ---- names (names.c) ---------------------------------------------------- */

/**
 * refusal_name - a refusal as a word for machines: "anon_vma", "close_next"
 * @why: which; MERGED gives "merged"
 */
const char *refusal_name(enum refusal why);

/**
 * alloc_name - what an allocation is for, as a word for machines
 * @kind: which; ALLOC_NONE gives "none"
 */
const char *alloc_name(enum alloc_kind kind);

/* ---- classification (reference.c, conditions.c) ---------------------------------------- */

/**
 * struct axes - where a configuration stands on each axis of the conditions
 * @has: a bit, 1 << axis, for each axis that its family has
 * @at: the value there
 *
 * Worked out from the configuration alone: the simulator is not asked.
 */
struct axes {
	uint32_t has;
	uint8_t at[NR_AXES];
};

/**
 * axes_of - find out the axes of a configuration
 * @axes: filled in
 * @c: the configuration
 * @rules: the rule set
 */
void axes_of(struct axes *axes, const struct config *c,
	      const struct rules *rules);

/* "verdict" is what the reader says of a claim: see reader/reader.h. */
enum class_kind {
	CLASS_CASE,	  /* a case of the catalogue */
	CLASS_NO_MERGE,  /* nothing merges, for a stated reason */
	CLASS_ERROR,	  /* it fails, for a stated reason */
	CLASS_UNNAMED,	  /* no condition holds */
	CLASS_AMBIGUOUS, /* more than one does */
	CLASS_WRONG,	  /* one does, but that is not what happened */
};

/**
 * struct classification - what a configuration is
 * @kind: see there
 * @id: of the case or of the reason
 * @composed: CLASS_NO_MERGE: the case that the kernel composes instead, of
 *	the family "change"; or NULL
 * @what: what is wrong, of a CLASS_UNNAMED and the ones after it
 * @left: why prev did not merge, MERGED if it did
 * @right: why next did not
 * @left_all: a bit for each rule that would have refused prev
 * @right_all: and next
 * @err: 0 or negative errno; also of a new range whose merge failed for memory,
 *	which is no error to vma_merge_new_range(): CLASS_NO_MERGE
 * @failed: the allocation that failed
 */
struct classification {
	enum class_kind kind;
	const char *id;
	const struct cat_case *composed;
	const char *what;
	enum refusal left;
	enum refusal right;
	uint32_t left_all;
	uint32_t right_all;
	int err;
	enum alloc_kind failed;
};

/**
 * struct conditions - a catalogue's conditions, sorted for quick use
 */
struct conditions;

/**
 * conditions_new - sort the conditions of a catalogue
 * @cat: the catalogue, which must live longer
 */
struct conditions *conditions_new(const struct catalog *cat);

/**
 * conditions_free - drop them
 * @cond: may be NULL
 */
void conditions_free(struct conditions *cond);

/**
 * conditions_classify - classify a configuration and hold the catalogue against it
 * @cond: the conditions
 * @c: the configuration
 * @rules: the rule set
 * @out: what became of it on the simulator
 * @r: filled in. Its texts are the catalogue's, or valid until the next call in
 *	the same thread.
 *
 * Exactly one case or reason of the family must have a condition that holds; a
 * case may have several that do. Then what happened must be what it states: the
 * named cases that the calls were, or the error. Where an existing range does
 * not merge, a case of the family "change" must say the same of what is done
 * instead.
 */
void conditions_classify(const struct conditions *cond, const struct config *c,
		      const struct rules *rules, const struct outcome *out,
		      struct classification *r);

/* ---- walking (sweep.c) -------------------------------------------------- */

/**
 * struct sweep - how widely to walk
 * @name: for people
 * @what: what it adds, a line
 * @every_difference: an adjacent VMA differs in any set of attributes, not just
 *	in one
 * @every_change: any attribute changes, not just the flags
 * @bystanders: VMAs at an end that the range does not reach are there, too, and
 *	close hooks of those that never go
 */
struct sweep {
	const char *name;
	const char *what;
	bool every_difference;
	bool every_change;
	bool bystanders;
};

/**
 * sweeps - the standard sweep, then the wider ones that show that it leaves out
 *	nothing that matters
 * @nr: where to put how many
 */
const struct sweep *sweeps(size_t *nr);

/**
 * config_narrow - the configuration of the standard sweep that stands for one
 * @c: a configuration of a wider sweep; changed in place
 */
void config_narrow(struct config *c);

/**
 * struct visit - a configuration, run
 * @c: the configuration
 * @fixture: its fixture
 * @mm: the address space after it
 * @out: what the simulator did; valid until the visitor returns
 * @index: ascends from one configuration of the sweep to the next, whichever
 *	shard it is in; failing allocations are not counted
 */
struct visit {
	const struct config *c;
	const struct fixture *fixture;
	const struct mm *mm;
	const struct outcome *out;
	uint64_t index;
};

/* Returns false to stop the walk. */
typedef bool visit_fn(const struct visit *v, void *ctx);

/**
 * space_walk - run each configuration of a sweep on the simulator
 * @sweep: which
 * @rules: the rule set
 * @shard: visit only this part of them, counted from 0
 * @nr_shards: of so many
 * @visit: called for each: first without a failing allocation, then with each
 *	that can fail failing in turn
 * @ctx: for @visit
 *
 * Memory does not grow with the number of configurations. Returns false if
 * @visit stopped it.
 */
bool space_walk(const struct sweep *sweep, const struct rules *rules,
		unsigned int shard, unsigned int nr_shards, visit_fn *visit,
		void *ctx);

#endif /* VMATLAS_SPACE_H */
