// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hold what the catalogue states against what the simulator derived. Each field
 * is put into words on both sides and the words are compared: what is compared
 * is then also what a mismatch shows.
 */
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "report/internal.h"

/* Both sides of one field, as they are put into words. */
struct sides {
	FILE *stated;
	FILE *derived;
};

/* ---- what is stated of this kernel ----------------------------------------- */

/* Whether the rules are those of a kernel before what is stated. */
static bool applies(const struct report *r, const struct cat_earlier *e)
{
	return r->rules < rules_for(e->before.text);
}

const struct cat_texts *report_stated_steps(const struct report *r)
{
	const struct cat_case *c = r->c;

	for (size_t i = 0; i < c->nr_earlier; i++)
		if (c->earlier[i].steps.nr && applies(r, &c->earlier[i]))
			return &c->earlier[i].steps;
	return &c->steps;
}

const struct cat_locks *report_stated_locks(const struct report *r)
{
	const struct cat_case *c = r->c;

	for (size_t i = 0; i < c->nr_earlier; i++)
		if (c->earlier[i].says_locks && applies(r, &c->earlier[i]))
			return &c->earlier[i].locks;
	return &c->locks;
}

/* ---- words for layouts ---------------------------------------------------- */

static void print_identity(FILE *out, const struct report *r, const char *what,
			   uint32_t identity)
{
	if (identity)
		fprintf(out, " %s=%s", what, catalog_string(r->cat, identity));
}

static void print_attrs(FILE *out, const struct report *r,
			const struct vma_state *s)
{
	vm_flags_print(out, s->attrs.flags, " ");
	print_identity(out, r, "file", s->attrs.file);
	print_identity(out, r, "policy", s->attrs.policy);
	print_identity(out, r, "uffd", s->attrs.uffd_ctx);
	print_identity(out, r, "anon_name", s->attrs.anon_name);
	print_identity(out, r, "anon_vma", s->anon_vma);
	if (s->forked)
		fputs(" forked", out);
	if (s->attrs.has_close)
		fputs(" close", out);
}

static void print_vma(FILE *out, const struct report *r, const char *name,
		      const struct vma_state *s, bool attrs)
{
	fprintf(out, "%s [%lu, %lu) pgoff %lu", name, s->vm_start, s->vm_end,
		s->vm_pgoff);
	if (attrs)
		print_attrs(out, r, s);
	fputc('\n', out);
}

/* Whether the catalogue states the attributes of a VMA of the layout after. */
static bool attrs_stated(const struct cat_case *c, const char *name)
{
	for (size_t i = 0; i < c->nr_after; i++)
		if (!strcmp(c->after[i].name, name))
			return c->after[i].says_attrs;
	return false;
}

static void print_after(struct report *r, struct sides s)
{
	const struct cat_case *c = r->c;
	const struct layout *lay = report_after(r);

	for (size_t i = 0; i < c->nr_after; i++)
		print_vma(s.stated, r, c->after[i].name, &c->after[i].s,
			  c->after[i].says_attrs);
	for_each_mapped(lay, slot) {
		const char *name = report_name(r, slot->vma);

		print_vma(s.derived, r, name, &layout_vma(lay, slot->vma)->s,
			  attrs_stated(c, name));
	}
}

/* ---- words for the other fields ------------------------------------------- */

/*
 * A case beyond the mail may be none of the ten, perhaps made of some of them,
 * or a variant of one, whose identifier its own then begins with.
 */
static bool may_be_called(const struct cat_case *c, const char *id)
{
	size_t len = strlen(id);

	return c->beyond_mail && !strncmp(c->id, id, len) && c->id[len] == '-';
}

static void print_id(struct report *r, struct sides s)
{
	const char *derived = r->kind ? r->kind->id : "none of the cases";

	if (r->kind ? may_be_called(r->c, derived) : r->c->beyond_mail)
		derived = r->c->id;
	fprintf(s.stated, "%s\n", r->c->id);
	fprintf(s.derived, "%s\n", derived);
}

static const struct cat_role *stated_role(const struct cat_case *c,
					  const char *name)
{
	for (size_t i = 0; i < c->nr_roles; i++)
		if (!strcmp(c->roles[i].name, name))
			return &c->roles[i];
	return NULL;
}

