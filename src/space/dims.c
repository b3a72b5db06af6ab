// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dimensions in one table: names, places, who has them, and what must be so
 * for a place other than the first to mean anything. Keys are written and read
 * by this table, so a new dimension is a line of it.
 */
#include <ctype.h>
#include <string.h>

#include "lib/text.h"
#include "space/internal.h"

/* How the places on a dimension are written. */
enum dim_kind {
	PLACE_WORD,   /* one of the words */
	PLACE_SET,    /* any of the words, a bit each, with "+" between */
	PLACE_NUMBER, /* digits */
};

/* A set of places is a mask of 64 bits. */
#define MAX_PLACE 63

#define MAX_WORDS 8

struct dim {
	const char *name;
	enum dim_kind kind;
	const char *words[MAX_WORDS];
	unsigned int families;
	bool (*means)(const struct config *c); /* NULL: always */
	const char *needs;		       /* in words, for errors */
};

/* ---- families ----------------------------------------------------------- */

static const char *const family_names[NR_SPACES] = {
	[SPACE_EXISTING] = "existing", [SPACE_NEW] = "new",
	[SPACE_SPLIT] = "split",       [SPACE_UNMAP] = "unmap",
	[SPACE_RELOCATE] = "relocate", [SPACE_REPLACE] = "replace",
};

const char *space_family_name(enum space_family family)
{
	return family_names[family];
}

#define EXISTING (1U << SPACE_EXISTING)
#define NEW (1U << SPACE_NEW)
#define SPLIT (1U << SPACE_SPLIT)
#define UNMAP (1U << SPACE_UNMAP)
#define RELOCATE (1U << SPACE_RELOCATE)
#define REPLACE (1U << SPACE_REPLACE)
#define MERGES (EXISTING | NEW)
/* What is between two sides, of which either may be part of what is replaced. */
#define SIDES (MERGES | REPLACE)
#define GATHERS (UNMAP | REPLACE)
#define ALL_FAMILIES ((1U << NR_SPACES) - 1)

/* ---- what must be so ---------------------------------------------------- */

bool reaches_prev(const struct config *c)
{
	return c->at[DIM_RANGE] == RANGE_ALL || c->at[DIM_RANGE] == RANGE_HEAD;
}

bool reaches_next(const struct config *c)
{
	return c->at[DIM_RANGE] == RANGE_ALL || c->at[DIM_RANGE] == RANGE_TAIL;
}

static bool prev_adjacent(const struct config *c)
{
	return c->at[DIM_PREV] == ADJACENT;
}

static bool next_adjacent(const struct config *c)
{
	return c->at[DIM_NEXT] == ADJACENT;
}

/*
 * mmap() maps what nobody faulted in. mremap() brings an anon_vma, that of the
 * VMA that it copies, or else that of the one that it makes longer.
 */
static bool anon_known(const struct config *c)
{
	return c->family != SPACE_NEW || !c->at[DIM_JUST_EXPAND];
}

static bool not_brk(const struct config *c)
{
	return !c->at[DIM_JUST_EXPAND];
}

static bool is_private(const struct config *c)
{
	return c->at[DIM_BACKED] == PRIVATE_MEMORY;
}

static bool prev_may_move(const struct config *c)
{
	return prev_adjacent(c) && is_private(c);
}

static bool next_may_move(const struct config *c)
{
	return next_adjacent(c) && is_private(c);
}

static bool has_source(const struct config *c)
{
	return c->at[DIM_COPIED] >= COPY_FAR;
}

static bool may_be_brk(const struct config *c)
{
	return !c->at[DIM_COPIED] && c->at[DIM_BACKED] == ANON_MEMORY;
}

static bool may_be_file(const struct config *c)
{
	return !c->at[DIM_JUST_EXPAND];
}

static bool several_vmas(const struct config *c)
{
	return c->at[DIM_VMAS] != VMAS_ONE;
}

static bool some_split(const struct config *c)
{
	return c->family == SPACE_SPLIT || c->at[DIM_RANGE] != RANGE_ALL;
}

/* The kernel warns if less than a whole VMA may be given up. */
static bool may_give_up(const struct config *c)
{
	return c->at[DIM_FAIL] && c->at[DIM_RANGE] == RANGE_ALL;
}

/* ---- the table ---------------------------------------------------------- */

#define ANON_WORDS                                                             \
	{                                                                      \
		"none", "A", "A-forked", "B", "B-forked"                       \
	}
