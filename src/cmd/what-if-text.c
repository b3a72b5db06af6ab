// SPDX-License-Identifier: GPL-2.0-only
/* What system calls would do to a process, for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "cmd/what-if.h"
#include "cmd/words.h"
#include "lib/stream.h"
#include "lib/text.h"

#define WIDTH 79
#define KEY 16 /* columns before a value */

/* With so many VMAs a reader's ways are found at once. */
#define READ_VMAS 7

/* ---- words -------------------------------------------------------------------- */

#define HOLE_IN_RANGE                                                          \
	"not all of the range is mapped; what lies before the hole is changed"
#define NOT_LOCKED                                                             \
	"not all of the range is mapped, and what lies before the hole is locked; or it is locked, but some of it cannot be brought in, as there is no access to it"
#define NO_ADVICE                                                              \
	"the address is not that of a page, or the advice is not for memory of this kind"
#define MAPPED_IS_CHANGED "not all of the range is mapped; what is, is changed"

/* Whether it is an operation that failed, and not what the call asks before. */
static bool is_of_operation(const struct what_if_call *c, int err)
{
	return c->all_ops && c->last_err == err;
}

/* ---- errors ------------------------------------------------------------------- */

static bool goes_beyond(const struct what_if_call *c, uint64_t addr,
			uint64_t len)
{
	return len > c->end || addr > c->end - len;
}

/* Whether any range of the call does. An address of mmap() may be a mere wish. */
static bool is_beyond(const struct what_if_call *c)
{
	const struct syscall *s = &c->call;
	bool fixed = s->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);

	if (s->kind == CALL_MMAP && !fixed)
		return goes_beyond(c, 0, s->len);
	if (s->kind == CALL_MREMAP &&
	    goes_beyond(c, s->flags & MREMAP_FIXED ? s->new_addr : 0,
			s->new_len))
		return true;
	return goes_beyond(c, s->addr, s->len);
}

/* Whether the kernel asks for it before it asks for what else is EINVAL. */
static bool ends_at_once(const struct what_if_call *c)
{
	switch (c->call.kind) {
	case CALL_MUNMAP:
	case CALL_MREMAP:
	case CALL_REMAP_FILE_PAGES:
	case CALL_IOCTL_USERFAULTFD:
		return true;
	case CALL_MMAP:
		return false;
	default:
		return c->call.addr + c->call.len < c->call.addr;
	}
}

/* What is beyond the end is a hole like others to those calls that go that far. */
static const char *beyond(const struct what_if_call *c, const char *hole)
{
	static char text[400];

	snprintf(text, sizeof(text),
		 "the range goes beyond the end of the address space, %" PRIx64
		 "%s%s",
		 c->end, hole ? "; " : "", hole ? hole : "");
	return text;
}

/* -ENOMEM means one thing or another. */
static const char *no_memory(const struct what_if_call *c)
{
	static const char *const holes[NR_CALLS] = {
		[CALL_MPROTECT] = HOLE_IN_RANGE,
		[CALL_PKEY_MPROTECT] = HOLE_IN_RANGE,
		[CALL_MUNLOCK] = HOLE_IN_RANGE,
		[CALL_MLOCK] = NOT_LOCKED,
		[CALL_MLOCK2] = NOT_LOCKED,
		[CALL_MADVISE] = MAPPED_IS_CHANGED,
		[CALL_PROCESS_MADVISE] = MAPPED_IS_CHANGED,
		[CALL_PRCTL] = MAPPED_IS_CHANGED,
		[CALL_MSEAL] =
			"not all of the range is mapped, and nothing is sealed",
	};
	const char *hole = holes[c->call.kind];

	if (is_of_operation(c, -ENOMEM))
		return "there would be more VMAs than vm.max_map_count allows; what was done before stays done";
	if (is_beyond(c))
		return beyond(c, hole);
	if (hole)
		return hole;
	if (c->call.kind == CALL_BRK)
		return "something is in the way, or the address is below the heap, or nothing is mapped of what is to go";
	if (c->call.kind == CALL_MREMAP)
		return "it cannot grow where it is, and may not move, or there is no room, or there would be too many VMAs";
	return "there is no room, or there are too many VMAs";
}

