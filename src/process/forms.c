// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people paste in place of maps and smaps: with something before or around
 * it, or the tables of other programs. What has no permissions or no files is
 * named for what it is.
 */
#include <regex.h>
#include <string.h>

#include "lib/memory.h"
#include "process/internal.h"

#define MAX_WORDS 40

/* In so many places of a line, a VMA's may begin. */
#define MAX_TRIES 8

struct form_word {
	const char *at;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* At most @max, the last of which has all the rest of the line. */
static size_t split(const char *at, const char *end, struct form_word *words,
		    size_t max)
{
	size_t nr = 0;

	for (;;) {
		while (at < end && is_blank(*at))
			at++;
		if (at == end || nr == max)
			return nr;
		words[nr].at = at;
		while (at < end && !is_blank(*at))
			at++;
		words[nr].len = (size_t)(at - words[nr].at);
		if (++nr == max)
			words[nr - 1].len = (size_t)(end - words[nr - 1].at);
	}
}

static bool is_word(const struct form_word *word, const char *text)
{
	return word->len == strlen(text) && !memcmp(word->at, text, word->len);
}

/* All of a word, with or without 0x. */
static bool take_hex(const struct form_word *word, uint64_t *value)
{
	const char *at = word->at, *end = at + word->len;

	if (word->len > 2 && !memcmp(at, "0x", 2))
		at += 2;
	return take_digits(at, end, 16, value) == end;
}

/* "rwxp", or "rwx" where nobody says whether it is shared. */
static bool take_access(const struct form_word *word, uint32_t *flags)
{
	static const char letters[] = "rwx";

	*flags = 0;
	if (word->len < 3 || word->len > 4)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (word->at[i] == letters[i])
			*flags |= 1u << i;
		else if (word->at[i] != '-')
			return false;
	}
	if (word->len == 3)
		return true;
	if (word->at[3] == 's')
		*flags |= MAPS_SHARED;
	return strchr("ps-", word->at[3]);
}

/* ---- maps, with something before it ------------------------------------- */

/*
 * The line that begins at @at as the kernel would have written it: one blank
 * between words, no 0x, and then the name.
 */
static size_t as_maps(const char *at, const char *end, char *to)
{
	struct form_word words[6];
	size_t nr = split(at, end, words, 6), len = 0;

	for (size_t i = 0; i < nr; i++) {
		const char *from = words[i].at;
		const char *stop = from + words[i].len;

		while (from < stop) {
			if (i < 5 && stop - from > 2 && from[0] == '0' &&
			    from[1] == 'x' &&
			    (from == words[i].at || from[-1] == '-'))
				from += 2;
			to[len++] = *from++;
		}
		to[len++] = ' ';
	}
	while (len && is_blank(to[len - 1]))
		len--;
	return len;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Where the number before a dash begins, @dash if there is none. */
static const char *number_before(const char *line, const char *dash)
{
	const char *at = dash;

	while (at > line && is_hex(at[-1]))
		at--;
	if (at - line >= 2 && at < dash && at[-1] == 'x' && at[-2] == '0')
		at -= 2;
	return at;
}

/* "7f0000001000 r-" behind a dash: worth to be looked at. */
static bool goes_on(const char *at, const char *end)
{
	while (at < end && (is_hex(*at) || *at == 'x'))
		at++;
	if (at == end || !is_blank(*at))
		return false;
	while (at < end && is_blank(*at))
		at++;
	return end - at > 3 && strchr("r-", at[0]) && strchr("w-", at[1]) &&
	       strchr("x-", at[2]);
}

/* A line in quotes, or several with "\n" between them, as JSON has them. */
static const char *stop_of(const char *line, const char *at, const char *end)
{
	const char *quote = NULL, *newline;

	if (at > line && (at[-1] == '"' || at[-1] == '\''))
		quote = memchr(at, at[-1], (size_t)(end - at));
	end = quote ? quote : end;
	newline = memmem(at, (size_t)(end - at), "\\n", 2);
	return newline ? newline : end;
}

/* A VMA's line anywhere in another. */
static bool take_maps(struct intake *r, const char *line, const char *end)
{
	struct maps_vma head;
	int tries = MAX_TRIES;
	bool taken = false;

	for (const char *dash = line;
	     tries && (dash = memchr(dash, '-', (size_t)(end - dash)));
	     dash++) {
		const char *at = number_before(line, dash), *stop;
		size_t len;

		if (at == dash || !goes_on(dash + 1, end))
			continue;
		tries--;
		stop = stop_of(line, at, end);
		len = as_maps(at, stop, r->copy);
		if (memchr(r->copy, '\0', len) ||
		    !maps_parse(r->copy, len, &head))
			continue;
		intake_head(r, r->copy, len, &head);
		taken = true;
		tries = MAX_TRIES;
		if (r->failed || stop == end)
			break;
		dash = stop;
	}
	return taken;
}

/* Below it, what smaps has, with the same before it or not. */
static bool take_smaps(struct intake *r, const char *line, const char *end)
{
	static const char *const keys[] = { "VmFlags",	      "Anonymous",
					    "Swap",	      "Rss",
					    "KernelPageSize", "ProtectionKey",
					    "THPeligible" };
	const char *colon = memchr(line, ':', (size_t)(end - line));

	if (!r->maps->nr)
		return false;
	for (; colon;
	     colon = memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t len = strlen(keys[i]);
			const char *at = colon - len;

			if ((size_t)(colon - line) >= len &&
			    !memcmp(at, keys[i], len) &&
			    (at == line || strchr(" \t>|:-", at[-1])))
				return intake_pair(r, at, len, end);
		}
	}
	return end - line > 6 && !memcmp(end - 3, " kB", 3);
}

