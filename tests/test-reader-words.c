// SPDX-License-Identifier: GPL-2.0-only
/* The words that a path has for each step, held against the states around it. */
#include <stdlib.h>
#include <string.h>

#include "test-reader.h"
#include "tests.h"

/* ---- a reader's steps -------------------------------------------------- */

/*
 * What each step of a reader comes to, by what it does next before and after, is
 * called so: %v the VMA, %w that after; %n how the iterator moves on; %i where it
 * is set by a sample; %f the first page not passed; %s, %S and %e where the VMA
 * begins, its line does, and it ends; %q the sequence.
 */
static const struct {
	enum reader_at from;
	enum reader_at to;
	const char *words;
	enum path_event event;
} said[] = {
	{ AT_UNLOCK, AT_SAMPLE, "1 vma_end_read(%v)", 0 },
	{ AT_UNLOCK, AT_LOOKUP, "1 vma_end_read(%v)", 0 },
	{ AT_UNLOCK, AT_STOPPED, "1 buffer is full: vma_end_read(%v)", 0 },
	{ AT_SAMPLE, AT_STOPPED, "2 buffer is full: vma_end_read(%v)", 0 },
	{ AT_STOPPED, AT_SAMPLE, " m_start(), iterator to %f", 0 },
	{ AT_SAMPLE, AT_LOOKUP, "2 speculate_try_begin(): %q%i", 0 },
	{ AT_SAMPLE, AT_UNLOCK, "2 speculate_try_begin(): %q%i", 0 },
	{ AT_LOOKUP, AT_LOOKUP, "3 %n: empty slot", 0 },
	{ AT_LOOKUP, AT_LOCK, "3 %n: %w", EVENT_FOUND },
	{ AT_LOOKUP, AT_NOTHING, "3 %n: end", EVENT_NOTHING },
	{ AT_LOOKUP, AT_DONE, "3 %n: end", EVENT_NOTHING },
	{ AT_NOTHING, AT_DONE, "3 sequence is the same: end", 0 },
	{ AT_NOTHING, AT_LOOKUP_AGAIN, "3 may have missed something", 0 },
	{ AT_NOTHING, AT_MMAP_LOCK, "3 may have missed something: fall back",
	  0 },
	{ AT_LOOKUP_AGAIN, AT_LOOKUP_AGAIN, "3 %n: empty slot", 0 },
	{ AT_LOOKUP_AGAIN, AT_LOCK, "3 %n: %w", EVENT_FOUND },
	{ AT_LOOKUP_AGAIN, AT_DONE, "3 %n: end", EVENT_NOTHING },
	{ AT_LOCK, AT_LOCK, "4 (%v's memory is now %w)", EVENT_REUSED },
	{ AT_LOCK, AT_SAMPLE, "4 vma_start_read(%v): detached", 0 },
	{ AT_LOCK, AT_MMAP_LOCK, "4 vma_start_read(%v): write-locked", 0 },
	{ AT_LOCK, AT_VERIFY_END, "4 vma_start_read(%v)", 0 },
	{ AT_LOCK, AT_LOCK_COUNT, "4 %v is not write-locked", 0 },
	{ AT_LOCK_COUNT, AT_LOCK_COUNT, "4 (%v's memory is now %w)",
	  EVENT_REUSED },
	{ AT_LOCK_COUNT, AT_SAMPLE, "4 vma_start_read(%v): detached", 0 },
	{ AT_LOCK_COUNT, AT_LOCK_CHECK, "4 count a reader of %v", 0 },
	{ AT_LOCK_CHECK, AT_DROP, "4 vma_start_read(%v): write-locked", 0 },
	{ AT_LOCK_CHECK, AT_VERIFY_END, "4 vma_start_read(%v)", 0 },
	{ AT_VERIFY_END, AT_VERIFY_START, "5a vm_end is %e: fine", 0 },
	{ AT_VERIFY_END, AT_REPORT, "5a vm_end is %e: fine", 0 },
	{ AT_VERIFY_END, AT_DROP, "5a vm_end is %e: behind, fall back", 0 },
	{ AT_VERIFY_START, AT_REWALK, "5b vm_start is %s: hole, verify", 0 },
	{ AT_VERIFY_START, AT_RESAMPLE, "5b vm_start is %s: hole, verify", 0 },
	{ AT_VERIFY_START, AT_DROP, "5b vm_start is %s: hole, fall back", 0 },
	{ AT_RESAMPLE, AT_REWALK, "5b speculate_try_begin(): %q", 0 },
	{ AT_REWALK, AT_REWALK, "5b %n: empty slot", 0 },
	{ AT_REWALK, AT_REPORT, "5b %n: the same", 0 },
	{ AT_REWALK, AT_DROP, "5b %n: not it, fall back", 0 },
	{ AT_REPORT, AT_UNLOCK, "6 report %v [%S, %e)", EVENT_REPORT },
	{ AT_REPORT, AT_SAMPLE, "6 report %v [%S, %e)", EVENT_REPORT },
	{ AT_DROP, AT_MMAP_LOCK, "f vma_end_read(%v)", 0 },
	{ AT_MMAP_LOCK, AT_MMAP_LOOKUP, "f mmap_read_lock()", 0 },
	{ AT_MMAP_LOOKUP, AT_MMAP_LOCK_VMA, "f vma_next(): %w", EVENT_FOUND },
	{ AT_MMAP_LOOKUP, AT_MMAP_UNLOCK, "f vma_next(): end", EVENT_NOTHING },
	{ AT_MMAP_LOCK_VMA, AT_MMAP_UNLOCK, "f vma_start_read_locked(%v)", 0 },
	{ AT_MMAP_UNLOCK, AT_REPORT, "f mmap_read_unlock()", 0 },
	{ AT_WHOLE_LOCK, AT_WHOLE_LOOKUP, " mmap_read_lock()", 0 },
	{ AT_WHOLE_LOOKUP, AT_WHOLE_REPORT, " vma_next(): %w", EVENT_FOUND },
	{ AT_WHOLE_LOOKUP, AT_WHOLE_UNLOCK, " vma_next(): end", EVENT_NOTHING },
	{ AT_WHOLE_REPORT, AT_WHOLE_LOOKUP, "6 report %v [%S, %e)",
	  EVENT_REPORT },
	{ AT_WHOLE_REPORT, AT_WHOLE_STOP, "6 report %v [%S, %e)",
	  EVENT_REPORT },
	{ AT_WHOLE_STOP, AT_WHOLE_LOCK, " mmap_read_unlock()", 0 },
	{ AT_WHOLE_UNLOCK, AT_DONE, " mmap_read_unlock(), end", 0 },
	/* Without a hole, and with one that is believed. */
	{ AT_VERIFY_START, AT_REPORT, "5b vm_start is %s: no hole", 0 },
	{ AT_VERIFY_START, AT_REPORT, "5b vm_start is %s: hole, believed",
	  EVENT_HOLE },
};

