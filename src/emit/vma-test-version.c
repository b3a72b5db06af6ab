// SPDX-License-Identifier: GPL-2.0-only
/*
 * The versions of the kernel's harness in one table. What every file of tests
 * has is in vma-test/: there @name@ stands for what the table says.
 */
#include "emit/vma-test-version.h"
#include "lib/memory.h"

#include <ctype.h>
#include <string.h>

#include "lib/stream.h"
#include "lib/template.h"

/* ---- the table -------------------------------------------------------------- */

#define SINCE(major, minor)                                                    \
	.since = #major "." #minor, .number = VERSION_NUMBER(major, minor)

/* What the shims of 6.12 define. Later ones have more, but who would need it? */
#define FLAGS                                                                  \
	(VM_READ | VM_WRITE | VM_EXEC | VM_SHARED | VM_MAYREAD | VM_MAYWRITE | \
	 VM_GROWSDOWN | VM_PFNMAP | VM_LOCKED | VM_IO | VM_DONTEXPAND |        \
	 VM_ACCOUNT | VM_MIXEDMAP)

/* Where tools/testing/vma is one file, and its TEST() is of no use outside. */
#define ONE_FILE                                                               \
	.main = "vma.c", .tests = "catalog.c", .rows = "@text_test_macro@",    \
	.end_rows = "@text_end_rows@"

/* Where there is a directory of tests. */
#define MANY_FILES                                                             \
	.main = "main.c", .tests = "tests/catalog.c", .rows = "",              \
	.end_rows = "", .merge_unlinks = true

/* Flags are a word. */
#define FLAGS_WORD                                                             \
	.vm_flags = FLAGS | VM_SOFTDIRTY, .soft_dirty = "@text_soft_dirty@",   \
	.flags = "flags", .set_flags = "vma->__vm_flags = flags", .sticky = ""

/* The same, and there is a flag that sticks, and is not VM_SOFTDIRTY. */
#define FLAGS_STICK                                                            \
	.vm_flags = FLAGS | VM_SOFTDIRTY | VM_MAYBE_GUARD,                     \
	.soft_dirty = "@text_soft_dirty@", .flags = "flags",                   \
	.vmg_flags = "vmg.vm_flags = flags",                                   \
	.set_flags = "vm_flags_reset(vma, flags)", .sticky = "@text_sticky@"

/* Flags are many words, VM_SOFTDIRTY is not among them here. */
#define FLAGS_WORDS                                                            \
	.vm_flags = FLAGS | VM_MAYBE_GUARD, .soft_dirty = "",                  \
	.flags = "to_vma_flags(flags)",                                        \
	.vmg_flags = "vmg.vma_flags = to_vma_flags(flags)",                    \
	.set_flags = "vma->flags = to_vma_flags(flags)",                       \
	.sticky = "@text_sticky@"

/* Since 6.15 a VMA is attached as long as it is counted. */
#define REFCOUNTED                                                             \
	.attached = "refcount_read(&vma->vm_refcnt)",                          \
	.just_expand = "vmg.just_expand = true",                               \
	.map_new = "@text_map_new_region@"

/* A VMA has vm_pgoff and nothing else. */
#define ONE_OFFSET .pgoff = "pgoff", .anon_pgoff = "pgoff"

/* Up to 6.15 relocate_vma_down() is out of reach. */
#define RELOCATED_IN_PARTS                                                     \
	.relocate = "@text_relocate_parts@", .page_tables = ""
#define RELOCATED_WHOLE                                                        \
	.relocate = "@text_relocate_whole@",                                   \
	.page_tables = "@text_page_tables@", .target = ""

static const struct vma_test_version harnesses[] = {
	{ SINCE(6, 12), ONE_FILE, FLAGS_WORD, .attached = "!vma->detached",
	  .vmg_flags = "vmg.flags = flags",
	  .just_expand = "vmg.merge_flags = VMG_FLAG_JUST_EXPAND",
	  .map_new = "@text_map_new_link@", RELOCATED_IN_PARTS, .target = "vma",
	  ONE_OFFSET },
	{ SINCE(6, 15), ONE_FILE, FLAGS_WORD, REFCOUNTED,
	  .vmg_flags = "vmg.flags = flags", RELOCATED_IN_PARTS,
	  .target = "target", ONE_OFFSET },
	{ SINCE(6, 16), ONE_FILE, FLAGS_WORD, REFCOUNTED,
	  .vmg_flags = "vmg.flags = flags", RELOCATED_WHOLE, ONE_OFFSET },
	{ SINCE(6, 17), ONE_FILE, FLAGS_WORD, REFCOUNTED,
	  .vmg_flags = "vmg.vm_flags = flags", RELOCATED_WHOLE, ONE_OFFSET },
	{ SINCE(6, 19), ONE_FILE, FLAGS_STICK, REFCOUNTED, RELOCATED_WHOLE,
	  ONE_OFFSET },
	{ SINCE(7, 0), MANY_FILES, FLAGS_STICK, REFCOUNTED, RELOCATED_WHOLE,
	  ONE_OFFSET },
	{ SINCE(7, 1), MANY_FILES, FLAGS_WORDS, REFCOUNTED, RELOCATED_WHOLE,
	  ONE_OFFSET },
	/* Private file mappings have an anonymous offset, too. */
	{ SINCE(7, 3), MANY_FILES, FLAGS_WORDS, REFCOUNTED, RELOCATED_WHOLE,
	  .pgoff = "pgoff,\n\t\t  file ? start : pgoff",
	  .anon_pgoff = "pgoff, pgoff" },
};