/* What criu has of each VMA once more, without its file. */
static bool is_criu(const char *line, const char *end)
{
	static const char key[] = "K) prot 0x";

	return memmem(line, (size_t)(end - line), key, strlen(key));
}

/* Mail wraps lines, and then the name comes alone. */
static bool take_name(struct intake *r, const char *line, const char *end)
{
	struct proc_vma *last = intake_last(r);

	if (!last || *last->name || *line != (last->inode ? '/' : '[') ||
	    last->line + 1 != lines_number(r->lines) ||
	    memchr(line, '\0', (size_t)(end - line)))
		return false;
	last->name = arena_text(r->maps->arena, line, (size_t)(end - line));
	return true;
}

/* ---- tables of addresses ------------------------------------------------ */

/*
 * What the columns are: start, end, size, offset, permissions. A name may
 * follow.
 */
static const struct form_table {
	const char *columns;
	const char *form;
} tables[] = {
	{ "sezop", "gdb's 'info proc mappings'" },
	{ "sepzo", "pwndbg's 'vmmap'" },
	{ "seop", "gef's 'vmmap'" },
};

static bool take_column(char column, const struct form_word *word,
			struct maps_vma *head, uint64_t *size)
{
	switch (column) {
	case 's':
		return word->len > 2 && word->at[1] == 'x' &&
		       take_hex(word, &head->start);
	case 'e':
		return take_hex(word, &head->end);
	case 'z':
		return take_hex(word, size);
	case 'o':
		return take_hex(word, &head->offset);
	default:
		return take_access(word, &head->flags);
	}
}

static bool take_table(struct intake *r, const char *line, const char *end,
		       const struct form_table *table)
{
	struct maps_vma head = { 0 };
	struct form_word words[6];
	size_t columns = strlen(table->columns);
	size_t nr = split(line, end, words, columns + 1);
	uint64_t size = 0;

	if (nr < columns)
		return false;
	for (size_t i = 0; i < columns; i++)
		if (!take_column(table->columns[i], &words[i], &head, &size))
			return false;
	if (head.start >= head.end || (size && size != head.end - head.start))
		return false;
	r->maps->form = table->form;
	if (nr == columns)
		words[nr].len = 0;
	intake_add(r, &head, words[columns].at, words[columns].len);
	return true;
}

