// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models for SPIN: a case as a writer, beside a concurrent reader.
 *
 * A file a case and surrounding. All of a file but the names, the layout and
 * the writer's steps is the same everywhere: promela/reader.pml, which follows
 * the reader's algorithm step by step, each step one transition.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "lib/template.h"
#include "lib/memory.h"
#include "lib/stream.h"

enum {
	WIDTH_MAX =
		4, /* pages of an unrelated VMA, and of the hole beside it */
	PICTURE_INDENT = 8,
	MAX_OPS = 4,
};

/* ---- tables and types ---------------------------------------------------- */

/* Upper-case words of the model that no VMA may be called by. */
static const char *const reserved[] = {
	"ADJACENT",	  "ALIVE",	   "ALL",	   "CHECK_FALLBACK",
	"CHECK_GAP",	  "CHECK_OVERLAP", "CHECK_RETRY",  "CHECK_REWALK",
	"CHECK_TWICE",	  "CLIPPED",	   "DEAD",	   "FALLBACK",
	"FRESH_FALLBACK", "FRESH_WALK",	   "HOLE",	   "LEFT_SIDE",
	"MMAP_LOCK",	  "MMAP_QUERY",	   "NONE",	   "NOTHING",
	"NR_PAGES",	  "NR_VMAS",	   "OBSERVE",	   "OPS",
	"PEND",		  "PROCMAP_QUERY", "READER",	   "READERS",
	"RETRY",	  "REWALK",	   "RIGHT_SIDE",   "SAMPLE_EARLY",
	"SAMPLE_ONCE",	  "SEQUENCE",	   "SMAPS_ROLLUP", "UNVERIFIED",
	"UPSTREAM",	  "VERIFY_ALWAYS", "VERIFY_HOLES",
};

/*
 * @id: 0 for the unrelated ones
 * @name: as the catalogue has it
 * @symbol: as the model does
 * @ops: it is there if OPS is at least this
 */
struct model_vma {
	vma_id id;
	char *name;
	char *symbol;
	unsigned int ops;
};

/* One operation of the sequence, there if OPS is at least @ops. */
struct promela_part {
	unsigned int ops;
	struct op op;
	struct step *steps;
	size_t nr;
};

enum beside { BESIDE_NONE, BESIDE_HOLE, BESIDE_ADJACENT, NR_BESIDE };

/* What may be beside the case. */
static const struct {
	const char *name;
	const char *symbol;
	const char *what;
} sides[NR_BESIDE] = {
	[BESIDE_NONE] = { "none", "NONE", "nothing" },
	[BESIDE_HOLE] = { "hole", "HOLE", "a hole, and then an unrelated VMA" },
	[BESIDE_ADJACENT] = { "adjacent", "ADJACENT", "an unrelated VMA" },
};

/* The unrelated VMA on one side. */
struct neighbour {
	const struct model_vma *vma;
	unsigned long start[NR_BESIDE];
	unsigned long end[NR_BESIDE]; /* 0: there is no room for it */
};

/*
 * @parts: the operation of the case, and those that may follow it
 * @ops: the largest OPS that there is a sequence for
 * @vmas: in the order of their ids, then the two unrelated ones, then those
 *	that only the operations that follow create
 * @pages: each page where something begins or ends, in order
 * @start: first page of the case, the proposed range included
 * @end: one past its last
 * @left_side: what is to the left, in the file that is printed
 * @right_side: likewise
 */
struct model {
	const struct report *r;
	struct promela_part *parts;
	size_t nr_parts;
	unsigned int ops;
	struct model_vma *vmas;
	size_t nr_vmas;
	unsigned long *pages;
	size_t nr_pages;
	unsigned long start;
	unsigned long end;
	struct neighbour left;
	struct neighbour right;
	enum beside left_side;
	enum beside right_side;
};

/* ---- names --------------------------------------------------------------- */

static bool name_taken(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (!strcmp(m->vmas[i].name, name))
			return true;
	return false;
}

static bool is_reserved(const char *symbol)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(reserved[i], symbol))
			return true;
	/* What pages are called. */
	return symbol[0] == 'P' && symbol[1] &&
	       !symbol[1 + strspn(symbol + 1, "0123456789")];
}

/* In upper case nothing is a keyword; a lower-case letter keeps it unique. */
static char *symbol_of(const char *name)
{
	char *symbol = xcalloc(1, strlen(name) + 2);
	size_t len = 0;

	for (; name[len]; len++)
		symbol[len] = toupper((unsigned char)name[len]);
	if (is_reserved(symbol))
		symbol[len] = 'v';
	return symbol;
}

