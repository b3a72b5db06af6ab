/* SPDX-License-Identifier: GPL-2.0-only */
/* The output formats, a row each. */
#ifndef VMATLAS_EMIT_FORMATS_H
#define VMATLAS_EMIT_FORMATS_H

/*
 * The name, the function of emit-NAME.c that writes it, whether it is made of
 * files that refer to one another, the files that come with the program and go
 * beside those, and a line for people.
 */
#define EMIT_FORMATS(X)                                                        \
	X("ascii", emit_ascii, false, NULL,                                    \
	  "pictures and steps in the style of the mail, a text file a case")   \
	X("dot", emit_dot, false, NULL,                                        \
	  "graphs of VMAs and tree slots, a file a moment")                    \
	X("svg", emit_svg, false, NULL,                                        \
	  "drawings of VMAs and tree slots, a file a moment")                  \
	X("rst", emit_rst, true, NULL,                                         \
	  "pages for the kernel's documentation or for Sphinx")                \
	X("json", emit_json, false, NULL,                                      \
	  "everything known of each case, in one file")                        \
	X("schema", emit_schema, false, NULL,                                  \
	  "what a file of the catalogue may have, as a JSON Schema")           \
	X("promela", emit_promela, false, NULL,                                \
	  "models for SPIN, a file a case and surrounding")                    \
	X("comment", emit_comment, false, NULL,                                \
	  "pictures and steps for a source file or a message")                 \
	X("vma-test", emit_vma_test, true, NULL,                               \
	  "tests for tools/testing/vma of the kernel")                         \
	X("kselftest", emit_kselftest, true, kselftest_data,                   \
	  "a test for tools/testing/selftests of the kernel")

#endif /* VMATLAS_EMIT_FORMATS_H */
