/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal: what it can show, and what is drawn on it (step.c). */
#ifndef VMATLAS_CMD_TERMINAL_H
#define VMATLAS_CMD_TERMINAL_H

#include "report/report.h"

/* Columns, where there is no terminal or it has more. */
#define WIDTH_USUAL 80

/**
 * terminal_draws - whether standard output is a terminal that has UTF-8
 *
 * Return: true if so.
 */
bool terminal_draws(void);

/**
 * terminal_width - columns of the terminal, 80 if that is not known
 *
 * Return: 40 to 120.
 */
int terminal_width(void);

/**
 * text_width - columns for lines of words
 *
 * Return: Those of the terminal, or 80 if it has more or none reads it.
 */
int text_width(void);

/**
 * step_through - let a person step through a case with the arrow keys
 * @r: the case
 * @ascii: the steps as text only
 * @color: in colours, too
 *
 * Return: an exit status: EXIT_UNUSABLE, after saying so, without a terminal.
 */
int step_through(const struct report *r, bool ascii, bool color);

#endif /* VMATLAS_CMD_TERMINAL_H */
