// SPDX-License-Identifier: GPL-2.0-only
/*
 * --merge: the JSON of all shards of a run becomes that of the whole run. Each has
 * "shard": "I/N" somewhere in it, and all of 1/N to N/N must be there, once.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/memory.h"
#include "lib/text.h"

enum { MOST_BYTES = 1 << 30, MOST_SHARDS = 10000 };

/* ---- shards ------------------------------------------------------------------ */

const char *common_shard(const char *arg, struct shard *shard)
{
	unsigned int i, nr;
	char after;

	if (sscanf(arg, "%5u/%5u%c", &i, &nr, &after) != 2 || !i || i > nr ||
	    nr > MOST_SHARDS)
		return xasprintf(
			"'%s' is no part, expected I/N with I from 1 to N, and N up to %d",
			arg, MOST_SHARDS);
	shard->index = i - 1;
	shard->of = nr;
	return NULL;
}

void shard_json(json_t *o, const struct shard *shard)
{
	if (shard->of)
		json_object_set_new(
			o, "shard",
			json_sprintf("%u/%u", shard->index + 1, shard->of));
}

/* ---- files ------------------------------------------------------------------- */

static bool complain(const char *path, const char *what, const char *expected)
{
	fputs("vmatlas: ", stderr);
	text_print(stderr, path, 0);
	fprintf(stderr, ": %s, expected %s\n", what, expected);
	return false;
}

/* Returns NULL after saying why it cannot be read. */
static json_t *load(const char *path)
{
	struct stat st;
	json_error_t error;
	json_t *json;

	if (stat(path, &st) || access(path, R_OK)) {
		complain(path, strerror(errno), "JSON of --shard");
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > MOST_BYTES) {
		complain(path, "no regular file of up to 1 GiB",
			 "JSON of --shard");
		return NULL;
	}
	json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		fputs("vmatlas: ", stderr);
		text_print(stderr, path, 0);
		fprintf(stderr, ":%d:%d: ", error.line, error.column);
		text_print(stderr, error.text, 0);
		fputs(", expected JSON of --shard\n", stderr);
	}
	return json;
}

/* Take "shard" out of all of it; false if they are not all the same. */
static bool take_shard(json_t *json, char *shard, size_t size)
{
	const char *key, *text;
	void *next;
	size_t i;
	json_t *v;
	bool same = true;

	json_array_foreach(json, i, v)
		same &= take_shard(v, shard, size);
	text = json_string_value(json_object_get(json, "shard"));
	if (text) {
		if (!*shard)
			snprintf(shard, size, "%s", text);
		same &= !strcmp(shard, text);
		json_object_del(json, "shard");
	}
	json_object_foreach_safe(json, next, key, v)
		same &= take_shard(v, shard, size);
	return same;
}

/* ---- merging ------------------------------------------------------------------ */

/* Whether two lists are of the same things, one by one. */
static bool are_alike(const json_t *a, const json_t *b)
{
	static const char *const names[] = { "id", "sweep", "why" };

	if (!json_array_size(a) || json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++) {
		const json_t *x = json_array_get(a, i);
		const json_t *y = json_array_get(b, i), *name = NULL;

		for (size_t n = 0; n < ARRAY_SIZE(names) && !name; n++)
			name = json_object_get(x, names[n]);
		if (!name)
			return false;
		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			if (!json_equal(json_object_get(x, names[n]),
					json_object_get(y, names[n])) &&
			    (json_object_get(x, names[n]) ||
			     json_object_get(y, names[n])))
				return false;
	}
	return true;
}

static bool merge(json_t *to, json_t *from, const char *key, bool bits);

static bool merge_objects(json_t *to, json_t *from, bool bits)
{
	const char *key;
	json_t *v, *mine;

	json_object_foreach(from, key, v) {
		mine = json_object_get(to, key);
		if (!mine)
			json_object_set(to, key, v);
		else if (!merge(mine, v, key,
				bits || !strcmp(key, "dimensions_seen")))
			return false;
	}
	return true;
}

static bool merge_arrays(json_t *to, json_t *from)
{
	size_t i;
	json_t *v;

	if (!are_alike(to, from))
		return !json_array_extend(to, from);
	json_array_foreach(from, i, v)
		if (!merge(json_array_get(to, i), v, "", false))
			return false;
	return true;
}

/* What all have is a key of the whole, be there much of it or nothing. */
static bool merge_wholes(json_t *to, json_t *from)
{
	const char *key;
	json_t *v;

	json_object_foreach(to, key, v)
		if (!json_object_get(from, key))
			return false;
	return json_object_size(to) == json_object_size(from) &&
	       merge(to, from, "", false);
}