static const char *not_valid(const struct what_if_call *c)
{
	static const char *const texts[NR_CALLS] = {
		[CALL_MMAP] =
			"the address or the offset is not that of a page, or the length is 0, or the flags cannot be",
		[CALL_MUNMAP] =
			"the address is not that of a page, or the length is 0",
		[CALL_MLOCKALL] = "the flags cannot be",
		[CALL_REMAP_FILE_PAGES] =
			"it is not all one shared mapping of a file, or the length or the offset cannot be",
		[CALL_IOCTL_USERFAULTFD] =
			"the address or the length is not that of pages, or not all of the range can have a userfaultfd",
		[CALL_MPROTECT] =
			"the address is not that of a page, or the protection cannot be",
		[CALL_PKEY_MPROTECT] =
			"the address is not that of a page, or the protection key is none of 0 to 15, or the flags cannot be",
		[CALL_MADVISE] = NO_ADVICE,
		[CALL_PROCESS_MADVISE] = NO_ADVICE,
		[CALL_MREMAP] =
			"the addresses are not those of pages, or a length cannot be, or the old and the new place overlap, or the flags do not go together",
		[CALL_SHMDT] = "no segment is attached at this address",
		[CALL_SHMAT] =
			"something is mapped there, or the address is not that of a page",
	};
	const char *text = texts[c->call.kind];

	if (is_of_operation(c, -EINVAL))
		return "a VMA would be split where it may not be: what the kernel maps itself nowhere is, and huge pages of hugetlbfs are only between each two; what was done before stays done";
	if (is_beyond(c) && ends_at_once(c))
		return beyond(c, NULL);
	return text ? text
		    : "the address is not that of a page, or the length or the flags cannot be";
}

const char *what_if_error(const struct what_if_call *c)
{
	switch (-c->err) {
	case ENOMEM:
		return no_memory(c);
	case EAGAIN:
		return "there would be more VMAs than vm.max_map_count allows; this call makes EAGAIN of ENOMEM";
	case EINVAL:
		return not_valid(c);
	case EOVERFLOW:
		return "no file is so long";
	case EACCES:
		if (c->call.kind == CALL_MADVISE)
			return "only shared memory that may be written is removed";
		return "memory of this kind may not have this protection, as its VM_MAY* flags say; what lies before it is changed";
	case EPERM:
		return "the memory is sealed: mseal()";
	case EEXIST:
		return "something is mapped there";
	case EFAULT:
		if (is_beyond(c))
			return beyond(c, NULL);
		return "nothing is mapped there, or not all of it, or it is more than one VMA, or may not grow";
	case ENOENT:
		return "no memory there has a policy";
	case EOPNOTSUPP:
		if (c->call.kind == CALL_MMAP)
			return "a flag that MAP_SHARED_VALIDATE validates, and that no file has, or only one of DAX";
		return "a policy there has no home: it is neither MPOL_BIND nor MPOL_PREFERRED_MANY";
	case EBADF:
		return "it is a file, and only anonymous memory has a name";
	default:
		return strerror(-c->err);
	}
}

/* ---- readers ---------------------------------------------------------------------- */

const struct reading *what_if_reading(const struct what_if_op *op,
				      const char **why)
{
	const struct reading *g;

	*why = "an operation that fails is not explored";
	if (op->err)
		return NULL;
	*why = "there are too many VMAs to try all ways";
	if (op->report->c->nr_before > READ_VMAS)
		return NULL;
	g = report_reading(op->report, reader_find("upstream"));
	*why = g->not_explored;
	return g->not_explored ? NULL : g;
}

/* ---- small printers ----------------------------------------------------------------- */

static void print_key(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  %-*s", KEY - 2, name);
	wrap_puts(out, KEY, text);
}

/* @text: is dropped; nothing is printed of an empty one */
static void print_value(FILE *out, const char *name, char *text)
{
	if (*text)
		print_key(out, name, text);
	free(text);
}

/* Flags that are neither permissions nor what most memory has. */
#define USUAL_FLAGS                                                            \
	(VM_READ | VM_WRITE | VM_EXEC | VM_SHARED | VM_MAYREAD | VM_MAYWRITE | \
	 VM_MAYEXEC | VM_MAYSHARE | VM_SOFTDIRTY)

static void print_flags(FILE *out, const struct proc_maps *maps,
			const struct proc_vma *v)
{
	vm_flags_t flags = v->flags & ~(vm_flags_t)USUAL_FLAGS;
	uint64_t others = v->others;
	const char *code;

	while ((code = proc_take_code(maps, &flags, &others)))
		fprintf(out, " %s", code);
	if (v->pkey)
		fprintf(out, " pkey=%u", v->pkey);
}

static void print_vma(FILE *out, char mark, const struct proc_maps *maps,
		      const struct proc_vma *v)
{
	char *flags __free(free) = PRINTED(to, print_flags(to, maps, v));
	size_t column;

	column = (size_t)fprintf(
		out, "  %c %012" PRIx64 "-%012" PRIx64 " %s %08" PRIx64 "%s",
		mark, v->start, v->end, PERMISSIONS(v->flags), v->offset,
		flags);
	if (*v->name && column + 4 < WIDTH) {
		fputc(' ', out);
		text_print(out, v->name, WIDTH - 1 - column);
	}
	fputc('\n', out);
}

