// SPDX-License-Identifier: GPL-2.0-only
/* The dimensions of what user space can reach, and which places go together. */
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"
#include "oracle/reach-dims.h"

/* ---- words ---------------------------------------------------------------- */

static const char *const try_words[] = {
	[TRY_MPROTECT] = "mprotect", [TRY_MADVISE] = "madvise",
	[TRY_MLOCK] = "mlock",	     [TRY_MBIND] = "mbind",
	[TRY_PRCTL] = "prctl",	     [TRY_PART] = "part",
	[TRY_MMAP] = "mmap",	     [TRY_MOVE] = "move",
	[TRY_KEEP] = "keep",	     [TRY_BESIDE] = "beside",
	[TRY_UFFD] = "uffd",	     [TRY_GROW] = "grow",
	[TRY_MUNMAP] = "munmap",
};

static const char *const range_words[] = {
	[RANGE_ALL] = "all",	   [RANGE_HEAD] = "head",
	[RANGE_TAIL] = "tail",	   [RANGE_INNER] = "inner",
	[RANGE_ACROSS] = "across",
};

static const char *const memory_words[] = {
	[MEM_ANON] = "anon",
	[MEM_FILE] = "file",
	[MEM_SHARED] = "shared",
	[MEM_SHM] = "shm",
};

static const char *const fault_words[] = {
	[FAULT_NONE] = "unfaulted",
	[FAULT_OWN] = "faulted",
	[FAULT_FORKED] = "forked",
};

static const char *const side_words[] = {
	[SIDE_ABSENT] = "absent",   [SIDE_SAME] = "same",
	[SIDE_PROT] = "prot",	    [SIDE_MEMORY] = "memory",
	[SIDE_INODE] = "inode",	    [SIDE_OFFSET] = "offset",
	[SIDE_SHARED] = "shared",   [SIDE_LOCKED] = "locked",
	[SIDE_ADVISED] = "advised", [SIDE_NAMED] = "named",
	[SIDE_POLICY] = "policy",   [SIDE_MOVED] = "moved",
};

static const char *const order_words[] = {
	[ORDER_APART] = "apart",
	[ORDER_JOINED] = "joined",
};

static const struct {
	const char *const *words;
	uint8_t nr;
} dims[NR_REACH_DIMS] = {
	[REACH_TRY] = { try_words, NR_TRIES },
	[REACH_RANGE] = { range_words, NR_REACH_RANGES },
	[REACH_MEMORY] = { memory_words, NR_MEMORIES },
	[REACH_MIDDLE] = { fault_words, NR_FAULTS },
	[REACH_PREV] = { side_words, NR_REACH_SIDES },
	[REACH_PREV_FAULT] = { fault_words, NR_FAULTS },
	[REACH_NEXT] = { side_words, NR_REACH_SIDES },
	[REACH_NEXT_FAULT] = { fault_words, NR_FAULTS },
	[REACH_ORDER] = { order_words, NR_REACH_ORDERS },
};

/* ---- what a system call allows ---------------------------------------------- */

#define BIT(place) (1U << (place))
#define ANY (~0U)
#define PARTS                                                                  \
	(BIT(RANGE_ALL) | BIT(RANGE_HEAD) | BIT(RANGE_TAIL) | BIT(RANGE_INNER))
#define FEW (BIT(SIDE_ABSENT) | BIT(SIDE_SAME) | BIT(SIDE_PROT))

/*
 * Names are for anonymous memory. What mmap() maps was never written to. Who
 * grows has all that the new pages are to have; where there is no merge, what
 * neighbours differ in is of no interest.
 */
