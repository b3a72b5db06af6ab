// SPDX-License-Identifier: GPL-2.0-only
/* What the VMAs of a process are: by name, by access, and by what is beside them. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/kinds.h"

#define ACCESS (VM_READ | VM_WRITE | VM_EXEC)

/* Guards have few pages, and far fewer than what they guard. */
#define GUARD_PAGES 16
#define GUARD_SHARE 16

/* Of less, nobody makes a reserve. */
#define RESERVE_MIN (1u << 20)

/* Between two used parts it is one if it is so many times as large as each. */
#define RESERVE_SHARE 16

/* So far on each side is looked whether guards are alike. */
#define GUARDS_LOOK 8

const struct key_text vma_kinds[NR_KINDS] = {
	[KIND_FILE] = { "file", "files" },
	[KIND_DELETED] = { "deleted_file", "deleted files" },
	[KIND_MEMFD] = { "memfd", "memfd" },
	[KIND_SHM] = { "shared_memory", "shared memory" },
	[KIND_DEVICE] = { "device", "devices" },
	[KIND_KERNEL] = { "kernel", "the kernel's" },
	[KIND_HEAP] = { "heap", "heap" },
	[KIND_STACK] = { "stack", "stack" },
	[KIND_THREAD] = { "thread_stack", "stacks above a guard" },
	[KIND_NAMED] = { "named", "anonymous, named" },
	[KIND_ARENA] = { "arena", "arenas" },
	[KIND_GUARD] = { "guard", "guards" },
	[KIND_BACK] = { "given_back", "given back" },
	[KIND_RESERVE] = { "reserve", "reserves" },
	[KIND_ANON] = { "anonymous", "anonymous" },
	[KIND_ALONE] = { "alone", "anonymous, alone between holes" },
};

/* ---- by name ------------------------------------------------------------ */

/* Asked in this order, of names' beginnings. @anonymous: if it is private. */
static const struct {
	const char *begin;
	enum vma_kind kind;
	bool anonymous;
} names[] = {
	{ "[heap]", KIND_HEAP },
	{ "[stack", KIND_STACK },
	{ "[anon_shmem:", KIND_SHM },
	{ "[anon:", KIND_NAMED },
	{ "[", KIND_KERNEL },
	{ "/memfd:", KIND_MEMFD },
	{ "/dev/zero", KIND_SHM, true },
	{ "/dev/shm/", KIND_SHM },
	{ "/dev/hugepages/", KIND_SHM },
	{ "/anon_hugepage", KIND_SHM, true },
	{ "/SYSV", KIND_SHM },
	{ "/dev/", KIND_DEVICE },
	{ "anon_inode:", KIND_DEVICE },
	{ "/dmabuf", KIND_DEVICE },
};

static enum vma_kind kind_of_name(const struct proc_vma *v)
{
	bool shared = v->flags & (VM_SHARED | VM_MAYSHARE);

	if (!*v->name)
		return v->inode ? KIND_FILE : KIND_ANON;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (begins_with(v->name, names[i].begin))
			return names[i].anonymous && !shared ? KIND_ANON
							     : names[i].kind;
	return ends_with(v->name, " (deleted)") ? KIND_DELETED : KIND_FILE;
}

/* ---- by what is beside it ----------------------------------------------- */

static uint64_t size_of(const struct proc_vma *v)
{
	return v->end - v->start;
}

static bool is_anonymous(const struct proc_vma *v)
{
	return !v->inode && !v->dev_major && !v->dev_minor &&
	       (!*v->name || begins_with(v->name, "[anon:"));
}

/* Anonymous memory that touches and can be used; NULL if there is none. */
static const struct proc_vma *used_beside(const struct proc_maps *maps,
					  size_t i, bool above)
{
	const struct proc_vma *v = &maps->vma[i], *beside;

	if (above ? i + 1 == maps->nr : !i)
		return NULL;
	beside = above ? v + 1 : v - 1;
	if (above ? v->end != beside->start : beside->end != v->start)
		return NULL;
	return is_anonymous(beside) && beside->flags & ACCESS ? beside : NULL;
}

static bool is_arena_reserve(const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];
	const struct proc_vma *low = used_beside(maps, i, false);

	return low && !(v->end % ARENA_SIZE) && size_of(v) < ARENA_SIZE &&
	       low->start <= v->end - ARENA_SIZE;
}

