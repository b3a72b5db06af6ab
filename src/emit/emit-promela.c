// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models for SPIN: a case as a writer, beside a concurrent reader.
 *
 * A file a case and surrounding. All of a file but the names, the layout and
 * the writer's steps is the same everywhere: promela/reader.pml, which follows
 * the reader's algorithm step by step, each step one transition.
 */
#include <stdlib.h>
#include <string.h>

#include "emit/promela.h"
#include "lib/template.h"
#include "lib/memory.h"
#include "lib/stream.h"

enum {
	PICTURE_INDENT = 8,
};

/* ---- the heading --------------------------------------------------------- */

static void print_heading(FILE *out, const struct promela *m)
{
	fprintf(out, " * %s: ", m->r->c->id);
	comment_puts(out, m->r->c->title.text);
	fprintf(out, "\n * By the rules of Linux %s.\n", m->r->rules->version);
	fprintf(out, " * On its left: %s.\n", promela_sides[m->left_side].what);
	fprintf(out, " * On its right: %s.\n *\n",
		promela_sides[m->right_side].what);
	comment_picture(out, m->r, PICTURE_INDENT);
}

/* ---- the declarations ---------------------------------------------------- */

static void print_page(FILE *out, unsigned long page)
{
	if (page == MM_END)
		fputs("PEND", out);
	else
		fprintf(out, "P%lu", page);
}

/* SPIN numbers from the last to the first, which is 1. */
static void print_pages(FILE *out, const struct promela *m)
{
	fputs("/*\n * Pn is page n. Only pages where something begins or ends matter; they\n * are numbered in order, from the last below to the first.\n */\nmtype:page = {\n	",
	      out);
	for (size_t i = m->nr_pages; i; i--) {
		print_page(out, m->pages[i - 1]);
		fputs(i > 1 ? ", " : "\n};\n", out);
	}
	fprintf(out, "#define NR_PAGES %zu\n\n", m->nr_pages + 1);
}

static size_t nr_vmas(const struct promela *m, unsigned int ops)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_vmas; i++)
		nr += m->vmas[i].ops <= ops;
	return nr;
}

/* Those that only longer sequences create come last. */
static void print_nr_vmas(FILE *out, const struct promela *m)
{
	const char *word = "if";

	for (unsigned int ops = m->ops; ops > 1; ops--) {
		if (nr_vmas(m, ops) == nr_vmas(m, ops - 1))
			continue;
		fprintf(out, "#%s OPS >= %u\n#define NR_VMAS %zu\n", word, ops,
			nr_vmas(m, ops) + 1);
		word = "elif";
	}
	fprintf(out, "%s#define NR_VMAS %zu\n%s\n",
		*word == 'e' ? "#else\n" : "", nr_vmas(m, 1) + 1,
		*word == 'e' ? "#endif\n" : "");
}

static void print_vmas(FILE *out, const struct promela *m)
{
	fputs("mtype:vma = {\n	", out);
	for (size_t i = m->nr_vmas; i; i--)
		fprintf(out, "%s%s", m->vmas[i - 1].symbol,
			i > 1 ? ", " : "\n};\n");
	fputs("#define NOTHING 0\n", out);
	print_nr_vmas(out, m);
}

static void print_names(FILE *out, const struct promela *m)
{
	print_pages(out, m);
	print_vmas(out, m);
}

/* ---- the writer ---------------------------------------------------------- */

/* What follows the name of a step. */
enum args { ARGS_NONE, ARGS_VMA, ARGS_FROM, ARGS_RANGE };

/* How steps are written; those without a call are nothing to a reader. */
static const struct form {
	const char *call;
	enum args args;
	const char *what;
} forms[NR_STEPS] = {
	[STEP_LOCK_MMAP] = { "mmap_write_lock", ARGS_NONE, NULL },
	[STEP_LOCK_VMA] = { "vma_write_lock", ARGS_VMA, NULL },
	[STEP_LOCK_I_MMAP] = { NULL, ARGS_NONE, "lock i_mmap" },
	[STEP_LOCK_ANON_VMA] = { NULL, ARGS_NONE, "lock anon_vma" },
	[STEP_ALLOCATE] = { "allocate", ARGS_VMA, NULL },
	[STEP_DUPLICATE] = { "duplicate", ARGS_FROM, NULL },
	[STEP_CLONE_ANON_VMA] = { NULL, ARGS_NONE, "clone anon_vma" },
	[STEP_SET_RANGE] = { "set_range", ARGS_RANGE, NULL },
	[STEP_SET_ATTRS] = { NULL, ARGS_NONE, "set attributes" },
	[STEP_STORE] = { "store", ARGS_RANGE, NULL },
	[STEP_DETACH] = { "detach", ARGS_VMA, NULL },
	[STEP_ATTACH] = { "attach", ARGS_VMA, NULL },
	[STEP_FREE] = { "free", ARGS_VMA, NULL },
	[STEP_MAP_COUNT] = { NULL, ARGS_NONE, "set map_count" },
	[STEP_UNLOCK_ANON_VMA] = { NULL, ARGS_NONE, "unlock anon_vma" },
	[STEP_UNLOCK_I_MMAP] = { NULL, ARGS_NONE, "unlock i_mmap" },
	[STEP_DOWNGRADE_MMAP] = { "mmap_write_downgrade", ARGS_NONE, NULL },
	[STEP_UNLOCK_MMAP] = { "mmap_write_unlock", ARGS_NONE, NULL },
};

