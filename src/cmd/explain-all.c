// SPDX-License-Identifier: GPL-2.0-only
/* Every process of this machine, most VMAs first: who reaches the limit next. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/explain.h"
#include "cmd/process.h"
#include "lib/hash.h"
#include "lib/json.h"
#include "lib/memory.h"
#include "lib/text.h"

/* Linux's TASK_COMM_LEN, and a new line. */
#define NAME_MAX_LEN 17

struct process {
	long pid;
	size_t nr;
	long growth;
	char name[NAME_MAX_LEN];
};

struct process_list {
	struct process *v;
	size_t nr;
	size_t closed; /* may not be read */
	unsigned long limit;
	bool twice; /* growth is known */
};

/* ---- counting ----------------------------------------------------------- */

/* Returns a file of a process, -1 if it may not be read or is no longer there. */
static int open_of(long pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The lines of maps, but [vsyscall]. Returns false if it cannot be read. */
static bool count_vmas(long pid, size_t *nr)
{
	static const char last[] = "[vsyscall]\n";
	static char buf[64 << 10];
	int fd = open_of(pid, "maps");
	char tail[sizeof(last)] = "";
	ssize_t got;

	*nr = 0;
	if (fd < 0)
		return false;
	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		size_t len = (size_t)got;

		for (const char *at = buf;
		     (at = memchr(at, '\n', (size_t)(buf + len - at))); at++)
			++*nr;
		/* The kernel hands out whole lines. */
		if (len >= strlen(last))
			memcpy(tail, buf + len - strlen(last), strlen(last));
	}
	if (!memcmp(tail, last, strlen(last)))
		--*nr;
	close(fd);
	return !got;
}

static void read_name(struct process *p)
{
	int fd = open_of(p->pid, "comm");
	ssize_t got = fd < 0 ? 0 : read(fd, p->name, NAME_MAX_LEN - 1);

	if (fd >= 0)
		close(fd);
	p->name[got > 0 ? got : 0] = '\0';
	p->name[strcspn(p->name, "\n")] = '\0';
}

static void add_process(struct process_list *c, long pid)
{
	struct process *p;
	size_t nr;

	if (!count_vmas(pid, &nr)) {
		c->closed += errno == EACCES || errno == EPERM;
		return;
	}
	/* Kernel threads have none. */
	if (!nr)
		return;
	p = xappend(c->v, c->nr);
	*p = (struct process){ .pid = pid, .nr = nr };
	read_name(p);
}

static int by_number(const void *x, const void *y)
{
	const struct process *a = x, *b = y;

	return ORDER(b->nr, a->nr) ?: ORDER(a->pid, b->pid);
}

static bool read_processes(struct process_list *c)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	*c = (struct process_list){ .limit = proc_limit() };
	if (!proc || access("/proc/self", F_OK)) {
		fprintf(stderr,
			"vmatlas: there is no /proc, expected it mounted: %s\n",
			strerror(errno));
		if (proc)
			closedir(proc);
		return false;
	}
	while ((entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			add_process(c, strtol(entry->d_name, NULL, 10));
	closedir(proc);
	qsort(c->v, c->nr, sizeof(*c->v), by_number);
	return true;
}

/* What a process has more than before; of a new one, all that it has. */
static void compare(struct process_list *now, const struct process_list *old)
{
	struct hash *by_pid = hash_new();

	now->twice = true;
	for (size_t i = 0; i < old->nr; i++)
		hash_add(by_pid, (int)old->v[i].pid, &old->v[i]);
	for (size_t i = 0; i < now->nr; i++) {
		const struct process *before =
			hash_find(by_pid, (int)now->v[i].pid);

		now->v[i].growth =
			(long)now->v[i].nr - (before ? (long)before->nr : 0);
	}
	hash_free(by_pid, NULL);
}

/* ---- printing ----------------------------------------------------------- */

static double share(const struct process_list *c, const struct process *p)
{
	return c->limit ? 100.0 * (double)p->nr / (double)c->limit : 0;
}

static void print_text(const struct process_list *c,
		       const struct common *common, size_t most)
{
	printf("%s%7s %7s %7s%s  process%s\n", color_start(common), "VMAs",
	       "limit", "PID", c->twice ? "  growth" : "", color_end(common));
	for (size_t i = 0; i < c->nr && (!most || i < most); i++) {
		const struct process *p = &c->v[i];

		printf("%7zu %5.1f %% %7ld", p->nr, share(c, p), p->pid);
		if (c->twice)
			printf(" %+7ld", p->growth);
		fputs("  ", stdout);
		text_print(stdout, p->name, 0);
		putchar('\n');
	}
	if (most && c->nr > most)
		printf("%7s %7s %7s  and %zu smaller ones\n", "", "", "",
		       c->nr - most);
	if (c->closed)
		printf("%zu more may not be read%s\n", c->closed,
		       geteuid() ? ", expected root" : "");
}

static json_t *process_json(const struct process_list *c,
			    const struct process *p)
{
	return json_pack("{s:I, s:o, s:I, s:f, s:o*}", "pid",
			 (json_int_t)p->pid, "name", json_name(p->name), "vmas",
			 (json_int_t)p->nr, "percent", share(c, p), "growth",
			 c->twice ? json_integer(p->growth) : NULL);
}

static void print_json(const struct process_list *c)
{
	common_print_json(
		json_pack("{s:I, s:I, s:o}", "max_map_count",
			  (json_int_t)c->limit, "not_readable",
			  (json_int_t)c->closed, "processes",
			  JSON_LIST(i, c->nr, process_json(c, &c->v[i]))),
		1);
}

/* Of labels' values, what would end them. */
static void print_label(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < ' ' || *text & 0x80 ? '?'
								   : *text);
	}
}

static void print_prometheus(const struct process_list *c)
{
	puts("# HELP vmatlas_max_map_count VMAs that a process may have.\n"
	     "# TYPE vmatlas_max_map_count gauge");
	printf("vmatlas_max_map_count %lu\n", c->limit);
	puts("# HELP vmatlas_processes_not_readable Processes whose VMAs may not be counted.\n"
	     "# TYPE vmatlas_processes_not_readable gauge");
	printf("vmatlas_processes_not_readable %zu\n", c->closed);
	puts("# HELP vmatlas_process_vmas VMAs that a process has.\n"
	     "# TYPE vmatlas_process_vmas gauge");
	for (size_t i = 0; i < c->nr; i++) {
		printf("vmatlas_process_vmas{pid=\"%ld\",name=\"", c->v[i].pid);
		print_label(c->v[i].name);
		printf("\"} %zu\n", c->v[i].nr);
	}
}

static void print(const struct process_list *c, const struct common *common,
		  const struct explain_all_args *args)
{
	if (args->prometheus)
		print_prometheus(c);
	else if (common->json)
		print_json(c);
	else
		print_text(c, common, args->most);
	fflush(stdout);
}

int explain_all(const struct common *common,
		const struct explain_all_args *args)
{
	struct process_list now, old = { 0 };
	int status = EXIT_FINE;

	if (!read_processes(&now))
		return EXIT_UNUSABLE;
	if (args->watch) {
		sleep(args->watch);
		old = now;
		if (!read_processes(&now))
			return EXIT_UNUSABLE;
		compare(&now, &old);
	}
	print(&now, common, args);
	if (args->threshold && now.nr &&
	    share(&now, now.v) > (double)args->threshold)
		status = EXIT_WRONG;
	free(now.v);
	free(old.v);
	return status;
}