static const struct {
	enum reach_family family;
	unsigned int ranges;
	unsigned int memories;
	unsigned int middles;
	unsigned int prevs;
	unsigned int nexts;
} allowed[NR_TRIES] = {
	[TRY_MPROTECT] = { FAMILY_EXISTING, PARTS, ANY, ANY, ANY, ANY },
	[TRY_MADVISE] = { FAMILY_EXISTING, PARTS, ANY, ANY, ANY, ANY },
	[TRY_MLOCK] = { FAMILY_EXISTING, PARTS, ANY, ANY, ANY, ANY },
	[TRY_MBIND] = { FAMILY_EXISTING, PARTS, ANY, ANY, ANY, ANY },
	[TRY_PRCTL] = { FAMILY_EXISTING, PARTS, BIT(MEM_ANON) | BIT(MEM_SHM),
			ANY, ANY, ANY },
	[TRY_PART] = { FAMILY_SPLIT, PARTS, ANY, ANY, FEW, FEW },
	[TRY_MMAP] = { FAMILY_NEW, PARTS, ANY, BIT(FAULT_NONE), ANY, ANY },
	[TRY_MOVE] = { FAMILY_NEW, PARTS, ANY, ANY, ANY, ANY },
	[TRY_KEEP] = { FAMILY_NEW, PARTS, ANY, ANY, ANY, ANY },
	[TRY_BESIDE] = { FAMILY_NEW, BIT(RANGE_ALL), ANY, BIT(FAULT_NONE),
			 BIT(SIDE_SAME) | BIT(SIDE_OFFSET) | BIT(SIDE_MOVED),
			 FEW },
	[TRY_UFFD] = { FAMILY_NEW, BIT(RANGE_ALL), BIT(MEM_ANON) | BIT(MEM_SHM),
		       ANY, FEW, FEW },
	[TRY_GROW] = { FAMILY_NEW, BIT(RANGE_ALL) | BIT(RANGE_HEAD), ANY,
		       BIT(FAULT_NONE), BIT(SIDE_SAME) | BIT(SIDE_OFFSET),
		       ANY },
	[TRY_MUNMAP] = { FAMILY_UNMAP, PARTS | BIT(RANGE_ACROSS), ANY, ANY, FEW,
			 FEW },
};

static bool try_allows(const struct reach_config *c)
{
	uint8_t try = c->at[REACH_TRY];

	return allowed[try].ranges & BIT(c->at[REACH_RANGE]) &&
	       allowed[try].memories & BIT(c->at[REACH_MEMORY]) &&
	       allowed[try].middles & BIT(c->at[REACH_MIDDLE]) &&
	       allowed[try].prevs & BIT(c->at[REACH_PREV]) &&
	       allowed[try].nexts & BIT(c->at[REACH_NEXT]);
}

/* ---- what memory allows ------------------------------------------------------ */

static bool is_private(uint8_t memory)
{
	return memory == MEM_ANON || memory == MEM_FILE;
}

uint8_t reach_memory(const struct reach_config *c, uint8_t side)
{
	static const uint8_t other[NR_MEMORIES] = {
		[MEM_ANON] = MEM_FILE,
		[MEM_FILE] = MEM_ANON,
		[MEM_SHARED] = MEM_ANON,
		[MEM_SHM] = MEM_ANON,
	};
	static const uint8_t sharing[NR_MEMORIES] = {
		[MEM_ANON] = MEM_SHM,
		[MEM_FILE] = MEM_SHARED,
		[MEM_SHARED] = MEM_FILE,
		[MEM_SHM] = MEM_ANON,
	};
	uint8_t memory = c->at[REACH_MEMORY];

	if (side == SIDE_MEMORY)
		return other[memory];
	return side == SIDE_SHARED ? sharing[memory] : memory;
}

/*
 * Nothing that is shared has an anon_vma. Anonymous memory has its place as
 * offset until it is written to, and then keeps it where it is moved.
 */
static bool side_can_be(const struct reach_config *c, uint8_t side,
			uint8_t fault)
{
	uint8_t memory = reach_memory(c, side);
	bool has_file = memory == MEM_FILE || memory == MEM_SHARED;

	if (fault && (side == SIDE_ABSENT || !is_private(memory)))
		return false;
	if (side == SIDE_MOVED)
		return memory == MEM_FILE && fault;
	if (side == SIDE_INODE)
		return has_file;
	if (side == SIDE_OFFSET)
		return has_file || (memory == MEM_ANON && fault);
	return side != SIDE_NAMED || !has_file;
}

