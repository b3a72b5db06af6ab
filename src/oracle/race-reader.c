// SPDX-License-Identifier: GPL-2.0-only
/* Who reads in a race, and what was read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oracle/race-internal.h"
#include "oracle/race-query.h"

/* One read and what it said. */
struct race_look {
	struct race_shared *a;
	int fd;
	char text[RACE_READ_SIZE * 4];
	size_t len;
	struct race_view view;
};

/* ---- ways to read -------------------------------------------------------- */

static enum race_parsed look_once(struct race_look *l)
{
	size_t enough = l->a->file < 0 ? RACE_READ_SIZE / 2 : RACE_READ_SIZE;
	ssize_t n = pread(l->fd, l->text, enough, 0);

	if (n < 0)
		return RACE_BROKEN;
	l->len = n;
	return race_parse(&l->a->region, l->text, l->len, &l->view);
}

/*
 * From the beginning of the file, so much at a time, until the region ends, or the
 * file where nothing is mapped above the region.
 */
static enum race_parsed look_by(struct race_look *l, size_t size)
{
	enum race_parsed parsed = RACE_PART;

	l->len = 0;
	l->view.nr = 0;
	if (lseek(l->fd, 0, SEEK_SET))
		return RACE_BROKEN;
	while (parsed == RACE_PART && l->len + size <= sizeof(l->text)) {
		ssize_t n = read(l->fd, l->text + l->len, size);

		if (n < 0)
			return RACE_BROKEN;
		if (!n)
			return l->a->plan->right == SIDE_NONE ? RACE_WHOLE
							      : parsed;
		l->len += n;
		parsed = race_parse(&l->a->region, l->text, l->len, &l->view);
	}
	return parsed;
}

/* Less than a line: the kernel shows one, and keeps what does not fit. */
#define LITTLE 32

static enum race_parsed look_by_lines(struct race_look *l)
{
	return look_by(l, LITTLE);
}

/* A VMA takes so many lines that the kernel has to stop after a few VMAs. */
static enum race_parsed look_by_pages(struct race_look *l)
{
	return look_by(l, RACE_READ_SIZE);
}

/* What is the last that is mapped may be in the second read() or a later one. */
static enum race_parsed look_at_maps(struct race_look *l)
{
	return l->a->plan->right == SIDE_NONE ? look_by_pages(l) : look_once(l);
}

/* Its answers as lines, for those who want to see what was read. */
static void note_answer(struct race_look *l, const struct procmap_query *q)
{
	size_t room = sizeof(l->text) - l->len;
	int n = snprintf(l->text + l->len, room, "%08llx-%08llx\n",
			 (unsigned long long)q->vma_start,
			 (unsigned long long)q->vma_end);

	if (n > 0 && (size_t)n < room)
		l->len += n;
}

static enum race_parsed look_by_queries(struct race_look *l)
{
	const struct race_region *r = &l->a->region;
	uint64_t last = r->base + r->end * r->page_size;
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
		.query_addr = r->base + r->start * r->page_size,
	};

	l->len = 0;
	l->view.nr = 0;
	while (q.query_addr < last) {
		if (ioctl(l->fd, PROCMAP_QUERY, &q))
			return errno == ENOENT ? RACE_WHOLE : RACE_BROKEN;
		if (!race_add(r, &l->view, q.vma_start, q.vma_end))
			return RACE_BROKEN;
		if (q.vma_start < last)
			note_answer(l, &q);
		q.query_addr = q.vma_end;
	}
	return RACE_WHOLE;
}

static enum race_parsed (*const looks[NR_RACE_KINDS])(struct race_look *l) = {
	[RACE_READ] = look_at_maps,	[RACE_STOPS] = look_by_lines,
	[RACE_SMAPS] = look_by_pages,	[RACE_NUMA] = look_by_pages,
	[RACE_QUERY] = look_by_queries,
};

/* ---- what was seen ------------------------------------------------------- */

/* The lines that are about the region, as they are. */
static void keep_text(const struct race_look *l, char *to)
{
	size_t begin = 0, used = 0;

	for (size_t i = 0; i < l->len; i++) {
		struct race_view view = { 0 };
		size_t size = i + 1 - begin;

		if (l->text[i] != '\n')
			continue;
		race_parse(&l->a->region, l->text + begin, size, &view);
		if (view.nr && used + size < RACE_TEXT) {
			memcpy(to + used, l->text + begin, size);
			used += size;
		}
		begin = i + 1;
	}
	to[used] = 0;
}

/* Of operations that began before a read ended, those that were not done then. */
static enum race_beside beside(const struct race_plan *plan,
			       unsigned long first, unsigned long last)
{
	unsigned long at = first % plan->nr_ops;

	if (first >= last)
		return RACE_BESIDE_NONE;
	if (at == 0 && last - first == 1)
		return RACE_BESIDE_OWN;
	if (at != 0 && at + (last - first) <= plan->nr_ops)
		return RACE_BESIDE_UNDOING;
	return RACE_BESIDE_SEVERAL;
}

static void note_view(const struct race_look *l, enum race_beside which)
{
	struct race_result *result = &l->a->result;
	struct race_seen *seen = result->seen, *end = seen + result->nr;

	result->reads++;
	result->beside[which]++;
	while (seen < end && !race_view_equal(&seen->view, &l->view))
		seen++;
	if (seen == end) {
		if (result->nr == RACE_SEEN) {
			result->overflow++;
			return;
		}
		seen->view = l->view;
		keep_text(l, seen->text);
		/* Whoever is killed here has not left half of one behind. */
		atomic_signal_fence(memory_order_seq_cst);
		result->nr++;
	}
	seen->beside[which]++;
	seen->count++;
}

/* Returns whether there is to be another one. */
static bool look(struct race_look *l)
{
	struct race_shared *a = l->a;
	unsigned long first = a->done;
	enum race_parsed parsed;

	errno = 0;
	parsed = looks[a->opts->kind](l);
	if (parsed == RACE_WHOLE) {
		note_view(l, beside(a->plan, first, a->begun));
	} else if (parsed == RACE_PART) {
		a->result.cut++;
	} else {
		a->result.end = RACE_NO_READ;
		a->result.err = errno;
		return false;
	}
	return true;
}

void race_read_on(struct race_shared *a, int fd)
{
	uint64_t begin = nanoseconds_now(),
		 end = begin + a->opts->seconds * 1e9;
	struct race_look l = { .a = a, .fd = fd };
	uint64_t random = begin | 1;
	struct race_timer timer;

	race_timer_open(&timer, &a->opts->settings, a->cpus[0]);
	do {
		race_timer_arm(&timer, race_random(&random));
	} while (look(&l) && !a->stop && nanoseconds_now() < end);
	a->result.nanoseconds = nanoseconds_now() - begin;
	a->stop = true;
	race_timer_close(&timer);
}

enum race_parsed race_read_once(struct race_shared *a, int fd,
				struct race_view *view)
{
	struct race_look l = { .a = a, .fd = fd };
	enum race_parsed parsed;

	errno = 0;
	parsed = look_at_maps(&l);
	*view = l.view;
	return parsed;
}
