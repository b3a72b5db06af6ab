// SPDX-License-Identifier: GPL-2.0-only
/* What a file of the catalogue may have, as a JSON Schema: for editors. */
#include "catalog/load.h"
#include "lib/json.h"
#include "syscall/syscall.h"

/* ---- kinds of values ---------------------------------------------------- */

#define IDENTIFIER "^[a-z][a-z0-9-]*$"
#define LINE "^[^\\n]*[^ \\n][^\\n]*$"

static json_t *ref(const char *type)
{
	return json_pack("{s:o}", "$ref",
			 json_sprintf("#/definitions/%s", type));
}

static json_t *text_like(const char *pattern)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *integer(unsigned long min, unsigned long max)
{
	return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
			 (json_int_t)min, "maximum", (json_int_t)max);
}

static json_t *words(name_fn *name, const void *ctx)
{
	json_t *list = json_array();
	const char *word;

	for (size_t i = 0; (word = name(ctx, i)); i++)
		json_array_append_new(list, json_string(word));
	return json_pack("{s:o}", "enum", list);
}

static json_t *arg_words_of(enum arg arg)
{
	return words(arg_word, &arg);
}

static json_t *list_of(json_t *items, unsigned int min)
{
	return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems",
			 (int)min, "maxItems", MAX_ENTRIES, "items", items);
}

static json_t *set_of(json_t *items)
{
	json_t *list = list_of(items, 0);

	json_object_set_new(list, "uniqueItems", json_true());
	return list;
}

/* One, or several. */
static json_t *some(json_t *one)
{
	return json_pack("{s:[O, o]}", "oneOf", one, list_of(one, 1));
}

/* One, or several different ones. */
static json_t *some_of(json_t *one)
{
	json_t *list = list_of(one, 1);

	json_object_set_new(list, "uniqueItems", json_true());
	return json_pack("{s:[O, o]}", "oneOf", one, list);
}

/* ---- one function a kind --------------------------------------------------- */

static json_t *line(void)
{
	return text_like(LINE);
}

static json_t *prose(void)
{
	return text_like("[^ \\n]");
}

static json_t *identifier(void)
{
	return text_like(IDENTIFIER);
}

static json_t *vma_name(void)
{
	return json_pack("{s:s, s:s, s:i, s:{s:[s, s, s]}}", "type", "string",
			 "pattern", "^[a-z][a-z0-9_]*$", "maxLength", MAX_NAME,
			 "not", "enum", "start", "end", "addr");
}

static json_t *boolean(void)
{
	return json_pack("{s:s}", "type", "boolean");
}

static json_t *only_true(void)
{
	return json_pack("{s:b}", "const", true);
}

static json_t *page(void)
{
	return integer(0, MM_END - 1);
}

static json_t *count(void)
{
	return integer(0, UINT32_MAX);
}

static json_t *old_number(void)
{
	return integer(1, 8);
}

static json_t *range(void)
{
	return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 2,
			 "maxItems", 2, "items", integer(0, MM_END));
}

static json_t *flags(void)
{
	return set_of(words(flag_word, NULL));
}

static json_t *error(void)
{
	return words(error_word, NULL);
}

static json_t *function(void)
{
	return words(function_word, NULL);
}

static json_t *before_version(void)
{
	return words(version_word, NULL);
}

static json_t *version(void)
{
	return text_like("^[0-9]{1,3}\\.[0-9]{1,3}");
}

static json_t *lines(void)
{
	return list_of(ref("line"), 0);
}

/* Those that an operation comes of. */
static const char *syscall_word(const void *ctx, size_t i)
{
	(void)ctx;
	for (enum syscall_kind kind = 1; kind < NR_CALLS; kind++)
		if (syscall_rows[kind].ops && !i--)
			return syscall_name(kind);
	return NULL;
}

static json_t *syscalls(void)
{
	return list_of(words(syscall_word, NULL), 1);
}

static json_t *identifiers(void)
{
	return list_of(ref("identifier"), 1);
}

static json_t *vma_names(void)
{
	return set_of(ref("vma_name"));
}

static json_t *two_words(const char *a, const char *b)
{
	return json_pack("{s:[s, s]}", "enum", a, b);
}

static json_t *rmap(void)
{
	return set_of(two_words("i_mmap", "anon_vma"));
}

static json_t *mmap_lock(void)
{
	return two_words("write", "read");
}

static json_t *new_below(void)
{
	return two_words("below", "above");
}

static json_t *roles(void)
{
	return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames",
			 ref("vma_name"), "additionalProperties",
			 words(role_word, NULL));
}

static json_t *advice(void)
{
	return arg_words_of(ARG_ADVICE);
}

static json_t *policy(void)
{
	return arg_words_of(ARG_POLICY);
}

static json_t *prot(void)
{
	return arg_words_of(ARG_PROT);
}

/* "stack", or segments [start, end] or [start, end, x]. */
static json_t *program(void)
{
	json_t *bound = page(), *segment;

	segment = json_pack("{s:s, s:i, s:i, s:[O, o, {s:s}]}", "type", "array",
			    "minItems", 2, "maxItems", 3, "items", bound, bound,
			    "const", "x");
	return json_pack("{s:[{s:s}, o]}", "oneOf", "const", "stack",
			 list_of(segment, 1));
}

/* ---- mappings --------------------------------------------------------------- */

static json_t *property(const struct key *key);