static void add_vma(struct model *m, vma_id id, const char *name,
		    unsigned int ops)
{
	m->vmas = xreallocarray(m->vmas, m->nr_vmas + 1, sizeof(*m->vmas));
	m->vmas[m->nr_vmas] = (struct model_vma){
		.id = id,
		.name = xstrdup(name),
		.symbol = symbol_of(name),
		.ops = ops,
	};
	m->nr_vmas++;
}

/* A case may have a VMA that is called left or right itself. */
static void add_unrelated(struct model *m, const char *name)
{
	char *free_name = xcalloc(1, strlen(name) + m->nr_vmas + 1);

	strcpy(free_name, name);
	while (name_taken(m, free_name))
		strcat(free_name, "_");
	add_vma(m, 0, free_name, 1);
	free(free_name);
}

/* What an operation that follows creates is "new", "new2" and so on. */
static void add_created(struct model *m, vma_id id, unsigned int ops)
{
	char name[sizeof("new") + 3 * sizeof(int)] = "new";

	for (unsigned int n = 2; name_taken(m, name); n++)
		sprintf(name, "new%u", n);
	add_vma(m, id, name, ops);
}

static const char *symbol(const struct model *m, vma_id id)
{
	if (!id)
		return "NOTHING";
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (m->vmas[i].id == id)
			return m->vmas[i].symbol;
	abort();
}

/* ---- the sequence of operations ------------------------------------------ */

/* Whether it worked. */
static bool run_part(struct model *m, struct mm *mm, const struct op *op)
{
	const struct outcome *out = mm_do(mm, op);
	size_t size = out->nr_steps * sizeof(*out->steps);
	struct promela_part *part;

	m->parts = xreallocarray(m->parts, m->nr_parts + 1, sizeof(*m->parts));
	part = &m->parts[m->nr_parts++];
	*part = (struct promela_part){
		.ops = m->ops + 1,
		.op = *op,
		.steps = xmalloc(size + 1),
		.nr = out->nr_steps,
	};
	if (size)
		memcpy(part->steps, out->steps, size);
	return !out->err;
}

/* What is mapped at a page, or NULL. */
static const struct vma_state *mapped(const struct layout *lay,
				      unsigned long page)
{
	for (size_t i = 0; i < lay->nr_slots; i++)
		if (page >= lay->slots[i].start && page < lay->slots[i].end &&
		    lay->slots[i].vma)
			return &layout_vma(lay, lay->slots[i].vma)->s;
	return NULL;
}

static enum op_kind back_kind(enum op_kind kind)
{
	if (kind == OP_UNMAP)
		return OP_MAP;
	return kind == OP_REPLACE ? OP_REPLACE : OP_MODIFY;
}

/* Make [start, end) again what it was as a part of @vma. */
static bool put_back(struct model *m, struct mm *mm, const struct op *op,
		     const struct vma_state *vma)
{
	struct op back = {
		.kind = back_kind(op->kind),
		.start = vma->vm_start > op->start ? vma->vm_start : op->start,
		.end = vma->vm_end < op->end ? vma->vm_end : op->end,
		.changes = op->changes,
		.attrs = vma->attrs,
		.anon_vma = vma->anon_vma,
		.forked = vma->forked,
	};

	back.pgoff = vma->vm_pgoff + (back.start - vma->vm_start);
	return run_part(m, mm, &back);
}

static bool put_all_back(struct model *m, struct mm *mm, const struct op *op,
			 const struct layout *before)
{
	const struct vma_state *vma;

	for (unsigned long page = op->start; page < op->end;
	     page = vma->vm_end) {
		vma = mapped(before, page);
		if (!vma || !put_back(m, mm, op, vma))
			return false;
	}
	return true;
}

/* Parts merge when what was changed in one of them is changed back. */
static bool merge_again(struct model *m, struct mm *mm, const struct op *op,
			const struct layout *before)
{
	const struct vma_state *vma = mapped(before, op->start);
	struct op change = { .kind = OP_MODIFY, .changes = CHANGE_FLAGS };

	if (!vma)
		return false;
	change.start = vma->vm_start;
	change.end = op->start;
	change.attrs = vma->attrs;
	change.attrs.flags ^= VM_READ;
	return run_part(m, mm, &change) && put_back(m, mm, &change, vma);
}