/* A step of a path, and what is known of it without the words. */
struct told {
	const struct exploration *x;
	const struct path_step *step;
	const struct state *before;
	const struct state *after;
	const struct rstate *r;
	const struct rstate *to;
	const struct snapshot *w;
};

static unsigned long page_of(const struct told *t, uint8_t mark)
{
	return t->x->writer->marks[mark];
}

static void say_next(FILE *out, const struct told *t)
{
	if (t->r->cursor & CURSOR_DEAD)
		fprintf(out, "dead: mas_rewalk(%lu), next",
			page_of(t, t->r->last) - 1);
	else if (t->r->cursor & CURSOR_SLOT)
		fputs("mas_next_slot()", out);
	else
		fprintf(out, "mas_walk(%lu)", page_of(t, t->r->last));
}

/* Where a reader sets it at a sample, it ends up there. */
static void say_set(FILE *out, const struct told *t)
{
	unsigned int flags = t->x->opts.reader->flags;

	if (flags & READ_SET_SAMPLED ||
	    (flags & READ_SET_CHANGED && t->to->cursor == CURSOR_SET))
		fputs(", set", out);
}

static void say_letter(FILE *out, const struct told *t, char letter)
{
	unsigned int flags = t->x->opts.reader->flags;
	uint8_t start = t->w->vm_start[t->r->vma];

	if (letter == 'n')
		say_next(out, t);
	if (letter == 'i')
		say_set(out, t);
	if (letter == 'v')
		fputs(t->x->writer->names[t->r->vma], out);
	if (letter == 'w')
		fputs(t->x->writer->names[t->to->vma], out);
	if (letter == 'q')
		fprintf(out, "%u%s", t->w->sequence,
			t->w->sequence % 2 && t->r->at == AT_SAMPLE ? ", odd"
								    : "");
	if (letter == 'S' && flags & READ_CLIP && t->r->from > start)
		start = t->r->from;
	if (letter == 's' || letter == 'S')
		fprintf(out, "%lu", page_of(t, start));
	if (letter == 'e')
		fprintf(out, "%lu", page_of(t, t->w->vm_end[t->r->vma]));
	if (letter == 'f')
		fprintf(out, "%lu", page_of(t, t->r->from));
}

