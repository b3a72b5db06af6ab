// SPDX-License-Identifier: GPL-2.0-only
/* The program as a person calls it: what it prints, and its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cmd/cmd.h"
#include "cmd/runner.h"
#include "cmd/space.h"
#include "lib/template.h"
#include "lib/text.h"
#include "tests.h"

#define LEN(a) (int)(sizeof(a) / sizeof(a[0]))

/* ---- running it -------------------------------------------------------------- */

struct ran {
	char out[1 << 20]; /* standard output and error, in order */
	int status;
};

static struct ran *run(const char *args)
{
	static struct ran ran;
	char command[1024];
	size_t len = 0, got;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "unset CK_RUN_SUITE CK_RUN_CASE; "
		 "{ ${VMATLAS:-build/vmatlas} %s; } 2>&1",
		 args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	while ((got = fread(ran.out + len, 1, sizeof(ran.out) - 1 - len, pipe)))
		len += got;
	ran.out[len] = '\0';
	ran.status = pclose(pipe);
	ck_assert(WIFEXITED(ran.status));
	ran.status = WEXITSTATUS(ran.status);
	return &ran;
}

#define assert_has(ran, text)                                                  \
	ck_assert_msg(strstr((ran)->out, text), "no '%s' in:\n%.2000s", text,  \
		      (ran)->out)

/* A process a case: as they end, threads cannot be stopped to look for leaks. */
static void spare_children(const char *args)
{
#ifdef __SANITIZE_ADDRESS__
	if (strstr(args, "check"))
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
#else
	(void)args;
#endif
}

/* Nothing that is opened takes the place of what is closed. */
static const struct {
	const char *args;
	int status;
	const char *says;
} closed[] = {
	{ "check >&-", EXIT_UNUSABLE,
	  "vmatlas: cannot write to standard output: Bad file descriptor\n" },
	{ "list >&-", EXIT_UNUSABLE,
	  "vmatlas: cannot write to standard output: Bad file descriptor\n" },
	{ "check --tap=$TMPDIR/closed.tap >&-", EXIT_FINE, "" },
	{ "check --tap=$TMPDIR/closed.tap <&- >&-", EXIT_FINE, "" },
	{ "explain - <&-", EXIT_UNUSABLE,
	  "standard input: cannot be read: Bad file descriptor\n" },
};

START_TEST(closed_streams)
{
	struct ran *ran;

	spare_children(closed[_i].args);
	ran = run(closed[_i].args);
	ck_assert_int_eq(ran->status, closed[_i].status);
	ck_assert_str_eq(ran->out, closed[_i].says);
}
END_TEST

/* ---- calls that cannot be used --------------------------------------------------- */