/* ---- what is mapped, before and after ----------------------------------------------- */

static bool same_vma(const struct proc_vma *a, const struct proc_vma *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->flags == b->flags && a->others == b->others &&
	       a->pkey == b->pkey && a->offset == b->offset &&
	       a->inode == b->inode && !strcmp(a->name, b->name);
}

static bool is_same(const struct what_if_call *c, size_t i, size_t j)
{
	return i < c->before->nr && j < c->after->nr &&
	       same_vma(&c->before->vma[i], &c->after->vma[j]);
}

bool what_if_patch(const struct what_if_call *c, struct what_if_patch *p)
{
	const struct proc_maps *a = c->before, *b = c->after;
	size_t i = p->old_end, j = p->new_end;

	while (is_same(c, i, j))
		i++, j++;
	p->old = i;
	p->new = j;
	while (!is_same(c, i, j) && (i < a->nr || j < b->nr)) {
		if (j == b->nr ||
		    (i < a->nr && a->vma[i].start <= b->vma[j].start))
			i++;
		else
			j++;
	}
	p->old_end = i;
	p->new_end = j;
	return p->old < i || p->new < j;
}

/* @shown: so many of those before are there already. */
static void print_patch(FILE *out, const struct what_if_call *c,
			const struct what_if_patch *p, size_t shown)
{
	if (shown && p->old > shown + 1)
		fputs("    ...\n", out);
	if (p->old > shown)
		print_vma(out, ' ', c->before, &c->before->vma[p->old - 1]);
	for (size_t i = p->old; i < p->old_end; i++)
		print_vma(out, '-', c->before, &c->before->vma[i]);
	for (size_t j = p->new; j < p->new_end; j++)
		print_vma(out, '+', c->after, &c->after->vma[j]);
	if (p->new_end < c->after->nr)
		print_vma(out, ' ', c->after, &c->after->vma[p->new_end]);
}

static void print_layout(FILE *out, const struct what_if_call *c,
			 const struct common *common)
{
	struct what_if_patch p = { 0 };
	size_t shown = 0;

	while (what_if_patch(c, &p)) {
		if (!shown)
			fprintf(out, "\n%sMapped%s (- before, + after)\n",
				color_start(common), color_end(common));
		print_patch(out, c, &p, shown);
		shown = p.old_end + 1;
	}
}

/* ---- an operation ------------------------------------------------------------------------ */

static void print_range(FILE *out, const struct what_if_op *o,
			uint64_t page_size)
{
	const struct op *op = &o->op;

	fprintf(out, "%s %" PRIx64 "-%" PRIx64, op_names[op->kind],
		op->start * page_size, op->end * page_size);
	if (op->kind == OP_MAP && op->copied)
		fputs(", a copy", out);
	if (op->kind == OP_MAP && op->just_merge)
		fputs(", which grows", out);
	if (o->err)
		fprintf(out, ": %s", strerrorname_np(-o->err));
}

/* "change-inner: split-new-below, then split-new-above; vma_modify()" */
static void print_case(FILE *out, const struct what_if_op *op)
{
	const struct report *r = op->report;
	const char *before = "";

	for (unsigned int c = 0; c < NR_REPLAY_CASES; c++)
		if (op->cases[c])
			text_print_item(out, &before, replay_case_names[c],
					", ");
	if (!*before)
		fputs("none of the named ones", out);
	for (size_t i = 0; r && i < r->nr_parts; i++)
		fprintf(out, "%s%s", i ? ", then " : "; made of ", r->parts[i]);
	if (r && r->kcall)
		fprintf(out, "; %s", kcall_functions[r->kcall->kind]);
}

static void print_names(FILE *out, const struct report *r, uint64_t page_size)
{
	const struct op *op = &r->c->op;

	fprintf(out, "  %-*s%" PRIx64 "\n  %-*s%" PRIx64 "\n", KEY - 2, "start",
		op->start * page_size, KEY - 2, "end", op->end * page_size);
	for (size_t i = 0; i < r->c->nr_before; i++) {
		const struct vma_state *s = &r->c->before[i].s;

		fprintf(out, "  %-*s%" PRIx64 "-%" PRIx64 "\n", KEY - 2,
			r->c->before[i].name, s->vm_start * page_size,
			s->vm_end * page_size);
	}
}

