// SPDX-License-Identifier: GPL-2.0-only
/* Layouts, and what is done to them. */
#include <string.h>

#include "catalog/load.h"

/* ---- VMAs ------------------------------------------------------------- */

enum vma_has {
	VMA_NAME = 1 << 0,
	VMA_RANGE = 1 << 1,
	VMA_FLAGS = 1 << 2,
	VMA_PGOFF = 1 << 3,
	VMA_ANON_VMA = 1 << 4,
	VMA_OTHER = 1 << 5,
};

struct raw_vma {
	struct cat_text name;
	struct range range;
	struct vma_state s;
	bool may_split;
};

/* What is said of an attribute, of a VMA as of an operation. */
#define ABOUT_FLAGS "VM_* flags, lower case and without VM_."
#define ABOUT_PGOFF                                                            \
	"vm_pgoff. Absent: the number of the first page, as for anonymous memory that never moved."
#define ABOUT_FILE "The mapped file. Absent for anonymous memory."
#define ABOUT_POLICY "The memory policy, as mbind() sets it."
#define ABOUT_ANON_NAME "The name given by prctl(PR_SET_VMA_ANON_NAME)."

#define VMA(field) offsetof(struct raw_vma, field)

static const struct key vma_key[] = {
	{ "vma", VMA_NAME, true, VMA(name), load_vma_name,
	  "Name of a VMA: prev, middle, next, vma, or another; new for one that the operation makes (then new2, new3, ...)." },
	{ "range", VMA_RANGE, true, VMA(range), load_range,
	  "[start, end), in pages: the end is the first page that is not in it." },
	{ "flags", VMA_FLAGS, false, VMA(s.attrs.flags), load_flags,
	  ABOUT_FLAGS },
	{ "pgoff", VMA_PGOFF, false, VMA(s.vm_pgoff), load_page, ABOUT_PGOFF },
	{ "file", VMA_OTHER, false, VMA(s.attrs.file), load_identity,
	  ABOUT_FILE },
	{ "policy", VMA_OTHER, false, VMA(s.attrs.policy), load_identity,
	  ABOUT_POLICY },
	{ "uffd", VMA_OTHER, false, VMA(s.attrs.uffd_ctx), load_identity,
	  "The userfaultfd context." },
	{ "anon_name", VMA_OTHER, false, VMA(s.attrs.anon_name), load_identity,
	  ABOUT_ANON_NAME },
	{ "anon_vma", VMA_ANON_VMA, false, VMA(s.anon_vma), load_identity,
	  "The anon_vma. Absent for what has not been faulted in." },
	{ "forked", VMA_OTHER, false, VMA(s.forked), load_bool,
	  "The anon_vma was inherited over a fork." },
	{ "close", VMA_OTHER, false, VMA(s.attrs.has_close), load_bool,
	  "It has a vm_ops->close hook: a merge may not remove it." },
	{ "may_split", VMA_OTHER, false, VMA(may_split), load_bool,
	  "Whether it may be split. Absent: true." },
};

const struct keys vma_keys = KEYS("a VMA", vma_key);

#define VMA_ATTRS (VMA_FLAGS | VMA_ANON_VMA | VMA_OTHER)

static void fill_vma(struct cat_vma *v, const struct raw_vma *raw,
		     unsigned int good)
{
	v->name = raw->name.text;
	v->pos = raw->name.pos;
	v->range_pos = raw->range.pos;
	v->s = raw->s;
	v->s.vm_start = raw->range.start;
	v->s.vm_end = raw->range.end;
	if (!(good & VMA_PGOFF))
		v->s.vm_pgoff = v->s.vm_start;
	v->s.attrs.no_split = !raw->may_split;
	v->says_attrs = good & VMA_ATTRS;
}

/* It is the anon_vma that a fork hands down. */
static bool check_forked(struct loader *l, const struct node *n, bool forked,
			 uint32_t anon_vma)
{
	if (!forked || anon_vma)
		return true;
	return error_expected(l, node_value(n, "forked"),
			      "false where there is no anon_vma");
}

/*
 * Who states one attribute of a VMA states them all, and those left out are
 * absent. The flags cannot be left out: there are no usual ones.
 */
static bool check_flags_stated(struct loader *l, const struct node *n,
			       const struct found *found, bool required)
{
	unsigned int any = found->good | found->bad;

	if (any & VMA_FLAGS || !(required || any & VMA_ATTRS))
		return true;
	return error_at(
		l, n->pos, "missing key 'flags', expected it in a VMA%s",
		required ? "" : " of which other attributes are stated");
}

