/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output formats. Each is one file, emit-FORMAT.c, and one row of formats.h.
 * No format knows another; what two of them need is here.
 */
#ifndef VMATLAS_EMIT_H
#define VMATLAS_EMIT_H

#include "emit/formats.h"
#include "lib/file.h"
#include "report/reading.h"

/* ---- formats (formats.c) ---------------------------------------------- */

/**
 * struct report_set - reports to emit, in the catalogue's order
 * @cat: the catalogue
 * @rules: the rule set
 * @reports: a report a case
 * @nr: how many
 */
struct report_set {
	const struct catalog *cat;
	const struct rules *rules;
	struct report **reports;
	size_t nr;
};

#define for_each_report(set, r)                                                \
	for (struct report **r##_ = (set)->reports, *r;                        \
	     r##_ < (set)->reports + (set)->nr && (r = *r##_); r##_++)

enum rst_flavour { RST_SPHINX, RST_KERNEL };
enum comment_form { COMMENT_C, COMMENT_TEXT };

/**
 * struct emit_opts - what can be asked of formats
 * @flavour: rst: for whom
 * @terms: rst for the kernel: the page that defines the locks, relative to the
 *	directory of the pages and without an extension, or NULL if none does
 * @inline_dot: rst for the kernel: graphs are in the pages, not in files
 * @comment: comment: for a source file, or for a message
 * @kernel: vma-test: for the harness of this version, one of those known
 */
struct emit_opts {
	enum rst_flavour flavour;
	const char *terms;
	bool inline_dot;
	enum comment_form comment;
	const char *kernel;
};

/**
 * struct format - one output format
 * @name: for "vmatlas emit NAME"
 * @what: one line for people
 * @needs_dir: it is made of files that refer to one another
 * @emit: adds its files to a set
 * @data: files that come with the program and go beside those, their names
 *	below share/vmatlas, NULL at the end; or NULL
 */
struct format {
	const char *name;
	const char *what;
	bool needs_dir;
	void (*emit)(const struct report_set *set, const struct emit_opts *opts,
		     struct files *files);
	const char *const *data;
};

/* All of them, up to one without a name. */
extern const struct format formats[];

/* The formats, one file each. */
#define X(name, function, needs_dir, data, what)                               \
	void function(const struct report_set *set,                            \
		      const struct emit_opts *opts, struct files *files);
EMIT_FORMATS(X)
#undef X

extern const char *const kselftest_data[];

/* ---- comments and names of C (emit-comment.c) ---------------------------- */

/**
 * c_symbol - a name of C for an identifier of the catalogue
 * @id: letters, digits and hyphens
 *
 * Return: The same with underscores, for free().
 */
char *c_symbol(const char *id);

/**
 * comment_put - print a text into a comment of C
 * @out: where to, NULL to count only
 * @text: the text; a new line is a space
 * @len: its length
 *
 * A space goes where it would end the comment, or seem to begin another.
 *
 * Return: How many columns that takes.
 */
size_t comment_put(FILE *out, const char *text, size_t len);

/**
 * comment_puts - the same for all of a text
 * @out: where to
 * @text: the text
 */
void comment_puts(FILE *out, const char *text);

/**
 * comment_picture - the picture of a case as lines of a comment
 * @out: where to
 * @r: the case
 * @indent: blanks before each line
 */
void comment_picture(FILE *out, const struct report *r, int indent);

/* ---- versions of the kernel's harness (vma-test-version.c) ----------------------- */

/**
 * vma_test_version_for - the version of the harness that a kernel has
 * @kernel: "6.12", "6.12.3", "6.18-rc1"; may be NULL
 *
 * A version that is newer than all that are known has the newest.
 *
 * Return: NULL if the text is no version, or an older one.
 */
const struct vma_test_version *vma_test_version_for(const char *kernel);

/**
 * vma_test_list - print for which versions there are
 * @out: where to
 */
void vma_test_list(FILE *out);

/* ---- the picture in the style of the mail (picture.c) ------------------ */

/**
 * picture_print - draw a case as the mail does
 * @out: where to
 * @r: the case
 * @indent: columns of white space before each line
 *
 * For existing and new merges: the line start/end, the arrow, the VMAs, their
 * names, their roles. For splits the box with addr over it. No line ends in
 * white space.
 */
void picture_print(FILE *out, const struct report *r, int indent);

/* ---- graphs (graph.c) -------------------------------------------------- */

/**
 * graph_print - a graph of VMAs and tree slots at one moment, in DOT
 * @out: where to
 * @r: the case
 * @moment: 0 is before, 1 after the first of r->steps, ..., and after all
 */
void graph_print(FILE *out, const struct report *r, size_t moment);

/**
 * graph_name - what a graph is called
 * @r: the case
 * @moment: as for graph_print()
 *
 * Return: For free().
 */
char *graph_name(const struct report *r, size_t moment);

/* ---- drawings (svg.c) --------------------------------------------------- */

/**
 * svg_print - a drawing of VMAs and tree slots at one moment, as SVG
 * @out: where to
 * @r: the case
 * @moment: 0 is before, 1 after the first of r->steps, ..., and after all
 */
void svg_print(FILE *out, const struct report *r, size_t moment);

/* ---- for a terminal (terminal.c) ---------------------------------------- */

/**
 * terminal_print - a drawing of VMAs and tree slots at one moment, in UTF-8
 * @out: where to
 * @r: the case
 * @moment: 0 is before, 1 after the first of r->steps, ..., and after all
 * @width: columns that there are
 * @color: in colours, too
 */
void terminal_print(FILE *out, const struct report *r, size_t moment, int width,
		    bool color);

/* ---- sequences (sequence.c) -------------------------------------------- */

/**
 * sequence_print - an interleaving with a reader as a picture, in DOT
 * @out: where to
 * @r: the case
 * @x: an exploration of it
 * @o: which of its observations the interleaving leads to
 */
void sequence_print(FILE *out, const struct report *r,
		    const struct exploration *x, const struct observation *o);

#endif /* VMATLAS_EMIT_H */
