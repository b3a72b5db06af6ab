// SPDX-License-Identifier: GPL-2.0-only
/* What is mapped, from the text of /proc/PID/maps or smaps. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "process/internal.h"

/* In so many lines is looked for what the file may be instead. */
#define MAX_NAMED 200

#define MIN_PAGE 4096

/* ---- errors --------------------------------------------------------- */

/* A core has no lines. */
static void print_place(const struct intake *r, FILE *out, size_t column)
{
	size_t line = lines_number(r->lines);

	text_print(out, r->maps->source, 0);
	if (line)
		fprintf(out, ":%zu:%zu", line, column);
	fputs(": ", out);
}

/*
 * One error for all, at the end, about the first: a line that should have
 * been understood before one of other text.
 */
static void keep_error(struct intake *r, const char *line, size_t len)
{
	struct buffer b;
	FILE *out = buffer_open(&b);

	print_place(r, out, 1);
	if (len > LINE_LONGEST) {
		fprintf(out, "more than %u bytes in a line", LINE_LONGEST);
	} else {
		fputc('\'', out);
		text_print_bytes(out, line, len, 40);
		fputs("' not understood", out);
	}
	r->first = buffer_text(&b);
}

/* A line that looks like one of ours. Returns whether it is the first. */
static bool count_damaged(struct intake *r)
{
	r->owner = OWNER_UNKNOWN;
	if (r->damaged++)
		return false;
	free(r->first);
	return true;
}

static void skip_line(struct intake *r, const char *line, size_t len)
{
	if (count_damaged(r))
		keep_error(r, line, len);
}

/* Where a number stands in the line, in whatever form that is. */
static size_t column_of(const struct intake *r, uint64_t wanted)
{
	const char *end = r->line + r->len, *stop;
	uint64_t number;

	for (const char *at = r->line; at < end; at = stop ? stop : at + 1) {
		stop = take_digits(at, end, 16, &number);
		if (stop && number == wanted)
			return (size_t)(at - r->line) + 1;
	}
	return 1;
}

static void skip_unaligned(struct intake *r, const char *what, uint64_t number)
{
	struct buffer b;

	if (!count_damaged(r))
		return;
	r->unaligned = true;
	print_place(r, buffer_open(&b), column_of(r, number));
	fprintf(b.out, "%s %" PRIx64 " not understood", what, number);
	r->first = buffer_text(&b);
}

/* A line of what is around it. */
static void pass_line(struct intake *r, const char *line, size_t len)
{
	if (!r->named && r->passed < MAX_NAMED && !r->maps->nr)
		r->named = forms_name(line, len);
	if (!r->passed++ && !r->damaged)
		keep_error(r, line, len);
}

__attribute__((format(printf, 2, 3))) static void fail(struct intake *r,
						       const char *fmt, ...)
{
	va_list args;

	print_place(r, r->err, 1);
	va_start(args, fmt);
	vfprintf(r->err, fmt, args);
	va_end(args);
	fputc('\n', r->err);
	r->failed = true;
}

void intake_fail(struct intake *r, const char *what, const char *why)
{
	text_print(r->err, r->maps->source, 0);
	fprintf(r->err, ": %s%s\n", what, why);
	r->failed = true;
}

void intake_missing(struct intake *r, size_t nr, const char *what)
{
	text_print(r->err, r->maps->source, 0);
	fprintf(r->err, ": %s\n", what);
	r->maps->nr_skipped += nr;
}

/* Around the tables of other programs there is other text. */
static void print_skipped(struct intake *r)
{
	size_t nr = r->damaged + (r->maps->form ? 0 : r->passed);

	r->maps->nr_skipped += nr;
	if (!nr)
		return;
	fprintf(r->err, "%s%s", r->first, r->maps->nr ? " and skipped" : "");
	if (nr > 1)
		fprintf(r->err, ", as %zu more line%s", nr - 1, plural(nr - 1));
	if (r->unaligned)
		fprintf(r->err,
			", expected a multiple of the page size, %" PRIu64 "\n",
			r->min_page);
	else
		fputs(", expected a line of maps or smaps\n", r->err);
}