static bool undo(struct model *m, struct mm *mm, const struct op *op,
		 const struct layout *before)
{
	struct op unmap = { .kind = OP_UNMAP,
			    .start = op->start,
			    .end = op->end };

	if (op->kind == OP_MAP)
		return run_part(m, mm, &unmap);
	if (op->kind == OP_SPLIT)
		return merge_again(m, mm, op, before);
	return put_all_back(m, mm, op, before);
}

/* The operation, its inverse, and both again, as far as they work. */
static void add_parts(struct model *m)
{
	struct mm *mm = case_mm(m->r->c, m->r->rules);
	struct layout *before = layout_of(mm);
	const struct op *op = &m->r->c->op;

	run_part(m, mm, op);
	m->ops = 1;
	while (!m->r->err && m->ops < MAX_OPS &&
	       (m->ops % 2 ? undo(m, mm, op, before) : run_part(m, mm, op)))
		m->ops++;
	while (m->parts[m->nr_parts - 1].ops > m->ops)
		free(m->parts[--m->nr_parts].steps);
	layout_free(before);
	mm_free(mm);
}

/* ---- what the model is made of ------------------------------------------- */

static void stretch_to(struct model *m, unsigned long start, unsigned long end)
{
	if (start >= end)
		return;
	if (start < m->start)
		m->start = start;
	if (end > m->end)
		m->end = end;
}

/* From the first page that the case is about to the last. */
static void find_extent(struct model *m)
{
	const struct layout *before = report_before(m->r);
	const struct op *op = &m->r->c->op;

	m->start = MM_END;
	m->end = 0;
	for (size_t i = 0; i < before->nr_vmas; i++)
		stretch_to(m, before->vmas[i].s.vm_start,
			   before->vmas[i].s.vm_end);
	if (op->kind != OP_SPLIT && op->end <= MM_END)
		stretch_to(m, op->start, op->end);
	if (m->start > m->end)
		m->start = m->end = MM_END / 2;
}

/* As wide as there is room for, the last page of the space staying empty. */
static unsigned long width(unsigned long room)
{
	unsigned long half = room ? (room - 1) / 2 : 0;

	return half < WIDTH_MAX ? half : WIDTH_MAX;
}

static void place_neighbours(struct model *m)
{
	unsigned long w = width(m->start);

	if (w) {
		m->left.start[BESIDE_HOLE] = m->start - 2 * w;
		m->left.end[BESIDE_HOLE] = m->start - w;
		m->left.start[BESIDE_ADJACENT] = m->start - w;
		m->left.end[BESIDE_ADJACENT] = m->start;
	}
	w = width(MM_END - m->end);
	if (w) {
		m->right.start[BESIDE_HOLE] = m->end + w;
		m->right.end[BESIDE_HOLE] = m->end + 2 * w;
		m->right.start[BESIDE_ADJACENT] = m->end;
		m->right.end[BESIDE_ADJACENT] = m->end + w;
	}
}

static void add_page(struct model *m, unsigned long page)
{
	size_t at = m->nr_pages;

	for (size_t i = 0; i < m->nr_pages; i++)
		if (m->pages[i] == page)
			return;
	m->pages = xreallocarray(m->pages, at + 1, sizeof(*m->pages));
	for (; at && m->pages[at - 1] > page; at--)
		m->pages[at] = m->pages[at - 1];
	m->pages[at] = page;
	m->nr_pages++;
}

static void add_neighbour_pages(struct model *m, const struct neighbour *n)
{
	for (size_t i = 0; i < NR_BESIDE; i++) {
		add_page(m, n->start[i]);
		add_page(m, n->end[i]);
	}
}

static void add_layout_pages(struct model *m, const struct layout *lay)
{
	for (size_t i = 0; i < lay->nr_vmas; i++) {
		add_page(m, lay->vmas[i].s.vm_start);
		add_page(m, lay->vmas[i].s.vm_end);
	}
	for (size_t i = 0; i < lay->nr_slots; i++) {
		add_page(m, lay->slots[i].start);
		add_page(m, lay->slots[i].end);
	}
}

static void add_part_pages(struct model *m, const struct promela_part *part)
{
	for (size_t i = 0; i < part->nr; i++) {
		const struct step *s = &part->steps[i];

		if (s->kind != STEP_SET_RANGE && s->kind != STEP_STORE)
			continue;
		add_page(m, s->start);
		add_page(m, s->end);
	}
}