#define DIFFERS_WORDS                                                          \
	{                                                                      \
		"policy", "flags", "file", "uffd", "name", "pgoff"             \
	}
#define SIDE_WORDS                                                             \
	{                                                                      \
		"absent", "apart", "adjacent"                                  \
	}
#define WHO_WORDS                                                              \
	{                                                                      \
		"prev", "asked", "next"                                        \
	}
#define NO_YES                                                                 \
	{                                                                      \
		"no", "yes"                                                    \
	}

static const struct dim dims[NR_DIMS] = {
	[DIM_RANGE] = { "range",
			PLACE_WORD,
			{ "all", "head", "tail", "inner" },
			EXISTING | GATHERS },
	[DIM_BACKED] = { "backed",
			 PLACE_WORD,
			 { "anon", "file", "private" },
			 ALL_FAMILIES & ~RELOCATE,
			 may_be_file,
			 "just_expand=no: brk() maps anonymous memory" },
	[DIM_CHANGE] = { "change",
			 PLACE_WORD,
			 { "flags", "policy", "uffd", "name" },
			 EXISTING },
	[DIM_PREV] = { "prev", PLACE_WORD, SIDE_WORDS, SIDES | RELOCATE },
	[DIM_PREV_DIFFERS] = { "prev_differs", PLACE_SET, DIFFERS_WORDS, SIDES,
			       prev_adjacent, "prev=adjacent" },
	[DIM_PREV_ANON] = { "prev_anon", PLACE_WORD, ANON_WORDS, SIDES,
			    prev_adjacent, "prev=adjacent" },
	[DIM_PREV_MOVED] = { "prev_moved", PLACE_WORD, NO_YES, MERGES,
			     prev_may_move,
			     "prev=adjacent and backed=private" },
	[DIM_PREV_CLOSE] = { "prev_close", PLACE_WORD, NO_YES, MERGES,
			     prev_adjacent, "prev=adjacent" },
	[DIM_MIDDLE_ANON] = { "middle_anon", PLACE_WORD, ANON_WORDS,
			      ALL_FAMILIES & ~REPLACE, anon_known,
			      "just_expand=no" },
	[DIM_MIDDLE_CLOSE] = { "middle_close", PLACE_WORD, NO_YES, EXISTING },
	[DIM_NEXT] = { "next", PLACE_WORD, SIDE_WORDS, SIDES },
	[DIM_NEXT_DIFFERS] = { "next_differs", PLACE_SET, DIFFERS_WORDS, SIDES,
			       next_adjacent, "next=adjacent" },
	[DIM_NEXT_ANON] = { "next_anon", PLACE_WORD, ANON_WORDS, SIDES,
			    next_adjacent, "next=adjacent" },
	[DIM_NEXT_MOVED] = { "next_moved", PLACE_WORD, NO_YES, MERGES,
			     next_may_move,
			     "next=adjacent and backed=private" },
	[DIM_NEXT_CLOSE] = { "next_close", PLACE_WORD, NO_YES, SIDES,
			     next_adjacent, "next=adjacent" },
	[DIM_SPECIAL] = { "special", PLACE_WORD, NO_YES, MERGES },
	[DIM_DIRTY] = { "dirty", PLACE_SET, WHO_WORDS, MERGES, NULL,
			"that side to be adjacent" },
	[DIM_GUARD] = { "guard", PLACE_SET, WHO_WORDS, MERGES, NULL,
			"that side to be adjacent" },
	[DIM_COPIED] = { "copied",
			 PLACE_WORD,
			 { "no", "yes", "far", "prev", "next" },
			 NEW,
			 not_brk,
			 "just_expand=no" },
	[DIM_KEEPS] = { "keeps", PLACE_WORD, NO_YES, NEW, has_source,
			"copied=far, copied=prev or copied=next" },
	[DIM_UFFD_LOST] = { "uffd_lost", PLACE_WORD, NO_YES, NEW, has_source,
			    "copied=far, copied=prev or copied=next" },
	[DIM_JUST_EXPAND] = { "just_expand", PLACE_WORD, NO_YES, NEW,
			      may_be_brk, "copied=no and backed=anon" },
	[DIM_NEW] = { "new", PLACE_WORD, { "below", "above" }, SPLIT },
	[DIM_ADDR] = { "addr",
		       PLACE_WORD,
		       { "first", "middle", "last" },
		       SPLIT },
	[DIM_POLICY] = { "policy", PLACE_WORD, NO_YES, SPLIT },
	[DIM_VMAS] = { "vmas", PLACE_WORD, { "1", "2", "3" }, GATHERS },
	[DIM_HOLES] = { "holes", PLACE_WORD, NO_YES, GATHERS, several_vmas,
			"vmas=2 or vmas=3" },
	[DIM_MAY_SPLIT] = { "may_split",
			    PLACE_WORD,
			    { "yes", "first-refuses", "last-refuses" },
			    EXISTING | SPLIT | GATHERS,
			    some_split,
			    "range=head, range=tail or range=inner" },
	[DIM_WAY] = { "way", PLACE_WORD, { "free", "blocked" }, RELOCATE },
	[DIM_OVERLAP] = { "overlap", PLACE_WORD, NO_YES, RELOCATE },
	[DIM_ROOM] = { "room",
		       PLACE_WORD,
		       { "enough", "one", "none" },
		       EXISTING | SPLIT | GATHERS,
		       some_split,
		       "range=head, range=tail or range=inner" },
	[DIM_GIVES_UP] = { "gives_up", PLACE_WORD, NO_YES, EXISTING,
			   may_give_up, "range=all and fail=1 or more" },
	[DIM_FAIL] = { "fail", PLACE_NUMBER, { NULL }, ALL_FAMILIES },
};