/* ---- the line of a VMA -------------------------------------------------- */

/* After the five words that maps_parse() has seen, and the spaces behind. */
static const char *name_of(const char *line, size_t len)
{
	const char *at = line, *end = line + len;

	for (int word = 0; word < 5; word++) {
		while (at < end && *at != ' ')
			at++;
		while (at < end && *at == ' ')
			at++;
	}
	return at;
}

struct proc_vma *intake_last(const struct intake *r)
{
	return r->maps->nr ? &r->maps->vma[r->maps->nr - 1] : NULL;
}

/* Neighbours often have the same. */
static const char *keep_name(struct intake *r, const char *name, size_t len)
{
	const struct proc_vma *last = intake_last(r);

	if (!len)
		return "";
	if (last && !strncmp(last->name, name, len) && !last->name[len])
		return last->name;
	return arena_text(r->maps->arena, name, len);
}

/* Of what may become shared, maps says no more than that it is. */
static vm_flags_t flags_of(uint32_t flags)
{
	return (flags & MAPS_READ ? VM_READ : 0) |
	       (flags & MAPS_WRITE ? VM_WRITE : 0) |
	       (flags & MAPS_EXEC ? VM_EXEC : 0) |
	       (flags & MAPS_SHARED ? VM_SHARED | VM_MAYSHARE : 0);
}

static void add_vma(struct intake *r, const struct maps_vma *head,
		    const char *name, size_t len)
{
	const struct proc_vma vma = {
		.start = head->start,
		.end = head->end,
		.offset = head->offset,
		.inode = head->inode,
		.dev_major = head->dev_major,
		.dev_minor = head->dev_minor,
		.flags = flags_of(head->flags),
		.name = keep_name(r, name, len),
		.line = lines_number(r->lines),
	};

	*xappend(r->maps->vma, r->maps->nr) = vma;
	lines_used(r->lines);
	r->all_bits |= vma.start | vma.end | vma.offset;
	r->owner = OWNER_LAST;
}

/* Of a file of which the name is all that is known. */
static uint64_t made_up_inode(const char *name, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
	return hash | 1;
}

static bool is_aligned(struct intake *r, const struct maps_vma *head)
{
	uint64_t within = r->min_page - 1;

	if ((head->start | head->end) & within)
		skip_unaligned(r, "address",
			       head->start & within ? head->start : head->end);
	else if (head->offset & within)
		skip_unaligned(r, "offset", head->offset);
	else
		return true;
	return false;
}

static bool fits_in(struct intake *r, const struct maps_vma *head)
{
	const struct proc_vma *last = intake_last(r);

	if (r->maps->nr == PROC_VMAS_MAX)
		fail(r, "more than %u VMAs, expected no more", PROC_VMAS_MAX);
	else if (last && head->start < last->end)
		fail(r,
		     "a VMA at %llx after one to %llx, expected what one process has mapped, by ascending address",
		     (unsigned long long)head->start,
		     (unsigned long long)last->end);
	else
		return true;
	r->torn = r->maps->nr < PROC_VMAS_MAX;
	return false;
}

void intake_head(struct intake *r, const char *line, size_t len,
		 const struct maps_vma *head)
{
	const char *name = name_of(line, len);

	len -= (size_t)(name - line);
	if (len == strlen("[rollup]") && !memcmp(name, "[rollup]", len))
		fail(r, "smaps_rollup has sums alone, expected smaps");
	else if (is_aligned(r, head) && fits_in(r, head))
		add_vma(r, head, name, len);
}

bool intake_add(struct intake *r, const struct maps_vma *head, const char *name,
		size_t len)
{
	struct maps_vma with_file = *head;

	if (!head->inode && len && name[0] == '/')
		with_file.inode = made_up_inode(name, len);
	if (memchr(name, '\0', len)) {
		skip_line(r, name, len);
		return false;
	}
	if (!is_aligned(r, head) || !fits_in(r, head))
		return false;
	add_vma(r, &with_file, name, len);
	return true;
}

