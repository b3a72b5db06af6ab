// SPDX-License-Identifier: GPL-2.0-only
/* The words of smaps for flags, and names that a terminal can show. */
#include <string.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "process/internal.h"

/* ---- flags -------------------------------------------------------------- */

/*
 * What any kernel since 3.8 had in VmFlags, in the kernel's order. Those
 * without a flag are no concern of the simulator.
 */
static const struct code {
	char letters[3];
	vm_flags_t flag;
	const char *text;
} codes[] = {
	{ "rd", VM_READ, "readable" },
	{ "wr", VM_WRITE, "writable" },
	{ "ex", VM_EXEC, "executable" },
	{ "sh", VM_SHARED, "shared" },
	{ "mr", VM_MAYREAD, "may become readable" },
	{ "mw", VM_MAYWRITE, "may become writable" },
	{ "me", VM_MAYEXEC, "may become executable" },
	{ "ms", VM_MAYSHARE, "mapped with MAP_SHARED" },
	{ "gd", VM_GROWSDOWN, "grows down, as a stack" },
	{ "pf", VM_PFNMAP, "pages without struct page" },
	{ "gu", VM_MAYBE_GUARD, "may have guard regions" },
	{ "dw", 0, "file cannot be written to" },
	{ "lo", VM_LOCKED, "locked: mlock()" },
	{ "io", VM_IO, "memory of a device" },
	{ "sr", VM_SEQ_READ, "MADV_SEQUENTIAL" },
	{ "rr", VM_RAND_READ, "MADV_RANDOM" },
	{ "dc", VM_DONTCOPY, "MADV_DONTFORK" },
	{ "de", VM_DONTEXPAND, "must not grow" },
	{ "lf", VM_LOCKONFAULT, "locked on fault: MLOCK_ONFAULT" },
	{ "ac", VM_ACCOUNT, "accounted" },
	{ "nr", VM_NORESERVE, "MAP_NORESERVE" },
	{ "ht", VM_HUGETLB, "huge pages of hugetlbfs" },
	{ "sf", 0, "page faults are synchronous: MAP_SYNC" },
	{ "nl", 0, "non-linear" },
	{ "ar", 0, "a flag of the architecture" },
	{ "wf", VM_WIPEONFORK, "MADV_WIPEONFORK" },
	{ "dd", VM_DONTDUMP, "MADV_DONTDUMP" },
	{ "mp", 0, "MPX" },
	{ "bt", 0, "branch targets guarded: PROT_BTI" },
	{ "sd", VM_SOFTDIRTY, "soft-dirty" },
	{ "mm", VM_MIXEDMAP, "pages with and without struct page" },
	{ "hg", VM_HUGEPAGE, "MADV_HUGEPAGE" },
	{ "nh", VM_NOHUGEPAGE, "MADV_NOHUGEPAGE" },
	{ "mg", VM_MERGEABLE, "MADV_MERGEABLE" },
	{ "um", VM_UFFD_MISSING, "userfaultfd: missing pages" },
	{ "uw", VM_UFFD_WP, "userfaultfd: write protection" },
	{ "mt", 0, "memory tags: PROT_MTE" },
	{ "ui", VM_UFFD_MINOR, "userfaultfd: minor faults" },
	{ "ss", 0, "a shadow stack" },
	{ "dp", 0, "MAP_DROPPABLE" },
	{ "sl", 0, "sealed: mseal()" },
};

static const struct code *find_code(const char *letters)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (!memcmp(codes[i].letters, letters, 2))
			return &codes[i];
	return NULL;
}

vm_flags_t code_flag(const char *letters)
{
	const struct code *code = find_code(letters);

	return code ? code->flag : 0;
}

const char *proc_code_text(const char *letters)
{
	const struct code *code = NULL;

	if (strlen(letters) == 2)
		code = find_code(letters);
	return code ? code->text : NULL;
}

const char *proc_flag_code(enum vm_flag_bit bit)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].flag == 1ULL << bit)
			return codes[i].letters;
	return "??";
}

const char *proc_other_name(const struct proc_maps *maps, unsigned int bit)
{
	return maps->other[bit];
}

size_t proc_counted(const struct proc_maps *maps)
{
	size_t nr = maps->nr;

	if (nr && !strcmp(maps->vma[nr - 1].name, "[vsyscall]"))
		nr--;
	return nr;
}

/* ---- names -------------------------------------------------------------- */

#define ESCAPED 4 /* columns of \ooo */

/* What is printed in one piece: a character, or a byte that is none. */
struct glyph {
	size_t bytes;
	size_t columns;
	bool printable;
};

/* Characters of East Asia, and pictures: terminals give them two columns. */
static bool is_wide(uint32_t c)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} wide[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },
		{ 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wide); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return true;
	return false;
}

static struct glyph glyph_at(const char *at, size_t left)
{
	uint32_t c;
	size_t bytes = utf8_char(at, left, &c);

	if (!bytes)
		return (struct glyph){ 1, ESCAPED, false };
	if (!utf8_printable(c))
		return (struct glyph){ bytes, bytes * ESCAPED, false };
	return (struct glyph){ bytes, is_wide(c) ? 2 : 1, true };
}

static void print_glyph(FILE *out, const char *at, const struct glyph *g)
{
	if (g->printable)
		fwrite(at, 1, g->bytes, out);
	for (size_t i = 0; i < g->bytes && !g->printable; i++)
		fprintf(out, "\\%03o", (unsigned char)at[i]);
}

/* Returns how many columns were taken. */
static size_t print_from(FILE *out, const char *bytes, size_t len, size_t from,
			 size_t to)
{
	size_t column = 0, printed = 0;

	for (size_t i = 0; i < len;) {
		const struct glyph g = glyph_at(bytes + i, len - i);

		if (column >= from && column + g.columns <= to) {
			print_glyph(out, bytes + i, &g);
			printed += g.columns;
		}
		column += g.columns;
		i += g.bytes;
	}
	return printed;
}

static size_t columns_of(const char *bytes, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		const struct glyph g = glyph_at(bytes + i, len - i);

		columns += g.columns;
		i += g.bytes;
	}
	return columns;
}

size_t proc_print_bytes(FILE *out, const char *bytes, size_t len, size_t max)
{
	static const char dots[] = "...";
	const size_t nr_dots = sizeof(dots) - 1;
	size_t all = columns_of(bytes, len), head, tail, printed;

	if (!max || all <= max)
		return print_from(out, bytes, len, 0, all);
	if (max <= nr_dots)
		return print_from(out, dots, nr_dots, 0, max);
	head = (max - nr_dots) / 2;
	tail = max - nr_dots - head;
	printed = print_from(out, bytes, len, 0, head);
	fputs(dots, out);
	return printed + nr_dots + print_from(out, bytes, len, all - tail, all);
}

size_t proc_print_name(FILE *out, const char *name, size_t max)
{
	return proc_print_bytes(out, name, strlen(name), max);
}