static const struct {
	const char *args;
	const char *says;
} unusable[] = {
	{ "race --summary --format json",
	  "two of --summary, --tap and --format json" },
	{ "race --topmost --file smaps", "--topmost is for read()s of maps" },
	{ "race --topmost --file maps --tap --summary",
	  "two of --summary, --tap and --format json" },
	{ "race --file stat", "unknown file 'stat'" },
	{ "race --reader smaps --file maps", "--file of another --reader" },
	{ "emit --flavour kernel json", "--flavour kernel is for 'rst'" },
	{ "emit --as text ascii", "--as is for 'comment'" },
	{ "emit --kernel 6.12 dot", "--kernel is for 'vma-test'" },
	{ "race nosuch", "unknown case 'nosuch', expected one that" },
	{ "race new-merge-left nosuch", "unknown case 'nosuch'" },
	{ "race --variant other", "unknown variant 'other'" },
	{ "race --cpus three", "'three', expected one of two|same" },
	{ "", "Usage: vmatlas COMMAND" },
	{ "help list list",
	  "vmatlas help: 'list' is one word too many, expected at most a command" },
	{ "help help list", "'list' is one word too many" },
	{ "--help list list", "'list' is one word too many" },
	{ "help --colour", "unknown command '--colour'" },
	{ "help complete", "unknown command 'complete'" },
	{ "--version list", "'list' is one word too many, expected none" },
	{ "-V -V", "'-V' is one word too many, expected none" },
	{ "completion bash zsh",
	  "'zsh' is one word too many, expected one shell" },
	{ "manual list list", "expected one command" },
	{ "emit schema new-merge-left", "'schema' is of no case" },
	{ "space new-merge-left",
	  "'new-merge-left' is no option, expected no other words" },
	{ "frobnicate", "unknown command 'frobnicate', expected one that "
			"'vmatlas help' lists" },
	{ "list --rules 2.4",
	  "unknown kernel version '2.4', expected one such as '6.12', 2.6 or later, or 'latest'" },
	{ "list --rules abc", "expected one such as '6.12', 2.6 or later" },
	{ "list --rules 9", "expected one such as '6.12', 2.6 or later" },
	/* As many as the sysctl takes, an int. */
	{ "explain --max-map-count 2147483648 /dev/null",
	  "expected 1 to 2147483647" },
	{ "what-if --max-map-count 2147483648 --empty munlockall",
	  "expected 1 to 2147483647" },
	{ "replay --max-map-count 2147483648 /dev/null",
	  "expected 1 to 2147483647" },
	{ "explain --show 10000000000000000 /dev/null",
	  "is no address for --show, expected hexadecimal digits, up to ffffffffffffffff" },
	{ "replay --from 4194305=/dev/null /dev/null",
	  "with PID from 1 to 4194304 and N up to 1000000000" },
	{ "race --seconds 0", "expected a number above 0, up to 86400" },
	{ "space --shard 1/10001",
	  "'1/10001' is no part, expected I/N with I from 1 to N, and N up to 10000" },
	{ "list --syscall mrpotect", "did you mean 'mprotect'?" },
	{ "list --role delet", "did you mean 'delete'?" },
	{ "list --format xml", "unknown format 'xml', expected one of "
			       "text|json" },
	{ "list --color blue", "unknown colour 'blue', expected one of "
			       "auto|always|never" },
	{ "emit ascii --format json", "--format is not for 'emit'" },
	{ "explore no-such-case", "unknown case 'no-such-case'" },
	{ "explore --reader nobody", "unknown reader 'nobody'" },
	{ "explore --left up", "unknown side 'up'" },
	{ "explore --right down", "unknown side 'down'" },
	{ "explore --readers 3", "'3' is no number for --readers" },
	{ "explore --ops 0", "'0' is no number for --ops" },
	{ "explore --jobs many", "'many' is no number for --jobs" },
	{ "explore --max-states 99999999999999999999",
	  "is no number for --max-states" },
	{ "explore --max-states 10 new-merge-left",
	  "not explored in full: the limit of states was reached" },
	{ "explore --max-states 10 new-merge-left",
	  "What was explored misses no page that is mapped all the time, and no page is\n"
	  "reported twice; 1 was not explored in full.\n" },
	{ "explore --max-states 10 new-merge-left",
	  "new-merge-left   ?       - -           ---     0 -\n" },
	{ "explore --max-states 10 --format json new-merge-left",
	  "not explored in full" },
	{ "explore --max-states 10 --trace new-merge-left",
	  "not explored in full: what was seen so far, no verdict" },
	{ "explore --trace --way out new-merge-left", "unknown way 'out'" },
	{ "explore --way end new-merge-left", "expected it with --trace" },
	{ "explore >/dev/full", "cannot write to standard output" },
	{ "explore --ops 2 --then 'unmap [1, 2)' new-merge-left",
	  "no sequence goes on like that" },
	{ "explore --then 'unmap [24, 34)' new-merge-left",
	  "no sequence goes on like that" },
	{ "check --tap --xml", "both TAP and XML to standard output" },
	{ "check --tap >/dev/full", "" },
	{ "list --help >/dev/full", "cannot write to standard output" },
	{ "help >/dev/full", "cannot write to standard output" },
	{ "lsit", "unknown command 'lsit', did you mean 'list'? Expected" },
	{ "help lsit",
	  "unknown command 'lsit', did you mean 'list'? Expected" },
	{ "help x", "unknown command 'x', expected" },
	{ "emit jsn", "unknown format 'jsn', did you mean 'json'? Expected" },
	{ "explore --reader upstrem",
	  "unknown reader 'upstrem', did you mean 'upstream'? Expected" },
	{ "check --tap=/dev/full/x", "/dev/full" },
	{ "list >$TMPDIR/read.yaml; cp catalog/new.yaml $TMPDIR/read.yaml; ${VMATLAS:-build/vmatlas} check $TMPDIR/read.yaml --xml=$TMPDIR/read.yaml",
	  "it is the same file as" },
	{ "list >$TMPDIR/both.tap; ln -sf both.tap $TMPDIR/both.xml; ${VMATLAS:-build/vmatlas} check --tap=$TMPDIR/both.tap --xml=$TMPDIR/both.xml",
	  "/both.tap', expected another" },
	{ "list >/dev/null; rm -rf $TMPDIR/cat; cp -r catalog $TMPDIR/cat; ln -s new.yaml $TMPDIR/cat/tap; ${VMATLAS:-build/vmatlas} check --catalog $TMPDIR/cat --tap=$TMPDIR/cat/tap",
	  "/cat/new.yaml', expected another" },
	{ "check --xml=/proc/nowhere/x", "/proc/nowhere" },
	{ "check --xml=/tmp/vmatlas-no-such/x/y",
	  "cannot write '/tmp/vmatlas-no-such/x/y': No such file" },
	{ "replay --layout /tmp/vmatlas-no-such/x "
	  "docs/data/replay-example/trace",
	  "cannot write '/tmp/vmatlas-no-such/x': No such file" },
	{ "replay --layout /dev/full docs/data/replay-example/trace",
	  "cannot write '/dev/full': No space left" },
	{ "list >/dev/null; ulimit -f 2; ${VMATLAS:-build/vmatlas} check "
	  "--xml=$TMPDIR/limited.xml",
	  "/limited.xml': File too large" },
	{ "list >/dev/null; CK_RUN_CASE=typo ${VMATLAS:-build/vmatlas} check",
	  "no case was run, expected CK_RUN_CASE to name one" },
	{ "list >/dev/null; ulimit -f 1; ${VMATLAS:-build/vmatlas} emit json "
	  "-o $TMPDIR/too-big",
	  "File too large" },
	{ "explain /dev/zero", "/dev/zero:1:1: a line of more than 16 MiB, or "
			       "more lines than there can be, expected maps" },
	{ "replay /dev/zero", "/dev/zero:2:1: cannot read on: a line of more "
			      "than 16 MiB" },
	{ "what-if /dev/zero munmap 1000 1p", "a line of more than 16 MiB" },
	{ "list --nonsense", "no option '--nonsense', expected one" },
	{ "list --catalog /nowhere", "/nowhere" },
	{ "list --catalog src", "src" },
	{ "show", "no case, expected one that 'vmatlas list' prints" },
	{ "show no-such-case", "unknown case 'no-such-case'" },
	{ "show exsting-merge-left-partial",
	  "did you mean 'existing-merge-left-partial'?" },
	{ "show existing-merge-lft",
	  "did you mean 'existing-merge-left-full'?" },
	{ "show '*-partia'", "unknown case '*-partia'" },
	{ "show left-partial", "did you mean 'existing-merge-left-partial'?" },
	{ "show --step new-merge-both </dev/null",
	  "--step without a terminal" },
	{ "live --summary --tap", "--summary with --tap" },
	{ "live --show", "expected --reach, too" },
	{ "list --catalog ''", "nothing behind --catalog, expected DIR" },
	{ "check --tap=", "nothing behind --tap, expected FILE" },
	{ "list --role foo", "unknown role 'foo', expected one of extend" },
	{ "list --syscall foo", "unknown system call 'foo'" },
	{ "emit", "no format" },
	{ "emit gif", "unknown format 'gif', expected one that 'vmatlas emit "
		      "--help' lists" },
	{ "emit rst", "'rst' is made of several files, expected -o DIR" },
	{ "emit rst --flavour vanilla -o /tmp/x", "unknown flavour 'vanilla'" },
	{ "emit ascii no-such-case", "unknown case 'no-such-case'" },
	{ "emit ascii -o /proc/nowhere", "/proc/nowhere" },
	{ "check /no/such/file.yaml", "/no/such/file.yaml:1:1: " },
	{ "check catalog", "catalog:1:1: " },
	{ "list >/dev/full", "cannot write to standard output" },
	{ "source no-such-case", "unknown case 'no-such-case'" },
	{ "source --ksrc /nowhere --cache /nowhere/cache", "/nowhere" },
	{ "source --ksrc /dev/zero --cache /nowhere/cache",
	  "/dev/zero: neither a directory nor a file" },
	{ "source --witness /nowhere", "cannot run /nowhere" },
	{ "source --witness /bin/cat --cases", "/bin/cat is no witness" },
	{ "explain --all --prometheus --format json",
	  "both --prometheus and --format json" },
	{ "check --tap=$TMPDIR/same --xml=$TMPDIR/same", "expected two files" },
	{ "check --tap=/dev/full --xml=$TMPDIR/other",
	  "cannot write '/dev/full'" },
	{ "check --tap=$TMPDIR/same-new --xml=$TMPDIR/./same-new",
	  "it is the same file as" },
	{ "source --only unmap --format json", "expected no --format json" },
	{ "source --compare one", "1 tree for --compare, expected 2" },
	{ "source --compare --cases a b", "--compare takes neither" },
	{ "source --jobs 0", "'0' is no number for --jobs" },
	{ "source --only existing new-merge-left", "expected one" },
	{ "source --witness \"$FAKE\" --only nonsense", "nonsense" },
	{ "source --witness \"$FAKE\" --rules 2.4", "'2.4'" },
	{ "source --cases >/dev/full --witness \"$FAKE\"",
	  "cannot write to standard output" },
};

/* argp would not end with such margins, which are the environment's. */
START_TEST(margins_of_help_are_ours)
{
	struct ran *ran = run("list --help");
	char *usual = strdup(ran->out);

	ck_assert_int_eq(ran->status, EXIT_FINE);
	ran = run("list >/dev/null; ARGP_HELP_FMT=rmargin=5 timeout 10 "
		  "${VMATLAS:-build/vmatlas} list --help");
	ck_assert_int_eq(ran->status, EXIT_FINE);
	ck_assert_str_eq(ran->out, usual);
	free(usual);
}
END_TEST

START_TEST(unusable_calls)
{
	struct ran *ran = run(unusable[_i].args);

	ck_assert_msg(ran->status == EXIT_UNUSABLE, "status %d:\n%.2000s",
		      ran->status, ran->out);
	assert_has(ran, unusable[_i].says);
}
END_TEST

/* ---- Linux's own code, spoken for by a fake witness ------------------------------ */

/* ---- numbers that follow from the catalogue ------------------------------ */

static size_t nr_cases(const struct catalog *cat)
{
	size_t nr = 0;

	for_each_family(cat, f)
		nr += f->nr_cases;
	return nr;
}

static bool count(const struct visit *v, void *nr)
{
	(void)v;
	++*(size_t *)nr;
	return true;
}

