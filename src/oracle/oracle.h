/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Witnesses: programs made of Linux's own mm/vma.c, which say what became of a
 * fixture, to be held against what the simulator says.
 */
#ifndef VMATLAS_ORACLE_H
#define VMATLAS_ORACLE_H

#include "oracle/protocol.h"
#include "space/space.h"

/* ---- witnesses (witness.c) ---------------------------------------------- */

/**
 * witness_sandbox - from now on have witnesses compiled and run in a sandbox
 *
 * It is bwrap's: they write to nothing but the cache, and only when they are compiled, reach
 * no network and see no other process.
 */
void witness_sandbox(void);

/**
 * witness_build - compile the witness of a kernel tree
 * @script: linux/build.sh
 * @ksrc: the tree: a directory or a tarball
 * @cache: directory for what is unpacked and compiled
 * @sanitize: with address and undefined-behaviour sanitizers
 *
 * What was made before from the same is used again.
 *
 * Return: The path of the program for free(), or NULL after the script has said
 * what is wrong.
 */
char *witness_build(const char *script, const char *ksrc, const char *cache,
		    bool sanitize);

struct witness;

/**
 * witness_start - start a witness
 * @program: from witness_build()
 * @err: where to say what is wrong
 *
 * Return: NULL if it cannot be started or is not one of ours.
 */
struct witness *witness_start(const char *program, FILE *err);

/**
 * witness_stop - end a witness
 * @w: may be NULL
 */
void witness_stop(struct witness *w);

/**
 * witness_kernel - the version of the tree that it was made of, "6.12.117"
 * @w: the witness
 *
 * Return: The version, which the witness owns.
 */
const char *witness_kernel(const struct witness *w);

/**
 * witness_ask - let a witness carry out some requests
 * @w: the witness
 * @asked: the requests
 * @replies: room for as many replies
 * @nr: how many, at most PROTO_BATCH
 * @repeat: carry out each so often, 1 but for timing
 * @ns: where to put the nanoseconds that this took there, or NULL
 *
 * Return: false if the witness has died or talks nonsense: it is of no use then
 * but for witness_stop().
 */
bool witness_ask(struct witness *w, const struct proto_request *asked,
		 struct proto_reply *replies, uint32_t nr, uint32_t repeat,
		 uint64_t *ns);

/* ---- the simulator in the words of a witness (sim-witness.c) ---------------  */

/**
 * request_of - put a fixture into a request
 * @req: filled in
 * @fixture: the fixture
 */
void request_of(struct proto_request *req, const struct fixture *fixture);

/**
 * reply_of - say what the simulator did as a witness would
 * @reply: filled in
 * @mm: the address space afterwards
 * @out: what it did
 *
 * What a witness cannot see is left out: taking and releasing the mmap lock.
 */
void reply_of(struct proto_reply *reply, const struct mm *mm,
	      const struct outcome *out);

/* What two replies can differ in. */
enum difference {
	DIFFERS_ERROR = 1 << 0,	 /* the error returned */
	DIFFERS_LAYOUT = 1 << 1, /* the VMAs that are left, or one's fields */
	DIFFERS_STATE = 1 << 2,	 /* how the merge ended */
	DIFFERS_COUNT = 1 << 3,	 /* the map count */
	DIFFERS_LOCKS = 1 << 4,	 /* which locks are taken, in which order */
	DIFFERS_STEPS = 1 << 5,	 /* any other step, or the order of steps */
	DIFFERS_ALLOCS = 1 << 6, /* what is allocated on the way */
};

#define NR_DIFFERENCES 7

/**
 * difference_name - a difference in a word or two
 * @bit: which, from 0
 *
 * Return: A constant string.
 */
const char *difference_name(unsigned int bit);

/**
 * replies_differ - compare two replies to the same request
 * @a: one
 * @b: the other
 *
 * Return: DIFFERS_* bits, 0 if they say the same.
 */
unsigned int replies_differ(const struct proto_reply *a,
			    const struct proto_reply *b);

/* ---- for people (reply-diff.c) ------------------------------------------- */

/* What to call a VMA, by its number. */
typedef const char *vma_name_fn(const void *ctx, uint32_t id);

/**
 * replies_print - two replies side by side: outcome, VMAs, steps
 * @out: where to
 * @a_name: heading of the first
 * @a: one
 * @b_name: heading of the second
 * @b: the other
 * @name: what to call VMAs
 * @ctx: for @name
 *
 * Lines that differ begin with '!'.
 */
void replies_print(FILE *out, const char *a_name, const struct proto_reply *a,
		   const char *b_name, const struct proto_reply *b,
		   vma_name_fn *name, const void *ctx);

/* ---- a whole sweep (compare.c) -------------------------------------------- */

/* Who is held against whom. */
struct compared {
	const struct rules *rules; /* of the simulator */
	const char *a;		   /* program of a witness */
	const char *b;		   /* of another, or NULL for the simulator */
};

/**
 * struct disagreement - configurations in which the two differ alike
 * @family: of them all
 * @differs: DIFFERS_* bits
 * @nr: how many configurations
 * @example: one of them: the one that comes first in the sweep
 * @a: what the first says of it
 * @b: what the second says
 * @index: its index, and with it the order
 */
struct disagreement {
	enum space_family family;
	unsigned int differs;
	uint64_t nr;
	struct config example;
	struct proto_reply a;
	struct proto_reply b;
	uint64_t index;
};

/* So many kinds of disagreement are told apart; the rest is only counted. */
#define MAX_DISAGREEMENTS 64

#define NR_KNOWN_WARNINGS 4

/**
 * known_warning - a warning of the kernel's own code that is no news
 * @i: which, from 0
 *
 * Return: what it is about, NULL if there are no more.
 */
const char *known_warning(unsigned int i);

/**
 * struct comparison - what came out of a sweep
 * @nr: configurations by family
 * @nr_differ: in which the two differ
 * @nr_known: of each known_warning(), how many configurations
 * @disagreements: the kinds, by family and bits
 * @nr_disagreements: how many
 * @stopped: not all were compared: interrupted, or a witness died
 * @died: the configuration at which it did; valid if @why is set
 * @why: what happened then
 */
struct comparison {
	uint64_t nr[NR_SPACES];
	uint64_t nr_differ;
	uint64_t nr_known[NR_KNOWN_WARNINGS];
	struct disagreement disagreements[MAX_DISAGREEMENTS];
	size_t nr_disagreements;
	bool stopped;
	struct config died;
	const char *why;
};

/**
 * compare_sweep - compare two of them over a sweep
 * @sweep: which
 * @who: who
 * @jobs: threads, each with witnesses of its own
 * @progress: called now and then with the number of configurations so far, from
 *	one thread at a time; may be NULL. Returns false to stop.
 * @cmp: filled in, for free()ing by the caller
 */
void compare_sweep(const struct sweep *sweep, const struct compared *who,
		   unsigned int jobs, bool (*progress)(uint64_t nr),
		   struct comparison *cmp);

#endif /* VMATLAS_ORACLE_H */