/* The kernel's own way to write it, which is what most files have. */
static bool take_head(struct intake *r, const char *line, size_t len)
{
	struct maps_vma head;

	if (!maps_parse(line, len, &head) || memchr(line, '\0', len))
		return false;
	intake_head(r, line, len, &head);
	return true;
}

/* ---- the lines that smaps has below it ---------------------------------- */

/* The number that @at is, with the unit or without. */
static bool take_value(const char *at, const char *end, uint64_t *value)
{
	while (at < end && *at == ' ')
		at++;
	at = take_digits(at, end, 10, value);
	return at && (at == end || (end - at == 3 && !memcmp(at, " kB", 3)));
}

/* Returns 0 if there is no place for one more. */
static uint64_t other_bit(struct proc_maps *maps, const char *letters)
{
	unsigned int bit = 0;

	while (bit < maps->nr_others && memcmp(maps->other[bit], letters, 2))
		bit++;
	if (bit == PROC_OTHERS_MAX)
		return 0;
	if (bit == maps->nr_others) {
		memcpy(maps->other[bit], letters, 2);
		maps->nr_others++;
	}
	return 1ULL << bit;
}

static bool is_code(const char *at)
{
	return at[0] > ' ' && at[0] < 0x7f && at[1] > ' ' && at[1] < 0x7f;
}

/*
 * "rd wr mr ", with or without the last space. What may be done is in the VMA's
 * own line, too: where they differ, this is a part of another line.
 */
static bool take_vm_flags(struct proc_maps *maps, struct proc_vma *vma,
			  const char *at, const char *end)
{
	vm_flags_t flags = 0, flag;
	uint64_t others = 0, other;

	for (; at < end && *at == ' '; at++)
		;
	for (; end - at >= 2; at += end - at > 2 ? 3 : 2) {
		if (!is_code(at) || (end - at > 2 && at[2] != ' '))
			return false;
		flag = code_flag(at);
		other = flag ? 0 : other_bit(maps, at);
		if (!flag && !other)
			return false;
		flags |= flag;
		others |= other;
	}
	if ((flags ^ vma->flags) & (VM_READ | VM_WRITE | VM_EXEC))
		return false;
	vma->flags = flags;
	vma->others = others;
	vma->has_flags = true;
	return at == end;
}

static bool take_page_size(struct intake *r, struct proc_vma *vma,
			   const char *at, const char *end)
{
	uint64_t kib;

	if (!take_value(at, end, &kib) || kib < MIN_PAGE / 1024 ||
	    kib > UINT64_MAX / 1024 || kib & (kib - 1))
		return false;
	if (!r->page_seen || kib * 1024 < r->page_seen)
		r->page_seen = kib * 1024;
	vma->page_size = kib * 1024;
	return true;
}

/* Swapped pages of a file in memory may be the file's. */
static bool take_anonymous(struct proc_vma *vma, const char *at,
			   const char *end, bool swapped)
{
	uint64_t kib;

	if (!take_value(at, end, &kib))
		return false;
	if ((!swapped || !vma->inode) &&
	    __builtin_add_overflow(vma->anonymous, kib, &vma->anonymous))
		return false;
	return true;
}

static bool take_pkey(struct proc_vma *vma, const char *at, const char *end)
{
	uint64_t pkey;

	if (!take_value(at, end, &pkey) || pkey > UINT32_MAX)
		return false;
	vma->pkey = (unsigned int)pkey;
	return true;
}

/* As proc_write() has it: "anon_vma 3 offset 7f0000000000 uffd 0 ..." */
static bool take_hidden(struct proc_vma *vma, const char *at, const char *end)
{
	struct proc_hidden h = { .known = true };
	unsigned int close, forked;
	char text[128];
	int len;

	if (end - at >= (long)sizeof(text))
		return false;
	memcpy(text, at, (size_t)(end - at));
	text[end - at] = '\0';
	if (sscanf(text,
		   " anon_vma %" SCNu32 " offset %" SCNx64 " uffd %" SCNu32
		   " close %1u forked %1u%n",
		   &h.anon_vma, &h.offset, &h.uffd, &close, &forked,
		   &len) != 5 ||
	    text[len])
		return false;
	h.close = close;
	h.forked = forked;
	vma->hidden = h;
	return true;
}