static bool load_vma(struct loader *l, const struct node *n, struct cat_vma *v,
		     bool flags_required)
{
	struct raw_vma raw = { .may_split = true };
	struct found found;
	bool ok = load_keys(l, n, &vma_keys, &raw, &found);

	if (n->kind == NODE_MAPPING && !found.nr_unknown) {
		ok &= check_flags_stated(l, n, &found, flags_required);
		if (!(found.bad & VMA_ANON_VMA))
			ok &= check_forked(l, n, raw.s.forked, raw.s.anon_vma);
	}
	if (ok)
		fill_vma(v, &raw, found.good);
	return ok;
}

static bool load_vmas(struct loader *l, const struct node *n,
		      struct cat_vma **vmas, size_t *nr, bool flags_required)
{
	bool ok = true;

	if (n->kind != NODE_SEQUENCE)
		return error_expected(l, n, "a sequence of VMAs");
	*vmas = arena_alloc(l->arena, n->nr, sizeof(**vmas));
	for_each_node(n, entry)
		ok &= load_vma(l, entry, &(*vmas)[(*nr)++], flags_required);
	return ok;
}

bool load_before(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;

	return load_vmas(l, n, &c->before, &c->nr_before, true);
}

bool load_after(struct loader *l, const struct node *n, void *to)
{
	struct cat_case *c = to;

	c->after_pos = n->pos;
	return load_vmas(l, n, &c->after, &c->nr_after, false);
}

/* ---- operations ------------------------------------------------------- */

enum op_has {
	OP_VERB = 1 << 0,
	OP_FLAGS = 1 << 1,
	OP_POLICY = 1 << 2,
	OP_ANON_NAME = 1 << 3,
	OP_USERFAULTFD = 1 << 4,
	OP_PGOFF = 1 << 5,
	OP_ADDR = 1 << 6,
	OP_NEW = 1 << 7,
	OP_COPIED = 1 << 8,
	OP_OTHER = 1 << 9,
};

bool load_new_below(struct loader *l, const struct node *n, void *to)
{
	bool *below = to;

	if (n->kind != NODE_SCALAR)
		return error_expected(l, n, "below or above");
	*below = !strcmp(n->text, "below");
	return *below || !strcmp(n->text, "above") ||
	       error_expected(l, n, "below or above");
}

#define OP(field) offsetof(struct raw_op, field)

static const struct key modify_key[] = {
	{ "modify", OP_VERB, true, OP(range), load_range,
	  "Change attributes of a range inside one VMA. Attributes that are absent stay as they are." },
	{ "flags", OP_FLAGS, false, OP(op.attrs.flags), load_flags,
	  ABOUT_FLAGS },
	{ "policy", OP_POLICY, false, OP(op.attrs.policy), load_identity,
	  ABOUT_POLICY },
	{ "uffd", OP_USERFAULTFD, false, OP(op.attrs.uffd_ctx), load_identity,
	  "The userfaultfd context." },
	{ "anon_name", OP_ANON_NAME, false, OP(op.attrs.anon_name),
	  load_identity, ABOUT_ANON_NAME },
};

static const struct key map_key[] = {
	{ "map", OP_VERB, true, OP(range), load_range,
	  "Map a range where there is nothing." },
	{ "flags", OP_FLAGS, true, OP(op.attrs.flags), load_flags,
	  ABOUT_FLAGS },
	{ "file", OP_OTHER, false, OP(op.attrs.file), load_identity,
	  ABOUT_FILE },
	{ "pgoff", OP_PGOFF, false, OP(op.pgoff), load_page, ABOUT_PGOFF },
	{ "policy", OP_OTHER, false, OP(op.attrs.policy), load_identity,
	  ABOUT_POLICY },
	{ "anon_name", OP_OTHER, false, OP(op.attrs.anon_name), load_identity,
	  ABOUT_ANON_NAME },
	{ "copied", OP_COPIED, false, OP(op.copied), load_bool,
	  "It is a copy by mremap(). Absent: true if there is an anon_vma, else false." },
	{ "anon_vma", OP_OTHER, false, OP(op.anon_vma), load_identity,
	  "That of the VMA copied from. Absent for a copy of what has not been faulted in, and for what is no copy." },
	{ "forked", OP_OTHER, false, OP(op.forked), load_bool,
	  "Whether the VMA copied from was inherited over a fork." },
	{ "just_expand", OP_OTHER, false, OP(op.just_expand), load_bool,
	  "Only prev is asked, as brk() does (VMG_FLAG_JUST_EXPAND)." },
};