static void print_args(FILE *out, const struct promela *m, const struct step *s,
		       enum args args)
{
	if (args == ARGS_NONE)
		return;
	fputs(promela_symbol(m, s->vma), out);
	if (args == ARGS_FROM)
		fprintf(out, ", %s", promela_symbol(m, s->from));
	if (args != ARGS_RANGE)
		return;
	fputs(", ", out);
	print_page(out, s->start);
	fputs(", ", out);
	print_page(out, s->end);
}

/* The step in the mail's words, if it would list it. */
static void print_mail_step(FILE *out, const struct report *r, size_t step)
{
	for (size_t i = 0; i < r->nr_steps; i++) {
		if (r->steps[i].step != step)
			continue;
		fprintf(out, "\t/* %zu. ", i + 1);
		comment_puts(out, r->steps[i].text);
		fputs(" */\n", out);
	}
}

static void print_step(FILE *out, const struct promela *m, const struct step *s,
		       bool downgraded)
{
	const struct form *form = &forms[s->kind];
	const char *call = form->call;

	if (!call) {
		fprintf(out, "\t/* (%s: nothing to a reader) */\n", form->what);
		return;
	}
	if (s->kind == STEP_UNLOCK_MMAP && downgraded)
		call = "mmap_read_unlock";
	/* A store is a choice of two steps. */
	fprintf(out, s->kind == STEP_STORE ? "\t%s(" : "\tstep(%s(", call);
	print_args(out, m, s, form->args);
	fputs(s->kind == STEP_STORE ? ");\n" : "));\n", out);
}

static void print_part(FILE *out, const struct promela *m,
		       const struct promela_part *part)
{
	bool downgraded = false;

	for (size_t i = 0; i < part->nr; i++) {
		if (part == m->parts)
			print_mail_step(out, m->r, i);
		print_step(out, m, &part->steps[i], downgraded);
		downgraded |= part->steps[i].kind == STEP_DOWNGRADE_MMAP;
	}
}

static void print_follower(FILE *out, const struct promela *m,
			   const struct promela_part *part)
{
	fprintf(out, "#if OPS >= %u\n\t/* Then: ", part->ops);
	op_print(out, &part->op);
	fputs(" */\n", out);
	print_part(out, m, part);
	fputs("#endif\n", out);
}

static void print_writer(FILE *out, const struct promela *m)
{
	fputs("proctype change()\n{\n\tbyte borders_gone, borders_come;\n\n",
	      out);
	print_part(out, m, m->parts);
	for (size_t i = 1; i < m->nr_parts; i++)
		print_follower(out, m, &m->parts[i]);
	fputs("\nend_change:\n\tfalse\n}\n\n", out);
}

/* ---- the memory of freed VMAs -------------------------------------------- */

static bool makes(const struct step *s)
{
	return s->kind == STEP_ALLOCATE || s->kind == STEP_DUPLICATE;
}

static void print_reuse_of(FILE *out, const struct promela *m, vma_id gone,
			   vma_id made, unsigned int ops)
{
	const char *vma = promela_symbol(m, made);

	if (ops > 1)
		fprintf(out, "#if OPS >= %u\n", ops);
	fprintf(out,
		"\t:: d_step {\n"
		"\t\tfound == %s && !attached[found] && attached[%s];\n"
		"\t\tfound = %s\n"
		"\t   } -> goto lock\n",
		promela_symbol(m, gone), vma, vma);
	if (ops > 1)
		fputs("#endif\n", out);
}

/* What is made after a step may have the memory that the step freed. */
static void print_reuses(FILE *out, const struct promela *m, size_t part,
			 size_t step)
{
	vma_id gone = m->parts[part].steps[step].vma;

	for (step++; part < m->nr_parts; part++, step = 0)
		for (; step < m->parts[part].nr; step++)
			if (makes(&m->parts[part].steps[step]))
				print_reuse_of(out, m, gone,
					       m->parts[part].steps[step].vma,
					       m->parts[part].ops);
}

static void print_reuse(FILE *out, const struct promela *m)
{
	for (size_t i = 0; i < m->nr_parts; i++)
		for (size_t j = 0; j < m->parts[i].nr; j++)
			if (m->parts[i].steps[j].kind == STEP_FREE)
				print_reuses(out, m, i, j);
}

/* ---- the beginning, and what holds before and after ---------------------- */

