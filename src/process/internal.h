/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read a process share. */
#ifndef VMATLAS_PROCESS_INTERNAL_H
#define VMATLAS_PROCESS_INTERNAL_H

#include "lib/file.h"
#include "lib/text.h"
#include "oracle/live.h"
#include "process/maps.h"

/* ---- reading what is mapped (vmas.c) ------------------------------------ */

/* As proc_read(). @torn: VMAs overlapped, which is why there is no result. */
struct proc_maps *vmas_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err, bool *torn);

/* Whose keys the lines are that come next. */
enum owner {
	OWNER_NONE,   /* nothing was mapped yet */
	OWNER_LAST,   /* the last VMA's */
	OWNER_UNKNOWN /* of one whose own line was not understood */
};

/* What is being read. */
struct intake {
	struct lines *lines;
	struct proc_maps *maps;
	FILE *err;
	enum owner owner;
	uint64_t min_page;  /* what VMAs must be aligned to */
	uint64_t page_seen; /* the smallest that smaps names, 0 if none */
	uint64_t all_bits;  /* of all addresses and offsets together */
	bool torn;
	bool failed;
	char *first;	  /* the first error */
	bool unaligned;	  /* which is that a number is within a page */
	const char *line; /* what is read */
	size_t len;
	size_t damaged;	   /* lines that look like ours */
	size_t passed;	   /* and others */
	const char *named; /* what the file is instead */
	const char *pmap_title;
	size_t pmap_len;
	char copy[LINE_LONGEST + 64]; /* a line as the kernel has it */
};

struct proc_vma *intake_last(const struct intake *r);

/* A line of maps, as maps_parse() has understood it. */
void intake_head(struct intake *r, const char *line, size_t len,
		 const struct maps_vma *head);

/* The same from elsewhere. Returns false if it was refused. */
bool intake_add(struct intake *r, const struct maps_vma *head, const char *name,
		size_t len);

/*
 * What smaps has of the last VMA: a key, and its value from @at or from behind
 * the key and its colon. Returns false if the value is none, or nobody's.
 */
bool intake_value(struct intake *r, const char *key, size_t key_len,
		  const char *at, const char *end);
bool intake_pair(struct intake *r, const char *key, size_t key_len,
		 const char *end);

/* No line is to blame. */
void intake_fail(struct intake *r, const char *what, const char *why);

/* Of so many VMAs, or of more, it is not known what they are. */
void intake_missing(struct intake *r, size_t nr, const char *what);

/* ---- other forms than the kernel's (forms.c) ---------------------------- */

/* Returns false if it is none of them. */
bool forms_take(struct intake *r, const char *line, size_t len);

/* What a line of something looks like, and what that is. */
struct form_name {
	const char *line; /* a regular expression */
	const char *what;
};

/* The first of @names that a line is like, NULL if there is none. */
const char *forms_find(const struct form_name *names, size_t nr,
		       const char *line, size_t len);

/* What a line is of that has not all that is needed, NULL if that is unknown. */
const char *forms_name(const char *line, size_t len);

/* The same of the first line of a file that is compressed. */
const char *forms_compressed(const char *line, size_t len);

/* ---- cores (core.c) ----------------------------------------------------- */

bool core_is(const char *first, size_t len);

/* @first: what was read of the file. */
void core_read(struct intake *r, FILE *in, const char *first, size_t len);

/* ---- words (words.c) ---------------------------------------------------- */

/* The flag that two letters stand for, 0 if the simulator has none. */
vm_flags_t code_flag(const char *letters);

#endif /* VMATLAS_PROCESS_INTERNAL_H */
