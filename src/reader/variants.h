/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways to read, and who reads so (variants.c). */
#ifndef VMATLAS_READER_VARIANTS_H
#define VMATLAS_READER_VARIANTS_H

#include <stddef.h>

/*
 * What a reader does otherwise than upstream. The first group makes variants
 * that have a name; the second takes one thing away, to see whether it matters.
 */
enum reader_flags {
	READ_WHOLE = 1 << 0,	     /* under the mmap lock, up to 6.16 */
	READ_QUERIES = 1 << 1,	     /* each VMA a read of its own */
	READ_NO_VERIFY = 1 << 2,     /* 5b left out */
	READ_VERIFY_ALWAYS = 1 << 3, /* 5b whatever the sequence says */
	READ_VERIFY_END = 1 << 4,    /* 3: nothing found, look from @from */
	READ_SAMPLE_FIRST = 1 << 5,  /* 2 before 1 */
	READ_SAMPLE_KEEP = 1 << 6,   /* 2 only when the iterator is set */
	READ_SET_HELD = 1 << 7,	     /* 6: set the iterator to the end */

	READ_NO_UNLOCK = 1 << 8,	/* 1 left out */
	READ_NO_SAMPLE = 1 << 9,	/* 2: the sequence never changes */
	READ_NO_LOCK = 1 << 10,		/* 4: neither asks nor locks */
	READ_NO_WRITE_CHECK = 1 << 11,	/* 4: locks what is write-locked */
	READ_NO_DETACH_CHECK = 1 << 12, /* 4: locks what is detached */
	READ_NO_END_CHECK = 1 << 13,	/* 5a left out */
	READ_NO_COMPARE = 1 << 14,	/* 5b: whatever is found will do */
	READ_NO_DROP = 1 << 15,		/* fallback: keeps what it holds */
	READ_NO_MMAP_LOCK = 1 << 16,	/* fallback: without the mmap lock */
	READ_NO_MMAP_UNLOCK = 1 << 17,	/* fallback: keeps the mmap lock */
	READ_NO_SET_RETRY = 1 << 18,	/* 4: iterator left where it is */
	READ_NO_SET_STOP = 1 << 19,	/* stop: iterator left where it is */
	READ_NO_STOP = 1 << 20,		/* the buffer is endless */
	READ_FINE_LOCK = 1 << 21,	/* 4 as the three accesses that it is */

	READ_SET_SAMPLED = 1 << 22, /* 2: set the iterator to @from */
	READ_SET_CHANGED = 1 << 23, /* 2: likewise, if a writer was or is in */
	READ_DOUBT = 1 << 24,	    /* 3, 5b: fall back where either may be */
	READ_CLIP = 1 << 25,	    /* 6: print nothing below the last end */
};

/* What a reader is there for: in the order of tables. */
enum reader_part {
	PART_KERNEL,	   /* it is, or was, in the kernel */
	PART_WITHOUT,	   /* upstream without something, to see what for */
	PART_REPAIR,	   /* a change to upstream that leaves no gap */
	PART_IN_SEQUENCES, /* a change that leaves some, in sequences only */
	PART_NOT_ENOUGH,   /* a change that leaves some in one operation */
};

/**
 * struct reader - a way to read
 * @name: for "--reader NAME"
 * @what: one line for people
 * @flags: READ_*
 * @part: what it is there for
 */
struct reader {
	const char *name;
	const char *what;
	unsigned int flags;
	enum reader_part part;
};

/* All of them. */
extern const struct reader reader_table[];
extern const size_t nr_readers;

#define for_each_reader(r)                                                     \
	for (const struct reader *r = reader_table;                            \
	     r < reader_table + nr_readers; r++)

/**
 * reader_find - the reader that has a name
 * @name: its name
 *
 * Return: NULL if there is none.
 */
const struct reader *reader_find(const char *name);

/**
 * reader_nearest - how a message goes on about a reader that there is not
 * @name: what it was called
 *
 * Return: As nearest_expected().
 */
const char *reader_nearest(const char *name);

/**
 * struct reader_file - a file of /proc/PID, and how it is read
 * @name: the file, or what is asked of it
 * @since: the first release that reads it so
 * @until: the last one, or NULL
 * @reader: the name of the reader
 */
struct reader_file {
	const char *name;
	const char *since;
	const char *until;
	const char *reader;
};

/* Each with its releases. */
extern const struct reader_file reader_files[];
extern const size_t nr_reader_files;

#endif /* VMATLAS_READER_VARIANTS_H */