static bool take_policy(struct intake *r, struct proc_vma *vma, const char *at,
			const char *end)
{
	while (at < end && *at == ' ')
		at++;
	if (memchr(at, '\0', (size_t)(end - at)))
		return false;
	vma->policy = arena_text(r->maps->arena, at, (size_t)(end - at));
	return true;
}

bool intake_value(struct intake *r, const char *key, size_t key_len,
		  const char *at, const char *end)
{
	struct proc_vma *vma = intake_last(r);

#define IS(text)                                                               \
	(key_len == sizeof(text) - 1 && !memcmp(key, text, sizeof(text) - 1))
	if (IS("VmFlags"))
		return take_vm_flags(r->maps, vma, at, end);
	if (IS("Anonymous"))
		return take_anonymous(vma, at, end, false);
	if (IS("Swap"))
		return take_anonymous(vma, at, end, true);
	if (IS("Rss"))
		return take_value(at, end, &vma->rss);
	if (IS("KernelPageSize"))
		return take_page_size(r, vma, at, end);
	if (IS("ProtectionKey"))
		return take_pkey(vma, at, end);
	if (IS("Hidden"))
		return take_hidden(vma, at, end);
	if (IS("Policy"))
		return take_policy(r, vma, at, end);
#undef IS
	return true;
}

bool intake_pair(struct intake *r, const char *key, size_t key_len,
		 const char *end)
{
	/* What has lost its VMA was counted with that. */
	if (r->owner == OWNER_UNKNOWN)
		return true;
	if (r->owner == OWNER_NONE)
		return false;
	if (!intake_value(r, key, key_len, key + key_len + 1, end))
		skip_line(r, key, (size_t)(end - key));
	return true;
}

/* A word in front of a colon. */
static bool take_key(struct intake *r, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len < 40 ? len : 40);

	return colon && !memchr(line, ' ', (size_t)(colon - line)) &&
	       intake_pair(r, line, (size_t)(colon - line), line + len);
}

/* ---- the whole file ----------------------------------------------------- */

/* "1000-2000" without what belongs behind it. */
static bool looks_like_ours(const char *line, size_t len)
{
	const char *end = line + len;
	uint64_t number;
	const char *at = take_digits(line, end, 16, &number);

	return at && at < end && *at == '-' &&
	       take_digits(at + 1, end, 16, &number);
}

static void take_line(struct intake *r, const char *line, size_t len)
{
	if (len && len <= LINE_LONGEST && line[len - 1] == '\r')
		len--;
	if (!len)
		return;
	r->line = line;
	r->len = len;
	if (len > LINE_LONGEST)
		skip_line(r, line, len);
	else if (line[0] >= 'A' && line[0] <= 'Z' && take_key(r, line, len))
		return;
	else if (take_head(r, line, len) || forms_take(r, line, len))
		return;
	else if (looks_like_ours(line, len))
		skip_line(r, line, len);
	else
		pass_line(r, line, len);
}

/* Never more than all addresses are multiples of, whatever smaps says. */
static uint64_t page_size_of(const struct intake *r)
{
	uint64_t aligned = r->all_bits & -r->all_bits;

	if (!r->page_seen)
		return MIN_PAGE;
	return !aligned || r->page_seen < aligned ? r->page_seen : aligned;
}

static struct proc_maps *maps_new(const char *source, uint64_t page_size)
{
	struct proc_maps *maps = xcalloc(1, sizeof(*maps));

	maps->arena = arena_new();
	maps->source = arena_text(maps->arena, source, strlen(source));
	maps->page_size = page_size;
	return maps;
}

static void read_lines(struct intake *r)
{
	const char *line;
	size_t len;

	while (!r->failed && (line = lines_next(r->lines, &len)))
		take_line(r, line, len);
}

