// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models for SPIN: a case as a writer, beside a concurrent reader.
 *
 * A file a case and surrounding. All of a file but the names, the layout and
 * the writer's steps is the same everywhere, and is below as it is printed. It
 * follows the reader's algorithm step by step, each step one transition.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"

enum {
	WIDTH_MAX =
		4, /* pages of an unrelated VMA, and of the hole beside it */
	PICTURE_INDENT = 8,
};

/* clang-format off: the model keeps its own lines */

/* ---- the model: locks, VMAs, the tree ------------------------------------ */

static const char text_space[] =
	"/* ---- the address space ------------------------------------ */\n"
	"\n"
	"/*\n"
	" * The mmap lock. Each lock and unlock of a writer counts the\n"
	" * sequence up, so it is odd while there is a writer in.\n"
	" */\n"
	"byte mm_seq;\n"
	"byte mmap_readers;\n"
	"\n"
	"#define writer_in (mm_seq % 2 == 1)\n"
	"\n"
	"/* A VMA is write-locked while its stamp is the odd sequence. */\n"
	"mtype:page vm_start[NR_VMAS], vm_end[NR_VMAS];\n"
	"bool attached[NR_VMAS];\n"
	"byte vma_readers[NR_VMAS];\n"
	"byte stamp[NR_VMAS];\n"
	"\n"
	"#define write_locked(v) (writer_in && stamp[v] == mm_seq)\n"
	"\n"
	"/*\n"
	" * The maple tree. tree[p] is the entry of the stretch from p to the\n"
	" * next of the pages above. A slot is a run of stretches with the\n"
	" * same entry; slots are numbered by address, empty ones included.\n"
	" * node_age counts how often the node was replaced.\n"
	" */\n"
	"mtype:vma tree[NR_PAGES];\n"
	"byte node_age;\n"
	"\n"
	"/* Scratch within a single step, and so no part of the state. */\n"
	"hidden byte i, j, nr;\n"
	"\n"
	"/* Set nr to the number of the slot that page p is in. */\n"
	"inline slot_of(p)\n"
	"{\n"
	"	i = P0;\n"
	"	nr = 0;\n"
	"	do\n"
	"	:: i < p ->\n"
	"		nr = nr + (tree[i] != tree[i + 1]);\n"
	"		i++\n"
	"	:: else -> break\n"
	"	od\n"
	"}\n"
	"\n";

/* ---- the model: what a writer can do ------------------------------------- */

static const char text_locks[] =
	"/* ---- the steps of a writer -------------------------------- */\n"
	"\n"
	"inline mmap_write_lock()\n"
	"{\n"
	"	mmap_readers == 0 && !writer_in;\n"
	"	mm_seq++\n"
	"}\n"
	"\n"
	"/* The new sequence ends all VMA write locks. */\n"
	"inline mmap_write_unlock()\n"
	"{\n"
	"	mm_seq++\n"
	"}\n"
	"\n"
	"inline mmap_write_downgrade()\n"
	"{\n"
	"	mm_seq++;\n"
	"	mmap_readers++\n"
	"}\n"
	"\n"
	"inline mmap_read_unlock()\n"
	"{\n"
	"	mmap_readers--\n"
	"}\n"
	"\n"
	"inline vma_write_lock(v)\n"
	"{\n"
	"	vma_readers[v] == 0;\n"
	"	stamp[v] = mm_seq\n"
	"}\n"
	"\n"
	"/* Nothing is known of it yet, and no reader can find it. */\n"
	"inline allocate(v)\n"
	"{\n"
	"	attached[v] = false\n"
	"}\n"
	"\n"
	"inline duplicate(v, old)\n"
	"{\n"
	"	vm_start[v] = vm_start[old];\n"
	"	vm_end[v] = vm_end[old];\n"
	"	attached[v] = false\n"
	"}\n"
	"\n";

static const char text_vma_steps[] =
	"inline set_range(v, start, end)\n"
	"{\n"
	"	assert(vma_readers[v] == 0);\n"
	"	vm_start[v] = start;\n"
	"	vm_end[v] = end\n"
	"}\n"
	"\n"
	"inline detach(v)\n"
	"{\n"
	"	assert(vma_readers[v] == 0);\n"
	"	attached[v] = false\n"
	"}\n"
	"\n"
	"inline attach(v)\n"
	"{\n"
	"	attached[v] = true\n"
	"}\n"
	"\n"
	"/* It stays detached: who still finds it must not take it. */\n"
	"inline free(v)\n"
	"{\n"
	"	assert(vma_readers[v] == 0 && !attached[v])\n"
	"}\n"
	"\n";