static void print_refusal(FILE *out, const struct kcall *kcall)
{
	if (kcall->left == MERGED && kcall->right == MERGED)
		fputs("with prev and next", out);
	else if (kcall->left == kcall->right)
		fputs(refusal_texts[kcall->left], out);
	else
		fprintf(out, "left: %s; right: %s", refusal_texts[kcall->left],
			refusal_texts[kcall->right]);
}

/* In which flags two neighbours differ, in words and in the letters of smaps. */
static void print_differing(FILE *out, const struct what_if_call *c,
			    const struct what_if_op *op,
			    const struct kcall *kcall, bool right)
{
	const char *code, *comma = "";
	vm_flags_t flags;
	uint64_t others;

	what_if_differing(c, op, kcall, right, &flags, &others);
	if (flags || others)
		fputs(right ? "right:" : "left:", out);
	while ((code = proc_take_code(c->after, &flags, &others))) {
		const char *text = proc_code_text(code);

		fprintf(out, "%s %s (%.2s)", comma, text ? text : "a flag",
			code);
		comma = ",";
	}
}

static void print_refusals(FILE *out, const struct what_if_call *c,
			   const struct what_if_op *op)
{
	const struct report *r = op->report;

	for (size_t i = 0; i < r->nr_kcalls; i++) {
		if (!what_if_merges(&r->kcalls[i]))
			continue;
		print_value(out, r->kcalls[i].end_step ? "Merge" : "No merge",
			    PRINTED(to, print_refusal(to, &r->kcalls[i])));
		for (int right = 0; right < 2; right++)
			print_value(out, "Flags differ",
				    PRINTED(to, print_differing(to, c, op,
								&r->kcalls[i],
								right)));
	}
}

static void print_steps(FILE *out, const struct report *r)
{
	if (r->nr_steps)
		fputs("  Steps\n", out);
	for (size_t i = 0; i < r->nr_steps; i++) {
		int column = fprintf(out, "    %zu. ", i + 1);

		wrap_puts(out, column, r->steps[i].text);
	}
}

static void print_reader(FILE *out, const struct what_if_op *op)
{
	const char *why;
	const struct reading *g = what_if_reading(op, &why);

	if (!g) {
		fputs(why, out);
		return;
	}
	fputs("misses ", out);
	if (g->found.gap) {
		fputs("a page that is mapped all the time (", out);
		report_print_gaps(out, g);
		fputs(")", out);
	} else {
		fputs("nothing", out);
	}
	fputs("; sees twice: ", out);
	report_print_twice(out, g);
}

static void print_op(FILE *out, const struct what_if_call *c,
		     const struct what_if_op *op)
{
	fputc('\n', out);
	print_value(out, "Operation",
		    PRINTED(to, print_range(to, op, c->page_size)));
	print_value(out, "Case", PRINTED(to, print_case(to, op)));
	if (!op->report) {
		print_key(out, "Picture", "there are too many VMAs for one");
		return;
	}
	fputc('\n', out);
	picture_print(out, op->report, 8);
	fputc('\n', out);
	print_names(out, op->report, c->page_size);
	print_refusals(out, c, op);
	print_steps(out, op->report);
	print_value(out, "A reader", PRINTED(to, print_reader(to, op)));
}

/* ---- a call ----------------------------------------------------------------------------------- */

static void print_result(FILE *out, const struct what_if_call *c)
{
	long more = (long)c->counts[1] - (long)c->counts[0];

	if (c->err)
		print_value(out, "Result",
			    xasprintf("%s: %s", strerrorname_np(-c->err),
				      what_if_error(c)));
	else
		print_value(out, "Result",
			    syscall_rows[c->call.kind].returns
				    ? xasprintf("%" PRIx64, c->result)
				    : xasprintf("%" PRIu64, c->result));
	print_value(out, "VMAs",
		    more ? xasprintf("%lu -> %lu (%+ld)", c->counts[0],
				     c->counts[1], more)
			 : xasprintf("%lu -> %lu", c->counts[0], c->counts[1]));
	if (c->call.kind == CALL_FORK)
		print_key(
			out, "Process",
			"the child from here on: without memory of MADV_DONTFORK, and nothing is locked");
	else if (!c->all_ops)
		print_key(out, "Case", "none: no VMA merges, splits or goes");
}

void what_if_print(FILE *out, const struct what_if_call *c,
		   const struct common *common)
{
	print_result(out, c);
	for (size_t i = 0; i < c->nr_ops; i++)
		print_op(out, c, &c->ops[i]);
	if (c->all_ops > c->nr_ops)
		fprintf(out, "\n  and %zu operation%s more\n",
			c->all_ops - c->nr_ops, plural(c->all_ops - c->nr_ops));
	print_layout(out, c, common);
}
