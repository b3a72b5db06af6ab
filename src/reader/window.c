// SPDX-License-Identifier: GPL-2.0-only
/* The window of an interleaving: where the writer has to come in, and why. */
#include <string.h>

#include "reader/internal.h"

const struct way_words way_words[NR_WAYS] = {
	[WAY_NONE] = { "none", "none of the known ways" },
	[WAY_SAMPLE] = { "sample", "the sequence is sampled after the unlock" },
	[WAY_END] = { "end", "an end is not verified" },
	[WAY_SLOT] = { "slot",
		       "the iterator has the slot, the report the VMA" },
	[WAY_REUSE] = { "reuse", "the memory of a freed VMA is another VMA" },
	[WAY_HOLE] = { "hole", "a look-up that begins in a hole is two steps" },
};

#define NOT_THERE SIZE_MAX

/* A path, and the reader whose read it is. */
struct view_of_path {
	const struct path *path;
	unsigned int which;
};

static bool is_reader(const struct view_of_path *v, size_t i)
{
	const struct path_step *step = &v->path->steps[i];

	return step->task == READER && step->which == v->which;
}

static bool is_number(const struct view_of_path *v, size_t i, const char *nr)
{
	return is_reader(v, i) && !strcmp(v->path->steps[i].number, nr);
}

/* The last of the reader's steps before one, and the first from one on. */
static size_t reader_before(const struct view_of_path *v, size_t i)
{
	while (i--)
		if (is_reader(v, i))
			return i;
	return NOT_THERE;
}

static size_t reader_from(const struct view_of_path *v, size_t i)
{
	for (; i < v->path->nr; i++)
		if (is_reader(v, i))
			return i;
	return NOT_THERE;
}

/* The last step before one that has a number, or an event. */
static size_t number_before(const struct view_of_path *v, size_t i,
			    const char *nr)
{
	while (i--)
		if (is_number(v, i, nr))
			return i;
	return NOT_THERE;
}

static size_t event_before(const struct view_of_path *v, size_t i,
			   enum path_event event)
{
	while (i--)
		if (is_reader(v, i) && v->path->steps[i].event == event)
			return i;
	return NOT_THERE;
}

/* Where the missing page is passed: the first report behind it, or the end. */
static size_t losing_step(const struct view_of_path *v, unsigned long page)
{
	size_t last = 0;

	for (size_t i = 0; i < v->path->nr; i++) {
		const struct reported *line = v->path->steps[i].line;

		if (!is_reader(v, i))
			continue;
		if (line && line->start > page)
			return i;
		last = i;
	}
	return last;
}

/* The look-up that went astray: its last visit to a slot. */
static size_t look_up_before(const struct view_of_path *v, size_t losing)
{
	size_t found = event_before(v, losing + 1, EVENT_FOUND);
	size_t nothing = event_before(v, losing + 1, EVENT_NOTHING);

	if (found == NOT_THERE || (nothing != NOT_THERE && nothing > found))
		return nothing;
	return found;
}

static size_t last_store(const struct view_of_path *v, size_t before)
{
	while (before--)
		if (v->path->steps[before].stores)
			return before;
	return NOT_THERE;
}

static bool reused(const struct view_of_path *v, size_t from, size_t to)
{
	size_t at = event_before(v, to, EVENT_REUSED);

	return at != NOT_THERE && at > from;
}

/* By what the two steps around the store are, and by how pages are passed. */
static enum way way_of(const struct view_of_path *v, const struct window *w,
		       size_t look_up, size_t losing)
{
	size_t hole = event_before(v, losing + 1, EVENT_HOLE);

	if (is_number(v, w->from, "3") && is_number(v, w->to, "3"))
		return WAY_HOLE;
	if (is_number(v, w->from, "3") && is_number(v, w->to, "4"))
		return reused(v, w->from, losing) ? WAY_REUSE : WAY_SLOT;
	if (v->path->steps[look_up].event == EVENT_NOTHING)
		return WAY_END;
	return hole != NOT_THERE && hole > look_up ? WAY_SAMPLE : WAY_NONE;
}

/* The whole window, and not only the two steps around the store in this path. */
static void widen(const struct view_of_path *v, struct window *w,
		  size_t look_up)
{
	size_t unlock = number_before(v, w->from + 1, "1");

	if (w->way != WAY_SAMPLE && w->way != WAY_END)
		return;
	if (unlock != NOT_THERE)
		w->from = unlock;
	w->to = look_up;
	if (w->way != WAY_SAMPLE)
		return;
	w->to = number_before(v, look_up, "2");
	if (w->to == NOT_THERE || w->to <= w->from)
		w->to = look_up;
}

/* From the look-up on that set the iterator, or the unlock before it. */
static size_t begin_of(const struct view_of_path *v, const struct window *w)
{
	size_t begin = w->way == WAY_SAMPLE || w->way == WAY_END
			       ? event_before(v, w->from, EVENT_FOUND)
			       : number_before(v, w->from, "1");

	return begin == NOT_THERE ? 0 : begin;
}

struct window path_window(const struct path *path, unsigned int which,
			  const struct observation *o)
{
	const struct view_of_path v = { path, which };
	struct window w = { 0 };
	size_t look_up, store;

	w.end = path->nr;
	if (!o->gap)
		return w;
	w.end = losing_step(&v, o->gap_start);
	look_up = look_up_before(&v, w.end);
	store = look_up == NOT_THERE ? NOT_THERE : last_store(&v, look_up);
	if (store == NOT_THERE)
		return w;
	w.from = reader_before(&v, store);
	w.to = reader_from(&v, store);
	if (w.from == NOT_THERE)
		return (struct window){ .end = w.end };
	w.way = way_of(&v, &w, look_up, w.end);
	widen(&v, &w, look_up);
	w.begin = begin_of(&v, &w);
	return w;
}
