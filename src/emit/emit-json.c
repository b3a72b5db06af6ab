// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything known of each case, as JSON. The keys are part of what vmatlas
 * promises: add to them, but do not change them.
 *
 * Functions are named after the value that they make. jansson keeps keys in
 * the order in which they are set, so the same catalogue gives the same bytes.
 */
#include <string.h>

#include "emit/emit.h"
#include "lib/json.h"
#include "lib/stream.h"

/* ---- small values -------------------------------------------------------- */

static void set(json_t *object, const char *key, json_t *value)
{
	/* All that is put in is UTF-8. */
	if (json_object_set_new(object, key, value))
		out_of_memory();
}

static void add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		out_of_memory();
}

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *number(unsigned long n)
{
	return json_integer((json_int_t)n);
}

static json_t *number_or_null(int n)
{
	return n ? json_integer(n) : json_null();
}

/* What a file, policy, ... is called in the catalogue. */
static json_t *identity(const struct report *r, uint32_t id)
{
	return id ? text(catalog_string(r->cat, id)) : json_null();
}

static json_t *vma_name(const struct report *r, vma_id vma)
{
	return vma ? text(report_name(r, vma)) : json_null();
}

static json_t *texts(const struct cat_texts *list)
{
	return JSON_LIST(i, list->nr, text(list->text[i].text));
}

static json_t *strings(const char *const *list, size_t nr)
{
	return JSON_LIST(i, nr, text(list[i]));
}

/* ---- VMAs ---------------------------------------------------------------- */

static json_t *flags(vm_flags_t bits)
{
	return JSON_LIST_IF(bit, NR_VM_FLAGS, bits & (vm_flags_t)1 << bit,
			    text(vm_flag_names[bit]));
}

static void set_attrs(json_t *object, const struct report *r,
		      const struct vma_attrs *attrs)
{
	set(object, "flags", flags(attrs->flags));
	set(object, "file", identity(r, attrs->file));
	set(object, "policy", identity(r, attrs->policy));
	set(object, "uffd_ctx", identity(r, attrs->uffd_ctx));
	set(object, "anon_name", identity(r, attrs->anon_name));
	set(object, "close", json_boolean(attrs->has_close));
	set(object, "no_split", json_boolean(attrs->no_split));
}

static json_t *vma(const struct report *r, const struct vma_state *s)
{
	json_t *object = json_object();

	set(object, "vma", vma_name(r, s->id));
	set(object, "vm_start", number(s->vm_start));
	set(object, "vm_end", number(s->vm_end));
	set(object, "vm_pgoff", number(s->vm_pgoff));
	set_attrs(object, r, &s->attrs);
	set(object, "anon_vma", identity(r, s->anon_vma));
	set(object, "forked", json_boolean(s->forked));
	return object;
}

/* The VMAs of the tree, which has them in the order of addresses. */
static json_t *vmas(const struct report *r, const struct layout *lay)
{
	json_t *array = json_array();

	for_each_mapped(lay, slot)
		add(array, vma(r, &layout_vma(lay, slot->vma)->s));
	return array;
}

/* ---- the operation ------------------------------------------------------- */

static void set_changes(json_t *object, const struct report *r,
			const struct op *op)
{
	if (op->changes & CHANGE_FLAGS)
		set(object, "flags", flags(op->attrs.flags));
	if (op->changes & CHANGE_POLICY)
		set(object, "policy", identity(r, op->attrs.policy));
	if (op->changes & CHANGE_UFFD)
		set(object, "uffd_ctx", identity(r, op->attrs.uffd_ctx));
	if (op->changes & CHANGE_NAME)
		set(object, "anon_name", identity(r, op->attrs.anon_name));
}

static void set_proposed(json_t *object, const struct report *r,
			 const struct op *op)
{
	set(object, "vm_pgoff", number(op->pgoff));
	set_attrs(object, r, &op->attrs);
	set(object, "anon_vma", identity(r, op->anon_vma));
	set(object, "forked", json_boolean(op->forked));
	set(object, "just_expand", json_boolean(op->just_expand));
}

static json_t *operation(const struct report *r)
{
	const struct op *op = &r->c->op;
	json_t *object = json_object();

	set(object, "kind", text(op_names[op->kind]));
	set(object, "target", text(r->c->target));
	if (op->kind == OP_SPLIT) {
		set(object, "addr", number(op->start));
		set(object, "new_below", json_boolean(op->new_below));
		return object;
	}
	if (op->kind == OP_RELOCATE) {
		set(object, "to", number(op->start));
		return object;
	}
	set(object, "start", number(op->start));
	set(object, "end", number(op->end));
	if (op->kind == OP_MODIFY)
		set_changes(object, r, op);
	else if (op->kind == OP_MAP || op->kind == OP_REPLACE)
		set_proposed(object, r, op);
	return object;
}

/* ---- what the simulator did ---------------------------------------------- */

