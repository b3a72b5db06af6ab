/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that come with the program, and templates among them. */
#ifndef VMATLAS_LIB_TEMPLATE_H
#define VMATLAS_LIB_TEMPLATE_H

#include <stddef.h>
#include <stdio.h>

/**
 * data_installed - what is installed beside the running program
 * @name: its name, below share/vmatlas
 *
 * Return: its path until the next call, or NULL if there is none.
 */
const char *data_installed(const char *name);

/**
 * data_path - where a file that comes with the program is
 * @name: its name, below share/vmatlas or src
 *
 * Return: what is installed beside the running program, or else what it was
 * built from, until the next call.
 */
const char *data_path(const char *name);

/**
 * template_read - the text of a file that comes with the program
 * @name: its name, as for data_path()
 *
 * Return: the text, for free(). One that cannot be read ends the program with
 * a message and status 2.
 */
char *template_read(const char *name);

/**
 * template_fill - print a template
 * @out: where to
 * @text: the template, in which @name@ stands for something
 * @fill: prints what a name of so many bytes stands for
 * @data: for @fill
 *
 * A line that is nothing but a name is replaced as a whole, its end included.
 */
void template_fill(FILE *out, const char *text,
		   void (*fill)(FILE *out, const char *name, size_t len,
				const void *data),
		   const void *data);

#endif /* VMATLAS_LIB_TEMPLATE_H */
