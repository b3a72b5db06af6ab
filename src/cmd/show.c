// SPDX-License-Identifier: GPL-2.0-only
/* vmatlas show: all there is to know of a case, for a terminal. */
#include "cmd/cmd.h"
#include "cmd/words.h"
#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "report/reading.h"

struct show_args {
	struct common common;
	struct words cases;
	bool ascii;
	bool step;
};

static const char *check_args(const void *args)
{
	const struct show_args *a = args;

	if (a->common.json && (a->step || a->ascii))
		return "--step and --ascii are for people, expected no --format json";
	if (a->step && a->cases.nr > 1)
		return "--step is for one case, expected no other";
	return NULL;
}

#define AT(member) FIELD(struct show_args, member)

static const struct setting settings[] = {
	{ "ascii", NULL,
	  "draw in the style of the mail, as where no terminal with UTF-8 reads it",
	  SET_FLAG, AT(ascii) },
	{ "step", NULL, "step through one case with the arrow keys", SET_FLAG,
	  AT(step) },
	{ 0 },
};

const struct usage show_usage = {
	.settings = settings,
	.args_doc = "CASE...",
	.doc = "Show cases: picture, steps, layout before and after, roles, locks, and what causes them. A terminal with UTF-8 gets drawings, all else the picture of the mail.",
	.words = offsetof(struct show_args, cases),
	.no_words = "no case, expected one that 'vmatlas list' prints",
	.check = check_args,
};

/* ---- small printers --------------------------------------------------------- */

static void heading(const struct common *common, const char *text)
{
	printf("\n%s%s%s\n", color_start(common), text, color_end(common));
}

#define KEY 16 /* columns before a value */

static void key(const char *name)
{
	printf("  %-*s", KEY - 2, name);
}

/* @text: is dropped; nothing is printed of an empty one */
static void show_value(const char *name, char *text)
{
	if (*text) {
		key(name);
		wrap_puts(stdout, KEY, text);
	}
	free(text);
}

static void identity(FILE *out, const struct report *r, const char *what,
		     uint32_t id)
{
	if (id)
		fprintf(out, " %s=%s", what, catalog_string(r->cat, id));
}

static void attrs(FILE *out, const struct report *r, const struct vma_attrs *a)
{
	vm_flags_print(out, a->flags, " ");
	identity(out, r, "file", a->file);
	identity(out, r, "policy", a->policy);
	identity(out, r, "uffd", a->uffd_ctx);
	identity(out, r, "anon_name", a->anon_name);
	if (a->has_close)
		fputs(" ->close", out);
	if (a->no_split)
		fputs(" !may_split", out);
}

/* ---- the parts --------------------------------------------------------------- */

static void print_operation(FILE *out, const struct report *r)
{
	const struct op *op = &r->c->op;

	switch (op->kind) {
	case OP_MODIFY:
		fprintf(out, "modify [%lu, %lu), now", op->start, op->end);
		if (op->changes & CHANGE_FLAGS)
			vm_flags_print(out, op->attrs.flags, " ");
		if (op->changes & CHANGE_POLICY)
			identity(out, r, "policy", op->attrs.policy);
		if (op->changes & CHANGE_UFFD)
			identity(out, r, "uffd", op->attrs.uffd_ctx);
		if (op->changes & CHANGE_NAME)
			identity(out, r, "anon_name", op->attrs.anon_name);
		break;
	case OP_MAP:
	case OP_REPLACE:
		fprintf(out, "map%s [%lu, %lu) pgoff %lu,",
			op->kind == OP_REPLACE ? " over" : "", op->start,
			op->end, op->pgoff);
		attrs(out, r, &op->attrs);
		identity(out, r, "anon_vma", op->anon_vma);
		fputs(op->just_expand ? ", just expand" : "", out);
		break;
	case OP_SPLIT:
		fprintf(out, "split %s at %lu, new %s", r->c->target, op->start,
			op->new_below ? "below" : "above");
		break;
	case OP_RELOCATE:
		fprintf(out, "move %s down to %lu", r->c->target, op->start);
		break;
	default:
		fprintf(out, "unmap [%lu, %lu)", op->start, op->end);
	}
}

static void print_vma(FILE *out, const struct report *r,
		      const struct vma_state *s)
{
	fprintf(out, "[%lu, %lu) pgoff %lu,", s->vm_start, s->vm_end,
		s->vm_pgoff);
	attrs(out, r, &s->attrs);
	identity(out, r, "anon_vma", s->anon_vma);
	fputs(s->forked ? " forked" : "", out);
}