/* "LOAD offset address physical size-in-file size flags alignment" */
static bool take_load(struct intake *r, const char *line, const char *end)
{
	struct maps_vma head = { 0 };
	struct form_word words[9];
	size_t nr = split(line, end, words, 9);
	uint64_t size, written;

	if (nr < 7 || !is_word(&words[0], "LOAD") ||
	    !take_hex(&words[2], &head.start) ||
	    !take_hex(&words[4], &written) || !take_hex(&words[5], &size) ||
	    __builtin_add_overflow(head.start, size, &head.end))
		return false;
	for (size_t i = 6; i < nr; i++)
		for (size_t c = 0; c < words[i].len; c++)
			head.flags |= words[i].at[c] == 'R'   ? MAPS_READ
				      : words[i].at[c] == 'W' ? MAPS_WRITE
				      : words[i].at[c] == 'E' ? MAPS_EXEC
							      : 0;
	/* What is not in the core, and cannot be written to, is in a file. */
	if (written < size && !(head.flags & MAPS_WRITE))
		head.inode = head.start | 1;
	r->maps->form =
		"the list of program headers of a core: without names, so files may look anonymous";
	if (size)
		intake_add(r, &head, "", 0);
	return true;
}

/* ---- pmap -X and -XX ---------------------------------------------------- */