static json_t *kcall(const struct report *r, const struct kcall *a)
{
	json_t *object = json_object();

	set(object, "function", text(kcall_functions[a->kind]));
	set(object, "err", json_integer(a->err));
	set(object, "start", number(a->start));
	set(object, "end", number(a->end));
	set(object, "prev", vma_name(r, a->prev));
	set(object, "middle", vma_name(r, a->middle));
	set(object, "next", vma_name(r, a->next));
	set(object, "created", vma_name(r, a->created));
	if (a->kind == KCALL_MERGE_EXISTING || a->kind == KCALL_MERGE_NEW) {
		set(object, "left", text(refusal_texts[a->left]));
		set(object, "right", text(refusal_texts[a->right]));
	}
	set(object, "first_step", number(a->first_step));
	set(object, "end_step", number(a->end_step));
	return object;
}

static json_t *step(const struct report *r, const struct step *s)
{
	unsigned int has = step_kinds[s->kind].fields;
	json_t *object = json_object();

	set(object, "kind", text(step_kinds[s->kind].name));
	set(object, "act",
	    s->kcall == NO_KCALL ? json_null() : number(s->kcall));
	if (has & HAS_VMA)
		set(object, "vma", vma_name(r, s->vma));
	if (has & HAS_FROM)
		set(object, "from", vma_name(r, s->from));
	if (has & HAS_RANGE) {
		set(object, "start", number(s->start));
		set(object, "end", number(s->end));
	}
	if (has & HAS_PGOFF)
		set(object, "vm_pgoff", number(s->pgoff));
	if (has & HAS_OLD_RANGE) {
		set(object, "old_start", number(s->old_start));
		set(object, "old_end", number(s->old_end));
	}
	if (has & HAS_DELTA)
		set(object, "delta", json_integer(s->delta));
	if (has & HAS_OBJECT)
		set(object, "object", identity(r, s->object));
	if (has & HAS_FORKED)
		set(object, "forked", json_boolean(s->forked));
	if (has & HAS_ATTRS)
		set_attrs(object, r, &s->attrs);
	return object;
}

/* ---- what it was in the mail's words ------------------------------------- */

static json_t *roles(const struct report *r)
{
	json_t *object = json_object();

	for (size_t i = 0; i < r->nr_roles; i++)
		set(object, r->roles[i].name,
		    text(role_names[r->roles[i].role]));
	return object;
}

static json_t *locks(const struct report *r)
{
	return json_pack("{s:s, s:o, s:o}", "mmap",
			 r->lock_mmap ? "write" : "none", "vma",
			 strings(r->lock_vma, r->nr_lock_vma), "rmap",
			 strings(r->lock_rmap, r->nr_lock_rmap));
}

static json_t *map_count(const struct report *r)
{
	return json_pack("{s:o, s:o}", "before",
			 number(report_before(r)->map_count), "after",
			 number(report_after(r)->map_count));
}

static json_t *retry(enum cat_claim_retry claim)
{
	return claim == RETRY_UNSTATED ? json_null()
				       : json_boolean(claim == RETRY_YES);
}

static json_t *reader(const struct cat_claim *claim)
{
	json_t *object;

	if (!claim)
		return json_null();
	object = json_object();
	set(object, "says", text(claim->says.text));
	set(object, "twice", texts(&claim->twice));
	set(object, "gap", json_boolean(claim->gap));
	set(object, "retry", retry(claim->retry));
	return object;
}

/* ---- what readers can see ------------------------------------------------ */

static json_t *verdict(const struct judgement *j)
{
	return j->all == VERDICT_NONE ? json_null()
				      : text(verdict_names[j->all]);
}

static json_t *reading(const struct reading *g)
{
	const struct findings *f = &g->found;
	json_t *object = json_object();

	set(object, "gap", json_boolean(f->gap));
	set(object, "scenes", number(f->nr));
	set(object, "scenes_with_gap", number(f->nr_gap));
	set(object, "shortest", number_or_null(f->shortest));
	set(object, "twice", strings(f->twice, f->nr_twice));
	set(object, "pages_twice", strings(f->again, f->nr_again));
	set(object, "overlap", json_boolean(f->overlap));
	set(object, "retry", json_boolean(f->retry));
	set(object, "rewalk", json_boolean(f->rewalk));
	set(object, "fallback", json_boolean(f->fallback));
	set(object, "observations", number(f->observations));
	set(object, "states", number(f->states));
	set(object, "verdict", verdict(&g->judgement));
	set(object, "not_explored", text(g->not_explored));
	return object;
}

static json_t *explored(struct report *r)
{
	json_t *object = json_object();

	for_each_reader(v)
		set(object, v->name, reading(report_reading(r, v)));
	return object;
}

static json_t *lines(char *all)
{
	json_t *array = json_array();
	char *rest = all, *line;

	while ((line = strsep(&rest, "\n")))
		if (rest)
			add(array, text(line));
	return array;
}

static json_t *picture(const struct report *r)
{
	char *printed __free(free) = PRINTED(out, picture_print(out, r, 0));
	return lines(printed);
}

static json_t *mismatches(const struct report *r)
{
	const struct mismatch *m = r->mismatches;

	return JSON_LIST(i, r->nr_mismatches,
			 json_pack("{s:s?, s:s?, s:s?}", "field", m[i].field,
				   "stated", m[i].stated, "derived",
				   m[i].derived));
}