/* Puts how many there are in the place of "{cases}" and "{configurations}". */
static void assert_counts(const struct ran *ran, const char *says)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	char text[256] = "";
	size_t nr;

	while (*says) {
		size_t len = strlen(text), word = strcspn(says, "{");

		if (!strncmp(says, "{cases}", 7)) {
			nr = nr_cases(cat);
			snprintf(text + len, sizeof(text) - len, "%zu", nr);
			says += 7;
		} else if (!strncmp(says, "{configurations}", 16)) {
			nr = 0;
			space_walk(sweeps, rules_for("6.12"), 0, 1, count, &nr);
			snprintf(text + len, sizeof(text) - len, "%zu", nr);
			says += 16;
		} else {
			word += !word;
			snprintf(text + len, sizeof(text) - len, "%.*s",
				 (int)word, says);
			says += word;
		}
	}
	catalog_free(cat);
	assert_has(ran, text);
}

static const struct {
	const char *how; /* FAKE_WITNESS */
	const char *args;
	int status;
	const char *says;
} testimonies[] = {
	{ "", "--cases", EXIT_FINE, "Cases: {cases} of {cases} agree." },
	{ "", "new-merge-both", EXIT_FINE, "Cases: 1 of 1 agree." },
	{ "", "", EXIT_FINE,
	  "{configurations} of {configurations} configurations agree." },
	{ "", "--cases", EXIT_FINE, "Linux 6.12.0-fake" },
	{ "", "--rules 6.16 existing-merge-both", EXIT_WRONG, "! lock next " },
	{ "", "--only existing:range=head,prev=adjacent", EXIT_FINE,
	  "partial overwrite" },
	{ "", "--only unmap --format text", EXIT_FINE, "downgrade mmap lock" },
	{ "", "--format json --cases", EXIT_FINE,
	  "\"kernel\": \"6.12.0-fake\"" },
	{ "lie", "", EXIT_WRONG, "configurations differ in: map count" },
	{ "lie", "", EXIT_WRONG, "for example unmap\n" },
	{ "lie", "unmap-all", EXIT_WRONG, "Cases: 0 of 1 agree." },
	{ "lie", "--only unmap", EXIT_WRONG, "! map count 0" },
	{ "lie", "--format json", EXIT_WRONG, "\"differ_in\": [" },
	{ "warn", "", EXIT_WRONG, "the witness complains" },
	{ "die", "", EXIT_WRONG, "the witness died, at split:" },
	{ "babble", "new-merge-left", EXIT_WRONG,
	  "new-merge-left: the witness died\n" },
	{ "babble", "--only unmap", EXIT_WRONG, "unmap: the witness died\n" },
};

START_TEST(witness_is_heard)
{
	char args[256];
	struct ran *ran;

	setenv("FAKE_WITNESS", testimonies[_i].how, 1);
	snprintf(args, sizeof(args), "source --witness \"$FAKE\" %s",
		 testimonies[_i].args);
	ran = run(args);
	ck_assert_msg(ran->status == testimonies[_i].status,
		      "status %d:\n%.2000s", ran->status, ran->out);
	assert_counts(ran, testimonies[_i].says);
}
END_TEST

/* No program of the witness's can leave anything, and one that is fine stays so. */
START_TEST(sandbox_keeps_from_writing)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16], args[256];
	FILE *f;

	if (system("bwrap --unshare-all --ro-bind / / true 2>/dev/null")) {
		fputs("cmd: skipped: there is no sandbox here\n", stderr);
		return;
	}
	temp_dir(dir);
	snprintf(path, sizeof(path), "%s/witness", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n: >%s/left\n: >src/left\n", dir);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);

	snprintf(args, sizeof(args), "source --sandbox --witness %s", path);
	assert_has(run(args), "is no witness");
	snprintf(path, sizeof(path), "%s/left", dir);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_ne(access("src/left", F_OK), 0);
	snprintf(args, sizeof(args), "source --witness %s/witness", dir);
	assert_has(run(args), "is no witness");
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(unlink("src/left"), 0);

	assert_has(run("source --sandbox --cases --witness \"$FAKE\""),
		   "agree.");
}
END_TEST

/* What pages of docs/ include of space.inc, part by part. */
START_TEST(space_as_rst)
{
	struct ran *ran = run("space --format rst");
	size_t nr = 0;

	ck_assert_int_eq(ran->status, EXIT_FINE);
	for (char *p = ran->out; (p = strstr(p, "-begin\n")); p++) {
		char end[128], *name = p;

		while (name[-1] != ' ')
			name--;
		snprintf(end, sizeof(end), ".. %.*s-end\n", (int)(p - name),
			 name);
		ck_assert_msg(strstr(p, end), "no '%s'", end);
		nr++;
	}
	ck_assert_uint_ge(nr, 4);
	assert_has(ran, "existing-merge-both");
	assert_has(ran, "anon_vma");
}
END_TEST

/* Of the two writers only the one that is asked for, with each of the readers. */
START_TEST(race_has_one_writer)
{
	static const struct {
		const char *writer;
		bool thread;
		bool process;
	} t[] = { { "thread", true, false },
		  { "process", false, true },
		  { "all", true, true } };
	char args[128];
	struct ran *ran;

	snprintf(args, sizeof(args),
		 "race --seconds 0.05 --format json --writer %s new-merge-left",
		 t[_i].writer);
	ran = run(args);
	assert_has(ran, "\"case\": \"new-merge-left\"");
	ck_assert(!!strstr(ran->out, "\"writer\": \"thread\"") == t[_i].thread);
	ck_assert(!!strstr(ran->out, "\"writer\": \"process\"") ==
		  t[_i].process);
}
END_TEST

/* ---- calls that work --------------------------------------------------------------- */

