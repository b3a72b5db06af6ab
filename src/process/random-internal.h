/* SPDX-License-Identifier: GPL-2.0-only */
/* What those share who carry out random programs, and nobody else sees. */
#ifndef VMATLAS_PROCESS_RANDOM_INTERNAL_H
#define VMATLAS_PROCESS_RANDOM_INTERNAL_H

#include "process/random.h"

/* Programs that a child does, and seconds that it may take for them. */
#define BATCH 40
#define BATCH_SECONDS 20

/* Shared with the child. */
struct random_shared {
	struct random_program program;
	struct random_diff diff;
	uint64_t first; /* the number of its first program */
	uint64_t step;
	uint64_t end; /* this one is none of it any more */
	uint64_t nr;  /* programs that it has begun */
	uint64_t calls;
	uint64_t failed;
	int err;
};

/*
 * Before any child: empty the space between guards that stay. Returns 0 or -errno, -EEXIST
 * if something is mapped there.
 */
int random_reserve(void);
void random_give_back(void);

/* Memory that a child shares, NULL if there is none; for munmap(). */
struct random_shared *random_shared_new(void);

/* What the end of a child, as waitpid() has it, says of its last call. */
void random_note_end(struct random_shared *shared, int status);

/* In a child, which it ends: programs @first to @end, up to one that differs. */
void random_do_batch(struct random_shared *shared, const struct random_opts *o,
		     const struct random_lacks *lacks)
	__attribute__((noreturn));

#endif /* VMATLAS_PROCESS_RANDOM_INTERNAL_H */