#define NR_HARNESSES (ARRAY_SIZE(harnesses))

/* ---- texts ------------------------------------------------------------------ */

#define HEADER "emit/vma-test/catalog.h.in"
#define PARTS "emit/vma-test/parts.c.in"

/*
 * A part of PARTS: what stands behind a line "//@ KIND NAME". A text is for
 * @text_NAME@; the others are there if a test, or a later part, uses NAME, and
 * one that joins the part before it has no blank line in between.
 */
struct version_part {
	const char *kind;
	const char *name;
	const char *text;
};

enum { MAX_PARTS = 64 };

static struct version_part parts[MAX_PARTS + 1];

static char *take_word(char **at, const char *until)
{
	char *word = *at;

	*at += strcspn(*at, until);
	if (**at)
		*(*at)++ = '\0';
	return word;
}

/* Read once: what the parts point to stays. */
static void read_parts(void)
{
	static const char mark[] = "//@ ";
	char *at = template_read(PARTS);
	size_t nr = 0;

	at = strstr(at, mark);
	while (at && nr < MAX_PARTS) {
		struct version_part *part = &parts[nr++];
		char *next;

		at += strlen(mark);
		part->kind = take_word(&at, " ");
		part->name = take_word(&at, "\n");
		part->text = at;
		next = strstr(at, mark);
		if (next)
			*next = '\0';
		at = next;
	}
}

static const char *text_named(const char *name, size_t len)
{
	if (!parts[0].name)
		read_parts();
	for (const struct version_part *p = parts; p->name; p++)
		if (!strcmp(p->kind, "text") && strlen(p->name) == len &&
		    !memcmp(p->name, name, len))
			return p->text;
	return "";
}

/* ---- finding ------------------------------------------------------------------- */

const struct vma_test_version *vma_test_version_for(const char *kernel)
{
	long number = kernel ? version_number(kernel) : -1;
	const struct vma_test_version *h = NULL;

	for (size_t i = 0; i < NR_HARNESSES; i++)
		if (harnesses[i].number <= number)
			h = &harnesses[i];
	return h;
}

void vma_test_list(FILE *out)
{
	fprintf(out, "%s or later, of which the harness changed in",
		harnesses[0].since);
	for (size_t i = 1; i < NR_HARNESSES; i++)
		fprintf(out, " %s%s", harnesses[i].since,
			i + 1 < NR_HARNESSES ? "," : "");
}

/* ---- printing ------------------------------------------------------------------- */

static const char *lookup(const struct vma_test_version *h, const char *name,
			  size_t len)
{
	static const char prefix[] = "text_";
	const struct {
		const char *name;
		const char *text;
	} items[] = {
#define X(item) { #item, h->item },
		VMA_TEST_TEXTS(X)
#undef X
	};

	if (len > strlen(prefix) && !memcmp(name, prefix, strlen(prefix)))
		return text_named(name + strlen(prefix), len - strlen(prefix));
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		if (strlen(items[i].name) == len &&
		    !memcmp(items[i].name, name, len))
			return items[i].text;
	return "";
}

static void fill(FILE *out, const char *name, size_t len, const void *h)
{
	vma_test_put(out, h, lookup(h, name, len));
}

void vma_test_put(FILE *out, const struct vma_test_version *h, const char *text)
{
	template_fill(out, text, fill, h);
}

void vma_test_put_header(FILE *out, const struct vma_test_version *h)
{
	char *text __free(free) = template_read(HEADER);

	vma_test_put(out, h, text);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool uses(const char *text, const char *name)
{
	for (const char *at = text; (at = strstr(at, name)); at++)
		if (at == text || !in_word(at[-1]))
			return true;
	return false;
}

static void put_part(FILE *out, const struct version_part *part,
		     const char *text)
{
	if (!strcmp(part->kind, "text"))
		return;
	if (strcmp(part->kind, "joins") != 0)
		fputc('\n', out);
	fputs(text, out);
}

void vma_test_put_parts(FILE *out, const struct vma_test_version *h,
			const char *tests)
{
	char *texts[MAX_PARTS];
	bool used[MAX_PARTS] = { false };
	size_t nr = 0;

	vma_test_put(out, h, "@text_top@");
	while (parts[nr].name)
		nr++;
	for (size_t i = nr; i-- > 0;) {
		texts[i] = PRINTED(mem, vma_test_put(mem, h, parts[i].text));
		used[i] = uses(tests, parts[i].name);
		for (size_t j = i + 1; j < nr; j++)
			used[i] |= used[j] && uses(texts[j], parts[i].name);
	}
	for (size_t i = 0; i < nr; i++) {
		if (used[i])
			put_part(out, &parts[i], texts[i]);
		free(texts[i]);
	}
}