static const char text_store[] =
	"/* What stretch p holds once v is stored over [start, end). */\n"
	"#define stored(p, v, start, end) \\\n"
	"	(start <= (p) && (p) < end -> v : tree[p])\n"
	"\n"
	"/* Count the borders of slots that a store takes away and brings. */\n"
	"inline count_borders(v, start, end)\n"
	"{\n"
	"	borders_gone = 0;\n"
	"	borders_come = 0;\n"
	"	i = P0 + 1;\n"
	"	do\n"
	"	:: i < PEND ->\n"
	"		j = tree[i - 1] != tree[i];\n"
	"		nr = stored(i - 1, v, start, end) !=\n"
	"		     stored(i, v, start, end);\n"
	"		borders_gone = borders_gone + (j && !nr);\n"
	"		borders_come = borders_come + (nr && !j);\n"
	"		i++\n"
	"	:: else -> break\n"
	"	od\n"
	"}\n"
	"\n"
	"inline put(v, start, end)\n"
	"{\n"
	"	i = start;\n"
	"	do\n"
	"	:: i < end ->\n"
	"		tree[i] = v;\n"
	"		i++\n"
	"	:: else -> break\n"
	"	od;\n"
	"	attached[v] = v != NOTHING\n"
	"}\n"
	"\n"
	"/*\n"
	" * No border changes if the store is over exactly one slot: this is\n"
	" * in place. One goes and one comes if it moves the border between\n"
	" * two neighbouring slots: in place if they share a leaf, which\n"
	" * depends on the rest of the address space, so both are tried. All\n"
	" * else replaces the node. The d_step that stores is the step: what\n"
	" * comes before it looks only at what nobody else changes.\n"
	" */\n"
	"inline store(v, start, end)\n"
	"{\n"
	"	d_step {\n"
	"		count_borders(v, start, end)\n"
	"	}\n"
	"	if\n"
	"	:: borders_gone == borders_come && borders_gone <= 1 ->\n"
	"		d_step {\n"
	"			put(v, start, end);\n"
	"			tell(\"writer: store in place\\n\")\n"
	"		}\n"
	"	:: borders_gone > 0 || borders_come > 0 ->\n"
	"		d_step {\n"
	"			put(v, start, end);\n"
	"			node_age++;\n"
	"			tell(\"writer: store in a new node\\n\")\n"
	"		}\n"
	"	fi\n"
	"}\n"
	"\n";

/* ---- the model: the reader ----------------------------------------------- */

static const char text_iterator[] =
	"/* ---- the iterator: its variables are in read_maps() ------- */\n"
	"\n"
	"inline iter_set(address)\n"
	"{\n"
	"	d_step {\n"
	"		it_at_slot = false;\n"
	"		it_slot = 0;\n"
	"		it_age = 0;\n"
	"		it_page = address\n"
	"	}\n"
	"}\n"
	"\n"
	"/*\n"
	" * Set to an address: the first slot in use from there. At a slot:\n"
	" * the next one in use, by number. If the node was replaced since,\n"
	" * walk again to the slot that now holds the remembered last page,\n"
	" * and go on to what comes after that one.\n"
	" */\n"
	"inline iter_next(found)\n"
	"{\n"
	"	d_step {\n"
	"		if\n"
	"		:: it_at_slot && it_age == node_age -> nr = it_slot\n"
	"		:: else -> slot_of(it_page)\n"
	"		fi;\n"
	"		/* From slot j on; nr is the slot of stretch i. */\n"
	"		j = nr + it_at_slot;\n"
	"		i = P0;\n"
	"		nr = 0;\n"
	"		do\n"
	"		:: i < PEND && (nr < j || tree[i] == NOTHING) ->\n"
	"			nr = nr + (tree[i] != tree[i + 1]);\n"
	"			i++\n"
	"		:: else -> break\n"
	"		od;\n"
	"		found = tree[i];\n"
	"		/* On to the last page of the slot. */\n"
	"		do\n"
	"		:: i < PEND && tree[i] == tree[i + 1] -> i++\n"
	"		:: else -> break\n"
	"		od;\n"
	"		it_at_slot = true;\n"
	"		it_slot = nr;\n"
	"		it_age = node_age;\n"
	"		it_page = i;\n"
	"		tell(\"reader: look up: %e\\n\", found)\n"
	"	}\n"
	"}\n"
	"\n";

static const char text_reader_steps[] =
	"/* ---- the steps of a reader -------------------------------- */\n"
	"\n"
	"mtype:reader = { PROCMAP_QUERY, MMAP_LOCK, UNVERIFIED, UPSTREAM };\n"
	"mtype:reader reader;\n"
	"\n"
	"/* The observation. */\n"
	"byte nr_seen;\n"
	"mtype:vma seen[NR_PAGES];\n"
	"mtype:page seen_start[NR_PAGES], seen_end[NR_PAGES];\n"
	"\n"
	"/* What happened on the way. */\n"
	"bool retry, rewalk, fallback;\n"
	"\n"
	"inline report(v)\n"
	"{\n"
	"	d_step {\n"
	"		seen[nr_seen] = v;\n"
	"		seen_start[nr_seen] = vm_start[v];\n"
	"		seen_end[nr_seen] = vm_end[v];\n"
	"		nr_seen++;\n"
	"		from = vm_end[v];\n"
	"		tell(\"reader: report [%e, %e) %e\\n\",\n"
	"		       vm_start[v], vm_end[v], v)\n"
	"	}\n"
	"}\n"
	"\n"
	"inline mmap_read_lock()\n"
	"{\n"
	"	d_step {\n"
	"		!writer_in;\n"
	"		mmap_readers++;\n"
	"		tell(\"reader: read-lock mmap\\n\")\n"
	"	}\n"
	"}\n"
	"\n"
	"inline vma_read_lock(v)\n"
	"{\n"
	"	d_step {\n"
	"		if\n"
	"		:: write_locked(v) -> result = BUSY\n"
	"		:: !write_locked(v) && !attached[v] ->\n"
	"			result = DETACHED\n"
	"		:: else ->\n"
	"			vma_readers[v]++;\n"
	"			result = LOCKED\n"
	"		fi;\n"
	"		tell(\"reader: read-lock %e: %e\\n\", v, result)\n"
	"	}\n"
	"}\n"
	"\n"
	"inline vma_read_unlock(v)\n"
	"{\n"
	"	d_step {\n"
	"		if\n"
	"		:: v != NOTHING ->\n"
	"			vma_readers[v]--;\n"
	"			tell(\"reader: unlock %e\\n\", v);\n"
	"			v = NOTHING\n"
	"		:: else\n"
	"		fi\n"
	"	}\n"
	"}\n"
	"\n";