/* A page each time, and the same between them: nobody gives back like that. */
static bool in_equal_steps(const struct proc_maps *maps, size_t i)
{
	size_t from = i > GUARDS_LOOK ? i - GUARDS_LOOK : 0;
	uint64_t used = 0;

	for (size_t j = from; j < maps->nr && j <= i + GUARDS_LOOK; j++) {
		const struct proc_vma *v = &maps->vma[j];

		if (j > from && v[-1].end != v->start) {
			if (j > i)
				break;
			used = 0;
		}
		if (!is_anonymous(v) || !(v->flags & ACCESS))
			continue;
		if (used && used != size_of(v))
			return false;
		used = size_of(v);
	}
	return true;
}

static bool is_guard(const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];
	const struct proc_vma *low = used_beside(maps, i, false);
	const struct proc_vma *high = used_beside(maps, i, true);
	uint64_t size = size_of(v);

	if (size > GUARD_PAGES * maps->page_size || (!low && !high))
		return false;
	if (high && (size_of(high) / GUARD_SHARE >= size ||
		     strcasestr(high->name, "stack")))
		return true;
	/* Behind what it guards, which only who has no stack above it does. */
	if (low && !high && size_of(low) / GUARD_SHARE >= size)
		return true;
	return size == maps->page_size && in_equal_steps(maps, i);
}

/* Far more than what is used of it, on either side, was never used. */
static bool is_reserve(const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *low = used_beside(maps, i, false);
	const struct proc_vma *high = used_beside(maps, i, true);
	uint64_t share = size_of(&maps->vma[i]) / RESERVE_SHARE;

	return size_of(&maps->vma[i]) >= RESERVE_MIN &&
	       (!low || size_of(low) <= share) &&
	       (!high || size_of(high) <= share);
}

/* Of anonymous memory without access. */
static enum vma_kind kind_without_access(const struct proc_maps *maps, size_t i)
{
	const struct proc_vma *v = &maps->vma[i];
	bool low = used_beside(maps, i, false);
	bool high = used_beside(maps, i, true);

	if (strcasestr(v->name, "guard"))
		return KIND_GUARD;
	if (strcasestr(v->name, "reserve") || is_arena_reserve(maps, i))
		return KIND_RESERVE;
	if (is_guard(maps, i))
		return KIND_GUARD;
	if (is_reserve(maps, i))
		return KIND_RESERVE;
	if ((low && high) || ((low || high) && size_of(v) < RESERVE_MIN))
		return KIND_BACK;
	return KIND_RESERVE;
}

/* Of anonymous memory that can be used, once it is known what cannot be. */
static enum vma_kind kind_with_access(const struct proc_maps *maps, size_t i,
				      const enum vma_kind *kind)
{
	const struct proc_vma *v = &maps->vma[i];
	bool below = i && v[-1].end == v->start;
	bool above = i + 1 < maps->nr && v->end == v[1].start;

	if (strcasestr(v->name, "stack"))
		return KIND_THREAD;
	if (*v->name)
		return KIND_NAMED;
	if (below && kind[i - 1] == KIND_GUARD)
		return KIND_THREAD;
	if (i + 1 < maps->nr && kind[i + 1] == KIND_RESERVE &&
	    is_arena_reserve(maps, i + 1))
		return KIND_ARENA;
	return below || above ? KIND_ANON : KIND_ALONE;
}

static void find_kinds(const struct proc_maps *maps, enum vma_kind *kind)
{
	for (size_t i = 0; i < maps->nr; i++) {
		const struct proc_vma *v = &maps->vma[i];

		kind[i] = kind_of_name(v);
		if (is_anonymous(v) && !(v->flags & ACCESS))
			kind[i] = kind_without_access(maps, i);
	}
	for (size_t i = 0; i < maps->nr; i++)
		if (is_anonymous(&maps->vma[i]) && maps->vma[i].flags & ACCESS)
			kind[i] = kind_with_access(maps, i, kind);
}

#define CLASSES 5

static unsigned int size_class(const struct proc_vma *v)
{
	static const uint64_t most[CLASSES - 1] = { 4096, 64 << 10, 1 << 20,
						    64 << 20 };
	unsigned int class = 0;

	while (class < CLASSES - 1 && size_of(v) > most[class])
		class ++;
	return class;
}

/* ---- rows --------------------------------------------------------------- */

#define KEY_MAX 512

/* What VMAs of one row have in common. */
struct kind_key {
	enum vma_kind kind;
	size_t len;
	size_t suffix; /* where in the text it begins */
	char text[KEY_MAX];
};

