/* SPDX-License-Identifier: GPL-2.0-only */
/* Files: opened, read by lines, written whole or not at all. */
#ifndef VMATLAS_LIB_FILE_H
#define VMATLAS_LIB_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/memory.h"

/* ---- descriptors and children, whatever signal comes (fd.c) -------------- */

/**
 * fd_hold_standard - no file takes the place of a closed standard stream
 *
 * What is opened there can not be used either: an error is seen as it was.
 */
void fd_hold_standard(void);

/**
 * fd_write_all - write all of something
 * @fd: where to
 * @data: what
 * @size: bytes of it
 *
 * Return: Whether it is written; if not, errno says why.
 */
bool fd_write_all(int fd, const void *data, size_t size);

/**
 * fd_read_all - read exactly so much
 * @fd: where from
 * @to: where to
 * @size: bytes
 *
 * Return: Whether there was as much.
 */
bool fd_read_all(int fd, void *to, size_t size);

/**
 * wait_for_child - wait until a child ends
 * @pid: the child
 * @status: as waitpid() has it
 *
 * Return: Whether there was one; if not, errno says why.
 */
bool wait_for_child(pid_t pid, int *status);

/* ---- a file that may be anything (input.c) ------------------------------ */

/**
 * input_open - open what somebody named, to read it
 * @name: a path, or "-" for standard input
 *
 * That a FIFO has no writer is said on standard error, and then it is waited for.
 *
 * Return: The file, for input_close(); NULL with an errno.
 */
FILE *input_open(const char *name);

/**
 * input_is - whether what is to be read is also what is to be written
 * @input: a name as input_open() has it
 * @path: what is to be written, which may lead there over links
 * @err: where it is said, if so
 *
 * Return: true if it would be overwritten: it is a regular file.
 */
bool input_is(const char *input, const char *path, FILE *err);

/**
 * input_close - close it again
 * @in: the file; standard input stays open
 */
void input_close(FILE *in);

/* ---- its lines (lines.c) ------------------------------------------------ */

#define LINE_LONGEST (64u << 10)

/* So much that is of no use is no file, but something that does not end. */
#define LINES_USELESS (4u << 20)
#define BYTES_USELESS (64u << 20)

struct lines;

/**
 * lines_new - begin to read lines
 * @in: the file, which stays open; all of it is to be read by this
 *
 * Return: Where it is, for lines_free().
 */
struct lines *lines_new(FILE *in);

/**
 * lines_limit - of more than so much it is an error
 * @l: where it is: no line was handed out
 * @bytes: how much the file may have
 */
void lines_limit(struct lines *l, uint64_t bytes);

/**
 * lines_free - stop reading
 * @l: may be NULL
 */
void lines_free(struct lines *l);

/**
 * lines_next - the next line, without its new line
 * @l: where it is
 * @len: how long it is. Of one that has more than LINE_LONGEST bytes the rest is
 *	dropped, and @len is greater than that
 *
 * Return: The line, which is valid until the next call and may have any bytes;
 * NULL at the end.
 */
const char *lines_next(struct lines *l, size_t *len);

/**
 * lines_peek - what has been read ahead before the first line
 * @l: where it is: no line was handed out
 * @len: how many bytes of it
 *
 * Return: The bytes, valid until the next line.
 */
const char *lines_peek(struct lines *l, size_t *len);

/**
 * lines_number - which line was the last one
 * @l: where it is
 *
 * Return: Its number, from 1.
 */
size_t lines_number(const struct lines *l);

/**
 * lines_used - the last line was of use
 * @l: where it is
 *
 * After LINES_USELESS lines or BYTES_USELESS bytes without one, reading ends.
 */
void lines_used(struct lines *l);

/**
 * lines_error - why there are no more lines
 * @l: where it is
 *
 * Return: An errno, 0 if the file has ended. EFBIG is of a file that has more
 * than lines_limit() says, or a line of more than 16 MiB; ENOMSG of one in which
 * there is too much of no use.
 */
int lines_error(const struct lines *l);

/**
 * lines_strerror - the same in words
 * @error: what lines_error() has returned
 *
 * Return: The words, for "FILE:LINE:1: words".
 */
const char *lines_strerror(int error);

/* ---- a set of files that appears whole or not at all (files.c) --------- */

struct files;

/**
 * files_new - an empty set
 *
 * Return: The set, for files_free().
 */
struct files *files_new(void);

/**
 * files_add - begin a file; what is printed to it becomes its content
 * @files: the set
 * @fmt: format of its name, relative to the directory given to files_write()
 *
 * Return: A stream that is valid until the next call with the same set, not to
 * be closed.
 */
FILE *files_add(struct files *files, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * files_side_by_side - print many files on all processors
 * @files: the set
 * @one: adds the files of the part with number @i to a set of its own
 * @data: for @one, shared by all
 * @nr: how many parts there are; each is printed once, in any order
 *
 * Return: When all files are in the set, in the order of the parts.
 */
void files_side_by_side(struct files *files,
			void (*one)(void *data, size_t i, struct files *files),
			void *data, size_t nr);

/**
 * files_write - write every file of the set
 * @files: the set
 * @dir: directory, created if it is not there
 * @err: where errors go
 *
 * A file whose content is already there is left alone, time stamp included.
 * A symbolic link is followed. What is no regular file, or is what standard
 * output or error go to, is written to and not replaced.
 * All others are first written to temporary files beside their places; only
 * when that worked for all are they renamed.
 *
 * Return: 0, or -1 with every old file as it was.
 */
int files_write(struct files *files, const char *dir, FILE *err);

/**
 * file_write - write a single file, as files_write() does
 * @path: where to; its directory must be there
 * @data: the content
 * @size: how many bytes it has
 * @err: where errors go
 *
 * Return: 0, or -1 with an old file as it was.
 */
int file_write(const char *path, const char *data, size_t size, FILE *err);

/**
 * files_print - print every file of the set, one after the other
 * @files: the set
 * @out: where to
 */
void files_print(struct files *files, FILE *out);

/**
 * files_free - drop a set
 * @files: may be NULL
 */
void files_free(struct files *files);

DEFINE_FREE(files, struct files, files_free)

#endif /* VMATLAS_LIB_FILE_H */