static char *fill_in(const struct told *t, const char *words)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (; *words; words++)
		if (*words == '%')
			say_letter(out, t, *++words);
		else
			fputc(*words, out);
	fclose(out);
	return text;
}

static size_t row_said(const struct told *t)
{
	size_t i = 0;

	if (t->r->at == AT_VERIFY_START && t->to->at == AT_REPORT)
		return ARRAY_SIZE(said) -
		       (t->r->from < t->w->vm_start[t->r->vma] ? 1 : 2);
	while (i < ARRAY_SIZE(said) &&
	       (said[i].from != t->r->at || said[i].to != t->to->at))
		i++;
	ck_assert_msg(i < ARRAY_SIZE(said), "from %d to %d: %s", t->r->at,
		      t->to->at, t->step->text);
	return i;
}

static bool was_said[ARRAY_SIZE(said)];

static void check_reader_says(const struct told *t)
{
	size_t row = row_said(t);
	char *words = fill_in(t, said[row].words);
	char *text = xasprintf("%s %s", t->step->number, t->step->text);
	bool of_other = said[row].event == EVENT_FOUND ||
			said[row].event == EVENT_REUSED;

	ck_assert_str_eq(text, words);
	ck_assert_int_eq(t->step->event, said[row].event);
	ck_assert_int_eq(!!t->step->line, said[row].event == EVENT_REPORT);
	ck_assert_uint_eq(t->step->vma, of_other ? t->to->vma : t->r->vma);
	was_said[row] = true;
	free(words);
	free(text);
}

/* ---- the writer's steps ------------------------------------------------- */

static bool moved;

/* What a cursor is at is not stored over; behind the store, its number changes. */
static void check_alive(const struct told *t, const struct step *step, int more)
{
	const struct layout *lay = t->x->writer->layouts[t->before->done];
	int slot = t->r->cursor & 0x3f;

	if (lay->slots[slot].start >= step->end) {
		ck_assert_int_eq(t->to->cursor & 0x3f, slot + more);
		moved |= more != 0;
	} else {
		ck_assert_uint_le(lay->slots[slot].end, step->start);
		ck_assert_int_eq(t->to->cursor, t->r->cursor);
	}
}

/*
 * A store in place spares the cursor, and one that makes a new node kills it. If
 * the node is another than the cursor's, then it still moves with its slot.
 */
static const char *way_of(const struct told *t, unsigned int ways)
{
	bool alive = t->to->cursor & CURSOR_SLOT;

	if (!(t->r->cursor & CURSOR_SLOT))
		return ways & STORE_IN_PLACE ? NULL : "new node";
	if (!alive)
		return "new node";
	if (t->r->cursor == t->to->cursor && ways & STORE_IN_PLACE)
		return NULL;
	return "other node";
}

static char *store_said(const struct told *t, const struct step *step)
{
	const struct writer *s = t->x->writer;
	const char *vma = step->vma ? s->names[step->vma] : "empty";
	const char *way = way_of(t, s->steps[t->before->done].ways);
	unsigned int was = s->layouts[t->before->done]->nr_slots;
	unsigned int is = t->step->layout->nr_slots;

	if (way && !strcmp(way, "other node"))
		check_alive(t, step, (int)is - (int)was);
	if (!way)
		return xasprintf("store %s [%lu, %lu), in place", vma,
				 step->start, step->end);
	if (is == was)
		return xasprintf("store %s [%lu, %lu), %s (other leaf)", vma,
				 step->start, step->end, way);
	return xasprintf("store %s [%lu, %lu), %s (%u slots, not %u)", vma,
			 step->start, step->end, way, is, was);
}

static char *write_said(const struct told *t)
{
	const struct writer *s = t->x->writer;
	const struct step *step = &s->trace[s->steps[t->before->done].trace];
	const char *vma = s->names[step->vma];

	switch (step->kind) {
	case STEP_STORE:
		return store_said(t, step);
	case STEP_SET_RANGE:
		return xasprintf("vma_set_range(%s, %lu, %lu)", vma,
				 step->start, step->end);
	case STEP_LOCK_VMA:
		return xasprintf("vma_start_write(%s)", vma);
	case STEP_DETACH:
		return xasprintf("vma_mark_detached(%s)", vma);
	case STEP_ATTACH:
		return xasprintf("vma_mark_attached(%s)", vma);
	case STEP_LOCK_MMAP:
		return xasprintf("mmap_write_lock()");
	case STEP_DOWNGRADE_MMAP:
		return xasprintf("mmap_write_downgrade()");
	case STEP_UNLOCK_MMAP:
		return xasprintf("mmap_write_unlock()");
	default:
		ck_abort_msg("no reader can notice '%s'", t->step->text);
	}
}

