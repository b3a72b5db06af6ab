// SPDX-License-Identifier: GPL-2.0-only
/* Memory policies, from the text of /proc/PID/numa_maps. */
#include <string.h>

#include "lib/file.h"
#include "lib/text.h"
#include "process/internal.h"

/* "prefer (many):0-1" is a policy with a space in it. */
static const char *end_of_policy(const char *at, const char *end)
{
	while (at < end && (*at != ' ' || (end - at > 1 && at[1] == '(')))
		at++;
	return at;
}

static const char *keep_policy(struct proc_maps *maps, const char *known,
			       const char *at, size_t len)
{
	if (known && !strncmp(known, at, len) && !known[len])
		return known;
	return arena_text(maps->arena, at, len);
}

/* "7f0000000000 prefer:0 anon=1 ...", and NULL if it is no such line. */
static const char *policy_at(const char *line, size_t len, uint64_t *start)
{
	const char *at = take_digits(line, line + len, 16, start);

	if (!at || at == line + len || *at != ' ' || memchr(line, '\0', len))
		return NULL;
	return at + 1;
}

void proc_read_policies(struct proc_maps *maps, FILE *in)
{
	struct lines *lines = lines_new(in);
	const char *line, *at, *known = NULL;
	struct proc_vma *vma = maps->vma;
	uint64_t start;
	size_t len, i = 0;

	while (i < maps->nr && (line = lines_next(lines, &len))) {
		at = policy_at(line, len, &start);
		while (at && i < maps->nr && vma[i].start < start)
			i++;
		if (!at || i == maps->nr || vma[i].start != start)
			continue;
		known = keep_policy(maps, known, at,
				    end_of_policy(at, line + len) - at);
		vma[i].policy = known;
	}
	lines_free(lines);
}