static void show_layout(const struct report *r, const struct layout *lay)
{
	for_each_mapped(lay, slot)
		show_value(report_name(r, slot->vma),
			   PRINTED(out,
				   print_vma(out, r,
					     &layout_vma(lay, slot->vma)->s)));
}

static void print_roles(FILE *out, const struct report *r)
{
	if (!report_print_roles(out, r))
		fputs("none", out);
}

static void show_step(size_t number, const char *text)
{
	int column = printf("  %zu. ", number);

	wrap_puts(stdout, column, text);
}

static void show_steps(const struct report *r)
{
	for (size_t i = 0; i < r->nr_steps; i++)
		show_step(i + 1, r->steps[i].text);
}

/* "what A, B", followed by nothing. */
static void print_names(FILE *out, const char *what, const char **names,
			size_t nr)
{
	fprintf(out, "%s ", what);
	text_print_list(out, names, nr, ", ");
}

static void print_locks(FILE *out, const struct report *r)
{
	fputs("mmap write", out);
	if (r->nr_lock_vma)
		print_names(out, "; VMA write", r->lock_vma, r->nr_lock_vma);
	if (r->nr_lock_rmap)
		print_names(out, "; rmap write", r->lock_rmap, r->nr_lock_rmap);
}

static void print_case(FILE *out, const struct report *r)
{
	if (r->nr_parts) {
		print_names(out, "made of", r->parts, r->nr_parts);
		return;
	}
	fputs(r->kind ? r->kind->id : "none of the named ones", out);
	if (r->kind && r->kind->old_number)
		fprintf(out, ", case %d of the old vma_merge()",
			r->kind->old_number);
}

static void print_syscalls(FILE *out, const struct report *r)
{
	for (size_t i = 0; i < r->c->syscalls.nr; i++)
		fprintf(out, "%s%s()", i ? ", " : "",
			r->c->syscalls.text[i].text);
}

static void show_refusal(const struct kcall *kcall)
{
	const char *left = refusal_texts[kcall->left];
	const char *right = refusal_texts[kcall->right];

	show_value("No merge",
		   kcall->left == kcall->right
			   ? xstrdup(left)
			   : xasprintf("left: %s; right: %s", left, right));
}

static void show_refusals(const struct report *r)
{
	for (size_t i = 0; i < r->nr_kcalls; i++)
		if (r->kcalls[i].kind <= KCALL_MERGE_NEW &&
		    !r->kcalls[i].end_step)
			show_refusal(&r->kcalls[i]);
}

static void show_outcome(const struct report *r)
{
	show_value("Case", PRINTED(out, print_case(out, r)));
	show_value(
		"Function",
		xstrdup(r->kcall ? kcall_functions[r->kcall->kind] : "none"));
	show_value("Roles", PRINTED(out, print_roles(out, r)));
	show_value("Map count",
		   xasprintf("%lu -> %lu", report_before(r)->map_count,
			     report_after(r)->map_count));
	show_value("Locks", PRINTED(out, print_locks(out, r)));
	show_value("System calls", PRINTED(out, print_syscalls(out, r)));
	show_value("When", PRINTED(out, report_print_whens(out, &r->c->when)));
	show_value("Rules", xasprintf("as of Linux %s", r->rules->version));
}

/* ---- earlier kernels ----------------------------------------------------------- */

static void list_texts(const char *what, const struct cat_texts *texts)
{
	for (size_t i = 0; i < texts->nr; i++)
		printf("%s %s", i ? "," : what, texts->text[i].text);
}

static void show_stated_locks(const struct cat_locks *locks)
{
	key("Locks");
	printf("mmap %s", locks->mmap);
	list_texts("; VMA write", &locks->vma);
	list_texts("; rmap write", &locks->rmap);
	putchar('\n');
}

static void show_earlier(const struct cat_earlier *e)
{
	fputs("  ", stdout);
	wrap_puts(stdout, 2, e->why.text);
	for (size_t i = 0; i < e->steps.nr; i++)
		show_step(i + 1, e->steps.text[i].text);
	if (e->says_locks)
		show_stated_locks(&e->locks);
}