const char *space_dim_name(enum space_dim dim)
{
	return dims[dim].name;
}

/* For people. What is A or B is told where it is drawn. */
static const char *const whats[NR_DIMS] = {
	[DIM_RANGE] =
		"where the range lies in the VMA, or in the first and the last of them",
	[DIM_BACKED] =
		"what backs the VMAs, and with it whether the offset is one into a file",
	[DIM_CHANGE] = "which attribute the range is to have otherwise",
	[DIM_PREV] = "the VMA below the range",
	[DIM_PREV_DIFFERS] =
		"in what prev differs from what is asked for: the policy, the flags and so on, in the order in which the kernel asks",
	[DIM_PREV_ANON] =
		"prev's anon_vma, and whether its chain has more than one entry, as after fork()",
	[DIM_PREV_MOVED] =
		"prev maps a private file, and its anonymous offset does not continue that of the range",
	[DIM_PREV_CLOSE] = "prev has a close hook",
	[DIM_MIDDLE_ANON] =
		"the anon_vma of the VMA that changes, is split, unmapped, moved or copied",
	[DIM_MIDDLE_CLOSE] = "the VMA that changes has a close hook",
	[DIM_NEXT] = "the VMA above the range",
	[DIM_NEXT_DIFFERS] = "in what next differs from what is asked for",
	[DIM_NEXT_ANON] = "next's anon_vma",
	[DIM_NEXT_MOVED] = "the same of next",
	[DIM_NEXT_CLOSE] = "next has a close hook",
	[DIM_SPECIAL] = "a special flag is asked for",
	[DIM_DIRTY] = "who has VM_SOFTDIRTY",
	[DIM_GUARD] = "who has VM_MAYBE_GUARD",
	[DIM_COPIED] =
		"the range is a copy that mremap() makes: only the attempt to merge it; or all of copy_vma(), of a VMA that is far away, of prev, of next",
	[DIM_KEEPS] = "what is copied stays, as with MREMAP_DONTUNMAP",
	[DIM_UFFD_LOST] =
		"what is copied has a userfaultfd that did not ask for UFFD_FEATURE_EVENT_REMAP",
	[DIM_JUST_EXPAND] = "brk() asks, for prev alone",
	[DIM_NEW] = "which part of a split is the new VMA",
	[DIM_ADDR] = "the page at which the VMA is split",
	[DIM_POLICY] = "the VMA that is split has a policy, to be duplicated",
	[DIM_VMAS] = "how many VMAs the range touches",
	[DIM_HOLES] = "there are holes between these",
	[DIM_MAY_SPLIT] = "what the may_split hooks say",
	[DIM_WAY] = "what lies where the stack is to be",
	[DIM_OVERLAP] = "the stack's new place overlaps its old one",
	[DIM_ROOM] = "how many VMAs more vm.max_map_count allows",
	[DIM_GIVES_UP] = "the caller would rather have no merge than an error",
	[DIM_FAIL] =
		"which of the allocations fails: each that there is, in turn",
};

const char *space_dim_what(enum space_dim dim)
{
	return whats[dim];
}

bool space_dim_is_of(enum space_dim dim, enum space_family family)
{
	return dims[dim].families & 1U << family;
}