static const struct {
	const char *args;
	const char *says;
} fine[] = {
	{ "help", "Usage: vmatlas COMMAND" },
	{ "--help", "hold the catalogue against the simulator" },
	{ "--version", "vmatlas 0.1\n" },
	{ "list --version", "vmatlas 0.1\n" },
	{ "list --help", "Print the identifiers of CASE" },
	{ "list --syscall brk --role delete",
	  "unmap-all\nunmap-tail\nunmap-several-all\nunmap-several-tail\n" },
	{ "list --role partial-overwrite", "existing-merge-left-partial\n" },
	{ "list --long 'split-*'",
	  "split-new-above: Split new above\n    vma: split, new: create\n" },
	{ "list existing-merge-left-full", "existing-merge-left-full\n" },
	{ "list 'merge BOTH'", "existing-merge-both\nnew-merge-both\n" },
	{ "list new-merge-r", "new-merge-right\n" },
	/* One VMA of three is left, as the mail has it. */
	{ "space --only existing:prev=adjacent,next=adjacent --format tsv",
	  "\nexisting:prev=adjacent,next=adjacent\tcase\texisting-merge-both"
	  "\t-\tmerged\tmerged\t-\t-\t0\tnone\t3\t1\n" },
	{ "space --case new-merge-left",
	  "case      new-merge-left                 new:prev=adjacent\n" },
	{ "space --case existing-merge-both --reason flags 2>&1",
	  "vmatlas space: no configuration is both\n" },
	{ "space --case new-merge-left --format json",
	  "\"new:prev=adjacent\"" },
	{ "emit --help", "  ascii " },
	{ "list --catalog catalog", "\nsplit-new-above\n" },
	{ "list --format json", "  \"existing-merge-both\",\n" },
	{ "list --rules 6.12", "new-merge-both\n" },
	{ "show split-new-below", "|-----.-----|" },
	{ "show --color always new-merge-left",
	  "\033[1mnew-merge-left\033[0m" },
	{ "show --format json new-merge-left", "\"id\": \"new-merge-left\"" },
	{ "emit ascii new-merge-right", "..........-------|" },
	{ "emit dot new-merge-right", "digraph" },
	{ "check", "100%: Checks: {cases}, Failures: 0, Errors: 0" },
	{ "check catalog/new.yaml", "100%: Checks: 6, Failures: 0, Errors: 0" },
	{ "check --tap", "ok 1 - " },
	{ "check --format json", "\"ok\": true" },
	{ "replay --faulted none docs/data/replay-example/trace",
	  "docs/data/replay-example/trace: process " },
	{ "explore", "existing-merge-left-partial           9/9 24  9/9 prev" },
	{ "explore", "split-new-above                       3/9 22    - -" },
	{ "explore", "new-merge-left                          -     9/9 prev" },
	{ "explore existing-merge-left-full split-new-below",
	  "can be missed in 1 of 2 cases, and a page\ncan be reported twice in 1." },
	{ "explore --reader clipped new-merge-right",
	  "No page that is mapped all the time is missed in this case, and no page is\nreported twice." },
	{ "explore --reader mmap-lock split-new-above",
	  "split-new-above   -       - -           ---" },
	{ "explore --reader all --jobs 1 --left hole --right none "
	  "new-merge-both",
	  "verify-always: looks again" },
	{ "explore --readers 2 --left none --right none split-new-below",
	  "split-new-below   -" },
	{ "explore --ops 2 --left none --right none new-merge-left",
	  "new-merge-left 1/" },
	{ "explore --format json --left adjacent --right none split-new-above",
	  "\"gap\": true" },
	{ "explore --trace split-new-above",
	  "gap: [22, 28) is mapped all the time, and missed" },
	{ "explore --trace existing-merge-left-full",
	  "left: none, right: adjacent" },
	{ "explore --trace --way end existing-merge-left-full",
	  "an end is not verified" },
	{ "explore --trace --way slot new-merge-right",
	  "new-merge-right: nothing is lost in that way" },
	{ "explore --trace --reader mmap-lock new-merge-right",
	  "00022000 rw-p 00000000 00:00 0         # next" },
	{ "explore --help", "sample-early   samples before" },
	{ "explore --help", "in\n                 doubt\n  sequence  " },
	{ "space --help", "only\n    the VMAs that are asked\n  every diff" },
	{ "what-if --help", "  mseal ADDR LEN  (since Linux 6.10)" },
	{ "what-if --help", "  munmap ADDR LEN\n" },
	{ "explore --ops 2 --then 'unmap [24, 34)' --format json "
	  "new-merge-left",
	  "\"unmap [24, 34)\"" },
	{ "check --tap=/dev/stdout", "ok 10 - " },
	{ "list >/dev/null; FAKE_WITNESS=lie ${VMATLAS:-build/vmatlas} source "
	  "--witness \"$FAKE\" --format json unmap-all | "
	  "${PYTHON:-python3} -m json.tool",
	  "\"agree\": false" },
	{ "help list", "Usage: vmatlas list" },
	{ "list -h", "Usage: vmatlas list" },
	{ "help help", "Usage: vmatlas COMMAND" },
	{ "list >/dev/null; TMPDIR=/nowhere ${VMATLAS:-build/vmatlas} check --xml=/dev/stdout",
	  "</testsuites>" },
	{ "check --xml", "<description>existing-merge-both</description>" },
};

START_TEST(fine_calls)
{
	struct ran *ran;

	spare_children(fine[_i].args);
	ran = run(fine[_i].args);
	ck_assert_msg(ran->status == EXIT_FINE, "status %d:\n%.2000s",
		      ran->status, ran->out);
	assert_counts(ran, fine[_i].says);
}
END_TEST

/* The files of the catalogue, read by another program. */
#define IDS_BY_PYTHON                                                           \
	"${PYTHON:-python3} -c \""                                              \
	"import glob, yaml\n"                                                   \
	"of = [yaml.safe_load(open(f)) for f in glob.glob('catalog/*.yaml')]\n" \
	"for f in sorted(of, key=lambda f: f['order']):\n"                      \
	"    for c in f['cases']: print(c['id'])\""

/*
 * The same under --format json: an object, and nothing else. What is redirected, or
 * is more than one call, is left out.
 */
START_TEST(unusable_as_json)
{
	const char *args = unusable[_i].args;
	json_t *json, *messages, *one;
	char call[512];
	struct ran *ran;
	size_t i;

	if (strpbrk(args, ">;<"))
		return;
	snprintf(call, sizeof(call), "%s --format json 2>&1 >/dev/null", args);
	ran = run(call);
	ck_assert_int_eq(ran->status, EXIT_UNUSABLE);
	json = json_loads(ran->out, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(json, "%s: no JSON:\n%.2000s", args, ran->out);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json, "exit_status")),
		EXIT_UNUSABLE);
	messages = json_object_get(json, "messages");
	ck_assert_uint_gt(json_array_size(messages), 0);
	json_array_foreach(messages, i, one)
		ck_assert_ptr_nonnull(
			json_string_value(json_object_get(one, "text")));
	json_decref(json);
}
END_TEST

/* Where a message is about a place in a file that is told apart, in any bytes. */
START_TEST(messages_have_places)
{
	struct ran *ran = run("check --format json tests/bad/no-such.yaml "
			      "\"$(printf 'a:b\"\\t\\377')\" 2>&1 >/dev/null");
	json_t *json = json_loads(ran->out, 0, NULL), *first;

	ck_assert_msg(json, "no JSON:\n%.2000s", ran->out);
	first = json_array_get(json_object_get(json, "messages"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(first, "file")),
			 "tests/bad/no-such.yaml");
	ck_assert_int_eq(json_integer_value(json_object_get(first, "line")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(first, "column")),
			 1);
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_object_get(first, "text")),
		       "cannot open"));
	json_decref(json);
}
END_TEST

/* What only begins like one is none. */
static const char *const no_places[] = { "a:1:b",   "a:1:2", "a:1:2:",
					 "a:1:2:3", "a:1",   "a:b:2: c" };

START_TEST(messages_without_places)
{
	char call[128];
	json_t *json, *first;

	snprintf(call, sizeof(call), "list --format json '%s'", no_places[_i]);
	json = json_loads(run(call)->out, 0, NULL);
	first = json_array_get(json_object_get(json, "messages"), 0);
	ck_assert_uint_eq(json_object_size(first), 1);
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_object_get(first, "text")),
		       no_places[_i]));
	json_decref(json);
}
END_TEST

/* Want of memory, and no file that may grow: these are said in JSON as well. */
START_TEST(json_without_memory)
{
	static const char *const limits[] = { "-v 9000", "-f 0" };
	char call[256];
	struct ran *ran;
	json_t *json;

	snprintf(call, sizeof(call),
		 "list >/dev/null; { ulimit %s; ${VMATLAS:-build/vmatlas} "
		 "show --format json nothing; } 2>&1",
		 limits[_i]);
	ran = run(call);
#ifdef __SANITIZE_ADDRESS__
	if (_i == 0)
		return; /* it needs terabytes, and dies of the limit itself */
#endif
	json = json_loads(ran->out, 0, NULL);
	ck_assert_msg(json, "no JSON, status %d:\n%.2000s", ran->status,
		      ran->out);
	json_decref(json);
}
END_TEST

/* What fits into memory in part only is not taken for the whole. */
START_TEST(no_part_of_it)
{
#ifndef __SANITIZE_ADDRESS__
	struct ran *ran = run(
		"list >/dev/null; v=${VMATLAS:-build/vmatlas}; "
		"whole=$($v emit json | cksum); "
		"for kib in $(seq 10000 250 17000); do "
		"part=$( (ulimit -v $kib; $v emit json 2>/dev/null; echo $? >&3) "
		"3>$TMPDIR/status | cksum); status=$(cat $TMPDIR/status); "
		"[ $status = 2 ] || [ \"$status $part\" = \"0 $whole\" ] || "
		"echo $kib KiB: $status $part; done");

	ck_assert_msg(!strchr(ran->out, ':'), "%s", ran->out);
#endif
}
END_TEST