/* While rows are made: of files, what all names begin with. */
struct kind_maker {
	enum vma_kind kind;
	size_t len;
	const char *text; /* a copy of the key's */
	uint32_t row;
	const char *name; /* the first one */
	size_t dir;	  /* of that, all have in common */
	bool several;
	size_t suffix; /* the key's */
};

struct kind_rows {
	struct proc_kinds *kinds;
	const struct proc_maps *maps;
	void *tree;
	struct kind_maker **makers; /* by row */
	/* Of VMAs without a name, which most may be: found without a search. */
	struct kind_maker *plain[NR_KINDS][CLASSES][ACCESS + 1];
};

static int compare_keys(const void *x, const void *y)
{
	const struct kind_maker *a = x, *b = y;

	return ORDER(a->kind, b->kind) ?:
	       ORDER(a->len, b->len)   ?: memcmp(a->text, b->text, a->len);
}

static void put(struct kind_key *key, const char *text, size_t len)
{
	if (len > KEY_MAX - 1 - key->len)
		len = KEY_MAX - 1 - key->len;
	memcpy(key->text + key->len, text, len);
	key->len += len;
}

/* Numbers in names count up. */
static void put_without_numbers(struct kind_key *key, const char *text)
{
	while (*text) {
		size_t digits = strspn(text, "0123456789");

		put(key, digits ? "*" : text, 1);
		text += digits ? digits : 1;
	}
}

/* Behind the last dot that is followed by a letter: "so" of "libc.so.6". */
static const char *suffix_of(const char *name, size_t len, size_t *suffix_len)
{
	const char *slash = memrchr(name, '/', len);
	const char *base = slash ? slash + 1 : name, *end = name + len;

	for (const char *dot = end; dot-- > base + 1;) {
		size_t letters = (size_t)(end - dot - 1);

		if (*dot != '.')
			continue;
		if (letters && !(dot[1] >= '0' && dot[1] <= '9')) {
			const char *stop = memchr(dot + 1, '.', letters);

			*suffix_len = stop ? (size_t)(stop - dot - 1) : letters;
			return *suffix_len <= 16 ? dot + 1 : NULL;
		}
	}
	return NULL;
}

/* The first two directories, and the suffix. */
static void put_file(struct kind_key *key, const char *name)
{
	size_t len = proc_path_len(name), suffix_len, at = 0;
	const char *suffix = suffix_of(name, len, &suffix_len);
	const char *slash = memrchr(name, '/', len);

	for (int i = 0; i < 2 && slash && name + at < slash; i++) {
		const char *next = memchr(name + at + 1, '/', len - at - 1);

		at = next ? (size_t)(next - name) : at;
	}
	put(key, name, at);
	put(key, "\n", 1);
	if (suffix)
		put(key, suffix, suffix_len);
	key->suffix = at + 1;
}

static void put_access(struct kind_key *key, const struct proc_vma *v)
{
	char size = (char)('0' + size_class(v));

	put(key, PERMISSIONS(v->flags), 3);
	put(key, "\n", 1);
	put(key, &size, 1);
}

static void make_key(struct kind_key *key, const struct proc_vma *v)
{
	key->len = key->suffix = 0;
	if (key->kind == KIND_FILE || key->kind == KIND_DELETED)
		put_file(key, v->name);
	else if (*v->name)
		put_without_numbers(key, v->name);
	else
		put_access(key, v);
}

static struct kind_maker *new_row(struct kind_rows *r,
				  const struct kind_key *key, size_t i)
{
	struct proc_kinds *kinds = r->kinds;
	struct kind_maker *m = arena_alloc(kinds->arena, 1, sizeof(*m));
	size_t row = kinds->nr_rows;

	*xappend(r->makers, row) = m;
	m->kind = key->kind;
	m->len = key->len;
	m->text = arena_text(kinds->arena, key->text, key->len);
	m->suffix = key->suffix;
	m->row = (uint32_t)kinds->nr_rows;
	m->name = r->maps->vma[i].name;
	m->dir = proc_path_len(m->name);
	*xappend(kinds->rows, kinds->nr_rows) = (struct proc_row){
		.kind = key->kind,
		.example = i,
		.min = UINT64_MAX,
	};
	return m;
}

static struct kind_maker *find_row(struct kind_rows *r,
				   const struct kind_key *key, size_t i)
{
	const struct kind_maker wanted = { .kind = key->kind,
					   .len = key->len,
					   .text = key->text };
	struct kind_maker *const *found =
		tfind(&wanted, &r->tree, compare_keys);
	struct kind_maker *m;

	if (found)
		return *found;
	m = new_row(r, key, i);
	if (!tsearch(m, &r->tree, compare_keys))
		out_of_memory();
	return m;
}

