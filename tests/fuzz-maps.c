// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes at all as a maps or smaps file, and as a numa_maps file: reading,
 * explaining, and all that is printed of it. For libFuzzer.
 */
#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"
#include "cmd/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* ---- what was printed --------------------------------------------------- */

struct sink {
	char *text;
	size_t len;
	FILE *out;
};

static void sink_open(struct sink *s)
{
	s->out = open_memstream(&s->text, &s->len);
	require(s->out);
}

/* Lines of what a terminal can show, the last one whole, too. */
static void sink_verify(struct sink *s)
{
	fclose(s->out);
	for (size_t i = 0; i < s->len;) {
		uint32_t c = 0;
		size_t nr = utf8_char(s->text + i, s->len - i, &c);

		require(nr && (c == '\n' || utf8_printable(c)));
		i += nr;
	}
	require(!s->len || s->text[s->len - 1] == '\n');
	free(s->text);
}

static void print_all(const struct explained *x)
{
	const struct explain_style style = { false, "", "" };
	struct sink s;

	sink_open(&s);
	explain_print(s.out, x, &style);
	sink_verify(&s);
}

static void dump(const struct explained *x)
{
	json_t *json = explain_json(x, false);
	char *text = json_dumps(json, JSON_COMPACT);

	require(json && text);
	free(text);
	json_decref(json);
}

/* Any, but not all: it is slow. */
static void show_one(const struct explained *x, size_t i)
{
	static struct catalog *cat;
	struct sink s;

	if (!cat)
		cat = catalog_load_dir(CATALOG_BUILD, stderr);
	require(cat);
	require(explain_find(x, x->maps->vma[x->pairs[i].low].end) ==
		&x->pairs[i]);
	sink_open(&s);
	explain_show(s.out, x, &x->pairs[i], cat);
	sink_verify(&s);
}

/* ---- what was found ----------------------------------------------------- */

static void verify_maps(const struct proc_maps *maps)
{
	uint64_t offset = maps->page_size - 1;

	require(maps->page_size >= 4096 && !(maps->page_size & offset));
	for (size_t i = 0; i < maps->nr; i++) {
		const struct proc_vma *v = &maps->vma[i];

		require(v->start < v->end && v->name);
		require(!((v->start | v->end | v->offset) & offset));
		require(!i || v[-1].end <= v->start);
	}
}

static void verify_groups(const struct explained *x)
{
	size_t pairs = 0;

	for (size_t i = 0; i < x->nr_groups; i++) {
		const struct proc_group *g = &x->groups[i];

		require(g->r.all && g->run >= 2 && g->run <= g->nr + 1);
		require(g->run_low + g->run <= x->maps->nr);
		require(!i || g[-1].nr >= g->nr);
		pairs += g->nr;
	}
	require(pairs == x->nr_pairs);
	for (enum outlook o = 0; o < NR_OUTLOOKS; o++)
		pairs -= x->sums[o];
	require(!pairs);
}

/* The composition adds up, and runs do not overlap. */
static void verify_kinds(const struct explained *x)
{
	size_t nr = 0;

	for (size_t i = 0; i < x->kinds->nr_rows; i++) {
		require(x->kinds->rows[i].nr &&
			*vma_kinds[x->kinds->rows[i].kind].text);
		nr += x->kinds->rows[i].nr;
	}
	require(nr == x->nr);
	nr = 0;
	for (size_t i = 0; i < x->nr_runs; i++) {
		require(x->runs[i].nr >= 3 * x->runs[i].period);
		require(x->runs[i].low + x->runs[i].nr <= x->nr);
		nr += x->runs[i].nr;
	}
	require(nr <= x->nr);
}

static void explain_bytes(const struct proc_maps *maps, const char *version,
			  size_t any)
{
	struct explained x;

	explain(&x, maps, rules_for(version));
	verify_groups(&x);
	verify_kinds(&x);
	print_all(&x);
	dump(&x);
	if (x.nr_pairs)
		show_one(&x, any % x.nr_pairs);
	explain_free(&x);
}

static struct proc_maps *read_bytes(FILE *in)
{
	struct proc_maps *maps;
	struct sink err;

	sink_open(&err);
	maps = proc_read(in, "f\033", 0, err.out);
	require(fflush(err.out) == 0);
	require(maps ? !maps->nr_skipped == !err.len : err.len);
	require(!err.len || strchr(err.text, '\n') == err.text + err.len - 1);
	sink_verify(&err);
	return maps;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc_maps *maps;
	FILE *in;

	if (!size)
		return 0;
	in = fmemopen((void *)data, size, "r");
	require(in);
	maps = read_bytes(in);
	if (maps) {
		verify_maps(maps);
		explain_bytes(maps, "latest", size);
		rewind(in);
		proc_read_policies(maps, in);
		explain_bytes(maps, "6.12", size / 2);
	}
	proc_free(maps);
	fclose(in);
	return 0;
}