static void add_pages(struct model *m)
{
	add_page(m, 0);
	add_page(m, MM_END);
	add_neighbour_pages(m, &m->left);
	add_neighbour_pages(m, &m->right);
	for (size_t i = 0; i <= m->r->nr_trace; i++)
		add_layout_pages(m, m->r->states[i]);
	for (size_t i = 1; i < m->nr_parts; i++)
		add_part_pages(m, &m->parts[i]);
}

static void add_created_vmas(struct model *m, const struct promela_part *part)
{
	for (size_t i = 0; i < part->nr; i++)
		if (part->steps[i].kind == STEP_ALLOCATE ||
		    part->steps[i].kind == STEP_DUPLICATE)
			add_created(m, part->steps[i].vma, part->ops);
}

static void add_vmas(struct model *m)
{
	const struct layout *after = report_after(m->r);

	for (size_t i = 0; i < after->nr_vmas; i++)
		add_vma(m, after->vmas[i].s.id,
			report_name(m->r, after->vmas[i].s.id), 1);
	add_unrelated(m, "left");
	add_unrelated(m, "right");
	for (size_t i = 1; i < m->nr_parts; i++)
		add_created_vmas(m, &m->parts[i]);
	m->left.vma = &m->vmas[after->nr_vmas];
	m->right.vma = m->left.vma + 1;
}

static void model_init(struct model *m, const struct report *r)
{
	*m = (struct model){ .r = r };
	find_extent(m);
	place_neighbours(m);
	add_parts(m);
	add_vmas(m);
	add_pages(m);
}

static void model_drop(struct model *m)
{
	for (size_t i = 0; i < m->nr_parts; i++)
		free(m->parts[i].steps);
	free(m->parts);
	for (size_t i = 0; i < m->nr_vmas; i++) {
		free(m->vmas[i].name);
		free(m->vmas[i].symbol);
	}
	free(m->vmas);
	free(m->pages);
}

/* ---- the heading --------------------------------------------------------- */