/* What the names of a row begin with, up to a slash. */
static void narrow(struct kind_maker *m, const char *name)
{
	size_t same = 0, len;

	if (m->name == name || (!m->several && !strcmp(m->name, name)))
		return;
	len = proc_path_len(name);
	m->several = true;
	while (same < m->dir && same < len && m->name[same] == name[same])
		same++;
	while (same && m->name[same - 1] != '/')
		same--;
	m->dir = same;
}

static struct kind_maker *maker_of(struct kind_rows *r, size_t i,
				   struct kind_key *key)
{
	const struct proc_vma *v = &r->maps->vma[i];
	enum vma_kind kind = r->kinds->kind[i];
	struct kind_maker **plain =
		&r->plain[kind][size_class(v)][v->flags & ACCESS];
	struct kind_maker *m = *plain;

	if (!*v->name && m)
		return m;
	key->kind = kind;
	make_key(key, v);
	m = find_row(r, key, i);
	if (!*v->name)
		*plain = m;
	return m;
}

static void add_vma(struct kind_rows *r, size_t i, struct kind_key *key)
{
	const struct proc_vma *v = &r->maps->vma[i];
	struct kind_maker *m = maker_of(r, i, key);
	struct proc_row *row;

	narrow(m, v->name);
	r->kinds->row[i] = m->row;
	row = &r->kinds->rows[m->row];
	row->nr++;
	row->bytes += size_of(v);
	row->min = size_of(v) < row->min ? size_of(v) : row->min;
	row->max = size_of(v) > row->max ? size_of(v) : row->max;
}

/* Without " (deleted)" and with the suffix, if names differ. */
static const char *label_of(const struct kind_rows *r,
			    const struct kind_maker *m)
{
	void *arena = r->kinds->arena;
	const char *suffix = m->text + m->suffix;

	if (m->kind != KIND_FILE && m->kind != KIND_DELETED)
		return arena_text(arena, m->text, strcspn(m->text, "\n"));
	if (!*m->name)
		return "without a name";
	if (!m->several)
		return arena_text(arena, m->name, proc_path_len(m->name));
	if (!m->dir)
		return arena_printf(arena, "%s%s", *suffix ? "*." : "*",
				    suffix);
	return arena_printf(arena, "%s%s in %.*s", *suffix ? "*." : "*", suffix,
			    m->dir > 1 ? (int)m->dir - 1 : (int)m->dir,
			    m->name);
}

static void forget(void *maker)
{
	(void)maker; /* the arena has it */
}

/* ---- the whole ---------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	const struct proc_row *a = x, *b = y;

	return ORDER(b->nr, a->nr) ?: ORDER(a->example, b->example);
}

/* Rows change places: each VMA's must follow. */
static void sort_rows(struct proc_kinds *kinds, size_t nr)
{
	uint32_t *to __free(free) = xcalloc(kinds->nr_rows, sizeof(*to));

	if (kinds->nr_rows)
		qsort(kinds->rows, kinds->nr_rows, sizeof(*kinds->rows),
		      by_number);
	for (size_t i = 0; i < kinds->nr_rows; i++)
		to[kinds->row[kinds->rows[i].example]] = (uint32_t)i;
	for (size_t i = 0; i < nr; i++)
		kinds->row[i] = to[kinds->row[i]];
}

struct proc_kinds *proc_kinds(const struct proc_maps *maps)
{
	struct proc_kinds *kinds = xcalloc(1, sizeof(*kinds));
	struct kind_rows r = { .kinds = kinds, .maps = maps };
	struct kind_key *key __free(free) = xcalloc(1, sizeof(*key));
	size_t nr = proc_counted(maps);

	kinds->arena = arena_new();
	kinds->kind = xcalloc(maps->nr, sizeof(*kinds->kind));
	kinds->row = xcalloc(maps->nr, sizeof(*kinds->row));
	find_kinds(maps, kinds->kind);
	for (size_t i = 0; i < nr; i++)
		add_vma(&r, i, key);
	for (size_t i = 0; i < kinds->nr_rows; i++)
		kinds->rows[i].label = label_of(&r, r.makers[i]);
	sort_rows(kinds, nr);
	tdestroy(r.tree, forget);
	free(r.makers);
	return kinds;
}

void proc_kinds_free(struct proc_kinds *kinds)
{
	if (!kinds)
		return;
	free(kinds->kind);
	free(kinds->row);
	free(kinds->rows);
	arena_free(kinds->arena);
	free(kinds);
}
