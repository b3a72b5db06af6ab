// SPDX-License-Identifier: GPL-2.0-only
/* What commands about a process share. */
#include <errno.h>
#include <string.h>

#include "cmd/process.h"
#include "lib/file.h"
#include "lib/stream.h"
#include "lib/text.h"
#include "oracle/live.h"

#define MAX_PAGE_SIZE (1UL << 30) /* a page of hugetlbfs; none is larger */
#define MIN_PAGE_SIZE 4096UL

const char *process_page_size(void *field, char *arg)
{
	unsigned long size = 1;
	const char *wrong = common_number("page-size", arg, MIN_PAGE_SIZE,
					  MAX_PAGE_SIZE, &size);

	if (size & (size - 1))
		return xasprintf(
			"'%s' is no size of a page, expected a power of two",
			arg);
	*(uint64_t *)field = size;
	return wrong;
}

void process_rules(struct common *common, bool runs)
{
	const char *release = "latest";
	bool exact;

	if (common->rules)
		return;
	if (runs) {
		common->rules = live_rules(&release, &exact);
		common_warn_newer(release, common->rules);
	} else {
		common->rules = rules_for(release);
	}
	common->release = rules_number(release);
}

static struct proc_maps *read_file(const char *name, uint64_t page_size)
{
	struct proc_maps *maps;
	FILE *in;

	in = input_open(name);
	if (!in) {
		text_print(stderr, name, 0);
		fprintf(stderr,
			": cannot be opened: %s, expected --pid PID, or a copy of /proc/PID/smaps or maps\n",
			strerror(errno));
		return NULL;
	}
	maps = proc_read(in, in == stdin ? "standard input" : name, page_size,
			 stderr);
	input_close(in);
	return maps;
}

/* mmap() may add one to as many as are allowed. */
static void set_limit(struct proc_maps *maps, unsigned long limit)
{
	size_t nr = proc_counted(maps);
	unsigned long allowed = limit ?: DEFAULT_MAX_MAP_COUNT;

	maps->max_map_count = limit;
	if (nr <= allowed + 1)
		return;
	maps->max_map_count = nr - 1;
	maps->limit_is_least = true;
	text_print(stderr, maps->source, 0);
	fprintf(stderr,
		": %zu VMAs: more than %lu were allowed there, taken for %zu; --max-map-count says how many\n",
		nr, allowed, nr - 1);
}

struct proc_maps *process_file(const char *name, uint64_t page_size,
			       unsigned long limit)
{
	struct proc_maps *maps = read_file(name, page_size);

	if (maps)
		set_limit(maps, limit);
	return maps;
}

struct proc_maps *process_pid(pid_t pid, unsigned long limit)
{
	struct proc_maps *maps = proc_read_pid(pid, stderr);

	if (maps && limit)
		set_limit(maps, limit);
	return maps;
}

const struct key_text faulted_words[NR_FAULTED] = {
	[FAULTED_SEEN] = { "seen", "If only what smaps shows was written to:" },
	[FAULTED_NONE] = { "none", "If nothing was written to:" },
	[FAULTED_WRITABLE] = { "writable",
			       "If all private writable memory was written to:" },
};

json_t *json_address(uint64_t addr)
{
	return json_sprintf("0x%llx", (unsigned long long)addr);
}

json_t *json_name(const char *name)
{
	char *printed __free(free) = PRINTED(out, text_print(out, name, 0));

	return json_string(printed);
}