static const char text_reader[] =
	"mtype:lock = { BUSY, DETACHED, LOCKED };\n"
	"\n"
	"proctype read_maps()\n"
	"{\n"
	"	mtype:page from = P0;	/* the position */\n"
	"	mtype:vma vma;		/* what was looked up */\n"
	"	mtype:vma held;		/* what is read-locked */\n"
	"	mtype:lock result;\n"
	"	byte sampled;\n"
	"	bool stopped;\n"
	"\n"
	"	/*\n"
	"	 * The iterator: set to the address it_page, or at a slot:\n"
	"	 * number it_slot in the node of age it_age, whose last page\n"
	"	 * was in the stretch at it_page when it was read.\n"
	"	 */\n"
	"	bool it_at_slot;\n"
	"	byte it_slot, it_age;\n"
	"	mtype:page it_page = P0;\n"
	"\n"
	"	if\n"
	"	:: reader == MMAP_LOCK -> goto all_at_once\n"
	"	:: else\n"
	"	fi;\n"
	"	iter_set(from);\n"
	"\n"
	"unlock:\n"
	"	/* 1. Unlock the last VMA. After a stop, begin anew. */\n"
	"	vma_read_unlock(held);\n"
	"	if\n"
	"	:: stopped -> iter_set(from)\n"
	"	:: else\n"
	"	fi;\n"
	"\n"
	"sample:\n"
	"	/* 2. Sample the lock sequence of the mm. */\n"
	"	sampled = mm_seq;\n"
	"	tell(\"reader: sample %d\\n\", sampled);\n"
	"\n"
	"	/* 3. Look up what comes next. */\n"
	"	iter_next(vma);\n"
	"	if\n"
	"	:: vma == NOTHING -> goto done\n"
	"	:: else\n"
	"	fi;\n"
	"\n"
	"	/* 4. Lock it. */\n"
	"	vma_read_lock(vma);\n"
	"	if\n"
	"	:: result == BUSY -> goto fall_back\n"
	"	:: result == DETACHED ->\n"
	"		retry = true;\n"
	"		iter_set(from);\n"
	"		goto sample\n"
	"	:: result == LOCKED -> held = vma\n"
	"	fi;\n"
	"\n"
	"	/* 5a. Is it behind the position? */\n"
	"	if\n"
	"	:: from >= vm_end[held] -> goto fall_back\n"
	"	:: else\n"
	"	fi;\n"
	"\n"
	"	/* 5b. Is it ahead, and may something have changed? */\n"
	"	if\n"
	"	:: reader != UNVERIFIED && from < vm_start[held] &&\n"
	"	   (sampled % 2 == 1 || sampled != mm_seq) ->\n"
	"		rewalk = true;\n"
	"		iter_set(from);\n"
	"		iter_next(vma);\n"
	"		if\n"
	"		:: vma != held -> goto fall_back\n"
	"		:: else\n"
	"		fi\n"
	"	:: else\n"
	"	fi;\n"
	"\n"
	"reports:\n"
	"	/* 6. Report it. The buffer may be full, the query done. */\n"
	"	report(held);\n"
	"	if\n"
	"	:: reader != PROCMAP_QUERY -> stopped = false\n"
	"	:: stopped = true\n"
	"	fi;\n"
	"	goto unlock;\n"
	"\n";

static const char text_fallback[] =
	"fall_back:\n"
	"	/* Find it again under the mmap lock. */\n"
	"	fallback = true;\n"
	"	vma_read_unlock(held);\n"
	"	mmap_read_lock();\n"
	"	iter_set(from);\n"
	"	iter_next(vma);\n"
	"	if\n"
	"	:: vma == NOTHING ->\n"
	"		mmap_read_unlock();\n"
	"		goto done\n"
	"	:: else\n"
	"	fi;\n"
	"	vma_read_lock(vma);\n"
	"	assert(result == LOCKED);\n"
	"	held = vma;\n"
	"	mmap_read_unlock();\n"
	"	iter_set(vm_end[held]);\n"
	"	goto reports;\n"
	"\n"
	"all_at_once:\n"
	"	/* As before 6.17: all under the mmap lock, no stop. */\n"
	"	mmap_read_lock();\n"
	"	iter_set(from);\n"
	"	do\n"
	"	:: iter_next(vma);\n"
	"	   if\n"
	"	   :: vma == NOTHING -> break\n"
	"	   :: else -> report(vma)\n"
	"	   fi\n"
	"	od;\n"
	"	mmap_read_unlock();\n"
	"\n"
	"done:\n"
	"	tell(\"reader: end\\n\")\n"
	"}\n"
	"\n";

/* ---- the model: what is judged ------------------------------------------- */

