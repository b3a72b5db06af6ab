/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading nodes into structs. Every mapping of a catalogue file is a table of
 * keys, and every kind of value a function.
 */
#ifndef VMATLAS_CATALOG_LOAD_H
#define VMATLAS_CATALOG_LOAD_H

#include <stddef.h>

#include "catalog/internal.h"

/* Loads a value to where it belongs; returns false after an error. */
typedef bool load_fn(struct loader *l, const struct node *n, void *to);

/* ---- mappings (keys.c) ------------------------------------------------ */

/**
 * struct key - one key of a mapping
 * @name: as in the file
 * @bit: stands for it in struct found; optional keys may share one
 * @required: a mapping without it is incomplete
 * @offset: of the value in what is loaded; 0 for a @load that fills in several
 *	members of it, and takes it as a whole
 * @load: how to load the value
 * @what: what it is, a sentence for the schema; or NULL
 */
struct key {
	const char *name;
	unsigned int bit;
	bool required;
	size_t offset;
	load_fn *load;
	const char *what;
};

/**
 * struct keys - all keys of a mapping
 * @of: what the mapping is, for people
 * @key: the keys
 * @nr: how many
 */
struct keys {
	const char *of;
	const struct key *key;
	size_t nr;
};

#define KEYS(of_, table)                                                       \
	{                                                                      \
		.of = (of_), .key = (table), .nr = ARRAY_SIZE(table)           \
	}

/**
 * struct found - what was in a mapping
 * @good: bits of the keys that were loaded
 * @bad: bits of the keys that were there, but wrong, or should have been
 * @nr_unknown: how many others there were
 */
struct found {
	unsigned int good;
	unsigned int bad;
	size_t nr_unknown;
};

/* Returns false if not every key is good. */
bool load_keys(struct loader *l, const struct node *n, const struct keys *keys,
	       void *to, struct found *found);

/* The value of a key, NULL if there is none. */
const struct node *node_value(const struct node *n, const char *key);

/* What a node is, for people: by the key that it belongs to. */
const char *node_subject(struct loader *l, const struct node *n);

/* What its value is: quoted, or which kind. */
const char *node_kind_text(struct loader *l, const struct node *n);

/* An error: a node is not what was expected. Always returns false. */
bool error_expected(struct loader *l, const struct node *n,
		    const char *expected);

/* ---- values (values.c) ------------------------------------------------ */

/* To a struct cat_text. */
load_fn load_prose, load_line, load_identifier, load_vma_name, load_error;

/* To a bool; an enum cat_claim_retry; an identity; flags. */
load_fn load_bool, load_retry, load_identity, load_flags;

/* To an unsigned long. */
load_fn load_page, load_count;

/* To a struct cat_number. */
load_fn load_order, load_old_number, load_addr;

struct range {
	unsigned long start;
	unsigned long end;
	struct srcpos pos;
};

load_fn load_range;

/* To a struct cat_texts. */
load_fn load_steps, load_syscalls, load_vma_names, load_rmap, load_case_ids;

/* An error: an entry is in its sequence twice. Always returns false. */
bool error_twice(struct loader *l, const struct node *n);

/*
 * To a struct cat_text, one of the words that @name gives; @what they are, for
 * people.
 */
bool load_one_of(struct loader *l, const struct node *n, void *to,
		 const char *what, name_fn *name, const void *ctx);

/* To a struct cat_locks. */
load_fn load_locks;

/* ---- layouts and operations (vmas.c) ---------------------------------- */

/* To a struct cat_case. */
load_fn load_before, load_after;

/*
 * @vma is what is split or moved, @addr where, or where to; @where is the place of
 * that, or of the range.
 */
struct raw_op {
	struct op op;
	struct range range;
	struct cat_text vma;
	struct cat_number addr;
	struct srcpos where;
};

load_fn load_op;

/* ---- conditions (when.c) ---------------------------------------------- */

/* To a struct cat_whens; a struct cat_family. */
load_fn load_whens, load_otherwises;

/* ---- earlier kernels (earlier.c), running kernels (live.c) -------------- */

/* To a struct cat_case. */
load_fn load_earliers, load_triggers;

/* ---- cases, not yet trusted (load.c, lint.c) -------------------------- */

/*
 * What is known to be good about a case. A check runs if all that it relies on
 * is there, so that one mistake does not look like several.
 */
enum case_has {
	HAS_ID = 1 << 0,
	HAS_TITLE = 1 << 1,
	HAS_SUMMARY = 1 << 2,
	HAS_BEFORE = 1 << 3,
	HAS_OPERATION = 1 << 4,
	HAS_ROLES = 1 << 5,
	HAS_STEPS = 1 << 6,
	HAS_AFTER = 1 << 7,
	HAS_LOCKS = 1 << 8,
	HAS_MAP_COUNT = 1 << 9,
	HAS_OLD_CASE = 1 << 10,
	HAS_FUNCTION = 1 << 11,
	HAS_SYSCALLS = 1 << 12,
	HAS_READER = 1 << 13,
	HAS_BEYOND_MAIL = 1 << 14,
	HAS_ERROR = 1 << 15,
	HAS_LAYOUT = 1 << 16, /* the layout before is a possible one */
	HAS_WHEN = 1 << 17,
	HAS_COMPOSED_OF = 1 << 18,
	HAS_EARLIER = 1 << 19,
	HAS_LIVE = 1 << 20,
};

/**
 * struct draft - a case while it is loaded
 * @c: what is going to be in the catalogue
 * @id: its identifier
 * @op: its operation
 * @old_number: the number of the old vma_merge()
 * @family: the name of its family, NULL if that is not good
 * @has: HAS_*
 * @steps: as they stand in the file
 * @earlier: what was otherwise, as it stands there
 */
struct draft {
	struct cat_case c;
	struct cat_text id;
	struct raw_op op;
	struct cat_number old_number;
	const char *family;
	unsigned int has;
	const struct node *steps;
	const struct node *earlier;
};

/* Check what a case says against itself. */
void lint_case(struct loader *l, struct draft *d);

/* One of these checks. */
void lint_live(struct loader *l, struct draft *d);

/* ---- for the schema (schema.c) ------------------------------------------ */

/* The mappings. */
extern const struct keys family_keys, case_keys, vma_keys, op_keys[NR_OPS],
	locks_keys, map_count_keys, claim_keys, otherwise_keys, earlier_keys,
	before_keys, trigger_keys;

/* Of what a call can have, NULL for one that the catalogue has not. */
const struct keys *call_keys_of(enum syscall_kind kind);

/* Words: NULL after the last. @ctx of arg_word() is an enum arg. */
name_fn role_word, error_word, flag_word, function_word, version_word, arg_word;

/* Values of one key only. */
load_fn load_roles, load_mmap_lock, load_map_count, load_function, load_claim,
	load_later, load_new_below, load_before_version, load_advice,
	load_policy, load_prot, load_anon_name, load_true, load_program,
	load_calls, load_version, load_before_keys, load_ops;

#endif /* VMATLAS_CATALOG_LOAD_H */
