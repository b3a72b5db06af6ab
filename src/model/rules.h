/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flags of VMAs, and what differs between versions of Linux.
 */
#ifndef VMATLAS_MODEL_RULES_H
#define VMATLAS_MODEL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/enums.h"

/* ---- flags (flags.c) -------------------------------------------------- */

typedef uint64_t vm_flags_t;

enum vm_flag_bit {
#define X(name, text) VM_##name##_BIT,
	VM_FLAGS(X)
#undef X
		NR_VM_FLAGS
};

enum vm_flag {
#define X(name, text) VM_##name = 1ULL << VM_##name##_BIT,
	VM_FLAGS(X)
#undef X
};

/* What is asked for with one of these never merges. */
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)

/* The kernel's name of a flag, lower case, without VM_. */
extern const char *const vm_flag_names[NR_VM_FLAGS];

/**
 * vm_flags_print - the names of some flags
 * @out: where to
 * @flags: which; before the first is a space
 * @between: what is between two
 */
void vm_flags_print(FILE *out, vm_flags_t flags, const char *between);

/**
 * vm_permissions - flags as /proc/PID/maps has them: "rwxp"
 * @flags: the flags
 * @text: where to put it
 *
 * Return: @text.
 */
const char *vm_permissions(vm_flags_t flags, char text[static 5]);

/* The same for as long as the block lasts. */
#define PERMISSIONS(flags) vm_permissions(flags, (char[5]){ "" })

/**
 * vm_flag_find - the flag that has a name
 * @name: lower case, without VM_
 *
 * Return: the flag, or 0 if there is none of that name.
 */
vm_flags_t vm_flag_find(const char *name);

/* ---- rule sets by kernel version (rules.c) ---------------------------- */

/* A kernel version as a number: a later one is greater. */
#define VERSION_NUMBER(major, minor) ((major)*1000L + (minor))

/**
 * struct rules - what differs between kernel versions
 * @version: the first release with these rules, "MAJOR.MINOR" or
 *	"MAJOR.MINOR.PATCH"
 * @number: the same as VERSION_NUMBER(MAJOR, MINOR)
 * @patch: PATCH, or 0
 * @stable: the first release of an older, stable series that has taken all of
 *	them over, "MAJOR.MINOR.PATCH", or NULL
 * @only_series: no other series follows them: a stable one that took over a part
 *	of what is newer
 * @beyond: of a release newer than RULES_JUDGED, and so perhaps not its rules
 * @what: what the release changed, for people
 * @ignored: flags that may differ between VMAs that merge
 * @sticky: flags that a merged VMA takes over from any of its parts
 * @anon_vma_by_chain: up to 6.15, an absent anon_vma is compatible with any only
 *	if the chain of the VMA beside the range has exactly one entry
 * @copied_anon_vma: the copied-from VMA of mremap() takes part: a forked one
 *	does not merge with an unfaulted VMA, and its anon_vma is taken over
 * @kept_source: copy_vma() takes whether its source stays: it does not merge
 *	with that, and mremap() splits a locked one first and makes what stays
 *	one that was never faulted
 * @anon_pgoff: private file mappings have an anonymous page offset, too, which
 *	must be contiguous in order to merge or to share an anon_vma; what moves
 *	before it was faulted gets a fresh one
 * @uffd_event_remap: what loses its userfaultfd as it moves does not merge there
 * @ranges_before_store: commit_merge() sets both ranges before it stores to
 *	the tree; up to 6.14 it moved middle's start after the store
 * @lock_next_first: VMA locks are taken middle, next, prev; up to 6.14 middle,
 *	prev, next
 */
struct rules {
	const char *version;
	long number;
	unsigned int patch;
	const char *stable;
	bool only_series;
	bool beyond;
	const char *what;
	vm_flags_t ignored;
	vm_flags_t sticky;
	bool anon_vma_by_chain;
	bool copied_anon_vma;
	bool kept_source;
	bool anon_pgoff;
	bool uffd_event_remap;
	bool ranges_before_store;
	bool lock_next_first;
};

/*
 * The newest release whose mm/vma.c was compared with the simulator, and its
 * kernel asked. What is newer follows the newest rules, in a set of its own
 * (@beyond): whoever goes by them says so.
 */
#define RULES_JUDGED "7.3"

/**
 * rules_are_judged - whether the rules of a kernel version are known
 * @version: as for rules_for()
 *
 * Return: false if it is newer than RULES_JUDGED, older than any rule set, or no
 * version.
 */
bool rules_are_judged(const char *version);

/**
 * rules_for - the rule set that a kernel version follows
 * @version: "6.12", "6.12.3", "6.18-rc1" or "latest"
 *
 * A stable release may follow a set that is newer than its series. "latest" is
 * RULES_JUDGED.
 *
 * Return: NULL if the text is no version or is older than any rule set.
 */
const struct rules *rules_for(const char *version);

/**
 * version_number - a version of Linux as a number that can be compared
 * @version: "6.12", "6.12.3", "6.18-rc1", "6.12.0-1-amd64"
 *
 * Return: VERSION_NUMBER(), -1 if it is none.
 */
long version_number(const char *version);

/**
 * rules_number - a kernel version as a number
 * @version: as for rules_for()
 *
 * Return: VERSION_NUMBER(), that of RULES_JUDGED for "latest", -1 if it is none.
 */
long rules_number(const char *version);

/**
 * rules_are_newer - whether a kernel is older than all rules
 * @version: for example "6.1"
 *
 * Return: true if it is a version of Linux, and rules_for() has none for it for
 * that reason.
 */
bool rules_are_newer(const char *version);

/* Every rule set, oldest first. */
extern const struct rules rule_sets[];
extern const size_t nr_rule_sets;
#define for_each_rules(r)                                                      \
	for (const struct rules *r = rule_sets; r < rule_sets + nr_rule_sets;  \
	     r++)

#endif /* VMATLAS_MODEL_RULES_H */