/* Text of the catalogue, which must neither end nor begin a comment. */
static void print_comment(FILE *out, const char *text)
{
	for (char last = ' '; *text; last = *text++) {
		if ((last == '*' && *text == '/') ||
		    (last == '/' && *text == '*'))
			fputc(' ', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

/* The picture, as lines of a comment. */
static void print_picture(FILE *out, const struct report *r)
{
	char *text, *save = NULL;
	size_t size;
	FILE *mem = stream_open(&text, &size);

	picture_print(mem, r, PICTURE_INDENT);
	stream_close(mem);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		fprintf(out, " * %s\n", line);
	free(text);
}

static void print_heading(FILE *out, const struct model *m)
{
	fprintf(out, " * %s: ", m->r->c->id);
	print_comment(out, m->r->c->title.text);
	fprintf(out, "\n * By the rules of Linux %s.\n", m->r->rules->version);
	fprintf(out, " * On its left: %s.\n", sides[m->left_side].what);
	fprintf(out, " * On its right: %s.\n *\n", sides[m->right_side].what);
	print_picture(out, m->r);
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
static void print_pages(FILE *out, const struct model *m)
{
	fputs("/*\n * Pn is page n. Only pages where something begins or ends "
	      "matter; they\n * are numbered in order, from the last below to "
	      "the first.\n */\nmtype:page = {\n	",
	      out);
	for (size_t i = m->nr_pages; i; i--) {
		print_page(out, m->pages[i - 1]);
		fputs(i > 1 ? ", " : "\n};\n", out);
	}
	fprintf(out, "#define NR_PAGES %zu\n\n", m->nr_pages + 1);
}

static size_t nr_vmas(const struct model *m, unsigned int ops)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_vmas; i++)
		nr += m->vmas[i].ops <= ops;
	return nr;
}

/* Those that only longer sequences create come last. */
static void print_nr_vmas(FILE *out, const struct model *m)
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

static void print_vmas(FILE *out, const struct model *m)
{
	fputs("mtype:vma = {\n	", out);
	for (size_t i = m->nr_vmas; i; i--)
		fprintf(out, "%s%s", m->vmas[i - 1].symbol,
			i > 1 ? ", " : "\n};\n");
	fputs("#define NOTHING 0\n", out);
	print_nr_vmas(out, m);
}

static void print_names(FILE *out, const struct model *m)
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

static void print_args(FILE *out, const struct model *m, const struct step *s,
		       enum args args)
{
	if (args == ARGS_NONE)
		return;
	fputs(symbol(m, s->vma), out);
	if (args == ARGS_FROM)
		fprintf(out, ", %s", symbol(m, s->from));
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
		print_comment(out, r->steps[i].text);
		fputs(" */\n", out);
	}
}

static void print_step(FILE *out, const struct model *m, const struct step *s,
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

static void print_part(FILE *out, const struct model *m,
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

static void print_follower(FILE *out, const struct model *m,
			   const struct promela_part *part)
{
	fprintf(out, "#if OPS >= %u\n\t/* Then: ", part->ops);
	op_print(out, &part->op);
	fputs(" */\n", out);
	print_part(out, m, part);
	fputs("#endif\n", out);
}

static void print_writer(FILE *out, const struct model *m)
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

static void print_reuse_of(FILE *out, const struct model *m, vma_id gone,
			   vma_id made, unsigned int ops)
{
	const char *vma = symbol(m, made);

	if (ops > 1)
		fprintf(out, "#if OPS >= %u\n", ops);
	fprintf(out,
		"\t:: d_step {\n"
		"\t\tfound == %s && !attached[found] && attached[%s];\n"
		"\t\tfound = %s\n"
		"\t   } -> goto lock\n",
		symbol(m, gone), vma, vma);
	if (ops > 1)
		fputs("#endif\n", out);
}

/* What is made after a step may have the memory that the step freed. */
static void print_reuses(FILE *out, const struct model *m, size_t part,
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

static void print_reuse(FILE *out, const struct model *m)
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
	for (size_t i = 0; i < NR_BESIDE; i++)
		if (i == BESIDE_NONE || n->end[i])
			fprintf(out, "\t:: %s = %s\n", lower, sides[i].symbol);
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
	for (size_t i = 0; i < NR_BESIDE; i++) {
		if (!n->end[i])
			continue;
		fprintf(out, "\t\t:: %s == %s -> ", lower, sides[i].symbol);
		print_place(out, n->vma->symbol, n->start[i], n->end[i]);
		fputs("\n", out);
	}
	fputs("\t\t:: else\n\t\tfi", out);
}

static void print_layout(FILE *out, const struct model *m)
{
	const struct layout *before = report_before(m->r);

	fputs("\td_step {\n", out);
	for (size_t i = 0; i < before->nr_vmas; i++) {
		const struct vma_state *s = &before->vmas[i].s;

		fputs("\t\t", out);
		print_place(out, symbol(m, s->id), s->vm_start, s->vm_end);
		fputs(";\n", out);
	}
	print_place_unrelated(out, &m->left, "left_side");
	fputs(";\n", out);
	print_place_unrelated(out, &m->right, "right_side");
	fputs("\n\t}\n", out);
}

static void print_start(FILE *out, const struct model *m)
{
	print_choice(out, &m->left, "left_side", "LEFT_SIDE");
	print_choice(out, &m->right, "right_side", "RIGHT_SIDE");
	print_layout(out, m);
}

/* In all of the layouts between operations, which are these two by turns. */
static bool always_mapped(const struct model *m, unsigned long page)
{
	return mapped(report_before(m->r), page) &&
	       mapped(report_after(m->r), page);
}

static void print_always_mapped(FILE *out, const struct model *m)
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

static void print_left(FILE *out, const struct model *m)
{
	fputs(sides[m->left_side].symbol, out);
}

static void print_right(FILE *out, const struct model *m)
{
	fputs(sides[m->right_side].symbol, out);
}

static void print_ops(FILE *out, const struct model *m)
{
	fprintf(out, "%u", m->ops);
}

/* What stands for what in the template. */
static const struct {
	const char *name;
	void (*print)(FILE *out, const struct model *m);
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

static bool has_room(const struct neighbour *n, enum beside side)
{
	return side == BESIDE_NONE || n->end[side];
}

static void emit_case(const struct report *r, const char *text,
		      struct files *files)
{
	struct model m;

	model_init(&m, r);
	for (enum beside left = 0; left < NR_BESIDE; left++)
		for (enum beside right = 0; right < NR_BESIDE; right++) {
			if (!has_room(&m.left, left) ||
			    !has_room(&m.right, right))
				continue;
			m.left_side = left;
			m.right_side = right;
			template_fill(files_add(files, "%s-%s-%s.pml", r->c->id,
						sides[left].name,
						sides[right].name),
				      text, fill_place, &m);
		}
	model_drop(&m);
}

void emit_promela(const struct report_set *set, const struct emit_opts *opts,
		  struct files *files)
{
	char *text = template_read("emit/promela/reader.pml");

	(void)opts;
	for (size_t i = 0; i < set->nr; i++)
		emit_case(set->reports[i], text, files);
	free(text);
}