/* ---- slips ----------------------------------------------------------------- */

static const struct {
	const char *args;
	const char *meant;
} slips[] = {
	{ "lsit", "list" },
	{ "help explian", "explain" },
	{ "completion bsh", "bash" },
	{ "list --sylscall=mmap", "--syscall" },
	{ "list --fromat json", "--format" },
	{ "list --catlog=x", "--catalog" },
	{ "explore --tarce new-merge-left", "--trace" },
	{ "race --secnds 3", "--seconds" },
	{ "list --format jsno", "json" },
	{ "list --color nevr", "never" },
	{ "list --rules latets", "latest" },
	{ "list --rules 6.l2", "6.12" },
	{ "list --role exted", "extend" },
	{ "list --syscall mummap", "munmap" },
	{ "show new-merge-lfet", "new-merge-left" },
	{ "emit pormela", "promela" },
	{ "emit rst --flavour kernl -o /tmp/x", "kernel" },
	{ "emit rst --flavour kernel --dot inlne -o /tmp/x", "inline" },
	{ "emit comment --as txt", "text" },
	{ "emit vma-test --kernel 6.l2 -o /tmp/x", "6.12" },
	{ "explore --reader upstraem", "upstream" },
	{ "explore --left adjcent", "adjacent" },
	{ "explore --right hol", "hole" },
	{ "explore --trace --way slto new-merge-left", "slot" },
	{ "space --format tvs", "tsv" },
	{ "space --reason annon_vma", "anon_vma" },
	{ "space --case new-merge-lft", "new-merge-left" },
	{ "space --only exsting:range=head", "existing" },
	{ "space --only existing:rnage=head", "range" },
	{ "space --only existing:range=haed", "head" },
	{ "race --reader qeury", "query" },
	{ "race --writer thraed", "thread" },
	{ "race --file smap", "smaps" },
	{ "race --cpus tow", "two" },
	{ "race --variant fresh-wlak", "fresh-walk" },
	{ "what-if --empty munmapp 1000 1p", "munmap" },
	{ "what-if --empty munmap 1000 1p munmpa 2000 1p", "munmap" },
	{ "what-if --empty mmap 1000 1p rw- shraed", "shared" },
	{ "what-if --empty mmap 1000 1p rw- /f:0 shared fixde", "fixed" },
	{ "what-if --empty mremap 1000 1p 2p maymvoe", "maymove" },
	{ "what-if --empty madvise 1000 1p dontdmup", "dontdump" },
	{ "source --without rnage --cases", "range" },
	{ "source --without rnage=head --cases", "range" },
	{ "source --without range=haed --cases", "head" },
	{ "LIST", "list" },
	{ "show NEW-MERGE-LFT", "new-merge-left" },
	{ "what-if --empty --faulted seeen munmap 1000 1p", "seen" },
	{ "replay --faulted non x", "none" },
};

START_TEST(slip_gets_nearest)
{
	struct ran *ran = run(slips[_i].args);
	char says[80];

	ck_assert_int_eq(ran->status, EXIT_UNUSABLE);
	snprintf(says, sizeof(says), "did you mean '%s'?", slips[_i].meant);
	assert_has(ran, says);
}
END_TEST

/* ---- completion ------------------------------------------------------------ */

/* Lines without their description; what comes first and last of them. */
static const struct {
	const char *words;
	const char *has;
	const char *lacks;
} completed[] = {
	{ "''", "explain\t", "manual\t" },
	{ "exp", "explore\t", "list\t" },
	{ "help li", "live\t", "explain\t" },
	{ "list --", "--syscall=\t", "--reader=\t" },
	{ "list --lo", "--long\t", "--syscall" },
	{ "list --role=de", "--role=delete\t", "extend" },
	{ "list --role = de", "delete\t", "--role" },
	{ "list --role de", "delete\t", "extend" },
	{ "list --syscall mre", "mremap\t", "munmap" },
	{ "show new-merge-r", "new-merge-right\t", "split" },
	{ "show --format ''", "json\t", "new-merge" },
	{ "emit d", "dot\t", "new-merge" },
	{ "emit dot split-new-a", "split-new-above\t", "svg" },
	{ "emit -o ''", ":dirs\n", ":files" },
	{ "explore --reader proc", "procmap-query\t", "upstream" },
	{ "explore --way = ''", "slot\t", "adjacent" },
	{ "space --reason anon", "anon_vma\t", "flags" },
	{ "race --variant fre", "fresh-walk\t", "upstream" },
	{ "race --cpus ''", "same\t", "thread" },
	{ "explain ''", ":files\n", "new-merge" },
	{ "explain --pid ''", "1\t", ":files" },
	{ "what-if --empty mun", "munmap\t", "mprotect" },
	{ "list --rules 6.1", "6.12\t", "latest" },
	{ "completion ''", "fish\t", ":files" },
};

START_TEST(completes)
{
	char call[128];
	struct ran *ran;

	snprintf(call, sizeof(call), "complete %s", completed[_i].words);
	ran = run(call);
	ck_assert_int_eq(ran->status, EXIT_FINE);
	assert_has(ran, completed[_i].has);
	ck_assert_msg(!strstr(ran->out, completed[_i].lacks), "'%s' in:\n%s",
		      completed[_i].lacks, ran->out);
}
END_TEST

/* What bash has after a key of tabulation, words as it splits them. */
static const struct {
	const char *line;
	const char *replies;
} in_bash[] = {
	{ "vmatlas expla", "[explain]" },
	{ "vmatlas list --role = del", "[delete]" },
	{ "vmatlas list --rol", "[--role=]" },
	{ "vmatlas show split-new-b", "[split-new-below]" },
	{ "vmatlas check catalog/ne", "[catalog/new.yaml]" },
	{ "vmatlas emit -o cata", "[catalog]" },
	{ "vmatlas nonsense x", "[]" },
};

START_TEST(bash_completes)
{
	char call[1024];
	struct ran *ran;

	snprintf(call, sizeof(call),
		 "list >/dev/null; bash -c 'vmatlas() { "
		 "${VMATLAS:-build/vmatlas} \"$@\"; }; compopt() { :; }; "
		 "eval \"$(vmatlas completion bash)\"; "
		 "COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		 "_vmatlas vmatlas; printf \"[%%s]\" \"${COMPREPLY[*]}\"'",
		 in_bash[_i].line);
	ran = run(call);
	ck_assert_str_eq(ran->out, in_bash[_i].replies);
}
END_TEST

/* ---- a page a command ------------------------------------------------------ */

/* Each option that --help names, once, and its first sentence. */
START_TEST(manual_is_the_help)
{
	const struct command *c = &commands[_i];
	char call[64], *text;
	struct ran *ran;

	if (!c->usage)
		return;
	snprintf(call, sizeof(call), "manual %s", c->name);
	ran = run(call);
	ck_assert_int_eq(ran->status, EXIT_FINE);
	for (const struct setting *o = c->usage->settings; o && o->name; o++) {
		const char *at;

		text = xasprintf("**--%s**", o->name);
		assert_has(ran, text);
		at = strstr(ran->out, text);
		ck_assert_ptr_null(strstr(at + 1, text));
		free(text);
	}
	text = xstrndup(c->usage->doc, 20);
	assert_has(ran, text);
	free(text);
	if (!c->usage->bare)
		assert_has(ran,
			   "**--rules**\\ =\\ *VERSION*\n    follow the rules");
}
END_TEST

