// SPDX-License-Identifier: GPL-2.0-only
/* The table of output formats. */
#include "emit/emit.h"
#include "lib/memory.h"

static const struct format table[] = {
	{ "ascii",
	  "pictures and steps in the style of the mail, a text file a case",
	  false, emit_ascii },
	{ "dot", "graphs of VMAs and tree slots, a file a moment", false,
	  emit_dot },
	{ "svg", "drawings of VMAs and tree slots, a file a moment", false,
	  emit_svg },
	{ "rst", "pages for the kernel's documentation or for Sphinx", true,
	  emit_rst },
	{ "json", "everything known of each case, in one file", false,
	  emit_json },
	{ "promela", "models for SPIN, a file a case and surrounding", false,
	  emit_promela },
	{ "comment", "pictures and steps for a source file or a message", false,
	  emit_comment },
	{ "vma-test", "tests for tools/testing/vma of the kernel", true,
	  emit_vma_test },
	{ "kselftest", "a test for tools/testing/selftests of the kernel", true,
	  emit_kselftest, kselftest_data },
};

const struct format *formats(size_t *nr)
{
	*nr = ARRAY_SIZE(table);
	return table;
}
