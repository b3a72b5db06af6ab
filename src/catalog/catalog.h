/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The catalogue: YAML files that state the cases, one file a family.
 *
 * What is in here is what people stated. The simulator derives the same from
 * the layout and the operation alone, and never sees the rest.
 */
#ifndef VMATLAS_CATALOG_H
#define VMATLAS_CATALOG_H

#include <stdio.h>

#include "model/model.h"

/**
 * struct srcpos - a place in a catalogue file
 * @file: path as given by the caller
 * @line: counted from 1
 * @column: counted from 1, in characters
 */
struct srcpos {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * struct cat_vma - a VMA of a layout
 * @name: prev, middle, next, vma, new, left, right or another identifier
 * @pos: of its name
 * @range_pos: of its range
 * @s: the VMA; identities are indices for catalog_string(). A vm_pgoff that is
 *	not stated is the page number of vm_start, as for anonymous memory that
 *	never moved.
 * @says_attrs: in a layout after: @s.attrs and the anon_vma are stated, too
 */
struct cat_vma {
	const char *name;
	struct srcpos pos;
	struct srcpos range_pos;
	struct vma_state s;
	bool says_attrs;
};

/**
 * struct cat_role - what a case says becomes of a VMA
 * @name: the VMA
 * @pos: of the statement
 * @role: what becomes of it
 */
struct cat_role {
	const char *name;
	struct srcpos pos;
	enum role role;
};

/**
 * struct cat_text - a string and its place
 * @text: as written
 * @pos: of its first character
 */
struct cat_text {
	const char *text;
	struct srcpos pos;
};

/**
 * struct cat_locks - the locks that a case says are held
 * @pos: of the statement
 * @mmap: how the mmap lock is held, as written: "write" or "read"
 * @vma: names of the write-locked VMAs, in the order of locking
 * @nr_vma: how many
 * @rmap: "i_mmap" and "anon_vma", in the order of locking
 * @nr_rmap: how many
 */
struct cat_locks {
	struct srcpos pos;
	const char *mmap;
	struct cat_text *vma;
	size_t nr_vma;
	struct cat_text *rmap;
	size_t nr_rmap;
};

enum cat_claim_retry { RETRY_UNSTATED, RETRY_NO, RETRY_YES };

/**
 * struct cat_claim - what the mail's second author says a reader may see
 * @pos: of the claim
 * @says: in words
 * @twice: VMAs that may be reported twice
 * @nr_twice: how many
 * @gap: pages that stay mapped may be missing
 * @retry: the reader may have to retry
 */
struct cat_claim {
	struct srcpos pos;
	const char *says;
	struct cat_text *twice;
	size_t nr_twice;
	bool gap;
	enum cat_claim_retry retry;
};

struct cat_family;

/**
 * struct cat_case - one case, as stated
 * @id: identifier, unique in the catalogue
 * @pos: of the identifier
 * @title: a few words; the identifier is made of it
 * @summary: a few sentences
 * @family: the file that it is in
 * @before: the layout before, by ascending address
 * @nr_before: how many VMAs
 * @op: the operation
 * @op_pos: of the operation
 * @target: the VMA that is modified or split, NULL for the other operations and
 *	where a modify fails for there is none
 * @error: how the operation fails: "EINVAL", "ENOMEM" or "EEXIST". The text is
 *	NULL if it succeeds, and the place that of the identifier.
 * @after: the layout after, by ascending address
 * @nr_after: how many VMAs
 * @after_pos: of the layout after
 * @roles: what becomes of each VMA that takes part
 * @nr_roles: how many
 * @roles_pos: of the roles
 * @steps: the steps in the mail's notation, in order
 * @nr_steps: how many
 * @steps_pos: of the steps
 * @locks: the locks held
 * @map_before: map count before
 * @map_after: map count after
 * @map_pos: of the map counts
 * @old_number: in the comment over vma_merge() to 6.11, 0 if it has none
 * @old_number_pos: of it
 * @function: the kernel function that does it, with "()", or "none"
 * @syscalls: the system calls that cause it, without "()"
 * @nr_syscalls: how many
 * @claim: what the mail says about the reader, or NULL
 * @beyond_mail: the mail does not name this case
 */
struct cat_case {
	const char *id;
	struct srcpos pos;
	struct cat_text title;
	const char *summary;
	const struct cat_family *family;
	struct cat_vma *before;
	size_t nr_before;
	struct op op;
	struct srcpos op_pos;
	const char *target;
	struct cat_text error;
	struct cat_vma *after;
	size_t nr_after;
	struct srcpos after_pos;
	struct cat_role *roles;
	size_t nr_roles;
	struct srcpos roles_pos;
	struct cat_text *steps;
	size_t nr_steps;
	struct srcpos steps_pos;
	struct cat_locks locks;
	unsigned long map_before;
	unsigned long map_after;
	struct srcpos map_pos;
	int old_number;
	struct srcpos old_number_pos;
	struct cat_text function;
	struct cat_text *syscalls;
	size_t nr_syscalls;
	struct cat_claim *claim;
	bool beyond_mail;
};

/**
 * struct cat_family - one catalogue file
 * @name: "existing", "new", "split", ...
 * @pos: of the name
 * @title: heading of its page
 * @intro: the question that the family asks, in a few sentences
 * @order: place among the families
 * @cases: its cases, in the order of the file
 * @nr_cases: how many
 */
struct cat_family {
	const char *name;
	struct srcpos pos;
	const char *title;
	const char *intro;
	unsigned long order;
	struct cat_case *cases;
	size_t nr_cases;
};

struct cat_strings;

/**
 * struct catalog - all that was loaded
 * @families: by ascending order
 * @nr_families: how many
 * @strings: names of files, policies, anon_vmas, ...
 * @arena: where it all lives
 */
struct catalog {
	struct cat_family *families;
	size_t nr_families;
	struct cat_strings *strings;
	void *arena;
};

#define for_each_family(cat, f)                                                \
	for (const struct cat_family *f = (cat)->families;                     \
	     f < (cat)->families + (cat)->nr_families; f++)

#define for_each_case(f, c)                                                    \
	for (const struct cat_case *c = (f)->cases;                            \
	     c < (f)->cases + (f)->nr_cases; c++)

/**
 * catalog_load - load catalogue files
 * @paths: the files
 * @nr: how many
 * @err: where errors go, as "file:line:column: what is wrong, what was expected"
 *
 * Reports every error of every file that it can, not just the first; those of
 * one file by line and column. Returns NULL if there was any; else a catalogue
 * for catalog_free().
 */
struct catalog *catalog_load(const char *const *paths, size_t nr, FILE *err);

/**
 * catalog_load_dir - load each *.yaml file of a directory
 * @dir: path
 * @err: where errors go
 *
 * As catalog_load(). A directory without such a file is an error.
 */
struct catalog *catalog_load_dir(const char *dir, FILE *err);

/**
 * catalog_free - drop a catalogue
 * @cat: may be NULL
 */
void catalog_free(struct catalog *cat);

/**
 * catalog_case - find a case
 * @cat: the catalogue
 * @id: its identifier
 *
 * Returns NULL if there is none.
 */
const struct cat_case *catalog_case(const struct catalog *cat, const char *id);

/**
 * catalog_string - the name of a file, policy, anon_vma, ...
 * @cat: the catalogue
 * @identity: as found in a struct vma_state, not 0
 */
const char *catalog_string(const struct catalog *cat, uint32_t identity);

#endif /* VMATLAS_CATALOG_H */