/* ---- the rest ---------------------------------------------------------------- */

START_TEST(list_is_the_catalogue)
{
	char ids[16384];
	FILE *python = popen(IDS_BY_PYTHON, "r");
	size_t len = fread(ids, 1, sizeof(ids) - 1, python);

	ids[len] = '\0';
	ck_assert_int_eq(pclose(python), 0);
	ck_assert_ptr_nonnull(strstr(ids, "existing-merge-both\n"));
	ck_assert_str_eq(run("list")->out, ids);
}
END_TEST

/* What is installed beside the program goes before where it was built. */
START_TEST(catalogue_beside_the_program)
{
	struct ran *ran = run(
		"--version >/dev/null; d=$(mktemp -d); "
		"mkdir -p $d/bin $d/share/vmatlas/catalog; "
		"cp \"$(realpath ${VMATLAS:-build/vmatlas})\" $d/bin/vmatlas; "
		"cp catalog/insert.yaml $d/share/vmatlas/catalog; "
		"$d/bin/vmatlas list existing-merge-both 2>&- || echo none; "
		"rm -r $d/share; "
		"$d/bin/vmatlas list existing-merge-both; rm -r $d");

	ck_assert_str_eq(ran->out, "none\nexisting-merge-both\n");
}
END_TEST

/* Without /proc it is not known where the program is. */
START_TEST(nothing_beside_without_proc)
{
#ifdef SYS_readlink
	ck_assert(forbid(SYS_readlink));
#endif
	ck_assert_ptr_null(data_installed("../../tests/main.c"));
}
END_TEST

/* Where there is none to be had, as in a chroot without /dev/pts, it is said. */
static bool no_terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	bool none = fd < 0 || unlockpt(fd) || access(ptsname(fd), R_OK | W_OK);

	if (fd >= 0)
		close(fd);
	if (none)
		fputs("SKIP: no terminal to be had (/dev/pts)\n", stderr);
	return none;
}

/* script(1) gives the program a terminal. */
#define ON_TERMINAL(env)                                                       \
	"list >/dev/null; " env " script -qec \"${VMATLAS:-build/vmatlas} "    \
	"show split-new-above\" /dev/null"

START_TEST(colour_on_terminals_only)
{
	static const struct {
		const char *args;
		bool coloured;
	} t[] = {
		{ "show split-new-above", false },
		{ ON_TERMINAL("env -u NO_COLOR TERM=xterm"), true },
		{ ON_TERMINAL("env NO_COLOR=1 TERM=xterm"), false },
		{ ON_TERMINAL("env -u NO_COLOR TERM=dumb"), false },
	};
	struct ran *ran;

	if (_i && no_terminal())
		return;
	ran = run(t[_i].args);
	assert_has(ran, "split-new-above");
	ck_assert(t[_i].coloured == !!strchr(ran->out, '\033'));
}
END_TEST

/* What a terminal of 80 columns can show. */
static const int terminal_widths[] = { 40, 57, 80, 200 };
static const char *const on_terminals[] = {
	"show existing-merge-left-full-sides-differ unmap-several-inner",
	"show --ascii split-new-above",
	"list --long",
	"explore --trace existing-merge-left-full-sides-differ",
	"explore --trace --ascii split-new-above",
	"help #",
	"live --help",
	"live --usage",
	"emit --help",
	"explore --help",
};

/* Neither the terminal's lines nor what is drawn on it are wider than it is. */
START_TEST(terminal_is_wide_enough)
{
	int width = terminal_widths[_i % LEN(terminal_widths)];
	char args[512];
	char *line, *rest;
	struct ran *ran;

	if (no_terminal())
		return;
	snprintf(args, sizeof(args),
		 "list >/dev/null; env -u COLUMNS LC_ALL=C.UTF-8 TERM=xterm "
		 "script -qec \"stty cols %d; ${VMATLAS:-build/vmatlas} "
		 "%s --color never\" /dev/null",
		 width, on_terminals[_i / LEN(terminal_widths)]);
	ran = run(args);
	ck_assert_int_eq(ran->status, 0);
	ck_assert_uint_gt(strlen(ran->out), 200);
	for (line = rest = ran->out; (line = strsep(&rest, "\r\n"));)
		ck_assert_msg(utf8_count(line, strlen(line)) <= (size_t)width,
			      "more than %d columns: %s", width, line);
}
END_TEST

/* These have tables, which stay as they are. */
static const char *const narrow_words[] = {
	"explore",
	"explore --reader fresh-walk existing-merge-both",
	"space --summary",
	"space --show --only existing:middle_anon=A,next=adjacent",
	"explain docs/explain-sample.smaps",
	"live --summary",
	"live --reach --rules-table",
	"replay docs/data/replay-example/trace",
	"replay --from docs/data/replay-example/begin --verify docs/data/replay-example/end docs/data/replay-example/trace",
};

/* Three words behind the first are a sentence, those of a row are apart. */
static bool is_wide_sentence(const char *line, size_t width)
{
	const char *rest = line + strspn(line, " ");
	size_t blanks = 0;

	rest += strcspn(rest, " ");
	rest += strspn(rest, " ");
	for (const char *at = rest; *at; at++)
		blanks += *at == ' ';
	return utf8_count(line, strlen(line)) > width && blanks > 1 &&
	       !strstr(rest, "  ") && !strchr(rest, '#');
}

START_TEST(sentences_are_wrapped)
{
	char args[512];
	char *line, *rest;
	struct ran *ran;

	if (no_terminal())
		return;
	snprintf(args, sizeof(args),
		 "list >/dev/null; unset COLUMNS; "
		 "script -qec \"stty cols 40; ${VMATLAS:-build/vmatlas} "
		 "%s --color never\" /dev/null",
		 narrow_words[_i]);
	ran = run(args);
	ck_assert_uint_gt(strlen(ran->out), 100);
	for (line = rest = ran->out; (line = strsep(&rest, "\r\n"));)
		ck_assert_msg(!is_wide_sentence(line, 40), "%s", line);
}
END_TEST

START_TEST(introduction_is_wrapped)
{
	struct ran *ran;

	if (no_terminal())
		return;
	ran = run(
		"list >/dev/null; unset COLUMNS; script -qec \"stty cols 40; "
		"${VMATLAS:-build/vmatlas} explain --color never\" /dev/null");
	assert_has(ran, "  vmatlas explain FILE\r\n"
			"    the same of a saved");
}
END_TEST

/* A case goes by its identifier, the beginning of it, and the mail's name. */
static const struct {
	const char *word, *ids;
} names[] = {
	{ "'Merge left partial'", "existing-merge-left-partial\n" },
	{ "merge-left-partial", "existing-merge-left-partial\n" },
	{ "'new merge both'", "new-merge-both\n" },
	{ "'SPLIT NEW ABOVE'", "split-new-above\n" },
	{ "'Merge both'", "existing-merge-both\nnew-merge-both\n" },
	{ "'split-*'", "split-new-below\nsplit-new-above\n" },
	{ "existing-merge-r",
	  "existing-merge-right-full\nexisting-merge-right-partial\n" },
	{ "--syscall brk --role extend", "new-merge-left\n" },
};

START_TEST(cases_have_names)
{
	char args[128];

	snprintf(args, sizeof(args), "list --ids %s", names[_i].word);
	ck_assert_str_eq(run(args)->out, names[_i].ids);
}
END_TEST

