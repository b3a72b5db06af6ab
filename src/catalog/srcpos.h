/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places in catalogue files.
 */
#ifndef VMATLAS_CATALOG_SRCPOS_H
#define VMATLAS_CATALOG_SRCPOS_H

#include <stddef.h>

/**
 * struct srcpos - a place in a catalogue file
 * @file: path as given by the caller
 * @line: counted from 1
 * @column: counted from 1, in characters
 */
struct srcpos {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * struct cat_text - a string and its place
 * @text: as written
 * @pos: of its first character
 */
struct cat_text {
	const char *text;
	struct srcpos pos;
};

/**
 * struct cat_texts - a list of strings and its place
 * @text: the strings
 * @nr: how many
 * @pos: of the list
 */
struct cat_texts {
	struct cat_text *text;
	size_t nr;
	struct srcpos pos;
};

#endif /* VMATLAS_CATALOG_SRCPOS_H */
