/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls in words: what arguments a call has, and the words that there are
 * for them (words.c); as people write calls (parse.c, print.c), and as C has them
 * (c.c).
 */
#ifndef VMATLAS_SYSCALL_H
#define VMATLAS_SYSCALL_H

#include <stdio.h>

#include "syscall/table.h"

/* ---- arguments (words.c) ------------------------------------------------- */

/* In the order in which people write them. */
enum arg {
	ARG_END, /* of a list */
	ARG_ADDR,
	ARG_BREAK, /* an address without a range */
	ARG_LEN,
	ARG_NEW_LEN,
	ARG_PROT,
	ARG_ADVICE,
	ARG_NAME,
	ARG_POLICY,
	ARG_PGOFF, /* an offset in pages */
	ARG_SEGMENT,
	/* From here on people may leave them out. */
	ARG_FILE,
	ARG_OFFSET,
	ARG_NEW_ADDR,
	ARG_KEY,
	/* Flags, of as many kinds. */
	ARG_MAP,
	ARG_REMAP,
	ARG_LOCK,
	ARG_LOCK_ALL,
	ARG_ATTACH,
	ARG_UFFD,
	/* Nothing that people would write. */
	ARG_PIDFD,
	ARG_PR_SET_VMA,
	ARG_ZERO,
	ARG_PROGRAM,
	ARG_REST, /* what follows is in words only */
};

#define NR_ARGS (ARG_REST + 1)

/**
 * struct syscall_row - what table.h says of a call
 * @ops: the operations of the simulator that it is made of, 1 << enum op_kind for
 *	each; 0 if it is no system call
 * @since: KERNEL() of the first Linux that has it, 0 if it was always there
 * @returns: it returns the address of a mapping, or the end of the heap
 * @args: up to ARG_END, in the order of C
 */
struct syscall_row {
	unsigned int ops;
	long since;
	bool returns;
	enum arg args[8];
};

extern const struct syscall_row syscall_rows[NR_CALLS];

/**
 * syscall_has - whether a call has an argument
 * @kind: which call
 * @arg: which argument
 *
 * Return: whether it is in its row.
 */
bool syscall_has(enum syscall_kind kind, enum arg arg);

/**
 * syscall_find - a call by its name
 * @name: as syscall_name() has it, which need not end there
 * @len: of the name
 *
 * Return: which, CALL_END if there is none.
 */
enum syscall_kind syscall_find(const char *name, size_t len);

/**
 * struct word - what stands for a value of an argument
 * @value: the value
 * @symbol: in C, and in the output of strace; NULL if it has none
 * @text: for people, NULL if they do not write it
 * @yaml: in the catalogue, NULL if that does not have it
 * @absent: in the catalogue the key says that it is not there
 */
struct word {
	unsigned int value;
	const char *symbol;
	const char *text;
	const char *yaml;
	bool absent;
};

/* Whether a word is not the end of them. */
static inline bool is_word(const struct word *w)
{
	return w->symbol || w->text || w->yaml;
}

/**
 * arg_words - the words of an argument
 * @arg: which
 *
 * Return: an array that ends with one all empty, NULL for an argument that is not
 * a word.
 */
const struct word *arg_words(enum arg arg);

/**
 * arg_is_flags - whether an argument is the flags of a call
 * @arg: which
 *
 * Return: whether its words are bits.
 */
bool arg_is_flags(enum arg arg);

/**
 * syscall_in_space - whether a call stays where it may act
 * @area: the kind of space
 * @c: the call, in pages
 *
 * Return: whether its pages and offsets are those of a space.
 */
bool syscall_in_space(enum area area, const struct syscall *c);

/* ---- as people write them (parse.c, print.c) ------------------------------ */

struct sim;

/**
 * syscall_parse - read a system call that a person wrote
 * @sim: the process, for its files
 * @words: for example "mprotect", "0x7f0000001000", "8192", "r--"
 * @nr: how many there are, other calls after it included
 * @call: filled in; its texts are those of @words
 * @err: where to say what is wrong, and what was expected
 *
 * Addresses are hexadecimal, with or without 0x; lengths are bytes with an
 * optional suffix K, M, G or p for pages.
 *
 * Return: how many words it took, 0 after saying what is wrong.
 */
size_t syscall_parse(struct sim *sim, char *const *words, size_t nr,
		     struct syscall *call, FILE *err);

/**
 * syscall_form - what people write for a call
 * @kind: which
 *
 * Nobody can write one that has ARG_PROGRAM.
 *
 * Return: its arguments, in the order in which they are written, and ARG_END.
 */
const enum arg *syscall_form(enum syscall_kind kind);

/**
 * syscall_print_form - print a form, as in "ADDR LEN PROT"
 * @out: where to
 * @kind: which call's
 */
void syscall_print_form(FILE *out, enum syscall_kind kind);

/**
 * syscall_help - the forms that syscall_parse() understands, one a line
 * @out: where to
 */
void syscall_help(FILE *out);

/**
 * syscall_print - print a call as syscall_parse() has it
 * @out: where to
 * @sim: the process, for names of files
 * @call: the call
 */
void syscall_print(FILE *out, const struct sim *sim,
		   const struct syscall *call);

/* ---- as C has them (c.c) --------------------------------------------------- */

/**
 * c_after_cast - skip a cast
 * @at: in a call
 *
 * Return: behind "(void *)", "(size_t)" and the like, @at if there is none.
 */
const char *c_after_cast(const char *at);

/**
 * c_print_string - print a string literal
 * @out: where to
 * @text: any bytes
 */
void c_print_string(FILE *out, const char *text);

/**
 * c_print_value - print an argument that is a word, or several
 * @out: where to
 * @arg: which argument
 * @c: of this call
 */
void c_print_value(FILE *out, enum arg arg, const struct syscall *c);

/**
 * c_print_call - print a call
 * @out: where to
 * @c: the call; its addresses are absolute
 *
 * Its name, and its arguments. file(N) is the descriptor of a file, &node what
 * nodes a policy is for.
 */
void c_print_call(FILE *out, const struct syscall *c);

#endif /* VMATLAS_SYSCALL_H */