/* In the order of the layout, whatever order they are stated in. */
static void print_roles(struct report *r, struct sides s)
{
	for (size_t i = 0; i < r->nr_roles; i++) {
		const struct report_role *role = &r->roles[i];
		const struct cat_role *stated = stated_role(r->c, role->name);

		if (stated)
			fprintf(s.stated, "%s: %s\n", role->name,
				role_names[stated->role]);
		if (role->role != ROLE_NONE)
			fprintf(s.derived, "%s: %s\n", role->name,
				role_names[role->role]);
	}
	for (size_t i = 0; i < r->c->nr_roles; i++) {
		const struct cat_role *stated = &r->c->roles[i];
		size_t j = 0;

		while (j < r->nr_roles &&
		       strcmp(r->roles[j].name, stated->name))
			j++;
		if (j == r->nr_roles)
			fprintf(s.stated, "%s: %s\n", stated->name,
				role_names[stated->role]);
	}
}

static void print_steps(struct report *r, struct sides s)
{
	const struct cat_texts *stated = report_stated_steps(r);

	for (size_t i = 0; i < stated->nr; i++)
		fprintf(s.stated, "%zu. %s\n", i + 1, stated->text[i].text);
	for (size_t i = 0; i < r->nr_steps; i++)
		fprintf(s.derived, "%zu. %s\n", i + 1, r->steps[i].text);
}

static void print_locks(struct report *r, struct sides s)
{
	const struct cat_locks *l = report_stated_locks(r);

	fprintf(s.stated, "mmap: %s\nvma:", l->mmap);
	for (size_t i = 0; i < l->vma.nr; i++)
		fprintf(s.stated, " %s", l->vma.text[i].text);
	fputs("\nrmap:", s.stated);
	for (size_t i = 0; i < l->rmap.nr; i++)
		fprintf(s.stated, " %s", l->rmap.text[i].text);
	fprintf(s.derived, "mmap: %s\nvma:", r->lock_mmap ? "write" : "none");
	for (size_t i = 0; i < r->nr_lock_vma; i++)
		fprintf(s.derived, " %s", r->lock_vma[i]);
	fputs("\nrmap:", s.derived);
	for (size_t i = 0; i < r->nr_lock_rmap; i++)
		fprintf(s.derived, " %s", r->lock_rmap[i]);
	fputc('\n', s.stated);
	fputc('\n', s.derived);
}

static void print_map_count(struct report *r, struct sides s)
{
	fprintf(s.stated, "%lu -> %lu\n", r->c->map_before, r->c->map_after);
	fprintf(s.derived, "%lu -> %lu\n", report_before(r)->map_count,
		report_after(r)->map_count);
}

static void print_number(FILE *out, int number)
{
	if (number)
		fprintf(out, "%d\n", number);
	else
		fputs("none\n", out);
}

static void print_old_number(struct report *r, struct sides s)
{
	print_number(s.stated, r->c->old_number);
	print_number(s.derived, r->kind ? r->kind->old_number : 0);
}

static void print_function(struct report *r, struct sides s)
{
	fprintf(s.stated, "%s\n", r->c->function.text);
	fprintf(s.derived, "%s\n",
		r->kcall ? kcall_functions[r->kcall->kind] : "none");
}

static void print_composed_of(struct report *r, struct sides s)
{
	for (size_t i = 0; i < r->c->composed_of.nr; i++)
		fprintf(s.stated, "%s\n", r->c->composed_of.text[i].text);
	for (size_t i = 0; i < r->nr_parts; i++)
		fprintf(s.derived, "%s\n", r->parts[i]);
	if (!r->c->composed_of.nr)
		fputs("none\n", s.stated);
	if (!r->nr_parts)
		fputs("none\n", s.derived);
}

static void print_error(struct report *r, struct sides s)
{
	const char *stated = r->c->error.text;

	fprintf(s.stated, "%s\n", stated ? stated : "none");
	fprintf(s.derived, "%s\n", r->err ? strerrorname_np(-r->err) : "none");
}

/* ---- the fields ----------------------------------------------------------- */

/*
 * @key: in the catalogue
 * @pos: offset of the struct srcpos in struct cat_case
 * @print: puts it into words
 * @earlier_pos: where it is stated of this kernel, if that can be elsewhere
 */