/* The columns have the names of smaps' keys; the first five are those of maps. */
static bool take_pmap_title(struct intake *r, const char *line, const char *end)
{
	static const char *const first[] = { "Address", "Perm", "Offset",
					     "Device", "Inode" };
	struct form_word words[MAX_WORDS];
	size_t nr = split(line, end, words, MAX_WORDS);
	size_t len = (size_t)(end - line);

	if (nr < ARRAY_SIZE(first) + 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		if (!is_word(&words[i], first[i]))
			return false;
	r->pmap_title = arena_text(r->maps->arena, line, len);
	r->pmap_len = len;
	r->maps->form = "pmap's table";
	return true;
}

static bool is_code(const struct form_word *word)
{
	return word->len == 2 && word->at[0] >= 'a' && word->at[0] <= 'z' &&
	       word->at[1] >= 'a' && word->at[1] <= 'z';
}

/* The values below those names, and what is behind them. */
static void take_pmap_values(struct intake *r, const struct form_word *words,
			     size_t nr, const char *end)
{
	struct form_word title[MAX_WORDS];
	size_t columns = split(r->pmap_title, r->pmap_title + r->pmap_len,
			       title, MAX_WORDS);
	struct proc_vma *vma = intake_last(r);
	size_t i = 5, name;

	for (; i < columns && i < nr; i++) {
		if (is_word(&title[i], "Mapping") ||
		    (title[i].len >= 7 && !memcmp(title[i].at, "VmFlags", 7)))
			break;
		intake_value(r, title[i].at, title[i].len, words[i].at,
			     words[i].at + words[i].len);
	}
	for (name = i; i < columns && title[i].at[0] == 'V' && name < nr &&
		       is_code(&words[name]);)
		name++;
	/* A file has a name, which may look like a flag. */
	if (name > i && name == nr && vma->inode)
		name--;
	if (name > i)
		intake_value(r, "VmFlags", 7, words[i].at,
			     words[name - 1].at + words[name - 1].len);
	if (name < nr)
		vma->name = arena_text(r->maps->arena, words[name].at,
				       (size_t)(end - words[name].at));
}

static bool take_pmap(struct intake *r, const char *line, const char *end)
{
	struct maps_vma head;
	struct form_word words[MAX_WORDS];
	size_t nr, len;
	uint64_t start, kib;

	if (!r->pmap_title)
		return take_pmap_title(r, line, end);
	nr = split(line, end, words, MAX_WORDS);
	if (nr < 6 || !take_hex(&words[0], &start) || words[1].len != 4 ||
	    take_digits(words[5].at, end, 10, &kib) !=
		    words[5].at + words[5].len ||
	    kib > (UINT64_MAX - start) / 1024)
		return false;
	len = (size_t)snprintf(r->copy, LINE_LONGEST, "%llx-%llx ",
			       (unsigned long long)start,
			       (unsigned long long)(start + kib * 1024));
	len += as_maps(words[1].at, words[4].at + words[4].len, r->copy + len);
	if (!maps_parse(r->copy, len, &head))
		return false;
	if (intake_add(r, &head, "", 0))
		take_pmap_values(r, words, nr, end);
	return true;
}

/* ---- all of them -------------------------------------------------------- */

/* Quotes of mails, and numbers that grep -n and others put before lines. */
static const char *after_quotes(const char *line, const char *end)
{
	const char *at = line, *digits = line;
	uint64_t number;

	do {
		at = digits;
		while (at < end && (is_blank(*at) || *at == '>' || *at == '|'))
			at++;
		digits = take_digits(at, end, 10, &number);
	} while (digits && digits < end && *digits++ == ':');
	return at;
}

bool forms_take(struct intake *r, const char *line, size_t len)
{
	const char *end = line + len, *at = after_quotes(line, end);

	while (end > at && is_blank(end[-1]))
		end--;
	/* A line of nothing but quotes is an empty one. */
	if (at == end || take_maps(r, at, end))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (take_table(r, at, end, &tables[i]))
			return true;
	return take_load(r, at, end) || take_pmap(r, at, end) ||
	       take_smaps(r, at, end) || take_name(r, at, end) ||
	       (r->maps->nr && is_criu(at, end));
}

/* ---- what has not all that is needed ------------------------------------ */

#define HEX "[0-9a-f]+"

#define A_TRACE "a trace of system calls, expected vmatlas replay FILE"

/* What a line of it looks like; asked in this order. */
static const struct form_name lacking[] = {
	{ "0x" HEX "-0x" HEX " \\([0-9]+K\\) prot 0x",
	  "a list of VMAs of criu, which has no files' names, expected criu's log with -v4, or cat /proc/PID/smaps" },
	{ "^" HEX " +[0-9]+ [r-][w-][x-][s-][R-] " HEX " " HEX ":",
	  "the output of pmap -d, which has no inodes and no flags, expected pmap -XX PID, or cat /proc/PID/smaps" },
	{ "^" HEX " +[0-9]+K? .*[r-][w-][x-][s-][R-]",
	  "the output of pmap, which has no offsets, inodes and flags, expected pmap -XX PID, or cat /proc/PID/smaps" },
	{ "^ *0x" HEX " +0x" HEX " +0x" HEX " +0x" HEX,
	  "gdb's 'info proc mappings' without permissions, which a core has not there and gdb before 12 did not show, expected the core itself, or cat /proc/PID/smaps" },
	{ "^ +0x" HEX " +0x" HEX " +0x" HEX "$",
	  "the note of a core that has its files, as readelf -n prints it, which has no permissions, expected the core itself" },
	{ "^ *\\[[0-9]+\\] +0x" HEX "->0x" HEX " at ",
	  "gdb's 'maint info sections', which has no files, expected the core itself, or gdb's 'info proc mappings'" },
	{ "^ +VMA +START +END +FLAGS",
	  "crash's 'vm', which has no offsets and inodes, expected cat /proc/PID/smaps" },
	{ "^0x" HEX " - 0x" HEX " +[0-9]+ [r-][w-][x-]",
	  "a JVM's System.map, which has no offsets and inodes, expected cat /proc/PID/smaps" },
	{ "^ *" HEX "'" HEX "-" HEX "'" HEX " ",
	  "the memory map of an Android tombstone, which has no flags and inodes, expected cat /proc/PID/smaps" },
	{ "^\t0x" HEX "-0x" HEX "(\t|$)",
	  "the memory map of a sanitizer, which has no permissions, expected cat /proc/PID/smaps" },
	{ "aspacem +[0-9 ]+: (RSVN|file|anon|shm|FILE|ANON|SHM)",
	  "the segments of Valgrind's address space manager, which has merged them as it likes, expected cat /proc/PID/smaps" },
	{ "^ *PID +START +END +PRT ",
	  "procstat of FreeBSD, expected /proc/PID/smaps of Linux" },
	{ "^REGION TYPE +START",
	  "vmmap of macOS, expected /proc/PID/smaps of Linux" },
	{ "^COMMAND +PID +(TID +[A-Z]+ +)?USER",
	  "the output of lsof, which has files alone, expected cat /proc/PID/smaps" },
	{ "^ +PID: [0-9]+ \\(",
	  "the output of coredumpctl info, expected what coredumpctl dump -o FILE writes" },
	{ "^ *\\[0x" HEX "-0x" HEX "\\) ",
	  "lldb's 'memory region', which has no offsets and inodes, expected cat /proc/PID/smaps" },
	{ "^ *0x" HEX " - 0x" HEX " is ",
	  "gdb's 'info files', which has sections and not VMAs, expected gdb's 'info proc mappings', or cat /proc/PID/smaps" },
	{ "^ *LOAD +0x" HEX " 0x" HEX " 0x" HEX "$",
	  "the output of readelf -l in lines of 80 columns, expected readelf -lW, or the core itself" },
	{ "^" HEX " (default|bind|prefer|interleave|local|weighted)",
	  "numa_maps, which has no permissions and sizes, expected cat /proc/PID/smaps" },
	{ "^Vm(Peak|Size|RSS|Data):",
	  "/proc/PID/status, which has sums alone, expected cat /proc/PID/smaps" },
	{ HEX "-" HEX " -> ",
	  "a listing of /proc/PID/map_files, which has files alone, expected cat /proc/PID/smaps" },
	{ "PERF_RECORD_MMAP",
	  "mmap events of perf, which has no munmap(), expected cat /proc/PID/smaps" },
	{ "^Native Memory Tracking",
	  "native memory tracking of a JVM, which has sums alone, expected cat /proc/PID/smaps" },
	/* strace and bpftrace, perf trace, ftrace and perf script */
	{ "^(\\[pid +)?[]0-9. :]*(<[^>]*>)? *[a-z][a-z_0-9]*\\(.*(\\) += | <unf)",
	  A_TRACE },
	{ "\\([ 0-9.]+(ms)?\\): .*/[0-9]+ .*\\) += ", A_TRACE },
	{ " \\[[0-9]{3}\\] .*sys_[a-z_0-9]+(\\(|:| ->)", A_TRACE },
	{ "^MDMP",
	  "a minidump without the text of maps in it, expected cat /proc/PID/smaps, or a core" },
};

static const struct form_name compressed[] = {
	{ "^\\(\xb5/\xfd|^\\(\xb5",
	  "a file compressed by zstd, expected the output of zstd -dc FILE" },
	{ "^\x1f\x8b",
	  "a file compressed by gzip, expected the output of zcat FILE" },
	{ "^\xfd"
	  "7zXZ",
	  "a file compressed by xz, expected the output of xzcat FILE" },
	{ "^\x04\"M\x18",
	  "a file compressed by lz4, expected the output of lz4 -dc FILE" },
};

const char *forms_find(const struct form_name *names, size_t nr,
		       const char *line, size_t len)
{
	const char *what = NULL;
	/* The beginning says it; regular expressions are slow on long lines. */
	regmatch_t whole = { .rm_so = 0,
			     .rm_eo = (regoff_t)(len < 400 ? len : 400) };
	regex_t re;

	for (size_t i = 0; i < nr && !what; i++) {
		if (regcomp(&re, names[i].line, REG_EXTENDED | REG_NOSUB))
			out_of_memory();
		if (!regexec(&re, line, 1, &whole, REG_STARTEND))
			what = names[i].what;
		regfree(&re);
	}
	return what;
}

const char *forms_compressed(const char *line, size_t len)
{
	return forms_find(compressed, ARRAY_SIZE(compressed), line, len);
}

const char *forms_name(const char *line, size_t len)
{
	const char *name = forms_find(lacking, ARRAY_SIZE(lacking), line, len);

	return name ? name : forms_compressed(line, len);
}