static json_t *mapping(const struct keys *keys)
{
	json_t *required = json_array(), *properties = json_object();

	for (size_t i = 0; i < keys->nr; i++) {
		const struct key *key = &keys->key[i];

		if (key->required)
			json_array_append_new(required, json_string(key->name));
		json_object_set_new(properties, key->name, property(key));
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object",
			 "additionalProperties", false, "required", required,
			 "properties", properties);
}

static json_t *vmas(void)
{
	return list_of(mapping(&vma_keys), 0);
}

static json_t *operation(void)
{
	return json_pack("{s:o}", "oneOf",
			 JSON_LIST(i, NR_OPS, mapping(&op_keys[i])));
}

static json_t *operations(void)
{
	return some(ref("operation"));
}

static json_t *call(void)
{
	json_t *all = json_array();
	const struct keys *keys;

	for (int kind = 1; kind < NR_CALLS; kind++) {
		keys = call_keys_of((enum syscall_kind)kind);
		if (keys)
			json_array_append_new(all, mapping(keys));
	}
	return json_pack("{s:o}", "oneOf", all);
}

static json_t *calls(void)
{
	return some(call());
}

static json_t *locks(void)
{
	return mapping(&locks_keys);
}

static json_t *map_count(void)
{
	return mapping(&map_count_keys);
}

static json_t *claim(void)
{
	return mapping(&claim_keys);
}

static json_t *otherwises(void)
{
	return list_of(mapping(&otherwise_keys), 0);
}

static json_t *earliers(void)
{
	return list_of(mapping(&earlier_keys), 0);
}

static json_t *before(void)
{
	return mapping(&before_keys);
}

static json_t *triggers(void)
{
	return list_of(mapping(&trigger_keys), 0);
}

static json_t *cases(void)
{
	return list_of(mapping(&case_keys), 1);
}

/* ---- conditions ------------------------------------------------------------- */

static const char *value_word(const void *axis, size_t i)
{
	return cat_axis_value(*(const enum cat_axis *)axis, (unsigned int)i);
}

static json_t *whens(void)
{
	json_t *axes = json_object();

	for (enum cat_axis axis = 0; axis < NR_AXES; axis++)
		json_object_set_new(axes, cat_axis_name(axis),
				    some_of(words(value_word, &axis)));
	return some(json_pack("{s:s, s:b, s:i, s:o}", "type", "object",
			      "additionalProperties", false, "minProperties", 1,
			      "properties", axes));
}

/* ---- all of it ---------------------------------------------------------------- */

/* Which values a loader takes. */
static const struct type {
	bool (*load)(struct loader *l, const struct node *n, void *to);
	const char *name;
	json_t *(*schema)(void);
} types[] = {
	{ load_line, "line", line },
	{ load_prose, "prose", prose },
	{ load_identifier, "identifier", identifier },
	{ load_identity, "identity", line },
	{ load_anon_name, "anon_name", line },
	{ load_vma_name, "vma_name", vma_name },
	{ load_vma_names, "vma_names", vma_names },
	{ load_bool, "bool", boolean },
	{ load_retry, "retry", boolean },
	{ load_true, "true", only_true },
	{ load_page, "page", page },
	{ load_addr, "addr", page },
	{ load_count, "count", count },
	{ load_order, "order", count },
	{ load_old_number, "old_number", old_number },
	{ load_range, "range", range },
	{ load_flags, "flags", flags },
	{ load_error, "error", error },
	{ load_function, "function", function },
	{ load_roles, "roles", roles },
	{ load_steps, "steps", lines },
	{ load_syscalls, "syscalls", syscalls },
	{ load_case_ids, "case_ids", identifiers },
	{ load_rmap, "rmap", rmap },
	{ load_mmap_lock, "mmap_lock", mmap_lock },
	{ load_locks, "locks", locks },
	{ load_map_count, "map_count", map_count },
	{ load_claim, "claim", claim },
	{ load_before, "before", vmas },
	{ load_after, "after", vmas },
	{ load_new_below, "new_below", new_below },
	{ load_op, "operation", operation },
	{ load_ops, "operations", operations },
	{ load_whens, "when", whens },
	{ load_otherwises, "otherwise", otherwises },
	{ load_before_version, "before_version", before_version },
	{ load_earliers, "earlier", earliers },
	{ load_version, "version", version },
	{ load_before_keys, "trigger_earlier", before },
	{ load_advice, "advice", advice },
	{ load_policy, "policy", policy },
	{ load_prot, "prot", prot },
	{ load_program, "program", program },
	{ load_calls, "calls", calls },
	{ load_triggers, "triggers", triggers },
	{ load_later, "cases", cases },
};

/* A key whose loader is not in the table takes anything: a test finds none. */
static json_t *property(const struct key *key)
{
	json_t *p = json_object();

	if (key->what)
		json_object_set_new(p, "description", json_string(key->what));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].load == key->load)
			json_object_update_new(p, ref(types[i].name));
	return p;
}

json_t *catalog_schema(void)
{
	json_t *schema = json_pack(
		"{s:s, s:s, s:s}", "$schema",
		"http://json-schema.org/draft-07/schema#", "$comment",
		"SPDX-License-Identifier: GPL-2.0-only; written by vmatlas emit schema",
		"title",
		"A family of cases in which Linux merges or splits VMAs");
	json_t *definitions = json_object();

	json_object_update_new(schema, mapping(&family_keys));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		json_object_set_new(definitions, types[i].name,
				    types[i].schema());
	json_object_set_new(schema, "definitions", definitions);
	return schema;
}
