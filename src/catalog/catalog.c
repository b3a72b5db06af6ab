// SPDX-License-Identifier: GPL-2.0-only
/* Files -> families -> the catalogue. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"

/* ---- one file --------------------------------------------------------- */

static void begin_file(struct loader *l, struct family *f)
{
	f->errors = arena_alloc(l->arena, 1, sizeof(*f->errors));
	l->errors = f->errors;
}

static void load_source(struct loader *l, const struct source *src,
			struct family *f)
{
	const struct node *top = yaml_parse(l, src);

	if (top)
		load_family(l, top, f);
}

static void load_file(struct loader *l, const char *path, struct family *f)
{
	struct source src = { 0 };

	begin_file(l, f);
	l->scratch = arena_new();
	if (source_read(l, path, &src))
		load_source(l, &src, f);
	arena_free(l->scratch);
}

/* ---- the catalogue ---------------------------------------------------- */

static void start(struct loader *l)
{
	*l = (struct loader){ .arena = arena_new() };
	l->strings = strings_new(l->arena);
}

static int compare_order(const void *a, const void *b)
{
	const struct family *one = a;
	const struct family *other = b;

	return ORDER(one->f.order, other->f.order);
}

/* Families move when they are sorted; only then can a case point to its own. */
static void adopt(struct catalog *cat, const struct family *f)
{
	struct cat_family *to = &cat->families[cat->nr_families++];

	*to = f->f;
	for (size_t i = 0; i < to->nr_cases; i++)
		to->cases[i].family = to;
}

/* What was loaded as a catalogue, or NULL if any of it is wrong. */
static struct catalog *finish(struct loader *l, struct family *f, size_t nr,
			      FILE *err)
{
	struct catalog *cat;

	l->scratch = arena_new();
	lint_families(l, f, nr);
	arena_free(l->scratch);
	for (size_t i = 0; i < nr; i++)
		file_errors_print(err, f[i].errors);
	if (l->failed) {
		arena_free(l->arena);
		return NULL;
	}
	qsort(f, nr, sizeof(*f), compare_order);
	cat = arena_alloc(l->arena, 1, sizeof(*cat));
	cat->arena = l->arena;
	cat->strings = l->strings;
	cat->families = arena_alloc(l->arena, nr, sizeof(*cat->families));
	for (size_t i = 0; i < nr; i++)
		adopt(cat, &f[i]);
	return cat;
}

struct catalog *catalog_load(const char *const *paths, size_t nr, FILE *err)
{
	struct loader l;
	struct family *f;

	start(&l);
	f = arena_alloc(l.arena, nr, sizeof(*f));
	for (size_t i = 0; i < nr; i++)
		load_file(&l, paths[i], &f[i]);
	return finish(&l, f, nr, err);
}

struct catalog *catalog_load_bytes(const char *path, const char *bytes,
				   size_t len, FILE *err)
{
	const struct source src = { .path = path, .bytes = bytes, .len = len };
	struct family f = { 0 };
	struct loader l;

	start(&l);
	begin_file(&l, &f);
	l.scratch = arena_new();
	load_source(&l, &src, &f);
	arena_free(l.scratch);
	return finish(&l, &f, 1, err);
}

/* ---- a directory ------------------------------------------------------ */

/* Editors leave hidden files beside the one that they have open. */
static int is_family_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".yaml");
}

/* Bytes, and not the locale, decide: errors come in the same order anywhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void refuse_dir(const char *dir, const char *why, FILE *err)
{
	struct family f = { 0 };
	struct loader l;

	start(&l);
	begin_file(&l, &f);
	error_at(&l, (struct srcpos){ .file = dir, .line = 1, .column = 1 },
		 "%s, expected a directory with *.yaml files", why);
	file_errors_print(err, f.errors);
	arena_free(l.arena);
}

static struct catalog *load_entries(const char *dir, struct dirent **entries,
				    size_t nr, FILE *err)
{
	struct arena *a = arena_new();
	const char **paths = arena_alloc(a, nr, sizeof(*paths));
	struct catalog *cat;

	for (size_t i = 0; i < nr; i++)
		paths[i] = arena_printf(a, "%s/%s", dir, entries[i]->d_name);
	cat = catalog_load(paths, nr, err);
	arena_free(a);
	return cat;
}

struct catalog *catalog_load_dir(const char *dir, FILE *err)
{
	struct dirent **entries = NULL;
	int nr = scandir(dir, &entries, is_family_file, compare_entries);
	struct catalog *cat = NULL;

	if (nr < 0)
		refuse_dir(dir, strerror(errno), err);
	else if (!nr)
		refuse_dir(dir, "no *.yaml file here", err);
	else
		cat = load_entries(dir, entries, (size_t)nr, err);
	for (int i = 0; i < nr; i++)
		free(entries[i]);
	free(entries);
	return cat;
}

/* ---- what others ask -------------------------------------------------- */

void catalog_free(struct catalog *cat)
{
	if (cat)
		arena_free(cat->arena);
}

const struct cat_case *catalog_case(const struct catalog *cat, const char *id)
{
	for_each_case_of_all(cat, c)
		if (!strcmp(c->id, id))
			return c;
	return NULL;
}

struct mm *case_mm(const struct cat_case *c, const struct rules *rules)
{
	struct mm *mm = mm_new(rules);

	for (size_t i = 0; i < c->nr_before; i++)
		mm_place(mm, &c->before[i].s);
	return mm;
}

const struct cat_vma *case_before(const struct cat_case *c, const char *name)
{
	for (size_t i = 0; i < c->nr_before; i++)
		if (!strcmp(c->before[i].name, name))
			return &c->before[i];
	return NULL;
}

const struct op *trigger_ops(const struct cat_case *c,
			     const struct cat_trigger *t, size_t *nr)
{
	*nr = t->nr_ops ? t->nr_ops : 1;
	return t->nr_ops ? t->ops : &c->op;
}