static const char text_judge[] =
	"/* ---- what is judged --------------------------------------- */\n"
	"\n"
	"bool gap, overlap, twice[NR_VMAS];\n"
	"\n"
	"/* Pages mapped before and after must be seen, and just once. */\n"
	"inline judge_pages()\n"
	"{\n"
	"	i = P0;\n"
	"	do\n"
	"	:: i < PEND ->\n"
	"		nr = 0;\n"
	"		j = 0;\n"
	"		do\n"
	"		:: j < nr_seen ->\n"
	"			nr = nr + (seen_start[j] <= i &&\n"
	"				   i < seen_end[j]);\n"
	"			j++\n"
	"		:: else -> break\n"
	"		od;\n"
	"		gap = gap || (nr == 0 && was_mapped(i) &&\n"
	"			      tree[i] != NOTHING);\n"
	"		overlap = overlap || nr > 1;\n"
	"		i++\n"
	"	:: else -> break\n"
	"	od\n"
	"}\n"
	"\n"
	"inline judge_vmas()\n"
	"{\n"
	"	i = 0;\n"
	"	do\n"
	"	:: i < nr_seen ->\n"
	"		j = 0;\n"
	"		do\n"
	"		:: j < i && seen[j] == seen[i] ->\n"
	"			twice[seen[i]] = true;\n"
	"			j++\n"
	"		:: j < i && seen[j] != seen[i] -> j++\n"
	"		:: else -> break\n"
	"		od;\n"
	"		i++\n"
	"	:: else -> break\n"
	"	od\n"
	"}\n"
	"\n";

static const char text_checks[] = "inline judge()\n"
				  "{\n"
				  "	d_step {\n"
				  "		judge_pages();\n"
				  "		judge_vmas()\n"
				  "	}\n"
				  "#ifdef CHECK_GAP\n"
				  "	assert(!gap);\n"
				  "#endif\n"
				  "#ifdef CHECK_OVERLAP\n"
				  "	assert(!overlap);\n"
				  "#endif\n"
				  "#ifdef CHECK_TWICE\n"
				  "	assert(!twice[CHECK_TWICE]);\n"
				  "#endif\n"
				  "#ifdef CHECK_RETRY\n"
				  "	assert(!retry);\n"
				  "#endif\n"
				  "#ifdef CHECK_REWALK\n"
				  "	assert(!rewalk);\n"
				  "#endif\n"
				  "#ifdef CHECK_FALLBACK\n"
				  "	assert(!fallback);\n"
				  "#endif\n"
				  "#ifdef OBSERVE\n"
				  "	print_observation()\n"
				  "#endif\n"
				  "}\n"
				  "\n";

static const char text_print[] =
	"#ifdef OBSERVE\n"
	"/*\n"
	" * Names by their numbers, which are in the declarations above. SPIN\n"
	" * does not take printf() for a use, and leaves what is not used out\n"
	" * of the state: so what is printed is copied first.\n"
	" */\n"
	"inline print_number(n)\n"
	"{\n"
	"	nr = n;\n"
	"	printf(\" %d\", nr)\n"
	"}\n"
	"\n"
	"inline print_observation()\n"
	"{\n"
	"	d_step {\n"
	"		printf(\"observed\");\n"
	"		print_number(reader);\n"
	"		print_number(left_side);\n"
	"		print_number(right_side);\n"
	"		print_number(gap);\n"
	"		print_number(overlap);\n"
	"		print_number(retry);\n"
	"		print_number(rewalk);\n"
	"		print_number(fallback);\n"
	"		i = 0;\n"
	"		do\n"
	"		:: i < nr_seen ->\n"
	"			print_number(seen[i]);\n"
	"			print_number(seen_start[i]);\n"
	"			print_number(seen_end[i]);\n"
	"			print_number(twice[seen[i]]);\n"
	"			i++\n"
	"		:: else -> break\n"
	"		od;\n"
	"		printf(\"\\n\")\n"
	"	}\n"
	"}\n"
	"#endif\n"
	"\n";

/* ---- the model: its heading, its start ----------------------------------- */

static const char text_usage[] =
	" *\n"
	" * A writer does this while a reader reads /proc/PID/maps.\n"
	" *\n"
	" *	spin -a -DREADER=UPSTREAM -DCHECK_GAP FILE\n"
	" *	gcc -DSAFETY -DNOREDUCE -DREACH -o pan pan.c && ./pan -i\n"
	" *	spin -t -DREADER=UPSTREAM -DCHECK_GAP FILE\n"
	" *\n"
	" * asks whether the reader can miss a page that is always mapped,\n"
	" * and tells the shortest way there. READER may be UPSTREAM,\n"
	" * UNVERIFIED, MMAP_LOCK, or PROCMAP_QUERY. Instead of CHECK_GAP\n"
	" * there may be CHECK_OVERLAP, CHECK_TWICE=(a VMA), CHECK_RETRY,\n"
	" * CHECK_REWALK, or CHECK_FALLBACK.\n"
	" *\n"
	" * With ALL, each reader runs in each surrounding. With OBSERVE, a\n"
	" * pan made with -DPRINTF prints all that can be observed.\n"
	" *\n"
	" * Written by \"vmatlas emit promela\"; not to be edited.\n"
	" */\n"
	"\n";

