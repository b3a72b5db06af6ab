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

static json_t *set_of(json_t *items, unsigned int min)
{
	json_t *list = list_of(items, min);

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
	return json_pack("{s:[O, o]}", "oneOf", one, set_of(one, 1));
}

/* ---- kinds that take more than a line ------------------------------------- */

static json_t *vma_name(void)
{
	return json_pack("{s:s, s:s, s:i, s:{s:[s, s, s]}}", "type", "string",
			 "pattern", "^[a-z][a-z0-9_]*$", "maxLength", MAX_NAME,
			 "not", "enum", "start", "end", "addr");
}

static json_t *range(void)
{
	return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 2,
			 "maxItems", 2, "items", integer(0, MM_END));
}

/* Those that an operation comes of. */
static const char *syscall_word(const void *ctx, size_t i)
{
	for (enum syscall_kind kind = 1; kind < NR_CALLS; kind++)
		if (syscall_rows[kind].ops && !i--)
			return syscall_name(kind);
	return NULL;
}

static json_t *two_words(const char *a, const char *b)
{
	return json_pack("{s:[s, s]}", "enum", a, b);
}

static json_t *roles(void)
{
	return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames",
			 ref("vma_name"), "additionalProperties",
			 words(role_word, NULL));
}

/* "stack", or segments [start, end] or [start, end, x]. */
static json_t *program(void)
{
	json_t *bound = integer(0, MM_END - 1), *segment;

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
	const struct key *key = keys->key;

	return json_pack(
		"{s:s, s:b, s:o, s:o}", "type", "object",
		"additionalProperties", false, "required",
		JSON_LIST_IF(i, keys->nr, key[i].required,
			     json_string(key[i].name)),
		"properties",
		JSON_OBJECT(i, keys->nr, key[i].name, property(&key[i])));
}

static json_t *mappings(const struct keys *keys, unsigned int min)
{
	return list_of(mapping(keys), min);
}

static json_t *operation(void)
{
	return json_pack("{s:o}", "oneOf",
			 JSON_LIST(i, NR_OPS, mapping(&op_keys[i])));
}

static json_t *call(void)
{
	return json_pack("{s:o}", "oneOf",
			 JSON_LIST_IF(kind, NR_CALLS,
				      kind && call_keys_of(kind),
				      mapping(call_keys_of(kind))));
}

/* ---- conditions ------------------------------------------------------------- */

static const char *value_word(const void *axis, size_t i)
{
	return cat_axis_value(*(const enum cat_axis *)axis, (unsigned int)i);
}

static json_t *whens(void)
{
	json_t *axes = JSON_OBJECT(axis, NR_AXES, cat_axis_name(axis),
				   some_of(words(value_word, &axis)));

	return some(json_pack("{s:s, s:b, s:i, s:o}", "type", "object",
			      "additionalProperties", false, "minProperties", 1,
			      "properties", axes));
}

/* ---- all of it ---------------------------------------------------------------- */

/* Which values a loader takes, by what name, and how the schema has them. */
#define TYPES(X)                                                               \
	X(load_line, "line", text_like(LINE))                                  \
	X(load_prose, "prose", text_like("[^ \\n]"))                           \
	X(load_identifier, "identifier", text_like(IDENTIFIER))                \
	X(load_identity, "identity", text_like(LINE))                          \
	X(load_anon_name, "anon_name", text_like(LINE))                        \
	X(load_vma_name, "vma_name", vma_name())                               \
	X(load_vma_names, "vma_names", set_of(ref("vma_name"), 0))             \
	X(load_bool, "bool", json_pack("{s:s}", "type", "boolean"))            \
	X(load_retry, "retry", json_pack("{s:s}", "type", "boolean"))          \
	X(load_true, "true", json_pack("{s:b}", "const", true))                \
	X(load_page, "page", integer(0, MM_END - 1))                           \
	X(load_addr, "addr", integer(0, MM_END - 1))                           \
	X(load_count, "count", integer(0, UINT32_MAX))                         \
	X(load_order, "order", integer(0, UINT32_MAX))                         \
	X(load_old_number, "old_number", integer(1, 8))                        \
	X(load_range, "range", range())                                        \
	X(load_flags, "flags", set_of(words(flag_word, NULL), 0))              \
	X(load_error, "error", words(error_word, NULL))                        \
	X(load_function, "function", words(function_word, NULL))               \
	X(load_roles, "roles", roles())                                        \
	X(load_steps, "steps", list_of(ref("line"), 0))                        \
	X(load_syscalls, "syscalls", list_of(words(syscall_word, NULL), 1))    \
	X(load_case_ids, "case_ids", list_of(ref("identifier"), 1))            \
	X(load_rmap, "rmap", set_of(two_words("i_mmap", "anon_vma"), 0))       \
	X(load_mmap_lock, "mmap_lock", two_words("write", "read"))             \
	X(load_locks, "locks", mapping(&locks_keys))                           \
	X(load_map_count, "map_count", mapping(&map_count_keys))               \
	X(load_claim, "claim", mapping(&claim_keys))                           \
	X(load_before, "before", mappings(&vma_keys, 0))                       \
	X(load_after, "after", mappings(&vma_keys, 0))                         \
	X(load_new_below, "new_below", two_words("below", "above"))            \
	X(load_op, "operation", operation())                                   \
	X(load_ops, "operations", some(ref("operation")))                      \
	X(load_whens, "when", whens())                                         \
	X(load_otherwises, "otherwise", mappings(&otherwise_keys, 0))          \
	X(load_before_version, "before_version", words(version_word, NULL))    \
	X(load_earliers, "earlier", mappings(&earlier_keys, 0))                \
	X(load_version, "version", text_like("^[0-9]{1,3}\\.[0-9]{1,3}"))      \
	X(load_before_keys, "trigger_earlier", mapping(&before_keys))          \
	X(load_advice, "advice", arg_words_of(ARG_ADVICE))                     \
	X(load_policy, "policy", arg_words_of(ARG_POLICY))                     \
	X(load_prot, "prot", arg_words_of(ARG_PROT))                           \
	X(load_program, "program", program())                                  \
	X(load_calls, "calls", some(call()))                                   \
	X(load_triggers, "triggers", mappings(&trigger_keys, 0))               \
	X(load_later, "cases", mappings(&case_keys, 1))

/* A key whose loader is not in the table takes anything: a test finds none. */
static json_t *property(const struct key *key)
{
	static const struct {
		load_fn *load;
		const char *name;
	} types[] = {
#define X(load, name, schema) { load, name },
		TYPES(X)
#undef X
	};
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
#define X(load, name, schema) json_object_set_new(definitions, name, schema);
	TYPES(X)
#undef X
	json_object_set_new(schema, "definitions", definitions);
	return schema;
}