bool space_dim_is_set(enum space_dim dim)
{
	return dims[dim].kind == PLACE_SET;
}

const char *space_dim_word(enum space_dim dim, unsigned int i)
{
	return i < MAX_WORDS ? dims[dim].words[i] : NULL;
}

static unsigned int nr_words(const struct dim *d)
{
	unsigned int nr = 0;

	while (nr < MAX_WORDS && d->words[nr])
		nr++;
	return nr;
}

/* All places that there are. */
static uint64_t places(const struct dim *d)
{
	unsigned int nr = nr_words(d);

	if (d->kind == PLACE_NUMBER)
		return ~0ULL;
	if (d->kind == PLACE_SET)
		nr = 1U << nr;
	return nr > MAX_PLACE ? ~0ULL : (1ULL << nr) - 1;
}

/* ---- what can be built -------------------------------------------------- */

/* Sets of WHO_* without those whose VMA is not there. */
static uint64_t who_can(const struct config *c)
{
	unsigned int not = (prev_adjacent(c) ? 0 : WHO_PREV) |
			   (next_adjacent(c) ? 0 : WHO_NEXT);
	uint64_t can = 0;

	for (unsigned int set = 0; set < 8; set++)
		if (!(set & not ))
			can |= 1ULL << set;
	return can;
}

/* Both sides are parts of one VMA, if only one is replaced. */
static bool sides_alike(const struct config *c)
{
	return c->at[DIM_PREV_DIFFERS] == c->at[DIM_NEXT_DIFFERS] &&
	       c->at[DIM_PREV_ANON] == c->at[DIM_NEXT_ANON];
}

/*
 * Whether a dimension of what is mapped over has all of its places. What sticks
 * out of the range is adjacent, once it is split off.
 */
static bool replace_can(const struct config *c, enum space_dim dim)
{
	if (dim == DIM_PREV)
		return reaches_prev(c);
	if (dim == DIM_NEXT)
		return reaches_next(c);
	return dim != DIM_VMAS || c->at[DIM_RANGE] != RANGE_INNER ||
	       sides_alike(c);
}

/* What is copied is as the copy is to be. */
static bool prev_as_asked(const struct config *c)
{
	unsigned int who = c->at[DIM_DIRTY] ^ c->at[DIM_DIRTY] >> 1 ^
			   c->at[DIM_GUARD] ^ c->at[DIM_GUARD] >> 1;

	return prev_adjacent(c) && !c->at[DIM_PREV_DIFFERS] &&
	       !c->at[DIM_PREV_MOVED] && !c->at[DIM_PREV_CLOSE] &&
	       c->at[DIM_PREV_ANON] == c->at[DIM_MIDDLE_ANON] && !(who & 1);
}

static bool next_as_asked(const struct config *c)
{
	unsigned int who = c->at[DIM_DIRTY] ^ c->at[DIM_DIRTY] >> 1 ^
			   c->at[DIM_GUARD] ^ c->at[DIM_GUARD] >> 1;

	return next_adjacent(c) && !c->at[DIM_NEXT_DIFFERS] &&
	       !c->at[DIM_NEXT_MOVED] && !c->at[DIM_NEXT_CLOSE] &&
	       c->at[DIM_NEXT_ANON] == c->at[DIM_MIDDLE_ANON] && !(who & 2);
}

static uint64_t who_is_copied(const struct config *c)
{
	return 1U << COPY_NONE | 1U << COPY_ELSEWHERE | 1U << COPY_FAR |
	       (uint64_t)prev_as_asked(c) << COPY_PREV |
	       (uint64_t)next_as_asked(c) << COPY_NEXT;
}

uint64_t dim_can(const struct config *c, enum space_dim dim)
{
	const struct dim *d = &dims[dim];

	if (!(d->families & 1U << c->family) || (d->means && !d->means(c)))
		return 1;
	if (dim == DIM_DIRTY || dim == DIM_GUARD)
		return who_can(c);
	if (c->family == SPACE_REPLACE && !replace_can(c, dim))
		return dim == DIM_VMAS ? places(d) & ~1ULL : 1U << ADJACENT;
	if (dim == DIM_COPIED)
		return who_is_copied(c);
	/* To munmap() a file is a file. */
	if (dim == DIM_BACKED && GATHERS & 1U << c->family)
		return 1U << ANON_MEMORY | 1U << FILE_MEMORY;
	/* What is adjacent below a stack is in its way. */
	if (dim == DIM_PREV && c->family == SPACE_RELOCATE)
		return 1U << ABSENT | 1U << APART;
	if (dim == DIM_MAY_SPLIT && !several_vmas(c))
		return 1U << MAY_SPLIT_YES | 1U << FIRST_REFUSES;
	return places(d);
}

