/* SPDX-License-Identifier: GPL-2.0-only */
/* What "vmatlas space" counts, and who prints it. */
#ifndef VMATLAS_CMD_SPACE_H
#define VMATLAS_CMD_SPACE_H

#include "catalog/catalog.h"
#include "space/space.h"

#define MAX_PROBLEMS 10

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
};

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
 * @tallies: of each sweep, in the order of sweeps()
 * @nr: how many sweeps were walked: the standard one, or all
 *
 * Each table stands between comments, ".. NAME-begin" and ".. NAME-end".
 */
void space_rst(FILE *out, const struct catalog *cat, const struct rows *rows,
	       const struct tally *tallies, size_t nr);

#endif /* VMATLAS_CMD_SPACE_H */
