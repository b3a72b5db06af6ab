/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the catalogue: bytes -> tree of nodes -> drafts of cases -> catalogue.
 *
 * Each stage finds the errors that only it can see, and hands on what is left,
 * so that one mistake is reported once and the next one is still found.
 */
#ifndef VMATLAS_CATALOG_INTERNAL_H
#define VMATLAS_CATALOG_INTERNAL_H

#include "catalog/catalog.h"
#include "lib/memory.h"
#include "lib/text.h"

/* ---- names of identities (strings.c) ---------------------------------- */

struct cat_strings *strings_new(struct arena *a);

/* The identity of a text: equal texts have equal ones, and none is 0. */
uint32_t strings_intern(struct cat_strings *strings, const char *text);

/* ---- errors (error.c) ------------------------------------------ */

/* So many in one file are reported; who has more has mistaken the file. */
#define MAX_ERRORS 100

/**
 * struct file_error - what is wrong at a place
 * @pos: the place
 * @text: what is wrong, what was expected
 */
struct file_error {
	struct srcpos pos;
	const char *text;
};

/**
 * struct file_errors - those about one file
 * @first: by line and column, and as they came where these are the same. One
 *	more than are reported: it only shows that there are more.
 * @nr: how many
 */
struct file_errors {
	struct file_error first[MAX_ERRORS + 1];
	size_t nr;
};

/**
 * struct loader - what all stages share
 * @arena: where the catalogue lives
 * @scratch: what is not needed once loading is over
 * @strings: names of identities
 * @errors: those about the current file
 * @failed: there was one, about any file
 */
struct loader {
	struct arena *arena;
	struct arena *scratch;
	struct cat_strings *strings;
	struct file_errors *errors;
	bool failed;
};

/* Returns false, as who finds an error does. */
__attribute__((format(printf, 3, 4))) bool
error_at(struct loader *l, struct srcpos pos, const char *fmt, ...);

/* Each as "file:line:column: what is wrong, what was expected". */
void file_errors_print(FILE *out, const struct file_errors *errors);

/*
 * Text of unknown origin as it may stand in an error: in single quotes, cut
 * if long, and with \xNN for what a terminal should not get. error_shown() neither
 * cuts nor quotes.
 */
const char *error_quote(struct loader *l, const char *text);
const char *error_shown(struct loader *l, const char *text);
const char *error_quote_bytes(struct loader *l, const char *bytes, size_t len);

/* The texts that @name gives for 0, 1, ... up to NULL, with ", " between. */
typedef const char *name_fn(const void *ctx, size_t i);
const char *error_list(struct loader *l, name_fn *name, const void *ctx);

/* ---- files (file.c) --------------------------------------------------- */

#define MAX_FILE_SIZE (1UL << 20)

/**
 * struct source - the bytes of one file
 * @path: as the caller gave it
 * @bytes: what is in it
 * @len: how many
 */
struct source {
	const char *path;
	const char *bytes;
	size_t len;
};

/* Returns false, after an error, if the file cannot be had. */
bool source_read(struct loader *l, const char *path, struct source *src);

/* ---- YAML (yaml.c) ---------------------------------------------------- */

#define MAX_DEPTH 16
#define MAX_ENTRIES 1024

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

/**
 * struct node - a value in a YAML file
 * @kind: what it is
 * @pos: of its first character
 * @key: the key that it is the value of, or NULL
 * @sequence: what it is an entry of, or NULL
 * @next: the value after it in the same sequence or mapping
 * @first: the first value in it
 * @nr: how many are in it
 * @text: of a scalar
 * @plain: of a scalar: not in quotes, so it may be a number and the like
 * @verbatim: of a scalar: column of the first character of @text if the file
 *	has @text as it is, else 0
 */
struct node {
	enum node_kind kind;
	struct srcpos pos;
	const struct node *key;
	const struct node *sequence;
	struct node *next;
	struct node *first;
	size_t nr;
	const char *text;
	bool plain;
	unsigned int verbatim;
};

#define for_each_node(parent, n)                                               \
	for (const struct node *n = (parent)->first; n; n = n->next)

/* Returns NULL, after an error, if the bytes are no YAML that we take. */
const struct node *yaml_parse(struct loader *l, const struct source *src);

/* Characters in the name of a VMA: it stands under a picture. */
#define MAX_NAME 32

/* ---- families, not yet trusted (load.c, lint.c) ----------------------- */

/**
 * struct cat_number - a number and its place
 * @value: the number
 * @pos: of its first digit
 */
struct cat_number {
	unsigned long value;
	struct srcpos pos;
};

/**
 * struct family - a family while it is loaded
 * @f: what is going to be in the catalogue; its name is NULL if it is not good
 * @name: its name as it was read, with its place in the file, for errors
 * @title: its title, likewise
 * @intro: its question, likewise
 * @order: its order, likewise
 * @has_order: that is good
 * @cases: its cases, as they stand in the file
 * @errors: those about its file
 */
struct family {
	struct cat_family f;
	struct cat_text name;
	struct cat_text title;
	struct cat_text intro;
	struct cat_number order;
	bool has_order;
	const struct node *cases;
	struct file_errors *errors;
};

/* Load one file, as far as it goes. */
void load_family(struct loader *l, const struct node *top, struct family *f);

/* Check what only all families together can show. */
void lint_families(struct loader *l, const struct family *f, size_t nr);

/* ---- the whole (catalog.c) -------------------------------------------- */

/* As catalog_load() of one file, which has these bytes. */
struct catalog *catalog_load_bytes(const char *path, const char *bytes,
				   size_t len, FILE *err);

/* ---- steps (steps.c) -------------------------------------------------- */

/**
 * struct step_names - what the words of a step may refer to
 * @known: whether there is a VMA of that name
 * @ctx: for @known
 * @bounds: such as start, end and addr, up to NULL
 * @bounds_text: the same for people
 */
struct step_names {
	bool (*known)(const void *ctx, const char *name);
	const void *ctx;
	const char *const *bounds;
	const char *bounds_text;
};

/**
 * struct step_error - where and why a step cannot be understood
 * @offset: bytes before what is wrong
 * @len: bytes of what is wrong, 0 at the end
 * @unknown_vma: it is the name of a VMA that there is not
 * @expected: what could be there, with " or " between
 */
struct step_error {
	size_t offset;
	size_t len;
	bool unknown_vma;
	char expected[256];
};

/* Returns false if @text is no step in the mail's notation. */
bool step_parse(const char *text, const struct step_names *names,
		struct step_error *error);

#endif /* VMATLAS_CATALOG_INTERNAL_H */