/* ---- keys: writing ------------------------------------------------------ */

/* @last is where the NUL may stand at the latest. */
static char *put(char *to, const char *last, const char *text)
{
	size_t len = strlen(text), room = (size_t)(last - to);

	if (len > room)
		len = room;
	memcpy(to, text, len);
	to[len] = '\0';
	return to + len;
}

static char *put_set(char *to, const char *last, const struct dim *d,
		     unsigned int set)
{
	const char *plus = "";

	for (unsigned int i = 0; set >> i; i++) {
		if (!(set & 1U << i))
			continue;
		to = put(put(to, last, plus), last, d->words[i]);
		plus = "+";
	}
	return to;
}

static char *put_number(char *to, const char *last, unsigned int n)
{
	char digits[2] = { (char)('0' + n % 10) };

	if (n > 9)
		to = put_number(to, last, n / 10);
	return put(to, last, digits);
}

static char *put_place(char *to, const char *last, const struct dim *d,
		       unsigned int place)
{
	if (d->kind == PLACE_NUMBER)
		return put_number(to, last, place);
	if (d->kind == PLACE_SET)
		return put_set(to, last, d, place);
	return put(to, last, d->words[place]);
}

void config_key(const struct config *c, char key[CONFIG_KEY])
{
	const char *last = &key[CONFIG_KEY - 1];
	char *to = put(key, last, family_names[c->family]);
	const char *before = ":";

	for (unsigned int i = 0; i < NR_DIMS; i++) {
		if (!c->at[i])
			continue;
		to = put(put(to, last, before), last, dims[i].name);
		to = put_place(put(to, last, "="), last, &dims[i], c->at[i]);
		before = ",";
	}
}

/* ---- keys: reading ------------------------------------------------------ */

/* A piece of a key. */
struct dim_word {
	const char *text;
	size_t len;
};

struct parser {
	const char *key;
	struct config *c;
	FILE *err;
	struct dim_word at[NR_DIMS]; /* where each dimension was given */
	bool given[NR_DIMS];
};

/* Up to any of @stops; the rest of the key begins behind it. */
static struct dim_word take(const char **rest, const char *stops)
{
	struct dim_word w = { *rest, strcspn(*rest, stops) };

	*rest += w.len;
	return w;
}

static bool word_is(struct dim_word w, const char *text)
{
	return strlen(text) == w.len && !memcmp(text, w.text, w.len);
}

/* Who writes the key may be hostile to whoever reads what we say of it. */
static void quote(FILE *err, struct dim_word w)
{
	fputc('\'', err);
	for (size_t i = 0; i < w.len && i < 40; i++)
		fputc(isprint((unsigned char)w.text[i]) ? w.text[i] : '?', err);
	fputs(w.len > 40 ? "...'" : "'", err);
}

static void error_at(const struct parser *p, struct dim_word w,
		     const char *what)
{
	fprintf(p->err, "configuration, column %zu: %s ",
		(size_t)(w.text - p->key) + 1, what);
	quote(p->err, w);
}

static void list_words(FILE *err, const struct dim *d, const char *expected)
{
	fprintf(err, ", %s %s of ", expected,
		d->kind == PLACE_SET ? "any" : "one");
	for (unsigned int i = 0; i < nr_words(d); i++)
		fprintf(err, "%s%s", i ? ", " : "", d->words[i]);
	fputs(d->kind == PLACE_SET ? ", with '+' between\n" : "\n", err);
}

#define WORD_MAX 64

/* A word as a string, cut if it is so long that it is no slip. */
static const char *word_text(struct dim_word w, char text[WORD_MAX])
{
	snprintf(text, WORD_MAX, "%.*s", (int)w.len, w.text);
	return text;
}

static bool parse_family(struct parser *p, const char **rest)
{
	struct dim_word w = take(rest, ":");
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (unsigned int i = 0; i < NR_SPACES; i++)
		if (word_is(w, family_names[i])) {
			p->c->family = i;
			return true;
		}
	for (unsigned int i = 0; i < NR_SPACES; i++)
		nearest_try(&near, family_names[i]);
	error_at(p, w, "unknown family");
	fprintf(p->err, ", %s one of", nearest_expected(&near));
	for (unsigned int i = 0; i < NR_SPACES; i++)
		fprintf(p->err, "%s %s", i ? "," : "", family_names[i]);
	fputc('\n', p->err);
	return false;
}

