/* SPDX-License-Identifier: GPL-2.0-only */
/* What "vmatlas space" counts, and who prints it. */
#ifndef VMATLAS_CMD_SPACE_H
#define VMATLAS_CMD_SPACE_H

#include <jansson.h>
#include <stdatomic.h>

#include "catalog/catalog.h"
#include "cmd/cmd.h"
#include "space/space.h"

#define MAX_PROBLEMS 10

/* ---- what is asked for (space.c) ----------------------------------------- */

#define NO_REASON (-1)

struct space_args {
	struct common common;
	const char *id;
	int reason; /* enum refusal, or NO_REASON */
	const char *only;
	unsigned int jobs;
	bool summary;
	bool wide;
	bool show;
	bool tsv;
	bool rst;
	struct shard shard;
	bool merge;
	struct words files; /* to be merged */
};

/* ---- counting (space-walk.c) ---------------------------------------------- */

static inline bool merges(enum space_family family)
{
	return family == SPACE_EXISTING || family == SPACE_NEW ||
	       family == SPACE_REPLACE;
}

static inline bool is_problem(const struct classification *r)
{
	return r->kind >= CLASS_UNNAMED;
}

/* A case or a reason that states conditions. */
struct row {
	const struct cat_family *family;
	const char *id;
	const char *error; /* that a reason states */
	const struct cat_whens *when;
	const struct srcpos *pos;
	bool is_case;
};

struct rows {
	struct row *v;
	size_t nr;
};

struct problem {
	struct config c;
	uint64_t index;
	enum class_kind kind;
	char what[CONFIG_KEY + 256];
};

/* What one thread, or all of them, have seen of a sweep. */
struct tally {
	uint64_t nr[NR_SPACES]; /* no allocation fails */
	uint64_t failing[NR_SPACES];
	uint64_t places[NR_SPACES][NR_DIMS]; /* seen, a bit each */
	uint64_t first[2][NR_REFUSALS]; /* prev and next: first to refuse */
	uint64_t any[2][NR_REFUSALS];
	uint64_t *rows; /* as struct rows */
	struct problem problems[MAX_PROBLEMS];
	uint64_t nr_problems;
	uint64_t nr_narrow; /* compared with what stands for them */
};

static inline uint64_t tally_total(const struct tally *t, unsigned int family)
{
	return t->nr[family] + t->failing[family];
}

/* One walk over a sweep, or over the first of @parts alike parts of it. */
struct survey {
	const struct space_args *a;
	const struct sweep *sweep;
	const struct conditions *cond;
	struct rows rows;
	atomic_uint_fast64_t done;
	bool standard;
	unsigned int parts; /* 0 is all of it */
};

/**
 * survey_rows - what the catalogue names: cases and reasons with conditions
 * @cat: the catalogue
 *
 * Return: The rows, in the catalogue's order; @v is for free().
 */
struct rows survey_rows(const struct catalog *cat);

/**
 * survey_walk - walk a sweep
 * @s: which, and what for
 *
 * Return: What all threads saw; its rows are for free().
 */
struct tally survey_walk(struct survey *s);

/**
 * survey_agrees - whether what stands for a configuration is ruled as it is
 * @s: the walk
 * @mm: where to run it
 * @narrow: what stands for it in the standard sweep
 * @r: how the configuration is classified
 * @what: filled in with what differs
 * @size: bytes there
 *
 * Return: true if so.
 */
bool survey_agrees(const struct survey *s, struct mm *mm,
		   const struct config *narrow, const struct classification *r,
		   char *what, size_t size);

/**
 * survey_lists - whether each configuration gets a line
 * @a: what is asked for
 *
 * Return: false if only a summary is printed.
 */
bool survey_lists(const struct space_args *a);

/* ---- for people (space-text.c) -------------------------------------------- */

/* How a configuration is classified, in a word. */
extern const char *const class_names[];

/**
 * error_name - an error as a symbol
 * @err: negative, or 0
 *
 * Return: A constant string, "0" if it is none.
 */
const char *error_name(int err);

/**
 * config_tsv_head - print the names of the columns of config_tsv()
 */
void config_tsv_head(void);

/**
 * config_tsv - print a configuration as a line of columns
 * @v: the configuration, and what came of it
 * @r: how it is classified
 */
void config_tsv(const struct visit *v, const struct classification *r);

/**
 * config_text - print a configuration as a line for people
 * @v: the configuration, and what came of it
 * @r: how it is classified
 */
void config_text(const struct visit *v, const struct classification *r);

/**
 * config_print_class - print how a configuration is classified
 * @r: how
 */
void config_print_class(const struct classification *r);

/**
 * config_print_why - print why a configuration is classified so
 * @cat: the catalogue, which says it
 * @c: the configuration
 * @r: how it is classified
 */
void config_print_why(const struct catalog *cat, const struct config *c,
		      const struct classification *r);

/**
 * config_show - print a configuration: its picture, its class, why, its steps
 * @a: what was asked for
 * @cat: the catalogue
 * @v: the configuration, and what came of it
 * @r: how it is classified
 */
void config_show(const struct space_args *a, const struct catalog *cat,
		 const struct visit *v, const struct classification *r);

/**
 * survey_print - print the summary of a sweep
 * @s: the walk
 * @t: what was seen
 */
void survey_print(const struct survey *s, const struct tally *t);

/**
 * survey_problems - print what the catalogue does not name, or names wrongly
 * @out: where to
 * @a: what was asked for
 * @cat: the catalogue
 * @t: what was seen
 */
void survey_problems(FILE *out, const struct space_args *a,
		     const struct catalog *cat, const struct tally *t);

/**
 * survey_unreached - print conditions that no configuration meets
 * @out: where to
 * @s: the walk
 * @t: what was seen
 *
 * Return: Whether there are any.
 */
bool survey_unreached(FILE *out, const struct survey *s, const struct tally *t);

/* ---- for machines (space-json.c) ------------------------------------------ */

/**
 * config_put_json - print a configuration as an element of a list
 * @v: the configuration
 * @r: how it is classified
 *
 * One after the other: all of them would not fit into memory.
 */
void config_put_json(const struct visit *v, const struct classification *r);

/**
 * survey_json - the summary of a sweep
 * @s: the walk
 * @t: what was seen
 *
 * Return: An object for json_decref().
 */
json_t *survey_json(const struct survey *s, const struct tally *t);

/**
 * tally_of_family - of how many a row is a part
 * @t: the tally
 * @rows: its rows
 * @family: the row's family; of "change" what does not merge
 *
 * Return: The number of configurations.
 */
uint64_t tally_of_family(const struct tally *t, const struct rows *rows,
			 const struct cat_family *family);

/* ---- as parts of pages (space-rst.c) ------------------------------------- */

/**
 * space_rst - print tables, for pages to include
 * @out: where to
 * @cat: the catalogue
 * @rows: its cases and reasons
 * @tallies: of each sweep, in the order of sweeps[]
 * @nr: how many sweeps were walked: the standard one, or all
 *
 * Each table stands between comments, ".. NAME-begin" and ".. NAME-end".
 */
void space_rst(FILE *out, const struct catalog *cat, const struct rows *rows,
	       const struct tally *tallies, size_t nr);

#endif /* VMATLAS_CMD_SPACE_H */
