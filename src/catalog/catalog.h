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

#include "catalog/case.h"
#include "lib/memory.h"

/**
 * struct cat_family - one catalogue file
 * @name: "existing", "new", "split", ...
 * @pos: of the name
 * @title: heading of its page
 * @intro: the question that the family asks, in a few sentences
 * @order: place among the families
 * @cases: its cases, in the order of the file
 * @nr_cases: how many
 * @otherwise: what else can become of a configuration of its space
 * @nr_otherwise: how many
 */
struct cat_family {
	const char *name;
	struct srcpos pos;
	const char *title;
	const char *intro;
	unsigned long order;
	struct cat_case *cases;
	size_t nr_cases;
	struct cat_otherwise *otherwise;
	size_t nr_otherwise;
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

/* Of all families. It is two loops: a break ends the inner one. */
#define for_each_case_of_all(cat, c)                                           \
	for_each_family(cat, family_)                                          \
		for_each_case(family_, c)

/**
 * catalog_load - load catalogue files
 * @paths: the files
 * @nr: how many
 * @err: where errors go, as "file:line:column: what is wrong, what was expected"
 *
 * Reports every error of every file that it can, not just the first; those of
 * one file by line and column.
 *
 * Return: NULL if there was any; else a catalogue for catalog_free().
 */
struct catalog *catalog_load(const char *const *paths, size_t nr, FILE *err);

/**
 * catalog_load_dir - load each *.yaml file of a directory
 * @dir: path
 * @err: where errors go
 *
 * As catalog_load(). A directory without such a file is an error.
 *
 * Return: The catalogue for catalog_free(), NULL after saying what is wrong.
 */
struct catalog *catalog_load_dir(const char *dir, FILE *err);

/**
 * catalog_free - drop a catalogue
 * @cat: may be NULL
 */
void catalog_free(struct catalog *cat);
DEFINE_FREE(catalog, struct catalog, catalog_free)

/**
 * catalog_case - find a case
 * @cat: the catalogue
 * @id: its identifier
 *
 * Return: NULL if there is none.
 */
const struct cat_case *catalog_case(const struct catalog *cat, const char *id);

/**
 * catalog_string - the name of a file, policy, anon_vma, ...
 * @cat: the catalogue
 * @identity: as found in a struct vma_state, not 0
 *
 * Return: The name, which the catalogue owns.
 */
const char *catalog_string(const struct catalog *cat, uint32_t identity);

/* ---- the schema (schema.c) --------------------------------------------- */

/**
 * catalog_schema - what a file of the catalogue may have, as a JSON Schema
 *
 * It is made of the tables that load such a file. What depends on more than one
 * value is not in it.
 *
 * Return: An object for json_decref().
 */
struct json_t *catalog_schema(void);

#endif /* VMATLAS_CATALOG_H */