struct field {
	const char *key;
	size_t pos;
	void (*print)(struct report *r, struct sides s);
	const struct srcpos *(*earlier_pos)(const struct report *r);
};

static const struct srcpos *steps_pos(const struct report *r)
{
	return &report_stated_steps(r)->pos;
}

static const struct srcpos *locks_pos(const struct report *r)
{
	return &report_stated_locks(r)->pos;
}

#define FIELD(key, pos, print, ...)                                            \
	{                                                                      \
		key, offsetof(struct cat_case, pos), print, __VA_ARGS__        \
	}

static const struct field fields[] = {
	FIELD("id", pos, print_id, NULL),
	FIELD("error", error.pos, print_error, NULL),
	FIELD("roles", roles_pos, print_roles, NULL),
	FIELD("steps", steps.pos, print_steps, steps_pos),
	FIELD("after", after_pos, print_after, NULL),
	FIELD("locks", locks.pos, print_locks, locks_pos),
	FIELD("map_count", map_pos, print_map_count, NULL),
	FIELD("old_case", old_number_pos, print_old_number, NULL),
	FIELD("function", function.pos, print_function, NULL),
	FIELD("composed_of", composed_of.pos, print_composed_of, NULL),
};

#define NR_FIELDS (ARRAY_SIZE(fields))

static struct srcpos field_pos(const struct report *r, const struct field *f)
{
	if (f->earlier_pos)
		return *f->earlier_pos(r);
	return *(const struct srcpos *)((const char *)r->c + f->pos);
}

static void judge_field(struct report *r, const struct field *f)
{
	struct buffer stated, derived;

	f->print(r,
		 (struct sides){ buffer_open(&stated), buffer_open(&derived) });
	if (strcmp(buffer_text(&stated), buffer_text(&derived)))
		r->mismatches[r->nr_mismatches++] = (struct mismatch){
			.field = f->key,
			.pos = field_pos(r, f),
			.stated = arena_printf(r->arena, "%s", stated.text),
			.derived = arena_printf(r->arena, "%s", derived.text),
		};
	free(stated.text);
	free(derived.text);
}

void report_compare(struct report *r)
{
	r->mismatches =
		arena_alloc(r->arena, NR_FIELDS, sizeof(*r->mismatches));
	for (size_t i = 0; i < NR_FIELDS; i++)
		judge_field(r, &fields[i]);
}

/* ---- showing --------------------------------------------------------------- */

/* The next line of a text, cut off at @width. Returns what follows it. */
static const char *print_line(FILE *out, const char *text, int width)
{
	int len = strcspn(text, "\n");

	fprintf(out, "%-*.*s", width, len < width ? len : width, text);
	text += len;
	return *text ? text + 1 : text;
}

static void print_side_by_side(FILE *out, const char *stated,
			       const char *derived)
{
	int width = text_widest_line(stated);

	if (width < 16)
		width = 16;
	fprintf(out, "      %-*s   derived\n", width, "stated");
	while (*stated || *derived) {
		size_t a = strcspn(stated, "\n"), b = strcspn(derived, "\n");
		bool same = a == b && !strncmp(stated, derived, a);

		fprintf(out, "    %c ", same ? ' ' : '!');
		stated = print_line(out, stated, width);
		fputs(" | ", out);
		derived = print_line(out, derived, b);
		fputc('\n', out);
	}
}

static void print_place(FILE *out, const struct srcpos *pos, bool whole_path)
{
	const char *slash = whole_path ? NULL : strrchr(pos->file, '/');

	fprintf(out, "%s:%u:%u: ", slash ? slash + 1 : pos->file, pos->line,
		pos->column);
}

void report_print_mismatches(FILE *out, const struct report *r, bool whole_path)
{
	for (size_t i = 0; i < r->nr_mismatches; i++) {
		const struct mismatch *m = &r->mismatches[i];

		print_place(out, &m->pos, whole_path);
		fprintf(out, "%s: '%s' is not what the simulator derives\n",
			r->c->id, m->field);
		print_side_by_side(out, m->stated, m->derived);
	}
	if (r->broken) {
		print_place(out, &r->c->pos, whole_path);
		fprintf(out, "%s: the simulator broke an invariant: %s\n",
			r->c->id, r->broken);
	}
}
