/* SPDX-License-Identifier: GPL-2.0-only */
/* How a person writes system calls: what reading and printing them share. */
#ifndef VMATLAS_SYSCALL_FORMS_H
#define VMATLAS_SYSCALL_FORMS_H

#include "syscall/syscall.h"

/* A word, and the flag that it stands for. A list ends with one without word. */
struct flag_word {
	const char *word;
	unsigned int flag;
};

extern const struct flag_word advice_words[];

/* What stands where, in order. */
enum part {
	PART_END,
	PART_ADDR,
	PART_LEN,
	PART_NEW_LEN,
	PART_PROT,
	PART_ADVICE,
	PART_NAME,
	PART_POLICY,
	PART_SEGMENT,
	/* These may be left out. */
	PART_FILE,
	PART_TO,
	PART_KEY,
	PART_FLAGS,
};

/* @text is for people; @flags are what PART_FLAGS may be. */
struct form {
	enum syscall_kind kind;
	const char *text;
	enum part parts[6];
	const struct flag_word *flags;
};

/* Each returns NULL if there is none. */
const struct form *form_named(const char *name);
const struct form *form_of(enum syscall_kind kind);

#endif /* VMATLAS_SYSCALL_FORMS_H */