static const char text_tell[] =
	"/* What happens, told to people. A step is one transition. */\n"
	"#ifdef OBSERVE\n"
	"#define tell(...) skip\n"
	"#define step(s) d_step { s }\n"
	"#else\n"
	"#define tell(...) printf(__VA_ARGS__)\n"
	"#define step(s) d_step { s; tell(quote(writer: s\\n)) }\n"
	"#define quote(...) #__VA_ARGS__\n"
	"#endif\n"
	"\n";

static const char text_sides[] =
	"/* ---- the start -------------------------------------------- */\n"
	"\n"
	"mtype:side = { ADJACENT, HOLE, NONE };\n"
	"mtype:side left_side, right_side;\n"
	"\n";

static const char text_place[] = "inline place(v, start, end)\n"
				 "{\n"
				 "	vm_start[v] = start;\n"
				 "	vm_end[v] = end;\n"
				 "	put(v, start, end)\n"
				 "}\n"
				 "\n";

static const char text_choose[] = "init {\n"
				  "	if\n"
				  "	:: reader = READER\n"
				  "#ifdef ALL\n"
				  "	:: reader = UPSTREAM\n"
				  "	:: reader = UNVERIFIED\n"
				  "	:: reader = MMAP_LOCK\n"
				  "	:: reader = PROCMAP_QUERY\n"
				  "#endif\n"
				  "	fi;\n";

static const char text_run[] =
	"	atomic {\n"
	"		run change();\n"
	"		run read_maps()\n"
	"	}\n"
	"	_nr_pr == 1;	/* when both are done: */\n"
	"	judge()\n"
	"}\n";

/* clang-format on */

/* ---- tables and types ---------------------------------------------------- */

/* Upper-case words of the model that no VMA may be called by. */
static const char *const reserved[] = {
	"ADJACENT",	 "ALL",		  "BUSY",	 "CHECK_FALLBACK",
	"CHECK_GAP",	 "CHECK_OVERLAP", "CHECK_RETRY", "CHECK_REWALK",
	"CHECK_TWICE",	 "DETACHED",	  "HOLE",	 "LEFT_SIDE",
	"LOCKED",	 "MMAP_LOCK",	  "NONE",	 "NOTHING",
	"NR_PAGES",	 "NR_VMAS",	  "OBSERVE",	 "PEND",
	"PROCMAP_QUERY", "READER",	  "RIGHT_SIDE",	 "UNVERIFIED",
	"UPSTREAM",
};

/* @name is as the catalogue has it, @symbol as the model does. */
struct model_vma {
	vma_id id; /* 0 for the unrelated ones */
	char *name;
	char *symbol;
};

enum beside { BESIDE_NONE, BESIDE_HOLE, BESIDE_ADJACENT, NR_BESIDE };

/* What may be beside the case. */
static const struct {
	const char *name;
	const char *symbol;
	const char *what;
} sides[NR_BESIDE] = {
	[BESIDE_NONE] = { "none", "NONE", "nothing" },
	[BESIDE_HOLE] = { "hole", "HOLE", "a hole, and then an unrelated VMA" },
	[BESIDE_ADJACENT] = { "adjacent", "ADJACENT", "an unrelated VMA" },
};

/* The unrelated VMA on one side. */
struct neighbour {
	const struct model_vma *vma;
	unsigned long start[NR_BESIDE];
	unsigned long end[NR_BESIDE]; /* 0: there is no room for it */
};

/*
 * @vmas: in the order of their ids, then the two unrelated ones
 * @pages: each page where something begins or ends, in order
 * @start: first page of the case, the proposed range included
 * @end: one past its last
 */
struct model {
	const struct report *r;
	struct model_vma *vmas;
	size_t nr_vmas;
	unsigned long *pages;
	size_t nr_pages;
	unsigned long start;
	unsigned long end;
	struct neighbour left;
	struct neighbour right;
};