/* In more than one thing at once, what is asked first would hide the rest. */
static bool sides_go_together(uint8_t prev, uint8_t next)
{
	return prev <= SIDE_SAME || next <= SIDE_SAME || prev == next;
}

static bool order_matters(const struct reach_config *c)
{
	int nr = (c->at[REACH_MIDDLE] != 0) + (c->at[REACH_PREV_FAULT] != 0) +
		 (c->at[REACH_NEXT_FAULT] != 0);

	return nr > 1 && allowed[c->at[REACH_TRY]].family != FAMILY_NEW;
}

static bool can_be(const struct reach_config *c)
{
	/* A userfaultfd is not inherited. */
	if (c->at[REACH_TRY] == TRY_UFFD && reach_forks(c))
		return false;
	return try_allows(c) &&
	       (!c->at[REACH_MIDDLE] || is_private(c->at[REACH_MEMORY])) &&
	       side_can_be(c, c->at[REACH_PREV], c->at[REACH_PREV_FAULT]) &&
	       side_can_be(c, c->at[REACH_NEXT], c->at[REACH_NEXT_FAULT]) &&
	       sides_go_together(c->at[REACH_PREV], c->at[REACH_NEXT]) &&
	       (!c->at[REACH_ORDER] || order_matters(c));
}

/* ---- all of them ---------------------------------------------------------------- */

/* Count up, the last dimension fastest. Returns whether there is a next one. */
static bool advance(struct reach_config *c)
{
	for (int dim = NR_REACH_DIMS - 1; dim >= 0; dim--) {
		if (++c->at[dim] < dims[dim].nr)
			return true;
		c->at[dim] = 0;
	}
	return false;
}

struct reach_space reach_all(void)
{
	struct reach_space space = { 0 };
	struct reach_config c = { 0 };

	do
		if (can_be(&c))
			*xappend(space.config, space.nr) = c;
	while (advance(&c));
	return space;
}

void reach_drop(struct reach_space *space)
{
	free(space->config);
	*space = (struct reach_space){ 0 };
}

/* ---- keys ------------------------------------------------------------------------ */

const char *reach_word(const struct reach_config *c, enum reach_dim dim)
{
	return dims[dim].words[c->at[dim]];
}

const char *reach_key(const struct reach_config *c, char *key)
{
	int nr = 0;

	for (int dim = 0; dim < NR_REACH_DIMS; dim++)
		nr += snprintf(key + nr, REACH_KEY - (size_t)nr, "%s%s",
			       dim ? "." : "", reach_word(c, dim));
	return key;
}

static bool find_word(enum reach_dim dim, const char *word, size_t len,
		      uint8_t *place)
{
	for (*place = 0; *place < dims[dim].nr; ++*place)
		if (strlen(dims[dim].words[*place]) == len &&
		    !memcmp(dims[dim].words[*place], word, len))
			return true;
	return false;
}

bool reach_find(const char *key, struct reach_config *c)
{
	for (int dim = 0; dim < NR_REACH_DIMS; dim++) {
		size_t len = strcspn(key, ".");

		if (!find_word(dim, key, len, &c->at[dim]))
			return false;
		key += len;
		if (*key != (dim + 1 < NR_REACH_DIMS ? '.' : '\0'))
			return false;
		key += *key != '\0';
	}
	return can_be(c);
}

enum reach_family reach_family(const struct reach_config *c)
{
	return allowed[c->at[REACH_TRY]].family;
}

const char *const reach_family_names[NR_REACH_FAMILIES] = {
	[FAMILY_EXISTING] = "existing",
	[FAMILY_SPLIT] = "split",
	[FAMILY_NEW] = "new",
	[FAMILY_UNMAP] = "unmap",
};

bool reach_forks(const struct reach_config *c)
{
	return c->at[REACH_MIDDLE] == FAULT_FORKED ||
	       c->at[REACH_PREV_FAULT] == FAULT_FORKED ||
	       c->at[REACH_NEXT_FAULT] == FAULT_FORKED;
}
