/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read the output of strace share. */
#ifndef VMATLAS_PROCESS_STRACE_INTERNAL_H
#define VMATLAS_PROCESS_STRACE_INTERNAL_H

#include "lib/hash.h"
#include "process/internal.h"
#include "process/trace.h"

/* ---- a line (strace-line.c) ------------------------------------------------ */

enum line_kind {
	LINE_CALL,	 /* "name(arguments) = result", or its beginning */
	LINE_RESUMED,	 /* "<... name resumed>arguments) = result" */
	LINE_EXIT,	 /* "+++ exited with 0 +++" */
	LINE_SUPERSEDED, /* an execve() of another thread: it has this PID now */
	LINE_STACK,	 /* " > /lib/libc.so.6(mmap64+0x23) [0x10d8c3]" */
	LINE_NOTE,	 /* a signal, what strace says of itself */
	LINE_BAD,	 /* none of these */
};

/*
 * @pid: 0 if it does not say. @name: of the system call, @name_len long.
 * @text: LINE_CALL: from the name on; LINE_RESUMED: what is behind "resumed>".
 * @by: LINE_SUPERSEDED: the PID that the thread had before.
 */
struct strace_line {
	enum line_kind kind;
	pid_t pid;
	const char *name;
	size_t name_len;
	const char *text;
	pid_t by;
};

/* Everything points into @line, which ends with a NUL. */
void strace_split(struct strace_line *l, const char *line);

/* ---- other forms than strace's (trace-forms.c) ----------------------------- */

/*
 * Write a line as strace would have, in its @size bytes. Returns false if it is
 * none of those that are known, and is as it was.
 */
bool trace_rewrite(char *line, size_t size);

/* What a line is of that is no trace, NULL if that is unknown. */
const char *trace_forms_name(const char *line, size_t len);

/* ---- words that stand for a number (strace-words.c) ----------------------- */

/* By these it shows what else a call is. */
#define STRACE_WORDS(X)                                                        \
	X(READ_IMPLIES_EXEC, 0x400000)                                         \
	X(PR_SET_MM, 35)                                                       \
	X(PR_SET_MEMORY_MERGE, 67)                                             \
	X(PR_SET_VMA, 0x53564d41)                                              \
	X(PR_SET_VMA_ANON_NAME, 0)                                             \
	X(UFFDIO_REGISTER, 0xc020aa00)                                         \
	X(UFFDIO_UNREGISTER, 0x8010aa01)                                       \
	X(ARCH_SHSTK_ENABLE, 0x5001)                                           \
	X(ARCH_SHSTK_DISABLE, 0x5002)                                          \
	X(MPOL_DEFAULT, 0)                                                     \
	X(MPOL_PREFERRED, 1)                                                   \
	X(MPOL_BIND, 2)                                                        \
	X(MPOL_INTERLEAVE, 3)                                                  \
	X(MPOL_LOCAL, 4)                                                       \
	X(MPOL_PREFERRED_MANY, 5)                                              \
	X(MPOL_WEIGHTED_INTERLEAVE, 6)                                         \
	X(MPOL_F_NUMA_BALANCING, 0x2000)                                       \
	X(MPOL_F_RELATIVE_NODES, 0x4000)                                       \
	X(MPOL_F_STATIC_NODES, 0x8000)

enum strace_word {
#define X(name, value) name = value,
	STRACE_WORDS(X)
#undef X
};

/* Whether a flag or an error has that name; if so, *value is what it stands for. */
bool symbols_find(const char *word, size_t len, uint64_t *value);

/* ---- arguments of a call, from left to right (strace-args.c) --------------- */

/*
 * Where one is in the text of a call, which ends with a NUL. Each take_*() goes
 * on behind what it took; if it is something else, it says so in @error, stays
 * there and returns false.
 */
struct reading_at {
	const char *at;
	const char *error;
};

/* Returns false after noting what is wrong there. */
bool take_wrong(struct reading_at *r, const char *error);

/* Just these characters, if they come next. No error if not. */
bool take_text(struct reading_at *r, const char *text);

/* C may have blanks where strace has none. */
void take_blanks(struct reading_at *r);

/*
 * A number, or flags, and blanks behind them: "0x1000", "NULL", "PROT_READ|0x8",
 * "21<<MAP_HUGE_SHIFT", "(void *)0x1000UL".
 */
bool take_value(struct reading_at *r, uint64_t *value);

/* The same without going on, and of words that are not known nothing. */
uint64_t known_value(struct reading_at at);

/*
 * A file descriptor, "3</a/path>(deleted)", or "-1". *path: the name as maps
 * has it, in @room of @size bytes, or NULL if it has none.
 */
bool take_fd(struct reading_at *r, char *room, size_t size, const char **path);

/* A string in quotes; its bytes go to @room. */
bool take_string(struct reading_at *r, char *room, size_t size);

/* All arguments up to the parenthesis that ends the call, and that. */
bool take_rest(struct reading_at *r);

/* One argument, whatever it is, up to the comma or parenthesis behind it. */
bool take_any(struct reading_at *r);

/* ---- arguments by their kinds (strace-kinds.c) ------------------------------ */

struct making;

/*
 * A system call that is of interest. @name: as strace writes it. @take: takes its
 * arguments, and says what event it is. @kind: which call, if the simulator has it.
 * @use: of one that succeeded, what becomes of its result; NULL if nothing does.
 */
struct strace_form {
	const char *name;
	bool (*take)(struct making *m);
	enum syscall_kind kind;
	void (*use)(struct making *m, uint64_t result);
};

/* A call in the making. */
struct making {
	struct strace_reader *r;
	const struct strace_form *form;
	struct reading_at at;
	struct trace_event *event;
	bool beyond; /* it changes what is mapped, and does not show how */
};

/* @huge: MAP_HUGETLB and how large its pages are, as mmap() has it, or 0. */
struct shm_segment {
	uint64_t len;
	uint64_t key;
	unsigned int huge;
};

/* Where a memfd of that name is among the segments: below 0. */
int memfd_number(const char *path);

/* What @flags say of huge pages, @hugetlb among them, as mmap() has it. */
unsigned int huge_flags(uint64_t flags, uint64_t hugetlb);

bool take_unsigned(struct making *m, unsigned int *to);
bool take_int(struct making *m, int *to);
bool take_comma(struct making *m);

/* One argument of that kind, to where the call has it. */
bool take_argument(struct making *m, enum arg arg);

/* All of a call's, ARG_END behind them. */
bool take_arguments(struct making *m, const enum arg *args);

/* ---- calls (strace-calls.c) ------------------------------------------------- */

/* NULL if it changes nothing that is mapped. */
const struct strace_form *strace_form(const char *name, size_t len);

/*
 * What reads calls. @segments: how long each is, for free(), and which memfds are of
 * huge pages. @path: room for the text of the call that is read.
 */
struct strace_reader {
	struct hash *segments;
	char path[LINE_LONGEST];
};

/*
 * Read "name(arguments) = result", which @form is the name of. Returns NULL, or
 * where in @text it goes wrong: then @event says so. What @event points to stays
 * until the next call.
 */
const char *strace_read(struct strace_reader *r, const struct strace_form *form,
			const char *text, struct trace_event *event);

/* What can be said of a call before its end is known. */
void strace_read_beginning(struct strace_reader *r,
			   const struct strace_form *form, const char *text,
			   struct trace_event *event);

#endif /* VMATLAS_PROCESS_STRACE_INTERNAL_H */
