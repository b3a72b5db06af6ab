// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and names as small integers: the simulator only asks whether two of
 * them are the same. A parent and its children share them.
 */
#include <search.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "syscall/internal.h"

#define SHARED_MEMORY "/dev/zero (deleted)"
#define ZERO "/dev/zero"
#define MEMFD "/memfd:"
#define SECRET "/secretmem"
#define TMPFS "/dev/shm/"
#define SYSV_SEGMENT "/SYSV"

/* What an entry is found by, beside its text. */
enum key_kind {
	KEY_TEXT,
	KEY_FILE = IDENT_OTHER + 1, /* device and inode count, too */
	KEY_PATH,		    /* the first file of a name */
};

struct keyed {
	unsigned int kind;
	struct ident key;
	struct ident *ident;
};

struct idents {
	unsigned int users;
	struct arena *arena;
	void *tree;
	struct ident **all; /* by identity, from 1 */
	size_t nr;
};

static int compare_entries(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int order = ORDER(a->kind, b->kind);

	order = order ?: ORDER(a->key.inode, b->key.inode);
	order = order ?: ORDER(a->key.dev_major, b->key.dev_major);
	order = order ?: ORDER(a->key.dev_minor, b->key.dev_minor);
	return order ?: strcmp(a->key.text, b->key.text);
}

struct idents *idents_new(void)
{
	struct arena *arena = arena_new();
	struct idents *idents = arena_alloc(arena, 1, sizeof(*idents));

	idents->arena = arena;
	idents->users = 1;
	return idents;
}

struct idents *idents_get(struct idents *idents)
{
	idents->users++;
	return idents;
}

static void forget(void *entry)
{
	(void)entry; /* the arena has it */
}

void idents_put(struct idents *idents)
{
	if (--idents->users)
		return;
	tdestroy(idents->tree, forget);
	free(idents->all);
	arena_free(idents->arena);
}

static struct ident *add_ident(struct idents *idents, const struct ident *key)
{
	struct ident *ident = arena_alloc(idents->arena, 1, sizeof(*ident));

	*xappend(idents->all, idents->nr) = ident;
	*ident = *key;
	ident->id = (uint32_t)idents->nr;
	ident->text = arena_text(idents->arena, key->text, strlen(key->text));
	return ident;
}

/* The entry of a key; one that is new has no ident yet. */
static struct keyed *find_entry(struct idents *idents, unsigned int kind,
				const struct ident *key)
{
	const struct keyed wanted = { .kind = kind, .key = *key };
	struct keyed *const *found =
		tfind(&wanted, &idents->tree, compare_entries);
	struct keyed *entry;

	if (found)
		return *found;
	entry = arena_alloc(idents->arena, 1, sizeof(*entry));
	*entry = wanted;
	entry->key.text =
		arena_text(idents->arena, key->text, strlen(key->text));
	if (!tsearch(entry, &idents->tree, compare_entries))
		out_of_memory();
	return entry;
}

/* vma_is_anon_shmem(): what had no name from the start counts as anonymous. */
static bool is_anon_shmem(const char *path)
{
	return !strcmp(path, SHARED_MEMORY) || begins_with(path, MEMFD);
}

/* perf_mmap_may_split() */
static bool is_whole(const char *path)
{
	return path[0] == '[' || !strcmp(path, "anon_inode:[perf_event]");
}

/* Files known to have a get_unmapped_area(), beside those of memory. */
static bool has_own_place(const char *path)
{
	return begins_with(path, SYSV_SEGMENT) || !strcmp(path, ZERO) ||
	       !strcmp(path, "anon_inode:bpf-map") ||
	       !strcmp(path, "anon_inode:[io_uring]");
}

/* Of a tmpfs elsewhere than /dev/shm the name does not say that it is one. */
static struct ident file_key(const char *path)
{
	return (struct ident){
		.text = path,
		.special = path[0] == '[',
		.whole = is_whole(path),
		.own_place = has_own_place(path),
		.anon_shmem = is_anon_shmem(path),
		.shmem = is_anon_shmem(path) || begins_with(path, TMPFS),
		.sysv = begins_with(path, SYSV_SEGMENT),
		.secret = begins_with(path, SECRET),
		.zero = !strcmp(path, ZERO),
	};
}

const struct ident *idents_path(struct idents *idents, const char *path)
{
	const struct ident key = file_key(path);
	struct keyed *entry = find_entry(idents, KEY_PATH, &key);

	if (!entry->ident)
		entry->ident = add_ident(idents, &key);
	return entry->ident;
}

const struct ident *idents_file(struct idents *idents, const char *path,
				uint32_t dev_major, uint32_t dev_minor,
				uint64_t inode)
{
	struct ident key = file_key(path);
	struct keyed *by_path, *entry;

	by_path = find_entry(idents, KEY_PATH, &key);
	key.inode = inode;
	key.dev_major = dev_major;
	key.dev_minor = dev_minor;
	entry = find_entry(idents, KEY_FILE, &key);
	if (!entry->ident)
		entry->ident = add_ident(idents, &key);
	if (!by_path->ident)
		by_path->ident = entry->ident;
	return entry->ident;
}

const struct ident *idents_fresh(struct idents *idents, const char *path,
				 unsigned long size, bool sysv)
{
	struct ident key = file_key(path);

	key.size = size;
	key.sysv |= sysv;
	key.own_place |= sysv;
	return add_ident(idents, &key);
}

const struct ident *idents_text(struct idents *idents, enum ident_kind kind,
				const char *text)
{
	const struct ident key = { .text = text };
	struct keyed *entry = find_entry(idents, KEY_TEXT + kind, &key);

	if (!entry->ident)
		entry->ident = add_ident(idents, &key);
	return entry->ident;
}

const struct ident *idents_find(const struct idents *idents, uint32_t id)
{
	return id && id <= idents->nr ? idents->all[id - 1] : NULL;
}