static void print_choice(FILE *out, const struct neighbour *n,
			 const char *lower, const char *upper)
{
	fprintf(out, "\tif\n\t:: %s = %s\n#ifdef ALL\n", lower, upper);
	for (size_t i = 0; i < NR_SIDES; i++)
		if (i == SIDE_NONE || n->end[i])
			fprintf(out, "\t:: %s = %s\n", lower,
				promela_sides[i].symbol);
	fputs("#endif\n\tfi;\n", out);
}

static void print_place(FILE *out, const char *vma, unsigned long start,
			unsigned long end)
{
	fprintf(out, "place(%s, ", vma);
	print_page(out, start);
	fputs(", ", out);
	print_page(out, end);
	fputs(")", out);
}

static void print_place_unrelated(FILE *out, const struct neighbour *n,
				  const char *lower)
{
	fputs("\t\tif\n", out);
	for (size_t i = 0; i < NR_SIDES; i++) {
		if (!n->end[i])
			continue;
		fprintf(out, "\t\t:: %s == %s -> ", lower,
			promela_sides[i].symbol);
		print_place(out, n->vma->symbol, n->start[i], n->end[i]);
		fputs("\n", out);
	}
	fputs("\t\t:: else\n\t\tfi", out);
}

static void print_layout(FILE *out, const struct promela *m)
{
	const struct layout *before = report_before(m->r);

	fputs("\td_step {\n", out);
	for_each_vma(before, v) {
		const struct vma_state *s = &v->s;

		fputs("\t\t", out);
		print_place(out, promela_symbol(m, s->id), s->vm_start,
			    s->vm_end);
		fputs(";\n", out);
	}
	print_place_unrelated(out, &m->left, "left_side");
	fputs(";\n", out);
	print_place_unrelated(out, &m->right, "right_side");
	fputs("\n\t}\n", out);
}

static void print_start(FILE *out, const struct promela *m)
{
	print_choice(out, &m->left, "left_side", "LEFT_SIDE");
	print_choice(out, &m->right, "right_side", "RIGHT_SIDE");
	print_layout(out, m);
}

/* In all of the layouts between operations, which are these two by turns. */
static bool always_mapped(const struct promela *m, unsigned long page)
{
	return promela_mapped(report_before(m->r), page) &&
	       promela_mapped(report_after(m->r), page);
}

static void print_always_mapped(FILE *out, const struct promela *m)
{
	fputs("/* Whether a page is mapped before and after. The unrelated VMAs stay. */\n#define always_mapped(p) ( \\\n",
	      out);
	for (size_t i = 0; i + 1 < m->nr_pages; i++)
		if (always_mapped(m, m->pages[i]))
			fprintf(out, "\t(p) == P%lu || \\\n", m->pages[i]);
	fprintf(out, "\ttree[p] == %s || tree[p] == %s)\n\n",
		m->left.vma->symbol, m->right.vma->symbol);
}

/* ---- files --------------------------------------------------------------- */

static void print_left(FILE *out, const struct promela *m)
{
	fputs(promela_sides[m->left_side].symbol, out);
}

static void print_right(FILE *out, const struct promela *m)
{
	fputs(promela_sides[m->right_side].symbol, out);
}

static void print_ops(FILE *out, const struct promela *m)
{
	fprintf(out, "%u", m->ops);
}

/* What stands for what in the template. */
static const struct {
	const char *name;
	void (*print)(FILE *out, const struct promela *m);
} places[] = {
	{ "heading", print_heading }, { "left", print_left },
	{ "right", print_right },     { "ops", print_ops },
	{ "names", print_names },     { "writer", print_writer },
	{ "reuse", print_reuse },     { "always_mapped", print_always_mapped },
	{ "place", print_start },
};

static void fill_place(FILE *out, const char *name, size_t len,
		       const void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strlen(places[i].name) == len &&
		    !strncmp(places[i].name, name, len))
			places[i].print(out, data);
}

static bool has_room(const struct neighbour *n, enum side side)
{
	return side == SIDE_NONE || n->end[side];
}

static void emit_case(const struct report *r, const char *text,
		      struct files *files)
{
	struct promela m;

	promela_init(&m, r);
	for (enum side left = 0; left < NR_SIDES; left++)
		for (enum side right = 0; right < NR_SIDES; right++) {
			if (!has_room(&m.left, left) ||
			    !has_room(&m.right, right))
				continue;
			m.left_side = left;
			m.right_side = right;
			template_fill(files_add(files, "%s-%s-%s.pml", r->c->id,
						side_names[left],
						side_names[right]),
				      text, fill_place, &m);
		}
	promela_drop(&m);
}

void emit_promela(const struct report_set *set, const struct emit_opts *opts,
		  struct files *files)
{
	char *text __free(free) = template_read("emit/promela/reader.pml");

	for_each_report(set, r)
		emit_case(r, text, files);
}