/* Put the one into the other; false if they are of different runs. */
static bool merge(json_t *to, json_t *from, const char *key, bool bits)
{
	if (json_typeof(to) != json_typeof(from))
		return false;
	switch (json_typeof(to)) {
	case JSON_OBJECT:
		return merge_objects(to, from, bits);
	case JSON_ARRAY:
		return merge_arrays(to, from);
	case JSON_INTEGER: {
		json_int_t a = json_integer_value(to);
		json_int_t b = json_integer_value(from), sum;

		if (!strcmp(key, "seed"))
			return a == b;
		if (bits)
			return !json_integer_set(to, a | b);
		return !__builtin_add_overflow(a, b, &sum) &&
		       !json_integer_set(to, sum);
	}
	case JSON_REAL:
		if (json_real_value(from) > json_real_value(to))
			json_real_set(to, json_real_value(from));
		return true;
	default:
		return json_equal(to, from);
	}
}

/* What was kept as a bit each becomes a number again. */
static void count_bits(json_t *json)
{
	json_t *bits = json_object_get(json, "dimensions_seen"), *v;
	const char *key;
	void *next;
	size_t i;

	json_array_foreach(json, i, v)
		count_bits(v);
	json_object_foreach(json, key, v)
		count_bits(v);
	if (!json_is_object(bits))
		return;
	json_object_foreach_safe(bits, next, key, v) {
		int nr = __builtin_popcountll((uint64_t)json_integer_value(v));

		if (nr > 1)
			json_integer_set(v, nr);
		else
			json_object_del(bits, key);
	}
	json_object_set(json, "dimensions", bits);
	json_object_del(json, "dimensions_seen");
}

/* ---- what was found wrong -------------------------------------------------------- */

/* Something that differs, or a condition that no part of the run has met. */
static bool is_wrong(json_t *json)
{
	static const char *const counts[] = { "nr_problems", "differ" };
	const char *key;
	json_t *v;
	size_t i;

	for (size_t n = 0; n < ARRAY_SIZE(counts); n++)
		if (json_integer_value(json_object_get(json, counts[n])))
			return true;
	v = json_object_get(json, "configurations");
	if (json_object_get(json, "verdict") && json_is_integer(v) &&
	    !json_integer_value(v))
		return true;
	json_array_foreach(json, i, v)
		if (is_wrong(v))
			return true;
	json_object_foreach(json, key, v)
		if (is_wrong(v))
			return true;
	return false;
}

/* ---- all of it ----------------------------------------------------------------- */

/* What is read of one file goes to its place; returns false after saying why not. */
static bool place(json_t *json, const char *path, json_t **shards, size_t nr)
{
	char text[32] = "";
	unsigned int i, of;

	if (!take_shard(json, text, sizeof(text)) ||
	    sscanf(text, "%5u/%5u", &i, &of) != 2 || !i || i > of)
		return complain(path, "of no shard", "JSON of --shard I/N");
	if (of != nr) {
		fprintf(stderr,
			"vmatlas: %zu file%s, expected one for each of %u shards\n",
			nr, plural(nr), of);
		return false;
	}
	if (shards[i - 1])
		return complain(path, "the same shard as another file",
				"each once");
	shards[i - 1] = json_incref(json);
	return true;
}

static int merge_shards(json_t **shards, const struct words *files,
			const char *key)
{
	bool ok = true;

	for (size_t i = 0; i < files->nr && ok; i++) {
		json_t *json = load(files->v[i]);

		ok = json && place(json, files->v[i], shards, files->nr);
		json_decref(json);
	}
	for (size_t i = 1; i < files->nr && ok; i++)
		if (!merge_wholes(shards[0], shards[i]))
			ok = complain(files->v[i],
				      "of another run than the others",
				      "the same call but for --shard");
	if (ok && !json_object_get(shards[0], key))
		ok = complain(files->v[0], "of another command",
			      "JSON of this one");
	if (!ok)
		return EXIT_UNUSABLE;
	count_bits(shards[0]);
	common_print_json(json_incref(shards[0]), 1);
	return is_wrong(shards[0]) ? EXIT_WRONG : EXIT_FINE;
}

int common_merge(const struct words *files, const char *key)
{
	json_t **shards;
	int status;

	if (!files->nr)
		return unusable(
			"vmatlas: no file, expected the JSON of each shard\n");
	shards = xcalloc(files->nr, sizeof(*shards));
	status = merge_shards(shards, files, key);
	for (size_t i = 0; i < files->nr; i++)
		json_decref(shards[i]);
	free(shards);
	return status;
}
