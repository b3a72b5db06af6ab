/* SPDX-License-Identifier: GPL-2.0-only */
/* A page that a person wrote, held against the simulator. */
#ifndef VMATLAS_CMD_CHECK_PAGE_H
#define VMATLAS_CMD_CHECK_PAGE_H

#include "cmd/cmd.h"

/**
 * check_page - say where a page of reStructuredText disagrees with the simulator
 * @path: the page, which may be any file; its sections are those of
 *	docs/patches/docs/vma_merge_split.rst
 * @cat: the catalogue, which has the ten cases that the page is about
 * @common: the options: which rules, text or JSON
 *
 * Return: An exit status: EXIT_WRONG if there is a line that disagrees,
 * EXIT_UNUSABLE if the page cannot be read.
 */
int check_page(const char *path, const struct catalog *cat,
	       const struct common *common);

#endif /* VMATLAS_CMD_CHECK_PAGE_H */