static void check_writer_says(const struct told *t)
{
	char *words = write_said(t);

	ck_assert_str_eq(t->step->text, words);
	ck_assert_int_eq(t->step->stores, !strncmp(words, "store ", 6));
	ck_assert_ptr_null(t->step->line);
	free(words);
}

/* ---- the state after a step -------------------------------------------- */

/* The last slot ends where the space does. */
static char *iterator_said(const struct told *t, const struct rstate *r)
{
	unsigned long page = page_of(t, r->last);

	if (r->at == AT_DONE)
		return xasprintf("%s", "");
	if (!(r->cursor & (CURSOR_DEAD | CURSOR_SLOT)))
		return xasprintf("to %lu", page);
	if (r->cursor & CURSOR_DEAD && page == MM_END)
		return xasprintf("dead, end");
	if (r->cursor & CURSOR_DEAD)
		return xasprintf("dead, %lu", page - 1);
	if (page == MM_END)
		return xasprintf("slot %d, end", r->cursor & 0x3f);
	return xasprintf("slot %d, %lu", r->cursor & 0x3f, page - 1);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* What a reader holds is what it took and has not given back. */
static void check_held(const struct told *t, const struct path_reader *was,
		       const struct path_reader *is)
{
	const char *text = t->step->text, *end = strchr(text, ')');
	vma_id vma = was->holds;
	bool mmap = was->mmap;

	if (begins(text, "mmap_read_lock()"))
		mmap = true;
	else if (begins(text, "mmap_read_unlock()"))
		mmap = false;
	else if (begins(text, "count a reader of") ||
		 (begins(text, "vma_start_read") && !strcmp(end, ")")))
		vma = t->r->vma;
	else if (strstr(text, "vma_end_read("))
		vma = 0;
	ck_assert_msg(is->holds == vma && is->mmap == mmap, "%s", text);
}

static void check_reader(const struct told *t, const struct path_reader *was)
{
	const struct path_reader *is = &t->step->readers[t->step->which];
	char *iterator = iterator_said(t, t->to);

	check_reader_says(t);
	check_held(t, was, is);
	ck_assert_str_eq(is->iterator, iterator);
	ck_assert_uint_eq(is->from, page_of(t, t->to->from));
	free(iterator);
}

/* ---- a path -------------------------------------------------------------- */

static void check_step(struct told *t, const struct path_step *last)
{
	static const struct path_reader nothing[MAX_READERS];
	const struct path_reader *was = last ? last->readers : nothing;
	unsigned int which = t->step->which;

	t->r = &t->before->r[which];
	t->to = &t->after->r[which];
	t->w = &t->x->writer->snapshots[t->before->done];
	ck_assert_int_eq(t->step->task,
			 t->before->done == t->after->done ? READER : WRITER);
	ck_assert_uint_eq(t->step->sequence,
			  t->x->writer->snapshots[t->after->done].sequence);
	if (t->step->task == WRITER)
		check_writer_says(t);
	else
		check_reader(t, &was[which]);
}

static void check_words(const struct exploration *x, const struct path *path,
			uint32_t state)
{
	const struct search *search = x->search;
	struct state after = search_state(search, state);

	for (size_t i = path->nr; i--;) {
		struct state before =
			search_state(search, search->parents[state]);
		struct told t = {
			.x = x,
			.step = &path->steps[i],
			.before = &before,
			.after = &after,
		};

		check_step(&t, i ? &path->steps[i - 1] : NULL);
		state = search->parents[state];
		after = before;
	}
}

/* All steps that the search took are on the ways to states that none follows. */
void check_all_words(const struct exploration *x)
{
	const struct search *search = x->search;
	bool *followed = xcalloc(search->nr, sizeof(*followed));

	for (uint32_t i = 1; i < search->nr; i++)
		followed[search->parents[i]] = true;
	for (uint32_t i = 0; i < search->nr; i++) {
		struct path *path;

		if (followed[i])
			continue;
		path = exploration_path(x, i);
		check_words(x, path, i);
		path_free(path);
	}
	free(followed);
}

void assert_all_said(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		ck_assert_msg(was_said[i], "never said: %s", said[i].words);
	ck_assert(moved);
}