/* ---- when, and what was otherwise ---------------------------------------- */

static json_t *words(enum cat_axis axis, unsigned int allowed)
{
	json_t *array = json_array();
	const char *word;

	for (unsigned int i = 0; (word = cat_axis_value(axis, i)); i++)
		if (allowed >> i & 1)
			add(array, text(word));
	return array;
}

/* The axes that a condition says something about. */
static json_t *condition(const struct cat_when *when)
{
	json_t *object = json_object();

	for (int axis = 0; axis < NR_AXES; axis++)
		if (when->allowed[axis] != 0xff)
			set(object, cat_axis_name(axis),
			    words(axis, when->allowed[axis]));
	return object;
}

/* The conditions of which one must hold; null where nothing is stated. */
static json_t *conditions(const struct cat_whens *whens)
{
	if (!whens->nr)
		return json_null();
	return JSON_LIST(i, whens->nr, condition(&whens->when[i]));
}

static json_t *otherwise(const struct cat_family *f)
{
	const struct cat_otherwise *o = f->otherwise;

	return JSON_LIST(i, f->nr_otherwise,
			 json_pack("{s:s?, s:s?, s:s?, s:o}", "id",
				   o[i].id.text, "says", o[i].says.text,
				   "error", o[i].error.text, "when",
				   conditions(&o[i].when)));
}

static json_t *stated_locks(const struct cat_locks *l)
{
	json_t *object = json_object();

	set(object, "mmap", text(l->mmap));
	set(object, "vma", texts(&l->vma));
	set(object, "rmap", texts(&l->rmap));
	return object;
}

static json_t *earlier(const struct cat_case *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->nr_earlier; i++) {
		const struct cat_earlier *e = &c->earlier[i];
		json_t *object = json_object();

		set(object, "before", text(e->before.text));
		set(object, "why", text(e->why.text));
		set(object, "steps",
		    e->steps.nr ? texts(&e->steps) : json_null());
		set(object, "locks",
		    e->says_locks ? stated_locks(&e->locks) : json_null());
		add(array, object);
	}
	return array;
}

/* ---- a case -------------------------------------------------------------- */

static void set_stated(json_t *object, const struct cat_case *c)
{
	set(object, "id", text(c->id));
	set(object, "family", text(c->family->name));
	set(object, "title", text(c->title.text));
	set(object, "summary", text(c->summary.text));
	set(object, "beyond_mail", json_boolean(c->beyond_mail));
	set(object, "old_case", number_or_null(c->old_number));
	set(object, "function", text(c->function.text));
	set(object, "syscalls", texts(&c->syscalls));
	set(object, "reader", reader(c->claim));
	set(object, "when", conditions(&c->when));
	set(object, "composed_of", texts(&c->composed_of));
	set(object, "earlier", earlier(c));
}

static void set_derived(json_t *object, const struct report *r)
{
	set(object, "rules", text(r->rules->version));
	set(object, "rules_exact", json_boolean(!r->rules->beyond));
	set(object, "operation", operation(r));
	set(object, "before", vmas(r, report_before(r)));
	set(object, "after", vmas(r, report_after(r)));
	set(object, "err", json_integer(r->err));
	set(object, "case", text(r->kind ? r->kind->id : NULL));
	set(object, "roles", roles(r));
	set(object, "steps", JSON_LIST(i, r->nr_steps, text(r->steps[i].text)));
	set(object, "step_indices",
	    JSON_LIST(i, r->nr_steps, number(r->steps[i].step)));
	set(object, "locks", locks(r));
	set(object, "map_count", map_count(r));
	set(object, "acts",
	    JSON_LIST(i, r->nr_kcalls, kcall(r, &r->kcalls[i])));
	set(object, "trace", JSON_LIST(i, r->nr_trace, step(r, &r->trace[i])));
	set(object, "picture", picture(r));
}

static void set_verdict(json_t *object, const struct report *r)
{
	set(object, "ok", json_boolean(report_ok(r)));
	set(object, "mismatches", mismatches(r));
	set(object, "broken", text(r->broken));
}

static json_t *one_case(struct report *r)
{
	json_t *object = json_object();

	set_stated(object, r->c);
	set_derived(object, r);
	set(object, "explored", explored(r));
	set_verdict(object, r);
	return object;
}

static json_t *families(const struct catalog *cat)
{
	json_t *array = json_array();

	for_each_family(cat, f)
		add(array,
		    json_pack("{s:s?, s:s?, s:s?, s:I, s:o}", "family", f->name,
			      "title", f->title, "intro", f->intro, "order",
			      (json_int_t)f->order, "otherwise", otherwise(f)));
	return array;
}

void emit_json(const struct report_set *reports, const struct emit_opts *opts,
	       struct files *files)
{
	FILE *out = files_add(files, "catalogue.json");
	json_t *root = json_object();

	report_read_all(reports->reports, reports->nr, NULL);
	set(root, "rules", text(reports->rules->version));
	set(root, "rules_exact", json_boolean(!reports->rules->beyond));
	set(root, "families", families(reports->cat));
	set(root, "cases",
	    JSON_LIST(i, reports->nr, one_case(reports->reports[i])));
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}