static void show_all_earlier(const struct report *r,
			     const struct common *common)
{
	for (size_t i = 0; i < r->c->nr_earlier; i++) {
		char text[64];

		snprintf(text, sizeof(text), "Before Linux %s",
			 r->c->earlier[i].before.text);
		heading(common, text);
		show_earlier(&r->c->earlier[i]);
	}
}

/* ---- what a reader can see ----------------------------------------------------- */

static void print_gap(FILE *out, const struct reading *g)
{
	const struct findings *f = &g->found;

	if (!f->gap) {
		fputs(g->not_explored ?: "none", out);
		return;
	}
	fprintf(out, "in %zu of %zu surroundings (", f->nr_gap, f->nr);
	report_print_gaps(out, g);
	fprintf(out, "), after no fewer than %u steps", f->shortest);
}

static void print_ways(FILE *out, const struct findings *f)
{
	const struct {
		bool can;
		const char *what;
	} ways[] = { { f->retry, "begin anew" },
		     { f->rewalk, "walk again to verify a hole" },
		     { f->fallback, "fall back to the mmap lock" } };
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (ways[i].can)
			text_print_item(out, &before, ways[i].what, ", ");
	if (!*before)
		fputs("nothing", out);
}

static void print_claim(FILE *out, const struct cat_claim *claim,
			const struct reading *g)
{
	if (!claim) {
		fputs("says nothing", out);
		return;
	}
	report_print_claim(out, claim);
	fputs(": ", out);
	report_print_verdict(out, g);
}

static void show_seen(struct report *r)
{
	const struct reading *g = report_reading(r, reader_find("upstream"));
	const struct findings *f = &g->found;

	show_value("Reader",
		   xasprintf("%s: %s", g->reader->name, g->reader->what));
	show_value("Gap", PRINTED(out, print_gap(out, g)));
	show_value("Twice", PRINTED(out, report_print_twice(out, g)));
	show_value("May have to", PRINTED(out, print_ways(out, f)));
	show_value("Reads",
		   xasprintf("%zu distinct ones, summed over %zu surroundings",
			     f->observations, f->nr));
	show_value("The mail", PRINTED(out, print_claim(out, r->c->claim, g)));
	show_value("Step by step",
		   xasprintf("vmatlas explore --trace %s", r->c->id));
}

/* The mail's picture, or before and after as a terminal can have them. */
static void show_picture(const struct report *r, const struct show_args *a)
{
	bool color = *color_start(&a->common);

	if (a->ascii || !terminal_draws()) {
		picture_print(stdout, r, 8);
		return;
	}
	terminal_print(stdout, r, 0, terminal_width(), color);
	heading(&a->common, "becomes");
	terminal_print(stdout, r, r->nr_steps + 1, terminal_width(), color);
}

static void show_one(struct report *r, const struct show_args *a)
{
	const struct common *common = &a->common;

	common_print_title(common, r->c);
	putchar('\n');
	wrap_puts(stdout, 0, r->c->summary.text);
	putchar('\n');
	show_picture(r, a);
	heading(common, "Before");
	show_layout(r, report_before(r));
	show_value("Operation", PRINTED(out, print_operation(out, r)));
	heading(common, "Steps");
	show_steps(r);
	heading(common, "After");
	show_layout(r, report_after(r));
	heading(common, "Outcome");
	show_outcome(r);
	show_refusals(r);
	show_all_earlier(r, common);
	if (r->c->claim) {
		heading(common, "What the mail says of a reader");
		fputs("  ", stdout);
		wrap_puts(stdout, 2, r->c->claim->says.text);
	}
	heading(common, "What a reader can see");
	show_seen(r);
}

static int show_text(const struct catalog *cat, const struct show_args *a)
{
	struct report_set *set __free(reports) =
		common_reports(cat, &a->common, &a->cases);

	if (!set)
		return EXIT_UNUSABLE;
	if (a->step)
		return step_through(set->reports[0], a->ascii,
				    *color_start(&a->common));
	for (size_t i = 0; i < set->nr; i++) {
		if (i)
			puts("\n");
		show_one(set->reports[i], a);
	}
	return common_judge(set);
}

int cmd_show(int argc, char **argv)
{
	struct show_args a = { .common = COMMON_INIT };

	parse_args(&show_usage, argc, argv, &a);

	struct catalog *cat __free(catalog) = common_load(&a.common, stderr);

	if (!cat)
		return EXIT_UNUSABLE;
	if (a.common.json)
		return common_json(cat, &a.common, &a.cases);
	return show_text(cat, &a);
}