START_TEST(show_is_narrow)
{
	struct ran *ran = run("show $(${VMATLAS:-build/vmatlas} list)");

	for (char *line = strtok(ran->out, "\n"); line;
	     line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
}
END_TEST

/*
 * What the README shows is what the program prints by the rules that it names, four
 * columns further in, up to what earlier versions did.
 */
START_TEST(readme_is_true)
{
	static const char rules[] = "  Rules         as of Linux ";
	static char readme[1 << 16], shown[1 << 16];
	FILE *file = fopen("README.md", "r");
	char args[80], *version;
	struct ran *ran;
	size_t len = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(readme, 1, sizeof(readme) - 1, file), 0);
	fclose(file);
	version = strstr(readme, rules);
	ck_assert_ptr_nonnull(version);
	version += strlen(rules);
	snprintf(args, sizeof(args),
		 "show existing-merge-left-partial --rules %.*s",
		 (int)strspn(version, "0123456789."), version);
	ran = run(args);
	for (const char *line = ran->out; *line;) {
		int end = strcspn(line, "\n");

		len += snprintf(shown + len, sizeof(shown) - len, "%s%.*s\n",
				end ? "    " : "", end, line);
		line += end + 1;
	}
	ck_assert_ptr_nonnull(strstr(shown, "\n    Before Linux"));
	*strstr(shown, "\n    Before Linux") = '\0';
	ck_assert_msg(strstr(readme, shown), "README.md does not show\n%s",
		      shown);
}
END_TEST

/* Whether progress was shown, in no line that the terminal has to break. */
static bool progress_fits(char *text, size_t width)
{
	bool shown = false;

	for (char *line; (line = strsep(&text, "\r\n"));) {
		if (strncmp(line, "\033[Kexisting", strlen("\033[Kexisting")))
			continue;
		if (utf8_count(line + 3, strlen(line + 3)) > width)
			return false;
		shown = true;
	}
	return shown;
}

/* A long search tells of its progress, but only to a terminal, as wide as that is. */
START_TEST(progress_on_terminals_only)
{
	static const char search[] =
		"explore --ops 3 --readers 2 --left adjacent --right adjacent "
		"--max-states 1500000 existing-merge-both";
	char args[512];
	struct ran *ran;

	if (_i && no_terminal())
		return;
	if (_i)
		snprintf(args, sizeof(args),
			 "list >/dev/null; timeout 60 script -qec "
			 "\"stty cols %d; ${VMATLAS:-build/vmatlas} %s --then "
			 "'modify [24, 32)' --then 'modify [24, 32)'\" "
			 "/dev/null",
			 _i == 1 ? 80 : 30, search);
	else
		snprintf(args, sizeof(args),
			 "%s --then 'modify [24, 32)' --then 'modify [24, 32)'",
			 search);
	ran = run(args);
	if (_i == 2)
		ck_assert(progress_fits(ran->out, 30));
	else
		ck_assert(_i == !!strstr(ran->out, " states \r"));
}
END_TEST

/* The keys that others rely on, and their types. */
START_TEST(explore_json)
{
	static const struct {
		const char *key;
		json_type type;
	} keys[] = {
		{ "case", JSON_STRING },    { "reader", JSON_STRING },
		{ "left", JSON_STRING },    { "right", JSON_STRING },
		{ "gap", JSON_FALSE },	    { "twice", JSON_ARRAY },
		{ "overlap", JSON_FALSE },  { "observations", JSON_ARRAY },
		{ "states", JSON_INTEGER }, { "retry", JSON_FALSE },
		{ "rewalk", JSON_FALSE },   { "fallback", JSON_FALSE },
	};
	json_t *all = json_loads(run("explore --reader mmap-lock --format json "
				     "new-merge-left")
					 ->out,
				 JSON_REJECT_DUPLICATES, NULL);
	json_t *searches;

	searches = json_object_get(all, "searches");
	ck_assert(json_is_array(searches));
	ck_assert_uint_eq(json_array_size(searches), 9);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(json_array_get(searches, 0),
						keys[i].key);

		ck_assert_msg(value, "no key %s", keys[i].key);
		ck_assert_msg(json_typeof(value) == keys[i].type, "%s",
			      keys[i].key);
	}
	json_decref(all);
}
END_TEST

/* A wrong statement: shown beside what is derived, status 1. */
START_TEST(wrong_statement)
{
	struct ran *ran = run("--version >/dev/null; "
			      "sed 's/after: 1}/after: 3}/' catalog/new.yaml "
			      ">$TMPDIR/wrong.yaml; "
			      "${VMATLAS:-build/vmatlas} check "
			      "$TMPDIR/wrong.yaml");

	ck_assert_int_eq(ran->status, EXIT_WRONG);
	assert_has(ran, "new-merge-both: 'map_count' is not what");
	assert_has(ran, "2 -> 3");
	assert_has(ran, "2 -> 1");
}
END_TEST

/* Seven VMAs: one more than a witness can be asked about. */
START_TEST(too_many_for_a_witness)
{
	struct ran *ran = run(
		"--version >/dev/null; d=$(mktemp -d); trap 'rm -r $d' EXIT; "
		"for v in 'a, range: [50, 51]' 'b, range: [52, 53]' "
		"'c, range: [54, 55]' 'd, range: [56, 57]' "
		"'e, range: [58, 59]' 'f, range: [60, 61]'; do "
		"echo \"      - {vma: $v, flags: [read]}\"; done >$d/more; "
		"sed \"/id: new-merge-left$/,/operation/{/vma: prev/r $d/more\n}\" "
		"catalog/new.yaml >$d/new.yaml; ${VMATLAS:-build/vmatlas} "
		"source --catalog $d --witness \"$FAKE\" --cases --rules 6.12");

	ck_assert_int_eq(ran->status, EXIT_WRONG);
	assert_has(ran, "new-merge-left: the case has more VMAs than");
}
END_TEST

/* A contradicted case is drawn, and said to be wrong, by whatever draws it. */
START_TEST(wrong_statement_everywhere)
{
	static const char *const args_of[] = {
		"show new-merge-both", "show --format json new-merge-both",
		"emit ascii",	       "emit json -o json",
		"check --format json", "check --tap",
	};
	char args[512];
	struct ran *ran;

	snprintf(args, sizeof(args),
		 "list >/dev/null; d=$(mktemp -d); trap 'rm -r $d' EXIT; "
		 "sed 's/after: 1}/after: 3}/' catalog/new.yaml >$d/new.yaml; "
		 "cd $d; ${VMATLAS:-build/vmatlas} %s --catalog .",
		 args_of[_i]);
	ran = run(args);
	ck_assert_int_eq(ran->status, EXIT_WRONG);
	assert_has(ran, "'map_count' is not what");
}
END_TEST

/* A page says so, too, and does not say where the catalogue lies. */
START_TEST(wrong_page)
{
	struct ran *ran =
		run("list >/dev/null; d=$(mktemp -d); trap 'rm -r $d' EXIT; "
		    "sed 's/after: 1}/after: 3}/' catalog/new.yaml "
		    ">$d/new.yaml; ${VMATLAS:-build/vmatlas} emit rst "
		    "--catalog $d -o $d 2>/dev/null; "
		    "cat $d/index.rst $d/new-merge-both.rst; "
		    "! grep \"$d\" $d/*.rst");

	assert_has(ran, "Contradicted by the simulator.");
	assert_has(ran, "new.yaml:36:16: new-merge-both: 'map_count' is not");
	ck_assert_int_eq(ran->status, 0); /* no file has the path */
}
END_TEST

/* Older rules store in another order, and the catalogue says so. */
START_TEST(older_rules_differ)
{
	struct ran *ran = run("check --rules 6.12");

	ck_assert_int_eq(ran->status, EXIT_FINE);
	ran = run("list >/dev/null; d=$(mktemp -d); trap 'rm -r $d' EXIT; "
		  "sed 's/before: \"6.15\"/before: \"6.16\"/' "
		  "catalog/existing.yaml >$d/existing.yaml; "
		  "${VMATLAS:-build/vmatlas} check --rules 6.15 --catalog $d");
	ck_assert_int_eq(ran->status, EXIT_WRONG);
	assert_has(ran, "existing-merge-left-partial: 'steps'");
	assert_has(ran, "existing-merge-both: 'locks'");
}
END_TEST