/* A million VMAs in smaps, of which Linux lets a process have 65530. */
#define MAPS_LONGEST (1ull << 30)

static void refuse_lines(struct intake *r)
{
	print_skipped(r);
	r->failed = true;
}

/* What may be said of the whole once it is read. */
static void judge(struct intake *r)
{
	int error = lines_error(r->lines);

	if (error == EFBIG || (error == ENOMSG && !r->named))
		fail(r, "%s, expected maps or smaps", lines_strerror(error));
	else if (error && error != ENOMSG)
		intake_fail(r, "cannot be read: ", strerror(error));
	else if (r->maps->nr || !(r->damaged + r->passed))
		print_skipped(r);
	else if (r->named)
		intake_fail(r, "this is ", r->named);
	else if (r->damaged)
		refuse_lines(r);
	else
		intake_fail(r, "no line was understood, ",
			    "expected maps or smaps");
}

struct proc_maps *vmas_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err, bool *torn)
{
	struct intake r = {
		.lines = lines_new(in),
		.maps = maps_new(source, page_size),
		.err = err,
		.min_page = page_size ? page_size : MIN_PAGE,
		.line = "",
	};
	const char *first;
	size_t len;

	lines_limit(r.lines, MAPS_LONGEST);
	first = lines_peek(r.lines, &len);
	if (core_is(first, len))
		core_read(&r, in, first, len);
	else
		read_lines(&r);
	if (!r.failed)
		judge(&r);
	if (!page_size)
		r.maps->page_size = page_size_of(&r);
	lines_free(r.lines);
	free(r.first);
	*torn = r.torn;
	if (!r.failed)
		return r.maps;
	proc_free(r.maps);
	return NULL;
}

struct proc_maps *proc_read(FILE *in, const char *source, uint64_t page_size,
			    FILE *err)
{
	bool torn;

	return vmas_read(in, source, page_size, err, &torn);
}

/* ---- writing -------------------------------------------------------------- */

static void write_flags(FILE *out, const struct proc_maps *maps,
			const struct proc_vma *v)
{
	vm_flags_t flags = v->flags;
	uint64_t others = v->others;
	const char *code;

	fputs("VmFlags:", out);
	while ((code = proc_take_code(maps, &flags, &others)))
		fprintf(out, " %.2s", code);
	fputs(" \n", out);
}

static void write_vma(FILE *out, const struct proc_maps *maps,
		      const struct proc_vma *v)
{
	const struct proc_hidden *h = &v->hidden;

	fprintf(out,
		"%08" PRIx64 "-%08" PRIx64 " %s %08" PRIx64
		" %02x:%02x %" PRIu64 " %s\n",
		v->start, v->end, PERMISSIONS(v->flags), v->offset,
		v->dev_major, v->dev_minor, v->inode, v->name);
	fprintf(out, "Size: %" PRIu64 " kB\nKernelPageSize: %" PRIu64 " kB\n",
		(v->end - v->start) / 1024,
		(v->page_size ? v->page_size : maps->page_size) / 1024);
	fprintf(out, "Anonymous: %" PRIu64 " kB\n",
		h->anon_vma ? maps->page_size / 1024 : v->anonymous);
	if (v->pkey)
		fprintf(out, "ProtectionKey: %u\n", v->pkey);
	if (v->has_flags)
		write_flags(out, maps, v);
	if (v->policy)
		fprintf(out, "Policy: %s\n", v->policy);
	if (h->known)
		fprintf(out,
			"Hidden: anon_vma %" PRIu32 " offset %" PRIx64
			" uffd %" PRIu32 " close %u forked %u\n",
			h->anon_vma, h->offset, h->uffd, h->close, h->forked);
}

void proc_write(FILE *out, const struct proc_maps *maps)
{
	for (size_t i = 0; i < maps->nr; i++)
		write_vma(out, maps, &maps->vma[i]);
}

void proc_free(struct proc_maps *maps)
{
	if (!maps)
		return;
	free(maps->vma);
	arena_free(maps->arena);
	free(maps);
}
