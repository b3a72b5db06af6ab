// SPDX-License-Identifier: GPL-2.0-only
/* What was read, as ranges of pages. Done for every read, so it is to be fast. */
#include <string.h>

#include "lib/text.h"
#include "oracle/race-lines.h"

static uint64_t address_of(const struct race_region *region, unsigned long page)
{
	return region->base + page * region->page_size;
}

static uint32_t page_of(const struct race_region *region, uint64_t address)
{
	return (address - region->base) / region->page_size;
}

bool race_add(const struct race_region *region, struct race_view *view,
	      uint64_t start, uint64_t end)
{
	uint64_t first = address_of(region, region->start);
	uint64_t last = address_of(region, region->end);

	if ((end ? end <= first : start < first) || start >= last)
		return true;
	if (view->nr == RACE_LINES)
		return false;
	if (start < first)
		start = first;
	if (end > last)
		end = last;
	view->lines[view->nr].start = page_of(region, start);
	view->lines[view->nr++].end = end ? page_of(region, end) : 0;
	return true;
}

/* A number as the kernel prints it, with @after behind it. NULL if it is none. */
static const char *parse_hex(const char *p, const char *end, char after,
			     uint64_t *value)
{
	p = take_digits(p, end, 16, value);
	return p && p < end && *p == after ? p + 1 : NULL;
}

/* Where a VMA begins and ends, the latter 0 in numa_maps. Returns false if neither. */
static bool parse_range(const char *line, const char *end, uint64_t *vm_start,
			uint64_t *vm_end)
{
	const char *next = parse_hex(line, end, '-', vm_start);

	if (next)
		return parse_hex(next, end, ' ', vm_end) && *vm_start < *vm_end;
	*vm_end = 0;
	next = parse_hex(line, end, ' ', vm_start);
	return next && next < end && *next >= 'a' && *next <= 'z';
}

enum race_parsed race_parse(const struct race_region *region, const char *text,
			    size_t len, struct race_view *view)
{
	const char *end = text + len;
	uint64_t last = address_of(region, region->end);

	view->nr = 0;
	for (;;) {
		const char *line_end = memchr(text, '\n', end - text);
		uint64_t vm_start, vm_end;

		if (!line_end)
			return RACE_PART;
		if (*text >= 'A' && *text <= 'Z') { /* a field of smaps */
			text = line_end + 1;
			continue;
		}
		if (!parse_range(text, line_end, &vm_start, &vm_end))
			return RACE_BROKEN;
		if (!race_add(region, view, vm_start, vm_end))
			return RACE_BROKEN;
		if (vm_end >= last || vm_start >= last)
			return RACE_WHOLE;
		text = line_end + 1;
	}
}

bool race_view_equal(const struct race_view *a, const struct race_view *b)
{
	return a->nr == b->nr &&
	       !memcmp(a->lines, b->lines, a->nr * sizeof(a->lines[0]));
}