static int find_dim(struct parser *p, struct dim_word w)
{
	const char *comma = "";
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (int i = 0; i < NR_DIMS; i++) {
		if (!(dims[i].families & 1U << p->c->family))
			continue;
		if (word_is(w, dims[i].name))
			return i;
		nearest_try(&near, dims[i].name);
	}
	error_at(p, w, "unknown dimension");
	fprintf(p->err, " of %s, %s one of ", family_names[p->c->family],
		nearest_expected(&near));
	for (int i = 0; i < NR_DIMS; i++) {
		if (!(dims[i].families & 1U << p->c->family))
			continue;
		fprintf(p->err, "%s%s", comma, dims[i].name);
		comma = ", ";
	}
	fputc('\n', p->err);
	return -1;
}

static int find_word(struct parser *p, const struct dim *d, struct dim_word w)
{
	char text[WORD_MAX];
	struct nearest near = { .word = word_text(w, text) };

	for (unsigned int i = 0; i < nr_words(d); i++) {
		if (word_is(w, d->words[i]))
			return (int)i;
		nearest_try(&near, d->words[i]);
	}
	error_at(p, w, "unknown word");
	fprintf(p->err, " for %s", d->name);
	list_words(p->err, d, nearest_expected(&near));
	return -1;
}

static int parse_number(struct parser *p, struct dim_word w)
{
	int n = 0;
	size_t i = 0;

	while (i < w.len && isdigit((unsigned char)w.text[i]) && n <= MAX_PLACE)
		n = 10 * n + w.text[i++] - '0';
	if (w.len && i == w.len && n <= MAX_PLACE)
		return n;
	error_at(p, w, "bad number");
	fprintf(p->err, ", expected 0 to %d\n", MAX_PLACE);
	return -1;
}

static int parse_set(struct parser *p, const struct dim *d, struct dim_word w)
{
	const char *rest = w.text;
	int set = 0;

	for (;;) {
		struct dim_word one = take(&rest, "+,");
		int i = find_word(p, d, one);

		if (i < 0)
			return -1;
		if (set & 1 << i) {
			error_at(p, one, "twice in a set:");
			fputs(", expected each word once\n", p->err);
			return -1;
		}
		set |= 1 << i;
		if (*rest != '+')
			return set;
		rest++;
	}
}

static bool parse_place(struct parser *p, int dim, struct dim_word w)
{
	const struct dim *d = &dims[dim];
	int place;

	if (d->kind == PLACE_NUMBER)
		place = parse_number(p, w);
	else if (d->kind == PLACE_SET)
		place = parse_set(p, d, w);
	else
		place = find_word(p, d, w);
	if (place < 0)
		return false;
	p->c->at[dim] = (uint8_t)place;
	p->at[dim] = w;
	p->given[dim] = true;
	return true;
}

static bool parse_dim(struct parser *p, const char **rest)
{
	struct dim_word name = take(rest, "=,");
	int dim = find_dim(p, name);

	if (dim < 0)
		return false;
	if (p->given[dim]) {
		error_at(p, name, "given twice:");
		fputs(", expected it once\n", p->err);
		return false;
	}
	if (**rest != '=') {
		error_at(p, name, "nothing said of");
		fputs(", expected '=' and a value\n", p->err);
		return false;
	}
	++*rest;
	return parse_place(p, dim, take(rest, ","));
}

/* All is known now: whether it goes together. */
static bool check(const struct parser *p)
{
	for (unsigned int i = 0; i < NR_DIMS; i++) {
		const struct dim *d = &dims[i];

		if (dim_can(p->c, i) & 1ULL << p->c->at[i])
			continue;
		error_at(p, p->at[i], d->name);
		if (d->needs && (!d->means || !d->means(p->c)))
			fprintf(p->err,
				" means nothing as the rest is, expected %s\n",
				d->needs);
		else
			fputs(" cannot be as the rest is, expected another\n",
			      p->err);
		return false;
	}
	return true;
}

bool config_parse(const char *key, struct config *c, FILE *err)
{
	struct parser p = { .key = key, .c = c, .err = err };
	const char *rest = key;

	*c = (struct config){ 0 };
	if (!parse_family(&p, &rest))
		return false;
	while (*rest) {
		rest++;
		if (!parse_dim(&p, &rest))
			return false;
	}
	return check(&p);
}