/* ---- the runner ----------------------------------------------------------------------- */

/* The second case is killed, the third hangs, the fourth is wrong. */
static bool misbehave(FILE *out, const struct catalog *cat,
		      const struct cat_case *c, const struct rules *rules)
{
	static const char *const ids[] = { "existing-merge-left-full",
					   "existing-merge-left-partial",
					   "existing-merge-right-full" };

	(void)cat;
	(void)rules;
	if (!strcmp(c->id, ids[0]))
		raise(SIGKILL);
	while (!strcmp(c->id, ids[1]))
		;
	fputs("spoilt on purpose", out);
	return strcmp(c->id, ids[2]);
}

START_TEST(crash_and_hang_are_reported)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	SRunner *sr;
	TestResult **failures;

	/* These are for the program that this runs in. */
	unsetenv("CK_RUN_SUITE");
	unsetenv("CK_RUN_CASE");
	unsetenv("CK_TAP_LOG_FILE_NAME");
	setenv("CK_TIMEOUT_MULTIPLIER", "0.1", 1);
	sr = srunner_create(
		runner_suite(cat, rules_for("latest"), misbehave, ""));
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_SILENT);
	ck_assert_uint_eq((size_t)srunner_ntests_run(sr), nr_cases(cat));
	ck_assert_int_eq(srunner_ntests_failed(sr), 3);
	failures = srunner_failures(sr);
	ck_assert_str_eq(tr_tcname(failures[0]), "existing-merge-left-full");
	ck_assert_int_eq(tr_rtype(failures[0]), CK_ERROR);
	ck_assert_str_eq(tr_tcname(failures[1]), "existing-merge-left-partial");
	ck_assert_ptr_nonnull(strstr(tr_msg(failures[1]), "timeout"));
	ck_assert_ptr_nonnull(strstr(tr_msg(failures[2]), "spoilt on purpose"));
	free(failures);
	srunner_free(sr);
	catalog_free(cat);
}
END_TEST

/* ---- space --wide ------------------------------------------------------------ */

/* A part of the wider sweeps, and of that what the standard one stands for. */
#define PARTS 997

static bool count_narrow(const struct visit *v, void *nr)
{
	struct config narrow = *v->c;

	config_narrow(&narrow);
	*(uint64_t *)nr += !!memcmp(&narrow, v->c, sizeof(narrow));
	return true;
}

START_TEST(wide_is_held_against_standard)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct conditions *cond = conditions_new(cat);
	struct space_args a = { .common.rules = rules_for("latest"),
				.reason = NO_REASON };
	struct survey s = {
		.a = &a, .cond = cond, .rows = survey_rows(cat), .parts = PARTS
	};

	for (size_t i = 1; i < NR_SWEEPS; i++) {
		uint64_t expected = 0;
		struct tally t;

		s.sweep = &sweeps[i];
		space_walk(s.sweep, a.common.rules, 0, PARTS, count_narrow,
			   &expected);
		t = survey_walk(&s);
		ck_assert_uint_gt(expected, 0);
		ck_assert_uint_eq(t.nr_narrow, expected);
		ck_assert_uint_eq(t.nr_problems, 0);
		free(t.rows);
	}
	free(s.rows.v);
	conditions_free(cond);
	catalog_free(cat);
}
END_TEST

START_TEST(what_stands_for_it_is_ruled_otherwise)
{
	struct catalog *cat = catalog_load_dir("catalog", stderr);
	struct conditions *cond = conditions_new(cat);
	struct space_args a = { .common.rules = rules_for("latest") };
	struct survey s = { .a = &a, .cond = cond };
	struct mm *mm = mm_new(a.common.rules);
	struct classification r, others[6];
	struct fixture fixture;
	struct config c;
	char what[512] = "";

	ck_assert(config_parse("existing:prev=adjacent", &c, stderr));
	fixture_of(&fixture, &c);
	conditions_classify(cond, &c, a.common.rules,
			    fixture_run(mm, a.common.rules, &fixture), &r);
	ck_assert(survey_agrees(&s, mm, &c, &r, what, sizeof(what)));
	ck_assert_str_eq(what, "");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = r;
	others[0].id = "another";
	others[1].kind = CLASS_NO_MERGE;
	others[2].composed = catalog_case(cat, "split-new-above");
	others[3].left = REFUSED_FLAGS;
	others[4].right = REFUSED_FILE;
	others[5].err = -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		ck_assert(!survey_agrees(&s, mm, &c, &others[i], what,
					 sizeof(what)));
	survey_agrees(&s, mm, &c, &others[0], what, sizeof(what));
	ck_assert_str_eq(what, "ruled as another, but what stands for it as "
			       "existing-merge-left-full: "
			       "existing:prev=adjacent");
	mm_free(mm);
	conditions_free(cond);
	catalog_free(cat);
}
END_TEST

static void add(Suite *s, const char *name, const TTest *test, int nr)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test, 0, nr);
	suite_add_tcase(s, tc);
}

Suite *suite_cmd(void)
{
	Suite *s = suite_create("cmd");

	add(s, "unusable", unusable_calls, LEN(unusable));
	add(s, "margins", margins_of_help_are_ours, 1);
	add(s, "closed", closed_streams, LEN(closed));
	add(s, "unusable json", unusable_as_json, LEN(unusable));
	add(s, "places", messages_have_places, 1);
	add(s, "no places", messages_without_places, LEN(no_places));
	add(s, "no memory json", json_without_memory, 2);
	add(s, "no part of it", no_part_of_it, 1);
	add(s, "slips", slip_gets_nearest, LEN(slips));
	add(s, "complete", completes, LEN(completed));
	add(s, "bash", bash_completes, LEN(in_bash));
	add(s, "manual", manual_is_the_help, 14);
	add(s, "source", witness_is_heard, LEN(testimonies));
	add(s, "sandbox", sandbox_keeps_from_writing, 1);
	add(s, "space rst", space_as_rst, 1);
	add(s, "race writer", race_has_one_writer, 3);
	add(s, "fine", fine_calls, LEN(fine));
	add(s, "list", list_is_the_catalogue, 1);
	add(s, "beside", catalogue_beside_the_program, 1);
	add(s, "beside nothing", nothing_beside_without_proc, 1);
	add(s, "colour", colour_on_terminals_only, 4);
	add(s, "narrow", show_is_narrow, 1);
	add(s, "terminal", terminal_is_wide_enough,
	    LEN(terminal_widths) * LEN(on_terminals));
	add(s, "introduction", introduction_is_wrapped, 1);
	add(s, "sentences", sentences_are_wrapped, LEN(narrow_words));
	add(s, "names", cases_have_names, LEN(names));
	add(s, "progress", progress_on_terminals_only, 3);
	add(s, "explore json", explore_json, 1);
	add(s, "readme", readme_is_true, 1);
	add(s, "wrong", wrong_statement, 1);
	add(s, "too many", too_many_for_a_witness, 1);
	add(s, "wrong everywhere", wrong_statement_everywhere, 6);
	add(s, "wrong page", wrong_page, 1);
	add(s, "older", older_rules_differ, 1);
	add(s, "wide", wide_is_held_against_standard, 1);
	add(s, "stand-in", what_stands_for_it_is_ruled_otherwise, 1);
	add(s, "runner", crash_and_hang_are_reported, 1);
	return s;
}