static void *must(void *p)
{
	if (!p) {
		fputs("vmatlas: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* ---- names --------------------------------------------------------------- */

static bool name_taken(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (!strcmp(m->vmas[i].name, name))
			return true;
	return false;
}

static bool is_reserved(const char *symbol)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(reserved[i], symbol))
			return true;
	/* What pages are called. */
	return symbol[0] == 'P' && symbol[1] &&
	       !symbol[1 + strspn(symbol + 1, "0123456789")];
}

/* In upper case nothing is a keyword; a lower-case letter keeps it unique. */
static char *symbol_of(const char *name)
{
	char *symbol = must(calloc(1, strlen(name) + 2));
	size_t len = 0;

	for (; name[len]; len++)
		symbol[len] = toupper((unsigned char)name[len]);
	if (is_reserved(symbol))
		symbol[len] = 'v';
	return symbol;
}

static void add_vma(struct model *m, vma_id id, const char *name)
{
	m->vmas[m->nr_vmas] = (struct model_vma){
		.id = id,
		.name = must(strdup(name)),
		.symbol = symbol_of(name),
	};
	m->nr_vmas++;
}

/* A case may have a VMA that is called left or right itself. */
static void add_unrelated(struct model *m, const char *name)
{
	char *free_name = must(calloc(1, strlen(name) + m->nr_vmas + 1));

	strcpy(free_name, name);
	while (name_taken(m, free_name))
		strcat(free_name, "_");
	add_vma(m, 0, free_name);
	free(free_name);
}

static const char *symbol(const struct model *m, vma_id id)
{
	if (!id)
		return "NOTHING";
	for (size_t i = 0; i < m->nr_vmas; i++)
		if (m->vmas[i].id == id)
			return m->vmas[i].symbol;
	abort();
}

/* ---- what the model is made of ------------------------------------------- */

static void stretch_to(struct model *m, unsigned long start, unsigned long end)
{
	if (start >= end)
		return;
	if (start < m->start)
		m->start = start;
	if (end > m->end)
		m->end = end;
}

/* From the first page that the case is about to the last. */
static void find_extent(struct model *m)
{
	const struct layout *before = report_before(m->r);
	const struct op *op = &m->r->c->op;

	m->start = MM_END;
	m->end = 0;
	for (size_t i = 0; i < before->nr_vmas; i++)
		stretch_to(m, before->vmas[i].s.vm_start,
			   before->vmas[i].s.vm_end);
	if (op->kind != OP_SPLIT && op->end <= MM_END)
		stretch_to(m, op->start, op->end);
	if (m->start > m->end)
		m->start = m->end = MM_END / 2;
}

/* As wide as there is room for, the last page of the space staying empty. */
static unsigned long width(unsigned long room)
{
	unsigned long half = room ? (room - 1) / 2 : 0;

	return half < WIDTH_MAX ? half : WIDTH_MAX;
}

static void place_neighbours(struct model *m)
{
	unsigned long w = width(m->start);

	if (w) {
		m->left.start[BESIDE_HOLE] = m->start - 2 * w;
		m->left.end[BESIDE_HOLE] = m->start - w;
		m->left.start[BESIDE_ADJACENT] = m->start - w;
		m->left.end[BESIDE_ADJACENT] = m->start;
	}
	w = width(MM_END - m->end);
	if (w) {
		m->right.start[BESIDE_HOLE] = m->end + w;
		m->right.end[BESIDE_HOLE] = m->end + 2 * w;
		m->right.start[BESIDE_ADJACENT] = m->end;
		m->right.end[BESIDE_ADJACENT] = m->end + w;
	}
}

static void add_page(struct model *m, unsigned long page)
{
	size_t at = m->nr_pages;

	for (size_t i = 0; i < m->nr_pages; i++)
		if (m->pages[i] == page)
			return;
	m->pages = must(reallocarray(m->pages, at + 1, sizeof(*m->pages)));
	for (; at && m->pages[at - 1] > page; at--)
		m->pages[at] = m->pages[at - 1];
	m->pages[at] = page;
	m->nr_pages++;
}

static void add_neighbour_pages(struct model *m, const struct neighbour *n)
{
	for (size_t i = 0; i < NR_BESIDE; i++) {
		add_page(m, n->start[i]);
		add_page(m, n->end[i]);
	}
}

static void add_layout_pages(struct model *m, const struct layout *lay)
{
	for (size_t i = 0; i < lay->nr_vmas; i++) {
		add_page(m, lay->vmas[i].s.vm_start);
		add_page(m, lay->vmas[i].s.vm_end);
	}
	for (size_t i = 0; i < lay->nr_slots; i++) {
		add_page(m, lay->slots[i].start);
		add_page(m, lay->slots[i].end);
	}
}

static void add_pages(struct model *m)
{
	add_page(m, 0);
	add_page(m, MM_END);
	add_neighbour_pages(m, &m->left);
	add_neighbour_pages(m, &m->right);
	for (size_t i = 0; i <= m->r->nr_trace; i++)
		add_layout_pages(m, m->r->states[i]);
}

static void add_vmas(struct model *m)
{
	const struct layout *after = report_after(m->r);

	m->vmas = must(calloc(after->nr_vmas + 2, sizeof(*m->vmas)));
	for (size_t i = 0; i < after->nr_vmas; i++)
		add_vma(m, after->vmas[i].s.id,
			report_name(m->r, after->vmas[i].s.id));
	add_unrelated(m, "left");
	add_unrelated(m, "right");
	m->left.vma = &m->vmas[m->nr_vmas - 2];
	m->right.vma = &m->vmas[m->nr_vmas - 1];
}

static void model_init(struct model *m, const struct report *r)
{
	*m = (struct model){ .r = r };
	find_extent(m);
	place_neighbours(m);
	add_vmas(m);
	add_pages(m);
}

static void model_drop(struct model *m)
{
	for (size_t i = 0; i < m->nr_vmas; i++) {
		free(m->vmas[i].name);
		free(m->vmas[i].symbol);
	}
	free(m->vmas);
	free(m->pages);
}

/* ---- the heading --------------------------------------------------------- */

/* Text of the catalogue, which must neither end nor begin a comment. */
static void print_comment(FILE *out, const char *text)
{
	for (char last = ' '; *text; last = *text++) {
		if ((last == '*' && *text == '/') ||
		    (last == '/' && *text == '*'))
			fputc(' ', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

/* The picture, as lines of a comment. */
static void print_picture(FILE *out, const struct report *r)
{
	char *text, *save = NULL;
	size_t size;
	FILE *mem = must(open_memstream(&text, &size));

	picture_print(mem, r, PICTURE_INDENT);
	fclose(mem);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		fprintf(out, " * %s\n", line);
	free(text);
}

static void print_heading(FILE *out, const struct model *m, enum beside left,
			  enum beside right)
{
	fputs("/* SPDX-License-Identifier: GPL-2.0-only */\n/*\n", out);
	fprintf(out, " * %s: ", m->r->c->id);
	print_comment(out, m->r->c->title.text);
	fprintf(out, "\n * By the rules of Linux %s.\n", m->r->rules->version);
	fprintf(out, " * On its left: %s.\n", sides[left].what);
	fprintf(out, " * On its right: %s.\n *\n", sides[right].what);
	print_picture(out, m->r);
	fputs(text_usage, out);
	fprintf(out,
		"#ifndef LEFT_SIDE\n#define LEFT_SIDE %s\n#endif\n"
		"#ifndef RIGHT_SIDE\n#define RIGHT_SIDE %s\n#endif\n"
		"#ifndef READER\n#define READER UPSTREAM\n#endif\n\n",
		sides[left].symbol, sides[right].symbol);
}

/* ---- the declarations ---------------------------------------------------- */

static void print_page(FILE *out, unsigned long page)
{
	if (page == MM_END)
		fputs("PEND", out);
	else
		fprintf(out, "P%lu", page);
}

/* SPIN numbers from the last to the first, which is 1. */
static void print_pages(FILE *out, const struct model *m)
{
	fputs("/*\n * Pn is page n. Only pages where something begins or ends "
	      "matter; they\n * are numbered in order, from the last below to "
	      "the first.\n */\nmtype:page = {\n	",
	      out);
	for (size_t i = m->nr_pages; i; i--) {
		print_page(out, m->pages[i - 1]);
		fputs(i > 1 ? ", " : "\n};\n", out);
	}
	fprintf(out, "#define NR_PAGES %zu\n\n", m->nr_pages + 1);
}

static void print_vmas(FILE *out, const struct model *m)
{
	fputs("mtype:vma = {\n	", out);
	for (size_t i = m->nr_vmas; i; i--)
		fprintf(out, "%s%s", m->vmas[i - 1].symbol,
			i > 1 ? ", " : "\n};\n");
	fprintf(out, "#define NOTHING 0\n#define NR_VMAS %zu\n\n",
		m->nr_vmas + 1);
}

static void print_declarations(FILE *out, const struct model *m)
{
	fputs(text_tell, out);
	print_pages(out, m);
	print_vmas(out, m);
}

/* ---- the writer ---------------------------------------------------------- */

/* What follows the name of a step. */
enum args { ARGS_NONE, ARGS_VMA, ARGS_FROM, ARGS_RANGE };

/* How steps are written; those without a call are nothing to a reader. */
static const struct form {
	const char *call;
	enum args args;
	const char *what;
} forms[NR_STEPS] = {
	[STEP_LOCK_MMAP] = { "mmap_write_lock", ARGS_NONE, NULL },
	[STEP_LOCK_VMA] = { "vma_write_lock", ARGS_VMA, NULL },
	[STEP_LOCK_I_MMAP] = { NULL, ARGS_NONE, "lock i_mmap" },
	[STEP_LOCK_ANON_VMA] = { NULL, ARGS_NONE, "lock anon_vma" },
	[STEP_ALLOCATE] = { "allocate", ARGS_VMA, NULL },
	[STEP_DUPLICATE] = { "duplicate", ARGS_FROM, NULL },
	[STEP_CLONE_ANON_VMA] = { NULL, ARGS_NONE, "clone anon_vma" },
	[STEP_SET_RANGE] = { "set_range", ARGS_RANGE, NULL },
	[STEP_SET_ATTRS] = { NULL, ARGS_NONE, "set attributes" },
	[STEP_STORE] = { "store", ARGS_RANGE, NULL },
	[STEP_DETACH] = { "detach", ARGS_VMA, NULL },
	[STEP_ATTACH] = { "attach", ARGS_VMA, NULL },
	[STEP_FREE] = { "free", ARGS_VMA, NULL },
	[STEP_MAP_COUNT] = { NULL, ARGS_NONE, "set map_count" },
	[STEP_UNLOCK_ANON_VMA] = { NULL, ARGS_NONE, "unlock anon_vma" },
	[STEP_UNLOCK_I_MMAP] = { NULL, ARGS_NONE, "unlock i_mmap" },
	[STEP_DOWNGRADE_MMAP] = { "mmap_write_downgrade", ARGS_NONE, NULL },
	[STEP_UNLOCK_MMAP] = { "mmap_write_unlock", ARGS_NONE, NULL },
};

static void print_args(FILE *out, const struct model *m, const struct step *s,
		       enum args args)
{
	if (args == ARGS_NONE)
		return;
	fputs(symbol(m, s->vma), out);
	if (args == ARGS_FROM)
		fprintf(out, ", %s", symbol(m, s->from));
	if (args != ARGS_RANGE)
		return;
	fputs(", ", out);
	print_page(out, s->start);
	fputs(", ", out);
	print_page(out, s->end);
}

/* The step in the mail's words, if it would list it. */
static void print_mail_step(FILE *out, const struct report *r, size_t step)
{
	for (size_t i = 0; i < r->nr_steps; i++) {
		if (r->steps[i].step != step)
			continue;
		fprintf(out, "\t/* %zu. ", i + 1);
		print_comment(out, r->steps[i].text);
		fputs(" */\n", out);
	}
}

static void print_step(FILE *out, const struct model *m, size_t i)
{
	const struct step *s = &m->r->trace[i];
	const struct form *form = &forms[s->kind];
	const char *call = form->call;

	print_mail_step(out, m->r, i);
	if (!call) {
		fprintf(out, "\t/* (%s: nothing to a reader) */\n", form->what);
		return;
	}
	if (s->kind == STEP_UNLOCK_MMAP &&
	    m->r->states[i]->mmap_lock == MMAP_READ_LOCKED)
		call = "mmap_read_unlock";
	/* A store is a choice of two steps. */
	fprintf(out, s->kind == STEP_STORE ? "\t%s(" : "\tstep(%s(", call);
	print_args(out, m, s, form->args);
	fputs(s->kind == STEP_STORE ? ");\n" : "));\n", out);
}

static void print_writer(FILE *out, const struct model *m)
{
	fputs("proctype change()\n{\n\tbyte borders_gone, borders_come;\n\n",
	      out);
	for (size_t i = 0; i < m->r->nr_trace; i++)
		print_step(out, m, i);
	fputs("\ttell(\"writer: end\\n\")\n}\n\n", out);
}

/* ---- the beginning, and what holds before and after ---------------------- */

static void print_choice(FILE *out, const struct neighbour *n,
			 const char *lower, const char *upper)
{
	fprintf(out, "\tif\n\t:: %s = %s\n#ifdef ALL\n", lower, upper);
	for (size_t i = 0; i < NR_BESIDE; i++)
		if (i == BESIDE_NONE || n->end[i])
			fprintf(out, "\t:: %s = %s\n", lower, sides[i].symbol);
	fputs("#endif\n\tfi;\n", out);
}

static void print_place(FILE *out, const char *vma, unsigned long start,
			unsigned long end)
{
	fprintf(out, "place(%s, ", vma);
	print_page(out, start);
	fputs(", ", out);
	print_page(out, end);
	fputs(")", out);
}

static void print_place_unrelated(FILE *out, const struct neighbour *n,
				  const char *lower)
{
	fputs("\t\tif\n", out);
	for (size_t i = 0; i < NR_BESIDE; i++) {
		if (!n->end[i])
			continue;
		fprintf(out, "\t\t:: %s == %s -> ", lower, sides[i].symbol);
		print_place(out, n->vma->symbol, n->start[i], n->end[i]);
		fputs("\n", out);
	}
	fputs("\t\t:: else\n\t\tfi", out);
}

static void print_layout(FILE *out, const struct model *m)
{
	const struct layout *before = report_before(m->r);

	fputs("\td_step {\n", out);
	for (size_t i = 0; i < before->nr_vmas; i++) {
		const struct vma_state *s = &before->vmas[i].s;

		fputs("\t\t", out);
		print_place(out, symbol(m, s->id), s->vm_start, s->vm_end);
		fputs(";\n", out);
	}
	print_place_unrelated(out, &m->left, "left_side");
	fputs(";\n", out);
	print_place_unrelated(out, &m->right, "right_side");
	fputs("\n\t}\n", out);
}

static void print_init(FILE *out, const struct model *m)
{
	fputs(text_choose, out);
	print_choice(out, &m->left, "left_side", "LEFT_SIDE");
	print_choice(out, &m->right, "right_side", "RIGHT_SIDE");
	print_layout(out, m);
	fputs(text_run, out);
}

/* The unrelated VMAs do not change: they were where they are now. */
static void print_was_mapped(FILE *out, const struct model *m)
{
	const struct layout *before = report_before(m->r);

	fprintf(out, "/* Whether a page was mapped before. */\n"
		     "#define was_mapped(p) ( \\\n");
	for (size_t i = 0; i < before->nr_slots; i++) {
		if (!before->slots[i].vma)
			continue;
		fputs("\t((p) >= ", out);
		print_page(out, before->slots[i].start);
		fputs(" && (p) < ", out);
		print_page(out, before->slots[i].end);
		fputs(") || \\\n", out);
	}
	fprintf(out, "\ttree[p] == %s || tree[p] == %s)\n\n",
		m->left.vma->symbol, m->right.vma->symbol);
}

/* ---- files --------------------------------------------------------------- */

static void print_model(FILE *out, const struct model *m, enum beside left,
			enum beside right)
{
	print_heading(out, m, left, right);
	print_declarations(out, m);
	fputs(text_space, out);
	fputs(text_locks, out);
	fputs(text_vma_steps, out);
	fputs(text_store, out);
	print_writer(out, m);
	fputs(text_iterator, out);
	fputs(text_reader_steps, out);
	fputs(text_reader, out);
	fputs(text_fallback, out);
	fputs(text_sides, out);
	fputs(text_place, out);
	print_was_mapped(out, m);
	fputs(text_judge, out);
	fputs(text_print, out);
	fputs(text_checks, out);
	print_init(out, m);
}

static bool has_room(const struct neighbour *n, enum beside side)
{
	return side == BESIDE_NONE || n->end[side];
}

static void emit_case(const struct report *r, struct files *files)
{
	struct model m;

	model_init(&m, r);
	for (enum beside left = 0; left < NR_BESIDE; left++)
		for (enum beside right = 0; right < NR_BESIDE; right++)
			if (has_room(&m.left, left) &&
			    has_room(&m.right, right))
				print_model(files_add(files, "%s-%s-%s.pml",
						      r->c->id,
						      sides[left].name,
						      sides[right].name),
					    &m, left, right);
	model_drop(&m);
}

void emit_promela(const struct report_set *set, const struct emit_opts *opts,
		  struct files *files)
{
	(void)opts;
	for (size_t i = 0; i < set->nr; i++)
		emit_case(set->reports[i], files);
}