static const struct key split_key[] = {
	{ "split", OP_VERB, true, OP(vma), load_vma_name,
	  "Split a VMA at an address strictly inside it." },
	{ "addr", OP_ADDR, true, OP(addr), load_addr,
	  "The first page of the upper part." },
	{ "new", OP_NEW, true, OP(op.new_below), load_new_below,
	  "Which part is the new VMA." },
};

static const struct key unmap_key[] = {
	{ "unmap", OP_VERB, true, OP(range), load_range,
	  "Unmap a range, splitting what sticks out of it." },
};

static const struct key relocate_key[] = {
	{ "relocate", OP_VERB, true, OP(vma), load_vma_name,
	  "Move a VMA down, as execve() does with the stack." },
	{ "to", OP_ADDR, true, OP(addr), load_addr,
	  "The first page of its new place." },
};

static const struct key replace_key[] = {
	{ "replace", OP_VERB, true, OP(range), load_range,
	  "Map over a range where something is." },
	{ "flags", OP_FLAGS, true, OP(op.attrs.flags), load_flags,
	  ABOUT_FLAGS },
	{ "file", OP_OTHER, false, OP(op.attrs.file), load_identity,
	  ABOUT_FILE },
	{ "pgoff", OP_PGOFF, false, OP(op.pgoff), load_page, ABOUT_PGOFF },
};

/* The first key of each is the verb, which no other has. */
const struct keys op_keys[NR_OPS] = {
	[OP_MODIFY] = KEYS("an operation 'modify'", modify_key),
	[OP_MAP] = KEYS("an operation 'map'", map_key),
	[OP_SPLIT] = KEYS("an operation 'split'", split_key),
	[OP_UNMAP] = KEYS("an operation 'unmap'", unmap_key),
	[OP_RELOCATE] = KEYS("an operation 'relocate'", relocate_key),
	[OP_REPLACE] = KEYS("an operation 'replace'", replace_key),
};

static const char *op_verb(const void *ctx, size_t i)
{
	return i < NR_OPS ? op_keys[i].key[0].name : NULL;
}

/* Returns NR_OPS, after an error, if there is no verb. */
static enum op_kind find_op_kind(struct loader *l, const struct node *n)
{
	if (n->kind != NODE_MAPPING) {
		error_expected(l, n, "a mapping");
		return NR_OPS;
	}
	for_each_node(n, value)
		for (size_t i = 0; i < NR_OPS; i++)
			if (!strcmp(value->key->text, op_verb(NULL, i)))
				return (enum op_kind)i;
	error_at(l, n->pos, "no operation, expected one of the keys: %s",
		 error_list(l, op_verb, NULL));
	return NR_OPS;
}

static bool check_changes(struct loader *l, const struct node *n,
			  const struct found *found, struct op *op)
{
	if (found->good & OP_FLAGS)
		op->changes |= CHANGE_FLAGS;
	if (found->good & OP_POLICY)
		op->changes |= CHANGE_POLICY;
	if (found->good & OP_USERFAULTFD)
		op->changes |= CHANGE_UFFD;
	if (found->good & OP_ANON_NAME)
		op->changes |= CHANGE_NAME;
	if (op->changes)
		return true;
	return error_at(
		l, n->pos,
		"nothing to modify, expected one of: flags, policy, uffd, anon_name");
}

/* Only a copy can have pages, and with them an anon_vma, from the beginning. */
static bool check_copied(struct loader *l, const struct node *n,
			 const struct found *found, struct op *op)
{
	if (found->good & OP_COPIED && !op->copied && op->anon_vma)
		return error_expected(l, node_value(n, "copied"),
				      "true where there is an anon_vma");
	op->copied |= op->anon_vma != 0;
	return true;
}

static bool check_map(struct loader *l, const struct node *n,
		      const struct found *found, struct op *op)
{
	bool ok = check_forked(l, n, op->forked, op->anon_vma);

	if (!(found->good & OP_PGOFF))
		op->pgoff = op->start;
	return check_copied(l, n, found, op) && ok;
}

bool load_op(struct loader *l, const struct node *n, void *to)
{
	struct raw_op *raw = to;
	struct op *op = &raw->op;
	struct found found;

	op->kind = find_op_kind(l, n);
	if (op->kind == NR_OPS ||
	    !load_keys(l, n, &op_keys[op->kind], raw, &found))
		return false;
	op->start = raw->range.start;
	op->end = raw->range.end;
	raw->where = raw->range.pos;
	if (op->kind == OP_SPLIT || op->kind == OP_RELOCATE) {
		op->start = raw->addr.value;
		raw->where = raw->addr.pos;
	}
	if (op->kind == OP_MAP || op->kind == OP_REPLACE)
		return check_map(l, n, &found, op);
	return op->kind != OP_MODIFY || check_changes(l, n, &found, op);
}
